/* Organizations of the twin: inputs against the service's model, and refusals in its words. */
#include "aws/twin/org_priv.h"

#include <ctype.h>
#include <string.h>

enum id_form {
	ID_ACCOUNT = 1,
	ID_ROOT = 2,
	ID_UNIT = 4,
	ID_POLICY = 8,
	ID_CREATION = 16,
	ID_RESOURCE_POLICY = 32,
	ID_TRANSFER = 64,
};

static bool is_lower(unsigned char c)
{
	return isdigit(c) || (c >= 'a' && c <= 'z');
}

static bool is_word(unsigned char c)
{
	return c < 128 && (isalnum(c) || c == '_');
}

static bool is_name(unsigned char c)
{
	return is_word(c) || (c != '\0' && strchr("+=,.@-", c) != NULL);
}

static bool is_printable(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

/* A run of min to max characters, up to the end or to this one. NULL: it is none. */
static const char *run_end(const char *s, size_t min, size_t max, bool (*is)(unsigned char),
			   char end)
{
	size_t n = 0;

	while (s[n] != '\0' && s[n] != end && is((unsigned char)s[n]))
		n++;
	return n < min || n > max || s[n] != end ? NULL : s + n;
}

static bool unit_id_is(const char *id)
{
	const char *dash = run_end(id + 3, 4, 32, is_lower, '-');

	return dash != NULL && run_end(dash + 1, 8, 32, is_lower, '\0') != NULL;
}

/* Patterns of the service's model. */
static unsigned id_form(const char *id)
{
	static const struct {
		enum id_form form;
		const char *prefix;
		size_t min, max;
		bool (*is)(unsigned char);
	} forms[] = {
	    {ID_ROOT, "r-", 4, 32, is_lower},       {ID_POLICY, "p-", 8, 128, is_word},
	    {ID_CREATION, "car-", 8, 32, is_lower}, {ID_RESOURCE_POLICY, "rp-", 4, 128, is_word},
	    {ID_TRANSFER, "rt-", 8, 32, is_word},
	};

	if (strlen(id) == 12 && strspn(id, "0123456789") == 12)
		return ID_ACCOUNT;
	if (str_starts(id, "ou-"))
		return unit_id_is(id) ? ID_UNIT : 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (str_starts(id, forms[i].prefix) &&
		    run_end(id + strlen(forms[i].prefix), forms[i].min, forms[i].max, forms[i].is,
			    '\0') != NULL)
			return forms[i].form;
	return 0;
}

static bool is_policy_type(const char *s)
{
	return org_type_find(s) != NULL;
}

/* [^\s@]+@[^\s@]+\.[^\s@]+ */
static bool is_email(const char *s)
{
	const char *at = strchr(s, '@'), *dot = at == NULL ? NULL : strrchr(at, '.');

	return at != NULL && at != s && strchr(at + 1, '@') == NULL && dot != NULL &&
	       dot > at + 1 && dot[1] != '\0' && strpbrk(s, " \t\r\n\v\f") == NULL;
}

/* One member of an input, wherever it stands: the model uses one shape for each name. */
struct rule {
	const char *member;
	unsigned ids; /* forms of ids */
	uint16_t min, max;
	bool (*characters)(unsigned char);
	bool (*valid)(const char *);
	const char *values; /* enumeration, space-separated */
	const char *reason; /* of a value that does not fit; NULL: INVALID_PATTERN */
};
static const struct rule rules[] = {
    {.member = "AccountId", .ids = ID_ACCOUNT},
    {.member = "AccountName", .min = 1, .max = 50, .characters = is_printable},
    {.member = "ChildId", .ids = ID_ACCOUNT | ID_UNIT},
    {.member = "ChildType", .values = "ACCOUNT ORGANIZATIONAL_UNIT", .reason = "INVALID_ENUM"},
    {.member = "Content", .min = 1},
    {.member = "CreateAccountRequestId", .ids = ID_CREATION},
    {.member = "Description", .max = 512},
    {.member = "DestinationParentId", .ids = ID_ROOT | ID_UNIT},
    {.member = "Email", .min = 6, .max = 64, .valid = is_email},
    {.member = "FeatureSet", .values = "ALL CONSOLIDATED_BILLING", .reason = "INVALID_ENUM"},
    {.member = "Filter", .valid = is_policy_type, .reason = "INVALID_ENUM_POLICY_TYPE"},
    {.member = "IamUserAccessToBilling", .values = "ALLOW DENY", .reason = "INVALID_ENUM"},
    {.member = "Name", .min = 1, .max = 128},
    {.member = "OrganizationalUnitId", .ids = ID_UNIT},
    {.member = "ParentId", .ids = ID_ROOT | ID_UNIT},
    {.member = "PolicyId", .ids = ID_POLICY, .reason = "INVALID_SYNTAX_POLICY_ID"},
    {.member = "PolicyType", .valid = is_policy_type, .reason = "INVALID_ENUM_POLICY_TYPE"},
    {.member = "ResourceId",
     .ids = ID_ROOT | ID_UNIT | ID_ACCOUNT | ID_POLICY | ID_RESOURCE_POLICY | ID_TRANSFER},
    {.member = "RoleName", .max = 64, .characters = is_name},
    {.member = "RootId", .ids = ID_ROOT},
    {.member = "ServicePrincipal", .min = 1, .max = 128, .characters = is_name},
    {.member = "SourceParentId", .ids = ID_ROOT | ID_UNIT},
    {.member = "TargetId",
     .ids = ID_ROOT | ID_UNIT | ID_ACCOUNT,
     .reason = "INVALID_PATTERN_TARGET_ID"},
    {.member = "Type", .valid = is_policy_type, .reason = "INVALID_ENUM_POLICY_TYPE"},
};

static const struct rule *rule_find(const char *member)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(rules[i].member, member) == 0)
			return &rules[i];
	return NULL;
}

