/* The twin's Organizations and Account Management: as awkward as AWS's. */
#include "aws/twin/org_priv.h"

#include "aws/twin/transport.h"
#include "base/env.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define START_US 1795309323000000LL /* 2026-11-22T01:02:03Z */
#define DENY                                                                                       \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"s3:*\","     \
	"\"Resource\":\"*\"}]}"
#define DENY_EVERYONE                                                                              \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\","     \
	"\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"

struct desk {
	struct twin_clock clock;
	struct twin *twin;
	char root[TWIN_ID];
};

/* A request of the management account; `outcome`: "", or the error's code and reason. */
static json_t *request(struct desk *d, const char *operation, json_t *input, char outcome[160])
{
	auto_free char *target = xasprintf("AWSOrganizationsV20161128.%s", operation);
	auto_free char *body = json_dumps(input, JSON_COMPACT);
	struct http_header headers[] = {
	    {"Host", "organizations.us-east-1.amazonaws.com"},
	    {"Content-Type", "application/x-amz-json-1.1"},
	    {"X-Amz-Target", target},
	    {"Authorization",
	     "AWS4-HMAC-SHA256 Credential=AKIATWIN111111111111/20261122/us-east-1/organizations/"
	     "aws4_request, SignedHeaders=host;x-amz-date, Signature=00"},
	};
	struct twin_request r = {"POST", "/", headers, 4, body, strlen(body)};
	struct twin_reply reply;
	json_t *result;
	const char *code;

	twin_serve(d->twin, &r, &reply);
	result = reply.body.len == 0 ? json_object()
				     : json_loadb(reply.body.data, reply.body.len, 0, NULL);
	code = strrchr(row_str(result, "__type"), '#');
	code = code == NULL ? row_str(result, "__type") : code + 1;
	snprintf(outcome, 160, "%s%s%s", code, *row_str(result, "Reason") == '\0' ? "" : " ",
		 row_str(result, "Reason"));
	assert_true((*outcome == '\0') == (reply.status == 200));
	twin_reply_free(&reply);
	json_decref(input);
	return result;
}

/* Both take the input. */
static void refused(struct desk *d, const char *outcome, const char *operation, json_t *input)
{
	char was[160];

	json_decref(request(d, operation, input, was));
	assert_string_equal(was, outcome);
}

static json_t *result(struct desk *d, const char *operation, json_t *input)
{
	char outcome[160];
	json_t *r = request(d, operation, input, outcome);

	assert_string_equal(outcome, "");
	return r;
}

static void done(struct desk *d, const char *operation, json_t *input)
{
	json_decref(result(d, operation, input));
}

/* A text within a reply: "Policy.PolicySummary.Id". Owned by the reply. */
static const char *at(const json_t *reply, const char *path)
{
	auto_free char *copy = xstrdup(path);
	char *rest = copy, *part;

	while ((part = strsep(&rest, ".")) != NULL)
		reply = *part >= '0' && *part <= '9'
			    ? json_array_get(reply, strtoul(part, NULL, 10))
			    : json_object_get(reply, part);
	return json_string_value(reply) == NULL ? "" : json_string_value(reply);
}

static void desk_open(struct desk *d, struct twin_options options, const char *features)
{
	auto_error err = {0};

	twin_clock_init(&d->clock, START_US);
	options.clock = &d->clock.clock;
	assert_int_equal(twin_new(&d->twin, &options, &err), 0);
	if (features == NULL)
		return;
	done(d, "CreateOrganization", json_pack("{s:s}", "FeatureSet", features));
	snprintf(d->root, sizeof(d->root), "%s", row_str(twin_table(d->twin, "root"), "Id"));
}

static void desk_close(struct desk *d)
{
	twin_free(d->twin);
}

/* New; owned by the caller. */
static char *unit_make(struct desk *d, const char *parent, const char *name)
{
	json_auto_t *r = result(d, "CreateOrganizationalUnit",
				json_pack("{s:s, s:s}", "ParentId", parent, "Name", name));

	return xstrdup(at(r, "OrganizationalUnit.Id"));
}

static char *policy_make(struct desk *d, const char *type, const char *name, const char *content)
{
	json_auto_t *r = result(d, "CreatePolicy",
				json_pack("{s:s, s:s, s:s, s:s}", "Type", type, "Name", name,
					  "Description", "", "Content", content));

	return xstrdup(at(r, "Policy.PolicySummary.Id"));
}

