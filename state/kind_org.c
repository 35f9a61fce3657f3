/* AWS Organizations: the organization, its units, accounts, policies and delegated administrators.
 */
#include "state/kind.h"
#include "state/valid.h"

static const struct attr organization_attrs[ORG_ATTRS] = {
    [ORG_FEATURE_SET] = {.name = "feature_set",
			 .type = ATTR_TEXT,
			 .flags = ATTR_IMMUTABLE,
			 .risk = RISK_HIGH,
			 .valid = valid_feature_set,
			 .advice = "enabling all features needs the consent of every invited "
				   "account: do it in the console, then change this line"},
    [ORG_POLICY_TYPES] = {.name = "policy_types",
			  .type = ATTR_SET,
			  .flags = ATTR_ADDITIVE,
			  .relation = "policy_type",
			  .risk = RISK_MEDIUM,
			  .valid = valid_policy_type},
    [ORG_TRUSTED_SERVICES] = {.name = "trusted_services",
			      .type = ATTR_SET,
			      .flags = ATTR_ADDITIVE,
			      .relation = "trusted_service",
			      .risk = RISK_MEDIUM,
			      .min = 1,
			      .valid = valid_service},
    [ORG_POLICIES] = {.name = "policies",
		      .type = ATTR_REFS,
		      .ref = "policy",
		      .relation = "attachment",
		      .edge = "policy_attachment",
		      .risk = RISK_HIGH},
    [ORG_TAGS] = ATTR_ROW_TAGS,
};

static const char *const organization_scopes[] = {"organization", NULL};

const struct kind kind_organization = {
    .name = "organization",
    .title = "organization",
    .plural = "organizations",
    .attr = organization_attrs,
    .attrs = ORG_ATTRS,
    .address = ADDRESS_SINGLE,
    .flags = KIND_NEVER_CREATE_AGAIN | KIND_NEVER_DELETE,
    .rename_advice = "an organization has no name",
    .scopes = organization_scopes,
};

static const struct attr unit_attrs[UNIT_ATTRS] = {
    [UNIT_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, 128, valid_line),
    [UNIT_PARENT] = {.name = "parent",
		     .type = ATTR_REF,
		     .flags = ATTR_DERIVED | ATTR_REQUIRED,
		     .ref = "unit",
		     .risk = RISK_HIGH},
    [UNIT_POLICIES] = {.name = "policies",
		       .type = ATTR_REFS,
		       .ref = "policy",
		       .relation = "attachment",
		       .edge = "policy_attachment",
		       .risk = RISK_MEDIUM},
    [UNIT_TAGS] = ATTR_ROW_TAGS,
};

static const char *const unit_holds[] = {"accounts", NULL};
static const char *const unit_scopes[] = {"units", NULL};

const struct kind kind_unit = {
    .name = "unit",
    .title = "organizational unit",
    .plural = "organizational units",
    .attr = unit_attrs,
    .attrs = UNIT_ATTRS,
    .address = ADDRESS_PATH,
    .flags = KIND_RENAME,
    .scopes = unit_scopes,
    .holds = unit_holds,
};

static const struct attr account_attrs[ACCOUNT_ATTRS] = {
    [ACCOUNT_NAME] = ATTR_ROW_NAME(RISK_LOW, 50, valid_account_name),
    [ACCOUNT_EMAIL] = {.name = "email",
		       .type = ATTR_TEXT,
		       .flags = ATTR_REQUIRED | ATTR_IMMUTABLE | ATTR_NOCASE,
		       .risk = RISK_HIGH,
		       .min = 6,
		       .max = 64,
		       .valid = valid_email,
		       .advice = "a changed e-mail is refused unless AWS already has it: change it "
				 "there first, with the code that AWS sends to the new address"},
    [ACCOUNT_UNIT] = {.name = "unit",
		      .type = ATTR_REF,
		      .flags = ATTR_REQUIRED,
		      .ref = "unit",
		      .risk = RISK_MEDIUM},
    [ACCOUNT_POLICIES] = {.name = "policies",
			  .type = ATTR_REFS,
			  .ref = "policy",
			  .relation = "attachment",
			  .edge = "policy_attachment",
			  .risk = RISK_MEDIUM},
    [ACCOUNT_TAGS] = ATTR_ROW_TAGS,
    [ACCOUNT_STATE] = {.name = "state", .type = ATTR_TEXT, .flags = ATTR_LIVE},
};

