#include "reconciler/report_drift.h"

#include "base/env.h"

#include <stdlib.h>
#include <string.h>

const char *const drift_titles[DRIFT_SECTIONS] = {
    [DRIFT_GLASS] = "Break-glass resources",
    [DRIFT_KNOWN] = "Changed outside git",
    [DRIFT_NOBODY] = "Changed outside git, and nobody is known for it",
    [DRIFT_MISSING] = "Missing in AWS, and nobody is known for it",
    [DRIFT_UNMANAGED] = "Unmanaged: in AWS, never declared, not touched",
    [DRIFT_OLD] = "Unmanaged, and known before",
    [DRIFT_STALE] = "Not provisioned everywhere",
    [DRIFT_RULES] = "Ignore rules that have ended",
    [DRIFT_QUIET] = "Known and let be",
};

/* What decides where an item stands. */
struct seat {
	enum drift_section section;
	uint32_t cause; /* DRIFT_NONE: nobody is known; these come last */
	bool strong;    /* unmanaged, with administrator access: first of their section */
	bool fresh;
	const char *owner;
	int64_t day;
	uint32_t lead; /* the first item of its batch, which is worth most */
	uint32_t item;
};

/* Let be, and told by an earlier report. What came since the first report is told until it is dealt
 * with. */
static bool is_known_before(const struct doc_drift *d, const struct drift_item *item)
{
	if (!d->history || !item->quiet)
		return false;
	return !item->first_us || !d->points || item->first_us < d->point[d->points - 1].time_us;
}

static bool cause_is_known(const struct drift_cause *c)
{
	return c->principal || c->session || c->events;
}

static enum drift_section item_section(const struct doc_drift *d, const struct drift_item *item)
{
	const struct drift_cause *c = item->cause == DRIFT_NONE ? NULL : &d->cause[item->cause];

	if (item->kind == ITEM_UNMANAGED && is_known_before(d, item))
		return DRIFT_OLD;
	if (item->quiet && item->kind != ITEM_UNMANAGED)
		return DRIFT_QUIET;
	if (item->kind == ITEM_RULE)
		return DRIFT_RULES;
	if (item->break_glass || item->rank == DRIFT_RANK_BREAK_GLASS ||
	    (c && cause_is_known(c) && c->rank == DRIFT_RANK_BREAK_GLASS))
		return DRIFT_GLASS;
	if (c && cause_is_known(c))
		return DRIFT_KNOWN;
	switch (item->kind) {
	case ITEM_MISSING:
		return DRIFT_MISSING;
	case ITEM_STALE:
		return DRIFT_STALE;
	case ITEM_UNMANAGED:
		return DRIFT_UNMANAGED;
	default:
		return DRIFT_NOBODY;
	}
}

