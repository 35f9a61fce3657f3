/* Sources of configuration, against repositories that the git program makes. */
#include "git/source_priv.h"
#include "tests/unit/script.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* libgit2 1.5 leaks what its regular expressions match with, when it looks at extensions. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:git_config_foreach_match\nleak:libpcre2\n";
}

static char base[64];

/* Runs a shell script in the scratch directory and returns what it prints, without the last
 * newline. */
__attribute__((format(printf, 1, 2))) static char *shell(const char *fmt, ...)
{
	auto_buf script = BUF_INIT(1u << 16);
	va_list ap;

	buf_printf(&script, "set -e; cd %s; ", base);
	va_start(ap, fmt);
	buf_vprintf(&script, fmt, ap);
	va_end(ap);
	return script_run(buf_str(&script));
}
#define run(...) free(shell(__VA_ARGS__))

static int make_scratch(void **state)
{
	(void)state;
	strcpy(base, "/tmp/test_source-XXXXXX");
	assert_non_null(mkdtemp(base));
	setenv("HOME", base, 1);
	setenv("TMPDIR", base, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "A", 1);
	setenv("GIT_AUTHOR_EMAIL", "a@example.com", 1);
	setenv("GIT_COMMITTER_NAME", "A", 1);
	setenv("GIT_COMMITTER_EMAIL", "a@example.com", 1);
	/* Were it read, no file URL would work. */
	run("printf '[url \"https://invalid.invalid/\"]\\n\\tinsteadOf = file:///\\n' > "
	    ".gitconfig");
	return 0;
}

static int drop_scratch(void **state)
{
	(void)state;
	assert_string_equal(strstr(base, "/tmp/test_source-"), base);
	run("cd /; rm -rf %s", base);
	return 0;
}

/* A repository "r": org/{charter.yaml,accounts.yaml,policies/deny.json}, left out files, a README.
 */
static void make_repo(void)
{
	run("git init -q -b main r; cd r; mkdir -p org/policies org/_drafts org/.hidden; "
	    "echo 'organization: {}' > org/charter.yaml; echo 'accounts: {}' > org/accounts.yaml; "
	    "echo '{}' > org/policies/deny.json; echo x > org/_drafts/a.yaml; "
	    "echo x > org/.hidden/b.yaml; echo x > org/_c.yaml; echo hello > README; "
	    "git add -A; git commit -q -m one; git tag -a -m v1 v1; "
	    "echo 'accounts: {a: {}}' > org/accounts.yaml; git commit -q -a -m two");
}

static struct source *open_source(const char *repo, const char *path)
{
	auto_error err = {0};
	auto_free char *full =
	    *repo == '/' || strchr(repo, ':') ? xstrdup(repo) : xasprintf("%s/%s", base, repo);
	struct source *s = NULL;

	if (source_open(&s, full, path, NULL, &err) < 0)
		fail_msg("open %s: %s", full, err.message);
	return s;
}

static struct tree *read_tree(struct source *s, const char *rev)
{
	auto_error err = {0};
	struct tree *t = NULL;

	if (source_read(s, rev, &t, &err) < 0)
		fail_msg("read %s: %s", rev ? rev : "-", err.message);
	return t;
}

static void assert_says(const struct error *err, const char *part)
{
	assert_int_equal(err->code, EXIT_FAILED);
	assert_non_null(err->message);
	if (!strstr(err->message, part))
		fail_msg("'%s' is not in: %s", part, err->message);
}

static void read_fails(struct source *s, const char *rev, const char *part)
{
	auto_error err = {0};
	struct tree *t = NULL;

	assert_int_equal(source_read(s, rev, &t, &err), -1);
	assert_null(t);
	assert_says(&err, part);
}

static void open_fails(const char *repo, const char *path, const char *part)
{
	auto_error err = {0};
	struct source *s = NULL;

	assert_int_equal(source_open(&s, repo, path, NULL, &err), -1);
	assert_null(s);
	assert_says(&err, part);
}

