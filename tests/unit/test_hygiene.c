/* Credential reports to findings, each at its boundary, and the report in its forms. */
#include "base/arena.h"
#include "base/base64.h"
#include "reconciler/hygiene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                       \
	"user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"   \
	"password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"         \
	"access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_"        \
	"service,"                                                                                 \
	"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"               \
	"access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"              \
	"cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n"
#define KEY_NONE "false,N/A,N/A,N/A,N/A"
#define CERTS    "false,N/A,false,N/A\n"
#define NOW      "2026-11-22T12:00:00Z"
/* 90 days before, to the second, and a second earlier. */
#define DAYS_90      "2026-08-24T12:00:00+00:00"
#define DAYS_90_PAST "2026-08-24T11:59:59+00:00"

static const struct hygiene_account account = {.name = "main", .id = "111111111111"};

static void begin(struct hygiene *h, const char *csv)
{
	auto_error err = {0};

	*h = (struct hygiene){.arena = arena_new()};
	h->accounts = arena_array(h->arena, 1, sizeof(*h->accounts));
	h->accounts[h->accounts_n++] = account;
	time_parse(NOW, &h->now_us);
	assert_int_equal(hygiene_take(h, &h->accounts[0], csv, strlen(csv), &err), 0);
	hygiene_finish(h);
}

static void end(struct hygiene *h)
{
	hygiene_free(h);
	arena_free(h->arena);
}

/* "FINDING USER KEY: PHRASE" a line. */
static void assert_findings(const char *csv, const char *want)
{
	auto_buf out = BUF_INIT(1 << 16);
	struct hygiene h;

	begin(&h, csv);
	for (size_t i = 0; i < h.findings.n; i++) {
		const struct hygiene_finding *f = &h.findings.at[i];

		buf_printf(&out, "%s %s %u: ", hygiene_names[f->kind], f->user, (unsigned)f->key);
		hygiene_phrase(&h, f, &out);
		buf_putc(&out, '\n');
	}
	assert_string_equal(buf_str(&out), want);
	end(&h);
}

static void test_keys(void **state)
{
	(void)state;
	assert_findings(HEAD "a,arn,2026-11-01T00:00:00+00:00,false,N/A,N/A,N/A,false,"
			     "true," DAYS_90 ",N/A,N/A,N/A," KEY_NONE "," CERTS,
			"");
	assert_findings(HEAD "a,arn,2026-11-01T00:00:00+00:00,false,N/A,N/A,N/A,false,"
			     "true," DAYS_90_PAST ",2026-11-12T12:00:00+00:00,us-east-1,s3,"
			     "true,2026-01-01T00:00:00+00:00,N/A,N/A,N/A," CERTS,
			"old_key a 1: key 1, 90 days old, last used 2026-11-12 (10 days ago)\n"
			"old_key a 2: key 2, 325 days old, never used\n");
	/* Inactive ones are of no use to anyone. */
	assert_findings(HEAD "a,arn,2026-11-01T00:00:00+00:00,false,N/A,N/A,N/A,false,"
			     "false,2025-01-01T00:00:00+00:00,N/A,N/A,N/A," KEY_NONE "," CERTS,
			"");
}

static void test_mfa(void **state)
{
	(void)state;
	assert_findings(
	    HEAD "a,arn,2026-11-01T00:00:00+00:00,true,no_information,N/A,N/A,false," KEY_NONE
		 "," KEY_NONE "," CERTS
		 "b,arn,2026-11-01T00:00:00+00:00,true,N/A,N/A,N/A,true," KEY_NONE "," KEY_NONE
		 "," CERTS "c,arn,2026-11-01T00:00:00+00:00,false,N/A,N/A,N/A,false," KEY_NONE
		 "," KEY_NONE "," CERTS,
	    "no_mfa a 0: no MFA device; never used\n");
}

