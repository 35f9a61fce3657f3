/* The command line: from words to struct options. */
#include "reconciler/options_table.h"

#include "base/text.h"
#include "state/kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parse {
	struct options *o;
	struct error *err;
	int argc, at; /* at: the next word */
	char **argv;
	VEC(const struct option_row *) used;
	bool version;
};

const char *command_name(enum command_id id)
{
	return command_table[id].name;
}

static int command_find(const char *name)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(command_table[i].name, name) == 0)
			return i;
	return -1;
}

/* The row that the command takes, else the first of that name. */
static const struct option_row *option_find(const char *name, size_t len, enum command_id command)
{
	const struct option_row *first = NULL;

	for (size_t i = 0; i < option_rows; i++) {
		const struct option_row *row = &option_table[i];

		if (strlen(row->name) != len || memcmp(row->name, name, len) != 0)
			continue;
		if (command != COMMAND_COUNT && option_is_of(row, command))
			return row;
		if (!first)
			first = row;
	}
	return first;
}

static const struct option_row *option_of_letter(char letter)
{
	for (size_t i = 0; i < option_rows; i++)
		if (option_table[i].letter == letter)
			return &option_table[i];
	return NULL;
}

static int error_no_command(struct error *err)
{
	auto_buf names = BUF_INIT(1024);

	for (int i = 0; i < COMMAND_COUNT; i++)
		buf_printf(&names, "%s%s", names.len ? ", " : "", command_table[i].name);
	return error_set(err, "no command is given: %s; `charter help` tells what they do",
			 buf_str(&names));
}

static int error_command(struct error *err, const char *name)
{
	const char *names[COMMAND_COUNT], *near;

	for (int i = 0; i < COMMAND_COUNT; i++)
		names[i] = command_table[i].name;
	near = text_nearest(name, names, COMMAND_COUNT);
	if (near)
		return error_set(err, "unknown command `%s`; did you mean `%s`?", name, near);
	return error_set(err, "unknown command `%s`; `charter help` lists the commands", name);
}

/* Options that the command takes are suggested first. */
static int error_option(const struct parse *p, const char *name, size_t len)
{
	auto_free char *word = xasprintf("%.*s", (int)len, name);
	auto_free const char **names = xcalloc(option_rows, sizeof *names);
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < option_rows; i++)
		if (p->o->command == COMMAND_COUNT || option_is_of(&option_table[i], p->o->command))
			names[n++] = option_table[i].name;
	near = text_nearest(word, names, n);
	if (near)
		return error_set(p->err, "unknown option `--%s`; did you mean `--%s`?", word, near);
	return error_set(p->err, "unknown option `--%s`; `charter %s` lists the options", word,
			 p->o->command == COMMAND_COUNT ? "help" : "COMMAND --help");
}

static int error_not_taken(const struct parse *p, const struct option_row *row)
{
	auto_buf list = BUF_INIT(1024);

	for (int i = 0; i < COMMAND_COUNT; i++)
		if (option_is_of(row, i))
			buf_printf(&list, "%s%s", list.len ? ", " : "", command_table[i].name);
	return error_set(p->err, "`charter %s` does not take --%s; it is an option of: %s",
			 command_table[p->o->command].name, row->name, buf_str(&list));
}

static int parse_output(struct parse *p, const char *value)
{
	size_t len = strcspn(value, "=");
	struct output out = {.file = value[len] ? value + len + 1 : NULL};
	auto_free char *word = xasprintf("%.*s", (int)len, value);
	const char *near;
	size_t i;

	for (i = 0; i < FORMAT_COUNT && strcmp(format_names[i], word) != 0; i++)
		continue;
	if (i == FORMAT_COUNT) {
		near = text_nearest(word, format_names, i);
		return error_set(p->err, "-o %s: unknown format; %s%s%s", word,
				 near ? "did you mean `"
				      : "text, markdown, json and calls are known",
				 near ? near : "", near ? "`?" : "");
	}
	if (out.file && !*out.file)
		return error_set(p->err, "-o %s: no file is named after `=`", value);
	for (size_t k = 0; k < p->o->outputs.n; k++) {
		const char *other = p->o->outputs.at[k].file;

		if (!other && !out.file)
			return error_set(p->err,
					 "two outputs go to standard output; give one a "
					 "file: -o %s=FILE",
					 word);
		if (other && out.file && strcmp(other, out.file) == 0)
			return error_set(p->err, "two outputs go to the file %s", other);
	}
	out.format = (enum format)i;
	vec_push(&p->o->outputs, out);
	return 0;
}

