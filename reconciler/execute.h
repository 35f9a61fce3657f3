/* Execution: each call rests on a reading, is sent once, and is read back when its answer was lost.
 */
#ifndef CHARTER_RECONCILER_EXECUTE_H
#define CHARTER_RECONCILER_EXECUTE_H

#include "aws/client.h"
#include "aws/wire.h"
#include "reconciler/journal.h"
#include "reconciler/plan.h"

enum call_state {
	CALL_WAITING, /* for needs, gates, lanes */
	CALL_PROBING, /* its object is being read again: the reading was over 60 s old, or a job may
			 be under way */
	CALL_SENT,
	CALL_JOB,          /* AWS works on it */
	CALL_READING_BACK, /* the answer was lost, or means "already so" */
	CALL_DONE,
	CALL_FAILED,  /* AWS refused */
	CALL_STALE,   /* live is not what the plan saw */
	CALL_UNKNOWN, /* sent, and neither answer nor reading tells */
	CALL_SKIPPED, /* a need failed, or the run was interrupted */
};

struct call_result {
	uint8_t state;
	const char *code, *message; /* of a failure */
	const struct text *id;      /* output, or NULL */
};

struct execute_options {
	struct journal *journal;
	int64_t fresh_us;        /* how old a reading may be: 60 s */
	int64_t read_us;         /* monotonic time at which the reading of this run began */
	uint32_t settle_percent; /* of op->settle_ms: 100 but in tests */
	/* Progress: called when a call changes its state. */
	void (*progress)(void *ctx, const struct plan *, uint32_t n, const struct call_result *);
	void *ctx;
	bool (*interrupted)(void); /* NULL: signal_pending() != 0 */
	/* Makes the member op->secret_in of a call's input, just before it is sent (again, for each
	 * time that it is sent; the last one counts). *value is freed, and wiped, by the executor.
	 * -1: the call fails unsent with this error. NULL: calls that need one fail. */
	int (*secret)(void *secret_ctx, const struct call *, const char *member, char **value,
		      struct error *err);
	void *secret_ctx;
};

struct execution {
	struct call_result *result; /* one for each call of the plan */
	unsigned done, failed, stale, unknown, skipped;
	bool mutated; /* at least one mutating call took effect, or may have */
	bool interrupted;
};

/* "done", "failed", "stale", "unknown", "skipped", ... */
const char *call_state_name(enum call_state);

/* Runs the loop and the plan to its end; an interrupt leaves the client cancelled (client_resume).
 * The result of each call stands in `arena`. -1: the journal could not be written, with an error;
 * then too everything has ended, and the execution is filled in. The exit code is that of docs: 0,
 * 4 (stale, nothing done), 5, 130 by the caller. */
int execute_plan(const struct plan *, struct client *, struct loop *, const struct env *,
		 struct arena *, const struct execute_options *, struct execution *,
		 struct error *err);

#endif
