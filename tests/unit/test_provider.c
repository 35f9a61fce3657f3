/* Every source of credentials: which one is taken, what it asks for, and what is said where it
 * cannot be. Against a scripted server in virtual time. */
#include "aws/provider_priv.h"

#include "base/arena.h"
#include "base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_US 1795309323000000LL /* 2026-11-22T01:02:03Z */
#define ROLE   "arn:aws:iam::111122223333:role/"
#define STS_KEYS(op, id)                                                                           \
	"<" op "Response><" op "Result><Credentials><AccessKeyId>" id "</AccessKeyId>"             \
	"<SecretAccessKey>CANARY-" id "</SecretAccessKey><SessionToken>CANARY-T</SessionToken>"    \
	"<Expiration>2026-11-22T02:02:03Z</Expiration></Credentials></" op "Result></" op          \
	"Response>"
#define STS_ERROR(code)                                                                            \
	"<ErrorResponse><Error><Code>" code "</Code><Message>said so</Message></Error>"            \
	"<RequestId>r</RequestId></ErrorResponse>"
#define JSON_KEYS(id, when)                                                                        \
	"{\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"CANARY-S\",\"Token\":\"CANARY-T\","     \
	"\"Expiration\":\"" when "\"}"
#define LATER "2026-11-22T07:02:03Z"

/* What the server says to requests whose text holds all of this; each is used once. */
struct step {
	const char *method, *url, *with; /* `with`: in its headers or body; NULL: whatever */
	int status;                      /* 0: silence until the request's time is over */
	const char *body;
};

struct world {
	struct transport transport;
	struct clock clock;
	struct random_seeded random;
	struct env env;
	struct loop *loop;
	int64_t mono_us;
	const struct step *steps; /* NULL method ends */
	size_t step;
	struct http_request *request; /* one at a time */
	struct buf log;
	char dir[64];
	/* The end of a get. */
	bool done;
	char *id, *token, *error;
	int64_t expires_us;
};

static const char *variables[24][2];
static struct world *world;

static const char *get_variable(const char *name)
{
	size_t i;

	for (i = 0; i < 24; i++) {
		if (variables[i][0] != NULL && strcmp(variables[i][0], name) == 0)
			return variables[i][1];
	}
	return NULL;
}

static void set_variable(const char *name, const char *value)
{
	size_t i;

	for (i = 0; variables[i][0] != NULL && strcmp(variables[i][0], name) != 0; i++)
		;
	assert_true(i < 24);
	variables[i][0] = name;
	variables[i][1] = value;
}

static char *path_of(const char *file)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", world->dir, file);
	return path;
}

