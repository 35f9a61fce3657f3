/* A change proposed by the program: a branch with one commit, and its pull request. How branch and
 * commit are made each forge says (forge_*.c). */
#include "git/forge_priv.h"

#include "base/base64.h"
#include "base/text.h"

#include <string.h>

#define BRANCH_MAX     200
#define BRANCH_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./"
#define TREE_PAGES     100
#define TREE_PAGE      1000 /* entries of a page, where a tree has pages (Gitea) */

struct forge_ask proposal_ask(struct forge *f, const char *what, const char *method,
			      const char *url, const json_t *body)
{
	return (struct forge_ask){
	    .what = what,
	    .mend = f->ops->rest != NULL ? f->ops->rest->proposer->mend : NULL,
	    .method = method,
	    .url = url,
	    .body = body,
	    .reads = body == NULL,
	};
}

/* As it stands in a URL: its slashes are part of the name. */
static const char *branch_escaped(struct forge *f, const char *branch)
{
	auto_buf out = BUF_INIT(4 * BRANCH_MAX + 4096);

	escape_percent(&out, branch, strlen(branch));
	return arena_strdup(f->arena, buf_str(&out));
}

int proposal_tip(struct forge *f, const char *branch, const char **id, struct error *err)
{
	const struct forge_proposer *p = f->ops->rest->proposer;
	struct forge_ask ask =
	    proposal_ask(f, "reading the branch", "GET",
			 rest_url(f, p->branch, "", branch_escaped(f, branch)), NULL);
	auto_reply reply = {0};

	ask.none = true;
	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	if (reply.none)
		return 0;
	*id = reply_commit(f, reply.json, p->tip);
	return *id != NULL ? 1 : rest_senseless(f, &ask, err);
}

static void tree_take(struct forge *f, const struct forge_proposal *p, const json_t *list,
		      struct tree_entry *entry)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *path = json_string_value(json_object_get(item, "path"));

		for (size_t k = 0; path != NULL && k < p->files; k++)
			if (strcmp(p->file[k].path, path) == 0) {
				entry[k].mode = reply_text(f, item, "mode", 8);
				entry[k].id = reply_commit(f, item, "sha");
			}
	}
}

/* GitHub gives it whole, or cut: what is not found then is taken for a plain file. */
int proposal_tree(struct forge *f, const struct forge_proposal *p, struct tree_entry *entry,
		  struct error *err)
{
	bool paged = f->ops == &forge_gitea;

	for (unsigned n = 1; n <= TREE_PAGES; n++) {
		const char *path =
		    !paged ? "/repos/{r}/git/trees/{i}?recursive=1"
			   : arena_printf(f->arena,
					  "/repos/{r}/git/trees/{i}?recursive=true&page=%u"
					  "&per_page=%d",
					  n, TREE_PAGE);
		struct forge_ask ask = proposal_ask(f, "reading the tree", "GET",
						    rest_url(f, path, "", p->commit), NULL);
		auto_reply reply = {0};
		const json_t *list;

		if (forge_ask(f, &ask, &reply, err) < 0)
			return -1;
		list = json_object_get(reply.json, "tree");
		tree_take(f, p, list, entry);
		if (!paged || json_array_size(list) == 0 ||
		    !json_is_true(json_object_get(reply.json, "truncated")))
			break;
	}
	return 0;
}

json_t *proposal_data(const struct forge_file *file)
{
	auto_buf out = BUF_INIT(SIZE_MAX);

	base64_encode(&out, file->data, file->len);
	return json_stringn(buf_str(&out), out.len);
}

struct pull_search {
	const struct forge_proposal *p;
	const char *url;
	bool found;
};

static int search_each(struct forge *f, const json_t *item, void *ctx, struct error *err)
{
	struct pull_search *s = ctx;
	struct forge_pull pull = {0};

	(void)err;
	if (!s->found && f->ops->rest->pull_parse(f, item, &pull) > 0 && pull.open && !pull.fork) {
		s->url = pull.url;
		s->found = true;
	}
	return 0;
}

