/* The twin's state as things: see aws/twin/twin.h for how it is kept. */
#include "reconciler/selftest_state.h"

#include <stdlib.h>
#include <string.h>

/* Of AWS's own, that never are anybody's business. */
static bool policy_is_aws(const json_t *policy)
{
	return json_is_true(json_object_get(policy, "AwsManaged"));
}

const char *member_text(const json_t *row, const char *member)
{
	const char *s = json_string_value(json_object_get(row, member));

	return s ? s : "";
}

void state_put(json_t *thing, const char *attribute, const json_t *row, const char *member)
{
	json_object_set_new(thing, attribute, json_string(member_text(row, member)));
}

/* A second thing of one name is a thing of its own, which nobody expects. */
json_t *state_thing(json_t *things, const char *address, const char *id)
{
	json_t *thing = json_object();
	auto_free char *key = xstrdup(address);

	for (unsigned n = 2; json_object_get(things, key); n++) {
		free(key);
		key = xasprintf("%s (%u of this name)", address, n);
	}
	json_object_set_new(thing, "_id", json_string(id));
	json_object_set_new(things, key, thing);
	return thing;
}

static json_t *names_of(const json_t *ids, const json_t *table)
{
	json_t *out = json_object(), *one;
	const char *id;

	json_object_foreach((json_t *)ids, id, one)
	{
		const json_t *row = json_object_get(table, id);

		if (row && !policy_is_aws(row))
			json_object_set_new(out, member_text(row, "Name"), json_string("1"));
	}
	return out;
}

/* Without charter's own record. */
json_t *state_tags(const json_t *row)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach(json_object_get(row, "tags"), key,
			    value) if (!str_starts(key, "charter:"))
	    json_object_set(out, key, value);
	return out;
}

static void target_put(json_t *thing, const json_t *row, const json_t *state)
{
	json_object_set_new(
	    thing, "policies",
	    names_of(json_object_get(row, "policies"), json_object_get(state, "policies")));
	json_object_set_new(thing, "tags", state_tags(row));
}

/* "a/b" of the unit, or "/" of the root; freed by the caller. */
static char *unit_path(const json_t *state, const char *id)
{
	const json_t *units = json_object_get(state, "units");
	char *path = xstrdup("");

	for (const json_t *u; (u = json_object_get(units, id)); id = member_text(u, "parent")) {
		char *longer = xasprintf("%s%s%s", member_text(u, "Name"), *path ? "/" : "", path);

		free(path);
		path = longer;
	}
	if (!*path) {
		free(path);
		path = xstrdup("/");
	}
	return path;
}

json_t *keys_of(const json_t *object)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)object, key, value)
	    json_object_set_new(out, key, json_string("1"));
	return out;
}

static void organization_put(json_t *things, const json_t *state)
{
	const json_t *organization = json_object_get(state, "organization");
	const json_t *root = json_object_get(state, "root"), *account;
	json_t *thing, *trusted;
	const char *id, *service;

	if (!json_object_get(organization, "Id"))
		return;
	thing = state_thing(things, "organization", member_text(organization, "Id"));
	state_put(thing, "_root", root, "Id");
	state_put(thing, "_center", json_object_get(state, "identity"), "InstanceArn");
	state_put(thing, "_store", json_object_get(state, "identity"), "IdentityStoreId");
	json_object_set(thing, "feature_set", json_object_get(organization, "FeatureSet"));
	json_object_set_new(thing, "policy_types", keys_of(json_object_get(root, "types")));
	json_object_set_new(thing, "trusted_services", keys_of(json_object_get(state, "services")));
	target_put(thing, root, state);
	json_object_foreach(json_object_get(state, "delegations"), id, trusted)
	{
		json_t *since;

		account = json_object_get(json_object_get(state, "accounts"), id);
		json_object_foreach(trusted, service, since)
		{
			auto_free char *address = xasprintf("delegated_administrator/%s/%s",
							    service, member_text(account, "Name"));

			state_thing(things, address, id);
		}
	}
}

static void units_put(json_t *things, const json_t *state)
{
	const char *id;
	json_t *row;

	json_object_foreach(json_object_get(state, "units"), id, row)
	{
		auto_free char *path = unit_path(state, id);
		auto_free char *address = xasprintf("unit/%s", path);

		target_put(state_thing(things, address, id), row, state);
	}
}

