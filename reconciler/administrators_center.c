/* Who administers an account by a permission set of Identity Center: people, and groups whose
 * members are not known. Only sets that may give it, before the plan or after it, are followed. */
#include "reconciler/lockout.h"

#include <stdlib.h>
#include <string.h>

struct center_set {
	const struct text *address;
	bool now;   /* as it is written, whoever has it administers */
	bool there; /* so it was when it was last brought into the account */
};

/* An assignment of such a set in the account, read or wanted. */
struct center_edge {
	const struct text *address, *who;
	size_t set; /* index */
};

struct center {
	const struct plan_input *in;
	struct fold *fold;
	const struct text *account, *self;     /* addresses; self: who runs this, or NULL */
	const struct guard_settings *settings; /* of who counts; NULL: whoever administers */
	VEC(struct center_set) sets;
	VEC(struct center_edge) edges;
	VEC(const struct text *) principals;
	VEC(const struct text *) groups; /* whose members count */
	struct map *index;               /* address of a set -> index + 1, or none */
	struct map *concerned;           /* addresses of all these */
};

#define NOT_ONE ((size_t)UINT32_MAX)

/* What is read and what is wanted. */
static const struct resource *row_side(const struct row *row, unsigned side)
{
	return side == 0 ? row->live : row->head;
}

/* Sets. */

static bool set_now(const struct center *c, const struct text *address)
{
	const struct thing *t = fold_find(c->fold, address);

	return t && t->exists && t->kind == KIND_PERMISSION_SET &&
	       set_gives_administration(c->fold, c->in->arena, c->account, t->v);
}

static bool set_may_give(const struct center *c, const struct row *row)
{
	bool may = false;

	for (unsigned side = 0; side < 2; side++)
		may = may || (row_side(row, side) &&
			      set_holds_administration(c->fold, c->in->arena, c->account,
						       row_side(row, side)->v));
	return may;
}

/* Its index, or NOT_ONE: it never gives administrator access. */
static size_t set_of(struct center *c, const struct text *address)
{
	size_t known = (size_t)(uintptr_t)map_get(c->index, address->s);
	const struct row *row;

	if (known)
		return known == NOT_ONE ? NOT_ONE : known - 1;
	row = bound_find(c->in->bound, address);
	if (!row || !set_may_give(c, row)) {
		map_put(c->index, address->s, (void *)(uintptr_t)NOT_ONE);
		return NOT_ONE;
	}
	vec_push(&c->sets, ((struct center_set){.address = address}));
	c->sets.at[c->sets.n - 1].now = c->sets.at[c->sets.n - 1].there = set_now(c, address);
	map_put(c->index, address->s, (void *)(uintptr_t)c->sets.n);
	map_put(c->concerned, address->s, c);
	return c->sets.n - 1;
}

/* Principals. */

static void principal_add(struct center *c, struct map *listed, const struct text *address)
{
	map_put(c->concerned, address->s, c);
	if (!map_put(listed, address->s, c))
		vec_push(&c->principals, address);
}

static void principals_read(struct center *c, struct map *listed, const struct text *who)
{
	const struct row *row = bound_find(c->in->bound, who);
	bool group = address_is(who, "identity_group"), known = false;

	if (map_get(listed, who->s))
		return;
	for (unsigned side = 0; group && row && side < 2; side++) {
		const struct resource *r = row_side(row, side);
		const struct value *members = r ? &r->v[IDGROUP_MEMBERS] : NULL;

		known |= members && members->state == VALUE_SET;
		for (uint32_t i = 0;
		     members && members->state == VALUE_SET && i < members->u.set->n; i++)
			principal_add(c, listed, members->u.set->item[i].key);
	}
	if (known)
		map_put(listed, who->s, c);
	else
		principal_add(c, listed, who);
}

static void edge_read(struct center *c, struct map *listed, const struct resource *edge)
{
	size_t set;

	for (uint16_t a = 0; a < ASSIGNMENT_ATTRS; a++)
		if (edge->v[a].state != VALUE_TEXT)
			return;
	if (!text_eq(edge->v[ASSIGNMENT_ACCOUNT].u.text, c->account))
		return;
	set = set_of(c, edge->v[ASSIGNMENT_SET].u.text);
	if (set == NOT_ONE)
		return;
	vec_push(&c->edges,
		 ((struct center_edge){edge->address, edge->v[ASSIGNMENT_PRINCIPAL].u.text, set}));
	map_put(c->concerned, edge->address->s, c);
	map_put(c->concerned, edge->v[ASSIGNMENT_PRINCIPAL].u.text->s, c);
	principals_read(c, listed, edge->v[ASSIGNMENT_PRINCIPAL].u.text);
}

/* Which count. */

/* "group/NAME", or the whole address. */
static bool pattern_names(const char *pattern, const struct text *address)
{
	return pattern_match(pattern, address->s) ||
	       pattern_match(pattern, address->s + strlen("identity_"));
}

