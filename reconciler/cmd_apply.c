/* apply: plan again, compare with what was approved, perform. */
#include "reconciler/command.h"

#include "base/env.h"
#include "reconciler/execute.h"
#include "reconciler/login.h"
#include "reconciler/merged.h"
#include "reconciler/plan_changed.h"
#include "reconciler/surface.h"

#include <string.h>

#define LOGINS   "charter-logins"
#define FRESH_US (60 * 1000000LL) /* how old the reading may be that a call rests on */

struct apply {
	struct run *run;
	unsigned ended;
};

static const char *const state_words[] = {"waiting",      "checking", "sent",   "under way",
					  "reading back", "done",     "failed", "stale",
					  "unknown",      "skipped"};

static void apply_progress(void *ctx, const struct plan *plan, uint32_t n,
			   const struct call_result *r)
{
	struct apply *a = ctx;
	const struct call *call = &plan->call[n - 1];
	const char *address =
	    call->change == CALL_RECORD ? "record" : plan->change[call->change].row->address->s;

	if (r->state < CALL_DONE)
		return;
	a->ended++;
	progress_calls(a->run->progress, a->ended, (unsigned)plan->calls);
	if (r->state == CALL_DONE) {
		if (a->run->options->verbose >= 1)
			run_note(a->run, "%u/%zu %s %s: done", n, plan->calls, call->op->name,
				 address);
	} else if (r->state != CALL_SKIPPED || a->run->options->verbose >= 1) {
		run_note(a->run, "%u/%zu %s %s: %s%s%s%s%s", n, plan->calls, call->op->name,
			 address, state_words[r->state], r->code && *r->code ? ": " : "",
			 r->code ? r->code : "", r->message && *r->message ? ": " : "",
			 r->message ? r->message : "");
	}
}

/* Refusals of apply itself, before anything is read. */
static int apply_allowed(struct run *run, struct error *err)
{
	if (run->options->live.n)
		return error_set(err,
				 "--live is for planning: apply reads the organization itself");
	if (run->options->target)
		return error_set(err, "--target is for planning: apply takes the merged commit");
	return 0;
}

/* A working tree with changes is applied only when asked for: nobody has reviewed it. */
static int apply_clean(struct run *run, struct error *err)
{
	const struct tree *head = run->head.tree;

	if ((head->dirty || !*head->commit) && !run->options->allow_dirty)
		return error_set(err,
				 "%s: apply a commit, with --ref, or say --allow-dirty (it will "
				 "not be recorded as applied)",
				 *head->commit ? "the working tree has uncommitted changes"
				 : source_has_git(run->source) ? "nothing is committed yet"
							       : "this is no git repository");
	return 0;
}

int apply_may(struct run *run, struct error *err)
{
	const char *expect = run->options->expect;

	if (run->plan.refused)
		return EXIT_REFUSED;
	if (run->plan.stale)
		return error_set_code(err, EXIT_STALE, "%s", run->plan.stale_why);
	if (expect && strcmp(expect, run->plan.plan_id) != 0)
		return error_set_code(
		    err, EXIT_STALE,
		    "the plan made now is %s, not the expected %s; nothing was changed%s",
		    run->plan.plan_id, expect,
		    run->record.applying
			? " (after a part of it was applied, what it overwrote cannot "
			  "be told by the id: apply the saved plan)"
			: "");
	return EXIT_DONE;
}

static void apply_summary(struct run *run, const struct execution *x, const struct journal *journal)
{
	if (!run->plan.calls) {
		run_note(run, run->plan.unread_declared
				  ? "nothing to do but what waits or was not read"
				  : "nothing to do: the organization is as the configuration says");
		return;
	}
	run_note(run, "%u of %zu calls done%s", x->done, run->plan.calls,
		 x->done == run->plan.calls ? "" : ":");
	if (x->failed || x->stale || x->unknown || x->skipped)
		run_note(run,
			 "%u failed, %u stale, %u of unknown outcome, %u not tried; running apply "
			 "again continues",
			 x->failed, x->stale, x->unknown, x->skipped);
	if (journal)
		run_note(run, "journal: %s", journal_path(journal));
}

