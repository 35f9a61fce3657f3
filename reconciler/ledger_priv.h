/* What the files of the ledger share. Nobody else includes this. Pure. */
#ifndef CHARTER_RECONCILER_LEDGER_PRIV_H
#define CHARTER_RECONCILER_LEDGER_PRIV_H

#include "base/digest.h"
#include "base/env.h"
#include "reconciler/ledger.h"

#define LEDGER_FORMAT "charter.ledger/1"

/* An item that is known by name and day alone, as it is packed: eight bytes of its name, two of the
 * day, two of its live value, in which the lowest bits are the flags; base64 makes 16 characters of
 * them. */
#define PACKED_BYTES 12
#define PACKED_CHARS 16
#define PACKED_FRESH 1
#define PACKED_QUIET 2

/* Bytes of what a ledger holds of names, and of the names of an item's scopes. */
#define LEDGER_TEXT  8192
#define LEDGER_SCOPE 1024
#define LEDGER_WHO   8
/* Text that it may hold: UTF-8 without line ends, controls and marks of direction. */
bool ledger_text_fits(const char *s, size_t len, size_t max);

/* Adds one to the digest of items that had no room; in the order of their names. */
void left_add(struct digest *, const char *name, const char *live);

#endif
