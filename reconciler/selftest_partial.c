/* partial: a reading that fails, loops or is cut takes nothing away. */
#include "reconciler/selftest_state.h"

#include <string.h>

static const char *const ways[] = {"deny",     "repeat_token", "status=500", "status=400/Strange",
				   "truncate", "reset_before", "html=502",   "throttle",
				   "expire",   "refuse"};

/* An outage of an identity provider: where nothing changes, nothing may go. */
#define HALF "half"
static const char *const halves[] = {"half@ListUsers", "half@ListGroups",
				     "half@ListPermissionSets"};

/* What no run may do while this cannot be read: nothing of it is absent, nothing can be taken away.
 * Names of operations, space-separated; "*": nothing at all. `many`: there is one for each thing.
 */
static const struct {
	const char *operation, *never;
	bool many;
} readings[] = {
    {"GetCallerIdentity", "*", false},
    {"DescribeOrganization", "*", false},
    {"ListRoots", "*", false},
    {"ListTagsForResource", "*", true}, /* the record is one of them */
    {"ListAccounts", "CreateAccount DeleteOrganizationalUnit", false},
    {"ListAccountsForParent", "CreateAccount DeleteOrganizationalUnit", false},
    {"ListOrganizationalUnitsForParent", "CreateOrganizationalUnit DeleteOrganizationalUnit", true},
    {"ListPolicies", "organizations:CreatePolicy organizations:DeletePolicy DetachPolicy", false},
    {"ListTargetsForPolicy", "organizations:DeletePolicy DetachPolicy", true},
    {"DescribePolicy", "", true}, /* what else is known of a policy may be changed */
    {"ListAWSServiceAccessForOrganization", "EnableAWSServiceAccess", false},
    {"ListDelegatedAdministrators", "RegisterDelegatedAdministrator", false},
    {"GetAccountAuthorizationDetails",
     "iam:CreateUser iam:CreateGroup iam:CreatePolicy iam:DeleteUser iam:DeleteGroup "
     "iam:DeletePolicy",
     false},
    {"ListPolicyTags", "UntagPolicy", false},
    {"AssumeRole", "", true}, /* see members_check() */
    {"AssumeRole", "", true},
    {"ListRoles", "iam:CreateRole iam:DeleteRole", false},
    {"ListOpenIDConnectProviders",
     "iam:CreateOpenIDConnectProvider iam:DeleteOpenIDConnectProvider", false},
    {"ListAccountAliases", "CreateAccountAlias DeleteAccountAlias", false},
    {"GetAccountPasswordPolicy", "UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy", false},
    {"ListInstances",
     "identitystore:CreateUser identitystore:DeleteUser identitystore:CreateGroup "
     "identitystore:DeleteGroup CreatePermissionSet DeletePermissionSet CreateAccountAssignment "
     "DeleteAccountAssignment CreateGroupMembership DeleteGroupMembership",
     false},
    {"ListUsers", "identitystore:CreateUser identitystore:DeleteUser DeleteGroupMembership", false},
    {"ListGroups", "identitystore:CreateGroup identitystore:DeleteGroup", false},
    {"ListGroupMemberships", "DeleteGroupMembership", true},
    {"ListPermissionSets",
     "CreatePermissionSet DeletePermissionSet CreateAccountAssignment DeleteAccountAssignment",
     false},
    {"DescribePermissionSet", "UpdatePermissionSet", true},
    {"GetInlinePolicyForPermissionSet", "DeleteInlinePolicyFromPermissionSet", true},
    {"ListAccountsForProvisionedPermissionSet", "DeletePermissionSet", true},
    {HALF,
     "identitystore:DeleteUser identitystore:DeleteGroup DeletePermissionSet "
     "DeleteGroupMembership DeleteAccountAssignment",
     false},
};

json_t *partial_make(struct chance *c)
{
	json_t *a = draft_random(c), *b = json_deep_copy(a);
	unsigned n = chance_below(c, sizeof readings / sizeof *readings);
	const char *way = chance_word(c, ways, sizeof ways / sizeof *ways);
	json_t *faults = chance_of(c, 70)
			     ? json_sprintf("%s@%s", way, readings[n].operation)
			     : json_sprintf("%s@%s#%u", way, readings[n].operation,
					    1 + chance_below(c, readings[n].many ? 6 : 2));

	if (strcmp(readings[n].operation, HALF) == 0) {
		json_decref(faults);
		faults = json_string(chance_word(c, halves, sizeof halves / sizeof *halves));
	} else {
		draft_change(c, b, 3 + chance_below(c, 9));
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "twin", twin_random(c), "a", a, "b", b, "faults",
			 faults);
}

