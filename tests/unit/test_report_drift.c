/* Drift as text, Markdown and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/env.h"
#include "reconciler/report_drift.h"
#include "reconciler/surface_priv.h"
#include "tests/unit/drift_sample.h"
#include "tests/unit/report_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX ((size_t)64 << 20)

static int set_up(void **state)
{
	struct report_page *w = page_new(OUT_MAX);

	w->plan = sample_drift(w->arena);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	page_free(*state);
	return 0;
}

/* For a look: CHARTER_REPORTS names a directory. */
static void keep(const char *name, const char *s)
{
	const char *dir = getenv("CHARTER_REPORTS");
	auto_free char *path = dir ? xasprintf("%s/%s", dir, name) : NULL;
	FILE *f = path ? fopen(path, "w") : NULL;

	if (f) {
		fputs(s, f);
		fclose(f);
	}
}

/* Everything in its order, at 80 columns. */
static void test_text(void **state)
{
	static const char want[] =
	    "Drift: 5 resources differ from git, by 7 differences, 3 of them new; 4\n"
	    "  unmanaged, 1 of them new; 1 ignore rule has ended; 1 let be; 1 resolved\n"
	    "Organization o-exampleorgid, scope main, 111111111111\n"
	    "\n"
	    "Break-glass resources (1)\n"
	    "- is in git, + is in AWS; arrows go from git to AWS.\n"
	    "\n"
	    "bob as IAM user of account 111111111111, API, 2026-11-21 23:50 UTC, from\n"
	    "  198.51.100.7: 1 difference\n"
	    "  iam:UpdateRole; agent aws-cli/2.15.0; access key AKIAEXAMPLE000000002\n"
	    "  new\n"
	    "  ~ iam_role/master/BreakGlass  iam.yaml:3\n"
	    "      description: for emergencies -> mine\n"
	    "\n"
	    "Changed outside git (3)\n"
	    "\n"
	    "alice@example.com as permission set OpsAdmin of account 333333333333, console\n"
	    "  and API, 2026-11-21 22:10 to 22:14 UTC, from 198.51.100.7: 3 differences,\n"
	    "  administrator access or guardrails\n"
	    "  iam:AttachRolePolicy ×2, iam:UpdateAssumeRolePolicy; a browser; access key\n"
	    "    ASIAEXAMPLE000000001\n"
	    "  new; owner @platform/identity ada@example.com\n"
	    "  ~ iam_role/research-1/Ops  iam.yaml:12\n"
	    "      22:14 iam:UpdateAssumeRolePolicy\n"
	    "      trust:\n"
	    "          ... 4 lines as before\n"
	    "                \"Effect\": \"Allow\",\n"
	    "                \"Principal\": {\n"
	    "        -         \"AWS\": \"arn:aws:iam::111111111111:root\"\n"
	    "        +         \"AWS\": \"arn:aws:iam::999999999999:root\"\n"
	    "                }\n"
	    "              }\n"
	    "          ... 3 lines as before\n"
	    "  first seen 2026-11-19, 3 days ago; owner @platform/identity ada@example.com\n"
	    "  ~ iam_role/research-1/Ops  iam.yaml:12\n"
	    "      22:11 iam:AttachRolePolicy\n"
	    "      managed_policies:\n"
	    "        + aws/AdministratorAccess\n"
	    "        + debug\n"
	    "\n"
	    "Changed outside git, and nobody is known for it (1)\n"
	    "  first seen 2026-11-18, 4 days ago; owner @platform/accounts\n"
	    "  ~ account/training-1  organization.yaml:40\n"
	    "      unit: Workloads/Training -> /\n"
	    "\n"
	    "Missing in AWS, and nobody is known for it (1)\n"
	    "  new\n"
	    "  - iam_user/sandbox/ci  missing in AWS  iam.yaml:70\n"
	    "\n"
	    "Unmanaged: in AWS, never declared, not touched (1)\n"
	    "  new\n"
	    "  + iam_role/sandbox/made-0  unmanaged\n"
	    "\n"
	    "Unmanaged, and known before (3)\n"
	    "  3 IAM roles in sandbox; -o json lists them\n"
	    "\n"
	    "Not provisioned everywhere (1)\n"
	    "  first seen 2026-11-18, 4 days ago\n"
	    "  ~ permission_set/Viewer  iam.yaml:5\n"
	    "      not provisioned in sandbox\n"
	    "\n"
	    "Ignore rules that have ended (1)\n"
	    "  ~ iam_role/*/Temp* ignore  ended on 2026-11-20: until the migration\n"
	    "      charter.yaml:9\n"
	    "\n"
	    "Known and let be (1)\n"
	    "  first seen 2026-11-01, 21 days ago\n"
	    "  ~ iam_role/sandbox/Known description  iam.yaml:90\n"
	    "\n"
	    "Resolved since the last report (1)\n"
	    "  iam_group/sandbox/ops members iam_user/sandbox/eve  after 2 days\n"
	    "\n"
	    "Beside these\n"
	    "  1 difference is passed over by rules of `ignore`; `-o json` lists them\n"
	    "  7 calls of charter's own applies are left out\n"
	    "  Who did it is not known everywhere: sandbox: AccessDenied: may not\n"
	    "    cloudtrail:LookupEvents\n"
	    "\n"
	    "What to do\n"
	    "  Put git's state back: `charter apply --only-drift`\n"
	    "  Keep what AWS has, in git: `charter import --drift`, with `--pull-request` as\n"
	    "    a pull request\n"
	    "  Declare what is unmanaged: `charter import --only ADDRESS`\n";
	struct report_page *w = *state;

	keep("drift.color.txt", page_text(w, 80, true));
	keep("drift.txt", page_text(w, 80, false));
	assert_string_equal(buf_str(&w->out), want);
	for (const char *s = want, *end; *s; s = end + 1) {
		end = strchr(s, '\n');
		assert_true(utf8_count(s, (size_t)(end - s)) <= 80);
	}
}

