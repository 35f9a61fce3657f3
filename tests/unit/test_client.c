/* The client against a scripted server in virtual time: what is retried, what never is, and how
 * fast. */
#include "aws/bucket.h"
#include "aws/client.h"

#include "base/arena.h"
#include "base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_US     1795309323000000LL /* 2026-11-22T01:02:03Z */
#define LATENCY_US 10000
#define SECRET     "CANARYSECRETKEY"
#define TOKEN      "CANARYSESSIONTOKEN"

/* What the server says to one request. */
struct step {
	enum http_outcome outcome;
	int status;
	const char *headers, *body;
	bool certificate;
};
#define OK(text)              ((struct step){HTTP_REPLIED, 200, "", text, false})
#define FAIL(n, text)         ((struct step){HTTP_REPLIED, n, "", text, false})
#define FAIL_WITH(n, h, text) ((struct step){HTTP_REPLIED, n, h, text, false})
#define GONE(how)             ((struct step){how, 0, "", "", false})
#define THROTTLED             FAIL(400, "{\"__type\":\"TooManyRequestsException\",\"message\":\"slow\"}")
#define ERROR_CODE(code)      FAIL(400, "{\"__type\":\"" code "\",\"Message\":\"said\"}")

#define MALFORMED(said)                                                                            \
	FAIL(400, "<ErrorResponse><Error><Code>MalformedPolicyDocument</Code><Message>" said       \
		  "</Message></Error></ErrorResponse>")

struct sent {
	int64_t at_us;
	bool fresh;
	char date[32], target[96];
	char *body;
};

struct world {
	struct transport transport;
	struct clock clock;
	struct random_seeded random;
	struct env env;
	struct loop *loop;
	struct client *client;
	int64_t mono_us, skew_us; /* skew: of our wall clock against the truth */
	const struct step *steps; /* the last one repeats */
	size_t steps_n, step;
	struct http_request *first, **last;
	VEC(struct sent) sent;
	struct buf trace;
};

static struct world *world_of(struct clock *c)
{
	return (struct world *)((char *)c - offsetof(struct world, clock));
}

static int64_t fake_now(struct clock *c)
{
	struct world *w = world_of(c);

	return NOW_US + w->mono_us + w->skew_us;
}

static int64_t fake_mono(struct clock *c)
{
	return world_of(c)->mono_us;
}

static const char *header_of(const struct http_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->headers_n; i++) {
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	}
	return "";
}

static void fake_send(struct transport *t, struct http_request *r)
{
	struct world *w = (struct world *)t;
	struct sent s = {.at_us = w->mono_us, .fresh = r->fresh};

	snprintf(s.date, sizeof s.date, "%s", header_of(r, "x-amz-date"));
	snprintf(s.target, sizeof s.target, "%s", header_of(r, "x-amz-target"));
	s.body = xasprintf("%.*s", (int)r->body_len, (const char *)r->body);
	assert_string_equal(header_of(r, "x-amz-security-token"), TOKEN);
	assert_non_null(strstr(header_of(r, "authorization"), "x-amz-security-token"));
	vec_push(&w->sent, s);
	r->next = NULL;
	*w->last = r;
	w->last = &r->next;
}

static void fake_answer(struct world *w, struct http_request *r)
{
	const struct step *s = &w->steps[w->step + 1 < w->steps_n ? w->step++ : w->step];
	struct http_response response = {.outcome = s->outcome,
					 .status = s->status,
					 .certificate = s->certificate,
					 .message = "the network's reason",
					 .sent_us = w->mono_us - LATENCY_US,
					 .ended_us = w->mono_us,
					 .headers = BUF_INIT(1 << 16),
					 .body = BUF_INIT(1 << 20)};

	buf_puts(&response.headers, s->headers);
	buf_puts(&response.body, s->body);
	r->done(r, &response);
	buf_free(&response.headers);
	buf_free(&response.body);
}

/* Answers what is in flight, all of it LATENCY_US after now, or lets the time pass. */
static void fake_wait(struct transport *t, int64_t until_us)
{
	struct world *w = (struct world *)t;
	struct http_request *r, *next;

	if (w->first == NULL) {
		assert_true(until_us < INT64_MAX);
		if (until_us > w->mono_us)
			w->mono_us = until_us;
		return;
	}
	w->mono_us += LATENCY_US;
	r = w->first;
	w->first = NULL;
	w->last = &w->first;
	for (; r != NULL; r = next) {
		next = r->next;
		fake_answer(w, r);
	}
}

