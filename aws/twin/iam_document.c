/* Policy documents of the twin's IAM: what AWS refuses of their grammar, and the principals of
 * trust policies, which IAM resolves when they are written. */
#include "aws/twin/iam_priv.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

static bool malformed(struct twin_call *c, const char *why)
{
	twin_refuse(c, "MalformedPolicyDocument", "%s", why);
	return false;
}

size_t iam_document_size(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += strchr(" \t\r\n", *text) == NULL;
	return n;
}

/* Whether it is text, or a list of some, all of which pass. */
static bool texts_pass(json_t *value, bool (*passes)(const char *))
{
	json_t *item;
	size_t i;

	if (json_is_string(value))
		return passes(json_string_value(value));
	json_array_foreach(value, i, item)
	{
		if (!json_is_string(item) || !passes(json_string_value(item)))
			return false;
	}
	return json_array_size(value) > 0;
}

static bool is_action(const char *s)
{
	size_t vendor;

	if (strcmp(s, "*") == 0)
		return true;
	for (vendor = 0; isalnum((unsigned char)s[vendor]) || strchr("-*?", s[vendor]) != NULL;
	     vendor++) {
		if (s[vendor] == '\0')
			return false;
	}
	return vendor > 0 && s[vendor] == ':' && s[vendor + 1] != '\0';
}

static bool is_sts_action(const char *s)
{
	return strncasecmp(s, "sts:", 4) == 0 && s[4] != '\0';
}

static bool is_resource(const char *s)
{
	return strcmp(s, "*") == 0 || str_starts(s, "arn:");
}

static bool is_some(const char *s)
{
	return *s != '\0';
}

/* Exactly one of the two, and well-formed. */
static bool either(json_t *statement, const char *one, const char *other,
		   bool (*passes)(const char *))
{
	json_t *a = json_object_get(statement, one), *b = json_object_get(statement, other);

	return (a == NULL) != (b == NULL) && texts_pass(a != NULL ? a : b, passes);
}

static bool has_either(const json_t *statement, const char *one, const char *other)
{
	return json_object_get(statement, one) != NULL || json_object_get(statement, other) != NULL;
}

static bool is_condition(json_t *condition)
{
	const char *operator, * key;
	json_t *keys, *value;

	json_object_foreach(condition, operator, keys)
	{
		if (!json_is_object(keys) || *operator== '\0')
			return false;
		json_object_foreach(keys, key, value)
		{
			if (json_is_object(value) || json_is_null(value))
				return false;
		}
	}
	return condition == NULL || json_is_object(condition);
}

/* Members that a statement may have, its effect, its condition. */
static bool statement_shape(json_t *statement)
{
	static const char *const known[] = {"Sid",          "Effect",      "Principal",
					    "NotPrincipal", "Action",      "NotAction",
					    "Resource",     "NotResource", "Condition"};
	const char *effect = row_str(statement, "Effect"), *member;
	json_t *value;
	size_t i;

	json_object_foreach(statement, member, value)
	{
		for (i = 0; i < sizeof known / sizeof known[0]; i++) {
			if (strcmp(member, known[i]) == 0)
				break;
		}
		if (i == sizeof known / sizeof known[0])
			return false;
	}
	return json_is_object(statement) && is_condition(json_object_get(statement, "Condition")) &&
	       (strcmp(effect, "Allow") == 0 || strcmp(effect, "Deny") == 0);
}

static bool is_alphanumeric(const char *s)
{
	while (isalnum((unsigned char)*s))
		s++;
	return *s == '\0';
}

static bool statement_sid(struct twin_call *c, const json_t *statement, json_t *sids)
{
	const json_t *given = json_object_get(statement, "Sid");
	const char *sid = json_string_value(given);

	if (given == NULL || (sid != NULL && *sid == '\0'))
		return true;
	if (sid == NULL || !is_alphanumeric(sid))
		return malformed(c, "Statement IDs (SID) must be alpha-numeric. Check that your "
				    "input satisfies the regular expression [0-9A-Za-z]*");
	if (json_object_get(sids, sid) != NULL)
		return malformed(c, "Statement IDs (SID) in a single policy must be unique.");
	json_object_set_new(sids, sid, json_integer(1));
	return true;
}

static bool statement_identity(struct twin_call *c, json_t *statement)
{
	if (has_either(statement, "Principal", "NotPrincipal"))
		return malformed(c, "Policy document should not specify a principal.");
	if (!has_either(statement, "Action", "NotAction"))
		return malformed(c, "Policy statement must contain actions.");
	if (!either(statement, "Action", "NotAction", is_action))
		return malformed(c, "Actions/Conditions must be prefaced by a vendor, e.g., iam, "
				    "sdb, ec2, etc.");
	if (!has_either(statement, "Resource", "NotResource"))
		return malformed(c, "Policy statement must contain resources.");
	if (!either(statement, "Resource", "NotResource", is_resource))
		return malformed(c, "Resource must be in ARN format or \"*\".");
	return true;
}

