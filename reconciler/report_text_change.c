/* One change in the text report. */
#include "reconciler/policy_diff.h"
#include "reconciler/report_text.h"

#include <string.h>

#define INDENT_ATTRIBUTE 6
#define INDENT_ELEMENT   8
/* Members and the like that stand in a line each. */
#define ELEMENTS_MAX 12
/* Lines of a policy document that is new or goes as a whole. */
#define WHOLE_POLICY_MAX 30

static const char *sign_color(char sign)
{
	return sign == '+' ? PAINT_GREEN : sign == '-' ? PAINT_RED : PAINT_YELLOW;
}

static void put_sign(struct paint *p, char sign)
{
	paint_add(p, sign_color(sign), &sign, 1);
	paint_gap(p, 1);
}

static void put_value(struct paint *p, const struct attr *attr, struct value v)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	report_value(attr, v, &b);
	paint_add(p, v.state == VALUE_TEXT || v.state == VALUE_SET ? PAINT_NONE : PAINT_DIM,
		  buf_str(&b), b.len);
}

static void put_reason(struct paint *p, const struct doc_change *c, const char *reason)
{
	if (!reason_is_news(c, reason))
		return;
	paint_gap(p, 2);
	paint_puts(p, PAINT_YELLOW, "(");
	paint_puts(p, PAINT_YELLOW, reason);
	paint_puts(p, PAINT_YELLOW, ")");
}

static void put_diff_line(struct paint *p, const struct policy_line *l)
{
	unsigned lead = 0;
	const char *color = l->sign == ' ' ? PAINT_DIM : sign_color(l->sign);
	char note[64];

	if (l->sign == '@') {
		snprintf(note, sizeof note, "... %u line%s as before", l->len,
			 l->len == 1 ? "" : "s");
		paint_lines(p, INDENT_ELEMENT + 2, INDENT_ELEMENT + 2, PAINT_DIM, note);
		return;
	}
	while (lead < l->len && l->s[lead] == ' ')
		lead++;
	paint_begin(p, INDENT_ELEMENT, INDENT_ELEMENT + 4 + lead);
	paint_add(p, color, &l->sign, 1);
	paint_gap(p, 1);
	paint_add(p, color, l->s, l->len);
	paint_end(p);
}

static void put_policy(struct paint *p, struct value from, struct value to)
{
	const char *a = value_policy(from), *b = value_policy(to);
	auto_policy_diff diff = {0};
	size_t n;
	char note[64];

	policy_diff_make(&diff, a, b, REPORT_CONTEXT);
	n = diff.line.n;
	if ((!a || !b) && n > WHOLE_POLICY_MAX)
		n = WHOLE_POLICY_MAX;
	for (size_t i = 0; i < n; i++)
		put_diff_line(p, &diff.line.at[i]);
	if (n < diff.line.n) {
		snprintf(note, sizeof note, "... %zu more lines; -o json has them",
			 diff.line.n - n);
		paint_lines(p, INDENT_ELEMENT + 2, INDENT_ELEMENT + 2, PAINT_DIM, note);
	}
}

static void put_side(struct paint *p, const char *title, const struct attr *attr, struct value v)
{
	paint_begin(p, INDENT_ELEMENT, INDENT_ELEMENT + 16);
	paint_puts(p, PAINT_DIM, title);
	paint_gap(p, 14 - (unsigned)strlen(title));
	put_value(p, attr, v);
	paint_end(p);
}

/* All three, since nobody has seen them side by side: the commit's author did not know of the
 * change outside git. */
static void put_conflict(struct paint *p, const struct attr *attr, bool policy,
			 const struct report_item *item)
{
	if (!policy) {
		put_side(p, "last applied", attr, item->base);
		put_side(p, "live", attr, item->live);
		put_side(p, "wanted", attr, item->head);
		return;
	}
	paint_lines(p, INDENT_ELEMENT, INDENT_ELEMENT, PAINT_YELLOW,
		    "changed outside git, last applied -> live:");
	put_policy(p, item->base, item->live);
	paint_lines(p, INDENT_ELEMENT, INDENT_ELEMENT, PAINT_YELLOW, "live -> wanted:");
	put_policy(p, item->live, item->head);
}

static void put_key(struct paint *p, const struct attr *attr, const char *key)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	report_key(attr, key, &b);
	paint_add(p, PAINT_NONE, buf_str(&b), b.len);
}

/* What follows the sign and key of an element, or the name of an attribute, on its line. */
static void put_values(struct paint *p, const struct doc_change *c, const struct attr *attr,
		       bool is_map, const struct report_item *item)
{
	/* Of a resource that is new or goes, or misses in AWS, no value stands on the other side.
	 */
	bool alone = strcmp(c->action, "update") != 0;

	if (item->key && !is_map)
		return;
	if (item->key)
		paint_puts(p, PAINT_NONE, item->sign == '~' ? ":" : " =");
	paint_gap(p, 1);
	if (item->sign == '+' && item->from.state == VALUE_UNSET)
		alone = true; /* not read, so nothing is said of it */
	if (item->sign == '~' || (!item->key && !alone)) {
		put_value(p, attr, item->from);
		paint_puts(p, PAINT_DIM, " -> ");
		put_value(p, attr, item->to);
	} else {
		put_value(p, attr, item->sign == '+' ? item->to : item->from);
	}
}

