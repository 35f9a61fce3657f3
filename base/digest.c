#include "base/digest.h"

#include "base/arena.h"
#include "base/error.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct digest {
	EVP_MD_CTX *ctx;
};

#define BLOCK 64 /* bytes, of SHA-256 */

/* Looked up once: OpenSSL 3 looks up what EVP_sha256() stands for at each use, which takes longer
 * than to digest a short text. */
static const EVP_MD *digest_md(void)
{
	static EVP_MD *md;

	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (md == NULL)
		die_out_of_memory();
	return md;
}

struct digest *digest_new(void)
{
	struct digest *d = xcalloc(1, sizeof *d);

	d->ctx = EVP_MD_CTX_new();
	if (d->ctx == NULL)
		die_out_of_memory();
	charter_assert(EVP_DigestInit_ex(d->ctx, digest_md(), NULL) == 1);
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
	charter_assert(EVP_Digest(p, len, out, NULL, digest_md(), NULL) == 1);
}

void sha256_hex(const void *p, size_t len, char out[SHA256_HEX])
{
	unsigned char sum[SHA256_BYTES];

	sha256(p, len, sum);
	hex_encode(sum, sizeof sum, out);
}

static void pad_flip(unsigned char pad[BLOCK], unsigned char bits)
{
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= bits;
}

static void padded_sha256(const unsigned char pad[BLOCK], const void *p, size_t len,
			  unsigned char out[SHA256_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL)
		die_out_of_memory();
	charter_assert(EVP_DigestInit_ex(ctx, digest_md(), NULL) == 1);
	charter_assert(EVP_DigestUpdate(ctx, pad, BLOCK) == 1);
	charter_assert(EVP_DigestUpdate(ctx, p, len) == 1);
	charter_assert(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
	EVP_MD_CTX_free(ctx);
}

/* RFC 2104. */
void hmac_sha256(const void *key, size_t key_len, const void *p, size_t len,
		 unsigned char out[SHA256_BYTES])
{
	unsigned char pad[BLOCK] = {0};

	if (key_len > BLOCK)
		sha256(key, key_len, pad);
	else if (key_len > 0)
		memcpy(pad, key, key_len);
	pad_flip(pad, 0x36);
	padded_sha256(pad, p, len, out);
	pad_flip(pad, 0x36 ^ 0x5c);
	padded_sha256(pad, out, SHA256_BYTES, out);
	wipe(pad, sizeof pad);
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

void wipe_free(char *s)
{
	if (s != NULL)
		wipe(s, strlen(s));
	free(s);
}
