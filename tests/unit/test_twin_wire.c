/* The twin's wire forms: what a request means, and what its answer looks like, read back by the
 * client's own codecs. */
#include "aws/codec.h"
#include "aws/twin/wire_priv.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE(service)                                                                             \
	"AWS4-HMAC-SHA256 Credential=AKIATWIN111111111111/20261122/us-east-1/" service             \
	"/aws4_request, SignedHeaders=host;x-amz-date, Signature="                                 \
	"0123456789012345678901234567890123456789012345678901234567890123"

static struct twin *twin_make(void)
{
	struct twin_options options = {.clock = clock_system(), .seed = 1, .verify = true};
	auto_error err = {0};
	struct twin *t;

	assert_int_equal(twin_new(&t, &options, &err), 0);
	return t;
}

static struct twin_reply reply_make(void)
{
	return (struct twin_reply){.headers = BUF_INIT(1 << 16), .body = BUF_INIT(1 << 24)};
}

struct route {
	const char *authorization, *target, *host; /* headers; NULL: none */
	const char *url, *body;
	const char *operation; /* "organizations:ListRoots"; NULL: refused */
	int status;
	const char *said; /* in the body of a refusal */
};
static const struct route routes[] = {
    {SCOPE("organizations"), "AWSOrganizationsV20161128.ListRoots", NULL, "/", "{}",
     "organizations:ListRoots", 0, NULL},
    /* Without a signature the header says it, or the host, or the form. */
    {NULL, "AWSOrganizationsV20161128.ListRoots", "127.0.0.1:4566", "/", "",
     "organizations:ListRoots", 0, NULL},
    {NULL, NULL, "iam.amazonaws.com", "/", "Action=ListUsers&Version=2010-05-08", "iam:ListUsers",
     0, NULL},
    {NULL, NULL, "localhost:1", "/?Action=GetCallerIdentity&Version=2011-06-15", "",
     "sts:GetCallerIdentity", 0, NULL},
    {NULL, NULL, NULL, "/", "Action=ListUsers", "iam:ListUsers", 0, NULL},
    {SCOPE("sts"), NULL, "x", "/", "Action=AssumeRole", "sts:AssumeRole", 0, NULL},
    {SCOPE("account"), NULL, "x", "/putAccountName?x=1", "{\"AccountName\":\"a\"}",
     "account:PutAccountName", 0, NULL},
    /* Refused, in the form of the service. */
    {SCOPE("organizations"), "AWSOrganizationsV20161128.ListRots", "x", "/", "{}", NULL, 400,
     "\"__type\":\"UnknownOperationException\""},
    {SCOPE("organizations"), "AWSOrganizationsV20161128", "x", "/", "{}", NULL, 400,
     "UnknownOperationException"},
    {SCOPE("organizations"), NULL, "x", "/", "{}", NULL, 400, "UnknownOperationException"},
    {SCOPE("iam"), "AWSOrganizationsV20161128.ListRoots", "x", "/", "{}", NULL, 400,
     "<Code>InvalidAction</Code>"},
    {SCOPE("dynamodb"), "DynamoDB_20120810.ListTables", "x", "/", "{}", NULL, 400,
     "UnknownOperationException"},
    {SCOPE("ec2"), NULL, "x", "/", "", NULL, 400, "<Code>InvalidAction</Code>"},
    {SCOPE("s3"), NULL, "x", "/bucket", "", NULL, 501, "<Error><Code>NotImplemented</Code>"},
    {SCOPE("account"), NULL, "x", "/nothing", "{}", NULL, 400, "not simulated"},
    {SCOPE("organizations"), "AWSOrganizationsV20161128.ListRoots", "x", "/", "{\"a\":", NULL, 400,
     "\"__type\":\"SerializationException\",\"message\":"},
    {SCOPE("organizations"), "AWSOrganizationsV20161128.ListRoots", "x", "/", "[]", NULL, 400,
     "SerializationException"},
    {SCOPE("account"), NULL, "x", "/putAccountName", "\"\"", NULL, 400, "\"message\":"},
    {SCOPE("iam"), NULL, "x", "/", "Action=%zz", NULL, 400, "<Code>MalformedQueryString</Code>"},
    {SCOPE("iam"), NULL, "x", "/", "Action=", NULL, 400, "<Code>InvalidAction</Code>"},
    {NULL, NULL, NULL, "/", "", NULL, 400, "<Type>Sender</Type><Code>InvalidAction</Code>"},
};

