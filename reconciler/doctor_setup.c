/* The doctor on what stands around a run: the job, the repository and its history. */
#include "reconciler/doctor.h"

#include "reconciler/command.h"

#include <string.h>
#include <unistd.h>

static const char *const ci_names[] = {"none", "GitHub Actions", "GitLab CI", "CodeBuild"};

static const char *variable(const struct doctor *d, const char *name)
{
	const char *value = d->run->env->getenv(name);

	return value && *value ? value : NULL;
}

void doctor_ci(struct doctor *d)
{
	auto_error err = {0};

	if (ci_read(d->run->env, d->arena, &d->ci, &err) != 0) {
		doctor_say_error(d, "ci", &err);
		return;
	}
	if (d->ci.kind == CI_NONE) {
		doctor_say(d, DOCTOR_OK, "ci", NULL, "no CI system is recognized: a run at a desk");
		return;
	}
	doctor_say(
	    d, DOCTOR_OK, "ci", NULL, "%s%s%s%s%s", ci_names[d->ci.kind],
	    d->ci.repository ? ", repository " : "", d->ci.repository ? d->ci.repository : "",
	    d->ci.pull ? ", pull request " : ", no pull request", d->ci.pull ? d->ci.pull : "");
}

/* The repository. */

static void history_check(struct doctor *d)
{
	const struct source *source = d->run->source;

	if (!source_has_git(source))
		doctor_say(
		    d, DOCTOR_FAIL, "history",
		    "an apply names a commit, and a plan compares with one: git init, commit",
		    "%s is no git repository", d->run->options->repo);
	else if (source_is_shallow(source))
		doctor_say(d, DOCTOR_FAIL, "history",
			   "fetch the whole history: GitHub `fetch-depth: 0` of actions/checkout, "
			   "GitLab `GIT_DEPTH: 0`, CodeBuild `git-clone-depth: 0`",
			   "the clone is shallow: the commit applied last may be missing");
	else
		doctor_say(d, DOCTOR_OK, "history", NULL, "the clone is whole");
}

static void head_check(struct doctor *d)
{
	const struct tree *tree = d->run->head.tree;

	if (tree->dirty)
		doctor_say(d, DOCTOR_WARN, "head", "commit it, or name a commit with --ref",
			   "the working tree has uncommitted changes: an apply would refuse");
	else if (*tree->commit && d->ci.commit && !d->ci.pull &&
		 strcmp(tree->commit, d->ci.commit) != 0)
		doctor_say(d, DOCTOR_WARN, "head",
			   "check out the commit that the job is of before charter runs",
			   "%.12s, and the job is of %.12s", tree->commit, d->ci.commit);
	else if (*tree->commit)
		doctor_say(d, DOCTOR_OK, "head", NULL, "%.12s (%s)", tree->commit, tree->label);
}

/* A saved plan that lies here may be of another commit. */
static void plan_file_check(struct doctor *d)
{
	const char *head = d->run->head.tree ? d->run->head.tree->commit : "";
	struct plan_doc *doc;
	auto_error err = {0};

	if (access("plan.json", F_OK) != 0)
		return;
	doc = plan_file_read(d->run, "plan.json", &err);
	if (!doc)
		doctor_say_error(d, "plan file", &err);
	else if (doc->head.commit && *head && strcmp(doc->head.commit, head) != 0)
		doctor_say(d, DOCTOR_WARN, "plan file",
			   "an apply refuses it unless its plan id comes out the same: plan again",
			   "plan.json is of %.12s, and head is %.12s", doc->head.commit, head);
	else
		doctor_say(d, DOCTOR_OK, "plan file", NULL, "plan.json, plan id %.12s",
			   doc->plan_id);
}

void doctor_repository(struct doctor *d)
{
	struct run *run = d->run;
	auto_error err = {0};
	int r = run_head(run, &err);

	if (!run->source) {
		doctor_say_error(d, "repository", &err);
		return;
	}
	history_check(d);
	if (run->head.tree)
		head_check(d);
	d->has_head = r == 0;
	if (r != 0)
		doctor_say_error(d, "configuration", &err);
	else
		doctor_say(d, DOCTOR_OK, "configuration", NULL, "valid, %zu file%s, scope %s",
			   run->head.tree->files, run->head.tree->files == 1 ? "" : "s",
			   run->scope);
	plan_file_check(d);
}

