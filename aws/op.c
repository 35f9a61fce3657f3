#include "aws/op.h"

#include <stdio.h>
#include <string.h>

/* Organizations quotas page, "API throttling": the rates and bursts of one account. Whether the
 * APIs of one row share a bucket is not said there: they do here. PutAccountName: Account
 * Management quotas page. STS: IAM and STS quotas page. IAM publishes no rate: 20 a second is what
 * its own tools live with; nor do Cost Explorer and CodeCommit. IAM Identity Center
 * quotas page: 20 a second for all of its API together; its identity store has its own. CloudTrail
 * API Reference, LookupEvents: two a second for each account and Region. S3 and SNS admit far more
 * than is ever asked here. Bursts are not published. */
const struct rate rates[RATE_COUNT] = {
    [RATE_NONE] = {"none", 0, 0},
    [RATE_LIST_ACCOUNTS] = {"list-accounts", 8000, 12},
    [RATE_DESCRIBE_ACCOUNT] = {"describe-account", 20000, 30},
    [RATE_LIST_CHILDREN] = {"list-children", 6000, 10},
    [RATE_ORG_LISTS] = {"organizations-lists", 5000, 8},
    [RATE_LIST_TAGS] = {"list-tags", 10000, 15},
    [RATE_TAG] = {"tag", 4000, 6},
    [RATE_ORG_DESCRIBES] = {"organizations-describes", 2000, 2},
    [RATE_ORG_WRITES] = {"organizations-writes", 2000, 3},
    [RATE_CREATE_OU] = {"create-unit", 1000, 2},
    [RATE_DESCRIBE_ORGANIZATION] = {"describe-organization", 1000, 2},
    [RATE_LIST_ROOTS] = {"list-roots", 1000, 2},
    [RATE_LIST_ACCESS] = {"list-service-access", 1000, 3},
    [RATE_ACCESS] = {"service-access", 1000, 2},
    [RATE_POLICY_TYPE] = {"policy-type", 1000, 1},
    [RATE_CREATE_ACCOUNT] = {"create-account", 100, 3},
    [RATE_ACCOUNT_NAME] = {"account-name", 1000, 1},
    [RATE_STS] = {"sts", 600000, 600},
    [RATE_IAM] = {"iam", 20000, 40},
    [RATE_COST] = {"cost-explorer", 5000, 5},
    [RATE_SSO] = {"identity-center", 20000, 20},
    [RATE_IDENTITY_STORE] = {"identity-store", 20000, 20},
    [RATE_CODECOMMIT] = {"codecommit", 5000, 5},
    [RATE_TRAIL] = {"cloudtrail", 2000, 2},
    [RATE_S3] = {"s3", 5000, 5},
    [RATE_SNS] = {"sns", 5000, 5},
};

/* Organizations admits one writer at a time (ConcurrentModificationException for the others) and
 * five accounts under creation (its quotas page). IAM takes several, but not of the same entity.
 * IAM Identity Center quotas page: 15 outstanding creations of assignments, 3 provisionings. */
const struct lane lanes[LANE_COUNT] = {
    [LANE_NONE] = {"none", 0, false},
    [LANE_ORGANIZATIONS_WRITE] = {"organizations-write", 1, false},
    [LANE_CREATE_ACCOUNT] = {"create-account", 5, true},
    [LANE_IAM_WRITE] = {"iam-write", 4, false},
    [LANE_SSO_WRITE] = {"identity-center-write", 4, false},
    [LANE_ASSIGNMENT] = {"assignment", 15, true},
    [LANE_PROVISION] = {"provision", 3, true},
    [LANE_IDENTITY_WRITE] = {"identity-store-write", 4, false},
    [LANE_CODECOMMIT_WRITE] = {"codecommit-write", 1, false},
    [LANE_NOTE] = {"note", 1, false},
};

/* Both are eventually consistent: Organizations within a second or so, IAM within seconds. */
#define SETTLE_ORGANIZATIONS 2000
#define SETTLE_IAM           5000
#define SETTLE_IDENTITY      5000
#define SETTLE_S3            1000 /* consistent at once; it is not asked whether it was done */

