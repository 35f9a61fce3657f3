/* What a run takes from the world outside, in one place, so that a test can give another world. */
#ifndef CHARTER_BASE_ENV_H
#define CHARTER_BASE_ENV_H

#include <stdint.h>
#include <stdio.h>

struct clock {
	int64_t (*now_us)(
	    struct clock *); /* microseconds since 1970, UTC; for dates and signatures */
	int64_t (*mono_us)(struct clock *); /* monotonic microseconds; for timers */
};

struct random {
	uint64_t (*next)(struct random *); /* 64 random bits */
};

struct transport; /* base/http.h */

struct env {
	struct clock *clock;
	struct random *random;
	struct transport *transport;
	FILE *out, *err;
	const char *(*getenv)(const char *name); /* NULL when not set */
};

struct clock *clock_system(void);
struct random *random_system(void); /* getrandom(2) */
/* A seeded generator (splitmix64), for tests and trials. */
struct random_seeded {
	struct random base;
	uint64_t state;
};
void random_seed(struct random_seeded *, uint64_t seed);
/* A fraction in [0, 1) as parts of 2^32, without real numbers. */
uint32_t random_fraction(struct random *);

/* Lengths of time, in microseconds. */
#define SECOND_US 1000000LL
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (3600 * SECOND_US)
#define DAY_US    (24 * 3600 * SECOND_US)

/* "2026-11-22T01:02:03Z" (21 bytes with NUL), and "20261122T010203Z" (17). */
#define TIME_RFC3339 21
#define TIME_BASIC   17
void time_rfc3339(int64_t us, char out[TIME_RFC3339]);
void time_basic(int64_t us, char out[TIME_BASIC]);
/* Reads "2026-11-22T01:02:03Z" (also with a fraction or +00:00), "20261122T010203Z", or a date
 * "2026-12-31", which means the end of that day, UTC: its last microsecond, so that it is still
 * shown as that day. Any other offset is read too. Returns -1 when it is none of these. */
int time_parse(const char *s, int64_t *us);
/* Seconds as ISO 8601 has them: "PT1H30M", "PT0S". */
#define DURATION_ISO 64
void duration_iso(int64_t seconds, char out[DURATION_ISO]);
/* Reads an HTTP Date header (IMF-fixdate). */
int time_parse_http(const char *s, int64_t *us);

#endif
