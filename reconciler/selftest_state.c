/* The twin's state as things: see aws/twin/twin.h for how it is kept. */
#include "reconciler/selftest.h"

#include <stdlib.h>
#include <string.h>

/* Of AWS's own, that never are anybody's business. */
static bool policy_is_aws(const json_t *policy)
{
	return json_is_true(json_object_get(policy, "AwsManaged"));
}

static const char *text_of(const json_t *row, const char *member)
{
	const char *s = json_string_value(json_object_get(row, member));

	return s ? s : "";
}

/* A second thing of one name is a thing of its own, which nobody expects. */
static json_t *thing_add(json_t *things, const char *address, const char *id)
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
			json_object_set_new(out, text_of(row, "Name"), json_string("1"));
	}
	return out;
}

/* Without charter's own record. */
static json_t *tags_of(const json_t *row)
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
	json_object_set_new(thing, "tags", tags_of(row));
}

/* "a/b" of the unit, or "/" of the root; freed by the caller. */
static char *unit_path(const json_t *state, const char *id)
{
	const json_t *units = json_object_get(state, "units");
	char *path = xstrdup("");

	for (const json_t *u; (u = json_object_get(units, id)); id = text_of(u, "parent")) {
		char *longer = xasprintf("%s%s%s", text_of(u, "Name"), *path ? "/" : "", path);

		free(path);
		path = longer;
	}
	if (!*path) {
		free(path);
		path = xstrdup("/");
	}
	return path;
}

static json_t *keys_of(const json_t *object)
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
	thing = thing_add(things, "organization", text_of(organization, "Id"));
	json_object_set_new(thing, "_root", json_string(text_of(root, "Id")));
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
							    service, text_of(account, "Name"));

			thing_add(things, address, id);
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

		target_put(thing_add(things, address, id), row, state);
	}
}

static void accounts_put(json_t *things, const json_t *state)
{
	const char *id;
	json_t *row;

	json_object_foreach(json_object_get(state, "accounts"), id, row)
	{
		auto_free char *path = unit_path(state, text_of(row, "parent"));
		auto_free char *address = xasprintf("account/%s", text_of(row, "Name"));
		json_t *thing = thing_add(things, address, id);

		/* Whoever makes the organization need not declare its own. */
		if (strcmp(id, text_of(state, "management")) != 0)
			json_object_set(thing, "email", json_object_get(row, "Email"));
		json_object_set_new(thing, "unit", json_string(path));
		target_put(thing, row, state);
	}
}

static json_t *plain_text(const char *document)
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
		auto_free char *address = xasprintf("policy/%s", text_of(row, "Name"));
		json_t *thing;

		if (policy_is_aws(row))
			continue;
		thing = thing_add(things, address, id);
		json_object_set_new(thing, "type", json_string(text_of(row, "Type")));
		json_object_set_new(thing, "description", json_string(text_of(row, "Description")));
		json_object_set_new(thing, "document", plain_text(text_of(row, "Content")));
		json_object_set_new(thing, "tags", tags_of(row));
	}
}

/* A policy as configurations write it: aws/NAME, or its own name. Freed by the caller. */
static char *managed_name(const char *arn)
{
	const char *aws = strstr(arn, ":aws:policy/"), *last = strrchr(arn, '/');

	if (aws)
		return xasprintf("aws/%s", aws + strlen(":aws:policy/"));
	return xstrdup(last ? last + 1 : arn);
}

static json_t *managed_of(const json_t *row)
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
	    json_object_set_new(map, name, plain_text(json_string_value(document)));
	json_object_set_new(thing, "path", json_string(text_of(row, "Path")));
	json_object_set_new(thing, "managed_policies", managed_of(row));
	json_object_set_new(thing, "inline_policies", map);
}

static void users_put(json_t *things, const char *account, const json_t *iam)
{
	const char *key, *group;
	json_t *row, *one;

	json_object_foreach(json_object_get(iam, "users"), key, row)
	{
		auto_free char *address =
		    xasprintf("iam_user/%s/%s", account, text_of(row, "UserName"));
		auto_free char *boundary = managed_name(text_of(row, "boundary"));
		json_t *thing = thing_add(things, address, text_of(row, "UserId"));
		json_t *groups = json_object();

		json_object_foreach(json_object_get(row, "groups"), group, one) json_object_set_new(
		    groups,
		    text_of(json_object_get(json_object_get(iam, "groups"), group), "GroupName"),
		    json_string("1"));
		json_object_set_new(thing, "groups", groups);
		json_object_set_new(thing, "permissions_boundary", json_string(boundary));
		json_object_set_new(thing, "tags", tags_of(row));
		json_object_set_new(thing, "_arn", json_string(text_of(row, "Arn")));
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
		    xasprintf("iam_group/%s/%s", account, text_of(row, "GroupName"));

		principal_put(thing_add(things, address, text_of(row, "GroupId")), row);
	}
}

static void iam_policies_put(json_t *things, const char *account, const json_t *iam)
{
	const char *arn;
	json_t *row;

	json_object_foreach(json_object_get(iam, "policies"), arn, row)
	{
		auto_free char *address =
		    xasprintf("iam_policy/%s/%s", account, text_of(row, "PolicyName"));
		const json_t *version = json_object_get(json_object_get(row, "versions"),
							text_of(row, "DefaultVersionId"));
		json_t *thing;

		if (strstr(arn, ":aws:policy/"))
			continue;
		thing = thing_add(things, address, text_of(row, "PolicyId"));
		json_object_set_new(thing, "path", json_string(text_of(row, "Path")));
		json_object_set_new(thing, "description", json_string(text_of(row, "Description")));
		json_object_set_new(thing, "document", plain_text(text_of(version, "Document")));
		json_object_set_new(thing, "tags", tags_of(row));
		json_object_set_new(thing, "_arn", json_string(arn));
	}
}

json_t *things_of_twin(const json_t *state)
{
	json_t *things = json_object(), *iam;
	const json_t *accounts = json_object_get(state, "accounts");
	const char *id;

	organization_put(things, state);
	units_put(things, state);
	accounts_put(things, state);
	policies_put(things, state);
	json_object_foreach(json_object_get(state, "iam"), id, iam)
	{
		const json_t *account = json_object_get(accounts, id);
		const char *name = account ? text_of(account, "Name") : id;

		users_put(things, name, iam);
		groups_put(things, name, iam);
		iam_policies_put(things, name, iam);
	}
	return things;
}
