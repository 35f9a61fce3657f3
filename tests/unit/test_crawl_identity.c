/* The reading of IAM Identity Center: what is recorded, what is asked for, and what is not
 * believed.
 */
#include "tests/unit/canned_aws.h"
#include "tests/unit/sides.h"

#include "aws/identitystore/identitystore.h"
#include "aws/sso/sso.h"
#include "state/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define OWN    "111111111111"
#define DEV    "222222222222"
#define SHUT   "333333333333"
#define ARN(s) "arn:aws:sso:::permissionSet/ssoins-1/ps-" s
#define MORE   "\"NextToken\":\"more\""

#define GONE   "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"none\"}"
#define DENIED "{\"__type\":\"AccessDeniedException\",\"Message\":\"not allowed\"}"

#define INSTANCE                                                                                   \
	"{\"InstanceArn\":\"arn:aws:sso:::instance/ssoins-1\",\"IdentityStoreId\":\"d-1\","        \
	"\"Status\":\"ACTIVE\"}"
#define ANN                                                                                        \
	"{\"UserId\":\"u-ann\",\"UserName\":\"ann\",\"Name\":{\"GivenName\":\"Ann\","              \
	"\"FamilyName\":\"Li\"},\"DisplayName\":\"Ann "                                            \
	"Li\",\"Emails\":[{\"Value\":\"b@x.example\"},"                                            \
	"{\"Value\":\"a@x.example\",\"Primary\":true}],\"ExternalIds\":null,"                      \
	"\"CreatedAt\":1767323045}"
#define BOB                                                                                        \
	"{\"UserId\":\"u-bob\",\"UserName\":\"bob\",\"Name\":null,\"Emails\":null,"                \
	"\"ExternalIds\":[{\"Issuer\":\"https://idp.example\",\"Id\":\"7\"}]}"
#define USERS(list)  "{\"Users\":[" list "]}"
#define GROUPS(list) "{\"Groups\":[" list "]}"
#define DEVS         "{\"GroupId\":\"g-devs\",\"DisplayName\":\"devs\",\"Description\":\"Builders\"}"
#define EMPTY        "{\"GroupId\":\"g-empty\",\"DisplayName\":\"empty\"}"
#define MEMBER(id)                                                                                 \
	"{\"MembershipId\":\"m-" id "\",\"GroupId\":\"g-devs\",\"MemberId\":{\"UserId\":\"u-" id   \
	"\"}}"
#define ROW(account, set, type, id)                                                                \
	"{\"AccountId\":\"" account                                                                \
	"\",\"PermissionSetArn\":\"" ARN(set) "\",\"PrincipalType\":\"" type                       \
					      "\",\"PrincipalId\":\"" id "\"}"
#define ROWS(list) "{\"AccountAssignments\":[" list "]}"

#define ANN_LINE                                                                                   \
	"identity_user/~u-ann #u-ann name=ann given_name=Ann family_name=Li display_name=Ann Li "  \
	"email=a@x.example synchronized=none\n"
#define BOB_LINE                                                                                   \
	"identity_user/~u-bob #u-bob name=bob given_name= family_name= display_name= email= "      \
	"synchronized=yes foreign\n"
#define EMPTY_LINE                                                                                 \
	"identity_group/~g-empty #g-empty name=empty description= members=[] synchronized=none\n"
#define EDGE(account, word, TYPE, id, rest)                                                        \
	"assignment/~" ARN("rw") "/" account "/" word "/" id " #" ARN(                             \
	    "rw") "/" account "/" TYPE "/" id                                                      \
		  " permission_set=permission_set/~" ARN("rw") " account=account/~" account        \
							       " principal=identity_" word         \
							       "/~" id rest "\n"
#define ACCOUNT_LINES                                                                              \
	"account/~" OWN " #" OWN " name=main state=ACTIVE\n"                                       \
	"account/~" DEV " #" DEV " name=dev state=ACTIVE\n"                                        \
	"account/~" SHUT " #" SHUT " name=old state=SUSPENDED\n"