static void write_file(const char *file, const char *text)
{
	FILE *f = fopen(path_of(file), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int64_t fake_mono(struct clock *c)
{
	return ((struct world *)((char *)c - offsetof(struct world, clock)))->mono_us;
}

static int64_t fake_now(struct clock *c)
{
	return NOW_US + fake_mono(c);
}

/* "METHOD URL" and, for matching, the headers and the body after it. */
static void request_text(const struct http_request *r, struct buf *out)
{
	size_t i;

	for (i = 0; i < r->headers_n; i++)
		buf_printf(out, "%s: %s\n", r->headers[i].name, r->headers[i].value);
	buf_add(out, r->body != NULL ? r->body : "", r->body_len);
}

static void fake_send(struct transport *t, struct http_request *r)
{
	struct world *w = (struct world *)t;

	assert_null(w->request);
	w->request = r;
}

static void fake_wait(struct transport *t, int64_t until_us)
{
	struct world *w = (struct world *)t;
	const struct step *s = &w->steps[w->step];
	struct http_request *r = w->request;
	struct http_response response = {.outcome = HTTP_NOT_SENT, .message = "no route"};
	auto_buf text = BUF_INIT(1 << 16);

	if (r == NULL) {
		assert_true(until_us < INT64_MAX);
		w->mono_us = until_us > w->mono_us ? until_us : w->mono_us;
		return;
	}
	w->request = NULL;
	request_text(r, &text);
	buf_printf(&w->log, "%s %s\n", r->method, r->url);
	if (s->method == NULL)
		fail_msg("an unexpected request: %s %s %s", r->method, r->url, buf_str(&text));
	if (strcmp(s->method, r->method) != 0 || strstr(r->url, s->url) == NULL ||
	    (s->with != NULL && strstr(buf_str(&text), s->with) == NULL))
		fail_msg("expected %s %s %s, got %s %s %s", s->method, s->url,
			 s->with ? s->with : "", r->method, r->url, buf_str(&text));
	w->step++;
	response.body = (struct buf){.max = 1 << 16};
	response.headers = (struct buf){.max = 1 << 16};
	w->mono_us += s->status == 0 ? r->timeout_us : 1000;
	if (s->status != 0) {
		response.outcome = HTTP_REPLIED;
		response.status = s->status;
		buf_puts(&response.body, s->body);
	}
	r->done(r, &response);
	buf_free(&response.body);
	buf_free(&response.headers);
}

static void fake_cancel(struct transport *t, struct http_request *r)
{
	(void)t;
	(void)r;
}

static int set_up(void **state)
{
	struct world *w = xcalloc(1, sizeof *w);

	memset(variables, 0, sizeof variables);
	world = w;
	*state = w;
	w->transport =
	    (struct transport){.send = fake_send, .wait = fake_wait, .cancel = fake_cancel};
	w->clock = (struct clock){.now_us = fake_now, .mono_us = fake_mono};
	random_seed(&w->random, 7);
	w->env = (struct env){.clock = &w->clock,
			      .random = &w->random.base,
			      .transport = &w->transport,
			      .getenv = get_variable};
	w->log = BUF_INIT(1 << 16);
	w->loop = loop_new(&w->clock, &w->transport);
	snprintf(w->dir, sizeof w->dir, P_tmpdir "/charter-test-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(mkdir(path_of(".aws"), 0700), 0);
	assert_int_equal(mkdir(path_of(".aws/sso"), 0700), 0);
	assert_int_equal(mkdir(path_of(".aws/sso/cache"), 0700), 0);
	set_variable("HOME", w->dir);
	return 0;
}

static void forget(struct world *w)
{
	free(w->id);
	free(w->token);
	free(w->error);
	w->id = w->token = w->error = NULL;
	w->done = false;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	auto_free char *command = xasprintf("rm -rf %s", w->dir);

	forget(w);
	loop_free(w->loop);
	buf_free(&w->log);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

static void on_done(void *ctx, const struct credentials *c, const struct error *err)
{
	struct world *w = ctx;

	assert_false(w->done);
	w->done = true;
	if (c == NULL) {
		w->error = xstrdup(err->message);
		assert_null(strstr(w->error, "CANARY"));
		return;
	}
	assert_non_null(c->secret_access_key);
	w->id = xstrdup(c->access_key_id);
	w->token = c->session_token != NULL ? xstrdup(c->session_token) : NULL;
	w->expires_us = c->expires_us;
}

static struct provider *provider_made(char **region)
{
	struct provider *p;
	auto_free char *unused = NULL;
	auto_error err = {0};

	if (provider_new(&p, &world->env, world->loop, region ? region : &unused, &err) < 0)
		fail_msg("%s", err.message);
	return p;
}

static void get_once(struct provider *p, const struct step *steps)
{
	forget(world);
	world->steps = steps;
	world->step = 0;
	provider_get(p, on_done, world);
	assert_false(world->done);
	loop_run(world->loop);
	assert_true(world->done);
	assert_null(steps[world->step].method);
}

#define STEPS(...) ((const struct step[]){__VA_ARGS__{0}})

static void check_get(const struct step *steps, const char *id, int64_t expires_us)
{
	struct provider *p = provider_made(NULL);

	get_once(p, steps);
	if (world->id == NULL)
		fail_msg("%s", world->error);
	assert_string_equal(world->id, id);
	assert_int_equal(world->expires_us, expires_us);
	provider_free(p);
}

static void check_get_fails(const struct step *steps, const char *said)
{
	struct provider *p = provider_made(NULL);

	get_once(p, steps);
	assert_null(world->id);
	if (strstr(world->error, said) == NULL)
		fail_msg("\"%s\" is not in: %s", said, world->error);
	provider_free(p);
}

static void check_new_fails(const char *said)
{
	struct provider *p;
	auto_free char *region = NULL;
	auto_error err = {0};

	assert_int_equal(provider_new(&p, &world->env, world->loop, &region, &err), -1);
	assert_null(p);
	if (strstr(err.message, said) == NULL)
		fail_msg("\"%s\" is not in: %s", said, err.message);
	assert_null(strstr(err.message, "CANARY"));
}

/* One line of what may be there, the first of which counts: "name" of the provider. */
struct order_case {
	const char *set[8]; /* variables "NAME=VALUE" */
	const char *config, *credentials;
	const char *name;  /* of the provider, its beginning */
	const char *error; /* or what is said */
};

static const struct order_case order_cases[] = {
    {{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=CANARY", "AWS_PROFILE=nobody"},
     "[default\n",
     NULL,
     "environment",
     NULL},
    {{"AWS_ACCESS_KEY_ID=A"}, NULL, NULL, NULL, "environment: a key id without a secret key"},
    {{"AWS_PROFILE=nobody"}, NULL, NULL, NULL, "AWS_PROFILE: there is no profile nobody"},
    /* A profile's role stands before the environment's web identity. */
    {{"AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_ROLE_ARN=r"},
     "[default]\nrole_arn = r\nsource_profile = base\n",
     "[base]\naws_access_key_id = B\naws_secret_access_key = CANARY\n",
     "profile default of ",
     NULL},
    {{"AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_ROLE_ARN=r"},
     "[default]\nsso_session = s\n",
     "[default]\naws_access_key_id = B\naws_secret_access_key = CANARY\n",
     "web identity",
     NULL},
    {{"AWS_WEB_IDENTITY_TOKEN_FILE=/t"}, NULL, NULL, NULL, "set AWS_ROLE_ARN"},
    {{NULL},
     "[default]\nrole_arn = r\nweb_identity_token_file = /t\nsource_profile = none\n",
     NULL,
     "profile default of ",
     NULL},
    {{"ACTIONS_ID_TOKEN_REQUEST_URL=https://x", "AWS_ROLE_ARN=r",
      "ACTIONS_ID_TOKEN_REQUEST_TOKEN=CANARY"},
     NULL,
     NULL,
     "web identity of GitHub",
     NULL},
    {{"ACTIONS_ID_TOKEN_REQUEST_URL=https://x", "AWS_ROLE_ARN=r"},
     NULL,
     NULL,
     NULL,
     "id-token: write"},
    {{"ACTIONS_ID_TOKEN_REQUEST_URL=https://x", "AWS_EC2_METADATA_DISABLED=true"},
     NULL,
     NULL,
     NULL,
     "no AWS credentials: set AWS_ACCESS_KEY_ID"},
    {{"AWS_ROLE_ARN=r", "AWS_EC2_METADATA_DISABLED=true"},
     NULL,
     NULL,
     NULL,
     "neither AWS_WEB_IDENTITY_TOKEN_FILE nor"},
    /* Identity Center before the shared credentials file. */
    {{NULL},
     "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n"
     "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://x\n",
     "[default]\naws_access_key_id = B\naws_secret_access_key = CANARY\n",
     "profile default of ",
     NULL},
    {{NULL},
     "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n",
     NULL,
     NULL,
     "profile default: sso_start_url is missing, also in sso-session s"},
    {{NULL},
     "[default]\nsso_start_url = u\nsso_region = eu-west-1\n",
     NULL,
     NULL,
     "sso_account_id is missing"},
    /* The credentials file before login_session and process, these before the configuration. */
    {{NULL},
     "[default]\nlogin_session = x\ncredential_process = y\naws_access_key_id = C\n"
     "aws_secret_access_key = CANARY\n",
     "[default]\naws_access_key_id = B\naws_secret_access_key = CANARY\n",
     "profile default of ",
     NULL},
    {{NULL},
     "[default]\nlogin_session = x\naws_access_key_id = C\naws_secret_access_key = CANARY\n",
     NULL,
     NULL,
     "login_session: sessions of `aws login` are not supported"},
    {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x"},
     "[default]\naws_access_key_id = C\naws_secret_access_key = CANARY\n",
     NULL,
     "profile default of ",
     NULL},
    {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x"}, NULL, NULL, "container", NULL},
    {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=x"}, NULL, NULL, NULL, "begins with /"},
    {{NULL}, NULL, NULL, "instance metadata", NULL},
    {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=v6"}, NULL, NULL, NULL, "must be IPv4 or IPv6"},
    {{NULL}, "[default]\naws_access_key_id = C\n", NULL, NULL, "without a secret key"},
    {{NULL}, "[default]\nendpoint_url = http://x\n", NULL, NULL, "does not follow `endpoint_url`"},
    {{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=CANARY"},
     "[default]\nservices = local\n[services local]\nsts =\n  endpoint_url = http://x\n",
     NULL,
     NULL,
     "does not follow `services`"},
    {{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=CANARY", "AWS_ENDPOINT_URL=http://127.0.0.1"},
     "[default]\nendpoint_url = http://x\n",
     NULL,
     "environment",
     NULL},
    /* Files and profiles that are wrong. */
    {{NULL}, "[default]\nCANARY\n", NULL, NULL, "config:2: is neither"},
    {{NULL}, NULL, "[default]\n[broken\n", NULL, "credentials:2: is neither"},
    {{NULL},
     "[default]\nrole_arn = r\n",
     NULL,
     NULL,
     "role_arn needs either source_profile or credential_source"},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment\n",
     NULL,
     NULL,
     "not both"},
    {{NULL},
     "[default]\nrole_arn = r\ncredential_source = Nowhere\n",
     NULL,
     NULL,
     "must be Environment"},
    {{NULL},
     "[default]\nrole_arn = r\ncredential_source = Environment\n",
     NULL,
     NULL,
     "AWS_ACCESS_KEY_ID is not set"},
    {{"AWS_EC2_METADATA_DISABLED=true"},
     "[default]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n",
     NULL,
     NULL,
     "AWS_EC2_METADATA_DISABLED forbids"},
    {{NULL},
     "[default]\nrole_arn = r\ncredential_source = EcsContainer\n",
     NULL,
     NULL,
     "_FULL_URI is set"},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = none\n",
     NULL,
     NULL,
     "there is no profile none"},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = default\n",
     NULL,
     NULL,
     "profile default has no keys of its own"},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = default\ncredential_process = x\n",
     NULL,
     NULL,
     "profile default has no keys of its own"},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = default\n"
     "aws_access_key_id = C\naws_secret_access_key = CANARY\n",
     NULL,
     "profile default of ",
     NULL},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = b\n"
     "[profile b]\nrole_arn = r\nsource_profile = default\n",
     NULL,
     NULL,
     "in a circle"},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = b\n[profile b]\nregion = x\n",
     NULL,
     NULL,
     "profile b has no credentials"},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = b\nmfa_serial = m\n[profile b]\n",
     NULL,
     NULL,
     "mfa_serial: charter asks for no codes"},
    {{NULL},
     "[default]\nrole_arn = r\nsource_profile = b\nduration_seconds = 60\n[profile b]\n",
     NULL,
     NULL,
     "duration_seconds: must be a number from 900 to 43200"},
};

static void order_case_check(const struct order_case *c)
{
	struct provider *p;
	size_t i;

	set_variable("HOME", world->dir);
	for (i = 0; i < 8 && c->set[i] != NULL; i++) {
		char *set = strdup(c->set[i]);

		*strchr(set, '=') = '\0';
		set_variable(set, set + strlen(set) + 1);
	}
	unlink(path_of(".aws/config"));
	unlink(path_of(".aws/credentials"));
	if (c->config != NULL)
		write_file(".aws/config", c->config);
	if (c->credentials != NULL)
		write_file(".aws/credentials", c->credentials);
	if (c->error != NULL) {
		check_new_fails(c->error);
	} else {
		p = provider_made(NULL);
		assert_memory_equal(provider_name(p), c->name, strlen(c->name));
		provider_free(p);
	}
	for (i = 1; i < 24; i++) {
		free((char *)variables[i][0]);
		variables[i][0] = NULL;
	}
}

static void test_order(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof order_cases / sizeof order_cases[0]; i++)
		order_case_check(&order_cases[i]);
}

static void test_files(void **state)
{
	struct provider *p;
	auto_free char *region = NULL;

	(void)state;
	write_file(".aws/config", "[default]\nregion = eu-west-1\naws_access_key_id = CONFIG\n"
				  "aws_secret_access_key = CANARY\n[profile other]\n"
				  "aws_access_key_id = OTHER\naws_secret_access_key = CANARY\n");
	p = provider_made(&region);
	assert_string_equal(region, "eu-west-1");
	get_once(p, STEPS());
	assert_string_equal(world->id, "CONFIG");
	assert_null(world->token);
	assert_int_equal(world->expires_us, 0);
	/* Keys that are replaced meanwhile are the ones of the next get; another source is not. */
	write_file(".aws/config", "[default]\naws_access_key_id = NEW\n"
				  "aws_secret_access_key = CANARY\n");
	get_once(p, STEPS());
	assert_string_equal(world->id, "NEW");
	write_file(".aws/credentials", "[default]\naws_access_key_id = FILE\n"
				       "aws_secret_access_key = CANARY\naws_session_token = T\n");
	get_once(p, STEPS());
	assert_non_null(strstr(world->error, "would now come from profile default of "));
	provider_free(p);
	check_get(STEPS(), "FILE", 0);
	assert_string_equal(world->token, "T");
	unlink(path_of(".aws/credentials"));
	write_file(".aws/config", "[profile other]\naws_access_key_id = OTHER\nregion = us-west-2\n"
				  "aws_secret_access_key = CANARY\n");
	set_variable("AWS_PROFILE", "other");
	set_variable("AWS_DEFAULT_REGION", "eu-north-1");
	free(region);
	p = provider_made(&region);
	assert_string_equal(region, "eu-north-1");
	provider_free(p);
	/* Both files, by their variables. */
	set_variable("AWS_CONFIG_FILE", "~/elsewhere");
	check_new_fails("no profile other");
	write_file("elsewhere", "[profile other]\naws_access_key_id = ELSE\n"
				"aws_secret_access_key = CANARY\n");
	check_get(STEPS(), "ELSE", 0);
}

static void test_role(void **state)
{
	(void)state;
	write_file(".aws/config",
		   "[default]\nregion = eu-west-1\nrole_arn = " ROLE "top\nsource_profile = mid\n"
		   "external_id = x1\nduration_seconds = 900\nrole_session_name = me\n"
		   "[profile mid]\nrole_arn = " ROLE "mid\nsource_profile = base\n"
		   "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = CANARY\n");
	check_get(STEPS({"POST", "https://sts.eu-west-1.amazonaws.com/", "Credential=BASE/", 200,
			 STS_KEYS("AssumeRole", "MID")},
			{"POST", "https://sts.eu-west-1.amazonaws.com/", "Credential=MID/", 200,
			 STS_KEYS("AssumeRole", "TOP")}, ),
		  "TOP", NOW_US + 3600 * SECOND_US);
	check_get(
	    STEPS({"POST", "/", "RoleSessionName=charter", 500, "<html>"},
		  {"POST", "/", "role%2Fmid", 400, STS_ERROR("Throttling")},
		  {"POST", "/", NULL, 200, STS_KEYS("AssumeRole", "MID")},
		  {"POST", "/",
		   "DurationSeconds=900&ExternalId=x1&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%"
		   "3Arole%2Ftop&RoleSessionName=me",
		   200, STS_KEYS("AssumeRole", "TOP")}, ),
	    "TOP", NOW_US + 3600 * SECOND_US);
	check_get_fails(STEPS({"POST", "/", NULL, 403, STS_ERROR("AccessDenied")}, ),
			"role/mid: sts AssumeRole: said so (AccessDenied)");
	set_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:80/x");
	write_file(".aws/config", "[default]\nregion = eu-west-1\nrole_arn = " ROLE "top\n"
				  "credential_source = EcsContainer\n");
	check_get(STEPS({"GET", "http://127.0.0.1:80/x", NULL, 200, JSON_KEYS("BOX", LATER)},
			{"POST", "/", "Credential=BOX/", 200, STS_KEYS("AssumeRole", "TOP")}, ),
		  "TOP", NOW_US + 3600 * SECOND_US);
	check_get_fails(STEPS({"GET", "/x", NULL, 200, "{\"AccessKeyId\":\"CANARY\"}"}, ),
			"credentials from container: the answer has no SecretAccessKey");
}

static void test_web_identity(void **state)
{
	auto_free char *token = xasprintf("%s/token", world->dir);
	const struct step *again =
	    STEPS({"POST", "/", NULL, 400, STS_ERROR("IDPCommunicationError")},
		  {"POST", "/", "WebIdentityToken=CANARY.2", 200,
		   STS_KEYS("AssumeRoleWithWebIdentity", "W2")}, );
	struct provider *p;

	(void)state;
	set_variable("AWS_WEB_IDENTITY_TOKEN_FILE", token);
	set_variable("AWS_ROLE_ARN", ROLE "ci");
	set_variable("AWS_ROLE_SESSION_NAME", "job-7");
	write_file("token", "CANARY.1\n");
	p = provider_made(NULL);
	get_once(p, STEPS({"POST", "https://sts.us-east-1.amazonaws.com/",
			   "RoleSessionName=job-7&WebIdentityToken=CANARY.1", 200,
			   STS_KEYS("AssumeRoleWithWebIdentity", "W1")}, ));
	assert_string_equal(world->id, "W1");
	write_file("token", "CANARY.2");
	get_once(p, again);
	assert_string_equal(world->id, "W2");
	unlink(token);
	get_once(p, STEPS());
	assert_non_null(strstr(world->error, "AWS_WEB_IDENTITY_TOKEN_FILE: "));
	assert_non_null(strstr(world->error, "No such file"));
	write_file("token", "");
	get_once(p, STEPS());
	assert_non_null(strstr(world->error, "is empty"));
	provider_free(p);
}

static void test_github(void **state)
{
	(void)state;
	set_variable("ACTIONS_ID_TOKEN_REQUEST_URL", "https://pipelines/token?v=2");
	set_variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "CANARY");
	set_variable("AWS_ROLE_ARN", ROLE "ci");
	check_get(STEPS({"GET", "https://pipelines/token?v=2&audience=sts.amazonaws.com",
			 "authorization: bearer CANARY", 503, ""},
			{"GET", "audience=", NULL, 200, "{\"value\":\"CANARY.JWT\"}"},
			{"POST", "/", "WebIdentityToken=CANARY.JWT", 200,
			 STS_KEYS("AssumeRoleWithWebIdentity", "GH")}, ),
		  "GH", NOW_US + 3600 * SECOND_US);
	assert_null(strstr(buf_str(&world->log), "CANARY"));
	check_get_fails(STEPS({"GET", "audience=", NULL, 401, "{\"error\":\"CANARY now\"}"}, ),
			"GitHub gave no token: HTTP status 401");
}

