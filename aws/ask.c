#include "aws/ask.h"

#include "base/arena.h"
#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#define MAX_HEADERS  8
#define MAX_ATTEMPTS 3
#define MAX_RESPONSE ((size_t)256 << 10) /* bytes; credentials are a few hundred */
#define MAX_CODE     64

struct ask {
	struct loop *loop;
	ask_done_fn *done; /* NULL: abandoned while the transport holds the request */
	void *ctx;
	struct http_request http;
	char *url;
	struct http_header headers[MAX_HEADERS];
	struct buf body;
	struct timer *timer;
	bool flying;
	unsigned sent;
};

static void ask_clear(struct ask *a)
{
	size_t i;

	for (i = 0; i < a->http.headers_n; i++) {
		free((char *)a->headers[i].name);
		wipe_free((char *)a->headers[i].value);
	}
	free(a->url);
	a->url = NULL;
	buf_free(&a->body);
	a->http = (struct http_request){0};
}

struct ask *ask_new(struct loop *loop, ask_done_fn *done, void *ctx)
{
	struct ask *a = xcalloc(1, sizeof *a);

	*a = (struct ask){.loop = loop, .done = done, .ctx = ctx};
	return a;
}

void ask_free(struct ask *a)
{
	struct transport *transport;

	if (a == NULL)
		return;
	if (a->timer != NULL) {
		loop_cancel(a->loop, a->timer);
		loop_release(a->loop);
	}
	if (!a->flying) {
		ask_clear(a);
		free(a);
		return;
	}
	/* The transport still holds the request, and gives it back when it is pumped. */
	a->done = NULL;
	loop_release(a->loop);
	transport = loop_transport(a->loop);
	transport->cancel(transport, &a->http);
}

static void on_response(struct http_request *http, struct http_response *response)
{
	struct ask *a = http->ctx;
	struct loop *loop = a->loop;

	a->flying = false;
	if (a->done == NULL) {
		ask_free(a);
		return;
	}
	a->done(a->ctx, response);
	loop_release(loop);
}

void ask_request(struct ask *a, const char *method, const char *url, int64_t timeout_us)
{
	charter_assert(!a->flying && a->timer == NULL);
	ask_clear(a);
	a->url = xstrdup(url);
	a->body = (struct buf){.max = MAX_RESPONSE, .secret = true};
	a->http = (struct http_request){
	    .method = method,
	    .url = a->url,
	    .headers = a->headers,
	    .timeout_us = timeout_us,
	    .max_body = MAX_RESPONSE,
	    .done = on_response,
	    .ctx = a,
	};
}

void ask_direct(struct ask *a)
{
	a->http.direct = true;
}

void ask_header(struct ask *a, const char *name, const char *value)
{
	charter_assert(a->http.headers_n < MAX_HEADERS);
	a->headers[a->http.headers_n++] = (struct http_header){xstrdup(name), xstrdup(value)};
}

void ask_body(struct ask *a, const void *body, size_t len)
{
	charter_assert(buf_add(&a->body, body, len));
	a->http.body = a->body.data;
	a->http.body_len = a->body.len;
}

static void ask_transmit(struct ask *a)
{
	struct transport *transport = loop_transport(a->loop);

	a->flying = true;
	a->sent++;
	transport->send(transport, &a->http);
}

static void on_time(void *ctx)
{
	struct ask *a = ctx;

	a->timer = NULL;
	ask_transmit(a);
}

void ask_send(struct ask *a, int64_t delay_us)
{
	struct clock *clock = loop_clock(a->loop);

	charter_assert(!a->flying && a->timer == NULL);
	loop_hold(a->loop);
	if (delay_us > 0)
		a->timer = loop_at(a->loop, clock->mono_us(clock) + delay_us, on_time, a);
	else
		ask_transmit(a);
}

static bool response_is_passing(const struct http_response *r)
{
	if (r->outcome != HTTP_REPLIED)
		return r->outcome != HTTP_CANCELLED && !r->certificate;
	return r->status >= 500 || r->status == 429;
}

bool ask_again(const struct ask *a, const struct http_response *r)
{
	return response_is_passing(r) && a->sent < MAX_ATTEMPTS;
}

bool response_is_ok(const struct http_response *r)
{
	return r->outcome == HTTP_REPLIED && r->status == 200;
}

/* A name, so that nothing else of a body is ever shown. */
static bool is_code(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= MAX_CODE &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") == len;
}

static const char *body_code(const json_t *body)
{
	static const char *const names[] = {"code", "Code", "error", "__type"};
	const char *s;
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		s = json_string_value(json_object_get(body, names[i]));
		if (s != NULL && is_code(s))
			return s;
	}
	return NULL;
}

static json_t *body_json(const struct http_response *r)
{
	json_t *value = json_loadb(buf_str(&r->body), r->body.len, 0, NULL);

	if (json_is_object(value))
		return value;
	json_wipe(value);
	return NULL;
}

void response_say(const struct http_response *r, struct buf *out)
{
	const char *code;
	json_t *body;

	if (r->outcome != HTTP_REPLIED) {
		buf_puts(out, r->message != NULL ? r->message : "no answer");
		return;
	}
	buf_printf(out, "HTTP status %d", r->status);
	body = body_json(r);
	code = body_code(body);
	if (code != NULL)
		buf_printf(out, " (%s)", code);
	json_wipe(body);
}

json_t *response_json(const struct http_response *r)
{
	return response_is_ok(r) ? body_json(r) : NULL;
}

static void json_wipe_texts(json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_string(value))
		wipe((char *)json_string_value(value), json_string_length(value));
	json_object_foreach(value, key, member) json_wipe_texts(member);
	json_array_foreach(value, i, member) json_wipe_texts(member);
}

void json_wipe(json_t *value)
{
	json_wipe_texts(value);
	json_decref(value);
}
