/* The ledger's life: nights in a row, by table and by chance; its JSON, cut and hostile; where it
 * is kept. */
#include "reconciler/ledger_priv.h"

#include "aws/twin/transport.h"
#include "base/env.h"
#include "base/map.h"
#include "reconciler/plan_doc.h"
#include "reconciler/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TARGET   "charter.drift/1 o-abcdefghij main"
#define BEGIN_US (INT64_C(20780) * DAY_US + INT64_C(3600000000)) /* 2026-11-23T01:00:00Z */

static const char *hash(struct arena *arena, const char *s)
{
	char hex[SHA256_HEX];

	if (!*s)
		return "";
	sha256_hex(s, strlen(s), hex);
	return arena_memdup0(arena, hex, DRIFT_NAME - 1);
}

static void item_put(struct arena *arena, struct plan_doc *doc, enum item_kind kind,
		     const char *address, const char *live, const char *scope)
{
	doc->drift->item[doc->drift->items++] =
	    (struct drift_item){.kind = kind,
				.name = drift_item_name(arena, kind, address, NULL, NULL),
				.live = hash(arena, live),
				.address = address,
				.scope = scope,
				.quiet = kind == ITEM_UNMANAGED,
				.change = DRIFT_NONE,
				.cause = DRIFT_NONE};
}

static struct plan_doc *doc_new(struct arena *arena, int64_t now_us, size_t items)
{
	struct plan_doc *doc = arena_alloc(arena, sizeof *doc);
	char *created = arena_alloc(arena, TIME_RFC3339);

	time_rfc3339(now_us, created);
	*doc = (struct plan_doc){.format = "charter.drift/1",
				 .created = created,
				 .complete = true,
				 .drift = arena_alloc(arena, sizeof *doc->drift),
				 .unread = arena_array(arena, items + 1, sizeof *doc->unread)};
	doc->drift->item = arena_array(arena, 2 * items + 1, sizeof *doc->drift->item);
	return doc;
}

static void unread_put(struct arena *arena, struct plan_doc *doc, const char *scope)
{
	doc->complete = false;
	doc->unread[doc->unread_n++] = (struct doc_unread){scope, "AccessDenied", "no"};
	item_put(arena, doc, ITEM_UNREAD, scope, "", scope);
}

/* Through JSON, as from one night to the next. */
static void ledger_again(struct arena *arena, struct ledger *l, size_t max)
{
	auto_buf b = BUF_INIT(SIZE_MAX), same = BUF_INIT(SIZE_MAX);
	auto_error err = {0};

	assert_true(ledger_write(l, max, &b));
	assert_true(b.len <= max);
	if (ledger_read(arena, buf_str(&b), b.len, "ledger", TARGET, l, &err) != 0)
		fail_msg("%s\n%s", err.message, buf_str(&b));
	assert_true(ledger_write(l, max, &same));
	assert_string_equal(buf_str(&b), buf_str(&same));
}

static void ledger_none(struct arena *arena, struct ledger *l)
{
	auto_error err = {0};

	assert_int_equal(ledger_read(arena, NULL, 0, "ledger", TARGET, l, &err), 0);
}

/* Nights as rows. Items: "[u:|r:]ADDRESS=LIVE[@SCOPE,SCOPE]", unread scopes "!SCOPE", what is
 * passed over "-PATTERN", "?" where nobody says what was not read; "hours" since the night before.
 * Wanted: what is new, then each item with its flags (f fresh, q quiet) and its age in days, then
 * what is resolved. */
struct night {
	int hours;
	const char *items;
	bool told; /* whether telling succeeds */
	bool close;
	const char *want;
};

struct life {
	const char *name;
	struct night night[10];
};

static char *scope_of(struct arena *arena, const char *s)
{
	char *scope = arena_strdup(arena, s);

	for (char *p = scope; *p; p++)
		*p = *p == ',' ? ' ' : *p;
	return scope;
}

static void word_put(struct arena *arena, struct plan_doc *doc, char *word, const char **passed)
{
	enum item_kind kind = str_starts(word, "u:")   ? ITEM_UNMANAGED
			      : str_starts(word, "r:") ? ITEM_RULE
						       : ITEM_DRIFT;
	char *live, *scope;

	if (*word == '!') {
		unread_put(arena, doc, arena_strdup(arena, word + 1));
		return;
	}
	if (*word == '?') {
		doc->complete = false;
		return;
	}
	if (*word == '-') {
		*passed = arena_strdup(arena, word + 1);
		return;
	}
	word += kind == ITEM_DRIFT ? 0 : 2;
	live = strchr(word, '=');
	assert_non_null(live);
	*live++ = '\0';
	scope = strchr(live, '@');
	if (scope)
		*scope++ = '\0';
	item_put(arena, doc, kind, arena_strdup(arena, word), live,
		 scope ? scope_of(arena, scope) : NULL);
}

