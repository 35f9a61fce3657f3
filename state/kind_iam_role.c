/* IAM roles. */
#include "state/kind_iam.h"
#include "state/valid.h"

static bool role_foreign(const struct resource *live)
{
	return iam_foreign(live, &live->v[ROLE_PATH]);
}

static const struct attr role_attrs[ROLE_ATTRS] = {
    [ROLE_NAME] = {.name = "name",
		   .type = ATTR_TEXT,
		   .flags = ATTR_DERIVED | ATTR_REQUIRED,
		   .risk = RISK_MEDIUM,
		   .min = 1,
		   .max = 64,
		   .valid = valid_iam_name},
    [ROLE_ACCOUNT] = {.name = "account",
		      .type = ATTR_REF,
		      .flags = ATTR_DERIVED | ATTR_REQUIRED,
		      .ref = "account",
		      .risk = RISK_HIGH},
    [ROLE_PATH] = {.name = "path",
		   .type = ATTR_TEXT,
		   .flags = ATTR_IMMUTABLE,
		   .risk = RISK_HIGH,
		   .min = 1,
		   .max = POLICY_PATH_MAX,
		   .valid = valid_iam_path,
		   .advice = "AWS cannot move a role to another path: declare a new one under "
			     "another name, and remove this one in a second merge"},
    [ROLE_DESCRIPTION] = {.name = "description", .type = ATTR_TEXT, .risk = RISK_LOW, .max = 1000},
    [ROLE_TRUST] = {.name = "trust",
		    .type = ATTR_POLICY,
		    .flags = ATTR_REQUIRED,
		    .risk = RISK_HIGH},
    [ROLE_DURATION] = {.name = "max_session_duration", .type = ATTR_TEXT, .risk = RISK_MEDIUM},
    [ROLE_MANAGED] = {.name = "managed_policies",
		      .type = ATTR_REFS,
		      .ref = "iam_policy",
		      .relation = "managed_policy",
		      .risk = RISK_HIGH,
		      .max = 25},
    [ROLE_INLINE] = {.name = "inline_policies",
		     .type = ATTR_POLICIES,
		     .relation = "inline_policy",
		     .risk = RISK_HIGH,
		     .valid = valid_iam_name},
    [ROLE_BOUNDARY] = {.name = "permissions_boundary",
		       .type = ATTR_REF,
		       .ref = "iam_policy",
		       .risk = RISK_HIGH},
    [ROLE_TAGS] = {.name = "tags",
		   .type = ATTR_TAGS,
		   .relation = "tag",
		   .risk = RISK_LOW,
		   .max = TAGS_MAX,
		   .valid = valid_tag_key},
    [ROLE_PROFILES] = {.name = "instance_profiles",
		       .type = ATTR_SET,
		       .flags = ATTR_LIVE,
		       .risk = RISK_LOW},
};

const struct kind kind_iam_role = {
    .name = "iam_role",
    .title = "IAM role",
    .plural = "IAM roles",
    .attr = role_attrs,
    .attrs = ROLE_ATTRS,
    .address = ADDRESS_ACCOUNT,
    .flags = KIND_NOCASE,
    .rename_advice = "AWS cannot rename an IAM role: declare it under the new name, and remove the "
		     "old one in a second merge",
    .scopes = iam_scopes,
    .foreign = role_foreign,
};
