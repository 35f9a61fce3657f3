/* A forge, opened for a run: who asks it, where, and our comments on one of its pull requests. */
#ifndef CHARTER_RECONCILER_DESK_H
#define CHARTER_RECONCILER_DESK_H

#include "git/sticky.h"
#include "reconciler/ci.h"
#include "reconciler/run.h"

struct desk {
	struct run *run;
	struct ci ci;
	enum forge_kind kind;
	struct forge *forge;
	struct transport *transport; /* its own: another CA file than AWS's may hold */
	struct env env;              /* the run's, with that transport */
	const char *run_url;         /* of this run, or NULL */
};

/* A comment of ours. */
struct desk_comment {
	struct forge_comment comment;
	struct sticky sticky;
};
struct desk_comments {
	struct desk_comment *at; /* oldest first */
	size_t n;
	size_t strangers; /* comments with our marks and that target, by somebody else */
};

/* By the options, else by the CI system's environment. An error says what is missing. */
int desk_open(struct desk *, struct run *, struct error *err);
void desk_close(struct desk *);
/* Our comments for this target (NULL: for any), in the run's arena; hidden and superseded ones are
 * left out. */
int desk_comments_read(struct desk *, const char *number, const char *target,
		       struct desk_comments *, struct error *err);
/* The newest plan counts; of equal ones the comment that was there first. NULL: there is none. */
struct desk_comment *desk_newest(const struct desk_comments *);
/* The pull requests that a commit came in by. Where some of them were merged into the branch of
 * this run, these alone: others, of whoever may merge elsewhere, say nothing of it. */
int desk_pulls_of(struct desk *, const char *commit, struct forge_pulls *, struct error *err);
/* Writes the comment with another status, and this run's page. Nothing is sent when it is so. */
int desk_status_set(struct desk *, const char *number, const struct desk_comment *,
		    enum sticky_status, struct error *err);
/* The Markdown report, with links into the files on this forge, trimmed; in the run's arena. NULL:
 * not even what may never be left out fits. */
const char *desk_report(struct desk *, const struct plan_doc *, size_t max_bytes,
			struct error *err);
/* What tells the comments of one organization and scope from those of others. */
const char *desk_target(struct arena *, const char *format, const char *organization,
			const char *scope);

#endif
