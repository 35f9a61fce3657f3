/* What users, groups and roles have alike in the twin's IAM: managed and inline policies, and, but
 * for groups, tags and a permissions boundary. Which of the three follows from the operation. */
#include "aws/twin/iam_priv.h"

#include "base/text.h"

#include <string.h>

json_t *iam_attach(struct twin *t, struct twin_call *c)
{
	const struct iam_kind *kind = iam_kind_of(c);
	const char *arn = row_str(c->input, "PolicyArn");
	json_t *row = iam_find_own(t, c, kind), *managed;

	if (row == NULL || !iam_policy_attachable(t, c, arn))
		return NULL;
	managed = json_object_get(row, "managed");
	if (json_object_get(managed, arn) == NULL &&
	    !iam_within(t, c, kind->attached, json_object_size(managed) + 1))
		return NULL;
	json_object_set_new(twin_sub(row, "managed"), arn, json_integer(1));
	return json_object();
}

json_t *iam_detach(struct twin *t, struct twin_call *c)
{
	const char *arn = row_str(c->input, "PolicyArn");
	json_t *row = iam_find_own(t, c, iam_kind_of(c));

	if (row == NULL)
		return NULL;
	if (json_object_del(json_object_get(row, "managed"), arn) != 0)
		return twin_refuse(c, "NoSuchEntity", "Policy %s was not found.", arn);
	return json_object();
}

json_t *iam_list_attached(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, iam_kind_of(c));

	if (row == NULL)
		return NULL;
	return iam_page(
	    t, c, "AttachedPolicies", NULL,
	    iam_attached_list(json_object_get(row, "managed"), row_str(c->input, "PathPrefix")));
}

/* What the inline policies would hold together, with this one in place of that of its name. */
static size_t inline_size(json_t *inlines, const char *name, const char *document)
{
	size_t size = iam_document_size(document);
	const char *other;
	json_t *value;

	json_object_foreach(inlines, other, value)
	{
		if (strcmp(other, name) != 0)
			size += iam_document_size(json_string_value(value));
	}
	return size;
}

json_t *iam_put_inline(struct twin *t, struct twin_call *c)
{
	const struct iam_kind *kind = iam_kind_of(c);
	const char *name = row_str(c->input, "PolicyName");
	const char *document = row_str(c->input, "PolicyDocument");
	json_t *row = iam_find_own(t, c, kind);
	int64_t most = iam_quota(t, kind->inlines);

	if (row == NULL || !iam_name_valid(c, "PolicyName", 128) ||
	    !iam_document_valid(c, document))
		return NULL;
	if ((int64_t)inline_size(json_object_get(row, "inline"), name, document) > most)
		return twin_refuse(c, "LimitExceeded",
				   "Maximum policy size of %lld bytes exceeded for %s %s",
				   (long long)most, kind->noun, row_str(row, kind->name));
	twin_set_str(twin_sub(row, "inline"), name, document);
	return json_object();
}

static json_t *refuse_inline(struct twin_call *c)
{
	return twin_refuse(c, "NoSuchEntity", "The %s policy with name %s cannot be found.",
			   iam_kind_of(c)->noun, row_str(c->input, "PolicyName"));
}

json_t *iam_get_inline(struct twin *t, struct twin_call *c)
{
	const struct iam_kind *kind = iam_kind_of(c);
	const char *name = row_str(c->input, "PolicyName"), *document;
	json_t *row = iam_find(t, c, kind);

	if (row == NULL)
		return NULL;
	document = json_string_value(json_object_get(json_object_get(row, "inline"), name));
	if (document == NULL)
		return refuse_inline(c);
	return json_pack("{s:s, s:s, s:o}", kind->name, row_str(row, kind->name), "PolicyName",
			 name, "PolicyDocument", iam_document_shown(document));
}

json_t *iam_delete_inline(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find_own(t, c, iam_kind_of(c));

	if (row == NULL)
		return NULL;
	if (json_object_del(json_object_get(row, "inline"), row_str(c->input, "PolicyName")) != 0)
		return refuse_inline(c);
	return json_object();
}

json_t *iam_list_inline(struct twin *t, struct twin_call *c)
{
	json_t *row = iam_find(t, c, iam_kind_of(c)), *names, *document;
	const char *name;

	if (row == NULL)
		return NULL;
	names = json_array();
	json_object_foreach(json_object_get(row, "inline"), name, document)
	{
		json_array_append_new(names, json_string(name));
	}
	return iam_page(t, c, "PolicyNames", NULL, names);
}

json_t *iam_row_tag(struct twin_call *c, json_t *row)
{
	const json_t *tags = input_list(c->input, "Tags");

	if (row == NULL || !check_tags(c, tags, json_object_get(row, "tags"), IAM_TAGS_MOST))
		return NULL;
	iam_tags_put(row, tags);
	return json_object();
}

json_t *iam_row_untag(struct twin_call *c, json_t *row)
{
	if (row == NULL)
		return NULL;
	iam_tags_remove(row, json_object_get(c->input, "TagKeys"));
	return json_object();
}

json_t *iam_row_tags(struct twin *t, struct twin_call *c, const json_t *row)
{
	if (row == NULL)
		return NULL;
	return iam_page(t, c, "Tags", NULL, tags_list_of(json_object_get(row, "tags")));
}

json_t *iam_tag(struct twin *t, struct twin_call *c)
{
	return iam_row_tag(c, iam_find(t, c, iam_kind_of(c)));
}

json_t *iam_untag(struct twin *t, struct twin_call *c)
{
	return iam_row_untag(c, iam_find(t, c, iam_kind_of(c)));
}

json_t *iam_list_tags(struct twin *t, struct twin_call *c)
{
	return iam_row_tags(t, c, iam_find(t, c, iam_kind_of(c)));
}

json_t *iam_put_boundary(struct twin *t, struct twin_call *c)
{
	const char *arn = row_str(c->input, "PermissionsBoundary");
	json_t *row = iam_find_own(t, c, iam_kind_of(c));

	if (row == NULL || !iam_policy_attachable(t, c, arn))
		return NULL;
	twin_set_str(row, "boundary", arn);
	return json_object();
}

json_t *iam_delete_boundary(struct twin *t, struct twin_call *c)
{
	const struct iam_kind *kind = iam_kind_of(c);
	json_t *row = iam_find_own(t, c, kind);

	if (row == NULL)
		return NULL;
	if (json_object_del(row, "boundary") != 0)
		return twin_refuse(c, "NoSuchEntity",
				   "The %s %s does not have a permissions boundary.", kind->noun,
				   row_str(row, kind->name));
	return json_object();
}
