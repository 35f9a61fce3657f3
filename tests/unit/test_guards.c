#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reconciler/guard.h"

#include <stdlib.h>
#include <string.h>

#define NOW (INT64_C(1795305600) * 1000000) /* 2026-11-22T00:00:00Z */
#define DAY (INT64_C(86400) * 1000000)

#define ADMIN "arn:aws:iam::111111111111:user/ci/charter"

/* A plan made by hand: sides, rows, changes and calls, judged by all guards. */
struct trial {
	struct arena *arena;
	struct side *live, *head, *base;
	struct config base_config, head_config;
	struct sides sides;
	struct bound bound;
	VEC(struct row) rows;
	VEC(struct change) changes;
	VEC(struct call) calls;
	VEC(struct note) notes;
	struct diagnostics refusals;
	struct difference difference;
	struct record record;
	struct plan_input in;
	struct plan plan;
};

static const struct text *txt(struct trial *t, const char *s)
{
	return text_str(t->arena, s);
}

static int setup(void **state)
{
	static const char *const scopes[] = {
	    "organization",    "units", "accounts", "policies", "delegated_administrators",
	    "iam/111111111111"};
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
		t->live->scopes.at[side_scope(t->live, 0, scopes[i])].state = SCOPE_WHOLE;
	t->base_config.arena = t->head_config.arena = t->arena;
	t->bound.by_address = map_new();
	t->refusals.arena = t->arena;
	*state = t;
	return 0;
}

static int teardown(void **state)
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

/* Side by side with what it is bound to: rows are made before changes point at them. */
static void row_add(struct trial *t, const char *address, struct resource *base,
		    struct resource *head, struct resource *live)
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

/* Live, and declared in base and head. */
static struct resource *managed(struct trial *t, enum kind_id kind, const char *address,
				const char *id)
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

static struct row *row_at(struct trial *t, const char *address)
{
	for (size_t i = 0; i < t->rows.n; i++)
		if (text_is(t->rows.at[i].address, address))
			return &t->rows.at[i];
	fail_msg("no row %s", address);
	return NULL;
}

/* Of rows that all stand: a later row would move them. */
static struct change *change_add(struct trial *t, enum action action, const char *address)
{
	vec_push(&t->changes,
		 ((struct change){.action = (uint8_t)action, .row = row_at(t, address)}));
	return &t->changes.at[t->changes.n - 1];
}

static void change_diff(struct trial *t, struct change *c, struct diff diff)
{
	struct diff *all = arena_array(t->arena, c->diffs + 1, sizeof *all);

	if (c->diffs)
		memcpy(all, c->diff, c->diffs * sizeof *all);
	all[c->diffs++] = diff;
	c->diff = all;
}

static void takes_out(struct trial *t, const char *address, unsigned attr, const char *key)
{
	change_diff(t, change_add(t, ACTION_UPDATE, address),
		    (struct diff){.attr = (uint16_t)attr,
				  .key = txt(t, key),
				  .live = value_str(t->arena, key),
				  .head = VALUE_EMPTY,
				  .removal = true});
}

static void known_set(struct trial *t, struct resource *r, unsigned attr, const char *const *keys)
{
	side_know(t->live, r, (uint16_t)attr);
	for (; *keys; keys++)
		side_add(t->live, r, (uint16_t)attr, txt(t, *keys), NULL);
}

static struct call *call_add(struct trial *t, const struct op *op)
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

static void judge(struct trial *t)
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

static const struct guard_result *result(struct trial *t, const char *guard)
{
	for (size_t i = 0; i < t->plan.guards; i++)
		if (strcmp(t->plan.guard[i].name, guard) == 0)
			return &t->plan.guard[i];
	fail_msg("no guard %s", guard);
	return NULL;
}

