/* The pull requests that brought what is not applied yet, each with our comment on it: what was
 * merged is applied only as it was shown there.
 *
 * A merge may be a merge commit, a squashed one, or several that were rebased: consecutive commits
 * of the branch that came by one pull request are one merge. */
#ifndef CHARTER_RECONCILER_MERGED_H
#define CHARTER_RECONCILER_MERGED_H

#include "reconciler/desk.h"

struct merge {
	const char *from, *to; /* commits of the branch: before it, and with it */
	struct forge_pull pull;
	struct desk_comment comment;
	bool told; /* there is a comment whose footer can tell what becomes of it */
};

struct merged {
	struct desk desk;
	VEC(struct merge) list; /* oldest first */
	/* The first commit of which no pull request is known, until one follows; NULL: none. */
	const char *orphan, *orphan_from;
	/* What brought the recorded base, where its footer stayed behind (told). */
	struct merge late;
};

/* Between the recorded base and head: asks the forge, and reads the comments. Sets run->approval to
 * what they show. EXIT_STALE where a commit came by no pull request, or a comment of ours is
 * missing, was edited, or is of another commit than was merged. */
int merged_read(struct merged *, struct run *, struct error *err);
/* Makes the id of each merge again; EXIT_STALE where one is not what its comment shows. The plan
 * was made. */
int merged_check(struct merged *, struct error *err);
/* What the footers of all of them say; when the run has ended, also the one that stayed behind. */
int merged_status(struct merged *, enum sticky_status, struct error *err);
void merged_free(struct merged *);

#endif
