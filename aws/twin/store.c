/* The identity store of the twin: what users and groups have alike. */
#include "aws/twin/sso_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES 256

const struct store_kind store_user = {
    .table = "identity_users",
    .id = "UserId",
    .arn = "UserArn",
    .noun = "user",
    .type = "USER",
    .name = "UserName",
    .name_path = "userName",
    .list = "Users",
    .quota = IDC_STORE_USERS,
};
const struct store_kind store_group = {
    .table = "identity_groups",
    .id = "GroupId",
    .arn = "GroupArn",
    .noun = "group",
    .type = "GROUP",
    .name = "DisplayName",
    .name_path = "displayName",
    .list = "Groups",
    .quota = IDC_STORE_GROUPS,
};

const char *store_id(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash == NULL ? id : slash + 1;
}

json_t *store_missing(struct twin_call *c, const char *type, const char *what, const char *id)
{
	twin_refuse(c, "ResourceNotFoundException", "%s not found: %s", what, id);
	c->details = json_pack("{s:s}", "ResourceType", type);
	return NULL;
}

json_t *store_taken(struct twin_call *c, const char *what)
{
	return twin_refuse_reason(c, "ConflictException", "UNIQUENESS_CONSTRAINT_VIOLATION",
				  "Duplicate %s", what);
}

/* "user/alice". Names of permission sets are unique as they stand, those of people and groups in
 * any case. */
