#include "aws/provider_priv.h"
#include "aws/service.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

/* The order is that of the AWS SDKs and Tools Reference Guide ("Standardized credential
 * providers"). The first that is named ends the search, also when it is wrong. */
static const struct source_kind *const chain[] = {
    &source_environment,      &source_role,  &source_web,     &source_sso,
    &source_credentials_file, &source_login, &source_process, &source_config_file,
    &source_container,        &source_imds,
};

/* One get, or the decision alone, with the files as they are then. */
struct getting {
	struct provider *provider;
	struct place place;
	struct source *source;
	struct timer *timer;
	void (*done)(void *ctx, const struct credentials *, const struct error *);
	void *ctx;
	struct error err; /* of the decision */
};

struct provider {
	const struct env *env;
	struct loop *loop;
	char *name;
	struct getting *getting; /* NULL: none is under way */
};

void *source_new(size_t size, const struct source_kind *kind, const struct decision *d, char *name)
{
	struct source *s = xcalloc(1, size);

	*s = (struct source){.kind = kind, .place = d->place, .name = name};
	return s;
}

void source_free(struct source *s)
{
	if (s == NULL)
		return;
	if (s->kind->free != NULL)
		s->kind->free(s);
	free(s->name);
	free(s);
}

void source_get(struct source *s, source_done_fn *done, void *ctx)
{
	s->done = done;
	s->ctx = ctx;
	s->kind->get(s);
}

void source_end(struct source *s, struct credentials *c, struct error *err)
{
	source_done_fn *done = s->done;

	s->done = NULL;
	if (c == NULL) {
		error_prefix(err, "credentials from %s", s->name);
		done(s->ctx, NULL, err);
		return;
	}
	free(c->source);
	c->source = xstrdup(s->name);
	done(s->ctx, c, NULL);
	credentials_free(c);
}

int source_decide(const struct decision *d, struct source **s, struct error *err)
{
	size_t i;
	int decided = 0;

	for (i = 0; i < sizeof chain / sizeof chain[0] && decided == 0; i++)
		decided = chain[i]->decide(d, s, err);
	return decided;
}

char *source_profile_name(const struct decision *d, const char *key)
{
	return xasprintf("profile %s of %s", d->profile,
			 files_where(&d->place->files, d->profile, key));
}

const char *place_env(const struct place *p, const char *variable)
{
	return env_get(p->env->getenv, variable);
}

const char *decision_get(const struct decision *d, const char *key)
{
	return files_get(&d->place->files, d->profile, key);
}

static void place_free(struct place *p)
{
	files_free(&p->files);
	free(p->region);
}

/* With keys in the environment the files give only the region: broken ones stop nothing. */
static int place_read(struct place *p, struct error *err)
{
	auto_error ignored = {0};
	bool needed = place_env(p, "AWS_ACCESS_KEY_ID") == NULL;

	if (files_read(&p->files, p->env->getenv, needed ? err : &ignored) < 0 && needed)
		return -1;
	p->region = files_region(&p->files);
	return 0;
}

static int none_found(const struct place *p, struct error *err)
{
	const char *path = p->files.credentials.path;
	const char *hint = "";

	if (place_env(p, "AWS_ROLE_ARN") != NULL)
		hint = "; AWS_ROLE_ARN is set, but neither AWS_WEB_IDENTITY_TOKEN_FILE nor, in a "
		       "job of GitHub, the permission `id-token: write`";
	return error_set(err,
			 "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and "
			 "AWS_SESSION_TOKEN), or a profile in %s%s",
			 path != NULL ? path : "~/.aws/credentials", hint);
}

/* charter would be elsewhere than AWS's own tools with the same profile. */
static int check_endpoints(const struct decision *d, struct error *err)
{
	static const char *const keys[] = {"endpoint_url", "services"};
	size_t i;

	for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (decision_get(d, keys[i]) != NULL &&
		    place_env(d->place, "AWS_ENDPOINT_URL") == NULL &&
		    place_env(d->place, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == NULL)
			return error_set(
			    err,
			    "profile %s: charter does not follow `%s`: set AWS_ENDPOINT_URL, or "
			    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true",
			    d->profile, keys[i]);
	}
	return 0;
}