/* On the line that has begun. */
static void put_element(struct paint *p, const struct doc_change *c, const struct doc_attribute *a,
			const struct attr *attr, const struct report_item *item)
{
	bool policy = item_is_policy(a, item);

	put_sign(p, item->sign);
	put_key(p, attr, item->key);
	if (!policy && !item->conflict)
		put_values(p, c, NULL, a->is_map, item);
	put_reason(p, c, item->reason);
	paint_end(p);
	if (item->conflict && a->is_map)
		put_conflict(p, NULL, policy, item);
	else if (policy)
		put_policy(p, item->from, item->to);
}

static void put_whole(struct paint *p, const struct doc_change *c, const struct doc_attribute *a,
		      const struct attr *attr, const struct report_item *item)
{
	bool policy = item_is_policy(a, item);

	if (!policy && !item->conflict)
		put_values(p, c, attr, false, item);
	put_reason(p, c, item->reason);
	paint_end(p);
	if (item->conflict)
		put_conflict(p, attr, policy, item);
	else if (policy)
		put_policy(p, item->from, item->to);
}

/* Elements with this sign in running text. */
static void put_elements(struct paint *p, const struct plan_doc *d, const struct doc_attribute *a,
			 const struct attr *attr, char sign)
{
	size_t shown = 0;

	for (uint32_t i = 0; i < attribute_items(a); i++) {
		struct report_item item = attribute_item(d, a, i);

		if (item.sign != sign)
			continue;
		if (!shown++) {
			paint_begin(p, INDENT_ELEMENT, INDENT_ELEMENT + 4);
			put_sign(p, sign);
		} else {
			paint_puts(p, PAINT_NONE, ",");
			paint_gap(p, 1);
		}
		put_key(p, attr, item.key);
	}
	if (shown)
		paint_end(p);
}

/* False: some of them have more to say than their names. */
static bool put_many(struct paint *p, const struct plan_doc *d, const struct doc_change *c,
		     const struct doc_attribute *a, const struct attr *attr)
{
	if (a->is_map)
		return false;
	for (uint32_t i = 0; i < attribute_items(a); i++) {
		struct report_item item = attribute_item(d, a, i);

		if (item.conflict || reason_is_news(c, item.reason))
			return false;
	}
	put_elements(p, d, a, attr, '-');
	put_elements(p, d, a, attr, '+');
	return true;
}

static void put_blocked(struct paint *p, const char *blocked)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	report_blocked(blocked, &b);
	paint_gap(p, 1);
	paint_puts(p, PAINT_YELLOW, buf_str(&b));
}

static void put_attribute(struct paint *p, const struct plan_doc *d, const struct doc_change *c,
			  const struct doc_attribute *a, struct places *places)
{
	const struct attr *attr = attr_find(c->kind, a->name);
	auto_buf where = BUF_INIT(SIZE_MAX);
	uint32_t n = attribute_items(a);
	struct report_item item;

	if (report_set_places(c, a, places, text_name, &where)) {
		paint_lines(p, INDENT_ATTRIBUTE, INDENT_ELEMENT + 2, PAINT_YELLOW, buf_str(&where));
		return;
	}
	paint_begin(p, INDENT_ATTRIBUTE, INDENT_ELEMENT + 2);
	paint_puts(p, PAINT_NONE, a->name);
	paint_puts(p, PAINT_DIM, ":");
	if (a->by_hand)
		paint_puts(p, PAINT_YELLOW, " to do by hand");
	if (a->blocked && !c->blocked)
		put_blocked(p, a->blocked);
	if (!a->is_set) {
		item = attribute_item(d, a, 0);
		put_whole(p, c, a, attr, &item);
		return;
	}
	if (n == 1)
		paint_gap(p, 1);
	else
		paint_end(p);
	if (n > ELEMENTS_MAX && put_many(p, d, c, a, attr))
		return;
	for (uint32_t i = 0; i < n; i++) {
		item = attribute_item(d, a, i);
		if (n > 1)
			paint_begin(p, INDENT_ELEMENT, INDENT_ELEMENT + 4);
		put_element(p, c, a, attr, &item);
	}
}

static char change_sign(const struct plan_doc *d, const struct doc_change *c)
{
	bool drift = report_is_drift(d);

	if (c->blocked)
		return '!';
	if (strcmp(c->action, "create") == 0)
		return drift ? '-' : '+';
	if (strcmp(c->action, "delete") == 0)
		return drift ? '+' : '-';
	return '~';
}

void text_name(struct buf *b, const char *name)
{
	buf_puts(b, name);
}

void text_change(struct paint *p, const struct plan_doc *d, const struct doc_change *c,
		 const char *where, struct places *places)
{
	auto_buf remarks = BUF_INIT(SIZE_MAX), place = BUF_INIT(SIZE_MAX);

	report_remarks(d, c, &remarks);
	report_place(c, &place);
	paint_begin(p, 2, INDENT_ATTRIBUTE);
	put_sign(p, change_sign(d, c));
	paint_puts(p, PAINT_BOLD, c->address);
	if (id_is_news(c->id)) {
		paint_puts(p, PAINT_DIM, " (");
		paint_puts(p, PAINT_DIM, c->id);
		paint_puts(p, PAINT_DIM, ")");
	}
	if (remarks.len) {
		paint_gap(p, 2);
		paint_puts(p, change_is_high(c) ? PAINT_RED : PAINT_YELLOW, buf_str(&remarks));
	}
	if (place.len) {
		paint_gap(p, 2);
		paint_puts(p, PAINT_DIM, buf_str(&place));
	}
	paint_end(p);
	if (where)
		paint_lines(p, INDENT_ATTRIBUTE, INDENT_ELEMENT, PAINT_NONE, where);
	for (uint32_t i = 0; i < c->attributes; i++)
		put_attribute(p, d, c, &c->attribute[i], places);
}