static int look_pull(struct forge *f, void *ctx, struct error *err)
{
	struct pull_search *s = ctx;
	const char *branch = s->p->branch;
	const char *head = f->ops == &forge_github
			       ? arena_printf(f->arena, "%.*s:%s", (int)strcspn(f->repository, "/"),
					      f->repository, branch)
			       : branch;
	const char *url = rest_url(f, f->ops->rest->proposer->found, branch_escaped(f, s->p->into),
				   branch_escaped(f, head));
	struct forge_ask ask = proposal_ask(f, "looking for the pull request", "GET", url, NULL);

	ask.none = true;
	return forge_pages(f, &ask, search_each, s, err) < 0 ? -1 : s->found;
}

static int pull_make(struct forge *f, const struct forge_proposal *p, const char **out,
		     struct error *err)
{
	const struct forge_proposer *how = f->ops->rest->proposer;
	json_auto_t *json = json_pack("{s:s, s:s, s:s, s:s}", how->head, p->branch, how->base,
				      p->into, "title", p->title, how->body, p->body);
	struct pull_search search = {.p = p};
	struct forge_ask ask = proposal_ask(f, "opening the pull request", "POST",
					    rest_url(f, how->pulls, "", ""), json);
	struct forge_pull pull = {0};
	auto_reply reply = {0};

	ask.look = look_pull;
	ask.ctx = &search;
	if (json == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	if (forge_ask(f, &ask, &reply, err) < 0)
		return error_prefix(err, "branch %s is made, and has no pull request", p->branch);
	if (!reply.looked) {
		/* GitLab may not know the branch's tip yet: then it has no head. */
		f->ops->rest->pull_parse(f, reply.json, &pull);
		search.url = pull.url;
	}
	*out = search.url;
	return 0;
}

int rest_propose(struct forge *f, const struct forge_proposal *p, const char **url,
		 struct error *err)
{
	const char *tip = NULL;
	int r = proposal_tip(f, p->branch, &tip, err);

	if (r > 0)
		return error_set(err,
				 "%s: branch %s of %s is there already: merge or close its pull "
				 "request and delete it, or name another one",
				 f->ops->name, p->branch, f->repository);
	if (r < 0 || f->ops->rest->proposer->commit(f, p, err) < 0)
		return -1;
	return pull_make(f, p, url, err);
}

static bool branch_is_valid(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= BRANCH_MAX && strspn(s, BRANCH_LETTERS) == len && *s != '/' &&
	       *s != '-' && *s != '.' && s[len - 1] != '/' && s[len - 1] != '.' &&
	       strstr(s, "..") == NULL && strstr(s, "//") == NULL && strstr(s, "/.") == NULL &&
	       !str_ends(s, ".lock");
}

static bool path_is_valid(const char *s)
{
	for (const char *part = s;; part++) {
		size_t n = strcspn(part, "/");

		if (n == 0 || (n <= 2 && strspn(part, ".") >= n) ||
		    (n == 4 && strncasecmp(part, ".git", 4) == 0))
			return false;
		part += n;
		if (*part == '\0')
			return true;
	}
}

int forge_propose(struct forge *f, const struct forge_proposal *p, const char **url,
		  struct error *err)
{
	const char *unwanted = NULL, **out = url != NULL ? url : &unwanted;
	auto_buf shown = BUF_INIT(4096);

	f->waited_us = 0;
	*out = NULL;
	charter_assert(p->files > 0);
	if (!branch_is_valid(p->branch)) {
		words_add(&shown, p->branch, 200);
		return error_set(err, "%s: \"%s\" is no plain name of a branch", f->ops->name,
				 buf_str(&shown));
	}
	if (!commit_is_valid(p->commit))
		return error_set(err, "%s: that is no whole commit id", f->ops->name);
	for (size_t i = 0; i < p->files; i++)
		if (!path_is_valid(p->file[i].path)) {
			words_add(&shown, p->file[i].path, 200);
			return error_set(err, "%s: \"%s\" is no path of a file", f->ops->name,
					 buf_str(&shown));
		}
	return f->ops->propose(f, p, out, err);
}
