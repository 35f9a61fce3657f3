/* Whether what is written says a value. Lists are sets, and one text is a list of it: so policy
 * documents mean it. */
#include "state/edit_tree.h"

#include <stdlib.h>
#include <string.h>

static int key_cmp(const void *key, const void *part)
{
	return strcmp(key, (*(const struct part *const *)part)->key);
}

struct part *piece_find(const struct piece *map, const char *key)
{
	struct part **found;

	if (map == NULL || map->type != NODE_MAP || map->n == 0)
		return NULL;
	found = bsearch(key, map->by_key, map->n, sizeof(*found), key_cmp);
	return found == NULL ? NULL : *found;
}

static bool is_plain_word(const struct piece *piece, const char *word)
{
	return piece->type == NODE_SCALAR && piece->style == PIECE_PLAIN &&
	       strcasecmp(piece->text, word) == 0;
}

bool piece_is_null(const struct piece *piece)
{
	return piece == NULL || (piece->type == NODE_SCALAR &&
				 (piece->style == PIECE_NOTHING || is_plain_word(piece, "null") ||
				  is_plain_word(piece, "~")));
}

static bool scalar_equals(const struct piece *piece, const json_t *value)
{
	auto_free char *text = NULL;

	if (json_is_string(value))
		return !piece_is_null(piece) && piece->len == json_string_length(value) &&
		       memcmp(piece->text, json_string_value(value), piece->len) == 0;
	if (json_is_null(value))
		return piece_is_null(piece);
	if (json_is_boolean(value))
		return is_plain_word(piece, json_is_true(value) ? "true" : "false");
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	return text != NULL && piece->style == PIECE_PLAIN && strcmp(text, piece->text) == 0;
}

static bool list_equals(const struct piece *list, const json_t *value)
{
	size_t n = json_array_size(value);
	auto_free bool *used = xcalloc(n + 1, sizeof(*used));
	uint32_t i;
	size_t k;

	if (n != list->n)
		return false;
	for (i = 0; i < list->n; i++) {
		for (k = 0; k < n; k++) {
			if (!used[k] && piece_equals(list->part[i].value, json_array_get(value, k)))
				break;
		}
		if (k == n)
			return false;
		used[k] = true;
	}
	return true;
}

static bool map_equals(const struct piece *map, const json_t *value)
{
	const json_t *member;

	if (json_object_size(value) != map->n)
		return false;
	for (uint32_t i = 0; i < map->n; i++) {
		member = json_object_get(value, map->part[i].key);
		if (member == NULL || !piece_equals(map->part[i].value, member))
			return false;
	}
	return true;
}

bool piece_equals(const struct piece *piece, const json_t *value)
{
	if (piece->type == NODE_LIST && json_is_array(value))
		return list_equals(piece, value);
	if (piece->type == NODE_MAP && json_is_object(value))
		return map_equals(piece, value);
	if (piece->type != NODE_LIST && json_is_array(value) && !piece_is_null(piece))
		return json_array_size(value) == 1 && piece_equals(piece, json_array_get(value, 0));
	if (piece->type == NODE_LIST && json_is_string(value))
		return piece->n == 1 && piece_equals(piece->part[0].value, value);
	return piece->type == NODE_SCALAR && !json_is_array(value) && !json_is_object(value) &&
	       scalar_equals(piece, value);
}

bool piece_same(const struct piece *a, const struct piece *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->type != b->type || a->n != b->n)
		return false;
	if (a->type == NODE_SCALAR)
		return (a->style == PIECE_PLAIN) == (b->style == PIECE_PLAIN) &&
		       (a->style == PIECE_NOTHING) == (b->style == PIECE_NOTHING) &&
		       a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
	for (uint32_t i = 0; i < a->n; i++) {
		if ((a->type == NODE_MAP && strcmp(a->part[i].key, b->part[i].key) != 0) ||
		    !piece_same(a->part[i].value, b->part[i].value))
			return false;
	}
	return true;
}
