#include "reconciler/policy_diff.h"

#include <stdlib.h>
#include <string.h>

/* Above so many cells (lines of one times lines of the other, after equal ends are taken off) all
 * lines of one are shown as gone and all of the other as new. */
#define CELLS_MAX (1u << 22)

#define INDENT_MAX 32 /* levels; documents of AWS have fewer than ten */
/* Columns of a document shown whole: with a report's own indent it fits a terminal of 80. */
#define COMPACT_WIDTH 68
#define PRETTY_MAX    ((size_t)256 << 20)

struct lines {
	VEC(struct policy_line) line;
};

static void pretty_newline(struct buf *b, unsigned depth)
{
	buf_putc(b, '\n');
	for (unsigned i = 0; i < depth && i < INDENT_MAX; i++)
		buf_puts(b, "  ");
}

/* Copies a string with its quotes; returns the byte after it. */
static const char *pretty_string(struct buf *b, const char *s)
{
	const char *start = s++;

	while (*s && *s != '"')
		s += s[0] == '\\' && s[1] ? 2 : 1;
	if (*s)
		s++;
	buf_add(b, start, (size_t)(s - start));
	return s;
}

/* The bytes of the object or list that begins here, if on one line it fits; else 0. */
static size_t flat_len(const char *s, size_t room)
{
	unsigned depth = 0;
	size_t columns = 0, i = 0;

	for (bool quoted = false; s[i] && columns <= room; i++, columns++) {
		if (s[i] == '\\' && quoted && s[i + 1])
			i++, columns++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '{' || s[i] == '['))
			depth++;
		else if (!quoted && (s[i] == ',' || s[i] == ':'))
			columns++;
		else if (!quoted && (s[i] == '}' || s[i] == ']') && --depth == 0)
			return columns + 1 <= room ? i + 1 : 0;
	}
	return 0;
}

/* The same on one line, with blanks where people write them. */
static void pretty_flat(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		if (*s == '"') {
			s = pretty_string(b, s);
			continue;
		}
		buf_putc(b, *s);
		if (*s == ',' || *s == ':')
			buf_putc(b, ' ');
		s++;
	}
}

/* Indents JSON; what fits in `width` columns (0: nothing) stands on one line. Works on any text, so
 * a document that is none is shown too. */
static void pretty(struct buf *b, const char *s, unsigned width)
{
	unsigned depth = 0;
	size_t flat;

	while (*s) {
		char c = *s;

		if (c == '"') {
			s = pretty_string(b, s);
			continue;
		}
		if ((c == '{' || c == '[') && width > 2 * depth &&
		    (flat = flat_len(s, width - 2 * depth)) != 0) {
			pretty_flat(b, s, flat);
			s += flat;
			continue;
		}
		s++;
		if ((c == '{' && *s == '}') || (c == '[' && *s == ']')) {
			buf_putc(b, c);
			buf_putc(b, *s++);
		} else if (c == '{' || c == '[') {
			buf_putc(b, c);
			pretty_newline(b, ++depth);
		} else if (c == '}' || c == ']') {
			depth -= depth > 0;
			pretty_newline(b, depth);
			buf_putc(b, c);
		} else if (c == ',') {
			buf_putc(b, c);
			pretty_newline(b, depth);
		} else if (c == ':') {
			buf_puts(b, ": ");
		} else {
			buf_putc(b, c);
		}
	}
}

static void lines_split(struct lines *l, const struct buf *b, char sign)
{
	const char *s = buf_str(b), *end = s + b->len;

	while (s < end) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));
		size_t len = (size_t)((stop ? stop : end) - s);

		vec_push(&l->line,
			 ((struct policy_line){.sign = sign, .len = (uint32_t)len, .s = s}));
		s += len + 1;
	}
}

static uint32_t bare_len(const struct policy_line *l)
{
	return l->len && l->s[l->len - 1] == ',' ? l->len - 1 : l->len;
}