#define CANON_DENY                                                                                 \
	"{\"Statement\":[{\"Action\":\"a:b\",\"Effect\":\"Deny\",\"Resource\":\"*\"}],"            \
	"\"Version\":\"2012-10-17\"}"
#define RW_LINE                                                                                    \
	"permission_set/~" ARN("rw") " #" ARN(                                                     \
	    "rw") " name=ReadWrite description= session_duration=5400 relay_state= "               \
		  "aws_managed_policies=[arn:aws:iam::aws:policy/A] "                              \
		  "customer_managed_policies=[/own, /team/extra] inline_policy=" CANON_DENY        \
		  " permissions_boundary=/b/bound tags=[t: v] provisioned=not in 444444444444, "   \
		  "dev accounts=[account/~" OWN ", account/~" DEV ", account/~" SHUT               \
		  ", account/~444444444444]\n"
#define BARE_LINE                                                                                  \
	"permission_set/~" ARN("bare") " #" ARN(                                                   \
	    "bare") " name=Bare description=None session_duration=3600 "                           \
		    "relay_state= aws_managed_policies=[] "                                        \
		    "customer_managed_policies=[] inline_policy= "                                 \
		    "permissions_boundary= tags=[] provisioned=everywhere "                        \
		    "accounts=[]\n"

static const struct rule plain[] = {
    {"GetCallerIdentity", NULL, 0,
     IAM_REPLY("GetCallerIdentity",
	       "<Arn>arn:aws:iam::" OWN ":user/ci</Arn><Account>" OWN "</Account>")},
    {"AssumeRole", NULL, 0,
     IAM_REPLY("AssumeRole", "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s"
			     "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
			     "2036-01-01T00:00:00Z</Expiration></Credentials>")},
    {"ListInstances", NULL, 0, "{\"Instances\":[" INSTANCE "]}"},
    /* The first page is empty. */
    {"ListUsers", MORE, 0, USERS(ANN "," BOB)},
    {"ListUsers", NULL, 0, "{\"Users\":[]," MORE "}"},
    {"ListGroups", NULL, 0, GROUPS(DEVS "," EMPTY)},
    {"ListGroupMemberships", "g-empty", 0, "{\"GroupMemberships\":[]}"},
    {"ListGroupMemberships", MORE, 0, "{\"GroupMemberships\":[" MEMBER("ann") "]}"},
    {"ListGroupMemberships", NULL, 0, "{\"GroupMemberships\":[" MEMBER("bob") "]," MORE "}"},
    {"ListPermissionSets", NULL, 0,
     "{\"PermissionSets\":[\"" ARN("rw") "\",\"" ARN("bare") "\",\"" ARN("went") "\"]}"},
    {"DescribePermissionSet", "ps-rw", 0,
     "{\"PermissionSet\":{\"Name\":\"ReadWrite\",\"PermissionSetArn\":\"" ARN(
	 "rw") "\",\"SessionDuration\":\"PT1H30M\",\"Description\":null,\"RelayState\":null,"
	       "\"CreatedDate\":1767323045.5}}"},
    {"DescribePermissionSet", "ps-bare", 0,
     "{\"PermissionSet\":{\"Name\":\"Bare\",\"Description\":\"None\",\"SessionDuration\":3600}}"},
    {"DescribePermissionSet", "ps-went", 400, GONE},
    {"ListManagedPoliciesInPermissionSet", "ps-rw", 0,
     "{\"AttachedManagedPolicies\":[{\"Name\":\"A\",\"Arn\":\"arn:aws:iam::aws:policy/A\"}]}"},
    {"ListManagedPoliciesInPermissionSet", NULL, 0, "{\"AttachedManagedPolicies\":[]}"},
    {"ListCustomerManagedPolicyReferencesInPermissionSet", "ps-rw", 0,
     "{\"CustomerManagedPolicyReferences\":[{\"Name\":\"extra\",\"Path\":\"/team/\"},"
     "{\"Name\":\"own\"}]}"},
    {"ListCustomerManagedPolicyReferencesInPermissionSet", NULL, 0,
     "{\"CustomerManagedPolicyReferences\":[]}"},
    {"GetInlinePolicyForPermissionSet", "ps-rw", 0,
     "{\"InlinePolicy\":\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":"
     "\\\"Deny\\\",\\\"Action\\\":[\\\"a:b\\\"],\\\"Resource\\\":\\\"*\\\"}}\"}"},
    {"GetInlinePolicyForPermissionSet", NULL, 0, "{\"InlinePolicy\":\"\"}"},
    {"GetPermissionsBoundaryForPermissionSet", "ps-rw", 0,
     "{\"PermissionsBoundary\":{\"CustomerManagedPolicyReference\":{\"Name\":\"bound\","
     "\"Path\":\"/b/\"}}}"},
    {"GetPermissionsBoundaryForPermissionSet", NULL, 400, GONE},
    {"ListTagsForResource", "ps-rw", 0, "{\"Tags\":[{\"Key\":\"t\",\"Value\":\"v\"}]}"},
    {"ListTagsForResource", NULL, 0, "{\"Tags\":[]}"},
    {"ListAccountsForProvisionedPermissionSet", "NOT_PROVISIONED", 0,
     "{\"AccountIds\":[\"" SHUT "\",\"" DEV "\",\"444444444444\"]}"},
    {"ListAccountsForProvisionedPermissionSet", "ps-rw", 0,
     "{\"AccountIds\":[\"" DEV "\",\"" OWN "\",\"" SHUT "\",\"444444444444\"]}"},
    {"ListAccountsForProvisionedPermissionSet", NULL, 0, "{\"AccountIds\":[]}"},
    {"ListAccountAssignments", DEV, 0,
     ROWS(ROW(DEV, "rw", "GROUP", "g-devs") "," ROW(DEV, "rw", "USER", "u-ann"))},
    {"ListAccountAssignments", SHUT, 0, ROWS(ROW(SHUT, "rw", "GROUP", "g-devs"))},
    {"ListAccountAssignments", NULL, 0, ROWS("")},
    {"ListAccountAssignmentsForPrincipal", "g-devs", 0,
     ROWS(ROW(DEV, "rw", "GROUP", "g-devs") "," ROW(SHUT, "rw", "GROUP", "g-devs"))},
    /* With what she has by her group. */
    {"ListAccountAssignmentsForPrincipal", "u-ann", 0,
     ROWS(ROW(DEV, "rw", "USER", "u-ann") "," ROW(DEV, "rw", "GROUP", "g-devs"))},
    {"ListAccountAssignmentsForPrincipal", NULL, 0, ROWS("")},
    {NULL, NULL, 0, NULL},
};