static const char *const account_scopes[] = {"accounts", NULL};

const struct kind kind_account = {
    .name = "account",
    .title = "account",
    .plural = "accounts",
    .attr = account_attrs,
    .attrs = ACCOUNT_ATTRS,
    .address = ADDRESS_NAME,
    .flags = KIND_NEVER_CREATE_AGAIN | KIND_NEVER_DELETE | KIND_RENAME,
    .scopes = account_scopes,
};

static bool policy_foreign(const struct resource *live)
{
	const struct value *name = &live->v[POLICY_NAME];

	if (text_is(live->id, "p-FullAWSAccess") || text_is(live->id, "p-RCPFullAWSAccess"))
		return true;
	return name->state == VALUE_TEXT && str_starts(name->u.text->s, "aws-guardrails-");
}

static const struct attr policy_attrs[POLICY_ATTRS] = {
    [POLICY_NAME] = ATTR_ROW_NAME(RISK_LOW, 128, valid_line),
    [POLICY_TYPE] = {.name = "type",
		     .type = ATTR_TEXT,
		     .flags = ATTR_IMMUTABLE,
		     .risk = RISK_HIGH,
		     .valid = valid_policy_type,
		     .advice = "the type of a policy is fixed: declare a new policy under another "
			       "name, then remove this one in a second merge"},
    [POLICY_DESCRIPTION] = {.name = "description", .type = ATTR_TEXT, .risk = RISK_LOW, .max = 512},
    [POLICY_DOCUMENT] = {.name = "document",
			 .type = ATTR_POLICY,
			 .flags = ATTR_REQUIRED,
			 .risk = RISK_HIGH},
    [POLICY_TAGS] = ATTR_ROW_TAGS,
};

static const char *const policy_holds[] = {"attachments", NULL};
static const char *const policy_scopes[] = {"policies", NULL};

const struct kind kind_policy = {
    .name = "policy",
    .title = "organization policy",
    .plural = "organization policies",
    .attr = policy_attrs,
    .attrs = POLICY_ATTRS,
    .address = ADDRESS_NAME,
    .flags = KIND_RENAME,
    .scopes = policy_scopes,
    .holds = policy_holds,
    .foreign = policy_foreign,
};

static const struct attr delegated_attrs[DELEGATED_ATTRS] = {
    [DELEGATED_SERVICE] = {.name = "service",
			   .type = ATTR_TEXT,
			   .flags = ATTR_DERIVED | ATTR_REQUIRED,
			   .risk = RISK_HIGH,
			   .min = 1,
			   .max = 128,
			   .valid = valid_service},
    [DELEGATED_ACCOUNT] = {.name = "account",
			   .type = ATTR_REF,
			   .flags = ATTR_DERIVED | ATTR_REQUIRED,
			   .ref = "account",
			   .risk = RISK_HIGH},
};

static const char *const delegated_scopes[] = {"delegated_administrators", NULL};

const struct kind kind_delegated_administrator = {
    .name = "delegated_administrator",
    .title = "delegated administrator",
    .plural = "delegated administrators",
    .attr = delegated_attrs,
    .attrs = DELEGATED_ATTRS,
    .address = ADDRESS_PAIR,
    .flags = KIND_EDGE | KIND_ADDITIVE,
    .rename_advice = "a delegation has no name of its own",
    .scopes = delegated_scopes,
};
