#include "reconciler/desk.h"

#include "git/sealed.h"
#include "reconciler/surface.h"

#include "base/http.h"
#include "base/text.h"
#include "base/web_url.h"

#include <stdlib.h>
#include <string.h>

#ifndef CHARTER_VERSION
#define CHARTER_VERSION "0"
#endif

/* CodeCommit is one of AWS's own services. */
static int lend_aws(void *ctx, const char *operation, json_t *input, json_t **reply, char code[64],
		    struct error *err)
{
	struct run *run = ctx;
	const struct op *op = strcmp(operation, "GetCallerIdentity") == 0
				  ? &ops[OP_STS_GetCallerIdentity]
				  : op_find("codecommit", operation);

	*code = '\0';
	if (!op)
		return error_set(err, "codecommit %s: no such operation is known", operation);
	if (!run->client && run_client(run, false, err) != 0)
		return -1;
	return client_call(run->client, (enum op_id)(op - ops), input, reply, code, err);
}

static const char *setting_or(const char *option, const char *found)
{
	return option ? option : found;
}

/* Which forge: the option, else what the environment says. */
static int desk_kind(struct desk *desk, struct error *err)
{
	const char *word = desk->run->options->forge;

	if (!word && !desk->ci.has_forge)
		return error_set(err,
				 "which forge? This is no job of GitHub Actions, GitLab CI, Gitea "
				 "Actions or CodeBuild: say --forge%s",
				 desk->run->options->command == COMMAND_COMMENT
				     ? ", --repository and --pull-request"
				     : " and --repository");
	desk->kind = word ? (enum forge_kind)forge_kind_find(word) : desk->ci.forge;
	return 0;
}

/* The variable that holds a forge's token where no CI system is recognized. */
static const char *desk_token(const struct desk *desk)
{
	static const char *const names[FORGE_KINDS][3] = {
	    [FORGE_GITHUB] = {"GITHUB_TOKEN", "GH_TOKEN", NULL},
	    [FORGE_GITLAB] = {"GITLAB_TOKEN", NULL, NULL},
	    [FORGE_GITEA] = {"GITEA_TOKEN", "FORGEJO_TOKEN", NULL},
	};
	const char *token = NULL;

	if (desk->ci.has_forge && desk->ci.forge == desk->kind && desk->ci.token)
		return desk->ci.token;
	for (int i = 0; i < 3 && !token && names[desk->kind][i]; i++)
		token = desk->run->env->getenv(names[desk->kind][i]);
	return token;
}

static int desk_forge(struct desk *desk, struct error *err)
{
	static const char *const apis[FORGE_KINDS] = {[FORGE_GITHUB] = "https://api.github.com",
						      [FORGE_GITLAB] = "https://gitlab.com/api/v4"};
	static const char *const tokens[FORGE_KINDS] = {[FORGE_GITHUB] = "GITHUB_TOKEN",
							[FORGE_GITLAB] = "GITLAB_TOKEN",
							[FORGE_GITEA] = "GITEA_TOKEN"};
	const struct options *o = desk->run->options;
	bool same = desk->ci.has_forge && desk->ci.forge == desk->kind;
	struct forge_settings settings = {
	    .kind = desk->kind,
	    .api = setting_or(o->forge_url, same && desk->ci.api ? desk->ci.api : apis[desk->kind]),
	    .repository = setting_or(o->repository, same ? desk->ci.repository : NULL),
	    .token = desk_token(desk),
	    .aws = lend_aws,
	    .aws_ctx = desk->run,
	    .trace = o->verbose >= 2 ? run_trace : NULL,
	    .trace_ctx = desk->run};

	if (!settings.repository)
		return error_set(err, "which repository of %s? Say --repository",
				 forge_name(desk->kind));
	if (desk->kind == FORGE_CODECOMMIT)
		settings.api = settings.token = NULL;
	else if (!settings.api)
		return error_set(err, "where is the API of %s? Say --forge-url",
				 forge_name(desk->kind));
	else if (!settings.token || !*settings.token)
		return error_set(err, "no token for %s: put one into the environment, as %s",
				 forge_name(desk->kind), tokens[desk->kind]);
	return forge_open(&desk->forge, &desk->env, desk->run->arena, &settings, err);
}

