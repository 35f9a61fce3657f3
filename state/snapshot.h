/* A reading of the live organization as JSON lines ("charter.snapshot/1"): a head line with the
 * world, then a line a scope, then a line a resource, all sorted; the same reading gives the same
 * bytes. Read before bind_sides(): addresses are raw. Pure but for the file.
 *
 * The head line holds the number of scopes and resources, so that a file that was cut short is an
 * error and never an organization that shrank. Kinds, attributes, flags and states stand by name;
 * an unknown one is an error. A text is a string, NONE null, a set an array, a map an object, an
 * only-list {"only": ...}, a secret `true` without its content; UNSET is left out. Places of
 * declarations are not kept. Several slices join: a scope is whole only where each slice that knows
 * it read it whole; the reading is as old as the oldest. */
#ifndef CHARTER_STATE_SNAPSHOT_H
#define CHARTER_STATE_SNAPSHOT_H

#include "base/error.h"
#include "state/resource.h"

#include <stdio.h>

/* -1: the file could not be written whole. */
int snapshot_write(const struct side *, FILE *, struct error *err);
/* Adds to the side (of the same organization; several slices may be loaded) and checks every value;
 * errors name the line. The caller calls side_finish(). */
int snapshot_read(struct side *, const char *data, size_t len, const char *file, struct error *err);

#endif
