/* What every command that looks at an organization does first. */
#include "reconciler/run.h"

#include "base/env.h"
#include "reconciler/ci.h"
#include "reconciler/command.h"
#include "reconciler/guard.h"
#include "reconciler/run_accounts.h"
#include "state/spend.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void run_init(struct run *run, const struct options *options, const struct env *env)
{
	*run = (struct run){.options = options, .env = env, .arena = arena_new()};
	run->diagnostics.arena = run->arena;
	run->now_us = env->clock->now_us(env->clock);
}

void configuration_free(struct configuration *c)
{
	if (c->config)
		config_free(c->config);
	tree_free(c->tree);
	*c = (struct configuration){0};
}

void run_free(struct run *run)
{
	progress_free(run->progress);
	client_free(run->client);
	loop_free(run->loop);
	difference_free(run->difference);
	bound_free(run->bound);
	bound_free(run->intent);
	approval_free(run->approval);
	side_free(run->live);
	for (size_t i = 0; i < run->compiled.n; i++)
		side_free(run->compiled.at[i]);
	free(run->compiled.at);
	configuration_free(&run->head);
	configuration_free(&run->base);
	configuration_free(&run->target);
	for (size_t i = 0; i < run->unfinished.n; i++)
		configuration_free(&run->unfinished.at[i]);
	free(run->unfinished.at);
	map_free(run->account_names);
	if (!run->source_borrowed)
		source_close(run->source);
	diagnostics_free(&run->diagnostics);
	arena_free(run->arena);
}

