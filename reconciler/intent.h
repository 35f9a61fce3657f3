/* The plan id. Pure. */
#ifndef CHARTER_RECONCILER_INTENT_H
#define CHARTER_RECONCILER_INTENT_H

#include "reconciler/plan.h"

/* Fills plan->plan_id. */
void plan_intent(struct plan *);
/* The live value and the reason that a saved change shows for one attribute or element; false when
 * it shows none. `c` may be NULL. */
bool intent_saved(const struct doc_change *c, const char *name, const struct text *key,
		  struct value *live, const char **reason);

#endif
