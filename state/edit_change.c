/* What differs between what is written and what is to be, as changes of parts. Additions go first:
 * a list that is emptied and filled would lose its form. */
#include "state/edit_tree.h"

#include <stdlib.h>
#include <string.h>

/* Parts already in byte order keep it. */
#define SORTED_KEYS  3
#define SORTED_TEXTS 2
/* Hundredths of a map that say the same, for one to become the other. */
#define LIKE_MIN 50

static const char *part_word(const struct piece *piece, uint32_t i)
{
	return piece->type == NODE_MAP ? piece->part[i].key : piece->part[i].value->text;
}

static bool is_sorted(const struct piece *piece)
{
	if (piece->n < (piece->type == NODE_MAP ? SORTED_KEYS : SORTED_TEXTS))
		return false;
	for (uint32_t i = 0; i < piece->n; i++) {
		if (piece->type == NODE_LIST && piece->part[i].value->type != NODE_SCALAR)
			return false;
		if (i > 0 && strcmp(part_word(piece, i - 1), part_word(piece, i)) >= 0)
			return false;
	}
	return true;
}

static uint32_t place_of(const struct piece *piece, const char *word)
{
	uint32_t at = 0;

	if (word == NULL || !is_sorted(piece))
		return piece->n;
	while (at < piece->n && strcmp(part_word(piece, at), word) < 0)
		at++;
	return at;
}

void part_add(struct text_edit *edit, const struct piece *piece, const char *key,
	      const json_t *value)
{
	uint32_t at = place_of(piece, key != NULL ? key : json_string_value(value));

	if (piece->flow)
		flow_add(edit, piece, at, key, value);
	else
		block_add(edit, piece, at, key, value);
}

static void part_remove(struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	if (piece->flow)
		flow_remove(edit, piece, at);
	else
		block_remove(edit, piece, at);
}

/* What of a piece goes; all of it leaves an empty list or map. */
static void parts_remove(struct text_edit *edit, const struct piece *piece, const bool *stays)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < piece->n; i++)
		left += stays[i];
	if (left == piece->n)
		return;
	if (left == 0 && !piece->flow) {
		block_clear(edit, piece);
		return;
	}
	for (uint32_t i = 0; i < piece->n; i++) {
		if (!stays[i])
			part_remove(edit, piece, i);
	}
}

static void map_change(struct text_edit *edit, const struct piece *map, const json_t *value)
{
	auto_free bool *stays = xcalloc(map->n + 1, sizeof(*stays));
	bool added = false;
	const json_t *member;
	const char *key;

	json_object_foreach((json_t *)value, key, member)
	{
		if (piece_find(map, key) == NULL) {
			part_add(edit, map, key, member);
			added = true;
		}
	}
	for (uint32_t i = 0; i < map->n; i++) {
		member = json_object_get(value, map->part[i].key);
		stays[i] = member != NULL;
		if (member != NULL)
			piece_change(edit, map->part[i].value, member);
	}
	if (!added)
		parts_remove(edit, map, stays);
}

/* Which written element becomes which of the value's: indices, SIZE_MAX: none. */
struct match {
	size_t *wanted; /* of a part */
	bool *taken;    /* an element of the value */
};

static const json_t *sid_of(const json_t *value)
{
	return json_object_get(value, "Sid");
}

static bool sid_equals(const struct piece *piece, const json_t *value)
{
	const struct part *part = piece_find(piece, "Sid");

	return part != NULL && sid_of(value) != NULL && piece_equals(part->value, sid_of(value));
}

/* In hundredths of all keys: how much of a map says the same. */
static unsigned likeness(const struct piece *piece, const json_t *value)
{
	unsigned same = 0, shared = 0;
	size_t n = json_object_size(value);

	if (piece->type != NODE_MAP || !json_is_object(value))
		return 0;
	for (uint32_t i = 0; i < piece->n; i++) {
		const json_t *member = json_object_get(value, piece->part[i].key);

		shared += member != NULL;
		same += member != NULL && piece_equals(piece->part[i].value, member);
	}
	if (n < piece->n)
		n = piece->n;
	return n == 0 ? 0 : (unsigned)((same * 90 + shared * 10) / n);
}

static void match_equal(const struct piece *list, const json_t *value, struct match *match,
			bool (*equal)(const struct piece *, const json_t *))
{
	size_t n = json_array_size(value);

	for (uint32_t i = 0; i < list->n; i++) {
		for (size_t k = 0; match->wanted[i] == SIZE_MAX && k < n; k++) {
			if (!match->taken[k] &&
			    equal(list->part[i].value, json_array_get(value, k))) {
				match->wanted[i] = k;
				match->taken[k] = true;
			}
		}
	}
}

