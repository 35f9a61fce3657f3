/* The law of loading: a reading of a twin, loaded into another twin and read there, is the same to
 * the byte. And whatever is loaded, nothing trips over it. */
#include "aws/twin/iam_priv.h"

#include "aws/crawl.h"
#include "aws/twin/transport.h"
#include "aws/wire.h"
#include "state/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_US 1795309323000000LL /* 2026-11-22T01:02:03Z */
#define DENY(action)                                                                               \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"" action     \
	"\",\"Resource\":\"*\"}]}"

struct desk {
	struct twin_clock clock;
	struct twin *twin;
	char root[TWIN_ID];
};

static void desk_open(struct desk *d, uint64_t seed)
{
	struct twin_options options = {.clock = &d->clock.clock,
				       .seed = seed,
				       .latency_us = 20000,
				       .jitter = 30,
				       .verify = true,
				       .job_us = 30 * SECOND_US};
	auto_error err = {0};

	*d = (struct desk){.twin = NULL};
	twin_clock_init(&d->clock, START_US);
	assert_int_equal(twin_new(&d->twin, &options, &err), 0);
}

static void desk_close(struct desk *d)
{
	twin_free(d->twin);
}

static json_t *do_in(struct desk *d, const char *account, const char *service,
		     const char *operation, json_t *input)
{
	char code[64] = "";
	json_t *result = twin_do(d->twin, account, service, operation, input, code);

	if (result == NULL)
		fail_msg("%s: %s", operation, code);
	return result;
}

static void org(struct desk *d, const char *operation, json_t *input)
{
	json_decref(do_in(d, NULL, "organizations", operation, input));
}

static void iam(struct desk *d, const char *account, const char *operation, json_t *input)
{
	json_decref(do_in(d, account, "iam", operation, input));
}

static void id_copy(char out[TWIN_ID], const json_t *object)
{
	const char *id = row_str(object, "Id");

	assert_true(*id != '\0');
	snprintf(out, TWIN_ID, "%s", id);
}

static void unit_make(struct desk *d, const char *parent, const char *name, char id[TWIN_ID])
{
	json_auto_t *r = do_in(d, NULL, "organizations", "CreateOrganizationalUnit",
			       json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "ParentId", parent, "Name",
					 name, "Tags", "Key", "owner", "Value", "\xc3\xa9quipe"));

	id_copy(id, json_object_get(r, "OrganizationalUnit"));
}

static void account_make(struct desk *d, const char *name, const char *email, char id[TWIN_ID])
{
	json_auto_t *r =
	    do_in(d, NULL, "organizations", "CreateAccount",
		  json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "AccountName", name, "Email", email,
			    "Tags", "Key", "a key/with:all +-=._@", "Value", ""));
	json_auto_t *status = NULL;

	d->clock.us += 31 * SECOND_US;
	status = do_in(d, NULL, "organizations", "DescribeCreateAccountStatus",
		       json_pack("{s:O}", "CreateAccountRequestId",
				 json_object_get(json_object_get(r, "CreateAccountStatus"), "Id")));
	snprintf(id, TWIN_ID, "%s",
		 row_str(json_object_get(status, "CreateAccountStatus"), "AccountId"));
	assert_int_equal(strlen(id), 12);
}

static void policy_make(struct desk *d, const char *type, const char *name, const char *content,
			const char *target)
{
	json_auto_t *r =
	    do_in(d, NULL, "organizations", "CreatePolicy",
		  json_pack("{s:s, s:s, s:s, s:s}", "Type", type, "Name", name, "Description",
			    "d\xc3\xa9j\xc3\xa0 \"vu\"", "Content", content));
	const json_t *summary = json_object_get(json_object_get(r, "Policy"), "PolicySummary");

	if (target != NULL)
		org(d, "AttachPolicy",
		    json_pack("{s:s, s:s}", "PolicyId", row_str(summary, "Id"), "TargetId",
			      target));
}

static void move(struct desk *d, const char *account, const char *to)
{
	org(d, "MoveAccount",
	    json_pack("{s:s, s:s, s:s}", "AccountId", account, "SourceParentId", d->root,
		      "DestinationParentId", to));
}

/* Roles that trust each other, an instance profile, an OIDC provider, and what an account has once.
 */
static void roles_build(struct desk *d, const char *account, const char *boundary)
{
	auto_free char *alias = xasprintf("alias-%.4s", account);
	auto_free char *trust =
	    xasprintf("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		      "\"Principal\":{\"AWS\":[\"%s\",\"arn:aws:iam::%s:user/bob\"]},"
		      "\"Action\":\"sts:AssumeRole\"}]}",
		      account, account);

	iam(d, account, "CreateRole",
	    json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:[{s:s, s:s}]}", "RoleName", "Deploy@x",
		      "Path", "/ci/", "AssumeRolePolicyDocument", trust, "Description", "d\xc3\xa9",
		      "MaxSessionDuration", 7200, "PermissionsBoundary", boundary, "Tags", "Key",
		      "k", "Value", ""));
	iam(d, account, "CreateRole",
	    json_pack("{s:s, s:s}", "RoleName", "plain", "AssumeRolePolicyDocument", trust));
	iam(d, account, "AttachRolePolicy",
	    json_pack("{s:s, s:s}", "RoleName", "plain", "PolicyArn", boundary));
	iam(d, account, "PutRolePolicy",
	    json_pack("{s:s, s:s, s:s}", "RoleName", "plain", "PolicyName", "r", "PolicyDocument",
		      DENY("s3:Put*")));
	iam(d, account, "CreateInstanceProfile", json_pack("{s:s}", "InstanceProfileName", "vm"));
	iam(d, account, "AddRoleToInstanceProfile",
	    json_pack("{s:s, s:s}", "InstanceProfileName", "vm", "RoleName", "plain"));
	iam(d, account, "CreateOpenIDConnectProvider",
	    json_pack("{s:s, s:[s, s], s:[{s:s, s:s}]}", "Url", "https://gitlab.example.com/x",
		      "ClientIDList", "a", "b", "Tags", "Key", "k", "Value", "v"));
	iam(d, account, "CreateAccountAlias", json_pack("{s:s}", "AccountAlias", alias));
	iam(d, account, "UpdateAccountPasswordPolicy",
	    json_pack("{s:i, s:b, s:i}", "MinimumPasswordLength", 14, "RequireSymbols", true,
		      "MaxPasswordAge", 90));
	/* Its id is left in the trust of what it may assume. */
	iam(d, account, "CreateUser", json_pack("{s:s}", "UserName", "gone"));
	free(trust);
	trust = xasprintf("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			  "\"Principal\":{\"AWS\":\"arn:aws:iam::%s:user/gone\"},"
			  "\"Action\":\"sts:AssumeRole\"}]}",
			  account);
	iam(d, account, "UpdateAssumeRolePolicy",
	    json_pack("{s:s, s:s}", "RoleName", "plain", "PolicyDocument", trust));
	iam(d, account, "DeleteUser", json_pack("{s:s}", "UserName", "gone"));
}

