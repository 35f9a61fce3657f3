/* Credentials that need no request: environment variables and the shared files. The order is that
 * of the AWS SDKs and Tools Reference Guide ("Standardized credential providers"): environment, a
 * profile's role, web identity, IAM Identity Center, the shared credentials file, a process, the
 * configuration file, container and instance. What stands before a static source and is not
 * supported ends the search with an error: quietly using another identity would be worse. */
#include "aws/ini.h"
#include "aws/sign.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef const char *getenv_fn(const char *);

struct shared_file {
	char *path;      /* NULL: no HOME */
	struct ini *ini; /* NULL: there is none */
	char *section;   /* of the profile */
};

struct sources {
	getenv_fn *getenv;
	const char *profile;
	bool named; /* by AWS_PROFILE */
	struct shared_file credentials, config;
};

static const char *env_text(getenv_fn *getenv, const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

static char *shared_path(getenv_fn *getenv, const char *variable, const char *file)
{
	const char *path = env_text(getenv, variable), *home = env_text(getenv, "HOME");

	if (path == NULL)
		return home != NULL ? xasprintf("%s/.aws/%s", home, file) : NULL;
	if (path[0] == '~' && path[1] == '/' && home != NULL)
		return xasprintf("%s%s", home, path + 1);
	return xstrdup(path);
}

static int fd_read(int fd, struct buf *out)
{
	char block[4096];
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) != 0 && !out->full) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			buf_add(out, block, (size_t)n);
	}
	wipe(block, sizeof block);
	return n < 0 ? -1 : 0;
}

/* A file that is not there is no error; one that cannot be read is. */
static int shared_file_read(struct shared_file *f, struct error *err)
{
	auto_buf data = {.max = INI_MAX_BYTES + 1, .secret = true};
	int fd, failed;

	if (f->path == NULL)
		return 0;
	fd = open(f->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return error_set(err, "%s: %s", f->path, strerror(errno));
	}
	failed = fd_read(fd, &data) < 0 ? errno : 0;
	close(fd);
	if (failed != 0)
		return error_set(err, "%s: %s", f->path, strerror(failed));
	f->ini = ini_parse(buf_str(&data), data.len, f->path, err);
	return f->ini != NULL ? 0 : -1;
}

static void sources_free(struct sources *s)
{
	free(s->credentials.path);
	free(s->credentials.section);
	ini_free(s->credentials.ini);
	free(s->config.path);
	free(s->config.section);
	ini_free(s->config.ini);
}

