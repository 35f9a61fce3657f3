/* What was spent in an account, from Cost Explorer in that account. */
#ifndef CHARTER_AWS_COST_H
#define CHARTER_AWS_COST_H

#include "aws/crawl.h"

/* Queues the reading of what the account has spent in the last twelve months and this one, before
 * credits and refunds, into its aux (state/spend.h), in the scope "spend/ID". now_us: since 1970.
 */
void spend_read(struct crawl *, struct resource *account, int64_t now_us);

#endif