static void fake_cancel(struct transport *t, struct http_request *r)
{
	(void)t;
	(void)r;
}

static void fake_trace(void *ctx, const char *line)
{
	struct world *w = ctx;

	buf_printf(&w->trace, "%s\n", line);
}

static const char *fake_getenv(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return "AKIDEXAMPLE";
	if (strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0)
		return SECRET;
	if (strcmp(name, "AWS_SESSION_TOKEN") == 0)
		return TOKEN;
	return NULL;
}

static struct world *world_new(const struct step *steps, size_t n, struct client_options options)
{
	struct world *w = xcalloc(1, sizeof *w);
	auto_error err = {0};

	w->transport =
	    (struct transport){.send = fake_send, .wait = fake_wait, .cancel = fake_cancel};
	w->clock = (struct clock){.now_us = fake_now, .mono_us = fake_mono};
	random_seed(&w->random, 7);
	w->env = (struct env){.clock = &w->clock,
			      .random = &w->random.base,
			      .transport = &w->transport,
			      .getenv = fake_getenv};
	w->mono_us = SECOND_US;
	w->last = &w->first;
	w->steps = steps;
	w->steps_n = n;
	w->trace = BUF_INIT(1 << 20);
	w->loop = loop_new(&w->clock, &w->transport);
	options.trace = fake_trace;
	options.trace_ctx = w;
	assert_int_equal(client_new(&w->client, &w->env, w->loop, &options, &err), 0);
	return w;
}
#define WORLD(...)                                                                                 \
	world_new((const struct step[]){__VA_ARGS__},                                              \
		  sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step),                \
		  (struct client_options){0})

static void world_free(struct world *w)
{
	size_t i;

	assert_null(strstr(buf_str(&w->trace), "CANARY"));
	client_free(w->client);
	loop_free(w->loop);
	for (i = 0; i < w->sent.n; i++)
		free(w->sent.at[i].body);
	free(w->sent.at);
	buf_free(&w->trace);
	free(w);
}

struct result {
	unsigned done, pages;
	enum reply_outcome outcome;
	char code[64], message[512], id[64];
	unsigned attempts;
	int64_t at_us;
	struct world *w;
};

static void on_page(void *ctx, const json_t *body)
{
	struct result *r = ctx;

	assert_true(json_is_object(body));
	r->pages++;
}

static void on_done(void *ctx, const struct reply *reply)
{
	struct result *r = ctx;

	r->done++;
	r->outcome = reply->outcome;
	snprintf(r->code, sizeof r->code, "%s", reply->code);
	snprintf(r->message, sizeof r->message, "%s", reply->message);
	snprintf(r->id, sizeof r->id, "%s", reply->request_id);
	r->attempts = reply->attempts;
	r->at_us = r->w->mono_us;
	assert_true((reply->outcome == REPLY_OK) == (reply->body != NULL));
	assert_null(strstr(reply->message, "CANARY"));
}

static void ask(struct world *w, enum op_id op, struct result *r)
{
	*r = (struct result){.w = w};
	client_send(w->client, &(struct client_request){
				   .op = &ops[op], .page = on_page, .done = on_done, .ctx = r});
	assert_int_equal(r->done, 0); /* callbacks come from the loop */
}

static struct result perform(struct world *w, enum op_id op)
{
	struct result r;

	ask(w, op, &r);
	loop_run(w->loop);
	assert_int_equal(r.done, 1);
	assert_int_equal(client_stats(w->client)->waiting, 0);
	assert_int_equal(client_stats(w->client)->in_flight, 0);
	return r;
}

#define READ  OP_ORGANIZATIONS_ListAccounts
#define WRITE OP_ORGANIZATIONS_CreatePolicy

static void check(struct world *w, enum op_id op, enum reply_outcome outcome, const char *code,
		  size_t sent)
{
	struct result r = perform(w, op);

	assert_string_equal(r.code, code);
	assert_int_equal(r.outcome, outcome);
	assert_int_equal(w->sent.n, sent);
	assert_int_equal(r.attempts, sent);
	world_free(w);
}

