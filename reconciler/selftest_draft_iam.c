/* A random draft's IAM. */
#include "reconciler/selftest_draft.h"

static void iam_policies_add(struct chance *c, json_t *iam)
{
	json_t *policies = draft_part(iam, "policies", true);

	json_object_set_new(policies, "keep-ip", json_pack("{s:o}", "document", draft_document(1)));
	for (unsigned n = chance_below(c, 3); n > 0; n--) {
		auto_free char *name = chance_name(c, "ip");
		json_t *policy =
		    json_pack("{s:o}", "document", draft_document(chance_below(c, 99)));

		if (chance_of(c, 30))
			json_object_set_new(policy, "path", json_string("/team/"));
		if (chance_of(c, 30))
			json_object_set_new(policy, "tags", tags_random(c));
		json_object_set_new(policies, name, policy);
	}
}

static json_t *inline_random(struct chance *c)
{
	json_t *map = json_object();

	for (unsigned n = chance_below(c, 3); n > 0; n--) {
		auto_free char *name = xasprintf("in%u", chance_below(c, 3));

		json_object_set_new(map, name, draft_document(chance_below(c, 99)));
	}
	return map;
}

static json_t *managed_random(struct chance *c, json_t *iam)
{
	json_t *list = names_random(c, json_object_get(iam, "policies"), 2);

	if (chance_of(c, 30))
		json_array_append_new(list, json_string("aws/ReadOnlyAccess"));
	return list;
}

static void groups_add(struct chance *c, json_t *iam)
{
	json_t *groups = draft_part(iam, "groups", true);

	json_object_set_new(groups, "keep-g",
			    json_pack("{s:[s], s:{s:o}}", "managed_policies", "keep-ip",
				      "inline_policies", "keep", draft_document(3)));
	for (unsigned n = chance_below(c, 3); n > 0; n--) {
		auto_free char *name = chance_name(c, "g");
		json_t *group = json_object();

		if (chance_of(c, 60))
			json_object_set_new(group, "managed_policies", managed_random(c, iam));
		if (chance_of(c, 40))
			json_object_set_new(group, "inline_policies", inline_random(c));
		json_object_set_new(groups, name, group);
	}
}

static void users_add(struct chance *c, json_t *iam)
{
	json_t *users = draft_part(iam, "users", true);

	json_object_set_new(users, "keep-u",
			    json_pack("{s:[s], s:[s], s:{s:o}, s:{s:s}}", "groups", "keep-g",
				      "managed_policies", "keep-ip", "inline_policies", "keep",
				      draft_document(5), "tags", "keep", "1"));
	for (unsigned n = chance_below(c, 4); n > 0; n--) {
		auto_free char *name = chance_name(c, "user");
		json_t *user = json_object();

		if (chance_of(c, 70))
			json_object_set_new(user, "groups",
					    names_random(c, json_object_get(iam, "groups"), 2));
		if (chance_of(c, 50))
			json_object_set_new(user, "managed_policies", managed_random(c, iam));
		if (chance_of(c, 40))
			json_object_set_new(user, "inline_policies", inline_random(c));
		if (chance_of(c, 30))
			json_object_set_new(
			    user, "permissions_boundary",
			    json_string(chance_key(c, json_object_get(iam, "policies"), NULL)));
		if (chance_of(c, 30))
			json_object_set_new(user, "path", json_string("/people/"));
		if (chance_of(c, 40))
			json_object_set_new(user, "tags", tags_random(c));
		json_object_set_new(users, name, user);
	}
}

void iam_add(struct chance *c, json_t *draft, const char *account)
{
	auto_free char *path = xasprintf("iam.accounts.%s", account);
	json_t *iam = draft_part(draft, path, true);

	iam_policies_add(c, iam);
	groups_add(c, iam);
	users_add(c, iam);
}

/* Roles. */

json_t *trust_of(const char *account, const char *principal)
{
	return json_pack("{s:s, s:[{s:s, s:s, s:{s:o}}]}", "Version", "2012-10-17", "Statement",
			 "Effect", "Allow", "Action", "sts:AssumeRole", "Principal", "AWS",
			 json_sprintf("arn:aws:iam::${accounts.%s.id}:%s", account, principal));
}