static int parse_word(struct parse *p, const struct option_row *row, const char *value)
{
	const char *found = strstr(row->values, value);
	size_t len = strlen(value);

	for (; found; found = strstr(found + 1, value))
		if ((found == row->values || found[-1] == ' ') &&
		    (found[len] == ' ' || found[len] == '\0') && !strchr(value, ' ')) {
			*(const char **)((char *)p->o + row->offset) = value;
			return 0;
		}
	return error_set(p->err, "--%s %s: must be one of: %s", row->name, value, row->values);
}

static int parse_rates(struct parse *p, const char *value)
{
	char *end = NULL;
	unsigned long n;

	if (strcmp(value, "aws") == 0) {
		p->o->rates = 100;
		return 0;
	}
	if (strcmp(value, "off") == 0) {
		p->o->rates = 0;
		return 0;
	}
	n = *value >= '0' && *value <= '9' ? strtoul(value, &end, 10) : 0;
	if (n < 1 || n > 100 || (strcmp(end, "") != 0 && strcmp(end, "%") != 0))
		return error_set(p->err,
				 "--rates %s: must be `aws`, `off`, or a percentage from 1 "
				 "to 100",
				 value);
	p->o->rates = (unsigned)n;
	return 0;
}

static int parse_color(struct parse *p, const char *value)
{
	static const char *const names[] = {"auto", "always", "never"};

	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], value) == 0) {
			p->o->color = (enum color_mode)i;
			return 0;
		}
	return error_set(p->err, "--color %s: must be auto, always or never", value);
}

static int parse_date(struct parse *p, const char *value)
{
	int64_t us;

	if (time_parse(value, &us) != 0)
		return error_set(p->err,
				 "--date %s: must be a date such as 2026-12-31, or a time "
				 "such as 2026-12-31T12:00:00Z",
				 value);
	p->o->date = value;
	return 0;
}

static int parse_number(struct parse *p, const struct option_row *row, const char *value)
{
	char *end = NULL;
	unsigned long long n;

	errno = 0;
	n = *value >= '0' && *value <= '9' ? strtoull(value, &end, 10) : 0;
	if (!end || *end || errno)
		return error_set(p->err, "--%s %s: must be a whole number from 0", row->name,
				 value);
	*(uint64_t *)((char *)p->o + row->offset) = n;
	return 0;
}

static int option_take(struct parse *p, const struct option_row *row, const char *value)
{
	struct options *o = p->o;

	vec_push(&p->used, row);
	switch (row->type) {
	case OPTION_STRING:
		*(const char **)((char *)o + row->offset) = value;
		return 0;
	case OPTION_WORD:
		return parse_word(p, row, value);
	case OPTION_BOOL:
		*(bool *)((char *)o + row->offset) = true;
		return 0;
	case OPTION_NUMBER:
		return parse_number(p, row, value);
	case OPTION_LIST:
		vec_push((option_list *)((char *)o + row->offset), value);
		return 0;
	case OPTION_OUTPUT:
		return parse_output(p, value);
	case OPTION_DATE:
		return parse_date(p, value);
	case OPTION_RATES:
		return parse_rates(p, value);
	case OPTION_COLOR:
		return parse_color(p, value);
	case OPTION_QUIET:
	case OPTION_VERBOSE:
		if (o->verbose && (o->verbose < 0) != (row->type == OPTION_QUIET))
			return error_set(p->err, "-q and -v exclude each other");
		o->verbose = row->type == OPTION_QUIET ? -1 : o->verbose < 2 ? o->verbose + 1 : 2;
		return 0;
	case OPTION_HELP_WORD:
		vec_push(&o->arguments, row->argument ? "--completions" : "--man");
		if (row->argument)
			vec_push(&o->arguments, value);
		return 0;
	case OPTION_VERSION:
		p->version = true;
		return 0;
	case OPTION_NOT_YET:
		return error_set(p->err, "--%s: not supported yet", row->name);
	}
	return 0;
}

