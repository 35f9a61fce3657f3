/* OIDC providers, alias, password policy, console logins: to calls, and out of replies. */
#include "tests/unit/call_bench.h"
#include "tests/unit/canned_aws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define M    "account/main"
#define OIDC "iam_oidc_provider/main/ci.example.com"
#define ARN  "arn:aws:iam::111111111111:oidc-provider/ci.example.com"
#define SET  "iam_account/main/settings"

static struct bench *main_bench(void)
{
	struct bench *b = bench_new();

	LIVE(KIND_ACCOUNT, M, "111111111111", ACCOUNT_UNIT, "root");
	return b;
}

/* In an account that this plan makes: its token is whose credentials, and it is used. */
static void test_oidc_creation(void **state)
{
	struct bench *b = main_bench();

	(void)state;
	HEAD(KIND_ACCOUNT, "account/new", NULL, ACCOUNT_NAME, "new", ACCOUNT_UNIT, "root");
	HEAD(KIND_IAM_OIDC_PROVIDER, OIDC, NULL, OIDC_NAME, "ci.example.com", OIDC_ACCOUNT, M,
	     OIDC_CLIENTS, "sts,web", OIDC_TAGS, "k=v");
	HEAD(KIND_IAM_OIDC_PROVIDER, "iam_oidc_provider/new/ci.example.com", NULL, OIDC_NAME,
	     "ci.example.com", OIDC_ACCOUNT, "account/new");
	CHANGE(ACTION_CREATE, OIDC);
	CHANGE(ACTION_CREATE, "iam_oidc_provider/new/ci.example.com");
	bench_expect(b, "CreateOpenIDConnectProvider {\"ClientIDList\":[\"sts\",\"web\"],"
			"\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],"
			"\"Url\":\"https://ci.example.com\"} makes " OIDC "\n"
			"CreateOpenIDConnectProvider {\"Url\":\"https://ci.example.com\"} in "
			"${account/new.id} makes iam_oidc_provider/new/ci.example.com"
			" uses account/new\n");
}

/* Gains first, thumbprints as a whole, losses last. */
static void test_oidc_update(void **state)
{
	struct bench *b = main_bench();

	(void)state;
	LIVE(KIND_IAM_OIDC_PROVIDER, OIDC, ARN, OIDC_NAME, "ci.example.com", OIDC_ACCOUNT, M,
	     OIDC_CLIENTS, "old", OIDC_THUMBPRINTS, "aa,bb", OIDC_TAGS, "k=v");
	HEAD(KIND_IAM_OIDC_PROVIDER, OIDC, NULL, OIDC_NAME, "ci.example.com", OIDC_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, OIDC, REMOVE(OIDC_CLIENTS, "old"), ADD(OIDC_CLIENTS, "sts"),
	       REMOVE(OIDC_THUMBPRINTS, "aa"), ADD(OIDC_THUMBPRINTS, "cc"), (int)OIDC_TAGS, "k",
	       "v", "w");
	bench_expect(b, "AddClientIDToOpenIDConnectProvider {\"ClientID\":\"sts\","
			"\"OpenIDConnectProviderArn\":\"" ARN "\"} gain (" OIDC ")"
			" {" OIDC " client_ids sts: - > sts}\n"
			"UpdateOpenIDConnectProviderThumbprint {\"OpenIDConnectProviderArn\":\"" ARN
			"\","
			"\"ThumbprintList\":[\"bb\",\"cc\"]} {" OIDC " thumbprints aa: aa > -}"
			" {" OIDC " thumbprints cc: - > cc}\n"
			"RemoveClientIDFromOpenIDConnectProvider {\"ClientID\":\"old\","
			"\"OpenIDConnectProviderArn\":\"" ARN "\"} loss (" OIDC ")"
			" {" OIDC " client_ids old: old > -}\n"
			"TagOpenIDConnectProvider {\"OpenIDConnectProviderArn\":\"" ARN "\","
			"\"Tags\":[{\"Key\":\"k\",\"Value\":\"w\"}]} {" OIDC " tags k: v > w}\n");
}

static void test_oidc_end(void **state)
{
	struct bench *b = main_bench();

	(void)state;
	LIVE(KIND_IAM_OIDC_PROVIDER, OIDC, ARN, OIDC_NAME, "ci.example.com", OIDC_ACCOUNT, M,
	     OIDC_CLIENTS, "old");
	CHANGE(ACTION_DELETE, OIDC);
	bench_expect(b, "DeleteOpenIDConnectProvider {\"OpenIDConnectProviderArn\":\"" ARN
			"\"} ends " OIDC "\n");
}

