/* The people of the twin's identity store. */
#include "aws/twin/sso_priv.h"

#include <string.h>

static const char *email_of(const json_t *user)
{
	return row_str(json_array_get(json_object_get(user, "Emails"), 0), "Value");
}

json_t *store_user_new(struct twin *t, const char *id, const char *name)
{
	json_t *user = store_row_new(t, &store_user, id);

	twin_set_str(user, "UserName", name);
	store_name_set(t, "user", name, row_str(user, "UserId"));
	return user;
}

json_t *store_user_find(struct twin *t, struct twin_call *c, const char *id)
{
	return store_find(t, c, &store_user, id);
}

/* Of the user with this id ("" for a new one), as it will be. False: refused. */
static bool names_are_free(const struct twin *t, struct twin_call *c, const json_t *user,
			   const char *id)
{
	return store_name_free(t, c, "user", row_str(user, "UserName"), id, "UserName") &&
	       store_name_free(t, c, "email", email_of(user), id, "Email");
}

static void names_drop(struct twin *t, const json_t *user)
{
	store_name_drop(t, "user", row_str(user, "UserName"));
	if (*email_of(user) != '\0')
		store_name_drop(t, "email", email_of(user));
}

static void names_take(struct twin *t, const json_t *user)
{
	store_name_set(t, "user", row_str(user, "UserName"), row_str(user, "UserId"));
	if (*email_of(user) != '\0')
		store_name_set(t, "email", email_of(user), row_str(user, "UserId"));
}

static json_t *create(struct twin *t, struct twin_call *c)
{
	json_auto_t *given = row_pick(
	    c->input, "Name DisplayName NickName ProfileUrl Emails Addresses PhoneNumbers "
		      "UserType Title PreferredLanguage Locale Timezone Photos Website Birthdate "
		      "Roles UserName");
	json_t *user;

	if (*idc_input(c, "UserName") == '\0')
		return twin_refuse_as(c, REFUSAL_INVALID, NULL, "userName is required");
	if (!names_are_free(t, c, given, "") || !store_has_room(t, c, &store_user))
		return NULL;
	user = store_user_new(t, NULL, idc_input(c, "UserName"));
	json_object_update(user, given);
	names_take(t, user);
	twin_made(t, user);
	return store_ids(t, &store_user, user, true);
}

static json_t *update(struct twin *t, struct twin_call *c)
{
	json_t *user = store_user_find(t, c, idc_input(c, "UserId")), *now;

	if (user == NULL || (now = store_updated(c, &store_user, user)) == NULL)
		return NULL;
	if (!names_are_free(t, c, now, row_str(user, "UserId"))) {
		json_decref(now);
		return NULL;
	}
	names_drop(t, user);
	json_object_set_new(twin_table(t, "identity_users"), store_id(idc_input(c, "UserId")), now);
	names_take(t, now);
	return store_ids(t, &store_user, now, true);
}

/* Assignments stay, of a principal that is no more. */
static json_t *delete (struct twin *t, struct twin_call *c)
{
	const char *id = store_id(idc_input(c, "UserId")), *group;
	json_t *user = store_user_find(t, c, id), *groups, *one;

	if (user == NULL)
		return NULL;
	groups = json_copy(json_object_get(user, "groups"));
	json_object_foreach(groups, group, one)
	{
		json_t *members = json_object_get(twin_row(t, "identity_groups", group), "members");
		auto_free char *membership = xstrdup(row_str(members, id));

		store_leave(t, membership);
	}
	json_decref(groups);
	names_drop(t, user);
	json_object_del(twin_table(t, "identity_users"), id);
	return json_object();
}

static const struct twin_op ops_of_users[] = {
    STORE_WRITE("CreateUser", create, "IdentityStoreId"),
    STORE_WRITE("UpdateUser", update, "IdentityStoreId UserId Operations"),
    STORE_WRITE("DeleteUser", delete, "IdentityStoreId UserId"),
    STORE_READ("DescribeUser", store_describe, "IdentityStoreId UserId"),
    STORE_READ("ListUsers", store_list, "IdentityStoreId"),
    STORE_READ("GetUserId", store_lookup, "IdentityStoreId AlternateIdentifier"),
};
const struct twin_service twin_store_user_ops = {SERVICE_IDENTITY_STORE, ops_of_users,
						 sizeof ops_of_users / sizeof ops_of_users[0]};
