/* Sections: maps from names to declarations, parsed by the attribute tables of their kinds. */
#include "state/config_priv.h"
#include "state/valid.h"

#include <string.h>

/* Keys beside the attributes. */
static const char *const common_keys[] = {"previously", "id", "external", NULL};
static const char *const unit_keys[] = {"move", "allow_list", NULL};
static const char *const account_keys[] = {"allow_list", "state", NULL};
static const char *const user_keys[] = {"expires", "acknowledge", NULL};
static const char *const entity_keys[] = {"acknowledge", NULL};
static const char *const no_keys[] = {NULL};

/* Keys of the format that this version does not act on. */
static const char *const account_later[] = {"contacts", "budget", "invite", NULL};

static const char *const *kind_keys(uint16_t kind)
{
	static const char *const *const keys[KIND_COUNT] = {
	    [KIND_UNIT] = unit_keys,       [KIND_ACCOUNT] = account_keys,
	    [KIND_IAM_USER] = user_keys,   [KIND_IAM_GROUP] = entity_keys,
	    [KIND_IAM_ROLE] = entity_keys, [KIND_IAM_POLICY] = entity_keys};

	return keys[kind] == NULL ? no_keys : keys[kind];
}

static const char *const *kind_later(uint16_t kind)
{
	return kind == KIND_ACCOUNT ? account_later : no_keys;
}

static const struct attr *attr_find(const struct kind *kind, const char *name)
{
	for (uint16_t i = 0; i < kind->attrs; i++) {
		if ((kind->attr[i].flags & (ATTR_DERIVED | ATTR_LIVE)) == 0 &&
		    strcmp(kind->attr[i].name, name) == 0)
			return &kind->attr[i];
	}
	return NULL;
}

/* The keys that a declaration of the kind may have. */
size_t declaration_keys(uint16_t kind, const char **names, size_t max)
{
	const char *const *lists[] = {common_keys, kind_keys(kind), kind_later(kind)};
	size_t n = 0;

	for (uint16_t i = 0; i < kinds[kind]->attrs; i++) {
		if ((kinds[kind]->attr[i].flags & (ATTR_DERIVED | ATTR_LIVE)) == 0 && n < max)
			names[n++] = kinds[kind]->attr[i].name;
	}
	for (size_t i = 0; i < COUNT(lists); i++) {
		for (const char *const *name = lists[i]; *name != NULL && n < max; name++)
			names[n++] = *name;
	}
	charter_assert(n < max);
	return n;
}

static void entry_key_unknown(struct reading *reading, uint16_t kind, const struct entry *entry)
{
	const char *known[64] = {0};

	declaration_keys(kind, known, COUNT(known));
	key_unknown(reading, entry, known);
}

/* Values. */

/* A list of texts, each once; false when diagnosed. */
bool elements_check(struct reading *reading, const struct node *list, const char *what)
{
	auto_map *seen = map_new();
	bool ok = true;

	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *node = list->entry[i].value;
		const struct text *text = node_text(reading, node, what);

		if (text == NULL) {
			ok = false;
		} else if (map_put(seen, text->s, (void *)node) != NULL) {
			diagnose(reading->diagnostics, node->where, "`%s` stands twice in `%s`",
				 text->s, what);
			ok = false;
		}
	}
	return ok;
}

/* A list, or {only: [...]}. Its elements are not looked at. */
bool list_open(struct reading *reading, const char *what, struct written *written)
{
	const struct node *node = written->node;

	if (node->type == NODE_MAP && node->n == 1 && text_is(node->entry[0].key, "only")) {
		written->only = true;
		node = node->entry[0].value;
	} else if (node->type == NODE_MAP) {
		diagnose(reading->diagnostics, node->where,
			 "`%s` must be a list, or {only: [...]} to let other elements be", what);
		return false;
	}
	if (!node_is_list(reading, node, what))
		return false;
	written->node = node;
	return true;
}

static bool document_shape(struct reading *reading, const struct node *node, const char *what)
{
	if (node->type == NODE_MAP)
		return true;
	if (node->type == NODE_SCALAR && !node_is_null(node))
		return node_text(reading, node, what) != NULL;
	diagnose(reading->diagnostics, node->where,
		 "`%s` must be the path of a JSON or YAML file, or the document itself", what);
	return false;
}

static bool map_shape(struct reading *reading, const struct node *map, const struct attr *attr)
{
	bool ok = node_is_map(reading, map, attr->name);

	if (!ok)
		return false;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (attr->type == ATTR_POLICIES)
			ok &= document_shape(reading, entry->value, entry->key->s);
		else
			ok &= node_text(reading, entry->value, entry->key->s) != NULL;
	}
	return ok;
}

/* References and descriptions are cleared as lists are, by [] or {}. */
static bool scalar_shape(struct reading *reading, const struct node *node, const struct attr *attr)
{
	bool clears = (attr->flags & ATTR_REQUIRED) == 0 &&
		      (attr->type == ATTR_REF ||
		       (attr->min == 0 && (attr->valid == NULL || attr->valid("", 0) == NULL)));

	if (clears && node->type != NODE_SCALAR && node->n == 0)
		return true;
	return node_text(reading, node, attr->name) != NULL;
}

