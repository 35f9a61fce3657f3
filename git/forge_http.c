/* Asking a forge over HTTP: one question at a time, as often as it is safe, for as long as is
 * bearable. What changes something is sent on a fresh connection, and after a lost answer only
 * once it is known that it was not done. */
#include "git/forge_priv.h"

#include "base/env.h"
#include "base/loop.h"
#include "base/map.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TRIES      5
#define WAIT_US    (90 * SECOND_US) /* of one function of forge.h, all waiting together */
#define TIMEOUT_US (30 * SECOND_US)
#define REPLY_MAX  (16u << 20)
#define PAGES      100

struct exchange {
	struct http_request request;
	bool done;
	enum http_outcome outcome;
	int status;
	bool certificate;
	char *message, *body;
	size_t body_len;
	char link[4096], next_page[16], location[1024];
	char retry_after[64], remaining[32], reset[32];
};

enum verdict { DONE, FAILED, AGAIN, UNKNOWN };

void forge_reply_free(struct forge_reply *r)
{
	json_decref(r->json);
	r->json = NULL;
}

int forge_fail(struct forge *f, const struct forge_ask *ask, struct error *err, const char *fmt,
	       ...)
{
	auto_free char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	return error_set(err, "%s: %s%s%s%s of %s: %s", f->ops->name, ask->what,
			 ask->number == NULL ? ""
			 : ask->issue        ? ""
					     : " of pull request",
			 ask->number != NULL ? " " : "", ask->number != NULL ? ask->number : "",
			 f->repository, message);
}

static void header_take(const struct http_response *r, const char *name, char *out, size_t size)
{
	if (http_header(r, name, out, size) == NULL)
		*out = '\0';
}

static void on_done(struct http_request *request, struct http_response *r)
{
	struct exchange *x = request->ctx;

	x->done = true;
	x->outcome = r->outcome;
	x->status = r->outcome == HTTP_REPLIED ? r->status : 0;
	x->certificate = r->certificate;
	x->message = xstrdup(r->message != NULL ? r->message : "no answer");
	x->body_len = r->body.len;
	x->body = r->body.data != NULL ? buf_take(&r->body) : xstrdup("");
	header_take(r, "link", x->link, sizeof x->link);
	header_take(r, "x-next-page", x->next_page, sizeof x->next_page);
	header_take(r, "location", x->location, sizeof x->location);
	header_take(r, "retry-after", x->retry_after, sizeof x->retry_after);
	header_take(r, "x-ratelimit-remaining", x->remaining, sizeof x->remaining);
	header_take(r, "x-ratelimit-reset", x->reset, sizeof x->reset);
}

static void exchange_free(struct exchange *x)
{
	free(x->message);
	free(x->body);
}

#define auto_exchange __attribute__((cleanup(exchange_free))) struct exchange

static void exchange_trace(const struct forge *f, const struct forge_ask *ask,
			   const struct exchange *x, int64_t took_us)
{
	auto_buf line = BUF_INIT(4096);

	buf_printf(&line, "%s %s %.*s -> ", f->ops->name, ask->method, (int)strcspn(ask->url, "?#"),
		   ask->url);
	if (x->status != 0)
		buf_printf(&line, "%d %lld ms", x->status, (long long)(took_us / 1000));
	else
		words_add(&line, x->message, 300);
	f->trace(f->trace_ctx, buf_str(&line));
}

/* A signal does not end it: what is under way ends by itself, soon. */
static void exchange_run(struct forge *f, const struct forge_ask *ask, const char *body,
			 struct exchange *x)
{
	const struct forge_ops *ops = f->ops;
	struct transport *t = f->env->transport;
	struct http_header headers[4] = {{ops->token_header, f->credential}};
	int64_t begun = f->env->clock->mono_us(f->env->clock);
	size_t n = 1;