static char *store_key(const char *what, const char *name)
{
	char *key = xasprintf("%s/%s", what, name), *p;

	if (strcmp(what, "set") == 0)
		return key;
	for (p = key; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return key;
}

const char *store_owner(const struct twin *t, const char *what, const char *name)
{
	auto_free char *key = store_key(what, name);

	return json_string_value(twin_row(t, "identity_names", key));
}

bool store_name_free(const struct twin *t, struct twin_call *c, const char *what, const char *name,
		     const char *id, const char *called)
{
	const char *owner = *name == '\0' ? NULL : store_owner(t, what, name);

	if (owner == NULL || strcmp(owner, id) == 0)
		return true;
	store_taken(c, called);
	return false;
}

bool store_has_room(struct twin *t, struct twin_call *c, const struct store_kind *kind)
{
	return idc_within(t, c, kind->quota, json_object_size(twin_sub(t->state, kind->table)) + 1);
}

void store_name_set(struct twin *t, const char *what, const char *name, const char *id)
{
	auto_free char *key = store_key(what, name);

	twin_set_str(twin_sub(t->state, "identity_names"), key, id);
}

void store_name_drop(struct twin *t, const char *what, const char *name)
{
	auto_free char *key = store_key(what, name);

	json_object_del(twin_table(t, "identity_names"), key);
}

char *store_arn(const struct twin *t, const char *noun, const char *id)
{
	return xasprintf("arn:%s:identitystore:::%s/%s", row_str(t->state, "partition"), noun, id);
}

json_t *store_row_new(struct twin *t, const struct store_kind *kind, const char *id)
{
	json_t *row = json_object();
	char fresh[TWIN_ID];

	if (id == NULL) {
		twin_id_uuid(t, fresh);
		id = fresh;
	}
	twin_set_str(row, kind->id, id);
	twin_set_str(row, "Revision", "1");
	json_object_set_new(row, "CreatedAt", json_integer(twin_seconds(t)));
	json_object_set_new(twin_sub(t->state, kind->table), id, row);
	return row;
}

json_t *store_find(struct twin *t, struct twin_call *c, const struct store_kind *kind,
		   const char *id)
{
	json_t *row = twin_row(t, kind->table, store_id(id));

	if (row == NULL)
		store_missing(c, kind->type, kind->noun, id);
	return row;
}

bool store_has(const struct twin *t, const char *type, const char *id)
{
	const struct store_kind *kind = strcmp(type, "USER") == 0 ? &store_user : &store_group;

	return twin_row(t, kind->table, id) != NULL;
}

json_t *store_ids(struct twin *t, const struct store_kind *kind, const json_t *row, bool revision)
{
	json_t *ids = row_pick(row, kind->id);
	auto_free char *arn = store_arn(t, kind->noun, row_str(row, kind->id));

	json_object_set(ids, "IdentityStoreId",
			json_object_get(idc_instance(t), "IdentityStoreId"));
	twin_set_str(ids, kind->arn, arn);
	if (revision)
		json_object_set(ids, "Revision", json_object_get(row, "Revision"));
	return ids;
}

/* Members in lower case are the twin's own. */
static json_t *store_show(struct twin *t, const struct store_kind *kind, const json_t *row)
{
	json_t *shown = store_ids(t, kind, row, true), *value;
	const char *member;

	json_object_foreach((json_t *)row, member, value)
	{
		if (isupper((unsigned char)*member))
			json_object_set(shown, member, value);
	}
	if (kind == &store_user)
		twin_set_str(shown, "UserStatus", "ENABLED");
	return shown;
}

static const struct store_kind *kind_asked(const struct twin_call *c)
{
	return strstr(c->op->name, "User") != NULL ? &store_user : &store_group;
}

json_t *store_describe(struct twin *t, struct twin_call *c)
{
	const struct store_kind *kind = kind_asked(c);
	json_t *row = store_find(t, c, kind, idc_input(c, kind->id));

	return row == NULL ? NULL : store_show(t, kind, row);
}

static json_t *user_listed(struct twin *t, json_t *row)
{
	return store_show(t, &store_user, row);
}

static json_t *group_listed(struct twin *t, json_t *row)
{
	return store_show(t, &store_group, row);
}

/* The one filter there is: the name. */
static json_t *list_filtered(struct twin *t, struct twin_call *c, const struct store_kind *kind,
			     const json_t *filter)
{
	const char *path = row_str(filter, "AttributePath");
	const char *id = store_owner(t, kind->noun, row_str(filter, "AttributeValue"));
	json_t *items, *row = id == NULL ? NULL : twin_row(t, kind->table, id);

	if (strcasecmp(path, kind->name_path) != 0)
		return twin_refuse_as(c, REFUSAL_INVALID, NULL,
				      "Attribute path %s is not supported", path);
	items = json_array();
	if (row != NULL)
		json_array_append(items, row);
	return idc_page(t, c, kind->list, items, kind == &store_user ? user_listed : group_listed);
}

json_t *store_list(struct twin *t, struct twin_call *c)
{
	const struct store_kind *kind = kind_asked(c);
	const json_t *filters = json_object_get(c->input, "Filters");
	json_t *items, *row;
	const char *id;

	if (json_array_size(filters) > 0)
		return list_filtered(t, c, kind, json_array_get(filters, 0));
	items = json_array();
	json_object_foreach(twin_sub(t->state, kind->table), id, row)
	{
		if (!twin_hidden(t, row))
			json_array_append(items, row);
	}
	return idc_page(t, c, kind->list, items, kind == &store_user ? user_listed : group_listed);
}

/* The row with this id at an identity provider; NULL: none. */
static json_t *row_of_provider(struct twin *t, const struct store_kind *kind, const json_t *wanted)
{
	const char *id;
	json_t *row, *one;
	size_t i;

	json_object_foreach(twin_sub(t->state, kind->table), id, row)
	{
		json_array_foreach(json_object_get(row, "ExternalIds"), i, one)
		{
			if (json_equal(one, wanted))
				return row;
		}
	}
	return NULL;
}

json_t *store_lookup(struct twin *t, struct twin_call *c)
{
	const struct store_kind *kind = kind_asked(c);
	const json_t *by = json_object_get(c->input, "AlternateIdentifier");
	const json_t *unique = json_object_get(by, "UniqueAttribute");
	const char *path = row_str(unique, "AttributePath"), *what = kind->noun, *id;
	const char *value = row_str(unique, "AttributeValue");
	json_t *row;

	if (unique == NULL) {
		row = row_of_provider(t, kind, json_object_get(by, "ExternalId"));
	} else {
		if (kind == &store_user && strcasecmp(path, "emails.value") == 0)
			what = "email";
		else if (strcasecmp(path, kind->name_path) != 0)
			return twin_refuse_as(c, REFUSAL_INVALID, NULL,
					      "Attribute path %s is not unique", path);
		id = store_owner(t, what, value);
		row = id == NULL ? NULL : twin_row(t, kind->table, id);
	}
	if (row == NULL)
		return store_missing(c, kind->type, kind->noun, value);
	return store_ids(t, kind, row, false);
}

/* A member's name as replies have it: "userName" and "value" begin in lower case in paths and in
 * what they are given. */
static void name_of_path(const char *path, size_t len, char out[PATH_MAX_BYTES])
{
	if (len >= PATH_MAX_BYTES)
		len = PATH_MAX_BYTES - 1;
	memcpy(out, path, len);
	out[len] = '\0';
	out[0] = (char)toupper((unsigned char)out[0]);
}

static json_t *value_named(const json_t *value)
{
	char name[PATH_MAX_BYTES];
	const char *key;
	json_t *named, *one;
	size_t i;

	if (json_is_array(value)) {
		named = json_array();
		json_array_foreach((json_t *)value, i, one)
		    json_array_append_new(named, value_named(one));
		return named;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)value);
	named = json_object();
	json_object_foreach((json_t *)value, key, one)
	{
		name_of_path(key, strlen(key), name);
		json_object_set_new(named, name, value_named(one));
	}
	return named;
}

