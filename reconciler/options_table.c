/* Commands, options and exit codes, each written once. */
#include "reconciler/options_table.h"

const char *const format_names[FORMAT_COUNT] = {
    [FORMAT_TEXT] = "text",     [FORMAT_MARKDOWN] = "markdown",
    [FORMAT_JSON] = "json",     [FORMAT_HTML] = "html",
    [FORMAT_CALLS] = "calls",   [FORMAT_JUNIT] = "junit",
    [FORMAT_SARIF] = "sarif",   [FORMAT_CODE_QUALITY] = "codequality",
    [FORMAT_COUNTS] = "counts", [FORMAT_ENV] = "env",
};

#define FORM(format) (1u << FORMAT_##format)
#define REPORTS      (FORM(TEXT) | FORM(MARKDOWN) | FORM(JSON))
#define PLANS                                                                                      \
	(REPORTS | FORM(HTML) | FORM(CALLS) | FORM(JUNIT) | FORM(CODE_QUALITY) | FORM(COUNTS) |    \
	 FORM(ENV))

const struct command_row command_table[COMMAND_COUNT] = {
    [COMMAND_VALIDATE] =
	{.name = "validate",
	 .help = "check the configuration offline",
	 .about = "Reads the configuration and reports every error in it, with file, line and "
		  "column. Needs no network and no credentials.",
	 .examples = "charter validate\n"
		     "charter validate --repo config --path organization\n",
	 .formats = FORM(TEXT) | FORM(JSON) | FORM(SARIF) | FORM(JUNIT) | FORM(CODE_QUALITY)},
    [COMMAND_PLAN] =
	{.name = "plan",
	 .help = "show what apply would do",
	 .about = "Compares the configuration at two commits (what was last applied, and what is "
		  "wanted) with the live organization, and shows every change and every call that "
		  "apply would make. Changes nothing.",
	 .examples = "charter plan\n"
		     "charter plan --ref HEAD --target origin/main -o markdown=plan.md -o text\n"
		     "charter plan --ref HEAD --out plan.json --detailed-exitcode\n"
		     "charter plan --only 'account/*' -o json | jq '.changes[].address'\n",
	 .formats = PLANS},
    [COMMAND_APPLY] =
	{.name = "apply",
	 .arguments = "[PLAN.json]",
	 .most = 1,
	 .help = "make it so",
	 .about = "Makes the plan again and performs it. With PLAN.json, --expect or "
		  "--from-pull-request only if the plan made now is the one that was approved: a "
		  "saved one, one of this id, or the one that was shown on the merged pull "
		  "request. No question is asked: what is severe is declared in the "
		  "configuration.",
	 .examples = "charter apply --ref HEAD\n"
		     "charter apply --ref HEAD plan.json\n"
		     "charter apply --ref HEAD --from-pull-request\n"
		     "charter apply --ref HEAD --only-drift\n",
	 .formats = PLANS},
    [COMMAND_DRIFT] =
	{.name = "drift",
	 .help = "what differs from git, without a change being asked for",
	 .about = "Compares the live organization with what was last applied, asks CloudTrail who "
		  "changed it, and puts what one session did together. Changes nothing. What could "
		  "not be read is never called in sync: the exit code is 6. With --state it tells "
		  "what is new from what was there before; `charter comment` keeps that in the "
		  "forge's issue instead.",
	 .examples = "charter drift\n"
		     "charter drift --detailed-exitcode -o json=drift.json -o html=drift.html\n"
		     "charter drift --state s3://charter-state/drift.json --notify webhook\n"
		     "charter comment drift.json\n",
	 .formats = PLANS},
    [COMMAND_REHEARSE] =
	{.name = "rehearse",
	 .help = "try the plan on a simulated copy of the organization",
	 .about = "Reads the organization (or takes a snapshot), loads it into the twin, and "
		  "applies the plan there in virtual time under AWS's rates: does it converge, is "
		  "a call refused, how long will the real one take. Changes nothing in AWS.",
	 .examples = "charter rehearse\n"
		     "charter rehearse --ref HEAD --target origin/main -o markdown=rehearsal.md\n"
		     "charter rehearse --live live.jsonl -o markdown=rehearsal.md -o text\n"
		     "charter rehearse --quota-accounts 50\n",
	 .formats = REPORTS},
    [COMMAND_IMPORT] =
	{.name = "import",
	 .help = "write configuration for what exists",
	 .about =
	     "Writes the configuration of what is live and nobody declares, one file for each "
	     "section or unit, into the configuration directory; a file that is there is never "
	     "written over. With --drift it writes live values into the files that declare them, "
	     "and changes only the lines it must. The plan of the result is made before anything "
	     "is written: it is empty, or what is left is named. Changes nothing in AWS.",
	 .examples = "charter import\n"
		     "charter import --only 'iam_user/identity/bob'\n"
		     "charter import --drift\n"
		     "charter import --drift --pull-request\n"},
    [COMMAND_COMMENT] =
	{.name = "comment",
	 .arguments = "[PLAN.json]",
	 .most = 1,
	 .help = "put a plan or a drift report on the forge",
	 .about =
	     "Writes the saved plan as the one comment of charter on its pull request, or "
	     "brings that comment up to date: earlier plans stay in its history. A drift report "
	     "becomes the one issue of its organization and scope: opened, edited, closed and "
	     "reopened as what it tells changes. Without "
	     "PLAN.json only the footer changes, to what --status says. In GitHub Actions, "
	     "GitLab CI, CodeBuild and the runners of Gitea and Forgejo the forge, the pull "
	     "request and the token come from the environment; else the token is in "
	     "GITHUB_TOKEN, GITLAB_TOKEN or GITEA_TOKEN, and options say the rest. Needs no "
	     "AWS credentials, but for CodeCommit.",
	 .examples = "charter comment plan.json\n"
		     "charter comment drift.json --notify webhook\n"
		     "charter comment --comment new plan.json\n"
		     "charter comment --status applied\n"
		     "charter comment --forge gitea --forge-url https://git.example.com/api/v1 "
		     "--repository platform/cloud --pull-request 12 plan.json\n"},
    [COMMAND_SNAPSHOT] = {.name = "snapshot",
			  .help = "save a reading of the live organization",
			  .about = "Writes JSON lines that --live reads in place of AWS.",
			  .examples = "charter snapshot --out live.jsonl\n"
				      "charter plan --live live.jsonl\n"},
    [COMMAND_SHOW] = {.name = "show",
		      .arguments = "FILE",
		      .least = 1,
		      .most = 1,
		      .help = "print a saved plan or snapshot in another form",
		      .about =
			  "Of a saved plan or drift report: the report, as when it was made. Of "
			  "a snapshot: the addresses and ids in it, as text or JSON. Asks "
			  "nobody.",
		      .examples = "charter show plan.json\n"
				  "charter show -o markdown plan.json\n",
		      .formats = PLANS},
    [COMMAND_PERMISSIONS] =
	{.name = "permissions",
	 .arguments = "[PLAN.json|all|comment|proposal|state]",
	 .most = 1,
	 .help = "the IAM policy that reading, a plan, or every plan needs",
	 .about =
	     "Prints an IAM policy document. Without an argument: what reading needs, for the "
	     "role that plans and looks for drift. With PLAN.json: reading and the calls of that "
	     "plan. With `all`: every call that any apply can make. With `comment` and `proposal`: "
	     "what `charter comment` and `charter import --pull-request` need on CodeCommit. With "
	     "`state`: what `charter drift --state s3://... --notify arn:...` needs beside "
	     "reading.",
	 .examples = "charter permissions > read.json\n"
		     "charter permissions plan.json\n"
		     "charter permissions all > apply.json\n"
		     "charter permissions comment\n"
		     "charter permissions state\n"},
    [COMMAND_TWIN] =
	{.name = "twin",
	 .help = "serve the simulated AWS",
	 .about = "Serves the simulated AWS control plane over HTTP on a loopback address, for "
		  "charter and for any other client. The access key AKIATWIN and the number of an "
		  "account (AKIATWIN111111111111) is that account's administrator.",
	 .examples = "charter twin --listen 127.0.0.1:4566\n"
		     "charter twin --listen 127.0.0.1:4566 --load live.jsonl --rates off\n"
		     "charter twin --faults 'throttle%5, reset_after@writes#3'\n"},
    [COMMAND_INIT] =
	{.name = "init",
	 .help = "a first configuration and CI files",
	 .about = "Writes a first charter.yaml, and the files of a CI system, into the directory "
		  "of --repo. With credentials it asks AWS for the organization's ids. A file that "
		  "is there already is never written over.",
	 .examples = "charter init\n"
		     "charter init --ci github\n"
		     "charter init --ci codepipeline --path organization\n"},
    [COMMAND_DOCTOR] =
	{.name = "doctor",
	 .help = "check identity, permissions, record and set-up from inside the "
		 "run",
	 .about = "Checks from inside a job, or at a desk, what an apply stands on: the "
		  "repository and its history, the credentials and where they come from, the "
		  "organization, the record, what the role may do beside what is needed, the "
		  "role's trust, the endpoints, the forge. Prints what to mend. Changes nothing.",
	 .examples = "charter doctor\n"
		     "charter doctor --ref HEAD -o json\n",
	 .formats = REPORTS},
    [COMMAND_REPORT] =
	{.name = "report",
	 .arguments = "ids|hygiene",
	 .least = 1,
	 .most = 1,
	 .help = "what exists: ids of what is declared, neglected credentials",
	 .about = "`charter report ids` prints what the configuration declares and AWS has, an "
		  "address and its id on each line, or as JSON, for other programs. `charter "
		  "report hygiene` prints old access keys, unused users, and who has no MFA, in "
		  "every account whose IAM the configuration names, or in the account of the "
		  "credentials where there is no configuration; it changes nothing. Not supported "
		  "yet: costs, access.",
	 .examples = "charter report ids\n"
		     "charter report ids -o json=ids.json\n"
		     "charter report hygiene\n"
		     "charter report hygiene -o markdown=hygiene.md -o json=hygiene.json\n",
	 .formats = REPORTS},
    [COMMAND_SELFTEST] =
	{.name = "selftest",
	 .help = "seeded reconciliations against the twin",
	 .about =
	     "Makes a random organization and a random configuration for each seed, applies it "
	     "with random faults until it has converged, and checks what must hold. A seed "
	     "that fails is printed with the command that repeats it. Needs no network.",
	 .examples = "charter selftest\n"
		     "charter selftest --seeds 10000\n"
		     "charter selftest --seed 4711 --seeds 1 --scenario converge -v\n"},
    [COMMAND_HELP] = {.name = "help",
		      .arguments = "[COMMAND]",
		      .most = 2,
		      .help = "help for all, or for one command"},
    [COMMAND_VERSION] = {.name = "version", .help = "print the version"},
};

