#include "aws/provider.h"
#include "aws/task.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int client_set_attempts(struct client *c, struct error *err)
{
	const char *s = c->env->getenv("AWS_MAX_ATTEMPTS");
	char *end;
	long n;

	if (c->options.max_attempts > 0 || s == NULL || *s == '\0')
		return 0;
	n = strtol(s, &end, 10);
	if (*end != '\0' || n < 1 || n > 100)
		return error_set(err, "AWS_MAX_ATTEMPTS: must be a number from 1 to 100");
	c->options.max_attempts = (unsigned)n;
	return 0;
}

static int client_set_place(struct client *c, struct error *err)
{
	const char *partition = c->options.partition;
	size_t i;

	if (c->region == NULL)
		c->region = xstrdup(DEFAULT_REGION);
	if (partition_of_region(c->region) == NULL)
		return error_set(
		    err,
		    "region %s: not of a supported partition (aws, aws-cn, aws-us-gov); "
		    "set AWS_REGION",
		    c->region);
	c->partition = xstrdup(partition != NULL ? partition : partition_of_region(c->region));
	for (i = 0; i < SERVICE_COUNT; i++) {
		if (endpoint_resolve(&services[i], c->partition, c->region, c->env->getenv,
				     &c->endpoint[i], err) < 0)
			return -1;
	}
	return 0;
}

static int client_identify(struct client *c, struct error *err)
{
	if (c->options.credentials == NULL) {
		if (provider_new(&c->provider, c->env, c->loop, &c->region, err) < 0)
			return -1;
	} else if (c->options.region != NULL) {
		c->region = xstrdup(c->options.region);
	}
	c->own = account_new(c, "");
	/* Copies what was given. */
	identity_release(account_identity(c->own));
	c->options.credentials = NULL;
	c->options.region = NULL;
	return 0;
}

