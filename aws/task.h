/* The client's inside, and one request on its way: through its bucket, its attempts and its pages.
 * Private. */
#ifndef CHARTER_AWS_TASK_H
#define CHARTER_AWS_TASK_H

#include "aws/bucket.h"
#include "aws/client.h"
#include "aws/codec.h"
#include "aws/retry.h"

struct client {
	const struct env *env;
	struct loop *loop;
	struct client_options options;
	struct credentials credentials;
	char *region, *partition;
	struct endpoint endpoint[SERVICE_COUNT];
	int64_t skew_us; /* AWS's clock less ours */
	char caller[13]; /* account id, once GetCallerIdentity has said it */
	struct retry_quota quota;
	/* Rates are the account's, and there is one: that of the credentials. NULL: no rate. */
	struct bucket *bucket[RATE_COUNT];
	struct task *first;
	bool cancelled;
	uint64_t sent; /* numbers the requests in traces */
	struct client_stats stats;
};

enum task_state {
	TASK_QUEUED,  /* in its bucket */
	TASK_BACKOFF, /* before another attempt */
	TASK_SENT,    /* with the transport */
	TASK_ENDING,  /* its end waits for the loop */
};
#define TASK_HEADERS 6

struct task {
	struct client *client; /* NULL: the client is gone; frees itself when its exchange ends */
	struct task *prev, *next;
	enum task_state state;
	const struct op *op;
	struct client_request request;
	struct map *tokens; /* page tokens seen; NULL: none yet */
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
	char *url;
	struct sign_scope scope;
	uint64_t number;
	int64_t sent_us; /* monotonic */
	int64_t skew_us; /* as it was signed */
	bool skew_retried;
	struct answer answer; /* the last one */
};

/* Takes the input; ends by itself. */
void task_start(struct client *, const struct client_request *);
/* Ends CANCELLED unless it is in flight. */
void task_cancel(struct task *);
/* Leaves the client, which is being freed, without any callback. */
void task_abandon(struct task *);

#endif
