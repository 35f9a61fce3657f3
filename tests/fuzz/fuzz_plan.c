/* Any bytes as a saved plan. What is accepted is written and read again to the same bytes, and
 * every report of it is safe for its sink. */
#include "base/error.h"
#include "reconciler/plan_doc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX ((size_t)256 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_json(const struct plan_doc *d, struct buf *b)
{
	struct json_out *j = json_out_new(b, NULL);

	if (doc_write_json(d, j) != 0)
		abort();
	if (json_out_end(j) != 0)
		abort();
}

static void check_reports(const struct plan_doc *d)
{
	static const struct style narrow = {.width = 40}, plain = {0};
	static const char blob[] = "https://forge.example/o/r/blob/1/";
	auto_buf b = BUF_INIT(OUT_MAX);

	doc_write_text(d, &narrow, &b);
	doc_write_text(d, &plain, &b);
	charter_assert(!memmem(buf_str(&b), b.len, "\033", 1));
	buf_clear(&b);
	doc_write_markdown(
	    d, &(struct markdown_style){.max_bytes = 60000, .blob = blob, .blob_base = blob}, &b);
	doc_write_markdown(d, &(struct markdown_style){MARKDOWN_PLAIN, 5000, NULL, NULL}, &b);
	doc_write_markdown(d, &(struct markdown_style){.max_bytes = 1}, &b);
	charter_assert(!strstr(buf_str(&b), "<!--"));
	doc_write_calls(d, &b);
	charter_assert(!b.len || !memchr(b.data, '\033', b.len));
	charter_assert(utf8_count(buf_str(&b), b.len) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	auto_buf first = BUF_INIT(OUT_MAX), second = BUF_INIT(OUT_MAX);
	auto_error err = {0};
	struct plan_doc d, again;

	if (doc_read_json(arena, (const char *)data, size, "plan.json", &d, &err) == 0) {
		write_json(&d, &first);
		if (doc_read_json(arena, buf_str(&first), first.len, "again.json", &again, &err))
			abort();
		write_json(&again, &second);
		charter_assert(strcmp(buf_str(&first), buf_str(&second)) == 0);
		check_reports(&d);
	} else {
		charter_assert(err.message != NULL);
	}
	arena_free(arena);
	return 0;
}