static void assert_paths(const struct tree *t, const char *const *path, size_t n)
{
	assert_int_equal(t->files, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(t->file[i].path, path[i]);
}

static const char *const org_paths[] = {"accounts.yaml", "charter.yaml", "policies/deny.json"};

static void test_urls(void **state)
{
	static const struct {
		const char *text, *url, *shown;
	} good[] = {
	    {"https://u:s3cret@h.example/o/r.git", "https://h.example/o/r.git",
	     "https://h.example/o/r.git"},
	    {"https://tok%40en@h:8443/r?key=s3cret", "https://h:8443/r?key=s3cret",
	     "https://h:8443/r"},
	    {"ssh://git:s3cret@h:2222/r", "ssh://git@h:2222/r", "ssh://h:2222/r"},
	    {"git@h:o/r.git", "git@h:o/r.git", "h:o/r.git"},
	    {"file:///a%20b", "file:///a%20b", "file:///a%20b"},
	};
	static const char *const bad[] = {
	    "http://s3cret@h/r", "git://h/r",     "ext::s3cret://x/y",
	    "https://s3cret@/r", "https://h",     "HTTPS://h/r",
	    "file://host/r",     "file://rel",    "https://u:%zzs3cret@h/r",
	    "ssh://s3cret",      "https://h/a b", "-oProxy=s3cret-s3cret://h",
	};
	struct remote_url u;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		auto_error err = {0};
		assert_int_equal(url_parse(&u, good[i].text, &err), 0);
		assert_string_equal(u.url, good[i].url);
		assert_string_equal(u.shown, good[i].shown);
		if (i == 0)
			assert_string_equal(u.password, "s3cret");
		if (i == 1)
			assert_string_equal(u.user, "tok@en");
		url_free(&u);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		auto_error err = {0};
		if (url_parse(&u, bad[i], &err) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_null(strstr(err.message, "s3cret"));
		url_free(&u);
	}
	assert_true(url_is_remote("git@h:r") && url_is_remote("h:r"));
	assert_false(url_is_remote("./a:b") || url_is_remote("dir") || url_is_remote(":a"));
}

static void test_paths(void **state)
{
	(void)state;
	run("mkdir plain; echo a > plain/charter.yaml");
	for (const char *const *p = (const char *const[]){"/abs", "a//b", "../x", "a/../b", "a/..",
							  "./a", "a/", "a\nb", NULL};
	     *p; p++)
		open_fails(base, *p, "the configuration path");
	open_fails("/nonexistent/x", "", "No such file");
	open_fails("http://127.0.0.1/x", "", "http:// URLs are not accepted");
	open_fails("/etc/passwd", "", "is not a directory");
}

static void test_commit(void **state)
{
	auto_free char *tree = NULL, *head = NULL, *first = NULL;
	struct source *s;
	struct tree *t, *old;

	(void)state;
	make_repo();
	head = shell("git -C r rev-parse HEAD");
	first = shell("git -C r rev-parse HEAD~1");
	tree = shell("git -C r rev-parse HEAD:org");
	s = open_source("r", "org");
	assert_true(source_has_git(s) && source_has_worktree(s) && !source_is_remote(s));
	assert_string_equal(source_path(s), "org");
	t = read_tree(s, "main");
	assert_paths(t, org_paths, 3);
	assert_string_equal(t->commit, head);
	assert_string_equal(t->tree, tree);
	assert_string_equal(t->label, "main");
	assert_false(t->dirty);
	assert_string_equal(tree_file(t, "accounts.yaml")->data, "accounts: {a: {}}\n");
	assert_int_equal(tree_file(t, "policies/deny.json")->len, 3);
	assert_null(tree_file(t, "policies"));
	old = read_tree(s, "v1"); /* an annotated tag is peeled */
	assert_string_equal(old->commit, first);
	assert_string_not_equal(old->config, t->config);
	tree_free(old);
	old = read_tree(s, first);
	assert_int_equal(strlen(old->label), 7);
	tree_free(old);
	old = read_tree(s, "HEAD~1");
	assert_string_equal(old->commit, first);
	tree_free(old);
	tree_free(t);
	read_fails(s, "nowhere", "'nowhere' cannot be found");
	read_fails(s, "", "empty");
	read_fails(s, "HEAD:README", "is no commit");
	source_close(s);
	s = open_source("r", "README");
	read_fails(s, "HEAD", "'README' is not a directory");
	read_fails(s, NULL, "is not a directory");
	source_close(s);
	s = open_source("r", "none/here");
	read_fails(s, "HEAD", "'none/here' does not exist");
	read_fails(s, NULL, "does not exist");
	source_close(s);
}

/* The hash is of what is documented, so that others can compute it. */
static void test_config_hash(void **state)
{
	auto_free char *sum = NULL;
	struct source *s;
	struct tree *t;

	(void)state;
	run("mkdir p; printf abc > p/b.yaml; printf 'x\\n' > p/a.yaml");
	s = open_source("p", "");
	assert_false(source_has_git(s) || source_has_worktree(s));
	t = read_tree(s, NULL);
	sum = shell("printf 'a.yaml\\0002\\000x\\nb.yaml\\0003\\000abc' | sha256sum | cut -c1-64");
	assert_string_equal(t->config, sum);
	assert_string_equal(t->commit, "");
	assert_string_equal(t->tree, "");
	assert_false(t->dirty);
	read_fails(s, "HEAD", "no git repository");
	tree_free(t);
	source_close(s);
}

static void assert_dirty(struct source *s, bool dirty, size_t files)
{
	struct tree *t = read_tree(s, NULL);

	assert_int_equal(t->dirty, dirty);
	assert_int_equal(t->files, files);
	assert_string_equal(t->label, "working tree");
	assert_int_equal(strlen(t->tree), dirty ? 0 : 40);
	tree_free(t);
}

static void test_worktree(void **state)
{
	struct source *s;
	struct tree *t, *head;

	(void)state;
	make_repo();
	s = open_source("r", "org");
	t = read_tree(s, NULL);
	head = read_tree(s, "HEAD");
	assert_string_equal(t->config, head->config);
	assert_string_equal(t->tree, head->tree);
	assert_string_equal(t->commit, head->commit);
	tree_free(t);
	tree_free(head);
	assert_dirty(s, false, 3);
	run("cd r/org; echo more >> accounts.yaml");
	assert_dirty(s, true, 3);
	run("cd r; git checkout -q org; echo x > org/new.yaml");
	assert_dirty(s, true, 4);
	run("cd r; echo new.yaml > .gitignore; mkdir -p org/build/deep; echo 'build/' > "
	    "org/.gitignore; "
	    "echo x > org/build/deep/b.yaml");
	assert_dirty(s, false, 3); /* ignored, so no part of any commit */
	run("cd r; git add -f org/new.yaml org/build/deep/b.yaml; git commit -q -m ignored");
	assert_dirty(s, false, 5); /* ignored, but tracked */
	run("cd r; rm org/new.yaml");
	assert_dirty(s, true, 4);
	run("cd r; git checkout -q org; touch org/charter.yaml; chmod +x org/charter.yaml; "
	    "echo x > org/_drafts/new.yaml; echo x > outside");
	assert_dirty(s, false, 5); /* nothing that is read has changed */
	source_close(s);
}

static void test_worktree_line_endings(void **state)
{
	struct source *s;
	struct tree *t, *head;

	(void)state;
	run("git init -q -b main c; cd c; echo '* text eol=crlf' > .gitattributes; "
	    "printf 'a\\nb\\n' > a.yaml; git add -A; git commit -q -m one; "
	    "rm a.yaml; git checkout -q a.yaml; grep -q $(printf '\\r') a.yaml");
	s = open_source("c", ".");
	t = read_tree(s, NULL);
	head = read_tree(s, "HEAD");
	assert_string_equal(t->config, head->config);
	assert_false(t->dirty);
	tree_free(t);
	tree_free(head);
	source_close(s);
}

static void test_worktree_hostile(void **state)
{
	auto_error err = {0};
	struct source *s;
	struct tree *t = NULL;

	(void)state;
	make_repo();
	run("cd r/org; ln -s /etc/passwd link.yaml; ln -s /etc dir; mkfifo pipe.yaml; "
	    "head -c 1048577 /dev/zero > big.yaml; head -c 1048576 /dev/zero > fits.yaml; "
	    "git init -q nested; touch \"$(printf 'a\\nb\\033.yaml')\"; touch \"$(printf "
	    "'\\377.yaml')\"; "
	    "ln -s x .fine; ln -s x _fine");
	s = open_source("r", "org");
	assert_int_equal(source_read(s, NULL, &t, &err), -1);
	assert_string_equal(
	    err.message,
	    "\\xff.yaml: has a name that is not valid UTF-8\n"
	    "a\\u{000A}b\\u{001B}.yaml: has a control or bidirectional character in its name\n"
	    "big.yaml: is larger than 1048576 bytes (what is no configuration belongs elsewhere, "
	    "or "
	    "under a name that starts with '_')\n"
	    "dir: is a symbolic link\n"
	    "link.yaml: is a symbolic link\n"
	    "nested: is a submodule or another repository\n"
	    "pipe.yaml: is not a regular file");
	source_close(s);
	run("cd r; ln -s org alias");
	s = open_source("r", "alias");
	read_fails(s, NULL, "behind a symbolic link");
	source_close(s);
}

/* Directories inside a repository: their place counts, unless the repository ignores them. */
static void test_places(void **state)
{
	struct source *s;
	struct tree *t;

	(void)state;
	make_repo();
	s = open_source("r/org", "");
	assert_string_equal(source_path(s), "org");
	t = read_tree(s, "HEAD");
	assert_paths(t, org_paths, 3);
	tree_free(t);
	source_close(s);
	s = open_source("r/org", "policies");
	assert_string_equal(source_path(s), "org/policies");
	source_close(s);
	run("cd r; mkdir .github; echo a > .github/charter.yaml; git add -A; git commit -q -m dot");
	s = open_source("r/.github", "");
	assert_string_equal(source_path(s), ".github");
	assert_dirty(s, false, 1);
	source_close(s);
	s = open_source("r/.git", "org");
	assert_string_equal(source_path(s), "org");
	source_close(s);
	run("cd r; echo out/ > .gitignore; mkdir -p out/x; echo a > out/x/charter.yaml");
	s = open_source("r/out/x", "");
	assert_false(source_has_git(s));
	t = read_tree(s, NULL);
	assert_int_equal(t->files, 1);
	tree_free(t);
	source_close(s);
}

static void test_kinds_of_repository(void **state)
{
	auto_free char *bad = xasprintf("%s/bad", base), *sha = xasprintf("%s/sha", base);
	struct source *s;
	struct tree *t;

	(void)state;
	make_repo();
	run("git clone -q --bare r b.git; git -C r config extensions.worktreeConfig true; "
	    "git -C r config core.repositoryFormatVersion 1; "
	    "git -C r worktree add -q ../linked -b side HEAD~1");
	s = open_source("b.git", "org");
	assert_true(source_has_git(s) && !source_has_worktree(s));
	t = read_tree(s, NULL);
	assert_paths(t, org_paths, 3);
	assert_string_equal(t->label, "main");
	tree_free(t);
	source_close(s);
	s = open_source("linked", "org");
	assert_dirty(s, false, 3);
	run("echo x >> linked/org/accounts.yaml");
	assert_dirty(s, true, 3);
	source_close(s);
	run("git init -q empty; mkdir empty/org; echo x > empty/org/charter.yaml");
	s = open_source("empty", "org");
	t = read_tree(s, NULL);
	assert_true(t->dirty);
	assert_string_equal(t->commit, "");
	tree_free(t);
	source_close(s);
	run("mkdir bad; echo nonsense > bad/.git");
	open_fails(bad, "", ".git");
	run("git init -q --object-format=sha256 sha");
	open_fails(sha, "", "SHA-256");
}

/* Commits a tree object in bare repository h.git, given as the input of git mktree. */
static void commit_tree(const char *mktree)
{
	run("cd h.git; t=$(%s); c=$(git commit-tree -m x $t); git update-ref refs/heads/main $c",
	    mktree);
}

/* The script that names a tree with the entries ".." and "a/b". */
static char *slash_tree(struct source *s)
{
	static const char raw[] =
	    "100644 ..\00012345678901234567890100644 a/b\00012345678901234567890";
	git_odb *odb;
	git_oid id;

	assert_int_equal(git_repository_odb(&odb, s->repo), 0);
	assert_int_equal(git_odb_write(&id, odb, raw, sizeof raw - 1, GIT_OBJECT_TREE), 0);
	git_odb_free(odb);
	return xasprintf("echo %s", git_oid_tostr_s(&id));
}

static void test_hostile_objects(void **state)
{
	auto_error err = {0};
	auto_free char *slash = NULL;
	struct source *s;
	struct tree *t = NULL;

	(void)state;
	run("git init -q -b main --bare h.git; cd h.git; echo ok | git hash-object -w --stdin > b; "
	    "head -c 1048577 /dev/zero | git hash-object -w --stdin > big");
	s = open_source("h.git", "");
	commit_tree(
	    "b=$(cat b); { printf '100644 blob %s\\tok.yaml\\000' $b; "
	    "printf '120000 blob %s\\tlink\\000' $b; printf '120000 blob %s\\t.link\\000' $b; "
	    "printf '160000 commit %040d\\tsub\\000' 1; "
	    "printf '100644 blob %s\\tbig.yaml\\000' $(cat big); "
	    "printf '100644 blob %s\\tx\\ny\\000' $b; printf '100644 blob %s\\ttwice\\000' $b; "
	    "printf '100644 blob %s\\ttwice\\000' $b; "
	    "printf '100644 blob %s\\t\\342\\200\\256x\\000' $b; } | git mktree -z --missing");
	assert_int_equal(source_read(s, NULL, &t, &err), -1);
	assert_string_equal(err.message,
			    "\\u{202E}x: has a control or bidirectional character in its name\n"
			    "big.yaml: is larger than 1048576 bytes (what is no configuration "
			    "belongs elsewhere, or "
			    "under a name that starts with '_')\n"
			    "link: is a symbolic link\n"
			    "sub: is a submodule\n"
			    "twice: is there twice\n"
			    "x\\u{000A}y: has a control or bidirectional character in its name");
	slash = slash_tree(s); /* git mktree would not make it */
	commit_tree(slash);
	read_fails(s, NULL, "a/b: has a name that no file can have");
	/* 33 directories deep, and 10 levels of 10 names each for the same tree. */
	commit_tree("t=$(printf '100644 blob %s\\ta\\n' $(cat b) | git mktree); i=0; "
		    "while [ $i -lt 32 ]; do t=$(printf '040000 tree %s\\td\\n' $t | git mktree); "
		    "i=$((i+1)); done; echo $t");
	t = read_tree(s, NULL);
	assert_int_equal(t->files, 1);
	tree_free(t);
	commit_tree(
	    "t=$(git rev-parse main^{tree}); printf '040000 tree %s\\td\\n' $t | git mktree");
	read_fails(s, NULL, "lies deeper than 32 directories");
	commit_tree(
	    "t=$(git mktree </dev/null); for i in 0 1 2 3 4 5 6 7 8 9; do t=$(for j in 0 1 2 3 4 "
	    "5 6 7 8 9; do printf '040000 tree %s\\td%s\\n' $t $j; done | git mktree); done; "
	    "echo $t");
	read_fails(s, NULL, "more than 100000 entries");
	commit_tree("b=$(cat b); seq -w 10001 | sed \"s/.*/100644 blob $b\tf&/\" | git mktree");
	read_fails(s, NULL, "f10001: is one too many: at most 10000 files");
	source_close(s);
}

static struct tree *merge_trees(struct source *s, const char *target, const char *head)
{
	auto_error err = {0};
	struct tree *t = NULL;

	if (source_read_merge(s, target, head, &t, &err) < 0)
		fail_msg("merge: %s", err.message);
	return t;
}

static void merge_fails(struct source *s, const char *target, const char *head, const char *part)
{
	auto_error err = {0};
	struct tree *t = NULL;

	assert_int_equal(source_read_merge(s, target, head, &t, &err), -1);
	assert_says(&err, part);
}

static void test_merge(void **state)
{
	auto_free char *before = NULL, *after = NULL, *want = NULL, *side = NULL;
	struct source *s, *clone;
	struct tree *t;

	(void)state;
	make_repo();
	run("cd r; git checkout -q -b side HEAD~1; seq 9 > org/charter.yaml; echo r2 > README; "
	    "git commit -q -a -m side; side=$(git rev-parse HEAD); git checkout -q main; "
	    "echo new > org/policies/new.json; echo r3 > README; git add -A; git commit -q -m "
	    "main2; "
	    "git checkout -q -b conflict HEAD; git rm -q org/charter.yaml; git commit -q -m rm; "
	    "git checkout -q --orphan alone; git commit -q -m alone; git checkout -q main");
	before = shell("cd r; git count-objects -v; git for-each-ref; git status --porcelain");
	s = open_source("r", "org");
	t = merge_trees(s, "main", "side"); /* README conflicts, and does not matter */
	assert_int_equal(t->files, 4);
	assert_string_equal(tree_file(t, "accounts.yaml")->data, "accounts: {a: {}}\n");
	assert_string_equal(tree_file(t, "charter.yaml")->data, "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
	assert_non_null(tree_file(t, "policies/new.json"));
	assert_string_equal(t->label, "side merged into main");
	side = shell("git -C r rev-parse side");
	assert_string_equal(t->commit, side);
	after = shell("cd r; git count-objects -v; git for-each-ref; git status --porcelain");
	assert_string_equal(before, after);
	want = shell("git clone -q r m; cd m; git checkout -q main; "
		     "git merge -q -X ours origin/side -m m >/dev/null; git rev-parse HEAD:org");
	assert_string_equal(t->tree, want);
	tree_free(t);
	clone = open_source("m", "org");
	tree_free(merge_trees(clone, "main", "side")); /* only origin's "side" is here */
	source_close(clone);
	t = merge_trees(s, "HEAD~1", "main"); /* nothing to merge: head's own tree */
	assert_string_equal(t->label, "main");
	tree_free(t);
	t = merge_trees(s, "main", "HEAD~1"); /* merged already: the target's */
	assert_int_equal(t->files, 4);
	tree_free(t);
	merge_fails(s, "conflict", "side", "charter.yaml: conflict: deleted on the target");
	merge_fails(s, "main", "alone", "no commit in common");
	source_close(s);
	s = open_source("r", "");
	merge_fails(s, "main", "side",
		    "side merged into main: README: conflict: changed on both sides");
	source_close(s);
}

static void test_history(void **state)
{
	auto_error err = {0};
	auto_free char *one = NULL, *two = NULL, *three = NULL, *tree = NULL, *side = NULL;
	char found[GIT_HEX];
	struct source *s;

	(void)state;
	make_repo();
	run("cd r; git checkout -q -b side HEAD~1; git commit -q --allow-empty -m s; git checkout "
	    "-q "
	    "main; git commit -q --allow-empty -m three");
	one = shell("git -C r rev-parse HEAD~2");
	two = shell("git -C r rev-parse HEAD~1");
	three = shell("git -C r rev-parse HEAD");
	side = shell("git -C r rev-parse side");
	tree = shell("git -C r rev-parse HEAD~2:org");
	s = open_source("r", "org");
	assert_int_equal(source_descends(s, three, one, &err), 1);
	assert_int_equal(source_descends(s, one, one, &err), 1);
	assert_int_equal(source_descends(s, one, three, &err), 0);
	assert_int_equal(source_descends(s, side, two, &err), 0);
	assert_int_equal(source_find_tree(s, three, tree, found, &err), 1);
	assert_string_equal(found, one);
	free(tree);
	tree = shell("git -C r rev-parse HEAD:org");
	assert_int_equal(source_find_tree(s, three, tree, found, &err), 1);
	assert_string_equal(found, three); /* the newest of two */
	assert_int_equal(source_find_tree(s, one, tree, found, &err), 0);
	source_close(s);

	run("git clone -q --depth 2 file://%s/r shallow; cd shallow; git reset -q --soft HEAD~1",
	    base);
	s = open_source("shallow", "org");
	assert_int_equal(source_resolve(s, "HEAD~1", found, &err), -1); /* not origin/HEAD~1 */
	error_clear(&err);
	run("cd shallow; git reset -q --soft origin/main");
	assert_true(source_is_shallow(s));
	assert_true(source_has_commit(s, two) && !source_has_commit(s, one));
	assert_int_equal(source_resolve(s, "HEAD~2", found, &err), -1);
	assert_says(&err, "fetch-depth: 0");
	error_clear(&err);
	assert_int_equal(source_descends(s, three, two, &err), 1);
	assert_int_equal(source_descends(s, three, three, &err), 1);
	assert_int_equal(source_descends(s, two, three, &err), -1);
	assert_says(&err, "fetch-depth: 0");
	error_clear(&err);
	assert_int_equal(source_find_tree(s, three, one, found, &err), -1);
	assert_says(&err, "fetch-depth: 0");
	error_clear(&err);
	assert_dirty(s, false, 3);
	assert_int_equal(source_fetch_commit(s, side, &err), 0); /* from origin */
	assert_true(source_has_commit(s, side) && source_has_commit(s, one));
	assert_int_equal(source_descends(s, two, three, &err), 0); /* can be told now */
	assert_int_equal(source_fetch_commit(s, tree, &err), -1);
	assert_says(&err, "is not in file://");
	source_close(s);
}

/* Steps from one revision to another, as "COMMIT<PARENT", by the tags of the commits. */
static void assert_steps(struct source *s, const char *from, const char *to, const char *expected)
{
	auto_error err = {0};
	auto_buf got = BUF_INIT(1u << 16);
	auto_free char *f = shell("git -C r rev-parse %s", from);
	auto_free char *t = shell("git -C r rev-parse %s", to);
	struct first_parents steps;

	if (source_first_parents(s, f, t, &steps, &err) < 0)
		fail_msg("%s..%s: %s", from, to, err.message);
	for (size_t i = 0; i < steps.step.n; i++) {
		auto_free char *names =
		    shell("cd r; echo $(git tag --points-at %s)\\<$(git tag --points-at %s)",
			  steps.step.at[i].commit, steps.step.at[i].parent);
		buf_printf(&got, "%s%s", i ? " " : "", names);
	}
	free(steps.step.at);
	assert_string_equal(buf_str(&got), expected);
}

static void steps_fail(struct source *s, const char *from, const char *to, const char *part)
{
	auto_error err = {0};
	struct first_parents steps;

	assert_int_equal(source_first_parents(s, from, to, &steps, &err), -1);
	assert_null(steps.step.at);
	assert_says(&err, part);
}

/* A branch moved on by each way of merging, and then merged the wrong way round. */
static void make_steps(void)
{
	run("git init -q -b main r; cd r; n() { git commit -q --allow-empty -m $1; git tag $1; }; "
	    "on() { git checkout -q $@; }; n base; "
	    "on -b m; n m1; n m2; on main; git merge -q --no-ff -m x m; git tag merged; "
	    "on -b s; echo s > s; git add s; n s1; on main; git merge -q --squash s >/dev/null; "
	    "n squashed; "
	    "on -b r base; echo r > r; git add r; n r1; echo q > r; git add r; n r2; "
	    "on -b picked r; git rebase -q main; git tag p2; git tag p1 HEAD~1; "
	    "on main; git merge -q --ff-only picked; "
	    "on -b o1 base; echo o > o; git add o; n o1x; on -b o2 base; echo p > p; git add p; "
	    "n o2x; on main; git merge -q -m x o1 o2; git tag octopus; "
	    "on -b x main; n x1; on main; n y1; git merge -q -m x x; git tag cross1; "
	    "on x; git merge -q -m x y1; git tag cross2; on main; n y2; git merge -q -m x x; "
	    "git tag crossed; "
	    "on -b f y2; n f1; git merge -q -m x main; git tag foxtrot; on main; "
	    "git merge -q --ff-only f; n last; on --orphan else; n alone; on main");
}

static void test_first_parents(void **state)
{
	auto_error err = {0};
	auto_free char *base_id = NULL, *last = NULL, *alone = NULL;
	struct first_parents steps;
	struct source *s;

	(void)state;
	make_steps();
	base_id = shell("git -C r rev-parse base");
	last = shell("git -C r rev-parse last");
	alone = shell("git -C r rev-parse alone");
	s = open_source("r", "");
	assert_steps(s, "base", "base", "");
	assert_steps(s, "base", "merged", "merged<base");
	assert_steps(s, "base", "octopus",
		     "merged<base squashed<merged p1<squashed p2<p1 octopus<p2");
	assert_steps(s, "m1", "squashed", "merged<m1 squashed<merged");
	assert_steps(s, "octopus", "crossed", "y1<octopus cross1<y1 y2<cross1 crossed<y2");
	assert_steps(s, "x1", "crossed", "cross1<x1 y2<cross1 crossed<y2");
	assert_steps(s, "cross2", "last", "foxtrot<cross2 last<foxtrot");
	assert_steps(s, "crossed", "last", "foxtrot<crossed last<foxtrot");
	assert_steps(s, "y2", "last", "f1<y2 foxtrot<f1 last<foxtrot");
	steps_fail(s, last, base_id, "does not descend from");
	steps_fail(s, alone, last, "does not descend from");
	steps_fail(s, "main", last, "'main' is no commit id");
	source_close(s);

	run("git clone -q --depth 2 file://%s/r shallow; git -C shallow fetch -q --depth 1 origin "
	    "tag base",
	    base);
	s = open_source("shallow", "");
	steps_fail(s, base_id, last, "fetch-depth: 0");
	source_close(s);

	free(last);
	last = shell("cd r; head=$(git rev-parse base); for i in $(seq 1000); do "
		     "head=$(git commit-tree -p $head -m $i $head^{tree}); done; echo $head");
	free(alone);
	alone = shell("cd r; git commit-tree -p %s -m x %s^{tree}", last, last);
	s = open_source("r", "");
	assert_int_equal(source_first_parents(s, base_id, last, &steps, &err), 0);
	assert_int_equal(steps.step.n, SOURCE_MAX_STEPS);
	assert_string_equal(steps.step.at[0].parent, base_id);
	assert_string_equal(steps.step.at[SOURCE_MAX_STEPS - 1].commit, last);
	free(steps.step.at);
	steps_fail(s, base_id, alone, "more than 1000 steps");
	source_close(s);
}

static void test_clone(void **state)
{
	auto_error err = {0};
	auto_free char *url = xasprintf("file://%s/r", base), *hidden = NULL, *left = NULL;
	auto_free char *none = xasprintf("file://%s/none", base);
	char id[GIT_HEX];
	struct source *s;
	struct tree *t;

	(void)state;
	make_repo();
	run("cd r; git branch feature/x HEAD~1; git checkout -q -b gone; echo g > org/g.yaml; "
	    "git add -A; git commit -q -m gone");
	hidden = shell("cd r; git rev-parse gone; git checkout -q main; git branch -q -D gone");
	s = open_source(url, "org");
	assert_true(source_is_remote(s) && source_has_git(s) && !source_has_worktree(s));
	assert_false(source_is_shallow(s));
	t = read_tree(s, NULL);
	assert_paths(t, org_paths, 3);
	assert_string_equal(t->label, "main");
	tree_free(t);
	tree_free(read_tree(s, "feature/x"));
	tree_free(read_tree(s, "v1"));
	assert_false(source_has_commit(s, hidden));
	assert_int_equal(source_fetch_commit(s, hidden, &err), 0);
	assert_true(source_has_commit(s, hidden));
	assert_int_equal(source_resolve(s, hidden, id, &err), 0);
	source_close(s);
	run("cd r; git checkout -q --detach HEAD~1");
	s = open_source(url, "org");
	tree_free(read_tree(s, NULL));
	source_close(s);
	open_fails(none, "", "fetching file://");
	left = shell("ls -d charter-git-* 2>/dev/null || :");
	assert_string_equal(left, "");
}

/* A server that takes the connection and says nothing, which libssh2 would wait on for ever. */
static void test_silent_server(void **state)
{
	static const char *const schemes[] = {"ssh", "https"};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 2), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		auto_error err = {0};
		auto_free char *url =
		    xasprintf("%s://git:s3cret@127.0.0.1:%d/r", schemes[i], ntohs(a.sin_port));
		struct source *s = NULL;
		assert_int_equal(source_open_within(&s, url, "", NULL, 1000000, &err), -1);
		assert_says(&err, "the server has been silent for 1 seconds");
		assert_null(strstr(err.message, "s3cret"));
	}
	close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scratch, drop_scratch)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_urls), TEST(test_paths),    TEST(test_commit),
	    TEST(test_config_hash),      TEST(test_worktree), TEST(test_worktree_line_endings),
	    TEST(test_worktree_hostile), TEST(test_places),   TEST(test_kinds_of_repository),
	    TEST(test_hostile_objects),  TEST(test_merge),    TEST(test_history),
	    TEST(test_first_parents),    TEST(test_clone),    TEST(test_silent_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
