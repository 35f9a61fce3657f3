/* Policy documents and requests: what the one says of the other. Each row was checked against
 * IAM's description of its language. */
#include "state/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define VERSION "\"Version\":\"2012-10-17\","
#define ALICE   "arn:aws:iam::111111111111:user/alice"
#define CI      "arn:aws:sts::111111111111:assumed-role/ci/run-7"
#define ROLE    "arn:aws:iam::222222222222:role/Access"

static struct policy *parse(struct arena *arena, const char *statements)
{
	return policy_parse(text_printf(arena, "{" VERSION "\"Statement\":[%s]}", statements));
}

#define ALLOW(rest)             "{\"Effect\":\"Allow\"," rest "}"
#define DENY(rest)              "{\"Effect\":\"Deny\"," rest "}"
#define ON_ALL(action)          "\"Action\":\"" action "\",\"Resource\":\"*\""
#define WHEN(op, key, values)   ",\"Condition\":{\"" op "\":{\"" key "\":" values "}}"
#define DENY_WHEN(op, key, val) DENY(ON_ALL("*") WHEN(op, key, val))

static const struct context_key context[] = {
    {"aws:PrincipalArn", ALICE},
    {"aws:PrincipalAccount", "111111111111"},
    {"aws:username", "alice"},
    {"aws:SourceIp", "192.0.2.17"},
    {"aws:CurrentTime", "2026-11-22T10:00:00Z"},
    {"aws:MultiFactorAuthAge", "300"},
    {"aws:SecureTransport", "true"},
    {"aws:TagKeys", "team"},
    {"aws:TagKeys", "cost"},
    {"sts:ExternalId", NULL},
};

struct row {
	const char *statements, *action, *resource;
	enum judgement want;
};

