/* Whether the access role of each member account can still do what a repair needs: service control
 * policies on the way from the root to the account, resource control policies over the role.
 *
 * Only what a call touches is judged again: the policy that is attached, the place that one is
 * taken off, all places of a document that changes, the whole way of an account that moves. */
#include "reconciler/lockout_member.h"

#define SHOWN 3

/* How it stood before the plan: what was locked already is not the plan's doing. */
static int member_was(struct members *m, const struct spot *account)
{
	struct member *member = account->member;
	struct look l = {.m = m, .place = account, .member = member, .live = true};

	if (member->was)
		return member->was;
	member->was = WAS_FREE;
	for (unsigned levels = 0; l.place && levels < LEVELS_MAX; levels++) {
		struct denial denial = {0};

		if (l.place->thing->live)
			denial = place_denial(&l);
		if (denial.what)
			return member->was = WAS_DENIED;
		if (denial.unsure)
			member->was = WAS_UNSURE;
		l.place = l.place->above_live;
	}
	return member->was;
}

static bool is_suspended(const struct members *m, const struct spot *p)
{
	for (unsigned levels = 0; p && levels < LEVELS_MAX; p = p->above, levels++)
		if (m->suspended && text_eq(p->address, m->suspended))
			return true;
	return false;
}

/* What one call does, put into words at its end. */
struct harm {
	unsigned n;
	struct buf names;
	struct denial first;
	const char *role;
};

static void member_judge(struct members *m, const struct spot *place, struct spot *account,
			 const struct text *only, struct harm *harm)
{
	struct member *member = account->member;
	struct look l = {.m = m, .place = place, .member = member, .only = only};
	struct denial denial;

	if (!member || member->told || !account->thing->exists)
		return;
	denial = place_denial(&l);
	if (!denial.what && !denial.unsure)
		return;
	if (is_suspended(m, account) || member_was(m, account) == WAS_DENIED)
		return;
	if (!denial.what) {
		m->unsure += !member->unsure && member_was(m, account) == WAS_FREE;
		member->unsure = true;
		return;
	}
	member->told = true;
	if (harm->n == 0) {
		harm->first = denial;
		harm->role = member->role;
	}
	if (harm->n++ < SHOWN)
		buf_printf(&harm->names, "%s%s", harm->n > 1 ? ", " : "", account->address->s);
}

/* A place and all accounts below it. */
static void below_judge(struct members *m, const struct spot *place, struct spot *from,
			const struct text *only, struct harm *harm)
{
	if (from->member)
		member_judge(m, place, from, only, harm);
	for (size_t i = 0; i < from->below.n; i++)
		below_judge(m, place, from->below.at[i], only, harm);
}

static void way_judge(struct members *m, struct spot *account, struct harm *harm)
{
	unsigned levels = 0;

	for (struct spot *p = account; p && levels < LEVELS_MAX; p = p->above, levels++)
		member_judge(m, p, account, NULL, harm);
}

/* What calls do to the tree. */

static void place_made(struct members *m, const struct call *call, struct harm *harm)
{
	const struct thing *t = call->makes ? fold_find(m->fold, call->makes) : NULL;
	const struct text *parent;
	struct spot *p;

	if (!t || !t->exists || (t->kind != KIND_UNIT && t->kind != KIND_ACCOUNT))
		return;
	p = spot_new(m, t);
	parent = t->kind == KIND_UNIT ? spot_parent(t) : NULL;
	/* Accounts begin at the root. */
	spot_put(p, map_get(m->at, parent ? parent->s : "root"));
	if (t->kind == KIND_ACCOUNT) {
		member_new(m, p);
		way_judge(m, p, harm);
	}
}

static void policies_changed(struct members *m, const struct fact *fact, struct harm *harm)
{
	struct spot *p = spot_at(m, fact->address);
	bool attached = fact->after.state == VALUE_TEXT;

	if (!p || !fact->key)
		return;
	if (text_is(fact->key, FULL))
		p->full = attached;
	below_judge(m, p, p, attached ? fact->key : NULL, harm);
}

static void document_changed(struct members *m, const struct text *policy, struct harm *harm)
{
	for (size_t i = 0; i < m->all.n; i++) {
		struct spot *p = m->all.at[i];

		if (value_has(&p->thing->v[policies_of(p->thing->kind)], policy))
			below_judge(m, p, p, NULL, harm);
	}
}

static void account_moved(struct members *m, const struct fact *fact, struct harm *harm)
{
	struct spot *p = spot_at(m, fact->address);

	if (!p || fact->after.state != VALUE_TEXT)
		return;
	spot_put(p, spot_at(m, fact->after.u.text));
	way_judge(m, p, harm);
}

static void fact_judge(struct members *m, const struct fact *fact, struct harm *harm)
{
	if (kind_is_place(fact->kind) && fact->attr == policies_of(fact->kind))
		policies_changed(m, fact, harm);
	else if (fact->kind == KIND_POLICY && fact->attr == POLICY_DOCUMENT)
		document_changed(m, fact->address, harm);
	else if (fact->kind == KIND_ACCOUNT && fact->attr == ACCOUNT_UNIT)
		account_moved(m, fact, harm);
}

static void harm_tell(const struct call *call, struct harm *harm, struct findings *out)
{
	if (harm->n > SHOWN)
		buf_printf(&harm->names, " and %u more", harm->n - SHOWN);
	if (harm->n && harm->first.policy)
		finding(out, "call %u, %s, would lock %s: %s denies %s%s%s", call->n,
			call->op->name, buf_str(&harm->names), harm->first.policy->s,
			harm->first.what, harm->role ? " to the access role " : "",
			harm->role ? harm->role : "");
	else if (harm->n)
		finding(out, "call %u, %s, would lock %s: no policy left there allows %s%s%s",
			call->n, call->op->name, buf_str(&harm->names), harm->first.what,
			harm->role ? " to the access role " : "", harm->role ? harm->role : "");
}

void members_before(struct members *m, const struct call *call)
{
	role_before(m, call);
}

void members_after(struct members *m, const struct call *call, struct findings *out)
{
	struct harm harm = {.names = BUF_INIT(1u << 16)};

	place_made(m, call, &harm);
	for (uint32_t i = 0; i < call->facts; i++)
		fact_judge(m, &call->fact[i], &harm);
	harm_tell(call, &harm, out);
	buf_free(&harm.names);
	role_after(m, call, out);
}
