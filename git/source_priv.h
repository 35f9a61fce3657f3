/* What the files of git/ share; nobody else includes it. */
#ifndef CHARTER_GIT_SOURCE_PRIV_H
#define CHARTER_GIT_SOURCE_PRIV_H

#include "git/source.h"

#include <git2.h>

#define SOURCE_MAX_ENTRIES    100000       /* entries looked at in one reading, left out ones too */
#define SOURCE_MAX_TREE_BYTES (16u << 20)  /* one tree object */
#define SOURCE_MAX_WALK       100000       /* commits, along first parents */
#define SOURCE_MAX_GRAPH      1000000      /* commits, along all */
#define SOURCE_MAX_NAME       255          /* bytes, as file systems have it */
#define FETCH_MAX_BYTES       (4ULL << 30) /* one pack */
#define FETCH_IDLE_US         (60 * 1000000LL)
#define FETCH_TOTAL_US        (1800 * 1000000LL)

/* Where a repository is fetched from. All strings are owned. */
enum remote_kind { REMOTE_FILE, REMOTE_HTTPS, REMOTE_SSH };

struct remote_url {
	enum remote_kind kind;
	char *url;      /* for libgit2: no password, and for https no user either */
	char *shown;    /* for messages: no user, password or query */
	char *dir;      /* REMOTE_FILE: the directory */
	char *user;     /* or NULL */
	char *password; /* or NULL; wiped when freed */
};

/* What the text given as a repository is: a URL (or host:path, as ssh has it) or a directory. */
bool url_is_remote(const char *text);
/* Takes a URL apart. Schemes but https, ssh and file are refused by name. The message never holds
 * the user, the password or the query. */
int url_parse(struct remote_url *, const char *text, struct error *err);
void url_free(struct remote_url *);

struct source {
	git_repository *repo;  /* NULL: a plain directory */
	char *path;            /* the configuration directory in the repository, "" for the root */
	char *root;            /* on disk, of the working tree or plain directory; NULL: none */
	struct remote_url url; /* of a cloned repository */
	bool remote;
	bool memory;           /* new objects go to memory, not to the repository */
	char *temp;            /* a private directory of ours, or NULL */
	git_repository *store; /* what was fetched for a local repository, in temp; or NULL */
	int64_t idle_us;       /* a server silent for this long is given up */
};

/* source_open() with another limit on the silence of a server. */
int source_open_within(struct source **, const char *repo, const char *path, const char *ca_file,
		       int64_t idle_us, struct error *err);

/* Sets the error to this text and libgit2's own last message. Always returns -1. */
int git_fail(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What to add to a message about an object that is not there: "" or ": how to get it". */
const char *source_hint(const struct source *);
/* The text with control, bidirectional and undecodable characters escaped, newlines too. Freed by
 * the caller. */
char *name_shown(const char *name, size_t len);

/* Files gathered from a tree or from a disk, and what is wrong with them. */
struct listed {
	const char *path; /* in the arena */
	git_oid id;       /* of the blob; not set for a plain directory */
	const char *data; /* in the arena; NULL while only listed */
	size_t len;
};

struct problem {
	const char *path; /* escaped; in the arena */
	const char *what;
};

struct listing {
	struct arena *arena; /* becomes the tree's */
	VEC(struct listed) file;
	VEC(struct problem) problem;
	size_t entries;
	uint64_t bytes;
	bool stop; /* a limit on the whole was passed: nothing more is read */
};

void listing_init(struct listing *);
void listing_free(struct listing *); /* the arena too, unless listing_tree() took it */
#define auto_listing __attribute__((cleanup(listing_free))) struct listing

void listing_problem(struct listing *, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* One more entry, of this name in this directory ("" for the top). Returns its path, or NULL when
 * it is left out, or refused (which is noted). */
const char *listing_entry(struct listing *, const char *dir, const char *name);
/* One more file, of this size. NULL: refused, which is noted. */
struct listed *listing_file(struct listing *, const char *path, uint64_t size);
/* Sorts. -1 with all problems, a line each. */
int listing_end(struct listing *, struct error *err);
/* The finished tree of a listing that was ended without error; the listing is empty afterwards. */
struct tree *listing_tree(struct listing *, const char *label);

/* The tree object of the configuration directory at a commit. 1: found. 0: there is none, and *why
 * says so ("does not exist", ...). -1: an object could not be read. */
int config_tree_id(struct source *, const git_oid *commit, git_oid *tree, const char **why,
		   struct error *err);
/* Lists the files below a tree object; with `load`, their bytes too. */
int tree_list(struct source *, const git_oid *tree, bool load, struct listing *, struct error *err);
/* The files of the configuration directory at a commit. */
int tree_read_commit(struct source *, const git_oid *commit, const char *label, struct tree **,
		     struct error *err);
/* The same from the disk. */
int worktree_read(struct source *, struct tree **, struct error *err);

/* Resolves a revision, or HEAD when rev is NULL. */
int revision_commit(struct source *, const char *rev, git_oid *commit, struct error *err);
/* Reads a full commit id, and sees that the clone has that commit. */
int revision_id(struct source *, const char *text, git_oid *id, struct error *err);
/* source_descends() for ids. */
int history_descends(struct source *, const git_oid *commit, const git_oid *ancestor,
		     struct error *err);
/* How messages name a revision. Freed by the caller. */
char *revision_label(struct source *, const char *rev, const git_oid *commit);

/* What one fetch brings. */
struct fetch {
	git_repository *into;
	const struct remote_url *url;
	git_strarray refspecs;
	git_strarray headers; /* of requests; may hold secrets */
	bool clone;           /* write references and HEAD too; else objects only */
	int64_t idle_us;
};

/* Performs a fetch in a child process, so that a server that hangs, in whatever library, can be
 * left. */
int fetch_run(const struct fetch *, struct error *err);
/* Fetches all branches and tags of source->url into the new repository source->repo. */
int source_clone(struct source *, struct error *err);
/* A new empty bare repository in the source's private directory. */
int source_store(struct source *, const char *name, git_repository **, struct error *err);
/* Removes the private directory. */
void source_remove_temp(struct source *);

#endif
