/* What the environments of CI systems say, and what of it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/web_url.h"
#include "reconciler/ci.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHA1   "1111111111111111111111111111111111111111"
#define SHA2   "2222222222222222222222222222222222222222"
#define EVENT  "EVENT" /* in an environment: the name of the file that holds the case's event */
#define VALUES 24
#define PULL(n, sha, from, into)                                                                   \
	"{\"pull_request\":{\"number\":" n ",\"head\":{\"sha\":\"" sha                             \
	"\",\"repo\":{\"full_name\":\"" from "\"}},\"base\":{\"repo\":{\"full_name\":\"" into      \
	"\"}}}}"

struct variable {
	const char *name, *value;
};

static const struct variable *variables;
static char event_file[64];

static const char *environment(const char *name)
{
	for (const struct variable *v = variables; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return strcmp(v->value, EVENT) == 0 ? event_file : v->value;
	return NULL;
}

static void event_write(const char *text)
{
	int fd;

	snprintf(event_file, sizeof event_file, "/tmp/charter-event-XXXXXX");
	fd = mkstemp(event_file);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void same(const char *name, const char *what, const char *got, const char *want)
{
	if ((got == NULL) != (want == NULL) || (got && strcmp(got, want) != 0))
		fail_msg("%s: %s is %s, not %s", name, what, got ? got : "NULL",
			 want ? want : "NULL");
}

#define GITHUB                                                                                     \
	{"GITHUB_ACTIONS", "true"}, {"GITHUB_SERVER_URL", "https://github.com"},                   \
	    {"GITHUB_API_URL", "https://api.github.com"}, {"GITHUB_REPOSITORY", "acme/config"},    \
	    {"GITHUB_RUN_ID", "77"},                                                               \
	{                                                                                          \
		"GITHUB_RUN_NUMBER", "5"                                                           \
	}
#define GITLAB                                                                                     \
	{"GITLAB_CI", "true"}, {"CI_API_V4_URL", "https://gitlab.example.com/api/v4"},             \
	    {"CI_PROJECT_ID", "31"}, {"CI_PROJECT_URL", "https://gitlab.example.com/acme/config"}, \
	    {"CI_COMMIT_SHA", SHA1},                                                               \
	{                                                                                          \
		"CI_JOB_URL", "https://gitlab.example.com/acme/config/-/jobs/9"                    \
	}

static const struct ci_case {
	const char *name;
	struct variable env[VALUES];
	const char *event;
	struct ci want;
} cases[] = {
    {"none", {{"GITHUB_REPOSITORY", "acme/config"}}, NULL, {.kind = CI_NONE}},
    {"not said to be true", {{"GITHUB_ACTIONS", "1"}}, NULL, {.kind = CI_NONE}},
    {"nothing but the word", {{"GITHUB_ACTIONS", "true"}}, NULL, {.kind = CI_GITHUB}},
    {"a push",
     {GITHUB,
      {"GITHUB_SHA", SHA1},
      {"GITHUB_REF", "refs/heads/main"},
      {"GITHUB_RUN_ATTEMPT", "1"},
      {"GITHUB_EVENT_PATH", EVENT},
      {"GH_TOKEN", "ghs_a"},
      {"GITHUB_STEP_SUMMARY", "/r/summary"},
      {"GITHUB_OUTPUT", "/r/out put"}},
     "{\"ref\":\"refs/heads/main\"}",
     {.kind = CI_GITHUB,
      .has_forge = true,
      .forge = FORGE_GITHUB,
      .api = "https://api.github.com",
      .web = "https://github.com/acme/config",
      .repository = "acme/config",
      .token = "ghs_a",
      .commit = SHA1,
      .run_url = "https://github.com/acme/config/actions/runs/77",
      .summary_file = "/r/summary",
      .output_file = "/r/out put"}},
    {"a pull request, run again",
     {GITHUB,
      {"GITHUB_SHA", SHA1},
      {"GITHUB_REF", "refs/pull/12/merge"},
      {"GITHUB_RUN_ATTEMPT", "2"},
      {"GITHUB_TOKEN", "t"},
      {"GH_TOKEN", "other"},
      {"GITHUB_EVENT_PATH", EVENT}},
     PULL("12", SHA2, "acme/config", "acme/config"),
     {.kind = CI_GITHUB,
      .has_forge = true,
      .forge = FORGE_GITHUB,
      .api = "https://api.github.com",
      .web = "https://github.com/acme/config",
      .repository = "acme/config",
      .token = "t",
      .pull = "12",
      .commit = SHA2,
      .run_url = "https://github.com/acme/config/actions/runs/77/attempts/2"}},
    {"a fork",
     {GITHUB, {"GITHUB_EVENT_PATH", EVENT}},
     PULL("13", SHA2, "eve/config", "acme/config"),
     {.kind = CI_GITHUB,
      .has_forge = true,
      .forge = FORGE_GITHUB,
      .api = "https://api.github.com",
      .web = "https://github.com/acme/config",
      .repository = "acme/config",
      .pull = "13",
      .commit = SHA2,
      .fork = true,
      .run_url = "https://github.com/acme/config/actions/runs/77"}},
    {"a fork that is gone",
     {{"GITHUB_ACTIONS", "true"}, {"GITHUB_EVENT_PATH", EVENT}},
     "{\"pull_request\":{\"number\":1,\"head\":{\"sha\":\"" SHA2
     "\",\"repo\":null},\"base\":{\"repo\":{\"full_name\":\"acme/config\"}}}}",
     {.kind = CI_GITHUB, .pull = "1", .commit = SHA2, .fork = true}},
    {"a merge commit and no event",
     {{"GITHUB_ACTIONS", "true"}, {"GITHUB_REF", "refs/pull/7/merge"}, {"GITHUB_SHA", SHA1}},
     NULL,
     {.kind = CI_GITHUB, .pull = "7"}},
    {"Enterprise",
     {{"GITHUB_ACTIONS", "true"},
      {"GITHUB_SERVER_URL", "https://ghe.example.com/"},
      {"GITHUB_REPOSITORY", "acme/config"}},
     NULL,
     {.kind = CI_GITHUB,
      .has_forge = true,
      .forge = FORGE_GITHUB,
      .api = "https://ghe.example.com/api/v3",
      .web = "https://ghe.example.com/acme/config",
      .repository = "acme/config"}},
    {"Gitea",
     {GITHUB,
      {"GITEA_ACTIONS", "true"},
      {"GITHUB_REF", "refs/pull/3/head"},
      {"GITHUB_SHA", SHA1},
      {"GITHUB_RUN_ATTEMPT", "2"},
      {"GITHUB_TOKEN", "c"},
      {"GITEA_TOKEN", "b"}},
     NULL,
     {.kind = CI_GITHUB,
      .has_forge = true,
      .forge = FORGE_GITEA,
      .api = "https://github.com/api/v1",
      .web = "https://github.com/acme/config",
      .repository = "acme/config",
      .token = "b",
      .pull = "3",
      .commit = SHA1,
      .run_url = "https://github.com/acme/config/actions/runs/77"}},
    {"Forgejo",
     {GITHUB, {"FORGEJO_ACTIONS", "true"}, {"GITEA_ACTIONS", "true"}, {"FORGEJO_TOKEN", "f"}},
     NULL,
     {.kind = CI_GITHUB,
      .has_forge = true,
      .forge = FORGE_GITEA,
      .api = "https://github.com/api/v1",
      .web = "https://github.com/acme/config",
      .repository = "acme/config",
      .token = "f",
      .run_url = "https://github.com/acme/config/actions/runs/5"}},
    {"GitLab, a branch",
     {GITLAB, {"GITLAB_TOKEN", "glpat-1"}},
     NULL,
     {.kind = CI_GITLAB,
      .has_forge = true,
      .forge = FORGE_GITLAB,
      .api = "https://gitlab.example.com/api/v4",
      .web = "https://gitlab.example.com/acme/config",
      .repository = "31",
      .token = "glpat-1",
      .commit = SHA1,
      .run_url = "https://gitlab.example.com/acme/config/-/jobs/9"}},
    {"GitLab, a merge request in its project",
     {GITLAB,
      {"CI_MERGE_REQUEST_IID", "4"},
      {"CI_MERGE_REQUEST_PROJECT_ID", "31"},
      {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "31"},
      {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", ""}},
     NULL,
     {.kind = CI_GITLAB,
      .has_forge = true,
      .forge = FORGE_GITLAB,
      .api = "https://gitlab.example.com/api/v4",
      .web = "https://gitlab.example.com/acme/config",
      .repository = "31",
      .pull = "4",
      .commit = SHA1,
      .run_url = "https://gitlab.example.com/acme/config/-/jobs/9"}},
    {"GitLab, merged results of a fork's merge request",
     {GITLAB,
      {"CI_MERGE_REQUEST_IID", "4"},
      {"CI_MERGE_REQUEST_PROJECT_ID", "12"},
      {"CI_MERGE_REQUEST_PROJECT_URL", "https://gitlab.example.com/top/config"},
      {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "31"},
      {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", SHA2}},
     NULL,
     {.kind = CI_GITLAB,
      .has_forge = true,
      .forge = FORGE_GITLAB,
      .api = "https://gitlab.example.com/api/v4",
      .web = "https://gitlab.example.com/top/config",
      .repository = "12",
      .pull = "4",
      .commit = SHA2,
      .fork = true,
      .run_url = "https://gitlab.example.com/acme/config/-/jobs/9"}},
    {"CodeBuild of GitHub",
     {{"CODEBUILD_BUILD_ID", "plan:1"},
      {"CODEBUILD_BUILD_URL", "https://eu-west-1.console.aws.amazon.com/codebuild/"
			      "home?region=eu-west-1#/builds/plan:1/view/new"},
      {"CODEBUILD_RESOLVED_SOURCE_VERSION", SHA1},
      {"CODEBUILD_WEBHOOK_TRIGGER", "pr/12"},
      {"CODEBUILD_SOURCE_REPO_URL", "https://github.com/acme/config.git"},
      {"GITHUB_TOKEN", "t"}},
     NULL,
     {.kind = CI_CODEBUILD,
      .has_forge = true,
      .forge = FORGE_GITHUB,
      .api = "https://api.github.com",
      .web = "https://github.com/acme/config",
      .repository = "acme/config",
      .token = "t",
      .pull = "12",
      .commit = SHA1,
      .run_url = "https://eu-west-1.console.aws.amazon.com/codebuild/"
		 "home?region=eu-west-1#/builds/plan:1/view/new"}},
    {"CodeBuild of CodeCommit",
     {{"CODEBUILD_BUILD_ID", "plan:1"},
      {"CODEBUILD_RESOLVED_SOURCE_VERSION", SHA1},
      {"CODEBUILD_WEBHOOK_TRIGGER", "branch/main"},
      {"CODEBUILD_SOURCE_REPO_URL",
       "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/org-config"}},
     NULL,
     {.kind = CI_CODEBUILD,
      .has_forge = true,
      .forge = FORGE_CODECOMMIT,
      .repository = "org-config",
      .commit = SHA1}},
    {"CodeBuild of a bucket",
     {{"CODEBUILD_BUILD_ID", "plan:1"},
      {"CODEBUILD_RESOLVED_SOURCE_VERSION", "arn:aws:s3:::bucket/key"},
      {"CODEBUILD_SOURCE_REPO_URL", "bucket/key"}},
     NULL,
     {.kind = CI_CODEBUILD}},
    {"CodeBuild of a host that only looks like CodeCommit",
     {{"CODEBUILD_BUILD_ID", "plan:1"},
      {"CODEBUILD_SOURCE_REPO_URL", "https://git-codecommit.example.com/v1/repos/"
				    "x.amazonaws.com"}},
     NULL,
     {.kind = CI_CODEBUILD}},
};

static void case_run(const struct ci_case *c)
{
	struct env env = {.getenv = environment};
	struct arena *arena = arena_new();
	auto_error err = {0};
	struct ci ci;

	variables = c->env;
	if (c->event)
		event_write(c->event);
	if (ci_read(&env, arena, &ci, &err) != 0)
		fail_msg("%s: %s", c->name, err.message);
	if (c->event)
		unlink(event_file);
	assert_int_equal(ci.kind, c->want.kind);
	if (ci.has_forge != c->want.has_forge || ci.fork != c->want.fork ||
	    (ci.has_forge && ci.forge != c->want.forge))
		fail_msg("%s: has_forge %d, forge %d, fork %d", c->name, ci.has_forge, ci.forge,
			 ci.fork);
	same(c->name, "api", ci.api, c->want.api);
	same(c->name, "web", ci.web, c->want.web);
	same(c->name, "repository", ci.repository, c->want.repository);
	same(c->name, "token", ci.token, c->want.token);
	same(c->name, "pull", ci.pull, c->want.pull);
	same(c->name, "commit", ci.commit, c->want.commit);
	same(c->name, "run_url", ci.run_url, c->want.run_url);
	same(c->name, "summary_file", ci.summary_file, c->want.summary_file);
	same(c->name, "output_file", ci.output_file, c->want.output_file);
	arena_free(arena);
}

static void test_environments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		case_run(&cases[i]);
}

static const struct wrong_case {
	struct variable env[6];
	const char *event;
	const char *says; /* and never the value of a token */
} wrongs[] = {
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_REPOSITORY", "acme"}}, NULL, "GITHUB_REPOSITORY"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_REPOSITORY", "acme/.."}}, NULL, "GITHUB_REPOSITORY"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_REPOSITORY", "a/b/c"}}, NULL, "GITHUB_REPOSITORY"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_REPOSITORY", "a/b?x=1"}}, NULL, "GITHUB_REPOSITORY"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_API_URL", "http://api.github.com"}},
     NULL,
     "GITHUB_API_URL"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_API_URL", "https://api.github.com?x"}},
     NULL,
     "GITHUB_API_URL"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_SERVER_URL", "https://eve@github.com"}},
     NULL,
     "GITHUB_SERVER_URL"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_SHA", "HEAD"}}, NULL, "GITHUB_SHA"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_RUN_ID", "1\n::error::x"}}, NULL, "GITHUB_RUN_ID"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_REF", "refs/pull/x/merge"}}, NULL, "GITHUB_REF"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_REF", "refs/pull/0/merge"}}, NULL, "GITHUB_REF"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_TOKEN", "sesame\r\nX: y"}}, NULL, "GITHUB_TOKEN"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_EVENT_PATH", "/nonexistent/event"}},
     NULL,
     "GITHUB_EVENT_PATH: /nonexistent/event"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_EVENT_PATH", EVENT}}, "{", "GITHUB_EVENT_PATH"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_EVENT_PATH", EVENT}}, "[]", "GITHUB_EVENT_PATH"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_EVENT_PATH", EVENT}},
     "{\"pull_request\":{\"number\":\"12\"}}",
     "GITHUB_EVENT_PATH"},
    {{{"GITHUB_ACTIONS", "true"}, {"GITHUB_EVENT_PATH", EVENT}},
     "{\"pull_request\":{\"number\":12,\"head\":{\"sha\":\"main\"}}}",
     "GITHUB_EVENT_PATH"},
    {{{"GITLAB_CI", "true"}, {"CI_MERGE_REQUEST_IID", "../1"}}, NULL, "CI_MERGE_REQUEST_IID"},
    {{{"GITLAB_CI", "true"}, {"CI_JOB_URL", "javascript:alert(1)"}}, NULL, "CI_JOB_URL"},
    {{{"GITLAB_CI", "true"}, {"CI_PROJECT_ID", "acme/config"}}, NULL, "CI_PROJECT_ID"},
    {{{"CODEBUILD_BUILD_ID", "x"}, {"CODEBUILD_WEBHOOK_TRIGGER", "pr/1/2"}},
     NULL,
     "CODEBUILD_WEBHOOK_TRIGGER"},
    {{{"CODEBUILD_BUILD_ID", "x"}, {"CODEBUILD_SOURCE_REPO_URL", "https://github.com/acme"}},
     NULL,
     "CODEBUILD_SOURCE_REPO_URL"},
};

