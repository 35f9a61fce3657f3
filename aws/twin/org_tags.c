/* Tags of the root, units, accounts and policies. */
#include "aws/twin/org_priv.h"

#include <string.h>
#include <strings.h>

void org_tags_set(json_t *row, const json_t *tags)
{
	json_t *tag;
	size_t i;

	json_array_foreach((json_t *)tags, i, tag)
	{
		twin_set_str(twin_sub(row, "tags"), row_str(tag, "Key"), row_str(tag, "Value"));
	}
}

/* What the input names; NULL: refused. Policies of AWS bear no tags. */
static json_t *resource_named(struct twin *t, struct twin_call *call)
{
	json_t *row;

	if (!org_inputs(call))
		return NULL;
	row = twin_target(t, org_input(call, "ResourceId"), true);
	if (row == NULL)
		return org_refuse(call, "TargetNotFoundException");
	if (json_is_true(json_object_get(row, "AwsManaged")) && twin_op_mutates(call->op))
		return org_invalid(call, "TARGET_NOT_SUPPORTED");
	return row;
}

static json_t *tag(struct twin *t, struct twin_call *call)
{
	const json_t *tags = json_object_get(call->input, "Tags");
	json_t *row = resource_named(t, call);

	if (row == NULL || !check_tags(call, tags, json_object_get(row, "tags"), TAGS_MOST))
		return NULL;
	org_tags_set(row, tags);
	return json_object();
}

static bool check_keys(struct twin_call *call, const json_t *keys)
{
	json_t *key;
	size_t i;

	if (!json_is_array(keys)) {
		org_invalid(call, "INVALID_LIST_MEMBER");
		return false;
	}
	json_array_foreach((json_t *)keys, i, key)
	{
		const char *s = json_string_value(key);

		if (s == NULL || *s == '\0')
			org_invalid(call, "INVALID_LIST_MEMBER");
		else if (strncasecmp(s, "aws:", strlen("aws:")) == 0)
			org_invalid(call, "INVALID_SYSTEM_TAGS_PARAMETER");
		else
			continue;
		return false;
	}
	return true;
}

static json_t *untag(struct twin *t, struct twin_call *call)
{
	const json_t *keys = json_object_get(call->input, "TagKeys");
	json_t *row = resource_named(t, call), *key;
	size_t i;

	if (row == NULL || !check_keys(call, keys))
		return NULL;
	json_array_foreach((json_t *)keys, i, key)
	{
		json_object_del(twin_sub(row, "tags"), json_string_value(key));
	}
	return json_object();
}

/* The one listing that takes no page size. */
static json_t *list(struct twin *t, struct twin_call *call)
{
	struct twin_paging paging = paging_organizations;
	json_t *row = resource_named(t, call);

	if (row == NULL)
		return NULL;
	paging.list = "Tags";
	paging.size_in = NULL;
	return twin_page(t, call, &paging, tags_list_of(json_object_get(row, "tags")));
}

static const struct twin_op ops_of_tags[] = {
    {.name = "TagResource", .handler = tag, .needs = "ResourceId Tags"},
    {.name = "UntagResource", .handler = untag, .needs = "ResourceId TagKeys"},
    {.name = "ListTagsForResource", .handler = list, .needs = "ResourceId"},
};
const struct twin_service twin_tags_ops = {SERVICE_ORGANIZATIONS, ops_of_tags,
					   sizeof(ops_of_tags) / sizeof(ops_of_tags[0])};
