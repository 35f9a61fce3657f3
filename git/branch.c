/* The main branch of a repository, and what origin calls it. */
#include "git/branch.h"

#include "git/source_priv.h"

#include <string.h>

/* What a symbolic reference points to, without this prefix. */
static const char *points_to(struct source *s, struct arena *arena, const char *name,
			     const char *prefix)
{
	git_reference *ref = NULL;
	const char *target = NULL, *branch = NULL;

	if (git_reference_lookup(&ref, s->repo, name) == 0)
		target = git_reference_symbolic_target(ref);
	if (target && str_starts(target, prefix))
		branch = arena_strdup(arena, target + strlen(prefix));
	git_reference_free(ref);
	return branch;
}

const char *source_branch(struct source *s, struct arena *arena)
{
	const char *branch;

	if (!s->repo)
		return NULL;
	branch = points_to(s, arena, "refs/remotes/origin/HEAD", "refs/remotes/origin/");
	return branch ? branch : points_to(s, arena, "HEAD", "refs/heads/");
}

/* What follows the host: "https://HOST/owner/name", "user@HOST:owner/name". */
static char *url_path(char *url)
{
	char *host = strstr(url, "://");
	char *at = host ? strchr(host + 3, '/') : strchr(url, ':');

	return at ? at + strspn(at, "/:") : NULL;
}

const char *source_origin_name(struct source *s, struct arena *arena)
{
	git_remote *origin = NULL;
	char *path = NULL;

	if (!s->repo || git_remote_lookup(&origin, s->repo, "origin") != 0)
		return NULL;
	if (url_is_remote(git_remote_url(origin)))
		path = url_path(arena_strdup(arena, git_remote_url(origin)));
	git_remote_free(origin);
	if (!path)
		return NULL;
	if (str_ends(path, ".git"))
		path[strlen(path) - 4] = '\0';
	return *path ? path : NULL;
}
