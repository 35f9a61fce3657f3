/* What the HTML page shows beyond the report: the whole organization, and the access that those who
 * gain or lose some keep. */
#include "reconciler/doc_value.h"
#include "reconciler/plan.h"

#include <string.h>

static const struct resource *row_any(const struct row *row)
{
	return row->head ? row->head : row->live;
}

static const struct value *attr_known(const struct row *row, uint16_t attr)
{
	const struct value *head = row->head ? &row->head->v[attr] : NULL;

	return head && head->state == VALUE_TEXT ? head : row->live ? &row->live->v[attr] : head;
}

static bool node_make(struct arena *arena, const struct row *row, struct doc_node *node)
{
	const struct resource *any = row_any(row);
	const struct value *parent, *state;
	bool account = any && any->kind == KIND_ACCOUNT;
	uint16_t in = account ? ACCOUNT_UNIT : UNIT_PARENT;

	if (!account && (!any || any->kind != KIND_UNIT))
		return false;
	parent = attr_known(row, in);
	state = account && row->live ? &row->live->v[ACCOUNT_STATE] : NULL;
	*node = (struct doc_node){
	    .address = row->address->s,
	    .name = address_name(arena, row->address)->s,
	    .unit = parent && parent->state == VALUE_TEXT
			? value_outside(&kinds[any->kind]->attr[in], parent->u.text->s)
			: "/",
	    .id = row->live && row->live->id ? row->live->id->s : NULL};
	if (state && state->state == VALUE_TEXT && !text_is(state->u.text, "ACTIVE"))
		node->state = state->u.text->s;
	return true;
}

/* Alike before and after, whichever of them is live. */
static void kept_fill(struct arena *arena, struct plan_doc *doc, const struct plan *plan)
{
	const struct access_row *row;
	size_t n;

	if (!doc->access_n)
		return;
	n = access_compare_kept(arena, plan->in->bound, plan->in->sides->live, plan->change,
				plan->changes, &row);
	doc->kept = arena_array(arena, n + 1, sizeof *doc->kept);
	for (; doc->kept_n < n; row++)
		doc->kept[doc->kept_n++] = (struct doc_access){
		    .principal = row->principal,
		    .account = row->account,
		    .permission = row->permission,
		    .through = row->through,
		    .strength =
			row->strength == STRENGTH_UNKNOWN ? NULL : strength_names[row->strength]};
}

void doc_tree_fill(struct arena *arena, struct plan_doc *doc, const struct plan *plan)
{
	const struct bound *bound = plan->in->bound;

	doc->node = arena_array(arena, bound->rows + 1, sizeof *doc->node);
	for (size_t i = 0; i < bound->rows; i++)
		doc->nodes += node_make(arena, &bound->row[i], &doc->node[doc->nodes]);
	kept_fill(arena, doc, plan);
}
