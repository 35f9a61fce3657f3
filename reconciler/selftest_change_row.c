/* Lists and rows of a draft, in which something gets another name. */
#include "reconciler/selftest_change.h"

#include <string.h>

json_t *list_of(json_t *value)
{
	return json_is_object(value)  ? json_object_get(value, "only")
	       : json_is_array(value) ? value
				      : NULL;
}

size_t list_find(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
			return i;
	return SIZE_MAX;
}

void list_replace(json_t *value, const char *from, const char *to)
{
	json_t *list = list_of(value);
	size_t at = list_find(list, from);

	if (at == SIZE_MAX)
		return;
	if (to)
		json_array_set_new(list, at, json_string(to));
	else
		json_array_remove(list, at);
}

void list_toggle(json_t *list, const char *name)
{
	size_t at = list_find(list, name);

	if (at != SIZE_MAX)
		json_array_remove(list, at);
	else
		json_array_append_new(list, json_string(name));
}

json_t *row_list(json_t *row, const char *member)
{
	if (!json_object_get(row, member))
		json_object_set_new(row, member, json_array());
	return list_of(json_object_get(row, member));
}

void rows_replace(json_t *table, const char *member, const char *from, const char *to)
{
	const char *key;
	json_t *row;

	json_object_foreach(table, key, row) list_replace(json_object_get(row, member), from, to);
}

void row_rename(json_t *table, const char *from, const char *to, bool previously)
{
	const char *before;
	json_t *row = json_incref(json_object_get(table, from));

	if (previously && !json_object_get(row, "previously"))
		json_object_set_new(row, "previously", json_string(from));
	before = json_string_value(json_object_get(row, "previously"));
	if (before && strcmp(before, to) == 0)
		json_object_del(row, "previously");
	json_object_set_new(table, to, row);
	json_object_del(table, from);
}
