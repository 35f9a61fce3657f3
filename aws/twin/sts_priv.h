/* Who assumes a role, and whether its trust policy lets them. Private to sts*.c. */
#ifndef CHARTER_AWS_TWIN_STS_PRIV_H
#define CHARTER_AWS_TWIN_STS_PRIV_H

#include "aws/twin/twin_priv.h"

struct sts_caller {
	const char *account, *arn; /* "arn:aws:sts::111111111111:assumed-role/NAME/SESSION" */
	const char *principal;     /* of a session: the role's own ARN; else as arn */
	const char *organization;  /* id of the organization that the account is in; NULL: none */
	const char *external_id, *session, *source_identity; /* of the input, or NULL */
};
/* Statements that deny win; one that allows is needed. */
bool trust_allows(const char *document, const struct sts_caller *);

#endif
