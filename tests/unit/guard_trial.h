/* A plan made by hand, for the tests of the guards. */
#ifndef CHARTER_TESTS_GUARD_TRIAL_H
#define CHARTER_TESTS_GUARD_TRIAL_H

#include "reconciler/guard.h"

#define NOW (INT64_C(1795305600) * 1000000) /* 2026-11-22T00:00:00Z */
#define DAY (INT64_C(86400) * 1000000)

#define ADMIN "arn:aws:iam::111111111111:user/ci/charter"

/* A plan made by hand: sides, rows, changes and calls, judged by all guards. */
struct trial {
	struct arena *arena;
	struct side *live, *head, *base;
	struct config base_config, head_config;
	struct sides sides;
	struct bound bound;
	VEC(struct row) rows;
	VEC(struct change) changes;
	VEC(struct call) calls;
	VEC(struct note) notes;
	struct diagnostics refusals;
	struct difference difference;
	struct record record;
	struct plan_input in;
	struct plan plan;
};

const struct text *txt(struct trial *, const char *);
/* For cmocka: *state is the trial. */
int trial_setup(void **state);
int trial_teardown(void **state);

/* Rows are made before changes point at them, sorted by kind. */
void row_add(struct trial *, const char *address, struct resource *base, struct resource *head,
	     struct resource *live);
struct row *row_at(struct trial *, const char *address); /* fails when there is none */
/* Live, and declared in base and head; the live one is returned. */
struct resource *managed(struct trial *, enum kind_id, const char *address, const char *id);
struct change *change_add(struct trial *, enum action, const char *address);
void change_diff(struct trial *, struct change *, struct diff);
/* An update that takes one element out of a set. */
void takes_out(struct trial *, const char *address, unsigned attr, const char *key);
/* Makes the live set known, with these elements. */
void known_set(struct trial *, struct resource *, unsigned attr, const char *const *keys);
struct call *call_add(struct trial *, const struct op *);

/* Judges. The guard refuses, no other does, and its detail is one line that holds `says`. */
void assert_refused(struct trial *, const char *guard, const char *says);
/* Judges. No guard refuses, and this one says just that. */
void assert_passed(struct trial *, const char *guard, const char *detail);
void trial_judge(struct trial *);
const struct guard_result *trial_result(struct trial *, const char *guard);
/* Before a plan is judged once more, after something was changed. */
void trial_again(struct trial *);

#define GUARD_TEST(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

#endif
