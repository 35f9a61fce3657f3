/* CODEOWNERS: which line is whose. */
#include "git/owners.h"

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

/* One line and one path; owner NULL: @o owns it. "-": nobody does. */
static const struct {
	const char *pattern, *path, *want;
} patterns[] = {
    /* GitHub's own examples. */
    {"*", "a", NULL},
    {"*", "a/b/c.yaml", NULL},
    {"*.yaml", "a.yaml", NULL},
    {"*.yaml", "a/b.yaml", NULL},
    {"*.yaml", "a/b.yml", "-"},
    {"/build/logs/", "build/logs/a/b", NULL},
    {"/build/logs/", "x/build/logs/a", "-"},
    {"/build/logs/", "build/logs", "-"},
    {"docs/*", "docs/a.md", NULL},
    {"docs/*", "docs/sub/a.md", "-"},
    {"docs/*", "x/docs/a.md", "-"},
    {"apps/", "apps/a", NULL},
    {"apps/", "x/apps/y/a", NULL},
    {"apps/", "apps", "-"},
    {"/docs/", "docs/a/b", NULL},
    {"/scripts/", "scripts/x", NULL},
    {"**/logs", "build/logs/a", NULL},
    {"**/logs", "logs/a", NULL},
    {"**/logs", "a/b/logs", NULL},
    {"**/logs", "a/blogs", "-"},
    /* A name is a file, or a directory with what is in it. */
    {"units.yaml", "units.yaml", NULL},
    {"units.yaml", "aws/units.yaml", NULL},
    {"units.yaml", "units.yaml/x", NULL},
    {"units.yaml", "my-units.yaml", "-"},
    {"/units.yaml", "units.yaml", NULL},
    {"/units.yaml", "aws/units.yaml", "-"},
    {"aws", "aws/units.yaml", NULL},
    {"aws/org", "aws/org/units.yaml", NULL},
    {"aws/org", "x/aws/org/units.yaml", "-"},
    {"aws/org/", "aws/org/units.yaml", NULL},
    {"aws/org/", "aws/org", "-"},
    /* Stars and marks. */
    {"/*", "a", NULL},
    {"/*", "a/b", "-"},
    {"a*z", "az", NULL},
    {"a*z", "abz", NULL},
    {"a*z", "a/z", "-"},
    {"a*z/x", "abcz/x", NULL},
    {"a*b*c", "aXbXbXc", NULL},
    {"a*b*c", "aXbX", "-"},
    {"a?c", "abc", NULL},
    {"a?c",
     "a\xc3\xa9"
     "c",
     NULL},
    {"a?c", "ac", "-"},
    {"a?c", "a/c", "-"},
    {"/a/**", "a/b", NULL},
    {"/a/**", "a/b/c", NULL},
    {"/a/**", "a", "-"},
    {"/a/**/z", "a/z", NULL},
    {"/a/**/z", "a/b/c/z", NULL},
    {"/a/**/z", "a/b/zz", "-"},
    {"/a/**/m/**/z", "a/1/m/2/m/3/z", NULL},
    {"/a/**/m/**/z", "a/1/2/3/z", "-"},
    {"/a/**/*.yaml", "a/b/c.yaml", NULL},
    {"**", "a/b", NULL},
    {"/**/**/**/**/**/**/x", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/y", "-"},
    /* Escapes, comments, what is no owner, and what GitHub does not know. */
    {"a\\ b.yaml", "a b.yaml", NULL},
    {"\\*.yaml", "*.yaml", NULL},
    {"\\*.yaml", "a.yaml", "-"},
    {"\\#a", "#a", NULL},
    {"a#b", "a#b", NULL},
    {"#a", "#a", "-"},
    {"!a", "!a", "-"},
    {"A", "a", "-"},
    {"/", "a", "-"},
};

static void assert_owner(const char *file, const char *path, const char *want)
{
	struct arena *arena = arena_new();
	const char *got = owners_of(owners_read(arena, file, strlen(file)), arena, path);

	if (want == NULL ? got != NULL : got == NULL || strcmp(got, want) != 0)
		fail_msg("%s of\n%s\nis %s", path, file, got == NULL ? "nobody's" : got);
	arena_free(arena);
}

static void test_patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		auto_free char *file = xasprintf("%s @o\n", patterns[i].pattern);

		assert_owner(file, patterns[i].path, patterns[i].want == NULL ? "@o" : NULL);
	}
}

