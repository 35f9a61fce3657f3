/* Requests to a twin in this process. The clock is virtual: waiting makes it jump to the next reply
 * or timer, so hours pass in milliseconds and the same seed gives the same run. */
#ifndef CHARTER_AWS_TWIN_TRANSPORT_H
#define CHARTER_AWS_TWIN_TRANSPORT_H

#include "aws/twin/twin.h"

struct twin_clock {
	struct clock clock; /* first */
	int64_t us;         /* since 1970, and monotonic: both are the same here */
};
/* Starts at this time, microseconds since 1970. */
void twin_clock_init(struct twin_clock *, int64_t us);

/* The twin's options must name this clock. Freed by its own `free`. */
struct transport *twin_transport_new(struct twin *, struct twin_clock *);
/* After a fault kill_*: every request in flight and every later one ends unanswered and unseen, as
 * for a process that is gone. True once that has happened; _revive is the next process. */
bool twin_transport_dead(const struct transport *);
void twin_transport_revive(struct transport *);
/* Beside the real clock: replies take their time. For measurements. */
struct transport *twin_transport_real(struct twin *, struct clock *);

#endif
