/* A unit under another parent. AWS has no such call: units are made anew there, accounts move over,
 * and the old units are deleted, deepest first. The old unit's identity in `ends` and `frees` is
 * its raw address, since the new one has taken the address. */
#include "aws/org/org.h"

bool unit_is_moved(const struct change *change)
{
	if (change->action != ACTION_UPDATE || change->row->live == NULL)
		return false;
	for (uint32_t i = 0; i < change->diffs; i++) {
		if (change->diff[i].attr == UNIT_PARENT && diff_is_written(&change->diff[i]))
			return true;
	}
	return false;
}

static const struct text *old_identity(struct calls *calls, const struct resource *unit)
{
	return address_raw(calls->arena, "unit", unit->id->s);
}

/* A unit on its way: its row has the final address; `made` where the new one stands already, from a
 * move that was begun before. */
struct moved {
	const struct row *row,
	    *above; /* above: of the moved unit that it stands in; NULL: the top */
	const struct resource *old;
	bool made;
};

/* The row of an old unit: that which it is the live one of, or is leaving. */
static struct moved moved_of(const struct calls *calls, const struct resource *old)
{
	const struct row *row = calls_row(calls, old->address);

	if (row != NULL && row->live == old)
		return (struct moved){.row = row, .old = old};
	for (size_t i = 0; i < calls->bound->rows; i++) {
		if (calls->bound->row[i].leaving == old)
			return (struct moved){
			    .row = &calls->bound->row[i], .old = old, .made = true};
	}
	return (struct moved){.row = NULL};
}

/* Not when its own change deletes it or puts it elsewhere. */
static bool moved_goes_along(const struct calls *calls, const struct moved *child)
{
	const struct change *change;

	if (child->row == NULL)
		return false;
	change = calls_change(calls, KIND_UNIT, child->row->address);
	return change == NULL || (change->action != ACTION_DELETE && !unit_is_moved(change));
}

typedef void on_moved(struct calls *, const struct moved *, void *ctx);

/* Calls fn for the unit and each unit below it that goes along, parents first or last. */
static void moved_each(struct calls *calls, const struct moved *top, bool deepest_first,
		       on_moved *fn, void *ctx)
{
	const struct resource **held;
	size_t n;

	held = unit_holds(calls->arena, calls->sides->live, top->old->address, &n);
	if (!deepest_first)
		fn(calls, top, ctx);
	for (size_t i = 0; i < n; i++) {
		struct moved child = {.row = NULL};

		if (held[i]->kind == KIND_UNIT)
			child = moved_of(calls, held[i]);
		child.above = top->row;
		if (moved_goes_along(calls, &child))
			moved_each(calls, &child, deepest_first, fn, ctx);
	}
	if (deepest_first)
		fn(calls, top, ctx);
}

static struct moved moved_top(const struct change *change)
{
	const struct row *row = change->row;

	return (struct moved){.row = row,
			      .old = row->leaving != NULL ? row->leaving : row->live,
			      .made = row->leaving != NULL};
}

struct adding {
	void (*add)(struct calls *, const struct text *);
};

static void moved_makes(struct calls *calls, const struct moved *m, void *ctx)
{
	const struct adding *adding = ctx;

	if (!m->made)
		adding->add(calls, m->row->address);
}

void unit_move_makes(struct calls *calls, const struct change *change,
		     void (*add)(struct calls *, const struct text *))
{
	struct adding adding = {add};
	struct moved top;

	if (!unit_is_moved(change))
		return;
	top = moved_top(change);
	moved_each(calls, &top, false, moved_makes, &adding);
}

/* What the old unit has of a map or a set, with what is declared in place of it: for `only` and for
 * tags, element by element. */
static struct value merged(struct arena *arena, const struct value *live, const struct value *head,
			   bool by_key)
{
	size_t n = 0, max = 0;
	struct item *items;

	if (head->state == VALUE_SET && !by_key && !head->only)
		return *head;
	max += live->state == VALUE_SET ? live->u.set->n : 0;
	max += head->state == VALUE_SET ? head->u.set->n : 0;
	items = arena_array(arena, max + 1, sizeof(*items));
	for (uint32_t i = 0; head->state == VALUE_SET && i < head->u.set->n; i++)
		items[n++] = head->u.set->item[i];
	for (uint32_t i = 0; live->state == VALUE_SET && i < live->u.set->n; i++) {
		const struct item *item = &live->u.set->item[i];

		if (head->state == VALUE_SET && set_find(head->u.set, item->key) != NULL)
			continue;
		if (by_key && str_starts(item->key->s, "aws:"))
			continue;
		items[n++] = *item;
	}
	return (struct value){.state = VALUE_SET, .u.set = set_make(arena, items, n, NULL)};
}