static bool statement_trust(struct twin_call *c, json_t *statement)
{
	if (has_either(statement, "Resource", "NotResource"))
		return malformed(c, "Has prohibited field Resource");
	if (json_object_get(statement, "NotPrincipal") != NULL)
		return malformed(c, "AssumeRolepolicy contained a prohibited field: NotPrincipal");
	if (json_object_get(statement, "Principal") == NULL)
		return malformed(c, "Missing required field Principal");
	if (!either(statement, "Action", "NotAction", is_some))
		return malformed(c, "Missing required field Action");
	if (!texts_pass(json_object_get(statement, "Action"), is_sts_action))
		return malformed(c, "AssumeRole policy may only specify STS AssumeRole actions.");
	return true;
}

static bool statements_check(struct twin_call *c, json_t *policy, bool trust)
{
	json_t *given = json_object_get(policy, "Statement"), *statement;
	json_auto_t *list = json_is_array(given) ? json_incref(given) : json_pack("[O]", given);
	json_auto_t *sids = json_object();
	size_t i;

	if (json_array_size(list) == 0)
		return malformed(c, "Syntax errors in policy.");
	json_array_foreach(list, i, statement)
	{
		if (!statement_shape(statement))
			return malformed(c, "Syntax errors in policy.");
		if (!statement_sid(c, statement, sids) ||
		    !(trust ? statement_trust : statement_identity)(c, statement))
			return false;
	}
	return true;
}

/* The pattern of policyDocumentType: no character past U+00FF. */
static bool characters_check(struct twin_call *c, const char *text)
{
	size_t len = strlen(text), step;
	uint32_t code;

	for (; len > 0; text += step, len -= step) {
		step = utf8_next(text, len, &code);
		if (step != 0 && code <= 0xff && (code >= ' ' || strchr("\t\r\n", (int)code)))
			continue;
		twin_refuse(c, "ValidationError",
			    "The specified value for policyDocument is invalid. It must contain "
			    "only printable ASCII characters and those of Latin-1.");
		return false;
	}
	return true;
}

static bool members_known(json_t *policy)
{
	const char *member;
	json_t *value;

	json_object_foreach(policy, member, value)
	{
		if (strcmp(member, "Version") != 0 && strcmp(member, "Id") != 0 &&
		    strcmp(member, "Statement") != 0)
			return false;
	}
	return true;
}

/* The document, checked but for its principals: new; NULL: refused. */
static json_t *document_read(struct twin_call *c, const char *text, bool trust)
{
	json_auto_t *policy = NULL;
	const json_t *version;
	const char *number;

	if (!characters_check(c, text))
		return NULL;
	policy = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	version = json_object_get(policy, "Version");
	number = json_string_value(version);
	if (!json_is_object(policy) || !members_known(policy) ||
	    json_object_get(policy, "Statement") == NULL) {
		malformed(c, "Syntax errors in policy.");
		return NULL;
	}
	if (version != NULL && (number == NULL || (strcmp(number, "2012-10-17") != 0 &&
						   strcmp(number, "2008-10-17") != 0))) {
		malformed(c, "The policy must contain a valid version string");
		return NULL;
	}
	return statements_check(c, policy, trust) ? json_incref(policy) : NULL;
}

bool iam_document_valid(struct twin_call *c, const char *text)
{
	json_auto_t *policy = document_read(c, text, false);

	return policy != NULL;
}

static bool is_account_id(const char *s)
{
	return strlen(s) == 12 && strspn(s, "0123456789") == 12;
}

/* Whether the twin knows the account, so that it knows too what is in it. */
static bool account_known(const struct twin *t, const char *account)
{
	return twin_account_there(t, account) || twin_row(t, "iam", account) != NULL;
}

/* "user/path/name", "role/path/name", "root" of an ARN of IAM; an assumed role's session of STS. */
static bool principal_exists(struct twin *t, const char *arn)
{
	auto_free char *copy = xstrdup(arn);
	char *rest = copy, *part[5], *name;
	const struct iam_kind *kind;
	json_t *row;
	size_t i;

	for (i = 0; i < 5; i++) {
		part[i] = strsep(&rest, ":");
		if (rest == NULL)
			return false;
	}
	if (!is_account_id(part[4]))
		return false;
	if (strcmp(part[2], "sts") == 0)
		return str_starts(rest, "assumed-role/") || str_starts(rest, "federated-user/");
	if (strcmp(part[2], "iam") != 0)
		return false;
	if (strcmp(rest, "root") == 0)
		return true;
	kind = str_starts(rest, "user/") ? &iam_user : &iam_role;
	if (kind == &iam_role && !str_starts(rest, "role/"))
		return false;
	name = strrchr(rest, '/') + 1;
	if (!account_known(t, part[4]))
		return true;
	row = iam_row(t, part[4], kind->table, name);
	return strcmp(row_str(row, "Arn"), arn) == 0 && !twin_lags(t, row, LAG_TRUSTED);
}

