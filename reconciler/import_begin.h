/* Import where there is no configuration yet. Private to cmd_import.c and import_begin.c. */
#ifndef CHARTER_RECONCILER_IMPORT_BEGIN_H
#define CHARTER_RECONCILER_IMPORT_BEGIN_H

#include "reconciler/run.h"

/* The head: the files of the tree, which is taken, and a charter.yaml of what was read. */
int import_begin(struct run *, struct tree *, struct error *err);
/* Reads the IAM of every active account, as far as --only may select it. */
int import_read_accounts(struct run *, struct error *err);

#endif
