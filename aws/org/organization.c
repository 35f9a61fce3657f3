/* The organization: its root, policy types, trusted services and the root's tags. */
#include "aws/org/org.h"

#include <string.h>

static void scope_fail_as(struct crawl *crawl, uint32_t scope, uint32_t as)
{
	const struct scope *failed = &crawl->side->scopes.at[as];
	const char *code = failed->code == NULL ? "Unread" : failed->code->s;
	const char *message =
	    failed->message == NULL ? "the organization was not read" : failed->message->s;

	scope_fail(crawl->side, scope, code, message);
}

/* Nothing of the organization is known to be absent any more. */
static void organization_unread(struct crawl *crawl, uint32_t scope)
{
	const struct org *org = org_of(crawl);
	const uint32_t rest[] = {org->units,       org->accounts,     org->policies,
				 org->attachments, org->delegated,    org->access,
				 org->tags_unit,   org->tags_account, org->tags_policy};

	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		scope_fail_as(crawl, rest[i], scope);
}

/* Without the root nothing below it was asked for: it is unread, not absent. */
static void organization_closed(struct crawl *crawl, uint32_t scope)
{
	if (crawl->side->world.no_organization || crawl->side->world.root_id != NULL)
		return;
	if (crawl->side->scopes.at[scope].code == NULL)
		scope_fail(crawl->side, scope, "Unread", "the organization's root was not read");
	organization_unread(crawl, scope);
}

static void everything_closed(struct crawl *crawl, uint32_t scope)
{
	(void)scope;
	accounts_end(crawl);
	attachments_end(crawl);
}

/* What the organization's answer leads to. */
static void organization_found(struct crawl *crawl, uint32_t scope)
{
	const struct org *org = org_of(crawl);
	struct resource *organization = organization_resource(crawl);

	organization->v[ORG_FEATURE_SET] = value_text(crawl->side->world.feature_set);
	roots_read(crawl, scope);
	if (!org->full)
		return;
	access_read(crawl, org->access);
	accounts_read(crawl, org->accounts);
}

static void organization_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct world *world = &crawl->side->world;
	const struct text *id = crawl_text(crawl, page, "Organization.Id");
	const struct text *management = crawl_text(crawl, page, "Organization.MasterAccountId");

	if (id == NULL || management == NULL) {
		crawl_bad_reply(crawl, read, "names no organization or no management account");
		return;
	}
	world->organization_id = id;
	world->management_account = management;
	world->feature_set = crawl_text(crawl, page, "Organization.FeatureSet");
	organization_found(crawl, read->scope);
}

/* The account is in no organization: all of it is known to be absent. */
static bool organization_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	(void)read;
	if (strcmp(code, "AWSOrganizationsNotInUseException") != 0)
		return false;
	crawl->side->world.no_organization = true;
	return true;
}

void organization_describe(struct crawl *crawl, uint32_t scope)
{
	struct read read = {.op = OP_ORGANIZATIONS_DescribeOrganization,
			    .scope = scope,
			    .page = organization_page,
			    .refused = organization_refused};

	crawl_read(crawl, &read, NULL);
}

/* Types that are being enabled count as enabled: asking again would be refused. */
static void root_types(struct crawl *crawl, const struct read *read, const json_t *root,
		       struct resource *organization)
{
	const json_t *types;
	size_t n = reply_list(root, "PolicyTypes", &types);

	for (size_t i = 0; i < n; i++) {
		const struct text *type = crawl_text(crawl, json_array_get(types, i), "Type");
		const char *status = reply_str(json_array_get(types, i), "Status");

		if (type == NULL || status == NULL)
			crawl_bad_reply(crawl, read, "has a policy type without name or status");
		else if (strcmp(status, "ENABLED") == 0 || strcmp(status, "PENDING_ENABLE") == 0)
			side_add(crawl->side, organization, ORG_POLICY_TYPES, type, NULL);
	}
	if (org_of(crawl)->full)
		policy_types_read(crawl, types);
}

/* An organization has one root: below a second one everything would stay unseen. */
static bool root_is_only(struct crawl *crawl, const struct read *read, size_t n,
			 const struct text *id)
{
	const struct text *known = crawl->side->world.root_id;

	if (n == 1 && (known == NULL || text_eq(known, id)))
		return true;
	crawl_bad_reply(crawl, read, "names more than one root");
	if (org_of(crawl)->full)
		organization_unread(crawl, read->scope);
	return false;
}

static void roots_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct org *org = org_of(crawl);
	struct resource *organization = organization_resource(crawl);
	const json_t *roots, *root;
	const struct text *id;
	size_t n = crawl_list(crawl, read, page, "Roots", "roots", &roots);

	if (n == 0)
		return;
	root = json_array_get(roots, 0);
	id = crawl_text(crawl, root, "Id");
	if (id == NULL || !reply_has_list(root, "PolicyTypes")) {
		crawl_bad_reply(crawl, read, "has a root without id or policy types");
		return;
	}
	if (!root_is_only(crawl, read, n, id))
		return;
	crawl->side->world.root_id = id;
	root_types(crawl, read, root, organization);
	if (!org->full)
		return;
	tags_read(crawl, org->organization, organization);
	units_read(crawl, org->units, id);
	parent_found(crawl, id);
}

