/* Reading what forges answer: nothing in it is taken for granted. */
#include "git/forge_priv.h"

#include "base/text.h"
#include "base/web_url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX   2048
#define WORDS_MAX 300

const json_t *reply_at(const json_t *value, const char *path)
{
	char name[64];

	while (value != NULL && *path != '\0') {
		size_t n = strcspn(path, ".");

		charter_assert(n < sizeof name);
		memcpy(name, path, n);
		name[n] = '\0';
		value = json_object_get(value, name);
		path += n + (path[n] == '.');
	}
	return value;
}

const char *reply_text(struct forge *f, const json_t *value, const char *path, size_t max)
{
	const json_t *text = reply_at(value, path);
	const char *s = json_string_value(text);
	size_t len = json_string_length(text), n = 0;
	char *out;

	if (s == NULL || len > max || memchr(s, '\0', len) != NULL)
		return NULL;
	out = arena_alloc(f->arena, len + 1);
	for (size_t i = 0; i < len; i++)
		if (s[i] != '\r' || s[i + 1] != '\n')
			out[n++] = s[i];
	return out;
}

json_int_t reply_number(const json_t *value, const char *path)
{
	return json_integer_value(reply_at(value, path));
}

bool commit_is_valid(const char *s)
{
	return str_is_hex(s, 40, 40) || str_is_hex(s, 64, 64);
}

const char *reply_commit(struct forge *f, const json_t *value, const char *path)
{
	const char *s = reply_text(f, value, path, 64);

	return s != NULL && commit_is_valid(s) ? s : NULL;
}

const char *reply_link(struct forge *f, const json_t *value, const char *path)
{
	const char *s = reply_text(f, value, path, URL_MAX);

	return s != NULL && web_url_valid(s) ? s : NULL;
}

const char *reply_id(struct forge *f, const json_t *value, const char *path)
{
	json_int_t n = reply_number(value, path);

	return n > 0 ? arena_printf(f->arena, "%lld", (long long)n) : NULL;
}

int64_t forge_time(struct forge *f, const json_t *value, const char *path)
{
	const char *s = reply_text(f, value, path, 64);
	int64_t us;

	return s != NULL && time_parse(s, &us) == 0 ? us : 0;
}

void words_add(struct buf *out, const char *s, size_t max)
{
	auto_buf line = BUF_INIT(4096);
	uint32_t code;
	size_t len = strlen(s), n;

	for (size_t i = 0; i < len && i < max; i += n) {
		n = utf8_next(s + i, len - i, &code);
		if (n == 0 || isspace((unsigned char)s[i]))
			buf_putc(&line, n == 0 ? '?' : ' ');
		else
			buf_add(&line, s + i, n);
		n += n == 0;
	}
	escape_terminal(out, buf_str(&line), line.len);
	if (len > max)
		buf_puts(out, "...");
}

/* GitHub's details stand in "errors"; GitLab's message may be an object. */
bool reply_says(const json_t *value, struct buf *out)
{
	const json_t *message = json_object_get(value, "message"), *error;
	const char *more = json_string_value(json_object_get(value, "error_description"));
	auto_free char *packed = NULL;
	const char *s;
	size_t i;

	if (message == NULL)
		message = json_object_get(value, "error");
	s = json_string_value(message);
	if (s == NULL && (json_is_object(message) || json_is_array(message)))
		s = packed = json_dumps(message, JSON_COMPACT | JSON_SORT_KEYS);
	if (s == NULL || *s == '\0')
		return false;
	words_add(out, s, WORDS_MAX);
	if (more != NULL) {
		buf_puts(out, ": ");
		words_add(out, more, WORDS_MAX);
	}
	json_array_foreach(json_object_get(value, "errors"), i, error)
	{
		s = json_string_value(json_is_string(error) ? error
							    : json_object_get(error, "message"));
		if (s == NULL || i >= 3)
			continue;
		buf_puts(out, "; ");
		words_add(out, s, WORDS_MAX);
	}
	return true;
}

static size_t body_end(const char *s)
{
	size_t n = strlen(s);

	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	return n;
}

bool body_same(const char *a, const char *b)
{
	const char *a_end = a + body_end(a), *b_end = b + body_end(b);

	while (a < a_end && b < b_end) {
		if (*a == '\r' && a[1] == '\n')
			a++;
		if (*b == '\r' && b[1] == '\n')
			b++;
		if (*a++ != *b++)
			return false;
	}
	return a == a_end && b == b_end;
}
