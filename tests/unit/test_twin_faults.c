/* Faults: what a specification means, what is wrong with one, who suffers what, and what somebody
 * else may change. */
#include "aws/twin/twin_priv.h"

#include "aws/twin/transport.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define START_US 1795309323000000LL /* 2026-11-22T01:02:03Z */

static struct faults *parsed(const char *spec, uint64_t seed)
{
	struct faults *faults;
	auto_error err = {0};

	if (faults_parse(&faults, spec, seed, &err) != 0)
		fail_msg("%s", err.message);
	return faults;
}

/* What a run of requests suffers, a letter each: the first of the fault's name; '.': nothing. */
static char *taken(struct faults *faults, const char *service, const char *operation, bool mutates,
		   size_t n)
{
	char *out = xcalloc(n + 1, 1);

	for (size_t i = 0; i < n; i++) {
		struct fault fault = faults_take(faults, service, operation, mutates);

		out[i] = fault.kind == FAULT_NONE ? '.' : fault_names[fault.kind][0];
	}
	return out;
}

static void expect_taken(const char *spec, const char *service, const char *operation, bool mutates,
			 const char *expected)
{
	struct faults *faults = parsed(spec, 1);
	auto_free char *was = taken(faults, service, operation, mutates, strlen(expected));

	if (strcmp(was, expected) != 0)
		fail_msg("%s: %s, not %s", spec, was, expected);
	faults_free(faults);
}

static void rules_hit_what_they_name(void **ignored)
{
	static const struct {
		const char *spec, *service, *operation;
		bool mutates;
		const char *expected;
	} rows[] = {
	    {"", "iam", "CreateUser", true, "..."},
	    {"refuse", "iam", "CreateUser", true, "rrr"},
	    {"refuse#2", "iam", "CreateUser", true, ".r.."},
	    {"refuse#2-3", "iam", "CreateUser", true, ".rr."},
	    {"refuse#3-", "iam", "CreateUser", true, "..rr"},
	    {"refusex2", "iam", "CreateUser", true, "rr.."},
	    {"refuse#2-x2", "iam", "CreateUser", true, ".rr."},
	    {"refuse%0", "iam", "CreateUser", true, "...."},
	    {"refuse@CreateUser", "iam", "CreateUser", true, "rr"},
	    {"refuse@iam:CreateUser", "iam", "CreateUser", true, "rr"},
	    {"refuse@organizations:*", "iam", "CreateUser", true, ".."},
	    {"refuse@organizations:*", "organizations", "ListRoots", false, "rr"},
	    {"refuse@CreatePolicy", "iam", "CreatePolicy", true, "rr"},
	    {"refuse@organizations:CreatePolicy", "iam", "CreatePolicy", true, ".."},
	    {"refuse@reads", "iam", "CreateUser", true, ".."},
	    {"refuse@writes", "iam", "CreateUser", true, "rr"},
	    {"refuse@iam:reads", "organizations", "ListRoots", false, ".."},
	    {"empty_page", "organizations", "DescribeOrganization", false, ".."},
	    {"empty_page#1", "organizations", "ListRoots", false, "e."},
	    {"short_page", "iam", "GetAccountAuthorizationDetails", false, "ss"},
	    {"stale", "iam", "CreateUser", true, ".."},
	    {"concurrent", "organizations", "ListRoots", false, ".."},
	    {"fail_job", "organizations", "CreatePolicy", true, ".."},
	    {"fail_job", "organizations", "CreateAccount", true, "ff"},
	    /* The first that hits; each counts what it matches. */
	    {"refuse#1,throttle#1-2 delay=5", "iam", "CreateUser", true, "rtdd"},
	    {"refusex1\n\tthrottlex1 , delay=5x1", "iam", "CreateUser", true, "rtd."},
	    {"refuse#2@writes,", "iam", "CreateUser", true, ".r."},
	    {NULL, NULL, NULL, false, NULL},
	};

	(void)ignored;
	for (size_t i = 0; rows[i].spec != NULL; i++)
		expect_taken(rows[i].spec, rows[i].service, rows[i].operation, rows[i].mutates,
			     rows[i].expected);
}

