/* Accounts: reading, and calls. An account is never closed here. */
#include "aws/org/org.h"

#include <ctype.h>
#include <string.h>

/* "o-x/r-x/ou-x/222222222222/": the element before the account. NULL: not of that form. */
static const struct text *path_parent(struct arena *arena, const char *path)
{
	size_t end = strlen(path), begin;

	for (unsigned skip = 0; skip < 2; skip++) {
		while (end > 0 && path[end - 1] == '/')
			end--;
		if (skip == 1)
			break;
		while (end > 0 && path[end - 1] != '/')
			end--;
	}
	for (begin = end; begin > 0 && path[begin - 1] != '/';)
		begin--;
	return end == begin ? NULL : text_new(arena, path + begin, end - begin);
}

/* E-mails do not differ by case: their canonical form is lower case. */
static const struct text *email_text(struct arena *arena, const char *email)
{
	char *lower = arena_strdup(arena, email);

	for (char *p = lower; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return text_str(arena, lower);
}

static void accounts_inconsistent(struct crawl *crawl, uint32_t scope, const struct text *id)
{
	auto_free char *message =
	    xasprintf("account %s changed while it was read: run again", id->s);

	scope_fail(crawl->side, scope, "Inconsistent", message);
}

static void account_place(struct crawl *crawl, uint32_t scope, struct resource *account,
			  const char *parent_id)
{
	struct value parent = value_text(parent_raw(crawl->arena, parent_id));

	if (account->v[ACCOUNT_UNIT].state == VALUE_UNSET)
		account->v[ACCOUNT_UNIT] = parent;
	else if (!value_eq(account->v[ACCOUNT_UNIT], parent))
		accounts_inconsistent(crawl, scope, account->id);
}

/* Status is retired in favour of State. */
static void account_fill(struct crawl *crawl, const struct read *read, struct resource *account,
			 const json_t *object)
{
	const char *name = reply_str(object, "Name"), *email = reply_str(object, "Email");
	const char *state = reply_str(object, "State"), *joined = reply_str(object, "JoinedMethod");
	struct value was = account->v[ACCOUNT_NAME], address = account->v[ACCOUNT_EMAIL];

	if (state == NULL)
		state = reply_str(object, "Status");
	if (name == NULL || email == NULL) {
		crawl_bad_reply(crawl, read, "has an account without name or e-mail");
		return;
	}
	account->v[ACCOUNT_NAME] = value_str(crawl->arena, name);
	account->v[ACCOUNT_EMAIL] = value_text(email_text(crawl->arena, email));
	account->v[ACCOUNT_STATE] = value_str(crawl->arena, state);
	if (was.state != VALUE_UNSET && (!value_eq(was, account->v[ACCOUNT_NAME]) ||
					 !value_eq(address, account->v[ACCOUNT_EMAIL])))
		accounts_inconsistent(crawl, read->scope, account->id);
	if (joined != NULL && strcmp(joined, "CREATED") == 0)
		crawl_created(crawl, account, object, "JoinedTimestamp");
}

/* Records what a listing shows of an account; both listings may show it. */
static struct resource *account_record(struct crawl *crawl, const struct read *read,
				       const json_t *object)
{
	const char *id = reply_str(object, "Id");
	struct resource *account = id == NULL ? NULL : org_resource(crawl, id);
	const struct org *org = org_of(crawl);
	bool first;

	if (account == NULL || account->kind != KIND_ACCOUNT) {
		crawl_bad_reply(crawl, read, "has an account without an id of 12 digits");
		return NULL;
	}
	first = account->v[ACCOUNT_NAME].state == VALUE_UNSET;
	account_fill(crawl, read, account, object);
	if (first && org->full)
		tags_read(crawl, org->tags_account, account);
	return account;
}

static void parent_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "Accounts", "accounts", &list);

	for (size_t i = 0; i < n; i++) {
		struct resource *account = account_record(crawl, read, json_array_get(list, i));

		if (account != NULL)
			account_place(crawl, read->scope, account, read->note->s);
	}
}

static void parent_ask(struct crawl *crawl, const struct text *id)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListAccountsForParent,
			    .scope = org_of(crawl)->accounts,
			    .note = id,
			    .page = parent_page};

	crawl_read(crawl, &read, json_pack("{s:s}", "ParentId", id->s));
}

/* The root or a unit has been found: it is asked for its accounts where these name no parent. */
void parent_found(struct crawl *crawl, const struct text *id)
{
	struct org *org = org_of(crawl);

	vec_push(&org->parents, id);
	if (org->ask_parent)
		parent_ask(crawl, id);
}

static void parents_ask(struct crawl *crawl)
{
	struct org *org = org_of(crawl);

	if (org->ask_parent || !org->full)
		return;
	org->ask_parent = true;
	for (size_t i = 0; i < org->parents.n; i++)
		parent_ask(crawl, org->parents.at[i]);
}