/* Users, groups, policies with several versions and a boundary, in one account. */
static void iam_build(struct desk *d, const char *account)
{
	auto_free char *arn = xasprintf("arn:aws:iam::%s:policy/team/Limits", account);
	static const char *const actions[] = {"s3:*", "ec2:*", "sqs:*"};

	iam(d, account, "CreatePolicy",
	    json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}]}", "PolicyName", "Limits", "Path",
		      "/team/", "Description", "what all may", "PolicyDocument", DENY("iam:*"),
		      "Tags", "Key", "k", "Value", "v"));
	for (size_t i = 0; i < 3; i++) {
		auto_free char *document =
		    xasprintf("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
			      "\"Action\":[\"%s\"],\"Resource\":[\"*\"]}}",
			      actions[i]);

		d->clock.us += 5 * SECOND_US;
		iam(d, account, "CreatePolicyVersion",
		    json_pack("{s:s, s:s, s:b}", "PolicyArn", arn, "PolicyDocument", document,
			      "SetAsDefault", i == 1));
	}
	iam(d, account, "DeletePolicyVersion",
	    json_pack("{s:s, s:s}", "PolicyArn", arn, "VersionId", "v2"));
	iam(d, account, "CreateGroup",
	    json_pack("{s:s, s:s}", "GroupName", "Builders+1", "Path", "/x/y/"));
	iam(d, account, "CreateGroup", json_pack("{s:s}", "GroupName", "empty"));
	iam(d, account, "AttachGroupPolicy",
	    json_pack("{s:s, s:s}", "GroupName", "Builders+1", "PolicyArn",
		      "arn:aws:iam::aws:policy/ReadOnlyAccess"));
	iam(d, account, "CreateUser",
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "UserName", "Ann@example.com", "Path",
		      "/people/", "PermissionsBoundary", arn, "Tags", "Key", "team", "Value",
		      "\xe2\x82\xac"));
	iam(d, account, "CreateUser", json_pack("{s:s}", "UserName", "bob"));
	iam(d, account, "AttachUserPolicy",
	    json_pack("{s:s, s:s}", "UserName", "bob", "PolicyArn", arn));
	iam(d, account, "AddUserToGroup",
	    json_pack("{s:s, s:s}", "UserName", "bob", "GroupName", "builders+1"));
	iam(d, account, "PutUserPolicy",
	    json_pack("{s:s, s:s, s:s}", "UserName", "bob", "PolicyName", "own", "PolicyDocument",
		      DENY("s3:Get*")));
	iam(d, account, "PutGroupPolicy",
	    json_pack("{s:s, s:s, s:s}", "GroupName", "empty", "PolicyName", "g", "PolicyDocument",
		      DENY("s3:Put*")));
	roles_build(d, account, arn);
}

static void service_delegate(struct desk *d, const char *service, const char *account)
{
	org(d, "EnableAWSServiceAccess", json_pack("{s:s}", "ServicePrincipal", service));
	if (account != NULL)
		org(d, "RegisterDelegatedAdministrator",
		    json_pack("{s:s, s:s}", "ServicePrincipal", service, "AccountId", account));
}

