/* IAM of the twin's accounts: the rows of state.iam[ACCOUNT]. Private to aws/twin/.
 *
 * Times are text, "2026-11-22T01:02:03Z", as the Query protocol shows them. Keys of users, groups
 * and roles are the names in lower case, since IAM's names are unique without regard to case.
 *
 *	users     name -> {UserName, UserId, Arn, Path, CreateDate, tags, groups, managed, inline,
 *	          boundary, access_keys: {id: {AccessKeyId, Status, CreateDate, LastUsedDate,
 *	          ServiceName, Region}}, login: {CreateDate, PasswordResetRequired},
 *	          mfa: {serial number: EnableDate}, ssh_keys: {id: {SSHPublicKeyId, Fingerprint,
 *	          SSHPublicKeyBody, Status, UploadDate}}, certificates: {id: {CertificateId,
 *	          CertificateBody, Status, UploadDate}}, services: {id: {
 *	          ServiceSpecificCredentialId, ServiceName, ServiceUserName, Status, CreateDate}}}
 *	groups    name -> {GroupName, GroupId, Arn, Path, CreateDate, users, managed, inline}
 *	roles     name -> {RoleName, RoleId, Arn, Path, CreateDate, AssumeRolePolicyDocument,
 *	          MaxSessionDuration, Description, tags, managed, inline, boundary, profiles}
 *	policies  ARN  -> {PolicyName, PolicyId, Arn, Path, Description, CreateDate, UpdateDate,
 *	          DefaultVersionId, last, versions: {id: {VersionId, Document, CreateDate}}, tags}
 *	profiles  name -> {InstanceProfileName, InstanceProfileId, Arn, Path, CreateDate, role,
 *	          tags}
 *	providers ARN  -> {Arn, Url, CreateDate, ClientIDList, ThumbprintList, tags}
 *	devices   serial number -> {SerialNumber, tags}: virtual MFA devices, enabled or not
 *	alias     the account's alias, or absent
 *	password  its password policy {MinimumPasswordLength, ...}, or absent
 *	report    its credential report {Content, due}: when it is done, microseconds; or absent
 *	read      true: a reading told of all its roles, so that AWS's own are not made here
 *
 * groups, users, profiles: {name in lower case: 1}; role: a name in lower case; managed: {ARN: 1};
 * inline: {name: document}; documents are plain JSON text (the wire form is percent-encoded in
 * replies); last: number of the newest version. boundary: ARN or absent. Whatever holds nothing may
 * be absent: twin_sub() makes it. */
#ifndef CHARTER_AWS_TWIN_IAM_PRIV_H
#define CHARTER_AWS_TWIN_IAM_PRIV_H

#include "aws/twin/twin_priv.h"

#define ACCOUNT_ID 16 /* bytes for the twelve digits */

/* A table of the account ("users"), made when missing. */
json_t *iam_table(struct twin *, const char *account, const char *name);
/* A row by name in any case (policies: by ARN); NULL: none. */
json_t *iam_row(struct twin *, const char *account, const char *table, const char *name);
/* New rows, with a fresh id; no checks, and no listing hides them. `path` NULL: "/". */
json_t *iam_user_new(struct twin *, const char *account, const char *path, const char *name);
json_t *iam_group_new(struct twin *, const char *account, const char *path, const char *name);
json_t *iam_role_new(struct twin *, const char *account, const char *path, const char *name,
		     const char *trust);
json_t *iam_policy_new(struct twin *, const char *account, const char *path, const char *name,
		       const char *document);
void iam_time(const struct twin *, char out[TIME_RFC3339]); /* now, whole seconds */
/* How many users, groups and roles have it attached, or as their boundary. */
unsigned iam_policy_uses(struct twin *, const char *account, const char *arn, bool boundary);

/* OIDC providers by what follows "https://"; instance profiles with their role; virtual devices;
 * keys (id NULL: a fresh one), and what stands in the user's tables "ssh_keys", "certificates" and
 * "services". */
