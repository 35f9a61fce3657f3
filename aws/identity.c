/* Keys end in the middle of a run: they are obtained anew in the background from 15 minutes before
 * their end (SDKs: the advisory refresh), and waited for from 10 minutes before (the mandatory
 * one). Those that live less than an hour keep the same shares of their life, a quarter and a
 * sixth, so that short ones are not asked for without end. As long as keys last, a failure to renew
 * them is no failure. */
#include "aws/identity.h"

#include "aws/provider.h"
#include "aws/retry.h"
#include "aws/task.h"

#include "base/arena.h"
#include "base/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADVISORY_US  (15 * MINUTE_US)
#define MANDATORY_US (10 * MINUTE_US)
#define SESSION_S    3600 /* what a chained role may have at most */
/* A role or account that was just made is not known to STS everywhere. */
#define YOUNG_US       MINUTE_US
#define YOUNG_DELAY_US SECOND_US
#define YOUNG_CAP_US   (8 * SECOND_US)

struct identity {
	struct client *client;
	struct identity *prev, *next; /* of the client's */
	struct account *account;
	bool own, left;
	unsigned users; /* requests, and the one that obtains keys */
	struct account_access access;
	struct keys *keys; /* NULL: none yet */
	uint64_t generation;
	int64_t advisory_us, mandatory_us; /* before the end of the keys */
	int64_t next_us;                   /* monotonic: not obtained anew earlier */
	bool stale;                        /* AWS said that they have ended */
	bool getting;
	bool refused; /* for good: until the account is left */
	int64_t young_until_us;
	unsigned young_tries;
	struct timer *timer;
	struct waiter *first, *last;
	struct identity_failure failure; /* code "": none */
};

bool code_is_expired(const char *code)
{
	return strcmp(code, "ExpiredToken") == 0 || strcmp(code, "ExpiredTokenException") == 0 ||
	       strcmp(code, "TokenRefreshRequired") == 0;
}

static int64_t mono(const struct identity *i)
{
	struct clock *clock = i->client->env->clock;

	return clock->mono_us(clock);
}

/* AWS's time. */
static int64_t wall(const struct identity *i)
{
	struct clock *clock = i->client->env->clock;

	return clock->now_us(clock) + i->client->skew_us;
}

static char *copy(const char *s)
{
	return s == NULL ? NULL : xstrdup(s);
}

static struct keys *keys_new(const struct credentials *c)
{
	struct keys *keys = xcalloc(1, sizeof *keys);

	keys->users = 1;
	keys->c = (struct credentials){
	    .access_key_id = copy(c->access_key_id),
	    .secret_access_key = copy(c->secret_access_key),
	    .session_token = copy(c->session_token),
	    .source = copy(c->source),
	    .expires_us = c->expires_us,
	};
	return keys;
}

void keys_release(struct keys *keys)
{
	if (keys == NULL || --keys->users > 0)
		return;
	credentials_free(&keys->c);
	free(keys);
}

