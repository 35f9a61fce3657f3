/* Trials: a whole run of the program against a twin in this process, in virtual time: what rehearse
 * does once and the self-test thousands of times. */
#ifndef CHARTER_RECONCILER_TRIAL_H
#define CHARTER_RECONCILER_TRIAL_H

#include "aws/twin/transport.h"
#include "reconciler/execute.h"
#include "reconciler/run.h"

struct trial_options {
	struct source *source;  /* borrowed: the configuration repository */
	const char *ref;        /* head; NULL: the working tree */
	const char *path_scope; /* run->scope, when the source does not say; NULL: by the source */
	unsigned rate_percent;  /* of the client; 0: no buckets */
	unsigned max_attempts;  /* 0: as usual */
	uint64_t seed;          /* of the client's jitter */
	const char *account;    /* whose credentials; NULL: TWIN_MANAGEMENT */
	bool account_keys;  /* accounts are entered with their own keys, not by their roles: a twin
			       of a reading may lack those */
	const char *region; /* NULL: us-east-1 */
	FILE *messages;     /* what the run says; NULL: nowhere */
	/* More of the command line, or NULL: only, except, no_removals ... */
	const struct options *options;
	/* As execute_options.progress. */
	void (*progress)(void *ctx, const struct plan *, uint32_t n, const struct call_result *);
	void *ctx;
};

/* One run, kept until trial_end(): its plan and execution can be looked at. */
struct trial {
	struct run run;
	struct options options;
	struct env env;
	struct random_seeded random;
	enum exit_code code; /* as the program would have exited */
	struct error error;  /* with EXIT_FAILED and the like */
	bool planned;        /* run.plan is there */
	bool executed;       /* execution is there */
	struct execution execution;
	int64_t begin_us, planned_us, end_us; /* virtual times */
	FILE *null;                           /* what the run says, when nobody listens */
};

/* plan: reads and compares. The transport is that of the twin. The return is trial->code. */
enum exit_code trial_plan(struct trial *, struct twin_clock *, struct transport *,
			  const struct trial_options *);
/* apply, without journal; a plan that is refused or stale makes no call. `plan_id`: only this plan,
 * as --expect; or NULL. */
enum exit_code trial_apply(struct trial *, struct twin_clock *, struct transport *,
			   const struct trial_options *, const char *plan_id);
/* import, which writes nothing: the files are the import's, and live as long as the trial. */
struct import;
enum exit_code trial_import(struct trial *, struct twin_clock *, struct transport *,
			    const struct trial_options *, struct import *);
void trial_end(struct trial *);

#endif
