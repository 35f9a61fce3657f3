/* The wire forms, both ways, and what is not accepted as an answer. INI files too. */
#include "aws/codec.h"
#include "aws/ini.h"

#include "base/arena.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *json_of(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	return value;
}

static void check_encode(enum op_id op, const char *input, const char *path, const char *body)
{
	struct codec_request r;
	json_t *value = json_of(input);

	codec_encode(&ops[op], value, &r);
	assert_string_equal(r.method, "POST");
	assert_string_equal(buf_str(&r.path), path);
	assert_string_equal(buf_str(&r.body), body);
	codec_request_free(&r);
	json_decref(value);
}

static void test_encode(void **state)
{
	(void)state;
	check_encode(OP_ORGANIZATIONS_ListAccounts, "{\"b\": 1, \"a\": \"x y\"}", "/",
		     "{\"a\":\"x y\",\"b\":1}");
	check_encode(OP_ACCOUNT_PutAccountName, "{\"AccountName\": \"n\"}", "/putAccountName",
		     "{\"AccountName\":\"n\"}");
	check_encode(OP_IAM_CreateUser,
		     "{\"UserName\": \"a*b c~d/\\u00e9\", \"Path\": \"/\", \"Empty\": [], "
		     "\"Tags\": [{\"Value\": \"\", \"Key\": \"k\"}, {\"Key\": \"l\"}], "
		     "\"Yes\": true, \"No\": false, \"N\": 12, \"Null\": null, "
		     "\"O\": {\"P\": [\"q\"]}}",
		     "/",
		     "Action=CreateUser&Version=2010-05-08&Empty=&N=12&No=false&O.P.member.1=q"
		     "&Path=%2F&Tags.member.1.Key=k&Tags.member.1.Value=&Tags.member.2.Key=l"
		     "&UserName=a%2Ab+c~d%2F%C3%A9&Yes=true");
}

/* Objects of S3: a key may hold anything, and its slashes part it. */
static void test_objects(void **state)
{
	json_t *input =
	    json_of("{\"Bucket\": \"notes\", \"Key\": \"a b/../\u00e9%2F\", \"Body\": \"x\", "
		    "\"IfMatch\": \"\\\"1\\\"\", \"ContentType\": \"text/plain\"}");
	struct http_response answer = {
	    .status = 200, .body = BUF_INIT(64), .headers = BUF_INIT(64)};
	struct codec_request r;
	struct codec_error e;
	char id[128] = "";
	json_t *got;

	(void)state;
	codec_encode(&ops[OP_S3_PutObject], input, &r);
	assert_string_equal(r.method, "PUT");
	assert_string_equal(buf_str(&r.path), "/notes/a%20b/../%C3%A9%252F");
	assert_string_equal(buf_str(&r.body), "x");
	assert_string_equal(r.content_type, "text/plain");
	assert_int_equal(r.headers, 1);
	assert_string_equal(r.header[0].name, "if-match");
	assert_string_equal(r.header[0].value, "\"1\"");
	assert_true(r.body_hash && r.path_as_is);
	codec_request_free(&r);
	json_decref(input);
	buf_puts(&answer.body, "{\"a\": 1}");
	buf_puts(&answer.headers, "etag: \"2\"\n");
	got = codec_decode(&ops[OP_S3_GetObject], &answer, id);
	assert_string_equal(reply_str(got, "Body"), "{\"a\": 1}");
	assert_string_equal(reply_str(got, "ETag"), "\"2\"");
	json_decref(got);
	buf_puts(&answer.body, "\xff");
	assert_null(codec_decode(&ops[OP_S3_GetObject], &answer, id));
	/* A bucket elsewhere: where it is, is said. */
	buf_clear(&answer.body);
	buf_clear(&answer.headers);
	answer.body.max = answer.headers.max = 512;
	answer.status = 301;
	buf_puts(&answer.headers, "x-amz-bucket-region: eu-west-1\n");
	buf_puts(&answer.body, "<?xml version=\"1.0\"?><Error><Code>PermanentRedirect</Code>"
			       "<Message>Elsewhere</Message><Endpoint>x</Endpoint></Error>");
	codec_decode_error(&answer, &e);
	assert_string_equal(e.code, "PermanentRedirect");
	assert_string_equal(e.message, "Elsewhere (it is in eu-west-1)");
	free(e.message);
	buf_free(&answer.body);
	buf_free(&answer.headers);
}

static void check_xml(const char *xml, const char *want)
{
	json_t *got = codec_xml_parse(xml, strlen(xml)), *value = json_of(want);

	assert_non_null(got);
	assert_true(json_equal(got, value));
	json_decref(got);
	json_decref(value);
}

