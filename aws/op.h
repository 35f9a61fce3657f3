/* The operations, as data: a new operation is a row of op.c, not a function. */
#ifndef CHARTER_AWS_OP_H
#define CHARTER_AWS_OP_H

#include "aws/service.h"

#include <stdint.h>

enum op_id {
#define OP(service, name) OP_##service##_##name,
#include "aws/op.def"
#undef OP
	OP_COUNT
};

/* A published rate: requests a second and burst, for each account ([D] aws-facts section 3). APIs
 * that share a row share a bucket. */
enum rate_id {
	RATE_NONE,
	RATE_LIST_ACCOUNTS,
	RATE_DESCRIBE_ACCOUNT,
	RATE_LIST_CHILDREN,
	RATE_ORG_LISTS,
	RATE_LIST_TAGS,
	RATE_TAG,
	RATE_ORG_DESCRIBES,
	RATE_ORG_WRITES,
	RATE_CREATE_OU,
	RATE_DESCRIBE_ORGANIZATION,
	RATE_LIST_ROOTS,
	RATE_LIST_ACCESS,
	RATE_ACCESS,
	RATE_POLICY_TYPE,
	RATE_CREATE_ACCOUNT,
	RATE_ACCOUNT_NAME,
	RATE_STS,
	RATE_IAM,
	RATE_COST,
	RATE_SSO,
	RATE_IDENTITY_STORE,
	RATE_CODECOMMIT,
	RATE_TRAIL,
	RATE_S3,
	RATE_SNS,
	RATE_COUNT
};
struct rate {
	const char *name;
	uint32_t milli; /* requests in 1000 seconds */
	uint32_t burst;
};
extern const struct rate rates[RATE_COUNT];
/* This percentage of it, rounded down, but never nothing. 0, no limit of our own: all of it. */
struct rate rate_share(const struct rate *, unsigned percent);

/* How many calls of a kind may be under way at once. */
enum lane_id {
	LANE_NONE,
	LANE_ORGANIZATIONS_WRITE,
	LANE_CREATE_ACCOUNT,
	LANE_IAM_WRITE,
	LANE_SSO_WRITE,
	LANE_ASSIGNMENT,
	LANE_PROVISION,
	LANE_IDENTITY_WRITE,
	LANE_CODECOMMIT_WRITE,
	LANE_NOTE,
	LANE_COUNT
};
struct lane {
	const char *name;
	uint16_t width;
	bool until_job_ends; /* held until the job ends, else until the reply */
};
extern const struct lane lanes[LANE_COUNT];

/* An asynchronous operation: how its end is learned. Paths are of dotted members in the reply. */
struct job {
	enum op_id status;              /* DescribeCreateAccountStatus */
	const char *id_from;            /* in the starting reply: "CreateAccountStatus.Id" */
	const char *id_to;              /* member of the status input: "CreateAccountRequestId" */
	const char *state;              /* in the status reply: "CreateAccountStatus.State" */
	const char *succeeded, *failed; /* values; any other is under way */
	const char *why;                /* "CreateAccountStatus.FailureReason" */
	const char *result;             /* output id, "CreateAccountStatus.AccountId"; NULL: none */
	const char *also;               /* member of the starting input that the status input has
					   too: "InstanceArn"; NULL: none */
	uint16_t usual_s;               /* what is assumed of how long it takes */
	uint16_t poll_s;                /* its status is asked for that often at the least */
	/* It is never started before a reading of what is under way and there already, however
	 * fresh the plan's is: it would make a second one. */
	bool look_first;
};

enum effect { EFFECT_NEUTRAL, EFFECT_GAIN, EFFECT_LOSS }; /* of access */

struct op {
	const char *name;
	enum service_id service;
	const char *method, *path; /* REST: "POST", "/putAccountName"; "/{Bucket}/{Key+}" */
	bool mutates;
	bool whole; /* AWS replaces the whole object: what is left out is reset */
	const char *token_in, *token_out; /* paging; NULL: one page */
	const char *more; /* "IsTruncated": the token counts only when this is true; NULL: the token
			     alone */
	const char *page_size_in; /* "MaxResults"; NULL: not sent */
	uint32_t page_size;
	enum rate_id rate;
	enum lane_id lane, lane2;
	/* Member of the input, such as "TargetId": of the calls in which it is the same, whatever
	 * their operation, one is under way at a time, until its job ends. NULL: any number. */
	const char *alone;
	const char *id_path; /* of a creation: where the reply holds the new id */
	const struct job *job;
	/* The reading that shows whether one such call has made its thing shows it of every other.
	 */
	bool shown_together;
	/* Refusals that mean "already so": read back, do not fail. As `retry`; a conflict among
	 * them is not waited out. */
	const char *already[5];
	const char *gone[3]; /* reads: error codes that mean "there is none" */
	/* Refusals to be retried, beside those of retry.c: "CODE", or "CODE:part of the message".
	 */
	const char *retry[6];
	const char *secret_in; /* member of the input that stands in no plan, journal or trace; in
				  a call's it is made when it is sent: "Password" */
	const char *secret_out[3]; /* dotted members of the reply that are never traced */
	uint32_t settle_ms; /* after a lost answer: how long until a reading is believed (second of
			       two) */
	const char *action; /* IAM action; NULL: service:name */
};
extern const struct op ops[OP_COUNT];
const char *op_action(const struct op *, char *out, size_t size); /* "organizations:CreatePolicy" */
/* Whether a refusal is in such a list: "CODE", or "CODE:part of the message". */
bool op_lists(const char *const *list, size_t n, const char *code, const char *message);
const struct op *op_find(const char *service, const char *name); /* NULL: none */

#endif
