/* Names, tags, notes and messages that would be something else than text: in no report are they. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/plan_sample.h"
#include "tests/unit/report_page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX  ((size_t)64 << 20)
#define LONG     65536
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const evil[] = {
    "**bold** _it_ ~~gone~~",
    "# heading",
    "- item\n1. one\n+ two\n* three",
    "> quote\n> [!CAUTION]",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "[ref]: https://evil.example",
    "https://evil.example/a?b=c",
    "www.evil.example and http://x.example",
    "<https://evil.example>",
    "ada@example.com",
    "@user and @team/x",
    "#12 GH-12 gh-7 owner/repo#1",
    "owner/repo@1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
    "1a2b3c4 1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
    "!12 %3 &4 ~bug ^alert#5 $9",
    ":tada: :+1: :100:",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details></summary></table><h1>x",
    "<details open><summary>y</summary>",
    "<!-- charter:v1 {} -->",
    "a --> <!--- <!-- -->",
    "&lt;b&gt; &#64;user &amp;#35;1",
    "`code` ``two`` ``` x",
    "```\nfence\n```",
    "~~~\nfence\n~~~",
    "| a | b |\n|---|---|",
    "a|b|@user|c",
    "[^1] and [^1]: foot",
    "- [ ] task\n- [x] done",
    "$x^2$ and $$y$$ $`z`$",
    "x\n===\ny\n---",
    "\\@user \\` \\<b>",
    "::error::x",
    "a\n::error file=x::y\n  ::stop-commands::z",
    "##[error]x ##vso[task.setvariable variable=a]b",
    "\033[2J\033[31mred\007\b\r",
    ("\xe2\x80\xae"
     "desrever \xe2\x81\xa6x"),
    "z\xe2\x80\x8b\xe2\x80\x8dw\xc2\xadx\xf3\xa0\x80\xa1",
    "tab\there \x7f\x01 \xff\xc0\x80",
    "end; click n1 callback \"x\"] --> n1[\"y",
};

static int set_up(void **state)
{
	struct report_page *p = page_new(OUT_MAX);

	p->plan = sample_plan(p->arena);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	page_free(*state);
	return 0;
}

static struct doc_attribute *attribute(struct doc_change *c, const char *name)
{
	for (uint32_t i = 0; i < c->attributes; i++)
		if (strcmp(c->attribute[i].name, name) == 0)
			return &c->attribute[i];
	fail_msg("%s has no %s", c->address, name);
	return NULL;
}

/* The name everywhere that something from outside stands in a plan. */
static void poison(struct report_page *p, const char *s)
{
	struct arena *a = p->arena;
	struct plan_doc *d = p->plan = sample_plan(a);
	struct doc_change *unit = &d->change[0], *made = &d->change[1], *user = &d->change[6];

	d->organization = d->scope = d->refusal = d->unread[0].scope = d->unread[0].error =
	    d->unread[0].message = s;
	d->head.commit = s;
	unit->address = arena_printf(a, "unit/%s", s);
	unit->previous = unit->id = unit->file = s;
	attribute(unit, "name")->head = value_str(a, s);
	attribute(unit, "policies")->added[0].key = arena_printf(a, "policy/%s", s);
	attribute(unit, "tags")->added[0].key = s;
	attribute(unit, "tags")->added[0].head = value_str(a, s);
	made->address = arena_printf(a, "account/%s", s);
	attribute(made, "unit")->head = value_str(a, arena_printf(a, "unit/%s", s));
	d->change[3].attribute[1].head = value_str(a, s);
	d->change[4].address = arena_printf(a, "policy/%s", s);
	d->change[4].file = s;
	d->change[5].blocked = s;
	user->address = arena_printf(a, "iam_user/%s/%s", s, s);
	attribute(user, "inline_policies")->added[0].key = s;
	for (size_t i = 0; i < d->access_n; i += 3)
		d->access[i] = (struct doc_access){d->access[i].effect, s, s, s, s, NULL};
	d->guard[0] = (struct doc_guard){s, "refuse", s};
	d->call[1].service = d->call[1].operation = d->call[1].account = d->call[1].input =
	    d->call[1].change = s;
	for (size_t i = 20; i < d->notes; i++) {
		d->note[i].address = i % 2 ? s : d->note[i].address;
		d->note[i].id = d->note[i].text = s;
	}
}

