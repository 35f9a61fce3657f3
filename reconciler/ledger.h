/* What is remembered from one drift report to the next: which items there are, since when, which
 * are let be, what was resolved, and a point a night for the trend. JSON, "charter.ledger/1": in
 * the hidden block of the forge's issue, in a file, or in an S3 object. Losing it loses dates.
 * Pure, but for ledger_store_*(). */
#ifndef CHARTER_RECONCILER_LEDGER_H
#define CHARTER_RECONCILER_LEDGER_H

#include "base/buf.h"
#include "reconciler/drift.h"

struct ledger_item {
	/* As of struct drift_item; of those that do not fit, `live` is short: ledger_live_short()
	 */
	const char *name, *live;
	const char *kind, *address, *attribute, *element; /* of those that fit; else NULL */
	const char *scope;
	/* Hex digits over the event that made it, as last known; NULL: nobody was known, or it is
	 * not asked before the ledger follows. */
	const char *who;
	int64_t first_us, last_us;
	bool quiet;
	bool fresh; /* it was news in the last report: it still is while nobody was told */
};

#define LEDGER_POINTS   90 /* nights */
#define LEDGER_RESOLVED 50

struct ledger {
	const char *target;        /* organization and scope, as desk_target() says it */
	int64_t began_us, last_us; /* first and last report; 0: there was none */
	bool lost;                 /* there was one that is not believed: nothing is let be */
	/* A notification or an edit that could not be made is made by the next run. */
	bool told;                /* who is to be told was told of this state */
	struct ledger_item *item; /* sorted by name */
	uint32_t items;
	/* Items that had no room even by name: how many, and a digest of their names and live
	 * values, by which the next report knows the same ones again. Which they are is not known:
	 * their like is never said to be resolved. */
	uint32_t left;
	const char *left_digest;
	int64_t left_us;                 /* since when the oldest is known */
	bool left_quiet;                 /* all of them */
	struct drift_resolved *resolved; /* newest first */
	uint32_t resolveds;
	struct drift_point *point; /* oldest first */
	uint32_t points;
};

/* What is new in a report against the ledger. */
struct ledger_news {
	bool first;               /* there was no report before */
	uint32_t fresh, resolved; /* items, quiet ones not counted */
	uint32_t open;            /* items that are not quiet */
	bool changed; /* something that a reader sees: fresh, resolved, read again, or by
			    another */
	bool owed;    /* what an earlier report had to tell reached nobody */
};

/* Every string is checked; a ledger of another target is an error. `data` "" or NULL: none yet. */
int ledger_read(struct arena *, const char *data, size_t len, const char *from, const char *target,
		struct ledger *, struct error *err);
/* At most max_bytes: then what is longest known (quiet ones first) loses its address, so that it
 * is still known by its name and day; then the oldest resolved ones go, then the oldest points,
 * then names, in the same order. False: there is no room for anything, and nothing was written. */
bool ledger_write(const struct ledger *, size_t max_bytes, struct buf *);
/* Brings both up to date: the items' first_us, fresh, quiet and what is resolved in the document;
 * the ledger to this report. In a scope that is unread, or where the reading was not complete and
 * the item has no scope, nothing is resolved. A report that is not younger than the ledger's last
 * changes nothing but the document. */
void ledger_follow(struct arena *, struct ledger *, struct plan_doc *, struct ledger_news *);
/* The first digits of a live value's digest, which are kept longest. */
#define LEDGER_LIVE_SHORT 5
void ledger_live_short(const char *live, char out[LEDGER_LIVE_SHORT]);
/* The issue was closed by hand: what is open is let be. */
void ledger_quiet(struct ledger *);

/* --state WHERE: a file, or s3://bucket/key. Reads it; none yet is an empty one. */
struct ledger_store;
int ledger_store_read(struct run *, const char *where, const char *target, struct ledger *,
		      struct ledger_store **, struct error *err);
/* Writes it back: a file whole or not at all; an object only if nobody wrote it in between. */
int ledger_store_write(struct ledger_store *, const struct ledger *, struct error *err);

#endif
