#include "reconciler/report_strength.h"

#include "base/map.h"
#include "reconciler/report_address.h"
#include "state/judge.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct strengths {
	struct arena *arena;
	/* What the plan gives, by address; of inline policies by "ADDRESS NAME" too. */
	struct map *known;
};

static const struct {
	const char *word;
	enum strength strength;
} words[] = {
    {"admin", STRENGTH_ADMINISTRATOR}, {"iamfullaccess", STRENGTH_ADMINISTRATOR},
    {"poweruser", STRENGTH_WRITE},     {"fullaccess", STRENGTH_WRITE},
    {"write", STRENGTH_WRITE},
};

static const char *const reading[] = {
    "Get",  "List", "Describe", "BatchGet", "Head",     "View",  "Lookup", "Search", "Query",
    "Scan", "Read", "Select",   "Simulate", "Validate", "Check", "Count",  "Preview"};

static enum strength stronger(enum strength a, enum strength b)
{
	return a > b ? a : b;
}

enum strength strength_of_name(const char *name)
{
	enum strength found = STRENGTH_OTHER;
	auto_buf bare = BUF_INIT(SIZE_MAX);

	for (const char *s = name; *s; s++)
		if (isalnum((unsigned char)*s))
			buf_putc(&bare, (char)tolower((unsigned char)*s));
	if (strstr(buf_str(&bare), "readonly") || strstr(buf_str(&bare), "viewonly"))
		return found;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(buf_str(&bare), words[i].word))
			found = stronger(found, words[i].strength);
	return found;
}

static enum strength action_strength(const char *action)
{
	const char *verb = strchr(action, ':');

	if (strcasecmp(action, "iam:*") == 0 || strcmp(action, "*") == 0 ||
	    strcmp(action, "*:*") == 0)
		return STRENGTH_ADMINISTRATOR;
	for (size_t i = 0; verb && i < sizeof reading / sizeof *reading; i++)
		if (strncasecmp(verb + 1, reading[i], strlen(reading[i])) == 0)
			return STRENGTH_OTHER;
	return STRENGTH_WRITE;
}

static enum strength statement_strength(const json_t *statement)
{
	const char *effect = json_string_value(json_object_get(statement, "Effect"));
	const json_t *action = json_object_get(statement, "Action");
	enum strength found = STRENGTH_OTHER;

	if (!effect || strcmp(effect, "Allow") != 0)
		return STRENGTH_OTHER;
	if (json_object_get(statement, "NotAction"))
		return STRENGTH_WRITE;
	if (json_is_string(action))
		return action_strength(json_string_value(action));
	for (size_t i = 0; i < json_array_size(action); i++) {
		const char *s = json_string_value(json_array_get(action, i));

		found = stronger(found, s ? action_strength(s) : STRENGTH_WRITE);
	}
	return found;
}

static bool is_administrator(const char *json)
{
	struct arena *arena = arena_new();
	struct policy *policy = policy_parse(text_str(arena, json));
	bool is = policy && policy_is_administrator(policy);

	policy_free(policy);
	arena_free(arena);
	return is;
}

enum strength strength_of_document(const char *json)
{
	json_auto_t *o = json_loads(json, 0, NULL);
	const json_t *statement = json_object_get(o, "Statement");
	enum strength found = STRENGTH_OTHER;

	/* Nobody knows what it gives. */
	if (!statement)
		return STRENGTH_WRITE;
	if (json_is_object(statement))
		found = statement_strength(statement);
	for (size_t i = 0; i < json_array_size(statement); i++)
		found = stronger(found, statement_strength(json_array_get(statement, i)));
	return found && is_administrator(json) ? STRENGTH_ADMINISTRATOR : found;
}

static enum strength known_get(const struct strengths *s, const char *key)
{
	const enum strength *found = map_get(s->known, key);

	return found ? *found : STRENGTH_OTHER;
}

