/* Every function on every forge: what is asked, what is understood, what is tried again, and that
 * nothing hostile in an answer gets any further. */
#include "tests/unit/fake_forge.h"

#include "base/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SHA_C "cccccccccccccccccccccccccccccccccccccccc"
#define MARK  "<!-- charter: {} -->"
#define END                                                                                        \
	{                                                                                          \
		0                                                                                  \
	}

static const struct forge_settings github = {
    .kind = FORGE_GITHUB, .api = API, .repository = "acme/aws", .token = TOKEN};
static const struct forge_settings gitlab = {
    .kind = FORGE_GITLAB, .api = API "/", .repository = "acme/sub/aws", .token = TOKEN};
static const struct forge_settings gitea = {
    .kind = FORGE_GITEA, .api = API, .repository = "acme/aws", .token = TOKEN};
#define BEARER        "Authorization: Bearer "
#define PRIVATE_TOKEN "PRIVATE-TOKEN: "
#define GITEA_TOKEN   "Authorization: token "

static int open_github(void **state)
{
	*state = fake_forge_new(&github, BEARER);
	return 0;
}

static int open_gitlab(void **state)
{
	*state = fake_forge_new(&gitlab, PRIVATE_TOKEN);
	return 0;
}

static int open_gitea(void **state)
{
	*state = fake_forge_new(&gitea, GITEA_TOKEN);
	return 0;
}

static int close_forge(void **state)
{
	fake_forge_free(*state);
	return 0;
}

static void refused(struct forge_settings s, const char *has)
{
	struct arena *arena = arena_new();
	struct env env = {0};
	struct forge *forge;
	auto_error err = {0};

	assert_int_equal(forge_open(&forge, &env, arena, &s, &err), -1);
	assert_null(forge);
	assert_error(&err, has);
	arena_free(arena);
}

static void test_settings(void **state)
{
	static const char *const apis[] = {"http://forge.example.com",
					   "ftp://a",
					   "https://a?b",
					   "https://user@a",
					   "https://a\nb",
					   "",
					   NULL};
	static const char *const names[] = {"acme",      "acme/aws/x", "/aws", "acme/", "../aws",
					    "acme/a\nw", "acme/a?w",   "",     NULL};
	static const char *const tokens[] = {"CANARY\nX: y", "CANARY x", "CANARY\x7f",
					     "CANARY\xc3\xa4"};
	struct forge_settings s = github;

	(void)state;
	for (size_t i = 0; i < sizeof apis / sizeof *apis; i++) {
		s.api = apis[i];
		refused(s, "no address of an API");
	}
	s = github;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		s.repository = names[i];
		refused(s, "OWNER/NAME");
	}
	s = github;
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		s.token = tokens[i];
		refused(s, "a line's end");
	}
	s.token = "";
	refused(s, "no token");
	s = gitlab;
	s.token = "glcbt-64_CANARY";
	refused(s, "CI_JOB_TOKEN");
	assert_int_equal(forge_kind_find("forgejo"), FORGE_GITEA);
	assert_int_equal(forge_kind_find("codecommit"), FORGE_CODECOMMIT);
	assert_int_equal(forge_kind_find("svn"), -1);
	assert_int_equal(forge_comment_max(FORGE_GITHUB), 60000);
	assert_int_equal(forge_comment_max(FORGE_CODECOMMIT), 10240);
	assert_string_equal(forge_name(FORGE_GITLAB), "GitLab");
}

#define GITHUB_PULL(number, head_repo, merged_at, extra)                                           \
	"{\"number\":" number ",\"state\":\"open\",\"merged_at\":" merged_at                       \
	",\"merge_commit_sha\":\"" SHA_B "\",\"html_url\":\"https://github.com/acme/aws/pull/7\"," \
	"\"head\":{\"sha\":\"" SHA_A "\",\"repo\":" head_repo                                      \
	"},\"base\":{\"ref\":\"main\",\"repo\":{\"id\":5}}" extra "}"
#define DATE "\"2026-11-22T01:00:00Z\""

static void assert_pull(const struct forge_pull *p, const char *number, const char *merged,
			bool open, bool fork)
{
	assert_string_equal(p->number, number);
	assert_string_equal(p->head, SHA_A);
	assert_string_equal(p->branch, "main");
	if (merged == NULL)
		assert_null(p->merged);
	else
		assert_string_equal(p->merged, merged);
	assert_int_equal(p->open, open);
	assert_int_equal(p->fork, fork);
}

static void test_github_pulls(void **state)
{
	static const struct step steps[] = {
	    {"GET", "/repos/acme/aws/pulls/7", NULL, 200, NULL,
	     GITHUB_PULL("7", "{\"id\":5}", "null", "")},
	    {"GET", "/repos/acme/aws/pulls/7", NULL, 200, NULL,
	     GITHUB_PULL("7", "{\"id\":6}", DATE, "")},
	    /* Its repository was deleted. */
	    {"GET", "/repos/acme/aws/pulls/7", NULL, 200, NULL,
	     GITHUB_PULL("7", "null", "null", "")},
	    {"GET", "/repos/acme/aws/commits/" SHA_B "/pulls?per_page=100", NULL, 200,
	     "link: <" API "/two?page=1>; rel=\"prev\", <" API "/two?page=2>; rel=\"next\"\n",
	     "[" GITHUB_PULL("3", "{\"id\":5}", "null", "") "," GITHUB_PULL("4", "{\"id\":5}", DATE,
									    "") "]"},
	    {"GET", "/two?page=2", NULL, 200, "link: <" API "/two?page=1>; rel=\"first\"\n",
	     "[" GITHUB_PULL("5", "{\"id\":5}", DATE, "") "]"},
	    END};
	struct fake_forge *f = *state;
	struct forge_pull pull;
	struct forge_pulls pulls;
	auto_error err = {0};

	fake_forge_expect(f, steps);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_pull(&pull, "7", NULL, true, false);
	assert_string_equal(pull.url, "https://github.com/acme/aws/pull/7");
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_pull(&pull, "7", SHA_B, true, true);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_pull(&pull, "7", NULL, true, true);
	assert_int_equal(forge_pulls_of(f->forge, SHA_B, &pulls, &err), 0);
	assert_int_equal(pulls.n, 2);
	assert_string_equal(pulls.at[0].number, "4");
	assert_string_equal(pulls.at[1].number, "5");
	fake_forge_finish(f);
	assert_int_equal(forge_pull_read(f->forge, "7/../8", &pull, &err), -1);
	assert_error(&err, "no number");
	assert_int_equal(forge_pulls_of(f->forge, "main", &pulls, &err), -1);
	assert_error(&err, "no whole commit id");
}

