#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/guard_trial.h"
#include "tests/unit/sides.h"

#include <stdlib.h>
#include <string.h>

const struct text *txt(struct trial *t, const char *s)
{
	return text_str(t->arena, s);
}

int trial_setup(void **state)
{
	static const char *const scopes[] = {
	    "organization", "units",           "accounts", "policies", "delegated_administrators",
	    "attachments",  "iam/111111111111"};
	struct trial *t = xcalloc(1, sizeof *t);

	t->arena = arena_new();
	t->live = side_new(t->arena);
	t->head = side_new(t->arena);
	t->base = side_new(t->arena);
	t->live->world = (struct world){.partition = txt(t, "aws"),
					.caller_arn = txt(t, ADMIN),
					.caller_account = txt(t, "111111111111"),
					.organization_id = txt(t, "o-exampleorgid"),
					.management_account = txt(t, "111111111111")};
	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
		scope_whole(t->live, 0, scopes[i]);
	t->base_config.arena = t->head_config.arena = t->arena;
	t->bound.by_address = map_new();
	t->refusals.arena = t->arena;
	*state = t;
	return 0;
}

int trial_teardown(void **state)
{
	struct trial *t = *state;

	side_free(t->live);
	side_free(t->head);
	side_free(t->base);
	config_free(&t->base_config);
	config_free(&t->head_config);
	map_free(t->bound.by_address);
	diagnostics_free(&t->refusals);
	free(t->rows.at);
	free(t->changes.at);
	free(t->calls.at);
	free(t->notes.at);
	arena_free(t->arena);
	free(t);
	return 0;
}

void row_add(struct trial *t, const char *address, struct resource *base, struct resource *head,
	     struct resource *live)
{
	vec_push(
	    &t->rows,
	    ((struct row){.address = txt(t, address), .base = base, .head = head, .live = live}));
}

static struct resource *res(struct trial *t, struct side *side, enum kind_id kind,
			    const char *address, const char *id)
{
	struct resource *r =
	    side_resource(side, (uint16_t)kind, txt(t, address), id ? txt(t, id) : NULL);

	r->v[0] = value_text(address_name(t->arena, r->address));
	return r;
}

struct resource *managed(struct trial *t, enum kind_id kind, const char *address, const char *id)
{
	struct resource *live = res(t, t->live, kind, address, id);
	struct resource *base = res(t, t->base, kind, address, NULL);
	struct resource *head = res(t, t->head, kind, address, NULL);

	if (kind >= KIND_IAM_POLICY)
		live->v[1] = base->v[1] = head->v[1] = value_str(t->arena, "account/main");
	if (kind == KIND_UNIT)
		live->v[1] = base->v[1] = head->v[1] = value_str(t->arena, "root");
	row_add(t, address, base, head, live);
	return live;
}

struct row *row_at(struct trial *t, const char *address)
{
	for (size_t i = 0; i < t->rows.n; i++)
		if (text_is(t->rows.at[i].address, address))
			return &t->rows.at[i];
	fail_msg("no row %s", address);
	return NULL;
}

/* Of rows that all stand: a later row would move them. */
struct change *change_add(struct trial *t, enum action action, const char *address)
{
	vec_push(&t->changes,
		 ((struct change){.action = (uint8_t)action, .row = row_at(t, address)}));
	return &t->changes.at[t->changes.n - 1];
}

void change_diff(struct trial *t, struct change *c, struct diff diff)
{
	struct diff *all = arena_array(t->arena, c->diffs + 1, sizeof *all);

	if (c->diffs)
		memcpy(all, c->diff, c->diffs * sizeof *all);
	all[c->diffs++] = diff;
	c->diff = all;
}

void takes_out(struct trial *t, const char *address, unsigned attr, const char *key)
{
	change_diff(t, change_add(t, ACTION_UPDATE, address),
		    (struct diff){.attr = (uint16_t)attr,
				  .key = txt(t, key),
				  .live = value_str(t->arena, key),
				  .head = VALUE_EMPTY,
				  .removal = true});
}