json_t *iam_provider_new(struct twin *, const char *account, const char *name);
void iam_profile_join(json_t *profile, json_t *role);
json_t *iam_device_new(struct twin *, const char *account, const char *serial);
json_t *iam_key_new(struct twin *, json_t *user, const char *account, const char *id);
json_t *iam_login_new(struct twin *, json_t *user, bool reset); /* a password to be changed */
json_t *iam_owned_new(struct twin *, json_t *user, const char *table, const char *id);
/* One member of the account's password policy, by its text: "14", "true". */
void iam_password_set(struct twin *, const char *account, const char *name, const char *text);
/* The key signed a request just now. */
void iam_key_used(struct twin *, const char *key, const char *service, const char *region);
/* The account that an ARN of IAM is of. */
void iam_account_of(const char *arn, char out[ACCOUNT_ID]);

/* A row with a fresh id, of any kind. */
struct iam_kind;
json_t *iam_row_new(struct twin *, const char *account, const struct iam_kind *, const char *path,
		    const char *name);

/* What is below is for iam*.c alone. */

json_t *iam_profile_shown(struct twin *, json_t *row);
/* Whether the input's password, if there is one, fits the account's policy; else refused. */
bool iam_password_valid(struct twin *, struct twin_call *);

enum iam_quota {
	IAM_USERS,
	IAM_GROUPS,
	IAM_ROLES,
	IAM_POLICIES,
	IAM_GROUPS_PER_USER,
	IAM_ATTACHED_USER,
	IAM_ATTACHED_GROUP,
	IAM_ATTACHED_ROLE,
	IAM_INLINE_USER, /* sizes: characters that are not white space */
	IAM_INLINE_GROUP,
	IAM_INLINE_ROLE,
	IAM_POLICY_SIZE,
	IAM_TRUST_SIZE,
	IAM_VERSIONS,
	IAM_ACCESS_KEYS,
	IAM_PROFILES,
	IAM_QUOTAS
};
struct iam_quota_row {
	const char *name; /* in GetAccountSummary, and in the state's quotas */
	const char *word; /* in messages */
	int64_t standard;
};
extern const struct iam_quota_row iam_quotas[IAM_QUOTAS];
int64_t iam_quota(const struct twin *, enum iam_quota);
/* False: refused with LimitExceeded, since so many would be too many. */
bool iam_within(const struct twin *, struct twin_call *, enum iam_quota, size_t wanted);

/* What users, groups and roles differ in, for the handlers that they share. */
struct iam_kind {
	const char *table, *noun, *member; /* "users", "user", "User" */
	const char *name, *id, *unique;    /* "UserName", "UserId"; ids begin with "AIDA" */
	const char *inline_list;           /* "UserPolicyList" */
	const char *listed;                /* members of the row that listings show */
	size_t name_max;
	enum iam_quota count, attached, inlines;
};
extern const struct iam_kind iam_user, iam_group, iam_role;
extern const struct iam_kind iam_profile; /* instance profiles: names, paths and tags are alike */
/* The kind whose name is the first member that the operation needs. */
const struct iam_kind *iam_kind_of(const struct twin_call *);

/* iam_entity.c: rows by the input. NULL, false: refused already. */
json_t *iam_find(struct twin *, struct twin_call *, const struct iam_kind *);
/* The same, but not what only AWS modifies. */
json_t *iam_find_own(struct twin *, struct twin_call *, const struct iam_kind *);
/* The user of the input, or without one the calling user. */
json_t *iam_find_user(struct twin *, struct twin_call *);
bool iam_name_valid(struct twin_call *, const char *member, size_t most);
bool iam_path_valid(struct twin_call *, const char *member);
const char *iam_path(const struct twin_call *); /* of the input, or "/" */
/* Rules of all creations: name, path, tags, boundary, no other of that name, quota. */
bool iam_creatable(struct twin *, struct twin_call *, const struct iam_kind *);
/* Sets tags and boundary of the input, tells that the row was made, and shows it. */
json_t *iam_created(struct twin *, struct twin_call *, const struct iam_kind *, json_t *row);
/* New name and path, by members of the input; the key, the ARN and memberships follow. False:
 * refused. */
bool iam_rename(struct twin *, struct twin_call *, const struct iam_kind *, json_t *row,
		const char *name_member, const char *path_member);
json_t *iam_shown(const struct iam_kind *, json_t *row, bool whole); /* whole: tags, boundary */
/* Rows that listings show, below the input's PathPrefix: a new array. */
json_t *iam_rows(struct twin *, struct twin_call *, json_t *table);
/* A user's groups, a group's users, a role's profiles: those rows of the table whose keys the row
 * has in its member of that name. A new array. */
