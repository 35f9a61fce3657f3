/* Parts of lists and maps in brackets: on one line, or each on its own, with the commas right. */
#include "state/edit_tree.h"

#include <string.h>

#define FLOW_MAX         (4u << 20) /* bytes */
#define LINE_MAX_COLUMNS 100

static bool same_line(const struct text_edit *edit, size_t a, size_t b)
{
	return line_begin(edit, a) == line_begin(edit, b);
}

/* Alone on its lines: neither the bracket nor a neighbour stands there. */
static bool part_alone(const struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	const struct part *part = &piece->part[at];

	return line_begins(edit, part->start) &&
	       !(at + 1 < piece->n && same_line(edit, part->end, piece->part[at + 1].start)) &&
	       !same_line(edit, part->end, piece->end - 1);
}

/* The comma behind a part, or 0. */
static size_t comma_after(const struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	size_t i = piece->part[at].end;

	while (i < piece->end) {
		if (edit->data[i] == ',')
			return i;
		if (edit->data[i] == '#')
			i = line_end(edit, i);
		else if (strchr(" \t\r\n", edit->data[i]) != NULL)
			i++;
		else
			break;
	}
	return 0;
}

/* A part's text; on lines of its own it may take several. */
static const char *part_text(struct text_edit *edit, const struct piece *piece, const char *key,
			     const json_t *value, bool lines, unsigned indent)
{
	struct edit_style style = edit->style;
	auto_buf text = BUF_INIT(FLOW_MAX);
	unsigned quoted = 0, scalars = 0;

	for (uint32_t i = 0; key == NULL && i < piece->n; i++) {
		const struct piece *other = piece->part[i].value;

		scalars += other->type == NODE_SCALAR;
		quoted += other->style == PIECE_SINGLE || other->style == PIECE_DOUBLE;
		if (other->style == PIECE_SINGLE || other->style == PIECE_DOUBLE)
			style.quote = other->style == PIECE_SINGLE ? '\'' : '"';
	}
	if (scalars > 0)
		style.quote_always = quoted == scalars;
	if (key != NULL) {
		struct edit_style keys = style;

		keys.quote_always = false;
		edit_put_string(&keys, key, strlen(key), true, &text);
		buf_puts(&text, style.compact && style.json ? ":" : ": ");
	}
	if (lines)
		edit_put_json(&style, value, indent, indent + text.len, &text);
	else
		edit_put_flow(&style, value, &text);
	return arena_memdup0(edit->arena, buf_str(&text), text.len);
}

/* Behind the last part, which stands alone on its lines. */
static void add_line(struct text_edit *edit, const struct piece *piece, const char *key,
		     const json_t *value)
{
	const struct part *last = &piece->part[piece->n - 1];
	size_t comma = comma_after(edit, piece, piece->n - 1);
	size_t begin = line_begin(edit, last->start), end;
	unsigned indent = line_indent(edit, begin);
	const char *text = part_text(edit, piece, key, value, true, indent);

	if (comma == 0)
		splice_add(edit, last->end, last->end, ",");
	end = line_end(edit, comma == 0 ? last->end : comma);
	text = arena_printf(edit->arena, "\n%.*s%s%s", (int)indent, edit->data + begin, text,
			    comma == 0 ? "" : ",");
	if (comma == 0 && end == last->end) {
		edit->splice.n--;
		text = arena_printf(edit->arena, ",%s", text);
	}
	splice_add(edit, end, end, text);
}

static void add_last(struct text_edit *edit, const struct piece *piece, const char *key,
		     const json_t *value)
{
	const struct part *last = &piece->part[piece->n - 1];
	const char *text = part_text(edit, piece, key, value, false, 0);
	size_t comma = comma_after(edit, piece, piece->n - 1), at, line_len;
	const char *between = edit->style.compact ? "," : ", ";

	at = comma == 0 ? last->end : comma + 1;
	line_len = line_column(edit, line_end(edit, last->end));
	/* Brackets close where the line ends: what stands behind them counts. */
	if (line_len + strlen(text) + 2 > LINE_MAX_COLUMNS)
		between = arena_printf(edit->arena, ",\n%*s",
				       (int)line_column(edit, piece->part[0].start), "");
	splice_add(edit, at, at,
		   arena_printf(edit->arena, "%s%s", comma == 0 ? between : between + 1, text));
}

