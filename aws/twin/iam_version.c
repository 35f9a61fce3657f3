/* Versions of the managed policies of the twin's IAM. */
#include "aws/twin/iam_priv.h"

#include <string.h>

static json_t *version_shown(json_t *policy, json_t *version, bool document)
{
	json_t *shown = row_pick(version, "VersionId CreateDate");
	const char *id = row_str(version, "VersionId");

	json_object_set_new(shown, "IsDefaultVersion",
			    json_boolean(strcmp(id, row_str(policy, "DefaultVersionId")) == 0));
	if (document)
		json_object_set_new(shown, "Document",
				    iam_document_shown(row_str(version, "Document")));
	return shown;
}

/* The newest first. New. */
json_t *iam_versions_shown(json_t *policy, bool document)
{
	json_t *list = json_array(), *version;
	const char *id;

	json_object_foreach(json_object_get(policy, "versions"), id, version)
	{
		json_array_insert_new(list, 0, version_shown(policy, version, document));
	}
	return list;
}

/* The version of the input; NULL: refused. */
static json_t *version_find(struct twin_call *c, const json_t *policy)
{
	const char *id = row_str(c->input, "VersionId");
	json_t *version = json_object_get(json_object_get(policy, "versions"), id);

	if (version == NULL)
		twin_refuse(c, "NoSuchEntity",
			    "Policy %s version %s does not exist or is not attachable.",
			    row_str(policy, "Arn"), id);
	return version;
}

json_t *iam_version_create(struct twin *t, struct twin_call *c)
{
	json_t *policy = iam_policy_find_own(t, c), *versions, *version;
	auto_free char *id = NULL;
	char now[TIME_RFC3339];
	json_int_t number;

	if (policy == NULL || !iam_policy_document_fits(t, c))
		return NULL;
	versions = json_object_get(policy, "versions");
	if ((int64_t)json_object_size(versions) >= iam_quota(t, IAM_VERSIONS))
		return twin_refuse(c, "LimitExceeded",
				   "A managed policy can have up to 5 versions. Before you create "
				   "a new version, you must delete an existing version.");
	number = json_integer_value(json_object_get(policy, "last")) + 1;
	id = xasprintf("v%lld", (long long)number);
	iam_time(t, now);
	version = json_pack("{s:s, s:s, s:s}", "VersionId", id, "Document",
			    row_str(c->input, "PolicyDocument"), "CreateDate", now);
	json_object_set_new(versions, id, version);
	json_object_set_new(policy, "last", json_integer(number));
	twin_set_str(policy, "UpdateDate", now);
	if (input_true(c->input, "SetAsDefault"))
		twin_set_str(policy, "DefaultVersionId", id);
	return json_pack("{s:o}", "PolicyVersion", version_shown(policy, version, false));
}

json_t *iam_version_get(struct twin *t, struct twin_call *c)
{
	json_auto_t *policy = iam_policy_find(t, c);
	json_t *version = policy == NULL ? NULL : version_find(c, policy);

	return version == NULL
		   ? NULL
		   : json_pack("{s:o}", "PolicyVersion", version_shown(policy, version, true));
}

json_t *iam_version_list(struct twin *t, struct twin_call *c)
{
	json_auto_t *policy = iam_policy_find(t, c);

	return policy == NULL ? NULL
			      : iam_page(t, c, "Versions", NULL, iam_versions_shown(policy, false));
}

json_t *iam_version_default(struct twin *t, struct twin_call *c)
{
	json_t *policy = iam_policy_find_own(t, c);
	json_t *version = policy == NULL ? NULL : version_find(c, policy);

	if (version == NULL)
		return NULL;
	twin_set_str(policy, "DefaultVersionId", row_str(version, "VersionId"));
	return json_object();
}

json_t *iam_version_delete(struct twin *t, struct twin_call *c)
{
	json_t *policy = iam_policy_find_own(t, c);
	const char *id = row_str(c->input, "VersionId");

	if (policy == NULL || version_find(c, policy) == NULL)
		return NULL;
	if (strcmp(id, row_str(policy, "DefaultVersionId")) == 0)
		return twin_refuse(c, "DeleteConflict",
				   "Cannot delete the default version of a policy.");
	json_object_del(json_object_get(policy, "versions"), id);
	return json_object();
}
