/* Sessions in many accounts against a server that knows them: who is entered when, what is renewed,
 * and what a refusal to enter means. In virtual time. */
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
#define SECRET     "CANARYSECRET"
#define OWN        "111111111111"
#define DEV        "222222222222"
#define PROD       "333333333333"
#define READ       OP_IAM_GetAccountAuthorizationDetails

struct sent {
	char op[64], token[64];
	int64_t at_us;
	char *body;
};

struct server {
	struct transport transport; /* first */
	struct clock clock;
	struct random_seeded random;
	struct env env;
	struct loop *loop;
	struct client *client;
	struct arena *arena;
	int64_t mono_us, latency_us;
	struct http_request *first, **last;
	VEC(struct sent) sent;
	unsigned sessions; /* given */
	int64_t life_us;   /* of each */
	int64_t end_us[64];
	const char *refuse; /* AssumeRole, with this code */
	int64_t refuse_until_us;
	bool drop;      /* AssumeRole is not answered */
	unsigned pages; /* of a listing that are still to come */
	unsigned in_flight, most;
	unsigned asked; /* for access */
	const char *policy, *why;
	const struct credentials *given;
	struct buf trace;
};

static struct server *server_of(struct clock *c)
{
	return (struct server *)((char *)c - offsetof(struct server, clock));
}

static int64_t server_now(struct clock *c)
{
	return NOW_US + server_of(c)->mono_us;
}

static int64_t server_mono(struct clock *c)
{
	return server_of(c)->mono_us;
}

static void server_send(struct transport *t, struct http_request *r)
{
	struct server *s = (struct server *)t;
	struct sent sent = {.at_us = s->mono_us};
	const char *body;

	sent.body = xasprintf("%.*s", (int)r->body_len, (const char *)r->body);
	body = sent.body;
	if (strcmp(r->method, "GET") == 0)
		strcpy(sent.op, "Container");
	else
		assert_int_equal(sscanf(body, "Action=%63[A-Za-z]", sent.op), 1);
	for (size_t i = 0; i < r->headers_n; i++) {
		if (strcmp(r->headers[i].name, "x-amz-security-token") == 0)
			snprintf(sent.token, sizeof sent.token, "%s", r->headers[i].value);
	}
	vec_push(&s->sent, sent);
	r->next = NULL;
	*s->last = r;
	s->last = &r->next;
	s->in_flight++;
	s->most = s->in_flight > s->most ? s->in_flight : s->most;
}

static void answer_session(struct server *s, const char *body, struct http_response *response)
{
	char end[TIME_RFC3339], account[13] = "";
	unsigned n;

	if (s->refuse != NULL && s->mono_us < s->refuse_until_us) {
		response->status = 403;
		buf_printf(&response->body,
			   "<ErrorResponse><Error><Code>%s</Code><Message>not you</Message></Error>"
			   "</ErrorResponse>",
			   s->refuse);
		return;
	}
	n = ++s->sessions;
	assert_in_range(n, 1, 63);
	s->end_us[n] = NOW_US + s->mono_us + s->life_us;
	time_rfc3339(s->end_us[n], end);
	memcpy(account, strstr(body, "iam%3A%3A") + strlen("iam%3A%3A"), 12);
	buf_printf(&response->body,
		   "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
		   "<AccessKeyId>ASIA%u</AccessKeyId><SecretAccessKey>" SECRET "</SecretAccessKey>"
		   "<SessionToken>%s/%u</SessionToken><Expiration>%s</Expiration></Credentials>"
		   "</AssumeRoleResult></AssumeRoleResponse>",
		   n, account, n, end);
}

static void answer_container(struct server *s, struct http_response *response)
{
	unsigned n = ++s->sessions;
	char end[TIME_RFC3339];

	s->end_us[n] = NOW_US + s->mono_us + s->life_us;
	time_rfc3339(s->end_us[n], end);
	buf_printf(&response->body,
		   "{\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"" SECRET
		   "\",\"Token\":\"own/%u\",\"Expiration\":\"%s\"}",
		   n, end);
}

