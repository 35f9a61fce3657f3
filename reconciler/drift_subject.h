/* How events speak of an item: its ids, ARNs and names. Private to drift_who.c. Pure. */
#ifndef CHARTER_RECONCILER_DRIFT_SUBJECT_H
#define CHARTER_RECONCILER_DRIFT_SUBJECT_H

#include "aws/trail.h"
#include "reconciler/drift.h"
#include "state/bind.h"

/* The row that an item is about: its own, or, of an attachment, that of what it is attached to;
 * *attr and *element get what of it (TRAIL_RESOURCE: the whole), in the arena. NULL: none. */
const struct row *drift_item_row(struct arena *, const struct bound *, const struct drift_item *,
				 int *attr, const struct text **element);
/* What CloudTrail is to be asked about it. False: nothing. */
bool drift_question(struct arena *, const struct bound *, const struct world *,
		    const struct drift_item *, struct trail_question *);

#endif