static void accounts_put(json_t *things, const json_t *state)
{
	const char *id;
	json_t *row;

	json_object_foreach(json_object_get(state, "accounts"), id, row)
	{
		auto_free char *path = unit_path(state, member_text(row, "parent"));
		auto_free char *address = xasprintf("account/%s", member_text(row, "Name"));
		json_t *thing = state_thing(things, address, id);

		/* Whoever makes the organization need not declare its own. */
		if (strcmp(id, member_text(state, "management")) != 0)
			json_object_set(thing, "email", json_object_get(row, "Email"));
		json_object_set_new(thing, "unit", json_string(path));
		target_put(thing, row, state);
	}
}

json_t *state_document(const char *document)
{
	json_auto_t *json = json_loads(document, JSON_DECODE_ANY, NULL);
	auto_free char *text = json ? document_text(json) : xstrdup(document);

	return json_string(text);
}

static void policies_put(json_t *things, const json_t *state)
{
	const char *id;
	json_t *row;

	json_object_foreach(json_object_get(state, "policies"), id, row)
	{
		auto_free char *address = xasprintf("policy/%s", member_text(row, "Name"));
		json_t *thing;

		if (policy_is_aws(row))
			continue;
		thing = state_thing(things, address, id);
		state_put(thing, "type", row, "Type");
		state_put(thing, "description", row, "Description");
		json_object_set_new(thing, "document", state_document(member_text(row, "Content")));
		json_object_set_new(thing, "tags", state_tags(row));
	}
}

/* An account of no organization has no name but by its number. Freed by the caller. */
static char *account_name(const json_t *state, const char *id)
{
	const json_t *account = json_object_get(json_object_get(state, "accounts"), id);

	if (account)
		return xstrdup(member_text(account, "Name"));
	return strcmp(id, member_text(state, "management")) == 0 ? xstrdup(SELF_ACCOUNT)
								 : xasprintf("acc-%s", id);
}

json_t *account_ids(const json_t *state)
{
	auto_free char *self = account_name(state, member_text(state, "management"));
	json_t *ids = json_object(), *row;
	const char *id;

	json_object_set(ids, self, json_object_get(state, "management"));
	json_object_foreach(json_object_get(state, "iam"), id, row)
	{
		auto_free char *name = account_name(state, id);

		json_object_set_new(ids, name, json_string(id));
	}
	return ids;
}

/* The document's text with each account's number as configurations write it: ${accounts.NAME.id}.
 * Takes the text. */
static char *ids_named(char *text, const json_t *ids)
{
	const char *name;
	json_t *id;

	json_object_foreach((json_t *)ids, name, id)
	{
		auto_free char *token = xasprintf("${accounts.%s.id}", name);
		char *more = document_replaced(text, json_string_value(id), token);

		free(text);
		text = more;
	}
	return text;
}

static void documents_name(json_t *things, const json_t *ids)
{
	const char *address, *key;
	json_t *thing, *value;

	json_object_foreach(things, address, thing)
	{
		json_t *trust = json_object_get(thing, "trust");
		json_t *map = json_object_get(thing, "inline_policies");

		if (trust) {
			auto_free char *text = ids_named(xstrdup(json_string_value(trust)), ids);

			json_string_set(trust, text);
		}
		json_object_foreach(map, key, value)
		{
			auto_free char *text = ids_named(xstrdup(json_string_value(value)), ids);

			json_string_set(value, text);
		}
	}
}

json_t *things_of_twin(const json_t *state)
{
	json_t *things = json_object(), *iam = json_object(), *row;
	json_auto_t *ids = account_ids(state);
	const char *id;

	json_object_foreach(json_object_get(state, "iam"), id, row)
	{
		auto_free char *name = account_name(state, id);

		things_of_iam(iam, name, row);
	}
	documents_name(iam, ids);
	organization_put(things, state);
	units_put(things, state);
	accounts_put(things, state);
	policies_put(things, state);
	things_of_store(things, state);
	json_object_update(things, iam);
	json_decref(iam);
	return things;
}