/* clang-format off */
static const struct row rows[] = {
    /* Actions. */
    {ALLOW(ON_ALL("sts:AssumeRole")), "sts:AssumeRole", ROLE, JUDGE_ALLOWS},
    {ALLOW(ON_ALL("STS:assume*")), "sts:AssumeRole", ROLE, JUDGE_ALLOWS},
    {ALLOW(ON_ALL("sts:Assume")), "sts:AssumeRole", ROLE, JUDGE_SILENT},
    {ALLOW(ON_ALL("sts:AssumeRol?")), "sts:AssumeRole", ROLE, JUDGE_ALLOWS},
    {ALLOW(ON_ALL("sts:?ssume*Role")), "sts:AssumeRole", ROLE, JUDGE_ALLOWS},
    {ALLOW("\"Action\":[\"iam:*\",\"s3:*\"],\"Resource\":\"*\""), "iam:GetRole", ROLE, JUDGE_ALLOWS},
    {ALLOW("\"Action\":[],\"Resource\":\"*\""), "iam:GetRole", ROLE, JUDGE_SILENT},
    {ALLOW("\"NotAction\":[\"iam:*\",\"s3:*\"],\"Resource\":\"*\""), "iam:GetRole", ROLE, JUDGE_SILENT},
    {ALLOW("\"NotAction\":\"s3:*\",\"Resource\":\"*\""), "iam:GetRole", ROLE, JUDGE_ALLOWS},
    /* Resources. */
    {ALLOW("\"Action\":\"*\",\"Resource\":\"arn:aws:iam::*:role/Acc*\""), "iam:GetRole", ROLE, JUDGE_ALLOWS},
    {ALLOW("\"Action\":\"*\",\"Resource\":\"arn:aws:iam::*:role/acc*\""), "iam:GetRole", ROLE, JUDGE_SILENT},
    {ALLOW("\"Action\":\"*\",\"Resource\":\"arn:aws:iam::*:role/Acc*\""), "iam:GetRole", NULL, JUDGE_MAY_ALLOW},
    {ALLOW("\"Action\":\"*\",\"NotResource\":\"arn:aws:iam::*:role/Access\""), "iam:GetRole", ROLE, JUDGE_SILENT},
    {ALLOW("\"Action\":\"*\",\"NotResource\":\"arn:aws:iam::*:role/Other\""), "iam:GetRole", ROLE, JUDGE_ALLOWS},
    {DENY("\"Action\":\"*\",\"Resource\":\"arn:aws:iam::*:user/${aws:username}\""), "iam:GetUser", ALICE, JUDGE_DENIES},
    {DENY("\"Action\":\"*\",\"Resource\":\"arn:aws:iam::*:user/${aws:PrincipalTag/x}\""), "iam:GetUser", ALICE, JUDGE_MAY_DENY},
    {DENY("\"Action\":\"*\",\"Resource\":\"arn:aws:iam::*:role/${aws:PrincipalTag/x}\""), "iam:GetUser", ALICE, JUDGE_SILENT},
    {DENY("\"Action\":\"*\",\"Resource\":\"arn:aws:iam::111111111111:user/alice${*}\""), "iam:GetUser", ALICE, JUDGE_SILENT},
    {DENY("\"Action\":\"*\",\"Resource\":\"${account/x.id}\""), "iam:GetUser", "${account/x.id}", JUDGE_DENIES},
    /* Denials overrule, unknown ones may. */
    {ALLOW(ON_ALL("*")) "," DENY(ON_ALL("iam:*")), "iam:GetRole", ROLE, JUDGE_DENIES},
    {ALLOW(ON_ALL("*")) "," DENY(ON_ALL("iam:*")), "sts:AssumeRole", ROLE, JUDGE_ALLOWS},
    {ALLOW(ON_ALL("*")) "," DENY_WHEN("Bool", "aws:ViaAWSService", "\"true\""), "iam:GetRole", ROLE, JUDGE_MAY_DENY},
    {ALLOW(ON_ALL("*") WHEN("Bool", "aws:ViaAWSService", "\"true\"")), "iam:GetRole", ROLE, JUDGE_MAY_ALLOW},
    /* Operators: true, false. */
    {DENY_WHEN("StringEquals", "AWS:principalaccount", "\"111111111111\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("StringEquals", "aws:PrincipalAccount", "[\"2\",\"1*\"]"), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("StringLike", "aws:PrincipalAccount", "[\"2\",\"1*\"]"), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("StringNotEquals", "aws:PrincipalAccount", "[\"2\",\"3\"]"), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("StringNotEquals", "aws:PrincipalAccount", "[\"2\",\"111111111111\"]"), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("StringNotLike", "aws:PrincipalAccount", "\"1*\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("StringEqualsIgnoreCase", "aws:username", "\"ALICE\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("StringNotEqualsIgnoreCase", "aws:username", "\"ALICE\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("StringEquals", "aws:username", "\"${aws:username}\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("StringNotEquals", "aws:username", "\"${aws:PrincipalTag/x}\""), "a:b", ROLE, JUDGE_MAY_DENY},
    {DENY_WHEN("ArnLike", "aws:PrincipalArn", "\"arn:aws:iam::*:user/*\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("ArnEquals", "aws:PrincipalArn", "\"arn:aws:iam::*:user/*\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("ArnLike", "aws:PrincipalArn", "\"arn:*:user/*\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("ArnNotLike", "aws:PrincipalArn", "\"arn:aws:iam::*:user/*\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("ArnNotEquals", "aws:PrincipalArn", "\"arn:aws:iam::*:role/*\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("Bool", "aws:SecureTransport", "\"false\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("Bool", "aws:SecureTransport", "\"TRUE\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("IpAddress", "aws:SourceIp", "\"192.0.2.0/27\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("IpAddress", "aws:SourceIp", "\"192.0.2.0/28\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("NotIpAddress", "aws:SourceIp", "[\"10.0.0.0/8\",\"2001:db8::/32\"]"), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("NotIpAddress", "aws:SourceIp", "[\"10.0.0.0/8\",\"192.0.2.17\"]"), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("NumericGreaterThan", "aws:MultiFactorAuthAge", "\"299\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("NumericGreaterThan", "aws:MultiFactorAuthAge", "\"300\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("NumericLessThanEquals", "aws:MultiFactorAuthAge", "\"300\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("NumericNotEquals", "aws:MultiFactorAuthAge", "\"300.0\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("DateGreaterThan", "aws:CurrentTime", "\"2026-11-22T09:59:59Z\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("DateLessThan", "aws:CurrentTime", "\"2026-11-22T09:59:59Z\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("DateGreaterThanEquals", "aws:CurrentTime", "\"1\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("Null", "aws:username", "\"false\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("Null", "aws:username", "\"true\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("Null", "sts:ExternalId", "\"true\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("Null", "aws:userid", "\"true\""), "a:b", ROLE, JUDGE_MAY_DENY},
    /* What is known to be absent, and what is not known. */
    {DENY_WHEN("StringEquals", "sts:ExternalId", "\"x\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("StringNotEquals", "sts:ExternalId", "\"x\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("StringEqualsIfExists", "sts:ExternalId", "\"x\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("StringEqualsIfExists", "aws:username", "\"x\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("ForAllValues:StringEquals", "sts:ExternalId", "\"x\""), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("ForAnyValue:StringNotEquals", "sts:ExternalId", "\"x\""), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("StringEquals", "aws:userid", "\"x\""), "a:b", ROLE, JUDGE_MAY_DENY},
    {DENY_WHEN("StringSounds", "aws:username", "\"x\""), "a:b", ROLE, JUDGE_MAY_DENY},
    /* Keys of several values. */
    {DENY_WHEN("ForAnyValue:StringEquals", "aws:TagKeys", "[\"cost\",\"x\"]"), "a:b", ROLE, JUDGE_DENIES},
    {DENY_WHEN("ForAllValues:StringEquals", "aws:TagKeys", "[\"cost\",\"x\"]"), "a:b", ROLE, JUDGE_SILENT},
    {DENY_WHEN("ForAllValues:StringEquals", "aws:TagKeys", "[\"cost\",\"team\"]"), "a:b", ROLE, JUDGE_DENIES},
    /* All conditions together: one that fails for sure outweighs one that may hold. */
    {DENY(ON_ALL("*") ",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"},\"StringEquals\":{\"aws:userid\":\"x\"}}"), "a:b", ROLE, JUDGE_SILENT},
    {DENY(ON_ALL("*") ",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"true\"},\"StringEquals\":{\"aws:userid\":\"x\"}}"), "a:b", ROLE, JUDGE_MAY_DENY},
};
/* clang-format on */

static void test_requests(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct policy *policy = parse(arena, rows[i].statements);
		struct judge_request request = {.action = rows[i].action,
						.resource = rows[i].resource,
						.key = context,
						.keys = sizeof context / sizeof *context};
		enum judgement got = policy_judge(policy, &request);

		if (got != rows[i].want)
			fail_msg("row %zu: %s: %d, not %d", i, rows[i].statements, got,
				 rows[i].want);
		policy_free(policy);
	}
	arena_free(arena);
}