static void answer(struct server *s, struct http_request *r, const struct sent *sent)
{
	struct http_response response = {.outcome = HTTP_REPLIED,
					 .status = 200,
					 .ended_us = s->mono_us,
					 .headers = BUF_INIT(1 << 16),
					 .body = BUF_INIT(1 << 20)};
	unsigned n = 0;

	if (strchr(sent->token, '/') != NULL)
		n = (unsigned)atoi(strchr(sent->token, '/') + 1);
	if (strcmp(sent->op, "Container") == 0)
		answer_container(s, &response);
	else if (strcmp(sent->op, "AssumeRole") == 0 && s->drop)
		response.outcome = HTTP_LOST;
	else if (strcmp(sent->op, "AssumeRole") == 0)
		answer_session(s, sent->body, &response);
	else if (n > 0 && NOW_US + s->mono_us > s->end_us[n]) {
		response.status = 403;
		buf_puts(&response.body, "<ErrorResponse><Error><Code>ExpiredToken</Code></Error>"
					 "</ErrorResponse>");
	} else if (strcmp(sent->op, "GetCallerIdentity") == 0)
		buf_puts(&response.body,
			 "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>" OWN
			 "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>");
	else
		buf_printf(&response.body,
			   "<%sResponse><%sResult><IsTruncated>%s</IsTruncated><Marker>m%u</Marker>"
			   "</%sResult></%sResponse>",
			   sent->op, sent->op, s->pages > 0 ? "true" : "false", s->pages, sent->op,
			   sent->op);
	if (strcmp(sent->op, "AssumeRole") != 0 && s->pages > 0)
		s->pages--;
	s->in_flight--;
	r->done(r, &response);
	buf_free(&response.headers);
	buf_free(&response.body);
}

/* Answers what is in flight, all of it a latency after now, or lets the time pass. */
static void server_wait(struct transport *t, int64_t until_us)
{
	struct server *s = (struct server *)t;
	struct http_request *r, *next;
	size_t at;

	if (s->first == NULL) {
		assert_true(until_us < INT64_MAX);
		if (until_us > s->mono_us)
			s->mono_us = until_us;
		return;
	}
	s->mono_us += s->latency_us;
	at = s->sent.n - s->in_flight;
	r = s->first;
	s->first = NULL;
	s->last = &s->first;
	for (; r != NULL; r = next) {
		next = r->next;
		answer(s, r, &s->sent.at[at++]);
	}
}

static void server_cancel(struct transport *t, struct http_request *r)
{
	(void)t;
	(void)r;
}

/* The run's own keys end too: a container's endpoint gives them. */
static const char *container_getenv(const char *name)
{
	return strcmp(name, "AWS_CONTAINER_CREDENTIALS_FULL_URI") == 0 ? "http://127.0.0.1/keys"
								       : NULL;
}

static const char *server_getenv(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return "AKIDEXAMPLE";
	if (strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0)
		return SECRET;
	return strcmp(name, "AWS_SESSION_TOKEN") == 0 ? "own" : NULL;
}

static void server_trace(void *ctx, const char *line)
{
	buf_printf(ctx, "%s\n", line);
}

static void server_access(void *ctx, const char *account, struct account_access *a)
{
	struct server *s = ctx;

	s->asked++;
	*a = (struct account_access){.credentials = s->given, .why = s->why};
	if (s->given != NULL || s->why != NULL)
		return;
	a->role_arn = arena_printf(s->arena, "arn:aws:iam::%s:role/in", account);
	a->session_name = "charter";
	a->external_id = "ext";
	a->source_identity = "ada";
	a->policy = s->policy;
}

