/* The doctor on a trust policy: tokens that no run of ours has are held against it, as AWS would
 * judge them. Pure. */
#include "reconciler/doctor.h"

#include "state/judge.h"

#include <string.h>

#define GITHUB_HOST    "token.actions.githubusercontent.com"
#define PROVIDERS_MAX  8
#define AUDIENCE       "sts.amazonaws.com"
#define OTHER_AUDIENCE "https://charter-doctor.invalid"

struct inquiry {
	struct doctor *d;
	const struct doctor_trust *t;
	const struct policy *policy;
	const char *provider[PROVIDERS_MAX]; /* ARNs */
	size_t providers;
	const char *host; /* of the provider at hand */
	const char *arn;
	const char *owner, *name; /* of the repository, or NULL */
	bool found;               /* something to mend */
};

/* Whether a token of this subject and audience may enter; NULL: whatever they are. */
static bool admits(const struct inquiry *q, const char *sub, const char *aud)
{
	struct context_key key[2];
	struct judge_request request = {
	    .action = "sts:AssumeRoleWithWebIdentity", .principal = q->arn, .key = key};
	enum judgement allowed;

	if (sub)
		key[request.keys++] =
		    (struct context_key){arena_printf(q->d->arena, "%s:sub", q->host), sub};
	if (aud)
		key[request.keys++] =
		    (struct context_key){arena_printf(q->d->arena, "%s:aud", q->host), aud};
	allowed = policy_judge_allowed(q->policy, &request);
	return (allowed == JUDGE_ALLOWS || allowed == JUDGE_MAY_ALLOW) &&
	       policy_judge(q->policy, &request) != JUDGE_DENIES;
}

static void wrong(struct inquiry *q, enum doctor_result result, const char *mend, const char *what)
{
	q->found = true;
	doctor_say(q->d, result, "trust", mend, "%s: %s", q->t->role, what);
}

static bool is_github(const char *host)
{
	return str_starts(host, GITHUB_HOST) || str_ends(host, "/_services/token");
}

/* The subject of this repository's jobs, in the form with names, and in that with numbers too,
 * which GitHub gives to repositories made or renamed since July 2026. */
static const char *subject(const struct inquiry *q, const char *context)
{
	return arena_printf(q->d->arena, "repo:%s/%s:%s", q->owner, q->name, context);
}

static const char *subject_numbered(const struct inquiry *q, const char *context)
{
	const struct doctor_trust *t = q->t;

	return arena_printf(q->d->arena, "repo:%s@%s/%s@%s:%s", q->owner,
			    t->owner_id ? t->owner_id : "OWNER_ID", q->name,
			    t->repository_id ? t->repository_id : "REPOSITORY_ID", context);
}

/* What stands in the policy after this mark, up to the end of the string: "environment:prod". */
static const char *context_in(const struct inquiry *q, const char *mark)
{
	const char *at = strstr(q->t->trust->s, mark);

	return at ? arena_memdup0(q->d->arena, at + 1, strcspn(at + 1, "\"")) : NULL;
}

/* The line to write into the condition. */
static const char *line(const struct inquiry *q, const char *context)
{
	if (!q->owner)
		return arena_printf(q->d->arena,
				    "write the subject whole: \"StringEquals\": {\"%s:sub\": "
				    "[\"repo:OWNER/NAME:%s\", "
				    "\"repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID:%s\"]}",
				    q->host, context, context);
	return arena_printf(q->d->arena,
			    "write the subject whole, in both forms: \"StringEquals\": "
			    "{\"%s:sub\": [\"%s\", \"%s\"]}",
			    q->host, subject(q, context), subject_numbered(q, context));
}

/* Where reviewers stand before it, or what a plan runs on. */
static const char *right_context(const struct inquiry *q)
{
	const char *environment = context_in(q, ":environment:");

	if (!q->t->writes)
		return "pull_request";
	return environment && !strpbrk(environment, "*?") ? environment : "environment:production";
}

/* Whether a repository of this owner and name enters, whatever its job is. */
static bool repository_enters(const struct inquiry *q, const char *owner, const char *name)
{
	const char *const contexts[] = {
	    "pull_request", arena_printf(q->d->arena, "ref:refs/heads/%s", q->t->branch),
	    right_context(q)};

	for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++)
		if (admits(q, arena_printf(q->d->arena, "repo:%s/%s:%s", owner, name, contexts[i]),
			   NULL))
			return true;
	return false;
}

/* Tokens of other repositories. True: they enter. */
static bool strangers_enter(struct inquiry *q)
{
	struct arena *arena = q->d->arena;
	const char *mend = line(q, right_context(q));

	if (repository_enters(q, "charter-doctor", q->owner ? q->name : "somebody-else") ||
	    repository_enters(q, "charter-doctor", "somebody-else")) {
		wrong(q, DOCTOR_FAIL, mend, "lets in repositories of any owner");
		return true;
	}
	if (!q->owner ||
	    (!repository_enters(q, q->owner, "charter-doctor-other") &&
	     !repository_enters(q, q->owner, arena_printf(arena, "%s-other", q->name))))
		return false;
	wrong(q, q->t->writes ? DOCTOR_FAIL : DOCTOR_WARN, mend,
	      arena_printf(arena, "lets in other repositories of %s", q->owner));
	return true;
}

