/* IAM Identity Center: the session that `aws sso login` left in its cache is exchanged for the keys
 * of a permission set. A session that ends soon is renewed first where it can be, and put back into
 * the cache, since renewing may change it. */
#include "aws/provider_priv.h"
#include "aws/service.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/env.h"
#include "base/fd.h"
#include "base/text.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOON_US    (5 * 60 * SECOND_US) /* before its end */
#define MAX_CACHE  ((size_t)256 << 10)
#define SHA1_BYTES 20

/* Neither is spoken to by the client. Hosts: the rule sets of the services' models. */
static const struct service portal = {
    .name = "sso",
    .endpoint_name = "SSO",
    .at = {{"aws", "portal.sso.{r}.amazonaws.com", NULL, "portal.sso-fips.{r}.amazonaws.com"},
	   {"aws-cn", "portal.sso.{r}.amazonaws.com.cn", NULL, NULL},
	   {"aws-us-gov", "portal.sso.{r}.amazonaws.com", NULL, "portal.sso.{r}.amazonaws.com"}}};
static const struct service oidc = {
    .name = "sso-oidc",
    .endpoint_name = "SSO_OIDC",
    .at = {{"aws", "oidc.{r}.amazonaws.com", NULL, "oidc-fips.{r}.amazonaws.com"},
	   {"aws-cn", "oidc.{r}.amazonaws.com.cn", NULL, NULL},
	   {"aws-us-gov", "oidc.{r}.amazonaws.com", NULL, "oidc.{r}.amazonaws.com"}}};

struct source_of_sso {
	struct source source;
	const char *profile, *session; /* session NULL: the older form, without renewal */
	const char *start_url, *region, *account, *role;
	char *path;    /* of the cached session */
	json_t *cache; /* it, as it was read */
	struct ask *ask;
};

static const char *sso_setting(const struct decision *d, const char *session, const char *key)
{
	const char *v = NULL;
	auto_free char *section = xasprintf("sso-session %s", session != NULL ? session : "");

	if (session != NULL)
		v = files_get_section(&d->place->files, section, key);
	return v != NULL ? v : decision_get(d, key);
}

/* By the session's name, or by the URL. */
static char *cache_path(const struct place *p, const char *key)
{
	unsigned char sum[SHA1_BYTES];
	char hex[2 * SHA1_BYTES + 1];
	const char *home = place_env(p, "HOME");

	charter_assert(EVP_Digest(key, strlen(key), sum, NULL, EVP_sha1(), NULL) == 1);
	hex_encode(sum, sizeof sum, hex);
	return xasprintf("%s/.aws/sso/cache/%s.json", home != NULL ? home : "", hex);
}

static bool sso_is_named(const struct decision *d)
{
	static const char *const keys[] = {"sso_session", "sso_start_url", "sso_account_id",
					   "sso_role_name"};
	size_t i;

	for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (decision_get(d, keys[i]) != NULL)
			return true;
	}
	return false;
}

static int sso_check(const struct source_of_sso *s, struct error *err)
{
	const struct {
		const char *name, *value;
	} needed[] = {{"sso_start_url", s->start_url},
		      {"sso_region", s->region},
		      {"sso_account_id", s->account},
		      {"sso_role_name", s->role}};
	size_t i;

	for (i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		if (needed[i].value == NULL)
			return error_set(
			    err, "profile %s: %s is missing%s%s", s->profile, needed[i].name,
			    s->session != NULL && i < 2 ? ", also in sso-session " : "",
			    s->session != NULL && i < 2 ? s->session : "");
	}
	if (partition_of_region(s->region) == NULL)
		return error_set(err, "profile %s: sso_region: not of a supported partition",
				 s->profile);
	return 1;
}

static int sso_decide(const struct decision *d, struct source **out, struct error *err)
{
	struct source_of_sso *s;

	if (d->keys_only || !sso_is_named(d))
		return 0;
	s = source_new(sizeof *s, &source_sso, d,
		       xasprintf("profile %s of %s", d->profile, d->place->files.config.path));
	*out = &s->source;
	s->profile = d->profile;
	s->session = decision_get(d, "sso_session");
	s->start_url = sso_setting(d, s->session, "sso_start_url");
	s->region = sso_setting(d, s->session, "sso_region");
	s->account = decision_get(d, "sso_account_id");
	s->role = decision_get(d, "sso_role_name");
	if (sso_check(s, err) < 0)
		return -1;
	s->path = cache_path(d->place, s->session != NULL ? s->session : s->start_url);
	return 1;
}

