/* Plans of thousands of assignments as reports for people: what is lost is all told, and the whole
 * fits a comment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/report_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX     ((size_t)256 << 20)
#define COMMENT_MAX 60000

/* 15 units of 20 accounts, 40 permission sets, 80 groups of 12. */
#define UNITS       15
#define PER_UNIT    20
#define SETS        40
#define GROUPS      80
#define MEMBERS     12
#define ASSIGNMENTS 6000

static struct plan_doc *doc_new(struct arena *a)
{
	struct plan_doc *d =
	    page_plan(a, ASSIGNMENTS * 2, ASSIGNMENTS * 2 * (MEMBERS + 1), UNITS * PER_UNIT);

	d->plan_id = "3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a";
	d->organization = "o-exampleorgid";
	d->scope = "main";
	for (int u = 0; u < UNITS; u++)
		for (int k = 0; k < PER_UNIT; k++)
			d->account[d->accounts++] = (struct doc_account){
			    arena_printf(a, "unit%02d-%02d", u, k),
			    arena_printf(a, "Workloads/Domain%d/Unit%02d", u / 5, u)};
	return d;
}

static int set_up(void **state)
{
	struct report_page *w = page_new(OUT_MAX);

	w->plan = doc_new(w->arena);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	page_free(*state);
	return 0;
}

/* One assignment, and what it gives to each of its group. */
static void assign(struct report_page *w, bool loss, int set, const char *account, int group,
		   uint32_t line)
{
	struct plan_doc *d = w->plan;
	struct arena *a = w->arena;

	d->change[d->changes++] = (struct doc_change){
	    .action = loss ? "delete" : "create",
	    .kind = "assignment",
	    .address =
		arena_printf(a, "assignment/Set%02d/%s/group/team-%02d", set, account, group),
	    .id = loss ? arena_printf(a, "arn:aws:sso:::permissionSet/ssoins-1/ps-%02d/%s/GROUP/%d",
				      set, account, group)
		       : NULL,
	    .file = "identity.yaml",
	    .line = line,
	    .reason = "config",
	    .risk = "medium"};
	*(loss ? &d->summary.delete : &d->summary.create) += 1;
	for (int m = 0; m < MEMBERS; m++)
		d->access[d->access_n++] =
		    (struct doc_access){loss ? "loss" : "gain",
					arena_printf(a, "user/person-%02d-%02d", group, m),
					account,
					arena_printf(a, "Set%02d", set),
					arena_printf(a, "group/team-%02d", group),
					NULL};
}

static const char *account(const struct report_page *w, int unit, int k)
{
	return w->plan->account[unit * PER_UNIT + k].name;
}

/* Of each team: in the units of its own it has some of the sets. By product: a line for each team
 * and set, 20 accounts each. */
static void assign_all(struct report_page *w, bool loss)
{
	for (int i = 0; i < ASSIGNMENTS / PER_UNIT; i++) {
		int group = i % GROUPS, set = (i / GROUPS * 7 + group) % SETS;
		int unit = (group + i / GROUPS) % UNITS;

		for (int k = 0; k < PER_UNIT; k++)
			assign(w, loss, set, account(w, unit, k), group, (uint32_t)(10 + group));
	}
}

/* For a look: CHARTER_REPORTS names a directory. */
static void keep(struct report_page *w, const char *name)
{
	const char *dir = getenv("CHARTER_REPORTS");
	char path[512];
	FILE *f;

	if (!dir)
		return;
	for (int kind = 0; kind < 3; kind++) {
		snprintf(path, sizeof path, "%s/%s%s", dir, name,
			 (const char *[]){".md", ".txt", ".color.txt"}[kind]);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(kind ? page_text(w, 80, kind == 2) : page_markdown(w, COMMENT_MAX), f);
		fclose(f);
	}
}

/* The sum of the numbers that follow the minus signs of access: `: +0 −N`, or counted. */
static size_t lost(const char *s)
{
	size_t n = 0;

	while ((s = strstr(s, ": +0 \xe2\x88\x92")) != NULL) {
		s += strlen(": +0 \xe2\x88\x92");
		n += strtoul(s, NULL, 10);
	}
	return n;
}

