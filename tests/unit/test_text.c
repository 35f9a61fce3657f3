#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void test_text_order_is_of_bytes(void **state)
{
	static const char *const sorted[] = {"", "A", "AB", "B", "a", "a/b", "ab", "\xc3\xa9"};
	struct arena *a = arena_new();
	const struct text *left, *right;
	size_t i, k, n = sizeof sorted / sizeof *sorted;

	(void)state;
	for (i = 0; i < n; i++) {
		left = text_str(a, sorted[i]);
		assert_true(text_cmp(NULL, left) < 0);
		assert_true(text_cmp(left, NULL) > 0);
		for (k = 0; k < n; k++) {
			right = text_printf(a, "%s", sorted[k]);
			assert_int_equal(text_cmp(left, right) < 0, i < k);
			assert_int_equal(text_cmp(left, right) > 0, i > k);
			assert_int_equal(text_eq(left, right), i == k);
		}
	}
	assert_true(text_eq(NULL, NULL));
	assert_false(text_is(NULL, ""));
	assert_true(text_is(text_new(a, "abc", 2), "ab"));
	assert_true(text_eq_nocase(text_str(a, "Alice@X"), text_str(a, "alICE@x")));
	assert_false(text_eq_nocase(text_str(a, "@"), text_str(a, "`")));
	assert_true(str_starts("ou-1", "ou-") && !str_starts("o", "ou-"));
	assert_true(str_ends("a.yaml", ".yaml") && !str_ends("yaml", ".yaml"));
	assert_true(str_is_hex("09af", 4, 4) && str_is_hex("", 0, 4));
	assert_false(str_is_hex("09aF", 4, 4) || str_is_hex("09a", 4, 4) ||
		     str_is_hex("09af0", 0, 4));
	arena_free(a);
}

static void test_utf8_is_strict(void **state)
{
	static const char *const wrong[] = {
	    "\x80",     "\xc0\xaf",         "\xc1\xbf",         "\xe0\x9f\xbf",
	    "\xc3",     "\xed\xa0\x80",     "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
	    "\xe2\x80", "\xf5\x80\x80\x80", "\xe2\x28\xa1",     "\xff",
	};
	uint32_t code;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(utf8_next(wrong[i], strlen(wrong[i]), &code), 0);
	assert_int_equal(utf8_next("\xf4\x8f\xbf\xbf", 4, &code), 4);
	assert_int_equal(code, 0x10ffff);
	assert_int_equal(utf8_next("\xed\x9f\xbf", 3, &code), 3);
	assert_int_equal(code, 0xd7ff);
	assert_int_equal(utf8_next("", 0, &code), 0);
	assert_int_equal(utf8_next("\0", 1, &code), 1);
	assert_int_equal(utf8_count("a\xc3\xa9\xe2\x82\xac", 6), 3);
	assert_int_equal(utf8_count("a\xc3", 2), -1);
	assert_true(code_is_forbidden(0) && code_is_forbidden(0x1b) && code_is_forbidden(0x85));
	assert_true(code_is_forbidden(0x7f) && code_is_forbidden(0x202e));
	assert_true(code_is_forbidden(0x2066) && code_is_forbidden(0xfeff));
	assert_false(code_is_forbidden('\n') || code_is_forbidden(0xe9) ||
		     code_is_forbidden(0x200d));
}

static void test_nearest_finds_slips(void **state)
{
	static const char *const keys[] = {"accounts", "members", "policies", "path", "paths"};

	(void)state;
	assert_string_equal(text_nearest("acounts", keys, 5), "accounts");
	assert_string_equal(text_nearest("memebrs", keys, 5), "members");
	assert_string_equal(text_nearest("polices", keys, 5), "policies");
	assert_string_equal(text_nearest("pat", keys, 5), "path");
	assert_string_equal(text_nearest("pathz", keys, 5), "path");
	assert_null(text_nearest("tags", keys, 5));
	assert_null(text_nearest("", keys, 0));
}

static void test_pattern(void **state)
{
	static const struct {
		const char *pattern, *s;
		bool match;
	} cases[] = {
	    {"account/*", "account/a", true},
	    {"account/*", "account/a/b", false},
	    {"account/**", "account/a/b", true},
	    {"iam_*/identity/*", "iam_role/identity/admin", true},
	    {"iam_*/identity/*", "iam_role/identity/x/admin", false},
	    {"**", "", true},
	    {"*", "", true},
	    {"?", "", false},
	    {"?", "/", false},
	    {"a?c",
	     "a\xc3\xa9"
	     "c",
	     true},
	    {"A", "a", false},
	    {"**/x*y/*z", "a/b/xay/xby/cz", true},
	    {"**/x*y/*z", "a/b/xay/xby/c/z", false},
	    {"*a*b*c", "xaxbxbxc", true},
	    {"*a/b*c", "aa/bbc", true},
	    {"*ab", "aab", true},
	    {"a**b*c", "a/b/xbc", true},
	    {"***", "a/b", true},
	    {"a*", "a?", true},
	    {"*?", "", false},
	};
	char *hard;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		if (pattern_match(cases[i].pattern, cases[i].s) != cases[i].match)
			fail_msg("%s on %s", cases[i].pattern, cases[i].s);
	/* What takes a naive matcher exponential time. */
	hard = xmalloc(3001);
	memset(hard, 'a', 3000);
	hard[3000] = '\0';
	assert_false(pattern_match("**a*a**a*a**a*a**a*a**a*a**b", hard));
	free(hard);
}

