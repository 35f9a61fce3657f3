/* What the policies attached at one place deny to an account, of what a repair needs. */
#include "reconciler/lockout_member.h"

/* What charter needs to find out what is wrong, and to mend it. */
static const struct need {
	const char *action;
	bool on_role; /* on the access role itself; else on "*" */
	bool probe;   /* only tells whether everything is denied */
} needs[] = {
    {"iam:GetAccountAuthorizationDetails", false, false},
    {"iam:ListRoles", false, false},
    {"iam:UpdateAssumeRolePolicy", true, false},
    {"iam:AttachRolePolicy", true, false},
    {"ec2:DescribeInstances", false, true},
    {"s3:ListAllMyBuckets", false, true},
};
#define NEEDS (sizeof needs / sizeof *needs)

void context_add(struct context *c, const char *name, const char *value)
{
	if (value == NULL)
		return;
	charter_assert(c->n < sizeof c->key / sizeof *c->key);
	c->key[c->n++] = (struct context_key){name, value};
}

void context_absent(struct context *c, const char *name)
{
	charter_assert(c->n < sizeof c->key / sizeof *c->key);
	c->key[c->n++] = (struct context_key){name, NULL};
}

static const struct value *look_values(const struct look *l, const struct thing *t)
{
	return l->live ? (t->live ? t->live->v : NULL) : t->v;
}

static const struct policy *policy_of(const struct look *l, const struct text *policy,
				      const char *type)
{
	const struct thing *t = fold_find(l->m->fold, policy);
	const struct value *v = t ? look_values(l, t) : NULL;

	if (!v || t->kind != KIND_POLICY || v[POLICY_DOCUMENT].state != VALUE_TEXT ||
	    v[POLICY_TYPE].state != VALUE_TEXT || !text_is(v[POLICY_TYPE].u.text, type))
		return NULL;
	return fold_document(l->m->fold, v[POLICY_DOCUMENT].u.text);
}

static const struct set *policies_at(const struct look *l)
{
	static const struct set none = {0};
	const struct value *v = look_values(l, l->place->thing);
	const struct value *policies = v ? &v[policies_of(l->place->thing->kind)] : NULL;

	return policies && policies->state == VALUE_SET ? policies->u.set : &none;
}

/* The strongest of what the attached policies say, and which of them says it. */
static enum judgement place_judge(const struct look *l, const char *type,
				  const struct judge_request *request, const struct text **by)
{
	const struct set *set = policies_at(l);
	enum judgement most = JUDGE_SILENT;

	for (uint32_t i = 0; i < set->n; i++) {
		const struct text *policy = set->item[i].key;
		enum judgement one;

		if (l->only && !text_eq(l->only, policy))
			continue;
		one = policy_judge(policy_of(l, policy, type), request);
		if (one > most) {
			most = one;
			*by = policy;
		}
	}
	return most;
}

/* Policies that were not read may allow it. */
static bool place_allows(const struct look *l, const struct judge_request *request)
{
	static const char scp[] = "SERVICE_CONTROL_POLICY";
	const struct set *set = policies_at(l);

	if (l->only || (l->live ? l->place->full_live : l->place->full))
		return true;
	for (uint32_t i = 0; i < set->n; i++)
		if (policy_judge_allowed(policy_of(l, set->item[i].key, scp), request) !=
		    JUDGE_SILENT)
			return true;
	return false;
}

static struct judge_request need_request(const struct member *member, const struct need *need)
{
	return (struct judge_request){.action = need->action,
				      .resource = need->on_role ? member->role : "*",
				      .key = member->context.key,
				      .keys = member->context.n};
}

/* Service control policies. An account that the run does not enter is shut out only where all is
 * denied. */
static struct denial scp_denial(const struct look *l)
{
	struct denial denial = {0};

	for (size_t i = 0; i < NEEDS; i++) {
		struct judge_request request = need_request(l->member, &needs[i]);
		const struct text *by = NULL;
		enum judgement said;

		if (l->member->role && needs[i].probe)
			continue;
		said = place_judge(l, "SERVICE_CONTROL_POLICY", &request, &by);
		denial.unsure = denial.unsure || (l->member->role && said == JUDGE_MAY_DENY);
		if (said != JUDGE_DENIES && place_allows(l, &request)) {
			if (l->member->role)
				continue;
			return (struct denial){0};
		}
		denial.what = l->member->role ? needs[i].action : "everything";
		denial.policy = said == JUDGE_DENIES ? by : NULL;
		if (l->member->role)
			break;
	}
	return denial;
}

/* Resource control policies over the role itself, asked by the run. */
static struct denial rcp_denial(const struct look *l)
{
	const struct world *w = &l->m->in->sides->live->world;
	const struct resource *self = l->m->self;
	const char *organization = w->organization_id ? w->organization_id->s : NULL;
	struct context c = {0};
	struct judge_request request = {.action = "sts:AssumeRole",
					.resource = l->member->role,
					.principal = w->caller_arn ? w->caller_arn->s : NULL};
	const struct text *by = NULL;
	enum judgement said;

	if (!l->member->role || text_is(w->caller_account, l->member->id))
		return (struct denial){0};
	context_add(&c, "aws:ResourceAccount", l->member->id);
	context_add(&c, "aws:PrincipalAccount", w->caller_account ? w->caller_account->s : NULL);
	context_add(&c, "aws:PrincipalArn", self && self->id ? self->id->s : NULL);
	context_add(&c, "aws:PrincipalOrgID", organization);
	context_add(&c, "aws:ResourceOrgID", organization);
	context_add(&c, "aws:PrincipalIsAWSService", "false");
	context_add(&c, "aws:ViaAWSService", "false");
	context_add(&c, "aws:SecureTransport", "true");
	request.key = c.key;
	request.keys = c.n;
	said = place_judge(l, "RESOURCE_CONTROL_POLICY", &request, &by);
	return (struct denial){.what = said == JUDGE_DENIES ? request.action : NULL,
			       .policy = by,
			       .unsure = said == JUDGE_MAY_DENY};
}

struct denial place_denial(const struct look *l)
{
	struct denial denial = scp_denial(l), other;

	if (denial.what)
		return denial;
	other = rcp_denial(l);
	other.unsure = other.unsure || denial.unsure;
	return other;
}
