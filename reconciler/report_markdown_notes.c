/* What the Markdown report says beside the changes. */
#include "reconciler/report_markdown.h"

#include <stdlib.h>
#include <string.h>

/* Scopes that were not read and are named one by one. */
#define UNREAD_MAX 40
/* With less room it is said at the top alone. Bytes. */
#define UNREAD_LEAST 300

static void put_note(struct buf *b, const struct doc_note *n)
{
	buf_puts(b, "- ");
	if (n->address)
		md_code(b, n->address, false);
	if (id_is_news(n->id) || (n->id && !n->address)) {
		buf_puts(b, n->address ? " (" : "(");
		md_code(b, n->id, false);
		buf_putc(b, ')');
	}
	if (n->text) {
		buf_puts(b, n->address || n->id ? ": " : "");
		md_text(b, n->text);
	}
	buf_putc(b, '\n');
}

/* As many as fit, below their title. */
static size_t put_notes(const struct md *m, enum note_kind what, size_t room, struct buf *b)
{
	const struct plan_doc *d = m->d;
	size_t n = report_notes(d, what), shown = 0, left = 0, end = b->len + room;
	bool folded = what == NOTE_UNMANAGED || what == NOTE_IGNORED || n > MD_ROWS_OPEN;
	auto_buf tail = BUF_INIT(SIZE_MAX);

	if (folded)
		md_fold_end(m, &tail);
	else
		buf_putc(&tail, '\n');
	for (size_t i = 0; n && i < d->notes; i++) {
		auto_buf line = BUF_INIT(SIZE_MAX);

		if (d->note[i].what != what)
			continue;
		if (!shown && folded)
			md_fold(m, &line, report_note_title(what), n);
		else if (!shown)
			buf_printf(&line, "**%s** (%zu)\n\n", report_note_title(what), n);
		put_note(&line, &d->note[i]);
		if (left || b->len + line.len + tail.len > end) {
			left++;
			continue;
		}
		buf_add(b, buf_str(&line), line.len);
		shown++;
	}
	if (shown)
		buf_puts(b, buf_str(&tail));
	return left;
}

size_t md_leftovers(const struct md *m, size_t room, struct buf *b)
{
	return put_notes(m, NOTE_LEFTOVER, room, b);
}

size_t md_warnings(const struct md *m, size_t room, struct buf *b)
{
	return put_notes(m, NOTE_WARNING, room, b);
}

size_t md_by_hand(const struct md *m, size_t room, struct buf *b)
{
	return put_notes(m, NOTE_BY_HAND, room, b);
}

size_t md_released(const struct md *m, size_t room, struct buf *b)
{
	return put_notes(m, NOTE_RELEASED, room, b);
}

size_t md_ignored(const struct md *m, size_t room, struct buf *b)
{
	return m->drift ? 0 : put_notes(m, NOTE_IGNORED, room, b);
}

size_t md_unmanaged(const struct md *m, size_t room, struct buf *b)
{
	return m->drift ? 0 : put_notes(m, NOTE_UNMANAGED, room, b);
}

/* What is declared in the scopes that were not read. */
static void put_unknown(struct buf *b, const struct plan_doc *d)
{
	size_t n = report_unknown(d), shown = 0;

	if (!n)
		return;
	buf_printf(b, "- %zu declared resource%s may differ: ", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < d->changes && shown < REPORT_UNMANAGED_MAX; i++)
		if (change_is_unknown(&d->change[i])) {
			buf_puts(b, shown++ ? ", " : "");
			md_code(b, d->change[i].address, false);
		}
	if (shown < n)
		buf_printf(b, " and %zu more", n - shown);
	buf_putc(b, '\n');
}

static void put_scope(struct buf *b, const struct doc_unread *u)
{
	buf_puts(b, "- ");
	md_code(b, u->scope, false);
	buf_puts(b, ": ");
	if (report_scope(u->scope))
		buf_printf(b, "%s could not be read whole: ", report_scope(u->scope));
	md_text(b, u->error ? u->error : "");
	if (u->message && *u->message) {
		buf_puts(b, u->error ? ": " : "");
		md_text(b, u->message);
	}
	buf_putc(b, '\n');
}

