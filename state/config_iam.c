/* The section `iam`, and what is declared under which name. */
#include "state/config_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *key;
	enum kind_id kind;
} iam_sections[] = {
    {"users", KIND_IAM_USER},
    {"groups", KIND_IAM_GROUP},
    {"roles", KIND_IAM_ROLE},
    {"policies", KIND_IAM_POLICY},
    {"oidc_providers", KIND_IAM_OIDC_PROVIDER},
    {"alias", KIND_IAM_ACCOUNT},
    {"password_policy", KIND_IAM_ACCOUNT},
};

const char *const iam_keys[] = {"users",          "groups", "roles",           "policies",
				"oidc_providers", "alias",  "password_policy", NULL};

/* The kind that a key below an account holds, or -1. */
int iam_section_kind(const char *key)
{
	for (size_t i = 0; i < COUNT(iam_sections); i++) {
		if (strcmp(key, iam_sections[i].key) == 0)
			return iam_sections[i].kind;
	}
	return -1;
}

static struct declaration *declaration_at(const struct config *config, const char *key)
{
	size_t at = key == NULL ? 0 : (size_t)(uintptr_t)map_get(config->by_name, key);

	return at == 0 ? NULL : &config->declarations.at[at - 1];
}

/* The settings of an account are one declaration, however many files hold them. */
static struct declaration *settings_declaration(struct reading *reading,
						const struct entry *account,
						const struct entry *entry)
{
	struct declaration settings = {
	    .kind = KIND_IAM_ACCOUNT,
	    .where = entry->where,
	    .name = text_str(reading->arena, IAM_ACCOUNT_NAME),
	    .account = account->key,
	    .account_where = account->where,
	    .written = arena_array(reading->arena, IAMACCOUNT_ATTRS, sizeof(struct written))};
	struct declaration *found =
	    declaration_at(reading->config, name_key(reading->arena, &settings));

	return found != NULL ? found : declaration_add(reading, &settings);
}

/* alias, password_policy. */
static void setting_read(struct reading *reading, const struct entry *account,
			 const struct entry *entry)
{
	uint16_t attr = text_is(entry->key, "alias") ? IAMACCOUNT_ALIAS : IAMACCOUNT_PASSWORD;
	struct declaration *settings = settings_declaration(reading, account, entry);
	struct written *written =
	    arena_array(reading->arena, IAMACCOUNT_ATTRS, sizeof(struct written));

	memcpy(written, settings->written, IAMACCOUNT_ATTRS * sizeof(*written));
	if (written[attr].node != NULL) {
		diagnose(reading->diagnostics, entry->where,
			 "`%s` of account `%s` is declared twice; first at %s:%u", entry->key->s,
			 account->key->s, written[attr].node->where.file,
			 written[attr].node->where.line);
		return;
	}
	if (!attr_read(reading, KIND_IAM_ACCOUNT, attr, entry, &written[attr]))
		settings->broken = true;
	settings->written = written;
}

static void iam_key_read(struct reading *reading, const struct entry *account,
			 const struct entry *entry)
{
	int kind = iam_section_kind(entry->key->s);

	if (kind < 0)
		key_unknown(reading, entry, iam_keys);
	else if (kind == KIND_IAM_ACCOUNT)
		setting_read(reading, account, entry);
	else
		section_read(
		    reading, entry, (enum kind_id)kind,
		    arena_printf(reading->arena, "iam/%s/%s", account->key->s, entry->key->s),
		    account->key, account->where);
}

static void iam_accounts_read(struct reading *reading, const struct node *accounts)
{
	if (!node_is_map(reading, accounts, "accounts"))
		return;
	section_note(reading, text_str(reading->arena, "iam"), accounts->where, accounts->n);
	for (uint32_t i = 0; i < accounts->n; i++) {
		const struct entry *account = &accounts->entry[i];

		vec_push(&reading->config->iam_accounts, account);
		if (!node_is_map(reading, account->value, account->key->s))
			continue;
		for (uint32_t k = 0; k < account->value->n; k++)
			iam_key_read(reading, account, &account->value->entry[k]);
	}
}

/* Whether the name is free; `what` is one of the section's. */
bool entry_keep(struct reading *reading, const char *what, const struct entry *entry)
{
	auto_free char *key = xasprintf("%s %s", what, entry->key->s);
	const struct entry *first = map_get(reading->config->by_name, key);

	if (first == NULL) {
		map_put(reading->config->by_name, key, (void *)entry);
		return true;
	}
	diagnose(reading->diagnostics, entry->where, "%s `%s` is declared twice; first at %s:%u",
		 what, entry->key->s, first->where.file, first->where.line);
	return false;
}

/* Keeps the entries of a section that is expanded later. */
static void entries_read(struct reading *reading, const struct entry *section, const char *name,
			 const char *what, entry_list *list)
{
	const struct node *map = section->value;

	if (!node_is_map(reading, map, section->key->s))
		return;
	section_note(reading, text_str(reading->arena, name), section->where, map->n);
	for (uint32_t i = 0; i < map->n; i++) {
		if (entry_keep(reading, what, &map->entry[i]))
			vec_push(list, &map->entry[i]);
	}
}

/* pools: {NAME: {accounts, credit}}. */
void pools_read(struct reading *reading, const struct entry *section)
{
	entries_read(reading, section, "pools", "pool", &reading->config->pools);
}

