#include "base/buf.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 64

static void buf_release(struct buf *b)
{
	if (b->secret && b->data != NULL)
		wipe(b->data, b->cap);
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

void buf_free(struct buf *b)
{
	if (b == NULL)
		return;
	buf_release(b);
	b->full = false;
}

void buf_clear(struct buf *b)
{
	if (b->secret && b->data != NULL)
		wipe(b->data, b->cap);
	b->len = 0;
	b->full = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* Room for n more bytes and the NUL; n is within the maximum already. */
static void buf_reserve(struct buf *b, size_t n)
{
	size_t need = b->len + n + 1, cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;
	char *data;

	if (b->data != NULL && need <= b->cap)
		return;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (!b->secret) {
		b->data = xrealloc(b->data, cap);
		b->cap = cap;
		return;
	}
	/* realloc would leave the old bytes behind, unwiped. */
	data = xmalloc(cap);
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	if (b->data != NULL)
		wipe(b->data, b->cap);
	free(b->data);
	b->data = data;
	b->cap = cap;
}

bool buf_add(struct buf *b, const void *p, size_t n)
{
	size_t max = b->max < SIZE_MAX / 4 ? b->max : SIZE_MAX / 4;
	size_t room = b->len < max ? max - b->len : 0;

	if (n > room) {
		b->full = true;
		n = room;
	}
	buf_reserve(b, n);
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return !b->full;
}

bool buf_puts(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool buf_putc(struct buf *b, char c)
{
	/* The common case without calls: escapers append byte by byte. */
	if (b->len + 1 < b->cap && b->len < b->max && !b->full) {
		b->data[b->len++] = c;
		b->data[b->len] = '\0';
		return true;
	}
	return buf_add(b, &c, 1);
}

bool buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	char small[256];
	char *s = small;
	va_list again;
	bool ok;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof small, fmt, ap);
	charter_assert(n >= 0);
	if ((size_t)n >= sizeof small) {
		s = xmalloc((size_t)n + 1);
		vsnprintf(s, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	ok = buf_add(b, s, (size_t)n);
	if (b->secret) {
		wipe(small, sizeof small);
		wipe(s, s == small ? sizeof small : (size_t)n);
	}
	if (s != small)
		free(s);
	return ok;
}

bool buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

const char *buf_str(const struct buf *b)
{
	return b->data == NULL ? "" : b->data;
}

char *buf_take(struct buf *b)
{
	char *s = b->data == NULL ? xstrdup("") : b->data;

	b->data = NULL;
	b->len = b->cap = 0;
	b->full = false;
	return s;
}
