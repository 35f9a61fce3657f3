/* Calls: signed requests as data. What a reviewer approves, a dry run prints and apply performs is
 * the same array. */
#ifndef CHARTER_AWS_CALL_H
#define CHARTER_AWS_CALL_H

#include "aws/op.h"
#include "state/diff.h"

#include <jansson.h>

/* What a call alone brings about: one attribute, or one element. A creation or deletion is said by
 * makes and ends. */
struct fact {
	const struct text *address; /* of the resource */
	uint16_t kind, attr;
	const struct text *key; /* NULL: the whole attribute */
	struct value before,
	    after; /* as in struct diff; an element that is not there: VALUE_NONE */
};

struct call {
	const struct op *op;
	const struct text *account; /* id: whose credentials; NULL: those of the run */
	const struct text *input; /* canonical JSON; may hold tokens of addresses in `uses` only */
	uint32_t change;          /* index into the changes; CALL_RECORD for calls of the record */
	const struct text *makes, *ends; /* address that begins or ceases to exist */
	/* What is fit for use only after this call, beside `makes`: an address (after a rename), or
	 * a name that is no resource ("policy_type/TYPE", "service/PRINCIPAL"). Other calls name it
	 * in `uses`. Orders like `makes`, but yields no id and is no existence to be looked at. */
	const struct text *enables;
	const struct text **uses;  /* addresses that must exist meanwhile; NULL-terminated */
	const struct text **frees; /* addresses let go, before their end; NULL-terminated */
	/* What `makes` or `enables` these, each call of it, has ended before, well or not. Empty
	 * for most; NULL-terminated. */
	const struct text **after;
	const struct fact *fact; /* none, and no makes or ends: nothing to look at, just sent */
	uint32_t facts;
	const struct text *gate; /* a LOSS waits until all else of its gate succeeded */
	enum effect effect;
	/* It changes who administers the management account, or that where identities are kept: all
	 * such calls form one chain after the others, gains first. Set by the plan. */
	bool administers;
	const struct text *under; /* for the probe of a unit: its parent's id or token; or NULL */
	/* Filled by the order: */
	uint32_t n;            /* number in the plan, from 1 */
	const uint32_t *needs; /* numbers of calls that must have succeeded; ascending */
	uint32_t needs_n;
	const uint32_t *order; /* numbers of calls that must have ended, well or not; ascending */
	uint32_t order_n;
};
#define CALL_RECORD UINT32_MAX

struct center_ties;

/* What a kind's `calls` hook works with. */
struct calls {
	struct arena *arena;
	const struct bound *bound;
	const struct sides *sides; /* live: already bound */
	const struct change
	    *all;     /* every change of the plan, sorted by (kind, address), to see what */
	size_t all_n; /* another one does already; 0: nothing is known of the others */
	VEC(struct call) list;
	uint32_t change;  /* current */
	struct map *made; /* addresses and names that this plan makes, remakes or enables */
	/* aws/sso/: who stands in what of the live side, once it was asked; in the arena. */
	struct center_ties *center;
};

/* Begins a call; takes the input (NULL: set later). The pointer is valid until the next
 * call_new(). */
struct call *call_new(struct calls *, enum op_id, json_t *input);
/* Sets the input, once its ids are known; takes it. */
void call_input(struct calls *, struct call *, json_t *input);
/* Each address stands once in `uses` and `frees`. */
void call_uses(struct calls *, struct call *, const struct text *address);
void call_frees(struct calls *, struct call *, const struct text *address);
/* A use only where this plan makes or enables the address; the same of what it comes after. */
void call_uses_made(struct calls *, struct call *, const char *address);
void call_after_made(struct calls *, struct call *, const struct text *address);
void call_fact(struct calls *, struct call *, const struct text *address, uint16_t kind,
	       uint16_t attr, const struct text *key, struct value before, struct value after);
void call_fact_diff(struct calls *, struct call *, const struct change *, const struct diff *);
/* What an attribute is to be: head's value where the change writes it, else the live one. */
const struct value *change_wanted(const struct change *, uint16_t attr);
/* For calls that write an attribute whether it changes or not: the fact that it changes, or that it
 * stays as it is, since a value that came to differ meanwhile must not be overwritten. */
void call_fact_wanted(struct calls *, struct call *, const struct change *, uint16_t attr);
/* The id of a resource as call input: the literal id when it is live (and not remade), else the
 * token, which adds the address to the call's uses. "root" gives the root's id. ARNs pass. Returns
 * a new JSON string. */
json_t *call_id(struct calls *, struct call *, const struct text *address);
/* Text that may itself hold ${account/NAME.id} tokens, as a JSON string: each adds a use. */
json_t *call_text(struct calls *, struct call *, const struct text *text);
/* What stands in an input for the id of an address that is yet to be made: "${ADDRESS.id}", and
 * "${organization.root}" for "root". */
const struct text *call_token(struct arena *, const struct text *address);

const struct row *calls_row(const struct calls *, const struct text *address);
/* Whether this plan makes, remakes or enables it. */
bool calls_made(const struct calls *, const struct text *address);
/* The change of this resource, or NULL. */
const struct change *calls_change(const struct calls *, uint16_t kind, const struct text *address);
/* Whether a call will come of the change that takes this element out of the attribute, or that ends
 * the resource. */
bool calls_take_out(const struct calls *, uint16_t kind, const struct text *address, uint16_t attr,
		    const struct text *key);
/* The live resource of this final address, or NULL. */
const struct resource *calls_live(const struct calls *, const struct text *address);
uint16_t row_kind(const struct row *);

/* Text as a new JSON string; the program ends when out of memory. */
json_t *json_of_text(const struct text *);

#endif
