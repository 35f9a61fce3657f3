/* init: a first charter.yaml, and the files of a CI system. */
#include "reconciler/command.h"

#include "git/branch.h"
#include "reconciler/init_files.h"
#include "reconciler/template_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (1u << 20)

struct init {
	struct run *run;
	struct init_facts facts;
	const char *path; /* of the configuration below the directory of --repo: "" for itself */
	int root;
	bool default_pin; /* the templates' commit is still an example */
	unsigned written, failed;
	struct buf report;
};

/* What is asked of AWS; without credentials the examples stay. */
static void facts_of_aws(struct init *i)
{
	struct run *run = i->run;
	const struct world *w = &run->world;
	auto_error why = {0};

	if (run_connect(run, true, &why) != 0)
		run_note(run,
			 "AWS was not asked, or did not say, for which organization this is: %s",
			 why.message);
	if (w->caller_account)
		i->facts.account = w->caller_account->s;
	if (w->organization_id && w->management_account) {
		i->facts.organization = w->organization_id->s;
		i->facts.management = w->management_account->s;
	}
	i->facts.no_organization = w->caller_account && w->no_organization;
}

static const char *variable(const struct run *run, const char *name)
{
	const char *value = run->env->getenv(name);

	return value && *value ? value : NULL;
}

static int facts_of_region(struct init *i, struct error *err)
{
	const struct run *run = i->run;
	const char *region = run->options->region;

	if (region && (!init_valid(region) || strpbrk(region, "./_")))
		return error_set(err, "--region %s: no region is called so", region);
	if (!region)
		region = variable(run, "AWS_REGION");
	if (!region)
		region = variable(run, "AWS_DEFAULT_REGION");
	if (!region && run->client)
		region = client_service_region(run->client, SERVICE_STS);
	i->facts.region = init_valid(region) ? region : NULL;
	return 0;
}

/* The repository as the files of this CI system name it. */
static void facts_of_origin(struct init *i, const char *origin)
{
	static const char codecommit[] = "v1/repos/";
	const char *ci = i->run->options->ci, *slash;

	if (!ci || !init_valid(origin))
		return;
	slash = strchr(origin, '/');
	if (strcmp(ci, "gitlab") == 0) {
		i->facts.project = origin;
	} else if (strcmp(ci, "codepipeline") == 0) {
		i->facts.name =
		    str_starts(origin, codecommit) ? origin + strlen(codecommit) : origin;
	} else if (slash && !strchr(slash + 1, '/')) {
		i->facts.owner = arena_memdup0(i->run->arena, origin, (size_t)(slash - origin));
		i->facts.name = slash + 1;
	}
}

static int facts_of_repository(struct init *i, struct error *err)
{
	struct run *run = i->run;
	const struct options *o = run->options;
	const char *branch, *path;

	if (strstr(o->repo, "://"))
		return error_set(err, "init writes into a directory: clone %s, and go there",
				 o->repo);
	if (source_open(&run->source, o->repo, o->path, NULL, err) != 0)
		return -1;
	if (source_is_remote(run->source))
		return error_set(err, "init writes into a directory, and %s is a URL", o->repo);
	branch = source_branch(run->source, run->arena);
	i->facts.branch = init_valid(branch) ? branch : NULL;
	if (branch && !i->facts.branch)
		run_warn(run, "the branch %s is left for you to write into the files", branch);
	if (!branch && o->ci)
		run_note(run, "no branch is checked out: the files say `main`");
	facts_of_origin(i, source_origin_name(run->source, run->arena));
	path = source_path(run->source);
	if (*path && !init_valid(path))
		return error_set(err, "--path %s: letters, digits and ._-/ only", path);
	i->facts.path = *path ? path : NULL;
	/* What source_path() has before --path is where --repo stands in its repository. */
	i->path = strcmp(o->path, ".") == 0 ? "" : o->path;
	if (o->ci && strcmp(path, i->path) != 0)
		run_warn(run,
			 "%s is not the root of its repository, where CI systems look for "
			 "their files: move them there",
			 o->repo);
	if (*template_commit)
		i->facts.commit = template_commit;
	return 0;
}

static void init_file(struct init *i, const char *path, const struct buf *text)
{
	auto_error err = {0};
	auto_free char *line = NULL;

	switch (init_write(i->root, path, buf_str(text), text->len, &err)) {
	case INIT_WROTE:
		i->written++;
		line = xasprintf("wrote   %s\n", path);
		break;
	case INIT_SAME:
		line = xasprintf("kept    %s, which is there already\n", path);
		break;
	case INIT_OTHER:
		line = xasprintf("kept    %s, which is there already and differs\n", path);
		break;
	default:
		i->failed++;
		line = xasprintf("failed  %s\n", err.message);
	}
	escape_terminal(&i->report, line, strlen(line));
}

