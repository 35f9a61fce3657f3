/* Edits of YAML and JSON: cases as text before and after, and random files with random edits. */
#include "state/edit.h"

#include "base/text.h"
#include "state/edit_tree.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KEYS_MAX 8

static const char *const *path_of(struct arena *arena, const char *text)
{
	const char **path = arena_array(arena, KEYS_MAX + 1, sizeof(*path));
	char *copy = arena_strdup(arena, text), *rest = NULL;
	size_t n = 0;

	for (char *key = strtok_r(copy, " ", &rest); key != NULL; key = strtok_r(NULL, " ", &rest))
		path[n++] = key;
	return path;
}

/* The text after one edit; value NULL: the key goes. Messages come as they are. */
static const char *edited(struct arena *arena, const char *file, const char *text, const char *path,
			  const char *value)
{
	json_auto_t *json = value == NULL ? NULL : json_loads(value, JSON_DECODE_ANY, NULL);
	struct edit edit = {path_of(arena, path), json};
	auto_error err = {0};
	const char *out;
	size_t len;

	assert_true(value == NULL || json != NULL);
	if (edit_text(arena, file, text, strlen(text), &edit, 1, &out, &len, &err) != 0)
		return arena_strdup(arena, err.message);
	assert_int_equal(strlen(out), len);
	return out;
}

struct edit_case {
	const char *path, *value, *before, *after;
};

static void cases_run(const char *file, const struct edit_case *cases, size_t n)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < n; i++)
		assert_string_equal(
		    edited(arena, file, cases[i].before, cases[i].path, cases[i].value),
		    cases[i].after);
	arena_free(arena);
}
#define CASES(file, cases) cases_run(file, cases, sizeof(cases) / sizeof(*(cases)))

static void test_scalars(void **state)
{
	static const struct edit_case cases[] = {
	    {"a", "\"y\"", "a: x\n", "a: \"y\"\n"},
	    {"a", "\"z\"", "a: x   # c\nb: 'w' # d\n", "a: z   # c\nb: 'w' # d\n"},
	    {"b", "\"it's\"", "a: x\nb: 'w' # d\n", "a: x\nb: 'it''s' # d\n"},
	    {"b", "\"t\\tb\"", "b: 'w' # d\n", "b: \"t\\tb\" # d\n"},
	    {"b", "\"222222222222\"", "b: x", "b: \"222222222222\""},
	    {"b", "\"long one\"", "a: 1  # c\nb: x  # d\n", "a: 1  # c\nb: long one # d\n"},
	    {"b", "\"x\"", "a: 1       # c\nb: long    # d\n", "a: 1       # c\nb: x       # d\n"},
	    {"a b", "true", "a:\n  b: \"no\"\n", "a:\n  b: true\n"},
	    {"a", "\"x\"", "a:\nb: 1\n", "a: x\nb: 1\n"},
	    {"a", "\"x\"", "a:  # c\nb: 1\n", "a: x  # c\nb: 1\n"},
	    {"a", "14", "a: 13\n", "a: 14\n"},
	    {"a", "\"13\"", "a: 13\n", "a: 13\n"},
	    {"b", "\"w\"", "a: \xc3\xa4\xc3\xb6 # \xc3\xbc\nb: \xe2\x82\xac # \xc3\xbc\n",
	     "a: \xc3\xa4\xc3\xb6 # \xc3\xbc\nb: w # \xc3\xbc\n"},
	    {"a b", "\"w\"", "a: {b: [x, z]}  # c\n", "a: {b: [w]}  # c\n"},
	    {"a", "\"x: y\"", "a: >\n  folded\n  text\nb: 1\n", "a: >-\n  x: y\nb: 1\n"},
	    {"a", "\"one\\n\\nthree\\n\"", "a: |  # c\n    two\n\n# d\nb: 1\n",
	     "a: |  # c\n    one\n\n    three\n\n# d\nb: 1\n"},
	};

	(void)state;
	CASES("a.yaml", cases);
}

