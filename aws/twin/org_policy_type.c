/* Policy types: their limits, and whether the root has them enabled. */
#include "aws/twin/org_priv.h"

#include <string.h>

#define ALLOW_ALL                                                                                  \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","       \
	"\"Resource\":\"*\"}]}"
#define ALLOW_ALL_RESOURCES                                                                        \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","    \
	"\"Action\":\"*\",\"Resource\":\"*\"}]}"

/* Sizes and numbers: Organizations quotas page. */
const struct org_type org_types[] = {
    {.name = "SERVICE_CONTROL_POLICY",
     .chars = 10240,
     .policies = 10000,
     .per_target = 10,
     .standard_id = "p-FullAWSAccess",
     .standard_name = "FullAWSAccess",
     .description = "Allows access to every operation",
     .content = ALLOW_ALL},
    {.name = "RESOURCE_CONTROL_POLICY",
     .chars = 5120,
     .policies = 2000,
     .per_target = 5,
     .standard_id = "p-RCPFullAWSAccess",
     .standard_name = "RCPFullAWSAccess",
     .description = "Allows all principals access to every operation",
     .content = ALLOW_ALL_RESOURCES,
     .fixed = true},
    {"TAG_POLICY", 10000, 1000, 10, .key = "tags"},
    {"BACKUP_POLICY", 10000, 1000, 10, .key = "plans"},
    {"AISERVICES_OPT_OUT_POLICY", 2500, 1000, 5, .key = "services"},
    {"CHATBOT_POLICY", 10000, 1000, 5, .key = "chatbot"},
    {"DECLARATIVE_POLICY_EC2", 10000, 1000, 10, .key = "ec2_attributes"},
    {"SECURITYHUB_POLICY", 10000, 1000, 10, .key = "securityhub"},
    {"SECURITYHUB_CSPM_POLICY", 10000, 1000, 10, .key = NULL},
    {"INSPECTOR_POLICY", 10000, 1000, 10, .key = "inspector",
     .service = "inspector2.amazonaws.com"},
    {"UPGRADE_ROLLOUT_POLICY", 10000, 1000, 10, .key = "upgrade_rollout"},
    {"BEDROCK_POLICY", 10000, 1000, 10, .key = "bedrock"},
    {"S3_POLICY", 10000, 1000, 10, .key = "s3_attributes"},
    {"NETWORK_SECURITY_DIRECTOR_POLICY", 10000, 1000, 10, .key = NULL},
    {"GUARDDUTY_POLICY", 10000, 1000, 10, .key = NULL},
    /* A type that a newer snapshot may hold. */
    {.name = NULL, .chars = 10000, .policies = 1000, .per_target = 10},
};

const struct org_type *org_type_find(const char *name)
{
	for (const struct org_type *type = org_types; type->name != NULL; type++)
		if (strcmp(type->name, name) == 0)
			return type;
	return NULL;
}

const struct org_type *org_type_of(const json_t *policy)
{
	const struct org_type *type = org_types;

	while (type->name != NULL && strcmp(type->name, row_str(policy, "Type")) != 0)
		type++;
	return type;
}

static json_t *types_enabled(const struct twin *t)
{
	return twin_sub(twin_table(t, "root"), "types");
}

static const char *type_status(const struct twin *t, const char *type)
{
	return row_str(types_enabled(t), type);
}

json_t *root_show(struct twin *t, json_t *root)
{
	json_t *shown = row_pick(root, "Id Arn Name"), *types = json_array(), *status;
	const char *type;

	json_object_foreach(types_enabled(t), type, status)
	{
		json_array_append_new(types,
				      json_pack("{s:s, s:O}", "Type", type, "Status", status));
	}
	json_object_set_new(shown, "PolicyTypes", types);
	return shown;
}

/* The policy that AWS has for the type; NULL: it has none. */
static const char *standard_policy(struct twin *t, const struct org_type *type)
{
	if (type == NULL || type->standard_id == NULL)
		return NULL;
	if (twin_row(t, "policies", type->standard_id) != NULL)
		return type->standard_id;
	policy_new(t, type->standard_id, type->name, type->standard_name, type->description,
		   type->content);
	return type->standard_id;
}

static void table_attach(struct twin *t, const char *policy, const char *table)
{
	json_t *row;
	const char *id;

	json_object_foreach(twin_table(t, table), id, row)
	{
		policy_attach(t, policy, id);
	}
}

