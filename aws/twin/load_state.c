/* A saved state. Handlers trust their rows, so whatever they read is checked here first: types by
 * tables, then that rows refer to rows that exist. */
#include "aws/twin/load_priv.h"

#include "aws/twin/org_priv.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define UNIT_DEPTH 5

/* Members by name and type; '!' after the type: it must be there. Types: s text, n number,
 * b boolean, t object of texts, i object of integers, j object, r object of objects of texts,
 * g object of objects of integers, a [{Key, Value}], l list of texts. Other members may hold
 * anything. */
struct shape {
	const char *table, *members;
};

static const struct shape shapes[] = {
    {"units", "Id:s! Arn:s! Name:s! parent:s! tags:t policies:i units:i accounts:i lag:i"},
    {"accounts", "Id:s! Arn:s! Email:s! Name:s! State:s! JoinedMethod:s! JoinedTimestamp:n! "
		 "parent:s! tags:t policies:i lag:i"},
    {"policies", "Id:s! Arn:s! Name:s! Description:s! Type:s! AwsManaged:b! Content:s! tags:t "
		 "targets:i lag:i"},
    {"creations", "Id:s! AccountName:s! State:s! RequestedTimestamp:n! CompletedTimestamp:n "
		  "AccountId:s FailureReason:s email:s! role:s fails:s tags:a lag:i"},
    {"services", "ServicePrincipal:s! DateEnabled:n!"},
    {"profiles", "name:s contact:j BILLING:j OPERATIONS:j SECURITY:j"},
    {"keys", "account:s! arn:s! secret:s! token:s expires:n created:n source:s"},
    {"trail", "EventId:s! EventName:s! EventTime:n! EventSource:s! CloudTrailEvent:s! account:s! "
	      "region:s!"},
    {"buckets", "account:s! region:s! objects:r!"},
    {"topics", "account:s! messages:j!"},
    {"identity_users", "UserId:s! UserName:s! Revision:s! CreatedAt:n! groups:i lag:i"},
    {"identity_groups", "GroupId:s! DisplayName:s! Revision:s! CreatedAt:n! members:t lag:i"},
    {"permission_sets", "PermissionSetArn:s! Name:s! SessionDuration:s! CreatedDate:n! "
			"Description:s RelayState:s tags:t managed:i customer:i inline:s "
			"boundary:s version:n! accounts:i grants:g lag:i"},
    {"identity_jobs", "RequestId:s! Status:s! CreatedDate:n! PermissionSetArn:s! what:s! "
		      "TargetId:s PrincipalType:s PrincipalId:s FailureReason:s fails:s"},
};

static const struct shape iam_shapes[] = {
    {"users", "UserName:s! UserId:s! Arn:s! Path:s! CreateDate:s! tags:t groups:i managed:i "
	      "inline:t boundary:s access_keys:r login:j mfa:t ssh_keys:r certificates:r "
	      "services:r lag:i"},
    {"groups", "GroupName:s! GroupId:s! Arn:s! Path:s! CreateDate:s! users:i managed:i inline:t "
	       "lag:i"},
    {"roles", "RoleName:s! RoleId:s! Arn:s! Path:s! CreateDate:s! AssumeRolePolicyDocument:s! "
	      "MaxSessionDuration:n Description:s tags:t managed:i inline:t boundary:s "
	      "profiles:i lag:i"},
    {"policies", "PolicyName:s! PolicyId:s! Arn:s! Path:s! Description:s CreateDate:s! "
		 "UpdateDate:s! DefaultVersionId:s! last:n! versions:r! tags:t lag:i"},
    {"profiles", "InstanceProfileName:s! InstanceProfileId:s! Arn:s! Path:s! CreateDate:s! "
		 "role:s tags:t lag:i"},
    {"providers", "Arn:s! Url:s! CreateDate:s! ClientIDList:l! ThumbprintList:l! tags:t lag:i"},
    {"devices", "SerialNumber:s! tags:t lag:i"},
};

/* What stands at the top beside the tables, and tables whose rows are no objects. */
static const struct shape top = {
    "state",
    "format:s! serial:n! management:s! partition:s! organization:j! root:j! quotas:i "
    "callers:t trailed:n emails:t closures:i pending:i delegations:j iam:j spend:t standalone:i "
    "units:j! accounts:j! "
    "policies:j! creations:j! services:j! keys:j! profiles:j identity:j identity_users:j "
    "identity_groups:j memberships:t identity_names:t permission_sets:j holders:g "
    "identity_jobs:j identity_running:i"};
static const struct shape organization = {
    "organization", "Id:s! Arn:s! FeatureSet:s! MasterAccountArn:s! MasterAccountId:s! "
		    "MasterAccountEmail:s!"};
