/* Private to report_text*.c and rehearsal_report.c. */
#ifndef CHARTER_RECONCILER_REPORT_TEXT_H
#define CHARTER_RECONCILER_REPORT_TEXT_H

#include "reconciler/paint.h"
#include "reconciler/report.h"

/* "Organization o-..., scope main, 1a2b3c4 -> 5d6e7f8": the line below the title. */
void text_where(struct paint *, const struct plan_doc *);
/* A title after an empty line; n: how many, 0: not said. */
void text_heading(struct paint *, const char *color, const char *title, size_t n);
/* A name as it is, for those who write lists of them. */
void text_name(struct buf *, const char *name);
/* `where`: what a change stands for that is of several, or NULL. `places` may be NULL. */
void text_change(struct paint *, const struct plan_doc *, const struct doc_change *,
		 const char *where, struct places *places);
/* Who gains and loses access; nothing where nobody does. */
void text_access(struct paint *, const struct plan_doc *, struct places *places);
/* report_text_drift.c: what differs, and at the end what else is to say and to do. Of documents
 * with d->drift. */
void text_drift(struct paint *, const struct plan_doc *, struct places *places);
void text_drift_end(struct paint *, const struct plan_doc *);

#endif