static void made_anew(struct calls *calls, const struct moved *m, void *ctx)
{
	const struct resource *old = m->old, *want = m->row->head != NULL ? m->row->head : old;
	const struct text *above = want->v[UNIT_PARENT].u.text;
	struct value tags, policies;
	struct call *call;
	json_t *parent;

	(void)ctx;
	if (m->made)
		return;
	if (m->row->head == NULL && m->above != NULL)
		above = m->above->address;
	tags = merged(calls->arena, &old->v[UNIT_TAGS], &want->v[UNIT_TAGS], true);
	policies = merged(calls->arena, &old->v[UNIT_POLICIES], &want->v[UNIT_POLICIES], false);
	call = call_new(calls, OP_ORGANIZATIONS_CreateOrganizationalUnit, NULL);
	parent = call_id(calls, call, above);
	call_input(calls, call,
		   json_pack("{s:o, s:o, s:o*}", "ParentId", parent, "Name",
			     json_of_text(want->v[UNIT_NAME].u.text), "Tags", tags_new(&tags)));
	call->makes = m->row->address;
	attachments_new(calls, m->row, UNIT_POLICIES, &policies);
}

/* An account whose own change puts it elsewhere leaves with that. */
static bool account_goes_along(const struct calls *calls, const struct resource *account)
{
	const struct change *change = calls_change(calls, KIND_ACCOUNT, account->address);

	for (uint32_t i = 0; change != NULL && !change->blocked && i < change->diffs; i++) {
		if (change->diff[i].attr == ACCOUNT_UNIT && diff_is_written(&change->diff[i]))
			return false;
	}
	return true;
}

static void account_over(struct calls *calls, const struct resource *account, const struct moved *m)
{
	struct call *call = call_new(calls, OP_ORGANIZATIONS_MoveAccount, NULL);
	json_t *target = call_id(calls, call, m->row->address);
	const struct text *from = m->old->address;

	/* The old unit under a name of its own, where the new one takes its address. */
	if (text_eq(from, m->row->address))
		from = text_printf(calls->arena, "%s~%s", from->s, m->old->id->s);
	call_input(calls, call,
		   json_pack("{s:s, s:s, s:o}", "AccountId", account->id->s, "SourceParentId",
			     m->old->id->s, "DestinationParentId", target));
	call_frees(calls, call, old_identity(calls, m->old));
	call_fact(calls, call, account->address, KIND_ACCOUNT, ACCOUNT_UNIT, NULL, value_text(from),
		  value_text(m->row->address));
}

static void accounts_over(struct calls *calls, const struct moved *m, void *ctx)
{
	size_t n;
	const struct resource **held =
	    unit_holds(calls->arena, calls->sides->live, m->old->address, &n);

	(void)ctx;
	for (size_t i = 0; i < n; i++) {
		if (held[i]->kind == KIND_ACCOUNT && account_goes_along(calls, held[i]))
			account_over(calls, held[i], m);
	}
}

static void old_deleted(struct calls *calls, const struct moved *m, void *ctx)
{
	const struct resource *old = m->old;
	const struct value *policies = &old->v[UNIT_POLICIES];
	struct call *call = call_new(calls, OP_ORGANIZATIONS_DeleteOrganizationalUnit,
				     json_pack("{s:s}", "OrganizationalUnitId", old->id->s));

	(void)ctx;
	call->ends = old_identity(calls, old);
	if (old->v[UNIT_PARENT].state == VALUE_TEXT) {
		call->under = parent_live_id(calls, old->v[UNIT_PARENT].u.text);
		call_frees_parent(calls, call, old->v[UNIT_PARENT].u.text);
	}
	for (uint32_t i = 0; policies->state == VALUE_SET && i < policies->u.set->n; i++)
		call_frees(calls, call, policies->u.set->item[i].key);
}

void unit_move_calls(struct calls *calls, const struct change *change)
{
	struct moved top = moved_top(change);

	moved_each(calls, &top, false, made_anew, NULL);
	moved_each(calls, &top, false, accounts_over, NULL);
	moved_each(calls, &top, true, old_deleted, NULL);
}
