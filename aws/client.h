/* One function performs any operation: JSON in, JSON out, whatever the protocol. Below it, and
 * never in a kind: signing, credentials, retries, throttling, paging, tracing.
 *
 * One thread; every callback comes from the loop, also for requests that failed before they were
 * sent. */
#ifndef CHARTER_AWS_CLIENT_H
#define CHARTER_AWS_CLIENT_H

#include "aws/op.h"
#include "aws/sign.h"
#include "base/loop.h"
#include "base/map.h"

#include <jansson.h>

enum reply_outcome {
	REPLY_OK,
	REPLY_REFUSED, /* AWS answered with an error: it did not act */
	REPLY_UNSENT,  /* could not be sent at all: endpoint, TLS, credentials, or refused by us
			  (read-only) */
	REPLY_LOST, /* no whole answer, or 5xx, or an answer that is not AWS's: it may have acted */
	REPLY_CANCELLED,
};

struct reply {
	enum reply_outcome outcome;
	int status;             /* HTTP status, 0: none */
	const char *code;       /* AWS error code, "Throttling"; "" when OK; our own: "Unreachable",
				   "BadReply", "RepeatedToken",       "Certificate", "ReadOnly",
				   "Cancelled",       "TimedOut", "Reset", "NoCredentials",
				   "NotEntered" (`access` says so), "Late". Where an account cannot
				   be entered, UNSENT with what AWS said to AssumeRole */
	const char *message;    /* fit to be shown; says what to do where we know */
	const char *request_id; /* of AWS, or "" */
	const json_t *body;     /* the result's object: with REPLY_OK, an object, valid until the
				   callback returns */
	unsigned attempts;
};

struct client_request {
	const struct op *op;
	/* Whose credentials: NULL, those of the run; or an account's id: those of the run too where
	 * they are of that account, else a session of the role that client_set_access() names. */
	const struct text *account;
	json_t *input; /* owned by the client from client_send() on; NULL: {} */
	/* Monotonic time after which it is not sent, nor again: it ends UNSENT with "Late", which
	 * says too what AWS last answered. 0: no such time. */
	int64_t not_after_us;
	unsigned max_pages; /* of a listing: it ends after so many, and that is no failure: the last
			       body still has a token; 0: all */
	/* For each page of a paged operation, with its body; an operation without pages has one.
	 * NULL: not wanted. */
	void (*page)(void *ctx, const json_t *body);
	/* Asked after each page but the last: true ends it as max_pages does. NULL: never. */
	bool (*enough)(void *ctx);
	/* Once, at the end: the last reply. For a listing, OK only when every page was read. */
	void (*done)(void *ctx, const struct reply *);
	void *ctx;
};

struct client_options {
	const char *partition; /* NULL: by the region */
	unsigned rate_percent; /* of the published rates; 70 by default, 0: no buckets */
	unsigned max_attempts; /* 0: AWS_MAX_ATTEMPTS; without it 3, and for throttling and
				  conflicts 12 (three can't survive a 2/s bucket) */
	/* Keys, and a region (NULL: us-east-1), in place of what the environment has, copied; NULL:
	 * the environment's. For trials: neither variables nor files are looked at then. */
	const struct credentials *credentials;
	const char *region;
	bool read_only; /* plan, drift, import, validate: mutating operations are refused unsent */
	/* The only one that is not: of a client that keeps a report, or sends one. NULL: none. */
	const struct op *writes;
	/* -vv: a line a request and a reply: service, operation, attempt, status, code,
	 * milliseconds, request id. No secrets. */
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;
};

struct client_stats {
	uint64_t sent, done, retried, throttled; /* requests */
	uint64_t waiting, in_flight;
};

/* What AWS let through of an account's requests: those that it throttled are not counted. */
struct client_requests {
	const char *account; /* "": the run's own; lives as long as the client */
	uint32_t by_op[OP_COUNT];
};

/* How an account is entered from the run's own credentials. Texts live as long as the client. */
struct account_access {
	/* Given: used as they are, copied, and no role is assumed. For trials. */
	const struct credentials *credentials;
	const char *role_arn;        /* NULL: not entered; `why` says why not */
	const char *why;             /* "skipped by `access`: being migrated" */
	const char *external_id;     /* or NULL */
	const char *session_name;    /* 2 to 64 of [A-Za-z0-9_+=,.@-] */
	const char *source_identity; /* or NULL */
	const char *policy;          /* session policy, JSON of at most 2,048 characters, or NULL */
};
typedef void account_access_fn(void *ctx, const char *account, struct account_access *);

struct client;

int client_new(struct client **, const struct env *, struct loop *, const struct client_options *,
	       struct error *err);
void client_free(struct client *);
/* Where a service with an endpoint in each region is spoken to from now on, in place of the
 * client's region. -1: not known there. */
int client_set_region(struct client *, enum service_id, const char *region, struct error *err);
/* The region that signs for it; lives as long as the client, or until it is set. */
const char *client_service_region(const struct client *, enum service_id);
/* Who says how accounts are entered; without it every account but the run's own is not. Asked once
 * for each session. */
void client_set_access(struct client *, account_access_fn *, void *ctx);
/* Forgets the session of an account (NULL: of every one): the next request enters it anew, as
 * access is then. Requests under way keep theirs. */
void client_leave(struct client *, const char *account);
/* The account, or the role by which it is entered, was made by this run: refusals to enter are
 * waited out for about a minute. */
void client_account_new(struct client *, const char *account);
void client_send(struct client *, const struct client_request *);
/* The monotonic time from which a request of this operation in this account (NULL: the run's own)
 * would not wait for its rate; 0: now. */
int64_t client_ready_us(const struct client *, const struct op *, const struct text *account);
/* Requests not yet sent end CANCELLED; those in flight finish. New ones end CANCELLED too, until
 * client_resume(). */
void client_cancel_unsent(struct client *);
void client_resume(struct client *);
const struct client_stats *client_stats(const struct client *);
/* One for each account that requests were sent to, the first one first; their number. */
size_t client_requests(const struct client *, struct arena *, const struct client_requests **);
const char *client_partition(const struct client *);
/* When the run's own keys end, since 1970; 0: not known, or none were asked for yet. */
int64_t client_expires_us(const struct client *);
/* Where the credentials come from, for people: "environment"; NULL: they were given. */
const char *client_source(const struct client *);
const char *
client_caller(const struct client *); /* account id, once GetCallerIdentity has said it; else "" */
/* Sends one request and runs the loop until it is done; for the first steps of a run. `body` is a
 * new reference, or NULL. -1 with a message that says which operation failed, why, and what to do.
 * `code` (may be NULL) gets the error code. */
int client_call(struct client *, enum op_id, json_t *input, json_t **body, char code[64],
		struct error *err);

/* Accessors that forgive what protocols differ in: an empty list that arrives as "", a boolean or
 * number as text, a time as a number or RFC 3339. `path` is dotted; NULL or absent gives NULL, an
 * empty array, false, -1. */
const char *reply_str(const json_t *, const char *path);   /* NULL when absent or not text */
const json_t *reply_obj(const json_t *, const char *path); /* NULL when absent or not an object */
size_t reply_list(const json_t *, const char *path,
		  const json_t **list);                /* its length; -1 cast to size_t never: 0 */
bool reply_has_list(const json_t *, const char *path); /* present, and a list (or "") */
bool reply_bool(const json_t *, const char *path);
int64_t reply_int(const json_t *, const char *path); /* -1 when absent */
int reply_time(const json_t *, const char *path, int64_t *us);

#endif
