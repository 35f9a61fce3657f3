/* The report for a pull request. Its parts are written while they fit; the title, a refusal, what
 * was not read and everything that goes always stand in it. */
#include "reconciler/report_markdown.h"
#include "reconciler/report_alike.h"

#include <string.h>

/* Kept free for what is said of the parts left out, and for the end. */
#define TAIL_BYTES 600
/* Scopes that were not read and are named one by one. */
#define UNREAD_MAX 40
/* Rows of one table that stand open. */
#define ROWS_OPEN_MAX 25

struct md {
	struct buf *b;
	const struct plan_doc *d;
	const struct alike *alike;
	size_t room; /* bytes that b may come to hold */
	size_t left_gains, left_changes, left_policies, left_notes, left_calls;
};

static bool md_fits(const struct md *m, size_t more)
{
	return m->b->len <= m->room && more <= m->room - m->b->len;
}

/* Appends the part if it fits. */
static bool md_part(struct md *m, const struct buf *part)
{
	if (!md_fits(m, part->len))
		return false;
	buf_add(m->b, buf_str(part), part->len);
	return true;
}

void md_where(struct buf *b, const struct plan_doc *d)
{
	auto_buf s = BUF_INIT(SIZE_MAX);

	if (d->organization) {
		buf_puts(b, "Organization ");
		md_code(b, d->organization, false);
		buf_puts(b, ", ");
	}
	if (d->scope && *d->scope) {
		buf_puts(b, "scope ");
		md_code(b, d->scope, false);
		buf_puts(b, ", ");
	}
	report_commits(d, "→", &s);
	md_text(b, buf_str(&s));
	buf_puts(b, "\n\n");
}

static void put_title(struct md *m)
{
	const struct plan_doc *d = m->d;
	auto_buf s = BUF_INIT(SIZE_MAX);

	buf_puts(m->b, report_is_drift(d) ? "## charter drift: " : "## charter plan: ");
	if (d->refusal)
		buf_puts(m->b, "**refused**; ");
	report_counts(d, &s);
	md_text(m->b, buf_str(&s));
	if (d->plan_id && !report_is_drift(d)) {
		buf_clear(&s);
		buf_printf(&s, "%.12s", d->plan_id);
		buf_puts(m->b, " · ");
		md_code(m->b, buf_str(&s), false);
	}
	buf_puts(m->b, "\n\n");
	md_where(m->b, d);
}

static void put_refusal(struct md *m)
{
	const char *s = m->d->refusal;

	if (!s)
		return;
	buf_puts(m->b, "> [!CAUTION]\n> **Refused: nothing may be changed.**\n>\n");
	while (*s) {
		size_t n = strcspn(s, "\n");

		if (!md_fits(m, m->room / 2 + 4 * n)) {
			buf_puts(m->b, "> - … and more; `-o json` has it all\n");
			break;
		}
		buf_puts(m->b, "> - ");
		md_prose(m->b, s, n);
		buf_putc(m->b, '\n');
		s += n;
		s += *s == '\n';
	}
	buf_putc(m->b, '\n');
}

/* What is declared in the scopes that were not read. */
static void put_unknown(struct md *m)
{
	const struct plan_doc *d = m->d;
	size_t n = report_unknown(d), shown = 0;

	if (!n)
		return;
	buf_printf(m->b, "> - %zu declared resource%s may differ: ", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < d->changes && shown < REPORT_UNMANAGED_MAX; i++)
		if (change_is_unknown(&d->change[i])) {
			buf_puts(m->b, shown++ ? ", " : "");
			md_code(m->b, d->change[i].address, false);
		}
	if (shown < n)
		buf_printf(m->b, " and %zu more", n - shown);
	buf_putc(m->b, '\n');
}

