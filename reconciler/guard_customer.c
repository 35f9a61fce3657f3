/* Policies of the accounts themselves that permission sets name: AWS brings a set only into an
 * account that has each of them. */
#include "reconciler/guard_priv.h"

#include "state/presence.h"

#include <stdlib.h>
#include <string.h>

#define ACCOUNTS_SHOWN 4

enum lack {
	LACK_NONE,
	LACK_REFUSES, /* what this plan gives, or names, could not come to be */
	LACK_GONE,    /* of what is there already */
	LACK_UNREAD,
};

struct missing {
	enum lack lack;
	const struct text *set, *policy, *account; /* addresses; "/path/NAME" */
};

struct customer {
	const struct judge *judge;
	struct map *named; /* as customer_policies_named() has it */
	VEC(struct missing) missing;
};

static const struct named_policies *named_of(struct customer *c, const struct text *set)
{
	return customer_policies_named(c->judge->arena, c->judge->in->bound, c->named, set);
}

/* The set names it already. */
static bool names_live(const struct named_policies *named, const struct text *policy)
{
	const struct resource *live = named->set->live;
	const struct value *boundary = live ? &live->v[PSET_BOUNDARY] : NULL;
	const struct value *customer = live ? &live->v[PSET_CUSTOMER] : NULL;

	if (live && boundary->state == VALUE_TEXT && text_eq(boundary->u.text, policy))
		return true;
	return live && customer->state == VALUE_SET && set_find(customer->u.set, policy);
}

static enum presence presence_after(const struct judge *j, const struct text *account,
				    const struct text *policy)
{
	const struct row *holder = bound_find(j->in->bound, account);
	const struct row *row =
	    bound_find(j->in->bound, customer_policy_address(j->arena, account, policy));
	const struct change *change = row ? judge_change(j, row->address, KIND_IAM_POLICY) : NULL;
	enum presence now;

	if (change && change->action == ACTION_CREATE &&
	    customer_policy_declared(j->arena, j->in->bound, account, policy))
		return POLICY_PRESENT;
	/* The account is yet to be made, unless it was not read. */
	if (!holder || !holder->live || !holder->live->id)
		return holder && !scope_unread(j->arena, j->in->sides->live, KIND_ACCOUNT, NULL)
			   ? POLICY_ABSENT
			   : POLICY_UNREAD;
	now = customer_policy_presence(j->in->sides->live, holder->live->id, policy);
	return now == POLICY_PRESENT && change && change->action == ACTION_DELETE ? POLICY_ABSENT
										  : now;
}

/* Whether calls of this plan need the policy there. */
static enum lack lack_of(enum presence presence, bool needed)
{
	if (presence == POLICY_PRESENT || (presence == POLICY_UNREAD && !needed))
		return LACK_NONE;
	if (presence == POLICY_UNREAD)
		return LACK_UNREAD;
	return needed ? LACK_REFUSES : LACK_GONE;
}

static void assignment_judge(struct customer *c, const struct resource *edge, bool given)
{
	const struct text *set = edge->v[ASSIGNMENT_SET].u.text;
	const struct text *account = edge->v[ASSIGNMENT_ACCOUNT].u.text;
	const struct named_policies *named = named_of(c, set);

	for (size_t i = 0; i < named->n; i++) {
		const struct text *policy = named->policy[i];
		enum lack lack = lack_of(presence_after(c->judge, account, policy),
					 given || !names_live(named, policy));

		if (lack != LACK_NONE)
			vec_push(&c->missing, ((struct missing){lack, set, policy, account}));
	}
}

/* Assignments that there will be. */
static void rows_judge(struct customer *c)
{
	const struct judge *j = c->judge;
	const struct resource *last = NULL;
	bool last_given = false;

	for (size_t i = 0; i < j->in->bound->rows; i++) {
		const struct row *row = &j->in->bound->row[i];
		const struct resource *edge = row->head ? row->head : row->live;
		const struct change *change;
		bool given;

		if (!edge || edge->kind != KIND_ASSIGNMENT || edge->flags & RES_FOREIGN)
			continue;
		change = judge_change(j, row->address, KIND_ASSIGNMENT);
		given = change && change->action == ACTION_CREATE;
		if ((change && change->action == ACTION_DELETE) || (!row->live && !given))
			continue;
		/* The principals of one set in one account stand together. */
		if (last && given == last_given &&
		    text_eq(edge->v[ASSIGNMENT_SET].u.text, last->v[ASSIGNMENT_SET].u.text) &&
		    text_eq(edge->v[ASSIGNMENT_ACCOUNT].u.text, last->v[ASSIGNMENT_ACCOUNT].u.text))
			continue;
		last = edge;
		last_given = given;
		assignment_judge(c, edge, given);
	}
}

static int missing_group_cmp(const struct missing *a, const struct missing *b)
{
	int order = (a->lack > b->lack) - (a->lack < b->lack);

	if (!order)
		order = text_cmp(a->set, b->set);
	return order ? order : text_cmp(a->policy, b->policy);
}

static int missing_cmp(const void *pa, const void *pb)
{
	const struct missing *a = pa, *b = pb;
	int order = missing_group_cmp(a, b);

	return order ? order : text_cmp(a->account, b->account);
}

/* The accounts of those that differ in nothing else; returns where the next begin. */
static size_t accounts_put(const struct customer *c, size_t from, struct buf *out)
{
	const struct text *last = NULL;
	size_t n = 0, i;

	for (i = from;
	     i < c->missing.n && !missing_group_cmp(&c->missing.at[i], &c->missing.at[from]); i++) {
		if (text_eq(last, c->missing.at[i].account))
			continue;
		last = c->missing.at[i].account;
		if (n++ < ACCOUNTS_SHOWN)
			buf_printf(out, "%s%s", n > 1 ? ", " : "", last->s);
	}
	if (n > ACCOUNTS_SHOWN)
		buf_printf(out, " and %zu more", n - ACCOUNTS_SHOWN);
	return i;
}

static void missing_tell(const struct customer *c, const struct missing *m, const char *accounts,
			 struct findings *f)
{
	const char *text;

	if (m->lack == LACK_REFUSES) {
		finding(f, "%s needs the policy %s in %s, where there is none", m->set->s,
			m->policy->s, accounts);
		return;
	}
	if (m->lack == LACK_GONE)
		text = arena_printf(c->judge->arena,
				    "it is assigned in %s, where its policy %s is gone: AWS cannot "
				    "bring a change of the set there",
				    accounts, m->policy->s);
	else
		text = arena_printf(c->judge->arena,
				    "whether its policy %s is in %s could not be read: without it "
				    "AWS refuses the assignment",
				    m->policy->s, accounts);
	judge_warn(c->judge, KIND_PERMISSION_SET, m->set, text);
}

const char *guard_customer(const struct judge *j, bool *refused)
{
	struct customer c = {.judge = j, .named = map_new()};
	struct findings f = FINDINGS_INIT;

	rows_judge(&c);
	if (c.missing.n > 1)
		qsort(c.missing.at, c.missing.n, sizeof *c.missing.at, missing_cmp);
	for (size_t i = 0; i < c.missing.n;) {
		auto_buf accounts = BUF_INIT(1u << 16);
		size_t next = accounts_put(&c, i, &accounts);

		missing_tell(&c, &c.missing.at[i], buf_str(&accounts), &f);
		i = next;
	}
	map_free(c.named);
	free(c.missing.at);
	f.advice = "declare it there under `iam: {accounts: ...}`, or in a baseline, or take the "
		   "account out of the assignment";
	return findings_end(j->arena, &f, "none missing", refused);
}
