/* Policy documents, evaluated: statements, actions, resources, principals. */
#include "state/judge_priv.h"

#include "base/buf.h"
#include "state/valid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* In an expanded pattern: what is text and no wildcard. Neither can stand in JSON text of AWS. */
#define LITERAL_STAR     '\x01'
#define LITERAL_QUESTION '\x02'
#define EXPANDED_MAX     (1u << 20)

size_t texts_count(const json_t *value)
{
	if (json_is_array(value))
		return json_array_size(value);
	return json_is_string(value) ? 1 : 0;
}

const char *texts_at(const json_t *value, size_t i)
{
	const char *s = json_string_value(json_is_array(value) ? json_array_get(value, i) : value);

	return s == NULL ? "" : s;
}

/* Text. */

static bool byte_matches(char p, char s, bool nocase)
{
	if (p == LITERAL_STAR)
		return s == '*';
	if (p == LITERAL_QUESTION)
		return s == '?';
	if (nocase)
		return tolower((unsigned char)p) == tolower((unsigned char)s);
	return p == s;
}

bool wildcards_match(const char *p, const char *s, bool nocase)
{
	const char *star = NULL, *from = NULL;

	while (*s != '\0') {
		if (*p == '*') {
			star = p++;
			from = s;
		} else if (*p != '\0' && (*p == '?' || byte_matches(*p, *s, nocase))) {
			p++;
			s++;
		} else if (star != NULL) {
			p = star + 1;
			s = ++from;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

bool text_matches(const char *pattern, const char *s, unsigned like)
{
	if (like & LIKE_WILD)
		return wildcards_match(pattern, s, like & LIKE_NOCASE);
	return (like & LIKE_NOCASE ? strcasecmp(pattern, s) : strcmp(pattern, s)) == 0;
}

bool pattern_is_all(const char *pattern)
{
	return *pattern != '\0' && pattern[strspn(pattern, "*")] == '\0';
}

const struct context_key *context_find(const struct judge_request *request, const char *name,
				       const struct context_key *after)
{
	size_t i = after == NULL ? 0 : (size_t)(after - request->key) + 1;

	for (; i < request->keys; i++)
		if (strcasecmp(request->key[i].name, name) == 0)
			return &request->key[i];
	return NULL;
}

static void literal_add(struct buf *out, const char *s, size_t len, bool wild)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '*' && !wild)
			buf_putc(out, LITERAL_STAR);
		else if (s[i] == '?' && !wild)
			buf_putc(out, LITERAL_QUESTION);
		else
			buf_putc(out, s[i]);
	}
}

/* One ${...}, whose name is not terminated. false: it may stand for anything. */
static bool variable_add(struct buf *out, const struct judge_request *request, const char *name,
			 size_t len)
{
	const struct context_key *key;
	auto_free char *copy = xasprintf("%.*s", (int)strcspn(name, "},"), name);

	if (len == 1 && strchr("*?$", *name) != NULL) {
		literal_add(out, name, 1, false);
		return true;
	}
	/* An account that is yet to be made is called the same everywhere. */
	if (strncmp(name, "account/", strlen("account/")) == 0) {
		buf_printf(out, "${%.*s}", (int)len, name);
		return true;
	}
	key = context_find(request, copy, NULL);
	if (key != NULL && key->value != NULL) {
		literal_add(out, key->value, strlen(key->value), false);
		return true;
	}
	buf_putc(out, '*');
	return false;
}

enum truth text_like(const struct policy *policy, const struct judge_request *request,
		     const char *pattern, const char *s, unsigned like)
{
	const char *at = strstr(pattern, "${"), *end;
	auto_buf out = BUF_INIT(EXPANDED_MAX);
	bool known = true;

	if (at == NULL || !policy->variables)
		return text_matches(pattern, s, like) ? TRUTH_YES : TRUTH_NO;
	for (; at != NULL && (end = strchr(at, '}')) != NULL; at = strstr(pattern, "${")) {
		literal_add(&out, pattern, (size_t)(at - pattern), like & LIKE_WILD);
		known &= variable_add(&out, request, at + 2, (size_t)(end - at) - 2);
		pattern = end + 1;
	}
	literal_add(&out, pattern, strlen(pattern), like & LIKE_WILD);
	if (!wildcards_match(buf_str(&out), s, like & LIKE_NOCASE))
		return TRUTH_NO;
	return known ? TRUTH_YES : TRUTH_MAYBE;
}

/* Statements. */

bool statement_covers(const json_t *statement, const char *action)
{
	const json_t *in = json_object_get(statement, "Action");
	const json_t *list = in != NULL ? in : json_object_get(statement, "NotAction");
	bool any = false;

	for (size_t i = 0; i < texts_count(list) && !any; i++)
		any = text_matches(texts_at(list, i), action, LIKE_WILD | LIKE_NOCASE);
	return any == (in != NULL);
}

