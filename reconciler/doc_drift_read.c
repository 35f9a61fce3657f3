/* What a drift report says beside its changes, back from JSON: whoever wrote the file, each name,
 * number and index is checked. */
#include "reconciler/doc_drift.h"

#include "base/env.h"

#include <string.h>

static int read_time(struct reader *r, const json_t *o, const char *key, int64_t *us)
{
	const char *text;

	*us = 0;
	if (field_text_or_null(r, o, key, &text))
		return -1;
	if (text && (time_parse(text, us) != 0 || *us < 1000000))
		return reader_fail(r, key, "`%.40s` is no time", text);
	return 0;
}

/* null, or a number below `n`. */
static int read_index(struct reader *r, const json_t *o, const char *key, size_t n, uint32_t *out)
{
	*out = DRIFT_NONE;
	if (json_is_null(json_object_get(o, key)))
		return 0;
	if (field_count(r, o, key, out))
		return -1;
	return *out < n ? 0 : reader_fail(r, key, "there is no %u", *out);
}

static int read_hex(struct reader *r, const json_t *o, const char *key, bool may_be_empty,
		    const char **out)
{
	if (field_text(r, o, key, out))
		return -1;
	if ((may_be_empty && !**out) || str_is_hex(*out, DRIFT_NAME - 1, DRIFT_NAME - 1))
		return 0;
	return reader_fail(r, key, "must be %d hex digits", DRIFT_NAME - 1);
}

static int read_kind(struct reader *r, const json_t *o, enum item_kind *out)
{
	const char *word;
	int kind;

	if (field_text(r, o, "kind", &word))
		return -1;
	kind = item_kind_find(word);
	if (kind < 0)
		return reader_fail(r, "kind", "`%.80s` is not known", word);
	*out = (enum item_kind)kind;
	return 0;
}

static int read_rank(struct reader *r, const json_t *o, uint8_t *out)
{
	const char *word;

	if (field_name(r, o, "rank", drift_rank_words, DRIFT_RANKS, &word))
		return -1;
	*out = 0;
	while (drift_rank_words[*out] != word)
		(*out)++;
	return 0;
}

static int read_sign(struct reader *r, const json_t *o, char *out)
{
	const char *text;

	if (field_text_or_null(r, o, "sign", &text))
		return -1;
	if (text && (strlen(text) != 1 || !strchr("+-~!", *text)))
		return reader_fail(r, "sign", "must be one of + - ~ !");
	*out = text ? *text : '\0';
	return 0;
}

/* Its event is looked up: causes are read before items. */
static int read_event_of(struct reader *r, const json_t *o, const struct doc_drift *d,
			 struct drift_item *item)
{
	const struct drift_cause *c = item->cause == DRIFT_NONE ? NULL : &d->cause[item->cause];
	uint32_t event;

	if (read_index(r, o, "event", c ? c->events : 0, &event))
		return -1;
	if (event != DRIFT_NONE)
		item->event = &c->event[event];
	return 0;
}

static int read_item(struct reader *r, const json_t *o, const struct plan_doc *doc,
		     const struct doc_drift *d, struct drift_item *item)
{
	const json_t *source;

	return field_text(r, o, "address", &item->address) ||
		       field_text_or_null(r, o, "attribute", &item->attribute) ||
		       field_bool(r, o, "break_glass", &item->break_glass) ||
		       read_index(r, o, "cause", d->causes, &item->cause) ||
		       read_index(r, o, "change", doc->changes, &item->change) ||
		       field_text_or_null(r, o, "element", &item->element) ||
		       read_event_of(r, o, d, item) ||
		       read_time(r, o, "first_seen", &item->first_us) ||
		       field_bool(r, o, "fresh", &item->fresh) ||
		       field_text_or_null(r, o, "id", &item->resource_id) ||
		       read_kind(r, o, &item->kind) || read_hex(r, o, "live", true, &item->live) ||
		       read_hex(r, o, "name", false, &item->name) ||
		       field_text_or_null(r, o, "owner", &item->owner) ||
		       field_bool(r, o, "quiet", &item->quiet) || read_rank(r, o, &item->rank) ||
		       field_text_or_null(r, o, "scope", &item->scope) ||
		       read_sign(r, o, &item->sign) ||
		       field_source(r, o, &item->file, &item->line, &source) ||
		       field_text_or_null(r, o, "text", &item->text)
		   ? -1
		   : 0;
}

