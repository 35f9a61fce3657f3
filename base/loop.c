#include "base/loop.h"

#include "base/arena.h"

#include <stdlib.h>

struct timer {
	int64_t at_us;
	uint64_t number; /* in the order they were set */
	size_t place;    /* in the heap */
	void (*fn)(void *ctx);
	void *ctx;
};

struct loop {
	struct clock *clock;
	struct transport *transport;
	VEC(struct timer *) heap; /* the earliest first */
	uint64_t timers_set;
	size_t held;
	bool stop;
	bool fired;                   /* by the last step */
	void (*on_signal)(void *ctx); /* NULL once called */
	void *on_signal_ctx;
};

struct loop *loop_new(struct clock *clock, struct transport *transport)
{
	struct loop *l = xcalloc(1, sizeof *l);

	l->clock = clock;
	l->transport = transport;
	return l;
}

void loop_free(struct loop *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < l->heap.n; i++)
		free(l->heap.at[i]);
	free(l->heap.at);
	free(l);
}

struct transport *loop_transport(struct loop *l)
{
	return l->transport;
}

struct clock *loop_clock(struct loop *l)
{
	return l->clock;
}

static bool timer_before(const struct timer *a, const struct timer *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->number < b->number;
}

static void heap_set(struct loop *l, size_t place, struct timer *t)
{
	l->heap.at[place] = t;
	t->place = place;
}

/* Moves the timer at this place up or down to where it belongs. */
static void heap_settle(struct loop *l, size_t place)
{
	struct timer *t = l->heap.at[place];
	size_t child;

	for (; place > 0 && timer_before(t, l->heap.at[(place - 1) / 2]); place = (place - 1) / 2)
		heap_set(l, place, l->heap.at[(place - 1) / 2]);
	while ((child = 2 * place + 1) < l->heap.n) {
		if (child + 1 < l->heap.n && timer_before(l->heap.at[child + 1], l->heap.at[child]))
			child++;
		if (!timer_before(l->heap.at[child], t))
			break;
		heap_set(l, place, l->heap.at[child]);
		place = child;
	}
	heap_set(l, place, t);
}

static void heap_remove(struct loop *l, struct timer *t)
{
	size_t place = t->place;
	struct timer *last = l->heap.at[--l->heap.n];

	if (last == t)
		return;
	heap_set(l, place, last);
	heap_settle(l, place);
}

struct timer *loop_at(struct loop *l, int64_t at_us, void (*fn)(void *ctx), void *ctx)
{
	struct timer *t = xcalloc(1, sizeof *t);

	*t = (struct timer){.at_us = at_us, .number = l->timers_set++, .fn = fn, .ctx = ctx};
	vec_push(&l->heap, t);
	heap_settle(l, l->heap.n - 1);
	return t;
}

void loop_cancel(struct loop *l, struct timer *t)
{
	if (t == NULL)
		return;
	heap_remove(l, t);
	free(t);
}

void loop_hold(struct loop *l)
{
	l->held++;
}

void loop_release(struct loop *l)
{
	charter_assert(l->held > 0);
	l->held--;
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}

void loop_on_signal(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
	l->on_signal = fn;
	l->on_signal_ctx = ctx;
}

/* Fires what is due now, but not what these timers set anew. */
static bool fire_timers(struct loop *l)
{
	int64_t now = l->clock->mono_us(l->clock);
	uint64_t until = l->timers_set;
	struct timer *t, fired;
	bool any = false;

	while (l->heap.n > 0 && (t = l->heap.at[0])->at_us <= now && t->number < until) {
		heap_remove(l, t);
		fired = *t;
		free(t);
		fired.fn(fired.ctx);
		any = true;
	}
	return any;
}

static bool tell_of_signal(struct loop *l)
{
	void (*fn)(void *ctx) = l->on_signal;

	if (fn == NULL || signal_pending() == 0)
		return false;
	l->on_signal = NULL;
	fn(l->on_signal_ctx);
	return true;
}

void loop_step(struct loop *l)
{
	if (tell_of_signal(l))
		return;
	/* Timers that set themselves anew at once must not keep out the traffic. */
	l->fired = !l->fired && fire_timers(l);
	if (l->fired)
		return;
	l->transport->wait(l->transport, l->heap.n > 0 ? l->heap.at[0]->at_us : INT64_MAX);
}

void loop_run(struct loop *l)
{
	l->stop = false;
	while (l->held > 0 && !l->stop)
		loop_step(l);
}
