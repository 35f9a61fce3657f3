/* Messages about the configuration: collected, then printed together in file order. */
#ifndef CHARTER_STATE_DIAGNOSTIC_H
#define CHARTER_STATE_DIAGNOSTIC_H

#include "base/error.h"
#include "state/resource.h"

struct diagnostic {
	struct place where;
	bool warning;
	const char *message; /* one line: "unknown key `emial`; did you mean `email`?" */
	uint32_t width; /* characters underlined; 0: the word or quoted text that stands there */
};
struct diagnostics {
	struct arena *arena;
	VEC(struct diagnostic) list;
	unsigned errors, warnings;
};
#define DIAGNOSTICS_MAX_SHOWN 100

void diagnose(struct diagnostics *, struct place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diagnose_warning(struct diagnostics *, struct place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Prints, sorted by file, line, column:
 *     accounts.yaml:12:5: error: unknown key `emial`; did you mean `email`?
 *        12 |     emial: a@example.com
 *           |     ^~~~~
 * `lines` gives the text of a file's line, or NULL. All text is escaped for the terminal. */
void diagnostics_print(const struct diagnostics *, struct buf *out,
		       const char *(*line)(void *ctx, const char *file, uint32_t line, size_t *len),
		       void *ctx, bool color);
/* All of them sorted by file, line and column, equal ones once; the caller frees it. */
struct diagnostic *diagnostics_sorted(const struct diagnostics *, size_t *n);
void diagnostics_free(struct diagnostics *);

#endif