/* The guard refuses, no other does, and its detail is one line that holds `says`. */
static void assert_refused(struct trial *t, const char *guard, const char *says)
{
	judge(t);
	for (size_t i = 0; i < t->plan.guards; i++) {
		const struct guard_result *r = &t->plan.guard[i];

		if (r->refused != (strcmp(r->name, guard) == 0))
			fail_msg("%s: %s: %s", r->name, r->refused ? "refused" : "passed",
				 r->detail);
		assert_null(strchr(r->detail, '\n'));
	}
	assert_true(t->plan.refused);
	if (!strstr(result(t, guard)->detail, says))
		fail_msg("not `%s`: %s", says, result(t, guard)->detail);
}

static void assert_passed(struct trial *t, const char *guard, const char *detail)
{
	judge(t);
	for (size_t i = 0; i < t->plan.guards; i++)
		if (t->plan.guard[i].refused)
			fail_msg("%s: %s", t->plan.guard[i].name, t->plan.guard[i].detail);
	assert_false(t->plan.refused);
	assert_string_equal(result(t, guard)->detail, detail);
}

/* Judged once more, after something was changed. */
static void again(struct trial *t)
{
	map_free(t->bound.by_address);
	t->bound.by_address = map_new();
}

static void test_empty_plan_passes_in_a_fixed_order(void **state)
{
	static const char *const names[] = {
	    "organization", "hold", "account", "removals", "reading", "sections", "protected",
	    "break_glass",  "self", "churn",   "never",    "units",   "adopt"};
	struct trial *t = *state;

	assert_passed(t, "removals", "none");
	assert_int_equal(t->plan.guards, sizeof names / sizeof *names);
	for (size_t i = 0; i < t->plan.guards; i++)
		assert_string_equal(t->plan.guard[i].name, names[i]);
}

static void test_account_is_never_ended(void **state)
{
	struct trial *t = *state;
	struct op close = {.name = "CloseAccount"};

	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	vec_push(&t->notes, ((struct note){.what = NOTE_RELEASED, .kind = KIND_ACCOUNT}));
	assert_passed(t, "account", "0 closed or removed, 1 released");
	again(t);
	call_add(t, &close);
	assert_refused(t, "account", "CloseAccount");
	again(t);
	t->calls.n = 0;
	change_add(t, ACTION_DELETE, "account/main");
	judge(t);
	assert_true(result(t, "account")->refused);
}

static void units_add(struct trial *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		managed(t, KIND_UNIT, arena_printf(t->arena, "unit/U%02u", i),
			arena_printf(t->arena, "ou-%u", i));
}

static void units_delete(struct trial *t, unsigned n)
{
	t->changes.n = 0;
	for (unsigned i = 0; i < n; i++)
		change_add(t, ACTION_DELETE, arena_printf(t->arena, "unit/U%02u", i));
	again(t);
}

static void test_removals_by_floor_and_share(void **state)
{
	struct trial *t = *state;

	units_add(t, 9); /* 10 % is 1, the floor 2 */
	units_delete(t, 2);
	assert_passed(t, "removals", "unit: 2 of 2 allowed");
	units_delete(t, 3);
	assert_refused(t, "removals",
		       "unit: 3 would go, 2 allowed of 9 read: unit/U00, unit/U01, unit/U02; to "
		       "allow it, first merge and apply `guards: {allow: [{removals: unit, count: "
		       "3, reason: WHY, until: 2026-12-05}]}`");
	/* A share is rounded up: 10 % of 21. */
	for (unsigned i = 9; i < 21; i++)
		managed(t, KIND_UNIT, arena_printf(t->arena, "unit/U%02u", i), NULL);
	units_delete(t, 3);
	assert_passed(t, "removals", "unit: 3 of 3 allowed");
	t->changes.at[0].reason = REASON_EXPIRED; /* announced when it was declared */
	again(t);
	assert_passed(t, "removals", "unit: 2 of 3 allowed");
	units_delete(t, 4);
	t->changes.at[3].blocked = true;
	assert_passed(t, "removals", "unit: 3 of 3 allowed");
}

