/* The twin's IAM, called directly: names, quotas, dependency errors, documents, details. */
#include "tests/unit/twin_desk.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define TRUST(principal)                                                                           \
	"{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"              \
	"\\'Principal\\':{\\'AWS\\':\\'" principal "\\'},\\'Action\\':\\'sts:AssumeRole\\'}]}"

static void users_are_named_and_renamed(void **state)
{
	struct desk *d = *state;
	json_auto_t *made = ask(d, "CreateUser",
				"{'UserName':'Ada','Path':'/lab/','Tags':[{'Key':'team','Value':"
				"'ml'}],'PermissionsBoundary':'" READ "'}");
	json_auto_t *key = NULL, *got = NULL;

	expect(made, "User.Arn", "'" ARN ":user/lab/Ada'");
	expect(made, "User.CreateDate", "'2026-11-22T01:02:03Z'");
	expect(made, "User.Tags", "[{'Key':'team','Value':'ml'}]");
	expect(made, "User.PermissionsBoundary",
	       "{'PermissionsBoundaryArn':'" READ "','PermissionsBoundaryType':'Policy'}");
	assert_int_equal(strlen(row_str(json_object_get(made, "User"), "UserId")), 21);
	refused(d, "EntityAlreadyExists", "CreateUser", "{'UserName':'ADA'}");
	refused(d, "ValidationError", "CreateUser", "{'UserName':'a b'}");
	refused(d, "ValidationError", "CreateUser", "{'UserName':'%065d'}", 1);
	refused(d, "ValidationError", "CreateUser", "{'UserName':'x','Path':'lab'}");
	refused(d, "NoSuchEntity", "CreateUser",
		"{'UserName':'x','PermissionsBoundary':'" ARN ":policy/none'}");
	refused(d, "ValidationError", "CreateUser", "{}");
	refused(d, "ValidationError", "GetUser", "{}");
	done(d, "CreateGroup", "{'GroupName':'Ops'}");
	done(d, "AddUserToGroup", "{'GroupName':'ops','UserName':'ada'}");
	key = ask(d, "CreateAccessKey", "{'UserName':'ada'}");
	done(d, "UpdateUser", "{'UserName':'ada','NewUserName':'Grace','NewPath':'/'}");
	done(d, "UpdateGroup", "{'GroupName':'Ops','NewGroupName':'Run'}");
	refused(d, "NoSuchEntity", "GetUser", "{'UserName':'Ada'}");
	got = ask(d, "GetUser", "{'UserName':'grace'}");
	expect(got, "User.Arn", "'" ARN ":user/Grace'");
	assert_string_equal(row_str(json_object_get(got, "User"), "UserId"),
			    row_str(json_object_get(made, "User"), "UserId"));
	expect_ask(d, "GetGroup", "{'GroupName':'run'}", "Users.0.UserName", "'Grace'");
	expect_ask(d, "ListGroupsForUser", "{'UserName':'grace'}", "Groups.0.Arn",
		   "'" ARN ":group/Run'");
	expect(twin_row(d->twin, "keys", row_str(json_object_get(key, "AccessKey"), "AccessKeyId")),
	       "arn", "'" ARN ":user/Grace'");
	done(d, "CreateUser", "{'UserName':'ada'}");
	refused(d, "EntityAlreadyExists", "UpdateUser", "{'UserName':'ada','NewUserName':'GRACE'}");
	done(d, "UpdateUser", "{'UserName':'ada','NewUserName':'ADA'}");
}

