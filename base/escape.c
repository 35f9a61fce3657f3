/* One escaper for each sink. What comes from AWS or a forge may hold anything. */
#include "base/text.h"

#include <string.h>

/* What makes text look other than it is, over and above what configuration refuses: the marks that
 * set a direction are good in some scripts, so they are shown rather than refused. */
static bool code_is_hidden(uint32_t code)
{
	return code_is_forbidden(code) || code == '\t' || code == '\r' || code == 0x61c ||
	       code == 0x200e || code == 0x200f;
}

static void put_code(struct buf *b, uint32_t code)
{
	buf_printf(b, "\\u{%04X}", (unsigned)code);
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
		line_start = code == '\n' || (line_start && code == ' ');
	}
}

static void json_code(struct buf *b, uint32_t code)
{
	static const char from[] = "\b\f\n\r\t", to[] = "bfnrt";
	const char *at = code == 0 || code > 0x7f ? NULL : strchr(from, (int)code);

	if (at != NULL) {
		buf_putc(b, '\\');
		buf_putc(b, to[at - from]);
	} else {
		buf_printf(b, "\\u%04x", (unsigned)code);
	}
}

/* Hidden characters are escaped too, since JSON is shown on terminals. They are all below U+10000,
 * so no surrogates are needed. Bytes that are not UTF-8 become U+FFFD. */
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
		} else if (code == '\n' || code_is_hidden(code)) {
			json_code(b, code);
		} else {
			buf_add(b, s + i, (size_t)n);
		}
	}
}

/* Whether the character at i could begin a list, a heading's underline or a rule: only at the start
 * of a line, where a number may stand before it. */
static bool markdown_begins_block(const char *s, size_t i)
{
	size_t k;

	if (i == 0)
		return strchr("-+=", s[0]) != NULL;
	if (s[i] != '.' && s[i] != ')')
		return false;
	for (k = 0; k < i; k++)
		if (s[k] < '0' || s[k] > '9')
			return false;
	return i <= 9;
}

/* "https://" and "www." become links by themselves. */
static bool markdown_begins_link(const char *s, size_t len, size_t i)
{
	if (s[i] == ':')
		return len - i >= 3 && s[i + 1] == '/' && s[i + 2] == '/';
	return s[i] == '.' && i >= 3 && (s[i - 1] | 32) == 'w' && (s[i - 2] | 32) == 'w' &&
	       (s[i - 3] | 32) == 'w';
}

static void markdown_char(struct buf *b, const char *s, size_t len, size_t i)
{
	char c = s[i];

	if (c == '<') {
		buf_puts(b, "&lt;");
	} else if (c == '>') {
		buf_puts(b, "&gt;");
	} else if (c == '&') {
		buf_puts(b, "&amp;");
	} else if (c == '@' || c == '#') {
		/* A forge looks for mentions after the escapes are gone; a comment parts them. */
		buf_printf(b, "\\%c<!-- -->", c);
	} else if (c == ' ' && i == 0) {
		buf_puts(b, "&#32;");
	} else if (c == '\n' || c == '\r' || c == '\t') {
		buf_putc(b, ' ');
	} else {
		if (strchr("\\`*_[]|~$!", c) != NULL || markdown_begins_block(s, i) ||
		    markdown_begins_link(s, len, i))
			buf_putc(b, '\\');
		buf_putc(b, c);
	}
}

/* Newlines become blanks: a cell has one line. */
void escape_markdown(struct buf *b, const char *s, size_t len)
{
	uint32_t code;
	size_t i;
	int n;

	for (i = 0; i < len; i += (size_t)n) {
		n = utf8_next(s + i, len - i, &code);
		if (n == 0) {
			buf_puts(b, "\xef\xbf\xbd");
			n = 1;
		} else if (code == '\n' || code == '\r' || code == '\t' ||
			   (n == 1 && !code_is_hidden(code))) {
			markdown_char(b, s, len, i);
		} else if (code_is_hidden(code)) {
			buf_putc(b, '\\');
			put_code(b, code);
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
