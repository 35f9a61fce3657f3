/* Paths in the configuration, to files of its directory. */
#include "state/config_priv.h"

#include <stdlib.h>
#include <string.h>

static const char *path_near(struct compiler *compiler, const char *path)
{
	const struct config *config = compiler->config;
	auto_free const char **names = xcalloc(config->files_n + 1, sizeof(*names));

	for (size_t i = 0; i < config->files_n; i++)
		names[i] = config->files[i].path;
	return suggestion(compiler->arena, compiler->diagnostics, path, names, config->files_n);
}

/* Why a path can't name a file, or NULL. */
const char *file_path_problem(const char *path)
{
	if (*path == '/')
		return "must be relative to the directory of charter.yaml";
	for (const char *part = path; part != NULL; part = strchr(part, '/')) {
		part += *part == '/';
		if (str_starts(part, "..") && (part[2] == '/' || part[2] == '\0'))
			return "may not hold `..`";
		if (*part == '.' || *part == '_')
			return "names a file that is left out: its name or a directory's begins "
			       "with `.` or `_`";
	}
	return strcmp(path, "charter.yaml") == 0 ? "is the configuration itself" : NULL;
}

/* The file of a path with this problem, or none. NULL: diagnosed. */
const struct config_file *file_resolve(struct compiler *compiler, const struct node *path,
				       const char *what, const char *problem)
{
	const struct config_file *file = NULL;

	if (problem != NULL) {
		diagnose(compiler->diagnostics, path->where, "%s `%s` %s", what, path->s->s,
			 problem);
		return NULL;
	}
	file = map_get(compiler->config->by_path, path->s->s);
	if (file == NULL)
		diagnose(compiler->diagnostics, path->where, "there is no file `%s`%s", path->s->s,
			 path_near(compiler, path->s->s));
	return file;
}
