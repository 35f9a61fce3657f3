/* What a drift report says beside its changes, as JSON. */
#include "reconciler/doc_drift.h"

#include "base/env.h"

#include <string.h>

/* 0 is no time. */
static void write_time(struct json_out *j, const char *key, int64_t us)
{
	char text[TIME_RFC3339];

	time_rfc3339(us, text);
	out_key_string(j, key, us ? text : NULL);
}

static void write_index(struct json_out *j, const char *key, uint32_t index)
{
	out_key(j, key);
	if (index == DRIFT_NONE)
		out_null(j);
	else
		out_int(j, index);
}

/* The number of an item's event among its cause's, which may hold it or a copy. */
static uint32_t event_index(const struct drift_item *item, const struct doc_drift *d)
{
	const struct drift_cause *c;

	if (!item->event || item->cause == DRIFT_NONE)
		return DRIFT_NONE;
	c = &d->cause[item->cause];
	if ((uintptr_t)item->event >= (uintptr_t)c->event &&
	    (uintptr_t)item->event < (uintptr_t)(c->event + c->events))
		return (uint32_t)(item->event - c->event);
	for (uint32_t i = 0; i < c->events; i++)
		if (strcmp(c->event[i].id, item->event->id) == 0)
			return i;
	return DRIFT_NONE;
}

static void write_source(struct json_out *j, const struct drift_item *item)
{
	out_key(j, "source");
	if (!item->file) {
		out_null(j);
		return;
	}
	out_object(j);
	out_key_string(j, "file", item->file);
	out_key_int(j, "line", item->line);
	out_object_end(j);
}

static void write_item(struct json_out *j, const struct doc_drift *d, const struct drift_item *item)
{
	char sign[2] = {item->sign, '\0'};

	out_object(j);
	out_key_string(j, "address", item->address);
	out_key_string(j, "attribute", item->attribute);
	out_key_bool(j, "break_glass", item->break_glass);
	write_index(j, "cause", item->cause);
	write_index(j, "change", item->change);
	out_key_string(j, "element", item->element);
	write_index(j, "event", event_index(item, d));
	write_time(j, "first_seen", item->first_us);
	out_key_bool(j, "fresh", item->fresh);
	out_key_string(j, "id", item->resource_id);
	out_key_string(j, "kind", item_words[item->kind]);
	out_key_string(j, "live", item->live ? item->live : "");
	out_key_string(j, "name", item->name);
	out_key_string(j, "owner", item->owner);
	out_key_bool(j, "quiet", item->quiet);
	out_key_string(j, "rank", drift_rank_words[item->rank]);
	out_key_string(j, "scope", item->scope);
	out_key_string(j, "sign", *sign ? sign : NULL);
	write_source(j, item);
	out_key_string(j, "text", item->text);
	out_object_end(j);
}

static void write_event(struct json_out *j, const struct drift_event *e)
{
	out_object(j);
	out_key_string(j, "account", e->account);
	out_key_string(j, "address", e->address);
	out_key_string(j, "agent", e->agent);
	out_key_bool(j, "console", e->console);
	out_key_string(j, "id", e->id);
	out_key_string(j, "invoked_by", e->invoked_by);
	out_key_string(j, "key", e->key);
	out_key_string(j, "operation", e->call);
	out_key_string(j, "principal", e->principal);
	out_key_string(j, "region", e->region);
	out_key_string(j, "service", e->service);
	out_key_string(j, "session", e->session);
	write_time(j, "time", e->time_us);
	out_object_end(j);
}

static void write_cause(struct json_out *j, const struct drift_cause *c)
{
	out_object(j);
	out_key(j, "events");
	out_array(j);
	for (uint32_t i = 0; i < c->events; i++)
		write_event(j, &c->event[i]);
	out_array_end(j);
	write_time(j, "first", c->first_us);
	out_key_bool(j, "fresh", c->fresh);
	out_key(j, "items");
	out_array(j);
	for (uint32_t i = 0; i < c->items; i++)
		out_int(j, c->item[i]);
	out_array_end(j);
	write_time(j, "last", c->last_us);
	out_key_string(j, "principal", c->principal);
	out_key_string(j, "rank", drift_rank_words[c->rank]);
	out_key_string(j, "session", c->session);
	out_object_end(j);
}

static void write_resolved(struct json_out *j, const struct drift_resolved *r)
{
	out_object(j);
	out_key_string(j, "address", r->address);
	out_key_string(j, "attribute", r->attribute);
	out_key_string(j, "element", r->element);
	write_time(j, "first_seen", r->first_us);
	out_key_string(j, "kind", item_words[r->kind]);
	out_key_string(j, "name", r->name);
	write_time(j, "resolved", r->resolved_us);
	out_object_end(j);
}

static void write_point(struct json_out *j, const struct drift_point *p)
{
	out_object(j);
	out_key_int(j, "fresh", p->fresh);
	write_time(j, "oldest", p->oldest_us);
	out_key_int(j, "open", p->open);
	out_key(j, "repair_seconds");
	if (p->repair_s < 0)
		out_null(j);
	else
		out_int(j, p->repair_s);
	out_key_int(j, "resolved", p->resolved);
	write_time(j, "time", p->time_us);
	out_object_end(j);
}

static void write_passed(struct json_out *j, const char *const *passed)
{
	out_key(j, "passed");
	if (!passed) {
		out_null(j);
		return;
	}
	out_array(j);
	for (; *passed; passed++)
		out_string(j, *passed);
	out_array_end(j);
}

void doc_write_drift(struct json_out *j, const struct doc_drift *d)
{
	out_members(j);
	out_key(j, "causes");
	out_lines(j);
	for (uint32_t i = 0; i < d->causes; i++)
		write_cause(j, &d->cause[i]);
	out_array_end(j);
	out_key_bool(j, "history", d->history);
	out_key(j, "items");
	out_lines(j);
	for (uint32_t i = 0; i < d->items; i++)
		write_item(j, d, &d->item[i]);
	out_array_end(j);
	out_key_int(j, "own_calls", d->own);
	write_passed(j, d->passed);
	out_key(j, "resolved");
	out_lines(j);
	for (uint32_t i = 0; i < d->resolveds; i++)
		write_resolved(j, &d->resolved[i]);
	out_array_end(j);
	write_time(j, "since", d->since_us);
	out_key_string(j, "trail_unread", d->trail_unread);
	out_key(j, "trend");
	out_lines(j);
	for (uint32_t i = 0; i < d->points; i++)
		write_point(j, &d->point[i]);
	out_array_end(j);
	out_object_end(j);
}
