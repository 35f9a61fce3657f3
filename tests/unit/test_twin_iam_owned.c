/* The twin's IAM: what users own besides access keys, what accounts have once, and what is seen of
 * new principals. */
#include "tests/unit/twin_desk.h"

#include "base/text.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#define PUBLIC_KEY  "ssh-rsa AAAAB3NzaC1yc2E"
#define CERTIFICATE "-----BEGIN CERTIFICATE-----"
#define SERIAL      ARN ":mfa/people/ann"
#define PROVIDER    ARN ":oidc-provider/token.example.com/x"
#define TRUST(principal)                                                                           \
	"{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"              \
	"\\'Principal\\':{\\'AWS\\':\\'" principal "\\'},\\'Action\\':\\'sts:AssumeRole\\'}]}"

/* A text within the reply; copied. */
static void member_copy(const json_t *reply, const char *object, const char *member, char out[128])
{
	snprintf(out, 128, "%s", row_str(json_object_get(reply, object), member));
	assert_true(*out != '\0');
}

/* Each of them keeps its user from being deleted, and goes by its own operation. */
static void users_own_things(void **state)
{
	struct desk *d = *state;
	static const struct {
		const char *make, *input, *object, *id, *list, *listed, *end;
	} rows[] = {
	    {"UploadSSHPublicKey", "'SSHPublicKeyBody':'" PUBLIC_KEY "'", "SSHPublicKey",
	     "SSHPublicKeyId", "ListSSHPublicKeys", "SSHPublicKeys", "DeleteSSHPublicKey"},
	    {"UploadSigningCertificate", "'CertificateBody':'" CERTIFICATE "'", "Certificate",
	     "CertificateId", "ListSigningCertificates", "Certificates",
	     "DeleteSigningCertificate"},
	    {"CreateServiceSpecificCredential", "'ServiceName':'codecommit.amazonaws.com'",
	     "ServiceSpecificCredential", "ServiceSpecificCredentialId",
	     "ListServiceSpecificCredentials", "ServiceSpecificCredentials",
	     "DeleteServiceSpecificCredential"},
	};
	char id[128], path[160];

	done(d, "CreateUser", "{'UserName':'ann'}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_auto_t *made = ask(d, rows[i].make, "{'UserName':'ann',%s}", rows[i].input);

		member_copy(made, rows[i].object, rows[i].id, id);
		refused(d, "DeleteConflict", "DeleteUser", "{'UserName':'ann'}");
		snprintf(path, sizeof path, "%s.0.Status", rows[i].listed);
		expect_ask(d, rows[i].list, "{'UserName':'ann'}", path, "'Active'");
		refused(d, "NoSuchEntity", rows[i].end, "{'UserName':'ann','%s':'%.4s'}",
			rows[i].id, id);
		done(d, rows[i].end, "{'UserName':'ann','%s':'%s'}", rows[i].id, id);
		snprintf(path, sizeof path, "%s.0", rows[i].listed);
		expect_ask(d, rows[i].list, "{'UserName':'ann'}", path, "none");
	}
	refused(d, "InvalidPublicKey", "UploadSSHPublicKey",
		"{'UserName':'ann','SSHPublicKeyBody':'?'}");
	refused(d, "MalformedCertificate", "UploadSigningCertificate",
		"{'UserName':'ann','CertificateBody':'?'}");
	refused(d, "NotSupportedService", "CreateServiceSpecificCredential",
		"{'UserName':'ann','ServiceName':'s3.amazonaws.com'}");
	done(d, "DeleteUser", "{'UserName':'ann'}");
}

