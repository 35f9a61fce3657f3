/* The smallest reading that shows what a call to Identity Center or its store is about. */
#include "aws/probe.h"

#include "aws/identitystore/identitystore.h"
#include "aws/sso/center.h"
#include "aws/sso/sso.h"

#include <string.h>

/* Of what is read by an id or a name that stands in the input. */
typedef void one_read(struct crawl *, uint32_t scope, const struct text *what);

static const struct {
	enum op_id op;
	const char *scope, *member;
	one_read *read;
} ones[] = {
    {OP_IDENTITY_STORE_CreateUser, "identity_users", "UserName", identity_user_named_read},
    {OP_IDENTITY_STORE_UpdateUser, "identity_users", "UserId", identity_user_read},
    {OP_IDENTITY_STORE_DeleteUser, "identity_users", "UserId", identity_user_read},
    {OP_IDENTITY_STORE_CreateGroup, "identity_groups", "DisplayName", identity_group_named_read},
    {OP_IDENTITY_STORE_UpdateGroup, "identity_groups", "GroupId", identity_group_read},
    {OP_IDENTITY_STORE_DeleteGroup, "identity_groups", "GroupId", identity_group_read},
};

static const struct {
	enum op_id op;
	enum set_parts part;
} parts[] = {
    {OP_SSO_ADMIN_UpdatePermissionSet, SET_DESCRIBED},
    {OP_SSO_ADMIN_DeletePermissionSet, SET_DESCRIBED},
    {OP_SSO_ADMIN_AttachManagedPolicyToPermissionSet, SET_MANAGED},
    {OP_SSO_ADMIN_DetachManagedPolicyFromPermissionSet, SET_MANAGED},
    {OP_SSO_ADMIN_AttachCustomerManagedPolicyReferenceToPermissionSet, SET_CUSTOMER},
    {OP_SSO_ADMIN_DetachCustomerManagedPolicyReferenceFromPermissionSet, SET_CUSTOMER},
    {OP_SSO_ADMIN_PutInlinePolicyToPermissionSet, SET_INLINE},
    {OP_SSO_ADMIN_DeleteInlinePolicyFromPermissionSet, SET_INLINE},
    {OP_SSO_ADMIN_PutPermissionsBoundaryToPermissionSet, SET_BOUNDARY},
    {OP_SSO_ADMIN_DeletePermissionsBoundaryFromPermissionSet, SET_BOUNDARY},
    {OP_SSO_ADMIN_TagResource, SET_TAGGED},
    {OP_SSO_ADMIN_UntagResource, SET_TAGGED},
};

static bool one_probe(struct probe *probe)
{
	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++) {
		const struct text *what;

		if (probe->call->op != &ops[ones[i].op])
			continue;
		what = probe_member(probe, ones[i].member);
		if (what != NULL)
			ones[i].read(probe->crawl, probe_scope(probe, "%s", ones[i].scope), what);
		return true;
	}
	return false;
}

static const struct text *set_arn(struct probe *probe)
{
	const struct text *arn = probe_member(probe, "PermissionSetArn");

	return arn != NULL ? arn : probe_member(probe, "ResourceArn");
}

static bool part_probe(struct probe *probe)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct text *arn;

		if (probe->call->op != &ops[parts[i].op])
			continue;
		arn = set_arn(probe);
		if (arn != NULL)
			set_read(probe->crawl, probe_scope(probe, "permission_sets"), arn,
				 parts[i].part);
		return true;
	}
	return false;
}

/* Of a user who is not there any more the address says the id: "identity_user/~ID". */
static const struct text *thing_id(struct probe *probe, const struct text *address)
{
	const struct probe_context *context = probe->context;
	const struct text *id = context->id(context->ctx, address);
	const char *raw = strstr(address->s, "/~");

	return id != NULL || raw == NULL ? id : text_str(probe->crawl->arena, raw + 2);
}

/* By the fact: the input of a deletion names neither group nor user. */
static void member_probe(struct probe *probe)
{
	const struct fact *fact = probe->call->fact;
	const struct text *group, *user;

	if (probe->call->facts == 0 || fact->key == NULL)
		return;
	group = thing_id(probe, fact->address);
	user = thing_id(probe, fact->key);
	if (group != NULL && user != NULL)
		identity_member_read(probe->crawl, probe_scope(probe, "identity_members"), group,
				     user);
}

static void pair_probe(struct probe *probe)
{
	const struct text *arn = set_arn(probe), *account = probe_member(probe, "TargetId");

	if (arn != NULL && account != NULL)
		pair_read(probe->crawl, probe_scope(probe, "assignments"), arn, account);
}

static void stale_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;

	if (crawl_list(crawl, read, page, "AccountIds", "accounts", &list) > 0)
		read->about->v[PSET_PROVISIONED] = value_text(read->note);
}

/* Whether any account is behind: as long as one is, the set is as it was when the plan was made.
 * Their names are not known here. */
static void stale_probe(struct probe *probe)
{
	struct crawl *crawl = probe->crawl;
	const struct text *arn = set_arn(probe);
	struct read read = {.op = OP_SSO_ADMIN_ListAccountsForProvisionedPermissionSet,
			    .page = stale_page};

	if (arn == NULL || probe->call->facts == 0 ||
	    probe->call->fact[0].before.state != VALUE_TEXT)
		return;
	read.note = probe->call->fact[0].before.u.text;
	read.about = crawl_resource(crawl, KIND_PERMISSION_SET, arn);
	read.about->v[PSET_PROVISIONED] = value_str(crawl->arena, PROVISIONED_EVERYWHERE);
	read.scope = probe_scope(probe, "permission_sets");
	crawl_read(crawl, &read, set_stale_input(crawl, arn));
}

static void probe_by_op(struct probe *probe)
{
	switch ((enum op_id)(probe->call->op - ops)) {
	case OP_SSO_ADMIN_CreatePermissionSet:
		sets_read(probe->crawl, probe_scope(probe, "permission_sets"), SET_DESCRIBED);
		break;
	case OP_SSO_ADMIN_CreateAccountAssignment:
	case OP_SSO_ADMIN_DeleteAccountAssignment:
		pair_probe(probe);
		break;
	case OP_SSO_ADMIN_ProvisionPermissionSet:
		stale_probe(probe);
		break;
	case OP_IDENTITY_STORE_CreateGroupMembership:
	case OP_IDENTITY_STORE_DeleteGroupMembership:
		member_probe(probe);
		break;
	default:
		break;
	}
}

void center_probe(struct crawl *crawl, const struct call *call, const struct probe_context *context,
		  const struct text **scope)
{
	struct probe probe;

	probe_begin(&probe, crawl, call, context, scope);
	if (!one_probe(&probe) && !part_probe(&probe))
		probe_by_op(&probe);
	probe_end(&probe);
}
