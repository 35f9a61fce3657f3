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

#endif
