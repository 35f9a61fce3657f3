/* Trust policies: whom they let in, and what is dangerous in them. */
#include "state/judge_priv.h"
#include "state/valid.h"

#include <string.h>
#include <strings.h>

static const char *const assume_actions[] = {"sts:AssumeRole", "sts:AssumeRoleWithSAML",
					     "sts:AssumeRoleWithWebIdentity"};

/* Of this effect, and about entering the role in any way. */
static bool statement_enters(const json_t *statement, const char *effect)
{
	if (!statement_is(statement, effect))
		return false;
	for (size_t a = 0; a < sizeof assume_actions / sizeof *assume_actions; a++)
		if (statement_covers(statement, assume_actions[a]))
			return true;
	return false;
}

static bool element_names(const json_t *element, const char *principal)
{
	const char *type;
	json_t *list;

	if (json_is_string(element))
		return strcmp(json_string_value(element), "*") == 0 ||
		       strcmp(json_string_value(element), principal) == 0;
	json_object_foreach((json_t *)element, type, list)
	{
		for (size_t i = 0; i < texts_count(list); i++)
			if (strcmp(texts_at(list, i), "*") == 0 ||
			    strcmp(texts_at(list, i), principal) == 0)
				return true;
	}
	return false;
}

static bool principal_is_denied(const struct policy *policy, const char *principal)
{
	for (size_t i = 0; i < json_array_size(policy->statements); i++) {
		const json_t *statement = json_array_get(policy->statements, i);
		const json_t *in = json_object_get(statement, "Principal");
		const json_t *out = json_object_get(statement, "NotPrincipal");

		if (!statement_enters(statement, "Deny") || statement_has_conditions(statement))
			continue;
		if (in != NULL ? element_names(in, principal) : !element_names(out, principal))
			return true;
	}
	return false;
}

struct trusting {
	const struct policy *policy;
	void (*each)(void *ctx, const struct trusted *);
	void *ctx;
};

static void trusted_tell(const struct trusting *t, const json_t *statement, int what,
			 const char *principal)
{
	struct trusted trusted = {.principal = principal,
				  .conditional = statement_has_conditions(statement),
				  .denied = principal_is_denied(t->policy, principal)};

	trusted.what = what;
	t->each(t->ctx, &trusted);
}

static int trusted_type(const char *type, const char *principal)
{
	if (strcmp(type, "Service") == 0)
		return TRUSTED_SERVICE;
	if (strcmp(type, "Federated") == 0)
		return TRUSTED_FEDERATED;
	return strcmp(principal, "*") == 0 ? TRUSTED_EVERYONE : TRUSTED_AWS;
}

static void statement_tell(const struct trusting *t, const json_t *statement)
{
	const json_t *element = json_object_get(statement, "Principal");
	const char *type;
	json_t *list;

	/* "*", or everyone but some. */
	if (!json_is_object(element)) {
		trusted_tell(t, statement, TRUSTED_EVERYONE, "*");
		return;
	}
	json_object_foreach((json_t *)element, type, list)
	{
		for (size_t i = 0; i < texts_count(list); i++)
			trusted_tell(t, statement, trusted_type(type, texts_at(list, i)),
				     texts_at(list, i));
	}
}

void policy_trusted(const struct policy *policy, void (*each)(void *ctx, const struct trusted *),
		    void *ctx)
{
	const struct trusting t = {policy, each, ctx};

	for (size_t i = 0; policy != NULL && i < json_array_size(policy->statements); i++)
		if (statement_enters(json_array_get(policy->statements, i), "Allow"))
			statement_tell(&t, json_array_get(policy->statements, i));
}

/* Findings. */

/* Whether a value of a condition narrows its key. */
typedef bool narrows_fn(const char *value, bool wild);

static bool has_wildcard(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] == '*' || s[i] == '?')
			return true;
	return false;
}

static bool names_whole(const char *value, bool wild)
{
	return !wild || !has_wildcard(value, strlen(value));
}

/* Of a path that begins with it: the organization at least. */
static bool names_organization(const char *value, bool wild)
{
	return !wild || !has_wildcard(value, strcspn(value, "/"));
}

/* The account of the ARN, at least. */
static bool names_account(const char *value, bool wild)
{
	size_t len;
	const char *account = arn_field(value, 4, &len);

	if (account == NULL)
		return false;
	return !wild || (*account != ':' && !has_wildcard(account, len));
}

/* Not the whole issuer: something stands before the first wildcard, beyond the word that every
 * subject begins with; of a forge whose users choose their names, the whole owner. */
static bool names_subject(const char *value, bool wild)
{
	static const char *const owned[] = {"repo:", "project_path:"};
	size_t len = strcspn(value, "*?");
	const char *colon = memchr(value, ':', len);

	if (!wild || value[len] == '\0')
		return true;
	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		if (strncmp(value, owned[i], strlen(owned[i])) == 0)
			return memchr(value, '/', len) != NULL;
	return colon != NULL ? colon + 1 < value + len : len > 0;
}

static const struct {
	const char *key;
	narrows_fn *narrows;
} naming_keys[] = {
    {"aws:PrincipalAccount", names_whole},
    {"aws:PrincipalOrgID", names_whole},
    {"aws:PrincipalOrgPaths", names_organization},
    {"aws:PrincipalArn", names_account},
    {"aws:SourceAccount", names_whole},
    {"aws:SourceOrgID", names_whole},
    {"aws:SourceOrgPaths", names_organization},
    {"aws:SourceArn", names_account},
    {"aws:userid", names_whole},
};

