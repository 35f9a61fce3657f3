/* What CloudTrail records: every call that changes something, of those that were refused too, in
 * the account that made it and the Region of its endpoint. Events are rows of state.trail as
 * LookupEvents shows them, beside `account` and `region`, oldest first. */
#include "aws/twin/iam_priv.h"
#include "aws/twin/sts_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRAIL_MOST    50000 /* events; a tenth of them goes at once */
#define TRAIL_VERSION "1.11"
#define HIDDEN        "HIDDEN_DUE_TO_SECURITY_REASONS"
#define SHOWN_DEPTH   16

/* Never recorded, whatever the call. */
static const char *const secrets[] = {
    "Password",
    "OldPassword",
    "NewPassword",
    "SecretAccessKey",
    "Base32StringSeed",
    "QRCodePNG",
    "ServicePassword",
    "ServiceCredentialSecret",
    NULL,
};

/* What people are called stands in no event (AWS Organizations and Identity Store in their user
 * guides' sections on CloudTrail). */
static const char *const hidden_organizations[] = {"AccountName", "Email", NULL};
static const char *const hidden_people[] = {
    "UserName", "DisplayName", "GivenName",     "FamilyName", "MiddleName",        "Formatted",
    "NickName", "Title",       "Description",   "Value",      "AttributeValue",    "Locale",
    "Timezone", "ProfileUrl",  "StreetAddress", "Locality",   "PreferredLanguage", NULL,
};
static const char *const *const hidden[SERVICE_COUNT] = {
    [SERVICE_ORGANIZATIONS] = hidden_organizations,
    [SERVICE_ACCOUNT] = hidden_organizations,
    [SERVICE_IDENTITY_STORE] = hidden_people,
};

/* As events write what the interface writes: names begin with a small letter. New. */
static json_t *event_value(const json_t *value, const char *const *hide, unsigned depth)
{
	json_t *out, *member;
	const char *name;
	size_t i;

	if (depth == SHOWN_DEPTH)
		return json_null();
	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach((json_t *)value, i, member)
		{
			json_array_append_new(out, event_value(member, hide, depth + 1));
		}
		return out;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)value);
	out = json_object();
	json_object_foreach((json_t *)value, name, member)
	{
		auto_free char *small = xstrdup(name);

		small[0] = (char)tolower((unsigned char)small[0]);
		if (words_have(secrets, name))
			continue;
		if (hide != NULL && json_is_string(member) && words_have(hide, name))
			json_object_set_new(out, small, json_string(HIDDEN));
		else
			json_object_set_new(out, small, event_value(member, hide, depth + 1));
	}
	return out;
}

/* null where there is nothing. */
static json_t *event_members(const struct twin_op *op, const json_t *value)
{
	return json_object_size(value) == 0 ? json_null()
					    : event_value(value, hidden[op->service], 0);
}

/* A service of one endpoint is recorded where that signs. */
static const char *event_region(const struct twin *t, const struct twin_call *c)
{
	const struct service *service = &services[c->op->service];
	const char *partition = row_str(t->state, "partition");
	size_t i;

	for (i = 0; i < sizeof service->at / sizeof service->at[0]; i++) {
		if (strcmp(service->at[i].partition, partition) == 0 &&
		    service->at[i].region != NULL)
			return service->at[i].region;
	}
	return c->region != NULL && *c->region != '\0' ? c->region : DEFAULT_REGION;
}

static void identity_of_session(struct twin *t, const struct twin_call *c, const char *role_name,
				json_t *identity)
{
	const json_t *role = iam_row(t, c->account, "roles", role_name);
	const json_t *key = c->key == NULL ? NULL : twin_row(t, "keys", c->key);
	json_int_t since = json_integer_value(json_object_get(key, "created"));
	json_t *context, *issuer;
	char created[TIME_RFC3339];

	time_rfc3339((since > 0 ? since : twin_seconds(t)) * 1000000, created);
	issuer = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "Role", "principalId",
			   row_str(role, "RoleId"), "arn", row_str(role, "Arn"), "accountId",
			   c->account, "userName", role_name);
	context = json_pack("{s:o, s:{s:s, s:s}}", "sessionIssuer", issuer, "attributes",
			    "creationDate", created, "mfaAuthenticated", "false");
	if (*row_str(key, "source") != '\0')
		twin_set_str(context, "sourceIdentity", row_str(key, "source"));
	twin_set_str(identity, "type", "AssumedRole");
	json_object_set_new(identity, "sessionContext", context);
}

