/* What an apply must leave: the three-way table once more, over other data, by other hands. */
#include "reconciler/selftest.h"

#include <stdlib.h>
#include <string.h>

struct oracle {
	json_t *base, *head; /* things of the drafts, base under the names of head */
	json_t *live;        /* becomes what is expected */
	json_t *units;       /* old path -> new path, of declared renames */
	json_t *policies, *accounts, *groups, *users; /* old name -> new name */
	bool refused;
};

static const char *str_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static bool is_kind(const char *address, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(address, kind, len) == 0 && address[len] == '/';
}

/* The name in "kind/name" or, of IAM, in "kind/account/name". */
static const char *name_in(const char *address)
{
	const char *name = strchr(address, '/');

	if (!name)
		return address;
	if (str_starts(address, "iam_"))
		name = strchr(name + 1, '/');
	return name + 1;
}

/* Renames. */

/* The address of another name of the same kind, in the same account. Freed by the caller. */
static char *address_of(const char *address, const char *name)
{
	return xasprintf("%.*s%s", (int)(name_in(address) - address), address, name);
}

static bool names(const json_t *previously, const char *name)
{
	bool found = json_is_string(previously) && strcmp(json_string_value(previously), name) == 0;

	for (size_t i = 0; i < json_array_size(previously); i++)
		found |= strcmp(json_string_value(json_array_get(previously, i)), name) == 0;
	return found;
}

