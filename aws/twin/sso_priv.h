/* IAM Identity Center of the twin and its identity store: their rows in the state. Private to
 * aws/twin/.
 *
 * There is one instance, of the organization, in whatever region it is asked for.
 *
 *	identity          {} until it is asked for first; then {InstanceArn, IdentityStoreId,
 *	                  CreatedDate}
 *	identity_users    id -> {UserId, UserName, Revision, CreatedAt, Name, DisplayName, Emails,
 *	                  ExternalIds, ..., groups: {group id: 1}}
 *	identity_groups   id -> {GroupId, DisplayName, Description, Revision, CreatedAt,
 *	                  ExternalIds, members: {user id: membership id}}
 *	memberships       id -> "GROUP ID/USER ID"
 *	identity_names    what is unique -> whose it is: "user/NAME", "email/ADDRESS" and
 *	                  "group/NAME", in lower case, to ids; "set/NAME" to ARNs
 *	permission_sets   ARN -> {PermissionSetArn, Name, Description, SessionDuration, RelayState,
 *	                  CreatedDate, tags, managed: {ARN: 1}, customer: {"/path/NAME": 1}, inline,
 *	                  boundary: an ARN or "/path/NAME", version: number of its policies' last
 *	                  change, accounts: {account: version that its role there has},
 *	                  grants: {account: {"GROUP/ID" or "USER/ID": 1}}}
 *	holders           "GROUP/ID" or "USER/ID" -> {"ps-.../ACCOUNT": 1}: the same assignments
 *	identity_jobs     id -> {RequestId, Status, CreatedDate, PermissionSetArn, TargetId,
 *	                  TargetType, PrincipalType, PrincipalId, FailureReason,
 *	                  what: "create", "delete" or "provision", fails: why it will}
 *	identity_running  id of a job that is under way -> when it ends, microseconds */
#ifndef CHARTER_AWS_TWIN_SSO_PRIV_H
#define CHARTER_AWS_TWIN_SSO_PRIV_H

#include "aws/twin/iam_priv.h"

#include "base/text.h"

enum idc_quota {
	IDC_SETS,
	IDC_SETS_IN_ACCOUNT,
	IDC_POLICIES,      /* of a set, AWS's and customers' */
	IDC_INLINE_SIZE,   /* characters that are not white space */
	IDC_GROUPS,        /* that have a set in an account */
	IDC_ASSIGNMENTS,   /* creations and deletions of assignments that are under way */
	IDC_PROVISIONINGS, /* under way */
	IDC_STORE_USERS,
	IDC_STORE_GROUPS,
	IDC_QUOTAS
};
int64_t idc_quota(const struct twin *, enum idc_quota);
/* False: refused with ServiceQuotaExceededException, since so many would be too many. */
bool idc_within(const struct twin *, struct twin_call *, enum idc_quota, size_t wanted);

/* sso.c */
/* The instance's row, made when missing; {} without an organization. */
json_t *idc_instance(struct twin *);
json_t *idc_page(struct twin *, struct twin_call *, const char *list, json_t *items,
		 json_t *(*show)(struct twin *, json_t *item));
/* A member of the input, "" when absent. */
const char *idc_input(const struct twin_call *, const char *member);
/* Always NULL. */
json_t *idc_missing(struct twin_call *, const char *what, const char *id);
json_t *idc_conflict(struct twin_call *, const char *what);
/* Whether the caller only administers it for the organization: what is in the management account is
 * none of its business. */
bool idc_delegated(const struct twin *, const struct twin_call *);
/* Sixteen hex digits that follow from both texts. */
#define IDC_HEX 17
void idc_hex(const char *a, const char *b, char out[IDC_HEX]);

/* sso_check.c: the input against the services' models. False: refused. */
bool idc_inputs(struct twin_call *);
/* "/path/NAME" of a reference {Name, Path}; NULL: refused. The caller frees it. */
char *idc_reference(struct twin_call *, const json_t *reference);

/* sso_set.c */
/* id NULL: a fresh one. No checks. */
json_t *idc_set_new(struct twin *, const char *arn, const char *name);
json_t *idc_set_find(const struct twin *, const char *arn); /* NULL: none */
/* The set that the input names; NULL: refused. */
json_t *idc_set_named(struct twin *, struct twin_call *);
/* The same, to be changed: not while it is provisioned, and not by who may not. */
json_t *idc_set_own(struct twin *, struct twin_call *);
/* What the accounts that have it have got is not the latest any more. */
void idc_set_changed(json_t *set);
/* "arn:aws:sso:::permissionSet/ssoins-.../" and the id after it; the caller frees it. */
char *idc_set_arn(struct twin *, const char *id);
const char *idc_set_id(const json_t *set); /* "ps-..." */

