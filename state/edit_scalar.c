/* A scalar, or a whole value, in place of another. */
#include "state/edit_tree.h"

#include <string.h>

#define VALUE_MAX (4u << 20) /* bytes */

static const char *kept(struct text_edit *edit, const struct buf *text)
{
	return arena_memdup0(edit->arena, buf_str(text), text->len);
}

/* Words of a folded block: lines of up to 80 columns; a line end of the text is an empty line. */
static bool folded_body(const char *s, size_t len, unsigned indent, struct buf *out)
{
	size_t column = indent, word;

	if (len > 0 && s[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < indent; i++)
		buf_putc(out, ' ');
	for (size_t i = 0; i < len; i += word) {
		word = strcspn(s + i, " \n");
		if (i + word > len)
			word = len - i;
		if (word == 0)
			return false; /* blanks that folding would not give back */
		buf_add(out, s + i, word);
		column += word;
		if (i + word >= len)
			break;
		if (s[i + word] == '\n') {
			buf_printf(out, "\n\n%*s", (int)indent, "");
			column = indent;
		} else if (column + 1 + strcspn(s + i + word + 1, " \n") > 80) {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else {
			buf_putc(out, ' ');
			column++;
		}
		word++;
	}
	return true;
}

static bool literal_body(const char *s, size_t len, unsigned indent, struct buf *out)
{
	if (len > 0 && s[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len;) {
		size_t line = strcspn(s + i, "\n");

		if (i + line > len)
			line = len - i;
		if (line > 0)
			buf_printf(out, "%*s", (int)indent, "");
		buf_add(out, s + i, line);
		i += line + 1;
		if (i <= len && (i < len || s[i - 1] == '\n'))
			buf_putc(out, '\n');
	}
	return true;
}

/* The lines of a | or > block; its header stays, but for the mark that says how it ends. */
static bool block_replace(struct text_edit *edit, const struct piece *piece, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t len = json_string_length(value), marks, body = line_next(edit, piece->start);
	auto_buf text = BUF_INIT(VALUE_MAX);
	auto_buf header = BUF_INIT(64);

	if (s == NULL || !edit_is_block(s, len) || body >= piece->end)
		return false;
	marks = strspn(edit->data + piece->start, "|>+-");
	if (strchr("0123456789", edit->data[piece->start + marks]) != NULL)
		return false;
	while (line_blank(edit, body) && body < piece->end)
		body = line_next(edit, body);
	if (!(piece->style == PIECE_LITERAL ? literal_body
					    : folded_body)(s, len, line_indent(edit, body), &text))
		return false;
	buf_printf(&header, "%c%s", edit->data[piece->start], s[len - 1] == '\n' ? "" : "-");
	if (header.len != marks || strncmp(buf_str(&header), edit->data + piece->start, marks) != 0)
		splice_add(edit, piece->start, piece->start + marks, kept(edit, &header));
	splice_add(edit, line_next(edit, piece->start), piece->end, kept(edit, &text));
	return true;
}

/* A comment behind a value stays in its column when the lines next to it have theirs there. */
static bool comment_aligned(const struct text_edit *edit, size_t comment)
{
	size_t begin = line_begin(edit, comment), column = comment - begin;
	size_t lines[2] = {begin > 0 ? line_begin(edit, begin - 1) : begin,
			   line_next(edit, comment)};

	for (unsigned i = 0; i < 2; i++) {
		size_t at = lines[i] + column;

		if (lines[i] != begin && at > 0 && at < line_end(edit, lines[i]) &&
		    edit->data[at] == '#' && edit->data[at - 1] == ' ')
			return true;
	}
	return false;
}

/* Replaces the value's text, and moves the blanks before an aligned comment. */
static void text_replace(struct text_edit *edit, const struct piece *piece, const char *text)
{
	size_t end = piece->end, gap = 0, more = strlen(text), less = piece->end - piece->start;
	auto_buf out = BUF_INIT(VALUE_MAX);

	while (end + gap < edit->len && edit->data[end + gap] == ' ')
		gap++;
	buf_puts(&out, text);
	if (!piece->in_flow && gap >= 2 && end + gap < edit->len && edit->data[end + gap] == '#' &&
	    comment_aligned(edit, end + gap)) {
		long left = (long)gap + (long)less - (long)more;

		buf_printf(&out, "%*s", (int)(left < 1 ? 1 : left), "");
		end += gap;
	}
	splice_add(edit, piece->start, end, kept(edit, &out));
}

void scalar_replace(struct text_edit *edit, const struct piece *piece, const json_t *value)
{
	struct edit_style style = edit->style;
	auto_buf text = BUF_INIT(VALUE_MAX);

	edit->group++;
	if ((piece->style == PIECE_LITERAL || piece->style == PIECE_FOLDED) &&
	    block_replace(edit, piece, value))
		return;
	if (piece->style == PIECE_SINGLE || piece->style == PIECE_DOUBLE) {
		style.quote_always = true;
		style.quote = piece->style == PIECE_SINGLE ? '\'' : '"';
	} else if (piece->style == PIECE_PLAIN) {
		style.quote_always = false;
	}
	if (piece->style == PIECE_NOTHING)
		buf_putc(&text, ' ');
	edit_put_scalar(&style, value, piece->in_flow, &text);
	text_replace(edit, piece, kept(edit, &text));
}

static bool suits_flow(const json_t *value)
{
	const json_t *member, *element;
	const char *key;
	size_t i;

	if (!json_is_object(value))
		return false;
	json_object_foreach((json_t *)value, key, member)
	{
		if (json_is_object(member))
			return false;
		json_array_foreach(member, i, element)
		{
			if (json_is_array(element) || json_is_object(element))
				return false;
		}
	}
	return true;
}

/* What stands behind a key or dash: the rest of its line, and the lines below. */
static const char *value_lines(struct text_edit *edit, const struct piece *piece,
			       const json_t *value, const char **body)
{
	auto_buf text = BUF_INIT(VALUE_MAX);
	size_t used = piece->after == 0 ? 0 : line_column(edit, piece->after);
	char *line, *end;

	*body = "";
	if ((piece->flow || json_object_size(value) == 0) && suits_flow(value)) {
		buf_putc(&text, ' ');
		edit_put_flow(&edit->style, value, &text);
		if (used + text.len <= edit->style.width || json_object_size(value) == 0)
			return kept(edit, &text);
		buf_clear(&text);
	}
	if (piece->flow && json_is_array(value)) {
		struct edit_style style = edit->style;

		style.block_lists = false;
		style.width = 100;
		edit_put_value(&style, value, piece->indent, used, &text);
	} else {
		edit_put_value(&edit->style, value, piece->indent, used, &text);
	}
	line = arena_memdup0(edit->arena, buf_str(&text), text.len);
	end = strchr(line, '\n');
	*end = '\0';
	*body = end + 1;
	return line;
}

/* Lines at the begin of a line, or at the end of a file that has no last line end. */
static void lines_add(struct text_edit *edit, size_t at, const char *lines)
{
	size_t len = strlen(lines);

	if (at == edit->len && at > 0 && edit->data[at - 1] != '\n')
		splice_add(edit, at, at,
			   arena_printf(edit->arena, "\n%.*s", (int)(len - 1), lines));
	else
		splice_add(edit, at, at, lines);
}

static void flow_replace(struct text_edit *edit, const struct piece *piece, const json_t *value)
{
	auto_buf text = BUF_INIT(VALUE_MAX);
	size_t begin = line_begin(edit, piece->start);

	if (piece->style == PIECE_NOTHING && piece->type == NODE_SCALAR)
		buf_puts(&text, edit->data[piece->after - 1] == ':' ? " " : ": ");
	if (edit->style.json && edit->root != NULL &&
	    line_begin(edit, edit->root->start) != line_begin(edit, edit->root->end))
		edit_put_json(&edit->style, value, line_indent(edit, begin), piece->start - begin,
			      &text);
	else
		edit_put_flow(&edit->style, value, &text);
	splice_add(edit, piece->start, piece->end, kept(edit, &text));
}

void value_replace(struct text_edit *edit, const struct piece *piece, const json_t *value)
{
	const char *head, *body;
	size_t below;

	edit->group++;
	if (piece->in_flow || (piece->after == 0 && piece->flow)) {
		flow_replace(edit, piece, value);
		return;
	}
	head = value_lines(edit, piece, value, &body);
	if (piece->after != 0 && line_begin(edit, piece->after) != line_begin(edit, piece->start)) {
		below = comments_above(edit, piece->start);
		splice_add(edit, piece->after, piece->after, head);
		splice_add(edit, below, line_next(edit, piece->end), body);
		return;
	}
	while (*head == ' ' && piece->start > piece->after)
		head++;
	if (piece->start < piece->end || *head != '\0')
		splice_add(edit, *head == '\0' && piece->after != 0 ? piece->after : piece->start,
			   piece->end, head);
	if (*body != '\0')
		lines_add(edit, line_next(edit, piece->end), body);
}
