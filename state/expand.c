/* Declarations that no file holds: made of sections that stand for many. */
#include "state/expand.h"

#include <stdlib.h>
#include <string.h>

/* What is declared. */

/* The declaration of this name, expanded or from a file; NULL: none. */
struct declaration *expand_find(const struct compiler *compiler, enum kind_id kind,
				const char *account, const char *name)
{
	const struct declaration wanted = {
	    .kind = (uint16_t)kind,
	    .name = text_str(compiler->arena, name),
	    .account = account == NULL ? NULL : text_str(compiler->arena, account)};
	const char *key = name_key(compiler->arena, &wanted);
	size_t at = 0;

	if (key != NULL)
		at = (size_t)(uintptr_t)map_get(compiler->config->by_name, key);
	if (key != NULL && at == 0)
		at = (size_t)(uintptr_t)map_get(compiler->by_name, key);
	return at == 0 ? NULL : &compiler->declarations.at[at - 1];
}

/* Comparison. */

static bool node_same(const struct node *, const struct node *);

static bool map_same(const struct node *a, const struct node *b)
{
	for (uint32_t i = 0; i < a->n; i++) {
		const struct node *value = node_get(b, a->entry[i].key->s);

		if (value == NULL || !node_same(a->entry[i].value, value))
			return false;
	}
	return a->n == b->n;
}

static bool list_same(const struct node *a, const struct node *b)
{
	for (uint32_t i = 0; a->n == b->n && i < a->n; i++) {
		if (!node_same(a->entry[i].value, b->entry[i].value))
			return false;
	}
	return a->n == b->n;
}

/* As written, but for quotes and the order of a map. Depth is bounded by the YAML reader. */
static bool node_same(const struct node *a, const struct node *b)
{
	if (a == b)
		return true;
	if (a == NULL || b == NULL || a->type != b->type)
		return false;
	if (a->type == NODE_SCALAR)
		return text_eq(a->s, b->s);
	return a->type == NODE_MAP ? map_same(a, b) : list_same(a, b);
}

bool node_lists(const struct node *list, const char *element)
{
	for (uint32_t i = 0; list != NULL && i < list->n; i++) {
		if (text_is(list->entry[i].value->s, element))
			return true;
	}
	return false;
}

/* Elements are unique in each, and their order says nothing. */
static bool elements_same(const struct node *a, const struct node *b)
{
	for (uint32_t i = 0; a->n == b->n && i < a->n; i++) {
		if (!node_lists(b, a->entry[i].value->s->s))
			return false;
	}
	return a->n == b->n;
}

static bool written_same(const struct attr *attr, const struct written *a, const struct written *b)
{
	if (a->node == b->node || a->node == NULL || b->node == NULL)
		return a->node == b->node;
	if (attr->type == ATTR_SET || attr->type == ATTR_REFS)
		return a->only == b->only && elements_same(a->node, b->node);
	return node_same(a->node, b->node);
}

static bool declaration_same(const struct declaration *a, const struct declaration *b)
{
	const struct kind *kind = kinds[a->kind];
	bool same = a->flags == b->flags && text_eq(a->id, b->id) &&
		    a->expires_us == b->expires_us && node_same(a->previously, b->previously) &&
		    node_same(a->acknowledge, b->acknowledge);

	for (uint16_t i = 0; same && i < kind->attrs; i++)
		same = written_same(&kind->attr[i], &a->written[i], &b->written[i]);
	return same;
}

/* Making. */

struct declaration *declaration_push(struct compiler *compiler, const struct declaration *new)
{
	vec_push(&compiler->declarations, *new);
	map_put(compiler->by_name, name_key(compiler->arena, new),
		(void *)(uintptr_t)compiler->declarations.n);
	return &compiler->declarations.at[compiler->declarations.n - 1];
}

/* The settings of an account are no thing of their own: each may stand elsewhere. */
static bool settings_merge(struct compiler *compiler, struct declaration *found,
			   const struct declaration *new)
{
	const struct kind *kind = kinds[found->kind];
	struct written *merged = arena_array(compiler->arena, kind->attrs, sizeof(*merged));

	if (found->kind != KIND_IAM_ACCOUNT)
		return false;
	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct written *a = &found->written[i], *b = &new->written[i];

		if (a->node != NULL && b->node != NULL && !written_same(&kind->attr[i], a, b))
			return false;
		merged[i] = a->node == NULL ? *b : *a;
	}
	found->written = merged;
	return true;
}

static void source_add(struct compiler *compiler, struct declaration *declaration,
		       struct place where)
{
	struct source *source = arena_alloc(compiler->arena, sizeof(*source));

	*source = (struct source){where, declaration->also};
	declaration->also = source;
}

