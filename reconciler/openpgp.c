/* OpenPGP by librnp: a throw-away key ring in memory for each message. */
#include "reconciler/openpgp.h"

#include "base/text.h"

#include <fcntl.h>
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>
#include <stdint.h>
#include <string.h>

#define FINGERPRINT "fingerprint"
#define SECRET_ADVICE                                                                              \
	": take it out of the repository and its history, and let its owner make another"

/* What must be given back to librnp. */
struct pgp {
	rnp_ffi_t ffi;
	rnp_input_t key, input;
	rnp_output_t output;
	rnp_key_handle_t recipient;
	rnp_op_encrypt_t op;
};

static void pgp_end(struct pgp *pgp)
{
	rnp_op_encrypt_destroy(pgp->op);
	rnp_key_handle_destroy(pgp->recipient);
	rnp_output_destroy(pgp->output);
	rnp_input_destroy(pgp->input);
	rnp_input_destroy(pgp->key);
	rnp_ffi_destroy(pgp->ffi);
}

#define auto_pgp __attribute__((cleanup(pgp_end))) struct pgp

/* The library would tell standard error what the caller is told anyway. */
static int pgp_begin(struct pgp *pgp, struct error *err)
{
	int quiet;

	if (rnp_ffi_create(&pgp->ffi, "GPG", "GPG") != RNP_SUCCESS)
		return error_set(err, "OpenPGP: librnp does not start");
	quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (quiet >= 0)
		rnp_ffi_set_log_fd(pgp->ffi, quiet);
	return 0;
}

/* The library is given only what looks like a key: about other bytes it talks to standard error. */
static int key_import(struct pgp *pgp, const void *key, size_t len, struct error *err)
{
	static const char begin[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
	static const char secret[] = "-----BEGIN PGP PRIVATE KEY BLOCK-----";
	rnp_result_t r = RNP_ERROR_BAD_FORMAT;

	if (memmem(key, len, secret, strlen(secret)) != NULL)
		return error_set(err, "holds a secret key" SECRET_ADVICE);
	if (memmem(key, len, begin, strlen(begin)) != NULL)
		r = rnp_input_from_memory(&pgp->key, key, len, false);
	if (r == RNP_SUCCESS)
		r = rnp_import_keys(pgp->ffi, pgp->key,
				    RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SECRET_KEYS, NULL);
	if (r != RNP_SUCCESS)
		return error_set(err,
				 "is no OpenPGP public key; `gpg --armor --export` writes one");
	return 0;
}

/* True when the key is a primary one: it is the recipient then, the first time. */
static bool key_take(struct pgp *pgp, const char *fingerprint, bool *secret)
{
	rnp_key_handle_t key = NULL;
	bool primary = false, has = false;

	if (rnp_locate_key(pgp->ffi, FINGERPRINT, fingerprint, &key) != RNP_SUCCESS || key == NULL)
		return false;
	rnp_key_is_primary(key, &primary);
	rnp_key_have_secret(key, &has);
	*secret = *secret || has;
	if (primary && pgp->recipient == NULL)
		pgp->recipient = key;
	else
		rnp_key_handle_destroy(key);
	return primary;
}

static int key_choose(struct pgp *pgp, struct error *err)
{
	rnp_identifier_iterator_t all = NULL;
	const char *fingerprint = NULL;
	unsigned primary = 0;
	bool secret = false;

	if (rnp_identifier_iterator_create(pgp->ffi, &all, FINGERPRINT) != RNP_SUCCESS)
		return error_set(err, "OpenPGP: the keys cannot be listed");
	while (rnp_identifier_iterator_next(all, &fingerprint) == RNP_SUCCESS &&
	       fingerprint != NULL)
		primary += key_take(pgp, fingerprint, &secret);
	rnp_identifier_iterator_destroy(all);
	if (secret)
		return error_set(err, "holds a secret key" SECRET_ADVICE);
	if (primary != 1)
		return error_set(err, "holds %u OpenPGP keys; exactly one belongs there", primary);
	return 0;
}

static int key_check(const struct pgp *pgp, struct error *err)
{
	bool is = false;

	if (rnp_key_is_revoked(pgp->recipient, &is) == RNP_SUCCESS && is)
		return error_set(err, "the key is revoked");
	if (rnp_key_is_expired(pgp->recipient, &is) == RNP_SUCCESS && is)
		return error_set(err, "the key has expired");
	return 0;
}

static int message_write(struct pgp *pgp, const void *data, size_t len, struct buf *out,
			 struct error *err)
{
	uint8_t *text = NULL;
	size_t text_len = 0;

	if (rnp_input_from_memory(&pgp->input, data, len, false) != RNP_SUCCESS ||
	    rnp_output_to_memory(&pgp->output, 0) != RNP_SUCCESS ||
	    rnp_op_encrypt_create(&pgp->op, pgp->ffi, pgp->input, pgp->output) != RNP_SUCCESS ||
	    rnp_op_encrypt_set_armor(pgp->op, true) != RNP_SUCCESS ||
	    rnp_op_encrypt_set_cipher(pgp->op, "AES256") != RNP_SUCCESS)
		return error_set(err, "OpenPGP: librnp refuses to encrypt");
	if (rnp_op_encrypt_add_recipient(pgp->op, pgp->recipient) != RNP_SUCCESS)
		return error_set(err, "no part of the key can encrypt now: it has no encryption "
				      "subkey, or that has expired");
	if (rnp_op_encrypt_execute(pgp->op) != RNP_SUCCESS ||
	    rnp_output_memory_get_buf(pgp->output, &text, &text_len, false) != RNP_SUCCESS)
		return error_set(err, "OpenPGP: the encryption failed");
	if (!buf_add(out, text, text_len))
		return error_set(err, "OpenPGP: the message is larger than %zu bytes", out->max);
	return 0;
}

int openpgp_encrypt(const void *key, size_t key_len, const void *data, size_t len, struct buf *out,
		    struct error *err)
{
	auto_pgp pgp = {0};

	if (pgp_begin(&pgp, err) != 0 || key_import(&pgp, key, key_len, err) != 0 ||
	    key_choose(&pgp, err) != 0 || key_check(&pgp, err) != 0)
		return -1;
	return message_write(&pgp, data, len, out, err);
}
