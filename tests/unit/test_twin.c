/* The twin's core: whose call is let in, when, and what befalls it; pages, ids, lag, checks. */
#include "aws/twin/twin_priv.h"
#include "base/digest.h"
#include "base/env.h"

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
#define MEMBER   "222222222222"

struct desk {
	struct twin_clock clock;
	struct twin *twin;
	char root[TWIN_ID];
};

static void desk_open(struct desk *d, struct twin_options options)
{
	auto_error err = {0};

	twin_clock_init(&d->clock, START_US);
	options.clock = &d->clock.clock;
	if (twin_new(&d->twin, &options, &err) < 0)
		fail_msg("%s", err.message);
}

/* With an organization; `root` is its root's id. */
static void desk_organize(struct desk *d, struct twin_options options)
{
	json_t *made;
	char code[64];

	desk_open(d, options);
	made = twin_do(d->twin, NULL, "organizations", "CreateOrganization", NULL, code);
	assert_non_null(made);
	json_decref(made);
	snprintf(d->root, sizeof d->root, "%s", row_str(twin_table(d->twin, "root"), "Id"));
}

static void desk_close(struct desk *d)
{
	twin_free(d->twin);
}

/* A request of Organizations by the administrator of the account. Takes the input. */
static void ask_as(struct desk *d, const char *account, const char *operation, json_t *input,
		   struct twin_reply *reply)
{
	auto_free char *target = xasprintf("AWSOrganizationsV20161128.%s", operation);
	auto_free char *body = json_dumps(input, JSON_COMPACT);
	auto_free char *authorization =
	    xasprintf("AWS4-HMAC-SHA256 Credential=AKIATWIN%s/20261122/us-east-1/organizations/"
		      "aws4_request, SignedHeaders=host;x-amz-date, Signature=%064d",
		      account, 0);
	struct http_header headers[] = {
	    {"Host", "organizations.us-east-1.amazonaws.com"},
	    {"Content-Type", "application/x-amz-json-1.1"},
	    {"X-Amz-Target", target},
	    {"Authorization", authorization},
	};
	struct twin_request request = {"POST", "/", headers, 4, body, strlen(body)};

	twin_serve(d->twin, &request, reply);
	json_decref(input);
}

static void ask(struct desk *d, const char *operation, json_t *input, struct twin_reply *reply)
{
	ask_as(d, TWIN_MANAGEMENT, operation, input, reply);
}

/* The code of the error, or "" when it went well, or how it ended. Frees the reply. */
static const char *outcome(struct twin_reply *r, char code[64])
{
	static const char *const ends[] = {"", "refuses", "resets", "truncates", "overruns"};
	const char *found = strstr(buf_str(&r->headers), "x-amzn-errortype: ");

	snprintf(code, 64, "%s", ends[r->end]);
	if (r->end == TWIN_REPLIES && found != NULL) {
		found += 18;
		snprintf(code, 64, "%.*s", (int)strcspn(found, "\n"), found);
	} else if (r->end == TWIN_REPLIES && r->status != 200) {
		snprintf(code, 64, "%d", r->status);
	}
	twin_reply_free(r);
	return code;
}

static const char *result_of(struct desk *d, const char *operation, json_t *input, char code[64])
{
	struct twin_reply r;

	ask(d, operation, input, &r);
	return outcome(&r, code);
}

static json_t *unit_input(const struct desk *d, const char *name)
{
	return json_pack("{s:s, s:s}", "ParentId", d->root, "Name", name);
}

static json_t *listing_input(const struct desk *d)
{
	return json_pack("{s:s}", "ParentId", d->root);
}

static size_t units_listed(struct desk *d)
{
	struct twin_reply r;
	json_auto_t *body = NULL;
	size_t n;

	ask(d, "ListOrganizationalUnitsForParent", listing_input(d), &r);
	body = json_loadb(r.body.data, r.body.len, 0, NULL);
	n = json_array_size(json_object_get(body, "OrganizationalUnits"));
	assert_int_equal(r.status, 200);
	twin_reply_free(&r);
	return n;
}

