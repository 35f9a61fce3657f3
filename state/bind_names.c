/* What a former configuration and head call differently: `previously`, accounts told by id or
 * e-mail, and everything that stands in what was renamed. */
#include "state/bind_priv.h"

#include <stdlib.h>
#include <string.h>

/* More renames that hang on one another than this are refused: a bound for the recursion. */
#define CHAIN_MAX 64

enum met_state { MET_NEW, MET_OPEN, MET_DONE };

/* Which former resource a head resource is. */
struct met {
	const struct resource *head, *old;
	const struct resource *claim; /* while open: what it will be if its holder lets go */
	const struct text *was;       /* its former address, had it not been renamed itself */
	uint8_t state;
	bool renamed, refused;
};

struct names {
	struct arena *arena;
	const struct side *old, *head;
	struct diagnostics *diag;
	struct map *met;   /* head address -> struct met */
	struct map *taker; /* former address -> head resource whose `previously` names it */
	struct map *owner; /* old address -> struct met that it is bound to */
	struct map *lower; /* old address in lower case -> old, where AWS sees no case in names */
};

static struct met *met_resolve(struct names *, const struct resource *, unsigned depth);

static struct met *met_of(const struct names *n, const struct text *address)
{
	return address == NULL ? NULL : map_get(n->met, address->s);
}

static bool ids_contradict(const struct resource *a, const struct resource *b)
{
	return a->id != NULL && b->id != NULL && !text_eq(a->id, b->id);
}

/* The former address of the thing that head calls `container`. */
static const struct text *container_was(struct names *n, const struct text *container,
					unsigned depth)
{
	const struct resource *head = side_find(n->head, container);
	const struct met *met;

	if (head == NULL)
		return container;
	met = met_resolve(n, head, depth + 1);
	if (met->old != NULL)
		return met->old->address;
	return met->was == NULL ? container : met->was;
}

/* An address in terms of head, as the former configuration wrote it. */
static const struct text *address_was(struct names *n, uint16_t kind, const struct text *address,
				      unsigned depth)
{
	const struct text *container = address_container(n->arena, kind, address), *was;

	if (container == NULL)
		return address;
	was = container_was(n, container, depth);
	return text_eq(was, container) ? address : address_into(n->arena, kind, address, was);
}

/* What `previously` names: as the former configuration wrote it, or with the containers of today.
 */
static const struct resource *former_find(struct names *n, const struct resource *head,
					  const struct text *name, unsigned depth)
{
	const struct resource *found = side_find(n->old, name);
	const struct text *was = address_was(n, head->kind, name, depth);
	const struct resource *translated = side_find(n->old, was);

	/* In an account the name is always given with the account of today. */
	if (translated != NULL && (found == NULL || kinds[head->kind]->address != ADDRESS_PATH))
		found = translated;
	if (found == NULL || found->kind != head->kind || map_get(n->owner, found->address->s))
		return NULL;
	return ids_contradict(head, found) ? NULL : found;
}

static void cycle_refuse(struct names *n, struct met *met, struct met *other)
{
	met->refused = other->refused = true;
	if (n->diag != NULL)
		diagnose(n->diag, met->head->where,
			 "%s and %s exchange their names: rename one to a third name first, and to "
			 "its new name in a second merge",
			 met->head->address->s, other->head->address->s);
}

/* Whether another declaration takes over what stands at our own former address. */
static bool own_is_taken(struct names *n, struct met *met, const struct resource *own,
			 unsigned depth)
{
	const struct resource *taker = map_get(n->taker, own->address->s);
	struct met *other;

	if (taker == NULL || taker == met->head)
		return false;
	other = met_resolve(n, taker, depth + 1);
	if (other->state == MET_DONE)
		return other->old == own;
	if (other->claim == own)
		return true;
	if (other->state == MET_OPEN)
		cycle_refuse(n, met, other);
	return false;
}

/* Whether head's declaration of the same name lets go of it. */
static bool holder_leaves(struct names *n, struct met *met, const struct resource *former,
			  unsigned depth)
{
	const struct resource *holder = side_find(n->head, former->address);
	const struct met *other;

	if (holder == NULL || holder == met->head)
		return true;
	other = met_resolve(n, holder, depth + 1);
	if (other->state == MET_OPEN)
		return holder->previously != NULL;
	return other->old != former;
}

static void met_rename(struct names *n, struct met *met, unsigned depth)
{
	for (const struct text **name = met->head->previously; name != NULL && *name != NULL;
	     name++) {
		const struct resource *former = former_find(n, met->head, *name, depth);

		if (former == NULL)
			continue;
		met->claim = former;
		if (holder_leaves(n, met, former, depth) && met->claim == former) {
			met->old = former;
			met->renamed = true;
			return;
		}
		met->claim = NULL;
	}
}

