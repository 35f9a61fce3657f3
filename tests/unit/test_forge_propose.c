/* Proposals on every forge: branch, commit and pull request, in as few requests as can be; lost
 * answers are looked after, and a branch that is there is left alone. */
#include "tests/unit/fake_forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FROM   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TREE   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define NEW    "cccccccccccccccccccccccccccccccccccccccc"
#define COMMIT "dddddddddddddddddddddddddddddddddddddddd"
#define BLOB   "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define BRANCH "charter/drift-1"
#define END                                                                                        \
	{                                                                                          \
		0                                                                                  \
	}

static const struct forge_settings github = {
    .kind = FORGE_GITHUB, .api = API, .repository = "acme/aws", .token = TOKEN};
static const struct forge_settings gitlab = {
    .kind = FORGE_GITLAB, .api = API, .repository = "acme/sub/aws", .token = TOKEN};
static const struct forge_settings gitea = {
    .kind = FORGE_GITEA, .api = API, .repository = "acme/aws", .token = TOKEN};

static const struct forge_file files[] = {
    {.path = "units.yaml", .data = "a: 1\n", .len = 5},
    {.path = "new.bin", .data = "\xff\xfe", .len = 2, .fresh = true},
    {.path = "old.yaml"},
};
static const struct forge_proposal proposal = {
    .branch = BRANCH,
    .into = "main",
    .commit = FROM,
    .title = "What changed outside git",
    .message = "drift: into git",
    .body = "See the issue.",
    .file = files,
    .files = 3,
};

static void propose(const struct forge_settings *settings, const char *header,
		    const struct step *steps, const char *wanted_url, const char *wanted_error)
{
	struct fake_forge *f = fake_forge_new(settings, header);
	const char *url = "unset";
	auto_error err = {0};
	int r;

	fake_forge_expect(f, steps);
	r = forge_propose(f->forge, &proposal, &url, &err);
	if (wanted_error) {
		assert_int_equal(r, -1);
		assert_error(&err, wanted_error);
	} else {
		assert_no_error(&err);
		assert_int_equal(r, 0);
		assert_string_equal(url, wanted_url);
	}
	fake_forge_free(f);
}

#define HUB_NO_BRANCH                                                                              \
	{                                                                                          \
		"GET", "/repos/acme/aws/branches/charter%2Fdrift-1", NULL, 404, NULL,              \
		    "{\"message\":\"Branch not found\"}"                                           \
	}
#define HUB_COMMIT                                                                                 \
	{                                                                                          \
		"GET", "/repos/acme/aws/git/commits/" FROM, NULL, 200, NULL,                       \
		    "{\"sha\":\"" FROM "\",\"tree\":{\"sha\":\"" TREE "\"}}"                       \
	}
#define HUB_TREE                                                                                   \
	{                                                                                          \
		"GET", "/repos/acme/aws/git/trees/" FROM "?recursive=1", NULL, 200, NULL,          \
		    "{\"truncated\":false,\"tree\":[{\"path\":\"units.yaml\",\"mode\":\"100755\"," \
		    "\"sha\":\"" BLOB "\"}]}"                                                      \
	}
#define HUB_BLOB                                                                                   \
	{                                                                                          \
		"POST", "/repos/acme/aws/git/blobs",                                               \
		    "{\"content\":\"//4=\",\"encoding\":\"base64\"}", 201, NULL,                   \
		    "{\"sha\":\"" BLOB "\"}"                                                       \
	}
#define HUB_PULL_REPLY                                                                             \
	"{\"number\":9,\"state\":\"open\",\"merged_at\":null,\"html_url\":"                        \
	"\"https://github.com/acme/aws/pull/9\",\"head\":{\"sha\":\"" COMMIT                       \
	"\",\"repo\":{\"id\":5}},\"base\":{\"ref\":\"main\",\"repo\":{\"id\":5}}}"
#define HUB_URL "https://github.com/acme/aws/pull/9"

