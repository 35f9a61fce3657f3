#include "reconciler/doc_value.h"

#include <string.h>

const char *const note_arrays[NOTE_KINDS] = {
    [NOTE_UNMANAGED] = "unmanaged", [NOTE_RELEASED] = "released",  [NOTE_IGNORED] = "ignored",
    [NOTE_BY_HAND] = "by_hand",     [NOTE_LEFTOVER] = "leftovers", [NOTE_WARNING] = "warnings",
};

const struct attr *attr_find(const char *kind, const char *name)
{
	int id = kind_find(kind);

	for (unsigned i = 0; id >= 0 && i < kinds[id]->attrs; i++)
		if (strcmp(kinds[id]->attr[i].name, name) == 0)
			return &kinds[id]->attr[i];
	return NULL;
}

bool attr_is_map(const struct attr *attr)
{
	return attr && (attr->type == ATTR_TAGS || attr->type == ATTR_POLICIES);
}

/* Other references (a boundary) may be ARNs too, so they keep their whole address. */
static bool attr_is_bare(const struct attr *attr)
{
	return attr && attr->type == ATTR_REF && attr->ref &&
	       (strcmp(attr->ref, "unit") == 0 || strcmp(attr->ref, "account") == 0);
}

const char *value_outside(const struct attr *attr, const char *s)
{
	size_t len;

	if (!attr_is_bare(attr))
		return s;
	if (strcmp(s, "root") == 0)
		return "/";
	len = strlen(attr->ref);
	return str_starts(s, attr->ref) && s[len] == '/' && s[len + 1] ? s + len + 1 : s;
}

const struct text *value_inside(struct arena *arena, const struct attr *attr, const char *s,
				size_t len)
{
	if (!attr_is_bare(attr))
		return text_new(arena, s, len);
	if (strcmp(s, "/") == 0)
		return text_str(arena, "root");
	return text_printf(arena, "%s/%s", attr->ref, s);
}