static void accounts_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list, *paths;
	size_t n = crawl_list(crawl, read, page, "Accounts", "accounts", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *object = json_array_get(list, i);
		struct resource *account = account_record(crawl, read, object);
		const char *path = NULL;
		const struct text *parent;

		if (account == NULL)
			continue;
		if (reply_list(object, "Paths", &paths) > 0)
			path = json_string_value(json_array_get(paths, 0));
		parent = path == NULL ? NULL : path_parent(crawl->arena, path);
		if (parent == NULL)
			parents_ask(crawl);
		else
			account_place(crawl, read->scope, account, parent->s);
	}
}

/* The management account is in every organization: a listing without it is none, and an account
 * that is not in it may be there all the same. */
static void accounts_whole(struct crawl *crawl, const struct read *read)
{
	const struct text *management = crawl->side->world.management_account;

	if (management != NULL && side_by_id(crawl->side, KIND_ACCOUNT, management) == NULL)
		crawl_bad_reply(crawl, read, "does not list the management account");
}

void accounts_read(struct crawl *crawl, uint32_t scope)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListAccounts,
			    .scope = scope,
			    .page = accounts_page,
			    .whole = accounts_whole};

	crawl_read(crawl, &read, NULL);
}

/* What no parent showed was moved meanwhile, or stands in a unit that was not read. */
void accounts_end(struct crawl *crawl)
{
	const struct org *org = org_of(crawl);

	for (size_t i = 0; i < crawl->side->all.n; i++) {
		const struct resource *account = crawl->side->all.at[i];

		if (account->kind == KIND_ACCOUNT && account->v[ACCOUNT_UNIT].state == VALUE_UNSET)
			accounts_inconsistent(crawl, org->accounts, account->id);
	}
}

static void account_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *object = reply_obj(page, "Account");

	if (object == NULL)
		crawl_bad_reply(crawl, read, "has no account");
	else
		account_record(crawl, read, object);
}

/* One account: name, e-mail, state. */
void account_read(struct crawl *crawl, uint32_t scope, const struct text *id)
{
	struct read read = {
	    .op = OP_ORGANIZATIONS_DescribeAccount, .scope = scope, .page = account_page};

	crawl_read(crawl, &read, json_pack("{s:s}", "AccountId", id->s));
}

/* The note: "SOURCE ID\nADDRESS". */
static bool note_is_source(const struct read *read, const char *parent, const char **address)
{
	const char *end = read->note == NULL ? NULL : strchr(read->note->s, '\n');

	if (end == NULL || strlen(parent) != (size_t)(end - read->note->s) ||
	    memcmp(parent, read->note->s, strlen(parent)) != 0)
		return false;
	*address = end + 1;
	return true;
}

static void account_parent_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const char *parent = NULL, *address;
	const json_t *list;

	if (reply_list(page, "Parents", &list) > 0)
		parent = reply_str(json_array_get(list, 0), "Id");
	if (parent == NULL)
		crawl_bad_reply(crawl, read, "names no parent of the account");
	else if (note_is_source(read, parent, &address))
		read->about->v[ACCOUNT_UNIT] = value_str(crawl->arena, address);
	else
		account_place(crawl, read->scope, read->about, parent);
}

/* Where one account stands. A unit that is being made anew has lost its address to the new one: it
 * is told as the call tells it. */
void account_parent_read(struct crawl *crawl, uint32_t scope, const struct text *id,
			 const struct text *source, const struct text *source_address)
{
	struct read read = {.op = OP_ORGANIZATIONS_ListParents,
			    .scope = scope,
			    .about = org_resource(crawl, id->s),
			    .page = account_parent_page};

	if (read.about == NULL || read.about->kind != KIND_ACCOUNT)
		return;
	if (source != NULL && source_address != NULL)
		read.note = text_printf(crawl->arena, "%s\n%s", source->s, source_address->s);
	crawl_read(crawl, &read, json_pack("{s:s}", "ChildId", id->s));
}

static void creations_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "CreateAccountStatuses", "creations", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *status = json_array_get(list, i);
		const char *request = reply_str(status, "Id"), *state = reply_str(status, "State");
		const struct text *name = crawl_text(crawl, status, "AccountName");
		struct resource *account;

		if (request == NULL || name == NULL || state == NULL) {
			crawl_bad_reply(crawl, read, "has a creation without id, name or state");
			continue;
		}
		if (strcmp(state, "IN_PROGRESS") != 0)
			continue;
		account = side_resource(
		    crawl->side, KIND_ACCOUNT,
		    address_raw(crawl->arena, kinds[KIND_ACCOUNT]->name, request), NULL);
		account->v[ACCOUNT_NAME] = value_text(name);
		account->v[ACCOUNT_STATE] = value_str(crawl->arena, "PENDING");
		account->aux = text_printf(crawl->arena, "{\"request\":\"%s\"}", request);
	}
}

/* Accounts under creation, as resources without id in the state PENDING. */
void creations_read(struct crawl *crawl, uint32_t scope)
{
	struct read read = {
	    .op = OP_ORGANIZATIONS_ListCreateAccountStatus, .scope = scope, .page = creations_page};

	crawl_read(crawl, &read, json_pack("{s:[s]}", "States", "IN_PROGRESS"));
}

