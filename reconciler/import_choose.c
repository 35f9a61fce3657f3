/* What is imported: what a plan lists as unmanaged, and, by name alone, what that refers to. */
#include "reconciler/import_priv.h"

#include <stdlib.h>
#include <string.h>

static struct candidate *candidate_find(const struct importer *m, const struct text *address)
{
	return map_get(m->by_address, address->s);
}

/* The first reason counts. */
void candidate_leave(struct candidate *c, const char *why)
{
	if (c->why == NULL)
		c->why = why;
}

void import_leave(struct importer *m, const struct text *address, const char *why,
		  struct place where)
{
	vec_push(&m->out->left,
		 ((struct import_left){
		     .address = address->s, .why = why, .file = where.file, .line = where.line}));
}

bool importer_says(void *ctx, const struct text *address)
{
	const struct importer *m = ctx;
	const struct candidate *c = candidate_find(m, address);
	const struct row *row;

	if (c != NULL)
		return c->why == NULL;
	row = bound_find(m->bound, address);
	return row != NULL && row->head != NULL;
}

/* Why a live resource cannot be declared under its name, whoever asks; NULL: it can. */
static const char *unfit(struct importer *m, const struct row *row)
{
	const struct resource *live = row->live;
	const struct value *name = &live->v[0];

	if (row->base != NULL)
		return "its declaration was taken out, and that is not applied yet";
	if (live->kind == KIND_ACCOUNT && live->v[ACCOUNT_STATE].state == VALUE_TEXT &&
	    !text_is(live->v[ACCOUNT_STATE].u.text, "ACTIVE"))
		return arena_printf(m->arena, "the account is %s",
				    live->v[ACCOUNT_STATE].u.text->s);
	if ((kinds[live->kind]->flags & KIND_EDGE) == 0 &&
	    kinds[live->kind]->address != ADDRESS_SINGLE && name->state == VALUE_TEXT &&
	    !text_eq(address_name(m->arena, row->address), name->u.text))
		return "another one has the same name: rename one of them";
	return NULL;
}

static struct candidate *candidate_add(struct importer *m, const struct row *row, bool external)
{
	struct candidate *c = arena_alloc(m->arena, sizeof(*c));

	*c = (struct candidate){
	    .row = row, .live = row->live, .external = external, .why = unfit(m, row)};
	map_put(m->by_address, row->address->s, c);
	vec_push(row->live->kind == KIND_ASSIGNMENT ? &m->edges : &m->candidates, c);
	return c;
}

/* The target of "policy_attachment/NAME/unit/...": what declares it lacks the key. */
static void attachment_left(struct importer *m, const struct text *address)
{
	const char *policy = strchr(address->s, '/');
	const char *target = policy == NULL ? NULL : strchr(policy + 1, '/');
	const struct row *row;

	if (target == NULL)
		return;
	target = strcmp(target + 1, "root") == 0 ? "organization" : target + 1;
	row = bound_find(m->bound, text_str(m->arena, target));
	if (row == NULL || row->head == NULL)
		return;
	if (m->fresh && row->live != NULL && row->live->kind == KIND_ORGANIZATION)
		return;
	import_leave(m, address,
		     "what it is attached to is declared without `policies`: write the key there",
		     row->head->where);
}

/* What stands in charter.yaml alone. */
static void delegation_choose(struct importer *m, const struct row *row)
{
	if (m->fresh)
		candidate_add(m, row, false);
	else
		import_leave(
		    m, row->address,
		    "delegations stand under `organization` in charter.yaml: write it there",
		    (struct place){0});
}

static bool is_selected(const struct importer *m, const struct text *address)
{
	return m->only == NULL || pattern_match(m->only, address->s);
}

static void note_choose(struct importer *m, const struct note *note)
{
	const struct row *row;

	if (note->what != NOTE_UNMANAGED || !is_selected(m, note->address))
		return;
	row = bound_find(m->bound, note->address);
	if (row == NULL || row->live == NULL)
		attachment_left(m, note->address);
	else if (row->live->kind == KIND_DELEGATED_ADMINISTRATOR)
		delegation_choose(m, row);
	else if (candidate_find(m, row->address) == NULL)
		candidate_add(m, row, false);
}

/* Assignments of a set are managed together, and those of every declared set once there are any.
 */
static void assignments_choose(struct importer *m)
{
	const struct config *head = m->plan->in->head_config;
	bool claims = m->edges.n > 0;

	claims |= !m->fresh && head->has_assignments;
	for (size_t i = 0; claims && i < m->bound->rows; i++) {
		const struct row *row = &m->bound->row[i];
		const struct text *set;
		const struct row *set_row;
		struct candidate *c;

		if (row->live == NULL || row->live->kind != KIND_ASSIGNMENT || row->head != NULL ||
		    candidate_find(m, row->address) != NULL)
			continue;
		set = row->live->v[ASSIGNMENT_SET].u.text;
		set_row = bound_find(m->bound, set);
		c = candidate_find(m, set);
		if ((c != NULL && c->why == NULL) ||
		    (!head->has_assignments && set_row != NULL && set_row->head != NULL &&
		     (set_row->head->flags & RES_EXTERNAL) == 0))
			candidate_add(m, row, false);
	}
	for (size_t i = 0; i < m->edges.n; i++) {
		const struct text *set = m->edges.at[i]->live->v[ASSIGNMENT_SET].u.text;

		if (!importer_says(m, set))
			candidate_leave(
			    m->edges.at[i],
			    arena_printf(m->arena, "%s is not declared: import it too", set->s));
	}
}

