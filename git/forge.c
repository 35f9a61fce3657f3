/* The table of forges, and what is the same for each: settings and arguments are checked here. */
#include "git/forge_priv.h"

#include "base/digest.h"
#include "base/text.h"
#include "base/web_url.h"

#include <stdlib.h>
#include <string.h>

#define REPOSITORY_MAX 512
#define ID_MAX         200
#define ID_LETTERS     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:=+/@"

static const struct forge_ops *const forges[FORGE_KINDS] = {
    [FORGE_GITHUB] = &forge_github,
    [FORGE_GITLAB] = &forge_gitlab,
    [FORGE_GITEA] = &forge_gitea,
    [FORGE_CODECOMMIT] = &forge_codecommit,
};

size_t forge_comment_max(enum forge_kind kind)
{
	return forges[kind]->comment_max;
}

size_t forge_issue_max(enum forge_kind kind)
{
	return forges[kind]->issue_max;
}

const char *forge_name(enum forge_kind kind)
{
	return forges[kind]->name;
}

int forge_kind_find(const char *word)
{
	for (int i = 0; i < FORGE_KINDS; i++)
		for (int k = 0; k < 2 && forges[i]->words[k] != NULL; k++)
			if (strcmp(forges[i]->words[k], word) == 0)
				return i;
	return -1;
}

/* Names of letters, digits, '-', '_' and '.', with '/' between them; "." and ".." are none. */
static bool repository_is_valid(const struct forge_ops *ops, const char *name)
{
	unsigned slashes = 0;

	if (strlen(name) > REPOSITORY_MAX)
		return false;
	for (;; name++) {
		size_t n = strcspn(name, "/");

		if (n == 0 || strspn(name, ID_LETTERS) < n || strcspn(name, ":=+@") < n ||
		    (n <= 2 && strspn(name, ".") >= n))
			return false;
		name += n;
		if (*name == '\0')
			return slashes >= ops->slashes[0] && slashes <= ops->slashes[1];
		slashes++;
	}
}

static bool token_is_valid(const char *token)
{
	size_t len = strlen(token);

	for (const char *p = token; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return false;
	return len > 0 && len <= 4096;
}

/* Never shows the token. */
static int token_check(const struct forge_ops *ops, const char *token, struct error *err)
{
	if (token == NULL || *token == '\0')
		return error_set(err, "%s: there is no token to write comments with", ops->name);
	if (!token_is_valid(token))
		return error_set(
		    err,
		    "%s: the token has a blank, a line's end or another character that "
		    "no token has",
		    ops->name);
	if (ops->token_refused != NULL && str_starts(token, ops->token_refused))
		return error_set(err, "%s: %s", ops->name, ops->mend_write);
	return 0;
}

static int settings_check(const struct forge_ops *ops, const struct forge_settings *settings,
			  struct error *err)
{
	auto_buf shown = BUF_INIT(4096);

	if (settings->repository == NULL || !repository_is_valid(ops, settings->repository)) {
		words_add(&shown, settings->repository != NULL ? settings->repository : "", 200);
		return error_set(err, "%s: \"%s\" is no repository's name%s", ops->name,
				 buf_str(&shown), ops->slashes[0] ? ": OWNER/NAME" : "");
	}
	if (ops->rest == NULL) {
		charter_assert(settings->aws != NULL);
		return 0;
	}
	if (settings->api == NULL || !web_url_is_base(settings->api)) {
		words_add(&shown, settings->api != NULL ? settings->api : "", 200);
		return error_set(err,
				 "%s: \"%s\" is no address of an API: https://HOST/PATH, or http "
				 "on a loopback address",
				 ops->name, buf_str(&shown));
	}
	return token_check(ops, settings->token, err);
}

static const char *without_slash(struct arena *arena, const char *url)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	return arena_printf(arena, "%.*s", (int)len, url);
}

int forge_open(struct forge **out, const struct env *env, struct arena *arena,
	       const struct forge_settings *settings, struct error *err)
{
	const struct forge_ops *ops = forges[settings->kind];
	auto_buf path = BUF_INIT(4 * REPOSITORY_MAX);
	struct forge *f;

	*out = NULL;
	if (settings_check(ops, settings, err) < 0)
		return -1;
	f = xcalloc(1, sizeof *f);
	if (ops->path_encoded)
		escape_percent(&path, settings->repository, strlen(settings->repository));
	else
		buf_puts(&path, settings->repository);
	*f = (struct forge){
	    .ops = ops,
	    .env = env,
	    .arena = arena,
	    .repository = arena_strdup(arena, settings->repository),
	    .path = arena_strdup(arena, buf_str(&path)),
	    .said = map_new(),
	    .aws = settings->aws,
	    .aws_ctx = settings->aws_ctx,
	    .trace = settings->trace,
	    .trace_ctx = settings->trace_ctx,
	};
	if (ops->rest != NULL) {
		f->api = without_slash(arena, settings->api);
		f->credential = xasprintf("%s%s", ops->token_prefix, settings->token);
	}
	*out = f;
	return 0;
}

