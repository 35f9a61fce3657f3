/* JUnit: what GitLab, Jenkins and CodeBuild show as tests. */
#include "reconciler/surface_priv.h"

#include "reconciler/report.h"

#include <stdlib.h>
#include <string.h>

/* Text of an element or an attribute of XML 1.0, which has no control characters: they are shown as
 * at a terminal. */
static void xml_put(struct buf *b, const char *s)
{
	static const char special[] = "&<>\"'\n";
	static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#10;"};
	auto_buf shown = BUF_INIT(SIZE_MAX);
	uint32_t code;

	escape_terminal(&shown, s, strlen(s));
	for (size_t i = 0, n; i < shown.len; i += n) {
		const char *at = strchr(special, shown.data[i]);

		n = (size_t)utf8_next(shown.data + i, shown.len - i, &code);
		if (at)
			buf_puts(b, names[at - special]);
		else if (code == 0xfffe || code == 0xffff)
			buf_puts(b, "\xef\xbf\xbd");
		else
			buf_add(b, shown.data + i, n);
	}
}

static void attribute(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, " %s=\"", name);
	xml_put(b, value);
	buf_putc(b, '"');
}

enum outcome { CASE_PASSED, CASE_SKIPPED, CASE_FAILED };

/* Cases are counted before the suite can begin. */
struct suite {
	struct buf cases;
	size_t n[CASE_FAILED + 1];
};

struct test_case {
	enum outcome outcome;
	const char *group, *name;
	const char *file; /* in the repository, or NULL */
	uint32_t line;
	const char *type, *text; /* text may be NULL where it passed */
};

static void case_result(struct buf *b, const struct test_case *c)
{
	static const char *const elements[] = {
	    [CASE_SKIPPED] = "skipped", [CASE_FAILED] = "failure"};

	if (c->outcome == CASE_PASSED) {
		buf_puts(b, "      <system-out>");
		xml_put(b, c->text);
		buf_puts(b, "</system-out>\n");
		return;
	}
	buf_printf(b, "      <%s", elements[c->outcome]);
	attribute(b, "message", c->text);
	if (c->outcome == CASE_FAILED)
		attribute(b, "type", c->type);
	buf_puts(b, "/>\n");
}

static void suite_add(struct suite *s, const struct test_case *c)
{
	struct buf *b = &s->cases;

	s->n[c->outcome]++;
	buf_puts(b, "    <testcase");
	attribute(b, "classname", c->group);
	attribute(b, "name", c->name);
	if (c->file)
		attribute(b, "file", c->file);
	if (c->file && c->line)
		buf_printf(b, " line=\"%u\"", c->line);
	if (!c->text || !*c->text) {
		buf_puts(b, "/>\n");
		return;
	}
	buf_puts(b, ">\n");
	case_result(b, c);
	buf_puts(b, "    </testcase>\n");
}

static void suite_counts(const struct suite *s, struct buf *out)
{
	buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\"",
		   s->n[CASE_PASSED] + s->n[CASE_SKIPPED] + s->n[CASE_FAILED], s->n[CASE_FAILED],
		   s->n[CASE_SKIPPED]);
}

static void suite_end(struct suite *s, const char *name, struct buf *out)
{
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"charter\"");
	suite_counts(s, out);
	buf_puts(out, ">\n  <testsuite");
	attribute(out, "name", name);
	suite_counts(s, out);
	buf_puts(out, " time=\"0\">\n");
	buf_add(out, buf_str(&s->cases), s->cases.len);
	buf_puts(out, "  </testsuite>\n</testsuites>\n");
	buf_free(&s->cases);
}

static void guards_add(struct suite *s, const struct plan_doc *d)
{
	for (size_t i = 0; i < d->guards; i++) {
		const struct doc_guard *g = &d->guard[i];
		bool refused = strcmp(g->result, "refuse") == 0;

		suite_add(s, &(struct test_case){.outcome = refused ? CASE_FAILED : CASE_PASSED,
						 .group = "guard",
						 .name = g->name,
						 .type = "refused",
						 .text = g->detail});
	}
}

/* A guard may refuse what no document of an older version names. */
static bool doc_guard_refuses(const struct plan_doc *d)
{
	for (size_t i = 0; i < d->guards; i++)
		if (strcmp(d->guard[i].result, "refuse") == 0)
			return true;
	return false;
}

