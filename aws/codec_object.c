/* Objects of S3: the body is the object itself, what is said about it stands in the path and in
 * headers. Signed otherwise than all else: the path as it is sent, and the digest of the body. */
#include "aws/codec.h"

#include "base/arena.h"
#include "base/error.h"

#include <string.h>

#define OBJECT_MAX (4u << 20) /* bytes, either way */
#define ETAG_MAX   128

void codec_object_encode(const struct op *op, const json_t *input, struct codec_request *r)
{
	static const char *const headers[][2] = {{"IfMatch", "if-match"},
						 {"IfNoneMatch", "if-none-match"}};
	const char *type = json_string_value(json_object_get(input, "ContentType")), *value;
	const json_t *body = json_object_get(input, "Body");
	json_t *path = json_copy((json_t *)input);

	codec_rest_path(op, path, &r->path);
	json_decref(path);
	r->method = op->method;
	r->content_type = type != NULL ? type : "application/octet-stream";
	r->body_hash = true;
	r->path_as_is = true;
	r->max_reply = OBJECT_MAX;
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		value = json_string_value(json_object_get(input, headers[i][0]));
		if (value != NULL)
			r->header[r->headers++] = (struct http_header){headers[i][1], value};
	}
	if (body != NULL)
		buf_add(&r->body, json_string_value(body), json_string_length(body));
}

/* What is no text is no answer that anybody here could read. */
json_t *codec_object_decode(const struct http_response *r)
{
	json_t *body = json_stringn(buf_str(&r->body), r->body.len), *object;
	char etag[ETAG_MAX];

	if (body == NULL)
		return NULL;
	object = json_pack("{s:o}", "Body", body);
	charter_assert(object != NULL);
	if (http_header(r, "etag", etag, sizeof etag) != NULL)
		json_object_set_new(object, "ETag", json_string(etag));
	return object;
}
