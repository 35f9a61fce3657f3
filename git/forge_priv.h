/* Private to the forges: what each of them is, and how they are asked. */
#ifndef CHARTER_GIT_FORGE_PRIV_H
#define CHARTER_GIT_FORGE_PRIV_H

#include "git/forge.h"

#include "base/http.h"
#include "base/map.h"

/* What our comments hold (git/sticky.h): where the author is asked for apart, only theirs is. */
#define FORGE_MARK "<!-- charter:"

/* Of the forges that speak REST. In the paths {r} is the repository, {n} the number, {i} an id or a
 * commit id; the API's base comes before them. */
struct forge_rest {
	const char *pull, *pulls_of;
	bool pulls_of_one;    /* answers one, or 404 for none */
	const char *comments; /* GET lists, POST adds */
	const char *page;     /* query of the listing: "?per_page=100" */
	bool counts_pages;    /* X-Next-Page names the next page, else a Link does */
	const char *comment, *edit_method;
	const char *me; /* who the token is; NULL: comments_ours says it */
	/* Each takes a JSON object. -1: it makes no sense; 0: it is none that is wanted; 1. */
	int (*pull_parse)(struct forge *, const json_t *, struct forge_pull *);
	int (*comment_parse)(struct forge *, const json_t *, struct forge_comment *);
	/* Fills ours, altered and hidden of all; NULL: `ours` by `me`. */
	int (*comments_ours)(struct forge *, const char *number, struct forge_comments *,
			     struct error *err);
	const struct forge_tracker *tracker;
	const struct forge_proposer *proposer;
};

/* Issues. In the paths {i} is the label, or the number of an issue. */
struct forge_tracker {
	const char *issues, *listing; /* POST adds; GET lists, with its query */
	const char *issue, *method;   /* GET reads; this changes */
	/* POST makes a label; GET of the second lists them. NULL: using one makes it. */
	const char *labels, *labels_listing;
	bool labels_text;                 /* of a new issue: a text, else an array */
	const char *number, *url, *body;  /* members that hold these */
	const char *author;               /* id of its author's */
	const char *opened;               /* "state" of an open one */
	const char *event, *open, *close; /* member that changes the state, and its words */
	/* Fills ours and altered of all; NULL: `ours` by `me`. */
	int (*ours)(struct forge *, struct forge_issues *, struct error *err);
};

/* A branch, a commit and a pull request. In the paths {i} is the branch. */
struct forge_proposer {
	const char *branch; /* GET reads it, or 404 */
	const char *tip;    /* member that holds the id of its commit */
	const char *pulls;  /* POST makes one */
	/* GET finds the open one from {i} into {n}; of GitHub {i} has the owner before it. */
	const char *found;
	const char *head, *base, *body; /* members of a new one */
	const char *mend;               /* after 403 */
	/* Makes branch and commit. That there is no such branch is known. */
	int (*commit)(struct forge *, const struct forge_proposal *, struct error *err);
};

/* As the functions of forge.h, with arguments that were checked. */
struct forge_ops {
	const char *name;     /* "GitHub" */
	const char *words[2]; /* "github" */
	size_t comment_max;   /* bytes */
	/* Whether "owner/name" has so many slashes: least, most. */
	unsigned char slashes[2];
	bool path_encoded; /* slashes of the repository are %2F in a URL */
	/* HTTP: how the token is sent: header, and what comes before it there. */
	const char *token_header, *token_prefix, *accept;
	const char *token_refused;  /* begins tokens that cannot do it; NULL: none do */
	struct http_header version; /* name NULL: none */
	/* What to mend: after 401; after 403, reading and writing. */
	const char *mend_token, *mend_read, *mend_write;
	const struct forge_rest *rest; /* NULL: it speaks otherwise */
	int (*pull_read)(struct forge *, const char *number, struct forge_pull *, struct error *);
	int (*pulls_of)(struct forge *, const char *commit, struct forge_pulls *, struct error *);
	int (*comments_read)(struct forge *, const char *number, struct forge_comments *,
			     struct error *);
	int (*comment_add)(struct forge *, const char *number, const char *body,
			   struct forge_comment *made, struct error *);
	int (*comment_edit)(struct forge *, const char *number, const struct forge_comment *,
			    const char *body, struct error *);
	int (*comment_hide)(struct forge *, const struct forge_comment *, struct error *);
	size_t issue_max; /* bytes; 0: it has no issues */
	const char *mend_issue;
	int (*propose)(struct forge *, const struct forge_proposal *, const char **url,
		       struct error *);
};
extern const struct forge_ops forge_github, forge_gitlab, forge_gitea, forge_codecommit;

struct forge {
	const struct forge_ops *ops;
	const struct env *env;
	struct arena *arena;
	const char *api, *repository;
	const char *path; /* the repository as it stands in a URL */
	char *credential; /* value of the token's header; wiped */
	forge_aws_fn *aws;
	void *aws_ctx;
	void (*trace)(void *ctx, const char *line); /* or NULL */
	void *trace_ctx;
	json_int_t me; /* id of the token's user, once `knows_me` */
	bool knows_me;
	const char *me_arn;
	struct map *said;  /* of the comments that were edited: what they say now; "": unknown */
	int64_t waited_us; /* by the function of forge.h under way */
};

