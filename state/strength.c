/* How much a permission lets people do. */
#include "state/strength.h"

#include "base/buf.h"
#include "state/judge_priv.h"

#include <ctype.h>
#include <string.h>

const char *const strength_names[STRENGTHS] = {[STRENGTH_READ] = "read",
					       [STRENGTH_UNKNOWN] = "unknown",
					       [STRENGTH_WRITE] = "write",
					       [STRENGTH_ADMINISTRATOR] = "administrator"};

enum strength strength_most(enum strength a, enum strength b)
{
	return a > b ? a : b;
}

/* Names, as they are without their signs: the first that stands in one. */
static const struct {
	const char *word;
	enum strength strength;
} words[] = {
    {"readonly", STRENGTH_READ},
    {"viewonly", STRENGTH_READ},
    {"securityaudit", STRENGTH_READ},
    {"databaseadministrator", STRENGTH_WRITE},
    {"networkadministrator", STRENGTH_WRITE},
    {"systemadministrator", STRENGTH_WRITE},
    {"administratoraccessamplify", STRENGTH_WRITE},
    {"administratoraccessawselasticbeanstalk", STRENGTH_WRITE},
    {"admin", STRENGTH_ADMINISTRATOR},
    {"iamfullaccess", STRENGTH_ADMINISTRATOR},
    {"poweruser", STRENGTH_WRITE},
    {"fullaccess", STRENGTH_WRITE},
    {"write", STRENGTH_WRITE},
};

enum strength strength_of_aws(const char *name)
{
	auto_buf bare = BUF_INIT(SIZE_MAX);

	for (const char *s = name; *s; s++) {
		if (isalnum((unsigned char)*s))
			buf_putc(&bare, (char)tolower((unsigned char)*s));
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strstr(buf_str(&bare), words[i].word) != NULL)
			return words[i].strength;
	}
	return STRENGTH_UNKNOWN;
}

enum strength strength_of_name(const char *name)
{
	return strength_most(strength_of_aws(name), STRENGTH_UNKNOWN);
}

/* Documents. */

static bool action_reads(const char *action)
{
	static const char *const verbs[] = {"Get",   "List",   "Describe", "BatchGet", "Head",
					    "View",  "Lookup", "Search",   "Query",    "Scan",
					    "Read",  "Select", "Simulate", "Validate", "Check",
					    "Count", "Preview"};
	const char *verb = strchr(action, ':');

	for (size_t i = 0; verb != NULL && i < sizeof verbs / sizeof *verbs; i++) {
		if (strncasecmp(verb + 1, verbs[i], strlen(verbs[i])) == 0)
			return true;
	}
	return false;
}

static bool statement_writes(const json_t *statement)
{
	const json_t *actions = json_object_get(statement, "Action");

	if (!statement_is(statement, "Allow"))
		return false;
	for (size_t i = 0; i < texts_count(actions); i++) {
		if (!action_reads(texts_at(actions, i)))
			return true;
	}
	return actions == NULL;
}

/* Whoever may do one of these on anything has, or can give himself, all the rest. */
static bool policy_raises(const struct policy *policy)
{
	static const char *const actions[] = {
	    "iam:AttachUserPolicy",    "iam:AttachGroupPolicy", "iam:AttachRolePolicy",
	    "iam:PutUserPolicy",       "iam:PutGroupPolicy",    "iam:PutRolePolicy",
	    "iam:CreatePolicyVersion", "iam:AddUserToGroup",    "iam:UpdateAssumeRolePolicy"};

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (policy_judge(policy, &(struct judge_request){.action = actions[i]}) ==
		    JUDGE_ALLOWS)
			return true;
	}
	return false;
}

enum strength strength_of_policy(const struct policy *policy)
{
	bool writes = false;

	if (policy == NULL)
		return STRENGTH_UNKNOWN;
	for (size_t i = 0; i < json_array_size(policy->statements) && !writes; i++)
		writes = statement_writes(json_array_get(policy->statements, i));
	if (!writes)
		return STRENGTH_READ;
	return policy_is_administrator(policy) || policy_raises(policy) ? STRENGTH_ADMINISTRATOR
									: STRENGTH_WRITE;
}