static void test_membership(void **state)
{
	struct desk d;
	struct twin_reply r;
	char code[64];

	(void)state;
	desk_open(&d, (struct twin_options){.accounts = 20});
	assert_string_equal(result_of(&d, "ListRoots", json_object(), code),
			    "AWSOrganizationsNotInUseException");
	assert_string_equal(result_of(&d, "Nonsense", json_object(), code),
			    "UnknownOperationException");
	assert_string_equal(result_of(&d, "CreateOrganization", json_object(), code), "");
	assert_string_equal(result_of(&d, "ListRoots", json_object(), code), "");
	assert_string_equal(result_of(&d, "CreateOrganizationalUnit", json_object(), code),
			    "InvalidInputException");
	org_account_new(d.twin, MEMBER, row_str(twin_table(d.twin, "root"), "Id"), "a",
			"a@example.com");
	ask_as(&d, MEMBER, "ListRoots", json_object(), &r);
	assert_string_equal(outcome(&r, code), "AccessDeniedException");
	/* "...or by a member account that is a delegated administrator" (of any service). */
	json_object_set_new(twin_sub(twin_table(d.twin, "delegations"), MEMBER),
			    "sso.amazonaws.com", json_integer(1));
	ask_as(&d, MEMBER, "ListRoots", json_object(), &r);
	assert_string_equal(outcome(&r, code), "");
	ask_as(&d, MEMBER, "DeleteOrganization", json_object(), &r);
	assert_string_equal(outcome(&r, code), "AccessDeniedException");
	ask_as(&d, MEMBER, "DescribeOrganization", json_object(), &r);
	assert_string_equal(outcome(&r, code), "");
	assert_int_equal(twin_quota(d.twin, "accounts", 10), 20);
	desk_close(&d);
}

static void test_every_reply_is_dated_and_named(void **state)
{
	struct desk d;
	struct twin_reply r;
	char ids[3][37];
	int i;

	(void)state;
	desk_open(&d, (struct twin_options){.faults = "skew=60#2"});
	for (i = 0; i < 3; i++) {
		const char *id;

		ask(&d, i == 2 ? "Nonsense" : "ListRoots", json_object(), &r);
		id = strstr(buf_str(&r.headers), "x-amzn-requestid: ");
		assert_non_null(id);
		snprintf(ids[i], sizeof ids[i], "%s", id + 18);
		assert_non_null(
		    strstr(buf_str(&r.headers), i == 0 ? "date: Sun, 22 Nov 2026 01:02:03 GMT\n"
						       : "date: Sun, 22 Nov 2026 01:03:03 GMT\n"));
		twin_reply_free(&r);
	}
	assert_string_not_equal(ids[0], ids[1]);
	assert_string_not_equal(ids[1], ids[2]);
	desk_close(&d);
}

static void test_one_writer(void **state)
{
	struct desk d;
	char code[64];

	(void)state;
	desk_organize(&d, (struct twin_options){.latency_us = 50000});
	assert_string_equal(result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "a"), code),
			    "");
	d.clock.us += 49999;
	assert_string_equal(result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "b"), code),
			    "ConcurrentModificationException");
	assert_string_equal(result_of(&d, "ListRoots", json_object(), code), "");
	d.clock.us += 1;
	assert_string_equal(result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "b"), code),
			    "");
	assert_int_equal(twin_stats(d.twin)->writers_max, 2);
	assert_int_equal(twin_stats(d.twin)->writes, 2);
	desk_close(&d);
	/* Without latency a write is over when the next one comes. */
	desk_organize(&d, (struct twin_options){0});
	assert_string_equal(result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "a"), code),
			    "");
	assert_string_equal(result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "b"), code),
			    "");
	assert_int_equal(twin_stats(d.twin)->writers_max, 1);
	desk_close(&d);
}

/* ListAccounts: eight a second, twelve at once. */
static void test_rates(void **state)
{
	struct desk d;
	char code[64];
	unsigned went = 0, i;

	(void)state;
	desk_organize(&d, (struct twin_options){.rates = true});
	for (i = 0; i < 20; i++)
		went += *result_of(&d, "ListAccounts", json_object(), code) == '\0';
	assert_int_equal(went, 12);
	assert_string_equal(code, "TooManyRequestsException");
	/* Another row's bucket is another. */
	assert_string_equal(result_of(&d, "ListRoots", json_object(), code), "");
	for (i = 0, went = 0; i < 100000; i++) {
		d.clock.us += 1000;
		went += *result_of(&d, "ListAccounts", json_object(), code) == '\0';
	}
	assert_int_equal(went, 800);
	/* At exactly the rate nothing is refused. */
	d.clock.us += 125000;
	for (i = 0; i < 100; i++, d.clock.us += 125000)
		assert_string_equal(result_of(&d, "ListAccounts", json_object(), code), "");
	twin_rates_set(d.twin, false);
	for (i = 0; i < 20; i++)
		assert_string_equal(result_of(&d, "ListAccounts", json_object(), code), "");
	assert_int_equal(twin_stats(d.twin)->throttled, 8 + 100000 - 800);
	desk_close(&d);
}

