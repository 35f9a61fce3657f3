/* The reading of IAM in any account: what is recorded, what is asked for, and what users own. */
#include "tests/unit/canned_aws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define OWN   "111111111111"
#define OTHER "222222222222"

#define FORM_DENY                                                                                  \
	"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Deny%22"  \
	"%2C%22Action%22%3A%22a%3Ab%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"
#define CANON_DENY                                                                                 \
	"{\"Statement\":[{\"Action\":\"a:b\",\"Effect\":\"Deny\",\"Resource\":\"*\"}],"            \
	"\"Version\":\"2012-10-17\"}"
#define FORM_TRUST                                                                                 \
	"%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole"  \
	"%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22222222222222%22%7D%7D%7D"
#define CANON_TRUST                                                                                \
	"{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":"       \
	"{\"AWS\":\"arn:aws:iam::222222222222:root\"}}]}"

#define ENTITIES                                                                                   \
	"<IsTruncated>false</IsTruncated><UserDetailList><member><UserName>ann</UserName>"         \
	"<Path>/</Path><Arn>arn:aws:iam::" OWN ":user/ann</Arn>"                                   \
	"<CreateDate>2026-01-02T03:04:05.678Z</CreateDate><GroupList><member>devs</member>"        \
	"</GroupList><AttachedManagedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName>"     \
	"<PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member><member>"           \
	"<PolicyArn>arn:aws:iam::" OWN ":policy/team/own</PolicyArn></member>"                     \
	"</AttachedManagedPolicies><UserPolicyList><member><PolicyName>in</PolicyName>"            \
	"<PolicyDocument>" FORM_DENY "</PolicyDocument></member></UserPolicyList>"                 \
	"<PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::" OWN ":policy/team/own"        \
	"</PermissionsBoundaryArn></PermissionsBoundary><Tags><member><Key>t</Key><Value>v</"      \
	"Value>"                                                                                   \
	"</member></Tags></member></UserDetailList><GroupDetailList><member>"                      \
	"<GroupName>devs</GroupName><Path>/</Path><Arn>arn:aws:iam::" OWN ":group/devs</Arn>"      \
	"<AttachedManagedPolicies/><GroupPolicyList/></member></"                                  \
	"GroupDetailList><Policies><member>"                                                       \
	"<Arn>arn:aws:iam::" OWN ":policy/team/own</Arn><Path>/team/</Path>"                       \
	"<PolicyVersionList><member><VersionId>v2</VersionId><IsDefaultVersion>true"               \
	"</IsDefaultVersion><Document>" FORM_DENY "</Document></member><member>"                   \
	"<VersionId>v1</VersionId><IsDefaultVersion>false</IsDefaultVersion></member>"             \
	"</PolicyVersionList></member></Policies>"

#define ROLE_BASE(account)                                                                         \
	"<RoleName>deploy</RoleName><Path>/ci/</Path><Arn>arn:aws:iam::" account                   \
	":role/ci/deploy</Arn><AssumeRolePolicyDocument>" FORM_TRUST "</AssumeRolePolicyDocument>" \
	"<Tags><member><Key>t</Key><Value>v</Value></member></Tags><PermissionsBoundary>"          \
	"<PermissionsBoundaryArn>arn:aws:iam::aws:policy/B</PermissionsBoundaryArn>"               \
	"</PermissionsBoundary>"
#define ROLES(account)                                                                             \
	"<RoleDetailList><member>" ROLE_BASE(                                                      \
	    account) "<InstanceProfileList><member>"                                               \
		     "<InstanceProfileName>web</InstanceProfileName></member></"                   \
		     "InstanceProfileList>"                                                        \
		     "<AttachedManagedPolicies><member><PolicyArn>arn:aws:iam::" account           \
		     ":policy/own</PolicyArn></member></"                                          \
		     "AttachedManagedPolicies><RolePolicyList><member>"                            \
		     "<PolicyName>in</PolicyName><PolicyDocument>" FORM_DENY                       \
		     "</PolicyDocument></member>"                                                  \
		     "</RolePolicyList></member><member><RoleName>AWSServiceRoleForSupport</"      \
		     "RoleName>"                                                                   \
		     "<Path>/aws-service-role/support.amazonaws.com/</"                            \
		     "Path><Arn>arn:aws:iam::" account                                             \
		     ":role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport</Arn>" \
		     "<AssumeRolePolicyDocument>" FORM_TRUST                                       \
		     "</AssumeRolePolicyDocument></member>"                                        \
		     "</RoleDetailList>"
#define DETAILS(result) IAM_REPLY("GetAccountAuthorizationDetails", result)
#define DESCRIBED                                                                                  \
	IAM_REPLY("ListRoles", "<Roles><member><RoleName>deploy</RoleName><Description>CI"         \
			       "</Description><MaxSessionDuration>14400</MaxSessionDuration>"      \
			       "</member><member><RoleName>made-since</RoleName></member>"         \
			       "<member><RoleName>AWSServiceRoleForSupport</RoleName></member>"    \
			       "</Roles>")

static const struct rule plain[] = {
    {"GetCallerIdentity", NULL, 0,
     IAM_REPLY("GetCallerIdentity",
	       "<Arn>arn:aws:iam::" OWN ":user/ci</Arn><Account>" OWN "</Account>")},
    {"AssumeRole", NULL, 0,
     IAM_REPLY("AssumeRole", "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s"
			     "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
			     "2036-01-01T00:00:00Z</Expiration></Credentials>")},
    {"GetAccountAuthorizationDetails", NULL, 0, DETAILS(ENTITIES ROLES(OWN))},
    {"ListRoles", NULL, 0, DESCRIBED},
    {"ListPolicyTags", NULL, 0, IAM_REPLY("ListPolicyTags", "<Tags/>")},
    {"GetLoginProfile", NULL, 0,
     IAM_REPLY("GetLoginProfile", "<LoginProfile><UserName>ann</UserName></LoginProfile>")},
    {"ListAccessKeys", "Marker", 0,
     IAM_REPLY("ListAccessKeys", "<AccessKeyMetadata><member><AccessKeyId>AKIA2</AccessKeyId>"
				 "<Status>Inactive</Status></member></AccessKeyMetadata>")},
    {"ListAccessKeys", NULL, 0,
     IAM_REPLY("ListAccessKeys",
	       "<AccessKeyMetadata><member><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status>"
	       "</member></AccessKeyMetadata><IsTruncated>true</IsTruncated><Marker>m</Marker>")},
    {"ListMFADevices", NULL, 0,
     IAM_REPLY("ListMFADevices", "<MFADevices><member><SerialNumber>arn:aws:iam::" OWN
				 ":mfa/ann</SerialNumber></member></MFADevices>")},
    {"ListSigningCertificates", NULL, 0,
     IAM_REPLY("ListSigningCertificates", "<Certificates><member><CertificateId>C1"
					  "</CertificateId></member></Certificates>")},
    {"ListSSHPublicKeys", NULL, 0,
     IAM_REPLY("ListSSHPublicKeys", "<SSHPublicKeys><member><SSHPublicKeyId>APKA1"
				    "</SSHPublicKeyId></member></SSHPublicKeys>")},
    {"ListServiceSpecificCredentials", NULL, 0,
     IAM_REPLY("ListServiceSpecificCredentials",
	       "<ServiceSpecificCredentials><member><ServiceSpecificCredentialId>ACCA1"
	       "</ServiceSpecificCredentialId></member></ServiceSpecificCredentials>")},
    EMPTY_IAM_EXTRA,
    {NULL, NULL, 0, NULL},
};

static const struct resource *found(const struct reading *r, const char *address)
{
	const struct resource *one = side_find(r->side, text_str(r->arena, address));

	assert_non_null(one);
	return one;
}

#define ROLE_LINE(account, rest)                                                                   \
	"iam_role/~" account "/deploy #arn:aws:iam::" account ":role/ci/deploy name=deploy "       \
	"account=account/~" account " path=/ci/ " rest

#define SETTINGS_LINE(account)                                                                     \
	"iam_account/~" account "/settings #" account " name=settings account=account/~" account   \
	" alias= password_policy=[]\n"

static void test_own_account(void **state)
{
	struct reading *r = reading_new(plain, NULL);

	(void)state;
	iam_read_account(r->crawl, text_str(r->arena, OWN));
	reading_finish(r);
	assert_side(
	    r->side,
	    SETTINGS_LINE(
		OWN) "iam_group/~111111111111/devs #arn:aws:iam::111111111111:group/devs name=devs "
		     "account=account/~111111111111 path=/ managed_policies=[] inline_policies=[]\n"
		     "iam_policy/~111111111111/own #arn:aws:iam::111111111111:policy/team/own "
		     "name=own "
		     "account=account/~111111111111 path=/team/ description= document=" CANON_DENY
		     " tags=[]\n"
		     "iam_role/~111111111111/AWSServiceRoleForSupport "
		     "#arn:aws:iam::111111111111:role/"
		     "aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport "
		     "name=AWSServiceRoleForSupport account=account/~111111111111 "
		     "path=/aws-service-role/support.amazonaws.com/ description= trust=" CANON_TRUST
		     " max_session_duration=3600 managed_policies=[] inline_policies=[] "
		     "permissions_boundary=none tags=[] instance_profiles=[] foreign\n" //
	    ROLE_LINE(
		OWN,
		"description=CI trust=" CANON_TRUST " max_session_duration=14400 "
		"managed_policies=[iam_policy/~111111111111/own] inline_policies=[in: " CANON_DENY
		"] permissions_boundary=arn:aws:iam::aws:policy/B tags=[t: v]"
		" instance_profiles=[web]\n") "iam_user/~111111111111/ann "
					      "#arn:aws:iam::111111111111:user/ann name=ann "
					      "account=account/~111111111111 path=/ "
					      "groups=[iam_group/~111111111111/devs] "
					      "managed_policies=[arn:aws:iam::aws:policy/"
					      "ReadOnlyAccess, "
					      "iam_policy/~111111111111/own] "
					      "inline_policies=[in: " CANON_DENY
					      "] permissions_boundary=iam_policy/~111111111111/own "
					      "tags=[t: v]\n");
	for (size_t i = 0; i < r->side->scopes.n; i++)
		assert_int_equal(r->side->scopes.at[i].state, SCOPE_WHOLE);
	assert_scope(r, "iam/" OWN "/tags", SCOPE_WHOLE);
	assert_scope(r, "iam/" OWN "/roles", SCOPE_WHOLE);
	assert_scope(r, "iam/" OWN "/credentials", SCOPE_WHOLE);
	assert_string_equal(found(r, "iam_policy/~111111111111/own")->aux->s,
			    "{\"versions\":[{\"created\":\"\",\"default\":true,\"id\":\"v2\"},"
			    "{\"created\":\"\",\"default\":false,\"id\":\"v1\"}]}");
	assert_string_equal(found(r, "iam_user/~111111111111/ann")->created->s,
			    "2026-01-02T03:04:05Z");
	assert_int_equal(asked_count(r, "\n"), 6);
	reading_free(r);
}

static void access_fn(void *ctx, const char *account, struct account_access *access)
{
	(void)ctx;
	if (strcmp(account, OTHER) != 0)
		access->why = "nobody said how";
	else
		access->role_arn = "arn:aws:iam::" OTHER ":role/charter";
	access->session_name = "charter";
}

static struct reading *reading_elsewhere(const struct rule *more)
{
	struct reading *r = reading_new(plain, more);
	json_auto_t *body = NULL;
	auto_error err = {0};

	client_set_access(r->server->client, access_fn, NULL);
	assert_int_equal(
	    client_call(r->server->client, OP_STS_GetCallerIdentity, NULL, &body, NULL, &err), 0);
	return r;
}

/* Another account is entered; one that cannot be is named, and stops nothing else. */
static void test_other_accounts(void **state)
{
	static const struct rule more[] = {
	    {"GetAccountAuthorizationDetails", NULL, 0, DETAILS(ROLES(OTHER))},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_elsewhere(more);

	(void)state;
	iam_read_account(r->crawl, text_str(r->arena, OTHER));
	iam_read_account(r->crawl, text_str(r->arena, "333333333333"));
	reading_finish(r);
	assert_scope(r, "iam/" OTHER, SCOPE_WHOLE);
	assert_scope(r, "iam/333333333333", SCOPE_PARTIAL);
	assert_int_equal(asked_count(r, "AssumeRole Action"), 1);
	assert_string_equal(found(r, "iam_role/~" OTHER "/deploy")->v[ROLE_DURATION].u.text->s,
			    "14400");
	assert_null(side_find(r->side, text_str(r->arena, "iam_account/~333333333333/settings")));
	reading_free(r);
}

#define REFUSED                                                                                    \
	"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"             \
	"</ErrorResponse>"

/* Roles whose description is not known are there all the same. */
static void test_undescribed(void **state)
{
	static const struct rule more[] = {{"ListRoles", NULL, 403, REFUSED},
					   {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);
	const struct resource *role;

	(void)state;
	iam_read_account(r->crawl, text_str(r->arena, OWN));
	reading_finish(r);
	assert_scope(r, "iam/" OWN "/roles", SCOPE_PARTIAL);
	assert_scope(r, "iam/" OWN "/tags", SCOPE_WHOLE);
	role = found(r, "iam_role/~111111111111/deploy");
	assert_int_equal(role->v[ROLE_DESCRIPTION].state, VALUE_UNSET);
	assert_int_equal(role->v[ROLE_DURATION].state, VALUE_UNSET);
	assert_int_equal(role->v[ROLE_TRUST].state, VALUE_TEXT);
	reading_free(r);
}

/* Replies that lack what they must have are no empty readings. */
static void test_bad_replies(void **state)
{
	static const struct {
		const char *op, *body, *scope;
	} cases[] = {
	    {"GetAccountAuthorizationDetails", "<a><b/></a>", "iam/" OWN},
	    {"GetAccountAuthorizationDetails", DETAILS("<UserDetailList>x</UserDetailList>"),
	     "iam/" OWN},
	    {"GetAccountAuthorizationDetails",
	     DETAILS("<GroupDetailList><member><GroupName>devs</GroupName><Arn>arn:aws:iam::"
		     "111111111111:group/devs</Arn><GroupPolicyList>x</GroupPolicyList></member>"
		     "</GroupDetailList>"),
	     "iam/" OWN},
	    {"GetAccountAuthorizationDetails",
	     DETAILS("<RoleDetailList><member><RoleName>r</RoleName><Arn>arn:aws:iam::"
		     "111111111111:role/r</Arn></member></RoleDetailList>"),
	     "iam/" OWN},
	    {"ListRoles", IAM_REPLY("ListRoles", "<Roles><member/></Roles>"), "iam/" OWN "/roles"},
	    {"ListRoles", IAM_REPLY("ListRoles", ""), "iam/" OWN "/roles"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule more[] = {{cases[i].op, NULL, 0, cases[i].body}, {NULL, NULL, 0, NULL}};
		struct reading *r = reading_new(plain, more);

		iam_read_account(r->crawl, text_str(r->arena, OWN));
		reading_finish(r);
		assert_scope(r, cases[i].scope, SCOPE_PARTIAL);
		reading_free(r);
	}
}

/* Reads the own account, then asks for what the rest of the run needs of ann. */
static struct reading *deepened(const struct rule *more, const struct row *like)
{
	struct reading *r = reading_new(plain, more);
	struct row row = *like;
	struct bound bound = {.row = &row, .rows = 1};

	iam_read_account(r->crawl, text_str(r->arena, OWN));
	reading_finish(r);
	crawl_free(r->crawl);
	r->crawl = crawl_new(r->server->client, r->side);
	row.live = found(r, "iam_user/~111111111111/ann");
	row.address = row.live->address;
	buf_clear(&r->server->asked);
	wires_deepen(r->crawl, &bound);
	reading_finish(r);
	return r;
}

#define EVERYTHING                                                                                 \
	"access_key/AKIA1 access_key/AKIA2 login_profile mfa_device/arn:aws:iam::" OWN ":mfa/ann " \
	"service_credential/ACCA1 signing_certificate/C1 ssh_key/APKA1 "

static void assert_owned(const struct reading *r, const char *want)
{
	const struct value *v = &found(r, "iam_user/~111111111111/ann")->v[USER_CREDENTIALS];
	auto_buf out = BUF_INIT(4096);

	assert_int_equal(v->state, VALUE_SET);
	for (uint32_t i = 0; i < v->u.set->n; i++)
		buf_printf(&out, "%s ", v->u.set->item[i].key->s);
	assert_string_equal(buf_str(&out), want);
}

static void test_owned(void **state)
{
	static const struct resource declared = {.kind = KIND_IAM_USER};
	static const struct rule none[] = {
	    {"GetLoginProfile", NULL, 404, IAM_NONE},
	    {"ListServiceSpecificCredentials", NULL, 400,
	     "<ErrorResponse><Error><Code>NotSupportedService</Code></Error></ErrorResponse>"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = deepened(NULL, &(struct row){.base = &declared});

	(void)state;
	assert_owned(r, EVERYTHING);
	assert_string_equal(found(r, "iam_user/~111111111111/ann")->aux->s,
			    "{\"keys\":{\"AKIA1\":\"Active\",\"AKIA2\":\"Inactive\"}}");
	assert_scope(r, "iam/" OWN "/credentials", SCOPE_WHOLE);
	reading_free(r);
	r = deepened(none, &(struct row){.leftover = &declared});
	assert_owned(r, "access_key/AKIA1 access_key/AKIA2 mfa_device/arn:aws:iam::" OWN
			":mfa/ann signing_certificate/C1 ssh_key/APKA1 ");
	assert_scope(r, "iam/" OWN "/credentials", SCOPE_WHOLE);
	reading_free(r);
}

/* What cannot be read is not known, and only a deletion waits for it. */
static void test_owned_partly(void **state)
{
	static const struct resource declared = {.kind = KIND_IAM_USER};
	static const struct rule more[] = {{"ListSSHPublicKeys", NULL, 403, REFUSED},
					   {NULL, NULL, 0, NULL}};
	struct reading *r = deepened(more, &(struct row){.base = &declared});

	(void)state;
	assert_int_equal(found(r, "iam_user/~111111111111/ann")->v[USER_CREDENTIALS].state,
			 VALUE_UNSET);
	assert_scope(r, "iam/" OWN "/credentials", SCOPE_PARTIAL);
	assert_scope(r, "iam/" OWN, SCOPE_WHOLE);
	assert_null(scope_unread(r->arena, r->side, KIND_IAM_USER, OWN));
	assert_string_equal(scope_unread_held(r->arena, r->side, KIND_IAM_USER, OWN),
			    "iam/" OWN "/credentials");
	reading_free(r);
}

static struct resource *user_declared(struct arena *arena, const char *login, unsigned flags)
{
	struct resource *user =
	    arena_alloc(arena, sizeof(*user) + USER_ATTRS * sizeof(struct value));

	user->kind = KIND_IAM_USER;
	user->flags = (uint16_t)flags;
	if (login != NULL)
		user->v[USER_LOGIN] = value_str(arena, login);
	return user;
}

/* Only what is needed is asked for: of who stays, the console password where it is declared; of who
 * was never declared, nothing. */
static void test_deepen_what(void **state)
{
	struct arena *arena = arena_new();
	const struct {
		struct row row;
		unsigned asked;
	} cases[] = {
	    {{.head = user_declared(arena, NULL, 0)}, 0},
	    {{.head = user_declared(arena, "console", 0)}, 1},
	    {{.head = user_declared(arena, "console", RES_ENDED)}, 7},
	    {{.base = user_declared(arena, NULL, 0)}, 7},
	    {{.target = user_declared(arena, NULL, 0)}, 0},
	    {{0}, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading *r = deepened(NULL, &cases[i].row);

		assert_int_equal(asked_count(r, "\n"), cases[i].asked);
		if (cases[i].asked == 1)
			assert_string_equal(
			    found(r, "iam_user/~111111111111/ann")->v[USER_LOGIN].u.text->s,
			    "console");
		reading_free(r);
	}
	arena_free(arena);
}

#define ROLE_NAME_INPUT "{\"RoleName\":\"deploy\"}"
#define ONE_ROLE                                                                                   \
	ROLE_LINE(OWN, "description=CI trust=" CANON_TRUST " max_session_duration=7200 "           \
		       "permissions_boundary=arn:aws:iam::aws:policy/B tags=[t: v]\n")
#define ANN(rest) "iam_user/~111111111111/ann name=ann account=account/~111111111111 " rest "\n"

static void test_probes(void **state)
{
	static const struct rule more[] = {
	    {"GetRole", "deploy", 0,
	     IAM_REPLY("GetRole", "<Role>" ROLE_BASE(
				      OWN) "<Description>CI</Description>"
					   "<MaxSessionDuration>7200</MaxSessionDuration></Role>")},
	    {"GetRole", NULL, 404, IAM_NONE},
	    {"ListMFADevices", "gone", 404, IAM_NONE},
	    {NULL, NULL, 0, NULL}};
	static const struct probe_trial trials[] = {
	    {.op = OP_IAM_CreateRole,
	     .kind = KIND_IAM_ROLE,
	     .input = "{\"RoleName\":\"new\"}",
	     .scope = "iam/" OWN "/roles",
	     .want = ""},
	    {.op = OP_IAM_UpdateRole,
	     .kind = KIND_IAM_ROLE,
	     .input = ROLE_NAME_INPUT,
	     .scope = "iam/" OWN "/roles",
	     .want = ONE_ROLE},
	    {.op = OP_IAM_TagRole,
	     .kind = KIND_IAM_ROLE,
	     .account = OWN,
	     .input = ROLE_NAME_INPUT,
	     .scope = "iam/" OWN "/roles",
	     .want = ONE_ROLE},
	    {.op = OP_IAM_DeactivateMFADevice,
	     .kind = KIND_IAM_USER,
	     .input = "{\"UserName\":\"ann\",\"SerialNumber\":\"x\"}",
	     .scope = "iam/" OWN "/credentials",
	     .want = ANN("credentials=[mfa_device/arn:aws:iam::" OWN ":mfa/ann]")},
	    {.op = OP_IAM_DeactivateMFADevice,
	     .kind = KIND_IAM_USER,
	     .input = "{\"UserName\":\"gone\",\"SerialNumber\":\"x\"}",
	     .scope = "iam/" OWN "/credentials",
	     .want = "iam_user/~111111111111/gone name=gone account=account/~111111111111 "
		     "credentials=[]\n"},
	    {.op = OP_IAM_DeleteAccessKey,
	     .kind = KIND_IAM_USER,
	     .input = "{\"UserName\":\"ann\",\"AccessKeyId\":\"AKIA1\"}",
	     .scope = "iam/" OWN "/credentials",
	     .want = ANN("credentials=[access_key/AKIA1, access_key/AKIA2]")},
	    {.op = OP_IAM_DeleteLoginProfile,
	     .kind = KIND_IAM_USER,
	     .input = "{\"UserName\":\"ann\"}",
	     .scope = "iam/" OWN "/login",
	     .want = ANN("login=console credentials=[login_profile]")},
	    {.op = OP_IAM_TagPolicy,
	     .kind = KIND_IAM_POLICY,
	     .input = "{\"PolicyArn\":\"arn:aws:iam::111111111111:policy/team/own\"}",
	     .scope = "iam/" OWN "/tags",
	     .want = "iam_policy/~111111111111/own #arn:aws:iam::111111111111:policy/team/own "
		     "name=own account=account/~111111111111 tags=[]\n"},
	    /* An account that this run has yet to make. */
	    {.op = OP_IAM_CreateRole,
	     .kind = KIND_IAM_ROLE,
	     .account = "${account/new.id}",
	     .use = "account/new",
	     .input = "{\"RoleName\":\"new\"}",
	     .want = ""},
	    {.op = OP_IAM_CreateRole,
	     .kind = KIND_IAM_ROLE,
	     .account = "${account/new.id}",
	     .use = "account/new",
	     .id = OWN,
	     .input = ROLE_NAME_INPUT,
	     .scope = "iam/" OWN "/roles",
	     .want = ONE_ROLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		probe_run(reading_new(plain, more), &trials[i]);
}

/* What is attached to a role, only the listing of all roles shows. */
static void test_probe_attached(void **state)
{
	static const struct rule more[] = {
	    {"GetAccountAuthorizationDetails", "Filter.member.1=Role", 0, DETAILS(ROLES(OTHER))},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_elsewhere(more);
	const struct text *none[] = {NULL}, *name;
	struct world world = {.caller_account = text_str(r->arena, OWN)};
	struct probe_context context = {.world = &world};
	struct call call = {.op = &ops[OP_IAM_AttachRolePolicy],
			    .account = text_str(r->arena, OTHER),
			    .input = text_str(r->arena, ROLE_NAME_INPUT),
			    .uses = none,
			    .frees = none};

	(void)state;
	wires[KIND_IAM_ROLE]->probe(r->crawl, &call, &context, &name);
	reading_finish(r);
	assert_string_equal(name->s, "iam/" OTHER);
	assert_scope(r, "iam/" OTHER, SCOPE_WHOLE);
	assert_int_equal(found(r, "iam_role/~" OTHER "/deploy")->v[ROLE_MANAGED].u.set->n, 1);
	assert_int_equal(asked_count(r, "ListRoles"), 0);
	reading_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_own_account),    cmocka_unit_test(test_other_accounts),
	    cmocka_unit_test(test_undescribed),    cmocka_unit_test(test_bad_replies),
	    cmocka_unit_test(test_owned),          cmocka_unit_test(test_owned_partly),
	    cmocka_unit_test(test_deepen_what),    cmocka_unit_test(test_probes),
	    cmocka_unit_test(test_probe_attached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