#define GITHUB_COMMENT(id, user, body)                                                             \
	"{\"id\":" id ",\"node_id\":\"IC_" id "\",\"body\":" body ",\"user\":" user                \
	",\"created_at\":" DATE "}"
#define BOT "{\"login\":\"github-actions[bot]\"}"
#define NODE(id, mine, minimized, editor)                                                          \
	"{\"id\":\"IC_" id "\",\"viewerDidAuthor\":" mine ",\"isMinimized\":" minimized            \
	",\"author\":{\"login\":\"github-actions\"},\"editor\":" editor "}"

static void test_github_comments(void **state)
{
	static const struct step steps[] = {
	    {"GET", "/repos/acme/aws/issues/7/comments?per_page=100", NULL, 200,
	     "link: <" API "/c?a=<b>&page=2>; rel=\"last\"\n",
	     "[" GITHUB_COMMENT("30", BOT, "\"" MARK "\\r\\ntext\"") "," GITHUB_COMMENT(
		 "12", "null",
		 "\"hello\"") "," GITHUB_COMMENT("14", BOT,
						 "\"" MARK
						 "\"") "," GITHUB_COMMENT("13", BOT,
									  "null") "," GITHUB_COMMENT("15",
												     BOT,
												     "\"\\u0000" MARK
												     "\"") "]"},
	    {"POST", "/graphql", "\"variables\":{\"ids\":[\"IC_30\",\"IC_14\"]}", 200, NULL,
	     "{\"data\":{\"nodes\":[" NODE(
		 "30", "true", "true",
		 "{\"login\":\"mallory\"}") ",null," NODE("14", "false", "false",
							  "{\"login\":\"github-"
							  "actions\"}") "]},"
									"\"errors\""
									":[{"
									"\"type\":"
									"\"NOT_"
									"FOUND\","
									"\"message"
									"\":"
									"\"gone\"}]"
									"}"},
	    END};
	struct fake_forge *f = *state;
	struct forge_comments c;
	auto_error err = {0};

	fake_forge_expect(f, steps);
	if (forge_comments_read(f->forge, "7", &c, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(c.n, 5);
	assert_string_equal(c.at[0].id, "12");
	assert_string_equal(c.at[0].author, "");
	assert_string_equal(c.at[1].body, "");
	assert_true(!c.at[2].ours && !c.at[2].altered && !c.at[2].hidden);
	assert_string_equal(c.at[3].body, "");
	assert_true(c.at[4].ours && c.at[4].altered && c.at[4].hidden);
	assert_string_equal(c.at[4].body, MARK "\ntext");
	assert_string_equal(c.at[4].node, "IC_30");
	assert_int_equal(c.at[4].created_us, FAKE_NOW_US - 123000000LL);
}

#define GITHUB_ADD(status, headers, body)                                                          \
	{                                                                                          \
		"POST", "/repos/acme/aws/issues/7/comments", "{\"body\":\"" MARK "\\n*x*\"}",      \
		    status, headers, body                                                          \
	}
#define GITHUB_LIST(body)                                                                          \
	{                                                                                          \
		"GET", "/repos/acme/aws/issues/7/comments?per_page=100", NULL, 200, NULL, body     \
	}
#define BODY MARK "\n*x*"

static void test_github_writing(void **state)
{
	static const struct step steps[] = {
	    GITHUB_ADD(201, NULL, GITHUB_COMMENT("40", BOT, "\"" MARK "\"")),
	    {"PATCH", "/repos/acme/aws/issues/comments/40", "{\"body\":\"new\"}", 200, NULL,
	     GITHUB_COMMENT("40", BOT, "\"new\"")},
	    {"PATCH", "/repos/acme/aws/issues/comments/40", "{\"body\":\"" MARK "\"}", 200, NULL,
	     GITHUB_COMMENT("40", BOT, "\"" MARK "\"")},
	    {"POST", "/graphql", "\"variables\":{\"id\":\"IC_40\"}", 200, NULL,
	     "{\"data\":{\"minimizeComment\":{\"minimizedComment\":{\"isMinimized\":true}}}}"},
	    {"POST", "/graphql", "classifier:OUTDATED", 200, NULL,
	     "{\"data\":{\"minimizeComment\":null},\"errors\":[{\"type\":\"FORBIDDEN\","
	     "\"message\":\"no \\u001b[31m\"}]}"},
	    /* A lost one is looked at. */
	    {"POST", "/graphql", "minimizeComment", LOST, NULL, NULL},
	    {"POST", "/graphql", "\"ids\":[\"IC_40\"]", 200, NULL,
	     "{\"data\":{\"nodes\":[" NODE("40", "true", "true", "null") "]}}"},
	    END};
	struct fake_forge *f = *state;
	struct forge_comment made;
	auto_error err = {0};

	fake_forge_expect(f, steps);
	assert_int_equal(forge_comment_add(f->forge, "7", BODY, &made, &err), 0);
	assert_string_equal(made.id, "40");
	assert_string_equal(made.node, "IC_40");
	assert_true(made.ours);
	/* Nothing is changed: nothing is sent. */
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, MARK "\n", &err), 0);
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, "new", &err), 0);
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, "new", &err), 0);
	/* What was read before is not what is there now. */
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, MARK, &err), 0);
	assert_true(forge_can_hide(f->forge));
	assert_int_equal(forge_comment_hide(f->forge, &made, &err), 0);
	assert_int_equal(forge_comment_hide(f->forge, &made, &err), -1);
	assert_error(&err, "pull-requests: write");
	assert_int_equal(forge_comment_hide(f->forge, &made, &err), 0);
	fake_forge_finish(f);
	made.id = "1/2";
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, MARK, &err), -1);
	assert_error(&err, "no sensible id");
	assert_int_equal(forge_comment_add(f->forge, "7", "\xff", NULL, &err), -1);
	assert_error(&err, "UTF-8");
}

