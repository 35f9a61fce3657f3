/* Any text in each piece of Markdown: it stays on its line, in its code, in its cell, in its fence.
 */
#include "base/error.h"
#include "reconciler/markdown.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct buf *b)
{
	charter_assert(!strpbrk(buf_str(b), "\n\r\033"));
	charter_assert(utf8_count(buf_str(b), b->len) >= 0);
}

static size_t run_at(const char *s)
{
	return strspn(s, "`");
}

/* What a cut name ends with. */
static bool is_end(const char *s)
{
	return *s == '\0' || strncmp(s, "… (", strlen("… (")) == 0;
}

/* A code span: the run that opens it comes again only at the end. */
static void check_code(const char *s)
{
	auto_buf b = BUF_INIT(OUT_MAX);
	const char *p;
	size_t run;

	md_code(&b, s, false);
	check_line(&b);
	p = buf_str(&b);
	run = run_at(p);
	if (run == 0)
		return;
	for (p += run; *p; p += run_at(p) ? run_at(p) : 1)
		charter_assert(run_at(p) != run || is_end(p + run));
}

/* Every bar and every angle bracket of a cell stands behind an odd number of backslashes, or in
 * code without bars. */
static void check_cell(const char *s)
{
	auto_buf b = BUF_INIT(OUT_MAX);
	size_t slashes = 0;

	md_code(&b, s, true);
	check_line(&b);
	for (const char *p = buf_str(&b); *p; p++) {
		charter_assert(*p != '|' || slashes % 2 == 1);
		slashes = *p == '\\' ? slashes + 1 : 0;
	}
}

static void check_fence(const char *s, size_t len)
{
	auto_buf text = BUF_INIT(OUT_MAX), b = BUF_INIT(OUT_MAX);
	const char *p;
	size_t run, closes = 0;

	buf_add(&text, s, len);
	md_fence(&b, "diff", &text);
	run = run_at(buf_str(&b));
	for (p = buf_str(&b); (p = strchr(p, '\n')) != NULL;) {
		p++;
		closes += run_at(p + strspn(p, " ")) >= run;
	}
	charter_assert(run >= 3 && closes == 1);
}

static void check_html(const char *s)
{
	auto_buf b = BUF_INIT(OUT_MAX);
	const char *end;

	md_html_code(&b, s);
	check_line(&b);
	end = strchr(buf_str(&b) + 1, '<');
	charter_assert(end != NULL && strcmp(end, "</code>") == 0);
	charter_assert(!strstr(buf_str(&b), "<!--"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *s = strndup((const char *)data, size);
	auto_buf b = BUF_INIT(OUT_MAX);

	if (!s)
		return 0;
	check_code(s);
	check_cell(s);
	check_fence(s, strlen(s));
	check_html(s);
	md_text(&b, s);
	check_line(&b);
	return 0;
}
