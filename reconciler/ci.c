/* What the environment of a CI system says. It comes from whoever can open a pull request, so every
 * value is checked before it is asked, sent or shown.
 *
 * Sources: GitHub "Variables reference" and the webhook event pull_request; GitLab "Predefined
 * CI/CD variables reference"; AWS CodeBuild "Environment variables in build environments"; Gitea
 * and Forgejo set GitHub's names, and GITEA_ACTIONS or FORGEJO_ACTIONS. */
#include "reconciler/ci.h"

#include "base/web_url.h"
#include "reconciler/command.h"

#include <jansson.h>
#include <string.h>

#define EVENT_MAX   (32u << 20) /* GitHub's webhooks hold 25 MB at most */
#define VALUE_SHOWN 100
#define LETTERS     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS      "0123456789"

struct reader {
	const struct env *env;
	struct arena *arena;
	struct error *err;
	bool failed;
};

struct rule {
	bool (*valid)(const char *);
	const char *what;
	bool secret;
};

static bool valid_number(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= 18 && *s != '0' && strspn(s, DIGITS) == n;
}

static bool valid_commit(const char *s)
{
	size_t n = strlen(s);

	return (n == 40 || n == 64) && strspn(s, DIGITS "abcdef") == n;
}

/* Parts of names as forges have them, so many of them. */
static bool valid_parts(const char *s, unsigned least, unsigned most)
{
	unsigned parts = 0;

	if (strlen(s) > 512)
		return false;
	for (size_t n; parts <= most; s += n + 1) {
		n = strspn(s, LETTERS DIGITS "._-");
		if (n == 0 || (n == 1 && *s == '.') || (n == 2 && memcmp(s, "..", 2) == 0))
			return false;
		parts++;
		if (s[n] == '\0')
			break;
		if (s[n] != '/')
			return false;
	}
	return parts >= least && parts <= most;
}

static bool valid_repository(const char *s)
{
	return valid_parts(s, 2, 2);
}

static bool valid_project(const char *s)
{
	return valid_number(s) || valid_parts(s, 2, 21);
}

static bool valid_name(const char *s)
{
	return valid_parts(s, 1, 1);
}

