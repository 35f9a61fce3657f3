/* AWS CodeCommit, through the client that is lent. AWS makes a comment once for each token of the
 * request, and an update says the same however often it is sent: both may be sent again. */
#include "git/forge_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BODY_MAX (1u << 16) /* 10,240 characters, in bytes, and some */
#define PAGES    100
#define LOOKED   100 /* pull requests closed last that are looked at */
#define TRIES    3

struct mend_row {
	const char *code, *advice;
};
static const struct mend_row mends[] = {
    {"AccessDeniedException", "the role lacks the permission codecommit:%s"},
    {"AccessDenied", "the role lacks the permission codecommit:%s"},
    {"RepositoryDoesNotExistException", "no such repository in this account and region"},
    {"PullRequestDoesNotExistException", "no such pull request in this account and region"},
    {"RepositoryNotAssociatedWithPullRequestException", "the pull request is of another one"},
    {"CommentNotCreatedByCallerException", "only who wrote a comment may update it"},
    {"CommentDeletedException", "the comment was deleted"},
    {"CommentDoesNotExistException", "the comment was deleted"},
};

static int fail_aws(struct forge *f, const struct forge_ask *ask, const char *operation,
		    const char *code, const struct error *why, struct error *err)
{
	auto_buf says = BUF_INIT(8192);

	words_add(&says, why->message != NULL ? why->message : code, 600);
	for (size_t i = 0; i < sizeof mends / sizeof *mends; i++)
		if (strcmp(mends[i].code, code) == 0) {
			const char *name = strstr(mends[i].advice, "%s");

			buf_puts(&says, ": ");
			buf_add(&says, mends[i].advice,
				name != NULL ? (size_t)(name - mends[i].advice)
					     : strlen(mends[i].advice));
			buf_puts(&says, name != NULL ? operation : "");
		}
	forge_fail(f, ask, err, "%s", buf_str(&says));
	if (why->code != EXIT_DONE)
		err->code = why->code;
	return -1;
}

