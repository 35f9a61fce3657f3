/* IAM Identity Center of a saved state: that its rows refer to each other, and hold what handlers
 * take for granted. */
#include "aws/twin/load_priv.h"

#include "aws/twin/sso_priv.h"

#include <stdlib.h>
#include <string.h>

static int memberships_check(const struct load_check *c)
{
	const json_t *memberships = json_object_get(c->state, "memberships");
	const char *id, *user;
	json_t *group, *membership;

	json_object_foreach((json_t *)json_object_get(c->state, "identity_groups"), id, group)
	{
		json_object_foreach(json_object_get(group, "members"), user, membership)
		{
			const json_t *row =
			    json_object_get(json_object_get(c->state, "identity_users"), user);
			auto_free char *pair = xasprintf("%s/%s", id, user);

			if (json_object_get(json_object_get(row, "groups"), id) == NULL ||
			    strcmp(row_str(memberships, json_string_value(membership)), pair) != 0)
				return load_state_bad(c, "%.100s is no member of %.100s both ways",
						      user, id);
		}
	}
	json_object_foreach((json_t *)json_object_get(c->state, "identity_users"), user, group)
	{
		json_object_foreach(json_object_get(group, "groups"), id, membership)
		{
			const json_t *row =
			    json_object_get(json_object_get(c->state, "identity_groups"), id);

			if (json_object_get(json_object_get(row, "members"), user) == NULL)
				return load_state_bad(c, "%.100s is no member of %.100s both ways",
						      user, id);
		}
	}
	return 0;
}

/* ARNs, and policies of the forms that replies cut into parts. */
static int set_check(const struct load_check *c, const char *arn, const json_t *set)
{
	const char *policy, *account, *principal, *boundary = row_str(set, "boundary");
	json_t *one, *there;

	if (strcmp(row_str(set, "PermissionSetArn"), arn) != 0 || strchr(arn, '/') == NULL)
		return load_state_bad(c, "permission_sets: %.200s has another ARN", arn);
	json_object_foreach(json_object_get(set, "managed"), policy, one)
	{
		if (strchr(policy, '/') == NULL)
			return load_state_bad(c, "permission_sets: %.200s is no ARN of a policy",
					      policy);
	}
	json_object_foreach(json_object_get(set, "customer"), policy, one)
	{
		if (*policy != '/')
			return load_state_bad(c, "permission_sets: %.200s is no path of a policy",
					      policy);
	}
	if (*boundary != '\0' && strchr(boundary, '/') == NULL)
		return load_state_bad(c, "permission_sets: the boundary of %.200s is none", arn);
	json_object_foreach(json_object_get(set, "grants"), account, there)
	{
		json_object_foreach(there, principal, one)
		{
			if (strchr(principal, '/') == NULL)
				return load_state_bad(c, "permission_sets: %.200s is no principal",
						      principal);
		}
	}
	return 0;
}

/* "ps-.../ACCOUNT" each. */
static int holder_check(const struct load_check *c, const char *principal, const json_t *pairs)
{
	const char *pair;
	json_t *one;

	json_object_foreach((json_t *)pairs, pair, one)
	{
		if (strchr(pair, '/') == NULL || strchr(principal, '/') == NULL)
			return load_state_bad(c, "holders: %.200s is no assignment", pair);
	}
	return 0;
}

static int job_check(const struct load_check *c, const char *id, const json_t *job)
{
	return idc_job_known(job) ? 0
				  : load_state_bad(c, "identity_jobs: %.100s is of no kind", id);
}

int load_state_identity(const struct load_check *c)
{
	const json_t *instance = json_object_get(c->state, "identity");

	if (json_object_size(instance) > 0 &&
	    (strchr(row_str(instance, "InstanceArn"), '/') == NULL ||
	     *row_str(instance, "IdentityStoreId") == '\0'))
		return load_state_bad(c, "`identity` has no ARN or no store");
	if (memberships_check(c) != 0 || load_state_each(c, "permission_sets", set_check) != 0 ||
	    load_state_each(c, "holders", holder_check) != 0)
		return -1;
	return load_state_each(c, "identity_jobs", job_check);
}
