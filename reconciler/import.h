/* Configuration for what exists.
 *
 * import_files(): live resources that nobody declares, as new files: one for each section or unit,
 * documents as JSON files beside them. import_drift(): live values of what is declared, written
 * into the files that declare it, changing only the lines it must. Both are pure: files in, files
 * out; whoever calls them makes the plan again with the new files and believes nothing else. */
#ifndef CHARTER_RECONCILER_IMPORT_H
#define CHARTER_RECONCILER_IMPORT_H

#include "base/buf.h"
#include "reconciler/plan.h"

#include <jansson.h>

struct run;

struct import_file {
	const char *path; /* below the configuration directory */
	const char *data; /* NULL: the file goes */
	size_t len;
	bool fresh;         /* there was none of this path */
	unsigned resources; /* that are written in it; 0 of a document */
};
/* What could not be written, and why: "declared by a baseline: jump.yaml:12". */
struct import_left {
	const char *address, *why;
	const char *file;
	uint32_t line;
};
struct import {
	VEC(struct import_file) file; /* only those that change, sorted by path */
	VEC(struct import_left) left;
	/* Of what is written. The next plan has no change there; import_drift(): none but what is
	 * left. */
	VEC(const struct text *) address;
	unsigned resources; /* that are written */
};
void import_free(struct import *);

/* Where a resource stands in the configuration: keys from the top, NULL-terminated:
 * "iam", "accounts", "identity", "users", "alice". NULL: it has no entry of its own. */
const char *const *import_path(struct arena *, const struct text *address);
/* The same of one of its attributes, with the attribute's key: "organization", "root", "tags". */
const char *const *import_attribute_path(struct arena *, const struct text *address, uint16_t attr);

/* `only`: pattern of addresses, or NULL: all. `existing`: files of the configuration. */
int import_files(struct arena *, const struct plan *, const char *only,
		 const struct config_file *existing, size_t n, struct import *, struct error *err);
int import_drift(struct arena *, const struct plan *, const struct config_file *existing, size_t n,
		 struct import *, struct error *err);

/* cmd_import.c: all of the command but for what it writes and says: reads, makes the files and
 * checks them. EXIT_DONE; EXIT_INCOMPLETE where something was not read; or -1. */
int import_prepare(struct run *, struct import *, struct error *err);
/* Makes the plan again with these files in place of the head's, and looks for a change of what was
 * imported. `live`: the reading as a snapshot, before it was bound. -1: there is one, and it is
 * told in the error: a defect. */
int import_check(struct run *, const struct import *, const struct buf *live, struct error *err);
/* Writes the files below the directory of the configuration, all or none; each is told on standard
 * output. */
int import_write(struct run *, const struct import *, struct error *err);
/* The same as a branch and a pull request. */
int import_propose(struct run *, const struct import *, struct error *err);

#endif