static void put_unread(struct md *m)
{
	const struct plan_doc *d = m->d;

	if (d->complete && !d->unread_n)
		return;
	buf_puts(m->b, "> [!WARNING]\n> **Not read.** What stands there is unknown");
	buf_puts(m->b, report_is_drift(d) ? ".\n>\n" : ", and is not changed.\n>\n");
	for (size_t i = 0; i < d->unread_n; i++) {
		const struct doc_unread *u = &d->unread[i];

		if (i == UNREAD_MAX) {
			buf_printf(m->b, "> - … and %zu more\n", d->unread_n - i);
			break;
		}
		buf_puts(m->b, "> - ");
		md_code(m->b, u->scope, false);
		buf_puts(m->b, ": ");
		md_text(m->b, u->error ? u->error : "");
		if (u->message && *u->message) {
			buf_puts(m->b, u->error ? ": " : "");
			md_text(m->b, u->message);
		}
		buf_putc(m->b, '\n');
	}
	put_unknown(m);
	buf_putc(m->b, '\n');
}

/* What happened to it outside git, or what will. */
static const char *row_action(const struct plan_doc *d, const struct doc_change *c)
{
	if (!report_is_drift(d))
		return c->action;
	if (strcmp(c->action, "create") == 0)
		return "missing";
	return strcmp(c->action, "delete") == 0 ? "extra" : "changed";
}

static void put_row(struct buf *b, const struct plan_doc *d, const struct alike_row *row,
		    bool losses)
{
	const struct doc_change *c = &row->change;
	auto_buf place = BUF_INIT(SIZE_MAX);

	buf_puts(b, losses && strcmp(c->action, "delete") != 0 ? "| loses | " : "| ");
	if (!losses || strcmp(c->action, "delete") == 0) {
		md_text(b, row_action(d, c));
		buf_puts(b, " | ");
	}
	md_code(b, c->address, true);
	alike_accounts(b, row, losses || report_is_drift(d), md_name);
	buf_puts(b, " | ");
	if (losses && strcmp(c->action, "delete") == 0)
		buf_puts(b, c->attributes ? "the whole resource, and with it: "
					  : "the whole resource");
	if (c->attributes || !losses || strcmp(c->action, "delete") != 0)
		md_change_cell(b, d, c, losses);
	buf_puts(b, " | ");
	md_why_cell(b, d, c);
	buf_puts(b, " | ");
	report_place(c, &place);
	if (place.len)
		md_code(b, buf_str(&place), true);
	buf_puts(b, " |\n");
}

static const char table_head[] =
    "| | resource | change | why | declared |\n|---|---|---|---|---|\n";

/* Every loss in full, in one table. */
static size_t losses_table(const struct plan_doc *d, const struct alike *alike, struct buf *b)
{
	size_t n = 0;

	buf_puts(b, table_head);
	for (int deletes = 1; deletes >= 0; deletes--)
		for (size_t i = 0; i < d->changes; i++)
			if (change_is_loss(&d->change[i]) &&
			    (strcmp(d->change[i].action, "delete") == 0) == deletes) {
				if (alike->row[i].n)
					put_row(b, d, &alike->row[i], true);
				n++;
			}
	return n;
}

/* The same in as few bytes as can name all of them. */
static void losses_short(const struct plan_doc *d, struct buf *b)
{
	bool first = true;

	for (size_t i = 0; i < d->changes; i++)
		if (change_is_loss(&d->change[i])) {
			buf_puts(b, first ? "" : ", ");
			md_code(b, d->change[i].address, false);
			first = false;
		}
	buf_putc(b, '\n');
}

static void put_losses(struct md *m)
{
	auto_buf table = BUF_INIT(SIZE_MAX);
	size_t n;

	if (report_is_drift(m->d))
		return;
	n = losses_table(m->d, m->alike, &table);
	if (!n)
		return;
	buf_printf(m->b, "### Deletions and losses (%zu)\n\n", n);
	if (md_fits(m, table.len))
		buf_add(m->b, buf_str(&table), table.len);
	else
		losses_short(m->d, m->b);
	buf_putc(m->b, '\n');
}

