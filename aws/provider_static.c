/* Sources that are asked without a request: the environment's keys, and those of the shared files.
 */
#include "aws/provider_priv.h"

#include "base/arena.h"

#include <string.h>

static int keys_set(struct credentials *c, const char *id, const char *secret, const char *token,
		    struct error *err)
{
	*c = (struct credentials){0};
	if (id == NULL || secret == NULL)
		return error_set(err, "a %s",
				 id == NULL ? "secret key without a key id"
					    : "key id without a secret key");
	c->access_key_id = xstrdup(id);
	c->secret_access_key = xstrdup(secret);
	c->session_token = token != NULL ? xstrdup(token) : NULL;
	return 0;
}

static void keys_end(struct source *s, const char *id, const char *secret, const char *token)
{
	struct credentials c;
	auto_error err = {0};

	if (keys_set(&c, id, secret, token, &err) < 0)
		source_end(s, NULL, &err);
	else
		source_end(s, &c, &err);
}

/* Only whether they are whole: each get reads them again. */
static int keys_decided(struct source *s, bool whole, struct error *err)
{
	if (whole)
		return 1;
	return error_set(err, "credentials from %s: a key id without a secret key", s->name);
}

static int environment_decide(const struct decision *d, struct source **out, struct error *err)
{
	if (!d->top || place_env(d->place, "AWS_ACCESS_KEY_ID") == NULL)
		return 0;
	*out = source_new(sizeof **out, &source_environment, d, xstrdup("environment"));
	return keys_decided(*out, place_env(d->place, "AWS_SECRET_ACCESS_KEY") != NULL, err);
}

static void environment_get(struct source *s)
{
	keys_end(s, place_env(s->place, "AWS_ACCESS_KEY_ID"),
		 place_env(s->place, "AWS_SECRET_ACCESS_KEY"),
		 place_env(s->place, "AWS_SESSION_TOKEN"));
}

struct source_file {
	struct source source;
	const struct shared_file *file;
	const char *profile;
};

static int file_decide(const struct decision *d, const struct source_kind *kind,
		       const struct shared_file *file, struct source **out, struct error *err)
{
	struct source_file *s;

	if (file_get(file, d->profile, "aws_access_key_id") == NULL)
		return 0;
	s = source_new(sizeof *s, kind, d, xasprintf("profile %s of %s", d->profile, file->path));
	s->file = file;
	s->profile = d->profile;
	*out = &s->source;
	return keys_decided(*out, file_get(file, d->profile, "aws_secret_access_key") != NULL, err);
}

static int credentials_file_decide(const struct decision *d, struct source **out, struct error *err)
{
	return file_decide(d, &source_credentials_file, &d->place->files.credentials, out, err);
}

static int config_file_decide(const struct decision *d, struct source **out, struct error *err)
{
	return file_decide(d, &source_config_file, &d->place->files.config, out, err);
}

static void file_source_get(struct source *source)
{
	const struct source_file *s = (const struct source_file *)source;

	keys_end(source, file_get(s->file, s->profile, "aws_access_key_id"),
		 file_get(s->file, s->profile, "aws_secret_access_key"),
		 file_get(s->file, s->profile, "aws_session_token"));
}

static int login_decide(const struct decision *d, struct source **out, struct error *err)
{
	(void)out;
	if (d->keys_only || decision_get(d, "login_session") == NULL)
		return 0;
	return error_set(err,
			 "profile %s: login_session: sessions of `aws login` are not supported; "
			 "give charter their keys: `eval \"$(aws configure export-credentials "
			 "--profile %s --format env)\"`",
			 d->profile, d->profile);
}

const struct source_kind source_environment = {.decide = environment_decide,
					       .get = environment_get};
const struct source_kind source_credentials_file = {.decide = credentials_file_decide,
						    .get = file_source_get};
const struct source_kind source_config_file = {.decide = config_file_decide,
					       .get = file_source_get};
const struct source_kind source_login = {.decide = login_decide};
