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

static void put_value(struct buf *b, const struct attr *attr, struct value v)
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
	md_code(b, buf_str(&s), true);
	if (len > CELL_VALUE_MAX)
		buf_printf(b, "… (%zu bytes)", len);
}

static void put_key(struct buf *b, const struct attr *attr, const char *key)
{
	auto_buf s = BUF_INIT(SIZE_MAX);

	report_key(attr, key, &s);
	md_code(b, buf_str(&s), true);
}

static const char *sign_text(char sign)
{
	return sign == '+' ? "+ " : sign == '-' ? "− " : "";
}

/* `alone`: nothing stands on the other side, since the resource or the element is new. */
static void put_arrow(struct buf *b, const struct attr *attr, const struct report_item *item,
		      bool alone)
{
	if (item->conflict) {
		buf_puts(b, "live ");
		put_value(b, attr, item->live);
		buf_puts(b, ", last applied ");
		put_value(b, attr, item->base);
		buf_puts(b, ", wanted ");
		put_value(b, attr, item->head);
	} else if (alone) {
		put_value(b, attr, item->sign == '-' ? item->from : item->to);
	} else {
		put_value(b, attr, item->from);
		buf_puts(b, " → ");
		put_value(b, attr, item->to);
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

static void put_element(struct buf *b, const struct doc_attribute *a, const struct attr *attr,
			const struct report_item *item)
{
	buf_puts(b, sign_text(item->sign));
	put_key(b, attr, item->key);
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
	put_arrow(b, NULL, item, item->sign == '+');
}

static void put_reason(struct buf *b, const struct doc_change *c, const struct report_item *item)
{
	if (reason_is_news(c, item->reason)) {
		buf_puts(b, " _(");
		md_text(b, item->reason);
		buf_puts(b, ")_");
	}
}

static void put_attribute(struct buf *b, const struct plan_doc *d, const struct doc_change *c,
			  const struct doc_attribute *a, bool losses)
{
	const struct attr *attr = attr_find(c->kind, a->name);
	uint32_t n = attribute_items(a), shown = 0, gains = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct report_item item = attribute_item(d, a, i);

		if (losses && (item.sign != '-' || !item.key))
			continue;
		if (item.key && item.sign == '+' && ++gains > CELL_GAINS_MAX)
			continue;
		if (!shown++) {
			buf_puts(b, b->len ? "<br>" : "");
			md_text(b, a->name);
			buf_puts(b, ": ");
		} else {
			buf_puts(b, ", ");
		}
		if (item.key)
			put_element(b, a, attr, &item);
		else if (item_is_policy(a, &item))
			count_policy(b, &item);
		else
			put_arrow(b, attr, &item,
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

void md_change_cell(struct buf *b, const struct plan_doc *d, const struct doc_change *c,
		    struct places *places, bool losses)
{
	auto_buf cell = BUF_INIT(SIZE_MAX), where = BUF_INIT(SIZE_MAX);

	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];

		if (!report_set_places(c, a, places, md_name, &where))
			put_attribute(&cell, d, c, a, losses);
		else if (!losses || a->removed_n)
			buf_printf(&cell, "%s%s", cell.len ? "<br>" : "", buf_str(&where));
		buf_clear(&where);
	}
	buf_add(b, buf_str(&cell), cell.len);
}

void md_why_cell(struct buf *b, const struct plan_doc *d, const struct doc_change *c)
{
	auto_buf remarks = BUF_INIT(SIZE_MAX);

	bool strong = change_is_high(c) || c->blocked || strcmp(c->reason, "conflict") == 0;

	report_remarks(d, c, &remarks);
	buf_puts(b, strong ? "**" : "");
	md_text(b, buf_str(&remarks));
	buf_puts(b, strong ? "**" : "");
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

static void put_policy(struct buf *b, const struct doc_change *c, const struct doc_attribute *a,
		       const struct report_item *item)
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
	folded = lines > DIFF_OPEN_MAX;
	buf_puts(b, folded ? "<details><summary>" : "");
	if (folded)
		md_html_code(b, c->address);
	else
		md_code(b, c->address, false);
	buf_puts(b, ", ");
	md_text(b, a->name);
	if (item->key) {
		buf_putc(b, ' ');
		if (folded)
			md_html_code(b, item->key);
		else
			md_code(b, item->key, false);
	}
	buf_puts(b, ": ");
	count_policy(b, item);
	buf_puts(b, folded ? "</summary>\n\n" : "\n\n");
	buf_add(b, buf_str(&body), body.len);
	buf_puts(b, folded ? "\n</details>\n\n" : "\n");
}

bool md_next_policy(struct buf *b, const struct plan_doc *d, const struct doc_change *c,
		    uint32_t *attribute, uint32_t *item)
{
	for (; *attribute < c->attributes; (*attribute)++, *item = 0) {
		const struct doc_attribute *a = &c->attribute[*attribute];

		while (a->is_policy && *item < attribute_items(a)) {
			struct report_item it = attribute_item(d, a, (*item)++);

			if (item_is_policy(a, &it)) {
				put_policy(b, c, a, &it);
				return true;
			}
		}
	}
	return false;
}
