/* One change in the Markdown report. */
#include "reconciler/policy_diff.h"
#include "reconciler/report_markdown.h"

#include <string.h>

/* A value in a table cell: longer ones are cut, and say so. */
#define CELL_VALUE_MAX 200 /* bytes */
/* Elements that are added by one change; more are counted. */
#define CELL_GAINS_MAX 20
/* Lines of a diff that stand open; longer ones are folded. */
#define DIFF_OPEN_MAX 25

static void put_value(const struct md *m, struct buf *b, const struct attr *attr, struct value v)
{
	auto_buf s = BUF_INIT(SIZE_MAX);
	size_t len, cut = CELL_VALUE_MAX;

	if (v.state == VALUE_UNSET || v.state == VALUE_NONE) {
		buf_puts(b, "_none_");
		return;
	}
	report_value(attr, v, &s);
	len = s.len;
	if (len > cut) {
		while (cut > 0 && ((unsigned char)s.data[cut] & 0xc0) == 0x80)
			cut--;
		s.data[cut] = '\0';
	}
	m->name(b, buf_str(&s));
	if (len > CELL_VALUE_MAX)
		buf_printf(b, "… (%zu bytes)", len);
}

static void put_key(const struct md *m, struct buf *b, const struct attr *attr, const char *key)
{
	auto_buf s = BUF_INIT(SIZE_MAX);

	report_key(attr, key, &s);
	m->name(b, buf_str(&s));
}

static const char *sign_text(char sign)
{
	return sign == '+' ? "+ " : sign == '-' ? "− " : "";
}

/* `alone`: nothing stands on the other side, since the resource or the element is new. */
static void put_arrow(const struct md *m, struct buf *b, const struct attr *attr,
		      const struct report_item *item, bool alone)
{
	if (item->conflict) {
		buf_puts(b, "live ");
		put_value(m, b, attr, item->live);
		buf_puts(b, ", last applied ");
		put_value(m, b, attr, item->base);
		buf_puts(b, ", wanted ");
		put_value(m, b, attr, item->head);
	} else if (alone) {
		put_value(m, b, attr, item->sign == '-' ? item->from : item->to);
	} else {
		put_value(m, b, attr, item->from);
		buf_puts(b, " → ");
		put_value(m, b, attr, item->to);
	}
}

static void count_policy(struct buf *b, const struct report_item *item)
{
	auto_policy_diff diff = {0};

	policy_diff_make(&diff, value_policy(item->from), value_policy(item->to), 0);
	if (!value_policy(item->from) || !value_policy(item->to))
		buf_printf(b, "%s, %u line%s", value_policy(item->to) ? "new" : "gone",
			   diff.added + diff.removed, diff.added + diff.removed == 1 ? "" : "s");
	else
		buf_printf(b, "%u line%s added, %u removed", diff.added, diff.added == 1 ? "" : "s",
			   diff.removed);
}

static void put_element(const struct md *m, struct buf *b, const struct doc_attribute *a,
			const struct attr *attr, const struct report_item *item)
{
	buf_puts(b, sign_text(item->sign));
	put_key(m, b, attr, item->key);
	if (!a->is_map)
		return;
	if (a->is_policy) {
		if (item->sign == '~') {
			buf_puts(b, ": ");
			count_policy(b, item);
		}
		return;
	}
	if (item->sign == '-' && !item->conflict)
		return;
	buf_puts(b, item->sign == '+' && !item->conflict ? " = " : ": ");
	put_arrow(m, b, NULL, item, item->sign == '+');
}

static void put_reason(struct buf *b, const struct doc_change *c, const struct report_item *item)
{
	if (reason_is_news(c, item->reason)) {
		buf_puts(b, " _(");
		md_text(b, item->reason);
		buf_puts(b, ")_");
	}
}

static void put_attribute(const struct md *m, struct buf *b, const struct doc_change *c,
			  const struct doc_attribute *a, bool losses)
{
	const struct attr *attr = attr_find(c->kind, a->name);
	uint32_t n = attribute_items(a), shown = 0, gains = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct report_item item = attribute_item(m->d, a, i);

		if (losses && (item.sign != '-' || !item.key))
			continue;
		if (item.key && item.sign == '+' && ++gains > CELL_GAINS_MAX)
			continue;
		if (!shown++) {
			buf_puts(b, !b->len ? "" : m->plain ? "; " : "<br>");
			md_text(b, a->name);
			buf_puts(b, ": ");
		} else {
			buf_puts(b, ", ");
		}
		if (item.key)
			put_element(m, b, a, attr, &item);
		else if (item_is_policy(a, &item))
			count_policy(b, &item);
		else
			put_arrow(m, b, attr, &item,
				  strcmp(c->action, "update") != 0 ||
				      (item.sign == '+' && item.from.state == VALUE_UNSET));
		put_reason(b, c, &item);
	}
	if (gains > CELL_GAINS_MAX)
		buf_printf(b, " and %u more", gains - CELL_GAINS_MAX);
	if (!losses && a->by_hand)
		buf_puts(b, " **to do by hand**");
	if (!losses && a->blocked && !c->blocked) {
		auto_buf blocked = BUF_INIT(SIZE_MAX);

		report_blocked(a->blocked, &blocked);
		buf_puts(b, " **");
		md_text(b, buf_str(&blocked));
		buf_puts(b, "**");
	}
}

