/* What the wires of IAM share: within aws/iam/ only. */
#ifndef CHARTER_AWS_IAM_IAM_H
#define CHARTER_AWS_IAM_IAM_H

#include "aws/tags.h"
#include "aws/wire.h"

/* Reading of the account that the run's credentials belong to; queued by the first IAM kind. */
void iam_read_all(struct crawl *);
/* The probe of every kind of IAM: told by the operation. */
void iam_probe(struct crawl *, const struct call *, const struct probe_context *,
	       const struct text **scope);

/* How a kind that policies are attached to is written. */
struct principal {
	uint16_t kind, name, managed, inlines, groups,
	    tags;           /* attributes; 0 in groups, tags: none */
	const char *member; /* "UserName" */
	enum op_id attach, detach, put, remove;
};
extern const struct principal principal_user, principal_group;

/* Begins a call in the account of the resource, which it uses. The name is not an id: there is no
 * token for it. */
struct call *iam_call(struct calls *, enum op_id, const struct row *);
/* The name that AWS knows it by once a rename of this plan is done. */
const struct text *iam_name(const struct row *);
/* Whose credentials: NULL where it is the account of the run's. */
const struct text *iam_account(const struct calls *, const struct row *);
/* A new name or path. */
void iam_rename_makes(struct calls *, const struct change *,
		      void (*add)(struct calls *, const struct text *));
void iam_rename_call(struct calls *, const struct change *, enum op_id, const char *member,
		     const char *new_member, uint16_t path_attr);
/* {MEMBER: NAME} of the principal. */
json_t *principal_input(const struct principal *, const struct row *);

/* Of a resource that is made: attaches and puts what is declared. Of a change: gains, what is put
 * anew, then losses. */
void principal_new_calls(struct calls *, const struct principal *, const struct row *);
void principal_gain_calls(struct calls *, const struct principal *, const struct change *);
void principal_loss_calls(struct calls *, const struct principal *, const struct change *);
/* Takes off everything live, before the deletion. */
void principal_strip_calls(struct calls *, const struct principal *, const struct row *);
/* One policy off one principal, as a part of the current change. */
void principal_detach_call(struct calls *, const struct principal *, const struct row *,
			   const struct text *policy);
/* One user out of one group, as a part of the current change. */
void membership_end_call(struct calls *, const struct row *user, const struct text *group);

#endif
