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

static bool is_before(const struct errand *a, const struct errand *b)
{
	return a->call->n < b->call->n;
}

static struct queue *queue_of(const struct errand *errand)
{
	return &errand->site->queue[errand->call->op - ops];
}

static void queue_put(struct queue *q, struct errand *errand)
{
	struct errand **at = &q->first;

	if (q->last != NULL && is_before(q->last, errand))
		at = &q->last->queue_next;
	while (*at != NULL && is_before(*at, errand))
		at = &(*at)->queue_next;
	errand->queue = q;
	errand->queue_next = *at;
	*at = errand;
	if (errand->queue_next == NULL)
		q->last = errand;
}

void queue_enter(struct errand *errand)
{
	if (errand->queue == NULL)
		queue_put(queue_of(errand), errand);
}

static void queue_remove(struct errand *errand)
{
	struct queue *q = errand->queue;
	struct errand **at = &q->first, *before = NULL;

	for (; *at != errand; at = &before->queue_next)
		before = *at;
	*at = errand->queue_next;
	if (q->last == errand)
		q->last = before;
	errand->queue = NULL;
	errand->queue_next = NULL;
}

void queue_leave(struct errand *errand)
{
	struct queue *q = queue_of(errand);

	if (errand->queue != NULL)
		queue_remove(errand);
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

/* The value of the member, with ids that are known by now. */
static struct alone *alone_of(struct errand *errand)
{
	struct executor *x = errand->x;
	const char *member = errand->call->op->alone, *value;
	struct id_source ids = executor_ids(x);
	auto_error err = {0};
	json_auto_t *input = tokens_input(errand->call, &ids, &err);
	auto_free char *key = NULL;
	struct alone *alone;

	value = json_string_value(json_object_get(input, member));
	if (value == NULL)
		return NULL;
	key = xasprintf("%s=%s", member, value);
	alone = map_get(x->alones, key);
	if (alone == NULL) {
		alone = arena_alloc(x->arena, sizeof(*alone));
		map_put(x->alones, key, alone);
	}
	return alone;
}

bool alone_turn(struct errand *errand)
{
	struct alone *alone;

	if (errand->call->op->alone == NULL)
		return true;
	if (!errand->alone_asked)
		errand->alone = alone_of(errand);
	errand->alone_asked = true;
	alone = errand->alone;
	if (alone == NULL || alone->holder == errand)
		return true;
	if (alone->holder == NULL) {
		alone->holder = errand;
		return true;
	}
	if (errand->queue == NULL)
		queue_put(&alone->queue, errand);
	errand_sleep(errand);
	return false;
}

void alone_leave(struct errand *errand)
{
	struct alone *alone = errand->alone;
	struct errand *next = alone == NULL ? NULL : alone->queue.first;

	if (alone == NULL || alone->holder != errand)
		return;
	alone->holder = next;
	if (next == NULL)
		return;
	queue_remove(next);
	errand_wake(next);
}

void queues_wake(struct site *site)
{
	for (size_t i = 0; i < OP_COUNT; i++) {
		if (site->queue[i].first != NULL)
			errand_wake(site->queue[i].first);
	}
}
