/* Which file each resource goes to, and what stands in it. */
#include "reconciler/import_priv.h"

#include "base/error.h"
#include "git/source.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MOST 80 /* bytes of a part of a path */
/* A file of configuration holds one MiB; what is written is longer than what is counted here. */
#define FILE_MOST (300u << 10)
/* Beyond these documents stand where they are used, and what accounts have does not stand in a file
 * for each. */
#define FILES_MOST (SOURCE_MAX_FILES - 1000)

/* A name of AWS as a part of a path: letters, digits and ._- of ASCII; none of ._- in front, where
 * files are left out. */
static const char *path_name(struct arena *arena, const char *name)
{
	auto_buf out = BUF_INIT(NAME_MOST);

	for (const char *p = name; *p != '\0'; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			     (*p >= '0' && *p <= '9') || *p == '.' || *p == '_' || *p == '-';

		if (out.len == 0 && (*p == '.' || *p == '_' || *p == '-'))
			continue;
		if (plain)
			buf_putc(&out, *p);
		else if (out.len > 0 && out.data[out.len - 1] != '-')
			buf_putc(&out, '-');
	}
	while (out.len > 0 && (out.data[out.len - 1] == '-' || out.data[out.len - 1] == '.'))
		out.data[--out.len] = '\0';
	return out.len == 0 ? "unnamed" : arena_strdup(arena, buf_str(&out));
}

/* Paths that differ in case alone are one on some systems. */
static bool path_take(struct importer *m, const char *path)
{
	const struct text *text = text_str(m->arena, path);
	auto_free char *lower = text_lowered(text);

	if (map_get(m->taken, lower) != NULL)
		return false;
	map_put(m->taken, lower, (void *)text);
	return true;
}

/* A path that nothing has: STEM.EXT, STEM-2.EXT ... */
static const char *path_free(struct importer *m, const char *stem, const char *ext)
{
	const char *path = arena_printf(m->arena, "%s.%s", stem, ext);

	for (unsigned n = 2; !path_take(m, path); n++)
		path = arena_printf(m->arena, "%s-%u.%s", stem, n, ext);
	return path;
}

static void object_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		die_out_of_memory();
}

/* Files by what they are for. */

static const char *account_name(struct importer *m, const struct candidate *c)
{
	return path_name(m->arena, address_part(m->arena, c->row->address, 1)->s);
}

/* Where the kind's resources go, without the ending. */
static const char *stem_of(struct importer *m, const struct candidate *c)
{
	static const char *const stems[KIND_COUNT] = {
	    [KIND_ORGANIZATION] = "charter",
	    [KIND_DELEGATED_ADMINISTRATOR] = "charter",
	    [KIND_UNIT] = "units",
	    [KIND_POLICY] = "policies",
	    [KIND_IDENTITY_USER] = "identity/users",
	    [KIND_IDENTITY_GROUP] = "identity/groups",
	    [KIND_PERMISSION_SET] = "identity/permission-sets",
	};
	const struct value *unit = &c->live->v[ACCOUNT_UNIT];

	if (stems[c->live->kind] != NULL)
		return stems[c->live->kind];
	if (m->joined)
		return c->live->kind == KIND_ACCOUNT ? "accounts" : "iam";
	if (c->live->kind != KIND_ACCOUNT)
		return arena_printf(m->arena, "iam/%s", account_name(m, c));
	if (unit->state != VALUE_TEXT || text_is(unit->u.text, "root"))
		return "accounts/root";
	return arena_printf(m->arena, "accounts/%s",
			    path_name(m->arena, unit_path(m->arena, unit->u.text)));
}

/* What keeps two accounts or units apart whose names make one path. */
static const char *group_of(struct importer *m, const struct candidate *c, const char *stem)
{
	const struct value *unit = &c->live->v[ACCOUNT_UNIT];

	if (m->joined)
		return stem;
	if (c->live->kind == KIND_ACCOUNT)
		return unit->state == VALUE_TEXT ? unit->u.text->s : "accounts";
	if (kinds[c->live->kind]->address == ADDRESS_ACCOUNT)
		return arena_printf(m->arena, "iam/%s",
				    address_part(m->arena, c->row->address, 1)->s);
	return stem;
}

/* Without documents, and without those that a full file is followed by. */
static size_t files_count(struct importer *m)
{
	auto_map *groups = map_new();
	size_t n = m->existing_n;

	for (size_t i = 0; i < m->candidates.n; i++) {
		const struct candidate *c = m->candidates.at[i];

		if (c->why == NULL && map_put(groups, group_of(m, c, stem_of(m, c)), m) == NULL)
			n++;
	}
	return n;
}

/* The file of this group that still has room. */
static struct draft_file *file_for(struct importer *m, struct map *groups, const char *group,
				   const char *stem, size_t bytes)
{
	size_t at = (size_t)(uintptr_t)map_get(groups, group);

	if (at == 0 || m->files.at[at - 1].bytes + bytes > FILE_MOST) {
		vec_push(&m->files, ((struct draft_file){.path = path_free(m, stem, "yaml"),
							 .root = json_object()}));
		at = m->files.n;
		map_put(groups, group, (void *)(uintptr_t)at);
	}
	m->files.at[at - 1].bytes += bytes;
	return &m->files.at[at - 1];
}