static void what_holds_something_is_not_deleted(void **state)
{
	struct desk *d = *state;
	static const char *const steps[][3] = {
	    {"AttachUserPolicy", "DetachUserPolicy", "{'UserName':'u','PolicyArn':'" READ "'}"},
	    {"PutUserPolicy", "DeleteUserPolicy",
	     "{'UserName':'u','PolicyName':'p','PolicyDocument':'" DOCUMENT "'}"},
	    {"AddUserToGroup", "RemoveUserFromGroup", "{'UserName':'u','GroupName':'g'}"},
	    {"CreateLoginProfile", "DeleteLoginProfile",
	     "{'UserName':'u','Password':'a Secret 7'}"},
	    {"EnableMFADevice", "DeactivateMFADevice",
	     "{'UserName':'u','SerialNumber':'GAHT12345678'}"},
	};
	json_auto_t *key = NULL;
	size_t i;

	done(d, "CreateUser", "{'UserName':'u'}");
	done(d, "CreateGroup", "{'GroupName':'g'}");
	for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		refused(d, "NoSuchEntity", steps[i][1], "%s", steps[i][2]);
		done(d, steps[i][0], "%s", steps[i][2]);
		refused(d, "DeleteConflict", "DeleteUser", "{'UserName':'u'}");
		if (i == 2)
			refused(d, "DeleteConflict", "DeleteGroup", "{'GroupName':'g'}");
		done(d, steps[i][1], "%s", steps[i][2]);
	}
	key = ask(d, "CreateAccessKey", "{'UserName':'u'}");
	refused(d, "DeleteConflict", "DeleteUser", "{'UserName':'u'}");
	done(d, "UpdateAccessKey", "{'UserName':'u','AccessKeyId':'%s','Status':'Inactive'}",
	     row_str(json_object_get(key, "AccessKey"), "AccessKeyId"));
	expect_ask(d, "ListAccessKeys", "{'UserName':'u'}", "AccessKeyMetadata.0.Status",
		   "'Inactive'");
	done(d, "CreateAccessKey", "{'UserName':'u'}");
	refused(d, "LimitExceeded", "CreateAccessKey", "{'UserName':'u'}");
	done(d, "DeleteAccessKey", "{'UserName':'u','AccessKeyId':'%s'}",
	     row_str(json_object_get(key, "AccessKey"), "AccessKeyId"));
	done(d, "CreateUser", "{'UserName':'v'}");
	done(d, "DeleteUser", "{'UserName':'V'}");
	refused(d, "NoSuchEntity", "DeleteUser", "{'UserName':'v'}");
	done(d, "DeleteGroup", "{'GroupName':'g'}");
}

static void quotas_bind(void **state)
{
	struct desk *d = *state;
	int i;

	done(d, "CreateUser", "{'UserName':'u'}");
	done(d, "CreateGroup", "{'GroupName':'g'}");
	for (i = 0; i < 10; i++) {
		done(d, "CreateGroup", "{'GroupName':'g%d'}", i);
		done(d, "AddUserToGroup", "{'GroupName':'g%d','UserName':'u'}", i);
		done(d, "AttachUserPolicy",
		     "{'UserName':'u','PolicyArn':'arn:aws:iam::aws:policy/service-role/P%d'}", i);
	}
	refused(d, "LimitExceeded", "AddUserToGroup", "{'GroupName':'g','UserName':'u'}");
	done(d, "AddUserToGroup", "{'GroupName':'g3','UserName':'u'}");
	refused(d, "LimitExceeded", "AttachUserPolicy", "{'UserName':'u','PolicyArn':'" READ "'}");
	done(d, "AttachUserPolicy",
	     "{'UserName':'u','PolicyArn':'arn:aws:iam::aws:policy/service-role/P3'}");
	refused(d, "PolicyNotAttachable", "AttachUserPolicy",
		"{'UserName':'u','PolicyArn':'arn:aws:iam::aws:policy/aws-service-role/P'}");
	refused(d, "NoSuchEntity", "AttachGroupPolicy",
		"{'GroupName':'g','PolicyArn':'" ARN ":policy/none'}");
	refused(d, "InvalidInput", "AttachGroupPolicy", "{'GroupName':'g','PolicyArn':'%020d'}", 1);
	for (i = 0; i < 50; i++)
		done(d, "TagUser", "{'UserName':'u','Tags':[{'Key':'k%d','Value':''}]}", i);
	refused(d, "LimitExceeded", "TagUser", "{'UserName':'u','Tags':[{'Key':'x','Value':''}]}");
	done(d, "TagUser", "{'UserName':'u','Tags':[{'Key':'K7','Value':'new'}]}");
	expect_ask(d, "ListUserTags", "{'UserName':'u'}", "Tags.7", "{'Key':'k7','Value':'new'}");
	done(d, "UntagUser", "{'UserName':'u','TagKeys':['k7','absent']}");
	expect_ask(d, "ListUserTags", "{'UserName':'u'}", "Tags.7.Key", "'k8'");
	done(d, "PutUserPolicy",
	     "{'UserName':'u','PolicyName':'a','PolicyDocument':'{\\'Statement\\':{\\'Effect\\':"
	     "\\'Deny\\', %*s \\'Action\\':\\'s3:%0*d\\',\\'Resource\\':\\'*\\'}}'}",
	     3000, "", 1900, 1);
	done(d, "PutUserPolicy",
	     "{'UserName':'u','PolicyName':'a','PolicyDocument':'" DOCUMENT "'}");
	refused(d, "LimitExceeded", "PutUserPolicy",
		"{'UserName':'u','PolicyName':'b','PolicyDocument':'{\\'Statement\\':{\\'Effect\\':"
		"\\'Deny\\',\\'Action\\':\\'s3:%0*d\\',\\'Resource\\':\\'*\\'}}'}",
		1900, 1);
	expect_ask(d, "ListUserPolicies", "{'UserName':'u'}", "PolicyNames", "['a']");
}