/* Enterprise has GraphQL beside its REST API. */
static void test_github_enterprise(void **state)
{
	static const struct step steps[] = {
	    {"GET", API "/v3/repos/acme/aws/issues/7/comments?per_page=100", NULL, 200, NULL,
	     "[" GITHUB_COMMENT("30", BOT, "\"" MARK "\"") "]"},
	    {"POST", API "/graphql", "IC_30", 200, NULL,
	     "{\"data\":{\"nodes\":[" NODE("30", "true", "false", "null") "]}}"},
	    END};
	struct forge_settings s = github;
	struct fake_forge *f;
	struct forge_comments c;
	auto_error err = {0};

	(void)state;
	s.api = API "/v3";
	f = fake_forge_new(&s, BEARER);
	fake_forge_expect(f, steps);
	assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), 0);
	assert_true(c.n == 1 && c.at[0].ours);
	fake_forge_free(f);
}

#define OURS(id)                                                                                   \
	{                                                                                          \
		"POST", "/graphql", "IC_" id, 200, NULL,                                           \
		    "{\"data\":{\"nodes\":[" NODE(id, "true", "false", "null") "]}}"               \
	}

/* A comment whose answer was lost is looked for, and written again only if it is not there. */
static void test_lost_writes(void **state)
{
	static const struct step found[] = {
	    GITHUB_ADD(LOST, NULL, NULL),
	    GITHUB_LIST("[" GITHUB_COMMENT("41", BOT, "\"" MARK "\\r\\n*x*  \\n\"") "]"),
	    OURS("41"), END};
	static const struct step not_found[] = {
	    GITHUB_ADD(502, NULL, "<html>"),
	    GITHUB_LIST("[" GITHUB_COMMENT("39", BOT, "\"" MARK "\\nold\"") "]"),
	    OURS("39"),
	    GITHUB_ADD(AWAY, NULL, NULL),
	    GITHUB_ADD(201, NULL, "not JSON"),
	    GITHUB_LIST("[]"),
	    GITHUB_ADD(201, NULL, GITHUB_COMMENT("42", BOT, "\"\"")),
	    END};
	static const struct step unknown[] = {GITHUB_ADD(LOST, NULL, NULL),
					      {"GET",
					       "/repos/acme/aws/issues/7/comments?per_page=100",
					       NULL, 403, NULL, "{\"message\":\"no\"}"},
					      END};
	static const struct step edits[] = {
	    {"PATCH", "/repos/acme/aws/issues/comments/42", "*x*", LOST, NULL, NULL},
	    {"GET", "/repos/acme/aws/issues/comments/42", NULL, 200, NULL,
	     GITHUB_COMMENT("42", BOT, "\"before\"")},
	    {"PATCH", "/repos/acme/aws/issues/comments/42", "*x*", 500, NULL, NULL},
	    {"GET", "/repos/acme/aws/issues/comments/42", NULL, 200, NULL,
	     GITHUB_COMMENT("42", BOT, "\"" MARK "\\n*x*\"")},
	    END};
	struct fake_forge *f = *state;
	struct forge_comment made;
	auto_error err = {0};

	fake_forge_expect(f, found);
	assert_int_equal(forge_comment_add(f->forge, "7", BODY, &made, &err), 0);
	assert_string_equal(made.id, "41");
	fake_forge_expect(f, not_found);
	assert_int_equal(forge_comment_add(f->forge, "7", BODY, &made, &err), 0);
	assert_string_equal(made.id, "42");
	fake_forge_expect(f, unknown);
	assert_int_equal(forge_comment_add(f->forge, "7", BODY, NULL, &err), -1);
	assert_error(&err, "is not known");
	fake_forge_expect(f, edits);
	made.body = "before";
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, BODY, &err), 0);
}

#define PULL_7 "/repos/acme/aws/pulls/7"
#define GET_PULL(status, headers, body)                                                            \
	{                                                                                          \
		"GET", PULL_7, NULL, status, headers, body                                         \
	}
#define GOOD_PULL GITHUB_PULL("7", "{\"id\":5}", "null", "")

static void test_retries(void **state)
{
	static const struct step faults[] = {
	    GET_PULL(AWAY, NULL, NULL), GET_PULL(LOST, NULL, NULL),     GET_PULL(503, NULL, "x"),
	    GET_PULL(500, NULL, "x"),   GET_PULL(200, NULL, GOOD_PULL), END};
	static const struct step ended[] = {GET_PULL(502, NULL, ""), GET_PULL(502, NULL, ""),
					    GET_PULL(502, NULL, ""), GET_PULL(502, NULL, ""),
					    GET_PULL(502, NULL, ""), END};
	static const struct step limits[] = {
	    GET_PULL(429, "retry-after: 20\n", "{}"),
	    GET_PULL(403, "x-ratelimit-remaining: 0\nx-ratelimit-reset: 1795309373\n", "{}"),
	    GET_PULL(200, NULL, GOOD_PULL), END};
	static const struct step secondary[] = {
	    GET_PULL(403, NULL, "{\"message\":\"You have exceeded a secondary rate limit.\"}"),
	    GET_PULL(200, NULL, GOOD_PULL), END};
	static const struct step far[] = {
	    GET_PULL(403, "x-ratelimit-remaining: 0\nx-ratelimit-reset: 1795312923\n", "{}"), END};
	/* Not a limit: it may not. */
	static const struct step denied[] = {
	    GET_PULL(403, "x-ratelimit-remaining: 7\nx-ratelimit-reset: 1795312923\n", "{}"), END};
	static const struct step written[] = {
	    GITHUB_ADD(403, "retry-after: 5\n", "{}"),
	    GITHUB_ADD(201, NULL, GITHUB_COMMENT("42", BOT, "\"\"")), END};
	struct fake_forge *f = *state;
	struct forge_pull pull;
	auto_error err = {0};
	int64_t before = f->mono_us;

	fake_forge_expect(f, faults);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_true(f->mono_us - before > 3000000 && f->mono_us - before < 40000000);
	fake_forge_expect(f, ended);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), -1);
	assert_error(&err, "HTTP 502");
	f->mono_us = 0;
	fake_forge_expect(f, limits);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_true(f->mono_us >= 50000000 && f->mono_us < 60000000);
	before = f->mono_us;
	fake_forge_expect(f, secondary);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_true(f->mono_us - before >= 60000000);
	f->mono_us = 0;
	fake_forge_expect(f, far);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), -1);
	assert_error(&err, "after 2026-11-22T02:02:0");
	fake_forge_expect(f, denied);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), -1);
	assert_error(&err, "pull-requests: read");
	fake_forge_expect(f, written);
	assert_int_equal(forge_comment_add(f->forge, "7", BODY, NULL, &err), 0);
}

