/* One attempt of a request: encoded, signed, traced, and what was secret in it wiped. */
#include "aws/task.h"

#include "base/arena.h"
#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

void attempt_clear(struct task *t)
{
	codec_request_free(&t->wire);
	buf_free(&t->authorization);
	keys_release(t->keys);
	t->keys = NULL;
	free(t->url);
	t->url = NULL;
}

static void header_add(struct task *t, const char *name, const char *value)
{
	charter_assert(t->http.headers_n < TASK_HEADERS);
	t->headers[t->http.headers_n++] = (struct http_header){name, value};
}

/* Dates and signs anew for each attempt: an old date would be refused. */
static void attempt_sign(struct task *t)
{
	struct client *c = t->client;
	const struct service *service = &services[t->op->service];
	const struct endpoint *e = &c->endpoint[t->op->service];

	t->skew_us = c->skew_us;
	t->scope.region = e->region;
	t->scope.service = service->signing_name;
	time_basic(c->env->clock->now_us(c->env->clock) + t->skew_us, t->scope.time);
	codec_sign(&t->wire, t->headers, t->http.headers_n, &t->scope, &t->keys->c,
		   &t->authorization);
}

void attempt_prepare(struct task *t)
{
	const struct endpoint *e = &t->client->endpoint[t->op->service];

	attempt_clear(t);
	t->keys = identity_keys(t->identity);
	t->generation = identity_generation(t->identity);
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
	    .max_body = t->wire.max_reply > 0 ? t->wire.max_reply : HTTP_MAX_BODY,
	    .ctx = t,
	};
	header_add(t, "host", e->host);
	header_add(t, "content-type", t->wire.content_type);
	if (t->wire.target[0] != '\0')
		header_add(t, "x-amz-target", t->wire.target);
	for (size_t i = 0; i < t->wire.headers; i++)
		header_add(t, t->wire.header[i].name, t->wire.header[i].value);
	attempt_sign(t);
	if (t->wire.body_hash) {
		sha256_hex(t->wire.body.len > 0 ? t->wire.body.data : "", t->wire.body.len,
			   t->body_hash);
		header_add(t, "x-amz-content-sha256", t->body_hash);
	}
	header_add(t, "x-amz-date", t->scope.time);
	if (t->keys->c.session_token != NULL)
		header_add(t, "x-amz-security-token", t->keys->c.session_token);
	header_add(t, "authorization", buf_str(&t->authorization));
}

void attempt_trace(const struct task *t)
{
	const struct client *c = t->client;
	const struct answer *a = &t->answer;
	int64_t now = c->env->clock->mono_us(c->env->clock);
	auto_buf line = BUF_INIT(1024);

	if (c->options.trace == NULL)
		return;
	buf_printf(&line, "%s %s", services[t->op->service].name, t->op->name);
	if (t->account != c->own)
		buf_printf(&line, " in %s", t->account->id);
	buf_printf(&line, " #%llu attempt %u -> ", (unsigned long long)t->number, t->attempt);
	if (a->status > 0)
		buf_printf(&line, "%d ", a->status);
	if (a->code[0] != '\0')
		buf_printf(&line, "%s ", a->code);
	buf_printf(&line, "%lld ms", (long long)((now - t->sent_us) / 1000));
	if (a->request_id[0] != '\0')
		buf_printf(&line, " id=%s", a->request_id);
	c->options.trace(c->options.trace_ctx, buf_str(&line));
}

/* The text of a JSON string is memory of its own, whoever refers to it. */
static void text_wipe(const char *s)
{
	if (s != NULL)
		wipe((char *)s, strlen(s));
}

void attempt_wipe_input(struct task *t)
{
	if (t->op->secret_in != NULL)
		text_wipe(reply_str(t->request.input, t->op->secret_in));
}

void attempt_wipe_answer(struct task *t)
{
	size_t n = sizeof t->op->secret_out / sizeof t->op->secret_out[0];

	for (size_t i = 0; i < n && t->op->secret_out[i] != NULL; i++)
		text_wipe(reply_str(t->answer.body, t->op->secret_out[i]));
}
