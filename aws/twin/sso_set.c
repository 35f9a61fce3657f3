/* Permission sets of the twin and their tags. */
#include "aws/twin/sso_priv.h"

#include <stdlib.h>
#include <string.h>

#define TAGS_MOST 75 /* the model's TagList */
#define HOUR      "PT1H"

char *idc_set_arn(struct twin *t, const char *id)
{
	const char *instance = strrchr(row_str(idc_instance(t), "InstanceArn"), '/');

	return xasprintf("arn:%s:sso:::permissionSet%s/%s", row_str(t->state, "partition"),
			 instance == NULL ? "/" : instance, id);
}

const char *idc_set_id(const json_t *set)
{
	return store_id(row_str(set, "PermissionSetArn"));
}

json_t *idc_set_new(struct twin *t, const char *arn, const char *name)
{
	auto_free char *made = NULL;
	json_t *set = json_object();
	char id[TWIN_ID];

	if (arn == NULL) {
		twin_id_hex(t, id, "ps-", 16);
		arn = made = idc_set_arn(t, id);
	}
	twin_set_str(set, "PermissionSetArn", arn);
	twin_set_str(set, "Name", name);
	twin_set_str(set, "SessionDuration", HOUR);
	json_object_set_new(set, "CreatedDate", json_integer(twin_seconds(t)));
	json_object_set_new(set, "version", json_integer(1));
	json_object_set_new(twin_sub(t->state, "permission_sets"), arn, set);
	store_name_set(t, "set", name, arn);
	return set;
}

json_t *idc_set_find(const struct twin *t, const char *arn)
{
	return twin_row(t, "permission_sets", arn);
}

static json_t *set_by(struct twin *t, struct twin_call *c, const char *member)
{
	const char *arn = idc_input(c, member);
	json_t *set = idc_set_find(t, arn);

	if (set == NULL)
		idc_missing(c, "PermissionSet", arn);
	return set;
}

json_t *idc_set_named(struct twin *t, struct twin_call *c)
{
	return set_by(t, c, "PermissionSetArn");
}

/* Sets of the management account are the management account's alone. */
static bool set_is_his(const struct twin *t, struct twin_call *c, const json_t *set)
{
	const char *management = row_str(t->state, "management");

	if (!idc_delegated(t, c) ||
	    json_object_get(json_object_get(set, "accounts"), management) == NULL)
		return true;
	twin_refuse(c, "AccessDeniedException",
		    "A delegated administrator cannot change a permission set that is provisioned "
		    "in the management account");
	return false;
}

json_t *idc_set_own(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_named(t, c);

	if (set == NULL || !set_is_his(t, c, set))
		return NULL;
	if (idc_set_busy(t, set, false))
		return idc_conflict(c, "There is a conflicting operation in process for this "
				       "permission set");
	return set;
}

void idc_set_changed(json_t *set)
{
	json_int_t version = json_integer_value(json_object_get(set, "version"));

	json_object_set_new(set, "version", json_integer(version + 1));
}

static json_t *set_show(const json_t *set)
{
	return json_pack("{s:o}", "PermissionSet",
			 row_pick(set, "Name PermissionSetArn Description CreatedDate "
				       "SessionDuration RelayState"));
}

/* What is left out of an update is reset. */
static void settings_set(const struct twin_call *c, json_t *set)
{
	static const char *const members[] = {"Description", "RelayState", "SessionDuration"};
	size_t i;

	for (i = 0; i < sizeof members / sizeof members[0]; i++) {
		const char *value = idc_input(c, members[i]);

		if (*value != '\0')
			twin_set_str(set, members[i], value);
		else
			json_object_del(set, members[i]);
	}
	if (json_object_get(set, "SessionDuration") == NULL)
		twin_set_str(set, "SessionDuration", HOUR);
}

static void tags_set(json_t *set, const json_t *tags)
{
	json_t *tag;
	size_t i;

	json_array_foreach((json_t *)tags, i, tag)
	{
		twin_set_str(twin_sub(set, "tags"), row_str(tag, "Key"), row_str(tag, "Value"));
	}
}