static int route_read(struct twin *t, const struct route *c, struct twin_wire *w,
		      struct twin_reply *reply)
{
	struct http_header headers[3];
	struct twin_request r = {.method = "POST",
				 .target = c->url,
				 .headers = headers,
				 .body = c->body,
				 .body_len = strlen(c->body)};

	if (c->authorization != NULL)
		headers[r.headers_n++] = (struct http_header){"Authorization", c->authorization};
	if (c->target != NULL)
		headers[r.headers_n++] = (struct http_header){"X-Amz-Target", c->target};
	if (c->host != NULL)
		headers[r.headers_n++] = (struct http_header){"HOST", c->host};
	return wire_read(t, &r, w, reply);
}

static void test_routes(void **state)
{
	struct twin *t = twin_make();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof routes / sizeof *routes; i++) {
		const struct route *c = &routes[i];
		struct twin_reply reply = reply_make();
		struct twin_wire w = {.request_id = "id"};
		int r = route_read(t, c, &w, &reply);
		auto_free char *name =
		    r != 0 ? xstrdup("refused")
			   : xasprintf("%s:%s", services[w.op->service].name, w.op->name);

		if (strcmp(name, c->operation != NULL ? c->operation : "refused") != 0)
			fail_msg("route %zu: %s %s", i, name, buf_str(&reply.body));
		if (r != 0) {
			assert_int_equal(reply.status, c->status);
			if (strstr(buf_str(&reply.body), c->said) == NULL)
				fail_msg("route %zu: %s", i, buf_str(&reply.body));
		}
		json_decref(w.input);
		twin_reply_free(&reply);
	}
	twin_free(t);
}

static void test_large_body(void **state)
{
	struct twin *t = twin_make();
	struct twin_reply reply = reply_make();
	struct twin_wire w = {.request_id = "id"};
	/* Only the length is looked at. */
	struct twin_request r = {.method = "POST", .target = "/", .body_len = WIRE_MAX_BODY + 1};

	(void)state;
	assert_int_equal(wire_read(t, &r, &w, &reply), -1);
	assert_int_equal(reply.status, 413);
	assert_non_null(strstr(buf_str(&reply.body), "<Code>RequestEntityTooLarge</Code>"));
	twin_reply_free(&reply);
	twin_free(t);
}

static void form_is(const char *form, const char *expected)
{
	json_t *input = wire_query_input(NULL, form, strlen(form));
	auto_free char *text =
	    input != NULL ? json_dumps(input, JSON_COMPACT | JSON_SORT_KEYS) : xstrdup("malformed");

	assert_string_equal(text, expected);
	json_decref(input);
}

