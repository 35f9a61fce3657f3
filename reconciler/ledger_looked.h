/* Where a report has looked: only what it would show is gone when it does not. Private to the
 * ledger. Pure. */
#ifndef CHARTER_RECONCILER_LEDGER_LOOKED_H
#define CHARTER_RECONCILER_LEDGER_LOOKED_H

#include "reconciler/drift.h"

struct looked;

struct looked *looked_new(const struct plan_doc *); /* the document stays as long */
void looked_free(struct looked *);
/* Whether the report would show such an item, if it were still there. Each may be NULL. */
bool looked_at(const struct looked *, const char *address, const char *scope);

#endif
