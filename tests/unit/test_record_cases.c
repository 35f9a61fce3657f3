/* Every tests/record/NAME.case: a git history and what the organization records of it, to the
 * commit that a run compares with. With CHARTER_UPDATE_CASES set, the expected bases are written
 * anew, to be read in the diff.
 *
 * == history, a line each:
 *     commit NAME PARENT|- UNIT[,UNIT...]    a configuration of these units, a file for each
 *     branch NAME COMMIT
 *     clone BRANCH [OPTION...]               what the run has; options of git clone
 *     alone                                  the clone loses its origin
 * == record: `applied: COMMIT`, or `lost: COMMIT` (of its tree, by an id that no one has; "-": of
 *     a tree that no one has), `other: COMMIT` (of another scope), or `none`, or `unread`
 * == options: the command line, with commits by name */
#include "reconciler/record.h"
#include "reconciler/run.h"
#include "tests/unit/plan_case.h"
#include "tests/unit/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* libgit2 1.5 leaks what its regular expressions match with, when it looks at extensions. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:git_config_foreach_match\nleak:libpcre2\n";
}

#define LOST_COMMIT "1111111111111111111111111111111111111111"
#define LOST_TREE   "2222222222222222222222222222222222222222"
#define GIT_ENVIRONMENT                                                                            \
	"export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A "              \
	"GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com "   \
	"GIT_AUTHOR_DATE='1767225600 +0000' GIT_COMMITTER_DATE='1767225600 +0000'; "
#define ID_SHORT 12 /* as messages shorten ids */

struct named {
	const char *name, *commit, *tree;
};

struct record_case {
	struct plan_case file;
	struct arena *arena; /* that of the file */
	char dir[64];        /* holds "r", where the history is made, and its clone "c" */
	VEC(struct named) named;
};

/* Runs a script in the case's directory; its output without the last newline, in the arena. */
__attribute__((format(printf, 2, 3))) static char *shell(struct record_case *c, const char *fmt,
							 ...)
{
	auto_buf script = BUF_INIT(1 << 16);
	auto_free char *text = NULL;
	va_list ap;

	buf_printf(&script, GIT_ENVIRONMENT "set -e; cd %s; ", c->dir);
	va_start(ap, fmt);
	buf_vprintf(&script, fmt, ap);
	va_end(ap);
	text = script_run(buf_str(&script));
	return arena_strdup(c->arena, text);
}

static const struct named *find_named(const struct record_case *c, const char *name)
{
	for (size_t i = 0; i < c->named.n; i++)
		if (strcmp(c->named.at[i].name, name) == 0)
			return &c->named.at[i];
	return NULL;
}

static void history_commit(struct record_case *c, const char *name, const char *parent,
			   const char *units)
{
	const struct named *from = find_named(c, parent);
	const char *at = from ? arena_printf(c->arena, "-p %s", from->commit) : "";
	struct named made = {.name = name};

	assert_true(from || strcmp(parent, "-") == 0);
	made.tree = shell(c,
			  "cd r; rm -f *.yaml; printf 'charter: 1\\nscope: main\\n"
			  "organization:\\n  id: o-exampleorgid\\n' > charter.yaml; "
			  "for u in $(echo %s | tr , ' '); do "
			  "printf \"units:\\n  $u: {}\\n\" > $u.yaml; done; "
			  "git add -A; git write-tree",
			  units);
	made.commit = shell(c,
			    "cd r; id=$(git commit-tree -m %s %s %s); "
			    "git update-ref refs/made/%s $id; echo $id",
			    name, at, made.tree, name);
	vec_push(&c->named, made);
}

static void history_line(struct record_case *c, char *line)
{
	char *save = NULL;
	const char *verb = strtok_r(line, " ", &save), *name = strtok_r(NULL, " ", &save);

	if (strcmp(verb, "commit") == 0) {
		const char *parent = strtok_r(NULL, " ", &save);

		history_commit(c, name, parent, strtok_r(NULL, " ", &save));
	} else if (strcmp(verb, "branch") == 0) {
		shell(c, "git -C r update-ref refs/heads/%s refs/made/%s", name, save);
	} else if (strcmp(verb, "clone") == 0) {
		shell(c, "git clone -q --branch %s %s file://%s/r c", name, save, c->dir);
	} else {
		assert_string_equal(verb, "alone");
		shell(c, "git -C c remote remove origin");
	}
}

static void history_make(struct record_case *c)
{
	char *text = arena_strdup(c->arena, case_section_text(&c->file, "history")), *save = NULL;

	shell(c, "git init -q -b unborn r");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		history_line(c, line);
}

