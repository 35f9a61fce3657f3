/* import: configuration for what exists. */
#include "reconciler/command.h"

#include "base/env.h"
#include "reconciler/ci.h"
#include "reconciler/import.h"
#include "reconciler/import_begin.h"
#include "reconciler/run_accounts.h"
#include "state/snapshot.h"

#include <stdlib.h>
#include <string.h>

#define SNAPSHOT_MOST (1u << 30)
#define UNREAD_SHOWN  20

struct import_job {
	struct run *run;
	struct tree *tree; /* of a repository without a configuration, until that is made */
	bool fresh;
	struct buf live; /* the reading, before it is bound */
	struct import *import;
};

/* Where what is made can go. */
static int place_check(const struct run *run, struct error *err)
{
	const struct options *o = run->options;

	if (o->as_pull_request)
		return 0;
	if (source_is_remote(run->source))
		return error_set(err,
				 "import writes into a directory, and %s is a URL: clone it, or "
				 "use --pull-request",
				 o->repo);
	if (source_has_git(run->source) && !source_has_worktree(run->source))
		return error_set(err,
				 "import writes into a directory, and %s is a bare repository: "
				 "clone it, or use --pull-request",
				 o->repo);
	if (o->ref != NULL)
		return error_set(err, "--ref names a commit, and import writes beside the files of "
				      "the working tree: leave it out, or use --pull-request");
	return 0;
}

/* A branch begins at a commit, whose files the proposal is for. */
static int commit_check(const struct run *run, const struct tree *tree, struct error *err)
{
	if (!run->options->as_pull_request)
		return 0;
	if (tree->dirty || *tree->commit == '\0')
		return error_set(err, "--pull-request begins a branch at a commit, and the working "
				      "tree has uncommitted changes: commit them, or name a commit "
				      "with --ref");
	return 0;
}

static int import_head(struct import_job *job, struct error *err)
{
	struct run *run = job->run;
	const struct options *o = run->options;
	struct tree *tree = NULL;

	if (run->source == NULL &&
	    source_open(&run->source, o->repo, o->path, ci_ca_file(run->env), err) != 0)
		return -1;
	if (place_check(run, err) != 0 || source_read(run->source, o->ref, &tree, err) != 0)
		return -1;
	if (commit_check(run, tree, err) != 0) {
		tree_free(tree);
		return -1;
	}
	job->fresh = tree_file(tree, "charter.yaml") == NULL;
	if (!job->fresh)
		return run_head_of(run, tree, err);
	if (o->drift) {
		tree_free(tree);
		return error_set(err, "there is no charter.yaml, and so nothing that drifted: "
				      "import without --drift first");
	}
	job->tree = tree;
	return 0;
}

static int import_read(struct import_job *job, struct error *err)
{
	struct run *run = job->run;
	struct tree *tree = job->tree;

	if (run->options->live.n == 0 && run_connect(run, true, err) != 0)
		return -1;
	if (run_read(run, err) != 0)
		return -1;
	job->tree = NULL;
	if (job->fresh && import_begin(run, tree, err) != 0)
		return -1;
	if (run_base(run, err) != 0 || run_accounts(run, err) != 0)
		return -1;
	return job->fresh ? import_read_accounts(run, err) : 0;
}

/* Binding rewrites the reading; the second plan begins with it as it was. */
static int live_keep(struct import_job *job, struct error *err)
{
	char *data = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&data, &len);
	int r;

	if (f == NULL)
		die_out_of_memory();
	r = snapshot_write(job->run->live, f, err);
	fclose(f);
	if (r == 0)
		buf_add(&job->live, data, len);
	free(data);
	return r != 0 || !job->live.full ? r : error_set(err, "the reading is too large");
}

static int job_make(struct import_job *job, struct error *err)
{
	struct run *run = job->run;
	const struct config_file *files = run->head.files;
	struct config_file *existing =
	    arena_array(run->arena, run->head.tree->files + 1, sizeof(*existing));
	size_t n = 0;

	for (size_t i = 0; i < run->head.tree->files; i++) {
		if (!job->fresh || strcmp(files[i].path, "charter.yaml") != 0)
			existing[n++] = files[i];
	}
	if (run->options->drift)
		return import_drift(run->arena, &run->plan, existing, n, job->import, err);
	return import_files(run->arena, &run->plan, run->options->only, existing, n, job->import,
			    err);
}

/* Scopes that say what was wrong in them. */
static unsigned unread_count(const struct run *run)
{
	unsigned n = 0;

	for (size_t i = 0; i < run->live->scopes.n; i++)
		n += run->live->scopes.at[i].state == SCOPE_PARTIAL;
	return n;
}

int import_prepare(struct run *run, struct import *import, struct error *err)
{
	struct import_job job = {.run = run, .live = BUF_INIT(SNAPSHOT_MOST), .import = import};
	int code = -1;

	*import = (struct import){0};
	if (import_head(&job, err) == 0 && import_read(&job, err) == 0 &&
	    live_keep(&job, err) == 0 && run_plan(run, NULL, err) == 0 &&
	    job_make(&job, err) == 0 &&
	    (import->file.n == 0 || import_check(run, import, &job.live, err) == 0))
		code = unread_count(run) > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
	tree_free(job.tree);
	buf_free(&job.live);
	return code;
}

/* Reports. */

static void left_show(struct run *run, const struct import *import)
{
	for (size_t i = 0; i < import->left.n; i++) {
		const struct import_left *left = &import->left.at[i];

		if (left->file != NULL)
			run_note(run, "left: %s: %s (%s:%u)", left->address, left->why, left->file,
				 left->line);
		else
			run_note(run, "left: %s: %s", left->address, left->why);
	}
}

/* In a plan's words. */
static void unread_show(struct run *run)
{
	const struct plan_doc *doc =
	    plan_document(run->arena, &run->plan, "charter.plan/1", run_time(run));

	for (size_t i = 0; i < doc->unread_n && i < UNREAD_SHOWN; i++) {
		const struct doc_unread *unread = &doc->unread[i];

		run_warn(run, "not read, and so not imported: %s: %s%s%s", unread->scope,
			 unread->error, unread->message != NULL ? ": " : "",
			 unread->message != NULL ? unread->message : "");
	}
	if (doc->unread_n > UNREAD_SHOWN)
		run_warn(run, "not read: %zu more", doc->unread_n - UNREAD_SHOWN);
}

static int import_put(struct run *run, const struct import *import, struct error *err)
{
	if (import->file.n > 0 && !(run->options->only && import->resources == 0))
		return run->options->as_pull_request ? import_propose(run, import, err)
						     : import_write(run, import, err);
	if (run->options->drift)
		run_note(run, "nothing drifted that could be written into the files");
	else if (run->options->only)
		run_note(run,
			 "nothing to import: what --only %s selects is declared, not there, "
			 "or in what charter.yaml does not speak of and so is not read: an "
			 "account that `iam.accounts` does not name, `identity_center`",
			 run->options->only);
	else
		run_note(run, "nothing to import: what exists is declared");
	return 0;
}

int command_import(struct run *run, struct error *err)
{
	struct import import;
	int code = import_prepare(run, &import, err);

	if (code >= 0) {
		left_show(run, &import);
		unread_show(run);
		if (import_put(run, &import, err) != 0)
			code = -1;
	}
	import_free(&import);
	return code;
}
