/* --help, from the tables. */
#include "reconciler/options_table.h"

#include "base/text.h"

#include <string.h>

#define HELP_WIDTH  80
#define HELP_INDENT 26

/* Words from `column` on, broken before HELP_WIDTH, later lines indented. Ends the line. */
static void put_words(FILE *f, const char *s, int column, int indent)
{
	int at = column;

	while (*s) {
		int len = (int)strcspn(s, " ");

		if (at > column && at + 1 + len > HELP_WIDTH) {
			fprintf(f, "\n%*s", indent, "");
			at = column = indent;
		}
		if (at > column) {
			fputc(' ', f);
			at++;
		}
		fprintf(f, "%.*s", len, s);
		at += len;
		s += len;
		s += strspn(s, " ");
	}
	fputc('\n', f);
}

static void put_entry(FILE *f, const char *left, const char *right, int indent)
{
	int n = fprintf(f, "  %s", left);

	if (n + 2 > indent) {
		fprintf(f, "\n%*s", indent, "");
		n = indent;
	} else {
		n += fprintf(f, "%*s", indent - n, "");
	}
	put_words(f, right, n, indent);
}

/* `command`: of which one this is the help, or NULL: what -o takes differs. */
static void put_option(FILE *f, const struct option_row *row, const struct command_row *command)
{
	auto_buf left = BUF_INIT(256), help = BUF_INIT(1024);

	if (row->letter)
		buf_printf(&left, "-%c, ", row->letter);
	buf_printf(&left, "--%s", row->name);
	if (row->argument)
		buf_printf(&left, " %s", row->argument);
	if (command && row->type == OPTION_OUTPUT) {
		format_list(command->formats, &help);
		buf_puts(&help, "; may be repeated, so one run writes several; default `text` to "
				"standard output");
	} else {
		buf_puts(&help, row->help);
	}
	put_entry(f, buf_str(&left), buf_str(&help), HELP_INDENT);
}

static void put_exits(FILE *f)
{
	fputs("\nExit codes:\n", f);
	for (size_t i = 0; i < exit_rows; i++)
		put_entry(f, exit_table[i].code, exit_table[i].meaning, 12);
}

static void put_examples(FILE *f, const char *s)
{
	fputs("\nExamples:\n", f);
	for (size_t len; *s; s += len + 1) {
		len = strcspn(s, "\n");
		fprintf(f, "  %.*s\n", (int)len, s);
	}
}

static void help_all(FILE *f)
{
	fputs("charter: keeps an AWS organization as a git repository says\n\n"
	      "Usage: charter COMMAND [OPTIONS]\n\nCommands:\n",
	      f);
	for (int i = 0; i < COMMAND_COUNT; i++)
		put_entry(f, command_table[i].name, command_table[i].help, 16);
	fputs("\nOptions of every command:\n", f);
	for (size_t i = 0; i < option_rows; i++)
		if (option_is_of(&option_table[i], COMMAND_VERSION))
			put_option(f, &option_table[i], NULL);
	fputs("\nOptions of some commands:\n", f);
	for (size_t i = 0; i < option_rows; i++)
		if (!option_is_of(&option_table[i], COMMAND_VERSION))
			put_option(f, &option_table[i], NULL);
	put_exits(f);
	fputs("\n`charter help COMMAND` tells more about one command.\n", f);
}

void options_help(enum command_id id, bool all, FILE *f)
{
	const struct command_row *row;

	if (all) {
		help_all(f);
		return;
	}
	row = &command_table[id];
	fprintf(f, "charter %s: %s\n", row->name, row->help);
	fprintf(f, "\nUsage: charter %s%s%s [OPTIONS]\n", row->name, row->arguments ? " " : "",
		row->arguments ? row->arguments : "");
	if (row->about) {
		fputc('\n', f);
		put_words(f, row->about, 0, 0);
	}
	fputs("\nOptions:\n", f);
	for (size_t i = 0; i < option_rows; i++)
		if (option_is_of(&option_table[i], id))
			put_option(f, &option_table[i], row);
	if (row->examples)
		put_examples(f, row->examples);
	if (id == COMMAND_PLAN || id == COMMAND_APPLY || id == COMMAND_DRIFT ||
	    id == COMMAND_REHEARSE)
		put_exits(f);
}
