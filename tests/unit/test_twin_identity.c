/* The twin's Identity Center, called directly: jobs and what stands in their way, roles, what is
 * provisioned and what is not, who may do what, and what quotas bind. */
#include "tests/unit/twin_desk.h"

#include "aws/twin/sso_priv.h"

#include <stdlib.h>
#include <string.h>

#define JOB_US 30000000LL
#define MEMBER "333333333333"
#define NOBODY "00000000-0000-0000-0000-000000000000"
#define VIEW   "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"

/* An organization with two accounts, a user in a group, and a permission set. */
struct center {
	struct desk *d;
	char instance[128], store[32], set[128], group[64], user[64];
};

static void id_take(char *out, size_t size, json_t *reply, const char *object, const char *member)
{
	const json_t *in = *object == '\0' ? reply : json_object_get(reply, object);

	snprintf(out, size, "%s", row_str(in, member));
	assert_true(*out != '\0');
	json_decref(reply);
}

static json_t *center_ask(struct center *c, const char *service, const char *operation,
			  json_t *input)
{
	char code[64] = "";
	json_t *reply;

	json_object_set_new(
	    input, strcmp(service, "sso-admin") == 0 ? "InstanceArn" : "IdentityStoreId",
	    json_string(strcmp(service, "sso-admin") == 0 ? c->instance : c->store));
	reply = twin_do(c->d->twin, c->d->account, service, operation, input, code);
	return reply != NULL ? reply : json_pack("{s:s}", "code", code);
}

static json_t *sso(struct center *c, const char *operation, json_t *input)
{
	return center_ask(c, "sso-admin", operation, input);
}

static json_t *store(struct center *c, const char *operation, json_t *input)
{
	return center_ask(c, "identitystore", operation, input);
}

/* NULL: it was done. */
static void sso_says(struct center *c, const char *code, const char *operation, json_t *input)
{
	json_auto_t *reply = sso(c, operation, input);

	assert_string_equal(row_str(reply, "code"), code == NULL ? "" : code);
}

static void store_says(struct center *c, const char *code, const char *operation, json_t *input)
{
	json_auto_t *reply = store(c, operation, input);

	assert_string_equal(row_str(reply, "code"), code == NULL ? "" : code);
}

static void org_account_add(struct desk *d, const char *id)
{
	json_t *root = twin_table(d->twin, "root");
	auto_free char *email = xasprintf("%s@example.com", id);

	org_account_new(d->twin, id, row_str(root, "Id"), id, email);
	iam_access_role(d->twin, id, NULL);
}

static void center_open(struct center *c, struct desk *d)
{
	json_auto_t *list = NULL;

	*c = (struct center){.d = d};
	d->service = "organizations";
	done(d, "CreateOrganization", "{'FeatureSet':'ALL'}");
	org_account_add(d, OTHER);
	org_account_add(d, MEMBER);
	d->service = "sso-admin";
	list = ask(d, "ListInstances", "{}");
	id_take(c->instance, sizeof c->instance,
		json_incref(json_array_get(json_object_get(list, "Instances"), 0)), "",
		"InstanceArn");
	id_take(c->store, sizeof c->store,
		json_incref(json_array_get(json_object_get(list, "Instances"), 0)), "",
		"IdentityStoreId");
	id_take(c->set, sizeof c->set,
		sso(c, "CreatePermissionSet", json_pack("{s:s}", "Name", "Reader")),
		"PermissionSet", "PermissionSetArn");
	id_take(c->group, sizeof c->group,
		store(c, "CreateGroup", json_pack("{s:s}", "DisplayName", "readers")), "",
		"GroupId");
	id_take(c->user, sizeof c->user,
		store(c, "CreateUser", json_pack("{s:s}", "UserName", "ada")), "", "UserId");
	store_says(c, NULL, "CreateGroupMembership",
		   json_pack("{s:s, s:{s:s}}", "GroupId", c->group, "MemberId", "UserId", c->user));
	d->twin->options.job_us = JOB_US;
}

static json_t *edge_of(const char *set, const char *account, const char *type, const char *id)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "PermissionSetArn", set, "TargetId", account,
			 "TargetType", "AWS_ACCOUNT", "PrincipalType", type, "PrincipalId", id);
}