/* Colours change nothing but colours. */
static void test_color(void **state)
{
	struct report_page *w = *state;
	auto_buf plain = BUF_INIT(OUT_MAX);
	const char *s = page_text(w, 80, true);

	assert_has(s, "\033[1;31mBreak-glass resources ");
	for (; *s; s++)
		if (*s == '\033')
			s = strchr(s, 'm');
		else
			buf_putc(&plain, *s);
	assert_string_equal(page_text(w, 80, false), buf_str(&plain));
}

static void assert_order(const char *s, const char *const *part, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = strstr(s, part[i]);

		if (!at)
			fail_msg("`%s` does not follow in:\n%.16000s", part[i], s);
		s = at;
	}
}

static void test_markdown(void **state)
{
	static const char *const order[] = {
	    "## charter drift: 5 resources differ from git, by 7 differences, 3 of them new; 4 "
	    "unmanaged, 1 of them new; 1 ignore rule has ended; 1 let be; 1 resolved\n",
	    "### Break-glass resources (1)\n",
	    "arrows go from git to AWS",
	    "#### bob as IAM user of account `111111111111`\n",
	    "| changed | `iam_role/master/BreakGlass` | description: `for emergencies` → `mine` |",
	    "### Changed outside git (3)\n",
	    "#### `alice@example.com` as permission set OpsAdmin of account `333333333333`\n",
	    "console and API, 2026-11-21 22:10 to 22:14 UTC, from 198.51.100.7: 3 differences, "
	    "administrator access or guardrails; by "
	    "iam:AttachRolePolicy ×2, iam:UpdateAssumeRolePolicy; a browser; access key ASIA",
	    "new; owner `@platform/identity` `ada@example.com`\n",
	    "| trust: 1 line added, 1 removed | 22:14 iam:UpdateAssumeRolePolicy | "
	    "[`iam.yaml:12`](https://git.example/iam.yaml#L12) |",
	    "first seen 2026-11-19, 3 days ago;",
	    "+ `aws/AdministratorAccess`, + `debug`",
	    "### Changed outside git, and nobody is known for it (1)\n",
	    "### Missing in AWS, and nobody is known for it (1)\n",
	    "| missing | `iam_user/sandbox/ci` |",
	    "### Unmanaged: in AWS, never declared, not touched (1)\n\n_new_\n\n- \\+ "
	    "`iam_role/sandbox/made-0`, unmanaged\n",
	    "### Not provisioned everywhere (1)\n",
	    "### Ignore rules that have ended (1)\n\n- `iam_role/*/Temp*` ignore: ended on ",
	    "### Policy documents\n",
	    "### Resolved since the last report (1)\n\n- `iam_group/sandbox/ops` members "
	    "`iam_user/sandbox/eve`: after 2 days\n",
	    "<details><summary>Unmanaged, and known before (3)</summary>\n\n3 IAM roles in "
	    "`sandbox`;",
	    "<details><summary>Known and let be (1)</summary>",
	    "- `iam_role/sandbox/Known` description;",
	    "### Beside these\n",
	    "- 7 calls of charter's own applies are left out\n",
	    "### What to do\n",
	    "`charter apply --only-drift`"};
	struct report_page *w = *state;
	struct markdown_style style = {.max_bytes = 60000, .blob = "https://git.example/"};

	doc_write_markdown(w->plan, &style, &w->out);
	keep("drift.md", buf_str(&w->out));
	assert_order(buf_str(&w->out), order, sizeof order / sizeof *order);
	assert_lacks(buf_str(&w->out), "Left out");
	/* What is let be, and what is resolved long since, is not told again. */
	assert_lacks(buf_str(&w->out), "by hand`");
	assert_lacks(buf_str(&w->out), "00000000000000bb");
}

