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

/* Whether a unit that stands in the moved one goes with it: not when its own change deletes it or
 * puts it elsewhere. */
static bool child_goes_along(const struct calls *calls, const struct resource *child)
{
	const struct change *change = calls_change(calls, KIND_UNIT, child->address);
	const struct row *row = calls_row(calls, child->address);

	if (change != NULL && (change->action == ACTION_DELETE || unit_is_moved(change)))
		return false;
	return row != NULL && row->live == child;
}

/* Calls fn for the unit and each unit below it that goes along, parents first. */
static void moved_each(struct calls *calls, const struct resource *unit, bool deepest_first,
		       void (*fn)(void *ctx, const struct resource *), void *ctx)
{
	size_t n;
	const struct resource **held =
	    unit_holds(calls->arena, calls->sides->live, unit->address, &n);

	if (!deepest_first)
		fn(ctx, unit);
	for (size_t i = 0; i < n; i++) {
		if (held[i]->kind == KIND_UNIT && child_goes_along(calls, held[i]))
			moved_each(calls, held[i], deepest_first, fn, ctx);
	}
	if (deepest_first)
		fn(ctx, unit);
}

struct moving {
	struct calls *calls;
	const struct text *top; /* address of the unit that is moved */
	void (*add)(struct calls *, const struct text *);
};

static void moved_makes(void *ctx, const struct resource *unit)
{
	const struct moving *m = ctx;

	m->add(m->calls, unit->address);
}

void unit_move_makes(struct calls *calls, const struct change *change,
		     void (*add)(struct calls *, const struct text *))
{
	struct moving m = {.calls = calls, .add = add};

	if (unit_is_moved(change))
		moved_each(calls, change->row->live, false, moved_makes, &m);
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

static void made_anew(void *ctx, const struct resource *unit)
{
	const struct moving *m = ctx;
	struct calls *calls = m->calls;
	const struct row *row = calls_row(calls, unit->address);
	const struct resource *want = row->head != NULL ? row->head : unit;
	struct value tags = merged(calls->arena, &unit->v[UNIT_TAGS], &want->v[UNIT_TAGS], true);
	struct value policies =
	    merged(calls->arena, &unit->v[UNIT_POLICIES], &want->v[UNIT_POLICIES], false);
	struct call *call = call_new(calls, OP_ORGANIZATIONS_CreateOrganizationalUnit, NULL);
	json_t *parent = call_id(calls, call, want->v[UNIT_PARENT].u.text);

	call_input(calls, call,
		   json_pack("{s:o, s:o, s:o*}", "ParentId", parent, "Name",
			     json_of_text(want->v[UNIT_NAME].u.text), "Tags", tags_new(&tags)));
	call->makes = unit->address;
	attachments_new(calls, row, UNIT_POLICIES, &policies);
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

static void account_over(struct calls *calls, const struct resource *account,
			 const struct resource *old)
{
	struct call *call = call_new(calls, OP_ORGANIZATIONS_MoveAccount, NULL);
	json_t *target = call_id(calls, call, old->address);

	call_input(calls, call,
		   json_pack("{s:s, s:s, s:o}", "AccountId", account->id->s, "SourceParentId",
			     old->id->s, "DestinationParentId", target));
	call_frees(calls, call, old_identity(calls, old));
	call_fact(calls, call, account->address, KIND_ACCOUNT, ACCOUNT_UNIT, NULL,
		  value_text(old_identity(calls, old)), value_text(old->address));
}

static void accounts_over(void *ctx, const struct resource *old)
{
	const struct moving *m = ctx;
	size_t n;
	const struct resource **held =
	    unit_holds(m->calls->arena, m->calls->sides->live, old->address, &n);

	for (size_t i = 0; i < n; i++) {
		if (held[i]->kind == KIND_ACCOUNT && account_goes_along(m->calls, held[i]))
			account_over(m->calls, held[i], old);
	}
}

static void old_deleted(struct calls *calls, const struct resource *old)
{
	struct call *call = call_new(calls, OP_ORGANIZATIONS_DeleteOrganizationalUnit,
				     json_pack("{s:s}", "OrganizationalUnitId", old->id->s));
	const struct value *policies = &old->v[UNIT_POLICIES];

	call->ends = old_identity(calls, old);
	if (old->v[UNIT_PARENT].state == VALUE_TEXT) {
		call->under = parent_live_id(calls, old->v[UNIT_PARENT].u.text);
		call_frees_parent(calls, call, old->v[UNIT_PARENT].u.text);
	}
	for (uint32_t i = 0; policies->state == VALUE_SET && i < policies->u.set->n; i++)
		call_frees(calls, call, policies->u.set->item[i].key);
}

static void old_delete(void *ctx, const struct resource *old)
{
	const struct moving *m = ctx;

	old_deleted(m->calls, old);
}

void unit_move_calls(struct calls *calls, const struct change *change)
{
	const struct resource *live = change->row->live;
	struct moving m = {.calls = calls, .top = change->row->address};

	moved_each(calls, live, false, made_anew, &m);
	moved_each(calls, live, false, accounts_over, &m);
	moved_each(calls, live, true, old_delete, &m);
}

/* The new unit stands already; what is still in the old one leaves by changes of its own, but for
 * the accounts that stay with it. */
void unit_leave_calls(struct calls *calls, const struct resource *old)
{
	size_t n;
	const struct resource **held =
	    unit_holds(calls->arena, calls->sides->live, old->address, &n);

	for (size_t i = 0; i < n; i++) {
		const struct row *row = calls_row(calls, held[i]->address);

		if (held[i]->kind == KIND_UNIT && row != NULL && row->leaving == NULL &&
		    calls_change(calls, KIND_UNIT, held[i]->address) == NULL)
			unit_leave_calls(calls, held[i]);
	}
	old_deleted(calls, old);
}
