/* The self-test: whole reconciliations on a twin, made at random from a seed, and what must hold of
 * each. Private to selftest*.c and cmd_selftest.c.
 *
 * A *sample* is all that one test needs, as JSON: whoever has it can run it again, and take parts
 * away until it no longer fails.
 *
 *	scenario  name
 *	seed      of the twin and the client
 *	twin      {latency_us, jitter, rates, client_rate, job_us, lag_reads, lag_us}; absent: 0
 *	a, b      configurations: what charter.yaml says (JSON is YAML)
 *	before    what somebody does before a is applied: see hand_do()
 *	hands     what somebody does between a and b
 *	faults    of the twin while b is applied, see aws/twin/faults.h
 *
 * and what the scenario adds. A *draft* is such a configuration. *Things* are what there is or
 * should be, in one form for drafts and for the twin's state, read without any of the code under
 * test: {address: {attribute: text or {element: text}}}. Members that begin with '_' say more about
 * a thing and are not compared: _id, _previously, _only. */
#ifndef CHARTER_RECONCILER_SELFTEST_H
#define CHARTER_RECONCILER_SELFTEST_H

#include "base/digest.h"
#include "reconciler/trial.h"

#include <jansson.h>

#define SELF_ACCOUNT "management"              /* the name of the twin's first account */
#define SELF_START   INT64_C(1795305600000000) /* 2026-11-22: when every sample begins */
#define SELF_NEXT    (INT64_C(120) * 1000000)  /* from one run to the next, microseconds */
#define SELF_TRIES   12                        /* runs in which a configuration converges */

/* Chance, and names that no other thing of the sample has. */
struct chance {
	struct random_seeded random;
	unsigned serial;
};
void chance_seed(struct chance *, uint64_t seed);
unsigned chance_below(struct chance *, unsigned n); /* 0 for n 0 */
bool chance_of(struct chance *, unsigned percent);
/* A key of the object, or NULL when it has none that `fits` (NULL: any). */
const char *chance_key(struct chance *, const json_t *object, bool (*fits)(const char *key));
const char *chance_word(struct chance *, const char *const *words, size_t n);
char *chance_name(struct chance *, const char *prefix); /* "u12"; the caller frees it */

/* selftest_draft.c: a random organization, as a configuration. Names that begin with "keep" are
 * never taken away, so that no removal is ever of all. */
json_t *draft_random(struct chance *);
json_t *draft_small(void); /* little, always the same: the beginning of scenarios that add to it */
json_t *draft_accounts(void); /* ids of those that a sample without an organization has; new */
json_t *
draft_before(const json_t *draft); /* what must be done before it: a sample's `before`; new */
json_t *draft_part(json_t *draft, const char *path,
		   bool make);      /* "iam.accounts.x.users"; or NULL */
json_t *draft_document(unsigned n); /* an IAM or service control policy that says something of n */
/* selftest_draft_iam.c: a trust policy for "root", "role/x" of the account; whom a role may trust;
 * a role of the account. New. */
json_t *trust_of(const char *account, const char *principal);
json_t *trust_random(struct chance *, const json_t *draft, const char *account);
json_t *role_random(struct chance *, const json_t *draft, const char *account);
bool name_is_kept(const char *name);
bool name_is_free(const char *name); /* the contrary */
bool account_is_member(const char *name);
unsigned path_levels(const char *path); /* of a unit */
/* selftest_change.c: what a commit may change. At most `n` changes. */
void draft_change(struct chance *, json_t *draft, unsigned n);

/* selftest_hand.c: what somebody does outside git: a list of
 * {"call": "organizations:TagResource", "input": {"ResourceId": "${unit/a}", ...}} or
 * {"wipe": ADDRESS} (with all that holds it). */
json_t *hands_random(struct chance *, const json_t *a, const json_t *b, unsigned n);
/* Texts ${ADDRESS} become ids. What AWS refuses is not done. Returns how many were. */
unsigned hands_do(struct twin *, const json_t *hands);

