/* Calls: signed requests as data. What a reviewer approves, a dry run prints and apply performs is the same array. */
#ifndef CHARTER_AWS_CALL_H
#define CHARTER_AWS_CALL_H

#include "aws/op.h"
#include "state/diff.h"

#include <jansson.h>

/* What a call alone brings about: one attribute, or one element. A creation or deletion is said by makes and ends. */
struct fact {
	const struct text *address; /* of the resource */
	uint16_t kind, attr;
	const struct text *key;     /* NULL: the whole attribute */
	struct value before, after; /* as in struct diff */
};

struct call {
	const struct op *op;
	const struct text *account; /* account's id: whose credentials; NULL: the management account */
	const struct text *input;   /* canonical JSON; may hold ${ADDRESS.id}, of addresses in `uses` only */
	uint32_t change;            /* index into the changes; CALL_RECORD for calls of the record */
	const struct text *makes, *ends; /* address that begins or ceases to exist */
	const struct text **uses;   /* addresses that must exist meanwhile; NULL-terminated, never NULL */
	const struct text **frees;  /* addresses whose reference is let go: before their end; NULL-terminated, never NULL */
	const struct fact *fact;
	uint32_t facts;
	const struct text *gate;    /* a LOSS waits until every GAIN of its gate succeeded; NULL: none */
	enum effect effect;
	/* Filled by the order: */
	uint32_t n;                 /* number in the plan, from 1 */
	const uint32_t *needs;      /* numbers of calls that must have succeeded; ascending */
	uint32_t needs_n;
	const uint32_t *order;      /* numbers of calls that must have ended, well or not; ascending */
	uint32_t order_n;
};
#define CALL_RECORD UINT32_MAX

/* What a kind's `calls` hook works with. */
struct calls {
	struct arena *arena;
	const struct bound *bound;
	const struct sides *sides;   /* live: already bound */
	VEC(struct call) list;
	uint32_t change;             /* current */
	struct map *made;            /* addresses that calls of this plan make (also remade units of a move) */
	const struct map *rows;      /* final address -> struct row * */
};

/* Begins a call; takes the input (NULL: set later). The pointer is valid until the next call_new(). */
struct call *call_new(struct calls *, enum op_id, json_t *input);
/* Sets the input, once its ids are known; takes it. */
void call_input(struct calls *, struct call *, json_t *input);
void call_uses(struct calls *, struct call *, const struct text *address);
void call_frees(struct calls *, struct call *, const struct text *address);
void call_fact(struct calls *, struct call *, const struct text *address, uint16_t kind, uint16_t attr,
               const struct text *key, struct value before, struct value after);
void call_fact_diff(struct calls *, struct call *, const struct change *, const struct diff *);
/* The id of a resource as call input: the literal id when it is live (and not remade), else the token ${ADDRESS.id}, which adds the address
 * to the call's uses. "root" gives the root's id, or ${organization.root}. ARNs pass. Returns a new JSON string; to be called
 * after call_new with that call. */
json_t *call_id(struct calls *, struct call *, const struct text *address);
/* Input text with tokens of this call's values: `text` may itself hold ${account/NAME.id} tokens; each adds a use. */
json_t *call_text(struct calls *, struct call *, const struct text *text);
const struct row *calls_row(const struct calls *, const struct text *address);

#endif
