/* Delegated administrators: member accounts that administer a service for the organization. */
#include "aws/twin/org_priv.h"

#include <string.h>

/* The account that the input names; NULL: refused. */
static json_t *account_named(struct twin *t, struct twin_call *call)
{
	json_t *account = twin_row(t, "accounts", org_input(call, "AccountId"));

	if (account == NULL)
		org_refuse(call, "AccountNotFoundException");
	return account;
}

static json_t *delegation(const struct twin *t, const char *account, const char *service)
{
	return json_object_get(twin_row(t, "delegations", account), service);
}

static json_t *enroll(struct twin *t, struct twin_call *call)
{
	const char *service = org_service_named(t, call), *id;
	json_t *account;

	if (service == NULL || (account = account_named(t, call)) == NULL)
		return NULL;
	id = row_str(account, "Id");
	if (strcmp(id, row_str(t->state, "management")) == 0)
		return org_violates(call, "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR");
	if (strcmp(row_str(account, "State"), "ACTIVE") != 0)
		return org_violates(call,
				    "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR");
	if (twin_row(t, "services", service) == NULL)
		return org_violates(call, "SERVICE_ACCESS_NOT_ENABLED");
	if (delegation(t, id, service) != NULL)
		return org_refuse(call, "AccountAlreadyRegisteredException");
	json_object_set_new(twin_sub(twin_table(t, "delegations"), id), service,
			    json_integer(twin_seconds(t)));
	return json_object();
}

static json_t *withdraw(struct twin *t, struct twin_call *call)
{
	const char *service = org_service_named(t, call), *id = org_input(call, "AccountId");
	json_t *delegated;

	if (service == NULL || account_named(t, call) == NULL)
		return NULL;
	if (delegation(t, id, service) == NULL)
		return org_refuse(call, "AccountNotRegisteredException");
	delegated = twin_row(t, "delegations", id);
	json_object_del(delegated, service);
	if (json_object_size(delegated) == 0)
		json_object_del(twin_table(t, "delegations"), id);
	return json_object();
}

/* Since when an account is delegated the service, or any; -1: it is not. */
static int64_t delegated_since(const json_t *delegated, const char *service)
{
	int64_t first = -1;
	const char *one;
	json_t *since;

	json_object_foreach((json_t *)delegated, one, since)
	{
		int64_t at = json_integer_value(since);

		if ((service == NULL || strcmp(service, one) == 0) && (first < 0 || at < first))
			first = at;
	}
	return first;
}

/* Of an account's id and the date. */
static json_t *administrator_show(struct twin *t, json_t *item)
{
	json_t *shown = account_show(t, twin_row(t, "accounts", row_str(item, "Id")));

	json_object_del(shown, "Paths");
	json_object_set(shown, "DelegationEnabledDate", json_object_get(item, "since"));
	return shown;
}

/* An account stands there once, whatever it is delegated. */
static json_t *list_administrators(struct twin *t, struct twin_call *call)
{
	const char *filter = org_input(call, "ServicePrincipal"), *id;
	json_t *items, *delegated;

	if (!org_inputs(call))
		return NULL;
	items = json_array();
	json_object_foreach(twin_table(t, "delegations"), id, delegated)
	{
		int64_t since = delegated_since(delegated, filter);

		if (since >= 0 && twin_row(t, "accounts", id) != NULL)
			json_array_append_new(
			    items, json_pack("{s:s, s:I}", "Id", id, "since", (json_int_t)since));
	}
	return org_page(t, call, "DelegatedAdministrators", items, administrator_show);
}

static json_t *list_services(struct twin *t, struct twin_call *call)
{
	json_t *delegated, *items, *since;
	const char *service;

	if (!org_inputs(call) || account_named(t, call) == NULL)
		return NULL;
	delegated = twin_row(t, "delegations", org_input(call, "AccountId"));
	if (json_object_size(delegated) == 0)
		return org_refuse(call, "AccountNotRegisteredException");
	items = json_array();
	json_object_foreach(delegated, service, since)
	{
		json_array_append_new(items, json_pack("{s:s, s:O}", "ServicePrincipal", service,
						       "DelegationEnabledDate", since));
	}
	return org_page(t, call, "DelegatedServices", items, NULL);
}

static const struct twin_op ops_of_delegated[] = {
    {.name = "RegisterDelegatedAdministrator",
     .handler = enroll,
     .needs = "AccountId ServicePrincipal"},
    {.name = "DeregisterDelegatedAdministrator",
     .handler = withdraw,
     .needs = "AccountId ServicePrincipal"},
    {.name = "ListDelegatedAdministrators", .handler = list_administrators},
    {.name = "ListDelegatedServicesForAccount",
     .handler = list_services,
     .needs = "AccountId",
     .rate = RATE_LIST_ACCESS},
};
const struct twin_service twin_delegated_ops = {SERVICE_ORGANIZATIONS, ops_of_delegated,
						sizeof(ops_of_delegated) /
						    sizeof(ops_of_delegated[0])};
