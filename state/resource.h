/* Resources and sides. A side is all resources of one reading: the configuration at a commit, or
 * the live organization. Pure. */
#ifndef CHARTER_STATE_RESOURCE_H
#define CHARTER_STATE_RESOURCE_H

#include "base/map.h"
#include "state/value.h"

struct place {
	const char *file;      /* NULL: not from a file */
	uint32_t line, column; /* from 1; columns count characters */
};

enum resource_flags {
	RES_EXTERNAL = 1 << 0,   /* external: true. Referenced and read, never written */
	RES_ENDED = 1 << 1,      /* declared, and its end has passed */
	RES_MOVE = 1 << 2,       /* move: true on a unit */
	RES_CREATE = 1 << 3,     /* organization: create: true */
	RES_ALLOW_LIST = 1 << 4, /* allow_list: true: FullAWSAccess is detached from this target */
	RES_CREDIT = 1 << 6,     /* with RES_ENDED: not by date, but since its account's credit is
				    used up; alone: it stands here since that of others is */
	RES_CLAIMS = 1 << 7,     /* declared, of a permission set: its configuration says who has it
				    where (`identity_center.assignments` is written), so what it does
				    not say is not to be. Compiled onto every set of such a side */
	RES_FOREIGN =
	    1
	    << 5, /* live: AWS or Control Tower owns it (built-in table); not charter's business */
};

struct resource {
	uint16_t kind; /* enum kind_id */
	uint16_t flags;
	struct place where; /* declared: where */
	const struct place
	    *also; /* declared: the other places that say the same, ended by a file NULL; or NULL */
	const struct text
	    *address; /* final address; on a live side before bind: the raw address, see below */
	const struct text *
	    id; /* AWS's id (o-, ou-, p-, 12 digits, ARN for IAM); declared: a pinned id, or NULL */
	const struct text
	    *owner; /* of an edge kind: address whose declaration claims it, or NULL */
	const struct text *
	    *previously; /* declared: NULL-terminated list of former addresses, or NULL */
	const struct text
	    *created;           /* live: creation time "2026-11-22T01:02:03Z", when AWS tells it */
	const struct text *aux; /* live: what the wire needs to know and the comparison does not
				   (JSON text), as the versions of a policy */
	struct value v[];       /* one for each row of the kind's attributes */
};

/* Raw addresses. A live reply refers to things by AWS's ids; the wires write such a reference as
 * the raw address kind/~ID: "unit/~ou-abcd-11111111", "account/~222222222222", "policy/~p-abc",
 * "iam_user/~222222222222/alice" (the account part is raw, the name is not). The root is "root"
 * everywhere. AWS-managed IAM policies are written as their ARN on every side. bind_sides()
 * rewrites raw addresses to final ones: the head's where something is declared, else the natural
 * address from its live name. */
const struct text *address_raw(struct arena *, const char *kind, const char *id);
const struct text *address_raw_in(struct arena *, const char *kind, const char *account_id,
				  const char *name);
/* "kind/part/part": parts are percent-encoded (% / * ? { } " \ , control characters, a leading ~).
 */
const struct text *address_make(struct arena *, const char *kind, const char *part1,
				const char *part2 /* or NULL */);
/* Of an edge, from those of what it refers to: "assignment/SET/ACCOUNT/group/NAME". */
const struct text *address_edge(struct arena *, const char *kind, const struct text *owner,
				const struct text *account, const struct text *principal);
/* A unit's address below its parent: "root", or the address of a unit. */
const struct text *address_below(struct arena *, const struct text *parent, const char *name);
/* The n-th part (0 is the kind), decoded; NULL when there are fewer. For a unit, part 1 is the
 * first unit. */
const struct text *address_part(struct arena *, const struct text *address, unsigned n);
/* The last part, decoded. */
const struct text *address_name(struct arena *, const struct text *address);
bool address_is(const struct text *address, const char *kind); /* starts with "KIND/" or is KIND */
/* The account id in "account/~ID", or NULL. */
const char *raw_account_id(const struct text *address);

/* One scope of a reading: what it was, and whether it was read whole. */
enum scope_state { SCOPE_OPEN, SCOPE_WHOLE, SCOPE_PARTIAL };
struct scope {
	const struct text *name; /* "units", "attachments", "iam/222222222222" ... */
	uint32_t
	    parent; /* index of the scope it is part of; 0 (the whole reading) is its own parent */
	uint8_t state;
	const struct text *code,
	    *message; /* the first error in it, when partial: "AccessDenied", ... */
};

/* Facts of a reading about the whole: who we are and where. NULL: not known. */
struct world {
	const struct text *partition; /* "aws" */
	const struct text *caller_arn, *caller_account;
	const struct text *organization_id, *management_account, *root_id, *feature_set;
	bool no_organization; /* AWS said that the account has none */
	/* Of IAM Identity Center, once it was read; NULL: not read, or there is none. */
	const struct text *instance_arn, *identity_store;
	int64_t read_us; /* when the reading began, since 1970 */
};

struct side {
	struct arena *arena;        /* not owned */
	VEC(struct resource *) all; /* after side_sort(): sorted by address */
	VEC(struct scope) scopes;
	struct world world;
	struct map *by_address, *by_id; /* by_id key: "KIND ID" */
	struct map *by_scope;           /* name -> its index (size_t *) */
	struct map *by_email,
	    *by_name;                /* accounts: the first, as side_finish() found them; or NULL */
	struct map *by_name_again;   /* accounts whose name another has */
	VEC(struct pending) pending; /* elements of sets not yet made, see side_add */
	/* Live: policies that permission sets name in accounts: state/presence.h; or NULL. */
	const struct policies_asked *policies;
};
struct pending;
struct policies_asked;

struct side *side_new(struct arena *);
void side_free(struct side *); /* not the arena */
/* A new resource with all values UNSET; `address` and `id` may be NULL for now. */
struct resource *side_resource(struct side *, uint16_t kind, const struct text *address,
			       const struct text *id);
/* Adds an element to a set attribute that is being read; value NULL in a plain set. */
void side_add(struct side *, struct resource *, uint16_t attr, const struct text *key,
	      const struct text *value);
/* Says that a set attribute has been read whole: it becomes VALUE_SET of what was added, at
 * side_finish(). Elements added to an attribute that is never known are dropped: it stays UNSET. */
void side_know(struct side *, struct resource *, uint16_t attr);
/* Builds the sets, sorts by address, fills the maps. Resources with the same kind and id: equal
 * bytes merge; different ones are reported through *clash (address; or NULL). */
void side_finish(struct side *, const struct text **clash);
struct resource *side_find(const struct side *, const struct text *address);
struct resource *side_by_id(const struct side *, uint16_t kind, const struct text *id);
/* Accounts, as of side_finish(): by e-mail without regard to case, and by a name that only one
 * has. */
struct resource *side_by_email(const struct side *, const struct text *email);
struct resource *side_by_account_name(const struct side *, const struct text *name);

/* Scopes. Scope 0 exists always. */
uint32_t side_scope(struct side *, uint32_t parent, const char *name);
void scope_fail(struct side *, uint32_t scope, const char *code,
		const char *message); /* and ancestors */
/* The state of a scope by name: SCOPE_PARTIAL when it or a scope within it failed, or a scope that
 * it is part of failed itself (not merely another part of that one); SCOPE_OPEN when there is no
 * such scope in this reading. */
enum scope_state side_scope_state(const struct side *, const char *name);

#endif