static void sso_fail(struct source_of_sso *s, const char *what, const char *which)
{
	auto_error err = {0};

	error_set(&err, "%s%s; run `aws sso login --profile %s`", what, which, s->profile);
	source_end(&s->source, NULL, &err);
}

static const char *cached(const struct source_of_sso *s, const char *key)
{
	const char *v = json_string_value(json_object_get(s->cache, key));

	return v != NULL && *v != '\0' ? v : NULL;
}

/* Microseconds until then; 0: past, or no time. Older caches write "UTC" for "Z". */
static int64_t time_left(const struct source_of_sso *s, const char *key)
{
	struct clock *clock = s->source.place->env->clock;
	const char *text = cached(s, key);
	auto_free char *iso = NULL;
	int64_t us;

	if (text == NULL)
		return 0;
	iso =
	    str_ends(text, "UTC") ? xasprintf("%.*sZ", (int)strlen(text) - 3, text) : xstrdup(text);
	if (time_parse(iso, &us) < 0 || us < clock->now_us(clock))
		return 0;
	return us - clock->now_us(clock);
}

static int cache_read(struct source_of_sso *s)
{
	auto_buf text = {.max = MAX_CACHE, .secret = true};

	if (file_load(s->path, &text) != 0)
		return -1;
	s->cache = json_loadb(buf_str(&text), text.len, 0, NULL);
	return cached(s, "accessToken") != NULL ? 0 : -1;
}

/* Whole or not at all. Where it cannot be written, this run still goes on. */
static void cache_write(const struct source_of_sso *s)
{
	auto_free char *temporary = xasprintf("%s.XXXXXX", s->path);
	char *text = json_dumps(s->cache, JSON_COMPACT);
	int fd = mkostemp(temporary, 0); /* mode 0600 */
	bool whole;

	charter_assert(text != NULL);
	if (fd >= 0) {
		whole = fd_write(fd, text, strlen(text)) == 0 && fsync(fd) == 0;
		whole = close(fd) == 0 && whole;
		if (!whole || rename(temporary, s->path) < 0)
			unlink(temporary);
	}
	wipe_free(text);
}

static int sso_url(const struct source_of_sso *s, const struct service *service, struct endpoint *e,
		   struct error *err)
{
	return endpoint_resolve(service, partition_of_region(s->region), s->region,
				s->source.place->env->getenv, e, err);
}

static void on_keys(void *ctx, const struct http_response *r);
static void on_renewed(void *ctx, const struct http_response *r);

static int keys_request(struct source_of_sso *s, struct error *err)
{
	struct endpoint e;
	auto_buf url = BUF_INIT(4096);

	if (sso_url(s, &portal, &e, err) < 0)
		return -1;
	buf_printf(&url, "%s/federation/credentials?account_id=", e.url);
	escape_percent(&url, s->account, strlen(s->account));
	buf_puts(&url, "&role_name=");
	escape_percent(&url, s->role, strlen(s->role));
	ask_request(s->ask, "GET", buf_str(&url), 0);
	ask_header(s->ask, "accept", "application/json");
	ask_header(s->ask, "x-amz-sso_bearer_token", cached(s, "accessToken"));
	endpoint_free(&e);
	return 0;
}

static int renewal_request(struct source_of_sso *s, struct error *err)
{
	struct endpoint e;
	auto_free char *url = NULL;
	json_t *input;
	char *body;

	if (sso_url(s, &oidc, &e, err) < 0)
		return -1;
	url = xasprintf("%s/token", e.url);
	endpoint_free(&e);
	input = json_pack("{s:s, s:s, s:s, s:s}", "clientId", cached(s, "clientId"), "clientSecret",
			  cached(s, "clientSecret"), "grantType", "refresh_token", "refreshToken",
			  cached(s, "refreshToken"));
	body = json_dumps(input, JSON_COMPACT);
	charter_assert(body != NULL);
	ask_request(s->ask, "POST", url, 0);
	ask_header(s->ask, "content-type", "application/json");
	ask_body(s->ask, body, strlen(body));
	wipe_free(body);
	json_wipe(input);
	return 0;
}