int desk_open(struct desk *desk, struct run *run, struct error *err)
{
	struct http_options http = {.ca_file = ci_ca_file(run->env),
				    .user_agent = "charter/" CHARTER_VERSION};

	*desk = (struct desk){.run = run, .env = *run->env};
	if (ci_read(run->env, run->arena, &desk->ci, err) != 0 || desk_kind(desk, err) != 0)
		return -1;
	if (run->options->run_url && !web_url_valid(run->options->run_url))
		return error_set(err, "--run-url %s: a page's address begins with https://",
				 run->options->run_url);
	desk->run_url = setting_or(run->options->run_url, desk->ci.run_url);
	desk->transport = http_curl_new(run->env->clock, &http, err);
	if (!desk->transport)
		return -1;
	desk->env.transport = desk->transport;
	return desk_forge(desk, err);
}

void desk_close(struct desk *desk)
{
	forge_close(desk->forge);
	if (desk->transport)
		desk->transport->free(desk->transport);
	*desk = (struct desk){0};
}

static bool comment_counts(const struct desk_comment *c, const char *target)
{
	return !c->comment.hidden && c->sticky.status != STICKY_SUPERSEDED &&
	       (!target || strcmp(c->sticky.target, target) == 0);
}

int desk_comments_read(struct desk *desk, const char *number, const char *target,
		       struct desk_comments *out, struct error *err)
{
	struct forge_comments all = {0};

	*out = (struct desk_comments){0};
	if (forge_comments_read(desk->forge, number, &all, err) != 0)
		return -1;
	out->at = arena_array(desk->run->arena, all.n + 1, sizeof *out->at);
	for (size_t i = 0; i < all.n; i++) {
		struct desk_comment *c = &out->at[out->n];

		c->comment = all.at[i];
		if (!sticky_read(desk->run->arena, all.at[i].body, &c->sticky) ||
		    !comment_counts(c, target))
			continue;
		c->sticky.altered |= all.at[i].altered;
		c->sticky.plain = desk->kind == FORGE_CODECOMMIT;
		if (all.at[i].ours)
			out->n++;
		else
			out->strangers++;
	}
	return 0;
}

struct desk_comment *desk_newest(const struct desk_comments *all)
{
	struct desk_comment *found = NULL;

	for (size_t i = 0; i < all->n; i++)
		if (!found || all->at[i].sticky.created_us > found->sticky.created_us)
			found = &all->at[i];
	return found;
}

int desk_pulls_of(struct desk *desk, const char *commit, struct forge_pulls *out, struct error *err)
{
	const char *branch = desk->ci.branch;
	size_t here = 0;

	if (forge_pulls_of(desk->forge, commit, out, err) != 0)
		return -1;
	for (size_t i = 0; branch && i < out->n; i++)
		if (strcmp(out->at[i].branch, branch) == 0)
			out->at[here++] = out->at[i];
	if (here)
		out->n = here;
	return 0;
}

int desk_status_set(struct desk *desk, const char *number, const struct desk_comment *c,
		    enum sticky_status status, struct error *err)
{
	struct sticky s = c->sticky;
	auto_buf body = BUF_INIT(SIZE_MAX);

	s.status = status;
	if (desk->run_url)
		s.run_url = desk->run_url;
	sticky_write(&s, &body);
	return forge_comment_edit(desk->forge, number, &c->comment, buf_str(&body), err);
}

const char *desk_report(struct desk *desk, const struct plan_doc *doc, size_t max_bytes,
			struct error *err)
{
	struct markdown_style style = {.dialect = desk->kind == FORGE_CODECOMMIT ? MARKDOWN_PLAIN
										 : MARKDOWN_GITHUB,
				       .max_bytes = max_bytes};
	auto_buf report = BUF_INIT(SIZE_MAX);

	if (desk->ci.has_forge && desk->ci.forge == desk->kind)
		document_blobs(desk->run->arena, doc, &desk->ci, &style);
	doc_write_markdown(doc, &style, &report);
	if (report.len > max_bytes) {
		error_set(err,
			  "what this plan removes does not fit into a comment of %s (%zu bytes of "
			  "%zu): divide the change",
			  forge_name(desk->kind), report.len, max_bytes);
		return NULL;
	}
	return arena_printf(desk->run->arena, "%.*s",
			    (int)sealed_trimmed(buf_str(&report), report.len), buf_str(&report));
}

const char *desk_target(struct arena *arena, const char *format, const char *organization,
			const char *scope)
{
	return arena_printf(arena, "%s %s %s", format, organization ? organization : "-",
			    scope ? scope : ".");
}
