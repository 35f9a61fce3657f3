/* Policies that permission sets name by path and name, "/path/NAME", and that must exist in every
 * account where such a set is assigned. Pure. */
#ifndef CHARTER_STATE_PRESENCE_H
#define CHARTER_STATE_PRESENCE_H

#include "state/bind.h"

enum presence { POLICY_UNREAD, POLICY_PRESENT, POLICY_ABSENT };

/* One policy that was asked for; account: an id. */
struct policy_presence {
	const struct text *account, *policy;
	enum presence presence;
};
/* Sorted by account and policy, in the side's arena. */
struct policies_asked {
	size_t n;
	struct policy_presence **at;
};

/* Whether it exists there: by the account's IAM where that was read, else by what was asked. */
enum presence customer_policy_presence(const struct side *live, const struct text *account_id,
				       const struct text *policy);
/* What the policy is called where that account has it. */
const struct text *customer_policy_address(struct arena *, const struct text *account,
					   const struct text *policy);
/* Whether head declares it: `account` is the account's final address. */
bool customer_policy_declared(struct arena *, const struct bound *, const struct text *account,
			      const struct text *policy);
/* The policies, the boundary among them, that a set names once head is applied: what head declares,
 * and what is live where head leaves that alone. */
struct named_policies {
	const struct row *set; /* NULL: there is no such set */
	size_t n;
	const struct text **policy; /* sorted */
};
/* Made once for each set: `known` (address of a set -> struct named_policies *) keeps them. */
const struct named_policies *customer_policies_named(struct arena *, const struct bound *,
						     struct map *known, const struct text *set);
/* The ARN of such a policy in an account; the caller frees it. */
char *customer_policy_arn(const struct world *, const struct text *account_id,
			  const struct text *policy);
/* Says of the side what was asked; takes the pointers, in the side's arena, and sorts them. */
void side_policies_asked(struct side *, struct policy_presence **, size_t n);

#endif
