/* Trust policies, as STS sees them: principals of accounts, users, roles, sessions and identity
 * providers; conditions on strings, ARNs and booleans. What is not known here is not fulfilled. */
#include "aws/twin/sts_priv.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

/* IAM's wildcards: '*' any run, '?' one character. */
static bool wild_match(const char *pattern, const char *s)
{
	const char *star = NULL, *from = NULL;

	while (*s != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			from = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star != NULL) {
			pattern = star + 1;
			s = ++from;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static bool equal_match(const char *pattern, const char *s)
{
	return strcmp(pattern, s) == 0;
}

static bool nocase_match(const char *pattern, const char *s)
{
	return strcasecmp(pattern, s) == 0;
}

/* Where AWS takes one value or a list of them. */
static bool any_of(const json_t *values, bool (*fn)(const char *value, const void *ctx),
		   const void *ctx)
{
	const char *s = json_is_boolean(values) ? (json_is_true(values) ? "true" : "false")
						: json_string_value(values);
	size_t i;

	if (s != NULL)
		return fn(s, ctx);
	for (i = 0; i < json_array_size(values); i++) {
		if (any_of(json_array_get(values, i), fn, ctx))
			return true;
	}
	return false;
}

static void lower_case(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		buf_putc(out, *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s);
}

static bool action_is(const char *value, const void *ctx)
{
	const struct sts_caller *c = ctx;
	auto_buf pattern = BUF_INIT(256), action = BUF_INIT(256);

	lower_case(&pattern, value);
	lower_case(&action, c->action);
	return wild_match(buf_str(&pattern), buf_str(&action));
}

/* "111111111111", or "arn:PARTITION:iam::111111111111:root". */
static bool is_account(const char *value, const char *account)
{
	const char *iam = strstr(value, ":iam::");

	if (strcmp(value, account) == 0)
		return true;
	if (!str_starts(value, "arn:") || iam == NULL)
		return false;
	iam += strlen(":iam::");
	return strncmp(iam, account, strlen(account)) == 0 &&
	       strcmp(iam + strlen(account), ":root") == 0;
}

static bool provider_is(const char *value, const void *ctx)
{
	const struct sts_caller *c = ctx;

	return strcmp(value, c->provider) == 0;
}

static bool principal_is(const char *value, const void *ctx)
{
	const struct sts_caller *c = ctx;

	return strcmp(value, "*") == 0 || is_account(value, c->account) ||
	       strcmp(value, c->arn) == 0 || strcmp(value, c->principal) == 0;
}

/* Services never match: they don't call here. */
static bool principals_hold(const json_t *statement, const struct sts_caller *c)
{
	const json_t *principal = json_object_get(statement, "Principal");
	const json_t *except = json_object_get(statement, "NotPrincipal");
	const char *s;

	if (c->provider != NULL)
		return any_of(json_object_get(principal, "Federated"), provider_is, c);
	if (except != NULL)
		return !any_of(json_object_get(except, "AWS"), principal_is, c);
	s = json_string_value(principal);
	if (s != NULL)
		return strcmp(s, "*") == 0;
	return any_of(json_object_get(principal, "AWS"), principal_is, c);
}

/* What follows the prefix, in any case; NULL: the key has another one. */
static const char *key_after(const char *key, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncasecmp(key, prefix, len) == 0 ? key + len : NULL;
}

/* A value by its key in any case; NULL: none. */
static const json_t *value_of(const json_t *object, const char *key)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		if (strcasecmp(name, key) == 0)
			return value;
	}
	return NULL;
}

/* The value of a condition key, or a list of them: new; NULL: the request has none. */
static json_t *context_value(const struct sts_caller *c, const char *key)
{
	const struct {
		const char *key, *value;
	} rows[] = {
	    {"sts:ExternalId", c->external_id},         {"sts:RoleSessionName", c->session},
	    {"sts:SourceIdentity", c->source_identity}, {"aws:PrincipalOrgID", c->organization},
	    {"aws:PrincipalArn", c->principal},         {"aws:PrincipalAccount", c->account},
	    {"aws:PrincipalIsAWSService", "false"},     {"aws:username", c->user},
	};
	const char *tag = key_after(key, "aws:PrincipalTag/");
	size_t i;

	if (tag != NULL)
		return json_incref((json_t *)value_of(c->tags, tag));
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcasecmp(rows[i].key, key) == 0)
			return rows[i].value == NULL ? NULL : json_string(rows[i].value);
	}
	return json_incref((json_t *)value_of(c->claims, key));
}

