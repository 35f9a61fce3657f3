#include "aws/sts_exchange.h"

#include "aws/retry.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STS_ATTEMPTS 3

struct sts_exchange {
	const struct env *env;
	const struct op *op;
	json_t *input;
	const struct credentials *signer;
	struct endpoint endpoint;
	struct ask *ask;
	struct retry_quota quota;
	struct retry_count count;
	int64_t skew_us; /* of AWS's clock against ours */
	bool skewed;
	struct source *source;
	const char *role_arn;
};

static void exchange_sign(struct sts_exchange *x, const struct codec_request *wire)
{
	struct http_header headers[3] = {{"host", x->endpoint.host},
					 {"content-type", wire->content_type}};
	struct sign_scope scope = {.region = x->endpoint.region,
				   .service = services[x->op->service].signing_name};
	auto_buf authorization = {0};

	time_basic(x->env->clock->now_us(x->env->clock) + x->skew_us, scope.time);
	codec_sign(wire, headers, 2, &scope, x->signer, &authorization);
	ask_header(x->ask, "x-amz-date", scope.time);
	if (x->signer->session_token != NULL)
		ask_header(x->ask, "x-amz-security-token", x->signer->session_token);
	ask_header(x->ask, "authorization", buf_str(&authorization));
}

/* Dates and signs anew for each attempt. */
static void exchange_send(struct sts_exchange *x, int64_t delay_us)
{
	struct codec_request wire;
	auto_free char *url = NULL;

	codec_encode(x->op, x->input, &wire);
	url = xasprintf("%s%s", x->endpoint.url, buf_str(&wire.path));
	ask_request(x->ask, wire.method, url, 0);
	ask_header(x->ask, "host", x->endpoint.host);
	ask_header(x->ask, "content-type", wire.content_type);
	if (x->signer != NULL)
		exchange_sign(x, &wire);
	ask_body(x->ask, wire.body.data, wire.body.len);
	ask_send(x->ask, delay_us);
	codec_request_free(&wire);
}

/* Our clock is off: AWS's own counts, once. */
static bool exchange_follows_clock(struct sts_exchange *x, const struct answer *a)
{
	if (x->skewed || a->outcome != REPLY_REFUSED || !retry_is_skew(a->code) || a->date_us == 0)
		return false;
	x->skew_us = a->date_us - x->env->clock->now_us(x->env->clock);
	return x->skewed = true;
}

static bool exchange_again(struct sts_exchange *x, const struct answer *a)
{
	int64_t delay_us = 0;

	if (!exchange_follows_clock(x, a) &&
	    !retry_again(&x->quota, &x->count, retry_classify(x->op, a), STS_ATTEMPTS, a->hint_us,
			 x->env->random, &delay_us))
		return false;
	exchange_send(x, delay_us);
	return true;
}

static int exchange_read(const struct op *op, const struct answer *a, struct credentials *c,
			 struct error *err)
{
	*c = (struct credentials){0};
	if (a->outcome == REPLY_OK)
		return keys_read(json_object_get(a->body, "Credentials"), &names_sts, c, err);
	return error_set(err, "sts %s: %s (%s)", op->name, a->message != NULL ? a->message : "",
			 a->code);
}

static void on_answer(void *ctx, const struct http_response *response)
{
	struct sts_exchange *x = ctx;
	struct answer a = {.hint_us = -1};
	struct credentials c;
	auto_error err = {0};

	answer_read(x->op, x->endpoint.url, response, &a);
	if (!exchange_again(x, &a)) {
		if (exchange_read(x->op, &a, &c, &err) < 0)
			error_prefix(&err, "%s", x->role_arn);
		json_wipe(a.body);
		a.body = NULL;
		source_end(x->source, err.code == EXIT_DONE ? &c : NULL, &err);
	}
	answer_free(&a);
}

struct sts_exchange *sts_exchange_start(struct source *source, enum op_id op, const char *role_arn,
					json_t *input, const struct credentials *signer,
					struct error *err)
{
	struct sts_exchange *x = xcalloc(1, sizeof *x);
	const struct place *place = source->place;
	const struct env *env = place->env;
	const char *region = place->region, *partition = partition_of_region(region);

	*x = (struct sts_exchange){.env = env, .op = &ops[op], .input = input, .signer = signer};
	x->source = source;
	x->role_arn = role_arn;
	retry_quota_init(&x->quota);
	if (partition == NULL)
		error_set(err, "region %s: not of a supported partition; set AWS_REGION", region);
	if (partition == NULL || endpoint_resolve(&services[SERVICE_STS], partition, region,
						  env->getenv, &x->endpoint, err) < 0) {
		sts_exchange_free(x);
		return NULL;
	}
	x->ask = ask_new(place->loop, on_answer, x);
	exchange_send(x, 0);
	return x;
}

void sts_exchange_free(struct sts_exchange *x)
{
	if (x == NULL)
		return;
	ask_free(x->ask);
	json_wipe(x->input);
	endpoint_free(&x->endpoint);
	free(x);
}
