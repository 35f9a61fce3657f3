/* IAM of the twin's accounts: kinds, quotas, rows, and what AWS puts into every account. */
#include "aws/twin/iam_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* AWS's defaults, as the shared facts have them: IAM and STS quotas, and GetAccountSummary. */
const struct iam_quota_row iam_quotas[IAM_QUOTAS] = {
    [IAM_USERS] = {"UsersQuota", "UsersPerAccount", 5000},
    [IAM_GROUPS] = {"GroupsQuota", "GroupsPerAccount", 300},
    [IAM_ROLES] = {"RolesQuota", "RolesPerAccount", 1000},
    [IAM_POLICIES] = {"PoliciesQuota", "PoliciesPerAccount", 1500},
    [IAM_GROUPS_PER_USER] = {"GroupsPerUserQuota", "GroupsPerUser", 10},
    [IAM_ATTACHED_USER] = {"AttachedPoliciesPerUserQuota", "PoliciesPerUser", 10},
    [IAM_ATTACHED_GROUP] = {"AttachedPoliciesPerGroupQuota", "PoliciesPerGroup", 10},
    [IAM_ATTACHED_ROLE] = {"AttachedPoliciesPerRoleQuota", "PoliciesPerRole", 10},
    [IAM_INLINE_USER] = {"UserPolicySizeQuota", "UserPolicySize", 2048},
    [IAM_INLINE_GROUP] = {"GroupPolicySizeQuota", "GroupPolicySize", 5120},
    [IAM_INLINE_ROLE] = {"RolePolicySizeQuota", "RolePolicySize", 10240},
    [IAM_POLICY_SIZE] = {"PolicySizeQuota", "PolicySize", 6144},
    [IAM_TRUST_SIZE] = {"AssumeRolePolicySizeQuota", "ACLSizePerRole", 2048},
    [IAM_VERSIONS] = {"VersionsPerPolicyQuota", "VersionsPerPolicy", 5},
    [IAM_ACCESS_KEYS] = {"AccessKeysPerUserQuota", "AccessKeysPerUser", 2},
    [IAM_PROFILES] = {"InstanceProfilesQuota", "InstanceProfilesPerAccount", 1000},
};

const struct iam_kind iam_user = {
    .table = "users",
    .noun = "user",
    .member = "User",
    .name = "UserName",
    .id = "UserId",
    .unique = "AIDA",
    .inline_list = "UserPolicyList",
    .listed = "Path UserName UserId Arn CreateDate PasswordLastUsed",
    .name_max = 64,
    .count = IAM_USERS,
    .attached = IAM_ATTACHED_USER,
    .inlines = IAM_INLINE_USER,
};
const struct iam_kind iam_group = {
    .table = "groups",
    .noun = "group",
    .member = "Group",
    .name = "GroupName",
    .id = "GroupId",
    .unique = "AGPA",
    .inline_list = "GroupPolicyList",
    .listed = "Path GroupName GroupId Arn CreateDate",
    .name_max = 128,
    .count = IAM_GROUPS,
    .attached = IAM_ATTACHED_GROUP,
    .inlines = IAM_INLINE_GROUP,
};
const struct iam_kind iam_role = {
    .table = "roles",
    .noun = "role",
    .member = "Role",
    .name = "RoleName",
    .id = "RoleId",
    .unique = "AROA",
    .inline_list = "RolePolicyList",
    .listed = "Path RoleName RoleId Arn CreateDate AssumeRolePolicyDocument Description "
	      "MaxSessionDuration",
    .name_max = 64,
    .count = IAM_ROLES,
    .attached = IAM_ATTACHED_ROLE,
    .inlines = IAM_INLINE_ROLE,
};

const struct iam_kind *iam_kind_of(const struct twin_call *c)
{
	static const struct iam_kind *const kinds[] = {&iam_user, &iam_group, &iam_role,
						       &iam_profile};
	const char *needs = c->op->needs;
	size_t i, len;

	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		len = strlen(kinds[i]->name);
		if (strncmp(needs, kinds[i]->name, len) == 0)
			return kinds[i];
	}
	die_assertion("an operation on a user, group or role", __FILE__, __LINE__);
}