static void account_put(struct reading *r, const char *id, const char *name, const char *account)
{
	struct resource *one = side_resource(
	    r->side, KIND_ACCOUNT, address_raw(r->arena, "account", id), text_str(r->arena, id));

	one->v[ACCOUNT_NAME] = value_str(r->arena, name);
	one->v[ACCOUNT_STATE] = value_str(r->arena, account);
}

/* As after the organization was read. */
static struct reading *reading_center(const struct rule *more)
{
	struct reading *r = reading_new(plain, more);

	account_put(r, OWN, "main", "ACTIVE");
	account_put(r, DEV, "dev", "ACTIVE");
	account_put(r, SHUT, "old", "SUSPENDED");
	side_finish(r->side, NULL);
	return r;
}

/* The same by the management account itself, which may ask by principal. */
static struct reading *reading_own(const struct rule *more)
{
	struct reading *r = reading_center(more);

	r->side->world.management_account = text_str(r->arena, OWN);
	return r;
}

static void reading_identity(struct reading *r, bool exact)
{
	identity_read(r->crawl, &(struct identity_wanted){.exact = exact});
	reading_finish(r);
}

static const struct resource *found(const struct reading *r, const char *address)
{
	const struct resource *one = side_find(r->side, text_str(r->arena, address));

	if (one == NULL)
		fail_msg("no %s", address);
	return one;
}