	headers[n++] = (struct http_header){"Accept", ops->accept};
	if (ops->version.name != NULL)
		headers[n++] = ops->version;
	if (body != NULL)
		headers[n++] = (struct http_header){"Content-Type", "application/json"};
	x->request = (struct http_request){
	    .method = ask->method,
	    .url = ask->url,
	    .headers = headers,
	    .headers_n = n,
	    .body = body,
	    .body_len = body != NULL ? strlen(body) : 0,
	    .fresh = !ask->reads,
	    .max_body = REPLY_MAX,
	    .timeout_us = TIMEOUT_US,
	    .done = on_done,
	    .ctx = x,
	};
	t->send(t, &x->request);
	while (!x->done)
		t->wait(t, INT64_MAX);
	if (f->trace != NULL)
		exchange_trace(f, ask, x, f->env->clock->mono_us(f->env->clock) - begun);
}

static int64_t header_number(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len < 12 && strspn(s, "0123456789") == len ? strtoll(s, NULL, 10) : -1;
}

/* GitHub's secondary limits are said with 403 too; where it names no time, its guide says a minute
 * ("Best practices for using the REST API", "Handle rate limit errors appropriately"). 0: no. */
static int64_t limit_wait_us(struct forge *f, const struct exchange *x)
{
	int64_t now = f->env->clock->now_us(f->env->clock), seconds, until;

	if (x->status != 403 && x->status != 429 && x->status != 503)
		return 0;
	seconds = header_number(x->retry_after);
	if (seconds >= 0)
		return seconds * SECOND_US + 1;
	if (time_parse_http(x->retry_after, &until) == 0)
		return until > now ? until - now : 1;
	seconds = header_number(x->reset);
	if (x->status != 503 && seconds >= 0 && strcmp(x->remaining, "0") == 0)
		return seconds * SECOND_US > now ? seconds * SECOND_US - now + SECOND_US
						 : SECOND_US;
	if (x->status == 403 && strcasestr(x->body, "secondary rate limit") != NULL)
		return 60 * SECOND_US;
	return x->status == 429 ? 1 : 0;
}

static enum verdict judge(const struct forge_ask *ask, const struct exchange *x, int64_t hint_us)
{
	enum verdict unknown = ask->reads ? AGAIN : UNKNOWN;

	switch (x->outcome) {
	case HTTP_NOT_SENT:
		return x->certificate ? FAILED : AGAIN;
	case HTTP_LOST:
		return unknown;
	case HTTP_CANCELLED:
		return FAILED;
	case HTTP_REPLIED:
		break;
	}
	if (x->status >= 500)
		return unknown;
	if (hint_us > 0)
		return AGAIN;
	return x->status == 200 || x->status == 201 || (ask->none && x->status == 404) ? DONE
										       : FAILED;
}

/* The new place's origin and path, without a query: it may hold what is nobody's business. */
static int fail_moved(struct forge *f, const struct forge_ask *ask, const struct exchange *x,
		      struct error *err)
{
	auto_buf place = BUF_INIT(4096);
	auto_free char *path = xasprintf("%.*s", (int)strcspn(x->location, "?#"), x->location);

	words_add(&place, path, 300);
	return forge_fail(f, ask, err,
			  "HTTP %d: it has moved%s%s; charter follows no redirects: give the "
			  "repository's present name with --repository, or the API's address with "
			  "--forge-url",
			  x->status, place.len > 0 ? " to " : "", buf_str(&place));
}

static const char *mend(const struct forge_ops *ops, const struct forge_ask *ask, int status)
{
	switch (status) {
	case 401:
		return ops->mend_token;
	case 403:
		if (ask->mend != NULL || ask->issue)
			return ask->mend != NULL ? ask->mend : ops->mend_issue;
		return ask->reads ? ops->mend_read : ops->mend_write;
	case 404:
		if (ask->issue)
			return "the repository or the issue is not there, issues are switched off, "
			       "or the token cannot see them";
		return "the repository, the pull request or the comment is not there, or the token "
		       "cannot see it";
	case 410:
		return ask->issue ? "it was deleted, or issues are switched off"
				  : "it was deleted, or pull requests are switched off";
	case 451:
		return "it is withheld for legal reasons";
	}
	return NULL;
}

