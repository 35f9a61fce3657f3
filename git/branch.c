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

/* As clone.c, from the configuration: git_remote_lookup() would rewrite the URL. NULL: none. */
static char *origin_text(struct source *s, struct arena *arena)
{
	git_config *config = NULL;
	const char *text = NULL;
	char *url = NULL;

	if (git_repository_config_snapshot(&config, s->repo) == 0 &&
	    git_config_get_string(&text, config, "remote.origin.url") == 0 && url_is_remote(text))
		url = arena_strdup(arena, text);
	git_config_free(config);
	return url;
}

const char *source_origin_name(struct source *s, struct arena *arena)
{
	char *url = s->repo ? origin_text(s, arena) : NULL;
	char *path = url ? url_path(url) : NULL;

	if (path && str_ends(path, ".git"))
		path[strlen(path) - 4] = '\0';
	return path && *path ? path : NULL;
}
