/* Sides from text, for tests of binding and difference. One resource a line:
 *
 *     ADDRESS [id=ID] [flag:NAME ...] [was:OLD-ADDRESS ...] [created=TIME] [ATTR=VALUE ...]
 *
 * VALUE is a text, "-" (none), "[a,b]" (a set), "<a,b>" (an only-list), "{k=v,l=w}" (a map). Names,
 * parents and accounts follow from the address; on a live side they follow from a raw address as
 * far as they can. Lines "scope NAME whole|partial|open" set scopes; a live side has all of them
 * whole. */
#ifndef CHARTER_TESTS_SIDES_H
#define CHARTER_TESTS_SIDES_H

#include "state/diff.h"

/* NULL text gives NULL. `file` is where its declarations stand; NULL: a live side. */
struct side *side_from(struct arena *, const char *file, const char *text);
void sides_free(struct sides *); /* each of them */
/* The scope is read whole; made when missing, below `parent`. */
void scope_whole(struct side *, uint32_t parent, const char *name);
/* "error: ..." and "warning: ..." lines, in the order in which they came. */
void diagnostics_dump(struct buf *, const struct diagnostics *, const char *word);
void value_dump(struct buf *, struct value);
/* Whether two texts are equal; when not, both are printed. */
bool text_agrees(const char *name, const char *got, const char *want);

#endif