static void test_lag(void **state)
{
	struct desk d;
	char code[64];

	(void)state;
	desk_organize(&d, (struct twin_options){.lag_reads = 2, .lag_us = SECOND_US});
	result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "a"), code);
	assert_int_equal(units_listed(&d), 0);
	assert_int_equal(units_listed(&d), 0);
	assert_int_equal(units_listed(&d), 1);
	result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "b"), code);
	assert_int_equal(units_listed(&d), 1);
	d.clock.us += SECOND_US;
	assert_int_equal(units_listed(&d), 2);
	desk_close(&d);
	desk_organize(&d, (struct twin_options){.lag_us = SECOND_US});
	result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "a"), code);
	assert_int_equal(units_listed(&d) + units_listed(&d) + units_listed(&d), 0);
	d.clock.us += SECOND_US;
	assert_int_equal(units_listed(&d), 1);
	desk_close(&d);
}

static void test_ids(void **state)
{
	struct desk d, e;
	json_auto_t *seen = json_object();
	char id[TWIN_ID], other[TWIN_ID];
	int i;

	(void)state;
	desk_open(&d, (struct twin_options){.seed = 7});
	desk_open(&e, (struct twin_options){.seed = 7});
	for (i = 0; i < 3000; i++) {
		twin_id(d.twin, id, "p-", 8);
		twin_id(e.twin, other, "p-", 8);
		assert_string_equal(id, other);
		assert_int_equal(strlen(id), 10);
		assert_null(json_object_get(seen, id));
		json_object_set_new(seen, id, json_true());
	}
	twin_id(d.twin, id, "AIDA", 17);
	assert_int_equal(strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 21);
	twin_id_digits(d.twin, id);
	assert_int_equal(strspn(id, "0123456789"), 12);
	desk_close(&d);
	desk_close(&e);
	/* One letter: there are 36 such ids, and each is in use once it stands in a table. */
	desk_open(&d, (struct twin_options){.seed = 1});
	for (i = 0; i < 36; i++) {
		twin_id(d.twin, id, "p-", 1);
		assert_null(twin_row(d.twin, "policies", id));
		json_object_set_new(twin_table(d.twin, "policies"), id, json_object());
	}
	desk_close(&d);
}

/* A listing of many rows, whose caller deletes some between the pages. */
struct listing {
	struct desk desk;
	struct twin_op op;
	struct twin_call call;
	struct twin_paging paging;
	json_t *rows;
};

static void listing_open(struct listing *l, size_t n, bool iam)
{
	size_t i;

	desk_open(&l->desk, (struct twin_options){0});
	l->op = (struct twin_op){.name = "ListThings",
				 .service = iam ? SERVICE_IAM : SERVICE_ORGANIZATIONS};
	l->call = (struct twin_call){.op = &l->op, .input = json_object(), .account = MEMBER};
	l->paging = iam ? paging_iam : paging_organizations;
	l->paging.list = "Things";
	l->rows = json_array();
	for (i = 0; i < n; i++)
		json_array_append_new(l->rows, json_pack("{s:o, s:i}", "Id",
							 json_sprintf("i-%06zu", i), "n", (int)i));
}

static void listing_close(struct listing *l)
{
	twin_call_clear(&l->call);
	json_decref((json_t *)l->call.input);
	json_decref(l->rows);
	desk_close(&l->desk);
}

static json_t *listing_page(struct listing *l)
{
	return twin_page(l->desk.twin, &l->call, &l->paging, json_copy(l->rows));
}

/* False: that was the last page. Takes the page. */
static bool listing_next(struct listing *l, json_t *page)
{
	json_t *token = json_object_get(page, l->paging.token_out);
	bool more = token != NULL;

	if (more)
		json_object_set((json_t *)l->call.input, l->paging.token_in, token);
	json_decref(page);
	return more;
}

