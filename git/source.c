#include "git/source_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CA_FILE "/etc/ssl/certs/ca-certificates.crt" /* Debian's, and that of our image */

int git_fail(struct error *err, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	auto_buf text = BUF_INIT(1u << 16);
	auto_free char *detail = NULL;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (last && last->message)
		detail = name_shown(last->message, strlen(last->message));
	return error_set(err, "%s%s%s", buf_str(&text), detail ? ": " : "", detail ? detail : "");
}

const char *source_hint(const struct source *s)
{
	if (s->repo && git_repository_is_shallow(s->repo) == 1)
		return " (this clone is shallow: check out with fetch-depth: 0)";
	return "";
}

/* The user's and the system's git configuration can rewrite URLs and name programs: none is read.
 * The owner of a checkout is often another user in a container, and nothing of a repository is
 * executed, so it does not matter. */
static int library_set(const char *ca_file, struct error *err)
{
	static const char *extensions[] = {"worktreeconfig", "partialclone", "relativeworktrees",
					   "preciousobjects"};
	static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
				     GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL};
	struct stat st;
	int failed = 0;

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		failed |= git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	failed |= git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	failed |= git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions,
				   sizeof extensions / sizeof *extensions);
	if (failed)
		return git_fail(err, "libgit2 cannot be set up");
	if (!ca_file && stat(CA_FILE, &st) == 0)
		ca_file = CA_FILE;
	if (ca_file && git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, ca_file, NULL) < 0)
		return git_fail(err, "the certificates in %s cannot be read", ca_file);
	return 0;
}

static int path_fail(const char *path, const char *what, struct error *err)
{
	auto_free char *shown = name_shown(path, strlen(path));

	return error_set(err, "the configuration path '%s' %s", shown, what);
}

static int path_check(const char *path, struct error *err)
{
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		if (len == 0)
			return path_fail(path,
					 p == path ? "is not relative to the repository"
						   : "has an empty part",
					 err);
		if (len == 2 && strncmp(p, "..", 2) == 0)
			return path_fail(path, "leads out of its directory ('..')", err);
		if (len == 1 && *p == '.')
			return path_fail(path, "has a '.' in it: leave that out", err);
		if (p[len] == '/' && !p[len + 1])
			return path_fail(path, "ends with a slash: leave that out", err);
		p += len + (p[len] == '/');
	}
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return path_fail(path, "has a control character", err);
	return 0;
}

static int open_fail(const char *dir, struct error *err)
{
	const git_error *last = git_error_last();

	if (last && strstr(last->message, "objectformat"))
		return error_set(err, "%s: repositories with SHA-256 object ids are not supported",
				 dir);
	return git_fail(err, "%s: the git repository cannot be opened", dir);
}

static bool path_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return str_starts(path, dir) && (!path[len] || path[len] == '/' || dir[len - 1] == '/');
}

/* Where `dir` lies below the working tree's root: "" for the root itself or for its .git. Freed by
 * the caller; NULL with errno set. */
static char *place_below(const char *dir, const char *root, const char *git_dir)
{
	auto_free char *real = realpath(dir, NULL);
	auto_free char *real_root = realpath(root, NULL);
	auto_free char *real_git = realpath(git_dir, NULL);
	size_t len;

	if (!real || !real_root)
		return NULL;
	len = strlen(real_root);
	if (strcmp(real_root, "/") == 0)
		len = 0;
	if ((real_git && path_within(real, real_git)) || !path_within(real, real_root) ||
	    !real[len])
		return xstrdup("");
	return xstrdup(real + len + 1);
}

static int plain_open(struct source *s, const char *dir, struct error *err)
{
	auto_free char *dot_git = xasprintf("%s/.git", dir);
	struct stat st;

	if (lstat(dot_git, &st) == 0)
		return error_set(err, "%s: its .git is not a repository that can be read", dir);
	s->root = xstrdup(dir);
	return 0;
}

static int worktree_open(struct source *s, const char *dir, struct error *err)
{
	const char *root = git_repository_workdir(s->repo);
	auto_free char *place = place_below(dir, root, git_repository_path(s->repo));
	auto_free char *path = NULL;
	int ignored = 0;

	if (!place)
		return error_set(err, "%s: %s", dir, strerror(errno));
	/* A directory that the repository around it ignores is a directory of its own. */
	if (*place && git_ignore_path_is_ignored(&ignored, s->repo, place) == 0 && ignored) {
		git_repository_free(s->repo);
		s->repo = NULL;
		return plain_open(s, dir, err);
	}
	path = xasprintf("%s%s%s", place, *place && *s->path ? "/" : "", s->path);
	free(s->path);
	s->path = xstrdup(path);
	s->root = xstrdup(root);
	return 0;
}

static int local_open(struct source *s, const char *dir, struct error *err)
{
	struct stat st;
	int result;

	if (stat(dir, &st) < 0)
		return error_set(err, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_set(err, "%s: is not a directory", dir);
	result = git_repository_open_ext(&s->repo, dir, GIT_REPOSITORY_OPEN_CROSS_FS, NULL);
	if (result == GIT_ENOTFOUND)
		return plain_open(s, dir, err);
	if (result < 0)
		return open_fail(dir, err);
	return git_repository_is_bare(s->repo) ? 0 : worktree_open(s, dir, err);
}

static int remote_open(struct source *s, const char *url, struct error *err)
{
	s->remote = true;
	if (url_parse(&s->url, url, err) < 0)
		return -1;
	return source_clone(s, err);
}

int source_open_within(struct source **out, const char *repo, const char *path, const char *ca_file,
		       int64_t idle_us, struct error *err)
{
	struct source *s;
	struct stat st;
	bool local = !strstr(repo, "://") && (stat(repo, &st) == 0 || !url_is_remote(repo));

	if (strcmp(path, ".") == 0)
		path = "";
	if (path_check(path, err) < 0)
		return -1;
	if (git_libgit2_init() < 0)
		return git_fail(err, "libgit2 cannot be started");
	s = xcalloc(1, sizeof *s);
	s->path = xstrdup(path);
	s->idle_us = idle_us;
	if (library_set(ca_file, err) < 0 ||
	    (local ? local_open(s, repo, err) : remote_open(s, repo, err)) < 0) {
		source_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

int source_open(struct source **out, const char *repo, const char *path, const char *ca_file,
		struct error *err)
{
	return source_open_within(out, repo, path, ca_file, FETCH_IDLE_US, err);
}

void source_close(struct source *s)
{
	if (!s)
		return;
	git_repository_free(s->repo);
	git_repository_free(s->store);
	source_remove_temp(s);
	url_free(&s->url);
	free(s->path);
	free(s->root);
	free(s);
	git_libgit2_shutdown();
}

const char *source_path(const struct source *s)
{
	return s->path;
}

bool source_is_remote(const struct source *s)
{
	return s->remote;
}

bool source_has_git(const struct source *s)
{
	return s->repo != NULL;
}

bool source_has_worktree(const struct source *s)
{
	return s->repo && s->root;
}

bool source_is_shallow(const struct source *s)
{
	return s->repo && git_repository_is_shallow(s->repo) == 1;
}

int source_read(struct source *s, const char *rev, struct tree **out, struct error *err)
{
	auto_free char *label = NULL;
	git_oid commit;

	if (!rev && s->root)
		return worktree_read(s, out, err);
	if (revision_commit(s, rev, &commit, err) < 0)
		return -1;
	label = revision_label(s, rev, &commit);
	return tree_read_commit(s, &commit, label, out, err);
}
