/* The groups of the identity store and their members: calls, one for each member. */
#include "aws/identitystore/identitystore.h"
#include "aws/sso/center.h"

#include <string.h>

static void group_create_call(struct calls *calls, const struct row *row)
{
	struct call *call = call_new(calls, OP_IDENTITY_STORE_CreateGroup, NULL);
	json_t *input = center_store_input(calls);

	input_say(input, "DisplayName", &row->head->v[IDGROUP_NAME]);
	input_say(input, "Description", &row->head->v[IDGROUP_DESCRIPTION]);
	call_input(calls, call, input);
	call->makes = row->address;
}

/* Who loses a group has gained before what this plan gives. */
static struct call *member_call(struct calls *calls, enum op_id op, const struct text *user,
				enum effect effect)
{
	struct call *call = call_new(calls, op, NULL);

	call->gate = user;
	call->effect = effect;
	return call;
}

static void member_add_call(struct calls *calls, const struct text *group, const struct text *user)
{
	struct call *call =
	    member_call(calls, OP_IDENTITY_STORE_CreateGroupMembership, user, EFFECT_GAIN);
	json_t *input = center_store_input(calls);

	json_object_set_new(input, "GroupId", call_id(calls, call, group));
	json_object_set_new(input, "MemberId",
			    json_pack("{s:o}", "UserId", call_id(calls, call, user)));
	call_input(calls, call, input);
	call_fact(calls, call, group, KIND_IDENTITY_GROUP, IDGROUP_MEMBERS, user, VALUE_EMPTY,
		  value_text(user));
}

/* One that is not there any more has no name: "identity_user/~ID". */
static const struct text *user_id(struct calls *calls, const struct text *user)
{
	const struct resource *live = calls_live(calls, user);

	if (live != NULL && live->id != NULL)
		return live->id;
	return text_str(calls->arena, user->s + strcspn(user->s, "~") + 1);
}

static void member_take_call(struct calls *calls, const struct text *group, const struct text *user)
{
	const struct resource *live = calls_live(calls, group);
	const struct text *id =
	    live == NULL ? NULL : identity_membership(calls->arena, live, user_id(calls, user));
	struct call *call;
	json_t *input;

	if (id == NULL)
		return;
	call = member_call(calls, OP_IDENTITY_STORE_DeleteGroupMembership, user, EFFECT_LOSS);
	input = center_store_input(calls);
	json_object_set_new(input, "MembershipId", json_of_text(id));
	call_input(calls, call, input);
	call_frees(calls, call, group);
	call_frees(calls, call, user);
	center_follow(calls, call, group);
	call_fact(calls, call, group, KIND_IDENTITY_GROUP, IDGROUP_MEMBERS, user, value_text(user),
		  VALUE_EMPTY);
}

void membership_call(struct calls *calls, const struct text *group, const struct text *user,
		     bool add)
{
	if (add)
		member_add_call(calls, group, user);
	else
		member_take_call(calls, group, user);
}

static void members_calls(struct calls *calls, const struct text *group,
			  const struct value *members, bool add)
{
	for (uint32_t i = 0; members->state == VALUE_SET && i < members->u.set->n; i++)
		membership_call(calls, group, members->u.set->item[i].key, add);
}

/* Without a value AWS takes the attribute away. */
static json_t *group_operation(const struct diff *diff)
{
	json_t *operation = json_pack("{s:s}", "AttributePath",
				      diff->attr == IDGROUP_NAME ? "displayName" : "description");

	input_say(operation, "AttributeValue", &diff->head);
	return operation;
}

static void group_update_call(struct calls *calls, const struct change *change)
{
	struct call *call = NULL;
	json_t *operations = NULL, *input;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if ((diff->attr != IDGROUP_NAME && diff->attr != IDGROUP_DESCRIPTION) ||
		    !diff_is_written(diff))
			continue;
		if (call == NULL) {
			call = call_new(calls, OP_IDENTITY_STORE_UpdateGroup, NULL);
			operations = json_array();
		}
		json_array_append_new(operations, group_operation(diff));
		call_fact_diff(calls, call, change, diff);
	}
	if (call == NULL)
		return;
	input = center_store_input(calls);
	json_object_set_new(input, "GroupId", call_id(calls, call, change->row->address));
	json_object_set_new(input, "Operations", operations);
	call_input(calls, call, input);
}

static void group_member_calls(struct calls *calls, const struct change *change, bool add)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == IDGROUP_MEMBERS && diff->key != NULL && diff_is_written(diff) &&
		    (diff->head.state == VALUE_TEXT) == add)
			membership_call(calls, change->row->address, diff->key, add);
	}
}

/* Each member goes by a call of its own, so that it is seen, and waits for what the person gains.
 */
static void group_delete_calls(struct calls *calls, const struct row *row)
{
	struct call *call;
	json_t *input;

	center_end_calls(calls, row->address);
	members_calls(calls, row->address, &row->live->v[IDGROUP_MEMBERS], false);
	call = call_new(calls, OP_IDENTITY_STORE_DeleteGroup, NULL);
	input = center_store_input(calls);
	json_object_set_new(input, "GroupId", call_id(calls, call, row->address));
	call_input(calls, call, input);
	call->ends = row->address;
}

static void group_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;

	if (!center_known(calls))
		return;
	if (change->action == ACTION_CREATE) {
		group_create_call(calls, row);
		members_calls(calls, row->address, &row->head->v[IDGROUP_MEMBERS], true);
	} else if (change->action != ACTION_DELETE) {
		group_update_call(calls, change);
		group_member_calls(calls, change, true);
		group_member_calls(calls, change, false);
	} else if (row->live != NULL) {
		group_delete_calls(calls, row);
	}
}

static const struct trail_row identity_group_trail[] = {
    {TRAIL_RESOURCE, "CreateGroup DeleteGroup UpdateGroup UpdateGroupDisplayName",
     SERVICE_SSO_ADMIN, NULL},
    {IDGROUP_NAME, "UpdateGroup UpdateGroupDisplayName", SERVICE_SSO_ADMIN, NULL},
    {IDGROUP_DESCRIPTION, "UpdateGroup", SERVICE_SSO_ADMIN, NULL},
    {IDGROUP_MEMBERS,
     "CreateGroupMembership DeleteGroupMembership AddMemberToGroup RemoveMemberFromGroup",
     SERVICE_SSO_ADMIN, "DeleteGroupMembership"},
    {TRAIL_RESOURCE, NULL, SERVICE_SSO_ADMIN, NULL},
};

const struct wire wire_identity_group = {
    .probe = center_probe, .calls = group_calls, .trail = identity_group_trail};
