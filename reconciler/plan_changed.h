/* Two plans side by side: why the one that was approved is not the one made now. Pure. */
#ifndef CHARTER_RECONCILER_PLAN_CHANGED_H
#define CHARTER_RECONCILER_PLAN_CHANGED_H

#include "reconciler/plan_doc.h"

/* Lines of what only the approved plan has ("- ...") and only the one made now ("+ ..."), of what a
 * plan id names: neither drift nor what is pending. At most PLAN_CHANGED_MAX, the rest counted. */
#define PLAN_CHANGED_MAX 40
void plan_changed_write(const struct plan_doc *approved, const struct plan_doc *now, struct buf *);

#endif
