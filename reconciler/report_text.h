/* Private to report_text*.c. */
#ifndef CHARTER_RECONCILER_REPORT_TEXT_H
#define CHARTER_RECONCILER_REPORT_TEXT_H

#include "reconciler/paint.h"
#include "reconciler/report.h"

void text_change(struct paint *, const struct plan_doc *, const struct doc_change *);

#endif