static const struct shape root = {
    "root", "Id:s! Arn:s! Name:s! tags:t policies:i units:i accounts:i types:t"};
static const struct shape key_row = {"access key", "AccessKeyId:s Status:s CreateDate:s"};

int load_state_bad(const struct load_check *c, const char *fmt, ...)
{
	auto_free char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	return error_set(c->err, "%s: not a state of the twin: %s", c->file, message);
}

static bool all_texts(const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		if (!json_is_string(value))
			return false;
	}
	return json_is_object(object);
}

static bool all_integers(const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		if (!json_is_integer(value))
			return false;
	}
	return json_is_object(object);
}

/* Each member of the object is one of these. */
static bool all_rows(const json_t *object, bool (*is)(const json_t *))
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		if (!is(value))
			return false;
	}
	return json_is_object(object);
}

static bool all_tags(const json_t *array)
{
	json_t *tag;
	size_t i;

	json_array_foreach((json_t *)array, i, tag)
	{
		if (!json_is_string(json_object_get(tag, "Key")) ||
		    !json_is_string(json_object_get(tag, "Value")))
			return false;
	}
	return json_is_array(array);
}

static bool all_items(const json_t *array)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)array, i, item)
	{
		if (!json_is_string(item))
			return false;
	}
	return json_is_array(array);
}

static bool type_holds(char type, const json_t *value)
{
	switch (type) {
	case 's':
		return json_is_string(value);
	case 'n':
		return json_is_integer(value);
	case 'b':
		return json_is_boolean(value);
	case 't':
		return all_texts(value);
	case 'i':
		return all_integers(value);
	case 'r':
		return all_rows(value, all_texts);
	case 'g':
		return all_rows(value, all_integers);
	case 'a':
		return all_tags(value);
	case 'l':
		return all_items(value);
	default:
		return json_is_object(value);
	}
}

static int shape_check(const struct load_check *c, const struct shape *shape, const char *id,
		       const json_t *row)
{
	auto_free char *members = xstrdup(shape->members);
	char *rest = NULL;

	if (!json_is_object(row))
		return load_state_bad(c, "%s: %.100s is no object", shape->table, id);
	for (char *name = strtok_r(members, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest)) {
		char *type = strchr(name, ':');
		const json_t *value;

		*type++ = '\0';
		value = json_object_get(row, name);
		if (value == NULL ? type[1] == '!' : !type_holds(*type, value))
			return load_state_bad(c, "%s: `%s` of %.100s is %s", shape->table, name, id,
					      value == NULL ? "missing" : "of another type");
	}
	return 0;
}

static int table_check(const struct load_check *c, const struct shape *shape, const json_t *table)
{
	const char *id;
	json_t *row;

	json_object_foreach((json_t *)table, id, row)
	{
		const json_t *own = json_object_get(row, "Id");

		if (shape_check(c, shape, id, row) != 0)
			return -1;
		if (own != NULL && strcmp(json_string_value(own), id) != 0)
			return load_state_bad(c, "%s: %.100s has another id", shape->table, id);
	}
	return 0;
}

static const json_t *table_of(const struct load_check *c, const char *name)
{
	return json_object_get(c->state, name);
}

/* The root, a unit or an account by id; NULL: none. */
static const json_t *target_of(const struct load_check *c, const char *id)
{
	const json_t *at = json_object_get(table_of(c, "units"), id);

	if (at == NULL)
		at = json_object_get(table_of(c, "accounts"), id);
	if (at == NULL && strcmp(row_str(table_of(c, "root"), "Id"), id) == 0)
		at = table_of(c, "root");
	return at;
}

/* Each element of the relation is a row of the table whose `back` names this one. */
static int children_check(const struct load_check *c, const char *id, const json_t *parent,
			  const char *table)
{
	const char *child;
	json_t *one;

	json_object_foreach(json_object_get(parent, table), child, one)
	{
		const json_t *row = json_object_get(table_of(c, table), child);

		if (row == NULL || strcmp(row_str(row, "parent"), id) != 0)
			return load_state_bad(c, "%.100s is no child of %.100s", child, id);
	}
	return 0;
}

static int parent_check(const struct load_check *c, const char *id, const json_t *row,
			const char *table)
{
	const char *parent = row_str(row, "parent");
	const json_t *at = target_of(c, parent);

	if (at == NULL || load_is_account(parent) ||
	    json_object_get(json_object_get(at, table), id) == NULL)
		return load_state_bad(c, "the parent of %.100s is none, or does not hold it", id);
	for (int depth = 0; depth < UNIT_DEPTH && at != NULL; depth++)
		at = json_object_get(table_of(c, "units"), row_str(at, "parent"));
	if (at != NULL && strcmp(table, "units") == 0)
		return load_state_bad(c, "the unit %.100s stands deeper than %d", id, UNIT_DEPTH);
	return 0;
}

