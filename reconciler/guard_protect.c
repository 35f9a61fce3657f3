/* Addresses that are protected, and those kept for an emergency. */
#include "reconciler/guard_priv.h"

#include <string.h>

/* Organizations allows five levels of units; a reading that claims more is not followed. */
#define LEVELS_MAX 64

/* The patterns of base and head together: what the base protects stays protected for this plan. */
struct patterns {
	const struct text **at;
	size_t n;
};

static void patterns_add(struct patterns *p, const struct text *const *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p->at[p->n++] = at[i];
}

static struct patterns patterns_make(const struct judge *j, bool break_glass)
{
	size_t nb = !j->base ? 0 : break_glass ? j->base->break_glass.n : j->base->protect.n;
	size_t nh = !j->head ? 0 : break_glass ? j->head->break_glass.n : j->head->protect.n;
	struct patterns p = {.at = arena_array(j->arena, nb + nh + 1, sizeof *p.at)};

	if (nb)
		patterns_add(&p, break_glass ? j->base->break_glass.at : j->base->protect.at, nb);
	if (nh)
		patterns_add(&p, break_glass ? j->head->break_glass.at : j->head->protect.at, nh);
	return p;
}

static const struct text *patterns_match(const struct patterns *p, const struct text *address)
{
	for (size_t i = 0; address && i < p->n; i++)
		if (pattern_match(p->at[i]->s, address->s))
			return p->at[i];
	return NULL;
}

static const char *name_there(struct arena *arena, const struct side *side,
			      const struct text *address)
{
	const struct resource *r = side_find(side, address);

	return r && r->v[0].state == VALUE_TEXT ? r->v[0].u.text->s
						: address_name(arena, address)->s;
}

static const struct text *unit_there(struct arena *arena, const struct side *side,
				     const struct resource *unit, unsigned level)
{
	const struct value *name = &unit->v[UNIT_NAME], *parent = &unit->v[UNIT_PARENT];
	const struct text *above;
	const struct resource *r;

	if (name->state != VALUE_TEXT || parent->state != VALUE_TEXT || level > LEVELS_MAX)
		return unit->address;
	r = side_find(side, parent->u.text);
	above = r && r->kind == KIND_UNIT ? unit_there(arena, side, r, level + 1) : parent->u.text;
	return address_below(arena, above, name->u.text->s);
}

static const struct text *edge_there(struct arena *arena, const struct side *side,
				     const struct resource *edge)
{
	const struct text *part[ASSIGNMENT_ATTRS];

	for (uint16_t a = 0; a < ASSIGNMENT_ATTRS; a++) {
		const struct text *ref = edge->v[a].state == VALUE_TEXT ? edge->v[a].u.text : NULL;
		const struct resource *r = ref ? side_find(side, ref) : NULL;

		if (!ref)
			return edge->address;
		part[a] = r && r->v[0].state == VALUE_TEXT
			      ? address_make(arena, kinds[r->kind]->name, r->v[0].u.text->s, NULL)
			      : ref;
	}
	return address_edge(arena, kinds[edge->kind]->name, part[0], part[1], part[2]);
}

/* What a resource is called on its own side. Addresses and references there were rewritten to
 * head's, names were not: renaming what a thing stands in does not take its protection away. */
static const struct text *address_there(struct arena *arena, const struct side *side,
					const struct resource *r)
{
	const struct kind *kind = kinds[r->kind];

	if (kind->address == ADDRESS_EDGE && side)
		return edge_there(arena, side, r);
	if (kind->address == ADDRESS_SINGLE || !side || r->v[0].state != VALUE_TEXT)
		return r->address;
	if (kind->address == ADDRESS_PATH)
		return unit_there(arena, side, r, 0);
	if (kind->address == ADDRESS_NAME)
		return address_make(arena, kind->name, r->v[0].u.text->s, NULL);
	if (r->v[1].state != VALUE_TEXT)
		return r->address;
	if (kind->address == ADDRESS_PAIR)
		return address_make(arena, kind->name, r->v[0].u.text->s,
				    name_there(arena, side, r->v[1].u.text));
	return address_make(arena, kind->name, name_there(arena, side, r->v[1].u.text),
			    r->v[0].u.text->s);
}

