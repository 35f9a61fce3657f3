/* A draft with the sections that stand for many declarations written out as what they stand for:
 * baselines, the jump account, tasks, and users that have expired. Made by the words of
 * docs/configuration.md, not by state/expand*.c. */
#include "reconciler/selftest_plain.h"

#include <stdlib.h>
#include <string.h>

/* RFC 3339 dates compare as texts. */
#define TODAY    "2026-11-22"
#define TEAM_TAG "charter-team-"

static const char *text_in(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

bool is_among(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
			return true;
	return false;
}

/* Selections. */

static bool unit_is_below(const char *unit, const json_t *units)
{
	for (size_t i = 0; unit && i < json_array_size(units); i++) {
		const char *above = json_string_value(json_array_get(units, i));
		size_t len = strlen(above);

		if (strcmp(above, "/") == 0 ||
		    (strncmp(unit, above, len) == 0 && (unit[len] == '/' || !unit[len])))
			return true;
	}
	return false;
}

bool is_selected(const json_t *selection, const char *name, const json_t *account)
{
	if (is_among(json_object_get(selection, "except"), name))
		return false;
	return is_among(json_object_get(selection, "accounts"), name) ||
	       (strcmp(name, SELF_ACCOUNT) != 0 &&
		unit_is_below(text_in(account, "unit"), json_object_get(selection, "units")));
}

/* Baselines. */

static void baseline_put(json_t *iam, const json_t *baseline)
{
	static const char *const sections[] = {"users", "groups", "roles", "policies"};

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		const json_t *section = json_object_get(baseline, sections[i]);
		json_auto_t *copy = section ? json_deep_copy(section) : NULL;

		if (copy)
			json_object_update(draft_part(iam, sections[i], true), copy);
	}
}

static void baselines_expand(json_t *draft)
{
	const json_t *accounts = json_object_get(draft, "accounts");
	const char *name, *account;
	json_t *baseline, *row;

	json_object_foreach(draft_part(draft, "iam.baselines", false), name, baseline)
	{
		json_object_foreach((json_t *)accounts, account, row)
		{
			auto_free char *path = xasprintf("iam.accounts.%s", account);

			if (is_selected(baseline, account, row))
				baseline_put(draft_part(draft, path, true), baseline);
		}
	}
}

/* The jump account. */

static json_t *team_trust(const char *jump, const char *team, bool mfa)
{
	auto_free char *tag = xasprintf("aws:PrincipalTag/" TEAM_TAG "%s", team);
	json_t *condition = json_pack("{s:{s:s}}", "StringEquals", tag, "true");

	if (mfa)
		json_object_set_new(condition, "Bool",
				    json_pack("{s:s}", "aws:MultiFactorAuthPresent", "true"));
	return json_pack("{s:s, s:[{s:s, s:s, s:{s:o}, s:o}]}", "Version", "2012-10-17",
			 "Statement", "Effect", "Allow", "Action", "sts:AssumeRole", "Principal",
			 "AWS", json_sprintf("arn:aws:iam::${accounts.%s.id}:root", jump),
			 "Condition", condition);
}

struct team {
	json_t *draft;
	const json_t *jump;
	const char *account, *name;
	json_t *arns;
	bool mfa;
};

static void team_role_put(struct team *t, const char *account, const char *role)
{
	auto_free char *name = xasprintf("%s-%s", t->name, role);
	auto_free char *path = xasprintf("iam.accounts.%s.roles", account);
	auto_free char *arn = xasprintf("arn:aws:iam::${accounts.%s.id}:role/%s", account, name);
	json_t *body = json_deep_copy(json_object_get(json_object_get(t->jump, "roles"), role));

	json_object_set_new(body, "trust", team_trust(t->account, t->name, t->mfa));
	json_object_set_new(draft_part(t->draft, path, true), name, body);
	if (!is_among(t->arns, arn))
		json_array_append_new(t->arns, json_string(arn));
}

static void team_access_put(struct team *t, const json_t *access)
{
	json_auto_t *accounts = json_deep_copy(json_object_get(t->draft, "accounts"));
	const char *account;
	json_t *row;

	json_object_foreach(accounts, account, row) if (is_selected(access, account, row))
	    team_role_put(t, account, text_in(access, "role"));
}

