/* A role for a web identity: a token that somebody else vouches for is exchanged for keys,
 * unsigned. The token stands in a file, which is read anew each time; in a job of GitHub it is
 * fetched. */
#include "aws/provider_priv.h"
#include "aws/sts_exchange.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/env.h"
#include "base/text.h"

#include <string.h>

#define AUDIENCE "sts.amazonaws.com"

struct source_of_web {
	struct source source;
	const char *role_arn, *session_name;
	const char *variable, *token_file; /* the file, or NULL; and who named it */
	const char *url, *bearer;          /* GitHub's */
	int duration_s;
	struct ask *ask;
	struct sts_exchange *exchange;
};

/* The environment stands before the profile. */
static void web_file_of(const struct decision *d, struct source_of_web *s)
{
	s->variable = "AWS_WEB_IDENTITY_TOKEN_FILE";
	s->token_file = d->top ? place_env(d->place, s->variable) : NULL;
	if (s->token_file != NULL)
		return;
	s->variable = "web_identity_token_file";
	s->token_file = decision_get(d, s->variable);
}

static int github_decide(const struct decision *d, struct source_of_web *s, struct error *err)
{
	s->url = place_env(d->place, "ACTIONS_ID_TOKEN_REQUEST_URL");
	s->bearer = place_env(d->place, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
	if (s->bearer == NULL)
		return error_set(err,
				 "ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set, although "
				 "ACTIONS_ID_TOKEN_REQUEST_URL is: the job needs the permission "
				 "`id-token: write`");
	if (!str_starts(s->url, "https://") && !str_starts(s->url, "http://127.0.0.1:"))
		return error_set(err, "ACTIONS_ID_TOKEN_REQUEST_URL: must be https");
	return 1;
}

static int role_of_web(const struct decision *d, struct source_of_web *s, struct error *err)
{
	s->role_arn = d->top ? place_env(d->place, "AWS_ROLE_ARN") : NULL;
	if (s->role_arn == NULL)
		s->role_arn = decision_get(d, "role_arn");
	if (s->role_arn == NULL)
		return error_set(err,
				 "%s is set, but no role: set AWS_ROLE_ARN, or role_arn in "
				 "profile %s",
				 s->variable, d->profile);
	s->session_name = decision_session_name(d);
	s->duration_s = decision_duration(d, err);
	return s->duration_s < 0 ? -1 : 1;
}

static int web_decide(const struct decision *d, struct source **out, struct error *err)
{
	struct source_of_web found = {0}, *s;
	bool github = d->top && place_env(d->place, "AWS_ROLE_ARN") != NULL &&
		      place_env(d->place, "ACTIONS_ID_TOKEN_REQUEST_URL") != NULL;
	char *name;
	int result;

	web_file_of(d, &found);
	if (d->keys_only || (found.token_file == NULL && !github))
		return 0;
	if (found.token_file == NULL)
		name = xstrdup("web identity of GitHub");
	else if (strcmp(found.variable, "web_identity_token_file") == 0)
		name = source_profile_name(d, found.variable);
	else
		name = xstrdup("web identity");
	s = source_new(sizeof *s, &source_web, d, name);
	found.source = s->source;
	*s = found;
	*out = &s->source;
	result = role_of_web(d, s, err);
	return result > 0 && s->token_file == NULL ? github_decide(d, s, err) : result;
}

static void web_exchange(struct source_of_web *s, const char *token)
{
	json_t *input = json_pack("{s:s, s:s, s:s}", "RoleArn", s->role_arn, "RoleSessionName",
				  s->session_name, "WebIdentityToken", token);
	auto_error err = {0};

	if (input == NULL) {
		error_set(&err, "the token is no text");
		source_end(&s->source, NULL, &err);
		return;
	}
	if (s->duration_s > 0)
		json_object_set_new(input, "DurationSeconds", json_integer(s->duration_s));
	s->exchange = sts_exchange_start(&s->source, OP_STS_AssumeRoleWithWebIdentity, s->role_arn,
					 input, NULL, &err);
	if (s->exchange == NULL)
		source_end(&s->source, NULL, &err);
}

static void web_get_file(struct source_of_web *s)
{
	auto_buf token = {0};
	auto_error err = {0};

	if (token_read(s->variable, s->token_file, &token, &err) < 0) {
		source_end(&s->source, NULL, &err);
		return;
	}
	while (token.len > 0 && strchr(" \t\r\n", token.data[token.len - 1]) != NULL)
		token.data[--token.len] = '\0';
	web_exchange(s, buf_str(&token));
}

static void github_send(struct source_of_web *s, int64_t delay_us)
{
	auto_free char *url =
	    xasprintf("%s%caudience=" AUDIENCE, s->url, strchr(s->url, '?') ? '&' : '?');
	struct buf bearer = {.max = 64 << 10, .secret = true};

	buf_printf(&bearer, "bearer %s", s->bearer);
	ask_request(s->ask, "GET", url, 0);
	ask_header(s->ask, "accept", "application/json");
	ask_header(s->ask, "authorization", buf_str(&bearer));
	ask_send(s->ask, delay_us);
	buf_free(&bearer);
}

static void on_github(void *ctx, const struct http_response *r)
{
	struct source_of_web *s = ctx;
	auto_error err = {0};
	auto_buf said = BUF_INIT(1024);
	json_t *body;

	if (ask_again(s->ask, r)) {
		github_send(s, SECOND_US);
		return;
	}
	body = response_json(r);
	if (json_string_length(json_object_get(body, "value")) > 0) {
		web_exchange(s, json_string_value(json_object_get(body, "value")));
	} else {
		response_say(r, &said);
		error_set(&err, "GitHub gave no token: %s", buf_str(&said));
		source_end(&s->source, NULL, &err);
	}
	json_wipe(body);
}

static void web_get(struct source *source)
{
	struct source_of_web *s = (struct source_of_web *)source;

	if (s->token_file != NULL) {
		web_get_file(s);
		return;
	}
	s->ask = ask_new(s->source.place->loop, on_github, s);
	github_send(s, 0);
}

static void web_free(struct source *source)
{
	struct source_of_web *s = (struct source_of_web *)source;

	ask_free(s->ask);
	sts_exchange_free(s->exchange);
}

const struct source_kind source_web = {.decide = web_decide, .get = web_get, .free = web_free};