static void test_simple(void **state)
{
	struct world *w = WORLD(FAIL_WITH(200, "x-amzn-requestid: r-1\n", "{\"Accounts\": []}"));
	struct result r = perform(w, READ);

	(void)state;
	assert_int_equal(r.outcome, REPLY_OK);
	assert_int_equal(r.pages, 1);
	assert_string_equal(r.id, "r-1");
	assert_string_equal(w->sent.at[0].target, "AWSOrganizationsV20161128.ListAccounts");
	assert_string_equal(w->sent.at[0].body, "{}");
	assert_string_equal(w->sent.at[0].date, "20261122T010204Z");
	assert_false(w->sent.at[0].fresh);
	assert_string_equal(buf_str(&w->trace),
			    "organizations ListAccounts #1 attempt 1 -> 200 10 ms id=r-1\n");
	world_free(w);
	w = WORLD(OK("{}"));
	perform(w, WRITE);
	assert_true(w->sent.at[0].fresh);
	world_free(w);
}

static void test_transient_reads(void **state)
{
	(void)state;
	check(WORLD(FAIL(503, ""), GONE(HTTP_LOST), OK("{}")), READ, REPLY_OK, "", 3);
	check(WORLD(FAIL(500, "<!doctype html><title>500</title>")), READ, REPLY_LOST, "BadReply",
	      3);
	check(WORLD(OK("<html>sign in</html>")), READ, REPLY_LOST, "BadReply", 3);
	check(WORLD(OK("{\"Accounts\": [{")), READ, REPLY_LOST, "BadReply", 3);
	check(WORLD(OK("[1]"), OK("{}")), READ, REPLY_OK, "", 2);
	check(WORLD(GONE(HTTP_LOST)), READ, REPLY_LOST, "Reset", 3);
	check(WORLD(GONE(HTTP_NOT_SENT)), READ, REPLY_UNSENT, "Unreachable", 3);
	check(WORLD(ERROR_CODE("ServiceException"), OK("{}")), READ, REPLY_OK, "", 2);
	check(WORLD(ERROR_CODE("AccessDeniedException")), READ, REPLY_REFUSED,
	      "AccessDeniedException", 1);
	check(WORLD(((struct step){HTTP_NOT_SENT, 0, "", "", true})), READ, REPLY_UNSENT,
	      "Certificate", 1);
}

/* A mutating request goes out again only when AWS cannot have acted. */
static void test_lost_writes(void **state)
{
	(void)state;
	check(WORLD(GONE(HTTP_LOST), OK("{}")), WRITE, REPLY_LOST, "Reset", 1);
	check(WORLD(FAIL(500, "{\"__type\":\"InternalFailure\"}"), OK("{}")), WRITE, REPLY_LOST,
	      "InternalFailure", 1);
	check(WORLD(FAIL(502, "<html>"), OK("{}")), WRITE, REPLY_LOST, "BadReply", 1);
	check(WORLD(ERROR_CODE("ServiceException"), OK("{}")), WRITE, REPLY_LOST,
	      "ServiceException", 1);
	check(WORLD(OK("{\"Policy\":"), OK("{}")), WRITE, REPLY_LOST, "BadReply", 1);
	check(WORLD(OK(""), OK("{}")), WRITE, REPLY_LOST, "BadReply", 1);
	check(WORLD(FAIL(403, "<html>proxy</html>"), OK("{}")), WRITE, REPLY_LOST, "BadReply", 1);
	check(WORLD(ERROR_CODE("RequestTimeout"), OK("{}")), WRITE, REPLY_LOST, "RequestTimeout",
	      1);
	check(WORLD(GONE(HTTP_NOT_SENT), OK("{}")), WRITE, REPLY_OK, "", 2);
	check(WORLD(THROTTLED, OK("{}")), WRITE, REPLY_OK, "", 2);
	check(WORLD(FAIL(503, "{\"__type\":\"SlowDown\"}"), OK("{}")), WRITE, REPLY_OK, "", 2);
	check(WORLD(ERROR_CODE("ConcurrentModificationException"),
		    ERROR_CODE("PolicyChangesInProgressException"), OK("{}")),
	      WRITE, REPLY_OK, "", 3);
	check(WORLD(ERROR_CODE("DuplicatePolicyException")), WRITE, REPLY_REFUSED,
	      "DuplicatePolicyException", 1);
	check(WORLD(ERROR_CODE("NoSuchEntity")), OP_IAM_AttachUserPolicy, REPLY_REFUSED,
	      "NoSuchEntity", 6);
	check(WORLD(ERROR_CODE("NoSuchEntity")), OP_IAM_DeleteUser, REPLY_REFUSED, "NoSuchEntity",
	      1);
	/* In part: only what may pass is tried again. */
	check(WORLD(MALFORMED("Invalid principal in policy")), OP_IAM_CreateRole, REPLY_REFUSED,
	      "MalformedPolicyDocument", 6);
	check(WORLD(MALFORMED("Syntax error")), OP_IAM_CreateRole, REPLY_REFUSED,
	      "MalformedPolicyDocument", 1);
	/* Keys that have ended are obtained anew, once. */
	check(WORLD(ERROR_CODE("ExpiredTokenException"), OK("{}")), WRITE, REPLY_OK, "", 2);
	check(WORLD(ERROR_CODE("ExpiredTokenException")), READ, REPLY_REFUSED,
	      "ExpiredTokenException", 2);
	check(WORLD(ERROR_CODE("FinalizingOrganizationException")), OP_ORGANIZATIONS_CreateAccount,
	      REPLY_REFUSED, "FinalizingOrganizationException", 12);
}

