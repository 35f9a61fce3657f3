#include "git/source_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct disk {
	struct source *source;
	git_index *index; /* NULL: a plain directory */
	struct listing *listing;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define auto_fd __attribute__((cleanup(close_fd))) int

static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}
#define auto_dir __attribute__((cleanup(close_dir))) DIR

static void index_free_ptr(git_index **i)
{
	git_index_free(*i);
}
#define auto_index __attribute__((cleanup(index_free_ptr))) git_index

/* The path from the repository's root, with a final slash for a directory. */
static char *repo_path(const struct source *s, const char *path, bool dir)
{
	return xasprintf("%s%s%s%s", s->path, *s->path && *path ? "/" : "", path, dir ? "/" : "");
}

static bool path_tracked(const struct disk *d, const char *path, bool dir)
{
	size_t pos;

	if (dir)
		return git_index_find_prefix(&pos, d->index, path) == 0;
	return git_index_get_bypath(d->index, path, 0) != NULL;
}

/* Ignored by git and not part of its index: no part of any commit, so not ours to read. */
static bool path_ignored(const struct disk *d, const char *path, bool dir)
{
	auto_free char *full = NULL;
	int ignored = 0;

	if (!d->index)
		return false;
	full = repo_path(d->source, path, dir);
	if (path_tracked(d, full, dir))
		return false;
	return git_ignore_path_is_ignored(&ignored, d->source->repo, full) == 0 && ignored;
}

static bool path_submodule(const struct disk *d, int parent, const char *name, const char *path)
{
	auto_free char *full = repo_path(d->source, path, false);
	auto_free char *dot_git = xasprintf("%s/.git", name);
	const git_index_entry *e = d->index ? git_index_get_bypath(d->index, full, 0) : NULL;
	struct stat st;

	return (e && e->mode == GIT_FILEMODE_COMMIT) ||
	       fstatat(parent, dot_git, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Reads to the end, or one byte past the limit. */
static int file_bytes(int fd, struct buf *out)
{
	char chunk[65536];
	ssize_t n;

	while (out->len <= SOURCE_MAX_FILE_BYTES) {
		n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		buf_add(out, chunk, (size_t)n);
	}
	return 0;
}

/* The bytes as git would commit them: line endings and the like brought to the repository's form.
 */
static int file_clean(struct disk *d, const char *path, struct buf *bytes, struct error *err)
{
	auto_free char *full = repo_path(d->source, path, false);
	git_filter_list *filters = NULL;
	git_buf out = {0};
	int result;

	if (git_filter_list_load(&filters, d->source->repo, NULL, full, GIT_FILTER_TO_ODB,
				 GIT_FILTER_ALLOW_UNSAFE) < 0)
		return git_fail(err, "the attributes of %s cannot be read", path);
	if (!filters)
		return 0;
	result = git_filter_list_apply_to_buffer(&out, filters, buf_str(bytes), bytes->len);
	git_filter_list_free(filters);
	if (result < 0)
		return git_fail(err, "%s cannot be brought to its committed form", path);
	buf_clear(bytes);
	buf_add(bytes, out.ptr, out.size);
	git_buf_dispose(&out);
	return 0;
}

static int file_read(struct disk *d, int parent, const char *name, const char *path,
		     struct error *err)
{
	/* O_NONBLOCK: what became a pipe since it was looked at must not hold us up. */
	auto_fd fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_buf bytes = BUF_INIT(2 * SOURCE_MAX_FILE_BYTES);
	struct listed *f;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && file_bytes(fd, &bytes) < 0)) {
		listing_problem(d->listing, path, "cannot be read: %s", strerror(errno));
		return 0;
	}
	if (!S_ISREG(st.st_mode)) {
		listing_problem(d->listing, path, "is not a regular file");
		return 0;
	}
	if (d->index && bytes.len <= SOURCE_MAX_FILE_BYTES && file_clean(d, path, &bytes, err) < 0)
		return -1;
	f = listing_file(d->listing, path, bytes.len);
	if (!f)
		return 0;
	f->data = arena_memdup0(d->listing->arena, buf_str(&bytes), bytes.len);
	f->len = bytes.len;
	if (git_odb_hash(&f->id, f->data, f->len, GIT_OBJECT_BLOB) < 0)
		return git_fail(err, "%s cannot be hashed", path);
	return 0;
}

static int walk_dir(struct disk *d, int fd, const char *dir, int depth, struct error *err);

static int walk_subdir(struct disk *d, int parent, const char *name, const char *path, int depth,
		       struct error *err)
{
	int fd;

	if (path_submodule(d, parent, name, path)) {
		listing_problem(d->listing, path, "is a submodule or another repository");
		return 0;
	}
	if (depth >= SOURCE_MAX_DEPTH) {
		listing_problem(d->listing, path, "lies deeper than %d directories",
				SOURCE_MAX_DEPTH);
		return 0;
	}
	fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		listing_problem(d->listing, path, "cannot be read: %s", strerror(errno));
		return 0;
	}
	return walk_dir(d, fd, path, depth + 1, err);
}

