#include "reconciler/report_places.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* Names of a gain that are written out; counted from so many on. */
#define NAMES_MAX     10
#define NAMES_COUNTED 4
/* A unit is named for its accounts where all but these few are meant, and many times as many are.
 */
#define BUT_MAX   3
#define BUT_SHARE 5
/* Organizations nests units five deep; a saved plan may say anything. */
#define DEPTH_MAX 16

/* The root is a unit too. */
struct unit {
	struct unit *parent;
	const char *path;
	size_t total, direct; /* accounts: with those below; its own */
	size_t children;      /* units that hold accounts */
	size_t hits;          /* of the accounts that are told just now */
	bool covered, listed;
};

struct seat {
	const char *name;
	struct unit *unit;
	bool hit;
};

struct places {
	struct arena *arena;
	struct map *by_path, *by_name; /* struct unit, struct seat */
	struct unit *root, **unit;     /* sorted by path; a unit stands before those in it */
	size_t units;
	struct seat *seat; /* sorted by name */
	size_t seats;
};

static struct unit *unit_of(struct places *p, const char *path, unsigned depth)
{
	struct unit *unit = map_get(p->by_path, path);
	const char *slash = depth < DEPTH_MAX ? strrchr(path, '/') : NULL;

	if (unit || !*path)
		return unit ? unit : p->root;
	unit = arena_alloc(p->arena, sizeof *unit);
	unit->path = path;
	unit->parent = p->root;
	if (slash)
		unit->parent =
		    unit_of(p, arena_memdup0(p->arena, path, (size_t)(slash - path)), depth + 1);
	p->units++;
	map_put(p->by_path, path, unit);
	return unit;
}

static int unit_cmp(const void *pa, const void *pb)
{
	const struct unit *const *a = pa, *const *b = pb;

	return strcmp((*a)->path, (*b)->path);
}

static int seat_cmp(const void *pa, const void *pb)
{
	const struct seat *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

static void units_sort(struct places *p)
{
	p->unit = arena_array(p->arena, p->units + 1, sizeof *p->unit);
	p->units = 0;
	for (size_t i = 0; i < p->seats; i++) {
		p->seat[i].unit->direct++;
		for (struct unit *u = p->seat[i].unit; u; u = u->parent) {
			if (!u->total++) {
				p->unit[p->units++] = u;
				if (u->parent)
					u->parent->children++;
			}
		}
	}
	if (p->units > 1)
		qsort(p->unit, p->units, sizeof *p->unit, unit_cmp);
}

struct places *places_new(const struct plan_doc *d)
{
	struct places *p = xcalloc(1, sizeof *p);

	p->arena = arena_new();
	p->by_path = map_new();
	p->by_name = map_new();
	p->root = arena_alloc(p->arena, sizeof *p->root);
	p->root->path = "";
	p->units = 1;
	p->seat = arena_array(p->arena, d->accounts + 1, sizeof *p->seat);
	for (size_t i = 0; i < d->accounts; i++) {
		const char *unit = d->account[i].unit;
		struct seat *seat = &p->seat[p->seats];

		if (map_get(p->by_name, d->account[i].name))
			continue;
		*seat = (struct seat){d->account[i].name, unit_of(p, *unit == '/' ? "" : unit, 0),
				      false};
		map_put(p->by_name, seat->name, seat);
		p->seats++;
	}
	units_sort(p);
	if (p->seats > 1)
		qsort(p->seat, p->seats, sizeof *p->seat, seat_cmp);
	for (size_t i = 0; i < p->seats; i++)
		map_put(p->by_name, p->seat[i].name, &p->seat[i]);
	return p;
}

void places_free(struct places *p)
{
	if (!p)
		return;
	map_free(p->by_path);
	map_free(p->by_name);
	arena_free(p->arena);
	free(p);
}

static bool unit_is_told(const struct unit *u)
{
	size_t but = u->total - u->hits;

	/* The one unit in it that holds all of them says more. */
	if (u->hits < NAMES_COUNTED || (!u->direct && u->children == 1))
		return false;
	return but == 0 || (but <= BUT_MAX && but * BUT_SHARE <= u->total);
}

static void hits_count(struct places *p, const char *const *accounts, size_t n)
{
	for (size_t i = 0; i < p->units; i++)
		p->unit[i]->hits = p->unit[i]->covered = p->unit[i]->listed = 0;
	for (size_t i = 0; i < p->seats; i++)
		p->seat[i].hit = false;
	for (size_t i = 0; i < n; i++) {
		struct seat *seat = map_get(p->by_name, accounts[i]);

		if (!seat || seat->hit)
			continue;
		seat->hit = true;
		for (struct unit *u = seat->unit; u; u = u->parent)
			u->hits++;
	}
	for (size_t i = 0; i < p->units; i++) {
		struct unit *u = p->unit[i];

		u->listed = !(u->parent && u->parent->covered) && unit_is_told(u);
		u->covered = u->listed || (u->parent && u->parent->covered);
	}
}

static bool unit_holds(const struct unit *u, const struct unit *below)
{
	while (below && below != u)
		below = below->parent;
	return below != NULL;
}

static void but_put(const struct places *p, struct buf *b, const struct unit *u, put_name_fn *name)
{
	size_t but = u->total - u->hits, told = 0;

	for (size_t i = 0; told < but && i < p->seats; i++)
		if (!p->seat[i].hit && unit_holds(u, p->seat[i].unit)) {
			buf_puts(b, !told ? " but " : told + 1 < but ? ", " : " and ");
			name(b, p->seat[i].name);
			told++;
		}
}

/* "all 20 of U", "all but a and b of U (18)", "all accounts but a (12)". */
static void unit_put(const struct places *p, struct buf *b, const struct unit *u, put_name_fn *name)
{
	bool whole = u->hits == u->total;

	buf_puts(b, "all");
	if (whole)
		buf_printf(b, " %zu", u->total);
	if (!u->parent)
		buf_puts(b, " accounts");
	but_put(p, b, u, name);
	if (u->parent) {
		buf_puts(b, " of ");
		name(b, u->path);
	}
	if (!whole)
		buf_printf(b, " (%zu)", u->hits);
}

/* Accounts that stand in no unit that is told. */
static size_t names_left(const struct places *p, const char *const *accounts, size_t n,
			 const char **left)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		const struct seat *seat = map_get(p->by_name, accounts[i]);

		if (!seat || !seat->unit->covered)
			left[out++] = accounts[i];
	}
	return out;
}

