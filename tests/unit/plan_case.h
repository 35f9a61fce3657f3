/* Plans as text: a case file holds base, head and live as configurations, and the plan that must
 * come of them. */
#ifndef CHARTER_TESTS_PLAN_CASE_H
#define CHARTER_TESTS_PLAN_CASE_H

#include "state/config.h"

#define CASE_MANAGEMENT "111111111111"

struct case_section {
	const char *name; /* "head/charter.yaml", "record", "plan" */
	char *text;
	size_t len;
};

struct plan_case {
	struct arena *arena;
	VEC(struct case_section) section;
};

void case_read(struct plan_case *, const char *file);
const char *case_section_text(const struct plan_case *, const char *name); /* NULL: none */
/* "key: value" of a section, or NULL. */
const char *case_value(const struct plan_case *, const char *section, const char *key);

/* Writes the file anew, with `text` as its section `name`. */
void case_update(const struct plan_case *, const char *name, const char *file, const char *text);
/* Runs `run` on every file of this pattern, as a cmocka group; its state is the file's path. */
int cases_run(const char *group, const char *pattern, void (*run)(void **state));

/* A configuration as the live organization: what it declares exists, with ids of a fixed pattern;
 * what it leaves out is known to be absent or empty. */
struct side *case_live(struct plan_case *, struct side *declared);

/* Runs the case; the plan, or the diagnostics, as text. */
void case_run(struct plan_case *, struct buf *out);
/* The same of one charter.yaml for each side. */
void case_plan_text(const char *base, const char *live, const char *head, struct buf *out);

#endif
