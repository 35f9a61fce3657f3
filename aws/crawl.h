/* Reading: the handler of a reply records resources and queues the next requests. Each scope knows whether it was read
 * whole; what was not read whole is never absent. */
#ifndef CHARTER_AWS_CRAWL_H
#define CHARTER_AWS_CRAWL_H

#include "aws/client.h"
#include "state/kind.h"

struct crawl {
	struct client *client;
	struct side *side;           /* what is read goes here, with raw addresses */
	struct arena *arena;         /* the side's */
	const struct set *policy_types; /* declared organization policy types: read beside the enabled ones; or NULL */
	void *priv;
	uint32_t pending;            /* reads under way */
};
struct read;
typedef void on_page(struct crawl *, const struct read *, const json_t *page);

struct read {
	enum op_id op;
	uint32_t scope;
	const struct text *account;  /* the account's id, for reads in an account; NULL: the organization */
	struct resource *about;
	const struct text *note;     /* free for the wire (a policy type, a parent's id) */
	on_page *page;
};

/* Starts and ends a crawl. `done` is called from the loop when every scope is closed. */
struct crawl *crawl_new(struct client *, struct side *);
void crawl_free(struct crawl *);
/* Runs the loop until every scope is closed. */
void crawl_run(struct crawl *, struct loop *);
/* Without running: `done` is called from the loop once nothing is pending (at once, from the loop, when nothing was queued). */
void crawl_when_done(struct crawl *, void (*done)(void *ctx), void *ctx);

uint32_t scope_open(struct crawl *, uint32_t parent, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Queues a read; takes the input. A failed, token-repeating or cancelled read marks its scope and ancestors partial. Error codes in
 * op->gone are no failure: the handler is not called. */
void crawl_read(struct crawl *, const struct read *, json_t *input);
/* Calls `closed` once the scope's reads and children have ended (whole or not). At most one for each scope. */
void scope_then(struct crawl *, uint32_t scope, void (*closed)(struct crawl *, uint32_t));
/* A reply lacks what it must have: the scope becomes partial with code "BadReply". */
void crawl_bad_reply(struct crawl *, const struct read *, const char *what);

#endif
