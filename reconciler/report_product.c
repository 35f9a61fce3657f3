#include "reconciler/report_product.h"

#include <stdlib.h>
#include <string.h>

void products_begin(struct products *p, struct arena *arena, size_t most)
{
	*p = (struct products){
	    .arena = arena, .rests = map_new(), .ones = map_new(), .lists = map_new()};
	p->row = arena_array(arena, most + 1, sizeof *p->row);
	p->next = arena_array(arena, most + 1, sizeof *p->next);
}

void products_end(struct products *p)
{
	map_free(p->rests);
	map_free(p->ones);
	map_free(p->lists);
}

static uint32_t rest_id(struct products *p, const char *rest)
{
	uint32_t *id = map_get(p->rests, rest);

	if (!id) {
		id = arena_alloc(p->arena, sizeof *id);
		*id = p->ids++;
		map_put(p->rests, rest, id);
	}
	return *id;
}

/* The names of these rows, which are several, in this part; sorted as the rows are. */
static const struct name_list *list_of(struct products *p, const struct product *row, size_t n,
				       enum product_part part)
{
	auto_buf key = BUF_INIT(SIZE_MAX);
	struct name_list *list;
	const char **name;

	for (size_t i = 0; i < n; i++) {
		const char *s = row[i].part[part]->name[0];

		buf_printf(&key, "%zu:%s", strlen(s), s);
	}
	list = map_get(p->lists, buf_str(&key));
	if (list)
		return list;
	list = arena_alloc(p->arena, sizeof *list);
	name = arena_array(p->arena, n, sizeof *name);
	for (size_t i = 0; i < n; i++)
		name[i] = row[i].part[part]->name[0];
	*list = (struct name_list){name, n, p->ids++};
	map_put(p->lists, buf_str(&key), list);
	return list;
}

static const struct name_list *list_one(struct products *p, const char *const *name)
{
	struct name_list *list = map_get(p->ones, *name);
	const char **copy;

	if (list)
		return list;
	list = arena_alloc(p->arena, sizeof *list);
	copy = arena_alloc(p->arena, sizeof *copy);
	*copy = *name;
	*list = (struct name_list){copy, 1, p->ids++};
	map_put(p->ones, *name, list);
	return list;
}

void products_set(struct products *p, struct product *row, const char *rest,
		  const char *const part[PARTS])
{
	row->rest = rest_id(p, rest);
	for (int i = 0; i < PARTS; i++)
		row->part[i] = list_one(p, &part[i]);
}

void products_add(struct products *p, const char *rest, const char *const part[PARTS])
{
	struct product *row = &p->row[p->rows];

	row->n = 1;
	row->first = row->last = p->rows;
	p->next[p->rows++] = SIZE_MAX;
	products_set(p, row, rest, part);
}

static int cmp_but(const struct product *a, const struct product *b, enum product_part part)
{
	if (a->rest != b->rest)
		return a->rest < b->rest ? -1 : 1;
	for (unsigned i = 0; i < PARTS; i++) {
		uint32_t x = a->part[i]->id, y = b->part[i]->id;

		if (i != (unsigned)part && x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static int product_cmp(const void *pa, const void *pb, void *ctx)
{
	const struct product *a = pa, *b = pb;
	enum product_part part = *(const enum product_part *)ctx;
	int order = cmp_but(a, b, part);

	if (!order)
		order = strcmp(a->part[part]->name[0], b->part[part]->name[0]);
	if (!order)
		order = a->first < b->first ? -1 : a->first > b->first;
	return order;
}

static struct product merged(struct products *p, const struct product *row, size_t n,
			     enum product_part part)
{
	struct product out = row[0];

	out.part[part] = n > 1 ? list_of(p, row, n, part) : row[0].part[part];
	for (size_t i = 1; i < n; i++) {
		p->next[out.last] = row[i].first;
		out.last = row[i].last;
		out.n += row[i].n;
	}
	return out;
}

void products_merge(struct products *p, enum product_part part)
{
	size_t out = 0, end;

	if (p->rows > 1)
		qsort_r(p->row, p->rows, sizeof *p->row, product_cmp, &part);
	for (size_t i = 0; i < p->rows; i = end) {
		for (end = i + 1; end < p->rows && !cmp_but(&p->row[i], &p->row[end], part); end++)
			;
		p->row[out++] = merged(p, &p->row[i], end - i, part);
	}
	p->rows = out;
}

size_t products_next(const struct products *p, size_t i)
{
	return p->next[i];
}

int name_list_cmp(const struct name_list *a, const struct name_list *b)
{
	if (a == b)
		return 0;
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int order = strcmp(a->name[i], b->name[i]);

		if (order)
			return order;
	}
	return a->n < b->n ? -1 : a->n > b->n;
}