static void known_raise(struct strengths *s, const char *key, enum strength strength)
{
	enum strength *found = map_get(s->known, key);

	if (!found) {
		found = arena_alloc(s->arena, sizeof *found);
		*found = STRENGTH_OTHER;
		map_put(s->known, key, found);
	}
	*found = stronger(*found, strength);
}

/* "arn:aws:iam::aws:policy/X", "iam_policy/ACCOUNT/X", "/path/X": by the last part, and by what the
 * plan says of it. */
static enum strength policy_strength(const struct strengths *s, const char *key)
{
	const char *last = strrchr(key, '/');

	return stronger(strength_of_name(last ? last + 1 : key), known_get(s, key));
}

static void item_note(struct strengths *s, const struct doc_change *c,
		      const struct doc_attribute *a, const struct report_item *item)
{
	enum strength strength;

	if (item->sign == '-')
		return;
	if (item_is_policy(a, item)) {
		if (!value_policy(item->head))
			return;
		strength = strength_of_document(value_policy(item->head));
		if (item->key)
			known_raise(s, arena_printf(s->arena, "%s %s", c->address, item->key),
				    strength);
	} else if (item->key) {
		strength = policy_strength(s, item->key);
	} else {
		return;
	}
	known_raise(s, c->address, strength);
}

/* Of the attributes that give something: a trust policy, say, does not. */
static void change_note(struct strengths *s, const struct plan_doc *d, const struct doc_change *c)
{
	static const char *const giving[] = {"managed_policies",     "inline_policies",
					     "aws_managed_policies", "customer_managed_policies",
					     "inline_policy",        "document"};

	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];
		bool gives = false;

		for (size_t k = 0; k < sizeof giving / sizeof *giving; k++)
			gives |= strcmp(a->name, giving[k]) == 0;
		for (uint32_t k = 0; gives && k < attribute_items(a); k++) {
			struct report_item item = attribute_item(d, a, k);

			item_note(s, c, a, &item);
		}
	}
}

struct strengths *strengths_new(const struct plan_doc *d)
{
	struct arena *arena = arena_new();
	struct strengths *s = arena_alloc(arena, sizeof *s);

	*s = (struct strengths){arena, map_new()};
	/* Policies first: others have them. */
	for (int policies = 1; policies >= 0; policies--)
		for (size_t i = 0; i < d->changes; i++)
			if ((strcmp(d->change[i].kind, "iam_policy") == 0) == policies &&
			    strcmp(d->change[i].kind, "policy") != 0)
				change_note(s, d, &d->change[i]);
	return s;
}

void strengths_free(struct strengths *s)
{
	if (!s)
		return;
	map_free(s->known);
	arena_free(s->arena);
}

/* The address of what has it: an inline policy of a group is the group's. */
static enum strength inline_strength(const struct strengths *s, const struct doc_access *a,
				     const char *name)
{
	auto_free char *own = xasprintf("%s %s", a->principal, name);
	auto_free char *through = xasprintf("%s %s", a->through ? a->through : "", name);

	return stronger(strength_of_name(name), stronger(known_get(s, own), known_get(s, through)));
}

enum strength strength_of(const struct strengths *s, const struct doc_access *a)
{
	const char *p = a->permission;
	auto_free char *key = NULL;

	if (str_starts(p, "administrator access"))
		return STRENGTH_ADMINISTRATOR;
	if (str_starts(p, "permissions beyond "))
		return STRENGTH_WRITE;
	if (strcmp(p, "inline policy") == 0)
		return known_get(s, a->principal);
	if (str_starts(p, "inline "))
		return inline_strength(s, a, p + strlen("inline "));
	if (str_starts(p, "aws/") || strchr(p, '/'))
		return policy_strength(s, p);
	if (str_starts(p, "role ")) {
		key = xasprintf("iam_role/%s/%s", a->account, p + strlen("role "));
		return stronger(strength_of_name(p + strlen("role ")), known_get(s, key));
	}
	key = xasprintf("permission_set/%s", p);
	return stronger(strength_of_name(p), known_get(s, key));
}
