/* What an account has beside users, groups, roles and policies: OIDC providers, alias, password
 * policy, console passwords. Within aws/iam/ only. */
#ifndef CHARTER_AWS_IAM_ACCOUNT_H
#define CHARTER_AWS_IAM_ACCOUNT_H

#include "aws/iam/iam.h"
#include "aws/probe.h"

/* Queues the reading of OIDC providers and settings of this account (its id), in scopes of their
 * own within `scope`, which is "iam/ID". */
void iam_read_extra(struct crawl *, uint32_t scope, const struct text *account);
/* Queues the reading that shows alias and password policy. */
void settings_probe(struct probe *, const struct text *account);
/* Whose credentials a read takes: NULL where it is the account of the run's. */
const struct text *account_entered(const struct crawl *, const struct text *account);

/* oidc.c */
void oidc_read(struct crawl *, uint32_t scope, const struct text *account);
void oidc_probe(struct probe *, const struct text *account);

/* login.c: the console password of a user, attribute USER_LOGIN. */
void login_calls(struct calls *, const struct change *);
/* Of a user that this change makes. */
void login_new_calls(struct calls *, const struct row *);
/* Queues what sets USER_LOGIN of a user that was read: "console", or empty. */
void login_read(struct crawl *, uint32_t scope, const struct text *account, struct resource *user);
void login_probe(struct probe *, const struct text *account);

#endif