static void documents_are_read(void **state)
{
	static const char *const bad[] = {
	    "nothing",
	    "[]",
	    "{\\'Version\\':\\'2012-10-17\\'}",
	    "{\\'Statement\\':[]}",
	    "{\\'Version\\':\\'2020-01-01\\',\\'Statement\\':{\\'Effect\\':\\'Allow\\',"
	    "\\'Action\\':\\'*\\',\\'Resource\\':\\'*\\'}}",
	    "{\\'Statement\\':{\\'Effect\\':\\'allow\\',\\'Action\\':\\'*\\',\\'Resource\\':"
	    "\\'*\\'}}",
	    "{\\'Statement\\':{\\'Effect\\':\\'Allow\\',\\'Resource\\':\\'*\\'}}",
	    "{\\'Statement\\':{\\'Effect\\':\\'Allow\\',\\'Action\\':\\'*\\'}}",
	    "{\\'Statement\\':{\\'Effect\\':\\'Allow\\',\\'Action\\':\\'Get\\',\\'Resource\\':"
	    "\\'*\\'}}",
	    "{\\'Statement\\':{\\'Effect\\':\\'Allow\\',\\'Action\\':\\'*\\',\\'Resource\\':"
	    "\\'bucket\\'}}",
	    "{\\'Statement\\':{\\'Effect\\':\\'Allow\\',\\'Action\\':\\'*\\',\\'Resource\\':"
	    "\\'*\\',\\'Extra\\':1}}",
	    "{\\'Statement\\':{\\'Sid\\':\\'a b\\',\\'Effect\\':\\'Allow\\',\\'Action\\':\\'*\\',"
	    "\\'Resource\\':\\'*\\'}}",
	    "{\\'Statement\\':{\\'Effect\\':\\'Allow\\',\\'Action\\':\\'*\\',\\'NotAction\\':"
	    "\\'*\\',\\'Resource\\':\\'*\\'}}",
	    "{\\'Statement\\':{\\'Effect\\':\\'Allow\\',\\'Action\\':\\'*\\',\\'Resource\\':"
	    "\\'*\\',\\'Condition\\':{\\'Bool\\':1}}}",
	    TRUST("*"),
	};
	struct desk *d = *state;
	json_auto_t *got = NULL;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(d, "MalformedPolicyDocument", "CreatePolicy",
			"{'PolicyName':'p','PolicyDocument':'%s'}", bad[i]);
	done(d, "CreateGroup", "{'GroupName':'g'}");
	done(d, "PutGroupPolicy",
	     "{'GroupName':'g','PolicyName':'p','PolicyDocument':'{ \\'Statement\\': {"
	     "\\'Effect\\':\\'Deny\\',\\'NotAction\\':[\\'iam:*\\'],\\'NotResource\\':["
	     "\\'arn:aws:s3:::b/${aws:username}\\'],\\'Condition\\':{\\'Bool\\':{\\'a\\':"
	     "\\'true\\'}}}}'}");
	got = ask(d, "GetGroupPolicy", "{'GroupName':'G','PolicyName':'p'}");
	assert_true(str_starts(row_str(got, "PolicyDocument"), "%7B%20%22Statement%22%3A%20%7B"));
	refused(d, "NoSuchEntity", "GetGroupPolicy", "{'GroupName':'g','PolicyName':'q'}");
}