static size_t value_bytes(const json_t *value)
{
	return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

static json_t *object_below(json_t *object, const char *key)
{
	json_t *below = json_object_get(object, key);

	if (below == NULL) {
		below = json_object();
		object_put(object, key, below);
	}
	return below;
}

/* Puts the value there; takes it. What an account has once stands beside what it has many of. */
static void value_put(json_t *root, const char *const *path, json_t *value)
{
	for (; path[1] != NULL; path++)
		root = object_below(root, *path);
	if (json_object_get(root, *path) == NULL) {
		object_put(root, *path, value);
	} else {
		json_object_update(json_object_get(root, *path), value);
		json_decref(value);
	}
}

/* Documents. */

static const char *document_stem(struct importer *m, const struct candidate *c, const char *attr,
				 const char *key)
{
	const char *name = path_name(m->arena, address_name(m->arena, c->row->address)->s);
	const char *suffix = key == NULL ? "" : path_name(m->arena, key);

	if (c->live->kind == KIND_POLICY)
		return arena_printf(m->arena, "policies/%s", name);
	if (c->live->kind == KIND_PERMISSION_SET)
		return arena_printf(m->arena, "identity/permission-sets/%s", name);
	if (key == NULL && strcmp(attr, "trust") == 0)
		suffix = attr;
	return arena_printf(m->arena, "iam/%s/%s-%s%s%s", account_name(m, c),
			    kinds[c->live->kind]->name + strlen("iam_"), name,
			    *suffix == '\0' ? "" : "-", suffix);
}

/* A file of its own; the value becomes its path. */
static json_t *document_out(struct importer *m, const struct candidate *c, const char *attr,
			    const char *key, json_t *document)
{
	const char *path = path_free(m, document_stem(m, c, attr, key), "json");

	if (json_array_append(m->values, document) != 0)
		die_out_of_memory();
	vec_push(&m->files, ((struct draft_file){.path = path, .document = document, .owner = c}));
	return json_string(path);
}

static void policies_out(struct importer *m, const struct candidate *c, const char *attr,
			 json_t *map)
{
	auto_free const char **keys = xcalloc(json_object_size(map) + 1, sizeof(*keys));
	const char *key;
	json_t *document;
	size_t n = 0;

	json_object_foreach(map, key, document) keys[n++] = arena_strdup(m->arena, key);
	for (size_t i = 0; i < n; i++) {
		json_t *path = document_out(m, c, attr, keys[i], json_object_get(map, keys[i]));

		object_put(map, keys[i], path);
	}
}

static void documents_out(struct importer *m, const struct candidate *c, json_t *value)
{
	const struct kind *kind = kinds[c->live->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct attr *attr = &kind->attr[i];
		json_t *member = json_object_get(value, attr->name);

		if (!json_is_object(member) || json_object_size(member) == 0)
			continue;
		if (attr->type == ATTR_POLICIES)
			policies_out(m, c, attr->name, member);
		else if (attr->type == ATTR_POLICY)
			object_put(value, attr->name, document_out(m, c, attr->name, NULL, member));
	}
}

static size_t documents_count(const struct importer *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->candidates.n; i++) {
		const struct candidate *c = m->candidates.at[i];
		const struct kind *kind = kinds[c->live->kind];

		for (uint16_t k = 0; c->why == NULL && !c->external && k < kind->attrs; k++) {
			if (kind->attr[k].type == ATTR_POLICY && value_says(&c->live->v[k]))
				n++;
			if (kind->attr[k].type == ATTR_POLICIES && c->live->v[k].state == VALUE_SET)
				n += c->live->v[k].u.set->n;
		}
	}
	return n;
}

/* Values. */

/* What names it, for those that refer to it. */
static json_t *external_value(const struct candidate *c)
{
	const struct value *type = &c->live->v[POLICY_TYPE];
	json_t *value = json_object();

	if (c->live->kind == KIND_ACCOUNT && c->live->id != NULL)
		object_put(value, "id", json_string(c->live->id->s));
	if (c->live->kind == KIND_POLICY && type->state == VALUE_TEXT)
		object_put(value, "type", json_string(type->u.text->s));
	object_put(value, "external", json_true());
	return value;
}

static void delegation_put(struct importer *m, json_t *root, const struct candidate *c)
{
	json_t *delegated =
	    object_below(object_below(root, "organization"), "delegated_administrators");
	const char *service = c->live->v[DELEGATED_SERVICE].u.text->s;
	json_t *accounts = json_object_get(delegated, service);

	if (accounts == NULL) {
		accounts = json_array();
		object_put(delegated, service, accounts);
	}
	if (json_array_append_new(
		accounts,
		json_string(address_name(m->arena, c->live->v[DELEGATED_ACCOUNT].u.text)->s)) != 0)
		die_out_of_memory();
}

