/* IAM of a reading: roles, OIDC providers, what accounts have once, and what users own. */
#include "aws/twin/load_priv.h"

#include "aws/twin/iam_priv.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Accounts whose roles were all read have these and no others, not even those that AWS makes. */
void load_iam_accounts(struct load *l)
{
	const char *account;
	json_t *one, *iam;

	json_object_foreach(l->fresh, account, one)
	{
		iam = twin_sub(twin_table(l->twin, "iam"), account);
		twin_account_add(l->twin, account, NULL);
		if (json_object_get(iam, "read") != NULL)
			continue;
		json_object_clear(twin_sub(iam, "roles"));
		json_object_set_new(iam, "read", json_true());
	}
}

static json_t *role_new(struct twin *t, const char *account, const char *path, const char *name)
{
	return iam_role_new(t, account, path, name, "{}");
}

static void profiles_load(struct load *l, const struct load_row *row, const char *account,
			  json_t *role)
{
	const json_t *names = json_object_get(row->values, "instance_profiles");
	json_t *profile;

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		profile = iam_row(l->twin, account, "profiles", name);
		if (profile == NULL)
			profile = iam_row_new(l->twin, account, &iam_profile, NULL, name);
		iam_profile_join(profile, role);
	}
}

static int role_row(struct load *l, const struct load_row *row)
{
	json_t *role = load_principal(l, row, "roles", role_new);
	const char *trust = load_text(row, "trust"), *description = load_text(row, "description");
	const char *duration = load_text(row, "max_session_duration");

	if (role == NULL)
		return -1;
	if (trust == NULL)
		return load_bad(l, "`trust` is missing");
	twin_set_str(role, "AssumeRolePolicyDocument", trust);
	if (description != NULL && *description != '\0')
		twin_set_str(role, "Description", description);
	if (duration != NULL && strtol(duration, NULL, 10) > 0)
		json_object_set_new(role, "MaxSessionDuration",
				    json_integer(strtol(duration, NULL, 10)));
	profiles_load(l, row, load_account(l, row), role);
	twin_share(l->texts, role);
	return 0;
}

static void texts_load(const struct load_row *row, const char *name, json_t *to, const char *member)
{
	const json_t *texts = json_object_get(row->values, name);

	if (json_is_array(texts))
		json_object_set_new(to, member, json_copy((json_t *)texts));
}

static int provider_row(struct load *l, const struct load_row *row)
{
	const char *account = load_account(l, row), *name = load_name(l, row);
	json_t *provider;

	if (account == NULL || name == NULL)
		return -1;
	provider = iam_row(l->twin, account, "providers", row->id);
	if (provider == NULL)
		provider = iam_provider_new(l->twin, account, name);
	load_created_set(row, provider);
	texts_load(row, "client_ids", provider, "ClientIDList");
	texts_load(row, "thumbprints", provider, "ThumbprintList");
	load_map(provider, "tags", json_object_get(row->values, "tags"));
	return load_arn_check(l, row, provider);
}

/* The words of a reading for the members of a password policy. */
static const char *password_member(const char *key)
{
	static const char *const words[][2] = {
	    {"minimum_length", "MinimumPasswordLength"},
	    {"require_symbols", "RequireSymbols"},
	    {"require_numbers", "RequireNumbers"},
	    {"require_uppercase", "RequireUppercaseCharacters"},
	    {"require_lowercase", "RequireLowercaseCharacters"},
	    {"allow_users_to_change", "AllowUsersToChangePassword"},
	    {"max_age_days", "MaxPasswordAge"},
	    {"reuse_prevention", "PasswordReusePrevention"},
	    {"hard_expiry", "HardExpiry"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], key) == 0)
			return words[i][1];
	}
	return NULL;
}

