/* A reading of the live organization as JSON lines ("charter.snapshot/1"): a head line with the world, then a line a scope, then
 * a line a resource, all sorted; the same reading gives the same bytes. Read before bind(): addresses are raw. Pure but for the file. */
#ifndef CHARTER_STATE_SNAPSHOT_H
#define CHARTER_STATE_SNAPSHOT_H

#include "base/error.h"
#include "state/resource.h"

#include <stdio.h>

/* -1: the file could not be written whole. */
int snapshot_write(const struct side *, FILE *, struct error *err);
/* Adds to the side (of the same organization; several slices may be loaded) and checks every value; errors name the line. The caller
 * calls side_finish(). */
int snapshot_read(struct side *, const char *data, size_t len, const char *file, struct error *err);

#endif
