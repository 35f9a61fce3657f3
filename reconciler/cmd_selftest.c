/* selftest: seeded reconciliations against the twin. */
#include "reconciler/command.h"
#include "reconciler/selftest.h"

#include "base/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static int list_print(const struct env *env)
{
	for (size_t i = 0; i < scenarios_n; i++)
		fprintf(env->out, "%-12s %s\n", scenarios[i].name, scenarios[i].help);
	return EXIT_DONE;
}

static int scenario_unknown(const char *name, struct error *err)
{
	const char *names[32];
	const char *near;
	size_t n = 0;

	for (; n < scenarios_n && n < sizeof names / sizeof *names; n++)
		names[n] = scenarios[n].name;
	near = text_nearest(name, names, n);
	return error_set(err,
			 "--scenario %s: there is none of this name%s%s%s; `--scenario list` "
			 "names them",
			 name, near ? " (perhaps " : "", near ? near : "", near ? ")" : "");
}

static void number_print(FILE *out, uint64_t n, const char *noun)
{
	fprintf(out, "%" PRIu64 " %s%s, ", n, noun, n == 1 ? "" : "s");
}

/* What was interrupted has not passed, whatever it came to. */
static void summary_print(const struct selftest *test, int64_t us)
{
	const struct tally *t = &test->tally;
	FILE *out = test->env->out;

	if (signal_pending()) {
		fprintf(out, "interrupted after %" PRIu64 " of %" PRIu64 " seed%s, ", t->seeds,
			test->seeds, test->seeds == 1 ? "" : "s");
	} else if (test->verbose >= 0 || test->failed) {
		number_print(out, t->seeds, "seed");
		number_print(out, t->samples, "sample");
		number_print(out, t->runs, "run");
		number_print(out, t->requests, "request");
		number_print(out, t->writes, "change");
		fprintf(out,
			"%" PRIu64 " fault%s hit, %" PRIu64 " h of virtual time in %" PRId64
			".%" PRId64 " s: ",
			t->faults, t->faults == 1 ? "" : "s", t->virtual_us / UINT64_C(3600000000),
			us / 1000000, us / 100000 % 10);
	} else {
		return;
	}
	if (test->failed)
		fprintf(out, "%u failed\n", test->failed);
	else
		fputs(signal_pending() ? "none failed\n" : "all passed\n", out);
}

/* --scenario FILE.case: a sample that was kept; its scenario is in it. */
static int kept_play(const struct env *env, const char *file, int verbose, struct error *err)
{
	json_error_t where;
	json_auto_t *sample = json_load_file(file, 0, &where);
	const char *name = json_string_value(json_object_get(sample, "scenario"));
	const struct scenario *scenario = name ? scenario_find(name) : NULL;
	struct digest *trace;
	struct tally tally = {0};
	char digest[SHA256_HEX];
	int result;

	/* Jansson has no line for a file that it cannot open, and names the file itself. */
	if (!sample && where.line < 1)
		return error_set(err, "--scenario %s: %s", file,
				 access(file, R_OK) < 0 ? strerror(errno) : where.text);
	if (!sample)
		return error_set(err, "%s:%d: %s", file, where.line, where.text);
	if (!scenario)
		return error_set(err, "%s: names no scenario", file);
	trace = digest_new();
	result = scenario->run(sample, &tally, verbose >= 2 ? env->err : NULL, trace, err);
	digest_hex(trace, digest);
	if (result == 0 && verbose >= 0)
		fprintf(env->out, "%s: passed\n", file);
	return result == 0 ? EXIT_DONE : error_prefix(err, "%s", file);
}

/* One sample, with all that its runs say. */
static int one_show(struct selftest *test, struct error *err)
{
	auto_error failure = {0};
	char digest[SHA256_HEX];

	if (selftest_one(test->only, test->first, &test->tally, test->env->err, digest, &failure) !=
	    0) {
		fprintf(test->env->err, "seed %" PRIu64 ", %s: %s\n", test->first, test->only->name,
			failure.message);
		test->failed++;
	}
	fprintf(test->env->out, "seed %" PRIu64 " %s trace %s\n", test->first, test->only->name,
		digest);
	test->tally.seeds = 1;
	(void)err;
	return 0;
}

int command_selftest(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	const struct env *env = run->env;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t begin = env->clock->mono_us(env->clock);
	struct selftest test = {.first = o->seed,
				.seeds = o->seeds,
				.workers = o->workers != OPTION_UNSET ? o->workers
					   : processors > 0           ? (uint64_t)processors
								      : 1,
				.verbose = o->verbose,
				.env = env};
	int result;

	if (o->scenario && strcmp(o->scenario, "list") == 0)
		return list_print(env);
	if (o->scenario && str_ends(o->scenario, ".case"))
		return kept_play(env, o->scenario, o->verbose, err);
	if (o->scenario && !(test.only = scenario_find(o->scenario)))
		return scenario_unknown(o->scenario, err);
	if (test.only && test.only->samples && test.first == 1 && test.seeds > test.only->samples)
		test.seeds = test.only->samples;
	if (!test.seeds)
		return error_set(err, "--seeds must be at least 1");
	if (!test.workers)
		return error_set(err, "--workers must be at least 1");
	result = test.only && test.seeds == 1 && o->verbose >= 2 ? one_show(&test, err)
								 : selftest_run(&test, err);
	if (result != 0)
		return -1;
	summary_print(&test, env->clock->mono_us(env->clock) - begin);
	if (signal_pending())
		return EXIT_INTERRUPTED;
	return test.failed ? EXIT_FAILED : EXIT_DONE;
}