int apply_calls(struct run *run, const struct execute_options *given, struct execution *x,
		struct error *err)
{
	struct execute_options options = *given;
	int code;

	*x = (struct execution){0};
	if (run->plan.calls) {
		options.fresh_us = FRESH_US;
		options.read_us = run->read_us;
		options.settle_percent = 100;
		run_applies(run);
		progress_phase(run->progress, "applying");
		code = execute_plan(&run->plan, run->client, run->loop, run->env, run->arena,
				    &options, x, err);
		if (code != EXIT_DONE && !(code > 0 && x->interrupted))
			return code;
	}
	if (x->interrupted)
		return signal_pending() == 15 ? EXIT_TERMINATED : EXIT_INTERRUPTED;
	return run->plan.unread_declared ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int apply_journal(struct run *run, struct journal **journal, struct error *err)
{
	const struct world *world = &run->live->world;
	const struct text *place = world->organization_id;

	if (run->head.config->settings.organization_none)
		place = world->caller_account;
	*journal = NULL;
	if (!run->plan.calls)
		return 0;
	if (journal_open(journal, run->env, run->options->journal,
			 place ? place->s : "new-organization", run->scope, err) != 0)
		return -1;
	return journal_begin(*journal, run->plan.plan_id, run->head.tree->commit,
			     (unsigned)run->plan.calls, err);
}

static void login_kept(void *ctx, const char *file, const struct text *user)
{
	run_note(ctx, "the first password of %s: %s", user->s, file);
}

static int apply_perform(struct run *run, struct error *err)
{
	const char *logins = run->options->logins ? run->options->logins : LOGINS;
	struct login *login = login_new(run->env, &run->plan, logins);
	struct apply apply = {.run = run};
	struct execute_options options = {
	    .progress = apply_progress, .ctx = &apply, .secret = login_secret, .secret_ctx = login};
	struct execution x = {0};
	int code = login_check(login, err);

	if (code == 0)
		code = apply_journal(run, &options.journal, err);

	if (code == 0) {
		code = apply_calls(run, &options, &x, err);
		if (code >= 0 && options.journal &&
		    journal_finish(options.journal, x.done, x.failed, err) != 0)
			code = -1;
		apply_summary(run, &x, options.journal);
		login_end(login, &x, login_kept, run);
	}
	journal_close(options.journal);
	login_free(login);
	return code;
}

/* An option that would say nothing here is not passed over: it was meant to limit something. */
static int apply_desk(const struct options *o, struct error *err)
{
	const struct {
		const char *name, *given;
	} options[] = {{"--forge", o->forge},
		       {"--forge-url", o->forge_url},
		       {"--repository", o->repository},
		       {"--run-url", o->run_url}};

	for (size_t i = 0; !o->from_pull_request && i < sizeof options / sizeof *options; i++)
		if (options[i].given)
			return error_set(err,
					 "%s says where comments are: it goes with "
					 "--from-pull-request",
					 options[i].name);
	return 0;
}

/* What was approved: a saved plan, an id, or our comments on what was merged. One of them. */
static int apply_approved(struct run *run, struct plan_doc **saved, struct error *err)
{
	const struct options *o = run->options;
	const char *file = o->arguments.n ? o->arguments.at[0] : NULL;

	if (o->from_pull_request && (file || o->expect))
		return error_set(err,
				 "--from-pull-request takes the plan from the comment: leave "
				 "out %s",
				 file ? file : "--expect");
	if (file && !(*saved = plan_file_read(run, file, err)))
		return -1;
	if (o->expect && !str_is_hex(o->expect, 64, 64))
		return error_set(err,
				 "--expect %s: a plan id has 64 hexadecimal digits; the whole of "
				 "it stands at the end of the plan",
				 o->expect);
	if (*saved && (!(*saved)->plan_id || strcmp((*saved)->format, PLAN_FORMAT) != 0))
		return error_set(err, "%s: is %s: `charter plan --out FILE` makes one", file,
				 (*saved)->plan_id ? "a drift report, and no saved plan"
						   : "a plan without an id");
	return 0;
}

/* A plan that does not fit any more is shown beside the one made now. */
static int apply_stale(const struct run *run, const struct plan_doc *saved,
		       const struct plan_doc *now, struct error *err)
{
	auto_buf lines = BUF_INIT(1 << 20);

	if (!run->plan.refused && run->plan.stale && saved) {
		plan_changed_write(saved, now, &lines);
		return error_set_code(err, EXIT_STALE, "%s; nothing was changed%s%s",
				      run->plan.stale_why,
				      lines.len ? "\nonly in the saved plan (-), only in the one "
						  "made now (+):"
						: "",
				      buf_str(&lines));
	}
	return 0;
}

/* The plan that is performed, made and shown. */
static int apply_plan(struct run *run, const struct plan_doc *saved, struct merged *merged,
		      struct error *err)
{
	char *created = arena_alloc(run->arena, TIME_RFC3339);
	struct plan_doc *doc;

