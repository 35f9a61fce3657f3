#include "base/env.h"

#include "base/error.h"

#include <sys/random.h>
#include <sys/types.h>
#include <time.h>

static int64_t clock_read(clockid_t id)
{
	struct timespec t;

	charter_assert(clock_gettime(id, &t) == 0);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_now_us(struct clock *clock)
{
	(void)clock;
	return clock_read(CLOCK_REALTIME);
}

static int64_t system_mono_us(struct clock *clock)
{
	(void)clock;
	return clock_read(CLOCK_MONOTONIC);
}

struct clock *clock_system(void)
{
	static struct clock clock = {.now_us = system_now_us, .mono_us = system_mono_us};

	return &clock;
}

static uint64_t system_next(struct random *random)
{
	uint64_t bits;

	(void)random;
	charter_assert(getrandom(&bits, sizeof bits, 0) == (ssize_t)sizeof bits);
	return bits;
}

struct random *random_system(void)
{
	static struct random random = {.next = system_next};

	return &random;
}

static uint64_t seeded_next(struct random *random)
{
	struct random_seeded *r = (struct random_seeded *)random;
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void random_seed(struct random_seeded *r, uint64_t seed)
{
	r->base.next = seeded_next;
	r->state = seed;
}

uint32_t random_fraction(struct random *random)
{
	return (uint32_t)(random->next(random) >> 32);
}
