/* Organizational units: reading, and the calls of changes that keep a unit where it is. */
#include "aws/org/org.h"

#include <stdlib.h>
#include <string.h>

/* Seen twice in one listing while it changes is fine; seen with another name or parent is not. */
static bool unit_is_same(const struct resource *unit, const struct text *name,
			 const struct text *parent)
{
	return unit->v[UNIT_NAME].state == VALUE_UNSET ||
	       (text_eq(unit->v[UNIT_NAME].u.text, name) &&
		text_eq(unit->v[UNIT_PARENT].u.text, parent));
}

static void unit_record(struct crawl *crawl, const struct read *read, const struct text *id,
			const struct text *name)
{
	const struct text *parent = parent_raw(crawl->arena, read->note->s);
	struct resource *unit = org_resource(crawl, id->s);
	const struct org *org = org_of(crawl);
	bool first;

	if (unit == NULL || unit->kind != KIND_UNIT) {
		crawl_bad_reply(crawl, read, "has a unit with an id that is none");
		return;
	}
	if (!unit_is_same(unit, name, parent)) {
		scope_fail(crawl->side, read->scope, "Inconsistent",
			   "a unit was moved or renamed while it was read: run again");
		return;
	}
	first = unit->v[UNIT_NAME].state == VALUE_UNSET;
	unit->v[UNIT_NAME] = value_text(name);
	unit->v[UNIT_PARENT] = value_text(parent);
	if (!first || !org->full)
		return;
	units_read(crawl, org->units, id);
	tags_read(crawl, org->tags_unit, unit);
	parent_found(crawl, id);
}

static void units_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "OrganizationalUnits", "units", &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *id = crawl_text(crawl, json_array_get(list, i), "Id");
		const struct text *name = crawl_text(crawl, json_array_get(list, i), "Name");

		if (id == NULL || name == NULL)
			crawl_bad_reply(crawl, read, "has a unit without id or name");
		else
			unit_record(crawl, read, id, name);
	}
}

void units_read(struct crawl *crawl, uint32_t scope, const struct text *parent_id)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListOrganizationalUnitsForParent,
			    .scope = scope,
			    .note = parent_id,
			    .page = units_page};

	crawl_read(crawl, &read, json_pack("{s:s}", "ParentId", parent_id->s));
}

static bool resource_is_in(const struct resource *resource, const struct text *unit)
{
	const struct value *parent;

	if (resource->kind == KIND_UNIT)
		parent = &resource->v[UNIT_PARENT];
	else if (resource->kind == KIND_ACCOUNT)
		parent = &resource->v[ACCOUNT_UNIT];
	else
		return false;
	return parent->state == VALUE_TEXT && text_eq(parent->u.text, unit);
}

static int address_cmp(const void *pa, const void *pb)
{
	const struct resource *a = *(const struct resource *const *)pa;
	const struct resource *b = *(const struct resource *const *)pb;
	int order = text_cmp(a->address, b->address);

	return order != 0 ? order : text_cmp(a->id, b->id);
}

const struct resource **unit_holds(struct arena *arena, const struct side *live,
				   const struct text *address, size_t *n)
{
	VEC(const struct resource *) found = {0};
	const struct resource **list;

	for (size_t i = 0; i < live->all.n; i++) {
		if (resource_is_in(live->all.at[i], address))
			vec_push(&found, live->all.at[i]);
	}
	if (found.n > 1)
		qsort(found.at, found.n, sizeof(*found.at), address_cmp);
	list = arena_array(arena, found.n + 1, sizeof(*list));
	if (found.n > 0)
		memcpy(list, found.at, found.n * sizeof(*list));
	*n = found.n;
	free(found.at);
	return list;
}

const struct text *parent_live_id(const struct calls *calls, const struct text *parent)
{
	const struct resource *live;

	if (text_is(parent, "root"))
		return calls->sides->live->world.root_id;
	live = calls_live(calls, parent);
	return live == NULL ? NULL : live->id;
}

void call_frees_parent(struct calls *calls, struct call *call, const struct text *parent)
{
	const struct text *id = parent_live_id(calls, parent);

	if (text_is(parent, "root"))
		return;
	if (id != NULL)
		call_frees(calls, call, address_raw(calls->arena, "unit", id->s));
	if (!calls_made(calls, parent))
		call_frees(calls, call, parent);
}