/* A new alias takes the place of the old one; an empty one goes. */
static void test_alias(void **state)
{
	struct bench *b = main_bench();

	(void)state;
	LIVE(KIND_IAM_ACCOUNT, SET, "111111111111", IAMACCOUNT_NAME, "settings", IAMACCOUNT_ACCOUNT,
	     M, IAMACCOUNT_ALIAS, "old");
	HEAD(KIND_IAM_ACCOUNT, SET, NULL, IAMACCOUNT_NAME, "settings", IAMACCOUNT_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, SET, (int)IAMACCOUNT_ALIAS, NULL, "old", "new");
	bench_expect(b,
		     "CreateAccountAlias {\"AccountAlias\":\"new\"} {" SET " alias: old > new}\n");
	b = main_bench();
	LIVE(KIND_IAM_ACCOUNT, SET, "111111111111", IAMACCOUNT_NAME, "settings", IAMACCOUNT_ACCOUNT,
	     M, IAMACCOUNT_ALIAS, "old");
	HEAD(KIND_IAM_ACCOUNT, SET, NULL, IAMACCOUNT_NAME, "settings", IAMACCOUNT_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, SET, (int)IAMACCOUNT_ALIAS, NULL, "old", "");
	bench_expect(b, "DeleteAccountAlias {\"AccountAlias\":\"old\"} {" SET " alias: old > }\n");
}

#define POLICY                                                                                     \
	"minimum_length=14,require_symbols=true,require_numbers=false,require_uppercase=false,"    \
	"require_lowercase=false,allow_users_to_change=true,max_age_days=90,hard_expiry=false"

/* What the plan does not name is written as it was read; a key that goes is as AWS has it. */
static void test_password_policy(void **state)
{
	struct bench *b = main_bench();

	(void)state;
	LIVE(KIND_IAM_ACCOUNT, SET, "111111111111", IAMACCOUNT_NAME, "settings", IAMACCOUNT_ACCOUNT,
	     M, IAMACCOUNT_PASSWORD, POLICY);
	HEAD(KIND_IAM_ACCOUNT, SET, NULL, IAMACCOUNT_NAME, "settings", IAMACCOUNT_ACCOUNT, M,
	     IAMACCOUNT_PASSWORD, "minimum_length=16");
	CHANGE(ACTION_UPDATE, SET, (int)IAMACCOUNT_PASSWORD, "max_age_days", "90", NULL,
	       (int)IAMACCOUNT_PASSWORD, "minimum_length", "14", "16", (int)IAMACCOUNT_PASSWORD,
	       "require_symbols", "true", NULL);
	bench_expect(b, "UpdateAccountPasswordPolicy {\"AllowUsersToChangePassword\":true,"
			"\"HardExpiry\":false,\"MinimumPasswordLength\":16,"
			"\"RequireLowercaseCharacters\":false,\"RequireNumbers\":false,"
			"\"RequireUppercaseCharacters\":false}"
			" {" SET " password_policy minimum_length: 14 > 16}"
			" {" SET " password_policy require_symbols: true > false}"
			" {" SET " password_policy require_numbers: false > false}"
			" {" SET " password_policy require_uppercase: false > false}"
			" {" SET " password_policy require_lowercase: false > false}"
			" {" SET " password_policy allow_users_to_change: true > true}"
			" {" SET " password_policy max_age_days: 90 > -}"
			" {" SET " password_policy reuse_prevention: - > -}"
			" {" SET " password_policy hard_expiry: false > false}\n");
}

/* Nothing is left that anyone asked for. */
static void test_password_policy_ends(void **state)
{
	struct bench *b = main_bench();

	(void)state;
	LIVE(KIND_IAM_ACCOUNT, SET, "111111111111", IAMACCOUNT_NAME, "settings", IAMACCOUNT_ACCOUNT,
	     M, IAMACCOUNT_PASSWORD,
	     "minimum_length=14,require_symbols=false,require_numbers=false");
	HEAD(KIND_IAM_ACCOUNT, SET, NULL, IAMACCOUNT_NAME, "settings", IAMACCOUNT_ACCOUNT, M,
	     IAMACCOUNT_PASSWORD, "");
	CHANGE(ACTION_UPDATE, SET, (int)IAMACCOUNT_PASSWORD, "minimum_length", "14", NULL);
	bench_expect(b, "DeleteAccountPasswordPolicy {} {" SET
			" password_policy minimum_length: 14 > -}"
			" {" SET " password_policy require_symbols: false > -}"
			" {" SET " password_policy require_numbers: false > -}"
			" {" SET " password_policy require_uppercase: - > -}"
			" {" SET " password_policy require_lowercase: - > -}"
			" {" SET " password_policy allow_users_to_change: - > -}"
			" {" SET " password_policy max_age_days: - > -}"
			" {" SET " password_policy reuse_prevention: - > -}"
			" {" SET " password_policy hard_expiry: - > -}\n");
}