#define CONFLICT(members) FAIL(409, "{\"__type\":\"ConflictException\"" members "}")
#define UNIQUE            CONFLICT(",\"Reason\":\"UNIQUENESS_CONSTRAINT_VIOLATION\"")
#define CONCURRENT        CONFLICT(",\"Reason\":\"CONCURRENT_MODIFICATION\"")

/* What is under way is waited out; that a name is taken is not. */
static void test_conflicts(void **state)
{
	static const char code[] = "ConflictException";

	(void)state;
	check(WORLD(CONFLICT("")), OP_SSO_ADMIN_CreateAccountAssignment, REPLY_REFUSED, code, 12);
	check(WORLD(CONFLICT("")), OP_SSO_ADMIN_CreatePermissionSet, REPLY_REFUSED, code, 1);
	check(WORLD(CONFLICT(",\"Message\":\"It already has it\"")),
	      OP_SSO_ADMIN_AttachManagedPolicyToPermissionSet, REPLY_REFUSED, code, 1);
	check(WORLD(CONFLICT(",\"Message\":\"In process\""), OK("{}")),
	      OP_SSO_ADMIN_AttachManagedPolicyToPermissionSet, REPLY_OK, "", 2);
	check(WORLD(CONFLICT("")), OP_IDENTITY_STORE_CreateGroup, REPLY_REFUSED, code, 1);
	check(WORLD(CONCURRENT, OK("{\"GroupId\":\"g\"}")), OP_IDENTITY_STORE_CreateGroup, REPLY_OK,
	      "", 2);
	check(WORLD(UNIQUE), OP_IDENTITY_STORE_UpdateUser, REPLY_REFUSED, code, 1);
	check(WORLD(CONCURRENT, OK("{}")), OP_IDENTITY_STORE_UpdateUser, REPLY_OK, "", 2);
}

/* How many requests of the run's own account were no tries that AWS throttled. */
static uint32_t let_through(const struct world *w, enum op_id op)
{
	struct arena *arena = arena_new();
	const struct client_requests *in;
	uint32_t n;

	assert_int_equal(client_requests(w->client, arena, &in), 1);
	assert_string_equal(in[0].account, "");
	n = in[0].by_op[op];
	arena_free(arena);
	return n;
}