/* tasks: {NAME: {pool, starts, expires, and what a user has}}. */
void tasks_read(struct reading *reading, const struct entry *section)
{
	entries_read(reading, section, "tasks", "task", &reading->config->tasks);
}

/* jump: its teams may stand in several files. */
void jump_read(struct reading *reading, const struct entry *section)
{
	const struct node *teams = node_get(section->value, "teams");

	if (!node_is_map(reading, section->value, "jump"))
		return;
	section_note(reading, text_str(reading->arena, "jump"), section->where,
		     teams != NULL && teams->type == NODE_MAP ? teams->n : 0);
	vec_push(&reading->config->jumps, section);
}

/* iam: {accounts: {NAME: {users, groups, ...}}, baselines: {NAME: {...}}}. */
void iam_read(struct reading *reading, const struct entry *section)
{
	static const char *const known[] = {"accounts", "baselines", NULL};
	const struct node *map = section->value;

	if (!node_is_map(reading, map, "iam"))
		return;
	if (map->n == 0)
		section_note(reading, text_str(reading->arena, "iam"), section->where, 0);
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (text_is(entry->key, "accounts"))
			iam_accounts_read(reading, entry->value);
		else if (text_is(entry->key, "baselines"))
			entries_read(reading, entry, "iam/baselines", "baseline",
				     &reading->config->baselines);
		else
			key_unknown(reading, entry, known);
	}
}

/* Names. */

/* Splits a unit's path and decodes its parts: %2F is a slash within a name, %25 a percent sign. */
bool unit_path_split(struct arena *arena, const char *path, text_vec *parts)
{
	for (;;) {
		const char *end = strchrnul(path, '/');
		auto_buf part = BUF_INIT(YAML_MAX_BYTES);

		if (end == path)
			return false;
		for (const char *p = path; p < end; p++) {
			if (strncasecmp(p, "%2f", 3) == 0 || strncmp(p, "%25", 3) == 0) {
				buf_putc(&part, p[2] == '5' ? '%' : '/');
				p += 2;
			} else {
				buf_putc(&part, *p);
			}
		}
		vec_push(parts, text_new(arena, buf_str(&part), part.len));
		if (*end == '\0')
			return true;
		path = end + 1;
	}
}

/* "unit/A/B" from the path "A/B", "root" from "/"; NULL when a part is empty. */
const struct text *unit_address(struct arena *arena, const char *path)
{
	const struct text *address = text_str(arena, "root");
	text_vec parts = {0};
	bool ok;

	if (strcmp(path, "/") == 0)
		return address;
	ok = unit_path_split(arena, path, &parts);
	for (size_t i = 0; ok && i < parts.n; i++)
		address = address_below(arena, address, parts.at[i]->s);
	free(parts.at);
	return ok ? address : NULL;
}

/* The address that a declaration will have; NULL for a unit whose path is bad. */
const struct text *declaration_address(struct arena *arena, const struct declaration *declaration)
{
	const struct kind *kind = kinds[declaration->kind];

	switch (kind->address) {
	case ADDRESS_SINGLE:
		return text_str(arena, kind->name);
	case ADDRESS_PATH:
		return unit_address(arena, declaration->name->s);
	case ADDRESS_NAME:
		return address_make(arena, kind->name, declaration->name->s, NULL);
	case ADDRESS_ACCOUNT:
		return address_make(arena, kind->name, declaration->account->s,
				    declaration->name->s);
	case ADDRESS_PAIR:
		return address_make(arena, kind->name, declaration->name->s,
				    declaration->account->s);
	case ADDRESS_EDGE:
		break; /* none is declared by itself */
	}
	return NULL;
}

/* The key under which a name is known: its address, in lower case where case does not matter in it.
 */
char *name_key(struct arena *arena, const struct declaration *declaration)
{
	const struct text *address = declaration_address(arena, declaration);
	const struct kind *kind = kinds[declaration->kind];
	char *key;

	if (address == NULL)
		return NULL;
	key = arena_strdup(arena, address->s);
	if ((kind->flags & KIND_NOCASE) != 0) {
		for (char *p = strrchr(key, '/'); *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
	}
	return key;
}

/* Adds it, owned by the config. NULL, diagnosed: the name is taken, or is no path of a unit. */
struct declaration *declaration_add(struct reading *reading, const struct declaration *new)
{
	struct config *config = reading->config;
	const char *key = name_key(reading->arena, new);
	const struct kind *kind = kinds[new->kind];
	const struct declaration *first;

	if (key == NULL || strcmp(key, "root") == 0) {
		diagnose(reading->diagnostics, new->where,
			 key == NULL ? "`%s` is no path of a unit: a part of it is empty"
				     : "`%s` is the root, which stands under `organization`",
			 new->name->s);
		return NULL;
	}
	first = declaration_at(config, key);
	if (first != NULL) {
		diagnose(reading->diagnostics, new->where,
			 "%s `%s` is declared twice; first at %s:%u", kind->title, new->name->s,
			 first->where.file, first->where.line);
		return NULL;
	}
	vec_push(&config->declarations, *new);
	map_put(config->by_name, key, (void *)(uintptr_t)config->declarations.n);
	return &config->declarations.at[config->declarations.n - 1];
}