static int sources_read(struct sources *s, struct error *err)
{
	s->profile = env_text(s->getenv, "AWS_PROFILE");
	s->named = s->profile != NULL;
	if (!s->named)
		s->profile = "default";
	s->credentials.path = shared_path(s->getenv, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
	s->config.path = shared_path(s->getenv, "AWS_CONFIG_FILE", "config");
	if (shared_file_read(&s->credentials, err) < 0 || shared_file_read(&s->config, err) < 0)
		return -1;
	s->credentials.section = xstrdup(s->profile);
	s->config.section = xasprintf("profile %s", s->profile);
	/* Only the default profile goes without the word. */
	if (strcmp(s->profile, "default") == 0 && !ini_has(s->config.ini, s->config.section)) {
		free(s->config.section);
		s->config.section = xstrdup("default");
	}
	return 0;
}

static const char *file_get(const struct shared_file *f, const char *key)
{
	const char *v = ini_get(f->ini, f->section, key);

	return v != NULL && *v != '\0' ? v : NULL;
}

static const char *profile_get(const struct sources *s, const char *key)
{
	const char *v = file_get(&s->credentials, key);

	return v != NULL ? v : file_get(&s->config, key);
}

/* Takes the source's name. */
static int credentials_set(struct credentials *c, const char *id, const char *secret,
			   const char *token, char *source, struct error *err)
{
	c->source = source;
	if (secret == NULL) {
		error_set(err, "credentials from %s: a key id without a secret key", source);
		credentials_free(c);
		return -1;
	}
	c->access_key_id = xstrdup(id);
	c->secret_access_key = xstrdup(secret);
	c->session_token = token != NULL ? xstrdup(token) : NULL;
	return 0;
}

static int from_environment(const struct sources *s, struct credentials *c, struct error *err)
{
	const char *id = env_text(s->getenv, "AWS_ACCESS_KEY_ID");

	return credentials_set(c, id, env_text(s->getenv, "AWS_SECRET_ACCESS_KEY"),
			       env_text(s->getenv, "AWS_SESSION_TOKEN"), xstrdup("environment"),
			       err);
}

static int from_file(const struct sources *s, const struct shared_file *f, struct credentials *c,
		     struct error *err)
{
	return credentials_set(c, file_get(f, "aws_access_key_id"),
			       file_get(f, "aws_secret_access_key"),
			       file_get(f, "aws_session_token"),
			       xasprintf("profile %s of %s", s->profile, f->path), err);
}

static int unsupported(const struct sources *s, const char *key, struct error *err)
{
	return error_set(err,
			 "profile %s: %s is not supported yet; give keys in AWS_ACCESS_KEY_ID, "
			 "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (`aws configure "
			 "export-credentials --format env` prints them)",
			 s->profile, key);
}

/* The first of the keys that the profile has, or NULL. */
static const char *profile_has(const struct sources *s, const char *const *keys)
{
	for (; *keys != NULL; keys++) {
		if (profile_get(s, *keys) != NULL)
			return *keys;
	}
	return NULL;
}

static int none_found(const struct sources *s, struct error *err)
{
	const char *const variables[] = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
					 "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
	size_t i;

	for (i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		if (env_text(s->getenv, variables[i]) != NULL)
			return error_set(err,
					 "%s: credentials of a container are not supported yet; "
					 "give keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY "
					 "and AWS_SESSION_TOKEN",
					 variables[i]);
	}
	return error_set(err,
			 "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and "
			 "AWS_SESSION_TOKEN), or a profile in %s",
			 s->credentials.path != NULL ? s->credentials.path : "~/.aws/credentials");
}

static int from_profile(const struct sources *s, struct credentials *c, struct error *err)
{
	static const char *const before[] = {"role_arn",       "web_identity_token_file",
					     "sso_session",    "sso_start_url",
					     "sso_account_id", NULL};
	static const char *const between[] = {"login_session", "credential_process", NULL};
	const char *key;

	if (s->named && !ini_has(s->credentials.ini, s->credentials.section) &&
	    !ini_has(s->config.ini, s->config.section))
		return error_set(
		    err, "AWS_PROFILE: there is no profile %s in %s or %s", s->profile,
		    s->credentials.path != NULL ? s->credentials.path : "the credentials file",
		    s->config.path != NULL ? s->config.path : "the configuration file");
	if ((key = profile_has(s, before)) != NULL)
		return unsupported(s, key, err);
	if (env_text(s->getenv, "AWS_WEB_IDENTITY_TOKEN_FILE") != NULL &&
	    env_text(s->getenv, "AWS_ROLE_ARN") != NULL)
		return error_set(err,
				 "AWS_WEB_IDENTITY_TOKEN_FILE: web identity is not supported yet; "
				 "in CI, let the step that signs in export AWS_ACCESS_KEY_ID, "
				 "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN");
	if (file_get(&s->credentials, "aws_access_key_id") != NULL)
		return from_file(s, &s->credentials, c, err);
	if ((key = profile_has(s, between)) != NULL)
		return unsupported(s, key, err);
	if (file_get(&s->config, "aws_access_key_id") != NULL)
		return from_file(s, &s->config, c, err);
	return none_found(s, err);
}

static char *region_of(const struct sources *s, bool files)
{
	const char *region = env_text(s->getenv, "AWS_REGION");

	if (region == NULL)
		region = env_text(s->getenv, "AWS_DEFAULT_REGION");
	if (region == NULL && files)
		region = file_get(&s->config, "region");
	if (region == NULL && files)
		region = file_get(&s->credentials, "region");
	return region != NULL ? xstrdup(region) : NULL;
}

/* The files give only the region then: a broken one stops nothing. */
static int load_environment(struct sources *s, struct credentials *c, char **region,
			    struct error *err)
{
	auto_error ignored = {0};

	if (from_environment(s, c, err) < 0)
		return -1;
	*region = region_of(s, sources_read(s, &ignored) == 0);
	return 0;
}

int credentials_load(const char *(*getenv)(const char *), struct credentials *c, char **region,
		     struct error *err)
{
	struct sources s = {.getenv = getenv};
	int result;

	*c = (struct credentials){0};
	*region = NULL;
	if (env_text(getenv, "AWS_ACCESS_KEY_ID") != NULL) {
		result = load_environment(&s, c, region, err);
	} else {
		result = sources_read(&s, err);
		if (result == 0)
			result = from_profile(&s, c, err);
		if (result == 0)
			*region = region_of(&s, true);
	}
	sources_free(&s);
	return result;
}