static void types_enable(struct desk *d)
{
	static const char *const types[] = {"TAG_POLICY", "RESOURCE_CONTROL_POLICY",
					    "BACKUP_POLICY"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		org(d, "EnablePolicyType",
		    json_pack("{s:s, s:s}", "RootId", d->root, "PolicyType", types[i]));
	d->clock.us += 31 * SECOND_US;
}

/* With the instance and the store in the input; the result as do_in(). */
static json_t *center(struct desk *d, const char *service, const char *operation, json_t *input)
{
	const json_t *instance = twin_table(d->twin, "identity");

	if (strcmp(service, "sso-admin") == 0)
		json_object_set(input, "InstanceArn", json_object_get(instance, "InstanceArn"));
	else
		json_object_set(input, "IdentityStoreId",
				json_object_get(instance, "IdentityStoreId"));
	return do_in(d, NULL, service, operation, input);
}

static void made_id(json_t *reply, const char *member, char out[TWIN_ID])
{
	snprintf(out, TWIN_ID, "%s", row_str(reply, member));
	assert_true(*out != '\0');
	json_decref(reply);
}

static void assign(struct desk *d, const char *set, const char *account, const char *type,
		   const char *principal)
{
	json_decref(center(d, "sso-admin", "CreateAccountAssignment",
			   json_pack("{s:s, s:s, s:s, s:s, s:s}", "PermissionSetArn", set,
				     "TargetId", account, "TargetType", "AWS_ACCOUNT",
				     "PrincipalType", type, "PrincipalId", principal)));
	d->clock.us += 31 * SECOND_US;
}

static void set_do(struct desk *d, const char *set, const char *operation, json_t *input)
{
	json_object_set_new(input, "PermissionSetArn", json_string(set));
	json_decref(center(d, "sso-admin", operation, input));
}

/* A set with all that it may have; the ARN is the caller's. */
static char *set_build(struct desk *d, const char *name)
{
	json_auto_t *made =
	    center(d, "sso-admin", "CreatePermissionSet",
		   json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}]}", "Name", name, "Description",
			     "d\xc3\xa9", "SessionDuration", "PT1H30M", "RelayState",
			     "https://example.com/?a=b", "Tags", "Key", "a b", "Value", ""));
	char *arn = xstrdup(row_str(json_object_get(made, "PermissionSet"), "PermissionSetArn"));

	set_do(d, arn, "AttachManagedPolicyToPermissionSet",
	       json_pack("{s:s}", "ManagedPolicyArn",
			 "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"));
	set_do(d, arn, "AttachCustomerManagedPolicyReferenceToPermissionSet",
	       json_pack("{s:{s:s, s:s}}", "CustomerManagedPolicyReference", "Name", "Limits",
			 "Path", "/team/"));
	set_do(d, arn, "PutInlinePolicyToPermissionSet",
	       json_pack("{s:s}", "InlinePolicy", DENY("s3:Get*")));
	set_do(d, arn, "PutPermissionsBoundaryToPermissionSet",
	       json_pack("{s:{s:{s:s, s:s}}}", "PermissionsBoundary",
			 "CustomerManagedPolicyReference", "Name", "Limits", "Path", "/team/"));
	return arn;
}

static void people_build(struct desk *d, char user[TWIN_ID], char group[TWIN_ID],
			 char gone[TWIN_ID])
{
	made_id(center(d, "identitystore", "CreateUser",
		       json_pack("{s:s, s:s, s:{s:s, s:s}, s:[{s:s, s:b}]}", "UserName",
				 "ada@example.com", "DisplayName", "Ad\xc3\xa4 Li", "Name",
				 "GivenName", "Ada", "FamilyName", "Li", "Emails", "Value",
				 "ada@example.com", "Primary", 1)),
		"UserId", user);
	made_id(center(d, "identitystore", "CreateUser", json_pack("{s:s}", "UserName", "gone")),
		"UserId", gone);
	made_id(center(d, "identitystore", "CreateGroup",
		       json_pack("{s:s, s:s}", "DisplayName", "a/b ~ c", "Description", "d")),
		"GroupId", group);
	json_decref(
	    center(d, "identitystore", "CreateGroup", json_pack("{s:s}", "DisplayName", "nobody")));
	json_object_set_new(twin_row(d->twin, "identity_groups", group), "ExternalIds",
			    json_pack("[{s:s, s:s}]", "Issuer", "scim", "Id", "7"));
	json_decref(
	    center(d, "identitystore", "CreateGroupMembership",
		   json_pack("{s:s, s:{s:s}}", "GroupId", group, "MemberId", "UserId", user)));
}

/* Sets that are assigned, one of them to somebody who is no more and not provisioned everywhere. */
static void center_build(struct desk *d, const char *member)
{
	char user[TWIN_ID], group[TWIN_ID], gone[TWIN_ID];
	auto_free char *whole = NULL, *plain = NULL;

	json_decref(do_in(d, NULL, "sso-admin", "ListInstances", NULL));
	people_build(d, user, group, gone);
	whole = set_build(d, "Whole");
	plain = set_build(d, "plain");
	assign(d, whole, TWIN_MANAGEMENT, "GROUP", group);
	assign(d, whole, member, "GROUP", group);
	assign(d, whole, member, "USER", user);
	assign(d, plain, member, "USER", gone);
	assign(d, plain, TWIN_MANAGEMENT, "GROUP", group);
	set_do(d, whole, "DeletePermissionsBoundaryFromPermissionSet", json_object());
	json_decref(center(d, "sso-admin", "ProvisionPermissionSet",
			   json_pack("{s:s, s:s, s:s}", "PermissionSetArn", whole, "TargetType",
				     "AWS_ACCOUNT", "TargetId", member)));
	d->clock.us += 31 * SECOND_US;
	json_decref(center(d, "identitystore", "DeleteUser", json_pack("{s:s}", "UserId", gone)));
}

