/* YAML to placed nodes: what is refused, and where. */
#include "state/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct parse {
	struct arena *arena;
	struct diagnostics diagnostics;
	struct node *root;
};

static void parse(struct parse *p, const char *data, size_t len)
{
	memset(p, 0, sizeof(*p));
	p->arena = arena_new();
	p->diagnostics.arena = p->arena;
	p->root = yaml_parse(p->arena, "f.yaml", data, len, &p->diagnostics);
}

static void parse_end(struct parse *p)
{
	diagnostics_free(&p->diagnostics);
	arena_free(p->arena);
}

static void test_tree(void **state)
{
	static const char data[] =
	    "# c\nname: 'x y'\nlist:\n  - 1\n  - \"1\"\nh\xc3\xa9: {k: }\nb: true\n";
	const struct node *node;
	struct parse p;

	(void)state;
	parse(&p, data, strlen(data));
	assert_non_null(p.root);
	assert_int_equal(p.root->n, 4);
	node = node_get(p.root, "name");
	assert_string_equal(node->s->s, "x y");
	assert_false(node->plain);
	assert_int_equal(node->where.line, 2);
	assert_int_equal(node->where.column, 7);
	node = node_get(p.root, "list");
	assert_int_equal(node->type, NODE_LIST);
	assert_int_equal(node_number(node->entry[0].value), NUMBER_INTEGER);
	assert_int_equal(node_number(node->entry[1].value), NUMBER_NONE);
	node = node_get(p.root, "h\xc3\xa9");
	assert_int_equal(node->where.column, 5); /* characters, not bytes */
	assert_true(node_is_null(node_get(node, "k")));
	assert_int_equal(node_bool(node_get(p.root, "b")), 1);
	assert_null(node_get(p.root, "none"));
	parse_end(&p);
}

static void test_empty(void **state)
{
	static const char *const data[] = {"", "\n", "# c\n", "---\n", "~\n", "{}\n"};
	struct parse p;

	(void)state;
	for (size_t i = 0; i < sizeof(data) / sizeof(*data); i++) {
		parse(&p, data[i], strlen(data[i]));
		assert_non_null(p.root);
		assert_int_equal(p.root->type, NODE_MAP);
		assert_int_equal(p.root->n, 0);
		parse_end(&p);
	}
}

static const struct {
	const char *data;
	uint32_t line, column;
	const char *message; /* a part of it */
} refused[] = {
    {"a: &x 1\n", 1, 4, "anchors"},
    {"a: 1\nb: *x\n", 2, 4, "aliases"},
    {"*x : 1\n", 1, 1, "aliases"},
    {"a: !!str 1\n", 1, 4, "tags"},
    {"a: ! 1\n", 1, 4, "tags"},
    {"!x a: 1\n", 1, 1, "tags"},
    {"&x a: 1\n", 1, 1, "anchors"},
    {"a: 1\nb: 2\na: 3\n", 3, 1, "key `a` stands twice; first at line 1"},
    {"a: 1\n---\nb: 1\n", 2, 1, "one document"},
    {"%YAML 1.1\n---\na: 1\n", 1, 1, "directives"},
    {"? [a]\n: 1\n", 1, 3, "a key must be text"},
    {"? {a: b}\n: 1\n", 1, 3, "a key must be text"},
    {"'': 1\n", 1, 1, "empty"},
    {"a: \"\\u202e\"\n", 1, 4, "U+202E"},
    {"a: \"\\0\"\n", 1, 4, "U+0000"},
    {"a: \"\\x1b[m\"\n", 1, 4, "U+001B"},
    {"a: \"x\"\nb: \xe2\x80\xae\n", 2, 4, "U+202E"},
    {"a: \x1b[m\n", 1, 4, "U+001B"},
    {"a: \xe2\x80\xa8\n", 1, 4, "separator"},
    {"\xef\xbb\xbf"
     "a: 1\n",
     1, 1, "byte order mark"},
    {"a: 1\nb: \xff\n", 2, 4, "UTF-8"},
    {"a:\n\t- 1\n", 2, 1, "a tab"},
    {"a: [1\n", 2, 1, "not valid YAML"},
    {"a: 'x\n", 2, 1, "not valid YAML"},
    {"a: b: c\n", 1, 5, "not valid YAML"},
    {"a: 1\n b: 2\n", 2, 3, "not valid YAML"},
    {"a: @x\n", 1, 4, "not valid YAML"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1, 33, "deeper than 32"},
};

