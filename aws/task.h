/* The client's inside, and one request on its way: through its bucket, its attempts and its pages.
 * Private. */
#ifndef CHARTER_AWS_TASK_H
#define CHARTER_AWS_TASK_H

#include "aws/codec.h"
#include "aws/identity.h"
#include "aws/retry.h"

struct provider;

struct client {
	const struct env *env;
	struct loop *loop;
	struct client_options options;
	struct provider *provider; /* of the run's keys; NULL: they were given */
	char *region, *partition;
	struct endpoint endpoint[SERVICE_COUNT];
	int64_t skew_us; /* AWS's clock less ours */
	char caller[13]; /* account id, once GetCallerIdentity has said it */
	struct retry_quota quota;
	account_access_fn *access; /* NULL: no other account is entered */
	void *access_ctx;
	struct account *own, *accounts; /* own: that of the run's keys; all of them, in a list */
	struct map *by_account;         /* id -> struct account *, but for own */
	struct identity *identities;
	struct task *first;
	bool cancelled;
	uint64_t sent; /* numbers the requests in traces */
	struct client_stats stats;
};

enum task_state {
	TASK_UNIDENTIFIED, /* waits for keys */
	TASK_QUEUED,       /* in its bucket */
	TASK_BACKOFF,      /* before another attempt */
	TASK_SENT,         /* with the transport */
	TASK_ENDING,       /* its end waits for the loop */
};
#define TASK_HEADERS 8

struct task {
	struct client *client; /* NULL: the client is gone; frees itself when its exchange ends */
	struct task *prev, *next;
	enum task_state state;
	const struct op *op;
	struct client_request request;
	struct account *account;
	struct identity *identity;
	struct bucket *bucket; /* NULL: no rate */
	struct map *tokens;    /* page tokens seen; NULL: none yet */
	unsigned pages;
	struct waiter waiter;
	struct timer *timer;
	struct retry_count count;
	unsigned attempts; /* of all pages */
	unsigned attempt;  /* of this page */
	/* The exchange under way. */
	struct http_request http;
	struct http_header headers[TASK_HEADERS];
	struct codec_request wire;
	struct buf authorization;
	char body_hash[SHA256_HEX];
	struct keys *keys;   /* that sign it */
	uint64_t generation; /* of these */
	char *url;
	struct sign_scope scope;
	uint64_t number;
	int64_t sent_us;            /* monotonic */
	int64_t skew_us;            /* as it was signed */
	bool skew_retried, renewed; /* once for each page */
	struct answer answer;       /* the last one */
};

/* The account of a request; NULL, and the caller's own id: that of the run's keys. */
struct account *client_account(struct client *, const struct text *id);

/* Takes the input; ends by itself. */
void task_start(struct client *, const struct client_request *);
/* Ends CANCELLED unless it is in flight. */
void task_cancel(struct task *);
/* Leaves the client, which is being freed, without any callback. */
void task_abandon(struct task *);

/* attempt.c: one attempt. Encodes and signs; `done` is left to the caller. */
void attempt_prepare(struct task *);
void attempt_clear(struct task *);
/* The line of -vv. */
void attempt_trace(const struct task *);
/* What is secret in input or answer does not stay in memory that others get. */
void attempt_wipe_input(struct task *);
void attempt_wipe_answer(struct task *);

#endif