/* Whether a value may stand under the member: lists hold objects, the name has its own, all else
 * is text. */
static bool value_fits(const struct store_kind *kind, const char *member, const json_t *value)
{
	static const char *const texts[] = {
	    "DisplayName", "Description",       "UserName", "NickName", "ProfileUrl", "UserType",
	    "Title",       "PreferredLanguage", "Locale",   "Timezone", "Website",    "Birthdate",
	    NULL};
	static const char *const lists[] = {"Emails", "Addresses", "PhoneNumbers",
					    "Photos", "Roles",     NULL};

	if (words_have(texts, member))
		return json_is_null(value) || json_string_length(value) > 0;
	if (kind == &store_user && words_have(lists, member))
		return json_is_null(value) || json_is_object(json_array_get(value, 0));
	return kind == &store_user && strcmp(member, "Name") == 0 && json_is_object(value);
}

static bool name_part_fits(const char *member, const json_t *value)
{
	static const char *const parts[] = {"Formatted",  "FamilyName",      "GivenName",
					    "MiddleName", "HonorificPrefix", "HonorificSuffix",
					    NULL};

	return words_have(parts, member) && (json_is_null(value) || json_string_length(value) > 0);
}

static void member_set(json_t *row, const char *member, const json_t *value)
{
	if (json_is_null(value))
		json_object_del(row, member);
	else
		json_object_set_new(row, member, value_named(value));
}

/* {AttributePath, AttributeValue}: False: refused. */
static bool operation_do(struct twin_call *c, const struct store_kind *kind, json_t *row,
			 const json_t *operation)
{
	const char *path = row_str(operation, "AttributePath"), *dot = strchr(path, '.');
	const json_t *value = json_object_get(operation, "AttributeValue");
	json_auto_t *none = json_null();
	char member[PATH_MAX_BYTES], part[PATH_MAX_BYTES];

	value = value == NULL ? none : value;
	name_of_path(path, dot == NULL ? strlen(path) : (size_t)(dot - path), member);
	if (dot == NULL && value_fits(kind, member, value)) {
		member_set(row, member, value);
		return true;
	}
	name_of_path(dot == NULL ? "" : dot + 1, dot == NULL ? 0 : strlen(dot + 1), part);
	if (dot != NULL && kind == &store_user && strcmp(member, "Name") == 0 &&
	    name_part_fits(part, value)) {
		member_set(twin_sub(row, "Name"), part, value);
		return true;
	}
	twin_refuse_as(c, REFUSAL_INVALID, NULL, "The value of the attribute path %s is not valid",
		       path);
	return false;
}

json_t *store_updated(struct twin_call *c, const struct store_kind *kind, const json_t *row)
{
	const json_t *operations = json_object_get(c->input, "Operations");
	const char *revision = idc_input(c, "Revision");
	json_t *copy, *operation;
	size_t i;

	if (*revision != '\0' && strcmp(revision, row_str(row, "Revision")) != 0)
		return twin_refuse_reason(c, "ConflictException", "CONCURRENT_MODIFICATION",
					  "The revision is not the latest");
	copy = json_deep_copy(row);
	json_array_foreach((json_t *)operations, i, operation)
	{
		if (operation_do(c, kind, copy, operation))
			continue;
		json_decref(copy);
		return NULL;
	}
	json_object_set_new(copy, "Revision",
			    json_sprintf("%ld", strtol(row_str(row, "Revision"), NULL, 10) + 1));
	if (*row_str(copy, kind->name) != '\0')
		return copy;
	json_decref(copy);
	return twin_refuse_as(c, REFUSAL_INVALID, NULL, "%s is required", kind->name_path);
}
