/* Edges that no configuration declares: a permission set claims the assignments of it, and takes
 * them along when it goes. What waits for people and sets that are only referred to. */
#include "state/bind_priv.h"
#include "state/diff_priv.h"

#include <stdlib.h>
#include <string.h>

/* A set in a hundred thousand places has as many lines to add. */
#define LINES_MAX (16u << 20)

static const struct text *edge_ref(const struct resource *edge, uint16_t attr)
{
	return edge->v[attr].state == VALUE_TEXT ? edge->v[attr].u.text : NULL;
}

static const struct text *edge_owner(const struct row *row)
{
	return edge_ref(row_any(row), ASSIGNMENT_SET);
}

static bool set_claims(const struct resource *set)
{
	return set != NULL && (set->flags & RES_CLAIMS) && !(set->flags & RES_EXTERNAL);
}

enum claim {
	CLAIM_NONE,  /* nobody's business: reported */
	CLAIM_FIRST, /* head claims it for the first time: nothing is taken away yet */
	CLAIM_WHOLE, /* base claimed it, too: it is drift */
};

/* Who a set is given to in an account is claimed where both are declared. */
static enum claim edge_claim(const struct differ *d)
{
	const struct resource *live = d->row->live;
	const struct row *set = bound_find(d->bound, edge_ref(live, ASSIGNMENT_SET));
	const struct row *account = bound_find(d->bound, edge_ref(live, ASSIGNMENT_ACCOUNT));

	if (set == NULL || !set_claims(set->head) || account == NULL || account->head == NULL)
		return CLAIM_NONE;
	return set_claims(set->base) && account->base != NULL ? CLAIM_WHOLE : CLAIM_FIRST;
}

static bool ref_is_raw(const struct text *ref)
{
	return ref == NULL || ref->s[strcspn(ref->s, "/")] == '\0' ||
	       ref->s[strcspn(ref->s, "/") + 1] == '~';
}

/* What a first merge would take away has to be declared, where that can be said at all: who was
 * deleted has no name. */
static bool edge_missing(struct differ *d)
{
	const struct row *row = d->row;

	if (ref_is_raw(edge_ref(row->live, ASSIGNMENT_PRINCIPAL)) ||
	    release_find(d, row->address) != NULL)
		return false;
	if (address_selected(d, row->address) && !address_ignored(d, row->live->kind, row->address))
		vec_push(&d->missing, row);
	return true;
}

/* Where its set was not read, nobody knows whose it is. */
static bool edge_is_unknown(struct differ *d)
{
	const struct text *set = edge_ref(d->row->live, ASSIGNMENT_SET);

	return bound_find(d->bound, set) == NULL && d->o->live != NULL &&
	       scope_unread(d->arena, d->o->live, KIND_PERMISSION_SET, NULL) != NULL;
}

static void edge_undeclared(struct differ *d)
{
	enum claim claim = edge_claim(d);

	if (claim == CLAIM_WHOLE)
		row_delete(d, d->row->leftover != NULL ? REASON_LEFTOVER : REASON_DRIFT);
	else if (claim == CLAIM_FIRST && edge_missing(d))
		return;
	else if (d->row->leftover != NULL && d->row->base == NULL)
		row_leftover(d);
	else if (!edge_is_unknown(d))
		note_unmanaged(d, d->row);
}

bool edge_diff(struct differ *d)
{
	const struct row *row = d->row;
	const struct text *owner = edge_owner(row);
	const enum reason *gone = owner == NULL ? NULL : map_get(d->gone, owner->s);
	bool declared =
	    row->head != NULL || (row->base != NULL && !(row->base->flags & RES_EXTERNAL));

	if (d->missing.n > 0 && !text_eq(owner, edge_owner(d->missing.at[0])))
		edges_refuse(d);
	if (row->live != NULL && row->live->flags & RES_FOREIGN)
		return true;
	if (row->live != NULL && gone != NULL) {
		/* Who was given it outside git is named by no commit. */
		change_push(d, ACTION_DELETE,
			    row->base == NULL && *gone == REASON_CONFIG ? REASON_CONFLICT : *gone,
			    NULL, false);
		return true;
	}
	if (declared || row->live == NULL)
		return false;
	edge_undeclared(d);
	return true;
}

/* By principal, then account. */
static int missing_cmp(const void *pa, const void *pb)
{
	const struct resource *a = (*(const struct row *const *)pa)->live;
	const struct resource *b = (*(const struct row *const *)pb)->live;
	int order = text_cmp(edge_ref(a, ASSIGNMENT_PRINCIPAL), edge_ref(b, ASSIGNMENT_PRINCIPAL));

	return order != 0
		   ? order
		   : text_cmp(edge_ref(a, ASSIGNMENT_ACCOUNT), edge_ref(b, ASSIGNMENT_ACCOUNT));
}

static void name_put(struct differ *d, struct buf *out, const struct text *address)
{
	yaml_put(out, address_name(d->arena, address)->s);
}

