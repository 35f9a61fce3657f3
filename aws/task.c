#include "aws/task.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKEW_TOLERATED_US (60 * 1000000LL) /* AWS accepts five minutes */
#define MAX_PAGES         100000           /* of one listing: no real one comes near */

static void task_enter(struct task *t);
static void task_transmit(struct waiter *);
static void task_ended(struct http_request *, struct http_response *);

static int64_t mono(const struct client *c)
{
	return c->env->clock->mono_us(c->env->clock);
}

static uint64_t *state_counter(struct client *c, enum task_state state)
{
	return state == TASK_SENT ? &c->stats.in_flight : &c->stats.waiting;
}

static void task_state(struct task *t, enum task_state state)
{
	--*state_counter(t->client, t->state);
	t->state = state;
	++*state_counter(t->client, state);
}

static void exchange_clear(struct task *t)
{
	codec_request_free(&t->wire);
	buf_free(&t->authorization);
	free(t->url);
	t->url = NULL;
}

static void task_free(struct task *t)
{
	exchange_clear(t);
	answer_free(&t->answer);
	json_decref(t->request.input);
	map_free(t->tokens);
	free(t);
}

static void task_unlink(struct task *t)
{
	struct client *c = t->client;

	--*state_counter(c, t->state);
	*(t->prev != NULL ? &t->prev->next : &c->first) = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
}

/* Tells the caller. The answer's body lives until the callback returns. */
static void task_finish(struct task *t)
{
	struct client *c = t->client;
	const struct answer *a = &t->answer;
	struct loop *loop = c->loop;
	struct reply reply = {
	    .outcome = a->outcome,
	    .status = a->status,
	    .code = a->code,
	    .message = a->message != NULL ? a->message : "",
	    .request_id = a->request_id,
	    .body = a->outcome == REPLY_OK ? a->body : NULL,
	    .attempts = t->attempts,
	};

	task_unlink(t);
	c->stats.done++;
	if (t->request.done != NULL)
		t->request.done(t->request.ctx, &reply);
	task_free(t);
	loop_release(loop);
}

static void on_ending(void *ctx)
{
	struct task *t = ctx;

	t->timer = NULL;
	task_finish(t);
}

/* Callbacks come from the loop only, so that nobody is called back while still sending. */
static void task_end_later(struct task *t, enum reply_outcome outcome, const char *code,
			   const char *message)
{
	answer_free(&t->answer);
	t->answer = (struct answer){.outcome = outcome, .hint_us = -1};
	snprintf(t->answer.code, sizeof t->answer.code, "%s", code);
	answer_say(&t->answer, "%s", message);
	task_state(t, TASK_ENDING);
	t->timer = loop_at(t->client->loop, mono(t->client), on_ending, t);
}

static void task_end_cancelled(struct task *t)
{
	task_end_later(t, REPLY_CANCELLED, "Cancelled", "cancelled before it was sent");
}

/* Whether the credentials of this run are those of the account. */
static bool account_is_ours(const struct task *t)
{
	const struct text *account = t->request.account;

	return account == NULL || text_is(account, t->client->caller);
}

/* Enters the queue of its bucket: at the start, for the next page, and for another attempt. */
static void task_enter(struct task *t)
{
	struct bucket *b = t->client->bucket[t->op->rate];

	if (t->client->cancelled) {
		task_end_cancelled(t);
		return;
	}
	task_state(t, TASK_QUEUED);
	t->waiter = (struct waiter){.go = task_transmit};
	if (b != NULL)
		bucket_wait(b, &t->waiter);
	else
		task_transmit(&t->waiter);
}

void task_start(struct client *c, const struct client_request *request)
{
	struct task *t = xcalloc(1, sizeof *t);

	t->client = c;
	t->op = request->op;
	t->request = *request;
	if (t->request.input == NULL)
		t->request.input = json_object();
	t->next = c->first;
	if (c->first != NULL)
		c->first->prev = t;
	c->first = t;
	t->state = TASK_QUEUED;
	c->stats.waiting++;
	t->answer.hint_us = -1;
	loop_hold(c->loop);
	if (account_is_ours(t))
		task_enter(t);
	else
		task_end_later(t, REPLY_UNSENT, "NoCredentials",
			       "this run has no credentials in that account: requests in other "
			       "accounts than its own are not supported yet");
}

