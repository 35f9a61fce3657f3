/* Values as documents and reports show them. Private to doc_*.c and report_*.c. Pure. */
#ifndef CHARTER_RECONCILER_DOC_VALUE_H
#define CHARTER_RECONCILER_DOC_VALUE_H

#include "reconciler/plan_doc.h"
#include "state/kind.h"

#define NOTE_KINDS (NOTE_WARNING + 1)
/* The JSON key of the array that holds the notes of each kind, by enum note_kind. */
extern const char *const note_arrays[NOTE_KINDS];

/* The row of a kind's attribute, or NULL when the names are not known. */
const struct attr *attr_find(const char *kind, const char *name);
bool attr_is_map(const struct attr *); /* NULL is none */
/* A unit or an account is shown as the configuration writes it: `Workloads/Training` for the
 * address unit/Workloads/Training, and / for the root. Points into the text, or to a constant. */
const char *value_outside(const struct attr *, const char *s);
/* The inverse, in the arena. */
const struct text *value_inside(struct arena *, const struct attr *, const char *s, size_t len);

#endif