static struct plan_doc *night_doc(struct arena *arena, const struct night *n, int64_t now_us)
{
	struct plan_doc *doc = doc_new(arena, now_us, 20);
	const char **passed = arena_array(arena, 4, sizeof *passed);
	char *words = arena_strdup(arena, n->items), *save = NULL;
	size_t p = 0;

	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		word_put(arena, doc, w, &passed[p]);
		p += passed[p] != NULL;
	}
	doc->drift->passed = p ? passed : NULL;
	return doc;
}

static int address_cmp(const void *pa, const void *pb)
{
	return strcmp(((const struct drift_item *)pa)->address,
		      ((const struct drift_item *)pb)->address);
}

static void night_say(const struct ledger_news *news, struct plan_doc *doc, int64_t now_us,
		      struct buf *b)
{
	struct doc_drift *d = doc->drift;

	buf_printf(b, "%s%u fresh %u resolved %u open%s:", news->first ? "first " : "", news->fresh,
		   news->resolved, news->open, news->changed ? "" : " same");
	qsort(d->item, d->items, sizeof *d->item, address_cmp);
	for (uint32_t i = 0; i < d->items; i++)
		buf_printf(b, " %s%s%s%s%d", d->item[i].address,
			   d->item[i].fresh || d->item[i].quiet ? "," : "",
			   d->item[i].fresh ? "f" : "", d->item[i].quiet ? "q" : "",
			   (int)((now_us - d->item[i].first_us) / DAY_US));
	for (uint32_t i = 0; i < d->resolveds; i++)
		buf_printf(b, " -%s", d->resolved[i].address);
}

static void life_run(const struct life *life)
{
	struct arena *arena = arena_new();
	int64_t now_us = BEGIN_US;
	struct ledger l;

	ledger_none(arena, &l);
	for (int i = 0; i < 10 && life->night[i].want; i++) {
		const struct night *n = &life->night[i];
		auto_buf got = BUF_INIT(SIZE_MAX);
		struct ledger_news news;
		struct plan_doc *doc;

		now_us += n->hours * INT64_C(3600000000);
		doc = night_doc(arena, n, now_us);
		if (n->close)
			ledger_quiet(&l);
		ledger_follow(arena, &l, doc, &news);
		l.told |= n->told;
		night_say(&news, doc, now_us, &got);
		if (strcmp(buf_str(&got), n->want) != 0)
			fail_msg("%s, night %d:\n  got  %s\n  want %s", life->name, i + 1,
				 buf_str(&got), n->want);
		ledger_again(arena, &l, SIZE_MAX);
	}
	arena_free(arena);
}

