/* The order of calls, derived from what they make, use, free and end.
 *
 * Hard needs (must have succeeded): the maker of what is used; what uses or frees a thing before
 * the call that ends it; the rename that frees a name before what takes it; every gain of a gate
 * before a loss of it; of the calls that change who administers, one before the next; the record's
 * first tag before everything else. Soft order (must have ended): one resource's calls go as
 * emitted; what comes after something goes after all its makers. */
#include "reconciler/order.h"

#include <stdlib.h>
#include <string.h>

struct name_index { /* sorted by (address, call) */
	const struct text *address;
	uint32_t call;
};
typedef VEC(struct name_index) index_vec;

struct edge {
	uint32_t to, from; /* `to` waits for `from` */
	bool soft;
};

struct graph {
	struct arena *arena;
	struct call *call;
	uint32_t n;
	const struct change *change;
	VEC(struct edge) edges;
	uint32_t *rank; /* of a call among (kind, address, emission) */
};

static int index_cmp(const void *pa, const void *pb)
{
	const struct name_index *a = pa, *b = pb;
	int c = text_cmp(a->address, b->address);

	return c ? c : (a->call > b->call) - (a->call < b->call);
}

static void index_add(index_vec *v, const struct text *address, uint32_t call)
{
	vec_push(v, ((struct name_index){address, call}));
}

static void index_sort(index_vec *v)
{
	if (v->n > 1)
		qsort(v->at, v->n, sizeof *v->at, index_cmp);
}

