#include "reconciler/doc_field.h"

#include "base/buf.h"

#include <string.h>

void reader_enter(struct reader *r, const char *name)
{
	charter_assert(r->depth < sizeof r->in / sizeof *r->in);
	r->in[r->depth].array = name;
	r->in[r->depth++].index = SIZE_MAX;
}

void reader_leave(struct reader *r)
{
	r->depth--;
}

int reader_fail(struct reader *r, const char *key, const char *fmt, ...)
{
	auto_buf where = BUF_INIT(512), what = BUF_INIT(2048);
	va_list ap;

	for (unsigned i = 0; i < r->depth; i++)
		if (r->in[i].index == SIZE_MAX)
			buf_printf(&where, "%s%s", i ? "." : "", r->in[i].array);
		else
			buf_printf(&where, "%s%s[%zu]", i ? "." : "", r->in[i].array,
				   r->in[i].index);
	if (key)
		buf_printf(&where, "%s%s", r->depth ? "." : "", key);
	va_start(ap, fmt);
	buf_vprintf(&what, fmt, ap);
	va_end(ap);
	return error_set(r->err, "%s: %s%s%s", r->file, buf_str(&where), where.len ? ": " : "",
			 buf_str(&what));
}

static int field_any(struct reader *r, const json_t *o, const char *key, const json_t **out)
{
	*out = json_object_get(o, key);
	return *out ? 0 : reader_fail(r, key, "is missing");
}

static const char *string_keep(struct reader *r, const json_t *v)
{
	return arena_memdup0(r->arena, json_string_value(v), json_string_length(v));
}

int field_text(struct reader *r, const json_t *o, const char *key, const char **out)
{
	const json_t *v;

	if (field_any(r, o, key, &v))
		return -1;
	if (!json_is_string(v))
		return reader_fail(r, key, "must be text");
	*out = string_keep(r, v);
	return 0;
}

int field_text_or_null(struct reader *r, const json_t *o, const char *key, const char **out)
{
	const json_t *v;

	if (field_any(r, o, key, &v))
		return -1;
	if (!json_is_string(v) && !json_is_null(v))
		return reader_fail(r, key, "must be text or null");
	*out = json_is_null(v) ? NULL : string_keep(r, v);
	return 0;
}

int field_text_if(struct reader *r, const json_t *o, const char *key, const char **out)
{
	*out = NULL;
	return json_object_get(o, key) ? field_text(r, o, key, out) : 0;
}

int field_name(struct reader *r, const json_t *o, const char *key, const char *const *names,
	       size_t n, const char **out)
{
	const char *s;

	if (field_text(r, o, key, &s))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], s) == 0) {
			*out = names[i];
			return 0;
		}
	return reader_fail(r, key, "`%.80s` is not known", s);
}

int field_count(struct reader *r, const json_t *o, const char *key, uint32_t *out)
{
	const json_t *v;

	if (field_any(r, o, key, &v))
		return -1;
	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > UINT32_MAX)
		return reader_fail(r, key, "must be a number from 0 to %u", UINT32_MAX);
	*out = (uint32_t)json_integer_value(v);
	return 0;
}

int field_bool(struct reader *r, const json_t *o, const char *key, bool *out)
{
	const json_t *v;

	if (field_any(r, o, key, &v))
		return -1;
	if (!json_is_boolean(v))
		return reader_fail(r, key, "must be true or false");
	*out = json_is_true(v);
	return 0;
}

int field_array(struct reader *r, const json_t *o, const char *key, const json_t **out)
{
	if (field_any(r, o, key, out))
		return -1;
	return json_is_array(*out) ? 0 : reader_fail(r, key, "must be an array");
}

int field_object(struct reader *r, const json_t *o, const char *key, bool or_null,
		 const json_t **out)
{
	if (field_any(r, o, key, out))
		return -1;
	if (or_null && json_is_null(*out)) {
		*out = NULL;
		return 0;
	}
	return json_is_object(*out)
		   ? 0
		   : reader_fail(r, key, "must be an object%s", or_null ? " or null" : "");
}

int field_source(struct reader *r, const json_t *o, const char **file, uint32_t *line,
		 const json_t **out)
{
	if (field_object(r, o, "source", true, out))
		return -1;
	if (!*out)
		return 0;
	reader_enter(r, "source");
	if (field_text(r, *out, "file", file) || field_count(r, *out, "line", line))
		return -1;
	reader_leave(r);
	return 0;
}

int field_numbers(struct reader *r, const json_t *o, const char *key, uint32_t most, uint32_t **out,
		  uint32_t *n)
{
	const json_t *array;

	if (field_array(r, o, key, &array))
		return -1;
	*n = (uint32_t)json_array_size(array);
	*out = arena_array(r->arena, (size_t)*n + 1, sizeof **out);
	for (uint32_t i = 0; i < *n; i++) {
		const json_t *v = json_array_get(array, i);

		if (!json_is_integer(v) || json_integer_value(v) < 1 ||
		    json_integer_value(v) > most)
			return reader_fail(r, key, "must hold numbers from 1 to %u", most);
		(*out)[i] = (uint32_t)json_integer_value(v);
	}
	return 0;
}

int element_object(struct reader *r, const json_t *array, size_t index, const json_t **out)
{
	r->in[r->depth - 1].index = index;
	*out = json_array_get(array, index);
	return json_is_object(*out) ? 0 : reader_fail(r, NULL, "must be an object");
}
