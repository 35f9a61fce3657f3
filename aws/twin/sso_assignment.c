/* Who has which permission set in which account of the twin. */
#include "aws/twin/sso_priv.h"

#include <string.h>

static char *pair_key(const json_t *set, const char *account)
{
	return xasprintf("%s/%s", idc_set_id(set), account);
}

void idc_assign(struct twin *t, json_t *set, const char *account, const char *principal)
{
	auto_free char *pair = pair_key(set, account);
	json_t *holder = twin_sub(twin_sub(t->state, "holders"), principal);

	json_object_set_new(twin_sub(twin_sub(set, "grants"), account), principal, json_integer(1));
	json_object_set_new(holder, pair, json_integer(1));
}

void idc_unassign(struct twin *t, json_t *set, const char *account, const char *principal)
{
	auto_free char *pair = pair_key(set, account);
	json_t *grants = json_object_get(set, "grants");
	json_t *there = json_object_get(grants, account);
	json_t *holders = twin_sub(t->state, "holders");
	json_t *holder = json_object_get(holders, principal);

	json_object_del(there, principal);
	if (json_object_size(there) == 0)
		json_object_del(grants, account);
	json_object_del(holder, pair);
	if (json_object_size(holder) == 0)
		json_object_del(holders, principal);
}

bool idc_assigned(const json_t *set, const char *account, const char *principal)
{
	const json_t *there = json_object_get(json_object_get(set, "grants"), account);

	return json_object_get(there, principal) != NULL;
}

/* A row of listings: new. */
static json_t *assignment_show(const char *arn, const char *account, const char *principal)
{
	const char *id = strchr(principal, '/') + 1;

	return json_pack("{s:s, s:s, s:s%, s:s}", "AccountId", account, "PermissionSetArn", arn,
			 "PrincipalType", principal, (size_t)(id - principal - 1), "PrincipalId",
			 id);
}

static json_t *list(struct twin *t, struct twin_call *c)
{
	const char *account = idc_input(c, "AccountId"), *principal;
	json_t *set = idc_set_named(t, c), *items, *one;

	if (set == NULL)
		return NULL;
	items = json_array();
	json_object_foreach(json_object_get(json_object_get(set, "grants"), account), principal,
			    one)
	{
		json_array_append_new(
		    items, assignment_show(row_str(set, "PermissionSetArn"), account, principal));
	}
	return idc_page(t, c, "AccountAssignments", items, NULL);
}

/* Adds what the principal holds, in this account or ("") in any: "GROUP/ID ps-.../ACCOUNT". */
static void holdings_add(struct twin *t, json_t *items, const char *principal, const char *account)
{
	json_t *one;
	const char *pair;

	json_object_foreach(twin_row(t, "holders", principal), pair, one)
	{
		if (*account == '\0' || strcmp(account, store_id(pair)) == 0)
			json_array_append_new(items, json_sprintf("%s %s", principal, pair));
	}
}

static json_t *holding_show(struct twin *t, json_t *item)
{
	const char *text = json_string_value(item), *pair = strchr(text, ' ') + 1;
	auto_free char *principal = xasprintf("%.*s", (int)(pair - 1 - text), text);
	auto_free char *id = xasprintf("%.*s", (int)strcspn(pair, "/"), pair);
	auto_free char *arn = idc_set_arn(t, id);

	return assignment_show(arn, store_id(pair), principal);
}

static void inherited_add(struct twin *t, json_t *items, const char *user, const char *account)
{
	const char *group;
	json_t *one;

	json_object_foreach(json_object_get(twin_row(t, "identity_users", user), "groups"), group,
			    one)
	{
		auto_free char *holder = xasprintf("GROUP/%s", group);

		holdings_add(t, items, holder, account);
	}
}

/* AWS does not say whether what groups give a user is among it: with the quota of that name set to
 * 1 it is, in rows that name the group. */
static json_t *list_of_principal(struct twin *t, struct twin_call *c)
{
	const char *type = idc_input(c, "PrincipalType"), *id = idc_input(c, "PrincipalId");
	const char *account = row_str(json_object_get(c->input, "Filter"), "AccountId");
	auto_free char *principal = xasprintf("%s/%s", type, id);
	json_t *items;

	if (idc_delegated(t, c))
		return twin_refuse(c, "AccessDeniedException",
				   "This operation can be called from the management account "
				   "only");
	if (!store_has(t, type, id))
		return idc_missing(c, "Principal", id);
	items = json_array();
	holdings_add(t, items, principal, account);
	if (strcmp(type, "USER") == 0 && twin_quota(t, "InheritedAssignments", 0) != 0)
		inherited_add(t, items, id, account);
	return idc_page(t, c, "AccountAssignments", items, holding_show);
}

