/* The three-way difference: rows to changes, attribute by attribute, element by element. Pure. The
 * table is in design.md ("Git history is the state file").
 *
 * Decided here:
 *   - {only: [...]}: elements that base's only-list names and head's does not are taken out, as
 * tags are. From a whole list to an only-list nothing is taken out; from an only-list to a whole
 * list is a first declaration: live elements that neither list names refuse the plan.
 *   - Elements to add are `drift` where base has them, else `config`; an element of a map (tag,
 * inline policy) that only head declares and live has with another value is `adopt`.
 *   - `pending` replaces config, adopt and rename, never conflict or drift. A change is pending
 * only when all of it is.
 *   - A creation's diffs are head's attributes but for those that the address says, with live NONE.
 * One that base declares too is `drift`, or `conflict` where head differs from base.
 *   - Not read: a change with `blocked` and the differences of base and head (an update where base
 * declares it, else a create; a deletion stays a deletion); a single attribute: its diff alone, key
 * NULL, live UNSET.
 *   - allow_list: an element policy/FullAWSAccess with `removal`; on a target that is being created
 * too, without `removal`, since AWS attaches it there by itself.
 *   - A unit whose old and new halves are both live shows its old parent as live until the old one
 * is gone. References to the old half are no change: the unit's own change moves what is in it.
 *   - A unit that moves or is deleted while it holds accounts or units that head does not declare
 * refuses the plan.
 *   - A resource of a kind that only ever grows by us (a delegated administrator) is never removed:
 * to do by hand where base declared it, else unmanaged.
 *   - Without base leftovers are only noted. Accounts are never more than noted.
 *   - An assignment that nobody declares is drift where base and head claim its set and declare its
 * account; where head does so for the first time it refuses the plan with the products to add; else
 * it is unmanaged. A set that is deleted takes along every assignment of it, declared or not (these
 * are conflicts: an approved plan does it only if it shows them), and is held back by one that must
 * be let be (foreign, ignored, released, excepted).
 *   - People, groups and sets that are external and not there are waited for: what is to be given
 * to them is blocked, and a group with such a member is not made.
 *   - Who is a member by an id alone was not listed, and is never taken out.
 *   - Attribute rules of `ignore` do not hold for a creation, which compares nothing.
 *   - Names that differ in case alone are equal where the kind has no case, but for a declared
 * rename. */
#ifndef CHARTER_STATE_DIFF_H
#define CHARTER_STATE_DIFF_H

#include "state/bind.h"
#include "state/config.h"

enum reason {
	REASON_CONFIG,
	REASON_DRIFT,
	REASON_CONFLICT,
	REASON_ADOPT,
	REASON_PENDING,
	REASON_EXPIRED,
	REASON_CREDIT,
	REASON_RENAME,
	REASON_LEFTOVER,
	REASON_COUNT
};
extern const char *const reason_names[REASON_COUNT];

enum action { ACTION_CREATE, ACTION_UPDATE, ACTION_DELETE, ACTION_ADOPT, ACTION_COUNT };
/* ADOPT: declared for the first time and live already, and no attribute differs: nothing to do, not
 * listed as a change but counted in the summary. A first declaration whose attributes differ is an
 * UPDATE with reason adopt. */
extern const char *const action_names[ACTION_COUNT];

/* One attribute, or one element of a set or map. */
struct diff {
	uint16_t attr;
	const struct text *key; /* NULL: the whole value */
	struct value base, head,
	    live; /* of an element of a plain set: VALUE_TEXT(key) when in, VALUE_NONE when not */
	uint8_t reason; /* enum reason */
	bool removal;   /* an element goes, or loses (counts for the budget with attr->relation) */
	bool blocked;   /* not read, or depends on what was not read: no call */
	bool by_hand;   /* additive set: reported "to do by hand", no call */
};
/* A difference that becomes calls: read, not by hand. */
bool diff_is_written(const struct diff *);

struct change {
	uint8_t action, reason;
	bool blocked;           /* "not read": no call for the whole resource */
	const char *blocked_by; /* name of the unread scope, or what is waited for */
	const struct row *row;
	const struct diff *diff;
	uint32_t diffs;
	uint8_t risk;               /* enum risk */
	uint32_t first_call, calls; /* filled by the plan */
};

/* What is said about a resource without a change to it. */
enum note_kind {
	NOTE_UNMANAGED, /* never declared; address, id; for an attachment its edge address */
	NOTE_RELEASED, /* declaration went away and nothing is deleted: accounts, `release` rules */
	NOTE_IGNORED,  /* a difference passed over by an `ignore` rule, with its reason */
	NOTE_BY_HAND,  /* to do by hand, with the reason */
	NOTE_LEFTOVER, /* left by an unfinished apply, age unknown: declare or release it */
	NOTE_WARNING,
};
struct note {
	uint8_t what;
	uint16_t kind;
	const struct text *address, *id;
	const char *text; /* one line, or NULL */
};

struct difference {
	struct change *change; /* sorted by (kind order, address) */
	size_t changes;
	struct note *note; /* sorted by (what, kind, address) */
	size_t notes;
	struct diagnostics *refusals; /* of the whole plan, exit 3: an adopt that would take away
					 (with the exact lines to add in the message), ... */
	unsigned adopted;             /* resources declared for the first time, found equal */
};

struct diff_options {
	const struct settings *head,
	    *base;                 /* base NULL: none. ignore, release, unmanaged, of head */
	const struct side *live;   /* for scopes */
	const char *only, *except; /* address patterns, or NULL */
	bool no_removals, only_drift, only_due;
	/* A look for drift: no `ignore` rule and no `unmanaged: ignore` hides what
	 * guards.break_glass names. A plan may pass it over: it would be refused else. */
	bool sees_break_glass;
	bool leftovers_known_after; /* an unfinished apply is recorded */
	int64_t leftover_since_us;  /* its time */
	int64_t now_us;
};

/* Immutable attributes that differ, accounts that vanished, moves without `move: true` and the like
 * are errors in diagnostics (exit 1) at the declaration. */
struct difference *diff_rows(struct arena *, const struct bound *, const struct diff_options *,
			     struct diagnostics *);

void difference_free(struct difference *); /* NULL is accepted */

/* The rule for one scalar, or one element of a map. Returns false when there is nothing to do.
 * `has_base`: base declares it. */
bool diff_scalar(struct value base, struct value head, struct value live, enum reason *);

#endif
