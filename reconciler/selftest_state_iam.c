/* The IAM of the twin's accounts as things. */
#include "reconciler/selftest_state.h"

#include <string.h>

char *managed_name(const char *arn)
{
	const char *aws = strstr(arn, ":aws:policy/"), *last = strrchr(arn, '/');

	if (aws)
		return xasprintf("aws/%s", aws + strlen(":aws:policy/"));
	return xstrdup(last ? last + 1 : arn);
}

json_t *managed_of(const json_t *row)
{
	json_t *out = json_object(), *one;
	const char *arn;

	json_object_foreach(json_object_get(row, "managed"), arn, one)
	{
		auto_free char *name = managed_name(arn);

		json_object_set_new(out, name, json_string("1"));
	}
	return out;
}

static void principal_put(json_t *thing, const json_t *row)
{
	const char *name;
	json_t *document, *map = json_object();

	json_object_foreach(json_object_get(row, "inline"), name, document)
	    json_object_set_new(map, name, state_document(json_string_value(document)));
	state_put(thing, "path", row, "Path");
	json_object_set_new(thing, "managed_policies", managed_of(row));
	json_object_set_new(thing, "inline_policies", map);
}

/* What a user owns, by how many: nobody declares it, and only the user takes it along. */
static json_t *owned_of(const json_t *row)
{
	static const char *const tables[] = {"access_keys", "mfa", "ssh_keys", "certificates",
					     "services"};
	json_t *out = json_object();

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		size_t n = json_object_size(json_object_get(row, tables[i]));

		if (n)
			json_object_set_new(out, tables[i], json_sprintf("%zu", n));
	}
	if (json_object_get(row, "login"))
		json_object_set_new(out, "login", json_string("1"));
	return out;
}

static void users_put(json_t *things, const char *account, const json_t *iam)
{
	const char *key, *group;
	json_t *row, *one;

	json_object_foreach(json_object_get(iam, "users"), key, row)
	{
		auto_free char *address =
		    xasprintf("iam_user/%s/%s", account, member_text(row, "UserName"));
		auto_free char *boundary = managed_name(member_text(row, "boundary"));
		json_t *thing = state_thing(things, address, member_text(row, "UserId"));
		json_t *groups = json_object();

		json_object_foreach(json_object_get(row, "groups"), group, one) json_object_set_new(
		    groups,
		    member_text(json_object_get(json_object_get(iam, "groups"), group),
				"GroupName"),
		    json_string("1"));
		json_object_set_new(thing, "groups", groups);
		json_object_set_new(thing, "owns", owned_of(row));
		json_object_set_new(thing, "permissions_boundary", json_string(boundary));
		json_object_set_new(thing, "tags", state_tags(row));
		state_put(thing, "_arn", row, "Arn");
		principal_put(thing, row);
	}
}

static void groups_put(json_t *things, const char *account, const json_t *iam)
{
	const char *key;
	json_t *row;

	json_object_foreach(json_object_get(iam, "groups"), key, row)
	{
		auto_free char *address =
		    xasprintf("iam_group/%s/%s", account, member_text(row, "GroupName"));

		principal_put(state_thing(things, address, member_text(row, "GroupId")), row);
	}
}

static void iam_policies_put(json_t *things, const char *account, const json_t *iam)
{
	const char *arn;
	json_t *row;

	json_object_foreach(json_object_get(iam, "policies"), arn, row)
	{
		auto_free char *address =
		    xasprintf("iam_policy/%s/%s", account, member_text(row, "PolicyName"));
		const json_t *version = json_object_get(json_object_get(row, "versions"),
							member_text(row, "DefaultVersionId"));
		json_t *thing;

		if (strstr(arn, ":aws:policy/"))
			continue;
		thing = state_thing(things, address, member_text(row, "PolicyId"));
		state_put(thing, "path", row, "Path");
		state_put(thing, "description", row, "Description");
		json_object_set_new(thing, "document",
				    state_document(member_text(version, "Document")));
		json_object_set_new(thing, "tags", state_tags(row));
		json_object_set_new(thing, "_arn", json_string(arn));
	}
}

