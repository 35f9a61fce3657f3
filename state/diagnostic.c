/* Messages about the configuration: collected, then printed together in file order. */
#include "state/diagnostic.h"

#include <stdlib.h>
#include <string.h>

/* A file may be refused at every line: what is past this is counted, not kept. */
#define DIAGNOSTICS_MAX 10000

/* Characters of a source line that are shown, around the column. */
#define LINE_SHOWN 100

/* Characters of a message that are shown: it may quote what a hostile file holds. */
#define MESSAGE_SHOWN 400

#define PRINT_MAX (8u << 20)

static void diagnostic_add(struct diagnostics *diagnostics, struct place where, bool warning,
			   const char *fmt, va_list ap)
{
	const char *message;

	*(warning ? &diagnostics->warnings : &diagnostics->errors) += 1;
	if (diagnostics->list.n >= DIAGNOSTICS_MAX)
		return;
	message = arena_vprintf(diagnostics->arena, fmt, ap);
	vec_push(&diagnostics->list,
		 ((struct diagnostic){.where = where, .warning = warning, .message = message}));
}

/* Adds an error at this place. The message is copied into the arena. */
void diagnose(struct diagnostics *diagnostics, struct place where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diagnostic_add(diagnostics, where, false, fmt, ap);
	va_end(ap);
}

/* Adds a warning at this place. The message is copied into the arena. */
void diagnose_warning(struct diagnostics *diagnostics, struct place where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diagnostic_add(diagnostics, where, true, fmt, ap);
	va_end(ap);
}

