/* Changes in Identity Center to calls. */
#include "tests/unit/call_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARN     "arn:aws:sso:::permissionSet/ssoins-1/ps-"
#define READ    "arn:aws:iam::aws:policy/ReadOnlyAccess"
#define SET     "\"InstanceArn\":\"I\",\"PermissionSetArn\":\"" ARN "a\""
#define SET_NEW "\"InstanceArn\":\"I\",\"PermissionSetArn\":\"${permission_set/A.id}\""

static struct bench *center_new(void)
{
	struct bench *b = bench_new();
	struct world *world = &b->sides.live->world;

	world->instance_arn = text_str(b->arena, "I");
	world->identity_store = text_str(b->arena, "d-1");
	LIVE(KIND_ACCOUNT, "account/main", "111111111111", ACCOUNT_NAME, "main");
	LIVE(KIND_ACCOUNT, "account/dev", "222222222222", ACCOUNT_NAME, "dev");
	return b;
}

static struct resource *edge_thing(struct bench *b, bool live, const char *address, const char *id,
				   const char *set, const char *account, const char *principal)
{
	return bench_thing(b, live ? b->sides.live : b->sides.head, KIND_ASSIGNMENT, address, id,
			   ASSIGNMENT_SET, set, ASSIGNMENT_ACCOUNT, account, ASSIGNMENT_PRINCIPAL,
			   principal, -1);
}

