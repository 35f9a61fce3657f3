/* Some differences of a report as a document of their own. */
#include "reconciler/report_drift.h"

#include <string.h>

/* Elements and items come in the same order, so the search begins at the next one. */
static const struct doc_element *element_find(const struct doc_element *e, uint32_t n,
					      uint32_t next, const char *key)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct doc_element *at = &e[((size_t)next + i) % n];

		if (strcmp(at->key, key) == 0)
			return at;
	}
	return NULL;
}

static bool element_add(const struct doc_element *from, uint32_t n, const char *key,
			struct doc_element *to, uint32_t *count)
{
	const struct doc_element *e = element_find(from, n, *count, key);

	if (!e || *count >= n)
		return e != NULL;
	to[(*count)++] = *e;
	return true;
}

/* The attribute as far as it is shown; begun without elements. */
static struct doc_attribute *attribute_begin(struct arena *arena, struct doc_change *to,
					     const struct doc_attribute *from)
{
	struct doc_attribute *a;

	for (uint32_t i = 0; i < to->attributes; i++)
		if (strcmp(to->attribute[i].name, from->name) == 0)
			return &to->attribute[i];
	a = &to->attribute[to->attributes++];
	*a = *from;
	a->added = arena_array(arena, (size_t)from->added_n + 1, sizeof *a->added);
	a->removed = arena_array(arena, (size_t)from->removed_n + 1, sizeof *a->removed);
	a->changed = arena_array(arena, (size_t)from->changed_n + 1, sizeof *a->changed);
	a->added_n = a->removed_n = a->changed_n = 0;
	return a;
}

/* False: there is no such attribute or element. */
static bool item_add(struct arena *arena, struct doc_change *to, const struct doc_change *from,
		     const struct drift_item *item)
{
	struct doc_attribute *a;

	for (uint32_t i = 0; i < from->attributes; i++) {
		const struct doc_attribute *f = &from->attribute[i];

		if (strcmp(f->name, item->attribute) != 0)
			continue;
		a = attribute_begin(arena, to, f);
		if (!item->element || !f->is_set) {
			*a = *f;
			return true;
		}
		return element_add(f->added, f->added_n, item->element, a->added, &a->added_n) ||
		       element_add(f->removed, f->removed_n, item->element, a->removed,
				   &a->removed_n) ||
		       element_add(f->changed, f->changed_n, item->element, a->changed,
				   &a->changed_n);
	}
	return false;
}

/* The change's place in the excerpt, begun with what of it was not read. */
static uint32_t change_begin(struct drift_view *v, struct drift_excerpt *e, uint32_t change)
{
	const struct doc_change *from = &v->d->change[change];
	struct doc_change *to = &e->doc.change[e->doc.changes];

	if (v->stamp[change] == v->stamps)
		return v->slot[change];
	v->stamp[change] = v->stamps;
	v->slot[change] = (uint32_t)e->doc.changes++;
	*to = *from;
	to->attribute = arena_array(e->arena, (size_t)from->attributes + 1, sizeof *to->attribute);
	to->attributes = 0;
	for (uint32_t i = 0; i < from->attributes; i++)
		if (from->attribute[i].blocked)
			to->attribute[to->attributes++] = from->attribute[i];
	return v->slot[change];
}

static bool item_show(struct drift_view *v, struct drift_excerpt *e, const struct drift_item *item)
{
	const struct doc_change *from;
	uint32_t slot;

	if (item->change >= v->d->changes || item->kind == ITEM_UNMANAGED)
		return false;
	from = &v->d->change[item->change];
	slot = change_begin(v, e, item->change);
	if (!item->attribute)
		e->doc.change[slot] = *from;
	else if (!item_add(e->arena, &e->doc.change[slot], from, item))
		return false;
	e->items[slot]++;
	if (item->event && (!e->event[slot] || e->event[slot]->time_us < item->event->time_us))
		e->event[slot] = item->event;
	return true;
}

void drift_excerpt_make(struct drift_view *v, const struct drift_batch *batch,
			struct drift_excerpt *e)
{
	bool several = batch->cause && batch->cause->events > 1;

	*e = (struct drift_excerpt){.arena = arena_new(), .doc = *v->d};
	v->stamps++;
	e->doc.changes = 0;
	e->doc.change = arena_array(e->arena, batch->items + 1, sizeof *e->doc.change);
	e->event = arena_array(e->arena, batch->items + 1, sizeof *e->event);
	e->items = arena_array(e->arena, batch->items + 1, sizeof *e->items);
	e->line = arena_array(e->arena, batch->items + 1, sizeof *e->line);
	for (size_t i = 0; i < batch->items; i++) {
		const struct drift_item *item = &v->d->drift->item[batch->item[i]];

		if (!item_show(v, e, item))
			e->line[e->lines++] = item;
	}
	if (!several)
		memset(e->event, 0, (batch->items + 1) * sizeof *e->event);
	alike_read(&e->doc, &e->alike);
}

void drift_excerpt_end(struct drift_excerpt *e)
{
	alike_free(&e->alike);
	arena_free(e->arena);
}