/* Under its name of today, too: else a merge could rename the group that counts and empty it. */
static bool settings_name(const struct center *c, const struct text *address)
{
	const struct guard_settings *s = c->settings;
	const struct text *live = address_live(c->in, address);

	for (size_t i = 0; i < s->administrator.n; i++)
		if (pattern_names(s->administrator.at[i]->s, address) ||
		    pattern_names(s->administrator.at[i]->s, live))
			return true;
	return false;
}

static bool settings_count(const struct center *c, const struct text *address)
{
	if (!c->settings || settings_name(c, address))
		return true;
	for (size_t i = 0; i < c->groups.n; i++)
		if (fold_is_member(c->fold, c->groups.at[i], address))
			return true;
	return false;
}

static void rows_read(struct center *c)
{
	auto_map *listed = map_new();

	for (size_t i = 0; i < c->in->bound->rows; i++) {
		const struct row *row = &c->in->bound->row[i];
		const struct resource *any = row->live ? row->live : row->head;

		if (any && any->kind == KIND_ASSIGNMENT)
			edge_read(c, listed, any);
		if (c->settings && any && any->kind == KIND_IDENTITY_GROUP &&
		    settings_name(c, any->address))
			vec_push(&c->groups, any->address);
	}
}

struct center *center_new(const struct plan_input *in, struct fold *f, const struct text *account,
			  const struct guard_settings *settings)
{
	struct center *c = xcalloc(1, sizeof *c);
	const struct resource *self = self_person(in);

	c->in = in;
	c->fold = f;
	c->account = account;
	c->settings = settings && settings->administrator.n ? settings : NULL;
	c->self = self ? self->address : NULL;
	c->index = map_new();
	c->concerned = map_new();
	rows_read(c);
	return c;
}

void center_free(struct center *c)
{
	if (!c)
		return;
	free(c->sets.at);
	free(c->edges.at);
	free(c->principals.at);
	free(c->groups.at);
	map_free(c->index);
	map_free(c->concerned);
	free(c);
}

const struct text *center_principal(const struct center *c, size_t i)
{
	return i < c->principals.n ? c->principals.at[i] : NULL;
}

static bool thing_is_there(const struct center *c, const struct text *address)
{
	const struct thing *t = fold_find(c->fold, address);

	return t && t->exists;
}

bool center_administers(const struct center *c, const struct text *address)
{
	bool has = false;

	if (text_eq(address, c->self) || !thing_is_there(c, address))
		return false;
	for (size_t i = 0; !has && i < c->edges.n; i++) {
		const struct center_edge *edge = &c->edges.at[i];
		const struct center_set *set = &c->sets.at[edge->set];

		has =
		    set->now && set->there && thing_is_there(c, edge->address) &&
		    (text_eq(edge->who, address) ||
		     (thing_is_there(c, edge->who) && fold_is_member(c->fold, edge->who, address)));
	}
	return has && settings_count(c, address);
}

/* Calls. */

/* The set that a provisioning brings into the accounts, or NULL. */
static const struct text *provisioned_by(const struct change *change, const struct call *call)
{
	if (call->op != &ops[OP_SSO_ADMIN_ProvisionPermissionSet] || call->change == CALL_RECORD)
		return NULL;
	return change[call->change].row->address;
}

static bool fact_concerns(const struct center *c, const struct fact *fact)
{
	static const struct {
		uint16_t kind, attr;
	} rows[] = {
	    {KIND_PERMISSION_SET, PSET_MANAGED},    {KIND_PERMISSION_SET, PSET_CUSTOMER},
	    {KIND_PERMISSION_SET, PSET_INLINE},     {KIND_PERMISSION_SET, PSET_BOUNDARY},
	    {KIND_IDENTITY_GROUP, IDGROUP_MEMBERS},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].kind == fact->kind && rows[i].attr == fact->attr)
			return map_get(c->concerned, fact->address->s) != NULL;
	return false;
}

bool center_concerns(const struct center *c, const struct change *change, const struct call *call)
{
	const struct text *set = provisioned_by(change, call);

	if (call->op->service != SERVICE_SSO_ADMIN && call->op->service != SERVICE_IDENTITY_STORE)
		return false;
	if ((call->ends && map_get(c->concerned, call->ends->s)) ||
	    (call->makes && address_is(call->makes, "assignment") &&
	     map_get(c->concerned, call->makes->s)) ||
	    (set && map_get(c->concerned, set->s)))
		return true;
	for (uint32_t i = 0; i < call->facts; i++)
		if (fact_concerns(c, &call->fact[i]))
			return true;
	return false;
}

/* A new assignment brings the set into its account as it is. */
static const struct text *brought_by(const struct center *c, const struct change *change,
				     const struct call *call)
{
	for (size_t i = 0; call->makes && i < c->edges.n; i++)
		if (text_eq(c->edges.at[i].address, call->makes))
			return c->sets.at[c->edges.at[i].set].address;
	return provisioned_by(change, call);
}

void center_after(struct center *c, const struct change *change, const struct call *call)
{
	const struct text *brought =
	    center_concerns(c, change, call) ? brought_by(c, change, call) : NULL;

	for (size_t i = 0; i < c->sets.n; i++) {
		struct center_set *set = &c->sets.at[i];

		set->now = set_now(c, set->address);
		if (text_eq(set->address, brought))
			set->there = set->now;
	}
}