static json_t *edge(struct center *c, const char *account)
{
	return edge_of(c->set, account, "GROUP", c->group);
}

static json_t *set_input(struct center *c)
{
	return json_pack("{s:s}", "PermissionSetArn", c->set);
}

static json_t *set_with(struct center *c, const char *member, const char *value)
{
	return json_pack("{s:s, s:s}", "PermissionSetArn", c->set, member, value);
}

static json_t *account_of_set(struct center *c, const char *account)
{
	return set_with(c, "AccountId", account);
}

/* What becomes of a job of the operation: "IN_PROGRESS", "SUCCEEDED", or why it failed. */
static char *job_end(struct center *c, const char *operation, json_t *input)
{
	json_auto_t *reply = sso(c, operation, input), *status = NULL;
	const char *holder = strstr(operation, "Create")   ? "AccountAssignmentCreationStatus"
			     : strstr(operation, "Delete") ? "AccountAssignmentDeletionStatus"
							   : "PermissionSetProvisioningStatus";
	auto_free char *asks = xasprintf("Describe%s", holder);
	const char *member = strstr(operation, "Create")   ? "AccountAssignmentCreationRequestId"
			     : strstr(operation, "Delete") ? "AccountAssignmentDeletionRequestId"
							   : "ProvisionPermissionSetRequestId";
	const json_t *started = json_object_get(reply, holder);

	if (started == NULL)
		return xstrdup(row_str(reply, "code"));
	assert_string_equal(row_str(started, "Status"), "IN_PROGRESS");
	c->d->clock.us += JOB_US;
	status = sso(c, asks, json_pack("{s:s}", member, row_str(started, "RequestId")));
	started = json_object_get(status, holder);
	if (strcmp(row_str(started, "Status"), "FAILED") == 0)
		return xstrdup(row_str(started, "FailureReason"));
	return xstrdup(row_str(started, "Status"));
}

static void job_ends(struct center *c, const char *wanted, const char *operation, json_t *input)
{
	auto_free char *end = job_end(c, operation, input);

	assert_string_equal(end, wanted);
}

static size_t listed(struct center *c, const char *operation, json_t *input, const char *list)
{
	json_auto_t *reply = sso(c, operation, input);

	assert_string_equal(row_str(reply, "code"), "");
	return json_array_size(json_object_get(reply, list));
}

static size_t assigned(struct center *c, const char *account)
{
	return listed(c, "ListAccountAssignments", account_of_set(c, account),
		      "AccountAssignments");
}

/* The set's role in the account; NULL: none. */
static json_t *role_of(struct center *c, const char *account)
{
	json_t *role;
	const char *key;

	json_object_foreach(iam_table(c->d->twin, account, "roles"), key, role)
	{
		if (str_starts(key, "awsreservedsso_reader_"))
			return role;
	}
	return NULL;
}

static void assignments_are_made_in_time(void **state)
{
	struct center c;
	json_auto_t *reply = NULL;

	center_open(&c, *state);
	reply = sso(&c, "CreateAccountAssignment", edge(&c, OTHER));
	assert_int_equal(assigned(&c, OTHER), 0);
	c.d->clock.us += JOB_US - 1;
	assert_int_equal(assigned(&c, OTHER), 0);
	assert_null(role_of(&c, OTHER));
	c.d->clock.us += 1;
	assert_int_equal(assigned(&c, OTHER), 1);
	expect(role_of(&c, OTHER), "Path", "'/aws-reserved/sso.amazonaws.com/'");
	assert_non_null(strstr(row_str(role_of(&c, OTHER), "AssumeRolePolicyDocument"),
			       "sts:AssumeRoleWithSAML"));
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge(&c, OTHER));
	assert_int_equal(assigned(&c, OTHER), 1);
	sso_says(&c, "ConflictException", "DeletePermissionSet", set_input(&c));
	job_ends(&c, "SUCCEEDED", "DeleteAccountAssignment", edge(&c, OTHER));
	assert_int_equal(assigned(&c, OTHER), 0);
	assert_null(role_of(&c, OTHER));
	sso_says(&c, "ResourceNotFoundException", "DeleteAccountAssignment", edge(&c, OTHER));
	assert_int_equal(listed(&c, "ListAccountAssignmentCreationStatus", json_object(),
				"AccountAssignmentsCreationStatus"),
			 2);
	sso_says(&c, NULL, "DeletePermissionSet", set_input(&c));
}

