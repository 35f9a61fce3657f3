/* What an account of the twin's IAM has once: its summary, its alias and its password policy. */
#include "aws/twin/iam_priv.h"

#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What the summary counts: the rows of tables, and their policies' versions. */
static void summary_count(struct twin *t, const char *account, json_t *map)
{
	static const struct {
		const char *name, *table;
	} tables[] = {
	    {"Users", "users"},
	    {"Groups", "groups"},
	    {"Roles", "roles"},
	    {"Policies", "policies"},
	    {"InstanceProfiles", "profiles"},
	    {"MFADevices", "devices"},
	    {"Providers", "providers"},
	};
	json_int_t versions = 0, devices = 0;
	const char *key;
	json_t *row;
	size_t i;

	for (i = 0; i < sizeof tables / sizeof tables[0]; i++)
		json_object_set_new(map, tables[i].name,
				    json_integer((json_int_t)json_object_size(
					iam_table(t, account, tables[i].table))));
	json_object_foreach(iam_table(t, account, "policies"), key, row)
	{
		versions += (json_int_t)json_object_size(json_object_get(row, "versions"));
	}
	json_object_foreach(iam_table(t, account, "users"), key, row)
	{
		devices += (json_int_t)json_object_size(json_object_get(row, "mfa"));
	}
	json_object_set_new(map, "PolicyVersionsInUse", json_integer(versions));
	json_object_set_new(map, "MFADevicesInUse", json_integer(devices));
}

static json_t *summary_get(struct twin *t, struct twin_call *c)
{
	static const struct {
		const char *name;
		int value;
	} others[] = {
	    {"AccountAccessKeysPresent", 0},
	    {"AccountMFAEnabled", 1},
	    {"AccountPasswordPresent", 1},
	    {"AccountSigningCertificatesPresent", 0},
	    {"GlobalEndpointTokenVersion", 1},
	    {"PolicyVersionsInUseQuota", 10000},
	    {"ServerCertificates", 0},
	    {"ServerCertificatesQuota", 20},
	    {"SigningCertificatesPerUserQuota", 2},
	};
	json_t *map = json_object();
	size_t i;

	summary_count(t, c->account, map);
	for (i = 0; i < IAM_QUOTAS; i++)
		json_object_set_new(map, iam_quotas[i].name,
				    json_integer(iam_quota(t, (enum iam_quota)i)));
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		json_object_set_new(map, others[i].name, json_integer(others[i].value));
	return json_pack("{s:o}", "SummaryMap", map);
}

static bool alias_character(unsigned char ch)
{
	return islower(ch) || isdigit(ch) || ch == '-';
}

static bool alias_valid(struct twin_call *c)
{
	const char *alias = row_str(c->input, "AccountAlias");

	if (!check_text(c, "AccountAlias", 3, 63, alias_character))
		return false;
	if (*alias != '-' && !str_ends(alias, "-") && strstr(alias, "--") == NULL)
		return true;
	twin_refuse(c, "ValidationError",
		    "1 validation error detected: Value at 'accountAlias' failed to satisfy "
		    "constraint: Member must satisfy regular expression pattern: "
		    "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$");
	return false;
}

/* Aliases are unique among all accounts; one account has one, and a new one replaces it. */
static json_t *alias_create(struct twin *t, struct twin_call *c)
{
	const char *alias = row_str(c->input, "AccountAlias"), *account;
	json_t *iam;

	if (!alias_valid(c))
		return NULL;
	json_object_foreach(twin_table(t, "iam"), account, iam)
	{
		if (strcmp(row_str(iam, "alias"), alias) == 0)
			return twin_refuse(c, "EntityAlreadyExists",
					   "The account alias %s already exists.", alias);
	}
	twin_set_str(iam_of_account(t, c->account), "alias", alias);
	return json_object();
}

static json_t *alias_delete(struct twin *t, struct twin_call *c)
{
	const char *alias = row_str(c->input, "AccountAlias");
	json_t *iam = iam_of_account(t, c->account);

	if (!alias_valid(c))
		return NULL;
	if (strcmp(row_str(iam, "alias"), alias) != 0)
		return twin_refuse(c, "NoSuchEntity", "The account alias %s cannot be found.",
				   alias);
	json_object_del(iam, "alias");
	return json_object();
}

static json_t *alias_list(struct twin *t, struct twin_call *c)
{
	const char *alias = row_str(iam_of_account(t, c->account), "alias");
	json_t *list = json_array();

	if (*alias != '\0')
		json_array_append_new(list, json_string(alias));
	return iam_page(t, c, "AccountAliases", NULL, list);
}

/* The members of a password policy, their ranges, and what they are when they are left out. */
static const struct password_rule {
	const char *name;
	int least, most; /* of a number; 0, 0: yes or no */
	int standard;    /* 0 of a number: it is not shown */
} password_rules[] = {
    {"MinimumPasswordLength", 6, 128, 6},
    {"RequireSymbols", 0, 0, 0},
    {"RequireNumbers", 0, 0, 0},
    {"RequireUppercaseCharacters", 0, 0, 0},
    {"RequireLowercaseCharacters", 0, 0, 0},
    {"AllowUsersToChangePassword", 0, 0, 0},
    {"MaxPasswordAge", 1, 1095, 0},
    {"PasswordReusePrevention", 1, 24, 0},
    {"HardExpiry", 0, 0, 0},
};
#define PASSWORD_RULES (sizeof password_rules / sizeof password_rules[0])

