/* Attached policies: who has which, and the calls that attach and detach. */
#include "aws/org/org.h"

#include <string.h>

/* The raw address, but AWS's own policies are known by name. */
static const struct text *policy_address(struct crawl *crawl, const struct text *id)
{
	const struct resource *policy = side_by_id(crawl->side, KIND_POLICY, id);

	if (policy != NULL)
		return policy->address;
	if (text_is(id, "p-FullAWSAccess") || text_is(id, "p-RCPFullAWSAccess"))
		return address_make(crawl->arena, "policy", id->s + 2, NULL);
	return address_raw(crawl->arena, "policy", id->s);
}

static void targets_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct text *policy = policy_address(crawl, read->note);
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "Targets", "targets", &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *target = crawl_text(crawl, json_array_get(list, i), "TargetId");

		if (target == NULL)
			crawl_bad_reply(crawl, read, "has a target without an id");
		else
			vec_push(&org_of(crawl)->targets, ((struct org_target){target, policy}));
	}
}

/* Where one policy is attached; kept until attachments_end(). */
void targets_read(struct crawl *crawl, uint32_t scope, const struct text *policy_id)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListTargetsForPolicy,
			    .scope = scope,
			    .note = policy_id,
			    .page = targets_page};

	crawl_read(crawl, &read, json_pack("{s:s}", "PolicyId", policy_id->s));
}

static void target_add(struct crawl *crawl, struct resource *resource,
		       const struct org_target *target)
{
	side_add(crawl->side, resource, policies_attr(resource->kind), target->policy, NULL);
}

/* A target that no reading knows was deleted meanwhile. */
static void targets_resolve(struct crawl *crawl)
{
	const struct org *org = org_of(crawl);

	for (size_t i = 0; i < org->targets.n; i++) {
		struct resource *resource = org_find(crawl, org->targets.at[i].target->s);

		if (resource != NULL && resource->kind != KIND_POLICY)
			target_add(crawl, resource, &org->targets.at[i]);
	}
}

/* A policy that was not listed may be attached anywhere: then no set is known. */
void attachments_end(struct crawl *crawl)
{
	const struct org *org = org_of(crawl);
	const uint32_t needed[] = {org->attachments, org->policies, org->units, org->accounts};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (crawl->side->scopes.at[needed[i]].state != SCOPE_WHOLE)
			return;
	}
	targets_resolve(crawl);
	for (size_t i = 0; i < crawl->side->all.n; i++) {
		struct resource *resource = crawl->side->all.at[i];

		if (resource->kind == KIND_ORGANIZATION || resource->kind == KIND_UNIT ||
		    resource->kind == KIND_ACCOUNT)
			side_know(crawl->side, resource, policies_attr(resource->kind));
	}
}

/* Of the target that `about` is only this one policy is looked at. */
static void target_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct org *org = org_of(crawl);
	size_t before = org->targets.n;

	targets_page(crawl, read, page);
	for (size_t i = before; i < org->targets.n; i++) {
		if (org_find(crawl, org->targets.at[i].target->s) == read->about)
			target_add(crawl, read->about, &org->targets.at[i]);
	}
}

static void target_whole(struct crawl *crawl, const struct read *read)
{
	side_know(crawl->side, read->about, policies_attr(read->about->kind));
}

/* Whether the policy is attached to the target: the set of the target holds it or is without it,
 * and says nothing of other policies. */
void target_probe(struct crawl *crawl, uint32_t scope, const struct text *policy_id,
		  const struct text *target_id)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListTargetsForPolicy,
			    .scope = scope,
			    .note = policy_id,
			    .about = org_resource(crawl, target_id->s),
			    .page = target_page,
			    .whole = target_whole};

	if (read.about != NULL)
		crawl_read(crawl, &read, json_pack("{s:s}", "PolicyId", policy_id->s));
}

static const char *policy_type(const struct calls *calls, const struct text *policy)
{
	const struct row *row = calls_row(calls, policy);
	const struct resource *known = NULL;

	if (row != NULL)
		known = row->head != NULL ? row->head : row->live != NULL ? row->live : row->base;
	if (known != NULL && known->v[POLICY_TYPE].state == VALUE_TEXT)
		return known->v[POLICY_TYPE].u.text->s;
	return text_is(policy, "policy/RCPFullAWSAccess") ? "RESOURCE_CONTROL_POLICY"
							  : "SERVICE_CONTROL_POLICY";
}

static json_t *policy_id(struct calls *calls, struct call *call, const struct text *policy)
{
	const struct row *row = calls_row(calls, policy);

	if (row == NULL && element_is_foreign(policy))
		return json_sprintf("p-%s", address_name(calls->arena, policy)->s);
	return call_id(calls, call, policy);
}

const struct text *org_target_of(struct calls *calls, const struct row *row)
{
	return row_kind(row) == KIND_ORGANIZATION ? text_str(calls->arena, "root") : row->address;
}

void call_uses_organization(struct calls *calls, struct call *call)
{
	call_uses_made(calls, call, "organization");
}

/* A guardrail may not lapse: taking one off is the loss, which waits for every one put on. */
static struct call *attachment_call(struct calls *calls, const struct row *row,
				    const struct text *policy, bool attach)
{
	struct call *call = call_new(
	    calls, attach ? OP_ORGANIZATIONS_AttachPolicy : OP_ORGANIZATIONS_DetachPolicy, NULL);
	const char *type = policy_type(calls, policy);
	auto_free char *ready = xasprintf("policy_type/%s", type);
	json_t *id = policy_id(calls, call, policy);
	json_t *target = call_id(calls, call, org_target_of(calls, row));

	call_input(calls, call, json_pack("{s:o, s:o}", "PolicyId", id, "TargetId", target));
	call->gate = text_printf(calls->arena, "%s %s", row->address->s, type);
	call->effect = attach ? EFFECT_GAIN : EFFECT_LOSS;
	call->enables = unit_carried(calls, row);
	call_uses_made(calls, call, ready);
	if (!attach) {
		call_uses(calls, call, row->address);
		call_frees(calls, call, policy);
	}
	return call;
}

