/* Private to selftest_change*.c. */
#ifndef CHARTER_RECONCILER_SELFTEST_CHANGE_H
#define CHARTER_RECONCILER_SELFTEST_CHANGE_H

#include "reconciler/selftest.h"

struct commit_change {
	struct chance *chance;
	json_t *draft;
	json_t *was;         /* path of a unit now -> its path before this commit */
	const char *account; /* whose IAM this change is about; NULL: none is declared */
};
/* False: there was nothing to do it to. */
typedef bool change_fn(struct commit_change *);

json_t *change_part(struct commit_change *, const char *path); /* of the draft; or NULL */
json_t *iam_part(struct commit_change *, const char *name);    /* NULL: no IAM is declared */
/* A name that is not kept, or NULL. */
const char *free_name(struct commit_change *, const json_t *table);
json_t *list_of(json_t *value); /* the elements of [...] or {only: [...]}; NULL: neither */
size_t list_find(const json_t *list, const char *name);             /* SIZE_MAX: it has none such */
void list_replace(json_t *value, const char *from, const char *to); /* `to` NULL: takes it out */
void list_toggle(json_t *list, const char *name);  /* out when it is there, in when it is not */
json_t *row_list(json_t *row, const char *member); /* list_of() the member, made when missing */
void rows_replace(json_t *table, const char *member, const char *from, const char *to);
/* The row under a new name; `previously`: it says what it was, which of a new row means nothing. */
void row_rename(json_t *table, const char *from, const char *to, bool previously);

change_fn account_add, account_move, account_rename, account_release;
change_fn iam_user_add, iam_user_remove, iam_user_rename, iam_group_add, iam_group_remove,
    iam_group_rename, iam_policy_add, iam_policy_remove, iam_policy_rewrite, membership_toggle,
    managed_toggle, inline_change, boundary_change;

/* Of selftest_change_identity.c. */
change_fn product_change, person_change, identity_group_change, set_change, set_rewrite;
/* Of selftest_change_role.c and selftest_change_many.c. */
change_fn iam_user_expire, role_add, role_remove, role_rewrite, settings_change, provider_change,
    baseline_change, team_change, task_change;
/* An account's new name, wherever it is spoken of; whether anything of IAM speaks of it. */
void account_texts_rename(struct commit_change *, const char *from, const char *to);
bool account_is_spoken_of(struct commit_change *, const char *name);
/* The user has another name (NULL: it goes) in the teams of its account. */
void members_rename(struct commit_change *, const char *from, const char *to);

#endif
