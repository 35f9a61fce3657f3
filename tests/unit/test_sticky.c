/* Our comment, written and read back, edited by others, and hostile ones. */
#include "git/sticky.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID_A   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static struct sticky_shown shown[] = {{"policy/a", "document", "", ID_B},
				      {"account/b", "tags", "--> x", ID_A}};

static struct sticky sample(void)
{
	return (struct sticky){.target = "o-example/org",
			       .plan_id = ID_A,
			       .commit = COMMIT,
			       .summary = "1 to create; 3 calls",
			       .created_us = 1700000000 * 1000000LL,
			       .run_url = "https://ci.example.com/runs/1) <b> [x",
			       .report = "## charter plan\n\ntext \\<!-- charter: {} --\\>\n",
			       .shown = shown,
			       .shown_n = 2};
}

static char *body_of(const struct sticky *s)
{
	auto_buf b = BUF_INIT(1 << 20);

	sticky_write(s, &b);
	return buf_take(&b);
}

static void test_round(void **state)
{
	struct arena *arena = arena_new();
	struct sticky s = sample(), read, again;
	auto_free char *body = body_of(&s), *twice = NULL;

	(void)state;
	assert_true(sticky_read(arena, body, &read));
	assert_false(read.altered);
	assert_string_equal(read.target, s.target);
	assert_string_equal(read.plan_id, ID_A);
	assert_string_equal(read.commit, COMMIT);
	assert_string_equal(read.run_url, s.run_url);
	assert_int_equal(read.created_us, s.created_us);
	assert_int_equal(read.status, STICKY_PLANNED);
	assert_int_equal(read.shown_n, 2);
	assert_string_equal(read.shown[1].element, "--> x");
	assert_string_equal(read.shown[1].live, ID_A);
	assert_non_null(strstr(read.report, "## charter plan"));
	assert_non_null(strstr(body, "https://ci.example.com/runs/1%29%20%3Cb%3E%20%5Bx"));
	/* What was read is written as it was: a status alone changes no other byte. */
	twice = body_of(&read);
	assert_true(sticky_read(arena, twice, &again));
	assert_string_equal(twice, body);
	assert_false(again.altered);
	arena_free(arena);
}

/* Forges end lines with CR LF, and trim. */
static void test_line_ends(void **state)
{
	struct arena *arena = arena_new();
	struct sticky s = sample(), read;
	auto_free char *body = body_of(&s);
	auto_buf crlf = BUF_INIT(1 << 20);

	(void)state;
	for (const char *p = body; *p; p++) {
		if (*p == '\n')
			buf_putc(&crlf, '\r');
		buf_putc(&crlf, *p);
	}
	while (crlf.len && strchr("\r\n", crlf.data[crlf.len - 1]))
		crlf.data[--crlf.len] = '\0';
	assert_true(sticky_read(arena, buf_str(&crlf), &read));
	assert_false(read.altered);
	arena_free(arena);
}

static void test_altered(void **state)
{
	struct arena *arena = arena_new();
	struct sticky s = sample(), read;
	auto_free char *body = body_of(&s);
	size_t len = strlen(body);
	unsigned seen = 0;

	(void)state;
	/* Any byte but those trimmed from the end: ours no more, or altered. */
	for (size_t i = 0; i + 1 < len; i++) {
		char was = body[i];

		body[i] = was == 'z' ? 'y' : 'z';
		if (was != '\n' || (i > 0 && body[i - 1] != '>'))
			assert_true(!sticky_read(arena, body, &read) || read.altered);
		seen++;
		body[i] = was;
	}
	assert_true(seen > 500);
	arena_free(arena);
}

