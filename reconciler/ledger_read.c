/* The ledger of an earlier report: anybody may have written it who can edit an issue, a file or an
 * object, so that nothing in it is believed before it is checked. */
#include "reconciler/ledger_priv.h"

#include "base/base64.h"
#include "base/env.h"
#include "base/map.h"
#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LEDGER_MAX (64u << 20) /* bytes */
#define ITEMS_MAX  2000000u

struct reading {
	struct arena *arena;
	const char *from;
	struct error *err;
	VEC(struct ledger_item) items;
};

static int bad(struct reading *r, const char *what)
{
	return error_set(r->err,
			 "%s: the ledger of earlier reports cannot be read: %s; delete it to begin "
			 "anew: what was known since when is lost, and all that differs is told "
			 "again",
			 r->from, what);
}

bool ledger_text_fits(const char *s, size_t len, size_t max)
{
	uint32_t code;
	int n;

	if (len > max)
		return false;
	for (; len; s += n, len -= (size_t)n) {
		n = utf8_next(s, len, &code);
		if (n <= 0 || code == 0 || code == '\n' || code_is_forbidden(code))
			return false;
	}
	return true;
}

/* NULL in *out where it is not there and need not be. */
static int read_string(struct reading *r, const json_t *o, const char *key, size_t max, bool needed,
		       const char **out)
{
	const json_t *v = json_object_get(o, key);
	size_t len = json_string_length(v);

	*out = NULL;
	if (!v && !needed)
		return 0;
	if (!json_is_string(v) || !ledger_text_fits(json_string_value(v), len, max))
		return bad(r, arena_printf(r->arena, "`%s` is no text that it could hold", key));
	*out = arena_memdup0(r->arena, json_string_value(v), len);
	return 0;
}

static int read_name(struct reading *r, const json_t *o, const char **out)
{
	if (read_string(r, o, "name", DRIFT_NAME - 1, true, out) != 0)
		return -1;
	return str_is_hex(*out, DRIFT_NAME - 1, DRIFT_NAME - 1) ? 0 : bad(r, "`name` is none");
}

static int read_time(struct reading *r, const json_t *o, const char *key, bool needed, int64_t *us)
{
	const char *s;

	*us = 0;
	if (read_string(r, o, key, TIME_RFC3339 + 16, needed, &s) != 0)
		return -1;
	if (!s)
		return 0;
	/* With a time of day: a date alone would be the end of a day that is not over. */
	if (!strchr(s, 'T') || time_parse(s, us) != 0 || *us < 1000000)
		return bad(r, arena_printf(r->arena, "`%s` is no time", key));
	return 0;
}

static int read_flag(struct reading *r, const json_t *o, const char *key, bool *out)
{
	const json_t *v = json_object_get(o, key);

	*out = json_is_true(v);
	return !v || json_is_boolean(v)
		   ? 0
		   : bad(r, arena_printf(r->arena, "`%s` is neither true nor false", key));
}

static int read_count(struct reading *r, const json_t *o, const char *key, uint32_t *out)
{
	const json_t *v = json_object_get(o, key);
	json_int_t n = json_integer_value(v);

	*out = (uint32_t)n;
	return json_is_integer(v) && n >= 0 && n <= UINT32_MAX
		   ? 0
		   : bad(r, arena_printf(r->arena, "`%s` is no number", key));
}

/* A list of objects, or none. */
static int read_list(struct reading *r, const json_t *o, const char *key, const json_t **list)
{
	*list = json_object_get(o, key);
	if (*list && !json_is_array(*list))
		return bad(r, arena_printf(r->arena, "`%s` is no list", key));
	for (size_t i = 0; i < json_array_size(*list); i++)
		if (!json_is_object(json_array_get(*list, i)))
			return bad(r, arena_printf(r->arena, "`%s` holds something else", key));
	return 0;
}

static int read_item(struct reading *r, const json_t *o)
{
	struct ledger_item item;

	if (read_string(r, o, "address", LEDGER_TEXT, true, &item.address) != 0 ||
	    read_string(r, o, "attribute", LEDGER_TEXT, false, &item.attribute) != 0 ||
	    read_string(r, o, "element", LEDGER_TEXT, false, &item.element) != 0 ||
	    read_time(r, o, "first", true, &item.first_us) != 0 ||
	    read_flag(r, o, "fresh", &item.fresh) != 0 ||
	    read_string(r, o, "kind", 16, true, &item.kind) != 0 ||
	    read_time(r, o, "last", true, &item.last_us) != 0 ||
	    read_string(r, o, "live", DRIFT_NAME - 1, true, &item.live) != 0 ||
	    read_name(r, o, &item.name) != 0 || read_flag(r, o, "quiet", &item.quiet) != 0 ||
	    read_string(r, o, "scope", LEDGER_SCOPE, false, &item.scope) != 0 ||
	    read_string(r, o, "who", LEDGER_WHO, false, &item.who) != 0)
		return -1;
	if (item_kind_find(item.kind) < 0 || !str_is_hex(item.live, 0, DRIFT_NAME - 1) ||
	    (item.who && !str_is_hex(item.who, LEDGER_WHO, LEDGER_WHO)))
		return bad(r, "an item is none");
	vec_push(&r->items, item);
	return 0;
}

