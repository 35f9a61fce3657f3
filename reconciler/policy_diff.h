/* Two policy documents as a line diff of their indented forms, for reports. Pure. */
#ifndef CHARTER_RECONCILER_POLICY_DIFF_H
#define CHARTER_RECONCILER_POLICY_DIFF_H

#include "base/text.h"

struct policy_line {
	char sign; /* ' ', '-', '+'; '@': `len` lines that are equal are left out here */
	uint32_t len;
	const char *s; /* in the diff's own memory; not escaped; not NUL-terminated */
};

struct policy_diff {
	struct buf from, to;
	VEC(struct policy_line) line;
	uint32_t added, removed;
};

/* Fills the diff of two JSON texts, NULL for a document that is not there, with `context` equal
 * lines around each change. A comma at the end of a line makes no difference. In a diff each
 * element has a line of its own; a document that is new or gone is written with fewer lines. */
void policy_diff_make(struct policy_diff *, const char *from, const char *to, unsigned context);
void policy_diff_free(struct policy_diff *);

#define auto_policy_diff __attribute__((cleanup(policy_diff_free))) struct policy_diff

#endif