static void test_refusals(void **state)
{
	static const struct {
		int status;
		const char *headers, *body, *has;
	} cases[] = {
	    {401, NULL, "{\"message\":\"Bad credentials\"}", "(Bad credentials): the token is"},
	    {403, NULL, "{\"message\":\"Resource not accessible\"}", "pull-requests: read"},
	    {404, NULL, "{\"message\":\"Not Found\"}", "the token cannot see it"},
	    {410, NULL, "", "HTTP 410: it was deleted"},
	    {451, NULL, "", "legal"},
	    {422, NULL,
	     "{\"message\":\"Validation\\u001b[2J \\nFailed\",\"errors\":[{\"message\":\"too "
	     "long\"},{\"code\":1},\"odd\"]}",
	     "Validation\\u{001B}[2J  Failed; too long; odd"},
	    {400, NULL, "{\"message\":{\"base\":[\"x\"]}}", "({\"base\":[\"x\"]})"},
	    {400, NULL, "[1]", "HTTP 400"},
	    {400, NULL, "{\"message\":7,\"errors\":{}}", "HTTP 400"},
	    {301, "location: https://forge.example.com/repositories/12/pulls/7?x=CANARY\n", "",
	     "moved to https://forge.example.com/repositories/12/pulls/7;"},
	    {302, NULL, "", "follows no redirects"},
	    {204, NULL, "", "HTTP 204"},
	    {200, NULL, "<html>CANARY", "is not what GitHub's API answers"},
	    {200, NULL, "7", "is not what GitHub's API answers"},
	};
	struct fake_forge *f = *state;
	struct forge_pull pull;
	auto_error err = {0};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct step steps[] = {
		    GET_PULL(cases[i].status, cases[i].headers, cases[i].body), END};

		fake_forge_expect(f, steps);
		assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), -1);
		assert_non_null(strstr(
		    err.message, "GitHub: reading the state of pull request 7 of acme/aws: "));
		assert_error(&err, cases[i].has);
		fake_forge_finish(f);
	}
}

static void test_hostile_pulls(void **state)
{
	static const char *const bodies[] = {
	    "{}",
	    "[]",
	    "{\"number\":\"7\"}",
	    GITHUB_PULL("8", "null", "null", ""),
	    GITHUB_PULL("-7", "null", "null", ""),
	    "{\"number\":7,\"state\":[],\"head\":{\"sha\":\"" SHA_A "\"},\"base\":{\"ref\":\"m\"}}",
	    "{\"number\":7,\"state\":\"open\",\"head\":\"" SHA_A "\",\"base\":{\"ref\":\"m\"}}",
	    "{\"number\":7,\"state\":\"open\",\"head\":{\"sha\":\"main\"},\"base\":{\"ref\":\"m\"}"
	    "}",
	    "{\"number\":7,\"state\":\"open\",\"head\":{\"sha\":\"" SHA_A "\"},\"base\":{}}",
	};
	struct fake_forge *f = *state;
	struct forge_pull pull;
	auto_error err = {0};

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		const struct step steps[] = {GET_PULL(200, NULL, bodies[i]), END};

		fake_forge_expect(f, steps);
		assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), -1);
		assert_error(&err, "the answer lacks");
		fake_forge_finish(f);
	}
}

static void test_hostile_pages(void **state)
{
	static const struct {
		const char *headers, *body, *has;
	} cases[] = {
	    {"link: <https://evil.example.com/x>; rel=\"next\"\n", "[]", "elsewhere"},
	    {"link: <https://forge.example.com.evil.org/x>; rel=\"next\"\n", "[]", "elsewhere"},
	    {"link: <http://forge.example.com/x>; rel=\"next\"\n", "[]", "elsewhere"},
	    {"link: <https://forge.example.com@evil.org/x>; rel=\"next\"\n", "[]", "elsewhere"},
	    {"link: <" API "/c x>; rel=\"next\"\n", "[]", "elsewhere"},
	    {"link: <" API "/c\x80>; rel=\"next\"\n", "[]", "elsewhere"},
	    {"link: <" API "/repos/acme/aws/issues/7/comments?per_page=100>; rel=\"next\"\n", "[]",
	     "names itself"},
	    {NULL, "[7]", "is not what"},
	    {NULL, "[{\"id\":0}]", "lacks"},
	    {NULL, "[{\"id\":3}]", "lacks"},
	    {NULL, "[{\"id\":99999999999999999999,\"node_id\":\"x\"}]", "is not what"},
	};
	struct fake_forge *f = *state;
	struct forge_comments c;
	auto_error err = {0};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct step steps[] = {{"GET",
					      "/repos/acme/aws/issues/7/comments?per_page=100",
					      NULL, 200, cases[i].headers, cases[i].body},
					     END};

		fake_forge_expect(f, steps);
		assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), -1);
		assert_error(&err, cases[i].has);
		assert_int_equal(c.n, 0);
		fake_forge_finish(f);
	}
}