static bool line_eq(const struct policy_line *a, const struct policy_line *b)
{
	uint32_t n = bare_len(a);

	return n == bare_len(b) && (n == 0 || memcmp(a->s, b->s, n) == 0);
}

static void push(struct policy_diff *d, const struct policy_line *l, char sign)
{
	vec_push(&d->line, *l);
	d->line.at[d->line.n - 1].sign = sign;
	d->added += sign == '+';
	d->removed += sign == '-';
}

/* The longest common subsequence, from the end, so that it can be walked from the start. */
static void merge(struct policy_diff *d, const struct policy_line *a, size_t n,
		  const struct policy_line *b, size_t m)
{
	auto_free uint32_t *cell = NULL;
	size_t w = m + 1, i = 0, k = 0;

	if (n && m && n <= CELLS_MAX / m) {
		cell = xcalloc((n + 1) * w, sizeof *cell);
		for (i = n; i-- > 0;)
			for (k = m; k-- > 0;) {
				uint32_t down = cell[(i + 1) * w + k], right = cell[i * w + k + 1];

				cell[i * w + k] = line_eq(&a[i], &b[k])
						      ? cell[(i + 1) * w + k + 1] + 1
						  : down > right ? down
								 : right;
			}
	}
	for (i = k = 0; cell && i < n && k < m;) {
		if (line_eq(&a[i], &b[k])) {
			push(d, &b[k++], ' ');
			i++;
		} else if (cell[(i + 1) * w + k] >= cell[i * w + k + 1]) {
			push(d, &a[i++], '-');
		} else {
			push(d, &b[k++], '+');
		}
	}
	while (i < n)
		push(d, &a[i++], '-');
	while (k < m)
		push(d, &b[k++], '+');
}

/* Replaces runs of equal lines farther than `context` from any change. */
static void fold(struct policy_diff *d, unsigned context)
{
	size_t n = d->line.n, to = 0, last = SIZE_MAX, next = 0;

	for (size_t i = 0; i < n; i++) {
		struct policy_line l = d->line.at[i];

		if (next <= i) {
			for (next = i; next < n && d->line.at[next].sign == ' '; next++)
				continue;
			if (next == i) {
				last = i;
				next = i + 1;
				d->line.at[to++] = l;
				continue;
			}
		}
		if ((last != SIZE_MAX && i - last <= context) || (next < n && next - i <= context))
			d->line.at[to++] = l;
		else if (to && d->line.at[to - 1].sign == '@')
			d->line.at[to - 1].len++;
		else
			d->line.at[to++] = (struct policy_line){.sign = '@', .len = 1, .s = ""};
	}
	d->line.n = to;
}

void policy_diff_make(struct policy_diff *d, const char *from, const char *to, unsigned context)
{
	struct lines a = {0}, b = {0};
	size_t n, m, start = 0, end = 0;
	unsigned width = from && to ? 0 : COMPACT_WIDTH;

	*d = (struct policy_diff){.from = BUF_INIT(PRETTY_MAX), .to = BUF_INIT(PRETTY_MAX)};
	pretty(&d->from, from ? from : "", width);
	pretty(&d->to, to ? to : "", width);
	lines_split(&a, &d->from, '-');
	lines_split(&b, &d->to, '+');
	n = a.line.n;
	m = b.line.n;
	while (start < n && start < m && line_eq(&a.line.at[start], &b.line.at[start]))
		push(d, &b.line.at[start++], ' ');
	while (end < n - start && end < m - start &&
	       line_eq(&a.line.at[n - 1 - end], &b.line.at[m - 1 - end]))
		end++;
	merge(d, n ? a.line.at + start : NULL, n - start - end, m ? b.line.at + start : NULL,
	      m - start - end);
	for (size_t i = m - end; i < m; i++)
		push(d, &b.line.at[i], ' ');
	free(a.line.at);
	free(b.line.at);
	fold(d, context);
}

void policy_diff_free(struct policy_diff *d)
{
	buf_free(&d->from);
	buf_free(&d->to);
	free(d->line.at);
	*d = (struct policy_diff){0};
}
