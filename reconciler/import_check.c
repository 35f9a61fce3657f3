/* The plan of what was imported, made before anything is written. */
#include "reconciler/import.h"

#include "base/env.h"
#include "reconciler/run.h"
#include "state/snapshot.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MOST 20
#define WORDS_MOST (1u << 16)

static int file_cmp(const void *a, const void *b)
{
	return strcmp(((const struct source_file *)a)->path, ((const struct source_file *)b)->path);
}

static bool import_changes(const struct import *import, const char *path)
{
	for (size_t i = 0; i < import->file.n; i++) {
		if (strcmp(import->file.at[i].path, path) == 0)
			return true;
	}
	return false;
}

/* The head's files, with those of the import in place of their former ones: uncommitted. */
static struct tree *tree_with(const struct run *run, const struct import *import)
{
	const struct tree *head = run->head.tree;
	struct arena *arena = arena_new();
	struct tree *tree = arena_alloc(arena, sizeof(*tree));

	*tree = *head;
	tree->arena = arena;
	tree->dirty = true;
	tree->tree[0] = '\0';
	tree->files = 0;
	tree->file = arena_array(arena, head->files + import->file.n + 1, sizeof(*tree->file));
	for (size_t i = 0; i < head->files; i++) {
		if (!import_changes(import, head->file[i].path))
			tree->file[tree->files++] = head->file[i];
	}
	for (size_t i = 0; i < import->file.n; i++) {
		const struct import_file *file = &import->file.at[i];

		if (file->data != NULL)
			tree->file[tree->files++] =
			    (struct source_file){file->path, file->data, file->len};
	}
	qsort(tree->file, tree->files, sizeof(*tree->file), file_cmp);
	return tree;
}

static int address_cmp(const void *a, const void *b)
{
	return text_cmp(*(const struct text *const *)a, *(const struct text *const *)b);
}

static bool is_imported(const struct import *import, const struct text *address)
{
	if (import->address.n == 0)
		return false;
	return bsearch(&address, import->address.at, import->address.n, sizeof(*import->address.at),
		       address_cmp) != NULL;
}

static bool is_left(const struct import *import, const struct text *address)
{
	for (size_t i = 0; i < import->left.n; i++) {
		if (text_is(address, import->left.at[i].address))
			return true;
	}
	return false;
}

/* The attribute by which a change of what was imported is one; NULL: it changes nothing. What
 * follows from the surroundings, as what is not provisioned everywhere, no file says. */
static const char *change_of(const struct change *change)
{
	if (change->blocked || change->action == ACTION_ADOPT)
		return NULL;
	if (change->action != ACTION_UPDATE)
		return action_names[change->action];
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		const struct attr *attr = &kinds[change->row->head->kind]->attr[diff->attr];

		if (diff_is_written(diff) && (attr->flags & ATTR_DERIVED) == 0)
			return attr->name;
	}
	return NULL;
}

/* Differences in words. 0: there are none. */
static unsigned differences(const struct run *again, const struct import *import, struct buf *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < again->plan.changes; i++) {
		const struct change *change = &again->plan.change[i];
		const char *what = change_of(change);

		if (what == NULL || !is_imported(import, change->row->address) ||
		    is_left(import, change->row->address))
			continue;
		if (n++ < SHOWN_MOST)
			buf_printf(out, "\n  %s: %s", change->row->address->s, what);
	}
	if (n > SHOWN_MOST)
		buf_printf(out, "\n  and %u more", n - SHOWN_MOST);
	return n;
}

/* A second run beside the first: it borrows what asks AWS, and the repository. */
static void again_begin(struct run *again, const struct run *run, const struct env *env)
{
	run_init(again, run->options, env);
	again->now_us = run->now_us;
	again->scope = run->scope;
	again->source = run->source;
	again->source_borrowed = true;
	again->loop = run->loop;
	again->client = run->client;
	again->world = run->world;
	again->identity_read = run->identity_read;
}

static void again_end(struct run *again)
{
	again->loop = NULL;
	again->client = NULL;
	run_free(again);
}

static int again_plan(struct run *again, const struct run *run, const struct import *import,
		      const struct buf *live, struct error *err)
{
	again->live = side_new(again->arena);
	if (snapshot_read(again->live, buf_str(live), live->len, "the reading", err) != 0)
		return -1;
	side_finish(again->live, NULL);
	again->live->world = run->live->world;
	if (run_head_of(again, tree_with(run, import), err) != 0 || run_base(again, err) != 0)
		return -1;
	return run_plan(again, NULL, err);
}

static int judge(const struct run *run, const struct run *again, const struct import *import,
		 struct error *err)
{
	auto_buf out = BUF_INIT(WORDS_MOST);
	unsigned n = differences(again, import, &out);

	if (n > 0)
		return error_set(err,
				 "nothing is written: the plan of what was imported is not empty, "
				 "which is a defect of charter:%s",
				 buf_str(&out));
	if (again->plan.refused && !run->plan.refused)
		return error_set(err,
				 "nothing is written: the plan of what was imported is refused: %s",
				 again->plan.refusal ? again->plan.refusal : "by a guard");
	return 0;
}

int import_check(struct run *run, const struct import *import, const struct buf *live,
		 struct error *err)
{
	auto_free char *said = NULL;
	size_t said_len = 0;
	struct env env = *run->env;
	struct run again;
	int r;

	/* What it says is what the first said, unless it fails. */
	env.err = open_memstream(&said, &said_len);
	if (env.err == NULL)
		die_out_of_memory();
	again_begin(&again, run, &env);
	r = again_plan(&again, run, import, live, err);
	fflush(env.err);
	if (r != 0)
		error_set(err,
			  "nothing is written: of what was imported no plan can be made: %s%s%s",
			  err->message, said_len > 0 ? "\n" : "", said_len > 0 ? said : "");
	else
		r = judge(run, &again, import, err);
	again_end(&again);
	fclose(env.err);
	return r;
}
