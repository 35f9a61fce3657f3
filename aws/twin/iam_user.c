/* Users of the twin's IAM. */
#include "aws/twin/iam_priv.h"

static json_t *user_listed(struct twin *t, json_t *row)
{
	(void)t;
	return iam_shown(&iam_user, row, false);
}

static json_t *user_create(struct twin *t, struct twin_call *c)
{
	json_t *row;

	if (!iam_creatable(t, c, &iam_user))
		return NULL;
	row = iam_user_new(t, c->account, iam_path(c), row_str(c->input, "UserName"));
	return iam_created(t, c, &iam_user, row);
}

static json_t *user_get(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find_user(t, c);

	return row == NULL ? NULL : json_pack("{s:o}", "User", iam_shown(&iam_user, row, true));
}

static json_t *user_list(struct twin *t, struct twin_call *c)
{
	return iam_page(t, c, "Users", user_listed,
			iam_rows(t, c, iam_table(t, c->account, "users")));
}

static json_t *user_update(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, &iam_user);
	auto_free char *arn = xstrdup(row_str(row, "Arn"));

	if (row == NULL || !iam_rename(t, c, &iam_user, row, "NewUserName", "NewPath"))
		return NULL;
	iam_keys_follow(t, row, row_str(row, "Arn"));
	iam_principal_replace(t, arn, row_str(row, "Arn"));
	return json_object();
}

static const struct twin_op user_ops[] = {
    IAM_WRITE("CreateUser", user_create, "UserName"),
    IAM_READ("GetUser", user_get, NULL),
    IAM_READ("ListUsers", user_list, NULL),
    IAM_WRITE("UpdateUser", user_update, "UserName"),
    IAM_WRITE("DeleteUser", iam_delete, "UserName"),
    IAM_WRITE("TagUser", iam_tag, "UserName Tags"),
    IAM_WRITE("UntagUser", iam_untag, "UserName TagKeys"),
    IAM_READ("ListUserTags", iam_list_tags, "UserName"),
    IAM_WRITE("AttachUserPolicy", iam_attach, "UserName PolicyArn"),
    IAM_WRITE("DetachUserPolicy", iam_detach, "UserName PolicyArn"),
    IAM_READ("ListAttachedUserPolicies", iam_list_attached, "UserName"),
    IAM_WRITE("PutUserPolicy", iam_put_inline, "UserName PolicyName PolicyDocument"),
    IAM_READ("GetUserPolicy", iam_get_inline, "UserName PolicyName"),
    IAM_WRITE("DeleteUserPolicy", iam_delete_inline, "UserName PolicyName"),
    IAM_READ("ListUserPolicies", iam_list_inline, "UserName"),
    IAM_WRITE("PutUserPermissionsBoundary", iam_put_boundary, "UserName PermissionsBoundary"),
    IAM_WRITE("DeleteUserPermissionsBoundary", iam_delete_boundary, "UserName"),
};
const struct twin_service twin_iam_user_ops = {SERVICE_IAM, user_ops,
					       sizeof user_ops / sizeof user_ops[0]};