/* Made, enabled, deactivated, deleted; in this order only. */
static void devices_are_virtual(void **state)
{
	struct desk *d = *state;

	done(d, "CreateUser", "{'UserName':'ann'}");
	done(d, "CreateUser", "{'UserName':'bob'}");
	refused(d, "NoSuchEntity", "EnableMFADevice",
		"{'UserName':'ann','SerialNumber':'" SERIAL "'}");
	expect_ask(d, "CreateVirtualMFADevice", "{'VirtualMFADeviceName':'ann','Path':'/people/'}",
		   "VirtualMFADevice.SerialNumber", "'" SERIAL "'");
	refused(d, "EntityAlreadyExists", "CreateVirtualMFADevice",
		"{'VirtualMFADeviceName':'ann','Path':'/people/'}");
	refused(d, "InvalidAuthenticationCode", "EnableMFADevice",
		"{'UserName':'ann','SerialNumber':'" SERIAL
		"','AuthenticationCode1':'111111','AuthenticationCode2':'111111'}");
	done(d, "EnableMFADevice",
	     "{'UserName':'ann','SerialNumber':'" SERIAL
	     "','AuthenticationCode1':'111111','AuthenticationCode2':'222222'}");
	refused(d, "EntityAlreadyExists", "EnableMFADevice",
		"{'UserName':'bob','SerialNumber':'" SERIAL "'}");
	expect_ask(d, "ListVirtualMFADevices", "{'AssignmentStatus':'Unassigned'}",
		   "VirtualMFADevices", "[]");
	done(d, "UpdateUser", "{'UserName':'ann','NewUserName':'eve'}");
	expect_ask(d, "ListVirtualMFADevices", "{'AssignmentStatus':'Assigned'}",
		   "VirtualMFADevices.0.User.UserName", "'eve'");
	refused(d, "DeleteConflict", "DeleteVirtualMFADevice", "{'SerialNumber':'" SERIAL "'}");
	refused(d, "NoSuchEntity", "DeactivateMFADevice",
		"{'UserName':'bob','SerialNumber':'" SERIAL "'}");
	refused(d, "DeleteConflict", "DeleteUser", "{'UserName':'eve'}");
	done(d, "DeactivateMFADevice", "{'UserName':'eve','SerialNumber':'" SERIAL "'}");
	done(d, "DeleteUser", "{'UserName':'eve'}");
	expect_ask(d, "GetAccountSummary", "{}", "SummaryMap.MFADevices", "1");
	expect_ask(d, "GetAccountSummary", "{}", "SummaryMap.MFADevicesInUse", "0");
	done(d, "DeleteVirtualMFADevice", "{'SerialNumber':'" SERIAL "'}");
}

static void profiles_hold_roles(void **state)
{
	struct desk *d = *state;
	static const char both[] = "{'InstanceProfileName':'vm','RoleName':'R'}";

	done(d, "CreateRole", "{'RoleName':'R','AssumeRolePolicyDocument':'" TRUST(ACCOUNT) "'}");
	done(d, "CreateInstanceProfile", "{'InstanceProfileName':'vm','Path':'/x/'}");
	refused(d, "EntityAlreadyExists", "CreateInstanceProfile", "{'InstanceProfileName':'VM'}");
	refused(d, "NoSuchEntity", "RemoveRoleFromInstanceProfile", "%s", both);
	done(d, "AddRoleToInstanceProfile", "%s", both);
	refused(d, "LimitExceeded", "AddRoleToInstanceProfile", "%s", both);
	expect_ask(d, "ListInstanceProfilesForRole", "{'RoleName':'r'}", "InstanceProfiles.0.Arn",
		   "'" ARN ":instance-profile/x/vm'");
	expect_ask(d, "GetAccountAuthorizationDetails", "{'Filter':['Role']}",
		   "RoleDetailList.2.InstanceProfileList.0.Roles.0.RoleName", "'R'");
	expect_ask(d, "ListInstanceProfiles", "{'PathPrefix':'/y'}", "InstanceProfiles", "[]");
	refused(d, "DeleteConflict", "DeleteRole", "{'RoleName':'R'}");
	refused(d, "DeleteConflict", "DeleteInstanceProfile", "{'InstanceProfileName':'vm'}");
	done(d, "RemoveRoleFromInstanceProfile", "%s", both);
	done(d, "DeleteRole", "{'RoleName':'R'}");
	done(d, "DeleteInstanceProfile", "{'InstanceProfileName':'vm'}");
}

