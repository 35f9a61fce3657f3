/* Changes that differ by their account alone, as a baseline makes them, or by what an assignment is
 * of, as a product makes them: shown once, with all names. Private to report_*.c. Pure. */
#ifndef CHARTER_RECONCILER_REPORT_ALIKE_H
#define CHARTER_RECONCILER_REPORT_ALIKE_H

#include "reconciler/report.h"
#include "reconciler/report_places.h"
#include "reconciler/report_product.h"

struct alike_row {
	struct doc_change change;                     /* of several, with stars in its address */
	const struct name_list *account, *who, *what; /* of several: what the stars stand for */
	size_t n; /* how many changes it stands for; 0: it is shown with an earlier one */
};

struct alike {
	struct arena *arena;
	struct alike_row *row; /* one for each change */
};

/* Ended with alike_free(). */
void alike_read(const struct plan_doc *, struct alike *);
void alike_free(struct alike *);
/* " of Admin, Viewer; to group/a, group/b; in all 12 of Workloads: 48 in all", as far as there are
 * stars, each name written by `name`; `all`: none is only counted. Nothing for a change that stands
 * for itself. */
void alike_where(struct buf *, const struct alike_row *, struct places *, bool all,
		 put_name_fn *name);

#endif
