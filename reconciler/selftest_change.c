/* What a commit may change. Each change leaves a configuration that is valid. */
#include "reconciler/selftest_change.h"

#include <string.h>

#define TRIES 6 /* to find something to change for each change asked for */

json_t *change_part(struct commit_change *x, const char *path)
{
	return draft_part(x->draft, path, false);
}

json_t *iam_part(struct commit_change *x, const char *name)
{
	auto_free char *path =
	    x->account ? xasprintf("iam.accounts.%s.%s", x->account, name) : NULL;

	return path ? draft_part(x->draft, path, false) : NULL;
}

const char *free_name(struct commit_change *x, const json_t *table)
{
	return chance_key(x->chance, table, name_is_free);
}

static void policy_replace(struct commit_change *x, const char *from, const char *to)
{
	list_replace(change_part(x, "organization.root.policies"), from, to);
	rows_replace(change_part(x, "units"), "policies", from, to);
	rows_replace(change_part(x, "accounts"), "policies", from, to);
}

/* Units. */

static bool path_is_below(const char *path, const char *unit)
{
	size_t len = strlen(unit);

	return strncmp(path, unit, len) == 0 && (path[len] == '/' || !path[len]);
}

static void accounts_follow(struct commit_change *x, const char *from, const char *to)
{
	const char *name;
	json_t *account;

	json_object_foreach(change_part(x, "accounts"), name, account)
	{
		const char *unit = json_string_value(json_object_get(account, "unit"));

		if (path_is_below(unit, from))
			json_object_set_new(account, "unit",
					    json_sprintf("%s%s", to, unit + strlen(from)));
	}
}

/* Everything below goes along. */
static void unit_repath(struct commit_change *x, const char *from, const char *to)
{
	json_t *units = change_part(x, "units"), *unit;
	json_auto_t *old = json_copy(units), *was = json_copy(x->was);
	const char *path;

	json_object_clear(units);
	json_object_clear(x->was);
	json_object_foreach(old, path, unit)
	{
		bool below = path_is_below(path, from);
		auto_free char *now =
		    below ? xasprintf("%s%s", to, path + strlen(from)) : xstrdup(path);

		json_object_set(units, now, unit);
		if (json_object_get(was, path))
			json_object_set(x->was, now, json_object_get(was, path));
	}
	accounts_follow(x, from, to);
}

static void unit_remember(struct commit_change *x, const char *path)
{
	json_t *unit = json_object_get(change_part(x, "units"), path);
	json_t *was = json_object_get(x->was, path);

	if (was)
		json_object_set(unit, "previously", was);
}

static bool unit_has_units(struct commit_change *x, const char *unit)
{
	const char *path;
	json_t *row;

	json_object_foreach(change_part(x, "units"), path,
			    row) if (strcmp(path, unit) != 0 &&
				     path_is_below(path, unit)) return true;
	return false;
}

static bool unit_add(struct commit_change *x)
{
	json_t *units = change_part(x, "units");
	const char *parent = chance_of(x->chance, 60) ? free_name(x, units) : NULL;
	auto_free char *name = chance_name(x->chance, "u");
	auto_free char *path = NULL;

	if (parent && path_levels(parent) > 3)
		parent = NULL;
	path = parent ? xasprintf("%s/%s", parent, name) : xstrdup(name);
	json_object_set_new(units, path, json_pack("{s:{s:s}}", "tags", "team", "new"));
	return true;
}

/* Its accounts go one up; what is below it stays where it is, so only a leaf goes. */
static bool unit_remove(struct commit_change *x)
{
	const char *name = free_name(x, change_part(x, "units"));
	auto_free char *path = name ? xstrdup(name) : NULL, *up = NULL;
	char *slash;

	if (!path || unit_has_units(x, path))
		return false;
	up = xstrdup(path);
	slash = strrchr(up, '/');
	if (slash)
		*slash = '\0';
	json_object_del(change_part(x, "units"), path);
	json_object_del(x->was, path);
	accounts_follow(x, path, slash ? up : "/");
	return true;
}

static bool unit_rename(struct commit_change *x)
{
	const char *name = free_name(x, change_part(x, "units"));
	auto_free char *path = name ? xstrdup(name) : NULL;
	auto_free char *fresh = chance_name(x->chance, "u"), *to = NULL;
	const char *slash;

	if (!path)
		return false;
	slash = strrchr(path, '/');
	to = slash ? xasprintf("%.*s/%s", (int)(slash - path), path, fresh) : xstrdup(fresh);
	unit_repath(x, path, to);
	unit_remember(x, to);
	return true;
}