json_t *iam_related(struct twin *, const json_t *row, const char *table);
json_t *iam_page(struct twin *, struct twin_call *, const char *list,
		 json_t *(*show)(struct twin *, json_t *item), json_t *items);
char *iam_key(const char *name); /* in lower case; the caller frees it */
/* "arn:aws:iam::ACCOUNT:user/path/name"; the caller frees it. */
char *iam_arn(const struct twin *, const char *account, const char *noun, const char *path,
	      const char *name);
char *iam_base64(const char *text); /* as blobs are shown; the caller frees it */
void iam_unique(struct twin *, const char *prefix, char out[TWIN_ID]);
#define IAM_TAGS_MOST 50
void iam_tags_put(json_t *row, const json_t *list);
void iam_tags_remove(json_t *row, const json_t *keys);
/* What tags, untags and lists the tags of any row; of none, it was refused already. */
json_t *iam_row_tag(struct twin_call *, json_t *row);
json_t *iam_row_untag(struct twin_call *, json_t *row);
json_t *iam_row_tags(struct twin *, struct twin_call *, const json_t *row);
/* A list; NULL when it is absent or empty, which the Query protocol writes as empty text. */
const json_t *input_list(const json_t *input, const char *member);
bool input_true(const json_t *input, const char *member);
int64_t input_number(const json_t *input, const char *member); /* -1: none, or no number */
json_t *iam_document_shown(const char *document);              /* percent-encoded; new */
/* [{PolicyName, PolicyArn}] of {ARN: 1} below a path; `prefix` "": all. New. */
json_t *iam_attached_list(json_t *managed, const char *prefix);

/* iam_document.c. False, NULL: refused already. */
bool iam_document_valid(struct twin_call *, const char *text);
/* A trust policy as IAM keeps it: accounts as root ARNs. The caller frees it. */
char *iam_trust(struct twin *, struct twin_call *, const char *text);
size_t iam_document_size(const char *text); /* characters but white space */
/* In trust policies of all accounts: a principal has another ARN now, or only an id. */
void iam_principal_replace(struct twin *, const char *arn, const char *now);

/* iam_policy.c: managed policies. */
/* Whether it can be attached to something in this account, or be a boundary; else refused. */
bool iam_policy_attachable(struct twin *, struct twin_call *, const char *arn);
/* A row of the account, or a new one for an AWS policy: a new reference; NULL: refused. */
json_t *iam_policy_find(struct twin *, struct twin_call *);
/* A policy of the account, which it may modify: borrowed; NULL: refused. */
json_t *iam_policy_find_own(struct twin *, struct twin_call *);
bool iam_policy_document_fits(struct twin *, struct twin_call *); /* grammar and size */
json_t *iam_versions_shown(json_t *policy, bool document);        /* the newest first; new */
twin_handler iam_version_create, iam_version_get, iam_version_list, iam_version_default,
    iam_version_delete;
json_t *iam_policy_aws(struct twin *, const char *account, const char *arn); /* new row */
enum policy_view { POLICY_WHOLE, POLICY_LISTED, POLICY_DETAILS /* with its versions */ };
/* With how the account uses it. New. */
json_t *iam_policy_shown(struct twin *, const char *account, json_t *row, enum policy_view);
/* ARNs of AWS's policies that are attached or a boundary in the account: {ARN: 1}. New. */
json_t *iam_policies_of_aws(struct twin *, const char *account);

/* iam_key.c: the user's ARN has changed, in state.keys too. */
void iam_keys_follow(struct twin *, json_t *user, const char *arn);
/* The status of the input for a key, or for what else a user owns; of none, it was refused
 * already. */
json_t *iam_status_set(struct twin_call *, json_t *row);

/* Handlers that users, groups and roles share (iam_attached.c; iam_delete in iam_entity.c), for
 * their tables. */
twin_handler iam_attach, iam_detach, iam_list_attached, iam_put_inline, iam_get_inline,
    iam_delete_inline, iam_list_inline, iam_tag, iam_untag, iam_list_tags, iam_put_boundary,
    iam_delete_boundary, iam_delete;

#define IAM_READ(op, function, required)                                                           \
	{                                                                                          \
		.name = op, .handler = function, .needs = required, .rate = RATE_IAM               \
	}
#define IAM_WRITE(op, function, required)                                                          \
	{                                                                                          \
		.name = op, .handler = function, .needs = required, .rate = RATE_IAM,              \
		.mutates = true                                                                    \
	}

#endif