/* One of everything that a reading may hold. */
static void organization_build(struct desk *d, char member[TWIN_ID])
{
	static const char *const names[] = {"\xc3\x9c 100% / \"a\\b\"", "~{x}*?", "3", "4", "5"};
	char unit[5][TWIN_ID], account[4][TWIN_ID];
	const char *parent = d->root;

	org(d, "CreateOrganization", json_pack("{s:s}", "FeatureSet", "ALL"));
	id_copy(d->root, twin_table(d->twin, "root"));
	types_enable(d);
	for (size_t i = 0; i < 5; i++) {
		unit_make(d, parent, names[i], unit[i]);
		parent = unit[i];
	}
	account_make(d, "Team one", "One@Example.com", account[0]);
	account_make(d, "two", "two@example.com", account[1]);
	account_make(d, "closed", "three@example.com", account[2]);
	account_make(d, "closing", "four@example.com", account[3]);
	move(d, account[0], unit[4]);
	move(d, account[1], unit[1]);
	policy_make(d, "SERVICE_CONTROL_POLICY", "deny \xc3\xa9t\xc3\xa9", DENY("s3:*"), unit[2]);
	policy_make(d, "SERVICE_CONTROL_POLICY", "unused", DENY("sqs:*"), NULL);
	policy_make(d, "SERVICE_CONTROL_POLICY", "aws-guardrails-x", DENY("sns:*"), d->root);
	policy_make(d, "TAG_POLICY", "tags",
		    "{\"tags\":{\"owner\":{\"tag_key\":{\"@@assign\":\"owner\"}}}}", account[0]);
	service_delegate(d, "config.amazonaws.com", account[0]);
	service_delegate(d, "sso.amazonaws.com", account[0]);
	service_delegate(d, "ram.amazonaws.com", NULL);
	org(d, "TagResource",
	    json_pack("{s:s, s:[{s:s, s:s}]}", "ResourceId", d->root, "Tags", "Key",
		      "charter:applied/prod", "Value", "x"));
	iam_build(d, TWIN_MANAGEMENT);
	iam_build(d, account[0]);
	center_build(d, account[0]);
	org(d, "CloseAccount", json_pack("{s:s}", "AccountId", account[2]));
	d->clock.us += 31 * SECOND_US;
	org(d, "CloseAccount", json_pack("{s:s}", "AccountId", account[3]));
	json_decref(do_in(
	    d, NULL, "organizations", "CreateAccount",
	    json_pack("{s:s, s:s}", "AccountName", "under way", "Email", "five@example.com")));
	snprintf(member, TWIN_ID, "%s", account[0]);
}

static char key_id[32] = "AKIATWIN" TWIN_MANAGEMENT;

static const char *variable(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return key_id;
	if (strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0)
		return TWIN_SECRET;
	return strcmp(name, "AWS_REGION") == 0 ? "us-east-1" : NULL;
}

static void world_learn(struct client *client, struct side *side)
{
	json_auto_t *caller = NULL;
	auto_error err = {0};
	char code[64];

	if (client_call(client, OP_STS_GetCallerIdentity, NULL, &caller, code, &err) != 0)
		fail_msg("%s", err.message);
	side->world.partition = text_str(side->arena, client_partition(client));
	side->world.caller_arn = text_str(side->arena, reply_str(caller, "Arn"));
	side->world.caller_account = text_str(side->arena, reply_str(caller, "Account"));
	side->world.read_us = START_US;
}

static void access_say(void *ctx, const char *account, struct account_access *access)
{
	struct arena *arena = ctx;

	access->role_arn =
	    arena_printf(arena, "arn:aws:iam::%s:role/OrganizationAccountAccessRole", account);
	access->session_name = "reader";
}

/* All accounts but that of the run, and those in which nobody can do anything. */
static void others_read(struct desk *d, struct crawl *crawl, const char *own)
{
	const char *id;
	json_t *account;

	json_object_foreach(twin_table(d->twin, "accounts"), id, account)
	{
		if (strcmp(id, own) != 0 && strcmp(row_str(account, "State"), "ACTIVE") == 0)
			iam_read_account(crawl, text_str(crawl->arena, id));
	}
	json_object_foreach(twin_table(d->twin, "standalone"), id, account)
	{
		iam_read_account(crawl, text_str(crawl->arena, id));
	}
}

/* The reading of the twin by the account's administrator, as text. `allow_list` readings hold the
 * IAM of other accounts too. */
static char *twin_read(struct desk *d, const char *account, bool allow_list, size_t *len)
{
	struct transport *transport = twin_transport_new(d->twin, &d->clock);
	struct loop *loop = loop_new(&d->clock.clock, transport);
	struct arena *arena = arena_new();
	struct side *side = side_new(arena);
	struct random_seeded random;
	struct env env = {.clock = &d->clock.clock,
			  .random = &random.base,
			  .transport = transport,
			  .out = stdout,
			  .err = stderr,
			  .getenv = variable};
	struct client_options options = {.rate_percent = 0, .read_only = true};
	const struct text *clash = NULL;
	struct client *client;
	struct crawl *crawl;
	auto_error err = {0};
	char *data = NULL;
	FILE *file;

	snprintf(key_id, sizeof(key_id), "AKIATWIN%.12s", account);
	random_seed(&random, 1);
	assert_int_equal(client_new(&client, &env, loop, &options, &err), 0);
	world_learn(client, side);
	crawl = crawl_new(client, side);
	crawl->allow_list = allow_list;
	wires_read(crawl);
	crawl_run(crawl, loop);
	if (twin_has_organization(d->twin) && strcmp(account, TWIN_MANAGEMENT) == 0)
		identity_read(crawl, &(struct identity_wanted){.exact = allow_list});
	crawl_run(crawl, loop);
	client_set_access(client, access_say, arena);
	if (allow_list)
		others_read(d, crawl, account);
	crawl_run(crawl, loop);
	crawl_free(crawl);
	side_finish(side, &clash);
	assert_null(clash);
	file = open_memstream(&data, len);
	assert_int_equal(snapshot_write(side, file, &err), 0);
	fclose(file);
	client_free(client);
	loop_free(loop);
	transport->free(transport);
	side_free(side);
	arena_free(arena);
	return data;
}

static void load(struct desk *d, const char *data, size_t len)
{
	auto_error err = {0};

	if (twin_load(d->twin, data, len, "reading", &err) != 0)
		fail_msg("%s", err.message);
}

