/* Canned answers. */
#include "tests/unit/canned_aws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct canned *server_of(struct clock *clock)
{
	return (struct canned *)((char *)clock - offsetof(struct canned, clock));
}

static int64_t fake_now(struct clock *clock)
{
	return 1795309323000000LL + server_of(clock)->mono_us;
}

static int64_t fake_mono(struct clock *clock)
{
	return server_of(clock)->mono_us;
}

static const char *fake_getenv(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return "AKIDEXAMPLE";
	return strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "secret" : NULL;
}

static void fake_send(struct transport *transport, struct http_request *request)
{
	struct canned *s = (struct canned *)transport;

	vec_push(&s->queue, request);
}

static void fake_cancel(struct transport *transport, struct http_request *request)
{
	(void)transport;
	(void)request;
}

/* The operation: from the target header, or the form's Action. */
static char *request_op(const struct http_request *request, const char *body)
{
	const char *action = strstr(body, "Action=");

	for (size_t i = 0; i < request->headers_n; i++) {
		if (strcmp(request->headers[i].name, "x-amz-target") == 0)
			return xstrdup(strrchr(request->headers[i].value, '.') + 1);
	}
	assert_non_null(action);
	return xasprintf("%.*s", (int)strcspn(action + 7, "&"), action + 7);
}

static const struct rule *rule_find(const struct rule *rules, const char *op, const char *body)
{
	for (; rules != NULL && rules->op != NULL; rules++) {
		if (strcmp(rules->op, op) == 0 &&
		    (rules->with == NULL || strstr(body, rules->with) != NULL))
			return rules;
	}
	return NULL;
}

static void fake_answer(struct canned *s, struct http_request *request)
{
	auto_free char *body = xasprintf("%.*s", (int)request->body_len, (char *)request->body);
	auto_free char *op = request_op(request, body);
	const struct rule *rule = rule_find(s->more, op, body);
	struct http_response response = {
	    .outcome = HTTP_REPLIED, .headers = BUF_INIT(1 << 10), .body = BUF_INIT(1 << 20)};

	if (rule == NULL)
		rule = rule_find(s->rules, op, body);
	if (rule == NULL)
		fail_msg("no answer for %s %s", op, body);
	buf_printf(&s->asked, "%s %s\n", op, body);
	response.status = rule->status == 0 ? 200 : rule->status;
	buf_puts(&response.body, rule->body);
	request->done(request, &response);
	buf_free(&response.body);
}

static void fake_wait(struct transport *transport, int64_t until_us)
{
	struct canned *s = (struct canned *)transport;
	struct http_request *request;

	if (s->queue.n == 0) {
		assert_true(until_us < INT64_MAX);
		if (until_us > s->mono_us)
			s->mono_us = until_us;
		return;
	}
	s->mono_us += 1000;
	request = s->backwards ? s->queue.at[s->queue.n - 1] : s->queue.at[0];
	s->queue.n--;
	if (!s->backwards)
		memmove(s->queue.at, s->queue.at + 1, s->queue.n * sizeof(*s->queue.at));
	fake_answer(s, request);
}

struct reading *reading_new(const struct rule *rules, const struct rule *more)
{
	struct reading *r = xcalloc(1, sizeof(*r));
	struct canned *s = xcalloc(1, sizeof(*s));
	auto_error err = {0};

	s->transport =
	    (struct transport){.send = fake_send, .wait = fake_wait, .cancel = fake_cancel};
	s->clock = (struct clock){.now_us = fake_now, .mono_us = fake_mono};
	random_seed(&s->random, 7);
	s->env = (struct env){.clock = &s->clock,
			      .random = &s->random.base,
			      .transport = &s->transport,
			      .getenv = fake_getenv};
	s->rules = rules;
	s->more = more;
	s->asked = BUF_INIT(1 << 20);
	s->mono_us = 1000000;
	s->loop = loop_new(&s->clock, &s->transport);
	assert_int_equal(
	    client_new(&s->client, &s->env, s->loop, &(struct client_options){0}, &err), 0);
	r->server = s;
	r->arena = arena_new();
	r->side = side_new(r->arena);
	r->side->world.partition = text_str(r->arena, "aws");
	r->side->world.caller_account = text_str(r->arena, "111111111111");
	r->crawl = crawl_new(s->client, r->side);
	return r;
}

