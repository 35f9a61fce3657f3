/* IAM of the twin's accounts: the rows of state.iam[ACCOUNT]. Private to aws/twin/.
 *
 * Times are text, "2026-11-22T01:02:03Z", as the Query protocol shows them. Keys of users, groups
 * and roles are the names in lower case, since IAM's names are unique without regard to case.
 *
 *	users     name -> {UserName, UserId, Arn, Path, CreateDate, tags, groups, managed, inline,
 *	          boundary, access_keys: {id: {AccessKeyId, Status, CreateDate}}, login, mfa}
 *	groups    name -> {GroupName, GroupId, Arn, Path, CreateDate, users, managed, inline}
 *	roles     name -> {RoleName, RoleId, Arn, Path, CreateDate, AssumeRolePolicyDocument,
 *	          MaxSessionDuration, Description, tags, managed, inline, boundary, access_keys}
 *	policies  ARN  -> {PolicyName, PolicyId, Arn, Path, Description, CreateDate, UpdateDate,
 *	          DefaultVersionId, last, versions: {id: {VersionId, Document, CreateDate}}, tags}
 *
 * groups, users: {name in lower case: 1}; managed: {ARN: 1}; inline: {name: document}; documents
 * are plain JSON text (the wire form is percent-encoded in replies); last: number of the newest
 * version. boundary: ARN or absent. */
#ifndef CHARTER_AWS_TWIN_IAM_PRIV_H
#define CHARTER_AWS_TWIN_IAM_PRIV_H

#include "aws/twin/twin_priv.h"

/* A table of the account ("users"), made when missing. */
json_t *iam_table(struct twin *, const char *account, const char *name);
/* A row by name in any case (policies: by ARN); NULL: none. */
json_t *iam_row(struct twin *, const char *account, const char *table, const char *name);
/* New rows, with a fresh id; no checks. `path` NULL: "/". */
json_t *iam_user_new(struct twin *, const char *account, const char *path, const char *name);
json_t *iam_group_new(struct twin *, const char *account, const char *path, const char *name);
json_t *iam_role_new(struct twin *, const char *account, const char *path, const char *name,
		     const char *trust);
json_t *iam_policy_new(struct twin *, const char *account, const char *path, const char *name,
		       const char *document);
void iam_time(const struct twin *, char out[TIME_RFC3339]); /* now, whole seconds */
/* How many users, groups and roles have it attached, or as their boundary. */
unsigned iam_policy_uses(struct twin *, const char *account, const char *arn, bool boundary);

#endif
