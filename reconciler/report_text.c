/* The report for people at a terminal: what is refused, unknown or lost comes first. */
#include "reconciler/report_text.h"
#include "reconciler/report_access.h"
#include "reconciler/report_alike.h"

#include <string.h>

void text_heading(struct paint *p, const char *color, const char *title, size_t n)
{
	char count[32];

	paint_blank(p);
	paint_begin(p, 0, 0);
	paint_puts(p, color, title);
	if (n) {
		snprintf(count, sizeof count, " (%zu)", n);
		paint_puts(p, PAINT_DIM, count);
	}
	paint_end(p);
}

void text_where(struct paint *p, const struct plan_doc *d)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	if (d->organization)
		buf_printf(&b, "Organization %s, ", d->organization);
	if (d->scope && *d->scope)
		buf_printf(&b, "scope %s, ", d->scope);
	report_commits(d, "->", &b);
	paint_lines(p, 0, 2, PAINT_DIM, buf_str(&b));
}

static void put_header(struct paint *p, const struct plan_doc *d)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	buf_puts(&b, report_is_drift(d) ? "Drift: " : "Plan: ");
	report_counts(d, &b);
	paint_lines(p, 0, 2, PAINT_BOLD, buf_str(&b));
	text_where(p, d);
}

static void put_refusal(struct paint *p, const struct plan_doc *d)
{
	if (!d->refusal)
		return;
	text_heading(p, PAINT_ALARM, "Refused: nothing may be changed", 0);
	paint_lines(p, 2, 4, PAINT_RED, d->refusal);
}

/* What is declared in the scopes that were not read. */
static void put_unknown(struct paint *p, const struct plan_doc *d)
{
	size_t n = report_unknown(d), shown = 0;
	char words[64];

	if (!n)
		return;
	snprintf(words, sizeof words, "%zu declared resource%s may differ:", n, n == 1 ? "" : "s");
	paint_begin(p, 4, 6);
	paint_puts(p, PAINT_YELLOW, words);
	for (size_t i = 0; i < d->changes && shown < REPORT_UNMANAGED_MAX; i++)
		if (change_is_unknown(&d->change[i])) {
			paint_gap(p, 1);
			paint_puts(p, PAINT_NONE, d->change[i].address);
			paint_puts(p, PAINT_NONE, ++shown < n ? "," : "");
		}
	if (shown < n) {
		snprintf(words, sizeof words, " and %zu more", n - shown);
		paint_puts(p, PAINT_DIM, words);
	}
	paint_end(p);
}

static void put_unread(struct paint *p, const struct plan_doc *d)
{
	if (d->complete && !d->unread_n)
		return;
	text_heading(p, PAINT_YELLOW,
		     report_is_drift(d)
			 ? "Not read: what stands there is unknown"
			 : "Not read: what stands there is unknown, and is not changed",
		     d->unread_n);
	for (size_t i = 0; i < d->unread_n; i++) {
		const struct doc_unread *u = &d->unread[i];

		paint_begin(p, 2, 6);
		paint_puts(p, PAINT_YELLOW, "! ");
		paint_puts(p, PAINT_BOLD, u->scope);
		paint_gap(p, 2);
		if (report_scope(u->scope)) {
			paint_puts(p, PAINT_NONE, report_scope(u->scope));
			paint_puts(p, PAINT_NONE, " could not be read whole: ");
		}
		paint_puts(p, PAINT_NONE, u->error ? u->error : "");
		if (u->message && *u->message) {
			paint_puts(p, PAINT_NONE, u->error ? ": " : "");
			paint_puts(p, PAINT_NONE, u->message);
		}
		paint_end(p);
	}
	put_unknown(p, d);
	if (report_unread_advice(d))
		paint_lines(p, 4, 6, PAINT_NONE, report_unread_advice(d));
}

/* Lines of the same people. */
static void put_access_lines(struct paint *p, const struct access_line *a, size_t n,
			     struct places *places)
{
	auto_buf who = BUF_INIT(SIZE_MAX);

