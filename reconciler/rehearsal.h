/* A rehearsal: the plan performed on a twin of the organization, in virtual time, and what can be
 * said of the real apply from that. */
#ifndef CHARTER_RECONCILER_REHEARSAL_H
#define CHARTER_RECONCILER_REHEARSAL_H

#include "reconciler/trial.h"

struct rehearsal_options {
	struct source *source; /* borrowed; outlives the rehearsal, as all of these do */
	const char *ref, *path_scope;
	const struct options *options; /* of the command line, or NULL */
	const struct plan_doc *plan;   /* of the live organization: the one that is rehearsed */
	FILE *messages;                /* NULL: nowhere */
	const char *snapshot;          /* charter.snapshot/1; NULL: an empty account */
	size_t snapshot_len;
	const char *management, *caller; /* account ids */
	const char *partition;
	unsigned live_accounts;
	/* There is no organization yet; none is wanted. */
	bool no_organization, independent;
	int64_t begin_us, read_us; /* since 1970: of the rehearsal, and of the reading */
	/* What is assumed of AWS. */
	int64_t latency_us, job_us, center_us; /* center: of jobs of Identity Center */
	unsigned rate_percent;
	unsigned accounts; /* quota; 0: not known: AWS's default, or, past it, no limit */
};
#define REHEARSAL_ACCOUNTS 10 /* AWS's default */

struct rehearsal_call {
	const struct doc_call *call;
	enum call_state state;
	const char *code, *message, *advice; /* of what did not succeed; may be NULL */
	int64_t start_us, end_us;            /* since the run began; start -1: never sent */
	uint32_t order;                      /* in which it was sent */
	uint32_t *with;                      /* numbers of the calls under way when it was sent */
	uint32_t with_n;
};

/* What the duration depends on most. */
enum bound_kind { BOUND_LATENCY, BOUND_JOBS, BOUND_RATE };
struct rehearsal_bound {
	enum bound_kind kind;
	enum rate_id rate;   /* of BOUND_RATE */
	enum lane_id lane;   /* of the others; LANE_NONE: waiting for replies one after another */
	const char *account; /* of the rate or lane; "": the run's own */
	uint64_t requests;   /* that go through it, in that account */
	int64_t floor_us;    /* what they take at the least */
};

struct rehearsal {
	const struct rehearsal_options *options;
	struct arena *arena;
	bool converged;
	const char *why;             /* not: one line; may be NULL when a call says it */
	struct rehearsal_call *call; /* in the order of sending; those never sent come last */
	size_t calls;
	const struct rehearsal_call *refused; /* the first one, or NULL */
	unsigned done, failed, stale, unknown, skipped;
	uint32_t parallel; /* calls under way at once, at most */
	int64_t read_us, apply_us;
	struct rehearsal_bound bound;
	const struct plan_doc *after; /* the second plan; NULL: it could not be made */
	const char *after_error;
	size_t left; /* changes of the second plan that have calls */
	VEC(const char *) warnings;

	struct twin *twin;
	struct twin_clock clock;
	struct transport *transport;
	struct trial first, second; /* apply, and the plan after it */
	int64_t job_us;             /* how long at least one job was under way */
	unsigned jobs, jobs_begun;  /* under way, and ever */
	int64_t job_since_us;
	VEC(uint32_t) going;
	uint32_t sent;
};

/* Loads the twin, applies, plans again. -1: there is no twin to try it on. The options and the
 * arena are kept. */
int rehearsal_run(struct rehearsal *, struct arena *, const struct rehearsal_options *,
		  struct error *);
void rehearsal_free(struct rehearsal *);
/* What the run's duration was bound by: from the client's counts for each account. */
struct rehearsal_bound rehearsal_bound_of(const struct rehearsal *, const struct client_requests *,
					  size_t accounts);
/* What to do about a refusal; NULL: the message says it. */
const char *refusal_advice(const char *operation, const char *code);

/* Sentences that the reports share; nothing is escaped. What is between backticks is code. */
void rehearsal_verdict(const struct rehearsal *, struct buf *);
void rehearsal_duration(const struct rehearsal *, struct buf *);
void rehearsal_bound_words(const struct rehearsal *, struct buf *);
void rehearsal_after_words(const struct rehearsal *, struct buf *);
void rehearsal_assumed_words(const struct rehearsal *, struct buf *);

void rehearsal_write_text(const struct rehearsal *, const struct style *, struct buf *);
void rehearsal_write_markdown(const struct rehearsal *, struct buf *);
/* charter.rehearsal/1 */
void rehearsal_write_json(const struct rehearsal *, struct json_out *);
/* Of a plan that was refused or is stale, so that none was rehearsed; `why` may have lines. */
void rehearsal_none_markdown(enum exit_code, const char *why, struct buf *);
void rehearsal_none_json(const char *why, struct json_out *);

#endif
