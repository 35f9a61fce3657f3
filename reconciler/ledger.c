/* The ledger follows a report: what is new, what is still there, what is gone. */
#include "reconciler/ledger_priv.h"

#include "base/env.h"
#include "base/map.h"
#include "reconciler/ledger_looked.h"
#include "reconciler/plan_doc.h"

#include <stdlib.h>
#include <string.h>

/* A ledger that is further ahead of a report than any report waits to be read has a wrong clock, or
 * was written by somebody who wants no more reports: its times are cut. */
#define AHEAD_US (7 * DAY_US)

void ledger_live_short(const char *live, char out[LEDGER_LIVE_SHORT])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strlen(live);

	for (size_t i = 0; i + 1 < LEDGER_LIVE_SHORT; i++)
		out[i] = i < n ? live[i] : '0';
	/* Its last two bits are the flags of packed items. */
	out[LEDGER_LIVE_SHORT - 2] =
	    digits[(size_t)(strchr(digits, out[LEDGER_LIVE_SHORT - 2]) - digits) & ~(size_t)3];
	out[LEDGER_LIVE_SHORT - 1] = '\0';
}

void left_add(struct digest *d, const char *name, const char *live)
{
	digest_add(d, name, strlen(name) + 1);
	digest_add(d, live, strlen(live) + 1);
}

static bool live_is(const struct ledger_item *known, const char *live)
{
	char s[LEDGER_LIVE_SHORT];

	if (known->address || strlen(known->live) != LEDGER_LIVE_SHORT - 1)
		return strcmp(known->live, live) == 0;
	ledger_live_short(live, s);
	return strcmp(known->live, s) == 0;
}

/* One report and what was known before it. */
struct following {
	struct arena *arena;
	struct ledger *l;
	const struct plan_doc *doc;
	struct doc_drift *d;
	struct ledger_news *news;
	struct map *known; /* name -> struct ledger_item */
	struct map *seen;  /* name -> struct drift_item, of the report */
	int64_t now_us;
	bool late;         /* not younger than the ledger's last */
	bool left_matches; /* what the ledger had no room for is what it does not know now */
	VEC(struct drift_resolved) gone;
	VEC(struct ledger_item) kept; /* not in the report, and not resolved */
	uint32_t fresh, repaired;     /* that nobody knew before, and that are gone now */
	int64_t repair_us;            /* of those, all together */
	uint32_t read_again;          /* scopes: gone too, and nobody repaired them */
};

static const struct ledger_item *known_item(const struct following *f,
					    const struct drift_item *item)
{
	return map_get(f->known, item->name);
}

static int item_name_cmp(const void *pa, const void *pb)
{
	return strcmp((*(const struct drift_item *const *)pa)->name,
		      (*(const struct drift_item *const *)pb)->name);
}

/* Whether the items that the ledger does not know are those that it had no room for. */
static bool left_match(const struct following *f)
{
	auto_free const struct drift_item **unknown =
	    xcalloc((size_t)f->d->items + 1, sizeof *unknown);
	struct digest *digest;
	char hex[SHA256_HEX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->d->items; i++)
		if (!known_item(f, &f->d->item[i]))
			unknown[n++] = &f->d->item[i];
	if (!f->l->left || n != f->l->left)
		return false;
	qsort(unknown, n, sizeof *unknown, item_name_cmp);
	digest = digest_new();
	for (uint32_t i = 0; i < n; i++)
		left_add(digest, unknown[i]->name, unknown[i]->live);
	digest_hex(digest, hex);
	return strncmp(hex, f->l->left_digest, DRIFT_NAME - 1) == 0;
}

static void item_new(struct following *f, struct drift_item *item)
{
	item->first_us = f->now_us;
	item->quiet = f->news->first && !f->l->lost && item->kind == ITEM_UNMANAGED;
	/* What a late report has and the ledger has not was resolved since. */
	item->fresh = !item->quiet && !f->late;
	f->fresh += item->fresh;
}

/* It was news, and nobody was told: of the last report, or of an earlier one after which it was not
 * read. */
static bool item_is_untold(const struct following *f, const struct ledger_item *known)
{
	return known->fresh && (!f->l->told || known->last_us < f->l->last_us);
}

static const char *item_who(const struct following *f, const struct drift_item *item)
{
	const struct ledger_item *known = known_item(f, item);
	char hex[SHA256_HEX];

	if (!item->event)
		return known ? known->who : NULL;
	sha256_hex(item->event->id, strlen(item->event->id), hex);
	return arena_memdup0(f->arena, hex, LEDGER_WHO);
}

/* CloudTrail is late: who did it may be known a night after what was done. What lost its address
 * has lost this too. */
static bool who_is_news(const struct following *f, const struct drift_item *item,
			const struct ledger_item *known)
{
	return item->event && known->address &&
	       (!known->who || strcmp(known->who, item_who(f, item)) != 0);
}

