/* Names in what is expected: things of base and live under the names that head gives them. */
#include "reconciler/selftest_expect.h"

#include <stdlib.h>
#include <string.h>

bool thing_is(const char *address, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(address, kind, len) == 0 && address[len] == '/';
}

const char *thing_name(const char *address)
{
	const char *name = strchr(address, '/');

	if (!name)
		return address;
	if (str_starts(address, "iam_"))
		name = strchr(name + 1, '/');
	return name + 1;
}

/* The address of another name of the same kind, in the same account. Freed by the caller. */
static char *address_of(const char *address, const char *name)
{
	return xasprintf("%.*s%s", (int)(thing_name(address) - address), address, name);
}

static bool names(const json_t *previously, const char *name)
{
	bool found = json_is_string(previously) && strcmp(json_string_value(previously), name) == 0;

	for (size_t i = 0; i < json_array_size(previously); i++)
		found |= strcmp(json_string_value(json_array_get(previously, i)), name) == 0;
	return found;
}

/* The address in base, where the account may have had another name. Freed by the caller. */
static char *address_in_base(const struct oracle *o, const char *address)
{
	const char *account = strchr(address, '/') + 1, *old;
	size_t len = strcspn(account, "/");
	json_t *now;

	json_object_foreach(o->accounts, old, now)
	{
		if (str_starts(address, "iam_") && strlen(json_string_value(now)) == len &&
		    strncmp(json_string_value(now), account, len) == 0)
			return xasprintf("%.*s%s%s", (int)(account - address), address, old,
					 account + len);
	}
	return xstrdup(address);
}

static bool base_has(const struct oracle *o, const char *address)
{
	auto_free char *before = address_in_base(o, address);

	return json_object_get(o->base, before) != NULL;
}

/* What base calls so has another name in head. */
static bool is_handed_on(const struct oracle *o, const char *address)
{
	const char *other;
	json_t *thing;

	json_object_foreach(o->head, other, thing)
	{
		if (strncmp(other, address, (size_t)(thing_name(address) - address)) == 0 &&
		    strcmp(other, address) != 0 &&
		    names(json_object_get(thing, "_previously"), thing_name(address)))
			return true;
	}
	return false;
}

/* What head calls so had another name in base. */
static bool was_another(const struct oracle *o, const char *address)
{
	const json_t *previously =
	    json_object_get(json_object_get(o->head, address), "_previously");
	auto_free char *before =
	    json_is_string(previously) ? address_of(address, json_string_value(previously)) : NULL;

	return before && base_has(o, before);
}

static void rename_note(struct oracle *o, const char *address, const char *previous)
{
	const struct {
		const char *kind;
		json_t *map;
	} maps[] = {{"unit", o->units},           {"policy", o->policies},
		    {"iam_group", o->groups},     {"iam_user", o->users},
		    {"identity_group", o->teams}, {"identity_user", o->people}};
	json_t *map = NULL;
	auto_free char *before = address_of(address, previous);

	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
		if (thing_is(address, maps[i].kind))
			map = maps[i].map;
	if (base_has(o, before) && (!base_has(o, address) || is_handed_on(o, address)) &&
	    (!json_object_get(o->head, before) || was_another(o, before)))
		json_object_set_new(map, previous, json_string(thing_name(address)));
}

static bool account_same(const json_t *declared, const json_t *other)
{
	const char *id = member_text(declared, "_declared_id"),
		   *email = member_text(declared, "email");
	const char *its = json_object_get(other, "_declared_id")
			      ? member_text(other, "_declared_id")
			      : member_text(other, "_id");

	if (*id)
		return strcmp(id, its) == 0;
	return *email && strcasecmp(email, member_text(other, "email")) == 0;
}

static void accounts_note(struct oracle *o, const char *address, const json_t *thing,
			  const json_t *others)
{
	const char *other;
	json_t *it;

	json_object_foreach((json_t *)others, other, it) if (thing_is(other, "account") &&
							     strcmp(other, address) != 0 &&
							     account_same(thing, it))
	    json_object_set_new(o->accounts, thing_name(other), json_string(thing_name(address)));
}

void renames_note(struct oracle *o)
{
	const char *address;
	json_t *thing;

	json_object_foreach(o->head, address, thing) if (thing_is(address, "account"))
	{
		accounts_note(o, address, thing, o->base);
		accounts_note(o, address, thing, o->live);
	}
	json_object_foreach(o->head, address, thing)
	{
		const json_t *previously = json_object_get(thing, "_previously");

		if (json_is_string(previously))
			rename_note(o, address, json_string_value(previously));
		for (size_t i = 0; i < json_array_size(previously); i++)
			rename_note(o, address, json_string_value(json_array_get(previously, i)));
	}
}

/* The path after all renames: the longest one that it lies below counts. Freed by the caller. */
static char *path_renamed(const struct oracle *o, const char *path)
{
	const char *old;
	json_t *now;
	size_t most = 0;
	char *found = NULL;

	json_object_foreach(o->units, old, now)
	{
		size_t len = strlen(old);

		if (strncmp(path, old, len) != 0 || (path[len] && path[len] != '/') || len < most)
			continue;
		free(found);
		found = xasprintf("%s%s", json_string_value(now), path + len);
		most = len;
	}
	return found ? found : xstrdup(path);
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xasprintf("%.*s", (int)(slash - path), path) : xstrdup("");
}

