/* Access roles within their accounts: they stay assumable, and keep administrator access. */
#include "reconciler/lockout_member.h"

static const struct thing *role_touched(const struct members *m, const struct call *call)
{
	const struct text *address = call->ends;
	const struct thing *t;
	const struct resource *role;

	for (uint32_t i = 0; !address && i < call->facts; i++)
		if (kind_is_iam(call->fact[i].kind))
			address = call->fact[i].address;
	t = address ? fold_find(m->fold, address) : NULL;
	if (!t || (t->kind != KIND_IAM_ROLE && t->kind != KIND_IAM_POLICY) ||
	    t->v[1].state != VALUE_TEXT)
		return NULL;
	role = access_role_live(m->in, t->v[1].u.text);
	return role ? fold_find(m->fold, role->address) : NULL;
}

bool role_lets_in(const struct plan_input *in, struct fold *f, const struct thing *role,
		  const struct context_key *key, size_t keys)
{
	const struct text *caller = in->sides->live->world.caller_arn;
	const struct judge_request request = {.action = "sts:AssumeRole",
					      .principal = caller ? caller->s : NULL,
					      .key = key,
					      .keys = keys};
	enum judgement said;

	if (!role->exists)
		return false;
	if (role->v[ROLE_TRUST].state != VALUE_TEXT)
		return true;
	said = policy_judge(fold_document(f, role->v[ROLE_TRUST].u.text), &request);
	return said != JUDGE_SILENT && said != JUDGE_DENIES;
}

static bool role_enters(const struct members *m, const struct thing *role)
{
	return role_lets_in(m->in, m->fold, role, NULL, 0);
}

static bool role_administers(const struct members *m, const struct thing *role)
{
	return thing_gives_administration(m->fold, role) && !thing_is_held_back(m->fold, role);
}

void role_before(struct members *m, const struct call *call)
{
	const struct thing *role = role_touched(m, call);

	m->role = role;
	m->role_entered = role && role_enters(m, role);
	m->role_administered = role && role_administers(m, role);
}

void role_after(const struct members *m, const struct call *call, struct findings *out)
{
	const struct thing *role = m->role;

	if (role && m->role_entered && !role_enters(m, role))
		finding(out, "call %u, %s, would lock %s: charter could not assume %s any more",
			call->n, call->op->name, role->v[1].u.text->s, role->address->s);
	else if (role && m->role_administered && !role_administers(m, role))
		finding(out,
			"call %u, %s, would lock %s: %s, by which charter enters, would lose "
			"administrator access",
			call->n, call->op->name, role->v[1].u.text->s, role->address->s);
}
