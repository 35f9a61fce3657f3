/* What is said of differences, of how many there are, and of what to do. */
#include "reconciler/report_drift.h"

#include "base/env.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

/* Of owners, and of what CloudTrail says of itself: bytes of a file that somebody wrote. */
#define LINE_MAX_BYTES 1000

static void put_plural(struct buf *b, size_t n, const char *one, const char *many)
{
	buf_printf(b, "%zu %s", n, n == 1 ? one : many);
}

void drift_put_items(size_t n, struct buf *b)
{
	put_plural(b, n, "difference", "differences");
}

void drift_put_worth(const struct drift_block *block, struct buf *b)
{
	static const char *const worth[DRIFT_RANKS] = {[DRIFT_RANK_READ] = ", read access",
						       [DRIFT_RANK_WRITE] = ", write access",
						       [DRIFT_RANK_ADMINISTRATOR] =
							   ", administrator access or guardrails"};

	drift_put_items(block->items, b);
	if (block->cause && worth[block->cause->rank])
		buf_puts(b, worth[block->cause->rank]);
}

static void put_apart(struct buf *b, size_t n, const char *what)
{
	if (n)
		buf_printf(b, "; %zu %s", n, what);
}

static void put_differences(const struct drift_numbers *n, struct buf *b)
{
	buf_printf(b, "%u resource%s differ%s from git", n->resources, n->resources == 1 ? "" : "s",
		   n->resources == 1 ? "s" : "");
	if (n->differences > n->resources) {
		buf_puts(b, ", by ");
		drift_put_items(n->differences, b);
	}
	if (n->news && n->news == n->differences)
		buf_puts(b, n->news == 1 ? ", new" : ", all new");
	else if (n->news)
		buf_printf(b, ", %u of them new", n->news);
}

void drift_put_counts(const struct plan_doc *d, struct buf *b)
{
	bool whole = d->complete && !d->unread_n;
	struct drift_numbers n;

	drift_count(d, &n);
	if (n.resources)
		put_differences(&n, b);
	else if (!whole)
		buf_puts(b, "no difference in what could be read");
	else if (n.quiet)
		buf_puts(b, "nothing that git declares differs, but for what is let be");
	else
		buf_puts(b, "in sync: nothing that git declares differs");
	if (!whole)
		buf_puts(b, "; the reading is incomplete");
	put_apart(b, report_blocked_count(d, false), "not read");
	put_apart(b, report_blocked_count(d, true), "waiting");
	put_apart(b, n.unmanaged, "unmanaged");
	if (n.strange)
		buf_printf(b, ", %u of them new", n.strange);
	put_apart(b, n.rules, n.rules == 1 ? "ignore rule has ended" : "ignore rules have ended");
	put_apart(b, n.quiet, "let be");
	put_apart(b, n.resolved, "resolved");
}

/* "5 h"; seconds of a saved report have no fractions, so none counts. */
static void put_age(int64_t from_us, int64_t to_us, struct buf *b)
{
	int64_t s = to_us / SECOND_US - from_us / SECOND_US;

	if (s < 2 * 3600)
		put_plural(b, (size_t)(s > 0 ? s / 60 : 0), "minute", "minutes");
	else if (s < 2 * DAY_S)
		buf_printf(b, "%d hours", (int)(s / 3600));
	else
		buf_printf(b, "%lld days", (long long)(s / DAY_S));
}

static void put_day(int64_t us, struct buf *b)
{
	char time[TIME_RFC3339];

	time_rfc3339(us, time);
	buf_printf(b, "%.10s", time);
}

static void put_owner(struct buf *b, const char *owner)
{
	buf_puts(b, b->len ? "; owner " : "owner ");
	drift_put_cut(b, owner, strlen(owner), LINE_MAX_BYTES);
}

/* When the report was made; 0: it does not say. */
static int64_t doc_time(const struct plan_doc *d)
{
	int64_t us;

	return d->created && time_parse(d->created, &us) == 0 ? us : 0;
}

void drift_put_batch(const struct plan_doc *d, const struct drift_batch *batch, struct buf *b)
{
	int64_t now = doc_time(d), first = d->drift->history ? batch->first_us : 0;
	bool today = !first || now - first < DAY_S * SECOND_US;

	if (batch->fresh)
		buf_puts(b, today ? "new" : "changed again");
	if (first && !(batch->fresh && today)) {
		buf_puts(b, b->len ? ", first seen " : "first seen ");
		put_day(first, b);
		if (!today) {
			buf_puts(b, ", ");
			put_age(first, now, b);
			buf_puts(b, " ago");
		}
	}
	if (batch->owner)
		put_owner(b, batch->owner);
}

void drift_put_repair(const struct drift_resolved *r, struct buf *b)
{
	if (r->kind == ITEM_UNREAD)
		buf_puts(b, "read again");
	if (!r->first_us || r->resolved_us < r->first_us)
		return;
	buf_puts(b, b->len ? " after " : "after ");
	put_age(r->first_us, r->resolved_us, b);
}