/* The meaning, written down directly; exponential, for short texts. */
static bool match_plainly(const char *p, const char *s)
{
	if (*p == '\0')
		return *s == '\0';
	if (p[0] == '*' && p[1] == '*') {
		while (*p == '*')
			p++;
		for (;; s++) {
			if (match_plainly(p, s))
				return true;
			if (*s == '\0')
				return false;
		}
	}
	if (*p == '*') {
		for (p++;; s++) {
			if (match_plainly(p, s))
				return true;
			if (*s == '\0' || *s == '/')
				return false;
		}
	}
	if (*s == '\0' || (*p == '?' ? *s == '/' : *p != *s))
		return false;
	return match_plainly(p + 1, s + 1);
}

static void test_pattern_agrees_with_its_meaning(void **state)
{
	static const char letters[] = "*?ab/*";
	uint64_t x = 88172645463325252;
	char pattern[9], s[9];
	int round, i, n, m;

	(void)state;
	for (round = 0; round < 60000; round++) {
		n = (int)(round % 9);
		m = (int)(round / 9 % 9);
		for (i = 0; i < 8; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			pattern[i] = letters[x % 6];
			s[i] = letters[2 + x / 6 % 3];
		}
		pattern[n] = s[m] = '\0';
		if (pattern_match(pattern, s) != match_plainly(pattern, s))
			fail_msg("%s on %s", pattern, s);
	}
}

typedef void escaper(struct buf *, const char *, size_t);

static void assert_escaped(escaper *escape, const char *s, const char *expected)
{
	auto_buf b = BUF_INIT(4096);

	escape(&b, s, strlen(s));
	assert_string_equal(buf_str(&b), expected);
}

static void test_escapes(void **state)
{
	(void)state;
	assert_escaped(escape_terminal, "a\x1b[31m\n\r\xe2\x80\xae\xff\xc3\xa9",
		       "a\\u{001B}[31m\n\\u{000D}\\u{202E}\\x{FF}\xc3\xa9");
	assert_escaped(escape_terminal, "x\n  ::error::y a::b ##[x]",
		       "x\n  \\u{003A}:error::y a::b \\u{0023}#[x]");
	assert_escaped(escape_json, "\"\\\n\t\b\x01/\x7f\xe2\x80\xa8\xf0\x9f\x98\x80\xfe",
		       "\\\"\\\\\\n\\t\\b\\u0001/\\u007f\\u2028\xf0\x9f\x98\x80\xef\xbf\xbd");
	assert_escaped(escape_json, "\xf3\xa0\x80\xa1", "\\udb40\\udc21");
	assert_escaped(escape_xml, "<a b=\"&\">\r\n\t\x01'\xc3\xa9",
		       "&lt;a b=&quot;&amp;&quot;&gt;&#xD;\n\t\xef\xbf\xbd'\xc3\xa9");
	assert_escaped(escape_percent, "a-._~ /%\xc3\xa9", "a-._~%20%2F%25%C3%A9");
	assert_escaped(escape_markdown, "<b>[x](y)|`*_\n~~",
		       "&lt;b&gt;\\[x\\](y)\\|\\`\\*\\_ \\~\\~");
	assert_escaped(escape_markdown, "by @team, #12 GH-7 :tada: 10:20:30 a#b|$x$",
		       "by `@team,` `#12` `GH-7` `:tada:` 10:20:30 `a#b`\\|`$x$`");
	assert_escaped(escape_markdown, "at 1a2b3c4d, 222222222222 `x`@y \xe2\x80\x8b",
		       "at `1a2b3c4d,` `222222222222` `` `x`@y `` \\\\u{200B}");
	assert_escaped(escape_markdown_code, "a\nb <!-- charter: ##[x]",
		       "`a\\nb <\\u{0021}-- charter: \\u{0023}#[x]`");
	assert_escaped(escape_markdown, "- a", "\\- a");
	assert_escaped(escape_markdown, "12. a", "12\\. a");
	assert_escaped(escape_markdown, "arn:aws https://x www.x.y",
		       "arn:aws `https://x` `www.x.y`");
	assert_escaped(escape_markdown, "account/training-1", "account/training-1");
	assert_escaped(escape_markdown, "a\x1b", "a\\\\u{001B}");
}

static void test_percent_is_read_back(void **state)
{
	auto_buf b = BUF_INIT(4096), back = BUF_INIT(4096);
	char all[255];
	int i;

	(void)state;
	for (i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	escape_percent(&b, all, sizeof all);
	assert_true(unescape_percent(&back, b.data, b.len));
	assert_int_equal(back.len, sizeof all);
	assert_memory_equal(back.data, all, sizeof all);
	buf_clear(&back);
	assert_true(unescape_percent(&back, "a+%2f", 5));
	assert_string_equal(back.data, "a+/");
	assert_false(unescape_percent(&back, "%2", 2));
	assert_false(unescape_percent(&back, "%2g", 3));
	assert_false(unescape_percent(&back, "%00", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_order_is_of_bytes),
	    cmocka_unit_test(test_utf8_is_strict),
	    cmocka_unit_test(test_nearest_finds_slips),
	    cmocka_unit_test(test_pattern),
	    cmocka_unit_test(test_pattern_agrees_with_its_meaning),
	    cmocka_unit_test(test_escapes),
	    cmocka_unit_test(test_percent_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
