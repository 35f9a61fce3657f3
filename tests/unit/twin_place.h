/* A twin, its clock, and a repository in memory: what trials and rehearsals take place in. */
#ifndef CHARTER_TESTS_TWIN_PLACE_H
#define CHARTER_TESTS_TWIN_PLACE_H

#include "reconciler/trial.h"

#define PLACE_BEGIN_US 1795321297000000LL
#define PLACE_COMMITS  4

/* What the configurations begin with. */
#define SETTINGS                                                                                   \
	"charter: 1\n"                                                                             \
	"scope: main\n"                                                                            \
	"organization:\n"                                                                          \
	"  create: true\n"                                                                         \
	"  management_account: \"111111111111\"\n"                                                 \
	"  policy_types: [SERVICE_CONTROL_POLICY]\n"                                               \
	"guards:\n"                                                                                \
	"  removals: {default: {floor: 5, count: 25}}\n"

struct twin_place {
	struct source *source;
	char commit[PLACE_COMMITS][GIT_HEX]; /* one after the other */
	struct twin_clock clock;
	struct twin *twin;
	struct transport *transport;
	struct trial_options trial; /* 70 percent of the rates, commit[0] */
};

/* Rates, latency (100 ms), jobs (20 s) and lag as a rehearsal has them. `configurations`: each the
 * text of charter.yaml; ended by NULL. `faults` may be NULL. */
void place_init(struct twin_place *, const char *const *configurations, const char *faults);
void place_free(struct twin_place *);
/* A minute, after which every listing shows what was made. */
void place_wait(struct twin_place *);
/* Applies this commit, and waits; its exit code must be `code`. */
void place_apply(struct twin_place *, int commit, enum exit_code code);
void expect_code(const struct trial *, enum exit_code code);

#endif
