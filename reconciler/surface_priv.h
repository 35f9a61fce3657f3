/* What is said at places of the configuration: the one list that annotations, code quality and
 * SARIF are made of. Private to surface*.c. Pure. */
#ifndef CHARTER_RECONCILER_SURFACE_PRIV_H
#define CHARTER_RECONCILER_SURFACE_PRIV_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/map.h"
#include "reconciler/drift.h"
#include "reconciler/surface.h"

enum annotation_level { ANNOTATION_ERROR, ANNOTATION_WARNING, ANNOTATION_NOTE };

struct annotation {
	enum annotation_level level;
	const char *check; /* a word of ours: "refused", "removal", "error" */
	const char *what;  /* the address, or what else tells it from others of its check */
	const char *title; /* ours, but for a guard's name */
	const char *message;
	const char *file; /* relative to the configuration directory, or NULL */
	uint32_t line, column;
	bool high;  /* of high risk */
	bool known; /* drift of which an earlier report told: a page says it once */
};

/* Freed with free(at); strings live in the arena, in the document, or for ever. */
struct annotations {
	size_t n, cap;
	struct annotation *at;
};

/* Why nothing may be done, removals, losses, what was not read, the rest: what matters most comes
 * first. `access`: with the rows of access that is lost, which have no place. */
void annotations_of_document(struct arena *, const struct plan_doc *, bool access,
			     struct annotations *);
/* The differences of a drift report that are not let be. */
void annotations_of_drift(struct arena *, const struct plan_doc *, struct annotations *);
/* "iam_role/a/b policies x": an item among others. */
const char *drift_item_title(struct arena *, const struct drift_item *);
/* The same with what it is, who made it and who is to hear of it. */
const char *drift_item_message(struct arena *, const struct plan_doc *, const struct drift_item *);
/* Sorted by place, equal ones once. */
void annotations_of_diagnostics(struct arena *, const struct diagnostics *, struct annotations *);
/* The file in its repository; charter.yaml where there is none. */
const char *annotation_file(struct arena *, const char *path, const char *file);
/* The same from run to run, wherever its line moves. Of equal ones the second is another: `seen`
 * counts them. */
void annotation_fingerprint(const struct annotation *, struct map *seen, char out[SHA256_HEX]);
/* A line for GitHub's runner, which says it at its place. */
void annotation_command(struct arena *, const struct annotation *, const char *path, struct buf *);

/* Something declared was not read. */
bool doc_lacks_declared(const struct plan_doc *);
/* The counts of a document as NAME=value lines, names in capitals after a prefix, or in small
 * letters without. Values are digits, hex, or true and false. */
void doc_write_values(const struct plan_doc *, const char *prefix, struct buf *);

#endif
