/* Lines of a text, the comments among them, and splices. */
#include "state/edit_tree.h"

#include <stdlib.h>
#include <string.h>

size_t line_begin(const struct text_edit *edit, size_t at)
{
	while (at > 0 && edit->data[at - 1] != '\n')
		at--;
	return at;
}

size_t line_end(const struct text_edit *edit, size_t at)
{
	const char *end = at < edit->len ? memchr(edit->data + at, '\n', edit->len - at) : NULL;

	if (end == NULL)
		return edit->len;
	at = (size_t)(end - edit->data);
	return at > 0 && edit->data[at - 1] == '\r' ? at - 1 : at;
}

size_t line_next(const struct text_edit *edit, size_t at)
{
	const char *end = at < edit->len ? memchr(edit->data + at, '\n', edit->len - at) : NULL;

	return end == NULL ? edit->len : (size_t)(end - edit->data) + 1;
}

size_t line_column(const struct text_edit *edit, size_t at)
{
	size_t begin = line_begin(edit, at);
	long n = utf8_count(edit->data + begin, at - begin);

	return n < 0 ? at - begin : (size_t)n;
}

static size_t blanks(const struct text_edit *edit, size_t at)
{
	while (at < edit->len && (edit->data[at] == ' ' || edit->data[at] == '\t'))
		at++;
	return at;
}

unsigned line_indent(const struct text_edit *edit, size_t at)
{
	size_t begin = line_begin(edit, at);

	return (unsigned)(blanks(edit, begin) - begin);
}

bool line_blank(const struct text_edit *edit, size_t at)
{
	return blanks(edit, line_begin(edit, at)) == line_end(edit, at);
}

bool line_comment(const struct text_edit *edit, size_t at)
{
	size_t first = blanks(edit, line_begin(edit, at));

	return first < edit->len && edit->data[first] == '#';
}

bool line_begins(const struct text_edit *edit, size_t at)
{
	return blanks(edit, line_begin(edit, at)) >= at;
}

size_t comments_above(const struct text_edit *edit, size_t at)
{
	size_t begin = line_begin(edit, at);
	unsigned indent = line_indent(edit, at);

	while (begin > 0 && line_comment(edit, begin - 1) && line_indent(edit, begin - 1) == indent)
		begin = line_begin(edit, begin - 1);
	return begin;
}

size_t part_last(const struct text_edit *edit, const struct part *part, size_t column)
{
	size_t end = line_end(edit, part->end), next = line_next(edit, part->end);

	while (next < edit->len && line_comment(edit, next) && line_indent(edit, next) > column) {
		end = line_end(edit, next);
		next = line_next(edit, next);
	}
	return end;
}

void splice_add(struct text_edit *edit, size_t start, size_t end, const char *text)
{
	struct splice splice = {start, end, text, edit->group, NULL};

	vec_push(&edit->splice, splice);
}

/* An insertion may not meet the edge of another: which is first would be chance. */
static bool splices_touch(const struct splice *a, const struct splice *b)
{
	if (a->lines_of != NULL && a->lines_of == b->lines_of && a->start == b->start)
		return false;
	if (a->start == a->end || b->start == b->end)
		return a->start <= b->end && b->start <= a->end;
	return a->start < b->end && b->start < a->end;
}

static bool group_fits(const struct text_edit *edit, const struct splice *done, size_t n,
		       size_t first, size_t last)
{
	for (size_t i = first; i < last; i++) {
		for (size_t k = 0; k < n; k++) {
			if (splices_touch(&edit->splice.at[i], &done[k]))
				return false;
		}
	}
	return true;
}

static int splice_cmp(const void *pa, const void *pb)
{
	const struct splice *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return (a->group > b->group) - (a->group < b->group);
}

static void put_lines(const struct text_edit *edit, const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n' && edit->crlf)
			buf_putc(out, '\r');
		buf_putc(out, *text);
	}
}

static void splices_write(struct text_edit *edit, const struct splice *done, size_t n)
{
	auto_buf out = BUF_INIT(4 * YAML_MAX_BYTES);
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (done[i].start < at)
			continue;
		buf_add(&out, edit->data + at, done[i].start - at);
		put_lines(edit, done[i].text, &out);
		at = done[i].end;
	}
	buf_add(&out, edit->data + at, edit->len - at);
	edit->data = arena_memdup0(edit->arena, buf_str(&out), out.len);
	edit->len = out.len;
}

bool splices_apply(struct text_edit *edit)
{
	auto_free struct splice *done = xcalloc(edit->splice.n + 1, sizeof(*done));
	size_t n = 0, last;

	for (size_t i = 0; i < edit->splice.n; i = last) {
		for (last = i; last < edit->splice.n &&
			       edit->splice.at[last].group == edit->splice.at[i].group;)
			last++;
		if (!group_fits(edit, done, n, i, last))
			continue;
		memcpy(done + n, edit->splice.at + i, (last - i) * sizeof(*done));
		n += last - i;
	}
	edit->splice.n = 0;
	if (n == 0)
		return false;
	qsort(done, n, sizeof(*done), splice_cmp);
	splices_write(edit, done, n);
	return true;
}
