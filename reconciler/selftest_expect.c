/* What an apply must leave: the three-way table once more, over other data, by other hands. */
#include "reconciler/selftest_expect.h"

#include <string.h>

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
				  .tags = strcmp(name, "tags") == 0 ||
					  strcmp(name, "password_policy") == 0,
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
		 "\"permissions_boundary\":\"\",\"tags\":{},\"owns\":{}}"},
    {"iam_role", "{\"path\":\"/\",\"description\":\"\",\"max_session_duration\":\"3600\","
		 "\"managed_policies\":{},\"inline_policies\":{},\"permissions_boundary\":\"\","
		 "\"tags\":{}}"},
    {"iam_oidc_provider", "{\"client_ids\":{},\"tags\":{}}"},
    {"iam_account", "{\"alias\":\"\",\"password_policy\":{}}"},
    {"identity_group", "{\"description\":\"\",\"members\":{}}"},
    {"permission_set",
     "{\"description\":\"\",\"relay_state\":\"\",\"session_duration\":\"3600\","
     "\"aws_managed_policies\":{},\"customer_managed_policies\":{},\"inline_policy\":\"\","
     "\"permissions_boundary\":\"\",\"tags\":{},\"provisioned\":\"\"}"},
};

static json_t *thing_fresh(const char *address)
{
	for (size_t i = 0; i < sizeof fresh / sizeof *fresh; i++)
		if (strcmp(address, fresh[i].kind) == 0 || thing_is(address, fresh[i].kind))
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

/* Bytes of "/account" in "/account/name". */
static size_t name_length(const char *rest)
{
	return 1 + strcspn(rest + 1, "/");
}

/* Of two addresses in IAM. */
static bool same_account(const char *a, const char *b)
{
	a = strchr(a, '/');
	b = strchr(b, '/');
	return name_length(a) == name_length(b) && strncmp(a, b, name_length(a)) == 0;
}

/* What held a thing that is gone holds it no more. */
static void references_drop(struct oracle *o, const char *gone)
{
	const char *attribute = thing_is(gone, "policy")          ? "policies"
				: thing_is(gone, "iam_group")     ? "groups"
				: thing_is(gone, "iam_policy")    ? "managed_policies"
				: thing_is(gone, "identity_user") ? "members"
								  : NULL;
	json_auto_t *all = json_copy(o->live);
	bool iam = str_starts(gone, "iam_");
	const char *address;
	json_t *thing;

	json_object_foreach(o->live, address, thing) if (attribute &&
							 str_starts(address, "iam_") == iam &&
							 (!iam || same_account(address, gone)))
	    json_object_del(json_object_get(thing, attribute), thing_name(gone));
	json_object_foreach(all, address, thing)
	{
		if (thing_is(address, "assignment") && assignment_goes_with(address, gone))
			json_object_del(o->live, address);
	}
}

/* A unit that goes or moves and still holds what head does not declare. */
static void unit_judge(struct oracle *o, const char *unit, const json_t *before)
{
	size_t len = strlen(unit);
	const char *address;
	json_t *thing;

	json_object_foreach((json_t *)before, address, thing)
	{
		bool inside = thing_is(address, "account")
				  ? strcmp(member_text(thing, "unit"), thing_name(unit)) == 0
				  : strncmp(address, unit, len) == 0 && address[len] == '/';

		if (inside && !has(o->head, address) &&
		    (thing_is(address, "account") || !has(o->base, address)))
			o->refused = true;
	}
}

/* What is in an account that head no longer declares is let be. */
static bool is_released(const struct oracle *o, const char *address)
{
	const char *account = strchr(address, '/');
	auto_free char *self =
	    account ? xasprintf("account%.*s", (int)name_length(account), account) : NULL;

	return self && str_starts(address, "iam_") && has(o->head, "organization") &&
	       !has(o->head, self);
}

/* Settings that say nothing are none. */
static void settings_settle(json_t *things)
{
	json_auto_t *all = json_copy(things);
	const char *address;
	json_t *thing;

	json_object_foreach(all, address, thing)
	{
		if (thing_is(address, "iam_account") && !*member_text(thing, "alias") &&
		    !json_object_size(json_object_get(thing, "password_policy")))
			json_object_del(things, address);
	}
}

static void removed_expect(struct oracle *o, const json_t *before)
{
	const char *address;
	json_t *base;

	json_object_foreach(o->base, address, base)
	{
		if (has(o->head, address) || !has(o->live, address) ||
		    thing_is(address, "account") || thing_is(address, "delegated_administrator") ||
		    thing_is(address, "iam_account") || thing_is(address, "assignment") ||
		    is_released(o, address) || strcmp(address, "organization") == 0)
			continue;
		if (thing_is(address, "unit"))
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
			    thing) if (thing_is(address, "unit") && !has(thing, "_id"))
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
			   .users = json_object(),
			   .teams = json_object(),
			   .people = json_object()};
	json_t *before;

	renames_note(&o);
	o.base = things_renamed(&o, o.base);
	o.live = things_renamed(&o, o.live);
	before = json_deep_copy(o.live);
	assignments_expect(&o);
	declared_expect(&o);
	removed_expect(&o, before);
	moved_judge(&o, before);
	settings_settle(o.live);
	json_decref(o.units);
	json_decref(o.policies);
	json_decref(o.accounts);
	json_decref(o.groups);
	json_decref(o.users);
	json_decref(o.teams);
	json_decref(o.people);
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
