/* The smallest reading that shows what a call to Organizations is about. */
#include "aws/probe.h"
#include "aws/org/org.h"

/* Each returns without reading where an id is not known yet. */

static void probe_units(struct probe *probe, const struct text *parent)
{
	if (parent != NULL)
		units_read(probe->crawl, probe_scope(probe, "units"), parent);
}

static void probe_creation(struct probe *probe)
{
	uint32_t scope = probe_scope(probe, "accounts");

	accounts_read(probe->crawl, scope);
	creations_read(probe->crawl, scope);
}

static void probe_account_move(struct probe *probe)
{
	const struct text *id = probe_member(probe, "AccountId");
	const struct text *source = probe_member(probe, "SourceParentId"), *address = NULL;

	if (probe->call->facts > 0 && probe->call->fact[0].before.state == VALUE_TEXT)
		address = probe->call->fact[0].before.u.text;
	if (id != NULL)
		account_parent_read(probe->crawl, probe_scope(probe, "accounts"), id, source,
				    address);
}

static void probe_account_name(struct probe *probe)
{
	const struct text *id = json_object_get(probe->input, "AccountId") == NULL
				    ? probe->context->world->management_account
				    : probe_member(probe, "AccountId");

	if (id != NULL)
		account_read(probe->crawl, probe_scope(probe, "accounts"), id);
}

static void probe_attachment(struct probe *probe)
{
	const struct text *policy = probe_member(probe, "PolicyId");
	const struct text *target = probe_member(probe, "TargetId");

	if (policy != NULL && target != NULL)
		target_probe(probe->crawl, probe_scope(probe, "attachments"), policy, target);
}

static const char *tags_scope(uint16_t kind)
{
	switch (kind) {
	case KIND_UNIT:
		return "tags/unit";
	case KIND_ACCOUNT:
		return "tags/account";
	case KIND_POLICY:
		return "tags/policy";
	default:
		return "organization";
	}
}

static void probe_tags(struct probe *probe)
{
	const struct text *id = probe_member(probe, "ResourceId");
	struct resource *resource = id == NULL ? NULL : org_resource(probe->crawl, id->s);

	if (resource == NULL)
		return;
	if (resource->kind == KIND_ORGANIZATION)
		probe->crawl->side->world.root_id = id;
	tags_read(probe->crawl, probe_scope(probe, "%s", tags_scope(resource->kind)), resource);
}

static void probe_policy(struct probe *probe)
{
	const struct text *id = probe_member(probe, "PolicyId");

	if (id != NULL)
		policy_read(probe->crawl, probe_scope(probe, "policies"), id);
}

static void probe_policy_type(struct probe *probe)
{
	const struct text *type = probe_member(probe, "Type");

	if (type != NULL)
		policies_read(probe->crawl, probe_scope(probe, "policies"), type);
}

static void probe_delegated(struct probe *probe)
{
	const struct text *service = probe_member(probe, "ServicePrincipal");

	if (service != NULL)
		delegated_read(probe->crawl, probe_scope(probe, "delegated_administrators"),
			       service);
}

static void probe_organization(struct probe *probe, enum op_id op)
{
	uint32_t scope = probe_scope(probe, "organization");

	if (op == OP_ORGANIZATIONS_DescribeOrganization)
		organization_describe(probe->crawl, scope);
	else
		roots_read(probe->crawl, scope);
}

static void probe_by_op(struct probe *probe)
{
	switch ((enum op_id)(probe->call->op - ops)) {
	case OP_ORGANIZATIONS_CreateOrganization:
		probe_organization(probe, OP_ORGANIZATIONS_DescribeOrganization);
		break;
	case OP_ORGANIZATIONS_ListRoots:
	case OP_ORGANIZATIONS_EnablePolicyType:
		probe_organization(probe, OP_ORGANIZATIONS_ListRoots);
		break;
	case OP_ORGANIZATIONS_EnableAWSServiceAccess:
		access_read(probe->crawl, probe_scope(probe, "access"));
		break;
	case OP_ORGANIZATIONS_RegisterDelegatedAdministrator:
	case OP_ORGANIZATIONS_DeregisterDelegatedAdministrator:
		probe_delegated(probe);
		break;
	case OP_ORGANIZATIONS_CreateOrganizationalUnit:
		probe_units(probe, probe_member(probe, "ParentId"));
		break;
	case OP_ORGANIZATIONS_UpdateOrganizationalUnit:
	case OP_ORGANIZATIONS_DeleteOrganizationalUnit:
		probe_units(probe, probe_id(probe, probe->call->under));
		break;
	case OP_ORGANIZATIONS_CreateAccount:
		probe_creation(probe);
		break;
	case OP_ORGANIZATIONS_MoveAccount:
		probe_account_move(probe);
		break;
	case OP_ACCOUNT_PutAccountName:
		probe_account_name(probe);
		break;
	case OP_ORGANIZATIONS_CreatePolicy:
		probe_policy_type(probe);
		break;
	case OP_ORGANIZATIONS_UpdatePolicy:
	case OP_ORGANIZATIONS_DeletePolicy:
		probe_policy(probe);
		break;
	case OP_ORGANIZATIONS_AttachPolicy:
	case OP_ORGANIZATIONS_DetachPolicy:
		probe_attachment(probe);
		break;
	case OP_ORGANIZATIONS_TagResource:
	case OP_ORGANIZATIONS_UntagResource:
		probe_tags(probe);
		break;
	default:
		break;
	}
}

void org_probe(struct crawl *crawl, const struct call *call, const struct probe_context *context,
	       const struct text **scope)
{
	struct probe probe;

	probe_begin(&probe, crawl, call, context, scope);
	probe_by_op(&probe);
	probe_end(&probe);
}
