/* What CI systems take, read back as they read it, with names that would be more than names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reconciler/surface_priv.h"
#include "tests/unit/plan_sample.h"

#include <expat.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX ((size_t)16 << 20)

static const char *const hostile[] = {
    "\"><script>alert(1)</script>",     "]]><!-- & &amp; --> <?x ?>",
    "a\n::error::b\r\n  ::add-mask::c", "##[add-mask]x ##vso[task.x]",
    "%0A::warning::x %25 %3A%2C,:=",    "\xe3\x80\x80::set-output name=plan_id::x",
    "\x1b[31mred\x1b[0m \x07 \x01",     "\xe2\x80\xae vil \xef\xbf\xbf\xef\xbf\xbe \xff\xfe",
    "a\nPLAN_ID=b\n\nCHARTER_X=y",      "'$(id)`id`\\",
    "[x](javascript:x) @all #1 | a",
};
#define HOSTILE (sizeof hostile / sizeof *hostile)

struct page {
	struct arena *arena;
	struct plan_doc *plan;
	struct buf out;
};

static int set_up(void **state)
{
	struct page *p = xcalloc(1, sizeof *p);

	p->arena = arena_new();
	p->plan = sample_plan(p->arena);
	p->plan->path = "aws/org";
	p->out = BUF_INIT(OUT_MAX);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct page *p = *state;

	buf_free(&p->out);
	arena_free(p->arena);
	free(p);
	return 0;
}

/* The sample with this in every place that a stranger may write. */
static void make_hostile(struct page *p, const char *s)
{
	struct plan_doc *d = p->plan;

	for (size_t i = 0; i < d->changes; i++) {
		d->change[i].address = arena_printf(p->arena, "%s%zu", s, i);
		d->change[i].id = s;
		d->change[i].file = s;
	}
	for (size_t i = 0; i < d->access_n; i++)
		d->access[i].principal = d->access[i].permission = s;
	d->guard[0].detail = s;
	d->guard[0].result = "refuse";
	d->refusal = arena_printf(p->arena, "removals: %s", s);
	d->unread[0].message = d->unread[0].error = s;
	d->path = s;
	d->plan_id = s;
}

static const char *write(struct page *p, void (*form)(const struct plan_doc *, struct buf *))
{
	buf_clear(&p->out);
	form(p->plan, &p->out);
	assert_false(p->out.full);
	return buf_str(&p->out);
}

static json_t *json(const char *text)
{
	json_error_t why;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &why);

	if (!value)
		fail_msg("line %d: %s in:\n%.2000s", why.line, why.text, text);
	return value;
}

static const char *member(const json_t *o, const char *a, const char *b)
{
	const json_t *v = json_object_get(o, a);

	return json_string_value(b ? json_object_get(v, b) : v);
}

/* GitHub's runner (ActionCommand.cs): how many lines it would take as a command. */
static size_t commands(const char *text)
{
	static const char blanks[] = " \t\xc2\xa0";
	size_t n = 0;

	for (size_t len; *text; text += len + (text[len] == '\n')) {
		const char *line = text;

		len = strcspn(text, "\n");
		line += strspn(line, blanks);
		if (strncmp(line, "\xe3\x80\x80", 3) == 0)
			line += 3;
		n += strncmp(line, "::", 2) == 0 || memmem(text, len, "##[", 3) ||
		     memmem(text, len, "##vso[", 6) || memchr(text, '\r', len);
	}
	return n;
}

struct junit {
	unsigned tests, failures, skipped, cases, failed, skips, suites;
	struct buf names;
};

static void junit_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct junit *j = ctx;
	bool is_suite = strcmp(name, "testsuite") == 0, is_case = strcmp(name, "testcase") == 0;

	j->cases += is_case;
	j->suites += is_suite;
	j->failed += strcmp(name, "failure") == 0;
	j->skips += strcmp(name, "skipped") == 0;
	for (; *attributes; attributes += 2) {
		unsigned n = (unsigned)strtoul(attributes[1], NULL, 10);

		if (is_suite && strcmp(attributes[0], "tests") == 0)
			j->tests = n;
		else if (is_suite && strcmp(attributes[0], "failures") == 0)
			j->failures = n;
		else if (is_suite && strcmp(attributes[0], "skipped") == 0)
			j->skipped = n;
		else if (is_case)
			buf_printf(&j->names, "%s=%s;", attributes[0], attributes[1]);
	}
}

static struct junit junit_read(const char *text)
{
	struct junit j = {.names = BUF_INIT(OUT_MAX)};
	XML_Parser parser = XML_ParserCreate("UTF-8");

