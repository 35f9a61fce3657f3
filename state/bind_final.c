/* Final addresses of live resources: the row's, or the natural one, made unique by the id. */
#include "state/bind_priv.h"

#include <stdlib.h>
#include <string.h>

/* Of what a natural address depends on comes first: accounts and policies, units from the top, then
 * what stands in accounts. */
static uint32_t seen_rank(const struct seen *seen)
{
	switch (kinds[seen->live->kind]->address) {
	case ADDRESS_SINGLE:
	case ADDRESS_NAME:
		return 0;
	case ADDRESS_PATH:
		return seen->depth == UNIT_LOST ? UNIT_LOST - 1 : seen->depth;
	case ADDRESS_ACCOUNT:
	case ADDRESS_PAIR:
	case ADDRESS_EDGE:
		break;
	}
	return UNIT_LOST;
}

static int seen_cmp_rank(const void *pa, const void *pb)
{
	const struct seen *a = *(struct seen *const *)pa, *b = *(struct seen *const *)pb;
	uint32_t ra = seen_rank(a), rb = seen_rank(b);

	if (ra != rb)
		return ra < rb ? -1 : 1;
	return text_cmp(a->raw, b->raw);
}

static bool seen_has_row(const struct seen *seen)
{
	return seen->slot != NULL && seen->slot->row.live == seen->live;
}

static const struct text *seen_natural(struct binder *b, const struct seen *seen)
{
	const struct text *container = live_container(seen->live);

	if (container != NULL)
		container = ref_final(b->arena, b->final, container);
	return address_natural(b->arena, seen->live, container);
}

static const struct text *seen_unique(struct binder *b, const struct seen *seen,
				      const struct text *natural, const struct map *count)
{
	const uint32_t *same = map_get(count, natural->s);

	if (*same == 1 && binder_slot(b, natural) == NULL)
		return natural;
	return text_printf(b->arena, "%s~%s", natural->s,
			   seen->live->id != NULL ? seen->live->id->s : seen->raw->s);
}

static void natural_count(struct binder *b, struct map *count, const struct text *natural)
{
	uint32_t *same = map_get(count, natural->s);

	if (same == NULL) {
		same = arena_alloc(b->arena, sizeof(*same));
		map_put(count, natural->s, same);
	}
	(*same)++;
}

/* One rank: nothing in it stands in anything else of it. */
static void rank_name(struct binder *b, struct seen *const *seen, size_t n)
{
	auto_map *count = map_new();
	auto_free const struct text **natural = xcalloc(n + 1, sizeof(struct text *));

	for (size_t i = 0; i < n; i++) {
		if (seen_has_row(seen[i]))
			continue;
		natural[i] = seen_natural(b, seen[i]);
		natural_count(b, count, natural[i]);
	}
	for (size_t i = 0; i < n; i++) {
		const struct text *address = natural[i] == NULL
						 ? seen[i]->slot->row.address
						 : seen_unique(b, seen[i], natural[i], count);

		map_put(b->final, seen[i]->raw->s, (void *)address);
	}
	for (size_t i = 0; i < n; i++) {
		if (natural[i] != NULL &&
		    (seen[i]->slot == NULL || seen[i]->slot->row.leaving != seen[i]->live))
			binder_slot_for(b, map_get(b->final, seen[i]->raw->s))->row.live =
			    seen[i]->live;
	}
}

void name_live(struct binder *b, struct seen *seen, size_t n)
{
	auto_free struct seen **order = xcalloc(n + 1, sizeof(struct seen *));
	size_t end;

	for (size_t i = 0; i < n; i++)
		order[i] = &seen[i];
	if (n > 0)
		qsort(order, n, sizeof(*order), seen_cmp_rank);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && seen_rank(order[end]) == seen_rank(order[i]); end++)
			;
		rank_name(b, order + i, end - i);
	}
	side_rewrite(b->sides->live, b->final, true);
}

/* A probe that claims deeper units than this is not followed further. */
#define UNIT_PROBE_MAX 64

/* A probe: a few live resources read again, some of them made since. */
struct probe {
	struct arena *arena;
	const struct bound *bound;
	const struct map *made;
	const struct side *side;
	struct map *final; /* of this probe; holds what was asked for */
};

/* "kind/~ID" to "KIND ID". */
static const struct text *made_find(const struct probe *p, const struct text *raw)
{
	const char *tilde = strstr(raw->s, "/~");
	auto_free char *key = NULL;

	if (p->made == NULL || tilde == NULL)
		return NULL;
	key = xasprintf("%.*s %s", (int)(tilde - raw->s), raw->s, tilde + 2);
	return map_get(p->made, key);
}

static const struct text *made_by_id(const struct probe *p, const struct resource *live)
{
	auto_free char *key = NULL;

	if (p->made == NULL || live->id == NULL)
		return NULL;
	key = xasprintf("%s %s", kinds[live->kind]->name, live->id->s);
	return map_get(p->made, key);
}

static const struct text *probe_final(struct probe *p, const struct text *raw, unsigned depth)
{
	const struct text *found = map_get(p->final, raw->s), *container;
	const struct resource *live = side_find(p->side, raw);

	if (found == NULL)
		found = map_get(p->bound->final, raw->s);
	if (found == NULL)
		found = made_find(p, raw);
	if (found == NULL && live != NULL)
		found = made_by_id(p, live);
	if (found == NULL && live != NULL && depth < UNIT_PROBE_MAX) {
		container = live_container(live);
		if (container != NULL)
			container = probe_final(p, container, depth + 1);
		found = address_natural(p->arena, live, container);
	}
	if (found == NULL) {
		const char *slash = strrchr(raw->s, '/');

		/* Something in an account that is known: the account's raw address first. */
		if (slash != NULL && strchr(raw->s, '/') != slash && strstr(raw->s, "/~") != NULL) {
			const char *tilde = strstr(raw->s, "/~") + 1;
			const struct text *account =
			    text_printf(p->arena, "account/%.*s", (int)strcspn(tilde, "/"), tilde);

			probe_final(p, account, depth + 1);
		}
		return ref_final(p->arena, p->final, raw);
	}
	map_put(p->final, raw->s, (void *)found);
	return found;
}

static void probe_note(struct probe *p, const struct text *raw)
{
	map_put(p->final, raw->s, (void *)probe_final(p, raw, 0));
}

static void probe_refs(struct probe *p, const struct resource *live)
{
	const struct kind *kind = kinds[live->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct value *value = &live->v[i];

		if (kind->attr[i].type == ATTR_REF && value->state == VALUE_TEXT)
			probe_note(p, value->u.text);
		if (kind->attr[i].type != ATTR_REFS || value->state != VALUE_SET)
			continue;
		for (uint32_t j = 0; j < value->u.set->n; j++)
			probe_note(p, value->u.set->item[j].key);
	}
}

/* Rewrites a probe's side to final addresses; `made` is "KIND ID" -> final address, or NULL. */
void bind_probe(struct arena *arena, const struct bound *bound, const struct map *made,
		struct side *side)
{
	auto_map *final = map_new();
	struct probe p = {arena, bound, made, side, final};

	for (size_t i = 0; i < side->all.n; i++) {
		if (!kind_is_edge(side->all.at[i]->kind))
			probe_final(&p, side->all.at[i]->address, 0);
		if (side->all.at[i]->owner != NULL)
			probe_note(&p, side->all.at[i]->owner);
		probe_refs(&p, side->all.at[i]);
	}
	side_rewrite(side, final, true);
}