/* Of a set, an account, a group and a policy in it that are all yet to be made. */
static void test_everything_new(void **state)
{
	struct bench *b = center_new();

	(void)state;
	HEAD(KIND_ACCOUNT, "account/new", NULL, ACCOUNT_NAME, "new", ACCOUNT_EMAIL, "n@x.io",
	     ACCOUNT_UNIT, "root");
	HEAD(KIND_IAM_POLICY, "iam_policy/new/ds-extra", NULL, IAMPOLICY_NAME, "ds-extra",
	     IAMPOLICY_ACCOUNT, "account/new", IAMPOLICY_PATH, "/t/", IAMPOLICY_DOCUMENT, "{}");
	HEAD(KIND_IDENTITY_USER, "identity_user/ada", NULL, IDUSER_NAME, "ada", IDUSER_GIVEN_NAME,
	     "Ada", IDUSER_FAMILY_NAME, "Li", IDUSER_DISPLAY_NAME, "Ada Li", IDUSER_EMAIL,
	     "a@x.io");
	HEAD(KIND_IDENTITY_GROUP, "identity_group/ds", NULL, IDGROUP_NAME, "ds", IDGROUP_MEMBERS,
	     "identity_user/ada");
	HEAD(KIND_PERMISSION_SET, "permission_set/A", NULL, PSET_NAME, "A", PSET_DESCRIPTION, "",
	     PSET_DURATION, "5400", PSET_MANAGED, READ, PSET_CUSTOMER, "/t/ds-extra", PSET_INLINE,
	     "{}", PSET_BOUNDARY, "/bounds/b", PSET_TAGS, "k=v");
	edge_thing(b, false, "assignment/A/new/group/ds", NULL, "permission_set/A", "account/new",
		   "identity_group/ds");
	CHANGE(ACTION_CREATE, "account/new");
	CHANGE(ACTION_CREATE, "iam_policy/new/ds-extra");
	CHANGE(ACTION_CREATE, "identity_user/ada");
	CHANGE(ACTION_CREATE, "identity_group/ds");
	CHANGE(ACTION_CREATE, "permission_set/A");
	CHANGE(ACTION_CREATE, "assignment/A/new/group/ds");
	bench_expect(
	    b,
	    "CreateAccount {\"AccountName\":\"new\",\"Email\":\"n@x.io\"} makes account/new\n"
	    "CreatePolicy {\"Path\":\"/t/\",\"PolicyDocument\":\"{}\",\"PolicyName\":\"ds-extra\"}"
	    " in ${account/new.id} makes iam_policy/new/ds-extra uses account/new\n"
	    "CreateUser {\"DisplayName\":\"Ada "
	    "Li\",\"Emails\":[{\"Primary\":true,\"Type\":\"work\","
	    "\"Value\":\"a@x.io\"}],\"IdentityStoreId\":\"d-1\",\"Name\":{\"FamilyName\":\"Li\","
	    "\"GivenName\":\"Ada\"},\"UserName\":\"ada\"} makes identity_user/ada\n"
	    "CreateGroup {\"DisplayName\":\"ds\",\"IdentityStoreId\":\"d-1\"}"
	    " makes identity_group/ds\n"
	    "CreateGroupMembership {\"GroupId\":\"${identity_group/ds.id}\",\"IdentityStoreId\":"
	    "\"d-1\",\"MemberId\":{\"UserId\":\"${identity_user/ada.id}\"}} uses identity_group/ds"
	    " uses identity_user/ada gain (identity_user/ada)"
	    " {identity_group/ds members identity_user/ada: - > identity_user/ada}\n"
	    "CreatePermissionSet {\"InstanceArn\":\"I\",\"Name\":\"A\",\"SessionDuration\":"
	    "\"PT1H30M\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]} makes permission_set/A"
	    " enables provisioned/A\n"
	    "AttachManagedPolicyToPermissionSet {\"InstanceArn\":\"I\",\"ManagedPolicyArn\":\"" READ
	    "\",\"PermissionSetArn\":\"${permission_set/A.id}\"} enables provisioned/A"
	    " uses permission_set/A gain"
	    " (permission_set/A) {permission_set/A aws_managed_policies " READ ": - > " READ "}\n"
	    "AttachCustomerManagedPolicyReferenceToPermissionSet"
	    " {\"CustomerManagedPolicyReference\":{\"Name\":\"ds-extra\",\"Path\":\"/t/\"}," SET_NEW
	    "} enables provisioned/A uses permission_set/A gain (permission_set/A)"
	    " {permission_set/A customer_managed_policies /t/ds-extra: - > /t/ds-extra}\n"
	    "PutInlinePolicyToPermissionSet {\"InlinePolicy\":\"{}\"," SET_NEW
	    "} enables provisioned/A"
	    " uses permission_set/A gain (permission_set/A)"
	    " {permission_set/A inline_policy: - > {}}\n"
	    "PutPermissionsBoundaryToPermissionSet {\"InstanceArn\":\"I\",\"PermissionSetArn\":"
	    "\"${permission_set/"
	    "A.id}\",\"PermissionsBoundary\":{\"CustomerManagedPolicyReference\":"
	    "{\"Name\":\"b\",\"Path\":\"/bounds/\"}}} enables provisioned/A uses permission_set/A"
	    " {permission_set/A permissions_boundary: - > /bounds/b}\n"
	    "CreateAccountAssignment {\"InstanceArn\":\"I\",\"PermissionSetArn\":"
	    "\"${permission_set/A.id}\",\"PrincipalId\":\"${identity_group/ds.id}\","
	    "\"PrincipalType\":\"GROUP\",\"TargetId\":\"${account/new.id}\",\"TargetType\":"
	    "\"AWS_ACCOUNT\"} makes assignment/A/new/group/ds enables given/A/new uses account/new"
	    " uses permission_set/A uses identity_group/ds uses provisioned/A"
	    " uses iam_policy/new/ds-extra gain (account/new identity_group/ds)\n");
}

/* The plain one has nothing but its name: its creation is what assignments wait for. */
static void test_empty_set(void **state)
{
	struct bench *b = center_new();

	(void)state;
	HEAD(KIND_PERMISSION_SET, "permission_set/A", NULL, PSET_NAME, "A", PSET_DURATION, "3600");
	CHANGE(ACTION_CREATE, "permission_set/A");
	bench_expect(b, "CreatePermissionSet {\"InstanceArn\":\"I\",\"Name\":\"A\","
			"\"SessionDuration\":\"PT1H\"} makes permission_set/A"
			" enables provisioned/A\n");
}