#define BIT(command) (1u << COMMAND_##command)
#define ALL          ((1u << COMMAND_COUNT) - 1)
#define CONFIG                                                                                     \
	(BIT(VALIDATE) | BIT(PLAN) | BIT(APPLY) | BIT(DRIFT) | BIT(SNAPSHOT) | BIT(REPORT) |       \
	 BIT(REHEARSE) | BIT(INIT) | BIT(DOCTOR) | BIT(IMPORT))
#define AWS_READ                                                                                   \
	(BIT(PLAN) | BIT(APPLY) | BIT(DRIFT) | BIT(SNAPSHOT) | BIT(REPORT) | BIT(REHEARSE) |       \
	 BIT(DOCTOR) | BIT(IMPORT))
#define COMPARE    (BIT(PLAN) | BIT(APPLY) | BIT(DRIFT))
#define FORGE      (BIT(COMMENT) | BIT(APPLY) | BIT(IMPORT))
#define AT(member) offsetof(struct options, member)

/* In the order in which help shows them. */
const struct option_row option_table[] = {
    {"repo", 0, "URL|DIR",
     "the configuration repository; default `.`. A URL (https, ssh, file) is cloned bare", CONFIG,
     OPTION_STRING, AT(repo), NULL},
    {"ref", 0, "REV",
     "the head commit; default: the working tree of a local directory, `HEAD` of a URL",
     CONFIG & ~BIT(INIT), OPTION_STRING, AT(ref), NULL},
    {"base", 0, "REV",
     "the base commit, for planning; default: the commit recorded by the last apply", COMPARE,
     OPTION_STRING, AT(base), NULL},
    {"target", 0, "REV", "plan the merge of this commit with the head, as a pull request will be",
     BIT(PLAN) | BIT(REHEARSE), OPTION_STRING, AT(target), NULL},
    {"path", 0, "DIR", "the configuration directory in the repository", CONFIG, OPTION_STRING,
     AT(path), NULL},
    {"output", 'o', "FORMAT[=FILE]",
     "text, markdown, json, html or calls; for CI systems also junit, codequality, counts "
     "(GitLab's "
     "terraform report) and env (`NAME=value` lines); of validate text, json, sarif, junit or "
     "codequality. May be repeated, so one run writes several; default `text` to standard output. "
     "Rehearsals have no calls and no html",
     COMPARE | BIT(SHOW) | BIT(REPORT) | BIT(REHEARSE) | BIT(VALIDATE) | BIT(DOCTOR), OPTION_OUTPUT,
     0, "text markdown json html calls junit sarif codequality counts env"},
    {"out", 0, "FILE", "save the plan, or the snapshot", BIT(PLAN) | BIT(SNAPSHOT), OPTION_STRING,
     AT(out), NULL},
    {"live", 0, "FILE", "a snapshot in place of reading AWS; may be repeated",
     BIT(PLAN) | BIT(DRIFT) | BIT(REPORT) | BIT(REHEARSE) | BIT(IMPORT), OPTION_LIST, AT(live),
     NULL},
    {"only", 0, "PATTERN", "limit to addresses, e.g. `account/*`; `*` stops at `/`, `**` does not",
     COMPARE | BIT(IMPORT), OPTION_STRING, AT(only), NULL},
    {"except", 0, "PATTERN", "leave out addresses", COMPARE, OPTION_STRING, AT(except), NULL},
    {"detailed-exitcode", 0, NULL, "exit 2 when there are differences", BIT(PLAN) | BIT(DRIFT),
     OPTION_BOOL, AT(detailed_exitcode), NULL},
    {"no-removals", 0, NULL, "everything but deletions and losses of access",
     BIT(PLAN) | BIT(APPLY), OPTION_BOOL, AT(no_removals), NULL},
    {"only-drift", 0, NULL, "only what drifted", BIT(PLAN) | BIT(APPLY), OPTION_BOOL,
     AT(only_drift), NULL},
    {"only-due", 0, NULL, "only what expired or is due by date or credit", BIT(PLAN) | BIT(APPLY),
     OPTION_BOOL, AT(only_due), NULL},
    {"date", 0, "DATE", "the run's date, for trials: 2026-12-31 or RFC 3339",
     COMPARE | BIT(VALIDATE) | BIT(REPORT), OPTION_DATE, AT(date), NULL},
    {"spend", 0, "FILE",
     "what accounts of credit pools have spent, in place of Cost Explorer, for trials: a line "
     "`NAME "
     "AMOUNT` each",
     COMPARE | BIT(REHEARSE), OPTION_STRING, AT(spend), NULL},
    {"logins", 0, "DIR",
     "where new console passwords are written, each encrypted to its person's key; default "
     "`charter-logins`",
     BIT(APPLY), OPTION_STRING, AT(logins), NULL},
    {"allow-dirty", 0, NULL, "apply a working tree with uncommitted changes", BIT(APPLY),
     OPTION_BOOL, AT(allow_dirty), NULL},
    {"expect", 0, "PLAN_ID", "apply only if the plan made now has this id", BIT(APPLY),
     OPTION_STRING, AT(expect), NULL},
    {"from-pull-request", 0, NULL,
     "apply only if the plan made now is the one that our own comment on the merged pull request "
     "shows; its footer says what became of it. As strong as write access to comments, no stronger",
     BIT(APPLY), OPTION_BOOL, AT(from_pull_request), NULL},
    {"forge", 0, "KIND",
     "github, gitlab, gitea or codecommit; default: what the CI system's environment says", FORGE,
     OPTION_WORD, AT(forge), "github gitlab gitea codecommit"},
    {"forge-url", 0, "URL", "the forge's API, e.g. https://git.example.com/api/v1", FORGE,
     OPTION_STRING, AT(forge_url), NULL},
    {"repository", 0, "NAME", "the repository's name on the forge, `owner/name`", FORGE,
     OPTION_STRING, AT(repository), NULL},
    {"pull-request", 0, "N", "the pull request; default: the one that this job is about",
     BIT(COMMENT), OPTION_STRING, AT(pull_request), NULL},
    {"pull-request", 0, NULL,
     "put the result on a branch `charter/import-...` of the forge and open a pull request, in "
     "place of writing files",
     BIT(IMPORT), OPTION_BOOL, AT(as_pull_request), NULL},
    {"drift", 0, NULL,
     "write the live values of what drifted into the files that declare it, in place of new files",
     BIT(IMPORT), OPTION_BOOL, AT(drift), NULL},
    {"notify", 0, "WHERE",
     "who is told when drift begins, grows or ends: `webhook` (Slack's or one like it; its URL in "
     "CHARTER_WEBHOOK) or the ARN of an SNS topic; may be repeated",
     BIT(DRIFT) | BIT(COMMENT), OPTION_LIST, AT(notify), NULL},
    {"comment", 0, "update|new",
     "one comment that is kept up to date (the default), or a new one, and the former folded away",
     BIT(COMMENT), OPTION_WORD, AT(comment), "update new"},
    {"status", 0, "STATUS",
     "what the footer says: planned, outdated (a later run made no plan), applying, applied, "
     "refused, failed",
     BIT(COMMENT), OPTION_WORD, AT(status), "planned outdated applying applied refused failed"},
    {"run-url", 0, "URL", "the page of this run; default: as the CI system's environment says",
     FORGE, OPTION_STRING, AT(run_url), NULL},
    {"ci", 0, "KIND", "whose files to write: github, gitlab or codepipeline", BIT(INIT),
     OPTION_WORD, AT(ci), "github gitlab codepipeline"},
    {"region", 0, "REGION", "the region that the files name; default: the environment's", BIT(INIT),
     OPTION_STRING, AT(region), NULL},
    {"journal", 0, "FILE",
     "where the journal of the calls is kept; default: below `$XDG_STATE_HOME/charter`", BIT(APPLY),
     OPTION_STRING, AT(journal), NULL},
    {"rates", 0, "aws|off|PERCENT",
     "how much of AWS's published request rates to use, default 70 percent; for the twin: `aws` "
     "(its "
     "default) keeps to them, `off` does not",
     AWS_READ | BIT(TWIN), OPTION_RATES, 0, "aws off 70"},
    {"listen", 0, "ADDRESS:PORT",
     "where the twin listens, a loopback address; default 127.0.0.1:4566, port 0: any free one",
     BIT(TWIN), OPTION_STRING, AT(listen), NULL},
    {"load", 0, "FILE", "a snapshot, or what --save wrote, to begin with; may be repeated",
     BIT(TWIN), OPTION_LIST, AT(load), NULL},
    {"save", 0, "FILE", "write the twin's state when it ends", BIT(TWIN), OPTION_STRING, AT(save),
     NULL},
    {"account", 0, "ID",
     "the account that is there from the beginning, or several, with commas; default 111111111111",
     BIT(TWIN), OPTION_STRING, AT(account), NULL},
    {"latency", 0, "MS", "from a request to its reply; default 0, for rehearse 100",
     BIT(TWIN) | BIT(REHEARSE), OPTION_NUMBER, AT(latency), NULL},
    {"job-time", 0, "MS",
     "how long asynchronous work takes, such as the creation of an account; default 0, for "
     "rehearse 20000, and 4000 in Identity Center",
     BIT(TWIN) | BIT(REHEARSE), OPTION_NUMBER, AT(job_time), NULL},
    {"lag", 0, "READS", "for how many listings what was just made may stay unseen; default 0",
     BIT(TWIN), OPTION_NUMBER, AT(lag), NULL},
    {"quota-accounts", 0, "N",
     "how many accounts the organization may have; default 10, or as many as there are; for "
     "rehearse 10, or no limit where there are more",
     BIT(TWIN) | BIT(REHEARSE), OPTION_NUMBER, AT(accounts), NULL},
    {"faults", 0, "SPEC", "what goes wrong, e.g. `throttle%5, reset_after@CreatePolicy#1`",
     BIT(TWIN), OPTION_STRING, AT(faults), NULL},
    {"no-verify", 0, NULL, "accept any signature and any access key", BIT(TWIN), OPTION_BOOL,
     AT(no_verify), NULL},
    {"seed", 0, "N", "the twin's seed of ids and of chance, or the first of a self-test; default 1",
     BIT(TWIN) | BIT(SELFTEST), OPTION_NUMBER, AT(seed), NULL},
    {"seeds", 0, "N", "how many seeds; default 100", BIT(SELFTEST), OPTION_NUMBER, AT(seeds), NULL},
    {"scenario", 0, "NAME",
     "only this scenario, or the sample in this file (NAME.case); `list` names them", BIT(SELFTEST),
     OPTION_STRING, AT(scenario), NULL},
    {"workers", 0, "N", "processes; default: one for each processor", BIT(SELFTEST), OPTION_NUMBER,
     AT(workers), NULL},
    {"color", 0, "WHEN",
     "auto, always or never; auto: a terminal, `NO_COLOR` unset, `TERM` not `dumb`, each stream "
     "on its own",
     ALL, OPTION_COLOR, 0, "auto always never"},
    {"quiet", 'q', NULL, "fewer messages, no progress", ALL, OPTION_QUIET, 0, NULL},
    {"verbose", 'v', NULL, "more messages; -vv names each request, never its secrets", ALL,
     OPTION_VERBOSE, 0, NULL},
    {"exact", 0, NULL,
     "ask for the assignments of every pair of permission set and account, so that those of "
     "deleted people and groups are seen; `drift` does so on Sundays",
     BIT(PLAN) | BIT(APPLY) | BIT(DRIFT) | BIT(SNAPSHOT) | BIT(IMPORT), OPTION_BOOL, AT(exact),
     NULL},
    {"shard", 0, "K/N", "a slice of accounts to read (not supported yet)",
     BIT(PLAN) | BIT(DRIFT) | BIT(SNAPSHOT), OPTION_NOT_YET, 0, NULL},
    {"state", 0, "FILE",
     "where what earlier reports said is kept: a file, or s3://BUCKET/KEY; without it nothing is "
     "known of earlier reports",
     BIT(DRIFT), OPTION_STRING, AT(state), NULL},
    {"man", 0, NULL, "write the manual page (roff)", BIT(HELP), OPTION_HELP_WORD, 0, NULL},
    {"completions", 0, "SHELL", "write completions for bash, zsh or fish", BIT(HELP),
     OPTION_HELP_WORD, 0, "bash zsh fish"},
    {"help", 'h', NULL, "help for this command", ALL, OPTION_BOOL, AT(help), NULL},
    {"version", 0, NULL, "print the version", ALL, OPTION_VERSION, 0, NULL},
};
const size_t option_rows = sizeof option_table / sizeof *option_table;

