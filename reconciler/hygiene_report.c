/* The hygiene report: text, Markdown, JSON. */
#include "reconciler/hygiene.h"

#include "base/env.h"
#include "base/json_out.h"
#include "reconciler/markdown.h"
#include "reconciler/paint.h"

#include <string.h>

#define DAYS_(n) #n
#define DAYS(n)  DAYS_(n)

static const char *const titles[HYGIENE_KINDS] = {
    [HYGIENE_ROOT_KEY] = "Access keys of root users",
    [HYGIENE_ROOT_MFA] = "Root users without MFA",
    [HYGIENE_NO_MFA] = "Users with a console password and without MFA",
    [HYGIENE_OLD_KEY] = "Access keys older than " DAYS(HYGIENE_DAYS) " days",
    [HYGIENE_UNUSED] = "Users unused for " DAYS(HYGIENE_DAYS) " days",
};

static const char *user_shown(const struct hygiene_finding *f)
{
	return strcmp(f->user, HYGIENE_ROOT) == 0 ? "root user" : f->user;
}

/* With those that are left out. */
static size_t not_shown(const struct hygiene *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->accounts_n; i++)
		n += h->accounts[i].code != NULL;
	return n;
}

static void headline(const struct hygiene *h, struct buf *out)
{
	size_t shown = h->accounts_n - not_shown(h);
	char time[TIME_RFC3339];

	time_rfc3339(h->now_us, time);
	buf_printf(out, "%zu finding%s in %zu account%s with %zu user%s, on %.10s", h->findings.n,
		   h->findings.n == 1 ? "" : "s", shown, shown == 1 ? "" : "s", h->users,
		   h->users == 1 ? "" : "s", time);
}

static unsigned wider(unsigned width, const char *s)
{
	long n = utf8_count(s, strlen(s));

	return n > (long)width ? (unsigned)n : width;
}

/* A cell of this width, and two blanks. */
static void cell_put(struct paint *p, const char *color, const char *s, unsigned width)
{
	unsigned n = wider(0, s);

	paint_puts(p, color, s);
	paint_gap(p, width - n + 2);
}

static void text_section(const struct hygiene *h, struct paint *p, enum hygiene_kind kind)
{
	unsigned account = 0, user = 0;

	for (size_t i = 0; i < h->findings.n; i++) {
		const struct hygiene_finding *f = &h->findings.at[i];

		if (f->kind == kind) {
			account = wider(account, f->account);
			user = wider(user, user_shown(f));
		}
	}
	paint_blank(p);
	paint_lines(p, 0, 2, PAINT_BOLD, titles[kind]);
	for (size_t i = 0; i < h->findings.n; i++) {
		const struct hygiene_finding *f = &h->findings.at[i];
		auto_buf phrase = BUF_INIT(1024);

		if (f->kind != kind)
			continue;
		hygiene_phrase(h, f, &phrase);
		paint_begin(p, 2, 4);
		cell_put(p, PAINT_NONE, f->account, account);
		cell_put(p, PAINT_NONE, user_shown(f), user);
		paint_puts(p, PAINT_DIM, buf_str(&phrase));
		paint_end(p);
	}
}

static void text_unread(const struct hygiene *h, struct paint *p)
{
	if (not_shown(h) == 0)
		return;
	paint_blank(p);
	paint_lines(p, 0, 2, PAINT_ALARM, "Not read");
	for (size_t i = 0; i < h->accounts_n; i++) {
		const struct hygiene_account *a = &h->accounts[i];
		auto_buf line = BUF_INIT(16u << 10);

		if (a->code == NULL)
			continue;
		buf_printf(&line, "%s: %s: %s", a->name, a->code, a->message);
		paint_lines(p, 2, 4, PAINT_YELLOW, buf_str(&line));
	}
}

void hygiene_write_text(const struct hygiene *h, const struct style *style, struct buf *out)
{
	struct paint p = {.out = out, .style = style};
	auto_buf line = BUF_INIT(1024);

	headline(h, &line);
	paint_lines(&p, 0, 2, PAINT_BOLD, buf_str(&line));
	for (int kind = 0; kind < HYGIENE_KINDS; kind++) {
		buf_clear(&line);
		buf_printf(&line, "%6zu  %s", h->count[kind], titles[kind]);
		paint_lines(&p, 0, 8, PAINT_NONE, buf_str(&line));
	}
	buf_clear(&line);
	buf_printf(&line, "%6zu  Accounts that could not be read", h->unread);
	if (h->unread > 0)
		paint_lines(&p, 0, 8, PAINT_ALARM, buf_str(&line));
	text_unread(h, &p);
	for (int kind = 0; kind < HYGIENE_KINDS; kind++) {
		if (h->count[kind] > 0)
			text_section(h, &p, kind);
	}
}

