/* IAM Identity Center of the twin as things. */
#include "reconciler/selftest_state.h"

#include <stdlib.h>
#include <string.h>

static const json_t *row_of(const json_t *state, const char *table, const char *id)
{
	return json_object_get(json_object_get(state, table), id);
}

/* Who is there by this id, as the end of an address: "group/NAME"; NULL: nobody any more. Freed by
 * the caller. */
static char *principal_name(const json_t *state, const char *principal)
{
	bool group = str_starts(principal, "GROUP/");
	const json_t *row =
	    row_of(state, group ? "identity_groups" : "identity_users", strchr(principal, '/') + 1);

	return row ? xasprintf("%s/%s", group ? "group" : "user",
			       member_text(row, group ? "DisplayName" : "UserName"))
		   : NULL;
}

static void synced_put(json_t *thing, const json_t *row)
{
	if (json_array_size(json_object_get(row, "ExternalIds")))
		json_object_set_new(thing, "_foreign", json_true());
}

static void people_put(json_t *things, const json_t *state)
{
	const char *id;
	json_t *row;

	json_object_foreach(json_object_get(state, "identity_users"), id, row)
	{
		auto_free char *address =
		    xasprintf("identity_user/%s", member_text(row, "UserName"));
		json_t *thing = state_thing(things, address, id);
		const json_t *name = json_object_get(row, "Name");

		state_put(thing, "given_name", name, "GivenName");
		state_put(thing, "family_name", name, "FamilyName");
		state_put(thing, "display_name", row, "DisplayName");
		state_put(thing, "email", json_array_get(json_object_get(row, "Emails"), 0),
			  "Value");
		synced_put(thing, row);
	}
}

static void teams_put(json_t *things, const json_t *state)
{
	const char *id, *user;
	json_t *row, *one;

	json_object_foreach(json_object_get(state, "identity_groups"), id, row)
	{
		auto_free char *address =
		    xasprintf("identity_group/%s", member_text(row, "DisplayName"));
		json_t *thing = state_thing(things, address, id), *members = json_object();
		json_t *memberships = json_object();

		json_object_foreach(json_object_get(row, "members"), user, one)
		{
			const char *name =
			    member_text(row_of(state, "identity_users", user), "UserName");

			json_object_set_new(members, name, json_string("1"));
			json_object_set(memberships, name, one);
		}
		json_object_set_new(thing, "members", members);
		json_object_set_new(thing, "_memberships", memberships);
		state_put(thing, "description", row, "Description");
		synced_put(thing, row);
	}
}

/* The accounts whose roles are not of the latest version: "" is what everybody wants. */
static json_t *stale_of(const json_t *state, const json_t *set)
{
	auto_buf out = BUF_INIT(1u << 16);
	const char *id;
	json_t *has;

	json_object_foreach(json_object_get(set, "accounts"), id, has)
	{
		if (!json_equal(has, json_object_get(set, "version")))
			buf_printf(&out, "%s%s", out.len ? " " : "",
				   member_text(row_of(state, "accounts", id), "Name"));
	}
	return json_string(buf_str(&out));
}

static json_t *boundary_of(const json_t *set)
{
	const char *boundary = member_text(set, "boundary");
	auto_free char *name = *boundary == '/' ? xstrdup(boundary) : managed_name(boundary);

	return json_string(name);
}

/* "PT8H" in seconds. */
static json_t *seconds_of(const json_t *set)
{
	const char *text = member_text(set, "SessionDuration");

	return json_sprintf("%ld", 3600 * strtol(text + strspn(text, "PT"), NULL, 10));
}

static void set_put(json_t *things, const json_t *state, const json_t *set)
{
	auto_free char *address = xasprintf("permission_set/%s", member_text(set, "Name"));
	json_t *thing = state_thing(things, address, member_text(set, "PermissionSetArn"));
	const char *document = member_text(set, "inline");

	state_put(thing, "description", set, "Description");
	state_put(thing, "relay_state", set, "RelayState");
	json_object_set_new(thing, "session_duration", seconds_of(set));
	json_object_set_new(thing, "aws_managed_policies", managed_of(set));
	json_object_set_new(thing, "customer_managed_policies",
			    keys_of(json_object_get(set, "customer")));
	json_object_set_new(thing, "inline_policy",
			    *document ? state_document(document) : json_string(""));
	json_object_set_new(thing, "permissions_boundary", boundary_of(set));
	json_object_set_new(thing, "tags", state_tags(set));
	json_object_set_new(thing, "provisioned", stale_of(state, set));
}

/* Of who was deleted they are seen by an exact reading alone, which no run here is. */
static void assignments_put(json_t *things, const json_t *state, const json_t *set)
{
	const char *id, *principal;
	json_t *grants, *one;

	json_object_foreach(json_object_get(set, "grants"), id, grants)
	{
		json_object_foreach(grants, principal, one)
		{
			auto_free char *who = principal_name(state, principal);
			auto_free char *address = xasprintf(
			    "assignment/%s/%s/%s", member_text(set, "Name"),
			    member_text(row_of(state, "accounts", id), "Name"), who ? who : "");

			if (who)
				state_thing(things, address, address);
		}
	}
}

void things_of_store(json_t *things, const json_t *state)
{
	const char *arn;
	json_t *set;

	people_put(things, state);
	teams_put(things, state);
	json_object_foreach(json_object_get(state, "permission_sets"), arn, set)
	{
		set_put(things, state, set);
		assignments_put(things, state, set);
	}
}
