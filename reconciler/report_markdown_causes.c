/* Differences by who made them. A cause that has no room for its differences is a line, and where
 * there is no room for lines the people are counted. */
#include "reconciler/report_markdown.h"

#include <stdlib.h>
#include <string.h>

/* What the end of a table and the count of what is left out take. */
#define END_BYTES 80
/* With less a cause is a line. */
#define CAUSE_LEAST 400
/* Names of those who have no line, and the room that is kept for them. */
#define PEOPLE_MAX   20
#define PEOPLE_BYTES 800

static const char legend[] = "− is in git, + is in AWS; arrows go from git to AWS.\n\n";

static void put_head(const struct md *m, enum drift_section section, struct buf *b)
{
	buf_printf(b, "### %s (%zu)\n\n", drift_titles[section], m->drift->items[section]);
	if (drift_view_explains(m->drift, section))
		buf_puts(b, legend);
}

/* As many rows as fit; returns how many differences they are. */
static size_t put_rows(const struct md *m, const struct drift_excerpt *e, size_t end, struct buf *b)
{
	struct md of = *m;
	bool folded = e->doc.changes > MD_ROWS_OPEN && !m->plain;
	const char *tail = folded ? "\n</details>\n\n" : "\n";
	size_t shown = 0, rows = 0;

	of.d = &e->doc;
	of.alike = &e->alike;
	for (size_t i = 0; i < e->doc.changes; i++) {
		const struct alike_row *alike = &e->alike.row[i];
		auto_buf row = BUF_INIT(SIZE_MAX), call = BUF_INIT(SIZE_MAX);

		if (!alike->n)
			continue;
		if (alike->n == 1 && e->event[i])
			drift_put_event(e->event[i], &call);
		of.note = call.len ? buf_str(&call) : NULL;
		if (!rows) {
			if (folded)
				md_fold(m, &row, "Resources", e->doc.changes);
			md_table_head(&of, &row, false);
		}
		md_row(&of, &row, alike, false, false);
		if (b->len + row.len + strlen(tail) > end)
			break;
		buf_add(b, buf_str(&row), row.len);
		shown += alike->n * e->items[i];
		rows++;
	}
	if (rows)
		buf_puts(b, tail);
	return shown;
}

static size_t put_lines(const struct md *m, const struct drift_excerpt *e, size_t end,
			struct buf *b)
{
	size_t shown = 0;

	for (size_t i = 0; i < e->lines; i++) {
		auto_buf line = BUF_INIT(SIZE_MAX);

		md_drift_item(m, &line, e->line[i]);
		if (b->len + line.len + 1 > end)
			break;
		buf_add(b, buf_str(&line), line.len);
		shown++;
	}
	if (shown)
		buf_putc(b, '\n');
	return shown;
}

static size_t put_batch(const struct md *m, const struct drift_batch *batch, size_t end,
			struct buf *b)
{
	auto_buf about = BUF_INIT(SIZE_MAX), part = BUF_INIT(SIZE_MAX);
	struct drift_excerpt e;
	size_t shown, room;

	drift_put_batch(m->d, batch, &about);
	if (about.len) {
		md_text(&part, buf_str(&about));
		buf_puts(&part, "\n\n");
	}
	room = end > b->len ? end - b->len : 0;
	if (part.len + END_BYTES > room)
		return 0;
	drift_excerpt_make(m->drift, batch, &e);
	shown = put_rows(m, &e, room, &part);
	shown += put_lines(m, &e, room, &part);
	drift_excerpt_end(&e);
	if (shown)
		buf_add(b, buf_str(&part), part.len);
	return shown;
}

/* Returns how many differences were shown. */
static size_t put_batches(const struct md *m, const struct drift_block *block, size_t end,
			  struct buf *b)
{
	size_t shown = 0;

	end = end > END_BYTES ? end - END_BYTES : 0;
	for (size_t i = 0; i < block->batches; i++)
		shown += put_batch(m, &block->batch[i], end, b);
	if (shown && shown < block->items)
		buf_printf(b, "… and %zu more, left out for length.\n\n", block->items - shown);
	return shown;
}

static void put_who(struct buf *b, const struct drift_block *block)
{
	auto_buf who = BUF_INIT(SIZE_MAX);

	if (block->cause)
		drift_put_who(block->cause, &who);
	else
		buf_puts(&who, "Nobody is known");
	md_text(b, buf_str(&who));
}

/* "console, 2026-11-21 22:10 UTC, from 198.51.100.7: 4 differences" */
static void put_when(struct buf *b, const struct drift_block *block)
{
	auto_buf when = BUF_INIT(SIZE_MAX);

	if (block->cause)
		drift_put_when(block->cause, &when);
	md_text(b, buf_str(&when));
	buf_puts(b, when.len ? ": " : "");
	drift_put_worth(block, b);
}

static size_t put_whole(const struct md *m, const struct drift_block *block, size_t room,
			struct buf *b)
{
	auto_buf calls = BUF_INIT(SIZE_MAX);
	size_t shown, end = b->len + room;

