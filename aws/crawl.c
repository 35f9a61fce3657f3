/* The crawl: reads under way, counted for each scope, and scopes that close when theirs have ended.
 */
#include "aws/crawl.h"

#include "base/env.h"

#include <stdlib.h>
#include <string.h>

/* What the crawl knows of a scope beside the side's own record; same index. */
struct watch {
	uint32_t pending; /* reads, and children that are open */
	bool open, seen;
	void (*then)(struct crawl *, uint32_t);
};

struct crawling {
	struct crawl crawl; /* first: what the others see */
	VEC(struct watch) watch;
	VEC(uint32_t) idle; /* scopes that may be closed: looked at next, and no others */
	bool started, settling;
	struct loop *loop;
	struct timer *start;
	void (*done)(void *ctx);
	void *ctx;
};

struct reading {
	struct crawling *crawling;
	struct read read;
	bool bad;
};

static struct crawling *crawling_of(struct crawl *crawl)
{
	return (struct crawling *)crawl;
}

static struct watch *watch_at(struct crawling *c, uint32_t scope)
{
	while (c->watch.n <= scope)
		vec_push(&c->watch, ((struct watch){0}));
	return &c->watch.at[scope];
}

/* An open scope holds its parent open. One that was closed opens again when more is to be read. */
static void watch_open(struct crawling *c, uint32_t scope)
{
	struct scope *record = &c->crawl.side->scopes.at[scope];
	uint32_t parent = record->parent;

	if (watch_at(c, scope)->open)
		return;
	if (record->state == SCOPE_WHOLE)
		record->state = SCOPE_OPEN;
	watch_at(c, scope)->open = true;
	vec_push(&c->idle, scope);
	if (scope == 0)
		return;
	watch_open(c, parent);
	watch_at(c, parent)->pending++;
}

static void watch_done(struct crawling *c, uint32_t scope)
{
	if (--watch_at(c, scope)->pending == 0)
		vec_push(&c->idle, scope);
}

static void watch_close(struct crawling *c, uint32_t scope)
{
	struct scope *record = &c->crawl.side->scopes.at[scope];

	if (record->state == SCOPE_OPEN)
		record->state = SCOPE_WHOLE;
	watch_at(c, scope)->open = false;
	if (scope != 0)
		watch_done(c, record->parent);
}

/* Closes one scope that has nothing pending, its handler called first. */
static void watch_settle(struct crawling *c, uint32_t scope)
{
	struct watch *watch = watch_at(c, scope);
	void (*then)(struct crawl *, uint32_t) = watch->then;

	if (!watch->open || watch->pending > 0)
		return;
	watch->then = NULL;
	if (then != NULL)
		then(&c->crawl, scope);
	watch = watch_at(c, scope);
	if (watch->pending == 0 && watch->then == NULL)
		watch_close(c, scope);
}

static int scope_cmp_down(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a < b) - (a > b);
}

/* Closes what can be closed, children first: a reading of thousands of accounts has tens of
 * thousands of scopes, so that not all of them are looked at after each reply. At the end `done`,
 * which may free the crawl. */
static void crawl_settle(struct crawling *c)
{
	if (!c->started || c->settling)
		return;
	c->settling = true;
	while (c->idle.n > 0) {
		size_t n = c->idle.n;
		uint32_t *idle = c->idle.at;

		c->idle.at = NULL;
		c->idle.n = c->idle.cap = 0;
		qsort(idle, n, sizeof(*idle), scope_cmp_down);
		for (size_t k = 0; k < n; k++)
			watch_settle(c, idle[k]);
		free(idle);
	}
	c->settling = false;
	if (!watch_at(c, 0)->open && c->done != NULL) {
		void (*done)(void *) = c->done;

		c->done = NULL;
		done(c->ctx);
	}
}

struct crawl *crawl_new(struct client *client, struct side *side)
{
	struct crawling *c = xcalloc(1, sizeof(*c));

	c->crawl.client = client;
	c->crawl.side = side;
	c->crawl.arena = side->arena;
	watch_open(c, 0);
	return &c->crawl;
}

void crawl_free(struct crawl *crawl)
{
	struct crawling *c = crawling_of(crawl);

	if (c == NULL)
		return;
	if (c->start != NULL)
		loop_cancel(c->loop, c->start);
	if (crawl->priv_free != NULL)
		crawl->priv_free(crawl->priv);
	if (crawl->identity_free != NULL)
		crawl->identity_free(crawl->identity);
	map_free(crawl->documents);
	free(c->watch.at);
	free(c->idle.at);
	free(c);
}

void crawl_run(struct crawl *crawl, struct loop *loop)
{
	struct crawling *c = crawling_of(crawl);
	bool cancelled = false;

	c->started = true;
	crawl_settle(c);
	while (watch_at(c, 0)->open) {
		charter_assert(crawl->pending > 0);
		loop_step(loop);
		if (signal_pending() != 0 && !cancelled) {
			cancelled = true;
			client_cancel_unsent(crawl->client);
		}
	}
}

static void crawl_start(void *ctx)
{
	struct crawling *c = ctx;

	c->start = NULL;
	c->started = true;
	crawl_settle(c);
}

void crawl_when_done(struct crawl *crawl, struct loop *loop, void (*done)(void *ctx), void *ctx)
{
	struct crawling *c = crawling_of(crawl);

	c->done = done;
	c->ctx = ctx;
	c->loop = loop;
	c->start = loop_at(loop, 0, crawl_start, c);
}