int client_new(struct client **out, const struct env *env, struct loop *loop,
	       const struct client_options *options, struct error *err)
{
	struct client *c = xcalloc(1, sizeof *c);

	*out = NULL;
	c->env = env;
	c->loop = loop;
	c->options = *options;
	c->by_account = map_new();
	retry_quota_init(&c->quota);
	if (client_set_attempts(c, err) < 0 || client_identify(c, err) < 0 ||
	    client_set_place(c, err) < 0) {
		client_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void client_free(struct client *c)
{
	struct account *account;
	size_t i;

	if (c == NULL)
		return;
	provider_free(c->provider);
	while (c->first != NULL)
		task_abandon(c->first);
	identities_free(c);
	while ((account = c->accounts) != NULL) {
		c->accounts = account->next;
		account_free(account);
	}
	map_free(c->by_account);
	for (i = 0; i < SERVICE_COUNT; i++)
		endpoint_free(&c->endpoint[i]);
	free(c->region);
	free(c->partition);
	free(c);
}

static bool account_is_own(const struct client *c, const char *id)
{
	return c->caller[0] != '\0' && strcmp(id, c->caller) == 0;
}

static struct account *account_known(struct client *c, const char *id)
{
	struct account *account = map_get(c->by_account, id);

	if (account == NULL) {
		account = account_new(c, id);
		map_put(c->by_account, id, account);
	}
	return account;
}

struct account *client_account(struct client *c, const struct text *id)
{
	return id == NULL || account_is_own(c, id->s) ? c->own : account_known(c, id->s);
}

int client_set_region(struct client *c, enum service_id id, const char *region, struct error *err)
{
	struct endpoint endpoint;

	if (endpoint_resolve(&services[id], c->partition, region, c->env->getenv, &endpoint, err) <
	    0)
		return -1;
	endpoint_free(&c->endpoint[id]);
	c->endpoint[id] = endpoint;
	return 0;
}

const char *client_service_region(const struct client *c, enum service_id id)
{
	return c->endpoint[id].region;
}

void client_set_access(struct client *c, account_access_fn *access, void *ctx)
{
	c->access = access;
	c->access_ctx = ctx;
}

void client_leave(struct client *c, const char *id)
{
	struct account *account = c->accounts;

	if (id != NULL) {
		account = map_get(c->by_account, id);
		if (account != NULL)
			account_leave(account);
		return;
	}
	for (; account != NULL; account = account->next) {
		if (account != c->own)
			account_leave(account);
	}
}

void client_account_new(struct client *c, const char *id)
{
	struct account *account;

	if (account_is_own(c, id))
		return;
	account = account_known(c, id);
	account->young = true;
	/* It may have been refused before it was there. */
	account_leave(account);
}

void client_send(struct client *c, const struct client_request *request)
{
	task_start(c, request);
}

int64_t client_ready_us(const struct client *c, const struct op *op, const struct text *id)
{
	const struct account *account = c->own;
	struct bucket *b;

	if (id != NULL && !account_is_own(c, id->s))
		account = map_get(c->by_account, id->s);
	b = account == NULL ? NULL : account->bucket[op->rate];
	return b == NULL ? 0 : bucket_ready_us(b);
}

void client_cancel_unsent(struct client *c)
{
	struct task *t, *next;

	c->cancelled = true;
	for (t = c->first; t != NULL; t = next) {
		next = t->next;
		task_cancel(t);
	}
}

void client_resume(struct client *c)
{
	c->cancelled = false;
}

const struct client_stats *client_stats(const struct client *c)
{
	return &c->stats;
}

size_t client_requests(const struct client *c, struct arena *arena,
		       const struct client_requests **out)
{
	struct client_requests *list;
	size_t n = 0, i;

	for (const struct account *a = c->accounts; a != NULL; a = a->next)
		n++;
	list = arena_array(arena, n, sizeof(*list));
	/* The list of accounts has the last one first. */
	i = n;
	for (const struct account *a = c->accounts; a != NULL; a = a->next) {
		list[--i].account = a->id;
		memcpy(list[i].by_op, a->by_op, sizeof(a->by_op));
	}
	*out = list;
	return n;
}

const char *client_source(const struct client *c)
{
	return c->provider != NULL ? provider_name(c->provider) : NULL;
}

int64_t client_expires_us(const struct client *c)
{
	return c->own != NULL && c->own->identity != NULL ? identity_expires_us(c->own->identity)
							  : 0;
}

const char *client_partition(const struct client *c)
{
	return c->partition;
}

const char *client_caller(const struct client *c)
{
	return c->caller;
}

struct single {
	const struct op *op;
	bool done, ok;
	json_t *body;
	char code[64];
	struct error *err;
};

static void single_done(void *ctx, const struct reply *reply)
{
	struct single *s = ctx;
	const char *service = services[s->op->service].name;

	s->done = true;
	s->ok = reply->outcome == REPLY_OK;
	snprintf(s->code, sizeof s->code, "%s", reply->code);
	if (s->ok)
		s->body = json_incref((json_t *)reply->body);
	else if (reply->request_id[0] != '\0')
		error_set(s->err, "%s %s: %s (%s, request %s)", service, s->op->name,
			  reply->message, reply->code, reply->request_id);
	else
		error_set(s->err, "%s %s: %s (%s)", service, s->op->name, reply->message,
			  reply->code);
}

int client_call(struct client *c, enum op_id op, json_t *input, json_t **body, char code[64],
		struct error *err)
{
	struct single s = {.op = &ops[op], .err = err};
	struct client_request request = {
	    .op = &ops[op], .input = input, .done = single_done, .ctx = &s};

	client_send(c, &request);
	while (!s.done)
		loop_step(c->loop);
	if (code != NULL)
		snprintf(code, 64, "%s", s.code);
	if (body != NULL)
		*body = s.body;
	else
		json_decref(s.body);
	return s.ok ? 0 : -1;
}