/* One product for each principal. */
static void products_put(struct differ *d, struct buf *out, const struct text *set)
{
	const struct text *last = NULL;

	for (size_t i = 0; i < d->missing.n; i++) {
		const struct resource *edge = d->missing.at[i]->live;
		const struct text *principal = edge_ref(edge, ASSIGNMENT_PRINCIPAL);

		if (last == NULL || !text_eq(last, principal)) {
			buf_puts(out, last == NULL ? "\n    - {permission_sets: ["
						   : "]}\n    - {permission_sets: [");
			name_put(d, out, set);
			buf_printf(out, "], %s: [",
				   address_is(principal, "identity_user") ? "users" : "groups");
			name_put(d, out, principal);
			buf_puts(out, "], accounts: [");
		} else {
			buf_puts(out, ", ");
		}
		name_put(d, out, edge_ref(edge, ASSIGNMENT_ACCOUNT));
		last = principal;
	}
	buf_puts(out, "]}");
}

static bool principals_need_declaring(const struct differ *d)
{
	const struct text *source = differ_settings(d)->identity_source;

	if (source != NULL && !text_is(source, "internal"))
		return false;
	for (size_t i = 0; i < d->missing.n; i++) {
		const struct row *row =
		    bound_find(d->bound, edge_ref(d->missing.at[i]->live, ASSIGNMENT_PRINCIPAL));

		if (row == NULL || row->head == NULL)
			return true;
	}
	return false;
}

void edges_refuse(struct differ *d)
{
	auto_buf lines = BUF_INIT(LINES_MAX);
	const struct row *set;

	if (d->missing.n == 0)
		return;
	set = bound_find(d->bound, edge_owner(d->missing.at[0]));
	qsort(d->missing.at, d->missing.n, sizeof(*d->missing.at), missing_cmp);
	products_put(d, &lines, set->address);
	diagnose(d->out->refusals, set->head->where,
		 "%s: who has it where is declared for the first time, and AWS has more than the "
		 "configuration says; a first merge takes nothing away. Add to "
		 "`identity_center.assignments`%s:%s",
		 set->address->s,
		 principals_need_declaring(d) ? ", and declare who is not declared yet" : "",
		 buf_str(&lines));
	d->missing.n = 0;
}

/* The first row of what belongs to a set: it stands together, since rows are sorted by address. */
static size_t edges_first(const struct bound *bound, const char *prefix)
{
	size_t lo = 0, hi = bound->rows;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct row *row = &bound->row[mid];
		uint16_t kind = row_any(row)->kind;

		if (kind < KIND_ASSIGNMENT ||
		    (kind == KIND_ASSIGNMENT && strcmp(row->address->s, prefix) < 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const char *set_held(struct differ *d)
{
	const struct row *set = d->row;
	auto_free char *prefix = NULL;

	if (row_any(set)->kind != KIND_PERMISSION_SET)
		return NULL;
	prefix = xasprintf("%s%s/", kinds[KIND_ASSIGNMENT]->name,
			   set->address->s + strcspn(set->address->s, "/"));
	for (size_t i = edges_first(d->bound, prefix);
	     i < d->bound->rows && str_starts(d->bound->row[i].address->s, prefix); i++) {
		const struct row *edge = &d->bound->row[i];

		if (edge->live == NULL)
			continue;
		if (edge->live->flags & RES_FOREIGN || release_find(d, edge->address) != NULL ||
		    (d->o->except != NULL && pattern_match(d->o->except, edge->address->s)) ||
		    address_ignored(d, KIND_ASSIGNMENT, edge->address))
			return arena_printf(d->arena, "%s, which charter lets be",
					    edge->address->s);
	}
	return NULL;
}

/* People, groups and sets that head only refers to are looked up, and waited for where the reading
 * has not got them. */
static bool is_looked_up(uint16_t kind)
{
	return kind == KIND_IDENTITY_USER || kind == KIND_IDENTITY_GROUP ||
	       kind == KIND_PERMISSION_SET;
}

const char *reference_waits(struct differ *d, const struct text *address)
{
	const struct row *row = bound_find(d->bound, address);
	const char *unread;

	if (row == NULL || row->live != NULL || row->head == NULL ||
	    !(row->head->flags & RES_EXTERNAL) || !is_looked_up(row->head->kind) ||
	    d->o->live == NULL)
		return NULL;
	unread = row_unread(d, row);
	return unread != NULL
		   ? unread
		   : arena_printf(d->arena, "%s, which AWS does not have", row->address->s);
}

const char *edge_waits(struct differ *d)
{
	const struct resource *edge = d->row->head;
	const char *waits = NULL;

	for (uint16_t i = 0; waits == NULL && i < kinds[edge->kind]->attrs; i++) {
		waits = reference_waits(d, edge_ref(edge, i));
		if (waits == NULL)
			waits = left_why(d, edge_ref(edge, i));
	}
	return waits;
}

const char *edge_unread(struct differ *d, const struct row *row)
{
	const struct resource *edge = row_any(row);
	const char *unread = NULL;

	for (uint16_t i = 0; unread == NULL && i < kinds[edge->kind]->attrs; i++) {
		const struct text *ref = edge_ref(edge, i);
		const struct row *end = bound_find(d->bound, ref);
		int kind = ref == NULL ? -1 : end != NULL ? row_any(end)->kind : address_kind(ref);

		if (kind >= 0 && (end == NULL || end->live == NULL))
			unread = scope_unread(d->arena, d->o->live, (uint16_t)kind, NULL);
	}
	return unread;
}
