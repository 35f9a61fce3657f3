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
    {"policies", KIND_IAM_POLICY},
};

static const char *const iam_later[] = {"roles", "alias", "password_policy", "oidc_providers",
					NULL};

static void iam_key_read(struct reading *reading, const struct entry *account,
			 const struct entry *entry)
{
	static const char *const known[] = {"users", "groups",          "policies",       "roles",
					    "alias", "password_policy", "oidc_providers", NULL};

	for (size_t i = 0; i < COUNT(iam_sections); i++) {
		if (text_is(entry->key, iam_sections[i].key)) {
			section_read(reading, entry, iam_sections[i].kind,
				     arena_printf(reading->arena, "iam/%s/%s", account->key->s,
						  iam_sections[i].key),
				     account->key, account->where);
			return;
		}
	}
	if (name_among(entry->key->s, iam_later))
		key_unsupported(reading, entry);
	else
		key_unknown(reading, entry, known);
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

/* iam: {accounts: {NAME: {users, groups, policies}}}. */
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
			key_unsupported(reading, entry);
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
	}
	return NULL;
}

/* The key under which a name is known: its address, in lower case where case does not matter in it.
 */
static char *name_key(struct arena *arena, const struct declaration *declaration)
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
	size_t at;

	if (key == NULL || strcmp(key, "root") == 0) {
		diagnose(reading->diagnostics, new->where,
			 key == NULL ? "`%s` is no path of a unit: a part of it is empty"
				     : "`%s` is the root, which stands under `organization`",
			 new->name->s);
		return NULL;
	}
	at = (size_t)(uintptr_t)map_get(config->by_name, key);
	if (at != 0) {
		first = &config->declarations.at[at - 1];
		diagnose(reading->diagnostics, new->where,
			 "%s `%s` is declared twice; first at %s:%u", kind->title, new->name->s,
			 first->where.file, first->where.line);
		return NULL;
	}
	vec_push(&config->declarations, *new);
	map_put(config->by_name, key, (void *)(uintptr_t)config->declarations.n);
	return &config->declarations.at[config->declarations.n - 1];
}

/* The declaration of this name, broken or not; `account` where IAM is meant. NULL: none. */
const struct declaration *declaration_find(const struct config *config, enum kind_id kind,
					   const char *account, const char *name)
{
	const struct declaration wanted = {
	    .kind = (uint16_t)kind,
	    .name = text_str(config->arena, name),
	    .account = account == NULL ? NULL : text_str(config->arena, account)};
	const char *key = name_key(config->arena, &wanted);
	size_t at = key == NULL ? 0 : (size_t)(uintptr_t)map_get(config->by_name, key);

	return at == 0 ? NULL : &config->declarations.at[at - 1];
}
