/* Access rows folded for people: one line for all accounts where the same is gained or lost, for
 * all who gain or lose the same, and for all that they gain or lose there. Private to report_*.c.
 * Pure. */
#ifndef CHARTER_RECONCILER_REPORT_ACCESS_H
#define CHARTER_RECONCILER_REPORT_ACCESS_H

#include "reconciler/report.h"
#include "reconciler/report_places.h"
#include "reconciler/report_product.h"
#include "state/strength.h"

/* It stands for every combination of its names. */
struct access_line {
	bool loss, people; /* people: of Identity Center */
	bool past;         /* it has happened: of a drift report */
	/* Of a gain of write access or more; all else is alike here, as not known. */
	enum strength strength;
	/* Where each of several accounts has its own, a star stands for the account in addresses.
	 */
	const struct name_list *principal, *permission, *account;
	const char *through; /* or NULL */
	size_t n;            /* rows */
};

struct access_lines {
	struct arena *arena;
	/* Losses first, then gains of administrator and of write access; what the same people get
	 * stands together. */
	struct access_line *line;
	const uint8_t *strength;             /* enum strength, one for each row of the document */
	size_t n, losses, strong;            /* strong: lines of such gains, after the losses */
	size_t rows, loss_rows, strong_rows; /* by access_lines_end() */
};

/* Ended with access_lines_free(). A drift report has none while all its differences are let be. */
void access_lines_read(const struct plan_doc *, struct access_lines *);
/* The first line after i that is not of the same people, in the same way. */
size_t access_lines_end(const struct access_lines *, size_t i);
void access_lines_free(struct access_lines *);
/* "12 people: user/alice, user/bob and 10 more"; all of a loss. */
void access_who(struct buf *, const struct access_line *, bool all, put_name_fn *name);
/* "DataScientist in all 20 of Workloads/Training: +240 -0". `minus`: as the report writes it. */
void access_what(struct buf *, const struct access_line *, struct places *, bool all,
		 const char *minus, put_name_fn *name);
/* "gains", "lose", "gain administrator access", "gained": as many as do it. */
const char *access_verb(const struct access_line *);
/* What stands between the verb and the permission: "gains write access by Data". */
const char *access_by(const struct access_line *);

#endif
