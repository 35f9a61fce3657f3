/* Probes of IAM: the listing, or the one entity, that shows what a call is about. */
#include "aws/iam/account.h"

#include <string.h>

static void details_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct iam_page p = iam_page_of(crawl, read);

	iam_details_page(&p, page);
}

static void details_probe(struct probe *probe, const struct text *account, const char *filter)
{
	struct read read = {.op = OP_IAM_GetAccountAuthorizationDetails,
			    .account = account_entered(probe->crawl, account),
			    .note = account,
			    .page = details_page};

	read.scope = probe_scope(probe, "iam/%s", account->s);
	crawl_read(probe->crawl, &read, json_pack("{s:[s]}", "Filter", filter));
}

static void user_probe(struct probe *probe, const struct text *account)
{
	details_probe(probe, account, "User");
}

static void group_probe(struct probe *probe, const struct text *account)
{
	details_probe(probe, account, "Group");
}

static void policy_probe(struct probe *probe, const struct text *account)
{
	details_probe(probe, account, "LocalManagedPolicy");
}

/* What is attached to a role, and where it is in, only the listing shows. */
static void roles_probe(struct probe *probe, const struct text *account)
{
	details_probe(probe, account, "Role");
}

static void role_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct iam_page p = iam_page_of(crawl, read);
	const json_t *role = reply_obj(page, "Role");

	if (role == NULL)
		crawl_bad_reply(crawl, read, "has no role");
	else
		iam_role_single(&p, role);
}

static void role_probe(struct probe *probe, const struct text *account)
{
	const struct text *name = probe_member(probe, "RoleName");
	struct read read = {.op = OP_IAM_GetRole,
			    .account = account_entered(probe->crawl, account),
			    .note = account,
			    .page = role_page};

	if (name == NULL)
		return;
	read.scope = probe_scope(probe, "iam/%s/roles", account->s);
	crawl_read(probe->crawl, &read, json_pack("{s:o}", "RoleName", json_of_text(name)));
}

static void policy_tags_probe(struct probe *probe, const struct text *account)
{
	const struct text *arn = probe_member(probe, "PolicyArn");
	const char *slash = arn == NULL ? NULL : strrchr(arn->s, '/');
	struct resource *policy;

	if (slash == NULL)
		return;
	policy = iam_named(probe->crawl, KIND_IAM_POLICY, account,
			   text_str(probe->crawl->arena, slash + 1), arn);
	iam_policy_tags_read(probe->crawl, probe_scope(probe, "iam/%s/tags", account->s), account,
			     policy);
}

/* Every other operation is about a user. */
static const struct {
	enum op_id op;
	void (*probe)(struct probe *, const struct text *account);
} probes[] = {
    {OP_IAM_CreateGroup, group_probe},
    {OP_IAM_UpdateGroup, group_probe},
    {OP_IAM_DeleteGroup, group_probe},
    {OP_IAM_AttachGroupPolicy, group_probe},
    {OP_IAM_DetachGroupPolicy, group_probe},
    {OP_IAM_PutGroupPolicy, group_probe},
    {OP_IAM_DeleteGroupPolicy, group_probe},
    {OP_IAM_CreatePolicy, policy_probe},
    {OP_IAM_DeletePolicy, policy_probe},
    {OP_IAM_CreatePolicyVersion, policy_probe},
    {OP_IAM_DeletePolicyVersion, policy_probe},
    {OP_IAM_TagPolicy, policy_tags_probe},
    {OP_IAM_UntagPolicy, policy_tags_probe},
    {OP_IAM_CreateRole, role_probe},
    {OP_IAM_UpdateRole, role_probe},
    {OP_IAM_UpdateAssumeRolePolicy, role_probe},
    {OP_IAM_DeleteRole, role_probe},
    {OP_IAM_PutRolePermissionsBoundary, role_probe},
    {OP_IAM_DeleteRolePermissionsBoundary, role_probe},
    {OP_IAM_TagRole, role_probe},
    {OP_IAM_UntagRole, role_probe},
    {OP_IAM_AttachRolePolicy, roles_probe},
    {OP_IAM_DetachRolePolicy, roles_probe},
    {OP_IAM_PutRolePolicy, roles_probe},
    {OP_IAM_DeleteRolePolicy, roles_probe},
    {OP_IAM_RemoveRoleFromInstanceProfile, roles_probe},
    {OP_IAM_CreateOpenIDConnectProvider, oidc_probe},
    {OP_IAM_DeleteOpenIDConnectProvider, oidc_probe},
    {OP_IAM_AddClientIDToOpenIDConnectProvider, oidc_probe},
    {OP_IAM_RemoveClientIDFromOpenIDConnectProvider, oidc_probe},
    {OP_IAM_UpdateOpenIDConnectProviderThumbprint, oidc_probe},
    {OP_IAM_TagOpenIDConnectProvider, oidc_probe},
    {OP_IAM_UntagOpenIDConnectProvider, oidc_probe},
    {OP_IAM_CreateAccountAlias, settings_probe},
    {OP_IAM_DeleteAccountAlias, settings_probe},
    {OP_IAM_UpdateAccountPasswordPolicy, settings_probe},
    {OP_IAM_DeleteAccountPasswordPolicy, settings_probe},
    {OP_IAM_CreateLoginProfile, login_probe},
    {OP_IAM_DeleteLoginProfile, login_probe},
};

static void entity_probe(struct probe *probe, const struct text *account)
{
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		if (probe->call->op == &ops[probes[i].op]) {
			probes[i].probe(probe, account);
			return;
		}
	}
	user_probe(probe, account);
}

/* NULL: the account is yet to be made. */
static const struct text *probe_account(struct probe *probe)
{
	if (probe->call->account == NULL)
		return probe->context->world->caller_account;
	return probe_id(probe, probe->call->account);
}

void iam_probe(struct crawl *crawl, const struct call *call, const struct probe_context *context,
	       const struct text **scope)
{
	const struct text *account;
	struct probe probe;

	probe_begin(&probe, crawl, call, context, scope);
	account = probe_account(&probe);
	if (account != NULL && !iam_owned_probe(&probe, account))
		entity_probe(&probe, account);
	probe_end(&probe);
}