bool org_id_is(const char *id, const char *what)
{
	const struct rule *rule = rule_find(what);

	return rule != NULL && (id_form(id) & rule->ids) != 0;
}

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; len > 0 && (p = strstr(p, word)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

static bool characters_fit(const char *s, bool (*is)(unsigned char))
{
	for (; *s != '\0'; s++)
		if (!is((unsigned char)*s))
			return false;
	return true;
}

/* NULL: it fits, else the reason. */
static const char *rule_breach(const struct rule *rule, const char *value)
{
	long n = utf8_count(value, strlen(value));

	if (n < rule->min)
		return "MIN_LENGTH_EXCEEDED";
	if (rule->max > 0 && n > rule->max)
		return "MAX_LENGTH_EXCEEDED";
	if ((rule->ids != 0 && (id_form(value) & rule->ids) == 0) ||
	    (rule->characters != NULL && !characters_fit(value, rule->characters)) ||
	    (rule->valid != NULL && !rule->valid(value)) ||
	    (rule->values != NULL && !has_word(rule->values, value)))
		return rule->reason == NULL ? "INVALID_PATTERN" : rule->reason;
	return NULL;
}

bool org_inputs(struct twin_call *call)
{
	const char *member;
	json_t *value;

	json_object_foreach((json_t *)call->input, member, value)
	{
		const struct rule *rule = rule_find(member);
		const char *reason;

		if (rule == NULL || json_is_null(value))
			continue;
		if (!json_is_string(value)) {
			twin_refuse(call, "SerializationException", "%s is not a string", member);
			return false;
		}
		reason = rule_breach(rule, json_string_value(value));
		if (reason == NULL)
			continue;
		twin_refuse_reason(call, "InvalidInputException", reason,
				   "You provided a value for %s that doesn't match the "
				   "requirements of the parameter.",
				   member);
		return false;
	}
	return true;
}

const char *org_input(const struct twin_call *call, const char *member)
{
	return json_string_value(json_object_get(call->input, member));
}

/* The service's own words, from its model. */
static const struct {
	const char *code, *message;
} messages[] = {
    {"AccountAlreadyClosedException", "You attempted to close an account that is already closed."},
    {"AccountAlreadyRegisteredException",
     "The specified account is already a delegated administrator for this AWS service."},
    {"AccountNotFoundException",
     "You specified an account that doesn't exist, or that isn't a member of the organization."},
    {"AccountNotRegisteredException",
     "The specified account is not a delegated administrator for this AWS service."},
    {"AlreadyInOrganizationException", "The AWS account is already a member of an organization."},
    {"ChildNotFoundException",
     "You specified an organizational unit or an account that doesn't exist."},
    {"ConflictException",
     "The request failed because it conflicts with the current state of the specified resource."},
    {"CreateAccountStatusNotFoundException",
     "You specified an account creation request that doesn't exist."},
    {"DestinationParentNotFoundException",
     "You specified a destination root or organizational unit that doesn't exist."},
    {"DuplicateAccountException", "That account is already present in the specified destination."},
    {"DuplicateOrganizationalUnitException", "An OU with the same name already exists."},
    {"DuplicatePolicyAttachmentException",
     "The selected policy is already attached to the specified target."},
    {"DuplicatePolicyException", "A policy with the same name already exists."},
    {"MalformedPolicyDocumentException",
     "The provided policy document does not meet the requirements of the specified policy type."},
    {"MasterCannotLeaveOrganizationException",
     "You can't remove a management account from an organization."},
    {"OrganizationNotEmptyException",
     "To delete an organization you must first remove all accounts except the management account."},
    {"OrganizationalUnitNotEmptyException",
     "The OU isn't empty: move its accounts and delete its child OUs first."},
    {"OrganizationalUnitNotFoundException",
     "You specified an organizational unit that doesn't exist."},
    {"ParentNotFoundException", "You specified a parent that doesn't exist."},
    {"PolicyChangesInProgressException",
     "Changes to the effective policy are in progress. Try the operation again later."},
    {"PolicyInUseException",
     "The policy is attached to one or more entities. You must detach it from all roots, OUs, and "
     "accounts before performing this operation."},
    {"PolicyNotAttachedException",
     "The policy isn't attached to the specified target in the specified root."},
    {"PolicyNotFoundException", "You specified a policy that doesn't exist."},
    {"PolicyTypeAlreadyEnabledException",
     "The specified policy type is already enabled in the specified root."},
    {"PolicyTypeNotAvailableForOrganizationException",
     "You can't use the specified policy type with the feature set currently enabled for this "
     "organization."},
    {"PolicyTypeNotEnabledException",
     "This operation can be performed only for enabled policy types."},
    {"ResourcePolicyNotFoundException", "The organization has no resource policy."},
    {"RootNotFoundException", "You specified a root that doesn't exist."},
    {"SourceParentNotFoundException",
     "You specified a source root or organizational unit that doesn't exist, or that doesn't hold "
     "the account."},
    {"TargetNotFoundException", "You specified a target that doesn't exist."},
    /* Reasons. */
    {"ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
     "You have exceeded the number of accounts that can be in progress at a time."},
    {"ACCOUNT_NUMBER_LIMIT_EXCEEDED",
     "You have exceeded the allowed number of AWS accounts in the organization."},
    {"CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You attempted to close the management account."},
    {"CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
     "You cannot register master account/yourself as delegated administrator for your "
     "organization."},
    {"CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
     "You cannot register a suspended account as a delegated administrator."},
    {"CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
     "The account is a delegated administrator: deregister it first."},
    {"CLOSE_ACCOUNT_QUOTA_EXCEEDED", "You have exceeded close account quota for the past 30 days."},
    {"CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
     "You attempted to exceed the number of accounts that you can close at a time."},
    {"MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
     "You have attached the maximum number of policies of this type to the specified target."},
    {"MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
     "You cannot remove the last policy attached to the specified target. You must have at least "
     "one attached policy."},
    {"ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
     "The operation requires the organization to be configured to support all features."},
    {"OU_DEPTH_LIMIT_EXCEEDED", "You attempted to create an OU tree that is too many levels deep."},
    {"OU_NUMBER_LIMIT_EXCEEDED",
     "You attempted to exceed the number of OUs that you can have in an organization."},
    {"POLICY_CONTENT_LIMIT_EXCEEDED",
     "You attempted to create a policy that is larger than the maximum size."},
    {"POLICY_NUMBER_LIMIT_EXCEEDED",
     "You attempted to exceed the number of policies that you can have in an organization."},
    {"POLICY_TYPE_ENABLED_FOR_THIS_SERVICE",
     "You attempted to disable service access before you disabled the policy type."},
    {"SERVICE_ACCESS_NOT_ENABLED", "Call the EnableAWSServiceAccess API first."},
    {"WAIT_PERIOD_ACTIVE", "You must wait until at least four days after the account was created."},
    {"IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be modified."},
    {"INVALID_ROLE_NAME", "A role name can't begin with the reserved prefix AWSServiceRoleFor."},
    {"INVALID_LIST_MEMBER",
     "You provided a list to a parameter that contains at least one invalid value."},
    {"INVALID_SYSTEM_TAGS_PARAMETER", "Tag keys that begin with aws: are reserved for AWS use."},
    {"NON_DETACHABLE_POLICY", "You can't detach this AWS managed policy."},
    {"TARGET_NOT_SUPPORTED", "You can't perform the specified operation on that target entity."},
    {"UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified a service principal that isn't recognized."},
};

static const char *message_of(const char *code)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (strcmp(messages[i].code, code) == 0)
			return messages[i].message;
	return code;
}

json_t *org_refuse(struct twin_call *call, const char *code)
{
	return twin_refuse(call, code, "%s", message_of(code));
}

json_t *org_violates(struct twin_call *call, const char *reason)
{
	return twin_refuse_reason(call, "ConstraintViolationException", reason, "%s",
				  message_of(reason));
}

json_t *org_invalid(struct twin_call *call, const char *reason)
{
	return twin_refuse_reason(call, "InvalidInputException", reason, "%s", message_of(reason));
}
