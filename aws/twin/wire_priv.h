/* The wire forms of the twin, between wire*.c, auth.c and serve*.c. */
#ifndef CHARTER_AWS_TWIN_WIRE_PRIV_H
#define CHARTER_AWS_TWIN_WIRE_PRIV_H

#include "aws/twin/twin_priv.h"

#define WIRE_MAX_BODY (16u << 20) /* bytes of a request */

/* The value of a request's header, its name in any case; NULL: none. */
const char *request_header(const struct twin_request *, const char *name);

/* The Authorization header in its parts, which point into it. */
struct authorization {
	char key[129], date[9], region[65], service[65];
	const char *signed_headers; /* "host;x-amz-date" */
	size_t signed_headers_len;
	char signature[65];
};
/* False: it is none of Signature 4, or a part is missing or too long. */
bool authorization_read(const char *value, struct authorization *);

/* wire_json.c. A new object; NULL: no JSON object. Nothing at all is an empty one. */
json_t *wire_json_input(const void *body, size_t len);
/* `nothing`: an empty result is answered by nothing at all. */
void wire_json_reply(const json_t *result, bool nothing, struct buf *out);
void wire_json_error(enum protocol, const struct twin_call *, struct buf *out);

/* wire_query.c. A new object of the pairs of both, Action and Version among them, lists as arrays;
 * NULL: malformed. `query` may be NULL. */
json_t *wire_query_input(const char *query, const void *body, size_t len);
void wire_query_reply(const struct service *, const char *operation, const json_t *result,
		      const char *request_id, struct buf *out);
void wire_query_error(const struct service *, int status, const struct twin_call *,
		      const char *request_id, struct buf *out);

/* Without the envelope of Query: the call's details stand beside code and message. */
void wire_xml_error(const struct twin_call *, const char *request_id, struct buf *out);

/* wire_object.c. The operation, and *input, new; NULL: none that is here, or no text. */
const char *wire_object_input(const struct twin_request *, json_t **input);
/* Headers and body. */
void wire_object_reply(const json_t *result, struct twin_reply *);

#endif