static int fail_status(struct forge *f, const struct forge_ask *ask, const struct exchange *x,
		       struct error *err)
{
	auto_buf says = BUF_INIT(8192);
	json_t *json;
	const char *advice = mend(f->ops, ask, x->status);
	bool said;

	if (x->outcome != HTTP_REPLIED) {
		words_add(&says, x->message, 300);
		return forge_fail(f, ask, err, "%s", buf_str(&says));
	}
	if (x->status >= 300 && x->status < 400)
		return fail_moved(f, ask, x, err);
	json = json_loadb(x->body, x->body_len, JSON_ALLOW_NUL, NULL);
	said = reply_says(json, &says);
	json_decref(json);
	return forge_fail(f, ask, err, "HTTP %d%s%s%s%s%s", x->status, said ? " (" : "",
			  buf_str(&says), said ? ")" : "", advice != NULL ? ": " : "",
			  advice != NULL ? advice : "");
}

int forge_pause(struct forge *f, const struct forge_ask *ask, unsigned n, int64_t hint_us,
		struct error *err)
{
	struct clock *clock = f->env->clock;
	struct transport *t = f->env->transport;
	int64_t most = SECOND_US << (n < 4 ? n : 4), delay, until;
	char when[TIME_RFC3339];

	delay = most / 2 + (int64_t)(((uint64_t)most / 2 * random_fraction(f->env->random)) >> 32);
	if (hint_us > delay)
		delay = hint_us;
	if (f->waited_us + delay > WAIT_US) {
		time_rfc3339(clock->now_us(clock) + delay, when);
		return forge_fail(f, ask, err,
				  "%s lets no more requests through for %lld seconds: run it again "
				  "after %s",
				  f->ops->name, (long long)(delay / SECOND_US) + 1, when);
	}
	f->waited_us += delay;
	until = clock->mono_us(clock) + delay;
	while (signal_pending() == 0 && clock->mono_us(clock) < until)
		t->wait(t, until);
	if (signal_pending() == 0)
		return 0;
	forge_fail(f, ask, err, "interrupted before it could be tried again");
	err->code = signal_pending() == 15 ? EXIT_TERMINATED : EXIT_INTERRUPTED;
	return -1;
}

/* -1: what should be an answer makes no sense. */
static int reply_fill(struct forge_reply *reply, const struct exchange *x)
{
	memcpy(reply->link, x->link, sizeof reply->link);
	memcpy(reply->next_page, x->next_page, sizeof reply->next_page);
	reply->none = x->status == 404;
	if (reply->none)
		return 0;
	reply->json = json_loadb(x->body, x->body_len, JSON_ALLOW_NUL, NULL);
	return json_is_object(reply->json) || json_is_array(reply->json) ? 0 : -1;
}

/* After the try that is over: 1 there is a reply, 0 it is to be tried again, -1. */
static int settle(struct forge *f, const struct forge_ask *ask, const struct exchange *x,
		  unsigned tries, struct forge_reply *reply, struct error *err)
{
	int64_t hint_us = x->outcome == HTTP_REPLIED ? limit_wait_us(f, x) : 0;
	enum verdict verdict = judge(ask, x, hint_us);
	int done = 0;

	if (verdict == DONE && reply_fill(reply, x) == 0)
		return 1;
	forge_reply_free(reply);
	if (verdict == DONE && ask->reads)
		return forge_fail(f, ask, err, "the answer is not what %s's API answers",
				  f->ops->name);
	if (verdict == DONE)
		verdict = UNKNOWN;
	if (verdict == UNKNOWN && ask->look == NULL)
		verdict = ask->again ? AGAIN : FAILED;
	if (verdict == FAILED || (verdict == AGAIN && tries >= TRIES))
		return fail_status(f, ask, x, err);
	if (forge_pause(f, ask, tries, hint_us, err) < 0)
		return -1;
	if (verdict == UNKNOWN)
		done = ask->look(f, ask->ctx, err);
	if (done < 0)
		return error_prefix(err, "%s: %s: whether it was done is not known", f->ops->name,
				    ask->what);
	reply->looked = done == 1;
	return done == 0 && tries >= TRIES ? fail_status(f, ask, x, err) : done;
}

