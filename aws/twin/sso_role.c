/* The role that a permission set has in an account to which it is assigned. */
#include "aws/twin/sso_priv.h"

#include <stdlib.h>
#include <string.h>

#define PATH         "/aws-reserved/sso.amazonaws.com/"
#define INLINE       "AwsSSOInlinePolicy"
#define TWELVE_HOURS 43200 /* seconds; sessions are bounded by the set, not by the role */

static char *role_name(const json_t *set, const char *account)
{
	char hex[IDC_HEX];

	idc_hex(row_str(set, "PermissionSetArn"), account, hex);
	return xasprintf("AWSReservedSSO_%s_%s", row_str(set, "Name"), hex);
}

static char *role_trust(struct twin *t, const char *account)
{
	char hex[IDC_HEX];

	idc_hex(row_str(idc_instance(t), "InstanceArn"), account, hex);
	return xasprintf("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			 "\"Principal\":{\"Federated\":\"arn:%s:iam::%s:saml-provider/"
			 "AWSSSO_%s_DO_NOT_DELETE\"},\"Action\":[\"sts:AssumeRoleWithSAML\","
			 "\"sts:TagSession\"],\"Condition\":{\"StringEquals\":{\"SAML:aud\":"
			 "\"https://signin.aws.amazon.com/saml\"}}}]}",
			 row_str(t->state, "partition"), account, hex);
}

/* The ARN in the account of an ARN or "/path/NAME"; the caller frees it. */
static char *policy_arn(const struct twin *t, const char *account, const char *policy)
{
	if (*policy != '/')
		return xstrdup(policy);
	return xasprintf("arn:%s:iam::%s:policy%s", row_str(t->state, "partition"), account,
			 policy);
}

/* Why AWS refuses a policy that the account does not have; NULL: it has it. */
static char *policy_lacks(struct twin *t, const char *account, const char *policy)
{
	auto_free char *arn = policy_arn(t, account, policy);

	if (*policy != '/' || iam_row(t, account, "policies", arn) != NULL)
		return NULL;
	return xasprintf("Received a 404 status error: Policy %s does not exist or is not "
			 "attachable.",
			 arn);
}

static char *policies_lack(struct twin *t, const json_t *set, const char *account)
{
	const char *key;
	char *lacks;
	json_t *one;

	json_object_foreach(json_object_get(set, "customer"), key, one)
	{
		if ((lacks = policy_lacks(t, account, key)) != NULL)
			return lacks;
	}
	return policy_lacks(t, account, row_str(set, "boundary"));
}

/* CloudTrail has what Identity Center does in an account. */
static void role_record(struct twin *t, const char *account, const char *call, const char *name)
{
	trail_record_service(t, account, "sso.amazonaws.com", "iam", call,
			     json_pack("{s:s, s:s}", "roleName", name, "path", PATH));
}

static json_t *role_find(struct twin *t, const json_t *set, const char *account)
{
	auto_free char *name = role_name(set, account), *trust = NULL;
	json_t *role = iam_row(t, account, "roles", name);

	if (role != NULL)
		return role;
	trust = role_trust(t, account);
	role = iam_role_new(t, account, PATH, name, trust);
	json_object_set_new(role, "MaxSessionDuration", json_integer(TWELVE_HOURS));
	role_record(t, account, "CreateRole", name);
	return role;
}

static void role_fill(struct twin *t, json_t *role, const json_t *set, const char *account)
{
	const char *key, *boundary = row_str(set, "boundary");
	json_t *managed = json_object(), *one;

	json_object_foreach(json_object_get(set, "managed"), key, one)
	{
		json_object_set_new(managed, key, json_integer(1));
	}
	json_object_foreach(json_object_get(set, "customer"), key, one)
	{
		auto_free char *arn = policy_arn(t, account, key);

		json_object_set_new(managed, arn, json_integer(1));
	}
	json_object_set_new(role, "managed", managed);
	json_object_del(role, "inline");
	json_object_del(role, "boundary");
	if (*row_str(set, "inline") != '\0')
		twin_set_str(twin_sub(role, "inline"), INLINE, row_str(set, "inline"));
	if (*boundary != '\0') {
		auto_free char *arn = policy_arn(t, account, boundary);

		twin_set_str(role, "boundary", arn);
	}
	if (*row_str(set, "Description") != '\0')
		twin_set_str(role, "Description", row_str(set, "Description"));
}

char *idc_role_provision(struct twin *t, json_t *set, const char *account)
{
	char *lacks = policies_lack(t, set, account);

	if (lacks != NULL)
		return lacks;
	role_fill(t, role_find(t, set, account), set, account);
	json_object_set(twin_sub(set, "accounts"), account, json_object_get(set, "version"));
	return NULL;
}

void idc_role_remove(struct twin *t, const json_t *set, const char *account)
{
	auto_free char *name = role_name(set, account), *key = iam_key(name);

	if (json_object_del(iam_table(t, account, "roles"), key) == 0)
		role_record(t, account, "DeleteRole", name);
	json_object_del(json_object_get(set, "accounts"), account);
}
