/* Organization policies: reading, and calls. */
#include "aws/org/org.h"

#include "state/canon.h"

#include <string.h>

static bool set_has(const struct set *set, const struct text *key)
{
	return set != NULL && set_find(set, key) != NULL;
}

/* AWS's own are known by name on all sides; what they say is not charter's business. */
static bool policy_is_default(const struct text *id)
{
	return text_is(id, "p-FullAWSAccess") || text_is(id, "p-RCPFullAWSAccess");
}

static struct resource *policy_resource(struct crawl *crawl, const struct text *id,
					const struct text *name)
{
	struct resource *policy = side_by_id(crawl->side, KIND_POLICY, id);

	if (policy != NULL)
		return policy;
	return side_resource(crawl->side, KIND_POLICY,
			     policy_is_default(id)
				 ? address_make(crawl->arena, "policy", name->s, NULL)
				 : address_raw(crawl->arena, "policy", id->s),
			     id);
}

/* Records the summary; NULL: it lacks something, or the policy was recorded before. */
static struct resource *summary_record(struct crawl *crawl, const struct read *read,
				       const json_t *summary)
{
	const struct text *id = crawl_text(crawl, summary, "Id");
	const struct text *name = crawl_text(crawl, summary, "Name");
	const struct text *type = crawl_text(crawl, summary, "Type");
	struct resource *policy;

	if (id == NULL || name == NULL || type == NULL) {
		crawl_bad_reply(crawl, read, "has a policy without id, name or type");
		return NULL;
	}
	policy = policy_resource(crawl, id, name);
	if (policy->v[POLICY_NAME].state != VALUE_UNSET) {
		if (!text_eq(policy->v[POLICY_NAME].u.text, name))
			scope_fail(crawl->side, read->scope, "Inconsistent",
				   "a policy was renamed while it was read: run again");
		return NULL;
	}
	policy->v[POLICY_NAME] = value_text(name);
	policy->v[POLICY_TYPE] = value_text(type);
	policy->v[POLICY_DESCRIPTION] = crawl_value(crawl, summary, "Description");
	crawl_recorded(crawl, policy);
	if (reply_bool(summary, "AwsManaged"))
		policy->flags |= RES_FOREIGN;
	return policy;
}

static void policies_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct org *org = org_of(crawl);
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "Policies", "policies", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *summary = json_array_get(list, i);
		struct resource *policy = summary_record(crawl, read, summary);

		if (policy == NULL || !org->full)
			continue;
		if (!reply_bool(summary, "AwsManaged")) {
			policy_read(crawl, read->scope, policy->id);
			tags_read(crawl, org->tags_policy, policy);
			targets_read(crawl, org->attachments, policy->id);
		} else if (crawl->allow_list && text_is(policy->id, "p-FullAWSAccess")) {
			targets_read(crawl, org->attachments, policy->id);
		}
	}
}

/* The policies of one type. */
void policies_read(struct crawl *crawl, uint32_t scope, const struct text *type)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListPolicies,
			    .scope = scope,
			    .note = type,
			    .page = policies_page};

	crawl_read(crawl, &read, json_pack("{s:s}", "Filter", type->s));
}

static void type_read(struct crawl *crawl, const struct text *type)
{
	const struct org *org = org_of(crawl);

	policies_read(crawl, scope_open(crawl, org->policies, "policies/%s", type->s), type);
}

/* The types that are enabled (the root's list in the reply), and those that are declared. */
void policy_types_read(struct crawl *crawl, const json_t *enabled)
{
	const struct set *declared = crawl->policy_types;
	auto_map *seen = map_new();

	for (size_t i = 0; i < json_array_size(enabled); i++) {
		const struct text *type = crawl_text(crawl, json_array_get(enabled, i), "Type");

		if (type == NULL || map_put(seen, type->s, crawl) != NULL)
			continue;
		type_read(crawl, type);
	}
	for (uint32_t i = 0; declared != NULL && i < declared->n; i++) {
		if (map_put(seen, declared->item[i].key->s, crawl) == NULL)
			type_read(crawl, declared->item[i].key);
	}
}

/* Canonical where we can read it; else as it is, so that it differs from whatever is declared. */
static const struct text *document_text(struct crawl *crawl, const struct resource *policy,
					const char *content)
{
	const struct policy_type *type = policy_type_find(policy->v[POLICY_TYPE].u.text->s);
	const struct text *partition = crawl->side->world.partition;
	enum policy_dialect dialect = type != NULL && type->iam ? POLICY_IAM : POLICY_PLAIN;
	const struct text *text;
	int line, column;
	auto_error err = {0};

	text = canon_policy_text(crawl->arena, content, strlen(content), dialect,
				 partition == NULL ? "aws" : partition->s, &line, &column, &err);
	return text != NULL ? text : text_str(crawl->arena, content);
}

static void policy_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *summary = reply_obj(page, "Policy.PolicySummary");
	const char *content = reply_str(page, "Policy.Content");
	const struct text *id = crawl_text(crawl, summary, "Id");
	struct resource *policy;

	if (summary == NULL || content == NULL || id == NULL) {
		crawl_bad_reply(crawl, read, "has no policy or no content");
		return;
	}
	summary_record(crawl, read, summary);
	policy = side_by_id(crawl->side, KIND_POLICY, id);
	if (policy != NULL && policy->v[POLICY_TYPE].state == VALUE_TEXT)
		policy->v[POLICY_DOCUMENT] = value_text(document_text(crawl, policy, content));
}