	if (block->cause)
		drift_put_calls(block->cause, &calls);
	buf_puts(b, "#### ");
	put_who(b, block);
	buf_puts(b, "\n\n");
	put_when(b, block);
	buf_puts(b, calls.len ? "; by " : "");
	md_text(b, buf_str(&calls));
	buf_puts(b, "\n\n");
	shown = put_batches(m, block, end, b);
	return b->len <= end ? shown : 0;
}

static void put_short(struct buf *b, const struct drift_block *block)
{
	buf_puts(b, "- ");
	put_who(b, block);
	buf_puts(b, ", ");
	put_when(b, block);
	buf_putc(b, '\n');
}

static bool same_who(const struct drift_block *a, const struct drift_block *b)
{
	auto_buf x = BUF_INIT(SIZE_MAX), y = BUF_INIT(SIZE_MAX);

	put_who(&x, a);
	put_who(&y, b);
	return strcmp(buf_str(&x), buf_str(&y)) == 0;
}

/* Those who have no line of their own: as many names as fit. */
static void put_people(struct buf *b, const struct drift_block *block, size_t n, size_t end)
{
	size_t items = 0, shown = 0;

	for (size_t i = 0; i < n; i++)
		items += block[i].items;
	buf_printf(b, "- %zu more session%s, ", n, n == 1 ? "" : "s");
	drift_put_items(items, b);
	for (size_t i = 0; i < n && shown < PEOPLE_MAX; i++) {
		auto_buf who = BUF_INIT(SIZE_MAX);

		if (i && same_who(&block[i - 1], &block[i]))
			continue;
		put_who(&who, &block[i]);
		if (b->len + who.len + END_BYTES > end)
			break;
		buf_printf(b, "%s%s", shown ? ", " : ": ", buf_str(&who));
		shown++;
	}
	buf_puts(b, shown ? " …\n\n" : "\n\n");
}

/* What a line for each block takes, each with those after it. */
static size_t *short_bytes(const struct drift_block *block, size_t n)
{
	size_t *bytes = xcalloc(n + 1, sizeof *bytes);

	for (size_t i = n; i > 0; i--) {
		auto_buf line = BUF_INIT(SIZE_MAX);

		put_short(&line, &block[i - 1]);
		bytes[i - 1] = bytes[i] + line.len;
	}
	return bytes;
}

/* Lines for those that are left, and a count of the last. `bytes`: by short_bytes(). */
static void put_rest(struct buf *b, const struct drift_block *block, const size_t *bytes, size_t n,
		     size_t end)
{
	for (size_t i = 0; i < n; i++) {
		bool all = b->len + bytes[i] + 1 <= end;
		auto_buf line = BUF_INIT(SIZE_MAX);

		put_short(&line, &block[i]);
		if (b->len + line.len + (all ? 0 : PEOPLE_BYTES) > end) {
			put_people(b, &block[i], n - i, end);
			return;
		}
		buf_add(b, buf_str(&line), line.len);
	}
	if (n)
		buf_putc(b, '\n');
}

/* Each whole, as long as those after it keep their lines. The first ones leave half of the room to
 * others. */
static size_t put_causes(const struct md *m, const struct drift_block *block, size_t n, size_t end,
			 struct buf *b)
{
	auto_free size_t *bytes = short_bytes(block, n);
	size_t shown = 0, i;

	for (i = 0; i < n; i++) {
		auto_buf whole = BUF_INIT(SIZE_MAX);
		size_t kept = b->len + bytes[i + 1] + END_BYTES, room, rows;

		room = end > kept ? end - kept : 0;
		room = i + 1 < n ? room - room / 3 : room;
		rows = room < CAUSE_LEAST ? 0 : put_whole(m, &block[i], room, &whole);
		if (!rows)
			break;
		buf_add(b, buf_str(&whole), whole.len);
		shown += rows;
	}
	put_rest(b, &block[i], &bytes[i], n - i, end);
	return shown;
}

static size_t put_section(const struct md *m, enum drift_section section, size_t room,
			  struct buf *b)
{
	bool causes = section == DRIFT_GLASS || section == DRIFT_KNOWN;
	auto_buf part = BUF_INIT(SIZE_MAX);
	const struct drift_block *block;
	size_t n, items, shown;

	if (!m->drift || !m->drift->items[section])
		return 0;
	items = m->drift->items[section];
	block = &m->drift->block[m->drift->first[section]];
	n = m->drift->first[section + 1] - m->drift->first[section];
	put_head(m, section, &part);
	shown = causes ? put_causes(m, block, n, room, &part) : put_batches(m, block, room, &part);
	if (part.len <= room && (shown || causes))
		buf_add(b, buf_str(&part), part.len);
	else
		shown = 0;
	return items - shown;
}

size_t md_drift_glass(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, DRIFT_GLASS, room, b);
}

size_t md_drift_known(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, DRIFT_KNOWN, room, b);
}

size_t md_drift_nobody(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, DRIFT_NOBODY, room, b);
}

size_t md_drift_missing(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, DRIFT_MISSING, room, b);
}

size_t md_drift_stale(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, DRIFT_STALE, room, b);
}
