/* Buckets and objects of S3, as far as a small note in one needs them: texts, put under conditions.
 * Who owns a bucket may do all in it, others nothing. */
#include "aws/twin/twin_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

#define ETAG_DIGITS 32

static json_t *buckets_of(struct twin *t)
{
	return twin_sub(t->state, "buckets");
}

static json_t *bucket_create(struct twin *t, struct twin_call *c)
{
	const char *name = row_str(c->input, "Bucket");
	json_t *there = json_object_get(buckets_of(t), name), *bucket;

	if (there != NULL)
		return strcmp(row_str(there, "account"), c->account) == 0
			   ? twin_refuse(c, "BucketAlreadyOwnedByYou",
					 "Your previous request to create the named bucket "
					 "succeeded and you already own it.")
			   : twin_refuse(c, "BucketAlreadyExists",
					 "The requested bucket name is not available.");
	bucket = json_pack("{s:s, s:s, s:{}}", "account", c->account, "region",
			   c->region != NULL ? c->region : DEFAULT_REGION, "objects");
	json_object_set_new(buckets_of(t), name, bucket);
	return json_object();
}

/* The bucket of the input, if it may be asked here; NULL: refused. */
static json_t *bucket_find(struct twin *t, struct twin_call *c)
{
	json_t *bucket = json_object_get(buckets_of(t), row_str(c->input, "Bucket"));

	if (bucket == NULL)
		return twin_refuse(c, "NoSuchBucket", "The specified bucket does not exist");
	if (c->region != NULL && strcmp(row_str(bucket, "region"), c->region) != 0) {
		c->status = 400;
		twin_refuse(c, "AuthorizationHeaderMalformed",
			    "The authorization header is malformed; the region '%s' is wrong; "
			    "expecting '%s'",
			    c->region, row_str(bucket, "region"));
		c->details = json_pack("{s:O}", "Region", json_object_get(bucket, "region"));
		return NULL;
	}
	if (strcmp(row_str(bucket, "account"), c->account) != 0)
		return twin_refuse(c, "AccessDenied", "Access Denied");
	return bucket;
}

static json_t *object_get(struct twin *t, struct twin_call *c)
{
	json_t *bucket = bucket_find(t, c);
	json_t *object =
	    json_object_get(json_object_get(bucket, "objects"), row_str(c->input, "Key"));

	if (bucket == NULL)
		return NULL;
	return object != NULL ? json_incref(object)
			      : twin_refuse(c, "NoSuchKey", "The specified key does not exist.");
}

/* The conditions of RFC 9110, as S3 has them for what is put. False: refused. */
static bool condition_holds(struct twin_call *c, const json_t *object)
{
	const char *match = json_string_value(json_object_get(c->input, "IfMatch"));
	const char *none = json_string_value(json_object_get(c->input, "IfNoneMatch"));

	if (match != NULL && object == NULL) {
		twin_refuse(c, "NoSuchKey", "The specified key does not exist.");
		return false;
	}
	if ((match == NULL || strcmp(match, row_str(object, "ETag")) == 0) &&
	    (none == NULL || object == NULL))
		return true;
	twin_refuse(c, "PreconditionFailed",
		    "At least one of the pre-conditions you specified did not hold");
	return false;
}

static json_t *object_put(struct twin *t, struct twin_call *c)
{
	json_t *bucket = bucket_find(t, c), *objects = json_object_get(bucket, "objects");
	json_t *object = json_object_get(objects, row_str(c->input, "Key"));
	const json_t *body = json_object_get(c->input, "Body");
	const char *type = row_str(c->input, "ContentType");
	char hex[SHA256_HEX], etag[ETAG_DIGITS + 3], now[TIME_RFC3339];

	if (bucket == NULL || !condition_holds(c, object))
		return NULL;
	sha256_hex(json_string_value(body), json_string_length(body), hex);
	snprintf(etag, sizeof etag, "\"%.*s\"", ETAG_DIGITS, hex);
	time_rfc3339(twin_seconds(t) * 1000000, now);
	object = json_pack("{s:O, s:s, s:s, s:s}", "Body", body, "ETag", etag, "ContentType",
			   *type != '\0' ? type : "application/octet-stream", "LastModified", now);
	json_object_set_new(objects, row_str(c->input, "Key"), object);
	return json_pack("{s:s}", "ETag", etag);
}

static json_t *object_delete(struct twin *t, struct twin_call *c)
{
	json_t *bucket = bucket_find(t, c);

	if (bucket == NULL)
		return NULL;
	json_object_del(json_object_get(bucket, "objects"), row_str(c->input, "Key"));
	return json_object();
}

static const struct twin_op object_ops[] = {
    {.name = "CreateBucket",
     .handler = bucket_create,
     .needs = "Bucket",
     .mutates = true,
     .rate = RATE_S3},
    {.name = "GetObject", .handler = object_get, .needs = "Bucket Key", .data = true},
    {.name = "PutObject", .handler = object_put, .needs = "Bucket Key Body", .data = true},
    {.name = "DeleteObject",
     .handler = object_delete,
     .needs = "Bucket Key",
     .mutates = true,
     .data = true,
     .rate = RATE_S3},
};
const struct twin_service twin_object_ops = {SERVICE_S3, object_ops,
					     sizeof object_ops / sizeof object_ops[0]};
