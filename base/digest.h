/* SHA-256 and HMAC-SHA-256, by OpenSSL. */
#ifndef CHARTER_BASE_DIGEST_H
#define CHARTER_BASE_DIGEST_H

#include <stddef.h>

#define SHA256_BYTES 32
#define SHA256_HEX   65 /* with the NUL */

struct digest; /* a running SHA-256 */

struct digest *digest_new(void);
void digest_add(struct digest *, const void *p, size_t len);
void digest_hex(struct digest *, char out[SHA256_HEX]); /* ends and frees it */

void sha256(const void *p, size_t len, unsigned char out[SHA256_BYTES]);
void sha256_hex(const void *p, size_t len, char out[SHA256_HEX]);
void hmac_sha256(const void *key, size_t key_len, const void *p, size_t len,
		 unsigned char out[SHA256_BYTES]);
void hex_encode(const unsigned char *p, size_t len, char *out); /* 2 * len + 1 bytes */
/* memset that the compiler may not leave out. */
void wipe(void *p, size_t len);
void wipe_free(char *s); /* wipes a text, and frees it; NULL is accepted */

#endif
