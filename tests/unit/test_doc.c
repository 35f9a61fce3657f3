#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reconciler/markdown.h"
#include "reconciler/policy_diff.h"
#include "tests/unit/plan_sample.h"
#include "tests/unit/report_page.h"

#include <string.h>

#define OUT_MAX ((size_t)16 << 20)

static int set_up(void **state)
{
	struct report_page *f = page_new(OUT_MAX);

	f->plan = sample_plan(f->arena);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	page_free(*state);
	return 0;
}

/* Both stand in the text, in this order. */
static void assert_before(const char *text, const char *first, const char *second)
{
	assert_has(text, first);
	assert_has(text, second);
	assert_true(strstr(text, first) < strstr(text, second));
}

static void test_json_round_trip(void **state)
{
	struct report_page *f = *state;
	auto_buf again = BUF_INIT(OUT_MAX);
	auto_error err = {0};
	struct plan_doc d;

	f->plan->refusal = "removals: 5 of 2\nsecond line";
	f->plan->target = f->plan->base;
	write_json(f->plan, &f->out);
	assert_int_equal(
	    doc_read_json(f->arena, buf_str(&f->out), f->out.len, "plan.json", &d, &err), 0);
	write_json(&d, &again);
	assert_string_equal(buf_str(&again), buf_str(&f->out));
	/* What the shape leaves out follows from the kind. */
	assert_true(d.change[3].attribute[1].is_policy);
	assert_string_equal(d.change[2].attribute[0].live.u.text->s, "root");
	assert_string_equal(d.change[2].attribute[0].head.u.text->s, "unit/Workloads/Training");
	assert_int_equal(d.change[1].attribute[0].base.state, VALUE_UNSET);
	assert_int_equal(d.change[1].attribute[1].base.state, VALUE_NONE);
	assert_string_equal(d.change[6].attribute[0].removed[0].live.u.text->s,
			    "iam_group/master/leavers");
	/* So `show` prints what `plan` printed. */
	buf_clear(&f->out);
	buf_clear(&again);
	doc_write_markdown(f->plan, &(struct markdown_style){.max_bytes = 60000}, &f->out);
	doc_write_markdown(&d, &(struct markdown_style){.max_bytes = 60000}, &again);
	assert_string_equal(buf_str(&again), buf_str(&f->out));
}

/* The document with the first `from` replaced is refused with this message. */
static void assert_refused(struct report_page *f, const char *from, const char *to,
			   const char *message)
{
	auto_buf b = BUF_INIT(OUT_MAX);
	auto_error err = {0};
	struct plan_doc d;
	const char *s, *at;

	write_json(f->plan, &f->out);
	s = buf_str(&f->out);
	at = strstr(s, from);
	assert_non_null(at);
	buf_add(&b, s, (size_t)(at - s));
	buf_puts(&b, to);
	buf_puts(&b, at + strlen(from));
	assert_int_equal(doc_read_json(f->arena, buf_str(&b), b.len, "p.json", &d, &err), -1);
	assert_has(err.message, message);
}

static void test_json_is_checked(void **state)
{
	struct report_page *f = *state;

	assert_refused(f, "charter.plan/1", "charter.plan/2", "this charter reads charter.plan/1");
	assert_refused(f, "\"format\"", "\"formal\"", "p.json: is not a saved plan");
	assert_refused(f, "\"action\":\"update\"", "\"action\":\"explode\"",
		       "p.json: changes[0].action: `explode` is not known");
	assert_refused(f, "\"name\":\"unit\"", "\"name\":\"planet\"",
		       "changes[1].attributes[1].name: `planet` is not an attribute of account");
	assert_refused(f, "\"n\":2", "\"n\":3", "calls[1].n: must be 2");
	assert_refused(f, "\"n\":3,\"needs\":[1]", "\"n\":3,\"needs\":[3]",
		       "calls[2].needs: must hold numbers from 1 to 2");
	assert_refused(f, "\"calls\":[4]", "\"calls\":[8]", "changes[2].calls");
	assert_refused(f, "\"address\":\"account/", "\"address\":\"unit/",
		       "changes[1].address: `unit/research-1` is not one of a account");
	assert_refused(f, "\"strength\":\"read\"", "\"strength\":\"most\"",
		       "p.json: access[4].strength: `most` is not known");
	assert_refused(f, "\"complete\": false", "\"complete\": 0", "must be true or false");
	assert_refused(f, "\"create\":1", "\"create\":-1", "p.json: summary.create: must be");
	assert_refused(f, "\"unread\": [", "\"unread\": [7,", "unread[0]: must be an object");
	assert_refused(f, "{", "{{", "p.json:1:");
}