/* Creates an account and waits for it: its id, owned by the caller. */
static char *account_make(struct desk *d, const char *name)
{
	auto_free char *email = xasprintf("%s@example.com", name);
	json_auto_t *asked = result(d, "CreateAccount",
				    json_pack("{s:s, s:s}", "AccountName", name, "Email", email));
	json_auto_t *r = NULL;

	assert_string_equal(at(asked, "CreateAccountStatus.State"), "IN_PROGRESS");
	d->clock.us += d->twin->options.job_us;
	r = result(
	    d, "DescribeCreateAccountStatus",
	    json_pack("{s:s}", "CreateAccountRequestId", at(asked, "CreateAccountStatus.Id")));
	assert_string_equal(at(r, "CreateAccountStatus.State"), "SUCCEEDED");
	return xstrdup(at(r, "CreateAccountStatus.AccountId"));
}

static json_t *pair(const char *a, const char *x, const char *b, const char *y)
{
	return json_pack("{s:s, s:s}", a, x, b, y);
}

static json_t *one(const char *member, const char *value)
{
	return json_pack("{s:s}", member, value);
}

static void test_organization(void **state)
{
	struct desk d;
	json_auto_t *roots = NULL, *targets = NULL, *accounts = NULL;

	(void)state;
	desk_open(&d, (struct twin_options){0}, NULL);
	refused(&d, "AWSOrganizationsNotInUseException", "DescribeOrganization", json_object());
	refused(&d, "InvalidInputException INVALID_ENUM", "CreateOrganization",
		one("FeatureSet", "SOME"));
	done(&d, "CreateOrganization", json_object());
	refused(&d, "AlreadyInOrganizationException", "CreateOrganization", json_object());
	roots = result(&d, "ListRoots", json_object());
	assert_string_equal(at(roots, "Roots.0.Name"), "Root");
	assert_string_equal(at(roots, "Roots.0.PolicyTypes.0.Type"), "SERVICE_CONTROL_POLICY");
	assert_string_equal(at(roots, "Roots.0.PolicyTypes.0.Status"), "ENABLED");
	targets = result(&d, "ListTargetsForPolicy", one("PolicyId", "p-FullAWSAccess"));
	assert_string_equal(at(targets, "Targets.0.Type"), "ROOT");
	assert_string_equal(at(targets, "Targets.1.Type"), "ACCOUNT");
	accounts = result(&d, "ListAccounts", json_object());
	assert_string_equal(at(accounts, "Accounts.0.JoinedMethod"), "INVITED");
	assert_string_equal(at(accounts, "Accounts.0.Status"), "ACTIVE");
	refused(&d, "ResourcePolicyNotFoundException", "DescribeResourcePolicy", json_object());
	done(&d, "ListHandshakesForOrganization", json_object());
	done(&d, "DeleteOrganization", json_object());
	refused(&d, "AWSOrganizationsNotInUseException", "ListRoots", json_object());
	desk_close(&d);
}

static void test_billing_only(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "CONSOLIDATED_BILLING");
	refused(&d, "PolicyTypeNotAvailableForOrganizationException", "EnablePolicyType",
		pair("RootId", d.root, "PolicyType", "TAG_POLICY"));
	refused(&d, "ConstraintViolationException ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
		"EnableAWSServiceAccess", one("ServicePrincipal", "sso.amazonaws.com"));
	desk_close(&d);
}

