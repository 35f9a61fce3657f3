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

static json_t *action_json(const struct forge_file *file)
{
	const char *what = file->data == NULL ? "delete" : file->fresh ? "create" : "update";
	json_t *json = json_pack("{s:s, s:s}", "action", what, "file_path", file->path);

	if (json != NULL && file->data != NULL) {
		json_object_set_new(json, "content", proposal_data(file));
		json_object_set_new(json, "encoding", json_string("base64"));
	}
	return json;
}

/* There was no such branch before: one that is there is ours. */
static int look_branch(struct forge *f, void *ctx, struct error *err)
{
	const struct forge_proposal *p = ctx;
	const char *id;

	return proposal_tip(f, p->branch, &id, err);
}

/* Branch and commit at once. Whether a file may be executed stays as it is. */
static int commit_make(struct forge *f, const struct forge_proposal *p, struct error *err)
{
	json_auto_t *json = json_pack("{s:s, s:s, s:s, s:[]}", "branch", p->branch, "start_sha",
				      p->commit, "commit_message", p->message, "actions");
	auto_reply reply = {0};
	struct forge_ask ask =
	    proposal_ask(f, "making the commit", "POST",
			 rest_url(f, "/projects/{r}/repository/commits", "", ""), json);

	ask.look = look_branch;
	ask.ctx = (void *)p;
	for (size_t i = 0; json != NULL && i < p->files; i++)
		if (json_array_append_new(json_object_get(json, "actions"),
					  action_json(&p->file[i])) != 0)
			return forge_fail(f, &ask, err, "a path is not valid UTF-8");
	if (json == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	return forge_ask(f, &ask, &reply, err);
}

static const struct forge_tracker tracker = {
    .issues = "/projects/{r}/issues",
    .listing = "/projects/{r}/issues?state=all&scope=all&labels={i}&per_page=100",
    .issue = "/projects/{r}/issues/{i}",
    .method = "PUT",
    .labels_text = true,
    .number = "iid",
    .url = "web_url",
    .body = "description",
    .author = "author.id",
    .opened = "opened",
    .event = "state_event",
    .open = "reopen",
    .close = "close",
};

#define NEEDS_PUSH                                                                                 \
	"use a project access token with the scope api and the role Developer, which may make "    \
	"branches and merge requests; the job's own token (CI_JOB_TOKEN) may not"

static const struct forge_proposer proposer = {
    .branch = "/projects/{r}/repository/branches/{i}",
    .tip = "commit.id",
    .pulls = "/projects/{r}/merge_requests",
    .found = "/projects/{r}/merge_requests?state=opened&source_branch={i}&target_branch={n}",
    .head = "source_branch",
    .base = "target_branch",
    .body = "description",
    .mend = NEEDS_PUSH,
    .commit = commit_make,
};

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
    .tracker = &tracker,
    .proposer = &proposer,
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
    .issue_max = 65000,
    .mend_issue = "the token may not: use a project access token with the scope api and the role "
		  "Reporter or a higher one",
    .propose = rest_propose,
};
