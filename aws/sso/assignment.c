/* Assignments: who has which permission set in which account. Calls; AWS works on each for a while.
 */
#include "aws/sso/center.h"

#include <string.h>

/* Whoever loses a set in an account has gained there before what this plan gives. */
static void assignment_gate(struct calls *calls, struct call *call, const struct resource *edge,
			    enum effect effect)
{
	call->gate = text_printf(calls->arena, "%s %s", edge->v[ASSIGNMENT_ACCOUNT].u.text->s,
				 edge->v[ASSIGNMENT_PRINCIPAL].u.text->s);
	call->effect = effect;
}

/* The management account's own are changed with its own credentials alone. */
static void assignment_place(struct calls *calls, struct call *call, const char *account_id)
{
	const struct text *management = center_management(calls);

	if (management != NULL && account_id != NULL && text_is(management, account_id))
		call->account = management;
}

static const char *principal_type(const struct text *principal)
{
	return address_is(principal, "identity_user") ? "USER" : "GROUP";
}

/* "given/SET/ACCOUNT". */
static const struct text *assignment_given(struct arena *arena, const struct resource *edge)
{
	return text_printf(arena, "given%s%s", strchrnul(edge->v[ASSIGNMENT_SET].u.text->s, '/'),
			   strchrnul(edge->v[ASSIGNMENT_ACCOUNT].u.text->s, '/'));
}

static void assignment_create_call(struct calls *calls, const struct row *row)
{
	const struct resource *head = row->head;
	const struct text *set = head->v[ASSIGNMENT_SET].u.text;
	const struct text *account = head->v[ASSIGNMENT_ACCOUNT].u.text;
	const struct text *principal = head->v[ASSIGNMENT_PRINCIPAL].u.text;
	const struct row *set_row = calls_row(calls, set);
	struct call *call = call_new(calls, OP_SSO_ADMIN_CreateAccountAssignment, NULL);
	json_t *input = center_input(calls);

	json_object_set_new(input, "TargetId", call_id(calls, call, account));
	json_object_set_new(input, "TargetType", json_string("AWS_ACCOUNT"));
	json_object_set_new(input, "PermissionSetArn", call_id(calls, call, set));
	json_object_set_new(input, "PrincipalType", json_string(principal_type(principal)));
	json_object_set_new(input, "PrincipalId", call_id(calls, call, principal));
	assignment_place(calls, call, json_string_value(json_object_get(input, "TargetId")));
	call_input(calls, call, input);
	call_uses_made(calls, call, set_provisioned(calls->arena, set)->s);
	set_policies_use(calls, call, set_row == NULL ? NULL : set_row->head, account);
	assignment_gate(calls, call, head, EFFECT_GAIN);
	call->makes = row->address;
	call->enables = assignment_given(calls->arena, head);
}

void assignment_follow(struct calls *calls, struct call *call, const struct resource *live)
{
	call_after_made(calls, call, assignment_given(calls->arena, live));
}

/* Whoever loses a set does so once it is provisioned: while AWS works on the one it refuses the
 * other, and of many who lose it one is always under way. Never the other way round: who loses a
 * set may wait for what another one gives. */
static void assignment_turn(struct calls *calls, struct call *call, const struct resource *live)
{
	call_after_made(calls, call, set_provisioned(calls->arena, live->v[ASSIGNMENT_SET].u.text));
	assignment_follow(calls, call, live);
}

static void assignment_makes(struct calls *calls, const struct change *change,
			     void (*add)(struct calls *, const struct text *))
{
	if (center_known(calls) && change->action == ACTION_CREATE)
		add(calls, assignment_given(calls->arena, change->row->head));
}

/* The n-th part from the end of "SETARN/ACCOUNTID/GROUP/PRINCIPALID", whose first has slashes of
 * its own. */
static const struct text *id_part(struct arena *arena, const struct text *id, unsigned n)
{
	const char *end = id->s + id->len, *from = NULL;

	for (unsigned i = 0; i <= n; i++) {
		if (from != NULL)
			end = from - 1;
		for (from = end; from > id->s && from[-1] != '/'; from--)
			;
	}
	return text_new(arena, from, (size_t)(end - from));
}

/* By the ids that were read: the principal may not be there any more. */
void assignment_end_call(struct calls *calls, const struct resource *live)
{
	const struct text *id = live->id, *account = id_part(calls->arena, id, 2);
	const struct text *type = id_part(calls->arena, id, 1);
	const struct text *principal = id_part(calls->arena, id, 0);
	const struct resource *set = calls_live(calls, live->v[ASSIGNMENT_SET].u.text);
	size_t tail = account->len + type->len + principal->len + 3;
	struct call *call = call_new(calls, OP_SSO_ADMIN_DeleteAccountAssignment, NULL);
	json_t *input = center_input(calls);

	json_object_set_new(input, "TargetId", json_of_text(account));
	json_object_set_new(input, "TargetType", json_string("AWS_ACCOUNT"));
	json_object_set_new(input, "PermissionSetArn", json_stringn(id->s, id->len - tail));
	json_object_set_new(input, "PrincipalType", json_of_text(type));
	json_object_set_new(input, "PrincipalId", json_of_text(principal));
	call_input(calls, call, input);
	assignment_place(calls, call, account->s);
	assignment_gate(calls, call, live, EFFECT_LOSS);
	assignment_turn(calls, call, live);
	call->ends = live->address;
	call_frees(calls, call, live->v[ASSIGNMENT_SET].u.text);
	call_frees(calls, call, live->v[ASSIGNMENT_PRINCIPAL].u.text);
	set_policies_free(calls, call, set, live->v[ASSIGNMENT_ACCOUNT].u.text);
}

static void assignment_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;

	if (!center_known(calls))
		return;
	if (change->action == ACTION_CREATE)
		assignment_create_call(calls, row);
	else if (change->action == ACTION_DELETE && row->live != NULL)
		assignment_end_call(calls, row->live);
}

static const struct trail_row assignment_trail[] = {
    {TRAIL_RESOURCE,
     "CreateAccountAssignment DeleteAccountAssignment AssociateProfile DisassociateProfile",
     SERVICE_SSO_ADMIN, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_SSO_ADMIN, NULL},
};

const struct wire wire_assignment = {.probe = center_probe,
				     .calls = assignment_calls,
				     .makes = assignment_makes,
				     .trail = assignment_trail};
