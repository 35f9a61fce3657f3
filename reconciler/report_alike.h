/* Changes that differ by their account alone, as a baseline makes them: shown once, with all
 * accounts. Private to report_*.c. Pure. */
#ifndef CHARTER_RECONCILER_REPORT_ALIKE_H
#define CHARTER_RECONCILER_REPORT_ALIKE_H

#include "reconciler/report.h"

struct alike_row {
	struct doc_change change;   /* of several, with a star for the account in its address */
	const char *const *account; /* of several */
	size_t n; /* how many changes it stands for; 0: it is shown with an earlier one */
};

struct alike {
	struct arena *arena;
	struct alike_row *row; /* one for each change */
};

/* Ended with alike_free(). */
void alike_read(const struct plan_doc *, struct alike *);
void alike_free(struct alike *);
/* " in 12 accounts: a, b and 10 more", or all of them, each name written by `name`; nothing for a
 * change that stands for itself. */
void alike_accounts(struct buf *, const struct alike_row *, bool all,
		    void (*name)(struct buf *, const char *));

#endif
