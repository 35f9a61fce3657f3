#include "git/source_priv.h"

#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

bool url_is_remote(const char *text)
{
	const char *colon = strchr(text, ':');

	if (strstr(text, "://"))
		return true;
	return colon && colon > text && !memchr(text, '/', (size_t)(colon - text));
}

static char *span_dup(const char *s, const char *end)
{
	return xasprintf("%.*s", (int)(end - s), s);
}

static char *span_decode(const char *s, const char *end)
{
	auto_free char *raw = span_dup(s, end);
	auto_buf out = BUF_INIT(65536);

	out.secret = true;
	if (!unescape_percent(&out, raw, strlen(raw)) || strlen(buf_str(&out)) != out.len)
		return NULL;
	return xstrdup(buf_str(&out));
}

static bool valid_text(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s == 0x7f)
			return false;
	return true;
}

/* "user:password" before the '@' of the authority. */
static int userinfo_parse(struct remote_url *u, const char *s, const char *end, struct error *err)
{
	const char *colon = memchr(s, ':', (size_t)(end - s));

	u->user = span_decode(s, colon ? colon : end);
	if (colon)
		u->password = span_decode(colon + 1, end);
	if (!u->user || (colon && !u->password))
		return error_set(err, "the user or password in the repository URL is not "
				      "percent-encoded text");
	return 0;
}

static int file_parse(struct remote_url *u, const char *host, const char *path, struct error *err)
{
	bool local = host == path || (path - host == 9 && strncmp(host, "localhost", 9) == 0);

	if (!local || *path != '/')
		return error_set(err,
				 "a file URL needs an absolute path and no host: file:///PATH");
	u->dir = span_decode(path, path + strlen(path));
	if (!u->dir)
		return error_set(err, "the path of the file URL is not percent-encoded text");
	u->url = xasprintf("file://%s", path);
	u->shown = xstrdup(u->url);
	return 0;
}

static int scheme_parse(struct remote_url *u, const char *text, size_t len, struct error *err)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-";

	if (len == 5 && strncmp(text, "https", len) == 0)
		u->kind = REMOTE_HTTPS;
	else if (len == 3 && strncmp(text, "ssh", len) == 0)
		u->kind = REMOTE_SSH;
	else if (len == 4 && strncmp(text, "file", len) == 0)
		u->kind = REMOTE_FILE;
	else if (len <= 16 && strspn(text, letters) == len)
		return error_set(err,
				 "%.*s:// URLs are not accepted for a repository: use https, ssh "
				 "or file",
				 (int)len, text);
	else /* not shown: what stands there may be a secret */
		return error_set(err, "the repository URL must begin with https://, ssh:// or "
				      "file://");
	return 0;
}

/* user@host:path */
static int scp_parse(struct remote_url *u, const char *text, struct error *err)
{
	const char *colon = strchr(text, ':');
	const char *at = memchr(text, '@', (size_t)(colon - text));
	const char *host = at ? at + 1 : text;

	u->kind = REMOTE_SSH;
	if (host == colon || !colon[1])
		return error_set(err, "the repository is neither a directory nor a URL");
	if (at)
		u->user = span_dup(text, at);
	u->url = xstrdup(text);
	u->shown = xstrdup(host);
	return 0;
}

int url_parse(struct remote_url *u, const char *text, struct error *err)
{
	const char *scheme_end = strstr(text, "://");
	const char *host, *at = NULL, *path;
	auto_free char *user = NULL;

	*u = (struct remote_url){0};
	if (!valid_text(text))
		return error_set(err, "the repository URL has a space or a control character");
	if (!scheme_end)
		return scp_parse(u, text, err);
	if (scheme_parse(u, text, (size_t)(scheme_end - text), err) < 0)
		return -1;
	host = scheme_end + 3;
	path = host + strcspn(host, "/?#");
	for (const char *p = host; p < path; p++)
		if (*p == '@')
			at = p;
	if (at && userinfo_parse(u, host, at, err) < 0)
		return -1;
	if (at)
		host = at + 1;
	if (u->kind == REMOTE_FILE)
		return file_parse(u, host, path, err);
	if (host == path || *path != '/')
		return error_set(err, "the repository URL has no host or no path");
	user = at && u->kind == REMOTE_SSH
		   ? span_dup(scheme_end + 3, scheme_end + 3 + strcspn(scheme_end + 3, ":@"))
		   : NULL;
	u->url = xasprintf("%.*s%s%s%s", (int)(scheme_end + 3 - text), text, user ? user : "",
			   user ? "@" : "", host);
	u->shown = xasprintf("%.*s%.*s%.*s", (int)(scheme_end + 3 - text), text, (int)(path - host),
			     host, (int)strcspn(path, "?#"), path);
	return 0;
}

void url_free(struct remote_url *u)
{
	free(u->url);
	free(u->shown);
	free(u->dir);
	/* A token is often given as the user. */
	wipe_free(u->user);
	wipe_free(u->password);
	*u = (struct remote_url){0};
}
