/* What the writer and the reader of snapshots share. Nobody else includes this. */
#ifndef CHARTER_STATE_SNAPSHOT_PRIV_H
#define CHARTER_STATE_SNAPSHOT_PRIV_H

#include "state/kind.h"
#include "state/snapshot.h"

#define SNAPSHOT_FORMAT "charter.snapshot/1"
#define SNAPSHOT_FLAGS  6

extern const char *const snapshot_flags[SNAPSHOT_FLAGS]; /* by bit of enum resource_flags */
extern const char *const snapshot_scopes[];              /* by enum scope_state */

#endif