void forge_close(struct forge *f)
{
	if (f == NULL)
		return;
	wipe_free(f->credential);
	map_free(f->said);
	free(f);
}

static int number_check(struct forge *f, const char *number, struct error *err)
{
	size_t len = strlen(number);
	auto_buf shown = BUF_INIT(4096);

	f->waited_us = 0;
	if (len > 0 && len <= 18 && *number != '0' && strspn(number, "0123456789") == len)
		return 0;
	words_add(&shown, number, 40);
	return error_set(err, "%s: \"%s\" is no number of a pull request", f->ops->name,
			 buf_str(&shown));
}

static int comment_check(struct forge *f, const struct forge_comment *comment, struct error *err)
{
	size_t len = strlen(comment->id), good;

	f->waited_us = 0;
	good = strspn(comment->id, f->ops->rest != NULL ? "0123456789" : ID_LETTERS);
	if (len > 0 && len <= ID_MAX && good == len)
		return 0;
	return error_set(err, "%s: a comment has no sensible id", f->ops->name);
}

int forge_pull_read(struct forge *f, const char *number, struct forge_pull *pull, struct error *err)
{
	return number_check(f, number, err) < 0 ? -1 : f->ops->pull_read(f, number, pull, err);
}

int forge_pulls_of(struct forge *f, const char *commit, struct forge_pulls *pulls,
		   struct error *err)
{
	f->waited_us = 0;
	if (!commit_is_valid(commit))
		return error_set(err, "%s: that is no whole commit id", f->ops->name);
	return f->ops->pulls_of(f, commit, pulls, err);
}

/* Ids tell those of one second apart: they ascend. */
static int comment_cmp(const void *a, const void *b)
{
	const struct forge_comment *x = a, *y = b;
	size_t x_len = strlen(x->id), y_len = strlen(y->id);

	if (x->created_us != y->created_us)
		return x->created_us < y->created_us ? -1 : 1;
	if (x_len != y_len)
		return x_len < y_len ? -1 : 1;
	return strcmp(x->id, y->id);
}

int forge_comments_read(struct forge *f, const char *number, struct forge_comments *comments,
			struct error *err)
{
	*comments = (struct forge_comments){0};
	if (number_check(f, number, err) < 0 || f->ops->comments_read(f, number, comments, err) < 0)
		return -1;
	if (comments->n > 1)
		qsort(comments->at, comments->n, sizeof *comments->at, comment_cmp);
	return 0;
}

int forge_comment_add(struct forge *f, const char *number, const char *body,
		      struct forge_comment *made, struct error *err)
{
	struct forge_comment unwanted = {0};

	if (number_check(f, number, err) < 0)
		return -1;
	return f->ops->comment_add(f, number, body, made != NULL ? made : &unwanted, err);
}

int forge_comment_edit(struct forge *f, const char *number, const struct forge_comment *comment,
		       const char *body, struct error *err)
{
	const char *now;

	if (number_check(f, number, err) < 0 || comment_check(f, comment, err) < 0)
		return -1;
	now = map_get(f->said, comment->id);
	if (body_same(now != NULL ? now : comment->body, body))
		return 0;
	map_put(f->said, comment->id, "");
	if (f->ops->comment_edit(f, number, comment, body, err) < 0)
		return -1;
	map_put(f->said, comment->id, arena_strdup(f->arena, body));
	return 0;
}

bool forge_can_hide(const struct forge *f)
{
	return f->ops->comment_hide != NULL;
}

int forge_comment_hide(struct forge *f, const struct forge_comment *comment, struct error *err)
{
	charter_assert(forge_can_hide(f));
	if (comment_check(f, comment, err) < 0)
		return -1;
	if (comment->node == NULL || *comment->node == '\0')
		return error_set(err, "%s: a comment has no sensible id", f->ops->name);
	return f->ops->comment_hide(f, comment, err);
}
