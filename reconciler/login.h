/* First console passwords: made when the call is sent, written only encrypted to the person's key,
 * and changed by the person at the first sign-in. */
#ifndef CHARTER_RECONCILER_LOGIN_H
#define CHARTER_RECONCILER_LOGIN_H

#include "reconciler/execute.h"

struct login;

/* Of one execution of this plan. `dir` (--logins): where the files go, or NULL: the plan may have
 * no logins then. Both outlive the result. */
struct login *login_new(const struct env *, const struct plan *, const char *dir);
void login_free(struct login *); /* wipes the passwords; NULL is accepted */
/* Before anything is sent: each login has a key that can encrypt, and the directory exists (it is
 * made) and can be written to. Nothing to do without logins. */
int login_check(struct login *, struct error *err);
/* execute_options.secret; ctx is the struct login. The password of this call, with its file written
 * and synced: DIR/ACCOUNT-USER.asc, or DIR/ACCOUNT-USER.2.asc ... where an earlier run left one,
 * whose password may be the one that AWS has. Asked again for the same call, it is the same
 * password. The caller wipes and frees the value. */
int login_secret(void *ctx, const struct call *, const char *member, char **value,
		 struct error *err);
/* In a trial: a password that is written nowhere. ctx is the struct env. */
int login_secret_trial(void *ctx, const struct call *, const char *member, char **value,
		       struct error *err);
/* After the execution: removes the files of calls that certainly had no effect. Each file that
 * stays is told to `kept` (or NULL): its path, and the address of the user. */
void login_end(struct login *, const struct execution *,
	       void (*kept)(void *ctx, const char *file, const struct text *user), void *ctx);

#endif
