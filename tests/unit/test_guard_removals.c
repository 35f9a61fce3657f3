#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/guard_trial.h"

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
	trial_again(t);
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
	((struct resource *)t->changes.at[0].row->base)->flags |= RES_ENDED;
	trial_again(t);
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
	static const char *const policies[] = {"arn:aws:iam::aws:policy/A",
					       "arn:aws:iam::aws:policy/B",
					       "arn:aws:iam::aws:policy/C", NULL};
	struct trial *t = *state;
	struct resource *user;

	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	user = managed(t, KIND_IAM_USER, "iam_user/main/alice", "arn:alice");
	known_set(t, user, USER_GROUPS, groups);
	user = managed(t, KIND_IAM_USER, "iam_user/main/bob", "arn:bob");
	known_set(t, user, USER_GROUPS, groups);
	/* With a deleted user its memberships go, and count once. */
	takes_out(t, "iam_user/main/bob", USER_GROUPS, groups[0]);
	t->changes.at[0].action = ACTION_DELETE;
	takes_out(t, "iam_user/main/alice", USER_GROUPS, groups[0]);
	takes_out(t, "iam_user/main/alice", USER_GROUPS, groups[1]);
	assert_passed(t, "removals", "iam_user: 1 of 1 allowed; membership: 2 of 2 allowed");
	takes_out(t, "iam_user/main/alice", USER_GROUPS, groups[2]);
	trial_again(t);
	assert_refused(t, "removals",
		       "membership: 3 would go, 2 allowed of 8 read: iam_group/main/a of "
		       "iam_user/main/alice");
	/* A policy of AWS has the name that the configuration gives it. */
	known_set(t, user, USER_MANAGED, policies);
	for (size_t i = 0; i < 3; i++)
		takes_out(t, "iam_user/main/bob", USER_MANAGED, policies[i]);
	t->changes.at[0].action = ACTION_UPDATE;
	trial_again(t);
	assert_refused(t, "removals", "managed_policy: 3 would go, 2 allowed of 3 read: aws/A of ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    GUARD_TEST(test_removals_by_floor_and_share),
	    GUARD_TEST(test_removals_never_all_of_two),
	    GUARD_TEST(test_removals_stricter_of_base_and_head),
	    GUARD_TEST(test_removals_allowed_by_the_base),
	    GUARD_TEST(test_removals_of_elements),
	};

	return cmocka_run_group_tests_name("removals", tests, NULL, NULL);
}
