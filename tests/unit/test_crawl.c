/* The crawl against canned replies: what is recorded, what is asked for, and what is not whole. */
#include "tests/unit/canned_aws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define DENY                                                                                       \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Deny\\\","      \
	"\\\"Action\\\":[\\\"a:b\\\"],\\\"Resource\\\":\\\"*\\\"}}"
#define DENIED "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}"

/* Without Paths and with small pages, as moto answers. */
static const struct rule plain[] = {
    {"DescribeOrganization", NULL, 0,
     "{\"Organization\":{\"Id\":\"o-1\",\"MasterAccountId\":\"111111111111\",\"FeatureSet\":"
     "\"ALL\"}}"},
    {"ListRoots", NULL, 0,
     "{\"Roots\":[{\"Id\":\"r-1\",\"PolicyTypes\":[{\"Type\":\"SERVICE_CONTROL_POLICY\","
     "\"Status\":\"ENABLED\"}]}]}"},
    {"ListAccounts", "NextToken", 0,
     "{\"Accounts\":[{\"Id\":\"222222222222\",\"Name\":\"audit\",\"Email\":\"Audit@Example.com\","
     "\"Status\":\"SUSPENDED\",\"State\":\"ACTIVE\",\"JoinedMethod\":\"CREATED\","
     "\"JoinedTimestamp\":1795309323.5}]}"},
    {"ListAccounts", NULL, 0,
     "{\"Accounts\":[{\"Id\":\"111111111111\",\"Name\":\"main\",\"Email\":\"main@example.com\","
     "\"Status\":\"ACTIVE\"}],\"NextToken\":\"t\"}"},
    {"ListAccountsForParent", "r-1", 0,
     "{\"Accounts\":[{\"Id\":\"111111111111\",\"Name\":\"main\",\"Email\":\"main@example.com\","
     "\"Status\":\"ACTIVE\"}]}"},
    {"ListAccountsForParent", "ou-b", 0,
     "{\"Accounts\":[{\"Id\":\"222222222222\",\"Name\":\"audit\",\"Email\":\"audit@example.com\","
     "\"State\":\"ACTIVE\",\"JoinedMethod\":\"CREATED\",\"JoinedTimestamp\":1795309323.5}]}"},
    {"ListAccountsForParent", NULL, 0, "{\"Accounts\":[]}"},
    {"ListOrganizationalUnitsForParent", "r-1", 0,
     "{\"OrganizationalUnits\":[{\"Id\":\"ou-a\",\"Name\":\"Security\"}]}"},
    {"ListOrganizationalUnitsForParent", "ou-a", 0,
     "{\"OrganizationalUnits\":[{\"Id\":\"ou-b\",\"Name\":\"Deep\"}]}"},
    {"ListOrganizationalUnitsForParent", NULL, 0, "{\"OrganizationalUnits\":[]}"},
    {"ListPolicies", "TAG_POLICY", 0, "{\"Policies\":[]}"},
    {"ListPolicies", NULL, 0,
     "{\"Policies\":[{\"Id\":\"p-FullAWSAccess\",\"Name\":\"FullAWSAccess\",\"Type\":"
     "\"SERVICE_CONTROL_POLICY\",\"AwsManaged\":true},{\"Id\":\"p-1\",\"Name\":\"deny\",\"Type\":"
     "\"SERVICE_CONTROL_POLICY\",\"Description\":\"d\",\"AwsManaged\":false}]}"},
    {"DescribePolicy", NULL, 0,
     "{\"Policy\":{\"PolicySummary\":{\"Id\":\"p-1\",\"Name\":\"deny\",\"Type\":"
     "\"SERVICE_CONTROL_POLICY\"},\"Content\":\"" DENY "\"}}"},
    {"ListTargetsForPolicy", "p-1", 0,
     "{\"Targets\":[{\"TargetId\":\"r-1\"},{\"TargetId\":\"ou-b\"},{\"TargetId\":\"ou-gone\"},"
     "{\"TargetId\":\"222222222222\"}]}"},
    {"ListTargetsForPolicy", "p-FullAWSAccess", 0, "{\"Targets\":[{\"TargetId\":\"ou-a\"}]}"},
    {"ListTagsForResource", "r-1", 0,
     "{\"Tags\":[{\"Key\":\"charter:applied/main\",\"Value\":\"c t\"}]}"},
    {"ListTagsForResource", "ou-a", 0, "{\"Tags\":[{\"Key\":\"k\",\"Value\":\"\"}]}"},
    {"ListTagsForResource", NULL, 0, "{\"Tags\":[]}"},
    {"ListAWSServiceAccessForOrganization", NULL, 0,
     "{\"EnabledServicePrincipals\":[{\"ServicePrincipal\":\"config.amazonaws.com\"},"
     "{\"ServicePrincipal\":\"sso.amazonaws.com\"}]}"},
    {"ListDelegatedAdministrators", "config", 0,
     "{\"DelegatedAdministrators\":[{\"Id\":\"222222222222\"}]}"},
    {"ListDelegatedAdministrators", "sso", 0, "{\"DelegatedAdministrators\":[]}"},
    {"ListDelegatedAdministrators", NULL, 0,
     "{\"DelegatedAdministrators\":[{\"Id\":\"222222222222\"}]}"},
    EMPTY_IAM,
    {NULL, NULL, 0, NULL},
};

