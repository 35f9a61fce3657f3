/* Embeds the files of the HTML page. The Makefile knows that this object depends on them. */
#include "reconciler/page_files.h"

#define FILES                                                                                      \
	FILE_ROW(PAGE_HTML, html, "page.html")                                                     \
	FILE_ROW(PAGE_CSS, css, "page.css")                                                        \
	FILE_ROW(PAGE_JS, js, "page.js")                                                           \
	FILE_ROW(PAGE_MODEL, model, "page_model.js")                                               \
	FILE_ROW(PAGE_TREE, tree, "page_tree.js")                                                  \
	FILE_ROW(PAGE_VALUE, value, "page_value.js")                                               \
	FILE_ROW(PAGE_ENTRY, entry, "page_entry.js")                                               \
	FILE_ROW(PAGE_LIST, list, "page_list.js")                                                  \
	FILE_ROW(PAGE_ACCESS, access, "page_access.js")                                            \
	FILE_ROW(PAGE_MAIN, main, "page_main.js")

#define FILE_ROW(index, name, from)                                                                \
	__asm__(".pushsection .rodata\n"                                                           \
		".hidden page_" #name "\n"                                                         \
		".globl page_" #name "\n"                                                          \
		"page_" #name ":\n"                                                                \
		".incbin \"reconciler/page/" from "\"\n"                                           \
		".hidden page_" #name "_end\n"                                                     \
		".globl page_" #name "_end\n"                                                      \
		"page_" #name "_end:\n"                                                            \
		".byte 0\n"                                                                        \
		".popsection\n");                                                                  \
	extern const char page_##name[] __attribute__((visibility("hidden")));                     \
	extern const char page_##name##_end[] __attribute__((visibility("hidden")));
FILES
#undef FILE_ROW

#define FILE_ROW(index, name, from) [index] = {page_##name, page_##name##_end},
const struct page_content page_files[PAGE_FILES] = {FILES};
#undef FILE_ROW
