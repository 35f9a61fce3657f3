/* The signer against AWS's own test suite, stage by stage, and against values computed by botocore.
 */
#include "aws/sign.h"

#include "base/arena.h"
#include "base/env.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VECTORS 38

static const char *vectors_dir(void)
{
	const char *dir = getenv("CHARTER_VECTORS");

	return dir != NULL ? dir : "../shared/sigv4-vectors";
}

static char *slurp(const char *dir, const char *vector, const char *file)
{
	auto_free char *path = xasprintf("%s/%s/%s", dir, vector, file);
	struct buf text = BUF_INIT(1 << 20);
	char block[4096];
	size_t n;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_add(&text, block, n);
	fclose(f);
	return buf_take(&text);
}

struct vector {
	char *text; /* of the request, cut in place */
	struct http_header headers[16];
	struct sign_request request;
	struct sign_scope scope;
	struct credentials credentials;
	json_t *context;
};

/* A line that begins with a blank goes on with the header before it. */
static char *vector_header(struct vector *v, char *line)
{
	char *end = strchr(line, '\n'), *colon;

	while (end != NULL && (end[1] == ' ' || end[1] == '\t')) {
		*end = ' ';
		end = strchr(end, '\n');
	}
	if (end != NULL)
		*end = '\0';
	colon = strchr(line, ':');
	assert_non_null(colon);
	*colon = '\0';
	v->headers[v->request.headers_n++] = (struct http_header){line, colon + 1};
	return end != NULL ? end + 1 : line + strlen(line);
}

static void vector_request(struct vector *v)
{
	char *line = v->text, *end = strchrnul(line, '\n'), *path, *query, *version;

	if (*end != '\0')
		*end++ = '\0';
	path = strchr(line, ' ');
	*path++ = '\0';
	version = strstr(path, " HTTP/1.1");
	*version = '\0';
	query = strchr(path, '?');
	if (query != NULL)
		*query++ = '\0';
	v->request.method = line;
	v->request.path = path;
	v->request.query = query != NULL ? query : "";
	while (*end != '\0' && *end != '\n')
		end = vector_header(v, end);
	v->request.headers = v->headers;
	v->request.body = *end == '\n' ? end + 1 : end;
	v->request.body_len = strlen(v->request.body);
}

static void vector_context(struct vector *v, const char *dir, const char *name)
{
	auto_free char *text = slurp(dir, name, "context.json");
	const json_t *keys, *token;
	int64_t us;

	v->context = json_loads(text, 0, NULL);
	assert_non_null(v->context);
	keys = json_object_get(v->context, "credentials");
	v->credentials.access_key_id =
	    (char *)json_string_value(json_object_get(keys, "access_key_id"));
	v->credentials.secret_access_key =
	    (char *)json_string_value(json_object_get(keys, "secret_access_key"));
	token = json_object_get(keys, "token");
	v->credentials.session_token = (char *)json_string_value(token);
	v->scope.region = json_string_value(json_object_get(v->context, "region"));
	v->scope.service = json_string_value(json_object_get(v->context, "service"));
	assert_int_equal(
	    time_parse(json_string_value(json_object_get(v->context, "timestamp")), &us), 0);
	time_basic(us, v->scope.time);
	v->request.normalize = json_is_true(json_object_get(v->context, "normalize"));
	v->request.sign_body = json_is_true(json_object_get(v->context, "sign_body"));
	v->request.omit_session_token =
	    json_is_true(json_object_get(v->context, "omit_session_token"));
	v->request.double_encode = true;
}

static void vector_check(const char *dir, const char *name)
{
	struct vector v = {.text = slurp(dir, name, "request.txt")};
	auto_free char *want_canonical = slurp(dir, name, "header-canonical-request.txt");
	auto_free char *want_string = slurp(dir, name, "header-string-to-sign.txt");
	auto_free char *want_signature = slurp(dir, name, "header-signature.txt");
	auto_free char *want_request = slurp(dir, name, "header-signed-request.txt");
	auto_buf canonical = BUF_INIT(1 << 20);
	auto_buf headers = BUF_INIT(1 << 20);
	auto_buf string = BUF_INIT(1 << 20);
	auto_buf value = BUF_INIT(1 << 20);
	auto_buf line = BUF_INIT(1 << 20);
	char signature[SHA256_HEX];

	vector_request(&v);
	vector_context(&v, dir, name);
	sign_canonical_request(&v.request, &v.scope, &v.credentials, &canonical, &headers);
	sign_string_to_sign(buf_str(&canonical), &v.scope, &string);
	sign_signature(buf_str(&string), &v.scope, v.credentials.secret_access_key, signature);
	sign_authorization(&v.request, &v.scope, &v.credentials, &value);
	assert_string_equal(buf_str(&canonical), want_canonical);
	assert_string_equal(buf_str(&string), want_string);
	assert_string_equal(signature, want_signature);
	buf_printf(&line, "Authorization:%s\n", buf_str(&value));
	assert_non_null(strstr(want_request, buf_str(&line)));
	json_decref(v.context);
	free(v.text);
}

