#include "reconciler/plan_changed.h"

#include "base/digest.h"
#include "reconciler/report.h"

#include <stdlib.h>
#include <string.h>

/* A value longer than this goes by its digest: policy documents. */
#define VALUE_BYTES 80

struct lines {
	VEC(char *) list;
};

static void put_value(struct buf *b, struct value v)
{
	auto_buf s = BUF_INIT(SIZE_MAX);
	char hex[SHA256_HEX];

	report_value(NULL, v, &s);
	if (s.len <= VALUE_BYTES) {
		buf_puts(b, buf_str(&s));
		return;
	}
	sha256_hex(buf_str(&s), s.len, hex);
	buf_printf(b, "(%zu bytes, SHA-256 %.12s)", s.len, hex);
}

/* Neither is in the id: what drifted, and what other merges bring. */
static bool reason_is_named(const char *reason)
{
	return strcmp(reason, "drift") != 0 && strcmp(reason, "pending") != 0 &&
	       strcmp(reason, "leftover") != 0;
}

static void lines_item(struct lines *lines, const struct doc_change *c,
		       const struct doc_attribute *a, const struct report_item *item)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	if (!reason_is_named(item->reason))
		return;
	buf_printf(&b, "%s: %s: ", c->address, a->name);
	if (item->key)
		buf_printf(&b, "%c %s%s", item->sign, item->key, a->is_map ? ": " : "");
	if (!item->key || a->is_map) {
		put_value(&b, item->from);
		buf_puts(&b, " -> ");
		put_value(&b, item->to);
	}
	if (item->conflict) {
		buf_puts(&b, " (live is ");
		put_value(&b, item->live);
		buf_putc(&b, ')');
	}
	vec_push(&lines->list, buf_take(&b));
}

static int line_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void lines_read(struct lines *lines, const struct plan_doc *d)
{
	for (size_t i = 0; i < d->changes; i++) {
		const struct doc_change *c = &d->change[i];

		if (strcmp(c->action, "update") != 0 && strcmp(c->action, "adopt") != 0 &&
		    reason_is_named(c->reason))
			vec_push(&lines->list, xasprintf("%s: %s", c->address, c->action));
		for (uint32_t a = 0; a < c->attributes; a++)
			for (uint32_t k = 0; k < attribute_items(&c->attribute[a]); k++) {
				struct report_item item = attribute_item(d, &c->attribute[a], k);

				lines_item(lines, c, &c->attribute[a], &item);
			}
	}
	if (lines->list.n)
		qsort(lines->list.at, lines->list.n, sizeof *lines->list.at, line_cmp);
}

static void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->list.n; i++)
		free(lines->list.at[i]);
	free(lines->list.at);
}

void plan_changed_write(const struct plan_doc *approved, const struct plan_doc *now, struct buf *b)
{
	struct lines was = {0}, is = {0};
	size_t shown = 0;

	lines_read(&was, approved);
	lines_read(&is, now);
	for (size_t i = 0, k = 0; i < was.list.n || k < is.list.n;) {
		int c = i == was.list.n  ? 1
			: k == is.list.n ? -1
					 : strcmp(was.list.at[i], is.list.at[k]);
		const char *line = c <= 0 ? was.list.at[i++] : is.list.at[k++];

		if (c == 0)
			k++;
		else if (++shown <= PLAN_CHANGED_MAX)
			buf_printf(b, "\n%c %s", c < 0 ? '-' : '+', line);
	}
	if (shown > PLAN_CHANGED_MAX)
		buf_printf(b, "\nand %zu more lines", shown - PLAN_CHANGED_MAX);
	lines_free(&was);
	lines_free(&is);
}