static const char *const golden_text =
    "Plan: 1 to create, 4 to update, 1 to delete; 1 not read; 2 drifted; 40 adopted\n"
    "  as they are; 23 unmanaged; 7 calls, about 7 s\n"
    "Organization o-exampleorgid, scope main, 111111111111 -> 222222222222\n"
    "\n"
    "Not read: what stands there is unknown, and is not changed (1)\n"
    "  ! iam/333333333333  AccessDenied: charter may not call\n"
    "      iam:GetAccountAuthorizationDetails\n"
    "    `charter permissions` prints the policy that reading needs\n"
    "\n"
    "Deletions and losses (2)\n"
    "  - policy/old-guardrail (p-22222222)  organization.yaml:16\n"
    "  ~ iam_user/master/frank (AIDAEXAMPLE)  high risk  organization.yaml:17\n"
    "      groups: - leavers  (drift)\n"
    "      managed_policies: + aws/job-function/ViewOnlyAccess\n"
    "      inline_policies: + own-keys\n"
    "        + {\"Statement\": []}\n"
    "\n"
    "Access (3)\n"
    "  - iam_user/jump/bob loses role crm-reader in training-1; role crm-writer in\n"
    "      training-2\n"
    "  + iam_role/*/x gains iam_policy/*/own in training-1, training-2\n"
    "  + iam_user/jump/ada, iam_user/jump/joe gain role crm-reader in training-1,\n"
    "      training-2 through iam_group/jump/crm\n"
    "\n"
    "Changes (5)\n"
    "  ~ unit/Campus (ou-ab12-11111111)  renamed from unit/Classroom\n"
    "      organization.yaml:12\n"
    "      name: Classroom -> Campus\n"
    "      policies:\n"
    "        + deny-leave\n"
    "        + regions  (drift)\n"
    "      tags:\n"
    "        + tier = \"\"\n"
    "        ~ owner: ops -> platform\n"
    "        - old = x\n"
    "  + account/research-1  organization.yaml:13\n"
    "      email: aws+research-1@example.com\n"
    "      unit: Workloads/Research\n"
    "      tags: + domain = research\n"
    "  ~ account/training-1 (222222222222)  conflict  organization.yaml:14\n"
    "      unit:\n"
    "        last applied  Workloads\n"
    "        live          /\n"
    "        wanted        Workloads/Training\n"
    "  ~ policy/deny-leave (p-11111111)  high risk  organization.yaml:15\n"
    "      description: (none) -> Accounts stay in the organization\n"
    "      document:\n"
    "          ... 2 lines as before\n"
    "              {\n"
    "                \"Action\": [\n"
    "        +         \"account:CloseAccount\",\n"
    "                  \"organizations:LeaveOrganization\"\n"
    "                ],\n"
    "          ... 21 lines as before\n"
    "  ! iam_group/audit/readers  not read, so nothing is done: iam/333333333333\n"
    "      managed_policies: + policy/`odd` | name\n"
    "\n"
    "Warnings (1)\n"
    "  unit/Old  `previously` has no effect any more\n";

static void test_text_is_golden(void **state)
{
	struct report_page *f = *state;
	const char *s = page_text(f, 80, false);

	if (strncmp(s, golden_text, strlen(golden_text)) != 0)
		assert_string_equal(s, golden_text);
	assert_has(s, "  ... and 3 more (3 IAM users); -o json lists them all\n");
	assert_has(s, "\nPlan id 3f2a9c1d");
}

/* No blank at the end of a line, nothing wider than asked (but what cannot be broken there), no
 * escape without colour. */
static void test_text_lines(void **state)
{
	static const unsigned widths[] = {0, 40, 80, 200};
	struct report_page *f = *state;

	for (size_t i = 0; i < 4; i++) {
		const char *s = page_text(f, widths[i], false);

		assert_lacks(s, " \n");
		assert_lacks(s, "\033");
		for (size_t n; *s; s += n + (s[n] == '\n')) {
			n = strcspn(s, "\n");
			if (widths[i] && n > widths[i])
				fail_msg("%u columns: %.*s", widths[i], (int)n, s);
		}
	}
}

static void test_text_color(void **state)
{
	struct report_page *f = *state;
	auto_buf plain = BUF_INIT(OUT_MAX), bare = BUF_INIT(OUT_MAX);
	const char *s;

	buf_puts(&plain, page_text(f, 80, false));
	s = page_text(f, 80, true);
	assert_has(s, "\033[1;31mDeletions and losses");
	for (; *s; s++) {
		if (*s == '\033')
			while (*s != 'm')
				s++;
		else
			buf_putc(&bare, *s);
	}
	assert_string_equal(buf_str(&bare), buf_str(&plain));
}