static void unit_create_calls(struct calls *calls, const struct change *change)
{
	const struct resource *head = change->row->head;
	struct call *call = call_new(calls, OP_ORGANIZATIONS_CreateOrganizationalUnit, NULL);
	json_t *parent = call_id(calls, call, head->v[UNIT_PARENT].u.text);

	call_input(calls, call,
		   json_pack("{s:o, s:o, s:o*}", "ParentId", parent, "Name",
			     json_of_text(head->v[UNIT_NAME].u.text), "Tags",
			     tags_new(&head->v[UNIT_TAGS])));
	call->makes = change->row->address;
	attachments_new(calls, change->row, UNIT_POLICIES, &head->v[UNIT_POLICIES]);
}

static void unit_rename_call(struct calls *calls, const struct change *change,
			     const struct diff *diff)
{
	struct call *call = call_new(calls, OP_ORGANIZATIONS_UpdateOrganizationalUnit, NULL);
	json_t *id = call_id(calls, call, change->row->address);

	call_input(calls, call,
		   json_pack("{s:o, s:o}", "OrganizationalUnitId", id, "Name",
			     json_of_text(diff->head.u.text)));
	call->under = parent_live_id(calls, change->row->live->v[UNIT_PARENT].u.text);
	call_fact_diff(calls, call, change, diff);
}

static void unit_update_calls(struct calls *calls, const struct change *change)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == UNIT_NAME && diff_is_written(diff) &&
		    diff->head.state == VALUE_TEXT)
			unit_rename_call(calls, change, diff);
	}
	attachments_calls(calls, change, UNIT_POLICIES);
	org_tags_calls(calls, change, UNIT_TAGS);
}

/* AWS detaches the policies of a unit with it. */
static void unit_delete_calls(struct calls *calls, const struct change *change)
{
	const struct resource *live = change->row->live;
	struct call *call = call_new(calls, OP_ORGANIZATIONS_DeleteOrganizationalUnit,
				     json_pack("{s:s}", "OrganizationalUnitId", live->id->s));

	call->ends = change->row->address;
	call->under = parent_live_id(calls, live->v[UNIT_PARENT].u.text);
	call_frees_parent(calls, call, live->v[UNIT_PARENT].u.text);
	for (uint32_t i = 0;
	     live->v[UNIT_POLICIES].state == VALUE_SET && i < live->v[UNIT_POLICIES].u.set->n; i++)
		call_frees(calls, call, live->v[UNIT_POLICIES].u.set->item[i].key);
}

/* A unit that an ancestor's move makes anew gets everything there. */
static void unit_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;

	if (change->action == ACTION_DELETE) {
		if (row->live != NULL)
			unit_delete_calls(calls, change);
	} else if (change->action == ACTION_CREATE) {
		unit_create_calls(calls, change);
	} else if (unit_is_moved(change)) {
		/* Half-way: the new unit is there, and may lack policies. */
		if (row->leaving != NULL)
			unit_update_calls(calls, change);
		unit_move_calls(calls, change);
	} else if (!calls_made(calls, row->address)) {
		unit_update_calls(calls, change);
	}
}

static const struct trail_row unit_trail[] = {
    {TRAIL_RESOURCE, "CreateOrganizationalUnit DeleteOrganizationalUnit UpdateOrganizationalUnit",
     SERVICE_ORGANIZATIONS, NULL},
    {UNIT_NAME, "UpdateOrganizationalUnit", SERVICE_ORGANIZATIONS, NULL},
    {UNIT_PARENT, "CreateOrganizationalUnit DeleteOrganizationalUnit MoveAccount",
     SERVICE_ORGANIZATIONS, NULL},
    {UNIT_POLICIES, "AttachPolicy DetachPolicy", SERVICE_ORGANIZATIONS, NULL},
    {UNIT_TAGS, "TagResource UntagResource", SERVICE_ORGANIZATIONS, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_ORGANIZATIONS, NULL},
};

const struct wire wire_unit = {
    .probe = org_probe, .calls = unit_calls, .makes = unit_move_makes, .trail = unit_trail};