static void jobs_stand_in_each_others_way(void **state)
{
	struct center c;
	json_t *quotas;
	char other[128];

	center_open(&c, *state);
	quotas = twin_table(c.d->twin, "quotas");
	json_object_set_new(quotas, "AssignmentJobs", json_integer(2));
	id_take(other, sizeof other,
		sso(&c, "CreatePermissionSet", json_pack("{s:s}", "Name", "Writer")),
		"PermissionSet", "PermissionSetArn");
	sso_says(&c, NULL, "CreateAccountAssignment", edge(&c, OTHER));
	sso_says(&c, "ConflictException", "CreateAccountAssignment",
		 edge_of(other, OTHER, "GROUP", c.group));
	sso_says(&c, NULL, "CreateAccountAssignment", edge(&c, MEMBER));
	sso_says(&c, "ThrottlingException", "CreateAccountAssignment", edge(&c, ACCOUNT));
	sso_says(&c, "ConflictException", "DeletePermissionSet", set_input(&c));
	c.d->clock.us += JOB_US;
	sso_says(&c, NULL, "ProvisionPermissionSet",
		 set_with(&c, "TargetType", "ALL_PROVISIONED_ACCOUNTS"));
	sso_says(&c, "ConflictException", "ProvisionPermissionSet",
		 set_with(&c, "TargetType", "ALL_PROVISIONED_ACCOUNTS"));
	sso_says(&c, "ConflictException", "AttachManagedPolicyToPermissionSet",
		 set_with(&c, "ManagedPolicyArn", VIEW));
	sso_says(&c, "ConflictException", "CreateAccountAssignment", edge(&c, ACCOUNT));
	sso_says(&c, NULL, "CreateAccountAssignment", edge_of(other, OTHER, "USER", c.user));
	c.d->clock.us += JOB_US;
	sso_says(&c, NULL, "AttachManagedPolicyToPermissionSet",
		 set_with(&c, "ManagedPolicyArn", VIEW));
}

static void jobs_fail_as_aws_says_it(void **state)
{
	struct center c;
	json_t *account;

	center_open(&c, *state);
	sso_says(&c, NULL, "AttachCustomerManagedPolicyReferenceToPermissionSet",
		 json_pack("{s:s, s:{s:s, s:s}}", "PermissionSetArn", c.set,
			   "CustomerManagedPolicyReference", "Name", "extra", "Path", "/ds/"));
	job_ends(&c,
		 "Received a 404 status error: Policy arn:aws:iam::" OTHER ":policy/ds/extra does "
		 "not exist or is not attachable.",
		 "CreateAccountAssignment", edge(&c, OTHER));
	assert_int_equal(assigned(&c, OTHER), 0);
	iam_policy_new(c.d->twin, OTHER, "/ds/", "extra", "{}");
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge(&c, OTHER));
	expect(json_object_get(role_of(&c, OTHER), "managed"), "",
	       "{'arn:aws:iam::" OTHER ":policy/ds/extra':1}");
	job_ends(&c, "The account 999999999999 is not in the organization.",
		 "CreateAccountAssignment", edge(&c, "999999999999"));
	account = twin_row(c.d->twin, "accounts", OTHER);
	twin_set_str(account, "State", "SUSPENDED");
	job_ends(&c, "The account " OTHER " is SUSPENDED.", "DeleteAccountAssignment",
		 edge(&c, OTHER));
	assert_int_equal(assigned(&c, OTHER), 1);
	sso_says(&c, "ResourceNotFoundException", "CreateAccountAssignment",
		 edge_of(c.set, MEMBER, "USER", NOBODY));
	sso_says(&c, "ResourceNotFoundException", "CreateAccountAssignment",
		 edge_of(c.set, MEMBER, "USER", c.group));
}

static size_t stale(struct center *c)
{
	return listed(c, "ListAccountsForProvisionedPermissionSet",
		      set_with(c, "ProvisioningStatus", "LATEST_PERMISSION_SET_NOT_PROVISIONED"),
		      "AccountIds");
}