/* References. */

static void ref_add(void *ctx, const struct text *address)
{
	struct importer *m = ctx;
	const struct row *row = bound_find(m->bound, address);

	if (row == NULL || row->live == NULL || row->head != NULL ||
	    candidate_find(m, address) != NULL)
		return;
	candidate_add(m, row, true);
}

/* What something external stands in; what it refers to is its own business. */
static const struct text *container_of_candidate(const struct candidate *c)
{
	const struct kind *kind = kinds[c->live->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct value *value = &c->live->v[i];

		if (kind->attr[i].type == ATTR_REF && (kind->attr[i].flags & ATTR_REQUIRED) != 0 &&
		    value->state == VALUE_TEXT && !text_is(value->u.text, "root") &&
		    !(c->external && c->live->kind == KIND_ACCOUNT))
			return value->u.text;
	}
	return NULL;
}

/* The list grows while it is walked. */
static void refs_choose(struct importer *m)
{
	candidate_list *lists[] = {&m->edges, &m->candidates};

	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < lists[k]->n; i++) {
			const struct candidate *c = lists[k]->at[i];
			const struct text *container = container_of_candidate(c);

			if (c->why != NULL)
				continue;
			if (!c->external)
				words_refs(c->live, ref_add, m);
			else if (container != NULL)
				ref_add(m, container);
		}
	}
}

static void used_mark(void *ctx, const struct text *address)
{
	struct candidate *c = candidate_find(ctx, address);

	if (c != NULL)
		c->used = true;
}

/* What is external serves those that are written, and what is external in it. */
static void externals_drop(struct importer *m)
{
	candidate_list *lists[] = {&m->edges, &m->candidates};

	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < lists[k]->n; i++) {
			const struct candidate *c = lists[k]->at[i];

			if (c->why == NULL && !c->external)
				words_refs(c->live, used_mark, m);
		}
	}
	/* Deeper units stand after those that they are in. */
	for (size_t i = m->candidates.n; i-- > 0;) {
		struct candidate *c = m->candidates.at[i];
		const struct text *container = container_of_candidate(c);

		if (c->why == NULL && c->external && c->used && container != NULL)
			used_mark(m, container);
	}
	for (size_t i = 0; i < m->candidates.n; i++) {
		struct candidate *c = m->candidates.at[i];

		if (c->external && !c->used)
			candidate_leave(c, "");
		c->used = false;
	}
}

static const char *dependent_why(struct importer *m, const struct candidate *c)
{
	const struct kind *kind = kinds[c->live->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct value *value = &c->live->v[i];

		if (kind->attr[i].type != ATTR_REF || (kind->attr[i].flags & ATTR_REQUIRED) == 0 ||
		    (c->external && c->live->kind == KIND_ACCOUNT))
			continue;
		if (value->state != VALUE_TEXT)
			return arena_printf(m->arena, "its %s is not known", kind->attr[i].name);
		if (!text_is(value->u.text, "root") && !importer_says(m, value->u.text))
			return arena_printf(m->arena, "%s is not declared", value->u.text->s);
	}
	return NULL;
}

void dependents_leave(struct importer *m)
{
	candidate_list *lists[] = {&m->candidates, &m->edges};
	bool more = true;

	while (more) {
		more = false;
		for (size_t k = 0; k < 2; k++) {
			for (size_t i = 0; i < lists[k]->n; i++) {
				struct candidate *c = lists[k]->at[i];

				if (c->why != NULL)
					continue;
				c->why = dependent_why(m, c);
				more |= c->why != NULL;
			}
		}
	}
	externals_drop(m);
}

static int candidate_cmp(const void *pa, const void *pb)
{
	const struct candidate *a = *(struct candidate *const *)pa;
	const struct candidate *b = *(struct candidate *const *)pb;

	if (a->live->kind != b->live->kind)
		return a->live->kind < b->live->kind ? -1 : 1;
	return text_cmp(a->row->address, b->row->address);
}

static void candidates_sort(candidate_list *list)
{
	if (list->n > 0)
		qsort(list->at, list->n, sizeof(*list->at), candidate_cmp);
}

/* Of a first configuration, the organization is part. */
static void organization_choose(struct importer *m)
{
	const struct row *row = bound_find(m->bound, text_str(m->arena, "organization"));

	if (m->fresh && row != NULL && row->live != NULL && is_selected(m, row->address))
		candidate_add(m, row, false);
}

void candidates_choose(struct importer *m)
{
	organization_choose(m);
	for (size_t i = 0; i < m->plan->notes; i++)
		note_choose(m, &m->plan->note[i]);
	assignments_choose(m);
	refs_choose(m);
	candidates_sort(&m->candidates);
	candidates_sort(&m->edges);
	dependents_leave(m);
}
