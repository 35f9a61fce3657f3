/* The parts of a policy document's canonical form: strings, sets of strings, objects by table. */
#include "state/canon_part.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 60 /* characters of a document's string shown in a message */

json_t *canon_made(json_t *value)
{
	if (value == NULL)
		die_out_of_memory();
	return value;
}

void canon_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		die_out_of_memory();
}

void canon_push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		die_out_of_memory();
}

/* A string of the document as a message shows it: cut, and never within a character. */
const char *canon_shown(const struct canon *c, const char *s)
{
	size_t len = strlen(s), at = 0;
	uint32_t code;

	for (int n = 0; n < SHOWN_MAX && at < len; n++) {
		int bytes = utf8_next(s + at, len - at, &code);

		if (bytes == 0)
			break;
		at += (size_t)bytes;
	}
	return arena_printf(c->arena, "\"%.*s%s\"", (int)at, s, at < len ? "..." : "");
}

int canon_unknown(const struct canon *c, const char *what, const char *name,
		  const char *const *known, size_t n)
{
	const char *near = text_nearest(name, known, n);

	if (near == NULL)
		return error_set(c->err, "unknown %s %s", what, canon_shown(c, name));
	return error_set(c->err, "unknown %s %s (did you mean \"%s\"?)", what, canon_shown(c, name),
			 near);
}

const char *canon_type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		break;
	}
	return "null";
}

/* Lists that AWS reads as sets. */

static int string_cmp(const void *pa, const void *pb)
{
	json_t *const *a = pa, *const *b = pb;

	return strcmp(json_string_value(*a), json_string_value(*b));
}

/* Sorted, each once; a list of one becomes its string. */
static json_t *set_of(const json_t *strings)
{
	size_t n = json_array_size(strings);
	auto_free json_t **sorted = xcalloc(n + 1, sizeof(json_t *));
	json_t *set;

	for (size_t i = 0; i < n; i++)
		sorted[i] = json_array_get(strings, i);
	qsort(sorted, n, sizeof(json_t *), string_cmp);

	set = canon_made(json_array());
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || string_cmp(&sorted[i - 1], &sorted[i]) != 0)
			canon_push(set, json_incref(sorted[i]));
	}
	if (json_array_size(set) == 1) {
		json_t *only = json_incref(json_array_get(set, 0));

		json_decref(set);
		return only;
	}
	return set;
}

json_t *set_canon(const struct canon *c, json_t *value, canon_fn *element)
{
	json_auto_t *strings = canon_made(json_array());
	json_t *item, *string;
	size_t i;

	if (!json_is_array(value))
		return element(c, value);
	json_array_foreach(value, i, item)
	{
		string = element(c, item);
		if (string == NULL)
			return NULL;
		canon_push(strings, string);
	}
	return set_of(strings);
}

json_t *string_canon(const struct canon *c, json_t *value)
{
	if (json_is_string(value))
		return canon_made(json_string(json_string_value(value)));
	error_set(c->err, "must be a string, not %s%s", canon_type_name(value),
		  json_is_number(value) ? " (put it in quotes)" : "");
	return NULL;
}

static const struct element *element_find(const struct canon *c, const struct element *table,
					  size_t n, const char *key)
{
	const char *names[16];

	charter_assert(n <= COUNT(names));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(table[i].name, key) == 0)
			return &table[i];
		names[i] = table[i].name;
	}
	canon_unknown(c, "element", key, names, n);
	return NULL;
}

/* An object whose keys are the elements of `table`, each in canonical form. */
json_t *elements_canon(const struct canon *c, json_t *object, const struct element *table, size_t n)
{
	json_auto_t *out = canon_made(json_object());
	const struct element *element;
	const char *key;
	json_t *value, *canonical;

	json_object_foreach(object, key, value)
	{
		element = element_find(c, table, n, key);
		if (element == NULL)
			return NULL;
		if (element->rival != NULL && json_object_get(object, element->rival) != NULL) {
			error_set(c->err, "has both %s and %s", element->name, element->rival);
			return NULL;
		}
		canonical = element->canon(c, value);
		if (canonical == NULL) {
			if (!element->own_context)
				error_prefix(c->err, "%s", element->name);
			return NULL;
		}
		canon_put(out, key, canonical);
	}
	return json_incref(out);
}
