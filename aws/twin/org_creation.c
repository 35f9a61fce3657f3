/* The creation of accounts, which takes its time, and the end of all such jobs. */
#include "aws/twin/org_priv.h"

#include <string.h>

#define ACCOUNTS 10 /* Organizations quotas page */
#define CREATING 5  /* under way at a time */

/* What the pattern of the input lets through and the service finds out later: the rules in the
 * description of CreateAccount's Email. */
static bool email_is_usable(const char *email)
{
	const char *at = strchr(email, '@'), *domain = at + 1;
	size_t local = (size_t)(at - email), len = strlen(domain);

	if (*email == '.' || strcspn(email, "\"'()<>[]:;,\\|%&") < local)
		return false;
	for (const char *p = email; *p != '\0'; p++)
		if ((unsigned char)*p >= 128)
			return false;
	return strspn(domain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
		   len &&
	       strchr("-.", domain[0]) == NULL && strchr("-.", domain[len - 1]) == NULL;
}

/* Why the creation fails; NULL: it does not. */
static const char *creation_failure(const struct twin *t, const json_t *creation)
{
	const char *email = row_str(creation, "email");
	const char *fails = json_string_value(json_object_get(creation, "fails"));

	if (fails != NULL)
		return fails;
	if (!email_is_usable(email))
		return "INVALID_EMAIL";
	return email_owner(t, email) != NULL ? "EMAIL_ALREADY_EXISTS" : NULL;
}

static void creation_succeed(struct twin *t, json_t *creation, int64_t due_us)
{
	const char *root = row_str(twin_table(t, "root"), "Id"), *role = row_str(creation, "role");
	json_t *account = org_account_new(t, NULL, root, row_str(creation, "AccountName"),
					  row_str(creation, "email"));

	org_tags_set(account, json_object_get(creation, "tags"));
	iam_access_role(t, row_str(account, "Id"), role);
	twin_made_at(t, account, due_us);
	twin_set_str(creation, "AccountId", row_str(account, "Id"));
	twin_set_str(creation, "State", "SUCCEEDED");
}

/* CloudTrail has the end of what AWS did by itself. */
static void creation_record(struct twin *t, const json_t *creation)
{
	json_t *status = json_pack("{s:s, s:s, s:s}", "id", row_str(creation, "Id"), "state",
				   row_str(creation, "State"), "accountName", "****");

	if (*row_str(creation, "AccountId") != '\0')
		twin_set_str(status, "accountId", row_str(creation, "AccountId"));
	if (*row_str(creation, "FailureReason") != '\0')
		twin_set_str(status, "failureReason", row_str(creation, "FailureReason"));
	trail_record_result(t, row_str(t->state, "management"), "organizations",
			    "CreateAccountResult",
			    json_pack("{s:o}", "createAccountStatus", status));
}

static void creation_settle(struct twin *t, const char *id, int64_t due_us)
{
	json_t *creation = twin_row(t, "creations", id);
	const char *failure;

	if (creation == NULL)
		return;
	failure = creation_failure(t, creation);
	json_object_set_new(creation, "CompletedTimestamp", json_integer(twin_seconds(t)));
	if (failure == NULL) {
		creation_succeed(t, creation, due_us);
	} else {
		twin_set_str(creation, "FailureReason", failure);
		twin_set_str(creation, "State", "FAILED");
	}
	creation_record(t, creation);
}

static void job_settle(struct twin *t, const char *id, int64_t due_us)
{
	if (org_id_is(id, "CreateAccountRequestId"))
		creation_settle(t, id, due_us);
	else if (org_id_is(id, "AccountId"))
		account_settle(t, id);
	else
		policy_type_settle(t, id);
}

void creations_settle(struct twin *t)
{
	twin_due(t, "pending", job_settle);
}

static int64_t creations_pending(struct twin *t)
{
	json_t *due;
	const char *id;
	int64_t n = 0;

	json_object_foreach(twin_table(t, "pending"), id, due)
	{
		n += org_id_is(id, "CreateAccountRequestId");
	}
	return n;
}

static int64_t accounts_most(const struct twin *t)
{
	if (t->options.accounts > 0)
		return t->options.accounts;
	return twin_quota(t, "accounts", ACCOUNTS);
}

/* Closed accounts count too. */
static bool may_create(struct twin *t, struct twin_call *call)
{
	const char *role = org_input(call, "RoleName");
	int64_t pending = creations_pending(t);

	if (!org_inputs(call) ||
	    !check_tags(call, json_object_get(call->input, "Tags"), NULL, TAGS_MOST))
		return false;
	if (role != NULL && str_starts(role, "AWSServiceRoleFor"))
		org_invalid(call, "INVALID_ROLE_NAME");
	else if ((int64_t)json_object_size(twin_table(t, "accounts")) + pending >= accounts_most(t))
		org_violates(call, "ACCOUNT_NUMBER_LIMIT_EXCEEDED");
	else if (pending >= CREATING)
		org_violates(call, "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED");
	else
		return true;
	return false;
}

static json_t *creation_show(struct twin *t, json_t *creation)
{
	(void)t;
	return row_pick(creation, "Id AccountName State RequestedTimestamp CompletedTimestamp "
				  "AccountId FailureReason");
}

static json_t *creation_reply(struct twin *t, json_t *creation)
{
	return json_pack("{s:o}", "CreateAccountStatus", creation_show(t, creation));
}

static json_t *create(struct twin *t, struct twin_call *call)
{
	const char *role = org_input(call, "RoleName");
	json_t *creation, *tags = json_object_get(call->input, "Tags");
	char id[TWIN_ID];

	if (!may_create(t, call))
		return NULL;
	twin_id(t, id, "car-", 32);
	creation = json_object();
	twin_set_str(creation, "Id", id);
	twin_set_str(creation, "AccountName", org_input(call, "AccountName"));
	twin_set_str(creation, "State", "IN_PROGRESS");
	json_object_set_new(creation, "RequestedTimestamp", json_integer(twin_seconds(t)));
	twin_set_str(creation, "email", org_input(call, "Email"));
	twin_set_str(creation, "role", role == NULL ? "OrganizationAccountAccessRole" : role);
	if (t->fail_job != NULL)
		twin_set_str(creation, "fails", t->fail_job);
	if (tags != NULL)
		json_object_set_new(creation, "tags", json_deep_copy(tags));
	json_object_set_new(twin_sub(t->state, "creations"), id, creation);
	org_pend(t, id);
	return creation_reply(t, creation);
}

static json_t *describe(struct twin *t, struct twin_call *call)
{
	json_t *creation;

	if (!org_inputs(call))
		return NULL;
	creation = twin_row(t, "creations", org_input(call, "CreateAccountRequestId"));
	if (creation == NULL)
		return org_refuse(call, "CreateAccountStatusNotFoundException");
	return creation_reply(t, creation);
}

static bool states_are_known(const json_t *states)
{
	json_auto_t *known = json_pack("[s,s,s]", "IN_PROGRESS", "SUCCEEDED", "FAILED");
	json_t *one;
	size_t i;

	if (states != NULL && !json_is_null(states) && !json_is_array(states))
		return false;
	json_array_foreach((json_t *)states, i, one)
	{
		if (!json_is_string(one) || !list_has(known, json_string_value(one)))
			return false;
	}
	return true;
}

static json_t *list(struct twin *t, struct twin_call *call)
{
	const json_t *states = json_object_get(call->input, "States");
	json_t *items, *creation;
	const char *id;

	if (!states_are_known(states))
		return org_invalid(call, "INVALID_LIST_MEMBER");
	items = json_array();
	json_object_foreach(twin_sub(t->state, "creations"), id, creation)
	{
		if (json_array_size(states) == 0 || list_has(states, row_str(creation, "State")))
			json_array_append(items, creation);
	}
	return org_page(t, call, "CreateAccountStatuses", items, creation_show);
}

static const struct twin_op ops_of_creations[] = {
    {.name = "CreateAccount", .handler = create, .needs = "Email AccountName"},
    {.name = "DescribeCreateAccountStatus", .handler = describe, .needs = "CreateAccountRequestId"},
    {.name = "ListCreateAccountStatus", .handler = list},
};
const struct twin_service twin_creation_ops = {SERVICE_ORGANIZATIONS, ops_of_creations,
					       sizeof(ops_of_creations) /
						   sizeof(ops_of_creations[0])};
