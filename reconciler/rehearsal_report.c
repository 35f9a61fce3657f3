/* The report of a rehearsal: for a terminal, and for a pull request. */
#include "reconciler/rehearsal.h"

#include "reconciler/markdown.h"
#include "reconciler/paint.h"
#include "reconciler/report.h"
#include "reconciler/report_markdown.h"
#include "reconciler/report_text.h"

#include <inttypes.h>
#include <string.h>

/* Calls, and changes left, that are shown; the JSON report has them all. */
#define CALLS_MAX 24
#define LEFT_MAX  10
#define MD_CALLS  200

typedef void sentence(const struct rehearsal *, struct buf *);

/* Of what follows from the first refusal. */
static size_t count_state(const struct rehearsal *r, enum call_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < r->calls; i++)
		n += r->call[i].state == state;
	return n;
}

static size_t count_sent(const struct rehearsal *r)
{
	size_t n = 0;

	while (n < r->calls && r->call[n].start_us >= 0)
		n++;
	return n;
}

/* "    4.2", in seconds; the width is that before the point. */
static void put_tenths(struct buf *b, int64_t us, int width)
{
	int64_t tenths = (us + 50000) / 100000;

	buf_printf(b, "%*" PRId64 ".%" PRId64, width, tenths / 10, tenths % 10);
}

static void put_with(struct buf *b, const struct rehearsal_call *c)
{
	for (uint32_t i = 0; i < c->with_n; i++)
		buf_printf(b, "%s%u", i ? ", " : "", c->with[i]);
}

static const char *action_sign(const char *action)
{
	return strcmp(action, "create") == 0 ? "+" : strcmp(action, "delete") == 0 ? "-" : "~";
}

static void text_title(struct paint *p, const char *color, const char *title)
{
	paint_blank(p);
	paint_lines(p, 0, 2, color, title);
}

static void text_line(struct paint *p, const struct rehearsal *r, const char *title, sentence *say)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	say(r, &b);
	paint_begin(p, 0, 12);
	paint_puts(p, PAINT_BOLD, title);
	paint_gap(p, 12 - (unsigned)strlen(title));
	for (const char *s = buf_str(&b); *s;) {
		size_t n = strcspn(s, "\n");

		if (s != buf_str(&b))
			paint_begin(p, 12, 12);
		paint_add(p, PAINT_NONE, s, n);
		paint_end(p);
		s += n + (s[n] == '\n');
	}
}