typedef int request_fn(struct source_of_sso *, struct error *err);

static void sso_ask(struct source_of_sso *s, request_fn *request, ask_done_fn *done)
{
	auto_error err = {0};

	ask_free(s->ask);
	s->ask = ask_new(s->source.place->loop, done, s);
	if (request(s, &err) < 0)
		source_end(&s->source, NULL, &err);
	else
		ask_send(s->ask, 0);
}

static bool sso_again(struct source_of_sso *s, request_fn *request, const struct http_response *r)
{
	auto_error err = {0};

	if (!ask_again(s->ask, r) || request(s, &err) < 0)
		return false;
	ask_send(s->ask, SECOND_US);
	return true;
}

static void on_keys(void *ctx, const struct http_response *r)
{
	struct source_of_sso *s = ctx;
	struct credentials c = {0};
	auto_error err = {0};
	auto_buf said = BUF_INIT(1024);
	json_t *body;

	if (sso_again(s, keys_request, r))
		return;
	if (r->outcome == HTTP_REPLIED && r->status == 401) {
		sso_fail(s, "the session of IAM Identity Center is not accepted any more", "");
		return;
	}
	body = response_json(r);
	if (body != NULL) {
		keys_read(json_object_get(body, "roleCredentials"), &names_sso, &c, &err);
	} else {
		response_say(r, &said);
		error_set(&err, "IAM Identity Center gave no keys for role %s in account %s: %s",
			  s->role, s->account, buf_str(&said));
	}
	json_wipe(body);
	source_end(&s->source, err.code == EXIT_DONE ? &c : NULL, &err);
}

static void cache_renew(struct source_of_sso *s, const json_t *body)
{
	struct clock *clock = s->source.place->env->clock;
	json_t *refresh = json_object_get(body, "refreshToken");
	json_int_t seconds = json_integer_value(json_object_get(body, "expiresIn"));
	char when[TIME_RFC3339];

	json_object_set(s->cache, "accessToken", json_object_get(body, "accessToken"));
	if (json_is_string(refresh))
		json_object_set(s->cache, "refreshToken", refresh);
	time_rfc3339(clock->now_us(clock) + seconds * SECOND_US, when);
	json_object_set_new(s->cache, "expiresAt", json_string(when));
	cache_write(s);
}

static void on_renewed(void *ctx, const struct http_response *r)
{
	struct source_of_sso *s = ctx;
	auto_buf said = BUF_INIT(1024);
	json_t *body;
	bool renewed;

	if (sso_again(s, renewal_request, r))
		return;
	body = response_json(r);
	renewed = json_string_length(json_object_get(body, "accessToken")) > 0;
	if (renewed)
		cache_renew(s, body);
	/* The cache holds texts of the body now; they are wiped with it. */
	json_decref(body);
	if (renewed || time_left(s, "expiresAt") > 0) {
		sso_ask(s, keys_request, on_keys);
		return;
	}
	response_say(r, &said);
	sso_fail(s, "the session of IAM Identity Center has ended, and is not renewed: ",
		 buf_str(&said));
}

static bool is_renewable(const struct source_of_sso *s)
{
	return s->session != NULL && cached(s, "refreshToken") != NULL &&
	       cached(s, "clientId") != NULL && cached(s, "clientSecret") != NULL &&
	       time_left(s, "registrationExpiresAt") > 0;
}

static void sso_get(struct source *source)
{
	struct source_of_sso *s = (struct source_of_sso *)source;
	int64_t left;

	if (cache_read(s) < 0) {
		sso_fail(s, "there is no session of IAM Identity Center in ", s->path);
		return;
	}
	left = time_left(s, "expiresAt");
	if (left < SOON_US && is_renewable(s))
		sso_ask(s, renewal_request, on_renewed);
	else if (left > 0)
		sso_ask(s, keys_request, on_keys);
	else
		sso_fail(s, "the session of IAM Identity Center has ended", "");
}

static void sso_free(struct source *source)
{
	struct source_of_sso *s = (struct source_of_sso *)source;

	ask_free(s->ask);
	json_wipe(s->cache);
	free(s->path);
}

const struct source_kind source_sso = {.decide = sso_decide, .get = sso_get, .free = sso_free};
