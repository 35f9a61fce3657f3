/* A plan with every sort of change in it, for the tests of reports and of saved plans. */
#ifndef CHARTER_TESTS_PLAN_SAMPLE_H
#define CHARTER_TESTS_PLAN_SAMPLE_H

#include "reconciler/plan_doc.h"

struct plan_doc *sample_plan(struct arena *);

#endif
