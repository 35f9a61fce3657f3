/* What a difference is worth, by the access that it gives or takes. Private to drift_*.c. Pure. */
#ifndef CHARTER_RECONCILER_DRIFT_RANK_H
#define CHARTER_RECONCILER_DRIFT_RANK_H

#include "reconciler/drift.h"
#include "reconciler/plan.h"

struct ranking;

struct ranking *ranking_new(struct arena *, const struct plan *);
void ranking_free(struct ranking *);
/* Of an attribute, or an element of it; NULL: of the whole resource. */
enum drift_rank ranking_of(struct ranking *, const struct row *, const struct diff *);
/* Of an edge that has no row, by its kind's name and address. */
enum drift_rank ranking_of_note(const char *kind);
/* Whether guards.break_glass of head or base names one of these; `element` may be NULL. */
bool ranking_is_break_glass(const struct ranking *, const char *address, const char *element);

#endif