static int tree_check(const struct load_check *c)
{
	const char *root_id = row_str(table_of(c, "root"), "Id"), *id;
	json_t *row;

	if (children_check(c, root_id, table_of(c, "root"), "units") != 0 ||
	    children_check(c, root_id, table_of(c, "root"), "accounts") != 0)
		return -1;
	json_object_foreach((json_t *)table_of(c, "units"), id, row)
	{
		if (!str_starts(id, "ou-"))
			return load_state_bad(c, "%.100s is no id of a unit", id);
		if (parent_check(c, id, row, "units") != 0 ||
		    children_check(c, id, row, "units") != 0 ||
		    children_check(c, id, row, "accounts") != 0)
			return -1;
	}
	json_object_foreach((json_t *)table_of(c, "accounts"), id, row)
	{
		if (!load_is_account(id))
			return load_state_bad(c, "%.100s is no account: twelve digits", id);
		if (parent_check(c, id, row, "accounts") != 0)
			return -1;
	}
	return 0;
}

static int attached_check(const struct load_check *c, const char *id, const json_t *target)
{
	const json_t *policies = table_of(c, "policies");
	const char *policy;
	json_t *one;

	json_object_foreach(json_object_get(target, "policies"), policy, one)
	{
		const json_t *row = json_object_get(policies, policy);

		if (json_object_get(json_object_get(row, "targets"), id) == NULL)
			return load_state_bad(c, "%.100s is not attached to %.100s both ways",
					      policy, id);
	}
	return 0;
}

static int targets_check(const struct load_check *c, const char *id, const json_t *policy)
{
	const char *target;
	json_t *one;

	if (!str_starts(id, "p-"))
		return load_state_bad(c, "%.100s is no id of a policy", id);
	if (org_type_find(row_str(policy, "Type")) == NULL)
		return load_state_bad(c, "the type of the policy %.100s is unknown", id);
	json_object_foreach(json_object_get(policy, "targets"), target, one)
	{
		const json_t *on = target_of(c, target);

		if (json_object_get(json_object_get(on, "policies"), id) == NULL)
			return load_state_bad(c, "%.100s is not attached to %.100s both ways", id,
					      target);
	}
	return 0;
}

int load_state_each(const struct load_check *c, const char *table,
		    int (*check)(const struct load_check *, const char *, const json_t *))
{
	const char *id;
	json_t *row;

	json_object_foreach((json_t *)table_of(c, table), id, row)
	{
		if (check(c, id, row) != 0)
			return -1;
	}
	return 0;
}

static int type_check(const struct load_check *c, const char *type)
{
	return org_type_find(type) != NULL
		   ? 0
		   : load_state_bad(c, "the policy type %.100s is unknown", type);
}

static int types_check(const struct load_check *c)
{
	const char *type;
	json_t *status;

	json_object_foreach(json_object_get(table_of(c, "root"), "types"), type, status)
	{
		if (type_check(c, type) != 0)
			return -1;
	}
	return 0;
}

static int creation_check(const struct load_check *c, const char *id, const json_t *row)
{
	if (strchr(row_str(row, "email"), '@') == NULL || !str_starts(id, "car-"))
		return load_state_bad(c, "the creation %.100s has no e-mail, or no id of its form",
				      id);
	return 0;
}

static int pending_check(const struct load_check *c, const char *id, const json_t *due)
{
	(void)due;
	return str_starts(id, "car-") || load_is_account(id) ? 0 : type_check(c, id);
}

static int delegation_check(const struct load_check *c, const char *id, const json_t *dates)
{
	return all_integers(dates)
		   ? 0
		   : load_state_bad(c, "delegations: %.100s is no object of dates", id);
}

static int organization_check(const struct load_check *c)
{
	const json_t *org = table_of(c, "organization");

	if (json_object_size(org) == 0 && json_object_size(table_of(c, "root")) == 0)
		return json_object_size(table_of(c, "units")) == 0 &&
			       json_object_size(table_of(c, "accounts")) == 0 &&
			       json_object_size(table_of(c, "policies")) == 0
			   ? 0
			   : load_state_bad(c, "there are rows, but no organization");
	if (shape_check(c, &organization, "it", org) != 0 ||
	    shape_check(c, &root, "it", table_of(c, "root")) != 0)
		return -1;
	if (!str_starts(row_str(table_of(c, "root"), "Id"), "r-"))
		return load_state_bad(c, "the root's id is none");
	if (types_check(c) != 0 || tree_check(c) != 0 ||
	    attached_check(c, row_str(table_of(c, "root"), "Id"), table_of(c, "root")) != 0 ||
	    load_state_each(c, "units", attached_check) != 0 ||
	    load_state_each(c, "accounts", attached_check) != 0)
		return -1;
	return load_state_each(c, "policies", targets_check);
}

