/* A drift report with everything in it, for the tests of reports. */
#ifndef CHARTER_TESTS_DRIFT_SAMPLE_H
#define CHARTER_TESTS_DRIFT_SAMPLE_H

#include "reconciler/drift.h"
#include "reconciler/plan_doc.h"

/* Of the third night: a ledger knows the first two. */
struct plan_doc *sample_drift(struct arena *);
/* `items` roles whose policies differ, by `causes` sessions of as many people; each session has as
 * many, and none is alike. */
struct plan_doc *sample_many(struct arena *, uint32_t items, uint32_t causes);

#endif
