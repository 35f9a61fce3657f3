/* What a commit may change of roles, OIDC providers and settings of accounts. */
#include "reconciler/selftest_change.h"

#include <string.h>

bool role_add(struct commit_change *x)
{
	auto_free char *name = chance_name(x->chance, "role");
	json_t *roles = iam_part(x, "roles");

	return roles &&
	       json_object_set_new(roles, name, role_random(x->chance, x->draft, x->account)) == 0;
}

static bool trusts(const json_t *role, const char *principal)
{
	auto_free char *text = json_dumps(json_object_get(role, "trust"), 0);

	return text && strstr(text, principal);
}

/* Who trusts it trusts its account from now on. */
bool role_remove(struct commit_change *x)
{
	json_t *roles = iam_part(x, "roles"), *role;
	const char *name = free_name(x, roles), *other;
	auto_free char *principal = name ? xasprintf(":role/%s\"", name) : NULL;

	if (!name)
		return false;
	json_object_foreach(roles, other, role) if (trusts(role, principal))
	    json_object_set_new(role, "trust", trust_of(x->account, "root"));
	return json_object_del(roles, name) == 0;
}

bool role_rewrite(struct commit_change *x)
{
	json_t *roles = iam_part(x, "roles"), *role;
	const char *name = free_name(x, roles);

	if (!name)
		return false;
	role = json_object_get(roles, name);
	switch (chance_below(x->chance, 3)) {
	case 0:
		json_object_set_new(role, "max_session_duration",
				    json_sprintf("%uh", 1 + chance_below(x->chance, 12)));
		break;
	case 1:
		json_object_set_new(role, "description",
				    chance_of(x->chance, 30) ? json_array()
							     : json_string("otherwise"));
		break;
	default: /* a role that trusts itself could not be made */
		json_object_set_new(role, "trust",
				    chance_of(x->chance, 50)
					? trust_of(SELF_ACCOUNT, "root")
					: trust_of(x->account, "role/keep-role"));
	}
	return true;
}

bool settings_change(struct commit_change *x)
{
	json_t *iam = iam_part(x, "users") ? x->draft : NULL;
	auto_free char *path = xasprintf("iam.accounts.%s", x->account ? x->account : "");
	auto_free char *alias = chance_name(x->chance, "alias-");

	iam = iam ? draft_part(x->draft, path, false) : NULL;
	if (!iam)
		return false;
	if (chance_of(x->chance, 30))
		json_object_set_new(iam, "alias",
				    chance_of(x->chance, 30) ? json_object() : json_string(alias));
	else if (chance_of(x->chance, 70))
		json_object_set_new(draft_part(iam, "password_policy", true), "minimum_length",
				    json_integer(8 + (int)chance_below(x->chance, 20)));
	else
		json_object_set_new(draft_part(iam, "password_policy", true), "reuse_prevention",
				    json_integer(1 + (int)chance_below(x->chance, 20)));
	return true;
}

bool provider_change(struct commit_change *x)
{
	json_t *providers = iam_part(x, "oidc_providers"), *list;
	auto_free char *client = xasprintf("client%u", chance_below(x->chance, 3));
	const char *name = chance_key(x->chance, providers, NULL);

	if (!name)
		return false;
	if (chance_of(x->chance, 30)) {
		auto_free char *fresh = chance_name(x->chance, "id");
		auto_free char *url = xasprintf("%s.example.com", fresh);

		json_object_set_new(providers, url, json_pack("{s:[s]}", "client_ids", client));
		return true;
	}
	if (name_is_free(name) && chance_of(x->chance, 40))
		return json_object_del(providers, name) == 0;
	list = list_of(json_object_get(json_object_get(providers, name), "client_ids"));
	if (list_find(list, client) == SIZE_MAX)
		json_array_append_new(list, json_string(client));
	else if (json_array_size(list) > 1)
		list_replace(list, client, NULL);
	return true;
}