static void item_follow(struct following *f, struct drift_item *item)
{
	const struct ledger_item *known = known_item(f, item);

	if (!known && f->left_matches) {
		item->first_us = f->l->left_us;
		item->quiet = f->l->left_quiet;
		item->fresh = false;
	} else if (!known) {
		item_new(f, item);
	} else {
		bool same = live_is(known, item->live);

		item->first_us = known->first_us;
		item->quiet = known->quiet && same;
		item->fresh = !item->quiet && ((!same && !f->late) || item_is_untold(f, known));
		f->fresh += item->fresh && !same;
		f->news->changed |= !item->quiet && who_is_news(f, item, known);
	}
	f->news->fresh += item->fresh;
	f->news->open += !item->quiet;
}

static void item_resolve(struct following *f, const struct ledger_item *item)
{
	int kind = item->kind ? item_kind_find(item->kind) : -1;

	/* A reader sees the list of quiet ones, too; but nobody waited for it. */
	f->news->changed = true;
	if (item->quiet)
		return;
	vec_push(&f->gone,
		 ((struct drift_resolved){.name = item->name,
					  .address = item->address,
					  .attribute = item->attribute,
					  .element = item->element,
					  .kind = kind < 0 ? ITEM_DRIFT : (enum item_kind)kind,
					  .first_us = item->first_us,
					  .resolved_us = f->now_us}));
	if (kind == ITEM_UNREAD) {
		f->read_again++;
		return;
	}
	f->repaired++;
	f->repair_us += f->now_us - item->first_us;
}

static void gone_find(struct following *f)
{
	struct looked *looked = looked_new(f->doc);

	for (uint32_t i = 0; i < f->l->items; i++) {
		struct ledger_item item = f->l->item[i];

		if (map_get(f->seen, item.name))
			continue;
		if (looked_at(looked, item.address, item.scope)) {
			item_resolve(f, &item);
			continue;
		}
		item.fresh = item_is_untold(f, &item);
		vec_push(&f->kept, item);
	}
	looked_free(looked);
}