static void test_all_created(void **state)
{
	struct report_page *w = *state;
	const char *s;

	assign_all(w, false);
	keep(w, "created");
	s = page_markdown(w, COMMENT_MAX);
	assert_true(w->out.len < COMMENT_MAX);
	assert_has(s, "## charter plan: 6000 to create");
	assert_has(s, "### New (6000)");
	assert_has(s, "\n- `group/team-00`: `Set00` +20 in 20 accounts, ");
	assert_null(strstr(s, "Left out"));
	s = page_text(w, 80, false);
	assert_has(s, "+ assignment/Set00/*/group/team-00");
	assert_has(s, "in all 20 of Workloads/Domain0/Unit00");
}

static void test_all_deleted(void **state)
{
	struct report_page *w = *state;
	const char *s;

	assign_all(w, true);
	keep(w, "deleted");
	s = page_markdown(w, COMMENT_MAX);
	assert_true(w->out.len < COMMENT_MAX);
	assert_int_equal(lost(s), w->plan->access_n);
	assert_has(s, "`assignment/Set00/*/group/team-00` in all 20 of `Workloads/Domain0/Unit00`");
	assert_null(strstr(s, "Left out"));
}

/* A unit whose accounts move has other teams: what is lost is told whole, and first. */
static void test_unit_moved(void **state)
{
	struct report_page *w = *state;
	const char *s;

	for (int group = 0; group < GROUPS; group += 4)
		for (int k = 0; k < PER_UNIT; k++) {
			assign(w, true, group % SETS, account(w, 3, k), group, 10);
			assign(w, false, (group + 1) % SETS, account(w, 3, k), group + 1, 20);
		}
	keep(w, "moved");
	s = page_markdown(w, COMMENT_MAX);
	assert_true(w->out.len < COMMENT_MAX);
	assert_int_equal(lost(s), GROUPS / 4 * PER_UNIT * MEMBERS);
	assert_has(s, "### Deletions and losses (400)");
	assert_has(s, "`assignment/Set04/*/*` to `group/team-04`, `group/team-44`; in all 20 of "
		      "`Workloads/Domain0/Unit03`: 40 in all");
	assert_true(strstr(s, "Deletions and losses") < strstr(s, "### Access lost"));
	assert_true(strstr(s, "| lose |") < strstr(s, "| gain |"));
	assert_null(strstr(s, "Left out"));
}

/* All of a team, in half of its accounts: then each account is named. */
static void test_team_deleted(void **state)
{
	struct report_page *w = *state;
	const char *s;

	for (int set = 0; set < SETS; set++)
		for (int u = 0; u < UNITS; u++)
			for (int k = 0; k < PER_UNIT; k += 2)
				if ((u + set) % UNITS < 3)
					assign(w, true, set, account(w, u, k), 7, 30);
	keep(w, "team");
	s = page_markdown(w, COMMENT_MAX);
	assert_true(w->out.len < COMMENT_MAX);
	assert_int_equal(lost(s), w->plan->access_n);
	assert_has(s, "`unit14-18`");
	assert_null(strstr(s, "Left out"));
}

/* Where nothing is alike, losses are counted, and every one stands in a line. */
static void test_losses_are_counted(void **state)
{
	struct report_page *w = *state;
	uint32_t seed = 7;
	const char *s;

	for (int i = 0; i < ASSIGNMENTS; i++) {
		seed = seed * 1664525 + 1013904223;
		assign(w, true, (int)(seed >> 8) % SETS,
		       account(w, (int)(seed >> 14) % UNITS, (int)(seed >> 20) % PER_UNIT),
		       i % GROUPS, (uint32_t)(10 + i));
	}
	keep(w, "random");
	s = page_markdown(w, COMMENT_MAX);
	assert_true(w->out.len < COMMENT_MAX);
	assert_has(s, "Assignments, counted since there are many");
	assert_has(s, "Lost, counted since there are many");
}

#define MIXED   10000
#define REMOVED 300

