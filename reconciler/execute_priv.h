/* What the parts of the execution share: execute.c (the states), outcome.c (what ends a call),
 * waking.c, sending.c, reading.c (probes and their verdicts), readback.c, job.c (what AWS goes on
 * working on). Private to them. */
#ifndef CHARTER_RECONCILER_EXECUTE_PRIV_H
#define CHARTER_RECONCILER_EXECUTE_PRIV_H

#include "reconciler/execute.h"
#include "reconciler/tokens.h"
#include "reconciler/verdict.h"

#define AWAKE_WORD 64 /* calls that one word of `awake` is about */

struct executor;

/* A small reading that shows what a call is about; one serves all that ask for the same. */
struct look {
	struct executor *x;
	struct look *next;
	struct site *site;
	struct look *site_next;
	char *key;
	struct arena *arena;
	struct call call; /* what the wire is asked; its account NULL: the run's own */
	struct side *side;
	struct crawl *crawl;      /* NULL once over */
	const struct text *scope; /* NULL: nothing could be read */
	int64_t begun_us;
	int shows; /* kind of which it shows every resource, or -1 */
	unsigned users;
};

/* The last answer, copied: nothing of a reply outlives its callback. */
struct answer {
	bool come;
	enum reply_outcome outcome;
	const char *code, *message, *request_id;
	const struct text *id;     /* what was made, or of a job its result */
	const struct text *job_id; /* of a job that was started */
	enum { JOB_UNDER_WAY, JOB_SUCCEEDED, JOB_FAILED } job;
	const char *why; /* of a job that failed */
};

/* Calls that wait for their turn, the smallest number first: where the first may not go, none may.
 * Those of one operation in one account, or those that op->alone lets go one after another. */
struct queue {
	struct errand *first, *last;
};

/* One value of op->alone's member: who has it, until it ends, and who waits for it. */
struct alone {
	struct errand *holder;
	struct queue queue;
};

/* What is held for each account in which calls are made. */
struct site {
	uint16_t busy[LANE_COUNT];
	struct queue queue[OP_COUNT];
	struct look *looks;
};

/* One call on its way. */
struct errand {
	struct executor *x;
	const struct call *call;
	struct call_result *result;
	const struct text *account; /* NULL: the run's own */
	struct site *site;
	struct errand *asleep;      /* others, until this one ends */
	struct errand *asleep_next; /* beside this one, in such a list */
	struct errand *queue_next;
	struct queue *queue; /* in which it waits, or NULL */
	struct alone *alone; /* NULL: not known yet, or nothing */
	bool alone_asked;
	uint32_t need, after;  /* how many of needs and order are known to be met */
	bool holds[2];         /* lane, lane2 */
	bool looked;           /* its object was read by a probe */
	bool own_look;         /* a shared reading did not show it */
	bool sent;             /* at least once */
	bool journaled;        /* a line says how it ended */
	unsigned sends, early; /* early: refusals because what was just made is not seen yet */
	unsigned late;         /* not sent, because its reading was too old by then */
	int64_t read_us;       /* when its object was read; monotonic */
	int64_t not_before_us; /* nothing is done earlier */
	int64_t made_us;       /* when it was done; monotonic */
	struct look *look;
	struct answer answer;
	/* While it is read back. */
	bool already;                     /* AWS said that it is so */
	int64_t back_from_us;             /* the probe must begin at or after this */
	unsigned before, neither, unread; /* readings that said so */
	/* While a job goes on. */
	const struct text *job_id;
	json_t *job_input; /* of the status request; NULL: not made yet */
	int64_t job_begun_us;
	bool asking; /* the status request is in flight */
	unsigned polls, job_lost;
};

