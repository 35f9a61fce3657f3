/* One HTTP exchange that is no operation of AWS: with the instance, a container, STS, Identity
 * Center for credentials, with a webhook. What is sent is wiped. */
#ifndef CHARTER_AWS_ASK_H
#define CHARTER_AWS_ASK_H

#include "base/loop.h"

#include <jansson.h>

struct ask;
/* From the loop. In it the ask may be freed, or sent again. */
typedef void ask_done_fn(void *ctx, const struct http_response *);

struct ask *ask_new(struct loop *, ask_done_fn *, void *ctx);
void ask_free(struct ask *); /* also under way: nobody is told then; NULL is accepted */
/* Sets the request anew, without headers; everything is copied. timeout_us 0: HTTP's own. */
void ask_request(struct ask *, const char *method, const char *url, int64_t timeout_us);
void ask_direct(struct ask *); /* never through a proxy */
void ask_header(struct ask *, const char *name, const char *value);
void ask_body(struct ask *, const void *body, size_t len);
/* Sends it, after so many microseconds. */
void ask_send(struct ask *, int64_t delay_us);
/* Whether it is to be sent again: it may go better a moment later (no answer, a fault of the
 * server, too many requests), and was not sent three times since ask_new(). */
bool ask_again(const struct ask *, const struct http_response *);

bool response_is_ok(const struct http_response *); /* status 200 */
/* "HTTP status 403 (AccessDenied)", or why there is no answer: fit to be shown. The code is what a
 * JSON body has as its "code", "error" or "__type", if that is a name. */
void response_say(const struct http_response *, struct buf *out);
/* The body of status 200 as a JSON object, a new reference that is ended with json_wipe(); NULL: it
 * is none. */
json_t *response_json(const struct http_response *);
/* Wipes every text of the value and drops the reference. */
void json_wipe(json_t *);

#endif