	access_who(&who, a, a->loss, text_name);
	paint_begin(p, 2, 6);
	paint_puts(p, a->loss ? PAINT_RED : PAINT_GREEN, a->loss ? "- " : "+ ");
	paint_puts(p, PAINT_BOLD, buf_str(&who));
	paint_gap(p, 1);
	paint_puts(p, PAINT_NONE, access_verb(a));
	paint_puts(p, PAINT_NONE, access_by(a));
	paint_gap(p, 1);
	for (size_t i = 0; i < n; i++) {
		auto_buf what = BUF_INIT(SIZE_MAX);

		access_what(&what, &a[i], places, a->loss, "-", text_name);
		paint_puts(p, PAINT_NONE, i ? "; " : "");
		paint_puts(p, PAINT_NONE, buf_str(&what));
	}
	if (a->through) {
		paint_puts(p, PAINT_DIM, " through ");
		paint_puts(p, PAINT_DIM, a->through);
	}
	paint_end(p);
}

static void put_access_range(struct paint *p, const struct access_lines *lines, size_t i, size_t n,
			     struct places *places)
{
	for (size_t end; i < n; i = end) {
		end = access_lines_end(lines, i);
		put_access_lines(p, &lines->line[i], end - i, places);
	}
}

/* Losses first; of what has happened, who became strong by it. */
void text_access(struct paint *p, const struct plan_doc *d, struct places *places)
{
	bool past = report_is_drift(d);
	struct access_lines lines;
	size_t strong;

	access_lines_read(d, &lines);
	strong = lines.losses + lines.strong;
	if (lines.n)
		text_heading(p, past || lines.losses ? PAINT_ALARM : PAINT_BOLD,
			     past ? "Access gained and lost" : "Access", lines.rows);
	if (past)
		put_access_range(p, &lines, lines.losses, strong, places);
	put_access_range(p, &lines, 0, lines.losses, places);
	put_access_range(p, &lines, past ? strong : lines.losses, lines.n, places);
	access_lines_free(&lines);
}

/* The changes that are losses, or those that are none. A drift report parts nothing. */
static size_t count_changes(const struct plan_doc *d, bool loss)
{
	size_t n = 0;

	for (size_t i = 0; i < d->changes; i++)
		n += !change_is_unknown(&d->change[i]) &&
		     (!report_is_drift(d) && change_is_loss(&d->change[i])) == loss;
	return n;
}

static void put_alike(struct paint *p, const struct plan_doc *d, const struct alike_row *row,
		      struct places *places)
{
	auto_buf where = BUF_INIT(SIZE_MAX);

	if (!row->n)
		return;
	alike_where(&where, row, places, change_is_loss(&row->change), text_name);
	text_change(p, d, &row->change, where.len ? buf_str(&where) + 1 : NULL, places);
}

static void put_changes(struct paint *p, const struct plan_doc *d, const struct alike *alike,
			struct places *places)
{
	size_t n = count_changes(d, false);

	if (!n)
		return;
	text_heading(
	    p, PAINT_BOLD,
	    report_is_drift(d) ? "Changed outside git (- is in git, + is in AWS)" : "Changes", n);
	for (size_t i = 0; i < d->changes; i++)
		if (!change_is_unknown(&d->change[i]) &&
		    (report_is_drift(d) || !change_is_loss(&d->change[i])))
			put_alike(p, d, &alike->row[i], places);
}

/* Deletions before what only loses something. */
static void put_losses(struct paint *p, const struct plan_doc *d, const struct alike *alike,
		       struct places *places)
{
	size_t n = count_changes(d, true);

	if (!n || report_is_drift(d))
		return;
	text_heading(p, PAINT_ALARM, "Deletions and losses", n);
	for (int deletes = 1; deletes >= 0; deletes--)
		for (size_t i = 0; i < d->changes; i++)
			if (change_is_loss(&d->change[i]) && !change_is_unknown(&d->change[i]) &&
			    (strcmp(d->change[i].action, "delete") == 0) == deletes)
				put_alike(p, d, &alike->row[i], places);
}