/* After these it may have been done: AWS's faults, and what a client says of a lost answer. */
static bool code_is_lost(const char *code)
{
	static const char *const codes[] = {"",
					    "Reset",
					    "TimedOut",
					    "BadReply",
					    "InternalError",
					    "InternalFailure",
					    "InternalServerError",
					    "InternalServerException",
					    "ServiceUnavailable",
					    "ServiceUnavailableException"};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

int codecommit_ask(struct forge *f, const struct forge_ask *ask, const char *operation,
		   json_t *input, const char *none, json_t **reply, struct error *err)
{
	json_auto_t *owned = input;

	charter_assert(owned != NULL);
	for (unsigned tries = 1;; tries++) {
		auto_error why = {0};
		char code[64] = "";

		*reply = NULL;
		if (f->aws(f->aws_ctx, operation, json_incref(owned), reply, code, &why) == 0)
			break;
		json_decref(*reply);
		*reply = NULL;
		if (none != NULL && strcmp(code, none) == 0)
			return 0;
		if (ask->reads || !code_is_lost(code) || tries >= TRIES)
			return fail_aws(f, ask, operation, code, &why, err);
		if (forge_pause(f, ask, tries, 0, err) < 0)
			return -1;
	}
	if (json_is_object(*reply))
		return 0;
	json_decref(*reply);
	*reply = NULL;
	return forge_fail(f, ask, err, "the answer is not what CodeCommit's API answers");
}

static int aws_ask(struct forge *f, const struct forge_ask *ask, const char *operation,
		   json_t *input, json_t **reply, struct error *err)
{
	return codecommit_ask(f, ask, operation, input, NULL, reply, err);
}

int codecommit_senseless(struct forge *f, const struct forge_ask *ask, struct error *err)
{
	return forge_fail(f, ask, err, "the answer lacks what CodeCommit's API says of it");
}

/* "refs/heads/main" */
static const char *branch_of(struct forge *f, const json_t *target)
{
	const char *name = reply_text(f, target, "destinationReference", 1024);

	if (name != NULL && str_starts(name, "refs/heads/"))
		name += strlen("refs/heads/");
	return name;
}

/* A fast-forward makes no commit of its own: the branch's tip is what was merged. */
static const char *merged_as(struct forge *f, const json_t *target, const char *head)
{
	const char *how = reply_text(f, target, "mergeMetadata.mergeOption", 64);
	const char *merge = reply_commit(f, target, "mergeMetadata.mergeCommitId");

	if (!json_is_true(reply_at(target, "mergeMetadata.isMerged")))
		return NULL;
	if (merge == NULL && how != NULL && strcmp(how, "FAST_FORWARD_MERGE") == 0)
		return head;
	return merge;
}

/* What comments are about: the two commits between which they stand. */
struct sides_of_pull {
	const char *before, *after;
};

static const json_t *target_find(struct forge *f, const json_t *value)
{
	const json_t *target;
	size_t i;

	json_array_foreach(json_object_get(value, "pullRequestTargets"), i, target)
	{
		const char *name = reply_text(f, target, "repositoryName", 100);

		if (name != NULL && strcmp(name, f->repository) == 0)
			return target;
	}
	return NULL;
}

static int pull_take(struct forge *f, const json_t *value, struct forge_pull *pull,
		     struct sides_of_pull *sides)
{
	const json_t *target = target_find(f, value);

	if (target == NULL)
		return -1;
	*sides = (struct sides_of_pull){
	    .before = reply_commit(f, target, "destinationCommit"),
	    .after = reply_commit(f, target, "sourceCommit"),
	};
	*pull = (struct forge_pull){
	    .number = reply_text(f, value, "pullRequestId", 20),
	    .head = sides->after,
	    .branch = branch_of(f, target),
	    .merged = merged_as(f, target, sides->after),
	};
	pull->open =
	    json_is_string(json_object_get(value, "pullRequestStatus")) &&
	    strcmp(json_string_value(json_object_get(value, "pullRequestStatus")), "OPEN") == 0;
	return pull->number && pull->head && pull->branch && sides->before ? 0 : -1;
}

static int pull_get(struct forge *f, const char *number, struct forge_pull *pull,
		    struct sides_of_pull *sides, struct error *err)
{
	json_auto_t *reply = NULL;
	struct forge_ask ask = {.what = "reading the state", .number = number, .reads = true};

	if (aws_ask(f, &ask, "GetPullRequest", json_pack("{s:s}", "pullRequestId", number), &reply,
		    err) < 0)
		return -1;
	if (pull_take(f, json_object_get(reply, "pullRequest"), pull, sides) < 0 ||
	    strcmp(pull->number, number) != 0)
		return codecommit_senseless(f, &ask, err);
	return 0;
}

static int pull_read(struct forge *f, const char *number, struct forge_pull *pull,
		     struct error *err)
{
	struct sides_of_pull sides;

	return pull_get(f, number, pull, &sides, err);
}

/* *token gets that of the next page, in the arena, or NULL. */
static int token_next(struct forge *f, const struct forge_ask *ask, const json_t *reply,
		      const char **token, struct error *err)
{
	const json_t *next = json_object_get(reply, "nextToken");
	const char *before = *token;

	*token = NULL;
	if (next == NULL || json_is_null(next))
		return 0;
	*token = reply_text(f, reply, "nextToken", 8192);
	if (*token == NULL || **token == '\0')
		return codecommit_senseless(f, ask, err);
	if (before != NULL && strcmp(before, *token) == 0)
		return forge_fail(f, ask, err, "a page names itself as the next");
	return 0;
}

static json_t *page_input(struct forge *f, const char *token)
{
	json_t *input = json_pack("{s:s}", "repositoryName", f->repository);

	if (token != NULL)
		json_object_set_new(input, "nextToken", json_string(token));
	return input;
}

struct search {
	const char *commit;
	size_t looked;
	VEC(struct forge_pull) list;
};

static int search_page(struct forge *f, const struct forge_ask *ask, const json_t *ids,
		       struct search *s, struct error *err)
{
	for (size_t i = 0; i < json_array_size(ids) && s->looked < LOOKED; i++, s->looked++) {
		const char *number = json_string_value(json_array_get(ids, i));
		struct sides_of_pull sides;
		struct forge_pull pull;

		if (number == NULL || strlen(number) > 18)
			return codecommit_senseless(f, ask, err);
		if (pull_get(f, number, &pull, &sides, err) < 0)
			return -1;
		if (pull.merged != NULL && strcmp(pull.merged, s->commit) == 0)
			vec_push(&s->list, pull);
	}
	return 0;
}

/* There is no question for it: those closed last are looked at, up to the first that fits: a commit
 * comes in by one alone. */
static int pulls_of(struct forge *f, const char *commit, struct forge_pulls *pulls,
		    struct error *err)
{
	struct forge_ask ask = {
	    .what = arena_printf(f->arena, "finding the pull requests of commit %s", commit),
	    .reads = true,
	};
	struct search s = {.commit = commit};
	const char *token = NULL;
	int r;

	do {
		json_auto_t *reply = NULL;
		json_t *input = page_input(f, token);

		json_object_set_new(input, "pullRequestStatus", json_string("CLOSED"));
		r = aws_ask(f, &ask, "ListPullRequests", input, &reply, err);
		if (r == 0)
			r = search_page(f, &ask, json_object_get(reply, "pullRequestIds"), &s, err);
		if (r == 0)
			r = token_next(f, &ask, reply, &token, err);
	} while (r == 0 && token != NULL && s.looked < LOOKED && s.list.n == 0);
	*pulls = (struct forge_pulls){.n = r == 0 ? s.list.n : 0};
	pulls->at = arena_array(f->arena, pulls->n + 1, sizeof *pulls->at);
	if (pulls->n > 0)
		memcpy(pulls->at, s.list.at, pulls->n * sizeof *pulls->at);
	free(s.list.at);
	return r;
}

static int me_read(struct forge *f, struct error *err)
{
	json_auto_t *reply = NULL;
	struct forge_ask ask = {.what = "asking who we are, for the comments", .reads = true};

	if (f->me_arn != NULL)
		return 0;
	if (aws_ask(f, &ask, "GetCallerIdentity", json_object(), &reply, err) < 0)
		return -1;
	f->me_arn = reply_text(f, reply, "Arn", 2048);
	if (f->me_arn != NULL && *f->me_arn != '\0')
		return 0;
	f->me_arn = NULL;
	return codecommit_senseless(f, &ask, err);
}

/* Of a role's session the role counts: a job's session has another name in each run. Sessions of
 * Identity Center are named after people, and many share a role. */
static size_t arn_counts(const char *arn)
{
	const char *role = strstr(arn, ":assumed-role/"), *session;

	if (role == NULL || strstr(arn, ":assumed-role/AWSReservedSSO_") != NULL)
		return strlen(arn);
	session = strchr(role + strlen(":assumed-role/"), '/');
	return session != NULL ? (size_t)(session - arn) : strlen(arn);
}

static bool arn_same(const char *a, const char *b)
{
	size_t n = arn_counts(a);

	return n == arn_counts(b) && strncmp(a, b, n) == 0;
}

/* Times are seconds since 1970, with a fraction. */
static int64_t seconds_us(const json_t *value)
{
	double s = json_number_value(value);

	return s > 0 && s < 1e11 ? (int64_t)(s * 1e6) : 0;
}

/* -1: senseless; 0: deleted, or an answer to another comment. */
static int comment_take(struct forge *f, const json_t *value, struct forge_comment *comment)
{
	*comment = (struct forge_comment){
	    .id = reply_text(f, value, "commentId", 200),
	    .body = reply_text(f, value, "content", BODY_MAX),
	    .author = reply_text(f, value, "authorArn", 2048),
	    .created_us = seconds_us(json_object_get(value, "creationDate")),
	};
	if (json_is_true(json_object_get(value, "deleted")) ||
	    json_is_string(json_object_get(value, "inReplyTo")))
		return 0;
	if (comment->author == NULL)
		comment->author = "";
	if (comment->body == NULL)
		comment->body = "";
	comment->ours =
	    *comment->author != '\0' && f->me_arn != NULL && arn_same(comment->author, f->me_arn);
	return comment->id != NULL && *comment->id != '\0' ? 1 : -1;
}

typedef VEC(struct forge_comment) comment_list;

/* Comments on a file's line are reviews: none of ours. */
static int comments_page(struct forge *f, const json_t *reply, comment_list *list)
{
	const json_t *group, *item;
	size_t i, k;

	json_array_foreach(json_object_get(reply, "commentsForPullRequestData"), i, group)
	{
		if (json_is_object(json_object_get(group, "location")))
			continue;
		json_array_foreach(json_object_get(group, "comments"), k, item)
		{
			struct forge_comment comment;
			int r = comment_take(f, item, &comment);

			if (r < 0)
				return -1;
			if (r > 0)
				vec_push(list, comment);
		}
	}
	return 0;
}

static int comments_read(struct forge *f, const char *number, struct forge_comments *comments,
			 struct error *err)
{
	struct forge_ask ask = {.what = "reading the comments", .number = number, .reads = true};
	comment_list list = {0};
	const char *token = NULL;
	unsigned n = 0;
	int r = me_read(f, err);

	while (r == 0) {
		json_auto_t *reply = NULL;
		json_t *input = page_input(f, token);

		json_object_set_new(input, "pullRequestId", json_string(number));
		r = aws_ask(f, &ask, "GetCommentsForPullRequest", input, &reply, err);
		if (r == 0 && comments_page(f, reply, &list) < 0)
			r = codecommit_senseless(f, &ask, err);
		if (r == 0)
			r = token_next(f, &ask, reply, &token, err);
		if (r == 0 && token != NULL && ++n == PAGES)
			r = forge_fail(f, &ask, err, "there are more than %d pages", PAGES);
		if (token == NULL)
			break;
	}
	*comments = (struct forge_comments){.n = r == 0 ? list.n : 0};
	comments->at = arena_array(f->arena, comments->n + 1, sizeof *comments->at);
	if (comments->n > 0)
		memcpy(comments->at, list.at, comments->n * sizeof *comments->at);
	free(list.at);
	return r;
}

/* The same for the same comment, so that it is made once. */
static void request_token(const char *number, const struct sides_of_pull *sides, const char *body,
			  char out[SHA256_HEX])
{
	struct digest *d = digest_new();

	digest_add(d, number, strlen(number) + 1);
	digest_add(d, sides->before, strlen(sides->before) + 1);
	digest_add(d, sides->after, strlen(sides->after) + 1);
	digest_add(d, body, strlen(body));
	digest_hex(d, out);
}

static int comment_add(struct forge *f, const char *number, const char *body,
		       struct forge_comment *made, struct error *err)
{
	struct forge_ask ask = {.what = "writing a comment", .number = number};
	json_auto_t *reply = NULL;
	struct sides_of_pull sides;
	struct forge_pull pull;
	char token[SHA256_HEX];
	json_t *input;

	if (pull_get(f, number, &pull, &sides, err) < 0)
		return -1;
	request_token(number, &sides, body, token);
	input =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "pullRequestId", number, "repositoryName",
		      f->repository, "beforeCommitId", sides.before, "afterCommitId", sides.after,
		      "content", body, "clientRequestToken", token);
	if (input == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	if (aws_ask(f, &ask, "PostCommentForPullRequest", input, &reply, err) < 0)
		return -1;
	if (comment_take(f, json_object_get(reply, "comment"), made) != 1)
		return codecommit_senseless(f, &ask, err);
	made->ours = true;
	return 0;
}

static int comment_edit(struct forge *f, const char *number, const struct forge_comment *comment,
			const char *body, struct error *err)
{
	struct forge_ask ask = {.what = "updating a comment", .number = number};
	json_t *input = json_pack("{s:s, s:s}", "commentId", comment->id, "content", body);
	json_auto_t *reply = NULL;

	if (input == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	return aws_ask(f, &ask, "UpdateComment", input, &reply, err);
}

const struct forge_ops forge_codecommit = {
    .name = "CodeCommit",
    .words = {"codecommit"},
    .comment_max = 10240,
    .slashes = {0, 0},
    .pull_read = pull_read,
    .pulls_of = pulls_of,
    .comments_read = comments_read,
    .comment_add = comment_add,
    .comment_edit = comment_edit,
    .propose = codecommit_propose,
};