static void test_container(void **state)
{
	static const char *const refused[] = {
	    "http://10.0.0.1/",           "http://169.254.169.254/",
	    "http://127.0.0.1.x.io/",     "http://127.0.0.1@x.io/",
	    "http://localhost.x.io/",     "http://[fd00:ec2::24]/",
	    "http://x.io\\@127.0.0.1/",   "http://0177.0.0.1/",
	    "ftp://127.0.0.1/",           "http://169.254.170.2:80@x.io/",
	    "http://169.254.170.23.x.io", "http:///x",
	};
	static const char *const allowed[] = {
	    "http://127.3.2.1:8080/x", "http://localhost/x",      "http://169.254.170.2/x",
	    "http://169.254.170.23/x", "http://[fd00:ec2::23]/x", "http://[::1]:1/x",
	    "https://x.io/x",
	};
	auto_free char *file = xasprintf("%s/token", world->dir);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		set_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", refused[i]);
		check_new_fails("AWS_CONTAINER_CREDENTIALS_FULL_URI: ");
	}
	for (i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		set_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", allowed[i]);
		check_get(STEPS({"GET", allowed[i], NULL, 200, JSON_KEYS("BOX", LATER)}, ), "BOX",
			  NOW_US + 6 * 3600 * SECOND_US);
	}
	set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/keys?id=7");
	set_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", "CANARY-ENV");
	check_get(STEPS({"GET", "http://169.254.170.2/v2/keys?id=7", "authorization: CANARY-ENV", 0,
			 NULL},
			{"GET", "/v2/keys", NULL, 500, ""},
			{"GET", "/v2/keys", NULL, 200, JSON_KEYS("BOX", LATER)}, ),
		  "BOX", NOW_US + 6 * 3600 * SECOND_US);
	check_get_fails(STEPS({"GET", "/", NULL, 0, NULL}, {"GET", "/", NULL, 0, NULL},
			      {"GET", "/", NULL, 0, NULL}, ),
			"the container's endpoint gave none: no route");
	check_get_fails(
	    STEPS({"GET", "/", NULL, 403, "{\"code\":\"NoGo\",\"message\":\"CANARY\"}"}, ),
	    "HTTP status 403 (NoGo)");
	set_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file);
	write_file("token", "CANARY-FILE");
	check_get(STEPS({"GET", "/v2/keys", "authorization: CANARY-FILE", 200,
			 JSON_KEYS("BOX", LATER)}, ),
		  "BOX", NOW_US + 6 * 3600 * SECOND_US);
	write_file("token", "CANARY\r\nx: y");
	check_get_fails(STEPS(), "the token holds a line break");
	unlink(file);
	check_get_fails(STEPS(), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: ");
}

