#include "reconciler/paint.h"

#include <string.h>

static void paint_color(struct paint *p, const char *color)
{
	if (!p->style->color || color == p->color ||
	    (color && p->color && strcmp(color, p->color) == 0))
		return;
	if (p->color)
		buf_puts(p->out, "\033[0m");
	if (color)
		buf_printf(p->out, "\033[%sm", color);
	p->color = color;
}

static void paint_break(struct paint *p)
{
	paint_color(p, PAINT_NONE);
	buf_putc(p->out, '\n');
	p->column = 0;
	p->blanks = p->hang;
}

void paint_begin(struct paint *p, unsigned indent, unsigned hang)
{
	p->column = 0;
	p->blanks = indent;
	p->hang = hang;
}

static void paint_blanks(struct paint *p)
{
	if (p->blanks && p->color && p->column == 0)
		paint_color(p, PAINT_NONE);
	p->column += p->blanks;
	for (; p->blanks; p->blanks--)
		buf_putc(p->out, ' ');
}

/* Bytes of s that are at most n characters. */
static size_t prefix_bytes(const char *s, size_t len, size_t n)
{
	size_t i = 0;
	uint32_t code;

	for (; n && i < len; n--) {
		int step = utf8_next(s + i, len - i, &code);

		i += step > 0 ? (size_t)step : 1;
	}
	return i;
}

static void paint_word(struct paint *p, const char *color, const char *s, size_t len)
{
	unsigned width = p->style->width;
	size_t chars = (size_t)utf8_count(s, len), n;

	if (width && p->column + p->blanks + chars > width && p->column > p->hang)
		paint_break(p);
	while (width > p->hang + 8 && p->column + p->blanks + chars > width) {
		paint_blanks(p);
		paint_color(p, color);
		n = prefix_bytes(s, len, p->column < width ? width - p->column : 1);
		buf_add(p->out, s, n);
		paint_break(p);
		s += n;
		len -= n;
		chars = (size_t)utf8_count(s, len);
	}
	paint_blanks(p);
	paint_color(p, color);
	buf_add(p->out, s, len);
	p->column += (unsigned)chars;
}

static void paint_escaped(struct paint *p, const char *color, const char *s, size_t len)
{
	while (len) {
		size_t blanks = 0, n = 0;

		while (blanks < len && s[blanks] == ' ')
			blanks++;
		p->blanks += (unsigned)blanks;
		s += blanks;
		len -= blanks;
		while (n < len && s[n] != ' ')
			n++;
		if (n)
			paint_word(p, color, s, n);
		s += n;
		len -= n;
	}
}

void paint_add(struct paint *p, const char *color, const char *s, size_t len)
{
	auto_buf safe = BUF_INIT(SIZE_MAX);

	while (len) {
		const char *stop = memchr(s, '\n', len);
		size_t n = stop ? (size_t)(stop - s) : len;

		escape_terminal(&safe, s, n);
		if (stop)
			buf_puts(&safe, "\\n");
		n += stop != NULL;
		s += n;
		len -= n;
	}
	paint_escaped(p, color, buf_str(&safe), safe.len);
}

void paint_puts(struct paint *p, const char *color, const char *s)
{
	paint_add(p, color, s, strlen(s));
}

void paint_gap(struct paint *p, unsigned blanks)
{
	p->blanks += blanks;
}

void paint_end(struct paint *p)
{
	paint_color(p, PAINT_NONE);
	p->blanks = 0;
	buf_putc(p->out, '\n');
}

void paint_lines(struct paint *p, unsigned indent, unsigned hang, const char *color, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n");

		paint_begin(p, indent, hang);
		paint_add(p, color, s, n);
		paint_end(p);
		s += n;
		s += *s == '\n';
	}
}

void paint_blank(struct paint *p)
{
	if (p->out->len)
		buf_putc(p->out, '\n');
}