/* Faults of pages that hit each request: the listing ends, whole, with no two tokens alike. */
static void test_pages_that_are_odd(void **state)
{
	static const struct {
		enum fault_kind kind;
		size_t rows, pages;
	} cases[] = {
	    {FAULT_EMPTY_PAGE, 0, 2},  {FAULT_EMPTY_PAGE, 1, 2},  {FAULT_EMPTY_PAGE, 20, 2},
	    {FAULT_EMPTY_PAGE, 45, 6}, {FAULT_SHORT_PAGE, 0, 1},  {FAULT_SHORT_PAGE, 1, 1},
	    {FAULT_SHORT_PAGE, 2, 2},  {FAULT_SHORT_PAGE, 45, 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t pages = 0, seen = 0;
		struct listing l;
		json_t *page, *token;
		bool more = true;

		listing_open(&l, cases[i].rows, false);
		l.call.fault.kind = cases[i].kind;
		for (; more && pages < 50; pages++) {
			page = listing_page(&l);
			assert_non_null(page);
			seen += json_array_size(json_object_get(page, "Things"));
			token = json_object_get(page, "NextToken");
			assert_true(token == NULL ||
				    !json_equal(token, json_object_get(l.call.input, "NextToken")));
			more = listing_next(&l, page);
		}
		assert_int_equal(seen, cases[i].rows);
		assert_int_equal(pages, cases[i].pages);
		listing_close(&l);
	}
}

static void test_pages_under_deletion(void **state)
{
	struct listing l;
	json_auto_t *seen = json_object();
	size_t i, n, at, pages = 0, removed = 0;
	json_t *page, *things, *row;
	bool more;

	(void)state;
	listing_open(&l, 10000, false);
	do {
		page = listing_page(&l);
		assert_non_null(page);
		things = json_object_get(page, "Things");
		n = json_array_size(things);
		assert_true(n <= 20);
		json_array_foreach(things, i, row)
		{
			const char *id = row_str(row, "Id");

			assert_null(json_object_get(seen, id));
			json_object_set_new(seen, id, json_true());
		}
		more = listing_next(&l, page);
		pages++;
		/* The last one shown, and two before it; none that is still to be shown. */
		at = pages * 20 - removed;
		if (more && pages % 3 == 0) {
			json_array_remove(l.rows, at - 1);
			json_array_remove(l.rows, at - 2);
			json_array_remove(l.rows, at / 2);
			removed += 3;
		}
	} while (more);
	assert_int_equal(json_object_size(seen), 10000);
	assert_int_equal(pages, 500);
	listing_close(&l);
}

static void test_tokens_are_bound(void **state)
{
	struct listing l;
	json_t *input, *token;

	(void)state;
	listing_open(&l, 50, false);
	input = (json_t *)l.call.input;
	json_object_set_new(input, "ParentId", json_string("ou-1"));
	assert_true(listing_next(&l, listing_page(&l)));
	/* The size may change, nothing else. */
	json_object_set_new(input, "MaxResults", json_integer(5));
	assert_true(listing_next(&l, listing_page(&l)));
	json_object_set_new(input, "ParentId", json_string("ou-2"));
	assert_null(listing_page(&l));
	assert_string_equal(l.call.code, "InvalidInputException");
	assert_string_equal(row_str(l.call.details, "Reason"), "INVALID_NEXT_TOKEN");
	json_object_set_new(input, "ParentId", json_string("ou-1"));
	token = json_incref(json_object_get(input, "NextToken"));
	json_object_set_new(input, "NextToken", json_string("20"));
	assert_null(listing_page(&l));
	json_object_set_new(input, "NextToken", token);
	json_object_set_new(input, "MaxResults", json_integer(21));
	assert_null(listing_page(&l));
	assert_string_equal(row_str(l.call.details, "Reason"), "MAX_VALUE_EXCEEDED");
	json_object_set_new(input, "MaxResults", json_integer(0));
	assert_null(listing_page(&l));
	assert_string_equal(row_str(l.call.details, "Reason"), "MIN_VALUE_EXCEEDED");
	listing_close(&l);
}

/* The seal is no secret: a place that nobody can have come to ends the listing, at once. */
static void test_tokens_that_are_forged(void **state)
{
	static const char *const places[] = {"p00000000ffffffff0000000a0000000b",
					     "p00000000000000010000000a0000000b"};
	struct listing l;

	(void)state;
	listing_open(&l, 50, false);
	for (size_t i = 0; i < 2; i++) {
		auto_free char *sealed = xasprintf(MEMBER " ListThings %s {}", places[i]);
		char seal[SHA256_HEX];
		json_t *page;

		sha256_hex(sealed, strlen(sealed), seal);
		json_object_set_new((json_t *)l.call.input, "NextToken",
				    json_sprintf("%.16s%s", seal, places[i]));
		page = listing_page(&l);
		if (i == 0)
			assert_int_equal(json_array_size(json_object_get(page, "Things")), 0);
		else
			assert_null(page);
		json_decref(page);
	}
	listing_close(&l);
}

static void test_pages_of_iam(void **state)
{
	struct listing l;
	json_t *page;

	(void)state;
	listing_open(&l, 150, true);
	page = listing_page(&l);
	assert_int_equal(json_array_size(json_object_get(page, "Things")), 100);
	assert_true(json_is_true(json_object_get(page, "IsTruncated")));
	assert_true(listing_next(&l, page));
	json_object_set_new((json_t *)l.call.input, "MaxItems", json_string("1000"));
	page = listing_page(&l);
	assert_int_equal(json_array_size(json_object_get(page, "Things")), 50);
	assert_true(json_is_false(json_object_get(page, "IsTruncated")));
	assert_false(listing_next(&l, page));
	json_object_set_new((json_t *)l.call.input, "MaxItems", json_string("1001"));
	assert_null(listing_page(&l));
	assert_string_equal(l.call.code, "ValidationError");
	listing_close(&l);
}

static size_t listing_whole(struct listing *l, size_t pages_most)
{
	size_t pages = 0;

	while (pages < pages_most && listing_next(l, listing_page(l)))
		pages++;
	return pages + 1;
}

static void test_pages_with_faults(void **state)
{
	struct listing l;
	json_t *page;

	(void)state;
	listing_open(&l, 3, false);
	l.call.fault.kind = FAULT_EMPTY_PAGE;
	page = listing_page(&l);
	assert_int_equal(json_array_size(json_object_get(page, "Things")), 0);
	assert_true(listing_next(&l, page));
	l.call.fault.kind = FAULT_SHORT_PAGE;
	page = listing_page(&l);
	assert_int_equal(json_array_size(json_object_get(page, "Things")), 1);
	assert_true(listing_next(&l, page));
	l.call.fault.kind = FAULT_NONE;
	page = listing_page(&l);
	assert_int_equal(json_array_size(json_object_get(page, "Things")), 2);
	assert_false(listing_next(&l, page));
	/* One hit is enough for ever. */
	json_object_clear((json_t *)l.call.input);
	l.call.fault.kind = FAULT_REPEAT_TOKEN;
	assert_true(listing_next(&l, listing_page(&l)));
	l.call.fault.kind = FAULT_NONE;
	assert_int_equal(listing_whole(&l, 50), 51);
	listing_close(&l);
}

/* What a fault on a write leads to: what is answered, and whether it took effect. */
static void test_faults(void **state)
{
	static const struct {
		const char *spec, *outcome;
		bool acted;
		int64_t late_us;
	} rows[] = {
	    {"refuse", "refuses", false, -10000},
	    {"reset_before", "resets", false, 0},
	    {"reset_after", "resets", true, 0},
	    {"truncate", "truncates", true, 0},
	    {"wrong_length", "overruns", true, 0},
	    {"delay=250", "", true, 250000},
	    {"status=503", "ServiceUnavailable", false, 0},
	    {"status=400/PolicyInUseException", "PolicyInUseException", false, 0},
	    {"status_after=500", "ServiceException", true, 0},
	    {"html=502", "502", false, 0},
	    {"throttle", "TooManyRequestsException", false, 0},
	    {"throttle=2", "TooManyRequestsException", false, 0},
	    {"expire", "ExpiredTokenException", false, 0},
	    {"skew=7200", "", true, 0},
	    {"concurrent", "ConcurrentModificationException", false, 0},
	    {"deny", "AccessDeniedException", false, 0},
	    {"kill_before", "resets", false, -10000},
	    {"kill_after", "resets", true, -10000},
	};
	struct twin_reply r;
	struct desk d;
	char code[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		desk_organize(&d,
			      (struct twin_options){.latency_us = 10000, .faults = rows[i].spec});
		ask(&d, "CreateOrganizationalUnit", unit_input(&d, "a"), &r);
		assert_int_equal(r.due_us - d.clock.us, 10000 + rows[i].late_us);
		assert_int_equal(r.kills, strncmp(rows[i].spec, "kill", 4) == 0);
		if (strcmp(rows[i].spec, "throttle=2") == 0)
			assert_non_null(strstr(buf_str(&r.headers), "x-amz-retry-after: 2000\n"));
		assert_string_equal(outcome(&r, code), rows[i].outcome);
		assert_int_equal(json_object_size(twin_table(d.twin, "units")), rows[i].acted);
		assert_int_equal(twin_stats(d.twin)->writes, rows[i].acted);
		assert_int_equal(twin_stats(d.twin)->faults, 1);
		desk_close(&d);
	}
}

static void test_stale(void **state)
{
	struct desk d;
	char code[64];

	(void)state;
	desk_organize(&d, (struct twin_options){.faults = "stale@reads#2"});
	result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "a"), code);
	assert_int_equal(units_listed(&d), 1);
	result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "b"), code);
	assert_int_equal(units_listed(&d), 1);
	assert_int_equal(units_listed(&d), 2);
	desk_close(&d);
}

