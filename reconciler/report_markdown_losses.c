/* Deletions and losses: every one, or counted. */
#include "reconciler/report_address.h"
#include "reconciler/report_markdown.h"

#include <string.h>

/* What happened to it outside git, or what will. */
static const char *row_action(const struct plan_doc *d, const struct doc_change *c)
{
	if (!report_is_drift(d))
		return c->action;
	if (strcmp(c->action, "create") == 0)
		return "missing";
	return strcmp(c->action, "delete") == 0 ? "extra" : "changed";
}

void md_row(struct buf *b, const struct plan_doc *d, const struct alike_row *row,
	    struct places *places, bool losses)
{
	const struct doc_change *c = &row->change;
	auto_buf place = BUF_INIT(SIZE_MAX);

	buf_puts(b, losses && strcmp(c->action, "delete") != 0 ? "| loses | " : "| ");
	if (!losses || strcmp(c->action, "delete") == 0) {
		md_text(b, row_action(d, c));
		buf_puts(b, " | ");
	}
	md_code(b, c->address, true);
	alike_where(b, row, places, losses || report_is_drift(d), md_name);
	buf_puts(b, " | ");
	if (losses && strcmp(c->action, "delete") == 0)
		buf_puts(b, c->attributes ? "the whole resource, and with it: "
					  : "the whole resource");
	if (c->attributes || !losses || strcmp(c->action, "delete") != 0)
		md_change_cell(b, d, c, places, losses);
	buf_puts(b, " | ");
	md_why_cell(b, d, c);
	buf_puts(b, " | ");
	report_place(c, &place);
	if (place.len)
		md_code(b, buf_str(&place), true);
	buf_puts(b, " |\n");
}

const char md_table_head[] = "| | resource | change | why | declared |\n|---|---|---|---|---|\n";

static bool row_is_shown(const struct plan_doc *d, const struct alike *alike, size_t i,
			 bool deleted)
{
	return alike->row[i].n && change_is_loss(&d->change[i]) &&
	       (strcmp(d->change[i].action, "delete") == 0) == deleted;
}

/* Every loss in full, in one table. */
static void put_table(struct buf *b, const struct plan_doc *d, const struct alike *alike,
		      struct places *places)
{
	buf_puts(b, md_table_head);
	for (int deleted = 1; deleted >= 0; deleted--)
		for (size_t i = 0; i < d->changes; i++)
			if (row_is_shown(d, alike, i, deleted))
				md_row(b, d, &alike->row[i], places, true);
	buf_putc(b, '\n');
}

/* How much of what goes, where the resource stays. */
static void put_removed(struct buf *b, const struct doc_change *c)
{
	for (uint32_t i = 0; strcmp(c->action, "delete") != 0 && i < c->attributes; i++)
		if (c->attribute[i].removed_n) {
			buf_printf(b, " " MD_MINUS "%u ", c->attribute[i].removed_n);
			md_text(b, c->attribute[i].name);
		}
}

/* In as few bytes as can name all of them. `edges`: with those of assignments. */
static void put_short(struct buf *b, const struct plan_doc *d, const struct alike *alike,
		      struct places *places, bool edges)
{
	bool first = true;

	for (size_t i = 0; i < d->changes; i++) {
		const struct alike_row *row = &alike->row[i];

		if (!row->n || !change_is_loss(&d->change[i]) ||
		    (!edges && str_starts(row->change.address, "assignment/")))
			continue;
		buf_puts(b, first ? "" : "; ");
		md_code(b, row->change.address, false);
		put_removed(b, &row->change);
		alike_where(b, row, places, true, md_name_plain);
		first = false;
	}
	buf_puts(b, first ? "" : "\n\n");
}

void md_assignments(struct buf *b, const struct plan_doc *d, size_t i, size_t end, bool losses,
		    enum md_level level)
{
	struct arena *arena = arena_new();
	struct edge_parts edge;
	struct tally t;

	tally_begin(&t, md_tally_level(level));
	for (; i < end; i++)
		if (change_is_loss(&d->change[i]) == losses && (losses || !d->change[i].blocked) &&
		    edge_parts(arena, d->change[i].address, &edge))
			tally_add(&t, edge.principal, edge.set, edge.account, edge.principal);
	if (t.line.n)
		buf_puts(b, "Assignments, counted since there are many; `-o json` has each:\n\n");
	md_tally(b, &t, losses ? MD_MINUS : "+");
	tally_end(&t);
	arena_free(arena);
}

void md_losses(struct buf *b, const struct plan_doc *d, const struct alike *alike,
	       struct places *places, enum md_level level)
{
	size_t n = 0;

	for (size_t i = 0; !report_is_drift(d) && i < d->changes; i++)
		n += change_is_loss(&d->change[i]);
	if (!n)
		return;
	buf_printf(b, "### Deletions and losses (%zu)\n\n", n);
	if (level == MD_WHOLE)
		put_table(b, d, alike, places);
	else
		put_short(b, d, alike, places, level == MD_SHORT);
	if (level >= MD_PAIRS)
		md_assignments(b, d, 0, d->changes, true, level);
}