static void trust_names_what_exists(void **state)
{
	struct desk *d = *state;
	json_auto_t *user = ask(d, "CreateUser", "{'UserName':'u'}");
	json_auto_t *role = NULL, *gone = NULL, *renamed = NULL;
	auto_free char *gone_trust = NULL;
	const char *trust;

	refused(d, "MalformedPolicyDocument", "CreateRole",
		"{'RoleName':'r','AssumeRolePolicyDocument':'" TRUST(ARN ":user/none") "'}");
	refused(d, "MalformedPolicyDocument", "CreateRole",
		"{'RoleName':'r','AssumeRolePolicyDocument':'" TRUST("AIDAGONE") "'}");
	refused(d, "MalformedPolicyDocument", "CreateRole",
		"{'RoleName':'r','AssumeRolePolicyDocument':'" DOCUMENT "'}");
	refused(d, "ValidationError", "CreateRole",
		"{'RoleName':'r','MaxSessionDuration':'60','AssumeRolePolicyDocument':'" TRUST(
		    "*") "'}");
	role = ask(d, "CreateRole",
		   "{'RoleName':'r','MaxSessionDuration':'7200','Description':'d',"
		   "'AssumeRolePolicyDocument':'" TRUST(OTHER) "'}");
	trust = row_str(json_object_get(role, "Role"), "AssumeRolePolicyDocument");
	assert_non_null(strstr(trust, "arn%3Aaws%3Aiam%3A%3A" OTHER "%3Aroot"));
	expect(role, "Role.MaxSessionDuration", "7200");
	done(d, "UpdateRole", "{'RoleName':'r'}");
	expect_ask(d, "GetRole", "{'RoleName':'R'}", "Role.MaxSessionDuration", "3600");
	expect_ask(d, "GetRole", "{'RoleName':'R'}", "Role.Description", "'d'");
	done(d, "UpdateAssumeRolePolicy",
	     "{'RoleName':'r','PolicyDocument':'" TRUST(ARN ":user/u") "'}");
	done(d, "UpdateUser", "{'UserName':'u','NewPath':'/x/'}");
	renamed = ask(d, "GetRole", "{'RoleName':'r'}");
	trust = row_str(json_object_get(renamed, "Role"), "AssumeRolePolicyDocument");
	assert_non_null(strstr(trust, "%3Auser%2Fx%2Fu%22"));
	done(d, "DeleteUser", "{'UserName':'u'}");
	gone = ask(d, "GetRole", "{'RoleName':'r'}");
	trust = row_str(json_object_get(gone, "Role"), "AssumeRolePolicyDocument");
	gone_trust = xasprintf("%%22AWS%%22%%3A%%22%s%%22",
			       row_str(json_object_get(user, "User"), "UserId"));
	assert_non_null(strstr(trust, gone_trust));
	refused(d, "UnmodifiableEntity", "DeleteRole", "{'RoleName':'AWSServiceRoleForSupport'}");
	done(d, "CreateServiceLinkedRole", "{'AWSServiceName':'ecs.amazonaws.com'}");
	refused(d, "InvalidInput", "CreateServiceLinkedRole",
		"{'AWSServiceName':'ecs.amazonaws.com'}");
	refused(d, "UnmodifiableEntity", "PutRolePolicy",
		"{'RoleName':'AWSServiceRoleForEcs','PolicyName':'p','PolicyDocument':'" DOCUMENT
		"'}");
	done(d, "AttachRolePolicy", "{'RoleName':'r','PolicyArn':'" READ "'}");
	refused(d, "DeleteConflict", "DeleteRole", "{'RoleName':'r'}");
	done(d, "DetachRolePolicy", "{'RoleName':'r','PolicyArn':'" READ "'}");
	done(d, "DeleteRole", "{'RoleName':'r'}");
}

