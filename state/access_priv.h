/* Private to access*.c: the rows of a plan as they are before it and after it. */
#ifndef CHARTER_STATE_ACCESS_PRIV_H
#define CHARTER_STATE_ACCESS_PRIV_H

#include "state/access.h"
#include "state/judge.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

#define ASSUME_ROLE "sts:AssumeRole"

/* The organization as it is read, and as the plan leaves it. */
enum when { BEFORE, AFTER, WHENS };

typedef VEC(const char *) string_vec;
typedef VEC(uint32_t) row_vec;

typedef VEC(struct access_row) access_row_vec;

struct trust {
	bool conditional;
	const char *principal; /* ARN, service, "*" */
};

/* A policy document, parsed once however many hold it. */
struct document {
	struct policy *policy; /* NULL: nothing is known of it */
	bool administrator;
	bool varies; /* what it says of sts:AssumeRole depends on who asks */
	bool denies; /* it may deny sts:AssumeRole */
	bool allows; /* some statement does; else it gives nothing to anybody */
	enum strength strength;
	bool only_assumes;     /* it allows sts:AssumeRole on named roles, and nothing else */
	string_vec exact;      /* roles that it may allow to assume, by ARN */
	string_vec patterns;   /* the same with wildcards */
	VEC(struct trust) who; /* whom it lets in, as a trust policy; federated ones not */
	string_vec federated;  /* URL or ARN, and each `sub` that it asks for */
	string_vec tags;       /* keys aws:PrincipalTag/... of its conditions */
	row_vec roles;         /* of `exact`, once known */
	bool resolved;
};

/* Where IAM is. */
struct place_of {
	const char *name;
	const char *key; /* the id, or the token of an account that the plan creates */
	bool known;      /* its IAM was read whole, or is made by the plan */
	bool trusted;    /* by a role that changes */
	row_vec roles;   /* that trust the account as a whole, before or after */
};

/* One row of the plan. */
struct slot {
	const struct change *change; /* that is written, or NULL */
	bool permissions;            /* what it may do changes; of a policy: its document */
	bool entrance;               /* of a role: who may assume it changes */
	bool named;                  /* a role that changes names it in its trust */
	struct document *trust[WHENS];
	const char *arn[WHENS]; /* of users and roles */
	uint32_t seen[WHENS];   /* the comparison that found this role to be assumable */
	const char *through[WHENS];
	uint8_t strength[WHENS]; /* once known, and 1 more */
	row_vec *naming;         /* roles that name this user or role in their trust */
};

struct access {
	struct arena *arena;
	const struct bound *bound;
	const struct side *live;
	const char *partition;
	struct slot *slot; /* one for each row */
	struct map *documents;
	VEC(struct document *) all_documents;
	struct map *places; /* name -> struct place_of */
	struct map *keys;   /* id or token -> struct place_of */
	VEC(struct place_of *) all_places;
	struct map *customers; /* policies in accounts by name -> strength + 1; NULL: not asked */
	struct map *arns;      /* of users and roles -> row + 1 */
	uint32_t comparison;
	bool entrances; /* some role's trust changes */
	access_row_vec rows;
	bool keeps; /* what stays is asked for */
	access_row_vec kept;
	struct map *pairs; /* "PRINCIPAL\nACCOUNT" of the rows, once all are known; or NULL */
};

/* One way in which a user or role has a permission. */
struct path {
	const char *permission;
	struct document *document; /* NULL: not known */
	const char *through;       /* a group's address, or NULL */
};
typedef VEC(struct path) path_vec;

/* Rows before and after (access_side.c). */
uint16_t slot_kind(const struct access *, uint32_t row);
bool slot_exists(const struct access *, uint32_t row, enum when);
struct value slot_value(const struct access *, uint32_t row, uint16_t attr, enum when);
/* The elements of a set or map; empty where it is not known. */
const struct set *slot_set(const struct access *, uint32_t row, uint16_t attr, enum when);
/* The row of an address, or -1. */
int64_t slot_find(const struct access *, const struct text *address);
struct place_of *slot_place(struct access *, uint32_t row);
/* "arn:PARTITION:iam::KEY:root" of another account, or NULL when it is none. */
struct place_of *place_of_root(const struct access *, const char *arn);
void places_read(struct access *);
void arns_read(struct access *);
/* Adds one for each policy that is attached, and for each document by its name. */
void paths_of_policies(struct access *, const struct set *managed, const struct set *inlined,
		       enum when, const char *through, path_vec *);
/* Each way in which a user or role has permissions: its own first, then by group. */
void paths_read(struct access *, uint32_t row, enum when, path_vec *);
/* The document of a policy that is referred to; NULL: not known. */
struct document *policy_document(struct access *, const struct text *reference, enum when);
/* "aws/ReadOnlyAccess", an address, or an ARN. */
const char *policy_name(const struct access *, const struct text *reference);

/* Documents (access_document.c). */
struct document *document_find(struct access *, const struct text *canonical);
void documents_free(struct access *);

/* Roles and those who may assume them (access_assume.c). */
void trusts_read(struct access *);
/* The rows of `document`'s exact ARNs. */
const row_vec *document_roles(struct access *, struct document *);
/* Adds a row for each role that this user or role may assume on one side only. */
void assume_compare(struct access *, uint32_t row, bool changed_roles_only);
/* The same for what a role's trust names and is not one of the rows. */
void outsiders_compare(struct access *, uint32_t role);

/* Adds a row for each permission that only one side gives (access.c). */
void paths_compare(struct access *, const char *principal, const char *account,
		   const path_vec paths[WHENS]);
/* A boundary takes away what is beyond it; one that goes gives that back. */
void boundary_compare(struct access *, uint32_t row, uint16_t attr, const char *account);

/* People, groups and permission sets of Identity Center (access_identity.c). */
void identity_compare(struct access *);
void paths_of_set(struct access *, uint32_t row, enum when, path_vec *);

/* How much it lets people do (access_strength.c): one path, and all that a user, a role or a
 * permission set has. */
enum strength path_strength(struct access *, const struct path *);
enum strength slot_strength(struct access *, uint32_t row, enum when);

/* Adds a row of what stays, where that is asked for. */
void access_keep(struct access *, const char *principal, const char *account,
		 const char *permission, const char *through, enum strength);
/* Whether something is gained or lost there (account NULL: anywhere); asked once all rows are
 * known. */
bool access_pair_changes(struct access *, const char *principal, const char *account);
void access_add(struct access *, bool loss, const char *principal, const char *account,
		const char *permission, const char *through, enum strength);

#endif
