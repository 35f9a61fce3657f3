/* Private to report_markdown*.c and rehearsal_report.c. */
#ifndef CHARTER_RECONCILER_REPORT_MARKDOWN_H
#define CHARTER_RECONCILER_REPORT_MARKDOWN_H

#include "reconciler/markdown.h"
#include "reconciler/report.h"
#include "reconciler/report_access.h"
#include "reconciler/report_alike.h"
#include "reconciler/report_tally.h"

#define MD_MINUS "−"

/* The paragraph below the title: organization, scope, commits. */
void md_where(struct buf *, const struct plan_doc *);
/* What a change does, as one table cell. `losses`: only what goes. */
void md_change_cell(struct buf *, const struct plan_doc *, const struct doc_change *,
		    struct places *, bool losses);
/* What is unusual about it, as one cell. */
void md_why_cell(struct buf *, const struct plan_doc *, const struct doc_change *);
/* One policy document of the change, as a diff with its heading; false when there is none left. The
 * caller begins with *next 0. */
bool md_next_policy(struct buf *, const struct plan_doc *, const struct doc_change *,
		    uint32_t *attribute, uint32_t *item);

/* A name in a table cell, and in running text. */
void md_name(struct buf *, const char *name);
void md_name_plain(struct buf *, const char *name);

/* How much is told of each loss, or gain, where there are many. */
enum md_level { MD_WHOLE, MD_SHORT, MD_PAIRS, MD_SETS, MD_TOGETHER, MD_LEVELS };
/* What was counted, a line for each group or set. `sign`: of all of it. */
void md_tally(struct buf *, struct tally *, const char *sign);
enum tally_level md_tally_level(enum md_level); /* from MD_PAIRS on */
/* All changes that are losses. Nothing where there are none. */
void md_losses(struct buf *, const struct plan_doc *, const struct alike *, struct places *,
	       enum md_level);
/* The assignments among these changes, counted: those that go, or those that come and are not
 * blocked. From MD_PAIRS on. */
void md_assignments(struct buf *, const struct plan_doc *, size_t i, size_t end, bool losses,
		    enum md_level);
/* One change, or several that are alike, as a row of the table that begins so. */
extern const char md_table_head[];
void md_row(struct buf *, const struct plan_doc *, const struct alike_row *, struct places *,
	    bool losses);
/* All losses of access. Nothing where there are none. */
void md_access_losses(struct buf *, const struct plan_doc *, const struct access_lines *,
		      struct places *, enum md_level);
/* One row of gains, from line i on; the first with the head of the table, in a fold that the caller
 * ends. */
void md_access_gain(struct buf *, const struct access_lines *, struct places *, size_t i,
		    bool folded);
/* All of them counted. From MD_PAIRS on. */
void md_access_gains(struct buf *, const struct plan_doc *, enum md_level);

#endif