/* The value that the input gives the rule, new; NULL: refused. `value` of a number that is left
 * out is JSON's null. */
static json_t *rule_value(struct twin_call *c, const struct password_rule *rule)
{
	int64_t n = input_number(c->input, rule->name);

	if (rule->most == 0)
		return json_boolean(input_true(c->input, rule->name));
	if (json_object_get(c->input, rule->name) == NULL)
		return rule->standard > 0 ? json_integer(rule->standard) : json_null();
	if (n >= rule->least && n <= rule->most)
		return json_integer(n);
	return twin_refuse(c, "ValidationError",
			   "1 validation error detected: Value at '%s' failed to satisfy "
			   "constraint: Member must have value between %d and %d",
			   rule->name, rule->least, rule->most);
}

/* What is left out gets its default, whatever it was before. */
static json_t *password_update(struct twin *t, struct twin_call *c)
{
	json_auto_t *policy = json_object();
	json_t *value;
	size_t i;

	for (i = 0; i < PASSWORD_RULES; i++) {
		value = rule_value(c, &password_rules[i]);
		if (value == NULL)
			return NULL;
		if (json_is_null(value))
			json_decref(value);
		else
			json_object_set_new(policy, password_rules[i].name, value);
	}
	json_object_set(iam_of_account(t, c->account), "password", policy);
	return json_object();
}

static json_t *refuse_password(struct twin_call *c)
{
	return twin_refuse(c, "NoSuchEntity",
			   "The Password Policy with domain name %s cannot be found.", c->account);
}

static json_t *password_get(struct twin *t, struct twin_call *c)
{
	json_t *policy = json_object_get(iam_of_account(t, c->account), "password"), *shown;
	bool expires = json_object_get(policy, "MaxPasswordAge") != NULL;

	if (policy == NULL)
		return refuse_password(c);
	shown = json_copy(policy);
	json_object_set_new(shown, "ExpirePasswords", json_boolean(expires));
	return json_pack("{s:o}", "PasswordPolicy", shown);
}

static json_t *password_delete(struct twin *t, struct twin_call *c)
{
	if (json_object_del(iam_of_account(t, c->account), "password") != 0)
		return refuse_password(c);
	return json_object();
}

void iam_password_set(struct twin *t, const char *account, const char *name, const char *text)
{
	json_t *policy = twin_sub(iam_of_account(t, account), "password"), *value;
	const struct password_rule *rule;
	size_t i;

	for (i = 0; i < PASSWORD_RULES; i++) {
		rule = &password_rules[i];
		value = json_object_get(policy, rule->name);
		if (strcmp(rule->name, name) == 0)
			value = rule->most > 0 ? json_integer(strtol(text, NULL, 10))
					       : json_boolean(strcmp(text, "true") == 0);
		else if (value != NULL || (rule->most > 0 && rule->standard == 0))
			continue;
		else
			value = rule->most > 0 ? json_integer(rule->standard) : json_false();
		json_object_set_new(policy, rule->name, value);
	}
}

/* How many of the kinds of characters are in it, and whether each is that is required. */
static bool password_fits(const json_t *policy, const char *password)
{
	static const char symbols[] = "!@#$%^&*()_+-=[]{}|'";
	size_t kinds[4] = {0}, length = strlen(password), i;
	const char *p;

	for (p = password; *p != '\0'; p++) {
		kinds[0] += isupper((unsigned char)*p) != 0;
		kinds[1] += islower((unsigned char)*p) != 0;
		kinds[2] += isdigit((unsigned char)*p) != 0;
		kinds[3] += strchr(symbols, *p) != NULL;
	}
	if (policy == NULL) {
		/* AWS's own, where an account has none. */
		for (i = 0; i < 4; i++)
			kinds[i] = kinds[i] > 0;
		return length >= 8 && kinds[0] + kinds[1] + kinds[2] + kinds[3] >= 3;
	}
	for (i = 0; i < 4; i++) {
		static const char *const rules[] = {"RequireUppercaseCharacters",
						    "RequireLowercaseCharacters", "RequireNumbers",
						    "RequireSymbols"};

		if (kinds[i] == 0 && json_is_true(json_object_get(policy, rules[i])))
			return false;
	}
	return (json_int_t)length >=
	       json_integer_value(json_object_get(policy, "MinimumPasswordLength"));
}

bool iam_password_valid(struct twin *t, struct twin_call *c)
{
	const char *password = row_str(c->input, "Password");

	if (!check_text(c, "Password", 1, 128, NULL))
		return false;
	if (json_object_get(c->input, "Password") == NULL ||
	    password_fits(json_object_get(iam_of_account(t, c->account), "password"), password))
		return true;
	twin_refuse(c, "PasswordPolicyViolation",
		    "Password does not conform to the account password policy.");
	return false;
}

static const struct twin_op settings_ops[] = {
    IAM_READ("GetAccountSummary", summary_get, NULL),
    IAM_WRITE("CreateAccountAlias", alias_create, "AccountAlias"),
    IAM_WRITE("DeleteAccountAlias", alias_delete, "AccountAlias"),
    IAM_READ("ListAccountAliases", alias_list, NULL),
    IAM_WRITE("UpdateAccountPasswordPolicy", password_update, NULL),
    IAM_READ("GetAccountPasswordPolicy", password_get, NULL),
    IAM_WRITE("DeleteAccountPasswordPolicy", password_delete, NULL),
};
const struct twin_service twin_iam_settings_ops = {SERVICE_IAM, settings_ops,
						   sizeof settings_ops / sizeof settings_ops[0]};