struct keys *identity_keys(struct identity *i)
{
	charter_assert(i->keys != NULL);
	i->keys->users++;
	return i->keys;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void identity_set_keys(struct identity *i, const struct credentials *c)
{
	int64_t life = c->expires_us > 0 ? c->expires_us - wall(i) : 0;
	struct keys *old = i->keys;

	i->keys = keys_new(c);
	keys_release(old);
	i->generation++;
	i->stale = false;
	i->young_tries = 0;
	i->advisory_us = least(ADVISORY_US, life / 4);
	i->mandatory_us = least(MANDATORY_US, life / 6);
	/* A source that goes on giving keys that end soon is not asked for each request. */
	i->next_us = mono(i) + (life > 0 ? least(MINUTE_US, life / 2) : MINUTE_US);
}

/* Everybody who waits learns of keys or of the failure. */
static void identity_tell(struct identity *i)
{
	struct waiter *w;

	i->users++;
	while ((w = i->first) != NULL) {
		identity_leave(i, w);
		w->go(w);
	}
	identity_release(i);
}

static void failure_clear(struct identity *i)
{
	free(i->failure.message);
	i->failure = (struct identity_failure){0};
}

static void failure_set(struct identity *i, enum reply_outcome outcome, const char *code,
			const char *message)
{
	failure_clear(i);
	i->failure.outcome = outcome;
	snprintf(i->failure.code, sizeof i->failure.code, "%s", code);
	i->failure.message = xstrdup(message);
}

static void identity_got(struct identity *i, const struct credentials *c)
{
	i->getting = false;
	failure_clear(i);
	identity_set_keys(i, c);
	identity_tell(i);
}

static void identity_get(struct identity *i);

/* The keys at hand serve as long as they last. */
static void identity_not_got(struct identity *i, enum reply_outcome outcome, const char *code,
			     const char *message, bool for_good)
{
	i->getting = false;
	if (outcome == REPLY_CANCELLED && !i->client->cancelled && i->first != NULL) {
		/* Cancelled for others; these came after. */
		identity_get(i);
		return;
	}
	if (i->keys != NULL && !i->stale && i->keys->c.expires_us > wall(i)) {
		i->next_us = mono(i) + MINUTE_US;
		identity_tell(i);
		return;
	}
	failure_set(i, outcome == REPLY_CANCELLED ? REPLY_CANCELLED : REPLY_UNSENT, code, message);
	i->refused = for_good;
	identity_tell(i);
	if (!i->refused)
		failure_clear(i);
}

/* The run's own. */

static void own_done(void *ctx, const struct credentials *c, const struct error *err)
{
	struct identity *i = ctx;

	if (c != NULL)
		identity_got(i, c);
	else
		identity_not_got(i, REPLY_UNSENT, "NoCredentials", err->message, false);
}

/* Sessions. */

static void on_young(void *ctx)
{
	struct identity *i = ctx;

	i->timer = NULL;
	i->getting = false;
	if (i->first != NULL)
		identity_get(i);
	else
		i->young_tries = 0;
}

/* Whether a refusal is put down to the account's youth; then it is asked again later. */
static bool identity_is_young(struct identity *i, const char *code)
{
	int64_t delay = YOUNG_DELAY_US << (i->young_tries < 3 ? i->young_tries : 3);

	if (!i->account->young || strcmp(code, "AccessDenied") != 0)
		return false;
	if (i->young_tries == 0)
		i->young_until_us = mono(i) + YOUNG_US;
	if (mono(i) >= i->young_until_us)
		return false;
	i->young_tries++;
	i->timer = loop_at(i->client->loop, mono(i) + least(delay, YOUNG_CAP_US), on_young, i);
	return true;
}

/* -1: the answer lacks something. */
static int session_read(const struct identity *i, const json_t *body, struct credentials *c)
{
	*c = (struct credentials){
	    .access_key_id = (char *)reply_str(body, "Credentials.AccessKeyId"),
	    .secret_access_key = (char *)reply_str(body, "Credentials.SecretAccessKey"),
	    .session_token = (char *)reply_str(body, "Credentials.SessionToken"),
	    .source = (char *)identity_source(i),
	};
	if (c->access_key_id == NULL || c->secret_access_key == NULL || c->session_token == NULL)
		return -1;
	return reply_time(body, "Credentials.Expiration", &c->expires_us);
}

static void session_not_got(struct identity *i, const struct reply *reply)
{
	bool for_good = reply->outcome == REPLY_REFUSED && !retry_is_throttling(reply->code) &&
			!code_is_expired(reply->code);
	auto_free char *message =
	    xasprintf("%s cannot be assumed: %s", i->access.role_arn, reply->message);

	if (reply->outcome == REPLY_REFUSED && identity_is_young(i, reply->code))
		return;
	identity_not_got(i, reply->outcome, reply->code, message, for_good);
}

static void session_done(void *ctx, const struct reply *reply)
{
	struct identity *i = ctx;
	struct credentials c;

	if (reply->outcome != REPLY_OK)
		session_not_got(i, reply);
	else if (session_read(i, reply->body, &c) == 0)
		identity_got(i, &c);
	else
		identity_not_got(i, REPLY_UNSENT, "BadReply",
				 "the answer to AssumeRole lacks keys, a token or their end",
				 false);
	identity_release(i);
}

static void input_add(json_t *input, const char *member, const char *value)
{
	if (value != NULL)
		json_object_set_new(input, member, json_string(value));
}

static json_t *session_input(const struct account_access *access)
{
	json_t *input = json_object();

	input_add(input, "RoleArn", access->role_arn);
	input_add(input, "RoleSessionName", access->session_name);
	input_add(input, "ExternalId", access->external_id);
	input_add(input, "SourceIdentity", access->source_identity);
	input_add(input, "Policy", access->policy);
	json_object_set_new(input, "DurationSeconds", json_integer(SESSION_S));
	return input;
}

static void session_get(struct identity *i)
{
	i->users++;
	client_send(i->client, &(struct client_request){.op = &ops[OP_STS_AssumeRole],
							.input = session_input(&i->access),
							.done = session_done,
							.ctx = i});
}

/* Whether the account may be entered at all; asked once. */
static bool session_is_possible(struct identity *i)
{
	struct client *c = i->client;

	if (i->access.role_arn != NULL)
		return true;
	if (c->access != NULL)
		c->access(c->access_ctx, i->account->id, &i->access);
	if (i->access.role_arn != NULL)
		return true;
	if (i->access.credentials != NULL)
		identity_set_keys(i, i->access.credentials);
	else if (i->access.why != NULL)
		failure_set(i, REPLY_UNSENT, "NotEntered", i->access.why);
	else
		failure_set(i, REPLY_UNSENT, "NoCredentials",
			    "this run has no credentials in that account, and no role to enter it "
			    "by");
	i->refused = i->access.credentials == NULL;
	return false;
}

static void identity_get(struct identity *i)
{
	if (i->own) {
		i->getting = true;
		provider_get(i->client->provider, own_done, i);
	} else if (session_is_possible(i)) {
		i->getting = true;
		session_get(i);
	}
}

enum due { DUE_NOT, DUE_SOON, DUE_NOW };

static enum due identity_due(const struct identity *i)
{
	int64_t left;

