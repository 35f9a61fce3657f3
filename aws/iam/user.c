/* IAM users: calls. */
#include "aws/iam/account.h"

static void user_create_call(struct calls *calls, const struct row *row)
{
	const struct resource *head = row->head;
	const struct value *boundary = &head->v[USER_BOUNDARY], *path = &head->v[USER_PATH];
	struct call *call = account_call_new(calls, OP_IAM_CreateUser, row);
	json_t *arn = boundary->state == VALUE_TEXT ? call_id(calls, call, boundary->u.text) : NULL;

	call_input(calls, call,
		   json_pack("{s:o, s:s, s:o*, s:o*}", "UserName", json_of_text(iam_name(row)),
			     "Path", path->state == VALUE_TEXT ? path->u.text->s : "/",
			     "PermissionsBoundary", arn, "Tags", tags_new(&head->v[USER_TAGS])));
	call->makes = row->address;
	if (head->owner != NULL)
		principal_gate(call, row, EFFECT_GAIN);
}

static json_t *user_input(struct calls *calls, struct call *call, const struct row *row)
{
	(void)calls;
	(void)call;
	return principal_input(&principal_user, row);
}

static void user_delete_calls(struct calls *calls, const struct row *row)
{
	struct call *call;

	iam_owned_delete_calls(calls, row);
	principal_strip_calls(calls, &principal_user, row);
	call = iam_call(calls, OP_IAM_DeleteUser, row);
	if (principal_claim(row) != NULL)
		principal_gate(call, row, EFFECT_LOSS);
	call_input(calls, call, principal_input(&principal_user, row));
	call->ends = row->address;
	principal_boundary_free(calls, call, &principal_user, row);
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
		login_new_calls(calls, row);
	} else {
		iam_rename_call(calls, change, OP_IAM_UpdateUser, "UserName", "NewUserName",
				USER_PATH);
		principal_boundary_calls(calls, &principal_user, change, true);
		principal_gain_calls(calls, &principal_user, change);
		principal_loss_calls(calls, &principal_user, change);
		/* What a boundary held back goes before it: nobody has more rights meanwhile. */
		principal_boundary_calls(calls, &principal_user, change, false);
		tags_calls(calls, change, &user_tags);
		login_calls(calls, change);
	}
}

static const struct trail_row iam_user_trail[] = {
    {TRAIL_RESOURCE, "CreateUser DeleteUser UpdateUser", SERVICE_IAM, NULL},
    {USER_NAME, "UpdateUser", SERVICE_IAM, NULL},
    {USER_PATH, "UpdateUser", SERVICE_IAM, NULL},
    {USER_GROUPS, "AddUserToGroup RemoveUserFromGroup", SERVICE_IAM, NULL},
    {USER_MANAGED, "AttachUserPolicy DetachUserPolicy", SERVICE_IAM, NULL},
    {USER_INLINE, "PutUserPolicy DeleteUserPolicy", SERVICE_IAM, NULL},
    {USER_BOUNDARY, "PutUserPermissionsBoundary DeleteUserPermissionsBoundary", SERVICE_IAM, NULL},
    {USER_TAGS, "TagUser UntagUser", SERVICE_IAM, NULL},
    {USER_LOGIN, "CreateLoginProfile DeleteLoginProfile UpdateLoginProfile", SERVICE_IAM, NULL},
    {USER_CREDENTIALS,
     "UpdateAccessKey DeleteAccessKey DeactivateMFADevice DeleteVirtualMFADevice "
     "DeleteSigningCertificate DeleteSSHPublicKey DeleteServiceSpecificCredential CreateAccessKey "
     "EnableMFADevice CreateVirtualMFADevice UploadSigningCertificate UploadSSHPublicKey "
     "CreateServiceSpecificCredential DeleteLoginProfile",
     SERVICE_IAM, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_IAM, NULL},
};

const struct wire wire_iam_user = {.probe = iam_probe,
				   .deepen = iam_user_deepen,
				   .calls = user_calls,
				   .makes = iam_rename_makes,
				   .trail = iam_user_trail};