static bool policy_is_full_access(const struct text *policy)
{
	return text_is(policy, "policy/FullAWSAccess");
}

/* Counts the policies of a type on the target now, AWS's own too where it is not listed. */
static uint32_t live_count(const struct calls *calls, const struct value *attached,
			   const struct policy_type *type)
{
	bool own = false;
	uint32_t n = 0;

	for (uint32_t i = 0; attached->state == VALUE_SET && i < attached->u.set->n; i++) {
		const struct text *policy = attached->u.set->item[i].key;

		n += strcmp(policy_type(calls, policy), type->name) == 0;
		own = own || policy_is_full_access(policy);
	}
	return n + (type->aws_default != NULL && !own);
}

static bool diff_attaches(const struct diff *diff, uint16_t attr)
{
	return diff->attr == attr && diff_is_written(diff) && diff->key != NULL &&
	       diff->head.state == VALUE_TEXT;
}

static bool diff_detaches(const struct diff *diff, uint16_t attr)
{
	return diff->attr == attr && diff_is_written(diff) && diff->key != NULL &&
	       diff->head.state != VALUE_TEXT;
}

static uint32_t added_count(const struct calls *calls, const struct change *change, uint16_t attr,
			    const char *type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		n += diff_attaches(diff, attr) && strcmp(policy_type(calls, diff->key), type) == 0;
	}
	return n;
}

/* How many must go before there is room for the new ones, of those that may: one always stays. */
static uint32_t early_count(const struct calls *calls, const struct change *change, uint16_t attr,
			    const char *name)
{
	const struct policy_type *type = policy_type_find(name);
	uint32_t live, added, over;

	if (type == NULL || type->max_attached == 0 || change->row->live == NULL)
		return 0;
	live = live_count(calls, &change->row->live->v[attr], type);
	added = added_count(calls, change, attr, name);
	if (added == 0 || live == 0 || live + added <= type->max_attached)
		return 0;
	over = live + added - type->max_attached;
	return over < live ? over : live - 1;
}

/* Which removals of their type come before this one. */
static uint32_t removed_before(const struct calls *calls, const struct change *change,
			       uint16_t attr, uint32_t at, const char *type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < at; i++) {
		const struct diff *diff = &change->diff[i];

		n += diff_detaches(diff, attr) && !policy_is_full_access(diff->key) &&
		     strcmp(policy_type(calls, diff->key), type) == 0;
	}
	return n;
}

static bool detach_is_early(const struct calls *calls, const struct change *change, uint16_t attr,
			    uint32_t at)
{
	const struct text *policy = change->diff[at].key;
	const char *type = policy_type(calls, policy);

	return !policy_is_full_access(policy) && removed_before(calls, change, attr, at, type) <
						     early_count(calls, change, attr, type);
}

static void detach_calls(struct calls *calls, const struct change *change, uint16_t attr,
			 bool early, bool full_access)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];
		struct call *call;

		if (!diff_detaches(diff, attr) || policy_is_full_access(diff->key) != full_access ||
		    detach_is_early(calls, change, attr, i) != early)
			continue;
		call = attachment_call(calls, change->row, diff->key, false);
		call_fact_diff(calls, call, change, diff);
		if (early) {
			call->gate = NULL;
			call->effect = EFFECT_NEUTRAL;
		}
	}
}

/* Attaches first, unless the quota leaves no room; FullAWSAccess goes last. */
void attachments_calls(struct calls *calls, const struct change *change, uint16_t attr)
{
	detach_calls(calls, change, attr, true, false);
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];
		struct call *call;

		if (!diff_attaches(diff, attr))
			continue;
		call = attachment_call(calls, change->row, diff->key, true);
		call_fact_diff(calls, call, change, diff);
	}
	detach_calls(calls, change, attr, false, false);
	detach_calls(calls, change, attr, false, true);
}

void attachments_add(struct calls *calls, const struct row *row, uint16_t attr,
		     const struct value *policies)
{
	struct call *call;

	for (uint32_t i = 0; policies->state == VALUE_SET && i < policies->u.set->n; i++) {
		const struct text *policy = policies->u.set->item[i].key;

		if (element_is_foreign(policy))
			continue;
		call = attachment_call(calls, row, policy, true);
		call_fact(calls, call, row->address, row_kind(row), attr, policy, VALUE_EMPTY,
			  value_text(policy));
	}
}

void attachments_allow_list(struct calls *calls, const struct row *row, uint16_t attr)
{
	const struct text *full = text_str(calls->arena, "policy/FullAWSAccess");
	struct call *call = attachment_call(calls, row, full, false);

	call_fact(calls, call, row->address, row_kind(row), attr, full, value_text(full),
		  VALUE_EMPTY);
}

void attachments_new(struct calls *calls, const struct row *row, uint16_t attr,
		     const struct value *policies)
{
	attachments_add(calls, row, attr, policies);
	/* AWS attaches FullAWSAccess to what is new. */
	if (row->head != NULL && row->head->flags & RES_ALLOW_LIST)
		attachments_allow_list(calls, row, attr);
}