static bool unit_move(struct commit_change *x)
{
	json_t *units = change_part(x, "units");
	const char *name = free_name(x, units),
		   *under = chance_of(x->chance, 70) ? free_name(x, units) : "";
	auto_free char *path = name ? xstrdup(name) : NULL, *parent = NULL, *to = NULL;
	const char *last;

	if (!path || !under || path_is_below(under, path) || path_levels(under) > 2 ||
	    unit_has_units(x, path) || json_object_get(json_object_get(units, path), "move"))
		return false;
	parent = xstrdup(under);
	last = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	to = *parent ? xasprintf("%s/%s", parent, last) : xstrdup(last);
	if (json_object_get(units, to))
		return false;
	unit_repath(x, path, to);
	unit_remember(x, to);
	if (json_object_get(x->was, to))
		json_object_set_new(json_object_get(units, to), "move", json_true());
	return true;
}

/* Policies. */

static bool policy_add(struct commit_change *x)
{
	auto_free char *name = chance_name(x->chance, "p");

	json_object_set_new(change_part(x, "policies"), name,
			    json_pack("{s:o, s:s}", "document",
				      draft_document(chance_below(x->chance, 99)), "description",
				      "new"));
	return true;
}

static bool policy_remove(struct commit_change *x)
{
	json_t *policies = change_part(x, "policies");
	const char *name = free_name(x, policies);

	if (!name)
		return false;
	policy_replace(x, name, NULL);
	json_object_del(policies, name);
	return true;
}

static bool policy_type(const json_t *policies, const char *name)
{
	return json_object_get(json_object_get(policies, name), "type") != NULL;
}

static bool policy_rename(struct commit_change *x)
{
	json_t *policies = change_part(x, "policies");
	const char *name = free_name(x, policies);
	auto_free char *from = name ? xstrdup(name) : NULL;
	auto_free char *to = chance_name(x->chance, "p");

	if (!from)
		return false;
	policy_replace(x, from, to);
	row_rename(policies, from, to, true);
	name = chance_of(x->chance, 25) ? free_name(x, policies) : NULL;
	if (name && strcmp(name, to) != 0 &&
	    policy_type(policies, name) == policy_type(policies, to)) {
		/* The name is handed on. */
		auto_free char *heir = xstrdup(name);

		policy_replace(x, heir, from);
		row_rename(policies, heir, from, true);
	}
	return true;
}

static bool policy_rewrite(struct commit_change *x)
{
	json_t *policy =
	    json_object_get(change_part(x, "policies"), free_name(x, change_part(x, "policies")));

	if (!policy || json_object_get(policy, "type"))
		return false;
	json_object_set_new(policy, "document", draft_document(chance_below(x->chance, 99)));
	return true;
}

static bool policy_describe(struct commit_change *x)
{
	json_t *policy =
	    json_object_get(change_part(x, "policies"), free_name(x, change_part(x, "policies")));

	if (!policy)
		return false;
	if (chance_of(x->chance, 30))
		json_object_set_new(policy, "description", json_array());
	else
		json_object_set_new(policy, "description", json_string("otherwise"));
	return true;
}

/* What holds policies and tags. */

static json_t *target_pick(struct commit_change *x)
{
	unsigned n = chance_below(x->chance, 10);
	json_t *table = change_part(x, n < 6 ? "units" : "accounts");
	const char *name = n == 9 ? NULL : free_name(x, table);

	return name ? json_object_get(table, name) : change_part(x, "organization.root");
}

static bool attachment_toggle(struct commit_change *x)
{
	json_t *target = target_pick(x), *list;
	const char *policy = chance_key(x->chance, change_part(x, "policies"), NULL);
	size_t at;

	list = row_list(target, "policies");
	at = list_find(list, policy);
	if (at != SIZE_MAX)
		json_array_remove(list, at);
	else if (json_array_size(list) < 3)
		json_array_append_new(list, json_string(policy));
	return true;
}

/* Between managing the whole list and just its elements. */
static bool only_toggle(struct commit_change *x)
{
	json_t *target = target_pick(x), *value = json_object_get(target, "policies");

	if (!value)
		return false;
	if (json_is_object(value))
		json_object_set(target, "policies", json_object_get(value, "only"));
	else
		json_object_set_new(target, "policies", json_pack("{s:O}", "only", value));
	return true;
}

static bool attribute_release(struct commit_change *x)
{
	static const char *const names[] = {"policies", "tags"};
	json_t *target = target_pick(x);

	return json_object_del(target, chance_word(x->chance, names, 2)) == 0;
}

