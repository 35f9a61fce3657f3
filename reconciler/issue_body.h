/* The body of the issue: the report, what is said of it, and in its hidden block the ledger and
 * whether we left it open. Pure; private to the issue. */
#ifndef CHARTER_RECONCILER_ISSUE_BODY_H
#define CHARTER_RECONCILER_ISSUE_BODY_H

#include "reconciler/ledger.h"

/* Bytes of the ledger in it, and of all that is not the report: the ledger as base64, in which
 * nothing can end the block, marks, and what is said below the report. */
#define ISSUE_LEDGER 18000
#define ISSUE_ROOM   (ISSUE_LEDGER * 4 / 3 + 6000)

struct issue_body {
	const char *target;
	bool open;                   /* as we left it */
	const char *report;          /* Markdown */
	const struct ledger *ledger; /* to write */
	const char *ledger_data;     /* as read: JSON text */
	size_t ledger_len;
	int64_t seen_us;     /* when what is reported was looked at */
	const char *run_url; /* where, or NULL */
	const char *note;    /* Markdown lines more, or NULL */
	bool altered;        /* read: the digest does not fit */
};

/* False: it is no issue of ours, by its marks. */
bool issue_body_read(struct arena *, const char *text, struct issue_body *);
/* False: the ledger does not fit. */
bool issue_body_write(const struct issue_body *, struct buf *);
/* "charter: 3 differences outside git in o-exampleorgid (scope main)", of plain letters. */
const char *issue_title(struct arena *, const struct ledger *, bool complete,
			const char *organization, const char *scope);
/* How many items a reader has to do with, and since when the oldest is there (0: none). */
uint32_t ledger_open(const struct ledger *, int64_t *oldest_us);

#endif
