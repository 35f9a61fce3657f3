/* Changes in IAM to calls. */
#include "tests/unit/call_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define M "account/main"

static void main_account(struct bench *b)
{
	LIVE(KIND_ACCOUNT, M, "111111111111", ACCOUNT_UNIT, "root");
}

static void test_iam_creation(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	main_account(b);
	HEAD(KIND_IAM_POLICY, "iam_policy/main/p", NULL, IAMPOLICY_NAME, "p", IAMPOLICY_ACCOUNT, M,
	     IAMPOLICY_PATH, "/t/", IAMPOLICY_DOCUMENT, "{}", IAMPOLICY_TAGS, "");
	HEAD(KIND_IAM_GROUP, "iam_group/main/g", NULL, GROUP_NAME, "g", GROUP_ACCOUNT, M,
	     GROUP_MANAGED, "arn:aws:iam::aws:policy/X");
	HEAD(KIND_IAM_USER, "iam_user/main/u", NULL, USER_NAME, "u", USER_ACCOUNT, M, USER_GROUPS,
	     "iam_group/main/g", USER_BOUNDARY, "iam_policy/main/p", USER_INLINE, "i={}");
	CHANGE(ACTION_CREATE, "iam_policy/main/p");
	CHANGE(ACTION_CREATE, "iam_group/main/g");
	CHANGE(ACTION_CREATE, "iam_user/main/u");
	bench_expect(
	    b, "CreatePolicy {\"Path\":\"/t/\",\"PolicyDocument\":\"{}\",\"PolicyName\":\"p\"}"
	       " makes iam_policy/main/p\n"
	       "CreateGroup {\"GroupName\":\"g\",\"Path\":\"/\"} makes iam_group/main/g\n"
	       "AttachGroupPolicy {\"GroupName\":\"g\",\"PolicyArn\":\"arn:aws:iam::aws:policy/X\"}"
	       " uses iam_group/main/g gain (iam_group/main/g) {iam_group/main/g managed_policies"
	       " arn:aws:iam::aws:policy/X: - > arn:aws:iam::aws:policy/X}\n"
	       "CreateUser {\"Path\":\"/\",\"PermissionsBoundary\":\"${iam_policy/main/p.id}\","
	       "\"UserName\":\"u\"} makes iam_user/main/u uses iam_policy/main/p\n"
	       "AddUserToGroup {\"GroupName\":\"g\",\"UserName\":\"u\"} uses iam_user/main/u"
	       " uses iam_group/main/g gain (iam_user/main/u)"
	       " {iam_user/main/u groups iam_group/main/g: - > iam_group/main/g}\n"
	       "PutUserPolicy {\"PolicyDocument\":\"{}\",\"PolicyName\":\"i\",\"UserName\":\"u\"}"
	       " uses iam_user/main/u gain (iam_user/main/u)"
	       " {iam_user/main/u inline_policies i: - > {}}\n");
}

/* Renamed first; gains before losses; the boundary before what it bounds. */
static void test_iam_update(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	main_account(b);
	LIVE(KIND_IAM_POLICY, "iam_policy/main/p", "arn:p", IAMPOLICY_NAME, "p");
	LIVE(KIND_IAM_GROUP, "iam_group/main/g", "arn:g", GROUP_NAME, "g");
	LIVE(KIND_IAM_USER, "iam_user/main/u", "arn:u", USER_NAME, "old", USER_ACCOUNT, M);
	HEAD(KIND_IAM_USER, "iam_user/main/u", NULL, USER_NAME, "u", USER_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, "iam_user/main/u", USER_NAME, NULL, "old", "u",
	       REMOVE(USER_GROUPS, "iam_group/main/g"), ADD(USER_MANAGED, "iam_policy/main/p"),
	       USER_INLINE, "i", "{}", "{\"a\":1}", USER_BOUNDARY, NULL, NULL, "iam_policy/main/p",
	       ADD(USER_TAGS, "t"));
	bench_expect(
	    b, "UpdateUser {\"NewUserName\":\"u\",\"UserName\":\"old\"} enables iam_user/main/u"
	       " {iam_user/main/u name: old > u}\n"
	       "PutUserPermissionsBoundary {\"PermissionsBoundary\":\"arn:p\",\"UserName\":\"u\"}"
	       " uses iam_user/main/u"
	       " {iam_user/main/u permissions_boundary: - > iam_policy/main/p}\n"
	       "AttachUserPolicy {\"PolicyArn\":\"arn:p\",\"UserName\":\"u\"} uses iam_user/main/u"
	       " gain (iam_user/main/u)"
	       " {iam_user/main/u managed_policies iam_policy/main/p: - > iam_policy/main/p}\n"
	       "PutUserPolicy {\"PolicyDocument\":\"{\\\"a\\\":1}\",\"PolicyName\":\"i\","
	       "\"UserName\":\"u\"} uses iam_user/main/u (iam_user/main/u)"
	       " {iam_user/main/u inline_policies i: {} > {\"a\":1}}\n"
	       "RemoveUserFromGroup {\"GroupName\":\"g\",\"UserName\":\"u\"} uses iam_user/main/u"
	       " frees iam_group/main/g loss (iam_user/main/u)"
	       " {iam_user/main/u groups iam_group/main/g: iam_group/main/g > -}\n"
	       "TagUser {\"Tags\":[{\"Key\":\"t\",\"Value\":\"t\"}],\"UserName\":\"u\"}"
	       " uses iam_user/main/u {iam_user/main/u tags t: - > t}\n");
}

