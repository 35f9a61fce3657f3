/* A repository that is kept in memory: for trials, which make thousands of commits. */
#include "git/source_priv.h"

#include <git2/sys/mempack.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>

#define WHO   "charter"
#define EMAIL "charter@invalid" /* RFC 2606: belongs to nobody */

static void index_free_ptr(git_index **i)
{
	git_index_free(*i);
}

static void tree_free_ptr(git_tree **t)
{
	git_tree_free(*t);
}

static void commit_free_ptr(git_commit **c)
{
	git_commit_free(*c);
}

static void odb_free_ptr(git_odb **o)
{
	git_odb_free(*o);
}

static void signature_free_ptr(git_signature **s)
{
	git_signature_free(*s);
}

static int repository_make(struct source *s)
{
	__attribute__((cleanup(odb_free_ptr))) git_odb *odb = NULL;
	git_odb_backend *memory;

	if (git_odb_new(&odb) < 0 || git_mempack_new(&memory) < 0 ||
	    git_odb_add_backend(odb, memory, 1) < 0)
		return -1;
	return git_repository_wrap_odb(&s->repo, odb);
}

int source_memory(struct source **out, struct error *err)
{
	struct source *s;

	if (git_libgit2_init() < 0)
		return git_fail(err, "libgit2 cannot be started");
	s = xcalloc(1, sizeof *s);
	s->path = xstrdup("");
	s->memory = true;
	s->idle_us = FETCH_IDLE_US;
	if (repository_make(s) < 0) {
		git_fail(err, "a repository in memory cannot be made");
		source_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* An index makes the trees of the directories, and checks the paths. */
static int files_write(struct source *s, const struct source_file *file, size_t files,
		       git_oid *tree, struct error *err)
{
	__attribute__((cleanup(index_free_ptr))) git_index *index = NULL;

	if (git_index_new(&index) < 0)
		return git_fail(err, "no memory for a commit");
	for (size_t i = 0; i < files; i++) {
		git_index_entry entry = {.mode = GIT_FILEMODE_BLOB, .path = file[i].path};

		if (git_blob_create_from_buffer(&entry.id, s->repo, file[i].data, file[i].len) <
			0 ||
		    git_index_add(index, &entry) < 0)
			return git_fail(err, "%s cannot be committed", file[i].path);
	}
	if (git_index_write_tree_to(tree, index, s->repo) < 0)
		return git_fail(err, "the files cannot be committed");
	return 0;
}

int source_commit(struct source *s, const struct source_file *file, size_t files,
		  const char *parent, int64_t seconds, char commit[GIT_HEX], struct error *err)
{
	__attribute__((cleanup(tree_free_ptr))) git_tree *tree = NULL;
	__attribute__((cleanup(commit_free_ptr))) git_commit *before = NULL;
	__attribute__((cleanup(signature_free_ptr))) git_signature *who = NULL;
	const git_commit *parents[1];
	git_oid id, tree_id;

	charter_assert(s->memory && s->repo);
	if (*parent &&
	    (revision_id(s, parent, &id, err) < 0 || git_commit_lookup(&before, s->repo, &id) < 0))
		return error_prefix(err, "the parent of a commit");
	parents[0] = before;
	if (files_write(s, file, files, &tree_id, err) < 0)
		return -1;
	if (git_tree_lookup(&tree, s->repo, &tree_id) < 0 ||
	    git_signature_new(&who, WHO, EMAIL, seconds, 0) < 0 ||
	    git_commit_create(&id, s->repo, NULL, who, who, NULL, "configuration\n", tree,
			      before ? 1 : 0, parents) < 0)
		return git_fail(err, "the files cannot be committed");
	git_oid_tostr(commit, GIT_HEX, &id);
	return 0;
}
