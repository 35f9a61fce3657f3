/* A file as a tree of pieces that know where they stand, and changes of its text. Internal to the
 * files of edit.h. Offsets are bytes. */
#ifndef CHARTER_STATE_EDIT_TREE_H
#define CHARTER_STATE_EDIT_TREE_H

#include "state/edit_priv.h"
#include "state/yaml.h"

/* How a scalar is written; PIECE_NOTHING: not at all, which is null. */
enum piece_style {
	PIECE_NOTHING,
	PIECE_PLAIN,
	PIECE_SINGLE,
	PIECE_DOUBLE,
	PIECE_LITERAL,
	PIECE_FOLDED
};

struct piece {
	enum node_type type;
	bool flow;    /* a list or map in brackets */
	bool in_flow; /* it stands in brackets */
	enum piece_style style;
	size_t start, end; /* without what surrounds it; of lines: to the end of the last's text */
	size_t after;      /* behind the colon or dash that it belongs to; 0: the whole file */
	unsigned indent;   /* column of that key or dash */
	const char *text;
	size_t len;
	struct part *part;
	struct part **by_key; /* of maps: sorted */
	uint32_t n;
};
struct part {
	size_t start, end; /* from the key, dash or value, to the value's end */
	size_t key_end;    /* of maps */
	const char *key;
	struct piece *value;
};

struct splice {
	size_t start, end;
	const char *text;
	unsigned group; /* all of a group's are done, or none */
	/* Lines of a new part of this: several may stand one after another. Or NULL. */
	const struct piece *lines_of;
};
struct text_edit {
	struct arena *arena;
	const char *file, *data;
	size_t len;
	bool crlf;
	struct piece *root; /* NULL: nothing but comments */
	struct edit_style style;
	VEC(struct splice) splice;
	unsigned group;
};

/* -1: not YAML as charter reads it, or written in a way that is not edited. */
int piece_parse(struct text_edit *, struct error *err);
/* The value's entry of a map, or NULL. */
struct part *piece_find(const struct piece *map, const char *key);
bool piece_is_null(const struct piece *); /* NULL is none */
/* The same value, whatever the quotes; lists are sets; one text is a list of it. */
bool piece_equals(const struct piece *, const json_t *);
bool piece_same(const struct piece *, const struct piece *);

/* Lines. */
size_t line_begin(const struct text_edit *, size_t at);
size_t line_end(const struct text_edit *, size_t at);  /* of its text: before a line's end */
size_t line_next(const struct text_edit *, size_t at); /* begin of the next, or the file's end */
size_t line_column(const struct text_edit *, size_t at);
bool line_blank(const struct text_edit *, size_t at);
bool line_comment(const struct text_edit *, size_t at); /* nothing but a comment */
bool line_begins(const struct text_edit *, size_t at);  /* only blanks before */
unsigned line_indent(const struct text_edit *, size_t at);
/* The begin of the first of the comment lines right above this line that are indented alike. */
size_t comments_above(const struct text_edit *, size_t at);
/* The end of the line where a part ends, and of the comment lines below that stand within it. */
size_t part_last(const struct text_edit *, const struct part *, size_t column);

/* The style of the file, from what is written in it. */
void style_find(struct text_edit *);

void splice_add(struct text_edit *, size_t start, size_t end, const char *text);
/* The text after all splices that do not touch one another; false: there were none. */
bool splices_apply(struct text_edit *);

/* Changes of one collection or scalar, as splices. */
void scalar_replace(struct text_edit *, const struct piece *, const json_t *);
void value_replace(struct text_edit *, const struct piece *, const json_t *);
/* Before part `at`; key NULL: of a list. */
void block_add(struct text_edit *, const struct piece *, uint32_t at, const char *key,
	       const json_t *);
void block_remove(struct text_edit *, const struct piece *, uint32_t at);
void block_clear(struct text_edit *, const struct piece *);
void flow_add(struct text_edit *, const struct piece *, uint32_t at, const char *key,
	      const json_t *);
void flow_remove(struct text_edit *, const struct piece *, uint32_t at);

/* A new part in its place: the end, or where order puts it. */
void part_add(struct text_edit *, const struct piece *, const char *key, const json_t *);
/* Splices that make a piece this value. */
void piece_change(struct text_edit *, const struct piece *, const json_t *);

#endif
