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
	const struct row *row;
	const struct moved *above; /* that it stands in; NULL: the top */
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
		child.above = top;
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

const struct text *unit_carried(struct calls *calls, const struct row *row)
{
	if (row_kind(row) != KIND_UNIT ||
	    (row->leaving == NULL && (row->live == NULL || !calls_made(calls, row->address))))
		return NULL;
	return text_printf(calls->arena, "carried/%s", row->address->s);
}

static bool value_has(const struct value *value, const struct text *key)
{
	return value->state == VALUE_SET && set_find(value->u.set, key) != NULL;
}

/* Whether this commit takes out what the old unit has. Where the new one stands already, the
 * change compares that one, which may lack it for another reason: the declarations tell. */
static bool is_taken_out(const struct calls *calls, const struct moved *m, uint16_t attr,
			 const struct text *key)
{
	const struct resource *base = m->row->base, *head = m->row->head;
	bool in_base;

	if (!m->made)
		return calls_take_out(calls, KIND_UNIT, m->row->address, attr, key);
	if (head == NULL || head->v[attr].state == VALUE_UNSET)
		return false;
	in_base = base != NULL && value_has(&base->v[attr], key);
	if (attr == UNIT_TAGS)
		return in_base;
	return !head->v[attr].only || (in_base && base->v[attr].only);
}

static bool is_deleted(const struct calls *calls, const struct text *policy)
{
	const struct change *change = calls_change(calls, KIND_POLICY, policy);

	return change != NULL && change->action == ACTION_DELETE && !change->blocked;
}

/* What the old unit has and the new one neither has nor gets, but for what this commit takes out:
 * the rule of every move, just begun or found half-way. */
static struct value carried_over(const struct calls *calls, const struct moved *m, uint16_t attr)
{
	const struct value *old = &m->old->v[attr];
	uint32_t n = 0, max = old->state == VALUE_SET ? old->u.set->n : 0;
	struct item *items = arena_array(calls->arena, max + 1, sizeof(*items));

	for (uint32_t i = 0; i < max; i++) {
		const struct item *item = &old->u.set->item[i];

		if (attr == UNIT_TAGS
			? str_starts(item->key->s, "aws:")
			: element_is_foreign(item->key) || is_deleted(calls, item->key))
			continue;
		if ((m->row->head != NULL && value_has(&m->row->head->v[attr], item->key)) ||
		    (m->made && value_has(&m->row->live->v[attr], item->key)) ||
		    is_taken_out(calls, m, attr, item->key))
			continue;
		items[n++] = *item;
	}
	return (struct value){.state = VALUE_SET, .u.set = set_make(calls->arena, items, n, NULL)};
}

/* With what is declared. */
static struct value carried_and_declared(const struct calls *calls, const struct moved *m,
					 uint16_t attr)
{
	struct value carried = carried_over(calls, m, attr);
	const struct set *of[2] = {carried.u.set, NULL};
	struct item *items;
	size_t n = 0;

	if (m->row->head != NULL && m->row->head->v[attr].state == VALUE_SET)
		of[1] = m->row->head->v[attr].u.set;
	items = arena_array(calls->arena, of[0]->n + (of[1] == NULL ? 0 : of[1]->n) + 1,
			    sizeof(*items));
	for (size_t k = 0; k < 2; k++) {
		for (uint32_t i = 0; of[k] != NULL && i < of[k]->n; i++)
			items[n++] = of[k]->item[i];
	}
	return (struct value){.state = VALUE_SET, .u.set = set_make(calls->arena, items, n, NULL)};
}

/* An allow list that is no longer declared stays one in AWS, and so it does when the unit moves.
 * Where head declares it, that change or the creation says so. */
static void allow_list_over(struct calls *calls, const struct moved *m)
{
	const struct row *row = m->row;

	if (row->base != NULL && row->base->flags & RES_ALLOW_LIST &&
	    (row->head == NULL || (row->head->flags & RES_ALLOW_LIST) == 0))
		attachments_allow_list(calls, row, UNIT_POLICIES);
}

static void tags_over(struct calls *calls, const struct moved *m)
{
	struct value tags = carried_over(calls, m, UNIT_TAGS);
	struct call *call;
	json_t *id;

	if (tags.u.set->n == 0)
		return;
	call = call_new(calls, OP_ORGANIZATIONS_TagResource, NULL);
	call->enables = unit_carried(calls, m->row);
	id = call_id(calls, call, m->row->address);
	call_input(calls, call, json_pack("{s:o, s:o}", "ResourceId", id, "Tags", tags_new(&tags)));
	for (uint32_t i = 0; i < tags.u.set->n; i++)
		call_fact(calls, call, m->row->address, KIND_UNIT, UNIT_TAGS,
			  tags.u.set->item[i].key, VALUE_EMPTY,
			  value_text(tags.u.set->item[i].value));
}

/* What a new unit that stands already still lacks; what is declared comes by its own change. */
static void made_before(struct calls *calls, const struct moved *m)
{
	struct value policies = carried_over(calls, m, UNIT_POLICIES);

	attachments_add(calls, m->row, UNIT_POLICIES, &policies);
	allow_list_over(calls, m);
	tags_over(calls, m);
}

static void made_anew(struct calls *calls, const struct moved *m, void *ctx)
{
	const struct resource *old = m->old, *want = m->row->head != NULL ? m->row->head : old;
	const struct text *above = want->v[UNIT_PARENT].u.text;
	struct value tags, policies;
	struct call *call;
	json_t *parent;

	(void)ctx;
	if (m->made) {
		made_before(calls, m);
		return;
	}
	if (m->row->head == NULL && m->above != NULL)
		above = m->above->row->address;
	tags = carried_and_declared(calls, m, UNIT_TAGS);
	policies = carried_and_declared(calls, m, UNIT_POLICIES);
	call = call_new(calls, OP_ORGANIZATIONS_CreateOrganizationalUnit, NULL);
	parent = call_id(calls, call, above);
	call_input(calls, call,
		   json_pack("{s:o, s:o, s:o*}", "ParentId", parent, "Name",
			     json_of_text(want->v[UNIT_NAME].u.text), "Tags", tags_new(&tags)));
	call->makes = m->row->address;
	attachments_new(calls, m->row, UNIT_POLICIES, &policies);
	allow_list_over(calls, m);
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

/* No account goes where it would be without what guarded it, nor is anything let go that has not
 * arrived. */
static void call_uses_carried(struct calls *calls, struct call *call, const struct moved *m)
{
	for (; m != NULL; m = m->above)
		call_uses(calls, call, unit_carried(calls, m->row));
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
	call_uses_carried(calls, call, m);
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
	if (!m->made)
		call_uses(calls, call, m->row->address);
	call_uses_carried(calls, call, m);
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
