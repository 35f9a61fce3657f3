/* The commands. Each returns the exit code; an error that it did not print itself is in err. */
#ifndef CHARTER_RECONCILER_COMMAND_H
#define CHARTER_RECONCILER_COMMAND_H

#include "reconciler/run.h"

typedef int command_fn(struct run *, struct error *err); /* exit code, or -1 with err */

command_fn command_validate, command_plan, command_drift, command_apply, command_snapshot,
    command_show, command_permissions, command_report, command_twin, command_rehearse,
    command_selftest, command_comment, command_init, command_doctor, command_import;

/* Reads a saved plan into the run's arena. */
struct plan_doc *plan_file_read(struct run *, const char *file, struct error *err);
/* Addresses with AWS's ids, in every form asked for: text or json. `declared`: only of what the
 * head declares. */
int ids_output(struct run *, const struct bound *, bool declared, struct error *err);
/* Reads a whole file, at most out->max bytes. */
int file_read(const char *file, struct buf *out, struct error *err);

#endif
