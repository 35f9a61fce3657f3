/* Access keys of the twin's IAM. */
#include "aws/twin/iam_priv.h"

#include <string.h>

#define SECRET_LENGTH 40

void iam_keys_follow(struct twin *t, json_t *user, const char *arn)
{
	const char *id;
	json_t *key, *known;

	json_object_foreach(json_object_get(user, "access_keys"), id, key)
	{
		known = twin_row(t, "keys", id);
		if (known != NULL)
			twin_set_str(known, "arn", arn);
	}
}

json_t *iam_key_new(struct twin *t, json_t *user, const char *account, const char *given)
{
	char id[TWIN_ID], secret[TWIN_ID], now[TIME_RFC3339];

	twin_id(t, id, "AKIA", 16);
	twin_id(t, secret, "", SECRET_LENGTH);
	iam_time(t, now);
	if (given == NULL)
		given = id;
	json_object_set_new(twin_sub(user, "access_keys"), given,
			    json_pack("{s:s, s:s, s:s}", "AccessKeyId", given, "Status", "Active",
				      "CreateDate", now));
	json_object_set_new(twin_table(t, "keys"), given,
			    json_pack("{s:s, s:s, s:s}", "account", account, "arn",
				      row_str(user, "Arn"), "secret", secret));
	return json_object_get(json_object_get(user, "access_keys"), given);
}

json_t *iam_status_set(struct twin_call *c, json_t *row)
{
	const char *status = row_str(c->input, "Status");

	if (row == NULL)
		return NULL;
	if (strcmp(status, "Active") != 0 && strcmp(status, "Inactive") != 0)
		return twin_refuse(c, "ValidationError",
				   "1 validation error detected: Value at 'status' failed to "
				   "satisfy constraint: Member must satisfy enum value set: "
				   "[Active, Inactive]");
	twin_set_str(row, "Status", status);
	return json_object();
}

static json_t *key_create(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c), *key, *shown;

	if (user == NULL || !iam_within(t, c, IAM_ACCESS_KEYS,
					json_object_size(json_object_get(user, "access_keys")) + 1))
		return NULL;
	key = iam_key_new(t, user, c->account, NULL);
	shown = row_pick(key, "AccessKeyId Status CreateDate");
	twin_set_str(shown, "UserName", row_str(user, "UserName"));
	twin_set_str(shown, "SecretAccessKey",
		     row_str(twin_row(t, "keys", row_str(key, "AccessKeyId")), "secret"));
	return json_pack("{s:o}", "AccessKey", shown);
}

static json_t *key_list(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c), *list, *key, *shown;
	const char *id;

	if (user == NULL)
		return NULL;
	list = json_array();
	json_object_foreach(json_object_get(user, "access_keys"), id, key)
	{
		shown = row_pick(key, "AccessKeyId Status CreateDate");
		twin_set_str(shown, "UserName", row_str(user, "UserName"));
		json_array_append_new(list, shown);
	}
	return iam_page(t, c, "AccessKeyMetadata", NULL, list);
}

/* The key of the input, of the user whose it must be; NULL: refused. */
static json_t *key_find(struct twin_call *c, const json_t *user)
{
	const char *id = row_str(c->input, "AccessKeyId");
	json_t *key = json_object_get(json_object_get(user, "access_keys"), id);

	if (user != NULL && key == NULL)
		twin_refuse(c, "NoSuchEntity", "The Access Key with id %s cannot be found.", id);
	return key;
}

static json_t *key_update(struct twin *t, struct twin_call *c)
{
	return iam_status_set(c, key_find(c, iam_find_user(t, c)));
}

static json_t *key_delete(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c);
	const char *id = row_str(c->input, "AccessKeyId");

	if (key_find(c, user) == NULL)
		return NULL;
	json_object_del(json_object_get(user, "access_keys"), id);
	json_object_del(twin_table(t, "keys"), id);
	return json_object();
}

void iam_key_used(struct twin *t, const char *key, const char *service, const char *region)
{
	const json_t *known = twin_row(t, "keys", key);
	const char *name = strrchr(row_str(known, "arn"), '/');
	char now[TIME_RFC3339];
	json_t *user, *row;

	if (known == NULL || name == NULL || json_object_get(known, "token") != NULL)
		return;
	user = iam_row(t, row_str(known, "account"), "users", name + 1);
	row = json_object_get(json_object_get(user, "access_keys"), key);
	if (row == NULL)
		return;
	iam_time(t, now);
	twin_set_str(row, "LastUsedDate", now);
	twin_set_str(row, "ServiceName", service);
	twin_set_str(row, "Region", region);
}

/* Asked for by the key's id alone: AWS does not tell that it is of another account, or of none. */
static json_t *key_last_used(struct twin *t, struct twin_call *c)
{
	const char *id = row_str(c->input, "AccessKeyId"), *name;
	json_t *user, *key, *used;

	if (!check_text(c, "AccessKeyId", 16, 128, NULL))
		return NULL;
	json_object_foreach(iam_table(t, c->account, "users"), name, user)
	{
		key = json_object_get(json_object_get(user, "access_keys"), id);
		if (key == NULL)
			continue;
		used = row_pick(key, "LastUsedDate ServiceName Region");
		if (json_object_size(used) == 0) {
			twin_set_str(used, "ServiceName", "N/A");
			twin_set_str(used, "Region", "N/A");
		}
		return json_pack("{s:s, s:o}", "UserName", row_str(user, "UserName"),
				 "AccessKeyLastUsed", used);
	}
	return twin_refuse(c, "AccessDenied",
			   "User: %s is not authorized to perform: iam:GetAccessKeyLastUsed on "
			   "resource: access key %s",
			   c->arn, id);
}

static const struct twin_op key_ops[] = {
    IAM_WRITE("CreateAccessKey", key_create, NULL),
    IAM_READ("ListAccessKeys", key_list, NULL),
    IAM_WRITE("UpdateAccessKey", key_update, "AccessKeyId Status"),
    IAM_WRITE("DeleteAccessKey", key_delete, "AccessKeyId"),
    IAM_READ("GetAccessKeyLastUsed", key_last_used, "AccessKeyId"),
};
const struct twin_service twin_iam_key_ops = {SERVICE_IAM, key_ops,
					      sizeof key_ops / sizeof key_ops[0]};