static void test_order_of_sections(void **state)
{
	struct report_page *f = *state;
	const char *s;

	f->plan->refusal = "removals: 5 of 2 allowed\nunits.yaml:3: adopting takes away";
	s = page_text(f, 80, false);
	assert_before(s, "Refused", "Not read");
	assert_before(s, "Not read", "Deletions");
	assert_before(s, "Deletions", "Changes (");
	assert_has(s, "\n  units.yaml:3: adopting takes away\n");
	s = page_markdown(f, 60000);
	assert_before(s, "**refused**", "[!CAUTION]");
	assert_before(s, "[!CAUTION]", "[!WARNING]");
	assert_before(s, "[!WARNING]", "### Deletions and losses (2)");
	assert_before(s, "### Deletions and losses (2)", "### Access lost (1)");
	assert_before(s, "### Access lost (1)", "### Access gained (2)");
	assert_before(s, "### Access gained (2)", "### Changes (5)");
	assert_before(s, "### Changes (5)", "### Policy documents");
	assert_before(s, "### Policy documents", "### New (1)");
	assert_before(s, "### New (1)", "### Not read (1)");
	assert_before(s, "### Not read (1)", "Unmanaged: ");
	assert_lacks(s, "### How it is applied");
	assert_before(s, "| delete | `policy/old-guardrail`", "| loses | `iam_user/master/frank`");
}

static void test_markdown(void **state)
{
	struct report_page *f = *state;
	const char *s = page_markdown(f, 60000);

	assert_has(
	    s, "## charter plan: 1 to create, 4 to update, 1 to delete; 1 not read; 2 drifted;");
	assert_has(s, " · `3f2a9c1d4e5b`\n");
	assert_has(s, "| update | `unit/Campus` | name: `Classroom` → `Campus`<br>policies: + "
		      "`deny-leave`, + `regions` _(drift)_<br>tags: + `tier` = `\"\"`, `owner`: "
		      "`ops` → `platform`, − `old` | renamed from unit/Classroom | "
		      "`12` |\n");
	assert_has(s, "| update | `account/training-1` | unit: live `/`, last applied `Workloads`, "
		      "wanted `Workloads/Training` | **conflict** | `14` |\n");
	assert_has(s, "**`organization.yaml`** (4)\n\n| | resource |");
	assert_has(s, "**Declared in no file** (1)\n\n| | resource |");
	assert_has(s, "7 calls, at most 2 one after another, about 7 s.");
	assert_has(s, "| loses | `iam_user/jump/bob` | `role crm-reader` in `training-1`<br>`role "
		      "crm-writer` in `training-2` |  |\n");
	assert_has(s, "| gain | `iam_user/jump/ada`, `iam_user/jump/joe` | `role crm-reader` in "
		      "`training-1`, `training-2` | `iam_group/jump/crm` |\n");
	assert_has(s, "<code>policy/\\`odd\\` \\| name</code>");
	assert_has(s, "```diff\n@@ 2 lines as before @@\n     {\n       \"Action\": [\n"
		      "+        \"account:CloseAccount\",\n");
	assert_has(s, "<details><summary>Unmanaged: in AWS, never declared, not touched (23)");
	assert_has(s, "<details><summary>Calls (7)</summary>\n\n```\n1 organizations TagResource ");
	assert_lacks(s, "Left out");
}

/* Whatever the limit, what goes is named. */
static void test_markdown_is_limited(void **state)
{
	struct report_page *f = *state;

	for (size_t max = 2000; max < 4400; max += 37) {
		const char *s = page_markdown(f, max);
		size_t open = 0, closed = 0;

		assert_true(f->out.len <= max);
		assert_has(s, "policy/old-guardrail");
		assert_has(s, "iam_user/jump/bob");
		assert_has(s, "Left out here for length: ");
		for (const char *p = s; (p = strstr(p, "<details>")); p++)
			open++;
		for (const char *p = s; (p = strstr(p, "</details>")); p++)
			closed++;
		assert_int_equal(open, closed);
	}
	assert_has(page_markdown(f, 1), "Deleted: `policy/` `old-guardrail`\n\n"
					"Less is left of: `iam_user/` `master/frank` −1 groups");
}

