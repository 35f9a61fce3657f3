/* Permission sets: calls. Sets are changed in place; the accounts that have them follow by one
 * provisioning, after all else. */
#include "aws/sso/center.h"
#include "aws/tags.h"

#include "base/env.h"

#include <stdlib.h>
#include <string.h>

const struct text *set_provisioned(struct arena *arena, const struct text *set)
{
	return text_printf(arena, "provisioned%s", strchrnul(set->s, '/'));
}

/* Where the live resources of a side, or those of head, with this beginning are. */
static bool side_has_below(const struct side *side, const char *beginning)
{
	size_t low = 0, high = side == NULL ? 0 : side->all.n, len = strlen(beginning);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(side->all.at[middle]->address->s, beginning, len);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* A set that the management account has, or shall have, is changed with its credentials alone. */
static const struct text *set_account(const struct calls *calls, const struct row *row)
{
	const struct text *id = center_management(calls);
	const struct resource *account =
	    id == NULL ? NULL : side_by_id(calls->sides->live, KIND_ACCOUNT, id);
	const struct value *has = row->live == NULL ? NULL : &row->live->v[PSET_ACCOUNTS];
	auto_free char *beginning = NULL;

	if (account == NULL)
		return NULL;
	if (has != NULL && has->state == VALUE_SET && set_find(has->u.set, account->address))
		return id;
	beginning = xasprintf("assignment%s%s/", strchrnul(row->address->s, '/'),
			      strchrnul(account->address->s, '/'));
	return side_has_below(calls->sides->head, beginning) ? id : NULL;
}

static struct call *set_call(struct calls *calls, enum op_id op, const struct row *row)
{
	struct call *call = call_new(calls, op, NULL);

	call->account = set_account(calls, row);
	return call;
}

/* {InstanceArn, PermissionSetArn}. */
static json_t *set_input(struct calls *calls, struct call *call, const struct row *row)
{
	json_t *input = center_input(calls);

	json_object_set_new(input, "PermissionSetArn", call_id(calls, call, row->address));
	return input;
}

static struct call *set_gated_call(struct calls *calls, enum op_id op, const struct row *row,
				   enum effect effect)
{
	struct call *call = set_call(calls, op, row);

	call->gate = row->address;
	call->effect = effect;
	return call;
}

/* "28800" is PT8H. */
static void duration_say(json_t *input, const struct value *duration)
{
	char text[DURATION_ISO];

	if (!value_says(duration))
		return;
	duration_iso(strtol(duration->u.text->s, NULL, 10), text);
	json_object_set_new(input, "SessionDuration", json_string(text));
}

static void set_create_call(struct calls *calls, const struct row *row)
{
	const struct resource *head = row->head;
	struct call *call = set_call(calls, OP_SSO_ADMIN_CreatePermissionSet, row);
	json_t *input = center_input(calls), *tags = tags_new(&head->v[PSET_TAGS]);

	input_say(input, "Name", &head->v[PSET_NAME]);
	input_say(input, "Description", &head->v[PSET_DESCRIPTION]);
	duration_say(input, &head->v[PSET_DURATION]);
	input_say(input, "RelayState", &head->v[PSET_RELAY]);
	if (tags != NULL)
		json_object_set_new(input, "Tags", tags);
	call_input(calls, call, input);
	call->makes = row->address;
}

/* AWS resets what is left out: what this plan does not change is written as it was read. */
static void set_update_call(struct calls *calls, const struct change *change)
{
	static const uint16_t attrs[] = {PSET_DESCRIPTION, PSET_DURATION, PSET_RELAY};
	const struct resource *live = change->row->live;
	const struct value *value[3];
	bool differs = false;
	struct call *call;
	json_t *input;

	for (size_t i = 0; i < 3; i++) {
		value[i] = change_wanted(change, attrs[i]);
		differs |= value[i] != &live->v[attrs[i]];
	}
	if (!differs)
		return;
	call = set_call(calls, OP_SSO_ADMIN_UpdatePermissionSet, change->row);
	input = set_input(calls, call, change->row);
	input_say(input, "Description", value[0]);
	duration_say(input, value[1]);
	input_say(input, "RelayState", value[2]);
	call_input(calls, call, input);
	for (size_t i = 0; i < 3; i++)
		call_fact_wanted(calls, call, change, attrs[i]);
}

/* "/path/NAME" as {Name, Path}. */
static json_t *reference_json(const struct text *policy)
{
	const char *slash = strrchr(policy->s, '/');
	const char *name = slash == NULL ? policy->s : slash + 1;

	return json_pack("{s:s, s:s%}", "Name", name, "Path", slash == NULL ? "/" : policy->s,
			 slash == NULL ? (size_t)1 : (size_t)(name - policy->s));
}

static const struct {
	uint16_t attr;
	enum op_id attach, detach;
	const char *member;
} lists[] = {
    {PSET_MANAGED, OP_SSO_ADMIN_AttachManagedPolicyToPermissionSet,
     OP_SSO_ADMIN_DetachManagedPolicyFromPermissionSet, "ManagedPolicyArn"},
    {PSET_CUSTOMER, OP_SSO_ADMIN_AttachCustomerManagedPolicyReferenceToPermissionSet,
     OP_SSO_ADMIN_DetachCustomerManagedPolicyReferenceFromPermissionSet,
     "CustomerManagedPolicyReference"},
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

static struct call *list_call(struct calls *calls, size_t i, const struct row *row,
			      const struct text *policy, bool attach)
{
	struct call *call = set_gated_call(calls, attach ? lists[i].attach : lists[i].detach, row,
					   attach ? EFFECT_GAIN : EFFECT_LOSS);
	json_t *input = set_input(calls, call, row);

	json_object_set_new(input, lists[i].member,
			    lists[i].attr == PSET_CUSTOMER ? reference_json(policy)
							   : json_of_text(policy));
	call_input(calls, call, input);
	return call;
}

/* A document that replaces another may grant and take at once: losses wait for it as for a gain. */
static struct call *inline_call(struct calls *calls, const struct row *row,
				const struct value *document, const struct value *live)
{
	bool put = value_says(document);
	enum effect gain = live != NULL && value_says(live) ? EFFECT_NEUTRAL : EFFECT_GAIN;
	struct call *call = set_gated_call(calls,
					   put ? OP_SSO_ADMIN_PutInlinePolicyToPermissionSet
					       : OP_SSO_ADMIN_DeleteInlinePolicyFromPermissionSet,
					   row, put ? gain : EFFECT_LOSS);
	json_t *input = set_input(calls, call, row);

	if (put)
		json_object_set_new(input, "InlinePolicy",
				    call_text(calls, call, document->u.text));
	call_input(calls, call, input);
	return call;
}

static json_t *boundary_json(const struct text *boundary)
{
	if (str_starts(boundary->s, "arn:"))
		return json_pack("{s:o}", "ManagedPolicyArn", json_of_text(boundary));
	return json_pack("{s:o}", "CustomerManagedPolicyReference", reference_json(boundary));
}

static struct call *boundary_call(struct calls *calls, const struct row *row,
				  const struct value *boundary)
{
	bool put = value_says(boundary);
	struct call *call = set_call(calls,
				     put ? OP_SSO_ADMIN_PutPermissionsBoundaryToPermissionSet
					 : OP_SSO_ADMIN_DeletePermissionsBoundaryFromPermissionSet,
				     row);
	json_t *input = set_input(calls, call, row);

	if (put)
		json_object_set_new(input, "PermissionsBoundary", boundary_json(boundary->u.text));
	call_input(calls, call, input);
	return call;
}

static void fact_new(struct calls *calls, struct call *call, const struct row *row, uint16_t attr,
		     const struct text *key, struct value value)
{
	call_fact(calls, call, row->address, KIND_PERMISSION_SET, attr, key, VALUE_EMPTY, value);
}

static void set_new_calls(struct calls *calls, const struct row *row)
{
	const struct value *v = row->head->v;

	for (size_t i = 0; i < LISTS; i++) {
		const struct value *list = &v[lists[i].attr];

		for (uint32_t k = 0; list->state == VALUE_SET && k < list->u.set->n; k++) {
			const struct text *key = list->u.set->item[k].key;

			fact_new(calls, list_call(calls, i, row, key, true), row, lists[i].attr,
				 key, value_text(key));
		}
	}
	if (value_says(&v[PSET_INLINE]))
		fact_new(calls, inline_call(calls, row, &v[PSET_INLINE], NULL), row, PSET_INLINE,
			 NULL, v[PSET_INLINE]);
	if (value_says(&v[PSET_BOUNDARY]))
		fact_new(calls, boundary_call(calls, row, &v[PSET_BOUNDARY]), row, PSET_BOUNDARY,
			 NULL, v[PSET_BOUNDARY]);
}

static void set_boundary_calls(struct calls *calls, const struct change *change, bool put)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == PSET_BOUNDARY && diff_is_written(diff) &&
		    value_says(&diff->head) == put)
			call_fact_diff(calls, boundary_call(calls, change->row, &diff->head),
				       change, diff);
	}
}

