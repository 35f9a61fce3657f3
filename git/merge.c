#include "git/source_priv.h"

#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_PRIORITY 1000 /* above libgit2's own back ends, so that writes come here first */
#define MERGE_BASES     16   /* of criss-cross merges, merged among themselves */

static void index_free_ptr(git_index **i)
{
	git_index_free(*i);
}
#define auto_index __attribute__((cleanup(index_free_ptr))) git_index

static void commit_free_ptr(git_commit **c)
{
	git_commit_free(*c);
}
#define auto_commit __attribute__((cleanup(commit_free_ptr))) git_commit

/* Sends what a merge writes to memory for as long as the source is open. */
static int memory_add(struct source *s, struct error *err)
{
	git_odb_backend *memory;
	git_odb *odb;
	int result;

	if (s->memory)
		return 0;
	if (git_repository_odb(&odb, s->repo) < 0)
		return git_fail(err, "the repository's objects cannot be opened");
	result = git_mempack_new(&memory);
	if (result == 0)
		result = git_odb_add_backend(odb, memory, MEMORY_PRIORITY);
	git_odb_free(odb);
	if (result < 0)
		return git_fail(err, "the merge cannot be kept in memory");
	s->memory = true;
	return 0;
}

/* The part of a path below the configuration directory, or NULL. */
static const char *path_below(const struct source *s, const char *path)
{
	size_t len = strlen(s->path);

	if (!len)
		return path;
	return str_starts(path, s->path) && path[len] == '/' ? path + len + 1 : NULL;
}

/* A conflict about the directory itself, or one it lies in, is about all of its files. */
static bool path_touches(const struct source *s, const char *path)
{
	size_t len = strlen(path);

	return path_below(s, path) ||
	       (str_starts(s->path, path) && (s->path[len] == '/' || !s->path[len]));
}

static const char *conflict_what(const git_index_entry *base, const git_index_entry *ours,
				 const git_index_entry *theirs)
{
	if (ours && theirs)
		return base ? "changed on both sides" : "added on both sides";
	if (base && ours)
		return "changed on the target, deleted on the branch";
	if (base && theirs)
		return "deleted on the target, changed on the branch";
	return "moved or added in a way that cannot be merged";
}

static int conflicts_note(struct source *s, git_index *merged, struct listing *l, struct error *err)
{
	const git_index_entry *base, *ours, *theirs;
	git_index_conflict_iterator *it;
	int result;

	if (git_index_conflict_iterator_new(&it, merged) < 0)
		return git_fail(err, "the merge's conflicts cannot be read");
	while ((result = git_index_conflict_next(&base, &ours, &theirs, it)) == 0) {
		const char *path = ours ? ours->path : theirs ? theirs->path : base->path;
		const char *below = path_below(s, path);
		if (path_touches(s, path))
			listing_problem(l, below ? below : path, "conflict: %s",
					conflict_what(base, ours, theirs));
	}
	git_index_conflict_iterator_free(it);
	return result == GIT_ITEROVER ? 0 : git_fail(err, "the merge's conflicts cannot be read");
}

/* Writes, to memory, the tree of what the merged index holds below the configuration directory. */
static int config_tree_write(struct source *s, git_index *merged, git_oid *tree, size_t *files,
			     struct error *err)
{
	auto_index *part = NULL;

	*files = 0;
	if (git_index_new(&part) < 0)
		return git_fail(err, "no memory for the merge");
	for (size_t i = 0; i < git_index_entrycount(merged); i++) {
		const git_index_entry *from = git_index_get_byindex(merged, i);
		const char *below = path_below(s, from->path);
		git_index_entry to = {.mode = from->mode, .id = from->id, .path = below};
		if (!below || git_index_entry_stage(from) != 0)
			continue;
		if (git_index_add(part, &to) < 0)
			return git_fail(err, "the merge cannot be put together");
		++*files;
	}
	if (git_index_write_tree_to(tree, part, s->repo) < 0)
		return git_fail(err, "the merge cannot be put together");
	return 0;
}

static int merge_index(struct source *s, const git_oid *target, const git_oid *head,
		       git_index **merged, struct error *err)
{
	auto_commit *ours = NULL, *theirs = NULL;
	git_merge_options options;
	git_oid base;
	int result = git_merge_base(&base, s->repo, target, head);

	if (result == GIT_ENOTFOUND)
		return error_set(err, "the target and the head have no commit in common%s",
				 source_hint(s));
	if (result < 0)
		return git_fail(err, "where the head left the target cannot be found%s",
				source_hint(s));
	git_merge_options_init(&options, GIT_MERGE_OPTIONS_VERSION);
	options.recursion_limit = MERGE_BASES;
	if (git_commit_lookup(&ours, s->repo, target) < 0 ||
	    git_commit_lookup(&theirs, s->repo, head) < 0 ||
	    git_merge_commits(merged, s->repo, ours, theirs, &options) < 0)
		return git_fail(err, "the merge cannot be made%s", source_hint(s));
	return 0;
}

static int merge_read(struct source *s, const git_oid *target, const git_oid *head,
		      const char *label, struct tree **out, struct error *err)
{
	auto_listing l = {0};
	auto_index *merged = NULL;
	git_oid tree;
	size_t files;

	listing_init(&l);
	if (memory_add(s, err) < 0 || merge_index(s, target, head, &merged, err) < 0 ||
	    conflicts_note(s, merged, &l, err) < 0 || listing_end(&l, err) < 0 ||
	    config_tree_write(s, merged, &tree, &files, err) < 0)
		return -1;
	if (*s->path && !files)
		return error_set(err, "the configuration directory '%s' does not exist", s->path);
	if (tree_list(s, &tree, true, &l, err) < 0 || listing_end(&l, err) < 0)
		return -1;
	*out = listing_tree(&l, label);
	git_oid_tostr((*out)->commit, GIT_HEX, head);
	git_oid_tostr((*out)->tree, GIT_HEX, &tree);
	return 0;
}

int source_read_merge(struct source *s, const char *target, const char *head, struct tree **out,
		      struct error *err)
{
	auto_free char *target_label = NULL, *head_label = NULL, *label = NULL;
	git_oid t, h;
	int descends;

	if (revision_commit(s, target, &t, err) < 0 || revision_commit(s, head, &h, err) < 0)
		return -1;
	target_label = revision_label(s, target, &t);
	head_label = revision_label(s, head, &h);
	descends = history_descends(s, &h, &t, err);
	if (descends < 0)
		return -1;
	if (descends)
		return tree_read_commit(s, &h, head_label, out, err);
	label = xasprintf("%s merged into %s", head_label, target_label);
	if (merge_read(s, &t, &h, label, out, err) < 0)
		return error_prefix(err, "%s", label);
	return 0;
}
