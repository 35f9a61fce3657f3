/* What is said of differences, of who made them, and of what to do. */
#include "reconciler/report_drift.h"

#include "base/env.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define DAY_S     86400

/* Source addresses and calls that are named; others are counted. */
#define ADDRESSES_MAX 3
#define CALLS_MAX     6
#define AGENT_MAX     60 /* bytes */
/* Of CloudTrail's names, which are shorter, and of what it says of itself: bytes of a file that
 * somebody wrote. */
#define NAME_MAX_BYTES 200
#define LINE_MAX_BYTES 1000

static void put_plural(struct buf *b, size_t n, const char *one, const char *many)
{
	buf_printf(b, "%zu %s", n, n == 1 ? one : many);
}

void drift_put_items(size_t n, struct buf *b)
{
	put_plural(b, n, "difference", "differences");
}

/* On one line, at most so many bytes of it. */
static void put_cut(struct buf *b, const char *s, size_t len, size_t most)
{
	size_t n = len < most ? len : most;

	while (n < len && n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++)
		buf_putc(b, s[i] == '\n' || s[i] == '\r' ? ' ' : s[i]);
	buf_puts(b, n < len ? "…" : "");
}

static void put_name(struct buf *b, const char *s)
{
	put_cut(b, s, strlen(s), NAME_MAX_BYTES);
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

/* The n-th of what stands between colons, from 0; the last is the rest. */
static const char *arn_part(const char *arn, unsigned n, size_t *len)
{
	const char *s = arn;

	for (unsigned i = 0; i < n; i++) {
		s = strchr(s, ':');
		if (!s)
			return NULL;
		s++;
	}
	*len = n < 5 ? strcspn(s, ":") : strlen(s);
	return s;
}

static const char reserved[] = "AWSReservedSSO_";

/* "assumed-role/OpsAdmin/alice" -> "role OpsAdmin"; of Identity Center's roles the permission set,
 * without the digits that follow it. */
static void put_role(const char *rest, struct buf *b)
{
	const char *name = rest + strlen("assumed-role/");
	size_t len = strcspn(name, "/");

	if (!str_starts(name, reserved)) {
		buf_puts(b, "role ");
		put_cut(b, name, len, NAME_MAX_BYTES);
		return;
	}
	name += strlen(reserved);
	len -= strlen(reserved);
	for (size_t i = len; i > 0; i--)
		if (name[i - 1] == '_') {
			len = i - 1;
			break;
		}
	buf_puts(b, "permission set ");
	put_cut(b, name, len, NAME_MAX_BYTES);
}

static const struct {
	const char *prefix, *word;
} principals[] = {
    {"user/", "IAM user"}, {"root", "root user"}, {"federated-user/", "federated user"}};

static void put_what(const char *rest, struct buf *b)
{
	if (str_starts(rest, "assumed-role/")) {
		put_role(rest, b);
		return;
	}
	for (size_t i = 0; i < sizeof principals / sizeof *principals; i++)
		if (str_starts(rest, principals[i].prefix)) {
			buf_puts(b, principals[i].word);
			return;
		}
	put_name(b, rest);
}

void drift_put_who(const struct drift_cause *c, struct buf *b)
{
	const char *arn = c->principal ? c->principal : "";
	size_t len = 0, account_len = 0;
	const char *rest = str_starts(arn, "arn:") ? arn_part(arn, 5, &len) : NULL;
	const char *account = rest ? arn_part(arn, 4, &account_len) : NULL;
	const char *last = rest ? strrchr(rest, '/') : NULL;
	bool session = c->session && *c->session;

	if (session)
		put_name(b, c->session);
	else if (*arn)
		put_name(b, last ? last + 1 : rest ? rest : arn);
	else
		put_name(b, c->events && *c->event->invoked_by ? c->event->invoked_by
							       : "Somebody without a name");
	if (rest) {
		buf_puts(b, " as ");
		put_what(rest, b);
	} else if (session && *arn && strcmp(arn, c->session) != 0) {
		buf_puts(b, " as ");
		put_name(b, arn);
	}
	if (account_len) {
		buf_puts(b, " of account ");
		put_cut(b, account, account_len, NAME_MAX_BYTES);
	}
}

/* "2026-11-21 22:10", of the second time what is new. */
static void put_times(int64_t from, int64_t to, struct buf *b)
{
	char a[TIME_RFC3339], z[TIME_RFC3339];

	time_rfc3339(from, a);
	time_rfc3339(to, z);
	buf_printf(b, "%.10s %.5s", a, a + 11);
	if (memcmp(a, z, 10) != 0)
		buf_printf(b, " to %.10s %.5s", z, z + 11);
	else if (memcmp(a, z, 16) != 0)
		buf_printf(b, " to %.5s", z + 11);
	buf_puts(b, " UTC");
}

static const char *cause_surface(const struct drift_cause *c)
{
	bool console = false, api = false;

	for (uint32_t i = 0; i < c->events; i++) {
		console |= c->event[i].console;
		api |= !c->event[i].console;
	}
	return !console ? "API" : api ? "console and API" : "console";
}

/* Different addresses in the order of their first calls. */
static void put_addresses(const struct drift_cause *c, struct buf *b)
{
	const char *shown[ADDRESSES_MAX];
	auto_map *seen = map_new();
	size_t n = 0;

	for (uint32_t i = 0; i < c->events; i++) {
		const char *address = c->event[i].address;

		if (!*address || map_get(seen, address))
			continue;
		map_put_lasting(seen, address, seen);
		if (n < ADDRESSES_MAX)
			shown[n] = address;
		n++;
	}
	for (size_t i = 0; i < n && i < ADDRESSES_MAX; i++) {
		buf_puts(b, i ? ", " : ", from ");
		put_name(b, shown[i]);
	}
	if (n > ADDRESSES_MAX)
		buf_printf(b, " and %zu more", n - ADDRESSES_MAX);
}

void drift_put_when(const struct drift_cause *c, struct buf *b)
{
	if (!c->events)
		return;
	buf_printf(b, "%s, ", cause_surface(c));
	put_times(c->first_us, c->last_us, b);
	put_addresses(c, b);
}

/* A browser's says nothing, a tool's first word is its name and version. */
static void put_agent(const char *agent, struct buf *b)
{
	size_t len;

	agent += strspn(agent, "[ ");
	len = strcspn(agent, " ]");
	if (!len)
		return;
	if (str_starts(agent, "Mozilla/")) {
		buf_puts(b, "; a browser");
		return;
	}
	buf_puts(b, "; agent ");
	put_cut(b, agent, len, AGENT_MAX);
}

static void put_call(struct buf *b, const char *service, const char *call)
{
	put_name(b, service);
	buf_putc(b, ':');
	put_name(b, call);
}

struct call_count {
	const char *service, *call;
	size_t n;
};

static size_t calls_count(const struct drift_cause *c, struct call_count *count)
{
	auto_map *seen = map_new();
	size_t n = 0;

	for (uint32_t i = 0; i < c->events; i++) {
		const struct drift_event *e = &c->event[i];
		auto_free char *key = xasprintf("%s:%s", e->service, e->call);
		struct call_count *known = map_get(seen, key);

		if (!known) {
			known = &count[n++];
			*known = (struct call_count){e->service, e->call, 0};
			map_put(seen, key, known);
		}
		known->n++;
	}
	return n;
}

void drift_put_calls(const struct drift_cause *c, struct buf *b)
{
	auto_free struct call_count *count = xcalloc((size_t)c->events + 1, sizeof *count);
	size_t n = calls_count(c, count);

	if (!n)
		return;
	for (size_t i = 0; i < n && i < CALLS_MAX; i++) {
		buf_puts(b, i ? ", " : "");
		put_call(b, count[i].service, count[i].call);
		if (count[i].n > 1)
			buf_printf(b, " ×%zu", count[i].n);
	}
	if (n > CALLS_MAX)
		buf_printf(b, " and %zu others", n - CALLS_MAX);
	put_agent(c->event[0].agent, b);
	if (*c->event[0].key) {
		buf_puts(b, "; access key ");
		put_name(b, c->event[0].key);
	}
	if (*c->event[0].invoked_by) {
		buf_puts(b, "; through ");
		put_name(b, c->event[0].invoked_by);
	}
}

void drift_put_event(const struct drift_event *e, struct buf *b)
{
	char time[TIME_RFC3339];

	time_rfc3339(e->time_us, time);
	buf_printf(b, "%.5s ", time + 11);
	put_call(b, e->service, e->call);
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
	put_cut(b, owner, strlen(owner), LINE_MAX_BYTES);
}

void drift_put_batch(const struct plan_doc *d, const struct drift_batch *batch, struct buf *b)
{
	int64_t now;

	if (batch->fresh)
		buf_puts(b, "new");
	if (batch->first_us && d->drift->history) {
		buf_puts(b, b->len ? ", first seen " : "first seen ");
		put_day(batch->first_us, b);
		if (!batch->fresh && d->created && time_parse(d->created, &now) == 0 &&
		    now - batch->first_us >= DAY_S * SECOND_US) {
			buf_puts(b, ", ");
			put_age(batch->first_us, now, b);
			buf_puts(b, " ago");
		}
	}
	if (batch->owner)
		put_owner(b, batch->owner);
}

void drift_put_repair(const struct drift_resolved *r, struct buf *b)
{
	if (!r->first_us || r->resolved_us < r->first_us)
		return;
	buf_puts(b, "after ");
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

void drift_put_remarks(const struct plan_doc *doc, struct buf *b)
{
	const struct doc_drift *d = doc->drift;
	size_t ignored = report_notes(doc, NOTE_IGNORED);

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
		put_cut(b, d->trail_unread, strlen(d->trail_unread), LINE_MAX_BYTES);
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
			    "Keep what AWS has, in git: `charter import --drift --pull-request`\n");
	if (n.unmanaged)
		buf_puts(b, "Declare what is unmanaged: `charter import --only ADDRESS`\n");
}
