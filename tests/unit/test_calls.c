/* Changes to calls: what each kind says, compared as text lines. */
#include "tests/unit/call_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SCP "SERVICE_CONTROL_POLICY"

static void test_organization(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	b->sides.live->world.root_id = NULL;
	b->sides.live->world.no_organization = true;
	HEAD(KIND_ORGANIZATION, "organization", NULL, ORG_FEATURE_SET, "ALL", ORG_POLICY_TYPES, SCP,
	     ORG_TRUSTED_SERVICES, "config.amazonaws.com", ORG_POLICIES, "policy/deny", ORG_TAGS,
	     "k=v");
	HEAD(KIND_POLICY, "policy/deny", NULL, POLICY_NAME, "deny", POLICY_TYPE, SCP,
	     POLICY_DOCUMENT, "{}");
	HEAD(KIND_UNIT, "unit/A", NULL, UNIT_NAME, "A", UNIT_PARENT, "root");
	CHANGE(ACTION_CREATE, "organization");
	CHANGE(ACTION_CREATE, "policy/deny");
	CHANGE(ACTION_CREATE, "unit/A");
	bench_expect(
	    b, "CreateOrganization {\"FeatureSet\":\"ALL\"} makes organization\n"
	       "ListRoots {} makes root uses organization\n"
	       "EnablePolicyType {\"PolicyType\":\"" SCP "\",\"RootId\":\"${organization.root}\"}"
	       " enables policy_type/" SCP " uses root uses organization"
	       " {organization policy_types " SCP ": - > " SCP "}\n"
	       "EnableAWSServiceAccess {\"ServicePrincipal\":\"config.amazonaws.com\"}"
	       " enables service/config.amazonaws.com uses organization"
	       " {organization trusted_services config.amazonaws.com: - > config.amazonaws.com}\n"
	       "TagResource {\"ResourceId\":\"${organization.root}\",\"Tags\":[{\"Key\":\"k\","
	       "\"Value\":\"v\"}]} uses root {organization tags k: - > v}\n"
	       "AttachPolicy {\"PolicyId\":\"${policy/deny.id}\","
	       "\"TargetId\":\"${organization.root}\"} uses policy/deny uses root"
	       " uses policy_type/" SCP " gain (organization " SCP ")"
	       " {organization policies policy/deny: - > policy/deny}\n"
	       "CreateOrganizationalUnit {\"Name\":\"A\",\"ParentId\":\"${organization.root}\"}"
	       " makes unit/A uses root\n"
	       "CreatePolicy {\"Content\":\"{}\",\"Description\":\"\",\"Name\":\"deny\","
	       "\"Type\":\"" SCP "\"} makes policy/deny uses organization\n");
}

static void test_units(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	HEAD(KIND_UNIT, "unit/A", NULL, UNIT_NAME, "A", UNIT_PARENT, "root", UNIT_TAGS, "k=v");
	HEAD(KIND_UNIT, "unit/A/B", NULL, UNIT_NAME, "B", UNIT_PARENT, "unit/A");
	LIVE(KIND_UNIT, "unit/C", "ou-c", UNIT_NAME, "Old", UNIT_PARENT, "root");
	HEAD(KIND_UNIT, "unit/C", NULL, UNIT_NAME, "C", UNIT_PARENT, "root");
	LIVE(KIND_UNIT, "unit/C/D", "ou-d", UNIT_NAME, "D", UNIT_PARENT, "unit/C", UNIT_POLICIES,
	     "policy/p");
	CHANGE(ACTION_CREATE, "unit/A");
	CHANGE(ACTION_CREATE, "unit/A/B");
	CHANGE(ACTION_UPDATE, "unit/C", UNIT_NAME, NULL, "Old", "C", ADD(UNIT_TAGS, "t"),
	       REMOVE(UNIT_TAGS, "s"), REMOVE(UNIT_TAGS, "charter:x"));
	CHANGE(ACTION_DELETE, "unit/C/D");
	bench_expect(
	    b, "CreateOrganizationalUnit {\"Name\":\"A\",\"ParentId\":\"r-1\",\"Tags\":[{\"Key\":"
	       "\"k\",\"Value\":\"v\"}]} makes unit/A\n"
	       "CreateOrganizationalUnit {\"Name\":\"B\",\"ParentId\":\"${unit/A.id}\"}"
	       " makes unit/A/B uses unit/A\n"
	       "UpdateOrganizationalUnit {\"Name\":\"C\",\"OrganizationalUnitId\":\"ou-c\"}"
	       " {unit/C name: Old > C}\n"
	       "TagResource {\"ResourceId\":\"ou-c\",\"Tags\":[{\"Key\":\"t\",\"Value\":\"t\"}]}"
	       " {unit/C tags t: - > t}\n"
	       "UntagResource {\"ResourceId\":\"ou-c\",\"TagKeys\":[\"s\"]}"
	       " {unit/C tags s: s > -}\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-d\"} ends unit/C/D"
	       " frees unit/~ou-c frees unit/C frees policy/p\n");
}