static void put_note(struct paint *p, const struct doc_note *n)
{
	paint_begin(p, 2, 6);
	if (n->address)
		paint_puts(p, PAINT_NONE, n->address);
	if (id_is_news(n->id) || (n->id && !n->address)) {
		paint_puts(p, PAINT_DIM, " (");
		paint_puts(p, PAINT_DIM, n->id);
		paint_puts(p, PAINT_DIM, ")");
	}
	if (n->text) {
		paint_gap(p, n->address || n->id ? 2 : 0);
		paint_puts(p, n->address || n->id ? PAINT_DIM : PAINT_NONE, n->text);
	}
	paint_end(p);
}

/* "130 IAM policies, 50 IAM groups": the notes after the first ones, which are sorted by kind. */
static void count_kinds(const struct plan_doc *d, enum note_kind what, size_t after, struct buf *b)
{
	size_t start = b->len, n = 0;

	for (size_t i = 0; i < d->notes; i++) {
		const struct doc_note *note = &d->note[i];
		int kind = kind_find(note->kind ? note->kind : "");

		if (note->what != what || (after && after--))
			continue;
		n++;
		if (i + 1 < d->notes && d->note[i + 1].what == what && note->kind &&
		    d->note[i + 1].kind && strcmp(d->note[i + 1].kind, note->kind) == 0)
			continue;
		buf_printf(b, "%s%zu %s", b->len > start ? ", " : "", n,
			   kind < 0 ? "other"
			   : n > 1  ? kinds[kind]->plural
				    : kinds[kind]->title);
		n = 0;
	}
}

static void put_notes(struct paint *p, const struct plan_doc *d, enum note_kind what)
{
	size_t n = report_notes(d, what), shown = 0;
	size_t most = what == NOTE_UNMANAGED ? REPORT_UNMANAGED_MAX : n;
	auto_buf more = BUF_INIT(SIZE_MAX);

	if (!n)
		return;
	text_heading(p, what == NOTE_WARNING || what == NOTE_LEFTOVER ? PAINT_YELLOW : PAINT_BOLD,
		     report_note_title(what), n);
	for (size_t i = 0; i < d->notes && shown < most; i++)
		if (d->note[i].what == what) {
			put_note(p, &d->note[i]);
			shown++;
		}
	if (shown < n) {
		buf_printf(&more, "... and %zu more (", n - shown);
		count_kinds(d, what, most, &more);
		buf_puts(&more, "); -o json lists them all");
		paint_lines(p, 2, 6, PAINT_DIM, buf_str(&more));
	}
}

/* Such notes are among the differences of a drift report, or counted there. */
static bool is_of_drift(uint8_t what)
{
	return what == NOTE_UNMANAGED || what == NOTE_IGNORED;
}

void doc_write_text(const struct plan_doc *d, const struct style *style, struct buf *b)
{
	static const uint8_t order[] = {NOTE_LEFTOVER, NOTE_WARNING, NOTE_BY_HAND,
					NOTE_RELEASED, NOTE_IGNORED, NOTE_UNMANAGED};
	struct paint p = {.out = b, .style = style};
	struct places *places = places_new(d);
	struct alike alike;

	alike_read(d, &alike);
	put_header(&p, d);
	put_refusal(&p, d);
	put_unread(&p, d);
	if (d->drift) {
		text_drift(&p, d, places);
	} else {
		put_losses(&p, d, &alike, places);
		text_access(&p, d, places);
		put_changes(&p, d, &alike, places);
	}
	places_free(places);
	alike_free(&alike);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (!d->drift || !is_of_drift(order[i]))
			put_notes(&p, d, order[i]);
	if (d->drift)
		text_drift_end(&p, d);
	if (d->plan_id && !report_is_empty(d) && !report_is_drift(d)) {
		paint_blank(&p);
		paint_begin(&p, 0, 2);
		paint_puts(&p, PAINT_DIM, "Plan id ");
		paint_puts(&p, PAINT_NONE, d->plan_id);
		paint_end(&p);
	}
}
