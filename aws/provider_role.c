/* A profile's role: assumed with the credentials of another profile (source_profile), or of the
 * environment, the container or the instance (credential_source). Roles may be chained. */
#include "aws/provider_priv.h"
#include "aws/sts_exchange.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define MIN_DURATION_S 900
#define MAX_DURATION_S 43200
#define MAX_CHAIN      16

struct source_of_role {
	struct source source;
	struct source *base;
	const char *role_arn, *external_id, *session_name;
	int duration_s;          /* 0: AWS's own */
	struct credentials keys; /* of the base */
	struct sts_exchange *exchange;
};

const char *decision_session_name(const struct decision *d)
{
	const char *name = decision_get(d, "role_session_name");

	if (name == NULL)
		name = place_env(d->place, "AWS_ROLE_SESSION_NAME");
	return name != NULL ? name : "charter";
}

int decision_duration(const struct decision *d, struct error *err)
{
	const char *s = decision_get(d, "duration_seconds");
	char *end;
	long n;

	if (s == NULL)
		return 0;
	n = strtol(s, &end, 10);
	if (*end != '\0' || n < MIN_DURATION_S || n > MAX_DURATION_S)
		return error_set(err,
				 "profile %s: duration_seconds: must be a number from %d to %d",
				 d->profile, MIN_DURATION_S, MAX_DURATION_S);
	return (int)n;
}

/* Whether the profile stands among those whose source_profile led here. */
static int check_loop(const struct decision *d, const char *profile, struct error *err)
{
	const struct decision *at;
	unsigned n = 0;

	for (at = d->from; at != NULL; at = at->from) {
		if (strcmp(at->profile, profile) == 0)
			return error_set(err,
					 "profile %s: source_profile = %s: the profiles name each "
					 "other in a circle",
					 d->profile, profile);
		if (++n >= MAX_CHAIN)
			return error_set(err, "profile %s: more than %d profiles in a chain",
					 d->profile, MAX_CHAIN);
	}
	return 0;
}

static int base_of_profile(const struct decision *d, const char *profile, struct source **base,
			   struct error *err)
{
	struct decision next = {.place = d->place, .profile = profile, .from = d};
	int decided;

	next.keys_only = strcmp(profile, d->profile) == 0;
	if (check_loop(d, profile, err) < 0)
		return -1;
	if (!files_has(&d->place->files, profile))
		return error_set(err, "profile %s: source_profile: there is no profile %s",
				 d->profile, profile);
	decided = source_decide(&next, base, err);
	if (decided == 0)
		return error_set(err, "profile %s: source_profile: profile %s has no %s",
				 d->profile, profile,
				 next.keys_only ? "keys of its own" : "credentials");
	return decided < 0 ? -1 : 0;
}

static int base_of_source(const struct decision *d, const char *name, struct source **base,
			  struct error *err)
{
	static const struct {
		const char *name;
		const struct source_kind *kind;
		const char *lacks;
	} rows[] = {
	    {"Environment", &source_environment, "AWS_ACCESS_KEY_ID is not set"},
	    {"Ec2InstanceMetadata", &source_imds, "AWS_EC2_METADATA_DISABLED forbids it"},
	    {"EcsContainer", &source_container,
	     "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor _FULL_URI is set"},
	};
	struct decision next = {.place = d->place, .profile = d->profile, .top = true};
	size_t i;
	int decided;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		decided = rows[i].kind->decide(&next, base, err);
		if (decided == 0)
			return error_set(err, "profile %s: credential_source = %s: %s", d->profile,
					 name, rows[i].lacks);
		return decided < 0 ? -1 : 0;
	}
	return error_set(err,
			 "profile %s: credential_source: must be Environment, Ec2InstanceMetadata "
			 "or EcsContainer",
			 d->profile);
}

static int base_decide(const struct decision *d, struct source **base, struct error *err)
{
	const char *profile = decision_get(d, "source_profile");
	const char *source = decision_get(d, "credential_source");

	if ((profile != NULL) == (source != NULL))
		return error_set(err,
				 "profile %s: role_arn needs either source_profile or "
				 "credential_source%s",
				 d->profile, profile != NULL ? ", not both" : "");
	return profile != NULL ? base_of_profile(d, profile, base, err)
			       : base_of_source(d, source, base, err);
}

static int check_mfa(const struct decision *d, struct error *err)
{
	if (decision_get(d, "mfa_serial") == NULL)
		return 0;
	return error_set(err,
			 "profile %s: mfa_serial: charter asks for no codes, so that it runs the "
			 "same in CI; give it a session: `eval \"$(aws configure "
			 "export-credentials --profile %s --format env)\"`",
			 d->profile, d->profile);
}

static int role_decide(const struct decision *d, struct source **out, struct error *err)
{
	const char *role = decision_get(d, "role_arn");
	struct source_of_role *s;

	/* With a token file it is a role for a web identity. */
	if (d->keys_only || role == NULL || decision_get(d, "web_identity_token_file") != NULL)
		return 0;
	s = source_new(sizeof *s, &source_role, d, source_profile_name(d, "role_arn"));
	*out = &s->source;
	s->role_arn = role;
	s->external_id = decision_get(d, "external_id");
	s->session_name = decision_session_name(d);
	s->duration_s = decision_duration(d, err);
	if (s->duration_s < 0 || check_mfa(d, err) < 0 || base_decide(d, &s->base, err) < 0)
		return -1;
	return 1;
}

static json_t *role_input(const struct source_of_role *s)
{
	json_t *input =
	    json_pack("{s:s, s:s}", "RoleArn", s->role_arn, "RoleSessionName", s->session_name);

	if (s->external_id != NULL)
		json_object_set_new(input, "ExternalId", json_string(s->external_id));
	if (s->duration_s > 0)
		json_object_set_new(input, "DurationSeconds", json_integer(s->duration_s));
	return input;
}

static void on_base(void *ctx, struct credentials *c, const struct error *err)
{
	struct source_of_role *s = ctx;
	auto_error said = {0};

	if (c != NULL) {
		s->keys = *c;
		*c = (struct credentials){0};
		s->exchange = sts_exchange_start(&s->source, OP_STS_AssumeRole, s->role_arn,
						 role_input(s), &s->keys, &said);
		if (s->exchange != NULL)
			return;
	} else {
		error_set(&said, "%s", err->message);
	}
	source_end(&s->source, NULL, &said);
}

static void role_get(struct source *source)
{
	struct source_of_role *s = (struct source_of_role *)source;

	source_get(s->base, on_base, s);
}

static void role_free(struct source *source)
{
	struct source_of_role *s = (struct source_of_role *)source;

	sts_exchange_free(s->exchange);
	credentials_free(&s->keys);
	source_free(s->base);
}

const struct source_kind source_role = {.decide = role_decide, .get = role_get, .free = role_free};