/* What a baseline brings about in many accounts stands once; all accounts that lose are named. */
static void test_alike(void **state)
{
	static const char *const address[] = {"iam_user/a%2Fb/frank", "iam_user/b/frank",
					      "iam_user/c/frank",     "iam_user/d/frank",
					      "iam_user/e/frank",     "iam_user/f/eve"};
	struct report_page *f = *state;
	struct plan_doc *d = f->plan;
	const struct doc_change *frank = d->change;
	struct doc_change change[6];
	struct doc_attribute attribute[2];
	const char *s;

	while (strcmp(frank->address, "iam_user/master/frank") != 0)
		frank++;
	for (size_t i = 0; i < 6; i++) {
		change[i] = *frank;
		change[i].address = address[i];
		change[i].id = "arn:aws:iam::222222222222:user/frank";
	}
	change[4].reason = "drift";
	d->change = change;
	d->changes = 6;
	s = page_text(f, 80, false);
	assert_has(s, "Deletions and losses (6)\n  ~ iam_user/*/frank  ");
	assert_has(s, "\n      in 4 accounts: a/b, b, c, d\n      ");
	assert_has(s, "\n  ~ iam_user/e/frank  drift");
	assert_has(s, "\n  ~ iam_user/f/eve  ");
	s = page_markdown(f, 60000);
	assert_has(s, "\n| loses | `iam_user/*/frank` in 4 accounts: `a/b`, `b`, `c`, `d` | ");
	assert_has(s, "\n| loses | `iam_user/e/frank` | ");
	/* In few bytes each is named. */
	assert_has(page_markdown(f, 1),
		   "`iam_user/` `*/frank` −1 groups in 4 accounts: `a/b`, `b`, `c`, `d`; "
		   "`e/frank` −1 groups ");
	/* What loses a tag and gains nothing stands among the losses alone. */
	attribute[0] = attribute[1] = frank->attribute[0];
	attribute[1].name = "tags";
	attribute[1].is_map = true;
	change[0].attribute = attribute;
	change[0].attributes = 2;
	d->changes = 1;
	s = page_markdown(f, 60000);
	assert_has(s,
		   "| loses | `iam_user/a%2Fb/frank` | groups: − `leavers` _(drift)_<br>tags: − ");
	assert_lacks(s, "### Changes");
	change[0] = change[1];
	/* Two are easier to read one by one. */
	d->changes = 2;
	assert_has(page_text(f, 80, false), "\n  ~ iam_user/b/frank  ");
}

static void test_nothing_to_do(void **state)
{
	struct report_page *f = *state;
	struct plan_doc *d = f->plan;

	d->changes = d->access_n = d->unread_n = d->notes = 0;
	d->complete = true;
	d->summary = (struct doc_summary){.calls = 2};
	assert_has(page_text(f, 80, false), "Plan: nothing to do but to record the commit\n");
	d->summary.calls = 0;
	assert_string_equal(
	    page_text(f, 80, false),
	    "Plan: nothing to do\n"
	    "Organization o-exampleorgid, scope main, 111111111111 -> 222222222222\n");
	d->base = d->head = (struct doc_commit){0};
	d->head.present = true;
	assert_has(page_text(f, 80, false),
		   "scope main, nothing applied yet -> the working tree\n");
	d->format = "charter.drift/1";
	assert_has(page_text(f, 80, false), "Drift: in sync: nothing that git declares differs\n");
	assert_has(page_markdown(f, 60000), "## charter drift: in sync");
	d->complete = false;
	assert_has(page_text(f, 80, false), "no difference in what could be read; the reading is "
					    "incomplete");
	assert_lacks(page_text(f, 80, false), "in sync");
}

/* Signs and arrows of a drift report go from git to AWS. */
static void test_drift(void **state)
{
	struct report_page *f = *state;
	const char *s;

	f->plan->format = "charter.drift/1";
	s = page_text(f, 80, false);
	assert_has(s, "Drift: 6 resources differ from git; the reading is incomplete; 1 not read");
	assert_has(s, "- account/research-1  missing in AWS");
	assert_has(s, "        ~ owner: platform -> ops\n        + old = x\n");
	assert_has(s, "      groups: + leavers  (drift)\n");
	assert_lacks(s, "Deletions");
}

