/* The record of what was applied last, as tags of the organization's root, or of a role. Pure. */
#ifndef CHARTER_RECONCILER_RECORD_H
#define CHARTER_RECONCILER_RECORD_H

#include "reconciler/order.h"
#include "reconciler/plan.h"

#define RECORD_APPLIED  "charter:applied/"
#define RECORD_APPLYING "charter:applying/"
#define RECORD_HOLD     "charter:hold"
#define RECORD_TIME                                                                                \
	"${time}" /* stands in a plan that is only looked at: the same input, the same bytes */

/* Where it is: the root, or with `organization: none` the role that the settings name; `account` is
 * the id of that role's account. */
struct record_place record_place(struct arena *, const struct settings *,
				 const struct text *account);
/* The record of this scope, from the tags of what is live (bound or not) in that place. */
void record_read(struct arena *, const struct side *live, const struct record_place *,
		 const char *scope, struct record *);
/* Appends the record's calls to those of the changes and tells where they stand. */
void record_calls(struct plan *, struct calls *, struct record_span *);

#endif
