/* What the forges that speak REST have in common: a comment is an object below the pull request,
 * written with a JSON body, read back by its id. */
#include "git/forge_priv.h"

#include <stdlib.h>
#include <string.h>

#define COMMENTS_BYTES (64u << 20) /* of all comments of a pull request together */

const char *rest_url(struct forge *f, const char *path, const char *number, const char *id)
{
	auto_buf url = BUF_INIT(8192);

	buf_puts(&url, f->api);
	for (; *path != '\0'; path++) {
		if (*path != '{') {
			buf_putc(&url, *path);
			continue;
		}
		buf_puts(&url, path[1] == 'r' ? f->path : path[1] == 'n' ? number : id);
		path += 2;
	}
	return arena_strdup(f->arena, buf_str(&url));
}

int rest_senseless(struct forge *f, const struct forge_ask *ask, struct error *err)
{
	return forge_fail(f, ask, err, "the answer lacks what %s's API says of it", f->ops->name);
}

int rest_pull_parse(struct forge *f, const json_t *value, const char *base_id, const char *head_id,
		    bool merged, struct forge_pull *pull)
{
	const char *state = reply_text(f, value, "state", 32);
	json_int_t repository = reply_number(value, base_id);

	*pull = (struct forge_pull){
	    .number = reply_id(f, value, "number"),
	    .head = reply_commit(f, value, "head.sha"),
	    .branch = reply_text(f, value, "base.ref", 1024),
	    .merged = merged ? reply_commit(f, value, "merge_commit_sha") : NULL,
	    .open = state != NULL && strcmp(state, "open") == 0,
	    /* Of a repository that was deleted since, there is none. */
	    .fork = repository == 0 || reply_number(value, head_id) != repository,
	    .url = reply_link(f, value, "html_url"),
	};
	return pull->number != NULL && pull->head != NULL && pull->branch != NULL && state != NULL
		   ? 1
		   : -1;
}

int rest_pull_read(struct forge *f, const char *number, struct forge_pull *pull, struct error *err)
{
	const struct forge_rest *rest = f->ops->rest;
	auto_reply reply = {0};
	struct forge_ask ask = {
	    .what = "reading the state",
	    .number = number,
	    .method = "GET",
	    .url = rest_url(f, rest->pull, number, ""),
	    .reads = true,
	};

	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	*pull = (struct forge_pull){0};
	if (rest->pull_parse(f, reply.json, pull) != 1 || strcmp(pull->number, number) != 0)
		return rest_senseless(f, &ask, err);
	return 0;
}

struct pulls_reading {
	const struct forge_ask *ask;
	VEC(struct forge_pull) list;
};

static int pulls_each(struct forge *f, const json_t *item, void *ctx, struct error *err)
{
	struct pulls_reading *reading = ctx;
	struct forge_pull pull = {0};

	int r = f->ops->rest->pull_parse(f, item, &pull);

	if (r < 0)
		return rest_senseless(f, reading->ask, err);
	if (r > 0 && pull.merged != NULL)
		vec_push(&reading->list, pull);
	return 0;
}

int rest_pulls_of(struct forge *f, const char *commit, struct forge_pulls *pulls, struct error *err)
{
	const struct forge_rest *rest = f->ops->rest;
	struct forge_ask ask = {
	    .what = arena_printf(f->arena, "finding the pull requests of commit %s", commit),
	    .method = "GET",
	    .url = rest_url(f, rest->pulls_of, "", commit),
	    .reads = true,
	    .none = rest->pulls_of_one,
	};
	struct pulls_reading reading = {.ask = &ask};
	int r = forge_pages(f, &ask, pulls_each, &reading, err);

	*pulls = (struct forge_pulls){.n = r == 0 ? reading.list.n : 0};
	pulls->at = arena_array(f->arena, pulls->n + 1, sizeof *pulls->at);
	if (pulls->n > 0)
		memcpy(pulls->at, reading.list.at, pulls->n * sizeof *pulls->at);
	free(reading.list.at);
	return r;
}

/* As comment_parse(), and whole: what a forge leaves out of it is empty. */
static int comment_of(struct forge *f, const json_t *value, struct forge_comment *comment)
{
	int r = f->ops->rest->comment_parse(f, value, comment);

	if (comment->author == NULL)
		comment->author = "";
	if (comment->body == NULL)
		comment->body = "";
	return r > 0 && comment->id == NULL ? -1 : r;
}

struct comments_reading {
	const struct forge_ask *ask;
	size_t bytes;
	VEC(struct forge_comment) list;
};

