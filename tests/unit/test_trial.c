/* Whole runs against a twin in this process: plan, apply, and what is left after a process died. */
#include "tests/unit/twin_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIRST                                                                                      \
	SETTINGS "units:\n"                                                                        \
		 "  A: {policies: [deny]}\n"                                                       \
		 "  A/B: {tags: {team: x}}\n"                                                      \
		 "accounts:\n"                                                                     \
		 "  one: {email: one@example.com, unit: A/B}\n"                                    \
		 "policies:\n"                                                                     \
		 "  deny:\n"                                                                       \
		 "    description: nobody leaves\n"                                                \
		 "    document:\n"                                                                 \
		 "      Version: \"2012-10-17\"\n"                                                 \
		 "      Statement: {Effect: Deny, Action: "                                        \
		 "\"organizations:LeaveOrganization\", Resource: \"*\"}\n"
#define SECOND                                                                                     \
	SETTINGS "units:\n"                                                                        \
		 "  A: {}\n"                                                                       \
		 "  C: {policies: [deny]}\n"                                                       \
		 "accounts:\n"                                                                     \
		 "  one: {email: one@example.com, unit: C, tags: {team: y}}\n"                     \
		 "policies:\n"                                                                     \
		 "  deny:\n"                                                                       \
		 "    description: nobody leaves\n"                                                \
		 "    document:\n"                                                                 \
		 "      Version: \"2012-10-17\"\n"                                                 \
		 "      Statement: {Effect: Deny, Action: "                                        \
		 "\"organizations:LeaveOrganization\", Resource: \"*\"}\n"

static const char *const both[] = {FIRST, SECOND, NULL};

/* Nothing is left to do, and looking changes nothing. */
static void expect_empty(struct twin_place *p, int commit)
{
	uint64_t version = twin_version(p->twin);
	struct trial t;

	p->trial.ref = p->commit[commit];
	trial_plan(&t, &p->clock, p->transport, &p->trial);
	expect_code(&t, EXIT_DONE);
	assert_true(t.planned);
	assert_false(t.executed);
	assert_false(t.run.plan.has_changes);
	assert_int_equal(t.run.plan.calls, 0);
	assert_true(twin_version(p->twin) == version);
	trial_end(&t);
}

static void test_apply_and_plan(void **state)
{
	struct twin_place p;
	struct trial t;
	uint64_t writes;

	(void)state;
	place_init(&p, both, NULL);
	trial_plan(&t, &p.clock, p.transport, &p.trial);
	expect_code(&t, EXIT_DONE);
	assert_true(t.run.plan.calls > 8);
	assert_int_equal(twin_stats(p.twin)->writes, 0);
	trial_end(&t);
	trial_apply(&t, &p.clock, p.transport, &p.trial, NULL);
	expect_code(&t, EXIT_DONE);
	assert_int_equal(t.execution.done, t.run.plan.calls);
	/* A job of 20 s was waited for, in no time. */
	assert_true(t.end_us - t.planned_us > 20000000);
	assert_true(t.planned_us > t.begin_us);
	trial_end(&t);
	place_wait(&p);
	expect_empty(&p, 0);
	writes = twin_stats(p.twin)->writes;
	place_apply(&p, 0, EXIT_DONE);
	assert_int_equal(twin_stats(p.twin)->writes, writes);
	assert_int_equal(twin_stats(p.twin)->throttled, 0);
	assert_int_equal(twin_stats(p.twin)->writers_max, 1);
	place_free(&p);
}

static void test_refusals(void **state)
{
	struct twin_place p;
	struct trial t;
	uint64_t writes;

	(void)state;
	place_init(&p, both, NULL);
	place_apply(&p, 0, EXIT_DONE);
	place_apply(&p, 1, EXIT_DONE);
	expect_empty(&p, 1);
	writes = twin_stats(p.twin)->writes;
	/* An old job that runs again undoes nothing. */
	place_apply(&p, 0, EXIT_STALE);
	p.trial.ref = p.commit[1];
	trial_apply(&t, &p.clock, p.transport, &p.trial, "not this plan");
	expect_code(&t, EXIT_STALE);
	assert_false(t.executed);
	assert_non_null(strstr(t.error.message, "not the expected"));
	trial_end(&t);
	p.trial.ref = "0000000000000000000000000000000000000000";
	trial_apply(&t, &p.clock, p.transport, &p.trial, NULL);
	expect_code(&t, EXIT_FAILED);
	assert_false(t.planned);
	trial_end(&t);
	assert_int_equal(twin_stats(p.twin)->writes, writes);
	place_free(&p);
}