static struct call *policy_call(struct calls *calls, const struct row *row, const struct diff *diff,
				bool gain)
{
	if (diff->attr == PSET_INLINE)
		return value_says(&diff->head) == gain
			   ? inline_call(calls, row, &diff->head, &diff->live)
			   : NULL;
	for (size_t i = 0; i < LISTS; i++) {
		if (diff->attr == lists[i].attr && diff->key != NULL &&
		    (diff->head.state == VALUE_TEXT) == gain)
			return list_call(calls, i, row, diff->key, gain);
	}
	return NULL;
}

static void set_policy_calls(struct calls *calls, const struct change *change, bool gain)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];
		struct call *call =
		    diff_is_written(diff) ? policy_call(calls, change->row, diff, gain) : NULL;

		if (call != NULL)
			call_fact_diff(calls, call, change, diff);
	}
}

/* What the roles in the accounts are made of; *more: not only that they are out of date. */
static const struct diff *provisioned_diff(const struct change *change, bool *more)
{
	const struct diff *found = NULL;

	*more = false;
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (!diff_is_written(diff) || diff->attr == PSET_TAGS ||
		    diff->attr == PSET_DESCRIPTION)
			continue;
		if (diff->attr != PSET_PROVISIONED)
			*more = true;
		found = diff;
	}
	return found;
}

