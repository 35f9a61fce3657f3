/* Private to report_markdown*.c and rehearsal_report.c. */
#ifndef CHARTER_RECONCILER_REPORT_MARKDOWN_H
#define CHARTER_RECONCILER_REPORT_MARKDOWN_H

#include "reconciler/markdown.h"
#include "reconciler/report.h"
#include "reconciler/report_access.h"
#include "reconciler/report_alike.h"
#include "reconciler/report_drift.h"
#include "reconciler/report_tally.h"

#define MD_MINUS "−"
/* Rows of one table that stand open. */
#define MD_ROWS_OPEN 25

/* What every part of the report looks at. */
struct md {
	const struct plan_doc *d;
	const struct alike *alike;
	const struct access_lines *lines;
	struct places *places;
	const struct markdown_style *style;
	bool linked;              /* lines of the configuration are links */
	bool plain;               /* lists for tables, headings for folds */
	put_name_fn *name;        /* a name in a row */
	const char *note;         /* said of the row that is written, or NULL */
	struct drift_view *drift; /* of a drift report that has items, or NULL */
};

/* The paragraph below the title: organization, scope, commits. */
void md_where(struct buf *b, const struct plan_doc *d);

/* Writes a part that takes at most `room` bytes; returns how much of it was left out. */
typedef size_t md_part_fn(const struct md *, size_t room, struct buf *);

/* A name in running text. */
void md_name_plain(struct buf *b, const char *name);
/* What a link to a place of such a change begins with, or NULL. */
const char *md_blob(const struct md *, const struct doc_change *);
/* What stands below a title, folded away where the dialect can; `n`: how many. */
void md_fold(const struct md *, struct buf *, const char *title, size_t n);
void md_fold_end(const struct md *, struct buf *);

/* report_markdown_change.c: one change, or several that are alike, as a row of the table that
 * begins so. `line`: below the name of their file; `losses`: only what goes. */
void md_table_head(const struct md *, struct buf *b, bool line);
void md_row(const struct md *, struct buf *b, const struct alike_row *, bool losses, bool line);
md_part_fn md_policies;

/* report_markdown_access.c, report_markdown_losses.c. How much is told of each loss, or gain, where
 * there are many. */
enum md_level { MD_WHOLE, MD_SHORT, MD_PAIRS, MD_SETS, MD_TOGETHER, MD_LEVELS };
/* What was counted, a line for each group or set. `sign`: of all of it. */
void md_tally(struct buf *b, struct tally *, const char *sign);
enum tally_level md_tally_level(enum md_level); /* from MD_PAIRS on */
/* All changes that are losses. Nothing where there are none. */
void md_losses(const struct md *, struct buf *b, enum md_level);
/* The assignments among these changes (their numbers), counted. From MD_PAIRS on. */
void md_assignments(const struct plan_doc *, struct buf *b, const size_t *change, size_t n,
		    const char *sign, enum md_level);
/* All losses of access. Nothing where there are none. */
void md_access_losses(const struct md *, struct buf *b, enum md_level);
md_part_fn md_strong_gains, md_other_gains;

/* report_markdown_sections.c: changes that are no mere losses. Of a drift report all of them. */
md_part_fn md_changed, md_drifted, md_pending, md_created;

/* report_markdown_notes.c */
md_part_fn md_leftovers, md_warnings, md_by_hand, md_released, md_ignored, md_unmanaged;
md_part_fn md_unread, md_how, md_call_list;

/* report_markdown_drift.c, report_markdown_causes.c: the sections of a drift report. */
md_part_fn md_drift_glass, md_drift_known, md_drift_nobody, md_drift_missing, md_drift_stale;
md_part_fn md_drift_lost;
md_part_fn md_drift_unmanaged, md_drift_old, md_drift_rules, md_drift_quiet;
md_part_fn md_drift_lacks, md_drift_resolved, md_drift_remarks, md_drift_remedies;
/* "- `iam_role/a/b` tags `owner`, unmanaged: ..." */
void md_drift_item(const struct md *, struct buf *b, const struct drift_item *);

/* report_markdown_tree.c: a picture of the units and accounts that come, move and go. */
md_part_fn md_tree;

#endif
