/* The tables behind the command line. Private to options*.c and completions.c. */
#ifndef CHARTER_RECONCILER_OPTIONS_TABLE_H
#define CHARTER_RECONCILER_OPTIONS_TABLE_H

#include "base/buf.h"
#include "reconciler/options.h"

#include <stddef.h>

struct command_row {
	const char *name;
	const char *arguments; /* as usage shows them, or NULL */
	unsigned least, most;  /* how many arguments */
	const char *help;      /* one line, no capital, no full stop */
	const char *about;     /* paragraphs for its own help, or NULL */
	const char *examples;  /* lines, or NULL */
	unsigned formats;      /* of -o: bits, 1u << enum format */
};
extern const char *const format_names[FORMAT_COUNT];
/* "text, markdown, json", of bits. */
void format_list(unsigned formats, struct buf *out);
extern const struct command_row command_table[COMMAND_COUNT];

enum option_type {
	OPTION_STRING, /* const char * at offset */
	OPTION_WORD,   /* the same; one of `values` */
	OPTION_BOOL,   /* bool at offset */
	OPTION_NUMBER, /* uint64_t at offset: digits only */
	OPTION_OUTPUT,
	OPTION_LIST, /* option_list at offset: may be repeated */
	OPTION_DATE,
	OPTION_RATES,
	OPTION_COLOR,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_HELP_WORD, /* of help: kept among the arguments */
	OPTION_VERSION,
	OPTION_NOT_YET, /* known, and not built */
};
struct option_row {
	const char *name;     /* without "--" */
	char letter;          /* 0: none */
	const char *argument; /* NULL: takes none */
	const char *help;
	/* Bits: 1u << enum command_id. Several rows of one name are of different commands. */
	unsigned commands;
	enum option_type type;
	size_t offset;      /* in struct options */
	const char *values; /* the words it accepts, parted by blanks, for completion; or NULL */
};
extern const struct option_row option_table[];
extern const size_t option_rows;

struct exit_row {
	const char *code, *meaning;
};
extern const struct exit_row exit_table[];
extern const size_t exit_rows;

struct environment_row {
	const char *names, *meaning;
};
extern const struct environment_row environment_table[];
extern const size_t environment_rows;

static inline bool option_is_of(const struct option_row *row, enum command_id command)
{
	return (row->commands & 1u << command) != 0;
}

#endif
