/* What says the same but for its account, for who it is about, or for what: merged part by part, so
 * that each row that is left stands for every combination of its names. Private to report_*.c.
 * Pure. */
#ifndef CHARTER_RECONCILER_REPORT_PRODUCT_H
#define CHARTER_RECONCILER_REPORT_PRODUCT_H

#include "base/map.h"

enum product_part { PART_ACCOUNT, PART_WHO, PART_WHAT, PARTS };

/* Equal lists are one. */
struct name_list {
	const char *const *name; /* sorted */
	size_t n;
	uint32_t id;
};

struct product {
	uint32_t rest; /* what all share: rows with another one are never merged */
	const struct name_list *part[PARTS];
	size_t n;           /* how many it stands for */
	size_t first, last; /* their numbers, as they were added, by products_next() */
};

struct products {
	struct arena *arena;
	struct product *row;
	size_t rows;
	size_t *next;
	struct map *rests, *ones, *lists;
	uint32_t ids;
};

/* Room for this many; ended with products_end(). Rows and names stay in the arena. */
void products_begin(struct products *, struct arena *, size_t most);
void products_end(struct products *);
/* Names live as long as the arena. */
void products_add(struct products *, const char *rest, const char *const part[PARTS]);
/* Says anew what a row that stands for one is. */
void products_set(struct products *, struct product *, const char *rest,
		  const char *const part[PARTS]);
/* Merges rows that differ in this part alone, which has one name in each. */
void products_merge(struct products *, enum product_part);
/* What was added, and stands in the same row, after i; SIZE_MAX: none. */
size_t products_next(const struct products *, size_t i);
/* Name by name; then the shorter first. */
int name_list_cmp(const struct name_list *, const struct name_list *);

#endif