static void put_gains(struct md *m, const struct access_lines *lines)
{
	bool folded = lines->rows - lines->loss_rows > ROWS_OPEN_MAX;
	size_t shown = 0;

	for (size_t i = lines->losses; i < lines->n; i = access_lines_end(lines, i)) {
		auto_buf row = BUF_INIT(SIZE_MAX);

		md_access_gain(&row, lines, i, folded);
		if (m->left_gains || !md_part(m, &row))
			m->left_gains++;
		else
			shown++;
	}
	if (shown)
		buf_puts(m->b, folded ? "\n</details>\n\n" : "\n");
}

static void put_access(struct md *m)
{
	struct access_lines lines;
	auto_buf losses = BUF_INIT(SIZE_MAX);

	access_lines_read(m->d, &lines);
	if (lines.n)
		buf_printf(m->b, "### Access (%zu)\n\n", lines.rows);
	md_access_losses(&losses, &lines);
	if (lines.losses && !md_part(m, &losses))
		md_access_losses_short(m->b, &lines);
	put_gains(m, &lines);
	access_lines_free(&lines);
}

/* A change whose losses are all it does stands in the table above. */
static bool change_is_all_loss(const struct doc_change *c)
{
	if (strcmp(c->action, "delete") == 0)
		return true;
	if (!change_is_loss(c))
		return false;
	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];

		if (!a->is_set || a->added_n || a->changed_n)
			return false;
	}
	return true;
}

static bool change_is_listed(const struct plan_doc *d, const struct doc_change *c)
{
	return !change_is_unknown(c) && (report_is_drift(d) || !change_is_all_loss(c));
}

static const char *kind_plural(const char *name)
{
	int id = kind_find(name);

	return id < 0 ? name : kinds[id]->plural;
}

static void put_group_head(const struct doc_change *c, size_t n, bool folded, struct buf *b)
{
	const char *plural = kind_plural(c->kind);
	char first = *plural >= 'a' && *plural <= 'z' ? (char)(*plural - 32) : *plural;

	buf_printf(
	    b, folded ? "<details><summary><b>%c%s</b> (%zu)</summary>\n\n" : "**%c%s** (%zu)\n\n",
	    first, plural + 1, n);
	buf_puts(b, table_head);
}

/* The changes of one kind, from i on; returns where the next kind begins. */
static size_t put_group(struct md *m, size_t i)
{
	const struct plan_doc *d = m->d;
	const char *kind = d->change[i].kind;
	size_t end = i, n = 0, rows = 0, shown = 0;

	for (; end < d->changes && strcmp(d->change[end].kind, kind) == 0; end++) {
		if (!change_is_listed(d, &d->change[end]))
			continue;
		n++;
		rows += m->alike->row[end].n > 0;
	}
	for (; n && i < end; i++) {
		const struct alike_row *alike = &m->alike->row[i];
		auto_buf row = BUF_INIT(SIZE_MAX);

		if (!alike->n || !change_is_listed(d, &d->change[i]))
			continue;
		if (!shown)
			put_group_head(&d->change[i], n, rows > ROWS_OPEN_MAX, &row);
		put_row(&row, d, alike, false);
		if (m->left_changes || !md_part(m, &row))
			m->left_changes += alike->n;
		else
			shown++;
	}
	if (shown)
		buf_puts(m->b, rows > ROWS_OPEN_MAX ? "\n</details>\n\n" : "\n");
	return end;
}

static void put_changes(struct md *m)
{
	const struct plan_doc *d = m->d;
	size_t n = 0;

	for (size_t i = 0; i < d->changes; i++)
		n += change_is_listed(d, &d->change[i]);
	if (!n)
		return;
	buf_printf(m->b,
		   report_is_drift(d) ? "### Changed outside git (%zu)\n\n"
					"− is in git, + is in AWS; arrows go from git to AWS.\n\n"
				      : "### Changes (%zu)\n\n",
		   n);
	for (size_t i = 0; i < d->changes;)
		i = put_group(m, i);
}

