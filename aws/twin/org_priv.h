/* Organizations of the twin: what its files of handlers share. Private to org_*.c and account.c. */
#ifndef CHARTER_AWS_TWIN_ORG_PRIV_H
#define CHARTER_AWS_TWIN_ORG_PRIV_H

#include "aws/twin/twin_priv.h"

#include "base/text.h"

/* org_check.c */

/* The inputs of the call against the service's model: lengths, patterns, enumerations. False:
 * refused already. */
bool org_inputs(struct twin_call *);
/* Refuses with the code and the message that the service's model has for it. Always NULL. */
json_t *org_refuse(struct twin_call *, const char *code);
/* ConstraintViolationException for this reason, or InvalidInputException. Always NULL. */
json_t *org_violates(struct twin_call *, const char *reason);
json_t *org_invalid(struct twin_call *, const char *reason);
/* A member of the input; NULL: not given. */
const char *org_input(const struct twin_call *, const char *member);
/* Whether the string is the id of what stands in the service's model under this name: "AccountId",
 * "ParentId". */
bool org_id_is(const char *id, const char *what);

/* org_policy_type.c */

struct org_type {
	const char *name;
	uint32_t chars;      /* of a document */
	int64_t policies;    /* in an organization */
	size_t per_target;   /* attached to one target */
	const char *key;     /* the document's member beside "@@..." ones; NULL: any */
	const char *service; /* that needs access first, or NULL */
	const char *standard_id, *content; /* of the policy that AWS attaches to all, or NULL */
	const char *standard_name, *description;
	bool fixed; /* that one can't be detached, any other may be the last */
};
extern const struct org_type org_types[];               /* ends with a row without a name */
const struct org_type *org_type_find(const char *name); /* NULL: none */
/* Of a policy's row: the last row of the table for a type that is not known. */
const struct org_type *org_type_of(const json_t *policy);
/* The job of enabling or disabling has ended. */
void policy_type_settle(struct twin *, const char *type);
/* The root as replies show it. New. */
json_t *root_show(struct twin *, json_t *root);

/* What AWS attaches to each new target. */
void policies_standard_attach(struct twin *, const char *target);

/* org_syntax.c: whether a document has the form of its type, as far as the service looks. */
bool policy_syntax_ok(const struct org_type *, const char *content);

/* org_policy.c */

/* As the listings show it: a summary. New. */
json_t *policy_show(struct twin *, json_t *policy);
/* The policy that the input names; NULL: refused. */
json_t *policy_named(struct twin *, struct twin_call *);

/* org_attachment.c */

void policies_detach_all(struct twin *, const char *target);

/* org_organization.c */

bool org_has_all_features(const struct twin *);
/* "arn:aws:organizations::111111111111:ou/o-abc/ou-..." Owned by the caller. */
char *org_arn(const struct twin *, const char *what, const char *id);
/* Begins a job under this id; it ends in job_us, at the next call then. */
void org_pend(struct twin *, const char *id);
/* A page of these items (taken) under this member; `show` as in twin_paging. */
json_t *org_page(struct twin *, struct twin_call *, const char *list, json_t *items,
		 json_t *(*show)(struct twin *, json_t *item));
/* Rows of a relation's other side that listings show: {id: 1}. New array of borrowed rows. */
json_t *org_related(struct twin *, json_t *ids, const char *table);

/* org_unit.c */

/* The root or a unit; NULL: none. */
json_t *org_parent(const struct twin *, const char *id);
/* "o-abc/r-abcd/ou-.../" of the root or a unit. */
void org_path(const struct twin *, const char *id, struct buf *);

/* org_tags.c */

#define TAGS_MOST 50 /* Organizations quotas page */
/* Sets these of an input's [{Key, Value}], checked already; NULL: none. */
void org_tags_set(json_t *row, const json_t *tags);

/* org_account.c */

/* As the listings show it. New. */
json_t *account_show(struct twin *, json_t *account);
void account_settle(struct twin *, const char *id);
/* Under which account the e-mail is in use; NULL: none. */
const char *email_owner(const struct twin *, const char *email);

/* org_access.c */

/* The service that the input names; NULL: refused. */
const char *org_service_named(struct twin *, struct twin_call *);

/* account.c */

/* The name that an account outside of an organization has. */
const char *profile_name(const struct twin *, const char *account);

#endif
