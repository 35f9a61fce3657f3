/* Policy documents in canonical form, and the rules of their grammar that can be told offline.
 * What AWS accepts is never refused here, or a live document could not be read: empty lists and
 * objects pass, and so do condition operators that are like none we know.
 * The grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
#include "state/canon.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX   (1u << 20) /* bytes of text; AWS's largest kind of policy has 40,960 characters */
#define DEPTH_MAX      64         /* levels; the deepest kind, backup policies, uses about 12 */
#define SHOWN_MAX      60         /* characters of a document's string shown in a message */
#define ACCOUNT_DIGITS 12
#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))

struct canon {
	struct arena *arena;
	const char *partition;
	struct error *err;
};

/* Each returns a new reference, or NULL with the error set. */
typedef json_t *canon_fn(const struct canon *, json_t *);

struct element {
	const char *name;
	const char *rival; /* may not stand beside this one */
	canon_fn *canon;
};

static json_t *made(json_t *value)
{
	if (value == NULL)
		die_out_of_memory();
	return value;
}

static void object_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		die_out_of_memory();
}

static void array_push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		die_out_of_memory();
}

/* A string of the document as a message shows it: cut, and never within a character. */
static const char *shown(const struct canon *c, const char *s)
{
	size_t len = strlen(s), at = 0;
	uint32_t code;

	for (int n = 0; n < SHOWN_MAX && at < len; n++) {
		int bytes = utf8_next(s + at, len - at, &code);

		if (bytes == 0)
			break;
		at += (size_t)bytes;
	}
	return arena_printf(c->arena, "\"%.*s%s\"", (int)at, s, at < len ? "..." : "");
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		break;
	}
	return "null";
}

static int string_check(const struct canon *c, const char *s, size_t len)
{
	if (memchr(s, '\0', len) != NULL)
		return error_set(c->err, "a string of the document holds a NUL character");
	if (utf8_count(s, len) < 0)
		return error_set(c->err, "a string of the document is not valid UTF-8");
	return 0;
}

/* What holds for every dialect: bounded depth, and strings that C and AWS can carry. */
static int tree_check(const struct canon *c, json_t *value, int depth)
{
	const char *key;
	size_t i, len;
	json_t *child;

	if (depth > DEPTH_MAX)
		return error_set(c->err, "the document is nested deeper than %d levels", DEPTH_MAX);
	if (json_is_string(value))
		return string_check(c, json_string_value(value), json_string_length(value));
	json_array_foreach(value, i, child)
	{
		if (tree_check(c, child, depth + 1) != 0)
			return -1;
	}
	json_object_keylen_foreach(value, key, len, child)
	{
		if (string_check(c, key, len) != 0 || tree_check(c, child, depth + 1) != 0)
			return -1;
	}
	return 0;
}

/* Lists that AWS reads as sets. */

static int string_cmp(const void *pa, const void *pb)
{
	json_t *const *a = pa, *const *b = pb;

	return strcmp(json_string_value(*a), json_string_value(*b));
}

/* Sorted, each once; a list of one becomes its string. */
static json_t *set_of(const json_t *strings)
{
	size_t n = json_array_size(strings);
	auto_free json_t **sorted = xcalloc(n + 1, sizeof(json_t *));
	json_t *set;

	for (size_t i = 0; i < n; i++)
		sorted[i] = json_array_get(strings, i);
	qsort(sorted, n, sizeof(json_t *), string_cmp);

	set = made(json_array());
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || string_cmp(&sorted[i - 1], &sorted[i]) != 0)
			array_push(set, json_incref(sorted[i]));
	}
	if (json_array_size(set) == 1) {
		json_t *only = json_incref(json_array_get(set, 0));

		json_decref(set);
		return only;
	}
	return set;
}

static json_t *set_canon(const struct canon *c, json_t *value, canon_fn *element)
{
	json_auto_t *strings = made(json_array());
	json_t *item, *string;
	size_t i;

	if (!json_is_array(value)) {
		string = element(c, value);
		return string;
	}
	json_array_foreach(value, i, item)
	{
		string = element(c, item);
		if (string == NULL)
			return NULL;
		array_push(strings, string);
	}
	return set_of(strings);
}

static json_t *string_canon(const struct canon *c, json_t *value)
{
	if (json_is_string(value))
		return made(json_string(json_string_value(value)));
	error_set(c->err, "must be a string, not %s%s", type_name(value),
	          json_is_number(value) ? " (put it in quotes)" : "");
	return NULL;
}

/* A variable may stand for any part, so such a string is judged only after it is filled in. */
static bool has_variable(const char *s)
{
	return strstr(s, "${") != NULL;
}

static json_t *action_canon(const struct canon *c, json_t *value)
{
	const char *s = json_string_value(value);

	if (s != NULL && strcmp(s, "*") != 0 && strchr(s, ':') == NULL && !has_variable(s)) {
		error_set(c->err, "%s has no colon: write SERVICE:NAME, or \"*\"", shown(c, s));
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
		error_set(c->err, "%s is not an ARN, nor \"*\"", shown(c, s));
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
		error_set(c->err, "must be \"Allow\" or \"Deny\", not %s", shown(c, s));
		return NULL;
	}
	return string_canon(c, value);
}

