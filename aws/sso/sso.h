/* What the wires of permission sets and assignments share: within aws/sso/ only. Every reading goes
 * to crawl->side, with raw addresses, in a scope that is open; world.instance_arn is known. */
#ifndef CHARTER_AWS_SSO_SSO_H
#define CHARTER_AWS_SSO_SSO_H

#include "aws/wire.h"

/* The instance's ARN, beginning an input: {InstanceArn: ...}. */
json_t *instance_input(const struct crawl *);
/* The input that asks for the accounts where a set is out of date. */
json_t *set_stale_input(const struct crawl *, const struct text *arn);

/* What is read of a permission set: a request each, the last up to two. */
enum set_parts {
	SET_DESCRIBED = 1 << 0, /* name, description, session duration, relay state */
	SET_MANAGED = 1 << 1,
	SET_CUSTOMER = 1 << 2,
	SET_INLINE = 1 << 3,
	SET_BOUNDARY = 1 << 4,
	SET_TAGGED = 1 << 5,
	SET_ACCOUNTS = 1 << 6, /* PSET_ACCOUNTS, PSET_PROVISIONED */
	SET_ALL = (1 << 7) - 1
};
/* One set, by its ARN. With SET_DESCRIBED it is recorded once it was described (one that is not
 * there is not, which is no failure); without, at once, by its ARN alone. */
void set_read(struct crawl *, uint32_t scope, const struct text *arn, unsigned parts);
/* Every set: the listing names ARNs alone, so that one of a given name is found only by describing
 * each. */
void sets_read(struct crawl *, uint32_t scope, unsigned parts);

/* The assignments of a set in an account. */
void pair_read(struct crawl *, uint32_t scope, const struct text *set_arn,
	       const struct text *account_id);

#endif
