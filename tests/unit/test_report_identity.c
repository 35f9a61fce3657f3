/* What reports say of IAM Identity Center: in words, folded by units, safe for any name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/report_page.h"

#include <string.h>

#define OUT_MAX ((size_t)16 << 20)

static int set_up(void **state)
{
	struct report_page *w = page_new(OUT_MAX);

	w->plan = page_plan(w->arena, 64, 512, 64);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	page_free(*state);
	return 0;
}

static void place(struct report_page *w, const char *unit, const char *prefix, int n)
{
	for (int i = 1; i <= n; i++)
		w->plan->account[w->plan->accounts++] =
		    (struct doc_account){arena_printf(w->arena, "%s-%d", prefix, i), unit};
}

static struct doc_change *change(struct report_page *w, const char *action, const char *kind,
				 const char *address)
{
	struct doc_change *c = &w->plan->change[w->plan->changes++];

	*c = (struct doc_change){.action = action,
				 .kind = kind,
				 .address = address,
				 .file = "identity.yaml",
				 .line = 7,
				 .reason = "config",
				 .risk = "medium"};
	c->attribute = arena_array(w->arena, 2, sizeof *c->attribute);
	return c;
}

static void access_row(struct report_page *w, const char *effect, const char *who,
		       const char *account, const char *through)
{
	w->plan->access[w->plan->access_n++] =
	    (struct doc_access){effect, who, account, "DataScientist", through, NULL};
}

/* Accounts are told by the unit that they are all of, or all but a few. */
static void test_places(void **state)
{
	struct report_page *w = *state;

	place(w, "Workloads/Training", "training", 20);
	place(w, "Workloads/Dev", "dev", 5);
	place(w, "Sandbox", "sandbox", 3);
	place(w, "/", "management", 1);
	for (int i = 0; i < 29; i++) {
		const char *name = w->plan->account[i].name;

		access_row(w, "loss", "user/1", name, "group/1");
		if (i < 25)
			access_row(w, "loss", "user/2", name, "group/2");
		if (i < 20)
			access_row(w, "loss", "user/3", name, "group/3");
		if (i < 18 || i > 24)
			access_row(w, "loss", "user/4", name, "group/4");
		if (i < 10)
			access_row(w, "loss", "user/5", name, "group/5");
	}
	access_row(w, "loss", "user/6", "sandbox-1", "group/6");
	page_text(w, 80, false);
	assert_has(buf_str(&w->out), "user/1 loses DataScientist in all 29 accounts: +0 -29");
	assert_has(buf_str(&w->out), "user/2 loses DataScientist in all 25 of Workloads: +0 -25");
	assert_has(buf_str(&w->out), "in all 20 of Workloads/Training: +0 -20");
	assert_has(buf_str(&w->out), "in 22 accounts: all but training-19 and\n");
	assert_has(buf_str(&w->out), "training-20 of Workloads/Training (18), management-1,");
	assert_has(buf_str(&w->out), "in 10 accounts: training-1, training-10,");
	assert_has(buf_str(&w->out), "user/6 loses DataScientist in sandbox-1 through group/6");
}

/* People of a group whose numbers are many; a permission set's own rows; no group. */
static void test_people(void **state)
{
	struct report_page *w = *state;
	const char *s;

	for (int i = 10; i < 22; i++)
		access_row(w, "gain", arena_printf(w->arena, "user/p%d", i), "dev-1", "group/ds");
	access_row(w, "gain", "user/alone", "dev-1", NULL);
	access_row(w, "loss", "group/unknown", "dev-1", NULL);
	w->plan->access[w->plan->access_n++] = (struct doc_access){
	    "loss", "permission_set/View", "*", "aws/ReadOnlyAccess", NULL, "read"};
	s = page_text(w, 80, false);
	assert_has(s, "- group/unknown loses DataScientist in dev-1\n");
	assert_has(s, "- permission_set/View loses aws/ReadOnlyAccess wherever it is assigned\n");
	assert_has(s, "+ user/alone gains DataScientist in dev-1\n");
	assert_has(s, "+ 12 people: user/p10, user/p11, user/p12 and 9 more gain DataScientist in\n"
		      "      dev-1: +12 -0 through group/ds\n");
	s = page_markdown(w, 60000);
	assert_has(s, "| gain | 12 people: `user/p10`, `user/p11`, `user/p12` and 9 more | "
		      "`DataScientist` in `dev-1`: +12 −0 | `group/ds` |\n");
	s = page_markdown(w, 1);
	assert_has(s, "Lost, counted since there are many");
	assert_has(s, "2 permissions of 2 principals in 1 account and wherever it is assigned");
}