static void header_add(struct task *t, const char *name, const char *value)
{
	charter_assert(t->http.headers_n < TASK_HEADERS);
	t->headers[t->http.headers_n++] = (struct http_header){name, value};
}

/* Dates and signs anew for each attempt: an old date would be refused. */
static void exchange_sign(struct task *t)
{
	struct client *c = t->client;
	const struct service *service = &services[t->op->service];
	const struct endpoint *e = &c->endpoint[t->op->service];
	struct sign_request r = {
	    .method = t->wire.method,
	    .path = buf_str(&t->wire.path),
	    .query = "",
	    .headers = t->headers,
	    .headers_n = t->http.headers_n,
	    .body = t->wire.body.data,
	    .body_len = t->wire.body.len,
	    .normalize = true,
	    .double_encode = true,
	};

	t->skew_us = c->skew_us;
	t->scope.region = e->region;
	t->scope.service = service->signing_name;
	time_basic(c->env->clock->now_us(c->env->clock) + t->skew_us, t->scope.time);
	t->authorization = (struct buf){.max = 4096};
	sign_authorization(&r, &t->scope, &c->credentials, &t->authorization);
}

static void exchange_prepare_request(struct task *t)
{
	struct client *c = t->client;
	const struct endpoint *e = &c->endpoint[t->op->service];

	exchange_clear(t);
	codec_encode(t->op, t->request.input, &t->wire);
	t->url = xasprintf("%s%s", e->url, buf_str(&t->wire.path));
	t->http = (struct http_request){
	    .method = t->wire.method,
	    .url = t->url,
	    .headers = t->headers,
	    .body = t->wire.body.data,
	    .body_len = t->wire.body.len,
	    .fresh = t->op->mutates,
	    .urgent = t->pages > 0,
	    .max_body = HTTP_MAX_BODY,
	    .done = task_ended,
	    .ctx = t,
	};
	header_add(t, "host", e->host);
	header_add(t, "content-type", t->wire.content_type);
	if (t->wire.target[0] != '\0')
		header_add(t, "x-amz-target", t->wire.target);
	exchange_sign(t);
	header_add(t, "x-amz-date", t->scope.time);
	if (c->credentials.session_token != NULL)
		header_add(t, "x-amz-security-token", c->credentials.session_token);
	header_add(t, "authorization", buf_str(&t->authorization));
}

/* What the request rests on is too old by now. */
static bool task_is_late(const struct task *t)
{
	return t->request.not_after_us > 0 && mono(t->client) > t->request.not_after_us;
}

static void task_end_late(struct task *t)
{
	char message[160];

	if (t->answer.code[0] != '\0')
		snprintf(message, sizeof message, "AWS put it off for too long (%s)",
			 t->answer.code);
	else
		snprintf(message, sizeof message, "it waited too long for its rate");
	task_end_later(t, REPLY_UNSENT, "Late", message);
}

/* Hands over to the transport: the last moment at which a run that may only read is held to it. */
static void task_transmit(struct waiter *w)
{
	struct task *t = (struct task *)((char *)w - offsetof(struct task, waiter));
	struct client *c = t->client;
	struct transport *transport = loop_transport(c->loop);

	if (t->op->mutates && c->options.read_only) {
		task_end_later(t, REPLY_UNSENT, "ReadOnly",
			       "this command only reads: the request was not sent");
		return;
	}
	if (task_is_late(t)) {
		task_end_late(t);
		return;
	}
	exchange_prepare_request(t);
	t->attempt++;
	t->attempts++;
	t->number = ++c->sent;
	c->stats.sent++;
	c->stats.by_op[t->op - ops]++;
	t->sent_us = mono(c);
	task_state(t, TASK_SENT);
	transport->send(transport, &t->http);
}