static json_t *trust_of_provider(const char *account, const char *provider)
{
	auto_free char *sub = xasprintf("%s:sub", provider);

	return json_pack(
	    "{s:s, s:[{s:s, s:s, s:{s:o}, s:{s:{s:s}}}]}", "Version", "2012-10-17", "Statement",
	    "Effect", "Allow", "Action", "sts:AssumeRoleWithWebIdentity", "Principal", "Federated",
	    json_sprintf("arn:aws:iam::${accounts.%s.id}:oidc-provider/%s", account, provider),
	    "Condition", "StringEquals", sub, "repo:example/x:ref:refs/heads/main");
}

/* Whom a role of the account trusts: only what is never renamed, and a role that goes is taken out
 * of what trusts it. */
json_t *trust_random(struct chance *c, const json_t *draft, const char *account)
{
	auto_free char *path = xasprintf("iam.accounts.%s", account);
	const json_t *iam = draft_part((json_t *)draft, path, false);
	const char *role, *other;

	switch (chance_below(c, 5)) {
	case 0:
		other = chance_key(c, json_object_get(draft, "accounts"), NULL);
		return trust_of(other, "root");
	case 1:
		return trust_of(account, "user/keep-u");
	case 2:
		role = chance_key(c, json_object_get(iam, "roles"), NULL);
		if (role && !json_object_get(json_object_get(json_object_get(iam, "roles"), role),
					     "path")) {
			auto_free char *principal = xasprintf("role/%s", role);

			return trust_of(account, principal);
		}
		return trust_of(account, "root");
	case 3:
		if (json_object_get(iam, "oidc_providers"))
			return trust_of_provider(account, "keep.example.com");
		return trust_of(SELF_ACCOUNT, "root");
	default:
		return trust_of(SELF_ACCOUNT, "root");
	}
}

json_t *role_random(struct chance *c, const json_t *draft, const char *account)
{
	auto_free char *path = xasprintf("iam.accounts.%s", account);
	json_t *iam = draft_part((json_t *)draft, path, false);
	json_t *role = json_pack("{s:o}", "trust", trust_random(c, draft, account));

	if (chance_of(c, 40))
		json_object_set_new(role, "max_session_duration",
				    json_sprintf("%uh", 1 + chance_below(c, 12)));
	if (chance_of(c, 40))
		json_object_set_new(role, "description", json_string("what it is for"));
	if (chance_of(c, 60))
		json_object_set_new(role, "managed_policies", managed_random(c, iam));
	if (chance_of(c, 40))
		json_object_set_new(role, "inline_policies", inline_random(c));
	if (chance_of(c, 20))
		json_object_set_new(
		    role, "permissions_boundary",
		    json_string(chance_key(c, json_object_get(iam, "policies"), NULL)));
	if (chance_of(c, 20))
		json_object_set_new(role, "path", json_string("/service/"));
	if (chance_of(c, 40))
		json_object_set_new(role, "tags", tags_random(c));
	return role;
}

void roles_add(struct chance *c, json_t *draft, const char *account)
{
	auto_free char *path = xasprintf("iam.accounts.%s.roles", account);
	json_t *roles = draft_part(draft, path, true);

	json_object_set_new(roles, "keep-role",
			    json_pack("{s:o, s:[s], s:{s:o}, s:{s:s}}", "trust",
				      trust_of(account, "root"), "managed_policies", "keep-ip",
				      "inline_policies", "keep", draft_document(5), "tags", "keep",
				      "1"));
	for (unsigned n = chance_below(c, 3); n > 0; n--) {
		auto_free char *name = chance_name(c, "role");

		json_object_set_new(roles, name, role_random(c, draft, account));
	}
}

/* What an account has once. */
void settings_add(struct chance *c, json_t *draft, const char *account)
{
	auto_free char *path = xasprintf("iam.accounts.%s", account);
	json_t *iam = draft_part(draft, path, true);

	if (chance_of(c, 50))
		json_object_set_new(
		    draft_part(iam, "oidc_providers", true), "keep.example.com",
		    json_pack("{s:[s], s:{s:s}}", "client_ids", "keep", "tags", "keep", "1"));
	if (chance_of(c, 30)) {
		auto_free char *alias = chance_name(c, "alias-");

		json_object_set_new(iam, "alias", json_string(alias));
	}
	if (chance_of(c, 40))
		json_object_set_new(iam, "password_policy",
				    json_pack("{s:i, s:b}", "minimum_length",
					      8 + (int)chance_below(c, 20), "require_symbols", 1));
}
