/* Pieces of Markdown, each safe for what AWS and strangers write. Private to report_markdown*.c and
 * its like. */
#ifndef CHARTER_RECONCILER_MARKDOWN_H
#define CHARTER_RECONCILER_MARKDOWN_H

#include "base/text.h"

/* What is longer is cut, and says so: an address of units five deep is shorter. Bytes. */
#define MD_NAME_MAX 800
#define MD_TEXT_MAX 8000

/* A code span on one line, safe for backticks in it; `cell`: within a table, where a bar would end
 * the cell even in code. */
void md_code(struct buf *, const char *s, bool cell);
/* Running text on one line. */
void md_text(struct buf *, const char *s);
/* The same of our own sentences: what stands between backticks is code. */
void md_prose(struct buf *, const char *s, size_t len);
/* Within HTML, where Markdown is not read: the bare text, and in <code>...</code>. */
void md_html_text(struct buf *, const char *s);
void md_html_code(struct buf *, const char *s);
/* A fenced block: the fence is longer than any run of backticks in the text. Ends with a line
 * break. */
void md_fence(struct buf *, const char *language, const struct buf *text);
/* "[`text`](URL#L12)", or the code alone where `blob` is NULL or is no plain URL; line 0: none. */
void md_link(struct buf *, const char *text, const char *blob, const char *file, uint32_t line,
	     bool cell);

#endif
