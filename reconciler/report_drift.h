/* What the text and the Markdown report of drift share: which differences stand together and in
 * what order, and what is said of who made them. Nothing here escapes; each report does so for its
 * own sink. Private to report_*.c and surface*.c. Pure. */
#ifndef CHARTER_RECONCILER_REPORT_DRIFT_H
#define CHARTER_RECONCILER_REPORT_DRIFT_H

#include "base/map.h"
#include "reconciler/drift.h"
#include "reconciler/report.h"
#include "reconciler/report_alike.h"

/* In the order of the report. */
enum drift_section {
	DRIFT_GLASS,     /* whoever did it: break-glass resources, and what else that session did */
	DRIFT_KNOWN,     /* causes with a name */
	DRIFT_NOBODY,    /* differences that nobody is known for */
	DRIFT_MISSING,   /* the same of what is gone */
	DRIFT_UNMANAGED, /* without a ledger, or in its first report, all of them */
	DRIFT_OLD,       /* unmanaged ones that were there before the first report */
	DRIFT_STALE,
	DRIFT_RULES,
	DRIFT_QUIET, /* known and let be */
	DRIFT_SECTIONS
};
extern const char *const drift_titles[DRIFT_SECTIONS];

/* Items of one cause, or of nobody known, with one owner and one day on which they were first seen.
 */
struct drift_batch {
	const uint32_t *item; /* indices in the document's drift */
	size_t items;
	enum drift_section section;
	const struct drift_cause *cause; /* NULL: nobody is known */
	bool fresh;
	const char *owner; /* or NULL */
	int64_t first_us;  /* 0: none */
};
/* Batches of one cause. */
struct drift_block {
	const struct drift_batch *batch;
	size_t batches, items;
	const struct drift_cause *cause; /* or NULL */
};
struct drift_view {
	const struct plan_doc *d;
	uint32_t *item; /* all that are shown, in the report's order */
	struct drift_batch *batch;
	struct drift_block *block;
	size_t first[DRIFT_SECTIONS + 1]; /* blocks of a section: from first[s] up to first[s+1] */
	size_t items[DRIFT_SECTIONS];
	uint8_t *named; /* changes: 1 an item names it, 2 an open one does */
	/* Of excerpts: which one had a change last, and where. */
	uint32_t *stamp, *slot, stamps;
};
/* Only of documents with d->drift. Ended with drift_view_free(). */
void drift_view_make(const struct plan_doc *, struct drift_view *);
void drift_view_free(struct drift_view *);
/* Unmanaged, and it has or gives administrator access, rather than being a guardrail: told wherever
 * it is named. */
bool drift_item_is_strong(const struct drift_item *);
/* It is the first that shows signs, and says what they mean. */
bool drift_view_explains(const struct drift_view *, enum drift_section);
/* A change that is not let be. */
bool drift_view_open(const struct drift_view *, size_t change);
/* Such a change is shown apart: it waits, or was not read whole. */
bool drift_view_lacks(const struct drift_view *, size_t change);

/* The batch as a document of its own, with the changes of its items and nothing else of them, so
 * that it is shown as any document is. Ended with drift_excerpt_end(). */
struct drift_excerpt {
	struct arena *arena;
	struct plan_doc doc;
	struct alike alike; /* of doc */
	/* The call that made a change, where its cause has several; one for each change. */
	const struct drift_event **event;
	uint32_t *items;                /* of each change */
	const struct drift_item **line; /* what no change shows */
	size_t lines;
};
void drift_excerpt_make(struct drift_view *, const struct drift_batch *, struct drift_excerpt *);
void drift_excerpt_end(struct drift_excerpt *);

struct drift_numbers {
	uint32_t open, fresh;        /* that are not quiet; scopes that were not read are apart */
	uint32_t resources;          /* with open differences; unmanaged ones are apart */
	uint32_t differences, news;  /* of those resources, and how many are fresh */
	uint32_t unmanaged, strange; /* all of them, and the fresh ones */
	uint32_t rules, quiet;       /* quiet: unmanaged ones are apart */
	uint32_t resolved;           /* since the last report */
	uint32_t unread;
};
void drift_count(const struct plan_doc *, struct drift_numbers *);
/* "4 resources differ from git, by 7 differences, 3 of them new; 2 resolved; ..." */
void drift_put_counts(const struct plan_doc *, struct buf *);

/* On one line, at most so many bytes of it. */
void drift_put_cut(struct buf *, const char *s, size_t len, size_t most);
/* "alice@example.com as permission set OpsAdmin of account 111111111111". */
void drift_put_who(const struct drift_cause *, struct buf *);
/* "console, 2026-11-21 22:10 to 22:14 UTC, from 198.51.100.7"; nothing without events. */
void drift_put_when(const struct drift_cause *, struct buf *);
/* "iam:AttachRolePolicy ×3, organizations:MoveAccount; agent aws-cli/2.15.0; access key ASIA…". */
void drift_put_calls(const struct drift_cause *, struct buf *);
/* "22:11 iam:AttachRolePolicy" */
void drift_put_event(const struct drift_event *, struct buf *);
/* "new; owner @platform/identity", "first seen 2026-11-18, 3 days ago"; may be nothing. */
void drift_put_batch(const struct plan_doc *, const struct drift_batch *, struct buf *);
/* "4 differences" */
void drift_put_items(size_t n, struct buf *);
/* "4 differences, administrator access": of a block, and what its cause is worth. */
void drift_put_worth(const struct drift_block *, struct buf *);
/* "12 IAM roles in research-1, 3 IAM users in sandbox": a section after so many of its items, with
 * at most so many counts. */
void drift_put_folded(const struct drift_view *, enum drift_section, size_t skip, size_t most,
		      struct buf *, put_name_fn *name);
/* "after 2 days", "read again after 2 days"; no time where it is not known since when. The buffer
 * is empty before. */
void drift_put_repair(const struct drift_resolved *, struct buf *);
/* What was resolved since the last report comes first, newest first. */
uint32_t drift_resolved_now(const struct doc_drift *);
/* How many things rules pass over, and CloudTrail, our own calls, the ledger: sentences, a line
 * each, what stands between backticks is a command or a name. */
void drift_put_remarks(const struct plan_doc *, struct buf *);
/* The same of the remedies; nothing where there is nothing to remedy. */
void drift_put_remedies(const struct plan_doc *, struct buf *);

#endif
