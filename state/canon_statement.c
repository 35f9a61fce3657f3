/* The statements of a policy document. What AWS accepts is never refused here, or a live document
 * could not be read: empty lists and objects pass, and so do condition operators that are like none
 * we know. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
#include "state/canon_part.h"

#include <string.h>
#include <strings.h>

#define ACCOUNT_DIGITS 12

/* A variable may stand for any part, so such a string is judged only after it is filled in. */
static bool has_variable(const char *s)
{
	return strstr(s, "${") != NULL;
}

static json_t *action_canon(const struct canon *c, json_t *value)
{
	const char *s = json_string_value(value);

	if (s != NULL && strcmp(s, "*") != 0 && strchr(s, ':') == NULL && !has_variable(s)) {
		error_set(c->err, "%s has no colon: write SERVICE:NAME, or \"*\"",
			  canon_shown(c, s));
		return NULL;
	}
	return string_canon(c, value);
}

static json_t *actions_canon(const struct canon *c, json_t *value)
{
	return set_canon(c, value, action_canon);
}

static json_t *resource_canon(const struct canon *c, json_t *value)
{
	const char *s = json_string_value(value);

	if (s != NULL && strpbrk(s, ":*") == NULL && !has_variable(s)) {
		error_set(c->err, "%s is not an ARN, nor \"*\"", canon_shown(c, s));
		return NULL;
	}
	return string_canon(c, value);
}

static json_t *resources_canon(const struct canon *c, json_t *value)
{
	return set_canon(c, value, resource_canon);
}

static json_t *effect_canon(const struct canon *c, json_t *value)
{
	const char *s = json_string_value(value);

	if (s != NULL && strcmp(s, "Allow") != 0 && strcmp(s, "Deny") != 0) {
		error_set(c->err, "must be \"Allow\" or \"Deny\", not %s", canon_shown(c, s));
		return NULL;
	}
	return string_canon(c, value);
}

/* Principals. */

static bool is_account_id(const char *s)
{
	return strlen(s) == ACCOUNT_DIGITS && strspn(s, "0123456789") == ACCOUNT_DIGITS;
}

/* IAM stores a trusted account id as the ARN of that account's root. */
static json_t *aws_principal_canon(const struct canon *c, json_t *value)
{
	const char *s = json_string_value(value);

	if (s == NULL || !is_account_id(s) || c->partition == NULL)
		return string_canon(c, value);
	return canon_made(json_sprintf("arn:%s:iam::%s:root", c->partition, s));
}

static json_t *principal_type_canon(const struct canon *c, const char *type, json_t *value)
{
	static const char *const types[] = {"AWS", "CanonicalUser", "Federated", "Service"};
	size_t known = 0;
	json_t *set;

	while (known < COUNT(types) && strcmp(types[known], type) != 0)
		known++;
	if (known == COUNT(types)) {
		canon_unknown(c, "principal type", type, types, COUNT(types));
		return NULL;
	}
	set = set_canon(c, value, strcmp(type, "AWS") == 0 ? aws_principal_canon : string_canon);
	if (set == NULL)
		error_prefix(c->err, "%s", type);
	return set;
}

static json_t *principals_canon(const struct canon *c, json_t *value)
{
	json_auto_t *out = NULL;
	const char *type;
	json_t *item, *set;

	if (json_is_string(value) && strcmp(json_string_value(value), "*") == 0)
		return string_canon(c, value);
	if (!json_is_object(value)) {
		error_set(c->err, "must be \"*\" or an object such as {\"AWS\": ...}, not %s",
			  json_is_string(value) ? canon_shown(c, json_string_value(value))
						: canon_type_name(value));
		return NULL;
	}
	out = canon_made(json_object());
	json_object_foreach(value, type, item)
	{
		set = principal_type_canon(c, type, item);
		if (set == NULL)
			return NULL;
		canon_put(out, type, set);
	}
	return json_incref(out);
}

/* Conditions. */

static const char *const operators[] = {
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
};

/* A misspelt operator is refused; one that is like none of ours may be new at AWS, and passes. */
static int operator_check(const struct canon *c, const char *op)
{
	static const char *const quantifiers[] = {"ForAllValues:", "ForAnyValue:"};
	const char *name = op, *near;
	char *bare;

	for (size_t i = 0; i < COUNT(quantifiers); i++) {
		if (str_starts(name, quantifiers[i])) {
			name += strlen(quantifiers[i]);
			break;
		}
	}
	bare = arena_strdup(c->arena, name);
	if (str_ends(bare, "IfExists"))
		bare[strlen(bare) - strlen("IfExists")] = '\0';
	near = text_nearest(bare, operators, COUNT(operators));
	if (near == NULL || strcasecmp(near, bare) == 0)
		return 0;
	return canon_unknown(c, "operator", bare, operators, COUNT(operators));
}

