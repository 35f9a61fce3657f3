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

/* Up to its last part, or to the end of its kind, as it is written there. */
static size_t parent_len(const char *address)
{
	const char *last = strrchr(address, '/');

	return last ? (size_t)(last - address) + 1 : 0;
}

static size_t kind_len(const char *address)
{
	const char *slash = strchr(address, '/');

	return slash ? (size_t)(slash - address) + 1 : 0;
}

static bool same_start(const char *a, const char *b, size_t len)
{
	return len && strncmp(a, b, len) == 0;
}

/* The kind once, and dots for the place of the one before. */
static void put_address(struct buf *b, const char *before, const char *address)
{
	size_t kind = kind_len(address), parent = parent_len(address);
	auto_free char *name = NULL;

	if (!same_start(before, address, kind)) {
		name = xasprintf("%.*s", (int)kind, address);
		buf_puts(b, *before ? "; " : "");
		if (*name)
			md_code(b, name, false);
	} else if (parent > kind && parent == parent_len(before) &&
		   same_start(before, address, parent)) {
		name = xasprintf("…/%s", address + parent);
		buf_putc(b, ' ');
		md_code(b, name, false);
		return;
	}
	buf_putc(b, ' ');
	md_code(b, address + kind, false);
}

/* In as few bytes as can name all of them, what goes whole or what loses something. Not those of
 * assignments. */
static void put_shortest(const struct md *m, struct buf *b, bool deleted)
{
	const char *before = "";

	for (size_t i = 0; i < m->d->changes; i++) {
		const struct alike_row *row = &m->alike->row[i];
		auto_buf where = BUF_INIT(SIZE_MAX);

		if (!row_is_shown(m, i, deleted) || str_starts(row->change.address, "assignment/"))
			continue;
		if (!*before)
			buf_puts(b, deleted ? "Deleted: " : "Less is left of: ");
		put_address(b, before, row->change.address);
		put_removed(b, &row->change);
		alike_where(&where, row, m->places, true, md_name_plain);
		buf_printf(b, "%s%s", buf_str(&where), where.len ? ";" : "");
		before = row->change.address;
	}
	buf_puts(b, *before ? "\n\n" : "");
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
		for (int deleted = 1; deleted >= 0; deleted--)
			put_shortest(m, b, deleted);
	if (level >= MD_PAIRS)
		md_assignments(m->d, b, loss, n, MD_MINUS, level);
}
