/* A notification in words: what began, grew or ended, how much there is, who made most of it, and
 * where to read on. Names come from whoever may name a session or a role, and receivers read links,
 * mentions and markup into text: in a webhook's text each stands as code, without what could end
 * that, and addresses are broken everywhere. */
#include "reconciler/notify_text.h"

#include "base/text.h"
#include "reconciler/plan_doc.h"

#include <stdio.h>
#include <string.h>

#define CAUSES_SHOWN 5
#define ITEMS_SHOWN  2  /* of a cause */
#define NAME_SHOWN   80 /* characters */

/* How a receiver wants foreign text. */
struct sink {
	struct buf *out;
	bool slack; /* else plain */
};

/* One character of foreign text, on one line. */
static void name_char(const struct sink *s, const char *at, size_t len, uint32_t code)
{
	if (code_is_forbidden(code) || code_is_hidden(code) || code == '\n')
		buf_putc(s->out, ' ');
	else if (s->slack && code == '`')
		buf_putc(s->out, '\'');
	else if (s->slack && (code == '&' || code == '<' || code == '>'))
		buf_puts(s->out, code == '&' ? "&amp;" : code == '<' ? "&lt;" : "&gt;");
	else
		buf_add(s->out, at, len);
}

/* Foreign text; what would be taken for an address gets a blank. */
static void name_put(const struct sink *s, const char *name)
{
	size_t left = strlen(name), step, shown = 0;
	uint32_t code;

	if (s->slack)
		buf_putc(s->out, '`');
	for (; left > 0 && shown < NAME_SHOWN; name += step, left -= step, shown++) {
		step = utf8_next(name, left, &code);
		if (step == 0) {
			step = 1;
			code = 0;
		}
		name_char(s, name, step, code);
		if (code == ':' && str_starts(name, "://"))
			buf_putc(s->out, ' ');
	}
	if (left > 0)
		buf_puts(s->out, "...");
	if (s->slack)
		buf_putc(s->out, '`');
}

static void count_put(const struct sink *s, uint32_t n, const char *one, const char *more)
{
	buf_printf(s->out, "%u %s", n, n == 1 ? one : more);
}

enum notify_transition notify_transition(const struct notify_message *m)
{
	const struct ledger_news *news = m->news;

	if (news->open == 0)
		return m->doc->complete && (news->resolved > 0 || news->owed) ? NOTIFY_ENDED
									      : NOTIFY_NOTHING;
	if (news->first || (news->fresh > 0 && news->fresh >= news->open))
		return NOTIFY_BEGAN;
	if (news->fresh > 0)
		return NOTIFY_GREW;
	return news->owed ? NOTIFY_STANDS : NOTIFY_NOTHING;
}

static const char *const headings[] = {
    [NOTIFY_BEGAN] = "Drift began",
    [NOTIFY_GREW] = "Drift grew",
    [NOTIFY_STANDS] = "There is drift",
    [NOTIFY_ENDED] = "Drift ended",
};

static void title_put(const struct sink *s, const struct notify_message *m)
{
	const char *scope = m->doc->scope;

	buf_puts(s->out, headings[notify_transition(m)]);
	buf_puts(s->out, " in ");
	name_put(s, m->doc->organization ? m->doc->organization : "the account");
	if (scope && *scope && strcmp(scope, ".") != 0) {
		buf_puts(s->out, " at ");
		name_put(s, scope);
	}
}

static void counts_put(const struct sink *s, const struct notify_message *m)
{
	const struct ledger_news *news = m->news;

	if (notify_transition(m) == NOTIFY_ENDED) {
		buf_puts(s->out, "All is as git has it");
		if (news->resolved > 0) {
			buf_puts(s->out, ": ");
			count_put(s, news->resolved, "difference is", "differences are");
			buf_puts(s->out, " there no more");
		}
		buf_puts(s->out, ".\n");
		return;
	}
	count_put(s, news->open, "difference", "differences");
	if (news->fresh > 0)
		buf_printf(s->out, ", %u of them new", news->fresh);
	if (news->resolved > 0)
		buf_printf(s->out, "; %u there no more", news->resolved);
	buf_puts(s->out, ".\n");
	if (m->doc->unread_n == 0)
		return;
	count_put(s, (uint32_t)m->doc->unread_n, "part", "parts");
	buf_puts(s->out, " of AWS could not be read: nothing there is in sync.\n");
}

static void who_put(const struct sink *s, const struct drift_cause *cause)
{
	const char *principal = cause->principal, *session = cause->session;

	if (!principal && !session) {
		buf_puts(s->out, "Somebody not known");
		return;
	}
	name_put(s, session && *session ? session : principal);
	if (session && *session && principal && *principal) {
		buf_puts(s->out, " (");
		name_put(s, principal);
		buf_puts(s->out, ")");
	}
}

static void calls_put(const struct sink *s, const struct drift_cause *cause)
{
	const struct drift_event *last;
	char when[TIME_RFC3339];

	if (cause->events == 0)
		return;
	last = &cause->event[cause->events - 1];
	time_rfc3339(last->time_us, when);
	buf_printf(s->out, ", %s%s, ", when, last->console ? " in the console" : "");
	name_put(s, last->call);
	if (cause->events > 1) {
		buf_puts(s->out, " and ");
		count_put(s, cause->events - 1, "other call", "other calls");
	}
}