/* AWS compares condition values as strings, and lets numbers and booleans stand for theirs. */
static json_t *condition_value_canon(const struct canon *c, json_t *value)
{
	if (json_is_number(value) || json_is_boolean(value))
		return canon_made(json_string(canon_json(c->arena, value)->s));
	return string_canon(c, value);
}

static json_t *condition_keys_canon(const struct canon *c, json_t *keys)
{
	json_auto_t *out = canon_made(json_object());
	const char *key;
	json_t *value, *set;

	if (!json_is_object(keys)) {
		error_set(c->err, "must be an object of condition keys, not %s",
			  canon_type_name(keys));
		return NULL;
	}
	json_object_foreach(keys, key, value)
	{
		set = set_canon(c, value, condition_value_canon);
		if (set == NULL) {
			error_prefix(c->err, "%s", canon_shown(c, key));
			return NULL;
		}
		canon_put(out, key, set);
	}
	return json_incref(out);
}

static json_t *condition_canon(const struct canon *c, json_t *condition)
{
	json_auto_t *out = canon_made(json_object());
	const char *op;
	json_t *keys, *canonical;

	if (!json_is_object(condition)) {
		error_set(c->err, "must be an object of operators, not %s",
			  canon_type_name(condition));
		return NULL;
	}
	json_object_foreach(condition, op, keys)
	{
		if (operator_check(c, op) != 0)
			return NULL;
		canonical = condition_keys_canon(c, keys);
		if (canonical == NULL) {
			error_prefix(c->err, "%s", canon_shown(c, op));
			return NULL;
		}
		canon_put(out, op, canonical);
	}
	return json_incref(out);
}

static const struct element statement_elements[] = {
    {.name = "Sid", .canon = string_canon},
    {.name = "Effect", .canon = effect_canon},
    {.name = "Principal", .rival = "NotPrincipal", .canon = principals_canon},
    {.name = "NotPrincipal", .rival = "Principal", .canon = principals_canon},
    {.name = "Action", .rival = "NotAction", .canon = actions_canon},
    {.name = "NotAction", .rival = "Action", .canon = actions_canon},
    {.name = "Resource", .rival = "NotResource", .canon = resources_canon},
    {.name = "NotResource", .rival = "Resource", .canon = resources_canon},
    {.name = "Condition", .canon = condition_canon},
};

static bool has_any(const json_t *object, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (json_object_get(object, keys[i]) != NULL)
			return true;
	}
	return false;
}

static json_t *statement_canon(const struct canon *c, json_t *statement)
{
	static const char *const actions[] = {"Action", "NotAction"};
	static const char *const scopes[] = {"Resource", "NotResource", "Principal",
					     "NotPrincipal"};
	json_auto_t *out = NULL;

	if (!json_is_object(statement)) {
		error_set(c->err, "must be an object, not %s", canon_type_name(statement));
		return NULL;
	}
	out = elements_canon(c, statement, statement_elements, COUNT(statement_elements));
	if (out == NULL)
		return NULL;
	if (json_object_get(out, "Effect") == NULL)
		error_set(c->err, "no Effect");
	else if (!has_any(out, actions, COUNT(actions)))
		error_set(c->err, "no Action, nor NotAction");
	else if (!has_any(out, scopes, COUNT(scopes)))
		error_set(c->err, "no Resource (in a trust policy: no Principal)");
	else
		return json_incref(out);
	return NULL;
}

/* "statement 2 ("DenyLeave"): ..." */
static void statement_prefix(const struct canon *c, const json_t *statement, size_t number)
{
	const char *sid = json_string_value(json_object_get(statement, "Sid"));

	if (sid != NULL && sid[0] != '\0')
		error_prefix(c->err, "statement %zu (%s)", number, canon_shown(c, sid));
	else
		error_prefix(c->err, "statement %zu", number);
}

json_t *statements_canon(const struct canon *c, json_t *value)
{
	json_auto_t *out = canon_made(json_array());
	size_t n = json_is_array(value) ? json_array_size(value) : 1;

	for (size_t i = 0; i < n; i++) {
		json_t *statement = json_is_array(value) ? json_array_get(value, i) : value;
		json_t *canonical = statement_canon(c, statement);

		if (canonical == NULL) {
			statement_prefix(c, statement, i + 1);
			return NULL;
		}
		canon_push(out, canonical);
	}
	return json_incref(out);
}