static void roots_whole(struct crawl *crawl, const struct read *read)
{
	if (crawl->side->world.root_id == NULL)
		crawl_bad_reply(crawl, read, "names no root");
	else
		side_know(crawl->side, organization_resource(crawl), ORG_POLICY_TYPES);
}

void roots_read(struct crawl *crawl, uint32_t scope)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListRoots,
			    .scope = scope,
			    .page = roots_page,
			    .whole = roots_whole};

	crawl_read(crawl, &read, NULL);
}

static void access_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct resource *organization = organization_resource(crawl);
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "EnabledServicePrincipals", "services", &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *service =
		    crawl_text(crawl, json_array_get(list, i), "ServicePrincipal");

		if (service == NULL) {
			crawl_bad_reply(crawl, read, "has a service without a name");
			continue;
		}
		side_add(crawl->side, organization, ORG_TRUSTED_SERVICES, service, NULL);
		vec_push(&org_of(crawl)->services, service);
	}
}

static void access_whole(struct crawl *crawl, const struct read *read)
{
	(void)read;
	side_know(crawl->side, organization_resource(crawl), ORG_TRUSTED_SERVICES);
}

/* Delegations are asked for by service, so the services come first. */
static void access_closed(struct crawl *crawl, uint32_t scope)
{
	const struct org *org = org_of(crawl);

	if (crawl->side->scopes.at[scope].state == SCOPE_PARTIAL)
		scope_fail_as(crawl, org->delegated, scope);
	else if (!crawl->side->world.no_organization)
		delegated_list(crawl, org->delegated);
}

void access_read(struct crawl *crawl, uint32_t scope)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListAWSServiceAccessForOrganization,
			    .scope = scope,
			    .page = access_page,
			    .whole = access_whole};

	if (org_of(crawl)->full)
		scope_then(crawl, scope, access_closed);
	crawl_read(crawl, &read, NULL);
}

/* Begins the reading of the whole organization; every scope stands from the beginning. */
static void organization_read_all(struct crawl *crawl)
{
	const struct world *world = &crawl->side->world;
	struct org *org = org_of(crawl);

	org->full = true;
	org->organization = scope_open(crawl, 0, "organization");
	org->units = scope_open(crawl, 0, "units");
	org->accounts = scope_open(crawl, 0, "accounts");
	org->policies = scope_open(crawl, 0, "policies");
	org->attachments = scope_open(crawl, 0, "attachments");
	org->delegated = scope_open(crawl, 0, "delegated_administrators");
	org->access = scope_open(crawl, 0, "access");
	org->tags_unit = scope_open(crawl, 0, "tags/unit");
	org->tags_account = scope_open(crawl, 0, "tags/account");
	org->tags_policy = scope_open(crawl, 0, "tags/policy");
	scope_then(crawl, org->organization, organization_closed);
	scope_then(crawl, 0, everything_closed);
	/* What was asked before the crawl is not asked again: AWS admits one a second. */
	if (world->no_organization)
		return;
	if (world->organization_id != NULL && world->management_account != NULL)
		organization_found(crawl, org->organization);
	else
		organization_describe(crawl, org->organization);
}

static void policy_type_call(struct calls *calls, const struct text *address,
			     const struct text *type)
{
	struct call *call = call_new(calls, OP_ORGANIZATIONS_EnablePolicyType, NULL);
	json_t *root = call_id(calls, call, text_str(calls->arena, "root"));

	call_input(calls, call, json_pack("{s:o, s:s}", "RootId", root, "PolicyType", type->s));
	call->enables = text_printf(calls->arena, "policy_type/%s", type->s);
	call_uses_organization(calls, call);
	call_fact(calls, call, address, KIND_ORGANIZATION, ORG_POLICY_TYPES, type, VALUE_EMPTY,
		  value_text(type));
}

static void service_call(struct calls *calls, const struct text *address,
			 const struct text *service)
{
	struct call *call = call_new(calls, OP_ORGANIZATIONS_EnableAWSServiceAccess,
				     json_pack("{s:s}", "ServicePrincipal", service->s));

	call->enables = text_printf(calls->arena, "service/%s", service->s);
	call_uses_organization(calls, call);
	call_fact(calls, call, address, KIND_ORGANIZATION, ORG_TRUSTED_SERVICES, service,
		  VALUE_EMPTY, value_text(service));
}

/* Calls fn for each element that the change adds to one of the sets that only ever grow. */
static void added_each(const struct change *change, uint16_t attr,
		       void (*fn)(void *ctx, const struct text *element), void *ctx)
{
	const struct resource *head = change->row->head;

	if (change->action == ACTION_CREATE) {
		const struct value *value = &head->v[attr];

		for (uint32_t i = 0; value->state == VALUE_SET && i < value->u.set->n; i++)
			fn(ctx, value->u.set->item[i].key);
		return;
	}
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == attr && diff_is_written(diff) && diff->key != NULL &&
		    diff->head.state == VALUE_TEXT)
			fn(ctx, diff->key);
	}
}

