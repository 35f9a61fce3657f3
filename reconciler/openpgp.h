/* Encryption to a person's OpenPGP key (RFC 4880), by librnp. No key ring is looked at. */
#ifndef CHARTER_RECONCILER_OPENPGP_H
#define CHARTER_RECONCILER_OPENPGP_H

#include "base/buf.h"
#include "base/error.h"

/* Appends the armored message. The data is not empty. The key: one armored public key with a part
 * that may encrypt and has not expired at this time; else -1 with an error that says what is wrong
 * with it.
 */
int openpgp_encrypt(const void *key, size_t key_len, const void *data, size_t len, struct buf *out,
		    struct error *err);

#endif