static void providers_have_clients(void **state)
{
	struct desk *d = *state;
	static const char which[] = "'OpenIDConnectProviderArn':'" PROVIDER "'";
	json_auto_t *got = NULL;

	refused(d, "ValidationError", "CreateOpenIDConnectProvider",
		"{'Url':'http://token.example.com'}");
	refused(d, "InvalidInput", "CreateOpenIDConnectProvider",
		"{'Url':'https://token.example.com','ThumbprintList':['12']}");
	expect_ask(d, "CreateOpenIDConnectProvider",
		   "{'Url':'https://token.example.com/x','ClientIDList':['a'],'Tags':[{'Key':'k',"
		   "'Value':'v'}]}",
		   "OpenIDConnectProviderArn", "'" PROVIDER "'");
	refused(d, "EntityAlreadyExists", "CreateOpenIDConnectProvider",
		"{'Url':'https://token.example.com/x'}");
	done(d, "AddClientIDToOpenIDConnectProvider", "{%s,'ClientID':'b'}", which);
	done(d, "AddClientIDToOpenIDConnectProvider", "{%s,'ClientID':'b'}", which);
	done(d, "RemoveClientIDFromOpenIDConnectProvider", "{%s,'ClientID':'a'}", which);
	done(d, "RemoveClientIDFromOpenIDConnectProvider", "{%s,'ClientID':'a'}", which);
	refused(d, "InvalidInput", "UpdateOpenIDConnectProviderThumbprint",
		"{%s,'ThumbprintList':[]}", which);
	done(d, "UpdateOpenIDConnectProviderThumbprint", "{%s,'ThumbprintList':['%040d']}", which,
	     7);
	done(d, "UntagOpenIDConnectProvider", "{%s,'TagKeys':['k']}", which);
	got = ask(d, "GetOpenIDConnectProvider", "{%s}", which);
	expect(got, "Url", "'token.example.com/x'");
	expect(got, "ClientIDList", "['b']");
	expect(got, "ThumbprintList", "['0000000000000000000000000000000000000007']");
	expect(got, "Tags", "[]");
	expect_ask(d, "ListOpenIDConnectProviders", "{}", "OpenIDConnectProviderList.0.Arn",
		   "'" PROVIDER "'");
	done(d, "DeleteOpenIDConnectProvider", "{%s}", which);
	done(d, "DeleteOpenIDConnectProvider", "{%s}", which);
	refused(d, "NoSuchEntity", "GetOpenIDConnectProvider", "{%s}", which);
}

/* What is left out of an update is reset; passwords must fit. */
static void passwords_have_a_policy(void **state)
{
	struct desk *d = *state;

	done(d, "CreateUser", "{'UserName':'ann'}");
	refused(d, "NoSuchEntity", "GetAccountPasswordPolicy", "{}");
	refused(d, "PasswordPolicyViolation", "CreateLoginProfile",
		"{'UserName':'ann','Password':'alllowercase'}");
	refused(d, "ValidationError", "UpdateAccountPasswordPolicy", "{'MinimumPasswordLength':5}");
	refused(d, "ValidationError", "UpdateAccountPasswordPolicy", "{'MaxPasswordAge':'0'}");
	done(d, "UpdateAccountPasswordPolicy",
	     "{'MinimumPasswordLength':12,'RequireSymbols':true,'MaxPasswordAge':'90'}");
	expect_ask(d, "GetAccountPasswordPolicy", "{}", "PasswordPolicy",
		   "{'AllowUsersToChangePassword':false,'ExpirePasswords':true,'HardExpiry':false,"
		   "'MaxPasswordAge':90,'MinimumPasswordLength':12,'RequireLowercaseCharacters':"
		   "false,'RequireNumbers':false,'RequireSymbols':true,"
		   "'RequireUppercaseCharacters':false}");
	refused(d, "PasswordPolicyViolation", "CreateLoginProfile",
		"{'UserName':'ann','Password':'Abcdefgh1234'}");
	done(d, "CreateLoginProfile", "{'UserName':'ann','Password':'abcdefghijk!'}");
	done(d, "UpdateAccountPasswordPolicy", "{}");
	expect_ask(d, "GetAccountPasswordPolicy", "{}", "PasswordPolicy.MinimumPasswordLength",
		   "6");
	expect_ask(d, "GetAccountPasswordPolicy", "{}", "PasswordPolicy.MaxPasswordAge", "none");
	done(d, "DeleteAccountPasswordPolicy", "{}");
	refused(d, "NoSuchEntity", "DeleteAccountPasswordPolicy", "{}");
}

