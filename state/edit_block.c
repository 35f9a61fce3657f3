/* Parts of block lists and maps: added as lines in the style of their neighbours, removed with
 * their lines and with the comments that are theirs. */
#include "state/edit_tree.h"

#include <string.h>

#define LINES_MAX  (4u << 20) /* bytes */
#define FLOW_WIDTH 100

/* A blank line stands between these parts. */
static bool blank_between(const struct text_edit *edit, const struct part *a, const struct part *b)
{
	for (size_t at = line_next(edit, a->end); at < b->start; at = line_next(edit, at)) {
		if (line_blank(edit, at))
			return true;
	}
	return false;
}

/* Strings of a list have quotes as those that are there have. */
static struct edit_style list_style(const struct text_edit *edit, const struct piece *list)
{
	struct edit_style style = edit->style;
	unsigned quoted = 0, scalars = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		const struct piece *value = list->part[i].value;

		scalars += value->type == NODE_SCALAR;
		quoted += value->style == PIECE_SINGLE || value->style == PIECE_DOUBLE;
		if (value->style == PIECE_SINGLE || value->style == PIECE_DOUBLE)
			style.quote = value->style == PIECE_SINGLE ? '\'' : '"';
	}
	if (scalars > 0)
		style.quote_always = quoted == scalars;
	return style;
}

/* The part whose form a new one takes: maps in braces stay maps in braces. */
static bool neighbours_flow(const struct piece *piece, const json_t *value)
{
	enum node_type type = json_is_array(value) ? NODE_LIST : NODE_MAP;

	for (uint32_t i = piece->n; i-- > 0;) {
		const struct piece *other = piece->part[i].value;

		if (other->type == type && other->n > 0)
			return other->flow;
	}
	return false;
}

static bool part_in_flow(const struct edit_style *style, const char *key, const json_t *value,
			 unsigned indent, struct buf *out)
{
	auto_buf text = BUF_INIT(LINES_MAX);

	if (key != NULL) {
		edit_put_string(style, key, strlen(key), false, &text);
		buf_puts(&text, ": ");
	} else {
		buf_puts(&text, "- ");
	}
	edit_put_flow(style, value, &text);
	if (indent + text.len > FLOW_WIDTH)
		return false;
	edit_put_indent(style, indent, out);
	buf_puts(out, buf_str(&text));
	buf_putc(out, '\n');
	return true;
}

static void part_lines(const struct text_edit *edit, const struct piece *piece, const char *key,
		       const json_t *value, struct buf *out)
{
	unsigned indent = (unsigned)line_column(edit, piece->part[0].start);
	struct edit_style style = key == NULL ? list_style(edit, piece) : edit->style;

	if ((json_is_array(value) || json_is_object(value)) && neighbours_flow(piece, value)) {
		style.quote_always = edit->style.quote_always;
		if (part_in_flow(&style, key, value, indent, out))
			return;
	}
	if (key != NULL)
		edit_put_member(&style, key, value, indent, out);
	else
		edit_put_element(&style, value, indent, out);
}

void block_add(struct text_edit *edit, const struct piece *piece, uint32_t at, const char *key,
	       const json_t *value)
{
	auto_buf text = BUF_INIT(LINES_MAX);
	bool apart = piece->n > 1 &&
		     blank_between(edit, &piece->part[piece->n - 2], &piece->part[piece->n - 1]);
	size_t where;

	edit->group++;
	if (at == 0 && !line_begins(edit, piece->part[0].start))
		at = piece->n;
	if (at == 0) {
		where = comments_above(edit, piece->part[0].start);
		part_lines(edit, piece, key, value, &text);
		if (apart)
			buf_putc(&text, '\n');
	} else {
		const struct part *before = &piece->part[at - 1];

		where = line_next(edit, part_last(edit, before, line_column(edit, before->start)));
		if (where == edit->len && edit->data[edit->len - 1] != '\n')
			buf_putc(&text, '\n');
		if (apart)
			buf_putc(&text, '\n');
		part_lines(edit, piece, key, value, &text);
	}
	splice_add(edit, where, where, arena_memdup0(edit->arena, buf_str(&text), text.len));
	if (where == line_begin(edit, where))
		edit->splice.at[edit->splice.n - 1].lines_of = piece;
}

/* Does any of these comment lines speak of the text? */
static bool comments_name(const struct text_edit *edit, size_t begin, size_t end, const char *text)
{
	auto_free char *lines = xcalloc(1, end - begin + 1);

	memcpy(lines, edit->data + begin, end - begin);
	return *text != '\0' && strcasestr(lines, text) != NULL;
}

/* Where a part begins: with the comments above that are its own. A comment above a bare word may be
 * a heading of the words below: it stays while one stands right there, unless it names the word. */
static size_t part_begin(const struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	const struct part *part = &piece->part[at];
	size_t line = line_begin(edit, part->start), begin = comments_above(edit, part->start);
	size_t next = line_next(edit, part_last(edit, part, line_column(edit, part->start)));

	if (begin < line && piece->type == NODE_LIST && part->value->type == NODE_SCALAR &&
	    at + 1 < piece->n && next == line_begin(edit, piece->part[at + 1].start) &&
	    !comments_name(edit, begin, line, part->value->text))
		return line;
	return begin;
}

/* The lines of a part; one of two runs of blank lines around it goes too. */
static void part_cut(struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	const struct part *part = &piece->part[at];
	size_t begin = part_begin(edit, piece, at);
	size_t last = part_last(edit, part, line_column(edit, part->start));
	size_t next = line_next(edit, last);

	if (next == edit->len || line_blank(edit, next)) {
		while (begin > 0 && line_blank(edit, begin - 1) && begin != line_next(edit, 0))
			begin = line_begin(edit, begin - 1);
	}
	splice_add(edit, begin, next, "");
}

/* The first of a map or list that begins behind a dash: the next one takes its place. */
static void inline_cut(struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	const struct part *part = &piece->part[at];
	size_t next = at + 1 < piece->n ? piece->part[at + 1].start : 0;
	bool comments = false;

	for (size_t line = line_next(edit, part->end); line < next; line = line_next(edit, line))
		comments = comments || line_comment(edit, line);
	if (next == 0)
		splice_add(edit, part->start, line_end(edit, part->end), "");
	else if (comments)
		splice_add(edit, part->start, line_end(edit, part->end), "");
	else
		splice_add(edit, part->start, next, "");
}

void block_remove(struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	edit->group++;
	if (line_begins(edit, piece->part[at].start))
		part_cut(edit, piece, at);
	else
		inline_cut(edit, piece, at);
}

void block_clear(struct text_edit *edit, const struct piece *piece)
{
	const char *empty = piece->type == NODE_LIST ? "[]" : "{}";

	edit->group++;
	if (!line_begins(edit, piece->part[0].start)) {
		splice_add(edit, piece->start, piece->end, empty);
		return;
	}
	if (piece->after == 0) {
		splice_add(edit, line_begin(edit, piece->start), line_next(edit, piece->end),
			   arena_printf(edit->arena, "%s\n", empty));
		return;
	}
	splice_add(edit, piece->after, piece->after, arena_printf(edit->arena, " %s", empty));
	for (uint32_t i = 0; i < piece->n; i++) {
		const struct part *part = &piece->part[i];

		splice_add(edit, comments_above(edit, part->start),
			   line_next(edit, part_last(edit, part, line_column(edit, part->start))),
			   "");
	}
}