static void test_xml(void **state)
{
	(void)state;
	check_xml("<a/>", "{\"a\": \"\"}");
	check_xml("<a> x &lt;&amp; y </a>", "{\"a\": \" x <& y \"}");
	check_xml("<a>\n <b><member>1</member> <member>2</member>\n</b><c/></a>",
		  "{\"a\": {\"b\": [\"1\", \"2\"], \"c\": \"\"}}");
	check_xml("<a><m><member><k>v</k></member></m></a>", "{\"a\": {\"m\": [{\"k\": \"v\"}]}}");
	check_xml(
	    "<?xml version=\"1.0\"?><a xmlns=\"urn:x\"><m><entry><key>k</key></entry></m></a>",
	    "{\"a\": {\"m\": [{\"key\": \"k\"}]}}");
	check_xml("<a><![CDATA[<x>]]></a>", "{\"a\": \"<x>\"}");
}

static void test_xml_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "no",
	    "<a>",
	    "<a></b>",
	    "<a><b>1</b><b>2</b></a>",
	    "<a><member>1</member><b/></a>",
	    "<!DOCTYPE a><a/>",
	    "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
	    "<a>&x;</a>",
	    "<a>\xff</a>",
	    "<a/><b/>",
	    "<html><body><p>x<br></p></body></html>",
	};
	struct buf deep = BUF_INIT(1 << 16);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_null(codec_xml_parse(bad[i], strlen(bad[i])));
	for (i = 0; i <= CODEC_MAX_DEPTH; i++)
		buf_puts(&deep, "<a>");
	for (i = 0; i <= CODEC_MAX_DEPTH; i++)
		buf_puts(&deep, "</a>");
	assert_null(codec_xml_parse(deep.data, deep.len));
	assert_non_null(strstr(deep.data + 3, "<a>"));
	json_t *fits = codec_xml_parse(deep.data + 3, deep.len - 7);
	assert_non_null(fits);
	json_decref(fits);
	buf_free(&deep);
}

static void check_decode(enum op_id op, const char *body, const char *want, const char *want_id)
{
	char id[128] = "";
	struct http_response r = {.body = BUF_INIT(1 << 20)};
	json_t *got, *value;

	buf_puts(&r.body, body);
	got = codec_decode(&ops[op], &r, id);
	buf_free(&r.body);

	if (want == NULL) {
		assert_null(got);
		return;
	}
	value = json_of(want);
	assert_non_null(got);
	assert_true(json_equal(got, value));
	assert_string_equal(id, want_id);
	json_decref(got);
	json_decref(value);
}

static void test_decode(void **state)
{
	(void)state;
	check_decode(OP_STS_GetCallerIdentity,
		     "<GetCallerIdentityResponse xmlns=\"x\"><GetCallerIdentityResult>"
		     "<Account>1</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>"
		     "r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
		     "{\"Account\": \"1\"}", "r-1");
	check_decode(OP_IAM_DeleteUser,
		     "<DeleteUserResponse><ResponseMetadata><RequestId>r</RequestId>"
		     "</ResponseMetadata></DeleteUserResponse>",
		     "{}", "r");
	check_decode(OP_IAM_ListPolicyTags,
		     "<ListPolicyTagsResponse><ListPolicyTagsResult>\n</ListPolicyTagsResult>"
		     "</ListPolicyTagsResponse>",
		     "{}", "");
	/* Another operation's, an error with status 200, a reading without a result. */
	check_decode(OP_IAM_DeleteUser, "<DeleteGroupResponse/>", NULL, "");
	check_decode(OP_IAM_DeleteUser,
		     "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>", NULL, "");
	check_decode(OP_IAM_ListPolicyTags, "<ListPolicyTagsResponse/>", NULL, "");
	check_decode(OP_IAM_DeleteUser, "", NULL, "");
	check_decode(OP_ORGANIZATIONS_MoveAccount, "", "{}", "");
	check_decode(OP_ORGANIZATIONS_MoveAccount, "{}", "{}", "");
	check_decode(OP_ORGANIZATIONS_CreatePolicy, "", NULL, "");
	check_decode(OP_ORGANIZATIONS_ListAccounts, "", NULL, "");
	check_decode(OP_ORGANIZATIONS_ListAccounts, "[]", NULL, "");
	check_decode(OP_ORGANIZATIONS_ListAccounts, "{\"Accounts\": [", NULL, "");
	check_decode(OP_ORGANIZATIONS_ListAccounts, "{\"a\": 1, \"a\": 2}", NULL, "");
	check_decode(OP_ORGANIZATIONS_ListAccounts, "<html/>", NULL, "");
}

