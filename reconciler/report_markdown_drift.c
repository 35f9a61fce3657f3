/* What a drift report says beside the differences that have a cause. */
#include "reconciler/report_markdown.h"

#include <string.h>

/* Kinds and accounts by which folded resources are counted. */
#define FOLDED_MAX 20
#define END_BYTES  60

static void put_place(const struct md *m, struct buf *b, const struct drift_item *item)
{
	auto_free char *text = xasprintf("%s:%u", item->file, item->line);

	md_link(b, text, m->linked ? m->style->blob : NULL, item->file, item->line, false);
}

static void put_parts(struct buf *b, const char *attribute, const char *element)
{
	if (attribute) {
		buf_putc(b, ' ');
		md_text(b, attribute);
	}
	if (element) {
		buf_putc(b, ' ');
		md_code(b, element, false);
	}
}

void md_drift_item(const struct md *m, struct buf *b, const struct drift_item *item)
{
	buf_puts(b, "- ");
	if (item->sign == '+' || item->sign == '-')
		buf_puts(b, item->sign == '+' ? "\\+ " : MD_MINUS " "); /* a bare + begins a list */
	md_code(b, item->address, false);
	if (id_is_news(item->resource_id)) {
		buf_puts(b, " (");
		md_code(b, item->resource_id, false);
		buf_putc(b, ')');
	}
	put_parts(b, item->attribute, item->element);
	if (item->kind != ITEM_DRIFT && item->kind != ITEM_RULE)
		buf_printf(b, ", %s", item_words[item->kind]);
	if (drift_item_is_strong(item))
		buf_puts(b, ", **administrator access**");
	if (item->text) {
		buf_puts(b, ": ");
		md_text(b, item->text);
	}
	if (item->file) {
		buf_puts(b, "; ");
		put_place(m, b, item);
	}
	buf_putc(b, '\n');
}

/* The item, and what is known of it where the one before it was of another batch. A list ends with
 * an empty line. */
static void put_item(const struct md *m, struct buf *b, const struct drift_batch *batch,
		     const struct drift_item *item, bool first, bool after)
{
	auto_buf about = BUF_INIT(SIZE_MAX);

	if (first)
		drift_put_batch(m->d, batch, &about);
	if (about.len) {
		buf_puts(b, after ? "\n_" : "_");
		md_text(b, buf_str(&about));
		buf_puts(b, "_\n\n");
	}
	md_drift_item(m, b, item);
}

/* What was always there is an inventory, of which some are named. */
static size_t list_most(const struct drift_batch *batch, size_t n)
{
	bool inventory = batch->section == DRIFT_UNMANAGED && !batch->fresh;

	return inventory && n > REPORT_UNMANAGED_MAX ? REPORT_UNMANAGED_MAX : n;
}

/* How many more there are; those that are left out on purpose by what and where they are. */
static void put_more(const struct md *m, enum drift_section section, size_t shown, bool meant,
		     struct buf *b)
{
	buf_printf(b, "- … and %zu more", m->drift->items[section] - shown);
	if (meant) {
		buf_puts(b, ": ");
		drift_put_folded(m->drift, section, shown, FOLDED_MAX, b, md_name_plain);
		buf_puts(b, "; `-o json` lists them");
	}
	buf_putc(b, '\n');
}

/* Items a line each, as many as fit; returns how many did not. */
static size_t put_list(const struct md *m, enum drift_section section, bool folded, size_t room,
		       struct buf *b)
{
	size_t n = m->drift ? m->drift->items[section] : 0, shown = 0, of_batch = 0, most;
	auto_buf part = BUF_INIT(SIZE_MAX);
	const struct drift_batch *batch;

	if (!n)
		return 0;
	batch = m->drift->block[m->drift->first[section]].batch;
	if (folded)
		md_fold(m, &part, drift_titles[section], n);
	else
		buf_printf(&part, "### %s (%zu)\n\n", drift_titles[section], n);
	most = list_most(batch, n);
	for (; shown < n && shown < most; shown++, of_batch++) {
		auto_buf line = BUF_INIT(SIZE_MAX);
		bool next = of_batch == batch->items;

		if (next) {
			batch++;
			of_batch = 0;
		}
		put_item(m, &line, batch, &m->d->drift->item[batch->item[of_batch]], !of_batch,
			 shown > 0);
		if (part.len + line.len + END_BYTES > room)
			break;
		buf_add(&part, buf_str(&line), line.len);
	}
	if (!shown)
		return n;
	if (shown < n)
		put_more(m, section, shown, shown == most, &part);
	if (folded)
		md_fold_end(m, &part);
	else
		buf_putc(&part, '\n');
	buf_add(b, buf_str(&part), part.len);
	return most - shown;
}

