/* Sides: the resources of one reading, their sets while they are being read, and their lookup. */
#include "state/resource.h"

#include "base/error.h"
#include "state/kind.h"

#include <stdlib.h>
#include <string.h>

/* An element of a set that is being read; key NULL says that the set has been read whole. */
struct pending {
	struct resource *resource;
	uint16_t attr;
	const struct text *key, *value;
};

/* A side with one open scope, the whole reading. Freed with side_free(); the arena is the caller's.
 */
struct side *side_new(struct arena *arena)
{
	struct side *side = arena_alloc(arena, sizeof(*side));

	side->arena = arena;
	side->by_address = map_new();
	side->by_id = map_new();
	side->by_scope = map_new();
	side_scope(side, 0, "all");
	return side;
}

/* Frees the vectors and maps; resources live in the arena. NULL is accepted. */
void side_free(struct side *side)
{
	if (side == NULL)
		return;
	free(side->all.at);
	free(side->scopes.at);
	free(side->pending.at);
	map_free(side->by_address);
	map_free(side->by_id);
	map_free(side->by_scope);
	map_free(side->by_email);
	map_free(side->by_name);
	map_free(side->by_name_again);
	memset(side, 0, sizeof(*side));
}

/* Made for each resource of each reading, so not by printf(). */
static char *id_key(uint16_t kind, const struct text *id)
{
	size_t n = strlen(kinds[kind]->name);
	char *key = xmalloc(n + 1 + id->len + 1);

	memcpy(key, kinds[kind]->name, n);
	key[n] = ' ';
	memcpy(key + n + 1, id->s, id->len + 1);
	return key;
}

static void map_put_first(struct map *map, const char *key, struct resource *resource)
{
	if (map_get(map, key) == NULL)
		map_put(map, key, resource);
}

static void side_index(struct side *side, struct resource *resource)
{
	const struct text *address = resource->address;

	/* The first of a key stays: merging is side_finish()'s. */
	if (address != NULL && map_get(side->by_address, address->s) == NULL)
		map_put_lasting(side->by_address, address->s, resource);
	if (resource->id != NULL) {
		auto_free char *key = id_key(resource->kind, resource->id);

		map_put_first(side->by_id, key, resource);
	}
}

/* A new resource, all values UNSET, owned by the side's arena. Found at once by what is given here.
 */
struct resource *side_resource(struct side *side, uint16_t kind, const struct text *address,
			       const struct text *id)
{
	size_t values = kinds[kind]->attrs * sizeof(struct value);
	struct resource *resource = arena_alloc(side->arena, sizeof(*resource) + values);

	resource->kind = kind;
	resource->address = address;
	resource->id = id;
	vec_push(&side->all, resource);
	side_index(side, resource);
	return resource;
}

/* Adds an element to a set attribute that is being read; seen after side_finish(). */
void side_add(struct side *side, struct resource *resource, uint16_t attr, const struct text *key,
	      const struct text *value)
{
	charter_assert(key != NULL && attr < kinds[resource->kind]->attrs);
	vec_push(&side->pending, ((struct pending){resource, attr, key, value}));
}

/* Says that the set attribute has been read whole. */
void side_know(struct side *side, struct resource *resource, uint16_t attr)
{
	charter_assert(attr < kinds[resource->kind]->attrs);
	vec_push(&side->pending, ((struct pending){resource, attr, NULL, NULL}));
}

/* Groups by resource and attribute, the mark of a whole reading first. Addresses of memory order
 * only the groups, whose order reaches nothing. */
static int pending_cmp(const void *pa, const void *pb)
{
	const struct pending *a = pa, *b = pb;
	uintptr_t ra = (uintptr_t)a->resource, rb = (uintptr_t)b->resource;

	if (ra != rb)
		return ra < rb ? -1 : 1;
	if (a->attr != b->attr)
		return a->attr < b->attr ? -1 : 1;
	return (a->key != NULL) - (b->key != NULL);
}

static void clash_note(const struct text **clash, const struct text *address)
{
	if (clash != NULL && address != NULL && (*clash == NULL || text_cmp(address, *clash) < 0))
		*clash = address;
}