/* The first line in which they differ is shown. */
static void same(const char *a, const char *b)
{
	while (*a != '\0' && strcmp(a, b) != 0) {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

		if (n != m || memcmp(a, b, n) != 0)
			fail_msg("\n-%.*s\n+%.*s", (int)n, a, (int)m, b);
		a += n + (a[n] != '\0');
		b += m + (b[m] != '\0');
	}
	assert_string_equal(a, b);
}

static void law(struct desk *d, const char *account, bool allow_list)
{
	struct desk other;
	size_t len, again_len;
	auto_free char *data = twin_read(d, account, allow_list, &len), *again = NULL;

	assert_null(strstr(data, "\"state\":\"partial\""));
	desk_open(&other, 77);
	load(&other, data, len);
	assert_null(twin_notes(other.twin));
	again = twin_read(&other, account, allow_list, &again_len);
	same(data, again);
	/* A second load of the same changes nothing. */
	load(&other, data, len);
	free(again);
	again = twin_read(&other, account, allow_list, &again_len);
	same(data, again);
	desk_close(&other);
}

static void everything_is_read_again(void **ignored)
{
	char member[TWIN_ID];
	struct desk d;

	(void)ignored;
	desk_open(&d, 1);
	law(&d, TWIN_MANAGEMENT, false);
	organization_build(&d, member);
	law(&d, TWIN_MANAGEMENT, false);
	law(&d, TWIN_MANAGEMENT, true);
	desk_close(&d);
}

/* A user's groups' assignments may be told as the user's: that changes no reading. */
static void inherited_assignments_are_the_groups(void **ignored)
{
	auto_free char *data = NULL, *again = NULL;
	char member[TWIN_ID];
	struct desk d;
	size_t len;

	(void)ignored;
	desk_open(&d, 2);
	organization_build(&d, member);
	data = twin_read(&d, TWIN_MANAGEMENT, false, &len);
	assert_non_null(
	    json_object_get(d.twin->counts, "sso-admin:ListAccountAssignmentsForPrincipal"));
	json_object_set_new(twin_table(d.twin, "quotas"), "InheritedAssignments", json_integer(1));
	again = twin_read(&d, TWIN_MANAGEMENT, false, &len);
	same(data, again);
	desk_close(&d);
}

/* Whatever others do to it. */
static void changed_organizations_are_read_again(void **ignored)
{
	char member[TWIN_ID];

	(void)ignored;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct desk d;

		desk_open(&d, seed);
		organization_build(&d, member);
		for (uint64_t i = 0; i < 25; i++)
			faults_change(d.twin, "any", seed * 1000 + i);
		/* What was begun ends. */
		d.clock.us += 31 * SECOND_US;
		law(&d, TWIN_MANAGEMENT, seed % 2 == 0);
		desk_close(&d);
	}
}

/* Accounts of no organization, which the first one enters. */
static void standalone_accounts_are_read_again(void **ignored)
{
	static const char *const held[] = {"\"name\":\"Deploy@x\"",
					   "\"instance_profiles\":[\"vm\"]",
					   "\"max_session_duration\":\"7200\"",
					   "AIDA",
					   "\"name\":\"gitlab.example.com/x\"",
					   "\"alias\":\"alias-3333\"",
					   "\"max_age_days\":\"90\""};
	auto_free char *data = NULL;
	struct desk d;
	size_t len;

	(void)ignored;
	desk_open(&d, 4);
	twin_account_add(d.twin, "222222222222", "OrganizationAccountAccessRole");
	twin_account_add(d.twin, "333333333333", "OrganizationAccountAccessRole");
	iam_build(&d, TWIN_MANAGEMENT);
	iam_build(&d, "333333333333");
	json_object_clear(json_object_get(iam_of_account(d.twin, "222222222222"), "roles"));
	twin_account_add(d.twin, "222222222222", "OrganizationAccountAccessRole");
	law(&d, TWIN_MANAGEMENT, true);
	data = twin_read(&d, TWIN_MANAGEMENT, true, &len);
	for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++) {
		if (strstr(data, held[i]) == NULL)
			fail_msg("%s is not in %s", held[i], data);
	}
	desk_close(&d);
}

/* With an allow list FullAWSAccess is off one unit; a reading tells. */
static void allow_list_is_kept(void **ignored)
{
	char member[TWIN_ID], unit[TWIN_ID];
	struct desk d;

	(void)ignored;
	desk_open(&d, 5);
	organization_build(&d, member);
	unit_make(&d, d.root, "allowed", unit);
	policy_make(&d, "SERVICE_CONTROL_POLICY", "allow",
		    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
		    "\"s3:*\",\"Resource\":\"*\"}]}",
		    unit);
	org(&d, "DetachPolicy",
	    json_pack("{s:s, s:s}", "PolicyId", "p-FullAWSAccess", "TargetId", unit));
	law(&d, TWIN_MANAGEMENT, true);
	desk_close(&d);
}

/* The slice of another account joins; what it could not read is told. */
static void slices_join(void **ignored)
{
	char member[TWIN_ID];
	struct desk d, other;
	size_t len, slice_len, again_len;
	auto_free char *data = NULL, *slice = NULL, *again = NULL;

	(void)ignored;
	desk_open(&d, 3);
	organization_build(&d, member);
	data = twin_read(&d, TWIN_MANAGEMENT, false, &len);
	/* A delegated administrator would read the organization too. */
	json_object_clear(twin_table(d.twin, "delegations"));
	slice = twin_read(&d, member, false, &slice_len);
	desk_open(&other, 8);
	load(&other, data, len);
	assert_null(twin_notes(other.twin));
	load(&other, slice, slice_len);
	assert_true(json_array_size(twin_notes(other.twin)) > 0);
	again = twin_read(&other, TWIN_MANAGEMENT, false, &again_len);
	same(data, again);
	free(again);
	json_object_clear(twin_table(other.twin, "delegations"));
	again = twin_read(&other, member, false, &again_len);
	same(slice, again);
	assert_non_null(twin_row(other.twin, "accounts", member));
	assert_int_equal(twin_quota(other.twin, "accounts", 10), 10);
	desk_close(&d);
	desk_close(&other);
}

