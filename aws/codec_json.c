/* JSON 1.1: one POST an operation, named in a header; and the choice of protocol. */
#include "aws/codec.h"

#include "base/arena.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void json_put(const json_t *value, struct buf *out)
{
	char *s = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

	charter_assert(s != NULL);
	buf_puts(out, s);
	free(s);
}

void codec_json_encode(const struct op *op, const json_t *input, struct codec_request *r)
{
	r->content_type = "application/x-amz-json-1.1";
	snprintf(r->target, sizeof r->target, "%s.%s", services[op->service].target, op->name);
	buf_putc(&r->path, '/');
	json_put(input, &r->body);
}

/* Operations without an output answer with an empty body; one whose output we need may not. */
static bool op_answers_empty(const struct op *op)
{
	return op->mutates && op->id_path == NULL && op->job == NULL;
}

json_t *codec_json_decode(const struct op *op, const char *body, size_t len)
{
	json_t *value;

	if (len == 0)
		return op_answers_empty(op) ? json_object() : NULL;
	value = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

void codec_encode(const struct op *op, const json_t *input, struct codec_request *r)
{
	*r = (struct codec_request){
	    .method = "POST",
	    .path = BUF_INIT(CODEC_MAX_REQUEST),
	    .body = BUF_INIT(CODEC_MAX_REQUEST),
	};
	r->body.secret = op->secret_in != NULL;
	switch (services[op->service].protocol) {
	case PROTOCOL_JSON_1_1:
		codec_json_encode(op, input, r);
		break;
	case PROTOCOL_REST_JSON:
		codec_rest_encode(op, input, r);
		break;
	case PROTOCOL_REST_XML:
		codec_object_encode(op, input, r);
		break;
	case PROTOCOL_QUERY:
		r->content_type = "application/x-www-form-urlencoded; charset=utf-8";
		buf_putc(&r->path, '/');
		codec_query_encode(op, input, &r->body);
		break;
	}
}

void codec_request_free(struct codec_request *r)
{
	buf_free(&r->path);
	buf_free(&r->body);
}

void codec_sign(const struct codec_request *wire, const struct http_header *headers,
		size_t headers_n, const struct sign_scope *scope, const struct credentials *keys,
		struct buf *out)
{
	struct sign_request r = {
	    .method = wire->method,
	    .path = buf_str(&wire->path),
	    .query = "",
	    .headers = headers,
	    .headers_n = headers_n,
	    .body = wire->body.data,
	    .body_len = wire->body.len,
	    .normalize = !wire->path_as_is,
	    .double_encode = !wire->path_as_is,
	    .sign_body = wire->body_hash,
	};

	*out = (struct buf){.max = 4096};
	sign_authorization(&r, scope, keys, out);
}

json_t *codec_decode(const struct op *op, const struct http_response *r, char request_id[128])
{
	const char *body = buf_str(&r->body);

	switch (services[op->service].protocol) {
	case PROTOCOL_QUERY:
		return codec_query_decode(op, body, r->body.len, request_id);
	case PROTOCOL_REST_XML:
		return codec_object_decode(r);
	case PROTOCOL_JSON_1_1:
	case PROTOCOL_REST_JSON:
		break;
	}
	return codec_json_decode(op, body, r->body.len);
}

void token_copy(char *out, size_t size, const char *s)
{
	size_t n = 0;

	for (; *s != '\0' && n + 1 < size; s++) {
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || strchr("-_.:=+/", *s) != NULL)
			out[n++] = *s;
	}
	out[n] = '\0';
}

/* "aws.protocols#ThrottlingException:http://..." is ThrottlingException. */
static void error_code(struct codec_error *e, const char *s)
{
	char name[256];
	const char *hash;
	size_t len = strcspn(s, ":");

	snprintf(name, sizeof name, "%.*s", (int)(len < 255 ? len : 255), s);
	hash = strrchr(name, '#');
	token_copy(e->code, sizeof e->code, hash != NULL ? hash + 1 : name);
}

static const char *json_text_of(const json_t *object, const char *a, const char *b)
{
	const char *s = json_string_value(json_object_get(object, a));

	return s != NULL ? s : json_string_value(json_object_get(object, b));
}

static void error_of_json(const char *body, size_t len, struct codec_error *e)
{
	json_t *value = json_loadb(body, len, 0, NULL);
	const char *code = json_text_of(value, "__type", "code");
	const char *message = json_text_of(value, "message", "Message");
	const char *reason = json_text_of(value, "Reason", "reason");

	if (code != NULL && e->code[0] == '\0')
		error_code(e, code);
	if (message != NULL)
		e->message = xstrdup(message);
	if (reason != NULL)
		token_copy(e->reason, sizeof e->reason, reason);
	e->wait_s = reply_int(value, "RetryAfterSeconds");
	json_decref(value);
}

/* The object that holds Code: in <ErrorResponse><Error>, and in <Response><Errors><Error>. */
static const json_t *error_object(const json_t *value)
{
	const json_t *found;
	const char *key;
	json_t *member;

	if (!json_is_object(value))
		return NULL;
	if (json_is_string(json_object_get(value, "Code")))
		return value;
	json_object_foreach((json_t *)value, key, member)
	{
		found = error_object(member);
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* With the place where it should be asked, if that is what is wrong: a bucket is in one Region. */
static char *error_message(const json_t *error, const char *message, const struct http_response *r)
{
	const char *place = json_text_of(error, "Region", "Endpoint");
	char region[64];

	if (r->status < 400 && http_header(r, "x-amz-bucket-region", region, sizeof region) != NULL)
		place = region;
	return place == NULL ? xstrdup(message) : xasprintf("%s (it is in %s)", message, place);
}

static void error_of_xml(const struct http_response *r, struct codec_error *e)
{
	json_t *document = codec_xml_parse(buf_str(&r->body), r->body.len);
	const json_t *error = error_object(document);
	const char *message, *id;

	if (error != NULL) {
		error_code(e, json_string_value(json_object_get(error, "Code")));
		message = json_text_of(error, "Message", "message");
		id = json_text_of(json_object_iter_value(json_object_iter(document)), "RequestId",
				  "RequestID");
		if (message != NULL)
			e->message = error_message(error, message, r);
		if (id != NULL)
			token_copy(e->request_id, sizeof e->request_id, id);
	}
	json_decref(document);
}

void codec_decode_error(const struct http_response *r, struct codec_error *e)
{
	const char *body = buf_str(&r->body);
	size_t blank = strspn(body, " \t\r\n");
	char type[256];

	*e = (struct codec_error){.wait_s = -1};
	if (http_header(r, "x-amzn-errortype", type, sizeof type) != NULL)
		error_code(e, type);
	if (body[blank] == '{')
		error_of_json(body, r->body.len, e);
	else if (body[blank] == '<')
		error_of_xml(r, e);
}