bool stream_color(const struct run *run, FILE *f)
{
	const char *term = run->env->getenv("TERM"), *no = run->env->getenv("NO_COLOR");

	if (run->options->color != COLOR_AUTO)
		return run->options->color == COLOR_ALWAYS;
	return isatty(fileno(f)) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

static void message(struct run *run, const char *prefix, const char *fmt, va_list ap)
{
	auto_buf text = BUF_INIT(1 << 16), out = BUF_INIT(1 << 17);

	buf_vprintf(&text, fmt, ap);
	escape_terminal(&out, buf_str(&text), text.len);
	if (run->progress)
		progress_clear(run->progress);
	fprintf(run->env->err, "charter: %s%s\n", prefix, buf_str(&out));
}

void run_note(struct run *run, const char *fmt, ...)
{
	va_list ap;

	if (run->options->verbose < 0)
		return;
	va_start(ap, fmt);
	message(run, "", fmt, ap);
	va_end(ap);
}

void run_warn(struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(run, "warning: ", fmt, ap);
	va_end(ap);
}

void run_show_diagnostics(struct run *run)
{
	auto_buf out = BUF_INIT(4 << 20);
	struct config_lines lines = {run->head.files, run->head.tree ? run->head.tree->files : 0};

	if (run->diagnostics_shown)
		return;
	run->diagnostics_shown = true;
	diagnostics_print(&run->diagnostics, &out, config_line, &lines,
			  stream_color(run, run->env->err));
	if (run->progress)
		progress_clear(run->progress);
	fputs(buf_str(&out), run->env->err);
}

int configuration_read(struct run *run, struct configuration *c, struct tree *tree, bool lenient,
		       struct diagnostics *diagnostics)
{
	c->tree = tree;
	c->files = arena_array(run->arena, tree->files + 1, sizeof *c->files);
	for (size_t i = 0; i < tree->files; i++)
		/* Places of resources outlive the tree. */
		c->files[i] = (struct config_file){arena_strdup(run->arena, tree->file[i].path),
						   tree->file[i].data, tree->file[i].len};
	c->commit = (struct commit){.commit = tree->commit,
				    .tree = tree->tree,
				    .config = tree->config,
				    .present = true,
				    .dirty = tree->dirty};
	c->config = config_read(run->arena, c->files, tree->files, lenient, diagnostics);
	return c->config ? 0 : -1;
}

static const struct text *live_account_id(void *ctx, const struct resource *account)
{
	const struct side *live = ctx;
	const struct resource *r = bind_live_account(live, account);

	return r ? r->id : account->id;
}

static bool live_account_active(void *ctx, const struct resource *account)
{
	const struct resource *r = bind_live_account(ctx, account);

	return !r || r->v[ACCOUNT_STATE].state != VALUE_TEXT ||
	       text_is(r->v[ACCOUNT_STATE].u.text, "ACTIVE");
}

static int64_t live_account_spend(void *ctx, const struct resource *account)
{
	const struct resource *r = bind_live_account(ctx, account);

	return r ? spend_of(ctx, r) : -1;
}

/* Before binding, when live users are known by their accounts' ids. */
static bool live_account_has_user(void *ctx, const struct resource *account, const char *name)
{
	const struct side *live = ctx;
	const struct resource *r = bind_live_account(live, account);

	return r && r->id &&
	       side_find(live, address_raw_in(live->arena, "iam_user", r->id->s, name));
}

struct compile_world configuration_world(struct run *run, const struct side *live)
{
	struct compile_world world = {.now_us = run->now_us};

	if (live) {
		world.partition = live->world.partition;
		world.organization_id = live->world.organization_id;
		world.management_account = live->world.management_account;
		world.account_id = live_account_id;
		world.active = live_account_active;
		world.spend = live_account_spend;
		world.has_user = live_account_has_user;
		world.ctx = (void *)live;
	}
	return world;
}

struct side *configuration_compile(struct run *run, const struct configuration *c,
				   const struct side *live, struct diagnostics *diagnostics)
{
	struct compile_world world = configuration_world(run, live);
	struct side *side = compile(c->config, &world, diagnostics);

	if (side)
		vec_push(&run->compiled, side);
	return side;
}

static struct side *compile_quietly(struct run *run, const struct configuration *c,
				    const struct side *live)
{
	struct diagnostics quiet = {.arena = run->arena};
	struct side *side = c->config ? configuration_compile(run, c, live, &quiet) : NULL;

	diagnostics_free(&quiet);
	return side;
}

struct side *configuration_offline(struct run *run, struct configuration *c)
{
	if (!c->offline)
		c->offline = compile_quietly(run, c, NULL);
	return c->offline;
}

struct side *configuration_online(struct run *run, struct configuration *c)
{
	if (!c->online)
		c->online = compile_quietly(run, c, run->live);
	return c->online;
}

static int head_tree(struct run *run, struct tree **tree, struct error *err)
{
	const struct options *o = run->options;
	const char *head = o->ref;

	if (!o->target)
		return source_read(run->source, o->ref, tree, err);
	if (!head) {
		if (source_read(run->source, NULL, tree, err) != 0)
			return -1;
		if ((*tree)->dirty || !*(*tree)->commit) {
			tree_free(*tree);
			return error_set(
			    err, "--target merges commits, and the working tree has uncommitted "
				 "changes: commit them, or name a commit with --ref");
		}
		tree_free(*tree);
		head = "HEAD";
	}
	return source_read_merge(run->source, o->target, head, tree, err);
}

static int configuration_failed(struct run *run, struct error *err)
{
	run_show_diagnostics(run);
	return error_set(err, "the configuration has %u error%s", run->diagnostics.errors,
			 run->diagnostics.errors == 1 ? "" : "s");
}

/* No configuration: says where one is, if below. Frees the tree. */
static int no_beginning(struct run *run, struct tree *tree, struct error *err)
{
	static const char main_file[] = "/charter.yaml";
	const char *path = run->options->path, *found = NULL;
	auto_buf hint = BUF_INIT(1 << 16);

	for (size_t i = 0; i < tree->files && !found; i++)
		if (str_ends(tree->file[i].path, main_file))
			found = tree->file[i].path;
	if (found)
		buf_printf(&hint, "; there is one with --path %s%s%.*s", path, *path ? "/" : "",
			   (int)(strlen(found) - strlen(main_file)), found);
	else
		buf_puts(&hint, "; --repo names the repository, --path the directory in it, "
				"`charter init` writes a first one");
	error_set(err, "%s%s%s holds no charter.yaml, where a configuration begins%s",
		  run->options->repo, *path ? ": " : "", path, buf_str(&hint));
	tree_free(tree);
	return -1;
}

struct configuration *run_trusted(struct run *run)
{
	return run->target.config ? &run->target : &run->head;
}

/* The account whose role holds the record where there is no organization. */
static int run_record(struct run *run, struct error *err)
{
	const struct settings *s = &run_trusted(run)->config->settings;
	const struct resource *account;

	if (s->organization_none != run->head.config->settings.organization_none)
		return error_set(
		    err,
		    "%s: %s has an organization and the other none, so that nothing of "
		    "the one is recorded where the other looks: apply such a change by "
		    "hand, without --target",
		    run->options->target, s->organization_none ? "head" : "the target");
	if (!s->organization_none || !s->record_account)
		return 0;
	account = side_find(configuration_offline(run, run_trusted(run)),
			    address_make(run->arena, "account", s->record_account->s, NULL));
	run->record_account = account ? account->id : NULL;
	return 0;
}

int run_head_of(struct run *run, struct tree *tree, struct error *err)
{
	if (configuration_read(run, &run->head, tree, false, &run->diagnostics) != 0 ||
	    run->diagnostics.errors)
		return configuration_failed(run, err);
	run->scope = run->head.config->settings.scope ? run->head.config->settings.scope->s
		     : *source_path(run->source)      ? source_path(run->source)
		     : run->scope                     ? run->scope
						      : ".";
	run->head.offline = configuration_compile(run, &run->head, NULL, &run->diagnostics);
	if (run->diagnostics.errors)
		return configuration_failed(run, err);
	if (run->options->target && run_target(run, err) != 0)
		return -1;
	return run_record(run, err);
}

int run_head(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	struct tree *tree = NULL;

	if (o->date && time_parse(o->date, &run->now_us) != 0)
		return error_set(
		    err, "--date %s: neither a date (2026-12-31) nor a time (2026-12-31T12:00:00Z)",
		    o->date);
	if (!run->source &&
	    source_open(&run->source, o->repo, o->path, ci_ca_file(run->env), err) != 0)
		return -1;
	if (head_tree(run, &tree, err) != 0)
		return -1;
	if (!tree_file(tree, "charter.yaml"))
		return no_beginning(run, tree, err);
	return run_head_of(run, tree, err);
}

void run_trace(void *ctx, const char *line)
{
	struct run *run = ctx;

	if (run->progress)
		progress_clear(run->progress);
	fprintf(run->env->err, "%s\n", line);
}

static void on_signal(void *ctx)
{
	struct run *run = ctx;

	run->interrupted = true;
	if (run->client)
		client_cancel_unsent(run->client);
	run_warn(run, "interrupted: waiting for the requests in flight to end; interrupt again to "
		      "leave at once");
}

static unsigned max_attempts(const struct env *env)
{
	const char *s = env->getenv("AWS_MAX_ATTEMPTS");
	long n = s ? strtol(s, NULL, 10) : 0;

	return n > 0 && n <= 100 ? (unsigned)n : 0;
}

static const struct text *reply_text(struct arena *arena, const json_t *body, const char *path)
{
	const char *s = reply_str(body, path);

	return s ? text_str(arena, s) : NULL;
}

static int connect_caller(struct run *run, struct error *err)
{
	json_t *body = NULL;

	if (client_call(run->client, OP_STS_GetCallerIdentity, NULL, &body, NULL, err) != 0)
		return -1;
	run->world.partition = text_str(run->arena, client_partition(run->client));
	run->world.caller_arn = reply_text(run->arena, body, "Arn");
	run->world.caller_account = reply_text(run->arena, body, "Account");
	json_decref(body);
	if (!run->world.caller_arn || !run->world.caller_account)
		return error_set(
		    err,
		    "sts GetCallerIdentity: the reply names no account: the endpoint is not AWS's");
	if (run->options->verbose > 0 && client_source(run->client))
		run_note(run, "credentials from %s: %s", client_source(run->client),
			 run->world.caller_arn->s);
	return 0;
}

static int connect_organization(struct run *run, struct error *err)
{
	json_t *body = NULL;
	char code[64] = "";

	if (client_call(run->client, OP_ORGANIZATIONS_DescribeOrganization, NULL, &body, code,
			err) != 0) {
		if (strcmp(code, "AWSOrganizationsNotInUseException") != 0)
			return -1;
		error_clear(err);
		run->world.no_organization = true;
		return 0;
	}
	run->world.organization_id = reply_text(run->arena, body, "Organization.Id");
	run->world.management_account =
	    reply_text(run->arena, body, "Organization.MasterAccountId");
	run->world.feature_set = reply_text(run->arena, body, "Organization.FeatureSet");
	json_decref(body);
	if (!run->world.organization_id || !run->world.management_account)
		return error_set(
		    err, "organizations DescribeOrganization: the reply names no organization");
	return 0;
}

int run_client(struct run *run, bool read_only, struct error *err)
{
	const struct options *o = run->options;
	struct client_options client = run->client_options;

	client.rate_percent = o->rates;
	if (!client.max_attempts)
		client.max_attempts = max_attempts(run->env);
	client.read_only = read_only;
	client.trace = o->verbose >= 2 ? run_trace : NULL;
	client.trace_ctx = run;
	run->loop = loop_new(run->env->clock, run->env->transport);
	if (client_new(&run->client, run->env, run->loop, &client, err) != 0)
		return -1;
	loop_on_signal(run->loop, on_signal, run);
	if (!run->no_progress)
		run->progress =
		    progress_new(run->env, run->loop, run->client, isatty(fileno(run->env->err)),
				 stream_color(run, run->env->err), o->verbose);
	return 0;
}

int run_connect(struct run *run, bool read_only, struct error *err)
{
	if (run_client(run, read_only, err) != 0)
		return -1;
	progress_phase(run->progress, "reading");
	if (connect_caller(run, err) != 0)
		return -1;
	run->world.no_organization =
	    run->head.config && run->head.config->settings.organization_none;
	if (!run->world.no_organization && connect_organization(run, err) != 0)
		return -1;
	if (!run->head.config)
		return 0;
	if (run->world.no_organization && !run->head.config->settings.organization_none &&
	    !run->head.config->settings.create)
		return error_set(err,
				 "account %s is in no organization: write `create: true` under "
				 "`organization:` to "
				 "make one, `organization: none` to do without, or use the "
				 "credentials of the management account",
				 run->world.caller_account->s);
	return guard_organization(&run->head.config->settings, NULL, &run->world, err);
}

int run_all(struct run *run, bool read_only, const struct plan_doc *saved, struct error *err)
{
	if (run_head(run, err) != 0)
		return -1;
	if (!run->options->live.n && run_connect(run, read_only, err) != 0)
		return -1;
	if (run_read(run, err) != 0 || run_base(run, err) != 0 || run_accounts(run, err) != 0)
		return -1;
	return run_plan(run, saved, err);
}

const char *run_time(struct run *run)
{
	char *s = arena_alloc(run->arena, TIME_RFC3339);

	time_rfc3339(run->env->clock->now_us(run->env->clock), s);
	return s;
}

enum exit_code plan_exit(const struct run *run)
{
	const struct plan *plan = &run->plan;

	if (plan->refused)
		return EXIT_REFUSED;
	if (plan->stale)
		return EXIT_STALE;
	if (plan->unread_declared)
		return EXIT_INCOMPLETE;
	if (run->options->detailed_exitcode && plan->has_changes)
		return EXIT_DIFFERENCES;
	return EXIT_DONE;
}
