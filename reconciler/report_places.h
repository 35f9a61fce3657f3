/* Many accounts named by the units that they are all of. Private to report_*.c. Pure. */
#ifndef CHARTER_RECONCILER_REPORT_PLACES_H
#define CHARTER_RECONCILER_REPORT_PLACES_H

#include "reconciler/plan_doc.h"

struct places;
typedef void put_name_fn(struct buf *, const char *name);

struct places *places_new(const struct plan_doc *);
void places_free(struct places *);
/* "all 20 of Workloads/Training", "24 accounts: all 20 of Workloads/Training, a, b and 2 more":
 * names and units written by `name`; all of a loss. NULL: no units are known. */
void places_put(struct places *, struct buf *, const char *const *accounts, size_t n, bool all,
		put_name_fn *name);

/* "3 accounts: a, b and 1 more": names from the list, each written by `name`; all of a loss. */
void names_put(struct buf *, const char *const *names, size_t n, bool all, const char *plural,
	       put_name_fn *name);
/* The same, with so many of them. */
void names_put_some(struct buf *, const char *const *names, size_t n, size_t shown,
		    const char *plural, put_name_fn *name);

#endif