static void test_accounts(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_NAME, "A", UNIT_PARENT, "root");
	HEAD(KIND_ACCOUNT, "account/new", NULL, ACCOUNT_NAME, "new", ACCOUNT_EMAIL, "n@example.com",
	     ACCOUNT_UNIT, "unit/A", ACCOUNT_TAGS, "k=v");
	HEAD(KIND_ACCOUNT, "account/here", NULL, ACCOUNT_NAME, "here");
	LIVE(KIND_ACCOUNT, "account/here", "222222222222", ACCOUNT_UNIT, "unit/A");
	HEAD(KIND_ACCOUNT, "account/main", NULL, ACCOUNT_NAME, "main");
	LIVE(KIND_ACCOUNT, "account/main", "111111111111", ACCOUNT_UNIT, "root");
	CHANGE(ACTION_CREATE, "account/new");
	CHANGE(ACTION_UPDATE, "account/here", ACCOUNT_NAME, NULL, "was", "here", ACCOUNT_UNIT, NULL,
	       "unit/A", "root");
	CHANGE(ACTION_UPDATE, "account/main", ACCOUNT_NAME, NULL, "old", "main");
	bench_expect(
	    b, "PutAccountName {\"AccountId\":\"222222222222\",\"AccountName\":\"here\"}"
	       " {account/here name: was > here}\n"
	       "MoveAccount {\"AccountId\":\"222222222222\",\"DestinationParentId\":\"r-1\","
	       "\"SourceParentId\":\"ou-a\"} frees unit/~ou-a frees unit/A"
	       " {account/here unit: unit/A > root}\n"
	       "PutAccountName {\"AccountName\":\"main\"} {account/main name: old > main}\n"
	       "CreateAccount {\"AccountName\":\"new\",\"Email\":\"n@example.com\",\"Tags\":"
	       "[{\"Key\":\"k\",\"Value\":\"v\"}]} makes account/new\n"
	       "MoveAccount {\"AccountId\":\"${account/new.id}\",\"DestinationParentId\":\"ou-a\","
	       "\"SourceParentId\":\"r-1\"} uses account/new {account/new unit: root > unit/A}\n");
}

/* A new one before the old one goes, FullAWSAccess last. */
static void test_attachments(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	LIVE(KIND_POLICY, "policy/a", "p-a", POLICY_TYPE, SCP);
	LIVE(KIND_POLICY, "policy/z", "p-z", POLICY_TYPE, SCP);
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_POLICIES, "policy/a");
	HEAD(KIND_UNIT, "unit/A", NULL, UNIT_NAME, "A");
	CHANGE(ACTION_UPDATE, "unit/A", REMOVE(UNIT_POLICIES, "policy/FullAWSAccess"),
	       REMOVE(UNIT_POLICIES, "policy/a"), ADD(UNIT_POLICIES, "policy/z"));
	bench_expect(
	    b, "AttachPolicy {\"PolicyId\":\"p-z\",\"TargetId\":\"ou-a\"} gain (unit/A " SCP ")"
	       " {unit/A policies policy/z: - > policy/z}\n"
	       "DetachPolicy {\"PolicyId\":\"p-a\",\"TargetId\":\"ou-a\"} uses unit/A"
	       " frees policy/a loss (unit/A " SCP ") {unit/A policies policy/a: policy/a > -}\n"
	       "DetachPolicy {\"PolicyId\":\"p-FullAWSAccess\",\"TargetId\":\"ou-a\"}"
	       " uses unit/A frees policy/FullAWSAccess loss (unit/A " SCP ")"
	       " {unit/A policies policy/FullAWSAccess: policy/FullAWSAccess > -}\n");
}

