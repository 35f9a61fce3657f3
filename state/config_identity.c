/* The section `identity_center`: where it is, who keeps its people, and what is declared in it. */
#include "state/config_priv.h"
#include "state/valid.h"

#include <string.h>

/* How messages call what is written once in all. */
#define SETTING "Identity Center's"

static const struct {
	const char *key;
	enum kind_id kind;
	const char *section;
} identity_sections[] = {
    {"users", KIND_IDENTITY_USER, "identity_center/users"},
    {"groups", KIND_IDENTITY_GROUP, "identity_center/groups"},
    {"permission_sets", KIND_PERMISSION_SET, "identity_center/permission_sets"},
};

static void region_read(struct reading *reading, const struct entry *entry)
{
	struct settings *settings = &reading->config->settings;
	const struct text *region;

	if (!entry_keep(reading, SETTING, entry))
		return;
	settings->identity_where = entry->value->where;
	region = node_text(reading, entry->value, "region");
	if (region == NULL)
		return;
	if (valid_region(region->s, region->len) != NULL && !reading->lenient)
		diagnose(reading->diagnostics, entry->value->where, "`region` %s",
			 valid_region(region->s, region->len));
	else
		settings->identity_region = region;
}

static void source_read(struct reading *reading, const struct entry *entry)
{
	static const char *const sources[] = {"internal", "scim", "ad", NULL};
	const struct text *source;

	if (!entry_keep(reading, SETTING, entry))
		return;
	source = node_text(reading, entry->value, "source");
	if (source != NULL && name_among(source->s, sources))
		reading->config->settings.identity_source = source;
	else if (source != NULL)
		diagnose(reading->diagnostics, entry->value->where,
			 "`source` must be internal, scim or ad");
}

/* Products. */

static bool product_names(const struct node *product, const char *key)
{
	const struct node *list = node_get(product, key);

	return list != NULL && list->n > 0;
}

/* What a product of good shape lacks; NULL: nothing. */
static const char *product_problem(const struct node *product)
{
	if (!product_names(product, "permission_sets"))
		return "an assignment names at least one of `permission_sets`";
	if (!product_names(product, "groups") && !product_names(product, "users"))
		return "an assignment names at least one of `groups` or `users`";
	/* In other sections they select among all accounts. Here one would be given more than it
	 * reads like. */
	if (node_get(product, "account_tags") != NULL && !product_names(product, "units"))
		return "`account_tags` narrows `units`, and there are none: for every account "
		       "write `units: [/]`";
	if (!product_names(product, "accounts") && !product_names(product, "units"))
		return "an assignment selects its accounts by `accounts` or `units`";
	return NULL;
}

static bool tags_check(struct reading *reading, const struct node *map)
{
	bool ok = node_is_map(reading, map, "account_tags");

	for (uint32_t i = 0; ok && i < map->n; i++)
		ok = node_text(reading, map->entry[i].value, map->entry[i].key->s) != NULL;
	return ok;
}

/* False: diagnosed, and there is nothing to be made of it. */
static bool product_check(struct reading *reading, const struct node *product)
{
	static const char *const lists[] = {"permission_sets", "groups", "users", "accounts",
					    "units",           "except", NULL};
	static const char *const known[] = {"permission_sets", "groups",  "users",
					    "accounts",        "units",   "account_tags",
					    "except",          "expires", NULL};
	bool ok = node_is_map(reading, product, "assignments");
	const char *problem;
	int64_t us;

	for (uint32_t i = 0; product->type == NODE_MAP && i < product->n; i++) {
		const struct entry *entry = &product->entry[i];
		const struct node *value = entry->value;
		const char *key = entry->key->s;

		if (name_among(key, lists))
			ok &= node_is_list(reading, value, key) &&
			      elements_check(reading, value, key);
		else if (strcmp(key, "account_tags") == 0)
			ok &= tags_check(reading, value);
		else if (strcmp(key, "expires") == 0)
			ok &= node_until(reading, value, key, &us);
		else
			key_unknown(reading, entry, known);
	}
	problem = ok ? product_problem(product) : NULL;
	if (problem != NULL)
		diagnose(reading->diagnostics, product->where, "%s", problem);
	return ok && problem == NULL;
}

static void assignments_read(struct reading *reading, const struct entry *entry)
{
	const struct node *list = entry->value;

	if (!node_is_list(reading, list, entry->key->s))
		return;
	reading->config->has_assignments = true;
	section_note(reading, text_str(reading->arena, "identity_center/assignments"), entry->where,
		     list->n);
	for (uint32_t i = 0; i < list->n; i++) {
		if (product_check(reading, list->entry[i].value))
			vec_push(&reading->config->assignments, list->entry[i].value);
	}
}

/* The section. */

static void identity_key_read(struct reading *reading, const struct entry *entry)
{
	static const char *const known[] = {"region",          "source",      "users", "groups",
					    "permission_sets", "assignments", NULL};

	for (size_t i = 0; i < COUNT(identity_sections); i++) {
		if (text_is(entry->key, identity_sections[i].key)) {
			section_read(reading, entry, identity_sections[i].kind,
				     identity_sections[i].section, NULL, entry->where);
			return;
		}
	}
	if (text_is(entry->key, "region"))
		region_read(reading, entry);
	else if (text_is(entry->key, "source"))
		source_read(reading, entry);
	else if (text_is(entry->key, "assignments"))
		assignments_read(reading, entry);
	else
		key_unknown(reading, entry, known);
}

/* identity_center: {region, source, users, groups, permission_sets, assignments}. */
void identity_center_read(struct reading *reading, const struct entry *section)
{
	struct settings *settings = &reading->config->settings;
	const struct node *map = section->value;

	if (settings->identity_where.file == NULL)
		settings->identity_where = section->where;
	if (!node_is_map(reading, map, section->key->s))
		return;
	for (uint32_t i = 0; i < map->n; i++)
		identity_key_read(reading, &map->entry[i]);
}

/* One that is wrong was said already. */
void identity_center_finish(struct reading *reading)
{
	const struct settings *settings = &reading->config->settings;

	if (settings->identity_where.file == NULL || reading->lenient ||
	    map_get(reading->config->by_name, SETTING " region") != NULL)
		return;
	diagnose(reading->diagnostics, settings->identity_where,
		 "`identity_center` has no `region`: the one in which IAM Identity Center was "
		 "enabled");
}

static bool identity_declares(const struct config *config)
{
	for (size_t i = 0; i < config->sections.n; i++) {
		const struct section *section = &config->sections.at[i];

		if (section->n > 0 && str_starts(section->name->s, "identity_center/"))
			return true;
	}
	return false;
}

void identity_region_check(const struct config *base, const struct config *head,
			   struct diagnostics *diagnostics)
{
	const struct text *was = base->settings.identity_region;
	const struct text *is = head->settings.identity_region;

	if (was == NULL || is == NULL || text_eq(was, is) || !identity_declares(base))
		return;
	diagnose(diagnostics, head->settings.identity_where,
		 "what was applied last is declared in Identity Center of %s, and it does not move "
		 "to %s: first release it there, with empty sections and `release` rules for "
		 "`identity_*/*`, `permission_set/*` and `assignment/**`, in a merge of its own",
		 was->s, is->s);
}
