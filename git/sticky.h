/* Our comment on a pull request: a report between two marks, a history of what was planned before,
 * a footer that says how far it has come, and a hidden block that says all of this to a program.
 * Around them stands git/sealed.h. Pure. */
#ifndef CHARTER_GIT_STICKY_H
#define CHARTER_GIT_STICKY_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sticky_status {
	STICKY_PLANNED,
	STICKY_APPLYING,
	STICKY_APPLIED,
	STICKY_REFUSED,
	STICKY_FAILED, /* partly applied, or an outcome is unknown */
	STICKY_SUPERSEDED,
	STICKY_REPORTED, /* a drift report: nothing comes of it */
	STICKY_OUTDATED, /* there is no plan of what is there now */
	STICKY_STATUSES
};
extern const char *const sticky_words[STICKY_STATUSES]; /* "planned", ... */
int sticky_status_find(const char *word);               /* -1: none */

/* Earlier plans that a comment remembers. */
#define STICKY_PAST_MAX 10
/* What history, footer and hidden block may take of a comment, in bytes; the report has the rest.
 */
#define STICKY_BYTES 5000

struct sticky_past {
	const char *commit, *plan_id, *summary; /* summary: the report's counts */
	enum sticky_status status;
	int64_t created_us;
};

/* The live value that an item of the plan id was shown with (adopt, conflict), as a digest: by it
 * the id is found again after a part of the plan was applied. */
struct sticky_shown {
	const char *address, *attribute, *element; /* element "": the whole value */
	const char *live;                          /* hex SHA-256 */
};

struct sticky {
	const char *target;  /* which organization and scope: one comment each */
	const char *plan_id; /* "" for none */
	const char *commit;  /* the pull request's head that was planned */
	const char *summary; /* "2 to create, 1 to update" */
	int64_t created_us;  /* when the plan was made: later ones are newer */
	enum sticky_status status;
	const char *run_url;                      /* where the last run can be looked at, or NULL */
	const char *report;                       /* Markdown */
	struct sticky_past past[STICKY_PAST_MAX]; /* newest first */
	size_t pasts;
	struct sticky_shown *shown;
	size_t shown_n;
	bool shown_left; /* there were more than fit */
	bool plain;      /* write: without HTML but the hidden block */
	bool altered;    /* read: the digest does not fit */
};

/* Reads a comment's body. False: it is none of ours, by its marks. Strings live in the arena. */
bool sticky_read(struct arena *, const char *body, struct sticky *);
/* Writes the body. The report must leave room: it is written whole; of earlier plans the oldest are
 * left out where there is none. */
void sticky_write(const struct sticky *, struct buf *);
/* `now` takes the place of `before`: the history grows, unless it is the same plan again. */
void sticky_follow(struct sticky *now, const struct sticky *before);

#endif
