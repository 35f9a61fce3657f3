/* CODEOWNERS, as GitHub, GitLab and Gitea read it: patterns like .gitignore's, the last that fits
 * counts; GitLab's sections add up. Pure but for owners_find(). */
#ifndef CHARTER_GIT_OWNERS_H
#define CHARTER_GIT_OWNERS_H

#include "git/source.h"

struct owners;

/* Lines that make no sense are passed over, as forges do. */
struct owners *owners_read(struct arena *, const char *data, size_t len);
/* Owners of a file, by its path from the repository's root: "@platform/identity ada@example.com",
 * or NULL. */
const char *owners_of(const struct owners *, struct arena *, const char *path);
/* The file of a commit, from where forges look: .github/, .gitlab/, .gitea/, .forgejo/, the root,
 * docs/. NULL in *found: there is none. */
int owners_find(struct source *, const char *commit, struct arena *, struct owners **found,
		struct error *err);

#endif