const struct text *address_live(const struct plan_input *in, const struct text *address)
{
	const struct row *row = bound_find(in->bound, address);

	return row && row->live ? address_there(in->arena, in->sides->live, row->live) : address;
}

/* The pattern that the resource matches under any of its names, or NULL. */
static const struct text *row_match(const struct judge *j, const struct patterns *p,
				    const struct row *row)
{
	const struct sides *sides = j->in->sides;
	const struct text *pattern = patterns_match(p, row->address);

	if (!pattern && row->live)
		pattern = patterns_match(p, address_there(j->arena, sides->live, row->live));
	if (!pattern && row->leaving)
		pattern = patterns_match(p, address_there(j->arena, sides->live, row->leaving));
	if (!pattern && row->base)
		pattern = patterns_match(p, address_there(j->arena, sides->base, row->base));
	return pattern;
}

/* The same of an address, which may be of no row; NULL matches nothing. */
static const struct text *ref_match(const struct judge *j, const struct patterns *p,
				    const struct text *address)
{
	const struct row *row = bound_find(j->in->bound, address);

	return row ? row_match(j, p, row) : patterns_match(p, address);
}

/* A policy attached, granted, written inline, or set as the boundary. */
static bool attr_holds_policies(const struct attr *attr)
{
	const struct attr *set = kinds[KIND_PERMISSION_SET]->attr;

	return attr == &set[PSET_CUSTOMER] || attr == &set[PSET_INLINE] ||
	       attr == &set[PSET_BOUNDARY] || attr->type == ATTR_POLICIES ||
	       ((attr->type == ATTR_REFS || attr->type == ATTR_REF) && attr->ref &&
		str_ends(attr->ref, "policy"));
}

static bool diff_strips(const struct kind *kind, const struct diff *d)
{
	const struct attr *attr = &kind->attr[d->attr];

	if (!diff_is_written(d) || !attr_holds_policies(attr))
		return false;
	return d->removal || (!d->key && d->head.state != VALUE_UNSET && !value_says(&d->head) &&
			      value_says(&d->live));
}

/* An attachment has an address of its own, which a pattern may name. */
static const struct text *edge_match(const struct judge *j, const struct patterns *p,
				     const struct change *c, const struct diff *d)
{
	const struct attr *attr = &kinds[row_kind(c->row)]->attr[d->attr];
	const char *slash = d->key ? strchr(d->key->s, '/') : NULL;

	if (!attr->edge || !slash || !d->removal || !diff_is_written(d))
		return NULL;
	return patterns_match(
	    p, text_printf(j->arena, "%s/%s/%s", attr->edge, slash + 1,
			   row_kind(c->row) == KIND_ORGANIZATION ? "root" : c->row->address->s));
}

static void strip_judge(const struct judge *j, const struct patterns *p, const struct change *c,
			struct findings *f)
{
	const struct kind *kind = kinds[row_kind(c->row)];
	const struct text *pattern = row_match(j, p, c->row);

	for (uint32_t i = 0; i < c->diffs; i++) {
		const struct diff *d = &c->diff[i];
		const struct text *by = diff_strips(kind, d) ? pattern : NULL;

		if (!by)
			by = edge_match(j, p, c, d);
		if (by)
			finding(f, "%s would lose %s, and `%s` protects it", c->row->address->s,
				d->key ? judge_element(j->arena, d->key) : kind->attr[d->attr].name,
				by->s);
		if (pattern && kind == kinds[KIND_UNIT] && d->attr == UNIT_PARENT &&
		    diff_is_written(d))
			finding(f,
				"%s would be moved, which deletes the old unit, and `%s` "
				"protects it",
				c->row->address->s, pattern->s);
	}
}