static void add_first(struct text_edit *edit, const struct piece *piece, const char *key,
		      const json_t *value)
{
	size_t begin = line_begin(edit, piece->start);
	bool inner = piece->type == NODE_LIST ? edit->style.brackets : edit->style.braces;
	unsigned indent = line_indent(edit, begin);

	if (edit->style.json && !same_line(edit, edit->root->start, edit->root->end)) {
		const char *lead = arena_memdup0(edit->arena, edit->data + begin, indent);
		const char *step =
		    edit->style.tabs ? "\t"
				     : arena_printf(edit->arena, "%*s", (int)edit->style.step, "");

		splice_add(edit, piece->start + 1, piece->end - 1,
			   arena_printf(
			       edit->arena, "\n%s%s%s\n%s", lead, step,
			       part_text(edit, piece, key, value, true, indent + edit->style.step),
			       lead));
		return;
	}
	splice_add(edit, piece->start + 1, piece->start + 1,
		   arena_printf(edit->arena, inner ? " %s " : "%s",
				part_text(edit, piece, key, value, false, 0)));
}

void flow_add(struct text_edit *edit, const struct piece *piece, uint32_t at, const char *key,
	      const json_t *value)
{
	edit->group++;
	if (piece->n == 0) {
		add_first(edit, piece, key, value);
	} else if (at < piece->n) {
		size_t start = piece->part[at].start, begin = line_begin(edit, start);
		bool alone = part_alone(edit, piece, at);
		unsigned indent = line_indent(edit, begin);
		const char *text = part_text(edit, piece, key, value, alone, indent);

		if (!alone)
			text = arena_printf(edit->arena, "%s%s", text,
					    edit->style.compact ? "," : ", ");
		else
			text = arena_printf(edit->arena, "%s,\n%.*s", text, (int)indent,
					    edit->data + begin);
		splice_add(edit, start, start, text);
	} else if (part_alone(edit, piece, piece->n - 1)) {
		add_line(edit, piece, key, value);
	} else {
		add_last(edit, piece, key, value);
	}
}

static bool gap_has_comment(const struct text_edit *edit, size_t from, size_t to)
{
	return memchr(edit->data + from, '#', to - from) != NULL;
}

/* Its lines, with the comments above, and the comma that it leaves behind. */
static void lines_cut(struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	const struct part *part = &piece->part[at];
	size_t comma = comma_after(edit, piece, at), before;
	size_t end = comma == 0 ? part->end : comma + 1;

	splice_add(edit, comments_above(edit, part->start), line_next(edit, end), "");
	before = at > 0 ? comma_after(edit, piece, at - 1) : 0;
	if (at + 1 == piece->n && comma == 0 && before != 0)
		splice_add(edit, before, before + 1, "");
}

void flow_remove(struct text_edit *edit, const struct piece *piece, uint32_t at)
{
	const struct part *part = &piece->part[at];
	const struct part *next = at + 1 < piece->n ? part + 1 : NULL;
	size_t comma = comma_after(edit, piece, at), before;

	edit->group++;
	if (piece->n == 1 && !gap_has_comment(edit, piece->start, part->start) &&
	    !gap_has_comment(edit, part->end, piece->end))
		splice_add(edit, piece->start + 1, piece->end - 1, "");
	else if (part_alone(edit, piece, at))
		lines_cut(edit, piece, at);
	else if (next != NULL &&
		 (same_line(edit, part->end, next->start) ||
		  !gap_has_comment(edit, part->end, next->start)) &&
		 (at == 0 || same_line(edit, part->end, next->start)))
		splice_add(edit, part->start, next->start, "");
	else if (at > 0 && !gap_has_comment(edit, part[-1].end, part->start))
		splice_add(edit, part[-1].end, part->end, "");
	else {
		before =
		    at > 0 && next == NULL && comma == 0 ? comma_after(edit, piece, at - 1) : 0;
		splice_add(edit, part->start, comma == 0 ? part->end : comma + 1, "");
		if (before != 0)
			splice_add(edit, before, before + 1, "");
	}
}