static void test_throttling(void **state)
{
	struct world *w = WORLD(THROTTLED);
	struct result r = perform(w, READ);
	int64_t gap;

	(void)state;
	assert_int_equal(r.outcome, REPLY_REFUSED);
	assert_int_equal(w->sent.n, 12);
	assert_int_equal(client_stats(w->client)->throttled, 12);
	assert_int_equal(let_through(w, READ), 0);
	world_free(w);
	/* The hint bounds the delay from below, and by five seconds more than the delay from above.
	 */
	w = WORLD(FAIL_WITH(429, "x-amz-retry-after: 3000\n", ""),
		  FAIL_WITH(429, "x-amz-retry-after: 900000\n", ""), OK("{}"));
	r = perform(w, READ);
	assert_int_equal(r.outcome, REPLY_OK);
	assert_int_equal(let_through(w, READ), 1);
	gap = w->sent.at[1].at_us - w->sent.at[0].at_us;
	assert_in_range(gap, 3 * SECOND_US, 3 * SECOND_US + 2 * LATENCY_US);
	gap = w->sent.at[2].at_us - w->sent.at[1].at_us;
	assert_in_range(gap, 5 * SECOND_US, 7 * SECOND_US + 2 * LATENCY_US);
	world_free(w);
	/* So does one in the body. */
	w = WORLD(FAIL(400, "{\"__type\":\"ThrottlingException\",\"RetryAfterSeconds\":4}"),
		  OK("{}"));
	perform(w, OP_IDENTITY_STORE_DescribeUser);
	gap = w->sent.at[1].at_us - w->sent.at[0].at_us;
	assert_in_range(gap, 4 * SECOND_US, 4 * SECOND_US + 2 * LATENCY_US);
	world_free(w);
}

/* Thousands of throttled requests do not use up the quota that transient retries are paid from. */
static void test_quota(void **state)
{
	struct world *w = WORLD(THROTTLED);
	const struct step lost = GONE(HTTP_LOST);
	size_t i, n;

	(void)state;
	for (i = 0; i < 200; i++)
		perform(w, READ);
	w->steps = &lost;
	w->steps_n = 1;
	w->step = 0;
	n = w->sent.n;
	perform(w, READ);
	assert_int_equal(w->sent.n - n, 3);
	/* 500 tokens are 35 retries at 14; then an outage is met once for each request. */
	for (i = 0; i < 40; i++)
		perform(w, READ);
	n = w->sent.n;
	perform(w, READ);
	assert_int_equal(w->sent.n - n, 1);
	world_free(w);
}

/* Ready at once: nothing waits for keys. */
static const struct credentials given = {.access_key_id = (char *)"AKIDEXAMPLE",
					 .secret_access_key = (char *)SECRET,
					 .session_token = (char *)TOKEN,
					 .source = (char *)"given"};

static void test_bucket_rate(void **state)
{
	struct client_options options = {.rate_percent = 70, .credentials = &given};
	const struct step ok = OK("{}");
	struct world *w = world_new(&ok, 1, options);
	struct result r[57];
	size_t i;

	(void)state;
	for (i = 0; i < 57; i++)
		ask(w, READ, &r[i]);
	assert_int_equal(client_stats(w->client)->waiting, 49);
	loop_run(w->loop);
	/* A burst of 12 and 8 a second, at 70 percent: 8 at once, then 5.6 a second: 49 more
	 * in 8.75 s. */
	assert_int_equal(w->sent.n, 57);
	assert_int_equal(w->sent.at[7].at_us, SECOND_US);
	assert_in_range(w->sent.at[56].at_us, SECOND_US + 8700000, SECOND_US + 8800000);
	for (i = 1; i < 57; i++)
		assert_true(r[i - 1].at_us <= r[i].at_us);
	world_free(w);
}

static void go_nothing(struct waiter *w)
{
	(void)w;
}

static void test_bucket_adapts(void **state)
{
	struct world *w = WORLD(OK("{}"));
	const struct rate rate = {"r", 10000, 10};
	struct bucket *b = bucket_new(w->loop, &rate, 100);
	struct waiter waiter = {.go = go_nothing};
	size_t i;

	(void)state;
	bucket_throttled(b, w->mono_us - 1);
	assert_int_equal(bucket_share(b), 500);
	/* Sent before the rate was halved: says nothing new. */
	bucket_throttled(b, w->mono_us - 1);
	assert_int_equal(bucket_share(b), 500);
	for (i = 0; i < 5; i++)
		bucket_throttled(b, w->mono_us);
	assert_int_equal(bucket_share(b), 125);
	for (i = 0; i < 100; i++)
		bucket_succeeded(b);
	assert_int_equal(bucket_share(b), 125);
	for (i = 0; i < 4; i++) {
		w->mono_us += SECOND_US;
		bucket_succeeded(b);
	}
	assert_int_equal(bucket_share(b), 325);
	for (i = 0; i < 40; i++) {
		w->mono_us += SECOND_US;
		bucket_succeeded(b);
	}
	assert_int_equal(bucket_share(b), 1000);
	bucket_wait(b, &waiter);
	bucket_free(b);
	world_free(w);
}

