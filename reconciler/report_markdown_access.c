/* Access gained and lost, as a table, or counted. */
#include "reconciler/report_markdown.h"

#include <string.h>

static void put_head(const struct md *m, struct buf *b)
{
	if (!m->plain)
		buf_puts(b, "| | who | what | through |\n|---|---|---|---|\n");
}

static void put_what(const struct md *m, struct buf *b, size_t i)
{
	const struct access_lines *lines = m->lines;

	for (size_t k = i; k < access_lines_end(lines, i); k++) {
		buf_puts(b, k == i ? "" : m->plain ? "; " : "<br>");
		access_what(b, &lines->line[k], m->places, lines->line[k].loss, MD_MINUS, m->name);
	}
}

/* What the same people get or lose, from line i on. */
static void put_row(const struct md *m, struct buf *b, size_t i, bool whole)
{
	const struct access_line *a = &m->lines->line[i];

	buf_puts(b, m->plain ? "- " : "| ");
	if (!m->plain)
		buf_printf(b, "%s | ", access_verb(a));
	access_who(b, a, a->loss && whole, m->name);
	if (m->plain)
		buf_printf(b, " %s%s ", access_verb(a), access_by(a));
	else
		buf_puts(b, " | ");
	put_what(m, b, i);
	buf_puts(b, !m->plain ? " | " : a->through ? " through " : "");
	if (a->through)
		m->name(b, a->through);
	buf_puts(b, m->plain ? "\n" : " |\n");
}

static void put_table(const struct md *m, struct buf *b, bool whole)
{
	put_head(m, b);
	for (size_t i = 0; i < m->lines->losses; i = access_lines_end(m->lines, i))
		put_row(m, b, i, whole);
	buf_putc(b, '\n');
}

static void put_count(struct buf *b, const char *before, size_t n, const char *what)
{
	buf_printf(b, "%s%zu %s%s", before, n, what, n == 1 ? "" : "s");
}

static void put_where(struct buf *b, const struct tally_line *line)
{
	if (line->accounts)
		put_count(b, " in ", line->accounts, "account");
	if (line->everywhere)
		buf_puts(b, line->accounts ? " and wherever it is assigned"
					   : " wherever it is assigned");
}

static void put_tally_line(struct buf *b, const struct tally *t, size_t i, const char *sign)
{
	const struct tally_line *line = t->line.at[i];
	bool goes_on =
	    i && t->level == TALLY_PAIRS && strcmp(t->line.at[i - 1]->who, line->who) == 0;

	buf_puts(b, goes_on ? ", " : i ? "\n- " : "- ");
	if (t->level == TALLY_PAIRS && !goes_on) {
		md_code(b, line->who, false);
		buf_puts(b, ": ");
	}
	if (line->what)
		md_code(b, line->what, false);
	buf_printf(b, "%s%s%zu", line->what ? " " : "", sign, line->n);
	if (t->level == TALLY_ALL)
		put_count(b, ", ", line->whats, "permission");
	if (t->level != TALLY_PAIRS)
		put_count(b, " of ", line->people, "principal");
	put_where(b, line);
}

void md_tally(struct buf *b, struct tally *t, const char *sign)
{
	tally_sort(t);
	for (size_t i = 0; i < t->line.n; i++)
		put_tally_line(b, t, i, sign);
	if (t->line.n)
		buf_puts(b, "\n\n");
}

enum tally_level md_tally_level(enum md_level level)
{
	return level <= MD_PAIRS ? TALLY_PAIRS : level == MD_SETS ? TALLY_WHATS : TALLY_ALL;
}

