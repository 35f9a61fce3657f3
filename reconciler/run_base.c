/* What a plan compares with: the recorded base, the target, and what an unfinished apply left
 * behind. */
#include "reconciler/record.h"
#include "reconciler/run_accounts.h"

#include <string.h>

static int base_unreadable(struct run *run, const char *why, struct error *err)
{
	return error_set(err,
			 "the last apply of scope %s was of commit %s, which this clone lacks%s%s\n"
			 "the configuration of that commit is needed to tell what was removed "
			 "since: fetch the whole "
			 "history (in GitHub Actions: `fetch-depth: 0` of actions/checkout)",
			 run->scope,
			 run->record.applied_commit ? run->record.applied_commit : "(unreadable)",
			 why && *why ? ": " : "", why ? why : "");
}

/* The commit that is planned: the target of a merge, else head. */
static const char *run_tip(const struct run *run)
{
	return run->options->target ? run->target_commit : run->head.tree->commit;
}

/* The newest first-parent ancestor of the tip with the recorded tree. 1: found; 0: none; -1: error.
 */
static int base_by_tree(struct run *run, char commit[GIT_HEX], struct error *err)
{
	if (!run->record.applied_tree || !*run_tip(run))
		return 0;
	return source_find_tree(run->source, run_tip(run), run->record.applied_tree, commit, err);
}

/* The commit to compare with, for a recorded one: itself; else, fetched by id; else that of the
 * recorded tree. */
static int base_commit(struct run *run, char commit[GIT_HEX], bool *same_history, struct error *err)
{
	const struct record *r = &run->record;
	auto_error why = {0}, searched = {0};
	int found;

	*same_history = true;
	if (!source_has_git(run->source))
		return error_set(
		    err, "%s is no git repository: what was applied last (%s) can't be read",
		    run->options->repo, r->applied_commit ? r->applied_commit : "a commit");
	if (r->applied_commit && (source_has_commit(run->source, r->applied_commit) ||
				  source_fetch_commit(run->source, r->applied_commit, &why) == 0)) {
		snprintf(commit, GIT_HEX, "%s", r->applied_commit);
		return 0;
	}
	*same_history = false;
	found = base_by_tree(run, commit, &searched);
	if (found > 0)
		return 0;
	return base_unreadable(run, found < 0 ? searched.message : why.message, err);
}

/* Rewritten history: the recorded commit is still to be had, but the branch has another one with
 * its tree. Never where the tip is older than the recorded commit: that is an old job. */
static int head_was_rewritten(struct run *run, char base[GIT_HEX], struct error *err)
{
	char found[GIT_HEX] = "";
	int older = source_descends(run->source, base, run_tip(run), err);
	int same = older == 0 ? base_by_tree(run, found, err) : 0;

	if (older < 0 || same < 0)
		return -1;
	if (same)
		snprintf(base, GIT_HEX, "%s", found);
	return same;
}

static int head_descends(struct run *run, char base[GIT_HEX], struct error *err)
{
	const char *head = run_tip(run);
	int descends = source_descends(run->source, head, base, err);

	if (descends == 0)
		descends = head_was_rewritten(run, base, err);
	if (descends < 0)
		return -1;
	if (!descends)
		return error_set_code(
		    err, EXIT_STALE,
		    "%s %.12s is neither the commit applied last (%.12s) nor its descendant: "
		    "applying it "
		    "would undo newer work%s",
		    run->options->target ? "the target" : "the commit", head, base,
		    run->options->target ? ""
					 : "\nto plan a branch that is behind, name the branch it "
					   "will be merged into: --target "
					   "origin/main");
	return 0;
}

static int configuration_of(struct run *run, struct configuration *c, const char *rev,
			    struct tree *tree, struct error *err)
{
	struct diagnostics diagnostics = {.arena = run->arena};
	int r = configuration_read(run, c, tree, true, &diagnostics);

	diagnostics_free(&diagnostics);
	if (r != 0)
		error_set(err,
			  "the configuration at %.12s can't be read: it has no charter.yaml, "
			  "or no valid one",
			  rev);
	return r;
}

int configuration_at(struct run *run, struct configuration *c, const char *rev, struct error *err)
{
	struct tree *tree = NULL;

	if (source_read(run->source, rev, &tree, err) != 0)
		return -1;
	return configuration_of(run, c, rev, tree, err);
}