static void test_inputs(void **state)
{
	static const struct {
		const char *operation, *input, *outcome;
	} cases[] = {
	    {"DescribeAccount", "{}", "InvalidInputException INPUT_REQUIRED"},
	    {"DescribeAccount", "{\"AccountId\":\"12345678901\"}",
	     "InvalidInputException INVALID_PATTERN"},
	    {"DescribeAccount", "{\"AccountId\":111111111111}", "SerializationException"},
	    {"DescribeAccount", "{\"AccountId\":\"222222222222\"}", "AccountNotFoundException"},
	    {"DescribePolicy", "{\"PolicyId\":\"FullAWSAccess\"}",
	     "InvalidInputException INVALID_SYNTAX_POLICY_ID"},
	    {"DescribePolicy", "{\"PolicyId\":\"p-nothere0\"}", "PolicyNotFoundException"},
	    {"ListPolicies", "{\"Filter\":\"SOME_POLICY\"}",
	     "InvalidInputException INVALID_ENUM_POLICY_TYPE"},
	    {"ListAccountsForParent", "{\"ParentId\":\"ou-abcd-short\"}",
	     "InvalidInputException INVALID_PATTERN"},
	    {"ListAccountsForParent", "{\"ParentId\":\"ou-abcd-12345678\"}",
	     "ParentNotFoundException"},
	    {"ListChildren", "{\"ParentId\":\"r-abcd\",\"ChildType\":\"POLICY\"}",
	     "InvalidInputException INVALID_ENUM"},
	    {"ListParents", "{\"ChildId\":\"222222222222\"}", "ChildNotFoundException"},
	    {"DescribeOrganizationalUnit", "{\"OrganizationalUnitId\":\"ou-abcd-12345678\"}",
	     "OrganizationalUnitNotFoundException"},
	    {"ListTagsForResource", "{\"ResourceId\":\"p-nothere0\"}", "TargetNotFoundException"},
	    {"ListPoliciesForTarget", "{\"TargetId\":\"x\",\"Filter\":\"SERVICE_CONTROL_POLICY\"}",
	     "InvalidInputException INVALID_PATTERN_TARGET_ID"},
	    {"DescribeCreateAccountStatus", "{\"CreateAccountRequestId\":\"car-12345678\"}",
	     "CreateAccountStatusNotFoundException"},
	    {"ListCreateAccountStatus", "{\"States\":[\"DONE\"]}",
	     "InvalidInputException INVALID_LIST_MEMBER"},
	    {"ListAccounts", "{\"MaxResults\":21}", "InvalidInputException MAX_VALUE_EXCEEDED"},
	    {"ListAccounts", "{\"MaxResults\":0}", "InvalidInputException MIN_VALUE_EXCEEDED"},
	    {"CreateAccount", "{\"Email\":\"nobody\",\"AccountName\":\"a\"}",
	     "InvalidInputException INVALID_PATTERN"},
	    {"CreateAccount", "{\"Email\":\"a@b\",\"AccountName\":\"a\"}",
	     "InvalidInputException MIN_LENGTH_EXCEEDED"},
	    {"CreateAccount", "{\"Email\":\"a@example.com\",\"AccountName\":\"\"}",
	     "InvalidInputException MIN_LENGTH_EXCEEDED"},
	    {"CreateAccount",
	     "{\"Email\":\"a@example.com\",\"AccountName\":\"a\","
	     "\"RoleName\":\"AWSServiceRoleForMe\"}",
	     "InvalidInputException INVALID_ROLE_NAME"},
	    {"EnableAWSServiceAccess", "{\"ServicePrincipal\":\"example.com\"}",
	     "InvalidInputException UNRECOGNIZED_SERVICE_PRINCIPAL"},
	};
	struct desk d;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refused(&d, cases[i].outcome, cases[i].operation,
			json_loads(cases[i].input, 0, NULL));
	desk_close(&d);
}

static void test_units(void **state)
{
	struct desk d;
	char *unit[6] = {0};
	json_auto_t *deepest = NULL, *parents = NULL;
	auto_free char *path = NULL;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	unit[0] = xstrdup(d.root);
	for (size_t i = 1; i < 6; i++)
		unit[i] = unit_make(&d, unit[i - 1], "same name");
	refused(&d, "ConstraintViolationException OU_DEPTH_LIMIT_EXCEEDED",
		"CreateOrganizationalUnit", pair("ParentId", unit[5], "Name", "deeper"));
	refused(&d, "DuplicateOrganizationalUnitException", "CreateOrganizationalUnit",
		pair("ParentId", unit[4], "Name", "same name"));
	deepest = result(&d, "DescribeOrganizationalUnit", one("OrganizationalUnitId", unit[5]));
	path = xasprintf("%s/%s/%s/%s/%s/%s/%s/", row_str(twin_table(d.twin, "organization"), "Id"),
			 unit[0], unit[1], unit[2], unit[3], unit[4], unit[5]);
	assert_string_equal(at(deepest, "OrganizationalUnit.Path"), path);
	parents = result(&d, "ListParents", one("ChildId", unit[1]));
	assert_string_equal(at(parents, "Parents.0.Type"), "ROOT");
	refused(&d, "OrganizationalUnitNotEmptyException", "DeleteOrganizationalUnit",
		one("OrganizationalUnitId", unit[4]));
	done(&d, "UpdateOrganizationalUnit",
	     pair("OrganizationalUnitId", unit[5], "Name", "same name"));
	done(&d, "DeleteOrganizationalUnit", one("OrganizationalUnitId", unit[5]));
	refused(&d, "OrganizationalUnitNotFoundException", "DeleteOrganizationalUnit",
		one("OrganizationalUnitId", unit[5]));
	assert_null(json_object_get(
	    json_object_get(twin_row(d.twin, "policies", "p-FullAWSAccess"), "targets"), unit[5]));
	for (size_t i = 0; i < 6; i++)
		free(unit[i]);
	desk_close(&d);
}

