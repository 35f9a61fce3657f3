/* The frame, the style and the scripts of the HTML page, as they are in reconciler/page. */
#ifndef CHARTER_RECONCILER_PAGE_FILES_H
#define CHARTER_RECONCILER_PAGE_FILES_H

/* The scripts are one, in this order. */
enum page_file {
	PAGE_HTML,
	PAGE_CSS,
	PAGE_JS,
	PAGE_MODEL,
	PAGE_TREE,
	PAGE_VALUE,
	PAGE_ENTRY,
	PAGE_LIST,
	PAGE_ACCESS,
	PAGE_MAIN,
	PAGE_FILES
};

struct page_content {
	const char *data, *end;
};
extern const struct page_content page_files[PAGE_FILES];

#endif