/* Five of five, AWS's own counted: one has to go before another can come. */
static void test_attachments_at_quota(void **state)
{
	struct bench *b = bench_new();
	const struct policy_type *type = policy_type_find("RESOURCE_CONTROL_POLICY");
	auto_buf list = BUF_INIT(4096);

	(void)state;
	assert_non_null(type->aws_default);
	for (uint32_t i = 1; i < type->max_attached; i++) {
		auto_free char *address = xasprintf("policy/p%u", i);

		LIVE(KIND_POLICY, address, address + 7, POLICY_TYPE, type->name);
		buf_printf(&list, "%s%s", i == 1 ? "" : ",", address);
	}
	LIVE(KIND_POLICY, "policy/new", "new", POLICY_TYPE, type->name);
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_POLICIES, buf_str(&list));
	HEAD(KIND_UNIT, "unit/A", NULL, UNIT_NAME, "A");
	CHANGE(ACTION_UPDATE, "unit/A", ADD(UNIT_POLICIES, "policy/new"),
	       REMOVE(UNIT_POLICIES, "policy/p1"), REMOVE(UNIT_POLICIES, "policy/p2"));
	bench_expect(
	    b, "DetachPolicy {\"PolicyId\":\"p1\",\"TargetId\":\"ou-a\"} uses unit/A"
	       " frees policy/p1 {unit/A policies policy/p1: policy/p1 > -}\n"
	       "AttachPolicy {\"PolicyId\":\"new\",\"TargetId\":\"ou-a\"} gain"
	       " (unit/A RESOURCE_CONTROL_POLICY) {unit/A policies policy/new: - > policy/new}\n"
	       "DetachPolicy {\"PolicyId\":\"p2\",\"TargetId\":\"ou-a\"} uses unit/A"
	       " frees policy/p2 loss (unit/A RESOURCE_CONTROL_POLICY)"
	       " {unit/A policies policy/p2: policy/p2 > -}\n");
}

static void test_policies(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	HEAD(KIND_ACCOUNT, "account/x", NULL, ACCOUNT_NAME, "x", ACCOUNT_EMAIL, "x@example.com");
	LIVE(KIND_POLICY, "policy/p", "p-1", POLICY_TYPE, SCP);
	HEAD(KIND_POLICY, "policy/p", NULL, POLICY_NAME, "p");
	LIVE(KIND_POLICY, "policy/gone", "p-2", POLICY_NAME, "gone", POLICY_TYPE, SCP);
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_POLICIES, "policy/gone");
	LIVE(KIND_UNIT, "unit/B", "ou-b", UNIT_POLICIES, "policy/gone");
	HEAD(KIND_UNIT, "unit/B", NULL, UNIT_NAME, "B");
	CHANGE(ACTION_CREATE, "account/x");
	CHANGE(ACTION_UPDATE, "policy/p", POLICY_NAME, NULL, "old", "p", POLICY_DOCUMENT, NULL,
	       "{}", "{\"a\":\"${account/x.id} ${aws:username}\"}");
	CHANGE(ACTION_DELETE, "policy/gone");
	CHANGE(ACTION_UPDATE, "unit/B", REMOVE(UNIT_POLICIES, "policy/gone"));
	bench_expect(
	    b, "DetachPolicy {\"PolicyId\":\"p-2\",\"TargetId\":\"ou-b\"} uses unit/B"
	       " frees policy/gone loss (unit/B " SCP ")"
	       " {unit/B policies policy/gone: policy/gone > -}\n"
	       "CreateAccount {\"AccountName\":\"x\",\"Email\":\"x@example.com\"} makes account/x\n"
	       "DetachPolicy {\"PolicyId\":\"p-2\",\"TargetId\":\"ou-a\"} uses unit/A"
	       " frees policy/gone frees unit/~ou-a loss {unit/A policies policy/gone: policy/gone "
	       "> -}\n"
	       "DeletePolicy {\"PolicyId\":\"p-2\"} ends policy/gone\n"
	       "UpdatePolicy {\"Content\":\"{\\\"a\\\":\\\"${account/x.id} ${aws:username}\\\"}\","
	       "\"Name\":\"p\",\"PolicyId\":\"p-1\"} uses account/x {policy/p name: old > p}"
	       " {policy/p document: {} > {\"a\":\"${account/x.id} ${aws:username}\"}}\n");
}

