/* Users, groups and roles: what is attached to them, and put into them. Grants come before losses.
 */
#include "aws/iam/account.h"

#include <string.h>

const struct principal principal_user = {.kind = KIND_IAM_USER,
					 .managed = USER_MANAGED,
					 .inlines = USER_INLINE,
					 .groups = USER_GROUPS,
					 .boundary = USER_BOUNDARY,
					 .member = "UserName",
					 .attach = OP_IAM_AttachUserPolicy,
					 .detach = OP_IAM_DetachUserPolicy,
					 .put = OP_IAM_PutUserPolicy,
					 .remove = OP_IAM_DeleteUserPolicy,
					 .bound = OP_IAM_PutUserPermissionsBoundary,
					 .unbound = OP_IAM_DeleteUserPermissionsBoundary};

const struct principal principal_group = {.kind = KIND_IAM_GROUP,
					  .managed = GROUP_MANAGED,
					  .inlines = GROUP_INLINE,
					  .member = "GroupName",
					  .attach = OP_IAM_AttachGroupPolicy,
					  .detach = OP_IAM_DetachGroupPolicy,
					  .put = OP_IAM_PutGroupPolicy,
					  .remove = OP_IAM_DeleteGroupPolicy};

const struct principal principal_role = {.kind = KIND_IAM_ROLE,
					 .managed = ROLE_MANAGED,
					 .inlines = ROLE_INLINE,
					 .boundary = ROLE_BOUNDARY,
					 .member = "RoleName",
					 .attach = OP_IAM_AttachRolePolicy,
					 .detach = OP_IAM_DetachRolePolicy,
					 .put = OP_IAM_PutRolePolicy,
					 .remove = OP_IAM_DeleteRolePolicy,
					 .bound = OP_IAM_PutRolePermissionsBoundary,
					 .unbound = OP_IAM_DeleteRolePermissionsBoundary};

/* Attribute 0 is the name, attribute 1 the account. */
const struct text *iam_name(const struct row *row)
{
	const struct text *head = NULL, *live = row->live != NULL ? row->live->v[0].u.text : NULL;

	if (row->head != NULL && (row->head->flags & RES_ENDED) == 0)
		head = row->head->v[0].u.text;
	/* Another case alone is no rename: the name stays as AWS has it. */
	if (head == NULL || (live != NULL && !row->renamed && text_eq_nocase(head, live)))
		return live;
	return head;
}

/* What AWS has is believed first, then what a configuration pins; an account that none declares is
 * called by its id. */
static const struct text *account_id(const struct calls *calls, const struct text *address)
{
	const struct row *row = calls_row(calls, address);
	const struct resource *of[] = {row == NULL ? NULL : row->live,
				       row == NULL ? NULL : row->head,
				       row == NULL ? NULL : row->base};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		if (of[i] != NULL && of[i]->id != NULL)
			return of[i]->id;
	}
	if (str_starts(address->s, "account/~"))
		return text_str(calls->arena, address->s + strlen("account/~"));
	return NULL;
}

struct call *account_call_new(struct calls *calls, enum op_id op, const struct row *row)
{
	const struct resource *resource = row->head != NULL ? row->head : row->live;
	const struct text *address = resource->v[1].u.text;
	const struct text *id = account_id(calls, address);
	struct call *call = call_new(calls, op, NULL);

	if (id == NULL) {
		call->account = call_token(calls->arena, address);
		call_uses(calls, call, address);
	} else if (!text_eq(id, calls->sides->live->world.caller_account)) {
		call->account = id;
	}
	return call;
}

struct call *iam_call(struct calls *calls, enum op_id op, const struct row *row)
{
	struct call *call = account_call_new(calls, op, row);

	if (row->head != NULL && calls_made(calls, row->address))
		call_uses(calls, call, row->address);
	return call;
}

json_t *principal_input(const struct principal *p, const struct row *row)
{
	return json_pack("{s:o}", p->member, json_of_text(iam_name(row)));
}