static void test_imds(void **state)
{
	const char *keys = "{\"Code\":\"Success\",\"AccessKeyId\":\"EC2\",\"SecretAccessKey\":"
			   "\"CANARY\",\"Token\":\"CANARY\",\"Expiration\":\"" LATER "\"}";
	int64_t ends_us = NOW_US + 6 * 3600 * SECOND_US, started_us;

	(void)state;
	check_get(STEPS({"PUT", "http://169.254.169.254/latest/api/token",
			 "x-aws-ec2-metadata-token-ttl-seconds: 21600", 200, "CANARY-TOKEN"},
			{"GET", "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
			 "x-aws-ec2-metadata-token: CANARY-TOKEN", 200, "role-1\n"},
			{"GET", "security-credentials/role-1", "CANARY-TOKEN", 200, keys}, ),
		  "EC2", ends_us);
	/* Version 1 only where the service says that it knows no tokens. */
	check_get(STEPS({"PUT", "/token", NULL, 405, ""},
			{"GET", "security-credentials/", NULL, 200, "role-1"},
			{"GET", "/role-1", NULL, 200, keys}, ),
		  "EC2", ends_us);
	check_get_fails(STEPS({"PUT", "/token", NULL, 400, ""}, ),
			"did not answer: HTTP status 400");
	started_us = world->mono_us;
	check_get_fails(STEPS({"PUT", "/token", NULL, 0, NULL}, ), "There are no AWS credentials");
	assert_true(world->mono_us - started_us <= 3 * SECOND_US);
	started_us = world->mono_us;
	check_get_fails(STEPS({"PUT", "/token", NULL, 200, "T"}, {"GET", "/", NULL, 200, "role"},
			      {"GET", "/", NULL, 0, NULL}, ),
			"gave no keys: no route");
	assert_true(world->mono_us - started_us <= 3 * SECOND_US);
	check_get_fails(STEPS({"PUT", "/token", NULL, 200, "T"}, {"GET", "/", NULL, 404, ""}, ),
			"the instance has no role: HTTP status 404");
	check_get_fails(
	    STEPS({"PUT", "/token", NULL, 200, "T"}, {"GET", "/", NULL, 200, "../../CANARY"}, ),
	    "the instance has no role");
	check_get_fails(STEPS({"PUT", "/token", NULL, 200, "T"}, {"GET", "/", NULL, 200, "r"},
			      {"GET", "/", NULL, 200, "{\"Code\":\"Failed\"}"}, ),
			"HTTP status 200 (Failed)");
	set_variable("AWS_EC2_METADATA_V1_DISABLED", "true");
	check_get_fails(STEPS({"PUT", "/token", NULL, 403, ""}, ), "forbids version 1");
	set_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6");
	check_get_fails(STEPS({"PUT", "http://[fd00:ec2::254]/latest", NULL, 403, ""}, ),
			"forbids");
	set_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:8/");
	check_get_fails(STEPS({"PUT", "http://127.0.0.1:8/latest", NULL, 403, ""}, ), "forbids");
}

