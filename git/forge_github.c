/* GitHub and GitHub Enterprise Server: REST, and GraphQL for what REST does not say: whether a
 * comment or an issue is ours, whether somebody else edited it, and hiding comments. */
#include "git/forge_priv.h"

#include "base/text.h"

#include <string.h>

#define BODY_MAX (1u << 20) /* 65,536 characters, in bytes, and some */
#define NODES    100        /* GraphQL takes that many ids at once */

static int pull_parse(struct forge *f, const json_t *value, struct forge_pull *pull)
{
	bool merged = reply_text(f, value, "merged_at", 64) != NULL;

	return rest_pull_parse(f, value, "base.repo.id", "head.repo.id", merged, pull);
}

/* The author of a deleted account is null. */
static int comment_parse(struct forge *f, const json_t *value, struct forge_comment *comment)
{
	*comment = (struct forge_comment){
	    .id = reply_id(f, value, "id"),
	    .node = reply_text(f, value, "node_id", 256),
	    .body = reply_text(f, value, "body", BODY_MAX),
	    .author = reply_text(f, value, "user.login", 256),
	    .created_us = forge_time(f, value, "created_at"),
	};
	return comment->node != NULL ? 1 : -1;
}

/* Enterprise: HOST/api/v3 has it at HOST/api/graphql. */
static const char *graphql_url(struct forge *f)
{
	size_t len = strlen(f->api);

	if (str_ends(f->api, "/api/v3"))
		return arena_printf(f->arena, "%.*s/graphql", (int)(len - 3), f->api);
	return arena_printf(f->arena, "%s/graphql", f->api);
}

/* Errors come with status 200. Comments that were deleted meanwhile are no error: they are null. */
static int graphql_check(struct forge *f, const struct forge_ask *ask, const json_t *json,
			 struct error *err)
{
	const json_t *error, *errors = json_object_get(json, "errors");
	size_t i;

	json_array_foreach(errors, i, error)
	{
		const char *type = json_string_value(json_object_get(error, "type"));
		auto_buf says = BUF_INIT(8192);

		if (ask->reads && type != NULL && strcmp(type, "NOT_FOUND") == 0)
			continue;
		if (!reply_says(error, &says))
			buf_puts(&says, "an error without a message");
		return forge_fail(f, ask, err, "%s%s", buf_str(&says),
				  type == NULL || strcmp(type, "FORBIDDEN") != 0 ? ""
				  : ask->issue ? ": the token needs issues: write"
					       : ": the token needs pull-requests: write");
	}
	if (!json_is_object(json_object_get(json, "data")))
		return forge_fail(f, ask, err, "the answer has no data");
	return 0;
}

static int nodes_ask(struct forge *f, const char *number, bool issues, const json_t *ids,
		     struct forge_reply *reply, struct error *err)
{
	const char *query = issues ? "query($ids:[ID!]!){nodes(ids:$ids){... on Issue{id "
				     "viewerDidAuthor author{login} editor{login}}}}"
				   : "query($ids:[ID!]!){nodes(ids:$ids){... on IssueComment{id "
				     "viewerDidAuthor isMinimized author{login} editor{login}}}}";
	json_auto_t *body = json_pack("{s:s, s:{s:O}}", "query", query, "variables", "ids", ids);
	struct forge_ask ask = {
	    .what = issues ? "asking which issues are ours" : "asking which comments are ours",
	    .number = number,
	    .issue = issues,
	    .method = "POST",
	    .url = graphql_url(f),
	    .body = body,
	    .reads = true,
	};

	charter_assert(body != NULL);
	if (forge_ask(f, &ask, reply, err) < 0 || graphql_check(f, &ask, reply->json, err) < 0)
		return -1;
	if (!json_is_array(reply_at(reply->json, "data.nodes")))
		return forge_fail(f, &ask, err, "the answer has no %s",
				  issues ? "issues" : "comments");
	return 0;
}

/* It was edited by somebody else, as far as is known. */
static bool node_is_altered(const json_t *node)
{
	const char *editor = json_string_value(reply_at(node, "editor.login"));
	const char *author = json_string_value(reply_at(node, "author.login"));

	return editor != NULL && (author == NULL || strcmp(editor, author) != 0);
}

static void node_take(const json_t *node, struct forge_comments *comments)
{
	const char *id = json_string_value(json_object_get(node, "id"));

	for (size_t i = 0; id != NULL && i < comments->n; i++) {
		struct forge_comment *c = &comments->at[i];

		if (strcmp(c->node, id) != 0)
			continue;
		c->ours = json_is_true(json_object_get(node, "viewerDidAuthor"));
		c->hidden = json_is_true(json_object_get(node, "isMinimized"));
		c->altered = node_is_altered(node);
	}
}

static int nodes_take(struct forge *f, const char *number, const json_t *ids,
		      struct forge_comments *comments, struct error *err)
{
	auto_reply reply = {0};
	const json_t *node;
	size_t i;

	if (nodes_ask(f, number, false, ids, &reply, err) < 0)
		return -1;
	json_array_foreach(reply_at(reply.json, "data.nodes"), i, node)
	{
		node_take(node, comments);
	}
	return 0;
}

/* Asked of those alone that have our mark: there are few. */
static int comments_ours(struct forge *f, const char *number, struct forge_comments *comments,
			 struct error *err)
{
	size_t i = 0;