/* The value may follow in the same word, else it is the next one. */
static int option_value(struct parse *p, const struct option_row *row, const char *given,
			const char **value)
{
	*value = given;
	if (!row->argument) {
		if (given)
			return error_set(p->err, "--%s takes no value", row->name);
		return 0;
	}
	if (!given && p->at < p->argc)
		*value = p->argv[p->at++];
	if (!*value || (!**value && row->type != OPTION_STRING))
		return error_set(p->err, "--%s needs a value: --%s %s", row->name, row->name,
				 row->argument);
	if (!**value && strcmp(row->name, "path") != 0)
		return error_set(p->err, "--%s: the value is empty", row->name);
	return 0;
}

static int parse_long(struct parse *p, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct option_row *row = option_find(word, len, p->o->command);
	const char *value;

	if (!row)
		return error_option(p, word, len);
	if (option_value(p, row, word[len] ? word + len + 1 : NULL, &value))
		return -1;
	return option_take(p, row, value);
}

static int parse_letters(struct parse *p, const char *word)
{
	const struct option_row *row;
	const char *value;

	while (*word) {
		row = option_of_letter(*word);
		if (!row)
			return error_set(p->err,
					 "unknown option `-%c`; `charter help` lists the options",
					 *word);
		word++;
		if (option_value(p, row, row->argument && *word ? word : NULL, &value))
			return -1;
		if (option_take(p, row, value))
			return -1;
		if (row->argument)
			break;
	}
	return 0;
}

/* The command is the first word that is neither an option nor the value of one. What is not built
 * says so whatever else stands on the line. */
static int command_scan(struct parse *p)
{
	for (int i = 1; i < p->argc; i++) {
		const char *word = p->argv[i];
		const struct option_row *row = NULL;
		int id;

		if (strcmp(word, "--") == 0)
			continue;
		if (word[0] == '-' && word[1] == '-')
			row = strchr(word, '=')
				  ? NULL
				  : option_find(word + 2, strlen(word + 2), COMMAND_COUNT);
		else if (word[0] == '-' && word[1] && !word[2])
			row = option_of_letter(word[1]);
		if (row && row->argument)
			i++;
		if (word[0] == '-' && word[1])
			continue;
		id = command_find(word);
		if (id < 0)
			return error_command(p->err, word);
		p->o->command = (enum command_id)id;
		return 0;
	}
	return 0;
}

static int parse_words(struct parse *p)
{
	bool options = true, command = false;

	for (p->at = 1; p->at < p->argc;) {
		const char *word = p->argv[p->at++];

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && word[0] == '-' && word[1] == '-') {
			if (parse_long(p, word + 2))
				return -1;
		} else if (options && word[0] == '-' && word[1]) {
			if (parse_letters(p, word + 1))
				return -1;
		} else if (!command) {
			command = true;
		} else {
			vec_push(&p->o->arguments, word);
		}
	}
	return 0;
}

static int check_report(const struct parse *p)
{
	/* The first two are built. */
	static const char *const known[] = {"ids", "hygiene", "costs", "access"};
	const char *name = p->o->arguments.at[0], *near;

	for (int i = 0; i < 4; i++) {
		if (strcmp(name, known[i]) != 0)
			continue;
		return i < 2 ? 0 : error_set(p->err, "charter report %s: not supported yet", name);
	}
	near = text_nearest(name, known, 4);
	return error_set(p->err, "unknown report `%s`; did you mean `%s`?", name,
			 near ? near : "ids");
}

void format_list(unsigned formats, struct buf *out)
{
	for (int k = 0; k < FORMAT_COUNT; k++)
		if (formats & 1u << k)
			buf_printf(out, "%s%s", out->len ? ", " : "", format_names[k]);
}

static int check_outputs(const struct parse *p)
{
	const struct options *o = p->o;
	const struct command_row *row = &command_table[o->command];
	auto_buf list = BUF_INIT(1024);

	for (size_t i = 0; i < o->outputs.n; i++) {
		enum format format = o->outputs.at[i].format;

		if (row->formats & 1u << format)
			continue;
		format_list(row->formats, &list);
		return error_set(p->err, "`charter %s` does not write -o %s; it writes %s",
				 row->name, format_names[format], buf_str(&list));
	}
	return 0;
}

