/* charter.yaml: guards, and the rules of `ignore` and `release`. */
#include "state/config_priv.h"

#include <string.h>

/* What a row of `removals` does not say is as in safety.md's default row. */
#define REMOVALS_FLOOR 2
#define REMOVALS_SHARE 10
#define REMOVALS_COUNT 25

#define LIMIT_MAX 1000000

/* Kinds and relations of the format that come later: rules may name them already. */
static const char *const later_kinds[] = {
    "alternate_contact",
    "budget",
    "conformance_pack",
    "config_rule",
    "contact",
    "control",
    "group",
    "membership",
    "policy_attachment",
    "stack_set",
    "user",
    NULL,
};

/* Kinds, and with `relations` also the relations, each once; ends with NULL. `names` must be large.
 */
static size_t names_known(const char **names, size_t max, bool relations)
{
	size_t n = 0;

	for (size_t i = 0; later_kinds[i] != NULL; i++)
		names[n++] = later_kinds[i];
	for (size_t i = 0; i < KIND_COUNT; i++) {
		names[n++] = kinds[i]->name;
		for (uint16_t k = 0; relations && k < kinds[i]->attrs; k++) {
			const char *relation = kinds[i]->attr[k].relation;

			names[n] = NULL;
			if (relation != NULL && !name_among(relation, names))
				names[n++] = relation;
		}
	}
	charter_assert(n < max);
	names[n] = NULL;
	return n;
}

static bool relation_check(struct reading *reading, const struct text *name, struct place where)
{
	const char *names[128];
	size_t n = names_known(names, COUNT(names) - 1, true);

	names[n++] = "default";
	names[n] = NULL;
	if (reading->lenient || name_among(name->s, names))
		return true;
	diagnose(reading->diagnostics, where, "`%s` is no kind or relation%s", name->s,
		 suggestion(reading->arena, reading->diagnostics, name->s, names, n));
	return false;
}

/* A pattern of addresses: its kind is known, or has a wildcard in it. */
static const struct text *pattern_read(struct reading *reading, const struct node *node,
				       const char *what)
{
	const char *names[128];
	size_t n = names_known(names, COUNT(names), false), len;
	const struct text *pattern = node_text(reading, node, what);
	const char *kind;

	if (pattern == NULL)
		return NULL;
	len = strcspn(pattern->s, "/");
	kind = arena_memdup0(reading->arena, pattern->s, len);
	if (reading->lenient || strpbrk(kind, "*?") != NULL ||
	    (name_among(kind, names) &&
	     (pattern->s[len] == '/' || strcmp(kind, "organization") == 0)))
		return pattern;
	if (name_among(kind, names))
		diagnose(reading->diagnostics, node->where,
			 "`%s` is no pattern of addresses: write %s/NAME or %s/*", pattern->s, kind,
			 kind);
	else
		diagnose(reading->diagnostics, node->where,
			 "`%s` is no pattern of addresses: there is no kind `%s`%s", pattern->s,
			 kind, suggestion(reading->arena, reading->diagnostics, kind, names, n));
	return NULL;
}

/* Guards. */

static void removals_row(struct reading *reading, const struct entry *row)
{
	static const char *const known[] = {"floor", "share", "count", NULL};
	struct removal_limit limit = {row->key, REMOVALS_FLOOR, REMOVALS_COUNT, REMOVALS_SHARE};
	const struct node *map = row->value;
	int64_t n = 0;

	if (!relation_check(reading, row->key, row->where) ||
	    !node_is_map(reading, map, row->key->s))
		return;
	for (uint32_t i = 0; n >= 0 && i < map->n; i++) {
		const struct entry *entry = &map->entry[i];
		const char *key = entry->key->s;

		if (strcmp(key, "share") == 0) {
			n = node_integer(reading, entry->value, key, "%", 0, 100);
			limit.share = (uint32_t)n;
		} else if (strcmp(key, "floor") == 0) {
			n = node_integer(reading, entry->value, key, "", 0, LIMIT_MAX);
			limit.floor = (uint32_t)n;
		} else if (strcmp(key, "count") == 0) {
			n = node_integer(reading, entry->value, key, "", 0, LIMIT_MAX);
			limit.count = (uint32_t)n;
		} else {
			key_unknown(reading, entry, known);
		}
	}
	if (n >= 0 && limit.floor > limit.count)
		diagnose(reading->diagnostics, row->where, "`floor` (%u) is above `count` (%u)",
			 limit.floor, limit.count);
	else if (n >= 0)
		vec_push(&reading->config->settings.guards.removals, limit);
}