/* What a change does. `losses`: only what goes. */
static void md_change_cell(const struct md *m, struct buf *b, const struct doc_change *c,
			   bool losses)
{
	auto_buf cell = BUF_INIT(SIZE_MAX), where = BUF_INIT(SIZE_MAX);

	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];

		if (!report_set_places(c, a, m->places, m->name, &where))
			put_attribute(m, &cell, c, a, losses);
		else if (!losses || a->removed_n)
			buf_printf(&cell, "%s%s",
				   !cell.len  ? ""
				   : m->plain ? "; "
					      : "<br>",
				   buf_str(&where));
		buf_clear(&where);
	}
	buf_add(b, buf_str(&cell), cell.len);
}

/* What is unusual about it. */
static void md_why_cell(const struct md *m, struct buf *b, const struct doc_change *c)
{
	auto_buf remarks = BUF_INIT(SIZE_MAX);
	bool strong = change_is_high(c) || c->blocked || strcmp(c->reason, "conflict") == 0;

	report_remarks(m->d, c, &remarks);
	buf_puts(b, strong ? "**" : "");
	md_text(b, buf_str(&remarks));
	buf_puts(b, strong ? "**" : "");
}

const char *md_blob(const struct md *m, const struct doc_change *c)
{
	if (!m->linked)
		return NULL;
	return c->gone ? m->style->blob_base : m->style->blob;
}

static void put_place(const char *blob, bool cell, struct buf *b, const char *file, uint32_t line,
		      bool line_only)
{
	auto_free char *text =
	    line_only ? xasprintf("%u", (unsigned)line) : xasprintf("%s:%u", file, (unsigned)line);

	md_link(b, text, blob, file, line, cell);
}

/* Where it is declared, as links; `line`: only the lines, below the name of the file. */
static void md_places(const struct md *m, struct buf *b, const struct doc_change *c, bool line)
{
	const char *blob = md_blob(m, c);

	if (c->file)
		put_place(blob, !m->plain, b, c->file, c->line, line && !c->alsos);
	for (uint32_t i = 0; i < c->alsos; i++) {
		buf_puts(b, ", ");
		put_place(blob, !m->plain, b, c->also[i].file, c->also[i].line, false);
	}
}

/* What happened to it outside git, or what will. */
static const char *row_action(const struct md *m, const struct doc_change *c, bool losses)
{
	bool deleted = strcmp(c->action, "delete") == 0;

	if (losses && !deleted)
		return "loses";
	if (!report_is_drift(m->d))
		return c->action;
	if (strcmp(c->action, "create") == 0)
		return "missing";
	return deleted ? "extra" : "changed";
}

static void put_cell(const struct md *m, struct buf *b, const char *before, const struct buf *cell)
{
	if (!m->plain)
		buf_printf(b, " | %s", buf_str(cell));
	else if (cell->len)
		buf_printf(b, "%s%s", before, buf_str(cell));
}

void md_table_head(const struct md *m, struct buf *b, bool line)
{
	if (!m->plain)
		buf_printf(b, "| | resource | change | why | %s |\n|---|---|---|---|---|\n",
			   line ? "line" : "declared");
}

void md_row(const struct md *m, struct buf *b, const struct alike_row *row, bool losses, bool line)
{
	const struct doc_change *c = &row->change;
	auto_buf what = BUF_INIT(SIZE_MAX), why = BUF_INIT(SIZE_MAX), where = BUF_INIT(SIZE_MAX);
	bool deleted = losses && strcmp(c->action, "delete") == 0;

	buf_puts(b, m->plain ? "- " : "| ");
	md_text(b, row_action(m, c, losses));
	buf_puts(b, m->plain ? " " : " | ");
	m->name(b, c->address);
	alike_where(b, row, m->places, losses || report_is_drift(m->d), m->name);
	if (deleted)
		buf_puts(&what, c->attributes ? "the whole resource, and with it: "
					      : "the whole resource");
	md_change_cell(m, &what, c, losses);
	md_why_cell(m, &why, c);
	if (m->note) {
		buf_puts(&why, why.len ? ", " : "");
		md_text(&why, m->note);
	}
	md_places(m, &where, c, line);
	put_cell(m, b, ": ", &what);
	put_cell(m, b, "; ", &why);
	put_cell(m, b, line ? "; line " : "; ", &where);
	buf_puts(b, m->plain ? "\n" : " |\n");
}

