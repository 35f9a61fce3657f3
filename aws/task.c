#include "aws/task.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKEW_TOLERATED_US (60 * 1000000LL) /* AWS accepts five minutes */
#define MAX_PAGES         100000           /* of one listing: no real one comes near */

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

static void task_free(struct task *t)
{
	attempt_clear(t);
	attempt_wipe_answer(t);
	answer_free(&t->answer);
	attempt_wipe_input(t);
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
	identity_release(t->identity);
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

/* The identity could not be had. */
static void task_end_unidentified(struct task *t)
{
	const struct identity_failure *failure = identity_failure(t->identity);

	if (failure->outcome == REPLY_CANCELLED)
		task_end_cancelled(t);
	else
		task_end_later(t, failure->outcome, failure->code, failure->message);
}

/* Enters the queue of its bucket. */
static void task_queue(struct task *t)
{
	task_state(t, TASK_QUEUED);
	t->waiter = (struct waiter){.go = task_transmit};
	if (t->bucket != NULL)
		bucket_wait(t->bucket, &t->waiter);
	else
		task_transmit(&t->waiter);
}

static struct task *task_of(struct waiter *w)
{
	return (struct task *)((char *)w - offsetof(struct task, waiter));
}

static void task_identified(struct waiter *w)
{
	struct task *t = task_of(w);

	if (identity_failure(t->identity) != NULL)
		task_end_unidentified(t);
	else
		task_queue(t);
}

/* Whether there are keys to sign with; else it waits for them, or ends. */
static bool task_identify(struct task *t)
{
	switch (identity_check(t->identity)) {
	case IDENTITY_READY:
		return true;
	case IDENTITY_WAIT:
		task_state(t, TASK_UNIDENTIFIED);
		t->waiter = (struct waiter){.go = task_identified};
		identity_wait(t->identity, &t->waiter);
		break;
	case IDENTITY_FAILED:
		task_end_unidentified(t);
		break;
	}
	return false;
}

/* At the start, for the next page, and for another attempt. */
static void task_enter(struct task *t)
{
	if (t->client->cancelled)
		task_end_cancelled(t);
	else if (task_identify(t))
		task_queue(t);
}

static void task_link(struct task *t)
{
	struct client *c = t->client;

	t->next = c->first;
	if (c->first != NULL)
		c->first->prev = t;
	c->first = t;
	t->state = TASK_QUEUED;
	c->stats.waiting++;
	loop_hold(c->loop);
}

/* As many to a page as AWS gives: its own measure is a tenth of that. */
static void task_page_size(struct task *t)
{
	if (t->op->page_size_in != NULL)
		json_object_set_new(t->request.input, t->op->page_size_in,
				    json_integer(t->op->page_size));
}

void task_start(struct client *c, const struct client_request *request)
{
	struct task *t = xcalloc(1, sizeof *t);

	t->client = c;
	t->op = request->op;
	t->request = *request;
	if (t->request.input == NULL)
		t->request.input = json_object();
	task_page_size(t);
	t->answer.hint_us = -1;
	t->account = client_account(c, request->account);
	t->identity = account_identity(t->account);
	t->bucket = account_bucket(t->account, t->op->rate);
	task_link(t);
	task_enter(t);
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
	struct task *t = task_of(w);
	struct client *c = t->client;
	struct transport *transport = loop_transport(c->loop);

	if (t->op->mutates && c->options.read_only && t->op != c->options.writes) {
		task_end_later(t, REPLY_UNSENT, "ReadOnly",
			       "this command only reads: the request was not sent");
		return;
	}
	if (task_is_late(t)) {
		task_end_late(t);
		return;
	}
	/* They may have come to their end while it waited for its rate. */
	if (!task_identify(t))
		return;
	attempt_prepare(t);
	t->http.done = task_ended;
	t->attempt++;
	t->attempts++;
	t->number = ++c->sent;
	c->stats.sent++;
	t->account->by_op[t->op - ops]++;
	t->sent_us = mono(c);
	task_state(t, TASK_SENT);
	transport->send(transport, &t->http);
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

/* Keys that AWS calls expired before their time are obtained anew, once for each page. */
static bool task_renews(struct task *t)
{
	if (t->answer.outcome != REPLY_REFUSED || !code_is_expired(t->answer.code) || t->renewed)
		return false;
	t->renewed = identity_expired(t->identity, t->generation);
	return t->renewed;
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
	if (code_is_expired(a->code)) {
		answer_say(a, "the session token has expired; sign in again (credentials from %s)",
			   identity_source(t->identity));
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
			   identity_source(t->identity), said != NULL ? said : a->code);
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
	t->skew_retried = t->renewed = false;
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

static bool task_has_enough(const struct task *t)
{
	return t->pages + 1 == t->request.max_pages ||
	       (t->request.enough != NULL && t->request.enough(t->request.ctx));
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
	if (token == NULL || task_has_enough(t)) {
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

	retry_refund(&c->quota, &t->count);
	if (t->bucket != NULL)
		bucket_succeeded(t->bucket);
	if (t->account == c->own)
		learn_caller(c, t->op, t->answer.body);
	task_paged(t);
}

static void task_failed(struct task *t)
{
	struct client *c = t->client;
	enum retry_class class = retry_classify(t->op, &t->answer);
	int64_t delay;

	if (class == RETRY_THROTTLED) {
		c->stats.throttled++;
		t->account->by_op[t->op - ops]--;
		if (t->bucket != NULL)
			bucket_throttled(t->bucket, t->sent_us);
	}
	if (task_follows_clock(t) || task_renews(t))
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
	attempt_clear(t);
	attempt_trace(t);
	if (t->answer.outcome == REPLY_OK)
		task_succeeded(t);
	else
		task_failed(t);
}

void task_cancel(struct task *t)
{
	struct client *c = t->client;
	struct transport *transport = loop_transport(c->loop);

	switch (t->state) {
	case TASK_UNIDENTIFIED:
		identity_leave(t->identity, &t->waiter);
		task_end_cancelled(t);
		break;
	case TASK_QUEUED:
		charter_assert(t->bucket != NULL);
		bucket_leave(t->bucket, &t->waiter);
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

	if (t->state == TASK_UNIDENTIFIED)
		identity_leave(t->identity, &t->waiter);
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
