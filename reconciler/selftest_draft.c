/* A random organization, as a configuration. */
#include "reconciler/selftest_draft.h"

#include <string.h>

#define MEMBERS_PERCENT     30 /* of drafts, those with IAM in member accounts */
#define IDENTITY_PERCENT    30 /* those with IAM Identity Center */
#define INDEPENDENT_PERCENT 12 /* those without an organization */
#define UNITS_MOST          7
#define LEVELS_MOST         4 /* AWS has five; a move must not pass them */
#define ATTACHED_MOST       3 /* AWS lets five service control policies stand on one target */
#define ACCOUNT_SERVICE     "account.amazonaws.com" /* must be trusted before accounts are renamed */

static const char *const tag_keys[] = {"team", "tier", "cost", "owner"};
static const char *const tag_values[] = {"red", "green", "blue and more", ""};
static const char *const trusted[] = {"config.amazonaws.com", "access-analyzer.amazonaws.com"};

bool name_is_kept(const char *name)
{
	return str_starts(name, "keep");
}

bool name_is_free(const char *name)
{
	return !name_is_kept(name);
}

bool account_is_member(const char *name)
{
	return strcmp(name, SELF_ACCOUNT) != 0;
}

/* A step along a path: the member of this name, made when missing and asked for. */
static json_t *part_step(json_t *at, const char *name, bool make)
{
	json_t *next = json_object_get(at, name);

	if (!next && make) {
		next = json_object();
		json_object_set_new(at, name, next);
	}
	return next;
}

json_t *draft_part(json_t *draft, const char *path, bool make)
{
	auto_free char *copy = xstrdup(path);
	char *rest = NULL;

	for (char *p = strtok_r(copy, ".", &rest); p && draft; p = strtok_r(NULL, ".", &rest))
		draft = part_step(draft, p, make);
	return draft;
}

json_t *draft_document(unsigned n)
{
	auto_free char *action = xasprintf("s3:Delete%u", n);
	bool list = n % 2;

	return json_pack(
	    "{s:s, s:[{s:s, s:o, s:s}]}", "Version", "2012-10-17", "Statement", "Effect", "Deny",
	    "Action", list ? json_pack("[s, s]", action, "ec2:RunInstances") : json_string(action),
	    "Resource", "*");
}

static json_t *tag_policy(unsigned n)
{
	auto_free char *value = xasprintf("team%u", n);

	return json_pack("{s:{s:{s:{s:s}}}}", "tags", value, "tag_key", "@@assign", value);
}

json_t *tags_random(struct chance *c)
{
	json_t *tags = json_object();

	for (unsigned n = chance_below(c, 4); n > 0; n--)
		json_object_set_new(tags, chance_word(c, tag_keys, 4),
				    json_string(chance_word(c, tag_values, 4)));
	return tags;
}

/* A list of some members' names. */
json_t *names_random(struct chance *c, const json_t *object, unsigned most)
{
	json_auto_t *chosen = json_object();
	json_t *list = json_array();
	const char *name;
	json_t *value;

	for (unsigned n = chance_below(c, most + 1); n > 0; n--) {
		name = chance_key(c, object, NULL);
		if (name)
			json_object_set_new(chosen, name, json_true());
	}
	json_object_foreach(chosen, name, value) json_array_append_new(list, json_string(name));
	return list;
}

static void target_dress(struct chance *c, json_t *draft, json_t *target)
{
	if (chance_of(c, 60))
		json_object_set_new(
		    target, "policies",
		    names_random(c, json_object_get(draft, "policies"), ATTACHED_MOST));
	if (chance_of(c, 50))
		json_object_set_new(target, "tags", tags_random(c));
}