static json_t *tagged_pick(struct commit_change *x)
{
	json_t *table;

	switch (chance_below(x->chance, 6)) {
	case 0:
		table = change_part(x, "policies");
		break;
	case 4:
		table = change_part(x, "identity_center.permission_sets");
		break;
	case 3:
		table = iam_part(x, "roles");
		break;
	case 1:
		table = iam_part(x, "users");
		break;
	case 2:
		table = iam_part(x, "policies");
		break;
	default:
		return target_pick(x);
	}
	return json_object_get(table, free_name(x, table));
}

static bool tag_set(struct commit_change *x)
{
	static const char *const keys[] = {"team", "tier", "cost", "owner", "more"};
	static const char *const values[] = {"red", "green", "other"};
	json_t *row = tagged_pick(x), *tags = row ? draft_part(row, "tags", true) : NULL;

	if (!tags)
		return false;
	json_object_set_new(tags, chance_word(x->chance, keys, 5),
			    json_string(chance_word(x->chance, values, 3)));
	return true;
}

static bool tag_remove(struct commit_change *x)
{
	json_t *row = tagged_pick(x), *tags = json_object_get(row, "tags");
	const char *key = chance_key(x->chance, tags, name_is_free);

	return key && json_object_del(tags, key) == 0;
}

/* The organization's own: these only ever grow. */
static bool organization_grow(struct commit_change *x)
{
	json_t *organization = change_part(x, "organization");
	json_t *types = json_object_get(organization, "policy_types");

	if (chance_of(x->chance, 50) && list_find(types, "TAG_POLICY") == SIZE_MAX)
		json_array_append_new(types, json_string("TAG_POLICY"));
	else
		json_object_set_new(
		    organization, "trusted_services",
		    json_pack("[s, s, s, s]", "account.amazonaws.com", "config.amazonaws.com",
			      "access-analyzer.amazonaws.com", "sso.amazonaws.com"));
	return true;
}

static const struct {
	change_fn *fn;
	unsigned weight;
	bool iam;
} changes[] = {
    {unit_add, 4, false},
    {unit_remove, 4, false},
    {unit_rename, 4, false},
    {unit_move, 4, false},
    {account_add, 3, false},
    {account_move, 5, false},
    {account_rename, 2, false},
    {account_release, 1, false},
    {policy_add, 2, false},
    {policy_remove, 3, false},
    {policy_rename, 3, false},
    {policy_rewrite, 4, false},
    {policy_describe, 2, false},
    {attachment_toggle, 10, false},
    {only_toggle, 1, false},
    {attribute_release, 2, false},
    {tag_set, 6, true},
    {tag_remove, 4, true},
    {iam_user_add, 2, true},
    {iam_user_remove, 2, true},
    {iam_user_rename, 2, true},
    {iam_user_expire, 1, true},
    {iam_group_add, 2, true},
    {iam_group_remove, 2, true},
    {iam_group_rename, 2, true},
    {iam_policy_add, 1, true},
    {iam_policy_remove, 2, true},
    {iam_policy_rewrite, 3, true},
    {membership_toggle, 5, true},
    {managed_toggle, 4, true},
    {inline_change, 4, true},
    {boundary_change, 3, true},
    {role_add, 3, true},
    {role_remove, 3, true},
    {role_rewrite, 6, true},
    {settings_change, 4, true},
    {provider_change, 2, true},
    {baseline_change, 5, true},
    {team_change, 4, true},
    {task_change, 5, true},
    {organization_grow, 1, false},
    {product_change, 10, false},
    {person_change, 5, false},
    {identity_group_change, 6, false},
    {set_change, 4, false},
    {set_rewrite, 6, false},
};

/* Where there is no organization only IAM changes. */
static unsigned weight_of(const struct commit_change *x, size_t i)
{
	bool organized = !json_is_string(json_object_get(x->draft, "organization"));

	return changes[i].iam || organized ? changes[i].weight : 0;
}

static change_fn *change_pick(const struct commit_change *x)
{
	unsigned total = 0, n;
	size_t i = 0;

	for (size_t k = 0; k < sizeof changes / sizeof *changes; k++)
		total += weight_of(x, k);
	n = chance_below(x->chance, total);
	while (n >= weight_of(x, i))
		n -= weight_of(x, i++);
	return changes[i].fn;
}

void draft_change(struct chance *c, json_t *draft, unsigned n)
{
	json_auto_t *was = json_object();
	struct commit_change x = {.chance = c, .draft = draft, .was = was};
	const char *path;
	json_t *unit;

	json_object_foreach(draft_part(draft, "units", false), path, unit)
	    json_object_set_new(was, path, json_string(path));
	for (unsigned tries = n * TRIES; n > 0 && tries > 0; tries--) {
		const char *account = chance_key(c, draft_part(draft, "iam.accounts", false), NULL);
		auto_free char *own = account ? xstrdup(account) : NULL;

		x.account = own;
		n -= change_pick(&x)(&x);
	}
}