static void hostile_readings_are_refused(void **ignored)
{
#define HEAD(n)                                                                                    \
	"{\"format\":\"charter.snapshot/1\",\"resources\":" n                                      \
	",\"scopes\":0,\"world\":{\"management_account\":\"111111111111\",\"organization_id\":"    \
	"\"o-1\",\"partition\":\"aws\",\"read_us\":9,\"root_id\":\"r-1\"}}\n"
#define UNIT(id, parent)                                                                           \
	"{\"id\":\"" id "\",\"kind\":\"unit\",\"values\":{\"name\":\"n\",\"parent\":\"" parent     \
	"\"}}\n"
	static const struct {
		const char *data, *error;
	} rows[] = {
	    {"", "reading:1: neither a snapshot nor a saved twin"},
	    {"{}", "reading:1: neither a snapshot nor a saved twin"},
	    {HEAD("1"), "reading:1: the file is not whole: it has 0 of 1 resources"},
	    {HEAD("1") "{", "reading:2: the file ends within a line"},
	    {HEAD("1") "[]\n", "reading:2: not an object"},
	    {HEAD("1") "{}\n", "reading:2: neither a scope nor a resource"},
	    {HEAD("1") "{\"kind\":\"unit\"}\n", "reading:2: `values` is missing"},
	    {HEAD("1") "{\"kind\":\"unit\",\"values\":{\"tags\":{\"a\":1}}}\n",
	     "reading:2: `tags` must be a text, or hold texts"},
	    {HEAD("1") UNIT("x", "root"), "reading:2: `x` is no id of a unit"},
	    {HEAD("1") UNIT("ou-1", "unit/~ou-1"), "is none of this reading"},
	    {HEAD("2") UNIT("ou-1", "unit/~ou-2") UNIT("ou-2", "unit/~ou-1"),
	     "is none of this reading"},
	    {HEAD("6") UNIT("ou-1", "root") UNIT("ou-2", "unit/~ou-1") UNIT("ou-3", "unit/~ou-2")
		 UNIT("ou-4", "unit/~ou-3") UNIT("ou-5", "unit/~ou-4") UNIT("ou-6", "unit/~ou-5"),
	     "reading:7: the unit stands deeper than 5"},
	    {HEAD("1") "{\"id\":\"1\",\"kind\":\"account\",\"values\":{}}\n",
	     "reading:2: `1` is no account: twelve digits"},
	    {HEAD("1") "{\"id\":\"x\",\"kind\":\"iam_user\",\"values\":{\"name\":\"u\",\"account\":"
		       "\"account/~111111111111\"}}\n",
	     "reading:2: the ARN x is not that of its account, path and name"},
	    {HEAD("1") "{\"kind\":\"iam_role\",\"values\":{\"name\":\"r\",\"account\":"
		       "\"account/~111111111111\"}}\n",
	     "reading:2: `trust` is missing"},
	    {HEAD(
		 "1") "{\"kind\":\"iam_account\",\"values\":{\"name\":\"settings\","
		      "\"account\":\"account/~111111111111\",\"password_policy\":{\"x\":\"1\"}}}\n",
	     "reading:2: `x` is no key of a password policy"},
	    {HEAD("1") "{\"kind\":\"iam_user\",\"values\":{\"name\":\"u\",\"account\":"
		       "\"account/~111111111111\",\"credentials\":[\"car/1\"]}}\n",
	     "reading:2: `car/1` is nothing that a user owns"},
	    {HEAD("1") "{\"aux\":\"{}\",\"kind\":\"iam_policy\",\"values\":{\"name\":\"u\","
		       "\"account\":\"account/~111111111111\",\"document\":\"{}\"}}\n",
	     "reading:2: `aux` names no versions"},
	    {HEAD("1") "{\"id\":\"a/b\",\"kind\":\"identity_user\",\"values\":{\"name\":\"u\"}}\n",
	     "reading:2: `a/b` is no id of a user or a group"},
	    {HEAD("1") "{\"id\":\"arn:x\",\"kind\":\"permission_set\",\"values\":{\"name\":\"s\"}}"
		       "\n",
	     "reading:2: `arn:x` is no ARN of a permission set"},
	    {HEAD("1") "{\"id\":\"arn:x/ps-1\",\"kind\":\"permission_set\",\"values\":{\"name\":"
		       "\"s\",\"aws_managed_policies\":[\"x\"]}}\n",
	     "reading:2: `aws_managed_policies` holds x"},
	    {HEAD("1") "{\"id\":\"x/GROUP/1\",\"kind\":\"assignment\",\"values\":{}}\n",
	     "reading:2: `x/GROUP/1` is no assignment"},
	};

	(void)ignored;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		auto_error err = {0};
		auto_free char *before = NULL, *after = NULL;
		struct desk d;

		desk_open(&d, 1);
		before = json_dumps(twin_state(d.twin), 0);
		assert_int_equal(
		    twin_load(d.twin, rows[i].data, strlen(rows[i].data), "reading", &err), -1);
		if (strstr(err.message, rows[i].error) == NULL)
			fail_msg("%s\n%s", err.message, rows[i].error);
		after = json_dumps(twin_state(d.twin), 0);
		assert_string_equal(before, after);
		desk_close(&d);
	}
}