/* The unit, a unit in it and an account; what is deleted by itself does not go along. */
static void test_unit_move(void **state)
{
	struct bench *b = bench_new();
	struct resource *head;

	(void)state;
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_NAME, "A", UNIT_PARENT, "root");
	LIVE(KIND_UNIT, "unit/B/C", "ou-c", UNIT_NAME, "C", UNIT_PARENT, "unit/A", UNIT_POLICIES,
	     "policy/FullAWSAccess,policy/p", UNIT_TAGS, "l=1,t=a");
	LIVE(KIND_UNIT, "unit/B/C/D", "ou-d", UNIT_NAME, "D", UNIT_PARENT, "unit/B/C");
	LIVE(KIND_UNIT, "unit/B/C/E", "ou-e", UNIT_NAME, "E", UNIT_PARENT, "unit/B/C");
	LIVE(KIND_ACCOUNT, "account/x", "222222222222", ACCOUNT_UNIT, "unit/B/C/D");
	LIVE(KIND_POLICY, "policy/p", "p-1", POLICY_TYPE, SCP);
	HEAD(KIND_UNIT, "unit/B", NULL, UNIT_NAME, "B", UNIT_PARENT, "root");
	head = HEAD(KIND_UNIT, "unit/B/C", NULL, UNIT_NAME, "C", UNIT_PARENT, "unit/B", UNIT_TAGS,
		    "t=b");
	head->flags |= RES_MOVE;
	HEAD(KIND_UNIT, "unit/B/C/D", NULL, UNIT_NAME, "D2", UNIT_PARENT, "unit/B/C");
	CHANGE(ACTION_CREATE, "unit/B");
	CHANGE(ACTION_UPDATE, "unit/B/C", UNIT_PARENT, NULL, "unit/A", "unit/B");
	CHANGE(ACTION_UPDATE, "unit/B/C/D", UNIT_NAME, NULL, "D", "D2");
	CHANGE(ACTION_DELETE, "unit/B/C/E");
	bench_expect(
	    b, "CreateOrganizationalUnit {\"Name\":\"B\",\"ParentId\":\"r-1\"} makes unit/B\n"
	       "CreateOrganizationalUnit {\"Name\":\"C\",\"ParentId\":\"${unit/B.id}\",\"Tags\":"
	       "[{\"Key\":\"l\",\"Value\":\"1\"},{\"Key\":\"t\",\"Value\":\"b\"}]} makes unit/B/C"
	       " uses unit/B\n"
	       "AttachPolicy {\"PolicyId\":\"p-1\",\"TargetId\":\"${unit/B/C.id}\"}"
	       " enables carried/unit/B/C uses unit/B/C"
	       " gain (unit/B/C " SCP ") {unit/B/C policies policy/p: - > policy/p}\n"
	       "CreateOrganizationalUnit {\"Name\":\"D2\",\"ParentId\":\"${unit/B/C.id}\"}"
	       " makes unit/B/C/D uses unit/B/C\n"
	       "MoveAccount {\"AccountId\":\"222222222222\","
	       "\"DestinationParentId\":\"${unit/B/C/D.id}\",\"SourceParentId\":\"ou-d\"}"
	       " uses unit/B/C/D uses carried/unit/B/C/D uses carried/unit/B/C frees unit/~ou-d"
	       " {account/x unit: unit/B/C/D~ou-d > unit/B/C/D}\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-d\"} ends unit/~ou-d"
	       " uses unit/B/C/D uses carried/unit/B/C/D uses carried/unit/B/C frees unit/~ou-c\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-c\"} ends unit/~ou-c"
	       " uses unit/B/C uses carried/unit/B/C frees unit/~ou-a frees unit/A frees "
	       "policy/FullAWSAccess frees policy/p\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-e\"} ends unit/B/C/E"
	       " frees unit/~ou-c\n");
}

/* The new unit stands already: what is still in the old one follows, and so does what nobody
 * declares of it; what the new one has of its own stays. */