static const struct life lives[] = {
    {"begins, stays, goes",
     {{0, "a=1@iam/1", true, false, "first 1 fresh 0 resolved 1 open: a,f0"},
      {24, "a=1@iam/1", true, false, "0 fresh 0 resolved 1 open same: a1"},
      {24, "a=1@iam/1 b=1@iam/1", true, false, "1 fresh 0 resolved 2 open: a2 b,f0"},
      {24, "a=1@iam/1", true, false, "0 fresh 1 resolved 1 open: a3 -b"},
      {24, "", true, false, "0 fresh 1 resolved 0 open: -a -b"},
      {24, "", true, false, "0 fresh 0 resolved 0 open same: -a -b"}}},
    {"nothing from the first night on",
     {{0, "", true, false, "first 0 fresh 0 resolved 0 open:"},
      {24, "", true, false, "0 fresh 0 resolved 0 open same:"}}},
    {"another live value is news, of the same age",
     {{0, "a=1", true, false, "first 1 fresh 0 resolved 1 open: a,f0"},
      {24, "a=2", true, false, "1 fresh 0 resolved 1 open: a,f1"},
      {24, "a=2", true, false, "0 fresh 0 resolved 1 open same: a2"}}},
    {"back after it was resolved",
     {{0, "a=1", true, false, "first 1 fresh 0 resolved 1 open: a,f0"},
      {24, "", true, false, "0 fresh 1 resolved 0 open: -a"},
      {24, "a=1", true, false, "1 fresh 0 resolved 1 open: a,f0"}}},
    {"unmanaged of the first night is known, later it is news",
     {{0, "u:x=1", true, false, "first 0 fresh 0 resolved 0 open: x,q0"},
      {24, "u:x=1 u:y=1", true, false, "1 fresh 0 resolved 1 open: x,q1 y,f0"},
      {24, "u:x=2 u:y=1", true, false, "1 fresh 0 resolved 2 open: x,f2 y1"},
      {24, "u:y=1", true, false, "0 fresh 1 resolved 1 open: y2 -x"}}},
    {"quiet ones go without a word",
     {{0, "u:x=1", true, false, "first 0 fresh 0 resolved 0 open: x,q0"},
      {24, "", true, false, "0 fresh 0 resolved 0 open:"},
      {24, "", true, false, "0 fresh 0 resolved 0 open same:"}}},
    {"unread: itself, its parts, what it is part of",
     {{0, "a=1@iam/1,accounts b=1@iam/2,accounts c=1", true, false,
       "first 3 fresh 0 resolved 3 open: a,f0 b,f0 c,f0"},
      {24, "b=1@iam/2,accounts !iam/1", true, false, "1 fresh 0 resolved 2 open: b1 iam/1,f0"},
      {24, "!iam/1/tags", true, false, "1 fresh 1 resolved 1 open: iam/1/tags,f0 -b"},
      {24, "!accounts", true, false,
       "1 fresh 2 resolved 1 open: accounts,f0 -iam/1 -iam/1/tags -b"},
      {24, "a=1@iam/1,accounts", true, false,
       "0 fresh 2 resolved 1 open: a4 -c -accounts -iam/1 -iam/1/tags -b"}}},
    {"unread: what it is part of, as a whole",
     {{0, "a=1@tags/unit", true, false, "first 1 fresh 0 resolved 1 open: a,f0"},
      {24, "!tags", true, false, "1 fresh 0 resolved 1 open: tags,f0"},
      {24, "a=1@tags/unit", true, false, "0 fresh 1 resolved 1 open: a2 -tags"}}},
    {"nobody says what could not be read",
     {{0, "a=1@iam/1", true, false, "first 1 fresh 0 resolved 1 open: a,f0"},
      {24, "?", true, false, "0 fresh 0 resolved 0 open same:"},
      {24, "a=1@iam/1", true, false, "0 fresh 0 resolved 1 open same: a2"}}},
    {"the whole reading failed",
     {{0, "a=1@iam/1", true, false, "first 1 fresh 0 resolved 1 open: a,f0"},
      {24, "!all", true, false, "1 fresh 0 resolved 1 open: all,f0"},
      {24, "a=1@iam/1", true, false, "0 fresh 1 resolved 1 open: a2 -all"}}},
    {"what does not depend on readings",
     {{0, "r:x=1@", true, false, "first 1 fresh 0 resolved 1 open: x,f0"},
      {24, "!all", true, false, "1 fresh 1 resolved 1 open: all,f0 -x"}}},
    {"not looked at on purpose",
     {{0, "iam_role/x/a=1@iam/1 b=1@units iam_role/y/c=1@iam/2", true, false,
       "first 3 fresh 0 resolved 3 open: b,f0 iam_role/x/a,f0 iam_role/y/c,f0"},
      {24, "b=1@units -iam_*/x/* -iam/2", true, false, "0 fresh 0 resolved 1 open same: b1"},
      {24, "-**", true, false, "0 fresh 0 resolved 0 open same:"},
      {24, "iam_role/x/a=1@iam/1 -iam/2", true, false,
       "0 fresh 1 resolved 1 open: iam_role/x/a3 -b"}}},
    {"who could not be told is told the next night",
     {{0, "a=1", false, false, "first 1 fresh 0 resolved 1 open: a,f0"},
      {24, "a=1", false, false, "1 fresh 0 resolved 1 open: a,f1"},
      {24, "a=1", true, false, "1 fresh 0 resolved 1 open: a,f2"},
      {24, "a=1", false, false, "0 fresh 0 resolved 1 open same: a3"},
      {24, "", false, false, "0 fresh 1 resolved 0 open: -a"},
      {24, "", true, false, "0 fresh 1 resolved 0 open: -a"},
      {24, "", false, false, "0 fresh 0 resolved 0 open same: -a"}}},
    {"the same report again, and an older one",
     {{0, "a=1", false, false, "first 1 fresh 0 resolved 1 open: a,f0"},
      {0, "a=1", true, false, "1 fresh 0 resolved 1 open: a,f0"},
      {0, "a=1", true, false, "0 fresh 0 resolved 1 open same: a0"},
      {-24, "a=2 b=1", true, false, "0 fresh 0 resolved 2 open same: a-1 b0"},
      {48, "a=1", true, false, "0 fresh 0 resolved 1 open same: a1"}}},
    {"closed by hand: quiet until there is something new",
     {{0, "a=1 b=1 !iam/1", true, false, "first 3 fresh 0 resolved 3 open: a,f0 b,f0 iam/1,f0"},
      {24, "a=1 b=1 !iam/1", true, true, "0 fresh 0 resolved 0 open same: a,q1 b,q1 iam/1,q1"},
      {24, "a=2 b=1 !iam/1", true, false, "1 fresh 0 resolved 1 open: a,f2 b,q2 iam/1,q2"},
      {24, "a=2 b=1 c=1", true, false, "1 fresh 0 resolved 2 open: a3 b,q3 c,f0"}}},
};

static void test_lives(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
		life_run(&lives[i]);
}

