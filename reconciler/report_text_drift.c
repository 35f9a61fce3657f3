/* Drift for people at a terminal: by whom it was made, what matters most first. */
#include "reconciler/report_drift.h"
#include "reconciler/report_text.h"

#include <string.h>

/* Kinds and accounts by which folded resources are counted. */
#define FOLDED_MAX 12

static const char signs[] = "- is in git, + is in AWS; arrows go from git to AWS.";

static void put_parts(struct paint *p, const char *attribute, const char *element)
{
	if (attribute) {
		paint_gap(p, 1);
		paint_puts(p, PAINT_NONE, attribute);
	}
	if (element) {
		paint_gap(p, 1);
		paint_puts(p, PAINT_NONE, element);
	}
}

static void put_item(struct paint *p, const struct drift_item *item)
{
	const char *color = item->sign == '+'   ? PAINT_GREEN
			    : item->sign == '-' ? PAINT_RED
						: PAINT_YELLOW;

	paint_begin(p, 2, 6);
	paint_add(p, color, item->sign ? &item->sign : "~", 1);
	paint_gap(p, 1);
	paint_puts(p, PAINT_BOLD, item->address);
	if (id_is_news(item->resource_id)) {
		paint_puts(p, PAINT_DIM, " (");
		paint_puts(p, PAINT_DIM, item->resource_id);
		paint_puts(p, PAINT_DIM, ")");
	}
	put_parts(p, item->attribute, item->element);
	if (item->kind != ITEM_DRIFT && item->kind != ITEM_RULE) {
		paint_gap(p, 2);
		paint_puts(p, PAINT_YELLOW, item_words[item->kind]);
	}
	if (drift_item_is_strong(item)) {
		paint_puts(p, PAINT_NONE, ", ");
		paint_puts(p, PAINT_RED, "administrator access");
	}
	if (item->text) {
		paint_gap(p, 2);
		paint_puts(p, PAINT_DIM, item->text);
	}
	if (item->file) {
		auto_buf place = BUF_INIT(SIZE_MAX);

		buf_printf(&place, "%s:%u", item->file, item->line);
		paint_gap(p, 2);
		paint_puts(p, PAINT_DIM, buf_str(&place));
	}
	paint_end(p);
}

/* "all 12 of Workloads", and the call where the cause has several. */
static void put_row(struct paint *p, const struct drift_excerpt *e, size_t i, struct places *places)
{
	const struct alike_row *row = &e->alike.row[i];
	auto_buf where = BUF_INIT(SIZE_MAX);

	if (!row->n)
		return;
	alike_where(&where, row, places, false, text_name);
	if (row->n == 1 && e->event[i]) {
		buf_putc(&where, ' ');
		drift_put_event(e->event[i], &where);
	}
	text_change(p, &e->doc, &row->change, where.len ? buf_str(&where) + 1 : NULL, places);
}

static void put_batch(struct paint *p, struct drift_view *v, const struct drift_batch *batch,
		      struct places *places)
{
	auto_buf about = BUF_INIT(SIZE_MAX);
	struct drift_excerpt e;

	drift_put_batch(v->d, batch, &about);
	paint_lines(p, 2, 4, batch->fresh ? PAINT_YELLOW : PAINT_DIM, buf_str(&about));
	drift_excerpt_make(v, batch, &e);
	for (size_t i = 0; i < e.doc.changes; i++)
		put_row(p, &e, i, places);
	for (size_t i = 0; i < e.lines; i++)
		put_item(p, e.line[i]);
	drift_excerpt_end(&e);
}

static void put_cause(struct paint *p, const struct drift_block *block)
{
	auto_buf who = BUF_INIT(SIZE_MAX), rest = BUF_INIT(SIZE_MAX), calls = BUF_INIT(SIZE_MAX);

	paint_blank(p);
	if (block->cause) {
		drift_put_who(block->cause, &who);
		drift_put_when(block->cause, &rest);
		drift_put_calls(block->cause, &calls);
	} else {
		buf_puts(&who, "Nobody is known");
	}
	paint_begin(p, 0, 2);
	paint_puts(p, PAINT_BOLD, buf_str(&who));
	if (rest.len) {
		paint_puts(p, PAINT_NONE, ", ");
		paint_puts(p, PAINT_NONE, buf_str(&rest));
	}
	buf_clear(&rest);
	buf_puts(&rest, ": ");
	drift_put_worth(block, &rest);
	paint_puts(p, PAINT_NONE, buf_str(&rest));
	paint_end(p);
	if (calls.len) {
		paint_begin(p, 2, 4);
		paint_puts(p, PAINT_DIM, buf_str(&calls));
		paint_end(p);
	}
}

static void put_blocks(struct paint *p, struct drift_view *v, enum drift_section section,
		       struct places *places)
{
	bool causes = section == DRIFT_GLASS || section == DRIFT_KNOWN;