static void test_github(void **state)
{
	static const struct step steps[] = {
	    HUB_NO_BRANCH,
	    HUB_COMMIT,
	    HUB_TREE,
	    HUB_BLOB,
	    {"POST", "/repos/acme/aws/git/trees",
	     "{\"base_tree\":\"" TREE "\",\"tree\":["
	     "{\"content\":\"a: 1\\n\",\"mode\":\"100755\",\"path\":\"units.yaml\",\"type\":"
	     "\"blob\"},{\"mode\":\"100644\",\"path\":\"new.bin\",\"sha\":\"" BLOB
	     "\",\"type\":\"blob\"},{\"mode\":\"100644\",\"path\":\"old.yaml\",\"sha\":null,"
	     "\"type\":\"blob\"}]}",
	     201, NULL, "{\"sha\":\"" NEW "\"}"},
	    {"POST", "/repos/acme/aws/git/commits",
	     "{\"message\":\"drift: into git\",\"parents\":[\"" FROM "\"],\"tree\":\"" NEW "\"}",
	     201, NULL, "{\"sha\":\"" COMMIT "\"}"},
	    {"POST", "/repos/acme/aws/git/refs",
	     "{\"ref\":\"refs/heads/" BRANCH "\",\"sha\":\"" COMMIT "\"}", 201, NULL, "{}"},
	    {"POST", "/repos/acme/aws/pulls",
	     "{\"base\":\"main\",\"body\":\"See the issue.\",\"head\":\"" BRANCH
	     "\",\"title\":\"What changed outside git\"}",
	     201, NULL, HUB_PULL_REPLY},
	    END};

	(void)state;
	propose(&github, "Authorization: Bearer ", steps, HUB_URL, NULL);
}

/* Objects are made again; of the branch and the pull request it is asked whether they are there. */
static void test_github_lost(void **state)
{
	static const struct step steps[] = {
	    HUB_NO_BRANCH,
	    HUB_COMMIT,
	    HUB_TREE,
	    HUB_BLOB,
	    {"POST", "/repos/acme/aws/git/trees", "base_tree", LOST, NULL, NULL},
	    {"POST", "/repos/acme/aws/git/trees", "base_tree", 201, NULL, "{\"sha\":\"" NEW "\"}"},
	    {"POST", "/repos/acme/aws/git/commits", "parents", 502, NULL, "<html>"},
	    {"POST", "/repos/acme/aws/git/commits", "parents", 201, NULL,
	     "{\"sha\":\"" COMMIT "\"}"},
	    {"POST", "/repos/acme/aws/git/refs", "refs/heads", LOST, NULL, NULL},
	    {"GET", "/repos/acme/aws/branches/charter%2Fdrift-1", NULL, 200, NULL,
	     "{\"commit\":{\"sha\":\"" COMMIT "\"}}"},
	    {"POST", "/repos/acme/aws/pulls", "title", LOST, NULL, NULL},
	    {"GET", "/repos/acme/aws/pulls?state=open&head=acme%3Acharter%2Fdrift-1&base=main",
	     NULL, 200, NULL, "[" HUB_PULL_REPLY "]"},
	    END};

	(void)state;
	propose(&github, "Authorization: Bearer ", steps, HUB_URL, NULL);
}

static void test_github_refused(void **state)
{
	static const struct step there[] = {{"GET", "/repos/acme/aws/branches/charter%2Fdrift-1",
					     NULL, 200, NULL,
					     "{\"commit\":{\"sha\":\"" COMMIT "\"}}"},
					    END};
	static const struct step forbidden[] = {
	    HUB_NO_BRANCH,
	    HUB_COMMIT,
	    HUB_TREE,
	    {"POST", "/repos/acme/aws/git/blobs", "base64", 403, NULL,
	     "{\"message\":\"Resource not accessible by integration\"}"},
	    END};
	static const struct step no_pull[] = {
	    HUB_NO_BRANCH,
	    HUB_COMMIT,
	    HUB_TREE,
	    HUB_BLOB,
	    {"POST", "/repos/acme/aws/git/trees", "base_tree", 201, NULL, "{\"sha\":\"" NEW "\"}"},
	    {"POST", "/repos/acme/aws/git/commits", "parents", 201, NULL,
	     "{\"sha\":\"" COMMIT "\"}"},
	    {"POST", "/repos/acme/aws/git/refs", "refs/heads", 201, NULL, "{}"},
	    {"POST", "/repos/acme/aws/pulls", "title", 403, NULL, "{\"message\":\"no\"}"},
	    END};

	(void)state;
	propose(&github, "Authorization: Bearer ", there, NULL,
		"branch " BRANCH " of acme/aws is there already");
	propose(&github, "Authorization: Bearer ", forbidden, NULL, "contents: write");
	propose(&github, "Authorization: Bearer ", no_pull, NULL,
		"branch " BRANCH " is made, and has no pull request");
}

