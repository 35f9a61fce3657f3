/* The repository in memory: what is committed is read like any other commit. */
#include "git/source_priv.h"

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

static struct source_file file(const char *path, const char *data)
{
	return (struct source_file){path, data, strlen(data)};
}

static void commit(struct source *s, const char *text, const char *parent, char id[GIT_HEX])
{
	struct source_file files[] = {file("policies/a.json", "{}"), file("charter.yaml", text),
				      file("units.yaml", "units: {}\n")};
	auto_error err = {0};

	if (source_commit(s, files, 3, parent, 1700000000, id, &err) != 0)
		fail_msg("%s", err.message);
}

static void test_read(void **state)
{
	struct source *s = NULL;
	struct tree *tree = NULL;
	auto_error err = {0};
	char id[GIT_HEX], again[GIT_HEX];

	(void)state;
	assert_int_equal(source_memory(&s, &err), 0);
	assert_true(source_has_git(s));
	assert_false(source_has_worktree(s));
	assert_false(source_is_remote(s));
	assert_string_equal(source_path(s), "");
	commit(s, "charter: 1\n", "", id);
	commit(s, "charter: 1\n", "", again);
	assert_string_equal(id, again);
	assert_int_equal(source_read(s, id, &tree, &err), 0);
	assert_int_equal(tree->files, 3);
	assert_string_equal(tree->file[0].path, "charter.yaml");
	assert_string_equal(tree->file[0].data, "charter: 1\n");
	assert_string_equal(tree->file[1].path, "policies/a.json");
	assert_string_equal(tree->commit, id);
	assert_int_equal(strlen(tree->tree), 40);
	assert_int_equal(strlen(tree->config), 64);
	assert_false(tree->dirty);
	tree_free(tree);
	source_close(s);
}

static void test_history(void **state)
{
	struct source *s = NULL;
	struct tree *tree = NULL;
	auto_error err = {0};
	char a[GIT_HEX], b[GIT_HEX], c[GIT_HEX], found[GIT_HEX];

	(void)state;
	assert_int_equal(source_memory(&s, &err), 0);
	commit(s, "a\n", "", a);
	commit(s, "b\n", a, b);
	commit(s, "c\n", b, c);
	assert_int_equal(source_descends(s, c, a, &err), 1);
	assert_int_equal(source_descends(s, a, c, &err), 0);
	assert_true(source_has_commit(s, b));
	assert_int_equal(source_resolve(s, b, found, &err), 0);
	assert_string_equal(found, b);
	assert_int_equal(source_read(s, a, &tree, &err), 0);
	assert_int_equal(source_find_tree(s, c, tree->tree, found, &err), 1);
	assert_string_equal(found, a);
	tree_free(tree);
	assert_int_equal(source_read_merge(s, b, c, &tree, &err), 0);
	assert_string_equal(tree->commit, c);
	tree_free(tree);
	source_close(s);
}

static void test_unknown(void **state)
{
	static const char none[] = "0123456789012345678901234567890123456789";
	struct source_file bad = file("../x", "");
	struct source *s = NULL;
	struct tree *tree = NULL;
	auto_error err = {0};
	char id[GIT_HEX];

	(void)state;
	assert_int_equal(source_memory(&s, &err), 0);
	assert_false(source_has_commit(s, none));
	assert_int_equal(source_read(s, none, &tree, &err), -1);
	assert_int_equal(source_read(s, "main", &tree, &err), -1);
	assert_int_equal(source_read(s, NULL, &tree, &err), -1);
	assert_int_equal(source_fetch_commit(s, none, &err), -1);
	assert_int_equal(source_commit(s, &bad, 1, "", 0, id, &err), -1);
	assert_int_equal(source_commit(s, &bad, 0, none, 0, id, &err), -1);
	assert_non_null(strstr(err.message, "parent"));
	source_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_history),
	    cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