/* In a new account nothing is made: attributes alone. */
static void test_settings_of_new_account(void **state)
{
	struct bench *b = main_bench();

	(void)state;
	HEAD(KIND_ACCOUNT, "account/new", NULL, ACCOUNT_NAME, "new", ACCOUNT_UNIT, "root");
	HEAD(KIND_IAM_ACCOUNT, "iam_account/new/settings", NULL, IAMACCOUNT_NAME, "settings",
	     IAMACCOUNT_ACCOUNT, "account/new", IAMACCOUNT_ALIAS, "a", IAMACCOUNT_PASSWORD,
	     "minimum_length=14");
	CHANGE(ACTION_CREATE, "iam_account/new/settings", (int)IAMACCOUNT_ALIAS, NULL, NULL, "abc",
	       (int)IAMACCOUNT_PASSWORD, "minimum_length", NULL, "14");
	bench_expect(b, "CreateAccountAlias {\"AccountAlias\":\"abc\"} in ${account/new.id}"
			" uses account/new {iam_account/new/settings alias:  > abc}\n"
			"UpdateAccountPasswordPolicy {\"MinimumPasswordLength\":14} in"
			" ${account/new.id} uses account/new"
			" {iam_account/new/settings password_policy minimum_length: - > 14}\n");
}

/* No password stands in a call. */
static void test_login(void **state)
{
	struct bench *b = main_bench();

	(void)state;
	LIVE(KIND_IAM_USER, "iam_user/main/a", "arn:a", USER_NAME, "a", USER_ACCOUNT, M, USER_LOGIN,
	     "");
	HEAD(KIND_IAM_USER, "iam_user/main/a", NULL, USER_NAME, "a", USER_ACCOUNT, M);
	LIVE(KIND_IAM_USER, "iam_user/main/b", "arn:b", USER_NAME, "b", USER_ACCOUNT, M, USER_LOGIN,
	     "console");
	HEAD(KIND_IAM_USER, "iam_user/main/b", NULL, USER_NAME, "b", USER_ACCOUNT, M);
	HEAD(KIND_IAM_USER, "iam_user/main/c", NULL, USER_NAME, "c", USER_ACCOUNT, M, USER_LOGIN,
	     "console");
	CHANGE(ACTION_UPDATE, "iam_user/main/a", (int)USER_LOGIN, NULL, "", "console");
	CHANGE(ACTION_UPDATE, "iam_user/main/b", (int)USER_LOGIN, NULL, "console", "");
	CHANGE(ACTION_CREATE, "iam_user/main/c");
	bench_expect(b, "CreateLoginProfile {\"PasswordResetRequired\":true,\"UserName\":\"a\"}"
			" gain (iam_user/main/a) {iam_user/main/a login:  > console}\n"
			"DeleteLoginProfile {\"UserName\":\"b\"}"
			" loss (iam_user/main/b) {iam_user/main/b login: console > }\n"
			"CreateUser {\"Path\":\"/\",\"UserName\":\"c\"} makes iam_user/main/c\n"
			"CreateLoginProfile {\"PasswordResetRequired\":true,\"UserName\":\"c\"}"
			" uses iam_user/main/c gain (iam_user/main/c)"
			" {iam_user/main/c login:  > console}\n");
}

static const struct rule provider_rule = {
    "GetOpenIDConnectProvider", NULL, 0,
    IAM_REPLY("GetOpenIDConnectProvider",
	      "<Url>ci.example.com/t</Url><ClientIDList><member>sts</member></ClientIDList>"
	      "<ThumbprintList><member>AB</member></ThumbprintList>"
	      "<CreateDate>2026-01-02T03:04:05Z</CreateDate>"
	      "<Tags><member><Key>k</Key><Value>v</Value></member></Tags>")};
