/* IAM groups: calls. Members are attributes of the users. */
#include "aws/iam/account.h"

static void group_create_call(struct calls *calls, const struct row *row)
{
	const struct value *path = &row->head->v[GROUP_PATH];
	struct call *call = account_call_new(calls, OP_IAM_CreateGroup, row);

	call_input(calls, call,
		   json_pack("{s:o, s:s}", "GroupName", json_of_text(iam_name(row)), "Path",
			     path->state == VALUE_TEXT ? path->u.text->s : "/"));
	call->makes = row->address;
}

static void group_delete_calls(struct calls *calls, const struct row *row)
{
	struct call *call;

	membership_end_calls(calls, row->address);
	principal_strip_calls(calls, &principal_group, row);
	call = iam_call(calls, OP_IAM_DeleteGroup, row);
	call_input(calls, call, principal_input(&principal_group, row));
	call->ends = row->address;
}

static void group_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;

	if (change->action == ACTION_DELETE) {
		if (row->live != NULL)
			group_delete_calls(calls, row);
	} else if (change->action == ACTION_CREATE) {
		group_create_call(calls, row);
		principal_new_calls(calls, &principal_group, row);
	} else {
		iam_rename_call(calls, change, OP_IAM_UpdateGroup, "GroupName", "NewGroupName",
				GROUP_PATH);
		principal_gain_calls(calls, &principal_group, change);
		principal_loss_calls(calls, &principal_group, change);
	}
}

static const struct trail_row iam_group_trail[] = {
    {TRAIL_RESOURCE, "CreateGroup DeleteGroup UpdateGroup", SERVICE_IAM, NULL},
    {GROUP_NAME, "UpdateGroup", SERVICE_IAM, NULL},
    {GROUP_PATH, "UpdateGroup", SERVICE_IAM, NULL},
    {GROUP_MANAGED, "AttachGroupPolicy DetachGroupPolicy", SERVICE_IAM, NULL},
    {GROUP_INLINE, "PutGroupPolicy DeleteGroupPolicy", SERVICE_IAM, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_IAM, NULL},
};

const struct wire wire_iam_group = {
    .probe = iam_probe, .calls = group_calls, .makes = iam_rename_makes, .trail = iam_group_trail};
