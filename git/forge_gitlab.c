/* GitLab: a pull request is a merge request, a comment is a note. */
#include "git/forge_priv.h"

#include <string.h>

#define BODY_MAX (8u << 20) /* 1,000,000 characters, in bytes, and some */

/* A fast-forward makes no commit of its own: the branch's tip is what was merged. */
static const char *merged_as(struct forge *f, const json_t *value, const char *head)
{
	const char *merge = reply_commit(f, value, "merge_commit_sha");
	const char *squash = reply_commit(f, value, "squash_commit_sha");

	return merge != NULL ? merge : squash != NULL ? squash : head;
}

static int pull_parse(struct forge *f, const json_t *value, struct forge_pull *pull)
{
	const char *state = reply_text(f, value, "state", 32);
	const char *head = reply_commit(f, value, "sha");
	json_int_t target = reply_number(value, "target_project_id");

	*pull = (struct forge_pull){
	    .number = reply_id(f, value, "iid"),
	    .head = head,
	    .branch = reply_text(f, value, "target_branch", 1024),
	    .open = state != NULL && strcmp(state, "opened") == 0,
	    .fork = target == 0 || reply_number(value, "source_project_id") != target,
	    .url = reply_link(f, value, "web_url"),
	};
	if (pull->number == NULL || pull->branch == NULL || state == NULL)
		return -1;
	if (strcmp(state, "merged") == 0)
		pull->merged = merged_as(f, value, head);
	/* One without any commit has none, but it cannot be merged. */
	if (head == NULL)
		return strcmp(state, "merged") == 0 ? -1 : 0;
	return 1;
}

/* Notes of the system tell what happened; nobody wrote them. */
static int comment_parse(struct forge *f, const json_t *value, struct forge_comment *comment)
{
	json_int_t author = reply_number(value, "author.id");

	if (json_is_true(json_object_get(value, "system")))
		return 0;
	*comment = (struct forge_comment){
	    .id = reply_id(f, value, "id"),
	    .body = reply_text(f, value, "body", BODY_MAX),
	    .author = reply_text(f, value, "author.username", 256),
	    .ours = f->knows_me && author == f->me,
	    .created_us = forge_time(f, value, "created_at"),
	};
	return 1;
}

static const struct forge_rest rest = {
    .pull = "/projects/{r}/merge_requests/{n}",
    .pulls_of = "/projects/{r}/repository/commits/{i}/merge_requests?per_page=100",
    .comments = "/projects/{r}/merge_requests/{n}/notes",
    .page = "?per_page=100&sort=asc&order_by=created_at",
    .counts_pages = true,
    .comment = "/projects/{r}/merge_requests/{n}/notes/{i}",
    .edit_method = "PUT",
    .me = "/user",
    .pull_parse = pull_parse,
    .comment_parse = comment_parse,
};

#define NEEDS_API                                                                                  \
	"use a project access token with the scope api and the role Developer; the job's own "     \
	"token (CI_JOB_TOKEN) cannot write comments"

const struct forge_ops forge_gitlab = {
    .name = "GitLab",
    .words = {"gitlab"},
    .comment_max = 60000,
    .slashes = {0, 20},
    .path_encoded = true,
    .token_header = "PRIVATE-TOKEN",
    .token_prefix = "",
    .token_refused = "glcbt-",
    .accept = "application/json",
    .mend_token = "the token is wrong or has expired: " NEEDS_API,
    .mend_read = "the token may not: " NEEDS_API,
    .mend_write = "the token may not: " NEEDS_API,
    .rest = &rest,
    .pull_read = rest_pull_read,
    .pulls_of = rest_pulls_of,
    .comments_read = rest_comments_read,
    .comment_add = rest_comment_add,
    .comment_edit = rest_comment_edit,
};
