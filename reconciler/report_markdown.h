/* Private to report_markdown*.c and rehearsal_report.c. */
#ifndef CHARTER_RECONCILER_REPORT_MARKDOWN_H
#define CHARTER_RECONCILER_REPORT_MARKDOWN_H

#include "reconciler/markdown.h"
#include "reconciler/report.h"
#include "reconciler/report_access.h"

/* The paragraph below the title: organization, scope, commits. */
void md_where(struct buf *, const struct plan_doc *);
/* What a change does, as one table cell. `losses`: only what goes. */
void md_change_cell(struct buf *, const struct plan_doc *, const struct doc_change *, bool losses);
/* What is unusual about it, as one cell. */
void md_why_cell(struct buf *, const struct plan_doc *, const struct doc_change *);
/* One policy document of the change, as a diff with its heading; false when there is none left. The
 * caller begins with *next 0. */
bool md_next_policy(struct buf *, const struct plan_doc *, const struct doc_change *,
		    uint32_t *attribute, uint32_t *item);

/* A name in a table cell, for access_names() and alike_accounts(). */
void md_name(struct buf *, const char *name);
/* All losses of access; the same in as few bytes as can name them. */
void md_access_losses(struct buf *, const struct access_lines *);
void md_access_losses_short(struct buf *, const struct access_lines *);
/* One row of gains, from line i on; the first with the head of the table, in a fold that the caller
 * ends. */
void md_access_gain(struct buf *, const struct access_lines *, size_t i, bool folded);

#endif
