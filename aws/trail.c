/* Asking CloudTrail: which lookups, one after another in each account, all accounts at once. */
#include "aws/trail_priv.h"

#include <stdlib.h>
#include <string.h>

#define PAGES_USUAL   20
#define ACCOUNTS_SAID 3

struct trail;

/* Of one name of a call, or of a resource. */
struct lookup {
	const char *value;
	VEC(uint32_t) question; /* that it could answer */
	/* From when on all its events were read. What is older may have been undone by a call that
	 * nobody saw. */
	int64_t known_from_us;
};
struct lookups {
	struct map *by_value; /* -> 1 + index */
	VEC(struct lookup) list;
};

/* An account in one Region. */
struct group {
	struct trail *trail;
	const struct text *account; /* as client_send() takes it */
	const char *id;             /* of the account */
	uint32_t index;             /* of this group */
	enum service_id service;    /* whose events are asked for: it says the Region */
	bool by_resource;
	struct map *asked; /* texts of its questions; each its own value */
	/* By either way; the resources of "": what has no name. */
	struct lookups names, resources;
	size_t next;       /* lookup */
	int64_t from_us;   /* of the one that runs */
	int64_t oldest_us; /* event of it */
	bool cut;          /* one had more pages than are read */
	const char *failed;
	bool denied;
};

struct trail {
	struct client *client;
	struct arena *arena;
	const struct trail_options *options;
	struct trail_question *question;
	uint32_t *group_of;   /* each question's */
	int64_t *answered_us; /* each question's: an older event does not change its answer */
	size_t n;
	VEC(struct group *) group;
	struct map *by_key; /* "ACCOUNT SERVICE" -> group */
	struct map *ids;    /* of events */
	VEC(struct trail_seen) seen;
	struct trail_answer *answer;
};

static struct lookup *lookup_find(const struct lookups *l, const char *value)
{
	size_t at = (size_t)(uintptr_t)map_get(l->by_value, value);

	return at == 0 ? NULL : &l->list.at[at - 1];
}

static void lookup_add(struct arena *arena, struct lookups *l, const char *value, uint32_t question)
{
	struct lookup *one = lookup_find(l, value);

	if (one == NULL) {
		struct lookup fresh = {.value = arena_strdup(arena, value),
				       .known_from_us = INT64_MAX};

		vec_push(&l->list, fresh);
		map_put(l->by_value, value, (void *)(uintptr_t)l->list.n);
		one = &l->list.at[l->list.n - 1];
	}
	vec_push(&one->question, question);
}

static void lookups_free(struct lookups *l)
{
	for (size_t i = 0; i < l->list.n; i++)
		free(l->list.at[i].question.at);
	free(l->list.at);
	map_free(l->by_value);
}

static uint32_t group_find(struct trail *t, const struct trail_question *q)
{
	const char *own = client_caller(t->client);
	const char *id = q->account != NULL ? q->account->s : own;
	enum service_id service = trail_service(q->kind);
	auto_free char *key = xasprintf("%s %d", id, (int)service);
	const uint32_t *at = map_get(t->by_key, key);
	struct group *g;

	if (at != NULL)
		return *at;
	g = arena_alloc(t->arena, sizeof *g);
	*g = (struct group){.trail = t,
			    .account = strcmp(id, own) == 0 ? NULL : q->account,
			    .id = arena_strdup(t->arena, id),
			    .index = (uint32_t)t->group.n,
			    .service = service,
			    .by_resource = service == SERVICE_IAM,
			    .asked = map_new(),
			    .names = {.by_value = map_new()},
			    .resources = {.by_value = map_new()}};
	vec_push(&t->group, g);
	map_put(t->by_key, key, &g->index);
	return g->index;
}

static void asked_add(struct group *g, const char *const *texts)
{
	for (; texts != NULL && *texts != NULL; texts++)
		map_put(g->asked, *texts, (void *)*texts);
}

struct name_add {
	struct group *group;
	uint32_t question;
};

static void on_name(void *ctx, const char *name)
{
	struct name_add *add = ctx;

	lookup_add(add->group->trail->arena, &add->group->names, name, add->question);
}