/* Decoded; the caller frees it. */
static char *report_read(struct desk *d)
{
	json_auto_t *got = ask(d, "GetCredentialReport", "{}");
	const char *content = row_str(got, "Content");
	char *text = xcalloc(strlen(content) + 1, 1);

	assert_true(EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)content,
				    (int)strlen(content)) > 0);
	return text;
}

static void reports_are_made(void **state)
{
	struct desk *d = *state;
	auto_free char *text = NULL;
	char key[128];
	json_auto_t *made = NULL;

	d->twin->options.job_us = 10000000;
	done(d, "CreateUser", "{'UserName':'ann'}");
	done(d, "CreateUser", "{'UserName':'bob'}");
	done(d, "CreateLoginProfile", "{'UserName':'ann','Password':'a Secret 7'}");
	done(d, "EnableMFADevice", "{'UserName':'ann','SerialNumber':'GAHT12345678'}");
	made = ask(d, "CreateAccessKey", "{'UserName':'ann'}");
	member_copy(made, "AccessKey", "AccessKeyId", key);
	iam_key_used(d->twin, key, "iam", "us-east-1");
	refused(d, "ReportNotPresent", "GetCredentialReport", "{}");
	expect_ask(d, "GenerateCredentialReport", "{}", "State", "'STARTED'");
	refused(d, "ReportInProgress", "GetCredentialReport", "{}");
	expect_ask(d, "GenerateCredentialReport", "{}", "State", "'INPROGRESS'");
	d->clock.us += 10000000;
	expect_ask(d, "GenerateCredentialReport", "{}", "State", "'COMPLETE'");
	text = report_read(d);
	assert_non_null(strstr(text, "\nann," ARN ":user/ann,2026-11-22T01:02:03+00:00,true,"
				     "no_information,2026-11-22T01:02:03+00:00,N/A,true,true,"
				     "2026-11-22T01:02:03+00:00,2026-11-22T01:02:03+00:00,"
				     "us-east-1,iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"));
	assert_non_null(strstr(text, "\nbob," ARN ":user/bob,2026-11-22T01:02:03+00:00,false,N/A,"
				     "N/A,N/A,false,false,"));
	refused(d, "AccessDenied", "GetAccessKeyLastUsed", "{'AccessKeyId':'AKIAIOSFODNN7EXAMPL'}");
	d->clock.us += 4 * 3600 * 1000000LL;
	refused(d, "ReportExpired", "GetCredentialReport", "{}");
	expect_ask(d, "GenerateCredentialReport", "{}", "State", "'STARTED'");
}

