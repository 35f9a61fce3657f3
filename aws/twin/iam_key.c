/* How users of the twin's IAM sign in: access keys, login profiles, MFA devices. */
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

static json_t *key_create(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c), *keys, *shown;
	char id[TWIN_ID], secret[TWIN_ID], now[TIME_RFC3339];

	if (user == NULL)
		return NULL;
	keys = json_object_get(user, "access_keys");
	if (!iam_within(t, c, IAM_ACCESS_KEYS, json_object_size(keys) + 1))
		return NULL;
	twin_id(t, id, "AKIA", 16);
	twin_id(t, secret, "", SECRET_LENGTH);
	iam_time(t, now);
	json_object_set_new(
	    twin_sub(user, "access_keys"), id,
	    json_pack("{s:s, s:s, s:s}", "AccessKeyId", id, "Status", "Active", "CreateDate", now));
	json_object_set_new(twin_table(t, "keys"), id,
			    json_pack("{s:s, s:s, s:s}", "account", c->account, "arn",
				      row_str(user, "Arn"), "secret", secret));
	shown = json_pack("{s:s, s:s, s:s, s:s, s:s}", "UserName", row_str(user, "UserName"),
			  "AccessKeyId", id, "Status", "Active", "SecretAccessKey", secret,
			  "CreateDate", now);
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
	const char *status = row_str(c->input, "Status");
	json_t *key = key_find(c, iam_find_user(t, c));

	if (key == NULL)
		return NULL;
	if (strcmp(status, "Active") != 0 && strcmp(status, "Inactive") != 0)
		return twin_refuse(c, "ValidationError",
				   "1 validation error detected: Value at 'status' failed to "
				   "satisfy constraint: Member must satisfy enum value set: "
				   "[Active, Inactive]");
	twin_set_str(key, "Status", status);
	return json_object();
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

static json_t *login_shown(const json_t *user)
{
	json_t *shown =
	    row_pick(json_object_get(user, "login"), "CreateDate PasswordResetRequired");

	twin_set_str(shown, "UserName", row_str(user, "UserName"));
	return json_pack("{s:o}", "LoginProfile", shown);
}

/* The user of the input, with a login profile; NULL: refused. */
static json_t *login_find(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c);

	if (user == NULL || json_object_get(user, "login") != NULL)
		return user;
	return twin_refuse(c, "NoSuchEntity", "Login Profile for User %s cannot be found.",
			   row_str(user, "UserName"));
}

static json_t *login_create(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c);
	char now[TIME_RFC3339];

	if (user == NULL || !check_text(c, "Password", 1, 128, NULL))
		return NULL;
	if (json_object_get(user, "login") != NULL)
		return twin_refuse(c, "EntityAlreadyExists",
				   "Login Profile for user %s already exists.",
				   row_str(user, "UserName"));
	iam_time(t, now);
	json_object_set_new(user, "login",
			    json_pack("{s:s, s:b}", "CreateDate", now, "PasswordResetRequired",
				      input_true(c->input, "PasswordResetRequired")));
	return login_shown(user);
}

static json_t *login_get(struct twin *t, struct twin_call *c)
{
	json_t *user = login_find(t, c);

	return user == NULL ? NULL : login_shown(user);
}

/* The twin keeps no password. */
static json_t *login_update(struct twin *t, struct twin_call *c)
{
	json_t *user = login_find(t, c);

	if (user == NULL || !check_text(c, "Password", 1, 128, NULL))
		return NULL;
	if (json_object_get(c->input, "PasswordResetRequired") != NULL)
		json_object_set_new(json_object_get(user, "login"), "PasswordResetRequired",
				    json_boolean(input_true(c->input, "PasswordResetRequired")));
	return json_object();
}

static json_t *login_delete(struct twin *t, struct twin_call *c)
{
	json_t *user = login_find(t, c);

	if (user == NULL)
		return NULL;
	json_object_del(user, "login");
	return json_object();
}

static json_t *mfa_list(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c), *list, *date;
	const char *serial;

	if (user == NULL)
		return NULL;
	list = json_array();
	json_object_foreach(json_object_get(user, "mfa"), serial, date)
	{
		json_array_append_new(list, json_pack("{s:s, s:s, s:O}", "UserName",
						      row_str(user, "UserName"), "SerialNumber",
						      serial, "EnableDate", date));
	}
	return iam_page(t, c, "MFADevices", NULL, list);
}

/* Any device, and any codes, will do. */
static json_t *mfa_enable(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find(t, c, &iam_user);
	const char *serial = row_str(c->input, "SerialNumber");
	char now[TIME_RFC3339];

	if (user == NULL || !check_text(c, "SerialNumber", 9, 256, NULL))
		return NULL;
	if (json_object_get(json_object_get(user, "mfa"), serial) != NULL)
		return twin_refuse(c, "EntityAlreadyExists", "MFA Device is already in use.");
	iam_time(t, now);
	twin_set_str(twin_sub(user, "mfa"), serial, now);
	return json_object();
}

static json_t *mfa_deactivate(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find(t, c, &iam_user);

	if (user == NULL)
		return NULL;
	if (json_object_del(json_object_get(user, "mfa"), row_str(c->input, "SerialNumber")) != 0)
		return twin_refuse(c, "NoSuchEntity", "MFA Device invalid for user.");
	return json_object();
}

/* The twin makes none of these, but whoever deletes a user looks for them. */
static json_t *others_list(struct twin *t, struct twin_call *c, const char *list)
{
	return iam_find_user(t, c) == NULL ? NULL : iam_page(t, c, list, NULL, json_array());
}

static json_t *certificate_list(struct twin *t, struct twin_call *c)
{
	return others_list(t, c, "Certificates");
}

static json_t *ssh_key_list(struct twin *t, struct twin_call *c)
{
	return others_list(t, c, "SSHPublicKeys");
}

static json_t *credential_list(struct twin *t, struct twin_call *c)
{
	return others_list(t, c, "ServiceSpecificCredentials");
}

static const struct twin_op key_ops[] = {
    IAM_WRITE("CreateAccessKey", key_create, NULL),
    IAM_READ("ListAccessKeys", key_list, NULL),
    IAM_WRITE("UpdateAccessKey", key_update, "AccessKeyId Status"),
    IAM_WRITE("DeleteAccessKey", key_delete, "AccessKeyId"),
    IAM_WRITE("CreateLoginProfile", login_create, NULL),
    IAM_READ("GetLoginProfile", login_get, NULL),
    IAM_WRITE("UpdateLoginProfile", login_update, "UserName"),
    IAM_WRITE("DeleteLoginProfile", login_delete, NULL),
    IAM_READ("ListMFADevices", mfa_list, NULL),
    IAM_WRITE("EnableMFADevice", mfa_enable, "UserName SerialNumber"),
    IAM_WRITE("DeactivateMFADevice", mfa_deactivate, "UserName SerialNumber"),
    IAM_READ("ListSigningCertificates", certificate_list, NULL),
    IAM_READ("ListSSHPublicKeys", ssh_key_list, NULL),
    IAM_READ("ListServiceSpecificCredentials", credential_list, NULL),
};
const struct twin_service twin_iam_key_ops = {SERVICE_IAM, key_ops,
					      sizeof key_ops / sizeof key_ops[0]};
