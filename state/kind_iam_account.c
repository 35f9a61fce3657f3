/* What an account has once in IAM, and its OIDC providers. */
#include "state/kind_iam.h"

#include <stdlib.h>
#include <string.h>

#define URL_SCHEME "https://"
/* IAM: Url of CreateOpenIDConnectProvider, 255 with its scheme; ClientIDList, 255 each. */
#define URL_MAX        (255 - sizeof(URL_SCHEME) + 1)
#define CLIENT_ID_MAX  255
#define THUMBPRINT_LEN 40
#define ALIAS_MIN      3
#define ALIAS_MAX      63

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool host_is_fine(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_lower_alnum(s[i]) && s[i] != '-' && s[i] != '.')
			return false;
	}
	return len > 0 && s[0] != '.' && s[len - 1] != '.' && memchr(s, '.', len) != NULL;
}

/* What stands after https:// of the issuer. */
static const char *valid_oidc_url(const char *s, size_t len)
{
	const char *slash = memchr(s, '/', len);
	size_t host = slash == NULL ? len : (size_t)(slash - s);

	if (memmem(s, len, "://", 3) != NULL)
		return "is written without `https://`: host and path, as "
		       "token.actions.githubusercontent.com";
	if (memchr(s, ':', host) != NULL)
		return "may have no port";
	if (!host_is_fine(s, host))
		return "must begin with a host name in lower case, as "
		       "token.actions.githubusercontent.com";
	for (size_t i = host; i < len; i++) {
		if (s[i] <= ' ' || s[i] > '~' || strchr("?#\"\\<>", s[i]) != NULL)
			return "may hold only a host and a path, no spaces, no query";
	}
	if (s[len - 1] == '/' || memmem(s, len, "//", 2) != NULL)
		return "may hold no `//` and no `/` at its end";
	return NULL;
}

static const char *valid_client_id(const char *s, size_t len)
{
	if (len == 0 || len > CLIENT_ID_MAX)
		return "must have 1 to 255 characters";
	return valid_line(s, len);
}

static const char *valid_thumbprint(const char *s, size_t len)
{
	if (len == THUMBPRINT_LEN && strspn(s, "0123456789abcdef") == len)
		return NULL;
	return "must be the 40 digits of a SHA-1 sum, in lower-case hex";
}

/* ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$, or empty: none. */
static const char *valid_alias(const char *s, size_t len)
{
	bool digits = true;

	if (len == 0)
		return NULL;
	if (len < ALIAS_MIN)
		return "must have at least 3 characters, or none to have no alias";
	for (size_t i = 0; i < len; i++) {
		if (!is_lower_alnum(s[i]) && s[i] != '-')
			return "may hold only lower-case letters, digits and -";
		digits = digits && s[i] >= '0' && s[i] <= '9';
	}
	if (s[0] == '-' || s[len - 1] == '-' || memmem(s, len, "--", 2) != NULL)
		return "may hold no `--` and no `-` at its ends";
	return digits && len == 12 ? "may not look like an account id" : NULL;
}

static const char switch_rule[] = "must be true or false";

/* IAM: UpdateAccountPasswordPolicy. */
const struct password_key password_keys[] = {
    {"minimum_length", 6, 128, "must be a number from 6 to 128", "6"},
    {"require_symbols", 0, 0, switch_rule, "false"},
    {"require_numbers", 0, 0, switch_rule, "false"},
    {"require_uppercase", 0, 0, switch_rule, "false"},
    {"require_lowercase", 0, 0, switch_rule, "false"},
    {"allow_users_to_change", 0, 0, switch_rule, "false"},
    {"max_age_days", 1, 1095, "must be a number from 1 to 1095", NULL},
    {"reuse_prevention", 1, 24, "must be a number from 1 to 24", NULL},
    {"hard_expiry", 0, 0, switch_rule, "false"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct password_key *password_key_find(const char *s, size_t len)
{
	for (const struct password_key *key = password_keys; key->name != NULL; key++) {
		if (strlen(key->name) == len && memcmp(key->name, s, len) == 0)
			return key;
	}
	return NULL;
}

static const char *valid_password_key(const char *s, size_t len)
{
	if (password_key_find(s, len) != NULL)
		return NULL;
	return "is no key of a password policy: minimum_length, require_symbols, require_numbers, "
	       "require_uppercase, require_lowercase, allow_users_to_change, max_age_days, "
	       "reuse_prevention, hard_expiry";
}

static bool number_within(const char *s, size_t len, uint32_t min, uint32_t max)
{
	unsigned long n;

	if (len == 0 || len > 4 || s[0] == '0' || strspn(s, "0123456789") != len)
		return false;
	n = strtoul(s, NULL, 10);
	return n >= min && n <= max;
}

static const char *valid_password_value(const char *name, const char *s, size_t len)
{
	const struct password_key *key = password_key_find(name, strlen(name));
	bool fine;

	if (key == NULL)
		return NULL;
	if (key->max > 0)
		fine = number_within(s, len, key->min, key->max);
	else
		fine = strcmp(s, "true") == 0 || strcmp(s, "false") == 0;
	return fine ? NULL : key->rule;
}

static const struct attr oidc_attrs[OIDC_ATTRS] = {
    [OIDC_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, URL_MAX, valid_oidc_url),
    [OIDC_ACCOUNT] = IAM_ROW_ACCOUNT,
    [OIDC_CLIENTS] = {.name = "client_ids",
		      .type = ATTR_SET,
		      .relation = "client_id",
		      .risk = RISK_HIGH,
		      .max = 100,
		      .valid = valid_client_id},
    [OIDC_THUMBPRINTS] = {.name = "thumbprints",
			  .type = ATTR_SET,
			  .relation = "thumbprint",
			  .risk = RISK_HIGH,
			  .max = 5,
			  .valid = valid_thumbprint},
    [OIDC_TAGS] = ATTR_ROW_TAGS,
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
    [IAMACCOUNT_NAME] = ATTR_ROW_NAME(RISK_MEDIUM, 64, NULL),
    [IAMACCOUNT_ACCOUNT] = IAM_ROW_ACCOUNT,
    [IAMACCOUNT_ALIAS] = {.name = "alias",
			  .type = ATTR_TEXT,
			  .risk = RISK_MEDIUM,
			  .max = ALIAS_MAX,
			  .valid = valid_alias},
    [IAMACCOUNT_PASSWORD] = {.name = "password_policy",
			     .type = ATTR_TAGS,
			     .relation = "password_policy",
			     .risk = RISK_MEDIUM,
			     .valid = valid_password_key,
			     .valid_value = valid_password_value},
};

static bool account_bare(const struct resource *live)
{
	const struct value *alias = &live->v[IAMACCOUNT_ALIAS];
	const struct value *password = &live->v[IAMACCOUNT_PASSWORD];

	return !value_says(alias) && (password->state != VALUE_SET || password->u.set->n == 0);
}

const struct kind kind_iam_account = {
    .name = "iam_account",
    .title = "account's IAM settings",
    .plural = "accounts' IAM settings",
    .attr = account_attrs,
    .attrs = IAMACCOUNT_ATTRS,
    .address = ADDRESS_ACCOUNT,
    .flags = KIND_NEVER_DELETE,
    .rename_advice = "an account has one set of them",
    .scopes = iam_scopes,
    .bare = account_bare,
};
