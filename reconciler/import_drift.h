/* Private to import_drift*.c: live values on their way into the files that declare them. */
#ifndef CHARTER_RECONCILER_IMPORT_DRIFT_H
#define CHARTER_RECONCILER_IMPORT_DRIFT_H

#include "reconciler/import.h"
#include "reconciler/import_value.h"
#include "state/edit.h"

/* A file of the configuration as it stands so far. */
struct drift_file {
	const char *path, *data;
	size_t len;
	bool changed;
	unsigned resources;      /* that are written in it */
	const struct text *last; /* of them */
	struct node *tree;       /* as it was; NULL: not parsed yet, or not YAML */
};

/* One edit, and whose it is. */
struct drift_fix {
	struct drift_file *file;
	struct edit edit;
	json_t *value; /* owned: that of the edit */
	const struct text *address;
	struct place where;
	bool removal; /* of a whole declaration */
};

/* identity_center.assignments of one file, as they are to be. */
struct drift_products {
	struct drift_file *file;
	const struct node *list; /* as it was */
	json_t *value;           /* elements stay where they are: one that goes is null */
	VEC(const struct text *) address;
	struct place where;
};

struct drift_import {
	struct arena *arena;
	const struct plan *plan;
	struct words words; /* what is declared can be named */
	VEC(struct drift_file) files;
	VEC(struct drift_fix) fixes;
	VEC(struct drift_products) products;
	bool keeps_declarations; /* of what is missing: something else needs them */
	struct import *out;
};

struct drift_file *drift_file_find(struct drift_import *, const char *path);
struct node *drift_file_tree(struct drift_import *, struct drift_file *);
/* NULL: no such keys. */
const struct node *node_at(const struct node *, const char *const *path);
/* As written: scalars as texts, but for null. New reference. */
json_t *node_words(const struct node *);
void drift_leave(struct drift_import *, const struct text *address, struct place, const char *why);
/* Takes the value. */
void drift_fix_add(struct drift_import *, struct drift_file *, const char *const *path,
		   json_t *value, const struct change *);
struct place change_place(const struct change *);

/* import_drift_value.c: the attributes of a change. */
void drift_attributes(struct drift_import *, const struct change *);
/* import_drift_document.c: a live document in place of what stands at the node. False: left. */
bool drift_document(struct drift_import *, const struct change *, struct drift_file *,
		    const char *const *path, const struct node *, const struct text *declared,
		    const struct text *live);
/* Whether a text is what a written one became: each ${name} is some text, and twelve digits are
 * that account's root. */
bool text_became(const char *written, const char *text);
/* A live document with its keys as people order them. New reference; NULL: it is no JSON. */
json_t *drift_document_words(const struct text *live);
/* import_drift_products.c: an assignment that is missing, or that nobody declares. */
void drift_assignment(struct drift_import *, const struct change *);
void drift_products_finish(struct drift_import *);

#endif