static void task_trace(const struct task *t)
{
	const struct client *c = t->client;
	const struct answer *a = &t->answer;
	auto_buf line = BUF_INIT(1024);

	if (c->options.trace == NULL)
		return;
	buf_printf(&line, "%s %s #%llu attempt %u -> ", services[t->op->service].name, t->op->name,
		   (unsigned long long)t->number, t->attempt);
	if (a->status > 0)
		buf_printf(&line, "%d ", a->status);
	if (a->code[0] != '\0')
		buf_printf(&line, "%s ", a->code);
	buf_printf(&line, "%lld ms", (long long)((mono(c) - t->sent_us) / 1000));
	if (a->request_id[0] != '\0')
		buf_printf(&line, " id=%s", a->request_id);
	c->options.trace(c->options.trace_ctx, buf_str(&line));
}

/* A clock that is off is measured by AWS's own, once for each page. */
static bool task_follows_clock(struct task *t)
{
	struct client *c = t->client;
	int64_t now = c->env->clock->now_us(c->env->clock), off;

	if (t->answer.outcome != REPLY_REFUSED || !retry_is_skew(t->answer.code) ||
	    t->answer.date_us == 0 || t->skew_retried)
		return false;
	off = t->answer.date_us - (now + t->skew_us);
	if (off < SKEW_TOLERATED_US && off > -SKEW_TOLERATED_US)
		return false;
	c->skew_us = t->answer.date_us - now;
	t->skew_retried = true;
	return true;
}

static bool code_is(const struct answer *a, const char *code)
{
	return strcmp(a->code, code) == 0;
}

/* Says what to do, where we know. */
static void task_advise(struct task *t)
{
	const struct client *c = t->client;
	struct answer *a = &t->answer;
	auto_free char *said = a->message;

	a->message = NULL;
	if (code_is(a, "ExpiredToken") || code_is(a, "ExpiredTokenException") ||
	    code_is(a, "TokenRefreshRequired")) {
		answer_say(a, "the session token has expired; sign in again (credentials from %s)",
			   c->credentials.source);
	} else if (retry_is_skew(a->code) && t->skew_retried) {
		answer_say(a,
			   "AWS does not accept the time of the request: this machine's clock is "
			   "off by %lld seconds; set it (%s)",
			   (long long)(-c->skew_us / 1000000), said != NULL ? said : a->code);
	} else if (retry_is_skew(a->code) || code_is(a, "InvalidClientTokenId") ||
		   code_is(a, "UnrecognizedClientException") || code_is(a, "IncompleteSignature") ||
		   code_is(a, "InvalidAccessKeyId") || code_is(a, "IncompleteSignatureException") ||
		   code_is(a, "AuthFailure")) {
		answer_say(a, "AWS does not accept these credentials (from %s): %s",
			   c->credentials.source, said != NULL ? said : a->code);
	} else {
		a->message = said;
		said = NULL;
	}
}

static void on_backoff(void *ctx)
{
	struct task *t = ctx;

	t->timer = NULL;
	task_enter(t);
}

static void task_backoff(struct task *t, int64_t delay_us)
{
	struct client *c = t->client;

	c->stats.retried++;
	task_state(t, TASK_BACKOFF);
	t->timer = loop_at(c->loop, mono(c) + delay_us, on_backoff, t);
}

static void task_next_page(struct task *t, const char *token)
{
	json_t *input = json_copy(t->request.input);

	json_object_set_new(input, t->op->token_in, json_string(token));
	json_decref(t->request.input);
	t->request.input = input;
	t->attempt = 0;
	t->skew_retried = false;
	t->count = (struct retry_count){0};
	task_enter(t);
}

/* The next page's token; NULL when there is none; *bad when the answer makes no sense. */
static const char *answer_token(const struct op *op, const json_t *body, bool *bad)
{
	const json_t *value = op->token_out != NULL ? json_object_get(body, op->token_out) : NULL;
	const char *token = json_string_value(value);

	*bad = value != NULL && !json_is_null(value) && token == NULL;
	if (token != NULL && *token == '\0')
		token = NULL;
	/* A listing goes on where it says so by either; it ends only where neither does. */
	if (op->more == NULL || json_object_get(body, op->more) == NULL)
		return token;
	if (!reply_bool(body, op->more))
		return NULL;
	*bad = *bad || token == NULL;
	return token;
}

