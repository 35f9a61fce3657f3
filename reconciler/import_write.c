/* What was imported, into a directory or as a pull request. */
#include "reconciler/import.h"

#include "base/env.h"
#include "git/branch.h"
#include "reconciler/desk.h"
#include "reconciler/drift.h"
#include "reconciler/init_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPORT_MOST (16u << 20)
/* Of a pull request's body: characters, what CodeCommit takes. */
#define BODY_MOST 9000
/* Without a ledger CloudTrail is asked for as long back. */
#define WHO_US (14 * DAY_US)

/* Of the configuration below the directory of --repo. */
static const char *directory(const struct run *run)
{
	const char *path = run->options->path;

	return strcmp(path, ".") == 0 ? "" : path;
}

static void line_add(const struct import_file *file, const char *path, struct buf *out)
{
	escape_terminal(out, path, strlen(path));
	if (file->resources > 0)
		buf_printf(out, " (%u resource%s)", file->resources,
			   file->resources == 1 ? "" : "s");
	buf_putc(out, '\n');
}

/* A file that was there, whole or not at all. */
static int file_change(struct run *run, const struct import_file *file, const char *path,
		       struct error *err)
{
	auto_free char *at = xasprintf("%s/%s", run->options->repo, path);

	if (file->data == NULL)
		return unlink(at) == 0 ? 0 : error_set(err, "%s: %s", at, strerror(errno));
	return output_file(run->env, at, file->data, file->len, err);
}

/* Paths of new files, by the root. */
typedef VEC(const char *) path_list;

static int file_write(struct run *run, int root, const struct import_file *file, const char *path,
		      path_list *made, struct error *err)
{
	if (!file->fresh)
		return file_change(run, file, path, err);
	switch (init_write(root, path, file->data, file->len, err)) {
	case INIT_WROTE:
		vec_push(made, path);
		return 0;
	case INIT_SAME:
		return 0;
	case INIT_OTHER:
		return error_set(err, "%s: another file of this name is there", path);
	case INIT_FAILED:
		break;
	}
	return -1;
}

/* New files go again when one could not be written. */
static int files_write(struct run *run, int root, const struct import *import, struct buf *out,
		       struct error *err)
{
	path_list made = {0};
	int r = 0;

	for (size_t i = 0; i < import->file.n && r == 0; i++) {
		const struct import_file *file = &import->file.at[i];
		const char *path = arena_printf(run->arena, "%s%s%s", directory(run),
						*directory(run) ? "/" : "", file->path);

		r = file_write(run, root, file, path, &made, err);
		buf_puts(out, file->data == NULL ? "removed " : "wrote ");
		line_add(file, path, out);
	}
	for (size_t i = 0; i < made.n && r != 0; i++)
		unlinkat(root, made.at[i], 0);
	free(made.at);
	return r;
}