static void write_process(const char *output, int status)
{
	auto_free char *script =
	    xasprintf("#!/bin/sh\ncat <<'EOF'\n%s\nEOF\nexit %d\n", output, status);
	auto_free char *config =
	    xasprintf("[default]\ncredential_process = \"%s/my tool\" 'a b' CANARY\n", world->dir);

	write_file("my tool", script);
	assert_int_equal(chmod(path_of("my tool"), 0700), 0);
	write_file(".aws/config", config);
}

static void test_process(void **state)
{
	(void)state;
	write_process("{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"CANARY\","
		      "\"SessionToken\":\"T\",\"Expiration\":\"" LATER "\"}",
		      0);
	check_get(STEPS(), "P", NOW_US + 6 * 3600 * SECOND_US);
	write_process("{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"CANARY\"}", 0);
	check_get(STEPS(), "P", 0);
	write_process("CANARY", 0);
	check_get_fails(STEPS(), "credential_process printed no JSON object");
	write_process("[\"CANARY\"]", 0);
	check_get_fails(STEPS(), "printed no JSON object");
	write_process("{\"AccessKeyId\":\"CANARY\"}", 0);
	check_get_fails(STEPS(), "printed no \"Version\": 1");
	write_process("{\"Version\":1,\"AccessKeyId\":\"CANARY\"}", 0);
	check_get_fails(STEPS(), "the answer has no SecretAccessKey");
	write_process("{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"CANARY\","
		      "\"Expiration\":\"CANARY\"}",
		      0);
	check_get_fails(STEPS(), "the answer's Expiration is no time");
	write_process("{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"CANARY\","
		      "\"Expiration\":\"2026-11-22T01:00:00Z\"}",
		      0);
	check_get_fails(STEPS(), "gave credentials that ended at 2026-11-22T01:00:00Z");
	write_process("CANARY", 3);
	check_get_fails(STEPS(), "credential_process failed with exit status 3");
	unlink(path_of("my tool"));
	check_get_fails(STEPS(), "No such file");
}