int64_t iam_quota(const struct twin *t, enum iam_quota quota)
{
	return twin_quota(t, iam_quotas[quota].name, iam_quotas[quota].standard);
}

bool iam_within(const struct twin *t, struct twin_call *c, enum iam_quota quota, size_t wanted)
{
	int64_t most = iam_quota(t, quota);

	if ((int64_t)wanted <= most)
		return true;
	twin_refuse(c, "LimitExceeded", "Cannot exceed quota for %s: %lld", iam_quotas[quota].word,
		    (long long)most);
	return false;
}

void iam_time(const struct twin *t, char out[TIME_RFC3339])
{
	time_rfc3339(t->options.clock->now_us(t->options.clock), out);
}

char *iam_key(const char *name)
{
	char *key = xstrdup(name), *p;

	for (p = key; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return key;
}

char *iam_arn(const struct twin *t, const char *account, const char *noun, const char *path,
	      const char *name)
{
	return xasprintf("arn:%s:iam::%s:%s%s%s", row_str(t->state, "partition"), account, noun,
			 path, name);
}

void iam_account_of(const char *arn, char out[ACCOUNT_ID])
{
	size_t len;
	int i;

	for (i = 0; i < 4 && arn != NULL; i++) {
		arn = strchr(arn, ':');
		arn = arn == NULL ? NULL : arn + 1;
	}
	len = arn == NULL ? 0 : strcspn(arn, ":");
	if (len >= ACCOUNT_ID)
		len = 0;
	memcpy(out, arn == NULL ? "" : arn, len);
	out[len] = '\0';
}

void iam_unique(struct twin *t, const char *prefix, char out[TWIN_ID])
{
	twin_id(t, out, prefix, 17);
}

json_t *iam_table(struct twin *t, const char *account, const char *name)
{
	return twin_sub(iam_of_account(t, account), name);
}

json_t *iam_row(struct twin *t, const char *account, const char *table, const char *name)
{
	bool by_arn = strcmp(table, "policies") == 0 || strcmp(table, "providers") == 0;
	auto_free char *key = by_arn ? xstrdup(name) : iam_key(name);

	return json_object_get(iam_table(t, account, table), key);
}

static json_t *row_new(struct twin *t, const char *account, const struct iam_kind *kind,
		       const char *path, const char *name, json_t *table, const char *id)
{
	auto_free char *key = iam_key(name);
	auto_free char *arn = iam_arn(t, account, kind->noun, path != NULL ? path : "/", name);
	char now[TIME_RFC3339];
	json_t *row = json_object();

	iam_time(t, now);
	twin_set_str(row, "Path", path != NULL ? path : "/");
	twin_set_str(row, kind->name, name);
	twin_set_str(row, kind->id, id);
	twin_set_str(row, "Arn", arn);
	twin_set_str(row, "CreateDate", now);
	json_object_set_new(table, key, row);
	return row;
}

json_t *iam_row_new(struct twin *t, const char *account, const struct iam_kind *kind,
		    const char *path, const char *name)
{
	json_t *table = iam_table(t, account, kind->table);
	char id[TWIN_ID];

	iam_unique(t, kind->unique, id);
	return row_new(t, account, kind, path, name, table, id);
}

json_t *iam_user_new(struct twin *t, const char *account, const char *path, const char *name)
{
	return iam_row_new(t, account, &iam_user, path, name);
}

json_t *iam_group_new(struct twin *t, const char *account, const char *path, const char *name)
{
	return iam_row_new(t, account, &iam_group, path, name);
}

static void role_fill(json_t *role, const char *trust)
{
	twin_set_str(role, "AssumeRolePolicyDocument", trust);
	json_object_set_new(role, "MaxSessionDuration", json_integer(3600));
}

json_t *iam_role_new(struct twin *t, const char *account, const char *path, const char *name,
		     const char *trust)
{
	json_t *role = iam_row_new(t, account, &iam_role, path, name);

	role_fill(role, trust);
	return role;
}

/* What AWS makes by itself appears when the account is looked at first, so its ids and dates may
 * not depend on when that is: they follow from the account. */
static json_t *role_of_aws(struct twin *t, const char *account, json_t *roles, const char *path,
			   const char *name, const char *trust)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const json_t *joined = json_object_get(twin_row(t, "accounts", account), "JoinedTimestamp");
	auto_free char *what = xasprintf("%s %s", account, name);
	unsigned char sum[SHA256_BYTES];
	char id[4 + 17 + 1] = "AROA", date[TIME_RFC3339];
	json_t *role;
	size_t i;

	sha256(what, strlen(what), sum);
	for (i = 4; i < sizeof id - 1; i++)
		id[i] = letters[sum[i] % 32];
	role = row_new(t, account, &iam_role, path, name, roles, id);
	role_fill(role, trust);
	if (json_is_number(joined)) {
		time_rfc3339((int64_t)(json_number_value(joined) * 1e6), date);
		twin_set_str(role, "CreateDate", date);
	}
	return role;
}

