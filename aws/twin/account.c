/* The Account Management service: names and contacts of accounts. */
#include "aws/twin/org_priv.h"

#include <ctype.h>
#include <string.h>

#define SERVICE_PRINCIPAL "account.amazonaws.com"

static json_t *profile(struct twin *t, const char *account)
{
	return twin_sub(twin_sub(t->state, "profiles"), account);
}

const char *profile_name(const struct twin *t, const char *account)
{
	const char *name = row_str(twin_row(t, "profiles", account), "name");

	return *name == '\0' ? "management" : name;
}

static const char *deny(struct twin_call *call, const char *why)
{
	twin_refuse(call, "AccessDeniedException",
		    "User: %s is not authorized to perform: account:%s (%s)", call->arn,
		    call->op->name, why);
	return NULL;
}

static bool may_speak_for_others(const struct twin *t, const struct twin_call *call)
{
	const json_t *delegated = twin_row(t, "delegations", call->account);

	return strcmp(call->account, row_str(t->state, "management")) == 0 ||
	       json_object_get(delegated, SERVICE_PRINCIPAL) != NULL;
}

/* Whose account is meant; NULL: refused. Without AccountId it is the caller's; with it, it must be
 * a member, and the management account may not name itself. */
static const char *account_meant(struct twin *t, struct twin_call *call)
{
	const json_t *given = json_object_get(call->input, "AccountId");
	const char *id = json_string_value(given);

	if (given == NULL || json_is_null(given))
		return call->account;
	if (id == NULL || !org_id_is(id, "AccountId")) {
		twin_refuse(call, "ValidationException", "AccountId is not valid");
		return NULL;
	}
	if (!twin_has_organization(t) || !org_has_all_features(t) || !may_speak_for_others(t, call))
		return deny(call, "The account can't manage other accounts.");
	if (strcmp(id, row_str(t->state, "management")) == 0)
		return deny(call, "The management account can only be managed using the "
				  "standalone context from the management account.");
	if (twin_row(t, "services", SERVICE_PRINCIPAL) == NULL)
		return deny(call, "Trusted access is not enabled for account.amazonaws.com.");
	if (twin_row(t, "accounts", id) == NULL)
		return deny(call, "The account is not a member of the organization.");
	return id;
}

/* [ -;=?-~]+ */
static bool is_account_name(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '<' && c != '>';
}

static bool is_phone(unsigned char c)
{
	return isspace(c) || isdigit(c) || (c != '\0' && strchr("()+-", c) != NULL);
}

static json_t *put_name(struct twin *t, struct twin_call *call)
{
	const char *id = account_meant(t, call), *name = org_input(call, "AccountName");
	json_t *account;

	if (id == NULL || !check_text(call, "AccountName", 1, 50, is_account_name))
		return NULL;
	account = twin_row(t, "accounts", id);
	if (account != NULL)
		twin_set_str(account, "Name", name);
	else
		twin_set_str(profile(t, id), "name", name);
	return json_object();
}

/* This service has no state between the request to close an account and its end. */
static json_t *get_information(struct twin *t, struct twin_call *call)
{
	const char *id = account_meant(t, call), *state;
	const json_t *account;
	char created[TIME_RFC3339];
	json_int_t joined;

	if (id == NULL)
		return NULL;
	account = twin_row(t, "accounts", id);
	state = account == NULL ? "ACTIVE" : row_str(account, "State");
	joined = json_integer_value(json_object_get(account, "JoinedTimestamp"));
	time_rfc3339(joined * 1000000, created);
	return json_pack("{s:s, s:s, s:s, s:s}", "AccountId", id, "AccountName",
			 account == NULL ? profile_name(t, id) : row_str(account, "Name"),
			 "AccountCreatedDate", created, "AccountState",
			 strcmp(state, "PENDING_CLOSURE") == 0 ? "ACTIVE" : state);
}

/* The kind of alternate contact; NULL: refused. */
static const char *contact_kind(struct twin_call *call)
{
	static const char *const kinds[] = {"BILLING", "OPERATIONS", "SECURITY"};
	const char *kind = org_input(call, "AlternateContactType");

	for (size_t i = 0; kind != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], kind) == 0)
			return kinds[i];
	twin_refuse(call, "ValidationException", "AlternateContactType is not valid");
	return NULL;
}

static json_t *no_contact(struct twin_call *call)
{
	return twin_refuse(call, "ResourceNotFoundException",
			   "No contact of the inputted type found.");
}

static json_t *get_alternate(struct twin *t, struct twin_call *call)
{
	const char *id = account_meant(t, call), *kind = id == NULL ? NULL : contact_kind(call);
	json_t *contact;

	if (kind == NULL)
		return NULL;
	contact = json_object_get(twin_row(t, "profiles", id), kind);
	return contact == NULL ? no_contact(call) : json_pack("{s:O}", "AlternateContact", contact);
}

