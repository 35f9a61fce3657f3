/* The order of calls: what is made, used, freed, ended, gained and lost decides it, and nothing
 * else. */
#include "reconciler/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CALLS_MAX 16

struct bench {
	struct arena *arena;
	struct call call[CALLS_MAX];
	struct change change[CALLS_MAX];
	struct row row[CALLS_MAX];
	size_t n;
	struct record_span span;
};

static int setup(void **state)
{
	struct bench *b = xcalloc(1, sizeof *b);

	b->arena = arena_new();
	for (unsigned i = 0; i < CALLS_MAX; i++) {
		b->row[i].address = text_printf(b->arena, "unit/%c", 'a' + (int)i);
		b->change[i].row = &b->row[i];
	}
	b->span = (struct record_span){UINT32_MAX, UINT32_MAX};
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	arena_free(b->arena);
	free(b);
	return 0;
}

static const struct text **names(struct bench *b, const char *list)
{
	const struct text **out = arena_array(b->arena, 8, sizeof *out);
	char *copy = arena_strdup(b->arena, list), *save = NULL;
	unsigned n = 0;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		out[n++] = text_str(b->arena, w);
	return out;
}

/* A call of this change; its input holds a name to be told by. */
static struct call *add(struct bench *b, const char *name, uint32_t change, const char *uses,
			const char *frees)
{
	struct call *c = &b->call[b->n++];

	*c = (struct call){.op = &ops[OP_ORGANIZATIONS_CreateOrganizationalUnit],
			   .input = text_str(b->arena, name),
			   .change = change,
			   .uses = names(b, uses),
			   .frees = names(b, frees),
			   .after = names(b, "")};
	return c;
}

static void expect(struct bench *b, const char *wanted)
{
	auto_buf got = BUF_INIT(4096);
	auto_error err = {0};

	if (b->span.end == UINT32_MAX)
		b->span.end = (uint32_t)b->n;
	if (order_calls(b->arena, b->call, b->n, b->change, &b->span, &err) != 0)
		buf_puts(&got, err.message);
	for (size_t i = 0; !err.message && i < b->n; i++) {
		buf_printf(&got, "%s%s", i ? " " : "", b->call[i].input->s);
		for (uint32_t k = 0; k < b->call[i].needs_n; k++)
			buf_printf(&got, "%c%u", k ? ',' : '<', b->call[i].needs[k]);
		assert_int_equal(b->call[i].n, i + 1);
	}
	assert_string_equal(buf_str(&got), wanted);
}

static void test_make_use_end(void **state)
{
	struct bench *b = *state;

	/* Emitted against the grain: the end first, the maker last. */
	add(b, "end", 0, "", "")->ends = text_str(b->arena, "unit/old");
	add(b, "move", 1, "unit/new", "unit/old");
	add(b, "read", 2, "unit/old", "");
	add(b, "make", 3, "", "")->makes = text_str(b->arena, "unit/new");
	expect(b, "read make move<2 end<1,3");
}

static void test_enables(void **state)
{
	struct bench *b = *state;

	add(b, "attach", 0, "policy_type/TAG_POLICY", "");
	add(b, "enable", 1, "", "")->enables = text_str(b->arena, "policy_type/TAG_POLICY");
	expect(b, "enable attach<1");
}

/* It must have ended, not succeeded. */
static void test_after(void **state)
{
	struct bench *b = *state;
	const struct text *name = text_str(b->arena, "provisioned/a");

	add(b, "lose", 0, "", "")->after = names(b, name->s);
	add(b, "first", 1, "", "")->enables = name;
	add(b, "last", 2, "", "")->enables = name;
	expect(b, "first last lose");
	assert_int_equal(b->call[2].order_n, 2);
	assert_int_equal(b->call[2].order[0], 1);
	assert_int_equal(b->call[2].order[1], 2);
}

static void test_gates(void **state)
{
	struct bench *b = *state;
	const struct text *gate = text_str(b->arena, "unit/a");
	struct call *loss = add(b, "loss", 0, "", ""), *gain, *other;

	loss->gate = gate;
	loss->effect = EFFECT_LOSS;
	other = add(b, "other", 1, "", "");
	other->gate = text_str(b->arena, "unit/b");
	other->effect = EFFECT_LOSS;
	for (unsigned i = 2; i < 4; i++) {
		gain = add(b, "gain", i, "", "");
		gain->gate = gate;
		gain->effect = EFFECT_GAIN;
	}
	/* It may give what the loss takes. */
	add(b, "both", 4, "", "")->gate = gate;
	expect(b, "other gain gain both loss<2,3,4");
}

