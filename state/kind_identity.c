/* IAM Identity Center: people, their groups, permission sets, and who has which set where. */
#include "state/kind.h"
#include "state/valid.h"

/* Identity Store API Reference: UserName, GroupDisplayName, names and addresses of a user. AWS IAM
 * Identity Center API Reference: PermissionSetName, descriptions, RelayState. */
#define USER_NAME_MAX       128
#define GROUP_NAME_MAX      1024
#define PERSON_TEXT_MAX     1024
#define SET_NAME_MAX        32
#define SET_DESCRIPTION_MAX 700
#define RELAY_MAX           240
#define SET_POLICIES_MAX    25

#define ROW_SYNCED                                                                                 \
	{                                                                                          \
		.name = "synchronized", .type = ATTR_TEXT, .flags = ATTR_LIVE                      \
	}
#define ROW_PERSON(key)                                                                            \
	{                                                                                          \
		.name = key, .type = ATTR_TEXT, .flags = ATTR_REQUIRED, .risk = RISK_LOW,          \
		.min = 1, .max = PERSON_TEXT_MAX, .valid = valid_line                              \
	}

/* What an identity provider keeps is its own business. */
static bool user_foreign(const struct resource *live)
{
	return live->v[IDUSER_SYNCED].state == VALUE_TEXT;
}

static bool group_foreign(const struct resource *live)
{
	return live->v[IDGROUP_SYNCED].state == VALUE_TEXT;
}

static const struct attr user_attrs[IDUSER_ATTRS] = {
    [IDUSER_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, USER_NAME_MAX, valid_identity_user),
    [IDUSER_GIVEN_NAME] = ROW_PERSON("given_name"),
    [IDUSER_FAMILY_NAME] = ROW_PERSON("family_name"),
    [IDUSER_DISPLAY_NAME] = ROW_PERSON("display_name"),
    [IDUSER_EMAIL] = ROW_PERSON("email"),
    [IDUSER_SYNCED] = ROW_SYNCED,
};

/* AWS takes who goes out of every group and leaves nothing of what they had. */
static const char *const principal_holds[] = {"identity_members", "assignments", NULL};
static const char *const user_scopes[] = {"identity_users", NULL};

const struct kind kind_identity_user = {
    .name = "identity_user",
    .title = "Identity Center user",
    .plural = "Identity Center users",
    .attr = user_attrs,
    .attrs = IDUSER_ATTRS,
    .address = ADDRESS_NAME,
    .flags = KIND_RENAME | KIND_NOCASE,
    .scopes = user_scopes,
    .holds = principal_holds,
    .foreign = user_foreign,
};

static const struct attr group_attrs[IDGROUP_ATTRS] = {
    [IDGROUP_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, GROUP_NAME_MAX, valid_identity_group),
    [IDGROUP_DESCRIPTION] = {.name = "description",
			     .type = ATTR_TEXT,
			     .risk = RISK_LOW,
			     .max = PERSON_TEXT_MAX},
    [IDGROUP_MEMBERS] = {.name = "members",
			 .type = ATTR_REFS,
			 .ref = "identity_user",
			 .relation = "member",
			 .risk = RISK_MEDIUM},
    [IDGROUP_SYNCED] = ROW_SYNCED,
};

static const char *const group_scopes[] = {"identity_groups", NULL};

const struct kind kind_identity_group = {
    .name = "identity_group",
    .title = "Identity Center group",
    .plural = "Identity Center groups",
    .attr = group_attrs,
    .attrs = IDGROUP_ATTRS,
    .address = ADDRESS_NAME,
    .flags = KIND_RENAME | KIND_NOCASE,
    .scopes = group_scopes,
    .holds = principal_holds,
    .foreign = group_foreign,
};

static const struct attr set_attrs[PSET_ATTRS] = {
    [PSET_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, SET_NAME_MAX, valid_iam_name),
    [PSET_DESCRIPTION] = {.name = "description",
			  .type = ATTR_TEXT,
			  .risk = RISK_LOW,
			  .max = SET_DESCRIPTION_MAX,
			  .valid = valid_set_description},
    [PSET_DURATION] = {.name = "session_duration",
		       .type = ATTR_TEXT,
		       .flags = ATTR_SECONDS,
		       .risk = RISK_LOW},
    [PSET_RELAY] = {.name = "relay_state",
		    .type = ATTR_TEXT,
		    .risk = RISK_LOW,
		    .max = RELAY_MAX,
		    .valid = valid_relay_state},
    [PSET_MANAGED] = {.name = "aws_managed_policies",
		      .type = ATTR_REFS,
		      .ref = "iam_policy",
		      .relation = "managed_policy",
		      .risk = RISK_HIGH,
		      .max = SET_POLICIES_MAX},
    [PSET_CUSTOMER] = {.name = "customer_managed_policies",
		       .type = ATTR_SET,
		       .relation = "managed_policy",
		       .risk = RISK_HIGH,
		       .max = SET_POLICIES_MAX},
    [PSET_INLINE] = {.name = "inline_policy",
		     .type = ATTR_POLICY,
		     .relation = "inline_policy",
		     .risk = RISK_HIGH},
    [PSET_BOUNDARY] = {.name = "permissions_boundary", .type = ATTR_TEXT, .risk = RISK_HIGH},
    [PSET_TAGS] = ATTR_ROW_TAGS,
    [PSET_PROVISIONED] = {.name = "provisioned",
			  .type = ATTR_TEXT,
			  .flags = ATTR_DERIVED,
			  .risk = RISK_MEDIUM},
    [PSET_ACCOUNTS] = {.name = "accounts", .type = ATTR_REFS, .flags = ATTR_LIVE, .ref = "account"},
};

static const char *const set_holds[] = {"assignments", "accounts", NULL};
static const char *const set_scopes[] = {"permission_sets", NULL};

const struct kind kind_permission_set = {
    .name = "permission_set",
    .title = "permission set",
    .plural = "permission sets",
    .attr = set_attrs,
    .attrs = PSET_ATTRS,
    .address = ADDRESS_NAME,
    .rename_advice = "AWS cannot rename a permission set: declare the new one beside the old one, "
		     "without `previously`, and assign it, then remove the old one and its "
		     "assignments in a second merge",
    .scopes = set_scopes,
    .holds = set_holds,
};

static const struct attr assignment_attrs[ASSIGNMENT_ATTRS] = {
    [ASSIGNMENT_SET] = {.name = "permission_set",
			.type = ATTR_REF,
			.flags = ATTR_DERIVED | ATTR_REQUIRED,
			.ref = "permission_set",
			.risk = RISK_MEDIUM},
    [ASSIGNMENT_ACCOUNT] = {.name = "account",
			    .type = ATTR_REF,
			    .flags = ATTR_DERIVED | ATTR_REQUIRED,
			    .ref = "account",
			    .risk = RISK_MEDIUM},
    /* Or of a user. */
    [ASSIGNMENT_PRINCIPAL] = {.name = "principal",
			      .type = ATTR_REF,
			      .flags = ATTR_DERIVED | ATTR_REQUIRED,
			      .ref = "identity_group",
			      .risk = RISK_MEDIUM},
};

static const char *const assignment_scopes[] = {"assignments", "accounts", NULL};

const struct kind kind_assignment = {
    .name = "assignment",
    .title = "assignment",
    .plural = "assignments",
    .attr = assignment_attrs,
    .attrs = ASSIGNMENT_ATTRS,
    .address = ADDRESS_EDGE,
    .flags = KIND_EDGE,
    .rename_advice = "an assignment has no name of its own",
    .scopes = assignment_scopes,
};