/* A variable may be the very value that is asked for, which holds for all. An account that is yet
 * to be made has a token; ${*} and its like stand for themselves. */
static bool has_variable(const char *value)
{
	for (; (value = strstr(value, "${")) != NULL; value += 2)
		if (strncmp(value + 2, "account/", strlen("account/")) != 0 &&
		    !(strchr("*?$", value[2]) != NULL && value[3] == '}'))
			return true;
	return false;
}

static bool values_narrow(const json_t *values, bool wild, narrows_fn *narrows)
{
	for (size_t i = 0; i < texts_count(values); i++)
		if (has_variable(texts_at(values, i)) || !narrows(texts_at(values, i), wild))
			return false;
	return texts_count(values) > 0;
}

/* Whether some condition requires this key and narrows it. ForAllValues has a finding of its own.
 */
static bool key_is_narrowed(const json_t *statement, const char *key, narrows_fn *narrows)
{
	const json_t *condition = json_object_get(statement, "Condition");
	const char *name, *its;
	json_t *keys, *values;

	json_object_foreach((json_t *)condition, name, keys)
	{
		struct operator_reading op = operator_read(name);

		json_object_foreach(keys, its, values)
		{
			if (op.positive && strcasecmp(its, key) == 0 &&
			    values_narrow(values, op.wild, narrows))
				return true;
		}
	}
	return false;
}

static bool statement_trusts_everyone(const json_t *statement)
{
	const json_t *element = json_object_get(statement, "Principal");
	const json_t *aws = json_object_get(element, "AWS");
	bool everyone = !json_is_object(element);

	for (size_t i = 0; i < texts_count(aws); i++)
		everyone = everyone || strcmp(texts_at(aws, i), "*") == 0;
	for (size_t i = 0; everyone && i < sizeof naming_keys / sizeof *naming_keys; i++)
		everyone = !key_is_narrowed(statement, naming_keys[i].key, naming_keys[i].narrows);
	return everyone;
}

/* The issuer as it begins the names of its keys; NULL: it is no OIDC provider. *own: one that the
 * account made, whose tokens say in `sub` whom they are for. */
static const char *oidc_issuer(const char *federated, bool *own)
{
	static const char mark[] = ":oidc-provider/";
	const char *at = strstr(federated, mark);

	*own = at != NULL;
	if (at != NULL)
		return at + strlen(mark);
	return strchr(federated, ':') == NULL && strchr(federated, '.') != NULL ? federated : NULL;
}

static bool issuer_is_narrowed(const json_t *statement, const char *issuer, bool own)
{
	/* AWS's built-in issuers know their clients: Cognito's pools, Amazon's and Google's
	 * applications. */
	static const char *const claims[] = {"sub", "aud", "app_id", "oaud"};

	for (size_t i = 0; i < (own ? 1 : sizeof claims / sizeof *claims); i++) {
		auto_free char *key = xasprintf("%s:%s", issuer, claims[i]);

		if (key_is_narrowed(statement, key, names_subject))
			return true;
	}
	return false;
}

static bool statement_trusts_issuer(const json_t *statement)
{
	const json_t *list = json_object_get(json_object_get(statement, "Principal"), "Federated");

	for (size_t i = 0; i < texts_count(list); i++) {
		bool own;
		const char *issuer = oidc_issuer(texts_at(list, i), &own);

		if (issuer != NULL && !issuer_is_narrowed(statement, issuer, own))
			return true;
	}
	return false;
}

/* Some other condition fails where the key is absent. */
static bool key_is_required(const json_t *condition, const char *key)
{
	const char *name, *its;
	json_t *keys, *values;

	json_object_foreach((json_t *)condition, name, keys)
	{
		struct operator_reading op = operator_read(name);

		json_object_foreach(keys, its, values)
		{
			if (strcasecmp(its, key) != 0 || op.for_all_values)
				continue;
			if (op.positive || (op.is_null && texts_count(values) == 1 &&
					    strcasecmp(texts_at(values, 0), "false") == 0))
				return true;
		}
	}
	return false;
}

static bool statement_is_for_all_values(const json_t *statement)
{
	const json_t *condition = json_object_get(statement, "Condition");
	const char *name, *key;
	json_t *keys, *values;

	json_object_foreach((json_t *)condition, name, keys)
	{
		if (!operator_read(name).for_all_values)
			continue;
		json_object_foreach(keys, key, values)
		{
			if (!key_is_required(condition, key))
				return true;
		}
	}
	return false;
}

static const struct {
	struct trust_finding finding;
	bool (*holds)(const json_t *statement);
} findings[TRUST_FINDINGS] = {
    {{"trusts-everyone",
      "Principal \"*\" lets anyone in, and no condition names an account, organization or "
      "principal"},
     statement_trusts_everyone},
    {{"oidc-without-sub", "everyone with a token of the OIDC provider is let in: a condition on "
			  "its `sub` must name who"},
     statement_trusts_issuer},
    {{"for-all-values", "ForAllValues also holds where the key is absent, and no other condition "
			"requires the key"},
     statement_is_for_all_values},
};

size_t policy_trust_findings(const struct policy *policy,
			     struct trust_finding found[TRUST_FINDINGS])
{
	size_t n = 0;

	for (size_t f = 0; policy != NULL && f < TRUST_FINDINGS; f++) {
		for (size_t i = 0; i < json_array_size(policy->statements); i++) {
			const json_t *statement = json_array_get(policy->statements, i);

			if (!statement_enters(statement, "Allow") || !findings[f].holds(statement))
				continue;
			found[n++] = findings[f].finding;
			break;
		}
	}
	return n;
}