/* It, or a unit above it, gets another parent: AWS makes it anew. */
static bool path_moves(const struct oracle *o, const char *path)
{
	auto_free char *now = path_renamed(o, path), *up = parent_of(path),
		       *up_now = parent_of(now);
	auto_free char *up_renamed = path_renamed(o, up);

	return strcmp(up_renamed, up_now) != 0 || (*up && path_moves(o, up));
}

static const char *renamed(const json_t *map, const char *name)
{
	const char *now = json_string_value(json_object_get(map, name));

	return now ? now : name;
}

static void elements_rename(json_t *set, const json_t *map)
{
	json_auto_t *old = json_copy(set);
	const char *name;
	json_t *value;

	if (!json_object_size(map))
		return;
	json_object_clear(set);
	json_object_foreach(old, name, value) json_object_set(set, renamed(map, name), value);
}

/* "kind/account/name" with the account's new name, and the thing's own. */
static char *account_address(const struct oracle *o, const char *address, const json_t *map)
{
	const char *first = strchr(address, '/') + 1, *second = strchr(first, '/');
	auto_free char *account = xasprintf("%.*s", (int)(second - first), first);

	return xasprintf("%.*s%s/%s", (int)(first - address), address,
			 renamed(o->accounts, account), renamed(map, second + 1));
}

static char *address_renamed(const struct oracle *o, const char *address);

static char *assignment_renamed(const struct oracle *o, const char *address)
{
	auto_free char *set = assignment_set(address), *account = assignment_account(address);
	auto_free char *principal = assignment_principal(address);
	auto_free char *there = address_renamed(o, account), *who = address_renamed(o, principal);

	return xasprintf("assignment/%s/%s/%s", thing_name(set), thing_name(there),
			 who + strlen("identity_"));
}

static char *address_renamed(const struct oracle *o, const char *address)
{
	const char *last = strrchr(address, '/');
	auto_free char *path = NULL;

	if (thing_is(address, "unit")) {
		path = path_renamed(o, thing_name(address));
		return xasprintf("unit/%s", path);
	}
	if (thing_is(address, "policy"))
		return xasprintf("policy/%s", renamed(o->policies, thing_name(address)));
	if (thing_is(address, "account"))
		return xasprintf("account/%s", renamed(o->accounts, thing_name(address)));
	if (thing_is(address, "delegated_administrator"))
		return xasprintf("%.*s/%s", (int)(last - address), address,
				 renamed(o->accounts, last + 1));
	if (thing_is(address, "assignment"))
		return assignment_renamed(o, address);
	if (thing_is(address, "identity_group"))
		return xasprintf("identity_group/%s", renamed(o->teams, thing_name(address)));
	if (thing_is(address, "identity_user"))
		return xasprintf("identity_user/%s", renamed(o->people, thing_name(address)));
	if (thing_is(address, "iam_group"))
		return account_address(o, address, o->groups);
	if (thing_is(address, "iam_user"))
		return account_address(o, address, o->users);
	if (str_starts(address, "iam_"))
		return account_address(o, address, NULL);
	return xstrdup(address);
}

/* Accounts that documents speak of. */
static void documents_rename(const struct oracle *o, json_t *thing)
{
	const char *from, *key;
	json_t *to, *value, *map = json_object_get(thing, "inline_policies");
	json_t *trust = json_object_get(thing, "trust");

	json_object_foreach(o->accounts, from, to)
	{
		auto_free char *old = xasprintf("${accounts.%s.id}", from);
		auto_free char *now = xasprintf("${accounts.%s.id}", json_string_value(to));

		json_object_foreach(map, key, value)
		{
			auto_free char *text =
			    document_replaced(json_string_value(value), old, now);

			json_string_set(value, text);
		}
		if (trust) {
			auto_free char *text =
			    document_replaced(json_string_value(trust), old, now);

			json_string_set(trust, text);
		}
	}
}

json_t *things_renamed(struct oracle *o, json_t *things)
{
	json_t *out = json_object(), *thing;
	const char *address;

	json_object_foreach(things, address, thing)
	{
		auto_free char *now = address_renamed(o, address);
		json_t *unit = json_object_get(thing, "unit");

		elements_rename(json_object_get(thing, "policies"), o->policies);
		elements_rename(json_object_get(thing, "groups"), o->groups);
		elements_rename(json_object_get(thing, "members"), o->people);
		documents_rename(o, thing);
		if (unit && strcmp(json_string_value(unit), "/") != 0) {
			auto_free char *path = path_renamed(o, json_string_value(unit));

			json_object_set_new(thing, "_unit", json_incref(unit));
			json_object_set_new(thing, "unit", json_string(path));
		}
		if (thing_is(address, "unit") && path_moves(o, thing_name(address)))
			json_object_del(thing, "_id");
		/* A unit below one that is renamed keeps its own name and parent. */
		if (thing_is(address, "unit")
			? json_object_get(o->units, thing_name(address)) != NULL
			: !thing_is(address, "assignment") &&
			      strcmp(thing_name(now), thing_name(address)) != 0)
			json_object_set_new(thing, "_renamed", json_true());
		json_object_set(out, now, thing);
	}
	json_decref(things);
	return out;
}