/* Blanks out code spans and fenced blocks, as CommonMark finds them. */
static char *without_code(const char *s)
{
	char *text = xstrdup(s);

	for (char *p = text; *p;) {
		size_t run = strspn(p, "`");
		bool fence = run >= 3 && (p == text || p[-1] == '\n');
		char *end = p + run;

		if (*p == '\\' && p[1]) {
			p += 2;
			continue;
		}
		if (!run) {
			p++;
			continue;
		}
		while (*end) {
			size_t n = strspn(end, "`");

			if (fence ? n >= run && end[-1] == '\n' : n == run)
				break;
			/* A span ends with its paragraph. */
			if (!fence && end[0] == '\n' && end[1] == '\n')
				break;
			end += n ? n : 1;
		}
		if (*end != '`')
			fail_msg("code that never ends: %.300s", p);
		memset(p, ' ', (size_t)(end - p) + run);
		p = end + strspn(end, "`");
	}
	return text;
}

static const char *const tags[] = {"<br>",      "<b>",        "</b>",      "<code>",    "</code>",
				   "<details>", "</details>", "<summary>", "</summary>"};

static void assert_tag(const char *at)
{
	for (size_t i = 0; i < COUNT(tags); i++)
		if (str_starts(at, tags[i]))
			return;
	fail_msg("a tag of somebody else: %.80s", at);
}

static void assert_no_reference(const char *text, const char *at)
{
	char before = at > text ? at[-1] : ' ';

	if (*at == '@' || *at == '$')
		fail_msg("`%c` in %.200s", *at, at > text + 40 ? at - 40 : text);
	if (*at == '#' && isdigit((unsigned char)at[1]) && before != '&')
		fail_msg("a reference: %.80s", at);
	if (strncasecmp(at, "gh-", 3) == 0 || strncasecmp(at, "www.", 4) == 0 ||
	    str_starts(at, "://") || (before != '\\' && str_starts(at, "](")) ||
	    (before != '\\' && str_starts(at, "[^")) || str_starts(at, ":tada:"))
		fail_msg("a reference: %.80s", at);
}

/* Printed in a CI system's log, or at a terminal. */
static void assert_log(const char *s)
{
	assert_lacks(s, "##[");
	assert_lacks(s, "##vso[");
	assert_lacks(s, "\033");
	assert_lacks(s, "\xe2\x80\xae");
	assert_lacks(s, "\xe2\x80\x8b");
	assert_lacks(s, "\xf3\xa0\x80\xa1");
	for (const char *line = s; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (str_starts(line + strspn(line, " "), "::"))
			fail_msg("a workflow command: %.80s", line);
	}
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 && *p != '\n')
			fail_msg("a control character: %.40s", p > s + 20 ? p - 20 : s);
	assert_true(utf8_count(s, strlen(s)) >= 0);
}

static size_t count_of(const char *s, const char *part)
{
	size_t n = 0;

	while ((s = strstr(s, part)) != NULL) {
		s++;
		n++;
	}
	return n;
}

static void assert_inert(const char *s)
{
	auto_free char *text = without_code(s);

	assert_log(s);
	/* By this our own comments are found. */
	assert_lacks(s, "<!--");
	for (const char *p = text; *p; p++) {
		if (*p == '<')
			assert_tag(p);
		assert_no_reference(text, p);
	}
	assert_int_equal(count_of(text, "<details>"), count_of(text, "</details>"));
	assert_int_equal(count_of(text, "<summary>"), count_of(text, "</summary>"));
}

/* Every row has the cells of its head. */
static void assert_tables(const char *s)
{
	auto_free char *text = without_code(s);
	size_t head = 0;

	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t n = 0;

		if (*line != '|') {
			head = 0;
			continue;
		}
		for (char *p = line; *p; p++)
			n += *p == '|' && (p == line || p[-1] != '\\');
		if (!head)
			head = n;
		if (n != head)
			fail_msg("%zu bars and not %zu: %.300s", n, head, line);
	}
}