static void sets_are_provisioned(void **state)
{
	struct center c;
	json_t *input;

	center_open(&c, *state);
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge(&c, OTHER));
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge(&c, MEMBER));
	assert_int_equal(stale(&c), 0);
	sso_says(&c, NULL, "UpdatePermissionSet", set_with(&c, "Description", "d"));
	assert_int_equal(stale(&c), 0);
	sso_says(&c, NULL, "AttachManagedPolicyToPermissionSet",
		 set_with(&c, "ManagedPolicyArn", VIEW));
	sso_says(&c, "ConflictException", "AttachManagedPolicyToPermissionSet",
		 set_with(&c, "ManagedPolicyArn", VIEW));
	assert_int_equal(stale(&c), 2);
	expect(role_of(&c, OTHER), "managed", "{}");
	/* One more principal in the account brings its role not up to date. */
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge_of(c.set, OTHER, "USER", c.user));
	assert_int_equal(stale(&c), 2);
	input = set_with(&c, "TargetType", "AWS_ACCOUNT");
	json_object_set_new(input, "TargetId", json_string(OTHER));
	job_ends(&c, "SUCCEEDED", "ProvisionPermissionSet", input);
	assert_int_equal(stale(&c), 1);
	expect(role_of(&c, OTHER), "managed", "{'" VIEW "':1}");
	job_ends(&c, "SUCCEEDED", "ProvisionPermissionSet",
		 set_with(&c, "TargetType", "ALL_PROVISIONED_ACCOUNTS"));
	assert_int_equal(stale(&c), 0);
	sso_says(&c, NULL, "UpdatePermissionSet", set_with(&c, "SessionDuration", "PT12H"));
	assert_int_equal(stale(&c), 2);
	sso_says(&c, "ValidationException", "UpdatePermissionSet",
		 set_with(&c, "SessionDuration", "PT13H"));
	/* Of two principals in an account one goes: the role stays. */
	job_ends(&c, "SUCCEEDED", "DeleteAccountAssignment", edge(&c, OTHER));
	assert_non_null(role_of(&c, OTHER));
}

static json_t *of_principal(const char *type, const char *id)
{
	return json_pack("{s:s, s:s}", "PrincipalType", type, "PrincipalId", id);
}

static size_t holdings(struct center *c, const char *type, const char *id)
{
	return listed(c, "ListAccountAssignmentsForPrincipal", of_principal(type, id),
		      "AccountAssignments");
}

static void principals_go_and_assignments_stay(void **state)
{
	struct center c;

	center_open(&c, *state);
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge(&c, OTHER));
	assert_int_equal(holdings(&c, "GROUP", c.group), 1);
	assert_int_equal(holdings(&c, "USER", c.user), 0);
	json_object_set_new(twin_table(c.d->twin, "quotas"), "InheritedAssignments",
			    json_integer(1));
	assert_int_equal(holdings(&c, "USER", c.user), 1);
	store_says(&c, NULL, "DeleteUser", json_pack("{s:s}", "UserId", c.user));
	store_says(&c, NULL, "DeleteGroup", json_pack("{s:s}", "GroupId", c.group));
	assert_int_equal(json_object_size(twin_table(c.d->twin, "memberships")), 0);
	sso_says(&c, "ResourceNotFoundException", "ListAccountAssignmentsForPrincipal",
		 of_principal("GROUP", c.group));
	assert_int_equal(assigned(&c, OTHER), 1);
	sso_says(&c, "ResourceNotFoundException", "CreateAccountAssignment", edge(&c, MEMBER));
	job_ends(&c, "SUCCEEDED", "DeleteAccountAssignment", edge(&c, OTHER));
	assert_int_equal(json_object_size(twin_table(c.d->twin, "holders")), 0);
	/* Names are free again, in any case. */
	store_says(&c, NULL, "CreateUser", json_pack("{s:s}", "UserName", "ADA"));
	store_says(&c, "ConflictException", "CreateUser", json_pack("{s:s}", "UserName", "ada"));
}