static const struct rule password_rule = {
    "GetAccountPasswordPolicy", NULL, 0,
    IAM_REPLY("GetAccountPasswordPolicy",
	      "<PasswordPolicy><MinimumPasswordLength>12</MinimumPasswordLength>"
	      "<RequireSymbols>true</RequireSymbols><RequireNumbers>false</RequireNumbers>"
	      "<ExpirePasswords>false</ExpirePasswords>"
	      "<AllowUsersToChangePassword>true</AllowUsersToChangePassword>"
	      "</PasswordPolicy>")};
static const struct rule list_rule = {
    "ListOpenIDConnectProviders", NULL, 0,
    IAM_REPLY("ListOpenIDConnectProviders",
	      "<OpenIDConnectProviderList><member><Arn>arn:aws:iam::111111111111:oidc-provider/"
	      "ci.example.com/t</Arn></member></OpenIDConnectProviderList>")};
static const struct rule alias_rule = {
    "ListAccountAliases", NULL, 0,
    IAM_REPLY("ListAccountAliases", "<AccountAliases><member>ours</member></AccountAliases>"
				    "<IsTruncated>false</IsTruncated>")};

#define PROVIDER                                                                                   \
	"iam_oidc_provider/~111111111111/ci.example.com%2Ft "                                      \
	"#arn:aws:iam::111111111111:oidc-provider/ci.example.com/t name=ci.example.com/t "         \
	"account=account/~111111111111 client_ids=[sts] thumbprints=[ab] tags=[k: v]\n"
#define SETTINGS                                                                                   \
	"iam_account/~111111111111/settings #111111111111 name=settings "                          \
	"account=account/~111111111111 alias=ours password_policy=["                               \
	"allow_users_to_change: true, hard_expiry: false, minimum_length: 12, "                    \
	"require_lowercase: false, require_numbers: false, require_symbols: true, "                \
	"require_uppercase: false]\n"

