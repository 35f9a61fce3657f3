#include "git/source_priv.h"

#include <string.h>

struct walk {
	struct source *source;
	git_odb *odb;
	struct listing *listing;
	bool load;
};

static void tree_free_ptr(git_tree **t)
{
	git_tree_free(*t);
}
#define auto_tree __attribute__((cleanup(tree_free_ptr))) git_tree

static void odb_free_ptr(git_odb **o)
{
	git_odb_free(*o);
}
#define auto_odb __attribute__((cleanup(odb_free_ptr))) git_odb

static int object_missing(struct source *s, const git_oid *id, struct error *err)
{
	return git_fail(err, "object %s cannot be read%s", git_oid_tostr_s(id), source_hint(s));
}

/* Looks at the size before the object is read: libgit2 would take in any. */
static int tree_load(struct source *s, git_odb *odb, const git_oid *id, git_tree **out,
		     struct error *err)
{
	git_object_t type;
	size_t size;

	if (git_odb_read_header(&size, &type, odb, id) < 0)
		return object_missing(s, id, err);
	if (type != GIT_OBJECT_TREE || size > SOURCE_MAX_TREE_BYTES)
		return error_set(err, "object %s is not a tree, or too large a one",
				 git_oid_tostr_s(id));
	if (git_tree_lookup(out, s->repo, id) < 0)
		return object_missing(s, id, err);
	return 0;
}

static int blob_load(struct walk *w, const char *path, const git_oid *id, struct error *err)
{
	struct listed *f;
	git_odb_object *object;
	git_object_t type;
	size_t size;

	if (git_odb_read_header(&size, &type, w->odb, id) < 0)
		return object_missing(w->source, id, err);
	if (type != GIT_OBJECT_BLOB)
		return error_set(err, "object %s is not a file", git_oid_tostr_s(id));
	f = listing_file(w->listing, path, size);
	if (!f)
		return 0;
	git_oid_cpy(&f->id, id);
	if (!w->load)
		return 0;
	if (git_odb_read(&object, w->odb, id) < 0)
		return object_missing(w->source, id, err);
	f->len = git_odb_object_size(object);
	f->data = arena_memdup0(w->listing->arena, git_odb_object_data(object), f->len);
	git_odb_object_free(object);
	return 0;
}

static int walk_tree(struct walk *w, const char *dir, const git_oid *id, int depth,
		     struct error *err);

static int walk_entry(struct walk *w, const char *dir, const git_tree_entry *e, int depth,
		      struct error *err)
{
	const char *path = listing_entry(w->listing, dir, git_tree_entry_name(e));

	if (!path)
		return 0;
	switch (git_tree_entry_filemode(e)) {
	case GIT_FILEMODE_BLOB:
	case GIT_FILEMODE_BLOB_EXECUTABLE:
		return blob_load(w, path, git_tree_entry_id(e), err);
	case GIT_FILEMODE_TREE:
		return walk_tree(w, path, git_tree_entry_id(e), depth + 1, err);
	case GIT_FILEMODE_LINK:
		listing_problem(w->listing, path, "is a symbolic link");
		return 0;
	case GIT_FILEMODE_COMMIT:
		listing_problem(w->listing, path, "is a submodule");
		return 0;
	default:
		listing_problem(w->listing, path, "is not a regular file");
		return 0;
	}
}

static int walk_tree(struct walk *w, const char *dir, const git_oid *id, int depth,
		     struct error *err)
{
	auto_tree *tree = NULL;

	if (depth > SOURCE_MAX_DEPTH) {
		listing_problem(w->listing, dir, "lies deeper than %d directories",
				SOURCE_MAX_DEPTH);
		return 0;
	}
	if (tree_load(w->source, w->odb, id, &tree, err) < 0)
		return -1;
	for (size_t i = 0; i < git_tree_entrycount(tree) && !w->listing->stop; i++)
		if (walk_entry(w, dir, git_tree_entry_byindex(tree, i), depth, err) < 0)
			return -1;
	return 0;
}

int tree_list(struct source *s, const git_oid *tree, bool load, struct listing *l,
	      struct error *err)
{
	auto_odb *odb = NULL;
	struct walk w = {.source = s, .listing = l, .load = load};

	if (git_repository_odb(&odb, s->repo) < 0)
		return git_fail(err, "the repository's objects cannot be opened");
	w.odb = odb;
	return walk_tree(&w, "", tree, 0, err);
}

/* Goes one name down. 1: *id is that directory's tree now; 0: it is none; -1: error. */
static int tree_step(struct source *s, git_odb *odb, const char *name, git_oid *id,
		     const char **why, struct error *err)
{
	auto_tree *tree = NULL;
	const git_tree_entry *e;

	if (tree_load(s, odb, id, &tree, err) < 0)
		return -1;
	e = git_tree_entry_byname(tree, name);
	if (!e)
		*why = "does not exist";
	else if (git_tree_entry_filemode(e) == GIT_FILEMODE_LINK)
		*why = "is a symbolic link";
	else if (git_tree_entry_filemode(e) == GIT_FILEMODE_COMMIT)
		*why = "is a submodule";
	else if (git_tree_entry_filemode(e) != GIT_FILEMODE_TREE)
		*why = "is not a directory";
	else {
		git_oid_cpy(id, git_tree_entry_id(e));
		return 1;
	}
	return 0;
}

