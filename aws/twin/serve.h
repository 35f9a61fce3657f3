/* The twin over HTTP, with libmicrohttpd: one thread, replies held back until they are due. */
#ifndef CHARTER_AWS_TWIN_SERVE_H
#define CHARTER_AWS_TWIN_SERVE_H

#include "aws/twin/twin.h"

#define SERVE_MAX_BODY (16u << 20) /* bytes; more is answered 413 RequestEntityTooLarge */

struct serve_options {
	const char *listen; /* "127.0.0.1:4566", "[::1]:0"; port 0: any */
	/* Called once it listens, with the address: "http://127.0.0.1:4566". -1: the address could
	 * not be told to anybody, so that nothing is served. */
	int (*ready)(void *ctx, const char *url, struct error *err);
	/* A line for each request: with -v. NULL: none. */
	void (*trace)(void *ctx, const char *line);
	void *ctx;
};
/* Serves until a signal is pending (base/loop.h). Loopback addresses only: the twin's keys are no
 * secret. -1: it cannot listen, or could not say so. */
int twin_listen(struct twin *, const struct serve_options *, struct error *);

#endif