	text_heading(p, section == DRIFT_GLASS ? PAINT_ALARM : PAINT_BOLD, drift_titles[section],
		     v->items[section]);
	if (drift_view_explains(v, section))
		paint_lines(p, 0, 2, PAINT_DIM, signs);
	for (size_t i = v->first[section]; i < v->first[section + 1]; i++) {
		const struct drift_block *block = &v->block[i];

		if (causes)
			put_cause(p, block);
		for (size_t k = 0; k < block->batches; k++)
			put_batch(p, v, &block->batch[k], places);
	}
}

/* A line each, and then counts; of OLD counts alone. */
static void put_list(struct paint *p, struct drift_view *v, enum drift_section section)
{
	const struct drift_block *block = &v->block[v->first[section]];
	size_t n = v->items[section];
	size_t most = section == DRIFT_OLD ? 0 : section == DRIFT_RULES ? n : REPORT_UNMANAGED_MAX;
	auto_buf about = BUF_INIT(SIZE_MAX), more = BUF_INIT(SIZE_MAX);
	const struct drift_batch *batch = block->batch;
	size_t of_batch = 0;

	text_heading(p, section == DRIFT_RULES ? PAINT_YELLOW : PAINT_BOLD, drift_titles[section],
		     n);
	for (size_t i = 0; i < n && i < most; i++, of_batch++) {
		if (of_batch == batch->items) {
			batch++;
			of_batch = 0;
		}
		if (of_batch == 0) {
			buf_clear(&about);
			drift_put_batch(v->d, batch, &about);
			paint_lines(p, 2, 4, batch->fresh ? PAINT_YELLOW : PAINT_DIM,
				    buf_str(&about));
		}
		put_item(p, &v->d->drift->item[block->batch->item[i]]);
	}
	if (most >= n)
		return;
	if (most)
		buf_printf(&more, "... and %zu more (", n - most);
	drift_put_folded(v, section, most, FOLDED_MAX, &more, text_name);
	buf_puts(&more, most ? "); -o json lists them all" : "; -o json lists them");
	paint_begin(p, 2, 6);
	paint_puts(p, PAINT_DIM, buf_str(&more));
	paint_end(p);
}

/* What waits, or was read in part, and what no item names. */
static void put_lacks(struct paint *p, const struct drift_view *v, struct places *places)
{
	const struct plan_doc *d = v->d;
	size_t n = 0;

	for (size_t i = 0; i < d->changes; i++)
		n += drift_view_lacks(v, i);
	if (!n)
		return;
	text_heading(p, PAINT_YELLOW, "Other differences", n);
	for (size_t i = 0; i < d->changes; i++)
		if (drift_view_lacks(v, i))
			text_change(p, d, &d->change[i], NULL, places);
}

static void put_resolved(struct paint *p, const struct doc_drift *d)
{
	uint32_t n = drift_resolved_now(d);

	if (!n)
		return;
	text_heading(p, PAINT_GREEN, "Resolved since the last report", n);
	for (uint32_t i = 0; i < n; i++) {
		const struct drift_resolved *r = &d->resolved[i];
		auto_buf after = BUF_INIT(SIZE_MAX);

		paint_begin(p, 2, 6);
		paint_puts(p, PAINT_NONE, r->address ? r->address : r->name);
		put_parts(p, r->attribute, r->element);
		drift_put_repair(r, &after);
		paint_gap(p, 2);
		paint_puts(p, PAINT_DIM, buf_str(&after));
		paint_end(p);
	}
}

void text_drift(struct paint *p, const struct plan_doc *d, struct places *places)
{
	struct drift_view v;

	drift_view_make(d, &v);
	for (enum drift_section s = 0; s < DRIFT_SECTIONS; s++) {
		if (s == DRIFT_KNOWN)
			text_access(p, d, places);
		if (!v.items[s])
			continue;
		if (s == DRIFT_UNMANAGED || s == DRIFT_OLD || s == DRIFT_RULES || s == DRIFT_QUIET)
			put_list(p, &v, s);
		else
			put_blocks(p, &v, s, places);
	}
	put_lacks(p, &v, places);
	put_resolved(p, d->drift);
	drift_view_free(&v);
}

void text_drift_end(struct paint *p, const struct plan_doc *d)
{
	auto_buf remarks = BUF_INIT(SIZE_MAX), remedies = BUF_INIT(SIZE_MAX);

	drift_put_remarks(d, &remarks);
	drift_put_remedies(d, &remedies);
	if (remarks.len) {
		text_heading(p, PAINT_BOLD, "Beside these", 0);
		paint_lines(p, 2, 4, PAINT_NONE, buf_str(&remarks));
	}
	if (remedies.len) {
		text_heading(p, PAINT_BOLD, "What to do", 0);
		paint_lines(p, 2, 4, PAINT_NONE, buf_str(&remedies));
	}
}
