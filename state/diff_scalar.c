/* Scalars of the row at hand, and the walk over all its attributes. */
#include "state/diff_priv.h"

/* The table of three values. Live UNSET and secrets say nothing: false. */
bool diff_scalar(struct value base, struct value head, struct value live, enum reason *reason)
{
	if (head.state == VALUE_UNSET || live.state == VALUE_UNSET || head.state == VALUE_SECRET ||
	    live.state == VALUE_SECRET || value_eq(head, live))
		return false;
	if (base.state == VALUE_UNSET)
		*reason = live.state == VALUE_NONE ? REASON_CONFIG : REASON_ADOPT;
	else if (value_eq(base, head))
		*reason = REASON_DRIFT;
	else if (value_eq(base, live))
		*reason = REASON_CONFIG;
	else
		*reason = REASON_CONFLICT;
	return true;
}

/* A reference to the old one of two units that are one means the row. */
struct value live_value(const struct differ *d, const struct resource *live, uint16_t i)
{
	struct value value = live->v[i];

	if (kinds[live->kind]->attr[i].type == ATTR_REF && value.state == VALUE_TEXT) {
		const struct text *row = map_get(d->leaving, value.u.text->s);

		if (row != NULL)
			value.u.text = row;
	}
	return value;
}

/* Where a unit is to be thought of while its old half is still there. */
static struct value unit_parent_live(const struct differ *d, struct value head)
{
	struct value old;

	if (d->row->leaving == NULL)
		return live_value(d, d->row->live, UNIT_PARENT);
	old = live_value(d, d->row->leaving, UNIT_PARENT);
	return value_eq(old, head) ? live_value(d, d->row->live, UNIT_PARENT) : old;
}

static bool scalar_same(const struct differ *d, uint16_t i, struct value head, struct value live)
{
	const struct kind *kind = kinds[d->row->head->kind];
	bool nocase = kind->attr[i].flags & ATTR_NOCASE ||
		      (i == 0 && kind->flags & KIND_NOCASE && !d->row->renamed);

	return nocase && head.state == VALUE_TEXT && live.state == VALUE_TEXT &&
	       text_eq_nocase(head.u.text, live.u.text);
}

static const char *value_shown(struct differ *d, struct value value)
{
	if (value.state == VALUE_TEXT && value.u.text->len <= 200)
		return arena_printf(d->arena, "\"%s\"", value.u.text->s);
	return value.state == VALUE_NONE ? "nothing" : "another value";
}

/* What AWS cannot change in place is an error with advice. True when there was one. */
static bool scalar_refused(struct differ *d, const struct attr *attr, const struct diff *diff)
{
	const struct row *row = d->row;
	const struct kind *kind = kinds[row->head->kind];
	const char *advice = attr->flags & ATTR_IMMUTABLE ? attr->advice : NULL;
	/* What is derived and cannot be missing is what the address says; else it is a state that
	 * AWS can be brought to. */
	bool says = attr->flags & ATTR_DERIVED && attr->flags & ATTR_REQUIRED;
	bool name = diff->attr == 0 && says;

	if (d->creating)
		return false;
	if (row->head->kind == KIND_UNIT && diff->attr == UNIT_PARENT) {
		if (row->head->flags & RES_MOVE)
			return false;
		d->refused = true;
		diagnose(
		    d->diag, row->head->where,
		    "%s is under %s in AWS: a unit can only be moved by a new one in its place; "
		    "say `move: true` on it",
		    row->address->s, value_shown(d, diff->live));
		return true;
	}
	if (name && !(kind->flags & KIND_RENAME))
		advice = kind->rename_advice;
	else if (!(attr->flags & ATTR_IMMUTABLE) && (!says || name))
		return false;
	d->refused = true;
	diagnose(d->diag, row->head->where,
		 "%s: `%s` cannot be changed in place: AWS has %s, declared is %s%s%s",
		 row->address->s, attr->name, value_shown(d, diff->live),
		 value_shown(d, diff->head), advice ? "; " : "", advice ? advice : "");
	return true;
}

static void scalar_diff(struct differ *d, uint16_t i, struct value live)
{
	const struct attr *attr = &kinds[d->row->head->kind]->attr[i];
	struct diff diff = {
	    .attr = i, .base = base_value(d->row, i), .head = d->row->head->v[i], .live = live};
	enum reason reason = REASON_CONFIG;

	if (diff.head.state == VALUE_UNSET || diff.head.state == VALUE_SECRET)
		return;
	if (live.state == VALUE_UNSET)
		diff.blocked = true;
	else if (scalar_same(d, i, diff.head, live) ||
		 !diff_scalar(diff.base, diff.head, live, &reason))
		return;
	if (!diff_counts(d, attr, NULL) || (!diff.blocked && scalar_refused(d, attr, &diff)))
		return;
	if (i == 0 && d->row->renamed && reason == REASON_CONFIG)
		reason = REASON_RENAME;
	diff.removal = attr->relation != NULL && value_says(&live) && !value_says(&diff.head);
	diff.reason = (uint8_t)reason;
	diff_push(d, diff);
}

static bool attr_is_set(const struct attr *attr)
{
	return attr->type == ATTR_SET || attr->type == ATTR_REFS || attr->type == ATTR_TAGS ||
	       attr->type == ATTR_POLICIES;
}

/* What head only refers to has to be there: charter never makes it. For people it waits. */
static void reference_check(struct differ *d, const struct text *address)
{
	const struct row *row = bound_find(d->bound, address);

	if (row == NULL || row->head == NULL || !(row->head->flags & RES_EXTERNAL) ||
	    row->live != NULL || d->o->live == NULL || row_unread(d, row) != NULL ||
	    reference_waits(d, address) != NULL)
		return;
	d->refused = true;
	diagnose(d->diag, d->row->head->where,
		 "%s needs %s, which is declared `external: true`, and AWS does not have it",
		 d->row->address->s, address->s);
}

static void references_check(struct differ *d)
{
	const struct resource *head = d->row->head;
	const struct kind *kind = kinds[head->kind];

	for (uint16_t i = 0; i < kind->attrs && address_selected(d, d->row->address); i++) {
		const struct value *value = &head->v[i];

		if (kind->attr[i].type == ATTR_REF && value->state == VALUE_TEXT)
			reference_check(d, value->u.text);
		else if (kind->attr[i].type == ATTR_REFS && value->state == VALUE_SET)
			for (uint32_t k = 0; k < value->u.set->n; k++)
				reference_check(d, value->u.set->item[k].key);
	}
}

/* All attributes of the row at hand; live NULL: it is to be created. */
void row_compare(struct differ *d, const struct resource *live)
{
	const struct kind *kind = kinds[d->row->head->kind];

	d->creating = live == NULL;
	references_check(d);
	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct attr *attr = &kind->attr[i];
		struct value value = VALUE_EMPTY;

		/* A creation need not repeat what its address says. */
		if (attr->flags & ATTR_LIVE || (live == NULL && attr->flags & ATTR_DERIVED))
			continue;
		if (live != NULL && d->row->head->kind == KIND_UNIT && i == UNIT_PARENT)
			value = unit_parent_live(d, d->row->head->v[i]);
		else if (live != NULL)
			value = live_value(d, live, i);
		if (attr_is_set(attr))
			set_diff(d, i, value);
		else
			scalar_diff(d, i, value);
	}
}