static bool set_is_somewhere(const struct resource *live)
{
	const struct value *accounts = &live->v[PSET_ACCOUNTS];

	return accounts->state != VALUE_SET || accounts->u.set->n > 0;
}

static void provision_policies(struct calls *calls, struct call *call, const struct row *row)
{
	const struct value *accounts = &row->live->v[PSET_ACCOUNTS];

	for (uint32_t i = 0; accounts->state == VALUE_SET && i < accounts->u.set->n; i++) {
		set_policies_use(calls, call, row->head, accounts->u.set->item[i].key);
		set_policies_free(calls, call, row->live, accounts->u.set->item[i].key);
	}
}

/* Where nothing else changes, what it brings about can be looked at; after other calls what was
 * read does not hold any more. */
static void set_provision_call(struct calls *calls, const struct change *change,
			       const struct diff *diff, bool more)
{
	struct call *call = set_call(calls, OP_SSO_ADMIN_ProvisionPermissionSet, change->row);
	json_t *input = set_input(calls, call, change->row);

	json_object_set_new(input, "TargetType", json_string("ALL_PROVISIONED_ACCOUNTS"));
	call_input(calls, call, input);
	provision_policies(calls, call, change->row);
	if (more)
		call_uses(calls, call, set_provisioned(calls->arena, change->row->address));
	else
		call_fact_diff(calls, call, change, diff);
}

static json_t *tags_input(struct calls *calls, struct call *call, const struct row *row)
{
	json_t *input = center_input(calls);

	json_object_set_new(input, "ResourceArn", call_id(calls, call, row->address));
	return input;
}

static const struct tag_calls set_tags = {PSET_TAGS, OP_SSO_ADMIN_TagResource,
					  OP_SSO_ADMIN_UntagResource, set_call, tags_input};

static void set_update_calls(struct calls *calls, const struct change *change)
{
	const struct diff *diff;
	bool more;

	set_update_call(calls, change);
	set_boundary_calls(calls, change, true);
	set_policy_calls(calls, change, true);
	set_policy_calls(calls, change, false);
	set_boundary_calls(calls, change, false);
	tags_calls(calls, change, &set_tags);
	diff = provisioned_diff(change, &more);
	if (diff != NULL && set_is_somewhere(change->row->live))
		set_provision_call(calls, change, diff, more);
}

static void set_delete_call(struct calls *calls, const struct row *row)
{
	struct call *call = set_call(calls, OP_SSO_ADMIN_DeletePermissionSet, row);

	call_input(calls, call, set_input(calls, call, row));
	call->ends = row->address;
}

/* Assignments, and the provisioning, wait until the set is what it is to be, every call of it:
 * nobody gets a policy without the boundary that a merge puts around it. */
static bool set_is_awaited(const struct change *change)
{
	bool more;

	return change->action == ACTION_CREATE ||
	       (change->action == ACTION_UPDATE && provisioned_diff(change, &more) != NULL);
}

static void set_makes(struct calls *calls, const struct change *change,
		      void (*add)(struct calls *, const struct text *))
{
	if (center_known(calls) && set_is_awaited(change))
		add(calls, set_provisioned(calls->arena, change->row->address));
}