static void test_plain(void **state)
{
	struct report_page *w = *state;
	bool fits;
	const char *s = page_plain(w, 10240, &fits);

	keep("drift.plain.md", s);
	assert_true(fits);
	assert_lacks(s, "<");
	assert_has(s, "- changed `iam_role/master/BreakGlass`: description: ");
	assert_has(s, "**Unmanaged, and known before** (3)\n\n3 IAM roles in `sandbox`;");
}

static void test_json(void **state)
{
	struct report_page *w = *state;
	auto_buf again = BUF_INIT(OUT_MAX), text = BUF_INIT(OUT_MAX);
	auto_error err = {0};
	struct plan_doc *made = w->plan, d;

	write_json(made, &w->out);
	keep("drift.json", buf_str(&w->out));
	assert_has(buf_str(&w->out), "\n    \"items\": [\n      {\"address\":\"iam_role/master/");
	if (doc_read_json(w->arena, buf_str(&w->out), w->out.len, "drift.json", &d, &err) != 0)
		fail_msg("%s", err.message);
	write_json(&d, &again);
	assert_string_equal(buf_str(&again), buf_str(&w->out));
	/* So `show` prints what `drift` printed. */
	buf_puts(&text, page_text(w, 80, false));
	w->plan = &d;
	assert_string_equal(page_text(w, 80, false), buf_str(&text));
	w->plan = made;
	buf_clear(&text);
	buf_puts(&text, page_markdown(w, 60000));
	w->plan = &d;
	assert_string_equal(page_markdown(w, 60000), buf_str(&text));
}

/* Whoever wrote the file: what does not fit is said, with its place. */
static void test_json_refused(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} rows[] = {
	    {"\"drift\": {", "\"drift\": [{", NULL},
	    {"\"cause\":0", "\"cause\":4", "drift.items[0].cause: there is no 4"},
	    {"\"cause\":0", "\"cause\":1", "drift.causes: [0].items: 0 is not of it"},
	    {"\"cause\":0", "\"cause\":-1", "drift.items[0].cause: must be a number"},
	    {"\"cause\":0", "\"cause\":null", NULL},
	    {"\"change\":0", "\"change\":99", "drift.items[0].change: there is no 99"},
	    {"\"event\":0", "\"event\":1", "drift.items[0].event: there is no 1"},
	    {"\"items\":[0]", "\"items\":[0,0]", "drift.causes: [0].items: 0 is not of it"},
	    {"\"items\":[0]", "\"items\":[]", "drift.causes: do not hold every item"},
	    {"\"items\":[0]", "\"items\":[\"0\"]", "drift.causes[0].items: must hold numbers"},
	    {"\"items\":[0]", "\"items\":[4294967295]", "drift.causes[0].items: must hold numbers"},
	    {"\"name\":\"0000000000000001\"", "\"name\":\"../x\"",
	     "drift.items[0].name: must be 16 hex digits"},
	    {"\"live\":\"00112233445566ff\"", "\"live\":\"0\"",
	     "drift.items[0].live: must be 16 hex digits"},
	    {"\"kind\":\"drift\"", "\"kind\":\"x\"", "drift.items[0].kind: `x` is not known"},
	    {"\"rank\":\"break_glass\"", "\"rank\":\"x\"", "rank: `x` is not known"},
	    {"\"sign\":\"~\"", "\"sign\":\"~~\"", "drift.items[0].sign: must be one of"},
	    {"\"first_seen\":null", "\"first_seen\":\"x\"",
	     "drift.items[0].first_seen: `x` is no time"},
	    {"\"first_seen\":null", "\"first_seen\":\"1970-01-01T00:00:00Z\"", "is no time"},
	    {"\"passed\": [", "\"passed\": [1,", "drift.passed: must hold text"},
	    {"\"own_calls\": 7", "\"own_calls\": 7.5", "drift.own_calls: must be a number"},
	    {"\"history\": true", "\"history\": 1", "drift.history: must be true or false"},
	    {"\"repair_seconds\":172800", "\"repair_seconds\":-1", "drift.trend[1].repair"},
	};
	struct report_page *w = *state;
	auto_buf json = BUF_INIT(OUT_MAX);

	write_json(w->plan, &json);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		auto_error err = {0};
		struct plan_doc d;
		const char *s = buf_str(&json), *at = strstr(s, rows[i].from);

		assert_non_null(at);
		buf_clear(&w->out);
		buf_add(&w->out, s, (size_t)(at - s));
		buf_puts(&w->out, rows[i].to);
		buf_puts(&w->out, at + strlen(rows[i].from));
		assert_int_equal(
		    doc_read_json(w->arena, buf_str(&w->out), w->out.len, "drift.json", &d, &err),
		    -1);
		if (rows[i].message)
			assert_has(err.message, rows[i].message);
	}
}

