#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reconciler/record.h"
#include "tests/unit/guard_trial.h"

static void test_empty_plan_passes_in_a_fixed_order(void **state)
{
	static const char *const names[] = {
	    "organization", "hold",      "account",           "removals", "reading",
	    "sections",     "protected", "break_glass",       "self",     "lockout",
	    "churn",        "never",     "customer_policies", "units",    "adopt"};
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
	trial_again(t);
	call_add(t, &close);
	assert_refused(t, "account", "CloseAccount");
	trial_again(t);
	t->calls.n = 0;
	change_add(t, ACTION_DELETE, "account/main");
	trial_judge(t);
	assert_true(trial_result(t, "account")->refused);
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
	{
		uint32_t scope = side_scope(t->live, 0, "iam/111111111111");

		t->live->scopes.at[scope].state = SCOPE_PARTIAL;
	}
	trial_again(t);
	assert_refused(t, "reading", "iam_user/main/alice would be deleted, and iam/111111111111");
	t->changes.at[0].blocked = true;
	trial_again(t);
	assert_passed(t, "reading", "1 blocked");
	/* A call that needs what a blocked change would have made. */
	t->rows.at[1].live = NULL;
	uses[0] = txt(t, "iam_user/main/alice");
	call_add(t, &op)->uses = uses;
	trial_again(t);
	assert_refused(t, "reading", "needs iam_user/main/alice");
	t->calls.n = 0;
	t->changes.n = 0;
	/* A removal from a set that was not read. */
	takes_out(t, "account/main", ACCOUNT_POLICIES, "policy/deny");
	trial_again(t);
	assert_refused(t, "reading", "`policies` of account/main");
	c = &t->changes.at[0];
	((struct diff *)c->diff)->blocked = true;
	trial_again(t);
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
	trial_again(t);
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
	trial_again(t);
	assert_passed(t, "sections", "none gone");
	t->head_config.sections.at[0].empty = false;
	/* The account was renamed, and its section with it. */
	section_add(t, &t->head_config, "iam/core/users", 2);
	((struct resource *)t->rows.at[0].head)->v[0] = value_str(t->arena, "core");
	trial_again(t);
	assert_passed(t, "sections", "none gone");
	/* The account is not declared any more: what is in it is released. */
	t->head_config.sections.n = 1;
	t->rows.at[0].head = NULL;
	trial_again(t);
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
	trial_again(t);
	assert_refused(t, "protected", "unit/Security would be deleted, and `unit/Secur*`");
	/* Live it stands in Workloads, which head has just renamed. */
	((struct resource *)t->rows.at[1].live)->v[0] = value_str(t->arena, "Workloads");
	t->base_config.settings.guards.protect.at[0] = txt(t, "unit/Workloads/*");
	t->changes.n = 0;
	change_add(t, ACTION_DELETE, "unit/Work/Prod");
	trial_again(t);
	assert_refused(t, "protected", "`unit/Workloads/*` protects it");
	t->base_config.settings.guards.protect.n = 0;
	trial_again(t);
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
	change_diff(t, &t->changes.at[0],
		    (struct diff){.attr = UNIT_POLICIES, .key = txt(t, "policy/d")});
	assert_passed(t, "protected", "1 patterns");
	takes_out(t, "unit/Security", UNIT_POLICIES, "policy/a");
	trial_again(t);
	assert_refused(t, "protected", "unit/Security would lose policy/a");
	/* An attachment by its own address. */
	t->head_config.settings.guards.protect.at[0] = txt(t, "policy_attachment/a/**");
	trial_again(t);
	assert_refused(t, "protected", "`policy_attachment/a/**` protects it");
	t->head_config.settings.guards.protect.at[0] = txt(t, "policy_attachment/b/**");
	trial_again(t);
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
	trial_again(t);
	assert_refused(t, "break_glass", "iam_user/main/emergency-1 would be updated");
	t->changes.n = 1;
	call_add(t, &op)->fact = &fact;
	t->calls.at[0].facts = 1;
	trial_again(t);
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
		trial_again(t);
		assert_refused(t, "self", "would be deleted, and this run lives by it");
		assert_true(guard_self_matches(&t->in, &t->changes.at[0]));
		t->changes.at[0].blocked = true;
		trial_again(t);
		assert_passed(t, "self", "1 left out, of what iam_user/main/charter lives by");
	}
	t->live->world.caller_arn = txt(t, "arn:aws:sts::111111111111:assumed-role/ci/run");
	t->changes.at[0].blocked = false;
	trial_again(t);
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
	trial_again(t);
	assert_refused(t, "organization",
		       "the configuration is for organization o-another, and these credentials "
		       "belong to o-exampleorgid");
	assert_int_equal(guard_organization(head, NULL, &t->live->world, &err), -1);
	assert_int_equal(err.code, EXIT_REFUSED);
	head->organization_id = NULL;
	base->organization_id = txt(t, "o-another");
	trial_again(t);
	assert_refused(t, "organization", "the last applied commit is for organization o-another");
	base->organization_id = NULL;
	head->management_account = txt(t, "222222222222");
	trial_again(t);
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
	trial_again(t);
	assert_refused(t, "organization", "belong to account 111111111111, and to arn:");
	w->caller_account = txt(t, "222222222222");
	trial_again(t);
	assert_refused(t, "organization", "the management account is 111111111111");
	t->head_config.settings.credentials_account = txt(t, "identity");
	trial_again(t);
	assert_passed(t, "organization", "o-exampleorgid, by arn:aws:iam::222222222222:user/x");
	((struct resource *)t->rows.at[0].live)->id = txt(t, "333333333333");
	trial_again(t);
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
	trial_again(t);
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
	trial_again(t);
	assert_refused(t, "churn", "both deleted and created; this is a defect of charter");
	t->changes.n = 0;
	known_set(t, (struct resource *)t->rows.at[1].live, USER_GROUPS, (const char *[]){NULL});
	takes_out(t, "iam_user/main/alice", USER_GROUPS, "iam_group/main/a");
	c = &t->changes.at[0];
	change_diff(t, c, (struct diff){.attr = USER_GROUPS, .key = txt(t, "iam_group/main/b")});
	trial_again(t);
	assert_passed(t, "churn", "none");
	change_diff(t, c, (struct diff){.attr = USER_GROUPS, .key = txt(t, "iam_group/main/a")});
	trial_again(t);
	assert_refused(t, "churn", "iam_group/main/a is both taken out of iam_user/main/alice");
	t->changes.n = 0;
	call_add(t, &op)->makes = txt(t, "iam_user/main/alice");
	call_add(t, &op)->ends = txt(t, "iam_user/main/bob");
	trial_again(t);
	assert_passed(t, "churn", "none");
	t->calls.at[1].ends = t->calls.at[0].makes;
	trial_again(t);
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
		trial_again(t);
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
	trial_again(t);
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
	trial_again(t);
	assert_refused(t, "units", "unit/Old/Sub is still in it");
	change_add(t, ACTION_DELETE, "unit/Old/Sub");
	trial_again(t);
	assert_passed(t, "units", "none left behind");
	((struct diff *)t->changes.at[2].diff)->blocked = true;
	trial_again(t);
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
	trial_again(t);
	assert_refused(t, "units", "unit/New/Old would be moved, and account/main in it is not");
	base->flags = 0;
	t->rows.at[2].head = NULL;
	trial_again(t);
	assert_refused(t, "units", "unit/New/Old/Sub in it is not declared");
}