static void others_administer_less(void **state)
{
	struct center c;

	center_open(&c, *state);
	c.d->account = OTHER;
	sso_says(&c, "AccessDeniedException", "ListPermissionSets", json_object());
	store_says(&c, "AccessDeniedException", "ListUsers", json_object());
	c.d->account = NULL;
	json_object_set_new(twin_sub(twin_table(c.d->twin, "delegations"), OTHER),
			    "sso.amazonaws.com", json_integer(1));
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge(&c, MEMBER));
	c.d->account = OTHER;
	sso_says(&c, NULL, "AttachManagedPolicyToPermissionSet",
		 set_with(&c, "ManagedPolicyArn", VIEW));
	sso_says(&c, "AccessDeniedException", "CreateAccountAssignment", edge(&c, ACCOUNT));
	sso_says(&c, "AccessDeniedException", "ListAccountAssignmentsForPrincipal",
		 of_principal("GROUP", c.group));
	c.d->account = NULL;
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge(&c, ACCOUNT));
	c.d->account = OTHER;
	sso_says(&c, "AccessDeniedException", "DetachManagedPolicyFromPermissionSet",
		 set_with(&c, "ManagedPolicyArn", VIEW));
	job_ends(&c, "SUCCEEDED", "DeleteAccountAssignment", edge(&c, MEMBER));
}

static void quotas_bind(void **state)
{
	struct center c;
	json_t *quotas;

	center_open(&c, *state);
	quotas = twin_table(c.d->twin, "quotas");
	json_object_set_new(quotas, "PermissionSets", json_integer(1));
	json_object_set_new(quotas, "PoliciesPerPermissionSet", json_integer(1));
	json_object_set_new(quotas, "InlinePolicySize", json_integer(2));
	json_object_set_new(quotas, "PermissionSetsPerAccount", json_integer(0));
	json_object_set_new(quotas, "IdentityUsers", json_integer(1));
	sso_says(&c, "ServiceQuotaExceededException", "CreatePermissionSet",
		 json_pack("{s:s}", "Name", "b"));
	sso_says(&c, "ConflictException", "CreatePermissionSet",
		 json_pack("{s:s}", "Name", "Reader"));
	sso_says(&c, NULL, "AttachManagedPolicyToPermissionSet",
		 set_with(&c, "ManagedPolicyArn", VIEW));
	sso_says(&c, "ServiceQuotaExceededException", "AttachManagedPolicyToPermissionSet",
		 set_with(&c, "ManagedPolicyArn", READ));
	sso_says(&c, "ServiceQuotaExceededException", "PutInlinePolicyToPermissionSet",
		 set_with(&c, "InlinePolicy", "{\"Version\":\"2012-10-17\"}"));
	sso_says(&c, "ValidationException", "PutInlinePolicyToPermissionSet",
		 set_with(&c, "InlinePolicy", "{"));
	job_ends(&c, "The account " OTHER " has 0 permission sets, as many as it may.",
		 "CreateAccountAssignment", edge(&c, OTHER));
	store_says(&c, "ServiceQuotaExceededException", "CreateUser",
		   json_pack("{s:s}", "UserName", "b"));
	sso_says(&c, "ValidationException", "CreatePermissionSet",
		 json_pack("{s:s}", "Name", "\xc3\xbc"));
}

static void states_are_taken_back(void **state)
{
	struct center c;
	auto_free char *text = NULL, *again = NULL;
	auto_error err = {0};

	center_open(&c, *state);
	job_ends(&c, "SUCCEEDED", "CreateAccountAssignment", edge(&c, OTHER));
	sso_says(&c, NULL, "CreateAccountAssignment", edge(&c, MEMBER));
	text = json_dumps(twin_state(c.d->twin), JSON_COMPACT);
	twin_reset(c.d->twin);
	assert_int_equal(twin_load(c.d->twin, text, strlen(text), "saved", &err), 0);
	again = json_dumps(twin_state(c.d->twin), JSON_COMPACT);
	assert_string_equal(text, again);
	c.d->clock.us += JOB_US;
	assert_int_equal(assigned(&c, MEMBER), 1);
	job_ends(&c, "SUCCEEDED", "DeleteAccountAssignment", edge(&c, OTHER));
}

int main(void)
{
#define DESK(test) cmocka_unit_test_setup_teardown(test, twin_desk_open, twin_desk_close)
	const struct CMUnitTest tests[] = {
	    DESK(assignments_are_made_in_time),
	    DESK(jobs_stand_in_each_others_way),
	    DESK(jobs_fail_as_aws_says_it),
	    DESK(sets_are_provisioned),
	    DESK(principals_go_and_assignments_stay),
	    DESK(others_administer_less),
	    DESK(quotas_bind),
	    DESK(states_are_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
