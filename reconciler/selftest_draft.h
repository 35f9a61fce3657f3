/* Private to selftest_draft*.c. */
#ifndef CHARTER_RECONCILER_SELFTEST_DRAFT_H
#define CHARTER_RECONCILER_SELFTEST_DRAFT_H

#include "reconciler/selftest.h"

json_t *tags_random(struct chance *);
json_t *names_random(struct chance *, const json_t *object, unsigned most); /* some of the keys */
/* The IAM of one account: policies, groups, users. */
void iam_add(struct chance *, json_t *draft, const char *account);
void roles_add(struct chance *, json_t *draft, const char *account);
void settings_add(struct chance *, json_t *draft, const char *account);
json_t *draft_independent(struct chance *);
/* IAM in member accounts: roles and settings too, baselines, a jump account. */
void members_add(struct chance *, json_t *draft);

/* IAM Identity Center. What an identity provider keeps is there before. */
#define OUTSIDE_GROUP "outside-ig"
#define OUTSIDE_USER  "outside-iu"
void identity_add(struct chance *, json_t *draft);
json_t *person_random(struct chance *, const char *name);
json_t *set_random(struct chance *);
const char *set_policy_random(struct chance *);
json_t *product_random(struct chance *, const json_t *draft);
/* selftest_hand_identity.c: what is there before; NULL: nothing. New. */
json_t *center_before(const json_t *draft);

#endif
