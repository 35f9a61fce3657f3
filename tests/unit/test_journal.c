#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reconciler/journal.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[64], tmp[80];
static bool with_home, with_state;

static const char *env_get(const char *name)
{
	if (strcmp(name, "HOME") == 0)
		return with_home ? home : NULL;
	if (strcmp(name, "TMPDIR") == 0)
		return tmp;
	return strcmp(name, "XDG_STATE_HOME") == 0 && with_state ? tmp : NULL;
}

static int64_t fixed_now(struct clock *clock)
{
	(void)clock;
	return 1795000000LL * 1000000;
}

static struct clock fixed = {.now_us = fixed_now, .mono_us = fixed_now};
static const struct env env = {.clock = &fixed, .getenv = env_get};

static int setup(void **state)
{
	(void)state;
	with_home = true;
	with_state = false;
	strcpy(home, "/tmp/charter-journal-XXXXXX");
	assert_non_null(mkdtemp(home));
	snprintf(tmp, sizeof tmp, "%s/tmp", home);
	return mkdir(tmp, 0700);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static char *file_text(const char *path)
{
	auto_buf b = BUF_INIT(1u << 20);
	char part[512];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	buf_puts(&b, "");
	return buf_take(&b);
}

static void journal_expect_path(const char *want)
{
	auto_error err = {0};
	struct journal *j;
	struct stat st;

	assert_int_equal(journal_open(&j, &env, NULL, "o-abc", "live/eu", &err), 0);
	assert_string_equal(journal_path(j), want);
	assert_int_equal(stat(want, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	journal_close(j);
}

static void test_default_paths(void **state)
{
	char want[256];
	struct stat st;

	(void)state;
	snprintf(want, sizeof want, "%s/.local/state/charter/o-abc-live%%2Feu.jsonl", home);
	journal_expect_path(want);
	snprintf(want, sizeof want, "%s/.local/state/charter", home);
	assert_int_equal(stat(want, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	with_state = true;
	snprintf(want, sizeof want, "%s/charter/o-abc-live%%2Feu.jsonl", tmp);
	journal_expect_path(want);
	with_home = with_state = false;
	snprintf(want, sizeof want, "%s/charter-%lu/o-abc-live%%2Feu.jsonl", tmp,
		 (unsigned long)geteuid());
	journal_expect_path(want);
}

static void expect_refused(const char *path, const char *why)
{
	auto_error err = {0};
	struct journal *j;

	assert_int_equal(journal_open(&j, &env, path, "o-abc", "x", &err), -1);
	if (strstr(err.message, why) == NULL)
		fail_msg("`%s` does not say `%s`", err.message, why);
}

/* Where everyone may write, what another could have put there is not used. */
static void test_refuses_what_is_not_ours(void **state)
{
	char path[128], other[128];

	(void)state;
	with_home = false;
	snprintf(path, sizeof path, "%s/charter-%lu", tmp, (unsigned long)geteuid());
	snprintf(other, sizeof other, "%s/elsewhere", tmp);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(symlink(other, path), 0);
	expect_refused(NULL, "not a directory of our own");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0777), 0);
	expect_refused(NULL, "not a directory of our own");

	snprintf(path, sizeof path, "%s/link.jsonl", tmp);
	snprintf(other, sizeof other, "%s/target", tmp);
	assert_int_equal(symlink(other, path), 0);
	expect_refused(path, "cannot open");
	assert_int_equal(access(other, F_OK), -1);
	snprintf(path, sizeof path, "%s/fifo", tmp);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refused(path, "not a regular file");
	expect_refused("/nonexistent/x.jsonl", "cannot open");
}

static void test_lines(void **state)
{
	static const struct text *none[] = {NULL};
	struct call call = {
	    .op = &ops[OP_ORGANIZATIONS_CreatePolicy], .uses = none, .frees = none, .n = 7};
	auto_error err = {0};
	auto_free char *text = NULL;
	struct journal *j;
	char path[128];

	(void)state;
	snprintf(path, sizeof path, "%s/j.jsonl", tmp);
	assert_int_equal(journal_open(&j, &env, path, "o-abc", "x", &err), 0);
	assert_int_equal(journal_begin(j, "cafe", "beef", 2, &err), 0);
	assert_int_equal(journal_send(j, &call, "policy/a\n", "{\"Name\":\"a\"}", &err), 0);
	assert_int_equal(journal_end(j, &call, "failed", NULL, "Nope", "no \x1b[0m", "", &err), 0);
	assert_int_equal(journal_end(j, &call, "done", "p-1", NULL, NULL, "req", &err), 0);
	assert_int_equal(journal_finish(j, 1, 0, &err), 0);
	journal_close(j);
	text = file_text(path);
	assert_string_equal(
	    text, "{\"calls\":2,\"commit\":\"beef\",\"event\":\"begin\",\"plan_id\":\"cafe\","
		  "\"time\":\"2026-11-18T11:06:40Z\"}\n"
		  "{\"address\":\"policy/a\\n\",\"event\":\"send\",\"input\":{\"Name\":\"a\"},"
		  "\"n\":7,\"operation\":\"CreatePolicy\",\"service\":\"organizations\","
		  "\"time\":\"2026-11-18T11:06:40Z\"}\n"
		  "{\"code\":\"Nope\",\"event\":\"end\",\"message\":\"no \\u001b[0m\",\"n\":7,"
		  "\"state\":\"failed\",\"time\":\"2026-11-18T11:06:40Z\"}\n"
		  "{\"event\":\"end\",\"id\":\"p-1\",\"n\":7,\"request_id\":\"req\","
		  "\"state\":\"done\",\"time\":\"2026-11-18T11:06:40Z\"}\n"
		  "{\"done\":1,\"event\":\"finish\",\"failed\":0,"
		  "\"time\":\"2026-11-18T11:06:40Z\"}\n");
}

/* A line that a crash cut off stays alone. */
static void test_appends_after_half_a_line(void **state)
{
	auto_error err = {0};
	auto_free char *text = NULL;
	struct journal *j;
	char path[128];
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/j.jsonl", tmp);
	f = fopen(path, "w");
	fputs("{\"event\":\"se", f);
	fclose(f);
	assert_int_equal(journal_open(&j, &env, path, "o-abc", "x", &err), 0);
	assert_int_equal(journal_finish(j, 0, 0, &err), 0);
	journal_close(j);
	text = file_text(path);
	assert_non_null(strstr(text, "{\"event\":\"se\n{\"done\":0,"));
}

static void test_full_disk_is_an_error(void **state)
{
	struct rlimit old, small;
	auto_error err = {0};
	struct journal *j;
	char path[128];

	(void)state;
	snprintf(path, sizeof path, "%s/j.jsonl", tmp);
	assert_int_equal(journal_open(&j, &env, path, "o-abc", "x", &err), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 10;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(journal_finish(j, 0, 0, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(err.message, "cannot write"));
	journal_close(j);
	journal_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_default_paths, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refuses_what_is_not_ours, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_appends_after_half_a_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_disk_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