static int resolved_cmp(const void *pa, const void *pb)
{
	const struct drift_resolved *a = pa, *b = pb;

	if (a->resolved_us != b->resolved_us)
		return a->resolved_us > b->resolved_us ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The new ones, then earlier ones that are not back, as many as are kept. */
static void resolved_put(struct following *f)
{
	struct ledger *l = f->l;
	int64_t last_us = l->last_us;
	bool told = l->told;

	for (uint32_t i = 0; i < l->resolveds; i++) {
		if (map_get(f->seen, l->resolved[i].name))
			continue;
		f->news->resolved += !told && l->resolved[i].resolved_us == last_us;
		vec_push(&f->gone, l->resolved[i]);
	}
	f->news->resolved += f->repaired + f->read_again;
	if (f->gone.n)
		qsort(f->gone.at, f->gone.n, sizeof *f->gone.at, resolved_cmp);
	l->resolveds = f->gone.n > LEDGER_RESOLVED ? LEDGER_RESOLVED : (uint32_t)f->gone.n;
	l->resolved = arena_array(f->arena, LEDGER_RESOLVED + 1, sizeof *l->resolved);
	for (uint32_t i = 0; i < l->resolveds; i++)
		l->resolved[i] = f->gone.at[i];
}

static int ledger_item_cmp(const void *pa, const void *pb)
{
	const struct ledger_item *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

static bool fits(const char *s, size_t max)
{
	return !s || ledger_text_fits(s, strlen(s), max);
}

/* AWS lets names hold what no ledger holds: such an item is known by its own name alone. */
static struct ledger_item item_known(const struct following *f, const struct drift_item *item)
{
	struct ledger_item out = {.name = item->name,
				  .live = item->live,
				  .first_us = item->first_us,
				  .last_us = f->now_us,
				  .quiet = item->quiet,
				  .fresh = item->fresh};

	if (!fits(item->address, LEDGER_TEXT) || !fits(item->attribute, LEDGER_TEXT) ||
	    !fits(item->element, LEDGER_TEXT) || !fits(item->scope, LEDGER_SCOPE))
		return out;
	out.kind = item_words[item->kind];
	out.address = item->address;
	out.attribute = item->attribute;
	out.element = item->element;
	out.scope = item->scope;
	out.who = item_who(f, item);
	return out;
}

static void items_put(struct following *f)
{
	struct ledger *l = f->l;
	size_t n = 0;

	l->item = arena_array(f->arena, (size_t)f->d->items + f->kept.n + 1, sizeof *l->item);
	for (uint32_t i = 0; i < f->d->items; i++)
		l->item[n++] = item_known(f, &f->d->item[i]);
	for (size_t i = 0; i < f->kept.n; i++)
		l->item[n++] = f->kept.at[i];
	qsort(l->item, n, sizeof *l->item, ledger_item_cmp);
	l->items = (uint32_t)n;
	l->left = 0;
}

static int64_t oldest_open(const struct doc_drift *d)
{
	int64_t oldest = 0;

	for (uint32_t i = 0; i < d->items; i++)
		if (!d->item[i].quiet && (!oldest || d->item[i].first_us < oldest))
			oldest = d->item[i].first_us;
	return oldest;
}

/* Of one day all reports are one point: what is open as the last has it, what came and went in all
 * of them. */
static void point_join(struct drift_point *p, const struct drift_point *before)
{
	int64_t n = p->repair_s < 0 ? 0 : p->resolved;
	int64_t m = before->repair_s < 0 ? 0 : before->resolved;

	if (n + m)
		p->repair_s = (n * p->repair_s + m * before->repair_s) / (n + m);
	p->fresh += before->fresh;
	p->resolved += before->resolved;
}

static void point_put(struct following *f)
{
	struct ledger *l = f->l;
	struct drift_point *point = arena_array(f->arena, LEDGER_POINTS + 1, sizeof *point);
	struct drift_point now = {.time_us = f->now_us,
				  .open = f->news->open,
				  .fresh = f->fresh,
				  .resolved = f->repaired,
				  .oldest_us = oldest_open(f->d),
				  .repair_s =
				      f->repaired ? f->repair_us / f->repaired / 1000000 : -1};
	uint32_t n = l->points, from;

	if (n && l->point[n - 1].time_us / DAY_US == f->now_us / DAY_US)
		point_join(&now, &l->point[--n]);
	from = n >= LEDGER_POINTS ? n - LEDGER_POINTS + 1 : 0;
	for (uint32_t i = from; i < n; i++)
		point[i - from] = l->point[i];
	point[n - from] = now;
	l->point = point;
	l->points = n - from + 1;
}

/* The report as it is now in the ledger. */
static void ledger_advance(struct following *f)
{
	struct ledger *l = f->l;

	gone_find(f);
	resolved_put(f);
	items_put(f);
	point_put(f);
	f->news->changed |= f->news->first || f->news->fresh || f->news->resolved;
	l->told = !f->news->fresh && !f->news->resolved;
	l->last_us = f->now_us;
	if (!l->began_us)
		l->began_us = f->now_us;
}

/* A report that was seen already, or is older than that: only what nobody was told is news. */
static void ledger_stay(struct following *f)
{
	for (uint32_t i = 0; i < f->l->resolveds && !f->l->told; i++)
		f->news->resolved += f->l->resolved[i].resolved_us == f->l->last_us;
	f->news->changed = f->news->fresh || f->news->resolved;
}

static void time_cut(int64_t *us, int64_t now_us)
{
	*us = *us > now_us ? now_us : *us;
}

/* Nothing of a ledger that is ahead of its time is after this report. */
static void times_cut(struct ledger *l, int64_t now_us)
{
	int64_t before = now_us - 1000000;
	uint32_t points = 0;

	if (l->last_us <= now_us + AHEAD_US)
		return;
	time_cut(&l->last_us, before);
	time_cut(&l->began_us, before);
	time_cut(&l->left_us, before);
	for (uint32_t i = 0; i < l->items; i++) {
		time_cut(&l->item[i].first_us, before);
		time_cut(&l->item[i].last_us, before);
	}
	for (uint32_t i = 0; i < l->resolveds; i++) {
		time_cut(&l->resolved[i].first_us, before);
		time_cut(&l->resolved[i].resolved_us, before);
	}
	while (points < l->points && l->point[points].time_us <= before)
		points++;
	l->points = points;
}

static void maps_fill(struct following *f)
{
	for (uint32_t i = 0; i < f->l->items; i++)
		map_put_lasting(f->known, f->l->item[i].name, &f->l->item[i]);
	for (uint32_t i = 0; i < f->d->items; i++)
		map_put_lasting(f->seen, f->d->item[i].name, &f->d->item[i]);
}

void ledger_follow(struct arena *arena, struct ledger *l, struct plan_doc *doc,
		   struct ledger_news *news)
{
	auto_map *known = map_new(), *seen = map_new();
	struct following f = {.arena = arena,
			      .l = l,
			      .doc = doc,
			      .d = doc->drift,
			      .news = news,
			      .known = known,
			      .seen = seen};

	*news = (struct ledger_news){.first = !l->last_us, .owed = l->last_us && !l->told};
	if (!doc->created || time_parse(doc->created, &f.now_us) != 0)
		f.now_us = 0;
	if (f.now_us > 0)
		times_cut(l, f.now_us);
	f.late = f.now_us <= l->last_us;
	maps_fill(&f);
	f.left_matches = left_match(&f);
	for (uint32_t i = 0; i < f.d->items; i++)
		item_follow(&f, &f.d->item[i]);
	if (f.late)
		ledger_stay(&f);
	else
		ledger_advance(&f);
	f.d->history = true;
	f.d->resolved = l->resolved;
	f.d->resolveds = l->resolveds;
	f.d->point = l->point;
	f.d->points = l->points;
	drift_sort(arena, f.d);
	free(f.gone.at);
	free(f.kept.at);
}

void ledger_quiet(struct ledger *l)
{
	for (uint32_t i = 0; i < l->items; i++) {
		l->item[i].quiet = true;
		l->item[i].fresh = false;
	}
	l->left_quiet = true;
	l->told = true;
}
