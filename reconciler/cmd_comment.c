/* comment: a saved plan as the one comment of ours on its pull request, or another footer. */
#include "reconciler/approval.h"
#include "reconciler/command.h"
#include "reconciler/desk.h"
#include "reconciler/issue.h"
#include "reconciler/notify.h"

#include <stdlib.h>
#include <string.h>

struct comment_job {
	struct desk desk;
	struct run *run;
	const struct plan_doc *doc; /* NULL: only the footer changes */
	const char *number;
	struct sticky now;
};

/* A drift report has no plan id, is of no branch, and nothing becomes of it. */
static bool is_plan(const char *format)
{
	return str_starts(format, "charter.plan/");
}

/* The pull request of a job that runs after the merge: by the commit that it runs on. A commit that
 * was pushed directly has no footer that could say what became of it: the number stays NULL. */
static int number_by_commit(struct comment_job *job, struct error *err)
{
	const char *commit = job->desk.ci.commit;
	struct forge_pulls pulls = {0};

	if (!commit && job->doc)
		commit = job->doc->head.commit;
	if (!commit)
		return error_set(err, "which pull request? Say --pull-request");
	if (desk_pulls_of(&job->desk, commit, &pulls, err) != 0)
		return -1;
	if (!pulls.n && job->run->options->status)
		return 0;
	if (pulls.n != 1)
		return error_set(err,
				 "commit %.12s came by %s pull request: say which, with "
				 "--pull-request",
				 commit, pulls.n ? "more than one" : "no");
	job->number = pulls.at[0].number;
	return 0;
}

static int job_number(struct comment_job *job, struct error *err)
{
	const struct options *o = job->run->options;

	job->number = o->pull_request ? o->pull_request : job->desk.ci.pull;
	return job->number ? 0 : number_by_commit(job, err);
}

/* A run of this commit that ends after a later push, or after the merge, has nothing to say any
 * more. */
static bool run_is_late(struct comment_job *job, const struct forge_pull *pull, const char *head)
{
	if (!pull->open) {
		run_note(job->run, "pull request %s is not open any more: nothing is written",
			 job->number);
		return true;
	}
	if (head && pull->head && strcmp(head, pull->head) != 0) {
		run_note(job->run,
			 "pull request %s is at %.12s by now, and this run is of %.12s: nothing is "
			 "written",
			 job->number, pull->head, head);
		return true;
	}
	return false;
}

static int report_write(struct comment_job *job, struct error *err)
{
	auto_buf summary = BUF_INIT(4096);

	job->now.report = desk_report(&job->desk, job->doc,
				      forge_comment_max(job->desk.kind) - STICKY_BYTES, err);
	if (!job->now.report)
		return -1;
	doc_write_summary(job->doc, &summary);
	job->now.summary = arena_strdup(job->run->arena, buf_str(&summary));
	return 0;
}

static const char *job_target(const struct comment_job *job)
{
	const struct plan_doc *doc = job->doc;

	return desk_target(job->run->arena, doc->format, doc->organization, doc->scope);
}

static int now_fill(struct comment_job *job, struct error *err)
{
	const struct plan_doc *doc = job->doc;
	struct run *run = job->run;

	job->now = (struct sticky){.target = job_target(job),
				   .plan_id = doc->plan_id ? doc->plan_id : "",
				   .commit = doc->head.commit ? doc->head.commit : "",
				   .status = !is_plan(doc->format) ? STICKY_REPORTED
					     : doc->refusal        ? STICKY_REFUSED
								   : STICKY_PLANNED,
				   .run_url = job->desk.run_url,
				   .plain = job->desk.kind == FORGE_CODECOMMIT};
	if (is_plan(doc->format) && !doc->head.tree)
		return error_set(err,
				 "%s: it is a plan of a working tree with uncommitted changes, "
				 "which no pull request has: plan a commit, with --ref",
				 run->options->arguments.at[0]);
	if (!doc->created || time_parse(doc->created, &job->now.created_us) != 0)
		return error_set(err, "%s: it does not say when the plan was made",
				 run->options->arguments.at[0]);
	job->now.shown_n = approval_list(run->arena, doc, &job->now.shown);
	return report_write(job, err);
}

static bool says_the_same(const struct sticky *a, const struct sticky *b)
{
	return !a->altered && a->status == b->status && strcmp(a->plan_id, b->plan_id) == 0 &&
	       strcmp(a->commit, b->commit) == 0 && strcmp(a->report, b->report) == 0;
}