/* AWS's own, and the one that every new account is entered by. */
static bool role_is_aws(const json_t *row)
{
	const char *path = member_text(row, "Path");

	return str_starts(path, "/aws-service-role/") || str_starts(path, "/aws-reserved/") ||
	       strcmp(member_text(row, "RoleName"), "OrganizationAccountAccessRole") == 0;
}

static void roles_put(json_t *things, const char *account, const json_t *iam)
{
	const char *key;
	json_t *row;

	json_object_foreach(json_object_get(iam, "roles"), key, row)
	{
		auto_free char *address =
		    xasprintf("iam_role/%s/%s", account, member_text(row, "RoleName"));
		auto_free char *boundary = managed_name(member_text(row, "boundary"));
		json_t *thing;

		if (role_is_aws(row))
			continue;
		thing = state_thing(things, address, member_text(row, "RoleId"));
		json_object_set_new(thing, "trust",
				    state_document(member_text(row, "AssumeRolePolicyDocument")));
		json_object_set_new(
		    thing, "max_session_duration",
		    json_sprintf("%lld", (long long)json_integer_value(
					     json_object_get(row, "MaxSessionDuration"))));
		state_put(thing, "description", row, "Description");
		json_object_set_new(thing, "permissions_boundary", json_string(boundary));
		json_object_set_new(thing, "tags", state_tags(row));
		state_put(thing, "_arn", row, "Arn");
		principal_put(thing, row);
	}
}

static void providers_put(json_t *things, const char *account, const json_t *iam)
{
	const char *arn;
	json_t *row;

	json_object_foreach(json_object_get(iam, "providers"), arn, row)
	{
		auto_free char *address =
		    xasprintf("iam_oidc_provider/%s/%s", account, member_text(row, "Url"));
		const json_t *list = json_object_get(row, "ClientIDList");
		json_t *thing = state_thing(things, address, arn), *clients = json_object();

		for (size_t i = 0; i < json_array_size(list); i++)
			json_object_set_new(clients, json_string_value(json_array_get(list, i)),
					    json_string("1"));
		json_object_set_new(thing, "client_ids", clients);
		json_object_set_new(thing, "tags", state_tags(row));
		json_object_set_new(thing, "_arn", json_string(arn));
	}
}

/* Of the password policy what is not as AWS takes it when nothing is said. */
static void settings_put(json_t *things, const char *account, const json_t *iam)
{
	static const char *const members[][3] = {
	    {"minimum_length", "MinimumPasswordLength", "6"},
	    {"require_symbols", "RequireSymbols", "false"},
	    {"require_numbers", "RequireNumbers", "false"},
	    {"require_uppercase", "RequireUppercaseCharacters", "false"},
	    {"require_lowercase", "RequireLowercaseCharacters", "false"},
	    {"allow_users_to_change", "AllowUsersToChangePassword", "false"},
	    {"max_age_days", "MaxPasswordAge", ""},
	    {"reuse_prevention", "PasswordReusePrevention", ""},
	    {"hard_expiry", "HardExpiry", "false"}};
	auto_free char *address = xasprintf("iam_account/%s/settings", account);
	const json_t *policy = json_object_get(iam, "password");
	json_t *thing, *set = json_object();

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const json_t *value = json_object_get(policy, members[i][1]);
		auto_free char *text = json_dumps(value, JSON_ENCODE_ANY);

		if (text && strcmp(text, "null") != 0 && strcmp(text, members[i][2]) != 0)
			json_object_set_new(set, members[i][0], json_string(text));
	}
	if (!json_object_size(set) && !*member_text(iam, "alias")) {
		json_decref(set);
		return;
	}
	thing = state_thing(things, address, account);
	state_put(thing, "alias", iam, "alias");
	json_object_set_new(thing, "password_policy", set);
}

void things_of_iam(json_t *things, const char *account, const json_t *iam)
{
	users_put(things, account, iam);
	groups_put(things, account, iam);
	iam_policies_put(things, account, iam);
	roles_put(things, account, iam);
	providers_put(things, account, iam);
	settings_put(things, account, iam);
}
