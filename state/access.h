/* Who gains or loses access by a plan: who can act with which permissions, or assume which role, in
 * which account, before and after, and through what. Pure. */
#ifndef CHARTER_STATE_ACCESS_H
#define CHARTER_STATE_ACCESS_H

#include "state/diff.h"
#include "state/strength.h"

struct access_row {
	bool loss;
	/* The address of a user or role: "iam_user/identity/alice"; "account/NAME" for all of an
	 * account whose IAM was not read; what a trust policy names beyond that as it stands there:
	 * an ARN, a service, the URL of a provider with " sub SUBJECT". Of Identity Center:
	 * "user/alice" who has a permission set, "group/admins" for all of a group (below), and
	 * "permission_set/Admin" for all who have one that gives another policy. */
	const char *principal;
	/* Name, or id where it has none; "*": each where the set is assigned (of a row of the set),
	 * or where the group has it (of a member that comes or goes). */
	const char *account;
	/* "aws/ReadOnlyAccess", "iam_policy/...", "inline NAME", "role NAME"; "administrator access
	 * (POLICY)" where a document begins or ceases to give it; "permissions beyond POLICY", of a
	 * permissions boundary. Of people and groups of Identity Center the name of the set; of a
	 * set "aws/ReadOnlyAccess", "/path/NAME" of a policy in the accounts, "inline policy". */
	const char *permission;
	const char *through; /* "iam_group/identity/crm", "group/crm", or NULL: directly */
	/* Of all that it gives on the side that has it, whether the plan changes it or not. */
	enum strength strength;
};

/* A group of Identity Center stands for its members where these are not known, where it has none,
 * where it has more than ACCESS_MEMBERS, and where an assignment of groups would give more than
 * ACCESS_ROWS rows of people in all. Where members that come and go would give more than that, they
 * have one row for each set and not for each account. So no loss is ever left out. */
#define ACCESS_MEMBERS 50
#define ACCESS_ROWS    20000

/* Rows sorted by (loss first, principal, account, permission, through), each once: only what no
 * other path gives as well. Changes are those of the plan that are written: others say nothing. */
size_t access_compare(struct arena *, const struct bound *, const struct side *live,
		      const struct change *, size_t changes, const struct access_row **rows);
/* What those who gain or lose something in an account have there before and after alike: who may
 * assume which role, and what all who have a permission set are given, is not in it. Rows sorted in
 * the same way, `loss` false. None at all where they would be more than ACCESS_ROWS. */
size_t access_compare_kept(struct arena *, const struct bound *, const struct side *live,
			   const struct change *, size_t changes, const struct access_row **rows);

#endif
