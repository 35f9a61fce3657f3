#include "tests/unit/report_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

struct report_page *page_new(size_t out_max)
{
	struct report_page *p = xcalloc(1, sizeof *p);

	p->arena = arena_new();
	p->out = BUF_INIT(out_max);
	return p;
}

void page_free(struct report_page *p)
{
	arena_free(p->arena);
	buf_free(&p->out);
	free(p);
}

struct plan_doc *page_plan(struct arena *a, size_t changes, size_t access, size_t accounts)
{
	struct plan_doc *d = arena_alloc(a, sizeof *d);

	d->format = "charter.plan/1";
	d->head = (struct doc_commit){.commit = "222222222222", .tree = "t", .present = true};
	d->complete = true;
	d->change = arena_array(a, changes, sizeof *d->change);
	d->access = arena_array(a, access, sizeof *d->access);
	d->account = arena_array(a, accounts, sizeof *d->account);
	return d;
}

const char *page_text(struct report_page *p, unsigned width, bool color)
{
	struct style style = {color, width};

	buf_clear(&p->out);
	doc_write_text(p->plan, &style, &p->out);
	return buf_str(&p->out);
}

const char *page_markdown(struct report_page *p, size_t max)
{
	buf_clear(&p->out);
	doc_write_markdown(p->plan, &(struct markdown_style){.max_bytes = max}, &p->out);
	return buf_str(&p->out);
}

const char *page_plain(struct report_page *p, size_t max, bool *fits)
{
	struct markdown_style style = {.dialect = MARKDOWN_PLAIN, .max_bytes = max};

	buf_clear(&p->out);
	*fits = doc_write_markdown(p->plan, &style, &p->out);
	return buf_str(&p->out);
}

void write_json(const struct plan_doc *d, struct buf *b)
{
	struct json_out *j = json_out_new(b, NULL);

	buf_clear(b);
	assert_int_equal(doc_write_json(d, j), 0);
	assert_int_equal(json_out_end(j), 0);
}

void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("`%s` is not in:\n%.16000s", part, text);
}

void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("`%s` is in:\n%.16000s", part, text);
}
