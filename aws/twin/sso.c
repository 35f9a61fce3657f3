/* IAM Identity Center of the twin: its one instance, who may call it, and what its files share. */
#include "aws/twin/sso_priv.h"

#include "base/digest.h"

#include <string.h>

#define SERVICE "sso.amazonaws.com"

/* IAM Identity Center quotas page; the jobs: its section on throttling. */
static const struct {
	const char *name, *word;
	int64_t standard;
} quotas[IDC_QUOTAS] = {
    [IDC_SETS] = {"PermissionSets", "permission sets", 3500},
    [IDC_SETS_IN_ACCOUNT] = {"PermissionSetsPerAccount", "permission sets in an account", 500},
    [IDC_POLICIES] = {"PoliciesPerPermissionSet", "policies in a permission set", 25},
    [IDC_INLINE_SIZE] = {"InlinePolicySize", "characters of an inline policy", 10240},
    [IDC_GROUPS] = {"GroupsPerAssignment", "groups with a permission set in an account", 100},
    [IDC_ASSIGNMENTS] = {"AssignmentJobs", "assignments under way", 15},
    [IDC_PROVISIONINGS] = {"ProvisioningJobs", "provisionings under way", 3},
    [IDC_STORE_USERS] = {"IdentityUsers", "users", 200000},
    [IDC_STORE_GROUPS] = {"IdentityGroups", "groups", 100000},
};

int64_t idc_quota(const struct twin *t, enum idc_quota quota)
{
	return twin_quota(t, quotas[quota].name, quotas[quota].standard);
}

bool idc_within(const struct twin *t, struct twin_call *c, enum idc_quota quota, size_t wanted)
{
	int64_t most = idc_quota(t, quota);

	if ((int64_t)wanted <= most)
		return true;
	twin_refuse(c, "ServiceQuotaExceededException", "You have exceeded the quota for %s: %lld",
		    quotas[quota].word, (long long)most);
	return false;
}

void idc_hex(const char *a, const char *b, char out[IDC_HEX])
{
	auto_free char *text = xasprintf("%s %s", a, b);
	char sum[SHA256_HEX];

	sha256_hex(text, strlen(text), sum);
	memcpy(out, sum, IDC_HEX - 1);
	out[IDC_HEX - 1] = '\0';
}

/* When it is looked at first is chance, so its ids and date follow from the organization. */
static void instance_make(struct twin *t, json_t *instance)
{
	const char *organization = row_str(twin_table(t, "organization"), "Id");
	const char *management = row_str(t->state, "management");
	const json_t *joined =
	    json_object_get(twin_row(t, "accounts", management), "JoinedTimestamp");
	auto_free char *arn = NULL, *store = NULL;
	char hex[IDC_HEX];

	idc_hex(organization, "instance", hex);
	arn = xasprintf("arn:%s:sso:::instance/ssoins-%s", row_str(t->state, "partition"), hex);
	idc_hex(organization, "identity store", hex);
	store = xasprintf("d-%.10s", hex);
	twin_set_str(instance, "InstanceArn", arn);
	twin_set_str(instance, "IdentityStoreId", store);
	json_object_set_new(instance, "CreatedDate", json_integer(json_integer_value(joined)));
}

json_t *idc_instance(struct twin *t)
{
	json_t *instance = twin_sub(t->state, "identity");

	if (json_object_size(instance) == 0 && twin_has_organization(t))
		instance_make(t, instance);
	return instance;
}

const char *idc_input(const struct twin_call *c, const char *member)
{
	return row_str(c->input, member);
}

json_t *idc_missing(struct twin_call *c, const char *what, const char *id)
{
	return twin_refuse(c, "ResourceNotFoundException", "%s not found. (%s)", what, id);
}

json_t *idc_conflict(struct twin_call *c, const char *what)
{
	return twin_refuse(c, "ConflictException", "%s", what);
}

json_t *idc_page(struct twin *t, struct twin_call *c, const char *list, json_t *items,
		 json_t *(*show)(struct twin *, json_t *item))
{
	struct twin_paging paging = {
	    .list = list,
	    .token_in = "NextToken",
	    .token_out = "NextToken",
	    .size_in = "MaxResults",
	    .standard = 100,
	    .most = 100,
	    .show = show,
	};

	return twin_page(t, c, &paging, items);
}

bool idc_delegated(const struct twin *t, const struct twin_call *c)
{
	return strcmp(c->account, row_str(t->state, "management")) != 0;
}

static bool caller_may(const struct twin *t, const struct twin_call *c)
{
	if (!idc_delegated(t, c))
		return true;
	return json_object_get(twin_row(t, "delegations", c->account), SERVICE) != NULL;
}

static bool refuse_caller(struct twin_call *c)
{
	twin_refuse(c, "AccessDeniedException",
		    "User: %s is not authorized to perform: %s:%s on this resource", c->arn,
		    services[c->op->service].signing_name, c->op->name);
	return false;
}

/* Whether what the call names as the instance, or the store, is the one there is. */
static bool instance_is(struct twin *t, struct twin_call *c)
{
	const json_t *instance = idc_instance(t);
	const char *arn = idc_input(c, "InstanceArn"), *store = idc_input(c, "IdentityStoreId");

	if (c->op->service == SERVICE_SSO_ADMIN)
		return *arn == '\0' || strcmp(arn, row_str(instance, "InstanceArn")) == 0 ||
		       refuse_caller(c);
	if (strcmp(store_id(store), row_str(instance, "IdentityStoreId")) == 0)
		return true;
	store_missing(c, "IDENTITY_STORE", "identity store", store);
	return false;
}

bool identity_admits(struct twin *t, struct twin_call *c)
{
	if (!twin_op_is_center(c->op))
		return true;
	if (!idc_inputs(c))
		return false;
	if (!twin_has_organization(t))
		return c->op->without || refuse_caller(c);
	return caller_may(t, c) ? instance_is(t, c) : refuse_caller(c);
}

/* Of its region AWS says nothing here. */
static json_t *instance_show(struct twin *t, json_t *instance)
{
	json_t *shown = row_pick(instance, "InstanceArn IdentityStoreId CreatedDate");
	const char *management = row_str(t->state, "management");

	twin_set_str(shown, "OwnerAccountId", management);
	twin_set_str(shown, "Status", "ACTIVE");
	json_object_set_new(shown, "IdentityStoreArn",
			    json_sprintf("arn:%s:identitystore::%s:identitystore/%s",
					 row_str(t->state, "partition"), management,
					 row_str(instance, "IdentityStoreId")));
	return shown;
}

static json_t *instances_list(struct twin *t, struct twin_call *c)
{
	json_t *items = json_array();

	if (twin_has_organization(t))
		json_array_append(items, idc_instance(t));
	return idc_page(t, c, "Instances", items, instance_show);
}

static json_t *instance_describe(struct twin *t, struct twin_call *c)
{
	(void)c;
	return instance_show(t, idc_instance(t));
}

static const struct twin_op ops_of_instances[] = {
    {.name = "ListInstances", .handler = instances_list, .rate = RATE_SSO, .without = true},
    IDC_READ("DescribeInstance", instance_describe, "InstanceArn"),
};
const struct twin_service twin_sso_ops = {SERVICE_SSO_ADMIN, ops_of_instances,
					  sizeof ops_of_instances / sizeof ops_of_instances[0]};
