/* The published token buckets, one for each account and row of rates[], in the twin's time. */
#include "aws/twin/twin_priv.h"

#include <stdio.h>

/* Tokens are counted in parts of 10^9: `milli` requests in 1000 seconds are `milli` such parts in a
 * microsecond, so that nothing is rounded. */
#define TOKEN 1000000000LL

static json_t *bucket_of(struct twin *t, const char *account, const struct rate *rate, int64_t now)
{
	char key[64];
	json_t *bucket;

	snprintf(key, sizeof key, "%s %s", account, rate->name);
	bucket = json_object_get(t->buckets, key);
	if (bucket != NULL)
		return bucket;
	bucket = json_pack("{s:I, s:I}", "tokens", (json_int_t)(rate->burst * TOKEN), "at",
			   (json_int_t)now);
	json_object_set_new(t->buckets, key, bucket);
	return bucket;
}

bool rates_take(struct twin *t, const char *account, const struct twin_op *op)
{
	const struct rate *rate = &rates[op->op != NULL ? op->op->rate : op->rate];
	int64_t now = t->options.clock->mono_us(t->options.clock), full = rate->burst * TOKEN;
	int64_t tokens, passed;
	json_t *bucket, *left;

	if (!t->options.rates || rate->milli == 0)
		return true;
	bucket = bucket_of(t, account, rate, now);
	left = json_object_get(bucket, "tokens");
	tokens = json_integer_value(left);
	passed = now - json_integer_value(json_object_get(bucket, "at"));
	if (passed < 0)
		passed = 0;
	tokens = passed > (full - tokens) / rate->milli ? full : tokens + passed * rate->milli;
	json_integer_set(json_object_get(bucket, "at"), now);
	json_integer_set(left, tokens >= TOKEN ? tokens - TOKEN : tokens);
	return tokens >= TOKEN;
}
