/* Reading: the handler of a reply records resources and queues the next requests. Each scope knows
 * whether it was read whole; what was not read whole is never absent. */
#ifndef CHARTER_AWS_CRAWL_H
#define CHARTER_AWS_CRAWL_H

#include "aws/client.h"
#include "state/kind.h"

struct identity_crawl;

struct crawl {
	struct client *client;
	struct side *side;              /* what is read goes here, with raw addresses */
	struct arena *arena;            /* the side's */
	const struct set *policy_types; /* declared types: read beside the enabled ones; or NULL */
	const struct set *services; /* declared principals with delegated administrators, or NULL */
	bool allow_list; /* some target has allow_list: attachments of FullAWSAccess are read */
	/* Canonical documents by what AWS sent: most accounts have the same ones. NULL: none yet.
	 */
	struct map *documents;
	size_t documents_bytes;
	void *priv; /* of the organization's wires */
	void (*priv_free)(void *);
	struct identity_crawl *identity; /* aws/sso/: of a reading of Identity Center, or NULL */
	void (*identity_free)(struct identity_crawl *);
	uint32_t pending; /* reads under way */
};
struct read;
typedef void on_page(struct crawl *, const struct read *, const json_t *page);

struct read {
	enum op_id op;
	uint32_t scope;
	const struct text *account; /* id, for reads in an account; NULL: the run's own */
	struct resource *about;
	const struct text *note; /* free for the wire (a policy type, a parent's id) */
	void *own;               /* the same: what it gathers over the pages, in the arena */
	on_page *page;
	/* After the last page, when every page was read and none was bad; or NULL. */
	void (*whole)(struct crawl *, const struct read *);
	/* AWS refused: true when this code is no failure (there is none). NULL: see op->gone. */
	bool (*refused)(struct crawl *, const struct read *, const char *code);
};

/* The side is kept by the caller, who calls side_finish() at the end. */
struct crawl *crawl_new(struct client *, struct side *);
/* While reads are pending: only after the client was freed. NULL is accepted. */
void crawl_free(struct crawl *);
/* Runs the loop until every scope is closed. After a signal what is unsent is cancelled. */
void crawl_run(struct crawl *, struct loop *);
/* Without running: `done` is called from the loop once every scope is closed (in its next turn when
 * nothing was queued). It may free the crawl. */
void crawl_when_done(struct crawl *, struct loop *, void (*done)(void *ctx), void *ctx);

/* Opens a scope, or finds the open one of this name. */
uint32_t scope_open(struct crawl *, uint32_t parent, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Queues a read; takes the input (NULL: {}). A failed, token-repeating or cancelled read marks its
 * scope and ancestors partial. Error codes in op->gone are no failure: no handler is called. */
void crawl_read(struct crawl *, const struct read *, json_t *input);
/* Calls `closed` once the scope's reads and children have ended (whole or not). One at a time for
 * each scope; it may queue more reads in its scope, which closes after them. */
void scope_then(struct crawl *, uint32_t scope, void (*closed)(struct crawl *, uint32_t));
/* A reply lacks what it must have: the scope becomes partial with code "BadReply". */
void crawl_bad_reply(struct crawl *, const struct read *, const char *what);
/* A string of the reply, by its dotted path, as a value; what is not said is empty, as it stands
 * where somebody cleared it. */
struct value crawl_value(struct crawl *, const json_t *, const char *path);
/* A string of the reply, by its dotted path, as text; NULL: there is none. */
const struct text *crawl_text(struct crawl *, const json_t *, const char *path);
/* The elements of a list of the page, and their number; without one the reply is bad: it "has no
 * list of WHAT". */
size_t crawl_list(struct crawl *, const struct read *, const json_t *page, const char *member,
		  const char *what, const json_t **list);
/* Adds the list `Tags` of a page to an attribute of what the read is about. */
void crawl_tags_add(struct crawl *, const struct read *, const json_t *page, uint16_t attr);
/* A policy document as AWS sent it, percent-encoded or not, in canonical form. What cannot be read
 * as a policy is kept as it is: it differs from whatever is declared. (document.c) */
const struct text *crawl_document(struct crawl *, const char *sent, bool encoded);
/* The resource of this kind and id: the side's, or a new one with nothing but its raw address. */
struct resource *crawl_resource(struct crawl *, uint16_t kind, const struct text *id);
/* Sets when it was created, where this member of the reply is a time. */
void crawl_created(struct crawl *, struct resource *, const json_t *object, const char *member);
/* Sets RES_FOREIGN by the kind's table. */
void crawl_recorded(struct crawl *, struct resource *);

#endif