static int setup_with(void **state, unsigned rate_percent, const char *(*getenv_)(const char *))
{
	struct server *s = xcalloc(1, sizeof *s);
	struct client_options options = {
	    .rate_percent = rate_percent, .trace = server_trace, .trace_ctx = &s->trace};
	auto_error err = {0};
	json_t *body;

	*state = s;
	s->transport =
	    (struct transport){.send = server_send, .wait = server_wait, .cancel = server_cancel};
	s->clock = (struct clock){.now_us = server_now, .mono_us = server_mono};
	random_seed(&s->random, 7);
	s->env = (struct env){.clock = &s->clock,
			      .random = &s->random.base,
			      .transport = &s->transport,
			      .getenv = getenv_};
	s->mono_us = SECOND_US;
	s->latency_us = LATENCY_US;
	s->life_us = 60 * MINUTE_US;
	s->last = &s->first;
	s->trace = BUF_INIT(1 << 20);
	s->arena = arena_new();
	s->loop = loop_new(&s->clock, &s->transport);
	assert_int_equal(client_new(&s->client, &s->env, s->loop, &options, &err), 0);
	client_set_access(s->client, server_access, s);
	assert_int_equal(client_call(s->client, OP_STS_GetCallerIdentity, NULL, &body, NULL, &err),
			 0);
	json_decref(body);
	s->most = 0;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, 0, server_getenv);
}

static int setup_rates(void **state)
{
	return setup_with(state, 100, server_getenv);
}

static int setup_container(void **state)
{
	return setup_with(state, 0, container_getenv);
}

static int teardown(void **state)
{
	struct server *s = *state;

	assert_null(strstr(buf_str(&s->trace), "CANARY"));
	client_free(s->client);
	loop_free(s->loop);
	for (size_t i = 0; i < s->sent.n; i++)
		free(s->sent.at[i].body);
	free(s->sent.at);
	buf_free(&s->trace);
	arena_free(s->arena);
	free(s);
	return 0;
}

struct result {
	unsigned done;
	enum reply_outcome outcome;
	char code[64], message[256];
	int64_t at_us;
	struct server *s;
};

static void on_done(void *ctx, const struct reply *reply)
{
	struct result *r = ctx;

	r->done++;
	r->outcome = reply->outcome;
	snprintf(r->code, sizeof r->code, "%s", reply->code);
	snprintf(r->message, sizeof r->message, "%s", reply->message);
	r->at_us = r->s->mono_us;
}

static void ask(struct server *s, const char *account, struct result *r)
{
	*r = (struct result){.s = s};
	client_send(s->client, &(struct client_request){
				   .op = &ops[READ],
				   .account = account ? text_str(s->arena, account) : NULL,
				   .done = on_done,
				   .ctx = r});
	assert_int_equal(r->done, 0);
}

static struct result perform(struct server *s, const char *account)
{
	struct result r;

	ask(s, account, &r);
	loop_run(s->loop);
	assert_int_equal(r.done, 1);
	assert_int_equal(client_stats(s->client)->waiting, 0);
	return r;
}

static unsigned count(const struct server *s, const char *op)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->sent.n; i++)
		n += strcmp(s->sent.at[i].op, op) == 0;
	return n;
}

static const struct sent *last(const struct server *s)
{
	return &s->sent.at[s->sent.n - 1];
}

static void expect_ok(struct result r)
{
	if (r.outcome != REPLY_OK)
		fail_msg("%s: %s", r.code, r.message);
}

/* One session for each account, all at once, and none for the own. */
static void test_many_at_once(void **state)
{
	struct server *s = *state;
	struct result r[60];
	char account[13];

	s->policy = "{\"Statement\":[]}";
	for (size_t i = 0; i < 60; i++) {
		snprintf(account, sizeof account, "%012zu", 500 + i % 20);
		ask(s, i % 20 == 0 ? OWN : account, &r[i]);
	}
	loop_run(s->loop);
	for (size_t i = 0; i < 60; i++)
		expect_ok(r[i]);
	assert_int_equal(s->asked, 19);
	assert_int_equal(count(s, "AssumeRole"), 19);
	/* Two round trips for all of them together. */
	assert_in_range(s->most, 57, 60);
	assert_int_equal(r[59].at_us, SECOND_US + 3 * LATENCY_US);
	for (size_t i = 0; i < s->sent.n; i++) {
		const struct sent *sent = &s->sent.at[i];

		if (strcmp(sent->op, "AssumeRole") == 0)
			assert_string_equal(sent->token, "own");
		if (strstr(sent->body, "Action=AssumeRole") == sent->body &&
		    strstr(sent->body, "000000000501") != NULL)
			assert_string_equal(
			    sent->body,
			    "Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600&ExternalId="
			    "ext&Policy=%7B%22Statement%22%3A%5B%5D%7D&RoleArn=arn%3Aaws%3Aiam%3A%"
			    "3A000000000501%3Arole%2Fin&RoleSessionName=charter&SourceIdentity="
			    "ada");
	}
	assert_non_null(strstr(buf_str(&s->trace), "iam GetAccountAuthorizationDetails in "
						   "000000000501 #"));
}