/* "service:Operation ..." is one of these names, with or without its service. */
static bool line_is(const char *line, const char *names)
{
	size_t all = strcspn(line, " "), service = strcspn(line, ":") + 1;

	if (strcmp(names, "*") == 0)
		return true;
	for (const char *p = names; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if ((len == all && strncmp(p, line, len) == 0) ||
		    (p[len - 1] == ':' && strncmp(p, line, len) == 0) ||
		    (len == all - service && strncmp(p, line + service, len) == 0))
			return true;
		p += len;
	}
	return false;
}

static const char *never_of(const char *faults)
{
	const char *at = strchr(faults, '@');

	/* A single page may be of another thing than what goes; and a root that was seen is there,
	 * though its listing has no end. */
	if (!at || strchr(faults, '#') || strcmp(faults, "repeat_token@ListRoots") == 0)
		return "";
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
		if (strcmp(readings[i].operation, str_starts(faults, HALF) ? HALF : at + 1) == 0)
			return readings[i].never;
	return "";
}

/* What is in the IAM of all accounts but the one that the run belongs to, by their numbers. New. */
static json_t *members_things(const struct stage *s)
{
	const json_t *state = twin_state(s->twin);
	const char *own = json_string_value(json_object_get(state, "management")), *id;
	json_t *out = json_object(), *iam;

	json_object_foreach(json_object_get(state, "iam"), id, iam) if (strcmp(id, own) != 0)
	    things_of_iam(out, id, iam);
	return out;
}

/* Where no account can be entered nothing is changed in any, whatever is declared there. */
static int members_check(const struct stage *s, const char *faults, const json_t *before,
			 struct error *err)
{
	json_auto_t *now = members_things(s);

	if (!str_ends(faults, "@AssumeRole") || str_starts(faults, "repeat_token"))
		return 0;
	return things_compare(before, now, err) == 0 ? 0 : error_prefix(err, "unread");
}

/* An account that this run makes holds nothing that a reading could have told. */
static bool line_is_of_new(const char *line, bool made)
{
	return made && str_starts(line, "iam:");
}

static int disturbed_check(struct stage *s, const char *faults, struct error *err)
{
	json_auto_t *log = NULL;
	uint64_t hits = twin_stats(s->twin)->faults;
	struct trial t;
	enum exit_code code;
	json_auto_t *before = members_things(s);
	int result = stage_apply_checked(s, &t, err);
	bool made = false;

	code = t.code;
	if (result == 0)
		result = members_check(s, faults, before, err);
	log = twin_log(s->twin);
	hits = twin_stats(s->twin)->faults - hits;
	if (result == 0 && code != EXIT_DONE && code != EXIT_FAILED && code != EXIT_REFUSED &&
	    code != EXIT_PARTLY && code != EXIT_INCOMPLETE)
		result = run_failed_as(&t, "strange end", err);
	for (size_t i = 0; result == 0 && hits && i < json_array_size(log); i++) {
		const char *line = json_string_value(json_array_get(log, i));

		made |= line_is(line, "organizations:CreateAccount");
		if (!line_is_of_new(line, made) && line_is(line, never_of(faults)))
			result = error_set(err, "unread: it could not be read (%s), and yet: %s",
					   faults, line);
	}
	trial_end(&t);
	return result;
}

int partial_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
		struct error *err)
{
	const char *faults = json_string_value(json_object_get(sample, "faults"));
	json_auto_t *live = NULL, *found = NULL;
	auto_expected expected = {0};
	auto_stage s;

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	if (stage_begin(&s, err) < 0)
		return -1;
	live = stage_things(&s);
	things_expect(json_object_get(sample, "a"), json_object_get(sample, "b"), live, &expected);
	if (expected.refused)
		return 0;
	if (stage_commit(&s, json_object_get(sample, "b"), err) < 0 ||
	    twin_faults_set(s.twin, faults, err) < 0 || disturbed_check(&s, faults, err) < 0 ||
	    twin_faults_set(s.twin, NULL, err) < 0 || stage_converge(&s, err) < 0 ||
	    stage_settled(&s, err) < 0)
		return -1;
	found = stage_things(&s);
	return things_compare(expected.after, found, err);
}
