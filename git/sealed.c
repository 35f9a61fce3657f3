#include "git/sealed.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

#define MARK       "<!-- charter: "
#define MARK_END   " -->\n"
#define REPORT_END "\n<!-- charter:end -->\n"

size_t sealed_trimmed(const char *s, size_t len)
{
	while (len && strchr(" \t\r\n", s[len - 1]))
		len--;
	return len;
}

/* Forges end lines in their own way and trim what ends a body. */
static void digest_text(struct digest *d, const char *s)
{
	size_t len = sealed_trimmed(s, strlen(s));

	for (size_t i = 0; i < len; i++)
		if (s[i] != '\r')
			digest_add(d, s + i, 1);
}

/* Of the block without its digest, which is its last member, and of what follows it. */
static void body_digest(const char *block, size_t len, const char *rest, char hex[SHA256_HEX])
{
	struct digest *d = digest_new();

	digest_add(d, block, len);
	digest_text(d, rest);
	digest_hex(d, hex);
}

/* JSON on one line, in which no ">" stands: it could end the block. */
static void put_block(const struct buf *json, struct buf *b)
{
	for (size_t i = 0; i < json->len; i++)
		if (json->data[i] == '>')
			buf_puts(b, "\\u003e");
		else if (json->data[i] == '<')
			buf_puts(b, "\\u003c");
		else if (json->data[i] == '-' && i && json->data[i - 1] == '-')
			buf_puts(b, "\\u002d");
		else if (json->data[i] != '\n')
			buf_putc(b, json->data[i]);
}

void sealed_write(const struct buf *block, const char *report, const char *after, struct buf *b)
{
	auto_buf escaped = BUF_INIT(2 * SEALED_BLOCK_MAX), rest = BUF_INIT(SIZE_MAX);
	char hex[SHA256_HEX];

	put_block(block, &escaped);
	escaped.data[--escaped.len] = '\0'; /* the digest goes before the last brace */
	buf_add(&rest, report, sealed_trimmed(report, strlen(report)));
	buf_puts(&rest, REPORT_END);
	buf_puts(&rest, after);
	body_digest(buf_str(&escaped), escaped.len, buf_str(&rest), hex);
	buf_printf(b, MARK "%s,\"digest\":\"%s\"}" MARK_END, buf_str(&escaped), hex);
	buf_add(b, buf_str(&rest), rest.len);
}

bool sealed_read(struct arena *arena, const char *body, json_t **block, const char **report,
		 bool *altered)
{
	static const char digest_key[] = ",\"digest\":\"";
	const char *end, *digest, *rest, *report_end;
	json_auto_t *o = NULL;
	char hex[SHA256_HEX];

	*block = NULL;
	if (!str_starts(body, MARK))
		return false;
	body += strlen(MARK);
	end = strstr(body, " -->");
	if (!end || end - body > 2 * SEALED_BLOCK_MAX)
		return false;
	o = json_loadb(body, (size_t)(end - body), JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o))
		return false;
	rest = end + strlen(" -->");
	rest += *rest == '\r';
	rest += *rest == '\n';
	report_end = strstr(rest, "<!-- charter:end -->");
	*report = arena_printf(
	    arena, "%.*s",
	    (int)(report_end ? sealed_trimmed(rest, (size_t)(report_end - rest)) : 0), rest);
	digest = json_string_value(json_object_get(o, "digest"));
	*altered = true;
	for (const char *at = strstr(body, digest_key); digest && at && at < end && *altered;
	     at = strstr(at + 1, digest_key)) {
		body_digest(body, (size_t)(at - body), rest, hex);
		*altered = strcmp(hex, digest) != 0;
	}
	*block = json_incref(o);
	return true;
}

void sealed_url(struct buf *b, const char *s)
{
	for (; *s; s++)
		if (strchr("-._~:/?#@!$&*+,;=%", *s) || (*s >= '0' && *s <= '9') ||
		    ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z'))
			buf_putc(b, *s);
		else
			escape_percent(b, s, 1);
}
