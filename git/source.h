/* Configuration read from a git repository, by libgit2, without checking anything out.
 *
 * A source is a repository, opened; a tree is the files below the configuration directory at one
 * commit (or in the working tree). Files are read from tree objects, so no symbolic link, hook,
 * filter or submodule of a repository is ever followed or run. */
#ifndef CHARTER_GIT_SOURCE_H
#define CHARTER_GIT_SOURCE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define GIT_HEX 65 /* a commit id, SHA-1 today, with the NUL */

/* Limits on what a hostile repository can make us read. */
#define SOURCE_MAX_FILES      10000
#define SOURCE_MAX_FILE_BYTES (1u << 20)
#define SOURCE_MAX_BYTES      (256u << 20)
#define SOURCE_MAX_DEPTH      32

struct source;

/* Opens DIR (a working tree, a bare repository, or a plain directory without git), or clones URL
 * (https, ssh, file) bare into a private temporary directory that source_close() removes. `path` is
 * the configuration directory in the repository, "" or "." for its root; it is checked: relative,
 * no
 * "..", no leading or trailing slash. `ca_file` may be NULL. */
int source_open(struct source **, const char *repo, const char *path, const char *ca_file,
		struct error *err);
/* A repository in memory only, for trials: what is committed to it is gone with it. It has no
 * branches: revisions are commit ids. */
int source_memory(struct source **, struct error *err);
void source_close(struct source *); /* NULL is accepted */

/* The configuration directory relative to the repository's root, "" for the root itself. When DIR
 * lies below the root of a working tree, its place there comes first. */
const char *source_path(const struct source *);
bool source_is_remote(const struct source *); /* cloned from a URL */
bool source_has_git(const struct source *);   /* false: a plain directory */
bool source_has_worktree(const struct source *);
bool source_is_shallow(const struct source *);

struct source_file {
	const char *path; /* relative to the configuration directory, '/' between parts */
	const char *data; /* NUL-terminated; in the arena */
	size_t len;
};

/* The files of one tree. */
struct tree {
	struct arena *arena;
	struct source_file *file; /* sorted by path in byte order */
	size_t files;
	char commit[GIT_HEX]; /* "" when there is none (a plain directory); for a dirty working
				 tree, HEAD */
	char tree[GIT_HEX];   /* id of the tree object of the configuration directory; "" when dirty
				 or plain */
	char config[65]; /* hex SHA-256 over every file read, in order: path NUL length(decimal) NUL
			    bytes */
	bool
	    dirty; /* a working tree whose files differ from HEAD, or are untracked (not ignored) */
	char *label; /* how messages name this tree: "working tree", "main", "1a2b3c4" */
};

/* Reads every regular file below the configuration directory, but those left out: names that start
 * with '.' or '_', in any part of the path. Symbolic links, submodules, too large or too many files
 * are refused, each by name (all are collected into one message, a line each: "PATH: what").
 *
 * rev NULL: the working tree of a local directory (regular files on disk, O_NOFOLLOW, checked for
 * being changed against HEAD), or HEAD of a clone or of a bare repository. Otherwise any revision
 * that git rev-parse takes: a branch, tag, id, HEAD~1. Of a working tree, what git ignores and does
 * not track is left out: it is no part of any commit. Bytes are read as git would commit them (line
 * endings). A configuration directory that does not exist at that commit is an error that names it.
 */
int source_read(struct source *, const char *rev, struct tree **, struct error *err);
/* The configuration directory exists at this revision. 1: it does; 0: it does not; -1: error. */
int source_has_directory(struct source *, const char *rev, struct error *err);
/* The files of a tree object of that commit, wherever it stands there: the configuration directory
 * under the path that it had then. tree->commit is `commit`. */
int source_read_tree(struct source *, const char *commit, const char *tree, struct tree **,
		     struct error *err);
/* Commits these files (paths relative to the repository's root) to a repository in memory, after
 * `parent` ("" for the first), at this time in seconds since 1970. */
int source_commit(struct source *, const struct source_file *, size_t files, const char *parent,
		  int64_t seconds, char commit[GIT_HEX], struct error *err);
/* One regular file of a commit, by its path from the repository's root, wherever the configuration
 * is; *data in the arena, with a NUL after it. 1: read. 0: there is none, or it is no regular file,
 * or longer than max. -1: error. */
int source_read_file(struct source *, const char *commit, const char *path, size_t max,
		     struct arena *, const char **data, size_t *len, struct error *err);
void tree_free(struct tree *);
/* The file of this path relative to the configuration directory, or NULL. */
const struct source_file *tree_file(const struct tree *, const char *path);

/* Resolves a revision to a commit id: what git rev-parse takes, or a branch that is here only as
 * the remote-tracking branch of origin; tags are peeled. -1 with a message; in a shallow clone it
 * names fetch-depth: 0. */
int source_resolve(struct source *, const char *rev, char commit[GIT_HEX], struct error *err);
/* The clone holds this commit object (and its tree). */
bool source_has_commit(struct source *, const char *commit);
/* Fetches one commit by its id from the clone's origin (a URL source: that URL; a local one: its
 * remote "origin", if there is one). -1 when it could not be had. A local repository is not written
 * to: what comes for it is kept in a private directory until source_close(). */
int source_fetch_commit(struct source *, const char *commit, struct error *err);
/* 1: `commit` is `ancestor` or a descendant of it; 0: it is not; -1: cannot be told (one of them is
 * not in the clone, or a shallow clone ends before). */
int source_descends(struct source *, const char *commit, const char *ancestor, struct error *err);
/* A step of a branch: from `parent` to `commit`. */
struct first_parent {
	char commit[GIT_HEX];
	char parent[GIT_HEX]; /* its first parent; of the oldest step, where the walk began */
};
struct first_parents {
	VEC(struct first_parent) step; /* oldest first; freed with free(step.at) */
};
#define SOURCE_MAX_STEPS 1000
/* The steps in which the branch at `to` came there from its ancestor `from` (both full ids): the
 * commits on the first-parent line of `to` that descend from `from`, none when both are the same.
 * Where `from` was merged in as another parent than the first, the line leaves it behind: the merge
 * is the oldest step then, from `from`. -1: `from` is no ancestor, there are more than
 * SOURCE_MAX_STEPS, or the clone is too shallow to tell. */
int source_first_parents(struct source *, const char *from, const char *to, struct first_parents *,
			 struct error *err);
/* The newest first-parent ancestor of `from` (itself included) whose configuration directory has
 * this tree id. 1: found; 0: none; -1: error. At most 100,000 commits are walked. */
int source_find_tree(struct source *, const char *from, const char *tree, char commit[GIT_HEX],
		     struct error *err);
/* The merge of `head` into `target`, in memory: nothing is written to the repository. tree->commit
 * is head's id, tree->tree the id the merged configuration directory would have. Conflicts below
 * the configuration directory are an error that names each file; conflicts elsewhere do not matter.
 * When head descends from target, this is head's own tree. */
int source_read_merge(struct source *, const char *target, const char *head, struct tree **,
		      struct error *err);

#endif