static int text_order(const char *a, const char *b)
{
	return !a || !b ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

static int batch_cmp(const struct seat *a, const struct seat *b)
{
	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	if (a->cause != b->cause)
		return a->cause < b->cause ? -1 : 1;
	if (a->strong != b->strong)
		return a->strong ? -1 : 1;
	if (a->fresh != b->fresh)
		return a->fresh ? -1 : 1;
	if (a->day != b->day)
		return a->day > b->day ? -1 : 1;
	if (a->lead != b->lead)
		return a->lead < b->lead ? -1 : 1;
	return text_order(a->owner, b->owner);
}

static int seat_cmp(const void *pa, const void *pb)
{
	const struct seat *a = pa, *b = pb;
	int order = batch_cmp(a, b);

	return order ? order : (a->item > b->item) - (a->item < b->item);
}

bool drift_item_is_strong(const struct drift_item *item)
{
	static const char *const held[] = {"iam_user/",      "iam_group/",      "iam_role/",
					   "iam_policy/",    "permission_set/", "assignment/",
					   "identity_user/", "identity_group/"};

	if (item->kind != ITEM_UNMANAGED || item->rank != DRIFT_RANK_ADMINISTRATOR)
		return false;
	for (size_t i = 0; i < sizeof held / sizeof *held; i++)
		if (str_starts(item->address, held[i]))
			return true;
	return false;
}

/* Owners stand in the order of what they have most of, not of their names. */
static void leads_set(struct seat *seat, size_t n)
{
	auto_free uint32_t *lead = xcalloc(n + 1, sizeof *lead);

	for (size_t i = 0; i < n; i++)
		lead[i] = i && batch_cmp(&seat[i - 1], &seat[i]) == 0 ? lead[i - 1] : seat[i].item;
	for (size_t i = 0; i < n; i++)
		seat[i].lead = lead[i];
	if (n > 1)
		qsort(seat, n, sizeof *seat, seat_cmp);
}

static size_t seats_read(const struct doc_drift *d, struct seat *seat)
{
	size_t n = 0;

	for (uint32_t i = 0; i < d->items; i++) {
		const struct drift_item *item = &d->item[i];
		struct seat *s = &seat[n];

		if (item->kind == ITEM_UNREAD)
			continue;
		*s = (struct seat){.section = item_section(d, item),
				   .cause = DRIFT_NONE,
				   .fresh = d->history && item->fresh,
				   .strong = drift_item_is_strong(item),
				   .owner = item->owner,
				   .day = item->first_us / DAY_US,
				   .item = i};
		if ((s->section == DRIFT_GLASS || s->section == DRIFT_KNOWN) &&
		    item->cause != DRIFT_NONE && cause_is_known(&d->cause[item->cause]))
			s->cause = item->cause;
		n++;
	}
	if (n > 1)
		qsort(seat, n, sizeof *seat, seat_cmp);
	leads_set(seat, n);
	return n;
}

static void batch_add(struct drift_view *v, const struct seat *s, size_t at, size_t *batches)
{
	const struct doc_drift *d = v->d->drift;

	v->batch[(*batches)++] =
	    (struct drift_batch){.item = &v->item[at],
				 .section = s->section,
				 .cause = s->cause == DRIFT_NONE ? NULL : &d->cause[s->cause],
				 .fresh = s->fresh,
				 .owner = s->owner,
				 .first_us = d->item[s->item].first_us};
}

static void blocks_fill(struct drift_view *v, size_t batches)
{
	size_t blocks = 0;
	int section = -1;

	for (size_t i = 0; i < batches; i++) {
		const struct drift_batch *b = &v->batch[i];

		if (!i || b->section != b[-1].section || b->cause != b[-1].cause) {
			while (section < (int)b->section)
				v->first[++section] = blocks;
			v->block[blocks++] = (struct drift_block){.batch = b, .cause = b->cause};
		}
		v->block[blocks - 1].batches++;
		v->block[blocks - 1].items += b->items;
		v->items[b->section] += b->items;
	}
	while (section < DRIFT_SECTIONS)
		v->first[++section] = blocks;
}

void drift_view_make(const struct plan_doc *d, struct drift_view *v)
{
	auto_free struct seat *seat = xcalloc((size_t)d->drift->items + 1, sizeof *seat);
	size_t n = seats_read(d->drift, seat), batches = 0;

	*v = (struct drift_view){.d = d};
	v->item = xcalloc(n + 1, sizeof *v->item);
	v->batch = xcalloc(n + 1, sizeof *v->batch);
	v->block = xcalloc(n + 1, sizeof *v->block);
	v->named = xcalloc(d->changes + 1, sizeof *v->named);
	v->stamp = xcalloc(d->changes + 1, sizeof *v->stamp);
	v->slot = xcalloc(d->changes + 1, sizeof *v->slot);
	for (size_t i = 0; i < n; i++) {
		const struct drift_item *item = &d->drift->item[seat[i].item];

		if (!i || batch_cmp(&seat[i - 1], &seat[i]) != 0)
			batch_add(v, &seat[i], i, &batches);
		v->item[i] = seat[i].item;
		v->batch[batches - 1].items++;
		if (item->change < d->changes)
			v->named[item->change] |= item->quiet ? 1 : 2;
	}
	blocks_fill(v, batches);
}

void drift_view_free(struct drift_view *v)
{
	free(v->item);
	free(v->batch);
	free(v->block);
	free(v->named);
	free(v->stamp);
	free(v->slot);
}

bool drift_view_explains(const struct drift_view *v, enum drift_section section)
{
	static const uint8_t order[] = {DRIFT_GLASS, DRIFT_KNOWN, DRIFT_NOBODY, DRIFT_MISSING};

	for (size_t i = 0; i < sizeof order; i++)
		if (v->items[order[i]])
			return order[i] == section;
	return false;
}

bool drift_view_open(const struct drift_view *v, size_t change)
{
	return v->named[change] != 1;
}

bool drift_view_lacks(const struct drift_view *v, size_t change)
{
	return !v->named[change] && !change_is_unknown(&v->d->change[change]);
}

uint32_t drift_resolved_now(const struct doc_drift *d)
{
	uint32_t n = 0;

	if (!d->points)
		return 0;
	while (n < d->resolveds && d->resolved[n].resolved_us >= d->point[d->points - 1].time_us)
		n++;
	return n;
}

static void count_item(const struct plan_doc *doc, const struct drift_item *item, bool *seen,
		       const char **last, struct drift_numbers *n)
{
	bool fresh = doc->drift->history && item->fresh && !item->quiet;
	bool of_change = item->change < doc->changes;

	n->open += !item->quiet;
	n->fresh += fresh;
	if (item->kind == ITEM_UNMANAGED) {
		n->unmanaged++;
		n->strange += fresh;
	} else if (item->quiet) {
		n->quiet++;
	} else if (item->kind == ITEM_RULE) {
		n->rules++;
	} else {
		n->differences++;
		n->news += fresh;
		n->resources +=
		    of_change ? !seen[item->change] : !*last || strcmp(*last, item->address) != 0;
		if (of_change)
			seen[item->change] = true;
		*last = item->address;
	}
}

/* What no item names counts all the same: a report never says less than its changes do. */
static void count_changes(const struct plan_doc *doc, struct drift_numbers *n)
{
	auto_free bool *named = xcalloc(doc->changes + 1, sizeof *named);

	for (uint32_t i = 0; i < doc->drift->items; i++)
		if (doc->drift->item[i].change < doc->changes)
			named[doc->drift->item[i].change] = true;
	for (size_t i = 0; i < doc->changes; i++)
		if (!named[i] && !doc->change[i].blocked &&
		    strcmp(doc->change[i].action, "adopt") != 0) {
			n->open++;
			n->resources++;
			n->differences++;
		}
}

void drift_count(const struct plan_doc *doc, struct drift_numbers *n)
{
	const struct doc_drift *d = doc->drift;
	auto_free bool *seen = xcalloc(doc->changes + 1, sizeof *seen);
	const char *last = NULL;

	*n = (struct drift_numbers){.resolved = drift_resolved_now(d),
				    .unread = (uint32_t)doc->unread_n};
	for (uint32_t i = 0; i < d->items; i++)
		if (d->item[i].kind != ITEM_UNREAD)
			count_item(doc, &d->item[i], seen, &last, n);
	count_changes(doc, n);
}
