/* The table of kinds, the types of organization policies, and what belongs to AWS or Control Tower.
 */
#include "state/kind.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

#define KIND(ID, symbol) extern const struct kind kind_##symbol;
#include "state/kinds.def"
#undef KIND

const struct kind *const kinds[KIND_COUNT] = {
#define KIND(ID, symbol) [KIND_##ID] = &kind_##symbol,
#include "state/kinds.def"
#undef KIND
};

/* The id of the kind with this name, or -1. */
int kind_find(const char *name)
{
	for (int i = 0; i < KIND_COUNT; i++) {
		if (strcmp(kinds[i]->name, name) == 0)
			return i;
	}
	return -1;
}

int address_kind(const struct text *address)
{
	auto_free char *name = xstrdup(address->s);

	name[strcspn(name, "/")] = '\0';
	return kind_find(name);
}

/* Sizes and counts: docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html.
 * Older copies of that page have the smaller numbers for SCPs. */
const struct policy_type policy_types[] = {
    {.name = "SERVICE_CONTROL_POLICY",
     .iam = true,
     .max_chars = 10240,
     .warn_chars = 5120,
     .max_attached = 10,
     .warn_attached = 5,
     .max_policies = 10000,
     .aws_default = "FullAWSAccess"},
    {.name = "RESOURCE_CONTROL_POLICY",
     .iam = true,
     .max_chars = 5120,
     .max_attached = 5,
     .max_policies = 2000,
     .aws_default = "RCPFullAWSAccess"},
    {.name = "TAG_POLICY", .max_chars = 10000, .max_attached = 10, .max_policies = 1000},
    {.name = "BACKUP_POLICY", .max_chars = 10000, .max_attached = 10, .max_policies = 1000},
    {.name = "AISERVICES_OPT_OUT_POLICY",
     .max_chars = 2500,
     .max_attached = 5,
     .max_policies = 1000},
    {.name = "CHATBOT_POLICY", .max_chars = 10000, .max_attached = 5, .max_policies = 1000},
    {.name = "DECLARATIVE_POLICY_EC2",
     .max_chars = 10000,
     .max_attached = 10,
     .max_policies = 1000},
    {.name = "SECURITYHUB_POLICY", .max_chars = 10000, .max_attached = 10, .max_policies = 1000},
    {.name = "SECURITYHUB_CSPM_POLICY",
     .max_chars = 10000,
     .max_attached = 10,
     .max_policies = 1000},
    {.name = "INSPECTOR_POLICY", .max_chars = 10000, .max_attached = 10, .max_policies = 1000},
    {.name = "UPGRADE_ROLLOUT_POLICY",
     .max_chars = 10000,
     .max_attached = 10,
     .max_policies = 1000},
    {.name = "BEDROCK_POLICY", .max_chars = 10000, .max_attached = 10, .max_policies = 1000},
    {.name = "S3_POLICY", .max_chars = 10000, .max_attached = 10, .max_policies = 1000},
    {.name = "NETWORK_SECURITY_DIRECTOR_POLICY",
     .max_chars = 10000,
     .max_attached = 10,
     .max_policies = 1000},
    {.name = "GUARDDUTY_POLICY", .max_chars = 10000, .max_attached = 10, .max_policies = 1000},
    {.name = NULL},
};

/* The policy type as AWS writes it, or NULL. */
const struct policy_type *policy_type_find(const char *name)
{
	for (const struct policy_type *type = policy_types; type->name != NULL; type++) {
		if (strcmp(type->name, name) == 0)
			return type;
	}
	return NULL;
}

/* Addresses as bind_sides() makes them, raw ones, and the ARNs of organization policies. */
bool element_is_foreign(const struct text *element)
{
	static const char *const exact[] = {
	    "policy/FullAWSAccess",
	    "policy/RCPFullAWSAccess",
	    "policy/~p-FullAWSAccess",
	    "policy/~p-RCPFullAWSAccess",
	};

	for (size_t i = 0; i < COUNT(exact); i++) {
		if (text_is(element, exact[i]))
			return true;
	}
	if (str_starts(element->s, "policy/aws-guardrails-"))
		return true;
	return str_starts(element->s, "arn:") && strstr(element->s, ":organizations::aws:") != NULL;
}

const char *aws_policy_name(const char *arn)
{
	static const char managed[] = ":iam::aws:policy/";
	const char *at = strstr(arn, managed);

	return at == NULL ? NULL : at + strlen(managed);
}

/* AWS's own keys, and those of charter's record. */
bool tag_is_foreign(const struct text *key)
{
	return str_starts(key->s, "aws:") || str_starts(key->s, "charter:");
}