static enum truth resource_applies(const struct policy *policy, const json_t *statement,
				   const struct judge_request *request)
{
	const json_t *list = json_object_get(statement, "Resource");
	bool negated = false;
	enum truth any = TRUTH_NO;

	if (list == NULL) {
		list = json_object_get(statement, "NotResource");
		negated = true;
	}
	if (list == NULL)
		return TRUTH_YES;
	for (size_t i = 0; i < texts_count(list) && any != TRUTH_YES; i++) {
		const char *pattern = texts_at(list, i);
		enum truth one = pattern_is_all(pattern) ? TRUTH_YES : TRUTH_MAYBE;

		if (request->resource != NULL && one != TRUTH_YES)
			one = text_like(policy, request, pattern, request->resource, LIKE_WILD);
		any = one > any ? one : any;
	}
	return negated ? truth_not(any) : any;
}

/* "arn:aws:sts::ID:assumed-role/NAME/SESSION" is a session of "arn:aws:iam::ID:role/PATH/NAME". */
static bool session_is_of(const char *session, const char *role)
{
	const char *mark = strstr(session, ":assumed-role/"), *account, *name, *last;
	size_t account_len, name_len;

	if (mark == NULL || strstr(role, ":role/") == NULL)
		return false;
	account = strstr(session, ":sts::");
	if (account == NULL)
		return false;
	account += strlen(":sts::");
	account_len = (size_t)(mark - account);
	name = mark + strlen(":assumed-role/");
	name_len = strcspn(name, "/");
	last = strrchr(role, '/') + 1;
	role = strstr(role, ":iam::");
	return role != NULL && strncmp(role + strlen(":iam::"), account, account_len) == 0 &&
	       role[strlen(":iam::") + account_len] == ':' && strlen(last) == name_len &&
	       strncmp(last, name, name_len) == 0;
}

static bool principal_names(const char *named, const char *principal)
{
	size_t own_len, len;
	const char *own, *account;

	if (strcmp(named, "*") == 0 || strcmp(named, principal) == 0 ||
	    session_is_of(principal, named))
		return true;
	own = arn_field(principal, 4, &own_len);
	if (own == NULL)
		return false;
	if (strlen(named) == own_len && strncmp(named, own, own_len) == 0)
		return true;
	account = arn_field(named, 4, &len);
	return account != NULL && len == own_len && strncmp(account, own, len) == 0 &&
	       strcmp(account + len, ":root") == 0;
}

static bool principals_name(const json_t *element, const char *principal)
{
	const char *type;
	json_t *list;

	if (json_is_string(element))
		return principal_names(json_string_value(element), principal);
	json_object_foreach((json_t *)element, type, list)
	{
		for (size_t i = 0; i < texts_count(list); i++)
			if (principal_names(texts_at(list, i), principal))
				return true;
	}
	return false;
}

static enum truth principal_applies(const json_t *statement, const char *principal)
{
	const json_t *in = json_object_get(statement, "Principal");
	const json_t *out = json_object_get(statement, "NotPrincipal");
	bool named;

	if (principal == NULL || (in == NULL && out == NULL))
		return TRUTH_YES;
	named = principals_name(in != NULL ? in : out, principal);
	return named == (in != NULL) ? TRUTH_YES : TRUTH_NO;
}

bool statement_is(const json_t *statement, const char *effect)
{
	const char *own = json_string_value(json_object_get(statement, "Effect"));

	return own != NULL && strcmp(own, effect) == 0;
}

bool statement_has_conditions(const json_t *statement)
{
	return json_object_size(json_object_get(statement, "Condition")) > 0;
}

static enum truth statement_applies(const struct policy *policy, const json_t *statement,
				    const struct judge_request *request)
{
	enum truth all, one;

	if (!statement_covers(statement, request->action))
		return TRUTH_NO;
	all = principal_applies(statement, request->principal);
	if (all == TRUTH_NO)
		return all;
	one = resource_applies(policy, statement, request);
	all = one < all ? one : all;
	if (all == TRUTH_NO)
		return all;
	one = conditions_hold(policy, request, json_object_get(statement, "Condition"));
	return one < all ? one : all;
}

/* A bare account id as a principal is that account's root. Canonical text has none where the
 * partition was known. */
static void principal_complete(json_t *element)
{
	json_t *list = json_object_get(element, "AWS");

	for (size_t i = 0; i < texts_count(list); i++) {
		const char *s = texts_at(list, i);
		auto_free char *arn = NULL;

		if (!is_account_id(s, strlen(s)))
			continue;
		arn = xasprintf("arn:aws:iam::%s:root", s);
		if (json_is_array(list))
			json_array_set_new(list, i, json_string(arn));
		else
			json_object_set_new(element, "AWS", json_string(arn));
		list = json_object_get(element, "AWS");
	}
}

struct policy *policy_parse(const struct text *canonical)
{
	json_t *document = canonical == NULL ? NULL
					     : json_loadb(canonical->s, canonical->len,
							  JSON_REJECT_DUPLICATES, NULL);
	const json_t *statements = json_object_get(document, "Statement");
	const char *version = json_string_value(json_object_get(document, "Version"));
	struct policy *policy;