/* Of two members one leaves by its own change: each is taken out once. */
static void test_iam_deletion(void **state)
{
	struct bench *b = bench_new();
	struct resource *policy;

	(void)state;
	main_account(b);
	policy = LIVE(KIND_IAM_POLICY, "iam_policy/main/p", "arn:p", IAMPOLICY_NAME, "p",
		      IAMPOLICY_ACCOUNT, M);
	policy->aux = text_str(b->arena, "{\"versions\":[{\"id\":\"v2\",\"default\":true},"
					 "{\"id\":\"v1\",\"default\":false}]}");
	LIVE(KIND_IAM_GROUP, "iam_group/main/g", "arn:g", GROUP_NAME, "g", GROUP_ACCOUNT, M,
	     GROUP_MANAGED, "iam_policy/main/p", GROUP_INLINE, "i={}");
	LIVE(KIND_IAM_USER, "iam_user/main/a", "arn:a", USER_NAME, "a", USER_ACCOUNT, M,
	     USER_GROUPS, "iam_group/main/g");
	LIVE(KIND_IAM_USER, "iam_user/main/b", "arn:b", USER_NAME, "b", USER_ACCOUNT, M,
	     USER_GROUPS, "iam_group/main/g", USER_MANAGED, "iam_policy/main/p");
	CHANGE(ACTION_DELETE, "iam_policy/main/p");
	CHANGE(ACTION_DELETE, "iam_group/main/g");
	CHANGE(ACTION_DELETE, "iam_user/main/a");
	bench_expect(
	    b,
	    "DetachUserPolicy {\"PolicyArn\":\"arn:p\",\"UserName\":\"b\"} frees iam_policy/main/p"
	    " frees iam_user/main/b loss (iam_user/main/b)"
	    " {iam_user/main/b managed_policies iam_policy/main/p: iam_policy/main/p > -}\n"
	    "DeletePolicyVersion {\"PolicyArn\":\"arn:p\",\"VersionId\":\"v1\"}"
	    " frees iam_policy/main/p\n"
	    "DeletePolicy {\"PolicyArn\":\"arn:p\"} ends iam_policy/main/p\n"
	    "RemoveUserFromGroup {\"GroupName\":\"g\",\"UserName\":\"b\"} frees iam_group/main/g"
	    " frees iam_user/main/b loss (iam_user/main/b)"
	    " {iam_user/main/b groups iam_group/main/g: iam_group/main/g > -}\n"
	    "DetachGroupPolicy {\"GroupName\":\"g\",\"PolicyArn\":\"arn:p\"}"
	    " frees iam_policy/main/p frees iam_group/main/g loss (iam_group/main/g)"
	    " {iam_group/main/g managed_policies iam_policy/main/p: iam_policy/main/p > -}\n"
	    "DeleteGroupPolicy {\"GroupName\":\"g\",\"PolicyName\":\"i\"} frees iam_group/main/g"
	    " loss (iam_group/main/g) {iam_group/main/g inline_policies i: {} > -}\n"
	    "DeleteGroup {\"GroupName\":\"g\"} ends iam_group/main/g\n"
	    "RemoveUserFromGroup {\"GroupName\":\"g\",\"UserName\":\"a\"} frees iam_group/main/g"
	    " frees iam_user/main/a loss (iam_user/main/a)"
	    " {iam_user/main/a groups iam_group/main/g: iam_group/main/g > -}\n"
	    "DeleteUser {\"UserName\":\"a\"} ends iam_user/main/a\n");
}

/* Five versions: the oldest goes, numbers compared as numbers, never the default. */
static void test_iam_versions(void **state)
{
	struct bench *b = bench_new();
	struct resource *policy;

	(void)state;
	main_account(b);
	policy = LIVE(KIND_IAM_POLICY, "iam_policy/main/p", "arn:p", IAMPOLICY_NAME, "p",
		      IAMPOLICY_ACCOUNT, M);
	policy->aux =
	    text_str(b->arena, "{\"versions\":[{\"id\":\"v10\",\"default\":false},"
			       "{\"id\":\"v8\",\"default\":true},{\"id\":\"v9\",\"default\":false},"
			       "{\"id\":\"v11\",\"default\":false},{\"id\":\"v12\"}]}");
	HEAD(KIND_IAM_POLICY, "iam_policy/main/p", NULL, IAMPOLICY_NAME, "p", IAMPOLICY_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, "iam_policy/main/p", IAMPOLICY_DOCUMENT, NULL, "{}", "{\"a\":1}",
	       REMOVE(IAMPOLICY_TAGS, "t"));
	bench_expect(b, "DeletePolicyVersion {\"PolicyArn\":\"arn:p\",\"VersionId\":\"v9\"}"
			" frees iam_policy/main/p\n"
			"CreatePolicyVersion {\"PolicyArn\":\"arn:p\",\"PolicyDocument\":"
			"\"{\\\"a\\\":1}\",\"SetAsDefault\":true}"
			" {iam_policy/main/p document: {} > {\"a\":1}}\n"
			"UntagPolicy {\"PolicyArn\":\"arn:p\",\"TagKeys\":[\"t\"]}"
			" {iam_policy/main/p tags t: t > -}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_iam_creation),
	    cmocka_unit_test(test_iam_update),
	    cmocka_unit_test(test_iam_deletion),
	    cmocka_unit_test(test_iam_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