unsigned path_levels(const char *path)
{
	unsigned n = 1;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

static void units_add(struct chance *c, json_t *draft)
{
	json_t *units = draft_part(draft, "units", true);

	json_object_set_new(units, "keep",
			    json_pack("{s:[s], s:{s:s}}", "policies", "keep", "tags", "keep", "1"));
	for (unsigned n = chance_below(c, UNITS_MOST); n > 0; n--) {
		const char *parent = chance_of(c, 60) ? chance_key(c, units, name_is_free) : NULL;
		auto_free char *name = chance_name(c, "u");
		auto_free char *path = NULL;
		json_t *unit = json_object();

		if (parent && path_levels(parent) >= LEVELS_MOST)
			parent = NULL;
		path = parent ? xasprintf("%s/%s", parent, name) : xstrdup(name);
		target_dress(c, draft, unit);
		json_object_set_new(units, path, unit);
	}
}

static void accounts_add(struct chance *c, json_t *draft)
{
	json_t *accounts = draft_part(draft, "accounts", true);
	const json_t *units = json_object_get(draft, "units");

	json_object_set_new(accounts, SELF_ACCOUNT,
			    json_pack("{s:s, s:s}", "id", TWIN_MANAGEMENT, "unit", "/"));
	for (unsigned n = chance_below(c, 5); n > 0; n--) {
		auto_free char *name = chance_name(c, "acc");
		auto_free char *email = xasprintf("%s@example.com", name);
		const char *unit = chance_of(c, 85) ? chance_key(c, units, NULL) : "/";
		json_t *account = json_pack("{s:s, s:s}", "email", email, "unit", unit);

		target_dress(c, draft, account);
		json_object_set_new(accounts, name, account);
	}
}

static void policies_add(struct chance *c, json_t *draft, bool tag_policies)
{
	json_t *policies = draft_part(draft, "policies", true);

	json_object_set_new(
	    policies, "keep",
	    json_pack("{s:o, s:{s:s}}", "document", draft_document(0), "tags", "keep", "1"));
	for (unsigned n = chance_below(c, 4); n > 0; n--) {
		auto_free char *name = chance_name(c, "p");
		bool tags = tag_policies && chance_of(c, 25);
		json_t *policy = json_pack("{s:o}", "document",
					   tags ? tag_policy(chance_below(c, 9))
						: draft_document(chance_below(c, 99)));

		if (tags)
			json_object_set_new(policy, "type", json_string("TAG_POLICY"));
		if (chance_of(c, 50))
			json_object_set_new(policy, "description", json_string("what it is for"));
		if (chance_of(c, 30))
			json_object_set_new(policy, "tags", tags_random(c));
		json_object_set_new(policies, name, policy);
	}
}

static void delegations_add(struct chance *c, json_t *draft)
{
	json_t *organization = json_object_get(draft, "organization");
	const char *service = chance_word(c, trusted, 2);
	const char *account = NULL, *name;
	json_t *row;

	json_object_set_new(organization, "trusted_services",
			    json_pack("[s, s]", ACCOUNT_SERVICE, service));
	json_object_foreach(json_object_get(draft, "accounts"), name,
			    row) if (strcmp(name, SELF_ACCOUNT) != 0) account = name;
	if (account && chance_of(c, 60))
		json_object_set_new(organization, "delegated_administrators",
				    json_pack("{s:[s]}", service, account));
}

/* The limits on removals are wide: that they hold is a scenario of its own. */
static json_t *draft_begin(bool tag_policies)
{
	json_t *types = json_pack("[s]", "SERVICE_CONTROL_POLICY");

	if (tag_policies)
		json_array_append_new(types, json_string("TAG_POLICY"));
	return json_pack("{s:i, s:s, s:{s:b, s:s, s:o, s:[s], s:{}}, s:{s:{s:{s:i, s:s, s:i}}}}",
			 "charter", 1, "scope", "main", "organization", "create", 1, "feature_set",
			 "ALL", "policy_types", types, "trusted_services", ACCOUNT_SERVICE, "root",
			 "guards", "removals", "default", "floor", 1000, "share", "100%", "count",
			 1000);
}

static json_t *draft_organized(struct chance *c)
{
	bool tag_policies = chance_of(c, 40);
	json_t *draft = draft_begin(tag_policies);

	policies_add(c, draft, tag_policies);
	units_add(c, draft);
	accounts_add(c, draft);
	target_dress(c, draft, draft_part(draft, "organization.root", false));
	if (chance_of(c, 30))
		delegations_add(c, draft);
	if (chance_of(c, 70))
		iam_add(c, draft, SELF_ACCOUNT);
	if (chance_of(c, MEMBERS_PERCENT))
		members_add(c, draft);
	if (chance_of(c, IDENTITY_PERCENT))
		identity_add(c, draft);
	return draft;
}

json_t *draft_random(struct chance *c)
{
	return chance_of(c, INDEPENDENT_PERCENT) ? draft_independent(c) : draft_organized(c);
}

json_t *draft_small(void)
{
	json_t *draft = draft_begin(false);

	json_object_set_new(draft, "policies",
			    json_pack("{s:{s:o, s:{s:s}}}", "keep", "document", draft_document(0),
				      "tags", "keep", "1"));
	json_object_set_new(
	    draft, "units",
	    json_pack("{s:{s:[s], s:{s:s}}}", "keep", "policies", "keep", "tags", "keep", "1"));
	json_object_set_new(
	    draft, "accounts",
	    json_pack("{s:{s:s, s:s}}", SELF_ACCOUNT, "id", TWIN_MANAGEMENT, "unit", "/"));
	return draft;
}