static void put_policies(struct md *m)
{
	const struct plan_doc *d = m->d;
	size_t shown = 0;

	for (size_t i = 0; i < d->changes; i++) {
		uint32_t attribute = 0, item = 0;

		if (!m->alike->row[i].n ||
		    (strcmp(d->change[i].action, "delete") == 0 && !report_is_drift(d)))
			continue;
		for (;;) {
			auto_buf part = BUF_INIT(SIZE_MAX);

			if (!shown)
				buf_puts(&part, "### Policy documents\n\n");
			if (!md_next_policy(&part, d, &m->alike->row[i].change, &attribute, &item))
				break;
			/* A long one that does not fit need not keep out the short ones. */
			if (md_part(m, &part))
				shown++;
			else
				m->left_policies++;
		}
	}
}

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

static void put_notes(struct md *m, enum note_kind what)
{
	const struct plan_doc *d = m->d;
	size_t n = report_notes(d, what), shown = 0, left = 0;
	bool folded = what == NOTE_UNMANAGED || what == NOTE_IGNORED || n > ROWS_OPEN_MAX;

	for (size_t i = 0; n && i < d->notes; i++) {
		auto_buf line = BUF_INIT(SIZE_MAX);

		if (d->note[i].what != what)
			continue;
		if (!shown)
			buf_printf(&line,
				   folded ? "<details><summary>%s (%zu)</summary>\n\n"
					  : "**%s** (%zu)\n\n",
				   report_note_title(what), n);
		put_note(&line, &d->note[i]);
		if (left || !md_part(m, &line))
			left++;
		else
			shown++;
	}
	if (shown)
		buf_puts(m->b, folded ? "\n</details>\n\n" : "\n");
	m->left_notes += left;
}

static void put_calls(struct md *m)
{
	auto_buf part = BUF_INIT(SIZE_MAX), text = BUF_INIT(SIZE_MAX);

	if (!m->d->calls || report_is_empty(m->d) || report_is_drift(m->d))
		return;
	doc_write_calls(m->d, &text);
	buf_printf(&part, "<details><summary>Calls (%zu)</summary>\n\n", m->d->calls);
	md_fence(&part, "", &text);
	buf_puts(&part, "\n</details>\n\n");
	if (!md_part(m, &part))
		m->left_calls = m->d->calls;
}

static void put_left(struct md *m)
{
	const size_t n[] = {m->left_gains, m->left_changes, m->left_policies, m->left_notes,
			    m->left_calls};
	static const char *const what[] = {"gain", "change", "policy document", "note", "call"};
	auto_buf s = BUF_INIT(1024);

	for (int i = 0; i < 5; i++)
		if (n[i])
			buf_printf(&s, "%s%zu %s%s", s.len ? ", " : "", n[i], what[i],
				   n[i] == 1 ? "" : "s");
	if (s.len)
		buf_printf(m->b,
			   "**Left out here for length: %s.** Deletions and losses are all shown; "
			   "`-o json` has everything.\n\n",
			   buf_str(&s));
	if (m->d->plan_id && !report_is_drift(m->d) && !report_is_empty(m->d)) {
		buf_puts(m->b, "Plan id ");
		md_code(m->b, m->d->plan_id, false);
		buf_putc(m->b, '\n');
	}
}

void doc_write_markdown(const struct plan_doc *d, size_t max_bytes, struct buf *b)
{
	struct md m = {
	    .b = b, .d = d, .room = b->len + (max_bytes > TAIL_BYTES ? max_bytes - TAIL_BYTES : 0)};

	struct alike alike;

	alike_read(d, &alike);
	m.alike = &alike;
	put_title(&m);
	put_refusal(&m);
	put_unread(&m);
	put_losses(&m);
	put_access(&m);
	put_notes(&m, NOTE_LEFTOVER);
	put_notes(&m, NOTE_WARNING);
	put_changes(&m);
	put_policies(&m);
	put_notes(&m, NOTE_BY_HAND);
	put_notes(&m, NOTE_RELEASED);
	put_notes(&m, NOTE_IGNORED);
	put_notes(&m, NOTE_UNMANAGED);
	put_calls(&m);
	put_left(&m);
	alike_free(&alike);
	while (b->len > 1 && b->data[b->len - 1] == '\n' && b->data[b->len - 2] == '\n')
		b->data[--b->len] = '\0';
}