#define LAB "/projects/acme%2Fsub%2Faws"
#define LAB_REQUEST                                                                                \
	"{\"iid\":9,\"state\":\"opened\",\"sha\":null,\"target_branch\":\"main\","                 \
	"\"target_project_id\":5,\"source_project_id\":5,\"web_url\":\"https://gitlab.com/x/9\"}"

static void test_gitlab(void **state)
{
	static const struct step steps[] = {
	    {"GET", LAB "/repository/branches/charter%2Fdrift-1", NULL, 404, NULL, "{}"},
	    {"POST", LAB "/repository/commits",
	     "{\"actions\":[{\"action\":\"update\",\"content\":\"YTogMQo=\",\"encoding\":"
	     "\"base64\","
	     "\"file_path\":\"units.yaml\"},{\"action\":\"create\",\"content\":\"//4=\","
	     "\"encoding\":\"base64\",\"file_path\":\"new.bin\"},{\"action\":\"delete\","
	     "\"file_path\":\"old.yaml\"}],\"branch\":\"" BRANCH
	     "\",\"commit_message\":\"drift: into git\",\"start_sha\":\"" FROM "\"}",
	     LOST, NULL, NULL},
	    {"GET", LAB "/repository/branches/charter%2Fdrift-1", NULL, 200, NULL,
	     "{\"commit\":{\"id\":\"" COMMIT "\"}}"},
	    {"POST", LAB "/merge_requests",
	     "{\"description\":\"See the issue.\",\"source_branch\":\"" BRANCH
	     "\",\"target_branch\":\"main\",\"title\":\"What changed outside git\"}",
	     201, NULL, LAB_REQUEST},
	    END};

	(void)state;
	propose(&gitlab, "PRIVATE-TOKEN: ", steps, "https://gitlab.com/x/9", NULL);
}

static void test_gitea(void **state)
{
	static const struct step steps[] = {
	    {"GET", "/repos/acme/aws/branches/charter%2Fdrift-1", NULL, 404, NULL, "{}"},
	    {"GET", "/repos/acme/aws/git/trees/" FROM "?recursive=true&page=1&per_page=1000", NULL,
	     200, NULL,
	     "{\"truncated\":true,\"tree\":[{\"path\":\"old.yaml\",\"sha\":\"" NEW "\"}]}"},
	    {"GET", "/repos/acme/aws/git/trees/" FROM "?recursive=true&page=2&per_page=1000", NULL,
	     200, NULL,
	     "{\"truncated\":false,\"tree\":[{\"path\":\"units.yaml\",\"sha\":\"" BLOB "\"}]}"},
	    {"POST", "/repos/acme/aws/branches",
	     "{\"new_branch_name\":\"" BRANCH "\",\"old_ref_name\":\"" FROM "\"}", LOST, NULL,
	     NULL},
	    {"GET", "/repos/acme/aws/branches/charter%2Fdrift-1", NULL, 200, NULL,
	     "{\"commit\":{\"id\":\"" FROM "\"}}"},
	    {"POST", "/repos/acme/aws/contents",
	     "\"files\":[{\"content\":\"YTogMQo=\",\"operation\":\"update\",\"path\":\"units."
	     "yaml\","
	     "\"sha\":\"" BLOB "\"},{\"content\":\"//4=\",\"operation\":\"create\",\"path\":"
	     "\"new.bin\"},{\"operation\":\"delete\",\"path\":\"old.yaml\",\"sha\":\"" NEW "\"}]",
	     LOST, NULL, NULL},
	    {"GET", "/repos/acme/aws/branches/charter%2Fdrift-1", NULL, 200, NULL,
	     "{\"commit\":{\"id\":\"" COMMIT "\"}}"},
	    {"POST", "/repos/acme/aws/pulls", "\"head\":\"" BRANCH "\"", 201, NULL,
	     "{\"number\":9,\"state\":\"open\",\"html_url\":\"https://git.example/9\",\"head\":"
	     "{\"sha\":\"" COMMIT "\",\"repo_id\":5},\"base\":{\"ref\":\"main\",\"repo_id\":5}}"},
	    END};

	(void)state;
	propose(&gitea, "Authorization: token ", steps, "https://git.example/9", NULL);
}