static void account_create_call(struct calls *calls, const struct change *change)
{
	const struct resource *head = change->row->head;
	struct call *call = call_new(calls, OP_ORGANIZATIONS_CreateAccount, NULL);

	call_input(calls, call,
		   json_pack("{s:o, s:o, s:o*}", "AccountName",
			     json_of_text(head->v[ACCOUNT_NAME].u.text), "Email",
			     json_of_text(head->v[ACCOUNT_EMAIL].u.text), "Tags",
			     tags_new(&head->v[ACCOUNT_TAGS])));
	call->makes = change->row->address;
	call_uses_organization(calls, call);
}

static void account_move_call(struct calls *calls, const struct change *change,
			      const struct text *from, struct value to)
{
	struct call *call = call_new(calls, OP_ORGANIZATIONS_MoveAccount, NULL);
	json_t *account = call_id(calls, call, change->row->address);
	json_t *target = call_id(calls, call, to.u.text), *source;
	const struct text *id = parent_live_id(calls, from);

	source = id != NULL ? json_of_text(id) : call_id(calls, call, from);
	call_input(calls, call,
		   json_pack("{s:o, s:o, s:o}", "AccountId", account, "SourceParentId", source,
			     "DestinationParentId", target));
	call_frees_parent(calls, call, from);
	if (calls_made(calls, from) && id != NULL)
		from = text_printf(calls->arena, "%s~%s", from->s, id->s);
	call_fact(calls, call, change->row->address, KIND_ACCOUNT, ACCOUNT_UNIT, NULL,
		  value_text(from), to);
}

/* AWS wants the management account's own name without its id. */
static void account_rename_call(struct calls *calls, const struct change *change,
				const struct diff *diff)
{
	const struct text *management = calls->sides->live->world.management_account;
	struct call *call = call_new(calls, OP_ACCOUNT_PutAccountName, NULL);
	json_t *id = NULL;

	if (!text_eq(management, change->row->live->id))
		id = call_id(calls, call, change->row->address);
	call_input(calls, call,
		   json_pack("{s:o, s:o*}", "AccountName", json_of_text(diff->head.u.text),
			     "AccountId", id));
	call_uses_made(calls, call, "service/account.amazonaws.com");
	call_fact_diff(calls, call, change, diff);
}

static void account_new_calls(struct calls *calls, const struct change *change)
{
	const struct resource *head = change->row->head;
	struct value unit = head->v[ACCOUNT_UNIT];

	account_create_call(calls, change);
	if (unit.state == VALUE_TEXT && !text_is(unit.u.text, "root"))
		account_move_call(calls, change, text_str(calls->arena, "root"), unit);
	attachments_new(calls, change->row, ACCOUNT_POLICIES, &head->v[ACCOUNT_POLICIES]);
}

static void account_calls(struct calls *calls, const struct change *change)
{
	const struct value *unit;

	if (change->action == ACTION_DELETE)
		return;
	if (change->action == ACTION_CREATE) {
		account_new_calls(calls, change);
		return;
	}
	/* Not the diff's: that knows the two halves of a moved unit as one. */
	unit = &change->row->live->v[ACCOUNT_UNIT];
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (!diff_is_written(diff) || diff->head.state != VALUE_TEXT)
			continue;
		if (diff->attr == ACCOUNT_NAME)
			account_rename_call(calls, change, diff);
		else if (diff->attr == ACCOUNT_UNIT && unit->state == VALUE_TEXT)
			account_move_call(calls, change, unit->u.text, diff->head);
	}
	attachments_calls(calls, change, ACCOUNT_POLICIES);
	org_tags_calls(calls, change, ACCOUNT_TAGS);
}

static const struct trail_row account_trail[] = {
    {TRAIL_RESOURCE,
     "CreateAccount CreateAccountResult CreateGovCloudAccount InviteAccountToOrganization "
     "AcceptHandshake RemoveAccountFromOrganization LeaveOrganization CloseAccount "
     "CloseAccountResult",
     SERVICE_ORGANIZATIONS, NULL},
    {ACCOUNT_NAME, "PutAccountName", SERVICE_ORGANIZATIONS, NULL},
    {ACCOUNT_EMAIL, "AcceptPrimaryEmailUpdate StartPrimaryEmailUpdate", SERVICE_ORGANIZATIONS,
     NULL},
    {ACCOUNT_UNIT, "MoveAccount", SERVICE_ORGANIZATIONS, NULL},
    {ACCOUNT_POLICIES, "AttachPolicy DetachPolicy", SERVICE_ORGANIZATIONS, NULL},
    {ACCOUNT_TAGS, "TagResource UntagResource", SERVICE_ORGANIZATIONS, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_ORGANIZATIONS, NULL},
};

const struct wire wire_account = {
    .probe = org_probe, .calls = account_calls, .trail = account_trail};