uint32_t scope_open(struct crawl *crawl, uint32_t parent, const char *fmt, ...)
{
	auto_buf name = BUF_INIT(4096);
	uint32_t scope;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&name, fmt, ap);
	va_end(ap);
	scope = side_scope(crawl->side, parent, buf_str(&name));
	watch_open(crawling_of(crawl), scope);
	return scope;
}

void scope_then(struct crawl *crawl, uint32_t scope, void (*closed)(struct crawl *, uint32_t))
{
	struct crawling *c = crawling_of(crawl);

	watch_open(c, scope);
	charter_assert(watch_at(c, scope)->then == NULL);
	watch_at(c, scope)->then = closed;
	vec_push(&c->idle, scope);
}

static void reading_page(void *ctx, const json_t *body)
{
	struct reading *reading = ctx;

	if (reading->read.page != NULL)
		reading->read.page(&reading->crawling->crawl, &reading->read, body);
}

static bool code_is_gone(const struct op *op, const char *code)
{
	for (size_t i = 0; i < sizeof(op->gone) / sizeof(op->gone[0]); i++) {
		if (op->gone[i] != NULL && strcmp(op->gone[i], code) == 0)
			return true;
	}
	return false;
}

static void reading_refused(struct reading *reading, const struct reply *reply)
{
	struct crawl *crawl = &reading->crawling->crawl;
	const struct read *read = &reading->read;

	if (reply->outcome == REPLY_REFUSED && read->refused != NULL &&
	    read->refused(crawl, read, reply->code))
		return;
	if (reply->outcome == REPLY_REFUSED && code_is_gone(&ops[read->op], reply->code))
		return;
	scope_fail(crawl->side, read->scope, reply->code, reply->message);
}

static void reading_done(void *ctx, const struct reply *reply)
{
	struct reading *reading = ctx;
	struct crawling *c = reading->crawling;

	if (reply->outcome != REPLY_OK)
		reading_refused(reading, reply);
	else if (!reading->bad && reading->read.whole != NULL)
		reading->read.whole(&c->crawl, &reading->read);
	c->crawl.pending--;
	watch_done(c, reading->read.scope);
	crawl_settle(c);
}

void crawl_read(struct crawl *crawl, const struct read *read, json_t *input)
{
	struct crawling *c = crawling_of(crawl);
	struct reading *reading = arena_alloc(crawl->arena, sizeof(*reading));

	reading->crawling = c;
	reading->read = *read;
	watch_open(c, read->scope);
	watch_at(c, read->scope)->pending++;
	crawl->pending++;
	client_send(crawl->client, &(struct client_request){.op = &ops[read->op],
							    .account = read->account,
							    .input = input,
							    .page = reading_page,
							    .done = reading_done,
							    .ctx = reading});
}

void crawl_bad_reply(struct crawl *crawl, const struct read *read, const char *what)
{
	struct reading *reading = (struct reading *)((char *)read - offsetof(struct reading, read));
	auto_free char *message = xasprintf("%s: the reply %s", ops[read->op].name, what);

	reading->bad = true;
	scope_fail(crawl->side, read->scope, "BadReply", message);
}

struct resource *crawl_resource(struct crawl *crawl, uint16_t kind, const struct text *id)
{
	struct resource *known = side_by_id(crawl->side, kind, id);

	if (known != NULL)
		return known;
	return side_resource(crawl->side, kind, address_raw(crawl->arena, kinds[kind]->name, id->s),
			     id);
}

void crawl_created(struct crawl *crawl, struct resource *resource, const json_t *object,
		   const char *member)
{
	char time[TIME_RFC3339];
	int64_t us;

	if (reply_time(object, member, &us) < 0)
		return;
	time_rfc3339(us, time);
	resource->created = text_str(crawl->arena, time);
}

void crawl_recorded(struct crawl *crawl, struct resource *resource)
{
	const struct kind *kind = kinds[resource->kind];

	(void)crawl;
	if (kind->foreign != NULL && kind->foreign(resource))
		resource->flags |= RES_FOREIGN;
}

struct value crawl_value(struct crawl *crawl, const json_t *object, const char *path)
{
	const char *s = reply_str(object, path);

	return value_str(crawl->arena, s == NULL ? "" : s);
}

const struct text *crawl_text(struct crawl *crawl, const json_t *object, const char *member)
{
	const char *s = reply_str(object, member);

	return s == NULL ? NULL : text_str(crawl->arena, s);
}

size_t crawl_list(struct crawl *crawl, const struct read *read, const json_t *page,
		  const char *member, const char *what, const json_t **list)
{
	auto_free char *problem = NULL;

	if (!reply_has_list(page, member)) {
		problem = xasprintf("has no list of %s", what);
		crawl_bad_reply(crawl, read, problem);
	}
	return reply_list(page, member, list);
}

void crawl_tags_add(struct crawl *crawl, const struct read *read, const json_t *page, uint16_t attr)
{
	const json_t *tags;
	size_t n = crawl_list(crawl, read, page, "Tags", "tags", &tags);

	for (size_t i = 0; i < n; i++) {
		const json_t *tag = json_array_get(tags, i);
		const struct text *key = crawl_text(crawl, tag, "Key");
		const struct text *value = crawl_text(crawl, tag, "Value");

		if (key == NULL || value == NULL)
			crawl_bad_reply(crawl, read, "has a tag without a key or a value");
		else
			side_add(crawl->side, read->about, attr, key, value);
	}
}
