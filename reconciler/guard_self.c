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

/* "AWSReservedSSO_SET_0123456789abcdef/SESSION" of the caller, or NULL. */
static const char *session_of_center(const struct plan_input *in)
{
	static const char mark[] = ":assumed-role/AWSReservedSSO_";
	const struct side *live = in->sides->live;
	const char *arn = live && live->world.caller_arn ? live->world.caller_arn->s : "";
	const char *at = strstr(arn, mark);

	return at ? at + strlen(mark) : NULL;
}

/* Its session is named after the user. */
static bool is_self_person(const struct plan_input *in, const struct resource *user)
{
	const char *at = session_of_center(in), *slash = at ? strchr(at, '/') : NULL;

	return slash && user->kind == KIND_IDENTITY_USER && user->v[0].state == VALUE_TEXT &&
	       text_is(user->v[0].u.text, slash + 1);
}

const struct resource *self_person(const struct plan_input *in)
{
	const struct side *live = in->sides->live;

	for (size_t i = 0; session_of_center(in) && i < live->all.n; i++)
		if (is_self_person(in, live->all.at[i]))
			return live->all.at[i];
	return NULL;
}

const struct resource *self_set(const struct plan_input *in)
{
	const char *at = session_of_center(in), *slash = at ? strchr(at, '/') : NULL, *end = slash;
	auto_free char *name = NULL;

	while (end && end > at && *end != '_')
		end--;
	if (!end || end == at)
		return NULL;
	name = xasprintf("%.*s", (int)(end - at), at);
	/* It cannot have been renamed. */
	return side_find(in->sides->live, address_make(in->arena, "permission_set", name, NULL));
}

/* Whether the run may have come by what is assigned to this principal. */
static bool principal_is_self(const struct plan_input *in, const struct text *principal)
{
	const struct resource *who = side_find(in->sides->live, principal), *person;

	if (who && who->kind == KIND_IDENTITY_USER && is_self_person(in, who))
		return true;
	person = self_person(in);
	if (!person)
		return true; /* anybody may be it */
	return who && who->kind == KIND_IDENTITY_GROUP &&
	       (who->v[IDGROUP_MEMBERS].state == VALUE_UNSET ||
		value_has(&who->v[IDGROUP_MEMBERS], person->address));
}

/* The assignment by which the run may have its role. */
static bool assignment_is_self(const struct plan_input *in, const struct resource *set,
			       const struct resource *assignment)
{
	const struct text *account = account_of_id(in, in->sides->live->world.caller_account);

	return value_names(&assignment->v[ASSIGNMENT_SET], set->address) && account &&
	       value_names(&assignment->v[ASSIGNMENT_ACCOUNT], account) &&
	       assignment->v[ASSIGNMENT_PRINCIPAL].state == VALUE_TEXT &&
	       principal_is_self(in, assignment->v[ASSIGNMENT_PRINCIPAL].u.text);
}

static bool principal_has_set(const struct plan_input *in, const struct resource *set,
			      const struct text *principal)
{
	const struct text *account = account_of_id(in, in->sides->live->world.caller_account);

	return account &&
	       side_find(in->sides->live, address_edge(in->arena, kinds[KIND_ASSIGNMENT]->name,
						       set->address, account, principal));
}

static bool change_takes_out_self(const struct plan_input *in, const struct change *c)
{
	for (uint32_t i = 0; i < c->diffs; i++) {
		const struct diff *d = &c->diff[i];
		const struct resource *who = d->attr == IDGROUP_MEMBERS && d->removal && d->key
						 ? side_find(in->sides->live, d->key)
						 : NULL;

		if (who && is_self_person(in, who))
			return true;
	}
	return false;
}

/* The permission set that the run came by, where the change is to that, to its assignment, or takes
 * the person out of it. */
static const struct resource *self_of_center(const struct plan_input *in, const struct change *c)
{
	const struct resource *live = c->row->live, *set = self_set(in);
	bool deleted = c->action == ACTION_DELETE, is_self = false;

	if (!set)
		return NULL;
	switch (live->kind) {
	case KIND_PERMISSION_SET:
		is_self = text_eq(live->address, set->address);
		break;
	case KIND_ASSIGNMENT:
		is_self = assignment_is_self(in, set, live);
		break;
	case KIND_IDENTITY_USER:
		is_self = deleted && is_self_person(in, live);
		break;
	default:
		is_self = (deleted || change_takes_out_self(in, c)) &&
			  principal_has_set(in, set, live->address) &&
			  principal_is_self(in, live->address);
	}
	return is_self ? set : NULL;
}

/* The identity of the run that lives by this change's resource, or NULL. */
static const struct resource *self_of(const struct plan_input *in, const struct change *c)
{
	const struct row *row = c->row;
	const struct resource *self, *role;
	uint16_t kind = row_kind(row);

	if (row->live && kind >= KIND_IDENTITY_USER && kind <= KIND_ASSIGNMENT)
		return session_of_center(in) ? self_of_center(in, c) : NULL;
	if (!kind_is_iam(kind) || kind == KIND_IAM_ACCOUNT || !row->live)
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
	return c->action != ACTION_ADOPT && self_of(in, c) != NULL;
}

const char *guard_self(const struct judge *j, bool *refused)
{
	struct findings f = FINDINGS_INIT;
	const struct resource *lives = NULL;
	unsigned left_out = 0;

	for (size_t i = 0; i < j->plan->changes; i++) {
		const struct change *c = &j->plan->change[i];
		const struct resource *self = c->action == ACTION_ADOPT ? NULL : self_of(j->in, c);

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