static void test_hostile_rest(void **state)
{
	static const struct step steps[] = {
	    {"GET", "/repos/acme/aws/commits/" SHA_A "/pulls?per_page=100", NULL, 200, NULL,
	     "[{\"number\":7}]"},
	    /* A link that does not end is none. */
	    {"GET", "/repos/acme/aws/commits/" SHA_A "/pulls?per_page=100", NULL, 200,
	     "link: <" API "/c; rel=\"next\"\n", "[]"},
	    END};
	struct fake_forge *f = *state;
	struct forge_comment comment = {.id = "12", .body = "", .author = ""};
	struct forge_pulls pulls;
	auto_error err = {0};

	fake_forge_expect(f, steps);
	assert_int_equal(forge_pulls_of(f->forge, SHA_A, &pulls, &err), -1);
	assert_error(&err, "lacks");
	assert_int_equal(pulls.n, 0);
	assert_int_equal(forge_pulls_of(f->forge, SHA_A, &pulls, &err), 0);
	assert_int_equal(pulls.n, 0);
	fake_forge_finish(f);
	assert_int_equal(forge_comment_hide(f->forge, &comment, &err), -1);
	assert_error(&err, "no sensible id");
	comment.id = "../12";
	assert_int_equal(forge_comment_hide(f->forge, &comment, &err), -1);
	assert_error(&err, "no sensible id");
}

/* A listing without an end, and one that is too large. */
static void test_endless_pages(void **state)
{
	struct fake_forge *f = *state;
	struct step *steps = arena_array(f->arena, 102, sizeof *steps);
	char *many = arena_alloc(f->arena, (1 << 20) + 200);
	struct forge_comments c;
	auto_error err = {0};

	for (int i = 0; i < 100; i++)
		steps[i] = (struct step){
		    "GET",
		    i == 0 ? "/repos/acme/aws/issues/7/comments?per_page=100"
			   : arena_printf(f->arena, "/p?%d", i),
		    NULL,
		    200,
		    arena_printf(f->arena, "link: <%s/p?%d>; rel=\"next\"\n", API, i + 1),
		    "[]",
		};
	fake_forge_expect(f, steps);
	assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), -1);
	assert_error(&err, "more than 100 pages");
	strcpy(many, "[{\"id\":1,\"node_id\":\"IC_1\",\"body\":\"");
	memset(many + strlen(many), 'x', 1 << 20);
	strcat(many, "\"}]");
	for (int i = 0; i < 65; i++)
		steps[i].body = many;
	steps[65] = (struct step)END;
	fake_forge_expect(f, steps);
	assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), -1);
	assert_error(&err, "larger than");
}

/* GraphQL says no with status 200. */
static void test_graphql_refusals(void **state)
{
	static const char *const bodies[][2] = {
	    {"{\"errors\":[{\"message\":\"CAN not\"}]}", "CAN not"},
	    {"{\"errors\":[{\"type\":\"NOT_FOUND\",\"message\":\"x\"}],\"data\":null}", "no data"},
	    {"{\"errors\":[{\"type\":\"FORBIDDEN\"}],\"data\":{}}", "without a message"},
	    {"{\"data\":{\"nodes\":null}}", "no comments"},
	    {"[]", "no data"},
	};
	struct fake_forge *f = *state;
	struct forge_comments c;
	auto_error err = {0};

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		const struct step steps[] = {
		    GITHUB_LIST("[" GITHUB_COMMENT("30", BOT, "\"" MARK "\"") "]"),
		    {"POST", "/graphql", "IC_30", 200, NULL, bodies[i][0]},
		    END};

		fake_forge_expect(f, steps);
		assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), -1);
		assert_error(&err, bodies[i][1]);
		fake_forge_finish(f);
	}
}

#define PROJECT "/projects/acme%2Fsub%2Faws"
#define GITLAB_PULL(iid, state, merge, squash, source)                                             \
	"{\"iid\":" iid ",\"state\":\"" state "\",\"sha\":\"" SHA_A                                \
	"\",\"merge_commit_sha\":" merge ",\"squash_commit_sha\":" squash                          \
	",\"target_branch\":\"main\",\"target_project_id\":5,\"source_project_id\":" source        \
	",\"web_url\":\"javascript:alert(1)\"}"

static void test_gitlab_pulls(void **state)
{
	static const struct step steps[] = {
	    {"GET", PROJECT "/merge_requests/7", NULL, 200, NULL,
	     GITLAB_PULL("7", "opened", "null", "null", "5")},
	    {"GET", PROJECT "/merge_requests/7", NULL, 200, NULL,
	     GITLAB_PULL("7", "merged", "null", "null", "null")},
	    {"GET", PROJECT "/repository/commits/" SHA_B "/merge_requests?per_page=100", NULL, 200,
	     "x-next-page: 2\n",
	     "[" GITLAB_PULL("3", "merged", "\"" SHA_B "\"", "\"" SHA_C "\"",
			     "5") ",{\"iid\":9,\"state\":\"closed\",\"sha\":null,"
				  "\"target_branch\":\"main\"}]"},
	    {"GET", PROJECT "/repository/commits/" SHA_B "/merge_requests?per_page=100&page=2",
	     NULL, 200, "x-next-page: \n",
	     "[" GITLAB_PULL("4", "closed", "null", "null",
			     "5") "," GITLAB_PULL("5", "merged", "null", "\"" SHA_C "\"", "5") "]"},
	    END};
	struct fake_forge *f = *state;
	struct forge_pull pull;
	struct forge_pulls pulls;
	auto_error err = {0};

	fake_forge_expect(f, steps);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_pull(&pull, "7", NULL, true, false);
	assert_null(pull.url);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_pull(&pull, "7", SHA_A, false, true);
	assert_int_equal(forge_pulls_of(f->forge, SHA_B, &pulls, &err), 0);
	assert_int_equal(pulls.n, 2);
	assert_pull(&pulls.at[0], "3", SHA_B, false, false);
	assert_pull(&pulls.at[1], "5", SHA_C, false, false);
}

#define NOTE(id, author, system, body)                                                             \
	"{\"id\":" id ",\"body\":\"" body "\",\"author\":{\"id\":" author                          \
	",\"username\":\"u" author "\"},\"system\":" system ",\"created_at\":" DATE "}"
#define NOTES PROJECT "/merge_requests/7/notes"