/* A target that has no configuration yet, or has it in another place, says nothing about it. */
int run_target(struct run *run, struct error *err)
{
	const char *target = run->options->target;
	struct tree *tree = NULL;
	int there;

	if (source_resolve(run->source, target, run->target_commit, err) != 0)
		return -1;
	there = source_has_directory(run->source, target, err);
	if (there < 0 || (there && source_read(run->source, target, &tree, err) != 0))
		return -1;
	if (tree && tree_file(tree, "charter.yaml"))
		return configuration_of(run, &run->target, target, tree, err);
	tree_free(tree);
	run_note(run, "%s has no configuration in this place: all of it is new there", target);
	return 0;
}

/* What an unfinished apply declared. A commit that can't be had is a warning: what it created may
 * be left. */
static void leftover_add(struct run *run, const char *commit)
{
	struct configuration c = {0};
	auto_error err = {0};

	if (!source_has_commit(run->source, commit) &&
	    source_fetch_commit(run->source, commit, &err) != 0)
		run_warn(run,
			 "an apply of commit %.12s did not end, and this clone lacks that commit: "
			 "what it created and "
			 "nothing declares now can't be told",
			 commit);
	else if (configuration_at(run, &c, commit, &err) != 0)
		run_warn(run, "an apply of commit %.12s did not end: %s", commit, err.message);
	else
		vec_push(&run->unfinished, c);
}

/* All that unfinished applies declared, in one side: the newest counts. */
static void leftovers_compile(struct run *run)
{
	struct diagnostics quiet = {.arena = run->arena};

	for (size_t i = 0; i < run->unfinished.n; i++) {
		struct side *side =
		    configuration_compile(run, &run->unfinished.at[i], run->live, &quiet);

		if (!run->leftover) {
			run->leftover = side;
			continue;
		}
		for (size_t k = 0; side && k < side->all.n; k++)
			if (!side_find(run->leftover, side->all.at[k]->address))
				vec_push(&run->leftover->all, side->all.at[k]);
		side_finish(run->leftover, NULL);
	}
	diagnostics_free(&quiet);
}

static void run_leftovers(struct run *run)
{
	const struct record *r = &run->record;

	for (unsigned i = 0; i < sizeof r->applying_commits / sizeof *r->applying_commits; i++) {
		const char *c = r->applying_commits[i];

		if (!c)
			break;
		if (strcmp(c, run->head.tree->commit) == 0 ||
		    (run->base.tree && strcmp(c, run->base.tree->commit) == 0))
			continue;
		if (source_has_git(run->source))
			leftover_add(run, c);
	}
}

/* What was applied is the recorded tree, which has moved if it is not at the path of today. */
static int base_read(struct run *run, const char *commit, struct error *err)
{
	const char *applied = run->record.applied_tree;
	struct tree *tree = NULL, *moved = NULL;
	auto_error why = {0}, ignored = {0};
	int r = source_read(run->source, commit, &tree, &why);

	if (applied && (r != 0 || strcmp(tree->tree, applied) != 0) &&
	    source_read_tree(run->source, commit, applied, &moved, &ignored) == 0) {
		tree_free(tree);
		tree = moved;
		r = 0;
	}
	if (r != 0)
		return error_set(err, "%s", why.message);
	return configuration_of(run, &run->base, commit, tree, err);
}

static int base_from_record(struct run *run, struct error *err)
{
	char commit[GIT_HEX] = "";
	bool same_history = false;

	if (base_commit(run, commit, &same_history, err) != 0)
		return -1;
	if (same_history && head_descends(run, commit, err) != 0)
		return -1;
	return base_read(run, commit, err);
}

/* A role that should hold the record, and is not there. */
static bool record_role_missing(const struct run *run)
{
	const struct record_place *p = &run->record.place;
	auto_free char *scope = p->role && p->account ? xasprintf("iam/%s", p->account->s) : NULL;

	return scope && side_scope_state(run->live, scope) == SCOPE_WHOLE;
}