/* How often it is refused, until it is not; of at most `most`. */
static int tries(struct desk *d, const char *code, const char *operation, const char *input,
		 int most)
{
	int n;

	for (n = 0; n < most; n++) {
		char got[64];
		json_error_t e;
		auto_free char *text = xstrdup(input);
		json_auto_t *given = NULL, *result = NULL;
		struct twin_call call = {.account = d->account != NULL ? d->account : ACCOUNT,
					 .arn = ARN ":user/x",
					 .now_us = d->clock.us};

		for (char *p = text; *p != '\0'; p++)
			*p = *p == '\'' ? '"' : *p;
		given = json_loads(text, 0, &e);
		assert_non_null(given);
		call.op = twin_op_find(d->service != NULL ? SERVICE_STS : SERVICE_IAM, operation);
		call.input = given;
		result = twin_perform(d->twin, &call);
		snprintf(got, sizeof got, "%s", call.code);
		twin_call_clear(&call);
		if (result != NULL)
			return n;
		assert_string_equal(got, code);
	}
	return n;
}

/* Until a new principal is known everywhere it is not assumed, and not trusted; when its time has
 * come it is, whatever was tried. */
static void principals_lag(void **state)
{
	static const char role[] =
	    "{'RoleName':'R','AssumeRolePolicyDocument':'" TRUST(ARN ":user/ann") "'}";
	static const char assume[] = "{'RoleArn':'" ARN ":role/S','RoleSessionName':'ss'}";
	struct desk *d = *state;
	int n;

	d->twin->options.lag_reads = 4;
	done(d, "CreateUser", "{'UserName':'ann'}");
	n = tries(d, "MalformedPolicyDocument", "CreateRole", role, 9);
	assert_in_range(n, 1, 4);
	done(d, "CreateRole", "{'RoleName':'S','AssumeRolePolicyDocument':'" TRUST(ACCOUNT) "'}");
	d->service = "sts";
	n = tries(d, "AccessDenied", "AssumeRole", assume, 9);
	assert_in_range(n, 1, 4);
	d->service = NULL;
	d->twin->options.lag_reads = 1000;
	d->twin->options.lag_us = 2000000;
	done(d, "CreateUser", "{'UserName':'bob'}");
	refused(d, "MalformedPolicyDocument", "UpdateAssumeRolePolicy",
		"{'RoleName':'R','PolicyDocument':'" TRUST(ARN ":user/bob") "'}");
	done(d, "CreateLoginProfile", "{'UserName':'bob','Password':'a Secret 7'}");
	refused(d, "EntityTemporarilyUnmodifiable", "DeleteLoginProfile", "{'UserName':'bob'}");
	d->clock.us += 2000000;
	done(d, "UpdateAssumeRolePolicy",
	     "{'RoleName':'R','PolicyDocument':'" TRUST(ARN ":user/bob") "'}");
	done(d, "DeleteLoginProfile", "{'UserName':'bob'}");
}

#define CLAIMS                                                                                     \
	"{\"iss\":\"https://token.example.com/x\",\"sub\":\"repo:team/app:ref:main\","             \
	"\"aud\":\"%s\",\"exp\":%lld,\"actor\":\"ann\"}"

/* A token that nobody signed, as the input of AssumeRoleWithWebIdentity. */
static char *web_input(const char *role, const char *audience, int64_t expires)
{
	auto_free char *claims = xasprintf(CLAIMS, audience, (long long)expires);
	auto_free char *coded = xcalloc(2 * strlen(claims), 1);
	char *p;

	EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)claims, (int)strlen(claims));
	for (p = coded; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	coded[strcspn(coded, "=")] = '\0';
	return xasprintf("{'RoleArn':'" ARN ":role/%s','RoleSessionName':'ci','WebIdentityToken':"
			 "'e30.%s.c2ln'}",
			 role, coded);
}

static void web_refused(struct desk *d, const char *code, const char *role, const char *audience,
			int64_t expires)
{
	auto_free char *input = web_input(role, audience, expires);

	refused(d, code, "AssumeRoleWithWebIdentity", "%s", input);
}

#define WEB(sub)                                                                                   \
	"{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"              \
	"\\'Principal\\':{\\'Federated\\':\\'" PROVIDER                                            \
	"\\'},\\'Action\\':\\'sts:AssumeRoleWithWebIdentity\\',\\'Condition\\':{"                  \
	"\\'StringEquals\\':{\\'token.example.com/x:aud\\':\\'sts\\'},\\'StringLike\\':{"          \
	"\\'token.example.com/x:sub\\':[\\'" sub "\\']}}}]}"