static void test_hostile_values_are_refused(void **state)
{
	struct env env = {.getenv = environment};

	(void)state;
	for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
		struct arena *arena = arena_new();
		auto_error err = {0};
		struct ci ci;

		variables = wrongs[i].env;
		if (wrongs[i].event)
			event_write(wrongs[i].event);
		if (ci_read(&env, arena, &ci, &err) == 0)
			fail_msg("%s was taken", wrongs[i].says);
		if (!strstr(err.message, wrongs[i].says) || strstr(err.message, "sesame"))
			fail_msg("not told: %s: %s", wrongs[i].says, err.message);
		if (wrongs[i].event)
			unlink(event_file);
		arena_free(arena);
	}
}

static void test_links_to_lines(void **state)
{
	struct ci ci = {.has_forge = true, .web = "https://h/a/b"};
	struct arena *arena = arena_new();

	(void)state;
	ci.forge = FORGE_GITHUB;
	assert_string_equal(ci_blob_url(&ci, arena, SHA1, ""), "https://h/a/b/blob/" SHA1 "/");
	assert_string_equal(ci_blob_url(&ci, arena, SHA1, "aws/my org"),
			    "https://h/a/b/blob/" SHA1 "/aws/my%20org/");
	ci.forge = FORGE_GITLAB;
	assert_string_equal(ci_blob_url(&ci, arena, SHA1, NULL), "https://h/a/b/-/blob/" SHA1 "/");
	ci.forge = FORGE_GITEA;
	assert_string_equal(ci_blob_url(&ci, arena, SHA1, "x)"),
			    "https://h/a/b/src/commit/" SHA1 "/x%29/");
	assert_null(ci_blob_url(&ci, arena, "main", ""));
	assert_null(ci_blob_url(&ci, arena, NULL, ""));
	ci.forge = FORGE_CODECOMMIT;
	assert_null(ci_blob_url(&ci, arena, SHA1, ""));
	ci.forge = FORGE_GITHUB;
	ci.web = NULL;
	assert_null(ci_blob_url(&ci, arena, SHA1, ""));
	arena_free(arena);
}

