/* The bench of calls. */
#include "tests/unit/call_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

struct bench_change {
	enum action action;
	const char *address;
	struct diff *diff;
	uint32_t diffs;
};

struct bench *bench_new(void)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct world *world;

	b->arena = arena_new();
	b->sides.live = side_new(b->arena);
	b->sides.head = side_new(b->arena);
	world = &b->sides.live->world;
	world->root_id = text_str(b->arena, "r-1");
	world->organization_id = text_str(b->arena, "o-1");
	world->management_account = text_str(b->arena, "111111111111");
	world->caller_account = text_str(b->arena, "111111111111");
	return b;
}

static void bench_free(struct bench *b)
{
	side_free(b->sides.live);
	side_free(b->sides.head);
	free(b->asked.at);
	arena_free(b->arena);
	free(b);
}

static bool type_is_set(enum attr_type type)
{
	return type == ATTR_SET || type == ATTR_REFS || type == ATTR_TAGS || type == ATTR_POLICIES;
}

/* "a,b" or "k=v,k=v"; "" is the empty set. */
static void elements_add(struct bench *b, struct side *side, struct resource *r, uint16_t attr,
			 const char *list)
{
	char *rest = arena_strdup(b->arena, list), *save = NULL;

	for (char *one = strtok_r(rest, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		char *value = strchr(one, '=');

		if (value != NULL)
			*value++ = '\0';
		side_add(side, r, attr, text_str(b->arena, one),
			 value == NULL ? NULL : text_str(b->arena, value));
	}
	side_know(side, r, attr);
}

struct resource *bench_thing(struct bench *b, struct side *side, uint16_t kind, const char *address,
			     const char *id, ...)
{
	struct resource *r = side_resource(side, kind, text_str(b->arena, address),
					   id == NULL ? NULL : text_str(b->arena, id));
	va_list ap;
	int attr;

	va_start(ap, id);
	while ((attr = va_arg(ap, int)) >= 0) {
		const char *value = va_arg(ap, const char *);

		if (type_is_set(kinds[kind]->attr[attr].type))
			elements_add(b, side, r, (uint16_t)attr, value);
		else
			r->v[attr] = value_str(b->arena, value);
	}
	va_end(ap);
	return r;
}

void bench_change(struct bench *b, enum action action, const char *address, ...)
{
	struct bench_change asked = {.action = action, .address = address};
	va_list ap;
	int attr;

	asked.diff = arena_array(b->arena, 32, sizeof(*asked.diff));
	va_start(ap, address);
	while ((attr = va_arg(ap, int)) >= 0) {
		struct diff *diff = &asked.diff[asked.diffs++];
		const char *key = va_arg(ap, const char *);

		diff->attr = (uint16_t)attr;
		diff->key = key == NULL ? NULL : text_str(b->arena, key);
		diff->live = value_str(b->arena, va_arg(ap, const char *));
		diff->head = value_str(b->arena, va_arg(ap, const char *));
	}
	va_end(ap);
	vec_push(&b->asked, asked);
}

static int row_cmp(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;

	if (row_kind(a) != row_kind(b))
		return row_kind(a) < row_kind(b) ? -1 : 1;
	return text_cmp(a->address, b->address);
}

static void rows_make(struct bench *b, struct bound *bound)
{
	const struct side *sides[] = {b->sides.head, b->sides.live};

	bound->row =
	    arena_array(b->arena, sides[0]->all.n + sides[1]->all.n + 1, sizeof(struct row));
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sides[i]->all.n; k++) {
			const struct resource *r = sides[i]->all.at[k];
			const struct resource *head = side_find(b->sides.head, r->address);

			if ((i == 1 && head != NULL) ||
			    (b->left != NULL && text_is(r->address, b->left)))
				continue;
			bound->row[bound->rows++] =
			    (struct row){.address = r->address,
					 .head = head,
					 .live = side_find(b->sides.live, r->address)};
		}
	}
	for (size_t i = 0; b->left != NULL && i < bound->rows; i++) {
		if (text_is(bound->row[i].address, b->leaving))
			bound->row[i].leaving =
			    side_find(b->sides.live, text_str(b->arena, b->left));
	}
	qsort(bound->row, bound->rows, sizeof(struct row), row_cmp);
}