static void put_diff(struct buf *b, struct value from, struct value to, uint32_t *lines)
{
	auto_buf text = BUF_INIT(SIZE_MAX);
	auto_policy_diff diff = {0};

	policy_diff_make(&diff, value_policy(from), value_policy(to), REPORT_CONTEXT);
	for (size_t i = 0; i < diff.line.n; i++) {
		const struct policy_line *l = &diff.line.at[i];

		if (l->sign == '@') {
			buf_printf(&text, "@@ %u line%s as before @@\n", l->len,
				   l->len == 1 ? "" : "s");
			continue;
		}
		buf_putc(&text, l->sign);
		escape_terminal(&text, l->s, l->len);
		buf_putc(&text, '\n');
	}
	*lines += (uint32_t)diff.line.n;
	md_fence(b, "diff", &text);
}

/* What stands above a diff. Within a fold Markdown is not read. */
static void policy_title(const struct md *m, struct buf *b, const struct doc_change *c,
			 const struct doc_attribute *a, const struct report_item *item, bool folded)
{
	if (folded) {
		md_html_code(b, c->address);
		buf_puts(b, ", ");
		md_html_text(b, a->name);
	} else {
		buf_puts(b, "In ");
		md_code(b, c->address, false);
		buf_puts(b, ", ");
		md_text(b, a->name);
	}
	if (item->key && folded) {
		buf_putc(b, ' ');
		md_html_code(b, item->key);
	} else if (item->key) {
		buf_putc(b, ' ');
		md_code(b, item->key, false);
	}
	buf_puts(b, ": ");
	count_policy(b, item);
	if (!folded && c->file) {
		buf_puts(b, ", ");
		md_places(m, b, c, false);
	}
}

static void put_policy(const struct md *m, struct buf *b, const struct doc_change *c,
		       const struct doc_attribute *a, const struct report_item *item)
{
	auto_buf body = BUF_INIT(SIZE_MAX);
	uint32_t lines = 0;
	bool folded;

	if (item->conflict) {
		buf_puts(&body, "Changed outside git, last applied → live:\n\n");
		put_diff(&body, item->base, item->live, &lines);
		buf_puts(&body, "\nlive → wanted:\n\n");
		put_diff(&body, item->live, item->head, &lines);
	} else {
		put_diff(&body, item->from, item->to, &lines);
	}
	folded = lines > DIFF_OPEN_MAX && !m->plain;
	buf_puts(b, folded ? "<details><summary>" : "");
	policy_title(m, b, c, a, item, folded);
	buf_puts(b, folded ? "</summary>\n\n" : "\n\n");
	buf_add(b, buf_str(&body), body.len);
	buf_puts(b, folded ? "\n</details>\n\n" : "\n");
}

/* One after another; false when there is none left. The caller begins with *attribute and *item 0.
 */
static bool next_policy(const struct md *m, struct buf *b, const struct doc_change *c,
			uint32_t *attribute, uint32_t *item)
{
	for (; *attribute < c->attributes; (*attribute)++, *item = 0) {
		const struct doc_attribute *a = &c->attribute[*attribute];

		while (a->is_policy && *item < attribute_items(a)) {
			struct report_item it = attribute_item(m->d, a, (*item)++);

			if (item_is_policy(a, &it)) {
				put_policy(m, b, c, a, &it);
				return true;
			}
		}
	}
	return false;
}

size_t md_policies(const struct md *m, size_t room, struct buf *b)
{
	const struct plan_doc *d = m->d;
	size_t shown = 0, left = 0, end = b->len + room;

	for (size_t i = 0; i < d->changes; i++) {
		uint32_t attribute = 0, item = 0;

		if (!m->alike->row[i].n || (m->drift && !drift_view_open(m->drift, i)) ||
		    (strcmp(d->change[i].action, "delete") == 0 && !report_is_drift(d)))
			continue;
		for (;;) {
			auto_buf part = BUF_INIT(SIZE_MAX);

			if (!shown)
				buf_puts(&part, "### Policy documents\n\n");
			if (!next_policy(m, &part, &m->alike->row[i].change, &attribute, &item))
				break;
			/* A long one that does not fit need not keep out the short ones. */
			if (b->len + part.len > end) {
				left++;
				continue;
			}
			buf_add(b, buf_str(&part), part.len);
			shown++;
		}
	}
	return left;
}
