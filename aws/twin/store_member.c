/* Who is in which group of the twin's identity store. */
#include "aws/twin/sso_priv.h"

#include <string.h>

#define GROUPS_ASKED 100 /* of IsMemberInGroups: its model */

void store_join(struct twin *t, json_t *group, json_t *user, const char *membership)
{
	const char *group_id = row_str(group, "GroupId"), *user_id = row_str(user, "UserId");
	auto_free char *pair = xasprintf("%s/%s", group_id, user_id);
	char fresh[TWIN_ID];

	if (membership == NULL) {
		twin_id_uuid(t, fresh);
		membership = fresh;
	}
	twin_set_str(twin_sub(t->state, "memberships"), membership, pair);
	twin_set_str(twin_sub(group, "members"), user_id, membership);
	json_object_set_new(twin_sub(user, "groups"), group_id, json_integer(1));
}

void store_leave(struct twin *t, const char *membership)
{
	json_t *all = twin_sub(t->state, "memberships");
	const char *pair = row_str(all, membership), *user_id = store_id(pair);
	auto_free char *group_id = xasprintf("%.*s", (int)strcspn(pair, "/"), pair);

	json_object_del(json_object_get(twin_row(t, "identity_groups", group_id), "members"),
			user_id);
	json_object_del(json_object_get(twin_row(t, "identity_users", user_id), "groups"),
			group_id);
	json_object_del(all, membership);
}

static const char *member_given(const struct twin_call *c)
{
	return row_str(json_object_get(c->input, "MemberId"), "UserId");
}

/* The ids of one membership, as all replies have them: new. */
static json_t *membership_ids(struct twin *t, const char *id)
{
	auto_free char *arn = store_arn(t, "membership", id);

	return json_pack("{s:O, s:s, s:s}", "IdentityStoreId",
			 json_object_get(idc_instance(t), "IdentityStoreId"), "MembershipId", id,
			 "MembershipArn", arn);
}

static json_t *membership_show(struct twin *t, const char *id, const char *group, const char *user)
{
	json_t *shown = membership_ids(t, id);

	twin_set_str(shown, "GroupId", group);
	json_object_set_new(shown, "MemberId", json_pack("{s:s}", "UserId", user));
	return shown;
}

/* Rows of listings are {MembershipId, group, user}. */
static json_t *membership_listed(struct twin *t, json_t *item)
{
	return membership_show(t, row_str(item, "MembershipId"), row_str(item, "group"),
			       row_str(item, "user"));
}

/* Both rows that the input names; false: refused. */
static bool both_find(struct twin *t, struct twin_call *c, json_t **group, json_t **user)
{
	*group = store_group_find(t, c, idc_input(c, "GroupId"));
	*user = *group == NULL ? NULL : store_user_find(t, c, member_given(c));
	return *user != NULL;
}

static const char *membership_of(const json_t *group, const json_t *user)
{
	return row_str(json_object_get(group, "members"), row_str(user, "UserId"));
}

static json_t *create(struct twin *t, struct twin_call *c)
{
	json_t *group, *user;

	if (!both_find(t, c, &group, &user))
		return NULL;
	if (*membership_of(group, user) != '\0')
		return store_taken(c, "GroupMembership");
	store_join(t, group, user, NULL);
	return membership_ids(t, membership_of(group, user));
}

static json_t *find(struct twin *t, struct twin_call *c)
{
	json_t *group, *user;

	if (!both_find(t, c, &group, &user))
		return NULL;
	if (*membership_of(group, user) == '\0')
		return store_missing(c, "GROUP_MEMBERSHIP", "membership", member_given(c));
	return membership_ids(t, membership_of(group, user));
}

/* The membership that the input names; NULL: refused. */
static const char *named(struct twin *t, struct twin_call *c)
{
	const char *id = store_id(idc_input(c, "MembershipId"));

	if (twin_row(t, "memberships", id) != NULL)
		return id;
	store_missing(c, "GROUP_MEMBERSHIP", "membership", id);
	return NULL;
}

