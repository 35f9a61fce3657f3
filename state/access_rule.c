#include "state/access_rule.h"

#include <string.h>

/* What AWS makes in every account that an organization creates (Organizations User Guide,
 * "Accessing a member account that has OrganizationAccountAccessRole"). */
#define ACCESS_ROLE "OrganizationAccountAccessRole"

const struct access_rule *access_rule(const struct settings *s, const char *name)
{
	for (size_t i = 0; s && name && i < s->access.n; i++)
		if (text_is(s->access.at[i].account, name))
			return &s->access.at[i];
	return NULL;
}

bool access_rule_skips(const struct access_rule *rule, int64_t now_us)
{
	return rule && rule->skip && now_us <= rule->until_us;
}

const char *access_rule_name(const struct text *declared, const struct resource *live)
{
	if (declared)
		return declared->s;
	/* The time of its creation is known of what the organization made. */
	return live && !live->created ? "" : NULL;
}

bool access_role_is_in(const char *arn, const char *id)
{
	const char *account = strstr(arn, ":iam::");
	size_t len = strlen(id);

	if (!account)
		return false;
	account += strlen(":iam::");
	return strncmp(account, id, len) == 0 && str_starts(account + len, ":role/");
}

const char *access_rule_arn(struct arena *arena, const struct settings *s,
			    const struct text *partition, const char *name, const char *id)
{
	const struct access_rule *rule = access_rule(s, name);
	const char *role = ACCESS_ROLE;

	if (rule && rule->role)
		role = rule->role->s;
	else if (s && s->access_role && name)
		role = s->access_role->s;
	if (str_starts(role, "arn:"))
		return role;
	return arena_printf(arena, "arn:%s:iam::%s:role/%s", partition ? partition->s : "aws", id,
			    role);
}