/* The trend. */
static void test_points(void **state)
{
	struct arena *arena = arena_new();
	const struct night nights[] = {{0, "a=1 b=1 !x", true, false, ""},
				       {12, "b=1 c=1", true, false, ""},
				       {24, "c=1", true, false, ""}};
	struct ledger_news news;
	struct ledger l;
	int64_t now_us = BEGIN_US;

	(void)state;
	ledger_none(arena, &l);
	for (int i = 0; i < 3; i++) {
		now_us += nights[i].hours * INT64_C(3600000000);
		ledger_follow(arena, &l, night_doc(arena, &nights[i], now_us), &news);
		l.told = true;
		ledger_again(arena, &l, SIZE_MAX);
	}
	assert_int_equal(l.points, 2);
	/* Two reports of a day. A scope that is read again was not repaired by anybody. */
	assert_int_equal(l.point[0].open, 2);
	assert_int_equal(l.point[0].fresh, 4);
	assert_int_equal(l.point[0].resolved, 1);
	assert_int_equal(l.point[0].repair_s, 12 * 3600);
	assert_int_equal(l.point[0].oldest_us, BEGIN_US);
	assert_int_equal(l.point[1].open, 1);
	assert_int_equal(l.point[1].repair_s, 36 * 3600);
	for (int i = 0; i < 200; i++) {
		now_us += DAY_US;
		ledger_follow(arena, &l, night_doc(arena, &nights[2], now_us), &news);
	}
	assert_int_equal(l.points, LEDGER_POINTS);
	assert_int_equal(l.point[LEDGER_POINTS - 1].time_us, now_us);
	arena_free(arena);
}

/* Nights by chance. */

#define THINGS 24
#define SCOPES 6

struct thing {
	char address[24], scope[24];
	int live;     /* 0: it is as git has it */
	int seen;     /* the live value of the last report that had it */
	int told;     /* the live value that people were told of; 0: none */
	bool pending; /* news that nobody was told yet, though it be of a value known before */
};

static bool scope_fails(unsigned failed, int i)
{
	return failed >> (i % SCOPES) & 1;
}

static struct plan_doc *chance_doc(struct arena *arena, const struct thing *things, unsigned failed,
				   int64_t now_us)
{
	struct plan_doc *doc = doc_new(arena, now_us, THINGS + SCOPES);

	for (int i = 0; i < THINGS; i++)
		if (things[i].live && !scope_fails(failed, i))
			item_put(arena, doc, ITEM_DRIFT, things[i].address,
				 arena_printf(arena, "%d", things[i].live), things[i].scope);
	for (int i = 0; i < SCOPES; i++)
		if (scope_fails(failed, i))
			unread_put(arena, doc, arena_printf(arena, "iam/%d", i));
	return doc;
}

static struct thing *thing_find(struct thing *things, const char *address)
{
	for (int i = 0; i < THINGS; i++)
		if (strcmp(things[i].address, address) == 0)
			return &things[i];
	return NULL;
}

/* Nobody is told less than there is, nor the same twice. */
static void chance_fresh(struct thing *things, const struct plan_doc *doc, bool told)
{
	for (uint32_t i = 0; i < doc->drift->items; i++) {
		const struct drift_item *item = &doc->drift->item[i];
		struct thing *t = thing_find(things, item->address);

		if (!t)
			continue;
		if (t->told != t->live)
			assert_true(item->fresh);
		else if (t->seen == t->live && !t->pending)
			assert_false(item->fresh);
		t->seen = t->live;
		t->pending = item->fresh && !told;
		if (told)
			t->told = t->live;
	}
}

/* What is resolved was read, and is so. */
static void chance_resolved(struct thing *things, const struct plan_doc *doc, unsigned failed,
			    int64_t now_us)
{
	for (uint32_t i = 0; i < doc->drift->resolveds; i++) {
		const struct drift_resolved *r = &doc->drift->resolved[i];
		struct thing *t = thing_find(things, r->address);

		if (r->resolved_us != now_us || !t)
			continue;
		assert_int_equal(t->live, 0);
		assert_false(scope_fails(failed, (int)(t - things)));
		t->told = 0;
	}
}

/* Who is not drifted any more, and was read, is gone from the ledger; who was not read is in it. */
static void chance_kept(const struct thing *things, const struct ledger *l, unsigned failed)
{
	for (int i = 0; i < THINGS; i++) {
		bool kept = false;

		for (uint32_t k = 0; k < l->items; k++)
			kept |= l->item[k].address &&
				strcmp(l->item[k].address, things[i].address) == 0;
		if (things[i].live && !scope_fails(failed, i))
			assert_true(kept);
		if (!things[i].live && !scope_fails(failed, i))
			assert_false(kept);
		if (things[i].told && scope_fails(failed, i))
			assert_true(kept);
	}
}

static void chance_equal(const struct ledger *l, const struct thing *things, unsigned failed,
			 int64_t now_us)
{
	struct arena *arena = arena_new();
	struct ledger again = *l;
	struct ledger_news news;

	again.told = true;
	ledger_follow(arena, &again, chance_doc(arena, things, failed, now_us + DAY_US), &news);
	assert_int_equal(news.fresh, 0);
	assert_int_equal(news.resolved, 0);
	assert_false(news.changed);
	assert_true(again.told);
	arena_free(arena);
}

static void chance_change(struct random *random, struct thing *things)
{
	for (int i = 0; i < THINGS; i++) {
		uint64_t n = random->next(random) % 10;

		if (n < 2)
			things[i].live = 0;
		else if (n < 4)
			things[i].live = 1 + (int)(random->next(random) % 3);
	}
}

