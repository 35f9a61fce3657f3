/* Private to import_*.c: what is chosen for new files, and how it is laid out in them. */
#ifndef CHARTER_RECONCILER_IMPORT_PRIV_H
#define CHARTER_RECONCILER_IMPORT_PRIV_H

#include "reconciler/import.h"
#include "reconciler/import_value.h"

/* Something live that is to be declared. */
struct candidate {
	const struct row *row;
	const struct resource *live;
	bool external; /* it is only referred to: `external: true` */
	const char
	    *why;  /* it is left out; NULL: it is written; "": nothing refers to it any more */
	bool used; /* of what is external: something that is written refers to it */
	/* Where it came to stand, as of the last layout. */
	const char *file;
	uint32_t line;
};
typedef VEC(struct candidate *) candidate_list;

/* One of identity_center.assignments: rows that share sets, principals and accounts. */
struct product {
	json_t *value;
	candidate_list rows;
	const char *file;
	uint32_t line;
};

/* A file that is being made. */
struct draft_file {
	const char *path;
	json_t *root;                  /* of sections; NULL: `document` */
	const json_t *document;        /* borrowed */
	const struct candidate *owner; /* of a document */
	size_t bytes;                  /* about, so far */
};

struct importer {
	struct arena *arena;
	const struct plan *plan;
	const struct bound *bound;
	const char *only;
	const struct config_file *existing;
	size_t existing_n;
	bool fresh;  /* there is no charter.yaml yet */
	bool joined; /* units and accounts have no files of their own: these would be too many */
	struct words words;
	candidate_list candidates; /* sorted by kind and address, but for what came last */
	candidate_list edges;      /* assignments */
	struct map *by_address;    /* of both */
	VEC(struct draft_file) files;
	VEC(struct product) products;
	struct map *taken; /* paths in lower case */
	json_t *values;    /* all values of this layout, whose parts files borrow */
	struct import *out;
};

/* import_choose.c: what is unmanaged and selected, with what it refers to. */
void candidates_choose(struct importer *);
void candidate_leave(struct candidate *, const char *why);
void import_leave(struct importer *, const struct text *address, const char *why, struct place);
/* Leaves what stands in something that is left, until nothing more does. */
void dependents_leave(struct importer *);
/* What may be named; the context is the importer. */
bool importer_says(void *importer, const struct text *address);

/* import_layout.c: candidates as files; made anew after some were left. */
void layout_make(struct importer *);
void layout_free(struct importer *);

/* import_products.c: the assignments that are written, as few products. */
void products_make(struct importer *);

/* import_judge.c: reads the files as any run does. Leaves what the configuration cannot say, with
 * its words for it. 1: some were left, and the layout is another; 0: all is said as it is; -1: the
 * rest of the configuration is in error. */
int importer_judge(struct importer *, const struct config_file *files, size_t n, struct error *);

#endif
