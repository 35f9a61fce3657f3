/* What forges answer, any bytes. The first byte names the forge; then answers, each ended by a NUL:
 * a status ("200 "), headers a line each, an empty line, and the body. Each function of git/forge.h
 * is called until they are used up. Nothing may be sent to another host; what is read is within its
 * bounds. */
#include "base/error.h"
#include "base/http.h"
#include "git/forge.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define API    "https://forge.example.com/api"
#define TOKEN  "CANARY-0123456789"
#define COMMIT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ASKED  400 /* requests of one function at most: pages and tries are bounded */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct server {
	struct transport transport;
	struct clock clock;
	int64_t now_us;
	struct http_request *request;
	const char *at, *end;
	unsigned asked;
};

static int64_t server_now(struct clock *c)
{
	struct server *s = (struct server *)((char *)c - offsetof(struct server, clock));

	return s->now_us += 1000;
}

static void server_send(struct transport *t, struct http_request *r)
{
	((struct server *)t)->request = r;
}

/* The next answer; none is left: NULL. */
static char *answer_next(struct server *s)
{
	size_t n = s->at < s->end ? strnlen(s->at, (size_t)(s->end - s->at)) : 0;
	char *answer = n > 0 ? strndup(s->at, n) : NULL;

	s->at += s->at < s->end ? n + 1 : 0;
	s->asked++;
	charter_assert(s->asked < ASKED);
	return answer;
}

static void answer_read(char *answer, struct http_response *r)
{
	char *rest = answer, *body;

	r->status = (int)strtoul(answer, &rest, 10) % 600;
	body = strstr(rest, "\n\n");
	buf_add(&r->headers, rest, body == NULL ? 0 : (size_t)(body + 1 - rest));
	buf_puts(&r->body, body == NULL ? rest : body + 2);
}

static void server_wait(struct transport *t, int64_t until_us)
{
	struct server *s = (struct server *)t;
	struct http_request *request = s->request;
	struct http_response r = {.outcome = HTTP_NOT_SENT, .message = "no answer is left"};
	auto_free char *answer = NULL;

	if (request == NULL) {
		s->now_us = until_us > s->now_us ? until_us : s->now_us;
		return;
	}
	s->request = NULL;
	charter_assert(strncmp(request->url, API "/", strlen(API "/")) == 0 ||
		       strncmp(request->url, "https://forge.example.com/", 26) == 0);
	answer = answer_next(s);
	r.body = BUF_INIT(request->max_body);
	r.headers = BUF_INIT(1 << 20);
	if (answer != NULL) {
		r.outcome = HTTP_REPLIED;
		answer_read(answer, &r);
	}
	request->done(request, &r);
	buf_free(&r.body);
	buf_free(&r.headers);
}

/* Of CodeCommit: the reply's object, or an error by the name that stands there. */
static int server_aws(void *ctx, const char *operation, json_t *input, json_t **reply,
		      char code[64], struct error *err)
{
	struct server *s = ctx;
	auto_free char *answer = answer_next(s);

	json_decref(input);
	*code = '\0';
	*reply = answer == NULL ? NULL : json_loads(answer, 0, NULL);
	if (json_is_object(*reply))
		return 0;
	json_decref(*reply);
	*reply = NULL;
	snprintf(code, 64, "%s", answer == NULL ? "AccessDeniedException" : answer);
	return error_set(err, "%s: refused", operation);
}

/* A forge may say any word that it knows itself. */
static bool token_is_told;

static void check_error(int r, struct error *err)
{
	charter_assert((r == 0) == (err->code == EXIT_DONE));
	charter_assert(r == 0 || token_is_told || strstr(err->message, TOKEN) == NULL);
	error_clear(err);
}

static void pull_use(struct server *s, struct forge *f, struct error *err)
{
	struct forge_pull pull = {0};
	struct forge_pulls pulls;
	int r = forge_pull_read(f, "7", &pull, err);

	charter_assert(r != 0 || (pull.number != NULL && strlen(pull.number) <= 20));
	check_error(r, err);
	s->asked = 0;
	r = forge_pulls_of(f, COMMIT, &pulls, err);
	for (size_t i = 0; r == 0 && i < pulls.n; i++)
		charter_assert(pulls.at[i].number != NULL && pulls.at[i].merged != NULL);
	check_error(r, err);
	s->asked = 0;
}

static void comments_use(struct server *s, struct forge *f, struct error *err)
{
	struct forge_comments all;
	struct forge_comment made = {0};
	int r = forge_comments_read(f, "7", &all, err);

	for (size_t i = 0; r == 0 && i < all.n; i++)
		charter_assert(all.at[i].id != NULL && all.at[i].body != NULL &&
			       all.at[i].author != NULL);
	if (r == 0 && all.n > 0) {
		s->asked = 0;
		r = forge_comment_edit(f, "7", &all.at[0], "said", err);
		if (r == 0 && forge_can_hide(f))
			r = forge_comment_hide(f, &all.at[0], err);
	}
	check_error(r, err);
	s->asked = 0;
	r = forge_comment_add(f, "7", "said", &made, err);
	charter_assert(r != 0 || (made.id != NULL && made.body != NULL));
	check_error(r, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct server s = {
	    .transport = {.send = server_send, .wait = server_wait},
	    .clock = {.now_us = server_now, .mono_us = server_now},
	    .now_us = 1795309323000000,
	    .at = (const char *)data + 1,
	    .end = (const char *)data + size,
	};
	struct random_seeded random;
	struct env env = {.clock = &s.clock, .random = &random.base, .transport = &s.transport};
	struct forge_settings settings = {
	    .api = API, .repository = "acme/aws", .token = TOKEN, .aws = server_aws, .aws_ctx = &s};
	struct arena *arena;
	struct forge *f = NULL;
	auto_error err = {0};

	if (size == 0)
		return 0;
	token_is_told = memmem(data, size, "CANARY", 6) != NULL;
	random_seed(&random, 7);
	settings.kind = (enum forge_kind)(data[0] % FORGE_KINDS);
	if (settings.kind == FORGE_CODECOMMIT) {
		settings.repository = "aws";
		settings.api = settings.token = NULL;
	}
	arena = arena_new();
	if (forge_open(&f, &env, arena, &settings, &err) != 0)
		abort();
	pull_use(&s, f, &err);
	comments_use(&s, f, &err);
	forge_close(f);
	arena_free(arena);
	return 0;
}
