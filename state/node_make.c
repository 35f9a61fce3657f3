/* Nodes that were not written: the bodies of what sections stand for. */
#include "state/expand.h"

#include <string.h>

static struct node *node_make(struct arena *arena, enum node_type type, struct place where)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->type = type;
	node->where = where;
	return node;
}

/* A scalar that counts as quoted. */
struct node *node_make_text(struct arena *arena, struct place where, const char *fmt, ...)
{
	struct node *node = node_make(arena, NODE_SCALAR, where);
	va_list ap;

	va_start(ap, fmt);
	node->s = text_str(arena, arena_vprintf(arena, fmt, ap));
	va_end(ap);
	return node;
}

/* An empty map. */
struct node *node_make_map(struct arena *arena, struct place where)
{
	return node_make(arena, NODE_MAP, where);
}

/* An empty list. */
struct node *node_make_list(struct arena *arena, struct place where)
{
	return node_make(arena, NODE_LIST, where);
}

/* The array of a node that was made here holds the next power of two. */
static struct entry *entry_grow(struct arena *arena, struct node *node)
{
	struct entry *grown;

	if ((node->n & (node->n - 1)) == 0) {
		grown = arena_array(arena, node->n == 0 ? 1 : (size_t)node->n * 2, sizeof(*grown));
		if (node->n > 0)
			memcpy(grown, node->entry, node->n * sizeof(*grown));
		node->entry = grown;
	}
	return &node->entry[node->n++];
}

/* Adds a key that the map lacks. The map was made here. */
void node_put(struct arena *arena, struct node *map, const char *key, struct node *value)
{
	*entry_grow(arena, map) =
	    (struct entry){.key = text_str(arena, key), .where = value->where, .value = value};
}

/* Adds an element. The list was made here. */
void node_append(struct arena *arena, struct node *list, struct node *value)
{
	*entry_grow(arena, list) = (struct entry){.where = value->where, .value = value};
}
