#include "reconciler/markdown.h"

#include <string.h>

/* Where a text is to be cut that may have so many bytes: not within a character. */
static size_t cut_at(const char *s, size_t len, size_t most)
{
	if (len <= most)
		return len;
	while (most > 0 && ((unsigned char)s[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static void say_cut(struct buf *b, size_t len, size_t cut)
{
	if (cut < len)
		buf_printf(b, "… (%zu bytes)", len);
}

/* Renderers disagree about a backslash before a bar within code in a table, so there the code is
 * text, escaped as such, in a code element. */
static void cell_code(struct buf *b, const char *s, size_t len)
{
	buf_puts(b, "<code>");
	escape_markdown(b, s, len);
	buf_puts(b, "</code>");
}

void md_code(struct buf *b, const char *s, bool cell)
{
	size_t len = strlen(s), cut = cut_at(s, len, MD_NAME_MAX);

	if (!len)
		buf_puts(b, "_empty_");
	else if (cell && memchr(s, '|', cut))
		cell_code(b, s, cut);
	else
		escape_markdown_code(b, s, cut);
	say_cut(b, len, cut);
}

void md_text(struct buf *b, const char *s)
{
	size_t len = strlen(s), cut = cut_at(s, len, MD_TEXT_MAX);

	escape_markdown(b, s, cut);
	say_cut(b, len, cut);
}

void md_prose(struct buf *b, const char *s, size_t len)
{
	size_t cut = cut_at(s, len, MD_TEXT_MAX);
	const char *end = s + cut;

	while (s < end) {
		const char *open = memchr(s, '`', (size_t)(end - s));
		const char *close = open ? memchr(open + 1, '`', (size_t)(end - open - 1)) : NULL;

		if (!close || close == open + 1) {
			escape_markdown(b, s, (size_t)(end - s));
			break;
		}
		auto_free char *code = xasprintf("%.*s", (int)(close - open - 1), open + 1);

		escape_markdown(b, s, (size_t)(open - s));
		md_code(b, code, false);
		s = close + 1;
	}
	say_cut(b, len, cut);
}

static void html_char(struct buf *b, char c)
{
	if (c == '<')
		buf_puts(b, "&lt;");
	else if (c == '>')
		buf_puts(b, "&gt;");
	else if (c == '&')
		buf_puts(b, "&amp;");
	else if (c == '"')
		buf_puts(b, "&quot;");
	else if (c == '`')
		buf_puts(b, "&#96;");
	else
		buf_putc(b, c);
}

void md_html_text(struct buf *b, const char *s)
{
	size_t len = strlen(s), cut = cut_at(s, len, MD_NAME_MAX);
	auto_buf safe = BUF_INIT(SIZE_MAX);

	for (size_t i = 0, n; i < cut; i += n + 1) {
		const char *stop = memchr(s + i, '\n', cut - i);

		n = stop ? (size_t)(stop - s) - i : cut - i;
		escape_terminal(&safe, s + i, n);
		buf_puts(&safe, stop ? "\\n" : "");
	}
	for (size_t i = 0; i < safe.len; i++)
		html_char(b, safe.data[i]);
	say_cut(b, len, cut);
}

void md_html_code(struct buf *b, const char *s)
{
	buf_puts(b, "<code>");
	md_html_text(b, s);
	buf_puts(b, "</code>");
}

void md_fence(struct buf *b, const char *language, const struct buf *text)
{
	size_t run = backticks_max(buf_str(text), text->len) + 1;
	auto_buf fence = BUF_INIT(SIZE_MAX);

	while (fence.len < 3 || fence.len < run)
		buf_putc(&fence, '`');
	buf_printf(b, "%s%s\n", buf_str(&fence), language);
	escape_comment(b, buf_str(text), text->len);
	if (text->len && text->data[text->len - 1] != '\n')
		buf_putc(b, '\n');
	buf_printf(b, "%s\n", buf_str(&fence));
}

/* It comes from outside, and stands where a bracket or a blank would end it. */
static bool is_plain_url(const char *s)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "-._~:/%@+=&?,";

	return (str_starts(s, "https://") || str_starts(s, "http://")) &&
	       strspn(s, good) == strlen(s);
}

static void put_path(struct buf *b, const char *file)
{
	for (const char *s = file; *s;) {
		size_t n = strcspn(s, "/");

		escape_percent(b, s, n);
		s += n;
		if (*s)
			buf_putc(b, *s++);
	}
}

void md_link(struct buf *b, const char *text, const char *blob, const char *file, uint32_t line,
	     bool cell)
{
	bool linked = blob && is_plain_url(blob) && !strstr(file, "..");

	buf_puts(b, linked ? "[" : "");
	md_code(b, text, cell);
	if (!linked)
		return;
	buf_printf(b, "](%s", blob);
	put_path(b, file);
	if (line)
		buf_printf(b, "#L%u", (unsigned)line);
	buf_putc(b, ')');
}