/* Checks the shape of a value by the attribute's type; what is wrong in it is diagnosed. */
bool written_read(struct reading *reading, const struct attr *attr, const struct entry *entry,
		  struct written *written)
{
	written->node = entry->value;
	switch (attr->type) {
	case ATTR_TEXT:
	case ATTR_REF:
		return scalar_shape(reading, entry->value, attr);
	case ATTR_POLICY:
		return document_shape(reading, entry->value, attr->name);
	case ATTR_SET:
	case ATTR_REFS:
		return list_open(reading, attr->name, written) &&
		       elements_check(reading, written->node, attr->name);
	case ATTR_TAGS:
	case ATTR_POLICIES:
		return map_shape(reading, entry->value, attr);
	}
	return false;
}

/* Reads one attribute by the rule of its kind, if it has one, or of its type. */
bool attr_read(struct reading *reading, uint16_t kind, uint16_t attr, const struct entry *entry,
	       struct written *written)
{
	const struct special *special = special_find(kind, &kinds[kind]->attr[attr]);

	if (special == NULL || special->shape == NULL)
		return written_read(reading, &kinds[kind]->attr[attr], entry, written);
	written->node = entry->value;
	return special->shape(reading, &kinds[kind]->attr[attr], written);
}

/* Pinned ids. */

static bool id_fits(uint16_t kind, const char *id)
{
	static const char *const prefixes[KIND_COUNT] = {
	    [KIND_UNIT] = "ou-",
	    [KIND_POLICY] = "p-",
	    [KIND_IAM_USER] = "arn:",
	    [KIND_IAM_GROUP] = "arn:",
	    [KIND_IAM_ROLE] = "arn:",
	    [KIND_IAM_POLICY] = "arn:",
	    [KIND_IAM_OIDC_PROVIDER] = "arn:",
	    [KIND_PERMISSION_SET] = "arn:",
	};

	return prefixes[kind] == NULL ||
	       (str_starts(id, prefixes[kind]) && strlen(id) > strlen(prefixes[kind]));
}

static bool id_read(struct reading *reading, const struct entry *entry,
		    struct declaration *declaration)
{
	const char *title;

	if (declaration->kind == KIND_ACCOUNT)
		declaration->id = node_account_id(reading, entry->value, "id");
	else
		declaration->id = node_text(reading, entry->value, "id");
	if (declaration->id == NULL)
		return false;
	if (id_fits(declaration->kind, declaration->id->s))
		return true;
	title = kinds[declaration->kind]->title;
	diagnose(reading->diagnostics, entry->value->where, "`id` is not the id of %s %s",
		 strchr("AEIOUaeiou", *title) != NULL ? "an" : "a", title);
	return false;
}

static bool previously_read(struct reading *reading, const struct entry *entry,
			    struct declaration *declaration)
{
	const struct node *node = entry->value;

	declaration->previously = node;
	if (node->type == NODE_LIST)
		return elements_check(reading, node, "previously");
	return node_text(reading, node, "previously") != NULL;
}

/* Entries. */

static bool state_read(struct reading *reading, const struct entry *entry)
{
	static const char *const later[] = {"suspended", "closed", "released", NULL};
	const struct text *state = node_text(reading, entry->value, "state");

	if (state == NULL)
		return false;
	if (text_is(state, "open") || (reading->lenient && name_among(state->s, later)))
		return true;
	if (name_among(state->s, later))
		diagnose(reading->diagnostics, entry->value->where,
			 "`state: %s` is not supported yet", state->s);
	else
		diagnose(reading->diagnostics, entry->value->where,
			 "`state` must be open, suspended, closed or released");
	return false;
}

static bool flag_read(struct reading *reading, const struct entry *entry,
		      struct declaration *declaration, enum resource_flags flag)
{
	bool ok = true;

	if (node_flag(reading, entry->value, entry->key->s, &ok))
		declaration->flags |= (uint16_t)flag;
	return ok;
}

/* Which findings there are is known where they are found. */
static bool acknowledge_read(struct reading *reading, const struct entry *entry,
			     struct declaration *declaration)
{
	declaration->acknowledge = entry->value;
	return node_is_list(reading, entry->value, "acknowledge") &&
	       elements_check(reading, entry->value, "acknowledge");
}

/* A key of this kind alone. False: diagnosed. */
static bool kind_key_read(struct reading *reading, const struct entry *entry,
			  struct declaration *declaration)
{
	const char *key = entry->key->s;

	if (strcmp(key, "move") == 0)
		return flag_read(reading, entry, declaration, RES_MOVE);
	if (strcmp(key, "allow_list") == 0)
		return flag_read(reading, entry, declaration, RES_ALLOW_LIST);
	if (strcmp(key, "expires") == 0)
		return node_until(reading, entry->value, key, &declaration->expires_us);
	if (strcmp(key, "acknowledge") == 0)
		return acknowledge_read(reading, entry, declaration);
	return state_read(reading, entry);
}

