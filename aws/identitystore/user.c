/* The users of the identity store: calls. AWS sends a new one no password: the person asks for one.
 */
#include "aws/sso/center.h"

static json_t *emails_json(const struct value *email)
{
	return json_pack("[{s:o, s:b, s:s}]", "Value", json_of_text(email->u.text), "Primary", true,
			 "Type", "work");
}

static void user_create_call(struct calls *calls, const struct row *row)
{
	const struct value *v = row->head->v;
	struct call *call = call_new(calls, OP_IDENTITY_STORE_CreateUser, NULL);
	json_t *input = center_store_input(calls), *name = json_object();

	input_say(input, "UserName", &v[IDUSER_NAME]);
	input_say(input, "DisplayName", &v[IDUSER_DISPLAY_NAME]);
	input_say(name, "GivenName", &v[IDUSER_GIVEN_NAME]);
	input_say(name, "FamilyName", &v[IDUSER_FAMILY_NAME]);
	json_object_set_new(input, "Name", name);
	if (value_says(&v[IDUSER_EMAIL]))
		json_object_set_new(input, "Emails", emails_json(&v[IDUSER_EMAIL]));
	call_input(calls, call, input);
	call->makes = row->address;
}

static const char *const paths[IDUSER_ATTRS] = {
    [IDUSER_NAME] = "userName",
    [IDUSER_GIVEN_NAME] = "name.givenName",
    [IDUSER_FAMILY_NAME] = "name.familyName",
    [IDUSER_DISPLAY_NAME] = "displayName",
    [IDUSER_EMAIL] = "emails",
};

static json_t *user_operation(const struct diff *diff)
{
	json_t *value =
	    diff->attr == IDUSER_EMAIL ? emails_json(&diff->head) : json_of_text(diff->head.u.text);

	return json_pack("{s:s, s:o}", "AttributePath", paths[diff->attr], "AttributeValue", value);
}

static void user_update_call(struct calls *calls, const struct change *change)
{
	struct call *call = NULL;
	json_t *operations = NULL, *input;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (paths[diff->attr] == NULL || !diff_is_written(diff) || !value_says(&diff->head))
			continue;
		if (call == NULL) {
			call = call_new(calls, OP_IDENTITY_STORE_UpdateUser, NULL);
			operations = json_array();
		}
		json_array_append_new(operations, user_operation(diff));
		call_fact_diff(calls, call, change, diff);
	}
	if (call == NULL)
		return;
	input = center_store_input(calls);
	json_object_set_new(input, "UserId", call_id(calls, call, change->row->address));
	json_object_set_new(input, "Operations", operations);
	call_input(calls, call, input);
}

static void user_delete_calls(struct calls *calls, const struct row *row)
{
	struct call *call;
	json_t *input;

	center_end_calls(calls, row->address);
	call = call_new(calls, OP_IDENTITY_STORE_DeleteUser, NULL);
	input = center_store_input(calls);
	json_object_set_new(input, "UserId", call_id(calls, call, row->address));
	call_input(calls, call, input);
	call->ends = row->address;
}

static void user_calls(struct calls *calls, const struct change *change)
{
	if (!center_known(calls))
		return;
	if (change->action == ACTION_CREATE)
		user_create_call(calls, change->row);
	else if (change->action != ACTION_DELETE)
		user_update_call(calls, change);
	else if (change->row->live != NULL)
		user_delete_calls(calls, change->row);
}

static const struct trail_row identity_user_trail[] = {
    {TRAIL_RESOURCE, "CreateUser DeleteUser UpdateUser UpdateUserName", SERVICE_SSO_ADMIN, NULL},
    {IDUSER_NAME, "UpdateUser", SERVICE_SSO_ADMIN, NULL},
    {IDUSER_GIVEN_NAME, "UpdateUser", SERVICE_SSO_ADMIN, NULL},
    {IDUSER_FAMILY_NAME, "UpdateUser", SERVICE_SSO_ADMIN, NULL},
    {IDUSER_DISPLAY_NAME, "UpdateUser", SERVICE_SSO_ADMIN, NULL},
    {IDUSER_EMAIL, "UpdateUser", SERVICE_SSO_ADMIN, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_SSO_ADMIN, NULL},
};

const struct wire wire_identity_user = {
    .probe = center_probe, .calls = user_calls, .trail = identity_user_trail};