const struct exit_row exit_table[] = {
    {"0", "done; without --detailed-exitcode also when there are differences"},
    {"1", "failed: usage, configuration, credentials, AWS, input or output; a rehearsal that does "
	  "not converge"},
    {"2", "differences, only with --detailed-exitcode"},
    {"3", "refused by a guard; nothing was changed"},
    {"4", "the plan is stale; nothing was changed"},
    {"5", "partly applied, or an outcome is unknown; running again continues"},
    {"6",
     "a reading was incomplete: for plan, rehearse and apply, where something declared is in the "
     "unread scope; for drift, always"},
    {"130, 143", "interrupted, after the requests in flight had ended and the journal was written"},
};
const size_t exit_rows = sizeof exit_table / sizeof *exit_table;

const struct environment_row environment_table[] = {
    {"AWS_*", "credentials, region, endpoints, retries and the file of certificate authorities, as "
	      "AWS's own tools read them"},
    {"GITHUB_TOKEN, GH_TOKEN", "the token for comments, issues and pull requests on GitHub"},
    {"GITLAB_TOKEN", "the token for comments, issues and pull requests on GitLab"},
    {"GITEA_TOKEN, FORGEJO_TOKEN",
     "the token for comments, issues and pull requests on Gitea and Forgejo"},
    {"GITHUB_*, GITEA_*, FORGEJO_*, CI_*, CODEBUILD_*",
     "what CI systems tell a job: the forge, the pull request, the page of the run, where summary "
     "and outputs go"},
    {"CHARTER_WEBHOOK", "the URL of `--notify webhook`"},
    {"SSL_CERT_FILE", "the file of certificate authorities for git servers and forges"},
    {"SSH_AUTH_SOCK", "the agent with the keys of git over ssh"},
    {"XDG_STATE_HOME", "where journals are kept; default: ~/.local/state"},
    {"NO_COLOR, TERM", "no colour, where the first is set or the second is `dumb`"},
};
const size_t environment_rows = sizeof environment_table / sizeof *environment_table;