/* Of an earlier version: nothing is known but the changes. */
static void test_older(void **state)
{
	struct report_page *w = *state;
	auto_error err = {0};
	struct plan_doc d;

	w->plan->drift = NULL;
	write_json(w->plan, &w->out);
	assert_lacks(buf_str(&w->out), "\"drift\": {");
	assert_int_equal(
	    doc_read_json(w->arena, buf_str(&w->out), w->out.len, "drift.json", &d, &err), 0);
	assert_null(d.drift);
	assert_has(page_text(w, 80, false), "Drift: 6 resources differ from git");
	assert_has(page_text(w, 80, false), "Changed outside git (- is in git, + is in AWS) (6)");
	assert_has(page_markdown(w, 60000), "### Changed outside git (6)");
}

/* Nothing is in sync that was not read, whatever else there is. */
static void test_in_sync(void **state)
{
	struct report_page *w = *state;
	struct plan_doc *d = w->plan;
	struct doc_drift *drift = d->drift;
	struct drift_item quiet = {.kind = ITEM_DRIFT,
				   .name = "00000000000000cc",
				   .address = "iam_role/a/b",
				   .attribute = "trust",
				   .live = "",
				   .quiet = true,
				   .change = DRIFT_NONE,
				   .cause = DRIFT_NONE};

	*drift = (struct doc_drift){.item = drift->item, .history = true};
	d->changes = d->notes = 0;
	assert_has(page_text(w, 80, false), "Drift: in sync: nothing that git declares differs\n");
	assert_has(page_markdown(w, 60000), "## charter drift: in sync: ");
	assert_lacks(page_text(w, 80, false), "charter apply");
	d->complete = false;
	assert_lacks(page_text(w, 80, false), "in sync");
	assert_has(page_text(w, 80, false),
		   "Drift: no difference in what could be read; the reading is incomplete\n");
	assert_lacks(page_markdown(w, 60000), "in sync");
	d->complete = true;
	d->unread[d->unread_n++] = (struct doc_unread){"iam/222222222222", "AccessDenied", "no"};
	assert_lacks(page_text(w, 80, false), "in sync");
	d->unread_n = 0;
	drift->item[drift->items++] = quiet;
	assert_has(page_text(w, 80, false),
		   "Drift: nothing that git declares differs, but for what is let be; 1 let be\n");
	assert_lacks(page_text(w, 80, false), "in sync");
	/* Nor is what is unread beside the scopes. */
	quiet.kind = ITEM_UNREAD;
	quiet.quiet = false;
	quiet.text = "the reading is incomplete";
	d->complete = false;
	drift->item[0] = quiet;
	assert_has(page_text(w, 80, false),
		   "  Not read whole: iam_role/a/b: the reading is incomplete\n");
	d->complete = true;
	/* A change that no item names is not lost. */
	drift->items = 0;
	d->changes = 1;
	assert_has(page_text(w, 80, false), "Drift: 1 resource differs from git\n");
	assert_has(page_text(w, 80, false), "Other differences (1)\n  ~ iam_role/master/Break");
	assert_has(page_markdown(w, 60000), "### Other differences (1)");
}

