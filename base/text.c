#include "base/text.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct text *text_new(struct arena *a, const char *s, size_t len)
{
	struct text *t;

	/* A NUL inside would end the text early for everyone who prints it. */
	charter_assert(len < UINT32_MAX && (len == 0 || memchr(s, '\0', len) == NULL));
	t = arena_place(a, sizeof *t + len + 1, _Alignof(struct text));
	t->len = (uint32_t)len;
	if (len > 0)
		memcpy(t->s, s, len);
	return t;
}

const struct text *text_str(struct arena *a, const char *s)
{
	return text_new(a, s, strlen(s));
}

const struct text *text_printf(struct arena *a, const char *fmt, ...)
{
	auto_free char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		die_out_of_memory();
	return text_new(a, s, (size_t)n);
}

int text_cmp(const struct text *a, const struct text *b)
{
	int order;

	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	order = memcmp(a->s, b->s, a->len < b->len ? a->len : b->len);
	if (order != 0)
		return order;
	return (a->len > b->len) - (a->len < b->len);
}

bool text_eq(const struct text *a, const struct text *b)
{
	return text_cmp(a, b) == 0;
}

bool text_is(const struct text *t, const char *s)
{
	return t != NULL && strcmp(t->s, s) == 0;
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool text_eq_nocase(const struct text *a, const struct text *b)
{
	uint32_t i;

	if (a == NULL || b == NULL || a->len != b->len)
		return a == b;
	for (i = 0; i < a->len; i++)
		if (ascii_lower(a->s[i]) != ascii_lower(b->s[i]))
			return false;
	return true;
}

char *text_lowered(const struct text *s)
{
	char *lower = xstrdup(s->s);

	for (char *p = lower; *p != '\0'; p++)
		*p = ascii_lower(*p);
	return lower;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool str_is_hex(const char *s, size_t least, size_t most)
{
	size_t n = strspn(s, "0123456789abcdef");

	return s[n] == '\0' && n >= least && n <= most;
}

/* The bounds of the second byte keep out overlong forms, surrogates and values above U+10FFFF
 * (Unicode 15, table 3-7). */
int utf8_next(const char *s, size_t len, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	int n, i;

	if (len == 0)
		return 0;
	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len < (size_t)n)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	if (p[0] == 0xed)
		high = 0x9f;
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	*code = p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3fu);
	}
	return n;
}

long utf8_count(const char *s, size_t len)
{
	uint32_t code;
	long n = 0;
	int step;

	for (; len > 0; len -= (size_t)step, s += step, n++) {
		step = utf8_next(s, len, &code);
		if (step == 0)
			return -1;
	}
	return n;
}

bool code_is_forbidden(uint32_t code)
{
	if (code < 0x20)
		return code != '\t' && code != '\n' && code != '\r';
	return (code >= 0x7f && code <= 0x9f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* Longer names are not looked at: three rows of the table stand on the stack. */
#define NEAREST_MAX 128

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, substitutions, neighbours swapped. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t i, j;

	for (j = 0; j <= b_len; j++)
		last[j] = j;
	for (i = 1; i <= a_len; i++) {
		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			row[j] = min_size(last[j - 1] + (a[i - 1] != b[j - 1]),
					  min_size(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min_size(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b_len];
}

const char *text_nearest(const char *s, const char *const *candidates, size_t n)
{
	size_t len = strlen(s), best = 2 + len / 4, distance, other, i;
	const char *nearest = NULL;

	if (len > NEAREST_MAX)
		return NULL;
	for (i = 0; i < n; i++) {
		other = strlen(candidates[i]);
		if (other > NEAREST_MAX || (other > len ? other - len : len - other) >= best)
			continue;
		distance = edit_distance(s, len, candidates[i], other);
		if (distance < best) {
			best = distance;
			nearest = candidates[i];
		}
	}
	return nearest;
}