size_t md_unread(const struct md *m, size_t room, struct buf *b)
{
	const struct plan_doc *d = m->d;
	const char *advice = report_unread_advice(d);
	auto_buf more = BUF_INIT(SIZE_MAX);
	size_t end = b->len + room, i;

	if (d->complete && !d->unread_n)
		return 0;
	if (room < UNREAD_LEAST)
		return d->unread_n;
	put_unknown(&more, d);
	if (advice) {
		buf_puts(&more, "- ");
		md_prose(&more, advice, strlen(advice));
		buf_putc(&more, '\n');
	}
	buf_printf(b, "### Not read (%zu)\n\nWhat stands there is unknown%s.\n\n", d->unread_n,
		   report_is_drift(d) ? "" : ", and is not changed");
	for (i = 0; i < d->unread_n && i < UNREAD_MAX; i++) {
		auto_buf line = BUF_INIT(SIZE_MAX);

		put_scope(&line, &d->unread[i]);
		if (b->len + line.len + more.len + 32 > end)
			break;
		buf_add(b, buf_str(&line), line.len);
	}
	if (i < d->unread_n)
		buf_printf(b, "- … and %zu more\n", d->unread_n - i);
	if (b->len + more.len + 1 <= end)
		buf_puts(b, buf_str(&more));
	buf_putc(b, '\n');
	return d->unread_n - i;
}

static bool has_calls(const struct md *m)
{
	return m->d->calls && !report_is_empty(m->d) && !report_is_drift(m->d);
}

/* The longest chain of calls, each of which waits for the one before. */
static unsigned longest_chain(const struct plan_doc *d)
{
	auto_free unsigned *depth = xcalloc(d->calls + 1, sizeof *depth);
	unsigned most = 0;

	for (size_t i = 0; i < d->calls; i++) {
		const struct doc_call *c = &d->call[i];

		for (uint32_t k = 0; k < c->needs_n; k++)
			if (c->needs[k] >= 1 && c->needs[k] <= i &&
			    depth[c->needs[k] - 1] > depth[i])
				depth[i] = depth[c->needs[k] - 1];
		depth[i]++;
		most = depth[i] > most ? depth[i] : most;
	}
	return most;
}

static bool is_recorded(const struct plan_doc *d)
{
	for (size_t i = 0; i < d->calls; i++)
		if (strcmp(d->call[i].change, "record") == 0)
			return true;
	return false;
}

size_t md_how(const struct md *m, size_t room, struct buf *b)
{
	const struct plan_doc *d = m->d;
	auto_buf part = BUF_INIT(SIZE_MAX);

	if (!has_calls(m) || d->refusal)
		return 0;
	buf_printf(&part, "### How it is applied\n\n%zu call%s, at most %u one after another, ",
		   d->calls, d->calls == 1 ? "" : "s", longest_chain(d));
	report_time(&part, d->estimate_seconds);
	buf_putc(&part, '.');
	if (is_recorded(d))
		buf_puts(&part,
			 " Two tags of the organization's root are the record: the first call "
			 "says what is being applied, and once all is done the last ones say "
			 "that it is. The next plan begins there.");
	buf_puts(&part, "\n\n");
	if (part.len > room)
		return 1;
	buf_add(b, buf_str(&part), part.len);
	return 0;
}

size_t md_call_list(const struct md *m, size_t room, struct buf *b)
{
	auto_buf part = BUF_INIT(SIZE_MAX), text = BUF_INIT(room);

	if (!has_calls(m))
		return 0;
	doc_write_calls(m->d, &text);
	md_fold(m, &part, "Calls", m->d->calls);
	md_fence(&part, "", &text);
	md_fold_end(m, &part);
	if (text.full || part.len > room)
		return m->d->calls;
	buf_add(b, buf_str(&part), part.len);
	return 0;
}
