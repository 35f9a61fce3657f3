/* What a small reading says of a call that writes a whole object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "reconciler/verdict.h"

#include <stdlib.h>

#define ROLE "iam_role/main/r"

static enum verdict judged(struct arena *arena, const char *duration, const char *description)
{
	struct side *side = side_new(arena);
	struct resource *role = side_resource(side, KIND_IAM_ROLE, text_str(arena, ROLE), NULL);
	struct fact fact[2] = {{.address = text_str(arena, ROLE),
				.kind = KIND_IAM_ROLE,
				.attr = ROLE_DURATION,
				.before = value_str(arena, "3600"),
				.after = value_str(arena, "7200")},
			       {.address = text_str(arena, ROLE),
				.kind = KIND_IAM_ROLE,
				.attr = ROLE_DESCRIPTION,
				.before = value_str(arena, "kept"),
				.after = value_str(arena, "kept")}};
	struct call call = {.op = &ops[OP_IAM_UpdateRole], .fact = fact, .facts = 2};
	const struct text *id[2] = {NULL, NULL};
	struct question q = {
	    .call = &call, .fact = fact, .side = side, .scope = "iam", .fact_id = id};
	const struct resource *found;
	enum verdict verdict;

	side_scope(side, 0, "iam");
	for (size_t i = 0; i < side->scopes.n; i++)
		side->scopes.at[i].state = SCOPE_WHOLE;
	role->v[ROLE_DURATION] = value_str(arena, duration);
	role->v[ROLE_DESCRIPTION] = value_str(arena, description);
	side_finish(side, NULL);
	verdict = verdict_of(&q, &found);
	side_free(side);
	return verdict;
}

/* The field that goes along unchanged must still be what the plan saw: it would be written over. */
static void test_what_goes_along(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_int_equal(judged(arena, "3600", "kept"), VERDICT_BEFORE);
	assert_int_equal(judged(arena, "7200", "kept"), VERDICT_AFTER);
	assert_int_equal(judged(arena, "3600", "somebody's"), VERDICT_NEITHER);
	assert_int_equal(judged(arena, "900", "kept"), VERDICT_NEITHER);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_goes_along)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