static void chance_life(uint64_t seed)
{
	struct arena *arena = arena_new();
	struct random_seeded seeded;
	struct random *random = &seeded.base;
	struct thing things[THINGS] = {0};
	int64_t now_us = BEGIN_US;
	struct ledger l;

	random_seed(&seeded, seed);
	ledger_none(arena, &l);
	for (int i = 0; i < THINGS; i++) {
		snprintf(things[i].address, sizeof things[i].address, "thing/%02d", i);
		snprintf(things[i].scope, sizeof things[i].scope, "iam/%d", i % SCOPES);
	}
	for (int night = 0; night < 40; night++) {
		unsigned failed = random->next(random) % 3 ? 0 : random->next(random) & 63;
		bool told = random->next(random) % 4 != 0;
		struct ledger_news news;
		struct plan_doc *doc;

		chance_change(random, things);
		now_us += DAY_US;
		doc = chance_doc(arena, things, failed, now_us);
		ledger_follow(arena, &l, doc, &news);
		assert_int_equal(l.told, !news.fresh && !news.resolved);
		chance_resolved(things, doc, failed, now_us);
		chance_fresh(things, doc, told || l.told);
		l.told |= told;
		chance_kept(things, &l, failed);
		chance_equal(&l, things, failed, now_us);
		ledger_again(arena, &l, SIZE_MAX);
	}
	arena_free(arena);
}

static void test_chance(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++)
		chance_life(seed);
}

/* Sizes. */

static struct plan_doc *many_doc(struct arena *arena, int n, int unmanaged, int64_t now_us)
{
	struct plan_doc *doc = doc_new(arena, now_us, (size_t)n);

	for (int i = 0; i < n; i++)
		item_put(arena, doc, i < unmanaged ? ITEM_UNMANAGED : ITEM_DRIFT,
			 arena_printf(arena, "iam_role/account-%d/role", i), "1",
			 arena_printf(arena, "iam/%012d accounts", i));
	return doc;
}

static uint32_t addressed(const struct ledger *l)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->items; i++)
		n += l->item[i].address != NULL;
	return n;
}

/* However little room there is, what is written is read again; less room holds no more. */
/* A call from before the last report that did not have it has not made it. */
static void test_since(void **state)
{
	const int64_t hour_us = INT64_C(3600000000);
	struct drift_point point[] = {{.time_us = BEGIN_US},
				      {.time_us = BEGIN_US + DAY_US},
				      {.time_us = BEGIN_US + 2 * DAY_US}};
	struct drift_resolved read = {.kind = ITEM_UNREAD,
				      .first_us = BEGIN_US + DAY_US,
				      .resolved_us = BEGIN_US + 2 * DAY_US};
	struct doc_drift d = {.point = point, .points = 3, .resolved = &read};
	struct drift_item item = {.first_us = BEGIN_US + 2 * DAY_US};

	(void)state;
	assert_int_equal(drift_since(&d, &item), BEGIN_US + DAY_US - hour_us);
	/* That one had not read everything. */
	d.resolveds = 1;
	assert_int_equal(drift_since(&d, &item), BEGIN_US - hour_us);
	read.kind = ITEM_DRIFT;
	assert_int_equal(drift_since(&d, &item), BEGIN_US + DAY_US - hour_us);
	item.first_us = BEGIN_US;
	assert_int_equal(drift_since(&d, &item), 0);
	d = (struct doc_drift){0};
	assert_int_equal(drift_since(&d, &item), 0);
}

static void test_cut(void **state)
{
	struct arena *arena = arena_new();
	struct ledger l, cut;
	struct ledger_news news;
	uint32_t items = 301, whole = 301;

	(void)state;
	ledger_none(arena, &l);
	for (int night = 0; night < 100; night++)
		ledger_follow(arena, &l,
			      many_doc(arena, 200 + night, 100, BEGIN_US + night * DAY_US), &news);
	for (size_t max = 80000; max > 200; max -= max / 20) {
		auto_buf b = BUF_INIT(SIZE_MAX);
		auto_error err = {0};

		if (!ledger_write(&l, max, &b)) {
			assert_int_equal(b.len, 0);
			assert_true(max < 500);
			continue;
		}
		assert_true(b.len <= max);
		assert_int_equal(
		    ledger_read(arena, buf_str(&b), b.len, "ledger", TARGET, &cut, &err), 0);
		assert_true(cut.items <= items && addressed(&cut) <= whole);
		assert_int_equal(cut.items + cut.left, l.items);
		/* Names stay as long as there is room for them. */
		if (cut.left)
			assert_int_equal(cut.points + cut.resolveds + addressed(&cut), 0);
		items = cut.items;
		whole = addressed(&cut);
		/* And nothing of it is news. */
		cut.told = true;
		ledger_follow(arena, &cut, many_doc(arena, 299, 100, BEGIN_US + 200 * DAY_US),
			      &news);
		assert_int_equal(news.fresh, 0);
		assert_int_equal(news.resolved, 0);
	}
	arena_free(arena);
}

