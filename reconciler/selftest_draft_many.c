/* A random draft's sections that stand for many: baselines, the jump account, pools and tasks; and
 * drafts of accounts that are in no organization. */
#include "reconciler/selftest_draft.h"

static void baseline_add(struct chance *c, json_t *draft)
{
	auto_free char *name = chance_name(c, "base");
	auto_free char *role = chance_name(c, "brole"), *group = chance_name(c, "bgroup");
	auto_free char *path = xasprintf("iam.baselines.%s", name);
	json_t *baseline = draft_part(draft, path, true);
	const char *unit = chance_key(c, json_object_get(draft, "units"), name_is_kept);

	json_object_set_new(baseline, "accounts",
			    names_random(c, json_object_get(draft, "accounts"), 2));
	if (unit)
		json_object_set_new(baseline, "units", json_pack("[s]", unit));
	if (chance_of(c, 40))
		json_object_set_new(baseline, "except",
				    names_random(c, json_object_get(draft, "accounts"), 2));
	json_object_set_new(baseline, "roles",
			    json_pack("{s:{s:o, s:[s]}}", role, "trust",
				      trust_of(SELF_ACCOUNT, "root"), "managed_policies",
				      "aws/ReadOnlyAccess"));
	json_object_set_new(baseline, "groups",
			    json_pack("{s:{s:{s:o}}}", group, "inline_policies", "in0",
				      draft_document(chance_below(c, 99))));
}

static json_t *access_random(struct chance *c, const json_t *draft)
{
	static const char *const roles[] = {"developer", "reader"};

	return json_pack("{s:s, s:o}", "role", chance_word(c, roles, 2), "accounts",
			 names_random(c, json_object_get(draft, "accounts"), 3));
}

static void jump_add(struct chance *c, json_t *draft, const char *account)
{
	auto_free char *team = chance_name(c, "team");
	auto_free char *path = xasprintf("iam.accounts.%s.users", account);

	json_object_set_new(
	    draft, "jump",
	    json_pack("{s:s, s:b, s:{s:{s:[s], s:s}, s:{s:[s]}}, s:{s:{s:o, s:[o]}}}", "account",
		      account, "require_mfa", (int)chance_below(c, 2), "roles", "developer",
		      "managed_policies", "aws/ReadOnlyAccess", "max_session_duration", "4h",
		      "reader", "managed_policies", "aws/SecurityAudit", "teams", team, "members",
		      names_random(c, draft_part(draft, path, false), 3), "access",
		      access_random(c, draft)));
}

void members_add(struct chance *c, json_t *draft)
{
	for (unsigned n = 1 + chance_below(c, 2); n > 0; n--) {
		const char *account =
		    chance_key(c, json_object_get(draft, "accounts"), account_is_member);

		if (!account)
			return;
		if (draft_part(draft, "iam.accounts", true) &&
		    json_object_get(draft_part(draft, "iam.accounts", false), account))
			continue;
		iam_add(c, draft, account);
		settings_add(c, draft, account);
		roles_add(c, draft, account);
		if (chance_of(c, 30) && !json_object_get(draft, "jump"))
			jump_add(c, draft, account);
	}
	for (unsigned n = chance_below(c, 3); n > 0; n--)
		baseline_add(c, draft);
}

/* Independent accounts. */

json_t *draft_accounts(void)
{
	return json_pack("[s, s, s]", "200000000001", "200000000002", "200000000003");
}

/* Tasks are in the first account of the pool until its credit is used up. */
static void tasks_add(struct chance *c, json_t *draft)
{
	json_t *accounts = json_array(), *tasks = draft_part(draft, "tasks", true);
	json_auto_t *ids = draft_accounts();

	for (size_t i = 0; i < json_array_size(ids); i++)
		json_array_append_new(
		    accounts, json_sprintf("acc-%s", json_string_value(json_array_get(ids, i))));
	json_object_set_new(draft_part(draft, "iam.baselines.keep-tasks", true), "accounts",
			    json_deep_copy(accounts));
	json_object_set_new(
	    draft_part(draft, "iam.baselines.keep-tasks", true), "groups",
	    json_pack("{s:{s:[s]}}", "tasks", "managed_policies", "aws/ReadOnlyAccess"));
	json_object_set_new(
	    draft, "pools",
	    json_pack("{s:{s:o, s:s}}", "pool", "accounts", accounts, "credit", "100 USD"));
	json_object_set_new(tasks, "keep-task",
			    json_pack("{s:s, s:[s]}", "pool", "pool", "groups", "tasks"));
	for (unsigned n = chance_below(c, 4); n > 0; n--) {
		auto_free char *name = chance_name(c, "task");

		json_object_set_new(tasks, name,
				    json_pack("{s:s, s:[s], s:s}", "pool", "pool", "groups",
					      "tasks", "expires",
					      chance_of(c, 80) ? "2027-06-30" : "2026-11-01"));
	}
}

json_t *draft_independent(struct chance *c)
{
	json_auto_t *ids = draft_accounts();
	json_t *draft = json_pack(
	    "{s:i, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:{s:{s:s}}}, s:{s:{s:{s:i, s:s, s:i}}}}",
	    "charter", 1, "scope", "main", "organization", "none", "record", "account",
	    SELF_ACCOUNT, "role", "charter-record", "access", "external_id", "the-word", "accounts",
	    SELF_ACCOUNT, "role", "none", "guards", "removals", "default", "floor", 1000, "share",
	    "100%", "count", 1000);
	json_t *accounts = draft_part(draft, "accounts", true);

	json_object_set_new(accounts, SELF_ACCOUNT, json_pack("{s:s}", "id", TWIN_MANAGEMENT));
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i));
		auto_free char *name = xasprintf("acc-%s", id);

		json_object_set_new(accounts, name, json_pack("{s:s}", "id", id));
	}
	iam_add(c, draft, SELF_ACCOUNT);
	roles_add(c, draft, SELF_ACCOUNT);
	json_object_set_new(draft_part(draft, "iam.accounts." SELF_ACCOUNT ".roles", true),
			    "charter-record", json_pack("{s:b}", "external", 1));
	members_add(c, draft);
	tasks_add(c, draft);
	return draft;
}

/* The record's role is there before, and accounts are entered only by who knows the word. */
json_t *draft_before(const json_t *draft)
{
	static const char trust[] =
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{"
	    "\"AWS\":\"arn:aws:iam::" TWIN_MANAGEMENT ":root\"},\"Action\":\"sts:AssumeRole\","
	    "\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"the-word\"}}}]}";
	json_auto_t *ids = draft_accounts();
	json_t *before = json_array();

	if (!json_is_string(json_object_get(draft, "organization")))
		return before;
	json_array_append_new(before,
			      json_pack("{s:s, s:s, s:{s:s, s:s}}", "account", SELF_ACCOUNT, "call",
					"iam:CreateRole", "input", "RoleName", "charter-record",
					"AssumeRolePolicyDocument", trust));
	for (size_t i = 0; i < json_array_size(ids); i++)
		json_array_append_new(
		    before,
		    json_pack("{s:o, s:s, s:{s:s, s:s}}", "account",
			      json_sprintf("acc-%s", json_string_value(json_array_get(ids, i))),
			      "call", "iam:UpdateAssumeRolePolicy", "input", "RoleName",
			      "OrganizationAccountAccessRole", "PolicyDocument", trust));
	return before;
}