/* The first entry of this address, or v->n. */
static size_t index_first(const index_vec *v, const struct text *address)
{
	size_t lo = 0, hi = v->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (text_cmp(v->at[mid].address, address) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void edge_add(struct graph *g, uint32_t to, uint32_t from, bool soft)
{
	if (to != from)
		vec_push(&g->edges, ((struct edge){to, from, soft}));
}

/* `to` waits for every call in v of this address. */
static void edges_from(struct graph *g, const index_vec *v, const struct text *address, uint32_t to,
		       bool soft)
{
	for (size_t i = index_first(v, address); i < v->n && text_eq(v->at[i].address, address);
	     i++)
		edge_add(g, to, v->at[i].call, soft);
}

static void edges_of_names(struct graph *g)
{
	index_vec makes = {0}, lets = {0};

	for (uint32_t i = 0; i < g->n; i++) {
		const struct call *c = &g->call[i];

		if (c->makes)
			index_add(&makes, c->makes, i);
		if (c->enables)
			index_add(&makes, c->enables, i);
		for (const struct text **a = c->uses; *a; a++)
			index_add(&lets, *a, i);
		for (const struct text **a = c->frees; *a; a++)
			index_add(&lets, *a, i);
	}
	index_sort(&makes);
	index_sort(&lets);
	for (uint32_t i = 0; i < g->n; i++) {
		const struct call *c = &g->call[i];

		for (const struct text **a = c->uses; *a; a++)
			edges_from(g, &makes, *a, i, false);
		if (c->ends)
			edges_from(g, &lets, c->ends, i, false);
		for (const struct text **a = c->after; *a; a++)
			edges_from(g, &makes, *a, i, true);
	}
	free(makes.at);
	free(lets.at);
}

static const struct text *text_lower_last(struct arena *arena, const struct text *address)
{
	char *copy = arena_memdup0(arena, address->s, address->len);

	for (char *p = strrchr(copy, '/'); p != NULL && *p != '\0'; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
	return text_new(arena, copy, address->len);
}

/* A name in its container, as AWS holds it unique; without `name`, that of the address itself. */
static const struct text *name_key(struct arena *arena, const struct text *address,
				   const struct text *name)
{
	const char *last = strrchr(address->s, '/');
	const struct text *key = address;
	int kind = address_kind(address);

	if (last == NULL)
		return address;
	if (name != NULL)
		key = address_below(arena, text_new(arena, address->s, (size_t)(last - address->s)),
				    name->s);
	if (kind < 0 || !(kinds[kind]->flags & KIND_NOCASE))
		return key;
	return text_lower_last(arena, key);
}

/* The fact that a call changes a name; NULL: it changes none. Accounts may share a name, and an
 * edge has none. */
static const struct fact *name_fact(const struct call *c)
{
	for (uint32_t i = 0; i < c->facts; i++) {
		const struct fact *f = &c->fact[i];

		if (f->attr == 0 && f->key == NULL && f->kind != KIND_ACCOUNT &&
		    f->kind != KIND_ORGANIZATION && kinds[f->kind]->address != ADDRESS_EDGE &&
		    f->before.state == VALUE_TEXT && f->after.state == VALUE_TEXT)
			return f;
	}
	return NULL;
}

/* Who takes a name waits for the rename that lets go of it. */
static void edges_of_freed_names(struct graph *g)
{
	index_vec freed = {0};

	for (uint32_t i = 0; i < g->n; i++) {
		const struct fact *f = name_fact(&g->call[i]);

		if (f != NULL)
			index_add(&freed, name_key(g->arena, f->address, f->before.u.text), i);
	}
	index_sort(&freed);
	for (uint32_t i = 0; i < g->n && freed.n > 0; i++) {
		const struct fact *f = name_fact(&g->call[i]);
		const struct text *taken = f != NULL ? f->address : g->call[i].makes;

		if (taken != NULL)
			edges_from(g, &freed, name_key(g->arena, taken, NULL), i, false);
	}
	free(freed.at);
}

static void edges_of_resources(struct graph *g)
{
	uint32_t last = UINT32_MAX;

	for (uint32_t i = 0; i < g->n; i++) {
		if (g->call[i].change == CALL_RECORD)
			continue;
		if (last != UINT32_MAX && g->call[last].change == g->call[i].change)
			edge_add(g, i, last, true);
		last = i;
	}
}

/* A document that changes may give what a loss takes: that waits for it, too. */
static void edges_of_gates(struct graph *g)
{
	index_vec gains = {0};

	for (uint32_t i = 0; i < g->n; i++)
		if (g->call[i].gate && g->call[i].effect != EFFECT_LOSS)
			index_add(&gains, g->call[i].gate, i);
	index_sort(&gains);
	for (uint32_t i = 0; i < g->n; i++)
		if (g->call[i].gate && g->call[i].effect == EFFECT_LOSS)
			edges_from(g, &gains, g->call[i].gate, i, false);
	free(gains.at);
}

static int edge_cmp_to(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

/* The calls that `from` needs, itself included, are marked. Each edge is followed once. */
static void mark_needs(struct graph *g, uint32_t from, bool *mark)
{
	auto_free uint32_t *todo = xcalloc(g->n + 1, sizeof *todo);
	auto_free size_t *first = xcalloc(g->n + 1, sizeof *first);
	uint32_t n = 0;

	if (g->edges.n > 1)
		qsort(g->edges.at, g->edges.n, sizeof *g->edges.at, edge_cmp_to);
	for (size_t i = g->edges.n; i-- > 0;)
		first[g->edges.at[i].to] = i + 1;
	mark[from] = true;
	todo[n++] = from;
	while (n) {
		uint32_t to = todo[--n];

		for (size_t i = first[to] ? first[to] - 1 : g->edges.n;
		     i < g->edges.n && g->edges.at[i].to == to; i++) {
			uint32_t needed = g->edges.at[i].from;

			if (!mark[needed]) {
				mark[needed] = true;
				todo[n++] = needed;
			}
		}
	}
}

/* The record's first call precedes everything but what it needs itself. */
static void edges_of_begin(struct graph *g, uint32_t begin)
{
	auto_free bool *mark = xcalloc(g->n + 1, sizeof *mark);

	mark_needs(g, begin, mark);
	for (uint32_t i = 0; i < g->n; i++)
		if (!mark[i])
			edge_add(g, i, begin, false);
}

/* The record's last calls need everything: each call that no other needs stands for those before
 * it. */
static void edges_of_end(struct graph *g, uint32_t end)
{
	auto_free bool *needed = xcalloc(g->n + 1, sizeof *needed);

	for (size_t i = 0; i < g->edges.n; i++)
		if (!g->edges.at[i].soft && g->edges.at[i].to < end)
			needed[g->edges.at[i].from] = true;
	for (uint32_t i = end; i < g->n; i++) {
		for (uint32_t k = 0; k < end; k++)
			if (!needed[k])
				edge_add(g, i, k, false);
		if (i > end)
			edge_add(g, i, i - 1, false);
	}
}

/* What changes who administers comes last, gains first: as much as possible is done before the run
 * may lose its way. */
static int call_turn(const struct call *c)
{
	return !c->administers ? 0 : c->effect == EFFECT_GAIN ? 1 : 2;
}

static int rank_cmp(const void *pa, const void *pb, void *ctx)
{
	const struct graph *g = ctx;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	uint32_t ca = g->call[a].change, cb = g->call[b].change;
	int last_a = call_turn(&g->call[a]), last_b = call_turn(&g->call[b]);

	if (last_a != last_b)
		return last_a - last_b;
	/* Changes are sorted by (kind, address): their index is the key. */
	if (ca != cb)
		return ca < cb ? -1 : 1;
	return a < b ? -1 : 1;
}

struct heap {
	uint32_t *at;
	uint32_t n;
};

static void heap_push(struct heap *h, uint32_t x)
{
	uint32_t i = h->n++;

	for (; i && h->at[(i - 1) / 2] > x; i = (i - 1) / 2)
		h->at[i] = h->at[(i - 1) / 2];
	h->at[i] = x;
}

static uint32_t heap_pop(struct heap *h)
{
	uint32_t top = h->at[0], x = h->at[--h->n], i = 0;

	for (;;) {
		uint32_t k = 2 * i + 1;

		if (k >= h->n)
			break;
		if (k + 1 < h->n && h->at[k + 1] < h->at[k])
			k++;
		if (h->at[k] >= x)
			break;
		h->at[i] = h->at[k];
		i = k;
	}
	h->at[i] = x;
	return top;
}

static int edge_cmp_from(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return (a->to > b->to) - (a->to < b->to);
}

/* Kahn's algorithm, the smallest rank first. Fills place[call] = position. Returns how many were
 * placed. */
static uint32_t topological(struct graph *g, uint32_t *place)
{
	auto_free uint32_t *byrank = xcalloc(g->n + 1, sizeof *byrank);
	auto_free uint32_t *rank = xcalloc(g->n + 1, sizeof *rank);
	auto_free uint32_t *waits = xcalloc(g->n + 1, sizeof *waits);
	auto_free uint32_t *first = xcalloc(g->n + 1, sizeof *first);
	auto_free uint32_t *heap = xcalloc(g->n + 1, sizeof *heap);
	struct heap h = {heap, 0};
	uint32_t placed = 0;

	for (uint32_t i = 0; i < g->n; i++)
		byrank[i] = i;
	qsort_r(byrank, g->n, sizeof *byrank, rank_cmp, g);
	for (uint32_t i = 0; i < g->n; i++)
		rank[byrank[i]] = i;
	if (g->edges.n > 1)
		qsort(g->edges.at, g->edges.n, sizeof *g->edges.at, edge_cmp_from);
	for (size_t i = g->edges.n; i-- > 0;) {
		first[g->edges.at[i].from] = (uint32_t)i + 1;
		waits[g->edges.at[i].to]++;
	}
	for (uint32_t i = 0; i < g->n; i++)
		if (!waits[i])
			heap_push(&h, rank[i]);
	while (h.n) {
		uint32_t c = byrank[heap_pop(&h)];

		place[c] = placed++;
		if (!first[c])
			continue;
		for (size_t i = first[c] - 1; i < g->edges.n && g->edges.at[i].from == c; i++)
			if (--waits[g->edges.at[i].to] == 0)
				heap_push(&h, rank[g->edges.at[i].to]);
	}
	return placed;
}

/* The first of a chain waits until all that is placed before it has ended, well or not: calls that
 * no other of these needs stand for the rest. */
static void edges_of_chain_begin(struct graph *g, const uint32_t *place, uint32_t first)
{
	auto_free bool *needed = xcalloc(g->n + 1, sizeof *needed);

	for (size_t i = 0; i < g->edges.n; i++)
		if (place[g->edges.at[i].to] < place[first])
			needed[g->edges.at[i].from] = true;
	for (uint32_t i = 0; i < g->n; i++)
		if (place[i] < place[first] && !needed[i])
			edge_add(g, first, i, true);
}

/* Calls that change who administers form a chain in the order that was found: a failure ends it, so
 * that the state after each of them is one that the guard has looked at. */
static void edges_of_administration(struct graph *g, const uint32_t *place)
{
	auto_free uint32_t *at = xcalloc(g->n + 1, sizeof *at);
	uint32_t last = UINT32_MAX;

	for (uint32_t i = 0; i < g->n; i++)
		at[place[i]] = i;
	for (uint32_t i = 0; i < g->n; i++) {
		if (!g->call[at[i]].administers)
			continue;
		if (last != UINT32_MAX)
			edge_add(g, at[i], last, false);
		else
			edges_of_chain_begin(g, place, at[i]);
		last = at[i];
	}
}

static int number_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t numbers_unique(uint32_t *at, uint32_t n)
{
	uint32_t k = 0;

	if (n > 1)
		qsort(at, n, sizeof *at, number_cmp);
	for (uint32_t i = 0; i < n; i++)
		if (!k || at[k - 1] != at[i])
			at[k++] = at[i];
	return k;
}

/* Writes needs and order of every call, by number. */
static void write_edges(struct graph *g, const uint32_t *place)
{
	auto_free uint32_t *hard = xcalloc(g->n + 1, sizeof *hard);
	auto_free uint32_t *soft = xcalloc(g->n + 1, sizeof *soft);
	auto_free uint32_t **needs = xcalloc(g->n + 1, sizeof *needs);
	auto_free uint32_t **order = xcalloc(g->n + 1, sizeof *order);

	for (size_t i = 0; i < g->edges.n; i++)
		(g->edges.at[i].soft ? soft : hard)[g->edges.at[i].to]++;
	for (uint32_t i = 0; i < g->n; i++) {
		needs[i] = arena_array(g->arena, hard[i] + 1u, sizeof **needs);
		order[i] = arena_array(g->arena, soft[i] + 1u, sizeof **order);
		hard[i] = soft[i] = 0;
	}
	for (size_t i = 0; i < g->edges.n; i++) {
		const struct edge *e = &g->edges.at[i];

		if (e->soft)
			order[e->to][soft[e->to]++] = place[e->from] + 1;
		else
			needs[e->to][hard[e->to]++] = place[e->from] + 1;
	}
	for (uint32_t i = 0; i < g->n; i++) {
		g->call[i].n = place[i] + 1;
		g->call[i].needs = needs[i];
		g->call[i].needs_n = numbers_unique(needs[i], hard[i]);
		g->call[i].order = order[i];
		g->call[i].order_n = numbers_unique(order[i], soft[i]);
	}
}

static const char *call_name(const struct graph *g, uint32_t i)
{
	const struct call *c = &g->call[i];

	return c->change == CALL_RECORD ? "record" : g->change[c->change].row->address->s;
}

static int cycle_error(const struct graph *g, const uint32_t *place, struct error *err)
{
	auto_buf names = BUF_INIT(4096);

	for (uint32_t i = 0, last = UINT32_MAX; i < g->n; i++) {
		if (place[i] != UINT32_MAX || g->call[i].change == last)
			continue;
		last = g->call[i].change;
		buf_printf(&names, "%s%s", names.len ? ", " : "", call_name(g, i));
	}
	return error_set(
	    err,
	    "these changes wait for each other and have no order: %s\n"
	    "make one of them in a merge of its own first (swapped names need a third name)",
	    buf_str(&names));
}

static int place_cmp(const void *pa, const void *pb)
{
	const struct call *a = pa, *b = pb;

	return (a->n > b->n) - (a->n < b->n);
}

int order_calls(struct arena *arena, struct call *call, size_t n, const struct change *change,
		const struct record_span *span, struct error *err)
{
	struct graph g = {.arena = arena, .call = call, .n = (uint32_t)n, .change = change};
	auto_free uint32_t *place = xcalloc(n + 1, sizeof *place);
	int r = 0;

	edges_of_names(&g);
	edges_of_freed_names(&g);
	edges_of_resources(&g);
	edges_of_gates(&g);
	if (span->begin < g.n)
		edges_of_begin(&g, span->begin);
	edges_of_end(&g, span->end);
	memset(place, 0xff, n * sizeof *place);
	if (topological(&g, place) < g.n) {
		r = cycle_error(&g, place, err);
	} else {
		edges_of_administration(&g, place);
		write_edges(&g, place);
		if (n > 1)
			qsort(call, n, sizeof *call, place_cmp);
	}
	free(g.edges.at);
	return r;
}