/* From 15 minutes before the end in the background, from 10 minutes before it is waited for. */
static void test_renewal(void **state)
{
	struct server *s = *state;

	expect_ok(perform(s, DEV));
	s->mono_us += 44 * MINUTE_US;
	expect_ok(perform(s, DEV));
	assert_int_equal(count(s, "AssumeRole"), 1);
	s->mono_us += 2 * MINUTE_US;
	expect_ok(perform(s, DEV));
	assert_string_equal(s->sent.at[s->sent.n - 2].op, "AssumeRole");
	assert_string_equal(last(s)->token, DEV "/1");
	expect_ok(perform(s, DEV));
	assert_string_equal(last(s)->token, DEV "/2");
	assert_int_equal(count(s, "AssumeRole"), 2);
	s->mono_us += 51 * MINUTE_US;
	expect_ok(perform(s, DEV));
	assert_string_equal(last(s)->token, DEV "/3");
	/* What cannot be renewed serves as long as it lasts, and is not asked for all the time. */
	s->mono_us += 55 * MINUTE_US;
	s->refuse = "AccessDenied";
	s->refuse_until_us = INT64_MAX;
	for (size_t i = 0; i < 10; i++)
		expect_ok(perform(s, DEV));
	assert_string_equal(last(s)->token, DEV "/3");
	assert_int_equal(count(s, "AssumeRole"), 4);
	s->mono_us += 6 * MINUTE_US;
	assert_string_equal(perform(s, DEV).code, "AccessDenied");
}

/* A listing that outlives its session three times. */
static void test_long_listing(void **state)
{
	struct server *s = *state;

	s->latency_us = 7 * MINUTE_US;
	s->pages = 25;
	expect_ok(perform(s, DEV));
	assert_int_equal(count(s, "GetAccountAuthorizationDetails"), 26);
	assert_in_range(count(s, "AssumeRole"), 3, 6);
	assert_int_equal(client_stats(s->client)->retried, 0);
}

/* The run's own keys are renewed as sessions are, and these are asked for with the new ones. */
static void test_own_keys_end(void **state)
{
	struct server *s = *state;

	expect_ok(perform(s, NULL));
	assert_int_equal(count(s, "Container"), 1);
	s->latency_us = 7 * MINUTE_US;
	s->pages = 20;
	expect_ok(perform(s, NULL));
	assert_in_range(count(s, "Container"), 3, 5);
	assert_int_equal(client_stats(s->client)->retried, 0);
	s->latency_us = LATENCY_US;
	s->mono_us += 180 * MINUTE_US;
	expect_ok(perform(s, DEV));
	assert_string_equal(s->sent.at[s->sent.n - 3].op, "Container");
	assert_true(str_starts(s->sent.at[s->sent.n - 2].token, "own/"));
	/* AWS may have ended them before their time. */
	s->end_us[s->sessions - 1] = 0;
	expect_ok(perform(s, NULL));
	assert_int_equal(client_stats(s->client)->retried, 1);
}

/* Keys of little time are not asked for without end. */
static void test_short_lives(void **state)
{
	struct server *s = *state;

	s->life_us = 12 * MINUTE_US;
	for (size_t i = 0; i < 24; i++) {
		expect_ok(perform(s, DEV));
		s->mono_us += MINUTE_US;
	}
	assert_in_range(count(s, "AssumeRole"), 2, 4);
	s->life_us = -MINUTE_US;
	client_leave(s->client, NULL);
	assert_string_equal(perform(s, DEV).code, "ExpiredToken");
}