static void test_no_documents(void **state)
{
	struct judge_request request = {.action = "a:b"};
	struct arena *arena = arena_new();
	struct policy *old;

	(void)state;
	assert_null(policy_parse(NULL));
	assert_null(policy_parse(text_str(arena, "{")));
	assert_null(policy_parse(text_str(arena, "{\"Statement\":{}}")));
	assert_int_equal(policy_judge(NULL, &request), JUDGE_SILENT);
	assert_false(policy_is_administrator(NULL));
	policy_free(NULL);
	/* Before 2012 there were no variables. */
	old = policy_parse(text_str(
	    arena, "{\"Statement\":[" DENY("\"Action\":\"*\",\"Resource\":\"${aws:x}\"") "]}"));
	request.resource = "anything";
	assert_int_equal(policy_judge(old, &request), JUDGE_SILENT);
	request.resource = "${aws:x}";
	assert_int_equal(policy_judge(old, &request), JUDGE_DENIES);
	policy_free(old);
	arena_free(arena);
}

#define TRUST(principal) ALLOW("\"Action\":\"sts:AssumeRole\",\"Principal\":" principal)

static void test_principals(void **state)
{
	static const struct {
		const char *principal, *who;
		enum judgement want;
	} table[] = {
	    {"\"*\"", ALICE, JUDGE_ALLOWS},
	    {"{\"AWS\":\"*\"}", CI, JUDGE_ALLOWS},
	    {"{\"AWS\":\"" ALICE "\"}", ALICE, JUDGE_ALLOWS},
	    {"{\"AWS\":\"" ALICE "\"}", CI, JUDGE_SILENT},
	    {"{\"AWS\":[\"x\",\"arn:aws:iam::111111111111:root\"]}", CI, JUDGE_ALLOWS},
	    {"{\"AWS\":\"111111111111\"}", ALICE, JUDGE_ALLOWS},
	    {"{\"AWS\":\"arn:aws:iam::222222222222:root\"}", ALICE, JUDGE_SILENT},
	    {"{\"AWS\":\"arn:aws:iam::111111111111:role/some/path/ci\"}", CI, JUDGE_ALLOWS},
	    {"{\"AWS\":\"arn:aws:iam::111111111111:role/cia\"}", CI, JUDGE_SILENT},
	    {"{\"AWS\":\"arn:aws:iam::222222222222:role/ci\"}", CI, JUDGE_SILENT},
	    {"{\"AWS\":\"AIDAEXAMPLE\"}", ALICE, JUDGE_SILENT},
	    {"{\"Service\":\"ec2.amazonaws.com\"}", ALICE, JUDGE_SILENT},
	    {"{\"AWS\":\"arn:aws:iam::${account/new.id}:root\"}",
	     "arn:aws:iam::${account/new.id}:role/x", JUDGE_ALLOWS},
	    {"{\"AWS\":\"x\"}", NULL, JUDGE_ALLOWS},
	};
	struct arena *arena = arena_new();
	struct judge_request request = {.action = "sts:AssumeRole", .principal = ALICE};
	struct policy *policy;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		auto_free char *statement =
		    xasprintf("{\"Effect\":\"Allow\",\"Action\":\"sts:*\",\"Principal\":%s}",
			      table[i].principal);

		request.principal = table[i].who;
		policy = parse(arena, statement);
		if (policy_judge(policy, &request) != table[i].want)
			fail_msg("%s: %s", table[i].principal, table[i].who);
		policy_free(policy);
	}
	policy = parse(arena, DENY("\"Action\":\"*\",\"NotPrincipal\":{\"AWS\":\"" ALICE "\"}"));
	request.principal = ALICE;
	assert_int_equal(policy_judge(policy, &request), JUDGE_SILENT);
	request.principal = CI;
	assert_int_equal(policy_judge(policy, &request), JUDGE_DENIES);
	policy_free(policy);
	arena_free(arena);
}