#define P "{'PolicyArn':'" ARN ":policy/x/P'"

static void policies_have_versions(void **state)
{
	struct desk *d = *state;
	json_auto_t *made = ask(d, "CreatePolicy",
				"{'PolicyName':'P','Path':'/x/','Description':'d','PolicyDocument':"
				"'" DOCUMENT "'}");
	int i;

	expect(made, "Policy.Arn", "'" ARN ":policy/x/P'");
	expect(made, "Policy.AttachmentCount", "0");
	expect(made, "Policy.IsAttachable", "true");
	refused(d, "EntityAlreadyExists", "CreatePolicy",
		"{'PolicyName':'p','PolicyDocument':'" DOCUMENT "'}");
	refused(d, "LimitExceeded", "CreatePolicy",
		"{'PolicyName':'q','PolicyDocument':'{\\'Statement\\':{\\'Effect\\':\\'Deny\\',"
		"\\'Action\\':\\'s3:%0*d\\',\\'Resource\\':\\'*\\'}}'}",
		6144, 1);
	for (i = 2; i <= 5; i++)
		done(d, "CreatePolicyVersion",
		     P ",'SetAsDefault':'%s','PolicyDocument':'" DOCUMENT "'}",
		     i == 3 ? "true" : "false");
	refused(d, "LimitExceeded", "CreatePolicyVersion", P ",'PolicyDocument':'" DOCUMENT "'}");
	expect_ask(d, "GetPolicy", P "}", "Policy.DefaultVersionId", "'v3'");
	expect_ask(
	    d, "ListPolicyVersions", P "}", "Versions.0",
	    "{'CreateDate':'2026-11-22T01:02:03Z','IsDefaultVersion':false,'VersionId':'v5'}");
	refused(d, "DeleteConflict", "DeletePolicyVersion", P ",'VersionId':'v3'}");
	done(d, "DeletePolicyVersion", P ",'VersionId':'v5'}");
	expect_ask(d, "CreatePolicyVersion", P ",'PolicyDocument':'" DOCUMENT "'}",
		   "PolicyVersion.VersionId", "'v6'");
	done(d, "SetDefaultPolicyVersion", P ",'VersionId':'v6'}");
	for (i = 1; i <= 4; i++)
		done(d, "DeletePolicyVersion", P ",'VersionId':'v%d'}", i);
	done(d, "CreateUser", "{'UserName':'u','PermissionsBoundary':'" ARN ":policy/x/P'}");
	refused(d, "DeleteConflict", "DeletePolicy", P "}");
	expect_ask(d, "ListEntitiesForPolicy", P ",'PolicyUsageFilter':'PermissionsBoundary'}",
		   "PolicyUsers.0.UserName", "'u'");
	done(d, "DeleteUserPermissionsBoundary", "{'UserName':'u'}");
	refused(d, "NoSuchEntity", "DeleteUserPermissionsBoundary", "{'UserName':'u'}");
	done(d, "AttachUserPolicy", "{'UserName':'u','PolicyArn':'" ARN ":policy/x/P'}");
	refused(d, "DeleteConflict", "DeletePolicy", P "}");
	done(d, "DetachUserPolicy", "{'UserName':'u','PolicyArn':'" ARN ":policy/x/P'}");
	done(d, "CreatePolicyVersion", P ",'PolicyDocument':'" DOCUMENT "'}");
	refused(d, "DeleteConflict", "DeletePolicy", P "}");
	done(d, "DeletePolicyVersion", P ",'VersionId':'v7'}");
	done(d, "TagPolicy", P ",'Tags':[{'Key':'k','Value':'v'}]}");
	expect_ask(d, "ListPolicyTags", P "}", "Tags", "[{'Key':'k','Value':'v'}]");
	done(d, "DeletePolicy", P "}");
	refused(d, "NoSuchEntity", "DeletePolicy", P "}");
	refused(d, "AccessDenied", "DeletePolicy", "{'PolicyArn':'" READ "'}");
	expect_ask(d, "GetPolicyVersion", "{'PolicyArn':'" READ "','VersionId':'v1'}",
		   "PolicyVersion.IsDefaultVersion", "true");
}

