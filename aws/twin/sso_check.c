/* Inputs of IAM Identity Center and its identity store, as the services' models have them. */
#include "aws/twin/sso_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600

/* \w of names, and the characters that follow it. */
static bool is_name(unsigned char ch)
{
	return isalnum(ch) || (ch != '\0' && strchr("_+=,.@-", ch) != NULL);
}

static bool is_relay(unsigned char ch)
{
	return isalnum(ch) || (ch != '\0' && strchr("&$@#\\/%?=~-_'\"|!:,.;*+[] (){}", ch) != NULL);
}

static bool is_printable(unsigned char ch)
{
	return ch >= ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

/* A text in whose place `#` stands for a hexadecimal digit, '&' for anything in ids of instances
 * and sets, '9' for a digit. */
static bool form_is(const char *s, const char *form)
{
	for (; *form != '\0'; s++, form++) {
		unsigned char ch = (unsigned char)*s;

		if (*form == '#'   ? !isxdigit(ch)
		    : *form == '&' ? !isalnum(ch) && ch != '-' && ch != '.'
		    : *form == '9' ? !isdigit(ch)
				   : ch != (unsigned char)*form)
			return false;
	}
	return *s == '\0';
}

#define FORM_INSTANCE "ins-&&&&&&&&&&&&&&&&"
#define FORM_UUID     "########-####-####-####-############"

/* What follows "arn:PARTITION:sso:::WHAT/" and, if it stands there, "sso"; NULL: it is none. */
static const char *arn_rest(const char *arn, const char *what)
{
	auto_free char *middle = xasprintf(":sso:::%s/", what);
	const char *at = strstr(arn, middle);

	if (!str_starts(arn, "arn:aws") || at == NULL ||
	    memchr(arn + 4, ':', (size_t)(at - arn - 4)))
		return NULL;
	at += strlen(middle);
	return str_starts(at, "sso") ? at + 3 : at;
}

static bool is_instance(const char *s)
{
	const char *rest = arn_rest(s, "instance");

	return rest != NULL && form_is(rest, FORM_INSTANCE);
}

static bool is_set(const char *s)
{
	const char *rest = arn_rest(s, "permissionSet");

	return rest != NULL && form_is(rest, FORM_INSTANCE "/ps-&&&&&&&&&&&&&&&&");
}

static bool is_account(const char *s)
{
	return form_is(s, "999999999999");
}

static bool is_uuid(const char *s)
{
	return form_is(s, FORM_UUID);
}

static bool is_principal(const char *s)
{
	return is_uuid(s) || form_is(s, "##########-" FORM_UUID);
}

static bool is_store_row(const char *s)
{
	return is_principal(str_starts(s, "arn:aws") ? store_id(s) : s);
}

static bool is_store(const char *s)
{
	const char *id = str_starts(s, "arn:aws") ? store_id(s) : s;

	return is_uuid(id) || form_is(id, "d-##########");
}

static bool is_aws_policy(const char *s)
{
	const char *at = strstr(s, ":iam::aws:policy/");

	if (!str_starts(s, "arn:aws") || at == NULL)
		return false;
	for (at += strlen(":iam::aws:policy/"); is_name((unsigned char)*at) || *at == '/'; at++)
		;
	return *at == '\0' && at[-1] != '/';
}

/* One component of a duration, "2H": its seconds; -1: none. */
static long duration_part(const char **s)
{
	char *end;
	long n;

	if (!isdigit((unsigned char)**s))
		return -1;
	n = strtol(*s, &end, 10);
	*s = end + 1;
	switch (*end) {
	case 'H':
		return n * HOUR;
	case 'M':
		return n * 60;
	case 'S':
		return n;
	default:
		return -1;
	}
}

/* "PT1H30M": one hour to twelve. */
static bool is_duration(const char *s)
{
	long seconds = 0, part;

	if (!str_starts(s, "PT") || strlen(s) > 32)
		return false;
	for (s += 2; *s != '\0'; seconds += part) {
		if ((part = duration_part(&s)) < 0)
			return false;
	}
	return seconds >= HOUR && seconds <= 12 * HOUR;
}

static bool is_target(const char *s)
{
	return strcmp(s, "AWS_ACCOUNT") == 0;
}

static bool is_provisioned(const char *s)
{
	return is_target(s) || strcmp(s, "ALL_PROVISIONED_ACCOUNTS") == 0;
}

static bool is_type(const char *s)
{
	return strcmp(s, "USER") == 0 || strcmp(s, "GROUP") == 0;
}

static bool is_status(const char *s)
{
	return strcmp(s, "LATEST_PERMISSION_SET_PROVISIONED") == 0 ||
	       strcmp(s, "LATEST_PERMISSION_SET_NOT_PROVISIONED") == 0;
}

struct rule {
	const char *member;
	size_t min, max; /* characters */
	bool (*characters)(unsigned char);
	bool (*valid)(const char *);
};
static const struct rule rules_of_sets[] = {
    {.member = "AccountAssignmentCreationRequestId", .valid = is_uuid},
    {.member = "AccountAssignmentDeletionRequestId", .valid = is_uuid},
    {.member = "AccountId", .valid = is_account},
    {.member = "Description", .min = 1, .max = 700, .characters = is_printable},
    {.member = "InlinePolicy", .min = 1, .max = 32768, .characters = is_printable},
    {.member = "InstanceArn", .valid = is_instance},
    {.member = "ManagedPolicyArn", .min = 20, .max = 2048, .valid = is_aws_policy},
    {.member = "Name", .min = 1, .max = 32, .characters = is_name},
    {.member = "PermissionSetArn", .valid = is_set},
    {.member = "PrincipalId", .valid = is_principal},
    {.member = "PrincipalType", .valid = is_type},
    {.member = "ProvisioningStatus", .valid = is_status},
    {.member = "ProvisionPermissionSetRequestId", .valid = is_uuid},
    {.member = "RelayState", .min = 1, .max = 240, .characters = is_relay},
    {.member = "ResourceArn", .min = 10, .max = 2048},
    {.member = "SessionDuration", .valid = is_duration},
    {.member = "TargetId", .valid = is_account},
    {.member = "TargetType", .valid = is_provisioned},
    {.member = NULL},
};
static const struct rule rules_of_stores[] = {
    {.member = "Description", .min = 1, .max = 1024},
    {.member = "DisplayName", .min = 1, .max = 1024},
    {.member = "GroupId", .valid = is_store_row},
    {.member = "IdentityStoreId", .valid = is_store},
    {.member = "MembershipId", .valid = is_store_row},
    {.member = "UserId", .valid = is_store_row},
    {.member = "UserName", .min = 1, .max = 128},
    {.member = NULL},
};

static bool refuse_form(struct twin_call *c, const char *member)
{
	twin_refuse_as(c, REFUSAL_INVALID, NULL,
		       "1 validation error detected: Value at '%s' failed to satisfy constraint: "
		       "Member must satisfy regular expression pattern or enumeration",
		       member);
	return false;
}

static bool rule_holds(struct twin_call *c, const struct rule *rule)
{
	const char *value = json_string_value(json_object_get(c->input, rule->member));

	if (!check_text(c, rule->member, rule->min, rule->max > 0 ? rule->max : 2048,
			rule->characters))
		return false;
	return value == NULL || rule->valid == NULL || rule->valid(value) ||
	       refuse_form(c, rule->member);
}

bool idc_inputs(struct twin_call *c)
{
	const struct rule *rule =
	    c->op->service == SERVICE_SSO_ADMIN ? rules_of_sets : rules_of_stores;

	for (; rule->member != NULL; rule++) {
		if (!rule_holds(c, rule))
			return false;
	}
	return true;
}

static bool is_path(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 512 || *s != '/' || s[len - 1] != '/' || strstr(s, "//") != NULL)
		return false;
	for (; *s != '\0'; s++) {
		if (*s != '/' && !is_name((unsigned char)*s))
			return false;
	}
	return true;
}

char *idc_reference(struct twin_call *c, const json_t *reference)
{
	const char *name = row_str(reference, "Name"), *path = row_str(reference, "Path"), *p;

	if (*path == '\0' && json_object_get(reference, "Path") == NULL)
		path = "/";
	for (p = name; is_name((unsigned char)*p); p++)
		;
	if (p == name || *p != '\0' || p - name > 128 || !is_path(path)) {
		refuse_form(c, "customerManagedPolicyReference");
		return NULL;
	}
	return xasprintf("%s%s", path, name);
}
