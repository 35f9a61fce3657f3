/* Policies of the organization. */
#include "aws/twin/org_priv.h"

#include <ctype.h>
#include <string.h>

/* "arn:aws:organizations::111111111111:policy/o-abc/service_control_policy/p-..."; those of AWS are
 * in no account and no organization. */
static char *policy_arn(const struct twin *t, const char *type, const char *id, bool managed)
{
	auto_free char *kind = xstrdup(type);

	for (char *p = kind; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (managed)
		return xasprintf("arn:%s:organizations::aws:policy/%s/%s",
				 row_str(t->state, "partition"), kind, id);
	return xasprintf("arn:%s:organizations::%s:policy/%s/%s/%s", row_str(t->state, "partition"),
			 row_str(t->state, "management"),
			 row_str(twin_table(t, "organization"), "Id"), kind, id);
}

json_t *policy_new(struct twin *t, const char *id, const char *type, const char *name,
		   const char *description, const char *content)
{
	const struct org_type *known = org_type_find(type);
	json_t *policy = json_object();
	auto_free char *arn = NULL;
	char fresh[TWIN_ID];
	bool managed;

	if (id == NULL) {
		twin_id(t, fresh, "p-", 10);
		id = fresh;
	}
	managed =
	    known != NULL && known->standard_id != NULL && strcmp(known->standard_id, id) == 0;
	arn = policy_arn(t, type, id, managed);
	twin_set_str(policy, "Id", id);
	twin_set_str(policy, "Arn", arn);
	twin_set_str(policy, "Name", name);
	twin_set_str(policy, "Description", description);
	twin_set_str(policy, "Type", type);
	json_object_set_new(policy, "AwsManaged", json_boolean(managed));
	twin_set_str(policy, "Content", content);
	json_object_set_new(twin_table(t, "policies"), id, policy);
	return policy;
}

json_t *policy_show(struct twin *t, json_t *policy)
{
	(void)t;
	return row_pick(policy, "Id Arn Name Description Type AwsManaged");
}

static json_t *policy_reply(struct twin *t, json_t *policy)
{
	return json_pack("{s:{s:o, s:O}}", "Policy", "PolicySummary", policy_show(t, policy),
			 "Content", json_object_get(policy, "Content"));
}

/* Names are unique among the policies of a type; `besides`: the policy itself, or NULL. */
static bool name_taken(const struct twin *t, const char *type, const char *name,
		       const json_t *besides)
{
	const char *id;
	json_t *policy;

	json_object_foreach(twin_table(t, "policies"), id, policy)
	{
		if (policy != besides && strcmp(row_str(policy, "Type"), type) == 0 &&
		    strcmp(row_str(policy, "Name"), name) == 0)
			return true;
	}
	return false;
}

static int64_t policies_of(const struct twin *t, const char *type)
{
	const char *id;
	json_t *policy;
	int64_t n = 0;

	json_object_foreach(twin_table(t, "policies"), id, policy)
	{
		n += strcmp(row_str(policy, "Type"), type) == 0 &&
		     !json_is_true(json_object_get(policy, "AwsManaged"));
	}
	return n;
}

/* The service counts characters, white space too. */
static bool check_content(struct twin_call *call, const struct org_type *type, const char *content)
{
	if (!policy_syntax_ok(type, content)) {
		org_refuse(call, "MalformedPolicyDocumentException");
		return false;
	}
	if (utf8_count(content, strlen(content)) > (long)type->chars) {
		org_violates(call, "POLICY_CONTENT_LIMIT_EXCEEDED");
		return false;
	}
	return true;
}

static json_t *create(struct twin *t, struct twin_call *call)
{
	const char *name = org_input(call, "Name"), *content = org_input(call, "Content");
	const json_t *tags = json_object_get(call->input, "Tags");
	const struct org_type *type;
	json_t *policy;

	if (!org_inputs(call) || !check_tags(call, tags, NULL, TAGS_MOST))
		return NULL;
	type = org_type_find(org_input(call, "Type"));
	if (!org_has_all_features(t))
		return org_refuse(call, "PolicyTypeNotAvailableForOrganizationException");
	if (!check_content(call, type, content))
		return NULL;
	if (name_taken(t, type->name, name, NULL))
		return org_refuse(call, "DuplicatePolicyException");
	if (policies_of(t, type->name) >= twin_quota(t, type->name, type->policies))
		return org_violates(call, "POLICY_NUMBER_LIMIT_EXCEEDED");
	policy = policy_new(t, NULL, type->name, name, org_input(call, "Description"), content);
	org_tags_set(policy, tags);
	twin_made(t, policy);
	return policy_reply(t, policy);
}

json_t *policy_named(struct twin *t, struct twin_call *call)
{
	json_t *policy;

	if (!org_inputs(call))
		return NULL;
	policy = twin_row(t, "policies", org_input(call, "PolicyId"));
	if (policy == NULL)
		org_refuse(call, "PolicyNotFoundException");
	return policy;
}

/* The policy that the input names, when it is the organization's own; NULL: refused. */
static json_t *policy_to_change(struct twin *t, struct twin_call *call)
{
	json_t *policy = policy_named(t, call);

	if (policy == NULL || !json_is_true(json_object_get(policy, "AwsManaged")))
		return policy;
	return org_invalid(call, "IMMUTABLE_POLICY");
}

static json_t *update(struct twin *t, struct twin_call *call)
{
	static const char *const members[] = {"Name", "Description", "Content"};
	const char *name = org_input(call, "Name"), *content = org_input(call, "Content"), *type;
	json_t *policy = policy_to_change(t, call);

	if (policy == NULL)
		return NULL;
	type = row_str(policy, "Type");
	if (content != NULL && !check_content(call, org_type_of(policy), content))
		return NULL;
	if (name != NULL && name_taken(t, type, name, policy))
		return org_refuse(call, "DuplicatePolicyException");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (org_input(call, members[i]) != NULL)
			twin_set_str(policy, members[i], org_input(call, members[i]));
	return policy_reply(t, policy);
}

static json_t *delete (struct twin *t, struct twin_call *call)
{
	json_t *policy = policy_to_change(t, call);

	if (policy == NULL)
		return NULL;
	if (json_object_size(twin_sub(policy, "targets")) > 0)
		return org_refuse(call, "PolicyInUseException");
	json_object_del(twin_table(t, "policies"), org_input(call, "PolicyId"));
	return json_object();
}

static json_t *describe(struct twin *t, struct twin_call *call)
{
	json_t *policy = policy_named(t, call);

	return policy == NULL ? NULL : policy_reply(t, policy);
}

static json_t *list(struct twin *t, struct twin_call *call)
{
	const char *filter = org_input(call, "Filter"), *id;
	json_t *items, *policy;

	if (!org_inputs(call))
		return NULL;
	items = json_array();
	json_object_foreach(twin_table(t, "policies"), id, policy)
	{
		if (strcmp(row_str(policy, "Type"), filter) == 0 && !twin_hidden(t, policy))
			json_array_append(items, policy);
	}
	return org_page(t, call, "Policies", items, policy_show);
}

static const struct twin_op ops_of_policies[] = {
    {.name = "CreatePolicy", .handler = create, .needs = "Content Description Name Type"},
    {.name = "UpdatePolicy", .handler = update, .needs = "PolicyId"},
    {.name = "DeletePolicy", .handler = delete, .needs = "PolicyId"},
    {.name = "DescribePolicy", .handler = describe, .needs = "PolicyId"},
    {.name = "ListPolicies", .handler = list, .needs = "Filter"},
};
const struct twin_service twin_policy_ops = {SERVICE_ORGANIZATIONS, ops_of_policies,
					     sizeof(ops_of_policies) / sizeof(ops_of_policies[0])};
