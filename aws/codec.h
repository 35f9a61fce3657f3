/* The wire forms of the protocols, both ways, and the meaning of one answer. Private to the
 * client. */
#ifndef CHARTER_AWS_CODEC_H
#define CHARTER_AWS_CODEC_H

#include "aws/client.h"
#include "base/http.h"

#include <jansson.h>

#define CODEC_MAX_REQUEST (8u << 20) /* bytes of a request's body */
#define CODEC_MAX_DEPTH   64         /* of elements in an XML answer */
#define CODEC_HEADERS     2

struct codec_request {
	const char *method; /* "POST" */
	const char *content_type;
	char target[128]; /* X-Amz-Target, or "" */
	struct buf path;  /* encoded, as it is sent */
	struct buf body;
	struct http_header header[CODEC_HEADERS]; /* more of them; values of the input */
	size_t headers;
	size_t max_reply; /* bytes of an answer's body; 0: HTTP_MAX_BODY */
	bool body_hash;   /* x-amz-content-sha256 is sent, and signed */
	bool path_as_is;  /* signed as it is sent: a key may hold anything */
};
/* Encodes the input of any operation. */
void codec_encode(const struct op *, const json_t *input, struct codec_request *);
void codec_request_free(struct codec_request *);
/* Signs what was encoded, with these headers: the value of the Authorization header. */
void codec_sign(const struct codec_request *, const struct http_header *headers, size_t headers_n,
		const struct sign_scope *, const struct credentials *, struct buf *out);

struct codec_error {
	char code[64];        /* "": the body holds none */
	char request_id[128]; /* of the body, or "" */
	char reason[64];      /* a member of that name, or "" */
	int64_t wait_s;       /* RetryAfterSeconds; -1: none */
	char *message;        /* NULL: none; freed by the caller */
};
/* The result of an answer of status 2xx: a new object, or NULL when it is not of the expected form.
 * `request_id` is filled from the body where it stands there, else left alone. */
json_t *codec_decode(const struct op *, const struct http_response *, char request_id[128]);
/* The error of an answer of any other status; by the body's first byte, never by its content type.
 */
void codec_decode_error(const struct http_response *, struct codec_error *);

/* Protocols. */
void codec_query_encode(const struct op *, const json_t *input, struct buf *out);
json_t *codec_query_decode(const struct op *, const char *body, size_t len, char request_id[128]);
void codec_json_encode(const struct op *, const json_t *input, struct codec_request *);
void codec_rest_encode(const struct op *, const json_t *input, struct codec_request *);
/* The path of a REST operation; what it takes from the input is taken out of it. */
void codec_rest_path(const struct op *, json_t *input, struct buf *path);
void codec_object_encode(const struct op *, const json_t *input, struct codec_request *);
json_t *codec_object_decode(const struct http_response *);
json_t *codec_json_decode(const struct op *, const char *body, size_t len);
/* An XML document as {"Root": ...}: leaves are text; an element of <member>s (or <entry>s) is an
 * array; an empty element is
 * "". NULL when malformed, with a document type, deeper than CODEC_MAX_DEPTH, or with one name
 * twice. */
json_t *codec_xml_parse(const char *body, size_t len);

/* One answer of AWS, or its absence. */
struct answer {
	enum reply_outcome outcome;
	int status;
	char code[64];
	char reason[64]; /* a code that says more, "UNIQUENESS_CONSTRAINT_VIOLATION", or "" */
	char request_id[128];
	char *message;   /* owned; NULL: none */
	json_t *body;    /* owned; only with REPLY_OK */
	int64_t date_us; /* of the Date header; 0: none */
	int64_t hint_us; /* how long to wait, as AWS says; -1: it does not */
};
void answer_read(const struct op *, const char *url, const struct http_response *, struct answer *);
void answer_free(struct answer *);
/* Replaces the message, or puts advice after it. */
void answer_say(struct answer *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Copies a code or id, leaving out what may not stand in one. */
void token_copy(char *out, size_t size, const char *s);

#endif
