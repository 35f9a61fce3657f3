/* IAM customer-managed policies: calls. */
#include "aws/iam/account.h"

#include <stdlib.h>
#include <string.h>

#define VERSIONS_MAX 5 /* IAM quotas page: versions of one managed policy */

static void policy_create_call(struct calls *calls, const struct row *row)
{
	const struct resource *head = row->head;
	const struct value *path = &head->v[IAMPOLICY_PATH];
	const struct value *description = &head->v[IAMPOLICY_DESCRIPTION];
	struct call *call = account_call_new(calls, OP_IAM_CreatePolicy, row);
	json_t *document = call_text(calls, call, head->v[IAMPOLICY_DOCUMENT].u.text);

	call_input(calls, call,
		   json_pack("{s:o, s:s, s:o, s:o*, s:o*}", "PolicyName",
			     json_of_text(iam_name(row)), "Path",
			     path->state == VALUE_TEXT ? path->u.text->s : "/", "PolicyDocument",
			     document, "Description",
			     description->state == VALUE_TEXT && description->u.text->len > 0
				 ? json_of_text(description->u.text)
				 : NULL,
			     "Tags", tags_new(&head->v[IAMPOLICY_TAGS])));
	call->makes = row->address;
}

static json_t *policy_input(struct calls *calls, struct call *call, const struct row *row)
{
	return json_pack("{s:o}", "PolicyArn", call_id(calls, call, row->address));
}

/* "v12": versions are numbered in the order in which they were made. */
static unsigned long version_number(const json_t *version)
{
	const char *id = json_string_value(json_object_get(version, "id"));

	return id == NULL ? 0 : strtoul(id + (*id == 'v'), NULL, 10);
}

static void version_delete_call(struct calls *calls, const struct row *row, const json_t *version)
{
	struct call *call = iam_call(calls, OP_IAM_DeletePolicyVersion, row);
	json_t *input = policy_input(calls, call, row);

	json_object_set(input, "VersionId", json_object_get(version, "id"));
	call_input(calls, call, input);
	call_frees(calls, call, row->address);
}

static json_t *versions_of(const struct row *row)
{
	const struct text *aux = row->live->aux;

	return aux == NULL ? NULL : json_loadb(aux->s, aux->len, 0, NULL);
}

static void oldest_delete_call(struct calls *calls, const struct row *row)
{
	json_auto_t *aux = versions_of(row);
	const json_t *list = json_object_get(aux, "versions"), *oldest = NULL;

	if (json_array_size(list) < VERSIONS_MAX)
		return;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *version = json_array_get(list, i);

		if (json_is_true(json_object_get(version, "default")))
			continue;
		if (oldest == NULL || version_number(version) < version_number(oldest))
			oldest = version;
	}
	if (oldest != NULL)
		version_delete_call(calls, row, oldest);
}

static void version_call(struct calls *calls, const struct change *change, const struct diff *diff)
{
	struct call *call;
	json_t *input;

	oldest_delete_call(calls, change->row);
	call = iam_call(calls, OP_IAM_CreatePolicyVersion, change->row);
	input = policy_input(calls, call, change->row);
	json_object_set_new(input, "PolicyDocument", call_text(calls, call, diff->head.u.text));
	json_object_set_new(input, "SetAsDefault", json_true());
	call_input(calls, call, input);
	call_fact_diff(calls, call, change, diff);
}

static void policy_delete_calls(struct calls *calls, const struct row *row)
{
	json_auto_t *aux = versions_of(row);
	const json_t *list = json_object_get(aux, "versions");
	struct call *call;

	/* A boundary stays: without it its holder could do more, so that is for whoever declares
	 * the holder to say. */
	principal_detach_calls(calls, &principal_group, row->address);
	principal_detach_calls(calls, &principal_user, row->address);
	principal_detach_calls(calls, &principal_role, row->address);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!json_is_true(json_object_get(json_array_get(list, i), "default")))
			version_delete_call(calls, row, json_array_get(list, i));
	}
	call = iam_call(calls, OP_IAM_DeletePolicy, row);
	call_input(calls, call, policy_input(calls, call, row));
	call->ends = row->address;
}

static const struct tag_calls policy_tags = {IAMPOLICY_TAGS, OP_IAM_TagPolicy, OP_IAM_UntagPolicy,
					     iam_call, policy_input};

static void policy_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;

	if (change->action == ACTION_DELETE) {
		if (row->live != NULL)
			policy_delete_calls(calls, row);
		return;
	}
	if (change->action == ACTION_CREATE) {
		policy_create_call(calls, row);
		return;
	}
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == IAMPOLICY_DOCUMENT && diff_is_written(diff) &&
		    diff->head.state == VALUE_TEXT)
			version_call(calls, change, diff);
	}
	tags_calls(calls, change, &policy_tags);
}

static const struct trail_row iam_policy_trail[] = {
    {TRAIL_RESOURCE, "CreatePolicy DeletePolicy", SERVICE_IAM, NULL},
    {IAMPOLICY_PATH, "CreatePolicy DeletePolicy", SERVICE_IAM, NULL},
    {IAMPOLICY_DESCRIPTION, "CreatePolicy DeletePolicy", SERVICE_IAM, NULL},
    {IAMPOLICY_DOCUMENT, "CreatePolicyVersion SetDefaultPolicyVersion DeletePolicyVersion",
     SERVICE_IAM, NULL},
    {IAMPOLICY_TAGS, "TagPolicy UntagPolicy", SERVICE_IAM, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_IAM, NULL},
};

const struct wire wire_iam_policy = {
    .read = iam_read_all, .probe = iam_probe, .calls = policy_calls, .trail = iam_policy_trail};