static void test_refused(void **state)
{
	struct parse p;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const struct diagnostic *first;

		parse(&p, refused[i].data, strlen(refused[i].data));
		assert_null(p.root);
		assert_true(p.diagnostics.list.n >= 1);
		first = &p.diagnostics.list.at[0];
		if (strstr(first->message, refused[i].message) == NULL ||
		    first->where.line != refused[i].line ||
		    first->where.column != refused[i].column)
			fail_msg("case %zu: %u:%u: %s", i, first->where.line, first->where.column,
				 first->message);
		parse_end(&p);
	}
}

/* Several mistakes of one file are all reported. */
static void test_together(void **state)
{
	static const char data[] = "a: &x 1\nb: *x\nc: !t 1\nc: 2\n";
	struct parse p;

	(void)state;
	parse(&p, data, strlen(data));
	assert_int_equal(p.diagnostics.errors, 4);
	parse_end(&p);
}

static char *repeated(const char *piece, size_t n)
{
	size_t len = strlen(piece);
	char *s = xmalloc(len * n + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(s + i * len, piece, len);
	s[len * n] = '\0';
	return s;
}

/* Each ends at once, however large it is. */
static void test_bombs(void **state)
{
	static const char *const pieces[] = {"[",   "{a: ", "- ", "? ",  "[{", "a: [", "\"",   "'",
					     "|\n", "\n",   "#",  "&a ", "!",  "%",    "a\n: "};
	struct parse p;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		auto_free char *data = repeated(pieces[i], 200000);

		parse(&p, data, strlen(data));
		assert_true(p.root != NULL || p.diagnostics.errors > 0);
		for (size_t k = 0; k < p.diagnostics.list.n; k++)
			assert_true(p.diagnostics.list.at[k].where.line >= 1);
		parse_end(&p);
	}
}

static void test_size(void **state)
{
	auto_free char *data = repeated("# 34567890123456", YAML_MAX_BYTES / 16 + 1);
	struct parse p;

	(void)state;
	parse(&p, data, YAML_MAX_BYTES);
	assert_non_null(p.root);
	parse_end(&p);
	parse(&p, data, YAML_MAX_BYTES + 1);
	assert_null(p.root);
	assert_int_equal(p.diagnostics.errors, 1);
	parse_end(&p);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *s;
		enum node_number number;
	} cases[] = {
	    {"0", NUMBER_INTEGER},   {"-12", NUMBER_INTEGER},     {"+5", NUMBER_INTEGER},
	    {"007", NUMBER_INTEGER}, {"1.5", NUMBER_REAL},        {".5", NUMBER_REAL},
	    {"5.", NUMBER_REAL},     {"1e3", NUMBER_REAL},        {"0x1F", NUMBER_NONE},
	    {"1e", NUMBER_NONE},     {".", NUMBER_NONE},          {"-", NUMBER_NONE},
	    {"1.2.3", NUMBER_NONE},  {"2026-12-31", NUMBER_NONE},
	};
	struct parse p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		auto_free char *data = xasprintf("a: [%s]\n", cases[i].s);

		parse(&p, data, strlen(data));
		if (p.root == NULL) /* "-" is no scalar in a list */
			assert_int_equal(cases[i].number, NUMBER_NONE);
		else
			assert_int_equal(node_number(node_get(p.root, "a")->entry[0].value),
					 cases[i].number);
		parse_end(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tree),    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_refused), cmocka_unit_test(test_together),
	    cmocka_unit_test(test_bombs),   cmocka_unit_test(test_size),
	    cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