/* The same for a directory of a commit, by its path from the root; the path is cut to pieces. */
static int directory_id(struct source *s, git_odb *odb, const git_oid *commit, char *path,
			git_oid *tree, const char **why, struct error *err)
{
	char *rest = NULL;
	git_commit *c;

	if (git_commit_lookup(&c, s->repo, commit) < 0)
		return git_fail(err, "commit %s cannot be read%s", git_oid_tostr_s(commit),
				source_hint(s));
	git_oid_cpy(tree, git_commit_tree_id(c));
	git_commit_free(c);
	for (char *p = strtok_r(path, "/", &rest); p; p = strtok_r(NULL, "/", &rest)) {
		int found = tree_step(s, odb, p, tree, why, err);
		if (found <= 0)
			return found;
	}
	return 1;
}

int config_tree_id(struct source *s, const git_oid *commit, git_oid *tree, const char **why,
		   struct error *err)
{
	auto_odb *odb = NULL;
	auto_free char *path = xstrdup(s->path);

	if (git_repository_odb(&odb, s->repo) < 0)
		return git_fail(err, "the repository's objects cannot be opened");
	return directory_id(s, odb, commit, path, tree, why, err);
}

/* A regular file of this directory. 1, 0 and -1 as of source_read_file(). */
static int file_load(struct source *s, git_odb *odb, const git_oid *directory, const char *name,
		     size_t max, struct arena *arena, const char **data, size_t *len,
		     struct error *err)
{
	auto_tree *tree = NULL;
	const git_tree_entry *e;
	git_odb_object *object;
	git_object_t type;

	if (tree_load(s, odb, directory, &tree, err) < 0)
		return -1;
	e = git_tree_entry_byname(tree, name);
	if (!e || (git_tree_entry_filemode(e) != GIT_FILEMODE_BLOB &&
		   git_tree_entry_filemode(e) != GIT_FILEMODE_BLOB_EXECUTABLE))
		return 0;
	if (git_odb_read_header(len, &type, odb, git_tree_entry_id(e)) < 0)
		return object_missing(s, git_tree_entry_id(e), err);
	if (type != GIT_OBJECT_BLOB || *len > max)
		return 0;
	if (git_odb_read(&object, odb, git_tree_entry_id(e)) < 0)
		return object_missing(s, git_tree_entry_id(e), err);
	*len = git_odb_object_size(object);
	*data = arena_memdup0(arena, git_odb_object_data(object), *len);
	git_odb_object_free(object);
	return 1;
}

int source_read_file(struct source *s, const char *commit, const char *path, size_t max,
		     struct arena *arena, const char **data, size_t *len, struct error *err)
{
	auto_odb *odb = NULL;
	auto_free char *directory = xstrdup(path);
	char *slash = strrchr(directory, '/');
	const char *name = slash ? path + (slash - directory) + 1 : path, *why;
	git_oid id, tree;
	int found;

	if (slash)
		*slash = '\0';
	else
		*directory = '\0';
	if (revision_id(s, commit, &id, err) < 0)
		return -1;
	if (git_repository_odb(&odb, s->repo) < 0)
		return git_fail(err, "the repository's objects cannot be opened");
	found = directory_id(s, odb, &id, directory, &tree, &why, err);
	return found <= 0 ? found : file_load(s, odb, &tree, name, max, arena, data, len, err);
}

static int tree_read_id(struct source *s, const git_oid *commit, const git_oid *id,
			const char *label, struct tree **out, struct error *err)
{
	auto_listing l = {0};

	listing_init(&l);
	if (tree_list(s, id, true, &l, err) < 0 || listing_end(&l, err) < 0)
		return -1;
	*out = listing_tree(&l, label);
	git_oid_tostr((*out)->commit, GIT_HEX, commit);
	git_oid_tostr((*out)->tree, GIT_HEX, id);
	return 0;
}

int tree_read_commit(struct source *s, const git_oid *commit, const char *label, struct tree **out,
		     struct error *err)
{
	const char *why = NULL;
	git_oid id;
	int found = config_tree_id(s, commit, &id, &why, err);

	if (found < 0)
		return -1;
	if (!found)
		return error_set(err, "the configuration directory '%s' %s at %s (commit %.7s)",
				 s->path, why, label, git_oid_tostr_s(commit));
	return tree_read_id(s, commit, &id, label, out, err);
}

int source_read_tree(struct source *s, const char *commit, const char *tree, struct tree **out,
		     struct error *err)
{
	auto_free char *label = xasprintf("%.7s", commit);
	git_oid id, whose;

	if (revision_id(s, commit, &whose, err) < 0)
		return -1;
	if (strlen(tree) != GIT_OID_HEXSZ || git_oid_fromstr(&id, tree) < 0)
		return error_set(err, "'%.64s' is no tree id", tree);
	return tree_read_id(s, &whose, &id, label, out, err);
}

int source_has_directory(struct source *s, const char *rev, struct error *err)
{
	const char *why = NULL;
	git_oid commit, tree;

	if (revision_commit(s, rev, &commit, err) < 0)
		return -1;
	return config_tree_id(s, &commit, &tree, &why, err);
}
