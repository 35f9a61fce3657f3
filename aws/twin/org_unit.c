/* Organizational units, and who is whose parent. */
#include "aws/twin/org_priv.h"

#include <string.h>

#define UNIT_DEPTH 5
#define UNITS      2000

json_t *org_parent(const struct twin *t, const char *id)
{
	json_t *root = twin_table(t, "root");

	return strcmp(row_str(root, "Id"), id) == 0 ? root : twin_row(t, "units", id);
}

/* The ancestors come first; units are at most a few deep. */
static void path_add(const struct twin *t, const char *id, struct buf *out)
{
	const json_t *unit = twin_row(t, "units", id);

	if (unit != NULL)
		path_add(t, row_str(unit, "parent"), out);
	buf_printf(out, "%s/", id);
}

void org_path(const struct twin *t, const char *id, struct buf *out)
{
	buf_printf(out, "%s/", row_str(twin_table(t, "organization"), "Id"));
	path_add(t, id, out);
}

static unsigned unit_depth(const struct twin *t, const char *id)
{
	const json_t *unit = twin_row(t, "units", id);
	unsigned depth = 0;

	for (; unit != NULL; unit = twin_row(t, "units", row_str(unit, "parent")))
		depth++;
	return depth;
}

static json_t *unit_show(struct twin *t, json_t *unit)
{
	auto_buf path = BUF_INIT(4096);
	json_t *shown = row_pick(unit, "Id Arn Name");

	org_path(t, row_str(unit, "Id"), &path);
	twin_set_str(shown, "Path", buf_str(&path));
	return shown;
}

json_t *unit_new(struct twin *t, const char *id, const char *parent, const char *name)
{
	const char *root = row_str(twin_table(t, "root"), "Id");
	auto_free char *prefix = xasprintf("ou-%s-", *root == '\0' ? "" : root + 2), *arn = NULL;
	json_t *unit = json_object();
	char fresh[TWIN_ID];

	if (id == NULL) {
		twin_id(t, fresh, prefix, 8);
		id = fresh;
	}
	arn = org_arn(t, "ou", id);
	twin_set_str(unit, "Id", id);
	twin_set_str(unit, "Arn", arn);
	twin_set_str(unit, "Name", name);
	twin_set_str(unit, "parent", parent);
	json_object_set_new(twin_table(t, "units"), id, unit);
	charter_assert(org_parent(t, parent) != NULL);
	json_object_set_new(twin_sub(org_parent(t, parent), "units"), id, json_integer(1));
	policies_standard_attach(t, id);
	return unit;
}

/* Names are unique among the units of one parent; `besides`: the unit itself, or NULL. */
static bool name_taken(const struct twin *t, json_t *parent, const char *name,
		       const json_t *besides)
{
	const char *id;
	json_t *one;

	json_object_foreach(twin_sub(parent, "units"), id, one)
	{
		const json_t *unit = twin_row(t, "units", id);

		if (unit != besides && strcmp(row_str(unit, "Name"), name) == 0)
			return true;
	}
	return false;
}

static json_t *unit_reply(struct twin *t, json_t *unit)
{
	return json_pack("{s:o}", "OrganizationalUnit", unit_show(t, unit));
}

static json_t *create(struct twin *t, struct twin_call *call)
{
	const char *parent_id = org_input(call, "ParentId"), *name = org_input(call, "Name");
	const json_t *tags = json_object_get(call->input, "Tags");
	json_t *parent, *unit;

	if (!org_inputs(call) || !check_tags(call, tags, NULL, TAGS_MOST))
		return NULL;
	parent = org_parent(t, parent_id);
	if (parent == NULL)
		return org_refuse(call, "ParentNotFoundException");
	if (name_taken(t, parent, name, NULL))
		return org_refuse(call, "DuplicateOrganizationalUnitException");
	if (unit_depth(t, parent_id) >= twin_quota(t, "depth", UNIT_DEPTH))
		return org_violates(call, "OU_DEPTH_LIMIT_EXCEEDED");
	if ((int64_t)json_object_size(twin_table(t, "units")) >= twin_quota(t, "units", UNITS))
		return org_violates(call, "OU_NUMBER_LIMIT_EXCEEDED");
	unit = unit_new(t, NULL, parent_id, name);
	org_tags_set(unit, tags);
	twin_made(t, unit);
	return unit_reply(t, unit);
}

/* The unit that the input names; NULL: refused. */
static json_t *unit_named(struct twin *t, struct twin_call *call)
{
	json_t *unit;

	if (!org_inputs(call))
		return NULL;
	unit = twin_row(t, "units", org_input(call, "OrganizationalUnitId"));
	if (unit == NULL)
		org_refuse(call, "OrganizationalUnitNotFoundException");
	return unit;
}