static void test_names_last(void **state)
{
	struct arena *arena = arena_new();
	struct ledger_news news;
	struct ledger l;

	(void)state;
	ledger_none(arena, &l);
	ledger_follow(arena, &l, many_doc(arena, 1000, 900, BEGIN_US), &news);
	assert_int_equal(news.open, 100);
	l.told = true;
	ledger_again(arena, &l, 18000);
	assert_int_equal(l.items, 1000);
	assert_int_equal(l.left, 0);
	for (uint32_t i = 0; i < l.items; i++)
		assert_int_equal(l.item[i].first_us / DAY_US, BEGIN_US / DAY_US);
	ledger_follow(arena, &l, many_doc(arena, 1001, 900, BEGIN_US + DAY_US), &news);
	assert_int_equal(news.fresh, 1);
	assert_int_equal(news.open, 101);
	/* One that is known by name alone is resolved, and has no other. */
	ledger_again(arena, &l, 18000);
	ledger_follow(arena, &l, many_doc(arena, 1000, 900, BEGIN_US + 2 * DAY_US), &news);
	assert_int_equal(news.resolved, 1);
	arena_free(arena);
}

static void test_crowd(void **state)
{
	struct arena *arena = arena_new();
	struct ledger_news news;
	struct plan_doc *doc;
	struct ledger l;

	(void)state;
	ledger_none(arena, &l);
	ledger_follow(arena, &l, many_doc(arena, 100000, 90000, BEGIN_US), &news);
	assert_int_equal(news.fresh, 10000);
	l.told = true;
	for (int night = 1; night < 3; night++) {
		ledger_again(arena, &l, 18000);
		assert_int_equal(l.items + l.left, 100000);
		assert_true(l.items > 1000);
		ledger_follow(arena, &l, many_doc(arena, 100000, 90000, BEGIN_US + night * DAY_US),
			      &news);
		assert_int_equal(news.fresh, 0);
		assert_false(news.changed);
	}
	/* As many, and another one of them. */
	ledger_again(arena, &l, 18000);
	doc = many_doc(arena, 100000, 90000, BEGIN_US + 3 * DAY_US);
	for (uint32_t i = 0; i < doc->drift->items; i++)
		doc->drift->item[i].live = i % 100 ? doc->drift->item[i].live : "other";
	ledger_follow(arena, &l, doc, &news);
	assert_true(news.fresh > 1000);
	arena_free(arena);
}

/* What others may have written. */

#define FRAME(rest) "{\"format\":\"charter.ledger/1\",\"target\":\"T\"" rest "}"
#define DATED(rest)                                                                                \
	FRAME(",\"began\":\"2026-11-01T00:00:00Z\",\"last\":\"2026-11-20T00:00:00Z\"" rest)
#define ITEM(rest)                                                                                 \
	"{\"address\":\"a\",\"first\":\"2026-11-01T00:00:00Z\",\"kind\":\"drift\","                \
	"\"last\":\"2026-11-01T00:00:00Z\",\"live\":\"\",\"name\":\"0123456789abcdef\"" rest "}"

