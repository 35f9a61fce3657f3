/* A growing byte buffer with a stated maximum. Always NUL-terminated when data is not NULL. */
#ifndef CHARTER_BASE_BUF_H
#define CHARTER_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap;
	size_t max; /* bytes; what would go past it is dropped and sets `full` */
	bool full;
	bool secret; /* wiped before it is freed or moved */
};

#define BUF_INIT(maximum) ((struct buf){.max = (maximum)})

void buf_free(struct buf *);                         /* also resets; NULL is accepted */
void buf_clear(struct buf *);                        /* length 0, memory kept */
bool buf_add(struct buf *, const void *p, size_t n); /* false: full */
bool buf_puts(struct buf *, const char *s);
bool buf_putc(struct buf *, char c);
bool buf_printf(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *, const char *fmt, va_list ap);
const char *buf_str(const struct buf *); /* never NULL */
char *buf_take(struct buf *);            /* the caller frees it; the buffer is empty afterwards */

#define auto_buf __attribute__((cleanup(buf_free))) struct buf

#endif