struct executor {
	const struct plan *plan;
	struct client *client;
	struct loop *loop;
	const struct env *env;
	struct arena *arena;
	const struct execute_options *options;
	struct execution *out;
	struct errand *errand;
	size_t n;
	size_t first;       /* all before it have ended */
	struct map *alones; /* "MEMBER=VALUE" -> struct alone * */
	struct map *sites;  /* account ("": the run's own) -> struct site * */
	uint64_t *awake;    /* a bit for each call: it is looked at in the next round */
	struct look *looks;
	int64_t expired_us; /* when they were last looked through for old ones */
	bool *stale;        /* by change: one of its calls met what the plan had not seen */
	struct map *ids;    /* address -> id made by this run */
	struct map *made;   /* "KIND ID" -> address, of the same */
	struct map *maker;  /* address or name -> struct errand * that made or enabled it */
	unsigned in_flight; /* requests and probes that have yet to end */
	bool moved;         /* something changed in this round of steps */
	bool stopping;      /* nothing more is sent */
	const char *why;    /* of stopping */
	bool failed;        /* with *err */
	struct error *err;

	/* How long jobs of each operation last; 0: none has ended yet. */
	int64_t lasts_us[OP_COUNT];
};

int64_t executor_now(const struct executor *);
/* A delay of the tables, scaled as the options say. */
int64_t executor_scaled(const struct executor *, int64_t us);
struct id_source executor_ids(struct executor *);
const char *errand_address(const struct errand *);
/* Whether the change of this call has stopped as stale; NULL: a call of the record. */
bool *errand_stale(const struct errand *);

/* Finds out in which account the call is made; false: its id is not known (yet). */
bool errand_place(struct errand *);

/* waking.c */
void errand_wake(struct errand *);
void errand_sleep(struct errand *); /* until errand_wake() */
/* Until that one has ended. */
void errand_sleep_until(struct errand *, struct errand *other);
void asleep_wake(struct errand *other);
void executor_wake_all(struct executor *);
/* The first that is awake, at or after this index; NULL: none. */
struct errand *executor_awake(const struct executor *, size_t from);
/* Where another of its operation and account is before it, it sleeps, and this is false. */
bool queue_turn(struct errand *);
void queue_enter(struct errand *);
void queue_leave(struct errand *); /* wakes who is the first then; also when it is not in it */
/* Where another has the value that it must have alone, it sleeps, and this is false. Else it has
 * the value from now on. */
bool alone_turn(struct errand *);
void alone_leave(struct errand *); /* the first who waits for it has it then */
/* A lane of the account is free. */
void queues_wake(struct site *);

/* outcome.c */
bool state_ended(enum call_state);
void errand_state(struct errand *, enum call_state); /* on its way; tells the progress */
void errand_end(struct errand *, enum call_state, const char *code, const char *message);
/* Done; the id, or NULL, becomes known to others. */
void errand_done(struct errand *, const struct text *id);
void errand_journal(struct errand *,
		    const char *state); /* the line after; a failure stops everything */
int errand_journal_before(struct errand *, const char *input);
void lanes_release(struct errand *, bool job_goes_on);
/* Lanes are each account's. Both or none, so that no two calls wait for each other's. */
bool lanes_free(const struct errand *);
void lanes_take(struct errand *);
void executor_stop(struct executor *, const char *why);

/* sending.c */
void errand_send(struct errand *);
void sent_step(struct errand *);
/* Whether the call makes something that has an id, which other calls may need. */
bool call_yields_id(const struct call *);

/* reading.c */
/* Begins a probe, or shares one that was begun at or after `from_us`. */
void errand_look(struct errand *, int64_t from_us);
/* Whether the probe is over; then *verdict, *found (in its arena) say what it shows. */
bool errand_looked(struct errand *, enum verdict *, const struct resource **found);
/* Why the probe could not tell. In the executor's arena. */
const char *errand_unread_message(const struct errand *);
void errand_look_end(struct errand *); /* lets go of the probe; NULL is fine */
void looks_free(struct executor *);
/* Whether there is anything to look at. */
bool call_shows(const struct call *);

/* job.c */
/* What a reply says of the job; in the answer. */
void job_read(struct executor *, const struct op *, const json_t *body, struct answer *);
void job_begin(struct errand *, const struct text *id);
void job_step(struct errand *);
/* Whether what was found is still being made; then the job is followed. */
bool job_found(struct errand *, const struct resource *);

/* readback.c */
void readback_begin(struct errand *, bool already);
void readback_step(struct errand *);

#endif