/* What base calls so has another name in head. */
static bool is_handed_on(const struct oracle *o, const char *address)
{
	const char *other;
	json_t *thing;

	json_object_foreach(o->head, other, thing)
	{
		if (strncmp(other, address, (size_t)(name_in(address) - address)) == 0 &&
		    strcmp(other, address) != 0 &&
		    names(json_object_get(thing, "_previously"), name_in(address)))
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

	return before && json_object_get(o->base, before);
}

static void rename_note(struct oracle *o, const char *address, const char *previous)
{
	json_t *map = is_kind(address, "unit")        ? o->units
		      : is_kind(address, "policy")    ? o->policies
		      : is_kind(address, "iam_group") ? o->groups
						      : o->users;
	auto_free char *before = address_of(address, previous);

	if (json_object_get(o->base, before) &&
	    (!json_object_get(o->base, address) || is_handed_on(o, address)) &&
	    (!json_object_get(o->head, before) || was_another(o, before)))
		json_object_set_new(map, previous, json_string(name_in(address)));
}

static bool account_same(const json_t *declared, const json_t *other)
{
	const char *id = str_of(declared, "_declared_id"), *email = str_of(declared, "email");
	const char *its = json_object_get(other, "_declared_id") ? str_of(other, "_declared_id")
								 : str_of(other, "_id");

	if (*id)
		return strcmp(id, its) == 0;
	return *email && strcasecmp(email, str_of(other, "email")) == 0;
}

static void accounts_note(struct oracle *o, const char *address, const json_t *thing,
			  const json_t *others)
{
	const char *other;
	json_t *it;

	json_object_foreach((json_t *)others, other, it) if (is_kind(other, "account") &&
							     strcmp(other, address) != 0 &&
							     account_same(thing, it))
	    json_object_set_new(o->accounts, name_in(other), json_string(name_in(address)));
}

static void renames_note(struct oracle *o)
{
	const char *address;
	json_t *thing;

	json_object_foreach(o->head, address, thing)
	{
		const json_t *previously = json_object_get(thing, "_previously");

		if (is_kind(address, "account")) {
			accounts_note(o, address, thing, o->base);
			accounts_note(o, address, thing, o->live);
		}
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

static char *address_renamed(const struct oracle *o, const char *address)
{
	const char *last = strrchr(address, '/');
	auto_free char *path = NULL;

	if (is_kind(address, "unit")) {
		path = path_renamed(o, name_in(address));
		return xasprintf("unit/%s", path);
	}
	if (is_kind(address, "policy"))
		return xasprintf("policy/%s", renamed(o->policies, name_in(address)));
	if (is_kind(address, "account"))
		return xasprintf("account/%s", renamed(o->accounts, name_in(address)));
	if (is_kind(address, "delegated_administrator"))
		return xasprintf("%.*s/%s", (int)(last - address), address,
				 renamed(o->accounts, last + 1));
	if (is_kind(address, "iam_group"))
		return account_address(o, address, o->groups);
	if (is_kind(address, "iam_user"))
		return account_address(o, address, o->users);
	if (is_kind(address, "iam_policy"))
		return account_address(o, address, NULL);
	return xstrdup(address);
}

static json_t *things_renamed(struct oracle *o, json_t *things)
{
	json_t *out = json_object(), *thing;
	const char *address;

	json_object_foreach(things, address, thing)
	{
		auto_free char *now = address_renamed(o, address);
		json_t *unit = json_object_get(thing, "unit");

		elements_rename(json_object_get(thing, "policies"), o->policies);
		elements_rename(json_object_get(thing, "groups"), o->groups);
		if (unit && strcmp(json_string_value(unit), "/") != 0) {
			auto_free char *path = path_renamed(o, json_string_value(unit));

			json_object_set_new(thing, "_unit", json_incref(unit));
			json_object_set_new(thing, "unit", json_string(path));
		}
		if (is_kind(address, "unit") && path_moves(o, name_in(address)))
			json_object_del(thing, "_id");
		/* A unit below one that is renamed keeps its own name and parent. */
		if (is_kind(address, "unit") ? json_object_get(o->units, name_in(address)) != NULL
					     : strcmp(name_in(now), name_in(address)) != 0)
			json_object_set_new(thing, "_renamed", json_true());
		json_object_set(out, now, thing);
	}
	json_decref(things);
	return out;
}

/* The table. */

static bool has(const json_t *set, const char *key)
{
	return json_object_get(set, key) != NULL;
}

static bool is_only(const json_t *thing, const char *attribute)
{
	return json_is_true(json_object_get(json_object_get(thing, "_only"), attribute));
}

static bool is_additive(const char *attribute)
{
	return strcmp(attribute, "policy_types") == 0 || strcmp(attribute, "trusted_services") == 0;
}

struct three {
	const json_t *base, *head; /* the elements; base NULL: not declared there */
	bool base_only, head_only, tags, additive;
};

/* Whether an element goes that live has and head has not. */
static bool element_goes(const struct three *x, const char *key, bool *refused)
{
	bool in_base = has(x->base, key);

	if (x->additive)
		return false;
	if (x->tags)
		return in_base;
	if (x->head_only)
		return in_base && x->base_only;
	if (in_base)
		return true;
	if (!x->base || x->base_only) /* a first declaration of the whole */
		*refused = true;
	return true;
}

static void set_expect(struct oracle *o, json_t *thing, const char *attribute,
		       const struct three *x)
{
	json_t *live = draft_part(thing, attribute, true), *value;
	json_auto_t *before = json_copy(live);
	const char *key;

	json_object_foreach(before, key,
			    value) if (!has(x->head, key) && element_goes(x, key, &o->refused))
	    json_object_del(live, key);
	json_object_foreach((json_t *)x->head, key, value) json_object_set(live, key, value);
}

static void thing_expect(struct oracle *o, json_t *thing, const json_t *base, const json_t *head)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)head, name, value)
	{
		struct three x = {.base = json_object_get(base, name),
				  .head = value,
				  .base_only = is_only(base, name),
				  .head_only = is_only(head, name),
				  .tags = strcmp(name, "tags") == 0,
				  .additive = is_additive(name)};

		if (*name == '_')
			continue;
		if (json_is_object(value))
			set_expect(o, thing, name, &x);
		else
			json_object_set(thing, name, value);
	}
}

/* What AWS makes of a thing of which nothing is said. */
static const struct {
	const char *kind, *thing;
} fresh[] = {
    {"organization", "{\"policy_types\":{},\"trusted_services\":{},\"policies\":{},\"tags\":{}}"},
    {"unit", "{\"policies\":{},\"tags\":{}}"},
    {"account", "{\"policies\":{},\"tags\":{}}"},
    {"policy", "{\"type\":\"SERVICE_CONTROL_POLICY\",\"description\":\"\",\"tags\":{}}"},
    {"delegated_administrator", "{}"},
    {"iam_policy", "{\"path\":\"/\",\"description\":\"\",\"tags\":{}}"},
    {"iam_group", "{\"path\":\"/\",\"managed_policies\":{},\"inline_policies\":{}}"},
    {"iam_user", "{\"path\":\"/\",\"groups\":{},\"managed_policies\":{},\"inline_policies\":{},"
		 "\"permissions_boundary\":\"\",\"tags\":{}}"},
};

