/* What the wires of IAM share: within aws/iam/ only. */
#ifndef CHARTER_AWS_IAM_IAM_H
#define CHARTER_AWS_IAM_IAM_H

#include "aws/probe.h"
#include "aws/tags.h"
#include "aws/wire.h"

/* Reading. */

/* Reading of the account that the run's credentials belong to; queued by the first IAM kind. */
void iam_read_all(struct crawl *);
/* The probe of every kind of IAM: told by the operation. */
void iam_probe(struct crawl *, const struct call *, const struct probe_context *,
	       const struct text **scope);
/* Where a record comes from. */
struct iam_page {
	struct crawl *crawl;
	const struct read *read; /* note: the account's id */
	const struct text *account;
	const struct text *address; /* of the account */
	bool full;                  /* what the listing leaves out is read too: no probe */
};
struct iam_page iam_page_of(struct crawl *, const struct read *);

/* A page of GetAccountAuthorizationDetails: every entity in it. */
void iam_details_page(const struct iam_page *, const json_t *);
/* One entity of a page; a reply that lacks what it must have is told to the crawl. */
void iam_user_record(const struct iam_page *, const json_t *);
void iam_group_record(const struct iam_page *, const json_t *);
void iam_policy_record(const struct iam_page *, const json_t *);
void iam_role_record(const struct iam_page *, const json_t *);    /* as GetAccountAuthorization- */
void iam_role_described(const struct iam_page *, const json_t *); /* Details, ListRoles and */
void iam_role_single(const struct iam_page *, const json_t *);    /* GetRole show it */

/* A new resource with name and account; NULL: the reply lacks the name or the ARN. */
struct resource *iam_record(const struct iam_page *, uint16_t kind, const struct text *name,
			    const json_t *object);
/* The same of what is known by its name alone, with the id that it has, or NULL. */
struct resource *iam_named(struct crawl *, uint16_t kind, const struct text *account_id,
			   const struct text *name, const struct text *id);
/* A text member, in the arena; NULL: there is none. */
const struct text *iam_text(const struct iam_page *, const json_t *object, const char *member);
/* The length of the list of this member. What AWS leaves out is empty; what is no list is no
 * reading. */
size_t iam_list(const struct iam_page *, const json_t *object, const char *member,
		const json_t **list);
/* Adds the member Tags, and says that they are known. */
void iam_tags_add(const struct iam_page *, struct resource *, uint16_t attr, const json_t *object);
/* Queues the tags of a policy, in a scope that is open. */
void iam_policy_tags_read(struct crawl *, uint32_t scope, const struct text *account,
			  struct resource *policy);

/* What a user owns, one listing after the other; at the end USER_CREDENTIALS is known. The scope is
 * "iam/ID/credentials", which is no part of "iam/ID": who cannot read it may still make things. */
#define IAM_CREDENTIALS_SCOPE "iam/%s/credentials"
void iam_owned_read(struct crawl *, const struct text *account_id, struct resource *user);
/* Of users that go, and those of whom head declares `login`: see wire.deepen. */
void iam_user_deepen(struct crawl *, const struct row *);
/* Queues the one listing that shows what the call is about; false: it is about nothing owned. */
bool iam_owned_probe(struct probe *, const struct text *account);

/* Calls. */

/* How a kind that policies are attached to is written. */
struct principal {
	uint16_t kind, managed, inlines, groups, boundary; /* attributes; 0 in the last two: none */
	const char *member;                                /* "UserName" */
	enum op_id attach, detach, put, remove, bound, unbound;
};
extern const struct principal principal_user, principal_group, principal_role;

/* Begins a call of a creation: by the id of its account, or the token of one that is yet to be
 * made, which the call uses then; or, where it is the account of the run's, by neither. */
struct call *account_call_new(struct calls *, enum op_id, const struct row *);
/* Begins a call in the account of the resource, which it uses. The name is not an id: there is no
 * token for it. */
struct call *iam_call(struct calls *, enum op_id, const struct row *);
/* The name that AWS knows it by once a rename of this plan is done. */
const struct text *iam_name(const struct row *);
/* A new name or path. */
void iam_rename_makes(struct calls *, const struct change *,
		      void (*add)(struct calls *, const struct text *));
void iam_rename_call(struct calls *, const struct change *, enum op_id, const char *member,
		     const char *new_member, uint16_t path_attr);
/* {MEMBER: NAME} of the principal. */
json_t *principal_input(const struct principal *, const struct row *);
/* What it was made for ("task/NAME"), or NULL. */
const struct text *principal_claim(const struct row *);
/* Begins a call that gives to, or takes from, the principal: what it loses waits for all that it
 * gains. */
void principal_gate(struct call *, const struct row *, enum effect);
struct call *principal_call(struct calls *, enum op_id, const struct row *, enum effect);
/* Of a resource that is made: attaches and puts what is declared. Of a change: gains, what is put
 * anew, then losses. */
void principal_new_calls(struct calls *, const struct principal *, const struct row *);
void principal_gain_calls(struct calls *, const struct principal *, const struct change *);
void principal_loss_calls(struct calls *, const struct principal *, const struct change *);
/* The boundary is there before what it bounds, and goes last. */
void principal_boundary_calls(struct calls *, const struct principal *, const struct change *,
			      bool put);
/* The call lets go of the boundary, where that is no policy of AWS's. */
void principal_boundary_free(struct calls *, struct call *, const struct principal *,
			     const struct row *);
/* Takes off everything live, before the deletion. */
void principal_strip_calls(struct calls *, const struct principal *, const struct row *);
/* As a part of the current change: a policy off every principal of this kind, and every member out
 * of a group, whose own change does not do it. */
void principal_detach_calls(struct calls *, const struct principal *, const struct text *policy);
void membership_end_calls(struct calls *, const struct text *group);

/* What a user owns goes: keys are made inactive first. */
void iam_owned_delete_calls(struct calls *, const struct row *user);

/* Whom a trust policy names, and this plan makes: the call uses them. AWS refuses a principal that
 * it does not know. */
void trust_uses(struct calls *, struct call *, const struct row *role, const struct text *document);
/* Whom the document that is replaced names, and this plan ends: let go. */
void trust_frees(struct calls *, struct call *, const struct text *document);

#endif