static void test_administrators(void **state)
{
	static const struct {
		const char *statements;
		bool administrator;
	} table[] = {
	    {ALLOW(ON_ALL("*")), true},
	    {ALLOW(ON_ALL("*:*")), true},
	    {ALLOW(ON_ALL("iam:*")), false},
	    {ALLOW("\"Action\":\"*\",\"Resource\":\"arn:aws:iam::*:*\""), false},
	    {ALLOW(ON_ALL("*") WHEN("Bool", "aws:x", "\"true\"")), false},
	    {ALLOW("\"NotAction\":\"aws-portal:*\",\"Resource\":\"*\""), true},
	    {ALLOW("\"NotAction\":[\"aws-portal:*\",\"iam:DeleteRole\"],\"Resource\":\"*\""),
	     false},
	    {ALLOW("\"NotAction\":[\"I*:*\"],\"Resource\":\"*\""), false},
	    {ALLOW("\"NotAction\":[\"organizations:LeaveOrganization\"],\"Resource\":\"*\""),
	     false},
	    {ALLOW(ON_ALL("*")) "," DENY(ON_ALL("s3:*")), true},
	    {ALLOW(ON_ALL("*")) "," DENY(ON_ALL("iam:Put*")), false},
	    {DENY("\"NotAction\":\"s3:*\",\"Resource\":\"*\"") "," ALLOW(ON_ALL("*")), false},
	    {ALLOW(ON_ALL("*")) "," DENY(
		 "\"Action\":\"iam:*\",\"Resource\":\"arn:aws:iam::*:role/x\""),
	     true},
	    {ALLOW(ON_ALL("*")) "," DENY_WHEN("Bool", "aws:MultiFactorAuthPresent", "\"false\""),
	     true},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct policy *policy = parse(arena, table[i].statements);

		if (policy_is_administrator(policy) != table[i].administrator)
			fail_msg("%s", table[i].statements);
		policy_free(policy);
	}
	arena_free(arena);
}

