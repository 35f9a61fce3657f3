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

/* The members that no change of their own takes out. */
static void members_out_calls(struct calls *calls, const struct row *group)
{
	const struct side *live = calls->sides->live;
	size_t first, end;

	iam_neighbours(calls, KIND_IAM_USER, group->address, &first, &end);
	for (size_t i = first; i < end; i++) {
		const struct resource *user = live->all.at[i];
		const struct row *row;

		if (user->v[USER_GROUPS].state != VALUE_SET ||
		    set_find(user->v[USER_GROUPS].u.set, group->address) == NULL ||
		    calls_take_out(calls, KIND_IAM_USER, user->address, USER_GROUPS,
				   group->address))
			continue;
		row = calls_row(calls, user->address);
		if (iam_is_ours(row))
			membership_end_call(calls, row, group->address);
	}
}

static void group_delete_calls(struct calls *calls, const struct row *row)
{
	struct call *call;

	members_out_calls(calls, row);
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

const struct wire wire_iam_group = {
    .probe = iam_probe, .calls = group_calls, .makes = iam_rename_makes};
