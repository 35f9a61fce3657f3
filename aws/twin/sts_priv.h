/* Who assumes a role, and whether its trust policy lets them. Private to sts*.c. */
#ifndef CHARTER_AWS_TWIN_STS_PRIV_H
#define CHARTER_AWS_TWIN_STS_PRIV_H

#include "aws/twin/twin_priv.h"

struct sts_caller {
	const char *action;        /* "sts:AssumeRole": what the trust policy is asked for */
	const char *account, *arn; /* "arn:aws:sts::111111111111:assumed-role/NAME/SESSION" */
	const char *principal;     /* of a session: the role's own ARN; else as arn */
	const json_t *tags;        /* of the principal: {key: value}, or NULL */
	const char *user;          /* its name, of a user; else NULL */
	const char *organization;  /* id of the organization that the account is in; NULL: none */
	const char *external_id, *session, *source_identity; /* of the input, or NULL */
	/* Of a web identity, which has no account: the ARN of its OIDC provider, and what its token
	 * claims as condition keys have it: {"PROVIDER:sub": text or list of texts}. Else NULL. */
	const char *provider;
	const json_t *claims;
};
/* Statements that deny win; one that allows is needed. */
bool trust_allows(const char *document, const struct sts_caller *);

struct role_arn {
	char partition[16], account[16], name[65];
};
/* Of the input's RoleArn, with the input's other members checked; false: refused. */
bool sts_input(struct twin_call *, struct role_arn *);
/* The role, if it is there, in an account that is active, and seen everywhere by now; NULL: none.
 */
json_t *sts_role(struct twin *, struct twin_call *, const struct role_arn *);
/* The reply: a new session of the role, as long as the input and the role say. NULL: refused. */
json_t *sts_assume(struct twin *, struct twin_call *, const struct role_arn *, const json_t *role);

/* "AIDA..." of a user, "AROA...:SESSION" of a session, the number of the account of a root user.
 * The caller frees it. */
char *sts_caller_id(struct twin *, const char *account, const char *arn);
/* The name of the role and *session of "...:assumed-role/NAME/SESSION"; NULL: it is none. The
 * caller frees it. */
char *sts_session_role(const char *arn, const char **session);

/* sts_web.c */
twin_handler sts_assume_with_web_identity;

#endif