/* What its group would have to be asked for it, either way. */
static void question_plan(struct trail *t, uint32_t i)
{
	const struct trail_question *q = &t->question[i];
	struct group *g = t->group.at[t->group_of[i]];
	struct name_add add = {g, i};

	trail_names(q, on_name, &add);
	asked_add(g, q->subject);
	asked_add(g, q->object);
	asked_add(g, q->also);
	/* What has no name of its own is found by the names of calls alone. */
	g->by_resource = g->by_resource && q->subject != NULL && *q->subject != NULL;
	if (q->subject == NULL)
		lookup_add(t->arena, &g->resources, "", i);
	for (const char *const *s = q->subject; s != NULL && *s != NULL; s++)
		lookup_add(t->arena, &g->resources, *s, i);
}

static void groups_plan(struct trail *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->group_of[i] = group_find(t, &t->question[i]);
	for (size_t i = 0; i < t->n; i++)
		question_plan(t, (uint32_t)i);
	for (size_t i = 0; i < t->group.n; i++) {
		struct group *g = t->group.at[i];

		g->by_resource = g->by_resource && g->resources.list.n < g->names.list.n;
	}
}

static struct lookups *group_lookups(struct group *g)
{
	return g->by_resource ? &g->resources : &g->names;
}

/* Asking. */

static bool name_is_asked(const struct group *g, const char *call)
{
	return lookup_find(&g->names, call) != NULL;
}

static void answered_note(struct group *g, const char *subject, const struct trail_event *e)
{
	struct trail *t = g->trail;
	const struct lookup *l = lookup_find(&g->resources, subject);

	for (size_t i = 0; l != NULL && i < l->question.n; i++) {
		uint32_t q = l->question.at[i];

		if (e->time_us > t->answered_us[q] && trail_settles(&t->question[q], e))
			t->answered_us[q] = e->time_us;
	}
}

/* The oldest of the newest answers to what the lookup could answer, 0: there are some without. */
static int64_t answered_from(const struct group *g, const struct lookup *l)
{
	int64_t from_us = INT64_MAX;

	for (size_t i = 0; i < l->question.n; i++) {
		int64_t us = g->trail->answered_us[l->question.at[i]];

		from_us = us < from_us ? us : from_us;
	}
	return l->question.n > 0 ? from_us : 0;
}

static void oldest_note(struct group *g, int64_t us)
{
	if (us > 0 && us < g->oldest_us)
		g->oldest_us = us;
}

static void event_add(struct group *g, const json_t *event)
{
	struct trail *t = g->trail;
	const char *name = reply_str(event, "EventName");
	struct trail_seen seen = {.group = g->index};
	int64_t listed_us;
	bool told;

	if (reply_time(event, "EventTime", &listed_us) == 0)
		oldest_note(g, listed_us);
	if (name != NULL && !name_is_asked(g, name))
		return;
	told = trail_event_read(t->arena, g->asked, t->options, g->id, event, &seen.event);
	oldest_note(g, seen.event.time_us);
	if (!told || !name_is_asked(g, seen.event.call) ||
	    !trail_service_has(g->service, seen.event.service) ||
	    map_put(t->ids, seen.event.id, t) != NULL)
		return;
	vec_push(&t->seen, seen);
	answered_note(g, "", &seen.event);
	for (const char *const *v = seen.event.value; *v != NULL; v++)
		answered_note(g, *v, &seen.event);
}

static void on_page(void *ctx, const json_t *body)
{
	struct group *g = ctx;
	const json_t *list;
	size_t n = reply_list(body, "Events", &list);

	g->trail->answer->requests++;
	for (size_t i = 0; i < n; i++)
		event_add(g, json_array_get(list, i));
}

static const struct lookup *group_lookup(struct group *g)
{
	return &group_lookups(g)->list.at[g->next - 1];
}

/* Events come the newest first: what follows is older than every answer. */
static bool is_enough(void *ctx)
{
	struct group *g = ctx;

	return answered_from(g, group_lookup(g)) > g->oldest_us;
}

static void group_next(struct group *g);

static void on_done(void *ctx, const struct reply *reply)
{
	struct group *g = ctx;
	bool more;

	if (reply->outcome != REPLY_OK) {
		g->failed = arena_printf(g->trail->arena, "%s: %s", reply->code, reply->message);
		g->denied = strstr(reply->code, "AccessDenied") != NULL;
		return;
	}
	more = reply_str(reply->body, "NextToken") != NULL;
	group_lookups(g)->list.at[g->next - 1].known_from_us = more ? g->oldest_us : g->from_us;
	g->cut = g->cut || (more && !is_enough(g));
	group_next(g);
}

