/* What the twin's IAM tells of an account as a whole: its authorization details, and who uses a
 * policy. */
#include "aws/twin/iam_priv.h"

#include "base/text.h"

#include <string.h>

/* [{PolicyName, PolicyDocument}]. New. */
static json_t *inline_shown(json_t *inlines)
{
	json_t *list = json_array(), *document;
	const char *name;

	json_object_foreach(inlines, name, document)
	{
		json_array_append_new(list,
				      json_pack("{s:s, s:o}", "PolicyName", name, "PolicyDocument",
						iam_document_shown(json_string_value(document))));
	}
	return list;
}

static json_t *groups_shown(struct twin *t, const json_t *user)
{
	json_t *list = json_array(), *row;
	json_auto_t *rows = iam_related(t, user, "groups");
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_array_append_new(list, json_string(row_str(row, "GroupName")));
	}
	return list;
}

static json_t *profiles_shown(struct twin *t, const json_t *role)
{
	json_t *list = json_array(), *row;
	json_auto_t *rows = iam_related(t, role, "profiles");
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_array_append_new(list, iam_profile_shown(t, row));
	}
	return list;
}

static json_t *entity_details(struct twin *t, const struct iam_kind *kind, json_t *row)
{
	json_t *shown = iam_shown(kind, row, true);

	/* The listing of roles has what the details lack. */
	json_object_del(shown, "Description");
	json_object_del(shown, "MaxSessionDuration");
	json_object_set_new(shown, kind->inline_list, inline_shown(json_object_get(row, "inline")));
	json_object_set_new(shown, "AttachedManagedPolicies",
			    iam_attached_list(json_object_get(row, "managed"), ""));
	if (kind != &iam_group)
		json_object_set_new(shown, "Tags", tags_list_of(json_object_get(row, "tags")));
	if (kind == &iam_user)
		json_object_set_new(shown, "GroupList", groups_shown(t, row));
	if (kind == &iam_role)
		json_object_set_new(shown, "InstanceProfileList", profiles_shown(t, row));
	return shown;
}

/* The four lists, in the order of their pages. A row is of the list whose id it has. */
static const struct details_list {
	const char *member, *id, *table, *filter;
	const struct iam_kind *kind; /* NULL: policies */
} details_lists[] = {
    {"UserDetailList", "UserId", "users", "User", &iam_user},
    {"GroupDetailList", "GroupId", "groups", "Group", &iam_group},
    {"RoleDetailList", "RoleId", "roles", "Role", &iam_role},
    {"Policies", "PolicyId", "policies", "LocalManagedPolicy", NULL},
};
#define DETAILS_LISTS (sizeof details_lists / sizeof details_lists[0])

static const struct details_list *list_of(const json_t *row)
{
	size_t i;

	for (i = 0; i < DETAILS_LISTS - 1; i++) {
		if (json_object_get(row, details_lists[i].id) != NULL)
			break;
	}
	return &details_lists[i];
}

static json_t *details_shown(struct twin *t, json_t *row)
{
	const struct details_list *list = list_of(row);
	char account[ACCOUNT_ID];

	if (list->kind != NULL)
		return entity_details(t, list->kind, row);
	/* Rows of AWS's policies carry whose attachments are meant. */
	snprintf(account, sizeof account, "%s", row_str(row, "account"));
	if (*account == '\0')
		iam_account_of(row_str(row, "Arn"), account);
	return iam_policy_shown(t, account, row, POLICY_DETAILS);
}

static bool filter_has(const json_t *filter, const char *wanted)
{
	return json_array_size(filter) == 0 || list_has(filter, wanted);
}

static bool filter_valid(struct twin_call *c, const json_t *filter)
{
	static const char *const known[] = {"User", "Role", "Group", "LocalManagedPolicy",
					    "AWSManagedPolicy"};
	json_t *given;
	size_t i, j;

	json_array_foreach((json_t *)filter, i, given)
	{
		for (j = 0; j < sizeof known / sizeof known[0]; j++) {
			if (json_is_string(given) &&
			    strcmp(json_string_value(given), known[j]) == 0)
				break;
		}
		if (j < sizeof known / sizeof known[0])
			continue;
		twin_refuse(c, "ValidationError",
			    "1 validation error detected: Value at 'filter' failed to satisfy "
			    "constraint: Member must satisfy enum value set: [LocalManagedPolicy, "
			    "Role, User, Group, AWSManagedPolicy]");
		return false;
	}
	return true;
}