static void write_config(struct init *i)
{
	auto_buf text = BUF_INIT(FILE_MAX);
	auto_free char *path = xasprintf("%s%scharter.yaml", i->path, *i->path ? "/" : "");

	init_config(&i->facts, &text);
	init_file(i, path, &text);
}

static void write_templates(struct init *i)
{
	const char *ci = i->run->options->ci;

	for (size_t k = 0; ci && k < template_files_n; k++) {
		const struct template_file *f = &template_files[k];
		auto_buf text = BUF_INIT(FILE_MAX);

		if (strcmp(f->ci, ci) != 0)
			continue;
		init_template(&i->facts, f->data, f->end, &text);
		i->default_pin |= strstr(buf_str(&text), "@" TEMPLATE_COMMIT) != NULL;
		init_file(i, f->to, &text);
	}
}

/* What is to be done next for the CI system. */
static const struct {
	const char *ci, *steps;
} ci_steps[] = {
    {"github",
     "3. Deploy .charter/charter-roles.yaml in the account that charter runs from; make the\n"
     "   environment `production` with required reviewers; commit, and open a pull request:\n"
     "   docs/adopt-github.md\n"},
    {"gitlab",
     "3. Deploy .charter/charter-roles.yaml in the account that charter runs from; write the\n"
     "   release's checksum into .gitlab-ci.yml (CHARTER_SHA256) and a token into the variable\n"
     "   GITLAB_TOKEN; protect the environment `production`; commit, and open a merge request:\n"
     "   docs/gitlab.md\n"},
    {"codepipeline",
     "3. Commit, and deploy .charter/charter-pipeline.yaml in the account that charter runs\n"
     "   from, with the release's checksum (CharterSha256) and, where the repository is not in\n"
     "   CodeCommit, its kind and connection (SourceKind, ConnectionArn): docs/codepipeline.md\n"},
};

static void next_steps(struct init *i)
{
	const char *ci = i->run->options->ci, *path = i->path;
	struct buf *out = &i->report;
	const char *last =
	    "3. `charter init --ci github` (gitlab, codepipeline) writes the files of a "
	    "CI system\n";

	for (size_t k = 0; ci && k < sizeof ci_steps / sizeof *ci_steps; k++)
		if (strcmp(ci_steps[k].ci, ci) == 0)
			last = ci_steps[k].steps;
	buf_puts(out, "\nNext:\n");
	if (i->facts.organization || i->facts.no_organization)
		buf_puts(out,
			 "1. Read charter.yaml: which organization, and what the guards refuse\n");
	else
		buf_puts(out, "1. Fill in the ids in charter.yaml: `aws organizations "
			      "describe-organization` tells them\n");
	buf_printf(out,
		   "2. `charter plan%s%s`: nothing to do yet, and all that exists as unmanaged\n",
		   *path ? " --path " : "", path);
	buf_puts(out, last);
	if (i->default_pin)
		buf_puts(out, "   Replace " TEMPLATE_COMMIT
			      " in them by the commit of charter's\n   release that you use: this "
			      "program does not know its own\n");
	if (ci && !i->facts.account)
		buf_puts(out, "   Replace 111111111111 in them by the account that charter runs "
			      "from\n");
	if (ci && !i->facts.name && !i->facts.project)
		buf_puts(out, "   Name the repository when you deploy, with "
			      "--parameter-overrides: there is no remote\n   `origin` that tells "
			      "it\n");
}

static int init_all(struct init *i, struct error *err)
{
	struct run *run = i->run;

	if (facts_of_repository(i, err) != 0)
		return -1;
	facts_of_aws(i);
	if (run->interrupted)
		return error_set_code(err, EXIT_INTERRUPTED, "interrupted; nothing was written");
	if (facts_of_region(i, err) != 0)
		return -1;
	i->root = open(run->options->repo, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (i->root < 0)
		return error_set(err, "%s: %s", run->options->repo, strerror(errno));
	write_config(i);
	write_templates(i);
	close(i->root);
	if (i->written)
		next_steps(i);
	if (run->progress)
		progress_clear(run->progress);
	if (output_file(run->env, NULL, buf_str(&i->report), i->report.len, err) != 0)
		return -1;
	if (i->failed)
		return error_set(err, "not every file could be written");
	if (!i->written)
		return error_set(err, "nothing was written: every file is there already");
	return EXIT_DONE;
}

int command_init(struct run *run, struct error *err)
{
	struct init i = {.run = run, .report = BUF_INIT(FILE_MAX)};
	int code;

	run->no_progress = true;
	code = init_all(&i, err);
	buf_free(&i.report);
	return code;
}
