/* The plan: changes as exact calls, in order, with the guards' verdict. Pure: data in, data out. */
#ifndef CHARTER_RECONCILER_PLAN_H
#define CHARTER_RECONCILER_PLAN_H

#include "aws/call.h"
#include "base/digest.h"
#include "reconciler/approval.h"
#include "reconciler/plan_doc.h"
#include "state/access.h"
#include "state/config.h"

/* Where the record is: the organization's root, or a role where there is no organization. */
struct record_place {
	uint16_t kind, attr;        /* whose tags */
	const struct text *address; /* final */
	const struct text *account; /* id, of a role; NULL: of the run's credentials */
	const struct text *role;    /* its name; NULL: the root */
};

/* The record: two tags. */
struct record {
	struct record_place place;
	bool read;              /* the tags were read: only then does "none" mean none */
	bool applied, applying; /* there is such a tag */
	const char *applied_commit, *applied_tree;
	const char *applying_commits[6]; /* newest first, NULL-terminated */
	int64_t applying_us;             /* time of the oldest unfinished apply */
	const char *other_scope;         /* another scope that is recorded as applied, or NULL */
	const char *hold;                /* value of charter:hold, or NULL */
};

struct commit {
	const char *commit, *tree, *config; /* "" or NULL: none */
	bool present, dirty;
};

struct guard_result {
	const char *name; /* "removals", "reading", "sections", "protected", "self", "organization",
			     "never", "hold", ... */
	bool refused;
	const char *detail; /* one line: "0 of 2 allowed"; of a refusal: which and what to do */
};

struct plan_input {
	struct arena *arena;
	const char *scope;
	const char *narrowed;             /* the options by which it is not the whole, or NULL */
	const char *path;                 /* of the configuration in its repository */
	struct commit base, target, head; /* target.present false: the base is the target */
	const struct config *base_config, *head_config; /* base_config NULL: no base */
	const struct sides *sides;                      /* bound */
	const struct bound *bound;
	const struct difference *difference;
	/* For the plan id: rows of target (as base) and head, compiled without ids and bound
	 * without live. */
	const struct bound *intent;
	const struct plan_doc *saved; /* the plan that apply was given, or NULL */
	/* What was approved beside what an id names, or NULL: whatever differs. */
	const struct approval *approval;
	const struct record *record;
	bool writes_record; /* a clean commit without --only and the like: `applied` may be written
			     */
	bool unread;        /* something that the configuration stands on was not read */
	bool performs;      /* apply: the record's tag carries the time */
	bool has_commit;    /* clean: the record's tags can name it */
	unsigned rate_percent;
	int64_t now_us; /* the run's date and time */
};

struct plan {
	const struct plan_input *in;
	char plan_id[SHA256_HEX];
	struct change *change; /* of the difference, narrowed: blocked ones and diffs are marked */
	size_t changes;
	struct call *call; /* in order; call[i].n == i + 1 */
	size_t calls;
	struct note *note; /* of the difference, and what the plan left out */
	size_t notes;
	struct guard_result *guard;
	size_t guards;
	bool refused;        /* a guard or the difference refused */
	const char *refusal; /* lines to print at the top, or NULL */
	bool stale;          /* saved plan given: it does not fit any more */
	const char *stale_why;
	uint32_t begin_call, end_call; /* numbers of the record's first tag call and of the first of
					  its last ones; 0: none */
	bool unread_declared;          /* something declared is in an unread scope: exit 6 */
	bool has_changes; /* calls beyond the record, or changes that are blocked or by hand */
	uint32_t estimate_seconds;
	const struct access_row *access; /* who gains or loses access */
	size_t access_n;
};

/* Builds, orders, judges. Errors: a cycle of names. */
int plan_build(const struct plan_input *, struct plan *, struct error *err);
uint32_t plan_estimate(const struct plan *); /* seconds; estimate.c */

/* The document of a plan. */
struct plan_doc *plan_document(struct arena *, const struct plan *, const char *format,
			       const char *created);

#endif
