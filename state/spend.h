/* What was spent in the accounts of credit pools: money without real numbers. Kept in the live
 * account's aux, so that a snapshot holds it. Pure. */
#ifndef CHARTER_STATE_SPEND_H
#define CHARTER_STATE_SPEND_H

#include "state/resource.h"

/* "123.456789" to millionths. -1: no amount, or beyond all reason. */
int spend_parse(const char *s, int64_t *millionths);
/* Adds to what is known of it. */
void spend_add(struct arena *, struct resource *account, int64_t millionths);
/* In hundredths, rounded down; -1: not known, or not read whole. */
int64_t spend_of(const struct side *live, const struct resource *account);

#endif