static void test_removals_never_all_of_two(void **state)
{
	struct trial *t = *state;

	units_add(t, 1);
	units_delete(t, 1);
	assert_passed(t, "removals", "unit: 1 of 2 allowed");
	managed(t, KIND_UNIT, "unit/U01", "ou-1");
	units_delete(t, 1);
	assert_passed(t, "removals", "unit: 1 of 1 allowed");
	units_delete(t, 2);
	assert_refused(t, "removals", "never all at once");
	vec_push(
	    &t->base_config.settings.guards.allow,
	    ((struct removal_allow){.name = txt(t, "unit"), .count = 9, .until_us = NOW + DAY}));
	units_delete(t, 2);
	assert_refused(t, "removals", "unit: 2 would go, 1 allowed of 2 read");
}

static void limit_add(struct trial *t, struct config *c, const char *name, uint32_t floor)
{
	vec_push(&c->settings.guards.removals,
		 ((struct removal_limit){
		     .name = txt(t, name), .floor = floor, .count = 25, .share = 1}));
}

static void test_removals_stricter_of_base_and_head(void **state)
{
	struct trial *t = *state;

	units_add(t, 9);
	limit_add(t, &t->head_config, "unit", 5); /* looser, in head only */
	units_delete(t, 3);
	assert_refused(t, "removals", "2 allowed");
	limit_add(t, &t->base_config, "default", 4); /* in both: the smaller */
	units_delete(t, 4);
	assert_passed(t, "removals", "unit: 4 of 4 allowed");
	units_delete(t, 5);
	assert_refused(t, "removals", "4 allowed");
	t->head_config.settings.guards.removals.n = 0; /* loose in base only */
	units_delete(t, 3);
	assert_refused(t, "removals", "2 allowed");
}

static void test_removals_allowed_by_the_base(void **state)
{
	struct trial *t = *state;
	struct removal_allow allow = {.name = txt(t, "unit"), .count = 4, .until_us = NOW + DAY};

	allow.where = (struct place){.file = "charter.yaml", .line = 7};
	units_add(t, 9);
	vec_push(&t->head_config.settings.guards.allow, allow);
	units_delete(t, 4);
	assert_refused(t, "removals", "the allowance at charter.yaml:7 counts once it has been");
	vec_push(&t->base_config.settings.guards.allow, allow);
	units_delete(t, 4);
	assert_passed(t, "removals", "unit: 4 of 4 allowed");
	units_delete(t, 5);
	assert_refused(t, "removals", "unit: 5 would go, 4 allowed");
	t->head_config.settings.guards.allow.n = 0;
	t->base_config.settings.guards.allow.at[0].until_us = NOW - 1;
	units_delete(t, 4);
	assert_refused(t, "removals", "has ended");
	t->base_config.settings.guards.allow.at[0].until_us = NOW;
	units_delete(t, 4);
	assert_passed(t, "removals", "unit: 4 of 4 allowed");
	t->base_config.settings.guards.allow.at[0].until_us = NOW + 14 * DAY;
	units_delete(t, 4);
	assert_passed(t, "removals", "unit: 4 of 4 allowed");
	t->base_config.settings.guards.allow.at[0].until_us = NOW + 14 * DAY + 1;
	units_delete(t, 4);
	assert_refused(t, "removals", "ends more than 14 days from now");
}

