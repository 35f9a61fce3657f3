/* The files of examples/ci, as they stood when the program was built: what `charter init` writes.
 */
#ifndef CHARTER_RECONCILER_TEMPLATE_FILES_H
#define CHARTER_RECONCILER_TEMPLATE_FILES_H

#include <stddef.h>

struct template_file {
	const char *ci; /* word of --ci: "github" */
	const char *to; /* where it goes in a repository */
	const char *data, *end;
};
extern const struct template_file template_files[];
extern const size_t template_files_n;

/* The commit that this program was built from, 40 hex digits, or "". */
extern const char template_commit[];
/* What stands in the files for it. */
#define TEMPLATE_COMMIT "0123456789abcdef0123456789abcdef01234567"

#endif
