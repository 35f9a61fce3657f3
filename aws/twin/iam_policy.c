/* Managed policies of the twin's IAM. Those of AWS exist under any name: they are no rows, but made
 * when asked for. */
#include "aws/twin/iam_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* What the twin says that AWS's policies hold: it knows one of them. */
static const char document_administrator[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
    "\"Resource\":\"*\"}]}";
static const char document_other[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
    "\"tag:GetResources\",\"Resource\":\"*\"}]}";

json_t *iam_policy_new(struct twin *t, const char *account, const char *path, const char *name,
		       const char *document)
{
	auto_free char *arn = iam_arn(t, account, "policy", path != NULL ? path : "/", name);
	json_t *row = json_object();
	char id[TWIN_ID], now[TIME_RFC3339];

	iam_unique(t, "ANPA", id);
	iam_time(t, now);
	twin_set_str(row, "PolicyName", name);
	twin_set_str(row, "PolicyId", id);
	twin_set_str(row, "Arn", arn);
	twin_set_str(row, "Path", path != NULL ? path : "/");
	twin_set_str(row, "DefaultVersionId", "v1");
	twin_set_str(row, "CreateDate", now);
	twin_set_str(row, "UpdateDate", now);
	json_object_set_new(row, "last", json_integer(1));
	json_object_set_new(twin_sub(row, "versions"), "v1",
			    json_pack("{s:s, s:s, s:s}", "VersionId", "v1", "Document", document,
				      "CreateDate", now));
	json_object_set_new(iam_table(t, account, "policies"), arn, row);
	return row;
}

/* The path and name, "/service-role/NAME", of an ARN of AWS's policies; NULL: it is none. */
static const char *aws_path(const struct twin *t, const char *arn)
{
	auto_free char *prefix =
	    xasprintf("arn:%s:iam::aws:policy/", row_str(t->state, "partition"));
	const char *p;

	if (!str_starts(arn, prefix) || arn[strlen(arn) - 1] == '/')
		return NULL;
	for (p = arn + strlen(prefix); *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("_+=,.@-/", *p) == NULL)
			return NULL;
	}
	return arn + strlen(prefix) - 1;
}

static bool iam_policy_is_aws(const struct twin *t, const char *arn)
{
	return aws_path(t, arn) != NULL;
}

json_t *iam_policy_aws(struct twin *t, const char *account, const char *arn)
{
	static const char made[] = "2015-02-06T18:39:46Z";
	const char *path = aws_path(t, arn), *name = strrchr(arn, '/') + 1;
	const char *document =
	    strcmp(name, "AdministratorAccess") == 0 ? document_administrator : document_other;
	char sum[SHA256_HEX], id[4 + 17 + 1] = "ANPA";
	size_t i;

	sha256_hex(arn, strlen(arn), sum);
	for (i = 4; i < sizeof id - 1; i++)
		id[i] = (char)toupper((unsigned char)sum[i]);
	return json_pack("{s:s, s:s, s:s, s:s%, s:s, s:s, s:s, s:i, s:s, s:{s:{s:s, s:s, s:s}}}",
			 "PolicyName", name, "PolicyId", id, "Arn", arn, "Path", path,
			 (size_t)(name - path), "DefaultVersionId", "v1", "CreateDate", made,
			 "UpdateDate", made, "last", 1, "account", account, "versions", "v1",
			 "VersionId", "v1", "Document", document, "CreateDate", made);
}

json_t *iam_policies_of_aws(struct twin *t, const char *account)
{
	static const char *const tables[] = {"users", "groups", "roles"};
	json_t *arns = json_object(), *row, *one;
	const char *key, *arn, *boundary;
	size_t i;

	for (i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		json_object_foreach(iam_table(t, account, tables[i]), key, row)
		{
			boundary = row_str(row, "boundary");
			json_object_foreach(json_object_get(row, "managed"), arn, one)
			{
				if (iam_policy_is_aws(t, arn))
					json_object_set_new(arns, arn, json_integer(1));
			}
			if (*boundary != '\0' && iam_policy_is_aws(t, boundary))
				json_object_set_new(arns, boundary, json_integer(1));
		}
	}
	return arns;
}

bool iam_policy_attachable(struct twin *t, struct twin_call *c, const char *arn)
{
	const char *path = aws_path(t, arn);

	if (!str_starts(arn, "arn:") || strstr(arn, ":policy/") == NULL)
		twin_refuse(c, "InvalidInput", "ARN %s is not valid.", arn);
	else if (path != NULL && str_starts(path, "/aws-service-role/"))
		twin_refuse(c, "PolicyNotAttachable",
			    "Cannot attach a Service Role Policy to a Customer Role.");
	else if (path != NULL || iam_row(t, c->account, "policies", arn) != NULL)
		return true;
	else
		twin_refuse(c, "NoSuchEntity", "Policy %s does not exist or is not attachable.",
			    arn);
	return false;
}

json_t *iam_policy_find(struct twin *t, struct twin_call *c)
{
	const char *arn = row_str(c->input, "PolicyArn");
	json_t *row = iam_row(t, c->account, "policies", arn);

	if (row != NULL)
		return json_incref(row);
	if (iam_policy_is_aws(t, arn))
		return iam_policy_aws(t, c->account, arn);
	if (!str_starts(arn, "arn:") || strstr(arn, ":policy/") == NULL)
		return twin_refuse(c, "InvalidInput", "ARN %s is not valid.", arn);
	return twin_refuse(c, "NoSuchEntity", "Policy %s was not found.", arn);
}

json_t *iam_policy_find_own(struct twin *t, struct twin_call *c)
{
	const char *arn = row_str(c->input, "PolicyArn");
	json_auto_t *row = NULL;

	if (iam_policy_is_aws(t, arn))
		return twin_refuse(c, "AccessDenied",
				   "User: %s is not authorized to perform: iam:%s on resource: "
				   "policy %s",
				   c->arn, c->op->name, arn);
	row = iam_policy_find(t, c);
	return row == NULL ? NULL : iam_row(t, c->account, "policies", arn);
}

/* Whose attachments are counted: for a policy of AWS, the account is not in its ARN. */
static void usage_set(struct twin *t, const char *account, json_t *shown)
{
	const char *arn = row_str(shown, "Arn");

	json_object_set_new(shown, "AttachmentCount",
			    json_integer(iam_policy_uses(t, account, arn, false)));
	json_object_set_new(shown, "PermissionsBoundaryUsageCount",
			    json_integer(iam_policy_uses(t, account, arn, true)));
	json_object_set_new(shown, "IsAttachable", json_true());
}

json_t *iam_policy_shown(struct twin *t, const char *account, json_t *row, enum policy_view view)
{
	json_t *shown = row_pick(row, "PolicyName PolicyId Arn Path DefaultVersionId Description "
				      "CreateDate UpdateDate");
	json_t *tags = json_object_get(row, "tags");

	usage_set(t, account, shown);
	/* What the model says of Description: GetPolicy returns it, ListPolicies does not. */
	if (view == POLICY_LISTED)
		json_object_del(shown, "Description");
	if (view == POLICY_WHOLE && json_object_size(tags) > 0)
		json_object_set_new(shown, "Tags", tags_list_of(tags));
	if (view == POLICY_DETAILS)
		json_object_set_new(shown, "PolicyVersionList", iam_versions_shown(row, true));
	return shown;
}

/* Names of policies are unique whatever the path and the case. */
static bool name_is_free(struct twin *t, struct twin_call *c, const char *name)
{
	const char *arn;
	json_t *row;

	json_object_foreach(iam_table(t, c->account, "policies"), arn, row)
	{
		if (strcasecmp(row_str(row, "PolicyName"), name) != 0)
			continue;
		twin_refuse(c, "EntityAlreadyExists",
			    "A policy called %s already exists. Duplicate names are not allowed.",
			    name);
		return false;
	}
	return true;
}

/* ((/[A-Za-z0-9\.,\+@=_-]+)*)/: less than the paths of users, groups and roles may hold. */
static bool path_valid(struct twin_call *c)
{
	const char *path = row_str(c->input, "Path"), *p;

	if (!iam_path_valid(c, "Path"))
		return false;
	for (p = path; isalnum((unsigned char)*p) || (*p != '\0' && strchr("/.,+@=_-", *p)); p++)
		;
	if (*p == '\0' && strstr(path, "//") == NULL)
		return true;
	twin_refuse(c, "ValidationError",
		    "The specified value for path is invalid. It must begin and end with / and "
		    "contain only alphanumeric characters and/or / characters.");
	return false;
}

bool iam_policy_document_fits(struct twin *t, struct twin_call *c)
{
	const char *document = row_str(c->input, "PolicyDocument");

	return iam_document_valid(c, document) &&
	       iam_within(t, c, IAM_POLICY_SIZE, iam_document_size(document));
}

static json_t *policy_create(struct twin *t, struct twin_call *c)
{
	const char *name = row_str(c->input, "PolicyName");
	const char *description = row_str(c->input, "Description");
	const json_t *tags = input_list(c->input, "Tags");
	json_t *row;

	if (!iam_name_valid(c, "PolicyName", 128) || !path_valid(c) ||
	    !check_text(c, "Description", 0, 1000, NULL) ||
	    !check_tags(c, tags, NULL, IAM_TAGS_MOST) || !iam_policy_document_fits(t, c) ||
	    !name_is_free(t, c, name) ||
	    !iam_within(t, c, IAM_POLICIES,
			json_object_size(iam_table(t, c->account, "policies")) + 1))
		return NULL;
	row = iam_policy_new(t, c->account, iam_path(c), name, row_str(c->input, "PolicyDocument"));
	if (*description != '\0')
		twin_set_str(row, "Description", description);
	iam_tags_put(row, tags);
	twin_made(t, row);
	return json_pack("{s:o}", "Policy", iam_policy_shown(t, c->account, row, POLICY_WHOLE));
}

static json_t *policy_get(struct twin *t, struct twin_call *c)
{
	json_auto_t *row = iam_policy_find(t, c);

	return row == NULL ? NULL
			   : json_pack("{s:o}", "Policy",
				       iam_policy_shown(t, c->account, row, POLICY_WHOLE));
}

/* Whether ListPolicies is asked for this one, as far as its use decides. */
static bool usage_wanted(const json_t *input, const json_t *shown)
{
	const char *filter = row_str(input, "PolicyUsageFilter");
	bool attached = json_integer_value(json_object_get(shown, "AttachmentCount")) > 0;
	bool boundary =
	    json_integer_value(json_object_get(shown, "PermissionsBoundaryUsageCount")) > 0;

	if (strcmp(filter, "PermissionsPolicy") == 0)
		return attached;
	if (strcmp(filter, "PermissionsBoundary") == 0)
		return boundary;
	return attached || !input_true(input, "OnlyAttached");
}

/* Of AWS's thousand, some that everybody knows, and those that are used. */
static void policies_of_aws_add(struct twin *t, struct twin_call *c, json_t *rows)
{
	static const char *const known[] = {
	    "AdministratorAccess", "IAMFullAccess", "IAMReadOnlyAccess", "PowerUserAccess",
	    "ReadOnlyAccess",      "SecurityAudit", "AWSSupportAccess",  "IAMUserChangePassword",
	};
	json_auto_t *arns = json_object(), *used = iam_policies_of_aws(t, c->account);
	const char *arn;
	json_t *one;
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++) {
		auto_free char *name = xasprintf("arn:%s:iam::aws:policy/%s",
						 row_str(t->state, "partition"), known[i]);

		json_object_set_new(arns, name, json_integer(1));
	}
	json_object_update(arns, used);
	json_object_foreach(arns, arn, one)
	{
		json_array_append_new(rows, iam_policy_aws(t, c->account, arn));
	}
}

