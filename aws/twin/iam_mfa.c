/* MFA devices of the twin's IAM: virtual ones are made first, and then enabled for a user. */
#include "aws/twin/iam_priv.h"

#include "base/text.h"

#include <string.h>

#define PER_USER    8
#define SEED_LENGTH 48
/* An image of one pixel stands for the QR code. */
#define PIXEL                                                                                      \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJg" \
	"gg=="

static bool is_virtual(const char *serial)
{
	return str_starts(serial, "arn:");
}

json_t *iam_device_new(struct twin *t, const char *account, const char *serial)
{
	json_t *row = json_pack("{s:s}", "SerialNumber", serial);

	json_object_set_new(iam_table(t, account, "devices"), serial, row);
	return row;
}

/* serial number -> the user that it is enabled for. New. */
static json_t *devices_enabled(struct twin *t, const char *account)
{
	json_t *users = json_object(), *user, *date;
	const char *key, *serial;

	json_object_foreach(iam_table(t, account, "users"), key, user)
	{
		json_object_foreach(json_object_get(user, "mfa"), serial, date)
		{
			json_object_set(users, serial, user);
		}
	}
	return users;
}

static json_t *device_shown(const json_t *row, json_t *user)
{
	const char *serial = row_str(row, "SerialNumber");
	json_t *shown = json_pack("{s:s}", "SerialNumber", serial);

	if (user == NULL)
		return shown;
	json_object_set(shown, "EnableDate", json_object_get(json_object_get(user, "mfa"), serial));
	json_object_set_new(shown, "User", iam_shown(&iam_user, user, false));
	return shown;
}

static json_t *device_create(struct twin *t, struct twin_call *c)
{
	const char *name = row_str(c->input, "VirtualMFADeviceName");
	const json_t *tags = input_list(c->input, "Tags");
	auto_free char *serial = NULL, *blob = NULL;
	char seed[TWIN_ID];
	json_t *row, *shown;

	if (!iam_name_valid(c, "VirtualMFADeviceName", 226) || !iam_path_valid(c, "Path") ||
	    !check_tags(c, tags, NULL, IAM_TAGS_MOST))
		return NULL;
	serial = iam_arn(t, c->account, "mfa", iam_path(c), name);
	if (json_object_get(iam_table(t, c->account, "devices"), serial) != NULL)
		return twin_refuse(c, "EntityAlreadyExists",
				   "MFADevice entity at the same path and name already exists.");
	row = iam_device_new(t, c->account, serial);
	iam_tags_put(row, tags);
	/* In capitals, as Base32 is. */
	twin_id(t, seed, "MFA", SEED_LENGTH);
	blob = iam_base64(seed);
	shown = json_pack("{s:s, s:s, s:s}", "SerialNumber", serial, "Base32StringSeed", blob,
			  "QRCodePNG", PIXEL);
	if (json_array_size(tags) > 0)
		json_object_set_new(shown, "Tags", tags_list_of(json_object_get(row, "tags")));
	return json_pack("{s:o}", "VirtualMFADevice", shown);
}

