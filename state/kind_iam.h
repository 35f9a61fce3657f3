/* What the kinds in accounts share: within state/ only. */
#ifndef CHARTER_STATE_KIND_IAM_H
#define CHARTER_STATE_KIND_IAM_H

#include "state/kind.h"
#include "state/valid.h"

extern const char *const iam_scopes[];
/* AWS's and Control Tower's own, by path and name. */
bool iam_foreign(const struct resource *live);

/* Rows that attribute tables have in common. */
#define IAM_ROW_ACCOUNT                                                                            \
	{                                                                                          \
		.name = "account", .type = ATTR_REF, .flags = ATTR_DERIVED | ATTR_REQUIRED,        \
		.ref = "account", .risk = RISK_HIGH                                                \
	}
#define IAM_ROW_PATH                                                                               \
	{                                                                                          \
		.name = "path", .type = ATTR_TEXT, .risk = RISK_MEDIUM, .min = 1,                  \
		.max = POLICY_PATH_MAX, .valid = valid_iam_path                                    \
	}
#define IAM_ROW_MANAGED(worth, most)                                                               \
	{                                                                                          \
		.name = "managed_policies", .type = ATTR_REFS, .ref = "iam_policy",                \
		.relation = "managed_policy", .risk = worth, .max = most                           \
	}
#define IAM_ROW_INLINE                                                                             \
	{                                                                                          \
		.name = "inline_policies", .type = ATTR_POLICIES, .relation = "inline_policy",     \
		.risk = RISK_HIGH, .valid = valid_iam_name                                         \
	}
#define IAM_ROW_BOUNDARY                                                                           \
	{                                                                                          \
		.name = "permissions_boundary", .type = ATTR_REF, .ref = "iam_policy",             \
		.risk = RISK_HIGH                                                                  \
	}

#endif
