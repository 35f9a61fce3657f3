/* The identity of the run: its user or role, what lets it be that, and the roles by which it enters
 * accounts. Changing these may take the run's own permissions away halfway through, or give it
 * more. */
#include "reconciler/lockout.h"

#include <string.h>

/* "arn:aws:sts::ID:assumed-role/NAME/SESSION". The role's path is not in it: the name is unique. */
static const struct resource *session_role(const struct plan_input *in)
{
	static const char mark[] = ":assumed-role/";
	const struct world *world = &in->sides->live->world;
	const char *at = world->caller_arn ? strstr(world->caller_arn->s, mark) : NULL;
	const struct text *account = at ? account_of_id(in, world->caller_account) : NULL;

	if (!account)
		return NULL;
	at += strlen(mark);
	return role_live(in, account, arena_memdup0(in->arena, at, strcspn(at, "/")));
}

const struct resource *self_identity(const struct plan_input *in)
{
	const struct side *live = in->sides->live;
	const struct resource *user;

	if (!live)
		return NULL;
	user = side_by_id(live, KIND_IAM_USER, live->world.caller_arn);
	return user ? user : session_role(in);
}

static bool value_names(const struct value *v, const struct text *address)
{
	if (v->state == VALUE_TEXT)
		return text_eq(v->u.text, address);
	return value_has(v, address);
}

static bool user_lives_by(const struct side *live, const struct resource *user,
			  const struct text *address)
{
	const struct value *groups = &user->v[USER_GROUPS];

	if (text_eq(user->address, address) || value_has(groups, address) ||
	    value_has(&user->v[USER_MANAGED], address) ||
	    value_names(&user->v[USER_BOUNDARY], address))
		return true;
	for (uint32_t i = 0; groups->state == VALUE_SET && i < groups->u.set->n; i++) {
		const struct resource *group = side_find(live, groups->u.set->item[i].key);

		if (group && group->kind == KIND_IAM_GROUP &&
		    value_has(&group->v[GROUP_MANAGED], address))
			return true;
	}
	return false;
}

/* The OIDC provider that a role trusts is how the run becomes it. */
static bool role_trusts(const struct resource *role, const struct resource *provider)
{
	const struct value *trust = &role->v[ROLE_TRUST];

	return provider && provider->kind == KIND_IAM_OIDC_PROVIDER && trust->state == VALUE_TEXT &&
	       trust_names(trust->u.text, provider);
}

static bool role_lives_by(const struct resource *role, const struct row *row)
{
	return text_eq(role->address, row->address) ||
	       value_has(&role->v[ROLE_MANAGED], row->address) ||
	       value_names(&role->v[ROLE_BOUNDARY], row->address) || role_trusts(role, row->live);
}

/* The identity of the run that lives by this row's resource, or NULL. */
static const struct resource *self_of(const struct plan_input *in, const struct row *row)
{
	const struct resource *self, *role;
	uint16_t kind = row_kind(row);

	if (kind < KIND_IAM_POLICY || kind == KIND_IAM_ACCOUNT || !row->live)
		return NULL;
	self = self_identity(in);
	if (self && self->kind == KIND_IAM_USER &&
	    user_lives_by(in->sides->live, self, row->address))
		return self;
	if (self && self->kind == KIND_IAM_ROLE && role_lives_by(self, row))
		return self;
	role = row->live->v[1].state == VALUE_TEXT ? access_role_live(in, row->live->v[1].u.text)
						   : NULL;
	if (role && role_lives_by(role, row))
		return role;
	role = record_role_live(in);
	return role && role_lives_by(role, row) ? role : NULL;
}

bool guard_self_matches(const struct plan_input *in, const struct change *c)
{
	return c->action != ACTION_ADOPT && self_of(in, c->row) != NULL;
}

const char *guard_self(const struct judge *j, bool *refused)
{
	struct findings f = FINDINGS_INIT;
	const struct resource *lives = NULL;
	unsigned left_out = 0;

	for (size_t i = 0; i < j->plan->changes; i++) {
		const struct change *c = &j->plan->change[i];
		const struct resource *self =
		    c->action == ACTION_ADOPT ? NULL : self_of(j->in, c->row);

		if (!self)
			continue;
		if (c->blocked) {
			left_out++;
			lives = self;
		} else if (change_is_written(c)) {
			finding(&f,
				"%s would be %sd, and this run lives by it as %s: do it with "
				"other credentials, or declare it `external: true`",
				c->row->address->s, action_names[c->action], self->address->s);
		}
	}
	return findings_end(j->arena, &f,
			    left_out ? arena_printf(j->arena, "%u left out, of what %s lives by",
						    left_out, lives->address->s)
				     : "not touched",
			    refused);
}