/* Hidden where the forge can, else folded by ourselves. */
static int retire(struct comment_job *job, const struct desk_comment *c, struct error *err)
{
	struct sticky s = c->sticky;
	auto_buf report = BUF_INIT(SIZE_MAX), body = BUF_INIT(SIZE_MAX);

	if (forge_can_hide(job->desk.forge))
		return forge_comment_hide(job->desk.forge, &c->comment, err);
	s.status = STICKY_SUPERSEDED;
	if (s.plain)
		buf_puts(&report, s.report);
	else
		buf_printf(&report,
			   "<details><summary>A plan that another one has taken the place of"
			   "</summary>\n\n%s\n\n</details>\n",
			   s.report);
	s.report = buf_str(&report);
	sticky_write(&s, &body);
	return forge_comment_edit(job->desk.forge, job->number, &c->comment, buf_str(&body), err);
}

static int retire_others(struct comment_job *job, const struct desk_comments *all,
			 const struct desk_comment *but, struct error *err)
{
	for (size_t i = 0; i < all->n; i++)
		if (&all->at[i] != but && retire(job, &all->at[i], err) != 0)
			return -1;
	return 0;
}

/* Two runs at once may both have found none: then the one with the newer plan stays. */
static int comment_add(struct comment_job *job, const struct desk_comments *before,
		       struct error *err)
{
	auto_buf body = BUF_INIT(SIZE_MAX);
	struct desk_comments after;

	sticky_write(&job->now, &body);
	if (forge_comment_add(job->desk.forge, job->number, buf_str(&body), NULL, err) != 0 ||
	    retire_others(job, before, NULL, err) != 0 ||
	    desk_comments_read(&job->desk, job->number, job->now.target, &after, err) != 0)
		return -1;
	return retire_others(job, &after, desk_newest(&after), err);
}

static int comment_update(struct comment_job *job, const struct desk_comments *all,
			  struct desk_comment *last, struct error *err)
{
	auto_buf body = BUF_INIT(SIZE_MAX);

	/* What somebody else wrote into it is not carried on. */
	if (!last->sticky.altered)
		sticky_follow(&job->now, &last->sticky);
	sticky_write(&job->now, &body);
	if (forge_comment_edit(job->desk.forge, job->number, &last->comment, buf_str(&body), err) !=
	    0)
		return -1;
	return retire_others(job, all, last, err);
}

/* Of one commit the later plan stands. A plan of the pull request's head takes the place of one of
 * another commit, whatever that says of when it was made. */
static bool newer_stands(const struct comment_job *job, const struct sticky *last)
{
	bool of_head = is_plan(job->doc->format) && *job->now.commit;

	if (of_head && strcmp(last->commit, job->now.commit) != 0)
		return false;
	return !last->altered && last->created_us > job->now.created_us;
}

static int comment_plan(struct comment_job *job, struct error *err)
{
	const char *how = job->run->options->comment;
	struct forge_pull pull = {0};
	struct desk_comments all;
	struct desk_comment *last;
	bool add;

	/* The comments first: then none of them is of a later head than the one that is read. */
	if (desk_comments_read(&job->desk, job->number, job_target(job), &all, err) != 0 ||
	    forge_pull_read(job->desk.forge, job->number, &pull, err) != 0)
		return -1;
	if (is_plan(job->doc->format) && run_is_late(job, &pull, job->doc->head.commit))
		return 0;
	if (pull.fork && is_plan(job->doc->format))
		return error_set(err,
				 "pull request %s comes from a fork: it is validated, and no plan "
				 "of it is shown",
				 job->number);
	if (now_fill(job, err) != 0)
		return -1;
	last = desk_newest(&all);
	if (last && newer_stands(job, &last->sticky)) {
		run_note(job->run, "a newer plan stands on pull request %s: nothing is written",
			 job->number);
		return 0;
	}
	if (last && says_the_same(&last->sticky, &job->now)) {
		run_note(job->run, "pull request %s shows this already", job->number);
		return retire_others(job, &all, last, err);
	}
	add = !last || (how && strcmp(how, "new") == 0);
	if ((add ? comment_add(job, &all, err) : comment_update(job, &all, last, err)) != 0)
		return -1;
	run_note(job->run, "pull request %s: the comment is %s", job->number,
		 add ? "written" : "brought up to date");
	return 0;
}

/* Footers are those of plans. */
static void plans_only(struct desk_comments *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (is_plan(all->at[i].sticky.target))
			all->at[n++] = all->at[i];
	all->n = n;
}

