/* The standard mode of the AWS SDKs and Tools Reference Guide ("Retry behavior"), with the scales
 * and costs announced for 2026 (AWS Developer Tools Blog, "Announcing updated retry behavior for
 * AWS SDKs and tools"): delay = random(0, 1) * min(scale * 2^n, cap); x-amz-retry-after bounds it
 * from below, by at most five seconds more; a quota of 500 tokens, 14 for a transient retry.
 *
 * It differs in two things. Conflicts are retried, which the SDKs leave to their callers. And
 * throttling and conflicts are not paid from the quota: the quota exists so that clients without a
 * rate limit of their own do not turn an outage into a storm, while here every request waits for
 * its published rate first, and throttling halves that rate. Behind a bucket of two a second a run
 * of many minutes meets some throttling all the time; a quota would end it half-way, although each
 * single request would have gone through. For the same reason they have twelve attempts instead of
 * three. */
#include "aws/retry.h"

#include <string.h>

#define QUOTA      500
#define MS         1000LL
#define HINT_SLACK (5 * SECOND_US)

struct retry_rule {
	int64_t scale_us, cap_us;
	unsigned attempts, cost;
};
static const struct retry_rule rules[RETRY_CLASSES] = {
    [RETRY_TRANSIENT] = {50 * MS, 20 * SECOND_US, 3, 14},
    [RETRY_THROTTLED] = {SECOND_US, 20 * SECOND_US, 12, 0},
    [RETRY_CONFLICT] = {SECOND_US, 20 * SECOND_US, 12, 0},
    [RETRY_FINALIZING] = {5 * SECOND_US, 60 * SECOND_US, 12, 0},
    [RETRY_SETTLING] = {SECOND_US, 10 * SECOND_US, 6, 0},
};

static bool code_is_one_of(const char *code, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strcmp(code, *list) == 0)
			return true;
	}
	return false;
}

/* LimitExceededException is not here: with the services in the table it is a quota, not a rate. */
bool retry_is_throttling(const char *code)
{
	static const char *const codes[] = {"Throttling",
					    "ThrottlingException",
					    "ThrottledException",
					    "RequestThrottled",
					    "RequestThrottledException",
					    "TooManyRequests",
					    "TooManyRequestsException",
					    "RequestLimitExceeded",
					    "BandwidthLimitExceeded",
					    "SlowDown",
					    "EC2ThrottledException",
					    "TransactionInProgressException",
					    "ProvisionedThroughputExceededException",
					    NULL};

	return code_is_one_of(code, codes);
}

bool retry_is_skew(const char *code)
{
	static const char *const codes[] = {"RequestTimeTooSkewed",      "RequestExpired",
					    "RequestInTheFuture",        "SignatureDoesNotMatch",
					    "InvalidSignatureException", NULL};

	return code_is_one_of(code, codes);
}

/* Said with any status: whether AWS acted is not known. */
bool retry_is_server_fault(const char *code)
{
	static const char *const codes[] = {"ServiceException",
					    "InternalFailure",
					    "InternalError",
					    "InternalServerError",
					    "InternalServerException",
					    "InternalServiceError",
					    "InternalServiceException",
					    "ServiceFailure",
					    "ServiceFailureException",
					    "ServiceUnavailable",
					    "ServiceUnavailableException",
					    "RequestTimeout",
					    "RequestTimeoutException",
					    "IDPCommunicationError",
					    NULL};

	return code_is_one_of(code, codes);
}

static bool is_conflict(const char *code)
{
	static const char *const codes[] = {"ConcurrentModification",
					    "ConcurrentModificationException",
					    "PolicyChangesInProgressException",
					    "ConflictException",
					    "OperationInProgressException",
					    "OperationInProgress",
					    "EntityTemporarilyUnmodifiable",
					    "EntityTemporarilyUnmodifiableException",
					    "PriorRequestNotComplete",
					    "ResourceInUseException",
					    NULL};

	return code_is_one_of(code, codes);
}

#define OP_LISTS(list, a) op_lists(list, sizeof(list) / sizeof((list)[0]), (a)->code, (a)->message)

/* Identity Store API Reference, ConflictException: of two reasons one is final. Where AWS gives
 * none, the operation tells what its conflicts are about. */
static bool conflict_is_final(const struct op *op, const struct answer *a)
{
	if (strcmp(a->reason, "CONCURRENT_MODIFICATION") == 0)
		return false;
	return strcmp(a->reason, "UNIQUENESS_CONSTRAINT_VIOLATION") == 0 ||
	       OP_LISTS(op->already, a);
}

static enum retry_class classify_refusal(const struct op *op, const struct answer *a)
{
	if (retry_is_throttling(a->code))
		return RETRY_THROTTLED;
	if (is_conflict(a->code))
		return conflict_is_final(op, a) ? RETRY_NEVER : RETRY_CONFLICT;
	if (strcmp(a->code, "FinalizingOrganizationException") == 0)
		return RETRY_FINALIZING;
	return OP_LISTS(op->retry, a) ? RETRY_SETTLING : RETRY_NEVER;
}

enum retry_class retry_classify(const struct op *op, const struct answer *a)
{
	switch (a->outcome) {
	case REPLY_OK:
	case REPLY_CANCELLED:
		break;
	case REPLY_UNSENT:
		/* What never left may be sent again, whatever it does. */
		return strcmp(a->code, "Unreachable") == 0 ? RETRY_TRANSIENT : RETRY_NEVER;
	case REPLY_LOST:
		/* It may have acted: only the caller can find out. */
		return op->mutates ? RETRY_NEVER : RETRY_TRANSIENT;
	case REPLY_REFUSED:
		return classify_refusal(op, a);
	}
	return RETRY_NEVER;
}

void retry_quota_init(struct retry_quota *q)
{
	q->level = QUOTA;
}

static int64_t retry_delay(const struct retry_rule *rule, unsigned n, int64_t hint_us,
			   struct random *random)
{
	int64_t most = rule->scale_us, delay;

	for (; n > 0 && most < rule->cap_us; n--)
		most *= 2;
	if (most > rule->cap_us)
		most = rule->cap_us;
	delay = (int64_t)(((uint64_t)most * random_fraction(random)) >> 32);
	if (hint_us > delay)
		delay = hint_us < delay + HINT_SLACK ? hint_us : delay + HINT_SLACK;
	return delay;
}

bool retry_again(struct retry_quota *q, struct retry_count *count, enum retry_class class,
		 unsigned max_attempts, int64_t hint_us, struct random *random, int64_t *delay_us)
{
	const struct retry_rule *rule = &rules[class];
	unsigned attempts = max_attempts > 0 ? max_attempts : rule->attempts;
	unsigned n = count->by_class[class];

	if (class == RETRY_NEVER || n + 1 >= attempts || q->level < rule->cost)
		return false;
	q->level -= rule->cost;
	count->paid = rule->cost;
	count->by_class[class]++;
	*delay_us = retry_delay(rule, n, hint_us, random);
	return true;
}

void retry_refund(struct retry_quota *q, struct retry_count *count)
{
	q->level += count->paid > 0 ? count->paid : 1;
	if (q->level > QUOTA)
		q->level = QUOTA;
	*count = (struct retry_count){0};
}