static void unpack(struct reading *r, const unsigned char *p)
{
	char live[5];
	unsigned flags = p[11] & (PACKED_FRESH | PACKED_QUIET);
	unsigned char value[2] = {p[10], (unsigned char)(p[11] & ~(PACKED_FRESH | PACKED_QUIET))};
	char *name = arena_alloc(r->arena, DRIFT_NAME);
	int64_t day = (int64_t)p[8] << 8 | p[9];

	hex_encode(p, 8, name);
	hex_encode(value, 2, live);
	vec_push(&r->items, ((struct ledger_item){.name = name,
						  .live = arena_strdup(r->arena, live),
						  .first_us = (day ? day : 1) * DAY_US,
						  .fresh = flags & PACKED_FRESH,
						  .quiet = flags & PACKED_QUIET}));
}

static int read_packed(struct reading *r, const json_t *o)
{
	const json_t *v = json_object_get(o, "packed");
	auto_buf packed = BUF_INIT(LEDGER_MAX);

	if (!v)
		return 0;
	if (!json_is_string(v) ||
	    !base64_decode(&packed, json_string_value(v), json_string_length(v)) ||
	    packed.len % PACKED_BYTES != 0)
		return bad(r, "`packed` is broken");
	for (size_t i = 0; i < packed.len; i += PACKED_BYTES)
		unpack(r, (const unsigned char *)packed.data + i);
	return 0;
}

