/* What a plan shows beyond its id is approved with the values it was shown with, and nothing else.
 */
#include "reconciler/approval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct approval *approve(struct arena *arena, struct doc_change *change, size_t n)
{
	struct plan_doc doc = {.change = change, .changes = n};
	struct approval *a = approval_new();
	struct sticky_shown *shown;

	n = approval_list(arena, &doc, &shown);
	approval_add(a, shown, n);
	return a;
}

static void test_actions(void **state)
{
	struct doc_change change[] = {
	    {.action = "create", .address = "iam_group/a/gone", .reason = "drift"},
	    {.action = "delete", .address = "iam_role/a/left", .id = "r-1", .reason = "leftover"},
	    {.action = "create", .address = "unit/new", .reason = "config"}};
	struct arena *arena = arena_new();
	struct approval *a = approve(arena, change, COUNT(change));

	(void)state;
	assert_true(approval_action(a, "iam_group/a/gone", "create", NULL));
	assert_true(approval_action(a, "iam_role/a/left", "delete", "r-1"));
	/* Another thing of that name, another action, and what came later. */
	assert_false(approval_action(a, "iam_role/a/left", "delete", "r-2"));
	assert_false(approval_action(a, "iam_role/a/left", "delete", NULL));
	assert_false(approval_action(a, "iam_role/a/left", "create", NULL));
	assert_false(approval_action(a, "iam_group/a/gone", "delete", "g-1"));
	assert_false(approval_action(a, "iam_group/a/later", "create", NULL));
	/* The plan id names it: nothing is listed. */
	assert_false(approval_action(a, "unit/new", "create", NULL));
	approval_free(a);
	arena_free(arena);
}

static void test_values(void **state)
{
	struct arena *arena = arena_new();
	struct value was = value_str(arena, "somebody"), is = value_str(arena, "another");
	struct doc_element element = {.key = "team", .live = was, .reason = "conflict"};
	struct doc_attribute attribute[] = {
	    {.name = "tags", .is_set = true, .is_map = true, .changed = &element, .changed_n = 1},
	    {.name = "name", .live = was, .reason = "adopt"},
	    {.name = "unit", .live = was, .reason = "config"}};
	struct doc_change change = {.action = "update",
				    .address = "account/dev",
				    .reason = "config",
				    .attribute = attribute,
				    .attributes = COUNT(attribute)};
	struct approval *a = approve(arena, &change, 1);
	char hex[SHA256_HEX], other[SHA256_HEX];

	(void)state;
	approval_digest(was, hex);
	approval_digest(is, other);
	assert_string_not_equal(hex, other);
	assert_string_equal(approval_live(a, "account/dev", "tags", "team"), hex);
	assert_string_equal(approval_live(a, "account/dev", "name", NULL), hex);
	assert_null(approval_live(a, "account/dev", "unit", NULL));
	assert_null(approval_live(a, "account/dev", "tags", "owner"));
	assert_null(approval_live(a, "account/prod", "tags", "team"));
	/* None is another value than an empty one. */
	approval_digest((struct value){.state = VALUE_NONE}, hex);
	approval_digest(value_str(arena, ""), other);
	assert_string_not_equal(hex, other);
	approval_free(a);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_actions),
					   cmocka_unit_test(test_values)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