static void task_fail_page(struct task *t, const char *code, const char *message)
{
	t->answer.outcome = REPLY_LOST;
	snprintf(t->answer.code, sizeof t->answer.code, "%s", code);
	answer_say(&t->answer, "%s %s", t->op->name, message);
	task_finish(t);
}

/* A page was read; a token seen before would go round for ever. */
static void task_paged(struct task *t)
{
	bool bad;
	const char *token = answer_token(t->op, t->answer.body, &bad);

	if (bad) {
		task_fail_page(t, "BadReply", "says that there is more, but not where");
		return;
	}
	if (t->request.page != NULL)
		t->request.page(t->request.ctx, t->answer.body);
	if (token == NULL) {
		task_finish(t);
		return;
	}
	if (t->tokens == NULL)
		t->tokens = map_new();
	if (map_put(t->tokens, token, t) != NULL || ++t->pages >= MAX_PAGES)
		task_fail_page(t, "RepeatedToken",
			       "gave a page token a second time: the listing has no end");
	else
		task_next_page(t, token);
}

/* Requests of an account are sent once we know that the credentials are that account's. */
static void learn_caller(struct client *c, const struct op *op, const json_t *body)
{
	const char *account = reply_str(body, "Account");

	if (op == &ops[OP_STS_GetCallerIdentity] && account != NULL && strlen(account) == 12)
		snprintf(c->caller, sizeof c->caller, "%s", account);
}

static void task_succeeded(struct task *t)
{
	struct client *c = t->client;
	struct bucket *b = c->bucket[t->op->rate];

	retry_refund(&c->quota, &t->count);
	if (b != NULL)
		bucket_succeeded(b);
	learn_caller(c, t->op, t->answer.body);
	task_paged(t);
}

static void task_failed(struct task *t)
{
	struct client *c = t->client;
	struct bucket *b = c->bucket[t->op->rate];
	enum retry_class class = retry_classify(t->op, &t->answer);
	int64_t delay;

	if (class == RETRY_THROTTLED) {
		c->stats.throttled++;
		if (b != NULL)
			bucket_throttled(b, t->sent_us);
	}
	if (task_follows_clock(t))
		task_backoff(t, 0);
	else if (!c->cancelled && retry_again(&c->quota, &t->count, class, c->options.max_attempts,
					      t->answer.hint_us, c->env->random, &delay))
		task_backoff(t, delay);
	else {
		task_advise(t);
		task_finish(t);
	}
}

static void task_ended(struct http_request *http, struct http_response *response)
{
	struct task *t = http->ctx;

	if (t->client == NULL) {
		task_free(t);
		return;
	}
	answer_free(&t->answer);
	answer_read(t->op, t->client->endpoint[t->op->service].url, response, &t->answer);
	exchange_clear(t);
	task_trace(t);
	if (t->answer.outcome == REPLY_OK)
		task_succeeded(t);
	else
		task_failed(t);
}

void task_cancel(struct task *t)
{
	struct client *c = t->client;
	struct transport *transport = loop_transport(c->loop);
	struct bucket *b = c->bucket[t->op->rate];

	switch (t->state) {
	case TASK_QUEUED:
		charter_assert(b != NULL);
		bucket_leave(b, &t->waiter);
		task_end_cancelled(t);
		break;
	case TASK_BACKOFF:
		loop_cancel(c->loop, t->timer);
		task_end_cancelled(t);
		break;
	case TASK_SENT:
		transport->cancel(transport, &t->http);
		break;
	case TASK_ENDING:
		break;
	}
}

void task_abandon(struct task *t)
{
	struct client *c = t->client;
	struct transport *transport = loop_transport(c->loop);
	bool sent = t->state == TASK_SENT;

	task_unlink(t);
	loop_release(c->loop);
	if (!sent) {
		loop_cancel(c->loop, t->timer);
		task_free(t);
		return;
	}
	/* The transport still holds its request, and gives it back when it is pumped. */
	t->client = NULL;
	transport->cancel(transport, &t->http);
}