static void test_hostile_names(void **state)
{
	static const char evil[] =
	    "a\033[2J\n::error::x\n</details>@team`](http://x)|```\xe2\x80\xae";
	struct report_page *f = *state;
	struct doc_change *c = &f->plan->change[0];
	const char *s;

	c->address = c->previous = c->file = c->id = evil;
	f->plan->refusal = f->plan->organization = f->plan->unread[0].message = evil;
	f->plan->note[0].address = f->plan->note[0].text = evil;
	c->attribute[1].added[0].key = c->attribute[2].added[0].key = evil;
	c->attribute[0].head = value_str(f->arena, evil);
	s = page_text(f, 80, false);
	assert_lacks(s, "\033");
	assert_lacks(s, "\n::error");
	assert_lacks(s, "\xe2\x80\xae");
	s = page_markdown(f, 60000);
	assert_lacks(s, "\033");
	assert_lacks(s, "\n::error");
	assert_lacks(s, "\xe2\x80\xae");
	assert_lacks(s, "\n</details>@team");
	buf_clear(&f->out);
	doc_write_calls(f->plan, &f->out);
	assert_has(buf_str(&f->out), "2 organizations UpdateOrganizationalUnit management "
				     "{\"Id\":\"${account/research-1.id}\"} needs 1\n");
}

static void test_markdown_code(void **state)
{
	struct report_page *f = *state;
	auto_buf text = BUF_INIT(1024);

	md_code(&f->out, "a`b", false);
	md_code(&f->out, "`", false);
	md_code(&f->out, "``x", true);
	md_code(&f->out, "", true);
	md_code(&f->out, " a ", false);
	md_code(&f->out, "a|\\|b", true);
	assert_string_equal(buf_str(&f->out), "``a`b```` ` ````` ``x ```_empty_`  a  `"
					      "<code>a\\|\\\\\\|b</code>");
	buf_clear(&f->out);
	md_prose(&f->out, "write `a: [b]` or * `` and `c", 29);
	assert_string_equal(buf_str(&f->out), "write `a: [b]`&#32;or \\* \\`\\` and \\`c");
	buf_clear(&f->out);
	buf_puts(&text, " ````\nx");
	md_fence(&f->out, "diff", &text);
	assert_string_equal(buf_str(&f->out), "`````diff\n ````\nx\n`````\n");
}

static void assert_diff(const char *from, const char *to, unsigned context, const char *want)
{
	auto_policy_diff d = {0};
	auto_buf b = BUF_INIT(4096);

	policy_diff_make(&d, from, to, context);
	for (size_t i = 0; i < d.line.n; i++) {
		buf_putc(&b, d.line.at[i].sign);
		if (d.line.at[i].sign == '@')
			buf_printf(&b, "%u", d.line.at[i].len);
		else
			buf_add(&b, d.line.at[i].s, d.line.at[i].len);
		buf_putc(&b, '\n');
	}
	assert_string_equal(buf_str(&b), want);
}

static void test_policy_diff(void **state)
{
	(void)state;
	assert_diff(NULL, "{\"a\":[]}", 2, "+{\"a\": []}\n");
	assert_diff("{\"a\":1}", NULL, 2, "-{\"a\": 1}\n");
	assert_diff("{\"a\":1}", "{\"a\":1}", 2, "@3\n");
	/* What is shown whole has a line for what fits in one. */
	assert_diff(NULL,
		    "{\"Statement\":[{\"Action\":[\"s3:Get,]\\\"*\",\"s3:List*\"],\"Effect\":"
		    "\"Allow\",\"Resource\":\"*\"}],\"Version\":\"2012-10-17\"}",
		    2,
		    "+{\n+  \"Statement\": [\n+    {\n"
		    "+      \"Action\": [\"s3:Get,]\\\"*\", \"s3:List*\"],\n"
		    "+      \"Effect\": \"Allow\",\n+      \"Resource\": \"*\"\n+    }\n+  ],\n"
		    "+  \"Version\": \"2012-10-17\"\n+}\n");
	assert_diff(NULL, "[{\"a\":", 2, "+[\n+  {\n+    \"a\": \n");
	/* An element added at the end gives the one before a comma: that is no change of it. */
	assert_diff("[\"a\"]", "[\"a\",\"b:{\\\"\"]", 1, "@1\n   \"a\",\n+  \"b:{\\\"\"\n ]\n");
	assert_diff("[1,2,3,4,5,6,7]", "[1,2,30,4,5,6,8]", 1,
		    "@2\n   2,\n-  3,\n+  30,\n   4,\n@1\n   6,\n-  7\n+  8\n ]\n");
	assert_diff("]]}{\"", "", 0, "-\n-]\n-]\n-}{\n-  \"\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_json_round_trip), TEST(test_json_is_checked),
	    TEST(test_text_is_golden),  TEST(test_text_lines),
	    TEST(test_text_color),      TEST(test_order_of_sections),
	    TEST(test_markdown),        TEST(test_markdown_is_limited),
	    TEST(test_nothing_to_do),   TEST(test_drift),
	    TEST(test_hostile_names),   TEST(test_markdown_code),
	    TEST(test_policy_diff),     TEST(test_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