static int comments_each(struct forge *f, const json_t *item, void *ctx, struct error *err)
{
	struct comments_reading *reading = ctx;
	struct forge_comment comment = {0};
	int r = comment_of(f, item, &comment);

	if (r < 0)
		return rest_senseless(f, reading->ask, err);
	if (r == 0)
		return 0;
	reading->bytes += strlen(comment.body);
	if (reading->bytes > COMMENTS_BYTES)
		return forge_fail(f, reading->ask, err, "they are larger than %u MiB",
				  COMMENTS_BYTES >> 20);
	vec_push(&reading->list, comment);
	return 0;
}

int rest_me_read(struct forge *f, struct error *err)
{
	auto_reply reply = {0};
	struct forge_ask ask = {
	    .what = "asking whose token it is",
	    .method = "GET",
	    .reads = true,
	};

	if (f->ops->rest->me == NULL || f->knows_me)
		return 0;
	ask.url = rest_url(f, f->ops->rest->me, "", "");
	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	f->me = reply_number(reply.json, "id");
	f->knows_me = f->me != 0;
	return f->knows_me ? 0 : rest_senseless(f, &ask, err);
}

int rest_comments_read(struct forge *f, const char *number, struct forge_comments *comments,
		       struct error *err)
{
	const struct forge_rest *rest = f->ops->rest;
	const char *path = arena_printf(f->arena, "%s%s", rest->comments, rest->page);
	struct forge_ask ask = {
	    .what = "reading the comments",
	    .number = number,
	    .method = "GET",
	    .url = rest_url(f, path, number, ""),
	    .reads = true,
	};
	struct comments_reading reading = {.ask = &ask};
	int r = rest_me_read(f, err);

	if (r == 0)
		r = forge_pages(f, &ask, comments_each, &reading, err);
	*comments = (struct forge_comments){.n = r == 0 ? reading.list.n : 0};
	comments->at = arena_array(f->arena, comments->n + 1, sizeof *comments->at);
	if (comments->n > 0)
		memcpy(comments->at, reading.list.at, comments->n * sizeof *comments->at);
	free(reading.list.at);
	if (r == 0 && rest->comments_ours != NULL)
		r = rest->comments_ours(f, number, comments, err);
	return r;
}

struct writing {
	const char *number, *id, *body;
	struct forge_comment *found;
};

/* The newest that is ours and says just this. */
static int look_added(struct forge *f, void *ctx, struct error *err)
{
	struct writing *w = ctx;
	struct forge_comments comments;

	if (f->ops->comments_read(f, w->number, &comments, err) < 0)
		return -1;
	for (size_t i = comments.n; i-- > 0;)
		if (comments.at[i].ours && body_same(comments.at[i].body, w->body)) {
			*w->found = comments.at[i];
			return 1;
		}
	return 0;
}

static int look_edited(struct forge *f, void *ctx, struct error *err)
{
	struct writing *w = ctx;
	struct forge_comment comment = {0};
	auto_reply reply = {0};
	struct forge_ask ask = {
	    .what = arena_printf(f->arena, "reading comment %s", w->id),
	    .number = w->number,
	    .method = "GET",
	    .url = rest_url(f, f->ops->rest->comment, w->number, w->id),
	    .reads = true,
	};

	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	if (comment_of(f, reply.json, &comment) != 1)
		return rest_senseless(f, &ask, err);
	return body_same(comment.body, w->body);
}

int rest_comment_add(struct forge *f, const char *number, const char *body,
		     struct forge_comment *made, struct error *err)
{
	const struct forge_rest *rest = f->ops->rest;
	json_auto_t *json = json_pack("{s:s}", "body", body);
	auto_reply reply = {0};
	struct writing w = {.number = number, .body = body, .found = made};
	struct forge_ask ask = {
	    .what = "writing a comment",
	    .number = number,
	    .method = "POST",
	    .url = rest_url(f, rest->comments, number, ""),
	    .body = json,
	    .look = look_added,
	    .ctx = &w,
	};

	if (json == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	if (reply.looked)
		return 0;
	if (comment_of(f, reply.json, made) != 1)
		return rest_senseless(f, &ask, err);
	made->ours = true;
	return 0;
}

int rest_comment_edit(struct forge *f, const char *number, const struct forge_comment *comment,
		      const char *body, struct error *err)
{
	json_auto_t *json = json_pack("{s:s}", "body", body);
	auto_reply reply = {0};
	struct writing w = {.number = number, .id = comment->id, .body = body};
	struct forge_ask ask = {
	    .what = arena_printf(f->arena, "updating comment %s", comment->id),
	    .number = number,
	    .method = f->ops->rest->edit_method,
	    .url = rest_url(f, f->ops->rest->comment, number, comment->id),
	    .body = json,
	    .look = look_edited,
	    .ctx = &w,
	};

	if (json == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	return forge_ask(f, &ask, &reply, err);
}