static json_t *create(struct twin *t, struct twin_call *c)
{
	const json_t *tags = json_object_get(c->input, "Tags");
	const char *name = idc_input(c, "Name");
	json_t *set;

	if (!check_tags(c, tags, NULL, TAGS_MOST))
		return NULL;
	if (store_owner(t, "set", name) != NULL)
		return idc_conflict(c, "PermissionSet with the same name already exists.");
	if (!idc_within(t, c, IDC_SETS,
			json_object_size(twin_sub(t->state, "permission_sets")) + 1))
		return NULL;
	set = idc_set_new(t, NULL, name);
	settings_set(c, set);
	tags_set(set, tags);
	twin_made(t, set);
	return set_show(set);
}

static json_t *describe(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_named(t, c);

	return set == NULL ? NULL : set_show(set);
}

static json_t *update(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_own(t, c);
	auto_free char *before = NULL;

	if (set == NULL)
		return NULL;
	before = xstrdup(row_str(set, "SessionDuration"));
	settings_set(c, set);
	if (strcmp(before, row_str(set, "SessionDuration")) != 0)
		idc_set_changed(set);
	return json_object();
}

static json_t *delete (struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_own(t, c);

	if (set == NULL)
		return NULL;
	if (json_object_size(json_object_get(set, "grants")) > 0 ||
	    json_object_size(json_object_get(set, "accounts")) > 0 || idc_set_busy(t, set, true))
		return idc_conflict(c, "PermissionSet can not be deleted: it has "
				       "AccountAssignments");
	store_name_drop(t, "set", row_str(set, "Name"));
	json_object_del(twin_table(t, "permission_sets"), idc_input(c, "PermissionSetArn"));
	return json_object();
}

static json_t *list(struct twin *t, struct twin_call *c)
{
	json_t *items = json_array(), *set;
	const char *arn;

	json_object_foreach(twin_sub(t->state, "permission_sets"), arn, set)
	{
		if (!twin_hidden(t, set))
			json_array_append(items, json_object_get(set, "PermissionSetArn"));
	}
	return idc_page(t, c, "PermissionSets", items, NULL);
}

static json_t *tag(struct twin *t, struct twin_call *c)
{
	const json_t *tags = json_object_get(c->input, "Tags");
	json_t *set = set_by(t, c, "ResourceArn");

	if (set == NULL || !set_is_his(t, c, set) ||
	    !check_tags(c, tags, json_object_get(set, "tags"), TAGS_MOST))
		return NULL;
	tags_set(set, tags);
	return json_object();
}

static json_t *untag(struct twin *t, struct twin_call *c)
{
	const json_t *keys = json_object_get(c->input, "TagKeys");
	json_t *set = set_by(t, c, "ResourceArn"), *key;
	size_t i;

	if (set == NULL || !set_is_his(t, c, set))
		return NULL;
	json_array_foreach((json_t *)keys, i, key)
	{
		if (json_is_string(key))
			json_object_del(twin_sub(set, "tags"), json_string_value(key));
	}
	return json_object();
}

/* The one listing that takes no page size. */
static json_t *tags_list(struct twin *t, struct twin_call *c)
{
	struct twin_paging paging = {.list = "Tags",
				     .token_in = "NextToken",
				     .token_out = "NextToken",
				     .standard = TAGS_MOST,
				     .most = TAGS_MOST};
	json_t *set = set_by(t, c, "ResourceArn");

	if (set == NULL)
		return NULL;
	return twin_page(t, c, &paging, tags_list_of(json_object_get(set, "tags")));
}

static const struct twin_op ops_of_sets[] = {
    IDC_WRITE("CreatePermissionSet", create, "InstanceArn Name"),
    IDC_READ("DescribePermissionSet", describe, "InstanceArn PermissionSetArn"),
    IDC_WRITE("UpdatePermissionSet", update, "InstanceArn PermissionSetArn"),
    IDC_WRITE("DeletePermissionSet", delete, "InstanceArn PermissionSetArn"),
    IDC_READ("ListPermissionSets", list, "InstanceArn"),
    IDC_WRITE("TagResource", tag, "ResourceArn Tags"),
    IDC_WRITE("UntagResource", untag, "ResourceArn TagKeys"),
    IDC_READ("ListTagsForResource", tags_list, "ResourceArn"),
};
const struct twin_service twin_sso_set_ops = {SERVICE_SSO_ADMIN, ops_of_sets,
					      sizeof ops_of_sets / sizeof ops_of_sets[0]};
