/* Where a repository is developed: its main branch, and its name on the forge. */
#ifndef CHARTER_GIT_BRANCH_H
#define CHARTER_GIT_BRANCH_H

#include "git/source.h"

/* The branch that origin calls its HEAD, else the current one, also when it has no commit yet. In
 * the arena; NULL: there is none. It may be any text that git takes for a name. */
const char *source_branch(struct source *, struct arena *);
/* What follows the host in origin's URL, without ".git": "owner/name", "v1/repos/NAME" of
 * CodeCommit. In the arena; NULL: there is no origin, or it is a directory. It may be any text. */
const char *source_origin_name(struct source *, struct arena *);

#endif
