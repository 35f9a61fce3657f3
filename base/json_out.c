#include "base/json_out.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Written to the file in pieces of about this size. */
#define FLUSH_BYTES ((size_t)64 << 10)

enum level_kind { LEVEL_TOP, LEVEL_OBJECT, LEVEL_ARRAY };

struct level {
	enum level_kind kind;
	bool lines;     /* one member a line */
	bool key_given; /* in an object: a value must come next */
	size_t members;
	struct buf key; /* the last one, to check the order; its memory is used again */
};

struct json_out {
	struct buf *sink; /* the caller's, or &own */
	struct buf own;   /* what the file has yet to get */
	FILE *file;
	bool compact, failed;
	size_t depth; /* index of the innermost level; levels above it keep their memory */
	VEC(struct level) levels;
};

static struct level *level_top(struct json_out *j)
{
	return &j->levels.at[j->depth];
}

static struct json_out *writer_new(struct buf *buf, FILE *file, bool compact)
{
	struct json_out *j = xcalloc(1, sizeof *j);

	j->own = BUF_INIT(SIZE_MAX);
	j->sink = buf != NULL ? buf : &j->own;
	j->file = buf != NULL ? NULL : file;
	j->compact = compact;
	vec_push(&j->levels, ((struct level){.key = BUF_INIT(SIZE_MAX)}));
	return j;
}

struct json_out *json_out_new(struct buf *buf, FILE *file)
{
	return writer_new(buf, file, false);
}

struct json_out *json_out_compact(struct buf *buf, FILE *file)
{
	return writer_new(buf, file, true);
}

static void out_flush(struct json_out *j)
{
	if (j->file == NULL)
		return;
	if (j->own.len > 0 && fwrite(j->own.data, 1, j->own.len, j->file) != j->own.len)
		j->failed = true;
	buf_clear(&j->own);
}

int json_out_end(struct json_out *j)
{
	bool failed;
	size_t i;

	charter_assert(j->depth == 0);
	if (level_top(j)->members > 0)
		buf_putc(j->sink, '\n');
	out_flush(j);
	if (j->file != NULL && fflush(j->file) != 0)
		j->failed = true;
	failed = j->failed || j->sink->full;
	for (i = 0; i < j->levels.n; i++)
		buf_free(&j->levels.at[i].key);
	free(j->levels.at);
	buf_free(&j->own);
	free(j);
	return failed ? -1 : 0;
}

static void put_newline(struct json_out *j, size_t depth)
{
	buf_putc(j->sink, '\n');
	while (depth-- > 0)
		buf_puts(j->sink, "  ");
}

/* What stands before the next member of the innermost level. */
static void member_begin(struct json_out *j)
{
	struct level *l = level_top(j);

	if (l->kind == LEVEL_TOP) {
		charter_assert(j->compact || l->members == 0);
		if (l->members > 0)
			buf_putc(j->sink, '\n');
	} else {
		if (l->members > 0)
			buf_putc(j->sink, ',');
		if (l->lines)
			put_newline(j, j->depth);
	}
	l->members++;
	if (j->own.len >= FLUSH_BYTES)
		out_flush(j);
}

static void value_begin(struct json_out *j)
{
	struct level *l = level_top(j);

	if (l->kind != LEVEL_OBJECT) {
		member_begin(j);
		return;
	}
	charter_assert(l->key_given);
	l->key_given = false;
}

static void level_open(struct json_out *j, enum level_kind kind, bool lines)
{
	struct level *l;

	value_begin(j);
	/* Lines within compact text would be no lines. */
	lines = lines && !j->compact && (j->depth == 0 || level_top(j)->lines);
	if (++j->depth == j->levels.n)
		vec_push(&j->levels, ((struct level){.key = BUF_INIT(SIZE_MAX)}));
	l = level_top(j);
	l->kind = kind;
	l->lines = lines;
	l->key_given = false;
	l->members = 0;
	buf_clear(&l->key);
	buf_putc(j->sink, kind == LEVEL_OBJECT ? '{' : '[');
}

static void level_close(struct json_out *j, enum level_kind kind)
{
	struct level *l = level_top(j);

	charter_assert(l->kind == kind && !l->key_given);
	j->depth--;
	if (l->lines && l->members > 0)
		put_newline(j, j->depth);
	buf_putc(j->sink, kind == LEVEL_OBJECT ? '}' : ']');
}

void out_object(struct json_out *j)
{
	level_open(j, LEVEL_OBJECT, j->depth == 0);
}

void out_members(struct json_out *j)
{
	level_open(j, LEVEL_OBJECT, level_top(j)->kind == LEVEL_OBJECT);
}

void out_object_end(struct json_out *j)
{
	level_close(j, LEVEL_OBJECT);
}

void out_array(struct json_out *j)
{
	level_open(j, LEVEL_ARRAY, false);
}

/* An element of a lines array is compact, so only objects with a member a line can hold one. */
void out_lines(struct json_out *j)
{
	level_open(j, LEVEL_ARRAY, level_top(j)->kind != LEVEL_ARRAY);
}

void out_array_end(struct json_out *j)
{
	level_close(j, LEVEL_ARRAY);
}

static void put_quoted(struct json_out *j, const char *s, size_t len)
{
	buf_putc(j->sink, '"');
	escape_json(j->sink, s, len);
	buf_putc(j->sink, '"');
}

void out_key(struct json_out *j, const char *key)
{
	struct level *l = level_top(j);
	size_t len = strlen(key);

	charter_assert(l->kind == LEVEL_OBJECT && !l->key_given);
	charter_assert(l->members == 0 || strcmp(buf_str(&l->key), key) < 0);
	member_begin(j);
	buf_clear(&l->key);
	buf_add(&l->key, key, len);
	l->key_given = true;
	put_quoted(j, key, len);
	buf_puts(j->sink, l->lines ? ": " : ":");
}

static void put_string(struct json_out *j, const char *s, size_t len)
{
	value_begin(j);
	put_quoted(j, s, len);
}

void out_string(struct json_out *j, const char *s)
{
	if (s == NULL)
		out_null(j);
	else
		put_string(j, s, strlen(s));
}

void out_text(struct json_out *j, const struct text *t)
{
	if (t == NULL)
		out_null(j);
	else
		put_string(j, t->s, t->len);
}

void out_int(struct json_out *j, int64_t n)
{
	value_begin(j);
	buf_printf(j->sink, "%lld", (long long)n);
}

void out_bool(struct json_out *j, bool b)
{
	out_raw(j, b ? "true" : "false");
}

void out_null(struct json_out *j)
{
	out_raw(j, "null");
}

void out_raw(struct json_out *j, const char *json)
{
	value_begin(j);
	buf_puts(j->sink, json);
}

void out_key_string(struct json_out *j, const char *key, const char *s)
{
	out_key(j, key);
	out_string(j, s);
}

void out_key_text(struct json_out *j, const char *key, const struct text *t)
{
	out_key(j, key);
	out_text(j, t);
}

void out_key_int(struct json_out *j, const char *key, int64_t n)
{
	out_key(j, key);
	out_int(j, n);
}

void out_key_bool(struct json_out *j, const char *key, bool b)
{
	out_key(j, key);
	out_bool(j, b);
}