	if (run_head(run, err) != 0 || apply_clean(run, err) != 0 ||
	    run_connect(run, false, err) != 0 || run_read(run, err) != 0 ||
	    run_base(run, err) != 0 ||
	    (run->options->from_pull_request && merged_read(merged, run, err) != 0) ||
	    run_accounts(run, err) != 0 || run_plan(run, saved, err) != 0)
		return -1;
	time_rfc3339(run->env->clock->now_us(run->env->clock), created);
	doc = plan_document(run->arena, &run->plan, PLAN_FORMAT, created);
	if (output_document(run, doc, err) != 0 || surface_document(run, doc, err) != 0)
		return -1;
	return apply_stale(run, saved, doc, err);
}

/* What a footer says of a run that ended so. */
static enum sticky_status status_of(int code, const struct error *err)
{
	if (code == EXIT_DONE)
		return STICKY_APPLIED;
	if (code == EXIT_REFUSED || code == EXIT_STALE || (code < 0 && err->code == EXIT_STALE))
		return STICKY_REFUSED;
	return STICKY_FAILED;
}

/* The footers follow; one that cannot be written is a failure of its own. */
static int apply_told(struct merged *merged, int code, struct error *err)
{
	auto_error own = {0};

	if (merged_status(merged, status_of(code, err), &own) == 0)
		return code;
	if (code < 0)
		return code;
	return error_set(err,
			 "the apply ended with exit code %d, and the comment does not say so: %s",
			 code, own.message);
}

static int apply_merged(struct run *run, struct merged *merged, struct error *err)
{
	int code = apply_may(run, err);

	if (code == EXIT_DONE && merged_check(merged, err) != 0)
		code = -1;
	if (code == EXIT_DONE) {
		if (merged_status(merged, STICKY_APPLYING, err) != 0)
			return -1;
		code = apply_perform(run, err);
	}
	return apply_told(merged, code, err);
}

int command_apply(struct run *run, struct error *err)
{
	struct plan_doc *saved = NULL;
	struct merged merged = {0};
	int code;

	if (apply_allowed(run, err) != 0 || apply_desk(run->options, err) != 0 ||
	    apply_approved(run, &saved, err) != 0)
		return -1;
	code = apply_plan(run, saved, &merged, err);
	if (code != 0) {
		if (merged.list.n)
			code = apply_told(&merged, code, err);
	} else if (run->options->from_pull_request) {
		code = apply_merged(run, &merged, err);
	} else {
		code = apply_may(run, err);
		if (code == EXIT_DONE)
			code = apply_perform(run, err);
	}
	merged_free(&merged);
	return code;
}