static json_t *version_canon(const struct canon *c, json_t *value)
{
	const char *s = json_string_value(value);

	if (s != NULL && strcmp(s, "2012-10-17") != 0 && strcmp(s, "2008-10-17") != 0) {
		error_set(c->err, "must be \"2012-10-17\" or \"2008-10-17\", not %s", shown(c, s));
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
	return made(json_sprintf("arn:%s:iam::%s:root", c->partition, s));
}

static json_t *principals_canon(const struct canon *c, json_t *value)
{
	static const char *const types[] = {"AWS", "CanonicalUser", "Federated", "Service"};
	json_auto_t *out = NULL;
	const char *type;
	json_t *item, *set;

	if (json_is_string(value) && strcmp(json_string_value(value), "*") == 0)
		return string_canon(c, value);
	if (!json_is_object(value)) {
		error_set(c->err, "must be \"*\" or an object such as {\"AWS\": ...}, not %s",
		          json_is_string(value) ? shown(c, json_string_value(value)) : type_name(value));
		return NULL;
	}
	out = made(json_object());
	json_object_foreach(value, type, item)
	{
		size_t known = 0;

		while (known < COUNT(types) && strcmp(types[known], type) != 0)
			known++;
		if (known == COUNT(types)) {
			const char *near = text_nearest(type, types, COUNT(types));

			error_set(c->err, "unknown type %s%s%s%s", shown(c, type),
			          near != NULL ? " (did you mean \"" : "", near != NULL ? near : "",
			          near != NULL ? "\"?)" : "");
			return NULL;
		}
		set = set_canon(c, item, strcmp(type, "AWS") == 0 ? aws_principal_canon : string_canon);
		if (set == NULL) {
			error_prefix(c->err, "%s", type);
			return NULL;
		}
		object_put(out, type, set);
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
	return error_set(c->err, "unknown operator %s (did you mean \"%s\"?)", shown(c, op), near);
}

/* AWS compares condition values as strings, and lets numbers and booleans stand for theirs. */
static json_t *condition_value_canon(const struct canon *c, json_t *value)
{
	if (json_is_number(value) || json_is_boolean(value))
		return made(json_string(canon_json(c->arena, value)->s));
	return string_canon(c, value);
}

static json_t *condition_keys_canon(const struct canon *c, json_t *keys)
{
	json_auto_t *out = made(json_object());
	const char *key;
	json_t *value, *set;

	if (!json_is_object(keys)) {
		error_set(c->err, "must be an object of condition keys, not %s", type_name(keys));
		return NULL;
	}
	json_object_foreach(keys, key, value)
	{
		set = set_canon(c, value, condition_value_canon);
		if (set == NULL) {
			error_prefix(c->err, "%s", shown(c, key));
			return NULL;
		}
		object_put(out, key, set);
	}
	return json_incref(out);
}

static json_t *condition_canon(const struct canon *c, json_t *condition)
{
	json_auto_t *out = made(json_object());
	const char *op;
	json_t *keys, *canonical;

	if (!json_is_object(condition)) {
		error_set(c->err, "must be an object of operators, not %s", type_name(condition));
		return NULL;
	}
	json_object_foreach(condition, op, keys)
	{
		if (operator_check(c, op) != 0)
			return NULL;
		canonical = condition_keys_canon(c, keys);
		if (canonical == NULL) {
			error_prefix(c->err, "%s", shown(c, op));
			return NULL;
		}
		object_put(out, op, canonical);
	}
	return json_incref(out);
}

/* Statements and the document around them. */

static const struct element *element_find(const struct canon *c, const struct element *table,
                                          size_t n, const char *key)
{
	const char *names[16], *near;

	charter_assert(n <= COUNT(names));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(table[i].name, key) == 0)
			return &table[i];
		names[i] = table[i].name;
	}
	near = text_nearest(key, names, n);
	if (near != NULL)
		error_set(c->err, "unknown element %s (did you mean \"%s\"?)", shown(c, key), near);
	else
		error_set(c->err, "unknown element %s", shown(c, key));
	return NULL;
}

/* An object whose keys are the elements of `table`, each in canonical form. */
static json_t *elements_canon(const struct canon *c, json_t *object, const struct element *table,
                              size_t n)
{
	json_auto_t *out = made(json_object());
	const struct element *element;
	const char *key;
	json_t *value, *canonical;

	json_object_foreach(object, key, value)
	{
		element = element_find(c, table, n, key);
		if (element == NULL)
			return NULL;
		if (element->rival != NULL && json_object_get(object, element->rival) != NULL) {
			error_set(c->err, "has both %s and %s", element->name, element->rival);
			return NULL;
		}
		canonical = element->canon(c, value);
		if (canonical == NULL) {
			if (element->canon != statements_canon)
				error_prefix(c->err, "%s", element->name);
			return NULL;
		}
		object_put(out, key, canonical);
	}
	return json_incref(out);
}