/* selftest_plain.c: the draft with baselines, teams and tasks written out; "_spend" of it says what
 * accounts have cost. New. */
json_t *draft_plain(const json_t *draft);
/* The text that a member of the object is; "": it is none. */
const char *member_text(const json_t *object, const char *member);
/* selftest_things.c. New. */
json_t *things_of_draft(const json_t *draft);
json_t *things_of_twin(const json_t *state);
json_t *account_ids(const json_t *state); /* {name: id}, of accounts that anybody looked at; new */
char *text_replaced(const char *text, const char *from, const char *to); /* the caller frees it */
/* The same of a document's text, whose lists stay sorted. */
char *document_replaced(const char *text, const char *from, const char *to);
/* -1 with the first differences. */
int things_compare(const json_t *expected, const json_t *found, struct error *);
char *document_text(const json_t *document); /* equal documents: equal texts; freed by the caller */

/* selftest_expect_identity.c: of "assignment/SET/ACCOUNT/group/NAME" the permission_set/SET, the
 * account/ACCOUNT and the identity_group/NAME; the caller frees them. */
char *assignment_set(const char *address), *assignment_account(const char *address),
    *assignment_principal(const char *address);

/* selftest_expect.c: what an apply of head must leave, by the three-way table: an oracle that
 * shares nothing with state/. `base` may be NULL. `refused`: the plan must be, since a first
 * declaration would take something away, or a unit goes that holds what nobody declares. A thing
 * that was there keeps its _id, but for units that move. */
struct expected {
	json_t *base, *head, *live; /* things, under the names of head */
	json_t *after;
	bool refused;
};
void things_expect(const json_t *base, const json_t *head, const json_t *live, struct expected *);
void expected_free(struct expected *);
#define auto_expected __attribute__((cleanup(expected_free))) struct expected

/* selftest_reason.c: what a plan says it changes, and why. */
json_t *changes_expect(const struct expected *); /* new */
json_t *changes_planned(const struct plan *);    /* new */
int changes_compare(const json_t *expected, const json_t *planned, struct error *);

/* selftest_stage.c */
struct tally {
	uint64_t seeds, samples, runs, requests, writes, faults, virtual_us;
};
struct stage {
	const json_t *sample;
	struct twin_clock clock;
	struct twin *twin;
	struct transport *transport;
	struct source *source;
	struct tally *tally;
	char commit[GIT_HEX]; /* the last one made */
	unsigned client_rate; /* percent; 0: no buckets */
	uint64_t runs;
	FILE *messages;                /* of every run, or NULL */
	struct digest *trace;          /* of what happened; NULL: not wanted */
	const struct options *options; /* of the runs, or NULL */
};
int stage_new(struct stage *, const json_t *sample, struct tally *, FILE *messages,
	      struct digest *trace, struct error *);
void stage_free(struct stage *);
#define auto_stage __attribute__((cleanup(stage_free))) struct stage
/* Commits a draft on top of what was committed before. */
int stage_commit(struct stage *, const json_t *draft, struct error *);
/* One run, "the next day": the transport lives again, and time has gone on. End with trial_end().
 */
enum exit_code stage_plan(struct stage *, struct trial *);
enum exit_code stage_apply(struct stage *, struct trial *);
/* The same, and what took effect was planned, once. -1: it was not. */
int stage_apply_checked(struct stage *, struct trial *, struct error *);
/* selftest_order.c: of what took effect in the last run. */
int order_check(const struct twin *, struct error *);
/* Applies until an apply ends well. The faults stay on; within SELF_TRIES runs, or -1. */
int stage_converge(struct stage *, struct error *);
/* Without faults: a plan is empty, an apply changes nothing. */
int stage_settled(struct stage *, struct error *);
/* Without faults no two changes of the organization were ever under way together, nor jobs of
 * Identity Center that AWS does not have together. */