/* As it happened, who became strong first, below break-glass resources. */
static void test_access(void **state)
{
	static struct doc_access rows[] = {
	    {"gain", "user/grace", "crm", "Viewer", NULL, "read"},
	    {"gain", "user/grace", "crm", "PlatformAdmin", "group/platform", "administrator"},
	    {"gain", "user/grace", "shop", "PlatformAdmin", "group/platform", "administrator"},
	    {"loss", "user/alan", "crm", "Developer", NULL, "write"},
	};
	static const char *const text[] = {
	    "Break-glass resources (1)\n",
	    "\nAccess gained and lost (3)\n",
	    ("  + user/grace gained administrator access by PlatformAdmin in crm, shop: +2 -0\n"
	     "      through group/platform\n"),
	    "  - user/alan lost Developer in crm\n",
	    "  + user/grace gained Viewer in crm\n",
	    "Changed outside git (3)\n"};
	static const char *const markdown[] = {
	    "### Break-glass resources (1)\n",
	    "### Administrator or write access gained (1)\n",
	    "| gained administrator access | `user/grace` | `PlatformAdmin` in `crm`, `shop`",
	    "### Access lost (1)\n",
	    "| lost | `user/alan` |",
	    "### Other access gained (1)\n",
	    "### Changed outside git (3)\n"};
	struct report_page *w = *state;

	w->plan->access = rows;
	w->plan->access_n = sizeof rows / sizeof *rows;
	assert_order(page_text(w, 80, false), text, sizeof text / sizeof *text);
	assert_order(page_markdown(w, 60000), markdown, sizeof markdown / sizeof *markdown);
	/* What is let be is not told again. */
	for (uint32_t i = 0; i < w->plan->drift->items; i++)
		w->plan->drift->item[i].quiet = true;
	assert_lacks(page_text(w, 80, false), "gained");
	assert_lacks(page_markdown(w, 60000), "gained");
}

/* Of one session, what matters most stands first, whoever owns it. */
static void test_owners(void **state)
{
	struct report_page *w = *state;
	struct drift_item *item = w->plan->drift->item;
	const char *order[] = {"  new; owner @z\n", "UpdateAssumeRolePolicy\n",
			       "  new; owner @a\n"};

	for (uint32_t i = 1; i < 4; i++) {
		item[i].fresh = true;
		item[i].first_us = 0;
		item[i].owner = i == 1 ? "@z" : "@a";
	}
	item[1].event = item[3].event;
	assert_order(page_text(w, 80, false), order, sizeof order / sizeof *order);
}

/* Nothing was known before the first report: it says what is there, the strongest first. */
static void test_first_report(void **state)
{
	struct report_page *w = *state;
	struct doc_drift *d = w->plan->drift;
	const char *s;

	d->items = 0;
	d->item = arena_array(w->arena, 25, sizeof *d->item);
	for (; d->items < 25; d->items++)
		d->item[d->items] = (struct drift_item){
		    .kind = ITEM_UNMANAGED,
		    .name = "00000000000000cc",
		    .address = arena_printf(w->arena, "iam_user/crm/user-%02u", d->items),
		    .owner = d->items < 22 ? "@a" : "@b",
		    .rank = d->items == 24 ? DRIFT_RANK_ADMINISTRATOR : DRIFT_RANK_PLAIN,
		    .live = "",
		    .sign = '+',
		    .quiet = true,
		    .first_us = d->point[d->points - 1].time_us,
		    .change = DRIFT_NONE,
		    .cause = DRIFT_NONE};
	d->causes = 0;
	s = page_text(w, 0, false);
	assert_has(s, "Unmanaged: in AWS, never declared, not touched (25)\n  first seen "
		      "2026-11-22; owner @b\n"
		      "  + iam_user/crm/user-24  unmanaged, administrator access\n"
		      "  first seen 2026-11-22; owner @a\n");
	/* What came later is told until it is dealt with. */
	d->point[d->points - 1].time_us++;
	d->item[24].quiet = false;
	s = page_text(w, 0, false);
	assert_has(s, "Unmanaged: in AWS, never declared, not touched (1)\n");
	assert_has(s, "  + iam_user/crm/user-24  unmanaged, administrator access\n");
	assert_has(s, "Unmanaged, and known before (24)\n");
	d->point[d->points - 1].time_us--;
	d->item[24].quiet = true;
	/* A guardrail gives nobody anything, and what is for emergencies need not be strong. */
	d->item[24].rank = DRIFT_RANK_BREAK_GLASS;
	assert_lacks(page_text(w, 0, false), "administrator access");
	d->item[24].rank = DRIFT_RANK_ADMINISTRATOR;
	d->item[24].address = "policy/deny-leave";
	assert_lacks(page_text(w, 0, false), "administrator access");
	d->item[24].address = "iam_user/crm/user-24";
	s = page_text(w, 0, false);
	assert_has(s, "  ... and 5 more (5 IAM users in crm); -o json lists them all\n");
	s = page_markdown(w, 60000);
	assert_has(s, "- \\+ `iam_user/crm/user-24`, unmanaged, **administrator access**\n");
	assert_has(s, "- … and 5 more: 5 IAM users in `crm`; `-o json` lists them\n");
	assert_lacks(s, "Left out");
	d->point[d->points - 1].time_us++;
	assert_has(page_text(w, 0, false), "Unmanaged, and known before (25)\n  25 IAM users in");
}

