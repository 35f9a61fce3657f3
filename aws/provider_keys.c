/* What sources of credentials read: keys in a JSON answer, token files. */
#include "aws/provider_priv.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_MAX ((size_t)64 << 10)

const struct key_names names_metadata = {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"};
const struct key_names names_sts = {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"};
const struct key_names names_sso = {"accessKeyId", "secretAccessKey", "sessionToken", "expiration"};

static const char *member(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s != NULL && *s != '\0' ? s : NULL;
}

static int expiry_read(const json_t *value, int64_t *us)
{
	*us = 0;
	if (value == NULL || json_is_null(value))
		return 0;
	if (json_is_integer(value)) {
		*us = json_integer_value(value) * 1000;
		return *us > 0 ? 0 : -1;
	}
	return json_is_string(value) ? time_parse(json_string_value(value), us) : -1;
}

int keys_read(const json_t *from, const struct key_names *names, struct credentials *c,
	      struct error *err)
{
	const char *id = member(from, names->id), *secret = member(from, names->secret);
	const char *token = member(from, names->token);

	*c = (struct credentials){0};
	if (id == NULL || secret == NULL)
		return error_set(err, "the answer has no %s",
				 id == NULL ? names->id : names->secret);
	if (expiry_read(json_object_get(from, names->expires), &c->expires_us) < 0)
		return error_set(err, "the answer's %s is no time", names->expires);
	c->access_key_id = xstrdup(id);
	c->secret_access_key = xstrdup(secret);
	c->session_token = token != NULL ? xstrdup(token) : NULL;
	return 0;
}

int token_read(const char *variable, const char *path, struct buf *out, struct error *err)
{
	int failed;

	*out = (struct buf){.max = TOKEN_MAX, .secret = true};
	failed = file_load(path, out);
	if (failed != 0)
		return error_set(err, "%s: %s: %s", variable, path, strerror(failed));
	if (out->len == 0)
		return error_set(err, "%s: %s is empty", variable, path);
	return 0;
}
