#include "tests/unit/drift_sample.h"

#include "base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define PEOPLE_MAX 16

static const char trust_git[] =
    "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
    "\"arn:aws:iam::111111111111:root\"}}],\"Version\":\"2012-10-17\"}";
static const char trust_live[] =
    "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
    "\"arn:aws:iam::999999999999:root\"}}],\"Version\":\"2012-10-17\"}";

static int64_t at(const char *time)
{
	int64_t us = 0;

	assert_int_equal(time_parse(time, &us), 0);
	return us;
}

static struct doc_attribute scalar(struct arena *a, const char *name, const char *git,
				   const char *live)
{
	return (struct doc_attribute){.name = name,
				      .base = value_str(a, git),
				      .head = value_str(a, git),
				      .live = value_str(a, live),
				      .reason = "drift"};
}

/* Elements that somebody added outside git. */
static struct doc_attribute extra(struct arena *a, const char *name, const char *const *key,
				  uint32_t n)
{
	struct doc_attribute out = {.name = name, .is_set = true, .removed_n = n};

	out.removed = arena_array(a, n + 1, sizeof *out.removed);
	for (uint32_t i = 0; i < n; i++)
		out.removed[i] = (struct doc_element){.key = key[i],
						      .base = VALUE_EMPTY,
						      .head = VALUE_EMPTY,
						      .live = value_str(a, key[i]),
						      .reason = "drift"};
	return out;
}

static uint32_t change_add(struct arena *a, struct plan_doc *d, const char *action,
			   const char *kind, const char *address, uint32_t line,
			   const struct doc_attribute *list, uint32_t n)
{
	struct doc_change *c = &d->change[d->changes];

	*c = (struct doc_change){.action = action,
				 .kind = kind,
				 .address = address,
				 .reason = "drift",
				 .risk = "medium",
				 .file = "iam.yaml",
				 .line = line,
				 .attributes = n};
	c->attribute = arena_array(a, n + 1, sizeof *c->attribute);
	if (n)
		memcpy(c->attribute, list, n * sizeof *list);
	return (uint32_t)d->changes++;
}

static struct drift_item *item_add(struct arena *a, struct doc_drift *d, struct drift_item item)
{
	struct drift_item *to = &d->item[d->items++];

	*to = item;
	to->name = arena_printf(a, "%016x", d->items);
	if (!to->live)
		to->live = "00112233445566ff";
	if (!to->sign)
		to->sign = '~';
	return to;
}

static struct drift_item of_change(const struct plan_doc *d, enum item_kind kind, uint32_t change,
				   uint32_t cause, const char *attribute, const char *element)
{
	return (struct drift_item){.kind = kind,
				   .address = d->change[change].address,
				   .attribute = attribute,
				   .element = element,
				   .file = d->change[change].file,
				   .line = d->change[change].line,
				   .change = change,
				   .cause = cause,
				   .rank = DRIFT_RANK_WRITE};
}

static struct drift_event event(const char *id, const char *call, const char *time, bool console)
{
	return (struct drift_event){
	    .id = id,
	    .service = "iam",
	    .call = call,
	    .account = "333333333333",
	    .region = "us-east-1",
	    .principal = "arn:aws:sts::333333333333:assumed-role/"
			 "AWSReservedSSO_OpsAdmin_0123456789abcdef/alice@example.com",
	    .session = "alice@example.com",
	    .key = "ASIAEXAMPLE000000001",
	    .address = "198.51.100.7",
	    .agent = console ? "Mozilla/5.0 (X11; Linux x86_64)" : "aws-cli/2.15.0 Python/3.11",
	    .invoked_by = "",
	    .console = console,
	    .time_us = at(time)};
}

/* What it is of its items is set by causes_end(). */
static struct drift_cause *cause_add(struct arena *a, struct doc_drift *d,
				     const struct drift_event *list, uint32_t n)
{
	struct drift_cause *c = &d->cause[d->causes++];

	*c = (struct drift_cause){.events = n};
	c->event = arena_array(a, (size_t)n + 1, sizeof *c->event);
	if (!n)
		return c;
	memcpy(c->event, list, n * sizeof *list);
	c->principal = list->principal;
	c->session = list->session;
	c->first_us = list->time_us;
	c->last_us = list[n - 1].time_us;
	return c;
}

static void causes_end(struct arena *a, struct doc_drift *d)
{
	for (uint32_t i = 0; i < d->items; i++)
		if (d->item[i].cause != DRIFT_NONE)
			d->cause[d->item[i].cause].items++;
	for (uint32_t i = 0; i < d->causes; i++) {
		d->cause[i].item = arena_array(a, d->cause[i].items + 1, sizeof(uint32_t));
		d->cause[i].items = 0;
	}
	for (uint32_t i = 0; i < d->items; i++) {
		const struct drift_item *item = &d->item[i];
		struct drift_cause *c;

		if (item->cause == DRIFT_NONE)
			continue;
		c = &d->cause[item->cause];
		c->item[c->items++] = i;
		c->rank = item->rank > c->rank ? item->rank : c->rank;
		c->fresh |= item->fresh;
	}
}

