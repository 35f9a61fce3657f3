/* Gitea and Forgejo, whose API is the same where it is used here. */
#include "git/forge_priv.h"

#define BODY_MAX (1u << 20)

static int pull_parse(struct forge *f, const json_t *value, struct forge_pull *pull)
{
	bool merged = json_is_true(json_object_get(value, "merged"));

	return rest_pull_parse(f, value, "base.repo_id", "head.repo_id", merged, pull);
}

/* A comment that was brought here from another forge has who wrote it there as its original author,
 * and as its user whoever brought it. */
static int comment_parse(struct forge *f, const json_t *value, struct forge_comment *comment)
{
	const char *original = json_string_value(json_object_get(value, "original_author"));
	bool brought = original != NULL && *original != '\0';

	*comment = (struct forge_comment){
	    .id = reply_id(f, value, "id"),
	    .body = reply_text(f, value, "body", BODY_MAX),
	    .author = reply_text(f, value, brought ? "original_author" : "user.login", 256),
	    .ours = f->knows_me && !brought && reply_number(value, "user.id") == f->me,
	    .created_us = forge_time(f, value, "created_at"),
	};
	return 1;
}

static const struct forge_tracker tracker = {
    .issues = "/repos/{r}/issues",
    .listing = "/repos/{r}/issues?type=issues&state=all&labels={i}&limit=50",
    .issue = "/repos/{r}/issues/{i}",
    .method = "PATCH",
    .labels = "/repos/{r}/labels",
    .labels_listing = "/repos/{r}/labels?limit=50",
    .number = "number",
    .url = "html_url",
    .body = "body",
    .author = "user.id",
    .opened = "open",
    .event = "state",
    .open = "open",
    .close = "closed",
};

static const struct forge_proposer proposer = {
    .branch = "/repos/{r}/branches/{i}",
    .tip = "commit.id",
    .pulls = "/repos/{r}/pulls",
    .found = "/repos/{r}/pulls/{n}/{i}",
    .head = "head",
    .base = "base",
    .body = "body",
    .mend = "the token needs the scopes write:repository and write:issue",
    .commit = gitea_commit,
};

/* Its comments have no pages: a Link is followed nevertheless, should one come. */
static const struct forge_rest rest = {
    .pull = "/repos/{r}/pulls/{n}",
    .pulls_of = "/repos/{r}/commits/{i}/pull",
    .pulls_of_one = true,
    .comments = "/repos/{r}/issues/{n}/comments",
    .page = "",
    .comment = "/repos/{r}/issues/comments/{i}",
    .edit_method = "PATCH",
    .me = "/user",
    .pull_parse = pull_parse,
    .comment_parse = comment_parse,
    .tracker = &tracker,
    .proposer = &proposer,
};

const struct forge_ops forge_gitea = {
    .name = "Gitea",
    .words = {"gitea", "forgejo"},
    .comment_max = 60000,
    .slashes = {1, 1},
    .token_header = "Authorization",
    .token_prefix = "token ",
    .accept = "application/json",
    .mend_token = "the token is wrong or has expired",
    .mend_read = "the token needs the scopes read:repository, write:issue and read:user",
    .mend_write = "the token needs the scopes read:repository, write:issue and read:user",
    .rest = &rest,
    .pull_read = rest_pull_read,
    .pulls_of = rest_pulls_of,
    .comments_read = rest_comments_read,
    .comment_add = rest_comment_add,
    .comment_edit = rest_comment_edit,
    .issue_max = 65000,
    .mend_issue = "the token needs the scopes read:repository, write:issue and read:user",
    .propose = rest_propose,
};