/* The default page is as large as the largest. */
static void test_pages(void **state)
{
	static const size_t sizes[] = {20, 20, 5};
	struct desk d;
	json_t *input;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	for (unsigned i = 0; i < 45; i++) {
		auto_free char *name = xasprintf("unit %u", i);

		free(unit_make(&d, d.root, name));
	}
	input = one("ParentId", d.root);
	for (size_t i = 0; i < 3; i++) {
		json_auto_t *page =
		    result(&d, "ListOrganizationalUnitsForParent", json_deep_copy(input));
		json_t *token = json_object_get(page, "NextToken");

		assert_int_equal(json_array_size(json_object_get(page, "OrganizationalUnits")),
				 sizes[i]);
		assert_int_equal(token == NULL, i == 2);
		if (token != NULL)
			json_object_set(input, "NextToken", token);
	}
	json_decref(input);
	desk_close(&d);
}

static json_t *new_account(const char *name, const char *email)
{
	return pair("AccountName", name, "Email", email);
}

static void creations_fail(struct desk *d)
{
	static const char *const emails[][2] = {
	    {"Training-1@Example.com", "EMAIL_ALREADY_EXISTS"},
	    {"a&b@example.com", "INVALID_EMAIL"},
	};

	for (size_t i = 0; i < 2; i++) {
		json_auto_t *r = NULL;

		done(d, "CreateAccount", new_account("another", emails[i][0]));
		d->clock.us += d->twin->options.job_us;
		r = result(d, "ListCreateAccountStatus",
			   json_pack("{s:[s], s:i}", "States", "FAILED", "MaxResults", 5));
		assert_int_equal(json_array_size(json_object_get(r, "CreateAccountStatuses")),
				 i + 1);
		assert_string_equal(at(r, i == 0 ? "CreateAccountStatuses.0.FailureReason"
						 : "CreateAccountStatuses.1.FailureReason"),
				    emails[i][1]);
	}
}

static void test_creation(void **state)
{
	struct desk d;
	auto_free char *id = NULL;
	json_auto_t *account = NULL, *tags = NULL, *asked = NULL, *later = NULL;
	const json_t *roles;

	(void)state;
	desk_open(&d, (struct twin_options){.job_us = 60 * SECOND_US, .accounts = 8}, "ALL");
	id = account_make(&d, "training-1");
	account = result(&d, "DescribeAccount", one("AccountId", id));
	assert_string_equal(at(account, "Account.JoinedMethod"), "CREATED");
	assert_string_equal(at(account, "Account.State"), "ACTIVE");
	assert_true(str_starts(at(account, "Account.Paths.0"), "o-"));
	assert_true(str_ends(at(account, "Account.Paths.0") + 13, "/"));
	roles = json_object_get(twin_row(d.twin, "iam", id), "roles");
	assert_non_null(json_object_get(roles, "organizationaccountaccessrole"));
	creations_fail(&d);

	asked = result(&d, "CreateAccount",
		       json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "AccountName", "a", "Email",
				 "a@example.com", "Tags", "Key", "team", "Value", "ml"));
	for (unsigned i = 0; i < 4; i++) {
		auto_free char *email = xasprintf("more-%u@example.com", i);

		done(&d, "CreateAccount", new_account("more", email));
	}
	refused(&d, "ConstraintViolationException ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
		"CreateAccount", new_account("b", "b@example.com"));
	d.clock.us += 59 * SECOND_US;
	later = result(&d, "ListAccounts", json_object());
	assert_int_equal(json_array_size(json_object_get(later, "Accounts")), 2);
	d.clock.us += SECOND_US;
	done(&d, "CreateAccount", new_account("last", "last@example.com"));
	refused(&d, "ConstraintViolationException ACCOUNT_NUMBER_LIMIT_EXCEEDED", "CreateAccount",
		new_account("b", "b@example.com"));
	refused(&d, "OrganizationNotEmptyException", "DeleteOrganization", json_object());
	tags =
	    result(&d, "ListTagsForResource",
		   one("ResourceId",
		       row_str(twin_row(d.twin, "creations", at(asked, "CreateAccountStatus.Id")),
			       "AccountId")));
	assert_string_equal(at(tags, "Tags.0.Value"), "ml");
	desk_close(&d);
}