static void test_failed_job(void **state)
{
	struct desk d;
	json_auto_t *reply = NULL, *list = NULL;
	const json_t *status;
	char code[64];

	(void)state;
	desk_organize(&d,
		      (struct twin_options){.job_us = SECOND_US,
					    .faults = "fail_job=INTERNAL_FAILURE@CreateAccount"});
	result_of(&d, "CreateAccount",
		  json_pack("{s:s, s:s}", "AccountName", "a", "Email", "a@example.com"), code);
	assert_string_equal(code, "");
	d.clock.us += SECOND_US;
	list = twin_do(d.twin, NULL, "organizations", "ListCreateAccountStatus", NULL, code);
	status = json_array_get(json_object_get(list, "CreateAccountStatuses"), 0);
	assert_string_equal(row_str(status, "State"), "FAILED");
	assert_string_equal(row_str(status, "FailureReason"), "INTERNAL_FAILURE");
	reply = twin_do(d.twin, NULL, "organizations", "ListAccounts", NULL, code);
	assert_int_equal(json_array_size(json_object_get(reply, "Accounts")), 1);
	desk_close(&d);
}

static void test_memory(void **state)
{
	struct desk d;
	json_auto_t *counts = NULL, *log = NULL, *saved = NULL;
	auto_free char *text = NULL, *expected = NULL;
	auto_error err = {0};
	char code[64];
	uint64_t version;

	(void)state;
	desk_organize(&d, (struct twin_options){0});
	version = twin_version(d.twin);
	result_of(&d, "ListRoots", json_object(), code);
	assert_int_equal(twin_version(d.twin), version);
	result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "a"), code);
	result_of(&d, "CreateOrganizationalUnit", unit_input(&d, "a"), code);
	assert_string_equal(code, "DuplicateOrganizationalUnitException");
	assert_int_equal(twin_version(d.twin), version + 1);
	counts = twin_counts(d.twin);
	text = json_dumps(counts, JSON_COMPACT);
	assert_string_equal(text, "{\"organizations:CreateOrganizationalUnit\":2,"
				  "\"organizations:ListRoots\":1}");
	log = twin_log(d.twin);
	expected = xasprintf("organizations:CreateOrganizationalUnit "
			     "{\"Name\":\"a\",\"ParentId\":\"%s\"}",
			     d.root);
	assert_int_equal(json_array_size(log), 1);
	assert_string_equal(json_string_value(json_array_get(log, 0)), expected);
	saved = json_deep_copy(twin_state(d.twin));
	twin_reset(d.twin);
	assert_false(twin_has_organization(d.twin));
	assert_int_equal(twin_stats(d.twin)->requests, 0);
	assert_int_equal(twin_state_set(d.twin, saved, &err), 0);
	assert_true(json_equal(saved, (json_t *)twin_state(d.twin)));
	assert_int_equal(units_listed(&d), 1);
	json_object_set_new(saved, "units", json_array());
	assert_int_equal(twin_state_set(d.twin, saved, &err), -1);
	assert_non_null(strstr(err.message, "units"));
	desk_close(&d);
}