size_t md_drift_unmanaged(const struct md *m, size_t room, struct buf *b)
{
	bool many = m->drift && m->drift->items[DRIFT_UNMANAGED] > MD_ROWS_OPEN;

	return put_list(m, DRIFT_UNMANAGED, many, room, b);
}

size_t md_drift_rules(const struct md *m, size_t room, struct buf *b)
{
	return put_list(m, DRIFT_RULES, false, room, b);
}

size_t md_drift_quiet(const struct md *m, size_t room, struct buf *b)
{
	return put_list(m, DRIFT_QUIET, true, room, b);
}

/* Counted: all of them are in the JSON. */
size_t md_drift_old(const struct md *m, size_t room, struct buf *b)
{
	size_t n = m->drift ? m->drift->items[DRIFT_OLD] : 0;
	auto_buf part = BUF_INIT(SIZE_MAX);

	if (!n)
		return 0;
	md_fold(m, &part, drift_titles[DRIFT_OLD], n);
	drift_put_folded(m->drift, DRIFT_OLD, 0, FOLDED_MAX, &part, md_name_plain);
	buf_puts(&part, "; `-o json` lists them.\n");
	md_fold_end(m, &part);
	if (part.len > room)
		return n;
	buf_add(b, buf_str(&part), part.len);
	return 0;
}

/* What waits, or was read in part, and what no item names. */
size_t md_drift_lacks(const struct md *m, size_t room, struct buf *b)
{
	size_t n = 0, shown = 0, end = b->len + room;

	for (size_t i = 0; m->drift && i < m->d->changes; i++)
		n += drift_view_lacks(m->drift, i);
	for (size_t i = 0; n && i < m->d->changes; i++) {
		const struct alike_row row = {.change = m->d->change[i], .n = 1};
		auto_buf line = BUF_INIT(SIZE_MAX);

		if (!drift_view_lacks(m->drift, i))
			continue;
		if (!shown) {
			buf_printf(&line, "### Other differences (%zu)\n\n", n);
			md_table_head(m, &line, false);
		}
		md_row(m, &line, &row, false, false);
		if (b->len + line.len + 1 > end)
			break;
		buf_add(b, buf_str(&line), line.len);
		shown++;
	}
	if (shown)
		buf_putc(b, '\n');
	return n - shown;
}

static void put_resolved(struct buf *b, const struct drift_resolved *r)
{
	auto_buf after = BUF_INIT(SIZE_MAX);

	buf_puts(b, "- ");
	md_code(b, r->address ? r->address : r->name, false);
	put_parts(b, r->attribute, r->element);
	drift_put_repair(r, &after);
	if (after.len)
		buf_printf(b, ": %s", buf_str(&after));
	buf_putc(b, '\n');
}

size_t md_drift_resolved(const struct md *m, size_t room, struct buf *b)
{
	uint32_t n = m->drift ? drift_resolved_now(m->d->drift) : 0, shown = 0;
	bool folded = n > MD_ROWS_OPEN;
	auto_buf part = BUF_INIT(SIZE_MAX);

	if (!n)
		return 0;
	if (folded)
		md_fold(m, &part, "Resolved since the last report", n);
	else
		buf_printf(&part, "### Resolved since the last report (%u)\n\n", n);
	for (; shown < n; shown++) {
		auto_buf line = BUF_INIT(SIZE_MAX);

		put_resolved(&line, &m->d->drift->resolved[shown]);
		if (part.len + line.len + END_BYTES > room)
			break;
		buf_add(&part, buf_str(&line), line.len);
	}
	if (!shown)
		return n;
	if (folded)
		md_fold_end(m, &part);
	else
		buf_putc(&part, '\n');
	buf_add(b, buf_str(&part), part.len);
	return n - shown;
}

/* Lines of ours as a list. */
static size_t put_sentences(const char *title, const struct buf *lines, size_t room, struct buf *b)
{
	auto_buf part = BUF_INIT(SIZE_MAX);
	size_t n;

	if (!lines->len)
		return 0;
	buf_printf(&part, "### %s\n\n", title);
	for (const char *s = buf_str(lines); *s; s += n + 1) {
		n = strcspn(s, "\n");
		buf_puts(&part, "- ");
		md_prose(&part, s, n);
		buf_putc(&part, '\n');
	}
	buf_putc(&part, '\n');
	if (part.len > room)
		return 1;
	buf_add(b, buf_str(&part), part.len);
	return 0;
}

size_t md_drift_remarks(const struct md *m, size_t room, struct buf *b)
{
	auto_buf lines = BUF_INIT(SIZE_MAX);

	if (m->drift)
		drift_put_remarks(m->d, &lines);
	return put_sentences("Beside these", &lines, room, b);
}

size_t md_drift_remedies(const struct md *m, size_t room, struct buf *b)
{
	auto_buf lines = BUF_INIT(SIZE_MAX);

	if (m->drift)
		drift_put_remedies(m->d, &lines);
	return put_sentences("What to do", &lines, room, b);
}