/* `user` gets the name by which events are looked up. New. */
static json_t *event_identity(struct twin *t, const struct twin_call *c, char user[128])
{
	const char *session = NULL, *name = strrchr(c->arn, '/');
	auto_free char *role = sts_session_role(c->arn, &session);
	auto_free char *id = sts_caller_id(t, c->account, c->arn);
	json_t *identity = json_pack("{s:s, s:s, s:s, s:s}", "type", "Root", "principalId", id,
				     "arn", c->arn, "accountId", c->account);

	snprintf(user, 128, "%s", "root");
	if (c->key != NULL && *c->key != '\0')
		twin_set_str(identity, "accessKeyId", c->key);
	if (role != NULL) {
		snprintf(user, 128, "%s", session);
		identity_of_session(t, c, role, identity);
	} else if (name != NULL) {
		snprintf(user, 128, "%s", name + 1);
		twin_set_str(identity, "type", "IAMUser");
		twin_set_str(identity, "userName", name + 1);
	}
	return identity;
}

/* What an event is about, by which it can be looked up. Only IAM's are known to CloudTrail: those
 * of Organizations and Identity Center name no resource. */
static const struct {
	const char *member, *type;
} resources[] = {
    {"userName", "AWS::IAM::User"},
    {"userId", "AWS::IAM::User"},
    {"groupName", "AWS::IAM::Group"},
    {"groupId", "AWS::IAM::Group"},
    {"roleName", "AWS::IAM::Role"},
    {"roleId", "AWS::IAM::Role"},
    {"policyArn", "AWS::IAM::Policy"},
    {"policyName", "AWS::IAM::Policy"},
    {"policyId", "AWS::IAM::Policy"},
    {"accessKeyId", "AWS::IAM::AccessKey"},
    {"instanceProfileName", "AWS::IAM::InstanceProfile"},
    {"serialNumber", "AWS::IAM::MfaDevice"},
    {"openIDConnectProviderArn", "AWS::IAM::OidcProvider"},
};

static const char *resource_type(const char *member, const char *value)
{
	size_t i;

	for (i = 0; i < sizeof resources / sizeof resources[0]; i++) {
		if (strcmp(resources[i].member, member) == 0)
			return resources[i].type;
	}
	if (strcmp(member, "arn") != 0)
		return NULL;
	return strstr(value, ":user/") != NULL     ? "AWS::IAM::User"
	       : strstr(value, ":role/") != NULL   ? "AWS::IAM::Role"
	       : strstr(value, ":group/") != NULL  ? "AWS::IAM::Group"
	       : strstr(value, ":policy/") != NULL ? "AWS::IAM::Policy"
						   : NULL;
}

static void resource_add(json_t *list, const char *type, const char *name)
{
	json_t *other;
	size_t i;

	json_array_foreach(list, i, other)
	{
		if (strcmp(row_str(other, "ResourceName"), name) == 0 &&
		    strcmp(row_str(other, "ResourceType"), type) == 0)
			return;
	}
	json_array_append_new(list,
			      json_pack("{s:s, s:s}", "ResourceType", type, "ResourceName", name));
}

static void resources_add(json_t *list, const json_t *members, unsigned depth)
{
	const char *name, *type, *text;
	json_t *value;

	json_object_foreach((json_t *)members, name, value)
	{
		text = json_string_value(value);
		type = text == NULL || *text == '\0' ? NULL : resource_type(name, text);
		if (type != NULL)
			resource_add(list, type, text);
		else if (json_is_object(value) && depth < 2)
			resources_add(list, value, depth + 1);
	}
}

/* In the form of a UUID, by seed and number: events take no ids from what is made. */
static void event_id(struct twin *t, char out[TWIN_ID])
{
	json_t *number = json_object_get(t->state, "trailed");
	json_int_t n = json_integer_value(number) + 1;
	char text[64], hex[SHA256_HEX];

	json_object_set_new(t->state, "trailed", json_integer(n));
	snprintf(text, sizeof text, "%llu event %lld", (unsigned long long)t->options.seed,
		 (long long)n);
	sha256_hex(text, strlen(text), hex);
	snprintf(out, TWIN_ID, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15,
		 hex + 18);
}

static void trail_trim(json_t *trail)
{
	size_t n = json_object_size(trail);
	const char *id;
	json_t *event;
	void *next;

	if (n < TRAIL_MOST)
		return;
	n = TRAIL_MOST / 10;
	json_object_foreach_safe(trail, next, id, event)
	{
		if (n-- == 0)
			break;
		json_object_del(trail, id);
	}
}