static json_t *policy_list(struct twin *t, struct twin_call *c)
{
	const char *scope = row_str(c->input, "Scope"), *prefix = row_str(c->input, "PathPrefix");
	json_auto_t *rows = json_array();
	json_t *items = json_array(), *row, *shown;
	size_t i;

	if (strcmp(scope, "AWS") != 0) {
		json_auto_t *local = iam_rows(t, c, iam_table(t, c->account, "policies"));

		json_array_extend(rows, local);
	}
	if (strcmp(scope, "Local") != 0)
		policies_of_aws_add(t, c, rows);
	json_array_foreach(rows, i, row)
	{
		shown = iam_policy_shown(t, c->account, row, POLICY_LISTED);
		if (str_starts(row_str(row, "Path"), prefix) && usage_wanted(c->input, shown))
			json_array_append(items, shown);
		json_decref(shown);
	}
	return iam_page(t, c, "Policies", NULL, items);
}

static json_t *policy_delete(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_policy_find_own(t, c);
	const char *arn = row_str(row, "Arn");

	if (row == NULL)
		return NULL;
	if (iam_policy_uses(t, c->account, arn, false) > 0)
		return twin_refuse(c, "DeleteConflict",
				   "Cannot delete a policy attached to entities.");
	if (iam_policy_uses(t, c->account, arn, true) > 0)
		return twin_refuse(c, "DeleteConflict",
				   "Cannot delete a policy that is the permissions boundary of "
				   "entities.");
	if (json_object_size(json_object_get(row, "versions")) > 1)
		return twin_refuse(c, "DeleteConflict",
				   "This policy has more than one version. Before you delete a "
				   "policy, you must delete the policy's versions. The default "
				   "version is deleted with the policy.");
	json_object_del(iam_table(t, c->account, "policies"), row_str(c->input, "PolicyArn"));
	return json_object();
}