static void test_sets(void **state)
{
	struct report_page *w = *state;
	struct doc_change *c = change(w, "update", "permission_set", "permission_set/View");
	struct text *live = (struct text *)text_str(
	    w->arena, "not in train-1, train-2, train-3, train-4, train-5, dev-1");
	const char *s;

	place(w, "Training", "train", 5);
	place(w, "Dev", "dev", 5);
	c->reason = "drift";
	c->attribute[c->attributes++] =
	    (struct doc_attribute){.name = "provisioned",
				   .base = value_str(w->arena, "everywhere"),
				   .head = value_str(w->arena, "everywhere"),
				   .live = value_text(live),
				   .reason = "drift"};
	s = page_text(w, 80, false);
	assert_has(s, "\n      not provisioned in 6 accounts: all 5 of Training, dev-1\n");
	assert_lacks(s, "everywhere");
	s = page_markdown(w, 60000);
	assert_has(s, "| not provisioned in 6 accounts: all 5 of `Training`, `dev-1` |");
	w->plan->format = "charter.drift/1";
	assert_has(page_text(w, 80, false),
		   "\n      not provisioned in 6 accounts: all 5 of Training, dev-1\n");
	assert_lacks(page_text(w, 80, false), "everywhere");
}

/* A set that goes says where it was in the words of its assignments; durations are as written. */
static void test_set_goes(void **state)
{
	struct report_page *w = *state;
	struct doc_change *c = change(w, "delete", "permission_set", "permission_set/View");
	struct doc_element *in = arena_array(w->arena, 6, sizeof *in);

	place(w, "Training", "train", 5);
	place(w, "Dev", "dev", 5);
	for (int i = 0; i < 6; i++)
		in[i] = (struct doc_element){
		    .key = arena_printf(w->arena, "account/%s", w->plan->account[i].name),
		    .reason = "config"};
	c->attribute[c->attributes++] = (struct doc_attribute){
	    .name = "accounts", .is_set = true, .removed = in, .removed_n = 6};
	c = change(w, "update", "permission_set", "permission_set/Edit");
	c->attribute[c->attributes++] = (struct doc_attribute){.name = "session_duration",
							       .base = value_str(w->arena, "3600"),
							       .live = value_str(w->arena, "3600"),
							       .head = value_str(w->arena, "30600"),
							       .reason = "config"};
	assert_has(page_text(w, 80, false),
		   "\n      what it gives in 6 accounts: all 5 of Training, dev-1\n");
	assert_has(page_text(w, 80, false), "\n      session_duration: 1h -> 8h30m\n");
	assert_has(page_markdown(w, 60000), "| the whole resource, and with it: what it gives in 6 "
					    "accounts: all 5 of `Training`, `dev-1` |");
	assert_has(page_markdown(w, 60000), "session\\_duration: `1h` → `8h30m`");
}

static void test_left_behind(void **state)
{
	struct report_page *w = *state;

	change(w, "delete", "assignment", "assignment/View/dev-1/group/~1-2")->reason = "drift";
	change(w, "delete", "assignment", "assignment/View/dev-2/user/~3-4");
	change(w, "delete", "assignment", "assignment/View/dev-3/user/bob");
	assert_has(page_text(w, 80, false),
		   "group/~1-2  drift, of a deleted group  identity.yaml:7\n");
	assert_has(page_text(w, 80, false), "user/~3-4  of a deleted user  identity.yaml:7\n");
	assert_has(page_text(w, 80, false), "user/bob  identity.yaml:7\n");
	assert_has(page_markdown(w, 60000), "drift, of a deleted group");
}

/* Lines to add are copied from the comment as they are. */
static void test_lines_to_add(void **state)
{
	struct report_page *w = *state;

	w->plan->refusal = "identity.yaml:4: permission_set/Dev: add to `assignments`:\n"
			   "    - {permission_sets: [Dev], groups: [a_b], accounts: [erp]}\n"
			   "removals: too many";
	assert_has(page_markdown(w, 60000),
		   "> - identity.yaml:4: permission\\_set/Dev: add to `assignments`:\n"
		   ">   <br>`- {permission_sets: [Dev], groups: [a_b], accounts: [erp]}`\n"
		   "> - removals: too many\n");
}

static void test_members(void **state)
{
	struct report_page *w = *state;
	struct doc_change *c = change(w, "update", "identity_group", "identity_group/ds");
	struct doc_element *in = arena_array(w->arena, 30, sizeof *in);
	const char *s;

	for (int i = 0; i < 30; i++)
		in[i] = (struct doc_element){
		    .key = arena_printf(w->arena, "identity_user/p%02d", i), .reason = "config"};
	c->attribute[c->attributes++] = (struct doc_attribute){.name = "members",
							       .is_set = true,
							       .added = in,
							       .added_n = 1,
							       .removed = in + 1,
							       .removed_n = 1};
	s = page_text(w, 80, false);
	assert_has(s, "      members:\n        + p00\n        - p01\n");
	assert_has(page_markdown(w, 60000), "members: + `p00`, − `p01`");
	c->attribute[0].added_n = 29;
	c->attribute[0].removed = in + 29;
	s = page_text(w, 80, false);
	assert_has(s, "      members:\n        - p29\n        + p00, p01, p02, ");
	s = page_markdown(w, 60000);
	assert_has(s, "+ `p19`, − `p29` and 9 more");
	assert_has(s, "| loses | `identity_group/ds` | members: − `p29` |");
}

