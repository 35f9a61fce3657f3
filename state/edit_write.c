/* Values as YAML and JSON, in a person's style or in ours. */
#include "state/edit_priv.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define WRITE_MAX (16u << 20) /* bytes; files of configuration hold one MiB */

/* Words that YAML 1.1 or 1.2 take for something else than text. */
static bool word_is_special(const char *s, size_t len)
{
	static const char *const words[] = {"null", "~",     "true",  "false", "yes",      "no",
					    "on",   "off",   "y",     "n",     "=",        "<<",
					    ".inf", "+.inf", "-.inf", ".nan",  "undefined"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) == len && strncasecmp(s, words[i], len) == 0)
			return true;
	}
	return false;
}

/* What some reader may take for a number, a time or a date: base 60, octal, hexadecimal, with
 * underscores, with an exponent. */
static bool looks_numeric(const char *s, size_t len)
{
	const char *set = "0123456789_.,:+-eExXoOTtZz \t";

	if (strchr("0123456789+-.", s[0]) == NULL)
		return false;
	if (len > 1 && s[0] == '0' && strchr("xXoObB", s[1]) != NULL)
		set = "0123456789abcdefABCDEF_xXoO";
	for (size_t i = 0; i < len; i++) {
		if (strchr(set, s[i]) == NULL)
			return false;
	}
	return true;
}

static bool first_is_plain(unsigned char c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || strchr("_/.$(+", c) != NULL;
}

bool edit_is_plain(const char *s, size_t len, bool flow)
{
	uint32_t code;

	if (len == 0 || !first_is_plain((unsigned char)s[0]) || s[len - 1] == ' ' ||
	    s[len - 1] == ':' || word_is_special(s, len) || looks_numeric(s, len) ||
	    memchr(s, '\0', len) != NULL)
		return false;
	if (len >= 3 && (memcmp(s, "...", 3) == 0 || memcmp(s, "---", 3) == 0))
		return false;
	for (size_t i = 0; i < len;) {
		int bytes = utf8_next(s + i, len - i, &code);

		if (bytes == 0 || code_is_hidden(code) || code == '\n')
			return false;
		if (code == ':' && (flow || s[i + 1] == ' '))
			return false;
		if (code == '#' && s[i - 1] == ' ')
			return false;
		if (code < 0x80 && flow && strchr(",[]{}", (int)code) != NULL)
			return false;
		i += (size_t)bytes;
	}
	return true;
}

/* Single quotes know no escapes, but for their own doubling. */
static bool single_can(const char *s, size_t len)
{
	uint32_t code;

	for (size_t i = 0; i < len;) {
		int bytes = utf8_next(s + i, len - i, &code);

		if (bytes == 0 || code_is_hidden(code) || code == '\n')
			return false;
		i += (size_t)bytes;
	}
	return true;
}

static void put_single(const char *s, size_t len, struct buf *out)
{
	buf_putc(out, '\'');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\'')
			buf_putc(out, '\'');
		buf_putc(out, s[i]);
	}
	buf_putc(out, '\'');
}

static void put_code(uint32_t code, struct buf *out)
{
	if (code == '\n')
		buf_puts(out, "\\n");
	else if (code == '\t')
		buf_puts(out, "\\t");
	else if (code == '\r')
		buf_puts(out, "\\r");
	else if (code > 0xffff)
		buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
			   0xdc00 + ((code - 0x10000) & 0x3ff));
	else
		buf_printf(out, "\\u%04x", code);
}

/* The escapes of JSON, which YAML has too, but for pairs of surrogates: there \U. */
static void put_double(const struct edit_style *style, const char *s, size_t len, struct buf *out)
{
	uint32_t code;

	buf_putc(out, '"');
	for (size_t i = 0; i < len;) {
		int bytes = utf8_next(s + i, len - i, &code);

		if (bytes == 0) {
			code = 0xfffd;
			bytes = 1;
			put_code(code, out);
		} else if (code == '"' || code == '\\') {
			buf_putc(out, '\\');
			buf_putc(out, (char)code);
		} else if (code > 0xffff && code_is_hidden(code) && !style->json) {
			buf_printf(out, "\\U%08x", code);
		} else if (code == '\n' || code_is_hidden(code)) {
			put_code(code, out);
		} else {
			buf_add(out, s + i, (size_t)bytes);
		}
		i += (size_t)bytes;
	}
	buf_putc(out, '"');
}

void edit_put_string(const struct edit_style *style, const char *s, size_t len, bool flow,
		     struct buf *out)
{
	if (!style->json && !style->quote_always && edit_is_plain(s, len, flow))
		buf_add(out, s, len);
	else if (!style->json && style->quote == '\'' && single_can(s, len))
		put_single(s, len, out);
	else
		put_double(style, s, len, out);
}

