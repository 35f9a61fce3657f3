/* What waits because something else was not read. Pure. */
#ifndef CHARTER_RECONCILER_BLOCKED_H
#define CHARTER_RECONCILER_BLOCKED_H

#include "reconciler/plan.h"

/* Marks the changes of the plan that refer to what is not made, and deletions of what is still
 * referred to. */
void plan_block(struct plan *);

#endif
