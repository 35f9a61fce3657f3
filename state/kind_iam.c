/* IAM in one account: customer-managed policies, groups, users. */
#include "state/kind_iam.h"

#define POLICY_SCHEMA_MAX_DESCRIPTION 1000

const char *const iam_scopes[] = {"iam/%s", NULL};
/* What a user owns must go before it. It is no part of the account's reading: who cannot read it
 * may still make things. */
static const char *const user_holds[] = {"iam/%s/credentials", NULL};

static bool value_starts(const struct value *value, const char *prefix)
{
	return value->state == VALUE_TEXT && str_starts(value->u.text->s, prefix);
}

_Static_assert((int)GROUP_PATH == (int)USER_PATH && (int)ROLE_PATH == (int)USER_PATH &&
		   (int)IAMPOLICY_PATH == (int)USER_PATH,
	       "entities of IAM begin with name, account and path");

bool iam_foreign(const struct resource *live)
{
	static const char *const names[] = {"AWSReservedSSO_", "AWSControlTower",
					    "aws-controltower-", "stacksets-exec-"};
	const struct value *path = &live->v[USER_PATH];

	if (value_starts(path, "/aws-service-role/") || value_starts(path, "/aws-reserved/"))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (value_starts(&live->v[USER_NAME], names[i]))
			return true;
	}
	return false;
}

static const struct attr user_attrs[USER_ATTRS] = {
    [USER_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, 64, valid_iam_name),
    [USER_ACCOUNT] = IAM_ROW_ACCOUNT,
    [USER_PATH] = IAM_ROW_PATH,
    [USER_GROUPS] = {.name = "groups",
		     .type = ATTR_REFS,
		     .ref = "iam_group",
		     .relation = "membership",
		     .risk = RISK_MEDIUM,
		     .max = 10},
    [USER_MANAGED] = IAM_ROW_MANAGED(RISK_MEDIUM, 20),
    [USER_INLINE] = IAM_ROW_INLINE,
    [USER_BOUNDARY] = IAM_ROW_BOUNDARY,
    [USER_TAGS] = ATTR_ROW_TAGS,
    [USER_LOGIN] = {.name = "login", .type = ATTR_TEXT, .risk = RISK_HIGH},
    [USER_CREDENTIALS] = {.name = "credentials",
			  .type = ATTR_SET,
			  .flags = ATTR_LIVE,
			  .risk = RISK_HIGH},
};

const struct kind kind_iam_user = {
    .name = "iam_user",
    .title = "IAM user",
    .plural = "IAM users",
    .attr = user_attrs,
    .attrs = USER_ATTRS,
    .address = ADDRESS_ACCOUNT,
    .flags = KIND_RENAME | KIND_NOCASE,
    .scopes = iam_scopes,
    .holds = user_holds,
    .foreign = iam_foreign,
};

static const struct attr group_attrs[GROUP_ATTRS] = {
    [GROUP_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, 128, valid_iam_name),
    [GROUP_ACCOUNT] = IAM_ROW_ACCOUNT,
    [GROUP_PATH] = IAM_ROW_PATH,
    [GROUP_MANAGED] = IAM_ROW_MANAGED(RISK_MEDIUM, 10),
    [GROUP_INLINE] = IAM_ROW_INLINE,
};

const struct kind kind_iam_group = {
    .name = "iam_group",
    .title = "IAM group",
    .plural = "IAM groups",
    .attr = group_attrs,
    .attrs = GROUP_ATTRS,
    .address = ADDRESS_ACCOUNT,
    .flags = KIND_RENAME | KIND_NOCASE,
    .scopes = iam_scopes,
    .foreign = iam_foreign,
};

static const struct attr iam_policy_attrs[IAMPOLICY_ATTRS] = {
    [IAMPOLICY_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, 128, valid_iam_name),
    [IAMPOLICY_ACCOUNT] = IAM_ROW_ACCOUNT,
    [IAMPOLICY_PATH] = {.name = "path",
			.type = ATTR_TEXT,
			.flags = ATTR_IMMUTABLE,
			.risk = RISK_HIGH,
			.min = 1,
			.max = POLICY_PATH_MAX,
			.valid = valid_policy_path,
			.advice =
			    "AWS cannot move a policy to another path: declare a new one under "
			    "another name, attach it, and remove this one in a second merge"},
    [IAMPOLICY_DESCRIPTION] = {.name = "description",
			       .type = ATTR_TEXT,
			       .flags = ATTR_IMMUTABLE,
			       .risk = RISK_LOW,
			       .max = POLICY_SCHEMA_MAX_DESCRIPTION,
			       .advice =
				   "AWS cannot change the description of an IAM policy: write the "
				   "one that it has, or leave the key out"},
    [IAMPOLICY_DOCUMENT] = {.name = "document",
			    .type = ATTR_POLICY,
			    .flags = ATTR_REQUIRED,
			    .risk = RISK_HIGH},
    [IAMPOLICY_TAGS] = ATTR_ROW_TAGS,
};

const struct kind kind_iam_policy = {
    .name = "iam_policy",
    .title = "IAM policy",
    .plural = "IAM policies",
    .attr = iam_policy_attrs,
    .attrs = IAMPOLICY_ATTRS,
    .address = ADDRESS_ACCOUNT,
    .flags = KIND_NOCASE,
    .rename_advice = "AWS cannot rename an IAM policy: declare it under the new name and attach "
		     "that, then remove the old one in a second merge",
    .scopes = iam_scopes,
    .foreign = iam_foreign,
};
