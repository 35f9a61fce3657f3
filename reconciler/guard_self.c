/* The identity of the run: its user, the groups it is in, their policies. Changing these may take
 * the run's own permissions away halfway through, or give it more. */
#include "reconciler/guard_priv.h"

/* The user that the credentials of the run belong to; NULL: they are a role's, or it was not read.
 */
static const struct resource *self_user(const struct plan_input *in)
{
	const struct side *live = in->sides->live;

	return live ? side_by_id(live, KIND_IAM_USER, live->world.caller_arn) : NULL;
}

static bool value_holds(const struct value *v, const struct text *address)
{
	if (v->state == VALUE_TEXT)
		return text_eq(v->u.text, address);
	return v->state == VALUE_SET && set_find(v->u.set, address) != NULL;
}

static bool self_lives_by(const struct side *live, const struct resource *user,
			  const struct text *address)
{
	const struct value *groups = &user->v[USER_GROUPS];

	if (text_eq(user->address, address) || value_holds(groups, address) ||
	    value_holds(&user->v[USER_MANAGED], address) ||
	    value_holds(&user->v[USER_BOUNDARY], address))
		return true;
	for (uint32_t i = 0; groups->state == VALUE_SET && i < groups->u.set->n; i++) {
		const struct resource *group = side_find(live, groups->u.set->item[i].key);

		if (group && group->kind == KIND_IAM_GROUP &&
		    value_holds(&group->v[GROUP_MANAGED], address))
			return true;
	}
	return false;
}

bool guard_self_matches(const struct plan_input *in, const struct change *c)
{
	uint16_t kind = row_kind(c->row);
	const struct resource *user;

	if (c->action == ACTION_ADOPT ||
	    (kind != KIND_IAM_USER && kind != KIND_IAM_GROUP && kind != KIND_IAM_POLICY))
		return false;
	user = self_user(in);
	return user && self_lives_by(in->sides->live, user, c->row->address);
}

const char *guard_self(const struct judge *j, bool *refused)
{
	const struct resource *user = self_user(j->in);
	struct findings f = FINDINGS_INIT;
	unsigned left_out = 0;

	for (size_t i = 0; user && i < j->plan->changes; i++) {
		const struct change *c = &j->plan->change[i];

		if (!guard_self_matches(j->in, c))
			continue;
		if (c->blocked)
			left_out++;
		else if (change_is_written(c))
			finding(&f,
				"%s would be %sd, and this run lives by it as %s: do it with "
				"other credentials, or declare it `external: true`",
				c->row->address->s, action_names[c->action], user->address->s);
	}
	return findings_end(j->arena, &f,
			    left_out ? arena_printf(j->arena, "%u left out, of what %s lives by",
						    left_out, user->address->s)
				     : "not touched",
			    refused);
}
