/* Private to lockout_member.c, lockout_place.c and lockout_denial.c: the tree of accounts. */
#ifndef CHARTER_RECONCILER_LOCKOUT_MEMBER_H
#define CHARTER_RECONCILER_LOCKOUT_MEMBER_H

#include "reconciler/lockout.h"

#define LEVELS_MAX 64
#define FULL       "policy/FullAWSAccess"

struct context {
	struct context_key key[16];
	size_t n;
};

/* The root, a unit, an account. */
struct spot {
	const struct text *address;
	const struct thing *thing;
	struct spot *above, *above_live;
	VEC(struct spot *) below;
	bool full, full_live;  /* FullAWSAccess is attached */
	struct member *member; /* an account that may be locked; else NULL */
};

struct member {
	const char *role; /* ARN of the access role; NULL: the run does not enter it */
	const char *id;   /* or the token of an account that is being made */
	struct context context;
	bool told, unsure;
	enum { WAS_NOT_LOOKED_AT, WAS_FREE, WAS_UNSURE, WAS_DENIED } was;
};

struct members {
	const struct judge *judge;
	const struct plan_input *in;
	struct fold *fold;
	const struct resource *self; /* self_identity() */
	struct map *at;              /* address -> struct spot * */
	VEC(struct spot *) all;
	const struct text *suspended; /* address of the unit that may lock accounts; or NULL */
	bool full_known;              /* where FullAWSAccess is attached was read */
	unsigned unsure;
	/* The access role that a call touches, as it was before that call. */
	const struct thing *role;
	bool role_entered, role_administered;
};

/* lockout_place.c */
uint16_t policies_of(uint16_t kind);
bool kind_is_place(uint16_t kind);
struct spot *spot_at(const struct members *, const struct text *address);
struct spot *spot_new(struct members *, const struct thing *);
void spot_put(struct spot *, struct spot *above);
const struct text *spot_parent(const struct thing *);
void member_new(struct members *, struct spot *account);

/* lockout_denial.c */

/* What is looked at: one place, as it was read or as it is now, for one account. */
struct look {
	struct members *m;
	const struct spot *place;
	const struct member *member;
	bool live;
	const struct text *only; /* of its policies just this one, and only what it denies */
};
/* Why a place shuts an account out; what NULL: it does not. */
struct denial {
	const char *what;          /* the action */
	const struct text *policy; /* that denies it; NULL: none there allows it */
	bool unsure;               /* conditions that are not known may deny it */
};
struct denial place_denial(const struct look *);
/* What a request tells of itself; a NULL value is not known. */
void context_add(struct context *, const char *name, const char *value);
void context_absent(struct context *, const char *name);

/* lockout_role.c: access roles within their accounts. */
void role_before(struct members *, const struct call *);
void role_after(const struct members *, const struct call *, struct findings *);

#endif
