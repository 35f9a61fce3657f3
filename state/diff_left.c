/* What is left as it is, though head says otherwise: a permission set that would give more than was
 * agreed to, a group with members who were to go. Nobody is given such a set or put under such a
 * group's assignments meanwhile. */
#include "state/diff_priv.h"

/* By nobody's choice, or by the options of the run. */
struct left {
	const char *why;
	bool chosen;
};

/* What a permission set gives. */
static bool attr_gives(const struct resource *head, uint16_t attr)
{
	return head->kind == KIND_PERMISSION_SET &&
	       (attr == PSET_MANAGED || attr == PSET_CUSTOMER || attr == PSET_INLINE ||
		attr == PSET_BOUNDARY);
}

/* Who has a set may do more than head says while this is not written. */
static bool diff_concerns(const struct resource *head, const struct diff *diff)
{
	return attr_gives(head, diff->attr) || (head->kind == KIND_IDENTITY_GROUP &&
						diff->attr == IDGROUP_MEMBERS && diff->removal);
}

size_t left_count(const struct differ *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->diffs.n; i++)
		n += diff_concerns(d->row->head, &d->diffs.at[i]);
	return n;
}

/* Of what a set is to have, all is written or nothing: no policy without the boundary, or the
 * denial, that a merge puts around it. What it is to lose may go. */
void gains_block(struct differ *d)
{
	const struct resource *head = d->row->head;
	bool blocked = false;

	for (size_t i = 0; i < d->diffs.n; i++) {
		const struct diff *diff = &d->diffs.at[i];

		blocked |= diff->blocked && !diff->removal && attr_gives(head, diff->attr);
	}
	for (size_t i = 0; blocked && i < d->diffs.n; i++) {
		struct diff *diff = &d->diffs.at[i];

		if (!diff->removal &&
		    (attr_gives(head, diff->attr) || diff->attr == PSET_PROVISIONED))
			diff->blocked = true;
	}
}

static void left_put(struct differ *d, const char *what, bool chosen)
{
	struct left *left = arena_alloc(d->arena, sizeof(*left));

	left->why = arena_printf(d->arena, "%s of %s, which %s", what, d->row->address->s,
				 chosen ? "this run leaves as they are" : "cannot be written");
	left->chosen = chosen;
	map_put(d->left, d->row->address->s, left);
}

/* Whether a live value is all that head says; what is managed in part may be more. */
static bool value_is_so(struct value head, struct value live)
{
	if (head.state == VALUE_UNSET || head.state == VALUE_SECRET)
		return true;
	if (head.state != VALUE_SET || live.state != VALUE_SET || !head.only)
		return value_eq(head, live);
	for (uint32_t i = 0; i < head.u.set->n; i++) {
		if (set_find(live.u.set, head.u.set->item[i].key) == NULL)
			return false;
	}
	return true;
}

/* Of a set that --only or --except leave out nothing was compared. */
static bool set_is_so(const struct row *row)
{
	bool so = true;

	for (uint16_t i = 0; i < PSET_ATTRS; i++)
		so = so &&
		     (!attr_gives(row->head, i) || value_is_so(row->head->v[i], row->live->v[i]));
	return so;
}

void left_note(struct differ *d, size_t before)
{
	const struct row *row = d->row;
	const char *what = row->head->kind == KIND_PERMISSION_SET ? "policies" : "members";
	size_t blocked = 0, n = 0;

	for (size_t i = 0; i < d->diffs.n; i++) {
		bool concerns = diff_concerns(row->head, &d->diffs.at[i]);

		n += concerns;
		blocked += concerns && d->diffs.at[i].blocked;
	}
	if (blocked > 0)
		left_put(d, what, false);
	else if (n < before || (row->head->kind == KIND_PERMISSION_SET &&
				!address_selected(d, row->address) && !set_is_so(row)))
		left_put(d, what, true);
}

const char *left_why(const struct differ *d, const struct text *address)
{
	const struct left *left = address == NULL ? NULL : map_get(d->left, address->s);
	bool agreed = d->row->base != NULL && !(d->row->base->flags & (RES_EXTERNAL | RES_ENDED));

	/* What was agreed to before is given again with what there is. */
	return left == NULL || (left->chosen && agreed) ? NULL : left->why;
}
