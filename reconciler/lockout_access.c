/* How accounts are to be entered from the next run on. What this commit says of it counts once it
 * is applied, and a run that cannot enter its accounts records nothing any more: no later merge
 * could mend that. */
#include "reconciler/lockout.h"

#include "state/access_rule.h"

#include <string.h>

static bool entering_same(const struct entering *a, const struct entering *b)
{
	return a->role != NULL && strcmp(a->role, b->role) == 0 &&
	       text_eq(a->external_id, b->external_id);
}

/* NULL: it can be entered so. */
static const char *obstacle(const struct plan_input *in, struct fold *f, const struct text *account,
			    const struct entering *after, const char *id)
{
	const struct context_key key = {"sts:ExternalId",
					after->external_id ? after->external_id->s : NULL};
	const struct thing *role;

	if (!access_role_is_in(after->role, id))
		return "is a role of another account";
	role = fold_find(f, role_address(in, account, after->role));
	if (role == NULL || !role->exists || role->kind != KIND_IAM_ROLE ||
	    (role->live != NULL && !text_is(role->live->id, after->role)))
		return "is not there";
	return role_lets_in(in, f, role, &key, 1) ? NULL : "would not let this run in";
}

static void account_check(const struct judge *j, struct fold *f, const struct resource *live,
			  struct findings *out)
{
	const struct plan_input *in = j->in;
	const struct row *row = bound_find(in->bound, live->address);
	struct entering before, after;
	const char *scope, *why;

	if (row == NULL || row->head == NULL || live->id == NULL ||
	    text_eq(live->id, in->sides->live->world.caller_account))
		return;
	before = entering_of(in, &in->base_config->settings, row->base, live, live->id->s);
	after = entering_of(in, &in->head_config->settings, row->head, live, live->id->s);
	scope = arena_printf(in->arena, "iam/%s", live->id->s);
	if (after.role == NULL || entering_same(&before, &after) ||
	    side_scope_state(in->sides->live, scope) != SCOPE_WHOLE)
		return;
	why = obstacle(in, f, live->address, &after, live->id->s);
	if (why != NULL)
		finding(out,
			"%s is to be entered by %s, which %s: no later run could enter it, nor "
			"record that this is mended; see to the role first, in a merge of its own",
			live->address->s, after.role, why);
}

void lockout_access(const struct judge *j, struct fold *f, struct findings *out)
{
	const struct side *live = j->in->sides->live;

	if (j->in->base_config == NULL || j->in->head_config == NULL)
		return;
	for (size_t i = 0; i < live->all.n; i++)
		if (live->all.at[i]->kind == KIND_ACCOUNT)
			account_check(j, f, live->all.at[i], out);
}