/* Nowhere else to go: what stands at our address is ours after all. */
static void met_keep(struct names *n, struct met *met, const struct resource *own)
{
	const struct resource *taker = map_get(n->taker, own->address->s);
	struct met *other = taker == NULL ? NULL : met_of(n, taker->address);

	if (other != NULL && other != met) {
		if (other->old == own) {
			other->old = NULL;
			other->renamed = false;
		}
		if (other->claim == own)
			other->claim = NULL;
	}
	met->old = own;
}

static const struct resource *met_own(struct names *n, const struct met *met)
{
	const struct resource *own = side_find(n->old, met->was);

	if (own == NULL || own->kind != met->head->kind || map_get(n->owner, own->address->s))
		return NULL;
	return met->head->kind == KIND_ACCOUNT && ids_contradict(met->head, own) ? NULL : own;
}

/* The caller frees it. */
static char *name_lower(const struct text *address)
{
	char *key = xasprintf("%s", address->s);

	for (char *p = strrchr(key, '/'); p != NULL && *p != '\0'; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
	return key;
}

/* What differs in the case of its name only, where that is no difference. */
static const struct resource *met_nocase(struct names *n, const struct met *met)
{
	const struct resource *own;
	auto_free char *key = NULL;

	if (!(kinds[met->head->kind]->flags & KIND_NOCASE))
		return NULL;
	key = name_lower(met->was);
	own = map_get(n->lower, key);
	if (own == NULL || map_get(n->owner, own->address->s) != NULL ||
	    map_get(n->taker, own->address->s) != NULL)
		return NULL;
	return own;
}

static struct met *met_resolve(struct names *n, const struct resource *head, unsigned depth)
{
	struct met *met = met_of(n, head->address);
	const struct resource *own;

	if (met == NULL || met->state != MET_NEW)
		return met;
	if (depth > CHAIN_MAX) {
		met->refused = true;
		met->state = MET_DONE;
		if (n->diag != NULL)
			diagnose(n->diag, head->where,
				 "more than %d renames hang on one another here: merge them in "
				 "several steps",
				 CHAIN_MAX);
		return met;
	}
	met->state = MET_OPEN;
	met->was = address_was(n, head->kind, head->address, depth);
	own = met_own(n, met);
	if (own != NULL && !own_is_taken(n, met, own, depth))
		met->old = own;
	else
		met_rename(n, met, depth);
	if (met->old == NULL && own != NULL)
		met_keep(n, met, own);
	if (met->old == NULL && own == NULL)
		met->old = met_nocase(n, met);
	met->state = MET_DONE;
	return met;
}

static bool previously_has(const struct resource *head, const struct text *name)
{
	for (const struct text **p = head->previously; p != NULL && *p != NULL; p++) {
		if (text_eq(*p, name))
			return true;
	}
	return false;
}

static char *email_key(const struct resource *account)
{
	const struct value *email = &account->v[ACCOUNT_EMAIL];
	char *key;

	if (email->state != VALUE_TEXT)
		return NULL;
	key = xasprintf("@%s", email->u.text->s);
	for (char *p = key; *p != '\0'; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
	return key;
}

static void account_meet(struct names *n, struct met *met, const struct resource *old)
{
	if (old == NULL || met->state == MET_DONE || ids_contradict(met->head, old) ||
	    map_get(n->owner, old->address->s) != NULL)
		return;
	met->old = old;
	met->was = old->address;
	met->renamed =
	    !text_eq(old->address, met->head->address) && previously_has(met->head, old->address);
	met->state = MET_DONE;
	map_put(n->owner, old->address->s, met);
}

/* By pinned id, else by e-mail: these tell an account before its name does. */
static void accounts_meet(struct names *n, struct met *mets, size_t count)
{
	auto_map *by_email = map_new();

	for (size_t i = 0; i < n->old->all.n; i++) {
		struct resource *old = n->old->all.at[i];
		auto_free char *key = old->kind == KIND_ACCOUNT ? email_key(old) : NULL;

		if (key != NULL && map_get(by_email, key) == NULL)
			map_put(by_email, key, old);
	}
	for (size_t i = 0; i < count; i++) {
		if (mets[i].head->kind == KIND_ACCOUNT && mets[i].head->id != NULL)
			account_meet(n, &mets[i],
				     side_by_id(n->old, KIND_ACCOUNT, mets[i].head->id));
	}
	for (size_t i = 0; i < count; i++) {
		auto_free char *key =
		    mets[i].head->kind == KIND_ACCOUNT ? email_key(mets[i].head) : NULL;

		if (key != NULL)
			account_meet(n, &mets[i], map_get(by_email, key));
	}
}

static void taker_note(struct names *n, const struct resource *head)
{
	for (const struct text **name = head->previously; name != NULL && *name != NULL; name++) {
		const struct resource *former = former_find(n, head, *name, 0);

		if (former != NULL && map_get(n->taker, former->address->s) == NULL)
			map_put(n->taker, former->address->s, (void *)head);
	}
}

/* Accounts and units first: the former names of all else are told through them. */
static void all_meet(struct names *n, struct met *mets, size_t count)
{
	static const enum address_rule order[] = {ADDRESS_SINGLE, ADDRESS_NAME, ADDRESS_PATH,
						  ADDRESS_ACCOUNT, ADDRESS_PAIR};

	for (size_t o = 0; o < sizeof(order) / sizeof(*order); o++) {
		/* While takers are noted nothing of this rule may be resolved yet. */
		for (size_t i = 0; i < count; i++) {
			if (kinds[mets[i].head->kind]->address == order[o] &&
			    order[o] != ADDRESS_PATH)
				taker_note(n, mets[i].head);
			else if (kinds[mets[i].head->kind]->address == order[o])
				for (const struct text **p = mets[i].head->previously;
				     p != NULL && *p != NULL; p++)
					if (map_get(n->taker, (*p)->s) == NULL)
						map_put(n->taker, (*p)->s, (void *)mets[i].head);
		}
		for (size_t i = 0; i < count; i++) {
			if (kinds[mets[i].head->kind]->address == order[o])
				met_resolve(n, mets[i].head, 0);
		}
	}
}

/* One former resource has one heir. */
static void owners_settle(struct names *n, struct met *mets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct met *met = &mets[i], *first;

		if (met->old == NULL)
			continue;
		first = map_get(n->owner, met->old->address->s);
		if (first == NULL) {
			map_put(n->owner, met->old->address->s, met);
		} else if (first != met) {
			met->refused = true;
			met->old = NULL;
			met->renamed = false;
			if (n->diag != NULL)
				diagnose(n->diag, met->head->where,
					 "`previously` of %s names what %s was before",
					 met->head->address->s, first->head->address->s);
		}
	}
}

static void inert_warn(struct names *n, const struct met *met)
{
	if (met->head->previously == NULL || met->head->previously[0] == NULL || met->renamed ||
	    met->refused)
		return;
	if (met->old != NULL)
		diagnose_warning(n->diag, met->head->where,
				 "`previously` has no effect: %s had this name in the last applied "
				 "commit; remove the line",
				 met->head->address->s);
	else
		diagnose_warning(n->diag, met->head->where,
				 "`previously` has no effect: the last applied commit does not "
				 "declare %s, or it is still declared",
				 met->head->previously[0]->s);
}

/* The final address of a former resource that head does not declare. */
static const struct text *orphan_address(struct names *n, const struct map *final,
					 const struct resource *old)
{
	const struct text *address = old->address;
	const struct text *container = address_container(n->arena, old->kind, address), *moved;

	moved = container == NULL ? NULL : map_get(final, container->s);
	if (moved != NULL)
		address = address_into(n->arena, old->kind, address, moved);
	if (side_find(n->head, address) != NULL)
		address = text_printf(n->arena, "%s~%s", address->s,
				      old->id == NULL ? "old" : old->id->s);
	return address;
}

/* Sorted by address, so accounts come before what stands in them and units before those below. */
static struct map *final_map(struct names *n)
{
	struct map *final = map_new();

	for (size_t i = 0; i < n->old->all.n; i++) {
		const struct resource *old = n->old->all.at[i];
		const struct met *met;
		const struct text *address;

		if (kind_is_edge(old->kind))
			continue;
		met = map_get(n->owner, old->address->s);
		address = met != NULL && met->old == old ? met->head->address
							 : orphan_address(n, final, old);
		if (!text_eq(address, old->address))
			map_put(final, old->address->s, (void *)address);
	}
	return final;
}

struct map *names_map(struct arena *arena, const struct side *old, const struct side *head,
		      struct map *renamed, struct diagnostics *diag)
{
	auto_map *met = map_new(), *taker = map_new(), *owner = map_new(), *lower = map_new();
	struct names n = {arena, old, head, diag, met, taker, owner, lower};
	auto_free struct met *mets = xcalloc(head->all.n + 1, sizeof(*mets));
	size_t count = 0;

	/* Edges have no names: they follow what they join. */
	for (size_t i = 0; i < head->all.n; i++) {
		if (kind_is_edge(head->all.at[i]->kind))
			continue;
		mets[count].head = head->all.at[i];
		map_put(met, mets[count].head->address->s, &mets[count]);
		count++;
	}
	for (size_t i = 0; i < old->all.n; i++) {
		auto_free char *key = NULL;

		if (!(kinds[old->all.at[i]->kind]->flags & KIND_NOCASE))
			continue;
		key = name_lower(old->all.at[i]->address);
		map_put(lower, key, old->all.at[i]);
	}
	accounts_meet(&n, mets, count);
	all_meet(&n, mets, count);
	owners_settle(&n, mets, count);
	for (size_t i = 0; i < count; i++) {
		if (mets[i].renamed && renamed != NULL)
			map_put(renamed, mets[i].head->address->s, (void *)mets[i].head);
		if (diag != NULL)
			inert_warn(&n, &mets[i]);
	}
	return final_map(&n);
}