/* Says why, from the first scope that tells. */
static int record_unread(const struct run *run, struct error *err)
{
	const struct scope *why = NULL;

	if (record_role_missing(run))
		return error_set(err,
				 "account %s has no role %s, which `record:` names: create it "
				 "there first; what was applied last is kept in two tags of it, "
				 "and nobody needs to be able to assume it",
				 run->record.place.account->s, run->record.place.role->s);

	for (size_t i = 0; i < run->live->scopes.n && !why; i++)
		if (run->live->scopes.at[i].code)
			why = &run->live->scopes.at[i];
	return error_set_code(
	    err, EXIT_INCOMPLETE,
	    "the tags of %s could not be read, so what was "
	    "applied last is not known; nothing is compared and nothing "
	    "changed%s%s%s%s%s%s",
	    run->record.place.role ? arena_printf(run->arena, "%s, the role of the record,",
						  run->record.place.address->s)
				   : "the organization's root",
	    why ? ": " : "", why ? why->name->s : "", why ? ": " : "", why ? why->code->s : "",
	    why && why->message ? ": " : "", why && why->message ? why->message->s : "");
}

int run_base(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	struct record_place place;

	place = record_place(run->arena, &run_trusted(run)->config->settings, run->record_account);
	record_read(run->arena, run->live, &place, run->scope, &run->record);
	if (!run->record.read && (!o->base || o->command == COMMAND_APPLY))
		return record_unread(run, err);
	if (o->base) {
		if (o->command == COMMAND_APPLY && run->record.applied)
			return error_set(err, "--base is for planning: the organization records "
					      "what was applied last, and apply "
					      "goes by that");
		if (configuration_at(run, &run->base, o->base, err) != 0)
			return -1;
	} else if (run->record.applied) {
		if (base_from_record(run, err) != 0)
			return -1;
	} else if (o->command == COMMAND_DRIFT || (o->command == COMMAND_IMPORT && o->drift)) {
		/* Nothing was applied yet: what git says is what to compare with. */
		run_note(
		    run,
		    "no apply is recorded for scope %s: compared with the configuration itself",
		    run->scope);
		return configuration_at(
		    run, &run->base, *run->head.tree->commit ? run->head.tree->commit : NULL, err);
	}
	if (!o->base && !run->record.applied && run->record.other_scope)
		run_warn(
		    run,
		    "nothing was applied yet in scope %s, but it was in scope %s: if this is the "
		    "same "
		    "configuration under another name, what that one protects does not count here",
		    run->scope, run->record.other_scope);
	run_leftovers(run);
	return 0;
}

/* The options that leave something out of the plan; NULL: none. Who approved a part has not seen
 * the whole. */
static const char *run_narrowed(struct run *run)
{
	const struct options *o = run->options;
	auto_buf b = BUF_INIT(1 << 16);

	if (o->only)
		buf_printf(&b, " --only %s", o->only);
	if (o->except)
		buf_printf(&b, " --except %s", o->except);
	buf_puts(&b, o->no_removals ? " --no-removals" : "");
	buf_puts(&b, o->only_drift ? " --only-drift" : "");
	buf_puts(&b, o->only_due ? " --only-due" : "");
	return b.len ? arena_strdup(run->arena, buf_str(&b)) : NULL;
}

struct bound *run_intent(struct run *run, const struct configuration *from, struct side *to)
{
	struct diagnostics quiet = {.arena = run->arena};
	struct sides sides = {.live = side_new(run->arena), .head = to};
	struct bound *bound;

	vec_push(&run->compiled, sides.live);
	side_finish(sides.live, NULL);
	if (from->config)
		sides.base = configuration_compile(run, from, NULL, &quiet);
	bound = bind_sides(run->arena, &sides, &quiet);
	diagnostics_free(&quiet);
	return bound;
}

/* Most warnings were collected when head was compiled offline. What depends on what is live was not
 * known then. */
static void diagnosis_pass_on(struct run *run, const struct diagnostic *d)
{
	for (size_t i = 0; d->warning && i < run->diagnostics.list.n; i++) {
		const struct diagnostic *known = &run->diagnostics.list.at[i];

		if (known->where.line == d->where.line && strcmp(known->message, d->message) == 0)
			return;
	}
	if (d->warning)
		diagnose_warning(&run->diagnostics, d->where, "%s", d->message);
	else
		diagnose(&run->diagnostics, d->where, "%s", d->message);
}

/* As it was compiled before the accounts were read, where there is no task that depends on what was
 * found in them: a side may be large. */
static struct side *former_compile(struct run *run, struct configuration *c,
				   struct diagnostics *diagnostics)
{
	const struct text **names;

	return c->online && config_pool_accounts(c->config, &names) == 0
		   ? c->online
		   : configuration_compile(run, c, run->live, diagnostics);
}