static void annotations_add(struct suite *s, struct arena *arena, const char *path,
			    const struct annotations *list, const char *group_prefix)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct annotation *a = &list->at[i];

		suite_add(s,
			  &(struct test_case){
			      .outcome = a->level == ANNOTATION_ERROR ? CASE_FAILED : CASE_PASSED,
			      .group = arena_printf(arena, "%s%s", group_prefix, a->check),
			      .name = a->what,
			      .file = a->file ? annotation_file(arena, path, a->file) : NULL,
			      .line = a->line,
			      .type = a->check,
			      .text = a->message});
	}
}

/* Of a drift report what waits, or was not read: all else is an item. */
static bool change_is_case(const struct plan_doc *d, const struct doc_change *c)
{
	return !report_is_drift(d) || !d->drift || c->blocked;
}

/* Drift is what a drift report looks for, so each fails. What could not be read, or waits, was not
 * tried. */
static void changes_add(struct suite *s, struct arena *arena, const struct plan_doc *d)
{
	for (size_t i = 0; i < d->changes; i++) {
		const struct doc_change *c = &d->change[i];
		auto_buf text = BUF_INIT(1 << 20);
		bool drifted = report_is_drift(d) && strcmp(c->action, "adopt") != 0;

		if (!change_is_case(d, c))
			continue;
		report_remarks(d, c, &text);
		if (!text.len)
			buf_puts(&text, drifted ? "differs from git" : "");
		suite_add(s, &(struct test_case){
				 .outcome = c->blocked ? CASE_SKIPPED
					    : drifted  ? CASE_FAILED
						       : CASE_PASSED,
				 .group = arena_printf(arena, "change.%s", c->action),
				 .name = c->address,
				 .file = c->file ? annotation_file(arena, d->path, c->file) : NULL,
				 .line = c->line,
				 .type = "drift",
				 .text = buf_str(&text)});
	}
}

/* What is let be was looked at, and is not what the run is to fail for. */
static void drift_add(struct suite *s, struct arena *arena, const struct plan_doc *d)
{
	for (uint32_t i = 0; i < d->drift->items; i++) {
		const struct drift_item *item = &d->drift->item[i];

		if (item->kind == ITEM_UNREAD || (item->kind == ITEM_UNMANAGED && item->quiet))
			continue;
		suite_add(
		    s, &(struct test_case){
			   .outcome = item->quiet ? CASE_SKIPPED : CASE_FAILED,
			   .group = arena_printf(arena, "drift.%s", item_words[item->kind]),
			   .name = drift_item_title(arena, item),
			   .file = item->file ? annotation_file(arena, d->path, item->file) : NULL,
			   .line = item->line,
			   .type = "drift",
			   .text = drift_item_message(arena, d, item)});
	}
}

static void unread_add(struct suite *s, struct arena *arena, const struct plan_doc *d)
{
	bool declared = doc_lacks_declared(d);

	for (size_t i = 0; i < d->unread_n; i++)
		suite_add(
		    s, &(struct test_case){
			   .outcome = declared ? CASE_FAILED : CASE_SKIPPED,
			   .group = "read",
			   .name = d->unread[i].scope,
			   .type = "not-read",
			   .text = arena_printf(arena, "%s%s%s", d->unread[i].error,
						d->unread[i].message ? ": " : "",
						d->unread[i].message ? d->unread[i].message : "")});
}

void doc_write_junit(const struct plan_doc *d, struct buf *out)
{
	struct arena *arena = arena_new();
	struct suite s = {.cases = BUF_INIT(out->max)};

	guards_add(&s, d);
	if (d->refusal && !doc_guard_refuses(d))
		suite_add(&s, &(struct test_case){.outcome = CASE_FAILED,
						  .group = "guard",
						  .name = "plan",
						  .type = "refused",
						  .text = d->refusal});
	if (report_is_drift(d) && d->drift)
		drift_add(&s, arena, d);
	changes_add(&s, arena, d);
	unread_add(&s, arena, d);
	suite_end(&s, report_is_drift(d) ? "charter drift" : "charter plan", out);
	arena_free(arena);
}

void diagnostics_write_junit(const struct diagnostics *diagnostics, const char *path,
			     struct buf *out)
{
	struct arena *arena = arena_new();
	struct suite s = {.cases = BUF_INIT(out->max)};
	struct annotations list = {0};

	annotations_of_diagnostics(arena, diagnostics, &list);
	annotations_add(&s, arena, path, &list, "configuration.");
	if (!diagnostics->errors)
		suite_add(&s, &(struct test_case){.group = "configuration", .name = "is valid"});
	suite_end(&s, "charter validate", out);
	free(list.at);
	arena_free(arena);
}
