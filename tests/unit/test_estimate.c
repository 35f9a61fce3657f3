/* About how long an apply takes, as a plan says it. */
#include "reconciler/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MOST 2000

static struct plan_input input = {.rate_percent = 70};

static uint32_t estimate(enum op_id op, size_t calls, size_t accounts)
{
	struct arena *arena = arena_new();
	struct call *call = arena_array(arena, MOST, sizeof *call);
	struct plan plan = {.in = &input, .call = call, .calls = calls};
	uint32_t seconds;

	for (size_t i = 0; i < calls; i++)
		call[i] = (struct call){
		    .op = &ops[op],
		    .input = text_printf(arena, "{\"TargetId\":\"%012zu\",\"TargetType\":\"A\"}",
					 i % accounts)};
	seconds = plan_estimate(&plan);
	arena_free(arena);
	return seconds;
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(estimate(OP_IAM_CreateRole, 0, 1), 0);
}

/* Replies, one after another, and the rate beyond its burst. */
static void test_plain_calls(void **state)
{
	(void)state;
	assert_int_equal(estimate(OP_IAM_CreateRole, 9, 1), 3);
	assert_int_equal(estimate(OP_IAM_CreateRole, 340, 1), (340 - 40) / 14 + 114);
}

/* 15 at a time, 4 s each. */
static void test_assignments_by_their_lane(void **state)
{
	(void)state;
	assert_int_equal(estimate(OP_SSO_ADMIN_CreateAccountAssignment, 1, 1), 4);
	assert_int_equal(estimate(OP_SSO_ADMIN_CreateAccountAssignment, 1500, 300), 400);
}

/* One change of an account's roles at a time. */
static void test_assignments_by_their_account(void **state)
{
	(void)state;
	assert_int_equal(estimate(OP_SSO_ADMIN_CreateAccountAssignment, 50, 1), 200);
	assert_int_equal(estimate(OP_SSO_ADMIN_DeleteAccountAssignment, 50, 2), 100);
}

/* Three at once at first, then one each 14 s. */
static void test_accounts(void **state)
{
	(void)state;
	assert_int_equal(estimate(OP_ORGANIZATIONS_CreateAccount, 1, 1), 20);
	assert_int_equal(estimate(OP_ORGANIZATIONS_CreateAccount, 10, 1), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_plain_calls),
	    cmocka_unit_test(test_assignments_by_their_lane),
	    cmocka_unit_test(test_assignments_by_their_account),
	    cmocka_unit_test(test_accounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