/* The losses, or the gains of neither administrator nor write access. */
static void put_counted(const struct md *m, struct buf *b, bool losses, enum md_level level)
{
	const struct plan_doc *d = m->d;
	struct tally t;

	tally_begin(&t, md_tally_level(level));
	for (size_t i = 0; i < d->access_n; i++) {
		const struct doc_access *a = &d->access[i];

		if (access_is_loss(a) == losses && m->lines->strength[i] == STRENGTH_UNKNOWN)
			tally_add(&t, a->through ? a->through : a->principal, a->permission,
				  a->account, a->principal);
	}
	buf_printf(b, "%s, counted since there are many; `-o json` has each:\n\n",
		   losses ? "Lost" : "Gained");
	md_tally(b, &t, losses ? MD_MINUS : "+");
	tally_end(&t);
}

void md_access_losses(const struct md *m, struct buf *b, enum md_level level)
{
	if (!m->lines->losses)
		return;
	buf_printf(b, "### Access lost (%zu)\n\n", m->lines->loss_rows);
	if (level < MD_PAIRS)
		put_table(m, b, level == MD_WHOLE);
	else
		put_counted(m, b, true, level);
}

/* As whole as there is room. */
static size_t put_fitting(const struct md *m,
			  void (*write)(const struct md *, struct buf *, enum md_level),
			  size_t rows, size_t room, struct buf *b)
{
	static const uint8_t levels[] = {MD_WHOLE, MD_PAIRS, MD_SETS, MD_TOGETHER};

	for (size_t i = 0; i < sizeof levels; i++) {
		auto_buf part = BUF_INIT(SIZE_MAX);

		write(m, &part, (enum md_level)levels[i]);
		if (part.len <= room) {
			buf_add(b, buf_str(&part), part.len);
			return 0;
		}
	}
	return rows;
}

size_t md_drift_lost(const struct md *m, size_t room, struct buf *b)
{
	if (!m->drift || !m->lines->losses)
		return 0;
	return put_fitting(m, md_access_losses, m->lines->loss_rows, room, b);
}

/* The rows from line i up to `end` that fit; returns those left out. */
static size_t put_gains(const struct md *m, struct buf *b, size_t i, size_t end, size_t room)
{
	size_t most = b->len + room, left = 0;

	put_head(m, b);
	for (; i < end; i = access_lines_end(m->lines, i)) {
		auto_buf row = BUF_INIT(SIZE_MAX);

		put_row(m, &row, i, false);
		if (left || b->len + row.len > most)
			left++;
		else
			buf_add(b, buf_str(&row), row.len);
	}
	buf_putc(b, '\n');
	return left;
}

/* What the title and the end of a table take. */
#define GAINS_BYTES 120

size_t md_strong_gains(const struct md *m, size_t room, struct buf *b)
{
	const struct access_lines *lines = m->lines;

	if (!lines->strong)
		return 0;
	if (room < 2 * GAINS_BYTES)
		return lines->strong_rows;
	buf_printf(b, "### Administrator or write access gained (%zu)\n\n", lines->strong_rows);
	return put_gains(m, b, lines->losses, lines->losses + lines->strong, room - GAINS_BYTES);
}

static size_t other_rows(const struct access_lines *lines)
{
	return lines->rows - lines->loss_rows - lines->strong_rows;
}

static void others_write(const struct md *m, struct buf *b, enum md_level level)
{
	const struct access_lines *lines = m->lines;
	size_t rows = other_rows(lines);
	bool folded = rows > MD_ROWS_OPEN && !m->plain;

	buf_printf(b, "### %s (%zu)\n\n", lines->strong ? "Other access gained" : "Access gained",
		   rows);
	if (folded)
		md_fold(m, b, "Gains", rows);
	if (level == MD_WHOLE)
		put_gains(m, b, lines->losses + lines->strong, lines->n, SIZE_MAX / 2);
	else
		put_counted(m, b, false, level);
	if (folded)
		md_fold_end(m, b);
}

size_t md_other_gains(const struct md *m, size_t room, struct buf *b)
{
	const struct access_lines *lines = m->lines;

	if (lines->n == lines->losses + lines->strong)
		return 0;
	return put_fitting(m, others_write, other_rows(lines), room, b);
}
