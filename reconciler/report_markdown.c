/* The report for a pull request. Its parts are written while they fit; the title, a refusal, what
 * was not read and everything that goes always stand in it. */
#include "reconciler/report_markdown.h"

#include <stdlib.h>
#include <string.h>

/* Kept free for what is said of the parts left out, and for the end. */
#define TAIL_BYTES 600
/* Scopes that were not read and are named one by one. */
#define UNREAD_MAX 40
/* About what the head of a table takes, with its fold. */
#define HEAD_BYTES 160
/* Rows of one table that stand open. */
#define ROWS_OPEN_MAX 25

struct md {
	struct buf *b;
	const struct plan_doc *d;
	const struct alike *alike;
	struct places *places;
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

/* A line of configuration that a refusal asks for: below it, to be copied as it is. */
static void put_line_to_add(struct buf *b, const char *s, size_t n)
{
	size_t indent = strspn(s, " ");
	auto_free char *line = xasprintf("%.*s", (int)(n - indent), s + indent);

	buf_puts(b, ">   <br>");
	md_code(b, line, false);
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
		if (*s == ' ') {
			put_line_to_add(m->b, s, n);
		} else {
			buf_puts(m->b, "> - ");
			md_prose(m->b, s, n);
		}
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
		if (report_scope(u->scope))
			buf_printf(m->b, "%s could not be read whole: ", report_scope(u->scope));
		md_text(m->b, u->error ? u->error : "");
		if (u->message && *u->message) {
			buf_puts(m->b, u->error ? ": " : "");
			md_text(m->b, u->message);
		}
		buf_putc(m->b, '\n');
	}
	put_unknown(m);
	if (report_unread_advice(d)) {
		buf_puts(m->b, "> - ");
		md_prose(m->b, report_unread_advice(d), strlen(report_unread_advice(d)));
		buf_putc(m->b, '\n');
	}
	buf_putc(m->b, '\n');
}

/* Losses are told as whole as there is room for those of both kinds. */
static void put_losses(struct md *m, const struct access_lines *lines)
{
	unsigned level[2] = {MD_WHOLE, MD_WHOLE};
	auto_buf changes = BUF_INIT(SIZE_MAX), access = BUF_INIT(SIZE_MAX);
	unsigned deeper;

	for (;; level[deeper]++) {
		buf_clear(&changes);
		buf_clear(&access);
		md_losses(&changes, m->d, m->alike, m->places, (enum md_level)level[0]);
		if (lines->n)
			buf_printf(&access, "### Access (%zu)\n\n", lines->rows);
		md_access_losses(&access, m->d, lines, m->places, (enum md_level)level[1]);
		deeper = access.len > changes.len;
		if (level[deeper] + 1 == MD_LEVELS)
			deeper = !deeper;
		if (md_fits(m, changes.len + access.len) || level[deeper] + 1 == MD_LEVELS)
			break;
	}
	buf_add(m->b, buf_str(&changes), changes.len);
	buf_add(m->b, buf_str(&access), access.len);
}

static void gains_write(const struct md *m, const struct access_lines *lines, enum md_level level,
			struct buf *b)
{
	size_t rows = lines->rows - lines->loss_rows;
	bool folded = rows > ROWS_OPEN_MAX;

	if (level == MD_WHOLE) {
		for (size_t i = lines->losses; i < lines->n; i = access_lines_end(lines, i))
			md_access_gain(b, lines, m->places, i, folded);
		buf_puts(b, folded ? "\n</details>\n\n" : "\n");
		return;
	}
	buf_printf(b, "<details><summary><b>Gains</b> (%zu)</summary>\n\n", rows);
	md_access_gains(b, m->d, level);
	buf_puts(b, "</details>\n\n");
}

/* As whole as there is room, some of which is for the changes. */
static void put_gains(struct md *m, const struct access_lines *lines)
{
	static const uint8_t levels[] = {MD_WHOLE, MD_PAIRS, MD_SETS, MD_TOGETHER};
	size_t room = m->b->len < m->room ? (m->room - m->b->len) / 3 * 2 : 0;

	if (lines->n == lines->losses)
		return;
	for (size_t i = 0; i < sizeof levels; i++) {
		auto_buf part = BUF_INIT(SIZE_MAX);

		gains_write(m, lines, (enum md_level)levels[i], &part);
		if (part.len <= room) {
			buf_add(m->b, buf_str(&part), part.len);
			return;
		}
	}
	m->left_gains = lines->rows - lines->loss_rows;
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
	buf_puts(b, md_table_head);
}

/* The changes of one kind that are listed. */
struct kind_rows {
	size_t first, end;
	size_t n, rows; /* changes, and how many rows they are */
	size_t bytes;   /* of all rows */
};

/* From i on. */
static struct kind_rows kind_rows_read(const struct md *m, size_t i)
{
	const struct plan_doc *d = m->d;
	struct kind_rows g = {.first = i, .end = i};

	for (; g.end < d->changes && strcmp(d->change[g.end].kind, d->change[i].kind) == 0;
	     g.end++) {
		auto_buf row = BUF_INIT(SIZE_MAX);

		if (!change_is_listed(d, &d->change[g.end]))
			continue;
		g.n++;
		if (!m->alike->row[g.end].n)
			continue;
		md_row(&row, d, &m->alike->row[g.end], m->places, false);
		g.bytes += row.len + (g.rows++ ? 0 : HEAD_BYTES);
	}
	return g;
}