static void test_forms(void **state)
{
	(void)state;
	form_is("", "{}");
	form_is("a=1&&b=&c", "{\"a\":\"1\",\"b\":\"\",\"c\":\"\"}");
	form_is("a=x+y%20z%2B%3d&%C3%a9=%c3%A9", "{\"a\":\"x y z+=\",\"\xc3\xa9\":\"\xc3\xa9\"}");
	form_is("T.member.2.Key=b&T.member.1.Key=a&T.member.1.Value=&T.member.10.Key=c",
		"{\"T\":[{\"Key\":\"a\",\"Value\":\"\"},{\"Key\":\"b\"},{\"Key\":\"c\"}]}");
	form_is("F.member.1=x&F.member.2=y", "{\"F\":[\"x\",\"y\"]}");
	form_is("M.entry.1.key=k&M.entry.1.value=v", "{\"M\":[{\"key\":\"k\",\"value\":\"v\"}]}");
	form_is("A.member.1.B.member.1=x", "{\"A\":[{\"B\":[\"x\"]}]}");
	form_is("S.Name=n&S.Size=1", "{\"S\":{\"Name\":\"n\",\"Size\":\"1\"}}");
	form_is("F=", "{\"F\":\"\"}");
	/* No lists: other members beside, or no numbers. */
	form_is("T.member.1=a&T.x=b", "{\"T\":{\"member\":{\"1\":\"a\"},\"x\":\"b\"}}");
	form_is("T.member.x=a", "{\"T\":{\"member\":{\"x\":\"a\"}}}");
	form_is("T.member.9999999999=a", "{\"T\":{\"member\":{\"9999999999\":\"a\"}}}");
}

static void test_hostile_forms(void **state)
{
	static const char *const bad[] = {
	    "a=%",
	    "a=%4",
	    "a=%g0",
	    "%00=a",
	    "a=%00",
	    "a=%ff",
	    "a=%c0%80",
	    "=a",
	    ".=a",
	    "a.=b",
	    ".a=b",
	    "a..b=c",
	    "a=1&a=2",
	    "a=1&a.b=2",
	    "a.b=1&a=2",
	    "member.1=a",
	    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1",
	};
	auto_buf many = BUF_INIT(1 << 22), deep = BUF_INIT(1 << 22);
	json_t *input;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		input = wire_query_input(bad[i], NULL, 0);
		if (input != NULL)
			fail_msg("accepted: %s", bad[i]);
	}
	for (i = 0; i < 20001; i++)
		buf_printf(&many, "T.member.%u=x&", i);
	assert_null(wire_query_input(NULL, many.data, many.len));
	for (i = 0; i < 100000; i++)
		buf_puts(&deep, "[");
	assert_null(wire_json_input(deep.data, deep.len));
	assert_null(wire_json_input("{\"a\":\"\\u0000\"}", 14));
	assert_null(wire_json_input("{\"a\":\"\xff\"}", 9));
	assert_null(wire_json_input("{} x", 4));
}

/* Random bytes of what forms are made of: whatever comes of them, nothing breaks. */
static void test_random_forms(void **state)
{
	static const char of[] = "ab.&=%+012member.entry.Tags%41%zz\xc3\xa9";
	struct random_seeded random;
	char form[64];
	size_t i, j, len;

	(void)state;
	random_seed(&random, 7);
	for (i = 0; i < 20000; i++) {
		len = random.base.next(&random.base) % sizeof form;
		for (j = 0; j < len; j++)
			form[j] = of[random.base.next(&random.base) % (sizeof of - 1)];
		json_decref(wire_query_input(NULL, form, len));
	}
}