static json_t *move(const char *account, const char *from, const char *to)
{
	return json_pack("{s:s, s:s, s:s}", "AccountId", account, "SourceParentId", from,
			 "DestinationParentId", to);
}

static void test_moving(void **state)
{
	struct desk d;
	auto_free char *id = NULL, *unit = NULL, *other = NULL, *path = NULL;
	json_auto_t *listed = NULL, *children = NULL;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	id = account_make(&d, "training-1");
	unit = unit_make(&d, d.root, "one");
	other = unit_make(&d, d.root, "other");
	refused(&d, "AccountNotFoundException", "MoveAccount", move("999999999999", d.root, unit));
	refused(&d, "SourceParentNotFoundException", "MoveAccount",
		move(id, "ou-abcd-12345678", unit));
	refused(&d, "SourceParentNotFoundException", "MoveAccount", move(id, other, unit));
	refused(&d, "DestinationParentNotFoundException", "MoveAccount",
		move(id, d.root, "ou-abcd-12345678"));
	done(&d, "MoveAccount", move(id, d.root, unit));
	refused(&d, "DuplicateAccountException", "MoveAccount", move(id, d.root, unit));
	refused(&d, "OrganizationalUnitNotEmptyException", "DeleteOrganizationalUnit",
		one("OrganizationalUnitId", unit));
	listed = result(&d, "ListAccountsForParent", one("ParentId", unit));
	path = xasprintf("%s/%s/%s/%s/", row_str(twin_table(d.twin, "organization"), "Id"), d.root,
			 unit, id);
	assert_string_equal(at(listed, "Accounts.0.Paths.0"), path);
	children = result(&d, "ListChildren", pair("ParentId", d.root, "ChildType", "ACCOUNT"));
	assert_string_equal(at(children, "Children.0.Id"), TWIN_MANAGEMENT);
	assert_int_equal(json_array_size(json_object_get(children, "Children")), 1);
	desk_close(&d);
}

static void test_closing(void **state)
{
	struct desk d;
	char *id[4];
	json_auto_t *account = NULL;

	(void)state;
	desk_open(&d, (struct twin_options){.job_us = SECOND_US}, "ALL");
	for (unsigned i = 0; i < 4; i++) {
		auto_free char *name = xasprintf("account-%u", i);

		id[i] = account_make(&d, name);
	}
	refused(&d, "ConstraintViolationException CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "CloseAccount",
		one("AccountId", TWIN_MANAGEMENT));
	for (unsigned i = 0; i < 3; i++)
		done(&d, "CloseAccount", one("AccountId", id[i]));
	refused(&d, "ConstraintViolationException CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
		"CloseAccount", one("AccountId", id[3]));
	refused(&d, "ConflictException", "CloseAccount", one("AccountId", id[0]));
	account = result(&d, "DescribeAccount", one("AccountId", id[0]));
	assert_string_equal(at(account, "Account.State"), "PENDING_CLOSURE");
	d.clock.us += SECOND_US;
	json_decref(account);
	account = result(&d, "DescribeAccount", one("AccountId", id[0]));
	assert_string_equal(at(account, "Account.State"), "SUSPENDED");
	refused(&d, "AccountAlreadyClosedException", "CloseAccount", one("AccountId", id[0]));
	refused(&d, "MasterCannotLeaveOrganizationException", "RemoveAccountFromOrganization",
		one("AccountId", TWIN_MANAGEMENT));
	refused(&d, "ConstraintViolationException WAIT_PERIOD_ACTIVE",
		"RemoveAccountFromOrganization", one("AccountId", id[3]));
	d.clock.us += 4 * DAY_US;
	done(&d, "RemoveAccountFromOrganization", one("AccountId", id[3]));
	refused(&d, "AccountNotFoundException", "DescribeAccount", one("AccountId", id[3]));
	for (unsigned i = 0; i < 4; i++)
		free(id[i]);
	desk_close(&d);
}

static json_t *new_policy(const char *type, const char *name, const char *content)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "Type", type, "Name", name, "Description", "",
			 "Content", content);
}