static void values_arrive(void **ignored)
{
	static const struct {
		const char *spec;
		enum fault_kind kind;
		int64_t number;
		const char *text;
	} rows[] = {
	    {"delay=250", FAULT_DELAY, 250, NULL},
	    {"status=503", FAULT_STATUS, 503, NULL},
	    {"status", FAULT_STATUS, 503, NULL},
	    {"status=400/ThrottlingException@*", FAULT_STATUS, 400, "ThrottlingException"},
	    {"status_after=500/InternalFailurex3", FAULT_STATUS_AFTER, 500, "InternalFailure"},
	    {"html", FAULT_HTML, 502, NULL},
	    {"throttle", FAULT_THROTTLE, -1, NULL},
	    {"throttle=0", FAULT_THROTTLE, 0, NULL},
	    {"throttle=2x2", FAULT_THROTTLE, 2, NULL},
	    {"skew=-900", FAULT_SKEW, -900, NULL},
	    {"fail_job@CreateAccount", FAULT_FAIL_JOB, -1, "INTERNAL_FAILURE"},
	    {"fail_job=EMAIL_ALREADY_EXISTS", FAULT_FAIL_JOB, -1, "EMAIL_ALREADY_EXISTS"},
	    {"change", FAULT_CHANGE, -1, "any"},
	    {"change=move", FAULT_CHANGE, -1, "move"},
	};

	(void)ignored;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct faults *faults = parsed(rows[i].spec, 1);
		struct fault fault = faults_take(faults, "organizations", "CreateAccount", true);

		assert_int_equal(fault.kind, rows[i].kind);
		assert_int_equal(fault.number, rows[i].number);
		assert_true((fault.text == NULL) == (rows[i].text == NULL));
		if (fault.text != NULL)
			assert_string_equal(fault.text, rows[i].text);
		assert_true(faults_have(faults, rows[i].kind));
		assert_false(faults_have(faults, FAULT_EXPIRE));
		assert_int_equal(faults_hits(faults), 1);
		faults_free(faults);
	}
}

static void chance_follows_the_seed(void **ignored)
{
	struct faults *a = parsed("refuse%20", 7), *b = parsed("refuse%20", 7);
	struct faults *c = parsed("refuse%20", 8), *d = parsed("stale%50,refuse%20", 7);
	auto_free char *one = taken(a, "iam", "CreateUser", true, 2000);
	auto_free char *two = taken(b, "iam", "CreateUser", true, 2000);
	auto_free char *three = taken(c, "iam", "CreateUser", true, 2000);
	auto_free char *four = taken(d, "iam", "CreateUser", true, 2000);

	(void)ignored;
	assert_string_equal(one, two);
	assert_string_not_equal(one, three);
	assert_string_not_equal(one, four);
	assert_in_range(faults_hits(a), 340, 460);
	assert_in_range(faults_hits(c), 340, 460);
	faults_free(a);
	faults_free(b);
	faults_free(c);
	faults_free(d);
}

static void wrong_rules_are_named(void **ignored)
{
	static const struct {
		const char *spec, *error;
	} rows[] = {
	    {"throtle", "faults: rule 1, `throtle`: unknown action `throtle`; did you mean "
			"`throttle`?"},
	    {"deny qqqqqqqq", "faults: rule 2, `qqqqqqqq`: unknown action `qqqqqqqq`: it must be "
			      "one of refuse, "},
	    {"deny@CreatePolcy", "unknown operation `CreatePolcy`; did you mean `CreatePolicy`?"},
	    {"deny@iam:CreateAccount", "unknown operation `CreateAccount`"},
	    {"deny@iams:*", "unknown service `iams`; did you mean `iam`?"},
	    {"deny@reads@writes", "it names two operations"},
	    {"deny=1", "`deny` takes no value"},
	    {"delay", "a value belongs after `delay`, as in `delay=250`"},
	    {"delay=", "a value belongs after `delay`"},
	    {"delay=fast", "`fast` must be a number from 0 to 3600000, as in `delay=250`"},
	    {"status=99", "`99` must be a number from 400 to 599"},
	    {"status=503/", "an error code belongs after the /"},
	    {"change=tags", "unknown change `tags`; did you mean `tag`?"},
	    {"fail_job=a b", "rule 2, `b`: unknown action `b`"},
	    {"fail_job=\"", "is no word"},
	    {"deny#0", "after # belongs the number of a request from 1 on"},
	    {"deny#", "after # belongs"},
	    {"deny#5-3", "#5-3 is no range"},
	    {"deny%101", "after % belongs a chance from 0 to 100"},
	    {"denyx0", "after x belongs how often, from 1 on"},
	    {"denyx99999999999999999999", "after x belongs how often"},
	};

	(void)ignored;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct faults *faults = NULL;
		auto_error err = {0};

		assert_int_equal(faults_parse(&faults, rows[i].spec, 1, &err), -1);
		assert_null(faults);
		if (strstr(err.message, rows[i].error) == NULL)
			fail_msg("%s: %s", rows[i].spec, err.message);
	}
}