static int settings_row(struct load *l, const struct load_row *row)
{
	const char *account = load_account(l, row), *alias = load_text(row, "alias"), *key;
	json_t *value;

	if (account == NULL)
		return -1;
	if (alias != NULL && *alias != '\0')
		twin_set_str(iam_of_account(l->twin, account), "alias", alias);
	json_object_foreach(json_object_get(row->values, "password_policy"), key, value)
	{
		const char *member = password_member(key);

		if (member == NULL)
			return load_bad(l, "`%.100s` is no key of a password policy", key);
		iam_password_set(l->twin, account, member, json_string_value(value));
	}
	return 0;
}

static void key_load(struct load *l, json_t *user, const char *account, const char *id)
{
	if (json_object_get(json_object_get(user, "access_keys"), id) == NULL)
		iam_key_new(l->twin, user, account, id);
}

static void login_load(struct load *l, json_t *user)
{
	if (json_object_get(user, "login") == NULL)
		iam_login_new(l->twin, user, false);
}

static void device_load(struct load *l, json_t *user, const char *account, const char *serial)
{
	char now[TIME_RFC3339];

	iam_time(l->twin, now);
	if (str_starts(serial, "arn:"))
		iam_device_new(l->twin, account, serial);
	if (json_object_get(json_object_get(user, "mfa"), serial) == NULL)
		twin_set_str(twin_sub(user, "mfa"), serial, now);
}

static void owned_load(struct load *l, json_t *user, const char *table, const char *id)
{
	if (json_object_get(json_object_get(user, table), id) == NULL)
		iam_owned_new(l->twin, user, table, id);
}

/* "access_key/ID", "login_profile" ... */
static int credential_load(struct load *l, json_t *user, const char *account, const char *what)
{
	static const struct {
		const char *word, *table;
	} tables[] = {{"ssh_key", "ssh_keys"},
		      {"signing_certificate", "certificates"},
		      {"service_credential", "services"}};
	const char *slash = strchr(what, '/'), *id = slash == NULL ? "" : slash + 1;
	auto_free char *word = xasprintf("%.*s", (int)strcspn(what, "/"), what);

	if (strcmp(word, "login_profile") == 0) {
		login_load(l, user);
		return 0;
	}
	if (*id != '\0' && strcmp(word, "access_key") == 0) {
		key_load(l, user, account, id);
		return 0;
	}
	if (*id != '\0' && strcmp(word, "mfa_device") == 0) {
		device_load(l, user, account, id);
		return 0;
	}
	for (size_t i = 0; *id != '\0' && i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(tables[i].word, word) == 0) {
			owned_load(l, user, tables[i].table, id);
			return 0;
		}
	}
	return load_bad(l, "`%.100s` is nothing that a user owns", what);
}

/* `aux`: {"keys":{"AKIA...":"Active"}}. */
static void statuses_load(const struct load_row *row, json_t *user)
{
	const char *aux = json_string_value(json_object_get(row->json, "aux")), *id;
	json_auto_t *parsed = aux == NULL ? NULL : json_loads(aux, JSON_REJECT_DUPLICATES, NULL);
	json_t *status, *key;

	json_object_foreach(json_object_get(parsed, "keys"), id, status)
	{
		key = json_object_get(json_object_get(user, "access_keys"), id);
		if (key != NULL && json_is_string(status))
			twin_set_str(key, "Status", json_string_value(status));
	}
}

int load_owned(struct load *l, const struct load_row *row, const char *account, json_t *user)
{
	const json_t *owned = json_object_get(row->values, "credentials");
	const char *login = load_text(row, "login");

	if (login != NULL && *login != '\0')
		login_load(l, user);
	for (size_t i = 0; i < json_array_size(owned); i++) {
		if (credential_load(l, user, account,
				    json_string_value(json_array_get(owned, i))) != 0)
			return -1;
	}
	statuses_load(row, user);
	return 0;
}

int load_iam_roles(struct load *l)
{
	if (load_each(l, "iam_role", role_row) != 0 ||
	    load_each(l, "iam_oidc_provider", provider_row) != 0)
		return -1;
	return load_each(l, "iam_account", settings_row);
}
