#include "aws/bucket.h"

#include "base/arena.h"
#include "base/env.h"

#include <stdlib.h>

/* The level is kept in billionths of a token, so that a rate in thousandths of a request a second
 * is what flows in each microsecond: no real numbers, no rounding that adds up. */
#define TOKEN   1000000000LL
#define FULL    1000 /* share, in thousandths */
#define LEAST   125
#define STEP    50
#define IDLE_US (3600 * SECOND_US) /* longer idling adds nothing: every bucket is full by then */

struct bucket {
	struct loop *loop;
	int64_t milli, burst; /* already reduced to the percentage */
	int64_t level, filled_us;
	int64_t share, changed_us;
	struct waiter *first, *last;
	int64_t waiting;
	struct timer *timer;
};

static int64_t bucket_now(const struct bucket *b)
{
	struct clock *clock = loop_clock(b->loop);

	return clock->mono_us(clock);
}

struct bucket *bucket_new(struct loop *loop, const struct rate *rate, unsigned percent)
{
	const struct rate share = rate_share(rate, percent);
	struct bucket *b = xcalloc(1, sizeof *b);

	b->loop = loop;
	b->milli = share.milli;
	b->burst = share.burst;
	b->level = b->burst * TOKEN;
	b->share = FULL;
	b->filled_us = b->changed_us = bucket_now(b);
	return b;
}

void bucket_free(struct bucket *b)
{
	if (b == NULL)
		return;
	loop_cancel(b->loop, b->timer);
	free(b);
}

static int64_t bucket_flow(const struct bucket *b)
{
	int64_t flow = b->milli * b->share / FULL;

	return flow > 0 ? flow : 1;
}

static void bucket_fill(struct bucket *b)
{
	int64_t now = bucket_now(b), idle = now - b->filled_us;

	if (idle > IDLE_US)
		idle = IDLE_US;
	b->level += idle * bucket_flow(b);
	if (b->level > b->burst * TOKEN)
		b->level = b->burst * TOKEN;
	b->filled_us = now;
}

static bool bucket_take(struct bucket *b)
{
	bucket_fill(b);
	if (b->level < TOKEN)
		return false;
	b->level -= TOKEN;
	return true;
}

static void bucket_pump(void *ctx);

static void bucket_set_timer(struct bucket *b)
{
	int64_t lack = TOKEN - b->level, flow = bucket_flow(b);

	loop_cancel(b->loop, b->timer);
	b->timer = NULL;
	if (b->first == NULL)
		return;
	lack = lack > 0 ? (lack + flow - 1) / flow : 0;
	b->timer = loop_at(b->loop, b->filled_us + lack, bucket_pump, b);
}

static void bucket_pump(void *ctx)
{
	struct bucket *b = ctx;
	struct waiter *w;

	b->timer = NULL;
	while (b->first != NULL && bucket_take(b)) {
		w = b->first;
		bucket_leave(b, w);
		w->go(w);
	}
	bucket_set_timer(b);
}

void bucket_wait(struct bucket *b, struct waiter *w)
{
	if (b->first == NULL && bucket_take(b)) {
		w->go(w);
		return;
	}
	w->next = NULL;
	w->prev = b->last;
	if (b->last != NULL)
		b->last->next = w;
	else
		b->first = w;
	b->last = w;
	b->waiting++;
	if (b->timer == NULL)
		bucket_set_timer(b);
}

void bucket_leave(struct bucket *b, struct waiter *w)
{
	*(w->prev != NULL ? &w->prev->next : &b->first) = w->next;
	*(w->next != NULL ? &w->next->prev : &b->last) = w->prev;
	w->prev = w->next = NULL;
	b->waiting--;
}

int64_t bucket_ready_us(struct bucket *b)
{
	int64_t flow = bucket_flow(b), lack;

	bucket_fill(b);
	lack = (b->waiting + 1) * TOKEN - b->level;
	return lack <= 0 ? 0 : b->filled_us + (lack + flow - 1) / flow;
}

void bucket_throttled(struct bucket *b, int64_t sent_us)
{
	bucket_fill(b);
	b->level = b->level < 0 ? b->level : 0;
	/* All that were in flight when the first was throttled say the same thing. */
	if (sent_us >= b->changed_us || b->share == FULL) {
		b->share = b->share / 2 > LEAST ? b->share / 2 : LEAST;
		b->changed_us = bucket_now(b);
	}
	bucket_set_timer(b);
}

void bucket_succeeded(struct bucket *b)
{
	int64_t now = bucket_now(b);

	if (b->share == FULL || now - b->changed_us < SECOND_US)
		return;
	bucket_fill(b);
	b->share = b->share + STEP < FULL ? b->share + STEP : FULL;
	b->changed_us = now;
	bucket_set_timer(b);
}

unsigned bucket_share(const struct bucket *b)
{
	return (unsigned)b->share;
}