static bool is_word(unsigned char c)
{
	return c == '_' || (c >= 'a' && c <= 'z');
}

static const char *tags_refused(struct listing *l, const char *text, size_t most)
{
	json_auto_t *tags = json_loads(text, 0, NULL);
	json_auto_t *present = json_pack("{s:s, s:s}", "Team", "x", "b", "y");

	twin_call_clear(&l->call);
	if (check_tags(&l->call, tags, present, most))
		return "";
	return l->call.details != NULL ? row_str(l->call.details, "Reason") : l->call.code;
}

static void test_checks(void **state)
{
	struct listing l;
	json_t *input;
	int iam;

	(void)state;
	listing_open(&l, 0, false);
	input = (json_t *)l.call.input;
	assert_true(check_text(&l.call, "Name", 1, 3, is_word));
	json_object_set_new(input, "Name", json_string("abcd"));
	assert_false(check_text(&l.call, "Name", 1, 3, is_word));
	assert_string_equal(row_str(l.call.details, "Reason"), "MAX_LENGTH_EXCEEDED");
	/* Characters count, not bytes. */
	json_object_set_new(input, "Name", json_string("\u00e4\u00f6\u00fc"));
	assert_true(check_text(&l.call, "Name", 1, 3, NULL));
	json_object_set_new(input, "Name", json_string("a b"));
	assert_false(check_text(&l.call, "Name", 1, 3, is_word));
	assert_string_equal(row_str(l.call.details, "Reason"), "INVALID_PATTERN");
	assert_true(check_policy_json(&l.call, "{\"a\":1}", "X"));
	assert_false(check_policy_json(&l.call, "{\"a\":1,\"a\":2}", "X"));
	assert_false(check_policy_json(&l.call, "[]", "MalformedPolicyDocumentException"));
	assert_string_equal(l.call.code, "MalformedPolicyDocumentException");
	for (iam = 0; iam < 2; iam++) {
		l.op.service = iam ? SERVICE_IAM : SERVICE_ORGANIZATIONS;
		assert_string_equal(
		    tags_refused(&l, "[{\"Key\":\"\u00fcber @1\",\"Value\":\"\"}]", 3), "");
		assert_string_equal(tags_refused(&l, "[{\"Key\":\"b\",\"Value\":\"z\"}]", 2), "");
		assert_string_equal(tags_refused(&l, "[{\"Key\":\"c\",\"Value\":\"z\"}]", 2),
				    iam ? "LimitExceeded" : "MAX_TAG_LIMIT_EXCEEDED");
		assert_string_equal(tags_refused(&l, "[{\"Key\":\"team\",\"Value\":\"\"}]", 2),
				    iam ? "" : "MAX_TAG_LIMIT_EXCEEDED");
		assert_string_equal(tags_refused(&l, "[{\"Key\":\"aws:x\",\"Value\":\"\"}]", 9),
				    iam ? "InvalidInput" : "INVALID_SYSTEM_TAGS_PARAMETER");
		assert_string_equal(tags_refused(&l,
						 "[{\"Key\":\"k\",\"Value\":\"\"},"
						 "{\"Key\":\"k\",\"Value\":\"\"}]",
						 9),
				    iam ? "InvalidInput" : "DUPLICATE_TAG_KEY");
		assert_string_equal(tags_refused(&l, "[{\"Key\":\"a;b\",\"Value\":\"\"}]", 9),
				    iam ? "ValidationError" : "INVALID_PATTERN");
		assert_string_equal(tags_refused(&l, "[{\"Key\":\"\",\"Value\":\"\"}]", 9),
				    iam ? "ValidationError" : "MIN_LENGTH_EXCEEDED");
	}
	listing_close(&l);
}

