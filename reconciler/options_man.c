/* The manual page, from the tables. */
#include "reconciler/options_table.h"

/* Text for roff: backslash and hyphen are its own, and so is a full stop or quote that begins a
 * line. */
static void put_roff(FILE *f, const char *s)
{
	bool start = true;

	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", f);
		else if (*s == '-')
			fputs("\\-", f);
		else if (start && (*s == '.' || *s == '\''))
			fprintf(f, "\\&%c", *s);
		else
			fputc(*s, f);
		start = *s == '\n';
	}
}

static void put_heading(FILE *f, const char *s)
{
	fprintf(f, ".SH %s\n", s);
}

static void man_commands(FILE *f)
{
	put_heading(f, "COMMANDS");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct command_row *row = &command_table[i];

		fprintf(f, ".TP\n\\fB%s\\fR", row->name);
		if (row->arguments) {
			fputs(" \\fI", f);
			put_roff(f, row->arguments);
			fputs("\\fR", f);
		}
		fputc('\n', f);
		put_roff(f, row->help);
		fputs(".\n", f);
		if (row->about) {
			put_roff(f, row->about);
			fputc('\n', f);
		}
	}
}

static void man_options(FILE *f)
{
	put_heading(f, "OPTIONS");
	for (size_t i = 0; i < option_rows; i++) {
		const struct option_row *row = &option_table[i];
		int n = 0;

		fputs(".TP\n\\fB", f);
		if (row->letter)
			fprintf(f, "\\-%c\\fR, \\fB", row->letter);
		put_roff(f, "--");
		put_roff(f, row->name);
		fputs("\\fR", f);
		if (row->argument) {
			fputs(" \\fI", f);
			put_roff(f, row->argument);
			fputs("\\fR", f);
		}
		fputc('\n', f);
		put_roff(f, row->help);
		fputs(".\n", f);
		if (option_is_of(row, COMMAND_VERSION))
			continue;
		fputs("Of: ", f);
		for (int c = 0; c < COMMAND_COUNT; c++)
			if (option_is_of(row, c))
				fprintf(f, "%s%s", n++ ? ", " : "", command_table[c].name);
		fputs(".\n", f);
	}
}

static void man_examples(FILE *f)
{
	put_heading(f, "EXAMPLES");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (!command_table[i].examples)
			continue;
		fputs(".nf\n", f);
		put_roff(f, command_table[i].examples);
		fputs(".fi\n.PP\n", f);
	}
}

void options_man(FILE *f)
{
	fputs(".TH CHARTER 1\n", f);
	put_heading(f, "NAME");
	fputs("charter \\- keeps an AWS organization as a git repository says\n", f);
	put_heading(f, "SYNOPSIS");
	fputs(".B charter\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n", f);
	put_heading(f, "DESCRIPTION");
	fputs("charter compares the configuration at two commits with the live organization, plans "
	      "the\nexact calls, and makes them. Data goes to standard output, messages and "
	      "progress to\nstandard error. No question is ever asked.\n",
	      f);
	man_commands(f);
	man_options(f);
	put_heading(f, "EXIT STATUS");
	for (size_t i = 0; i < exit_rows; i++) {
		fprintf(f, ".TP\n.B %s\n", exit_table[i].code);
		put_roff(f, exit_table[i].meaning);
		fputs(".\n", f);
	}
	put_heading(f, "ENVIRONMENT");
	for (size_t i = 0; i < environment_rows; i++) {
		fprintf(f, ".TP\n.B %s\n", environment_table[i].names);
		put_roff(f, environment_table[i].meaning);
		fputs(".\n", f);
	}
	man_examples(f);
}
