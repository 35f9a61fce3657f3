/* doc->drift in JSON: the value of the key "drift". Private to doc_*.c. Pure. */
#ifndef CHARTER_RECONCILER_DOC_DRIFT_H
#define CHARTER_RECONCILER_DOC_DRIFT_H

#include "reconciler/doc_field.h"
#include "reconciler/drift.h"
#include "reconciler/plan_doc.h"

void doc_write_drift(struct json_out *, const struct doc_drift *);
/* Sets d->drift, or leaves it NULL where the document has none: one of an earlier version. After
 * the document's changes: items point to them. */
int doc_read_drift(struct reader *, const json_t *, struct plan_doc *d);

#endif
