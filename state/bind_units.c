/* Live units, from the root down: a unit is known by the row of its parent and its name. */
#include "state/bind_priv.h"

#include <stdlib.h>
#include <string.h>

/* Organizations allows five levels; a reading that claims more is not followed. */
#define UNIT_LEVELS_MAX 64

struct units {
	struct binder *b;
	const struct map *seen_at;
	struct map *now, *before, *half; /* "PARENT ADDRESS\nNAME" -> slot */
	struct map *live;                /* "RAW PARENT\nNAME" -> seen */
};

static char *unit_key(const struct text *parent, const struct text *name)
{
	return xasprintf("%s\n%s", parent->s, name->s);
}

static const struct text *unit_parent(const struct resource *unit)
{
	return unit->v[UNIT_PARENT].state == VALUE_TEXT ? unit->v[UNIT_PARENT].u.text : NULL;
}

static void unit_put(struct map *map, const struct text *parent, const struct text *name,
		     struct slot *slot)
{
	auto_free char *key = unit_key(parent, name);

	if (map_get(map, key) == NULL)
		map_put(map, key, slot);
}

/* Half: the name of one and the place of the other, where both have changed. */
static void unit_index(struct units *u, struct slot *slot)
{
	struct arena *arena = u->b->arena;
	const struct resource *head = slot->row.head, *former = slot_former(slot);
	const struct text *now = head == NULL ? NULL : unit_parent(head);
	const struct text *before = former == NULL ? NULL : unit_parent(former);

	if (now != NULL)
		unit_put(u->now, now, resource_name(arena, head), slot);
	if (slot->pinned)
		return;
	if (before != NULL && (now == NULL || !text_eq(now, before) ||
			       !text_eq(resource_name(arena, head), resource_name(arena, former))))
		unit_put(u->before, before, resource_name(arena, former), slot);
	if (slot->alias != NULL && unit_parent(slot->alias) != NULL)
		unit_put(u->before, unit_parent(slot->alias), resource_name(arena, slot->alias),
			 slot);
	if (now != NULL && before != NULL) {
		unit_put(u->half, now, resource_name(arena, former), slot);
		unit_put(u->half, before, resource_name(arena, head), slot);
	}
}

static bool unit_live_in(const struct units *u, const struct text *raw_parent,
			 const struct text *name)
{
	auto_free char *key = unit_key(raw_parent, name);

	return map_get(u->live, key) != NULL;
}

/* Whether the unit stands at head's place under head's name already. */
static bool unit_exists_now(const struct units *u, const struct slot *slot)
{
	const struct resource *head = slot->row.head;
	const struct text *parent = head == NULL ? NULL : unit_parent(head), *name;
	const struct slot *above;

	if (parent == NULL)
		return false;
	name = resource_name(u->b->arena, head);
	if (text_is(parent, "root"))
		return unit_live_in(u, parent, name);
	above = binder_slot(u->b, parent);
	if (above == NULL)
		return false;
	return (above->fresh != NULL && unit_live_in(u, above->fresh->raw, name)) ||
	       (above->old != NULL && unit_live_in(u, above->old->raw, name));
}

static void unit_claim(struct units *u, struct seen *seen)
{
	const struct text *parent = unit_parent(seen->live);
	const struct seen *above;
	struct slot *now, *before, *half;
	auto_free char *key = NULL;

	if (parent == NULL)
		return;
	if (!text_is(parent, "root")) {
		above = map_get(u->seen_at, parent->s);
		if (above == NULL || above->slot == NULL)
			return;
		parent = above->slot->row.address;
	}
	key = unit_key(parent, resource_name(u->b->arena, seen->live));
	now = map_get(u->now, key);
	before = map_get(u->before, key);
	slot_claim(u->b, seen, now, before,
		   now != NULL && before != NULL && unit_exists_now(u, before));
	half = map_get(u->half, key);
	if (seen->slot == NULL && half != NULL && half->half == NULL) {
		half->half = seen;
		seen->slot = half;
	}
}

static uint32_t unit_depth(const struct map *seen_at, const struct seen *seen)
{
	const struct text *parent = unit_parent(seen->live);
	uint32_t depth = 1;

	while (parent != NULL && !text_is(parent, "root")) {
		const struct seen *above = map_get(seen_at, parent->s);

		if (above == NULL || ++depth > UNIT_LEVELS_MAX)
			return UNIT_LOST;
		parent = unit_parent(above->live);
	}
	return parent == NULL ? UNIT_LOST : depth;
}

static int seen_cmp_depth(const void *pa, const void *pb)
{
	const struct seen *a = *(struct seen *const *)pa, *b = *(struct seen *const *)pb;

	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return text_cmp(a->raw, b->raw);
}

void bind_units(struct binder *b, struct seen *seen, size_t n, const struct map *seen_at)
{
	auto_map *now = map_new(), *before = map_new(), *half = map_new(), *live = map_new();
	struct units u = {b, seen_at, now, before, half, live};
	auto_free struct seen **units = xcalloc(n + 1, sizeof(struct seen *));
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const struct text *parent;
		auto_free char *key = NULL;

		if (seen[i].live->kind != KIND_UNIT)
			continue;
		units[count++] = &seen[i];
		seen[i].depth = unit_depth(seen_at, &seen[i]);
		parent = unit_parent(seen[i].live);
		if (parent == NULL)
			continue;
		key = unit_key(parent, resource_name(b->arena, seen[i].live));
		map_put(live, key, &seen[i]);
	}
	for (size_t i = 0; i < b->slots.n; i++) {
		if (address_is(b->slots.at[i]->row.address, "unit"))
			unit_index(&u, b->slots.at[i]);
	}
	if (count > 0)
		qsort(units, count, sizeof(*units), seen_cmp_depth);
	for (size_t i = 0; i < count; i++)
		unit_claim(&u, units[i]);
}
