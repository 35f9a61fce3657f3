/* AWS Signature Version 4, header form, in three stages that can be tested apart. No clock, no
 * network. */
#ifndef CHARTER_AWS_SIGN_H
#define CHARTER_AWS_SIGN_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/http.h"

/* Keys of one identity. Wiped on free. Never printed. */
struct credentials {
	char *access_key_id, *secret_access_key, *session_token; /* token may be NULL */
	char *source;       /* "environment", "profile main of ~/.aws/credentials": for messages */
	int64_t expires_us; /* since 1970; 0: not known */
};
void credentials_free(struct credentials *);

struct sign_request {
	const char *method, *path,
	    *query; /* path as it is sent (encoded); query without '?', may be "" */
	const struct http_header *headers; /* those to be signed; host among them */
	size_t headers_n;
	const void *body;
	size_t body_len;
	bool normalize;          /* remove dot segments; S3 does not */
	bool double_encode;      /* every service but S3 */
	bool sign_body;          /* add x-amz-content-sha256 */
	bool omit_session_token; /* the token is added after signing */
};
struct sign_scope {
	const char *region, *service;
	char time[17]; /* "20150830T123600Z" */
};

/* Stage 1: the canonical request; signed_headers gets "host;x-amz-date". */
void sign_canonical_request(const struct sign_request *, const struct sign_scope *,
			    const struct credentials *, struct buf *out,
			    struct buf *signed_headers);
/* Stage 2: the string to sign. */
void sign_string_to_sign(const char *canonical_request, const struct sign_scope *, struct buf *out);
/* Stage 3: the signature, 64 hex digits. */
void sign_signature(const char *string_to_sign, const struct sign_scope *, const char *secret,
		    char out[SHA256_HEX]);
/* All three: the value of the Authorization header. */
void sign_authorization(const struct sign_request *, const struct sign_scope *,
			const struct credentials *, struct buf *out);

#endif