static void live_set(struct bench *b, const char *accounts)
{
	LIVE(KIND_PERMISSION_SET, "permission_set/A", ARN "a", PSET_NAME, "A", PSET_DESCRIPTION,
	     "old", PSET_DURATION, "28800", PSET_RELAY, "https://x", PSET_ACCOUNTS, accounts,
	     PSET_CUSTOMER, "/gone");
	HEAD(KIND_PERMISSION_SET, "permission_set/A", NULL, PSET_NAME, "A");
}

/* Scalars as a whole, gains before losses, provisioned once, and whoever is new waits for that. The
 * policy that goes from an account waits until the set there has let go of it. */
static void test_set_update(void **state)
{
	struct bench *b = center_new();

	(void)state;
	live_set(b, "account/dev");
	LIVE(KIND_IAM_POLICY, "iam_policy/dev/gone", "arn:gone", IAMPOLICY_NAME, "gone",
	     IAMPOLICY_ACCOUNT, "account/dev");
	LIVE(KIND_IDENTITY_GROUP, "identity_group/ds", "g-1", IDGROUP_NAME, "ds");
	edge_thing(b, false, "assignment/A/main/group/ds", NULL, "permission_set/A", "account/main",
		   "identity_group/ds");
	CHANGE(ACTION_DELETE, "iam_policy/dev/gone");
	CHANGE(ACTION_UPDATE, "permission_set/A", PSET_DESCRIPTION, NULL, "old", "new",
	       ADD(PSET_MANAGED, READ), REMOVE(PSET_CUSTOMER, "/gone"), PSET_INLINE, NULL, "{}",
	       NULL, PSET_BOUNDARY, NULL, "/b", NULL, ADD(PSET_TAGS, "t"), PSET_PROVISIONED, NULL,
	       "not in dev", PROVISIONED_EVERYWHERE);
	CHANGE(ACTION_CREATE, "assignment/A/main/group/ds");
	bench_expect(
	    b,
	    "DeletePolicy {\"PolicyArn\":\"arn:gone\"} in 222222222222 ends iam_policy/dev/gone\n"
	    "UpdatePermissionSet {\"Description\":\"new\"," SET ",\"RelayState\":\"https://x\","
	    "\"SessionDuration\":\"PT8H\"} enables provisioned/A {permission_set/A description: "
	    "old > new}"
	    " {permission_set/A session_duration: 28800 > 28800}"
	    " {permission_set/A relay_state: https://x > https://x}\n"
	    "AttachManagedPolicyToPermissionSet {\"InstanceArn\":\"I\",\"ManagedPolicyArn\":\"" READ
	    "\",\"PermissionSetArn\":\"" ARN "a\"} enables provisioned/A gain (permission_set/A)"
	    " {permission_set/A aws_managed_policies " READ ": - > " READ "}\n"
	    "DetachCustomerManagedPolicyReferenceFromPermissionSet"
	    " {\"CustomerManagedPolicyReference\":{\"Name\":\"gone\",\"Path\":\"/\"}," SET
	    "} enables provisioned/A loss"
	    " (permission_set/A) {permission_set/A customer_managed_policies /gone: /gone > -}\n"
	    "DeleteInlinePolicyFromPermissionSet {" SET
	    "} enables provisioned/A loss (permission_set/A)"
	    " {permission_set/A inline_policy: {} > -}\n"
	    "DeletePermissionsBoundaryFromPermissionSet {" SET "} enables provisioned/A"
	    " {permission_set/A permissions_boundary: /b > -}\n"
	    "TagResource {\"InstanceArn\":\"I\",\"ResourceArn\":\"" ARN "a\",\"Tags\":[{\"Key\":"
	    "\"t\",\"Value\":\"t\"}]} enables provisioned/A {permission_set/A tags t: - > t}\n"
	    "ProvisionPermissionSet {" SET ",\"TargetType\":\"ALL_PROVISIONED_ACCOUNTS\"}"
	    " enables provisioned/A uses provisioned/A frees iam_policy/dev/gone\n"
	    "CreateAccountAssignment {\"InstanceArn\":\"I\",\"PermissionSetArn\":\"" ARN "a\","
	    "\"PrincipalId\":\"g-1\",\"PrincipalType\":\"GROUP\",\"TargetId\":\"111111111111\","
	    "\"TargetType\":\"AWS_ACCOUNT\"} makes assignment/A/main/group/ds"
	    " enables given/A/main uses provisioned/A"
	    " gain (account/main identity_group/ds)\n");
}

