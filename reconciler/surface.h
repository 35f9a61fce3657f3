/* What CI systems take beside the report: annotations, the job's summary, outputs of the step, and
 * forms that their pages read. */
#ifndef CHARTER_RECONCILER_SURFACE_H
#define CHARTER_RECONCILER_SURFACE_H

#include "reconciler/ci.h"
#include "reconciler/run.h"

/* Annotations on one page at most: GitHub shows ten of a kind from each step. */
#define SURFACE_ANNOTATIONS 10

/* Forms of -o. Each writes a whole document. Pure. */
void doc_write_junit(const struct plan_doc *, struct buf *);        /* a case a change or guard */
void doc_write_code_quality(const struct plan_doc *, struct buf *); /* GitLab's, Code Climate's */
void doc_write_counts(const struct plan_doc *, struct buf *);       /* GitLab's terraform report */
void doc_write_env(const struct plan_doc *, struct buf *);          /* CHARTER_PLAN_ID=... lines */
/* Of `validate`: what was found in the configuration. `path` comes before each file's name. */
void diagnostics_write_sarif(const struct diagnostics *, const char *path, struct buf *);
void diagnostics_write_junit(const struct diagnostics *, const char *path, struct buf *);
void diagnostics_write_code_quality(const struct diagnostics *, const char *path, struct buf *);
void diagnostics_write_json(const struct diagnostics *, const char *path, struct buf *);

/* In GitHub's and Gitea's runners: the report into the job's summary, outputs of the step, and at
 * most SURFACE_ANNOTATIONS annotations: refusals, removals and losses at their configuration lines.
 * Elsewhere nothing. Annotations go to standard error, as all messages do. */
int surface_document(struct run *, const struct plan_doc *, struct error *err);
/* The same of what was found in the configuration. */
int surface_diagnostics(struct run *, struct error *err);
/* The same of a run that failed: what was found in the configuration, else its message. */
void surface_failure(struct run *, const struct error *failure);

/* Sets the links' beginnings to the pages of what this document plans. NULL: no such page is known,
 * or the files were never committed. */
void document_blobs(struct arena *, const struct plan_doc *, const struct ci *,
		    struct markdown_style *);

#endif