#define WHOLE_SIDE                                                                                 \
	ACCOUNT_LINES EDGE(DEV, "group", "GROUP", "g-devs", "") EDGE(DEV, "user", "USER", "u-ann", \
								     "")                           \
	    EDGE(SHUT, "group", "GROUP", "g-devs",                                                 \
		 " foreign") "identity_group/~g-devs #g-devs name=devs description=Builders "      \
			     "members=[identity_user/~u-ann, identity_user/~u-bob] "               \
			     "synchronized=none\n" EMPTY_LINE ANN_LINE BOB_LINE BARE_LINE RW_LINE

static void assert_whole(const struct reading *r)
{
	static const char *const scopes[] = {"identity_center", "identity_users",
					     "identity_groups", "identity_members",
					     "permission_sets", "assignments"};

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		assert_scope(r, scopes[i], SCOPE_WHOLE);
}

/* Whichever way, the same is read; and as many requests are sent as the formula says. */
static void test_whole(void **state)
{
	static const struct {
		bool management, exact, backwards;
		unsigned pairs, principals;
	} ways[] = {{false, false, false, 4, 0},
		    {true, true, false, 4, 0},
		    {true, false, false, 4, 0},
		    {false, false, true, 4, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct reading *r = ways[i].management ? reading_own(NULL) : reading_center(NULL);

		r->server->backwards = ways[i].backwards;
		reading_identity(r, ways[i].exact);
		assert_side(r->side, WHOLE_SIDE);
		assert_whole(r);
		assert_int_equal(asked_count(r, "ListAccountAssignments "), ways[i].pairs);
		assert_int_equal(asked_count(r, "ListAccountAssignmentsForPrincipal "), 0);
		assert_string_equal(r->side->world.instance_arn->s,
				    "arn:aws:sso:::instance/ssoins-1");
		assert_string_equal(r->side->world.identity_store->s, "d-1");
		assert_string_equal(found(r, "identity_user/~u-ann")->created->s,
				    "2026-01-02T03:04:05Z");
		assert_string_equal(found(r, "identity_group/~g-devs")->aux->s,
				    "{\"u-ann\":\"m-ann\",\"u-bob\":\"m-bob\"}");
		assert_string_equal(identity_membership(r->arena,
							found(r, "identity_group/~g-devs"),
							text_str(r->arena, "u-bob"))
					->s,
				    "m-bob");
		/* 1 instance, 2 pages of users, 1 of groups, 3 of members, 1 of sets, 3 described,
		 * 5 more of the two that are there, 3 of accounts. */
		assert_int_equal(asked_count(r, "\n"), 1 + 2 + 1 + 3 + 1 + 3 + 10 + 3 + 4);
		reading_free(r);
	}
}

/* Three principals, four pairs. */
static void test_by_principal(void **state)
{
	static const struct rule more[] = {
	    {"ListGroups", NULL, 0, GROUPS(DEVS)},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_own(more);

	(void)state;
	reading_identity(r, false);
	assert_side(
	    r->side,
	    ACCOUNT_LINES EDGE(DEV, "group", "GROUP", "g-devs", "")
		EDGE(DEV, "user", "USER", "u-ann", "")
		    EDGE(SHUT, "group", "GROUP", "g-devs",
			 " foreign") "identity_group/~g-devs #g-devs name=devs "
				     "description=Builders members=[identity_user/~u-ann, "
				     "identity_user/~u-bob] synchronized=none\n" ANN_LINE BOB_LINE
					 BARE_LINE RW_LINE);
	assert_whole(r);
	assert_int_equal(asked_count(r, "ListAccountAssignmentsForPrincipal "), 3);
	/* Where nobody was seen to have what is there. */
	assert_int_equal(asked_count(r, "ListAccountAssignments "), 2);
	reading_free(r);
}

/* Users who have much by their group take more pages than there are pairs, where that is shown with
 * them. */
static void test_by_pair_after_groups(void **state)
{
	auto_buf rows = BUF_INIT(1 << 20);
	struct rule more[] = {
	    {"ListGroups", NULL, 0, GROUPS(DEVS)},
	    {"ListAccountAssignmentsForPrincipal", "g-devs", 0, NULL},
	    {NULL, NULL, 0, NULL},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r;

	(void)state;
	buf_puts(&rows, "{\"AccountAssignments\":[");
	for (unsigned i = 0; i < 150; i++)
		buf_puts(&rows, ROW(DEV, "rw", "GROUP", "g-devs") ",");
	buf_puts(&rows, ROW(SHUT, "rw", "GROUP", "g-devs") "]}");
	more[1].body = buf_str(&rows);
	for (unsigned shown = 0; shown < 2; shown++) {
		if (shown == 0)
			more[2] = (struct rule){"ListAccountAssignmentsForPrincipal", "u-ann", 0,
						ROWS(ROW(DEV, "rw", "USER", "u-ann"))};
		else
			more[2] = (struct rule){0};
		r = reading_own(more);
		reading_identity(r, false);
		assert_whole(r);
		assert_int_equal(asked_count(r, "ListAccountAssignmentsForPrincipal "),
				 shown ? 2 : 3);
		assert_int_equal(asked_count(r, "ListAccountAssignments "), shown ? 4 : 2);
		found(r, "assignment/~" ARN("rw") "/" DEV "/user/u-ann");
		found(r, "assignment/~" ARN("rw") "/" DEV "/group/g-devs");
		assert_int_equal(found(r, "assignment/~" ARN("rw") "/" SHUT "/group/g-devs")->flags,
				 RES_FOREIGN);
		reading_free(r);
	}
}

static const char *scope_code(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->side->scopes.n; i++) {
		const struct scope *scope = &r->side->scopes.at[i];

		if (text_is(scope->name, name))
			return scope->code == NULL ? "" : scope->code->s;
	}
	return "no such scope";
}

/* Half the users are listed: who is left out is a member and has an assignment, and exists. */
static void test_half_listing(void **state)
{
	static const struct rule more[] = {
	    {"ListUsers", NULL, 0, USERS(BOB)},
	    {"DescribeUser", "u-ann", 0, ANN},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_center(more);

	(void)state;
	reading_identity(r, false);
	assert_side(
	    r->side,
	    ACCOUNT_LINES EDGE(DEV, "group", "GROUP", "g-devs", "")
		EDGE(DEV, "user", "USER", "u-ann", " foreign")
		    EDGE(SHUT, "group", "GROUP", "g-devs",
			 " foreign") "identity_group/~g-devs #g-devs name=devs "
				     "description=Builders synchronized=none\n" EMPTY_LINE BOB_LINE
					 BARE_LINE RW_LINE);
	assert_scope(r, "identity_users", SCOPE_PARTIAL);
	assert_string_equal(scope_code(r, "identity_users"), "IncompleteListing");
	assert_scope(r, "identity_groups", SCOPE_WHOLE);
	assert_scope(r, "assignments", SCOPE_WHOLE);
	assert_int_equal(asked_count(r, "DescribeUser "), 1);
	reading_free(r);
}

/* By principal what nobody was asked about is not known. */
static void test_half_by_principal(void **state)
{
	static const struct rule more[] = {
	    {"ListUsers", NULL, 0, USERS(BOB)},
	    {"DescribeUser", "u-ann", 0, ANN},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_own(more);

	(void)state;
	reading_identity(r, false);
	assert_string_equal(scope_code(r, "identity_users"), "IncompleteListing");
	assert_string_equal(scope_code(r, "assignments"), "IncompleteListing");
	assert_int_equal(asked_count(r, "ListAccountAssignmentsForPrincipal "), 3);
	reading_free(r);
}

/* By principal a group that was not listed is found by what only it has; it is not taken for gone.
 */
static void test_half_groups(void **state)
{
	static const struct rule more[] = {
	    {"ListGroups", NULL, 0, GROUPS("")},
	    {"DescribeGroup", "g-devs", 0, DEVS},
	    {"ListAccountAssignmentsForPrincipal", "u-ann", 0, ROWS("")},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_own(more);

	(void)state;
	reading_identity(r, false);
	assert_string_equal(scope_code(r, "identity_groups"), "IncompleteListing");
	assert_int_equal(asked_count(r, "ListAccountAssignmentsForPrincipal "), 2);
	assert_int_equal(asked_count(r, "ListAccountAssignments "), 4);
	assert_int_equal(found(r, "assignment/~" ARN("rw") "/" DEV "/group/g-devs")->flags,
			 RES_FOREIGN);
	assert_scope(r, "identity_users", SCOPE_WHOLE);
	reading_free(r);
}

/* A principal that was deleted left an assignment behind; a user who went is in no group. */
static void test_deleted(void **state)
{
	static const struct rule more[] = {
	    {"ListUsers", NULL, 0, USERS(BOB)},
	    {"DescribeUser", "u-ann", 400, GONE},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_center(more);

	(void)state;
	reading_identity(r, true);
	assert_whole(r);
	assert_int_equal(found(r, "assignment/~" ARN("rw") "/" DEV "/user/u-ann")->flags, 0);
	assert_int_equal(found(r, "identity_group/~g-devs")->v[IDGROUP_MEMBERS].u.set->n, 1);
	reading_free(r);
}

/* Many left assignments behind: where the first of them are gone, the others are asked about too;
 * one who is there says enough. */
static void test_many_deleted(void **state)
{
	struct rule more[] = {
	    {"DescribeUser", "u-77", 0, NULL},
	    {"DescribeUser", NULL, 400, GONE},
	    {"ListAccountAssignments", DEV, 0, NULL},
	    {NULL, NULL, 0, NULL},
	};
	auto_buf rows = BUF_INIT(1 << 20);

	(void)state;
	buf_puts(&rows, "{\"AccountAssignments\":[");
	for (unsigned i = 0; i < 150; i++)
		buf_printf(&rows,
			   "%s{\"AccountId\":\"" DEV "\",\"PermissionSetArn\":\"" ARN(
			       "rw") "\",\"PrincipalType\":\"USER\",\"PrincipalId\":\"u-%u\"}",
			   i > 0 ? "," : "", i);
	buf_puts(&rows, "]}");
	more[2].body = buf_str(&rows);
	for (unsigned there = 0; there < 2; there++) {
		struct reading *r;

		more[0] = there ? (struct rule){"DescribeUser", "u-77", 0, ANN}
				: (struct rule){"DescribeUser", "u-none", 0, ANN};
		r = reading_center(more);
		reading_identity(r, true);
		assert_scope(r, "identity_users", there ? SCOPE_PARTIAL : SCOPE_WHOLE);
		assert_int_equal(asked_count(r, "DescribeUser "), there ? 80 : 150);
		assert_int_equal(found(r, "assignment/~" ARN("rw") "/" DEV "/user/u-7")->flags, 0);
		assert_int_equal(found(r, "assignment/~" ARN("rw") "/" DEV "/user/u-140")->flags,
				 there ? RES_FOREIGN : 0);
		reading_free(r);
	}
}

/* One page is refused, one listing repeats itself, one reply lacks its list. */
static void test_refused(void **state)
{
	static const struct rule more[] = {
	    {"ListUsers", MORE, 400, DENIED},
	    {"ListGroups", NULL, 0, "{\"Groups\":[" DEVS "]," MORE "}"},
	    {"ListTagsForResource", "ps-rw", 0, "{}"},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_center(more);

	(void)state;
	reading_identity(r, false);
	assert_string_equal(scope_code(r, "identity_users"), "AccessDeniedException");
	assert_string_equal(scope_code(r, "identity_groups"), "RepeatedToken");
	assert_string_equal(scope_code(r, "permission_sets"), "BadReply");
	assert_string_equal(scope_code(r, "assignments"), "IncompleteListing");
	assert_scope(r, "identity_members", SCOPE_WHOLE);
	assert_int_equal(asked_count(r, "DescribeUser "), 0);
	assert_int_equal(found(r, "permission_set/~" ARN("rw"))->v[PSET_TAGS].state, VALUE_UNSET);
	assert_int_equal(found(r, "identity_group/~g-devs")->v[IDGROUP_MEMBERS].state, VALUE_UNSET);
	reading_free(r);
}

/* A set that only assignments name. */
static void test_set_missing(void **state)
{
	static const struct rule more[] = {
	    {"ListGroups", NULL, 0, GROUPS(DEVS)},
	    {"ListAccountAssignmentsForPrincipal", "u-ann", 0,
	     ROWS(ROW(DEV, "new", "USER", "u-ann"))},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_own(more);

	(void)state;
	reading_identity(r, false);
	assert_string_equal(scope_code(r, "permission_sets"), "IncompleteListing");
	assert_int_equal(found(r, "assignment/~" ARN("new") "/" DEV "/user/u-ann")->flags,
			 RES_FOREIGN);
	reading_free(r);
}

/* What could not begin is not absent. */
static void test_no_instance(void **state)
{
	static const struct {
		const char *body, *code;
	} cases[] = {
	    {"{\"Instances\":[]}", "NoInstance"},
	    {"{\"Instances\":[{\"InstanceArn\":\"a\",\"IdentityStoreId\":\"d\",\"Status\":"
	     "\"CREATE_IN_PROGRESS\"}]}",
	     "NoInstance"},
	    {"{\"Instances\":[" INSTANCE "," INSTANCE "]}", "ManyInstances"},
	    {"{}", "BadReply"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule more[] = {{"ListInstances", NULL, 0, cases[i].body},
					    {NULL, NULL, 0, NULL}};
		struct reading *r = reading_center(more);

		reading_identity(r, false);
		assert_string_equal(scope_code(r, "identity_center"), cases[i].code);
		assert_scope(r, "assignments", SCOPE_PARTIAL);
		assert_scope(r, "identity_users", SCOPE_PARTIAL);
		assert_null(r->side->world.instance_arn);
		assert_int_equal(asked_count(r, "\n"), 1);
		reading_free(r);
	}
}

/* What probes ask. */
static void test_single(void **state)
{
	static const struct rule more[] = {
	    {"GetUserId", "\"AttributeValue\":\"ann\"", 0, "{\"UserId\":\"u-ann\"}"},
	    {"GetUserId", NULL, 400, GONE},
	    {"DescribeUser", "u-ann", 0, ANN},
	    {"GetGroupMembershipId", "u-ann", 0, "{\"MembershipId\":\"m-ann\"}"},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_new(plain, more);
	struct crawl *crawl = r->crawl;
	uint32_t scope = scope_open(crawl, 0, "probe");

	(void)state;
	r->side->world.instance_arn = text_str(r->arena, "i-1");
	r->side->world.identity_store = text_str(r->arena, "d-1");
	identity_user_named_read(crawl, scope, text_str(r->arena, "ann"));
	identity_user_named_read(crawl, scope, text_str(r->arena, "cy"));
	identity_member_read(crawl, scope, text_str(r->arena, "g-devs"),
			     text_str(r->arena, "u-ann"));
	identity_members_list(
	    crawl, scope, crawl_resource(crawl, KIND_IDENTITY_GROUP, text_str(r->arena, "g-empty")),
	    identity_members_know);
	set_read(crawl, scope, text_str(r->arena, ARN("rw")), SET_MANAGED | SET_ACCOUNTS);
	set_read(crawl, scope, text_str(r->arena, ARN("went")), SET_DESCRIBED);
	pair_read(crawl, scope, text_str(r->arena, ARN("rw")), text_str(r->arena, SHUT));
	reading_finish(r);
	assert_side(r->side, EDGE(SHUT, "group", "GROUP", "g-devs", "") //
		    "identity_group/~g-devs #g-devs members=[identity_user/~u-ann]\n"
		    "identity_group/~g-empty #g-empty members=[]\n" ANN_LINE
		    "permission_set/~" ARN("rw") " #" ARN(
			"rw") " aws_managed_policies=[arn:aws:iam::aws:policy/A] provisioned=not "
			      "in 222222222222, 333333333333, 444444444444 accounts=[account/~" OWN
			      ", account/~" DEV ", account/~" SHUT ", account/~444444444444]\n");
	assert_scope(r, "probe", SCOPE_WHOLE);
	reading_free(r);
}

static void access_fn(void *ctx, const char *account, struct account_access *access)
{
	(void)ctx;
	if (strcmp(account, DEV) == 0)
		access->role_arn = "arn:aws:iam::" DEV ":role/charter";
	else
		access->why = "nobody said how";
	access->session_name = "charter";
}

#define POLICY_FOUND IAM_REPLY("GetPolicy", "<Policy><PolicyName>x</PolicyName></Policy>")

/* Each is asked once, and none that head declares or that a reading of the account has told. */
static void test_customer_policies(void **state)
{
	static const struct rule more[] = {
	    {"GetPolicy", "%2Fteam%2Fextra", 0, POLICY_FOUND},
	    {"GetPolicy", "policy%2Fbound", 0, POLICY_FOUND},
	    {"GetPolicy", "policy%2Fgone", 404, IAM_NONE},
	    {NULL, NULL, 0, NULL},
	};
	struct reading *r = reading_new(plain, more);
	struct sides sides = {.live = r->side};
	const struct text *dev = text_str(r->arena, DEV), *old = text_str(r->arena, SHUT);
	const struct text *own = text_str(r->arena, OWN);
	struct diagnostics diagnostics = {.arena = r->arena};
	struct bound *bound;

	(void)state;
	client_set_access(r->server->client, access_fn, NULL);
	account_put(r, OWN, "main", "ACTIVE");
	account_put(r, DEV, "dev", "ACTIVE");
	account_put(r, SHUT, "old", "ACTIVE");
	scope_whole(r->side, 0, "iam/" OWN);
	side_resource(r->side, KIND_IAM_POLICY,
		      address_raw_in(r->arena, "iam_policy", OWN, "bound"),
		      text_str(r->arena, "arn:aws:iam::" OWN ":policy/bound"));
	side_finish(r->side, NULL);
	sides.head = side_from(
	    r->arena, "head.yaml",
	    "account/main id=" OWN "\naccount/dev id=" DEV "\naccount/old id=" SHUT "\n"
	    "account/new\n"
	    "iam_policy/dev/here path=/\n"
	    "identity_group/a flag:external\nidentity_group/b flag:external\n"
	    "permission_set/S customer_managed_policies=[/team/extra,/gone,/here] "
	    "permissions_boundary=/bound\n"
	    "assignment/S/dev/group/a\nassignment/S/dev/group/b\nassignment/S/old/group/a\n"
	    "assignment/S/new/group/a\nassignment/S/main/group/a\n");
	bound = bind_sides(r->arena, &sides, &diagnostics);
	assert_non_null(bound);
	customer_policies_read(r->crawl, bound);
	crawl_run(r->crawl, r->server->loop);
	assert_int_equal(customer_policy_presence(r->side, dev, text_str(r->arena, "/team/extra")),
			 POLICY_PRESENT);
	assert_int_equal(customer_policy_presence(r->side, dev, text_str(r->arena, "/gone")),
			 POLICY_ABSENT);
	assert_int_equal(customer_policy_presence(r->side, dev, text_str(r->arena, "/here")),
			 POLICY_UNREAD);
	assert_int_equal(customer_policy_presence(r->side, old, text_str(r->arena, "/gone")),
			 POLICY_UNREAD);
	assert_int_equal(customer_policy_presence(r->side, own, text_str(r->arena, "/bound")),
			 POLICY_PRESENT);
	assert_int_equal(customer_policy_presence(r->side, own, text_str(r->arena, "/gone")),
			 POLICY_ABSENT);
	assert_string_equal(scope_code(r, "customer_policies/" SHUT), "NotEntered");
	assert_int_equal(asked_count(r, "GetPolicy "), 3);
	bound_free(bound);
	diagnostics_free(&diagnostics);
	side_free(sides.head);
	reading_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_by_principal),
	    cmocka_unit_test(test_by_pair_after_groups),
	    cmocka_unit_test(test_half_listing),
	    cmocka_unit_test(test_half_by_principal),
	    cmocka_unit_test(test_half_groups),
	    cmocka_unit_test(test_deleted),
	    cmocka_unit_test(test_many_deleted),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_set_missing),
	    cmocka_unit_test(test_no_instance),
	    cmocka_unit_test(test_single),
	    cmocka_unit_test(test_customer_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
