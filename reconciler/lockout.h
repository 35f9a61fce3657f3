/* Who is left with a way in: what the guards of lockout and self share. Pure. */
#ifndef CHARTER_RECONCILER_LOCKOUT_H
#define CHARTER_RECONCILER_LOCKOUT_H

#include "reconciler/fold.h"
#include "reconciler/guard_priv.h"

static inline bool kind_is_iam(uint16_t kind)
{
	return kind >= KIND_IAM_POLICY && kind <= KIND_IAM_ACCOUNT;
}

/* guard_self.c: the user or role that the credentials of the run belong to; NULL: not read. */
const struct resource *self_identity(const struct plan_input *);
/* Where it is a role that Identity Center made: the permission set behind it, and the person who
 * came by it, as they were read; or NULL. */
const struct resource *self_set(const struct plan_input *);
const struct resource *self_person(const struct plan_input *);

/* access_role.c: how accounts are entered, as the recorded configuration says. */

struct entering {
	const char *role; /* ARN; NULL: the account is not entered */
	const struct text *external_id;
};
/* How these settings enter the account that is declared so beside them. `declared` and `live` may
 * be NULL. */
struct entering entering_of(const struct plan_input *, const struct settings *,
			    const struct resource *declared, const struct resource *live,
			    const char *id);
/* The role by which the account is entered, as an ARN; NULL: by none. `id` is its id, or the token
 * of one that is yet to be made. The role of the run itself in the run's own account. */
const char *access_role_arn(const struct plan_input *, const struct text *account, const char *id);
/* That role as it was read, or NULL. */
const struct resource *access_role_live(const struct plan_input *, const struct text *account);
/* The address of a role in the account, by its ARN or name, and what was read of it, or NULL. */
const struct text *role_address(const struct plan_input *, const struct text *account,
				const char *role);
const struct resource *role_live(const struct plan_input *, const struct text *account,
				 const char *role);
/* Whether the trust policy names it, by its id. */
bool trust_names(const struct text *trust, const struct resource *);
/* The role that writes the record where there is no organization, as it was read, or NULL. */
const struct resource *record_role_live(const struct plan_input *);
/* The address of the account of this id. */
const struct text *account_of_id(const struct plan_input *, const struct text *id);
/* The id of a live account; NULL: not known. */
const struct text *account_id_of(const struct plan_input *, const struct text *account);

/* administrators.c: who administers an account. */

/* Administrator access, by a policy of its own or through a group, not held back by a boundary;
 * somebody can act with it; not the run itself. */
bool thing_administers(struct fold *, const struct resource *self, const struct thing *);
/* A permissions boundary keeps it from administering. */
bool thing_is_held_back(struct fold *, const struct thing *);
/* A document, or a set of managed and inline policies, that gives it. */
bool thing_gives_administration(struct fold *, const struct thing *);
/* What is there, or a policy of AWS's own, gives it or denies it to whoever has it from elsewhere.
 */
bool address_touches_administration(struct fold *, const struct text *address);
/* The same of a permission set of these values, in the account of this address. */
bool set_gives_administration(struct fold *, struct arena *, const struct text *account,
			      const struct value *set);
/* Some policy of it gives that, whatever denies it or holds it back. */
bool set_holds_administration(struct fold *, struct arena *, const struct text *account,
			      const struct value *set);

/* administrators_center.c: who administers an account by Identity Center. */
struct center;
/* `settings` say who counts; NULL: whoever administers. */
struct center *center_new(const struct plan_input *, struct fold *, const struct text *account,
			  const struct guard_settings *settings);
void center_free(struct center *); /* NULL is accepted */
/* Addresses of whoever may administer it at any step: people, and groups whose members are not
 * known. NULL after the last. */
const struct text *center_principal(const struct center *, size_t i);
/* Whether it does now, is not the run itself, and counts as the settings say. */
bool center_administers(const struct center *, const struct text *address);
/* The call may change who does. */
bool center_concerns(const struct center *, const struct change *, const struct call *);
/* After fold_call(). */
void center_after(struct center *, const struct change *, const struct call *);

struct administrators;
/* The accounts that are watched: that of management, and that where identities are kept. */
struct administrators *administrators_new(const struct judge *, struct fold *);
void administrators_free(struct administrators *);
/* After fold_call(): says when too few are left. */
void administrators_after(struct administrators *, const struct call *, struct findings *);
/* "2 of management" for each account, or NULL: none is watched. */
const char *administrators_count(struct administrators *);
/* Addresses of the accounts that are watched; NULL: there is none. */
struct watched_accounts {
	const struct text *management, *identity;
};
struct watched_accounts watched_accounts(const struct plan_input *);

/* lockout_access.c: after the last call, whether accounts can be entered as head says. */
void lockout_access(const struct judge *, struct fold *, struct findings *);

/* lockout_member.c: whether charter can still enter and repair member accounts. */
struct members;
struct members *members_new(const struct judge *, struct fold *);
void members_free(struct members *);
void members_before(struct members *, const struct call *);
void members_after(struct members *, const struct call *, struct findings *);
/* Accounts that may be shut out, by conditions that are not known. */
unsigned members_unsure(const struct members *);

/* lockout_role.c: whether the role is there and may let the run in, as far as its trust policy was
 * read; of the request these keys are known. */
bool role_lets_in(const struct plan_input *, struct fold *, const struct thing *role,
		  const struct context_key *, size_t keys);

#endif
