/* charter.yaml: the settings, and the organization. */
#include "state/config_priv.h"
#include "state/valid.h"

#include <string.h>

/* The tag charter:applied/SCOPE must fit in 128 characters. */
#define SCOPE_MAX 100

static void version_read(struct reading *reading, const struct node *node)
{
	if (node_number(node) == NUMBER_INTEGER && text_is(node->s, "1"))
		return;
	diagnose(reading->diagnostics, node->where,
		 node_number(node) == NUMBER_INTEGER
		     ? "this version of charter reads format 1: write `charter: 1`"
		     : "the format version must be a number: write `charter: 1`");
}

static void scope_read(struct reading *reading, const struct node *node)
{
	const struct text *scope = node_text(reading, node, "scope");

	if (scope == NULL)
		return;
	if (scope->len == 0 || utf8_count(scope->s, scope->len) > SCOPE_MAX ||
	    valid_tag_key(scope->s, scope->len) != NULL || strchr(scope->s, ' ') != NULL)
		diagnose(reading->diagnostics, node->where,
			 "`scope` may hold at most %d letters, digits and _.:/=+-@", SCOPE_MAX);
	else
		reading->config->settings.scope = scope;
}

/* Unmanaged. */

static int unmanaged_choice(struct reading *reading, const struct node *node, const char *what)
{
	if (node->type == NODE_SCALAR && text_is(node->s, "ignore"))
		return 1;
	if (node->type == NODE_SCALAR && text_is(node->s, "report"))
		return 0;
	diagnose(reading->diagnostics, node->where, "`%s` must be report or ignore", what);
	return -1;
}

static void unmanaged_section(struct reading *reading, const struct entry *entry)
{
	static const struct {
		const char *section;
		enum kind_id kind[6];
		size_t n;
	} sections[] = {
	    {"units", {KIND_UNIT}, 1},
	    {"accounts", {KIND_ACCOUNT}, 1},
	    {"policies", {KIND_POLICY}, 1},
	    {"organization", {KIND_DELEGATED_ADMINISTRATOR}, 1},
	    {"iam",
	     {KIND_IAM_POLICY, KIND_IAM_GROUP, KIND_IAM_USER, KIND_IAM_ROLE, KIND_IAM_OIDC_PROVIDER,
	      KIND_IAM_ACCOUNT},
	     6},
	    {"identity_center",
	     {KIND_IDENTITY_USER, KIND_IDENTITY_GROUP, KIND_PERMISSION_SET, KIND_ASSIGNMENT},
	     4},
	};
	const char *known[COUNT(sections) + 1] = {0};
	int choice;

	for (size_t i = 0; i < COUNT(sections); i++) {
		known[i] = sections[i].section;
		if (!text_is(entry->key, sections[i].section))
			continue;
		choice = unmanaged_choice(reading, entry->value, entry->key->s);
		for (size_t k = 0; k < sections[i].n; k++)
			reading->config->settings.unmanaged_ignore[sections[i].kind[k]] =
			    choice == 1;
		return;
	}
	key_unknown(reading, entry, known);
}

static void unmanaged_read(struct reading *reading, const struct node *node)
{
	int choice;

	if (node->type == NODE_MAP) {
		for (uint32_t i = 0; i < node->n; i++)
			unmanaged_section(reading, &node->entry[i]);
		return;
	}
	choice = unmanaged_choice(reading, node, "unmanaged");
	for (size_t i = 0; i < KIND_COUNT; i++)
		reading->config->settings.unmanaged_ignore[i] = choice == 1;
}

/* The keys of charter.yaml that are settings and nothing more. */
void settings_read(struct reading *reading, const struct entry *entry)
{
	if (text_is(entry->key, "charter"))
		version_read(reading, entry->value);
	else if (text_is(entry->key, "scope"))
		scope_read(reading, entry->value);
	else if (text_is(entry->key, "access"))
		access_settings_read(reading, entry->value);
	else
		unmanaged_read(reading, entry->value);
}

/* What charter.yaml must have, and what can't stand together. */
void settings_finish(struct reading *reading, const struct node *root)
{
	const struct settings *settings = &reading->config->settings;

	if (settings->record_account != NULL && !reading->independent && !reading->lenient)
		diagnose(reading->diagnostics, settings->record_where,
			 "`record` has a meaning only with `organization: none`: an organization "
			 "has its record at its root");
	if (reading->independent && !reading->lenient && node_get(root, "record") == NULL)
		diagnose(reading->diagnostics, settings->organization_where,
			 "`organization: none` needs `record: {account: ..., role: ...}`: the role "
			 "whose tags say what was applied last");
	if (root->type == NODE_MAP && node_get(root, "charter") == NULL)
		diagnose(reading->diagnostics, (struct place){root->where.file, 1, 1},
			 "`charter: 1`, the version of the format, is missing");
}