/* The elements of [...] or {only: [...]}, made when missing. */
static json_t *elements_of(json_t *user, const char *key)
{
	json_t *value = json_object_get(user, key);

	if (!value) {
		value = json_pack("{s:[]}", "only");
		json_object_set_new(user, key, value);
	}
	return json_is_object(value) ? json_object_get(value, "only") : value;
}

static void team_put(struct team *t, const json_t *team)
{
	auto_free char *group = xasprintf("iam.accounts.%s.groups", t->account);
	auto_free char *users = xasprintf("iam.accounts.%s.users", t->account);
	auto_free char *tag = xasprintf(TEAM_TAG "%s", t->name);
	const json_t *access = json_object_get(team, "access");
	const json_t *members = json_object_get(team, "members");
	json_t *inlined = json_object();

	for (size_t i = 0; i < json_array_size(access); i++)
		team_access_put(t, json_array_get(access, i));
	if (json_array_size(t->arns))
		json_object_set_new(inlined, tag,
				    json_pack("{s:s, s:[{s:s, s:s, s:O}]}", "Version", "2012-10-17",
					      "Statement", "Effect", "Allow", "Action",
					      "sts:AssumeRole", "Resource", t->arns));
	json_object_set_new(
	    draft_part(t->draft, group, true), t->name,
	    json_pack("{s:[], s:o}", "managed_policies", "inline_policies", inlined));
	for (size_t i = 0; i < json_array_size(members); i++) {
		json_t *user = json_object_get(draft_part(t->draft, users, true),
					       json_string_value(json_array_get(members, i)));

		json_array_append_new(elements_of(user, "groups"), json_string(t->name));
		json_object_set_new(draft_part(user, "tags", true), tag, json_string("true"));
	}
}

static void jump_expand(json_t *draft)
{
	const json_t *jump = json_object_get(draft, "jump");
	const char *account = text_in(jump, "account"), *name;
	auto_free char *path = xasprintf("iam.accounts.%s.users", account ? account : "");
	json_t *team, *user;

	if (!account)
		return;
	json_object_foreach(draft_part(draft, path, true), name, user)
	{
		elements_of(user, "groups");
		draft_part(user, "tags", true);
	}
	json_object_foreach(json_object_get(jump, "teams"), name, team)
	{
		json_auto_t *arns = json_array();
		struct team t = {draft, jump, account,
				 name,  arns, !json_is_false(json_object_get(jump, "require_mfa"))};

		team_put(&t, team);
	}
}

/* Tasks and what expires. */

bool is_over(const json_t *row)
{
	const char *expires = text_in(row, "expires");

	return expires && strcmp(expires, TODAY) < 0;
}

static void task_put(json_t *draft, const char *name, const json_t *task)
{
	const json_t *pool =
	    json_object_get(json_object_get(draft, "pools"), text_in(task, "pool"));
	const json_t *accounts = json_object_get(pool, "accounts");
	const json_t *spend = json_object_get(draft, "_spend");
	long credit = strtol(text_in(pool, "credit"), NULL, 10);
	const char *starts = text_in(task, "starts");

	if (is_over(task) || (starts && strcmp(starts, TODAY) > 0))
		return;
	for (size_t i = 0; i < json_array_size(accounts); i++) {
		const char *account = json_string_value(json_array_get(accounts, i));
		const char *spent = text_in(spend, account);
		auto_free char *path = xasprintf("iam.accounts.%s.users", account);

		if (spent && strtol(spent, NULL, 10) >= credit)
			continue;
		json_object_set_new(draft_part(draft, path, true), name, json_deep_copy(task));
		return;
	}
}

static void expired_drop(json_t *draft)
{
	const char *account, *name;
	json_t *iam, *user;

	json_object_foreach(draft_part(draft, "iam.accounts", false), account, iam)
	{
		json_t *users = json_object_get(iam, "users");
		json_auto_t *all = json_copy(users);

		json_object_foreach(all, name, user) if (is_over(user))
		    json_object_del(users, name);
	}
}

json_t *draft_plain(const json_t *draft)
{
	json_t *plain = json_deep_copy(draft), *task;
	const char *name;

	baselines_expand(plain);
	jump_expand(plain);
	json_object_foreach(json_object_get(draft, "tasks"), name, task)
	    task_put(plain, name, task);
	expired_drop(plain);
	return plain;
}
