/* What an account has once in IAM, and its OIDC providers. */
#include "state/kind_iam.h"
#include "state/valid.h"

static const struct attr oidc_attrs[OIDC_ATTRS] = {
    [OIDC_NAME] = {.name = "name",
		   .type = ATTR_TEXT,
		   .flags = ATTR_DERIVED | ATTR_REQUIRED,
		   .risk = RISK_MEDIUM,
		   .min = 1,
		   .max = 255,
		   .valid = NULL},
    [OIDC_ACCOUNT] = {.name = "account",
		      .type = ATTR_REF,
		      .flags = ATTR_DERIVED | ATTR_REQUIRED,
		      .ref = "account",
		      .risk = RISK_HIGH},
    [OIDC_CLIENTS] = {.name = "client_ids",
		      .type = ATTR_SET,
		      .relation = "client_id",
		      .risk = RISK_HIGH,
		      .max = 100},
    [OIDC_THUMBPRINTS] = {.name = "thumbprints", .type = ATTR_SET, .risk = RISK_HIGH, .max = 5},
    [OIDC_TAGS] = {.name = "tags",
		   .type = ATTR_TAGS,
		   .relation = "tag",
		   .risk = RISK_LOW,
		   .max = TAGS_MAX,
		   .valid = valid_tag_key},
};

const struct kind kind_iam_oidc_provider = {
    .name = "iam_oidc_provider",
    .title = "OIDC provider",
    .plural = "OIDC providers",
    .attr = oidc_attrs,
    .attrs = OIDC_ATTRS,
    .address = ADDRESS_ACCOUNT,
    .rename_advice = "an OIDC provider is its URL: declare the new one, and remove the old one in "
		     "a second merge",
    .scopes = iam_scopes,
};

static const struct attr account_attrs[IAMACCOUNT_ATTRS] = {
    [IAMACCOUNT_NAME] = {.name = "name",
			 .type = ATTR_TEXT,
			 .flags = ATTR_DERIVED | ATTR_REQUIRED,
			 .risk = RISK_MEDIUM,
			 .min = 1,
			 .max = 64,
			 .valid = NULL},
    [IAMACCOUNT_ACCOUNT] = {.name = "account",
			    .type = ATTR_REF,
			    .flags = ATTR_DERIVED | ATTR_REQUIRED,
			    .ref = "account",
			    .risk = RISK_HIGH},
    [IAMACCOUNT_ALIAS] = {.name = "alias", .type = ATTR_TEXT, .risk = RISK_MEDIUM, .max = 63},
    [IAMACCOUNT_PASSWORD] = {.name = "password_policy",
			     .type = ATTR_TAGS,
			     .relation = "password_policy",
			     .risk = RISK_MEDIUM},
};

const struct kind kind_iam_account = {
    .name = "iam_account",
    .title = "IAM settings of an account",
    .plural = "IAM settings of accounts",
    .attr = account_attrs,
    .attrs = IAMACCOUNT_ATTRS,
    .address = ADDRESS_ACCOUNT,
    .flags = KIND_NEVER_DELETE,
    .scopes = iam_scopes,
};