static void test_removals_of_elements(void **state)
{
	static const char *const groups[] = {"iam_group/main/a", "iam_group/main/b",
					     "iam_group/main/c", "iam_group/main/d", NULL};
	struct trial *t = *state;
	struct resource *user;

	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	user = managed(t, KIND_IAM_USER, "iam_user/main/alice", "arn:alice");
	known_set(t, user, USER_GROUPS, groups);
	user = managed(t, KIND_IAM_USER, "iam_user/main/bob", "arn:bob");
	known_set(t, user, USER_GROUPS, groups);
	/* With a deleted user its memberships go, and count once. */
	change_add(t, ACTION_DELETE, "iam_user/main/bob");
	takes_out(t, "iam_user/main/alice", USER_GROUPS, groups[0]);
	takes_out(t, "iam_user/main/alice", USER_GROUPS, groups[1]);
	assert_passed(t, "removals", "iam_user: 1 of 1 allowed; membership: 2 of 2 allowed");
	takes_out(t, "iam_user/main/alice", USER_GROUPS, groups[2]);
	again(t);
	assert_refused(t, "removals",
		       "membership: 3 would go, 2 allowed of 8 read: iam_group/main/a of "
		       "iam_user/main/alice");
}

static void test_reading_that_is_partial(void **state)
{
	struct trial *t = *state;
	struct op op = {.name = "CreateUser"};
	const struct text *uses[] = {NULL, NULL};
	struct change *c;

	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	managed(t, KIND_IAM_USER, "iam_user/main/alice", "arn:alice");
	change_add(t, ACTION_DELETE, "iam_user/main/alice");
	assert_passed(t, "reading", "complete");
	t->live->scopes.at[side_scope(t->live, 0, "iam/111111111111")].state = SCOPE_PARTIAL;
	again(t);
	assert_refused(t, "reading", "iam_user/main/alice would be deleted, and iam/111111111111");
	t->changes.at[0].blocked = true;
	again(t);
	assert_passed(t, "reading", "1 blocked");
	/* A call that needs what a blocked change would have made. */
	t->rows.at[1].live = NULL;
	uses[0] = txt(t, "iam_user/main/alice");
	call_add(t, &op)->uses = uses;
	again(t);
	assert_refused(t, "reading", "needs iam_user/main/alice");
	t->calls.n = 0;
	t->changes.n = 0;
	/* A removal from a set that was not read. */
	takes_out(t, "account/main", ACCOUNT_POLICIES, "policy/deny");
	again(t);
	assert_refused(t, "reading", "`policies` of account/main");
	c = &t->changes.at[0];
	((struct diff *)c->diff)->blocked = true;
	again(t);
	assert_passed(t, "reading", "complete");
}

static void section_add(struct trial *t, struct config *c, const char *name, uint32_t n)
{
	vec_push(&c->sections, ((struct section){.name = txt(t, name),
						 .n = n,
						 .empty = n == 0,
						 .where = {.file = "units.yaml", .line = 3}}));
}

static void test_section_that_vanished(void **state)
{
	struct trial *t = *state;

	section_add(t, &t->base_config, "units", 4);
	section_add(t, &t->base_config, "policies", 0); /* was empty before */
	assert_refused(t, "sections", "section `units`, with 4 declared at units.yaml:3");
	section_add(t, &t->head_config, "units", 0);
	again(t);
	assert_passed(t, "sections", "none gone");
}

static void test_section_of_an_account(void **state)
{
	struct trial *t = *state;

	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	section_add(t, &t->base_config, "iam", 1);
	section_add(t, &t->base_config, "iam/main/users", 2);
	section_add(t, &t->head_config, "iam", 1);
	assert_refused(t, "sections", "`iam: {accounts: {main: {users: {}}}}`");
	t->head_config.sections.at[0].empty = true; /* iam: {} */
	again(t);
	assert_passed(t, "sections", "none gone");
	t->head_config.sections.at[0].empty = false;
	/* The account was renamed, and its section with it. */
	section_add(t, &t->head_config, "iam/core/users", 2);
	((struct resource *)t->rows.at[0].head)->v[0] = value_str(t->arena, "core");
	again(t);
	assert_passed(t, "sections", "none gone");
	/* The account is not declared any more: what is in it is released. */
	t->head_config.sections.n = 1;
	t->rows.at[0].head = NULL;
	again(t);
	assert_passed(t, "sections", "none gone");
}