void edit_put_scalar(const struct edit_style *style, const json_t *value, bool flow,
		     struct buf *out)
{
	auto_free char *text = NULL;

	if (json_is_string(value)) {
		edit_put_string(style, json_string_value(value), json_string_length(value), flow,
				out);
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	if (text == NULL)
		die_out_of_memory();
	buf_puts(out, text);
}

/* Keys have quotes only where they need them, whatever values have. */
static void put_key(const struct edit_style *style, const char *key, bool flow, struct buf *out)
{
	struct edit_style keys = *style;

	keys.quote_always = false;
	edit_put_string(&keys, key, strlen(key), flow, out);
	buf_putc(out, ':');
}

static void put_flow_list(const struct edit_style *style, const json_t *list, struct buf *out)
{
	size_t i, n = json_array_size(list);
	json_t *element;
	bool inner = style->brackets && n > 0;

	buf_puts(out, inner ? "[ " : "[");
	json_array_foreach(list, i, element)
	{
		if (i > 0)
			buf_puts(out, style->compact ? "," : ", ");
		edit_put_flow(style, element, out);
	}
	buf_puts(out, inner ? " ]" : "]");
}

static void put_flow_map(const struct edit_style *style, const json_t *map, struct buf *out)
{
	bool first = true, inner = style->braces && json_object_size(map) > 0;
	const char *key;
	json_t *value;

	buf_puts(out, inner ? "{ " : "{");
	json_object_foreach((json_t *)map, key, value)
	{
		if (!first)
			buf_puts(out, style->compact ? "," : ", ");
		first = false;
		put_key(style, key, true, out);
		/* Plain keys need the blank. */
		if (!style->compact || !style->json)
			buf_putc(out, ' ');
		edit_put_flow(style, value, out);
	}
	buf_puts(out, inner ? " }" : "}");
}

void edit_put_flow(const struct edit_style *style, const json_t *value, struct buf *out)
{
	if (json_is_array(value))
		put_flow_list(style, value, out);
	else if (json_is_object(value))
		put_flow_map(style, value, out);
	else
		edit_put_scalar(style, value, true, out);
}

void edit_put_indent(const struct edit_style *style, unsigned indent, struct buf *out)
{
	for (unsigned i = 0; i < indent; i++)
		buf_putc(out, style->tabs ? '\t' : ' ');
}

static size_t columns(const struct buf *text)
{
	long n = utf8_count(buf_str(text), text->len);

	return n < 0 ? text->len : (size_t)n;
}

/* A list of scalars that fits on the line where it begins, `used` columns in. */
static bool fits_in_line(const struct edit_style *style, const json_t *list, size_t used,
			 struct buf *text)
{
	json_t *element;
	size_t i;

	if (style->block_lists && json_array_size(list) > 0)
		return false;
	json_array_foreach(list, i, element)
	{
		if (json_is_array(element) || json_is_object(element))
			return false;
	}
	edit_put_flow(style, list, text);
	return used + columns(text) <= style->width;
}

bool edit_is_block(const char *s, size_t len)
{
	uint32_t code;

	if (len == 0 || s[0] == ' ' || s[0] == '\n' || s[len - 1] == ' ' ||
	    (len > 1 && s[len - 1] == '\n' && (s[len - 2] == '\n' || s[len - 2] == ' ')))
		return false;
	for (size_t i = 0; i < len;) {
		int bytes = utf8_next(s + i, len - i, &code);

		if (bytes == 0 || (code != '\n' && code_is_hidden(code)))
			return false;
		i += (size_t)bytes;
	}
	return true;
}

/* Text of several lines that a literal block says as it is. */
static bool is_literal(const json_t *value)
{
	const char *s = json_string_value(value);
	size_t len = json_string_length(value);

	return s != NULL && len > 1 && memchr(s, '\n', len - 1) != NULL && edit_is_block(s, len);
}

static void put_literal(const struct edit_style *style, const json_t *value, unsigned indent,
			struct buf *out)
{
	const char *s = json_string_value(value), *end;
	size_t len = json_string_length(value);

	buf_puts(out, s[len - 1] == '\n' ? " |\n" : " |-\n");
	for (; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		end = strchrnul(s, '\n');
		if (end > s) {
			edit_put_indent(style, indent, out);
			buf_add(out, s, (size_t)(end - s));
		}
		buf_putc(out, '\n');
	}
}

static void put_members(const struct edit_style *style, const json_t *map, unsigned indent,
			struct buf *out)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)map, key, value)
	    edit_put_member(style, key, value, indent, out);
}

