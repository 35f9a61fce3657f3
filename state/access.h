/* Who gains or loses access by a plan: who can act with which permissions, or assume which role, in
 * which account, before and after, and through what. Pure. */
#ifndef CHARTER_STATE_ACCESS_H
#define CHARTER_STATE_ACCESS_H

#include "state/diff.h"

struct access_row {
	bool loss;
	/* The address of a user or role: "iam_user/identity/alice"; "account/NAME" for all of an
	 * account whose IAM was not read; what a trust policy names beyond that as it stands there:
	 * an ARN, a service, the URL of a provider with " sub SUBJECT". */
	const char *principal;
	const char *account; /* name, or id where it has none */
	/* "aws/ReadOnlyAccess", "iam_policy/...", "inline NAME", "role NAME"; "administrator access
	 * (POLICY)" where a document begins or ceases to give it; "permissions beyond POLICY", of a
	 * permissions boundary. */
	const char *permission;
	const char *through; /* "iam_group/identity/crm", or NULL: directly */
};

/* Rows sorted by (loss first, principal, account, permission, through), each once: only what no
 * other path gives as well. Changes are those of the plan that are written: others say nothing. */
size_t access_compare(struct arena *, const struct bound *, const struct side *live,
		      const struct change *, size_t changes, const struct access_row **rows);

#endif
