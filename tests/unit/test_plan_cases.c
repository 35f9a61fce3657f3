/* Every tests/plan/NAME.case: base, head and live to a plan. With CHARTER_UPDATE_CASES set, the
 * expected plans are written anew, to be read in the diff. */
#include "tests/unit/plan_case.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void case_update(const struct plan_case *c, const char *file, const char *plan)
{
	FILE *f = fopen(file, "we");

	assert_non_null(f);
	for (size_t i = 0; i < c->section.n; i++)
		if (strcmp(c->section.at[i].name, "plan") != 0)
			fprintf(f, "== %s\n%s", c->section.at[i].name, c->section.at[i].text);
	fprintf(f, "== plan\n%s", plan);
	fclose(f);
}

static void run_file(void **state)
{
	const char *file = *state;
	struct plan_case c = {.arena = arena_new()};
	auto_buf out = BUF_INIT(1 << 20);
	const char *wanted;

	case_read(&c, file);
	case_run(&c, &out);
	wanted = case_section_text(&c, "plan");
	if (getenv("CHARTER_UPDATE_CASES"))
		case_update(&c, file, buf_str(&out));
	else if (!wanted || strcmp(wanted, buf_str(&out)) != 0)
		fail_msg("%s: expected\n%s--- but the plan is\n%s", file, wanted ? wanted : "",
			 buf_str(&out));
	free(c.section.at);
	arena_free(c.arena);
}

int main(void)
{
	glob_t g;
	struct CMUnitTest *test;
	int failed;

	if (glob("tests/plan/*.case", 0, NULL, &g) != 0 || g.gl_pathc == 0) {
		fprintf(stderr, "no tests/plan/*.case: run this from the project's root\n");
		return 1;
	}
	test = calloc(g.gl_pathc, sizeof *test);
	if (!test)
		return 1;
	for (size_t i = 0; i < g.gl_pathc; i++)
		test[i] = (struct CMUnitTest){
		    .name = g.gl_pathv[i], .test_func = run_file, .initial_state = g.gl_pathv[i]};
	failed = _cmocka_run_group_tests("plan cases", test, g.gl_pathc, NULL, NULL);
	free(test);
	globfree(&g);
	return failed;
}
