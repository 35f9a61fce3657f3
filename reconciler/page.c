/* The HTML page: the frame with its style, its script and the document's data put into it. What
 * comes from AWS stands in two places: in JSON, where nothing can end the element that holds it,
 * and in the text for those without scripts, escaped. */
#include "reconciler/page.h"
#include "reconciler/page_files.h"
#include "reconciler/report.h"

#include "base/base64.h"
#include "base/digest.h"

#include <string.h>

#define TEXT_BYTES 200000 /* of the report for those without scripts */

struct page {
	const struct plan_doc *doc;
	const struct page_style *style;
	struct buf *out;
};

/* JSON as it may stand in a script element: these characters are in its strings alone. */
static void escape_script(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t plain = strcspn(s + i, "<>&\xe2");

		plain = plain < len - i ? plain : len - i;
		buf_add(out, s + i, plain);
		i += plain;
		if (i >= len)
			break;
		if (len - i >= 3 && memcmp(s + i, "\xe2\x80", 2) == 0 &&
		    (s[i + 2] == '\xa8' || s[i + 2] == '\xa9')) {
			buf_puts(out, s[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 3;
		} else if (s[i] == '\xe2') {
			buf_putc(out, s[i++]);
		} else {
			buf_printf(out, "\\u%04x", (unsigned char)s[i++]);
		}
	}
}

static void json_put(struct page *page, struct buf *json, struct json_out *j)
{
	if (json_out_end(j) != 0 || json->full)
		page->out->full = true;
	else
		escape_script(page->out, buf_str(json), json->len);
}

static void put_document(struct page *page)
{
	auto_buf json = BUF_INIT(page->out->max);
	struct json_out *j = json_out_new(&json, NULL);

	doc_write_json(page->doc, j);
	json_put(page, &json, j);
}

static void write_node(struct json_out *j, const struct doc_node *n)
{
	out_object(j);
	out_key_string(j, "address", n->address);
	if (n->id)
		out_key_string(j, "id", n->id);
	out_key_string(j, "name", n->name);
	if (n->state)
		out_key_string(j, "state", n->state);
	out_key_string(j, "unit", n->unit);
	out_object_end(j);
}

static void write_kept(struct json_out *j, const struct doc_access *a)
{
	out_object(j);
	out_key_string(j, "account", a->account);
	out_key_string(j, "permission", a->permission);
	out_key_string(j, "principal", a->principal);
	out_key_string(j, "strength", a->strength);
	out_key_string(j, "through", a->through);
	out_object_end(j);
}

/* What the page shows beyond the document. */
static void put_more(struct page *page)
{
	const struct plan_doc *doc = page->doc;
	auto_buf json = BUF_INIT(page->out->max);
	struct json_out *j = json_out_new(&json, NULL);

	out_object(j);
	out_key_string(j, "blob", page->style ? page->style->blob : NULL);
	out_key_string(j, "blob_base", page->style ? page->style->blob_base : NULL);
	out_key(j, "kept");
	out_lines(j);
	for (size_t i = 0; i < doc->kept_n; i++)
		write_kept(j, &doc->kept[i]);
	out_array_end(j);
	out_key(j, "nodes");
	out_lines(j);
	for (size_t i = 0; i < doc->nodes; i++)
		write_node(j, &doc->node[i]);
	out_array_end(j);
	out_object_end(j);
	json_put(page, &json, j);
}

static void put_text(struct page *page)
{
	static const struct style plain = {.color = false, .width = 0};
	auto_buf text = BUF_INIT(TEXT_BYTES);
	size_t len;

	doc_write_text(page->doc, &plain, &text);
	len = text.len;
	while (text.full && len > 0 && text.data[len - 1] != '\n')
		len--;
	escape_xml(page->out, buf_str(&text), len);
	if (text.full)
		buf_puts(page->out, "\nThe rest is left out here: with scripts this page shows it, "
				    "and `-o text` prints it.\n");
}

static void put_title(struct page *page)
{
	const char *organization = page->doc->organization;

	buf_puts(page->out, report_is_drift(page->doc) ? "Drift" : "Plan");
	if (organization) {
		buf_puts(page->out, " of ");
		escape_xml(page->out, organization, strlen(organization));
	}
}

static void put_file(struct page *page, enum page_file from, enum page_file to)
{
	for (size_t i = from; i < to; i++)
		buf_add(page->out, page_files[i].data,
			(size_t)(page_files[i].end - page_files[i].data));
}

static void put_css(struct page *page)
{
	put_file(page, PAGE_CSS, PAGE_JS);
}

static void put_js(struct page *page)
{
	put_file(page, PAGE_JS, PAGE_FILES);
}

static void put_hash(struct buf *out, const char *directive, enum page_file from, enum page_file to)
{
	unsigned char hash[SHA256_BYTES];
	auto_buf all = BUF_INIT(1 << 20);
	struct page content = {.out = &all};

	put_file(&content, from, to);
	sha256(buf_str(&all), all.len, hash);
	buf_printf(out, "; %s 'sha256-", directive);
	base64_encode(out, hash, sizeof hash);
	buf_putc(out, '\'');
}

/* Nothing is loaded, sent or run but what charter wrote; the empty icon is asked for nowhere. */
static void put_policy(struct page *page)
{
	buf_puts(page->out, "default-src 'none'; base-uri 'none'; form-action 'none'; "
			    "img-src data:");
	put_hash(page->out, "style-src", PAGE_CSS, PAGE_JS);
	put_hash(page->out, "script-src", PAGE_JS, PAGE_FILES);
}

/* "@NAME@" in the frame. */
static const struct {
	const char *name;
	void (*put)(struct page *);
} parts[] = {
    {"CSS", put_css},       {"DOCUMENT", put_document}, {"JS", put_js},       {"MORE", put_more},
    {"POLICY", put_policy}, {"TEXT", put_text},         {"TITLE", put_title},
};

static size_t part_put(struct page *page, const char *at, size_t len)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		size_t n = strlen(parts[i].name);

		if (len >= n + 2 && memcmp(at + 1, parts[i].name, n) == 0 && at[n + 1] == '@') {
			parts[i].put(page);
			return n + 2;
		}
	}
	buf_putc(page->out, *at);
	return 1;
}

void doc_write_html(const struct plan_doc *doc, const struct page_style *style, struct buf *out)
{
	struct page page = {.doc = doc, .style = style, .out = out};
	const char *at = page_files[PAGE_HTML].data, *end = page_files[PAGE_HTML].end;

	while (at < end) {
		const char *mark = memchr(at, '@', (size_t)(end - at));

		buf_add(out, at, (size_t)((mark ? mark : end) - at));
		at = mark ? mark + part_put(&page, mark, (size_t)(end - mark)) : end;
	}
}