	if (!json_is_array(statements)) {
		json_decref(document);
		return NULL;
	}
	policy = xcalloc(1, sizeof *policy);
	policy->document = document;
	policy->statements = statements;
	policy->variables = version != NULL && strcmp(version, "2012-10-17") == 0;
	for (size_t i = 0; i < json_array_size(statements); i++) {
		principal_complete(json_object_get(json_array_get(statements, i), "Principal"));
		principal_complete(json_object_get(json_array_get(statements, i), "NotPrincipal"));
	}
	return policy;
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	json_decref(policy->document);
	free(policy);
}

static enum judgement statements_judge(const struct policy *policy,
				       const struct judge_request *request, bool denials)
{
	enum judgement most = JUDGE_SILENT;

	for (size_t i = 0; policy != NULL && i < json_array_size(policy->statements); i++) {
		const json_t *statement = json_array_get(policy->statements, i);
		bool denies = statement_is(statement, "Deny");
		enum judgement one = JUDGE_SILENT;
		enum truth applies;

		if (denies && !denials)
			continue;
		applies = statement_applies(policy, statement, request);
		if (applies == TRUTH_YES)
			one = denies ? JUDGE_DENIES : JUDGE_ALLOWS;
		else if (applies == TRUTH_MAYBE)
			one = denies ? JUDGE_MAY_DENY : JUDGE_MAY_ALLOW;
		most = one > most ? one : most;
	}
	return most;
}

enum judgement policy_judge(const struct policy *policy, const struct judge_request *request)
{
	return statements_judge(policy, request, true);
}

enum judgement policy_judge_allowed(const struct policy *policy,
				    const struct judge_request *request)
{
	return statements_judge(policy, request, false);
}

/* Administrators. */

static bool is_all_resources(const json_t *statement)
{
	const json_t *list = json_object_get(statement, "Resource");

	for (size_t i = 0; i < texts_count(list); i++)
		if (pattern_is_all(texts_at(list, i)))
			return true;
	return false;
}

/* Whoever has all of these has, or can give himself, all the rest. */
static bool pattern_touches_administration(const char *pattern)
{
	static const char *const services[] = {"iam", "sts", "organizations"};
	auto_free char *service = xasprintf("%.*s", (int)strcspn(pattern, ":"), pattern);

	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (text_matches(service, services[i], LIKE_WILD | LIKE_NOCASE))
			return true;
	return false;
}

static bool statement_allows_all(const json_t *statement)
{
	const json_t *in = json_object_get(statement, "Action");
	const json_t *out = json_object_get(statement, "NotAction");

	if (statement_is(statement, "Deny") || statement_has_conditions(statement) ||
	    !is_all_resources(statement))
		return false;
	for (size_t i = 0; i < texts_count(in); i++)
		if (pattern_is_all(texts_at(in, i)) || strcmp(texts_at(in, i), "*:*") == 0)
			return true;
	for (size_t i = 0; i < texts_count(out); i++)
		if (pattern_touches_administration(texts_at(out, i)))
			return false;
	return out != NULL;
}

/* Takes something of administration back everywhere, whatever the circumstances. */
static bool statement_takes_back(const json_t *statement)
{
	const json_t *in = json_object_get(statement, "Action");

	if (!statement_is(statement, "Deny") || statement_has_conditions(statement) ||
	    (!is_all_resources(statement) && json_object_get(statement, "NotResource") == NULL))
		return false;
	for (size_t i = 0; i < texts_count(in); i++)
		if (pattern_touches_administration(texts_at(in, i)))
			return true;
	/* All but a few actions: some of administration is among them, or almost nothing is left.
	 */
	return in == NULL;
}

bool policy_is_administrator(const struct policy *policy)
{
	bool all = false;

	for (size_t i = 0; policy != NULL && i < json_array_size(policy->statements); i++) {
		const json_t *statement = json_array_get(policy->statements, i);

		if (statement_takes_back(statement))
			return false;
		all = all || statement_allows_all(statement);
	}
	return all;
}

static bool statement_denies_iam(const json_t *statement)
{
	const json_t *in = json_object_get(statement, "Action");
	const json_t *out = json_object_get(statement, "NotAction");

	if (!statement_is(statement, "Deny") || statement_has_conditions(statement) ||
	    !is_all_resources(statement))
		return false;
	for (size_t i = 0; i < texts_count(in); i++)
		if (text_matches(texts_at(in, i), "iam:*", LIKE_WILD | LIKE_NOCASE))
			return true;
	for (size_t i = 0; i < texts_count(out); i++)
		if (pattern_touches_administration(texts_at(out, i)))
			return false;
	return out != NULL;
}

bool policy_denies_administration(const struct policy *policy)
{
	for (size_t i = 0; policy != NULL && i < json_array_size(policy->statements); i++)
		if (statement_denies_iam(json_array_get(policy->statements, i)))
			return true;
	return false;
}