/* The last use of any credential counts; without one, the creation. */
static void test_unused(void **state)
{
	(void)state;
	assert_findings(HEAD "a,arn,2025-01-01T00:00:00+00:00,true," DAYS_90
			     ",N/A,N/A,true," KEY_NONE "," KEY_NONE "," CERTS,
			"");
	assert_findings(
	    HEAD "a,arn,2025-01-01T00:00:00+00:00,true," DAYS_90_PAST ",N/A,N/A,true," KEY_NONE
		 "," KEY_NONE "," CERTS "b,arn,2025-01-01T00:00:00+00:00,true," DAYS_90_PAST
		 ",N/A,N/A,true,"
		 "false,2025-01-01T00:00:00+00:00,2026-11-20T00:00:00+00:00,us-east-1,s3," KEY_NONE
		 "," CERTS "c,arn," DAYS_90_PAST ",false,N/A,N/A,N/A,false," KEY_NONE "," KEY_NONE
		 "," CERTS "d,arn," DAYS_90 ",false,N/A,N/A,N/A,false," KEY_NONE "," KEY_NONE
		 "," CERTS,
	    "unused a 0: last used 2026-08-24 (90 days ago)\n"
	    "unused c 0: never used, made 2026-08-24 (90 days ago)\n");
}

static void test_root(void **state)
{
	(void)state;
	assert_findings(HEAD "<root_account>,arn,2020-01-01T00:00:00+00:00,not_supported,"
			     "no_information,not_supported,not_supported,false,"
			     "true,2026-11-21T12:00:00+00:00,N/A,N/A,N/A," KEY_NONE "," CERTS,
			"root_key <root_account> 1: key 1, 1 days old, never used\n"
			"root_mfa <root_account> 0: no MFA device; it may sign in\n");
	/* Its credentials were taken away: nothing to protect. */
	assert_findings(HEAD "<root_account>,arn,2020-01-01T00:00:00+00:00,false,"
			     "N/A,N/A,N/A,false," KEY_NONE "," KEY_NONE "," CERTS,
			"");
	assert_findings(HEAD "<root_account>,arn,2020-01-01T00:00:00+00:00,not_supported,"
			     "no_information,not_supported,not_supported,true," KEY_NONE
			     "," KEY_NONE "," CERTS,
			"");
}

static const char small[] = "mfa_active,\"user\",user_creation_time,password_enabled,"
			    "password_last_used,access_key_1_active,access_key_1_last_rotated,"
			    "access_key_1_last_used_date,access_key_2_active,"
			    "access_key_2_last_rotated,access_key_2_last_used_date";

/* Columns stand anywhere; fields may be quoted; the last line may have no end. */
static void test_csv(void **state)
{
	auto_free char *odd = xasprintf("%s\r\n\r\nfalse,\"o\"\"d,d\r\n\",N/A,true,N/A\n", small);
	auto_free char *last = xasprintf("%s\nfalse,z,N/A,true", small);

	(void)state;
	assert_findings(odd, "no_mfa o\"d,d\r\n 0: no MFA device; never used\n");
	assert_findings(last, "no_mfa z 0: no MFA device; never used\n");
	assert_findings(small, "");
}

static void test_csv_refused(void **state)
{
	struct hygiene h = {.arena = arena_new()};
	auto_error err = {0};

	(void)state;
	assert_int_equal(hygiene_take(&h, &account, "", 0, &err), -1);
	assert_string_equal(err.message, "the credential report is empty");
	assert_int_equal(hygiene_take(&h, &account, "user,arn\n", 9, &err), -1);
	assert_string_equal(err.message,
			    "the credential report has no column `user_creation_time`");
	end(&h);
}

static void sample(struct hygiene *h)
{
	auto_error err = {0};
	auto_free char *csv = xasprintf("%s\nfalse,zoe,N/A,true\nfalse,al|ice,N/A,true\n", small);

	begin(h, csv);
	h->accounts = realloc(NULL, 2 * sizeof(*h->accounts));
	h->accounts[0] = (struct hygiene_account){
	    .name = "main", .id = "111111111111", .generated = "2026-11-22T11:00:00Z"};
	h->accounts[1] = (struct hygiene_account){
	    .name = "shut", .id = "222222222222", .code = "AccessDenied", .message = "no role"};
	h->accounts_n = 2;
	h->unread = 1;
	error_clear(&err);
}