static void test_paging(void **state)
{
	struct world *w = WORLD(OK("{\"Accounts\": [], \"NextToken\": \"a\"}"),
				OK("{\"Accounts\": [], \"NextToken\": \"b\"}"),
				OK("{\"Accounts\": [], \"NextToken\": null}"));
	struct result r = perform(w, READ);

	(void)state;
	assert_int_equal(r.outcome, REPLY_OK);
	assert_int_equal(r.pages, 3);
	assert_string_equal(w->sent.at[0].body, "{}");
	assert_string_equal(w->sent.at[2].body, "{\"NextToken\":\"b\"}");
	world_free(w);
	w = WORLD(OK("{\"NextToken\": \"a\"}"), OK("{\"NextToken\": \"b\"}"),
		  OK("{\"NextToken\": \"a\"}"));
	r = perform(w, READ);
	assert_int_equal(r.outcome, REPLY_LOST);
	assert_string_equal(r.code, "RepeatedToken");
	assert_int_equal(w->sent.n, 3);
	world_free(w);
	w = WORLD(OK("{\"NextToken\": 5}"));
	r = perform(w, READ);
	assert_string_equal(r.code, "BadReply");
	assert_int_equal(r.pages, 0);
	world_free(w);
	/* One page refused: the listing is not whole. */
	w = WORLD(OK("{\"NextToken\": \"a\"}"), ERROR_CODE("AccessDeniedException"));
	r = perform(w, READ);
	assert_int_equal(r.outcome, REPLY_REFUSED);
	assert_int_equal(r.pages, 1);
	world_free(w);
}

#define PAGE(inside)                                                                               \
	OK("<ListPolicyTagsResponse><ListPolicyTagsResult>" inside "</ListPolicyTagsResult>"       \
	   "</ListPolicyTagsResponse>")

/* IAM: the marker counts only while IsTruncated says so. */
static void test_markers(void **state)
{
	struct world *w = WORLD(PAGE("<IsTruncated>true</IsTruncated><Marker>m</Marker><Tags/>"),
				PAGE("<IsTruncated>false</IsTruncated><Marker>m</Marker>"));
	struct result r = perform(w, OP_IAM_ListPolicyTags);

	(void)state;
	assert_int_equal(r.outcome, REPLY_OK);
	assert_int_equal(w->sent.n, 2);
	assert_string_equal(w->sent.at[1].body,
			    "Action=ListPolicyTags&Version=2010-05-08&Marker=m&MaxItems=1000");
	world_free(w);
	check(WORLD(PAGE("<IsTruncated>true</IsTruncated>")), OP_IAM_ListPolicyTags, REPLY_LOST,
	      "BadReply", 1);
}

#define SKEWED                                                                                     \
	FAIL_WITH(403, "date: Sun, 22 Nov 2026 01:02:04 GMT\n",                                    \
		  "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired\"}")

static void test_skew(void **state)
{
	struct world *w = WORLD(SKEWED, OK("{}"));
	struct result r;

	(void)state;
	w->skew_us = -3600 * SECOND_US;
	r = perform(w, WRITE);
	assert_int_equal(r.outcome, REPLY_OK);
	assert_string_equal(w->sent.at[0].date, "20261122T000204Z");
	assert_string_equal(w->sent.at[1].date, "20261122T010204Z");
	perform(w, WRITE);
	assert_int_equal(w->sent.n, 3);
	world_free(w);
	/* Once only; and with a right clock it is the credentials. */
	w = WORLD(SKEWED);
	w->skew_us = -3600 * SECOND_US;
	w->steps =
	    (const struct step[]){SKEWED, FAIL_WITH(403, "date: Sun, 22 Nov 2026 09:02:04 GMT\n",
						    "{\"__type\":\"InvalidSignatureException\"}")};
	w->steps_n = 2;
	r = perform(w, READ);
	assert_int_equal(w->sent.n, 2);
	assert_non_null(strstr(r.message, "clock"));
	world_free(w);
	w = WORLD(SKEWED);
	r = perform(w, READ);
	assert_int_equal(w->sent.n, 1);
	assert_non_null(strstr(r.message, "does not accept these credentials (from environment)"));
	world_free(w);
}

static void check_message(struct world *w, const char *said)
{
	struct result r = perform(w, READ);

	assert_non_null(strstr(r.message, said));
	world_free(w);
}

