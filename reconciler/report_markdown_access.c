/* Access gained and lost, as a table, or counted. */
#include "reconciler/report_markdown.h"

#include <string.h>

void md_name(struct buf *b, const char *name)
{
	md_code(b, name, true);
}

void md_name_plain(struct buf *b, const char *name)
{
	md_code(b, name, false);
}

static void put_head(struct buf *b)
{
	buf_puts(b, "| | who | what | through |\n|---|---|---|---|\n");
}

/* What the same people get or lose, from line i on. */
static void put_row(struct buf *b, const struct access_lines *lines, struct places *places,
		    size_t i, bool whole)
{
	const struct access_line *a = &lines->line[i];
	size_t end = access_lines_end(lines, i);

	buf_printf(b, "| %s | ", access_verb(a));
	access_who(b, a, a->loss && whole, md_name);
	for (size_t k = i; k < end; k++) {
		buf_puts(b, k == i ? " | " : "<br>");
		access_what(b, &lines->line[k], places, a->loss, MD_MINUS, md_name);
	}
	buf_puts(b, " | ");
	if (a->through)
		md_code(b, a->through, true);
	buf_puts(b, " |\n");
}

static void put_table(struct buf *b, const struct access_lines *lines, struct places *places,
		      bool whole)
{
	put_head(b);
	for (size_t i = 0; i < lines->losses; i = access_lines_end(lines, i))
		put_row(b, lines, places, i, whole);
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

static void put_counted(struct buf *b, const struct plan_doc *d, bool losses, enum md_level level)
{
	struct tally t;

	tally_begin(&t, md_tally_level(level));
	for (size_t i = 0; i < d->access_n; i++) {
		const struct doc_access *a = &d->access[i];

		if (access_is_loss(a) == losses)
			tally_add(&t, a->through ? a->through : a->principal, a->permission,
				  a->account, a->principal);
	}
	buf_printf(b, "%s, counted since there are many; `-o json` has each:\n\n",
		   losses ? "Lost" : "Gained");
	md_tally(b, &t, losses ? MD_MINUS : "+");
	tally_end(&t);
}

void md_access_losses(struct buf *b, const struct plan_doc *d, const struct access_lines *lines,
		      struct places *places, enum md_level level)
{
	if (!lines->losses)
		return;
	if (level < MD_PAIRS)
		put_table(b, lines, places, level == MD_WHOLE);
	else
		put_counted(b, d, true, level);
}

void md_access_gain(struct buf *b, const struct access_lines *lines, struct places *places,
		    size_t i, bool folded)
{
	if (i == lines->losses) {
		if (folded)
			buf_printf(b, "<details><summary><b>Gains</b> (%zu)</summary>\n\n",
				   lines->rows - lines->loss_rows);
		put_head(b);
	}
	put_row(b, lines, places, i, false);
}

void md_access_gains(struct buf *b, const struct plan_doc *d, enum md_level level)
{
	put_counted(b, d, false, level);
}
