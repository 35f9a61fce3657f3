/* Where a resource stands in the configuration. */
#include "reconciler/import.h"

#include "reconciler/import_value.h"

#include <string.h>

/* Sections: from the top of a file to a map of names, or within an account's `iam`. */
struct section_row {
	const char *top, *below; /* below: NULL, or the key under top (or the account) */
	bool account;            /* iam.accounts.ACCOUNT comes between */
};
static const struct section_row section_rows[KIND_COUNT] = {
    [KIND_ORGANIZATION] = {"organization", NULL, false},
    [KIND_UNIT] = {"units", NULL, false},
    [KIND_ACCOUNT] = {"accounts", NULL, false},
    [KIND_POLICY] = {"policies", NULL, false},
    [KIND_IAM_POLICY] = {"iam", "policies", true},
    [KIND_IAM_GROUP] = {"iam", "groups", true},
    [KIND_IAM_USER] = {"iam", "users", true},
    [KIND_IAM_ROLE] = {"iam", "roles", true},
    [KIND_IAM_OIDC_PROVIDER] = {"iam", "oidc_providers", true},
    [KIND_IAM_ACCOUNT] = {"iam", NULL, true},
    [KIND_IDENTITY_USER] = {"identity_center", "users", false},
    [KIND_IDENTITY_GROUP] = {"identity_center", "groups", false},
    [KIND_PERMISSION_SET] = {"identity_center", "permission_sets", false},
};

#define PATH_MOST 8

/* A part of a unit's path: a slash within a name is %2F, a percent sign %25. */
static void path_part(struct buf *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '/')
			buf_puts(out, "%2F");
		else if (*name == '%')
			buf_puts(out, "%25");
		else
			buf_putc(out, *name);
	}
}

const char *unit_path(struct arena *arena, const struct text *address)
{
	auto_buf out = BUF_INIT(1 << 16);
	const struct text *part;

	for (unsigned n = 1; (part = address_part(arena, address, n)) != NULL; n++) {
		if (n > 1)
			buf_putc(&out, '/');
		path_part(&out, part->s);
	}
	return out.len == 0 ? "/" : arena_strdup(arena, buf_str(&out));
}

const char *const *import_path(struct arena *arena, const struct text *address)
{
	const char **path = arena_array(arena, PATH_MOST, sizeof(*path));
	int kind = address_kind(address);
	const struct section_row *row = kind < 0 ? NULL : &section_rows[kind];
	size_t n = 0;

	if (row == NULL || row->top == NULL)
		return NULL;
	path[n++] = row->top;
	if (row->account) {
		path[n++] = "accounts";
		path[n++] = address_part(arena, address, 1)->s;
	}
	if (row->below != NULL)
		path[n++] = row->below;
	if (kind == KIND_UNIT)
		path[n++] = unit_path(arena, address);
	else if (kind != KIND_ORGANIZATION && kind != KIND_IAM_ACCOUNT)
		path[n++] = address_name(arena, address)->s;
	return path;
}

const char *const *import_attribute_path(struct arena *arena, const struct text *address,
					 uint16_t attr)
{
	const char *const *path = import_path(arena, address);
	const char **whole = arena_array(arena, PATH_MOST + 2, sizeof(*whole));
	size_t n = 0;

	if (path == NULL)
		return NULL;
	while (path[n] != NULL) {
		whole[n] = path[n];
		n++;
	}
	if (text_is(address, "organization") && (attr == ORG_POLICIES || attr == ORG_TAGS))
		whole[n++] = "root";
	whole[n] = kinds[address_kind(address)]->attr[attr].name;
	return whole;
}