static void test_hostile(void **state)
{
	static const struct {
		const char *json, *why; /* NULL: it is read */
	} rows[] = {
	    {"{", "no JSON object"},
	    {"[]", "no JSON object"},
	    {"{\"format\":\"charter.ledger/1\",\"format\":\"charter.ledger/1\"}", "name twice"},
	    {"{\"format\":\"charter.plan/1\",\"target\":\"T\"}", "its format is `charter.plan/1`"},
	    {"{\"format\":\"charter.ledger/1\",\"target\":\"X\"}", "another organization"},
	    {"{\"format\":\"charter.ledger/1\"}", "`target`"},
	    {FRAME(""), NULL},
	    {FRAME(",\"items\":[" ITEM("") "]"), "not when the last"},
	    {DATED(",\"items\":[" ITEM("") "]"), NULL},
	    {DATED(",\"items\":[" ITEM("") "," ITEM("") "]"), "twice"},
	    {DATED(",\"items\":[" ITEM(",\"packed\":1") "]"), NULL},
	    {DATED(",\"items\":[7]"), "something else"},
	    {DATED(",\"items\":{}"), "no list"},
	    {DATED(",\"items\":[" ITEM(",\"element\":\"a\\nb\"") "]"), "`element`"},
	    {DATED(",\"items\":[" ITEM(",\"element\":\"a\\u202eb\"") "]"), "`element`"},
	    {DATED(",\"items\":[" ITEM(",\"element\":\"\\u001b[2J\"") "]"), "`element`"},
	    {DATED(",\"items\":[" ITEM(",\"quiet\":1") "]"), "`quiet`"},
	    {DATED(",\"items\":[{\"address\":\"a\"}]"), "`first`"},
	    {DATED(",\"told\":\"yes\""), "`told`"},
	    {DATED(",\"packed\":\"AAAA\""), "`packed`"},
	    {DATED(",\"packed\":\"?\""), "`packed`"},
	    {DATED(",\"packed\":\"AAAAAAAAAAAAAAAA\""), NULL},
	    {DATED(",\"packed\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""), "twice"},
	    {DATED(",\"left\":{}"), "`count`"},
	    {DATED(",\"points\":[{\"fresh\":-1}]"), "`fresh`"},
	    {DATED(",\"points\":[{\"fresh\":0,\"open\":0,\"resolved\":0,\"repair\":-1,\"time\":"
		   "\"2026-11-21T00:00:00Z\"}]"),
	     "order of time"},
	    {DATED(",\"points\":[{\"fresh\":0,\"open\":4294967296,\"resolved\":0,\"repair\":-1,"
		   "\"time\":\"2026-11-19T00:00:00Z\"}]"),
	     "`open`"},
	    {DATED(",\"resolved\":[{\"kind\":\"drift\"}]"), "`first`"},
	    {FRAME(",\"last\":\"2026-11-20\""), "`last`"},
	    {FRAME(",\"last\":\"1969-11-20T00:00:00Z\""), "`last`"},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		auto_error err = {0};
		struct ledger l;
		int r =
		    ledger_read(arena, rows[i].json, strlen(rows[i].json), "where", "T", &l, &err);

		if ((r == 0) != !rows[i].why || (r && !strstr(err.message, rows[i].why)))
			fail_msg("%s: %s, and not: %s", rows[i].json, r ? err.message : "read",
				 rows[i].why ? rows[i].why : "read");
		if (r)
			assert_non_null(strstr(err.message, "where"));
	}
	arena_free(arena);
}

/* A ledger that says it is of a far future must not end all reports. */
static void test_future(void **state)
{
	static const char json[] =
	    "{\"format\":\"charter.ledger/1\",\"target\":\"T\",\"told\":true,"
	    "\"began\":\"2026-11-01T00:00:00Z\",\"last\":\"2099-11-20T00:00:00Z\","
	    "\"items\":[" ITEM("") "],\"points\":[{\"fresh\":0,\"open\":0,\"resolved\":0,"
				   "\"repair\":-1,\"time\":\"2099-11-19T00:00:00Z\"}]}";
	struct arena *arena = arena_new();
	struct ledger_news news;
	auto_error err = {0};
	struct ledger l;
	struct plan_doc *doc;

	(void)state;
	assert_int_equal(ledger_read(arena, json, strlen(json), "where", "T", &l, &err), 0);
	doc = doc_new(arena, BEGIN_US, 1);
	item_put(arena, doc, ITEM_DRIFT, "b", "1", NULL);
	ledger_follow(arena, &l, doc, &news);
	assert_int_equal(news.fresh, 1);
	assert_int_equal(news.resolved, 1);
	assert_int_equal(l.last_us, BEGIN_US);
	assert_int_equal(l.points, 1);
	arena_free(arena);
}

/* A file. */

static void test_file(void **state)
{
	char dir[] = "/tmp/charter-ledger-XXXXXX";
	struct options options = {0};
	struct env env = {.err = stderr, .out = stdout};
	struct run run = {.options = &options, .env = &env, .arena = arena_new()};
	const struct night night = {0, "a=1", true, false, ""};
	struct ledger_store *store;
	struct ledger_news news;
	auto_error err = {0};
	struct ledger l;
	const char *file;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	file = arena_printf(run.arena, "%s/ledger.json", dir);
	assert_int_equal(ledger_store_read(&run, file, TARGET, &l, &store, &err), 0);
	assert_int_equal(l.last_us, 0);
	ledger_follow(run.arena, &l, night_doc(run.arena, &night, BEGIN_US), &news);
	assert_int_equal(ledger_store_write(store, &l, &err), 0);
	assert_int_equal(ledger_store_read(&run, file, TARGET, &l, &store, &err), 0);
	assert_int_equal(l.items, 1);
	assert_int_equal(ledger_store_read(&run, file, "other", &l, &store, &err), -1);
	assert_non_null(strstr(err.message, "another organization"));
	f = fopen(file, "we");
	assert_non_null(f);
	fputs("{\"format\":", f);
	fclose(f);
	error_clear(&err);
	assert_int_equal(ledger_store_read(&run, file, TARGET, &l, &store, &err), -1);
	assert_non_null(strstr(err.message, "ledger.json"));
	assert_non_null(strstr(err.message, "delete it to begin anew"));
	error_clear(&err);
	assert_int_equal(ledger_store_read(&run, dir, TARGET, &l, &store, &err), -1);
	error_clear(&err);
	assert_int_equal(ledger_store_read(&run, "s3://B/key", TARGET, &l, &store, &err), -1);
	assert_non_null(strstr(err.message, "s3://BUCKET/KEY"));
	unlink(file);
	rmdir(dir);
	arena_free(run.arena);
}

/* An object. */

struct bucket {
	struct twin_clock clock;
	struct twin *twin;
	struct credentials keys;
	struct options options;
	struct env env;
	struct run run;
};

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

static void bucket_open(struct bucket *b, const char *faults)
{
	struct twin_options options = {.clock = &b->clock.clock,
				       .management = TWIN_MANAGEMENT ",222222222222",
				       .seed = 5,
				       .verify = true,
				       .faults = faults};
	auto_error err = {0};
	char code[64];

	memset(b, 0, sizeof *b);
	twin_clock_init(&b->clock, BEGIN_US);
	assert_int_equal(twin_new(&b->twin, &options, &err), 0);
	json_decref(twin_do(b->twin, NULL, "s3", "CreateBucket",
			    json_pack("{s:s}", "Bucket", "notes"), code));
	assert_string_equal(code, "");
	b->keys = (struct credentials){.access_key_id = (char *)"AKIATWIN" TWIN_MANAGEMENT,
				       .secret_access_key = (char *)TWIN_SECRET};
	b->env = (struct env){.clock = &b->clock.clock,
			      .random = random_system(),
			      .transport = twin_transport_new(b->twin, &b->clock),
			      .out = stdout,
			      .err = stderr,
			      .getenv = no_variable};
	b->run.options = &b->options;
	b->run.env = &b->env;
	b->run.arena = arena_new();
	b->run.client_options.credentials = &b->keys;
	/* The reading's own client changes nothing. */
	b->run.client_options.read_only = true;
}

static void bucket_close(struct bucket *b)
{
	b->env.transport->free(b->env.transport);
	twin_free(b->twin);
	arena_free(b->run.arena);
}

#define OBJECT "s3://notes/nights/drift.json"

static void object_fails(struct bucket *b, const char *where, const char *target, const char *why)
{
	struct ledger_store *store;
	auto_error err = {0};
	struct ledger l;

	assert_int_equal(ledger_store_read(&b->run, where, target, &l, &store, &err), -1);
	if (!strstr(err.message, why) || !strstr(err.message, where))
		fail_msg("%s: %s", where, err.message);
}

static void test_object(void **state)
{
	const struct night night = {0, "a=1", true, false, ""};
	struct ledger_store *store, *other;
	struct ledger_news news;
	auto_error err = {0};
	struct ledger l, m;
	struct bucket b;

	(void)state;
	bucket_open(&b, NULL);
	assert_int_equal(ledger_store_read(&b.run, OBJECT, TARGET, &l, &store, &err), 0);
	assert_int_equal(ledger_store_read(&b.run, OBJECT, TARGET, &m, &other, &err), 0);
	assert_int_equal(l.last_us, 0);
	ledger_follow(b.run.arena, &l, night_doc(b.run.arena, &night, BEGIN_US), &news);
	assert_int_equal(ledger_store_write(store, &l, &err), 0);
	/* Of two runs that began alike one writes. */
	ledger_follow(b.run.arena, &m, night_doc(b.run.arena, &night, BEGIN_US + DAY_US), &news);
	assert_int_equal(ledger_store_write(other, &m, &err), -1);
	assert_non_null(strstr(err.message, "another run wrote it"));
	error_clear(&err);
	assert_int_equal(ledger_store_write(other, &m, &err), -1);
	error_clear(&err);
	assert_int_equal(ledger_store_read(&b.run, OBJECT, TARGET, &m, &other, &err), 0);
	assert_int_equal(m.items, 1);
	/* The one that was read last, and the one that wrote last, may both go on; one of them. */
	assert_int_equal(ledger_store_write(store, &l, &err), 0);
	l.told = !l.told;
	assert_int_equal(ledger_store_write(store, &l, &err), 0);
	assert_int_equal(ledger_store_write(other, &m, &err), -1);
	error_clear(&err);
	object_fails(&b, OBJECT, "other", "another organization");
	object_fails(&b, "s3://nowhere/x", TARGET, "no such bucket");
	b.keys.access_key_id = (char *)"AKIATWIN222222222222";
	object_fails(&b, OBJECT, TARGET, "s3:ListBucket");
	bucket_close(&b);
}

/* The answer was lost, and it is written. */
static void test_object_lost(void **state)
{
	const struct night night = {0, "a=1", true, false, ""};
	struct ledger_store *store;
	struct ledger_news news;
	auto_error err = {0};
	struct ledger l;
	struct bucket b;

	(void)state;
	bucket_open(&b, "reset_after@PutObject#1");
	assert_int_equal(ledger_store_read(&b.run, OBJECT, TARGET, &l, &store, &err), 0);
	ledger_follow(b.run.arena, &l, night_doc(b.run.arena, &night, BEGIN_US), &news);
	if (ledger_store_write(store, &l, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(ledger_store_read(&b.run, OBJECT, TARGET, &l, &store, &err), 0);
	assert_int_equal(l.items, 1);
	bucket_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lives),  cmocka_unit_test(test_points),
	    cmocka_unit_test(test_chance), cmocka_unit_test(test_since),
	    cmocka_unit_test(test_cut),    cmocka_unit_test(test_names_last),
	    cmocka_unit_test(test_crowd),  cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_future), cmocka_unit_test(test_file),
	    cmocka_unit_test(test_object), cmocka_unit_test(test_object_lost),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
