#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json_out.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_report(struct json_out *j)
{
	int i;

	out_object(j);
	out_key(j, "changes");
	out_lines(j);
	for (i = 0; i < 2; i++) {
		out_object(j);
		out_key_string(j, "address", "account/\"x\"");
		out_key(j, "set");
		out_lines(j);
		out_int(j, i);
		out_raw(j, "{\"k\":1}");
		out_array_end(j);
		out_object_end(j);
	}
	out_array_end(j);
	out_key(j, "none");
	out_lines(j);
	out_array_end(j);
	out_key(j, "summary");
	out_object(j);
	out_key_int(j, "a", INT64_MIN);
	out_key_bool(j, "b", true);
	out_key_text(j, "c", NULL);
	out_key(j, "d");
	out_object(j);
	out_object_end(j);
	out_object_end(j);
	out_key_bool(j, "version", false);
	out_object_end(j);
}

static void test_layout(void **state)
{
	auto_buf b = BUF_INIT(4096);
	struct json_out *j = json_out_new(&b, NULL);

	(void)state;
	write_report(j);
	assert_int_equal(json_out_end(j), 0);
	assert_string_equal(
	    b.data, "{\n"
		    "  \"changes\": [\n"
		    "    {\"address\":\"account/\\\"x\\\"\",\"set\":[0,{\"k\":1}]},\n"
		    "    {\"address\":\"account/\\\"x\\\"\",\"set\":[1,{\"k\":1}]}\n"
		    "  ],\n"
		    "  \"none\": [],\n"
		    "  \"summary\": {\"a\":-9223372036854775808,\"b\":true,\"c\":null,\"d\":{}},\n"
		    "  \"version\": false\n"
		    "}\n");
}

static void test_compact_is_json_lines(void **state)
{
	auto_buf b = BUF_INIT(4096);
	struct json_out *j = json_out_compact(&b, NULL);

	(void)state;
	write_report(j);
	out_array(j);
	out_array_end(j);
	assert_int_equal(json_out_end(j), 0);
	assert_string_equal(
	    b.data, "{\"changes\":[{\"address\":\"account/\\\"x\\\"\",\"set\":[0,{\"k\":1}]},"
		    "{\"address\":\"account/\\\"x\\\"\",\"set\":[1,{\"k\":1}]}],\"none\":[],"
		    "\"summary\":{\"a\":-9223372036854775808,\"b\":true,\"c\":null,\"d\":{}},"
		    "\"version\":false}\n[]\n");
}

static void test_array_at_the_top(void **state)
{
	auto_buf b = BUF_INIT(4096);
	struct json_out *j = json_out_new(&b, NULL);

	(void)state;
	out_lines(j);
	out_object(j);
	out_key_int(j, "a", 1);
	out_object_end(j);
	out_array(j);
	out_int(j, 1);
	out_null(j);
	out_array_end(j);
	out_array_end(j);
	assert_int_equal(json_out_end(j), 0);
	assert_string_equal(b.data, "[\n  {\"a\":1},\n  [1,null]\n]\n");
}

/* An object of the top one as the top one; within compact text nothing has lines. */
static void test_members(void **state)
{
	auto_buf b = BUF_INIT(1000);
	struct json_out *j = json_out_new(&b, NULL);

	(void)state;
	out_object(j);
	out_key(j, "a");
	out_members(j);
	out_key(j, "b");
	out_lines(j);
	for (int i = 0; i < 2; i++) {
		out_object(j);
		out_key(j, "c");
		out_members(j);
		out_key_int(j, "d", i);
		out_object_end(j);
		out_object_end(j);
	}
	out_array_end(j);
	out_key_int(j, "e", 1);
	out_object_end(j);
	out_object_end(j);
	assert_int_equal(json_out_end(j), 0);
	assert_string_equal(buf_str(&b), "{\n  \"a\": {\n    \"b\": [\n      {\"c\":{\"d\":0}},\n"
					 "      {\"c\":{\"d\":1}}\n    ],\n    \"e\": 1\n  }\n}\n");
}

static void test_file_gets_all(void **state)
{
	char *data = NULL;
	size_t size = 0, i, lines = 0;
	FILE *f = open_memstream(&data, &size);
	struct json_out *j = json_out_new(NULL, f);

	(void)state;
	out_lines(j);
	for (i = 0; i < 20000; i++)
		out_string(j, "account/training");
	out_array_end(j);
	assert_int_equal(json_out_end(j), 0);
	fclose(f);
	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	assert_int_equal(lines, 20002);
	free(data);
}

static void test_sink_that_fails_is_told(void **state)
{
	auto_buf b = BUF_INIT(8);
	struct json_out *j = json_out_new(&b, NULL);
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	out_string(j, "123456789");
	assert_int_equal(json_out_end(j), -1);
	if (full == NULL)
		return;
	j = json_out_new(NULL, full);
	out_string(j, "x");
	assert_int_equal(json_out_end(j), -1);
	fclose(full);
}

static bool aborts(void (*fn)(struct json_out *))
{
	struct buf b = BUF_INIT(4096);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		signal(SIGABRT, SIG_DFL);
		fn(json_out_new(&b, NULL));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void keys_unsorted(struct json_out *j)
{
	out_object(j);
	out_key_int(j, "b", 1);
	out_key(j, "inner");
	out_object(j);
	out_key_int(j, "a", 1);
	out_object_end(j);
	out_key_int(j, "c", 1);
}

static void key_twice(struct json_out *j)
{
	out_object(j);
	out_key_int(j, "b", 1);
	out_key_int(j, "b", 1);
}

static void value_without_key(struct json_out *j)
{
	out_object(j);
	out_int(j, 1);
}

static void end_too_early(struct json_out *j)
{
	out_object(j);
	json_out_end(j);
}

static void keys_of_levels_apart(struct json_out *j)
{
	out_object(j);
	out_key_int(j, "a", 1);
	out_key(j, "b");
	out_object(j);
	out_key_int(j, "a", 1);
	out_object_end(j);
	out_key_int(j, "c", 1);
	out_object_end(j);
	json_out_end(j);
}

static void test_misuse_aborts(void **state)
{
	(void)state;
	assert_true(aborts(keys_unsorted));
	assert_true(aborts(key_twice));
	assert_true(aborts(value_without_key));
	assert_true(aborts(end_too_early));
	assert_false(aborts(keys_of_levels_apart));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_layout),           cmocka_unit_test(test_compact_is_json_lines),
	    cmocka_unit_test(test_array_at_the_top), cmocka_unit_test(test_members),
	    cmocka_unit_test(test_file_gets_all),    cmocka_unit_test(test_sink_that_fails_is_told),
	    cmocka_unit_test(test_misuse_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