void reading_finish(struct reading *r)
{
	const struct text *clash;

	crawl_run(r->crawl, r->server->loop);
	side_finish(r->side, &clash);
	assert_null(clash);
}

void reading_run(struct reading *r)
{
	wires_read(r->crawl);
	reading_finish(r);
}

void reading_free(struct reading *r)
{
	crawl_free(r->crawl);
	client_free(r->server->client);
	loop_free(r->server->loop);
	free(r->server->queue.at);
	buf_free(&r->server->asked);
	free(r->server);
	side_free(r->side);
	arena_free(r->arena);
	free(r);
}

static void value_print(struct buf *out, const struct value *v)
{
	if (v->state == VALUE_TEXT)
		buf_puts(out, v->u.text->s);
	else if (v->state == VALUE_NONE)
		buf_puts(out, "none");
	for (uint32_t i = 0; v->state == VALUE_SET && i < v->u.set->n; i++) {
		const struct item *item = &v->u.set->item[i];

		buf_printf(out, "%s%s", i == 0 ? "[" : ", ", item->key->s);
		if (item->value != NULL)
			buf_printf(out, ": %s", item->value->s);
	}
	if (v->state == VALUE_SET)
		buf_puts(out, v->u.set->n == 0 ? "[]" : "]");
}

static void side_print(const struct side *side, struct buf *out)
{
	for (size_t i = 0; i < side->all.n; i++) {
		const struct resource *r = side->all.at[i];

		buf_printf(out, "%s", r->address->s);
		if (r->id != NULL)
			buf_printf(out, " #%s", r->id->s);
		for (uint16_t a = 0; a < kinds[r->kind]->attrs; a++) {
			if (r->v[a].state == VALUE_UNSET)
				continue;
			buf_printf(out, " %s=", kinds[r->kind]->attr[a].name);
			value_print(out, &r->v[a]);
		}
		buf_printf(out, "%s\n", r->flags & RES_FOREIGN ? " foreign" : "");
	}
}

void assert_side(const struct side *side, const char *want)
{
	auto_buf out = BUF_INIT(1 << 20);

	side_print(side, &out);
	assert_string_equal(buf_str(&out), want);
}

unsigned asked_count(const struct reading *r, const char *what)
{
	unsigned n = 0;

	for (const char *at = buf_str(&r->server->asked); (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

void assert_scope(const struct reading *r, const char *name, enum scope_state state)
{
	if (side_scope_state(r->side, name) != state)
		fail_msg("scope %s is %d", name, side_scope_state(r->side, name));
}

static const struct text *known_id(void *ctx, const struct text *address)
{
	const struct text *const *known = ctx;

	return known[0] != NULL && text_eq(address, known[0]) ? known[1] : NULL;
}

static void probe_done(void *ctx)
{
	*(bool *)ctx = true;
}

static const struct text *text_or_null(struct arena *arena, const char *s)
{
	return s == NULL ? NULL : text_str(arena, s);
}

void probe_run(struct reading *r, const struct probe_trial *t)
{
	const struct text *uses[] = {text_or_null(r->arena, t->use), NULL};
	const struct text *none[] = {NULL}, *name;
	const struct text *known[] = {t->id == NULL ? NULL : uses[0],
				      text_or_null(r->arena, t->id)};
	struct fact fact = {.before = value_str(r->arena, "unit/B~ou-b")};
	struct call call = {.op = &ops[t->op],
			    .account = text_or_null(r->arena, t->account),
			    .input = text_str(r->arena, t->input),
			    .uses = uses,
			    .frees = none,
			    .fact = &fact,
			    .facts = 1,
			    .under = text_str(r->arena, "ou-a")};
	struct world world = {.caller_account = r->side->world.caller_account,
			      .root_id = text_str(r->arena, "r-1")};
	struct probe_context context = {.id = known_id, .ctx = known, .world = &world};
	bool done = false;

	wires[t->kind]->probe(r->crawl, &call, &context, &name);
	crawl_when_done(r->crawl, r->server->loop, probe_done, &done);
	while (!done)
		loop_step(r->server->loop);
	side_finish(r->side, NULL);
	if (t->scope == NULL) {
		assert_null(name);
	} else {
		assert_string_equal(name->s, t->scope);
		assert_scope(r, t->scope, SCOPE_WHOLE);
	}
	assert_side(r->side, t->want);
	reading_free(r);
}