/* An operation of CodeCommit that is expected: "code" is an error. */
struct aws_step {
	const char *operation, *with, *code, *reply;
};
struct aws_script {
	const struct aws_step *step;
	size_t at;
};

static int lend(void *ctx, const char *operation, json_t *input, json_t **reply, char code[64],
		struct error *err)
{
	struct aws_script *s = ctx;
	const struct aws_step *step = &s->step[s->at];
	char *text = json_dumps(input, JSON_COMPACT | JSON_SORT_KEYS);

	assert_non_null(step->operation);
	assert_string_equal(operation, step->operation);
	if (step->with && !strstr(text, step->with))
		fail_msg("%s: %s", operation, text);
	free(text);
	json_decref(input);
	s->at++;
	if (step->code) {
		strcpy(code, step->code);
		return error_set(err, "%s", step->code);
	}
	*reply = json_loads(step->reply, 0, NULL);
	assert_non_null(*reply);
	return 0;
}

static void test_codecommit(void **state)
{
	static const struct aws_step steps[] = {
	    {"GetBranch", "\"branchName\":\"" BRANCH "\"", "BranchDoesNotExistException", NULL},
	    {"CreateBranch", "\"commitId\":\"" FROM "\"", "Reset", NULL},
	    {"CreateBranch", NULL, "BranchNameExistsException", NULL},
	    {"GetBranch", NULL, NULL, "{\"branch\":{\"commitId\":\"" FROM "\"}}"},
	    {"CreateCommit",
	     "\"parentCommitId\":\"" FROM "\",\"putFiles\":[{\"fileContent\":\"YTogMQo=\","
	     "\"filePath\":\"units.yaml\"},{\"fileContent\":\"//4=\",\"filePath\":\"new.bin\"}]",
	     "Reset", NULL},
	    {"CreateCommit", "\"deleteFiles\":[{\"filePath\":\"old.yaml\"}]",
	     "ParentCommitIdOutdatedException", NULL},
	    {"GetBranch", NULL, NULL, "{\"branch\":{\"commitId\":\"" COMMIT "\"}}"},
	    {"CreatePullRequest",
	     "\"targets\":[{\"destinationReference\":\"main\",\"repositoryName\":\"cloud\","
	     "\"sourceReference\":\"" BRANCH "\"}]",
	     NULL, "{\"pullRequest\":{\"pullRequestId\":\"9\"}}"},
	    {0}};
	struct aws_script script = {.step = steps};
	struct forge_settings settings = {
	    .kind = FORGE_CODECOMMIT, .repository = "cloud", .aws = lend, .aws_ctx = &script};
	struct fake_forge *f = fake_forge_new(&settings, "Authorization: ");
	const char *url = "unset";
	auto_error err = {0};

	(void)state;
	assert_int_equal(forge_propose(f->forge, &proposal, &url, &err), 0);
	assert_null(url);
	assert_null(steps[script.at].operation);
	assert_false(forge_has_issues(f->forge));
	fake_forge_free(f);
}

static void test_senseless(void **state)
{
	static const char *const branches[] = {"",     "-x",   "a..b",   "a b", "/a", "a/",
					       "a\nb", "a//b", "x.lock", ".a",  "é"};
	static const char *const paths[] = {"", "/a", "a//b", "../a", "a/./b", ".git/config", "a/"};
	struct fake_forge *f = fake_forge_new(&github, "Authorization: Bearer ");
	struct forge_file file = {.path = "a", .data = "", .len = 0};
	struct forge_proposal p = proposal;
	auto_error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof branches / sizeof *branches; i++) {
		p.branch = branches[i];
		assert_int_equal(forge_propose(f->forge, &p, NULL, &err), -1);
		assert_error(&err, "no plain name of a branch");
	}
	p = proposal;
	p.file = &file;
	p.files = 1;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		file.path = paths[i];
		assert_int_equal(forge_propose(f->forge, &p, NULL, &err), -1);
		assert_error(&err, "no path of a file");
	}
	fake_forge_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_github),         cmocka_unit_test(test_github_lost),
	    cmocka_unit_test(test_github_refused), cmocka_unit_test(test_gitlab),
	    cmocka_unit_test(test_gitea),          cmocka_unit_test(test_codecommit),
	    cmocka_unit_test(test_senseless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