static int check_profile(const struct decision *d, struct error *err)
{
	const struct shared_files *f = &d->place->files;

	if (check_endpoints(d, err) < 0)
		return -1;
	if (place_env(d->place, "AWS_ACCESS_KEY_ID") != NULL)
		return 0;
	if (f->named && !files_has(f, f->profile))
		return error_set(err, "AWS_PROFILE: there is no profile %s in %s or %s", f->profile,
				 f->credentials.path ? f->credentials.path : "the credentials file",
				 f->config.path ? f->config.path : "the configuration file");
	return 0;
}

static int getting_decide(struct getting *g, struct error *err)
{
	struct decision d = {.place = &g->place, .top = true};
	int decided;

	g->place.env = g->provider->env;
	g->place.loop = g->provider->loop;
	if (place_read(&g->place, err) < 0)
		return -1;
	d.profile = g->place.files.profile;
	if (check_profile(&d, err) < 0)
		return -1;
	decided = source_decide(&d, &g->source, err);
	if (decided == 0)
		return none_found(&g->place, err);
	return decided < 0 ? -1 : 0;
}

static void getting_free(struct getting *g)
{
	if (g == NULL)
		return;
	if (g->timer != NULL) {
		loop_cancel(g->provider->loop, g->timer);
		loop_release(g->provider->loop);
	}
	source_free(g->source);
	place_free(&g->place);
	error_clear(&g->err);
	free(g);
}

static struct getting *getting_new(struct provider *p)
{
	struct getting *g = xcalloc(1, sizeof *g);

	g->provider = p;
	return g;
}

int provider_new(struct provider **out, const struct env *env, struct loop *loop, char **region,
		 struct error *err)
{
	struct provider *p = xcalloc(1, sizeof *p);
	struct getting *g;
	int result;

	*p = (struct provider){.env = env, .loop = loop};
	*out = NULL;
	*region = NULL;
	g = getting_new(p);
	result = getting_decide(g, err);
	if (result == 0) {
		p->name = xstrdup(g->source->name);
		*region = g->place.region;
		g->place.region = NULL;
		*out = p;
	}
	getting_free(g);
	if (result < 0)
		provider_free(p);
	return result;
}

void provider_free(struct provider *p)
{
	if (p == NULL)
		return;
	getting_free(p->getting);
	free(p->name);
	free(p);
}

const char *provider_name(const struct provider *p)
{
	return p->name;
}

/* The caller may free the provider, or get again. */
static void on_source(void *ctx, struct credentials *c, const struct error *err)
{
	struct getting *g = ctx;

	g->provider->getting = NULL;
	g->done(g->ctx, c, err);
	getting_free(g);
}

static void on_start(void *ctx)
{
	struct getting *g = ctx;
	struct loop *loop = g->provider->loop;

	g->timer = NULL;
	if (g->err.code != EXIT_DONE)
		on_source(g, NULL, &g->err);
	else
		source_get(g->source, on_source, g);
	loop_release(loop);
}

static void getting_check(struct getting *g)
{
	if (getting_decide(g, &g->err) < 0 || strcmp(g->source->name, g->provider->name) == 0)
		return;
	error_set(&g->err,
		  "the credentials of this run came from %s, and would now come from %s: somebody "
		  "changed the configuration of AWS's tools meanwhile; start again",
		  g->provider->name, g->source->name);
}

void provider_get(struct provider *p,
		  void (*done)(void *ctx, const struct credentials *, const struct error *),
		  void *ctx)
{
	struct getting *g = getting_new(p);
	struct clock *clock = loop_clock(p->loop);

	charter_assert(p->getting == NULL);
	p->getting = g;
	g->done = done;
	g->ctx = ctx;
	getting_check(g);
	if (g->place.region == NULL)
		g->place.region = xstrdup(DEFAULT_REGION);
	loop_hold(p->loop);
	g->timer = loop_at(p->loop, clock->mono_us(clock), on_start, g);
}