static struct plan_doc *doc_new(struct arena *a, size_t changes, size_t items, size_t causes)
{
	struct plan_doc *d = arena_alloc(a, sizeof *d);

	*d = (struct plan_doc){
	    .format = "charter.drift/1",
	    .plan_id = "3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a",
	    .organization = "o-exampleorgid",
	    .scope = "main",
	    .base = {.commit = "111111111111aaaa", .tree = "t1", .present = true},
	    .head = {.commit = "111111111111aaaa", .tree = "t1", .present = true},
	    .complete = true,
	    .created = "2026-11-22T02:00:00Z",
	    .tool = "charter 0.1.0"};
	d->change = arena_array(a, changes + 1, sizeof *d->change);
	d->note = arena_array(a, 4, sizeof *d->note);
	d->unread = arena_array(a, 4, sizeof *d->unread);
	d->drift = arena_alloc(a, sizeof *d->drift);
	d->drift->item = arena_array(a, items + 1, sizeof *d->drift->item);
	d->drift->cause = arena_array(a, causes + 1, sizeof *d->drift->cause);
	d->drift->history = true;
	return d;
}

static void session_add(struct arena *a, struct plan_doc *d)
{
	static const char *const policies[] = {"arn:aws:iam::aws:policy/AdministratorAccess",
					       "iam_policy/research-1/debug"};
	const struct drift_event events[] = {
	    event("e1", "AttachRolePolicy", "2026-11-21T22:10:05Z", true),
	    event("e2", "AttachRolePolicy", "2026-11-21T22:11:00Z", true),
	    event("e3", "UpdateAssumeRolePolicy", "2026-11-21T22:14:59Z", false)};
	struct doc_attribute ops[] = {scalar(a, "trust", trust_git, trust_live),
				      extra(a, "managed_policies", policies, 2)};
	struct drift_cause *c = cause_add(a, d->drift, events, 3);
	uint32_t change;

	ops[0].is_policy = true;
	change = change_add(a, d, "update", "iam_role", "iam_role/research-1/Ops", 12, ops, 2);
	for (uint32_t i = 0; i < 3; i++) {
		struct drift_item item =
		    of_change(d, ITEM_DRIFT, change, 1, i < 2 ? "managed_policies" : "trust",
			      i < 2 ? policies[i] : NULL);

		item.rank = DRIFT_RANK_ADMINISTRATOR;
		item.sign = i < 2 ? '+' : '~';
		item.fresh = i == 2;
		item.first_us = i == 2 ? 0 : at("2026-11-19T02:00:00Z");
		item.owner = "@platform/identity ada@example.com";
		item.event = &c->event[i];
		item_add(a, d->drift, item);
	}
}

static void glass_add(struct arena *a, struct plan_doc *d)
{
	struct drift_event events[] = {event("e0", "UpdateRole", "2026-11-21T23:50:00Z", false)};
	struct doc_attribute list[] = {scalar(a, "description", "for emergencies", "mine")};
	struct drift_item item;

	events->principal = "arn:aws:iam::111111111111:user/ops/bob";
	events->session = "bob";
	events->key = "AKIAEXAMPLE000000002";
	cause_add(a, d->drift, events, 1);
	item = of_change(
	    d, ITEM_DRIFT,
	    change_add(a, d, "update", "iam_role", "iam_role/master/BreakGlass", 3, list, 1), 0,
	    "description", NULL);
	item.rank = DRIFT_RANK_BREAK_GLASS;
	item.break_glass = item.fresh = true;
	item.event = &d->drift->cause[0].event[0];
	item_add(a, d->drift, item);
}

static void nobody_add(struct arena *a, struct plan_doc *d)
{
	struct doc_attribute list[] = {scalar(a, "unit", "unit/Workloads/Training", "root")};
	struct drift_item item;
	uint32_t change;

	cause_add(a, d->drift, NULL, 0);
	change = change_add(a, d, "update", "account", "account/training-1", 40, list, 1);
	d->change[change].file = "organization.yaml";
	item = of_change(d, ITEM_DRIFT, change, 2, "unit", NULL);
	item.first_us = at("2026-11-18T02:00:00Z");
	item.owner = "@platform/accounts";
	item_add(a, d->drift, item);
	cause_add(a, d->drift, NULL, 0);
	item = of_change(d, ITEM_MISSING,
			 change_add(a, d, "create", "iam_user", "iam_user/sandbox/ci", 70, NULL, 0),
			 3, NULL, NULL);
	item.sign = '-';
	item.fresh = true;
	item_add(a, d->drift, item);
}