static void text_header(struct paint *p, const struct rehearsal *r)
{
	const struct plan_doc *d = r->options->plan;
	auto_buf b = BUF_INIT(SIZE_MAX);

	buf_puts(&b, "Rehearsal: ");
	rehearsal_verdict(r, &b);
	paint_lines(p, 0, 2, r->converged ? PAINT_BOLD : PAINT_ALARM, buf_str(&b));
	text_where(p, d);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The first refusal has told it already. */
static bool refused_alike(const struct rehearsal *r, const struct rehearsal_call *c)
{
	return c != r->refused && same_text(c->code, r->refused->code) &&
	       same_text(c->message, r->refused->message);
}

static void text_refused(struct paint *p, const struct rehearsal *r, const struct rehearsal_call *c)
{
	paint_begin(p, 2, 6);
	paint_puts(p, PAINT_RED, "! ");
	paint_puts(p, PAINT_BOLD, c->call->operation);
	paint_gap(p, 2);
	paint_puts(p, PAINT_NONE, c->call->change);
	paint_end(p);
	if (refused_alike(r, c))
		return;
	paint_begin(p, 6, 6);
	paint_puts(p, PAINT_RED, c->code ? c->code : call_state_name(c->state));
	if (c->message) {
		paint_puts(p, PAINT_RED, ": ");
		paint_puts(p, PAINT_NONE, c->message);
	}
	paint_end(p);
	if (c->advice)
		paint_lines(p, 6, 6, PAINT_YELLOW, c->advice);
}

/* What was refused, the first one first; then what was not tried for that. */
static void text_refusals(struct paint *p, const struct rehearsal *r)
{
	size_t skipped = count_state(r, CALL_SKIPPED), shown = 0;
	char title[96];

	if (r->why) {
		text_title(p, PAINT_ALARM, "It cannot be performed");
		paint_lines(p, 2, 4, PAINT_RED, r->why);
	}
	if (r->refused) {
		snprintf(title, sizeof title, "Call %u would be refused", r->refused->call->n);
		text_title(p, PAINT_ALARM, title);
		text_refused(p, r, r->refused);
	}
	if (r->failed + r->stale + r->unknown > 1) {
		text_title(p, PAINT_ALARM, "These too");
		for (size_t i = 0; i < r->calls && shown < CALLS_MAX; i++)
			if (r->call[i].state > CALL_DONE && r->call[i].state < CALL_SKIPPED &&
			    &r->call[i] != r->refused) {
				text_refused(p, r, &r->call[i]);
				shown++;
			}
	}
	if (!skipped)
		return;
	snprintf(title, sizeof title, "Not tried because of that (%zu)", skipped);
	text_title(p, PAINT_YELLOW, title);
	for (size_t i = 0, n = 0; i < r->calls && n < LEFT_MAX; i++) {
		const struct rehearsal_call *c = &r->call[i];

		if (c->state != CALL_SKIPPED)
			continue;
		n++;
		paint_begin(p, 2, 6);
		paint_puts(p, PAINT_NONE, c->call->operation);
		paint_gap(p, 2);
		paint_puts(p, PAINT_NONE, c->call->change);
		paint_end(p);
	}
	if (skipped > LEFT_MAX) {
		snprintf(title, sizeof title, "... and %zu more", skipped - LEFT_MAX);
		paint_lines(p, 2, 2, PAINT_DIM, title);
	}
}

static void text_call(struct paint *p, const struct rehearsal_call *c)
{
	bool done = c->state == CALL_DONE;
	auto_buf b = BUF_INIT(SIZE_MAX);

	put_tenths(&b, c->start_us, 5);
	put_tenths(&b, c->end_us - c->start_us, 5);
	buf_printf(&b, " %5u ", c->call->n);
	paint_begin(p, 0, 22);
	paint_puts(p, PAINT_DIM, buf_str(&b));
	paint_puts(p, done ? PAINT_GREEN : PAINT_RED, done ? "  " : "! ");
	paint_puts(p, PAINT_NONE, c->call->operation);
	paint_gap(p, 1);
	paint_puts(p, PAINT_BOLD, c->call->change);
	if (c->with_n) {
		buf_clear(&b);
		buf_puts(&b, "  with ");
		put_with(&b, c);
		paint_puts(p, PAINT_DIM, buf_str(&b));
	}
	paint_end(p);
}

/* The first row to show of so many: the refusal, if there is one, stands in the middle. */
static size_t calls_from(const struct rehearsal *r, size_t sent, size_t most)
{
	size_t at = r->refused ? (size_t)(r->refused - r->call) : 0;
	size_t from = at > most / 2 ? at - most / 2 : 0;

	return from > sent - most ? sent - most : from;
}

static void text_calls(struct paint *p, const struct rehearsal *r)
{
	size_t sent = count_sent(r), most = sent > CALLS_MAX ? CALLS_MAX : sent;
	size_t from = calls_from(r, sent, most);
	char more[80];

	if (!sent)
		return;
	text_title(p, PAINT_BOLD, "Calls, as they were sent");
	paint_lines(p, 0, 0, PAINT_DIM, "  start   took  call     (seconds)");
	if (from) {
		snprintf(more, sizeof more, "... %zu before these", from);
		paint_lines(p, 2, 2, PAINT_DIM, more);
	}
	for (size_t i = from; i < from + most; i++)
		text_call(p, &r->call[i]);
	if (from + most < sent) {
		snprintf(more, sizeof more, "... and %zu more; -o json lists them all",
			 sent - most - from);
		paint_lines(p, 2, 2, PAINT_DIM, more);
	}
}

static void text_left(struct paint *p, const struct rehearsal *r)
{
	size_t shown = 0;
	char more[80];

	if (!r->left || !r->after)
		return;
	text_title(p, PAINT_YELLOW, "Left to do afterwards");
	for (size_t i = 0; i < r->after->changes && shown < LEFT_MAX; i++) {
		const struct doc_change *c = &r->after->change[i];

		if (!c->calls)
			continue;
		shown++;
		paint_begin(p, 2, 4);
		paint_puts(p, PAINT_YELLOW, action_sign(c->action));
		paint_gap(p, 1);
		paint_puts(p, PAINT_NONE, c->address);
		paint_end(p);
	}
	if (shown < r->left) {
		snprintf(more, sizeof more, "... and %zu more", r->left - shown);
		paint_lines(p, 2, 2, PAINT_DIM, more);
	}
}

void rehearsal_write_text(const struct rehearsal *r, const struct style *style, struct buf *b)
{
	struct paint p = {.out = b, .style = style};

	text_header(&p, r);
	for (size_t i = 0; i < r->warnings.n; i++) {
		paint_begin(&p, 0, 2);
		paint_puts(&p, PAINT_YELLOW, "! ");
		paint_puts(&p, PAINT_NONE, r->warnings.at[i]);
		paint_end(&p);
	}
	text_refusals(&p, r);
	text_calls(&p, r);
	text_left(&p, r);
	paint_blank(&p);
	if (r->calls) {
		text_line(&p, r, "Time", rehearsal_duration);
		text_line(&p, r, "Bound by", rehearsal_bound_words);
	}
	text_line(&p, r, "Afterwards", rehearsal_after_words);
	text_line(&p, r, "Assumed", rehearsal_assumed_words);
}

static void md_line(struct buf *b, const struct rehearsal *r, const char *title, sentence *say)
{
	auto_buf s = BUF_INIT(SIZE_MAX);

	say(r, &s);
	buf_printf(b, "- **%s:** ", title);
	for (const char *p = buf_str(&s); *p;) {
		size_t n = strcspn(p, "\n");

		buf_puts(b, p == buf_str(&s) ? "" : "; ");
		md_prose(b, p, n);
		p += n + (p[n] == '\n');
	}
	buf_putc(b, '\n');
}

static void md_header(struct buf *b, const struct rehearsal *r)
{
	const struct plan_doc *d = r->options->plan;
	auto_buf s = BUF_INIT(SIZE_MAX);

	rehearsal_verdict(r, &s);
	buf_puts(b, "## charter rehearsal: ");
	md_text(b, buf_str(&s));
	if (d->plan_id)
		buf_printf(b, " · `%.12s`", d->plan_id);
	buf_puts(b, "\n\n");
	md_where(b, d);
}

static void md_refused(struct buf *b, const struct rehearsal *r, const struct rehearsal_call *c)
{
	buf_printf(b, "> - call %u, %s ", c->call->n, c->call->operation);
	md_code(b, c->call->change, false);
	if (refused_alike(r, c)) {
		buf_puts(b, ": the same\n");
		return;
	}
	buf_puts(b, ": ");
	md_text(b, c->code ? c->code : call_state_name(c->state));
	if (c->message) {
		buf_puts(b, ": ");
		md_text(b, c->message);
	}
	if (c->advice) {
		buf_puts(b, " — ");
		md_prose(b, c->advice, strlen(c->advice));
	}
	buf_putc(b, '\n');
}

static void md_why(struct buf *b, const char *why)
{
	while (*why) {
		size_t n = strcspn(why, "\n");

		buf_puts(b, "> - ");
		md_prose(b, why, n);
		buf_putc(b, '\n');
		why += n + (why[n] == '\n');
	}
}

static void md_refusals(struct buf *b, const struct rehearsal *r)
{
	size_t shown = 0;

	if (r->converged)
		return;
	buf_puts(b, "> [!CAUTION]\n> **It would not go through.**\n>\n");
	if (r->why)
		md_why(b, r->why);
	if (r->refused)
		md_refused(b, r, r->refused);
	for (size_t i = 0; i < r->calls && shown < CALLS_MAX; i++)
		if (r->call[i].state > CALL_DONE && r->call[i].state < CALL_SKIPPED &&
		    &r->call[i] != r->refused) {
			md_refused(b, r, &r->call[i]);
			shown++;
		}
	if (r->skipped)
		buf_printf(b, "> - %u call%s not tried because of that\n", r->skipped,
			   r->skipped == 1 ? " is" : "s are");
	shown = 0;
	for (size_t i = 0; r->after && i < r->after->changes && shown < LEFT_MAX; i++) {
		const struct doc_change *c = &r->after->change[i];

		if (!c->calls)
			continue;
		buf_puts(b, shown++ ? ", " : "> - left to do afterwards: ");
		md_code(b, c->address, false);
	}
	if (shown && shown < r->left)
		buf_printf(b, " and %zu more", r->left - shown);
	buf_puts(b, shown ? "\n\n" : "\n");
}

static void md_calls(struct buf *b, const struct rehearsal *r)
{
	size_t sent = count_sent(r), most = sent > MD_CALLS ? MD_CALLS : sent;
	size_t from = calls_from(r, sent, most);

	if (!sent)
		return;
	buf_printf(b,
		   "\n<details><summary>Calls, as they were sent (%zu)</summary>\n\n"
		   "| Start, s | Took, s | Call | Operation | For | While these were under way |\n"
		   "|--:|--:|--:|---|---|---|\n",
		   sent);
	for (size_t i = from; i < from + most; i++) {
		const struct rehearsal_call *c = &r->call[i];

		buf_puts(b, "| ");
		put_tenths(b, c->start_us, 1);
		buf_puts(b, " | ");
		put_tenths(b, c->end_us - c->start_us, 1);
		buf_printf(b, " | %u | ", c->call->n);
		if (c->state != CALL_DONE)
			buf_printf(b, "**%s** ",
				   c->state == CALL_FAILED ? "refused" : call_state_name(c->state));
		buf_printf(b, "%s | ", c->call->operation);
		md_code(b, c->call->change, true);
		buf_puts(b, " | ");
		put_with(b, c);
		buf_puts(b, " |\n");
	}
	if (most < sent)
		buf_printf(b, "\n… and %zu others; `-o json` lists them all\n", sent - most);
	buf_puts(b, "\n</details>\n");
}

void rehearsal_write_markdown(const struct rehearsal *r, struct buf *b)
{
	md_header(b, r);
	for (size_t i = 0; i < r->warnings.n; i++) {
		buf_puts(b, i ? "> - " : "> [!WARNING]\n> - ");
		md_text(b, r->warnings.at[i]);
		buf_puts(b, i + 1 == r->warnings.n ? "\n\n" : "\n");
	}
	md_refusals(b, r);
	if (r->calls) {
		md_line(b, r, "Time", rehearsal_duration);
		md_line(b, r, "Bound by", rehearsal_bound_words);
	}
	md_line(b, r, "Afterwards", rehearsal_after_words);
	md_line(b, r, "Assumed", rehearsal_assumed_words);
	md_calls(b, r);
}

void rehearsal_none_markdown(enum exit_code code, const char *why, struct buf *b)
{
	buf_printf(b, "## charter rehearsal: none, the plan is %s\n\n> [!CAUTION]\n",
		   code == EXIT_STALE ? "stale" : "refused");
	md_why(b, why);
}
