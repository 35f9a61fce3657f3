/* Immutable text in an arena, and the questions asked of text everywhere. */
#ifndef CHARTER_BASE_TEXT_H
#define CHARTER_BASE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct text {
	uint32_t len; /* bytes */
	char s[];     /* NUL-terminated; may hold no NUL of its own */
};

const struct text *text_new(struct arena *, const char *s, size_t len);
const struct text *text_str(struct arena *, const char *s);
const struct text *text_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Byte order, as memcmp and then length. NULL sorts first. */
int text_cmp(const struct text *, const struct text *);
bool text_eq(const struct text *, const struct text *);
bool text_is(const struct text *, const char *s); /* NULL text is equal to nothing */
/* Equal without regard to the case of ASCII letters. */
bool text_eq_nocase(const struct text *, const struct text *);
char *text_lowered(const struct text *); /* ASCII letters; freed by the caller */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* So many small hexadecimal digits, and nothing else. */
bool str_is_hex(const char *s, size_t least, size_t most);

/* The length of the UTF-8 sequence at s (1 to 4), or 0 when it is not valid UTF-8 (overlong forms,
 * surrogates and values above U+10FFFF are not). *code gets the code point. */
int utf8_next(const char *s, size_t len, uint32_t *code);
/* The number of code points, or -1 when not valid UTF-8. */
long utf8_count(const char *s, size_t len);
/* Control characters (C0 but tab, newline and carriage return; DEL; C1), bidirectional overrides
 * and isolates, line and paragraph separators, the byte order mark: refused in configuration. */
bool code_is_forbidden(uint32_t code);
/* Those, tab, carriage return, and what is shown without a width of its own. */
bool code_is_hidden(uint32_t code);

/* The nearest candidate to s, by edit distance with transpositions, or NULL when none is near
 * (distance above 1 + length/4). Ties go to the first. */
const char *text_nearest(const char *s, const char *const *candidates, size_t n);

/* '*' matches any run without '/', '**' any run, '?' one character but '/'. Case matters. */
bool pattern_match(const char *pattern, const char *s);

/* Escapes, one for each sink. Each appends to the buffer. */
void escape_terminal(struct buf *, const char *s,
		     size_t len); /* control, bidi -> \u{XXXX}; keeps newline */
void escape_json(struct buf *, const char *s, size_t len); /* without the quotes */
/* Text of an element or an attribute of XML or HTML; what XML cannot hold is shown as U+FFFD. */
void escape_xml(struct buf *, const char *s, size_t len);
/* For running text and table cells, on one line. A word that a forge would take for a mention, a
 * reference, a link, an emoji or a formula stands as code, where nothing is read into it. */
void escape_markdown(struct buf *, const char *s, size_t len);
/* A code span on one line, safe for backticks in it; not for table cells, where a bar ends it. */
void escape_markdown_code(struct buf *, const char *s, size_t len);
/* The longest run of backticks: a span or fence around the text needs one more. */
size_t backticks_max(const char *s, size_t len);
/* Appends text that stands in Markdown as it is, but for what begins an HTML comment: programs find
 * their own comments by one. */
void escape_comment(struct buf *, const char *s, size_t len);
void escape_percent(struct buf *, const char *s,
		    size_t len); /* RFC 3986 unreserved kept, rest %XX */
/* RFC 3986 percent-decoding; false on a broken escape. '+' stays '+'. */
bool unescape_percent(struct buf *, const char *s, size_t len);

#endif
