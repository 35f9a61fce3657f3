/* The ledger as JSON: what fits of it. */
#include "reconciler/ledger_priv.h"

#include "base/base64.h"
#include "base/env.h"
#include "base/json_out.h"

#include <stdlib.h>
#include <string.h>

static void put_time(struct json_out *j, const char *key, int64_t us)
{
	char s[TIME_RFC3339];

	time_rfc3339(us, s);
	out_key_string(j, key, s);
}

static void put_known(struct json_out *j, const char *key, const char *s)
{
	if (s)
		out_key_string(j, key, s);
}

static void put_item(struct json_out *j, const struct ledger_item *item)
{
	out_object(j);
	put_known(j, "address", item->address);
	put_known(j, "attribute", item->attribute);
	put_known(j, "element", item->element);
	put_time(j, "first", item->first_us);
	if (item->fresh)
		out_key_bool(j, "fresh", true);
	put_known(j, "kind", item->kind);
	put_time(j, "last", item->last_us);
	out_key_string(j, "live", item->live);
	out_key_string(j, "name", item->name);
	if (item->quiet)
		out_key_bool(j, "quiet", true);
	put_known(j, "scope", item->scope);
	put_known(j, "who", item->who);
	out_object_end(j);
}

static void put_resolved(struct json_out *j, const struct drift_resolved *r)
{
	out_object(j);
	put_known(j, "address", r->address);
	put_known(j, "attribute", r->attribute);
	put_known(j, "element", r->element);
	put_time(j, "first", r->first_us);
	out_key_string(j, "kind", item_words[r->kind]);
	out_key_string(j, "name", r->name);
	put_time(j, "resolved", r->resolved_us);
	out_object_end(j);
}

static void put_point(struct json_out *j, const struct drift_point *p)
{
	out_object(j);
	out_key_int(j, "fresh", p->fresh);
	if (p->oldest_us)
		put_time(j, "oldest", p->oldest_us);
	out_key_int(j, "open", p->open);
	out_key_int(j, "repair", p->repair_s);
	out_key_int(j, "resolved", p->resolved);
	put_time(j, "time", p->time_us);
	out_object_end(j);
}

static uint64_t hex_number(const char *s, size_t digits)
{
	uint64_t n = 0;

	for (size_t i = 0; i < digits; i++) {
		char c = s[i];

		n = n << 4 | (uint64_t)(c >= 'a' && c <= 'f' ? c - 'a' + 10 : c - '0');
	}
	return n;
}

static void put_number(unsigned char *out, uint64_t n, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(n >> 8 * (bytes - 1 - i));
}

/* Days since 1970 have two bytes until 2149. */
static void item_pack(const struct ledger_item *item, struct buf *b)
{
	unsigned char packed[PACKED_BYTES];
	char live[LEDGER_LIVE_SHORT];
	uint64_t day = (uint64_t)(item->first_us / DAY_US);
	unsigned flags = (item->fresh ? PACKED_FRESH : 0) | (item->quiet ? PACKED_QUIET : 0);

	ledger_live_short(item->live, live);
	put_number(packed, hex_number(item->name, DRIFT_NAME - 1), 8);
	put_number(packed + 8, day > UINT16_MAX ? UINT16_MAX : day, 2);
	put_number(packed + 10, hex_number(live, LEDGER_LIVE_SHORT - 1) | flags, 2);
	base64_encode(b, packed, sizeof packed);
}

/* What is written of a ledger. */
struct cut {
	const struct ledger *l;
	const struct ledger_item **rank; /* what keeps its address longest comes first */
	uint32_t whole, named;           /* so many of those are whole, then so many packed */
	uint32_t points, resolveds;
};