/* The organization. */

static const struct text *organization_id(struct reading *reading, const struct node *node)
{
	const struct text *id = node_text(reading, node, "id");

	/* o-[a-z0-9]{10,32} */
	if (id != NULL && str_starts(id->s, "o-") && id->len >= 12 && id->len <= 34 &&
	    strspn(id->s + 2, "abcdefghijklmnopqrstuvwxyz0123456789") == id->len - 2)
		return id;
	if (id != NULL)
		diagnose(reading->diagnostics, node->where,
			 "`id` must be an organization's id such as o-exampleorgid");
	return NULL;
}

static void delegated_read(struct reading *reading, const struct node *map)
{
	if (!node_is_map(reading, map, "delegated_administrators"))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *service = &map->entry[i];
		const struct node *list = service->value;

		if (!node_is_list(reading, list, service->key->s))
			continue;
		for (uint32_t k = 0; k < list->n; k++) {
			const struct node *node = list->entry[k].value;
			struct declaration declaration = {
			    .kind = KIND_DELEGATED_ADMINISTRATOR,
			    .where = node->where,
			    .name = service->key,
			    .account = node_text(reading, node, service->key->s),
			    .account_where = node->where,
			    .written = arena_array(reading->arena, DELEGATED_ATTRS,
						   sizeof(struct written)),
			};

			if (declaration.account != NULL)
				declaration_add(reading, &declaration);
		}
	}
}

static bool attribute_read(struct reading *reading, const struct entry *entry, uint16_t number,
			   struct written *written)
{
	return written_read(reading, &kinds[KIND_ORGANIZATION]->attr[number], entry,
			    &written[number]);
}

static bool root_read(struct reading *reading, const struct node *map, struct written *written)
{
	static const char *const known[] = {"policies", "tags", NULL};
	bool ok = node_is_map(reading, map, "root");

	if (!ok)
		return false;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (text_is(entry->key, "policies"))
			ok &= attribute_read(reading, entry, ORG_POLICIES, written);
		else if (text_is(entry->key, "tags"))
			ok &= attribute_read(reading, entry, ORG_TAGS, written);
		else
			key_unknown(reading, entry, known);
	}
	return ok;
}

/* False: diagnosed, and the resource can't be made. */
static bool organization_key(struct reading *reading, const struct entry *entry,
			     struct declaration *declaration, struct written *written)
{
	static const char *const known[] = {"id",
					    "management_account",
					    "feature_set",
					    "create",
					    "policy_types",
					    "trusted_services",
					    "root",
					    "delegated_administrators",
					    NULL};
	struct settings *settings = &reading->config->settings;
	const struct node *value = entry->value;
	bool ok = true;

	if (text_is(entry->key, "id"))
		settings->organization_id = organization_id(reading, value);
	else if (text_is(entry->key, "management_account"))
		settings->management_account = node_account_id(reading, value, entry->key->s);
	else if (text_is(entry->key, "feature_set"))
		ok = attribute_read(reading, entry, ORG_FEATURE_SET, written);
	else if (text_is(entry->key, "create"))
		settings->create = node_flag(reading, value, "create", &ok);
	else if (text_is(entry->key, "policy_types"))
		ok = attribute_read(reading, entry, ORG_POLICY_TYPES, written);
	else if (text_is(entry->key, "trusted_services"))
		ok = attribute_read(reading, entry, ORG_TRUSTED_SERVICES, written);
	else if (text_is(entry->key, "root"))
		ok = root_read(reading, value, written);
	else if (text_is(entry->key, "delegated_administrators"))
		delegated_read(reading, value);
	else
		key_unknown(reading, entry, known);
	if (settings->create)
		declaration->flags |= RES_CREATE;
	return ok;
}

/* organization: its settings, and the declaration of the organization itself. */
void organization_read(struct reading *reading, const struct entry *section)
{
	struct settings *settings = &reading->config->settings;
	const struct node *map = section->value;
	struct written *written = arena_array(reading->arena, ORG_ATTRS, sizeof(*written));
	struct declaration declaration = {.kind = KIND_ORGANIZATION,
					  .where = section->where,
					  .name = section->key,
					  .written = written};

	settings->organization_where = section->where;
	if (map->type == NODE_SCALAR && text_is(map->s, "none")) {
		settings->organization_none = true;
		return;
	}
	if (!node_is_map(reading, map, "organization"))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		if (!organization_key(reading, &map->entry[i], &declaration, written))
			declaration.broken = true;
	}
	if (settings->organization_id != NULL)
		declaration.id = settings->organization_id;
	declaration_add(reading, &declaration);
}
