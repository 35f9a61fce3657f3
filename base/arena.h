/* Memory that lives as long as one run: allocated piece by piece, freed at once. Out of memory
 * aborts, so nothing here returns NULL. Memory is zeroed and aligned for any object. */
#ifndef CHARTER_BASE_ARENA_H
#define CHARTER_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *); /* NULL is accepted */
void *arena_alloc(struct arena *, size_t size);
/* The same with a smaller alignment (a power of two), for many small pieces: text, paths. */
void *arena_place(struct arena *, size_t size, size_t align);
/* n objects of this size; aborts when n * size overflows. */
void *arena_array(struct arena *, size_t n, size_t size);
char *arena_strdup(struct arena *, const char *s);
char *arena_memdup0(struct arena *, const void *p, size_t len); /* a NUL is put after it */
char *arena_printf(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *, const char *fmt, va_list ap);
size_t arena_bytes(const struct arena *); /* handed out so far */

/* malloc, realloc and strdup that abort when out of memory. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

void free_ptr(void *pp); /* for the cleanup attribute: frees *(void **)pp */
#define auto_free __attribute__((cleanup(free_ptr)))

/* A growing array of pointers or records: VEC(type) { n, cap, at }. Freed with free(v.at). */
#define VEC(type)                                                                                  \
	struct {                                                                                   \
		size_t n, cap;                                                                     \
		type *at;                                                                          \
	}
#define vec_push(v, x)                                                                             \
	((v)->n == (v)->cap ? ((v)->cap = (v)->cap ? (v)->cap * 2 : 8,                             \
			       (v)->at = xreallocarray((v)->at, (v)->cap, sizeof *(v)->at), 0)     \
			    : 0,                                                                   \
	 (v)->at[(v)->n++] = (x))

#endif