static void test_lists(void **state)
{
	static const struct edit_case cases[] = {
	    {"a", "[\"x\",\"z\"]", "a: [x, w] # c\n", "a: [x, z] # c\n"},
	    {"a", "[\"x\",\"z\"]", "a: [ 'x' ]\n", "a: [ 'x', 'z' ]\n"},
	    {"a", "[]", "a: [ x ] # c\n", "a: [] # c\n"},
	    {"a", "[\"x\"]", "a: [] # c\n", "a: [x] # c\n"},
	    {"a", "[\"a\",\"b\",\"c\"]", "a: [a, c]\n", "a: [a, b, c]\n"},
	    {"a", "[\"c\",\"a\",\"b\"]", "a: [c, a]\n", "a: [c, a, b]\n"},
	    {"a", "[\"w\"]", "a:\n  - w  # c\n  - x  # d\nb: 1\n", "a:\n  - w  # c\nb: 1\n"},
	    {"a", "[\"w\",\"x\"]", "a:\n- w  # c\n# end\nb: 1\n",
	     "a:\n- w  # c\n- x\n# end\nb: 1\n"},
	    {"a", "[\"x\"]", "a:\n  # heading\n  - w\n  - x\n", "a:\n  # heading\n  - x\n"},
	    {"a", "[\"x\"]", "a:\n  # W is gone\n  - w\n  - x\n", "a:\n  - x\n"},
	    {"a", "[]", "a: # c\n  # d\n  - w\n\nb: 1\n", "a: [] # c\n\nb: 1\n"},
	    {"a", "[\"v\",\"w\"]", "a:\n  - x\n", "a:\n  - v\n  - w\n"},
	    {"a", "[\"w\",\"x\"]", "a:\n  - w", "a:\n  - w\n  - x"},
	    {"a", "[\"w\"]", "a:\n  - w\n  - x", "a:\n  - w"},
	    {"a", "[\"w\",\"x\"]", "a: [\n  w,  # c\n]\n", "a: [\n  w,  # c\n  x,\n]\n"},
	    {"a", "[\"w\",\"x\"]", "a: [\n  w  # c\n]\n", "a: [\n  w,  # c\n  x\n]\n"},
	    {"a", "[\"w\"]", "a: [\n  w,  # c\n  # d\n  x  # e\n]\n", "a: [\n  w  # c\n]\n"},
	    {"a", "[{\"k\":1,\"l\":[\"x\",\"w\"]}]", "a:\n- k: 1  # c\n  l: [x]  # d\n",
	     "a:\n- k: 1  # c\n  l: [x, w]  # d\n"},
	    {"a", "[{\"l\":2,\"m\":3}]", "a:\n  - k: 1  # c\n    l: 2  # d\n    m: 3\n",
	     "a:\n  - l: 2  # d\n    m: 3\n"},
	    {"a", "[{\"k\":1},{\"k\":2,\"l\":[\"x\"]}]", "a:\n  - {k: 1}  # c\n",
	     "a:\n  - {k: 1}  # c\n  - {k: 2, l: [x]}\n"},
	    {"a", "[{\"k\":2}]", "a:\n\n  # one\n  - k: 1\n\n  # two\n  - k: 2\n",
	     "a:\n\n  # two\n  - k: 2\n"},
	    {"a", "[\"x\",\"y\"]", "a: x\n", "a: [x, \"y\"]\n"},
	    {"a",
	     "[\"one-that-is-long-enough\",\"two-that-is-long-enough\",\"three-that-is-long-"
	     "enough\",\"four-that-is-long-enough\"]",
	     "a: [one-that-is-long-enough, two-that-is-long-enough, three-that-is-long-enough]\n",
	     "a: [one-that-is-long-enough, two-that-is-long-enough, three-that-is-long-enough,\n"
	     "    four-that-is-long-enough]\n"},
	};

	(void)state;
	CASES("a.yaml", cases);
}

static void test_maps(void **state)
{
	static const struct edit_case cases[] = {
	    {"a k", NULL, "a:\n  # c\n  k: 1 # d\n  l: 2\n", "a:\n  l: 2\n"},
	    {"a k", NULL, "a:  # c\n  k: 1\nb: 1\n", "a: {}  # c\nb: 1\n"},
	    {"a k", NULL, "a: {k: 1, l: 2} # c\n", "a: {l: 2} # c\n"},
	    {"a l", NULL, "a: { k: 1, l: 2 } # c\n", "a: { k: 1 } # c\n"},
	    {"a m", NULL, "a: {k: 1}\n", "a: {k: 1}\n"},
	    {"a l", "\"no\"", "a: {k: 1} # c\n", "a: {k: 1, l: \"no\"} # c\n"},
	    {"a l", "{\"x\":[]}", "a:\n    k: 1 # c\nb: 2\n",
	     "a:\n    k: 1 # c\n    l:\n        x: []\nb: 2\n"},
	    {"a m", "{\"x\":1}", "a:\n  k: { x: 1 }\n  l: { x: 2 }\n",
	     "a:\n  k: { x: 1 }\n  l: { x: 2 }\n  m: { x: 1 }\n"},
	    {"a l", "1", "a:\n  k: 1\n\n  m: 1\n\n  o: 2\n\n# end\n",
	     "a:\n  k: 1\n\n  l: 1\n\n  m: 1\n\n  o: 2\n\n# end\n"},
	    {"a b c", "[\"x\"]", "# only\n", "# only\na:\n  b:\n    c: [x]\n"},
	    {"a b c", "1", "a:\n", "a:\n  b:\n    c: 1\n"},
	    {"a b", "1", "a: x\n", "a.yaml: `a.b` has no keys to stand in"},
	    {"a b", "{}", "a:\n  b:\n    # c\n    x: 1\n  # d\n", "a:\n  b: {}\n  # d\n"},
	    {"a b", "{\"y\":2}", "a:\n  b:\n    x: 1  # c\n", "a:\n  b:\n    \"y\": 2\n"},
	    {"a", NULL, "# file\n\na:\n  k: 1\n  # in a\n\n# of b\nb: 2\n",
	     "# file\n\n# of b\nb: 2\n"},
	};

	(void)state;
	CASES("a.yaml", cases);
}