void policy_type_enable(struct twin *t, const char *type)
{
	const char *standard = standard_policy(t, org_type_find(type));

	twin_set_str(types_enabled(t), type, "ENABLED");
	if (standard == NULL)
		return;
	policy_attach(t, standard, row_str(twin_table(t, "root"), "Id"));
	table_attach(t, standard, "units");
	table_attach(t, standard, "accounts");
}

static void policy_detach_everywhere(struct twin *t, const char *id, json_t *policy)
{
	json_t *targets = twin_sub(policy, "targets"), *one;
	const char *target;
	void *next;

	json_object_foreach_safe(targets, next, target, one)
	{
		policy_detach(t, id, target);
	}
}

static void policy_type_disable(struct twin *t, const char *type)
{
	json_t *policy;
	const char *id;

	json_object_del(types_enabled(t), type);
	json_object_foreach(twin_table(t, "policies"), id, policy)
	{
		if (strcmp(row_str(policy, "Type"), type) == 0)
			policy_detach_everywhere(t, id, policy);
	}
}

void policies_standard_attach(struct twin *t, const char *target)
{
	const char *type;
	json_t *status;

	json_object_foreach(types_enabled(t), type, status)
	{
		const char *standard = strcmp(json_string_value(status), "ENABLED") == 0
					   ? standard_policy(t, org_type_find(type))
					   : NULL;

		if (standard != NULL)
			policy_attach(t, standard, target);
	}
}

void policy_type_settle(struct twin *t, const char *type)
{
	if (strcmp(type_status(t, type), "PENDING_DISABLE") == 0)
		policy_type_disable(t, type);
	else
		policy_type_enable(t, type);
}

/* Begins the change, which ends at once when jobs take no time. */
static json_t *type_change(struct twin *t, const char *type, const char *status)
{
	twin_set_str(types_enabled(t), type, status);
	if (t->options.job_us == 0)
		policy_type_settle(t, type);
	else
		org_pend(t, type);
	return json_pack("{s:o}", "Root", root_show(t, twin_table(t, "root")));
}

static bool root_is(struct twin *t, struct twin_call *call)
{
	if (strcmp(org_input(call, "RootId"), row_str(twin_table(t, "root"), "Id")) == 0)
		return true;
	org_refuse(call, "RootNotFoundException");
	return false;
}

static json_t *enable(struct twin *t, struct twin_call *call)
{
	const struct org_type *type;
	const char *status;

	if (!org_inputs(call) || !root_is(t, call))
		return NULL;
	type = org_type_find(org_input(call, "PolicyType"));
	status = type_status(t, type->name);
	if (!org_has_all_features(t))
		return org_refuse(call, "PolicyTypeNotAvailableForOrganizationException");
	if (strcmp(status, "PENDING_DISABLE") == 0)
		return org_refuse(call, "PolicyChangesInProgressException");
	if (*status != '\0')
		return org_refuse(call, "PolicyTypeAlreadyEnabledException");
	if (type->service != NULL && twin_row(t, "services", type->service) == NULL)
		return org_violates(call, "SERVICE_ACCESS_NOT_ENABLED");
	return type_change(t, type->name, "PENDING_ENABLE");
}

static json_t *disable(struct twin *t, struct twin_call *call)
{
	const char *type, *status;

	if (!org_inputs(call) || !root_is(t, call))
		return NULL;
	type = org_input(call, "PolicyType");
	status = type_status(t, type);
	if (strncmp(status, "PENDING", strlen("PENDING")) == 0)
		return org_refuse(call, "PolicyChangesInProgressException");
	if (*status == '\0')
		return org_refuse(call, "PolicyTypeNotEnabledException");
	return type_change(t, type, "PENDING_DISABLE");
}

static const struct twin_op ops_of_types[] = {
    {.name = "EnablePolicyType", .handler = enable, .needs = "RootId PolicyType"},
    {.name = "DisablePolicyType",
     .handler = disable,
     .needs = "RootId PolicyType",
     .mutates = true,
     .rate = RATE_POLICY_TYPE},
};
const struct twin_service twin_policy_type_ops = {SERVICE_ORGANIZATIONS, ops_of_types,
						  sizeof(ops_of_types) / sizeof(ops_of_types[0])};
