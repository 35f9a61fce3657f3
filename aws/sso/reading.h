/* One reading of Identity Center while it is under way: within aws/sso/ only. */
#ifndef CHARTER_AWS_SSO_READING_H
#define CHARTER_AWS_SSO_READING_H

#include "aws/identitystore/identitystore.h"
#include "aws/sso/sso.h"

/* A set in an account that has it. */
struct sso_pair {
	const struct text *set, *account; /* ARN, id */
};

/* A listed user or group. */
struct sso_principal {
	struct resource *who;
	size_t rows; /* assignments: a group's own, a user's by groups */
	bool asked;
};

/* Whose assignments are being asked for. By principal groups come first. AWS may show what users
 * have by them again with the users, whose pages are many then: one user tells. The rest are pairs
 * of which no principal told anything. */
enum assignment_stage { STAGE_GROUPS, STAGE_SAMPLE, STAGE_USERS, STAGE_REST, STAGE_PAIRS };

/* A user or group that something names and the listing did not show. */
enum stranger_state {
	STRANGER_NEW,
	STRANGER_ASKED, /* its own reading failed, or is under way */
	STRANGER_THERE, /* the listing left it out */
	STRANGER_GONE
};
struct stranger {
	uint16_t kind;
	enum stranger_state state;
	const struct text *id;
};

struct identity_crawl {
	struct identity_wanted wanted;
	uint32_t center, users, groups, members, sets, assignments; /* scopes */
	size_t sets_n, instances_n;                                 /* as they were listed */
	VEC(struct sso_principal *) people;                         /* listed users */
	VEC(struct sso_principal *) teams;                          /* listed groups */
	struct map *principal; /* address -> struct sso_principal * */
	VEC(struct identity_members *) membership;
	VEC(struct sso_pair) pairs;
	enum assignment_stage stage;
	size_t asked;                 /* of this stage */
	struct sso_principal *sample; /* a user who has something by a group */
	bool inherits;                /* the sample's reply showed it */
	VEC(struct stranger *) strangers;
	struct map *stranger;           /* by raw address */
	VEC(struct resource *) strange; /* assignments of strangers */
	struct map *set_missing;        /* ARNs that assignments name and the listing did not */
	const struct text *set_missed;  /* the first of them */
};

/* "kind/~ID" as the side has it already, so that it is kept once; else new. */
const struct text *sso_ref(struct crawl *, const char *kind, const char *id);
/* The account of this id, when the side has it; else NULL. */
const struct resource *sso_account(const struct crawl *, const char *id);
/* It is known not to be active: nobody enters it, and AWS changes nothing in it. */
bool sso_account_shut(const struct resource *);
/* In a full reading (no probe), a set is in an account. */
void sso_pair_found(struct crawl *, const struct resource *set, const char *account_id);

/* assignment_read.c: asks for all, some at a time, in the scope of assignments: the way that takes
 * fewer requests. */
void assignments_read(struct crawl *);
bool sso_scope_failed(const struct crawl *, uint32_t scope);

/* stranger.c. Whether the side has it; if not, it is looked up with the others next. */
bool stranger_meet(struct crawl *, uint16_t kind, const struct text *id);
/* Looks up some of those that were met since, unless their listing failed or was seen to leave out
 * who is there. True: it was asked, and more may be to ask once that was answered. */
bool strangers_ask(struct crawl *);
/* After the last: listings that left out what is there were not whole. */
void strangers_settle(struct crawl *);
/* Whether the user or group of this raw address may exist though its listing did not show it.
 * False: it is listed, or gone. */
bool stranger_may_exist(const struct crawl *, const char *raw);

#endif