static void check_run_fails(const char *command, int64_t limit_us, const char *said)
{
	auto_buf out = {0};
	auto_error err = {0};
	int64_t started_us = clock_system()->mono_us(clock_system());

	assert_int_equal(process_run(command, limit_us, &out, &err), -1);
	if (strstr(err.message, said) == NULL)
		fail_msg("\"%s\" is not in: %s", said, err.message);
	assert_true(clock_system()->mono_us(clock_system()) - started_us < 5 * SECOND_US);
}

static void test_process_run(void **state)
{
	auto_buf out = {0};
	auto_error err = {0};

	(void)state;
	assert_int_equal(
	    process_run("printf '%s|' a\\ b \"c \\\" $HOME\" 'd\\'", 5 * SECOND_US, &out, &err), 0);
	assert_string_equal(buf_str(&out), "a b|c \" $HOME|d\\|");
	check_run_fails("sleep 60", SECOND_US / 5, "did not end within 0 seconds");
	/* What it started is ended with it; what closed its output and lives on, too. */
	check_run_fails("sh -c 'sleep 60 & sleep 60'", SECOND_US / 5, "was ended");
	check_run_fails("sh -c 'exec >&-; sleep 60'", SECOND_US / 5, "was ended");
	check_run_fails("sh -c 'kill -9 $$'", 5 * SECOND_US, "signal 9");
	check_run_fails("yes CANARY", 5 * SECOND_US, "printed more than 65536 bytes");
	check_run_fails("printf 'open", 5 * SECOND_US, "open quote");
	check_run_fails("  ", 5 * SECOND_US, "is empty");
}