/* A principal as IAM keeps it: new, or NULL: it is none. */
static json_t *principal_kept(struct twin *t, const char *type, const char *s)
{
	if (strcmp(type, "Service") == 0)
		return strchr(s, '.') != NULL ? json_string(s) : NULL;
	if (strcmp(type, "Federated") == 0)
		return *s != '\0' ? json_string(s) : NULL;
	if (strcmp(type, "AWS") != 0)
		return NULL;
	if (is_account_id(s))
		return json_sprintf("arn:%s:iam::%s:root", row_str(t->state, "partition"), s);
	return strcmp(s, "*") == 0 || principal_exists(t, s) ? json_string(s) : NULL;
}

/* The value of one type, kept: new; NULL: refused. */
static json_t *principals_kept(struct twin *t, struct twin_call *c, const char *type, json_t *value)
{
	json_auto_t *list = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
	json_auto_t *kept = json_array();
	json_t *item, *one;
	size_t i;

	json_array_foreach(list, i, item)
	{
		one =
		    json_is_string(item) ? principal_kept(t, type, json_string_value(item)) : NULL;
		if (one == NULL) {
			twin_refuse(c, "MalformedPolicyDocument",
				    "Invalid principal in policy: \"%s\":\"%s\"", type,
				    json_is_string(item) ? json_string_value(item) : "");
			return NULL;
		}
		json_array_append_new(kept, one);
	}
	if (json_array_size(kept) == 0) {
		malformed(c, "Syntax errors in policy.");
		return NULL;
	}
	return json_incref(json_is_array(value) ? kept : json_array_get(kept, 0));
}

/* Replaces the statement's principals by what is kept. */
static bool statement_keep(struct twin *t, struct twin_call *c, json_t *statement)
{
	json_t *principal = json_object_get(statement, "Principal"), *value, *kept;
	json_auto_t *all = json_object();
	const char *type;

	if (json_is_string(principal) && strcmp(json_string_value(principal), "*") == 0)
		return true;
	if (json_object_size(principal) == 0)
		return malformed(c, "Invalid principal in policy.");
	json_object_foreach(principal, type, value)
	{
		kept = principals_kept(t, c, type, value);
		if (kept == NULL)
			return false;
		json_object_set_new(all, type, kept);
	}
	json_object_set(statement, "Principal", all);
	return true;
}

static char *document_text(const json_t *policy)
{
	char *text = json_dumps(policy, JSON_COMPACT);

	charter_assert(text != NULL);
	return text;
}

char *iam_trust(struct twin *t, struct twin_call *c, const char *text)
{
	json_auto_t *given = document_read(c, text, true);
	json_auto_t *policy = json_deep_copy(given);
	json_t *statements = json_object_get(policy, "Statement"), *statement;
	size_t i;

	if (given == NULL || (json_is_object(statements) && !statement_keep(t, c, statements)))
		return NULL;
	json_array_foreach(statements, i, statement)
	{
		if (!statement_keep(t, c, statement))
			return NULL;
	}
	if (!iam_within(t, c, IAM_TRUST_SIZE, iam_document_size(text)))
		return NULL;
	return json_equal(given, policy) ? xstrdup(text) : document_text(policy);
}

static bool value_replace(json_t *at, const char *member, size_t i, json_t *value, const char *arn,
			  const char *now)
{
	if (!json_is_string(value) || strcmp(json_string_value(value), arn) != 0)
		return false;
	if (member != NULL)
		json_object_set_new(at, member, json_string(now));
	else
		json_array_set_new(at, i, json_string(now));
	return true;
}

static bool statement_replace(json_t *statement, const char *arn, const char *now)
{
	json_t *principal = json_object_get(statement, "Principal");
	json_t *aws = json_object_get(principal, "AWS"), *item;
	bool any = value_replace(principal, "AWS", 0, aws, arn, now);
	size_t i;

	if (any)
		return true;
	json_array_foreach(aws, i, item)
	{
		any |= value_replace(aws, NULL, i, item, arn, now);
	}
	return any;
}

static void role_replace(json_t *role, const char *arn, const char *now)
{
	const char *text = row_str(role, "AssumeRolePolicyDocument");
	json_auto_t *policy = strstr(text, arn) == NULL ? NULL : json_loads(text, 0, NULL);
	json_t *statements = json_object_get(policy, "Statement"), *statement;
	auto_free char *replaced = NULL;
	bool any = json_is_object(statements) && statement_replace(statements, arn, now);
	size_t i;

	json_array_foreach(statements, i, statement)
	{
		any |= statement_replace(statement, arn, now);
	}
	if (!any)
		return;
	replaced = document_text(policy);
	twin_set_str(role, "AssumeRolePolicyDocument", replaced);
}

void iam_principal_replace(struct twin *t, const char *arn, const char *now)
{
	const char *account, *name;
	json_t *iam, *role;

	json_object_foreach(twin_table(t, "iam"), account, iam)
	{
		json_object_foreach(json_object_get(iam, "roles"), name, role)
		{
			role_replace(role, arn, now);
		}
	}
}