static void test_query_reply(void **state)
{
	static const char text[] =
	    "{\"Users\":[{\"UserName\":\"<a&\\\"b>\",\"Path\":\"/\"}],\"IsTruncated\":true,"
	    "\"Groups\":[],\"Count\":3,\"Nothing\":null,\"Line\":\"x\\r\\n\\u0001\"}";
	struct twin_op op = {.name = "ListPolicyTags", .service = SERVICE_IAM};
	struct twin_wire w = {.op = &op, .request_id = "the-id"};
	struct twin_reply reply = reply_make();
	json_auto_t *result = json_loads(text, 0, NULL);
	char id[128] = "";
	json_t *back;

	(void)state;
	wire_reply(NULL, &w, result, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(buf_str(&reply.headers), "content-type: text/xml\n");
	assert_ptr_equal(strstr(buf_str(&reply.body), "<ListPolicyTagsResponse xmlns=\"https://iam."
						      "amazonaws.com/doc/2010-05-08/\">"),
			 reply.body.data);
	back = codec_query_decode(op_find("iam", "ListPolicyTags"), reply.body.data, reply.body.len,
				  id);
	assert_non_null(back);
	assert_string_equal(id, "the-id");
	assert_string_equal(
	    reply_str(json_array_get(json_object_get(back, "Users"), 0), "UserName"), "<a&\"b>");
	assert_true(reply_bool(back, "IsTruncated"));
	assert_int_equal(reply_int(back, "Count"), 3);
	assert_true(reply_has_list(back, "Groups"));
	assert_null(json_object_get(back, "Nothing"));
	assert_string_equal(reply_str(back, "Line"), "x\r\n\xef\xbf\xbd");
	json_decref(back);
	twin_reply_free(&reply);
}

/* Maps, results of nothing, and no result at all. */
static void test_query_shapes(void **state)
{
	auto_buf out = BUF_INIT(1 << 16);
	json_auto_t *summary = json_pack("{s:{s:i}}", "SummaryMap", "Users", 2);
	json_auto_t *none = json_object();

	(void)state;
	wire_query_reply(&services[SERVICE_IAM], "GetAccountSummary", summary, "id", &out);
	assert_non_null(strstr(buf_str(&out), "<SummaryMap><entry><key>Users</key><value>2</value>"
					      "</entry></SummaryMap>"));
	buf_clear(&out);
	wire_query_reply(&services[SERVICE_IAM], "UpdateRole", none, "id", &out);
	assert_non_null(strstr(buf_str(&out), "<UpdateRoleResult></UpdateRoleResult>"));
	buf_clear(&out);
	wire_query_reply(&services[SERVICE_IAM], "DeleteRole", none, "id", &out);
	assert_null(strstr(buf_str(&out), "Result"));
	buf_clear(&out);
	wire_json_reply(none, true, &out);
	assert_string_equal(buf_str(&out), "");
	wire_json_reply(none, false, &out);
	assert_string_equal(buf_str(&out), "{}");
}

static void refusal_is(enum service_id service, const char *code, int status, const char *has)
{
	struct twin_call call = {.status = status};
	struct twin_wire w = {.request_id = "the-id"};
	struct twin_reply reply = reply_make();
	struct codec_error e = {0};
	struct http_response response;

	twin_refuse_reason(&call, code, "WHY", "it is <so>");
	wire_refuse(NULL, &w, service, &call, &reply);
	assert_int_equal(reply.status, status);
	response =
	    (struct http_response){.status = status, .headers = reply.headers, .body = reply.body};
	codec_decode_error(&response, &e);
	assert_string_equal(e.code, code);
	assert_string_equal(e.message, "it is <so>");
	if (strstr(buf_str(&reply.body), has) == NULL)
		fail_msg("%s: %s", code, buf_str(&reply.body));
	free(e.message);
	free(call.message);
	json_decref(call.details);
	twin_reply_free(&reply);
}

static void test_refusals(void **state)
{
	(void)state;
	refusal_is(SERVICE_ORGANIZATIONS, "ConstraintViolationException", 400,
		   "\"Message\":\"it is <so>\",\"Reason\":\"WHY\"");
	refusal_is(SERVICE_ORGANIZATIONS, "InvalidSignatureException", 400,
		   "\"message\":\"it is <so>\"");
	refusal_is(SERVICE_ACCOUNT, "ValidationException", 400, "\"reason\":\"WHY\"");
	refusal_is(SERVICE_IAM, "NoSuchEntity", 404, "<Type>Sender</Type>");
	refusal_is(SERVICE_IAM, "ServiceFailure", 500, "<Type>Receiver</Type>");
	refusal_is(SERVICE_STS, "AccessDenied", 403, "<RequestId>the-id</RequestId>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_routes),       cmocka_unit_test(test_large_body),
	    cmocka_unit_test(test_forms),        cmocka_unit_test(test_hostile_forms),
	    cmocka_unit_test(test_random_forms), cmocka_unit_test(test_query_reply),
	    cmocka_unit_test(test_query_shapes), cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
