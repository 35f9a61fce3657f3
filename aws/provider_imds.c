/* The role of an EC2 instance, by its metadata service: version 2, with a token of a session;
 * version 1 only where the service itself does not know tokens. Each of the three questions has one
 * second and one attempt, so that a machine that is no instance loses one second. */
#include "aws/provider_priv.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT_US 1000000LL
#define TTL_S      "21600"
#define ROLES      "/latest/meta-data/iam/security-credentials/"

struct source_of_imds {
	struct source source;
	char *base; /* of the URLs, without a final slash */
	bool v1_disabled;
	struct ask *ask;
	struct buf token; /* empty: version 1 */
	struct buf role;
};

static const char *setting(const struct decision *d, const char *variable, const char *key)
{
	const char *v = place_env(d->place, variable);

	return v != NULL ? v : decision_get(d, key);
}

static bool is_true(const char *s)
{
	return s != NULL && (strcasecmp(s, "true") == 0 || strcmp(s, "1") == 0);
}

static char *base_of(const struct decision *d, struct error *err)
{
	const char *url =
	    setting(d, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
	const char *mode = setting(d, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
				   "ec2_metadata_service_endpoint_mode");
	size_t len;

	if (url == NULL && mode != NULL && strcasecmp(mode, "ipv6") == 0)
		url = "http://[fd00:ec2::254]";
	else if (url == NULL && mode != NULL && strcasecmp(mode, "ipv4") != 0)
		error_set(err, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: must be IPv4 or IPv6");
	else if (url == NULL)
		url = "http://169.254.169.254";
	else if (!str_starts(url, "http://") && !str_starts(url, "https://"))
		error_set(err, "AWS_EC2_METADATA_SERVICE_ENDPOINT: must be http://HOST or "
			       "https://HOST");
	if (err->code != EXIT_DONE)
		return NULL;
	for (len = strlen(url); len > 0 && url[len - 1] == '/'; len--)
		;
	return xasprintf("%.*s", (int)len, url);
}

static int imds_decide(const struct decision *d, struct source **out, struct error *err)
{
	struct source_of_imds *s;
	char *base;

	if (!d->top || is_true(place_env(d->place, "AWS_EC2_METADATA_DISABLED")))
		return 0;
	base = base_of(d, err);
	if (base == NULL)
		return -1;
	s = source_new(sizeof *s, &source_imds, d, xstrdup("instance metadata"));
	s->base = base;
	s->v1_disabled =
	    is_true(setting(d, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"));
	s->token = (struct buf){.max = 4096, .secret = true};
	s->role = BUF_INIT(128);
	*out = &s->source;
	return 1;
}

/* The end of the chain: nothing else was named. */
static void imds_fail(struct source_of_imds *s, const char *what, const struct http_response *r)
{
	auto_error err = {0};
	auto_buf said = BUF_INIT(1024);

	if (r != NULL)
		response_say(r, &said);
	error_set(&err,
		  "%s%s%s. There are no AWS credentials elsewhere: set AWS_ACCESS_KEY_ID and "
		  "AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE",
		  what, r != NULL ? ": " : "", buf_str(&said));
	source_end(&s->source, NULL, &err);
}

static void imds_ask(struct source_of_imds *s, const char *method, const char *path,
		     const char *role, ask_done_fn *done)
{
	auto_free char *url = xasprintf("%s%s%s", s->base, path, role);

	ask_free(s->ask);
	s->ask = ask_new(s->source.place->loop, done, s);
	ask_request(s->ask, method, url, TIMEOUT_US);
	ask_direct(s->ask);
	if (strcmp(method, "PUT") == 0)
		ask_header(s->ask, "x-aws-ec2-metadata-token-ttl-seconds", TTL_S);
	else if (s->token.len > 0)
		ask_header(s->ask, "x-aws-ec2-metadata-token", buf_str(&s->token));
	ask_send(s->ask, 0);
}

static void on_keys(void *ctx, const struct http_response *r)
{
	struct source_of_imds *s = ctx;
	struct credentials c = {0};
	auto_error err = {0};
	json_t *body = response_json(r);
	const char *code = json_string_value(json_object_get(body, "Code"));

	if (body == NULL || (code != NULL && strcmp(code, "Success") != 0)) {
		json_wipe(body);
		imds_fail(s, "the instance's role gave no keys", r);
		return;
	}
	keys_read(body, &names_metadata, &c, &err);
	json_wipe(body);
	source_end(&s->source, err.code == EXIT_DONE ? &c : NULL, &err);
}

/* The first line; it becomes part of a URL. */
static bool role_read(struct buf *role, const struct http_response *r)
{
	const char *body = buf_str(&r->body);
	size_t len = strcspn(body, "\r\n");

	return len > 0 && len <= 64 &&
	       strspn(body, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "_+=,.@-") >= len &&
	       buf_add(role, body, len);
}

static void on_roles(void *ctx, const struct http_response *r)
{
	struct source_of_imds *s = ctx;

	if (!response_is_ok(r) || !role_read(&s->role, r))
		imds_fail(s, "the instance has no role", r);
	else
		imds_ask(s, "GET", ROLES, buf_str(&s->role), on_keys);
}

static void on_token(void *ctx, const struct http_response *r)
{
	struct source_of_imds *s = ctx;
	bool old = r->outcome == HTTP_REPLIED &&
		   (r->status == 403 || r->status == 404 || r->status == 405);

	if (response_is_ok(r))
		buf_add(&s->token, r->body.data, r->body.len);
	if (old && s->v1_disabled)
		imds_fail(
		    s, "it gives no token, and AWS_EC2_METADATA_V1_DISABLED forbids version 1", r);
	else if (old || s->token.len > 0)
		imds_ask(s, "GET", ROLES, "", on_roles);
	else
		imds_fail(s, "it did not answer", r);
}

static void imds_get(struct source *source)
{
	struct source_of_imds *s = (struct source_of_imds *)source;

	imds_ask(s, "PUT", "/latest/api/token", "", on_token);
}

static void imds_free(struct source *source)
{
	struct source_of_imds *s = (struct source_of_imds *)source;

	ask_free(s->ask);
	buf_free(&s->token);
	buf_free(&s->role);
	free(s->base);
}

const struct source_kind source_imds = {.decide = imds_decide, .get = imds_get, .free = imds_free};