static json_t *done(struct twin *t, const char *service, const char *operation, json_t *input)
{
	char code[64] = "";
	json_t *r = twin_do(t, NULL, service, operation, input, code);

	if (r == NULL)
		fail_msg("%s: %s", operation, code);
	return r;
}

static struct twin *twin_small(struct twin_clock *clock)
{
	struct twin_options options = {.clock = &clock->clock, .seed = 1};
	auto_error err = {0};
	json_auto_t *unit = NULL, *policy = NULL;
	const json_t *summary;
	const char *root;
	struct twin *t;

	twin_clock_init(clock, START_US);
	assert_int_equal(twin_new(&t, &options, &err), 0);
	json_decref(done(t, "organizations", "CreateOrganization", json_object()));
	root = row_str(twin_table(t, "root"), "Id");
	unit = done(t, "organizations", "CreateOrganizationalUnit",
		    json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "ParentId", root, "Name", "u", "Tags",
			      "Key", "charter:x", "Value", "1"));
	policy = done(t, "organizations", "CreatePolicy",
		      json_pack("{s:s, s:s, s:s, s:s}", "Type", "SERVICE_CONTROL_POLICY", "Name",
				"p", "Description", "", "Content",
				"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
				"\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"));
	summary = json_object_get(json_object_get(policy, "Policy"), "PolicySummary");
	json_decref(
	    done(t, "organizations", "AttachPolicy",
		 json_pack("{s:s, s:s}", "PolicyId", row_str(summary, "Id"), "TargetId", root)));
	json_decref(done(t, "iam", "CreateGroup", json_pack("{s:s}", "GroupName", "g")));
	json_decref(done(t, "iam", "CreateUser", json_pack("{s:s}", "UserName", "u")));
	return t;
}

static void charter_tag_stands(struct twin *t)
{
	const char *id;
	json_t *unit;

	json_object_foreach(twin_table(t, "units"), id, unit)
	{
		assert_string_equal(row_str(json_object_get(unit, "tags"), "charter:x"), "1");
	}
}

static void others_change_what_is_there(void **ignored)
{
	static const char *const ways[] = {"tag", "rename", "move", "policy", "detach", "any"};

	(void)ignored;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct twin_clock clock, again_clock;
		struct twin *t = twin_small(&clock), *again = twin_small(&again_clock);
		json_auto_t *before = json_deep_copy(twin_state(t));
		uint64_t version = twin_version(t);

		for (uint64_t seed = 0; seed < 20; seed++) {
			faults_change(t, ways[i], seed);
			faults_change(again, ways[i], seed);
			charter_tag_stands(t);
			if (seed == 0)
				assert_false(json_equal(before, twin_state(t)));
		}
		assert_true(twin_version(t) > version);
		assert_true(json_equal(twin_state(t), twin_state(again)));
		twin_free(t);
		twin_free(again);
	}
}

static void nothing_to_change_is_no_change(void **ignored)
{
	struct twin_clock clock;
	struct twin_options options = {.clock = &clock.clock, .seed = 1};
	auto_error err = {0};
	struct twin *t;
	json_auto_t *before = NULL;

	(void)ignored;
	twin_clock_init(&clock, START_US);
	assert_int_equal(twin_new(&t, &options, &err), 0);
	before = json_deep_copy(twin_state(t));
	for (uint64_t seed = 0; seed < 5; seed++)
		faults_change(t, "any", seed);
	assert_true(json_equal(before, twin_state(t)));
	twin_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_hit_what_they_name),
	    cmocka_unit_test(values_arrive),
	    cmocka_unit_test(chance_follows_the_seed),
	    cmocka_unit_test(wrong_rules_are_named),
	    cmocka_unit_test(others_change_what_is_there),
	    cmocka_unit_test(nothing_to_change_is_no_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
