/* Which calls are looked at in a round: of tens of thousands in hundreds of accounts only those for
 * which something may have changed. A call sleeps until another ends, until it is its turn in its
 * account, or until its answer comes; what waits for a time stays awake. */
#include "reconciler/execute_priv.h"

void errand_wake(struct errand *errand)
{
	size_t i = errand->call->n - 1;

	errand->x->awake[i / AWAKE_WORD] |= 1ull << i % AWAKE_WORD;
}

void errand_sleep(struct errand *errand)
{
	size_t i = errand->call->n - 1;

	errand->x->awake[i / AWAKE_WORD] &= ~(1ull << i % AWAKE_WORD);
}

void errand_sleep_until(struct errand *errand, struct errand *other)
{
	errand_sleep(errand);
	errand->asleep_next = other->asleep;
	other->asleep = errand;
}

void asleep_wake(struct errand *other)
{
	struct errand *errand = other->asleep, *next;

	other->asleep = NULL;
	for (; errand != NULL; errand = next) {
		next = errand->asleep_next;
		errand->asleep_next = NULL;
		errand_wake(errand);
	}
}

void executor_wake_all(struct executor *x)
{
	for (size_t i = x->first; i < x->n; i++)
		errand_wake(&x->errand[i]);
}

struct errand *executor_awake(const struct executor *x, size_t from)
{
	size_t words = (x->n + AWAKE_WORD - 1) / AWAKE_WORD, w = from / AWAKE_WORD;
	uint64_t bits;

	if (w >= words)
		return NULL;
	bits = x->awake[w] & ~0ull << from % AWAKE_WORD;
	while (bits == 0 && ++w < words)
		bits = x->awake[w];
	return bits == 0 ? NULL : &x->errand[w * AWAKE_WORD + (size_t)__builtin_ctzll(bits)];
}

static struct queue *queue_of(const struct errand *errand)
{
	return &errand->site->queue[errand->call->op - ops];
}

static bool is_before(const struct errand *a, const struct errand *b)
{
	return a->call->n < b->call->n;
}

void queue_enter(struct errand *errand)
{
	struct queue *q = queue_of(errand);
	struct errand **at = &q->first;

	if (errand->queued)
		return;
	if (q->last != NULL && is_before(q->last, errand))
		at = &q->last->queue_next;
	while (*at != NULL && is_before(*at, errand))
		at = &(*at)->queue_next;
	errand->queued = true;
	errand->queue_next = *at;
	*at = errand;
	if (errand->queue_next == NULL)
		q->last = errand;
}

static void queue_remove(struct queue *q, struct errand *errand)
{
	struct errand **at = &q->first, *before = NULL;

	for (; *at != errand; at = &before->queue_next)
		before = *at;
	*at = errand->queue_next;
	if (q->last == errand)
		q->last = before;
	errand->queued = false;
	errand->queue_next = NULL;
}

void queue_leave(struct errand *errand)
{
	struct queue *q = queue_of(errand);

	if (errand->queued)
		queue_remove(q, errand);
	if (q->first != NULL)
		errand_wake(q->first);
}

bool queue_turn(struct errand *errand)
{
	const struct errand *first = queue_of(errand)->first;

	if (first == NULL || first == errand || is_before(errand, first))
		return true;
	queue_enter(errand);
	errand_sleep(errand);
	return false;
}

void queues_wake(struct site *site)
{
	for (size_t i = 0; i < OP_COUNT; i++) {
		if (site->queue[i].first != NULL)
			errand_wake(site->queue[i].first);
	}
}