static json_t *update(struct twin *t, struct twin_call *call)
{
	const char *name = org_input(call, "Name");
	json_t *unit = unit_named(t, call);

	if (unit == NULL)
		return NULL;
	if (name == NULL)
		return unit_reply(t, unit);
	if (name_taken(t, org_parent(t, row_str(unit, "parent")), name, unit))
		return org_refuse(call, "DuplicateOrganizationalUnitException");
	twin_set_str(unit, "Name", name);
	return unit_reply(t, unit);
}

static json_t *delete (struct twin *t, struct twin_call *call)
{
	const char *id = org_input(call, "OrganizationalUnitId");
	json_t *unit = unit_named(t, call);

	if (unit == NULL)
		return NULL;
	if (json_object_size(twin_sub(unit, "units")) > 0 ||
	    json_object_size(twin_sub(unit, "accounts")) > 0)
		return org_refuse(call, "OrganizationalUnitNotEmptyException");
	policies_detach_all(t, id);
	json_object_del(twin_sub(org_parent(t, row_str(unit, "parent")), "units"), id);
	json_object_del(twin_table(t, "units"), id);
	return json_object();
}

static json_t *describe(struct twin *t, struct twin_call *call)
{
	json_t *unit = unit_named(t, call);

	return unit == NULL ? NULL : unit_reply(t, unit);
}

/* The parent whose children are asked for; NULL: refused. */
static json_t *parent_named(struct twin *t, struct twin_call *call)
{
	json_t *parent;

	if (!org_inputs(call))
		return NULL;
	parent = org_parent(t, org_input(call, "ParentId"));
	if (parent == NULL)
		org_refuse(call, "ParentNotFoundException");
	return parent;
}

static json_t *list_units(struct twin *t, struct twin_call *call)
{
	json_t *parent = parent_named(t, call);

	if (parent == NULL)
		return NULL;
	return org_page(t, call, "OrganizationalUnits",
			org_related(t, twin_sub(parent, "units"), "units"), unit_show);
}

static json_t *list_accounts(struct twin *t, struct twin_call *call)
{
	json_t *parent = parent_named(t, call);

	if (parent == NULL)
		return NULL;
	return org_page(t, call, "Accounts",
			org_related(t, twin_sub(parent, "accounts"), "accounts"), account_show);
}

static json_t *child_show(struct twin *t, json_t *row)
{
	const char *id = row_str(row, "Id");

	(void)t;
	return json_pack("{s:s, s:s}", "Id", id, "Type",
			 org_id_is(id, "AccountId") ? "ACCOUNT" : "ORGANIZATIONAL_UNIT");
}

static json_t *list_children(struct twin *t, struct twin_call *call)
{
	json_t *parent = parent_named(t, call);
	const char *table;

	if (parent == NULL)
		return NULL;
	table = strcmp(org_input(call, "ChildType"), "ACCOUNT") == 0 ? "accounts" : "units";
	return org_page(t, call, "Children", org_related(t, twin_sub(parent, table), table),
			child_show);
}

static json_t *parent_show(struct twin *t, json_t *row)
{
	const char *id = row_str(row, "parent");

	(void)t;
	return json_pack("{s:s, s:s}", "Id", id, "Type",
			 org_id_is(id, "RootId") ? "ROOT" : "ORGANIZATIONAL_UNIT");
}

static json_t *list_parents(struct twin *t, struct twin_call *call)
{
	json_t *child;

	if (!org_inputs(call))
		return NULL;
	child = twin_target(t, org_input(call, "ChildId"), false);
	if (child == NULL)
		return org_refuse(call, "ChildNotFoundException");
	return org_page(t, call, "Parents", json_pack("[O]", child), parent_show);
}

static const struct twin_op ops_of_units[] = {
    {.name = "CreateOrganizationalUnit", .handler = create, .needs = "ParentId Name"},
    {.name = "UpdateOrganizationalUnit", .handler = update, .needs = "OrganizationalUnitId"},
    {.name = "DeleteOrganizationalUnit", .handler = delete, .needs = "OrganizationalUnitId"},
    {.name = "DescribeOrganizationalUnit",
     .handler = describe,
     .needs = "OrganizationalUnitId",
     .rate = RATE_ORG_DESCRIBES},
    {.name = "ListOrganizationalUnitsForParent", .handler = list_units, .needs = "ParentId"},
    {.name = "ListAccountsForParent", .handler = list_accounts, .needs = "ParentId"},
    {.name = "ListChildren",
     .handler = list_children,
     .needs = "ParentId ChildType",
     .rate = RATE_LIST_CHILDREN},
    {.name = "ListParents", .handler = list_parents, .needs = "ChildId"},
};
const struct twin_service twin_unit_ops = {SERVICE_ORGANIZATIONS, ops_of_units,
					   sizeof(ops_of_units) / sizeof(ops_of_units[0])};