/* It goes into a header. */
static bool valid_token(const char *s)
{
	size_t n = strlen(s);

	for (const char *p = s; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return n <= 8192;
}

/* Only ever compared. */
static bool valid_branch(const char *s)
{
	return strlen(s) < 1024;
}

static bool valid_file(const char *s)
{
	return strlen(s) < 4096;
}

static const struct rule url = {web_url_valid, "an https URL", false};
static const struct rule base_url = {web_url_is_base, "an https URL without a query", false};
static const struct rule number = {valid_number, "a number", false};
static const struct rule commit_id = {valid_commit, "a commit id", false};
static const struct rule repository = {valid_repository, "OWNER/NAME", false};
static const struct rule token = {valid_token, "a token", true};
static const struct rule branch = {valid_branch, "a branch's name", false};
static const struct rule file = {valid_file, "a file's name", false};

static const char *variable(const struct reader *r, const char *name)
{
	const char *s = r->env->getenv(name);

	return s && *s ? s : NULL;
}

static bool is_true(const struct reader *r, const char *name)
{
	const char *s = variable(r, name);

	return s && strcmp(s, "true") == 0;
}

static void wrong(struct reader *r, const char *name, const char *value, const struct rule *rule)
{
	if (!r->failed && rule->secret)
		error_set(r->err, "%s: is not %s", name, rule->what);
	else if (!r->failed)
		error_set(r->err, "%s: is not %s: %.*s", name, rule->what, VALUE_SHOWN, value);
	r->failed = true;
}

/* NULL: it is not set, or wrong. */
static const char *take(struct reader *r, const struct rule *rule, const char *name)
{
	const char *s = variable(r, name);
	size_t n;
	char *copy;

	if (!s)
		return NULL;
	if (!rule->valid(s)) {
		wrong(r, name, s, rule);
		return NULL;
	}
	copy = arena_strdup(r->arena, s);
	for (n = strlen(copy); rule == &base_url && n && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	return copy;
}

/* The first of these that is set; the list ends with NULL. */
static const char *take_first(struct reader *r, const struct rule *rule, const char *const *names)
{
	for (; *names; names++)
		if (variable(r, *names))
			return take(r, rule, *names);
	return NULL;
}

static const char *event_text(const json_t *event, const char *a, const char *b, const char *c)
{
	const json_t *at = json_object_get(json_object_get(event, a), b);

	return json_string_value(c ? json_object_get(at, c) : at);
}

/* Where the pull request comes from can't be told without both names, or once its repository is
 * gone: then it is a stranger's. */
static void event_pull(struct reader *r, const json_t *pull, struct ci *ci)
{
	static const char name[] = "GITHUB_EVENT_PATH";
	const json_t *n = json_object_get(pull, "number");
	const char *sha = event_text(pull, "head", "sha", NULL);
	const char *from = event_text(pull, "head", "repo", "full_name");
	const char *into = event_text(pull, "base", "repo", "full_name");

	if (!json_is_integer(n) || json_integer_value(n) <= 0) {
		wrong(r, name, "pull_request.number", &number);
		return;
	}
	if (!sha || !valid_commit(sha)) {
		wrong(r, name, "pull_request.head.sha", &commit_id);
		return;
	}
	ci->pull = arena_printf(r->arena, "%lld", (long long)json_integer_value(n));
	ci->commit = arena_strdup(r->arena, sha);
	ci->fork = !from || !into || strcmp(from, into) != 0;
}

static void event_read(struct reader *r, struct ci *ci)
{
	const char *path = take(r, &file, "GITHUB_EVENT_PATH");
	auto_buf data = BUF_INIT(EVENT_MAX);
	json_error_t why;
	json_auto_t *event = NULL;
	const json_t *pull;

	if (!path || r->failed)
		return;
	if (file_read(path, &data, r->err) == 0) {
		event = json_loadb(buf_str(&data), data.len, 0, &why);
		if (!event)
			error_set(r->err, "%s: line %d: %s", path, why.line, why.text);
	}
	if (!json_is_object(event)) {
		if (event)
			error_set(r->err, "%s: is no JSON object", path);
		error_prefix(r->err, "GITHUB_EVENT_PATH");
		r->failed = true;
		return;
	}
	pull = json_object_get(event, "pull_request");
	if (json_is_object(pull))
		event_pull(r, pull, ci);
}

/* Without an event: "refs/pull/12/merge" is a merge that the forge made, "refs/pull/12/head" the
 * branch itself. */
static void ref_read(struct reader *r, struct ci *ci, const char *sha)
{
	static const char prefix[] = "refs/pull/", heads[] = "refs/heads/";
	const char *ref = take(r, &branch, "GITHUB_REF"), *at;
	size_t n;

	if (ci->pull)
		return;
	if (!ref || !str_starts(ref, prefix)) {
		ci->commit = sha;
		if (ref && str_starts(ref, heads))
			ci->branch = ref + strlen(heads);
		return;
	}
	at = ref + strlen(prefix);
	n = strcspn(at, "/");
	ci->pull = arena_memdup0(r->arena, at, n);
	if (!valid_number(ci->pull))
		wrong(r, "GITHUB_REF", ref, &number);
	if (strcmp(at + n, "/head") == 0)
		ci->commit = sha;
}

/* Forgejo's pages of runs go by their number in the repository, others' by their id. */
static void github_run(struct reader *r, struct ci *ci)
{
	bool by_number = variable(r, "FORGEJO_ACTIONS");
	const char *id = take(r, &number, by_number ? "GITHUB_RUN_NUMBER" : "GITHUB_RUN_ID");
	const char *attempt = take(r, &number, "GITHUB_RUN_ATTEMPT");

	if (!ci->web || !id)
		return;
	ci->run_url = arena_printf(r->arena, "%s/actions/runs/%s", ci->web, id);
	if (ci->forge == FORGE_GITHUB && attempt && strcmp(attempt, "1") != 0)
		ci->run_url = arena_printf(r->arena, "%s/attempts/%s", ci->run_url, attempt);
}

static const char *github_api(struct reader *r, const struct ci *ci, const char *server)
{
	const char *api = NULL;

	if (ci->forge == FORGE_GITHUB)
		api = take(r, &base_url, "GITHUB_API_URL");
	if (api || !server)
		return api;
	if (ci->forge == FORGE_GITEA)
		return arena_printf(r->arena, "%s/api/v1", server);
	if (strcmp(server, "https://github.com") == 0)
		return "https://api.github.com";
	return arena_printf(r->arena, "%s/api/v3", server);
}

static void ci_github(struct reader *r, struct ci *ci)
{
	static const char *const tokens[][4] = {
	    [FORGE_GITHUB] = {"GITHUB_TOKEN", "GH_TOKEN"},
	    [FORGE_GITEA] = {"GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"},
	};
	bool gitea = variable(r, "GITEA_ACTIONS") || variable(r, "FORGEJO_ACTIONS");
	const char *server = take(r, &base_url, "GITHUB_SERVER_URL");

	ci->kind = CI_GITHUB;
	ci->forge = gitea ? FORGE_GITEA : FORGE_GITHUB;
	ci->repository = take(r, &repository, "GITHUB_REPOSITORY");
	ci->api = github_api(r, ci, server);
	ci->has_forge = ci->repository && ci->api;
	if (server && ci->repository)
		ci->web = arena_printf(r->arena, "%s/%s", server, ci->repository);
	ci->token = take_first(r, &token, tokens[ci->forge]);
	event_read(r, ci);
	ref_read(r, ci, take(r, &commit_id, "GITHUB_SHA"));
	github_run(r, ci);
	ci->summary_file = take(r, &file, "GITHUB_STEP_SUMMARY");
	ci->output_file = take(r, &file, "GITHUB_OUTPUT");
}

/* A pipeline of a fork's merge request may run in the fork: the merge request is in the project
 * that it is for. */
static void ci_gitlab(struct reader *r, struct ci *ci)
{
	static const char *const projects[] = {"CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID",
					       NULL};
	static const char *const pages[] = {"CI_MERGE_REQUEST_PROJECT_URL", "CI_PROJECT_URL", NULL};
	/* Set only in pipelines of merged results, where CI_COMMIT_SHA is the merge. */
	static const char *const tips[] = {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA",
					   NULL};
	const char *from = take(r, &number, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID");
	const char *into = take(r, &number, "CI_MERGE_REQUEST_PROJECT_ID");

	ci->kind = CI_GITLAB;
	ci->forge = FORGE_GITLAB;
	ci->api = take(r, &base_url, "CI_API_V4_URL");
	ci->repository = take_first(r, &number, projects);
	ci->has_forge = ci->repository && ci->api;
	ci->web = take_first(r, &base_url, pages);
	ci->token = take(r, &token, "GITLAB_TOKEN");
	ci->pull = take(r, &number, "CI_MERGE_REQUEST_IID");
	ci->commit = take_first(r, &commit_id, tips);
	ci->branch = take(r, &branch, "CI_COMMIT_BRANCH");
	ci->run_url = take(r, &url, "CI_JOB_URL");
	ci->fork = ci->pull && (!from || !into || strcmp(from, into) != 0);
}

/* "https://HOST/" and the path behind it, without ".git". NULL: the URL is of another host. */
static const char *source_path_of(struct reader *r, const char *source, const char *host)
{
	char *path;
	size_t n = strlen(host);

	source += strlen("https://");
	if (strncmp(source, host, n) != 0 || source[n] != '/')
		return NULL;
	path = arena_strdup(r->arena, source + n + 1);
	if (str_ends(path, ".git"))
		path[strlen(path) - strlen(".git")] = '\0';
	return path;
}

/* https://git-codecommit.REGION.amazonaws.com/v1/repos/NAME */
static bool source_is_codecommit(struct reader *r, struct ci *ci, const char *source)
{
	static const char prefix[] = "https://git-codecommit", middle[] = "/v1/repos/";
	const char *path = strchr(source + strlen("https://"), '/');
	const char *amazon = strstr(source, ".amazonaws.com");

	if (!str_starts(source, prefix) || !path || !amazon || amazon > path ||
	    !str_starts(path, middle))
		return false;
	ci->repository = arena_strdup(r->arena, path + strlen(middle));
	if (!valid_name(ci->repository))
		wrong(r, "CODEBUILD_SOURCE_REPO_URL", source, &repository);
	ci->forge = FORGE_CODECOMMIT;
	ci->has_forge = true;
	return true;
}

/* Of another host the command line says which forge it is. */
static void codebuild_source(struct reader *r, struct ci *ci)
{
	static const struct {
		const char *host, *api, *token;
		enum forge_kind forge;
		bool (*valid)(const char *);
	} hosts[] = {
	    {"github.com", "https://api.github.com", "GITHUB_TOKEN", FORGE_GITHUB,
	     valid_repository},
	    {"gitlab.com", "https://gitlab.com/api/v4", "GITLAB_TOKEN", FORGE_GITLAB,
	     valid_project},
	};
	const char *source = variable(r, "CODEBUILD_SOURCE_REPO_URL"), *path;

	if (!source || !str_starts(source, "https://") || !web_url_is_base(source) ||
	    source_is_codecommit(r, ci, source))
		return;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		path = source_path_of(r, source, hosts[i].host);
		if (!path)
			continue;
		if (!hosts[i].valid(path))
			wrong(r, "CODEBUILD_SOURCE_REPO_URL", source, &repository);
		ci->forge = hosts[i].forge;
		ci->api = hosts[i].api;
		ci->repository = path;
		ci->web = arena_printf(r->arena, "https://%s/%s", hosts[i].host, path);
		ci->token = take(r, &token, hosts[i].token);
		ci->has_forge = true;
	}
}

/* The version of a source that is no git repository, such as an object of S3, is no commit. Whether
 * the pull request is a fork's is not said: its forge is asked. */
static void ci_codebuild(struct reader *r, struct ci *ci)
{
	const char *version = variable(r, "CODEBUILD_RESOLVED_SOURCE_VERSION");
	const char *trigger = variable(r, "CODEBUILD_WEBHOOK_TRIGGER");

	ci->kind = CI_CODEBUILD;
	codebuild_source(r, ci);
	if (version && valid_commit(version))
		ci->commit = arena_strdup(r->arena, version);
	if (trigger && str_starts(trigger, "pr/")) {
		ci->pull = arena_strdup(r->arena, trigger + strlen("pr/"));
		if (!valid_number(ci->pull))
			wrong(r, "CODEBUILD_WEBHOOK_TRIGGER", trigger, &number);
	}
	ci->run_url = take(r, &url, "CODEBUILD_BUILD_URL");
}

int ci_read(const struct env *env, struct arena *arena, struct ci *ci, struct error *err)
{
	struct reader r = {.env = env, .arena = arena, .err = err};

	*ci = (struct ci){.kind = CI_NONE};
	if (is_true(&r, "GITHUB_ACTIONS") || is_true(&r, "GITEA_ACTIONS") ||
	    is_true(&r, "FORGEJO_ACTIONS"))
		ci_github(&r, ci);
	else if (is_true(&r, "GITLAB_CI"))
		ci_gitlab(&r, ci);
	else if (variable(&r, "CODEBUILD_BUILD_ID"))
		ci_codebuild(&r, ci);
	return r.failed ? -1 : 0;
}

const char *ci_blob_url(const struct ci *ci, struct arena *arena, const char *commit,
			const char *path)
{
	static const char *const middle[FORGE_KINDS] = {
	    [FORGE_GITHUB] = "/blob/", [FORGE_GITLAB] = "/-/blob/", [FORGE_GITEA] = "/src/commit/"};
	auto_buf out = BUF_INIT(65536);

	if (!ci->has_forge || !ci->web || !middle[ci->forge] || !commit || !valid_commit(commit))
		return NULL;
	buf_printf(&out, "%s%s%s/", ci->web, middle[ci->forge], commit);
	for (size_t n; path && *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		escape_percent(&out, path, n);
		buf_putc(&out, '/');
	}
	return out.full ? NULL : arena_strdup(arena, buf_str(&out));
}

const char *ci_ca_file(const struct env *env)
{
	static const char *const names[] = {"CI_SERVER_TLS_CA_FILE", "SSL_CERT_FILE",
					    "AWS_CA_BUNDLE"};
	const char *found = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names && (!found || !*found); i++)
		found = env->getenv(names[i]);
	return found && *found ? found : NULL;
}