static void test_not_ours(void **state)
{
	static const char *const bodies[] = {
	    "",
	    "text",
	    "<!-- charter: ",
	    "<!-- charter: {} -->",
	    "<!-- charter: [] -->\n",
	    "<!-- charter: {\"target\":1} -->",
	    " <!-- charter: {\"target\":\"a\",\"status\":\"planned\"} -->",
	    "<!-- charter: {\"target\":\"a\",\"status\":\"planned\",\"created\":\"x\"} -->",
	    ("<!-- charter: {\"target\":\"a\",\"status\":\"planned\",\"plan_id\":\"<b>\","
	     "\"created\":\"2026-01-01T00:00:00Z\"} -->"),
	};
	static const char bare[] = "<!-- charter: {\"target\":\"a\",\"status\":\"planned\","
				   "\"created\":\"2026-01-01T00:00:00Z\","
				   "\"past\":[1,[],[\"a\",\"b\",\"planned\",3]],\"shown\":{}} -->";
	struct arena *arena = arena_new();
	struct sticky read;

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		assert_false(sticky_read(arena, bodies[i], &read));
	/* Without a digest it is somebody's. */
	assert_true(sticky_read(arena, bare, &read));
	assert_true(read.altered);
	assert_int_equal(read.pasts + read.shown_n, 0);
	assert_string_equal(read.report, "");
	arena_free(arena);
}

static void test_history(void **state)
{
	struct arena *arena = arena_new();
	struct sticky before = sample(), now, read;

	(void)state;
	for (int i = 0; i < STICKY_PAST_MAX + 5; i++) {
		auto_free char *body = NULL;

		now = sample();
		now.plan_id = i % 2 ? ID_A : ID_B;
		now.summary = "hostile `@team` <script> --> | [x](y)";
		now.created_us += i;
		sticky_follow(&now, &before);
		body = body_of(&now);
		assert_true(strlen(body) < STICKY_BYTES);
		assert_null(strstr(body, "<script>"));
		assert_true(sticky_read(arena, body, &read));
		assert_false(read.altered);
		before = read;
	}
	assert_int_equal(read.pasts, STICKY_PAST_MAX);
	assert_int_equal(read.past[0].status, STICKY_SUPERSEDED);
	/* The same plan of the same commit again is no history. */
	now = before;
	sticky_follow(&now, &before);
	assert_int_equal(now.pasts, STICKY_PAST_MAX);
	assert_string_equal(now.past[0].plan_id, before.past[0].plan_id);
	arena_free(arena);
}

/* As long as each of them may be, together: the oldest plans go first. */
static void test_all_at_once(void **state)
{
	static const char long_summary[] =
	    "100000 to create, 100000 to update, 100000 to delete, 100000 drifted, 100000 "
	    "unmanaged; 100000 calls, about 1000 minutes (more)";
	struct sticky s = sample(), before = sample(), read;
	struct arena *arena = arena_new();
	struct sticky_shown many[200];
	auto_free char *body = NULL;

	(void)state;
	for (int i = 0; i < 200; i++)
		many[i] = shown[0];
	for (int i = 0; i < STICKY_PAST_MAX; i++) {
		before = s;
		s.plan_id = i % 2 ? ID_A : ID_B;
		s.summary = long_summary;
		s.run_url = "https://us-east-1.console.aws.amazon.com/codesuite/codebuild/"
			    "111111111111/projects/charter-pull/build/"
			    "charter-pull%3A01234567-89ab-cdef-0123-456789abcdef/"
			    "?region=us-east-1";
		s.created_us += i;
		sticky_follow(&s, &before);
	}
	s.shown = many;
	s.shown_n = 200;
	body = body_of(&s);
	assert_true(strlen(body) <= strlen(s.report) + STICKY_BYTES);
	assert_true(sticky_read(arena, body, &read));
	assert_false(read.altered);
	assert_true(read.pasts > 3 && read.pasts < STICKY_PAST_MAX);
	assert_true(strncmp(read.past[0].plan_id, before.plan_id, 12) == 0);
	arena_free(arena);
}

static void test_limits(void **state)
{
	struct sticky_shown many[200];
	struct arena *arena = arena_new();
	struct sticky s = sample(), read;
	auto_free char *body = NULL;

	(void)state;
	for (int i = 0; i < 200; i++)
		many[i] = shown[0];
	s.shown = many;
	s.shown_n = 200;
	body = body_of(&s);
	assert_true(strlen(body) < STICKY_BYTES);
	assert_true(sticky_read(arena, body, &read));
	assert_true(read.shown_left);
	assert_true(read.shown_n > 5);
	arena_free(arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round),       cmocka_unit_test(test_line_ends),
	    cmocka_unit_test(test_altered),     cmocka_unit_test(test_not_ours),
	    cmocka_unit_test(test_history),     cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