static json_t *thing_fresh(const char *address)
{
	for (size_t i = 0; i < sizeof fresh / sizeof *fresh; i++)
		if (strcmp(address, fresh[i].kind) == 0 || is_kind(address, fresh[i].kind))
			return json_loads(fresh[i].thing, 0, NULL);
	return json_object();
}

static void declared_expect(struct oracle *o)
{
	const char *address;
	json_t *head;

	json_object_foreach(o->head, address, head)
	{
		json_t *thing = json_object_get(o->live, address);

		if (!thing) {
			thing = thing_fresh(address);
			json_object_set_new(o->live, address, thing);
		}
		thing_expect(o, thing, json_object_get(o->base, address), head);
	}
}

/* What held a thing that is gone holds it no more. */
static void references_drop(struct oracle *o, const char *gone)
{
	const char *attribute = is_kind(gone, "policy")       ? "policies"
				: is_kind(gone, "iam_group")  ? "groups"
				: is_kind(gone, "iam_policy") ? "managed_policies"
							      : NULL;
	bool iam = str_starts(gone, "iam_");
	const char *address;
	json_t *thing;

	json_object_foreach(o->live, address,
			    thing) if (attribute && str_starts(address, "iam_") == iam)
	    json_object_del(json_object_get(thing, attribute), name_in(gone));
}

/* A unit that goes or moves and still holds what head does not declare. */
static void unit_judge(struct oracle *o, const char *unit, const json_t *before)
{
	size_t len = strlen(unit);
	const char *address;
	json_t *thing;

	json_object_foreach((json_t *)before, address, thing)
	{
		bool inside = is_kind(address, "account")
				  ? strcmp(str_of(thing, "unit"), name_in(unit)) == 0
				  : strncmp(address, unit, len) == 0 && address[len] == '/';

		if (inside && !has(o->head, address) &&
		    (is_kind(address, "account") || !has(o->base, address)))
			o->refused = true;
	}
}

static void removed_expect(struct oracle *o, const json_t *before)
{
	const char *address;
	json_t *base;

	json_object_foreach(o->base, address, base)
	{
		if (has(o->head, address) || !has(o->live, address) ||
		    is_kind(address, "account") || is_kind(address, "delegated_administrator") ||
		    strcmp(address, "organization") == 0)
			continue;
		if (is_kind(address, "unit"))
			unit_judge(o, address, before);
		json_object_del(o->live, address);
		references_drop(o, address);
	}
}

static void moved_judge(struct oracle *o, const json_t *before)
{
	const char *address;
	json_t *thing;

	json_object_foreach((json_t *)before, address,
			    thing) if (is_kind(address, "unit") && !has(thing, "_id"))
	    unit_judge(o, address, before);
}

void things_expect(const json_t *base, const json_t *head, const json_t *live, struct expected *out)
{
	struct oracle o = {.base = base ? things_of_draft(base) : json_object(),
			   .head = things_of_draft(head),
			   .live = json_deep_copy(live),
			   .units = json_object(),
			   .policies = json_object(),
			   .accounts = json_object(),
			   .groups = json_object(),
			   .users = json_object()};
	json_t *before;

	renames_note(&o);
	o.base = things_renamed(&o, o.base);
	o.live = things_renamed(&o, o.live);
	before = json_deep_copy(o.live);
	declared_expect(&o);
	removed_expect(&o, before);
	moved_judge(&o, before);
	json_decref(o.units);
	json_decref(o.policies);
	json_decref(o.accounts);
	json_decref(o.groups);
	json_decref(o.users);
	*out = (struct expected){
	    .base = o.base, .head = o.head, .live = before, .after = o.live, .refused = o.refused};
}

void expected_free(struct expected *e)
{
	json_decref(e->base);
	json_decref(e->head);
	json_decref(e->live);
	json_decref(e->after);
}