/* Who or what goes takes its assignments along, by calls of its own change. */
static void assignment_taken(const struct judge *j, const struct patterns *p,
			     const struct call *call, const struct text *own, struct findings *f)
{
	const struct text *by;

	if (!address_is(call->ends, "assignment") || text_eq(call->ends, own))
		return;
	by = ref_match(j, p, call->ends);
	if (by)
		finding(f, "%s would go with %s, and `%s` protects it", call->ends->s,
			own ? own->s : "another", by->s);
}

/* A policy that goes is detached everywhere by calls of its own change, also from what declares no
 * policies and so has no change. */
static void strip_calls(const struct judge *j, const struct patterns *p, struct findings *f)
{
	for (size_t i = 0; i < j->plan->calls; i++) {
		const struct call *call = &j->plan->call[i];
		const struct text *own = call->change < j->plan->changes
					     ? j->plan->change[call->change].row->address
					     : NULL;

		assignment_taken(j, p, call, own, f);
		for (uint32_t k = 0; k < call->facts; k++) {
			const struct fact *fact = &call->fact[k];
			const struct text *by;

			if (text_eq(fact->address, own) || fact->after.state == VALUE_TEXT ||
			    !attr_holds_policies(&kinds[fact->kind]->attr[fact->attr]))
				continue;
			by = ref_match(j, p, fact->address);
			if (by)
				finding(f, "%s would lose %s, and `%s` protects it",
					fact->address->s,
					fact->key ? judge_element(j->arena, fact->key) : "a policy",
					by->s);
		}
	}
}

/* A new name must be protected as the old one was: else the next merge could delete it. */
static void renames_judge(const struct judge *j, const struct patterns *p, struct findings *f)
{
	for (size_t i = 0; i < j->in->bound->rows; i++) {
		const struct row *row = &j->in->bound->row[i];
		const struct text *before;

		if (!row->head || patterns_match(p, row->address))
			continue;
		/* Without a base it may have been taken by its id. */
		if (row->base)
			before = address_there(j->arena, j->in->sides->base, row->base);
		else if (row->live && !(row->head->flags & RES_EXTERNAL))
			before = address_there(j->arena, j->in->sides->live, row->live);
		else
			continue;
		if (patterns_match(p, before))
			finding(f,
				"%s would be renamed to %s, and `%s` protects it: add the new name "
				"to `guards: {protect: ...}`",
				before->s, row->address->s, patterns_match(p, before)->s);
	}
}

static const char *protected_detail(const struct judge *j, const struct patterns *p)
{
	return p->n ? arena_printf(j->arena, "%zu patterns", p->n) : "no patterns";
}

const char *guard_protected(const struct judge *j, bool *refused)
{
	struct patterns p = patterns_make(j, false);
	struct findings f = FINDINGS_INIT;

	for (size_t i = 0; p.n && i < j->plan->changes; i++) {
		const struct change *c = &j->plan->change[i];
		const struct text *pattern;

		if (c->action == ACTION_UPDATE && change_is_written(c))
			strip_judge(j, &p, c, &f);
		if (c->action != ACTION_DELETE || c->blocked)
			continue;
		pattern = row_match(j, &p, c->row);
		if (pattern)
			finding(&f, "%s would be deleted, and `%s` protects it", c->row->address->s,
				pattern->s);
	}
	if (p.n) {
		strip_calls(j, &p, &f);
		renames_judge(j, &p, &f);
	}
	f.advice =
	    "to do it, take the pattern out of `guards: {protect: ...}` in a merge of its own, "
	    "apply that, then merge this";
	return findings_end(j->arena, &f, protected_detail(j, &p), refused);
}