	XML_SetUserData(parser, &j);
	XML_SetStartElementHandler(parser, junit_start);
	if (XML_Parse(parser, text, (int)strlen(text), 1) != XML_STATUS_OK)
		fail_msg("%s at line %lu of:\n%.4000s", XML_ErrorString(XML_GetErrorCode(parser)),
			 XML_GetCurrentLineNumber(parser), text);
	XML_ParserFree(parser);
	assert_int_equal(j.suites, 1);
	assert_int_equal(j.tests, j.cases);
	assert_int_equal(j.failures, j.failed);
	assert_int_equal(j.skipped, j.skips);
	return j;
}

static void test_junit_has_a_case_for_each(void **state)
{
	struct page *p = *state;
	struct junit j = junit_read(write(p, doc_write_junit));

	assert_int_equal(j.cases, p->plan->changes + p->plan->guards + p->plan->unread_n);
	/* What is declared was not read. */
	assert_int_equal(j.failed, 1);
	assert_int_equal(j.skips, 1);
	assert_non_null(strstr(buf_str(&j.names),
			       "classname=change.delete;name=policy/old-guardrail;"
			       "file=aws/org/organization.yaml;line=16;"));
	assert_non_null(strstr(buf_str(&j.names), "classname=guard;name=protected;"));
	buf_free(&j.names);

	p->plan->guard[0].result = "refuse";
	j = junit_read(write(p, doc_write_junit));
	assert_int_equal(j.failed, 2);
	buf_free(&j.names);

	p->plan->format = "charter.drift/1";
	p->plan->guards = 0;
	j = junit_read(write(p, doc_write_junit));
	assert_int_equal(j.failed, p->plan->changes - 1 + p->plan->unread_n);
	assert_non_null(strstr(buf_str(&p->out), "charter drift"));
	buf_free(&j.names);
}

static void test_code_quality_points_at_lines(void **state)
{
	struct page *p = *state;
	json_auto_t *list = json(write(p, doc_write_code_quality)), *again = NULL;
	const json_t *first = json_array_get(list, 0);
	size_t n = json_array_size(list);

	assert_int_equal(n, p->plan->changes + p->plan->unread_n);
	assert_string_equal(member(first, "check_name", NULL), "charter-removal");
	assert_string_equal(member(first, "severity", NULL), "major");
	assert_string_equal(member(first, "location", "path"), "aws/org/organization.yaml");
	assert_int_equal(
	    json_integer_value(json_object_get(
		json_object_get(json_object_get(first, "location"), "lines"), "begin")),
	    16);
	assert_non_null(strstr(member(first, "description", NULL), "policy/old-guardrail"));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    member(json_array_get(list, i), "fingerprint", NULL),
			    member(json_array_get(list, k), "fingerprint", NULL));

	/* A line that moves is no new finding. */
	for (size_t i = 0; i < p->plan->changes; i++)
		p->plan->change[i].line += 100;
	again = json(write(p, doc_write_code_quality));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(member(json_array_get(list, i), "fingerprint", NULL),
				    member(json_array_get(again, i), "fingerprint", NULL));
}

static void test_counts_and_environment(void **state)
{
	struct page *p = *state;

	assert_string_equal(write(p, doc_write_counts),
			    "{\"create\":1,\"delete\":1,\"update\":5}\n");
	assert_string_equal(
	    write(p, doc_write_env),
	    "CHARTER_PLAN_ID=3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a\n"
	    "CHARTER_CREATE=1\nCHARTER_UPDATE=5\nCHARTER_DELETE=1\nCHARTER_DRIFT=2\n"
	    "CHARTER_UNMANAGED=23\nCHARTER_CALLS=7\nCHARTER_HAS_CHANGES=true\n"
	    "CHARTER_REFUSED=false\nCHARTER_COMPLETE=false\n");
	p->plan->changes = 0;
	p->plan->refusal = "hold: wait";
	p->plan->plan_id = NULL;
	buf_clear(&p->out);
	doc_write_values(p->plan, "", &p->out);
	assert_true(strncmp(buf_str(&p->out), "plan_id=\ncreate=1\n", 18) == 0);
	assert_non_null(strstr(buf_str(&p->out), "\nhas_changes=false\nrefused=true\n"));
}