static int walk_name(struct disk *d, int parent, const char *dir, const char *name, int depth,
		     struct error *err)
{
	const char *path = listing_entry(d->listing, dir, name);
	struct stat st;

	if (!path)
		return 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		listing_problem(d->listing, path, "cannot be read: %s", strerror(errno));
		return 0;
	}
	if (path_ignored(d, path, S_ISDIR(st.st_mode)))
		return 0;
	if (S_ISDIR(st.st_mode))
		return walk_subdir(d, parent, name, path, depth, err);
	if (S_ISREG(st.st_mode))
		return file_read(d, parent, name, path, err);
	listing_problem(d->listing, path, "%s",
			S_ISLNK(st.st_mode) ? "is a symbolic link" : "is not a regular file");
	return 0;
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Takes the descriptor. Names are sorted first, so that limits strike at the same file each time.
 */
static int walk_dir(struct disk *d, int fd, const char *dir, int depth, struct error *err)
{
	auto_dir *stream = fdopendir(fd);
	VEC(char *) name = {0};
	int result = 0;

	if (!stream) {
		close(fd);
		return error_set(err, "%s: %s", dir, strerror(errno));
	}
	for (struct dirent *e; name.n <= SOURCE_MAX_ENTRIES && (e = readdir(stream));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			vec_push(&name, xstrdup(e->d_name));
	if (name.n)
		qsort(name.at, name.n, sizeof *name.at, name_cmp);
	for (size_t i = 0; i < name.n; i++) {
		if (result == 0 && !d->listing->stop)
			result = walk_name(d, dirfd(stream), dir, name.at[i], depth, err);
		free(name.at[i]);
	}
	free(name.at);
	return result;
}

/* Opens the configuration directory one name at a time, following no symbolic link on the way. */
static int config_dir_open(const struct source *s, struct error *err)
{
	auto_free char *path = xstrdup(s->path);
	char *rest = NULL;
	int fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set(err, "%s: %s", s->root, strerror(errno));
	for (char *p = strtok_r(path, "/", &rest); p; p = strtok_r(NULL, "/", &rest)) {
		int next = openat(fd, p, O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
		int code = errno;
		struct stat st = {0};
		bool link = next < 0 && fstatat(fd, p, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISLNK(st.st_mode);
		close(fd);
		fd = next;
		if (fd < 0)
			return error_set(err, "the configuration directory '%s' %s in %s", s->path,
					 link              ? "is or lies behind a symbolic link"
					 : code == ENOENT  ? "does not exist"
					 : code == ENOTDIR ? "is not a directory"
							   : strerror(code),
					 s->root);
	}
	return fd;
}

/* Both sorted. */
static bool listings_equal(const struct listing *a, const struct listing *b)
{
	if (a->file.n != b->file.n)
		return false;
	for (size_t i = 0; i < a->file.n; i++)
		if (strcmp(a->file.at[i].path, b->file.at[i].path) != 0 ||
		    !git_oid_equal(&a->file.at[i].id, &b->file.at[i].id))
			return false;
	return true;
}

/* Says what the files are against HEAD. An object of HEAD that cannot be read is an error: it must
 * not pass for a clean tree, nor for a changed one. */
static int head_compare(struct source *s, const struct listing *disk, struct tree *state,
			struct error *err)
{
	auto_listing head = {0};
	auto_error ignored = {0};
	const char *why = NULL;
	git_oid commit, tree;
	int found;

	listing_init(&head);
	state->dirty = true;
	found = git_repository_head_unborn(s->repo);
	if (found < 0)
		return git_fail(err, "HEAD cannot be read");
	if (found == 1)
		return 0;
	if (revision_commit(s, NULL, &commit, err) < 0)
		return -1;
	git_oid_tostr(state->commit, GIT_HEX, &commit);
	found = config_tree_id(s, &commit, &tree, &why, err);
	if (found <= 0)
		return found;
	if (tree_list(s, &tree, false, &head, err) < 0)
		return -1;
	if (listing_end(&head, &ignored) < 0 || !listings_equal(disk, &head))
		return 0;
	state->dirty = false;
	git_oid_tostr(state->tree, GIT_HEX, &tree);
	return 0;
}

int worktree_read(struct source *s, struct tree **out, struct error *err)
{
	auto_listing l = {0};
	auto_index *index = NULL;
	struct disk d = {.source = s, .listing = &l};
	struct tree state = {0};
	int fd;

	listing_init(&l);
	if (s->repo && (git_repository_index(&index, s->repo) < 0 || git_index_read(index, 0) < 0))
		return git_fail(err, "the index of %s cannot be read", s->root);
	d.index = index;
	fd = config_dir_open(s, err);
	if (fd < 0 || walk_dir(&d, fd, "", 0, err) < 0 || listing_end(&l, err) < 0)
		return -1;
	if (s->repo && head_compare(s, &l, &state, err) < 0)
		return -1;
	*out = listing_tree(&l, "working tree");
	(*out)->dirty = state.dirty;
	memcpy((*out)->commit, state.commit, GIT_HEX);
	memcpy((*out)->tree, state.tree, GIT_HEX);
	return 0;
}
