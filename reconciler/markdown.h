/* Pieces of Markdown, each safe for what AWS and strangers write. Private to report_markdown*.c. */
#ifndef CHARTER_RECONCILER_MARKDOWN_H
#define CHARTER_RECONCILER_MARKDOWN_H

#include "base/text.h"

/* A code span on one line, safe for backticks in it; `cell`: within a table, where a bar would end
 * the cell even in code. */
void md_code(struct buf *, const char *s, bool cell);
/* Running text on one line. */
void md_text(struct buf *, const char *s);
/* The same of our own sentences: what stands between backticks is code. */
void md_prose(struct buf *, const char *s, size_t len);
/* Within HTML, where Markdown is not read: <code>...</code>. */
void md_html_code(struct buf *, const char *s);
/* A fenced block: the fence is longer than any run of backticks in the text. Ends with a line
 * break. */
void md_fence(struct buf *, const char *language, const struct buf *text);

#endif