/* ARNs of the account, names that are there, and versions. */
static int iam_row_check(const struct load_check *c, const char *account, const char *key,
			 const json_t *row, bool policy)
{
	bool device = json_object_get(row, "SerialNumber") != NULL;
	const char *arn = row_str(row, device ? "SerialNumber" : "Arn"), *id;
	auto_free char *own = xasprintf("arn:%s:iam::%s:", row_str(c->state, "partition"), account);
	const json_t *versions = json_object_get(row, "versions");
	json_t *one;

	if (!str_starts(arn, own))
		return load_state_bad(c, "%.200s has an ARN that is not of its account", key);
	if (policy && (strcmp(arn, key) != 0 ||
		       json_object_get(versions, row_str(row, "DefaultVersionId")) == NULL))
		return load_state_bad(c, "%.200s has another ARN, or no default version", key);
	json_object_foreach(json_object_get(row, "access_keys"), id, one)
	{
		if (shape_check(c, &key_row, id, one) != 0)
			return -1;
	}
	return 0;
}

static int members_check(const struct load_check *c, const json_t *iam, const char *from,
			 const char *to)
{
	const char *key, *other;
	json_t *row, *one;

	json_object_foreach(json_object_get(iam, from), key, row)
	{
		json_object_foreach(json_object_get(row, to), other, one)
		{
			const json_t *back = json_object_get(json_object_get(iam, to), other);

			if (json_object_get(json_object_get(back, from), key) == NULL)
				return load_state_bad(
				    c, "%.200s and %.200s are not members both ways", key, other);
		}
	}
	return 0;
}

static int iam_check(const struct load_check *c, const char *account, const json_t *iam)
{
	const char *key;
	json_t *row;

	if (!load_is_account(account) || !json_is_object(iam))
		return load_state_bad(c, "iam: %.100s is no account", account);
	if (json_object_get(iam, "alias") != NULL && !json_is_string(json_object_get(iam, "alias")))
		return load_state_bad(c, "iam: the alias of %s is no text", account);
	for (size_t i = 0; i < sizeof(iam_shapes) / sizeof(*iam_shapes); i++) {
		json_t *table = json_object_get(iam, iam_shapes[i].table);
		bool policies = strcmp(iam_shapes[i].table, "policies") == 0;

		if (table != NULL && !json_is_object(table))
			return load_state_bad(c, "iam: %s of %s is no object", iam_shapes[i].table,
					      account);
		if (table_check(c, &iam_shapes[i], table) != 0)
			return -1;
		json_object_foreach(table, key, row)
		{
			if (iam_row_check(c, account, key, row, policies) != 0)
				return -1;
		}
	}
	return members_check(c, iam, "users", "groups") == 0
		   ? members_check(c, iam, "groups", "users")
		   : -1;
}

static int key_check(const struct load_check *c, const char *id, const json_t *row)
{
	return load_is_account(row_str(row, "account"))
		   ? 0
		   : load_state_bad(c, "keys: %.100s is of no account", id);
}

static int state_check(const struct load_check *c)
{
	const char *partition = row_str(c->state, "partition");

	if (shape_check(c, &top, "it", c->state) != 0)
		return -1;
	if (!load_is_account(row_str(c->state, "management")))
		return load_state_bad(c, "`management` is no account: twelve digits");
	if (*partition == '\0' || strlen(partition) > 31 ||
	    strspn(partition, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(partition))
		return load_state_bad(c, "`partition` is none");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		if (table_check(c, &shapes[i], table_of(c, shapes[i].table)) != 0)
			return -1;
	}
	if (organization_check(c) != 0 || load_state_each(c, "creations", creation_check) != 0 ||
	    load_state_each(c, "pending", pending_check) != 0 ||
	    load_state_each(c, "delegations", delegation_check) != 0 ||
	    load_state_each(c, "keys", key_check) != 0 || load_state_identity(c) != 0)
		return -1;
	return load_state_each(c, "iam", iam_check);
}

int load_state(struct twin *t, const json_t *state, const char *file, struct error *err)
{
	struct load_check c = {.state = state, .file = file, .err = err};
	json_t *notes = json_object_get(state, "notes");

	if (state_check(&c) != 0)
		return -1;
	for (size_t i = 0; i < json_array_size(notes); i++) {
		if (!json_is_string(json_array_get(notes, i)))
			return load_state_bad(&c, "`notes` holds something else than texts");
	}
	return twin_state_set(t, state, err);
}