static void test_protected_is_not_deleted(void **state)
{
	struct trial *t = *state;
	struct resource *child;

	managed(t, KIND_UNIT, "unit/Security", "ou-1");
	managed(t, KIND_UNIT, "unit/Work", "ou-2");
	child = managed(t, KIND_UNIT, "unit/Work/Prod", "ou-3");
	child->v[0] = value_str(t->arena, "Prod");
	child->v[UNIT_PARENT] = value_str(t->arena, "unit/Work");
	/* Head has taken the pattern out in the same commit. */
	vec_push(&t->base_config.settings.guards.protect, txt(t, "unit/Secur*"));
	change_add(t, ACTION_DELETE, "unit/Work/Prod");
	assert_passed(t, "protected", "1 patterns");
	t->changes.n = 0;
	change_add(t, ACTION_DELETE, "unit/Security");
	again(t);
	assert_refused(t, "protected", "unit/Security would be deleted, and `unit/Secur*`");
	/* Live it stands in Workloads, which head has just renamed. */
	((struct resource *)t->rows.at[1].live)->v[0] = value_str(t->arena, "Workloads");
	t->base_config.settings.guards.protect.at[0] = txt(t, "unit/Workloads/*");
	t->changes.n = 0;
	change_add(t, ACTION_DELETE, "unit/Work/Prod");
	again(t);
	assert_refused(t, "protected", "`unit/Workloads/*` protects it");
	t->base_config.settings.guards.protect.n = 0;
	again(t);
	assert_passed(t, "protected", "no patterns");
}

static void test_protected_is_not_stripped(void **state)
{
	static const char *const policies[] = {"policy/a", "policy/b", "policy/c", NULL};
	struct trial *t = *state;
	struct resource *unit = managed(t, KIND_UNIT, "unit/Security", "ou-1");

	known_set(t, unit, UNIT_POLICIES, policies);
	known_set(t, unit, UNIT_TAGS, policies);
	vec_push(&t->head_config.settings.guards.protect, txt(t, "unit/Security"));
	takes_out(t, "unit/Security", UNIT_TAGS, "policy/a");
	assert_passed(t, "protected", "1 patterns");
	takes_out(t, "unit/Security", UNIT_POLICIES, "policy/a");
	again(t);
	assert_refused(t, "protected", "unit/Security would lose policy/a");
	/* An attachment by its own address. */
	t->head_config.settings.guards.protect.at[0] = txt(t, "policy_attachment/a/**");
	again(t);
	assert_refused(t, "protected", "`policy_attachment/a/**` protects it");
	t->head_config.settings.guards.protect.at[0] = txt(t, "policy_attachment/b/**");
	again(t);
	assert_passed(t, "protected", "1 patterns");
}

static void test_break_glass_is_never_written(void **state)
{
	struct trial *t = *state;
	struct op op = {.name = "DetachUserPolicy"};
	struct fact fact = {.address = txt(t, "iam_user/main/emergency-1"), .kind = KIND_IAM_USER};

	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	managed(t, KIND_IAM_USER, "iam_user/main/emergency-1", "arn:e");
	managed(t, KIND_IAM_USER, "iam_user/main/emerging", "arn:f");
	vec_push(&t->head_config.settings.guards.break_glass, txt(t, "iam_user/main/emergency-*"));
	change_add(t, ACTION_ADOPT, "iam_user/main/emergency-1");
	change_diff(t, change_add(t, ACTION_UPDATE, "iam_user/main/emerging"),
		    (struct diff){.attr = USER_PATH});
	assert_passed(t, "break_glass", "1 patterns");
	change_diff(t, change_add(t, ACTION_UPDATE, "iam_user/main/emergency-1"),
		    (struct diff){.attr = USER_PATH});
	again(t);
	assert_refused(t, "break_glass", "iam_user/main/emergency-1 would be updated");
	t->changes.n = 1;
	call_add(t, &op)->fact = &fact;
	t->calls.at[0].facts = 1;
	again(t);
	assert_refused(t, "break_glass", "DetachUserPolicy, would write to");
}