static void details_are_whole(void **state)
{
	struct desk *d = *state;
	json_auto_t *details = NULL, *aws = NULL;

	done(d, "CreateUser",
	     "{'UserName':'Ada','PermissionsBoundary':'" READ
	     "','Tags':[{'Key':'k','Value':'v'}]}");
	done(d, "CreateGroup", "{'GroupName':'Ops'}");
	done(d, "AddUserToGroup", "{'GroupName':'OPS','UserName':'ada'}");
	done(d, "CreatePolicy", "{'PolicyName':'P','PolicyDocument':'" DOCUMENT "'}");
	done(d, "AttachUserPolicy", "{'UserName':'ada','PolicyArn':'" ARN ":policy/P'}");
	done(d, "AttachGroupPolicy", "{'GroupName':'ops','PolicyArn':'" READ "'}");
	done(d, "PutGroupPolicy",
	     "{'GroupName':'ops','PolicyName':'in','PolicyDocument':'" DOCUMENT "'}");
	details = ask(d, "GetAccountAuthorizationDetails",
		      "{'Filter':['User','Group','LocalManagedPolicy'],'MaxItems':'1000'}");
	expect(details, "IsTruncated", "false");
	expect(details, "UserDetailList.0.GroupList", "['Ops']");
	expect(details, "UserDetailList.0.Tags", "[{'Key':'k','Value':'v'}]");
	expect(details, "UserDetailList.0.AttachedManagedPolicies",
	       "[{'PolicyArn':'" ARN ":policy/P','PolicyName':'P'}]");
	expect(details, "UserDetailList.0.PermissionsBoundary.PermissionsBoundaryArn",
	       "'" READ "'");
	expect(details, "GroupDetailList.0.GroupPolicyList.0.PolicyName", "'in'");
	expect(details, "GroupDetailList.0.AttachedManagedPolicies.0.PolicyName",
	       "'ReadOnlyAccess'");
	expect(details, "RoleDetailList", "[]");
	expect(details, "Policies.0.AttachmentCount", "1");
	expect(details, "Policies.0.PolicyVersionList.0.IsDefaultVersion", "true");
	expect(details, "Policies.1", "none");
	aws = ask(d, "GetAccountAuthorizationDetails", "{'Filter':['AWSManagedPolicy']}");
	expect(aws, "UserDetailList", "[]");
	expect(aws, "Policies.0.Arn", "'" READ "'");
	expect(aws, "Policies.0.AttachmentCount", "1");
	expect(aws, "Policies.0.PermissionsBoundaryUsageCount", "1");
	refused(d, "ValidationError", "GetAccountAuthorizationDetails", "{'Filter':['Users']}");
	expect_ask(d, "ListPolicies", "{'Scope':'Local'}", "Policies.0.PolicyName", "'P'");
	expect_ask(d, "ListPolicies", "{'Scope':'AWS','OnlyAttached':'true'}", "Policies.1",
		   "none");
	expect_ask(d, "GetAccountSummary", "{}", "SummaryMap.Users", "1");
	expect_ask(d, "GetAccountSummary", "{}", "SummaryMap.GroupsPerUserQuota", "10");
	refused(d, "NoSuchEntity", "GetAccountPasswordPolicy", "{}");
	done(d, "CreateAccountAlias", "{'AccountAlias':'ml-lab'}");
	refused(d, "EntityAlreadyExists", "CreateAccountAlias", "{'AccountAlias':'ml-lab'}");
	refused(d, "ValidationError", "CreateAccountAlias", "{'AccountAlias':'ml--lab'}");
	expect_ask(d, "ListAccountAliases", "{}", "AccountAliases", "['ml-lab']");
	done(d, "DeleteAccountAlias", "{'AccountAlias':'ml-lab'}");
	refused(d, "NoSuchEntity", "DeleteAccountAlias", "{'AccountAlias':'ml-lab'}");
}

