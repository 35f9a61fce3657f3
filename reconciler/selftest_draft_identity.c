/* A random draft's IAM Identity Center. */
#include "reconciler/selftest_draft.h"

#include <string.h>

#define SET_POLICIES 3

static const char *const set_policies[SET_POLICIES] = {"aws/ReadOnlyAccess", "aws/SecurityAudit",
						       "aws/job-function/ViewOnlyAccess"};

json_t *person_random(struct chance *c, const char *name)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "given_name", name, "family_name",
			 chance_of(c, 50) ? "Li" : "Diaz", "display_name", name, "email",
			 json_sprintf("%s@people.example.com", name));
}

static void people_add(struct chance *c, json_t *center)
{
	json_t *users = draft_part(center, "users", true);

	json_object_set_new(users, "keep-iu", person_random(c, "keep-iu"));
	for (unsigned n = chance_below(c, 4); n > 0; n--) {
		auto_free char *name = chance_name(c, "iu");

		json_object_set_new(users, name, person_random(c, name));
	}
}

static void teams_add(struct chance *c, json_t *center)
{
	json_t *groups = draft_part(center, "groups", true);

	json_object_set_new(groups, "keep-ig", json_pack("{s:[s]}", "members", "keep-iu"));
	for (unsigned n = chance_below(c, 3); n > 0; n--) {
		auto_free char *name = chance_name(c, "ig");
		json_t *group = json_object();

		if (chance_of(c, 80))
			json_object_set_new(group, "members",
					    names_random(c, json_object_get(center, "users"), 3));
		if (chance_of(c, 40))
			json_object_set_new(group, "description", json_string("who is in it"));
		json_object_set_new(groups, name, group);
	}
}

const char *set_policy_random(struct chance *c)
{
	return chance_word(c, set_policies, SET_POLICIES);
}

json_t *set_random(struct chance *c)
{
	json_t *set = json_object();

	if (chance_of(c, 70))
		json_object_set_new(set, "aws_managed_policies",
				    json_pack("[s]", set_policy_random(c)));
	if (chance_of(c, 40))
		json_object_set_new(set, "inline_policy", draft_document(chance_below(c, 99)));
	if (chance_of(c, 30))
		json_object_set_new(set, "permissions_boundary",
				    json_pack("{s:s}", "aws_managed_policy", set_policy_random(c)));
	if (chance_of(c, 40))
		json_object_set_new(set, "session_duration",
				    json_sprintf("%uh", 1 + chance_below(c, 12)));
	if (chance_of(c, 30))
		json_object_set_new(set, "description", json_string("what it is for"));
	if (chance_of(c, 20))
		json_object_set_new(set, "relay_state", json_string("https://example.com/home"));
	if (chance_of(c, 40))
		json_object_set_new(set, "tags", tags_random(c));
	return set;
}

/* What names a policy of the account's own is given in that account alone. */
static void sets_add(struct chance *c, json_t *draft, json_t *center)
{
	json_t *sets = draft_part(center, "permission_sets", true);

	json_object_set_new(sets, "keep-set",
			    json_pack("{s:[s], s:{s:s}}", "aws_managed_policies",
				      "aws/ReadOnlyAccess", "tags", "keep", "1"));
	for (unsigned n = chance_below(c, 3); n > 0; n--) {
		auto_free char *name = chance_name(c, "set");

		json_object_set_new(sets, name, set_random(c));
	}
	if (!draft_part(draft, "iam.accounts." SELF_ACCOUNT ".policies", false) || chance_of(c, 50))
		return;
	json_object_set_new(sets, "keep-own",
			    json_pack("{s:[{s:s}], s:{s:{s:s}}}", "customer_managed_policies",
				      "name", "keep-ip", "permissions_boundary",
				      "customer_managed_policy", "name", "keep-ip"));
	json_array_append_new(json_object_get(center, "assignments"),
			      json_pack("{s:[s], s:[s], s:[s]}", "permission_sets", "keep-own",
					"users", "keep-iu", "accounts", SELF_ACCOUNT));
}

static void accounts_choose(struct chance *c, const json_t *draft, json_t *product)
{
	const json_t *accounts = json_object_get(draft, "accounts");

	json_object_set_new(product, "accounts", names_random(c, accounts, 2));
	if (chance_of(c, 60) || !json_array_size(json_object_get(product, "accounts")))
		json_object_set_new(product, "units",
				    json_pack("[s]", chance_of(c, 50) ? "keep" : "/"));
	if (json_object_get(product, "units") && chance_of(c, 20))
		json_object_set_new(product, "account_tags", json_pack("{s:s}", "team", "red"));
	if (chance_of(c, 30))
		json_object_set_new(product, "except", names_random(c, accounts, 2));
}

static json_t *one_of(struct chance *c, const json_t *table)
{
	return json_pack("[s]", chance_key(c, table, NULL));
}

static bool set_is_anywhere(const char *name)
{
	return strcmp(name, "keep-own") != 0;
}

json_t *product_random(struct chance *c, const json_t *draft)
{
	const json_t *center = json_object_get(draft, "identity_center");
	const char *set =
	    chance_key(c, json_object_get(center, "permission_sets"), set_is_anywhere);
	json_t *product = json_pack("{s:[s]}", "permission_sets", set);

	if (chance_of(c, 70))
		json_object_set_new(product, "groups",
				    one_of(c, json_object_get(center, "groups")));
	if (chance_of(c, 40) || !json_object_get(product, "groups"))
		json_object_set_new(product, "users", one_of(c, json_object_get(center, "users")));
	accounts_choose(c, draft, product);
	if (chance_of(c, 20))
		json_object_set_new(product, "expires",
				    json_string(chance_of(c, 50) ? "2026-11-01" : "2027-06-30"));
	return product;
}

/* Some of what an identity provider keeps: it is there before. */
static void provider_add(struct chance *c, json_t *center)
{
	json_object_set_new(center, "source", json_string("scim"));
	if (chance_of(c, 50)) /* else it is looked up */
		json_object_set_new(draft_part(center, "groups", true), OUTSIDE_GROUP,
				    json_pack("{s:b}", "external", 1));
	json_array_append_new(json_object_get(center, "assignments"),
			      json_pack("{s:[s], s:[s], s:[s], s:[s]}", "permission_sets",
					"keep-set", "groups", OUTSIDE_GROUP, "users", OUTSIDE_USER,
					"accounts", SELF_ACCOUNT));
}

void identity_add(struct chance *c, json_t *draft)
{
	json_t *center = draft_part(draft, "identity_center", true);

	json_object_set_new(center, "region", json_string("eu-central-1"));
	json_object_set_new(center, "assignments",
			    json_pack("[{s:[s], s:[s], s:[s]}]", "permission_sets", "keep-set",
				      "groups", "keep-ig", "accounts", SELF_ACCOUNT));
	people_add(c, center);
	teams_add(c, center);
	sets_add(c, draft, center);
	for (unsigned n = chance_below(c, 4); n > 0; n--)
		json_array_append_new(json_object_get(center, "assignments"),
				      product_random(c, draft));
	if (chance_of(c, 30))
		provider_add(c, center);
}
