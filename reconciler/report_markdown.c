/* The report for a pull request. The title, a refusal, that something was not read and everything
 * that goes always stand in it. The other parts get the room that is left in the order of their
 * rank, and stand in the order of the table. */
#include "reconciler/report_markdown.h"

#include <stdlib.h>
#include <string.h>

/* Kept free for what is said of the parts left out, and for the end. */
#define TAIL_BYTES 900
#define RANKS      8

/* What is left out goes first: the calls, then the lists of what is not touched, then the picture,
 * policy documents, and at last changes and gains. */
static const struct part {
	md_part_fn *write;
	uint8_t rank;     /* 0 gets its room first */
	uint8_t share;    /* percent of what is left then, at most */
	const char *what; /* is left out */
} parts[] = {
    {md_drift_glass, 0, 50, "difference"},
    {md_strong_gains, 1, 70, "gain of administrator or write access"},
    {md_drift_lost, 1, 50, "loss of access"},
    {md_other_gains, 3, 50, "other gain"},
    {md_drift_known, 1, 75, "difference"},
    {md_drift_nobody, 2, 50, "difference"},
    {md_drift_missing, 1, 40, "difference"},
    {md_drift_unmanaged, 3, 50, "unmanaged resource"},
    {md_drift_stale, 3, 30, "difference"},
    {md_drift_lacks, 2, 30, "difference"},
    {md_drift_rules, 2, 30, "ended rule"},
    {md_leftovers, 1, 30, "note"},
    {md_warnings, 1, 30, "note"},
    {md_tree, 5, 50, "picture"},
    {md_changed, 2, 60, "change"},
    {md_policies, 4, 80, "policy document"},
    {md_drifted, 2, 50, "change of drift"},
    {md_pending, 3, 30, "pending change"},
    {md_created, 3, 80, "creation"},
    {md_unread, 0, 50, "scope that was not read"},
    {md_by_hand, 2, 30, "note"},
    {md_released, 4, 50, "note"},
    {md_ignored, 6, 50, "note"},
    {md_unmanaged, 6, 80, "unmanaged resource"},
    {md_drift_resolved, 2, 20, "resolved difference"},
    {md_drift_old, 5, 30, "unmanaged resource"},
    {md_drift_quiet, 6, 50, "difference that is let be"},
    {md_drift_remarks, 0, 20, "remark"},
    {md_drift_remedies, 0, 20, "remedy"},
    {md_how, 0, 100, "sentence on how it is applied"},
    {md_call_list, 7, 100, "call"},
};
#define PARTS_N (sizeof parts / sizeof *parts)

/* A name in a table cell. */
static void md_name(struct buf *b, const char *name)
{
	md_code(b, name, true);
}

void md_name_plain(struct buf *b, const char *name)
{
	md_code(b, name, false);
}

void md_fold(const struct md *m, struct buf *b, const char *title, size_t n)
{
	buf_puts(b, m->plain ? "**" : "<details><summary>");
	md_html_text(b, title);
	buf_printf(b, m->plain ? "** (%zu)\n\n" : " (%zu)</summary>\n\n", n);
}

void md_fold_end(const struct md *m, struct buf *b)
{
	buf_puts(b, m->plain ? "\n" : "\n</details>\n\n");
}

static bool is_commit(const struct doc_commit *c)
{
	return !c->commit || str_is_hex(c->commit, 0, SIZE_MAX);
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
	/* The forge links them. */
	if (is_commit(&d->base) && is_commit(&d->target) && is_commit(&d->head))
		buf_puts(b, buf_str(&s));
	else
		md_text(b, buf_str(&s));
	buf_puts(b, "\n\n");
}

static void put_title(const struct md *m, struct buf *b)
{
	const struct plan_doc *d = m->d;
	auto_buf s = BUF_INIT(SIZE_MAX);

	buf_puts(b, report_is_drift(d) ? "## charter drift: " : "## charter plan: ");
	if (d->refusal)
		buf_puts(b, "**refused**; ");
	report_counts(d, &s);
	md_text(b, buf_str(&s));
	if (d->plan_id && !report_is_drift(d)) {
		buf_clear(&s);
		buf_printf(&s, "%.12s", d->plan_id);
		buf_puts(b, " · ");
		md_code(b, buf_str(&s), false);
	}
	buf_puts(b, "\n\n");
	md_where(b, d);
}

/* A line of configuration that a refusal asks for: below it, to be copied as it is. */
static void put_line_to_add(const struct md *m, struct buf *b, const char *s, size_t n)
{
	size_t indent = strspn(s, " ");
	auto_free char *line = xasprintf("%.*s", (int)(n - indent), s + indent);

	buf_puts(b, m->plain ? "  " : ">   <br>");
	md_code(b, line, false);
}

/* May take half of the room. */
static void put_refusal(const struct md *m, size_t end, struct buf *b)
{
	const char *s = m->d->refusal, *lead = m->plain ? "" : "> ";

	if (!s)
		return;
	buf_puts(b, m->plain ? "**Refused: nothing may be changed.**\n\n"
			     : "> [!CAUTION]\n> **Refused: nothing may be changed.**\n>\n");
	while (*s) {
		size_t n = strcspn(s, "\n");
		auto_buf line = BUF_INIT(SIZE_MAX);

		if (*s == ' ') {
			put_line_to_add(m, &line, s, n);
		} else {
			buf_printf(&line, "%s- ", lead);
			md_prose(&line, s, n);
		}
		if (b->len + line.len > end / 2) {
			buf_printf(b, "%s- … and more; `-o json` has it all\n", lead);
			break;
		}
		buf_add(b, buf_str(&line), line.len);
		buf_putc(b, '\n');
		s += n;
		s += *s == '\n';
	}
	buf_putc(b, '\n');
}