const struct text *principal_claim(const struct row *row)
{
	const struct resource *declared = row->head != NULL ? row->head : row->base;

	return declared == NULL ? NULL : declared->owner;
}

/* The gate is the principal; or what claims it: a task that moves is there before it goes here. */
void principal_gate(struct call *call, const struct row *row, enum effect effect)
{
	const struct text *claim = principal_claim(row);

	call->gate = claim != NULL ? claim : row->address;
	call->effect = effect;
}

struct call *principal_call(struct calls *calls, enum op_id op, const struct row *row,
			    enum effect effect)
{
	struct call *call = iam_call(calls, op, row);

	principal_gate(call, row, effect);
	return call;
}

static struct call *managed_call(struct calls *calls, const struct principal *p,
				 const struct row *row, const struct text *policy, bool attach)
{
	struct call *call = principal_call(calls, attach ? p->attach : p->detach, row,
					   attach ? EFFECT_GAIN : EFFECT_LOSS);
	json_t *input = principal_input(p, row);

	json_object_set_new(input, "PolicyArn", call_id(calls, call, policy));
	call_input(calls, call, input);
	if (!attach && !str_starts(policy->s, "arn:"))
		call_frees(calls, call, policy);
	return call;
}

static struct call *put_call(struct calls *calls, const struct principal *p, const struct row *row,
			     const struct text *name, const struct text *document,
			     enum effect effect)
{
	struct call *call = principal_call(calls, p->put, row, effect);
	json_t *input = principal_input(p, row);

	json_object_set_new(input, "PolicyName", json_of_text(name));
	json_object_set_new(input, "PolicyDocument", call_text(calls, call, document));
	call_input(calls, call, input);
	return call;
}

static struct call *remove_call(struct calls *calls, const struct principal *p,
				const struct row *row, const struct text *name)
{
	struct call *call = principal_call(calls, p->remove, row, EFFECT_LOSS);
	json_t *input = principal_input(p, row);

	json_object_set_new(input, "PolicyName", json_of_text(name));
	call_input(calls, call, input);
	return call;
}

/* A group has no id in these calls but its name: it is used by address where this plan makes or
 * renames it. */
static struct call *membership_call(struct calls *calls, const struct row *user,
				    const struct text *group, bool add)
{
	struct call *call =
	    principal_call(calls, add ? OP_IAM_AddUserToGroup : OP_IAM_RemoveUserFromGroup, user,
			   add ? EFFECT_GAIN : EFFECT_LOSS);
	const struct row *row = calls_row(calls, group);
	json_t *input = principal_input(&principal_user, user);

	json_object_set_new(
	    input, "GroupName",
	    json_of_text(row != NULL ? iam_name(row) : address_name(calls->arena, group)));
	call_input(calls, call, input);
	call_uses_made(calls, call, group->s);
	if (!add)
		call_frees(calls, call, group);
	return call;
}

static void fact_new(struct calls *calls, struct call *call, const struct row *row, uint16_t attr,
		     const struct item *item)
{
	call_fact(calls, call, row->address, row_kind(row), attr, item->key, VALUE_EMPTY,
		  value_text(item->value != NULL ? item->value : item->key));
}

static void fact_gone(struct calls *calls, struct call *call, const struct row *row, uint16_t attr,
		      const struct item *item)
{
	call_fact(calls, call, row->address, row_kind(row), attr, item->key,
		  value_text(item->value != NULL ? item->value : item->key), VALUE_EMPTY);
}

static const struct set *set_of(const struct resource *resource, uint16_t attr)
{
	static const struct set none = {0};
	const struct value *value = &resource->v[attr];

	return value->state == VALUE_SET ? value->u.set : &none;
}