static void test_unit_move_half(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	b->leaving = "unit/B/C";
	b->left = "unit/A/C";
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_NAME, "A", UNIT_PARENT, "root");
	LIVE(KIND_UNIT, "unit/A/C", "ou-c", UNIT_NAME, "C", UNIT_PARENT, "unit/A", UNIT_POLICIES,
	     "policy/FullAWSAccess,policy/p,policy/q,policy/r", UNIT_TAGS, "l=1,t=a");
	LIVE(KIND_UNIT, "unit/B/C", "ou-n", UNIT_NAME, "C", UNIT_PARENT, "unit/B", UNIT_POLICIES,
	     "policy/FullAWSAccess,policy/q", UNIT_TAGS, "t=b");
	LIVE(KIND_UNIT, "unit/B/C/D", "ou-d", UNIT_NAME, "D", UNIT_PARENT, "unit/A/C");
	LIVE(KIND_ACCOUNT, "account/x", "222222222222", ACCOUNT_UNIT, "unit/A/C");
	LIVE(KIND_POLICY, "policy/p", "p-1", POLICY_TYPE, SCP);
	LIVE(KIND_POLICY, "policy/q", "p-2", POLICY_TYPE, SCP);
	LIVE(KIND_POLICY, "policy/r", "p-3", POLICY_TYPE, SCP);
	HEAD(KIND_UNIT, "unit/B/C", NULL, UNIT_NAME, "C", UNIT_PARENT, "unit/B");
	HEAD(KIND_UNIT, "unit/B/C/D", NULL, UNIT_NAME, "D", UNIT_PARENT, "unit/B/C");
	CHANGE(ACTION_UPDATE, "unit/B/C", UNIT_PARENT, NULL, "unit/A", "unit/B");
	CHANGE(ACTION_DELETE, "policy/r");
	bench_expect(
	    b, "AttachPolicy {\"PolicyId\":\"p-1\",\"TargetId\":\"ou-n\"} enables carried/unit/B/C"
	       " gain (unit/B/C " SCP ") {unit/B/C policies policy/p: - > policy/p}\n"
	       "TagResource {\"ResourceId\":\"ou-n\",\"Tags\":[{\"Key\":\"l\",\"Value\":\"1\"}]}"
	       " enables carried/unit/B/C {unit/B/C tags l: - > 1}\n"
	       "CreateOrganizationalUnit {\"Name\":\"D\",\"ParentId\":\"ou-n\"}"
	       " makes unit/B/C/D\n"
	       "MoveAccount {\"AccountId\":\"222222222222\",\"DestinationParentId\":\"ou-n\","
	       "\"SourceParentId\":\"ou-c\"} uses carried/unit/B/C frees unit/~ou-c"
	       " {account/x unit: unit/A/C > unit/B/C}\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-d\"} ends unit/~ou-d"
	       " uses unit/B/C/D uses carried/unit/B/C/D uses carried/unit/B/C frees unit/~ou-c"
	       " frees unit/A/C\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-c\"} ends unit/~ou-c"
	       " uses carried/unit/B/C frees unit/~ou-a frees unit/A frees policy/FullAWSAccess"
	       " frees policy/p frees policy/q frees policy/r\n"
	       "DeletePolicy {\"PolicyId\":\"p-3\"} ends policy/r\n");
}

static void test_delegated(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	LIVE(KIND_ACCOUNT, "account/a", "222222222222", ACCOUNT_UNIT, "root");
	HEAD(KIND_DELEGATED_ADMINISTRATOR, "delegated_administrator/s/a", NULL, DELEGATED_SERVICE,
	     "s", DELEGATED_ACCOUNT, "account/a");
	CHANGE(ACTION_CREATE, "delegated_administrator/s/a");
	bench_expect(b, "RegisterDelegatedAdministrator {\"AccountId\":\"222222222222\","
			"\"ServicePrincipal\":\"s\"} makes delegated_administrator/s/a\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_organization),
	    cmocka_unit_test(test_units),
	    cmocka_unit_test(test_accounts),
	    cmocka_unit_test(test_attachments),
	    cmocka_unit_test(test_attachments_at_quota),
	    cmocka_unit_test(test_policies),
	    cmocka_unit_test(test_unit_move),
	    cmocka_unit_test(test_unit_move_half),
	    cmocka_unit_test(test_delegated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
