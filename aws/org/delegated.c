/* Delegated administrators: an account that acts for the organization in one service. */
#include "aws/org/org.h"

static void delegated_record(struct crawl *crawl, const struct text *service,
			     const struct text *account)
{
	const struct text *first =
	    address_make(crawl->arena, "delegated_administrator", service->s, NULL);
	const struct text *id = text_printf(crawl->arena, "%s/%s", service->s, account->s);
	struct resource *edge = side_by_id(crawl->side, KIND_DELEGATED_ADMINISTRATOR, id);

	if (edge != NULL)
		return;
	edge = side_resource(crawl->side, KIND_DELEGATED_ADMINISTRATOR,
			     text_printf(crawl->arena, "%s/~%s", first->s, account->s), id);
	edge->owner = text_str(crawl->arena, "organization");
	edge->v[DELEGATED_SERVICE] = value_text(service);
	edge->v[DELEGATED_ACCOUNT] = value_text(address_raw(crawl->arena, "account", account->s));
}

static void service_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n =
	    crawl_list(crawl, read, page, "DelegatedAdministrators", "administrators", &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *account = crawl_text(crawl, json_array_get(list, i), "Id");

		if (account == NULL)
			crawl_bad_reply(crawl, read, "has an administrator without an id");
		else
			delegated_record(crawl, read->note, account);
	}
}

/* The administrators of one service. */
void delegated_read(struct crawl *crawl, uint32_t scope, const struct text *service)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListDelegatedAdministrators,
			    .scope = scope,
			    .note = service,
			    .page = service_page};

	crawl_read(crawl, &read, json_pack("{s:s}", "ServicePrincipal", service->s));
}

static void services_ask(struct crawl *crawl, uint32_t scope)
{
	const struct org *org = org_of(crawl);
	const struct set *declared = crawl->services;
	auto_map *seen = map_new();

	for (size_t i = 0; i < org->services.n; i++) {
		if (map_put(seen, org->services.at[i]->s, crawl) == NULL)
			delegated_read(crawl, scope, org->services.at[i]);
	}
	for (uint32_t i = 0; declared != NULL && i < declared->n; i++) {
		if (map_put(seen, declared->item[i].key->s, crawl) == NULL)
			delegated_read(crawl, scope, declared->item[i].key);
	}
}

/* The services are asked once, however many pages there are. */
static void list_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;

	if (crawl_list(crawl, read, page, "DelegatedAdministrators", "administrators", &list) > 0 &&
	    !org_of(crawl)->delegations_asked) {
		org_of(crawl)->delegations_asked = true;
		services_ask(crawl, read->scope);
	}
}

/* Most organizations have none: one request tells. Else each service is asked, since the list does
 * not name the services. */
void delegated_list(struct crawl *crawl, uint32_t scope)
{
	struct read read = {
	    .op = OP_ORGANIZATIONS_ListDelegatedAdministrators, .scope = scope, .page = list_page};

	crawl_read(crawl, &read, NULL);
}

static void delegated_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;
	const struct resource *edge = row->head != NULL ? row->head : row->live;
	const struct text *service = edge->v[DELEGATED_SERVICE].u.text;
	const struct text *account = edge->v[DELEGATED_ACCOUNT].u.text;
	bool add = change->action == ACTION_CREATE;
	auto_free char *trusted = xasprintf("service/%s", service->s);
	struct call *call;
	json_t *id;

	if (!add && (change->action != ACTION_DELETE || row->live == NULL))
		return;
	call = call_new(calls,
			add ? OP_ORGANIZATIONS_RegisterDelegatedAdministrator
			    : OP_ORGANIZATIONS_DeregisterDelegatedAdministrator,
			NULL);
	id = call_id(calls, call, account);
	call_input(
	    calls, call,
	    json_pack("{s:o, s:o}", "AccountId", id, "ServicePrincipal", json_of_text(service)));
	call_uses_made(calls, call, trusted);
	*(add ? &call->makes : &call->ends) = row->address;
	if (!add)
		call_frees(calls, call, account);
}

static const struct trail_row delegated_administrator_trail[] = {
    {TRAIL_RESOURCE, "RegisterDelegatedAdministrator DeregisterDelegatedAdministrator",
     SERVICE_ORGANIZATIONS, NULL},
    {DELEGATED_SERVICE, "RegisterDelegatedAdministrator DeregisterDelegatedAdministrator",
     SERVICE_ORGANIZATIONS, NULL},
    {DELEGATED_ACCOUNT, "RegisterDelegatedAdministrator DeregisterDelegatedAdministrator",
     SERVICE_ORGANIZATIONS, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_ORGANIZATIONS, NULL},
};

const struct wire wire_delegated_administrator = {
    .probe = org_probe, .calls = delegated_calls, .trail = delegated_administrator_trail};
