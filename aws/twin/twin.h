/* The twin: a simulated AWS control plane. One HTTP request in, one HTTP reply out, in a time that
 * is given to it; no network of its own. Two fronts carry requests to it: a transport in this
 * process (transport.h) and an HTTP server (serve.h).
 *
 * It shares the operation table, the signer and the published rates with the client, and nothing
 * above them: it knows rows as AWS shows them, never kinds, canonical forms or wires. Its whole
 * state is one JSON value, which is what --save writes.
 *
 * Whose account a request is of follows from its access key. A key id of AKIA, four letters or
 * digits, and twelve digits ("AKIATWIN111111111111") is an administrator's of that account, and its
 * secret is TWIN_SECRET; others come from CreateAccessKey and AssumeRole. */
#ifndef CHARTER_AWS_TWIN_TWIN_H
#define CHARTER_AWS_TWIN_TWIN_H

#include "base/buf.h"
#include "base/env.h"
#include "base/error.h"
#include "base/http.h"

#include <jansson.h>

#define TWIN_MANAGEMENT "111111111111"
#define TWIN_SECRET     "twin/secret/access/key"

struct twin;

struct twin_options {
	struct clock *clock; /* the twin's time; not owned */
	uint64_t seed;       /* of ids, of chance in faults, and of the jitter */
	/* The account that is there from the beginning; NULL: TWIN_MANAGEMENT. Accounts of no
	 * organization may follow, after commas: each has an OrganizationAccountAccessRole that
	 * trusts the first. */
	const char *management;
	int64_t latency_us; /* from a request to its reply */
	unsigned jitter;    /* percent of the latency by which replies differ: their order */
	bool rates;         /* AWS's published token buckets, for each account */
	bool verify;        /* signatures, their dates, session tokens */
	int64_t job_us;     /* how long asynchronous work takes */
	int64_t center_us;  /* that of Identity Center; 0: as long as other */
	/* Eventual consistency: a listing leaves out what was just made for at most so many
	 * listings, and at most so long; what is 0 beside the other sets no bound. Both 0: at once.
	 */
	unsigned lag_reads;
	int64_t lag_us;
	const char *faults; /* specification, see faults.h; NULL: none */
	bool trail;         /* CloudTrail records: else there is no event to be looked up */
	unsigned accounts;  /* quota of accounts; 0: AWS's default of 10, or as many as are loaded
			     */
};

/* Whether it is a list of accounts as the options take it. */
bool twin_accounts_valid(const char *list);
/* -1: the specification of the faults does not parse. */
int twin_new(struct twin **, const struct twin_options *, struct error *);
void twin_free(struct twin *); /* NULL is accepted */

struct twin_request {
	const char *method, *target;       /* "POST", "/path?query" as it came */
	const struct http_header *headers; /* names in any case; Host among them */
	size_t headers_n;
	const void *body;
	size_t body_len;
};

enum twin_end {
	TWIN_REPLIES,
	TWIN_REFUSES,   /* not let in: the request was not seen */
	TWIN_RESETS,    /* the connection breaks; it may have been acted on */
	TWIN_TRUNCATES, /* the body breaks off before its announced length */
	TWIN_OVERRUNS,  /* the body is longer than announced: announced was half of it */
};
struct twin_reply {
	enum twin_end end;
	int status;
	struct buf headers; /* "name: value\n", names in lower case; no length, no connection */
	struct buf body;
	int64_t due_us; /* monotonic time of the twin's clock at which it arrives */
	/* With TWIN_RESETS: the client is gone from here on (faults kill_*). Only a transport in
	 * the client's own process can carry that out. */
	bool kills;
};
/* Acts at once; the reply is due later. The caller frees the reply. */
void twin_serve(struct twin *, const struct twin_request *, struct twin_reply *);
void twin_reply_free(struct twin_reply *);

/* What it has seen, for reports and tests. */
struct twin_stats {
	uint64_t requests, writes, throttled, faults; /* writes: mutating calls that took effect */
	unsigned writers_max; /* mutating calls to Organizations that were under way together */
	unsigned hindered;    /* of Identity Center, refused for what was under way there */
};
const struct twin_stats *twin_stats(const struct twin *);
/* For each operation seen, sorted by name: {"organizations:ListAccounts": 12}. New. */
json_t *twin_counts(const struct twin *);
/* A line for each mutating call that took effect (of the last 50,000 at least), in order:
 * "organizations:CreatePolicy {input}", keys sorted. New array of strings. */
json_t *twin_log(const struct twin *);
void twin_log_clear(struct twin *);
/* A number that changes with every write that took effect; equal states of one twin have equal
 * digests of their state's text. */
uint64_t twin_version(const struct twin *);

/* The state: borrowed; keys as AWS's, see twin_priv.h. */
const json_t *twin_state(const struct twin *);
/* Takes a state, as twin_state() gave it; -1 when it is none. */
int twin_state_set(struct twin *, const json_t *, struct error *);
/* Back to an empty management account, with the counters at zero and the faults in force from their
 * beginning. */
void twin_reset(struct twin *);
int twin_faults_set(struct twin *, const char *spec, struct error *);
void twin_rates_set(struct twin *, bool rates);

/* load.c: the text of a charter.snapshot/1, or of a saved state ("charter.twin/1"). AWS's ids stay
 * as they are; what a snapshot does not hold gets what AWS would have there. Several snapshots
 * (slices) join. -1 with the line. */
int twin_load(struct twin *, const char *data, size_t len, const char *file, struct error *);
/* What the loaded snapshots lack, since it was not read or the twin does not know it: an array of
 * texts, borrowed; NULL: nothing. */
const json_t *twin_notes(const struct twin *);

/* One operation, as if the administrator of the account (NULL: the management account) had called
 * it, without transport, rates or faults, for set-ups of tests and changes behind a program's back:
 * the result, new, or NULL with the error code in `code`. Takes the input. */
json_t *twin_do(struct twin *, const char *account, const char *service, const char *operation,
		json_t *input, char code[64]);

#endif