int import_write(struct run *run, const struct import *import, struct error *err)
{
	auto_buf out = BUF_INIT(REPORT_MOST);
	int root = open(run->options->repo, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (root < 0)
		return error_set(err, "%s: %s", run->options->repo, strerror(errno));
	r = files_write(run, root, import, &out, err);
	close(root);
	if (run->progress)
		progress_clear(run->progress);
	return r != 0 ? r : output_file(run->env, NULL, buf_str(&out), out.len, err);
}

/* Pull requests. */

static void code_add(const char *s, struct buf *out)
{
	escape_markdown_code(out, s, strlen(s));
}

/* Who made what is imported, where CloudTrail says it. */
static void who_add(struct run *run, struct buf *out)
{
	char created[TIME_RFC3339], when[TIME_RFC3339];
	struct plan_doc *doc;
	auto_error ignored = {0};

	time_rfc3339(run->now_us, created);
	doc = plan_document(run->arena, &run->plan, DRIFT_FORMAT, created);
	doc->drift = drift_items(run->arena, &run->plan, doc);
	if (run->client == NULL || drift_who(run, doc, run->now_us - WHO_US, &ignored) != 0)
		return;
	drift_group(run->arena, doc);
	for (uint32_t i = 0; i < doc->drift->causes && out->len < BODY_MOST; i++) {
		const struct drift_cause *cause = &doc->drift->cause[i];

		if (cause->principal == NULL || cause->events == 0)
			continue;
		time_rfc3339(cause->first_us, when);
		buf_puts(out, i == 0 ? "\nWho:\n\n- " : "- ");
		code_add(cause->principal, out);
		buf_printf(out, ", %s: ", when);
		code_add(cause->event[0].call, out);
		if (cause->items > 0) {
			buf_puts(out, " ");
			code_add(doc->drift->item[cause->item[0]].address, out);
		}
		if (cause->items > 1)
			buf_printf(out, " and %u more", cause->items - 1);
		buf_putc(out, '\n');
	}
}

static void left_list(const struct import *import, struct buf *out)
{
	if (import->left.n > 0)
		buf_puts(out, "\nLeft as it is:\n\n");
	for (size_t i = 0; i < import->left.n && out->len < BODY_MOST; i++) {
		buf_puts(out, "- ");
		code_add(import->left.at[i].address, out);
		buf_puts(out, ": ");
		escape_markdown(out, import->left.at[i].why, strlen(import->left.at[i].why));
		buf_putc(out, '\n');
	}
}

static const char *body_make(struct run *run, const struct import *import)
{
	auto_buf out = BUF_INIT(REPORT_MOST);
	size_t n = import->address.n;

	buf_printf(&out,
		   run->options->drift
		       ? "Live values of %u resource%s, written into the files that declare "
			 "them.\n"
		       : "Configuration for %u resource%s that exist%s.\n",
		   import->resources, import->resources == 1 ? "" : "s",
		   import->resources == 1 ? "s" : "");
	buf_puts(&out, "The plan of this branch changes nothing of it in AWS; merging it makes it "
		       "what git says.\n\n");
	for (size_t i = 0; i < n && out.len < BODY_MOST; i++) {
		buf_puts(&out, "- ");
		code_add(import->address.at[i]->s, &out);
		buf_putc(&out, '\n');
	}
	left_list(import, &out);
	who_add(run, &out);
	if (out.len >= BODY_MOST)
		buf_puts(&out, "\nThe list is cut here; the branch has all of it.\n");
	return arena_strdup(run->arena, buf_str(&out));
}

static const struct forge_file *files_of(struct run *run, const struct import *import)
{
	struct forge_file *file = arena_array(run->arena, import->file.n + 1, sizeof(*file));
	const char *path = source_path(run->source);

	for (size_t i = 0; i < import->file.n; i++)
		file[i] = (struct forge_file){.path = arena_printf(run->arena, "%s%s%s", path,
								   *path ? "/" : "",
								   import->file.at[i].path),
					      .data = import->file.at[i].data,
					      .len = import->file.at[i].len,
					      .fresh = import->file.at[i].fresh};
	return file;
}

/* "charter/import-20261122-203000". */
static const char *branch_name(struct run *run)
{
	char now[TIME_RFC3339];
	char digits[16];
	size_t n = 0;

	time_rfc3339(run->now_us, now);
	for (const char *p = now; *p != '\0' && n < 14; p++) {
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	}
	digits[n] = '\0';
	return arena_printf(run->arena, "charter/import-%s%.8s-%s",
			    run->options->drift ? "drift-" : "", digits, digits + 8);
}

static const char *into_branch(struct run *run, const struct ci *ci)
{
	if (ci->branch != NULL)
		return ci->branch;
	return source_branch(run->source, run->arena);
}

static int proposal_send(struct desk *desk, struct run *run, const struct import *import,
			 struct error *err)
{
	struct forge_proposal proposal = {
	    .branch = branch_name(run),
	    .into = into_branch(run, &desk->ci),
	    .commit = run->head.tree->commit,
	    .title = arena_printf(run->arena, "import: %u resource%s%s", import->resources,
				  import->resources == 1 ? "" : "s",
				  run->options->drift ? " as they are in AWS" : ""),
	    .file = files_of(run, import),
	    .files = import->file.n};
	const char *url = NULL;
	auto_buf out = BUF_INIT(REPORT_MOST);

	if (proposal.into == NULL)
		return error_set(err, "for which branch? This run is of none, and none is checked "
				      "out");
	proposal.message = proposal.title;
	proposal.body = body_make(run, import);
	if (forge_propose(desk->forge, &proposal, &url, err) != 0)
		return -1;
	for (size_t i = 0; i < import->file.n; i++) {
		buf_printf(&out, "%s: ", proposal.branch);
		line_add(&import->file.at[i], proposal.file[i].path, &out);
	}
	if (url != NULL) {
		escape_terminal(&out, url, strlen(url));
		buf_putc(&out, '\n');
	}
	if (run->progress)
		progress_clear(run->progress);
	return output_file(run->env, NULL, buf_str(&out), out.len, err);
}

int import_propose(struct run *run, const struct import *import, struct error *err)
{
	struct desk desk;
	int r = desk_open(&desk, run, err);

	if (r == 0)
		r = proposal_send(&desk, run, import, err);
	desk_close(&desk);
	return r;
}
