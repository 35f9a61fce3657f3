/* Forges: where pull requests and their comments live. Each is a table of functions over the same
 * shapes (forge_*.c); what asks them (HTTP with retries, pages, a lost answer) is written once.
 * Calls block: a forge is asked a few times in a run.
 *
 * A token goes out in its header only, to the API's own origin, and never into a message. */
#ifndef CHARTER_GIT_FORGE_H
#define CHARTER_GIT_FORGE_H

#include "base/arena.h"
#include "base/env.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum forge_kind { FORGE_GITHUB, FORGE_GITLAB, FORGE_GITEA, FORGE_CODECOMMIT, FORGE_KINDS };

/* Performs one operation of AWS CodeCommit, or GetCallerIdentity of STS: git/ does not know aws/,
 * so whoever opens the forge lends this. It takes the input; the reply is the caller's. `code` is
 * the error's, AWS's or the client's own, or "". One page: the forge asks for the next ones. */
typedef int forge_aws_fn(void *ctx, const char *operation, json_t *input, json_t **reply,
			 char code[64], struct error *err);

struct forge_settings {
	enum forge_kind kind;
	/* Base of the API, no final slash: "https://api.github.com", "https://HOST/api/v3" (GitHub
	 * Enterprise), "https://HOST/api/v4" (GitLab), "https://HOST/api/v1" (Gitea, Forgejo).
	 * https, or http on a loopback address. Of CodeCommit: NULL. */
	const char *api;
	/* "owner/name"; of GitLab the project's path or number; of CodeCommit the name. */
	const char *repository;
	const char *token; /* of CodeCommit: NULL */
	forge_aws_fn *aws; /* CodeCommit only */
	void *aws_ctx;
	/* A line for each HTTP request, without a query, headers and bodies; or NULL. */
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;
};

struct forge_pull {
	const char *number; /* as the forge's pages show it; GitLab: the iid */
	const char *head;   /* commit id of its branch's tip */
	const char *branch; /* the branch that it would be merged into */
	const char *merged; /* commit id that it was merged as; NULL: it is not merged */
	bool open;
	bool fork;       /* its branch is in another repository */
	const char *url; /* its page; NULL: not known */
};

struct forge_comment {
	const char *id;     /* by which it is edited */
	const char *node;   /* GitHub: by which it is hidden; else NULL */
	const char *body;   /* line ends as "\n" */
	const char *author; /* as it is shown, "" when the forge does not say */
	bool ours;          /* written by the identity of our token; GitHub is asked this of
			       comments alone that have "<!-- charter:" */
	bool altered;       /* the forge says that somebody else edited it since */
	bool hidden;        /* minimised */
	int64_t created_us;
};

struct forge_comments {
	struct forge_comment *at; /* oldest first */
	size_t n;
};
struct forge_pulls {
	struct forge_pull *at;
	size_t n;
};

struct forge_issue {
	const char *number; /* as the forge's pages show it; GitLab: the iid */
	const char *node;   /* GitHub: its id in GraphQL; else NULL */
	const char *url;    /* its page; NULL: not known */
	const char *title, *body;
	bool open;
	bool ours;    /* as of comments */
	bool altered; /* the forge says that somebody else edited its body since */
	int64_t created_us;
};
struct forge_issues {
	struct forge_issue *at; /* newest first */
	size_t n;
};

/* A branch with one commit on top of another, and its pull request. */
struct forge_file {
	const char *path; /* from the repository's root */
	const char *data; /* NULL: the file goes */
	size_t len;
	bool fresh; /* the branch that it is for has none of this path */
};
struct forge_proposal {
	const char *branch; /* to be made; one that is there already is an error that names it */
	const char *into;   /* branch that it is for */
	const char *commit; /* id that it starts from: a commit of `into` */
	const char *title, *message, *body;
	const struct forge_file *file;
	size_t files;
};

struct forge;

/* What a comment may hold, in bytes, with what charter adds to it: 60,000 of the 65,536 characters
 * of GitHub and Gitea, 10,240 of CodeCommit. */
size_t forge_comment_max(enum forge_kind);
const char *forge_name(enum forge_kind); /* "GitHub" */
/* "github", "gitlab", "gitea" (also "forgejo"), "codecommit"; -1 when it is none. */
int forge_kind_find(const char *word);

/* Checks the settings; sends nothing. The transport is the environment's. Strings of all replies
 * live in the arena. */
int forge_open(struct forge **, const struct env *, struct arena *, const struct forge_settings *,
	       struct error *err);
void forge_close(struct forge *); /* NULL is accepted; wipes its copy of the token */

int forge_pull_read(struct forge *, const char *number, struct forge_pull *, struct error *err);
/* The pull requests that this commit came in by, merged ones only, whatever the strategy (merge,
 * squash, rebase). GitHub and GitLab know it of each commit that a merge put on the target branch,
 * Gitea and CodeCommit of the last one alone; of CodeCommit the 100 closed last are looked at. */
int forge_pulls_of(struct forge *, const char *commit, struct forge_pulls *, struct error *err);
/* All comments of a pull request, every page. A page that fails is an error: half a list would make
 * a second comment. */
int forge_comments_read(struct forge *, const char *number, struct forge_comments *,
			struct error *err);
/* A lost answer is read back, so no comment is written twice. `made` may be NULL. Of an edit that
 * changes nothing in what was last read or written nothing is sent. */
int forge_comment_add(struct forge *, const char *number, const char *body,
		      struct forge_comment *made, struct error *err);
int forge_comment_edit(struct forge *, const char *number, const struct forge_comment *,
		       const char *body, struct error *err);
/* Whether comments can be folded away on this forge as outdated (GitHub). */
bool forge_can_hide(const struct forge *);
int forge_comment_hide(struct forge *, const struct forge_comment *, struct error *err);

/* False: the forge has no issues (CodeCommit). */
bool forge_has_issues(const struct forge *);
/* What an issue's body may hold, in bytes. */
size_t forge_issue_max(enum forge_kind);
/* Issues with this label and our mark, open and closed ones, every page. Those of others with the
 * mark are among them, with `ours` false. */
int forge_issues_read(struct forge *, const char *label, struct forge_issues *, struct error *err);
/* A lost answer is read back, so no issue is opened twice. The label is made where there is none.
 */
int forge_issue_add(struct forge *, const char *label, const char *title, const char *body,
		    struct forge_issue *made, struct error *err);
/* Title, body and whether it is open, in one request. Nothing is sent where all is so already. */
int forge_issue_edit(struct forge *, const struct forge_issue *, const char *title,
		     const char *body, bool open, struct error *err);

/* Makes the branch, the commit and the pull request; *url (may be NULL) gets its page, or NULL: not
 * known. After a lost answer it looks how far it came, and goes on from there. */
int forge_propose(struct forge *, const struct forge_proposal *, const char **url,
		  struct error *err);

#endif
