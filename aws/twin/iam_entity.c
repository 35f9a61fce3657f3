/* What handlers of the twin's IAM share: rows by the input, rules of names, and how rows are
 * shown. */
#include "aws/twin/iam_priv.h"

#include "base/text.h"

#include <openssl/evp.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const json_t *input_list(const json_t *input, const char *member)
{
	const json_t *value = json_object_get(input, member);

	return json_is_string(value) && json_string_length(value) == 0 ? NULL : value;
}

char *iam_base64(const char *text)
{
	size_t len = strlen(text);
	char *out = xcalloc(4 * ((len + 2) / 3) + 1, 1);

	EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, (int)len);
	return out;
}

bool input_true(const json_t *input, const char *member)
{
	const json_t *value = json_object_get(input, member);

	return json_is_true(value) ||
	       (json_is_string(value) && strcasecmp(json_string_value(value), "true") == 0);
}

int64_t input_number(const json_t *input, const char *member)
{
	const json_t *value = json_object_get(input, member);
	const char *text = json_string_value(value);

	if (json_is_integer(value))
		return json_integer_value(value);
	if (text == NULL || *text == '\0' || strlen(text) > 9 ||
	    text[strspn(text, "0123456789")] != '\0')
		return -1;
	return strtol(text, NULL, 10);
}

static bool name_character(unsigned char ch)
{
	return isalnum(ch) || (ch != '\0' && strchr("_+=,.@-", ch) != NULL);
}

bool iam_name_valid(struct twin_call *c, const char *member, size_t most)
{
	return check_text(c, member, 1, most, name_character);
}

static bool path_character(unsigned char ch)
{
	return ch >= 0x21 && ch <= 0x7e;
}

bool iam_path_valid(struct twin_call *c, const char *member)
{
	const char *path = row_str(c->input, member);

	if (!check_text(c, member, 1, 512, path_character))
		return false;
	if (json_object_get(c->input, member) == NULL ||
	    (*path == '/' && path[strlen(path) - 1] == '/'))
		return true;
	twin_refuse(c, "ValidationError",
		    "The specified value for path is invalid. It must begin and end with / and "
		    "contain only alphanumeric characters and/or / characters.");
	return false;
}

const char *iam_path(const struct twin_call *c)
{
	const char *path = row_str(c->input, "Path");

	return *path != '\0' ? path : "/";
}

static json_t *find(struct twin *t, struct twin_call *c, const struct iam_kind *kind,
		    const char *name)
{
	json_t *row = iam_row(t, c->account, kind->table, name);

	if (row == NULL)
		twin_refuse(c, "NoSuchEntity", "The %s with name %s cannot be found.", kind->noun,
			    name);
	return row;
}

json_t *iam_find(struct twin *t, struct twin_call *c, const struct iam_kind *kind)
{
	if (!iam_name_valid(c, kind->name, 128))
		return NULL;
	return find(t, c, kind, row_str(c->input, kind->name));
}

/* Paths whose roles only AWS's services make and modify. */
static bool path_is_aws(const char *path)
{
	return str_starts(path, "/aws-service-role/") || str_starts(path, "/aws-reserved/");
}

json_t *iam_find_own(struct twin *t, struct twin_call *c, const struct iam_kind *kind)
{
	json_t *row = iam_find(t, c, kind);

	if (row == NULL || kind != &iam_role || !path_is_aws(row_str(row, "Path")))
		return row;
	return twin_refuse(c, "UnmodifiableEntity",
			   "Cannot perform the operation on the protected role '%s' - this role is "
			   "only modifiable by AWS",
			   row_str(row, kind->name));
}

json_t *iam_find_user(struct twin *t, struct twin_call *c)
{
	const char *slash = strrchr(c->arn, '/');
	json_t *row = NULL;

	if (json_object_get(c->input, "UserName") != NULL)
		return iam_find(t, c, &iam_user);
	if (slash != NULL && strstr(c->arn, ":user/") != NULL)
		row = iam_row(t, c->account, "users", slash + 1);
	if (row == NULL)
		twin_refuse(c, "ValidationError",
			    "Must specify userName when calling with non-User credentials");
	return row;
}

static bool name_is_free(struct twin *t, struct twin_call *c, const struct iam_kind *kind,
			 const char *name, const json_t *self)
{
	json_t *row = iam_row(t, c->account, kind->table, name);

	if (row == NULL || row == self)
		return true;
	twin_refuse(c, "EntityAlreadyExists", "%s with name %s already exists.", kind->member,
		    name);
	return false;
}

