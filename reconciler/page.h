/* A plan or a drift report as one HTML page that stands alone: no request to anywhere, light and
 * dark, by keyboard and screen reader, on paper. The page draws itself from the document's JSON in
 * it (page.js); without scripts it shows the text report. Pure. */
#ifndef CHARTER_RECONCILER_PAGE_H
#define CHARTER_RECONCILER_PAGE_H

#include "reconciler/plan_doc.h"

struct page_style {
	/* As of struct markdown_style; NULL: no links. */
	const char *blob, *blob_base;
};
void doc_write_html(const struct plan_doc *, const struct page_style *, struct buf *);

#endif
