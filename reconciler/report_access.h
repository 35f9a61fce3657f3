/* Access rows folded for people: one line for all accounts where the same is gained or lost, and
 * for all who gain or lose the same. Private to report_*.c. Pure. */
#ifndef CHARTER_RECONCILER_REPORT_ACCESS_H
#define CHARTER_RECONCILER_REPORT_ACCESS_H

#include "reconciler/report.h"

struct access_line {
	bool loss;
	const char *const *principal; /* sorted */
	const char *const *account;   /* sorted */
	size_t principals, accounts;
	/* Where each of several accounts has its own, a star stands for the account in addresses.
	 */
	const char *permission, *through; /* through: or NULL */
	const char *who;                  /* all principals, to compare by */
};

struct access_lines {
	struct arena *arena;
	struct access_line *line; /* losses first; what the same people get stands together */
	size_t n, losses;
	size_t rows, loss_rows; /* by access_lines_end() */
};

/* Ended with access_lines_free(). A drift report has none. */
void access_lines_read(const struct plan_doc *, struct access_lines *);
/* The first line after i that is not of the same people, in the same way. */
size_t access_lines_end(const struct access_lines *, size_t i);
void access_lines_free(struct access_lines *);
/* "3 accounts: a, b and 1 more": names from the list, each written by `name`; all of a loss. */
void access_names(struct buf *, const char *const *names, size_t n, bool all, const char *plural,
		  void (*name)(struct buf *, const char *));

/* The account part of an address, as it is written there; empty when there is none. */
const char *address_account(struct arena *, const char *address);
/* What the account is called that is written so. */
const char *account_name(struct arena *, const char *written);
/* The text with "iam_KIND/ACCOUNT/" as "iam_KIND/" and a star; `s` itself where that is not in it.
 */
const char *account_starred(struct arena *, const char *s, const char *account);

#endif