static int item_cmp(const void *pa, const void *pb)
{
	const struct ledger_item *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

static int take_items(struct reading *r, struct ledger *l)
{
	if (r->items.n > ITEMS_MAX)
		return bad(r, "it has too many items");
	if (r->items.n)
		qsort(r->items.at, r->items.n, sizeof *r->items.at, item_cmp);
	for (size_t i = 1; i < r->items.n; i++)
		if (strcmp(r->items.at[i - 1].name, r->items.at[i].name) == 0)
			return bad(r, "an item stands in it twice");
	l->item = arena_array(r->arena, r->items.n + 1, sizeof *l->item);
	l->items = (uint32_t)r->items.n;
	for (size_t i = 0; i < r->items.n; i++) {
		struct ledger_item *item = &l->item[i];

		*item = r->items.at[i];
		/* What a packed one does not say. */
		if (!item->last_us)
			item->last_us = l->last_us;
		if (item->last_us > l->last_us)
			item->last_us = l->last_us;
		if (item->first_us > item->last_us)
			item->first_us = item->last_us;
	}
	return 0;
}

static int read_items(struct reading *r, const json_t *o, struct ledger *l)
{
	const json_t *list;

	if (read_list(r, o, "items", &list) != 0)
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (read_item(r, json_array_get(list, i)) != 0)
			return -1;
	return read_packed(r, o) != 0 ? -1 : take_items(r, l);
}

static int read_left(struct reading *r, const json_t *o, struct ledger *l)
{
	const json_t *left = json_object_get(o, "left");

	if (!left)
		return 0;
	if (!json_is_object(left))
		return bad(r, "`left` is something else");
	if (read_count(r, left, "count", &l->left) != 0 ||
	    read_string(r, left, "digest", DRIFT_NAME - 1, true, &l->left_digest) != 0 ||
	    read_time(r, left, "first", true, &l->left_us) != 0 ||
	    read_flag(r, left, "quiet", &l->left_quiet) != 0)
		return -1;
	return str_is_hex(l->left_digest, DRIFT_NAME - 1, DRIFT_NAME - 1) && l->left
		   ? 0
		   : bad(r, "`left` is broken");
}

static int read_resolved_one(struct reading *r, const json_t *o, struct drift_resolved *out)
{
	const char *kind;
	int number;

	if (read_string(r, o, "address", LEDGER_TEXT, false, &out->address) != 0 ||
	    read_string(r, o, "attribute", LEDGER_TEXT, false, &out->attribute) != 0 ||
	    read_string(r, o, "element", LEDGER_TEXT, false, &out->element) != 0 ||
	    read_time(r, o, "first", true, &out->first_us) != 0 ||
	    read_string(r, o, "kind", 16, true, &kind) != 0 || read_name(r, o, &out->name) != 0 ||
	    read_time(r, o, "resolved", true, &out->resolved_us) != 0)
		return -1;
	number = item_kind_find(kind);
	if (number < 0)
		return bad(r, "a resolved item is none");
	out->kind = (enum item_kind)number;
	return 0;
}

static int read_resolved(struct reading *r, const json_t *o, struct ledger *l)
{
	const json_t *list;

	if (read_list(r, o, "resolved", &list) != 0)
		return -1;
	l->resolved = arena_array(r->arena, LEDGER_RESOLVED + 1, sizeof *l->resolved);
	for (size_t i = 0; i < json_array_size(list) && i < LEDGER_RESOLVED; i++) {
		struct drift_resolved *one = &l->resolved[l->resolveds++];

		if (read_resolved_one(r, json_array_get(list, i), one) != 0)
			return -1;
		if (one->resolved_us > l->last_us)
			one->resolved_us = l->last_us;
		if (one->first_us > one->resolved_us)
			one->first_us = one->resolved_us;
	}
	return 0;
}

static int read_point(struct reading *r, const json_t *o, struct drift_point *p)
{
	const json_t *repair = json_object_get(o, "repair");

	if (read_count(r, o, "fresh", &p->fresh) != 0 ||
	    read_time(r, o, "oldest", false, &p->oldest_us) != 0 ||
	    read_count(r, o, "open", &p->open) != 0 ||
	    read_count(r, o, "resolved", &p->resolved) != 0 ||
	    read_time(r, o, "time", true, &p->time_us) != 0)
		return -1;
	p->repair_s = json_integer_value(repair);
	return json_is_integer(repair) && p->repair_s >= -1 && p->repair_s <= INT64_MAX / 1000000
		   ? 0
		   : bad(r, "`repair` is no number");
}

/* The newest; in order of time. */
static int read_points(struct reading *r, const json_t *o, struct ledger *l)
{
	const json_t *list;
	size_t n, from;

	if (read_list(r, o, "points", &list) != 0)
		return -1;
	n = json_array_size(list);
	from = n > LEDGER_POINTS ? n - LEDGER_POINTS : 0;
	l->point = arena_array(r->arena, LEDGER_POINTS + 1, sizeof *l->point);
	for (size_t i = from; i < n; i++) {
		struct drift_point *p = &l->point[l->points];

		if (read_point(r, json_array_get(list, i), p) != 0)
			return -1;
		if (p->time_us > l->last_us || (l->points && p->time_us <= p[-1].time_us))
			return bad(r, "its points are not in order of time");
		if (p->oldest_us > p->time_us)
			p->oldest_us = p->time_us;
		l->points++;
	}
	return 0;
}

static int read_frame(struct reading *r, const json_t *o, const char *target, struct ledger *l)
{
	const char *format, *found;

	if (!json_is_object(o))
		return bad(r, "it is no JSON object, or one with a name twice");
	if (read_string(r, o, "format", 64, true, &format) != 0 ||
	    read_string(r, o, "target", LEDGER_TEXT, true, &found) != 0)
		return -1;
	if (strcmp(format, LEDGER_FORMAT) != 0)
		return bad(r, arena_printf(r->arena, "its format is `%s`", format));
	if (strcmp(found, target) != 0)
		return error_set(r->err,
				 "%s: this is the ledger of another organization or scope (%s, not "
				 "%s): give each its own",
				 r->from, found, target);
	return read_time(r, o, "began", false, &l->began_us) != 0 ||
		       read_time(r, o, "last", false, &l->last_us) != 0 ||
		       read_flag(r, o, "told", &l->told) != 0
		   ? -1
		   : 0;
}

int ledger_read(struct arena *arena, const char *data, size_t len, const char *from,
		const char *target, struct ledger *l, struct error *err)
{
	struct reading r = {.arena = arena, .from = from, .err = err};
	json_auto_t *o = NULL;
	int result;

	*l = (struct ledger){.target = arena_strdup(arena, target), .told = true};
	l->item = arena_array(arena, 1, sizeof *l->item);
	l->resolved = arena_array(arena, 1, sizeof *l->resolved);
	l->point = arena_array(arena, 1, sizeof *l->point);
	if (!data || !len)
		return 0;
	if (len > LEDGER_MAX)
		return bad(&r, "it is larger than any");
	o = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
	result = read_frame(&r, o, target, l) != 0 || read_items(&r, o, l) != 0 ||
			 read_left(&r, o, l) != 0 || read_resolved(&r, o, l) != 0 ||
			 read_points(&r, o, l) != 0
		     ? -1
		     : 0;
	free(r.items.at);
	if (l->began_us > l->last_us || (l->last_us && !l->began_us))
		l->began_us = l->last_us;
	if (result == 0 && !l->last_us && (l->items || l->left || l->resolveds))
		return bad(&r, "it tells of reports, and not when the last one was");
	return result;
}