static void set_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;
	size_t first = calls->list.n;

	if (!center_known(calls))
		return;
	if (change->action == ACTION_DELETE) {
		if (row->live != NULL)
			set_delete_call(calls, row);
	} else if (change->action == ACTION_CREATE) {
		set_create_call(calls, row);
		set_new_calls(calls, row);
	} else {
		set_update_calls(calls, change);
	}
	for (size_t i = first; set_is_awaited(change) && i < calls->list.n; i++)
		calls->list.at[i].enables = set_provisioned(calls->arena, row->address);
}

static const struct trail_row permission_set_trail[] = {
    {TRAIL_RESOURCE, "CreatePermissionSet DeletePermissionSet", SERVICE_SSO_ADMIN, NULL},
    {PSET_DESCRIPTION, "UpdatePermissionSet", SERVICE_SSO_ADMIN, NULL},
    {PSET_DURATION, "UpdatePermissionSet", SERVICE_SSO_ADMIN, NULL},
    {PSET_RELAY, "UpdatePermissionSet", SERVICE_SSO_ADMIN, NULL},
    {PSET_MANAGED, "AttachManagedPolicyToPermissionSet DetachManagedPolicyFromPermissionSet",
     SERVICE_SSO_ADMIN, NULL},
    {PSET_CUSTOMER,
     "AttachCustomerManagedPolicyReferenceToPermissionSet "
     "DetachCustomerManagedPolicyReferenceFromPermissionSet",
     SERVICE_SSO_ADMIN, NULL},
    {PSET_INLINE,
     "PutInlinePolicyToPermissionSet DeleteInlinePolicyFromPermissionSet PutPermissionsPolicy "
     "DeletePermissionsPolicy",
     SERVICE_SSO_ADMIN, NULL},
    {PSET_BOUNDARY,
     "PutPermissionsBoundaryToPermissionSet DeletePermissionsBoundaryFromPermissionSet",
     SERVICE_SSO_ADMIN, NULL},
    {PSET_TAGS, "TagResource UntagResource", SERVICE_SSO_ADMIN, NULL},
    {PSET_PROVISIONED,
     "UpdatePermissionSet AttachManagedPolicyToPermissionSet DetachManagedPolicyFromPermissionSet "
     "AttachCustomerManagedPolicyReferenceToPermissionSet "
     "DetachCustomerManagedPolicyReferenceFromPermissionSet PutInlinePolicyToPermissionSet "
     "DeleteInlinePolicyFromPermissionSet PutPermissionsBoundaryToPermissionSet "
     "DeletePermissionsBoundaryFromPermissionSet ProvisionPermissionSet PutPermissionsPolicy "
     "DeletePermissionsPolicy",
     SERVICE_SSO_ADMIN, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_SSO_ADMIN, NULL},
};

const struct wire wire_permission_set = {
    .probe = center_probe, .calls = set_calls, .makes = set_makes, .trail = permission_set_trail};

/* The policies that it names by name, one after another: n counts them. NULL: no more. */
static const struct text *named_policy(const struct resource *set, uint32_t n)
{
	const struct value *list = &set->v[PSET_CUSTOMER], *boundary = &set->v[PSET_BOUNDARY];
	uint32_t listed = list->state == VALUE_SET ? list->u.set->n : 0;

	if (n < listed)
		return list->u.set->item[n].key;
	if (n > listed || !value_says(boundary) || str_starts(boundary->u.text->s, "arn:"))
		return NULL;
	return boundary->u.text;
}

/* "iam_policy/ACCOUNT/NAME". Names of policies are the same in any path. */
static const struct text *policy_address(struct arena *arena, const struct text *policy,
					 const struct text *account)
{
	const char *slash = strrchr(policy->s, '/');
	const struct text *parent = text_printf(arena, "iam_policy%s", strchrnul(account->s, '/'));

	return address_below(arena, parent, slash == NULL ? policy->s : slash + 1);
}

void set_policies_use(struct calls *calls, struct call *call, const struct resource *set,
		      const struct text *account)
{
	struct arena *arena = arena_new();
	const struct text *policy;

	for (uint32_t i = 0; set != NULL && (policy = named_policy(set, i)) != NULL; i++)
		call_uses_made(calls, call, policy_address(arena, policy, account)->s);
	arena_free(arena);
}

void set_policies_free(struct calls *calls, struct call *call, const struct resource *set,
		       const struct text *account)
{
	struct arena *arena = arena_new();
	const struct text *policy;

	for (uint32_t i = 0; set != NULL && (policy = named_policy(set, i)) != NULL; i++) {
		const struct text *address = policy_address(arena, policy, account);
		const struct change *change = calls_change(calls, KIND_IAM_POLICY, address);

		if (change != NULL && change->action == ACTION_DELETE)
			call_frees(calls, call, change->row->address);
	}
	arena_free(arena);
}
