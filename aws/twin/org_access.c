/* Services that may work across the organization. */
#include "aws/twin/org_priv.h"

#include <string.h>

/* The service that the input names; NULL: refused. */
const char *org_service_named(struct twin *t, struct twin_call *call)
{
	const char *service = org_input(call, "ServicePrincipal");

	if (!org_inputs(call))
		return NULL;
	if (!org_has_all_features(t))
		org_violates(call, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE");
	else if (!str_ends(service, ".amazonaws.com"))
		org_invalid(call, "UNRECOGNIZED_SERVICE_PRINCIPAL");
	else
		return service;
	return NULL;
}

/* Again is no error, and changes nothing. */
static json_t *enable(struct twin *t, struct twin_call *call)
{
	const char *service = org_service_named(t, call);
	json_t *row;

	if (service == NULL)
		return NULL;
	if (twin_row(t, "services", service) != NULL)
		return json_object();
	row = json_pack("{s:s, s:I}", "ServicePrincipal", service, "DateEnabled",
			(json_int_t)twin_seconds(t));
	json_object_set_new(twin_table(t, "services"), service, row);
	twin_made(t, row);
	return json_object();
}

static bool type_needs(const struct twin *t, const char *service)
{
	const json_t *types = json_object_get(twin_table(t, "root"), "types");

	for (const struct org_type *type = org_types; type->name != NULL; type++)
		if (type->service != NULL && strcmp(type->service, service) == 0 &&
		    json_object_get(types, type->name) != NULL)
			return true;
	return false;
}

static json_t *disable(struct twin *t, struct twin_call *call)
{
	const char *service = org_service_named(t, call);

	if (service == NULL)
		return NULL;
	if (type_needs(t, service))
		return org_violates(call, "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE");
	json_object_del(twin_table(t, "services"), service);
	return json_object();
}

static json_t *service_show(struct twin *t, json_t *service)
{
	(void)t;
	return row_pick(service, "ServicePrincipal DateEnabled");
}

static json_t *list(struct twin *t, struct twin_call *call)
{
	json_t *all = twin_table(t, "services");

	if (!org_has_all_features(t))
		return org_violates(call, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE");
	return org_page(t, call, "EnabledServicePrincipals", org_related(t, all, "services"),
			service_show);
}

static const struct twin_op ops_of_access[] = {
    {.name = "EnableAWSServiceAccess", .handler = enable, .needs = "ServicePrincipal"},
    {.name = "DisableAWSServiceAccess",
     .handler = disable,
     .needs = "ServicePrincipal",
     .mutates = true,
     .rate = RATE_ACCESS},
    {.name = "ListAWSServiceAccessForOrganization", .handler = list},
};
const struct twin_service twin_access_ops = {SERVICE_ORGANIZATIONS, ops_of_access,
					     sizeof(ops_of_access) / sizeof(ops_of_access[0])};