/* AWS may call a session expired before its time: one new one serves all who met that. */
static void test_expired_early(void **state)
{
	struct server *s = *state;
	struct result r[10];

	expect_ok(perform(s, DEV));
	s->end_us[1] = 0;
	for (size_t i = 0; i < 10; i++)
		ask(s, DEV, &r[i]);
	loop_run(s->loop);
	for (size_t i = 0; i < 10; i++)
		expect_ok(r[i]);
	assert_int_equal(count(s, "AssumeRole"), 2);
	assert_int_equal(client_stats(s->client)->retried, 10);
	/* Once: another that is expired too is told. */
	s->end_us[2] = 0;
	s->life_us = -1;
	r[0] = perform(s, DEV);
	assert_int_equal(r[0].outcome, REPLY_REFUSED);
	assert_string_equal(r[0].code, "ExpiredToken");
	assert_int_equal(count(s, "AssumeRole"), 3);
}

/* A refusal to enter is told to all, remembered, and not mistaken for one of the account. */
static void test_refused(void **state)
{
	struct server *s = *state;
	struct result r[5];

	s->refuse = "AccessDenied";
	s->refuse_until_us = INT64_MAX;
	for (size_t i = 0; i < 5; i++)
		ask(s, DEV, &r[i]);
	loop_run(s->loop);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(r[i].outcome, REPLY_UNSENT);
		assert_string_equal(r[i].code, "AccessDenied");
		assert_string_equal(r[i].message,
				    "arn:aws:iam::" DEV ":role/in cannot be assumed: not you");
	}
	assert_string_equal(perform(s, DEV).code, "AccessDenied");
	assert_int_equal(count(s, "AssumeRole"), 1);
	s->refuse = NULL;
	expect_ok(perform(s, PROD));
	assert_string_equal(perform(s, DEV).code, "AccessDenied");
	client_leave(s->client, DEV);
	expect_ok(perform(s, DEV));
	assert_int_equal(s->asked, 3);
	/* What did not come through says nothing of the account. */
	client_leave(s->client, NULL);
	s->drop = true;
	r[0] = perform(s, DEV);
	assert_int_equal(r[0].outcome, REPLY_UNSENT);
	assert_string_equal(r[0].code, "Reset");
	s->drop = false;
	expect_ok(perform(s, DEV));
}

static void test_not_entered(void **state)
{
	struct server *s = *state;
	const struct credentials given = {.access_key_id = (char *)"AKID",
					  .secret_access_key = (char *)SECRET,
					  .session_token = (char *)"given",
					  .source = (char *)"twin"};
	struct result r;

	s->why = "skipped: being migrated";
	r = perform(s, DEV);
	assert_int_equal(r.outcome, REPLY_UNSENT);
	assert_string_equal(r.code, "NotEntered");
	assert_string_equal(r.message, s->why);
	perform(s, DEV);
	assert_int_equal(s->asked, 1);
	s->why = NULL;
	s->given = &given;
	expect_ok(perform(s, PROD));
	assert_string_equal(last(s)->token, "given");
	client_set_access(s->client, NULL, NULL);
	client_leave(s->client, DEV);
	assert_string_equal(perform(s, DEV).code, "NoCredentials");
	assert_int_equal(count(s, "AssumeRole"), 0);
}

/* An account that this run made is not known to STS at once. */
static void test_young(void **state)
{
	struct server *s = *state;
	struct result r;
	int64_t begun = s->mono_us;

	s->refuse = "AccessDenied";
	s->refuse_until_us = begun + 20 * SECOND_US;
	assert_string_equal(perform(s, DEV).code, "AccessDenied");
	client_account_new(s->client, DEV);
	r = perform(s, DEV);
	expect_ok(r);
	assert_in_range(r.at_us, begun + 20 * SECOND_US, begun + 30 * SECOND_US);
	assert_in_range(count(s, "AssumeRole"), 5, 9);
	/* It has an end. */
	s->refuse_until_us = INT64_MAX;
	begun = s->mono_us;
	client_leave(s->client, DEV);
	r = perform(s, DEV);
	assert_string_equal(r.code, "AccessDenied");
	assert_in_range(r.at_us, begun + MINUTE_US, begun + 75 * SECOND_US);
	/* Other refusals do not pass. */
	begun = s->mono_us;
	client_leave(s->client, DEV);
	s->refuse = "RegionDisabledException";
	r = perform(s, DEV);
	assert_string_equal(r.code, "RegionDisabledException");
	assert_true(r.at_us < begun + SECOND_US);
}

