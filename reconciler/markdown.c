#include "reconciler/markdown.h"

#include <string.h>

static size_t longest_run(const char *s, size_t len)
{
	size_t run = 0, most = 0;

	for (size_t i = 0; i < len; i++) {
		run = s[i] == '`' ? run + 1 : 0;
		if (run > most)
			most = run;
	}
	return most;
}

static void put_run(struct buf *b, size_t n)
{
	while (n--)
		buf_putc(b, '`');
}

/* What is hidden is shown, and all of it on one line. */
static void one_line(struct buf *b, const char *s)
{
	for (size_t n; *s; s += n) {
		n = strcspn(s, "\n");
		escape_terminal(b, s, n);
		if (s[n] == '\n') {
			buf_puts(b, "\\n");
			n++;
		}
	}
}

/* Renderers disagree about a backslash before a bar within code in a table, so there the code is
 * text, escaped as such, in a code element. */
static void cell_code(struct buf *b, const char *s)
{
	buf_puts(b, "<code>");
	escape_markdown(b, s, strlen(s));
	buf_puts(b, "</code>");
}

void md_code(struct buf *b, const char *s, bool cell)
{
	auto_buf safe = BUF_INIT(SIZE_MAX);
	const char *p;
	size_t run;
	bool pad;

	if (!*s) {
		buf_puts(b, "_empty_");
		return;
	}
	if (cell && strchr(s, '|')) {
		cell_code(b, s);
		return;
	}
	one_line(&safe, s);
	p = buf_str(&safe);
	run = longest_run(p, safe.len) + 1;
	/* One blank on each side is taken off again, unless all are blanks. */
	pad = p[0] == '`' || p[safe.len - 1] == '`' ||
	      (p[0] == ' ' && p[safe.len - 1] == ' ' && strspn(p, " ") < safe.len);
	put_run(b, run);
	buf_puts(b, pad ? " " : "");
	buf_add(b, p, safe.len);
	buf_puts(b, pad ? " " : "");
	put_run(b, run);
}

void md_text(struct buf *b, const char *s)
{
	escape_markdown(b, s, strlen(s));
}

void md_prose(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		const char *open = memchr(s, '`', (size_t)(end - s));
		const char *close = open ? memchr(open + 1, '`', (size_t)(end - open - 1)) : NULL;

		if (!close || close == open + 1) {
			escape_markdown(b, s, (size_t)(end - s));
			return;
		}
		auto_free char *code = xasprintf("%.*s", (int)(close - open - 1), open + 1);

		escape_markdown(b, s, (size_t)(open - s));
		md_code(b, code, false);
		s = close + 1;
	}
}

void md_html_code(struct buf *b, const char *s)
{
	auto_buf safe = BUF_INIT(SIZE_MAX);

	one_line(&safe, s);
	buf_puts(b, "<code>");
	for (const char *p = buf_str(&safe); *p; p++) {
		if (*p == '<')
			buf_puts(b, "&lt;");
		else if (*p == '>')
			buf_puts(b, "&gt;");
		else if (*p == '&')
			buf_puts(b, "&amp;");
		else if (*p == '"')
			buf_puts(b, "&quot;");
		else
			buf_putc(b, *p);
	}
	buf_puts(b, "</code>");
}

void md_fence(struct buf *b, const char *language, const struct buf *text)
{
	size_t run = longest_run(buf_str(text), text->len) + 1;

	if (run < 3)
		run = 3;
	put_run(b, run);
	buf_printf(b, "%s\n", language);
	buf_add(b, buf_str(text), text->len);
	if (text->len && text->data[text->len - 1] != '\n')
		buf_putc(b, '\n');
	put_run(b, run);
	buf_putc(b, '\n');
}