/* What there is, without the ids. */
static void count_rows(const struct twin_place *p, size_t n[3])
{
	static const char *const tables[] = {"units", "accounts", "policies"};

	for (int i = 0; i < 3; i++)
		n[i] = json_object_size(json_object_get(twin_state(p->twin), tables[i]));
}

static uint64_t writes_of(int commit)
{
	struct twin_place p;
	uint64_t n;

	place_init(&p, both, NULL);
	place_apply(&p, 0, EXIT_DONE);
	n = twin_stats(p.twin)->writes;
	if (commit) {
		place_apply(&p, 1, EXIT_DONE);
		n = twin_stats(p.twin)->writes - n;
	}
	place_free(&p);
	return n;
}

static void died_at(const char *how, unsigned write, int commit, const size_t rows[3])
{
	char spec[64];
	struct twin_place p;
	struct trial t;
	auto_error err = {0};
	size_t n[3];

	snprintf(spec, sizeof spec, "%s@writes#%u", how, write);
	place_init(&p, both, commit ? NULL : spec);
	if (commit) {
		place_apply(&p, 0, EXIT_DONE);
		assert_int_equal(twin_faults_set(p.twin, spec, &err), 0);
	}
	p.trial.ref = p.commit[commit];
	trial_apply(&t, &p.clock, p.transport, &p.trial, NULL);
	assert_true(t.code != EXIT_DONE);
	assert_true(twin_transport_dead(p.transport));
	trial_end(&t);
	twin_transport_revive(p.transport);
	place_wait(&p);
	place_apply(&p, commit, EXIT_DONE);
	expect_empty(&p, commit);
	count_rows(&p, n);
	if (memcmp(n, rows, sizeof n) != 0)
		fail_msg("%s: %zu units, %zu accounts, %zu policies", spec, n[0], n[1], n[2]);
	place_free(&p);
}

/* The process dies before and after each write; the next one ends what it began. */
static void test_killed(void **state)
{
	(void)state;
	for (int commit = 0; commit < 2; commit++) {
		uint64_t writes = writes_of(commit);
		struct twin_place p;
		size_t rows[3];

		place_init(&p, both, NULL);
		place_apply(&p, 0, EXIT_DONE);
		if (commit)
			place_apply(&p, 1, EXIT_DONE);
		count_rows(&p, rows);
		place_free(&p);
		for (unsigned i = 1; i <= writes; i++) {
			died_at("kill_before", i, commit, rows);
			died_at("kill_after", i, commit, rows);
		}
	}
}

static char *trace_of(int64_t *took)
{
	struct twin_place p;
	json_t *log;
	char *text;

	place_init(&p, both, "throttle%10, reset_after@writes%10");
	p.trial.seed = 11;
	for (int i = 0; i < 6; i++) {
		struct trial t;

		p.trial.ref = p.commit[0];
		trial_apply(&t, &p.clock, p.transport, &p.trial, NULL);
		trial_end(&t);
	}
	log = twin_log(p.twin);
	text = json_dumps(log, JSON_INDENT(1));
	json_decref(log);
	*took = p.clock.us - PLACE_BEGIN_US;
	place_free(&p);
	return text;
}

static void test_same_seed_same_trace(void **state)
{
	int64_t took[2];
	auto_free char *a = trace_of(&took[0]), *b = trace_of(&took[1]);

	(void)state;
	assert_string_equal(a, b);
	assert_int_equal(took[0], took[1]);
}

static void test_messages(void **state)
{
	struct twin_place p;
	struct trial t;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	place_init(&p, both, "deny@CreatePolicy");
	p.trial.messages = f;
	p.trial.options = &(struct options){.verbose = 2};
	trial_apply(&t, &p.clock, p.transport, &p.trial, NULL);
	expect_code(&t, EXIT_PARTLY);
	assert_true(t.execution.failed > 0);
	trial_end(&t);
	fclose(f);
	assert_non_null(strstr(text, "CreatePolicy"));
	assert_null(strstr(text, TWIN_SECRET));
	free(text);
	place_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_apply_and_plan), cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_killed),         cmocka_unit_test(test_same_seed_same_trace),
	    cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
