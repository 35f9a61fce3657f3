#include "git/source_priv.h"

#include "base/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void config_free_ptr(git_config **c)
{
	git_config_free(*c);
}
#define auto_config __attribute__((cleanup(config_free_ptr))) git_config

/* Removes what a directory holds, following nothing out of it. */
static void dir_empty(int fd)
{
	DIR *dir = fdopendir(fd);

	if (!dir) {
		close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) == 0)
			continue;
		int below = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			dir_empty(below);
		unlinkat(fd, e->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

void source_remove_temp(struct source *s)
{
	int fd;

	if (!s->temp)
		return;
	fd = open(s->temp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		dir_empty(fd);
	rmdir(s->temp);
	free(s->temp);
	s->temp = NULL;
}

static int temp_make(struct source *s, struct error *err)
{
	const char *base = getenv("TMPDIR");

	if (s->temp)
		return 0;
	s->temp = xasprintf("%s/charter-git-XXXXXX", base && *base ? base : "/tmp");
	if (mkdtemp(s->temp))
		return 0;
	error_set(err, "%s: %s", s->temp, strerror(errno));
	free(s->temp);
	s->temp = NULL;
	return -1;
}

int source_store(struct source *s, const char *name, git_repository **out, struct error *err)
{
	auto_free char *dir = NULL;

	if (temp_make(s, err) < 0)
		return -1;
	dir = xasprintf("%s/%s", s->temp, name);
	if (git_repository_init(out, dir, 1) < 0)
		return git_fail(err, "a private clone cannot be made in %s", s->temp);
	return 0;
}

int source_clone(struct source *s, struct error *err)
{
	char *branches = "+refs/heads/*:refs/heads/*";
	struct fetch f = {
	    .url = &s->url, .refspecs = {&branches, 1}, .clone = true, .idle_us = s->idle_us};

	if (source_store(s, "clone", &s->repo, err) < 0)
		return -1;
	f.into = s->repo;
	return fetch_run(&f, err);
}

static int local_url(struct source *s, struct remote_url *url, const char *path)
{
	const char *root = git_repository_workdir(s->repo);

	*url = (struct remote_url){.kind = REMOTE_FILE};
	url->dir = *path == '/'
		       ? xstrdup(path)
		       : xasprintf("%s/%s", root ? root : git_repository_path(s->repo), path);
	url->url = xstrdup(url->dir);
	url->shown = xstrdup(url->dir);
	return 0;
}

/* Where a local repository was cloned from, its remote "origin". Read from its configuration, where
 * git_remote_lookup() would rewrite the URL (and leaks, in libgit2 1.5). */
static int origin_url(struct source *s, struct remote_url *url, struct error *err)
{
	auto_config *config = NULL;
	const char *text = NULL;

	if (git_repository_config_snapshot(&config, s->repo) < 0)
		return git_fail(err, "the repository's configuration cannot be read");
	if (git_config_get_string(&text, config, "remote.origin.url") < 0 || !*text)
		return error_set(err, "the repository has no remote 'origin' to fetch from");
	return url_is_remote(text) ? url_parse(url, text, err) : local_url(s, url, text);
}

/* The objects of a repository on this machine are read where they are. */
static int alternate_add(struct source *s, git_repository *other, struct error *err)
{
	auto_free char *objects = xasprintf("%s/objects", git_repository_commondir(other));
	git_odb *odb;
	int result;

	if (git_repository_odb(&odb, s->repo) < 0)
		return git_fail(err, "the repository's objects cannot be opened");
	result = git_odb_add_disk_alternate(odb, objects);
	git_odb_free(odb);
	return result < 0 ? git_fail(err, "%s cannot be read", objects) : 0;
}

static int file_fetch(struct source *s, const struct remote_url *url, struct error *err)
{
	git_repository *other;
	int result;

	if (git_repository_open(&other, url->dir) < 0)
		return git_fail(err, "%s cannot be opened", url->shown);
	result = alternate_add(s, other, err);
	git_repository_free(other);
	return result;
}

/* The URL is the prefix, or goes on after it with a new part of the path. */
static bool url_within(const char *url, const char *prefix, size_t len)
{
	return len && strncmp(url, prefix, len) == 0 &&
	       (prefix[len - 1] == '/' || url[len] == '/' || !url[len]);
}

/* actions/checkout leaves its token as a header for the server in the repository's configuration.
 */
static int headers_read(struct source *s, const struct remote_url *url, git_strarray *out,
			struct error *err)
{
	auto_config *config = NULL;
	git_config_iterator *it;
	git_config_entry *e;
	VEC(char *) header = {0};

	if (git_repository_config_snapshot(&config, s->repo) < 0 ||
	    git_config_iterator_new(&it, config) < 0)
		return git_fail(err, "the repository's configuration cannot be read");
	while (git_config_next(&e, it) == 0) {
		const char *prefix = e->name + strlen("http.");
		size_t len;
		if (!str_starts(e->name, "http.") || !str_ends(prefix, ".extraheader"))
			continue;
		len = strlen(prefix) - strlen(".extraheader");
		if (url_within(url->url, prefix, len) && e->value && *e->value)
			vec_push(&header, xstrdup(e->value));
	}
	git_config_iterator_free(it);
	*out = (git_strarray){header.at, header.n};
	return 0;
}

static void headers_free(git_strarray *a)
{
	for (size_t i = 0; i < a->count; i++)
		wipe_free(a->strings[i]);
	free(a->strings);
}

/* First by id, then, since not every server gives a commit by its id, all branches and tags. */
static int smart_fetch(struct source *s, const struct remote_url *url, git_repository *into,
		       const char *commit, struct error *err)
{
	char *id = (char *)commit;
	char *all[] = {"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"};
	git_strarray headers __attribute__((cleanup(headers_free))) = {0};
	struct fetch f = {.into = into, .url = url, .refspecs = {&id, 1}, .idle_us = s->idle_us};
	int result;

	if (url->kind == REMOTE_HTTPS && !s->remote && headers_read(s, url, &headers, err) < 0)
		return -1;
	f.headers = headers;
	result = fetch_run(&f, err);
	if (result == 0 || err->code != EXIT_FAILED)
		return result;
	error_clear(err);
	f.refspecs = (git_strarray){all, 2};
	return fetch_run(&f, err);
}

/* What comes for a local repository is kept in a directory of ours: that repository may be shallow,
 * where libgit2 cannot negotiate, or not writable, and its owner did not ask for a fetch. */
static int store_fetch(struct source *s, const struct remote_url *url, const char *commit,
		       struct error *err)
{
	if (s->remote)
		return smart_fetch(s, url, s->repo, commit, err);
	if (!s->store &&
	    (source_store(s, "store", &s->store, err) < 0 || alternate_add(s, s->store, err) < 0))
		return -1;
	return smart_fetch(s, url, s->store, commit, err);
}

static int origin_fetch(struct source *s, const struct remote_url *url, const char *commit,
			struct error *err)
{
	git_odb *odb;

	if ((url->kind == REMOTE_FILE ? file_fetch(s, url, err)
				      : store_fetch(s, url, commit, err)) < 0)
		return -1;
	if (git_repository_odb(&odb, s->repo) == 0) {
		git_odb_refresh(odb);
		git_odb_free(odb);
	}
	if (!source_has_commit(s, commit))
		return error_set(err, "commit %s is not in %s", commit, url->shown);
	return 0;
}

int source_fetch_commit(struct source *s, const char *commit, struct error *err)
{
	struct remote_url origin = {0};
	int result;

	if (!s->repo)
		return error_set(err, "%s is no git repository", s->root);
	if (!str_is_hex(commit, GIT_OID_HEXSZ, GIT_OID_HEXSZ))
		return error_set(err, "a commit id has 40 hexadecimal digits");
	if (source_has_commit(s, commit))
		return 0;
	if (s->remote)
		return origin_fetch(s, &s->url, commit, err);
	result = origin_url(s, &origin, err);
	if (result == 0)
		result = origin_fetch(s, &origin, commit, err);
	url_free(&origin);
	return result;
}
