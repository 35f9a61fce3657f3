/* The groups of the twin's identity store. */
#include "aws/twin/sso_priv.h"

#include <string.h>

json_t *store_group_new(struct twin *t, const char *id, const char *name)
{
	json_t *group = store_row_new(t, &store_group, id);

	twin_set_str(group, "DisplayName", name);
	store_name_set(t, "group", name, row_str(group, "GroupId"));
	return group;
}

json_t *store_group_find(struct twin *t, struct twin_call *c, const char *id)
{
	return store_find(t, c, &store_group, id);
}

/* Of the group with this id ("" for a new one). False: refused. */
static bool name_is_free(const struct twin *t, struct twin_call *c, const char *name,
			 const char *id)
{
	return store_name_free(t, c, "group", name, id, "GroupDisplayName");
}

static json_t *create(struct twin *t, struct twin_call *c)
{
	const char *name = idc_input(c, "DisplayName"), *text = idc_input(c, "Description");
	json_t *group;

	if (*name == '\0')
		return twin_refuse_as(c, REFUSAL_INVALID, NULL, "displayName is required");
	if (!name_is_free(t, c, name, "") || !store_has_room(t, c, &store_group))
		return NULL;
	group = store_group_new(t, NULL, name);
	if (*text != '\0')
		twin_set_str(group, "Description", text);
	twin_made(t, group);
	return store_ids(t, &store_group, group, true);
}

static json_t *update(struct twin *t, struct twin_call *c)
{
	json_t *group = store_group_find(t, c, idc_input(c, "GroupId")), *now;

	if (group == NULL || (now = store_updated(c, &store_group, group)) == NULL)
		return NULL;
	if (!name_is_free(t, c, row_str(now, "DisplayName"), row_str(group, "GroupId"))) {
		json_decref(now);
		return NULL;
	}
	store_name_drop(t, "group", row_str(group, "DisplayName"));
	json_object_set_new(twin_table(t, "identity_groups"), store_id(idc_input(c, "GroupId")),
			    now);
	store_name_set(t, "group", row_str(now, "DisplayName"), row_str(now, "GroupId"));
	return store_ids(t, &store_group, now, true);
}

/* Assignments stay, of a principal that is no more. */
static json_t *delete (struct twin *t, struct twin_call *c)
{
	const char *id = store_id(idc_input(c, "GroupId")), *user;
	json_t *group = store_group_find(t, c, id), *members, *one;

	if (group == NULL)
		return NULL;
	members = json_copy(json_object_get(group, "members"));
	json_object_foreach(members, user, one)
	{
		store_leave(t, json_string_value(one));
	}
	json_decref(members);
	store_name_drop(t, "group", row_str(group, "DisplayName"));
	json_object_del(twin_table(t, "identity_groups"), id);
	return json_object();
}

static const struct twin_op ops_of_groups[] = {
    STORE_WRITE("CreateGroup", create, "IdentityStoreId"),
    STORE_WRITE("UpdateGroup", update, "IdentityStoreId GroupId Operations"),
    STORE_WRITE("DeleteGroup", delete, "IdentityStoreId GroupId"),
    STORE_READ("DescribeGroup", store_describe, "IdentityStoreId GroupId"),
    STORE_READ("ListGroups", store_list, "IdentityStoreId"),
    STORE_READ("GetGroupId", store_lookup, "IdentityStoreId AlternateIdentifier"),
};
const struct twin_service twin_store_group_ops = {SERVICE_IDENTITY_STORE, ops_of_groups,
						  sizeof ops_of_groups / sizeof ops_of_groups[0]};
