/* What a commit may change of IAM. */
#include "reconciler/selftest_change.h"

#include <string.h>

bool iam_user_add(struct commit_change *x)
{
	auto_free char *name = chance_name(x->chance, "user");
	json_t *users = iam_part(x, "users");

	if (!users)
		return false;
	json_object_set_new(users, name,
			    json_pack("{s:[s], s:[], s:s}", "groups",
				      chance_key(x->chance, iam_part(x, "groups"), NULL),
				      "managed_policies", "path", "/new/"));
	return true;
}

bool iam_user_remove(struct commit_change *x)
{
	const char *name = free_name(x, iam_part(x, "users"));

	if (!name)
		return false;
	members_rename(x, name, NULL);
	return json_object_del(iam_part(x, "users"), name) == 0;
}

/* It goes by itself, though its declaration stays. */
bool iam_user_expire(struct commit_change *x)
{
	json_t *users = iam_part(x, "users");
	const char *name = free_name(x, users);

	if (!name)
		return false;
	members_rename(x, name, NULL);
	/* Under which of its names one goes that is renamed at once is left open. */
	json_object_del(json_object_get(users, name), "previously");
	json_object_set_new(json_object_get(users, name), "expires",
			    json_string(chance_of(x->chance, 70) ? "2026-11-01" : "2027-06-30"));
	return true;
}

bool iam_user_rename(struct commit_change *x)
{
	json_t *users = iam_part(x, "users");
	const char *name = free_name(x, users);
	auto_free char *from = name ? xstrdup(name) : NULL;
	auto_free char *to = chance_name(x->chance, "user");

	if (!from || json_object_get(json_object_get(users, from), "expires"))
		return false;
	members_rename(x, from, to);
	row_rename(users, from, to, true);
	return true;
}

bool iam_group_add(struct commit_change *x)
{
	auto_free char *name = chance_name(x->chance, "g");
	json_t *groups = iam_part(x, "groups");

	if (!groups)
		return false;
	json_object_set_new(groups, name, json_pack("{s:s}", "path", "/new/"));
	return true;
}

bool iam_group_remove(struct commit_change *x)
{
	json_t *groups = iam_part(x, "groups");
	const char *name = free_name(x, groups);

	if (!name)
		return false;
	rows_replace(iam_part(x, "users"), "groups", name, NULL);
	return json_object_del(groups, name) == 0;
}

bool iam_group_rename(struct commit_change *x)
{
	json_t *groups = iam_part(x, "groups");
	const char *name = free_name(x, groups);
	auto_free char *from = name ? xstrdup(name) : NULL;
	auto_free char *to = chance_name(x->chance, "g");

	if (!from)
		return false;
	rows_replace(iam_part(x, "users"), "groups", from, to);
	row_rename(groups, from, to, true);
	return true;
}

bool iam_policy_add(struct commit_change *x)
{
	auto_free char *name = chance_name(x->chance, "ip");
	json_t *policies = iam_part(x, "policies");

	if (!policies)
		return false;
	json_object_set_new(policies, name, json_pack("{s:o}", "document", draft_document(50)));
	return true;
}

static void boundaries_drop(json_t *table, const char *name)
{
	const char *key, *boundary;
	json_t *row;

	json_object_foreach(table, key, row)
	{
		boundary = json_string_value(json_object_get(row, "permissions_boundary"));
		if (boundary && strcmp(boundary, name) == 0)
			json_object_set_new(row, "permissions_boundary", json_array());
	}
}

bool iam_policy_remove(struct commit_change *x)
{
	json_t *policies = iam_part(x, "policies");
	const char *name = free_name(x, policies);

	if (!name)
		return false;
	rows_replace(iam_part(x, "users"), "managed_policies", name, NULL);
	rows_replace(iam_part(x, "groups"), "managed_policies", name, NULL);
	rows_replace(iam_part(x, "roles"), "managed_policies", name, NULL);
	boundaries_drop(iam_part(x, "users"), name);
	boundaries_drop(iam_part(x, "roles"), name);
	return json_object_del(policies, name) == 0;
}

bool iam_policy_rewrite(struct commit_change *x)
{
	json_t *policies = iam_part(x, "policies");
	json_t *policy = json_object_get(policies, free_name(x, policies));

	if (!policy)
		return false;
	json_object_set_new(policy, "document", draft_document(chance_below(x->chance, 99)));
	return true;
}

static json_t *principal_pick(struct commit_change *x)
{
	static const char *const tables[] = {"users", "users", "groups", "roles"};
	json_t *table = iam_part(x, chance_word(x->chance, tables, 4));

	return json_object_get(table, free_name(x, table));
}

bool membership_toggle(struct commit_change *x)
{
	json_t *users = iam_part(x, "users"), *user = json_object_get(users, free_name(x, users));
	const char *group = chance_key(x->chance, iam_part(x, "groups"), NULL);

	if (!user)
		return false;
	list_toggle(row_list(user, "groups"), group);
	return true;
}

bool managed_toggle(struct commit_change *x)
{
	json_t *row = principal_pick(x);
	const char *policy = chance_of(x->chance, 70)
				 ? chance_key(x->chance, iam_part(x, "policies"), NULL)
				 : "aws/ReadOnlyAccess";

	if (!row)
		return false;
	list_toggle(row_list(row, "managed_policies"), policy);
	return true;
}

bool inline_change(struct commit_change *x)
{
	json_t *row = principal_pick(x),
	       *map = row ? draft_part(row, "inline_policies", true) : NULL;
	auto_free char *name = xasprintf("in%u", chance_below(x->chance, 3));

	if (!map)
		return false;
	if (json_object_get(map, name) && chance_of(x->chance, 50))
		json_object_del(map, name);
	else
		json_object_set_new(map, name, draft_document(chance_below(x->chance, 99)));
	return true;
}

bool boundary_change(struct commit_change *x)
{
	json_t *users = iam_part(x, chance_of(x->chance, 70) ? "users" : "roles");
	json_t *user = json_object_get(users, free_name(x, users));

	if (!user)
		return false;
	json_object_set_new(
	    user, "permissions_boundary",
	    chance_of(x->chance, 50)
		? json_array()
		: json_string(chance_key(x->chance, iam_part(x, "policies"), NULL)));
	return true;
}