static void item_put(const struct sink *s, const struct drift_item *item)
{
	buf_puts(s->out, "    ");
	name_put(s, item->address);
	if (item->attribute) {
		buf_puts(s->out, " ");
		name_put(s, item->attribute);
	}
	buf_printf(s->out, ": %s\n", item_words[item->kind]);
}

static uint32_t items_open(const struct doc_drift *drift, const struct drift_cause *cause)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < cause->items; i++)
		n += !drift->item[cause->item[i]].quiet;
	return n;
}

static void cause_put(const struct sink *s, const struct doc_drift *drift,
		      const struct drift_cause *cause)
{
	uint32_t open = items_open(drift, cause), shown = 0;

	buf_puts(s->out, "- ");
	who_put(s, cause);
	calls_put(s, cause);
	buf_puts(s->out, ": ");
	count_put(s, open, "difference", "differences");
	if (cause->rank != DRIFT_RANK_PLAIN)
		buf_printf(s->out, ", access at stake: %s", drift_rank_words[cause->rank]);
	buf_puts(s->out, "\n");
	for (uint32_t i = 0; i < cause->items && shown < ITEMS_SHOWN; i++) {
		const struct drift_item *item = &drift->item[cause->item[i]];

		if (item->quiet)
			continue;
		item_put(s, item);
		shown++;
	}
	if (open > shown)
		buf_printf(s->out, "    and %u more\n", open - shown);
}

/* What is new goes first, by rank as the report has it: the rest was told before. */
static void causes_put(const struct sink *s, const struct notify_message *m)
{
	enum notify_transition transition = notify_transition(m);
	const struct doc_drift *drift = m->doc->drift;
	uint32_t shown = 0, left = 0;

	if (!drift || transition == NOTIFY_ENDED)
		return;
	for (uint32_t i = 0; i < drift->causes; i++) {
		const struct drift_cause *cause = &drift->cause[i];

		if (items_open(drift, cause) == 0 || (transition == NOTIFY_GREW && !cause->fresh))
			continue;
		if (shown == CAUSES_SHOWN)
			left++;
		else if (++shown)
			cause_put(s, drift, cause);
	}
	if (left > 0) {
		buf_puts(s->out, "- ");
		count_put(s, left, "other cause", "other causes");
		buf_puts(s->out, "\n");
	}
}

/* Drops what does not fit with its whole line. */
static void lines_fit(struct buf *text)
{
	char *newline;

	if (!text->full || text->len == 0)
		return;
	newline = memrchr(text->data, '\n', text->len);
	text->len = newline ? (size_t)(newline - text->data) + 1 : 0;
	text->data[text->len] = '\0';
}

/* The causes, as many lines of them as leave room for the rest. */
static void body_put(const struct sink *s, const struct notify_message *m, size_t most)
{
	auto_buf causes = BUF_INIT(most > s->out->len ? most - s->out->len : 1);
	struct sink own = {&causes, s->slack};

	causes_put(&own, m);
	lines_fit(&causes);
	buf_add(s->out, buf_str(&causes), causes.len);
}

/* The link is ours, and needs no escape but in Slack's. */
static void link_put(const struct sink *s, const char *url)
{
	for (; url && *url; url++)
		if (s->slack && *url == '&')
			buf_puts(s->out, "&amp;");
		else
			buf_putc(s->out, *url);
	buf_puts(s->out, "\n");
}

static void message_put(const struct sink *s, const struct notify_message *m, size_t most)
{
	size_t url = m->url ? 5 * strlen(m->url) + 2 : 0;

	title_put(s, m);
	buf_puts(s->out, "\n");
	counts_put(s, m);
	body_put(s, m, most > url ? most - url : 1);
	if (m->url)
		link_put(s, m->url);
}

void notify_subject(const struct notify_message *m, char out[NOTIFY_SUBJECT + 1])
{
	auto_buf line = BUF_INIT(1024);
	struct sink s = {&line, false};
	size_t i;

	buf_puts(&line, "charter: ");
	title_put(&s, m);
	if (m->news->open > 0)
		buf_printf(&line, " (%u)", m->news->open);
	snprintf(out, NOTIFY_SUBJECT + 1, "%.*s", NOTIFY_SUBJECT, buf_str(&line));
	for (i = 0; out[i] != '\0'; i++)
		if (out[i] < ' ' || out[i] > '~')
			out[i] = '?';
}

void notify_plain(const struct notify_message *m, struct buf *out)
{
	struct sink s = {out, false};

	message_put(&s, m, NOTIFY_PLAIN);
}

json_t *notify_slack(const struct notify_message *m)
{
	auto_buf text = BUF_INIT(NOTIFY_TEXT);
	struct sink s = {&text, true};
	json_t *message;

	message_put(&s, m, NOTIFY_TEXT);
	message = json_pack("{s:s, s:[{s:s, s:{s:s, s:s}}]}", "text", buf_str(&text), "blocks",
			    "type", "section", "text", "type", "mrkdwn", "text", buf_str(&text));
	charter_assert(message != NULL);
	return message;
}
