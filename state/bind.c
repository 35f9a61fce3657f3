/* Binding: rows of what base, target, head and live call the same thing. */
#include "state/bind_priv.h"

#include <stdlib.h>
#include <string.h>

struct slot *binder_slot(const struct binder *b, const struct text *address)
{
	return address == NULL ? NULL : map_get(b->slot_at, address->s);
}

struct slot *binder_slot_for(struct binder *b, const struct text *address)
{
	struct slot *slot = binder_slot(b, address);

	if (slot != NULL)
		return slot;
	slot = arena_alloc(b->arena, sizeof(*slot));
	slot->row.address = address;
	map_put_lasting(b->slot_at, address->s, slot);
	vec_push(&b->slots, slot);
	return slot;
}

const struct resource *slot_former(const struct slot *slot)
{
	if (slot->row.base != NULL)
		return slot->row.base;
	return slot->row.leftover != NULL ? slot->row.leftover : slot->row.target;
}

/* Brings a former configuration to head's names. */
static void side_rename(struct binder *b, struct side *old, struct map *renamed, bool speak)
{
	auto_map *names = NULL;

	if (old == NULL)
		return;
	names = names_map(b->arena, old, b->sides->head, renamed, speak ? b->diag : NULL);
	side_rewrite(old, names, false);
}

/* What an unfinished apply renamed is what base has under the former name. */
static void leftover_rename(struct binder *b, const struct side *base, struct side *leftover)
{
	auto_map *names = NULL, *back = map_new();

	if (base == NULL || leftover == NULL)
		return;
	names = names_map(b->arena, base, leftover, NULL, NULL);
	for (size_t i = 0; i < base->all.n; i++) {
		const struct text *address = base->all.at[i]->address;
		const struct text *then = map_get(names, address->s);

		if (then != NULL && side_find(leftover, address) == NULL)
			map_put(back, then->s, (void *)address);
	}
	side_rewrite(leftover, back, false);
}

static void slot_leftover(struct slot *slot, const struct resource *leftover)
{
	const struct value *name = &leftover->v[0];

	if (slot->row.base == NULL && slot->row.head == NULL)
		slot->row.leftover = leftover;
	else if (slot->row.base != NULL && kinds[leftover->kind]->address != ADDRESS_SINGLE &&
		 !value_eq(*name, slot->row.base->v[0]) &&
		 (slot->row.head == NULL || !value_eq(*name, slot->row.head->v[0])))
		slot->alias = leftover;
}

static void slots_declared(struct binder *b, const struct map *renamed)
{
	const struct sides *s = b->sides;

	for (size_t i = 0; i < s->head->all.n; i++) {
		const struct resource *r = s->head->all.at[i];
		struct slot *slot = binder_slot_for(b, r->address);

		slot->row.head = r;
		slot->row.renamed = map_get(renamed, r->address->s) != NULL;
	}
	for (size_t i = 0; s->base != NULL && i < s->base->all.n; i++)
		binder_slot_for(b, s->base->all.at[i]->address)->row.base = s->base->all.at[i];
	for (size_t i = 0; s->target != NULL && i < s->target->all.n; i++)
		binder_slot_for(b, s->target->all.at[i]->address)->row.target =
		    s->target->all.at[i];
	for (size_t i = 0; s->leftover != NULL && i < s->leftover->all.n; i++) {
		const struct resource *r = s->leftover->all.at[i];

		slot_leftover(binder_slot_for(b, r->address), r);
	}
}

static uint16_t row_kind(const struct row *row)
{
	const struct resource *any = row->head     ? row->head
				     : row->base   ? row->base
				     : row->live   ? row->live
				     : row->target ? row->target
						   : row->leftover;

	return any->kind;
}

static int slot_cmp(const void *pa, const void *pb)
{
	const struct row *a = &(*(struct slot *const *)pa)->row;
	const struct row *b = &(*(struct slot *const *)pb)->row;
	uint16_t ka = row_kind(a), kb = row_kind(b);

	if (ka != kb)
		return ka < kb ? -1 : 1;
	return text_cmp(a->address, b->address);
}