/* The first account of a pair of lines speaks for the others. */
static void conflict_say(struct compiler *compiler, const struct declaration *found,
			 const struct declaration *new)
{
	const char *pair = arena_printf(compiler->arena, "pair %s:%u:%u %s:%u:%u", new->where.file,
					new->where.line, new->where.column, found->where.file,
					found->where.line, found->where.column);

	if (map_put(compiler->said, pair, compiler) == NULL)
		diagnose(compiler->diagnostics, new->where,
			 "%s `%s` is declared otherwise for account `%s` at %s:%u",
			 kinds[new->kind]->title, new->name->s, new->account->s, found->where.file,
			 found->where.line);
}

static struct declaration *declaration_merge(struct compiler *compiler, struct declaration *found,
					     const struct declaration *new)
{
	if (found->broken || new->broken)
		return NULL;
	if (!declaration_same(found, new) && !settings_merge(compiler, found, new)) {
		conflict_say(compiler, found, new);
		return NULL;
	}
	source_add(compiler, found, new->where);
	return found;
}

/* Reads a body once, however many accounts it stands for: all but name, account and place. */
const struct declaration *expand_body(struct compiler *compiler, enum kind_id kind,
				      const struct text *name, struct node *body,
				      struct place where)
{
	const char *key =
	    arena_printf(compiler->arena, "%u %p", (unsigned)kind, (const void *)body);
	struct declaration *read = map_get(compiler->bodies, key);
	struct reading reading = compiler_reading(compiler);

	if (read != NULL)
		return read;
	read = arena_alloc(compiler->arena, sizeof(*read));
	*read = (struct declaration){
	    .kind = (uint16_t)kind, .where = where, .name = name, .expanded = true};
	declaration_read(&reading, body, read);
	map_put(compiler->bodies, key, read);
	return read;
}

/* Adds it, or merges it with an equal one. NULL: diagnosed. The pointer lives until the next call.
 */
struct declaration *expand_declare(struct compiler *compiler, enum kind_id kind,
				   const struct text *account, const struct text *name,
				   struct node *body, struct place where)
{
	struct declaration new = *expand_body(compiler, kind, name, body, where), *found;

	new.name = name;
	new.account = account;
	new.where = new.account_where = where;
	found = expand_find(compiler, kind, account->s, name->s);
	if (found != NULL)
		return declaration_merge(compiler, found, &new);
	found = declaration_push(compiler, &new);
	return found->broken ? NULL : found;
}

/* Elements. */

static struct entry element_entry(struct compiler *compiler, const char *key, const char *value,
				  struct place where)
{
	struct node *node =
	    node_make_text(compiler->arena, where, "%s", value == NULL ? key : value);

	return (struct entry){.key = value == NULL ? NULL : text_str(compiler->arena, key),
			      .where = where,
			      .value = node};
}

/* Whether there is nothing to add; another value is diagnosed. */
static bool element_stands(struct compiler *compiler, const struct declaration *declaration,
			   const struct node *node, const char *key, const char *value,
			   struct place where)
{
	const struct node *stands;

	if (value == NULL)
		return node_lists(node, key);
	stands = node_get(node, key);
	if (stands != NULL && (stands->type != NODE_SCALAR || !text_is(stands->s, value)))
		diagnose(compiler->diagnostics, stands->where,
			 "`%s` of `%s` must be `%s`, by %s:%u", key, declaration->name->s, value,
			 where.file, where.line);
	return stands != NULL;
}

/* Adds an element to a list, or a key to a map. Nodes and arrays of values are shared: both are
 * copied. */
void expand_element(struct compiler *compiler, struct declaration *declaration, uint16_t attr,
		    const char *key, const char *value, struct place where)
{
	const struct kind *kind = kinds[declaration->kind];
	const struct node *old = declaration->written[attr].node;
	struct node *node;
	struct written *written;

	if (old != NULL && element_stands(compiler, declaration, old, key, value, where))
		return;
	node = value == NULL ? node_make_list(compiler->arena, where)
			     : node_make_map(compiler->arena, where);
	if (old != NULL)
		node->where = old->where;
	node->n = (old == NULL ? 0 : old->n) + 1;
	node->entry = arena_array(compiler->arena, node->n, sizeof(*node->entry));
	if (old != NULL && old->n > 0)
		memcpy(node->entry, old->entry, old->n * sizeof(*node->entry));
	node->entry[node->n - 1] = element_entry(compiler, key, value, where);
	written = arena_array(compiler->arena, kind->attrs, sizeof(*written));
	memcpy(written, declaration->written, kind->attrs * sizeof(*written));
	written[attr].node = node;
	if (old == NULL)
		written[attr].only = value == NULL;
	declaration->written = written;
}
