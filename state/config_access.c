/* charter.yaml: how accounts are reached, and where the record is without an organization. */
#include "state/config_priv.h"
#include "state/valid.h"

#include <string.h>

#define EXTERNAL_ID_MAX 1224

/* "arn:PARTITION:iam::ACCOUNT:role/PATH/NAME" */
static bool is_role_arn(const char *s)
{
	const char *account = str_starts(s, "arn:") ? strstr(s, ":iam::") : NULL;
	size_t digits = strlen("000000000000");

	if (account == NULL)
		return false;
	account += strlen(":iam::");
	return strlen(account) > digits && is_account_id(account, digits) &&
	       str_starts(account + digits, ":role/") && !str_ends(s, "/");
}

/* A name or an ARN; NULL when diagnosed. */
static const struct text *role_read(struct reading *reading, const struct node *node)
{
	const struct text *role = node_text(reading, node, "role");

	if (role == NULL || reading->lenient || is_role_arn(role->s))
		return role;
	if (role->len > 0 && role->len <= ROLE_NAME_MAX && !str_starts(role->s, "arn:") &&
	    valid_iam_name(role->s, role->len) == NULL)
		return role;
	diagnose(reading->diagnostics, node->where,
		 "`role` must be the name of a role, or an ARN such as "
		 "arn:aws:iam::222222222222:role/charter");
	return NULL;
}

/* STS: 2 to 1,224 characters. */
static const struct text *external_id_read(struct reading *reading, const struct node *node)
{
	const struct text *id = node_text(reading, node, "external_id");

	if (id == NULL || reading->lenient || (id->len >= 2 && id->len <= EXTERNAL_ID_MAX))
		return id;
	diagnose(reading->diagnostics, node->where,
		 "`external_id` must have from 2 to %d characters", EXTERNAL_ID_MAX);
	return NULL;
}

static void credentials_account_read(struct reading *reading, const struct entry *account,
				     struct place where)
{
	struct settings *settings = &reading->config->settings;

	if (settings->credentials_account != NULL) {
		diagnose(reading->diagnostics, where,
			 "the credentials of the run belong to one account; `%s` says so already, "
			 "at line %u",
			 settings->credentials_account->s, settings->credentials_where.line);
		return;
	}
	settings->credentials_account = account->key;
	settings->credentials_where = account->where;
}

/* False: diagnosed. */
static bool rule_key_read(struct reading *reading, const struct entry *account,
			  const struct entry *entry, struct access_rule *rule)
{
	static const char *const known[] = {"role", "skip", "reason", "until", "external_id", NULL};
	const struct node *value = entry->value;
	bool ok = true;

	if (text_is(entry->key, "role")) {
		rule->none = value->type == NODE_SCALAR && text_is(value->s, "none");
		if (rule->none)
			credentials_account_read(reading, account, entry->where);
		else
			rule->role = role_read(reading, value);
		return rule->none || rule->role != NULL;
	}
	if (text_is(entry->key, "external_id")) {
		rule->external_id = external_id_read(reading, value);
		return rule->external_id != NULL;
	}
	if (text_is(entry->key, "reason")) {
		rule->reason = node_text(reading, value, "reason");
		return rule->reason != NULL;
	}
	if (text_is(entry->key, "until"))
		return node_until(reading, value, "until", &rule->until_us);
	if (text_is(entry->key, "skip"))
		rule->skip = node_flag(reading, value, "skip", &ok);
	else
		key_unknown(reading, entry, known);
	return ok;
}

/* A gap that is known has a reason and an end. */
static bool skip_check(struct reading *reading, const struct entry *account,
		       const struct access_rule *rule)
{
	static const char *const required[] = {"reason", "until"};

	for (size_t i = 0; rule->skip && i < COUNT(required); i++) {
		if (node_get(account->value, required[i]) != NULL)
			continue;
		diagnose(reading->diagnostics, account->where,
			 "account `%s` is skipped without `%s`", account->key->s, required[i]);
		return false;
	}
	return true;
}

static void rule_read(struct reading *reading, const struct entry *account)
{
	const struct node *map = account->value;
	struct access_rule rule = {.account = account->key, .where = account->where};
	bool ok = node_is_map(reading, map, account->key->s);

	for (uint32_t i = 0; map->type == NODE_MAP && i < map->n; i++)
		ok &= rule_key_read(reading, account, &map->entry[i], &rule);
	if (ok && skip_check(reading, account, &rule))
		vec_push(&reading->config->settings.access, rule);
}

/* access: {role, external_id, accounts: {NAME: {role, external_id, skip, reason, until}}}. */
void access_settings_read(struct reading *reading, const struct node *map)
{
	static const char *const known[] = {"role", "external_id", "accounts", NULL};
	struct settings *settings = &reading->config->settings;

	if (!node_is_map(reading, map, "access"))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];
		const struct node *value = entry->value;

		if (text_is(entry->key, "role"))
			settings->access_role = role_read(reading, value);
		else if (text_is(entry->key, "external_id"))
			settings->access_external_id = external_id_read(reading, value);
		else if (!text_is(entry->key, "accounts"))
			key_unknown(reading, entry, known);
		else if (node_is_map(reading, value, "accounts"))
			for (uint32_t k = 0; k < value->n; k++)
				rule_read(reading, &value->entry[k]);
	}
}

/* record: {account, role}: a role of that account bears it. */
void record_settings_read(struct reading *reading, const struct entry *section)
{
	static const char *const known[] = {"account", "role", NULL};
	struct settings *settings = &reading->config->settings;
	const struct node *map = section->value;

	if (!node_is_map(reading, map, "record"))
		return;
	settings->record_where = section->where;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (text_is(entry->key, "account"))
			settings->record_account = node_text(reading, entry->value, "account");
		else if (text_is(entry->key, "role"))
			settings->record_role = role_read(reading, entry->value);
		else
			key_unknown(reading, entry, known);
	}
	for (size_t i = 0; !reading->lenient && known[i] != NULL; i++) {
		if (node_get(map, known[i]) == NULL)
			diagnose(reading->diagnostics, section->where, "`record` has no `%s`",
				 known[i]);
	}
}
