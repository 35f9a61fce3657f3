/* The command line, from one table: parsing, --help, the man page and the completions cannot
 * disagree. */
#ifndef CHARTER_RECONCILER_OPTIONS_H
#define CHARTER_RECONCILER_OPTIONS_H

#include "base/arena.h"
#include "base/env.h"
#include "base/error.h"

#include <stdbool.h>

enum command_id {
	COMMAND_VALIDATE,
	COMMAND_PLAN,
	COMMAND_APPLY,
	COMMAND_DRIFT,
	COMMAND_REHEARSE,
	COMMAND_IMPORT,
	COMMAND_COMMENT,
	COMMAND_SNAPSHOT,
	COMMAND_SHOW,
	COMMAND_PERMISSIONS,
	COMMAND_TWIN,
	COMMAND_INIT,
	COMMAND_DOCTOR,
	COMMAND_REPORT,
	COMMAND_SELFTEST,
	COMMAND_HELP,
	COMMAND_VERSION,
	COMMAND_COUNT
};

/* A number that was not given. */
#define OPTION_UNSET UINT64_MAX

enum format {
	FORMAT_TEXT,
	FORMAT_MARKDOWN,
	FORMAT_JSON,
	FORMAT_HTML,
	FORMAT_CALLS,
	FORMAT_JUNIT,
	FORMAT_SARIF,
	FORMAT_CODE_QUALITY,
	FORMAT_COUNTS,
	FORMAT_ENV,
	FORMAT_COUNT
};
struct output {
	enum format format;
	const char *file; /* NULL: standard output */
};
typedef VEC(const char *) option_list;
enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
	enum command_id command;
	const char *repo, *ref, *base, *target,
	    *path;                  /* repo "." and path "" by default; others NULL */
	VEC(struct output) outputs; /* empty: text to standard output */
	const char *out;            /* --out FILE */
	option_list live;           /* --live FILE... */
	const char *only, *except;
	bool detailed_exitcode, no_removals, only_drift, only_due, allow_dirty, exact;
	const char *date, *shard, *state, *expect, *journal, *spend, *logins;
	/* Of the twin, of rehearsals and of the self-test. */
	const char *listen, *save, *faults, *account, *scenario;
	option_list load;
	uint64_t seed, seeds, latency, job_time, lag, accounts, workers;
	bool no_verify;
	/* Of pull requests and their forge. */
	const char *forge, *forge_url, *repository, *pull_request, *comment, *status, *run_url;
	bool from_pull_request;
	option_list notify; /* of drift and comment: `webhook`, or the ARN of an SNS topic */
	/* Of import: live values into the files that are there; a branch and a pull request. */
	bool drift, as_pull_request;
	/* Of init. */
	const char *ci, *region;
	unsigned rates; /* --rates aws|off|PERCENT: 70 by default, 0 off */
	enum color_mode color;
	int verbose; /* -q -1, default 0, -v 1, -vv 2 */
	/* PLAN.json, FILE, "ids"; of help: a command, "--man", or "--completions" and a shell */
	VEC(const char *) arguments;
	bool help;
};

/* Parses; an unknown command or option suggests the near one. Options may stand before or after the
 * command; "--opt=value" and
 * "--opt value"; "--" ends them. An option that the command does not take is an error that says
 * which commands take it. What is known and not built is an error "not supported yet". */
int options_parse(struct options *, int argc, char **argv, struct error *err);
void options_free(struct options *);
const char *command_name(enum command_id);
/* Help of all, or of one command. */
void options_help(enum command_id, bool all, FILE *);
void options_man(FILE *);                                              /* roff, man(7) */
int options_completions(const char *shell, FILE *, struct error *err); /* bash, zsh, fish */

#endif
