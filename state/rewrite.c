/* Addresses from one naming to another: what they stand in, and references that follow. */
#include "state/bind_priv.h"

#include <stdlib.h>
#include <string.h>

bool kind_is_edge(uint16_t kind)
{
	return kinds[kind]->address == ADDRESS_EDGE;
}

const struct text *resource_name(struct arena *arena, const struct resource *resource)
{
	/* An edge has no name of its own, and refers to its first attribute. */
	if (!kind_is_edge(resource->kind) && kinds[resource->kind]->attrs > 0 &&
	    resource->v[0].state == VALUE_TEXT)
		return resource->v[0].u.text;
	return resource->address == NULL ? text_str(arena, "")
					 : address_name(arena, resource->address);
}

/* The bytes of the encoded parts: the first, and the last. */
static const char *part_first(const struct text *address, size_t *len)
{
	const char *slash = strchr(address->s, '/');

	if (slash == NULL)
		return NULL;
	*len = strcspn(slash + 1, "/");
	return slash + 1;
}

static const char *part_last(const struct text *address)
{
	const char *slash = strrchr(address->s, '/');

	return slash == NULL ? NULL : slash + 1;
}

const struct text *address_container(struct arena *arena, uint16_t kind, const struct text *address)
{
	const char *first, *last = part_last(address);
	size_t len = 0;

	if (last == NULL)
		return NULL;
	first = part_first(address, &len);
	switch (kinds[kind]->address) {
	case ADDRESS_PATH:
		if (first == last)
			return NULL;
		return text_new(arena, address->s, (size_t)(last - 1 - address->s));
	case ADDRESS_ACCOUNT:
		return text_printf(arena, "account/%.*s", (int)len, first);
	case ADDRESS_PAIR:
		return text_printf(arena, "account/%s", last);
	case ADDRESS_SINGLE:
	case ADDRESS_NAME:
	case ADDRESS_EDGE:
		break;
	}
	return NULL;
}

const struct text *address_into(struct arena *arena, uint16_t kind, const struct text *address,
				const struct text *container)
{
	const char *first, *last = part_last(address);
	const char *inside = strchr(container->s, '/');
	size_t len = 0;

	if (last == NULL)
		return address;
	first = part_first(address, &len);
	inside = inside == NULL ? container->s : inside + 1;
	switch (kinds[kind]->address) {
	case ADDRESS_PATH:
		if (text_is(container, "root"))
			return text_printf(arena, "%s/%s", kinds[kind]->name, last);
		return text_printf(arena, "%s/%s", container->s, last);
	case ADDRESS_ACCOUNT:
		return text_printf(arena, "%s/%s/%s", kinds[kind]->name, inside,
				   first + len + (first[len] == '/'));
	case ADDRESS_PAIR:
		return text_printf(arena, "%s/%.*s/%s", kinds[kind]->name, (int)len, first, inside);
	case ADDRESS_SINGLE:
	case ADDRESS_NAME:
	case ADDRESS_EDGE:
		break;
	}
	return address;
}

const struct text *live_container(const struct resource *live)
{
	switch (kinds[live->kind]->address) {
	case ADDRESS_PATH:
	case ADDRESS_ACCOUNT:
	case ADDRESS_PAIR:
		return live->v[1].state == VALUE_TEXT ? live->v[1].u.text : NULL;
	case ADDRESS_SINGLE:
	case ADDRESS_NAME:
	case ADDRESS_EDGE:
		break;
	}
	return NULL;
}

const struct text *address_natural(struct arena *arena, const struct resource *live,
				   const struct text *container)
{
	const struct kind *kind = kinds[live->kind];
	const struct text *plain;

	if (kind->address == ADDRESS_SINGLE)
		return text_str(arena, kind->name);
	plain = address_make(arena, kind->name, resource_name(arena, live)->s, NULL);
	if (kind->address == ADDRESS_NAME || container == NULL)
		return plain;
	/* A pair has its text first and the account last; the others stand below the account. */
	if (kind->address == ADDRESS_PAIR)
		return text_printf(arena, "%s/%s", plain->s,
				   container->s + strcspn(container->s, "/") +
				       (strchr(container->s, '/') != NULL));
	if (kind->address == ADDRESS_ACCOUNT)
		return text_printf(arena, "%s/%s/%s", kind->name,
				   container->s + strcspn(container->s, "/") +
				       (strchr(container->s, '/') != NULL),
				   part_last(plain));
	return address_into(arena, live->kind, plain, container);
}