void places_put(struct places *p, struct buf *b, const char *const *accounts, size_t n, bool all,
		put_name_fn *name)
{
	auto_free const char **left = xcalloc(n + 1, sizeof *left);
	size_t units = 0, rest, told = 0, shown = 0;

	if (p && n >= NAMES_COUNTED)
		hits_count(p, accounts, n);
	for (size_t i = 0; p && n >= NAMES_COUNTED && i < p->units; i++)
		units += p->unit[i]->listed;
	if (!units) {
		names_put(b, accounts, n, all, "accounts", name);
		return;
	}
	rest = names_left(p, accounts, n, left);
	if (units > 1 || rest)
		buf_printf(b, "%zu accounts: ", n);
	for (size_t i = 0; i < p->units && (all || told < NAMES_MAX); i++) {
		if (!p->unit[i]->listed)
			continue;
		buf_puts(b, told++ ? ", " : "");
		unit_put(p, b, p->unit[i], name);
		shown += p->unit[i]->hits;
	}
	for (size_t i = 0; i < rest && (all || told < NAMES_MAX); i++, told++, shown++) {
		buf_puts(b, ", ");
		name(b, left[i]);
	}
	if (shown < n)
		buf_printf(b, " and %zu more", n - shown);
}

void names_put(struct buf *b, const char *const *names, size_t n, bool all, const char *plural,
	       put_name_fn *name)
{
	names_put_some(b, names, n, all || n <= NAMES_MAX ? n : NAMES_MAX, plural, name);
}

void names_put_some(struct buf *b, const char *const *names, size_t n, size_t shown,
		    const char *plural, put_name_fn *name)
{
	if (n >= NAMES_COUNTED)
		buf_printf(b, "%zu %s: ", n, plural);
	for (size_t i = 0; i < shown; i++) {
		buf_puts(b, i ? ", " : "");
		name(b, names[i]);
	}
	if (shown < n)
		buf_printf(b, " and %zu more", n - shown);
}