static json_t *policy_tag(struct twin *t, struct twin_call *c)
{
	return iam_row_tag(c, iam_policy_find_own(t, c));
}

static json_t *policy_untag(struct twin *t, struct twin_call *c)
{
	return iam_row_untag(c, iam_policy_find_own(t, c));
}

static json_t *policy_tags(struct twin *t, struct twin_call *c)
{
	json_auto_t *row = iam_policy_find(t, c);

	return iam_row_tags(t, c, row);
}

static const struct twin_op policy_ops[] = {
    IAM_WRITE("CreatePolicy", policy_create, "PolicyName PolicyDocument"),
    IAM_READ("GetPolicy", policy_get, "PolicyArn"),
    IAM_READ("ListPolicies", policy_list, NULL),
    IAM_WRITE("DeletePolicy", policy_delete, "PolicyArn"),
    IAM_WRITE("TagPolicy", policy_tag, "PolicyArn Tags"),
    IAM_WRITE("UntagPolicy", policy_untag, "PolicyArn TagKeys"),
    IAM_READ("ListPolicyTags", policy_tags, "PolicyArn"),
    IAM_WRITE("CreatePolicyVersion", iam_version_create, "PolicyArn PolicyDocument"),
    IAM_READ("GetPolicyVersion", iam_version_get, "PolicyArn VersionId"),
    IAM_READ("ListPolicyVersions", iam_version_list, "PolicyArn"),
    IAM_WRITE("SetDefaultPolicyVersion", iam_version_default, "PolicyArn VersionId"),
    IAM_WRITE("DeletePolicyVersion", iam_version_delete, "PolicyArn VersionId"),
};
const struct twin_service twin_iam_policy_ops = {SERVICE_IAM, policy_ops,
						 sizeof policy_ops / sizeof policy_ops[0]};