static int run_sides(struct run *run, struct error *err)
{
	struct diagnostics quiet = {.arena = run->arena};
	struct diagnostics fresh = {.arena = run->arena};
	int r = 0;

	run->sides.live = run->live;
	leftovers_compile(run);
	run->sides.leftover = run->leftover;
	run->sides.head = configuration_compile(run, &run->head, run->live, &fresh);
	if (run->base.config)
		run->sides.base = former_compile(run, &run->base, &quiet);
	if (run->target.config)
		run->sides.target = former_compile(run, &run->target, &quiet);
	for (size_t i = 0; i < fresh.list.n; i++)
		diagnosis_pass_on(run, &fresh.list.at[i]);
	if (run->base.config)
		identity_region_check(run->base.config, run->head.config, &run->diagnostics);
	if (run->diagnostics.errors)
		r = error_set(err, "the configuration has errors");
	diagnostics_free(&quiet);
	diagnostics_free(&fresh);
	return r;
}

/* The spend of an account decides where tasks are: without it their pool is left as it is. */
static bool spend_unread(const struct run *run)
{
	for (size_t i = 0; i < run->live->scopes.n; i++)
		if (str_starts(run->live->scopes.at[i].name->s, "spend/") &&
		    run->live->scopes.at[i].state == SCOPE_PARTIAL)
			return true;
	return false;
}

static int run_failed(struct run *run, struct error *err)
{
	run_show_diagnostics(run);
	return error_set(err, "the configuration does not fit the organization: %u error%s",
			 run->diagnostics.errors, run->diagnostics.errors == 1 ? "" : "s");
}

static void approve_saved(struct run *run, const struct plan_doc *saved)
{
	struct sticky_shown *shown;
	size_t n = approval_list(run->arena, saved, &shown);

	run->approval = approval_new();
	approval_add(run->approval, shown, n);
}

int run_plan(struct run *run, const struct plan_doc *saved, struct error *err)
{
	const struct options *o = run->options;
	const char *narrowed = run_narrowed(run);
	struct diff_options diff = {.head = &run->head.config->settings,
				    .base = run->base.config ? &run->base.config->settings : NULL,
				    .live = run->live,
				    .only = o->only,
				    .except = o->except,
				    .no_removals = o->no_removals,
				    .only_drift = o->only_drift || o->command == COMMAND_DRIFT,
				    .only_due = o->only_due,
				    .sees_break_glass = o->command == COMMAND_DRIFT,
				    .leftovers_known_after = run->record.applying,
				    .leftover_since_us = run->record.applying_us,
				    .now_us = run->now_us};

	if (run_sides(run, err) != 0)
		return run_failed(run, err);
	run->bound = bind_sides(run->arena, &run->sides, &run->diagnostics);
	if (!run->bound || run->diagnostics.errors)
		return run_failed(run, err);
	if (run_deepen(run, err) != 0)
		return -1;
	run->difference = diff_rows(run->arena, run->bound, &diff, &run->diagnostics);
	if (!run->difference || run->diagnostics.errors)
		return run_failed(run, err);
	run->intent = run_intent(run, run->target.config ? &run->target : &run->base,
				 configuration_offline(run, &run->head));
	if (saved)
		approve_saved(run, saved);
	run->input = (struct plan_input){
	    .arena = run->arena,
	    .scope = run->scope,
	    .narrowed = narrowed,
	    .path = source_path(run->source),
	    .base = run->base.commit,
	    .target = run->target.commit,
	    .head = run->head.commit,
	    .base_config = run->base.config,
	    .head_config = run->head.config,
	    .sides = &run->sides,
	    .bound = run->bound,
	    .difference = run->difference,
	    .intent = run->intent,
	    .saved = saved,
	    .approval = run->approval,
	    .record = &run->record,
	    .performs = o->command == COMMAND_APPLY,
	    .has_commit = *run->head.tree->commit && !run->head.tree->dirty,
	    .unread = spend_unread(run),
	    .writes_record =
		*run->head.tree->commit && !run->head.tree->dirty && !narrowed && !o->date,
	    .rate_percent = o->rates,
	    /* No date of a trial brings back an allowance that has ended, or dates the record. */
	    .now_us = o->command == COMMAND_APPLY ? run->env->clock->now_us(run->env->clock)
						  : run->now_us};
	if (plan_build(&run->input, &run->plan, err) != 0)
		return -1;
	run_show_diagnostics(run);
	return 0;
}