static void test_vectors(void **state)
{
	const char *dir = vectors_dir();
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	(void)state;
	if (d == NULL) {
		print_message("no vectors at %s (CHARTER_VECTORS)\n", dir);
		skip();
	}
	while ((e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, "get-", 4) != 0 && strncmp(e->d_name, "post-", 5) != 0)
			continue;
		print_message("%s\n", e->d_name);
		vector_check(dir, e->d_name);
		n++;
	}
	closedir(d);
	assert_int_equal(n, VECTORS);
}

struct own_case {
	const char *name;
	struct sign_request request;
	const char *region, *service, *token;
	const char *canonical; /* NULL: the signature says enough */
	const char *signature;
};

static const struct http_header tags_headers[] = {{"Host", "controltower.eu-west-1.amazonaws.com"}};
static const struct http_header json_headers[] = {
    {"host", "organizations.us-east-1.amazonaws.com"},
    {"content-type", "application/x-amz-json-1.1"},
    {"x-amz-target", "AWSOrganizationsV20161128.ListAccounts"}};
static const struct http_header form_headers[] = {
    {"host", "iam.amazonaws.com"},
    {"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};

/* Signatures by botocore 1.43's SigV4Auth for the same requests. */
static const struct own_case own_cases[] = {
    {.name = "an encoded path is encoded again",
     .request = {.method = "GET",
		 .path = "/tags/arn%3Aaws%3Acontroltower%3Aeu-west-1%3A111111111111%3A"
			 "enabledcontrol%2FA%20B",
		 .headers = tags_headers,
		 .headers_n = 1},
     .region = "eu-west-1",
     .service = "controltower",
     .canonical = "GET\n/tags/arn%253Aaws%253Acontroltower%253Aeu-west-1%253A111111111111%253A"
		  "enabledcontrol%252FA%2520B\n\nhost:controltower.eu-west-1.amazonaws.com\n"
		  "x-amz-date:20261122T010203Z\n\nhost;x-amz-date\n"
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     .signature = "7bea0e09097c634f264d2961bc3cb9b2beb607a912e707f93b48832789f1ea63"},
    {.name = "JSON with a session token",
     .request = {.method = "POST",
		 .path = "/",
		 .headers = json_headers,
		 .headers_n = 3,
		 .body = "{}",
		 .body_len = 2},
     .region = "us-east-1",
     .service = "organizations",
     .token = "FwoGZXIvYXdzE/token+with=signs",
     .signature = "b8ce588d08afef1fb3a8db7697d3fbc113d0f70c1d4bb52da1dcd31398849ddc"},
    {.name = "a form",
     .request = {.method = "POST",
		 .path = "/",
		 .headers = form_headers,
		 .headers_n = 2,
		 .body = "Action=CreateUser&Version=2010-05-08&UserName=a%2Ab+c~d",
		 .body_len = 55},
     .region = "us-east-1",
     .service = "iam",
     .signature = "daa0d7bb81333220edf6129d096da6d7cc12ee6cb84df064cb0f9284f9d0828c"},
};

static void own_check(const struct own_case *o)
{
	struct sign_request request = o->request;
	struct sign_scope scope = {
	    .region = o->region, .service = o->service, .time = "20261122T010203Z"};
	struct credentials c = {.access_key_id = (char *)"AKIDEXAMPLE",
				.secret_access_key =
				    (char *)"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
				.session_token = (char *)o->token};
	auto_buf canonical = BUF_INIT(1 << 16);
	auto_buf headers = BUF_INIT(1 << 16);
	auto_buf string = BUF_INIT(1 << 16);
	char signature[SHA256_HEX];

	print_message("%s\n", o->name);
	request.query = "";
	request.normalize = request.double_encode = true;
	sign_canonical_request(&request, &scope, &c, &canonical, &headers);
	if (o->canonical != NULL)
		assert_string_equal(buf_str(&canonical), o->canonical);
	sign_string_to_sign(buf_str(&canonical), &scope, &string);
	sign_signature(buf_str(&string), &scope, c.secret_access_key, signature);
	assert_string_equal(signature, o->signature);
}

static void test_own_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof own_cases / sizeof own_cases[0]; i++)
		own_check(&own_cases[i]);
}

/* S3 signs the path as it is sent. */
static void test_single_encoding(void **state)
{
	struct sign_request r = {.method = "GET",
				 .path = "/a%20b//../c",
				 .query = "",
				 .headers = tags_headers,
				 .headers_n = 1};
	struct sign_scope scope = {.region = "r", .service = "s3", .time = "20261122T010203Z"};
	struct credentials c = {0};
	auto_buf canonical = BUF_INIT(1 << 16);
	auto_buf headers = BUF_INIT(1 << 16);

	(void)state;
	sign_canonical_request(&r, &scope, &c, &canonical, &headers);
	assert_true(str_starts(buf_str(&canonical), "GET\n/a%20b//../c\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_own_cases),
	    cmocka_unit_test(test_single_encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