static void test_documents(void **state)
{
	static const char *const malformed[][2] = {
	    {"SERVICE_CONTROL_POLICY", "{\"Version\":"},
	    {"SERVICE_CONTROL_POLICY", "[]"},
	    {"SERVICE_CONTROL_POLICY", "{\"Version\":\"2012-10-17\"}"},
	    {"SERVICE_CONTROL_POLICY", DENY_EVERYONE},
	    {"SERVICE_CONTROL_POLICY",
	     "{\"Statement\":{\"Effect\":\"Forbid\",\"Action\":\"*\",\"Resource\":\"*\"}}"},
	    {"SERVICE_CONTROL_POLICY", "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\"}}"},
	    {"RESOURCE_CONTROL_POLICY", DENY},
	    {"TAG_POLICY", DENY},
	};
	struct desk d;
	auto_free char *id = NULL;
	char large[2600];

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		refused(&d, "MalformedPolicyDocumentException", "CreatePolicy",
			new_policy(malformed[i][0], "policy", malformed[i][1]));
	free(policy_make(&d, "RESOURCE_CONTROL_POLICY", "policy", DENY_EVERYONE));
	free(policy_make(&d, "TAG_POLICY", "policy", "{\"tags\":{}}"));
	memset(large, ' ', sizeof(large));
	memcpy(large, "{\"services\":{}}", 15);
	large[2501] = '\0';
	refused(&d, "ConstraintViolationException POLICY_CONTENT_LIMIT_EXCEEDED", "CreatePolicy",
		new_policy("AISERVICES_OPT_OUT_POLICY", "large", large));
	large[2500] = '\0';
	id = policy_make(&d, "AISERVICES_OPT_OUT_POLICY", "large", large);
	refused(&d, "DuplicatePolicyException", "CreatePolicy",
		new_policy("AISERVICES_OPT_OUT_POLICY", "large", "{}"));
	refused(&d, "MalformedPolicyDocumentException", "UpdatePolicy",
		pair("PolicyId", id, "Content", DENY));
	done(&d, "UpdatePolicy", pair("PolicyId", id, "Name", "large"));
	refused(&d, "InvalidInputException IMMUTABLE_POLICY", "UpdatePolicy",
		pair("PolicyId", "p-FullAWSAccess", "Name", "mine"));
	refused(&d, "InvalidInputException IMMUTABLE_POLICY", "DeletePolicy",
		one("PolicyId", "p-FullAWSAccess"));
	desk_close(&d);
}

static json_t *attachment(const char *policy, const char *target)
{
	return pair("PolicyId", policy, "TargetId", target);
}

static void attach_most(struct desk *d)
{
	for (unsigned i = 0; i < 9; i++) {
		auto_free char *name = xasprintf("policy-%u", i), *id = NULL;

		id = policy_make(d, "SERVICE_CONTROL_POLICY", name, DENY);
		done(d, "AttachPolicy", attachment(id, d->root));
	}
}

static void test_attachments(void **state)
{
	struct desk d;
	auto_free char *id = NULL, *tag = NULL;
	json_auto_t *listed = NULL;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	id = policy_make(&d, "SERVICE_CONTROL_POLICY", "policy", DENY);
	tag = policy_make(&d, "TAG_POLICY", "policy", "{}");
	refused(&d, "TargetNotFoundException", "AttachPolicy", attachment(id, "999999999999"));
	refused(&d, "PolicyNotFoundException", "AttachPolicy", attachment("p-nothere0", d.root));
	refused(&d, "PolicyTypeNotEnabledException", "AttachPolicy", attachment(tag, d.root));
	refused(&d, "PolicyNotAttachedException", "DetachPolicy", attachment(id, d.root));
	refused(&d, "ConstraintViolationException MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
		"DetachPolicy", attachment("p-FullAWSAccess", d.root));
	attach_most(&d);
	refused(&d, "ConstraintViolationException MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
		"AttachPolicy", attachment(id, d.root));
	done(&d, "DetachPolicy", attachment("p-FullAWSAccess", d.root));
	done(&d, "AttachPolicy", attachment(id, d.root));
	refused(&d, "DuplicatePolicyAttachmentException", "AttachPolicy", attachment(id, d.root));
	refused(&d, "PolicyInUseException", "DeletePolicy", one("PolicyId", id));
	listed = result(&d, "ListPoliciesForTarget",
			pair("TargetId", d.root, "Filter", "SERVICE_CONTROL_POLICY"));
	assert_int_equal(json_array_size(json_object_get(listed, "Policies")), 10);
	done(&d, "DetachPolicy", attachment(id, d.root));
	done(&d, "DeletePolicy", one("PolicyId", id));
	desk_close(&d);
}

static const char *type_status(struct desk *d, const char *type)
{
	return row_str(json_object_get(twin_table(d->twin, "root"), "types"), type);
}

