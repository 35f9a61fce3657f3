/* The HTTP front, between serve*.c. */
#ifndef CHARTER_AWS_TWIN_SERVE_PRIV_H
#define CHARTER_AWS_TWIN_SERVE_PRIV_H

#include "aws/twin/serve.h"
#include "aws/twin/wire_priv.h"

#include <microhttpd.h>

struct visit;
struct server {
	struct twin *twin;
	const struct serve_options *options;
	struct MHD_Daemon *daemon;
	struct visit *waiting; /* suspended until due, the earliest first */
	bool ending;           /* what waits is answered at once */
};

/* serve_visit.c: libmicrohttpd's callbacks; `ctx` is the server. */
void *visit_new(void *ctx, const char *uri, struct MHD_Connection *);
enum MHD_Result visit_step(void *ctx, struct MHD_Connection *, const char *url, const char *method,
			   const char *version, const char *data, size_t *len, void **visit);
void visit_end(void *ctx, struct MHD_Connection *, void **visit, enum MHD_RequestTerminationCode);
void peer_notify(void *ctx, struct MHD_Connection *, void **visited,
		 enum MHD_ConnectionNotificationCode);
/* Lets those go on that are due; all of them when the server ends. */
void visits_resume(struct server *);
/* When the next one is due, monotonic microseconds; INT64_MAX: none waits. */
int64_t visits_due(const struct server *);
int64_t server_now(const struct server *);

/* serve_control.c: what stands below CONTROL_PREFIX: for tests, unsigned. The reply is JSON, due at
 * once. */
#define CONTROL_PREFIX "/_twin/"
void control_serve(struct twin *, const struct twin_request *, struct twin_reply *);
/* -1: the specification holds faults that only a client in this process can suffer. */
int control_faults_check(const struct faults *, struct error *);

#endif