/* One policy with its document. */
void policy_read(struct crawl *crawl, uint32_t scope, const struct text *id)
{
	struct read read = {
	    .op = OP_ORGANIZATIONS_DescribePolicy, .scope = scope, .page = policy_page};

	crawl_read(crawl, &read, json_pack("{s:s}", "PolicyId", id->s));
}

static void policy_create_call(struct calls *calls, const struct change *change)
{
	const struct resource *head = change->row->head;
	const struct value *description = &head->v[POLICY_DESCRIPTION];
	const struct value *type = &head->v[POLICY_TYPE];
	struct call *call = call_new(calls, OP_ORGANIZATIONS_CreatePolicy, NULL);
	json_t *content = call_text(calls, call, head->v[POLICY_DOCUMENT].u.text);

	call_input(calls, call,
		   json_pack("{s:o, s:s, s:o, s:s, s:o*}", "Content", content, "Description",
			     description->state == VALUE_TEXT ? description->u.text->s : "", "Name",
			     json_of_text(head->v[POLICY_NAME].u.text), "Type",
			     type->state == VALUE_TEXT ? type->u.text->s : "SERVICE_CONTROL_POLICY",
			     "Tags", tags_new(&head->v[POLICY_TAGS])));
	call->makes = change->row->address;
	call_uses_organization(calls, call);
}

static const char *update_member(uint16_t attr)
{
	switch (attr) {
	case POLICY_NAME:
		return "Name";
	case POLICY_DESCRIPTION:
		return "Description";
	case POLICY_DOCUMENT:
		return "Content";
	default:
		return NULL;
	}
}

/* One call for all that changed in it; AWS leaves the rest. */
static void policy_update_call(struct calls *calls, const struct change *change)
{
	struct call *call = NULL;
	json_t *input = NULL;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];
		const char *member = update_member(diff->attr);

		if (member == NULL || !diff_is_written(diff) || diff->head.state != VALUE_TEXT)
			continue;
		if (call == NULL) {
			call = call_new(calls, OP_ORGANIZATIONS_UpdatePolicy, NULL);
			input = json_pack("{s:o}", "PolicyId",
					  call_id(calls, call, change->row->address));
		}
		json_object_set_new(input, member, call_text(calls, call, diff->head.u.text));
		call_fact_diff(calls, call, change, diff);
	}
	if (call != NULL)
		call_input(calls, call, input);
}

/* What nobody else takes off: the targets that are not declared, or do not declare their policies.
 */
static void policy_detach_calls(struct calls *calls, const struct row *row)
{
	const struct side *live = calls->sides->live;

	for (size_t i = 0; i < live->all.n; i++) {
		const struct resource *target = live->all.at[i];
		const struct row *its = calls_row(calls, target->address);
		uint16_t attr = policies_attr(target->kind);
		struct value removed = value_text(row->address);

		if (target->kind != KIND_ORGANIZATION && target->kind != KIND_UNIT &&
		    target->kind != KIND_ACCOUNT)
			continue;
		if (its == NULL || target->v[attr].state != VALUE_SET ||
		    !set_has(target->v[attr].u.set, row->address) ||
		    calls_take_out(calls, target->kind, target->address, attr, row->address))
			continue;
		struct call *call = call_new(calls, OP_ORGANIZATIONS_DetachPolicy, NULL);
		const struct text *id =
		    target->kind == KIND_ORGANIZATION ? live->world.root_id : target->id;

		call_input(
		    calls, call,
		    json_pack("{s:s, s:s}", "PolicyId", row->live->id->s, "TargetId", id->s));
		call->effect = EFFECT_LOSS;
		call_uses(calls, call, target->address);
		call_frees(calls, call, row->address);
		/* Of a unit that moves it is the old one, which goes under its raw address. */
		if (target->kind == KIND_UNIT)
			call_frees(calls, call, address_raw(calls->arena, "unit", id->s));
		call_fact(calls, call, target->address, target->kind, attr, row->address, removed,
			  VALUE_EMPTY);
	}
}

static void policy_delete_calls(struct calls *calls, const struct change *change)
{
	struct call *call;

	policy_detach_calls(calls, change->row);
	call = call_new(calls, OP_ORGANIZATIONS_DeletePolicy,
			json_pack("{s:s}", "PolicyId", change->row->live->id->s));
	call->ends = change->row->address;
}

static void policy_calls(struct calls *calls, const struct change *change)
{
	if (change->action == ACTION_CREATE) {
		policy_create_call(calls, change);
	} else if (change->action == ACTION_DELETE) {
		if (change->row->live != NULL)
			policy_delete_calls(calls, change);
	} else {
		policy_update_call(calls, change);
		org_tags_calls(calls, change, POLICY_TAGS);
	}
}

static const struct trail_row policy_trail[] = {
    {TRAIL_RESOURCE, "CreatePolicy DeletePolicy UpdatePolicy", SERVICE_ORGANIZATIONS, NULL},
    {POLICY_NAME, "UpdatePolicy", SERVICE_ORGANIZATIONS, NULL},
    {POLICY_TYPE, "CreatePolicy DeletePolicy", SERVICE_ORGANIZATIONS, NULL},
    {POLICY_DESCRIPTION, "UpdatePolicy", SERVICE_ORGANIZATIONS, NULL},
    {POLICY_DOCUMENT, "UpdatePolicy", SERVICE_ORGANIZATIONS, NULL},
    {POLICY_TAGS, "TagResource UntagResource", SERVICE_ORGANIZATIONS, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_ORGANIZATIONS, NULL},
};

const struct wire wire_policy = {.probe = org_probe, .calls = policy_calls, .trail = policy_trail};