/* The job. */

static void fork_check(struct doctor *d, bool credentials)
{
	if (!d->ci.fork)
		return;
	if (credentials)
		doctor_say(d, DOCTOR_FAIL, "fork",
			   "run nothing but `charter validate` for pull requests of other "
			   "repositories, and only on `pull_request`, never `pull_request_target`",
			   "a pull request from another repository runs with AWS credentials");
	else
		doctor_say(d, DOCTOR_OK, "fork", NULL,
			   "a pull request from another repository, without AWS credentials: only "
			   "`charter validate` can run");
}

static void event_check(struct doctor *d)
{
	const char *event = variable(d, "GITHUB_EVENT_NAME");

	if (d->ci.kind == CI_GITHUB && event && strcmp(event, "pull_request_target") == 0)
		doctor_say(d, DOCTOR_FAIL, "event", "write `on: pull_request`",
			   "the workflow runs on pull_request_target, which hands this "
			   "repository's secrets to what a stranger wrote");
}

/* Who may write to the forge shall not read AWS, and the other way round: each is the other's
 * check. */
static void token_check(struct doctor *d, bool credentials)
{
	if (d->ci.kind == CI_NONE || !d->ci.has_forge || d->ci.forge == FORGE_CODECOMMIT)
		return;
	if (d->ci.token && credentials)
		doctor_say(
		    d, DOCTOR_WARN, "token",
		    "plan in one job, with AWS credentials, and comment in another, with the "
		    "token: the plan goes over as an artifact",
		    "this job has a token of %s and AWS credentials", forge_name(d->ci.forge));
	else if (d->ci.token)
		doctor_say(d, DOCTOR_OK, "token", NULL,
			   "a token of %s and no AWS credentials: for `charter comment`. What the "
			   "token may do is not checked",
			   forge_name(d->ci.forge));
	else if (!credentials && d->ci.pull)
		doctor_say(d, DOCTOR_WARN, "token",
			   d->ci.forge == FORGE_GITHUB
			       ? "GITHUB_TOKEN: ${{ github.token }} in `env:`, and `permissions: "
				 "{pull-requests: write}`"
			       : "give the job a token that may write comments",
			   "neither a token nor AWS credentials: `charter comment` can't run here");
}

/* An apply belongs to the branch that reviews protect. */
static void branch_check(struct doctor *d)
{
	static const char *const variables[] = {"GITHUB_REF_PROTECTED", "CI_COMMIT_REF_PROTECTED"};
	const char *is = NULL;

	for (size_t i = 0; i < sizeof variables / sizeof *variables && !is; i++)
		is = variable(d, variables[i]);
	if (d->ci.kind == CI_NONE || d->ci.pull || !is)
		return;
	if (strcmp(is, "true") == 0)
		doctor_say(d, DOCTOR_OK, "branch", NULL, "the branch is protected");
	else
		doctor_say(d,
			   d->writes == WRITES_NONE || d->writes == WRITES_UNKNOWN ? DOCTOR_WARN
										   : DOCTOR_FAIL,
			   "branch", "protect it: reviews required, no force pushes, nobody exempt",
			   "the branch of this job is not protected: whoever can push can "
			   "apply");
}

/* What a pull request runs may only read. */
static void pull_check(struct doctor *d)
{
	if (!d->ci.pull || d->writes == WRITES_UNKNOWN)
		return;
	if (d->writes == WRITES_NONE)
		doctor_say(d, DOCTOR_OK, "pull request", NULL, "the job's role may only read");
	else
		doctor_say(d, DOCTOR_FAIL, "pull request",
			   "use the reading role here (`charter permissions`), and let only the "
			   "protected branch's environment have the writing one",
			   "a job of a pull request has a role that may write");
}

void doctor_job(struct doctor *d)
{
	bool credentials = d->run->world.caller_arn != NULL;

	event_check(d);
	fork_check(d, credentials);
	token_check(d, credentials);
	branch_check(d);
	pull_check(d);
}
