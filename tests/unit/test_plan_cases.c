/* Every tests/plan/NAME.case: base, head and live to a plan. With CHARTER_UPDATE_CASES set, the
 * expected plans are written anew, to be read in the diff. */
#include "tests/unit/plan_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
		case_update(&c, "plan", file, buf_str(&out));
	else if (!wanted || strcmp(wanted, buf_str(&out)) != 0)
		fail_msg("%s: expected\n%s--- but the plan is\n%s", file, wanted ? wanted : "",
			 buf_str(&out));
	free(c.section.at);
	arena_free(c.arena);
}

int main(void)
{
	return cases_run("plan cases", "tests/plan/*.case", run_file);
}