static void service_role(struct twin *t, const char *account, json_t *roles, const char *service,
			 const char *name)
{
	auto_free char *path = xasprintf("/aws-service-role/%s.amazonaws.com/", service);
	auto_free char *trust = xasprintf(
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	    "{\"Service\":\"%s.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}",
	    service);

	role_of_aws(t, account, roles, path, name, trust);
}

json_t *iam_of_account(struct twin *t, const char *account)
{
	static const char *const tables[] = {"users", "groups", "roles", "policies"};
	json_t *iam = twin_sub(twin_table(t, "iam"), account), *roles = twin_sub(iam, "roles");
	size_t i;

	if (json_object_get(iam, "users") == NULL) {
		for (i = 0; i < sizeof tables / sizeof tables[0]; i++)
			twin_sub(iam, tables[i]);
		if (json_object_get(iam, "read") != NULL)
			return iam;
		service_role(t, account, roles, "support", "AWSServiceRoleForSupport");
		service_role(t, account, roles, "trustedadvisor",
			     "AWSServiceRoleForTrustedAdvisor");
	}
	if (json_object_get(iam, "read") == NULL &&
	    json_object_get(roles, "awsservicerolefororganizations") == NULL &&
	    twin_has_organization(t) && twin_row(t, "accounts", account) != NULL)
		service_role(t, account, roles, "organizations", "AWSServiceRoleForOrganizations");
	return iam;
}

/* Of accounts that nobody looks at there may be thousands: they get this role alone. */
void iam_access_role(struct twin *t, const char *account, const char *role)
{
	const char *name = role != NULL && *role != '\0' ? role : "OrganizationAccountAccessRole";
	const char *partition = row_str(t->state, "partition");
	auto_free char *trust = xasprintf(
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	    "{\"AWS\":\"arn:%s:iam::%s:root\"},\"Action\":\"sts:AssumeRole\"}]}",
	    partition, row_str(t->state, "management"));
	auto_free char *administrator =
	    xasprintf("arn:%s:iam::aws:policy/AdministratorAccess", partition);
	json_t *roles = twin_sub(twin_sub(twin_table(t, "iam"), account), "roles");
	auto_free char *key = iam_key(name);
	json_t *row;

	if (json_object_get(roles, key) != NULL)
		return;
	row = role_of_aws(t, account, roles, "/", name, trust);
	json_object_set_new(twin_sub(row, "managed"), administrator, json_integer(1));
}

/* How many rows of a table use the policy. */
static unsigned table_uses(json_t *table, const char *arn, bool boundary)
{
	unsigned n = 0;
	const char *key;
	json_t *row;

	json_object_foreach(table, key, row)
	{
		if (boundary)
			n += strcmp(row_str(row, "boundary"), arn) == 0;
		else
			n += json_object_get(json_object_get(row, "managed"), arn) != NULL;
	}
	return n;
}

unsigned iam_policy_uses(struct twin *t, const char *account, const char *arn, bool boundary)
{
	return table_uses(iam_table(t, account, "users"), arn, boundary) +
	       table_uses(iam_table(t, account, "groups"), arn, boundary) +
	       table_uses(iam_table(t, account, "roles"), arn, boundary);
}