#define SSO_PROFILE                                                                                \
	"[default]\nsso_session = my sso\nsso_account_id = 111122223333\n"                         \
	"sso_role_name = Ad min\nregion = eu-west-1\n[sso-session my sso]\n"                       \
	"sso_region = eu-north-1\nsso_start_url = https://x.awsapps.com/start\n"
#define SSO_CACHE ".aws/sso/cache/b3902c2d49b36c95af74dedb0f77c5828749e230.json" /* its sha1 */
#define URL_CACHE ".aws/sso/cache/3947de8b16688092197fa616c34e01335f21d256.json"
#define SSO_KEYS                                                                                   \
	"{\"roleCredentials\":{\"accessKeyId\":\"SSO\",\"secretAccessKey\":\"CANARY\","            \
	"\"sessionToken\":\"CANARY\",\"expiration\":1795312923000}}"
#define SSO_ENDS 1795312923000000LL
#define RENEWABLE                                                                                  \
	",\"clientId\":\"c1\",\"clientSecret\":\"CANARY\",\"refreshToken\":\"CANARY-R1\","         \
	"\"registrationExpiresAt\":\"2027-01-01T00:00:00Z\""

static void write_cache(const char *expires, const char *more)
{
	auto_free char *text = xasprintf(
	    "{\"accessToken\":\"CANARY-A1\",\"expiresAt\":\"%s\",\"kept\":true%s}", expires, more);

	write_file(SSO_CACHE, text);
}