/* Whether what the account has of the set is what the input asks for. */
static bool version_wanted(const struct twin_call *c, const json_t *set, const json_t *has)
{
	const char *wanted = idc_input(c, "ProvisioningStatus");
	bool latest =
	    json_integer_value(has) == json_integer_value(json_object_get(set, "version"));

	return *wanted == '\0' || latest == (strstr(wanted, "NOT_PROVISIONED") == NULL);
}

static json_t *list_accounts(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_named(t, c), *items, *has;
	const char *account;

	if (set == NULL)
		return NULL;
	items = json_array();
	json_object_foreach(json_object_get(set, "accounts"), account, has)
	{
		if (version_wanted(c, set, has))
			json_array_append_new(items, json_string(account));
	}
	return idc_page(t, c, "AccountIds", items, NULL);
}

static json_t *list_sets(struct twin *t, struct twin_call *c)
{
	const char *account = idc_input(c, "AccountId"), *arn;
	json_t *items = json_array(), *set;

	json_object_foreach(twin_sub(t->state, "permission_sets"), arn, set)
	{
		json_t *has = json_object_get(json_object_get(set, "accounts"), account);

		if (has != NULL && version_wanted(c, set, has))
			json_array_append_new(items, json_string(arn));
	}
	return idc_page(t, c, "PermissionSets", items, NULL);
}

/* The set, where the caller may assign it in the input's account; NULL: refused. */
static json_t *set_to_assign(struct twin *t, struct twin_call *c)
{
	const char *account = idc_input(c, "TargetId");
	json_t *set = idc_set_named(t, c);

	if (set == NULL)
		return NULL;
	if (strcmp(idc_input(c, "TargetType"), "AWS_ACCOUNT") != 0)
		return twin_refuse_as(c, REFUSAL_INVALID, NULL, "TargetType must be AWS_ACCOUNT");
	if (idc_delegated(t, c) && strcmp(account, row_str(t->state, "management")) == 0)
		return twin_refuse(c, "AccessDeniedException",
				   "A delegated administrator cannot manage assignments in the "
				   "management account");
	return idc_job_fits(t, c, set, account) ? set : NULL;
}

/* How many groups have the set in the account. */
static size_t groups_of(const json_t *set, const char *account)
{
	size_t n = 0;
	const char *principal;
	json_t *one;

	json_object_foreach(json_object_get(json_object_get(set, "grants"), account), principal,
			    one)
	{
		n += str_starts(principal, "GROUP/");
	}
	return n;
}

static json_t *create(struct twin *t, struct twin_call *c)
{
	const char *type = idc_input(c, "PrincipalType"), *id = idc_input(c, "PrincipalId");
	const char *account = idc_input(c, "TargetId");
	auto_free char *principal = xasprintf("%s/%s", type, id);
	json_t *set = set_to_assign(t, c);

	if (set == NULL)
		return NULL;
	if (!store_has(t, type, id))
		return idc_missing(c, "Principal", id);
	if (strcmp(type, "GROUP") == 0 && !idc_assigned(set, account, principal) &&
	    !idc_within(t, c, IDC_GROUPS, groups_of(set, account) + 1))
		return NULL;
	return idc_job_start(t, c, "create");
}

/* Also of a principal that is gone. */
static json_t *delete (struct twin *t, struct twin_call *c)
{
	auto_free char *principal =
	    xasprintf("%s/%s", idc_input(c, "PrincipalType"), idc_input(c, "PrincipalId"));
	json_t *set = set_to_assign(t, c);

	if (set == NULL)
		return NULL;
	if (!idc_assigned(set, idc_input(c, "TargetId"), principal))
		return idc_missing(c, "Assignment", principal);
	return idc_job_start(t, c, "delete");
}

#define ASSIGNMENT "InstanceArn TargetId TargetType PermissionSetArn PrincipalType PrincipalId"
static const struct twin_op ops_of_assignments[] = {
    IDC_READ("ListAccountAssignments", list, "InstanceArn AccountId PermissionSetArn"),
    IDC_READ("ListAccountAssignmentsForPrincipal", list_of_principal,
	     "InstanceArn PrincipalId PrincipalType"),
    IDC_READ("ListAccountsForProvisionedPermissionSet", list_accounts,
	     "InstanceArn PermissionSetArn"),
    IDC_READ("ListPermissionSetsProvisionedToAccount", list_sets, "InstanceArn AccountId"),
    IDC_WRITE("CreateAccountAssignment", create, ASSIGNMENT),
    IDC_WRITE("DeleteAccountAssignment", delete, ASSIGNMENT),
};
const struct twin_service twin_sso_assignment_ops = {SERVICE_SSO_ADMIN, ops_of_assignments,
						     sizeof ops_of_assignments /
							 sizeof ops_of_assignments[0]};