/* Pages of one run over all four lists. */
static void details_are_paged(void **state)
{
	struct desk *d = *state;
	json_auto_t *first = NULL, *second = NULL;
	int i;

	for (i = 0; i < 60; i++) {
		done(d, "CreateUser", "{'UserName':'u%d'}", i);
		done(d, "CreateGroup", "{'GroupName':'g%d'}", i);
	}
	first = ask(d, "GetAccountAuthorizationDetails", "{'Filter':['User','Group']}");
	expect(first, "IsTruncated", "true");
	expect(first, "UserDetailList.59.UserName", "'u59'");
	expect(first, "GroupDetailList.39.GroupName", "'g39'");
	expect(first, "GroupDetailList.40", "none");
	second = ask(d, "GetAccountAuthorizationDetails",
		     "{'Filter':['User','Group'],'Marker':'%s'}", row_str(first, "Marker"));
	expect(second, "IsTruncated", "false");
	expect(second, "UserDetailList", "[]");
	expect(second, "GroupDetailList.0.GroupName", "'g40'");
	expect_ask(d, "ListUsers", "{'MaxItems':'1'}", "Users.0.UserName", "'u0'");
	refused(d, "ValidationError", "ListUsers", "{'MaxItems':'1001'}");
}

static void listings_lag(void **state)
{
	struct desk *d = *state;

	d->twin->options.lag_reads = 1;
	done(d, "CreateUser", "{'UserName':'u'}");
	done(d, "CreatePolicy", "{'PolicyName':'P','PolicyDocument':'" DOCUMENT "'}");
	expect_ask(d, "GetUser", "{'UserName':'u'}", "User.UserName", "'u'");
	expect_ask(d, "ListUsers", "{}", "Users", "[]");
	expect_ask(d, "ListUsers", "{}", "Users.0.UserName", "'u'");
	expect_ask(d, "GetAccountAuthorizationDetails", "{}", "Policies", "[]");
	expect_ask(d, "GetAccountAuthorizationDetails", "{}", "Policies.0.PolicyName", "'P'");
}

/* What AWS puts there is the same whenever it is looked at first. */
static void accounts_have_roles_of_aws(void **state)
{
	struct desk *d = *state;
	json_auto_t *before = json_deep_copy(iam_table(d->twin, OTHER, "roles"));
	json_t *roles;
	char code[64];

	assert_int_equal(json_object_size(before), 2);
	json_object_del(twin_table(d->twin, "iam"), OTHER);
	done(d, "CreateUser", "{'UserName':'u'}");
	assert_true(json_equal(before, iam_table(d->twin, OTHER, "roles")));
	assert_null(iam_row(d->twin, ACCOUNT, "roles", "AWSServiceRoleForOrganizations"));
	json_decref(twin_do(d->twin, NULL, "organizations", "CreateOrganization", NULL, code));
	assert_non_null(iam_row(d->twin, ACCOUNT, "roles", "AWSServiceRoleForOrganizations"));
	iam_access_role(d->twin, OTHER, NULL);
	roles = iam_row(d->twin, OTHER, "roles", "organizationaccountaccessrole");
	expect(roles, "managed", "{'arn:aws:iam::aws:policy/AdministratorAccess':1}");
	assert_non_null(strstr(row_str(roles, "AssumeRolePolicyDocument"), ARN ":root"));
	assert_int_equal(
	    iam_policy_uses(d->twin, OTHER, "arn:aws:iam::aws:policy/AdministratorAccess", false),
	    1);
}

int main(void)
{
#define DESK(test) cmocka_unit_test_setup_teardown(test, twin_desk_open, twin_desk_close)
	const struct CMUnitTest tests[] = {
	    DESK(users_are_named_and_renamed),
	    DESK(what_holds_something_is_not_deleted),
	    DESK(quotas_bind),
	    DESK(documents_are_read),
	    DESK(trust_names_what_exists),
	    DESK(policies_have_versions),
	    DESK(details_are_whole),
	    DESK(details_are_paged),
	    DESK(listings_lag),
	    DESK(accounts_have_roles_of_aws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
