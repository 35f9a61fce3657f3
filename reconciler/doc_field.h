/* Checked access to the fields of a saved document: each reads one key of an object, or says in the
 * error where it stands and what is wrong. Private to doc_*.c. Pure. */
#ifndef CHARTER_RECONCILER_DOC_FIELD_H
#define CHARTER_RECONCILER_DOC_FIELD_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct reader {
	struct arena *arena;
	const char *file;
	struct error *err;
	/* Where the object stands that is being read: changes[3].attributes[0] */
	struct {
		const char *array;
		size_t index; /* SIZE_MAX: none */
	} in[3];
	unsigned depth;
};

void reader_enter(struct reader *, const char *name); /* an object, or an array */
void reader_leave(struct reader *);
/* Sets "FILE: changes[3].action: WHAT"; key may be NULL. -1. */
int reader_fail(struct reader *, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Each returns -1 with the error when the key is missing or of another type. Text is in the arena.
 */
int field_text(struct reader *, const json_t *, const char *key, const char **out);
int field_text_or_null(struct reader *, const json_t *, const char *key, const char **out);
int field_text_if(struct reader *, const json_t *, const char *key,
		  const char **out); /* may miss */
/* One of these names; *out is the name of the list. */
int field_name(struct reader *, const json_t *, const char *key, const char *const *names, size_t n,
	       const char **out);
int field_count(struct reader *, const json_t *, const char *key, uint32_t *out);
int field_bool(struct reader *, const json_t *, const char *key, bool *out);
int field_array(struct reader *, const json_t *, const char *key, const json_t **out);
/* A member that is an object, or null when *out is NULL afterwards and `or_null` is set. */
int field_object(struct reader *, const json_t *, const char *key, bool or_null,
		 const json_t **out);
/* "source", where a line of the configuration is named: its object is returned in *out, NULL where
 * it is null; `file` and `line` are left alone then. */
int field_source(struct reader *, const json_t *, const char **file, uint32_t *line,
		 const json_t **out);
/* An array of numbers from 1 to `most`. */
int field_numbers(struct reader *, const json_t *, const char *key, uint32_t most, uint32_t **out,
		  uint32_t *n);
/* The index-th element, which must be an object; notes the index for errors. */
int element_object(struct reader *, const json_t *array, size_t index, const json_t **out);

#endif
