/* The form of a policy's document, by its type: as much as the service checks, and no meaning. */
#include "aws/twin/org_priv.h"

#include <string.h>

/* Text, or a list of texts that is not empty. */
static bool is_texts(const json_t *value)
{
	json_t *one;
	size_t i;

	if (json_is_string(value))
		return true;
	json_array_foreach((json_t *)value, i, one)
	{
		if (!json_is_string(one))
			return false;
	}
	return json_array_size(value) > 0;
}

/* Exactly one of both is there. */
static bool has_one_of(const json_t *statement, const char *a, const char *b)
{
	const json_t *x = json_object_get(statement, a), *y = json_object_get(statement, b);

	return (x == NULL) != (y == NULL) && is_texts(x != NULL ? x : y);
}

static bool is_everyone(const json_t *principal)
{
	const char *s = json_string_value(principal);

	if (s == NULL)
		s = json_string_value(json_object_get(principal, "AWS"));
	return s != NULL && strcmp(s, "*") == 0;
}

/* Service control policies name no principal. Those for resources deny, to everyone, and name
 * actions: user guide, "SCP syntax" and "RCP syntax". */
static bool statement_ok(const json_t *statement, bool resources)
{
	static const char *const elements[] = {"Sid",       "Effect",      "Action",
					       "Resource",  "NotResource", "Condition",
					       "NotAction", "Principal",   NULL};
	static const char *const effects[] = {"Allow", "Deny", NULL};
	const json_t *principal = json_object_get(statement, "Principal");
	const char *element, *effect = row_str(statement, "Effect");
	json_t *value;

	if (!json_is_object(statement) || !words_have(effects, effect))
		return false;
	json_object_foreach((json_t *)statement, element, value)
	{
		if (!words_have(elements, element))
			return false;
	}
	if (!has_one_of(statement, "Action", "NotAction") ||
	    !has_one_of(statement, "Resource", "NotResource"))
		return false;
	if (!resources)
		return principal == NULL;
	return strcmp(effect, "Deny") == 0 && is_everyone(principal) &&
	       json_object_get(statement, "NotAction") == NULL;
}

static bool statements_ok(const json_t *document, bool resources)
{
	static const char *const members[] = {"Version", "Id", "Statement", NULL};
	static const char *const versions[] = {"2012-10-17", "2008-10-17", NULL};
	const json_t *statements = json_object_get(document, "Statement");
	const json_t *version = json_object_get(document, "Version");
	const char *member;
	json_t *one;
	size_t i;

	json_object_foreach((json_t *)document, member, one)
	{
		if (!words_have(members, member))
			return false;
	}
	if (version != NULL && !words_have(versions, row_str(document, "Version")))
		return false;
	if (json_is_object(statements))
		return statement_ok(statements, resources);
	json_array_foreach((json_t *)statements, i, one)
	{
		if (!statement_ok(one, resources))
			return false;
	}
	return json_array_size(statements) > 0;
}

/* Management policies: one member of the type, and operators of inheritance. */
static bool members_ok(const json_t *document, const char *key)
{
	const char *member;
	json_t *value;

	json_object_foreach((json_t *)document, member, value)
	{
		if (!str_starts(member, "@@") && strcmp(member, key) != 0)
			return false;
	}
	return true;
}

bool policy_syntax_ok(const struct org_type *type, const char *content)
{
	json_auto_t *document = json_loads(content, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(document))
		return false;
	if (type->content != NULL)
		return statements_ok(document, type->fixed);
	return type->key == NULL || members_ok(document, type->key);
}