static json_t *lookup_input(const struct group *g, const char *value)
{
	const struct trail_options *o = g->trail->options;

	return json_pack("{s:[{s:s,s:s}],s:I,s:I}", "LookupAttributes", "AttributeKey",
			 g->by_resource ? "ResourceName" : "EventName", "AttributeValue", value,
			 "StartTime", (json_int_t)(g->from_us / SECOND_US), "EndTime",
			 (json_int_t)((o->to_us + SECOND_US - 1) / SECOND_US));
}

/* Sends the next lookup, if there is one: AWS lets two a second through. What is older than all
 * that other lookups answered is not asked for. */
static void group_next(struct group *g)
{
	const struct trail_options *o = g->trail->options;
	const struct lookups *l = group_lookups(g);
	struct client_request request = {.op = &ops[OP_CLOUDTRAIL_LookupEvents],
					 .account = g->account,
					 .max_pages = o->max_pages > 0 ? o->max_pages : PAGES_USUAL,
					 .page = on_page,
					 .enough = is_enough,
					 .done = on_done,
					 .ctx = g};

	if (g->next >= l->list.n)
		return;
	g->from_us = answered_from(g, &l->list.at[g->next]);
	if (g->from_us < o->from_us)
		g->from_us = o->from_us;
	g->oldest_us = INT64_MAX;
	request.input = lookup_input(g, l->list.at[g->next].value);
	if (request.input == NULL) {
		g->failed = "a name is no text that can be sent";
		return;
	}
	g->next++;
	client_send(g->trail->client, &request);
}

/* Asks all groups that are in the Region of this one and were not asked yet. */
static void region_ask(struct trail *t, struct loop *loop, size_t first, bool *asked)
{
	const char *region = client_service_region(t->client, t->group.at[first]->service);
	auto_error err = {0};
	bool known = client_set_region(t->client, SERVICE_CLOUDTRAIL, region, &err) == 0;

	for (size_t i = first; i < t->group.n; i++) {
		struct group *g = t->group.at[i];

		if (asked[i] || strcmp(client_service_region(t->client, g->service), region) != 0)
			continue;
		asked[i] = true;
		if (known)
			group_next(g);
		else
			g->failed = arena_strdup(t->arena, err.message);
	}
	loop_run(loop);
}

static int seen_order(const void *a, const void *b)
{
	const struct trail_event *x = &((const struct trail_seen *)a)->event;
	const struct trail_event *y = &((const struct trail_seen *)b)->event;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	/* Times are of seconds: of two in the same one, ours is taken to be the earlier. */
	if (x->own != y->own)
		return x->own ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* What could not be read. */

static void accounts_say(const struct trail *t, bool (*is)(const struct group *), struct buf *out)
{
	auto_map *said = map_new();
	size_t n = 0;

	for (size_t i = 0; i < t->group.n; i++) {
		struct group *g = t->group.at[i];

		if (!is(g) || map_put(said, g->id, g) != NULL)
			continue;
		if (n++ < ACCOUNTS_SAID)
			buf_printf(out, "%s%s", n > 1 ? ", " : "", g->id);
	}
	if (n > ACCOUNTS_SAID)
		buf_printf(out, " and %zu others", n - ACCOUNTS_SAID);
}

static bool group_has_failed(const struct group *g)
{
	return g->failed != NULL;
}

static bool group_is_cut(const struct group *g)
{
	return g->cut;
}

static const char *unread_say(const struct trail *t)
{
	auto_buf out = BUF_INIT(8192);
	const struct group *failed = NULL;
	bool cut = false;

	for (size_t i = t->group.n; i-- > 0;) {
		if (t->group.at[i]->failed != NULL)
			failed = t->group.at[i];
		cut = cut || t->group.at[i]->cut;
	}
	if (failed != NULL) {
		buf_puts(&out, "the events of ");
		accounts_say(t, group_has_failed, &out);
		buf_printf(&out, " could not be read: %s", failed->failed);
		if (failed->denied)
			buf_puts(&out, " (allow cloudtrail:LookupEvents to the role that reads "
				       "there)");
	}
	if (cut) {
		buf_puts(&out, failed != NULL ? "; the events of " : "the events of ");
		accounts_say(t, group_is_cut, &out);
		buf_puts(&out, " are too many: the newest of each name were read");
	}
	return out.len > 0 ? arena_strdup(t->arena, buf_str(&out)) : NULL;
}

/* Whether the newest event that was found is the newest there is. */

struct doubt {
	struct group *group;
	int64_t from_us; /* from when on all lookups of one question were read */
};

static void doubt_lookup(void *ctx, const char *value)
{
	struct doubt *d = ctx;
	const struct lookup *l = lookup_find(group_lookups(d->group), value);

	if (l != NULL && l->known_from_us > d->from_us)
		d->from_us = l->known_from_us;
}

static int64_t question_known_from(struct group *g, const struct trail_question *q)
{
	struct doubt d = {.group = g};

	if (!g->by_resource)
		trail_names(q, doubt_lookup, &d);
	for (const char *const *s = q->subject; g->by_resource && *s != NULL; s++)
		doubt_lookup(&d, *s);
	return d.from_us;
}

/* Who fills CloudTrail with calls after the one that counts, or keeps it from answering, does not
 * put it upon whoever came before. */
static void answers_doubt(struct trail *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct trail_question *q = &t->question[i];

		if (q->event != TRAIL_NONE &&
		    t->seen.at[q->event].event.time_us <
			question_known_from(t->group.at[t->group_of[i]], q))
			q->event = TRAIL_NONE;
	}
}