void principal_new_calls(struct calls *calls, const struct principal *p, const struct row *row)
{
	const struct set *groups = p->groups == 0 ? NULL : set_of(row->head, p->groups);
	const struct set *managed = set_of(row->head, p->managed);
	const struct set *inlines = set_of(row->head, p->inlines);

	for (uint32_t i = 0; groups != NULL && i < groups->n; i++)
		fact_new(calls, membership_call(calls, row, groups->item[i].key, true), row,
			 p->groups, &groups->item[i]);
	for (uint32_t i = 0; i < managed->n; i++)
		fact_new(calls, managed_call(calls, p, row, managed->item[i].key, true), row,
			 p->managed, &managed->item[i]);
	for (uint32_t i = 0; i < inlines->n; i++)
		fact_new(calls,
			 put_call(calls, p, row, inlines->item[i].key, inlines->item[i].value,
				  EFFECT_GAIN),
			 row, p->inlines, &inlines->item[i]);
}

static bool diff_is_element(const struct diff *diff)
{
	return diff->key != NULL && diff_is_written(diff);
}

/* A document that changes may grant and take at once: losses wait for it as for a gain. */
static struct call *gain_call(struct calls *calls, const struct principal *p, const struct row *row,
			      const struct diff *diff)
{
	if (p->groups != 0 && diff->attr == p->groups)
		return membership_call(calls, row, diff->key, true);
	if (diff->attr == p->managed)
		return managed_call(calls, p, row, diff->key, true);
	if (diff->attr == p->inlines)
		return put_call(calls, p, row, diff->key, diff->head.u.text,
				diff->live.state == VALUE_TEXT ? EFFECT_NEUTRAL : EFFECT_GAIN);
	return NULL;
}

static struct call *loss_call(struct calls *calls, const struct principal *p, const struct row *row,
			      const struct diff *diff)
{
	if (p->groups != 0 && diff->attr == p->groups)
		return membership_call(calls, row, diff->key, false);
	if (diff->attr == p->managed)
		return managed_call(calls, p, row, diff->key, false);
	if (diff->attr == p->inlines)
		return remove_call(calls, p, row, diff->key);
	return NULL;
}

static void element_calls(struct calls *calls, const struct principal *p,
			  const struct change *change, bool gain)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];
		struct call *call;

		if (!diff_is_element(diff) || (diff->head.state == VALUE_TEXT) != gain)
			continue;
		call = gain ? gain_call(calls, p, change->row, diff)
			    : loss_call(calls, p, change->row, diff);
		if (call != NULL)
			call_fact_diff(calls, call, change, diff);
	}
}

void principal_gain_calls(struct calls *calls, const struct principal *p,
			  const struct change *change)
{
	element_calls(calls, p, change, true);
}

void principal_loss_calls(struct calls *calls, const struct principal *p,
			  const struct change *change)
{
	element_calls(calls, p, change, false);
}

void principal_boundary_free(struct calls *calls, struct call *call, const struct principal *p,
			     const struct row *row)
{
	const struct value *boundary = &row->live->v[p->boundary];

	if (boundary->state == VALUE_TEXT && !str_starts(boundary->u.text->s, "arn:"))
		call_frees(calls, call, boundary->u.text);
}

static void boundary_call(struct calls *calls, const struct principal *p,
			  const struct change *change, const struct diff *diff)
{
	bool put = diff->head.state == VALUE_TEXT;
	struct call *call = iam_call(calls, put ? p->bound : p->unbound, change->row);
	json_t *input = principal_input(p, change->row);

	if (put)
		json_object_set_new(input, "PermissionsBoundary",
				    call_id(calls, call, diff->head.u.text));
	call_input(calls, call, input);
	principal_boundary_free(calls, call, p, change->row);
	call_fact_diff(calls, call, change, diff);
}

void principal_boundary_calls(struct calls *calls, const struct principal *p,
			      const struct change *change, bool put)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == p->boundary && diff_is_written(diff) &&
		    (diff->head.state == VALUE_TEXT) == put)
			boundary_call(calls, p, change, diff);
	}
}