static void candidate_put(struct importer *m, struct map *groups, bool inline_documents,
			  struct candidate *c)
{
	const char *stem = stem_of(m, c);
	struct draft_file *file;
	json_t *value;

	if (c->live->kind == KIND_DELEGATED_ADMINISTRATOR) {
		delegation_put(m, m->files.at[0].root, c);
		c->file = m->files.at[0].path;
		return;
	}
	value = c->external ? external_value(c) : words_value(&m->words, c->live);
	if (!inline_documents && !c->external)
		documents_out(m, c, value);
	file = file_for(m, groups, group_of(m, c, stem), stem, value_bytes(value));
	c->file = file->path;
	value_put(file->root, import_path(m->arena, c->row->address), value);
}

/* Beginnings. */

/* Keys that a first charter.yaml has whatever is in the organization. */
static void beginning_put(struct importer *m, struct map *groups)
{
	const struct settings *s = &m->plan->in->head_config->settings;
	json_t *root = file_for(m, groups, "charter", "charter", 0)->root;
	json_t *organization = json_object(), *center;

	object_put(root, "charter", json_integer(1));
	if (s->scope != NULL)
		object_put(root, "scope", json_string(s->scope->s));
	if (s->organization_id != NULL)
		object_put(organization, "id", json_string(s->organization_id->s));
	if (s->management_account != NULL)
		object_put(organization, "management_account",
			   json_string(s->management_account->s));
	object_put(root, "organization", organization);
	if (s->identity_region == NULL)
		return;
	center = json_object();
	object_put(center, "region", json_string(s->identity_region->s));
	if (s->identity_source != NULL)
		object_put(center, "source", json_string(s->identity_source->s));
	object_put(root, "identity_center", center);
}

static void products_put(struct importer *m, struct map *groups)
{
	products_make(m);
	for (size_t i = 0; i < m->products.n; i++) {
		struct product *product = &m->products.at[i];
		struct draft_file *file =
		    file_for(m, groups, "identity/assignments", "identity/assignments",
			     value_bytes(product->value));
		json_t *center = object_below(file->root, "identity_center");
		json_t *list = json_object_get(center, "assignments");

		if (list == NULL) {
			list = json_array();
			object_put(center, "assignments", list);
		}
		product->file = file->path;
		if (json_array_append(list, product->value) != 0)
			die_out_of_memory();
	}
}

/* Accounts that were entered and hold nothing to import: once they are named, what comes to them is
 * seen. */
static void entered_put(struct importer *m, struct map *groups)
{
	auto_map *held = map_new();

	for (size_t i = 0; i < m->candidates.n; i++) {
		const struct candidate *c = m->candidates.at[i];

		if (c->why == NULL && kinds[c->live->kind]->address == ADDRESS_ACCOUNT)
			map_put(held, address_part(m->arena, c->row->address, 1)->s, m);
	}
	for (size_t i = 0; i < m->candidates.n; i++) {
		const struct candidate *c = m->candidates.at[i];
		struct draft_file *file;
		const char *name;

		if (c->live->kind != KIND_ACCOUNT || c->live->id == NULL || c->why != NULL ||
		    c->external)
			continue;
		name = address_part(m->arena, c->row->address, 1)->s;
		if (map_get(held, name) != NULL ||
		    side_scope_state(m->plan->in->sides->live,
				     arena_printf(m->arena, "iam/%s", c->live->id->s)) !=
			SCOPE_WHOLE)
			continue;
		file = file_for(m, groups, "iam accounts", "iam/accounts", strlen(name));
		object_put(object_below(object_below(file->root, "iam"), "accounts"),
			   address_name(m->arena, c->row->address)->s, json_object());
	}
}

void layout_make(struct importer *m)
{
	auto_map *groups = map_new();
	bool inline_documents;
	size_t files;

	m->joined = false;
	files = files_count(m);
	m->joined = files > FILES_MOST;
	inline_documents = files + documents_count(m) > FILES_MOST;
	m->taken = map_new();
	m->values = json_array();
	for (size_t i = 0; i < m->existing_n; i++)
		path_take(m, m->existing[i].path);
	if (m->fresh)
		beginning_put(m, groups);
	for (size_t i = 0; i < m->candidates.n; i++) {
		if (m->candidates.at[i]->why == NULL)
			candidate_put(m, groups, inline_documents, m->candidates.at[i]);
	}
	if (m->fresh && m->only == NULL)
		entered_put(m, groups);
	products_put(m, groups);
}

void layout_free(struct importer *m)
{
	for (size_t i = 0; i < m->files.n; i++)
		json_decref(m->files.at[i].root);
	for (size_t i = 0; i < m->products.n; i++) {
		json_decref(m->products.at[i].value);
		free(m->products.at[i].rows.at);
	}
	m->files.n = 0;
	m->products.n = 0;
	map_free(m->taken);
	json_decref(m->values);
	m->taken = NULL;
	m->values = NULL;
}
