/* What is tried again, when, and how often: pure but for the random jitter. Private to the client.
 */
#ifndef CHARTER_AWS_RETRY_H
#define CHARTER_AWS_RETRY_H

#include "aws/codec.h"

enum retry_class {
	RETRY_NEVER,
	RETRY_TRANSIENT, /* connection errors; for reads also 5xx, lost and senseless answers */
	RETRY_THROTTLED,
	RETRY_CONFLICT,   /* another writer, or a change under way */
	RETRY_FINALIZING, /* a new organization: minutes */
	RETRY_SETTLING,   /* op->retry: what was just changed is not seen everywhere yet */
	RETRY_CLASSES
};

/* Tokens that transient retries are paid with. */
struct retry_quota {
	unsigned level;
};
struct retry_count {
	unsigned by_class[RETRY_CLASSES];
	unsigned paid; /* for the last retry, given back when it succeeds */
};

bool retry_is_throttling(const char *code);
bool retry_is_skew(const char *code);
bool retry_is_server_fault(const char *code);
enum retry_class retry_classify(const struct op *, const struct answer *);
void retry_quota_init(struct retry_quota *);
/* Whether to try again after an answer of this class; counts, and pays. *delay_us gets how long to
 * wait. max_attempts 0: the table's. */
bool retry_again(struct retry_quota *, struct retry_count *, enum retry_class,
		 unsigned max_attempts, int64_t hint_us, struct random *, int64_t *delay_us);
/* A request succeeded. */
void retry_refund(struct retry_quota *, struct retry_count *);

#endif