int forge_ask(struct forge *f, const struct forge_ask *ask, struct forge_reply *reply,
	      struct error *err)
{
	auto_free char *body =
	    ask->body != NULL ? json_dumps(ask->body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	int r = 0;

	*reply = (struct forge_reply){0};
	if (ask->body != NULL && body == NULL)
		return forge_fail(f, ask, err, "the text is not valid UTF-8");
	for (unsigned tries = 1; r == 0; tries++) {
		auto_exchange x = {0};

		exchange_run(f, ask, body, &x);
		r = settle(f, ask, &x, tries, reply, err);
	}
	return r > 0 ? 0 : -1;
}

/* Finds <URL>; rel="next" in a Link header (RFC 8288). Returns the URL in the arena, or NULL. */
static const char *link_next(struct forge *f, const char *link)
{
	const char *open = strchr(link, '<'), *close, *end;

	for (; open != NULL; open = strchr(end, '<')) {
		close = strchr(open, '>');
		if (close == NULL)
			return NULL;
		end = close + strcspn(close, ",<");
		if (memmem(close, (size_t)(end - close), "rel=\"next\"", 10) != NULL ||
		    memmem(close, (size_t)(end - close), "rel=next", 8) != NULL)
			return arena_printf(f->arena, "%.*s", (int)(close - open - 1), open + 1);
	}
	return NULL;
}

/* The token goes to no other place. */
static bool url_is_ours(const struct forge *f, const char *url)
{
	size_t n = http_origin(f->api);

	if (strncmp(url, f->api, n) != 0 || url[n] != '/')
		return false;
	for (; *url != '\0'; url++)
		if ((unsigned char)*url <= ' ' || (unsigned char)*url >= 0x7f)
			return false;
	return true;
}

/* *url gets the next page's, or NULL. */
static int page_next(struct forge *f, const struct forge_ask *first,
		     const struct forge_reply *reply, const char **url, struct error *err)
{
	*url = NULL;
	if (!f->ops->rest->counts_pages) {
		*url = link_next(f, reply->link);
		if (*url != NULL && !url_is_ours(f, *url))
			return forge_fail(f, first, err, "the next page is said to be elsewhere");
	} else if (*reply->next_page != '\0') {
		if (header_number(reply->next_page) < 2)
			return forge_fail(f, first, err, "the next page has no sensible number");
		*url = arena_printf(f->arena, "%s&page=%s", first->url, reply->next_page);
	}
	return 0;
}

static int page_each(struct forge *f, const struct forge_ask *ask, const json_t *json,
		     forge_each_fn *each, void *ctx, struct error *err)
{
	size_t n = json_is_array(json) ? json_array_size(json) : 1;

	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_is_array(json) ? json_array_get(json, i) : json;

		if (!json_is_object(item))
			return forge_fail(f, ask, err, "the answer is not what %s's API answers",
					  f->ops->name);
		if (each(f, item, ctx, err) < 0)
			return -1;
	}
	return 0;
}

int forge_pages(struct forge *f, const struct forge_ask *first, forge_each_fn *each, void *ctx,
		struct error *err)
{
	auto_map *seen = map_new();
	struct forge_ask ask = *first;

	for (unsigned n = 0; ask.url != NULL; n++) {
		auto_reply reply = {0};

		if (n == PAGES)
			return forge_fail(f, first, err, "there are more than %d pages", PAGES);
		if (map_put(seen, ask.url, f) != NULL)
			return forge_fail(f, first, err, "a page names itself as the next");
		if (forge_ask(f, &ask, &reply, err) < 0)
			return -1;
		if (reply.none)
			return 0;
		if (page_each(f, first, reply.json, each, ctx, err) < 0 ||
		    page_next(f, first, &reply, &ask.url, err) < 0)
			return -1;
	}
	return 0;
}