/* Without a ledger nothing is new, and it is said how to know. */
static void test_no_history(void **state)
{
	struct report_page *w = *state;
	const char *s;

	w->plan->drift->history = false;
	w->plan->drift->points = w->plan->drift->resolveds = 0;
	s = page_text(w, 80, false);
	assert_lacks(s, "\n  new");
	assert_lacks(s, "of them new");
	assert_lacks(s, "first seen");
	assert_has(s, "Unmanaged: in AWS, never declared, not touched (4)\n");
	assert_has(page_text(w, 0, false), "`charter drift --state FILE`");
}

/* Names of strangers begin no line, colour nothing and mention nobody. */
static void test_hostile(void **state)
{
	static const char evil[] =
	    "a\033[2J\n::error::x\n</details>@team`|[x](http://x)\xe2\x80\xae";
	struct report_page *w = *state;
	struct doc_drift *d = w->plan->drift;
	const char *s;

	for (uint32_t i = 0; i < d->items; i++) {
		d->item[i].owner = evil;
		d->item[i].text = evil;
		d->item[i].resource_id = evil;
		if (d->item[i].change == DRIFT_NONE)
			d->item[i].address = d->item[i].attribute = d->item[i].element = evil;
	}
	for (uint32_t i = 0; i < d->causes; i++) {
		struct drift_cause *c = &d->cause[i];

		c->session = c->principal = evil;
		for (uint32_t k = 0; k < c->events; k++)
			c->event[k].agent = c->event[k].address = c->event[k].call =
			    c->event[k].key = c->event[k].invoked_by = evil;
	}
	d->resolved[0].address = d->resolved[0].element = evil;
	d->trail_unread = evil;
	s = page_text(w, 80, false);
	assert_lacks(s, "\033");
	assert_lacks(s, "\n::error");
	assert_lacks(s, "\xe2\x80\xae");
	s = page_markdown(w, 60000);
	keep("drift.hostile.md", s);
	assert_lacks(s, "\033");
	assert_lacks(s, "\n::error");
	assert_lacks(s, "\n</details>@");
	assert_lacks(s, "](http://x)\n");
}

/* However many there are: the report fits, and each difference is shown, counted or left out by
 * number. */