struct hostile {
	struct desk desk;
	struct random_seeded random;
};

static json_t *hostile_value(struct hostile *h, unsigned depth)
{
	static const char *const texts[] = {"",
					    "x",
					    "*",
					    "/",
					    "111111111111",
					    "a@b.example",
					    "{}",
					    "[]",
					    "SERVICE_CONTROL_POLICY",
					    "ENABLED",
					    "ROOT",
					    "-1",
					    "99999999999999999999",
					    "\u00fc",
					    "arn:",
					    "aws:a",
					    "{\"Statement\":1}"};
	uint64_t bits = h->random.base.next(&h->random.base), at = bits >> 8;

	switch (bits % (depth > 2 ? 6 : 9)) {
	case 0:
		return json_string(h->desk.root);
	case 1:
		return json_integer((json_int_t)at);
	case 2:
		return at % 2 ? json_null() : json_true();
	case 6:
		return json_pack("[o, o]", hostile_value(h, depth + 1),
				 hostile_value(h, depth + 1));
	case 7:
		return json_pack("[{s:o, s:o}]", "Key", hostile_value(h, depth + 1), "Value",
				 hostile_value(h, depth + 1));
	case 8:
		return json_pack("{s:o}", "x", hostile_value(h, depth + 1));
	default:
		return json_string(texts[at % (sizeof texts / sizeof texts[0])]);
	}
}