int stage_one_writer(struct stage *, struct error *);
/* Commits the sample's `a` and applies it, after `before`; then `hands`. */
int stage_begin(struct stage *, struct error *);
json_t *stage_things(const struct stage *); /* new */
/* Applies the sample's `b` under its faults to what there is, and judges what comes of it. */
int stage_play(struct stage *, struct error *);
json_t *twin_random(struct chance *); /* a sample's `twin` */
/* Where a sample stands before b is applied, to come back to; only time does not. */
struct checkpoint {
	json_t *state;
	char commit[GIT_HEX];
	struct expected expected;
	uint64_t requests; /* of an apply of b that nothing disturbs */
	json_t *counts;    /* of the same, by operation: {"organizations:ListAccounts": 2} */
};
/* Applies b undisturbed, to see that it can be and how many requests that takes; not where the plan
 * must be refused. */
int checkpoint_take(struct stage *, struct checkpoint *, struct error *);
int checkpoint_restore(struct stage *, const struct checkpoint *, struct error *);
/* It is settled, and all is as expected. */
int checkpoint_reached(struct stage *, const struct checkpoint *, struct error *);
/* How many of these requests are of the named operation ("writes", "reads" and "*" too). */
uint64_t requests_named(const struct checkpoint *, const char *operation);
void checkpoint_free(struct checkpoint *);
#define auto_checkpoint __attribute__((cleanup(checkpoint_free))) struct checkpoint
/* What a run said at its end. */
int run_failed_as(const struct trial *, const char *what, struct error *);

/* Scenarios. `make` gives a sample from chance (its scenario and seed are put in afterwards); `run`
 * plays it, -1 with what did not hold: "WHAT: details", where the same WHAT is the same failure. */
struct scenario {
	const char *name, *help;
	json_t *(*make)(struct chance *);
	int (*run)(const json_t *sample, struct tally *, FILE *messages, struct digest *trace,
		   struct error *);
	/* Samples that are always the same, the seed saying which; only when asked for by name. */
	json_t *(*sample)(uint64_t seed);
	unsigned samples;
};
extern const struct scenario scenarios[];
extern const size_t scenarios_n;
const struct scenario *scenario_find(const char *name);
/* One sample for this seed. New. */
json_t *scenario_sample(const struct scenario *, uint64_t seed);

#define EVERY_CALL_SAMPLES 10
json_t *every_call_sample(uint64_t seed);
json_t *converge_make(struct chance *), *table_make(struct chance *), *guards_make(struct chance *),
    *faults_make(struct chance *), *partial_make(struct chance *),
    *determinism_make(struct chance *), *drift_make(struct chance *), *retry_make(struct chance *),
    *meddle_make(struct chance *), *import_make(struct chance *);
typedef int scenario_run(const json_t *sample, struct tally *, FILE *messages, struct digest *trace,
			 struct error *);
scenario_run converge_run, table_run, guards_run, faults_run, partial_run, determinism_run,
    drift_run, retry_run, meddle_run, import_run;

/* selftest_shrink.c: the smallest sample found that fails in the same way. New. */
json_t *sample_shrink(const struct scenario *, const json_t *sample, const char *what);
/* Runs a sample in a process of its own, so that a crash or an endless run is an answer too. -1
 * with what failed. */
int sample_try(const struct scenario *, const json_t *sample, struct error *);

/* selftest_workers.c */
struct selftest {
	const struct scenario *only; /* NULL: all */
	uint64_t first, seeds, workers;
	int verbose;
	const struct env *env;
	struct tally tally;
	unsigned failed;
};
/* All seeds, in as many processes. -1: they could not be started. */
int selftest_run(struct selftest *, struct error *);
/* One seed of one scenario: its trace's digest; -1 with what failed. */
int selftest_one(const struct scenario *, uint64_t seed, struct tally *, FILE *messages,
		 char digest[SHA256_HEX], struct error *);

#endif