/* One that matches nothing, ever, would be answered with "nothing to do" and "in sync". */
static int check_pattern(const struct parse *p, const char *option, const char *pattern)
{
	size_t len = pattern ? strcspn(pattern, "/") : 0;
	auto_free char *kind = xasprintf("%.*s", (int)len, pattern ? pattern : "");
	const char *names[KIND_COUNT + 1] = {"policy_attachment"}, *near;

	for (int i = 0; i < KIND_COUNT; i++)
		names[i + 1] = kinds[i]->name;
	if (!pattern || strpbrk(kind, "*?") || strcmp(pattern, "organization") == 0)
		return 0;
	for (size_t i = 0; i <= KIND_COUNT; i++)
		if (strcmp(kind, names[i]) == 0)
			return pattern[len] == '/'
				   ? 0
				   : error_set(p->err, "--%s %s: write %s/NAME, or %s/** for all",
					       option, pattern, kind, kind);
	near = text_nearest(kind, names, KIND_COUNT + 1);
	return error_set(p->err, "--%s %s: there is no kind `%s`%s%s%s", option, pattern, kind,
			 near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
}

static int check_help(const struct parse *p)
{
	const struct options *o = p->o;
	const char *word = o->arguments.n ? o->arguments.at[0] : NULL;

	if (word && strcmp(word, "--completions") == 0)
		return 0;
	if (o->arguments.n > 1)
		return error_set(p->err, "`charter help` takes one command");
	if (!word || strcmp(word, "--man") == 0 || command_find(word) >= 0)
		return 0;
	return error_command(p->err, word);
}

static int check_arguments(const struct parse *p)
{
	const struct options *o = p->o;
	const struct command_row *row = &command_table[o->command];

	if (o->arguments.n < row->least && o->command == COMMAND_REPORT)
		return error_set(p->err,
				 "`charter %s` needs the name of a report: charter report %s",
				 row->name, row->arguments);
	if (o->arguments.n < row->least)
		return error_set(p->err, "`charter %s` needs an argument: charter %s %s", row->name,
				 row->name, row->arguments);
	if (o->arguments.n > row->most)
		return error_set(p->err, "`charter %s` does not take the argument `%s`", row->name,
				 o->arguments.at[row->most]);
	if (o->command == COMMAND_REPORT)
		return check_report(p);
	return o->command == COMMAND_HELP ? check_help(p) : 0;
}

static int parse_check(const struct parse *p)
{
	struct options *o = p->o;

	if (p->version)
		o->command = COMMAND_VERSION;
	if (o->command == COMMAND_COUNT && o->help) {
		o->command = COMMAND_HELP;
		o->help = false;
	}
	if (o->command == COMMAND_COUNT)
		return error_no_command(p->err);
	for (size_t i = 0; i < p->used.n; i++)
		if (!p->version && !option_is_of(p->used.at[i], o->command))
			return error_not_taken(p, p->used.at[i]);
	if (o->help || p->version)
		return 0;
	return check_outputs(p) == 0 && check_pattern(p, "only", o->only) == 0 &&
		       check_pattern(p, "except", o->except) == 0 && check_arguments(p) == 0
		   ? 0
		   : -1;
}

int options_parse(struct options *o, int argc, char **argv, struct error *err)
{
	struct parse p = {.o = o, .err = err, .argc = argc, .argv = argv};
	int result;

	*o = (struct options){.command = COMMAND_COUNT,
			      .repo = ".",
			      .path = "",
			      .rates = 70,
			      .seed = 1,
			      .seeds = 100,
			      .workers = OPTION_UNSET,
			      .latency = OPTION_UNSET,
			      .job_time = OPTION_UNSET};
	result = command_scan(&p) || parse_words(&p) || parse_check(&p) ? -1 : 0;
	free(p.used.at);
	return result;
}

void options_free(struct options *o)
{
	free(o->outputs.at);
	free(o->live.at);
	free(o->load.at);
	free(o->notify.at);
	free(o->arguments.at);
	*o = (struct options){0};
}
