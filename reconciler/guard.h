/* The guards: verdicts on a whole plan, before anything is changed. Pure. */
#ifndef CHARTER_RECONCILER_GUARD_H
#define CHARTER_RECONCILER_GUARD_H

#include "reconciler/plan.h"

/* Fills plan->guard: every guard in a fixed order, whether it passes or refuses; sets
 * plan->refused. */
void plan_guards(struct plan *);

/* The change touches what the run itself lives by: its user, the groups it is in, their policies.
 */
bool guard_self_matches(const struct plan_input *, const struct change *);

/* Organization id, management account, partition and caller against the configuration, before
 * anything else is read. base may be NULL. -1 with EXIT_REFUSED. */
int guard_organization(const struct settings *head, const struct settings *base,
		       const struct world *, struct error *err);

#endif