bool iam_creatable(struct twin *t, struct twin_call *c, const struct iam_kind *kind)
{
	const char *boundary = row_str(c->input, "PermissionsBoundary");
	const json_t *table = iam_table(t, c->account, kind->table);

	if (!iam_name_valid(c, kind->name, kind->name_max) || !iam_path_valid(c, "Path") ||
	    !check_tags(c, input_list(c->input, "Tags"), NULL, IAM_TAGS_MOST))
		return false;
	if (path_is_aws(row_str(c->input, "Path"))) {
		twin_refuse(c, "ValidationError",
			    "The specified value for path is invalid: it is reserved for AWS.");
		return false;
	}
	return name_is_free(t, c, kind, row_str(c->input, kind->name), NULL) &&
	       (*boundary == '\0' || iam_policy_attachable(t, c, boundary)) &&
	       iam_within(t, c, kind->count, json_object_size(table) + 1);
}

json_t *iam_created(struct twin *t, struct twin_call *c, const struct iam_kind *kind, json_t *row)
{
	const char *boundary = row_str(c->input, "PermissionsBoundary");

	iam_tags_put(row, input_list(c->input, "Tags"));
	if (*boundary != '\0')
		twin_set_str(row, "boundary", boundary);
	twin_made(t, row);
	if (kind != &iam_group)
		twin_lag(t, row, row_str(row, "Arn"));
	return json_pack("{s:o}", kind->member, iam_shown(kind, row, true));
}

/* False: refused, since something still hangs on it that all kinds may have. */
static bool is_deletable(struct twin_call *c, json_t *row)
{
	static const struct {
		const char *member, *message;
	} holds[] = {
	    {"managed", "Cannot delete entity, must detach all policies first."},
	    {"inline", "Cannot delete entity, must delete policies first."},
	    {"users", "Cannot delete entity, must remove users from group first."},
	    {"groups", "Cannot delete entity, must remove user from all groups first."},
	    {"access_keys", "Cannot delete entity, must delete access keys first."},
	    {"login", "Cannot delete entity, must delete login profile first."},
	    {"mfa", "Cannot delete entity, must delete MFA device first."},
	    {"certificates", "Cannot delete entity, must delete signing certificates first."},
	    {"ssh_keys", "Cannot delete entity, must delete SSH public keys first."},
	    {"services", "Cannot delete entity, must delete service specific credentials first."},
	    {"profiles", "Cannot delete entity, must remove roles from instance profile first."},
	};
	size_t i;

	for (i = 0; i < sizeof holds / sizeof holds[0]; i++) {
		if (json_object_size(json_object_get(row, holds[i].member)) == 0)
			continue;
		twin_refuse(c, "DeleteConflict", "%s", holds[i].message);
		return false;
	}
	return true;
}

json_t *iam_delete(struct twin *t, struct twin_call *c)
{
	const struct iam_kind *kind = iam_kind_of(c);
	json_t *row = iam_find_own(t, c, kind);
	auto_free char *key = NULL;

	if (row == NULL || !is_deletable(c, row))
		return NULL;
	/* Groups are nobody's principals. */
	if (kind != &iam_group)
		iam_principal_replace(t, row_str(row, "Arn"), row_str(row, kind->id));
	key = iam_key(row_str(row, kind->name));
	json_object_del(iam_table(t, c->account, kind->table), key);
	return json_object();
}

/* A row under another key of its table. */
static void row_move(json_t *table, const char *from, const char *to)
{
	auto_free char *old = iam_key(from), *key = iam_key(to);
	json_t *row = json_incref(json_object_get(table, old));

	if (strcmp(old, key) != 0)
		json_object_del(table, old);
	json_object_set_new(table, key, row);
}

/* The other name of a user in each of its groups, or of a group in each of its users. */
static void members_follow(struct twin *t, const char *account, const struct iam_kind *kind,
			   json_t *row, const char *was, const char *name)
{
	const char *others = strcmp(kind->table, "users") == 0 ? "groups" : "users", *other;
	auto_free char *old = iam_key(was), *key = iam_key(name);
	json_t *one, *members;

	json_object_foreach(json_object_get(row, others), other, one)
	{
		members = json_object_get(iam_row(t, account, others, other), kind->table);
		json_object_del(members, old);
		json_object_set_new(members, key, json_integer(1));
	}
}