static void test_gitlab_comments(void **state)
{
	static const struct step steps[] = {
	    {"GET", "/user", NULL, 200, NULL, "{\"id\":11}"},
	    {"GET", NOTES "?per_page=100&sort=asc&order_by=created_at", NULL, 200,
	     "x-next-page: 2\n",
	     "[" NOTE("1", "12", "false", MARK) "," NOTE("2", "11", "true", "approved") "]"},
	    {"GET", NOTES "?per_page=100&sort=asc&order_by=created_at&page=2", NULL, 200, NULL,
	     "[" NOTE("3", "11", "false", MARK) "]"},
	    {"POST", NOTES, "{\"body\":\"" MARK "\"}", 201, NULL, NOTE("4", "11", "false", MARK)},
	    {"PUT", NOTES "/4", "{\"body\":\"x\"}", LOST, NULL, NULL},
	    {"GET", NOTES "/4", NULL, 200, NULL, NOTE("4", "11", "false", "x")},
	    /* Known by now. */
	    {"POST", NOTES, "{\"body\":\"x\"}", 500, NULL, NULL},
	    {"GET", NOTES "?per_page=100&sort=asc&order_by=created_at", NULL, 200, NULL,
	     "[" NOTE("3", "11", "false", MARK) "," NOTE("4", "12", "false", "x") "]"},
	    {"POST", NOTES, "{\"body\":\"x\"}", 403, NULL, "{\"message\":\"403 Forbidden\"}"},
	    {"POST", NOTES, "{\"body\":\"x\"}", 401, NULL, "{\"error\":\"invalid_token\"}"},
	    END};
	struct fake_forge *f = *state;
	struct forge_comments c;
	struct forge_comment made;
	auto_error err = {0};

	fake_forge_expect(f, steps);
	assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), 0);
	assert_int_equal(c.n, 2);
	assert_true(!c.at[0].ours && c.at[1].ours);
	assert_string_equal(c.at[0].author, "u12");
	assert_false(forge_can_hide(f->forge));
	assert_int_equal(forge_comment_add(f->forge, "7", MARK, &made, &err), 0);
	assert_string_equal(made.id, "4");
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, "x", &err), 0);
	assert_int_equal(forge_comment_add(f->forge, "7", "x", &made, &err), -1);
	assert_error(&err, "scope api");
	assert_int_equal(forge_comment_add(f->forge, "7", "x", &made, &err), -1);
	assert_error(&err, "(invalid_token)");
}

/* Pages by number: the header is not believed either. */
static void test_gitlab_pages(void **state)
{
	static const char *const pages[] = {"x-next-page: 1\n", "x-next-page: 2&a=b\n",
					    "x-next-page: -1\n"};
	static const struct step me[] = {{"GET", "/user", NULL, 200, NULL, "{\"id\":\"11\"}"}, END};
	struct fake_forge *f = *state;
	struct forge_comments c;
	struct forge_pulls pulls;
	auto_error err = {0};

	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const struct step steps[] = {
		    {"GET", PROJECT "/repository/commits/" SHA_B "/merge_requests?per_page=100",
		     NULL, 200, pages[i], "[]"},
		    END};

		fake_forge_expect(f, steps);
		assert_int_equal(forge_pulls_of(f->forge, SHA_B, &pulls, &err), -1);
		assert_error(&err, "no sensible number");
		fake_forge_finish(f);
	}
	fake_forge_expect(f, me);
	assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), -1);
	assert_error(&err, "lacks");
}

#define GITEA_PULL(number, merged, head_repo)                                                      \
	"{\"number\":" number ",\"state\":\"closed\",\"merged\":" merged                           \
	",\"merge_commit_sha\":\"" SHA_B "\",\"head\":{\"sha\":\"" SHA_A                           \
	"\",\"repo_id\":" head_repo "},\"base\":{\"ref\":\"main\",\"repo_id\":5}}"
#define GITEA_COMMENT(id, user, original, body)                                                    \
	"{\"id\":" id ",\"body\":\"" body "\",\"user\":{\"id\":" user                              \
	",\"login\":\"u\"},\"original_author\":\"" original "\",\"created_at\":"                   \
	"\"2026-11-22T02:00:0" id "+01:00\"}"
#define GITEA_LIST "/repos/acme/aws/issues/7/comments"

static void test_gitea(void **state)
{
	static const struct step steps[] = {
	    {"GET", "/repos/acme/aws/pulls/7", NULL, 200, NULL, GITEA_PULL("7", "true", "5")},
	    {"GET", "/repos/acme/aws/pulls/7", NULL, 200, NULL, GITEA_PULL("7", "false", "6")},
	    {"GET", "/repos/acme/aws/commits/" SHA_B "/pull", NULL, 200, NULL,
	     GITEA_PULL("7", "true", "5")},
	    {"GET", "/repos/acme/aws/commits/" SHA_C "/pull", NULL, 404, NULL, "{}"},
	    {"GET", "/user", NULL, 200, NULL, "{\"id\":-2}"},
	    {"GET", GITEA_LIST, NULL, 200, NULL,
	     "[" GITEA_COMMENT("1", "-2", "mallory", MARK) "," GITEA_COMMENT(
		 "2", "-2", "", MARK) "," GITEA_COMMENT("3", "4", "", MARK) "]"},
	    {"POST", GITEA_LIST, "{\"body\":\"x\"}", LOST, NULL, NULL},
	    {"GET", GITEA_LIST, NULL, 200, NULL, "[" GITEA_COMMENT("5", "-2", "", "x") "]"},
	    {"PATCH", "/repos/acme/aws/issues/comments/5", "{\"body\":\"y\"}", 200, NULL,
	     GITEA_COMMENT("5", "-2", "", "y")},
	    {"PATCH", "/repos/acme/aws/issues/comments/5", "{\"body\":\"z\"}", 403, NULL, ""},
	    END};
	struct fake_forge *f = *state;
	struct forge_pull pull;
	struct forge_pulls pulls;
	struct forge_comments c;
	struct forge_comment made;
	auto_error err = {0};

	fake_forge_expect(f, steps);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_pull(&pull, "7", SHA_B, false, false);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_pull(&pull, "7", NULL, false, true);
	assert_int_equal(forge_pulls_of(f->forge, SHA_B, &pulls, &err), 0);
	assert_int_equal(pulls.n, 1);
	assert_int_equal(forge_pulls_of(f->forge, SHA_C, &pulls, &err), 0);
	assert_int_equal(pulls.n, 0);
	assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), 0);
	assert_int_equal(c.n, 3);
	/* Brought from elsewhere by us, but written by another. */
	assert_false(c.at[0].ours);
	assert_string_equal(c.at[0].author, "mallory");
	assert_true(c.at[1].ours && !c.at[2].ours);
	assert_int_equal(c.at[1].created_us, FAKE_NOW_US - 121000000LL);
	assert_int_equal(forge_comment_add(f->forge, "7", "x", &made, &err), 0);
	assert_string_equal(made.id, "5");
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, "y", &err), 0);
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, "z", &err), -1);
	assert_error(&err, "write:issue");
}