/* The event takes its place; what is looked up by stands beside its text. Takes the event. */
static void trail_add(struct twin *t, json_t *event, const char *account, const char *user)
{
	json_t *trail = twin_sub(t->state, "trail"), *row, *list = json_array();
	json_t *identity = json_object_get(event, "userIdentity");
	char id[TWIN_ID];
	char *text;

	event_id(t, id);
	twin_set_str(event, "eventID", id);
	if (strcmp(row_str(event, "eventSource"), "iam.amazonaws.com") == 0) {
		resources_add(list, json_object_get(event, "requestParameters"), 0);
		resources_add(list, json_object_get(event, "responseElements"), 0);
	}
	text = json_dumps(event, JSON_COMPACT);
	charter_assert(text != NULL);
	row = json_pack("{s:s, s:s, s:s, s:I, s:s, s:o, s:s, s:s, s:s}", "EventId", id, "EventName",
			row_str(event, "eventName"), "ReadOnly", "false", "EventTime",
			(json_int_t)twin_seconds(t), "EventSource", row_str(event, "eventSource"),
			"Resources", list, "CloudTrailEvent", text, "account", account, "region",
			row_str(event, "awsRegion"));
	if (*user != '\0')
		twin_set_str(row, "Username", user);
	if (*row_str(identity, "accessKeyId") != '\0')
		twin_set_str(row, "AccessKeyId", row_str(identity, "accessKeyId"));
	free(text);
	json_decref(event);
	trail_trim(trail);
	json_object_set_new(trail, id, row);
}

/* What all events have. New. */
static json_t *event_new(struct twin *t, const char *service, const char *name, const char *region,
			 const char *account)
{
	auto_free char *source = xasprintf("%s.amazonaws.com", service);
	char now[TIME_RFC3339];
	json_t *event;

	time_rfc3339(twin_seconds(t) * 1000000, now);
	event = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:b, s:s, s:s}", "eventVersion",
			  TRAIL_VERSION, "eventTime", now, "eventSource", source, "eventName", name,
			  "awsRegion", region, "readOnly", 0, "eventType", "AwsApiCall",
			  "managementEvent", 1, "recipientAccountId", account, "eventCategory",
			  "Management");
	charter_assert(event != NULL);
	return event;
}

void trail_record(struct twin *t, const struct twin_call *c, const json_t *result,
		  const char *request_id)
{
	json_t *event;
	char user[128];

	if (!t->options.trail || c->op->data || c->account == NULL || c->arn == NULL)
		return;
	event = event_new(t, services[c->op->service].signing_name, c->op->name, event_region(t, c),
			  c->account);
	json_object_set_new(event, "userIdentity", event_identity(t, c, user));
	twin_set_str(event, "sourceIPAddress", c->address != NULL ? c->address : "127.0.0.1");
	twin_set_str(event, "userAgent", c->agent != NULL ? c->agent : "");
	json_object_set_new(event, "requestParameters", event_members(c->op, c->input));
	json_object_set_new(event, "responseElements", event_members(c->op, result));
	if (request_id != NULL)
		twin_set_str(event, "requestID", request_id);
	if (c->console)
		twin_set_str(event, "sessionCredentialFromConsole", "true");
	if (result == NULL) {
		twin_set_str(event, "errorCode", c->code);
		twin_set_str(event, "errorMessage", c->message != NULL ? c->message : "");
	}
	trail_add(t, event, c->account, user);
}

void trail_record_service(struct twin *t, const char *account, const char *principal,
			  const char *service, const char *name, json_t *request)
{
	json_t *event;

	if (!t->options.trail) {
		json_decref(request);
		return;
	}
	event = event_new(t, service, name, DEFAULT_REGION, account);
	json_object_set_new(event, "userIdentity",
			    json_pack("{s:s, s:s}", "type", "AWSService", "invokedBy", principal));
	twin_set_str(event, "sourceIPAddress", principal);
	twin_set_str(event, "userAgent", principal);
	json_object_set_new(event, "requestParameters", request);
	json_object_set_new(event, "responseElements", json_null());
	trail_add(t, event, account, "");
}

void trail_record_result(struct twin *t, const char *account, const char *service, const char *name,
			 json_t *details)
{
	json_t *event;

	if (!t->options.trail) {
		json_decref(details);
		return;
	}
	event = event_new(t, service, name, DEFAULT_REGION, account);
	twin_set_str(event, "eventType", "AwsServiceEvent");
	json_object_set_new(
	    event, "userIdentity",
	    json_pack("{s:s, s:s}", "accountId", account, "invokedBy", "AWS Internal"));
	twin_set_str(event, "sourceIPAddress", "AWS Internal");
	twin_set_str(event, "userAgent", "AWS Internal");
	json_object_set_new(event, "requestParameters", json_null());
	json_object_set_new(event, "responseElements", json_null());
	json_object_set_new(event, "serviceEventDetails", details);
	trail_add(t, event, account, "");
}