static void markdown_section(const struct hygiene *h, struct buf *out, enum hygiene_kind kind)
{
	buf_printf(out, "\n### %s\n\n| account | user | |\n|---|---|---|\n", titles[kind]);
	for (size_t i = 0; i < h->findings.n; i++) {
		const struct hygiene_finding *f = &h->findings.at[i];

		if (f->kind != kind)
			continue;
		buf_puts(out, "| ");
		md_code(out, f->account, true);
		buf_puts(out, " | ");
		md_code(out, user_shown(f), true);
		buf_puts(out, " | ");
		hygiene_phrase(h, f, out);
		buf_puts(out, " |\n");
	}
}

static void markdown_unread(const struct hygiene *h, struct buf *out)
{
	if (not_shown(h) == 0)
		return;
	buf_puts(out, "\n### Not read\n\n| account | |\n|---|---|\n");
	for (size_t i = 0; i < h->accounts_n; i++) {
		const struct hygiene_account *a = &h->accounts[i];

		if (a->code == NULL)
			continue;
		buf_puts(out, "| ");
		md_code(out, a->name, true);
		buf_puts(out, " | ");
		md_code(out, a->code, true);
		buf_puts(out, " ");
		md_text(out, a->message);
		buf_puts(out, " |\n");
	}
}

void hygiene_write_markdown(const struct hygiene *h, struct buf *out)
{
	buf_puts(out, "## Hygiene\n\n");
	headline(h, out);
	buf_puts(out, "\n\n| | |\n|---:|---|\n");
	for (int kind = 0; kind < HYGIENE_KINDS; kind++)
		buf_printf(out, "| %zu | %s |\n", h->count[kind], titles[kind]);
	if (h->unread > 0)
		buf_printf(out, "| %zu | Accounts that could not be read |\n", h->unread);
	markdown_unread(h, out);
	for (int kind = 0; kind < HYGIENE_KINDS; kind++) {
		if (h->count[kind] > 0)
			markdown_section(h, out, kind);
	}
}

static void json_time(struct json_out *j, const char *key, int64_t us)
{
	char time[TIME_RFC3339];

	if (us < 0)
		return;
	time_rfc3339(us, time);
	out_key_string(j, key, time);
}

static void json_accounts(const struct hygiene *h, struct json_out *j)
{
	out_key(j, "accounts");
	out_lines(j);
	for (size_t i = 0; i < h->accounts_n; i++) {
		const struct hygiene_account *a = &h->accounts[i];

		out_object(j);
		out_key_string(j, "account", a->name);
		if (a->code != NULL)
			out_key_string(j, "error", a->code);
		if (a->generated != NULL)
			out_key_string(j, "generated", a->generated);
		out_key_string(j, "id", a->id);
		if (a->code != NULL)
			out_key_string(j, "message", a->message);
		out_object_end(j);
	}
	out_array_end(j);
}

static void json_findings(const struct hygiene *h, struct json_out *j)
{
	out_key(j, "findings");
	out_lines(j);
	for (size_t i = 0; i < h->findings.n; i++) {
		const struct hygiene_finding *f = &h->findings.at[i];

		out_object(j);
		out_key_string(j, "account", f->account);
		out_key_string(j, "finding", hygiene_names[f->kind]);
		if (f->key > 0)
			out_key_int(j, "key", f->key);
		json_time(j, "last_used", f->used_us);
		json_time(j, "since", f->since_us);
		out_key_string(j, "user", f->user);
		out_object_end(j);
	}
	out_array_end(j);
}

static void json_counts(const struct hygiene *h, struct json_out *j)
{
	static const enum hygiene_kind sorted[] = {HYGIENE_NO_MFA, HYGIENE_OLD_KEY,
						   HYGIENE_ROOT_KEY, HYGIENE_ROOT_MFA};

	out_key(j, "counts");
	out_object(j);
	for (size_t i = 0; i < sizeof(sorted) / sizeof(*sorted); i++)
		out_key_int(j, hygiene_names[sorted[i]], (int64_t)h->count[sorted[i]]);
	out_key_int(j, "unread", (int64_t)h->unread);
	out_key_int(j, "unused", (int64_t)h->count[HYGIENE_UNUSED]);
	out_key_int(j, "users", (int64_t)h->users);
	out_object_end(j);
}

int hygiene_write_json(const struct hygiene *h, struct buf *out)
{
	struct json_out *j = json_out_new(out, NULL);

	out_object(j);
	json_accounts(h, j);
	json_counts(h, j);
	json_time(j, "date", h->now_us);
	json_findings(h, j);
	out_key_string(j, "format", "charter.hygiene/1");
	out_object_end(j);
	return json_out_end(j);
}
