#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "reconciler/options_table.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 32

/* Splits a line at blanks; the words live in `line`. */
static int parse(struct options *o, char *line, struct error *err)
{
	char *argv[WORDS_MAX] = {"charter"}, *save = NULL;
	int argc = 1;

	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return options_parse(o, argc, argv, err);
}

static void assert_fails(const char *line, const char *message)
{
	auto_free char *words = xstrdup(line);
	auto_error err = {0};
	struct options o;

	if (parse(&o, words, &err) == 0)
		fail_msg("`%s` is accepted", line);
	if (!strstr(err.message, message))
		fail_msg("`%s`: %s", line, err.message);
	options_free(&o);
}

static void test_defaults(void **state)
{
	char line[] = "plan";
	auto_error err = {0};
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, line, &err), 0);
	assert_int_equal(o.command, COMMAND_PLAN);
	assert_string_equal(o.repo, ".");
	assert_string_equal(o.path, "");
	assert_null(o.ref);
	assert_int_equal(o.rates, 70);
	assert_int_equal(o.outputs.n, 0);
	assert_int_equal(o.color, COLOR_AUTO);
	assert_int_equal(o.verbose, 0);
	options_free(&o);
}

static void test_every_form(void **state)
{
	char line[] =
	    "--repo=plan apply -vv --ref HEAD -o json=a.json -omarkdown=b.md --color never "
	    "--rates 35% --only account/* --journal j -- --odd";
	auto_error err = {0};
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, line, &err), 0);
	assert_int_equal(o.command, COMMAND_APPLY);
	assert_string_equal(o.repo, "plan");
	assert_string_equal(o.ref, "HEAD");
	assert_int_equal(o.outputs.n, 2);
	assert_int_equal(o.outputs.at[0].format, FORMAT_JSON);
	assert_string_equal(o.outputs.at[0].file, "a.json");
	assert_int_equal(o.outputs.at[1].format, FORMAT_MARKDOWN);
	assert_string_equal(o.outputs.at[1].file, "b.md");
	assert_int_equal(o.color, COLOR_NEVER);
	assert_int_equal(o.rates, 35);
	assert_string_equal(o.only, "account/*");
	assert_string_equal(o.journal, "j");
	assert_int_equal(o.verbose, 2);
	assert_int_equal(o.arguments.n, 1);
	assert_string_equal(o.arguments.at[0], "--odd");
	options_free(&o);
}

static void test_mistakes(void **state)
{
	(void)state;
	assert_fails("", "no command is given");
	assert_fails("pln", "unknown command `pln`; did you mean `plan`?");
	assert_fails("plan --onyl x", "did you mean `--only`?");
	assert_fails("plan --expect x",
		     "`charter plan` does not take --expect; it is an option of: "
		     "apply");
	assert_fails("plan -x", "unknown option `-x`");
	assert_fails("plan --ref", "--ref needs a value: --ref REV");
	assert_fails("plan --ref=", "--ref: the value is empty");
	assert_fails("plan --only-drift=yes", "--only-drift takes no value");
	assert_fails("plan --only acount/*", "no kind `acount`; did you mean `account`?");
	assert_fails("drift --except unit", "--except unit: write unit/NAME, or unit/** for all");
	assert_fails("plan -o jsn", "did you mean `json`?");
	assert_fails("plan -o json -o text", "two outputs go to standard output");
	assert_fails("plan -o json=x -o text=x", "two outputs go to the file x");
	assert_fails("plan -o json=", "no file is named");
	assert_fails("rehearse -o calls",
		     "does not write -o calls; it writes text, markdown, json");
	assert_fails("comment --status apply", "--status apply: must be one of: planned outdated");
	assert_fails("plan --rates 0", "from 1 to 100");
	assert_fails("plan --rates 7x", "from 1 to 100");
	assert_fails("plan --date tomorrow", "--date tomorrow: must be a date");
	assert_fails("selftest --seed -1", "--seed -1: must be a whole number from 0");
	assert_fails("selftest --workers two", "must be a whole number from 0");
	assert_fails("plan --color red", "must be auto, always or never");
	assert_fails("plan -q -v", "exclude each other");
	assert_fails("plan extra", "does not take the argument `extra`");
	assert_fails("show", "needs an argument: charter show FILE");
	assert_fails("help pln", "did you mean `plan`?");
	assert_fails("report idz", "did you mean `ids`?");
}

static void test_not_supported_yet(void **state)
{
	(void)state;
	assert_fails("report costs --port 80", "unknown option `--port`");
	assert_fails("plan --shard 1/4", "--shard: not supported yet");
	assert_fails("report costs", "charter report costs: not supported yet");
}

static void test_help_words(void **state)
{
	char man[] = "help --man", shell[] = "help --completions bash", all[] = "--help";
	char version[] = "--version", one[] = "plan --help extra";
	auto_error err = {0};
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, man, &err), 0);
	assert_string_equal(o.arguments.at[0], "--man");
	options_free(&o);
	assert_int_equal(parse(&o, shell, &err), 0);
	assert_string_equal(o.arguments.at[0], "--completions");
	assert_string_equal(o.arguments.at[1], "bash");
	options_free(&o);
	assert_int_equal(parse(&o, all, &err), 0);
	assert_int_equal(o.command, COMMAND_HELP);
	assert_int_equal(o.arguments.n, 0);
	options_free(&o);
	assert_int_equal(parse(&o, version, &err), 0);
	assert_int_equal(o.command, COMMAND_VERSION);
	options_free(&o);
	assert_int_equal(parse(&o, one, &err), 0);
	assert_true(o.help && o.command == COMMAND_PLAN);
	options_free(&o);
}

