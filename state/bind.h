/* Binding: which base, head and live resources are the same thing. Pure.
 *
 * Order: organization, accounts, units, policies, then what stands in accounts. A head resource
 * meets
 *   - base: by address, or by `previously` where base has the old address and not the new (else
 * `previously` is inert: a warning when it names nothing in base); a renamed unit renames all paths
 * below it in base, a renamed account all addresses in it; accounts also by pinned id, else by
 * e-mail;
 *   - live: by pinned id, else by natural key: accounts by e-mail (no regard to case), by name only
 * where no e-mail is declared and the name is unique; units by (bound parent, name), tried with
 * head's and with base's name and parent, so that a half-finished rename still binds; policies by
 * (type, name), head's then base's; IAM by (account, name) without regard to case, head's name,
 * then base's. What has no head row meets base to live in the same way. Then base and live
 * references are rewritten to head addresses, so that a reference that follows a rename is no
 * change. Resources without head get their own address in base, rewritten, or their natural one; a
 * live name that is not unique gets ~ID. Edges have no names: once all else is bound, an edge is
 * what it joins, on each side, and called so.
 *
 * Decided here:
 *   - A name may be handed on: b says `previously: a` while c says `previously: b`. A ring (swapped
 * names) is an error, and so are two heirs of one name and more than 64 renames that hang on one
 * another.
 *   - Accounts meet base by pinned id, e-mail, then address or `previously`, never across two
 * pinned ids; and live by head's id, head's e-mail, base's id, base's e-mail, and only then by a
 * unique name.
 *   - Where a name is both a new declaration's and the former name of another, the live resource is
 * the renamed one's until that exists under its new name.
 *   - What base declares under a name that head gives to another thing is called NAME~ID (or
 * NAME~old).
 *   - A moved unit whose new unit exists already: live is the new one; the old one is `leaving`,
 * has its natural address, and its units bind to the same rows as the new one's.
 *   - Foreign live resources bind to declarations of head, and to what base only refers to. */
#ifndef CHARTER_STATE_BIND_H
#define CHARTER_STATE_BIND_H

#include "state/diagnostic.h"
#include "state/kind.h"

struct row {
	const struct text *address; /* final */
	const struct resource *base, *target, *head, *live;
	const struct resource
	    *leaving; /* a moved unit whose new unit exists already: the old one, to be emptied */
	const struct resource
	    *leftover; /* declared by an unfinished apply's commit, and by neither base nor head */
	bool renamed;  /* base (or live) has another name than head, declared by `previously` */
};

struct sides {
	struct side *base;   /* NULL: no base */
	struct side *target; /* NULL: the same as base */
	struct side *head;
	struct side *live;
	struct side *leftover; /* NULL: no unfinished apply */
};

struct bound {
	struct row *row; /* sorted by (kind, address) */
	size_t rows;
	bool has_base, has_target;
	struct map *by_address; /* final address -> row */
	struct map
	    *final; /* raw live address -> final address (const struct text *); not of edges */
};

/* Rewrites addresses and references of base, target, leftover and live in place. `live` may be an
 * empty side (validation). Errors (two live things for one declaration, a pinned id that does not
 * exist, old and new both live, a cycle of renames such as swapped names) are diagnosed at the
 * declaration. */
struct bound *bind_sides(struct arena *, struct sides *, struct diagnostics *);
void bound_free(struct bound *);
/* The row of this final address, or NULL. */
const struct row *bound_find(const struct bound *, const struct text *address);

/* The name of the first scope that would show a resource of this kind and was not read whole, in
 * the arena; NULL: all were read whole, so what is not there is absent. `account_id` (or NULL)
 * fills "%s". Before and after bind_sides(). */
const char *scope_unread(struct arena *, const struct side *live, uint16_t kind,
			 const char *account_id);

/* The same for taking away: with the scopes of what the kind holds (kind->holds). */
const char *scope_unread_held(struct arena *, const struct side *live, uint16_t kind,
			      const char *account_id);

/* The live account that a declared account is: by pinned id, e-mail, unique name. NULL: none. For
 * compile_world, before bind. */
const struct resource *bind_live_account(const struct side *live, const struct resource *account);

/* Rewrites the raw addresses of a small live side (a probe's) to final ones with bound->final and
 * the ids made since
 * (`made`: "KIND ID" -> final address); what is not known gets its natural address. An edge follows
 * what it joins; what neither tells of stays raw in it. */
void bind_probe(struct arena *, const struct bound *, const struct map *made, struct side *probe);

#endif
