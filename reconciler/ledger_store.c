/* Where the ledger is kept without a forge: a file, or an object of S3. */
#include "reconciler/ledger_priv.h"

#include "base/text.h"
#include "reconciler/command.h"
#include "reconciler/run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define S3                "s3://"
#define FILE_MAX          (64u << 20) /* bytes */
#define OBJECT_MAX        (4u << 20)
#define BUCKET_MIN        3
#define BUCKET_MAX        63
#define KEY_MAX           1024
#define REGION_MAX        32
#define LEDGER_MEDIA_TYPE "application/json"

struct ledger_store {
	struct run *run;
	const char *where;
	const char *bucket, *key; /* NULL: a file */
	const char *region;       /* of the bucket, once S3 said that it is another than ours */
	const char *etag;         /* of the object that was read; NULL: there was none */
};

static bool bucket_valid(const char *s, size_t len)
{
	return len >= BUCKET_MIN && len <= BUCKET_MAX &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") >= len && *s != '.' && *s != '-';
}

static int store_locate(struct ledger_store *s, struct error *err)
{
	const char *at = s->where + strlen(S3);
	size_t len;

	if (!str_starts(s->where, S3))
		return *s->where ? 0 : error_set(err, "--state: where? A file, or s3://BUCKET/KEY");
	len = strcspn(at, "/");
	if (!bucket_valid(at, len) || at[len] != '/' || !at[len + 1] ||
	    strlen(at + len + 1) > KEY_MAX || utf8_count(at, strlen(at)) < 0)
		return error_set(err, "--state %s: an object is s3://BUCKET/KEY", s->where);
	s->bucket = arena_memdup0(s->run->arena, at, len);
	s->key = at + len + 1;
	return 0;
}

/* One request. The client that reads refuses whatever changes something: this one lets an object be
 * put, and nothing else. */
static int object_call_once(const struct ledger_store *s, enum op_id op, json_t *input,
			    json_t **reply, char code[64], struct error *err)
{
	struct run *run = s->run;
	struct client_options options = run->client_options;
	struct loop *loop = loop_new(run->env->clock, run->env->transport);
	struct client *client;
	int r;

	*code = '\0';
	*reply = NULL;
	options.read_only = true;
	options.writes = &ops[OP_S3_PutObject];
	options.trace = run->options->verbose >= 2 ? run_trace : NULL;
	options.trace_ctx = run;
	r = client_new(&client, run->env, loop, &options, err);
	if (r != 0) {
		json_decref(input);
		loop_free(loop);
		return -1;
	}
	if (s->region && client_set_region(client, SERVICE_S3, s->region, err) != 0) {
		json_decref(input);
		r = -1;
	} else {
		r = client_call(client, op, input, reply, code, err);
	}
	client_free(client);
	loop_free(loop);
	return r;
}

/* Where S3 says that the bucket is: "... is wrong; expecting 'eu-west-1'". NULL: it does not. */
static const char *region_told(struct arena *arena, const char *code, const char *message)
{
	static const char mark[] = "expecting '";
	const char *at = strcmp(code, "AuthorizationHeaderMalformed") == 0 && message
			     ? strstr(message, mark)
			     : NULL;
	size_t len;

	if (!at)
		return NULL;
	at += strlen(mark);
	len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return len && len <= REGION_MAX && at[len] == '\'' ? arena_memdup0(arena, at, len) : NULL;
}

static int object_call(struct ledger_store *s, enum op_id op, json_t *input, json_t **reply,
		       char code[64], struct error *err)
{
	int r = object_call_once(s, op, json_incref(input), reply, code, err);
	const char *region =
	    r != 0 && !s->region ? region_told(s->run->arena, code, err->message) : NULL;

	if (region) {
		s->region = region;
		error_clear(err);
		r = object_call_once(s, op, json_incref(input), reply, code, err);
	}
	json_decref(input);
	return r;
}

/* What S3 refuses, said so that it can be put right. */
static int object_refused(const struct ledger_store *s, const char *code, bool writes,
			  struct error *err)
{
	if (strcmp(code, "NoSuchBucket") == 0)
		return error_set(err, "--state %s: there is no such bucket", s->where);
	if (strcmp(code, "AccessDenied") == 0 && !writes)
		return error_set(
		    err,
		    "--state %s: S3 refuses to read it; grant s3:GetObject on it, and "
		    "s3:ListBucket on the bucket: without that S3 does not say whether "
		    "there is such an object yet",
		    s->where);
	if (strcmp(code, "AccessDenied") == 0)
		return error_set(
		    err, "--state %s: S3 refuses to write it; grant s3:PutObject on it", s->where);
	return error_prefix(err, "--state %s", s->where);
}

