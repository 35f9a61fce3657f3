/* Units that go, or are made anew elsewhere: what they hold must go first, or along. */
#include "reconciler/guard_priv.h"

#include "aws/wire.h"

struct holding {
	const struct judge *j;
	struct map *leaving; /* address of an old unit that is being emptied -> its row */
	struct findings *f;
};

/* Organizations allows five levels of units; a reading that claims more is not followed. */
#define LEVELS_MAX 64

/* The plan puts it under another unit than this. */
static bool is_moved_out(const struct judge *j, const struct resource *r, const struct text *unit)
{
	const struct change *c = judge_change(j, r->address, r->kind);
	uint16_t parent = r->kind == KIND_UNIT ? UNIT_PARENT : ACCOUNT_UNIT;

	for (uint32_t i = 0; c && c->action == ACTION_UPDATE && i < c->diffs; i++)
		if (c->diff[i].attr == parent && diff_is_written(&c->diff[i]) &&
		    c->diff[i].head.state == VALUE_TEXT && !text_eq(c->diff[i].head.u.text, unit))
			return true;
	return false;
}

static bool is_deleted(const struct judge *j, const struct resource *r)
{
	const struct change *c = judge_change(j, r->address, r->kind);

	return c && c->action == ACTION_DELETE;
}

static bool unit_moves(const struct change *c)
{
	for (uint32_t i = 0; i < c->diffs; i++)
		if (c->diff[i].attr == UNIT_PARENT && diff_is_written(&c->diff[i]))
			return true;
	return false;
}

/* The old half of a moved unit whose new half stands already: the plan empties and deletes it. */
static bool is_left(const struct holding *h, const struct resource *r)
{
	const struct row *row = map_get(h->leaving, r->address->s);
	const struct change *c = row ? judge_change(h->j, row->address, KIND_UNIT) : NULL;

	return c && c->action == ACTION_UPDATE && unit_moves(c);
}

static void deletion_judge(const struct holding *h, const struct change *c)
{
	const struct judge *j = h->j;
	const struct text *unit = c->row->live->address;
	size_t n;
	const struct resource **held = unit_holds(j->arena, j->in->sides->live, unit, &n);

	for (size_t i = 0; i < n; i++)
		if (!is_deleted(j, held[i]) && !is_moved_out(j, held[i], unit) &&
		    !is_left(h, held[i]))
			finding(h->f,
				"%s would be deleted, and %s is still in it: move or delete "
				"that first",
				unit->s, held[i]->address->s);
}

static bool is_declared(const struct holding *h, const struct resource *r)
{
	const struct row *row = map_get(h->leaving, r->address->s);

	if (!row)
		row = bound_find(h->j->in->bound, r->address);
	return row && row->head && !(row->head->flags & RES_EXTERNAL);
}

/* All that is in the old unit goes along, so all of it must be declared. */
static void move_judge(const struct holding *h, const struct text *top, const struct resource *unit,
		       unsigned level)
{
	const struct judge *j = h->j;
	size_t n;
	const struct resource **held = unit_holds(j->arena, j->in->sides->live, unit->address, &n);

	for (size_t i = 0; i < n; i++) {
		if (is_deleted(j, held[i]) || is_moved_out(j, held[i], unit->address))
			continue;
		if (!is_declared(h, held[i]))
			finding(h->f,
				"%s would be moved, and %s in it is not declared: declare "
				"it, or move it out by hand",
				top->s, held[i]->address->s);
		else if (held[i]->kind == KIND_UNIT && level < LEVELS_MAX)
			move_judge(h, top, held[i], level + 1);
	}
}

static void change_judge(const struct holding *h, const struct change *c)
{
	const struct row *row = c->row;

	if (row_kind(row) != KIND_UNIT || !change_is_written(c))
		return;
	if (c->action == ACTION_DELETE && row->live)
		deletion_judge(h, c);
	if (c->action != ACTION_UPDATE)
		return;
	if (row->leaving)
		move_judge(h, row->address, row->leaving, 0);
	else if (row->live && unit_moves(c))
		move_judge(h, row->address, row->live, 0);
}

const char *guard_units(const struct judge *j, bool *refused)
{
	auto_map *leaving = map_new();
	struct findings f = FINDINGS_INIT;
	struct holding h = {j, leaving, &f};

	for (size_t i = 0; i < j->in->bound->rows; i++) {
		const struct row *row = &j->in->bound->row[i];

		if (row->leaving)
			map_put(leaving, row->leaving->address->s, (void *)row);
	}
	for (size_t i = 0; i < j->plan->changes; i++)
		change_judge(&h, &j->plan->change[i]);
	return findings_end(j->arena, &f, "none left behind", refused);
}
