/* A token bucket with a queue: what a published rate lets through, in the order it came. Private to
 * the client. */
#ifndef CHARTER_AWS_BUCKET_H
#define CHARTER_AWS_BUCKET_H

#include "aws/op.h"
#include "base/loop.h"

struct waiter {
	struct waiter *prev, *next;
	void (*go)(struct waiter *); /* called once, when its turn has come */
};

struct bucket;

/* `percent` of the rate and of the burst. The loop must outlive it. */
struct bucket *bucket_new(struct loop *, const struct rate *, unsigned percent);
void bucket_free(struct bucket *); /* waiters are forgotten */
/* Calls go() at once when nobody waits and there is a token, else from the loop. */
void bucket_wait(struct bucket *, struct waiter *);
void bucket_leave(struct bucket *, struct waiter *);
/* The monotonic time from which a newcomer would not wait; 0: now. */
int64_t bucket_ready_us(struct bucket *);
/* A request of this bucket, sent at this time, was throttled: the rate halves (once for all that
 * were sent before). */
void bucket_throttled(struct bucket *, int64_t sent_us);
/* A request of this bucket went through: the rate recovers, a twentieth of the nominal each second.
 */
void bucket_succeeded(struct bucket *);
/* The present share of the nominal rate, in thousandths. */
unsigned bucket_share(const struct bucket *);

#endif