static const struct job create_account = {
    .status = OP_ORGANIZATIONS_DescribeCreateAccountStatus,
    .id_from = "CreateAccountStatus.Id",
    .id_to = "CreateAccountRequestId",
    .state = "CreateAccountStatus.State",
    .succeeded = "SUCCEEDED",
    .failed = "FAILED",
    .why = "CreateAccountStatus.FailureReason",
    .result = "CreateAccountStatus.AccountId",
    .usual_s = 20,
    .poll_s = 10,
    .look_first = true,
};

/* The jobs of Identity Center are alike. */
#define SSO_JOB(operation, holder, request)                                                        \
	{                                                                                          \
		.status = OP_SSO_ADMIN_##operation, .id_from = holder ".RequestId",                \
		.id_to = request, .state = holder ".Status", .succeeded = "SUCCEEDED",             \
		.failed = "FAILED", .why = holder ".FailureReason", .also = "InstanceArn",         \
		.usual_s = 4, .poll_s = 5                                                          \
	}

static const struct job create_assignment =
    SSO_JOB(DescribeAccountAssignmentCreationStatus, "AccountAssignmentCreationStatus",
	    "AccountAssignmentCreationRequestId");
static const struct job delete_assignment =
    SSO_JOB(DescribeAccountAssignmentDeletionStatus, "AccountAssignmentDeletionStatus",
	    "AccountAssignmentDeletionRequestId");
static const struct job provision_set =
    SSO_JOB(DescribePermissionSetProvisioningStatus, "PermissionSetProvisioningStatus",
	    "ProvisionPermissionSetRequestId");