static void test_web_urls(void **state)
{
	static const char *const good[] = {
	    "https://github.com",
	    "https://h.example.com:8443/api/v4/x_y~z",
	    "http://127.0.0.1:8080/api",
	    "http://localhost",
	    "http://[::1]:80/api",
	    "https://h/a?b=c#d",
	    "https://h/a@b",
	};
	static const char *const bad[] = {
	    "",
	    "https://",
	    "https:///a",
	    "ftp://h",
	    "HTTPS://h",
	    "http://h",
	    "http://127.0.0.1.example.com",
	    "http://[::2]",
	    "http://localhost.example.com",
	    "https://u@h",
	    "https://u:p@h/",
	    "https://h:",
	    "https://h:80x",
	    "https://h:123456",
	    "https://h/a b",
	    "https://h/\"",
	    "https://h/)",
	    "https://h/<",
	    "https://h/`",
	    "https://h/\n",
	    "https://h/\xc3\xa9",
	    "https://[::1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!web_url_valid(good[i]))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (web_url_valid(bad[i]))
			fail_msg("%s is taken", bad[i]);
	assert_true(web_url_is_base("https://h/a"));
	assert_false(web_url_is_base("https://h/a?b") || web_url_is_base("https://h/a#b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_environments),
	    cmocka_unit_test(test_hostile_values_are_refused),
	    cmocka_unit_test(test_links_to_lines),
	    cmocka_unit_test(test_web_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
