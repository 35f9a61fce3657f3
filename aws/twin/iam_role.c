/* Roles of the twin's IAM. */
#include "aws/twin/iam_priv.h"

#include <ctype.h>

#define SESSION_LEAST 3600 /* seconds */
#define SESSION_MOST  43200

static json_t *role_listed(struct twin *t, json_t *row)
{
	(void)t;
	return iam_shown(&iam_role, row, false);
}

/* False: refused. */
static bool settings_valid(struct twin_call *c)
{
	int64_t seconds = input_number(c->input, "MaxSessionDuration");

	if (!check_text(c, "Description", 0, 1000, NULL))
		return false;
	if (json_object_get(c->input, "MaxSessionDuration") == NULL ||
	    (seconds >= SESSION_LEAST && seconds <= SESSION_MOST))
		return true;
	twin_refuse(c, "ValidationError",
		    "1 validation error detected: Value at 'maxSessionDuration' failed to satisfy "
		    "constraint: Member must have value between %d and %d",
		    SESSION_LEAST, SESSION_MOST);
	return false;
}

/* A session's length that is left out becomes an hour, also on an update. */
static void settings_set(const struct twin_call *c, json_t *role)
{
	int64_t seconds = input_number(c->input, "MaxSessionDuration");
	const json_t *description = json_object_get(c->input, "Description");

	json_object_set_new(role, "MaxSessionDuration",
			    json_integer(seconds > 0 ? seconds : SESSION_LEAST));
	if (json_is_string(description))
		twin_set_str(role, "Description", json_string_value(description));
}

static json_t *role_create(struct twin *t, struct twin_call *c)
{
	auto_free char *trust = NULL;
	json_t *row;

	if (!settings_valid(c) || !iam_creatable(t, c, &iam_role))
		return NULL;
	trust = iam_trust(t, c, row_str(c->input, "AssumeRolePolicyDocument"));
	if (trust == NULL)
		return NULL;
	row = iam_role_new(t, c->account, iam_path(c), row_str(c->input, "RoleName"), trust);
	settings_set(c, row);
	return iam_created(t, c, &iam_role, row);
}

static json_t *role_get(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, &iam_role);

	return row == NULL ? NULL : json_pack("{s:o}", "Role", iam_shown(&iam_role, row, true));
}

static json_t *role_list(struct twin *t, struct twin_call *c)
{
	return iam_page(t, c, "Roles", role_listed,
			iam_rows(t, c, iam_table(t, c->account, "roles")));
}

static json_t *role_update(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find_own(t, c, &iam_role);

	if (row == NULL || !settings_valid(c))
		return NULL;
	settings_set(c, row);
	return json_object();
}

static json_t *role_describe(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, &iam_role);

	if (row == NULL || !settings_valid(c))
		return NULL;
	twin_set_str(row, "Description", row_str(c->input, "Description"));
	return json_pack("{s:o}", "Role", iam_shown(&iam_role, row, true));
}

static json_t *role_trust(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find_own(t, c, &iam_role);
	auto_free char *trust =
	    row == NULL ? NULL : iam_trust(t, c, row_str(c->input, "PolicyDocument"));

	if (trust == NULL)
		return NULL;
	twin_set_str(row, "AssumeRolePolicyDocument", trust);
	return json_object();
}

/* AWS's own names follow no rule; this one is near: the service's first label, capitalised. */
static char *service_role_name(const char *service, const char *suffix)
{
	auto_buf name = BUF_INIT(512);
	const char *p;

	buf_puts(&name, "AWSServiceRoleFor");
	for (p = service; *p != '\0' && *p != '.'; p++)
		buf_putc(&name, p == service ? (char)toupper((unsigned char)*p) : *p);
	if (*suffix != '\0')
		buf_printf(&name, "_%s", suffix);
	return buf_take(&name);
}

static json_t *role_create_linked(struct twin *t, struct twin_call *c)
{
	const char *service = row_str(c->input, "AWSServiceName");
	auto_free char *name = service_role_name(service, row_str(c->input, "CustomSuffix"));
	auto_free char *path = xasprintf("/aws-service-role/%s/", service);
	auto_free char *trust = xasprintf(
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	    "{\"Service\":\"%s\"},\"Action\":\"sts:AssumeRole\"}]}",
	    service);
	json_t *row;

	if (!settings_valid(c) || !iam_name_valid(c, "AWSServiceName", 128) ||
	    !iam_name_valid(c, "CustomSuffix", 64))
		return NULL;
	if (iam_row(t, c->account, "roles", name) != NULL)
		return twin_refuse(
		    c, "InvalidInput",
		    "Service role name %s has been taken in this account, please try "
		    "a different suffix.",
		    name);
	row = iam_role_new(t, c->account, path, name, trust);
	settings_set(c, row);
	return iam_created(t, c, &iam_role, row);
}

static const struct twin_op role_ops[] = {
    IAM_WRITE("CreateRole", role_create, "RoleName AssumeRolePolicyDocument"),
    IAM_WRITE("CreateServiceLinkedRole", role_create_linked, "AWSServiceName"),
    IAM_READ("GetRole", role_get, "RoleName"),
    IAM_READ("ListRoles", role_list, NULL),
    IAM_WRITE("UpdateRole", role_update, "RoleName"),
    IAM_WRITE("UpdateRoleDescription", role_describe, "RoleName Description"),
    IAM_WRITE("UpdateAssumeRolePolicy", role_trust, "RoleName PolicyDocument"),
    IAM_WRITE("DeleteRole", iam_delete, "RoleName"),
    IAM_WRITE("TagRole", iam_tag, "RoleName Tags"),
    IAM_WRITE("UntagRole", iam_untag, "RoleName TagKeys"),
    IAM_READ("ListRoleTags", iam_list_tags, "RoleName"),
    IAM_WRITE("AttachRolePolicy", iam_attach, "RoleName PolicyArn"),
    IAM_WRITE("DetachRolePolicy", iam_detach, "RoleName PolicyArn"),
    IAM_READ("ListAttachedRolePolicies", iam_list_attached, "RoleName"),
    IAM_WRITE("PutRolePolicy", iam_put_inline, "RoleName PolicyName PolicyDocument"),
    IAM_READ("GetRolePolicy", iam_get_inline, "RoleName PolicyName"),
    IAM_WRITE("DeleteRolePolicy", iam_delete_inline, "RoleName PolicyName"),
    IAM_READ("ListRolePolicies", iam_list_inline, "RoleName"),
    IAM_WRITE("PutRolePermissionsBoundary", iam_put_boundary, "RoleName PermissionsBoundary"),
    IAM_WRITE("DeleteRolePermissionsBoundary", iam_delete_boundary, "RoleName"),
};
const struct twin_service twin_iam_role_ops = {SERVICE_IAM, role_ops,
					       sizeof role_ops / sizeof role_ops[0]};