	while (i < comments->n) {
		json_auto_t *ids = json_array();

		for (; i < comments->n && json_array_size(ids) < NODES; i++)
			if (strstr(comments->at[i].body, FORGE_MARK) != NULL)
				json_array_append_new(ids, json_string(comments->at[i].node));
		if (json_array_size(ids) > 0 && nodes_take(f, number, ids, comments, err) < 0)
			return -1;
	}
	return 0;
}

static void issue_node_take(const json_t *node, struct forge_issues *issues)
{
	const char *id = json_string_value(json_object_get(node, "id"));

	for (size_t i = 0; id != NULL && i < issues->n; i++) {
		struct forge_issue *issue = &issues->at[i];

		if (issue->node == NULL || strcmp(issue->node, id) != 0)
			continue;
		issue->ours = json_is_true(json_object_get(node, "viewerDidAuthor"));
		issue->altered = node_is_altered(node);
	}
}

static int issues_ours(struct forge *f, struct forge_issues *issues, struct error *err)
{
	size_t i = 0, k;

	while (i < issues->n) {
		json_auto_t *ids = json_array();
		auto_reply reply = {0};
		const json_t *node;

		for (; i < issues->n && json_array_size(ids) < NODES; i++)
			if (issues->at[i].node != NULL)
				json_array_append_new(ids, json_string(issues->at[i].node));
		if (json_array_size(ids) == 0)
			continue;
		if (nodes_ask(f, NULL, true, ids, &reply, err) < 0)
			return -1;
		json_array_foreach(reply_at(reply.json, "data.nodes"), k, node)
		{
			issue_node_take(node, issues);
		}
	}
	return 0;
}

static int look_hidden(struct forge *f, void *ctx, struct error *err)
{
	json_auto_t *ids = json_pack("[s]", (const char *)ctx);
	auto_reply reply = {0};

	if (nodes_ask(f, NULL, false, ids, &reply, err) < 0)
		return -1;
	return json_is_true(
	    json_object_get(json_array_get(reply_at(reply.json, "data.nodes"), 0), "isMinimized"));
}

static int comment_hide(struct forge *f, const struct forge_comment *comment, struct error *err)
{
	static const char query[] =
	    "mutation($id:ID!){minimizeComment(input:{subjectId:$id,classifier:OUTDATED})"
	    "{minimizedComment{isMinimized}}}";
	json_auto_t *body =
	    json_pack("{s:s, s:{s:s}}", "query", query, "variables", "id", comment->node);
	auto_reply reply = {0};
	struct forge_ask ask = {
	    .what = arena_printf(f->arena, "hiding comment %s", comment->id),
	    .method = "POST",
	    .url = graphql_url(f),
	    .body = body,
	    .look = look_hidden,
	    .ctx = (void *)comment->node,
	};

	charter_assert(body != NULL);
	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	return reply.looked ? 0 : graphql_check(f, &ask, reply.json, err);
}

static const struct forge_tracker tracker = {
    .issues = "/repos/{r}/issues",
    .listing = "/repos/{r}/issues?state=all&labels={i}&per_page=100",
    .issue = "/repos/{r}/issues/{i}",
    .method = "PATCH",
    .number = "number",
    .url = "html_url",
    .body = "body",
    .author = "user.id",
    .opened = "open",
    .event = "state",
    .open = "open",
    .close = "closed",
    .ours = issues_ours,
};

static const struct forge_proposer proposer = {
    .branch = "/repos/{r}/branches/{i}",
    .tip = "commit.sha",
    .pulls = "/repos/{r}/pulls",
    .found = "/repos/{r}/pulls?state=open&head={i}&base={n}",
    .head = "head",
    .base = "base",
    .body = "body",
    .mend = "the token needs contents: write and pull-requests: write; in GitHub Actions the "
	    "repository's settings must also let workflows make pull requests",
    .commit = github_commit,
};

static const struct forge_rest rest = {
    .pull = "/repos/{r}/pulls/{n}",
    .pulls_of = "/repos/{r}/commits/{i}/pulls?per_page=100",
    .comments = "/repos/{r}/issues/{n}/comments",
    .page = "?per_page=100",
    .comment = "/repos/{r}/issues/comments/{i}",
    .edit_method = "PATCH",
    .pull_parse = pull_parse,
    .comment_parse = comment_parse,
    .comments_ours = comments_ours,
    .tracker = &tracker,
    .proposer = &proposer,
};

const struct forge_ops forge_github = {
    .name = "GitHub",
    .words = {"github"},
    .comment_max = 60000,
    .slashes = {1, 1},
    .token_header = "Authorization",
    .token_prefix = "Bearer ",
    .accept = "application/vnd.github+json",
    .version = {"X-GitHub-Api-Version", "2022-11-28"},
    .mend_token = "the token is wrong or has expired",
    .mend_read = "the token needs pull-requests: read and contents: read",
    .mend_write = "the token needs pull-requests: write (permissions of the job)",
    .rest = &rest,
    .pull_read = rest_pull_read,
    .pulls_of = rest_pulls_of,
    .comments_read = rest_comments_read,
    .comment_add = rest_comment_add,
    .comment_edit = rest_comment_edit,
    .comment_hide = comment_hide,
    .issue_max = 65000,
    .mend_issue = "the token needs issues: write (permissions of the job)",
    .propose = rest_propose,
};
