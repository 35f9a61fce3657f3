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

#define TRUST(who)                                                                                 \
	"{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":"       \
	"{\"AWS\":\"" who "\"}}]}"
/* The same within the JSON text of an input. */
#define IN_TRUST(who)                                                                              \
	"\"{\\\"Statement\\\":[{\\\"Action\\\":\\\"sts:AssumeRole\\\",\\\"Effect\\\":"             \
	"\\\"Allow\\\","                                                                           \
	"\\\"Principal\\\":{\\\"AWS\\\":\\\"" who "\\\"}}]}\""

/* In the order in which they need one another: who is trusted, and the boundary, come before. */
static void test_role_creation(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	main_account(b);
	HEAD(KIND_IAM_USER, "iam_user/main/u", NULL, USER_NAME, "u", USER_ACCOUNT, M);
	HEAD(KIND_IAM_POLICY, "iam_policy/main/p", NULL, IAMPOLICY_NAME, "p", IAMPOLICY_ACCOUNT, M,
	     IAMPOLICY_DOCUMENT, "{}");
	HEAD(KIND_IAM_ROLE, "iam_role/main/r", NULL, ROLE_NAME, "r", ROLE_ACCOUNT, M, ROLE_PATH,
	     "/x/", ROLE_DESCRIPTION, "d", ROLE_TRUST, TRUST("arn:aws:iam::111111111111:user/t/u"),
	     ROLE_DURATION, "7200", ROLE_MANAGED, "iam_policy/main/p", ROLE_BOUNDARY,
	     "iam_policy/main/p", ROLE_TAGS, "k=v");
	CHANGE(ACTION_CREATE, "iam_role/main/r");
	CHANGE(ACTION_CREATE, "iam_policy/main/p");
	CHANGE(ACTION_CREATE, "iam_user/main/u");
	bench_expect(
	    b, "CreatePolicy {\"Path\":\"/\",\"PolicyDocument\":\"{}\",\"PolicyName\":\"p\"}"
	       " makes iam_policy/main/p\n"
	       "CreateUser {\"Path\":\"/\",\"UserName\":\"u\"} makes iam_user/main/u\n"
	       "CreateRole {\"AssumeRolePolicyDocument\":" IN_TRUST(
		   "arn:aws:iam::111111111111:user/t/u") ",\"Description\":\"d\","
							 "\"MaxSessionDuration\":7200,\"Path\":\"/"
							 "x/\","
							 "\"PermissionsBoundary\":\"${iam_policy/"
							 "main/p.id}\",\"RoleName\":\"r\","
							 "\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}"
							 "]} makes iam_role/main/r"
							 " uses iam_user/main/u uses "
							 "iam_policy/main/p\n"
							 "AttachRolePolicy "
							 "{\"PolicyArn\":\"${iam_policy/main/"
							 "p.id}\",\"RoleName\":\"r\"}"
							 " uses iam_role/main/r uses "
							 "iam_policy/main/p gain (iam_role/main/r)"
							 " {iam_role/main/r managed_policies "
							 "iam_policy/main/p: - > "
							 "iam_policy/main/p}\n");
}

/* An account that this plan makes is entered once it is there; another one by its id. */
static void test_role_accounts(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	main_account(b);
	LIVE(KIND_ACCOUNT, "account/a", "222222222222", ACCOUNT_UNIT, "root");
	HEAD(KIND_ACCOUNT, "account/new", NULL, ACCOUNT_NAME, "new", ACCOUNT_EMAIL, "n@example.com",
	     ACCOUNT_UNIT, "root");
	HEAD(KIND_IAM_ROLE, "iam_role/a/r", NULL, ROLE_NAME, "r", ROLE_ACCOUNT, "account/a",
	     ROLE_TRUST, TRUST("arn:aws:iam::${account/new.id}:role/x"));
	HEAD(KIND_IAM_ROLE, "iam_role/new/x", NULL, ROLE_NAME, "x", ROLE_ACCOUNT, "account/new",
	     ROLE_TRUST, TRUST("arn:aws:iam::111111111111:root"), ROLE_MANAGED,
	     "arn:aws:iam::aws:policy/X");
	CHANGE(ACTION_CREATE, "account/new");
	CHANGE(ACTION_CREATE, "iam_role/a/r");
	CHANGE(ACTION_CREATE, "iam_role/new/x");
	bench_expect(
	    b,
	    "CreateAccount {\"AccountName\":\"new\",\"Email\":\"n@example.com\"}"
	    " makes account/new\n"
	    "CreateRole {\"AssumeRolePolicyDocument\":" IN_TRUST(
		"arn:aws:iam::${account/new.id}:role/x") ",\"Path\":\"/"
							 "\",\"RoleName\":\"r\"}"
							 " in 222222222222 makes "
							 "iam_role/a/r uses "
							 "iam_role/new/x uses "
							 "account/new\n"
							 "CreateRole "
							 "{\"AssumeRolePolicyDocument\""
							 ":" IN_TRUST("arn:aws:iam::111111111111:"
								      "root") ",\"Path\":\"/"
									      "\",\"RoleName\":"
									      "\"x\"}"
									      " in "
									      "${account/new.id} "
									      "makes "
									      "iam_role/new/x uses "
									      "account/new\n"
									      "AttachRolePolicy "
									      "{\"PolicyArn\":"
									      "\"arn:aws:iam::aws:"
									      "policy/"
									      "X\",\"RoleName\":"
									      "\"x\"}"
									      " in "
									      "${account/new.id} "
									      "uses account/new "
									      "uses iam_role/new/x "
									      "gain "
									      "(iam_role/new/x)"
									      " {iam_role/new/x "
									      "managed_policies "
									      "arn:aws:iam::aws:"
									      "policy/X: - >"
									      " arn:aws:iam::aws:"
									      "policy/X}\n");
}

/* UpdateRole writes the whole role: of description and duration, what does not change goes along.
 */
static void test_role_update(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	main_account(b);
	LIVE(KIND_IAM_USER, "iam_user/main/old", "arn:old", USER_NAME, "old", USER_ACCOUNT, M);
	HEAD(KIND_IAM_USER, "iam_user/main/new", NULL, USER_NAME, "new", USER_ACCOUNT, M);
	LIVE(KIND_IAM_ROLE, "iam_role/main/r", "arn:r", ROLE_NAME, "r", ROLE_ACCOUNT, M,
	     ROLE_DESCRIPTION, "kept", ROLE_DURATION, "3600", ROLE_BOUNDARY,
	     "arn:aws:iam::aws:policy/B");
	HEAD(KIND_IAM_ROLE, "iam_role/main/r", NULL, ROLE_NAME, "r", ROLE_ACCOUNT, M);
	CHANGE(ACTION_DELETE, "iam_user/main/old");
	CHANGE(ACTION_CREATE, "iam_user/main/new");
	CHANGE(ACTION_UPDATE, "iam_role/main/r", ROLE_TRUST, NULL,
	       TRUST("arn:aws:iam::111111111111:user/old"),
	       TRUST("arn:aws:iam::111111111111:user/new"), ROLE_DURATION, NULL, "3600", "7200",
	       REMOVE(ROLE_MANAGED, "arn:aws:iam::aws:policy/X"), ADD(ROLE_INLINE, "{}"),
	       ROLE_BOUNDARY, NULL, "arn:aws:iam::aws:policy/B", NULL, REMOVE(ROLE_TAGS, "t"));
	bench_expect(
	    b,
	    "CreateUser {\"Path\":\"/\",\"UserName\":\"new\"} makes iam_user/main/new\n"
	    "DeleteUser {\"UserName\":\"old\"} ends iam_user/main/old\n"
	    "UpdateRole {\"Description\":\"kept\",\"MaxSessionDuration\":7200,"
	    "\"RoleName\":\"r\"} {iam_role/main/r description: kept > kept}"
	    " {iam_role/main/r max_session_duration: 3600 > 7200}\n"
	    "PutRolePolicy {\"PolicyDocument\":\"{}\",\"PolicyName\":\"{}\","
	    "\"RoleName\":\"r\"} gain (iam_role/main/r)"
	    " {iam_role/main/r inline_policies {}: - > {}}\n"
	    "UpdateAssumeRolePolicy {\"PolicyDocument\":" IN_TRUST(
		"arn:aws:iam::111111111111:user/new") ",\"RoleName\":\"r\"}"
						      " uses iam_user/main/new frees "
						      "iam_user/main/old"
						      " {iam_role/main/r trust: " TRUST(
							  "a"
							  "r"
							  "n"
							  ":"
							  "a"
							  "w"
							  "s"
							  ":"
							  "i"
							  "a"
							  "m"
							  ":"
							  ":"
							  "1"
							  "1"
							  "1"
							  "1"
							  "1"
							  "1"
							  "1"
							  "1"
							  "1"
							  "1"
							  "1"
							  "1"
							  ":"
							  "u"
							  "s"
							  "e"
							  "r"
							  "/"
							  "o"
							  "l"
							  "d") " > " TRUST("arn:aws:iam::"
									   "111111111111:user/"
									   "new") "}\n"
										  "DetachRolePolicy"
										  " "
										  "{\"PolicyArn\":"
										  "\"arn:"
										  "aws:iam::aws:"
										  "policy/"
										  "X\","
										  "\"RoleName\":"
										  "\"r\"}"
										  " loss "
										  "(iam_role/main/"
										  "r) "
										  "{iam_role/main/"
										  "r "
										  "managed_policies"
										  " arn:aws:iam::"
										  "aws:"
										  "policy/X: "
										  "arn:aws:iam::"
										  "aws:policy/"
										  "X > -}\n"
										  "DeleteRolePermis"
										  "sionsBou"
										  "ndary "
										  "{\"RoleName\":"
										  "\"r\"}"
										  " {iam_role/main/"
										  "r "
										  "permissions_"
										  "boundary: "
										  "arn:aws:iam::"
										  "aws:policy/"
										  "B > -}\n"
										  "UntagRole "
										  "{\"RoleName\":"
										  "\"r\","
										  "\"TagKeys\":["
										  "\"t\"]}"
										  " {iam_role/main/"
										  "r tags "
										  "t: t > -}\n");
}

/* Out of its instance profiles first. A policy that goes is taken off roles that stay, but for
 * AWS's own. */
static void test_role_deletion(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	main_account(b);
	LIVE(KIND_IAM_POLICY, "iam_policy/main/p", "arn:p", IAMPOLICY_NAME, "p", IAMPOLICY_ACCOUNT,
	     M);
	LIVE(KIND_IAM_ROLE, "iam_role/main/r", "arn:r", ROLE_NAME, "r", ROLE_ACCOUNT, M,
	     ROLE_MANAGED, "iam_policy/main/p", ROLE_INLINE, "i={}", ROLE_BOUNDARY,
	     "iam_policy/main/p", ROLE_PROFILES, "web");
	LIVE(KIND_IAM_ROLE, "iam_role/main/s", "arn:s", ROLE_NAME, "s", ROLE_ACCOUNT, M,
	     ROLE_MANAGED, "iam_policy/main/p");
	LIVE(KIND_IAM_ROLE, "iam_role/main/reserved", "arn:reserved", ROLE_NAME, "reserved",
	     ROLE_ACCOUNT, M, ROLE_MANAGED, "iam_policy/main/p")
	    ->flags |= RES_FOREIGN;
	CHANGE(ACTION_DELETE, "iam_policy/main/p");
	CHANGE(ACTION_DELETE, "iam_role/main/r");
	bench_expect(
	    b, "DetachRolePolicy {\"PolicyArn\":\"arn:p\",\"RoleName\":\"s\"}"
	       " frees iam_policy/main/p frees iam_role/main/s loss (iam_role/main/s)"
	       " {iam_role/main/s managed_policies iam_policy/main/p: iam_policy/main/p > -}\n"
	       "DeletePolicy {\"PolicyArn\":\"arn:p\"} ends iam_policy/main/p\n"
	       "RemoveRoleFromInstanceProfile {\"InstanceProfileName\":\"web\",\"RoleName\":\"r\"}"
	       " frees iam_role/main/r loss (iam_role/main/r)"
	       " {iam_role/main/r instance_profiles web: web > -}\n"
	       "DetachRolePolicy {\"PolicyArn\":\"arn:p\",\"RoleName\":\"r\"}"
	       " frees iam_policy/main/p frees iam_role/main/r loss (iam_role/main/r)"
	       " {iam_role/main/r managed_policies iam_policy/main/p: iam_policy/main/p > -}\n"
	       "DeleteRolePolicy {\"PolicyName\":\"i\",\"RoleName\":\"r\"} frees iam_role/main/r"
	       " loss (iam_role/main/r) {iam_role/main/r inline_policies i: {} > -}\n"
	       "DeleteRole {\"RoleName\":\"r\"} ends iam_role/main/r frees iam_policy/main/p\n");
}

#define MFA        "arn:aws:iam::111111111111:mfa/u"
#define FREES      " frees iam_user/main/u loss (iam_user/main/u)"
#define GOES(what) FREES " {iam_user/main/u credentials " what ": " what " > -}\n"

/* Keys that work are made inactive before anything goes; a virtual device is ended as well. */
static void test_user_owned(void **state)
{
	struct bench *b = bench_new();
	struct resource *user;

	(void)state;
	main_account(b);
	user = LIVE(KIND_IAM_USER, "iam_user/main/u", "arn:u", USER_NAME, "u", USER_ACCOUNT, M,
		    USER_INLINE, "i={}", USER_CREDENTIALS,
		    "access_key/AKIA1,access_key/AKIA2,login_profile,mfa_device/" MFA
		    ",mfa_device/GAHT12345678,service_credential/ACCA1,signing_certificate/C1,"
		    "ssh_key/APKA1");
	user->aux = text_str(b->arena, "{\"keys\":{\"AKIA1\":\"Inactive\",\"AKIA2\":\"Active\"}}");
	CHANGE(ACTION_DELETE, "iam_user/main/u");
	bench_expect(
	    b, "UpdateAccessKey {\"AccessKeyId\":\"AKIA2\",\"Status\":\"Inactive\","
	       "\"UserName\":\"u\"}" FREES "\n"
	       "DeleteLoginProfile {\"UserName\":\"u\"}" GOES("login_profile") //
	    "DeleteAccessKey {\"AccessKeyId\":\"AKIA1\",\"UserName\":\"u\"}" GOES(
		"access_key/AKIA1") //
	    "DeleteAccessKey {\"AccessKeyId\":\"AKIA2\",\"UserName\":\"u\"}" GOES(
		"access_key/AKIA2") //
	    "DeactivateMFADevice {\"SerialNumber\":\"GAHT12345678\",\"UserName\":\"u\"}" GOES(
		"mfa_device/GAHT12345678") //
	    "DeactivateMFADevice {\"SerialNumber\":\"" MFA
	    "\",\"UserName\":\"u\"}" GOES("mfa_device/" MFA) //
	    "DeleteVirtualMFADevice {\"SerialNumber\":\"" MFA "\"}" FREES "\n"
	    "DeleteSigningCertificate {\"CertificateId\":\"C1\",\"UserName\":\"u\"}" GOES(
		"signing_certificate/C1") //
	    "DeleteSSHPublicKey {\"SSHPublicKeyId\":\"APKA1\",\"UserName\":\"u\"}" GOES(
		"ssh_key/APKA1") //
	    "DeleteServiceSpecificCredential {\"ServiceSpecificCredentialId\":\"ACCA1\","
	    "\"UserName\":\"u\"}" GOES("service_credential/ACCA1") //
	    "DeleteUserPolicy {\"PolicyName\":\"i\",\"UserName\":\"u\"}" FREES
	    " {iam_user/main/u inline_policies i: {} > -}\n"
	    "DeleteUser {\"UserName\":\"u\"} ends iam_user/main/u\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_iam_creation),  cmocka_unit_test(test_iam_update),
	    cmocka_unit_test(test_iam_deletion),  cmocka_unit_test(test_iam_versions),
	    cmocka_unit_test(test_role_creation), cmocka_unit_test(test_role_accounts),
	    cmocka_unit_test(test_role_update),   cmocka_unit_test(test_role_deletion),
	    cmocka_unit_test(test_user_owned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
