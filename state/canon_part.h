/* What the canonical forms of policy documents are made with: within state/canon_*.c only. */
#ifndef CHARTER_STATE_CANON_PART_H
#define CHARTER_STATE_CANON_PART_H

#include "state/canon.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct canon {
	struct arena *arena;
	const char *partition;
	struct error *err;
};

/* Each returns a new reference, or NULL with the error set. */
typedef json_t *canon_fn(const struct canon *, json_t *);

struct element {
	const char *name;
	const char *rival; /* may not stand beside this one */
	canon_fn *canon;
	bool own_context; /* its errors say themselves where they are */
};

/* For messages. canon_shown: a string of the document in quotes, cut to a line, in the arena;
 * canon_type_name: "an object". */
const char *canon_shown(const struct canon *, const char *s);
const char *canon_type_name(const json_t *);
/* Sets "unknown WHAT "NAME"", with the nearest of the known ones. Always returns -1. */
int canon_unknown(const struct canon *, const char *what, const char *name,
		  const char *const *known, size_t n);

/* jansson's functions, ending the program when out of memory. The value's reference is taken. */
json_t *canon_made(json_t *);
void canon_put(json_t *object, const char *key, json_t *value);
void canon_push(json_t *array, json_t *value);

/* A string, copied. */
json_t *string_canon(const struct canon *, json_t *);
/* A list that AWS reads as a set, or an element alone: sorted, each once; one stands as itself. */
json_t *set_canon(const struct canon *, json_t *, canon_fn *element);
/* An object whose keys are all in the table, each in canonical form. */
json_t *elements_canon(const struct canon *, json_t *object, const struct element *table, size_t n);
/* The value of Statement, always as a list. */
json_t *statements_canon(const struct canon *, json_t *);

#endif
