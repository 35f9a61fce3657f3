/* One run of the program: what every command that looks at an organization does first. */
#ifndef CHARTER_RECONCILER_RUN_H
#define CHARTER_RECONCILER_RUN_H

#include "aws/client.h"
#include "aws/wire.h"
#include "git/source.h"
#include "reconciler/execute.h"
#include "reconciler/options.h"
#include "reconciler/plan.h"
#include "reconciler/progress.h"

/* A configuration at one commit: its files, what they say, and the commit's names. */
struct configuration {
	struct tree *tree;
	struct config *config;
	struct config_file *files;
	struct commit commit;
	/* Compiled when they are first asked for: without what is live, and with the ids of live
	 * accounts. The run's; NULL: not yet. */
	struct side *offline, *online;
};

struct run {
	const struct options *options;
	const struct env *env;
	struct arena *arena;
	struct diagnostics diagnostics; /* about head */
	bool diagnostics_shown;
	int64_t now_us; /* the run's date */
	/* Set before run_head(): the scope of a repository that has no path. */
	const char *scope;
	/* Set before run_connect(): what the client takes beside options and environment. */
	struct client_options client_options;
	bool no_progress;
	/* Of a trial, or NULL: what an account's key id begins with, and the secret of all. */
	const char *trial_keys, *trial_secret;

	struct source *source; /* set before run_head(): it is used, and stays the caller's */
	bool source_borrowed;
	struct configuration head, base, target;
	char target_commit[GIT_HEX];          /* of --target; its configuration may be none */
	VEC(struct configuration) unfinished; /* of applies that did not end */
	struct side *leftover;                /* what those declared, or NULL */

	VEC(struct side *) compiled; /* every side that configuration_compile() made */

	struct loop *loop;
	struct client *client;
	struct progress *progress;
	int64_t read_us; /* monotonic: when the reading began */

	struct map *account_names;         /* id -> name, for `access:` */
	const struct text *record_account; /* id of the record's account, without organization */
	bool identity_read;                /* IAM Identity Center was asked for */
	bool applies;                      /* the sessions in accounts may do what the plan does */

	struct world world; /* who we are and where, before the crawl */
	struct side *live;
	struct record record;
	struct sides sides;
	struct bound *bound, *intent;
	struct difference *difference;
	struct approval *approval; /* of the saved plan, or of merged pull requests; or NULL */
	struct plan_input input;
	struct plan plan;
	bool interrupted;
};

void run_init(struct run *, const struct options *, const struct env *);
void run_free(struct run *);

/* Opens the repository, reads and checks the head's configuration offline; prints all its
 * diagnostics. -1 when there are errors: no request has been sent. */
int run_head(struct run *, struct error *err);
/* The same of a tree that was read, or made; it is taken. run->source is open. */
int run_head_of(struct run *, struct tree *, struct error *err);
/* The client, and what shows its progress. */
int run_client(struct run *, bool read_only, struct error *err);
/* The same; credentials, who we are, the right organization. `read_only`: the transport refuses
 * what mutates.
 */
int run_connect(struct run *, bool read_only, struct error *err);
/* The live organization: by a crawl, or from --live. An unread scope is no error here. */
int run_read(struct run *, struct error *err);
/* The recorded base (or --base), the target, unfinished applies. */
int run_base(struct run *, struct error *err);
/* The accounts that the configurations speak of: their IAM, and the spend of pools. An account that
 * cannot be entered is an unread scope. */
int run_accounts(struct run *, struct error *err);
/* From here on the sessions in accounts may do what the plan does there. */
void run_applies(struct run *);
/* Binds and compares; builds the plan. `saved` may be NULL. */
int run_plan(struct run *, const struct plan_doc *saved, struct error *err);

/* head, connect, read, base, accounts, plan, in order. */
int run_all(struct run *, bool read_only, const struct plan_doc *saved, struct error *err);

/* Reads one configuration from the source's tree: used for head, base, target. Takes the tree. */
int configuration_read(struct run *, struct configuration *, struct tree *, bool lenient,
		       struct diagnostics *);
void configuration_free(struct configuration *);
/* The same at a commit, read leniently. */
int configuration_at(struct run *, struct configuration *, const char *rev, struct error *err);
/* What a merge says, whatever is live: rows of two configurations, compiled without ids and bound
 * to nothing. The caller's. */
struct bound *run_intent(struct run *, const struct configuration *from, struct side *to);
/* Compiles with the ids of the live organization, or without any (live NULL). The side belongs to
 * the run. */
struct side *configuration_compile(struct run *, const struct configuration *,
				   const struct side *live, struct diagnostics *);
/* The same, for reading only and without a word: compiled once, without and with the ids of the
 * live organization. NULL: there is no configuration, or nothing could be made of it. */
struct side *configuration_offline(struct run *, struct configuration *);
struct side *configuration_online(struct run *, struct configuration *);
/* This moment, RFC 3339, in the run's arena. */
const char *run_time(struct run *);
/* Prints the head's diagnostics to standard error, once. */
void run_show_diagnostics(struct run *);
/* A line of -vv; the context is the run. */
void run_trace(void *run, const char *line);
/* A message to standard error: "charter: ..."; silent with -q when it is a note. */
void run_note(struct run *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void run_warn(struct run *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool stream_color(const struct run *, FILE *);

/* output.c: calls write() for each form that the command line asks for; text to standard output
 * when it asks for none. Ends at the first -1. */
typedef int output_fn(const struct run *, const struct output *, const void *ctx,
		      struct error *err);
int outputs_each(struct run *, output_fn *write, const void *ctx, struct error *err);
/* Writes the document in every form asked for, and the saved plan. A page of the run's own plan
 * gets the whole organization. */
int output_document(struct run *, struct plan_doc *, struct error *err);
/* Colour and width of a text report that goes there. */
struct style output_style(const struct run *, const struct output *);
/* Writes a file whole or not at all (a temporary one, synced, renamed); devices and pipes are
 * written directly. NULL: standard output. */
int output_file(const struct env *, const char *file, const void *data, size_t len,
		struct error *err);

/* cmd_apply.c: whether the plan that was made may be performed. EXIT_DONE; or EXIT_REFUSED, or -1
 * with an error (stale, or not the expected plan), and then nothing may be sent. */
int apply_may(struct run *, struct error *err);
/* Performs it; of the options, journal (NULL: none is kept) and progress count. The exit code, or
 * -1. */
int apply_calls(struct run *, const struct execute_options *, struct execution *,
		struct error *err);

/* Exit code of a plan or drift that was made, without an error. */
enum exit_code plan_exit(const struct run *);

#endif
