/* IAM users: calls. */
#include "aws/iam/iam.h"

static void user_create_call(struct calls *calls, const struct row *row)
{
	const struct resource *head = row->head;
	const struct value *boundary = &head->v[USER_BOUNDARY], *path = &head->v[USER_PATH];
	struct call *call = call_new(calls, OP_IAM_CreateUser, NULL);
	json_t *arn = boundary->state == VALUE_TEXT ? call_id(calls, call, boundary->u.text) : NULL;

	call->account = iam_account(calls, row);
	call_input(calls, call,
		   json_pack("{s:o, s:s, s:o*, s:o*}", "UserName", json_of_text(iam_name(row)),
			     "Path", path->state == VALUE_TEXT ? path->u.text->s : "/",
			     "PermissionsBoundary", arn, "Tags", tags_new(&head->v[USER_TAGS])));
	call->makes = row->address;
}

/* The boundary is there before what it bounds, and goes last. */
static void boundary_call(struct calls *calls, const struct change *change, const struct diff *diff)
{
	bool put = diff->head.state == VALUE_TEXT;
	struct call *call = iam_call(
	    calls, put ? OP_IAM_PutUserPermissionsBoundary : OP_IAM_DeleteUserPermissionsBoundary,
	    change->row);
	json_t *input = principal_input(&principal_user, change->row);

	if (put)
		json_object_set_new(input, "PermissionsBoundary",
				    call_id(calls, call, diff->head.u.text));
	call_input(calls, call, input);
	if (diff->live.state == VALUE_TEXT && !str_starts(diff->live.u.text->s, "arn:"))
		call_frees(calls, call, diff->live.u.text);
	call_fact_diff(calls, call, change, diff);
}

static void boundary_calls(struct calls *calls, const struct change *change, bool put)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == USER_BOUNDARY && diff_is_written(diff) &&
		    (diff->head.state == VALUE_TEXT) == put)
			boundary_call(calls, change, diff);
	}
}

static json_t *user_input(struct calls *calls, struct call *call, const struct row *row)
{
	(void)calls;
	(void)call;
	return principal_input(&principal_user, row);
}

static void user_delete_calls(struct calls *calls, const struct row *row)
{
	const struct value *boundary = &row->live->v[USER_BOUNDARY];
	struct call *call;

	principal_strip_calls(calls, &principal_user, row);
	call = iam_call(calls, OP_IAM_DeleteUser, row);
	call_input(calls, call, principal_input(&principal_user, row));
	call->ends = row->address;
	if (boundary->state == VALUE_TEXT && !str_starts(boundary->u.text->s, "arn:"))
		call_frees(calls, call, boundary->u.text);
}

static const struct tag_calls user_tags = {USER_TAGS, OP_IAM_TagUser, OP_IAM_UntagUser, iam_call,
					   user_input};

static void user_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;

	if (change->action == ACTION_DELETE) {
		if (row->live != NULL)
			user_delete_calls(calls, row);
	} else if (change->action == ACTION_CREATE) {
		user_create_call(calls, row);
		principal_new_calls(calls, &principal_user, row);
	} else {
		iam_rename_call(calls, change, OP_IAM_UpdateUser, "UserName", "NewUserName",
				USER_PATH);
		boundary_calls(calls, change, true);
		principal_gain_calls(calls, &principal_user, change);
		principal_loss_calls(calls, &principal_user, change);
		/* What a boundary held back goes before it: nobody has more rights meanwhile. */
		boundary_calls(calls, change, false);
		tags_calls(calls, change, &user_tags);
	}
}

const struct wire wire_iam_user = {
    .probe = iam_probe, .calls = user_calls, .makes = iam_rename_makes};
