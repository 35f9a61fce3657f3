#include "base/digest.h"

#include "base/arena.h"
#include "base/error.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

struct digest {
	EVP_MD_CTX *ctx;
};

struct digest *digest_new(void)
{
	struct digest *d = xcalloc(1, sizeof *d);

	d->ctx = EVP_MD_CTX_new();
	if (d->ctx == NULL)
		die_out_of_memory();
	charter_assert(EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) == 1);
	return d;
}

void digest_add(struct digest *d, const void *p, size_t len)
{
	charter_assert(EVP_DigestUpdate(d->ctx, p, len) == 1);
}

void digest_hex(struct digest *d, char out[SHA256_HEX])
{
	unsigned char sum[SHA256_BYTES];

	charter_assert(EVP_DigestFinal_ex(d->ctx, sum, NULL) == 1);
	EVP_MD_CTX_free(d->ctx);
	free(d);
	hex_encode(sum, sizeof sum, out);
}

void sha256(const void *p, size_t len, unsigned char out[SHA256_BYTES])
{
	charter_assert(EVP_Digest(p, len, out, NULL, EVP_sha256(), NULL) == 1);
}

void sha256_hex(const void *p, size_t len, char out[SHA256_HEX])
{
	unsigned char sum[SHA256_BYTES];

	sha256(p, len, sum);
	hex_encode(sum, sizeof sum, out);
}

void hmac_sha256(const void *key, size_t key_len, const void *p, size_t len,
		 unsigned char out[SHA256_BYTES])
{
	charter_assert(key_len <= INT32_MAX);
	/* OpenSSL takes a NULL key as "the key before", even with length 0. */
	charter_assert(
	    HMAC(EVP_sha256(), key_len == 0 ? "" : key, (int)key_len, p, len, out, NULL) != NULL);
}

void hex_encode(const unsigned char *p, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * len] = '\0';
}

void wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}