static void assert_all_inert(struct report_page *p)
{
	bool fits;
	const char *s = page_markdown(p, 60000);

	assert_inert(s);
	assert_tables(s);
	assert_inert(page_markdown(p, 4000));
	s = page_plain(p, 60000, &fits);
	assert_inert(s);
	assert_lacks(s, "<details>");
	assert_lacks(s, "<br>");
	assert_lacks(s, "```mermaid");
	assert_log(page_text(p, 80, false));
	assert_log(page_text(p, 0, false));
	buf_clear(&p->out);
	doc_write_calls(p->plan, &p->out);
	assert_log(buf_str(&p->out));
	p->plan->format = "charter.drift/1";
	assert_inert(page_markdown(p, 60000));
	assert_log(page_text(p, 80, false));
}

static void test_names_are_inert(void **state)
{
	struct report_page *p = *state;

	assert_true(COUNT(evil) >= 40);
	for (size_t i = 0; i < COUNT(evil); i++) {
		poison(p, evil[i]);
		assert_all_inert(p);
	}
}

/* Cut, and said. */
static void test_long_name(void **state)
{
	struct report_page *p = *state;
	char *s = arena_alloc(p->arena, LONG + 1);

	for (size_t i = 0; i < LONG; i++)
		s[i] = "@a `#1|"[i % 7];
	s[LONG] = '\0';
	poison(p, s);
	page_markdown(p, 60000);
	assert_true(p->out.len <= 60000);
	assert_has(buf_str(&p->out), "… (65543 bytes)");
	assert_all_inert(p);
}

/* Quotes, brackets and numbers of characters are no syntax of Mermaid's. */
static void test_mermaid(void **state)
{
	struct report_page *p = *state;
	const char *s, *end;

	poison(p, "x\"]; click n1 call y() <b> #35; end `m`");
	s = strstr(page_markdown(p, 60000), "```mermaid\n");
	assert_non_null(s);
	assert_has(
	    s,
	    "(\"x#34;#93;#59;#32;click n1 call y#40;#41;#32;#60;b#62;#32;#35;35#59;#32;end #96;m");
	end = strstr(s + 4, "\n```");
	for (s = strchr(s, '\n') + 1; s < end; s = strchr(s, '\n') + 1)
		assert_true(str_starts(s, "flowchart LR\n") || str_starts(s, "    n") ||
			    str_starts(s, "    classDef "));
}

static void test_links(void **state)
{
	struct report_page *p = *state;
	struct markdown_style style = {.max_bytes = 60000,
				       .blob = "https://forge.example/o/r/blob/1234567/org/",
				       .blob_base = "https://forge.example/o/r/blob/7654321/org/"};

	p->plan->change[4].file = "a b/](x)#1.yaml";
	p->plan->change[4].gone = true;
	p->plan->change[3].file = "../../up.yaml";
	doc_write_markdown(p->plan, &style, &p->out);
	assert_has(buf_str(&p->out),
		   "[`a b/](x)#1.yaml:16`](https://forge.example/o/r/blob/7654321/"
		   "org/a%20b/%5D%28x%29%231.yaml#L16)");
	assert_has(buf_str(&p->out),
		   "**[`organization.yaml`](https://forge.example/o/r/blob/1234567/"
		   "org/organization.yaml)** (3)");
	assert_has(buf_str(&p->out), "[`12`](https://forge.example/o/r/blob/1234567/org/"
				     "organization.yaml#L12)");
	assert_lacks(buf_str(&p->out), "/../up.yaml#");
	buf_clear(&p->out);
	style.blob = style.blob_base = "https://forge.example/) <b>";
	doc_write_markdown(p->plan, &style, &p->out);
	assert_lacks(buf_str(&p->out), "forge.example");
}

static void test_strength(void **state)
{
	struct report_page *p = *state;
	const char *s;

	p->plan->access[0].strength = "administrator";
	p->plan->access[0].permission = "Data";
	p->plan->access[5].strength = "read";
	p->plan->access[6].strength = "write";
	s = page_markdown(p, 60000);
	assert_has(s, "### Administrator or write access gained (1)\n");
	assert_has(s, "| gains administrator access | `iam_user/jump/ada` | `Data` in "
		      "`training-1` | `iam_group/jump/crm` |");
	assert_true(strstr(s, "### Access lost") < strstr(s, "### Administrator or write"));
	assert_true(strstr(s, "### Administrator or write") < strstr(s, "### Other access gained"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_names_are_inert), TEST(test_long_name),
					   TEST(test_mermaid), TEST(test_links),
					   TEST(test_strength)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
