#include "base/arena.h"

#include "base/error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

/* Under the address sanitizer each piece has a gap after it, so that a read past its end is seen.
 */
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define ARENA_GAP         8
#define ARENA_LEAST_ALIGN 8
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ARENA_GAP                         0
#define ARENA_LEAST_ALIGN                 1
#endif

#define CHUNK_FIRST ((size_t)4096)
#define CHUNK_LAST  ((size_t)1 << 20)

struct chunk {
	struct chunk *next;
	size_t size, used; /* bytes of data */
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct chunk *chunk; /* the one that is being filled comes first */
	size_t chunk_size;   /* of the next ordinary chunk */
	size_t bytes;
};

struct arena *arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof *a);

	a->chunk_size = CHUNK_FIRST;
	return a;
}

void arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (a == NULL)
		return;
	for (c = a->chunk; c != NULL; c = next) {
		next = c->next;
		ASAN_UNPOISON_MEMORY_REGION(c->data, c->size);
		free(c);
	}
	free(a);
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *c;

	if (size > SIZE_MAX - sizeof *c)
		die_out_of_memory();
	c = xcalloc(1, sizeof *c + size);
	c->size = size;
	ASAN_POISON_MEMORY_REGION(c->data, c->size);
	return c;
}

/* A chunk with room for `need` bytes. A large piece gets a chunk of its own, put second, so that
 * what is left of the first is not lost. */
static struct chunk *chunk_for(struct arena *a, size_t need)
{
	struct chunk *c;

	if (need > a->chunk_size / 4 && a->chunk != NULL) {
		c = chunk_new(need);
		c->next = a->chunk->next;
		a->chunk->next = c;
		return c;
	}
	c = chunk_new(need > a->chunk_size ? need : a->chunk_size);
	if (a->chunk_size < CHUNK_LAST)
		a->chunk_size *= 2;
	c->next = a->chunk;
	a->chunk = c;
	return c;
}

void *arena_place(struct arena *a, size_t size, size_t align)
{
	struct chunk *c = a->chunk;
	size_t at, need;
	void *p;

	charter_assert(align > 0 && (align & (align - 1)) == 0 && align <= _Alignof(max_align_t));
	if (align < ARENA_LEAST_ALIGN)
		align = ARENA_LEAST_ALIGN;
	if (size > SIZE_MAX / 2)
		die_out_of_memory();
	/* An object without bytes still has an address of its own. */
	need = (size == 0 ? 1 : size) + ARENA_GAP;
	at = c == NULL ? 0 : (c->used + align - 1) & ~(align - 1);
	if (c == NULL || at > c->size || need > c->size - at) {
		c = chunk_for(a, need);
		at = 0;
	}
	c->used = at + need;
	a->bytes += size;
	p = c->data + at;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return arena_place(a, size, _Alignof(max_align_t));
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		die_out_of_memory();
	return arena_alloc(a, total);
}

char *arena_memdup0(struct arena *a, const void *p, size_t len)
{
	char *s;

	if (len == SIZE_MAX)
		die_out_of_memory();
	s = arena_place(a, len + 1, 1);
	if (len > 0)
		memcpy(s, p, len);
	return s;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_memdup0(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	auto_free char *s = NULL;
	int n = vasprintf(&s, fmt, ap);

	if (n < 0)
		die_out_of_memory();
	return arena_memdup0(a, s, (size_t)n);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

size_t arena_bytes(const struct arena *a)
{
	return a->bytes;
}

void *xmalloc(size_t size)
{
	return xrealloc(NULL, size);
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n == 0 ? 1 : n, size == 0 ? 1 : size);

	if (p == NULL)
		die_out_of_memory();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size == 0 ? 1 : size);
	if (p == NULL)
		die_out_of_memory();
	return p;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		die_out_of_memory();
	return xrealloc(p, total);
}

char *xstrdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(xmalloc(size), s, size);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		die_out_of_memory();
	return s;
}

void free_ptr(void *pp)
{
	void *p;

	/* The pointer may be of any object type: read as bytes, not as a void pointer. */
	memcpy(&p, pp, sizeof p);
	free(p);
}