/* Nobody may miss it; its details stand below. */
static void put_unread(const struct md *m, struct buf *b)
{
	const struct plan_doc *d = m->d;

	if (d->complete && !d->unread_n)
		return;
	buf_puts(b, m->plain ? "" : "> [!WARNING]\n> ");
	buf_printf(b, "**Not read: %zu scope%s.** What stands there is unknown%s; see below.\n\n",
		   d->unread_n, d->unread_n == 1 ? "" : "s",
		   report_is_drift(d) ? "" : ", and is not changed");
}

/* Losses are told as whole as there is room for those of both kinds. False: there is not enough. */
static bool put_losses(struct md *m, size_t end, struct buf *b)
{
	unsigned level[2] = {MD_WHOLE, MD_WHOLE};
	auto_buf changes = BUF_INIT(SIZE_MAX), access = BUF_INIT(SIZE_MAX);
	bool linked = m->linked;
	unsigned deeper;
	bool fits;

	for (;;) {
		buf_clear(&changes);
		buf_clear(&access);
		md_losses(m, &changes, (enum md_level)level[0]);
		if (!report_is_drift(m->d))
			md_access_losses(m, &access, (enum md_level)level[1]);
		fits = b->len + changes.len + access.len <= end;
		deeper = access.len > changes.len;
		if (level[deeper] + 1 == MD_LEVELS)
			deeper = !deeper;
		if (fits || level[deeper] + 1 == MD_LEVELS)
			break;
		/* Links first: a whole row without one says more. */
		if (m->linked)
			m->linked = false;
		else
			level[deeper]++;
	}
	buf_add(b, buf_str(&changes), changes.len);
	buf_add(b, buf_str(&access), access.len);
	m->linked = linked;
	return fits;
}

static void put_parts(const struct md *m, size_t end, size_t left[PARTS_N], struct buf *b)
{
	struct buf part[PARTS_N] = {0};
	size_t room = b->len < end ? end - b->len : 0;

	for (unsigned rank = 0; rank < RANKS; rank++)
		for (size_t i = 0; i < PARTS_N; i++) {
			if (parts[i].rank != rank)
				continue;
			part[i] = BUF_INIT(SIZE_MAX);
			left[i] = parts[i].write(m, room * parts[i].share / 100, &part[i]);
			room -= part[i].len < room ? part[i].len : room;
		}
	for (size_t i = 0; i < PARTS_N; i++) {
		buf_add(b, buf_str(&part[i]), part[i].len);
		buf_free(&part[i]);
	}
}

/* Parts of one name together. */
static void put_left(const struct md *m, size_t left[PARTS_N], struct buf *b)
{
	auto_buf s = BUF_INIT(SIZE_MAX);

	for (size_t i = 0; i < PARTS_N; i++) {
		for (size_t k = i + 1; k < PARTS_N; k++)
			if (strcmp(parts[i].what, parts[k].what) == 0) {
				left[i] += left[k];
				left[k] = 0;
			}
		if (left[i] == 1)
			buf_printf(&s, "%s1 %s", s.len ? ", " : "", parts[i].what);
		else if (left[i])
			buf_printf(&s, "%s%zu × %s", s.len ? ", " : "", left[i], parts[i].what);
	}
	if (s.len)
		buf_printf(b, "**Left out here for length: %s.** %s`-o json` has everything.\n\n",
			   buf_str(&s), m->drift ? "" : "Deletions and losses all stand above; ");
	if (m->d->plan_id && !report_is_drift(m->d) && !report_is_empty(m->d)) {
		buf_puts(b, "Plan id ");
		md_code(b, m->d->plan_id, false);
		buf_putc(b, '\n');
	}
}

void doc_write_summary(const struct plan_doc *d, struct buf *b)
{
	report_counts(d, b);
}

bool doc_write_markdown(const struct plan_doc *d, const struct markdown_style *style, struct buf *b)
{
	size_t start = b->len, max = style->max_bytes, left[PARTS_N] = {0};
	size_t end = start + (max > TAIL_BYTES ? max - TAIL_BYTES : 0);
	bool plain = style->dialect == MARKDOWN_PLAIN;
	struct md m = {.d = d,
		       .style = style,
		       .linked = style->blob || style->blob_base,
		       .plain = plain,
		       .name = plain ? md_name_plain : md_name};
	struct alike alike;
	struct access_lines lines;
	struct drift_view view;
	bool fits;

	if (report_is_drift(d) && d->drift) {
		drift_view_make(d, &view);
		m.drift = &view;
	}
	alike_read(d, &alike);
	access_lines_read(d, &lines);
	m.alike = &alike;
	m.lines = &lines;
	m.places = places_new(d);
	put_title(&m, b);
	put_refusal(&m, end, b);
	put_unread(&m, b);
	fits = put_losses(&m, end, b);
	put_parts(&m, end, left, b);
	put_left(&m, left, b);
	places_free(m.places);
	access_lines_free(&lines);
	alike_free(&alike);
	if (m.drift)
		drift_view_free(m.drift);
	while (b->len > start + 1 && b->data[b->len - 1] == '\n' && b->data[b->len - 2] == '\n')
		b->data[--b->len] = '\0';
	return fits && b->len - start <= max;
}