static void test_lines(void **state)
{
	(void)state;
	/* The last that fits counts, and one without owners too. */
	assert_owner("* @a\n*.yaml @b @team/c\n", "x.yaml", "@b @team/c");
	assert_owner("* @a\nx.yaml\n", "x.yaml", NULL);
	assert_owner("* @a\nx.yaml # theirs: @b\n", "x.yaml", NULL);
	assert_owner("\xef\xbb\xbf* @a\r\n\r\n  x.yaml\t@b \r\n", "x.yaml", "@b");
	assert_owner("* @a # and nobody else @b\n", "x", "@a");
	assert_owner("* ada@example.com @b", "x", "ada@example.com @b");
	assert_owner("* @a @b @a\n", "x", "@a @b");
	/* A line of which nothing is an owner is none; what is one stands. */
	assert_owner("* @a\nx somebody\n", "x", "@a");
	assert_owner("* @a\nx somebody @b a@b\n", "x", "@b");
	assert_owner("", "x", NULL);
	assert_owner("* @a\n", "", NULL);
}

static void test_sections(void **state)
{
	static const char file[] = "* @all\n"
				   "[Security] @sec @ops\n"
				   "policies/\n"
				   "policies/own/ @own\n"
				   "^[Docs][2] @docs\n"
				   "*.md\n"
				   "aws/units.yaml\n"
				   "[security]\n"
				   "/charter.yaml\n"
				   "[No [2]\n"
				   "[]\n";

	(void)state;
	assert_owner(file, "x", "@all");
	assert_owner(file, "policies/a.json", "@all @sec @ops");
	assert_owner(file, "policies/own/a.json", "@all @own");
	assert_owner(file, "policies/README.md", "@all @sec @ops @docs");
	assert_owner(file, "charter.yaml", "@all @sec @ops");
	/* With sections it is GitLab's, that looks at every depth. */
	assert_owner(file, "x/aws/units.yaml", "@all @docs");
	assert_owner("[A] @a\n*\n[B] @a @b\n*\n", "x", "@a @b");
	assert_owner("[A]\n*\n[B] @b\n*\n[a] @a\n", "x", "@a @b");
}

/* It ends, and soon. */
static void test_hostile(void **state)
{
	struct arena *arena = arena_new();
	auto_buf file = BUF_INIT(4 << 20), path = BUF_INIT(1 << 16);
	const struct owners *o;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_printf(&file, "[s%d] @s%d\n*a*a*a*a*a*a*a*b @o\n**/a/**/a/**/b/ @o\n", i, i);
	for (int i = 0; i < 200; i++)
		buf_puts(&path, "a/");
	o = owners_read(arena, buf_str(&file), file.len);
	assert_null(owners_of(o, arena, buf_str(&path)));
	buf_clear(&path);
	for (int i = 0; i < 60; i++)
		buf_puts(&path, "aaaaaaaaaaaaaaaa/");
	buf_puts(&path, "c");
	assert_null(owners_of(o, arena, buf_str(&path)));
	arena_free(arena);
}

static void commit(struct source *s, const char *path, const char *text, char id[GIT_HEX])
{
	struct source_file files[] = {{"charter.yaml", "charter: 1\n", 11},
				      {path, text, strlen(text)}};
	auto_error err = {0};

	if (source_commit(s, files, 2, "", 1700000000, id, &err) != 0)
		fail_msg("%s", err.message);
}

static void test_find(void **state)
{
	static const char *const paths[] = {".github/CODEOWNERS", ".gitlab/CODEOWNERS",
					    ".gitea/CODEOWNERS",  ".forgejo/CODEOWNERS",
					    "CODEOWNERS",         "docs/CODEOWNERS"};
	struct arena *arena = arena_new();
	struct owners *found;
	struct source *s = NULL;
	auto_error err = {0};
	char id[GIT_HEX];

	(void)state;
	assert_int_equal(source_memory(&s, &err), 0);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		commit(s, paths[i], "* @a\n", id);
		assert_int_equal(owners_find(s, id, arena, &found, &err), 0);
		assert_non_null(found);
		assert_string_equal(owners_of(found, arena, "charter.yaml"), "@a");
	}
	/* A directory of that name is none, and neither is a file elsewhere. */
	commit(s, "CODEOWNERS/x", "* @a\n", id);
	assert_int_equal(owners_find(s, id, arena, &found, &err), 0);
	assert_null(found);
	commit(s, "aws/CODEOWNERS", "* @a\n", id);
	assert_int_equal(owners_find(s, id, arena, &found, &err), 0);
	assert_null(found);
	memset(id, '1', 40);
	assert_int_equal(owners_find(s, id, arena, &found, &err), -1);
	source_close(s);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_patterns), cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_sections), cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
