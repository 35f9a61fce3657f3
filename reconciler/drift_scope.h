/* Which scopes of a reading show an item, and what a report does not look at. Private to drift_*.c
 * and ledger*.c. Pure. */
#ifndef CHARTER_RECONCILER_DRIFT_SCOPE_H
#define CHARTER_RECONCILER_DRIFT_SCOPE_H

#include "reconciler/plan.h"

/* What policies are attached to is known of all targets, or of none. */
#define DRIFT_SCOPE_ATTACHED "policies units accounts attachments"

/* Names of all scopes that must be read whole before it can be said that a difference is gone, with
 * blanks between; attr -1: of the whole resource. In the arena. */
const char *drift_scope(struct arena *, const struct plan *, const struct row *, int attr);
/* Whether any of those was not read whole: what failed, and not what was not asked for. */
bool drift_scope_unread(const struct plan *, const char *scopes);
/* What this report leaves out on purpose, see doc_drift.passed. */
const char *const *drift_passed(struct arena *, const struct plan *);

#endif