static void self_add(struct trial *t)
{
	static const char *const groups[] = {"iam_group/main/ops", NULL};
	static const char *const policies[] = {"iam_policy/main/admin", NULL};
	struct resource *user, *group;

	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	managed(t, KIND_IAM_POLICY, "iam_policy/main/admin", "arn:p");
	managed(t, KIND_IAM_POLICY, "iam_policy/main/other", "arn:q");
	group = managed(t, KIND_IAM_GROUP, "iam_group/main/ops", "arn:g");
	user = managed(t, KIND_IAM_USER, "iam_user/main/charter", ADMIN);
	known_set(t, user, USER_GROUPS, groups);
	known_set(t, group, GROUP_MANAGED, policies);
}

static void test_self_is_not_changed(void **state)
{
	static const char *const own[] = {"iam_user/main/charter", "iam_group/main/ops",
					  "iam_policy/main/admin"};
	struct trial *t = *state;

	self_add(t);
	change_add(t, ACTION_DELETE, "iam_policy/main/other");
	assert_passed(t, "self", "not touched");
	assert_false(guard_self_matches(&t->in, &t->changes.at[0]));
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		t->changes.n = 0;
		change_add(t, ACTION_DELETE, own[i]);
		again(t);
		assert_refused(t, "self", "would be deleted, and this run lives by it");
		assert_true(guard_self_matches(&t->in, &t->changes.at[0]));
		t->changes.at[0].blocked = true;
		again(t);
		assert_passed(t, "self", "1 left out, of what iam_user/main/charter lives by");
	}
	t->live->world.caller_arn = txt(t, "arn:aws:sts::111111111111:assumed-role/ci/run");
	t->changes.at[0].blocked = false;
	again(t);
	assert_passed(t, "self", "not touched");
}

static void test_wrong_organization(void **state)
{
	struct trial *t = *state;
	struct settings *head = &t->head_config.settings, *base = &t->base_config.settings;
	auto_error err = {0};

	head->organization_id = base->organization_id = txt(t, "o-exampleorgid");
	head->management_account = txt(t, "111111111111");
	assert_passed(t, "organization", "o-exampleorgid, by " ADMIN);
	head->organization_id = txt(t, "o-another");
	again(t);
	assert_refused(t, "organization",
		       "the configuration is for organization o-another, and these credentials "
		       "belong to o-exampleorgid");
	assert_int_equal(guard_organization(head, NULL, &t->live->world, &err), -1);
	assert_int_equal(err.code, EXIT_REFUSED);
	head->organization_id = NULL;
	base->organization_id = txt(t, "o-another");
	again(t);
	assert_refused(t, "organization", "the last applied commit is for organization o-another");
	base->organization_id = NULL;
	head->management_account = txt(t, "222222222222");
	again(t);
	assert_refused(t, "organization", "222222222222, and here it is 111111111111");
}

static void test_wrong_caller(void **state)
{
	struct trial *t = *state;
	struct world *w = &t->live->world;

	managed(t, KIND_ACCOUNT, "account/identity", "222222222222");
	w->partition = txt(t, "aws-cn");
	assert_refused(t, "organization", "another partition than aws-cn");
	w->partition = txt(t, "aws");
	w->caller_arn = txt(t, "arn:aws:iam::222222222222:user/x");
	again(t);
	assert_refused(t, "organization", "belong to account 111111111111, and to arn:");
	w->caller_account = txt(t, "222222222222");
	again(t);
	assert_refused(t, "organization", "the management account is 111111111111");
	t->head_config.settings.credentials_account = txt(t, "identity");
	again(t);
	assert_passed(t, "organization", "o-exampleorgid, by arn:aws:iam::222222222222:user/x");
	((struct resource *)t->rows.at[0].live)->id = txt(t, "333333333333");
	again(t);
	assert_refused(t, "organization", "`access` says identity (333333333333)");
}

