/* Who may call the twin: signatures as the client makes them, each thing that can be wrong with
 * one, keys of every kind, and roles assumed by their trust policies. */
#include "aws/sign.h"
#include "aws/twin/iam_priv.h"
#include "aws/twin/sts_priv.h"
#include "aws/twin/wire_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_US   1795305600000000LL /* 2026-11-22T00:00:00Z */
#define KEY      "AKIATWIN111111111111"
#define MINUTE   (60 * 1000000LL)
#define SHA_NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct fixed_clock {
	struct clock clock;
	int64_t us;
};

static int64_t fixed_us(struct clock *c)
{
	return ((struct fixed_clock *)c)->us;
}

struct place {
	struct fixed_clock clock;
	struct twin *twin;
};

static void place_make(struct place *p, bool verify)
{
	struct twin_options options = {.clock = &p->clock.clock, .seed = 1, .verify = verify};
	auto_error err = {0};

	*p = (struct place){.clock = {{fixed_us, fixed_us}, NOW_US}};
	assert_int_equal(twin_new(&p->twin, &options, &err), 0);
}

/* A request and how it is signed; what a test changes stands in it. */
struct signing {
	enum service_id service;
	const char *key, *secret, *token, *scope_service, *method, *target, *body;
	int64_t at_us;
	/* Between the signing and the sending: */
	const char *sent_target, *sent_body, *sent_token;
	const char *sent_hash;     /* x-amz-content-sha256, signed for as it is */
	const char *authorization; /* in place of the signature; "" none */
	bool without_date;
};

static void sign_headers(const struct signing *s, struct http_header headers[8], size_t *n,
			 char time[TIME_BASIC], struct buf *authorization)
{
	struct credentials c = {.access_key_id = (char *)(s->key != NULL ? s->key : KEY),
				.secret_access_key =
				    (char *)(s->secret != NULL ? s->secret : TWIN_SECRET),
				.session_token = (char *)s->token};
	const char *target = s->target != NULL ? s->target : "/", *query = strchr(target, '?');
	auto_buf path = BUF_INIT(1024);
	struct sign_request r = {.method = s->method != NULL ? s->method : "POST",
				 .query = query != NULL ? query + 1 : "",
				 .headers = headers,
				 .body = s->body != NULL ? s->body : "",
				 .body_len = s->body != NULL ? strlen(s->body) : 0,
				 .normalize = true,
				 .double_encode = true};
	struct sign_scope scope = {.region = "us-east-1",
				   .service = s->scope_service != NULL
						  ? s->scope_service
						  : services[s->service].signing_name};

	buf_add(&path, target, strcspn(target, "?"));
	r.path = buf_str(&path);
	*n = 0;
	headers[(*n)++] = (struct http_header){"Host", "127.0.0.1:4566"};
	headers[(*n)++] = (struct http_header){"Content-Type", "text/plain;  charset=utf-8"};
	if (s->sent_hash != NULL)
		headers[(*n)++] = (struct http_header){"X-Amz-Content-Sha256", s->sent_hash};
	r.headers_n = *n;
	time_basic(s->at_us != 0 ? s->at_us : NOW_US, time);
	memcpy(scope.time, time, sizeof scope.time);
	sign_authorization(&r, &scope, &c, authorization);
}

/* The HTTP status and code of the refusal, or "ACCOUNT ARN". The caller frees it. */
static char *checked(struct place *p, const struct signing *s)
{
	auto_buf authorization = BUF_INIT(4096);
	char time[TIME_BASIC], account[16], arn[2048], *result;
	struct http_header headers[8];
	struct twin_call call = {0};
	struct twin_request r = {.headers = headers};
	const char *body = s->sent_body != NULL ? s->sent_body : s->body, *token = s->sent_token;

	sign_headers(s, headers, &r.headers_n, time, &authorization);
	r.method = s->method != NULL ? s->method : "POST";
	r.target = s->sent_target != NULL ? s->sent_target : s->target != NULL ? s->target : "/";
	r.body = body;
	r.body_len = body != NULL ? strlen(body) : 0;
	if (token == NULL)
		token = s->token;
	if (token != NULL && *token != '\0')
		headers[r.headers_n++] = (struct http_header){"X-Amz-Security-Token", token};
	if (!s->without_date)
		headers[r.headers_n++] = (struct http_header){"X-Amz-Date", time};
	/* Not signed: those that proxies and clients add later. */
	headers[r.headers_n++] = (struct http_header){"User-Agent", "a b"};
	if (s->authorization == NULL || *s->authorization != '\0')
		headers[r.headers_n++] = (struct http_header){
		    "authorization",
		    s->authorization != NULL ? s->authorization : buf_str(&authorization)};
	if (auth_check(p->twin, &r, s->service, &call, account, arn) == 0)
		result = xasprintf("%s %s", account, arn);
	else
		result = xasprintf("%d %s", call.status, call.code);
	free(call.message);
	return result;
}

