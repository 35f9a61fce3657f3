/* Two sides and the changes between them, to calls: each call a line of text. */
#ifndef CHARTER_TESTS_CALL_BENCH_H
#define CHARTER_TESTS_CALL_BENCH_H

#include "aws/wire.h"
#include "base/arena.h"

struct bench_change;

struct bench {
	struct arena *arena;
	struct sides sides;
	const char *leaving, *left; /* row address, address of the old unit that it is leaving */
	VEC(struct bench_change) asked;
};

/* The run's own account is 111111111111. */
struct bench *bench_new(void);
/* A resource with attributes given as (number, text) pairs, ended by -1. Sets are "a,b", maps
 * "k=v,k=v"; "" is the empty one. */
struct resource *bench_thing(struct bench *, struct side *, uint16_t kind, const char *address,
			     const char *id, ...);
#define LIVE(...) bench_thing(b, b->sides.live, __VA_ARGS__, -1)
#define HEAD(...) bench_thing(b, b->sides.head, __VA_ARGS__, -1)
/* Diffs as (attribute, key, live, head), NULL for what is not; ended by -1. */
void bench_change(struct bench *, enum action, const char *address, ...);
#define CHANGE(...)     bench_change(b, __VA_ARGS__, -1)
#define ADD(attr, x)    (int)(attr), x, NULL, x
#define REMOVE(attr, x) (int)(attr), x, x, NULL
/* Emits all changes and compares. Ends the bench. */
void bench_expect(struct bench *, const char *want);

#endif
