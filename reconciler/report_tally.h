/* Rows of access, or assignments, counted for each group and permission set, for each set, or
 * together: what stands in a report that has no room for more. Private to report_*.c. Pure. */
#ifndef CHARTER_RECONCILER_REPORT_TALLY_H
#define CHARTER_RECONCILER_REPORT_TALLY_H

#include "base/map.h"

enum tally_level { TALLY_PAIRS, TALLY_WHATS, TALLY_ALL };

struct tally_line {
	const char *who, *what; /* who: of TALLY_PAIRS; what: not of TALLY_ALL */
	size_t n;
	size_t accounts, people, whats; /* different ones */
	bool everywhere; /* with rows of no one account: of a permission set itself */
};

struct tally {
	enum tally_level level;
	struct arena *arena;
	struct map *lines, *seen;
	VEC(struct tally_line *) line;
};

/* Ended with tally_end(). Names live longer than it. */
void tally_begin(struct tally *, enum tally_level);
void tally_end(struct tally *);
/* `who`: the group or whoever has it by himself; `person`: whose access it is. */
void tally_add(struct tally *, const char *who, const char *what, const char *account,
	       const char *person);
/* By (who, what). */
void tally_sort(struct tally *);

#endif
