/* Walks the tables: what the engine takes for granted of every row. */
#include "aws/op.h"

#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static void check_paging(const struct op *op)
{
	assert_true((op->token_in == NULL) == (op->token_out == NULL));
	if (op->more != NULL || op->page_size_in != NULL)
		assert_non_null(op->token_in);
	assert_true((op->page_size_in == NULL) == (op->page_size == 0));
	/* An answer of a paged mutating operation that was lost between pages would have no
	 * meaning. */
	assert_false(op->mutates && op->token_in != NULL);
}

static void check_mutating(const struct op *op)
{
	assert_true(op->rate != RATE_NONE);
	assert_true(op->lane != LANE_NONE);
	assert_true(op->lane != op->lane2);
	assert_true(op->settle_ms > 0);
	assert_null(op->gone[0]);
}

static void check_reading(const struct op *op)
{
	static const char *const verbs[] = {"Get",      "List",     "Describe", "Assume",
					    "Generate", "Simulate", "Lookup"};
	size_t i;
	bool reads = false;

	for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		reads = reads || strncmp(op->name, verbs[i], strlen(verbs[i])) == 0;
	assert_true(reads);
	assert_true(op->lane == LANE_NONE && op->lane2 == LANE_NONE);
	assert_null(op->already[0]);
	/* The root of an organization just created is the one id that a reading yields. */
	assert_true(op->id_path == NULL || op == &ops[OP_ORGANIZATIONS_ListRoots]);
	assert_null(op->job);
}

static void check_job(const struct job *job)
{
	assert_true(job->status < OP_COUNT);
	assert_false(ops[job->status].mutates);
	assert_non_null(job->id_from);
	assert_non_null(job->id_to);
	assert_non_null(job->state);
	assert_non_null(job->succeeded);
	assert_non_null(job->failed);
	assert_non_null(job->why);
}

static void test_rows(void **state)
{
	auto_map *seen = map_new();
	char action[128];
	size_t i;

	(void)state;
	for (i = 0; i < OP_COUNT; i++) {
		const struct op *op = &ops[i];

		assert_non_null(op->name);
		print_message("%s\n", op_action(op, action, sizeof action));
		assert_null(map_put(seen, action, (void *)op));
		assert_ptr_equal(op_find(services[op->service].name, op->name), op);
		assert_true(op->rate < RATE_COUNT && op->rate != RATE_NONE);
		assert_true((services[op->service].protocol == PROTOCOL_REST_JSON ||
			     services[op->service].protocol == PROTOCOL_REST_XML) ==
			    (op->path != NULL));
		assert_true((op->method != NULL) == (op->path != NULL));
		check_paging(op);
		if (op->mutates)
			check_mutating(op);
		else
			check_reading(op);
		if (op->job != NULL)
			check_job(op->job);
	}
	assert_null(op_find("iam", "ListAccounts"));
}

/* The name of a row is the name in its index, so that none can perform another operation. */
static void test_names(void **state)
{
	static const char *const names[] = {
#define OP(service, name) #name,
#include "aws/op.def"
#undef OP
	};
	static const enum service_id of[] = {
#define OP(service, name) SERVICE_##service,
#include "aws/op.def"
#undef OP
	};
	size_t i;

	(void)state;
	for (i = 0; i < OP_COUNT; i++) {
		assert_string_equal(ops[i].name, names[i]);
		assert_int_equal(ops[i].service, of[i]);
	}
}

/* Guard 10: what is never built. Nothing that ends an organization, an instance or a trust, closes
 * an account or uses root credentials may be in the table at all. */
static void test_forbidden(void **state)
{
	static const char *const forbidden[] = {
	    "DeleteOrganization", "LeaveOrganization",
	    "DisablePolicyType",  "DisableAWSServiceAccess",
	    "DeleteInstance",     "RemoveAccountFromOrganization",
	    "CloseAccount",       "EnableOrganizationsRootCredentialsManagement",
	    "AssumeRoot",         "EnableOrganizationsRootSessions",
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < OP_COUNT; i++) {
		for (k = 0; k < sizeof forbidden / sizeof forbidden[0]; k++)
			assert_string_not_equal(ops[i].name, forbidden[k]);
	}
}

static void test_rates_and_lanes(void **state)
{
	size_t i;

	(void)state;
	for (i = RATE_NONE + 1; i < RATE_COUNT; i++) {
		assert_non_null(rates[i].name);
		assert_true(rates[i].milli > 0 && rates[i].burst > 0);
	}
	for (i = LANE_NONE + 1; i < LANE_COUNT; i++)
		assert_true(lanes[i].name != NULL && lanes[i].width > 0);
}

