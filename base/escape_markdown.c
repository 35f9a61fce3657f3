/* Markdown, as GitHub, GitLab, Gitea and CodeCommit read it. A forge looks for mentions, references
 * and emoji in what is rendered, when backslashes are gone already; only code is let be. */
#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* What a forge takes for (part of) a commit's id: more are none. */
#define COMMIT_LEAST 7
#define COMMIT_MOST  64

void escape_comment(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len, *at;

	while ((at = memmem(s, (size_t)(end - s), "<!--", 4)) != NULL) {
		buf_add(b, s, (size_t)(at - s));
		buf_puts(b, "<\\u{0021}--");
		s = at + 4;
	}
	buf_add(b, s, (size_t)(end - s));
}

size_t backticks_max(const char *s, size_t len)
{
	size_t run = 0, most = 0;

	for (size_t i = 0; i < len; i++) {
		run = s[i] == '`' ? run + 1 : 0;
		if (run > most)
			most = run;
	}
	return most;
}

/* What is hidden is shown, and all of it on one line. */
static void one_line(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));

		escape_terminal(b, s, (size_t)((stop ? stop : end) - s));
		buf_puts(b, stop ? "\\n" : "");
		s = stop ? stop + 1 : end;
	}
}

static void put_run(struct buf *b, size_t n)
{
	while (n--)
		buf_putc(b, '`');
}

void escape_markdown_code(struct buf *b, const char *s, size_t len)
{
	auto_buf line = BUF_INIT(SIZE_MAX), safe = BUF_INIT(SIZE_MAX);
	const char *p;
	size_t run;
	bool pad;

	one_line(&line, s, len);
	escape_comment(&safe, buf_str(&line), line.len);
	if (!safe.len)
		return;
	p = buf_str(&safe);
	run = backticks_max(p, safe.len) + 1;
	/* One blank on each side is taken off again, unless all are blanks. */
	pad = p[0] == '`' || p[safe.len - 1] == '`' ||
	      (p[0] == ' ' && p[safe.len - 1] == ' ' && strspn(p, " ") < safe.len);
	put_run(b, run);
	buf_puts(b, pad ? " " : "");
	buf_add(b, p, safe.len);
	buf_puts(b, pad ? " " : "");
	put_run(b, run);
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* ":name:" is an emoji wherever it stands, and ":100:"; no time of day is. */
static bool is_emoji(const char *s, size_t len)
{
	size_t i = 1, digits = 0;

	for (; i < len && (is_alnum(s[i]) || memchr("_+-", s[i], 3)); i++)
		digits += s[i] >= '0' && s[i] <= '9';
	return i > 1 && i < len && s[i] == ':' && (digits < i - 1 || digits > 2);
}

static bool is_commit(const char *s, size_t len, size_t i)
{
	size_t n = 0;

	if (i > 0 && is_alnum(s[i - 1]))
		return false;
	while (i + n < len && isxdigit((unsigned char)s[i + n]))
		n++;
	return n >= COMMIT_LEAST && n <= COMMIT_MOST && (i + n == len || !is_alnum(s[i + n]));
}

/* Whether a mention, a reference, a link, an emoji or a formula could begin at i. */
static bool is_special(const char *s, size_t len, size_t i)
{
	const char *at = s + i;
	size_t left = len - i;

	switch (*at) {
	case '@':
	case '#':
	case '$':
		return true;
	case '!': /* GitLab's merge requests, and its milestones, epics, labels and alerts */
	case '%':
	case '&':
	case '~':
	case '^':
		return left > 1 && (is_alnum(at[1]) || at[1] == '"');
	case ':':
		return (left >= 3 && memcmp(at, "://", 3) == 0) || is_emoji(at, left) ||
		       (i == 0 && left > 1 && at[1] == ':');
	case 'w':
	case 'W':
		return left >= 4 && strncasecmp(at, "www.", 4) == 0;
	case 'g':
	case 'G':
		return left >= 4 && strncasecmp(at, "gh-", 3) == 0 && is_alnum(at[3]);
	default:
		return false;
	}
}

static bool word_is_special(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (is_special(s, len, i) || is_commit(s, len, i))
			return true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* A bar ends a table's cell, even in code. */
static size_t word_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && !is_blank(s[n]) && s[n] != '|')
		n++;
	return n;
}

/* Whether the character at i could begin a list, a heading's underline or a rule: only at the start
 * of a line, where a number may stand before it. */
static bool begins_block(const char *s, size_t i)
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

static void put_char(struct buf *b, const char *s, size_t i)
{
	char c = s[i];

	if (c == '<') {
		buf_puts(b, "&lt;");
	} else if (c == '>') {
		buf_puts(b, "&gt;");
	} else if (c == '&') {
		buf_puts(b, "&amp;");
	} else if (c == ' ' && i == 0) {
		buf_puts(b, "&#32;");
	} else if (is_blank(c)) {
		buf_putc(b, ' ');
	} else {
		if (strchr("\\`*_[]|~!^", c) != NULL || begins_block(s, i))
			buf_putc(b, '\\');
		buf_putc(b, c);
	}
}

/* One character at i; returns its length. */
static size_t put_code_point(struct buf *b, const char *s, size_t len, size_t i)
{
	uint32_t code;
	int n = utf8_next(s + i, len - i, &code);

	if (n == 0) {
		buf_puts(b, "\xef\xbf\xbd");
		return 1;
	}
	if (n == 1 && (is_blank(s[i]) || !code_is_hidden(code)))
		put_char(b, s, i);
	else if (code_is_hidden(code))
		buf_printf(b, "\\\\u{%04X}", (unsigned)code);
	else
		buf_add(b, s + i, (size_t)n);
	return (size_t)n;
}

/* Newlines become blanks: a cell has one line. */
void escape_markdown(struct buf *b, const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t n = word_len(s + i, len - i);

		if (n && word_is_special(s + i, n)) {
			escape_markdown_code(b, s + i, n);
			i += n;
			continue;
		}
		for (size_t end = i + (n ? n : 1); i < end;)
			i += put_code_point(b, s, len, i);
	}
}
