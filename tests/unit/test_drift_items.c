/* Items of a drift report, their ranks and scopes; causes. Base and live are configurations; head
 * is base, where a row does not say otherwise. */
#include "tests/unit/plan_case.h"

#include "reconciler/drift_subject.h"
#include "reconciler/plan.h"
#include "reconciler/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_US INT64_C(1795309323000000) /* 2026-11-22T01:02:03Z */

/* A configuration as a plan's side. */
struct scene {
	struct plan_case c;
	struct config *config[3]; /* base, head, live */
	struct side *side[4];
	struct diagnostics diagnostics;
	struct sides sides;
	struct bound *bound;
	struct difference *difference;
	struct plan_input in;
	struct plan plan;
	struct record record;
	struct plan_doc *doc;
};

static const struct text *account_id(void *ctx, const struct resource *account)
{
	const struct resource *r = bind_live_account(ctx, account);

	return r ? r->id : account->id;
}

static struct side *scene_compile(struct scene *s, int i, const char *text, struct side *live)
{
	static const char fence[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
				    "\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}";
	struct config_file *file = arena_array(s->c.arena, 2, sizeof *file);
	struct compile_world world = {.now_us = NOW_US};

	file[0] = (struct config_file){"charter.yaml", text, strlen(text)};
	file[1] = (struct config_file){"fence.json", fence, strlen(fence)};
	s->config[i] = config_read(s->c.arena, file, 2, i != 1, &s->diagnostics);
	assert_non_null(s->config[i]);
	if (live) {
		world.partition = live->world.partition;
		world.organization_id = live->world.organization_id;
		world.management_account = live->world.management_account;
		world.account_id = account_id;
		world.ctx = live;
	}
	return compile(s->config[i], &world, &s->diagnostics);
}

static void scene_diagnosed(const struct scene *s)
{
	for (size_t i = 0; i < s->diagnostics.list.n; i++)
		if (!s->diagnostics.list.at[i].warning)
			fail_msg("%u: %s", s->diagnostics.list.at[i].where.line,
				 s->diagnostics.list.at[i].message);
}

/* Scopes, with blanks between, that are not read. */
static void scene_unread(struct scene *s, const char *scopes)
{
	char *names = arena_strdup(s->c.arena, scopes), *save = NULL;

	for (char *n = strtok_r(names, " ", &save); n; n = strtok_r(NULL, " ", &save))
		scope_fail(s->sides.live,
			   strcmp(n, "all") == 0 ? 0 : side_scope(s->sides.live, 0, n),
			   "AccessDenied", "no");
}

static void scene_make(struct scene *s, const char *base, const char *head, const char *live,
		       const char *unread, const char *only)
{
	struct arena *arena = arena_new();
	struct record_place place;
	struct diff_options options;
	auto_error err = {0};

	*s = (struct scene){.c.arena = arena, .diagnostics.arena = arena};
	s->side[2] = scene_compile(s, 2, live, NULL);
	s->sides.live = s->side[3] = case_live(&s->c, s->side[2]);
	scene_unread(s, unread);
	s->sides.base = s->side[0] = scene_compile(s, 0, base, s->sides.live);
	s->sides.head = s->side[1] = scene_compile(s, 1, head, s->sides.live);
	scene_diagnosed(s);
	place = record_place(arena, &s->config[1]->settings, NULL);
	record_read(arena, s->sides.live, &place, "main", &s->record);
	s->bound = bind_sides(arena, &s->sides, &s->diagnostics);
	scene_diagnosed(s);
	options = (struct diff_options){.head = &s->config[1]->settings,
					.base = &s->config[0]->settings,
					.live = s->sides.live,
					.only = only,
					.only_drift = true,
					.now_us = NOW_US};
	s->difference = diff_rows(arena, s->bound, &options, &s->diagnostics);
	scene_diagnosed(s);
	s->in = (struct plan_input){.arena = arena,
				    .scope = "main",
				    .narrowed = only,
				    .base_config = s->config[0],
				    .head_config = s->config[1],
				    .sides = &s->sides,
				    .bound = s->bound,
				    .difference = s->difference,
				    .intent = s->bound,
				    .record = &s->record,
				    .rate_percent = 70,
				    .now_us = NOW_US};
	if (plan_build(&s->in, &s->plan, &err) != 0)
		fail_msg("%s", err.message);
	s->doc = plan_document(arena, &s->plan, "charter.drift/1", "2026-11-22T01:02:03Z");
	s->doc->drift = drift_items(arena, &s->plan, s->doc);
}

static void scene_free(struct scene *s)
{
	for (int i = 0; i < 4; i++)
		side_free(s->side[i]);
	for (int i = 0; i < 3; i++)
		config_free(s->config[i]);
	bound_free(s->bound);
	difference_free(s->difference);
	diagnostics_free(&s->diagnostics);
	arena_free(s->c.arena);
}

static void items_say(const struct doc_drift *d, bool scopes, struct buf *b)
{
	for (uint32_t i = 0; i < d->items; i++) {
		const struct drift_item *item = &d->item[i];

		buf_printf(b, "%s %c%s", item_words[item->kind], item->sign, item->address);
		if (item->attribute)
			buf_printf(b, " %s", item->attribute);
		if (item->element)
			buf_printf(b, " %s", item->element);
		buf_printf(b, ", %s%s", drift_rank_words[item->rank], item->quiet ? ", quiet" : "");
		if (item->text)
			buf_printf(b, ": %s", item->text);
		if (scopes)
			buf_printf(b, " (%s)", item->scope);
		buf_putc(b, '\n');
	}
}

#define HEAD                                                                                       \
	"charter: 1\n"                                                                             \
	"scope: main\n"                                                                            \
	"organization:\n"                                                                          \
	"  id: o-exampleorgid\n"                                                                   \
	"  policy_types: [SERVICE_CONTROL_POLICY]\n"

struct row_of_items {
	const char *name, *base, *head, *live, *unread, *only;
	bool scopes;
	const char *want;
};

#define FENCE "policies:\n  Fence: {type: SERVICE_CONTROL_POLICY, document: fence.json}\n"

#define UNITS "units:\n  Work: {policies: [Fence], tags: {team: a}}\n"
#define BARE  "units:\n  Work: {policies: [], tags: {team: b}}\n"
#define PEOPLE                                                                                     \
	"identity_center:\n"                                                                       \
	"  region: us-east-1\n"                                                                    \
	"  users:\n"                                                                               \
	"    alice: {given_name: A, family_name: L, display_name: A L, email: a@example.com}\n"    \
	"    bob: {given_name: B, family_name: L, display_name: B L, email: b@example.com}\n"
#define SETS                                                                                       \
	"  permission_sets:\n"                                                                     \
	"    Admin: {aws_managed_policies: [aws/AdministratorAccess]}\n"                           \
	"    View: {aws_managed_policies: [aws/ReadOnlyAccess]}\n"
#define ROLE(account)                                                                              \
	"iam:\n  accounts:\n    dev:\n      roles:\n"                                              \
	"        ci: {trust: {Version: '2012-10-17', Statement: [{Effect: Allow, "                 \
	"Action: 'sts:AssumeRole', Principal: {AWS: 'arn:aws:iam::" account ":root'}}]}}\n"
#define DEV "accounts:\n  dev: {id: '222222222222', unit: /}\n"

static const struct row_of_items rows[] = {
    {"in sync", HEAD FENCE UNITS, NULL, HEAD FENCE UNITS, "", NULL, false, ""},
    {"guardrails before tags", HEAD FENCE UNITS, NULL, HEAD FENCE BARE, "", NULL, true,
     "drift -unit/Work policies policy/Fence, administrator (units policies accounts attachments)\n"
     "drift ~unit/Work tags team, plain (units tags/unit)\n"},
    {"what was read of a part differs", HEAD FENCE UNITS, NULL, HEAD FENCE BARE, "tags/unit", NULL,
     true,
     "drift -unit/Work policies policy/Fence, administrator (units policies accounts attachments)\n"
     "unread ~tags/unit, plain: AccessDenied: no (tags/unit)\n"
     "drift ~unit/Work tags team, plain (units tags/unit)\n"},
    {"what was not read is not missing", HEAD FENCE UNITS, NULL, HEAD FENCE, "units", NULL, true,
     "unread ~units, plain: AccessDenied: no (units)\n"},
    {"nor is anything", HEAD FENCE UNITS, NULL, HEAD FENCE, "all", NULL, true,
     "unread ~all, plain: AccessDenied: no (all)\n"},
    {"a resource that is gone, and one that nobody declares", HEAD FENCE UNITS, NULL,
     HEAD FENCE "units:\n  Other: {}\n", "", NULL, true,
     "unmanaged +unit/Other, administrator, quiet (units)\n"
     "missing -unit/Work, administrator (units)\n"},
    {"break-glass first", HEAD FENCE UNITS "guards: {break_glass: ['unit/*']}\n", NULL,
     HEAD FENCE BARE, "", NULL, false,
     "drift -unit/Work policies policy/Fence, break_glass\n"
     "drift ~unit/Work tags team, break_glass\n"},
    {"an ignored difference is none; rules that have ended",
     HEAD FENCE UNITS
     "ignore:\n"
     "- {resource: unit/Work, attributes: [tags], reason: theirs, until: 2027-01-01}\n"
     "- {resource: unit/Gone, attributes: [tags, policies], reason: old, until: 2026-01-01}\n"
     "release:\n"
     "- {resource: 'unit/*', reason: older, until: 2025-01-01}\n",
     NULL, HEAD FENCE BARE, "", NULL, false,
     "drift -unit/Work policies policy/Fence, administrator\n"
     "rule ~unit/* release, plain: ended on 2025-01-01: older\n"
     "rule ~unit/Gone ignore tags policies, plain: ended on 2026-01-01: old\n"},
    {"what head changes as well is a conflict, and what it asks for no drift", HEAD FENCE UNITS,
     HEAD FENCE "units:\n  Work: {policies: [], tags: {team: c}}\n",
     HEAD FENCE "units:\n  Work: {policies: [Fence], tags: {team: b}}\n", "", NULL, false,
     "drift ~unit/Work tags team, plain\n"},
    {"access of people",
     HEAD DEV PEOPLE "  groups: {admins: {members: [alice]}, readers: {members: [alice]}}\n" SETS
		     "  assignments:\n"
		     "  - {permission_sets: [Admin], groups: [admins], accounts: [dev]}\n"
		     "  - {permission_sets: [View], groups: [readers], accounts: [dev]}\n",
     NULL,
     HEAD DEV PEOPLE
     "  groups: {admins: {members: [alice, bob]}, readers: {members: [bob]}}\n" SETS
     "  assignments:\n"
     "  - {permission_sets: [Admin], groups: [admins], accounts: [dev]}\n"
     "  - {permission_sets: [View], users: [bob], groups: [readers], accounts: [dev]}\n",
     "", NULL, true,
     "drift +identity_group/admins members identity_user/bob, administrator "
     "(identity_groups identity_users identity_center identity_members)\n"
     "drift +assignment/View/dev/user/bob, read (assignments accounts permission_sets "
     "identity_groups identity_center identity_users)\n"
     "drift -identity_group/readers members identity_user/alice, read "
     "(identity_groups identity_users identity_center identity_members)\n"
     "drift +identity_group/readers members identity_user/bob, read "
     "(identity_groups identity_users identity_center identity_members)\n"},
    {"in an account",
     HEAD DEV "iam:\n  accounts:\n    dev:\n      groups:\n"
	      "        ops: {managed_policies: [aws/ReadOnlyAccess]}\n"
	      "      users:\n        alice: {groups: [ops]}\n",
     NULL,
     HEAD DEV "iam:\n  accounts:\n    dev:\n      groups:\n"
	      "        ops: {managed_policies: [aws/ReadOnlyAccess, aws/AdministratorAccess]}\n"
	      "      users:\n        alice: {groups: []}\n        eve: {}\n",
     "", NULL, true,
     "drift +iam_group/dev/ops managed_policies arn:aws:iam::aws:policy/AdministratorAccess, "
     "administrator (iam/222222222222 accounts)\n"
     "drift -iam_user/dev/alice groups iam_group/dev/ops, administrator (iam/222222222222 "
     "accounts)\n"
     "unmanaged +iam_user/dev/eve, plain, quiet (iam/222222222222 accounts)\n"},
    {"who may act as a role", HEAD DEV ROLE("111111111111"), NULL, HEAD DEV ROLE("999999999999"),
     "", NULL, false, "drift ~iam_role/dev/ci trust, administrator\n"},
    {"an account that was not read",
     HEAD DEV "iam:\n  accounts:\n    dev:\n      users:\n        alice: {}\n", NULL, HEAD DEV,
     "iam/222222222222", NULL, true,
     "unread ~iam/222222222222, plain: AccessDenied: account dev: no (iam/222222222222)\n"},
};

static bool row_holds(const struct row_of_items *row)
{
	auto_buf got = BUF_INIT(1 << 20);
	struct scene s;
	bool same;

	scene_make(&s, row->base, row->head ? row->head : row->base, row->live, row->unread,
		   row->only);
	items_say(s.doc->drift, row->scopes, &got);
	same = strcmp(buf_str(&got), row->want) == 0;
	if (!same)
		print_error("%s: got\n%s--- want\n%s", row->name, buf_str(&got), row->want);
	scene_free(&s);
	return same;
}

static void test_items(void **state)
{
	bool same = true;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		same &= row_holds(&rows[i]);
	assert_true(same);
}

/* The same difference has the same name whatever else there is; another value, another digest. */
/* Questions to CloudTrail: the account, by what the thing is spoken of, and its part. */
static void names_say(struct buf *b, const char *what, const char *const *names)
{
	if (names)
		buf_printf(b, " %s", what);
	for (size_t i = 0; names && names[i]; i++)
		buf_printf(b, "%s%s", i ? "," : "=", names[i]);
}

static void test_questions(void **state)
{
	static const char base[] =
	    HEAD DEV FENCE "units:\n  Work: {policies: [Fence], tags: {team: a}}\n  Gone: {}\n"
			   "iam:\n  accounts:\n    dev:\n      alias: one\n      users:\n        "
			   "alice: {path: /p/, "
			   "groups: [ops]}\n        zoe: {path: /p/}\n      groups:\n        ops: "
			   "{managed_policies: []}\n";
	static const char live[] = HEAD DEV FENCE
	    "units:\n  Work: {policies: [], tags: {team: b}}\n  Mine: {}\n"
	    "iam:\n  accounts:\n    dev:\n      alias: two\n      users:\n        alice: {path: "
	    "/p/, "
	    "groups: []}\n      groups:\n        ops: {managed_policies: [aws/ReadOnlyAccess]}\n";
	auto_buf got = BUF_INIT(1 << 16);
	struct scene s;

	(void)state;
	scene_make(&s, base, base, live, "tags/policy", NULL);
	for (uint32_t i = 0; i < s.doc->drift->items; i++) {
		const struct drift_item *item = &s.doc->drift->item[i];
		struct trail_question q;

		buf_printf(&got, "%c%s %s:", item->sign, item->address,
			   item->attribute ? item->attribute : "-");
		if (!drift_question(s.c.arena, s.bound, &s.sides.live->world, item, &q)) {
			buf_puts(&got, " nothing\n");
			continue;
		}
		assert_int_equal(q.sign, item->sign);
		buf_printf(&got, " %s", q.account ? q.account->s : "own");
		names_say(&got, "of", q.subject);
		names_say(&got, "what", q.object);
		names_say(&got, "and", q.also);
		buf_putc(&got, '\n');
	}
	/* Of what is gone no id is known; of IAM its name is enough. */
	assert_string_equal(
	    buf_str(&got),
	    "-unit/Gone -: own of\n"
	    "+unit/Mine -: own of=ou-ex00-00000006\n"
	    "-unit/Work policies: own of=ou-ex00-00000007 what=p-00000005\n"
	    "+iam_group/dev/ops managed_policies: 222222222222 "
	    "of=arn:aws:iam::222222222222:group/ops,ops "
	    "what=arn:aws:iam::aws:policy/ReadOnlyAccess\n"
	    "-iam_user/dev/alice groups: 222222222222 "
	    "of=arn:aws:iam::222222222222:user/alice,alice "
	    "what=arn:aws:iam::222222222222:group/ops,ops\n"
	    "~iam_account/dev/settings alias: 222222222222\n"
	    "-iam_user/dev/zoe -: 222222222222 of=arn:aws:iam::222222222222:user/p/zoe,zoe\n"
	    "~tags/policy -: nothing\n"
	    "~unit/Work tags: own of=ou-ex00-00000007 what=team\n");
	scene_free(&s);
}

static void test_names(void **state)
{
	struct scene a, b;

	(void)state;
	scene_make(&a, HEAD FENCE UNITS, HEAD FENCE UNITS, HEAD FENCE BARE, "", NULL);
	scene_make(&b, HEAD FENCE UNITS, HEAD FENCE UNITS,
		   HEAD FENCE "units:\n  Work: {policies: [Fence], tags: {team: c}}\n", "", NULL);
	assert_int_equal(a.doc->drift->items, 2);
	assert_int_equal(b.doc->drift->items, 1);
	assert_string_equal(a.doc->drift->item[1].name, b.doc->drift->item[0].name);
	assert_string_not_equal(a.doc->drift->item[1].live, b.doc->drift->item[0].live);
	assert_string_not_equal(a.doc->drift->item[1].name, a.doc->drift->item[0].name);
	assert_string_equal(a.doc->drift->item[0].file, "charter.yaml");
	assert_int_equal(a.doc->drift->item[0].change, 0);
	scene_free(&a);
	scene_free(&b);
}

/* What a report does not look at. */
static void test_passed(void **state)
{
	struct scene s;
	auto_buf got = BUF_INIT(1 << 16);

	(void)state;
	scene_make(&s, HEAD DEV "ignore: [{resource: 'unit/*', reason: r, until: 2027-01-01}]\n",
		   HEAD DEV "ignore: [{resource: 'unit/*', reason: r, until: 2027-01-01}]\n",
		   HEAD DEV, "", "account/*");
	for (const char *const *p = s.doc->drift->passed; *p; p++)
		buf_printf(&got, "%s ", *p);
	assert_true(str_starts(buf_str(&got), "unit/* "));
	assert_true(str_ends(buf_str(&got), "** "));
	scene_free(&s);
}

/* Causes. */

static struct drift_event event_of(const char *id, const char *who, const char *key, int64_t s)
{
	return (struct drift_event){.id = id,
				    .service = "iam",
				    .call = "AttachRolePolicy",
				    .principal = who,
				    .session = who,
				    .key = key,
				    .time_us = s * 1000000};
}

static void causes_say(const struct doc_drift *d, struct buf *b)
{
	for (uint32_t i = 0; i < d->causes; i++) {
		const struct drift_cause *c = &d->cause[i];

		buf_printf(b, "%s %s %u events %d-%d:", drift_rank_words[c->rank],
			   c->principal ? c->principal : "?", c->events,
			   (int)(c->first_us / 1000000), (int)(c->last_us / 1000000));
		for (uint32_t k = 0; k < c->items; k++) {
			assert_int_equal(d->item[c->item[k]].cause, i);
			buf_printf(b, " %s", d->item[c->item[k]].address);
		}
		buf_puts(b, c->fresh ? " fresh\n" : "\n");
	}
}

static struct drift_item item_of(const char *address, const char *attribute, uint8_t rank,
				 const struct drift_event *event)
{
	return (struct drift_item){.kind = ITEM_DRIFT,
				   .name = address,
				   .live = "",
				   .address = address,
				   .attribute = attribute,
				   .rank = rank,
				   .event = event,
				   .fresh = strcmp(address, "r/f") == 0};
}

static void test_causes(void **state)
{
	const struct drift_event e[] = {
	    event_of("1", "eve", "ASIA1", 30), event_of("2", "eve", "ASIA1", 10),
	    event_of("3", "eve", "ASIA2", 20), event_of("4", "", "", 50),
	    event_of("5", "", "ASIA9", 60),
	};
	const struct drift_item items[] = {
	    item_of("r/a", "tags", DRIFT_RANK_PLAIN, &e[0]),
	    item_of("r/b", "tags", DRIFT_RANK_ADMINISTRATOR, &e[1]),
	    item_of("r/c", "tags", DRIFT_RANK_PLAIN, &e[1]),
	    item_of("r/d", "tags", DRIFT_RANK_PLAIN, &e[2]),
	    item_of("r/e", "tags", DRIFT_RANK_PLAIN, NULL),
	    item_of("r/e", "trust", DRIFT_RANK_ADMINISTRATOR, NULL),
	    item_of("r/f", "tags", DRIFT_RANK_PLAIN, &e[3]),
	    item_of("r/g", "tags", DRIFT_RANK_PLAIN, &e[4]),
	};
	static const char want[] = "administrator eve 2 events 10-30: r/b r/a r/c\n"
				   "administrator ? 0 events 0-0: r/e r/e\n"
				   "plain ? 1 events 50-50: r/f fresh\n"
				   "plain ? 1 events 60-60: r/g\n"
				   "plain eve 1 events 20-20: r/d\n";
	enum { N = sizeof items / sizeof *items };
	uint64_t seed = 1;

	(void)state;
	/* In whatever order they come. */
	for (int turn = 0; turn < 50; turn++) {
		struct arena *arena = arena_new();
		struct doc_drift d = {.item = arena_array(arena, N, sizeof *d.item), .items = N};
		struct plan_doc doc = {.drift = &d};
		auto_buf got = BUF_INIT(1 << 16);

		memcpy(d.item, items, sizeof items);
		for (unsigned i = N - 1; i > 0; i--) {
			unsigned k =
			    (unsigned)((seed = seed * 6364136223846793005u + 1) >> 33) % (i + 1);
			struct drift_item swap = d.item[i];

			d.item[i] = d.item[k];
			d.item[k] = swap;
		}
		drift_group(arena, &doc);
		causes_say(&d, &got);
		assert_string_equal(buf_str(&got), want);
		/* Once more is no other. */
		drift_group(arena, &doc);
		buf_clear(&got);
		causes_say(&d, &got);
		assert_string_equal(buf_str(&got), want);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_items),  cmocka_unit_test(test_questions),
	    cmocka_unit_test(test_names),  cmocka_unit_test(test_passed),
	    cmocka_unit_test(test_causes),
	};

	return cmocka_run_group_tests_name("drift items", tests, NULL, NULL);
}
