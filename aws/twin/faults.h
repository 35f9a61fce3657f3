/* Faults, by a seeded specification. Rules are separated by commas or white space:
 *
 *	ACTION[=VALUE][@OPERATION][#FIRST[-LAST]][%CHANCE][xTIMES]
 *
 * OPERATION is "CreatePolicy", "organizations:CreatePolicy", "organizations:*", "writes", "reads",
 * or "*" (the default). #3 is the third matching request, #3-5 the third to the fifth, #3- from
 * there on; without it each one. %10 lets chance hit one in ten. x2 ends the rule after two hits.
 * A request suffers the first rule that hits it; each rule counts what it matches.
 * stale matches reads alone, concurrent writes, fail_job what starts a job, and those of pages
 * match listings: they are not used up by requests that they can't be done to. A conflict that
 * lasts is concurrent@OPERATION: on each request.
 *
 *	refuse            the connection is not accepted
 *	reset_before      it breaks, and nothing has happened
 *	reset_after       it breaks, and the call took effect
 *	truncate          half of the body (it took effect)
 *	wrong_length      a body longer than was announced (it took effect)
 *	delay=MS          the reply comes so much later
 *	status=503[/CODE] an error; nothing has happened. Without CODE the service's usual one:
 *	                  503 ServiceUnavailable; other 5xx its own failure (ServiceException of
 *	                  Organizations, InternalServerException of Account Management,
 *	                  ServiceFailure of IAM, InternalFailure of STS, InternalServerException
 *	                  of Identity Center); 429 throttling, 403 denied access, other 4xx
 *	                  invalid input
 *	status_after=500  an error although it has happened; codes as of status
 *	html=502          a page of a proxy in place of a reply; nothing has happened
 *	throttle[=SECONDS] the service's throttling error, with a hint or without
 *	expire            ExpiredToken
 *	skew=SECONDS      from here on the twin's clock is ahead by so much: dates and signatures
 *	concurrent        ConcurrentModificationException; ConflictException of Identity Center
 *	deny              AccessDenied
 *	stale             a read answers from before the last write
 *	empty_page        a page of a listing is empty and has a token; the next one is not empty
 *	short_page        a listing answers fewer than its page holds, one at the least
 *	repeat_token      a listing repeats its token for ever
 *	half              a listing knows the first half of its elements only, and ends there as
 *	                  if that were all; for one of several pages it must hit each
 *	fail_job=REASON   the job that this call starts fails
 *	change=WHAT       before the call, somebody else changes something: tag, detach, rename,
 *	                  move, policy, member, assign, or any of them by chance
 *	kill_before, kill_after
 *	                  the client is gone from here on (in this process only) */
#ifndef CHARTER_AWS_TWIN_FAULTS_H
#define CHARTER_AWS_TWIN_FAULTS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_REFUSE,
	FAULT_RESET_BEFORE,
	FAULT_RESET_AFTER,
	FAULT_TRUNCATE,
	FAULT_WRONG_LENGTH,
	FAULT_DELAY,
	FAULT_STATUS,
	FAULT_STATUS_AFTER,
	FAULT_HTML,
	FAULT_THROTTLE,
	FAULT_EXPIRE,
	FAULT_SKEW,
	FAULT_CONCURRENT,
	FAULT_DENY,
	FAULT_STALE,
	FAULT_EMPTY_PAGE,
	FAULT_SHORT_PAGE,
	FAULT_REPEAT_TOKEN,
	FAULT_HALF,
	FAULT_FAIL_JOB,
	FAULT_CHANGE,
	FAULT_KILL_BEFORE,
	FAULT_KILL_AFTER,
	FAULT_KINDS
};
extern const char *const fault_names[FAULT_KINDS];

struct fault {
	enum fault_kind kind;
	int64_t number;   /* MS, SECONDS, status; -1: none given */
	const char *text; /* CODE, REASON, WHAT, or NULL; lives as long as the faults */
};

struct faults;
int faults_parse(struct faults **, const char *spec, uint64_t seed, struct error *);
void faults_free(struct faults *); /* NULL is accepted */
/* What this request suffers; counts it in every rule that it matches. */
struct fault faults_take(struct faults *, const char *service, const char *operation, bool mutates);
bool faults_have(const struct faults *, enum fault_kind);
uint64_t faults_hits(const struct faults *);

struct twin;
/* What somebody else does: one change to what exists, chosen by the seed. */
void faults_change(struct twin *, const char *what, uint64_t seed);

#endif
