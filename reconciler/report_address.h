/* Parts of addresses, as reports put a star for an account. Private to report_*.c. Pure. */
#ifndef CHARTER_RECONCILER_REPORT_ADDRESS_H
#define CHARTER_RECONCILER_REPORT_ADDRESS_H

#include "base/text.h"

/* The account part of an address, as it is written there; empty when there is none. */
const char *address_account(struct arena *, const char *address);
/* What the account, or another part, is called that is written so. */
const char *account_name(struct arena *, const char *written);
/* The text with "iam_KIND/ACCOUNT/" as "iam_KIND/" and a star; `s` itself where that is not in it.
 */
const char *account_starred(struct arena *, const char *s, const char *account);

/* "assignment/SET/ACCOUNT/group/NAME", its parts as they are written there. */
struct edge_parts {
	const char *set, *account, *principal; /* principal: "group/NAME" */
};
/* False: it is no assignment. */
bool edge_parts(struct arena *, const char *address, struct edge_parts *);

#endif