/* One group of pending elements becomes the attribute's set, if it was read whole. */
static void pending_apply(struct side *side, const struct pending *group, size_t n,
			  const struct text **clash)
{
	struct resource *resource = group->resource;
	struct value *value = &resource->v[group->attr];
	size_t old = value->state == VALUE_SET ? value->u.set->n : 0, items_n = 0;
	auto_free struct item *items = xcalloc(old + n + 1, sizeof(*items));
	const struct text *twice;

	if (group->key != NULL)
		return;
	for (size_t i = 0; i < old; i++)
		items[items_n++] = value->u.set->item[i];
	for (size_t i = 0; i < n; i++) {
		if (group[i].key != NULL)
			items[items_n++] = (struct item){group[i].key, group[i].value};
	}
	value->u.set = set_make(side->arena, items, items_n, &twice);
	value->state = VALUE_SET;
	if (twice != NULL)
		clash_note(clash, resource->address);
}

static void side_make_sets(struct side *side, const struct text **clash)
{
	size_t n = side->pending.n, end;

	if (n > 0)
		qsort(side->pending.at, n, sizeof(*side->pending.at), pending_cmp);
	for (size_t i = 0; i < n; i = end) {
		const struct pending *group = &side->pending.at[i];

		for (end = i + 1; end < n; end++) {
			if (side->pending.at[end].resource != group->resource ||
			    side->pending.at[end].attr != group->attr)
				break;
		}
		pending_apply(side, group, end - i, clash);
	}
	side->pending.n = 0;
}

static int place_cmp(const struct place *a, const struct place *b)
{
	int order = strcmp(a->file == NULL ? "" : a->file, b->file == NULL ? "" : b->file);

	if (order != 0)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column == b->column ? 0 : a->column < b->column ? -1 : 1;
}

static int value_cmp(const struct value *a, const struct value *b)
{
	int order;

	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	if (a->state == VALUE_TEXT)
		return text_cmp(a->u.text, b->u.text);
	if (a->state != VALUE_SET)
		return 0;
	if (a->u.set->n != b->u.set->n)
		return a->u.set->n < b->u.set->n ? -1 : 1;
	for (uint32_t i = 0; i < a->u.set->n; i++) {
		const struct item *ia = &a->u.set->item[i], *ib = &b->u.set->item[i];

		order = text_cmp(ia->key, ib->key);
		if (order == 0)
			order = text_cmp(ia->value, ib->value);
		if (order != 0)
			return order;
	}
	return 0;
}

/* What a resource says of itself, apart from its address, id and place. */
static int content_cmp(const struct resource *a, const struct resource *b)
{
	int order;

	if (a->flags != b->flags)
		return a->flags < b->flags ? -1 : 1;
	order = text_cmp(a->created, b->created);
	if (order == 0)
		order = text_cmp(a->aux, b->aux);
	if (order == 0)
		order = text_cmp(a->owner, b->owner);
	for (uint16_t i = 0; order == 0 && i < kinds[a->kind]->attrs; i++)
		order = value_cmp(&a->v[i], &b->v[i]);
	return order;
}

static int resource_cmp(const void *pa, const void *pb)
{
	const struct resource *a = *(struct resource *const *)pa;
	const struct resource *b = *(struct resource *const *)pb;
	int order = text_cmp(a->address, b->address);

	if (order == 0 && a->kind != b->kind)
		order = a->kind < b->kind ? -1 : 1;
	if (order == 0)
		order = text_cmp(a->id, b->id);
	if (order == 0)
		order = content_cmp(a, b);
	return order != 0 ? order : place_cmp(&a->where, &b->where);
}

/* As after each reading but the first: most of it was there before. */
static bool side_is_sorted(const struct side *side)
{
	for (size_t i = 1; i < side->all.n; i++) {
		if (resource_cmp(&side->all.at[i - 1], &side->all.at[i]) > 0)
			return false;
	}
	return true;
}

static bool resource_same_id(const struct resource *a, const struct resource *b)
{
	return a->kind == b->kind && a->id != NULL && text_eq(a->id, b->id);
}

static void side_merge(struct side *side, const struct text **clash)
{
	size_t kept = 0;

	for (size_t i = 0; i < side->all.n; i++) {
		struct resource *resource = side->all.at[i], *first;
		auto_free char *key =
		    resource->id == NULL ? NULL : id_key(resource->kind, resource->id);

		first = key == NULL ? NULL : map_get(side->by_id, key);
		if (first != NULL && resource_same_id(first, resource)) {
			if (text_cmp(first->address, resource->address) == 0 &&
			    content_cmp(first, resource) == 0)
				continue;
			clash_note(clash, first->address);
		}
		side->all.at[kept++] = resource;
		side_index(side, resource);
	}
	side->all.n = kept;
}