static void test_line_ends(void **state)
{
	static const struct edit_case cases[] = {
	    {"a", "[\"w\",\"x\"]", "a:\r\n  - w # c\r\nb: 1\r\n",
	     "a:\r\n  - w # c\r\n  - x\r\nb: 1\r\n"},
	    {"a", NULL, "a: 1\r\nb: 1", "b: 1"},
	    {"a", "1",
	     "\xef\xbb\xbf"
	     "a: 2\n",
	     "a.yaml:1:1: a byte order mark (U+FEFF) is not allowed"},
	    {"a", "1", "a:\n\tb: 2\n", "a.yaml:2:1: a tab cannot indent YAML: write spaces"},
	    {"a", "1", "a: &x 2\n",
	     "a.yaml:1:4: anchors are not allowed: write the value where it is used"},
	    {"a", "1", "? a\n: 2\n", "a: 1\n"},
	};
	struct arena *arena = arena_new();

	(void)state;
	cases_run("a.yaml", cases, 5);
	/* Written in a way that is not edited: refused, never rewritten. */
	assert_non_null(strstr(edited(arena, "a.yaml", cases[5].before, "a", "1"), "a.yaml"));
	arena_free(arena);
}

static void test_json(void **state)
{
	static const struct edit_case cases[] = {
	    {"a", "[\"x\",\"w\"]", "{\n\t\"a\": [\"x\"],\n\t\"b\": 1\n}\n",
	     "{\n\t\"a\": [\"x\", \"w\"],\n\t\"b\": 1\n}\n"},
	    {"a", "[\"x\"]", "{\"a\":[],\"b\":1}", "{\"a\":[\"x\"],\"b\":1}"},
	    {"b", NULL, "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1\n}\n"},
	    {"c", "{\"d\":\"e\"}", "{\n    \"a\": 1\n}\n",
	     "{\n    \"a\": 1,\n    \"c\": {\n        \"d\": \"e\"\n    }\n}\n"},
	    {"Statement",
	     "[{\"Sid\":\"B\",\"Action\":[\"q\",\"r\"]},{\"Sid\":\"A\",\"Action\":\"o\"}]",
	     "{\"Statement\": [\n  {\"Sid\": \"A\", \"Action\": [\"p\"]},\n"
	     "  {\"Sid\": \"B\", \"Action\": [\"q\"]}\n]}\n",
	     "{\"Statement\": [\n  {\"Sid\": \"A\", \"Action\": [\"o\"]},\n"
	     "  {\"Sid\": \"B\", \"Action\": [\"q\", \"r\"]}\n]}\n"},
	    {"Statement", "[{\"Sid\":\"A\",\"Action\":[\"o\",\"p\"]}]",
	     "{\n  \"Statement\": {\"Sid\": \"A\", \"Action\": \"o\"}\n}\n",
	     "{\n  \"Statement\": {\"Sid\": \"A\", \"Action\": [\"o\", \"p\"]}\n}\n"},
	};

	(void)state;
	CASES("a.json", cases);
}

/* Random files. */

static uint64_t seed;