static void others_add(struct arena *a, struct plan_doc *d)
{
	struct doc_attribute list[] = {scalar(a, "provisioned", "all", "not in sandbox")};
	struct doc_attribute let[] = {scalar(a, "description", "git", "by hand")};
	struct drift_item item;
	uint32_t change;

	change = change_add(a, d, "update", "permission_set", "permission_set/Viewer", 5, list, 1);
	item = of_change(d, ITEM_STALE, change, DRIFT_NONE, "provisioned", NULL);
	item.first_us = at("2026-11-18T02:00:00Z");
	item_add(a, d->drift, item);
	for (int i = 0; i < 4; i++)
		item_add(
		    a, d->drift,
		    (struct drift_item){.kind = ITEM_UNMANAGED,
					.address = arena_printf(a, "iam_role/sandbox/made-%d", i),
					.sign = '+',
					.fresh = i == 0,
					.quiet = i > 0,
					.change = DRIFT_NONE,
					.cause = DRIFT_NONE});
	change = change_add(a, d, "update", "iam_role", "iam_role/sandbox/Known", 90, let, 1);
	item = of_change(d, ITEM_DRIFT, change, DRIFT_NONE, "description", NULL);
	item.quiet = true;
	item.first_us = at("2026-11-01T02:00:00Z");
	item_add(a, d->drift, item);
	item_add(a, d->drift,
		 (struct drift_item){.kind = ITEM_RULE,
				     .address = "iam_role/*/Temp*",
				     .attribute = "ignore",
				     .text = "ended on 2026-11-20: until the migration",
				     .file = "charter.yaml",
				     .line = 9,
				     .scope = "",
				     .change = DRIFT_NONE,
				     .cause = DRIFT_NONE});
}

static void rest_add(struct arena *a, struct plan_doc *d)
{
	struct drift_resolved resolved[] = {
	    {"00000000000000aa", "iam_group/sandbox/ops", "members", "iam_user/sandbox/eve",
	     ITEM_DRIFT, at("2026-11-20T02:00:00Z"), at("2026-11-22T02:00:00Z")},
	    {"00000000000000bb", NULL, NULL, NULL, ITEM_DRIFT, at("2026-11-10T02:00:00Z"),
	     at("2026-11-12T02:00:00Z")}};
	struct drift_point points[] = {
	    {at("2026-11-21T02:00:00Z"), 5, 1, 0, at("2026-11-18T02:00:00Z"), -1},
	    {at("2026-11-22T02:00:00Z"), 9, 4, 1, at("2026-11-18T02:00:00Z"), 172800}};
	static const char *const passed[] = {"iam_role/*/Temp*", "budgets", NULL};

	d->drift->resolved = arena_array(a, 2, sizeof *resolved);
	memcpy(d->drift->resolved, resolved, sizeof resolved);
	d->drift->resolveds = 2;
	d->drift->point = arena_array(a, 2, sizeof *points);
	memcpy(d->drift->point, points, sizeof points);
	d->drift->points = 2;
	d->drift->passed = passed;
	d->drift->since_us = at("2026-11-21T01:00:00Z");
	d->drift->own = 7;
	d->drift->trail_unread = "sandbox: AccessDenied: may not cloudtrail:LookupEvents";
	d->note[d->notes++] = (struct doc_note){
	    .what = NOTE_IGNORED, .kind = "iam_role", .address = "iam_role/a/Keep", .text = "tags"};
}

struct plan_doc *sample_drift(struct arena *a)
{
	struct plan_doc *d = doc_new(a, 8, 16, 4);

	glass_add(a, d);
	session_add(a, d);
	nobody_add(a, d);
	others_add(a, d);
	rest_add(a, d);
	causes_end(a, d->drift);
	return d;
}

struct plan_doc *sample_many(struct arena *a, uint32_t items, uint32_t causes)
{
	struct plan_doc *d = doc_new(a, items, items, causes);

	for (uint32_t i = 0; i < causes; i++) {
		struct drift_event e =
		    event(arena_printf(a, "e%u", i), "UpdateRole", "2026-11-21T22:10:05Z", false);

		e.session = arena_printf(a, "person-%u@example.com", i);
		e.principal = arena_printf(
		    a, "arn:aws:sts::333333333333:assumed-role/Admin/person-%u@example.com", i);
		cause_add(a, d->drift, &e, 1);
	}
	for (uint32_t i = 0; i < items; i++) {
		struct doc_attribute list[] = {
		    scalar(a, "description", "git", arena_printf(a, "hand %u", i))};
		struct drift_item item = of_change(
		    d, ITEM_DRIFT,
		    change_add(a, d, "update", "iam_role",
			       arena_printf(a, "iam_role/research-1/role-%05u", i), i, list, 1),
		    i % causes, "description", NULL);

		item.event = d->drift->cause[item.cause].event;
		item.fresh = true;
		item_add(a, d->drift, item);
	}
	causes_end(a, d->drift);
	return d;
}