/* The permission set of an assignment, where it is kept; or NULL. */
static const struct text *set_kept(const struct judge *j, const struct patterns *p,
				   const struct resource *edge)
{
	const struct value *set = &edge->v[ASSIGNMENT_SET];

	if (edge->kind != KIND_ASSIGNMENT || set->state != VALUE_TEXT ||
	    !ref_match(j, p, set->u.text))
		return NULL;
	return set->u.text;
}

/* Who is in a group, or has a permission set somewhere, is written there. Of a set that is kept
 * nobody who has it loses it; where else it is given is no matter. */
static const struct text *access_match(const struct judge *j, const struct patterns *p,
				       const struct change *c, const struct text **whose)
{
	const struct resource *any = c->row->live ? c->row->live : c->row->head;

	*whose = c->action == ACTION_DELETE && any ? set_kept(j, p, any) : NULL;
	if (*whose)
		return ref_match(j, p, *whose);
	if (any && any->kind == KIND_ASSIGNMENT && any->v[ASSIGNMENT_PRINCIPAL].state == VALUE_TEXT)
		*whose = any->v[ASSIGNMENT_PRINCIPAL].u.text;
	for (uint32_t i = 0; !*whose && any && any->kind == KIND_IDENTITY_GROUP && i < c->diffs;
	     i++)
		if (c->diff[i].attr == IDGROUP_MEMBERS && c->diff[i].key &&
		    diff_is_written(&c->diff[i]) && patterns_match(p, c->diff[i].key))
			*whose = c->diff[i].key;
	return ref_match(j, p, *whose);
}

/* Who goes takes along what they have. */
static void break_glass_ends(const struct judge *j, const struct patterns *p,
			     const struct call *call, const struct text *own, struct findings *f)
{
	const struct row *row = call->ends ? bound_find(j->in->bound, call->ends) : NULL;
	const struct text *set;

	if (!row || !row->live || text_eq(call->ends, own))
		return;
	set = set_kept(j, p, row->live);
	if (set || (row->live->kind == KIND_ASSIGNMENT && row_match(j, p, row)))
		finding(f, "%s would go with %s", call->ends->s, own ? own->s : "another");
}

/* Calls of other changes that write to it too. */
static void break_glass_calls(const struct judge *j, const struct patterns *p, struct findings *f)
{
	for (size_t i = 0; i < j->plan->calls; i++) {
		const struct call *call = &j->plan->call[i];
		const struct text *own = call->change < j->plan->changes
					     ? j->plan->change[call->change].row->address
					     : NULL;

		break_glass_ends(j, p, call, own, f);
		for (uint32_t k = 0; k < call->facts; k++)
			if (!text_eq(call->fact[k].address, own) &&
			    ref_match(j, p, call->fact[k].address))
				finding(f, "call %u, %s, would write to %s", call->n,
					call->op->name, call->fact[k].address->s);
	}
}

static void break_glass_judge(const struct judge *j, const struct patterns *p,
			      const struct change *c, struct findings *f)
{
	const struct text *pattern = row_match(j, p, c->row), *whose = NULL;

	if (pattern)
		finding(f,
			"%s would be %sd, and `%s` keeps it for an emergency: charter never writes "
			"it",
			c->row->address->s, action_names[c->action], pattern->s);
	else if ((pattern = access_match(j, p, c, &whose)) != NULL)
		finding(f,
			"%s would be %sd, which is access of %s, and `%s` keeps that for an "
			"emergency: charter never writes it",
			c->row->address->s, action_names[c->action], whose->s, pattern->s);
}

const char *guard_break_glass(const struct judge *j, bool *refused)
{
	struct patterns p = patterns_make(j, true);
	struct findings f = FINDINGS_INIT;

	for (size_t i = 0; p.n && i < j->plan->changes; i++)
		if (change_is_written(&j->plan->change[i]))
			break_glass_judge(j, &p, &j->plan->change[i], &f);
	if (p.n)
		break_glass_calls(j, &p, &f);
	return findings_end(j->arena, &f, protected_detail(j, &p), refused);
}