static json_t *describe(struct twin *t, struct twin_call *c)
{
	const char *id = named(t, c), *pair;
	auto_free char *group = NULL;

	if (id == NULL)
		return NULL;
	pair = json_string_value(twin_row(t, "memberships", id));
	group = xasprintf("%.*s", (int)strcspn(pair, "/"), pair);
	return membership_show(t, id, group, store_id(pair));
}

static json_t *delete (struct twin *t, struct twin_call *c)
{
	const char *id = named(t, c);

	if (id == NULL)
		return NULL;
	store_leave(t, id);
	return json_object();
}

static json_t *item_new(const char *id, const char *group, const char *user)
{
	return json_pack("{s:s, s:s, s:s}", "MembershipId", id, "group", group, "user", user);
}

static json_t *list(struct twin *t, struct twin_call *c)
{
	json_t *group = store_group_find(t, c, idc_input(c, "GroupId")), *items, *one;
	const char *user;

	if (group == NULL)
		return NULL;
	items = json_array();
	json_object_foreach(json_object_get(group, "members"), user, one)
	{
		json_array_append_new(
		    items, item_new(json_string_value(one), row_str(group, "GroupId"), user));
	}
	return idc_page(t, c, "GroupMemberships", items, membership_listed);
}

static json_t *list_of_member(struct twin *t, struct twin_call *c)
{
	json_t *user = store_user_find(t, c, member_given(c)), *items, *one;
	const char *group;

	if (user == NULL)
		return NULL;
	items = json_array();
	json_object_foreach(json_object_get(user, "groups"), group, one)
	{
		const char *id = membership_of(twin_row(t, "identity_groups", group), user);

		json_array_append_new(items, item_new(id, group, row_str(user, "UserId")));
	}
	return idc_page(t, c, "GroupMemberships", items, membership_listed);
}

static json_t *is_member(struct twin *t, struct twin_call *c)
{
	const json_t *ids = json_object_get(c->input, "GroupIds");
	json_t *user = store_user_find(t, c, member_given(c)), *results, *id;
	size_t i;

	if (user == NULL)
		return NULL;
	if (json_array_size(ids) == 0 || json_array_size(ids) > GROUPS_ASKED)
		return twin_refuse_as(c, REFUSAL_INVALID, NULL,
				      "GroupIds must have 1 to %d elements", GROUPS_ASKED);
	results = json_array();
	json_array_foreach((json_t *)ids, i, id)
	{
		const char *group = json_is_string(id) ? json_string_value(id) : "";
		bool there =
		    json_object_get(json_object_get(user, "groups"), store_id(group)) != NULL;

		json_array_append_new(results,
				      json_pack("{s:s, s:{s:s}, s:b}", "GroupId", group, "MemberId",
						"UserId", row_str(user, "UserId"),
						"MembershipExists", there));
	}
	return json_pack("{s:o}", "Results", results);
}

static const struct twin_op ops_of_members[] = {
    STORE_WRITE("CreateGroupMembership", create, "IdentityStoreId GroupId MemberId"),
    STORE_READ("GetGroupMembershipId", find, "IdentityStoreId GroupId MemberId"),
    STORE_READ("DescribeGroupMembership", describe, "IdentityStoreId MembershipId"),
    STORE_WRITE("DeleteGroupMembership", delete, "IdentityStoreId MembershipId"),
    STORE_READ("ListGroupMemberships", list, "IdentityStoreId GroupId"),
    STORE_READ("ListGroupMembershipsForMember", list_of_member, "IdentityStoreId MemberId"),
    STORE_READ("IsMemberInGroups", is_member, "IdentityStoreId MemberId GroupIds"),
};
const struct twin_service twin_store_member_ops = {
    SERVICE_IDENTITY_STORE, ops_of_members, sizeof ops_of_members / sizeof ops_of_members[0]};