static void check_error(const char *headers, const char *body, const char *code,
			const char *message)
{
	struct http_response r = {.body = BUF_INIT(1 << 16), .headers = BUF_INIT(1 << 16)};
	struct codec_error e;

	buf_puts(&r.headers, headers);
	buf_puts(&r.body, body);
	codec_decode_error(&r, &e);
	assert_string_equal(e.code, code);
	if (message == NULL)
		assert_null(e.message);
	else
		assert_string_equal(e.message, message);
	free(e.message);
	buf_free(&r.headers);
	buf_free(&r.body);
}

static void test_errors(void **state)
{
	(void)state;
	check_error("", "{\"__type\": \"com.aws#AccountNotFoundException\", \"Message\": \"m\"}",
		    "AccountNotFoundException", "m");
	check_error("x-amzn-errortype: TooManyRequestsException:http://x/\n",
		    "{\"message\": \"m\"}", "TooManyRequestsException", "m");
	check_error("content-type: application/json\n",
		    "\n <ErrorResponse><Error><Code>NoSuchEntity</Code><Message>m</Message></Error>"
		    "<RequestId>r</RequestId></ErrorResponse>",
		    "NoSuchEntity", "m");
	check_error("",
		    "<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>",
		    "AuthFailure", NULL);
	check_error("", "<!doctype html><html><title>500</title></html>", "", NULL);
	check_error("", "{\"__type\": 7}", "", NULL);
	check_error("", "{\"__type\": \"A\\u001b[31mB\"}", "A31mB", NULL);
	check_error("", "", "", NULL);
}

static void test_accessors(void **state)
{
	json_t *b =
	    json_of("{\"l\": [{\"id\": \"a\"}], \"e\": \"\", \"w\": \"\\n \", \"t\": \"true\", "
		    "\"f\": false, \"n\": \"12\", \"i\": 3, \"s\": 1.5, "
		    "\"d\": \"2026-01-01T00:00:00Z\", \"null\": null}");
	const json_t *list;
	int64_t us;

	(void)state;
	assert_string_equal(reply_str(b, "l.0.id"), "a");
	assert_null(reply_str(b, "l.1.id"));
	assert_null(reply_str(b, "l.x"));
	assert_null(reply_str(b, "i"));
	assert_int_equal(reply_list(b, "l", &list), 1);
	assert_int_equal(reply_list(b, "e", &list), 0);
	assert_true(reply_has_list(b, "e") && reply_has_list(b, "w") && reply_has_list(b, "l"));
	assert_false(reply_has_list(b, "t") || reply_has_list(b, "none") ||
		     reply_has_list(b, "null"));
	assert_true(reply_bool(b, "t"));
	assert_false(reply_bool(b, "f") || reply_bool(b, "none"));
	assert_int_equal(reply_int(b, "n"), 12);
	assert_int_equal(reply_int(b, "i"), 3);
	assert_int_equal(reply_int(b, "t"), -1);
	assert_int_equal(reply_time(b, "s", &us), 0);
	assert_int_equal(us, 1500000);
	assert_int_equal(reply_time(b, "d", &us), 0);
	assert_int_equal(reply_time(b, "l", &us), -1);
	json_decref(b);
}

static void test_ini(void **state)
{
	static const char text[] = "\xef\xbb\xbf# c\n[default]\r\nA = 1 # c\nb=x#y\ns3 =\n  k = v\n"
				   "[profile   'two words']\na=\n; c\n[default]\na=2\n";
	static const char *const bad[] = {"a = 1\n",          "[x\n",      "[]\n",
					  "[x]\nsecretkey\n", "[x]\n=v\n", " a = 1\n"};
	auto_error err = {0};
	struct ini *ini = ini_parse(text, sizeof text - 1, "f", &err);
	size_t i;

	(void)state;
	assert_non_null(ini);
	assert_string_equal(ini_get(ini, "default", "a"), "2");
	assert_string_equal(ini_get(ini, "default", "b"), "x#y");
	assert_string_equal(ini_get(ini, "profile two words", "a"), "");
	assert_null(ini_get(ini, "default", "k"));
	assert_true(ini_has(ini, "default"));
	assert_false(ini_has(ini, "two"));
	ini_free(ini);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(ini_parse(bad[i], strlen(bad[i]), "f", &err));
		assert_null(strstr(err.message, "secretkey"));
	}
	assert_null(ini_parse("[x]\na\0=1\n", 9, "f", &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encode),    cmocka_unit_test(test_objects),
	    cmocka_unit_test(test_xml),       cmocka_unit_test(test_xml_refused),
	    cmocka_unit_test(test_decode),    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_accessors), cmocka_unit_test(test_ini),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