static void test_messages(void **state)
{
	(void)state;
	check_message(WORLD(ERROR_CODE("ExpiredTokenException")),
		      "session token has expired; sign in");
	check_message(WORLD(ERROR_CODE("UnrecognizedClientException")),
		      "AWS does not accept these credentials (from environment): said");
	check_message(WORLD(FAIL(403, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code>"
				      "</Error></ErrorResponse>")),
		      "AWS does not accept these credentials");
	check_message(
	    WORLD(GONE(HTTP_NOT_SENT)),
	    "https://organizations.us-east-1.amazonaws.com cannot be reached: the network's");
	check_message(WORLD(((struct step){HTTP_NOT_SENT, 0, "", "", true})), "AWS_CA_BUNDLE");
	check_message(WORLD(OK("<html>")), "are not an answer of organizations");
}

/* Of all operations that mutate at most this one gets out; none: NULL. */
static void check_read_only(const struct op *writes)
{
	struct client_options options = {.read_only = true, .writes = writes, .rate_percent = 70};
	const struct step ok = OK("{}");
	struct world *w = world_new(&ok, 1, options);
	size_t i, reads = 0, fresh = 0;

	for (i = 0; i < OP_COUNT; i++) {
		struct result r = perform(w, (enum op_id)i);

		reads += !ops[i].mutates;
		if (!ops[i].mutates || &ops[i] == writes)
			continue;
		assert_int_equal(r.outcome, REPLY_UNSENT);
		assert_string_equal(r.code, "ReadOnly");
	}
	/* What mutates goes out on a connection of its own. */
	for (i = 0; i < w->sent.n; i++)
		fresh += w->sent.at[i].fresh;
	assert_true(writes == NULL ? fresh == 0 : fresh > 0);
	assert_true(reads > 0 && reads < OP_COUNT);
	world_free(w);
}

/* The contract of plan, drift, import and validate: nothing that mutates reaches the transport; but
 * drift's ledger and its messages, each through a client that lets nothing else pass. */
static void test_read_only(void **state)
{
	(void)state;
	check_read_only(NULL);
	check_read_only(&ops[OP_S3_PutObject]);
	check_read_only(&ops[OP_SNS_Publish]);
}

/* What rests on a reading is not sent once that is old, neither at first nor after throttling. */
static void test_late(void **state)
{
	struct client_options options = {.rate_percent = 70, .credentials = &given};
	struct world *w = WORLD(THROTTLED);
	struct result r = {.w = w};
	struct client_request request = {
	    .op = &ops[WRITE], .done = on_done, .ctx = &r, .not_after_us = w->mono_us + SECOND_US};
	const struct step ok = OK("{}");
	size_t i;

	(void)state;
	client_send(w->client, &request);
	loop_run(w->loop);
	assert_int_equal(r.outcome, REPLY_UNSENT);
	assert_string_equal(r.code, "Late");
	assert_true(w->sent.n >= 1 && w->sent.n < 12);
	for (i = 0; i < w->sent.n; i++)
		assert_true(w->sent.at[i].at_us <= request.not_after_us);
	world_free(w);

	w = world_new(&ok, 1, options);
	assert_int_equal(client_ready_us(w->client, &ops[WRITE], NULL), 0);
	for (i = 0; i < 4; i++) {
		r = (struct result){.w = w};
		request.not_after_us = w->mono_us + SECOND_US / 10;
		client_send(w->client, &request);
	}
	assert_true(client_ready_us(w->client, &ops[WRITE], NULL) > w->mono_us + SECOND_US);
	loop_run(w->loop);
	assert_string_equal(r.code, "Late");
	assert_in_range(w->sent.n, 1, 3);
	world_free(w);
}

static void test_cancel(void **state)
{
	struct client_options options = {.rate_percent = 70, .credentials = &given};
	const struct step ok = OK("{\"NextToken\": \"a\"}");
	struct world *w = world_new(&ok, 1, options);
	struct result r[20];
	size_t i, cancelled = 0;

	(void)state;
	for (i = 0; i < 20; i++)
		ask(w, READ, &r[i]);
	client_cancel_unsent(w->client);
	loop_run(w->loop);
	for (i = 0; i < 20; i++) {
		assert_int_equal(r[i].done, 1);
		cancelled += r[i].outcome == REPLY_CANCELLED;
		assert_int_equal(r[i].pages,
				 i < 8); /* in flight: its page counts, the next is not asked */
	}
	assert_int_equal(cancelled, 20);
	assert_int_equal(w->sent.n, 8);
	assert_int_equal(perform(w, READ).outcome, REPLY_CANCELLED);
	client_resume(w->client);
	assert_string_equal(perform(w, READ).code, "RepeatedToken");
	world_free(w);
}