static void saved_state_comes_back(void **ignored)
{
	char member[TWIN_ID];
	struct desk d, other;
	auto_free char *text = NULL;

	(void)ignored;
	desk_open(&d, 3);
	organization_build(&d, member);
	json_decref(
	    do_in(&d, NULL, "iam", "CreateAccessKey", json_pack("{s:s}", "UserName", "bob")));
	text = json_dumps(twin_state(d.twin), JSON_INDENT(1));
	desk_open(&other, 8);
	load(&other, text, strlen(text));
	assert_true(json_equal(twin_state(d.twin), twin_state(other.twin)));
	desk_close(&d);
	desk_close(&other);
}

/* Each member of the state in turn becomes something else, or goes. What is still taken is used. */
struct damage {
	json_t *state;
	size_t taken, refused;
};

/* What a reading does not ask for. */
static void others_ask(struct desk *d)
{
	static const char *const asked[][2] = {
	    {"ListVirtualMFADevices", "{}"},
	    {"ListInstanceProfiles", "{}"},
	    {"ListSSHPublicKeys", "{\"UserName\":\"bob\"}"},
	    {"ListSigningCertificates", "{\"UserName\":\"bob\"}"},
	    {"ListServiceSpecificCredentials", "{\"UserName\":\"bob\"}"},
	    {"ListMFADevices", "{\"UserName\":\"bob\"}"},
	    {"ListAccessKeys", "{\"UserName\":\"bob\"}"},
	    {"GetLoginProfile", "{\"UserName\":\"bob\"}"},
	    {"CreateLoginProfile", "{\"UserName\":\"bob\",\"Password\":\"a Secret of 14 signs!\"}"},
	    {"GetCredentialReport", "{}"},
	    {"GenerateCredentialReport", "{}"},
	    {"GetAccountSummary", "{}"},
	    {"DeleteRole", "{\"RoleName\":\"plain\"}"},
	    {"RemoveRoleFromInstanceProfile",
	     "{\"RoleName\":\"plain\",\"InstanceProfileName\":\"vm\"}"},
	};
	static const char cost[] = "{\"TimePeriod\":{\"Start\":\"2026-11-01\",\"End\":"
				   "\"2026-11-02\"},\"Granularity\":\"DAILY\",\"Metrics\":"
				   "[\"UnblendedCost\"]}";
	char code[64];

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
		json_decref(twin_do(d->twin, NULL, "iam", asked[i][0],
				    json_loads(asked[i][1], 0, NULL), code));
	json_decref(
	    twin_do(d->twin, NULL, "ce", "GetCostAndUsage", json_loads(cost, 0, NULL), code));
}

static void damaged_try(struct damage *damage)
{
	auto_free char *text = json_dumps(damage->state, JSON_COMPACT);
	auto_free char *data = NULL;
	auto_error err = {0};
	struct desk d;
	size_t len;

	desk_open(&d, 1);
	if (twin_load(d.twin, text, strlen(text), "state", &err) != 0) {
		damage->refused++;
	} else {
		damage->taken++;
		d.clock.us += 100 * SECOND_US;
		for (uint64_t i = 0; i < 6; i++)
			faults_change(d.twin, "any", i);
		data = twin_read(&d, TWIN_MANAGEMENT, true, &len);
		others_ask(&d);
	}
	desk_close(&d);
}

static void damage_below(struct damage *damage, json_t *object, unsigned depth)
{
	const char *key;
	json_t *value, *others[4];
	void *next;

	json_object_foreach_safe(object, next, key, value)
	{
		auto_free char *name = xstrdup(key);
		json_t *kept = json_incref(value);

		if (depth < 7)
			damage_below(damage, value, depth + 1);
		others[0] = json_integer(-1);
		others[1] = json_string("");
		others[2] = json_pack("{s:{}}", "x");
		others[3] = json_array();
		for (size_t i = 0; i < 4; i++) {
			json_object_set_new(object, name, others[i]);
			damaged_try(damage);
		}
		json_object_set(object, name, kept);
		json_decref(kept);
	}
}

static void owned_build(struct desk *d)
{
	char code[64];

	iam(d, NULL, "CreateVirtualMFADevice", json_pack("{s:s}", "VirtualMFADeviceName", "bob"));
	iam(d, NULL, "EnableMFADevice",
	    json_pack("{s:s, s:s}", "UserName", "bob", "SerialNumber",
		      "arn:aws:iam::" TWIN_MANAGEMENT ":mfa/bob"));
	iam(d, NULL, "UploadSSHPublicKey",
	    json_pack("{s:s, s:s}", "UserName", "bob", "SSHPublicKeyBody", "ssh-rsa AAAA"));
	iam(d, NULL, "UploadSigningCertificate",
	    json_pack("{s:s, s:s}", "UserName", "bob", "CertificateBody",
		      "-----BEGIN CERTIFICATE-----"));
	iam(d, NULL, "CreateServiceSpecificCredential",
	    json_pack("{s:s, s:s}", "UserName", "bob", "ServiceName", "cassandra.amazonaws.com"));
	iam(d, NULL, "CreateLoginProfile",
	    json_pack("{s:s, s:s}", "UserName", "bob", "Password", "a Secret of 14 signs!"));
	iam(d, NULL, "GenerateCredentialReport", NULL);
	json_decref(twin_do(d->twin, NULL, "iam", "GetCredentialReport", NULL, code));
	twin_account_add(d->twin, "444444444444", NULL);
	twin_set_str(twin_sub((json_t *)twin_state(d->twin), "spend"), TWIN_MANAGEMENT, "1.5");
}