/* A rate is each account's: what waits in one does not keep another waiting. */
static void test_rates(void **state)
{
	struct server *s = *state;
	struct result r[180];
	const struct text *dev = text_str(s->arena, DEV);

	for (size_t i = 0; i < 60; i++)
		ask(s, DEV, &r[i]);
	while (count(s, "GetAccountAuthorizationDetails") == 0)
		loop_step(s->loop);
	assert_true(client_ready_us(s->client, &ops[READ], dev) > s->mono_us + SECOND_US);
	assert_int_equal(client_ready_us(s->client, &ops[READ], NULL), 0);
	assert_int_equal(client_ready_us(s->client, &ops[READ], text_str(s->arena, PROD)), 0);
	for (size_t i = 60; i < 180; i++)
		ask(s, i % 2 == 0 ? PROD : "444444444444", &r[i]);
	loop_run(s->loop);
	for (size_t i = 0; i < 180; i++) {
		expect_ok(r[i]);
		/* 40 at once, then 20 a second. */
		assert_true(r[i].at_us < 2 * SECOND_US + SECOND_US / 4);
	}
}

static void test_cancel(void **state)
{
	struct server *s = *state;
	struct result r[4];

	s->refuse = "AccessDenied";
	s->refuse_until_us = INT64_MAX;
	client_account_new(s->client, DEV);
	for (size_t i = 0; i < 4; i++)
		ask(s, i % 2 == 0 ? DEV : PROD, &r[i]);
	client_cancel_unsent(s->client);
	loop_run(s->loop);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(r[i].outcome, REPLY_CANCELLED);
	client_resume(s->client);
	s->refuse = NULL;
	expect_ok(perform(s, DEV));
	/* Those that come after a cancellation are not cancelled with it. */
	client_leave(s->client, NULL);
	ask(s, DEV, &r[0]);
	client_cancel_unsent(s->client);
	client_resume(s->client);
	ask(s, DEV, &r[1]);
	loop_run(s->loop);
	assert_int_equal(r[0].outcome, REPLY_CANCELLED);
	expect_ok(r[1]);
}

/* The client may go while accounts are being entered. */
static void test_free_early(void **state)
{
	struct server *s = *state;
	struct result r[6];

	s->refuse = "AccessDenied";
	s->refuse_until_us = INT64_MAX;
	client_account_new(s->client, DEV);
	ask(s, DEV, &r[0]);
	while (count(s, "AssumeRole") < 2)
		loop_step(s->loop);
	for (size_t i = 1; i < 6; i++)
		ask(s, i % 2 == 0 ? DEV : PROD, &r[i]);
	client_leave(s->client, NULL);
	client_free(s->client);
	s->client = NULL;
	while (s->first != NULL)
		server_wait(&s->transport, INT64_MAX);
	loop_run(s->loop);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(r[i].done, 0);
}

/* A secret goes out, and does not stay. */
static void test_secret(void **state)
{
	struct server *s = *state;
	json_t *input = json_pack("{s:s, s:s}", "UserName", "ada", "Password", "CANARYpassword");
	struct result r = {.s = s};

	client_send(s->client, &(struct client_request){.op = &ops[OP_IAM_CreateLoginProfile],
							.account = text_str(s->arena, DEV),
							.input = json_incref(input),
							.done = on_done,
							.ctx = &r});
	loop_run(s->loop);
	expect_ok(r);
	assert_non_null(strstr(last(s)->body, "Password=CANARYpassword"));
	assert_string_equal(json_string_value(json_object_get(input, "Password")), "");
	json_decref(input);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_many_at_once),
	    TEST(test_renewal),
	    TEST(test_long_listing),
	    cmocka_unit_test_setup_teardown(test_own_keys_end, setup_container, teardown),
	    TEST(test_short_lives),
	    TEST(test_expired_early),
	    TEST(test_refused),
	    TEST(test_not_entered),
	    TEST(test_young),
	    cmocka_unit_test_setup_teardown(test_rates, setup_rates, teardown),
	    TEST(test_cancel),
	    TEST(test_free_early),
	    TEST(test_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