static void test_no_organization_yet(void **state)
{
	struct trial *t = *state;
	struct settings *head = &t->head_config.settings;

	t->live->world.organization_id = t->live->world.management_account = NULL;
	t->live->world.no_organization = true;
	head->management_account = txt(t, "111111111111");
	assert_passed(t, "organization", "none yet, by " ADMIN);
	head->organization_id = txt(t, "o-exampleorgid");
	again(t);
	assert_refused(t, "organization", "are in none");
}

static void test_churn_is_a_defect(void **state)
{
	struct trial *t = *state;
	struct op op = {.name = "CreateUser"};
	struct change *c;

	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	managed(t, KIND_IAM_USER, "iam_user/main/alice", "arn:alice");
	row_add(t, "iam_user/main/Alice", NULL, (struct resource *)t->rows.at[1].head, NULL);
	row_add(t, "iam_user/main/bob", NULL, (struct resource *)t->rows.at[1].head, NULL);
	change_add(t, ACTION_DELETE, "iam_user/main/alice");
	change_add(t, ACTION_CREATE, "iam_user/main/bob");
	assert_passed(t, "churn", "none");
	change_add(t, ACTION_CREATE, "iam_user/main/Alice"); /* the same name to IAM */
	again(t);
	assert_refused(t, "churn", "both deleted and created; this is a defect of charter");
	t->changes.n = 0;
	known_set(t, (struct resource *)t->rows.at[1].live, USER_GROUPS, (const char *[]){NULL});
	takes_out(t, "iam_user/main/alice", USER_GROUPS, "iam_group/main/a");
	c = &t->changes.at[0];
	change_diff(t, c, (struct diff){.attr = USER_GROUPS, .key = txt(t, "iam_group/main/b")});
	again(t);
	assert_passed(t, "churn", "none");
	change_diff(t, c, (struct diff){.attr = USER_GROUPS, .key = txt(t, "iam_group/main/a")});
	again(t);
	assert_refused(t, "churn", "iam_group/main/a is both taken out of iam_user/main/alice");
	t->changes.n = 0;
	call_add(t, &op)->makes = txt(t, "iam_user/main/alice");
	call_add(t, &op)->ends = txt(t, "iam_user/main/bob");
	again(t);
	assert_passed(t, "churn", "none");
	t->calls.at[1].ends = t->calls.at[0].makes;
	again(t);
	assert_refused(t, "churn", "made and ended");
}

static void test_operations_that_are_never_called(void **state)
{
	static const char *const never[] = {"DeleteOrganization", "LeaveOrganization",
					    "DisablePolicyType", "DisableAWSServiceAccess",
					    "DeleteInstance"};
	struct trial *t = *state;
	struct op op = {.name = "DetachPolicy"};

	call_add(t, &op);
	assert_passed(t, "never", "none of them");
	for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
		op.name = never[i];
		again(t);
		assert_refused(t, "never", never[i]);
		/* Nor can they be said. */
		for (size_t k = 0; k < OP_COUNT; k++)
			assert_string_not_equal(ops[k].name, never[i]);
	}
}

static void test_hold(void **state)
{
	struct trial *t = *state;

	t->record.read = true;
	assert_passed(t, "hold", "none");
	t->record.hold = "incident 4711";
	again(t);
	assert_refused(t, "hold", "incident 4711");
}

