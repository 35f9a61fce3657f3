/* The guards: verdicts on a whole plan, before anything is changed. Pure. */
#ifndef CHARTER_RECONCILER_GUARD_H
#define CHARTER_RECONCILER_GUARD_H

#include "reconciler/plan.h"

/* Fills plan->guard: every guard in a fixed order, whether it passes or refuses; sets
 * plan->refused. */
void plan_guards(struct plan *);

/* The change touches what the run itself lives by: its user, the groups it is in, its role, what
 * that trusts, their policies; the roles by which it enters accounts, and theirs. */
bool guard_self_matches(const struct plan_input *, const struct change *);

/* Before the order: marks the calls that change who administers the management account or the one
 * where identities are kept (call->administers). */
void lockout_mark(const struct plan_input *, const struct change *, struct call *, size_t n);

/* Organization id, management account, partition and caller against the configuration, before
 * anything else is read. base may be NULL. -1 with EXIT_REFUSED. */
int guard_organization(const struct settings *head, const struct settings *base,
		       const struct world *, struct error *err);

#endif
