#include "tests/unit/fake_forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t fake_mono(struct clock *c)
{
	return ((struct fake_forge *)((char *)c - offsetof(struct fake_forge, clock)))->mono_us;
}

static int64_t fake_now(struct clock *c)
{
	return FAKE_NOW_US + fake_mono(c);
}

static void fake_send(struct transport *t, struct http_request *r)
{
	struct fake_forge *f = (struct fake_forge *)t;

	assert_null(f->request);
	f->request = r;
}

static const char *header_of(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->headers_n; i++)
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return "";
}

static void request_check(const struct fake_forge *f, const struct http_request *r,
			  const struct step *s)
{
	auto_free char *body =
	    xasprintf("%.*s", (int)r->body_len, r->body ? (const char *)r->body : "");
	auto_free char *url = xasprintf("%s%s", strstr(s->path, "://") ? "" : API, s->path);
	auto_free char *name = xasprintf("%.*s", (int)strcspn(f->header, ":"), f->header);
	auto_free char *token = xasprintf("%s%s", strchr(f->header, ':') + 2, TOKEN);
	bool reads = strcmp(r->method, "GET") == 0 || strstr(body, "\"query\":\"query(") != NULL;

	if (strcmp(s->method, r->method) != 0 || strcmp(url, r->url) != 0)
		fail_msg("expected %s %s, got %s %s", s->method, url, r->method, r->url);
	if ((s->with == NULL) != (r->body == NULL) ||
	    (s->with != NULL && strstr(body, s->with) == NULL))
		fail_msg("expected a body with %s, got %s", s->with ? s->with : "nothing", body);
	assert_string_equal(header_of(r, name), token);
	assert_true(strlen(header_of(r, "Accept")) > 0);
	assert_string_equal(header_of(r, "Content-Type"), s->with ? "application/json" : "");
	/* What changes something is never sent again by libcurl. */
	assert_int_equal(r->fresh, !reads);
	assert_null(strstr(r->url, TOKEN));
}

static void fake_wait(struct transport *t, int64_t until_us)
{
	struct fake_forge *f = (struct fake_forge *)t;
	struct http_request *r = f->request;
	const struct step *s = &f->steps[f->step];
	struct http_response response = {.outcome = HTTP_REPLIED, .status = s->status};

	if (r == NULL) {
		assert_true(until_us < INT64_MAX);
		f->mono_us = until_us > f->mono_us ? until_us : f->mono_us;
		return;
	}
	f->request = NULL;
	if (s->method == NULL)
		fail_msg("an unexpected request: %s %s", r->method, r->url);
	request_check(f, r, s);
	f->step++;
	f->mono_us += 1000;
	response.body = (struct buf){.max = 64u << 20};
	response.headers = (struct buf){.max = 1 << 16};
	if (s->status < 0) {
		response.outcome = s->status == LOST ? HTTP_LOST : HTTP_NOT_SENT;
		response.status = 0;
		response.message = "the connection was reset\x1b[2J";
	} else {
		buf_puts(&response.headers, s->headers ? s->headers : "");
		buf_puts(&response.body, s->body ? s->body : "");
	}
	r->done(r, &response);
	buf_free(&response.body);
	buf_free(&response.headers);
}

static void fake_cancel(struct transport *t, struct http_request *r)
{
	(void)t;
	(void)r;
}

static const struct step none[] = {{0}};

struct fake_forge *fake_forge_new(const struct forge_settings *settings, const char *header)
{
	struct fake_forge *f = xcalloc(1, sizeof *f);
	auto_error err = {0};

	f->transport =
	    (struct transport){.send = fake_send, .wait = fake_wait, .cancel = fake_cancel};
	f->clock = (struct clock){.now_us = fake_now, .mono_us = fake_mono};
	random_seed(&f->random, 7);
	f->env =
	    (struct env){.clock = &f->clock, .random = &f->random.base, .transport = &f->transport};
	f->arena = arena_new();
	f->header = header;
	f->steps = none;
	if (forge_open(&f->forge, &f->env, f->arena, settings, &err) < 0)
		fail_msg("%s", err.message);
	return f;
}

void fake_forge_free(struct fake_forge *f)
{
	fake_forge_finish(f);
	forge_close(f->forge);
	arena_free(f->arena);
	free(f);
}

void fake_forge_finish(struct fake_forge *f)
{
	if (f->steps[f->step].method != NULL)
		fail_msg("not asked: %s %s", f->steps[f->step].method, f->steps[f->step].path);
	f->steps = none;
	f->step = 0;
}

void fake_forge_expect(struct fake_forge *f, const struct step *steps)
{
	fake_forge_finish(f);
	f->steps = steps;
}

void assert_no_error(struct error *err)
{
	if (err->code != EXIT_DONE)
		fail_msg("%s", err->message);
}

void assert_error(struct error *err, const char *has)
{
	assert_true(err->code != EXIT_DONE);
	if (strstr(err->message, has) == NULL)
		fail_msg("\"%s\" is not in: %s", has, err->message);
	assert_null(strstr(err->message, "CANARY"));
	for (const char *p = err->message; *p != '\0'; p++)
		assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
	assert_true(strlen(err->message) < 2000);
	error_clear(err);
}