static void removals_read(struct reading *reading, const struct node *map)
{
	if (!node_is_map(reading, map, "removals"))
		return;
	for (uint32_t i = 0; i < map->n; i++)
		removals_row(reading, &map->entry[i]);
}

/* Reads one key of an allowance; false: diagnosed. */
static bool allow_key(struct reading *reading, const struct entry *entry,
		      struct removal_allow *allow)
{
	static const char *const known[] = {"removals", "count", "reason", "until", NULL};
	const struct node *value = entry->value;
	int64_t n;

	if (text_is(entry->key, "removals")) {
		allow->name = node_text(reading, value, "removals");
		return allow->name != NULL && relation_check(reading, allow->name, value->where);
	}
	if (text_is(entry->key, "count")) {
		n = node_integer(reading, value, "count", "", 1, LIMIT_MAX);
		allow->count = (uint32_t)n;
		return n >= 0;
	}
	if (text_is(entry->key, "reason")) {
		allow->reason = node_text(reading, value, "reason");
		return allow->reason != NULL;
	}
	if (text_is(entry->key, "until"))
		return node_until(reading, value, "until", &allow->until_us);
	key_unknown(reading, entry, known);
	return true;
}

/* Whether all keys stand in the map; the first missing one is diagnosed. */
static bool keys_present(struct reading *reading, const struct node *map, const char *what,
			 const char *const *keys)
{
	for (; *keys != NULL; keys++) {
		if (node_get(map, *keys) != NULL)
			continue;
		diagnose(reading->diagnostics, map->where, "%s has no `%s`", what, *keys);
		return false;
	}
	return true;
}

static void allow_read(struct reading *reading, const struct node *list)
{
	static const char *const required[] = {"removals", "count", "reason", "until", NULL};

	if (!node_is_list(reading, list, "allow"))
		return;
	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *map = list->entry[i].value;
		struct removal_allow allow = {.where = map->where};
		bool ok = node_is_map(reading, map, "allow");

		for (uint32_t k = 0; ok && k < map->n; k++)
			ok = allow_key(reading, &map->entry[k], &allow);
		if (ok && keys_present(reading, map, "an allowed removal", required))
			vec_push(&reading->config->settings.guards.allow, allow);
	}
}

/* What is named "protect", "break_glass", "principals". */
static void patterns_read(struct reading *reading, const struct entry *entry)
{
	struct guard_settings *guards = &reading->config->settings.guards;
	const struct node *list = entry->value;

	if (!node_is_list(reading, list, entry->key->s))
		return;
	for (uint32_t i = 0; i < list->n; i++) {
		const struct text *pattern =
		    pattern_read(reading, list->entry[i].value, entry->key->s);

		if (pattern == NULL)
			continue;
		if (text_is(entry->key, "break_glass"))
			vec_push(&guards->break_glass, pattern);
		else if (text_is(entry->key, "protect"))
			vec_push(&guards->protect, pattern);
		else
			vec_push(&guards->administrator, pattern);
	}
}

static void administrators_read(struct reading *reading, const struct node *map)
{
	static const char *const known[] = {"minimum", "principals", NULL};
	int64_t minimum;

	if (!node_is_map(reading, map, "administrators"))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (text_is(entry->key, "principals")) {
			patterns_read(reading, entry);
		} else if (text_is(entry->key, "minimum")) {
			minimum = node_integer(reading, entry->value, "minimum", "", 1, LIMIT_MAX);
			if (minimum > 0)
				reading->config->settings.guards.administrators = (uint32_t)minimum;
		} else {
			key_unknown(reading, entry, known);
		}
	}
}

/* The path of a declared unit, checked when all are known; null: none. */
static void suspended_unit_read(struct reading *reading, const struct node *node)
{
	struct guard_settings *guards = &reading->config->settings.guards;

	guards->suspended_where = node->where;
	if (!node_is_null(node))
		guards->suspended_unit = node_text(reading, node, "suspended_unit");
}

