/* How much a permission lets people do: reviewers look at gains of administrator and write access
 * first. Pure. */
#ifndef CHARTER_STATE_STRENGTH_H
#define CHARTER_STATE_STRENGTH_H

#include "state/judge.h"

/* The most of several is that of all together: what is not known may be more than reading. */
enum strength { STRENGTH_READ, STRENGTH_UNKNOWN, STRENGTH_WRITE, STRENGTH_ADMINISTRATOR };
#define STRENGTHS 4

/* "read", "write", "administrator"; "unknown" is what a plan says as null. */
extern const char *const strength_names[STRENGTHS];

enum strength strength_most(enum strength, enum strength);
/* Administrators may do everything, or may give it to themselves by what they may do in IAM. Any
 * action that is no Get, List, Describe or the like is writing, and so is NotAction, whatever the
 * resources and conditions. NULL: not known. */
enum strength strength_of_policy(const struct policy *);
/* Of a policy of AWS's, whose names tell; and where nothing else is known, of any other name:
 * nobody vouches for one that says that it only reads. */
enum strength strength_of_aws(const char *name);
enum strength strength_of_name(const char *name);

#endif