static void match_alike(const struct piece *list, const json_t *value, struct match *match)
{
	size_t n = json_array_size(value), element = 0;
	unsigned best, worth;
	uint32_t part = 0;

	do {
		best = 0;
		for (uint32_t i = 0; i < list->n; i++) {
			for (size_t k = 0; match->wanted[i] == SIZE_MAX && k < n; k++) {
				worth = match->taken[k] ? 0
							: likeness(list->part[i].value,
								   json_array_get(value, k));
				if (worth > best) {
					best = worth;
					part = i;
					element = k;
				}
			}
		}
		if (best >= LIKE_MIN) {
			match->wanted[part] = element;
			match->taken[element] = true;
		}
	} while (best >= LIKE_MIN);
}

static int word_cmp(const void *pa, const void *pb)
{
	const char *a = json_string_value(*(const json_t *const *)pa);
	const char *b = json_string_value(*(const json_t *const *)pb);

	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static bool elements_add(struct text_edit *edit, const struct piece *list, const json_t *value,
			 const bool *taken)
{
	size_t n = json_array_size(value), added = 0;
	auto_free const json_t **fresh = xcalloc(n + 1, sizeof(*fresh));

	for (size_t k = 0; k < n; k++) {
		if (!taken[k])
			fresh[added++] = json_array_get(value, k);
	}
	if (added > 1 && is_sorted(list))
		qsort(fresh, added, sizeof(*fresh), word_cmp);
	for (size_t k = 0; k < added; k++)
		part_add(edit, list, NULL, fresh[k]);
	return added > 0;
}

static void list_change(struct text_edit *edit, const struct piece *list, const json_t *value)
{
	size_t n = json_array_size(value);
	auto_free size_t *wanted = xcalloc(list->n + 1, sizeof(*wanted));
	auto_free bool *taken = xcalloc(n + 1, sizeof(*taken));
	auto_free bool *stays = xcalloc(list->n + 1, sizeof(*stays));
	struct match match = {wanted, taken};
	bool added;

	for (uint32_t i = 0; i < list->n; i++)
		wanted[i] = SIZE_MAX;
	match_equal(list, value, &match, piece_equals);
	match_equal(list, value, &match, sid_equals);
	match_alike(list, value, &match);
	added = elements_add(edit, list, value, taken);
	for (uint32_t i = 0; i < list->n; i++) {
		stays[i] = wanted[i] != SIZE_MAX;
		if (stays[i])
			piece_change(edit, list->part[i].value, json_array_get(value, wanted[i]));
	}
	if (!added)
		parts_remove(edit, list, stays);
}

static bool is_scalar(const json_t *value)
{
	return !json_is_array(value) && !json_is_object(value);
}

/* An empty collection is filled in its brackets where it stands among brackets; elsewhere it takes
 * the form that new values have. */
static bool is_filled_in_place(const struct text_edit *edit, const struct piece *piece)
{
	return piece->n > 0 || (piece->in_flow && !edit->style.json) ||
	       memchr(edit->data + piece->start, '#', piece->end - piece->start) != NULL;
}

static void same_type_change(struct text_edit *edit, const struct piece *piece, const json_t *value)
{
	if (piece->type == NODE_MAP && json_is_object(value) && is_filled_in_place(edit, piece))
		map_change(edit, piece, value);
	else if (piece->type == NODE_LIST && json_is_array(value) &&
		 is_filled_in_place(edit, piece))
		list_change(edit, piece, value);
	else if (piece->type == NODE_SCALAR && !piece_is_null(piece) && is_scalar(value))
		scalar_replace(edit, piece, value);
	else
		value_replace(edit, piece, value);
}

/* What one text is in a policy, a list of it is too: what is written stays what it is. */
void piece_change(struct text_edit *edit, const struct piece *piece, const json_t *value)
{
	json_auto_t *list = NULL;

	if (piece_equals(piece, value))
		return;
	if (piece->type == NODE_MAP && json_array_size(value) == 1 && piece->n > 0)
		value = json_array_get(value, 0);
	if (piece->type == NODE_LIST && piece->n > 0 && json_is_string(value)) {
		list = json_array();
		if (list == NULL || json_array_append(list, (json_t *)value) != 0)
			die_out_of_memory();
		value = list;
	}
	same_type_change(edit, piece, value);
}
