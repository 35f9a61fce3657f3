/* Values: made, compared, found. */
#include "state/value.h"

#include <stdlib.h>
#include <string.h>

/* A text value; NULL gives VALUE_NONE. The text is not copied. */
struct value value_text(const struct text *text)
{
	if (text == NULL)
		return VALUE_EMPTY;
	return (struct value){.state = VALUE_TEXT, .u.text = text};
}

/* A text value of a C string, copied into the arena; NULL gives VALUE_NONE. */
struct value value_str(struct arena *arena, const char *s)
{
	return value_text(s == NULL ? NULL : text_str(arena, s));
}

static bool set_eq(const struct set *a, const struct set *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++) {
		if (text_cmp(a->item[i].key, b->item[i].key) != 0 ||
		    text_cmp(a->item[i].value, b->item[i].value) != 0)
			return false;
	}
	return true;
}

/* True when both have the same state and the same bytes; two secrets are never equal. */
bool value_eq(struct value a, struct value b)
{
	if (a.state != b.state)
		return false;
	switch ((enum value_state)a.state) {
	case VALUE_TEXT:
		return text_cmp(a.u.text, b.u.text) == 0;
	case VALUE_SET:
		return set_eq(a.u.set, b.u.set);
	case VALUE_SECRET:
		return false;
	case VALUE_UNSET:
	case VALUE_NONE:
		break;
	}
	return true;
}

bool value_says(const struct value *value)
{
	return value->state == VALUE_TEXT && value->u.text->len > 0;
}

/* The item of this key, or NULL. */
const struct item *set_find(const struct set *set, const struct text *key)
{
	uint32_t low = 0, high = set == NULL ? 0 : set->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = text_cmp(key, set->item[middle].key);

		if (order == 0)
			return &set->item[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int item_cmp(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;
	int order = text_cmp(a->key, b->key);

	return order != 0 ? order : text_cmp(a->value, b->value);
}

/* A set of these items, which are sorted in place. Of a key with several values the smallest stays.
 */
const struct set *set_make(struct arena *arena, struct item *items, size_t n,
			   const struct text **clash)
{
	struct set *set = arena_alloc(arena, sizeof(*set) + n * sizeof(set->item[0]));

	if (clash != NULL)
		*clash = NULL;
	if (n > 0)
		qsort(items, n, sizeof(*items), item_cmp);
	for (size_t i = 0; i < n; i++) {
		const struct item *last = set->n == 0 ? NULL : &set->item[set->n - 1];

		if (last == NULL || text_cmp(last->key, items[i].key) != 0) {
			set->item[set->n++] = items[i];
			continue;
		}
		if (clash != NULL && *clash == NULL && text_cmp(last->value, items[i].value) != 0)
			*clash = items[i].key;
	}
	return set;
}
