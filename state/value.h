/* Values of attributes, in canonical form: equal means equal bytes. Everything lives in an arena
 * and is immutable once made. Pure. */
#ifndef CHARTER_STATE_VALUE_H
#define CHARTER_STATE_VALUE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct item {
	const struct text *key, *value; /* value NULL in a plain set */
};
struct set {
	uint32_t n;
	struct item item[]; /* sorted by key bytes, unique */
};

enum value_state {
	VALUE_UNSET, /* not mentioned (declared side), or not read (live side); never compared */
	VALUE_NONE,  /* a scalar known to be absent */
	VALUE_TEXT,
	VALUE_SET,   /* a set or a map; known to be empty when n is 0 */
	VALUE_SECRET /* never printed, never compared */
};

struct value {
	uint8_t state; /* enum value_state */
	bool only;     /* declared with {only: [...]}: just the listed elements are managed */
	union {
		const struct text *text;
		const struct set *set;
	} u;
};

#define VALUE_EMPTY ((struct value){.state = VALUE_NONE})

struct value value_text(const struct text *); /* NULL gives VALUE_NONE */
struct value value_str(struct arena *, const char *);
bool value_eq(struct value, struct value); /* `only` does not count */
/* Whether it is a text that is not empty: one that is cleared is declared as an empty one. */
bool value_says(const struct value *);
/* The item of this key, or NULL. */
const struct item *set_find(const struct set *, const struct text *key);
/* Sorts items in place, drops exact duplicates; *clash gets a key that stands twice with different
 * values (or NULL). */
const struct set *set_make(struct arena *, struct item *items, size_t n, const struct text **clash);

#endif