/* Quiet ones go first, then what is longest known. */
static int kept_cmp(const void *pa, const void *pb)
{
	const struct ledger_item *a = *(const struct ledger_item *const *)pa;
	const struct ledger_item *b = *(const struct ledger_item *const *)pb;

	if (a->quiet != b->quiet)
		return a->quiet ? 1 : -1;
	if (a->first_us != b->first_us)
		return a->first_us > b->first_us ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* What came without its address has none to be written. */
static int ranked_cmp(const void *pa, const void *pb)
{
	const struct ledger_item *a = *(const struct ledger_item *const *)pa;
	const struct ledger_item *b = *(const struct ledger_item *const *)pb;

	if (!a->address != !b->address)
		return a->address ? -1 : 1;
	return kept_cmp(pa, pb);
}

static int named_cmp(const void *pa, const void *pb)
{
	return strcmp((*(const struct ledger_item *const *)pa)->name,
		      (*(const struct ledger_item *const *)pb)->name);
}

/* A part of the ranks, in the order of names. */
static const struct ledger_item **part_sorted(const struct cut *c, uint32_t from, uint32_t n)
{
	const struct ledger_item **part = xcalloc((size_t)n + 1, sizeof *part);

	for (uint32_t i = 0; i < n; i++)
		part[i] = c->rank[from + i];
	if (n)
		qsort(part, n, sizeof *part, named_cmp);
	return part;
}

static void put_items(struct json_out *j, const struct cut *c)
{
	auto_free const struct ledger_item **part = part_sorted(c, 0, c->whole);

	out_key(j, "items");
	out_array(j);
	for (uint32_t i = 0; i < c->whole; i++)
		put_item(j, part[i]);
	out_array_end(j);
}

/* Those that have no room now join those that had none before. */
static void put_left(struct json_out *j, const struct cut *c)
{
	uint32_t kept = c->whole + c->named, n = c->l->items - kept;
	auto_free const struct ledger_item **part = part_sorted(c, kept, n);
	struct digest *d;
	int64_t first = c->l->left ? c->l->left_us : INT64_MAX;
	bool quiet = !c->l->left || c->l->left_quiet;
	char hex[SHA256_HEX];

	if (!n && !c->l->left)
		return;
	d = digest_new();
	if (c->l->left)
		digest_add(d, c->l->left_digest, strlen(c->l->left_digest));
	for (uint32_t i = 0; i < n; i++) {
		left_add(d, part[i]->name, part[i]->live);
		first = part[i]->first_us < first ? part[i]->first_us : first;
		quiet &= part[i]->quiet;
	}
	digest_hex(d, hex);
	hex[DRIFT_NAME - 1] = '\0';
	out_key(j, "left");
	out_object(j);
	out_key_int(j, "count", (int64_t)n + c->l->left);
	out_key_string(j, "digest", n ? hex : c->l->left_digest);
	put_time(j, "first", first);
	out_key_bool(j, "quiet", quiet);
	out_object_end(j);
}

static void put_packed(struct json_out *j, const struct cut *c)
{
	auto_free const struct ledger_item **part = part_sorted(c, c->whole, c->named);
	auto_buf packed = BUF_INIT(SIZE_MAX);

	if (!c->named)
		return;
	for (uint32_t i = 0; i < c->named; i++)
		item_pack(part[i], &packed);
	out_key_string(j, "packed", buf_str(&packed));
}

static void put_ledger(const struct cut *c, struct buf *b)
{
	const struct ledger *l = c->l;
	struct json_out *j = json_out_compact(b, NULL);

	out_object(j);
	if (l->began_us)
		put_time(j, "began", l->began_us);
	out_key_string(j, "format", LEDGER_FORMAT);
	put_items(j, c);
	if (l->last_us)
		put_time(j, "last", l->last_us);
	put_left(j, c);
	put_packed(j, c);
	out_key(j, "points");
	out_array(j);
	for (uint32_t i = l->points - c->points; i < l->points; i++)
		put_point(j, &l->point[i]);
	out_array_end(j);
	out_key(j, "resolved");
	out_array(j);
	for (uint32_t i = 0; i < c->resolveds; i++)
		put_resolved(j, &l->resolved[i]);
	out_array_end(j);
	out_key_string(j, "target", l->target);
	out_key_bool(j, "told", l->told);
	out_object_end(j);
	json_out_end(j);
}

static size_t cut_size(const struct cut *c)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	put_ledger(c, &b);
	return b.len;
}

static size_t item_size(const struct ledger_item *item)
{
	auto_buf b = BUF_INIT(SIZE_MAX);
	struct json_out *j = json_out_compact(&b, NULL);

	put_item(j, item);
	json_out_end(j);
	return b.len; /* its line end stands for the comma */
}

/* As many whole items as there is room for, while all others keep their names. */
static bool cut_addresses(struct cut *c, size_t max)
{
	size_t size;

	c->whole = 0;
	c->named = c->l->items;
	size = cut_size(c);
	while (c->whole < c->l->items && c->rank[c->whole]->address) {
		size_t one = item_size(c->rank[c->whole]);

		if (size + one > max + PACKED_CHARS)
			break;
		size += one - PACKED_CHARS;
		c->whole++;
		c->named--;
	}
	return size <= max;
}

/* Without any items. */
static size_t past_size(const struct cut *c)
{
	struct ledger l = *c->l;
	struct cut past = {.l = &l, .points = c->points, .resolveds = c->resolveds};

	l.items = 0;
	return cut_size(&past);
}

/* Gives up one thing after the other, the oldest first; items are as long as before. */
static bool cut_past(struct cut *c, size_t max)
{
	size_t items = cut_size(c) - past_size(c);

	while (items + past_size(c) > max && c->resolveds)
		c->resolveds--;
	while (items + past_size(c) > max && c->points)
		c->points--;
	return items + past_size(c) <= max;
}

static bool cut_names(struct cut *c, size_t max)
{
	size_t frame;

	if (c->l->items)
		qsort(c->rank, c->l->items, sizeof *c->rank, kept_cmp);
	c->named = 0;
	frame = cut_size(c) + strlen(",\"packed\":\"\"");
	if (frame > max)
		return cut_size(c) <= max;
	c->named = (uint32_t)((max - frame) / PACKED_CHARS);
	if (c->named > c->l->items)
		c->named = c->l->items;
	return true;
}

bool ledger_write(const struct ledger *l, size_t max_bytes, struct buf *out)
{
	auto_free const struct ledger_item **rank = xcalloc((size_t)l->items + 1, sizeof *rank);
	struct cut c = {.l = l,
			.rank = rank,
			.whole = l->items,
			.points = l->points,
			.resolveds = l->resolveds};

	for (uint32_t i = 0; i < l->items; i++)
		rank[i] = &l->item[i];
	if (l->items)
		qsort(rank, l->items, sizeof *rank, ranked_cmp);
	while (c.whole && !rank[c.whole - 1]->address)
		c.whole--;
	c.named = l->items - c.whole;
	if (cut_size(&c) > max_bytes && !cut_addresses(&c, max_bytes) && !cut_past(&c, max_bytes) &&
	    !cut_names(&c, max_bytes))
		return false;
	put_ledger(&c, out);
	return true;
}