/* "kind/~222222222222/name" in an account that has a final address. */
static const struct text *raw_in_account(struct arena *arena, const struct map *final,
					 const struct text *ref, const char *tilde)
{
	const char *slash = strchr(tilde, '/');
	const struct text *account;
	auto_free char *key = NULL;

	if (slash == NULL)
		return ref;
	key = xasprintf("account/%.*s", (int)(slash - tilde), tilde);
	account = map_get(final, key);
	if (account == NULL || !str_starts(account->s, "account/"))
		return ref;
	return text_printf(arena, "%.*s%s%s", (int)(tilde - ref->s), ref->s,
			   account->s + strlen("account/"), slash);
}

const struct text *ref_final(struct arena *arena, const struct map *final, const struct text *ref)
{
	const struct text *found = map_get(final, ref->s);
	const char *tilde;

	if (found != NULL)
		return found;
	tilde = strstr(ref->s, "/~");
	if (tilde == NULL || tilde != ref->s + strcspn(ref->s, "/"))
		return ref;
	/* AWS's own policies may be referred to without having been listed. */
	if (text_is(ref, "policy/~p-FullAWSAccess") || text_is(ref, "policy/~p-RCPFullAWSAccess"))
		return text_printf(arena, "policy/%s", ref->s + strlen("policy/~p-"));
	return raw_in_account(arena, final, ref, tilde + 1);
}

static const struct text *name_mapped(struct arena *arena, const struct map *names, bool raw,
				      const struct text *name)
{
	const struct text *found;

	if (raw)
		return ref_final(arena, names, name);
	found = map_get(names, name->s);
	return found == NULL ? name : found;
}

/* A new set only where an element changes: most sets stay as they are. */
static void set_rewrite(struct arena *arena, struct value *value, const struct map *names, bool raw)
{
	const struct set *set = value->u.set;
	auto_free struct item *items = xcalloc(set->n + 1u, sizeof(*items));
	bool changed = false;

	for (uint32_t i = 0; i < set->n; i++) {
		items[i].key = name_mapped(arena, names, raw, set->item[i].key);
		items[i].value = set->item[i].value;
		changed |= items[i].key != set->item[i].key;
	}
	if (changed)
		value->u.set = set_make(arena, items, set->n, NULL);
}

/* True when a scalar reference changed. */
static bool refs_rewrite(struct arena *arena, struct resource *resource, const struct map *names,
			 bool raw)
{
	const struct kind *kind = kinds[resource->kind];
	bool changed = false;

	for (uint16_t i = 0; i < kind->attrs; i++) {
		struct value *value = &resource->v[i];

		if (kind->attr[i].type == ATTR_REF && value->state == VALUE_TEXT) {
			const struct text *was = value->u.text;

			value->u.text = name_mapped(arena, names, raw, was);
			changed |= value->u.text != was;
		} else if (kind->attr[i].type == ATTR_REFS && value->state == VALUE_SET) {
			set_rewrite(arena, value, names, raw);
		}
	}
	return changed;
}

/* What an edge is called follows from what it joins, whatever was renamed. */
static void edge_readdress(struct arena *arena, struct resource *edge)
{
	for (uint16_t i = 0; i < 3; i++) {
		if (edge->v[i].state != VALUE_TEXT)
			return;
	}
	edge->address = address_edge(arena, kinds[edge->kind]->name, edge->v[0].u.text,
				     edge->v[1].u.text, edge->v[2].u.text);
}

void side_rewrite(struct side *side, const struct map *names, bool raw)
{
	if (map_count(names) == 0)
		return;
	for (size_t i = 0; i < side->all.n; i++) {
		struct resource *resource = side->all.at[i];

		bool edge = kind_is_edge(resource->kind), changed;

		if (!edge)
			resource->address = name_mapped(side->arena, names, raw, resource->address);
		if (resource->owner != NULL)
			resource->owner = name_mapped(side->arena, names, raw, resource->owner);
		changed = refs_rewrite(side->arena, resource, names, raw);
		if (edge && changed)
			edge_readdress(side->arena, resource);
	}
	side_finish(side, NULL);
}