static void test_unit_that_is_not_empty(void **state)
{
	struct trial *t = *state;
	struct resource *account, *unit;
	struct diff move = {.attr = ACCOUNT_UNIT, .head = value_str(t->arena, "root")};

	managed(t, KIND_UNIT, "unit/Old", "ou-1");
	unit = managed(t, KIND_UNIT, "unit/Old/Sub", "ou-2");
	managed(t, KIND_UNIT, "unit/Other", "ou-3");
	managed(t, KIND_UNIT, "unit/Other2", "ou-4");
	account = managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	unit->v[UNIT_PARENT] = account->v[ACCOUNT_UNIT] = value_str(t->arena, "unit/Old");
	change_add(t, ACTION_DELETE, "unit/Old");
	assert_refused(t, "units", "unit/Old would be deleted, and account/main is still in it");
	change_diff(t, change_add(t, ACTION_UPDATE, "account/main"), move);
	again(t);
	assert_refused(t, "units", "unit/Old/Sub is still in it");
	change_add(t, ACTION_DELETE, "unit/Old/Sub");
	again(t);
	assert_passed(t, "units", "none left behind");
	((struct diff *)t->changes.at[2].diff)->blocked = true;
	again(t);
	assert_refused(t, "units", "account/main is still in it");
}

static void test_moved_unit_that_holds_undeclared(void **state)
{
	struct trial *t = *state;
	struct resource *account, *unit, *base;
	struct diff move = {.attr = UNIT_PARENT, .head = value_str(t->arena, "unit/New")};

	managed(t, KIND_UNIT, "unit/New", "ou-1");
	managed(t, KIND_UNIT, "unit/New/Old", "ou-2");
	unit = managed(t, KIND_UNIT, "unit/New/Old/Sub", "ou-3");
	account = managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	unit->v[UNIT_PARENT] = value_str(t->arena, "unit/New/Old");
	account->v[ACCOUNT_UNIT] = value_str(t->arena, "unit/New/Old/Sub");
	change_diff(t, change_add(t, ACTION_UPDATE, "unit/New/Old"), move);
	assert_passed(t, "units", "none left behind");
	base = (struct resource *)t->rows.at[3].head;
	base->flags |= RES_EXTERNAL;
	again(t);
	assert_refused(t, "units", "unit/New/Old would be moved, and account/main in it is not");
	base->flags = 0;
	t->rows.at[2].head = NULL;
	again(t);
	assert_refused(t, "units", "unit/New/Old/Sub in it is not declared");
}

static void test_adopt_that_takes_away(void **state)
{
	struct trial *t = *state;

	diagnose(&t->refusals, (struct place){0}, "unit/X has more policies");
	assert_refused(t, "adopt", "unit/X has more policies");
	diagnose(&t->refusals, (struct place){0}, "unit/Y has more policies");
	again(t);
	assert_refused(t, "adopt", "and 1 more");
}

#define GUARD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    GUARD_TEST(test_empty_plan_passes_in_a_fixed_order),
	    GUARD_TEST(test_account_is_never_ended),
	    GUARD_TEST(test_removals_by_floor_and_share),
	    GUARD_TEST(test_removals_never_all_of_two),
	    GUARD_TEST(test_removals_stricter_of_base_and_head),
	    GUARD_TEST(test_removals_allowed_by_the_base),
	    GUARD_TEST(test_removals_of_elements),
	    GUARD_TEST(test_reading_that_is_partial),
	    GUARD_TEST(test_section_that_vanished),
	    GUARD_TEST(test_section_of_an_account),
	    GUARD_TEST(test_protected_is_not_deleted),
	    GUARD_TEST(test_protected_is_not_stripped),
	    GUARD_TEST(test_break_glass_is_never_written),
	    GUARD_TEST(test_self_is_not_changed),
	    GUARD_TEST(test_wrong_organization),
	    GUARD_TEST(test_wrong_caller),
	    GUARD_TEST(test_no_organization_yet),
	    GUARD_TEST(test_churn_is_a_defect),
	    GUARD_TEST(test_operations_that_are_never_called),
	    GUARD_TEST(test_hold),
	    GUARD_TEST(test_unit_that_is_not_empty),
	    GUARD_TEST(test_moved_unit_that_holds_undeclared),
	    GUARD_TEST(test_adopt_that_takes_away),
	};

	return cmocka_run_group_tests_name("guards", tests, NULL, NULL);
}