static void put_elements(const struct edit_style *style, const json_t *list, unsigned indent,
			 struct buf *out)
{
	json_t *element;
	size_t i;

	json_array_foreach(list, i, element) edit_put_element(style, element, indent, out);
}

void edit_put_value(const struct edit_style *style, const json_t *value, unsigned indent,
		    size_t used, struct buf *out)
{
	auto_buf text = BUF_INIT(WRITE_MAX);

	if (json_is_object(value) && json_object_size(value) > 0) {
		buf_putc(out, '\n');
		put_members(style, value, indent + style->step, out);
	} else if (json_is_array(value) && json_array_size(value) > 0 &&
		   !fits_in_line(style, value, used + 1, &text)) {
		buf_putc(out, '\n');
		put_elements(style, value, indent + style->dash, out);
	} else if (is_literal(value)) {
		put_literal(style, value, indent + style->step, out);
	} else {
		buf_putc(out, ' ');
		buf_clear(&text);
		if (json_is_array(value) || json_is_object(value))
			edit_put_flow(style, value, &text);
		else
			edit_put_scalar(style, value, false, &text);
		buf_puts(out, buf_str(&text));
		buf_putc(out, '\n');
	}
}

void edit_put_member(const struct edit_style *style, const char *key, const json_t *value,
		     unsigned indent, struct buf *out)
{
	auto_buf text = BUF_INIT(WRITE_MAX);

	put_key(style, key, false, &text);
	edit_put_indent(style, indent, out);
	buf_puts(out, buf_str(&text));
	edit_put_value(style, value, indent, indent + columns(&text), out);
}

void edit_put_element(const struct edit_style *style, const json_t *value, unsigned indent,
		      struct buf *out)
{
	auto_buf inner = BUF_INIT(WRITE_MAX);

	edit_put_indent(style, indent, out);
	buf_putc(out, '-');
	if (json_is_object(value) && json_object_size(value) > 0) {
		/* The first member stands on the line of the dash. */
		put_members(style, value, indent + 2, &inner);
		buf_putc(out, ' ');
		buf_puts(out, buf_str(&inner) + indent + 2);
	} else {
		struct edit_style deeper = *style;

		/* Dashes right below a dash would be of the same list. */
		if (deeper.dash == 0)
			deeper.dash = deeper.step;
		edit_put_value(&deeper, value, indent, indent + 1, out);
	}
}

void edit_write_yaml(const json_t *value, unsigned indent, struct buf *out)
{
	const struct edit_style style = EDIT_STYLE;

	if (json_is_object(value) && json_object_size(value) > 0) {
		put_members(&style, value, indent, out);
	} else if (json_is_array(value) && json_array_size(value) > 0) {
		put_elements(&style, value, indent, out);
	} else {
		edit_put_indent(&style, indent, out);
		edit_put_flow(&style, value, out);
		buf_putc(out, '\n');
	}
}

static void json_lines(const struct edit_style *style, const json_t *value, unsigned indent,
		       struct buf *out)
{
	unsigned inner = indent + style->step;
	bool first = true;
	const char *key;
	json_t *member;
	size_t i, begin;

	buf_puts(out, json_is_array(value) ? "[" : "{");
	if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			buf_puts(out, i > 0 ? ",\n" : "\n");
			edit_put_indent(style, inner, out);
			edit_put_json(style, member, inner, inner, out);
		}
	} else {
		json_object_foreach((json_t *)value, key, member)
		{
			buf_puts(out, first ? "\n" : ",\n");
			first = false;
			begin = out->len;
			edit_put_indent(style, inner, out);
			put_key(style, key, true, out);
			buf_putc(out, ' ');
			edit_put_json(style, member, inner, out->len - begin, out);
		}
	}
	buf_putc(out, '\n');
	edit_put_indent(style, indent, out);
	buf_puts(out, json_is_array(value) ? "]" : "}");
}

void edit_put_json(const struct edit_style *style, const json_t *value, unsigned indent,
		   size_t used, struct buf *out)
{
	auto_buf text = BUF_INIT(WRITE_MAX);

	if ((json_is_array(value) && json_array_size(value) > 0 &&
	     !fits_in_line(style, value, used, &text)) ||
	    (json_is_object(value) && json_object_size(value) > 0))
		json_lines(style, value, indent, out);
	else
		edit_put_flow(style, value, out);
}

void edit_write_json(const json_t *value, struct buf *out)
{
	const struct edit_style style = EDIT_STYLE_JSON;

	edit_put_json(&style, value, 0, 0, out);
	buf_putc(out, '\n');
}
