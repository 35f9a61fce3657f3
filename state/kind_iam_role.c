/* IAM roles. */
#include "state/kind_iam.h"

static const struct attr role_attrs[ROLE_ATTRS] = {
    [ROLE_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, 64, valid_iam_name),
    [ROLE_ACCOUNT] = IAM_ROW_ACCOUNT,
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
    [ROLE_DURATION] = {.name = "max_session_duration",
		       .type = ATTR_TEXT,
		       .flags = ATTR_SECONDS,
		       .risk = RISK_MEDIUM},
    [ROLE_MANAGED] = IAM_ROW_MANAGED(RISK_HIGH, 25),
    [ROLE_INLINE] = IAM_ROW_INLINE,
    [ROLE_BOUNDARY] = IAM_ROW_BOUNDARY,
    [ROLE_TAGS] = ATTR_ROW_TAGS,
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
    .foreign = iam_foreign,
};