static void hostile_annotations(struct page *p)
{
	struct annotations list = {0};

	annotations_of_document(p->arena, p->plan, true, &list);
	for (size_t i = 0; i < list.n; i++) {
		const char *line;

		buf_clear(&p->out);
		annotation_command(p->arena, &list.at[i], p->plan->path, &p->out);
		line = buf_str(&p->out);
		assert_int_equal(commands(line), 1);
		assert_ptr_equal(strchr(line, '\n'), line + p->out.len - 1);
		assert_null(strpbrk(line, "\r\033\x01\x07"));
		assert_true(utf8_count(line, p->out.len) > 0);
		/* Nothing before the message's own "::" but what we wrote. */
		assert_true(strstr(line + 2, "::") < strstr(line, "title=") + 40);
	}
	free(list.at);
}

static void test_hostile_names_stay_names(void **state)
{
	struct page *p = *state;

	for (size_t i = 0; i < HOSTILE; i++) {
		struct junit j;
		json_auto_t *list = NULL;
		const char *values;

		make_hostile(p, hostile[i]);
		j = junit_read(write(p, doc_write_junit));
		assert_int_equal(j.cases, p->plan->changes + p->plan->guards + p->plan->unread_n);
		assert_int_equal(commands(buf_str(&p->out)), 0);
		buf_free(&j.names);
		list = json(write(p, doc_write_code_quality));
		/* A refusal has a line for each reason, and so may a name. */
		assert_true(json_array_size(list) > p->plan->changes + p->plan->unread_n);
		assert_int_equal(commands(buf_str(&p->out)), 0);
		values = write(p, doc_write_env);
		assert_true(strncmp(values, "CHARTER_PLAN_ID=\nCHARTER_CREATE=", 32) == 0);
		assert_int_equal(commands(values), 0);
		hostile_annotations(p);
	}
}