static json_t *devices_virtual(struct twin *t, struct twin_call *c)
{
	const char *status = row_str(c->input, "AssignmentStatus"), *serial;
	json_auto_t *users = devices_enabled(t, c->account);
	json_t *list = json_array(), *row, *user;

	json_object_foreach(iam_table(t, c->account, "devices"), serial, row)
	{
		user = json_object_get(users, serial);
		if (strcmp(status, user != NULL ? "Unassigned" : "Assigned") != 0)
			json_array_append_new(list, device_shown(row, user));
	}
	return iam_page(t, c, "VirtualMFADevices", NULL, list);
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

/* A virtual device is there; any other may be anybody's. */
static bool device_there(struct twin *t, struct twin_call *c, const char *serial)
{
	if (!is_virtual(serial) ||
	    json_object_get(iam_table(t, c->account, "devices"), serial) != NULL)
		return true;
	twin_refuse(c, "NoSuchEntity", "VirtualMFADevice with serial number %s does not exist.",
		    serial);
	return false;
}

/* Any two codes will do that follow each other, and so differ. */
static bool codes_valid(struct twin_call *c)
{
	const char *first = row_str(c->input, "AuthenticationCode1");
	const char *second = row_str(c->input, "AuthenticationCode2");

	if (*first == '\0' || strcmp(first, second) != 0)
		return true;
	twin_refuse(c, "InvalidAuthenticationCode", "Authentication code for device is not valid.");
	return false;
}

static json_t *mfa_enable(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find(t, c, &iam_user);
	const char *serial = row_str(c->input, "SerialNumber");
	json_auto_t *users = devices_enabled(t, c->account);
	char now[TIME_RFC3339];

	if (user == NULL || !check_text(c, "SerialNumber", 9, 256, NULL) ||
	    !device_there(t, c, serial) || !codes_valid(c))
		return NULL;
	if (json_object_get(users, serial) != NULL)
		return twin_refuse(c, "EntityAlreadyExists", "MFA Device is already in use.");
	if (json_object_size(json_object_get(user, "mfa")) >= PER_USER)
		return twin_refuse(c, "LimitExceeded",
				   "Cannot exceed quota for MFADevicesPerUser: %d", PER_USER);
	iam_time(t, now);
	twin_set_str(twin_sub(user, "mfa"), serial, now);
	return json_object();
}

/* The user of the input, that has the device of the input; NULL: refused. */
static json_t *device_user(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find(t, c, &iam_user);
	const char *serial = row_str(c->input, "SerialNumber");

	if (user == NULL || json_object_get(json_object_get(user, "mfa"), serial) != NULL)
		return user;
	return twin_refuse(c, "NoSuchEntity", "MFA Device invalid for user.");
}

static json_t *mfa_deactivate(struct twin *t, struct twin_call *c)
{
	json_t *user = device_user(t, c);

	if (user == NULL)
		return NULL;
	json_object_del(json_object_get(user, "mfa"), row_str(c->input, "SerialNumber"));
	return json_object();
}

static json_t *mfa_resync(struct twin *t, struct twin_call *c)
{
	return device_user(t, c) != NULL && codes_valid(c) ? json_object() : NULL;
}

static json_t *device_find(struct twin *t, struct twin_call *c)
{
	const char *serial = row_str(c->input, "SerialNumber");
	json_t *row = json_object_get(iam_table(t, c->account, "devices"), serial);

	if (!check_text(c, "SerialNumber", 9, 256, NULL))
		return NULL;
	if (row != NULL)
		return row;
	return twin_refuse(c, "NoSuchEntity",
			   "VirtualMFADevice with serial number %s does not exist.", serial);
}

static json_t *device_delete(struct twin *t, struct twin_call *c)
{
	json_t *row = device_find(t, c);
	json_auto_t *users = devices_enabled(t, c->account);
	const char *serial = row_str(c->input, "SerialNumber");

	if (row == NULL)
		return NULL;
	if (json_object_get(users, serial) != NULL)
		return twin_refuse(c, "DeleteConflict",
				   "MFA VirtualDevice in use. Must deactivate first.");
	json_object_del(iam_table(t, c->account, "devices"), serial);
	return json_object();
}

static json_t *device_tag(struct twin *t, struct twin_call *c)
{
	return iam_row_tag(c, device_find(t, c));
}

static json_t *device_untag(struct twin *t, struct twin_call *c)
{
	return iam_row_untag(c, device_find(t, c));
}

static json_t *device_tags(struct twin *t, struct twin_call *c)
{
	return iam_row_tags(t, c, device_find(t, c));
}

static const struct twin_op mfa_ops[] = {
    IAM_WRITE("CreateVirtualMFADevice", device_create, "VirtualMFADeviceName"),
    IAM_READ("ListVirtualMFADevices", devices_virtual, NULL),
    IAM_WRITE("DeleteVirtualMFADevice", device_delete, "SerialNumber"),
    IAM_READ("ListMFADevices", mfa_list, NULL),
    IAM_WRITE("EnableMFADevice", mfa_enable, "UserName SerialNumber"),
    IAM_WRITE("DeactivateMFADevice", mfa_deactivate, "UserName SerialNumber"),
    IAM_WRITE("ResyncMFADevice", mfa_resync, "UserName SerialNumber"),
    IAM_WRITE("TagMFADevice", device_tag, "SerialNumber Tags"),
    IAM_WRITE("UntagMFADevice", device_untag, "SerialNumber TagKeys"),
    IAM_READ("ListMFADeviceTags", device_tags, "SerialNumber"),
};
const struct twin_service twin_iam_mfa_ops = {SERVICE_IAM, mfa_ops,
					      sizeof mfa_ops / sizeof mfa_ops[0]};
