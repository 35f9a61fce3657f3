/* Member accounts: listed, moved, closed, removed. */
#include "aws/twin/org_priv.h"

#include <ctype.h>
#include <string.h>

#define DAY           (INT64_C(24) * 3600)
#define WAIT_DAYS     4  /* before an account that was created may leave */
#define CLOSING       3  /* closed at a time */
#define CLOSE_DAYS    30 /* Organizations quotas page: 20 % of the accounts in 30 days, */
#define CLOSE_PERCENT 20
#define CLOSE_LEAST   250  /* but so many in any case, */
#define CLOSE_MOST    1000 /* and never more than these */

static char *email_key(const char *email)
{
	char *key = xstrdup(email);

	for (char *p = key; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return key;
}

const char *email_owner(const struct twin *t, const char *email)
{
	auto_free char *key = email_key(email);

	return json_string_value(json_object_get(twin_table(t, "emails"), key));
}

static void email_take(struct twin *t, const char *email, const char *account)
{
	auto_free char *key = email_key(email);

	twin_set_str(twin_sub(t->state, "emails"), key, account);
}

json_t *org_account_new(struct twin *t, const char *id, const char *parent, const char *name,
			const char *email)
{
	json_t *account = json_object();
	auto_free char *arn = NULL;
	char fresh[TWIN_ID];

	if (id == NULL) {
		twin_id_digits(t, fresh);
		id = fresh;
	}
	arn = org_arn(t, "account", id);
	twin_set_str(account, "Id", id);
	twin_set_str(account, "Arn", arn);
	twin_set_str(account, "Email", email);
	twin_set_str(account, "Name", name);
	twin_set_str(account, "State", "ACTIVE");
	twin_set_str(account, "JoinedMethod", "CREATED");
	json_object_set_new(account, "JoinedTimestamp", json_integer(twin_seconds(t)));
	twin_set_str(account, "parent", parent);
	json_object_set_new(twin_table(t, "accounts"), id, account);
	json_object_del(twin_table(t, "standalone"), id);
	charter_assert(org_parent(t, parent) != NULL);
	json_object_set_new(twin_sub(org_parent(t, parent), "accounts"), id, json_integer(1));
	email_take(t, email, id);
	policies_standard_attach(t, id);
	return account;
}

/* The older member, which the model still has beside State, knows fewer states. */
static const char *account_status(const json_t *account)
{
	const char *state = row_str(account, "State");

	if (strcmp(state, "CLOSED") == 0)
		return "SUSPENDED";
	return strcmp(state, "PENDING_ACTIVATION") == 0 ? "ACTIVE" : state;
}

json_t *account_show(struct twin *t, json_t *account)
{
	json_t *shown = row_pick(account, "Id Arn Email Name State JoinedMethod JoinedTimestamp");
	auto_buf path = BUF_INIT(4096);

	org_path(t, row_str(account, "parent"), &path);
	buf_printf(&path, "%s/", row_str(account, "Id"));
	twin_set_str(shown, "Status", account_status(account));
	json_object_set_new(shown, "Paths", json_pack("[s]", buf_str(&path)));
	return shown;
}

/* The account that the input names; NULL: refused. */
static json_t *account_named(struct twin *t, struct twin_call *call)
{
	json_t *account;

	if (!org_inputs(call))
		return NULL;
	account = twin_row(t, "accounts", org_input(call, "AccountId"));
	if (account == NULL)
		org_refuse(call, "AccountNotFoundException");
	return account;
}

static json_t *describe(struct twin *t, struct twin_call *call)
{
	json_t *account = account_named(t, call);

	return account == NULL ? NULL : json_pack("{s:o}", "Account", account_show(t, account));
}

static json_t *list(struct twin *t, struct twin_call *call)
{
	json_t *all = twin_table(t, "accounts");

	return org_page(t, call, "Accounts", org_related(t, all, "accounts"), account_show);
}

/* Whose parent it is not is no source, also when it exists. */
static json_t *move(struct twin *t, struct twin_call *call)
{
	const char *from = org_input(call, "SourceParentId");
	const char *to = org_input(call, "DestinationParentId");
	json_t *account = account_named(t, call), *source, *destination;
	const char *id;

	if (account == NULL)
		return NULL;
	id = row_str(account, "Id");
	source = org_parent(t, from);
	destination = org_parent(t, to);
	if (source == NULL)
		return org_refuse(call, "SourceParentNotFoundException");
	if (destination == NULL)
		return org_refuse(call, "DestinationParentNotFoundException");
	if (strcmp(row_str(account, "parent"), to) == 0)
		return org_refuse(call, "DuplicateAccountException");
	if (strcmp(row_str(account, "parent"), from) != 0)
		return org_refuse(call, "SourceParentNotFoundException");
	json_object_del(twin_sub(source, "accounts"), id);
	json_object_set_new(twin_sub(destination, "accounts"), id, json_integer(1));
	twin_set_str(account, "parent", to);
	return json_object();
}

/* How many closings are under way, and how many were asked for lately. */
static void closures_count(struct twin *t, int64_t *pending, int64_t *lately)
{
	json_t *at, *closures = twin_sub(t->state, "closures");
	int64_t since = twin_seconds(t) - CLOSE_DAYS * DAY;
	const char *id;

	*pending = *lately = 0;
	json_object_foreach(closures, id, at)
	{
		*pending += json_object_get(twin_table(t, "pending"), id) != NULL;
		*lately += json_integer_value(at) > since;
	}
}

static int64_t closures_most(const struct twin *t)
{
	int64_t share = (int64_t)json_object_size(twin_table(t, "accounts")) * CLOSE_PERCENT / 100;

	if (share > CLOSE_MOST)
		return CLOSE_MOST;
	return share < CLOSE_LEAST ? CLOSE_LEAST : share;
}

static bool may_close(struct twin *t, struct twin_call *call, const json_t *account)
{
	const char *state = row_str(account, "State");
	const char *refusal = NULL;
	int64_t pending, lately;

	closures_count(t, &pending, &lately);
	if (strcmp(row_str(account, "Id"), row_str(t->state, "management")) == 0)
		org_violates(call, "CANNOT_CLOSE_MANAGEMENT_ACCOUNT");
	else if (!org_has_all_features(t))
		org_violates(call, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE");
	else if (strcmp(state, "PENDING_CLOSURE") == 0)
		org_refuse(call, "ConflictException");
	else if (strcmp(state, "ACTIVE") != 0)
		org_refuse(call, "AccountAlreadyClosedException");
	else if (pending >= CLOSING)
		refusal = "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED";
	else if (lately >= twin_quota(t, "closures", closures_most(t)))
		refusal = "CLOSE_ACCOUNT_QUOTA_EXCEEDED";
	else
		return true;
	if (refusal != NULL)
		org_violates(call, refusal);
	return false;
}

static json_t *close_account(struct twin *t, struct twin_call *call)
{
	json_t *account = account_named(t, call);
	const char *id;

	if (account == NULL || !may_close(t, call, account))
		return NULL;
	id = row_str(account, "Id");
	twin_set_str(account, "State", "PENDING_CLOSURE");
	json_object_set_new(twin_sub(t->state, "closures"), id, json_integer(twin_seconds(t)));
	org_pend(t, id);
	return json_object();
}

void account_settle(struct twin *t, const char *id)
{
	json_t *account = twin_row(t, "accounts", id);

	if (account != NULL && strcmp(row_str(account, "State"), "PENDING_CLOSURE") == 0)
		twin_set_str(account, "State", "SUSPENDED");
}

static bool may_leave(struct twin *t, struct twin_call *call, const json_t *account)
{
	int64_t joined = json_integer_value(json_object_get(account, "JoinedTimestamp"));
	const char *id = row_str(account, "Id");

	if (strcmp(id, row_str(t->state, "management")) == 0)
		org_refuse(call, "MasterCannotLeaveOrganizationException");
	else if (json_object_size(twin_row(t, "delegations", id)) > 0)
		org_violates(call, "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG");
	else if (strcmp(row_str(account, "JoinedMethod"), "CREATED") == 0 &&
		 twin_seconds(t) < joined + WAIT_DAYS * DAY)
		org_violates(call, "WAIT_PERIOD_ACTIVE");
	else
		return true;
	return false;
}

/* The account lives on by itself: with its e-mail and name, without its tags. */
static json_t *remove_account(struct twin *t, struct twin_call *call)
{
	const char *id = org_input(call, "AccountId");
	json_t *account = account_named(t, call);

	if (account == NULL || !may_leave(t, call, account))
		return NULL;
	twin_set_str(twin_sub(twin_sub(t->state, "profiles"), id), "name",
		     row_str(account, "Name"));
	policies_detach_all(t, id);
	json_object_del(twin_sub(org_parent(t, row_str(account, "parent")), "accounts"), id);
	json_object_del(twin_sub(t->state, "pending"), id);
	json_object_del(twin_table(t, "accounts"), id);
	return json_object();
}

static const struct twin_op ops_of_accounts[] = {
    {.name = "ListAccounts", .handler = list},
    {.name = "DescribeAccount", .handler = describe, .needs = "AccountId"},
    {.name = "MoveAccount",
     .handler = move,
     .needs = "AccountId SourceParentId DestinationParentId"},
    {.name = "CloseAccount",
     .handler = close_account,
     .needs = "AccountId",
     .mutates = true,
     .rate = RATE_ORG_WRITES},
    {.name = "RemoveAccountFromOrganization",
     .handler = remove_account,
     .needs = "AccountId",
     .mutates = true,
     .rate = RATE_ORG_WRITES},
};
const struct twin_service twin_account_ops = {SERVICE_ORGANIZATIONS, ops_of_accounts,
					      sizeof(ops_of_accounts) / sizeof(ops_of_accounts[0])};
