/* What a commit may change of the sections that stand for many: baselines, teams, tasks. And what
 * follows there from changes elsewhere. */
#include "reconciler/selftest_change.h"

#include <string.h>

bool baseline_change(struct commit_change *x)
{
	json_t *baselines = draft_part(x->draft, "iam.baselines", false);
	const char *name = free_name(x, baselines);
	const char *account = chance_key(x->chance, draft_part(x->draft, "accounts", false), NULL);
	json_t *baseline = json_object_get(baselines, name), *section;

	if (!name)
		return false;
	switch (chance_below(x->chance, 4)) {
	case 0:
		list_toggle(json_object_get(baseline, "accounts"), account);
		break;
	case 1:
		list_toggle(row_list(baseline, "except"), account);
		break;
	case 2:
		section = json_object_get(baseline, "groups");
		if (json_object_size(section) > 1)
			json_object_del(section, chance_key(x->chance, section, NULL));
		else {
			auto_free char *fresh = chance_name(x->chance, "bgroup");

			json_object_set_new(section, fresh, json_object());
		}
		break;
	default:
		section = json_object_get(baseline, "roles");
		json_object_set_new(json_object_get(section, chance_key(x->chance, section, NULL)),
				    "max_session_duration",
				    json_sprintf("%uh", 1 + chance_below(x->chance, 12)));
	}
	return true;
}

static json_t *team_pick(struct commit_change *x)
{
	json_t *teams = draft_part(x->draft, "jump.teams", false);
	const char *name = chance_key(x->chance, teams, NULL);

	return name ? json_object_get(teams, name) : NULL;
}

static json_t *jump_users(struct commit_change *x)
{
	const char *account = json_string_value(draft_part(x->draft, "jump.account", false));
	auto_free char *path = xasprintf("iam.accounts.%s.users", account ? account : "");

	return draft_part(x->draft, path, false);
}

static bool is_lasting(const json_t *users, const char *name)
{
	return !json_object_get(json_object_get(users, name), "expires");
}

bool team_change(struct commit_change *x)
{
	static const char *const roles[] = {"developer", "reader"};
	json_t *team = team_pick(x), *users = jump_users(x), *access;
	const char *user = chance_key(x->chance, users, NULL);
	const char *account = chance_key(x->chance, draft_part(x->draft, "accounts", false), NULL);

	if (!team)
		return false;
	if (user && is_lasting(users, user) && chance_of(x->chance, 50)) {
		list_toggle(json_object_get(team, "members"), user);
		return true;
	}
	access = json_array_get(json_object_get(team, "access"), 0);
	if (chance_of(x->chance, 30))
		json_object_set_new(access, "role", json_string(chance_word(x->chance, roles, 2)));
	else
		list_toggle(json_object_get(access, "accounts"), account);
	return true;
}

void members_rename(struct commit_change *x, const char *from, const char *to)
{
	const char *account = json_string_value(draft_part(x->draft, "jump.account", false));

	if (account && strcmp(account, x->account) == 0)
		rows_replace(draft_part(x->draft, "jump.teams", false), "members", from, to);
}

static json_t *task_random(struct commit_change *x)
{
	json_t *task = json_pack("{s:s, s:[s]}", "pool", "pool", "groups", "tasks");

	if (chance_of(x->chance, 40))
		json_object_set_new(task, "tags", json_pack("{s:s}", "team", "new"));
	if (chance_of(x->chance, 40))
		json_object_set_new(task, "expires", json_string("2027-06-30"));
	if (chance_of(x->chance, 15))
		json_object_set_new(task, "starts", json_string("2027-01-01"));
	return task;
}

bool task_change(struct commit_change *x)
{
	json_t *tasks = json_object_get(x->draft, "tasks"), *task;
	auto_free char *fresh = chance_name(x->chance, "task");
	const char *name = free_name(x, tasks);

	if (!tasks)
		return false;
	if (chance_of(x->chance, 30)) /* the first account of the pool has no credit left */
		return json_object_set_new(draft_part(x->draft, "_spend", true), "acc-200000000001",
					   json_string("150.00")) == 0;
	if (!name || chance_of(x->chance, 30))
		return json_object_set_new(tasks, fresh, task_random(x)) == 0;
	if (chance_of(x->chance, 30))
		return json_object_del(tasks, name) == 0;
	task = json_object_get(tasks, name);
	if (!json_object_get(task, "starts"))
		json_object_set_new(task, "expires", json_string("2026-11-01"));
	return true;
}

/* Names of accounts. */

static json_t *text_renamed(const json_t *text, const char *from, const char *to)
{
	auto_free char *old = xasprintf("${accounts.%s.id}", from);
	auto_free char *now = xasprintf("${accounts.%s.id}", to), *out = NULL;

	if (strcmp(json_string_value(text), from) == 0)
		return json_string(to);
	out = text_replaced(json_string_value(text), old, now);
	return json_string(out);
}

static json_t *texts_renamed(const json_t *value, const char *from, const char *to)
{
	json_t *out, *member;
	const char *key;

	if (json_is_string(value))
		return text_renamed(value, from, to);
	if (json_is_array(value)) {
		out = json_array();
		for (size_t i = 0; i < json_array_size(value); i++)
			json_array_append_new(out,
					      texts_renamed(json_array_get(value, i), from, to));
		return out;
	}
	if (!json_is_object(value))
		return json_deep_copy(value);
	out = json_object();
	json_object_foreach((json_t *)value, key, member) json_object_set_new(
	    out, strcmp(key, from) == 0 ? to : key, texts_renamed(member, from, to));
	return out;
}

/* The sections of a draft that speak of accounts. */
static const char *const speaking[] = {"iam", "jump", "identity_center"};

void account_texts_rename(struct commit_change *x, const char *from, const char *to)
{
	for (size_t i = 0; i < sizeof speaking / sizeof *speaking; i++) {
		json_t *section = json_object_get(x->draft, speaking[i]);

		if (section)
			json_object_set_new(x->draft, speaking[i],
					    texts_renamed(section, from, to));
	}
}

bool account_is_spoken_of(struct commit_change *x, const char *name)
{
	auto_free char *quoted = xasprintf("\"%s\"", name);
	auto_free char *token = xasprintf("${accounts.%s.id}", name);

	for (size_t i = 0; i < sizeof speaking / sizeof *speaking; i++) {
		auto_free char *text = json_dumps(json_object_get(x->draft, speaking[i]), 0);

		if (text && (strstr(text, quoted) || strstr(text, token)))
			return true;
	}
	return false;
}