static void test_waits_and_unread(void **state)
{
	struct report_page *w = *state;
	struct doc_unread unread[] = {
	    {"identity_users", "IncompleteListing", "ListUsers listed 10, but not 9"}};
	const char *s;

	change(w, "create", "assignment", "assignment/View/dev-1/user/bob")->blocked =
	    "identity_user/bob, which AWS does not have";
	change(w, "create", "assignment", "assignment/View/dev-1/user/eve")->blocked =
	    "identity_users";
	w->plan->unread = unread;
	w->plan->unread_n = 1;
	w->plan->complete = false;
	s = page_text(w, 80, false);
	assert_has(s, "; 1 not read; 1 waiting");
	assert_has(s, "! identity_users  Identity Center's users could not be read whole:\n");
	assert_has(s, "waits for identity_user/bob, which AWS does\n");
	assert_lacks(s, "charter permissions");
	assert_has(s, "not read, so nothing is done: Identity\n");
	s = page_markdown(w, 60000);
	assert_has(s, "- `identity_users`: Identity Center's users could not be read whole: "
		      "IncompleteListing: ListUsers listed 10, but not 9\n");
	assert_has(s, "**waits for identity\\_user/bob, which AWS does not have**");
	unread[0].error = "AccessDeniedException";
	assert_has(page_text(w, 80, false),
		   "\n    `charter permissions` prints the policy that reading needs\n");
	assert_has(page_markdown(w, 60000),
		   "- `charter permissions`&#32;prints the policy that reading needs\n");
}

static void hostile(struct report_page *w)
{
	static const char *const names[] = {"<script>alert(1)</script>", "a|b", "`tick`",
					    "[x](http://x)"};

	for (int i = 0; i < 4; i++) {
		change(w, "delete", "assignment",
		       arena_printf(w->arena, "assignment/View/dev-1/group/%s", names[i]));
		access_row(w, "loss", arena_printf(w->arena, "user/%s", names[i]), names[i],
			   arena_printf(w->arena, "group/%s", names[i]));
		w->plan->account[w->plan->accounts++] = (struct doc_account){names[i], names[i]};
	}
	w->plan->change[0].also = arena_array(w->arena, 1, sizeof *w->plan->change[0].also);
	w->plan->change[0].also[0] = (struct doc_place){"teams.yaml", 31};
	w->plan->change[0].alsos = 1;
}

static void test_hostile_names(void **state)
{
	struct report_page *w = *state;

	hostile(w);
	for (size_t max = 60000; max; max /= 4) {
		const char *s = page_markdown(w, max);

		/* In code spans alone, and no bar ends a cell. */
		for (const char *at = s; (at = strstr(at, "<script>")) != NULL; at++) {
			const char *tick = memrchr(s, '`', (size_t)(at - s));

			assert_non_null(tick);
			assert_int_equal(strspn(tick, "`abcdefghijklmnopqrstuvwxyzV-1/"),
					 at - tick);
		}
		if (strstr(s, "| loses"))
			assert_lacks(s, "group/a|b");
	}
	assert_has(page_text(w, 80, false), "identity.yaml:7,\n      teams.yaml:31\n");
	assert_has(page_markdown(w, 60000), "`identity.yaml:7`, `teams.yaml:31`");
}

/* A saved plan is shown as the plan was. */
static void test_round_trip(void **state)
{
	struct report_page *w = *state;
	auto_buf again = BUF_INIT(OUT_MAX);
	auto_error err = {0};
	struct plan_doc d;

	hostile(w);
	change(w, "create", "permission_set", "permission_set/View");
	change(w, "create", "identity_user", "identity_user/bob");
	change(w, "create", "identity_group", "identity_group/%60tick%60");
	w->plan->tool = w->plan->created = "";
	write_json(w->plan, &w->out);
	assert_has(buf_str(&w->out), "\"sources\":[{\"file\":\"identity.yaml\",\"line\":7},"
				     "{\"file\":\"teams.yaml\",\"line\":31}]");
	assert_has(buf_str(&w->out), "\"kind\":\"assignment\"");
	assert_has(buf_str(&w->out), "{\"name\":\"a|b\",\"unit\":\"a|b\"}");
	if (doc_read_json(w->arena, buf_str(&w->out), w->out.len, "p.json", &d, &err) != 0)
		fail_msg("%s", err.message);
	write_json(&d, &again);
	assert_string_equal(buf_str(&again), buf_str(&w->out));
	page_markdown(w, 60000);
	buf_clear(&again);
	doc_write_markdown(&d, &(struct markdown_style){.max_bytes = 60000}, &again);
	assert_string_equal(buf_str(&again), buf_str(&w->out));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_places),      TEST(test_people),           TEST(test_sets),
	    TEST(test_members),     TEST(test_waits_and_unread), TEST(test_hostile_names),
	    TEST(test_round_trip),  TEST(test_set_goes),         TEST(test_lines_to_add),
	    TEST(test_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
