/* HTTP as the program sees it: a request with an owner, a response, and a transport that carries
 * many at once on one thread. Transports: libcurl (http_curl.c), the tests' own, later the twin. */
#ifndef CHARTER_BASE_HTTP_H
#define CHARTER_BASE_HTTP_H

#include "base/buf.h"
#include "base/env.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct http_header {
	const char *name, *value;
};

/* How an exchange ended. What matters to the caller is whether the server can have acted. */
enum http_outcome {
	HTTP_REPLIED,   /* a whole response: status, headers, body */
	HTTP_NOT_SENT,  /* refused, unresolved, no TLS: the server has not seen the request */
	HTTP_LOST,      /* sent at least in part; no whole response: the server may have acted */
	HTTP_CANCELLED, /* cancelled before it was sent */
};

struct http_response {
	enum http_outcome outcome;
	int status;          /* with HTTP_REPLIED */
	struct buf body;     /* at most max_body; a longer one is HTTP_LOST with a message */
	struct buf headers;  /* "name: value\n" lines, names in lower case */
	const char *message; /* when not replied: what happened, fit to be shown; never a secret */
	bool certificate;    /* the failure is that of a certificate that does not verify */
	int64_t sent_us, ended_us; /* monotonic */
};

/* Copies the value of a header (its name in lower case) into `value` and returns it; NULL when the
 * response has none, or it does not fit. */
const char *http_header(const struct http_response *, const char *name, char *value, size_t size);

/* Bytes of the URL before its path: scheme, host and port. */
size_t http_origin(const char *url);

struct http_request {
	/* Filled by the caller; strings live until `done` is called. */
	const char *method; /* "POST" */
	const char *url;
	const struct http_header *headers;
	size_t headers_n;
	const void *body;
	size_t body_len;
	bool fresh;         /* a connection of its own: for requests that change something */
	bool urgent;        /* before what waits already: others depend on it, as the next page of a
			       listing */
	bool direct;        /* never through a proxy, as those of local hosts never are */
	size_t max_body;    /* bytes of response accepted; 0: HTTP_MAX_BODY */
	int64_t timeout_us; /* for the whole exchange; 0: HTTP_TIMEOUT_US */
	/* Called once, from wait(). The request may be freed or sent again in it. The response
	 * lives until it returns; what is wanted for longer is taken with buf_take. */
	void (*done)(struct http_request *, struct http_response *);
	void *ctx;
	/* The transport's own. */
	void *handle;
	struct http_request *next;
};

#define HTTP_MAX_BODY   (64u << 20) /* a page of GetAccountAuthorizationDetails stays far below */
#define HTTP_TIMEOUT_US (60 * 1000000LL) /* the SDKs' read timeout */
#define HTTP_WINDOW     64               /* requests in flight to one host */

struct transport {
	/* Queues the request; never calls `done` itself. */
	void (*send)(struct transport *, struct http_request *);
	/* Carries the traffic until something was `done`, or until the monotonic clock reaches
	 * until_us (INT64_MAX: no limit), or a signal came. Calls `done` functions. */
	void (*wait)(struct transport *, int64_t until_us);
	/* The request will be `done` with HTTP_CANCELLED if it is still unsent, else as it ends. */
	void (*cancel)(struct transport *, struct http_request *);
	void (*free)(struct transport *); /* requests not done by then never are */
};

struct http_options {
	const char *ca_file; /* AWS_CA_BUNDLE, or NULL for the system's */
	const char *user_agent;
};

/* The libcurl transport. HTTP/1.1, TLS 1.2 or later, no redirects, proxies as the environment says
 * but never for loopback and link-local hosts, no Expect header, no path squashing; on `fresh`
 * requests CURLOPT_FRESH_CONNECT and FORBID_REUSE, since libcurl would send a request again by
 * itself when a reused connection closes unanswered. */
struct transport *http_curl_new(struct clock *, const struct http_options *, struct error *err);

#endif
