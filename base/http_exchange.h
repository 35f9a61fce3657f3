/* One request on its way through libcurl: the easy handle's side of http_curl.c. Private to it. */
#ifndef CHARTER_BASE_HTTP_EXCHANGE_H
#define CHARTER_BASE_HTTP_EXCHANGE_H

#include "base/http.h"

#include <curl/curl.h>
#include <sys/queue.h>

struct http_host;

struct exchange {
	TAILQ_ENTRY(exchange) link; /* in its host's queue, the flying or the unsendable */
	struct http_request *req;
	struct http_host *host;
	struct http_response response;
	bool queued;
	CURL *easy; /* from when it was sent */
	struct curl_slist *headers;
	bool sending;  /* a connection stood, and the request began to go out on it */
	char *message; /* owned; what response.message shows */
	char too_large[96];
	char error[CURL_ERROR_SIZE];
};

TAILQ_HEAD(exchange_list, exchange);

struct exchange *exchange_new(struct http_request *);
void exchange_free(struct exchange *);
/* Sets every option of the handle, which must be a new one or reset. -1: the request cannot be sent
 * as it is; the response says why. */
int exchange_prepare(struct exchange *, CURL *easy, const struct http_options *);
/* Fills in the response from how the transfer ended. */
void exchange_conclude(struct exchange *, CURLcode result);
/* Whether the URL's host is this machine or one on the link: never reached by a proxy. */
bool url_is_local(const char *url);

#endif