static unsigned chance(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const char *const words[] = {
    "alice",   "bob",  "no",       "222222222222", "aws/ReadOnlyAccess",
    "a: b",    "x #y", "- dash",   "it's",         "q\"q",
    "4h",      "1e3",  "\xc3\xbc", "{x}",          "two words",
    "*.x:y/*", "",     " lead",    "line\nline\n", "tail:"};
#define WORDS (sizeof(words) / sizeof(*words))

static json_t *random_value(unsigned depth)
{
	unsigned sort = depth == 0 ? 0 : chance(3), n = chance(4);
	json_t *value;

	if (sort == 0)
		return json_string(words[chance(WORDS)]);
	value = sort == 1 ? json_array() : json_object();
	for (unsigned i = 0; i < n; i++) {
		if (sort == 1)
			json_array_append_new(value, random_value(depth - 1));
		else
			json_object_set_new(value, words[chance(10)], random_value(depth - 1));
	}
	return value;
}

/* The top of a file: each key with a comment above that names it, and styles in turn. */
static json_t *random_file(struct buf *out)
{
	json_t *root = json_object();
	unsigned n = 2 + chance(5);

	for (unsigned i = 0; i < n; i++) {
		struct edit_style style = {.step = 1 + chance(4),
					   .dash = chance(3),
					   .width = chance(2) ? 80 : 20,
					   .brackets = chance(2),
					   .braces = chance(2),
					   .block_lists = chance(2),
					   .quote_always = chance(2),
					   .quote = chance(2) ? '"' : '\''};
		const char *key = (const char *[]){"k0", "k1", "k2", "k3", "k4", "k5", "k6"}[i];
		json_t *value = random_value(3);

		buf_printf(out, "%s# about %s\n", chance(2) ? "\n" : "", key);
		if (chance(4) == 0) {
			buf_printf(out, "%s: ", key);
			edit_put_flow(&style, value, out);
			buf_printf(out, "  # behind %s\n", key);
		} else {
			edit_put_member(&style, key, value, 0, out);
		}
		json_object_set_new(root, key, value);
	}
	return root;
}

/* A value near another: an element or member more, less, or changed. New reference. */
static json_t *value_near(const json_t *value, unsigned depth)
{
	json_t *near = json_deep_copy(value);
	unsigned n =
	    (unsigned)(json_is_array(near) ? json_array_size(near) : json_object_size(near));
	unsigned at = n == 0 ? 0 : chance(n), what = chance(3);
	void *iter = json_object_iter(near);

	if (depth == 0 || (!json_is_array(near) && !json_is_object(near))) {
		json_decref(near);
		return random_value(2);
	}
	while (at > 0 && iter != NULL && --at > 0)
		iter = json_object_iter_next(near, iter);
	if (what == 0 || n == 0) {
		if (json_is_array(near))
			json_array_append_new(near, random_value(2));
		else
			json_object_set_new(near, words[chance(10)], random_value(2));
	} else if (json_is_array(near)) {
		if (what == 1)
			json_array_remove(near, at);
		else
			json_array_set_new(near, at,
					   value_near(json_array_get(near, at), depth - 1));
	} else if (what == 1) {
		json_object_del(near, json_object_iter_key(iter));
	} else {
		json_object_iter_set_new(near, iter,
					 value_near(json_object_iter_value(iter), depth - 1));
	}
	return near;
}

/* Lines of `before` from a mark to the next are in `after` too. */
static void others_are_kept(const char *before, const char *after, const char *key)
{
	for (const char *at = strstr(before, "# about "); at != NULL;) {
		const char *next = strstr(at + 1, "# about ");
		size_t len = next == NULL ? strlen(at) : (size_t)(next - at);

		while (len > 0 && at[len - 1] == '\n')
			len--;
		if (strncmp(at + strlen("# about "), key, 2) != 0 &&
		    memmem(after, strlen(after), at, len) == NULL)
			fail_msg("%s: lost %.*s\n--- before\n%s--- after\n%s", key, (int)len, at,
				 before, after);
		at = next;
	}
}

static void round_run(struct arena *arena)
{
	auto_buf before = BUF_INIT(1 << 20);
	json_auto_t *root = random_file(&before);
	unsigned n = (unsigned)json_object_size(root);
	const char *key = arena_printf(arena, "k%u", chance(n)), *after;
	const char *path[] = {key, NULL};
	json_auto_t *wanted = chance(8) == 0 ? NULL : value_near(json_object_get(root, key), 3);
	struct edit edit = {path, wanted};
	auto_error err = {0};
	auto_free char *text = NULL;
	size_t len;

	if (edit_text(arena, "f.yaml", buf_str(&before), before.len, &edit, 1, &after, &len,
		      &err) != 0) {
		text = wanted == NULL ? NULL : json_dumps(wanted, JSON_ENCODE_ANY);
		fail_msg("%s: %s = %s\n%s", err.message, key, text, buf_str(&before));
	}
	others_are_kept(buf_str(&before), after, key);
	if (wanted != NULL)
		assert_non_null(strstr(after, arena_printf(arena, "# about %s\n", key)));
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		struct arena *arena = arena_new();

		seed = i + 1;
		chance(2);
		round_run(arena);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scalars), cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_maps),    cmocka_unit_test(test_line_ends),
	    cmocka_unit_test(test_json),    cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