/* What the roles are not made of is not provisioned; nor what no account has. */
static void test_set_provisioned(void **state)
{
	struct bench *b = center_new();

	(void)state;
	live_set(b, "account/dev");
	CHANGE(ACTION_UPDATE, "permission_set/A", REMOVE(PSET_TAGS, "t"));
	bench_expect(b, "UntagResource {\"InstanceArn\":\"I\",\"ResourceArn\":\"" ARN "a\","
			"\"TagKeys\":[\"t\"]} {permission_set/A tags t: t > -}\n");
	b = center_new();
	live_set(b, "");
	CHANGE(ACTION_UPDATE, "permission_set/A", PSET_BOUNDARY, NULL, NULL, READ);
	bench_expect(b, "PutPermissionsBoundaryToPermissionSet {\"InstanceArn\":\"I\","
			"\"PermissionSetArn\":\"" ARN "a\",\"PermissionsBoundary\":"
			"{\"ManagedPolicyArn\":\"" READ "\"}} enables provisioned/A"
			" {permission_set/A permissions_boundary: - > " READ "}\n");
	b = center_new();
	live_set(b, "account/dev");
	CHANGE(ACTION_UPDATE, "permission_set/A", PSET_PROVISIONED, NULL, "not in dev",
	       PROVISIONED_EVERYWHERE);
	bench_expect(b, "ProvisionPermissionSet {" SET ",\"TargetType\":"
			"\"ALL_PROVISIONED_ACCOUNTS\"} enables provisioned/A"
			" {permission_set/A provisioned: not in dev > everywhere}\n");
}

/* Of a delegated administrator: what is the management account's goes by its own credentials. */
static void test_management_account(void **state)
{
	struct bench *b = center_new();

	(void)state;
	b->sides.live->world.caller_account = text_str(b->arena, "222222222222");
	live_set(b, "account/dev,account/main");
	LIVE(KIND_PERMISSION_SET, "permission_set/B", ARN "b", PSET_NAME, "B", PSET_ACCOUNTS, "");
	HEAD(KIND_PERMISSION_SET, "permission_set/B", NULL, PSET_NAME, "B");
	LIVE(KIND_PERMISSION_SET, "permission_set/C", ARN "c", PSET_NAME, "C", PSET_ACCOUNTS, "");
	HEAD(KIND_PERMISSION_SET, "permission_set/C", NULL, PSET_NAME, "C");
	LIVE(KIND_IDENTITY_GROUP, "identity_group/ds", "g-1", IDGROUP_NAME, "ds");
	edge_thing(b, true, "assignment/A/main/user/~u-9", ARN "a/111111111111/USER/u-9",
		   "permission_set/A", "account/main", "identity_user/~u-9");
	edge_thing(b, false, "assignment/B/main/group/ds", NULL, "permission_set/B", "account/main",
		   "identity_group/ds");
	CHANGE(ACTION_UPDATE, "permission_set/A", REMOVE(PSET_TAGS, "t"));
	CHANGE(ACTION_UPDATE, "permission_set/B", REMOVE(PSET_TAGS, "t"));
	CHANGE(ACTION_UPDATE, "permission_set/C", REMOVE(PSET_TAGS, "t"));
	CHANGE(ACTION_DELETE, "assignment/A/main/user/~u-9");
	CHANGE(ACTION_CREATE, "assignment/B/main/group/ds");
	bench_expect(
	    b, "UntagResource {\"InstanceArn\":\"I\",\"ResourceArn\":\"" ARN "a\",\"TagKeys\":"
	       "[\"t\"]} in 111111111111 {permission_set/A tags t: t > -}\n"
	       "UntagResource {\"InstanceArn\":\"I\",\"ResourceArn\":\"" ARN "b\",\"TagKeys\":"
	       "[\"t\"]} in 111111111111 {permission_set/B tags t: t > -}\n"
	       "UntagResource {\"InstanceArn\":\"I\",\"ResourceArn\":\"" ARN "c\",\"TagKeys\":"
	       "[\"t\"]} {permission_set/C tags t: t > -}\n"
	       "DeleteAccountAssignment {\"InstanceArn\":\"I\",\"PermissionSetArn\":\"" ARN "a\","
	       "\"PrincipalId\":\"u-9\",\"PrincipalType\":\"USER\",\"TargetId\":\"111111111111\","
	       "\"TargetType\":\"AWS_ACCOUNT\"} in 111111111111 ends assignment/A/main/user/~u-9"
	       " frees permission_set/A frees identity_user/~u-9 loss"
	       " (account/main identity_user/~u-9)\n"
	       "CreateAccountAssignment {\"InstanceArn\":\"I\",\"PermissionSetArn\":\"" ARN "b\","
	       "\"PrincipalId\":\"g-1\",\"PrincipalType\":\"GROUP\",\"TargetId\":\"111111111111\","
	       "\"TargetType\":\"AWS_ACCOUNT\"} in 111111111111 makes assignment/B/main/group/ds"
	       " enables given/B/main"
	       " gain (account/main identity_group/ds)\n");
}