static int u32_cmp(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int diagnostic_cmp(const void *pa, const void *pb)
{
	const struct diagnostic *a = pa, *b = pb;
	int order = strcmp(a->where.file == NULL ? "" : a->where.file,
			   b->where.file == NULL ? "" : b->where.file);

	if (order == 0)
		order = u32_cmp(a->where.line, b->where.line);
	if (order == 0)
		order = u32_cmp(a->where.column, b->where.column);
	if (order == 0)
		order = a->warning - b->warning;
	return order != 0 ? order : strcmp(a->message, b->message);
}

/* The bytes of the first characters of a line. */
static size_t line_bytes(const char *s, size_t len, size_t characters)
{
	size_t at = 0;
	uint32_t code;

	for (; at < len && characters > 0; characters--) {
		int bytes = utf8_next(s + at, len - at, &code);

		at += bytes == 0 ? 1 : (size_t)bytes;
	}
	return at;
}

/* Line breaks of quoted names would break the promise of one line. */
static void message_print(struct buf *out, const char *message)
{
	auto_buf line = BUF_INIT(PRINT_MAX);

	buf_add(&line, message, line_bytes(message, strlen(message), MESSAGE_SHOWN));
	if (line.len < strlen(message))
		buf_puts(&line, "...");
	for (size_t i = 0; i < line.len; i++) {
		if (line.data[i] == '\n' || line.data[i] == '\r' || line.data[i] == '\t')
			line.data[i] = ' ';
	}
	escape_terminal(out, buf_str(&line), line.len);
}

/* The characters that the caret underlines: a quoted scalar, else up to what ends a plain one. */
static size_t word_width(const char *s, size_t len)
{
	size_t at = 0, width = 0;
	char quote = len > 0 && (s[0] == '"' || s[0] == '\'') ? s[0] : '\0';
	uint32_t code;

	while (at < len) {
		int bytes = utf8_next(s + at, len - at, &code);

		if (quote == '\0' && width > 0) {
			bool last = at + 1 == len || s[at + 1] == ' ';

			if (strchr(",]}[{", s[at]) != NULL || s[at] == ' ' ||
			    (s[at] == ':' && last))
				break;
		}
		at += bytes == 0 ? 1 : (size_t)bytes;
		width++;
		if (quote != '\0' && width > 1 && s[at - 1] == quote)
			break;
	}
	return width == 0 ? 1 : width;
}

/* Appends characters [from, to) of the line, escaped as one piece; tabs become one space. Returns
 * the number of characters appended. */
static size_t line_window(struct buf *out, const char *s, size_t len, size_t from, size_t to)
{
	size_t begin = line_bytes(s, len, from), end = line_bytes(s, len, to), before = out->len;
	auto_buf piece = BUF_INIT(PRINT_MAX);
	long width;

	buf_add(&piece, s + begin, end - begin);
	for (size_t i = 0; i < piece.len; i++) {
		if (piece.data[i] == '\t' || piece.data[i] == '\r')
			piece.data[i] = ' ';
	}
	escape_terminal(out, buf_str(&piece), piece.len);
	width = utf8_count(buf_str(out) + before, out->len - before);
	return width < 0 ? 0 : (size_t)width;
}

static void excerpt_print(struct buf *out, const struct diagnostic *diagnostic, const char *line,
			  size_t len, bool color)
{
	size_t column = diagnostic->where.column == 0 ? 0 : diagnostic->where.column - 1;
	size_t from = column > LINE_SHOWN * 3 / 4 ? column - LINE_SHOWN / 2 : 0, at, pad, width;
	auto_buf before = BUF_INIT(PRINT_MAX);

	at = line_bytes(line, len, column);
	width = diagnostic->width != 0 ? diagnostic->width : word_width(line + at, len - at);
	if (column + width > from + LINE_SHOWN)
		width = from + LINE_SHOWN > column ? from + LINE_SHOWN - column : 1;
	pad = line_window(&before, line, len, from, column);

	buf_printf(out, "%5u | %s", diagnostic->where.line, from > 0 ? "..." : "");
	line_window(out, line, len, from, from + LINE_SHOWN);
	buf_printf(out, "%s\n      | %*s",
		   line_bytes(line, len, from + LINE_SHOWN) < len ? "..." : "",
		   (int)(pad + (from > 0 ? 3 : 0)), "");
	buf_puts(out, color ? "\033[1;32m^" : "^");
	for (size_t i = 1; i < width; i++)
		buf_putc(out, '~');
	buf_puts(out, color ? "\033[0m\n" : "\n");
}

static void diagnostic_print(struct buf *out, const struct diagnostic *diagnostic,
			     const char *(*line)(void *ctx, const char *file, uint32_t line,
						 size_t *len),
			     void *ctx, bool color)
{
	const struct place *where = &diagnostic->where;
	const char *text = NULL;
	size_t len = 0;

	if (where->file != NULL) {
		escape_terminal(out, where->file, strlen(where->file));
		if (where->line != 0)
			buf_printf(out, ":%u:%u", where->line, where->column);
		buf_puts(out, ": ");
	}
	if (color)
		buf_puts(out, diagnostic->warning ? "\033[1;35m" : "\033[1;31m");
	buf_puts(out, diagnostic->warning ? "warning:" : "error:");
	buf_puts(out, color ? "\033[0m " : " ");
	message_print(out, diagnostic->message);
	buf_putc(out, '\n');
	if (where->file != NULL && where->line != 0 && line != NULL)
		text = line(ctx, where->file, where->line, &len);
	if (text != NULL)
		excerpt_print(out, diagnostic, text, len, color);
}

struct diagnostic *diagnostics_sorted(const struct diagnostics *diagnostics, size_t *n)
{
	size_t all = diagnostics->list.n, kept = 0;
	struct diagnostic *sorted = xcalloc(all + 1, sizeof(*sorted));

	if (all > 0) {
		memcpy(sorted, diagnostics->list.at, all * sizeof(*sorted));
		qsort(sorted, all, sizeof(*sorted), diagnostic_cmp);
	}
	for (size_t i = 0; i < all; i++)
		if (kept == 0 || diagnostic_cmp(&sorted[kept - 1], &sorted[i]) != 0)
			sorted[kept++] = sorted[i];
	*n = kept;
	return sorted;
}

/* At most DIAGNOSTICS_MAX_SHOWN, then how many more there are. */
void diagnostics_print(const struct diagnostics *diagnostics, struct buf *out,
		       const char *(*line)(void *ctx, const char *file, uint32_t line, size_t *len),
		       void *ctx, bool color)
{
	size_t n, all = diagnostics->errors + diagnostics->warnings;
	auto_free struct diagnostic *sorted = diagnostics_sorted(diagnostics, &n);

	for (size_t i = 0; i < n && i < DIAGNOSTICS_MAX_SHOWN; i++)
		diagnostic_print(out, &sorted[i], line, ctx, color);
	all -= diagnostics->list.n - n;
	if (all > DIAGNOSTICS_MAX_SHOWN)
		buf_printf(out, "and %zu more\n", all - DIAGNOSTICS_MAX_SHOWN);
}

/* Frees the list; the messages live in the arena. */
void diagnostics_free(struct diagnostics *diagnostics)
{
	free(diagnostics->list.at);
	diagnostics->list.at = NULL;
	diagnostics->list.n = diagnostics->list.cap = 0;
	diagnostics->errors = diagnostics->warnings = 0;
}
