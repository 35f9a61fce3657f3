/* Instance profiles of the twin's IAM: what holds a role for EC2, and so keeps it from being
 * deleted. */
#include "aws/twin/iam_priv.h"

#include <string.h>

const struct iam_kind iam_profile = {
    .table = "profiles",
    .noun = "instance-profile",
    .member = "Instance Profile",
    .name = "InstanceProfileName",
    .id = "InstanceProfileId",
    .unique = "AIPA",
    .listed = "Path InstanceProfileName InstanceProfileId Arn CreateDate",
    .name_max = 128,
    .count = IAM_PROFILES,
};

static json_t *profile_role(struct twin *t, const json_t *profile)
{
	const char *key = row_str(profile, "role");
	char account[ACCOUNT_ID];

	iam_account_of(row_str(profile, "Arn"), account);
	return *key == '\0' ? NULL : iam_row(t, account, "roles", key);
}

json_t *iam_profile_shown(struct twin *t, json_t *row)
{
	json_t *shown = row_pick(row, iam_profile.listed), *roles = json_array();
	json_t *role = profile_role(t, row);

	if (role != NULL)
		json_array_append_new(roles, iam_shown(&iam_role, role, false));
	json_object_set_new(shown, "Roles", roles);
	return shown;
}

/* With what listings leave out. */
static json_t *profile_whole(struct twin *t, json_t *row)
{
	json_t *shown = iam_profile_shown(t, row), *tags = json_object_get(row, "tags");

	if (json_object_size(tags) > 0)
		json_object_set_new(shown, "Tags", tags_list_of(tags));
	return json_pack("{s:o}", "InstanceProfile", shown);
}

void iam_profile_join(json_t *profile, json_t *role)
{
	auto_free char *key = iam_key(row_str(profile, iam_profile.name));
	auto_free char *name = iam_key(row_str(role, iam_role.name));

	twin_set_str(profile, "role", name);
	json_object_set_new(twin_sub(role, "profiles"), key, json_integer(1));
}

static json_t *profile_create(struct twin *t, struct twin_call *c)
{
	json_t *row;

	if (!iam_creatable(t, c, &iam_profile))
		return NULL;
	row = iam_row_new(t, c->account, &iam_profile, iam_path(c),
			  row_str(c->input, iam_profile.name));
	iam_tags_put(row, input_list(c->input, "Tags"));
	twin_made(t, row);
	return profile_whole(t, row);
}

static json_t *profile_get(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, &iam_profile);

	return row == NULL ? NULL : profile_whole(t, row);
}

static json_t *profile_list(struct twin *t, struct twin_call *c)
{
	return iam_page(t, c, "InstanceProfiles", iam_profile_shown,
			iam_rows(t, c, iam_table(t, c->account, "profiles")));
}

static json_t *profile_list_of_role(struct twin *t, struct twin_call *c)
{
	json_t *role = iam_find(t, c, &iam_role);

	if (role == NULL)
		return NULL;
	return iam_page(t, c, "InstanceProfiles", iam_profile_shown,
			iam_related(t, role, "profiles"));
}

/* One role is the most that a profile holds. */
static json_t *profile_add(struct twin *t, struct twin_call *c)
{
	json_t *profile = iam_find(t, c, &iam_profile);
	json_t *role = profile == NULL ? NULL : iam_find_own(t, c, &iam_role);

	if (role == NULL)
		return NULL;
	if (*row_str(profile, "role") != '\0')
		return twin_refuse(c, "LimitExceeded",
				   "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
	iam_profile_join(profile, role);
	return json_object();
}

static json_t *profile_remove(struct twin *t, struct twin_call *c)
{
	json_t *profile = iam_find(t, c, &iam_profile);
	json_t *role = profile == NULL ? NULL : iam_find_own(t, c, &iam_role);
	auto_free char *key = NULL;

	if (role == NULL)
		return NULL;
	if (profile_role(t, profile) != role)
		return twin_refuse(
		    c, "NoSuchEntity", "Role %s in Instance Profile %s cannot be found.",
		    row_str(role, iam_role.name), row_str(profile, iam_profile.name));
	key = iam_key(row_str(profile, iam_profile.name));
	json_object_del(json_object_get(role, "profiles"), key);
	json_object_del(profile, "role");
	return json_object();
}

static json_t *profile_delete(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, &iam_profile);
	auto_free char *key = row == NULL ? NULL : iam_key(row_str(row, iam_profile.name));

	if (row == NULL)
		return NULL;
	if (*row_str(row, "role") != '\0')
		return twin_refuse(c, "DeleteConflict",
				   "Cannot delete entity, must remove roles from instance profile "
				   "first.");
	json_object_del(iam_table(t, c->account, "profiles"), key);
	return json_object();
}

static const struct twin_op profile_ops[] = {
    IAM_WRITE("CreateInstanceProfile", profile_create, "InstanceProfileName"),
    IAM_READ("GetInstanceProfile", profile_get, "InstanceProfileName"),
    IAM_READ("ListInstanceProfiles", profile_list, NULL),
    IAM_READ("ListInstanceProfilesForRole", profile_list_of_role, "RoleName"),
    IAM_WRITE("AddRoleToInstanceProfile", profile_add, "InstanceProfileName RoleName"),
    IAM_WRITE("RemoveRoleFromInstanceProfile", profile_remove, "InstanceProfileName RoleName"),
    IAM_WRITE("DeleteInstanceProfile", profile_delete, "InstanceProfileName"),
    IAM_WRITE("TagInstanceProfile", iam_tag, "InstanceProfileName Tags"),
    IAM_WRITE("UntagInstanceProfile", iam_untag, "InstanceProfileName TagKeys"),
    IAM_READ("ListInstanceProfileTags", iam_list_tags, "InstanceProfileName"),
};
const struct twin_service twin_iam_profile_ops = {SERVICE_IAM, profile_ops,
						  sizeof profile_ops / sizeof profile_ops[0]};