static void test_policy_types(void **state)
{
	struct desk d;
	auto_free char *unit = NULL;
	json_t *rcp, *scp;

	(void)state;
	desk_open(&d, (struct twin_options){.job_us = SECOND_US}, "ALL");
	rcp = pair("RootId", d.root, "PolicyType", "RESOURCE_CONTROL_POLICY");
	scp = pair("RootId", d.root, "PolicyType", "SERVICE_CONTROL_POLICY");
	done(&d, "EnablePolicyType", json_incref(rcp));
	assert_string_equal(type_status(&d, "RESOURCE_CONTROL_POLICY"), "PENDING_ENABLE");
	refused(&d, "PolicyTypeAlreadyEnabledException", "EnablePolicyType", json_incref(rcp));
	refused(&d, "PolicyChangesInProgressException", "DisablePolicyType", json_incref(rcp));
	d.clock.us += SECOND_US;
	unit = unit_make(&d, d.root, "unit");
	assert_string_equal(type_status(&d, "RESOURCE_CONTROL_POLICY"), "ENABLED");
	refused(&d, "InvalidInputException NON_DETACHABLE_POLICY", "DetachPolicy",
		attachment("p-RCPFullAWSAccess", unit));
	done(&d, "DisablePolicyType", json_incref(scp));
	d.clock.us += SECOND_US;
	refused(&d, "PolicyTypeNotEnabledException", "DisablePolicyType", json_incref(scp));
	refused(&d, "PolicyNotAttachedException", "DetachPolicy",
		attachment("p-FullAWSAccess", unit));
	refused(&d, "RootNotFoundException", "EnablePolicyType",
		pair("RootId", "r-none", "PolicyType", "TAG_POLICY"));
	refused(&d, "ConstraintViolationException SERVICE_ACCESS_NOT_ENABLED", "EnablePolicyType",
		pair("RootId", d.root, "PolicyType", "INSPECTOR_POLICY"));
	json_decref(rcp);
	json_decref(scp);
	desk_close(&d);
}

static json_t *tagging(const char *id, const char *key, const char *value)
{
	return json_pack("{s:s, s:[{s:s, s:s}]}", "ResourceId", id, "Tags", "Key", key, "Value",
			 value);
}

static void test_tags(void **state)
{
	struct desk d;
	json_auto_t *page = NULL;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	for (unsigned i = 0; i < 50; i++) {
		auto_free char *key = xasprintf("key-%u", i);

		done(&d, "TagResource", tagging(d.root, key, "v"));
	}
	refused(&d, "ConstraintViolationException MAX_TAG_LIMIT_EXCEEDED", "TagResource",
		tagging(d.root, "one more", "v"));
	done(&d, "TagResource", tagging(d.root, "key-1", "again"));
	refused(&d, "InvalidInputException INVALID_SYSTEM_TAGS_PARAMETER", "TagResource",
		tagging(d.root, "aws:mine", "v"));
	refused(&d, "InvalidInputException TARGET_NOT_SUPPORTED", "TagResource",
		tagging("p-FullAWSAccess", "key", "v"));
	refused(&d, "TargetNotFoundException", "TagResource", tagging("999999999999", "key", "v"));
	refused(&d, "InvalidInputException INVALID_SYSTEM_TAGS_PARAMETER", "UntagResource",
		json_pack("{s:s, s:[s]}", "ResourceId", d.root, "TagKeys", "aws:mine"));
	done(&d, "UntagResource",
	     json_pack("{s:s, s:[s, s]}", "ResourceId", d.root, "TagKeys", "key-0", "no such key"));
	page = result(&d, "ListTagsForResource", one("ResourceId", d.root));
	assert_string_equal(at(page, "Tags.0.Value"), "again");
	assert_non_null(json_object_get(page, "NextToken"));
	desk_close(&d);
}

