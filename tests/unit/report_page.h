/* A plan and what is said of it to people. */
#ifndef CHARTER_TESTS_REPORT_PAGE_H
#define CHARTER_TESTS_REPORT_PAGE_H

#include "reconciler/plan_doc.h"

struct report_page {
	struct arena *arena;
	struct plan_doc *plan;
	struct buf out;
};

/* The plan is yet to be made: in the arena, such as by page_plan(). */
struct report_page *page_new(size_t out_max);
void page_free(struct report_page *);
/* A whole plan with room for so many of each, and none of them. */
struct plan_doc *page_plan(struct arena *, size_t changes, size_t access, size_t accounts);

/* Each until the next one. */
const char *page_text(struct report_page *, unsigned width, bool color);
const char *page_markdown(struct report_page *, size_t max);
/* As a forge without HTML shows it, and whether what goes fits. */
const char *page_plain(struct report_page *, size_t max, bool *fits);
void write_json(const struct plan_doc *, struct buf *);

void assert_has(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

#endif