static void made_add(struct calls *calls, const struct text *address)
{
	map_put(calls->made, address->s, (void *)address);
}

/* Changes in the order of their rows. */
static struct change *changes_make(struct bench *b, const struct bound *bound)
{
	struct change *list = arena_array(b->arena, b->asked.n + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < bound->rows; i++) {
		for (size_t k = 0; k < b->asked.n; k++) {
			const struct bench_change *a = &b->asked.at[k];

			if (text_is(bound->row[i].address, a->address))
				list[n++] = (struct change){.action = (uint8_t)a->action,
							    .row = &bound->row[i],
							    .diff = a->diff,
							    .diffs = a->diffs};
		}
	}
	assert_int_equal(n, b->asked.n);
	return list;
}

static void value_print(struct buf *out, struct value value)
{
	buf_puts(out, value.state == VALUE_TEXT ? value.u.text->s : "-");
}

static void call_print(struct buf *out, const struct call *call)
{
	buf_printf(out, "%s %s", call->op->name, call->input->s);
	if (call->account != NULL)
		buf_printf(out, " in %s", call->account->s);
	if (call->makes != NULL)
		buf_printf(out, " makes %s", call->makes->s);
	if (call->ends != NULL)
		buf_printf(out, " ends %s", call->ends->s);
	if (call->enables != NULL)
		buf_printf(out, " enables %s", call->enables->s);
	for (const struct text **after = call->after; *after != NULL; after++)
		buf_printf(out, " after %s", (*after)->s);
	for (const struct text **a = call->uses; *a != NULL; a++)
		buf_printf(out, " uses %s", (*a)->s);
	for (const struct text **a = call->frees; *a != NULL; a++)
		buf_printf(out, " frees %s", (*a)->s);
	if (call->effect != EFFECT_NEUTRAL)
		buf_puts(out, call->effect == EFFECT_GAIN ? " gain" : " loss");
	if (call->gate != NULL)
		buf_printf(out, " (%s)", call->gate->s);
	for (uint32_t i = 0; i < call->facts; i++) {
		const struct fact *f = &call->fact[i];

		buf_printf(out, " {%s %s", f->address->s, kinds[f->kind]->attr[f->attr].name);
		if (f->key != NULL)
			buf_printf(out, " %s", f->key->s);
		buf_puts(out, ": ");
		value_print(out, f->before);
		buf_puts(out, " > ");
		value_print(out, f->after);
		buf_putc(out, '}');
	}
	buf_putc(out, '\n');
}

void bench_expect(struct bench *b, const char *want)
{
	auto_map *made = map_new(), *rows = map_new();
	struct bound bound = {0};
	struct calls calls = {.arena = b->arena, .bound = &bound, .sides = &b->sides, .made = made};
	auto_buf out = BUF_INIT(1 << 20);
	struct change *all;

	side_finish(b->sides.live, NULL);
	side_finish(b->sides.head, NULL);
	rows_make(b, &bound);
	for (size_t i = 0; i < bound.rows; i++)
		map_put(rows, bound.row[i].address->s, &bound.row[i]);
	all = changes_make(b, &bound);
	bound.by_address = rows;
	calls.all = all;
	calls.all_n = b->asked.n;
	for (size_t i = 0; i < calls.all_n; i++) {
		const struct wire *wire = wires[row_kind(all[i].row)];

		if (all[i].action == ACTION_CREATE)
			made_add(&calls, all[i].row->address);
		if (wire->makes != NULL)
			wire->makes(&calls, &all[i], made_add);
	}
	for (size_t i = 0; i < calls.all_n; i++)
		wires[row_kind(all[i].row)]->calls(&calls, &all[i]);
	for (size_t i = 0; i < calls.list.n; i++)
		call_print(&out, &calls.list.at[i]);
	free(calls.list.at);
	assert_string_equal(buf_str(&out), want);
	bench_free(b);
}