static int read_items(struct reader *r, const json_t *o, const struct plan_doc *doc,
		      struct doc_drift *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "items", &array))
		return -1;
	d->items = (uint32_t)json_array_size(array);
	d->item = arena_array(r->arena, (size_t)d->items + 1, sizeof *d->item);
	reader_enter(r, "items");
	for (uint32_t i = 0; i < d->items; i++)
		if (element_object(r, array, i, &e) || read_item(r, e, doc, d, &d->item[i]))
			return -1;
	reader_leave(r);
	return 0;
}

static int read_event(struct reader *r, const json_t *o, struct drift_event *e)
{
	return field_text(r, o, "account", &e->account) ||
		       field_text(r, o, "address", &e->address) ||
		       field_text(r, o, "agent", &e->agent) ||
		       field_bool(r, o, "console", &e->console) || field_text(r, o, "id", &e->id) ||
		       field_text(r, o, "invoked_by", &e->invoked_by) ||
		       field_text(r, o, "key", &e->key) ||
		       field_text(r, o, "operation", &e->call) ||
		       field_text(r, o, "principal", &e->principal) ||
		       field_text(r, o, "region", &e->region) ||
		       field_text(r, o, "service", &e->service) ||
		       field_text(r, o, "session", &e->session) ||
		       read_time(r, o, "time", &e->time_us)
		   ? -1
		   : 0;
}

static int read_events(struct reader *r, const json_t *o, struct drift_cause *c)
{
	const json_t *array, *e;

	if (field_array(r, o, "events", &array))
		return -1;
	c->events = (uint32_t)json_array_size(array);
	c->event = arena_array(r->arena, (size_t)c->events + 1, sizeof *c->event);
	reader_enter(r, "events");
	for (uint32_t i = 0; i < c->events; i++)
		if (element_object(r, array, i, &e) || read_event(r, e, &c->event[i]))
			return -1;
	reader_leave(r);
	return 0;
}

/* Numbers from 0; whether there are such items is checked when all are read. */
static int read_members(struct reader *r, const json_t *o, struct drift_cause *c)
{
	const json_t *array;

	if (field_array(r, o, "items", &array))
		return -1;
	c->items = (uint32_t)json_array_size(array);
	c->item = arena_array(r->arena, (size_t)c->items + 1, sizeof *c->item);
	for (uint32_t i = 0; i < c->items; i++) {
		const json_t *v = json_array_get(array, i);

		if (!json_is_integer(v) || json_integer_value(v) < 0 ||
		    json_integer_value(v) >= DRIFT_NONE)
			return reader_fail(r, "items", "must hold numbers of items");
		c->item[i] = (uint32_t)json_integer_value(v);
	}
	return 0;
}

static int read_causes(struct reader *r, const json_t *o, struct doc_drift *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "causes", &array))
		return -1;
	d->causes = (uint32_t)json_array_size(array);
	d->cause = arena_array(r->arena, (size_t)d->causes + 1, sizeof *d->cause);
	reader_enter(r, "causes");
	for (uint32_t i = 0; i < d->causes; i++) {
		struct drift_cause *c = &d->cause[i];

		if (element_object(r, array, i, &e) || read_events(r, e, c) ||
		    read_time(r, e, "first", &c->first_us) ||
		    field_bool(r, e, "fresh", &c->fresh) || read_members(r, e, c) ||
		    read_time(r, e, "last", &c->last_us) ||
		    field_text_or_null(r, e, "principal", &c->principal) ||
		    read_rank(r, e, &c->rank) || field_text_or_null(r, e, "session", &c->session))
			return -1;
	}
	reader_leave(r);
	return 0;
}

/* Each item that has a cause stands in it once, and in no other. */
static int causes_check(struct reader *r, const struct doc_drift *d)
{
	bool *seen = arena_array(r->arena, (size_t)d->items + 1, sizeof *seen);
	size_t of_causes = 0, of_items = 0;

	for (uint32_t i = 0; i < d->causes; i++)
		for (uint32_t k = 0; k < d->cause[i].items; k++) {
			uint32_t item = d->cause[i].item[k];

			if (item >= d->items || d->item[item].cause != i || seen[item])
				return reader_fail(r, "causes", "[%u].items: %u is not of it", i,
						   item);
			seen[item] = true;
			of_causes++;
		}
	for (uint32_t i = 0; i < d->items; i++)
		of_items += d->item[i].cause != DRIFT_NONE;
	return of_causes == of_items
		   ? 0
		   : reader_fail(r, "causes", "do not hold every item that names one");
}