static void test_one_resource_goes_as_emitted(void **state)
{
	struct bench *b = *state;

	add(b, "first", 0, "unit/late", "");
	add(b, "second", 0, "", "");
	add(b, "late", 1, "", "")->makes = text_str(b->arena, "unit/late");
	expect(b, "late first<1 second");
	assert_int_equal(b->call[2].order_n, 1);
	assert_int_equal(b->call[2].order[0], 2);
}

static void test_record(void **state)
{
	struct bench *b = *state;

	/* The organization is made before its record can be begun; everything else comes after
	 * that. */
	add(b, "organization", 0, "", "")->makes = text_str(b->arena, "organization");
	add(b, "root", 0, "organization", "")->makes = text_str(b->arena, "root");
	add(b, "unit", 1, "root", "")->makes = text_str(b->arena, "unit/b");
	add(b, "policy", 2, "", "");
	add(b, "below", 3, "unit/b", "");
	b->span = (struct record_span){5, 6};
	add(b, "begin", CALL_RECORD, "root", "");
	add(b, "applied", CALL_RECORD, "root", "");
	add(b, "done", CALL_RECORD, "root", "");
	expect(b, "organization root<1 begin<2 unit<2,3 policy<3 below<3,4 applied<2,3,5,6 "
		  "done<2,3,5,6,7");
}

static void test_cycle(void **state)
{
	struct bench *b = *state;

	add(b, "x", 0, "unit/y", "")->makes = text_str(b->arena, "unit/x");
	add(b, "y", 1, "unit/x", "")->makes = text_str(b->arena, "unit/y");
	add(b, "z", 2, "", "");
	expect(b, "these changes wait for each other and have no order: unit/a, unit/b\n"
		  "make one of them in a merge of its own first (swapped names need a third name)");
}

/* After the others, gains first, one by one; but never against what is needed. */
static void test_administration_is_a_chain(void **state)
{
	struct bench *b = *state;
	struct call *c;

	c = add(b, "takes", 0, "", "");
	c->administers = true;
	c->effect = EFFECT_LOSS;
	c = add(b, "gives", 2, "unit/z", "");
	c->administers = true;
	c->effect = EFFECT_GAIN;
	add(b, "other", 3, "", "");
	add(b, "makes", 4, "", "")->makes = text_str(b->arena, "unit/z");
	c = add(b, "ends", 5, "", "");
	c->administers = true;
	add(b, "after", 6, "unit/gone", "")->makes = text_str(b->arena, "unit/last");
	c->makes = text_str(b->arena, "unit/gone");
	expect(b, "other makes gives<2 takes<3 ends<4 after<5");
	/* The first of them waits for what was to be done before, well or not. */
	assert_int_equal(b->call[2].order_n, 2);
	assert_int_equal(b->call[2].order[0], 1);
	assert_int_equal(b->call[2].order[1], 2);
}

/* What the record's beginning needs is a chain of many, against the order in which they came. */
static void test_many(void **state)
{
	enum { MANY = 50000 };
	struct bench *b = *state;
	const struct text *none[] = {NULL};
	struct call *call = xcalloc(MANY + 2, sizeof *call);
	struct change *change = xcalloc(MANY, sizeof *change);
	struct record_span span = {MANY, MANY + 1};
	auto_error err = {0};

	for (uint32_t i = 0; i <= MANY + 1; i++) {
		const struct text **uses = arena_array(b->arena, 2, sizeof *uses);

		uses[0] = i == MANY      ? text_str(b->arena, "unit/0")
			  : i + 1 < MANY ? text_printf(b->arena, "unit/%u", i + 1)
					 : NULL;
		call[i] = (struct call){
		    .uses = uses, .frees = none, .after = none, .change = CALL_RECORD};
		if (i >= MANY)
			continue;
		call[i].makes = text_printf(b->arena, "unit/%u", i);
		call[i].change = i;
		change[i].row = &b->row[0];
	}
	assert_int_equal(order_calls(b->arena, call, MANY + 2, change, &span, &err), 0);
	assert_string_equal(call[0].makes->s, "unit/49999");
	assert_string_equal(call[MANY - 1].makes->s, "unit/0");
	assert_int_equal(call[MANY].needs_n, 1);
	free(call);
	free(change);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_administration_is_a_chain, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_make_use_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_enables, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_after, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_gates, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_resource_goes_as_emitted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_record, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cycle, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
