/* Roles assumed with a token of an OIDC provider. The token is read, and what it claims is held
 * against the provider's row and the role's trust; its signature is not looked at. */
#include "aws/twin/iam_priv.h"
#include "aws/twin/sts_priv.h"

#include "base/text.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

/* A part of a token, base64 as URLs have it: an object, new; NULL: it is none. */
static json_t *part_read(const char *s, size_t len)
{
	size_t padded = (len + 3) / 4 * 4, i;
	auto_free char *text = xcalloc(padded + 1, 1);
	auto_free unsigned char *out = xcalloc(padded + 1, 1);
	json_t *part;
	int n;

	memset(text, '=', padded);
	for (i = 0; i < len; i++)
		text[i] = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];
	n = len % 4 == 1 ? -1 : EVP_DecodeBlock(out, (unsigned char *)text, (int)padded);
	if (n < (int)(padded - len))
		return NULL;
	part = json_loadb((char *)out, (size_t)n - (padded - len), JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(part))
		return part;
	json_decref(part);
	return NULL;
}

/* The claims of HEADER.CLAIMS.SIGNATURE: new; NULL: it is no such token. */
static json_t *claims_read(const char *token)
{
	const char *claims = strchr(token, '.');
	const char *signature = claims != NULL ? strchr(claims + 1, '.') : NULL;
	json_auto_t *header = NULL;

	if (signature == NULL || strchr(signature + 1, '.') != NULL)
		return NULL;
	header = part_read(token, (size_t)(claims - token));
	return header == NULL ? NULL : part_read(claims + 1, (size_t)(signature - claims - 1));
}

/* The provider's row of the role's account that the token was issued by; NULL: refused. */
static json_t *provider_of(struct twin *t, struct twin_call *c, const char *account,
			   const char *issuer)
{
	const char *name = str_starts(issuer, "https://") ? issuer + strlen("https://") : issuer;
	auto_free char *arn = iam_arn(t, account, "oidc-provider/", name, "");
	json_t *row = twin_account_there(t, account)
			  ? json_object_get(iam_table(t, account, "providers"), arn)
			  : NULL;

	if (row != NULL)
		return row;
	return twin_refuse(c, "InvalidIdentityToken",
			   "No OpenIDConnect provider found in your account for %s", issuer);
}

/* One of those that the token is for, if it is for several. */
static bool audience_fits(const json_t *provider, const json_t *audience)
{
	const json_t *clients = json_object_get(provider, "ClientIDList");
	size_t i;

	for (i = 0; i < json_array_size(audience); i++) {
		if (list_has(clients, json_string_value(json_array_get(audience, i))))
			return true;
	}
	return list_has(clients, json_string_value(audience));
}

static bool claims_valid(struct twin *t, struct twin_call *c, const json_t *provider,
			 const json_t *claims)
{
	json_int_t now = twin_seconds(t);
	json_int_t expires = json_integer_value(json_object_get(claims, "exp"));

	if (!audience_fits(provider, json_object_get(claims, "aud"))) {
		twin_refuse(c, "InvalidIdentityToken", "Incorrect token audience");
		return false;
	}
	if (*row_str(claims, "sub") == '\0' || expires == 0) {
		twin_refuse(c, "InvalidIdentityToken", "Missing a required claim: %s",
			    expires == 0 ? "exp" : "sub");
		return false;
	}
	if (expires > now)
		return true;
	twin_refuse(c, "ExpiredTokenException",
		    "Token expired: current date/time %lld must be before the expiration "
		    "date/time %lld",
		    (long long)now, (long long)expires);
	return false;
}

/* {"token.example.com:sub": ...} of all claims that are text, or several. New. */
static json_t *claims_keys(const json_t *provider, const json_t *claims)
{
	json_t *keys = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)claims, name, value)
	{
		auto_free char *key = xasprintf("%s:%s", row_str(provider, "Url"), name);

		if (json_is_string(value) || json_is_array(value))
			json_object_set(keys, key, value);
	}
	return keys;
}

static json_t *role_trusting(struct twin *t, struct twin_call *c, const struct role_arn *r,
			     const json_t *provider, const json_t *claims)
{
	json_auto_t *keys = claims_keys(provider, claims);
	json_t *role = sts_role(t, c, r);
	struct sts_caller caller = {
	    .action = "sts:AssumeRoleWithWebIdentity",
	    .account = "",
	    .arn = "",
	    .principal = "",
	    .session = row_str(c->input, "RoleSessionName"),
	    .provider = row_str(provider, "Arn"),
	    .claims = keys,
	};

	if (role != NULL && trust_allows(row_str(role, "AssumeRolePolicyDocument"), &caller))
		return role;
	return twin_refuse(c, "AccessDenied",
			   "Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

json_t *sts_assume_with_web_identity(struct twin *t, struct twin_call *c)
{
	json_auto_t *claims = claims_read(row_str(c->input, "WebIdentityToken"));
	json_t *provider, *role, *reply, *audience;
	struct role_arn r;

	if (!sts_input(c, &r))
		return NULL;
	if (claims == NULL)
		return twin_refuse(c, "InvalidIdentityToken",
				   "The ID Token provided is not a valid JWT. (You may see this "
				   "error if you sent an Access Token)");
	provider = provider_of(t, c, r.account, row_str(claims, "iss"));
	if (provider == NULL || !claims_valid(t, c, provider, claims))
		return NULL;
	role = role_trusting(t, c, &r, provider, claims);
	reply = role == NULL ? NULL : sts_assume(t, c, &r, role);
	if (reply == NULL)
		return NULL;
	audience = json_object_get(claims, "aud");
	twin_set_str(reply, "SubjectFromWebIdentityToken", row_str(claims, "sub"));
	twin_set_str(reply, "Provider", row_str(claims, "iss"));
	json_object_set(reply, "Audience",
			json_is_array(audience) ? json_array_get(audience, 0) : audience);
	return reply;
}