/* Leaves the events that answer, each once. */
static void answer_events(struct trail *t)
{
	auto_free uint32_t *as = xcalloc(t->seen.n + 1, sizeof *as);
	struct trail_answer *answer = t->answer;

	for (size_t i = 0; i < t->n; i++) {
		if (t->question[i].event != TRAIL_NONE)
			as[t->question[i].event] = 1;
	}
	answer->event = arena_array(t->arena, t->seen.n + 1, sizeof *answer->event);
	for (size_t i = 0; i < t->seen.n; i++) {
		answer->own += t->seen.at[i].event.own;
		if (as[i] == 0)
			continue;
		as[i] = answer->events;
		answer->event[answer->events++] = t->seen.at[i].event;
	}
	for (size_t i = 0; i < t->n; i++) {
		if (t->question[i].event != TRAIL_NONE)
			t->question[i].event = as[t->question[i].event];
	}
}

static void trail_free(struct trail *t)
{
	for (size_t i = 0; i < t->group.n; i++) {
		map_free(t->group.at[i]->asked);
		lookups_free(&t->group.at[i]->names);
		lookups_free(&t->group.at[i]->resources);
	}
	free(t->group.at);
	free(t->seen.at);
	map_free(t->by_key);
	map_free(t->ids);
}

int trail_ask(struct client *client, struct loop *loop, struct arena *arena,
	      const struct trail_options *options, struct trail_question *question, size_t n,
	      struct trail_answer *answer, struct error *err)
{
	struct trail t = {.client = client,
			  .arena = arena,
			  .options = options,
			  .question = question,
			  .group_of = arena_array(arena, n + 1, sizeof *t.group_of),
			  .answered_us = arena_array(arena, n + 1, sizeof *t.answered_us),
			  .n = n,
			  .by_key = map_new(),
			  .ids = map_new(),
			  .answer = answer};
	auto_free bool *asked = NULL;

	*answer = (struct trail_answer){0};
	if (options->from_us > options->to_us) {
		trail_free(&t);
		return error_set(err, "CloudTrail is asked from a time that has not come yet");
	}
	groups_plan(&t);
	asked = xcalloc(t.group.n + 1, sizeof *asked);
	for (size_t i = 0; i < t.group.n; i++) {
		if (!asked[i])
			region_ask(&t, loop, i, asked);
	}
	if (t.seen.n > 0)
		qsort(t.seen.at, t.seen.n, sizeof *t.seen.at, seen_order);
	trail_match(question, t.group_of, n, t.seen.at, t.seen.n);
	answers_doubt(&t);
	answer_events(&t);
	answer->unread = unread_say(&t);
	trail_free(&t);
	return 0;
}