static void trusted_print(void *ctx, const struct trusted *t)
{
	static const char *const what[] = {"everyone", "aws", "federated", "service"};

	buf_printf(ctx, "%s %s%s%s\n", what[t->what], t->principal,
		   t->conditional ? " conditional" : "", t->denied ? " denied" : "");
}

/* clang-format off */
static const char trusting[] =
    TRUST("{\"AWS\":[\"111111111111\",\"" ALICE "\"],\"Service\":\"ec2.amazonaws.com\"}") ","
    TRUST("\"*\"" WHEN("Bool", "x:y", "\"true\"")) ","
    ALLOW("\"Action\":\"sts:AssumeRoleWithSAML\",\"Principal\":{\"Federated\":\"f\"}") ","
    ALLOW("\"Action\":\"sts:TagSession\",\"Principal\":{\"AWS\":\"tagger\"}") ","
    DENY("\"Action\":\"sts:*\",\"Principal\":{\"AWS\":\"" ALICE "\"}") ","
    DENY("\"Action\":\"sts:*\",\"Principal\":\"*\"" WHEN("Bool", "x:y", "\"true\""));
/* clang-format on */

static void test_trusted(void **state)
{
	struct arena *arena = arena_new();
	auto_buf out = BUF_INIT(4096);
	struct policy *policy = parse(arena, trusting);

	(void)state;
	policy_trusted(policy, trusted_print, &out);
	assert_string_equal(buf_str(&out), "aws arn:aws:iam::111111111111:root\n"
					   "aws " ALICE " denied\n"
					   "service ec2.amazonaws.com\n"
					   "everyone * conditional\n"
					   "federated f\n");
	policy_free(policy);
	arena_free(arena);
}

#define GITHUB "token.actions.githubusercontent.com"
#define OIDC(rest)                                                                                 \
	ALLOW("\"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":"         \
	      "\"arn:aws:iam::111111111111:oidc-provider/" GITHUB "\"}" rest)

