/* One escaper for each sink. What comes from AWS or a forge may hold anything. */
#include "base/text.h"

#include <string.h>

/* What makes text look other than it is, over and above what configuration refuses: marks that set
 * a direction or have no width are good in some scripts, so they are shown rather than refused. */
static const struct {
	uint32_t first, last;
} unseen[] = {
    {0xad, 0xad},     {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180e}, {0x200b, 0x200f},   {0x2060, 0x206f},   {0x3164, 0x3164}, {0xffa0, 0xffa0},
    {0xfff9, 0xfffb}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool code_is_hidden(uint32_t code)
{
	if (code_is_forbidden(code) || code == '\t' || code == '\r')
		return true;
	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
		if (code >= unseen[i].first && code <= unseen[i].last)
			return true;
	return false;
}

static void put_code(struct buf *b, uint32_t code)
{
	buf_printf(b, "\\u{%04X}", (unsigned)code);
}

/* What the runner trims before it looks at a line: Unicode's separators of words, not of lines. */
static bool code_is_blank(uint32_t code)
{
	return code == ' ' || code == 0xa0 || code == 0x1680 ||
	       (code >= 0x2000 && code <= 0x200a) || code == 0x202f || code == 0x205f ||
	       code == 0x3000;
}

/* GitHub's runner and Azure's read commands out of the log: "::" at the start of a line (blanks
 * before it do not count) and "##[" or "##vso[" anywhere. */
static bool is_workflow_command(const char *s, size_t len, bool line_start)
{
	if (line_start && len >= 2 && memcmp(s, "::", 2) == 0)
		return true;
	return (len >= 3 && memcmp(s, "##[", 3) == 0) || (len >= 6 && memcmp(s, "##vso[", 6) == 0);
}

void escape_terminal(struct buf *b, const char *s, size_t len)
{
	bool line_start = true;
	uint32_t code;
	size_t i;
	int n;

	for (i = 0; i < len; i += (size_t)n) {
		n = utf8_next(s + i, len - i, &code);
		if (n == 0) {
			buf_printf(b, "\\x{%02X}", (unsigned char)s[i]);
			n = 1;
			line_start = false;
			continue;
		}
		if ((code_is_hidden(code) && code != '\n') ||
		    is_workflow_command(s + i, len - i, line_start))
			put_code(b, code);
		else
			buf_add(b, s + i, (size_t)n);
		line_start = code == '\n' || (line_start && code_is_blank(code));
	}
}

static void json_code(struct buf *b, uint32_t code)
{
	static const char from[] = "\b\f\n\r\t", to[] = "bfnrt";
	const char *at = code == 0 || code > 0x7f ? NULL : strchr(from, (int)code);

	if (at != NULL) {
		buf_putc(b, '\\');
		buf_putc(b, to[at - from]);
	} else if (code > 0xffff) {
		code -= 0x10000;
		buf_printf(b, "\\u%04x\\u%04x", 0xd800 | (unsigned)(code >> 10),
			   0xdc00 | (unsigned)(code & 0x3ff));
	} else {
		buf_printf(b, "\\u%04x", (unsigned)code);
	}
}

/* Hidden characters and what begins a command are escaped too, since JSON is shown on terminals and
 * in logs. Bytes that are not UTF-8 become U+FFFD. */
void escape_json(struct buf *b, const char *s, size_t len)
{
	uint32_t code;
	size_t i;
	int n;

	for (i = 0; i < len; i += (size_t)n) {
		n = utf8_next(s + i, len - i, &code);
		if (n == 0) {
			buf_puts(b, "\xef\xbf\xbd");
			n = 1;
		} else if (code == '"' || code == '\\') {
			buf_putc(b, '\\');
			buf_putc(b, (char)code);
		} else if (code == '\n' || code_is_hidden(code) ||
			   is_workflow_command(s + i, len - i, false)) {
			json_code(b, code);
		} else {
			buf_add(b, s + i, (size_t)n);
		}
	}
}

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void escape_xml(struct buf *b, const char *s, size_t len)
{
	static const char special[] = "&<>\"\r";
	static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#xD;"};

	for (size_t i = 0; i < len; i++) {
		const char *at = s[i] != '\0' ? strchr(special, s[i]) : NULL;

		if (at)
			buf_puts(b, names[at - special]);
		else if ((unsigned char)s[i] < ' ' && s[i] != '\n' && s[i] != '\t')
			buf_puts(b, "\xef\xbf\xbd");
		else
			buf_putc(b, s[i]);
	}
}

void escape_percent(struct buf *b, const char *s, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < len; i++) {
		if (is_unreserved(s[i])) {
			buf_putc(b, s[i]);
			continue;
		}
		buf_putc(b, '%');
		buf_putc(b, digits[(unsigned char)s[i] >> 4]);
		buf_putc(b, digits[s[i] & 15]);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%00" counts as broken: text holds no NUL. */
bool unescape_percent(struct buf *b, const char *s, size_t len)
{
	int high, low;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] != '%') {
			buf_putc(b, s[i]);
			continue;
		}
		if (len - i < 3)
			return false;
		high = hex_digit(s[i + 1]);
		low = hex_digit(s[i + 2]);
		if (high < 0 || low < 0 || high + low == 0)
			return false;
		buf_putc(b, (char)(high << 4 | low));
		i += 2;
	}
	return true;
}