static void test_people_change(void **state)
{
	struct bench *b = center_new();
	struct resource *group;

	(void)state;
	LIVE(KIND_IDENTITY_USER, "identity_user/ada", "u-1", IDUSER_NAME, "old", IDUSER_EMAIL,
	     "o@x");
	HEAD(KIND_IDENTITY_USER, "identity_user/ada", NULL, IDUSER_NAME, "ada");
	LIVE(KIND_IDENTITY_USER, "identity_user/bob", "u-2", IDUSER_NAME, "bob");
	group =
	    LIVE(KIND_IDENTITY_GROUP, "identity_group/ds", "g-1", IDGROUP_NAME, "was",
		 IDGROUP_DESCRIPTION, "x", IDGROUP_MEMBERS, "identity_user/bob,identity_user/~u-3");
	group->aux = text_str(b->arena, "{\"u-2\":\"m-2\",\"u-3\":\"m-3\"}");
	HEAD(KIND_IDENTITY_GROUP, "identity_group/ds", NULL, IDGROUP_NAME, "ds");
	CHANGE(ACTION_UPDATE, "identity_user/ada", IDUSER_NAME, NULL, "old", "ada",
	       IDUSER_GIVEN_NAME, NULL, "A", "Ada", IDUSER_EMAIL, NULL, "o@x", "a@x");
	CHANGE(ACTION_UPDATE, "identity_group/ds", IDGROUP_NAME, NULL, "was", "ds",
	       IDGROUP_DESCRIPTION, NULL, "x", "", REMOVE(IDGROUP_MEMBERS, "identity_user/bob"),
	       REMOVE(IDGROUP_MEMBERS, "identity_user/~u-3"),
	       ADD(IDGROUP_MEMBERS, "identity_user/ada"));
	bench_expect(
	    b,
	    "UpdateUser {\"IdentityStoreId\":\"d-1\",\"Operations\":[{\"AttributePath\":"
	    "\"userName\",\"AttributeValue\":\"ada\"},{\"AttributePath\":\"name.givenName\","
	    "\"AttributeValue\":\"Ada\"},{\"AttributePath\":\"emails\",\"AttributeValue\":["
	    "{\"Primary\":true,\"Type\":\"work\",\"Value\":\"a@x\"}]}],\"UserId\":\"u-1\"}"
	    " {identity_user/ada name: old > ada} {identity_user/ada given_name: A > Ada}"
	    " {identity_user/ada email: o@x > a@x}\n"
	    "UpdateGroup {\"GroupId\":\"g-1\",\"IdentityStoreId\":\"d-1\",\"Operations\":["
	    "{\"AttributePath\":\"displayName\",\"AttributeValue\":\"ds\"},{\"AttributePath\":"
	    "\"description\"}]} {identity_group/ds name: was > ds}"
	    " {identity_group/ds description: x > }\n"
	    "CreateGroupMembership {\"GroupId\":\"g-1\",\"IdentityStoreId\":\"d-1\",\"MemberId\":"
	    "{\"UserId\":\"u-1\"}} gain (identity_user/ada)"
	    " {identity_group/ds members identity_user/ada: - > identity_user/ada}\n"
	    "DeleteGroupMembership {\"IdentityStoreId\":\"d-1\",\"MembershipId\":\"m-2\"}"
	    " frees identity_group/ds frees identity_user/bob loss (identity_user/bob)"
	    " {identity_group/ds members identity_user/bob: identity_user/bob > -}\n"
	    "DeleteGroupMembership {\"IdentityStoreId\":\"d-1\",\"MembershipId\":\"m-3\"}"
	    " frees identity_group/ds frees identity_user/~u-3 loss (identity_user/~u-3)"
	    " {identity_group/ds members identity_user/~u-3: identity_user/~u-3 > -}\n");
}

