/* Causes: what one session did is one entry, however much it touched. */
#include "reconciler/drift.h"

#include "base/map.h"
#include "reconciler/plan_doc.h"

#include <stdlib.h>
#include <string.h>

/* The order of items and of causes. */

static int texts_cmp(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int item_cmp(const struct drift_item *a, const struct drift_item *b)
{
	int order;

	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (a->fresh != b->fresh)
		return a->fresh ? -1 : 1;
	order = texts_cmp(a->address, b->address);
	order = order ? order : texts_cmp(a->attribute, b->attribute);
	order = order ? order : texts_cmp(a->element, b->element);
	return order ? order : texts_cmp(a->name, b->name);
}

static int cause_cmp(const struct drift_cause *a, const struct drift_cause *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (a->fresh != b->fresh)
		return a->fresh ? -1 : 1;
	if (a->last_us != b->last_us)
		return a->last_us > b->last_us ? -1 : 1;
	/* Items stand in their order, and each is in one cause. */
	if (a->items && b->items && a->item[0] != b->item[0])
		return a->item[0] < b->item[0] ? -1 : 1;
	return 0;
}

/* An entry and where it stood. */
struct placed {
	const void *what;
	uint32_t was;
};

static int placed_item_cmp(const void *pa, const void *pb)
{
	const struct placed *a = pa, *b = pb;
	int order = item_cmp(a->what, b->what);

	return order ? order : (a->was > b->was) - (a->was < b->was);
}

static int placed_cause_cmp(const void *pa, const void *pb)
{
	const struct placed *a = pa, *b = pb;
	int order = cause_cmp(a->what, b->what);

	return order ? order : (a->was > b->was) - (a->was < b->was);
}

static int index_cmp(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

static void items_sort(struct arena *arena, struct doc_drift *d)
{
	auto_free struct placed *order = xcalloc((size_t)d->items + 1, sizeof *order);
	auto_free uint32_t *now = xcalloc((size_t)d->items + 1, sizeof *now);
	struct drift_item *sorted = arena_array(arena, (size_t)d->items + 1, sizeof *sorted);

	for (uint32_t i = 0; i < d->items; i++)
		order[i] = (struct placed){&d->item[i], i};
	qsort(order, d->items, sizeof *order, placed_item_cmp);
	for (uint32_t i = 0; i < d->items; i++) {
		sorted[i] = d->item[order[i].was];
		now[order[i].was] = i;
	}
	for (uint32_t i = 0; i < d->causes; i++) {
		struct drift_cause *c = &d->cause[i];

		for (uint32_t k = 0; k < c->items; k++)
			c->item[k] = c->item[k] < d->items ? now[c->item[k]] : c->item[k];
		qsort(c->item, c->items, sizeof *c->item, index_cmp);
	}
	d->item = sorted;
}

static void cause_sum(const struct doc_drift *d, struct drift_cause *c)
{
	c->rank = DRIFT_RANK_PLAIN;
	c->fresh = false;
	for (uint32_t k = 0; k < c->items; k++) {
		const struct drift_item *item = &d->item[c->item[k]];

		c->rank = item->rank > c->rank ? item->rank : c->rank;
		c->fresh |= item->fresh;
	}
}

static void causes_sort(struct arena *arena, struct doc_drift *d)
{
	auto_free struct placed *order = xcalloc((size_t)d->causes + 1, sizeof *order);
	struct drift_cause *sorted = arena_array(arena, (size_t)d->causes + 1, sizeof *sorted);

	for (uint32_t i = 0; i < d->causes; i++) {
		cause_sum(d, &d->cause[i]);
		order[i] = (struct placed){&d->cause[i], i};
	}
	qsort(order, d->causes, sizeof *order, placed_cause_cmp);
	for (uint32_t i = 0; i < d->causes; i++) {
		sorted[i] = d->cause[order[i].was];
		for (uint32_t k = 0; k < sorted[i].items; k++)
			d->item[sorted[i].item[k]].cause = i;
	}
	d->cause = sorted;
}

void drift_sort(struct arena *arena, struct doc_drift *d)
{
	items_sort(arena, d);
	causes_sort(arena, d);
}

/* By what items are one cause. */

/* A session by its key or, where a service says none, by its principal's ARN, which has the
 * session's name in it; else the call alone; else the resource. What is no change of AWS's has no
 * cause. */
static char *item_group(const struct drift_item *item)
{
	const struct drift_event *e = item->event;

	if (e && e->principal && *e->principal)
		return xasprintf("s\n%s\n%s", e->principal, e->key ? e->key : "");
	if (e && e->key && *e->key)
		return xasprintf("k\n%s", e->key);
	if (e)
		return xasprintf("e\n%s", e->id ? e->id : "");
	if (item->kind == ITEM_UNREAD || item->kind == ITEM_RULE)
		return NULL;
	return xasprintf("r\n%s", item->address);
}

static const char *known(const char *s)
{
	return s && *s ? s : NULL;
}

static int event_cmp(const void *pa, const void *pb)
{
	const struct drift_event *a = pa, *b = pb;

	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	return texts_cmp(a->id, b->id);
}

/* Its events, each once and in order of time. */
static void cause_events(struct arena *arena, const struct doc_drift *d, struct drift_cause *c)
{
	uint32_t n = 0;

	c->event = arena_array(arena, (size_t)c->items + 1, sizeof *c->event);
	for (uint32_t k = 0; k < c->items; k++)
		if (d->item[c->item[k]].event)
			c->event[n++] = *d->item[c->item[k]].event;
	qsort(c->event, n, sizeof *c->event, event_cmp);
	for (uint32_t k = 0; k < n; k++)
		if (!c->events || event_cmp(&c->event[c->events - 1], &c->event[k]) != 0)
			c->event[c->events++] = c->event[k];
	if (!c->events)
		return;
	c->principal = known(c->event[0].principal);
	c->session = known(c->event[0].session);
	c->first_us = c->event[0].time_us;
	c->last_us = c->event[c->events - 1].time_us;
}

/* Each item points into its cause. */
static void items_point(struct doc_drift *d, const struct drift_cause *c)
{
	for (uint32_t k = 0; k < c->items; k++) {
		struct drift_item *item = &d->item[c->item[k]];

		if (item->event)
			item->event =
			    bsearch(item->event, c->event, c->events, sizeof *c->event, event_cmp);
	}
}

/* Which cause each item is of, by the first item of each; and how many items each has. */
static void causes_find(struct doc_drift *d, uint32_t *count)
{
	auto_map *groups = map_new();

	for (uint32_t i = 0; i < d->items; i++) {
		auto_free char *key = item_group(&d->item[i]);
		uint32_t *at = key ? map_get(groups, key) : NULL;

		d->item[i].cause = DRIFT_NONE;
		if (!key)
			continue;
		if (!at) {
			at = &count[d->causes++];
			map_put(groups, key, at);
		}
		d->item[i].cause = (uint32_t)(at - count);
		++*at;
	}
}

void drift_group(struct arena *arena, struct plan_doc *doc)
{
	struct doc_drift *d = doc->drift;
	auto_free uint32_t *count = xcalloc((size_t)d->items + 1, sizeof *count);

	d->causes = 0;
	drift_sort(arena, d);
	causes_find(d, count);
	d->cause = arena_array(arena, (size_t)d->causes + 1, sizeof *d->cause);
	for (uint32_t i = 0; i < d->causes; i++)
		d->cause[i].item = arena_array(arena, count[i], sizeof *d->cause[i].item);
	for (uint32_t i = 0; i < d->items; i++) {
		struct drift_cause *c =
		    d->item[i].cause == DRIFT_NONE ? NULL : &d->cause[d->item[i].cause];

		if (c)
			c->item[c->items++] = i;
	}
	for (uint32_t i = 0; i < d->causes; i++) {
		cause_events(arena, d, &d->cause[i]);
		items_point(d, &d->cause[i]);
	}
	drift_sort(arena, d);
}
