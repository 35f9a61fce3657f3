/* What the files of binding share. Nobody else includes this. */
#ifndef CHARTER_STATE_BIND_PRIV_H
#define CHARTER_STATE_BIND_PRIV_H

#include "state/bind.h"

/* A row in the making. The arena owns it, so pointers to it stay good. */
struct slot {
	struct row row;
	struct seen *fresh; /* live, by head's name and place, or by a pinned id */
	struct seen *old;   /* live, by the former name and place */
	struct seen *half;  /* live, by the name of one and the place of the other */
	/* How an unfinished apply declares it, where it renamed it, or NULL. */
	const struct resource *alias;
	bool pinned;
};

/* A live resource while it looks for its row. */
struct seen {
	struct resource *live;
	const struct text *raw; /* its raw address; live->address becomes the final one */
	struct slot *slot;
	struct slot *onward; /* whose former name it has, where it was given to its present one */
	uint32_t depth;      /* units: 1 below the root; UNIT_LOST when the way up is not known */
};
#define UNIT_LOST UINT32_MAX

struct binder {
	struct arena *arena;
	struct sides *sides;
	struct diagnostics *diag;
	VEC(struct slot *) slots;
	struct map *slot_at; /* final address -> struct slot */
	struct map *final;   /* raw address -> final address */
};

struct slot *binder_slot(const struct binder *, const struct text *address);
/* The slot of this address; made when there is none. */
struct slot *binder_slot_for(struct binder *, const struct text *address);
/* The declaration by which a slot without head is looked for in AWS. */
const struct resource *slot_former(const struct slot *);

/* What `old` calls by another address than head, edges left out: old address -> final address.
 * `renamed` gets the head addresses of those bound by `previously`. Errors and warnings only when
 * diag is not NULL. */
struct map *names_map(struct arena *, const struct side *old, const struct side *head,
		      struct map *renamed, struct diagnostics *diag);

/* Fills row.live and row.leaving of the slots, adds slots for what is live only, fills `final`. */
void bind_live(struct binder *);
/* The live accounts, which the keys of everything else rest on. */
void bind_accounts(struct binder *, const struct map *seen_at);
void bind_units(struct binder *, struct seen *, size_t n, const struct map *seen_at);
/* Gives a live resource to the slot that declares its key now, or to the one that did before. */
void slot_claim(struct binder *, struct seen *, struct slot *now, struct slot *before,
		bool before_exists);
/* Final addresses of all that is seen, when the slots are settled, and of the live edges, which are
 * called by them. */
void name_live(struct binder *, struct seen *, size_t n);

/* The address of what an address stands in: "account/NAME" of an IAM user, the parent of a unit;
 * NULL: it stands at the top, or joins others. */
const struct text *address_container(struct arena *, uint16_t kind, const struct text *address);
/* The same address in another container ("account/X", "unit/X" or "root"). */
const struct text *address_into(struct arena *, uint16_t kind, const struct text *address,
				const struct text *container);
/* The address that a live resource's own name gives in its container. */
const struct text *address_natural(struct arena *, const struct resource *live,
				   const struct text *container);
/* Its raw reference to what it stands in, or NULL. */
const struct text *live_container(const struct resource *live);
/* A reference of a live side as final address. */
const struct text *ref_final(struct arena *, const struct map *final, const struct text *ref);
/* Rewrites addresses, owners and references by the map; what is not in it stays. The addresses of
 * edges follow from their references, and stand in no map. Sorts again. */
void side_rewrite(struct side *, const struct map *names, bool raw);
/* Whether it has no name of its own, but joins others (ADDRESS_EDGE). */
bool kind_is_edge(uint16_t kind);
/* Attribute 0 as text, or the address's name. */
const struct text *resource_name(struct arena *, const struct resource *);

#endif