struct condition_operator {
	const char *name;
	bool (*match)(const char *pattern, const char *value);
	bool negated;
};
static const struct condition_operator operators[] = {
    {"StringEquals", equal_match, false},
    {"StringNotEquals", equal_match, true},
    {"StringEqualsIgnoreCase", nocase_match, false},
    {"StringNotEqualsIgnoreCase", nocase_match, true},
    {"StringLike", wild_match, false},
    {"StringNotLike", wild_match, true},
    {"ArnEquals", wild_match, false},
    {"ArnNotEquals", wild_match, true},
    {"ArnLike", wild_match, false},
    {"ArnNotLike", wild_match, true},
    {"Bool", nocase_match, false},
};

static const struct condition_operator *operator_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof operators / sizeof *operators; i++) {
		if (strlen(operators[i].name) == len &&
		    strncasecmp(operators[i].name, name, len) == 0)
			return &operators[i];
	}
	return NULL;
}

/* A value of the policy beside those of the request. */
struct comparison {
	const struct condition_operator *op;
	const char *value;    /* of the request, one of them */
	const json_t *values; /* of the policy */
};

static bool pattern_matches(const char *pattern, const void *ctx)
{
	const struct comparison *c = ctx;

	return c->op->match(pattern, c->value);
}

static bool value_matches(const char *value, const void *ctx)
{
	struct comparison c = *(const struct comparison *)ctx;

	c.value = value;
	return any_of(c.values, pattern_matches, &c) != c.op->negated;
}

static bool value_misses(const char *value, const void *ctx)
{
	return !value_matches(value, ctx);
}

static bool is_true(const char *value, const void *ctx)
{
	(void)ctx;
	return strcasecmp(value, "true") == 0;
}

/* An operator's name in its parts: "ForAnyValue:StringLikeIfExists". */
struct condition_name {
	const struct condition_operator *op; /* NULL: unknown, or Null */
	bool all, if_exists, null;
};

static struct condition_name name_read(const char *name)
{
	struct condition_name n = {0};
	const char *rest = key_after(name, "ForAllValues:");
	size_t len;

	n.all = rest != NULL;
	if (rest == NULL)
		rest = key_after(name, "ForAnyValue:");
	if (rest == NULL)
		rest = name;
	len = strlen(rest);
	n.if_exists = len > 8 && strcasecmp(rest + len - 8, "IfExists") == 0;
	n.null = strcasecmp(rest, "Null") == 0;
	n.op = operator_find(rest, len - (n.if_exists ? 8 : 0));
	return n;
}

/* Of several values of the request one must hold, or all of them: none that misses. */
static bool key_holds(const struct condition_name *n, const json_t *value, const json_t *values)
{
	struct comparison c = {n->op, NULL, values};

	if (n->null)
		return any_of(values, is_true, NULL) == (value == NULL);
	if (value == NULL)
		return n->if_exists || n->all || n->op->negated;
	return n->all ? !any_of(value, value_misses, &c) : any_of(value, value_matches, &c);
}

/* One operator with its keys: all of them must hold. */
static bool condition_holds(const char *name, const json_t *keys, const struct sts_caller *c)
{
	struct condition_name n = name_read(name);
	const char *key;
	json_t *values;

	if (n.op == NULL && !n.null)
		return false;
	json_object_foreach((json_t *)keys, key, values)
	{
		json_auto_t *value = context_value(c, key);

		if (!key_holds(&n, value, values))
			return false;
	}
	return true;
}

static bool statement_holds(const json_t *statement, const struct sts_caller *c)
{
	const json_t *action = json_object_get(statement, "Action");
	const json_t *except = json_object_get(statement, "NotAction");
	const char *name;
	json_t *keys;

	if (except != NULL ? any_of(except, action_is, c) : !any_of(action, action_is, c))
		return false;
	if (!principals_hold(statement, c))
		return false;
	json_object_foreach(json_object_get(statement, "Condition"), name, keys)
	{
		if (!condition_holds(name, keys, c))
			return false;
	}
	return true;
}

bool trust_allows(const char *document, const struct sts_caller *c)
{
	json_t *policy = json_loads(document, 0, NULL), *statements, *statement;
	bool allowed = false, denied = false;
	size_t i, n;

	statements = json_object_get(policy, "Statement");
	n = json_is_array(statements) ? json_array_size(statements) : statements != NULL;
	for (i = 0; i < n; i++) {
		statement = json_is_array(statements) ? json_array_get(statements, i) : statements;
		if (!statement_holds(statement, c))
			continue;
		if (strcmp(row_str(statement, "Effect"), "Allow") == 0)
			allowed = true;
		else
			denied = true;
	}
	json_decref(policy);
	return allowed && !denied;
}