static void test_cancel_in_backoff(void **state)
{
	struct world *w = WORLD(THROTTLED);
	struct result r;

	(void)state;
	ask(w, WRITE, &r);
	while (client_stats(w->client)->retried == 0)
		loop_step(w->loop);
	client_cancel_unsent(w->client);
	loop_run(w->loop);
	assert_int_equal(r.outcome, REPLY_CANCELLED);
	assert_int_equal(w->sent.n, 1);
	world_free(w);
}

/* The client may go while requests wait, are in flight or have failed: nobody is called back. */
static void test_free_early(void **state)
{
	struct client_options options = {.rate_percent = 70};
	const struct step ok = OK("{}");
	struct world *w = world_new(&ok, 1, options);
	struct result r[12], bad;
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++)
		ask(w, READ, &r[i]);
	client_cancel_unsent(w->client);
	ask(w, READ, &bad);
	client_free(w->client);
	w->client = NULL;
	while (w->first != NULL)
		fake_wait(&w->transport, INT64_MAX);
	loop_run(w->loop);
	for (i = 0; i < 12; i++)
		assert_int_equal(r[i].done, 0);
	world_free(w);
}

static void test_accounts(void **state)
{
	struct world *w =
	    WORLD(OK("<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111"
		     "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"),
		  PAGE(""));
	struct arena *arena = arena_new();
	struct client_request request = {.op = &ops[OP_IAM_ListPolicyTags],
					 .account = text_str(arena, "111111111111"),
					 .done = on_done};
	struct result r = {.w = w};
	auto_error err = {0};
	json_t *body;

	(void)state;
	request.ctx = &r;
	client_send(w->client, &request);
	loop_run(w->loop);
	assert_string_equal(r.code, "NoCredentials");
	assert_int_equal(client_call(w->client, OP_STS_GetCallerIdentity, NULL, &body, NULL, &err),
			 0);
	assert_string_equal(reply_str(body, "Account"), client_caller(w->client));
	json_decref(body);
	client_send(w->client, &request);
	loop_run(w->loop);
	assert_int_equal(r.outcome, REPLY_OK);
	request.account = text_str(arena, "222222222222");
	client_send(w->client, &request);
	loop_run(w->loop);
	assert_int_equal(r.outcome, REPLY_UNSENT);
	assert_int_equal(w->sent.n, 2);
	arena_free(arena);
	world_free(w);
}

static void test_call(void **state)
{
	struct world *w = WORLD(FAIL_WITH(400, "x-amzn-requestid: r-9\n",
					  "{\"__type\":\"AWSOrganizationsNotInUseException\","
					  "\"Message\":\"no organization\"}"));
	auto_error err = {0};
	json_t *body;
	char code[64];

	(void)state;
	assert_int_equal(
	    client_call(w->client, OP_ORGANIZATIONS_DescribeOrganization, NULL, &body, code, &err),
	    -1);
	assert_null(body);
	assert_string_equal(code, "AWSOrganizationsNotInUseException");
	assert_string_equal(err.message, "organizations DescribeOrganization: no organization "
					 "(AWSOrganizationsNotInUseException, request r-9)");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_simple),
	    cmocka_unit_test(test_transient_reads),
	    cmocka_unit_test(test_lost_writes),
	    cmocka_unit_test(test_conflicts),
	    cmocka_unit_test(test_throttling),
	    cmocka_unit_test(test_quota),
	    cmocka_unit_test(test_bucket_rate),
	    cmocka_unit_test(test_bucket_adapts),
	    cmocka_unit_test(test_paging),
	    cmocka_unit_test(test_markers),
	    cmocka_unit_test(test_skew),
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_read_only),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_cancel_in_backoff),
	    cmocka_unit_test(test_free_early),
	    cmocka_unit_test(test_accounts),
	    cmocka_unit_test(test_call),
	    cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
