/* IAM roles: calls. */
#include "aws/iam/account.h"

#include <stdlib.h>

static json_t *seconds_json(const struct value *duration)
{
	if (duration->state != VALUE_TEXT)
		return NULL;
	return json_integer(strtol(duration->u.text->s, NULL, 10));
}

static json_t *text_json(const struct value *value)
{
	return value->state == VALUE_TEXT ? json_of_text(value->u.text) : NULL;
}

static json_t *description_json(const struct value *description)
{
	bool none = description->state == VALUE_TEXT && description->u.text->len == 0;

	return none ? NULL : text_json(description);
}

static json_t *trust_json(struct calls *calls, struct call *call, const struct row *row,
			  const struct text *document)
{
	trust_uses(calls, call, row, document);
	return call_text(calls, call, document);
}

static void role_create_call(struct calls *calls, const struct row *row)
{
	const struct resource *head = row->head;
	const struct value *path = &head->v[ROLE_PATH], *boundary = &head->v[ROLE_BOUNDARY];
	struct call *call = account_call_new(calls, OP_IAM_CreateRole, row);
	json_t *trust = trust_json(calls, call, row, head->v[ROLE_TRUST].u.text);
	json_t *arn = boundary->state == VALUE_TEXT ? call_id(calls, call, boundary->u.text) : NULL;

	call_input(calls, call,
		   json_pack("{s:o, s:s, s:o, s:o*, s:o*, s:o*, s:o*}", "RoleName",
			     json_of_text(iam_name(row)), "Path",
			     path->state == VALUE_TEXT ? path->u.text->s : "/",
			     "AssumeRolePolicyDocument", trust, "Description",
			     description_json(&head->v[ROLE_DESCRIPTION]), "MaxSessionDuration",
			     seconds_json(&head->v[ROLE_DURATION]), "PermissionsBoundary", arn,
			     "Tags", tags_new(&head->v[ROLE_TAGS])));
	call->makes = row->address;
}

/* AWS resets what is left out: what this plan does not change is written as it was read. */
static void role_update_call(struct calls *calls, const struct change *change)
{
	const struct value *description = change_wanted(change, ROLE_DESCRIPTION);
	const struct value *duration = change_wanted(change, ROLE_DURATION);
	const struct resource *live = change->row->live;
	struct call *call;

	if (description == &live->v[ROLE_DESCRIPTION] && duration == &live->v[ROLE_DURATION])
		return;
	call = iam_call(calls, OP_IAM_UpdateRole, change->row);
	call_input(calls, call,
		   json_pack("{s:o, s:o*, s:o*}", "RoleName", json_of_text(iam_name(change->row)),
			     "Description", text_json(description), "MaxSessionDuration",
			     seconds_json(duration)));
	call_fact_wanted(calls, call, change, ROLE_DESCRIPTION);
	call_fact_wanted(calls, call, change, ROLE_DURATION);
}

/* Who may come in is no matter of what may be done: neither gain nor loss, and nothing waits. */
static void role_trust_call(struct calls *calls, const struct change *change,
			    const struct diff *diff)
{
	struct call *call = iam_call(calls, OP_IAM_UpdateAssumeRolePolicy, change->row);
	json_t *input = principal_input(&principal_role, change->row);

	json_object_set_new(input, "PolicyDocument",
			    trust_json(calls, call, change->row, diff->head.u.text));
	call_input(calls, call, input);
	if (diff->live.state == VALUE_TEXT)
		trust_frees(calls, call, diff->live.u.text);
	call_fact_diff(calls, call, change, diff);
}

static void role_trust_calls(struct calls *calls, const struct change *change)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == ROLE_TRUST && diff_is_written(diff) &&
		    diff->head.state == VALUE_TEXT)
			role_trust_call(calls, change, diff);
	}
}

static void profile_call(struct calls *calls, const struct row *row, const struct text *profile)
{
	struct call *call =
	    principal_call(calls, OP_IAM_RemoveRoleFromInstanceProfile, row, EFFECT_LOSS);
	json_t *input = principal_input(&principal_role, row);

	json_object_set_new(input, "InstanceProfileName", json_of_text(profile));
	call_input(calls, call, input);
	call_frees(calls, call, row->address);
	call_fact(calls, call, row->address, KIND_IAM_ROLE, ROLE_PROFILES, profile,
		  value_text(profile), VALUE_EMPTY);
}

static void role_delete_calls(struct calls *calls, const struct row *row)
{
	const struct value *profiles = &row->live->v[ROLE_PROFILES];
	struct call *call;

	for (uint32_t i = 0; profiles->state == VALUE_SET && i < profiles->u.set->n; i++)
		profile_call(calls, row, profiles->u.set->item[i].key);
	principal_strip_calls(calls, &principal_role, row);
	call = iam_call(calls, OP_IAM_DeleteRole, row);
	call_input(calls, call, principal_input(&principal_role, row));
	call->ends = row->address;
	principal_boundary_free(calls, call, &principal_role, row);
}

static json_t *role_input(struct calls *calls, struct call *call, const struct row *row)
{
	(void)calls;
	(void)call;
	return principal_input(&principal_role, row);
}

static const struct tag_calls role_tags = {ROLE_TAGS, OP_IAM_TagRole, OP_IAM_UntagRole, iam_call,
					   role_input};

static void role_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;

	if (change->action == ACTION_DELETE) {
		if (row->live != NULL)
			role_delete_calls(calls, row);
	} else if (change->action == ACTION_CREATE) {
		role_create_call(calls, row);
		principal_new_calls(calls, &principal_role, row);
	} else {
		role_update_call(calls, change);
		principal_boundary_calls(calls, &principal_role, change, true);
		principal_gain_calls(calls, &principal_role, change);
		role_trust_calls(calls, change);
		principal_loss_calls(calls, &principal_role, change);
		/* What a boundary held back goes before it: nobody has more rights meanwhile. */
		principal_boundary_calls(calls, &principal_role, change, false);
		tags_calls(calls, change, &role_tags);
	}
}

static const struct trail_row iam_role_trail[] = {
    {TRAIL_RESOURCE, "CreateRole DeleteRole CreateServiceLinkedRole DeleteServiceLinkedRole",
     SERVICE_IAM, NULL},
    {ROLE_PATH, "CreateRole DeleteRole", SERVICE_IAM, NULL},
    {ROLE_DESCRIPTION, "UpdateRole UpdateRoleDescription", SERVICE_IAM, NULL},
    {ROLE_TRUST, "UpdateAssumeRolePolicy", SERVICE_IAM, NULL},
    {ROLE_DURATION, "UpdateRole", SERVICE_IAM, NULL},
    {ROLE_MANAGED, "AttachRolePolicy DetachRolePolicy", SERVICE_IAM, NULL},
    {ROLE_INLINE, "PutRolePolicy DeleteRolePolicy", SERVICE_IAM, NULL},
    {ROLE_BOUNDARY, "PutRolePermissionsBoundary DeleteRolePermissionsBoundary", SERVICE_IAM, NULL},
    {ROLE_TAGS, "TagRole UntagRole", SERVICE_IAM, NULL},
    {ROLE_PROFILES, "AddRoleToInstanceProfile RemoveRoleFromInstanceProfile", SERVICE_IAM, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_IAM, NULL},
};

const struct wire wire_iam_role = {
    .probe = iam_probe, .calls = role_calls, .trail = iam_role_trail};