struct emission {
	struct calls *calls;
	const struct text *address;
	void (*add)(struct calls *, const struct text *);
};

static void type_emit(void *ctx, const struct text *type)
{
	const struct emission *e = ctx;

	policy_type_call(e->calls, e->address, type);
}

static void service_emit(void *ctx, const struct text *service)
{
	const struct emission *e = ctx;

	service_call(e->calls, e->address, service);
}

/* The root is not named in the reply of CreateOrganization. */
static void creation_calls(struct calls *calls, const struct change *change)
{
	const struct value *features = &change->row->head->v[ORG_FEATURE_SET];
	const char *set = features->state == VALUE_TEXT ? features->u.text->s : "ALL";
	struct call *call = call_new(calls, OP_ORGANIZATIONS_CreateOrganization,
				     json_pack("{s:s}", "FeatureSet", set));

	call->makes = change->row->address;
	call = call_new(calls, OP_ORGANIZATIONS_ListRoots, NULL);
	call->makes = text_str(calls->arena, "root");
	call_uses(calls, call, change->row->address);
}

/* Tags of the root: those of a creation stand in no diff. */
static void root_tags_calls(struct calls *calls, const struct change *change)
{
	json_t *tags = tags_new(&change->row->head->v[ORG_TAGS]), *root;
	struct call *call;

	if (tags == NULL)
		return;
	call = call_new(calls, OP_ORGANIZATIONS_TagResource, NULL);
	root = call_id(calls, call, text_str(calls->arena, "root"));
	call_input(calls, call, json_pack("{s:o, s:o}", "ResourceId", root, "Tags", tags));
	for (uint32_t i = 0; i < change->row->head->v[ORG_TAGS].u.set->n; i++) {
		const struct item *item = &change->row->head->v[ORG_TAGS].u.set->item[i];

		call_fact(calls, call, change->row->address, KIND_ORGANIZATION, ORG_TAGS, item->key,
			  VALUE_EMPTY, value_text(item->value));
	}
}

static void organization_calls(struct calls *calls, const struct change *change)
{
	struct emission e = {.calls = calls, .address = change->row->address};

	if (change->action == ACTION_DELETE)
		return;
	if (change->action == ACTION_CREATE)
		creation_calls(calls, change);
	added_each(change, ORG_POLICY_TYPES, type_emit, &e);
	added_each(change, ORG_TRUSTED_SERVICES, service_emit, &e);
	if (change->action == ACTION_CREATE) {
		root_tags_calls(calls, change);
		attachments_new(calls, change->row, ORG_POLICIES,
				&change->row->head->v[ORG_POLICIES]);
	} else {
		org_tags_calls(calls, change, ORG_TAGS);
		attachments_calls(calls, change, ORG_POLICIES);
	}
}

static void type_makes(void *ctx, const struct text *type)
{
	const struct emission *e = ctx;

	e->add(e->calls, text_printf(e->calls->arena, "policy_type/%s", type->s));
}

static void service_makes(void *ctx, const struct text *service)
{
	const struct emission *e = ctx;

	e->add(e->calls, text_printf(e->calls->arena, "service/%s", service->s));
}

static void organization_makes(struct calls *calls, const struct change *change,
			       void (*add)(struct calls *, const struct text *))
{
	struct emission e = {.calls = calls, .add = add};

	if (change->action == ACTION_DELETE)
		return;
	if (change->action == ACTION_CREATE)
		add(calls, text_str(calls->arena, "root"));
	added_each(change, ORG_POLICY_TYPES, type_makes, &e);
	added_each(change, ORG_TRUSTED_SERVICES, service_makes, &e);
}

static const struct trail_row organization_trail[] = {
    {TRAIL_RESOURCE, "CreateOrganization DeleteOrganization", SERVICE_ORGANIZATIONS, NULL},
    {ORG_FEATURE_SET, "EnableAllFeatures EnableFullControl", SERVICE_ORGANIZATIONS, NULL},
    {ORG_POLICY_TYPES, "EnablePolicyType DisablePolicyType", SERVICE_ORGANIZATIONS, NULL},
    {ORG_TRUSTED_SERVICES, "EnableAWSServiceAccess DisableAWSServiceAccess", SERVICE_ORGANIZATIONS,
     NULL},
    {ORG_POLICIES, "AttachPolicy DetachPolicy", SERVICE_ORGANIZATIONS, NULL},
    {ORG_TAGS, "TagResource UntagResource", SERVICE_ORGANIZATIONS, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_ORGANIZATIONS, NULL},
};

const struct wire wire_organization = {.read = organization_read_all,
				       .probe = org_probe,
				       .calls = organization_calls,
				       .makes = organization_makes,
				       .trail = organization_trail};