/* All rows that the filter wants, in order. New. */
static json_t *details_rows(struct twin *t, struct twin_call *c, const json_t *filter)
{
	json_t *rows = json_array(), *one;
	json_auto_t *arns = NULL;
	const char *arn;
	size_t i;

	for (i = 0; i < DETAILS_LISTS; i++) {
		const struct details_list *list = &details_lists[i];
		json_auto_t *some = NULL;

		if (!filter_has(filter, list->filter))
			continue;
		some = iam_rows(t, c, iam_table(t, c->account, list->table));
		json_array_extend(rows, some);
	}
	if (!filter_has(filter, "AWSManagedPolicy"))
		return rows;
	arns = iam_policies_of_aws(t, c->account);
	json_object_foreach(arns, arn, one)
	{
		json_array_append_new(rows, iam_policy_aws(t, c->account, arn));
	}
	return rows;
}

/* Each item of the reply's list into that of the reply whose id it has. */
static void lists_part(json_t *reply, const char *list, const char *const *members)
{
	json_auto_t *items = json_incref(json_object_get(reply, list));
	json_t *item;
	size_t i;

	json_object_del(reply, list);
	for (i = 0; i < DETAILS_LISTS; i++) {
		if (members[i] != NULL)
			json_object_set_new(reply, members[i], json_array());
	}
	json_array_foreach(items, i, item)
	{
		json_array_append(json_object_get(reply, members[list_of(item) - details_lists]),
				  item);
	}
}

static json_t *details_get(struct twin *t, struct twin_call *c)
{
	static const char *const members[DETAILS_LISTS] = {"UserDetailList", "GroupDetailList",
							   "RoleDetailList", "Policies"};
	const json_t *filter = input_list(c->input, "Filter");
	json_t *reply;

	if (!filter_valid(c, filter))
		return NULL;
	reply = iam_page(t, c, "items", details_shown, details_rows(t, c, filter));
	if (reply != NULL)
		lists_part(reply, "items", members);
	return reply;
}

/* Whether the row is one that ListEntitiesForPolicy is asked for. */
static bool uses_policy(const json_t *input, const json_t *row)
{
	const char *arn = row_str(input, "PolicyArn");
	const char *usage = row_str(input, "PolicyUsageFilter");
	bool attached = json_object_get(json_object_get(row, "managed"), arn) != NULL;
	bool boundary = strcmp(row_str(row, "boundary"), arn) == 0;

	return (attached && strcmp(usage, "PermissionsBoundary") != 0) ||
	       (boundary && strcmp(usage, "PermissionsPolicy") != 0);
}

static json_t *entities_list(struct twin *t, struct twin_call *c)
{
	static const char *const members[DETAILS_LISTS] = {"PolicyUsers", "PolicyGroups",
							   "PolicyRoles", NULL};
	const char *filter = row_str(c->input, "EntityFilter");
	json_auto_t *policy = iam_policy_find(t, c);
	json_t *items, *row, *reply;
	size_t i, j;

	if (policy == NULL)
		return NULL;
	items = json_array();
	for (i = 0; i < DETAILS_LISTS && details_lists[i].kind != NULL; i++) {
		const struct details_list *list = &details_lists[i];
		auto_free char *shown = xasprintf("%s %s", list->kind->name, list->kind->id);
		json_auto_t *rows = iam_rows(t, c, iam_table(t, c->account, list->table));

		if (*filter != '\0' && strcmp(filter, list->filter) != 0)
			continue;
		json_array_foreach(rows, j, row)
		{
			if (uses_policy(c->input, row))
				json_array_append_new(items, row_pick(row, shown));
		}
	}
	reply = iam_page(t, c, "items", NULL, items);
	if (reply != NULL)
		lists_part(reply, "items", members);
	return reply;
}

static const struct twin_op details_ops[] = {
    IAM_READ("GetAccountAuthorizationDetails", details_get, NULL),
    IAM_READ("ListEntitiesForPolicy", entities_list, "PolicyArn"),
};
const struct twin_service twin_iam_details_ops = {SERVICE_IAM, details_ops,
						  sizeof details_ops / sizeof details_ops[0]};
