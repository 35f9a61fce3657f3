/* What the calls of Identity Center share, of sets and assignments, people and groups alike: within
 * aws/sso/ and aws/identitystore/ only. Pure but
 * for queueing reads. */
#ifndef CHARTER_AWS_SSO_CENTER_H
#define CHARTER_AWS_SSO_CENTER_H

#include "aws/wire.h"

/* Whether the instance and its store were read: without them there are no calls. */
bool center_known(const struct calls *);
/* {InstanceArn: ...} and {IdentityStoreId: ...}, which begin the inputs of the two services. */
json_t *center_input(const struct calls *);
json_t *center_store_input(const struct calls *);
/* The management account, where its own credentials must be used for it: the run's are those of an
 * account that administers Identity Center for it. NULL: there is no such need. */
const struct text *center_management(const struct calls *);

/* Sets a member of an input to a text; one that says nothing is left out. */
void input_say(json_t *input, const char *member, const struct value *);

/* A person or group goes: out of every group, and every assignment, whose own change does not do
 * it. */
void center_end_calls(struct calls *, const struct text *principal);

/* The call takes away what this live assignment gives: it goes after what gives its set in its
 * account to others, who may be the same person. */
void assignment_follow(struct calls *, struct call *, const struct resource *live);
/* The same of all assignments that a principal has. */
void center_follow(struct calls *, struct call *, const struct text *principal);
/* Ends an assignment, as a part of the current change. */
void assignment_end_call(struct calls *, const struct resource *live);
/* Adds a member, or takes one out. */
void membership_call(struct calls *, const struct text *group, const struct text *user, bool add);

/* "provisioned/SET": what assignments wait for where the set is made, or changes. */
const struct text *set_provisioned(struct arena *, const struct text *set);
/* Policies in this account that the set names, by the resource given: the call uses those that this
 * plan makes, or lets go of those that it ends. NULL: it names none. */
void set_policies_use(struct calls *, struct call *, const struct resource *set,
		      const struct text *account);
void set_policies_free(struct calls *, struct call *, const struct resource *set,
		       const struct text *account);

/* The probe of all four kinds, told by the operation: a change of one makes calls about others. */
void center_probe(struct crawl *, const struct call *, const struct probe_context *,
		  const struct text **scope);

#endif
