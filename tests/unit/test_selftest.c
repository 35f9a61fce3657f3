/* The self-test's own promises: one seed has one trace; what is made small still fails in the same
 * way; the samples that are kept pass. */
#include "reconciler/selftest.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* libgit2 1.5 leaks what its regular expressions match with. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:git_config_foreach_match\nleak:libpcre2\n";
}

static void trace_of(const struct scenario *scenario, uint64_t seed, char digest[SHA256_HEX])
{
	auto_error err = {0};
	struct tally tally = {0};

	if (selftest_one(scenario, seed, &tally, NULL, digest, &err) != 0)
		fail_msg("%s, seed %llu: %s", scenario->name, (unsigned long long)seed,
			 err.message);
	assert_true(tally.runs > 0);
}

static void test_one_trace(void **state)
{
	char first[SHA256_HEX], second[SHA256_HEX], other[SHA256_HEX];

	(void)state;
	for (size_t i = 0; i < scenarios_n; i++) {
		if (scenarios[i].samples)
			continue;
		trace_of(&scenarios[i], 11, first);
		trace_of(&scenarios[i], 11, second);
		assert_string_equal(first, second);
	}
	trace_of(scenario_find("converge"), 11, first);
	trace_of(scenario_find("converge"), 12, other);
	assert_string_not_equal(first, other);
}

/* Fails as long as a certain tag is declared in b, whatever else there is. */
static int picky_run(const json_t *sample, struct tally *tally, FILE *messages,
		     struct digest *trace, struct error *err)
{
	json_t *tags = draft_part((json_t *)sample, "b.units.keep.tags", false);

	(void)tally;
	(void)messages;
	(void)trace;
	if (!json_object_get(sample, "b"))
		return error_set(err, "another: no configuration");
	return json_object_get(tags, "keep") ? error_set(err, "picky: it is there") : 0;
}

static void test_shrink(void **state)
{
	const struct scenario picky = {.name = "converge", .make = converge_make, .run = picky_run};
	json_auto_t *sample = scenario_sample(&picky, 5), *small = NULL;
	json_auto_t *rest = json_pack("{s:{s:{s:{s:s}}}}", "units", "keep", "tags", "keep", "1");

	(void)state;
	small = sample_shrink(&picky, sample, "picky: it was there");
	assert_true(json_equal(json_object_get(small, "b"), rest));
	assert_int_equal(json_object_size(json_object_get(small, "a")), 0);
	assert_int_equal(json_array_size(json_object_get(small, "hands")), 0);
	assert_string_equal(json_string_value(json_object_get(small, "faults")), "");
}

static _Noreturn int crash_run(const json_t *sample, struct tally *tally, FILE *messages,
			       struct digest *trace, struct error *err)
{
	(void)sample;
	(void)tally;
	(void)messages;
	(void)trace;
	(void)err;
	_Exit(7);
}

static void test_crash(void **state)
{
	const struct scenario crash = {.name = "crash", .make = converge_make, .run = crash_run};
	json_auto_t *sample = scenario_sample(&crash, 1);
	auto_error err = {0};

	(void)state;
	assert_int_equal(sample_try(&crash, sample, &err), -1);
	assert_true(str_starts(err.message, "crash: "));
}

static void test_kept(void **state)
{
	glob_t files = {0};

	(void)state;
	assert_int_equal(glob("tests/twin/*.case", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		json_auto_t *sample = json_load_file(files.gl_pathv[i], 0, NULL);
		const struct scenario *scenario =
		    scenario_find(json_string_value(json_object_get(sample, "scenario")));
		auto_error err = {0};
		struct tally tally = {0};

		assert_non_null(scenario);
		if (scenario->run(sample, &tally, NULL, NULL, &err) != 0)
			fail_msg("%s: %s", files.gl_pathv[i], err.message);
	}
	globfree(&files);
}

/* A few seeds of all that can go wrong; `charter selftest --seeds 10000` plays many. */
static void test_seeds(void **state)
{
	char digest[SHA256_HEX];

	(void)state;
	for (size_t i = 0; i < scenarios_n; i++)
		for (uint64_t seed = 1; !scenarios[i].samples && seed <= 5; seed++)
			trace_of(&scenarios[i], seed, digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_trace), cmocka_unit_test(test_shrink),
	    cmocka_unit_test(test_crash),     cmocka_unit_test(test_kept),
	    cmocka_unit_test(test_seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
