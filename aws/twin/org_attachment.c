/* Which policies are attached to which roots, units and accounts. */
#include "aws/twin/org_priv.h"

#include <string.h>

void policy_attach(struct twin *t, const char *policy, const char *target)
{
	json_t *row = twin_row(t, "policies", policy), *on = twin_target(t, target, false);

	if (row == NULL || on == NULL)
		return;
	json_object_set_new(twin_sub(row, "targets"), target, json_integer(1));
	json_object_set_new(twin_sub(on, "policies"), policy, json_integer(1));
}

void policy_detach(struct twin *t, const char *policy, const char *target)
{
	json_t *row = twin_row(t, "policies", policy), *on = twin_target(t, target, false);

	if (on != NULL)
		json_object_del(twin_sub(on, "policies"), policy);
	if (row != NULL)
		json_object_del(twin_sub(row, "targets"), target);
}

void policies_detach_all(struct twin *t, const char *target)
{
	json_t *policies = twin_sub(twin_target(t, target, false), "policies"), *one;
	const char *policy;

	json_object_foreach(policies, policy, one)
	{
		json_t *row = twin_row(t, "policies", policy);

		if (row != NULL)
			json_object_del(twin_sub(row, "targets"), target);
	}
	json_object_clear(policies);
}

static size_t attached_count(const struct twin *t, json_t *target, const char *type)
{
	const char *id;
	json_t *one;
	size_t n = 0;

	json_object_foreach(twin_sub(target, "policies"), id, one)
	{
		n += strcmp(row_str(twin_row(t, "policies", id), "Type"), type) == 0;
	}
	return n;
}

/* The target that the input names; NULL: refused. */
static json_t *target_named(struct twin *t, struct twin_call *call)
{
	json_t *target = twin_target(t, org_input(call, "TargetId"), false);

	if (target == NULL)
		org_refuse(call, "TargetNotFoundException");
	return target;
}

static bool type_enabled(const struct twin *t, const char *type)
{
	const json_t *types = json_object_get(twin_table(t, "root"), "types");

	return strcmp(row_str(types, type), "ENABLED") == 0;
}

static json_t *attach(struct twin *t, struct twin_call *call)
{
	const char *id = org_input(call, "PolicyId"), *type;
	json_t *policy = policy_named(t, call), *target;

	if (policy == NULL || (target = target_named(t, call)) == NULL)
		return NULL;
	type = row_str(policy, "Type");
	if (!type_enabled(t, type))
		return org_refuse(call, "PolicyTypeNotEnabledException");
	if (json_object_get(twin_sub(target, "policies"), id) != NULL)
		return org_refuse(call, "DuplicatePolicyAttachmentException");
	if (attached_count(t, target, type) >= org_type_of(policy)->per_target)
		return org_violates(call, "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
	policy_attach(t, id, org_input(call, "TargetId"));
	return json_object();
}

static json_t *detach(struct twin *t, struct twin_call *call)
{
	const char *id = org_input(call, "PolicyId");
	json_t *policy = policy_named(t, call), *target;
	const struct org_type *type;

	if (policy == NULL || (target = target_named(t, call)) == NULL)
		return NULL;
	type = org_type_of(policy);
	if (json_object_get(twin_sub(target, "policies"), id) == NULL)
		return org_refuse(call, "PolicyNotAttachedException");
	if (type->fixed && strcmp(type->standard_id, id) == 0)
		return org_invalid(call, "NON_DETACHABLE_POLICY");
	if (type->standard_id != NULL && attached_count(t, target, type->name) == 1)
		return org_violates(call, "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
	policy_detach(t, id, org_input(call, "TargetId"));
	return json_object();
}

static json_t *target_show(struct twin *t, json_t *target)
{
	const char *id = row_str(target, "Id");
	const char *type = "ORGANIZATIONAL_UNIT";

	(void)t;
	if (org_id_is(id, "RootId"))
		type = "ROOT";
	else if (org_id_is(id, "AccountId"))
		type = "ACCOUNT";
	return json_pack("{s:s, s:s, s:s, s:s}", "TargetId", id, "Arn", row_str(target, "Arn"),
			 "Name", row_str(target, "Name"), "Type", type);
}

static json_t *list_targets(struct twin *t, struct twin_call *call)
{
	json_t *policy = policy_named(t, call), *items, *one;
	const char *id;

	if (policy == NULL)
		return NULL;
	items = json_array();
	json_object_foreach(twin_sub(policy, "targets"), id, one)
	{
		json_array_append(items, twin_target(t, id, false));
	}
	return org_page(t, call, "Targets", items, target_show);
}

static json_t *list_policies(struct twin *t, struct twin_call *call)
{
	const char *filter = org_input(call, "Filter"), *id;
	json_t *target, *items, *one;

	if (!org_inputs(call) || (target = target_named(t, call)) == NULL)
		return NULL;
	items = json_array();
	json_object_foreach(twin_sub(target, "policies"), id, one)
	{
		json_t *policy = twin_row(t, "policies", id);

		if (strcmp(row_str(policy, "Type"), filter) == 0)
			json_array_append(items, policy);
	}
	return org_page(t, call, "Policies", items, policy_show);
}

static const struct twin_op ops_of_attachments[] = {
    {.name = "AttachPolicy", .handler = attach, .needs = "PolicyId TargetId"},
    {.name = "DetachPolicy", .handler = detach, .needs = "PolicyId TargetId"},
    {.name = "ListTargetsForPolicy", .handler = list_targets, .needs = "PolicyId"},
    {.name = "ListPoliciesForTarget",
     .handler = list_policies,
     .needs = "TargetId Filter",
     .rate = RATE_ORG_LISTS},
};
const struct twin_service twin_attachment_ops = {SERVICE_ORGANIZATIONS, ops_of_attachments,
						 sizeof(ops_of_attachments) /
						     sizeof(ops_of_attachments[0])};