/* [\w+=.#|!&-]+@[\w.-]+\.[\w]+, with white space around it: nearly. */
static bool check_email(struct twin_call *call)
{
	const char *email = org_input(call, "EmailAddress"), *at;

	if (!check_text(call, "EmailAddress", 1, 254, NULL))
		return false;
	at = strchr(email, '@');
	if (at != NULL && at != email && strchr(at + 1, '.') != NULL)
		return true;
	twin_refuse(call, "ValidationException", "EmailAddress is not valid");
	return false;
}

static json_t *put_alternate(struct twin *t, struct twin_call *call)
{
	const char *id = account_meant(t, call), *kind = id == NULL ? NULL : contact_kind(call);

	if (kind == NULL || !check_text(call, "Name", 1, 64, NULL) ||
	    !check_text(call, "Title", 1, 50, NULL) || !check_email(call) ||
	    !check_text(call, "PhoneNumber", 1, 25, is_phone))
		return NULL;
	json_object_set_new(profile(t, id), kind,
			    row_pick(call->input, "AlternateContactType EmailAddress Name "
						  "PhoneNumber Title"));
	return json_object();
}

static json_t *delete_alternate(struct twin *t, struct twin_call *call)
{
	const char *id = account_meant(t, call), *kind = id == NULL ? NULL : contact_kind(call);

	if (kind == NULL)
		return NULL;
	return json_object_del(profile(t, id), kind) != 0 ? no_contact(call) : json_object();
}

static json_t *get_contact(struct twin *t, struct twin_call *call)
{
	const char *id = account_meant(t, call);
	json_t *contact;

	if (id == NULL)
		return NULL;
	contact = json_object_get(twin_row(t, "profiles", id), "contact");
	return contact == NULL ? no_contact(call)
			       : json_pack("{s:O}", "ContactInformation", contact);
}

/* False: refused. */
static bool check_contact(struct twin_call *call, const json_t *contact)
{
	static const struct {
		const char *member;
		bool needed;
		long min, max;
	} parts[] = {
	    {"FullName", true, 1, 50},      {"AddressLine1", true, 1, 60},
	    {"AddressLine2", false, 1, 60}, {"AddressLine3", false, 1, 60},
	    {"City", true, 1, 50},          {"StateOrRegion", false, 1, 50},
	    {"PostalCode", true, 1, 20},    {"DistrictOrCounty", false, 1, 50},
	    {"CountryCode", true, 2, 2},    {"PhoneNumber", true, 1, 20},
	    {"CompanyName", false, 1, 50},  {"WebsiteUrl", false, 1, 256},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const json_t *part = json_object_get(contact, parts[i].member);
		const char *s = json_string_value(part);
		long n = s == NULL ? -1 : utf8_count(s, strlen(s));

		if ((part == NULL && !parts[i].needed) || (n >= parts[i].min && n <= parts[i].max))
			continue;
		twin_refuse(call, "ValidationException", "ContactInformation.%s is not valid",
			    parts[i].member);
		return false;
	}
	return true;
}

static json_t *put_contact(struct twin *t, struct twin_call *call)
{
	const json_t *contact = json_object_get(call->input, "ContactInformation");
	const char *id = account_meant(t, call);

	if (id == NULL || !check_contact(call, contact))
		return NULL;
	json_object_set_new(profile(t, id), "contact",
			    row_pick(contact, "FullName AddressLine1 AddressLine2 AddressLine3 "
					      "City StateOrRegion DistrictOrCounty PostalCode "
					      "CountryCode PhoneNumber CompanyName WebsiteUrl"));
	return json_object();
}

static const struct twin_op ops_of_contacts[] = {
    {.name = "PutAccountName", .handler = put_name, .needs = "AccountName"},
    {.name = "GetAccountInformation", .handler = get_information, .path = "/getAccountInformation"},
    {.name = "GetAlternateContact",
     .handler = get_alternate,
     .needs = "AlternateContactType",
     .path = "/getAlternateContact"},
    {.name = "PutAlternateContact",
     .handler = put_alternate,
     .needs = "AlternateContactType EmailAddress Name PhoneNumber Title",
     .mutates = true,
     .path = "/putAlternateContact"},
    {.name = "DeleteAlternateContact",
     .handler = delete_alternate,
     .needs = "AlternateContactType",
     .mutates = true,
     .path = "/deleteAlternateContact"},
    {.name = "GetContactInformation", .handler = get_contact, .path = "/getContactInformation"},
    {.name = "PutContactInformation",
     .handler = put_contact,
     .needs = "ContactInformation",
     .mutates = true,
     .path = "/putContactInformation"},
};
const struct twin_service twin_contact_ops = {SERVICE_ACCOUNT, ops_of_contacts,
					      sizeof(ops_of_contacts) / sizeof(ops_of_contacts[0])};