/* What could not be read and can be again was never a difference. */
static void test_repair(void **state)
{
	static const struct {
		struct drift_resolved resolved;
		const char *says;
	} rows[] = {
	    {{.kind = ITEM_DRIFT, .first_us = DAY_US, .resolved_us = 3 * DAY_US}, "after 2 days"},
	    {{.kind = ITEM_DRIFT, .resolved_us = DAY_US}, ""},
	    {{.kind = ITEM_UNREAD, .first_us = DAY_US, .resolved_us = 3 * DAY_US},
	     "read again after 2 days"},
	    {{.kind = ITEM_UNREAD, .resolved_us = DAY_US}, "read again"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		auto_buf b = BUF_INIT(100);

		drift_put_repair(&rows[i].resolved, &b);
		assert_string_equal(buf_str(&b), rows[i].says);
	}
}

static void test_many(void **state)
{
	static const struct {
		uint32_t items, causes;
		size_t max;
		const char *part[3];
	} rows[] = {
	    {10000, 3, 60000, {"#### `person-0@example.com`", "3334 differences", "Left out here"}},
	    {10000,
	     100,
	     60000,
	     {"#### `person-0@", "- `person-99@example.com` as role", "100 differences"}},
	    {10000, 10000, 60000, {"more sessions, ", "`person-0@example.com`", "Left out here"}},
	    {10000,
	     3,
	     10240,
	     {"`person-0@example.com`", "`person-2@example.com`", "Left out here"}},
	    {10000, 100, 10240, {"`person-0@example.com`", "more sessions, ", "Left out here"}},
	    {10000, 10000, 10240, {"more sessions, ", "`person-0@example.com`", "Left out here"}},
	    {300,
	     2,
	     60000,
	     {"#### `person-1@example.com`", "`iam_role/research-1/role-00299`", "###"}},
	};
	struct report_page *w = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct markdown_style style = {.max_bytes = rows[i].max,
					       .blob = "https://git.example/"};
		auto_free char *name =
		    xasprintf("many-%u-%u-%zu.md", rows[i].items, rows[i].causes, rows[i].max);

		w->plan = sample_many(w->arena, rows[i].items, rows[i].causes);
		for (int plain = 0; plain < 2; plain++) {
			style.dialect = plain ? MARKDOWN_PLAIN : MARKDOWN_GITHUB;
			buf_clear(&w->out);
			assert_true(doc_write_markdown(w->plan, &style, &w->out));
			assert_true(w->out.len <= rows[i].max);
			if (plain)
				continue;
			keep(name, buf_str(&w->out));
			for (size_t k = 0; k < 3; k++)
				assert_has(buf_str(&w->out), rows[i].part[k]);
		}
	}
}

/* What CI systems take: counts, a case for each difference, what is new at its line. */
static void test_surfaces(void **state)
{
	static const char *const cases[] = {
	    "<testcase classname=\"drift.drift\" name=\"iam_role/master/BreakGlass description\" "
	    "file=\"iam.yaml\" line=\"3\">\n      <failure message=\"iam_role/master/BreakGlass "
	    "description: differs from git, by bob as IAM user of account 111111111111, API, "
	    "2026-11-21 23:50 UTC, from 198.51.100.7\" type=\"drift\"/>",
	    "name=\"iam_user/sandbox/ci\"",
	    "classname=\"drift.unmanaged\" name=\"iam_role/sandbox/made-0\"",
	    "name=\"iam_role/sandbox/Known description\"",
	    "<skipped ",
	    "classname=\"drift.rule\"",
	};
	struct report_page *w = *state;
	struct annotations list = {0};

	doc_write_env(w->plan, &w->out);
	assert_has(buf_str(&w->out), "\nCHARTER_OPEN=9\nCHARTER_FRESH=4\nCHARTER_RESOLVED=1\n"
				     "CHARTER_UNREAD=0\nCHARTER_HAS_CHANGES=true\n");
	buf_clear(&w->out);
	doc_write_junit(w->plan, &w->out);
	assert_has(buf_str(&w->out), "tests=\"10\" failures=\"9\" errors=\"0\" skipped=\"1\"");
	assert_order(buf_str(&w->out), cases, sizeof cases / sizeof *cases);
	annotations_of_document(w->arena, w->plan, true, &list);
	assert_int_equal(list.n, 9);
	for (size_t i = 0; i < list.n; i++)
		assert_int_equal(list.at[i].known, i >= 4);
	assert_string_equal(list.at[0].what, "iam_role/master/BreakGlass description");
	assert_int_equal(list.at[0].line, 3);
	free(list.at);
	/* Of an earlier version. */
	w->plan->drift = NULL;
	buf_clear(&w->out);
	doc_write_env(w->plan, &w->out);
	assert_has(buf_str(&w->out), "\nCHARTER_OPEN=6\nCHARTER_FRESH=0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_color, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_markdown, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_json, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_json_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_older, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_in_sync, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_access, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_owners, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_first_report, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_history, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_surfaces, set_up, tear_down),
	    cmocka_unit_test(test_repair),
	    cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
