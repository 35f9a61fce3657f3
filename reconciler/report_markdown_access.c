/* Access gained and lost, as a table. */
#include "reconciler/report_markdown.h"

void md_name(struct buf *b, const char *name)
{
	md_code(b, name, true);
}

static void put_head(struct buf *b)
{
	buf_puts(b, "| | who | what | through |\n|---|---|---|---|\n");
}

/* What the same people get or lose, from line i on. */
static void put_row(struct buf *b, const struct access_lines *lines, size_t i)
{
	const struct access_line *a = &lines->line[i];
	size_t end = access_lines_end(lines, i);
	const char *verb = a->loss ? "loses" : "gains";

	if (a->principals > 1)
		verb = a->loss ? "lose" : "gain";
	buf_printf(b, "| %s | ", verb);
	access_names(b, a->principal, a->principals, a->loss, "principals", md_name);
	for (size_t k = i; k < end; k++) {
		buf_puts(b, k == i ? " | " : "<br>");
		md_code(b, lines->line[k].permission, true);
		buf_puts(b, " in ");
		access_names(b, lines->line[k].account, lines->line[k].accounts, a->loss,
			     "accounts", md_name);
	}
	buf_puts(b, " | ");
	if (a->through)
		md_code(b, a->through, true);
	buf_puts(b, " |\n");
}

void md_access_losses(struct buf *b, const struct access_lines *lines)
{
	if (!lines->losses)
		return;
	put_head(b);
	for (size_t i = 0; i < lines->losses; i = access_lines_end(lines, i))
		put_row(b, lines, i);
	buf_putc(b, '\n');
}

void md_access_losses_short(struct buf *b, const struct access_lines *lines)
{
	for (size_t i = 0; i < lines->losses; i++) {
		const struct access_line *a = &lines->line[i];

		buf_puts(b, i ? "; " : "");
		for (size_t k = 0; k < a->principals; k++) {
			buf_puts(b, k ? ", " : "");
			md_code(b, a->principal[k], false);
		}
		buf_putc(b, ' ');
		md_code(b, a->permission, false);
		if (a->accounts == 1) {
			buf_puts(b, " in ");
			md_code(b, a->account[0], false);
		} else {
			buf_printf(b, " in %zu accounts", a->accounts);
		}
	}
	buf_puts(b, "\n\n");
}

void md_access_gain(struct buf *b, const struct access_lines *lines, size_t i, bool folded)
{
	if (i == lines->losses) {
		if (folded)
			buf_printf(b, "<details><summary><b>Gains</b> (%zu)</summary>\n\n",
				   lines->rows - lines->loss_rows);
		put_head(b);
	}
	put_row(b, lines, i);
}