/* forge_http.c: one question, with retries. */
struct forge_ask {
	const char *what;   /* "reading the comments": for messages */
	const char *number; /* of the pull request, or the issue; NULL: of none */
	bool issue;         /* it is about issues */
	const char *mend;   /* after 403; NULL: the forge's */
	const char *method, *url;
	const json_t *body; /* or NULL */
	bool reads;         /* may be sent again, whatever became of it */
	bool again;         /* so may this, which makes what nothing refers to yet */
	bool none;          /* 404 is an answer: there is none */
	/* Of what changes something, after a lost answer: 1 it was done, 0 it was not, -1. */
	int (*look)(struct forge *, void *ctx, struct error *err);
	void *ctx;
};
struct forge_reply {
	json_t *json; /* NULL with `none`, `looked` */
	bool none;
	bool looked;     /* the answer was lost; `look` found it done */
	char link[4096]; /* header, or "" */
	char next_page[16];
};
#define auto_reply __attribute__((cleanup(forge_reply_free))) struct forge_reply
void forge_reply_free(struct forge_reply *);
int forge_ask(struct forge *, const struct forge_ask *, struct forge_reply *, struct error *err);
/* Calls `each` with every object of a listing, page by page. */
typedef int forge_each_fn(struct forge *, const json_t *, void *ctx, struct error *err);
int forge_pages(struct forge *f, const struct forge_ask *first, forge_each_fn *each, void *ctx,
		struct error *err);
/* The error of this question, with what the forge is and what was asked before the message. */
int forge_fail(struct forge *, const struct forge_ask *, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Before the nth try after the first, or hint_us if that is longer. -1: too long, or a signal. */
int forge_pause(struct forge *, const struct forge_ask *, unsigned n, int64_t hint_us,
		struct error *err);

/* forge_reply.c: hostile JSON. */
/* A text by dotted members, at most this long; in the arena, line ends as "\n". NULL: none. */
const char *reply_text(struct forge *, const json_t *, const char *path, size_t max);
json_int_t reply_number(const json_t *, const char *path); /* 0: none */
const json_t *reply_at(const json_t *, const char *path);
const char *reply_commit(struct forge *, const json_t *, const char *path); /* NULL: none */
const char *reply_link(struct forge *, const json_t *, const char *path);   /* NULL: none */
/* A positive id, as text; NULL: none. */
const char *reply_id(struct forge *, const json_t *, const char *path);
int64_t forge_time(struct forge *, const json_t *, const char *path); /* 0: none */
/* What a forge says of an error, on one line, cut; appended. False: nothing. */
bool reply_says(const json_t *, struct buf *out);
/* At most `max` bytes of text from outside, on one line, fit to be shown. */
void words_add(struct buf *out, const char *s, size_t max);
/* Whether two bodies are one, as far as forges keep them: line ends, blanks at the end. */
bool body_same(const char *a, const char *b);
bool commit_is_valid(const char *);

/* forge_rest.c */
/* The API's address of a path, with {r}, {n} and {i} filled in, which need no escape; in the arena.
 */
const char *rest_url(struct forge *, const char *path, const char *number, const char *id);
/* The error of an answer that lacks what it must have. */
int rest_senseless(struct forge *, const struct forge_ask *, struct error *err);
/* Learns whose token it is, once, where the forge is asked that. */
int rest_me_read(struct forge *, struct error *err);
/* A pull request as GitHub writes it, and Gitea after it but for whether it is merged and where the
 * repositories' ids stand. 1, or -1: it lacks what it must have. */
int rest_pull_parse(struct forge *, const json_t *, const char *base_id, const char *head_id,
		    bool merged, struct forge_pull *);
int rest_pull_read(struct forge *, const char *, struct forge_pull *, struct error *);
int rest_pulls_of(struct forge *, const char *, struct forge_pulls *, struct error *);
int rest_comments_read(struct forge *, const char *, struct forge_comments *, struct error *);
int rest_comment_add(struct forge *, const char *, const char *, struct forge_comment *,
		     struct error *);
int rest_comment_edit(struct forge *, const char *, const struct forge_comment *, const char *,
		      struct error *);

/* forge_github_propose.c, forge_gitea_propose.c: as `commit` of struct forge_proposer. */
int github_commit(struct forge *, const struct forge_proposal *, struct error *err);
int gitea_commit(struct forge *, const struct forge_proposal *, struct error *err);

/* forge_propose.c */
int rest_propose(struct forge *, const struct forge_proposal *, const char **, struct error *);
/* A request of a proposal: what is done, and 403's advice. */
struct forge_ask proposal_ask(struct forge *, const char *what, const char *method, const char *url,
			      const json_t *body);
/* The id of the branch's commit, in the arena. 1, or 0: there is none; -1. */
int proposal_tip(struct forge *, const char *branch, const char **id, struct error *err);
/* What is at the proposal's files in the commit that it starts from: git's mode and the blob's id,
 * NULL where there is no such file. Of GitHub and Gitea, whose trees are alike. */
struct tree_entry {
	const char *mode, *id;
};
int proposal_tree(struct forge *, const struct forge_proposal *, struct tree_entry *,
		  struct error *err);
/* A file's bytes as base64. */
json_t *proposal_data(const struct forge_file *);

/* forge_codecommit.c: the input is taken; the reply is an object, and the caller's. The
 * error code `none` is an answer too: then *reply is NULL. */
int codecommit_ask(struct forge *, const struct forge_ask *, const char *operation, json_t *input,
		   const char *none, json_t **reply, struct error *err);
int codecommit_senseless(struct forge *, const struct forge_ask *, struct error *err);
/* forge_codecommit_propose.c */
int codecommit_propose(struct forge *, const struct forge_proposal *, const char **,
		       struct error *);

#endif