/* CodeCommit: the operations that are lent, from a script. */
struct aws_step {
	const char *operation, *with, *reply, *code; /* code NULL: it went well; "": no answer */
};
struct aws_script {
	const struct aws_step *steps;
	size_t step;
	char token[128]; /* of the last comment that was posted */
};

static int lent(void *ctx, const char *operation, json_t *input, json_t **reply, char code[64],
		struct error *err)
{
	struct aws_script *s = ctx;
	const struct aws_step *step = &s->steps[s->step++];
	auto_free char *text = json_dumps(input, JSON_COMPACT | JSON_SORT_KEYS);
	const char *token = json_string_value(json_object_get(input, "clientRequestToken"));

	if (step->operation == NULL || strcmp(step->operation, operation) != 0 ||
	    (step->with != NULL && strstr(text, step->with) == NULL))
		fail_msg("expected %s %s, got %s %s", step->operation ? step->operation : "nothing",
			 step->with ? step->with : "", operation, text);
	if (token != NULL) {
		assert_true(*s->token == '\0' || strcmp(s->token, token) == 0);
		snprintf(s->token, sizeof s->token, "%s", token);
	}
	json_decref(input);
	if (step->code != NULL) {
		snprintf(code, 64, "%s", step->code);
		return error_set(err, "AWS said\x1b no");
	}
	*reply = json_loads(step->reply, JSON_DECODE_ANY, NULL);
	assert_non_null(*reply);
	return 0;
}

static struct aws_script script;
static const struct forge_settings codecommit = {
    .kind = FORGE_CODECOMMIT, .repository = "org", .aws = lent, .aws_ctx = &script};

static int open_codecommit(void **state)
{
	script = (struct aws_script){0};
	*state = fake_forge_new(&codecommit, "X: ");
	return 0;
}

#define COMMIT_PULL(id, status, merge)                                                             \
	"{\"pullRequest\":{\"pullRequestId\":\"" id "\",\"pullRequestStatus\":\"" status           \
	"\",\"pullRequestTargets\":[{\"repositoryName\":\"other\"},{\"repositoryName\":\"org\","   \
	"\"destinationReference\":\"refs/heads/main\",\"sourceReference\":\"refs/heads/x\","       \
	"\"destinationCommit\":\"" SHA_C "\",\"sourceCommit\":\"" SHA_A                            \
	"\",\"mergeMetadata\":" merge "}]}}"
#define MERGED_AS(how, commit)                                                                     \
	"{\"isMerged\":true,\"mergeOption\":\"" how "\",\"mergeCommitId\":" commit "}"
#define ME                                                                                         \
	{                                                                                          \
		"GetCallerIdentity", NULL,                                                         \
		    "{\"Arn\":\"arn:aws:sts::111111111111:assumed-role/charter-plan/run-2\"}",     \
		    NULL                                                                           \
	}

static void test_codecommit_pulls(void **state)
{
	static const struct aws_step steps[] = {
	    {"GetPullRequest", "\"pullRequestId\":\"7\"",
	     COMMIT_PULL("7", "OPEN", "{\"isMerged\":false}"), NULL},
	    {"ListPullRequests", "\"pullRequestStatus\":\"CLOSED\"",
	     "{\"pullRequestIds\":[\"9\",\"8\"],\"nextToken\":\"t\"}", NULL},
	    {"GetPullRequest", "\"9\"", COMMIT_PULL("9", "CLOSED", "{\"isMerged\":false}"), NULL},
	    {"GetPullRequest", "\"8\"",
	     COMMIT_PULL("8", "CLOSED", MERGED_AS("SQUASH_MERGE", "\"" SHA_C "\"")), NULL},
	    {"ListPullRequests", "\"nextToken\":\"t\"",
	     "{\"pullRequestIds\":[\"6\"],\"nextToken\":\"u\"}", NULL},
	    {"GetPullRequest", "\"6\"",
	     COMMIT_PULL("6", "CLOSED", MERGED_AS("THREE_WAY_MERGE", "\"" SHA_B "\"")), NULL},
	    {"ListPullRequests", NULL, "{\"pullRequestIds\":[\"5\"]}", NULL},
	    {"GetPullRequest", "\"5\"",
	     COMMIT_PULL("5", "CLOSED", MERGED_AS("FAST_FORWARD_MERGE", "null")), NULL},
	    {0}};
	struct fake_forge *f = *state;
	struct forge_pull pull;
	struct forge_pulls pulls;
	auto_error err = {0};

	script.steps = steps;
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_pull(&pull, "7", NULL, true, false);
	assert_int_equal(forge_pulls_of(f->forge, SHA_B, &pulls, &err), 0);
	assert_int_equal(pulls.n, 1);
	assert_pull(&pulls.at[0], "6", SHA_B, false, false);
	assert_int_equal(forge_pulls_of(f->forge, SHA_A, &pulls, &err), 0);
	assert_int_equal(pulls.n, 1);
	assert_pull(&pulls.at[0], "5", SHA_A, false, false);
	assert_null(steps[script.step].operation);
}

#define COMMIT_COMMENT(id, role, when, extra)                                                      \
	"{\"commentId\":\"" id "\",\"content\":\"" MARK "\",\"creationDate\":" when                \
	",\"authorArn\":\"arn:aws:sts::111111111111:assumed-role/" role "\"" extra "}"