static void check_cache(const char *has, bool is)
{
	auto_buf text = BUF_INIT(4096);

	assert_int_equal(file_load(path_of(SSO_CACHE), &text), 0);
	if ((strstr(buf_str(&text), has) != NULL) != is)
		fail_msg("%s: %s", has, buf_str(&text));
}

static void test_sso(void **state)
{
	struct stat file;

	(void)state;
	write_file(".aws/config", SSO_PROFILE);
	check_get_fails(STEPS(), "run `aws sso login --profile default`");
	write_cache("2026-11-22T03:00:00Z", RENEWABLE);
	check_get(STEPS({"GET",
			 "https://portal.sso.eu-north-1.amazonaws.com/federation/"
			 "credentials?account_id=111122223333&role_name=Ad%20min",
			 "x-amz-sso_bearer_token: CANARY-A1", 200, SSO_KEYS}, ),
		  "SSO", SSO_ENDS);
	check_get_fails(STEPS({"GET", "/", NULL, 401, "{\"message\":\"CANARY\"}"}, ),
			"is not accepted any more; run `aws sso login");
	check_get_fails(STEPS({"GET", "/", NULL, 403, "{\"__type\":\"ForbiddenException\"}"}, ),
			"gave no keys for role Ad min in account 111122223333: HTTP status 403 "
			"(ForbiddenException)");
	/* What ended, or ends soon, is renewed where it can be, and the cache with it. */
	write_cache("2026-11-22T01:00:00Z", RENEWABLE);
	check_get(STEPS({"POST", "https://oidc.eu-north-1.amazonaws.com/token",
			 "\"grantType\":\"refresh_token\"", 200,
			 "{\"accessToken\":\"CANARY-A2\",\"expiresIn\":3600,\"refreshToken\":"
			 "\"CANARY-R2\"}"},
			{"GET", "https://portal.", "CANARY-A2", 200, SSO_KEYS}, ),
		  "SSO", SSO_ENDS);
	check_cache("CANARY-A2", true);
	check_cache("CANARY-R2", true);
	check_cache("\"kept\":true", true);
	check_cache("2026-11-22T02:02:", true);
	assert_int_equal(stat(path_of(SSO_CACHE), &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	write_cache("2026-11-22T01:04:00Z", RENEWABLE);
	check_get(STEPS({"POST", "/token", "CANARY-R1", 400, "{\"error\":\"invalid_grant\"}"},
			{"GET", "https://portal.", "CANARY-A1", 200, SSO_KEYS}, ),
		  "SSO", SSO_ENDS);
	write_cache("2026-11-22T01:00:00Z", RENEWABLE);
	check_get_fails(STEPS({"POST", "/token", NULL, 400, "{\"error\":\"invalid_grant\"}"}, ),
			"is not renewed: HTTP status 400 (invalid_grant); run `aws sso login");
	write_cache("2026-11-22T01:00:00UTC", "");
	check_get_fails(STEPS(), "has ended; run `aws sso login");
	write_file(SSO_CACHE, "CANARY");
	check_get_fails(STEPS(), "there is no session");
	/* The older form, by its URL. */
	write_file(".aws/config",
		   "[default]\nsso_start_url = https://x.awsapps.com/start\n"
		   "sso_region = eu-north-1\nsso_account_id = 1\nsso_role_name = r\n");
	write_file(URL_CACHE,
		   "{\"accessToken\":\"CANARY-A3\",\"expiresAt\":\"2026-11-22T01:03:00UTC\"}");
	set_variable("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:9");
	check_get(STEPS({"GET", "http://127.0.0.1:9/federation", "CANARY-A3", 200, SSO_KEYS}, ),
		  "SSO", SSO_ENDS);
}

/* Whoever asked is gone: nothing is told, nothing is left. */
static void test_free_under_way(void **state)
{
	struct provider *p;

	(void)state;
	set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
	p = provider_made(NULL);
	provider_get(p, on_done, world);
	provider_free(p);
	loop_run(world->loop);
	p = provider_made(NULL);
	provider_get(p, on_done, world);
	loop_step(world->loop);
	assert_non_null(world->request);
	provider_free(p);
	loop_run(world->loop);
	/* The transport gives its request back. */
	world->steps = STEPS({"GET", "/x", NULL, 200, JSON_KEYS("BOX", LATER)}, );
	loop_step(world->loop);
	assert_false(world->done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_role, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_web_identity, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_github, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_container, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_imds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_process, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_process_run, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_sso, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_free_under_way, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