void known_set(struct trial *t, struct resource *r, unsigned attr, const char *const *keys)
{
	side_know(t->live, r, (uint16_t)attr);
	for (; *keys; keys++)
		side_add(t->live, r, (uint16_t)attr, txt(t, *keys), NULL);
}

struct call *call_add(struct trial *t, const struct op *op)
{
	vec_push(&t->calls, ((struct call){.op = op, .change = CALL_RECORD}));
	t->calls.at[t->calls.n - 1].n = (uint32_t)t->calls.n;
	return &t->calls.at[t->calls.n - 1];
}

static int change_cmp(const void *pa, const void *pb)
{
	const struct change *a = pa, *b = pb;

	if (row_kind(a->row) != row_kind(b->row))
		return row_kind(a->row) < row_kind(b->row) ? -1 : 1;
	return text_cmp(a->row->address, b->row->address);
}

void trial_judge(struct trial *t)
{
	t->sides = (struct sides){.base = t->base, .head = t->head, .live = t->live};
	side_finish(t->live, NULL);
	side_finish(t->base, NULL);
	side_finish(t->head, NULL);
	t->bound.row = t->rows.at;
	t->bound.rows = t->rows.n;
	for (size_t i = 0; i < t->rows.n; i++)
		map_put(t->bound.by_address, t->rows.at[i].address->s, &t->rows.at[i]);
	if (t->changes.n)
		qsort(t->changes.at, t->changes.n, sizeof *t->changes.at, change_cmp);
	t->difference = (struct difference){.change = t->changes.at,
					    .changes = t->changes.n,
					    .note = t->notes.at,
					    .notes = t->notes.n,
					    .refusals = &t->refusals};
	t->in = (struct plan_input){.arena = t->arena,
				    .base_config = &t->base_config,
				    .head_config = &t->head_config,
				    .sides = &t->sides,
				    .bound = &t->bound,
				    .difference = &t->difference,
				    .record = &t->record,
				    .now_us = NOW};
	t->plan = (struct plan){.in = &t->in,
				.change = t->changes.at,
				.changes = t->changes.n,
				.call = t->calls.at,
				.calls = t->calls.n};
	plan_guards(&t->plan);
}

const struct guard_result *trial_result(struct trial *t, const char *guard)
{
	for (size_t i = 0; i < t->plan.guards; i++)
		if (strcmp(t->plan.guard[i].name, guard) == 0)
			return &t->plan.guard[i];
	fail_msg("no guard %s", guard);
	return NULL;
}

void assert_refused(struct trial *t, const char *guard, const char *says)
{
	trial_judge(t);
	for (size_t i = 0; i < t->plan.guards; i++) {
		const struct guard_result *r = &t->plan.guard[i];

		if (r->refused != (strcmp(r->name, guard) == 0))
			fail_msg("%s: %s: %s", r->name, r->refused ? "refused" : "passed",
				 r->detail);
		/* A line for each kind and relation of which too much would go. */
		assert_true(strcmp(r->name, "removals") == 0 || !strchr(r->detail, '\n'));
	}
	assert_true(t->plan.refused);
	if (!strstr(trial_result(t, guard)->detail, says))
		fail_msg("not `%s`: %s", says, trial_result(t, guard)->detail);
}

void assert_passed(struct trial *t, const char *guard, const char *detail)
{
	trial_judge(t);
	for (size_t i = 0; i < t->plan.guards; i++)
		if (t->plan.guard[i].refused)
			fail_msg("%s: %s", t->plan.guard[i].name, t->plan.guard[i].detail);
	assert_false(t->plan.refused);
	assert_string_equal(trial_result(t, guard)->detail, detail);
}

void trial_again(struct trial *t)
{
	map_free(t->bound.by_address);
	t->bound.by_address = map_new();
}
