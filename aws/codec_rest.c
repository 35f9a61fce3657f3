/* REST-JSON: the operation is a method and a path, which may hold members of the input as {Member}.
 */
#include "aws/codec.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Puts one member into the path and takes it out of the input. One that is greedy, {Member+}, is a
 * path itself: its slashes stay. */
static void rest_label(json_t *input, const char *name, size_t len, struct buf *path)
{
	bool greedy = len > 0 && name[len - 1] == '+';
	auto_free char *key = xasprintf("%.*s", (int)(len - greedy), name);
	const char *value = json_string_value(json_object_get(input, key));
	size_t part;

	for (; value != NULL && *value != '\0'; value += part) {
		part = greedy ? strcspn(value, "/") : strlen(value);
		escape_percent(path, value, part);
		if (value[part] == '/') {
			buf_putc(path, '/');
			part++;
		}
	}
	json_object_del(input, key);
}

void codec_rest_path(const struct op *op, json_t *input, struct buf *path)
{
	const char *p = op->path, *open, *close;

	for (; (open = strchr(p, '{')) != NULL && (close = strchr(open, '}')) != NULL;
	     p = close + 1) {
		buf_add(path, p, (size_t)(open - p));
		rest_label(input, open + 1, (size_t)(close - open - 1), path);
	}
	buf_puts(path, p);
}

void codec_rest_encode(const struct op *op, const json_t *input, struct codec_request *r)
{
	json_t *rest = json_copy((json_t *)input);
	char *body;

	codec_rest_path(op, rest, &r->path);
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