static void test_services(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < SERVICE_COUNT; i++) {
		const struct service *s = &services[i];

		assert_non_null(s->name);
		assert_non_null(s->signing_name);
		assert_non_null(s->endpoint_name);
		assert_true((s->protocol == PROTOCOL_QUERY) == (s->version != NULL));
		assert_true((s->protocol == PROTOCOL_JSON_1_1) == (s->target != NULL));
		for (k = 0; k < 3; k++)
			assert_true(s->at[k].partition != NULL && s->at[k].host != NULL);
	}
}

static const char *none(const char *name)
{
	(void)name;
	return NULL;
}

static const char *variables[8][2];

static const char *some(const char *name)
{
	size_t i;

	for (i = 0; i < 8 && variables[i][0] != NULL; i++) {
		if (strcmp(variables[i][0], name) == 0)
			return variables[i][1];
	}
	return NULL;
}

static void check_endpoint(enum service_id service, const char *partition, const char *region,
			   const char *(*get)(const char *), const char *url, const char *host,
			   const char *signing)
{
	struct endpoint e;
	auto_error err = {0};

	assert_int_equal(endpoint_resolve(&services[service], partition, region, get, &e, &err), 0);
	assert_string_equal(e.url, url);
	assert_string_equal(e.host, host);
	assert_string_equal(e.region, signing);
	endpoint_free(&e);
}

static void test_endpoints(void **state)
{
	(void)state;
	check_endpoint(SERVICE_IAM, "aws", "eu-west-1", none, "https://iam.amazonaws.com",
		       "iam.amazonaws.com", "us-east-1");
	check_endpoint(SERVICE_STS, "aws", "eu-west-1", none, "https://sts.eu-west-1.amazonaws.com",
		       "sts.eu-west-1.amazonaws.com", "eu-west-1");
	check_endpoint(SERVICE_STS, "aws-cn", "cn-north-1", none,
		       "https://sts.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.amazonaws.com.cn",
		       "cn-north-1");
	memset(variables, 0, sizeof variables);
	variables[0][0] = "AWS_ENDPOINT_URL";
	variables[0][1] = "http://127.0.0.1:5000/";
	variables[1][0] = "AWS_ENDPOINT_URL_IAM";
	variables[1][1] = "https://iam.example.com:443";
	check_endpoint(SERVICE_ORGANIZATIONS, "aws", "eu-west-1", some, "http://127.0.0.1:5000",
		       "127.0.0.1:5000", "us-east-1");
	check_endpoint(SERVICE_IAM, "aws", "eu-west-1", some, "https://iam.example.com",
		       "iam.example.com", "us-east-1");
	variables[2][0] = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
	variables[2][1] = "true";
	variables[3][0] = "AWS_USE_FIPS_ENDPOINT";
	variables[3][1] = "true";
	check_endpoint(SERVICE_STS, "aws", "us-west-2", some,
		       "https://sts-fips.us-west-2.amazonaws.com",
		       "sts-fips.us-west-2.amazonaws.com", "us-west-2");
}

static void test_endpoints_refused(void **state)
{
	static const char *const urls[] = {
	    "http://example.com",
	    "http://127.0.0.1.example.com",
	    "http://10.0.0.1:80",
	    "ftp://127.0.0.1",
	    "https://user@example.com",
	    "https://example.com/path",
	    "https://example.com?q",
	    "https://example.com:",
	    "https://example.com:8a",
	    "https://exa mple.com",
	    "https://",
	    "http://[::2]:5000",
	    "https://[::1",
	    "http://localhost.example.com",
	    "http://0x7f.1",
	};
	struct endpoint e;
	size_t i;

	(void)state;
	memset(variables, 0, sizeof variables);
	variables[0][0] = "AWS_ENDPOINT_URL_STS";
	for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		auto_error err = {0};

		variables[0][1] = urls[i];
		assert_int_equal(
		    endpoint_resolve(&services[SERVICE_STS], "aws", "us-east-1", some, &e, &err),
		    -1);
		assert_non_null(strstr(err.message, "AWS_ENDPOINT_URL_STS"));
	}
	variables[0][1] = "http://[::1]:5000";
	check_endpoint(SERVICE_STS, "aws", "us-east-1", some, "http://[::1]:5000", "[::1]:5000",
		       "us-east-1");
	assert_string_equal(partition_of_region("us-gov-west-1"), "aws-us-gov");
	assert_null(partition_of_region("us-iso-east-1"));
	assert_null(partition_of_region("eusc-de-east-1"));
	assert_null(partition_of_region("us-east-1.evil.com/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_forbidden),
	    cmocka_unit_test(test_rates_and_lanes),
	    cmocka_unit_test(test_services),
	    cmocka_unit_test(test_endpoints),
	    cmocka_unit_test(test_endpoints_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
