/* Private to selftest_expect*.c. */
#ifndef CHARTER_RECONCILER_SELFTEST_EXPECT_H
#define CHARTER_RECONCILER_SELFTEST_EXPECT_H

#include "reconciler/selftest.h"

struct oracle {
	json_t *base, *head; /* things of the drafts, base under the names of head */
	json_t *live;        /* becomes what is expected */
	json_t *units;       /* old path -> new path, of declared renames */
	/* old name -> new name; the last two of Identity Center */
	json_t *policies, *accounts, *groups, *users, *teams, *people;
	bool refused;
};

bool thing_is(const char *address, const char *kind);
/* The name in "kind/name" or, of IAM, in "kind/account/name". */
const char *thing_name(const char *address);
/* What is renamed between base and live on one side and head on the other. */
void renames_note(struct oracle *);
/* The things under their names in head. Takes them; new. */
json_t *things_renamed(struct oracle *, json_t *things);

/* selftest_expect_identity.c */
bool assignment_goes_with(const char *address, const char *gone);
/* Those that go by themselves leave `live`. */
void assignments_expect(struct oracle *);

#endif