static void expect(struct place *p, const struct signing *s, const char *expected, int line)
{
	auto_free char *result = checked(p, s);

	if (strcmp(result, expected) != 0)
		fail_msg("line %d: %s, not %s", line, result, expected);
}
#define EXPECT_OF(of, expected, ...)                                                               \
	expect(&p, &(struct signing){.service = SERVICE_##of, __VA_ARGS__}, expected, __LINE__)
#define EXPECT(...)   EXPECT_OF(STS, __VA_ARGS__)
#define ADMINISTRATOR "111111111111 arn:aws:iam::111111111111:user/twin"

static void test_signatures(void **state)
{
	struct place p;

	(void)state;
	place_make(&p, true);
	EXPECT(ADMINISTRATOR, .body = "Action=GetCallerIdentity");
	EXPECT_OF(ORGANIZATIONS, ADMINISTRATOR, .body = "{}");
	EXPECT_OF(ACCOUNT, ADMINISTRATOR, .target = "/putAccountName");
	EXPECT(ADMINISTRATOR, .method = "GET", .target = "/?b=2&a=x%20y&a=%7e&c");
	EXPECT(ADMINISTRATOR, .target = "/a/../b//%20c");
	EXPECT(ADMINISTRATOR, .sent_hash = SHA_NONE);
	/* Another spelling of the same query signs the same. */
	EXPECT(ADMINISTRATOR, .target = "/?a=1&b=2", .sent_target = "/?b=2&a=%31");
	/* What does not match. */
	EXPECT("403 SignatureDoesNotMatch", .secret = "other");
	EXPECT("403 SignatureDoesNotMatch", .body = "a", .sent_body = "b");
	EXPECT("403 SignatureDoesNotMatch", .body = "a", .sent_hash = SHA_NONE);
	EXPECT("403 SignatureDoesNotMatch", .target = "/a", .sent_target = "/b");
	EXPECT("403 SignatureDoesNotMatch", .target = "/?a=1", .sent_target = "/?a=2");
	EXPECT("403 SignatureDoesNotMatch", .scope_service = "iam");
	EXPECT("400 IncompleteSignature", .without_date = true);
	EXPECT("400 IncompleteSignature", .authorization = "Bearer x");
	EXPECT("400 IncompleteSignature", .authorization = "AWS4-HMAC-SHA256 Credential=" KEY);
	EXPECT("403 MissingAuthenticationToken", .authorization = "");
	/* The same in the codes of the other protocols. */
	EXPECT_OF(ORGANIZATIONS, "400 InvalidSignatureException", .secret = "x");
	EXPECT_OF(ACCOUNT, "403 InvalidSignatureException", .secret = "x");
	EXPECT_OF(ORGANIZATIONS, "400 MissingAuthenticationTokenException", .authorization = "");
	EXPECT_OF(ORGANIZATIONS, "400 UnrecognizedClientException", .key = "AKIATWIN222222222222");
	twin_free(p.twin);
}

static void test_headers(void **state)
{
	static const char *const broken[] = {
	    "AWS4-HMAC-SHA256 ",
	    "AWS4-HMAC-SHA256 Credential=/20261122/us-east-1/sts/aws4_request",
	    "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=, Signature=",
	    "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0123",
	    "AWS4-HMAC-SHA256 ,,,, Signature Credential SignedHeaders",
	};
	static const char tight[] =
	    "AWS4-HMAC-SHA256 Credential=k/20261122/r/s/aws4_request,SignedHeaders=host,Signature="
	    "0123456789012345678901234567890123456789012345678901234567890123";
	struct authorization a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_false(authorization_read(broken[i], &a));
	assert_true(authorization_read(tight, &a));
	assert_string_equal(a.key, "k");
	assert_string_equal(a.service, "s");
	assert_int_equal(a.signed_headers_len, 4);
}

static void test_dates(void **state)
{
	struct place p;

	(void)state;
	place_make(&p, true);
	EXPECT(ADMINISTRATOR, .at_us = NOW_US - 5 * MINUTE);
	EXPECT(ADMINISTRATOR, .at_us = NOW_US + 5 * MINUTE);
	EXPECT("403 SignatureDoesNotMatch", .at_us = NOW_US - 5 * MINUTE - 1000000);
	EXPECT("403 SignatureDoesNotMatch", .at_us = NOW_US + 5 * MINUTE + 1000000);
	EXPECT_OF(ORGANIZATIONS, "400 InvalidSignatureException", .at_us = NOW_US - 60 * MINUTE);
	p.twin->skew_us = 10 * MINUTE;
	EXPECT("403 SignatureDoesNotMatch", .at_us = NOW_US);
	EXPECT(ADMINISTRATOR, .at_us = NOW_US + 8 * MINUTE);
	twin_free(p.twin);
}

static void key_put(struct place *p, const char *id, json_t *row)
{
	assert_non_null(row);
	json_object_set_new(twin_table(p->twin, "keys"), id, row);
}

static void account_put(struct place *p, const char *id, const char *state)
{
	json_object_set_new(twin_table(p->twin, "accounts"), id,
			    json_pack("{s:s, s:s}", "Id", id, "State", state));
}

static void test_keys(void **state)
{
	static const char arn[] = "arn:aws:iam::111111111111:user/people/Ada";
	json_t *user, *key;
	struct place p;

	(void)state;
	place_make(&p, true);
	/* Accounts by the administrator's key. */
	EXPECT("403 InvalidClientTokenId", .key = "AKIATWIN222222222222");
	EXPECT("403 InvalidClientTokenId", .key = "AKIATWIN11111111111x");
	EXPECT("403 InvalidClientTokenId", .key = "AKIA!WIN111111111111");
	account_put(&p, "222222222222", "ACTIVE");
	account_put(&p, "333333333333", "SUSPENDED");
	EXPECT("222222222222 arn:aws:iam::222222222222:user/twin", .key = "AKIAX9YZ222222222222");
	EXPECT("403 InvalidClientTokenId", .key = "AKIATWIN333333333333");
	json_object_set_new(twin_table(p.twin, "callers"), "222222222222",
			    json_string("arn:aws:sts::222222222222:assumed-role/Run/ci"));
	EXPECT("222222222222 arn:aws:sts::222222222222:assumed-role/Run/ci",
	       .key = "AKIATWIN222222222222");
	/* A user's own key, while it is there and active. */
	key_put(&p, "AKIAADA",
		json_pack("{s:s, s:s, s:s}", "account", "111111111111", "arn", arn, "secret",
			  "s3cret"));
	EXPECT("403 InvalidClientTokenId", .key = "AKIAADA", .secret = "s3cret");
	user = iam_user_new(p.twin, "111111111111", "/people/", "Ada");
	key = json_pack("{s:s, s:s}", "AccessKeyId", "AKIAADA", "Status", "Active");
	json_object_set_new(twin_sub(user, "access_keys"), "AKIAADA", key);
	EXPECT("111111111111 arn:aws:iam::111111111111:user/people/Ada", .key = "AKIAADA",
	       .secret = "s3cret");
	EXPECT("403 SignatureDoesNotMatch", .key = "AKIAADA");
	twin_set_str(key, "Status", "Inactive");
	EXPECT("403 InvalidClientTokenId", .key = "AKIAADA", .secret = "s3cret");
	twin_free(p.twin);
}

static void test_sessions(void **state)
{
	static const char arn[] = "arn:aws:sts::111111111111:assumed-role/Run/ci";
	struct place p;

	(void)state;
	place_make(&p, true);
	key_put(&p, "ASIARUN",
		json_pack("{s:s, s:s, s:s, s:s, s:I}", "account", "111111111111", "arn", arn,
			  "secret", "s3cret", "token", "t0ken", "expires",
			  (json_int_t)(NOW_US / 1000000 + 900)));
	EXPECT("111111111111 arn:aws:sts::111111111111:assumed-role/Run/ci", .key = "ASIARUN",
	       .secret = "s3cret", .token = "t0ken");
	EXPECT("403 InvalidClientTokenId", .key = "ASIARUN", .secret = "s3cret");
	EXPECT("403 InvalidClientTokenId", .key = "ASIARUN", .secret = "s3cret", .token = "other");
	EXPECT("403 SignatureDoesNotMatch", .key = "ASIARUN", .secret = "s3cret", .token = "other",
	       .sent_token = "t0ken");
	EXPECT("403 InvalidClientTokenId", .token = "t0ken");
	p.clock.us += 15 * MINUTE;
	EXPECT("403 ExpiredToken", .key = "ASIARUN", .secret = "s3cret", .token = "t0ken",
	       .at_us = p.clock.us);
	EXPECT_OF(ORGANIZATIONS, "400 ExpiredTokenException", .key = "ASIARUN", .secret = "s3cret",
		  .token = "t0ken", .at_us = p.clock.us);
	twin_free(p.twin);
}

static void test_no_verify(void **state)
{
	struct place p;

	(void)state;
	place_make(&p, false);
	account_put(&p, "222222222222", "ACTIVE");
	EXPECT("222222222222 arn:aws:iam::222222222222:user/twin", .key = "AKIATWIN222222222222",
	       .secret = "x", .at_us = 1000000);
	EXPECT(ADMINISTRATOR, .key = "AKIATWIN999999999999");
	EXPECT(ADMINISTRATOR, .key = "test");
	EXPECT(ADMINISTRATOR, .authorization = "Bearer x");
	EXPECT(ADMINISTRATOR, .authorization = "");
	twin_free(p.twin);
}

#define ALLOW(principal)                                                                           \
	"{\"Effect\":\"Allow\",\"Principal\":" principal ",\"Action\":\"sts:AssumeRole\""
#define ROLE_ARN "arn:aws:iam::111111111111:role/ci/Run"
struct trust_case {
	const char *statements;
	bool allows;
};
static const struct trust_case trust_cases[] = {
    {ALLOW("\"*\"") "}", true},
    {ALLOW("{\"AWS\":\"*\"}") "}", true},
    {ALLOW("{\"AWS\":\"111111111111\"}") "}", true},
    {ALLOW("{\"AWS\":[\"222222222222\",\"arn:aws:iam::111111111111:root\"]}") "}", true},
    {ALLOW("{\"AWS\":\"" ROLE_ARN "\"}") "}", true},
    {ALLOW("{\"AWS\":\"arn:aws:sts::111111111111:assumed-role/Run/ci\"}") "}", true},
    {ALLOW("{\"AWS\":\"arn:aws:iam::111111111111:role/Run\"}") "}", false},
    {ALLOW("{\"AWS\":\"222222222222\"}") "}", false},
    {ALLOW("{\"AWS\":\"arn:aws:iam::1111111111112:root\"}") "}", false},
    {ALLOW("{\"Service\":\"ec2.amazonaws.com\"}") "}", false},
    {ALLOW("{\"Federated\":\"*\"}") "}", false},
    {"{\"Effect\":\"Allow\",\"NotPrincipal\":{\"AWS\":\"222222222222\"},\"Action\":\"sts:*\"}",
     true},
    {"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":[\"sts:TagSession\",\"STS:assume*\"]}",
     true},
    {"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRoleWithSAML\"}", false},
    {"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"NotAction\":\"sts:AssumeRole\"}", false},
    /* Deny wins, wherever it stands. */
    {"[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"" ROLE_ARN
     "\"},\"Action\":\"*\"}," ALLOW("\"*\"") "}]",
     false},
    {"[" ALLOW("\"*\"") "},{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"222222222222\"},"
			"\"Action\":\"*\"}]",
     true},
    /* Conditions. */
    {ALLOW("\"*\"") ",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"one\"}}}", true},
    {ALLOW("\"*\"") ",\"Condition\":{\"StringEquals\":{\"STS:EXTERNALID\":[\"two\",\"one\"]}}}",
     true},
    {ALLOW("\"*\"") ",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"two\"}}}", false},
    {ALLOW("\"*\"") ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}}}", true},
    {ALLOW("\"*\"") ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1\","
		    "\"sts:ExternalId\":\"x\"}}}",
     false},
    {ALLOW("\"*\"") ",\"Condition\":{\"StringNotEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}}}",
     false},
    {ALLOW("\"*\"") ",\"Condition\":{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:*:role/ci/R?n\"}}}",
     true},
    {ALLOW("\"*\"") ",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}}", false},
    {ALLOW("\"*\"") ",\"Condition\":{\"BoolIfExists\":{\"aws:MultiFactorAuthPresent\":true}}}",
     true},
    {ALLOW("\"*\"") ",\"Condition\":{\"Null\":{\"sts:ExternalId\":\"false\"}}}", true},
    {ALLOW("\"*\"") ",\"Condition\":{\"Null\":{\"sts:SourceIdentity\":false}}}", false},
    {ALLOW("\"*\"") ",\"Condition\":{\"DateLessThan\":{\"aws:CurrentTime\":\"2099-01-01\"}}}",
     false},
};

static void test_trust(void **state)
{
	const struct sts_caller caller = {.action = "sts:AssumeRole",
					  .account = "111111111111",
					  .arn = "arn:aws:sts::111111111111:assumed-role/Run/ci",
					  .principal = ROLE_ARN,
					  .organization = "o-1",
					  .external_id = "one"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof trust_cases / sizeof *trust_cases; i++) {
		auto_free char *document = xasprintf(
		    "{\"Version\":\"2012-10-17\",\"Statement\":%s}", trust_cases[i].statements);

		if (trust_allows(document, &caller) != trust_cases[i].allows)
			fail_msg("%s", document);
	}
	assert_false(trust_allows("", &caller));
	assert_false(trust_allows("{\"Statement\":[1,null]}", &caller));
}

static json_t *call_sts(struct place *p, const char *operation, const char *arn, json_t *input,
			char code[64])
{
	const struct twin_op *op = twin_op_find(SERVICE_STS, operation);
	char account[16];
	struct twin_call call = {.op = op, .input = input, .account = account, .arn = arn};
	json_t *reply;

	snprintf(account, sizeof account, "%.12s", strstr(arn, "::") + 2);
	reply = op->handler(p->twin, &call);
	memcpy(code, call.code, sizeof call.code);
	free(call.message);
	json_decref(call.details);
	json_decref(input);
	return reply;
}

static json_t *assume(struct place *p, const char *arn, const char *role, const char *seconds,
		      char code[64])
{
	json_t *input = json_pack("{s:s, s:s}", "RoleArn", role, "RoleSessionName", "a.session");

	if (seconds != NULL)
		json_object_set_new(input, "DurationSeconds", json_string(seconds));
	return call_sts(p, "AssumeRole", arn, input, code);
}

static void assume_refused(struct place *p, const char *role, const char *seconds,
			   const char *expected)
{
	char code[64];
	json_t *reply = assume(p, "arn:aws:iam::111111111111:user/twin", role, seconds, code);

	assert_null(reply);
	assert_string_equal(code, expected);
}

/* Into another account and on from there, until the session ends. */
static void test_assume_role(void **state)
{
	static const char role[] = "arn:aws:iam::222222222222:role/x/Deploy";
	static const char trust[] =
	    "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111111111111\"},"
	    "\"Action\":\"sts:AssumeRole\"}}";
	json_t *reply, *key, *user, *who;
	struct place p;
	char code[64];

	(void)state;
	place_make(&p, true);
	assume_refused(&p, role, NULL, "AccessDenied");
	account_put(&p, "222222222222", "ACTIVE");
	iam_role_new(p.twin, "222222222222", "/x/", "Deploy", trust);
	assume_refused(&p, "arn:aws:iam::222222222222:role/Deploy", NULL, "AccessDenied");
	assume_refused(&p, "Deploy", NULL, "ValidationError");
	assume_refused(&p, role, "899", "ValidationError");
	assume_refused(&p, role, "7200", "ValidationError");
	assume_refused(&p, role, "x", "ValidationError");
	assert_null(assume(&p, "arn:aws:iam::222222222222:user/twin", role, NULL, code));
	assert_string_equal(code, "AccessDenied");
	assert_null(assume(&p, "arn:aws:iam::111111111111:root", role, NULL, code));
	assert_string_equal(code, "AccessDenied");
	reply = assume(&p, "arn:aws:iam::111111111111:user/twin", role, "900", code);
	assert_non_null(reply);
	key = json_object_get(reply, "Credentials");
	user = json_object_get(reply, "AssumedRoleUser");
	assert_string_equal(row_str(key, "Expiration"), "2026-11-22T00:15:00Z");
	EXPECT("222222222222 arn:aws:sts::222222222222:assumed-role/Deploy/a.session",
	       .key = row_str(key, "AccessKeyId"), .secret = row_str(key, "SecretAccessKey"),
	       .token = row_str(key, "SessionToken"));
	p.clock.us += 15 * MINUTE;
	EXPECT("403 ExpiredToken", .key = row_str(key, "AccessKeyId"),
	       .secret = row_str(key, "SecretAccessKey"), .token = row_str(key, "SessionToken"),
	       .at_us = p.clock.us);
	who = call_sts(&p, "GetCallerIdentity", row_str(user, "Arn"), json_object(), code);
	assert_string_equal(row_str(who, "UserId"), row_str(user, "AssumedRoleId"));
	assert_int_equal(strncmp(row_str(who, "UserId"), "AROA", 4), 0);
	json_decref(who);
	json_decref(reply);
	account_put(&p, "222222222222", "SUSPENDED");
	assume_refused(&p, role, NULL, "AccessDenied");
	twin_free(p.twin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_signatures), cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_dates),      cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_sessions),   cmocka_unit_test(test_no_verify),
	    cmocka_unit_test(test_trust),      cmocka_unit_test(test_assume_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
