/* The organization itself, its root, and what its files of handlers share. */
#include "aws/twin/org_priv.h"

#include <string.h>

void org_pend(struct twin *t, const char *id)
{
	int64_t due = t->options.clock->now_us(t->options.clock) + t->options.job_us;

	json_object_set_new(twin_sub(t->state, "pending"), id, json_integer(due));
}

static const char *management_of(const struct twin *t)
{
	return row_str(t->state, "management");
}

char *org_arn(const struct twin *t, const char *what, const char *id)
{
	return xasprintf("arn:%s:organizations::%s:%s/%s%s%s", row_str(t->state, "partition"),
			 management_of(t), what, row_str(twin_table(t, "organization"), "Id"),
			 *id == '\0' ? "" : "/", id);
}

bool org_has_all_features(const struct twin *t)
{
	return strcmp(row_str(twin_table(t, "organization"), "FeatureSet"), "ALL") == 0;
}

json_t *org_page(struct twin *t, struct twin_call *call, const char *list, json_t *items,
		 json_t *(*show)(struct twin *, json_t *item))
{
	struct twin_paging paging = paging_organizations;

	paging.list = list;
	paging.show = show;
	return twin_page(t, call, &paging, items);
}

json_t *org_related(struct twin *t, json_t *ids, const char *table)
{
	json_t *rows = twin_table(t, table), *items = json_array(), *one;
	const char *id;

	json_object_foreach(ids, id, one)
	{
		json_t *row = json_object_get(rows, id);

		if (row != NULL && !twin_hidden(t, row))
			json_array_append(items, row);
	}
	return items;
}

/* The root's id and the organization's are related by nothing; units' ids hold the root's. */
static void root_make(struct twin *t)
{
	json_t *root = twin_table(t, "root");
	auto_free char *arn = NULL;
	char id[TWIN_ID];

	twin_id(t, id, "r-", 4);
	arn = org_arn(t, "root", id);
	json_object_clear(root);
	twin_set_str(root, "Id", id);
	twin_set_str(root, "Arn", arn);
	twin_set_str(root, "Name", "Root");
}

static void organization_fill(struct twin *t, json_t *org, const char *feature_set)
{
	auto_free char *arn = NULL, *account = NULL;
	char id[TWIN_ID];

	twin_id(t, id, "o-", 10);
	json_object_clear(org);
	twin_set_str(org, "Id", id);
	arn = org_arn(t, "organization", "");
	account = org_arn(t, "account", management_of(t));
	twin_set_str(org, "Arn", arn);
	twin_set_str(org, "FeatureSet", feature_set);
	twin_set_str(org, "MasterAccountArn", account);
	twin_set_str(org, "MasterAccountId", management_of(t));
}

/* "With all features, service control policies are enabled in the root" (CreateOrganization in
 * the service's model). */
json_t *organization_new(struct twin *t, const char *feature_set)
{
	json_t *org = twin_table(t, "organization"), *account;

	organization_fill(t, org, feature_set);
	root_make(t);
	account = org_account_new(t, management_of(t), row_str(twin_table(t, "root"), "Id"),
				  profile_name(t, management_of(t)), "management@example.com");
	twin_set_str(account, "JoinedMethod", "INVITED");
	twin_set_str(org, "MasterAccountEmail", row_str(account, "Email"));
	if (org_has_all_features(t))
		policy_type_enable(t, "SERVICE_CONTROL_POLICY");
	return org;
}

/* AvailablePolicyTypes is deprecated in the model: it says what the feature set gives. */
static json_t *organization_show(struct twin *t)
{
	json_t *org = row_pick(twin_table(t, "organization"),
			       "Id Arn FeatureSet MasterAccountArn MasterAccountId "
			       "MasterAccountEmail");
	json_t *types = json_array();

	if (org_has_all_features(t))
		json_array_append_new(
		    types,
		    json_pack("{s:s, s:s}", "Type", "SERVICE_CONTROL_POLICY", "Status", "ENABLED"));
	json_object_set_new(org, "AvailablePolicyTypes", types);
	return json_pack("{s:o}", "Organization", org);
}

static json_t *describe(struct twin *t, struct twin_call *call)
{
	(void)call;
	return organization_show(t);
}

/* One twin holds one organization: the account that makes it is its management account. */
static json_t *create(struct twin *t, struct twin_call *call)
{
	const char *features = org_input(call, "FeatureSet");

	if (!org_inputs(call))
		return NULL;
	if (twin_has_organization(t))
		return org_refuse(call, "AlreadyInOrganizationException");
	twin_set_str(t->state, "management", call->account);
	organization_new(t, features == NULL ? "ALL" : features);
	return organization_show(t);
}

static void tables_clear(struct twin *t)
{
	static const char *const tables[] = {"organization", "root",     "units",   "accounts",
					     "policies",     "services", "pending", "creations",
					     "delegations",  "closures"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		json_object_clear(twin_sub(t->state, tables[i]));
}

static bool creations_pend(struct twin *t)
{
	const char *id;
	json_t *due;

	json_object_foreach(twin_sub(t->state, "pending"), id, due)
	{
		if (org_id_is(id, "CreateAccountRequestId"))
			return true;
	}
	return false;
}

static json_t *delete (struct twin *t, struct twin_call *call)
{
	if (json_object_size(twin_table(t, "accounts")) > 1 || creations_pend(t))
		return org_refuse(call, "OrganizationNotEmptyException");
	tables_clear(t);
	return json_object();
}

static json_t *list_roots(struct twin *t, struct twin_call *call)
{
	return org_page(t, call, "Roots", json_pack("[O]", twin_table(t, "root")), root_show);
}

/* Nobody was invited. */
static json_t *list_handshakes(struct twin *t, struct twin_call *call)
{
	return org_page(t, call, "Handshakes", json_array(), NULL);
}

static json_t *describe_resource_policy(struct twin *t, struct twin_call *call)
{
	(void)t;
	return org_refuse(call, "ResourcePolicyNotFoundException");
}

static const struct twin_op ops_of_organization[] = {
    {.name = "DescribeOrganization", .handler = describe, .anyone = true},
    {.name = "CreateOrganization", .handler = create, .without = true, .anyone = true},
    {.name = "DeleteOrganization", .handler = delete, .mutates = true, .rate = RATE_ORG_WRITES},
    {.name = "ListRoots", .handler = list_roots},
    {.name = "ListHandshakesForOrganization", .handler = list_handshakes, .rate = RATE_ORG_LISTS},
    {.name = "DescribeResourcePolicy",
     .handler = describe_resource_policy,
     .rate = RATE_ORG_DESCRIBES},
};
const struct twin_service twin_organization_ops = {SERVICE_ORGANIZATIONS, ops_of_organization,
						   sizeof(ops_of_organization) /
						       sizeof(ops_of_organization[0])};