static void test_codecommit_comments(void **state)
{
	static const struct aws_step steps[] = {
	    ME,
	    {"GetCommentsForPullRequest", "\"repositoryName\":\"org\"",
	     "{\"commentsForPullRequestData\":[{\"comments\":[" COMMIT_COMMENT(
		 "c:2", "charter-plan/run-1", "1795309323.5",
		 "") "]},{\"location\":{\"filePath\":\"x\"},\"comments\":"
		     "[" COMMIT_COMMENT("c:9", "charter-plan/run-1", "1",
					"") "]}],\"nextToken\":\"t\"}",
	     NULL},
	    {"GetCommentsForPullRequest", "\"nextToken\":\"t\"",
	     "{\"commentsForPullRequestData\":[{\"comments\":[" COMMIT_COMMENT(
		 "c:1", "charter-plan-2/run-1", "1795309300",
		 "") "," COMMIT_COMMENT("c:3", "charter-plan/x", "1",
					",\"deleted\":true") "," COMMIT_COMMENT("c:4",
										"charter-plan/x",
										"1",
										",\"inReplyTo\":"
										"\"c:2\"") "]}]}",
	     NULL},
	    {"GetPullRequest", NULL, COMMIT_PULL("7", "OPEN", "null"), NULL},
	    {"PostCommentForPullRequest",
	     "{\"afterCommitId\":\"" SHA_A "\",\"beforeCommitId\":\"" SHA_C "\"", NULL, ""},
	    {"PostCommentForPullRequest", "\"pullRequestId\":\"7\",\"repositoryName\":\"org\"",
	     "{\"comment\":" COMMIT_COMMENT("c:5", "charter-plan/run-2", "1", "") "}", NULL},
	    {"UpdateComment", "{\"commentId\":\"c:5\",\"content\":\"x\"}", "{}", NULL},
	    {"UpdateComment", NULL, NULL, "AccessDeniedException"},
	    {"UpdateComment", NULL, NULL, "Reset"},
	    {"UpdateComment", NULL, NULL, "InternalFailure"},
	    {"UpdateComment", NULL, NULL, ""},
	    {0}};
	struct fake_forge *f = *state;
	struct forge_comments c;
	struct forge_comment made;
	auto_error err = {0};

	script.steps = steps;
	assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), 0);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.at[0].id, "c:1");
	assert_true(!c.at[0].ours && c.at[1].ours && !c.at[1].altered);
	assert_int_equal(c.at[1].created_us, FAKE_NOW_US + 500000);
	assert_int_equal(forge_comment_add(f->forge, "7", MARK, &made, &err), 0);
	assert_string_equal(made.id, "c:5");
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, "x", &err), 0);
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, "y", &err), -1);
	assert_error(&err, "codecommit:UpdateComment");
	assert_int_equal(forge_comment_edit(f->forge, "7", &made, "x", &err), -1);
	assert_error(&err, "AWS said\\u{001B} no");
	assert_null(steps[script.step].operation);
}

static void test_codecommit_hostile(void **state)
{
	static const struct {
		struct aws_step steps[3];
		const char *has;
	} cases[] = {
	    {{{"GetCommentsForPullRequest", NULL, "[]", NULL}}, "is not what"},
	    {{{"GetCommentsForPullRequest", NULL,
	       "{\"commentsForPullRequestData\":[{\"comments\":[{\"commentId\":7}]}]}", NULL}},
	     "lacks"},
	    {{{"GetCommentsForPullRequest", NULL, "{\"nextToken\":7}", NULL}}, "lacks"},
	    {{{"GetCommentsForPullRequest", NULL, "{\"nextToken\":\"\"}", NULL}}, "lacks"},
	    {{{"GetCommentsForPullRequest", NULL, "{\"nextToken\":\"t\"}", NULL},
	      {"GetCommentsForPullRequest", NULL, "{\"nextToken\":\"t\"}", NULL}},
	     "names itself"},
	    {{{"GetCommentsForPullRequest", NULL, NULL, "PullRequestDoesNotExistException"}},
	     "no such pull request"},
	};
	static const struct aws_step me[] = {
	    ME, {"GetCommentsForPullRequest", NULL, "{}", NULL}, {0}};
	static const struct aws_step pulls[] = {
	    {"GetPullRequest", NULL, "{\"pullRequest\":[]}", NULL},
	    {"GetPullRequest", NULL, COMMIT_PULL("8", "OPEN", "7"), NULL},
	    {"GetPullRequest", NULL,
	     "{\"pullRequest\":{\"pullRequestTargets\":[{\"repositoryName\":\"other\"}]}}", NULL},
	    {0}};
	struct fake_forge *f = *state;
	struct forge_comments c;
	struct forge_pull pull;
	auto_error err = {0};

	script.steps = me;
	assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		script = (struct aws_script){.steps = cases[i].steps};
		assert_int_equal(forge_comments_read(f->forge, "7", &c, &err), -1);
		assert_error(&err, cases[i].has);
	}
	script = (struct aws_script){.steps = pulls};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), -1);
		assert_error(&err, "lacks");
	}
}

/* Last: a signal stays. It ends waiting, but a footer can still be written after one. */
static void test_signal(void **state)
{
	static const struct step steps[] = {GET_PULL(200, NULL, GOOD_PULL), GET_PULL(503, NULL, ""),
					    END};
	struct fake_forge *f = *state;
	struct forge_pull pull;
	auto_error err = {0};

	signals_install();
	raise(SIGTERM);
	fake_forge_expect(f, steps);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), 0);
	assert_int_equal(forge_pull_read(f->forge, "7", &pull, &err), -1);
	assert_int_equal(err.code, EXIT_TERMINATED);
	assert_error(&err, "interrupted");
}

#define ON(forge, test) cmocka_unit_test_setup_teardown(test, open_##forge, close_forge)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_github_enterprise),
	    ON(github, test_github_pulls),
	    ON(github, test_github_comments),
	    ON(github, test_github_writing),
	    ON(github, test_lost_writes),
	    ON(github, test_retries),
	    ON(github, test_refusals),
	    ON(github, test_hostile_pulls),
	    ON(github, test_hostile_pages),
	    ON(github, test_hostile_rest),
	    ON(github, test_endless_pages),
	    ON(github, test_graphql_refusals),
	    ON(gitlab, test_gitlab_pulls),
	    ON(gitlab, test_gitlab_comments),
	    ON(gitlab, test_gitlab_pages),
	    ON(gitea, test_gitea),
	    ON(codecommit, test_codecommit_pulls),
	    ON(codecommit, test_codecommit_comments),
	    ON(codecommit, test_codecommit_hostile),
	    ON(github, test_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
