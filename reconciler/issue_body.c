#include "reconciler/issue_body.h"

#include "base/base64.h"
#include "base/env.h"
#include "base/json_out.h"
#include "base/text.h"
#include "git/sealed.h"

#include <string.h>

#define FORMAT "charter.issue/1"

static const char *text_member(struct arena *arena, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? arena_strdup(arena, s) : NULL;
}

bool issue_body_read(struct arena *arena, const char *text, struct issue_body *b)
{
	auto_buf ledger = BUF_INIT(SEALED_BLOCK_MAX);
	json_auto_t *o = NULL;
	const char *format, *encoded, *seen;

	*b = (struct issue_body){0};
	if (!sealed_read(arena, text, &o, &b->report, &b->altered))
		return false;
	format = json_string_value(json_object_get(o, "format"));
	b->target = text_member(arena, o, "target");
	if (!format || strcmp(format, FORMAT) != 0 || !b->target)
		return false;
	b->open = json_is_true(json_object_get(o, "open"));
	b->run_url = text_member(arena, o, "run_url");
	seen = json_string_value(json_object_get(o, "seen"));
	if (seen && time_parse(seen, &b->seen_us) != 0)
		b->seen_us = 0;
	encoded = json_string_value(json_object_get(o, "ledger"));
	if (encoded && base64_decode(&ledger, encoded, strlen(encoded))) {
		b->ledger_len = ledger.len;
		b->ledger_data = arena_memdup0(arena, buf_str(&ledger), ledger.len);
	}
	return true;
}

static void put_time(struct buf *b, int64_t us)
{
	char when[TIME_RFC3339];

	time_rfc3339(us, when);
	buf_printf(b, "`%s`", when);
}

uint32_t ledger_open(const struct ledger *l, int64_t *oldest_us)
{
	uint32_t n = l->left_quiet ? 0 : l->left;

	*oldest_us = n ? l->left_us : 0;
	for (uint32_t i = 0; i < l->items; i++) {
		if (l->item[i].quiet)
			continue;
		n++;
		if (l->item[i].first_us && (!*oldest_us || l->item[i].first_us < *oldest_us))
			*oldest_us = l->item[i].first_us;
	}
	return n;
}

static void put_rest(const struct issue_body *body, struct buf *b)
{
	int64_t oldest_us;

	buf_puts(b, "\n---\n");
	if (body->note)
		buf_printf(b, "%s\n\n", body->note);
	buf_puts(b, "As of ");
	put_time(b, body->seen_us);
	if (body->run_url) {
		buf_puts(b, " ([run](");
		sealed_url(b, body->run_url);
		buf_puts(b, "))");
	}
	if (ledger_open(body->ledger, &oldest_us) && oldest_us) {
		buf_puts(b, "; the oldest of it was first seen ");
		put_time(b, oldest_us);
	}
	buf_puts(b,
		 ". Later looks that found the same are not written here.\n\n"
		 "Kept by `charter comment`: edited when something changes, closed when nothing is "
		 "left. Closed by hand it stays closed until there is something new; what is "
		 "edited by hand is written over.\n");
}

bool issue_body_write(const struct issue_body *body, struct buf *out)
{
	auto_buf ledger = BUF_INIT(SEALED_BLOCK_MAX), encoded = BUF_INIT(SEALED_BLOCK_MAX);
	auto_buf block = BUF_INIT(SEALED_BLOCK_MAX), rest = BUF_INIT(SEALED_BLOCK_MAX);
	struct json_out *j;
	char seen[TIME_RFC3339];

	if (!ledger_write(body->ledger, ISSUE_LEDGER, &ledger))
		return false;
	base64_encode(&encoded, buf_str(&ledger), ledger.len);
	time_rfc3339(body->seen_us, seen);
	j = json_out_new(&block, NULL);
	out_object(j);
	out_key_string(j, "format", FORMAT);
	out_key_string(j, "ledger", buf_str(&encoded));
	out_key_bool(j, "open", body->open);
	out_key_string(j, "run_url", body->run_url);
	out_key_string(j, "seen", seen);
	out_key_string(j, "target", body->target);
	out_object_end(j);
	json_out_end(j);
	put_rest(body, &rest);
	sealed_write(&block, body->report, buf_str(&rest), out);
	return true;
}

/* Titles are text to some forges and Markdown to others. */
static void put_word(struct buf *b, const char *s)
{
	size_t len = strnlen(s, 60);

	for (size_t n = 0; n < len; n++) {
		bool plain = (s[n] >= '0' && s[n] <= '9') ||
			     ((s[n] | 0x20) >= 'a' && (s[n] | 0x20) <= 'z') ||
			     strchr("-._/", s[n]) != NULL;

		buf_putc(b, plain ? s[n] : '?');
	}
}

/* What was let be differs still; what nobody declares does not differ from git. */
static bool ledger_differs(const struct ledger *l)
{
	for (uint32_t i = 0; i < l->items; i++)
		if (!l->item[i].kind || strcmp(l->item[i].kind, item_words[ITEM_UNMANAGED]) != 0)
			return true;
	return l->left > 0;
}

const char *issue_title(struct arena *arena, const struct ledger *ledger, bool complete,
			const char *organization, const char *scope)
{
	auto_buf b = BUF_INIT(4096);
	int64_t oldest_us;
	uint32_t open = ledger_open(ledger, &oldest_us);

	buf_puts(&b, "charter: ");
	if (open)
		buf_printf(&b, "%u difference%s outside git", open, open == 1 ? "" : "s");
	else
		buf_puts(&b, !complete                ? "not everything could be read"
			     : ledger_differs(ledger) ? "nothing new differs from git"
						      : "nothing differs from git");
	buf_puts(&b, " in ");
	put_word(&b, organization ? organization : "the organization");
	if (scope && *scope && strcmp(scope, ".") != 0) {
		buf_puts(&b, " (scope ");
		put_word(&b, scope);
		buf_puts(&b, ")");
	}
	return arena_strdup(arena, buf_str(&b));
}