static void test_reading(void **state)
{
	struct rule rules[] = {provider_rule, password_rule, list_rule,
			       alias_rule,    EMPTY_IAM,     {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(rules, NULL);

	(void)state;
	iam_read_account(r->crawl, text_str(r->arena, "111111111111"));
	reading_finish(r);
	assert_side(r->side, SETTINGS PROVIDER);
	assert_scope(r, "iam/111111111111", SCOPE_WHOLE);
	reading_free(r);
}

/* What could not be read is not said to be absent. */
static void test_reading_denied(void **state)
{
	struct rule rules[] = {
	    {"GetAccountPasswordPolicy", NULL, 403,
	     "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message>"
	     "</Error></ErrorResponse>"},
	    EMPTY_IAM,
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(rules, NULL);

	(void)state;
	iam_read_account(r->crawl, text_str(r->arena, "111111111111"));
	reading_finish(r);
	assert_side(r->side, "iam_account/~111111111111/settings #111111111111 name=settings "
			     "account=account/~111111111111 alias=\n");
	assert_scope(r, "iam/111111111111/settings", SCOPE_PARTIAL);
	assert_scope(r, "iam/111111111111/oidc", SCOPE_WHOLE);
	reading_free(r);
}

static void probe_check(const struct rule *rules, const struct probe_trial *trial)
{
	probe_run(reading_new(rules, NULL), trial);
}

static void test_probes(void **state)
{
	static const struct rule login_rule = {
	    "GetLoginProfile", "UserName=a", 0,
	    IAM_REPLY("GetLoginProfile", "<LoginProfile><UserName>a</UserName></LoginProfile>")};
	const struct rule rules[] = {provider_rule,
				     password_rule,
				     alias_rule,
				     login_rule,
				     {"GetLoginProfile", NULL, 404, IAM_NONE},
				     {NULL, NULL, 0, NULL}};
	static const struct probe_trial trials[] = {
	    {.op = OP_IAM_CreateOpenIDConnectProvider,
	     .kind = KIND_IAM_OIDC_PROVIDER,
	     .account = "111111111111",
	     .input = "{\"Url\":\"https://ci.example.com/t\"}",
	     .scope = "iam/111111111111/oidc",
	     .want = PROVIDER},
	    {.op = OP_IAM_TagOpenIDConnectProvider,
	     .kind = KIND_IAM_OIDC_PROVIDER,
	     .account = "111111111111",
	     .input = "{\"OpenIDConnectProviderArn\":\"${iam_oidc_provider/x.id}\"}",
	     .use = "iam_oidc_provider/x",
	     .id = "arn:aws:iam::111111111111:oidc-provider/ci.example.com/t",
	     .scope = "iam/111111111111/oidc",
	     .want = PROVIDER},
	    {.op = OP_IAM_UpdateAccountPasswordPolicy,
	     .kind = KIND_IAM_ACCOUNT,
	     .account = "111111111111",
	     .input = "{}",
	     .scope = "iam/111111111111/settings",
	     .want = SETTINGS},
	    {.op = OP_IAM_CreateLoginProfile,
	     .kind = KIND_IAM_USER,
	     .account = "111111111111",
	     .input = "{\"UserName\":\"a\"}",
	     .scope = "iam/111111111111/login",
	     .want = "iam_user/~111111111111/a name=a account=account/~111111111111 "
		     "login=console credentials=[login_profile]\n"},
	    {.op = OP_IAM_DeleteLoginProfile,
	     .kind = KIND_IAM_USER,
	     .account = "111111111111",
	     .input = "{\"UserName\":\"b\"}",
	     .scope = "iam/111111111111/login",
	     .want = "iam_user/~111111111111/b name=b account=account/~111111111111 "
		     "login= credentials=[]\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++)
		probe_check(rules, &trials[i]);
}

static const struct attr *attr_of(uint16_t kind, uint16_t attr)
{
	return &kinds[kind]->attr[attr];
}

static void assert_valid(const struct attr *attr, const char *s, bool fine)
{
	const char *rule = attr->valid(s, strlen(s));

	if ((rule == NULL) != fine)
		fail_msg("%s `%s`: %s", attr->name, s, rule == NULL ? "fine" : rule);
}

static void test_rules(void **state)
{
	static const char *const urls[] = {"ci.example.com", "ci.example.com/id/A1-b_c",
					   "oidc.eks.us-east-1.amazonaws.com/id/EX"};
	static const char *const no_urls[] = {
	    "https://ci.example.com", "ci",   "ci.example.com/",    "ci.example.com:8443/x",
	    "CI.example.com",         ".com", "ci.example.com/a b", "ci.example.com?x=1",
	    "ci.example.com//a"};
	static const char *const aliases[] = {"", "abc", "a1-b"};
	static const char *const no_aliases[] = {"ab", "Abc", "-ab", "a--b", "ab-", "123456789012"};
	const struct attr *password = attr_of(KIND_IAM_ACCOUNT, IAMACCOUNT_PASSWORD);
	static const struct {
		const char *key, *value;
		bool fine;
	} values[] = {{"minimum_length", "6", true},     {"minimum_length", "5", false},
		      {"minimum_length", "128", true},   {"minimum_length", "129", false},
		      {"minimum_length", "014", false},  {"max_age_days", "1095", true},
		      {"max_age_days", "0", false},      {"reuse_prevention", "24", true},
		      {"reuse_prevention", "25", false}, {"require_symbols", "true", true},
		      {"require_symbols", "yes", false}, {"hard_expiry", "false", true}};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
		assert_valid(attr_of(KIND_IAM_OIDC_PROVIDER, OIDC_NAME), urls[i], true);
	for (size_t i = 0; i < sizeof(no_urls) / sizeof(*no_urls); i++)
		assert_valid(attr_of(KIND_IAM_OIDC_PROVIDER, OIDC_NAME), no_urls[i], false);
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		assert_valid(attr_of(KIND_IAM_ACCOUNT, IAMACCOUNT_ALIAS), aliases[i], true);
	for (size_t i = 0; i < sizeof(no_aliases) / sizeof(*no_aliases); i++)
		assert_valid(attr_of(KIND_IAM_ACCOUNT, IAMACCOUNT_ALIAS), no_aliases[i], false);
	assert_valid(password, "minimum_length", true);
	assert_valid(password, "minimum_lengt", false);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		const char *rule =
		    password->valid_value(values[i].key, values[i].value, strlen(values[i].value));

		if ((rule == NULL) != values[i].fine)
			fail_msg("%s: %s", values[i].key, values[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_oidc_creation),
	    cmocka_unit_test(test_oidc_update),
	    cmocka_unit_test(test_oidc_end),
	    cmocka_unit_test(test_alias),
	    cmocka_unit_test(test_password_policy),
	    cmocka_unit_test(test_password_policy_ends),
	    cmocka_unit_test(test_settings_of_new_account),
	    cmocka_unit_test(test_login),
	    cmocka_unit_test(test_reading),
	    cmocka_unit_test(test_reading_denied),
	    cmocka_unit_test(test_probes),
	    cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