/* Whatever stands where a handler expects text, a list or an object: a result, or a refusal. */
static void hostile_op(void *ctx, const struct twin_op *op)
{
	static const char others[] =
	    " Name Path Tags TagKeys Filter Filters States Description Content MaxResults "
	    "NextToken "
	    "MaxItems Marker Document PolicyName PathPrefix Scope SetAsDefault AccountId "
	    "NewUserName "
	    "NewPath MaxSessionDuration PermissionsBoundary DurationSeconds Policy Status UserName";
	struct hostile *h = ctx;
	auto_free char *names = xasprintf("%s%s", op->needs == NULL ? "" : op->needs, others);
	char *rest = names, *name;
	json_t *input = json_object(), *result;
	char code[64];

	while ((name = strsep(&rest, " ")) != NULL) {
		if (*name != '\0' && h->random.base.next(&h->random.base) % 8 != 0)
			json_object_set_new(input, name, hostile_value(h, 0));
	}
	result = twin_do(h->desk.twin, NULL, services[op->service].name, op->name, input, code);
	assert_true((result == NULL) == (code[0] != '\0'));
	json_decref(result);
}

static void test_hostile_inputs(void **state)
{
	struct hostile h;
	int i;

	(void)state;
	desk_organize(&h.desk, (struct twin_options){.lag_reads = 1});
	random_seed(&h.random, 11);
	for (i = 0; i < 100; i++) {
		twin_ops_all(hostile_op, &h);
		if (!twin_has_organization(h.desk.twin))
			organization_new(h.desk.twin, "ALL");
	}
	desk_close(&h.desk);
}

static void seen_op(void *ctx, const struct twin_op *op)
{
	bool *seen = ctx;

	assert_non_null(op->handler);
	assert_ptr_equal(twin_op_find(op->service, op->name), op);
	if (op->op != NULL)
		seen[op->op - ops] = true;
}

/* Whatever the client can call, the twin has; but what is apart. */
static void test_table_is_whole(void **state)
{
	bool seen[OP_COUNT] = {false};
	size_t i;

	(void)state;
	twin_ops_all(seen_op, seen);
	for (i = 0; i < OP_COUNT; i++) {
		if (!seen[i] && !services[ops[i].service].apart)
			fail_msg("the twin lacks %s:%s", services[ops[i].service].name,
				 ops[i].name);
	}
	assert_null(twin_op_find(SERVICE_IAM, "ListRoots"));
	assert_non_null(twin_op_by_path(SERVICE_ACCOUNT, "POST", "/putAccountName"));
	assert_null(twin_op_by_path(SERVICE_ACCOUNT, "GET", "/putAccountName"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_membership),
	    cmocka_unit_test(test_every_reply_is_dated_and_named),
	    cmocka_unit_test(test_one_writer),
	    cmocka_unit_test(test_rates),
	    cmocka_unit_test(test_lag),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_pages_that_are_odd),
	    cmocka_unit_test(test_pages_under_deletion),
	    cmocka_unit_test(test_tokens_are_bound),
	    cmocka_unit_test(test_tokens_that_are_forged),
	    cmocka_unit_test(test_pages_of_iam),
	    cmocka_unit_test(test_pages_with_faults),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_stale),
	    cmocka_unit_test(test_failed_job),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_checks),
	    cmocka_unit_test(test_hostile_inputs),
	    cmocka_unit_test(test_table_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