/* A slot that neither configuration nor AWS fills any more is left out. */
static bool slot_is_empty(const struct slot *slot)
{
	const struct row *row = &slot->row;

	return !row->head && !row->base && !row->live && !row->target && !row->leftover;
}

static struct bound *bound_make(struct binder *b)
{
	struct bound *bound = arena_alloc(b->arena, sizeof(*bound));
	size_t n = 0;

	for (size_t i = 0; i < b->slots.n; i++) {
		if (!slot_is_empty(b->slots.at[i]))
			b->slots.at[n++] = b->slots.at[i];
	}
	if (n > 0)
		qsort(b->slots.at, n, sizeof(*b->slots.at), slot_cmp);
	bound->row = xcalloc(n + 1, sizeof(*bound->row));
	bound->rows = n;
	bound->by_address = map_new();
	bound->final = b->final;
	bound->has_base = b->sides->base != NULL;
	bound->has_target = b->sides->target != NULL;
	for (size_t i = 0; i < n; i++) {
		bound->row[i] = b->slots.at[i]->row;
		map_put_lasting(bound->by_address, bound->row[i].address->s, &bound->row[i]);
	}
	return bound;
}

/* Binds the sides; free with bound_free(). Errors are in diagnostics, the rows are usable anyhow.
 */
struct bound *bind_sides(struct arena *arena, struct sides *sides, struct diagnostics *diag)
{
	auto_map *slot_at = map_new(), *renamed = map_new();
	struct sides own = *sides;
	struct binder b = {
	    .arena = arena, .sides = &own, .diag = diag, .slot_at = slot_at, .final = map_new()};
	struct bound *bound;

	if (own.target == own.base)
		own.target = NULL;
	if (own.leftover == own.base || own.leftover == own.target)
		own.leftover = NULL;
	leftover_rename(&b, own.base, own.leftover);
	side_rename(&b, own.base, renamed, true);
	side_rename(&b, own.target, NULL, false);
	side_rename(&b, own.leftover, NULL, false);
	slots_declared(&b, renamed);
	bind_live(&b);
	bound = bound_make(&b);
	free(b.slots.at);
	return bound;
}

/* Frees rows and maps; resources live in their arenas. NULL is accepted. */
void bound_free(struct bound *bound)
{
	if (bound == NULL)
		return;
	free(bound->row);
	map_free(bound->by_address);
	map_free(bound->final);
	memset(bound, 0, sizeof(*bound));
}

/* The row of this final address, or NULL. */
const struct row *bound_find(const struct bound *bound, const struct text *address)
{
	return address == NULL ? NULL : map_get(bound->by_address, address->s);
}

/* The first scope of this reading that would show such a resource and was not read whole; NULL: all
 * were. `account_id` is for kinds that stand in accounts. The name lives in the arena. */
static const char *first_unread(struct arena *arena, const struct side *live, uint16_t kind,
				const char *const *scope, const char *account_id)
{
	/* Who is told that there is no organization knows all of it. */
	if (live->world.no_organization && kind <= KIND_DELEGATED_ADMINISTRATOR)
		return NULL;
	for (; scope != NULL && *scope != NULL; scope++) {
		const char *mark = strstr(*scope, "%s");
		char *name = mark == NULL
				 ? arena_strdup(arena, *scope)
				 : arena_printf(arena, "%.*s%s%s", (int)(mark - *scope), *scope,
						account_id == NULL ? "?" : account_id, mark + 2);

		if (side_scope_state(live, name) != SCOPE_WHOLE)
			return name;
	}
	return NULL;
}

const char *scope_unread(struct arena *arena, const struct side *live, uint16_t kind,
			 const char *account_id)
{
	return first_unread(arena, live, kind, kinds[kind]->scopes, account_id);
}

const char *scope_unread_held(struct arena *arena, const struct side *live, uint16_t kind,
			      const char *account_id)
{
	const char *own = scope_unread(arena, live, kind, account_id);

	return own ? own : first_unread(arena, live, kind, kinds[kind]->holds, account_id);
}
