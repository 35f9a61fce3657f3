/* The twin's form of S3: bucket and key in the path, the object as the body, errors in XML. */
#include "aws/twin/wire_priv.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* Methods of a bucket's and of an object's path. */
static const struct {
	const char *method;
	bool key;
	const char *operation;
} forms[] = {
    {"PUT", false, "CreateBucket"},
    {"GET", true, "GetObject"},
    {"PUT", true, "PutObject"},
    {"DELETE", true, "DeleteObject"},
};

/* One part of the path, decoded, as a member of the input; false: it cannot be. */
static bool path_part(json_t *input, const char *name, const char *s, size_t len)
{
	auto_buf plain = BUF_INIT(4096);

	if (!unescape_percent(&plain, s, len) || plain.full ||
	    memchr(buf_str(&plain), '\0', plain.len) != NULL ||
	    utf8_count(buf_str(&plain), plain.len) < 0)
		return false;
	return json_object_set_new(input, name, json_string(buf_str(&plain))) == 0;
}

static void header_put(json_t *input, const char *member, const char *value)
{
	if (value != NULL && utf8_count(value, strlen(value)) >= 0)
		json_object_set_new(input, member, json_string(value));
}

/* Sub-resources, "?acl", are other operations; what a client says of itself is none. */
static bool query_is_plain(const char *query)
{
	return *query == '\0' || strncmp(query, "?x-id=", 6) == 0;
}

const char *wire_object_input(const struct twin_request *r, json_t **out)
{
	size_t path = strcspn(r->target, "?"), bucket = strcspn(r->target + 1, "/?"), i;
	bool key = path > bucket + 2;
	json_t *input = json_object(),
	       *body = json_stringn(r->body_len > 0 ? r->body : "", r->body_len);

	*out = NULL;
	for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (strcmp(forms[i].method, r->method) == 0 && forms[i].key == key)
			break;
	}
	if (i == sizeof forms / sizeof forms[0] || !query_is_plain(r->target + path) ||
	    body == NULL || bucket == 0 || !path_part(input, "Bucket", r->target + 1, bucket) ||
	    (key && !path_part(input, "Key", r->target + bucket + 2, path - bucket - 2))) {
		json_decref(input);
		json_decref(body);
		return NULL;
	}
	if (key && strcmp(r->method, "PUT") == 0)
		json_object_set(input, "Body", body);
	json_decref(body);
	header_put(input, "IfMatch", request_header(r, "if-match"));
	header_put(input, "IfNoneMatch", request_header(r, "if-none-match"));
	header_put(input, "ContentType", request_header(r, "content-type"));
	*out = input;
	return forms[i].operation;
}

void wire_object_reply(const json_t *result, struct twin_reply *reply)
{
	const json_t *body = json_object_get(result, "Body");
	const char *etag = row_str(result, "ETag"), *modified = row_str(result, "LastModified");
	char text[64];
	struct tm tm;
	int64_t us;
	time_t at;

	if (*row_str(result, "ContentType") != '\0')
		buf_printf(&reply->headers, "content-type: %s\n", row_str(result, "ContentType"));
	if (*etag != '\0')
		buf_printf(&reply->headers, "etag: %s\n", etag);
	if (*modified != '\0' && time_parse(modified, &us) == 0) {
		at = (time_t)(us / 1000000);
		gmtime_r(&at, &tm);
		strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
		buf_printf(&reply->headers, "last-modified: %s\n", text);
	}
	if (body != NULL)
		buf_add(&reply->body, json_string_value(body), json_string_length(body));
}
