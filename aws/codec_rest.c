/* REST-JSON: the operation is a method and a path, which may hold members of the input as {Member}.
 */
#include "aws/codec.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Puts one member into the path and takes it out of the body. */
static void rest_label(json_t *input, const char *name, size_t len, struct buf *path)
{
	auto_free char *key = xasprintf("%.*s", (int)len, name);
	const char *value = json_string_value(json_object_get(input, key));

	if (value != NULL)
		escape_percent(path, value, strlen(value));
	json_object_del(input, key);
}

void codec_rest_encode(const struct op *op, const json_t *input, struct codec_request *r)
{
	json_t *rest = json_copy((json_t *)input);
	const char *p = op->path, *open, *close;
	char *body;

	for (; (open = strchr(p, '{')) != NULL && (close = strchr(open, '}')) != NULL;
	     p = close + 1) {
		buf_add(&r->path, p, (size_t)(open - p));
		rest_label(rest, open + 1, (size_t)(close - open - 1), &r->path);
	}
	buf_puts(&r->path, p);
	r->method = op->method;
	r->content_type = "application/json";
	if (strcmp(op->method, "GET") != 0) {
		body = json_dumps(rest, JSON_COMPACT | JSON_SORT_KEYS);
		charter_assert(body != NULL);
		buf_puts(&r->body, body);
		free(body);
	}
	json_decref(rest);
}