#define CANON_DENY                                                                                 \
	"{\"Statement\":[{\"Action\":\"a:b\",\"Effect\":\"Deny\",\"Resource\":\"*\"}],"            \
	"\"Version\":\"2012-10-17\"}"

static const char plain_side[] =
    "account/~111111111111 #111111111111 name=main email=main@example.com unit=root policies=[] "
    "tags=[] state=ACTIVE\n"
    "account/~222222222222 #222222222222 name=audit email=audit@example.com unit=unit/~ou-b "
    "policies=[policy/~p-1] tags=[] state=ACTIVE\n"
    "delegated_administrator/config.amazonaws.com/~222222222222 "
    "#config.amazonaws.com/222222222222 service=config.amazonaws.com "
    "account=account/~222222222222\n"
    "iam_account/~111111111111/settings #111111111111 name=settings "
    "account=account/~111111111111 alias= password_policy=[]\n"
    "organization #o-1 feature_set=ALL policy_types=[SERVICE_CONTROL_POLICY] "
    "trusted_services=[config.amazonaws.com, sso.amazonaws.com] policies=[policy/~p-1] "
    "tags=[charter:applied/main: c t]\n"
    "policy/FullAWSAccess #p-FullAWSAccess name=FullAWSAccess type=SERVICE_CONTROL_POLICY "
    "description= foreign\n"
    "policy/~p-1 #p-1 name=deny type=SERVICE_CONTROL_POLICY description=d document=" CANON_DENY
    " tags=[]\n"
    "unit/~ou-a #ou-a name=Security parent=root policies=[] tags=[k: ]\n"
    "unit/~ou-b #ou-b name=Deep parent=unit/~ou-a policies=[policy/~p-1] tags=[]\n";

static void test_everything(void **state)
{
	struct reading *r = reading_new(plain, NULL);

	(void)state;
	reading_run(r);
	assert_side(r->side, plain_side);
	for (size_t i = 0; i < r->side->scopes.n; i++)
		assert_int_equal(r->side->scopes.at[i].state, SCOPE_WHOLE);
	assert_scope(r, "policies/SERVICE_CONTROL_POLICY", SCOPE_WHOLE);
	assert_int_equal(asked_count(r, "ListTargetsForPolicy"), 1);
	assert_int_equal(asked_count(r, "DescribePolicy"), 1);
	assert_int_equal(asked_count(r, "ListAccountsForParent"), 3);
	assert_int_equal(asked_count(r, "ListParents"), 0);
	reading_free(r);
}

/* Replies in any order give the same reading. */
static void test_order(void **state)
{
	struct reading *r = reading_new(plain, NULL);

	(void)state;
	r->server->backwards = true;
	reading_run(r);
	assert_side(r->side, plain_side);
	reading_free(r);
}

