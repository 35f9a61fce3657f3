/* Groups of the twin's IAM, and who is in them. */
#include "aws/twin/iam_priv.h"

static json_t *group_listed(struct twin *t, json_t *row)
{
	(void)t;
	return iam_shown(&iam_group, row, false);
}

static json_t *member_listed(struct twin *t, json_t *row)
{
	(void)t;
	return iam_shown(&iam_user, row, false);
}

static json_t *group_create(struct twin *t, struct twin_call *c)
{
	json_t *row;

	if (!iam_creatable(t, c, &iam_group))
		return NULL;
	row = iam_group_new(t, c->account, iam_path(c), row_str(c->input, "GroupName"));
	return iam_created(t, c, &iam_group, row);
}

static json_t *group_get(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, &iam_group), *users, *reply;

	if (row == NULL)
		return NULL;
	users = iam_related(t, row, "users");
	reply = iam_page(t, c, "Users", member_listed, users);
	if (reply != NULL)
		json_object_set_new(reply, "Group", iam_shown(&iam_group, row, true));
	return reply;
}

static json_t *group_list(struct twin *t, struct twin_call *c)
{
	return iam_page(t, c, "Groups", group_listed,
			iam_rows(t, c, iam_table(t, c->account, "groups")));
}

static json_t *group_list_for_user(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find(t, c, &iam_user);

	if (user == NULL)
		return NULL;
	return iam_page(t, c, "Groups", group_listed, iam_related(t, user, "groups"));
}

static json_t *group_update(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, &iam_group);

	if (row == NULL || !iam_rename(t, c, &iam_group, row, "NewGroupName", "NewPath"))
		return NULL;
	return json_object();
}

static json_t *member_add(struct twin *t, struct twin_call *c)
{
	json_t *group = iam_find(t, c, &iam_group);
	json_t *user = group == NULL ? NULL : iam_find(t, c, &iam_user);
	auto_free char *group_key = iam_key(row_str(group, "GroupName"));
	auto_free char *user_key = iam_key(row_str(user, "UserName"));
	json_t *groups;

	if (user == NULL)
		return NULL;
	groups = twin_sub(user, "groups");
	if (json_object_get(groups, group_key) == NULL &&
	    !iam_within(t, c, IAM_GROUPS_PER_USER, json_object_size(groups) + 1))
		return NULL;
	json_object_set_new(groups, group_key, json_integer(1));
	json_object_set_new(twin_sub(group, "users"), user_key, json_integer(1));
	return json_object();
}

static json_t *member_remove(struct twin *t, struct twin_call *c)
{
	json_t *group = iam_find(t, c, &iam_group);
	json_t *user = group == NULL ? NULL : iam_find(t, c, &iam_user);
	auto_free char *group_key = iam_key(row_str(group, "GroupName"));
	auto_free char *user_key = iam_key(row_str(user, "UserName"));

	if (user == NULL)
		return NULL;
	if (json_object_del(json_object_get(user, "groups"), group_key) != 0)
		return twin_refuse(c, "NoSuchEntity", "User %s is not in group %s.",
				   row_str(user, "UserName"), row_str(group, "GroupName"));
	json_object_del(json_object_get(group, "users"), user_key);
	return json_object();
}

static const struct twin_op group_ops[] = {
    IAM_WRITE("CreateGroup", group_create, "GroupName"),
    IAM_READ("GetGroup", group_get, "GroupName"),
    IAM_READ("ListGroups", group_list, NULL),
    IAM_READ("ListGroupsForUser", group_list_for_user, "UserName"),
    IAM_WRITE("UpdateGroup", group_update, "GroupName"),
    IAM_WRITE("DeleteGroup", iam_delete, "GroupName"),
    IAM_WRITE("AddUserToGroup", member_add, "GroupName UserName"),
    IAM_WRITE("RemoveUserFromGroup", member_remove, "GroupName UserName"),
    IAM_WRITE("AttachGroupPolicy", iam_attach, "GroupName PolicyArn"),
    IAM_WRITE("DetachGroupPolicy", iam_detach, "GroupName PolicyArn"),
    IAM_READ("ListAttachedGroupPolicies", iam_list_attached, "GroupName"),
    IAM_WRITE("PutGroupPolicy", iam_put_inline, "GroupName PolicyName PolicyDocument"),
    IAM_READ("GetGroupPolicy", iam_get_inline, "GroupName PolicyName"),
    IAM_WRITE("DeleteGroupPolicy", iam_delete_inline, "GroupName PolicyName"),
    IAM_READ("ListGroupPolicies", iam_list_inline, "GroupName"),
};
const struct twin_service twin_iam_group_ops = {SERVICE_IAM, group_ops,
						sizeof group_ops / sizeof group_ops[0]};
