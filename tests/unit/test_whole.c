/* Where AWS replaces a whole object, what is left out of a call is reset: of each such operation
 * one attribute is changed, and the others must go along as they were read. */
#include "tests/unit/call_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define M "account/main"

static void role_description(struct bench *b)
{
	LIVE(KIND_IAM_ROLE, "iam_role/main/r", "arn:r", ROLE_NAME, "r", ROLE_ACCOUNT, M,
	     ROLE_DESCRIPTION, "old", ROLE_DURATION, "7200");
	HEAD(KIND_IAM_ROLE, "iam_role/main/r", NULL, ROLE_NAME, "r", ROLE_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, "iam_role/main/r", ROLE_DESCRIPTION, NULL, "old", "");
	bench_expect(b, "UpdateRole {\"Description\":\"\",\"MaxSessionDuration\":7200,"
			"\"RoleName\":\"r\"} {iam_role/main/r description: old > }"
			" {iam_role/main/r max_session_duration: 7200 > 7200}\n");
}

static void thumbprint(struct bench *b)
{
	LIVE(KIND_IAM_OIDC_PROVIDER, "iam_oidc_provider/main/o", "arn:o", OIDC_NAME, "o",
	     OIDC_ACCOUNT, M, OIDC_THUMBPRINTS, "aa,bb");
	HEAD(KIND_IAM_OIDC_PROVIDER, "iam_oidc_provider/main/o", NULL, OIDC_NAME, "o", OIDC_ACCOUNT,
	     M);
	CHANGE(ACTION_UPDATE, "iam_oidc_provider/main/o", ADD(OIDC_THUMBPRINTS, "cc"));
	bench_expect(b, "UpdateOpenIDConnectProviderThumbprint {\"OpenIDConnectProviderArn\":"
			"\"arn:o\",\"ThumbprintList\":[\"aa\",\"bb\",\"cc\"]}"
			" {iam_oidc_provider/main/o thumbprints cc: - > cc}\n");
}

#define KEY(fact) " {iam_account/main/settings password_policy " fact "}"

/* Each of the others is looked at too: a change to it meanwhile would be written over. */
static void password_key(struct bench *b)
{
	LIVE(KIND_IAM_ACCOUNT, "iam_account/main/settings", "111111111111", IAMACCOUNT_NAME,
	     "settings", IAMACCOUNT_ACCOUNT, M, IAMACCOUNT_PASSWORD,
	     "minimum_length=14,require_symbols=true,max_age_days=90");
	HEAD(KIND_IAM_ACCOUNT, "iam_account/main/settings", NULL, IAMACCOUNT_NAME, "settings",
	     IAMACCOUNT_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, "iam_account/main/settings", IAMACCOUNT_PASSWORD, "minimum_length",
	       "14", "16");
	bench_expect(b, "UpdateAccountPasswordPolicy {\"MaxPasswordAge\":90,"
			"\"MinimumPasswordLength\":16,\"RequireSymbols\":true}" KEY(
			    "minimum_length: 14 > 16") KEY("require_symbols: true > true")
			    KEY("require_numbers: - > -") KEY("require_uppercase: - > -")
				KEY("require_lowercase: - > -") KEY("allow_users_to_change: - > -")
				    KEY("max_age_days: 90 > 90") KEY("reuse_prevention: - > -")
					KEY("hard_expiry: - > -") "\n");
}

static void set_description(struct bench *b)
{
	b->sides.live->world.instance_arn = text_str(b->arena, "I");
	b->sides.live->world.identity_store = text_str(b->arena, "d-1");
	LIVE(KIND_PERMISSION_SET, "permission_set/A", "arn:a", PSET_NAME, "A", PSET_DESCRIPTION,
	     "old", PSET_DURATION, "3600", PSET_RELAY, "https://x");
	HEAD(KIND_PERMISSION_SET, "permission_set/A", NULL, PSET_NAME, "A");
	CHANGE(ACTION_UPDATE, "permission_set/A", PSET_DESCRIPTION, NULL, "old", "new");
	bench_expect(b, "UpdatePermissionSet {\"Description\":\"new\",\"InstanceArn\":\"I\","
			"\"PermissionSetArn\":\"arn:a\",\"RelayState\":\"https://x\","
			"\"SessionDuration\":\"PT1H\"} {permission_set/A description: old > new}"
			" {permission_set/A session_duration: 3600 > 3600}"
			" {permission_set/A relay_state: https://x > https://x}\n");
}

static const struct {
	enum op_id op;
	void (*change)(struct bench *);
} whole[] = {
    {OP_IAM_UpdateRole, role_description},
    {OP_IAM_UpdateOpenIDConnectProviderThumbprint, thumbprint},
    {OP_IAM_UpdateAccountPasswordPolicy, password_key},
    {OP_SSO_ADMIN_UpdatePermissionSet, set_description},
};
#define WHOLE (sizeof(whole) / sizeof(whole[0]))

/* An operation that is marked and has no test here is an omission. */
static void test_all_are_here(void **state)
{
	(void)state;
	for (size_t i = 0; i < OP_COUNT; i++) {
		size_t k = 0;

		while (k < WHOLE && &ops[whole[k].op] != &ops[i])
			k++;
		if (ops[i].whole != (k < WHOLE))
			fail_msg("%s", ops[i].name);
	}
}

static void test_rest_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < WHOLE; i++) {
		struct bench *b = bench_new();

		LIVE(KIND_ACCOUNT, M, "111111111111", ACCOUNT_UNIT, "root");
		whole[i].change(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_are_here),
	    cmocka_unit_test(test_rest_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