#define DELETE_EDGE(set, account, type, id)                                                        \
	"DeleteAccountAssignment {\"InstanceArn\":\"I\",\"PermissionSetArn\":\"" ARN set "\","     \
	"\"PrincipalId\":\"" id "\",\"PrincipalType\":\"" type "\",\"TargetId\":\"" account "\","  \
	"\"TargetType\":\"AWS_ACCOUNT\"}"

/* Whoever goes is taken out of everything first, but for what has a change of its own, is kept by
 * others, or stands in a closed account. */
static void test_people_go(void **state)
{
	struct bench *b = center_new();
	struct resource *ds, *admins, *closed;

	(void)state;
	LIVE(KIND_IDENTITY_USER, "identity_user/bob", "u-2", IDUSER_NAME, "bob");
	LIVE(KIND_IDENTITY_USER, "identity_user/eve", "u-4", IDUSER_NAME, "eve");
	ds = LIVE(KIND_IDENTITY_GROUP, "identity_group/ds", "g-1", IDGROUP_MEMBERS,
		  "identity_user/bob,identity_user/eve");
	ds->aux = text_str(b->arena, "{\"u-2\":\"m-2\",\"u-4\":\"m-4\"}");
	admins = LIVE(KIND_IDENTITY_GROUP, "identity_group/ops", "g-2", IDGROUP_MEMBERS,
		      "identity_user/bob");
	admins->aux = text_str(b->arena, "{\"u-2\":\"m-5\"}");
	LIVE(KIND_IDENTITY_GROUP, "identity_group/scim", "g-3", IDGROUP_MEMBERS,
	     "identity_user/bob", IDGROUP_SYNCED, "yes");
	edge_thing(b, true, "assignment/A/dev/user/bob", ARN "a/222222222222/USER/u-2",
		   "permission_set/A", "account/dev", "identity_user/bob");
	edge_thing(b, true, "assignment/A/main/group/ds", ARN "a/111111111111/GROUP/g-1",
		   "permission_set/A", "account/main", "identity_group/ds");
	edge_thing(b, true, "assignment/B/dev/user/bob", ARN "b/222222222222/USER/u-2",
		   "permission_set/B", "account/dev", "identity_user/bob");
	closed = edge_thing(b, true, "assignment/B/shut/user/bob", ARN "b/333333333333/USER/u-2",
			    "permission_set/B", "account/shut", "identity_user/bob");
	closed->flags |= RES_FOREIGN;
	CHANGE(ACTION_DELETE, "identity_user/bob");
	CHANGE(ACTION_DELETE, "identity_group/ds");
	CHANGE(ACTION_DELETE, "assignment/A/dev/user/bob");
	bench_expect(
	    b,
	    "DeleteGroupMembership {\"IdentityStoreId\":\"d-1\",\"MembershipId\":\"m-5\"}"
	    " frees identity_group/ops frees identity_user/bob loss (identity_user/bob)"
	    " {identity_group/ops members identity_user/bob: identity_user/bob > -}\n" DELETE_EDGE(
		"b", "222222222222", "USER",
		"u-2") " ends assignment/B/dev/user/bob frees permission_set/B frees "
		       "identity_user/bob"
		       " loss (account/dev identity_user/bob)\n"
		       "DeleteUser {\"IdentityStoreId\":\"d-1\",\"UserId\":\"u-2\"} ends "
		       "identity_user/bob\n" DELETE_EDGE(
			   "a", "111111111111", "GROUP",
			   "g-1") " ends assignment/A/main/group/ds frees permission_set/A frees "
				  "identity_group/ds"
				  " loss (account/main identity_group/ds)\n"
				  "DeleteGroupMembership "
				  "{\"IdentityStoreId\":\"d-1\",\"MembershipId\":\"m-2\"}"
				  " frees identity_group/ds frees identity_user/bob loss "
				  "(identity_user/bob)"
				  " {identity_group/ds members identity_user/bob: "
				  "identity_user/bob > -}\n"
				  "DeleteGroupMembership "
				  "{\"IdentityStoreId\":\"d-1\",\"MembershipId\":\"m-4\"}"
				  " frees identity_group/ds frees identity_user/eve loss "
				  "(identity_user/eve)"
				  " {identity_group/ds members identity_user/eve: "
				  "identity_user/eve > -}\n"
				  "DeleteGroup {\"GroupId\":\"g-1\",\"IdentityStoreId\":\"d-1\"}"
				  " ends identity_group/ds\n" DELETE_EDGE(
				      "a", "222222222222", "USER",
				      "u-2") " ends assignment/A/dev/user/bob frees "
					     "permission_set/A frees identity_user/bob"
					     " loss (account/dev identity_user/bob)\n");
}