/* The rows of IAM are alike. */
#define IAM_READ(op, ...)                                                                          \
	[OP_IAM_##op] = {.name = #op, .service = SERVICE_IAM, .rate = RATE_IAM, ##__VA_ARGS__}
#define IAM_LIST(op, ...)                                                                          \
	IAM_READ(op, .token_in = "Marker", .token_out = "Marker", .more = "IsTruncated",           \
		 .page_size_in = "MaxItems", .page_size = 1000, ##__VA_ARGS__)
#define IAM_WRITE(op, ...)                                                                         \
	IAM_READ(op, .mutates = true, .lane = LANE_IAM_WRITE, .settle_ms = SETTLE_IAM,             \
		 ##__VA_ARGS__)

/* So are those of Identity Center and of its identity store. */
#define SSO_READ(op, ...)                                                                          \
	[OP_SSO_ADMIN_##                                                                           \
	    op] = {.name = #op, .service = SERVICE_SSO_ADMIN, .rate = RATE_SSO, ##__VA_ARGS__}
#define SSO_LIST(op, ...)                                                                          \
	SSO_READ(op, .token_in = "NextToken", .token_out = "NextToken",                            \
		 .page_size_in = "MaxResults", .page_size = 100, ##__VA_ARGS__)
#define SSO_WRITE(op, ...)                                                                         \
	SSO_READ(op, .mutates = true, .settle_ms = SETTLE_IDENTITY, ##__VA_ARGS__)
#define STORE_READ(op, ...)                                                                        \
	[OP_IDENTITY_STORE_##op] = {.name = #op,                                                   \
				    .service = SERVICE_IDENTITY_STORE,                             \
				    .rate = RATE_IDENTITY_STORE,                                   \
				    ##__VA_ARGS__}
#define STORE_LIST(op, ...)                                                                        \
	STORE_READ(op, .token_in = "NextToken", .token_out = "NextToken",                          \
		   .page_size_in = "MaxResults", .page_size = 100, ##__VA_ARGS__)
#define STORE_WRITE(op, ...)                                                                       \
	STORE_READ(op, .mutates = true, .lane = LANE_IDENTITY_WRITE, .settle_ms = SETTLE_IDENTITY, \
		   ##__VA_ARGS__)
/* Their pages are asked for one by one, by whoever asks. */
#define COMMIT_READ(op, ...)                                                                       \
	[OP_CODECOMMIT_##op] = {                                                                   \
	    .name = #op, .service = SERVICE_CODECOMMIT, .rate = RATE_CODECOMMIT, ##__VA_ARGS__}
#define COMMIT_WRITE(op)                                                                           \
	COMMIT_READ(op, .mutates = true, .lane = LANE_CODECOMMIT_WRITE,                            \
		    .settle_ms = SETTLE_IDENTITY)
#define NO_RESOURCE "ResourceNotFoundException"

/* clang-format off */
/* In `retry`: NoSuchEntity and the NotFounds where what was just made may not be seen everywhere yet,
 * and DeleteConflict, PolicyInUse and NotEmpty where what was just taken away may still be seen. */
const struct op ops[OP_COUNT] = {
	[OP_ORGANIZATIONS_DescribeOrganization] = {
		.name = "DescribeOrganization", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_DESCRIBE_ORGANIZATION, .gone = {"AWSOrganizationsNotInUseException"},
	},
	[OP_ORGANIZATIONS_CreateOrganization] = {
		.name = "CreateOrganization", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.id_path = "Organization.Id", .already = {"AlreadyInOrganizationException"},
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_ListRoots] = {
		.name = "ListRoots", .service = SERVICE_ORGANIZATIONS, .rate = RATE_LIST_ROOTS,
		.token_in = "NextToken", .token_out = "NextToken",
		/* Makes nothing, but known: the root of an organization that this run created. */
		.id_path = "Roots.0.Id",
	},
	[OP_ORGANIZATIONS_ListAccounts] = {
		.name = "ListAccounts", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_LIST_ACCOUNTS, .token_in = "NextToken", .token_out = "NextToken",
	},
	[OP_ORGANIZATIONS_ListAccountsForParent] = {
		.name = "ListAccountsForParent", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_ORG_LISTS, .token_in = "NextToken", .token_out = "NextToken",
		.gone = {"ParentNotFoundException"},
	},
	[OP_ORGANIZATIONS_ListOrganizationalUnitsForParent] = {
		.name = "ListOrganizationalUnitsForParent", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_ORG_LISTS, .token_in = "NextToken", .token_out = "NextToken",
		.gone = {"ParentNotFoundException"},
	},
	[OP_ORGANIZATIONS_ListParents] = {
		.name = "ListParents", .service = SERVICE_ORGANIZATIONS, .rate = RATE_ORG_LISTS,
		.token_in = "NextToken", .token_out = "NextToken",
		.gone = {"ChildNotFoundException"},
	},
	[OP_ORGANIZATIONS_DescribeAccount] = {
		.name = "DescribeAccount", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_DESCRIBE_ACCOUNT, .gone = {"AccountNotFoundException"},
	},
	[OP_ORGANIZATIONS_CreateAccount] = {
		.name = "CreateAccount", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_CREATE_ACCOUNT, .lane = LANE_CREATE_ACCOUNT,
		.lane2 = LANE_ORGANIZATIONS_WRITE, .job = &create_account, .shown_together = true,
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_DescribeCreateAccountStatus] = {
		.name = "DescribeCreateAccountStatus", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_ORG_DESCRIBES, .gone = {"CreateAccountStatusNotFoundException"},
	},
	[OP_ORGANIZATIONS_ListCreateAccountStatus] = {
		.name = "ListCreateAccountStatus", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_ORG_LISTS, .token_in = "NextToken", .token_out = "NextToken",
	},
	[OP_ORGANIZATIONS_MoveAccount] = {
		.name = "MoveAccount", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.already = {"DuplicateAccountException"},
		.retry = {"AccountNotFoundException", "DestinationParentNotFoundException"},
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_CreateOrganizationalUnit] = {
		.name = "CreateOrganizationalUnit", .service = SERVICE_ORGANIZATIONS,
		.mutates = true, .rate = RATE_CREATE_OU, .lane = LANE_ORGANIZATIONS_WRITE,
		.id_path = "OrganizationalUnit.Id",
		.already = {"DuplicateOrganizationalUnitException"},
		.retry = {"ParentNotFoundException"}, .settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_UpdateOrganizationalUnit] = {
		.name = "UpdateOrganizationalUnit", .service = SERVICE_ORGANIZATIONS,
		.mutates = true, .rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_DeleteOrganizationalUnit] = {
		.name = "DeleteOrganizationalUnit", .service = SERVICE_ORGANIZATIONS,
		.mutates = true, .rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.already = {"OrganizationalUnitNotFoundException"},
		.retry = {"OrganizationalUnitNotEmptyException"},
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_ListPolicies] = {
		.name = "ListPolicies", .service = SERVICE_ORGANIZATIONS, .rate = RATE_ORG_LISTS,
		.token_in = "NextToken", .token_out = "NextToken",
	},
	[OP_ORGANIZATIONS_DescribePolicy] = {
		.name = "DescribePolicy", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_ORG_DESCRIBES, .gone = {"PolicyNotFoundException"},
	},
	[OP_ORGANIZATIONS_ListTargetsForPolicy] = {
		.name = "ListTargetsForPolicy", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_ORG_LISTS, .token_in = "NextToken", .token_out = "NextToken",
		.gone = {"PolicyNotFoundException"},
	},
	[OP_ORGANIZATIONS_CreatePolicy] = {
		.name = "CreatePolicy", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.id_path = "Policy.PolicySummary.Id", .already = {"DuplicatePolicyException"},
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_UpdatePolicy] = {
		.name = "UpdatePolicy", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_DeletePolicy] = {
		.name = "DeletePolicy", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.already = {"PolicyNotFoundException"}, .retry = {"PolicyInUseException"},
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_AttachPolicy] = {
		.name = "AttachPolicy", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.already = {"DuplicatePolicyAttachmentException"},
		.retry = {"TargetNotFoundException", "PolicyNotFoundException", "PolicyTypeNotEnabledException"},
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_DetachPolicy] = {
		.name = "DetachPolicy", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_ORG_WRITES, .lane = LANE_ORGANIZATIONS_WRITE,
		.already = {"PolicyNotAttachedException", "PolicyNotFoundException"},
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_EnablePolicyType] = {
		.name = "EnablePolicyType", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_POLICY_TYPE, .lane = LANE_ORGANIZATIONS_WRITE,
		.already = {"PolicyTypeAlreadyEnabledException"},
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_ListTagsForResource] = {
		.name = "ListTagsForResource", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_LIST_TAGS, .token_in = "NextToken", .token_out = "NextToken",
		.gone = {"TargetNotFoundException"},
	},
	[OP_ORGANIZATIONS_TagResource] = {
		.name = "TagResource", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_TAG, .lane = LANE_ORGANIZATIONS_WRITE,
		.retry = {"TargetNotFoundException"}, .settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_UntagResource] = {
		.name = "UntagResource", .service = SERVICE_ORGANIZATIONS, .mutates = true,
		.rate = RATE_TAG, .lane = LANE_ORGANIZATIONS_WRITE,
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_ListAWSServiceAccessForOrganization] = {
		.name = "ListAWSServiceAccessForOrganization", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_LIST_ACCESS, .token_in = "NextToken", .token_out = "NextToken",
	},
	[OP_ORGANIZATIONS_EnableAWSServiceAccess] = {
		.name = "EnableAWSServiceAccess", .service = SERVICE_ORGANIZATIONS,
		.mutates = true, .rate = RATE_ACCESS, .lane = LANE_ORGANIZATIONS_WRITE,
		.settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_ListDelegatedAdministrators] = {
		.name = "ListDelegatedAdministrators", .service = SERVICE_ORGANIZATIONS,
		.rate = RATE_ORG_LISTS, .token_in = "NextToken", .token_out = "NextToken",
	},
	[OP_ORGANIZATIONS_RegisterDelegatedAdministrator] = {
		.name = "RegisterDelegatedAdministrator", .service = SERVICE_ORGANIZATIONS,
		.mutates = true, .rate = RATE_ACCESS, .lane = LANE_ORGANIZATIONS_WRITE,
		.already = {"AccountAlreadyRegisteredException"},
		.retry = {"AccountNotFoundException"}, .settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ORGANIZATIONS_DeregisterDelegatedAdministrator] = {
		.name = "DeregisterDelegatedAdministrator", .service = SERVICE_ORGANIZATIONS,
		.mutates = true, .rate = RATE_ACCESS, .lane = LANE_ORGANIZATIONS_WRITE,
		.already = {"AccountNotRegisteredException"}, .settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_ACCOUNT_PutAccountName] = {
		.name = "PutAccountName", .service = SERVICE_ACCOUNT, .method = "POST",
		.path = "/putAccountName", .mutates = true, .rate = RATE_ACCOUNT_NAME,
		.lane = LANE_ORGANIZATIONS_WRITE, .settle_ms = SETTLE_ORGANIZATIONS,
	},
	[OP_STS_GetCallerIdentity] = {
		.name = "GetCallerIdentity", .service = SERVICE_STS, .rate = RATE_STS,
	},
	IAM_LIST(GetAccountAuthorizationDetails),
	IAM_LIST(ListPolicyTags, .gone = {"NoSuchEntity"}),
	IAM_WRITE(CreateUser, .id_path = "User.Arn", .already = {"EntityAlreadyExists"}),
	IAM_WRITE(UpdateUser),
	IAM_WRITE(DeleteUser, .already = {"NoSuchEntity"}, .retry = {"DeleteConflict"}),
	IAM_WRITE(TagUser, .retry = {"NoSuchEntity"}),
	IAM_WRITE(UntagUser),
	IAM_WRITE(AddUserToGroup, .retry = {"NoSuchEntity"}),
	IAM_WRITE(RemoveUserFromGroup, .already = {"NoSuchEntity"}),
	IAM_WRITE(AttachUserPolicy, .retry = {"NoSuchEntity"}),
	IAM_WRITE(DetachUserPolicy, .already = {"NoSuchEntity"}),
	IAM_WRITE(PutUserPolicy, .retry = {"NoSuchEntity"}),
	IAM_WRITE(DeleteUserPolicy, .already = {"NoSuchEntity"}),
	IAM_WRITE(PutUserPermissionsBoundary, .retry = {"NoSuchEntity"}),
	IAM_WRITE(DeleteUserPermissionsBoundary, .already = {"NoSuchEntity"}),
	IAM_WRITE(CreateGroup, .id_path = "Group.Arn", .already = {"EntityAlreadyExists"}),
	IAM_WRITE(UpdateGroup),
	IAM_WRITE(DeleteGroup, .already = {"NoSuchEntity"}, .retry = {"DeleteConflict"}),
	IAM_WRITE(AttachGroupPolicy, .retry = {"NoSuchEntity"}),
	IAM_WRITE(DetachGroupPolicy, .already = {"NoSuchEntity"}),
	IAM_WRITE(PutGroupPolicy, .retry = {"NoSuchEntity"}),
	IAM_WRITE(DeleteGroupPolicy, .already = {"NoSuchEntity"}),
	IAM_WRITE(CreatePolicy, .id_path = "Policy.Arn", .already = {"EntityAlreadyExists"}),
	IAM_WRITE(DeletePolicy, .already = {"NoSuchEntity"}, .retry = {"DeleteConflict"}),
	IAM_WRITE(CreatePolicyVersion, .id_path = "PolicyVersion.VersionId"),
	IAM_WRITE(DeletePolicyVersion, .already = {"NoSuchEntity"}),
	IAM_WRITE(TagPolicy, .retry = {"NoSuchEntity"}),
	IAM_WRITE(UntagPolicy),
	IAM_LIST(ListRoles),
	IAM_READ(GetRole, .gone = {"NoSuchEntity"}),
	IAM_READ(SimulatePrincipalPolicy, .gone = {"NoSuchEntity"}),
	IAM_READ(ListOpenIDConnectProviders),
	IAM_READ(GetOpenIDConnectProvider, .gone = {"NoSuchEntity"}),
	IAM_LIST(ListAccountAliases),
	IAM_READ(GetAccountPasswordPolicy, .gone = {"NoSuchEntity"}),
	IAM_READ(GetAccountSummary),
	IAM_READ(GetLoginProfile, .gone = {"NoSuchEntity"}),
	IAM_LIST(ListAccessKeys, .gone = {"NoSuchEntity"}),
	IAM_LIST(ListMFADevices, .gone = {"NoSuchEntity"}),
	IAM_LIST(ListSSHPublicKeys, .gone = {"NoSuchEntity"}),
	IAM_LIST(ListSigningCertificates, .gone = {"NoSuchEntity"}),
	IAM_READ(ListServiceSpecificCredentials, .gone = {"NoSuchEntity"}),
	IAM_LIST(ListInstanceProfilesForRole, .gone = {"NoSuchEntity"}),
	IAM_READ(GenerateCredentialReport),
	IAM_READ(GetCredentialReport),
	IAM_WRITE(CreateRole, .id_path = "Role.Arn", .already = {"EntityAlreadyExists"},
		.retry = {"MalformedPolicyDocument:Invalid principal"}),
	IAM_WRITE(UpdateRole, .whole = true, .retry = {"NoSuchEntity"}),
	IAM_WRITE(UpdateAssumeRolePolicy, .retry = {"NoSuchEntity",
		"MalformedPolicyDocument:Invalid principal"}),
	IAM_WRITE(DeleteRole, .already = {"NoSuchEntity"}, .retry = {"DeleteConflict"}),
	IAM_WRITE(AttachRolePolicy, .retry = {"NoSuchEntity"}),
	IAM_WRITE(DetachRolePolicy, .already = {"NoSuchEntity"}),
	IAM_WRITE(PutRolePolicy, .retry = {"NoSuchEntity"}),
	IAM_WRITE(DeleteRolePolicy, .already = {"NoSuchEntity"}),
	IAM_WRITE(PutRolePermissionsBoundary, .retry = {"NoSuchEntity"}),
	IAM_WRITE(DeleteRolePermissionsBoundary, .already = {"NoSuchEntity"}),
	IAM_WRITE(TagRole, .retry = {"NoSuchEntity"}),
	IAM_WRITE(UntagRole),
	IAM_WRITE(RemoveRoleFromInstanceProfile, .already = {"NoSuchEntity"}),
	IAM_WRITE(CreateOpenIDConnectProvider, .id_path = "OpenIDConnectProviderArn",
		.already = {"EntityAlreadyExists"}),
	IAM_WRITE(DeleteOpenIDConnectProvider, .already = {"NoSuchEntity"}),
	IAM_WRITE(AddClientIDToOpenIDConnectProvider, .retry = {"NoSuchEntity"}),
	IAM_WRITE(RemoveClientIDFromOpenIDConnectProvider),
	IAM_WRITE(UpdateOpenIDConnectProviderThumbprint, .whole = true, .retry = {"NoSuchEntity"}),
	IAM_WRITE(TagOpenIDConnectProvider, .retry = {"NoSuchEntity"}),
	IAM_WRITE(UntagOpenIDConnectProvider),
	IAM_WRITE(CreateAccountAlias),
	IAM_WRITE(DeleteAccountAlias, .already = {"NoSuchEntity"}),
	IAM_WRITE(UpdateAccountPasswordPolicy, .whole = true),
	IAM_WRITE(DeleteAccountPasswordPolicy, .already = {"NoSuchEntity"}),
	IAM_WRITE(CreateLoginProfile, .secret_in = "Password", .already = {"EntityAlreadyExists"},
		.retry = {"NoSuchEntity"}),
	IAM_WRITE(DeleteLoginProfile, .already = {"NoSuchEntity"},
		.retry = {"EntityTemporarilyUnmodifiable"}),
	IAM_WRITE(UpdateAccessKey, .already = {"NoSuchEntity"}),
	IAM_WRITE(DeleteAccessKey, .already = {"NoSuchEntity"}),
	IAM_WRITE(DeactivateMFADevice, .already = {"NoSuchEntity"},
		.retry = {"EntityTemporarilyUnmodifiable"}),
	IAM_WRITE(DeleteVirtualMFADevice, .already = {"NoSuchEntity"}, .retry = {"DeleteConflict"}),
	IAM_WRITE(DeleteSSHPublicKey, .already = {"NoSuchEntity"}),
	IAM_WRITE(DeleteSigningCertificate, .already = {"NoSuchEntity"}),
	IAM_WRITE(DeleteServiceSpecificCredential, .already = {"NoSuchEntity"}),
	[OP_STS_AssumeRole] = {
		.name = "AssumeRole", .service = SERVICE_STS, .rate = RATE_STS,
		.secret_out = {"Credentials.SecretAccessKey", "Credentials.SessionToken"},
	},
	[OP_STS_AssumeRoleWithWebIdentity] = {
		.name = "AssumeRoleWithWebIdentity", .service = SERVICE_STS, .rate = RATE_STS,
		.secret_in = "WebIdentityToken",
		.secret_out = {"Credentials.SecretAccessKey", "Credentials.SessionToken"},
		.retry = {"IDPCommunicationError"},
	},
	[OP_COST_EXPLORER_GetCostAndUsage] = {
		.name = "GetCostAndUsage", .service = SERVICE_COST_EXPLORER, .rate = RATE_COST,
		.token_in = "NextPageToken", .token_out = "NextPageToken",
		/* With this service it is a rate, not a quota. */
		.retry = {"LimitExceededException"},
	},
	IAM_READ(GetPolicy, .gone = {"NoSuchEntity"}),
	SSO_LIST(ListInstances),
	SSO_LIST(ListPermissionSets),
	SSO_READ(DescribePermissionSet, .gone = {NO_RESOURCE}),
	SSO_WRITE(CreatePermissionSet, .lane = LANE_SSO_WRITE,
		.id_path = "PermissionSet.PermissionSetArn", .shown_together = true,
		.already = {"ConflictException"}),
	SSO_WRITE(UpdatePermissionSet, .lane = LANE_SSO_WRITE, .whole = true, .retry = {NO_RESOURCE}),
	SSO_WRITE(DeletePermissionSet, .lane = LANE_SSO_WRITE, .already = {NO_RESOURCE}),
	SSO_LIST(ListManagedPoliciesInPermissionSet, .gone = {NO_RESOURCE}),
	SSO_WRITE(AttachManagedPolicyToPermissionSet, .lane = LANE_SSO_WRITE,
		.already = {"ConflictException:already"}, .retry = {NO_RESOURCE}),
	SSO_WRITE(DetachManagedPolicyFromPermissionSet, .lane = LANE_SSO_WRITE, .already = {NO_RESOURCE}),
	SSO_LIST(ListCustomerManagedPolicyReferencesInPermissionSet, .gone = {NO_RESOURCE}),
	SSO_WRITE(AttachCustomerManagedPolicyReferenceToPermissionSet, .lane = LANE_SSO_WRITE,
		.already = {"ConflictException:already"},
		.retry = {NO_RESOURCE}),
	SSO_WRITE(DetachCustomerManagedPolicyReferenceFromPermissionSet, .lane = LANE_SSO_WRITE,
		.already = {NO_RESOURCE}),
	SSO_READ(GetInlinePolicyForPermissionSet, .gone = {NO_RESOURCE}),
	SSO_WRITE(PutInlinePolicyToPermissionSet, .lane = LANE_SSO_WRITE, .retry = {NO_RESOURCE}),
	SSO_WRITE(DeleteInlinePolicyFromPermissionSet, .lane = LANE_SSO_WRITE, .already = {NO_RESOURCE}),
	SSO_READ(GetPermissionsBoundaryForPermissionSet, .gone = {NO_RESOURCE}),
	SSO_WRITE(PutPermissionsBoundaryToPermissionSet, .lane = LANE_SSO_WRITE, .retry = {NO_RESOURCE}),
	SSO_WRITE(DeletePermissionsBoundaryFromPermissionSet, .lane = LANE_SSO_WRITE,
		.already = {NO_RESOURCE}),
	/* Its page size is AWS's own affair. */
	SSO_READ(ListTagsForResource, .token_in = "NextToken", .token_out = "NextToken",
		.gone = {NO_RESOURCE}),
	SSO_WRITE(TagResource, .lane = LANE_SSO_WRITE, .retry = {NO_RESOURCE}),
	SSO_WRITE(UntagResource, .lane = LANE_SSO_WRITE),
	SSO_LIST(ListAccountAssignments, .gone = {NO_RESOURCE}),
	SSO_LIST(ListAccountAssignmentsForPrincipal, .gone = {NO_RESOURCE}),
	SSO_LIST(ListAccountsForProvisionedPermissionSet, .gone = {NO_RESOURCE}),
	SSO_WRITE(CreateAccountAssignment, .lane = LANE_ASSIGNMENT, .alone = "TargetId",
		.job = &create_assignment, .retry = {NO_RESOURCE}),
	SSO_WRITE(DeleteAccountAssignment, .lane = LANE_ASSIGNMENT, .alone = "TargetId",
		.job = &delete_assignment, .already = {NO_RESOURCE}),
	SSO_READ(DescribeAccountAssignmentCreationStatus, .gone = {NO_RESOURCE}),
	SSO_READ(DescribeAccountAssignmentDeletionStatus, .gone = {NO_RESOURCE}),
	SSO_WRITE(ProvisionPermissionSet, .lane = LANE_PROVISION, .alone = "PermissionSetArn",
		.job = &provision_set, .retry = {NO_RESOURCE}),
	SSO_READ(DescribePermissionSetProvisioningStatus, .gone = {NO_RESOURCE}),
	STORE_LIST(ListUsers),
	STORE_LIST(ListGroups),
	STORE_LIST(ListGroupMemberships, .gone = {NO_RESOURCE}),
	STORE_READ(DescribeUser, .gone = {NO_RESOURCE}),
	STORE_READ(DescribeGroup, .gone = {NO_RESOURCE}),
	STORE_READ(GetUserId, .gone = {NO_RESOURCE}),
	STORE_READ(GetGroupId, .gone = {NO_RESOURCE}),
	STORE_READ(GetGroupMembershipId, .gone = {NO_RESOURCE}),
	STORE_WRITE(CreateUser, .id_path = "UserId", .already = {"ConflictException"}),
	STORE_WRITE(UpdateUser, .retry = {NO_RESOURCE}),
	STORE_WRITE(DeleteUser, .already = {NO_RESOURCE}),
	STORE_WRITE(CreateGroup, .id_path = "GroupId", .already = {"ConflictException"}),
	STORE_WRITE(UpdateGroup, .retry = {NO_RESOURCE}),
	STORE_WRITE(DeleteGroup, .already = {NO_RESOURCE}),
	STORE_WRITE(CreateGroupMembership, .already = {"ConflictException"}, .retry = {NO_RESOURCE}),
	STORE_WRITE(DeleteGroupMembership, .already = {NO_RESOURCE}),
	COMMIT_READ(GetPullRequest),
	COMMIT_READ(ListPullRequests),
	COMMIT_READ(GetCommentsForPullRequest),
	COMMIT_WRITE(PostCommentForPullRequest),
	COMMIT_WRITE(UpdateComment),
	COMMIT_READ(GetBranch),
	COMMIT_WRITE(CreateBranch),
	COMMIT_WRITE(CreateCommit),
	COMMIT_WRITE(CreatePullRequest),
	[OP_CLOUDTRAIL_LookupEvents] = {
		.name = "LookupEvents", .service = SERVICE_CLOUDTRAIL, .rate = RATE_TRAIL,
		.token_in = "NextToken", .token_out = "NextToken", .page_size_in = "MaxResults",
		.page_size = 50,
	},
	[OP_S3_GetObject] = {
		.name = "GetObject", .service = SERVICE_S3, .method = "GET",
		.path = "/{Bucket}/{Key+}", .rate = RATE_S3, .gone = {"NoSuchKey"},
	},
	[OP_S3_PutObject] = {
		.name = "PutObject", .service = SERVICE_S3, .method = "PUT",
		.path = "/{Bucket}/{Key+}", .mutates = true, .rate = RATE_S3, .lane = LANE_NOTE,
		.settle_ms = SETTLE_S3,
	},
	[OP_SNS_Publish] = {
		.name = "Publish", .service = SERVICE_SNS, .mutates = true, .rate = RATE_SNS,
		.lane = LANE_NOTE, .settle_ms = SETTLE_S3,
	},
};
/* clang-format on */

struct rate rate_share(const struct rate *rate, unsigned percent)
{
	struct rate share = *rate;

	if (percent > 0) {
		share.milli = (uint32_t)((uint64_t)rate->milli * percent / 100);
		share.burst = (uint32_t)((uint64_t)rate->burst * percent / 100);
	}
	if (share.milli == 0)
		share.milli = 1;
	if (share.burst == 0)
		share.burst = 1;
	return share;
}

const char *op_action(const struct op *op, char *out, size_t size)
{
	snprintf(out, size, "%s:%s", services[op->service].signing_name,
		 op->action != NULL ? op->action : op->name);
	return out;
}

/* "CODE", or "CODE:part of the message". */
static bool entry_fits(const char *entry, const char *code, const char *message)
{
	size_t n = strcspn(entry, ":");

	if (strlen(code) != n || strncmp(code, entry, n) != 0)
		return false;
	return entry[n] == '\0' || (message != NULL && strcasestr(message, entry + n + 1) != NULL);
}

bool op_lists(const char *const *list, size_t n, const char *code, const char *message)
{
	for (size_t i = 0; i < n && list[i] != NULL; i++) {
		if (entry_fits(list[i], code, message))
			return true;
	}
	return false;
}

const struct op *op_find(const char *service, const char *name)
{
	size_t i;

	for (i = 0; i < OP_COUNT; i++) {
		if (strcmp(ops[i].name, name) == 0 &&
		    strcmp(services[ops[i].service].name, service) == 0)
			return &ops[i];
	}
	return NULL;
}