/* One of many of all kinds: each its own, so that nothing folds. */
static struct doc_change mixed_change(struct report_page *w, size_t i)
{
	static const char *const kind[] = {"unit", "account", "policy", "iam_user", "iam_role"};
	struct arena *a = w->arena;
	bool gone = i % (MIXED / REMOVED) == 0 && i / (MIXED / REMOVED) < REMOVED;
	const char *k = gone ? "iam_user" : kind[i * 5 / MIXED];
	struct doc_change c = {.action = gone         ? "delete"
					 : i % 3 == 0 ? "create"
						      : "update",
			       .kind = k,
			       .address = str_starts(k, "iam_")
					      ? arena_printf(a, "%s/unit%02zu-%02zu/person-%04zu",
							     k, i % UNITS, i % PER_UNIT, i)
					      : arena_printf(a, "%s/Thing-%04zu", k, i),
			       .file = arena_printf(a, "domain%02zu.yaml", i % 40),
			       .line = (uint32_t)(10 + i / 40),
			       .reason = i % 7 == 0    ? "drift"
					 : i % 11 == 0 ? "pending"
						       : "config",
			       .risk = "low"};
	struct doc_attribute *attribute = arena_array(a, 1, sizeof *attribute);

	attribute[0] = (struct doc_attribute){
	    .name = "description",
	    .base = value_str(a, "what it was"),
	    .live = value_str(a, "what it was"),
	    .head = value_str(a, arena_printf(a, "what it shall be, number %zu", i)),
	    .reason = c.reason};
	if (!gone && strcmp(k, "policy") == 0) {
		c.attribute = attribute;
		c.attributes = 1;
	}
	return c;
}

static void mixed(struct report_page *w)
{
	struct plan_doc *d = w->plan;

	for (size_t i = 0; i < MIXED; i++)
		d->change[d->changes++] = mixed_change(w, i);
	for (int i = 0; i < 400; i++)
		d->access[d->access_n++] =
		    (struct doc_access){i % 4 ? "gain" : "loss",
					arena_printf(w->arena, "user/person-%03d", i),
					arena_printf(w->arena, "unit00-%02d", i % PER_UNIT),
					i % 5 ? "Viewer" : "CloudAdmin",
					NULL,
					i % 5 ? "read" : "administrator"};
}

static size_t removals_named(const struct report_page *w, const char *s)
{
	size_t n = 0;

	for (size_t i = 0; i < w->plan->changes; i++) {
		const struct doc_change *c = &w->plan->change[i];

		if (strcmp(c->action, "delete") == 0)
			n += strstr(s, strrchr(c->address, '/') + 1) != NULL;
	}
	return n;
}

/* Ten thousand changes of all kinds: every removal is named, and each part says what it left out.
 */
static void test_mixed(void **state)
{
	struct report_page *w = *state;
	struct markdown_style style = {.max_bytes = COMMENT_MAX,
				       .blob = "https://github.com/example/organization/blob/"
					       "2222222222222222222222222222222222222222/",
				       .blob_base = "https://github.com/example/organization/blob/"
						    "1111111111111111111111111111111111111111/"};
	const char *s;
	bool fits;

	mixed(w);
	keep(w, "mixed");
	buf_clear(&w->out);
	fits = doc_write_markdown(w->plan, &style, &w->out);
	s = buf_str(&w->out);
	assert_true(fits && w->out.len <= COMMENT_MAX);
	assert_int_equal(removals_named(w, s), REMOVED);
	assert_has(s, "### Deletions and losses (300)");
	assert_has(s, "### Access lost (");
	assert_has(s, "### Administrator or write access gained (");
	assert_has(s, "### Changes (");
	assert_has(s, "### Drift that this reverts (");
	assert_has(s, "### Pending (");
	assert_has(s, "### New (");
	assert_has(s, "**Left out here for length: ");
	s = page_plain(w, 10240, &fits);
	assert_true(fits && w->out.len <= 10240);
	assert_int_equal(removals_named(w, s), REMOVED);
	assert_has(s, "### Access lost (");
}

/* What cannot be said at all fails the check, and is said all the same. */
static void test_too_many_removals(void **state)
{
	struct report_page *w = *state;
	bool fits;

	mixed(w);
	page_plain(w, 2000, &fits);
	assert_false(fits);
	assert_int_equal(removals_named(w, buf_str(&w->out)), REMOVED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_all_created),        TEST(test_all_deleted),
					   TEST(test_unit_moved),         TEST(test_team_deleted),
					   TEST(test_losses_are_counted), TEST(test_mixed),
					   TEST(test_too_many_removals)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