/* A set waits for the end of its assignments; and without the instance there is nothing to say. */
/* AWS refuses to provision a set while anybody gains or loses it. */
static void test_loss_after_provisioning(void **state)
{
	struct bench *b = center_new();
	const struct resource *set;

	(void)state;
	set = LIVE(KIND_PERMISSION_SET, "permission_set/A", ARN "a", PSET_NAME, "A", PSET_ACCOUNTS,
		   "account/dev");
	HEAD(KIND_PERMISSION_SET, "permission_set/A", set->id->s, PSET_NAME, "A", PSET_INLINE,
	     "{}");
	LIVE(KIND_PERMISSION_SET, "permission_set/B", ARN "b", PSET_NAME, "B");
	LIVE(KIND_IDENTITY_GROUP, "identity_group/ds", "g-1", IDGROUP_NAME, "ds");
	edge_thing(b, true, "assignment/A/dev/group/ds", ARN "a/222222222222/GROUP/g-1",
		   "permission_set/A", "account/dev", "identity_group/ds");
	edge_thing(b, true, "assignment/B/dev/group/ds", ARN "b/222222222222/GROUP/g-1",
		   "permission_set/B", "account/dev", "identity_group/ds");
	CHANGE(ACTION_UPDATE, "permission_set/A", PSET_INLINE, NULL, NULL, "{}");
	CHANGE(ACTION_DELETE, "assignment/A/dev/group/ds");
	CHANGE(ACTION_DELETE, "assignment/B/dev/group/ds");
	bench_expect(
	    b, "PutInlinePolicyToPermissionSet {\"InlinePolicy\":\"{}\"," SET
	       "} enables provisioned/A gain (permission_set/A)"
	       " {permission_set/A inline_policy: - > {}}\n"
	       "ProvisionPermissionSet {" SET ",\"TargetType\":\"ALL_PROVISIONED_ACCOUNTS\"}"
	       " enables provisioned/A uses provisioned/A\n"
	       "DeleteAccountAssignment {" SET ",\"PrincipalId\":\"g-1\",\"PrincipalType\":"
	       "\"GROUP\",\"TargetId\":\"222222222222\",\"TargetType\":\"AWS_ACCOUNT\"}"
	       " ends assignment/A/dev/group/ds after provisioned/A frees permission_set/A"
	       " frees identity_group/ds loss (account/dev identity_group/ds)\n"
	       "DeleteAccountAssignment {\"InstanceArn\":\"I\",\"PermissionSetArn\":\"" ARN
	       "b\",\"PrincipalId\":\"g-1\",\"PrincipalType\":\"GROUP\",\"TargetId\":"
	       "\"222222222222\",\"TargetType\":\"AWS_ACCOUNT\"} ends assignment/B/dev/group/ds"
	       " frees permission_set/B frees identity_group/ds loss (account/dev"
	       " identity_group/ds)\n");
}