static void test_adopt_that_takes_away(void **state)
{
	struct trial *t = *state;

	diagnose(&t->refusals, (struct place){0}, "unit/X has more policies");
	assert_refused(t, "adopt", "unit/X has more policies");
	diagnose(&t->refusals, (struct place){0}, "unit/Y has more policies");
	trial_again(t);
	assert_refused(t, "adopt", "and 1 more");
}

static struct value hold(struct trial *t, const char *why)
{
	struct item item = {txt(t, RECORD_HOLD), txt(t, why)};

	return (struct value){.state = VALUE_SET, .u.set = set_make(t->arena, &item, 1, NULL)};
}

/* Whoever may make roles in some account must not be able to write the record. */
static void test_record_role_is_of_its_account(void **state)
{
	struct trial *t = *state;
	struct record_place place = {.kind = KIND_IAM_ROLE,
				     .attr = ROLE_TAGS,
				     .account = txt(t, "100000000000"),
				     .role = txt(t, "charter-record")};
	struct resource *forged, *own;
	struct record record;

	forged = managed(t, KIND_IAM_ROLE, "iam_role/a/charter-record",
			 "arn:aws:iam::200000000000:role/100000000000/charter-record");
	forged->v[ROLE_NAME] = value_text(place.role);
	forged->v[ROLE_TAGS] = hold(t, "forged");
	own = managed(t, KIND_IAM_ROLE, "iam_role/b/charter-record",
		      "arn:aws:iam::100000000000:role/ops/charter-record");
	own->v[ROLE_NAME] = value_text(place.role);
	record_read(t->arena, t->live, &place, "main", &record);
	assert_false(record.read);
	own->v[ROLE_TAGS] = hold(t, "own");
	record_read(t->arena, t->live, &place, "main", &record);
	assert_string_equal(record.hold, "own");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    GUARD_TEST(test_empty_plan_passes_in_a_fixed_order),
	    GUARD_TEST(test_record_role_is_of_its_account),
	    GUARD_TEST(test_account_is_never_ended),
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
