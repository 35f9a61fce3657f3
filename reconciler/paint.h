/* Lines of text for a terminal: words wrapped at a width, colours around them, control characters
 * escaped, no blank at the end of a line. Private to report_text*.c. Pure. */
#ifndef CHARTER_RECONCILER_PAINT_H
#define CHARTER_RECONCILER_PAINT_H

#include "reconciler/plan_doc.h"

/* SGR parameters. */
#define PAINT_NONE   NULL
#define PAINT_BOLD   "1"
#define PAINT_DIM    "2"
#define PAINT_RED    "31"
#define PAINT_GREEN  "32"
#define PAINT_YELLOW "33"
#define PAINT_ALARM  "1;31"

struct paint {
	struct buf *out;
	const struct style *style;
	unsigned hang, column; /* of the line that goes on */
	unsigned blanks;       /* to be written before the next word */
	const char *color;     /* in force */
};

/* Begins a line at this column; what is wrapped goes on at `hang`. */
void paint_begin(struct paint *, unsigned indent, unsigned hang);
/* Adds text in this colour, of one line: a line break in it is shown as \n. */
void paint_add(struct paint *, const char *color, const char *s, size_t len);
void paint_puts(struct paint *, const char *color, const char *s);
void paint_gap(struct paint *, unsigned blanks);
void paint_end(struct paint *);
/* A whole line. Line breaks in it begin new lines. */
void paint_lines(struct paint *, unsigned indent, unsigned hang, const char *color, const char *s);
void paint_blank(struct paint *); /* an empty line, but not at the start */

#endif