static void test_trust_findings(void **state)
{
	static const struct {
		const char *statements, *findings;
	} table[] = {
	    {TRUST("\"*\""), "trusts-everyone "},
	    {TRUST("{\"AWS\":[\"x\",\"*\"]}"), "trusts-everyone "},
	    {TRUST("{\"AWS\":\"arn:aws:iam::111111111111:root\"}"), ""},
	    {TRUST("\"*\"" WHEN("StringEquals", "aws:PrincipalOrgID", "\"o-a\"")), ""},
	    {TRUST("\"*\"" WHEN("StringLike", "aws:PrincipalOrgID", "\"o-*\"")),
	     "trusts-everyone "},
	    {TRUST("\"*\"" WHEN("StringEqualsIfExists", "aws:PrincipalOrgID", "\"o-a\"")),
	     "trusts-everyone "},
	    {TRUST("\"*\"" WHEN("StringNotEquals", "aws:PrincipalOrgID", "\"o-a\"")),
	     "trusts-everyone "},
	    {TRUST("\"*\"" WHEN("Bool", "aws:MultiFactorAuthPresent", "\"true\"")),
	     "trusts-everyone "},
	    {TRUST("\"*\"" WHEN("ArnLike", "aws:PrincipalArn",
				"\"arn:aws:iam::111111111111:role/*\"")),
	     ""},
	    {TRUST("\"*\"" WHEN("ArnLike", "aws:PrincipalArn", "\"arn:aws:iam::*:role/ci\"")),
	     "trusts-everyone "},
	    {TRUST(
		 "\"*\"" WHEN("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "\"o-a/r-1/*\"")),
	     ""},
	    {DENY("\"Action\":\"sts:AssumeRole\",\"Principal\":\"*\""), ""},
	    {OIDC(""), "oidc-without-sub "},
	    {OIDC(WHEN("StringEquals", GITHUB ":aud", "\"sts.amazonaws.com\"")),
	     "oidc-without-sub "},
	    {OIDC(WHEN("StringLike", GITHUB ":sub", "\"repo:org/*\"")), ""},
	    {OIDC(WHEN("StringLike", GITHUB ":sub", "\"repo:*\"")), "oidc-without-sub "},
	    {OIDC(WHEN("StringLike", GITHUB ":sub", "[\"repo:org/a:*\",\"*\"]")),
	     "oidc-without-sub "},
	    {OIDC(WHEN("StringLike", GITHUB ":sub", "\"*:ref:refs/heads/main\"")),
	     "oidc-without-sub "},
	    {OIDC(WHEN("StringLike", GITHUB ":sub", "\"repo:*/*:ref:refs/heads/main\"")),
	     "oidc-without-sub "},
	    {OIDC(WHEN("StringLike", GITHUB ":sub", "\"repo:o*/a:*\"")), "oidc-without-sub "},
	    {OIDC(WHEN("StringEquals", GITHUB ":sub", "\"${" GITHUB ":sub}\"")),
	     "oidc-without-sub "},
	    {OIDC(WHEN("StringLike", GITHUB ":sub", "\"system:serviceaccount:*\"")), ""},
	    {OIDC(WHEN("StringLike", "gitlab.com:sub", "\"project:a\"")), "oidc-without-sub "},
	    {OIDC(WHEN("ForAllValues:StringEquals", GITHUB ":sub", "\"repo:org/a\"")),
	     "for-all-values "},
	    {OIDC(",\"Condition\":{\"ForAllValues:StringEquals\":{\"" GITHUB
		  ":sub\":\"repo:org/a\"},\"Null\":{\"" GITHUB ":sub\":\"false\"}}"),
	     ""},
	    {TRUST("{\"AWS\":\"arn:aws:iam::111111111111:root\"}" WHEN("ForAllValues:StringEquals",
								       "aws:TagKeys", "\"team\"")),
	     "for-all-values "},
	    {TRUST("{\"AWS\":\"*\"}") "," OIDC(""), "trusts-everyone oidc-without-sub "},
	    {ALLOW("\"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":"
		   "\"cognito-identity.amazonaws.com\"}" WHEN(
		       "StringEquals", "cognito-identity.amazonaws.com:aud", "\"pool\"")),
	     ""},
	    {ALLOW("\"Action\":\"sts:AssumeRoleWithSAML\",\"Principal\":{\"Federated\":"
		   "\"arn:aws:iam::111111111111:saml-provider/x\"}"),
	     ""},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct policy *policy = parse(arena, table[i].statements);
		struct trust_finding found[TRUST_FINDINGS];
		size_t n = policy_trust_findings(policy, found);
		auto_buf out = BUF_INIT(4096);

		for (size_t k = 0; k < n; k++)
			buf_printf(&out, "%s ", found[k].name);
		if (strcmp(buf_str(&out), table[i].findings) != 0)
			fail_msg("%s: %s", table[i].statements, buf_str(&out));
		policy_free(policy);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),   cmocka_unit_test(test_no_documents),
	    cmocka_unit_test(test_principals), cmocka_unit_test(test_administrators),
	    cmocka_unit_test(test_trusted),    cmocka_unit_test(test_trust_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