/* NULL in *body: there is none yet. */
static int object_get(struct ledger_store *s, const char **body, size_t *len, struct error *err)
{
	json_auto_t *reply = NULL;
	const char *etag;
	char code[64];

	*body = NULL;
	*len = 0;
	s->etag = NULL;
	if (object_call(s, OP_S3_GetObject,
			json_pack("{s:s, s:s}", "Bucket", s->bucket, "Key", s->key), &reply, code,
			err) != 0) {
		if (strcmp(code, "NoSuchKey") != 0)
			return object_refused(s, code, false, err);
		error_clear(err);
		return 0;
	}
	etag = reply_str(reply, "ETag");
	if (!etag)
		return error_set(err, "--state %s: S3 sent no ETag with it", s->where);
	s->etag = arena_strdup(s->run->arena, etag);
	*len = json_string_length(json_object_get(reply, "Body"));
	*body = arena_memdup0(s->run->arena,
			      *len ? json_string_value(json_object_get(reply, "Body")) : "", *len);
	return 0;
}

static int file_get(const struct ledger_store *s, const char **body, size_t *len, struct error *err)
{
	auto_buf data = BUF_INIT(FILE_MAX);

	*body = NULL;
	*len = 0;
	if (access(s->where, F_OK) != 0 && errno == ENOENT)
		return 0;
	if (file_read(s->where, &data, err) != 0)
		return error_prefix(err, "--state");
	*len = data.len;
	*body = arena_memdup0(s->run->arena, buf_str(&data), data.len);
	return 0;
}

int ledger_store_read(struct run *run, const char *where, const char *target, struct ledger *l,
		      struct ledger_store **out, struct error *err)
{
	struct ledger_store *s = arena_alloc(run->arena, sizeof *s);
	const char *body;
	size_t len;

	*s = (struct ledger_store){.run = run, .where = where};
	if (store_locate(s, err) != 0 ||
	    (s->bucket ? object_get(s, &body, &len, err) : file_get(s, &body, &len, err)) != 0)
		return -1;
	*out = s;
	return ledger_read(run->arena, body, len, where, target, l, err);
}

static json_t *object_input(const struct ledger_store *s, const struct buf *b)
{
	json_t *input = json_pack("{s:s, s:s, s:s%, s:s}", "Bucket", s->bucket, "Key", s->key,
				  "Body", buf_str(b), b->len, "ContentType", LEDGER_MEDIA_TYPE);

	charter_assert(input != NULL);
	if (s->etag)
		json_object_set_new(input, "IfMatch", json_string(s->etag));
	else
		json_object_set_new(input, "IfNoneMatch", json_string("*"));
	return input;
}

static bool is_conflict(const char *code)
{
	static const char *const codes[] = {"PreconditionFailed", "ConditionalRequestConflict",
					    "NoSuchKey"};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

/* The answer was lost, or it was sent again after that and met itself. */
static bool object_is(struct ledger_store *s, const struct buf *b)
{
	auto_error unread = {0};
	const char *body, *etag = s->etag;
	size_t len;

	if (object_get(s, &body, &len, &unread) == 0 && body && len == b->len &&
	    memcmp(body, buf_str(b), len) == 0)
		return true;
	/* What another run wrote is still not what this one knows. */
	s->etag = etag;
	return false;
}

static int object_put(struct ledger_store *s, const struct buf *b, struct error *err)
{
	json_auto_t *reply = NULL;
	const char *etag;
	char code[64];

	if (object_call(s, OP_S3_PutObject, object_input(s, b), &reply, code, err) == 0) {
		etag = reply_str(reply, "ETag");
		s->etag = etag ? arena_strdup(s->run->arena, etag) : NULL;
		return 0;
	}
	if (object_is(s, b)) {
		error_clear(err);
		return 0;
	}
	if (!is_conflict(code))
		return object_refused(s, code, true, err);
	return error_set(err,
			 "--state %s: another run wrote it, or took it away, since this one read "
			 "it: nothing was written; let one job at a time use it, and run this "
			 "again",
			 s->where);
}

int ledger_store_write(struct ledger_store *s, const struct ledger *l, struct error *err)
{
	size_t max = s->bucket ? OBJECT_MAX : FILE_MAX;
	auto_buf b = BUF_INIT(max + 1);

	if (!ledger_write(l, max, &b))
		return error_set(err, "--state %s: the ledger is larger than %zu MiB", s->where,
				 max >> 20);
	if (s->bucket)
		return object_put(s, &b, err);
	return output_file(s->run->env, s->where, buf_str(&b), b.len, err) == 0
		   ? 0
		   : error_prefix(err, "--state");
}
