/* The tree of an organization: root, units, accounts, and what is known of the access roles. */
#include "reconciler/lockout_member.h"

#include "aws/service.h"

#include <stdlib.h>

uint16_t policies_of(uint16_t kind)
{
	return kind == KIND_ORGANIZATION ? ORG_POLICIES
	       : kind == KIND_UNIT       ? UNIT_POLICIES
					 : ACCOUNT_POLICIES;
}

bool kind_is_place(uint16_t kind)
{
	return kind == KIND_ORGANIZATION || kind == KIND_UNIT || kind == KIND_ACCOUNT;
}

/* Calls speak of the root as of the organization. */
struct spot *spot_at(const struct members *m, const struct text *address)
{
	return map_get(m->at, text_is(address, "organization") ? "root" : address->s);
}

struct spot *spot_new(struct members *m, const struct thing *thing)
{
	struct spot *p = xcalloc(1, sizeof *p);

	p->thing = thing;
	p->address =
	    thing->kind == KIND_ORGANIZATION ? text_str(m->in->arena, "root") : thing->address;
	p->full = p->full_live = true;
	vec_push(&m->all, p);
	map_put(m->at, p->address->s, p);
	return p;
}

void spot_put(struct spot *p, struct spot *above)
{
	if (p->above) {
		size_t n = 0;

		for (size_t i = 0; i < p->above->below.n; i++)
			if (p->above->below.at[i] != p)
				p->above->below.at[n++] = p->above->below.at[i];
		p->above->below.n = n;
	}
	p->above = above;
	if (above)
		vec_push(&above->below, p);
}

/* In which requests to IAM are signed. */
static const char *global_region(const struct world *w)
{
	const struct service *iam = &services[SERVICE_IAM];

	for (size_t i = 0; i < sizeof iam->at / sizeof *iam->at; i++)
		if (text_is(w->partition, iam->at[i].partition))
			return iam->at[i].region;
	return iam->at[0].region;
}

/* A session of the access role that asks IAM by itself. */
static void member_context(const struct members *m, struct member *member)
{
	const struct world *w = &m->in->sides->live->world;
	const char *organization = w->organization_id ? w->organization_id->s : NULL;
	struct context *c = &member->context;

	context_add(c, "aws:PrincipalAccount", member->id);
	context_add(c, "aws:ResourceAccount", member->id);
	context_add(c, "aws:PrincipalOrgID", organization);
	context_add(c, "aws:ResourceOrgID", organization);
	if (!member->role)
		return;
	context_add(c, "aws:PrincipalArn", member->role);
	context_add(c, "aws:RequestedRegion", global_region(w));
	context_add(c, "aws:PrincipalIsAWSService", "false");
	context_add(c, "aws:ViaAWSService", "false");
	context_add(c, "aws:SecureTransport", "true");
	context_absent(c, "aws:CalledVia");
	context_absent(c, "aws:CalledViaFirst");
	context_absent(c, "aws:CalledViaLast");
	context_absent(c, "aws:PrincipalServiceName");
}

void member_new(struct members *m, struct spot *p)
{
	const struct world *w = &m->in->sides->live->world;
	const struct text *id = account_id_of(m->in, p->address);
	const struct value *state = &p->thing->v[ACCOUNT_STATE];

	if (id && text_eq(id, w->management_account))
		return;
	if (p->thing->live && state->state == VALUE_TEXT && !text_is(state->u.text, "ACTIVE"))
		return;
	p->member = arena_alloc(m->in->arena, sizeof *p->member);
	p->member->id = id ? id->s : call_token(m->in->arena, p->address)->s;
	p->member->role = access_role_arn(m->in, p->address, p->member->id);
	member_context(m, p->member);
}

const struct text *spot_parent(const struct thing *t)
{
	const struct value *parent = &t->v[t->kind == KIND_UNIT ? UNIT_PARENT : ACCOUNT_UNIT];

	return parent->state == VALUE_TEXT ? parent->u.text : NULL;
}

static bool place_lists_full(const struct spot *p)
{
	const struct value *policies = &p->thing->v[policies_of(p->thing->kind)];

	for (uint32_t i = 0; policies->state == VALUE_SET && i < policies->u.set->n; i++)
		if (text_is(policies->u.set->item[i].key, FULL))
			return true;
	return false;
}

static void tree_link(struct members *m)
{
	for (size_t i = 0; i < m->all.n; i++) {
		struct spot *p = m->all.at[i];
		const struct text *parent =
		    p->thing->kind == KIND_ORGANIZATION ? NULL : spot_parent(p->thing);

		spot_put(p, parent ? spot_at(m, parent) : NULL);
		p->above_live = p->above;
		if (p->thing->kind == KIND_ACCOUNT)
			member_new(m, p);
		m->full_known = m->full_known || place_lists_full(p);
	}
	for (size_t i = 0; m->full_known && i < m->all.n; i++)
		m->all.at[i]->full = m->all.at[i]->full_live = place_lists_full(m->all.at[i]);
}

/* As the recorded configuration says: a merge may not name the unit and lock with it. */
static const struct text *suspended_unit(const struct judge *j)
{
	const struct text *path = j->base ? j->base->suspended_unit : NULL;

	return path ? text_printf(j->arena, "unit/%s", path->s) : NULL;
}

struct members *members_new(const struct judge *j, struct fold *f)
{
	const struct side *live = j->in->sides->live;
	struct members *m = xcalloc(1, sizeof *m);

	m->judge = j;
	m->in = j->in;
	m->fold = f;
	m->self = self_identity(j->in);
	m->at = map_new();
	m->suspended = suspended_unit(j);
	for (size_t i = 0; i < live->all.n; i++)
		if (kind_is_place(live->all.at[i]->kind))
			spot_new(m, fold_find(f, live->all.at[i]->address));
	tree_link(m);
	return m;
}

void members_free(struct members *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->all.n; i++) {
		free(m->all.at[i]->below.at);
		free(m->all.at[i]);
	}
	free(m->all.at);
	map_free(m->at);
	free(m);
}

unsigned members_unsure(const struct members *m)
{
	return m->unsure;
}
