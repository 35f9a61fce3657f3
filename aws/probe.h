/* What probes of all services share: within aws/ only. */
#ifndef CHARTER_AWS_PROBE_H
#define CHARTER_AWS_PROBE_H

#include "aws/wire.h"

/* One probe while it is queued. */
struct probe {
	struct crawl *crawl;
	const struct call *call;
	const struct probe_context *context;
	json_t *input; /* of the call */
	uint32_t scope;
	const struct text **name; /* of the scope that must be whole */
};

/* The world is taken from the context. The input must be freed with probe_end(). */
void probe_begin(struct probe *, struct crawl *, const struct call *, const struct probe_context *,
		 const struct text **scope);
void probe_end(struct probe *);
/* A member of the call's input, its token resolved. NULL: absent, or not known yet. */
const struct text *probe_member(struct probe *, const char *member);
/* Text that is an id or a token; NULL stays NULL. */
const struct text *probe_id(struct probe *, const struct text *text);
/* Opens the scope, names it as the one that must be whole, and returns it. */
uint32_t probe_scope(struct probe *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