/* Declared types and services are read beside what is enabled; FullAWSAccess where it matters. */
static void test_hints(void **state)
{
	static const struct rule more[] = {
	    {"ListDelegatedAdministrators", "ram", 0, "{\"DelegatedAdministrators\":[]}"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);
	struct item type = {text_str(r->arena, "TAG_POLICY"), NULL};
	struct item service = {text_str(r->arena, "ram.amazonaws.com"), NULL};
	const struct resource *unit;

	(void)state;
	r->crawl->policy_types = set_make(r->arena, &type, 1, NULL);
	r->crawl->services = set_make(r->arena, &service, 1, NULL);
	r->crawl->allow_list = true;
	reading_run(r);
	assert_scope(r, "policies/TAG_POLICY", SCOPE_WHOLE);
	assert_int_equal(asked_count(r, "ram.amazonaws.com"), 1);
	unit = side_find(r->side, text_str(r->arena, "unit/~ou-a"));
	assert_string_equal(unit->v[UNIT_POLICIES].u.set->item[0].key->s, "policy/FullAWSAccess");
	reading_free(r);
}

static void test_paths(void **state)
{
	static const struct rule more[] = {
	    {"ListAccounts", NULL, 0,
	     "{\"Accounts\":[{\"Id\":\"222222222222\",\"Name\":\"audit\",\"Email\":\"a@example."
	     "com\","
	     "\"State\":\"ACTIVE\",\"Paths\":[\"o-1/r-1/ou-a/ou-b/222222222222/\"]},"
	     "{\"Id\":\"111111111111\",\"Name\":\"main\",\"Email\":\"m@example.com\","
	     "\"State\":\"ACTIVE\",\"Paths\":[\"o-1/r-1/111111111111/\"]}]}"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);
	const struct resource *account;

	(void)state;
	reading_run(r);
	assert_int_equal(asked_count(r, "ListAccountsForParent"), 0);
	account = side_find(r->side, text_str(r->arena, "account/~222222222222"));
	assert_string_equal(account->v[ACCOUNT_UNIT].u.text->s, "unit/~ou-b");
	account = side_find(r->side, text_str(r->arena, "account/~111111111111"));
	assert_string_equal(account->v[ACCOUNT_UNIT].u.text->s, "root");
	reading_free(r);
}

/* Each refusal spoils what rests on it, and nothing else. */
static void test_partial(void **state)
{
	static const struct {
		const char *op, *with, *partial, *whole;
	} cases[] = {
	    {"ListTargetsForPolicy", NULL, "attachments", "units"},
	    {"DescribePolicy", NULL, "policies", "units"},
	    {"ListTagsForResource", "ou-b", "tags/unit", "tags/account"},
	    {"ListAccountsForParent", "ou-b", "accounts", "units"},
	    {"ListOrganizationalUnitsForParent", "ou-a", "units", "organization"},
	    {"ListAWSServiceAccessForOrganization", NULL, "delegated_administrators", "units"},
	    {"ListDelegatedAdministrators", "sso", "delegated_administrators", "access"},
	    {"DescribeOrganization", NULL, "units", "iam/111111111111"},
	    {"ListRoots", NULL, "policies", "iam/111111111111"},
	    {"ListTagsForResource", "r-1", "organization", "units"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule more[] = {{cases[i].op, cases[i].with, 400, DENIED},
				      {NULL, NULL, 0, NULL}};
		struct reading *r = reading_new(plain, more);

		reading_run(r);
		assert_scope(r, cases[i].partial, SCOPE_PARTIAL);
		assert_scope(r, cases[i].whole, SCOPE_WHOLE);
		assert_int_equal(r->side->scopes.at[0].state, SCOPE_PARTIAL);
		reading_free(r);
	}
}

static void test_unknown_attachments(void **state)
{
	static const struct rule more[] = {{"ListTargetsForPolicy", NULL, 400, DENIED},
					   {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);

	(void)state;
	reading_run(r);
	for (size_t i = 0; i < r->side->all.n; i++) {
		const struct resource *one = r->side->all.at[i];

		if (one->kind == KIND_UNIT)
			assert_int_equal(one->v[UNIT_POLICIES].state, VALUE_UNSET);
	}
	reading_free(r);
}

/* A listing that shows an account that no parent shows: moved meanwhile. */
static void test_moved_meanwhile(void **state)
{
	static const struct rule more[] = {
	    {"ListAccountsForParent", "ou-b", 0, "{\"Accounts\":[]}"}, {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);
	const struct resource *account;

	(void)state;
	reading_run(r);
	assert_scope(r, "accounts", SCOPE_PARTIAL);
	account = side_find(r->side, text_str(r->arena, "account/~222222222222"));
	assert_int_equal(account->v[ACCOUNT_UNIT].state, VALUE_UNSET);
	reading_free(r);
}

static void test_no_organization(void **state)
{
	static const struct rule more[] = {
	    {"DescribeOrganization", NULL, 400,
	     "{\"__type\":\"AWSOrganizationsNotInUseException\",\"Message\":\"none\"}"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);

	(void)state;
	reading_run(r);
	assert_true(r->side->world.no_organization);
	assert_scope(r, "organization", SCOPE_WHOLE);
	assert_scope(r, "units", SCOPE_WHOLE);
	assert_int_equal(asked_count(r, "ListRoots"), 0);
	assert_int_equal(asked_count(r, "\n"), 6); /* the organization, five of IAM */
	reading_free(r);
}

#define TWO_ROOTS                                                                                  \
	"{\"Roots\":[{\"Id\":\"r-1\",\"PolicyTypes\":[]},{\"Id\":\"r-2\",\"PolicyTypes\":[]}]}"

/* Replies that lack what they must have are no empty readings. */
static void test_bad_replies(void **state)
{
	static const struct {
		const char *op, *body, *scope;
	} cases[] = {
	    {"ListAccounts", "{}", "accounts"},
	    {"ListAccounts", "{\"Accounts\":[{\"Id\":5}]}", "accounts"},
	    {"ListAccounts", "{\"Accounts\":[{\"Id\":\"ou-a\",\"Name\":\"n\"}]}", "accounts"},
	    {"ListOrganizationalUnitsForParent", "{\"OrganizationalUnits\":[[]]}", "units"},
	    {"ListRoots", "{\"Roots\":[]}", "organization"},
	    {"ListRoots", "{\"Roots\":[{\"Id\":\"r-1\"}]}", "organization"},
	    {"ListRoots", TWO_ROOTS, "organization"},
	    {"ListRoots", TWO_ROOTS, "units"},
	    {"ListRoots", TWO_ROOTS, "accounts"},
	    {"ListAccounts", "{\"Accounts\":[]}", "accounts"},
	    {"ListAccountsForParent",
	     "{\"Accounts\":[{\"Id\":\"111111111111\",\"Name\":\"main\",\"Email\":"
	     "\"other@example.com\"}]}",
	     "accounts"},
	    {"ListPolicies", "{\"Policies\":{}}", "policies"},
	    {"DescribePolicy", "{\"Policy\":{}}", "policies"},
	    {"ListTargetsForPolicy", "{\"Targets\":[{}]}", "attachments"},
	    {"ListTagsForResource", "{\"Tags\":[{\"Key\":\"k\"}]}", "tags/unit"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule more[] = {{cases[i].op, NULL, 0, cases[i].body}, {NULL, NULL, 0, NULL}};
		struct reading *r = reading_new(plain, more);

		reading_run(r);
		assert_scope(r, cases[i].scope, SCOPE_PARTIAL);
		reading_free(r);
	}
}

/* A document that is no policy differs from every policy, but is no failure. */
static void test_odd_document(void **state)
{
	static const struct rule more[] = {
	    {"DescribePolicy", NULL, 0,
	     "{\"Policy\":{\"PolicySummary\":{\"Id\":\"p-1\",\"Name\":\"deny\",\"Type\":"
	     "\"SERVICE_CONTROL_POLICY\"},\"Content\":\"not json\"}}"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);

	(void)state;
	reading_run(r);
	assert_scope(r, "policies", SCOPE_WHOLE);
	assert_string_equal(
	    side_find(r->side, text_str(r->arena, "policy/~p-1"))->v[POLICY_DOCUMENT].u.text->s,
	    "not json");
	reading_free(r);
}

static void test_probes(void **state)
{
	static const struct rule more[] = {
	    {"ListParents", NULL, 0, "{\"Parents\":[{\"Id\":\"ou-b\"}]}"},
	    {"ListCreateAccountStatus", NULL, 0,
	     "{\"CreateAccountStatuses\":[{\"Id\":\"car-1\",\"AccountName\":\"new\",\"State\":"
	     "\"IN_PROGRESS\"}]}"},
	    {"ListAccounts", NULL, 0, "{\"Accounts\":[]}"},
	    {"DescribePolicy", "p-2", 400,
	     "{\"__type\":\"PolicyNotFoundException\",\"Message\":\"none\"}"},
	    {NULL, NULL, 0, NULL}};

	static const struct probe_trial trials[] = {
	    {.op = OP_ORGANIZATIONS_AttachPolicy,
	     .kind = KIND_UNIT,
	     .input = "{\"PolicyId\":\"p-1\",\"TargetId\":\"ou-b\"}",
	     .scope = "attachments",
	     .want = "unit/~ou-b #ou-b policies=[policy/~p-1]\n"},
	    {.op = OP_ORGANIZATIONS_AttachPolicy,
	     .kind = KIND_UNIT,
	     .input = "{\"PolicyId\":\"p-1\",\"TargetId\":\"${unit/New.id}\"}",
	     .use = "unit/New",
	     .id = "ou-new",
	     .scope = "attachments",
	     .want = "unit/~ou-new #ou-new policies=[]\n"},
	    {.op = OP_ORGANIZATIONS_AttachPolicy,
	     .kind = KIND_UNIT,
	     .input = "{\"PolicyId\":\"p-1\",\"TargetId\":\"${unit/Other.id}\"}",
	     .use = "unit/Other",
	     .want = ""},
	    {.op = OP_ORGANIZATIONS_CreateAccount,
	     .kind = KIND_ACCOUNT,
	     .input = "{}",
	     .scope = "accounts",
	     .want = "account/~car-1 name=new state=PENDING\n"},
	    {.op = OP_ORGANIZATIONS_MoveAccount,
	     .kind = KIND_ACCOUNT,
	     .input = "{\"AccountId\":\"222222222222\",\"SourceParentId\":\"ou-b\"}",
	     .scope = "accounts",
	     .want = "account/~222222222222 #222222222222 unit=unit/B~ou-b\n"},
	    {.op = OP_ORGANIZATIONS_DeletePolicy,
	     .kind = KIND_POLICY,
	     .input = "{\"PolicyId\":\"p-2\"}",
	     .scope = "policies",
	     .want = ""},
	    {.op = OP_ORGANIZATIONS_DeleteOrganizationalUnit,
	     .kind = KIND_UNIT,
	     .input = "{\"OrganizationalUnitId\":\"ou-b\"}",
	     .scope = "units",
	     .want = "unit/~ou-b #ou-b name=Deep parent=unit/~ou-a\n"},
	    {.op = OP_ORGANIZATIONS_TagResource,
	     .kind = KIND_ORGANIZATION,
	     .input = "{\"ResourceId\":\"r-1\"}",
	     .scope = "organization",
	     .want = "organization tags=[charter:applied/main: c t]\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		probe_run(reading_new(plain, more), &trials[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_everything),      cmocka_unit_test(test_order),
	    cmocka_unit_test(test_hints),           cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_partial),         cmocka_unit_test(test_unknown_attachments),
	    cmocka_unit_test(test_moved_meanwhile), cmocka_unit_test(test_no_organization),
	    cmocka_unit_test(test_bad_replies),     cmocka_unit_test(test_odd_document),
	    cmocka_unit_test(test_probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