static int read_resolved(struct reader *r, const json_t *o, struct doc_drift *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "resolved", &array))
		return -1;
	d->resolveds = (uint32_t)json_array_size(array);
	d->resolved = arena_array(r->arena, (size_t)d->resolveds + 1, sizeof *d->resolved);
	reader_enter(r, "resolved");
	for (uint32_t i = 0; i < d->resolveds; i++) {
		struct drift_resolved *to = &d->resolved[i];

		if (element_object(r, array, i, &e) ||
		    field_text_or_null(r, e, "address", &to->address) ||
		    field_text_or_null(r, e, "attribute", &to->attribute) ||
		    field_text_or_null(r, e, "element", &to->element) ||
		    read_time(r, e, "first_seen", &to->first_us) || read_kind(r, e, &to->kind) ||
		    read_hex(r, e, "name", false, &to->name) ||
		    read_time(r, e, "resolved", &to->resolved_us))
			return -1;
	}
	reader_leave(r);
	return 0;
}

static int read_repair(struct reader *r, const json_t *o, int64_t *out)
{
	uint32_t n;

	*out = -1;
	if (json_is_null(json_object_get(o, "repair_seconds")))
		return 0;
	if (field_count(r, o, "repair_seconds", &n))
		return -1;
	*out = n;
	return 0;
}

static int read_trend(struct reader *r, const json_t *o, struct doc_drift *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "trend", &array))
		return -1;
	d->points = (uint32_t)json_array_size(array);
	d->point = arena_array(r->arena, (size_t)d->points + 1, sizeof *d->point);
	reader_enter(r, "trend");
	for (uint32_t i = 0; i < d->points; i++) {
		struct drift_point *p = &d->point[i];

		if (element_object(r, array, i, &e) || field_count(r, e, "fresh", &p->fresh) ||
		    read_time(r, e, "oldest", &p->oldest_us) ||
		    field_count(r, e, "open", &p->open) || read_repair(r, e, &p->repair_s) ||
		    field_count(r, e, "resolved", &p->resolved) ||
		    read_time(r, e, "time", &p->time_us))
			return -1;
	}
	reader_leave(r);
	return 0;
}

static int read_passed(struct reader *r, const json_t *o, struct doc_drift *d)
{
	const json_t *array, *v;
	const char **passed;
	size_t n;

	if (json_is_null(json_object_get(o, "passed")))
		return 0;
	if (field_array(r, o, "passed", &array))
		return -1;
	n = json_array_size(array);
	passed = arena_array(r->arena, n + 1, sizeof *passed);
	for (size_t i = 0; i < n; i++) {
		v = json_array_get(array, i);
		if (!json_is_string(v))
			return reader_fail(r, "passed", "must hold text");
		passed[i] = arena_memdup0(r->arena, json_string_value(v), json_string_length(v));
	}
	d->passed = passed;
	return 0;
}

int doc_read_drift(struct reader *r, const json_t *doc, struct plan_doc *d)
{
	struct doc_drift *drift;
	const json_t *o;

	if (!json_object_get(doc, "drift"))
		return 0;
	drift = arena_alloc(r->arena, sizeof *drift);
	if (field_object(r, doc, "drift", false, &o))
		return -1;
	reader_enter(r, "drift");
	if (read_causes(r, o, drift) || field_bool(r, o, "history", &drift->history) ||
	    read_items(r, o, d, drift) || causes_check(r, drift) ||
	    field_count(r, o, "own_calls", &drift->own) || read_passed(r, o, drift) ||
	    read_resolved(r, o, drift) || read_time(r, o, "since", &drift->since_us) ||
	    field_text_or_null(r, o, "trail_unread", &drift->trail_unread) ||
	    read_trend(r, o, drift))
		return -1;
	reader_leave(r);
	d->drift = drift;
	return 0;
}