/* guards: {removals, allow, protect, break_glass, administrators, suspended_unit}. */
void guards_read(struct reading *reading, const struct entry *section)
{
	static const char *const known[] = {
	    "removals",       "allow",          "protect",        "break_glass",
	    "administrators", "suspended_unit", "close_accounts", NULL};
	const struct node *map = section->value;

	if (!node_is_map(reading, map, "guards"))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (text_is(entry->key, "removals"))
			removals_read(reading, entry->value);
		else if (text_is(entry->key, "allow"))
			allow_read(reading, entry->value);
		else if (text_is(entry->key, "protect") || text_is(entry->key, "break_glass"))
			patterns_read(reading, entry);
		else if (text_is(entry->key, "administrators"))
			administrators_read(reading, entry->value);
		else if (text_is(entry->key, "suspended_unit"))
			suspended_unit_read(reading, entry->value);
		else if (text_is(entry->key, "close_accounts"))
			key_without_effect(reading, entry, "no account is closed");
		else
			key_unknown(reading, entry, known);
	}
}

/* Rules. */

/* The attributes of the pattern's kind, or of every kind; ends with NULL. */
static size_t attributes_known(const char *pattern, const char **names, size_t max)
{
	size_t n = 0, len = strcspn(pattern, "/");

	names[0] = NULL;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		const struct kind *kind = kinds[i];

		if (strcspn(pattern, "*?") >= len &&
		    (strlen(kind->name) != len || strncmp(kind->name, pattern, len) != 0))
			continue;
		for (uint16_t k = 0; k < kind->attrs; k++) {
			charter_assert(n + 1 < max);
			if (!name_among(kind->attr[k].name, names))
				names[n++] = kind->attr[k].name;
			names[n] = NULL;
		}
	}
	return n;
}

/* No attribute is known of a kind that comes later: there any name is let pass. */
static const struct text **attributes_read(struct reading *reading, const struct node *list,
					   const struct text *pattern)
{
	const char *names[128];
	size_t n = attributes_known(pattern->s, names, COUNT(names));
	const struct text **attributes;

	if (!node_is_list(reading, list, "attributes"))
		return NULL;
	attributes = arena_array(reading->arena, (size_t)list->n + 1, sizeof(struct text *));
	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *node = list->entry[i].value;

		attributes[i] = node_text(reading, node, "attributes");
		if (attributes[i] == NULL)
			return NULL;
		if (n == 0 || reading->lenient || name_among(attributes[i]->s, names))
			continue;
		diagnose(
		    reading->diagnostics, node->where, "`%s` is no attribute of `%s`%s",
		    attributes[i]->s, pattern->s,
		    suggestion(reading->arena, reading->diagnostics, attributes[i]->s, names, n));
		return NULL;
	}
	return attributes;
}

static void rule_read(struct reading *reading, const struct node *map, bool release)
{
	static const char *const required[] = {"resource", "reason", "until", NULL};
	static const char *const known[] = {"resource", "reason", "until", "attributes", NULL};
	const char *section = release ? "release" : "ignore";
	struct settings *settings = &reading->config->settings;
	struct ignore_rule rule = {.where = map->where};
	const struct node *attributes;

	if (!node_is_map(reading, map, section))
		return;
	keys_check(reading, map, release ? required : known);
	if (!keys_present(reading, map, release ? "a `release` rule" : "an `ignore` rule",
			  required))
		return;
	rule.resource = pattern_read(reading, node_get(map, "resource"), "resource");
	rule.reason = node_text(reading, node_get(map, "reason"), "reason");
	if (!node_until(reading, node_get(map, "until"), "until", &rule.until_us) ||
	    rule.resource == NULL || rule.reason == NULL)
		return;
	attributes = release ? NULL : node_get(map, "attributes");
	if (attributes != NULL) {
		rule.attributes = attributes_read(reading, attributes, rule.resource);
		if (rule.attributes == NULL)
			return;
	}
	if (release)
		vec_push(&settings->release, rule);
	else
		vec_push(&settings->ignore, rule);
}

/* ignore: and release: lists of rules, each with a reason and an end. */
void rules_read(struct reading *reading, const struct entry *section, bool release)
{
	const struct node *list = section->value;

	if (!node_is_list(reading, list, section->key->s))
		return;
	for (uint32_t i = 0; i < list->n; i++)
		rule_read(reading, list->entry[i].value, release);
}