static void account_index(struct side *side, struct resource *account)
{
	const struct value *email = &account->v[ACCOUNT_EMAIL], *name = &account->v[ACCOUNT_NAME];

	if (email->state == VALUE_TEXT) {
		auto_free char *key = text_lowered(email->u.text);

		map_put_first(side->by_email, key, account);
	}
	if (name->state != VALUE_TEXT)
		return;
	if (map_get(side->by_name, name->u.text->s) != NULL)
		map_put(side->by_name_again, name->u.text->s, account);
	else
		map_put(side->by_name, name->u.text->s, account);
}

static void map_renew(struct map **map)
{
	map_free(*map);
	*map = map_new();
}

/* A probe's side has none, and is spared the maps. */
static void accounts_index(struct side *side)
{
	bool fresh = false;

	for (size_t i = 0; i < side->all.n; i++) {
		if (side->all.at[i]->kind != KIND_ACCOUNT)
			continue;
		if (!fresh) {
			map_renew(&side->by_email);
			map_renew(&side->by_name);
			map_renew(&side->by_name_again);
			fresh = true;
		}
		account_index(side, side->all.at[i]);
	}
}

/* Builds sets, sorts, merges, fills the maps; may be called again after more was added. *clash gets
 * the smallest address that was read twice with different content, or NULL. */
void side_finish(struct side *side, const struct text **clash)
{
	if (clash != NULL)
		*clash = NULL;
	side_make_sets(side, clash);
	if (!side_is_sorted(side))
		qsort(side->all.at, side->all.n, sizeof(struct resource *), resource_cmp);
	map_renew(&side->by_address);
	map_renew(&side->by_id);
	side_merge(side, clash);
	accounts_index(side);
}

/* The resource with this address, or NULL. */
struct resource *side_find(const struct side *side, const struct text *address)
{
	return address == NULL ? NULL : map_get(side->by_address, address->s);
}

/* The resource of this kind with this AWS id, or NULL. */
struct resource *side_by_id(const struct side *side, uint16_t kind, const struct text *id)
{
	auto_free char *key = NULL;

	if (id == NULL)
		return NULL;
	key = id_key(kind, id);
	return map_get(side->by_id, key);
}

struct resource *side_by_email(const struct side *side, const struct text *email)
{
	auto_free char *key = text_lowered(email);

	return side->by_email == NULL ? NULL : map_get(side->by_email, key);
}

struct resource *side_by_account_name(const struct side *side, const struct text *name)
{
	if (side->by_name == NULL || map_get(side->by_name_again, name->s) != NULL)
		return NULL;
	return map_get(side->by_name, name->s);
}

/* Opens a scope within another, or finds the one of this name; returns its index. */
uint32_t side_scope(struct side *side, uint32_t parent, const char *name)
{
	const size_t *known = map_get(side->by_scope, name);
	size_t *index;

	if (known != NULL)
		return (uint32_t)*known;
	index = arena_alloc(side->arena, sizeof(*index));
	*index = side->scopes.n;
	vec_push(&side->scopes,
		 ((struct scope){
		     .name = text_str(side->arena, name), .parent = parent, .state = SCOPE_OPEN}));
	map_put(side->by_scope, name, index);
	return (uint32_t)*index;
}

/* Marks the scope, with its first error, and those it is part of as not read whole. */
void scope_fail(struct side *side, uint32_t scope, const char *code, const char *message)
{
	struct scope *failed = &side->scopes.at[scope];

	if (failed->code == NULL) {
		failed->code = text_str(side->arena, code == NULL ? "" : code);
		failed->message = text_str(side->arena, message == NULL ? "" : message);
	}
	failed->state = SCOPE_PARTIAL;
	while (scope != 0) {
		scope = side->scopes.at[scope].parent;
		side->scopes.at[scope].state = SCOPE_PARTIAL;
	}
}

/* PARTIAL when the scope or something in it failed, or a scope that it is part of failed itself. */
enum scope_state side_scope_state(const struct side *side, const char *name)
{
	const size_t *index = map_get(side->by_scope, name);
	const struct scope *scope;

	if (index == NULL)
		return SCOPE_OPEN;
	scope = &side->scopes.at[*index];
	if (scope->state == SCOPE_PARTIAL)
		return SCOPE_PARTIAL;
	for (uint32_t at = scope->parent;; at = side->scopes.at[at].parent) {
		if (side->scopes.at[at].code != NULL)
			return SCOPE_PARTIAL;
		if (at == 0)
			break;
	}
	return (enum scope_state)scope->state;
}