/* What may not enter a role that writes. */
static void writers_check(struct inquiry *q)
{
	static const struct {
		const char *context, *what;
	} rows[] = {
	    {"pull_request", "may write, and lets in pull requests"},
	    {"ref:refs/heads/charter-doctor", "may write, and lets in every branch"},
	    {"environment:charter-doctor", "may write, and lets in every environment"},
	};

	for (size_t i = 0; q->t->writes && q->owner && i < sizeof rows / sizeof *rows; i++)
		if (admits(q, subject(q, rows[i].context), NULL) ||
		    admits(q, subject_numbered(q, rows[i].context), NULL))
			wrong(q, DOCTOR_FAIL, line(q, right_context(q)), rows[i].what);
}

/* Whichever form GitHub gives to this repository, now or after a rename. */
static void forms_check(struct inquiry *q)
{
	const char *const contexts[] = {
	    "pull_request", context_in(q, ":environment:"),
	    arena_printf(q->d->arena, "ref:refs/heads/%s", q->t->branch)};

	if (!q->owner || !q->t->owner_id || !q->t->repository_id)
		return;
	for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++) {
		const char *context = contexts[i];
		bool named, numbered;

		if (!context || strpbrk(context, "*?"))
			continue;
		named = admits(q, subject(q, context), NULL);
		numbered = admits(q, subject_numbered(q, context), NULL);
		if (named != numbered)
			wrong(q, DOCTOR_WARN, line(q, context),
			      arena_printf(q->d->arena,
					   "knows one of the two forms of GitHub's subject for %s",
					   context));
	}
}

static void github_check(struct inquiry *q)
{
	if (strangers_enter(q))
		return;
	writers_check(q);
	forms_check(q);
}

static void gitlab_check(struct inquiry *q)
{
	struct arena *arena = q->d->arena;
	const char *project = q->t->repository ? q->t->repository : "GROUP/PROJECT";
	const char *mend = arena_printf(arena,
					"write the subject whole: \"StringEquals\": {\"%s:sub\": "
					"\"project_path:%s:ref_type:branch:ref:%s\"}",
					q->host, project, q->t->branch);

	if (admits(q, "project_path:charter-doctor/somebody-else:ref_type:branch:ref:main", NULL) ||
	    admits(q, "charter-doctor:somebody-else", NULL))
		wrong(q, DOCTOR_FAIL, mend, "lets in whatever its provider issues tokens to");
	else if (q->t->writes && q->t->repository &&
		 admits(q,
			arena_printf(arena, "project_path:%s:ref_type:branch:ref:charter-doctor",
				     project),
			NULL))
		wrong(q, DOCTOR_FAIL, mend, "may write, and lets in every branch");
}

static void provider_check(struct inquiry *q)
{
	if (admits(q, NULL, OTHER_AUDIENCE))
		wrong(q, DOCTOR_FAIL,
		      arena_printf(q->d->arena,
				   "test it too: \"StringEquals\": {\"%s:aud\": \"" AUDIENCE "\"}",
				   q->host),
		      "lets in tokens that were issued for others: `aud` is not tested");
	if (is_github(q->host))
		github_check(q);
	else
		gitlab_check(q);
}

static void provider_note(void *ctx, const struct trusted *trusted)
{
	struct inquiry *q = ctx;

	if (trusted->what != TRUSTED_FEDERATED || trusted->denied ||
	    !strstr(trusted->principal, ":oidc-provider/") || q->providers == PROVIDERS_MAX)
		return;
	for (size_t i = 0; i < q->providers; i++)
		if (strcmp(q->provider[i], trusted->principal) == 0)
			return;
	q->provider[q->providers++] = trusted->principal;
}

static bool findings_check(struct inquiry *q)
{
	struct trust_finding finding[TRUST_FINDINGS];
	size_t n = policy_trust_findings(q->policy, finding);

	for (size_t i = 0; i < n; i++)
		wrong(q, DOCTOR_FAIL, line(q, right_context(q)), finding[i].reason);
	return n > 0;
}

static void repository_split(struct inquiry *q)
{
	const char *slash = q->t->repository ? strchr(q->t->repository, '/') : NULL;

	if (!slash)
		return;
	q->owner = arena_memdup0(q->d->arena, q->t->repository, (size_t)(slash - q->t->repository));
	q->name = slash + 1;
}

void doctor_trust(struct doctor *d, const struct doctor_trust *t)
{
	struct policy *policy = policy_parse(t->trust);
	struct inquiry q = {.d = d, .t = t, .policy = policy, .host = GITHUB_HOST};

	repository_split(&q);
	policy_trusted(policy, provider_note, &q);
	if (!findings_check(&q))
		for (size_t i = 0; i < q.providers; i++) {
			q.arn = q.provider[i];
			q.host = strstr(q.arn, ":oidc-provider/") + strlen(":oidc-provider/");
			provider_check(&q);
		}
	if (!q.found)
		doctor_say(d, DOCTOR_OK, "trust", NULL, "%s%s", t->role,
			   q.providers ? ": strangers' tokens do not enter"
				       : ": no identity provider");
	policy_free(policy);
}
