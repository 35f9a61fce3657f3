/* A configuration of files in memory, read and compiled, for tests. */
#ifndef CHARTER_TESTS_CONFIG_RUN_H
#define CHARTER_TESTS_CONFIG_RUN_H

#include "state/config.h"

struct run {
	struct arena *arena;
	struct diagnostics diagnostics;
	struct config *config; /* NULL: not readable */
	struct side *side;     /* NULL when there is no config */
	struct buf out;        /* the diagnostics as printed */
};

/* `world` may be NULL: nothing is known of AWS. Ended with run_end(). */
void run_config(struct run *, const struct config_file *files, size_t n, bool lenient,
		const struct compile_world *world);
/* The same with C strings, ended by a path of NULL or after FILES_MAX. */
#define FILES_MAX 8
struct test_file {
	const char *path, *data;
};
void run_files(struct run *, const struct test_file *, bool lenient,
	       const struct compile_world *world);
void run_end(struct run *);
/* What is printed of a configuration of which nothing of AWS is known. Fails at the first that is
 * another. */
struct printed_case {
	const char *name;
	struct test_file file[FILES_MAX];
	const char *printed;
};
void run_printed(const struct printed_case *, size_t n);
/* A value as text: "a", "(unset)", "(none)", "[a b=c]", "[a] only". */
const char *run_value(struct run *, const char *address, uint16_t attr);
/* Fails at the first that is another. */
struct value_case {
	const char *address;
	uint16_t attr;
	const char *value;
};
void run_values(struct run *, const struct value_case *, size_t n);

#endif