/* Each row is complete and belongs to a command, of which each takes a name once. */
static void test_table(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++)
		assert_true(command_table[i].name && command_table[i].help);
	for (size_t i = 0; i < option_rows; i++) {
		const struct option_row *row = &option_table[i];

		assert_true(row->name && row->help && row->commands);
		for (size_t k = 0; k < i; k++) {
			assert_true(strcmp(row->name, option_table[k].name) != 0 ||
				    !(row->commands & option_table[k].commands));
			assert_true(!row->letter || row->letter != option_table[k].letter);
		}
	}
}

static char *written(void (*write)(FILE *))
{
	char *s = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&s, &n);

	assert_non_null(f);
	write(f);
	fclose(f);
	return s;
}

static void write_help(FILE *f)
{
	options_help(COMMAND_HELP, true, f);
}

static void write_fish(FILE *f)
{
	auto_error err = {0};

	assert_int_equal(options_completions("fish", f, &err), 0);
	assert_int_equal(options_completions("tcsh", f, &err), -1);
}

static char *file_read(const char *name)
{
	FILE *f = fopen(name, "r");
	auto_buf b = BUF_INIT(1 << 20);
	int c;

	if (!f)
		fail_msg("%s: cannot be read; the tests run in the project's directory", name);
	while ((c = fgetc(f)) != EOF)
		buf_putc(&b, (char)c);
	fclose(f);
	return buf_take(&b);
}

static void assert_has(const char *where, const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s lacks `%s`", where, part);
}

/* A bar in a table's cell stands behind a backslash. */
static void option_as_documented(const struct option_row *row, char *out, size_t size)
{
	auto_buf b = BUF_INIT(256);

	buf_printf(&b, "`--%s%s", row->name, row->argument ? " " : "");
	for (const char *s = row->argument; s && *s; s++) {
		if (*s == '|')
			buf_putc(&b, '\\');
		buf_putc(&b, *s);
	}
	snprintf(out, size, "%s`", buf_str(&b));
}

/* The last cell of its row in docs/cli.md: names, `all`, or `the same` as in the row before. */
static unsigned commands_as_documented(const char *docs, const char *part, unsigned before)
{
	const char *row = strstr(docs, part), *end = row ? strchr(row, '\n') : NULL, *cell = end;
	char cells[256], *save = NULL;
	unsigned commands = 0;

	if (!end || end - row < 4)
		return 0;
	for (cell -= 2; cell > row && cell[-1] != '|'; cell--)
		;
	snprintf(cells, sizeof cells, "%.*s", (int)(end - 2 - cell), cell);
	for (char *w = strtok_r(cells, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		w += strspn(w, " ");
		w[strcspn(w, " ")] = '\0';
		if (strcmp(w, "all") == 0)
			return (1u << COMMAND_COUNT) - 1;
		if (strcmp(w, "the") == 0)
			return before;
		for (int i = 0; i < COMMAND_COUNT; i++)
			if (strcmp(w, command_table[i].name) == 0)
				commands |= 1u << i;
	}
	return commands;
}

/* The order of the document is its own, and so is what stands before `the same`. */
static void test_commands_are_documented(void **state)
{
	auto_free char *docs = file_read("docs/cli.md");
	char part[256];
	unsigned before = 0;

	(void)state;
	for (const char *at = strstr(docs, "\n| `--"); at; at = strstr(at + 1, "\n| `--")) {
		const struct option_row *row = NULL;

		for (size_t i = 0; i < option_rows; i++) {
			option_as_documented(&option_table[i], part, sizeof part);
			if (strncmp(at + 3, part, strlen(part)) == 0)
				row = &option_table[i];
		}
		if (!row)
			fail_msg("docs/cli.md has an option that is none:%.40s", at);
		before = commands_as_documented(at + 1, "| `--", before);
		if (row->type != OPTION_NOT_YET && before != row->commands)
			fail_msg("docs/cli.md names other commands for --%s than it has: %x, %x",
				 row->name, before, row->commands);
	}
}

static void test_everything_is_documented(void **state)
{
	auto_free char *help = written(write_help), *man = written(options_man);
	auto_free char *fish = written(write_fish), *docs = file_read("docs/cli.md");
	char part[256];

	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		snprintf(part, sizeof part, "charter %s", command_table[i].name);
		assert_has("docs/cli.md", docs, part);
		assert_has("help", help, command_table[i].name);
		assert_has("man", man, command_table[i].name);
	}
	for (size_t i = 0; i < option_rows; i++) {
		const struct option_row *row = &option_table[i];

		option_as_documented(row, part, sizeof part);
		assert_has("docs/cli.md", docs, part);
		snprintf(part, sizeof part, "--%s", row->name);
		assert_has("help", help, part);
		snprintf(part, sizeof part, "-l %s", row->name);
		if (row->type != OPTION_NOT_YET)
			assert_has("fish", fish, part);
	}
	for (size_t i = 0; i < exit_rows; i++) {
		snprintf(part, sizeof part, "| %s |", exit_table[i].code);
		assert_has("docs/cli.md", docs, part);
	}
	for (size_t i = 0; i < environment_rows; i++) {
		snprintf(part, sizeof part, "| `%s` | %s |", environment_table[i].names,
			 environment_table[i].meaning);
		assert_has("docs/cli.md", docs, part);
		assert_has("man", man, environment_table[i].names);
	}
}

static void test_help_is_narrow(void **state)
{
	auto_free char *help = written(write_help);
	char *save = NULL;

	(void)state;
	for (char *line = strtok_r(help, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strlen(line) > 80 || line[strlen(line) - 1] == ' ')
			fail_msg("too long, or a blank at its end: %s", line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_every_form),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_not_supported_yet),
	    cmocka_unit_test(test_help_words),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_everything_is_documented),
	    cmocka_unit_test(test_commands_are_documented),
	    cmocka_unit_test(test_help_is_narrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