bool iam_rename(struct twin *t, struct twin_call *c, const struct iam_kind *kind, json_t *row,
		const char *name_member, const char *path_member)
{
	const char *name = row_str(c->input, name_member), *path = row_str(c->input, path_member);
	auto_free char *was = xstrdup(row_str(row, kind->name)), *arn = NULL;

	if (!iam_name_valid(c, name_member, kind->name_max) || !iam_path_valid(c, path_member) ||
	    (*name != '\0' && !name_is_free(t, c, kind, name, row)))
		return false;
	if (*path != '\0')
		twin_set_str(row, "Path", path);
	if (*name != '\0') {
		twin_set_str(row, kind->name, name);
		row_move(iam_table(t, c->account, kind->table), was, name);
		members_follow(t, c->account, kind, row, was, name);
	}
	arn = iam_arn(t, c->account, kind->noun, row_str(row, "Path"), row_str(row, kind->name));
	twin_set_str(row, "Arn", arn);
	return true;
}

json_t *iam_document_shown(const char *document)
{
	auto_buf text = BUF_INIT(1u << 20);

	escape_percent(&text, document, strlen(document));
	charter_assert(!text.full);
	return json_string(buf_str(&text));
}

static json_t *iam_boundary_shown(const char *arn)
{
	/* The model's enumeration says PermissionsBoundaryPolicy; its text, and AWS, "Policy". */
	return json_pack("{s:s, s:s}", "PermissionsBoundaryType", "Policy",
			 "PermissionsBoundaryArn", arn);
}

json_t *iam_shown(const struct iam_kind *kind, json_t *row, bool whole)
{
	json_t *shown = row_pick(row, kind->listed), *tags = json_object_get(row, "tags");
	const char *trust = row_str(row, "AssumeRolePolicyDocument");
	const char *boundary = row_str(row, "boundary");

	if (kind == &iam_role)
		json_object_set_new(shown, "AssumeRolePolicyDocument", iam_document_shown(trust));
	if (whole && kind == &iam_role)
		json_object_set_new(shown, "RoleLastUsed", json_object());
	if (whole && *boundary != '\0')
		json_object_set_new(shown, "PermissionsBoundary", iam_boundary_shown(boundary));
	if (whole && json_object_size(tags) > 0)
		json_object_set_new(shown, "Tags", tags_list_of(tags));
	return shown;
}

json_t *iam_rows(struct twin *t, struct twin_call *c, json_t *table)
{
	const char *prefix = row_str(c->input, "PathPrefix"), *key;
	json_t *rows = json_array(), *row;

	json_object_foreach(table, key, row)
	{
		if (!twin_hidden(t, row) && str_starts(row_str(row, "Path"), prefix))
			json_array_append(rows, row);
	}
	return rows;
}

json_t *iam_related(struct twin *t, const json_t *row, const char *table)
{
	json_t *rows = json_array(), *one;
	char account[ACCOUNT_ID];
	const char *key;

	iam_account_of(row_str(row, "Arn"), account);
	json_object_foreach(json_object_get(row, table), key, one)
	{
		json_array_append(rows, iam_row(t, account, table, key));
	}
	return rows;
}

json_t *iam_page(struct twin *t, struct twin_call *c, const char *list,
		 json_t *(*show)(struct twin *, json_t *item), json_t *items)
{
	struct twin_paging paging = paging_iam;

	paging.list = list;
	paging.show = show;
	return twin_page(t, c, &paging, items);
}

json_t *iam_attached_list(json_t *managed, const char *prefix)
{
	json_t *list = json_array(), *one;
	const char *arn, *path, *name;

	json_object_foreach(managed, arn, one)
	{
		path = strchr(arn, '/');
		name = strrchr(arn, '/');
		if (path != NULL && str_starts(path, prefix))
			json_array_append_new(list, json_pack("{s:s, s:s}", "PolicyName", name + 1,
							      "PolicyArn", arn));
	}
	return list;
}

/* IAM's tag keys are equal without regard to case, and keep that of the first. NULL: not there. */
static const char *tag_key(json_t *tags, const char *wanted)
{
	const char *key;
	json_t *value;

	json_object_foreach(tags, key, value)
	{
		if (strcasecmp(key, wanted) == 0)
			return key;
	}
	return NULL;
}

void iam_tags_put(json_t *row, const json_t *list)
{
	const char *key, *there;
	json_t *tags, *tag;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	tags = twin_sub(row, "tags");
	json_array_foreach((json_t *)list, i, tag)
	{
		key = row_str(tag, "Key");
		there = tag_key(tags, key);
		twin_set_str(tags, there != NULL ? there : key, row_str(tag, "Value"));
	}
}

void iam_tags_remove(json_t *row, const json_t *keys)
{
	json_t *tags = json_object_get(row, "tags"), *key;
	const char *there;
	size_t i;

	json_array_foreach((json_t *)keys, i, key)
	{
		there = json_is_string(key) ? tag_key(tags, json_string_value(key)) : NULL;
		if (there != NULL)
			json_object_del(tags, there);
	}
}