/* The only one of ours; of several organizations or scopes the plan says which. */
static int comment_status(struct comment_job *job, enum sticky_status status, struct error *err)
{
	const struct plan_doc *doc = job->doc;
	struct run *run = job->run;
	const char *target =
	    doc ? desk_target(run->arena, doc->format, doc->organization, doc->scope) : NULL;
	struct desk_comments all;
	const struct desk_comment *last;

	if (doc && !is_plan(doc->format))
		return error_set(err, "%s is a drift report: its footer never changes",
				 run->options->arguments.at[0]);
	if (desk_comments_read(&job->desk, job->number, target, &all, err) != 0)
		return -1;
	plans_only(&all);
	last = desk_newest(&all);
	if (!last) {
		/* No failure: anybody may write what looks like one. */
		run_note(run, "pull request %s has no comment of ours%s: no footer is written",
			 job->number,
			 all.strangers ? ", and the one that looks like it is somebody else's"
				       : "");
		return 0;
	}
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.at[i].sticky.target, last->sticky.target) != 0)
			return error_set(err,
					 "pull request %s has comments of several scopes: name the "
					 "plan too, charter comment --status %s PLAN.json",
					 job->number, sticky_words[status]);
	if (last->sticky.altered)
		return error_set(err,
				 "our comment on pull request %s was edited by somebody else: its "
				 "footer is left alone",
				 job->number);
	if (desk_status_set(&job->desk, job->number, last, status, err) != 0)
		return -1;
	run_note(run, "pull request %s: the footer says %s", job->number, sticky_words[status]);
	return 0;
}

/* The plan that stands there is not of what the pull request is now. */
static int comment_outdated(struct comment_job *job, struct error *err)
{
	const char *head = job->doc ? job->doc->head.commit : job->desk.ci.commit;
	struct forge_pull pull = {0};

	if (forge_pull_read(job->desk.forge, job->number, &pull, err) != 0)
		return -1;
	return run_is_late(job, &pull, head) ? 0 : comment_status(job, STICKY_OUTDATED, err);
}

static int comment_write(struct comment_job *job, enum sticky_status status, struct error *err)
{
	if (status == STICKY_PLANNED)
		return comment_plan(job, err);
	if (status == STICKY_OUTDATED)
		return comment_outdated(job, err);
	return comment_status(job, status, err);
}

/* What was done, in one line. */
static void issue_say(struct run *run, const struct issue_result *r)
{
	if (!r->number)
		return;
	if (r->quiet)
		run_note(run,
			 "issue %s was closed by hand, and there is nothing new: it stays "
			 "closed, and nothing is sent",
			 r->number);
	else if (r->opened || r->reopened || r->edited || r->closed)
		run_note(run, "issue %s is %s%s", r->number,
			 r->opened     ? "opened"
			 : r->reopened ? "reopened"
			 : r->closed   ? "closed"
				       : "brought up to date",
			 r->opened && r->closed ? ", and closed: nothing differs" : "");
	else
		run_note(run, "issue %s: nothing changed, nothing is sent", r->number);
}

/* A drift report is of no pull request, unless one is named. */
static int comment_issue(struct comment_job *job, struct plan_doc *doc, struct error *err)
{
	struct issue_result result = {0};

	if (notify_check(job->run, err) != 0 || issue_keep(&job->desk, doc, &result, err) != 0)
		return -1;
	issue_say(job->run, &result);
	return 0;
}

/* The footer is written: what becomes of an issue is no failure of the apply's last step. */
static void comment_applied(struct comment_job *job)
{
	struct issue_result result = {0};
	auto_error err = {0};

	if (issue_applied(&job->desk, job->doc, &result, &err) != 0)
		run_warn(job->run, "the issue of what differed is left as it is: %s", err.message);
	else if (result.edited || result.closed)
		issue_say(job->run, &result);
}

static int comment_pull(struct comment_job *job, enum sticky_status status, struct error *err)
{
	if (job_number(job, err) != 0)
		return -1;
	if (job->number)
		return comment_write(job, status, err);
	run_note(job->run, "commit %.12s came by no pull request: there is no footer to write",
		 job->desk.ci.commit ? job->desk.ci.commit : job->doc->head.commit);
	return 0;
}

int command_comment(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	const char *file = o->arguments.n ? o->arguments.at[0] : NULL;
	int status = o->status ? sticky_status_find(o->status) : STICKY_PLANNED;
	struct comment_job job = {.run = run};
	struct plan_doc *doc = NULL;
	bool issue;
	int r;

	if (!file && !o->status)
		return error_set(err, "name the saved plan (charter plan --out plan.json), or say "
				      "--status to change the footer only");
	if (!file && status == STICKY_PLANNED)
		return error_set(err, "--status planned: name the plan");
	if (file && !(doc = plan_file_read(run, file, err)))
		return -1;
	job.doc = doc;
	issue = doc && !is_plan(doc->format) && !o->status && !o->pull_request;
	if (o->notify.n && !issue)
		return error_set(err, "--notify: who is told of a drift report's issue; there is "
				      "none here");
	r = desk_open(&job.desk, run, err);
	if (r == 0)
		r = issue ? comment_issue(&job, doc, err)
			  : comment_pull(&job, (enum sticky_status)status, err);
	if (r == 0 && status == STICKY_APPLIED && doc && is_plan(doc->format))
		comment_applied(&job);
	desk_close(&job.desk);
	return r == 0 ? EXIT_DONE : -1;
}