static void small_state(struct desk *d)
{
	char unit[TWIN_ID], account[TWIN_ID];

	org(d, "CreateOrganization", json_pack("{s:s}", "FeatureSet", "ALL"));
	id_copy(d->root, twin_table(d->twin, "root"));
	unit_make(d, d->root, "u", unit);
	account_make(d, "one", "one@example.com", account);
	move(d, account, unit);
	policy_make(d, "SERVICE_CONTROL_POLICY", "p", DENY("s3:*"), unit);
	service_delegate(d, "config.amazonaws.com", account);
	iam_build(d, TWIN_MANAGEMENT);
	json_decref(
	    do_in(d, NULL, "iam", "CreateAccessKey", json_pack("{s:s}", "UserName", "bob")));
	json_decref(do_in(
	    d, NULL, "organizations", "CreateAccount",
	    json_pack("{s:s, s:s}", "AccountName", "under way", "Email", "five@example.com")));
	json_object_del(twin_table(d->twin, "iam"), account);
	owned_build(d);
}

/* A reading tells what a user owns by its id alone. */
static void credentials_are_loaded(void **ignored)
{
#define BOB                                                                                        \
	"{\"aux\":\"{\\\"keys\\\":{\\\"AKIAIOSFODNN7EXAMPLE\\\":\\\"Inactive\\\"}}\","             \
	"\"id\":\"arn:aws:iam::222222222222:user/bob\",\"kind\":\"iam_user\",\"values\":{"         \
	"\"account\":\"account/~222222222222\",\"name\":\"bob\",\"login\":\"console\","            \
	"\"credentials\":[\"login_profile\",\"access_key/AKIAIOSFODNN7EXAMPLE\","                  \
	"\"mfa_device/arn:aws:iam::222222222222:mfa/bob\",\"mfa_device/GAHT12345678\","            \
	"\"ssh_key/APKAEIBAERJR2EXAMPLE\",\"signing_certificate/TA7SMP42TDN5Z26OBPJE7EXAMPLE\","   \
	"\"service_credential/ACCA12345ABCDEXAMPLE\"]}}\n"
	static const char data[] =
	    "{\"format\":\"charter.snapshot/1\",\"resources\":1,\"scopes\":0,\"world\":{"
	    "\"caller_account\":\"222222222222\",\"no_organization\":true,\"read_us\":9}}\n" BOB;
	static const char *const tables[] = {"ssh_keys",    "certificates", "services",
					     "access_keys", "login",        "mfa"};
	struct desk d;
	json_t *bob;

	(void)ignored;
	desk_open(&d, 1);
	load(&d, data, sizeof(data) - 1);
	load(&d, data, sizeof(data) - 1);
	bob = iam_row(d.twin, "222222222222", "users", "bob");
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		assert_true(json_object_size(json_object_get(bob, tables[i])) > 0);
	assert_int_equal(json_object_size(json_object_get(bob, "mfa")), 2);
	assert_string_equal(
	    row_str(json_object_get(json_object_get(bob, "access_keys"), "AKIAIOSFODNN7EXAMPLE"),
		    "Status"),
	    "Inactive");
	iam(&d, NULL, "DeactivateMFADevice",
	    json_pack("{s:s, s:s}", "UserName", "bob", "SerialNumber",
		      "arn:aws:iam::222222222222:mfa/bob"));
	iam(&d, NULL, "DeleteVirtualMFADevice",
	    json_pack("{s:s}", "SerialNumber", "arn:aws:iam::222222222222:mfa/bob"));
	desk_close(&d);
}

/* What an account had cost, also of one that is in no organization. */
static void spend_is_loaded(void **ignored)
{
#define SPENT                                                                                      \
	"{\"format\":\"charter.snapshot/1\",\"resources\":1,\"scopes\":0,\"world\":{"              \
	"\"caller_account\":\"222222222222\",\"no_organization\":true,\"read_us\":9}}\n"           \
	"{\"id\":\"333333333333\",\"kind\":\"account\",\"values\":{},\"aux\":\"{\\\"spend\\\":"
	static const char data[] = SPENT "\\\"1200500000\\\"}\"}\n";
	static const char bad[] = SPENT "\\\"12 dollars\\\"}\"}\n";
	auto_error err = {0};
	struct desk d;

	(void)ignored;
	desk_open(&d, 1);
	load(&d, data, sizeof(data) - 1);
	assert_string_equal(row_str(json_object_get(d.twin->state, "spend"), "333333333333"),
			    "1200.500000");
	assert_int_equal(twin_load(d.twin, bad, sizeof(bad) - 1, "bad", &err), -1);
	assert_non_null(strstr(err.message, "bad:2: `aux` of an account is no spend"));
	desk_close(&d);
}

static void damaged_states_trip_nothing(void **ignored)
{
	struct damage damage = {.taken = 0};
	struct desk d;

	(void)ignored;
	desk_open(&d, 3);
	small_state(&d);
	damage.state = json_deep_copy(twin_state(d.twin));
	damage_below(&damage, damage.state, 0);
	assert_true(damage.refused > damage.taken && damage.taken > 0);
	json_decref(damage.state);
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_read_again),
	    cmocka_unit_test(inherited_assignments_are_the_groups),
	    cmocka_unit_test(changed_organizations_are_read_again),
	    cmocka_unit_test(standalone_accounts_are_read_again),
	    cmocka_unit_test(credentials_are_loaded),
	    cmocka_unit_test(allow_list_is_kept),
	    cmocka_unit_test(slices_join),
	    cmocka_unit_test(hostile_readings_are_refused),
	    cmocka_unit_test(saved_state_comes_back),
	    cmocka_unit_test(spend_is_loaded),
	    cmocka_unit_test(damaged_states_trip_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