static void options_of(const struct record_case *c, struct options *o)
{
	char *text = arena_strdup(c->arena, case_section_text(&c->file, "options")), *save = NULL;
	char *argv[16] = {"charter", "--repo", arena_printf(c->arena, "%s/c", c->dir)};
	int argc = 3;
	auto_error err = {0};

	for (char *w = strtok_r(text, " \n", &save); w && argc < 15;
	     w = strtok_r(NULL, " \n", &save)) {
		const struct named *named = find_named(c, w);

		argv[argc++] = named ? arena_strdup(c->arena, named->commit) : w;
	}
	if (options_parse(o, argc, argv, &err) != 0)
		fail_msg("%s", err.message);
}

static const struct text *applied_value(const struct record_case *c, bool lost, const char *name)
{
	const struct named *named = find_named(c, name);

	assert_true(named || lost);
	return text_printf(c->arena, "%s %s", lost ? LOST_COMMIT : named->commit,
			   named ? named->tree : LOST_TREE);
}

/* The organization, with what the section "record" says in its tags. */
static struct side *live_make(struct record_case *c, struct arena *arena)
{
	struct side *live = side_new(arena);
	struct resource *organization =
	    side_resource(live, KIND_ORGANIZATION, text_str(arena, "organization"),
			  text_str(arena, "o-exampleorgid"));
	char *text = arena_strdup(c->arena, case_section_text(&c->file, "record"));
	char *save = NULL, *key = strtok_r(text, ": \n", &save);
	const char *name = strtok_r(NULL, " \n", &save);

	if (strcmp(key, "unread") == 0)
		scope_fail(live, side_scope(live, 0, "organization"), "AccessDeniedException",
			   "not allowed");
	else
		side_know(live, organization, ORG_TAGS);
	if (name)
		side_add(live, organization, ORG_TAGS,
			 text_str(arena, strcmp(key, "other") == 0 ? RECORD_APPLIED "another"
								   : RECORD_APPLIED "main"),
			 applied_value(c, strcmp(key, "lost") == 0, name));
	side_finish(live, NULL);
	return live;
}

/* Ids, short ones too, as the names that the case gives them; its directory as DIR. */
static void print_named(const struct record_case *c, const char *text, struct buf *out)
{
	for (size_t n; *text; text += n) {
		const char *name = NULL;

		for (size_t i = 0; i < c->named.n && !name; i++)
			if (strncmp(text, c->named.at[i].commit, ID_SHORT) == 0)
				name = c->named.at[i].name;
		n = name ? strspn(text, "0123456789abcdef") : 1;
		if (!name && str_starts(text, c->dir)) {
			name = "DIR";
			n = strlen(c->dir);
		}
		buf_add(out, name ? name : text, name ? strlen(name) : 1);
	}
}

static const char *no_environment(const char *name)
{
	(void)name;
	return NULL;
}

/* What the run compares with, or its error; then what it said meanwhile. */
static void case_base(struct record_case *c, struct buf *out)
{
	const char *base;
	char *said = NULL;
	size_t said_len = 0;
	struct options o = {0};
	struct env env = {.clock = clock_system(),
			  .random = random_system(),
			  .err = open_memstream(&said, &said_len),
			  .getenv = no_environment};
	auto_error err = {0};
	struct run run;

	assert_non_null(env.err);
	options_of(c, &o);
	run_init(&run, &o, &env);
	if (run_head(&run, &err) == 0) {
		run.live = live_make(c, run.arena);
		run_base(&run, &err);
	}
	fclose(env.err);
	base = run.base.tree ? run.base.tree->commit : "none";
	if (err.code)
		buf_printf(out, "exit %d: ", (int)err.code);
	print_named(c, err.code ? err.message : base, out);
	buf_putc(out, '\n');
	print_named(c, said, out);
	run_free(&run);
	options_free(&o);
	free(said);
}

static void run_file(void **state)
{
	const char *file = *state, *wanted;
	struct record_case c = {.arena = arena_new(), .dir = "/tmp/charter-record-XXXXXX"};
	auto_buf out = BUF_INIT(1 << 16);

	c.file.arena = c.arena;
	assert_non_null(mkdtemp(c.dir));
	case_read(&c.file, file);
	history_make(&c);
	case_base(&c, &out);
	shell(&c, "cd /; rm -rf %s", c.dir);
	wanted = case_section_text(&c.file, "base");
	if (getenv("CHARTER_UPDATE_CASES"))
		case_update(&c.file, "base", file, buf_str(&out));
	else if (!wanted || strcmp(wanted, buf_str(&out)) != 0)
		fail_msg("%s: expected\n%s--- but the base is\n%s", file, wanted ? wanted : "",
			 buf_str(&out));
	free(c.file.section.at);
	free(c.named.at);
	arena_free(c.arena);
}

int main(void)
{
	return cases_run("record cases", "tests/record/*.case", run_file);
}