	if (i->keys == NULL || i->stale)
		return DUE_NOW;
	if (i->keys->c.expires_us == 0 || mono(i) < i->next_us)
		return DUE_NOT;
	left = i->keys->c.expires_us - wall(i);
	if (left <= i->mandatory_us)
		return DUE_NOW;
	return left <= i->advisory_us ? DUE_SOON : DUE_NOT;
}

/* Whether there is anybody to ask for keys. */
static bool identity_renewable(const struct identity *i)
{
	return i->own ? i->client->provider != NULL : i->access.credentials == NULL;
}

enum identity_state identity_check(struct identity *i)
{
	if (i->refused)
		return IDENTITY_FAILED;
	if (identity_due(i) != DUE_NOT && !i->getting && identity_renewable(i))
		identity_get(i);
	if (i->refused)
		return IDENTITY_FAILED;
	return identity_due(i) == DUE_NOW && identity_renewable(i) ? IDENTITY_WAIT : IDENTITY_READY;
}

void identity_wait(struct identity *i, struct waiter *w)
{
	w->next = NULL;
	w->prev = i->last;
	*(i->last != NULL ? &i->last->next : &i->first) = w;
	i->last = w;
}

void identity_leave(struct identity *i, struct waiter *w)
{
	*(w->prev != NULL ? &w->prev->next : &i->first) = w->next;
	*(w->next != NULL ? &w->next->prev : &i->last) = w->prev;
	w->prev = w->next = NULL;
}

const struct identity_failure *identity_failure(const struct identity *i)
{
	return i->failure.code[0] == '\0' ? NULL : &i->failure;
}

bool identity_expired(struct identity *i, uint64_t generation)
{
	if (!identity_renewable(i))
		return false;
	if (i->generation == generation)
		i->stale = true;
	return true;
}

uint64_t identity_generation(const struct identity *i)
{
	return i->generation;
}

int64_t identity_expires_us(const struct identity *i)
{
	return i->keys != NULL ? i->keys->c.expires_us : 0;
}

const char *identity_source(const struct identity *i)
{
	if (i->keys != NULL && i->keys->c.source != NULL)
		return i->keys->c.source;
	return i->access.role_arn != NULL ? i->access.role_arn : "the run";
}

static void identity_free(struct identity *i)
{
	*(i->prev != NULL ? &i->prev->next : &i->client->identities) = i->next;
	if (i->next != NULL)
		i->next->prev = i->prev;
	loop_cancel(i->client->loop, i->timer);
	keys_release(i->keys);
	failure_clear(i);
	free(i);
}

void identity_release(struct identity *i)
{
	if (--i->users == 0 && i->left)
		identity_free(i);
}

void identities_free(struct client *c)
{
	while (c->identities != NULL)
		identity_free(c->identities);
}

static struct identity *identity_new(struct account *account)
{
	struct client *c = account->client;
	struct identity *i = xcalloc(1, sizeof *i);

	i->client = c;
	i->account = account;
	i->own = account->id[0] == '\0';
	i->next = c->identities;
	if (c->identities != NULL)
		c->identities->prev = i;
	c->identities = i;
	if (i->own && c->options.credentials != NULL)
		identity_set_keys(i, c->options.credentials);
	return i;
}

struct account *account_new(struct client *c, const char *id)
{
	struct account *account = xcalloc(1, sizeof *account);

	account->client = c;
	account->id = xstrdup(id);
	account->next = c->accounts;
	c->accounts = account;
	return account;
}

void account_free(struct account *account)
{
	for (size_t i = 0; i < RATE_COUNT; i++)
		bucket_free(account->bucket[i]);
	free(account->id);
	free(account);
}

struct bucket *account_bucket(struct account *account, enum rate_id rate)
{
	unsigned percent = account->client->options.rate_percent;
	struct bucket **b = &account->bucket[rate];

	if (rate == RATE_NONE || percent == 0)
		return NULL;
	if (*b == NULL)
		*b = bucket_new(account->client->loop, &rates[rate], percent);
	return *b;
}

struct identity *account_identity(struct account *account)
{
	if (account->identity == NULL)
		account->identity = identity_new(account);
	account->identity->users++;
	return account->identity;
}

void account_leave(struct account *account)
{
	struct identity *i = account->identity;

	account->identity = NULL;
	if (i == NULL)
		return;
	i->left = true;
	i->users++;
	identity_release(i);
}
