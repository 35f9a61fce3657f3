/* SimulatePrincipalPolicy of the twin: what the policies of a user, group or role say of actions on
 * any resource. Conditions on what the request does not tell are not fulfilled, as in AWS. */
#include "aws/twin/iam_priv.h"

#include "state/canon.h"
#include "state/judge.h"

#include <string.h>

#define SIMULATED_MAX 1000 /* results of one reply, AWS's most */

/* The documents that are looked at for one action. */
struct simulation {
	struct twin *twin;
	const char *account;
	struct arena *arena;
	struct judge_request request;
	bool allowed, denied;
};

static void document_judge(struct simulation *s, const char *document)
{
	auto_error ignored = {0};
	int line, column;
	const struct text *canonical = canon_policy_text(
	    s->arena, document, strlen(document), POLICY_IAM, NULL, &line, &column, &ignored);
	struct policy *policy = policy_parse(canonical);

	s->denied |= policy_judge(policy, &s->request) == JUDGE_DENIES;
	s->allowed |= policy_judge_allowed(policy, &s->request) == JUDGE_ALLOWS;
	policy_free(policy);
}

static void managed_judge(struct simulation *s, const char *arn)
{
	bool aws = strstr(arn, ":iam::aws:policy/") != NULL;
	json_auto_t *made = aws ? iam_policy_aws(s->twin, s->account, arn) : NULL;
	const json_t *row = aws ? made : iam_row(s->twin, s->account, "policies", arn);
	const json_t *version =
	    json_object_get(json_object_get(row, "versions"), row_str(row, "DefaultVersionId"));

	if (version != NULL)
		document_judge(s, row_str(version, "Document"));
}

static void row_judge(struct simulation *s, const json_t *row)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(row, "inline"), name, value)
	{
		document_judge(s, json_string_value(value));
	}
	json_object_foreach(json_object_get(row, "managed"), name, value)
	{
		managed_judge(s, name);
	}
}

static void groups_judge(struct simulation *s, const json_t *row)
{
	json_auto_t *groups = iam_related(s->twin, row, "groups");
	json_t *group;
	size_t i;

	json_array_foreach(groups, i, group)
	{
		row_judge(s, group);
	}
}

static const char *decision(struct simulation *s, const json_t *row)
{
	const char *boundary = row_str(row, "boundary");
	bool allowed;

	/* The administrator's key of an account is of a user that has no row. */
	if (row == NULL)
		return "allowed";
	s->allowed = s->denied = false;
	row_judge(s, row);
	groups_judge(s, row);
	allowed = s->allowed;
	if (*boundary != '\0') {
		s->allowed = false;
		managed_judge(s, boundary);
		allowed = allowed && s->allowed;
	}
	if (s->denied)
		return "explicitDeny";
	return allowed ? "allowed" : "implicitDeny";
}

static const struct {
	const char *mark, *table;
} sources[] = {{":user/", "users"}, {":role/", "roles"}, {":group/", "groups"}};

/* NULL: there is none of this ARN. */
static json_t *source_row(struct twin *t, const char *account, const char *arn)
{
	const char *slash = strrchr(arn, '/');
	json_t *row = NULL;
	size_t i;

	for (i = 0; slash != NULL && row == NULL && i < sizeof sources / sizeof sources[0]; i++) {
		if (strstr(arn, sources[i].mark) != NULL)
			row = iam_row(t, account, sources[i].table, slash + 1);
	}
	return row != NULL && strcmp(row_str(row, "Arn"), arn) == 0 ? row : NULL;
}

static json_t *simulate(struct twin *t, struct twin_call *c)
{
	const char *arn = row_str(c->input, "PolicySourceArn"), *action;
	const json_t *actions = input_list(c->input, "ActionNames");
	json_t *row = source_row(t, c->account, arn), *results;
	struct simulation s = {.twin = t, .account = c->account};
	size_t i;

	if (row == NULL && strcmp(arn, c->arn) != 0)
		return twin_refuse(c, "NoSuchEntity", "The entity with ARN %s cannot be found.",
				   arn);
	if (actions == NULL || json_array_size(actions) > SIMULATED_MAX)
		return twin_refuse(c, "InvalidInput", "ActionNames must have 1 to %d members.",
				   SIMULATED_MAX);
	s.arena = arena_new();
	results = json_array();
	for (i = 0; i < json_array_size(actions); i++) {
		action = json_string_value(json_array_get(actions, i));
		s.request = (struct judge_request){.action = action};
		json_array_append_new(results, json_pack("{s:s, s:s, s:s}", "EvalActionName",
							 action, "EvalResourceName", "*",
							 "EvalDecision", decision(&s, row)));
	}
	arena_free(s.arena);
	return json_pack("{s:o, s:b}", "EvaluationResults", results, "IsTruncated", 0);
}

static const struct twin_op simulate_ops[] = {
    IAM_READ("SimulatePrincipalPolicy", simulate, "PolicySourceArn ActionNames"),
};
const struct twin_service twin_iam_simulate_ops = {SERVICE_IAM, simulate_ops,
						   sizeof simulate_ops / sizeof simulate_ops[0]};