static void test_set_goes(void **state)
{
	struct bench *b = center_new();

	(void)state;
	LIVE(KIND_PERMISSION_SET, "permission_set/A", ARN "a", PSET_NAME, "A", PSET_ACCOUNTS,
	     "account/dev");
	CHANGE(ACTION_DELETE, "permission_set/A");
	bench_expect(b, "DeletePermissionSet {" SET "} ends permission_set/A\n");
	b = center_new();
	b->sides.live->world.instance_arn = NULL;
	LIVE(KIND_PERMISSION_SET, "permission_set/A", ARN "a", PSET_NAME, "A");
	CHANGE(ACTION_DELETE, "permission_set/A");
	bench_expect(b, "");
}

/* Whoever has a set by one group and shall have it by another, or directly, has it all the time. */
static void test_given_before_taken(void **state)
{
	struct bench *b = center_new();
	struct resource *old;

	(void)state;
	LIVE(KIND_PERMISSION_SET, "permission_set/A", ARN "a", PSET_NAME, "A");
	LIVE(KIND_IDENTITY_USER, "identity_user/ada", "u-1", IDUSER_NAME, "ada");
	LIVE(KIND_IDENTITY_GROUP, "identity_group/new", "g-2", IDGROUP_NAME, "new");
	old = LIVE(KIND_IDENTITY_GROUP, "identity_group/old", "g-1", IDGROUP_NAME, "old",
		   IDGROUP_MEMBERS, "identity_user/ada");
	old->aux = text_str(b->arena, "{\"u-1\":\"m-1\"}");
	edge_thing(b, true, "assignment/A/dev/group/old", ARN "a/222222222222/GROUP/g-1",
		   "permission_set/A", "account/dev", "identity_group/old");
	edge_thing(b, false, "assignment/A/dev/group/new", NULL, "permission_set/A", "account/dev",
		   "identity_group/new");
	edge_thing(b, true, "assignment/A/dev/user/ada", ARN "a/222222222222/USER/u-1",
		   "permission_set/A", "account/dev", "identity_user/ada");
	CHANGE(ACTION_UPDATE, "identity_group/old", REMOVE(IDGROUP_MEMBERS, "identity_user/ada"));
	CHANGE(ACTION_CREATE, "assignment/A/dev/group/new");
	CHANGE(ACTION_DELETE, "assignment/A/dev/user/ada");
	bench_expect(b,
		     "DeleteGroupMembership {\"IdentityStoreId\":\"d-1\",\"MembershipId\":\"m-1\"}"
		     " after given/A/dev frees identity_group/old frees identity_user/ada loss"
		     " (identity_user/ada) {identity_group/old members identity_user/ada:"
		     " identity_user/ada > -}\n"
		     "CreateAccountAssignment {" SET ",\"PrincipalId\":\"g-2\",\"PrincipalType\":"
		     "\"GROUP\",\"TargetId\":\"222222222222\",\"TargetType\":\"AWS_ACCOUNT\"}"
		     " makes assignment/A/dev/group/new enables given/A/dev gain (account/dev"
		     " identity_group/new)\n"
		     "DeleteAccountAssignment {" SET ",\"PrincipalId\":\"u-1\",\"PrincipalType\":"
		     "\"USER\",\"TargetId\":\"222222222222\",\"TargetType\":\"AWS_ACCOUNT\"}"
		     " ends assignment/A/dev/user/ada after given/A/dev frees permission_set/A"
		     " frees identity_user/ada loss (account/dev identity_user/ada)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_everything_new),
	    cmocka_unit_test(test_empty_set),
	    cmocka_unit_test(test_set_update),
	    cmocka_unit_test(test_set_provisioned),
	    cmocka_unit_test(test_management_account),
	    cmocka_unit_test(test_people_change),
	    cmocka_unit_test(test_people_go),
	    cmocka_unit_test(test_set_goes),
	    cmocka_unit_test(test_loss_after_provisioning),
	    cmocka_unit_test(test_given_before_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