/* The account of an address inside one, "" of others. */
static const char *item_account(struct arena *arena, const struct drift_item *item, int *kind)
{
	const char *slash = strchr(item->address, '/'), *end;
	auto_free char *name = xasprintf(
	    "%.*s", (int)(slash ? slash - item->address : (ptrdiff_t)strlen(item->address)),
	    item->address);

	*kind = kind_find(name);
	if (!slash || !str_starts(item->address, "iam_"))
		return "";
	end = strchr(slash + 1, '/');
	return end ? arena_memdup0(arena, slash + 1, (size_t)(end - slash - 1)) : "";
}

struct folded {
	int kind;
	const char *account;
	size_t n;
};

static int folded_cmp(const void *pa, const void *pb)
{
	const struct folded *a = pa, *b = pb;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->account, b->account);
}

static void put_folded(struct buf *b, const struct folded *f, put_name_fn *name)
{
	buf_printf(b, "%zu %s", f->n,
		   f->kind < 0 ? "other"
		   : f->n > 1  ? kinds[f->kind]->plural
			       : kinds[f->kind]->title);
	if (*f->account) {
		buf_puts(b, " in ");
		name(b, f->account);
	}
}

void drift_put_folded(const struct drift_view *v, enum drift_section section, size_t skip,
		      size_t most, struct buf *b, put_name_fn *name)
{
	const struct drift_block *block = &v->block[v->first[section]];
	size_t total = v->items[section], n = 0, shown = 0;
	auto_free struct folded *folded = xcalloc(total + 1, sizeof *folded);
	struct arena *arena = arena_new();
	auto_map *seen = map_new();

	for (size_t i = skip; i < total; i++) {
		const struct drift_item *item = &v->d->drift->item[block->batch->item[i]];
		int kind;
		const char *account = item_account(arena, item, &kind);
		auto_free char *key = xasprintf("%d %s", kind, account);
		struct folded *f = map_get(seen, key);

		if (!f) {
			f = &folded[n++];
			*f = (struct folded){kind, account, 0};
			map_put(seen, key, f);
		}
		f->n++;
	}
	if (n > 1)
		qsort(folded, n, sizeof *folded, folded_cmp);
	for (size_t i = 0; i < n && i < most; i++) {
		buf_puts(b, i ? ", " : "");
		put_folded(b, &folded[i], name);
		shown += folded[i].n;
	}
	if (n > most)
		buf_printf(b, " and %zu more elsewhere", total - skip - shown);
	arena_free(arena);
}

/* What is unread beside the scopes that the document names. */
static void put_unread(const struct plan_doc *doc, struct buf *b)
{
	auto_map *named = map_new();

	for (size_t i = 0; i < doc->unread_n; i++)
		map_put_lasting(named, doc->unread[i].scope, named);
	for (uint32_t i = 0; i < doc->drift->items; i++) {
		const struct drift_item *item = &doc->drift->item[i];

		if (item->kind != ITEM_UNREAD || map_get(named, item->address))
			continue;
		buf_puts(b, "Not read whole: ");
		drift_put_cut(b, item->address, strlen(item->address), LINE_MAX_BYTES);
		if (item->text) {
			buf_puts(b, ": ");
			drift_put_cut(b, item->text, strlen(item->text), LINE_MAX_BYTES);
		}
		buf_putc(b, '\n');
	}
}

void drift_put_remarks(const struct plan_doc *doc, struct buf *b)
{
	const struct doc_drift *d = doc->drift;
	size_t ignored = report_notes(doc, NOTE_IGNORED);

	put_unread(doc, b);
	if (ignored)
		buf_printf(b,
			   "%zu difference%s passed over by rules of `ignore`; `-o json` lists "
			   "them\n",
			   ignored, ignored == 1 ? " is" : "s are");
	if (d->own)
		buf_printf(b, "%u call%s of charter's own applies %s left out\n", d->own,
			   d->own == 1 ? "" : "s", d->own == 1 ? "is" : "are");
	if (d->trail_unread) {
		buf_puts(b, "Who did it is not known everywhere: ");
		drift_put_cut(b, d->trail_unread, strlen(d->trail_unread), LINE_MAX_BYTES);
		buf_putc(b, '\n');
	}
	if (!d->history && d->items)
		buf_puts(b, "Since when, and what is new, is not known without a history: "
			    "`charter drift --state FILE` keeps one, and so does the issue of "
			    "`charter comment`\n");
}

void drift_put_remedies(const struct plan_doc *d, struct buf *b)
{
	struct drift_numbers n;

	drift_count(d, &n);
	if (n.differences || n.quiet)
		buf_puts(b, "Put git's state back: `charter apply --only-drift`\n"
			    "Keep what AWS has, in git: `charter import --drift`, with "
			    "`--pull-request` as a pull request\n");
	if (n.unmanaged)
		buf_puts(b, "Declare what is unmanaged: `charter import --only ADDRESS`\n");
}
