/* Shared by the files of edit.h: how a person writes, and values written so. */
#ifndef CHARTER_STATE_EDIT_PRIV_H
#define CHARTER_STATE_EDIT_PRIV_H

#include "state/edit.h"

struct edit_style {
	unsigned step;     /* columns of a level; of a tab: 1 */
	unsigned dash;     /* columns from a key to the dashes of its list: 0 or more */
	unsigned width;    /* columns up to which a list of scalars stands on one line */
	bool json;         /* JSON: everything quoted, braces around lines */
	bool tabs;         /* JSON: indented by tabs */
	bool compact;      /* flow: no blank after ':' and ',' */
	bool brackets;     /* flow lists as [ a ], not [a] */
	bool braces;       /* flow maps as { a: b }, not {a: b} */
	bool block_lists;  /* lists of scalars stand in lines of their own */
	bool quote_always; /* strings of letters have quotes too */
	char quote;        /* of strings that need quotes: '"' or '\'' */
};
#define EDIT_STYLE      ((struct edit_style){.step = 2, .dash = 2, .width = 80, .quote = '"'})
#define EDIT_STYLE_JSON ((struct edit_style){.step = 2, .width = 80, .json = true, .quote = '"'})

/* A string that every reader of YAML takes for this string without quotes. */
bool edit_is_plain(const char *s, size_t len, bool flow);
/* Text that a block of lines can say: no blanks that its form would swallow, at most one line end
 * behind it. */
bool edit_is_block(const char *s, size_t len);
/* A scalar on one line. */
void edit_put_scalar(const struct edit_style *, const json_t *, bool flow, struct buf *);
void edit_put_string(const struct edit_style *, const char *s, size_t len, bool flow, struct buf *);
/* Any value on one line. */
void edit_put_flow(const struct edit_style *, const json_t *, struct buf *);
/* What stands after `KEY:` at this column: " scalar\n", " [a, b]\n" or "\n" and lines. `used` is
 * how far the line is written. */
void edit_put_value(const struct edit_style *, const json_t *, unsigned indent, size_t used,
		    struct buf *);
void edit_put_member(const struct edit_style *, const char *key, const json_t *, unsigned indent,
		     struct buf *);
/* An element with its dash. */
void edit_put_element(const struct edit_style *, const json_t *, unsigned indent, struct buf *);
void edit_put_indent(const struct edit_style *, unsigned indent, struct buf *);
/* A value in JSON's lines, without indent before it and newline after it. */
void edit_put_json(const struct edit_style *, const json_t *, unsigned indent, size_t used,
		   struct buf *);

#endif