/* A key that is no attribute. False: diagnosed. */
static bool special_read(struct reading *reading, const struct entry *entry,
			 struct declaration *declaration)
{
	const char *key = entry->key->s;

	if (strcmp(key, "previously") == 0)
		return previously_read(reading, entry, declaration);
	if (strcmp(key, "id") == 0)
		return id_read(reading, entry, declaration);
	if (strcmp(key, "external") == 0)
		return flag_read(reading, entry, declaration, RES_EXTERNAL);
	if (name_among(key, kind_keys(declaration->kind)))
		return kind_key_read(reading, entry, declaration);
	if (name_among(key, kind_later(declaration->kind)))
		key_unsupported(reading, entry);
	else
		entry_key_unknown(reading, declaration->kind, entry);
	return true;
}

static void required_check(struct reading *reading, struct declaration *declaration)
{
	const struct kind *kind = kinds[declaration->kind];

	if ((declaration->flags & RES_EXTERNAL) != 0)
		return;
	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct attr *attr = &kind->attr[i];
		bool pinned =
		    declaration->kind == KIND_ACCOUNT &&
		    (reading->independent || (i == ACCOUNT_EMAIL && declaration->id != NULL));

		if ((attr->flags & ATTR_REQUIRED) == 0 || (attr->flags & ATTR_DERIVED) != 0 ||
		    declaration->written[i].node != NULL || pinned)
			continue;
		diagnose(reading->diagnostics, declaration->where, "%s `%s` has no `%s`",
			 kind->title, declaration->name->s, attr->name);
		declaration->broken = true;
	}
}

/* With `organization: none` an account is its id, and is part of nothing. */
static void independent_check(struct reading *reading, const struct node *body,
			      struct declaration *declaration)
{
	static const char *const organized[] = {"unit", "policies", "allow_list", "state", NULL};

	if (declaration->kind != KIND_ACCOUNT || !reading->independent || reading->lenient)
		return;
	for (uint32_t i = 0; i < body->n; i++) {
		if (name_among(body->entry[i].key->s, organized))
			diagnose(reading->diagnostics, body->entry[i].where,
				 "`%s` needs an organization, and charter.yaml says "
				 "`organization: none`",
				 body->entry[i].key->s);
	}
	if (declaration->id != NULL || declaration->broken)
		return;
	diagnose(reading->diagnostics, declaration->where,
		 "account `%s` has no `id`: with `organization: none` each needs one",
		 declaration->name->s);
	declaration->broken = true;
}

/* Reads the map of one declaration, whose kind, name and place stand. What is wrong is diagnosed,
 * and then only the name is good. */
void declaration_read(struct reading *reading, const struct node *body,
		      struct declaration *declaration)
{
	const struct kind *kind = kinds[declaration->kind];
	struct written *written = arena_array(reading->arena, kind->attrs, sizeof(*written));

	declaration->written = written;
	if (!node_is_map(reading, body, declaration->name->s)) {
		declaration->broken = true;
		return;
	}
	for (uint32_t i = 0; i < body->n; i++) {
		const struct entry *entry = &body->entry[i];
		const struct attr *attr = attr_find(kind, entry->key->s);
		bool ok = attr != NULL
			      ? attr_read(reading, declaration->kind, (uint16_t)(attr - kind->attr),
					  entry, &written[attr - kind->attr])
			      : special_read(reading, entry, declaration);

		if (!ok)
			declaration->broken = true;
	}
	independent_check(reading, body, declaration);
	required_check(reading, declaration);
}

/* Counts what a section holds; a section may stand in several files. */
void section_note(struct reading *reading, const struct text *name, struct place where, uint32_t n)
{
	struct config *config = reading->config;
	auto_free char *key = xasprintf("section %s", name->s);
	struct section *section;
	size_t at = (size_t)(uintptr_t)map_get(config->by_name, key);

	if (at == 0) {
		vec_push(&config->sections, ((struct section){.name = name, .where = where}));
		at = config->sections.n;
		map_put(config->by_name, key, (void *)(uintptr_t)at);
	}
	section = &config->sections.at[at - 1];
	section->n += n;
	section->empty = section->n == 0;
}

/* Reads a section: a map from names to declarations of one kind. `account` is whose IAM it is, or
 * NULL. */
void section_read(struct reading *reading, const struct entry *section, enum kind_id kind,
		  const char *name, const struct text *account, struct place account_where)
{
	const struct node *map = section->value;

	if (!node_is_map(reading, map, section->key->s))
		return;
	section_note(reading, text_str(reading->arena, name), section->where, map->n);
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];
		struct declaration *added, declaration = {.kind = (uint16_t)kind,
							  .where = entry->where,
							  .name = entry->key,
							  .account = account,
							  .account_where = account_where};

		added = declaration_add(reading, &declaration);
		if (added != NULL)
			declaration_read(reading, entry->value, added);
	}
}
