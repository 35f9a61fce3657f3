/* Deletions and losses: every one, or counted. */
#include "reconciler/report_address.h"
#include "reconciler/report_markdown.h"

#include <string.h>

static bool row_is_shown(const struct md *m, size_t i, bool deleted)
{
	return m->alike->row[i].n && change_is_loss(&m->d->change[i]) &&
	       (strcmp(m->d->change[i].action, "delete") == 0) == deleted;
}

/* Every loss in full, in one table. */
static void put_table(const struct md *m, struct buf *b)
{
	md_table_head(m, b, false);
	for (int deleted = 1; deleted >= 0; deleted--)
		for (size_t i = 0; i < m->d->changes; i++)
			if (row_is_shown(m, i, deleted))
				md_row(m, b, &m->alike->row[i], true, false);
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

/* In few bytes. `edges`: with those of assignments. */
static void put_short(const struct md *m, struct buf *b, bool edges)
{
	bool first = true;

	for (size_t i = 0; i < m->d->changes; i++) {
		const struct alike_row *row = &m->alike->row[i];

		if (!row->n || !change_is_loss(&m->d->change[i]) ||
		    (!edges && str_starts(row->change.address, "assignment/")))
			continue;
		buf_puts(b, first ? "What goes: " : "; ");
		md_code(b, row->change.address, false);
		put_removed(b, &row->change);
		alike_where(b, row, m->places, true, md_name_plain);
		first = false;
	}
	buf_puts(b, first ? "" : "\n\n");
}

/* Up to its last part, as it is written there. */
static size_t parent_len(const char *address)
{
	const char *last = strrchr(address, '/');

	return last ? (size_t)(last - address) + 1 : 0;
}

/* In as few bytes as can name all of them: what is in the same place stands together, what goes
 * whole before what loses something. Not those of assignments. */
static void put_shortest(const struct md *m, struct buf *b)
{
	const char *before = "";
	size_t len = 0;

	for (int deleted = 1; deleted >= 0; deleted--) {
		bool first = true;

		for (size_t i = 0; i < m->d->changes; i++) {
			const struct alike_row *row = &m->alike->row[i];
			const char *address = row->change.address;
			size_t n = address ? parent_len(address) : 0;

			if (!row_is_shown(m, i, deleted) || str_starts(address, "assignment/"))
				continue;
			if (first)
				buf_puts(b, deleted ? "Deleted: " : "Less is left of: ");
			if (first || n != len || strncmp(before, address, n) != 0) {
				auto_free char *place = xasprintf("%.*s", (int)n, address);

				buf_puts(b, first ? "" : "; ");
				if (n)
					md_code(b, place, false);
			}
			buf_putc(b, ' ');
			md_code(b, address + n, false);
			put_removed(b, &row->change);
			alike_where(b, row, m->places, true, md_name_plain);
			first = false;
			before = address;
			len = n;
		}
		buf_puts(b, first ? "" : "\n\n");
	}
}

void md_assignments(const struct plan_doc *d, struct buf *b, const size_t *change, size_t n,
		    const char *sign, enum md_level level)
{
	struct arena *arena = arena_new();
	struct edge_parts edge;
	struct tally t;

	tally_begin(&t, md_tally_level(level));
	for (size_t i = 0; i < n; i++)
		if (edge_parts(arena, d->change[change[i]].address, &edge))
			tally_add(&t, edge.principal, edge.set, edge.account, edge.principal);
	if (t.line.n)
		buf_puts(b, "Assignments, counted since there are many; `-o json` has each:\n\n");
	md_tally(b, &t, sign);
	tally_end(&t);
	arena_free(arena);
}

void md_losses(const struct md *m, struct buf *b, enum md_level level)
{
	auto_free size_t *loss = xcalloc(m->d->changes + 1, sizeof *loss);
	size_t n = 0;

	for (size_t i = 0; !report_is_drift(m->d) && i < m->d->changes; i++)
		if (change_is_loss(&m->d->change[i]))
			loss[n++] = i;
	if (!n)
		return;
	buf_printf(b, "### Deletions and losses (%zu)\n\n", n);
	if (level == MD_WHOLE)
		put_table(m, b);
	else if (level < MD_SETS)
		put_short(m, b, level == MD_SHORT);
	else
		put_shortest(m, b);
	if (level >= MD_PAIRS)
		md_assignments(m->d, b, loss, n, MD_MINUS, level);
}