static void test_delegated(void **state)
{
	static const char *const service = "sso.amazonaws.com";
	struct desk d;
	auto_free char *id = NULL;
	json_auto_t *all = NULL, *none = NULL, *services_of = NULL;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	id = account_make(&d, "identity");
	refused(&d, "ConstraintViolationException SERVICE_ACCESS_NOT_ENABLED",
		"RegisterDelegatedAdministrator",
		pair("AccountId", id, "ServicePrincipal", service));
	done(&d, "EnableAWSServiceAccess", one("ServicePrincipal", service));
	done(&d, "EnableAWSServiceAccess", one("ServicePrincipal", service));
	refused(&d,
		"ConstraintViolationException CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
		"RegisterDelegatedAdministrator",
		pair("AccountId", TWIN_MANAGEMENT, "ServicePrincipal", service));
	refused(&d, "AccountNotRegisteredException", "ListDelegatedServicesForAccount",
		one("AccountId", id));
	done(&d, "RegisterDelegatedAdministrator",
	     pair("AccountId", id, "ServicePrincipal", service));
	refused(&d, "AccountAlreadyRegisteredException", "RegisterDelegatedAdministrator",
		pair("AccountId", id, "ServicePrincipal", service));
	all = result(&d, "ListDelegatedAdministrators", one("ServicePrincipal", service));
	assert_string_equal(at(all, "DelegatedAdministrators.0.Id"), id);
	none = result(&d, "ListDelegatedAdministrators",
		      one("ServicePrincipal", "config.amazonaws.com"));
	assert_int_equal(json_array_size(json_object_get(none, "DelegatedAdministrators")), 0);
	services_of = result(&d, "ListDelegatedServicesForAccount", one("AccountId", id));
	assert_string_equal(at(services_of, "DelegatedServices.0.ServicePrincipal"), service);
	d.clock.us += 5 * DAY_US;
	refused(&d, "ConstraintViolationException CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
		"RemoveAccountFromOrganization", one("AccountId", id));
	done(&d, "DeregisterDelegatedAdministrator",
	     pair("AccountId", id, "ServicePrincipal", service));
	refused(&d, "AccountNotRegisteredException", "DeregisterDelegatedAdministrator",
		pair("AccountId", id, "ServicePrincipal", service));
	desk_close(&d);
}

/* The code of a call of Account Management by this account. */
static void contact(struct desk *d, const char *account, const char *outcome, const char *operation,
		    json_t *input)
{
	char code[64];

	json_decref(twin_do(d->twin, account, "account", operation, input, code));
	assert_string_equal(code, outcome);
}

static json_t *security_contact(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "AlternateContactType", "SECURITY", "Name",
			 "Sam", "Title", "Security", "EmailAddress", "sam@example.com",
			 "PhoneNumber", "+1 555 0100");
}

static void test_contacts(void **state)
{
	struct desk d;
	auto_free char *id = NULL;
	json_auto_t *listed = NULL;

	(void)state;
	desk_open(&d, (struct twin_options){0}, "ALL");
	id = account_make(&d, "training-1");
	contact(&d, TWIN_MANAGEMENT, "AccessDeniedException", "PutAccountName",
		pair("AccountId", id, "AccountName", "renamed"));
	done(&d, "EnableAWSServiceAccess", one("ServicePrincipal", "account.amazonaws.com"));
	contact(&d, TWIN_MANAGEMENT, "", "PutAccountName",
		pair("AccountId", id, "AccountName", "renamed"));
	contact(&d, TWIN_MANAGEMENT, "ValidationException", "PutAccountName",
		pair("AccountId", id, "AccountName", "<renamed>"));
	contact(&d, TWIN_MANAGEMENT, "AccessDeniedException", "PutAccountName",
		pair("AccountId", TWIN_MANAGEMENT, "AccountName", "top"));
	contact(&d, TWIN_MANAGEMENT, "", "PutAccountName", one("AccountName", "top"));
	contact(&d, id, "AccessDeniedException", "GetAccountInformation",
		one("AccountId", TWIN_MANAGEMENT));
	listed = result(&d, "ListAccounts", json_object());
	assert_string_equal(at(listed, "Accounts.0.Name"), "top");
	assert_string_equal(at(listed, "Accounts.1.Name"), "renamed");
	contact(&d, id, "ResourceNotFoundException", "GetAlternateContact",
		one("AlternateContactType", "SECURITY"));
	contact(&d, id, "", "PutAlternateContact", security_contact());
	contact(&d, TWIN_MANAGEMENT, "", "GetAlternateContact",
		pair("AccountId", id, "AlternateContactType", "SECURITY"));
	contact(&d, id, "", "DeleteAlternateContact", one("AlternateContactType", "SECURITY"));
	contact(&d, id, "ResourceNotFoundException", "DeleteAlternateContact",
		one("AlternateContactType", "SECURITY"));
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_organization), cmocka_unit_test(test_billing_only),
	    cmocka_unit_test(test_inputs),       cmocka_unit_test(test_units),
	    cmocka_unit_test(test_pages),        cmocka_unit_test(test_creation),
	    cmocka_unit_test(test_moving),       cmocka_unit_test(test_closing),
	    cmocka_unit_test(test_documents),    cmocka_unit_test(test_attachments),
	    cmocka_unit_test(test_policy_types), cmocka_unit_test(test_tags),
	    cmocka_unit_test(test_delegated),    cmocka_unit_test(test_contacts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
