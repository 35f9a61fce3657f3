#include "reconciler/report_alike.h"

#include "base/digest.h"
#include "reconciler/report_address.h"
#include "reconciler/report_text.h"

#include <string.h>

/* Fewer are easier to read one by one. */
#define ALIKE_LEAST 3

/* Alike is what reads alike. */
static const char *change_digest(struct arena *arena, const struct plan_doc *d,
				 const struct doc_change *c)
{
	static const struct style plain = {0};
	auto_buf text = BUF_INIT(SIZE_MAX);
	struct paint p = {.out = &text, .style = &plain};
	char digest[SHA256_HEX];

	text_change(&p, d, c, NULL, NULL);
	sha256_hex(buf_str(&text), text.len, digest);
	return arena_strdup(arena, digest);
}

/* Its names, with stars in the address for them; false: it stands for itself. */
static bool change_star(struct arena *arena, struct doc_change *c, const char *part[PARTS])
{
	const char *account = address_account(arena, c->address);
	struct edge_parts edge;

	part[PART_WHO] = part[PART_WHAT] = "";
	if (change_is_unknown(c) || id_is_news(c->id))
		return false;
	if (edge_parts(arena, c->address, &edge)) {
		c->address = "assignment/*/*/*";
		part[PART_ACCOUNT] = account_name(arena, edge.account);
		part[PART_WHO] = edge.principal;
		part[PART_WHAT] = edge.set;
		return true;
	}
	if (!*account || !str_starts(c->address, "iam_"))
		return false;
	part[PART_ACCOUNT] = account_name(arena, account);
	c->address = account_starred(arena, c->address, account);
	return true;
}

static void changes_add(const struct plan_doc *d, struct products *p)
{
	for (size_t i = 0; i < d->changes; i++) {
		struct doc_change c = d->change[i];
		const char *part[PARTS] = {"", "", ""}, *rest;

		rest = change_star(p->arena, &c, part)
			   ? change_digest(p->arena, d, &c)
			   : arena_printf(p->arena, "the change %zu alone", i);
		products_add(p, rest, part);
	}
}

/* With stars for what differs alone. */
static const char *address_starred(struct arena *arena, const struct doc_change *c,
				   const struct product *product)
{
	struct edge_parts edge;

	if (!edge_parts(arena, c->address, &edge))
		return account_starred(arena, c->address, address_account(arena, c->address));
	return arena_printf(arena, "assignment/%s/%s/%s",
			    product->part[PART_WHAT]->n > 1 ? "*" : edge.set,
			    product->part[PART_ACCOUNT]->n > 1 ? "*" : edge.account,
			    product->part[PART_WHO]->n > 1 ? "*" : edge.principal);
}

/* One stands where the first of them would. */
static void row_fill(const struct plan_doc *d, struct alike *alike, const struct products *p,
		     const struct product *product)
{
	size_t first = product->first;
	bool folds = product->n >= ALIKE_LEAST;

	for (size_t i = first; i != SIZE_MAX; i = products_next(p, i)) {
		if (!folds)
			alike->row[i] = (struct alike_row){.change = d->change[i], .n = 1};
		if (i < first)
			first = i;
	}
	if (!folds)
		return;
	alike->row[first] = (struct alike_row){.change = d->change[first],
					       .account = product->part[PART_ACCOUNT],
					       .who = product->part[PART_WHO],
					       .what = product->part[PART_WHAT],
					       .n = product->n};
	alike->row[first].change.address =
	    address_starred(alike->arena, &d->change[first], product);
}

void alike_read(const struct plan_doc *d, struct alike *alike)
{
	struct products p;

	alike->arena = arena_new();
	alike->row = arena_array(alike->arena, d->changes + 1, sizeof *alike->row);
	products_begin(&p, alike->arena, d->changes);
	changes_add(d, &p);
	for (unsigned part = 0; part < PARTS; part++)
		products_merge(&p, (enum product_part)part);
	for (size_t i = 0; i < p.rows; i++)
		row_fill(d, alike, &p, &p.row[i]);
	products_end(&p);
}

void alike_free(struct alike *alike)
{
	arena_free(alike->arena);
}

void alike_where(struct buf *b, const struct alike_row *row, struct places *places, bool all,
		 put_name_fn *name)
{
	unsigned parts = 0;

	if (row->n < ALIKE_LEAST)
		return;
	if (row->what->n > 1) {
		buf_puts(b, parts++ ? "; of " : " of ");
		names_put(b, row->what->name, row->what->n, all, "permission sets", name);
	}
	if (row->who->n > 1) {
		buf_puts(b, parts++ ? "; to " : " to ");
		names_put(b, row->who->name, row->who->n, all, "principals", name);
	}
	if (row->account->n > 1) {
		buf_puts(b, parts++ ? "; in " : " in ");
		places_put(places, b, row->account->name, row->account->n, all, name);
	}
	if (parts > 1)
		buf_printf(b, ": %zu in all", row->n);
}