static void sample_end(struct hygiene *h)
{
	free(h->accounts);
	end(h);
}

static void test_forms(void **state)
{
	static const struct style plain = {0};
	auto_buf text = BUF_INIT(1 << 16), json = BUF_INIT(1 << 16), markdown = BUF_INIT(1 << 16);
	struct hygiene h;

	(void)state;
	sample(&h);
	hygiene_write_text(&h, &plain, &text);
	assert_string_equal(buf_str(&text),
			    "2 findings in 1 account with 2 users, on 2026-11-22\n"
			    "     0  Access keys of root users\n"
			    "     0  Root users without MFA\n"
			    "     2  Users with a console password and without MFA\n"
			    "     0  Access keys older than 90 days\n"
			    "     0  Users unused for 90 days\n"
			    "     1  Accounts that could not be read\n"
			    "\n"
			    "Not read\n"
			    "  shut: AccessDenied: no role\n"
			    "\n"
			    "Users with a console password and without MFA\n"
			    "  main  al|ice  no MFA device; never used\n"
			    "  main  zoe     no MFA device; never used\n");
	assert_int_equal(hygiene_write_json(&h, &json), 0);
	assert_string_equal(
	    buf_str(&json),
	    "{\n"
	    "  \"accounts\": [\n"
	    "    {\"account\":\"main\",\"generated\":\"2026-11-22T11:00:00Z\",\"id\":"
	    "\"111111111111\"},\n"
	    "    {\"account\":\"shut\",\"error\":\"AccessDenied\",\"id\":\"222222222222\","
	    "\"message\":\"no role\"}\n"
	    "  ],\n"
	    "  \"counts\": {\"no_mfa\":2,\"old_key\":0,\"root_key\":0,\"root_mfa\":0,\"unread\":1,"
	    "\"unused\":0,\"users\":2},\n"
	    "  \"date\": \"2026-11-22T12:00:00Z\",\n"
	    "  \"findings\": [\n"
	    "    {\"account\":\"main\",\"finding\":\"no_mfa\",\"user\":\"al|ice\"},\n"
	    "    {\"account\":\"main\",\"finding\":\"no_mfa\",\"user\":\"zoe\"}\n"
	    "  ],\n"
	    "  \"format\": \"charter.hygiene/1\"\n"
	    "}\n");
	hygiene_write_markdown(&h, &markdown);
	assert_non_null(strstr(buf_str(&markdown), "| `shut` | `AccessDenied` no role |\n"));
	assert_non_null(strstr(buf_str(&markdown), "| `main` | `zoe` | no MFA device; never used"));
	assert_null(strstr(buf_str(&markdown), "al|ice"));
	sample_end(&h);
}

static void test_base64(void **state)
{
	static const struct {
		const char *s, *want; /* NULL: refused */
	} cases[] = {
	    {"", ""},      {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9v\nYg==\n", "foob"},
	    {"Zm9", NULL}, {"Zg=", NULL}, {"Z===", NULL}, {"Zm9v!", NULL}, {"Zg==Zg==", NULL},
	    {"=", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		auto_buf out = BUF_INIT(64);
		bool fine = base64_decode(&out, cases[i].s, strlen(cases[i].s));

		assert_int_equal(fine, cases[i].want != NULL);
		if (fine)
			assert_string_equal(buf_str(&out), cases[i].want);
		if (fine && !strchr(cases[i].s, '\n')) {
			buf_clear(&out);
			base64_encode(&out, cases[i].want, strlen(cases[i].want));
			assert_string_equal(buf_str(&out), cases[i].s);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys),   cmocka_unit_test(test_mfa),
	    cmocka_unit_test(test_unused), cmocka_unit_test(test_root),
	    cmocka_unit_test(test_csv),    cmocka_unit_test(test_csv_refused),
	    cmocka_unit_test(test_forms),  cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