static void tokens_assume_roles(void **state)
{
	struct desk *d = *state;
	int64_t soon = START_US / 1000000 + 60;
	auto_free char *input = web_input("CI", "sts", soon);
	json_auto_t *reply = NULL;

	done(d, "CreateRole",
	     "{'RoleName':'CI','AssumeRolePolicyDocument':'" WEB("repo:team/*:ref:main") "'}");
	done(d, "CreateRole",
	     "{'RoleName':'Others','AssumeRolePolicyDocument':'" WEB("repo:others/*") "'}");
	d->service = "sts";
	d->caller = "anonymous";
	web_refused(d, "InvalidIdentityToken", "CI", "sts", soon);
	d->service = NULL;
	done(d, "CreateOpenIDConnectProvider",
	     "{'Url':'https://token.example.com/x','ClientIDList':['sts','other']}");
	d->service = "sts";
	reply = ask(d, "AssumeRoleWithWebIdentity", "%s", input);
	expect(reply, "AssumedRoleUser.Arn", "'arn:aws:sts::" ACCOUNT ":assumed-role/CI/ci'");
	expect(reply, "SubjectFromWebIdentityToken", "'repo:team/app:ref:main'");
	expect(reply, "Audience", "'sts'");
	web_refused(d, "AccessDenied", "Others", "sts", soon);
	web_refused(d, "AccessDenied", "CI", "other", soon);
	web_refused(d, "AccessDenied", "None", "sts", soon);
	web_refused(d, "InvalidIdentityToken", "CI", "nobody", soon);
	web_refused(d, "ExpiredTokenException", "CI", "sts", soon - 60);
	refused(d, "InvalidIdentityToken", "AssumeRoleWithWebIdentity",
		"{'RoleArn':'" ARN ":role/CI','RoleSessionName':'ci','WebIdentityToken':'e30.x'}");
	refused(d, "InvalidIdentityToken", "AssumeRoleWithWebIdentity",
		"{'RoleArn':'" ARN ":role/CI','RoleSessionName':'ci','WebIdentityToken':"
		"'e30.@@@@.e30'}");
}

static void costs_are_told(void **state)
{
	struct desk *d = *state;
	static const char months[] =
	    "'TimePeriod':{'Start':'2026-10-15','End':'2026-12-01'},'Granularity':'MONTHLY',"
	    "'Metrics':['UnblendedCost']";
	json_auto_t *reply = NULL;

	twin_account_add(d->twin, OTHER, NULL);
	twin_set_str(twin_sub(d->twin->state, "spend"), ACCOUNT, "12.5");
	twin_set_str(twin_sub(d->twin->state, "spend"), OTHER, "0.007");
	d->service = "ce";
	reply = ask(d, "GetCostAndUsage", "{%s}", months);
	expect(reply, "ResultsByTime.0.TimePeriod", "{'End':'2026-11-01','Start':'2026-10-15'}");
	expect(reply, "ResultsByTime.0.Total.UnblendedCost.Amount", "'0.00'");
	expect(reply, "ResultsByTime.1.Total", "{'UnblendedCost':{'Amount':'12.50','Unit':'USD'}}");
	d->account = OTHER;
	json_decref(reply);
	reply = ask(d, "GetCostAndUsage",
		    "{%s,'GroupBy':[{'Type':'DIMENSION','Key':'LINKED_ACCOUNT'}],'Filter':{'Not':"
		    "{'Dimensions':{'Key':'RECORD_TYPE','Values':['Credit','Refund']}}}}",
		    months);
	expect(reply, "ResultsByTime.1.Groups",
	       "[{'Keys':['" OTHER "'],'Metrics':{'UnblendedCost':{'Amount':'0.007000','Unit':"
	       "'USD'}}}]");
	refused(d, "ValidationException", "GetCostAndUsage",
		"{'TimePeriod':{'Start':'2026-10-01','End':'2026-10-01'},'Granularity':'MONTHLY',"
		"'Metrics':['UnblendedCost']}");
	refused(d, "ValidationException", "GetCostAndUsage",
		"{'TimePeriod':{'Start':'October','End':'2026-10-01'},'Granularity':'MONTHLY',"
		"'Metrics':['UnblendedCost']}");
}