/* sso_assignment.c: `principal` is "GROUP/ID" or "USER/ID". */
void idc_assign(struct twin *, json_t *set, const char *account, const char *principal);
void idc_unassign(struct twin *, json_t *set, const char *account, const char *principal);
bool idc_assigned(const json_t *set, const char *account, const char *principal);

/* sso_job.c */
/* The job that the call starts, IN_PROGRESS: its row. */
json_t *idc_job_start(struct twin *, const struct twin_call *, const char *what);
/* Whether a saved one is of a kind that there is. */
bool idc_job_known(const json_t *job);
/* Whether nothing that is under way stands in the way of a job on the set and (NULL: wherever it is
 * provisioned) the account; else refused. */
bool idc_job_fits(struct twin *, struct twin_call *, const json_t *set, const char *account);
/* Whether the set is being provisioned, or one of its assignments is under way. */
bool idc_set_busy(struct twin *, const json_t *set, bool assignments);

/* sso_role.c: the role of a set in an account. */
/* Makes or brings up to date; NULL: done, else why AWS could not: the caller frees it. */
char *idc_role_provision(struct twin *, json_t *set, const char *account);
void idc_role_remove(struct twin *, const json_t *set, const char *account);

/* store_user.c, store_group.c, store_member.c */
/* id NULL: a fresh one. No checks. */
json_t *store_user_new(struct twin *, const char *id, const char *name);
json_t *store_group_new(struct twin *, const char *id, const char *name);
void store_join(struct twin *, json_t *group, json_t *user, const char *membership);
void store_leave(struct twin *, const char *membership);
/* The row that the id is of, in whatever form it stands; NULL: refused. */
json_t *store_user_find(struct twin *, struct twin_call *, const char *id);
json_t *store_group_find(struct twin *, struct twin_call *, const char *id);
/* "GROUP" or "USER" and an id: whether there is such a principal. */
bool store_has(const struct twin *, const char *type, const char *id);

/* store.c: what users and groups have alike. */
struct store_kind {
	const char *table, *id, *arn; /* "identity_users", "UserId", "UserArn" */
	const char *noun, *type;      /* "user"; "USER", in errors */
	const char *name, *name_path; /* "UserName", "userName" */
	const char *list;             /* "Users" */
	enum idc_quota quota;
};
extern const struct store_kind store_user, store_group;
json_t *store_row_new(struct twin *, const struct store_kind *, const char *id);
json_t *store_find(struct twin *, struct twin_call *, const struct store_kind *, const char *id);
json_t *store_missing(struct twin_call *, const char *type, const char *what, const char *id);
json_t *store_taken(struct twin_call *, const char *what);
/* What follows the last '/' of an id's ARN; of an id, itself. */
const char *store_id(const char *id);
/* Its ids alone, and the revision: what creations and updates answer. */
json_t *store_ids(struct twin *, const struct store_kind *, const json_t *row, bool revision);
char *store_arn(const struct twin *, const char *noun, const char *id);
/* Whose the name is; NULL: nobody's. */
const char *store_owner(const struct twin *, const char *what, const char *name);
/* Whether the name, if there is one, is nobody's but that of who has this id ("" for a new one);
 * else refused, by what the name is called. */
bool store_name_free(const struct twin *, struct twin_call *, const char *what, const char *name,
		     const char *id, const char *called);
/* Whether there may be one more; else refused. */
bool store_has_room(struct twin *, struct twin_call *, const struct store_kind *);
void store_name_set(struct twin *, const char *what, const char *name, const char *id);
void store_name_drop(struct twin *, const char *what, const char *name);
/* Performs an update's Operations on a copy of the row: NULL: refused; else the copy, new. */
json_t *store_updated(struct twin_call *, const struct store_kind *, const json_t *row);
/* Shared handlers: which of the two follows from the operation. */
twin_handler store_describe, store_list, store_lookup;

#define IDC_READ(op, function, required)                                                           \
	{                                                                                          \
		.name = op, .handler = function, .needs = required, .rate = RATE_SSO               \
	}
#define IDC_WRITE(op, function, required)                                                          \
	{                                                                                          \
		.name = op, .handler = function, .needs = required, .rate = RATE_SSO,              \
		.mutates = true                                                                    \
	}
#define STORE_READ(op, function, required)                                                         \
	{                                                                                          \
		.name = op, .handler = function, .needs = required, .rate = RATE_IDENTITY_STORE    \
	}
#define STORE_WRITE(op, function, required)                                                        \
	{                                                                                          \
		.name = op, .handler = function, .needs = required, .rate = RATE_IDENTITY_STORE,   \
		.mutates = true                                                                    \
	}

#endif
