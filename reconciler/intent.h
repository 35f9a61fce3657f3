/* The plan id. Pure. */
#ifndef CHARTER_RECONCILER_INTENT_H
#define CHARTER_RECONCILER_INTENT_H

#include "reconciler/plan.h"

/* Fills plan->plan_id. */
void plan_intent(struct plan *);
/* The id that a merge has which brings these rows, in a plan that was made: its changes say which
 * items are adopted or in conflict now, the approval (or NULL) with what those were shown that are
 * done since. */
void intent_id(const struct plan *, const struct bound *rows, char id[SHA256_HEX]);

#endif