/* The management account sees what its members cost. */
static void costs_of_an_organization(void **state)
{
	struct desk *d = *state;
	static const char filter[] =
	    "'Filter':{'Dimensions':{'Key':'LINKED_ACCOUNT','Values':['" OTHER "']}}";
	json_auto_t *reply = NULL;

	d->service = "organizations";
	done(d, "CreateOrganization", "{}");
	org_account_new(d->twin, OTHER, row_str(twin_table(d->twin, "root"), "Id"), "o",
			"o@example.com");
	twin_set_str(twin_sub(d->twin->state, "spend"), ACCOUNT, "1");
	twin_set_str(twin_sub(d->twin->state, "spend"), OTHER, "2.25");
	d->service = "ce";
	reply = ask(d, "GetCostAndUsage",
		    "{'TimePeriod':{'Start':'2026-11-01','End':'2026-11-03'},'Granularity':"
		    "'DAILY','Metrics':['UnblendedCost']}");
	expect(reply, "ResultsByTime.1.Total.UnblendedCost.Amount", "'3.25'");
	json_decref(reply);
	reply = ask(d, "GetCostAndUsage",
		    "{'TimePeriod':{'Start':'2026-11-01','End':'2026-11-03'},'Granularity':"
		    "'MONTHLY','Metrics':['UnblendedCost'],%s}",
		    filter);
	expect(reply, "ResultsByTime.0.Total.UnblendedCost.Amount", "'2.25'");
}

/* Several accounts without an organization: the first enters the others. */
static void accounts_stand_alone(void **state)
{
	struct twin_options options = {.seed = 5, .management = ACCOUNT "," OTHER};
	struct desk *d = *state;
	auto_error err = {0};

	assert_true(twin_accounts_valid(ACCOUNT "," OTHER));
	assert_false(twin_accounts_valid(ACCOUNT ","));
	assert_false(twin_accounts_valid("1"));
	assert_false(twin_accounts_valid(""));
	twin_free(d->twin);
	options.clock = &d->clock.clock;
	assert_int_equal(twin_new(&d->twin, &options, &err), 0);
	for (int i = 0; i < 2; i++) {
		d->service = "sts";
		d->account = NULL;
		d->caller = ARN ":user/twin";
		done(d, "AssumeRole",
		     "{'RoleArn':'arn:aws:iam::" OTHER ":role/OrganizationAccountAccessRole',"
		     "'RoleSessionName':'charter'}");
		refused(d, "AccessDenied", "AssumeRole",
			"{'RoleArn':'arn:aws:iam::333333333333:role/OrganizationAccountAccessRole',"
			"'RoleSessionName':'charter'}");
		d->service = NULL;
		d->account = OTHER;
		done(d, "CreateUser", "{'UserName':'ann'}");
		twin_reset(d->twin);
	}
}

int main(void)
{
#define DESK(test) cmocka_unit_test_setup_teardown(test, twin_desk_open, twin_desk_close)
	const struct CMUnitTest tests[] = {
	    DESK(users_own_things),        DESK(devices_are_virtual),
	    DESK(profiles_hold_roles),     DESK(providers_have_clients),
	    DESK(passwords_have_a_policy), DESK(reports_are_made),
	    DESK(principals_lag),          DESK(tokens_assume_roles),
	    DESK(costs_are_told),          DESK(costs_of_an_organization),
	    DESK(accounts_stand_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