/* Each lets go of the principal, so that its end comes after. */
static void detach_call(struct calls *calls, const struct principal *p, const struct row *row,
			const struct text *policy)
{
	struct call *call = managed_call(calls, p, row, policy, false);

	call_frees(calls, call, row->address);
	fact_gone(calls, call, row, p->managed, &(struct item){.key = policy});
}

static void membership_end_call(struct calls *calls, const struct principal *p,
				const struct row *user, const struct text *group)
{
	struct call *call = membership_call(calls, user, group, false);

	call_frees(calls, call, user->address);
	fact_gone(calls, call, user, p->groups, &(struct item){.key = group});
}

void principal_strip_calls(struct calls *calls, const struct principal *p, const struct row *row)
{
	const struct set *groups = p->groups == 0 ? NULL : set_of(row->live, p->groups);
	const struct set *managed = set_of(row->live, p->managed);
	const struct set *inlines = set_of(row->live, p->inlines);
	struct call *call;

	for (uint32_t i = 0; groups != NULL && i < groups->n; i++)
		membership_end_call(calls, p, row, groups->item[i].key);
	for (uint32_t i = 0; i < managed->n; i++)
		detach_call(calls, p, row, managed->item[i].key);
	for (uint32_t i = 0; i < inlines->n; i++) {
		call = remove_call(calls, p, row, inlines->item[i].key);
		call_frees(calls, call, row->address);
		fact_gone(calls, call, row, p->inlines, &inlines->item[i]);
	}
}

/* Where in the live side, which is sorted by address, those with this beginning are; `above`: where
 * they end. */
static size_t live_bound(const struct side *live, const char *beginning, size_t len, bool above)
{
	size_t low = 0, high = live->all.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(live->all.at[middle]->address->s, beginning, len);

		if (order < 0 || (above && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The live resources of this kind in the account of what stands at the address: [*first, *end) of
 * the live side. */
static void neighbours(const struct calls *calls, uint16_t kind, const struct text *address,
		       size_t *first, size_t *end)
{
	const char *account = strchr(address->s, '/');
	int len = account == NULL ? 0 : (int)strcspn(account + 1, "/") + 1;
	auto_free char *beginning =
	    xasprintf("%s%.*s/", kinds[kind]->name, len, account == NULL ? "" : account);

	*first = live_bound(calls->sides->live, beginning, strlen(beginning), false);
	*end = live_bound(calls->sides->live, beginning, strlen(beginning), true);
}

/* Whether a change elsewhere may take something off it: it is live, not AWS's own, and not declared
 * `external`. */
static bool is_ours(const struct row *row)
{
	return row != NULL && row->live != NULL && (row->live->flags & RES_FOREIGN) == 0 &&
	       (row->head == NULL || (row->head->flags & RES_EXTERNAL) == 0);
}

typedef void off_fn(struct calls *, const struct principal *, const struct row *,
		    const struct text *what);

/* Off everyone of ours who has it in this attribute, and whose own change does not take it off. */
static void off_calls(struct calls *calls, const struct principal *p, uint16_t attr,
		      const struct text *what, off_fn *off)
{
	const struct side *live = calls->sides->live;
	size_t first, end;

	neighbours(calls, p->kind, what, &first, &end);
	for (size_t i = first; i < end; i++) {
		const struct resource *holder = live->all.at[i];
		const struct row *row;

		if (set_find(set_of(holder, attr), what) == NULL ||
		    calls_take_out(calls, p->kind, holder->address, attr, what))
			continue;
		row = calls_row(calls, holder->address);
		if (is_ours(row))
			off(calls, p, row, what);
	}
}

void principal_detach_calls(struct calls *calls, const struct principal *p,
			    const struct text *policy)
{
	off_calls(calls, p, p->managed, policy, detach_call);
}

void membership_end_calls(struct calls *calls, const struct text *group)
{
	off_calls(calls, &principal_user, principal_user.groups, group, membership_end_call);
}