static void test_long_messages_are_cut(void **state)
{
	struct page *p = *state;
	char *name = arena_alloc(p->arena, 64 << 10);
	struct annotation a = {.level = ANNOTATION_WARNING, .title = "Removal", .message = name};

	for (size_t i = 0; i + 3 < 64 << 10; i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	annotation_command(p->arena, &a, "", &p->out);
	assert_true(p->out.len < 3000);
	assert_true(utf8_count(buf_str(&p->out), p->out.len) > 0);
	assert_true(strncmp(buf_str(&p->out), "::warning title=Removal::\xc3\xa9", 27) == 0);
}

static void test_what_matters_comes_first(void **state)
{
	static const char *const checks[] = {"refused", "refused", "removal", "loss"};
	struct page *p = *state;
	struct annotations list = {0};

	p->plan->refusal = "removals: 3 removed, 1 allowed\n"
			   "accounts.yaml:12: adopting it would take x away: y";
	p->plan->guard[0].result = "refuse";
	annotations_of_document(p->arena, p->plan, true, &list);
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		assert_string_equal(list.at[i].check, checks[i]);
	assert_string_equal(list.at[0].title, "Refused: removals");
	assert_string_equal(list.at[0].message, "3 removed, 1 allowed");
	assert_null(list.at[0].file);
	assert_string_equal(list.at[1].file, "accounts.yaml");
	assert_int_equal(list.at[1].line, 12);
	assert_string_equal(list.at[1].message, "adopting it would take x away: y");
	assert_string_equal(list.at[list.n - 1].title, "Change");
	buf_clear(&p->out);
	annotation_command(p->arena, &list.at[1], "a,b:c", &p->out);
	assert_string_equal(buf_str(&p->out),
			    "::error file=a%2Cb%3Ac/accounts.yaml,line=12,title=Refused::"
			    "adopting it would take x away: y\n");
	free(list.at);
}

static void found(struct diagnostics *d, const char *file, uint32_t line, const char *message)
{
	diagnose(d, (struct place){.file = file, .line = line, .column = line ? 5 : 0}, "%s",
		 message);
}

static void check_sarif(const json_t *sarif, size_t n)
{
	const json_t *run = json_array_get(json_object_get(sarif, "runs"), 0), *result, *driver;
	size_t i;

	assert_string_equal(member(sarif, "version", NULL), "2.1.0");
	driver = json_object_get(json_object_get(run, "tool"), "driver");
	assert_string_equal(member(driver, "name", NULL), "charter");
	assert_int_equal(json_array_size(json_object_get(run, "results")), n);
	json_array_foreach(json_object_get(run, "results"), i, result)
	{
		const json_t *place = json_object_get(
		    json_array_get(json_object_get(result, "locations"), 0), "physicalLocation");
		const json_t *rule = json_array_get(
		    json_object_get(driver, "rules"),
		    (size_t)json_integer_value(json_object_get(result, "ruleIndex")));
		const char *uri = member(place, "artifactLocation", "uri");

		assert_string_equal(member(rule, "id", NULL), member(result, "ruleId", NULL));
		assert_non_null(member(result, "message", "text"));
		assert_true(*uri && *uri != '/');
		assert_null(strpbrk(uri, " \"<>\\\n:"));
	}
}

static void test_diagnostics_in_every_form(void **state)
{
	struct page *p = *state;
	struct diagnostics d = {.arena = p->arena};
	json_auto_t *sarif = NULL, *quality = NULL, *plain = NULL;
	struct junit j;

	for (size_t i = 0; i < HOSTILE; i++)
		found(&d, hostile[i], (uint32_t)i + 1, hostile[i]);
	found(&d, "b.yaml", 9, "unknown key");
	found(&d, "b.yaml", 9, "unknown key");
	found(&d, "b.yaml", 12, "unknown key");
	found(&d, NULL, 0, "no account");
	diagnose_warning(&d, (struct place){.file = "a.yaml", .line = 3, .column = 1}, "old");

	diagnostics_write_sarif(&d, "x y", &p->out);
	assert_int_equal(commands(buf_str(&p->out)), 0);
	sarif = json(buf_str(&p->out));
	check_sarif(sarif, HOSTILE + 4);
	assert_non_null(strstr(buf_str(&p->out), "\"uri\":\"x%20y/b.yaml\""));
	assert_non_null(strstr(buf_str(&p->out), "\"startColumn\":5,\"startLine\":12"));
	buf_clear(&p->out);
	diagnostics_write_code_quality(&d, "", &p->out);
	assert_int_equal(commands(buf_str(&p->out)), 0);
	quality = json(buf_str(&p->out));
	assert_int_equal(json_array_size(quality), HOSTILE + 4);
	buf_clear(&p->out);
	diagnostics_write_json(&d, "", &p->out);
	plain = json(buf_str(&p->out));
	assert_int_equal(json_array_size(json_object_get(plain, "diagnostics")), HOSTILE + 4);
	assert_true(json_is_false(json_object_get(plain, "valid")));
	buf_clear(&p->out);
	diagnostics_write_junit(&d, "", &p->out);
	assert_int_equal(commands(buf_str(&p->out)), 0);
	j = junit_read(buf_str(&p->out));
	assert_int_equal(j.failed, HOSTILE + 3);
	assert_int_equal(j.cases, HOSTILE + 4);
	buf_free(&j.names);
	diagnostics_free(&d);
}

static void test_a_valid_configuration_passes(void **state)
{
	struct page *p = *state;
	struct diagnostics d = {.arena = p->arena};
	json_auto_t *sarif = NULL;
	struct junit j;

	diagnostics_write_sarif(&d, "", &p->out);
	sarif = json(buf_str(&p->out));
	check_sarif(sarif, 0);
	buf_clear(&p->out);
	diagnostics_write_junit(&d, "", &p->out);
	j = junit_read(buf_str(&p->out));
	assert_int_equal(j.cases, 1);
	assert_int_equal(j.failed, 0);
	buf_free(&j.names);
	buf_clear(&p->out);
	diagnostics_write_code_quality(&d, "", &p->out);
	assert_string_equal(buf_str(&p->out), "[]\n");
}

static void test_logs_have_no_command_of_a_stranger(void **state)
{
	struct page *p = *state;

	for (size_t i = 0; i < HOSTILE; i++) {
		buf_clear(&p->out);
		escape_terminal(&p->out, hostile[i], strlen(hostile[i]));
		assert_int_equal(commands(buf_str(&p->out)), 0);
		buf_clear(&p->out);
		escape_json(&p->out, hostile[i], strlen(hostile[i]));
		assert_null(strstr(buf_str(&p->out), "##"));
	}
	buf_clear(&p->out);
	escape_terminal(&p->out, "\xe2\x80\x83 ::x", 7);
	assert_string_equal(buf_str(&p->out), "\xe2\x80\x83 \\u{003A}:x");
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(test_junit_has_a_case_for_each),
	    EACH(test_code_quality_points_at_lines),
	    EACH(test_counts_and_environment),
	    EACH(test_hostile_names_stay_names),
	    EACH(test_long_messages_are_cut),
	    EACH(test_what_matters_comes_first),
	    EACH(test_diagnostics_in_every_form),
	    EACH(test_a_valid_configuration_passes),
	    EACH(test_logs_have_no_command_of_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