/* Assignments that do not fit one by one are counted. False: they do, or are others. */
static bool put_counted(struct md *m, const struct kind_rows *g)
{
	static const uint8_t levels[] = {MD_PAIRS, MD_SETS, MD_TOGETHER};
	const struct plan_doc *d = m->d;

	if (!g->n || report_is_drift(d) || strcmp(d->change[g->first].kind, "assignment") != 0 ||
	    md_fits(m, g->bytes))
		return false;
	for (size_t k = 0; k < sizeof levels; k++) {
		auto_buf part = BUF_INIT(SIZE_MAX);

		buf_printf(&part, "<details><summary><b>Assignments</b> (%zu)</summary>\n\n", g->n);
		md_assignments(&part, d, g->first, g->end, false, (enum md_level)levels[k]);
		buf_puts(&part, "</details>\n\n");
		if (md_part(m, &part))
			return true;
	}
	return false;
}

static void put_kind(struct md *m, const struct kind_rows *g)
{
	const struct plan_doc *d = m->d;
	bool counted = put_counted(m, g), folded = g->rows > ROWS_OPEN_MAX;
	size_t shown = 0, left = 0;

	for (size_t i = g->first; i < g->end; i++) {
		const struct alike_row *alike = &m->alike->row[i];
		auto_buf row = BUF_INIT(SIZE_MAX);

		if (!alike->n || !change_is_listed(d, &d->change[i]) ||
		    (counted && !d->change[i].blocked))
			continue;
		if (!shown)
			put_group_head(&d->change[i], g->n, folded, &row);
		md_row(&row, d, alike, m->places, false);
		if (left || !md_part(m, &row))
			left += alike->n;
		else
			shown++;
	}
	if (shown)
		buf_puts(m->b, folded ? "\n</details>\n\n" : "\n");
	m->left_changes += left;
}

/* A kind of many changes leaves to each after it what it needs, or an equal share. */
static size_t room_of(const struct md *m, const struct kind_rows *g, size_t kinds_left)
{
	size_t free = md_fits(m, 0) ? m->room - m->b->len : 0, later = 0;

	for (size_t i = 1; i < kinds_left; i++)
		later += g[i].bytes < free / kinds_left ? g[i].bytes : free / kinds_left;
	return m->room - later;
}

static void put_changes(struct md *m)
{
	const struct plan_doc *d = m->d;
	VEC(struct kind_rows) kind_rows = {0};
	size_t n = 0, room = m->room;

	for (size_t i = 0; i < d->changes; i = kind_rows.at[kind_rows.n - 1].end) {
		vec_push(&kind_rows, kind_rows_read(m, i));
		n += kind_rows.at[kind_rows.n - 1].n;
	}
	if (n)
		buf_printf(m->b,
			   report_is_drift(d)
			       ? "### Changed outside git (%zu)\n\n"
				 "− is in git, + is in AWS; arrows go from git to AWS.\n\n"
			       : "### Changes (%zu)\n\n",
			   n);
	for (size_t i = 0; i < kind_rows.n; i++) {
		m->room = room_of(m, &kind_rows.at[i], kind_rows.n - i);
		put_kind(m, &kind_rows.at[i]);
		m->room = room;
	}
	free(kind_rows.at);
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
	auto_buf part = BUF_INIT(SIZE_MAX), text = BUF_INIT(m->room);

	if (!m->d->calls || report_is_empty(m->d) || report_is_drift(m->d))
		return;
	doc_write_calls(m->d, &text);
	buf_printf(&part, "<details><summary>Calls (%zu)</summary>\n\n", m->d->calls);
	md_fence(&part, "", &text);
	buf_puts(&part, "\n</details>\n\n");
	if (text.full || !md_part(m, &part))
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
		buf_printf(
		    m->b,
		    "**Left out here for length: %s.** Deletions and losses all stand above; "
		    "`-o json` has everything.\n\n",
		    buf_str(&s));
	if (m->d->plan_id && !report_is_drift(m->d) && !report_is_empty(m->d)) {
		buf_puts(m->b, "Plan id ");
		md_code(m->b, m->d->plan_id, false);
		buf_putc(m->b, '\n');
	}
}

void doc_write_summary(const struct plan_doc *d, struct buf *b)
{
	report_counts(d, b);
}

void doc_write_markdown(const struct plan_doc *d, const struct markdown_style *style, struct buf *b)
{
	size_t max = style->max_bytes;
	struct md m = {.b = b, .d = d, .room = b->len + (max > TAIL_BYTES ? max - TAIL_BYTES : 0)};
	struct alike alike;
	struct access_lines lines;

	alike_read(d, &alike);
	access_lines_read(d, &lines);
	m.alike = &alike;
	m.places = places_new(d);
	put_title(&m);
	put_refusal(&m);
	put_unread(&m);
	put_losses(&m, &lines);
	put_gains(&m, &lines);
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
	places_free(m.places);
	access_lines_free(&lines);
	alike_free(&alike);
	while (b->len > 1 && b->data[b->len - 1] == '\n' && b->data[b->len - 2] == '\n')
		b->data[--b->len] = '\0';
}
