/* Completions for shells, from the tables. */
#include "reconciler/options_table.h"

#include <string.h>

static void put_commands(FILE *f, const char *between)
{
	for (int i = 0, n = 0; i < COMMAND_COUNT; i++)
		fprintf(f, "%s%s", n++ ? between : "", command_table[i].name);
}

static bool option_is_shown(const struct option_row *row)
{
	return row->type != OPTION_NOT_YET;
}

/* Between single quotes of a shell. */
static void put_quoted(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", f);
		else
			fputc(*s, f);
	}
}

static bool option_is_file(const struct option_row *row)
{
	return row->argument && !row->values &&
	       (strcmp(row->argument, "FILE") == 0 || strstr(row->argument, "DIR"));
}

static void bash_values(FILE *f)
{
	fputs("\tcase $prev in\n", f);
	for (size_t i = 0; i < option_rows; i++) {
		const struct option_row *row = &option_table[i];

		if (!option_is_shown(row) || !row->argument)
			continue;
		fprintf(f, "\t--%s", row->name);
		if (row->letter)
			fprintf(f, "|-%c", row->letter);
		if (row->values)
			fprintf(f, ") COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n",
				row->values);
		else if (option_is_file(row))
			fputs(") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", f);
		else
			fputs(") return ;;\n", f);
	}
	fputs("\tesac\n", f);
}

static void bash_options(FILE *f)
{
	fputs("\tcase $command in\n", f);
	for (int c = 0; c < COMMAND_COUNT; c++) {
		fprintf(f, "\t%s) words='", command_table[c].name);
		for (size_t i = 0; i < option_rows; i++)
			if (option_is_of(&option_table[i], c) && option_is_shown(&option_table[i]))
				fprintf(f, "--%s ", option_table[i].name);
		fputs("' ;;\n", f);
	}
	fputs("\t*) words='--help --version' ;;\n\tesac\n", f);
}

static void complete_bash(FILE *f)
{
	fputs("_charter()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= w "
	      "words\n"
	      "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	      "\t\tcase $w in\n\t\t",
	      f);
	put_commands(f, "|");
	fputs(") command=$w; break ;;\n\t\tesac\n\tdone\n", f);
	bash_values(f);
	fputs("\tif [[ $cur != -* ]]; then\n"
	      "\t\tif [[ -z $command || $command == help ]]; then\n\t\t\tCOMPREPLY=($(compgen -W '",
	      f);
	put_commands(f, " ");
	fputs("' -- \"$cur\"))\n\t\telif [[ $command == report ]]; then\n"
	      "\t\t\tCOMPREPLY=($(compgen -W 'ids' -- \"$cur\"))\n"
	      "\t\telse\n\t\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\t\tfi\n\t\treturn\n\tfi\n",
	      f);
	bash_options(f);
	fputs(
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -F _charter charter\n",
	    f);
}

/* Between single quotes, where colons and brackets part the fields. */
static void put_zsh(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (strchr("[]:\\", *s))
			fputc('\\', f);
		if (*s == '\'')
			fputs("'\\''", f);
		else
			fputc(*s, f);
	}
}

static void zsh_option(FILE *f, const struct option_row *row)
{
	fprintf(f, "\t\t'--%s%s[", row->name, row->argument ? "=" : "");
	put_zsh(f, row->help);
	fputc(']', f);
	if (row->argument)
		fprintf(f, ":%s:", row->name);
	if (row->values)
		fprintf(f, "(%s)", row->values);
	else if (option_is_file(row))
		fputs("_files", f);
	fputs("'\n", f);
}

static void complete_zsh(FILE *f)
{
	fputs("#compdef charter\n_charter()\n{\n\tlocal -a commands options\n\tlocal w command=\n"
	      "\tcommands=(\n",
	      f);
	for (int i = 0; i < COMMAND_COUNT; i++) {
		fprintf(f, "\t\t'%s:", command_table[i].name);
		put_zsh(f, command_table[i].help);
		fputs("'\n", f);
	}
	fputs("\t)\n\tfor w in ${words[2,CURRENT-1]}; do\n\t\tif [[ -n ${(M)commands:#$w:*} ]]; "
	      "then\n"
	      "\t\t\tcommand=$w\n\t\t\tbreak\n\t\tfi\n\tdone\n\tcase $command in\n",
	      f);
	for (int c = 0; c < COMMAND_COUNT; c++) {
		fprintf(f, "\t%s) options=(\n", command_table[c].name);
		for (size_t i = 0; i < option_rows; i++)
			if (option_is_of(&option_table[i], c) && option_is_shown(&option_table[i]))
				zsh_option(f, &option_table[i]);
		fputs("\t) ;;\n", f);
	}
	fputs("\t*) _describe command commands; return ;;\n\tesac\n"
	      "\t_arguments $options '1:command:' '*:file:_files'\n}\n_charter \"$@\"\n",
	      f);
}

static void complete_fish(FILE *f)
{
	for (int i = 0; i < COMMAND_COUNT; i++) {
		fprintf(f, "complete -c charter -n __fish_use_subcommand -f -a %s -d '",
			command_table[i].name);
		put_quoted(f, command_table[i].help);
		fputs("'\n", f);
	}
	for (size_t i = 0; i < option_rows; i++) {
		const struct option_row *row = &option_table[i];

		if (!option_is_shown(row))
			continue;
		fputs("complete -c charter -n '__fish_seen_subcommand_from", f);
		for (int c = 0; c < COMMAND_COUNT; c++)
			if (option_is_of(row, c))
				fprintf(f, " %s", command_table[c].name);
		fprintf(f, "' -l %s", row->name);
		if (row->letter)
			fprintf(f, " -s %c", row->letter);
		if (row->values)
			fprintf(f, " -x -a '%s'", row->values);
		else if (row->argument)
			fputs(option_is_file(row) ? " -r" : " -x", f);
		fputs(" -d '", f);
		put_quoted(f, row->help);
		fputs("'\n", f);
	}
}

int options_completions(const char *shell, FILE *f, struct error *err)
{
	if (strcmp(shell, "bash") == 0)
		complete_bash(f);
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh(f);
	else if (strcmp(shell, "fish") == 0)
		complete_fish(f);
	else
		return error_set(err, "--completions %s: bash, zsh and fish are known", shell);
	return 0;
}
