"""Every operation of the twin, called once with success: what a client other than charter might do
with an organization and its IAM. In the order in which things can be made and taken away."""

from __future__ import annotations

import base64
import json
import time
from types import SimpleNamespace
from typing import Any

import seed

DENY = json.dumps(seed.statement("Deny", ["s3:DeleteBucket"]))
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{seed.MANAGEMENT}:root"},
            }
        ],
    }
)
TAGS = [{"Key": "a", "Value": "b"}]


def organizations(aws: SimpleNamespace) -> SimpleNamespace:
    org = aws.organizations
    org.create_organization(FeatureSet="ALL")
    org.describe_organization()
    root = org.list_roots()["Roots"][0]["Id"]
    org.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    unit = org.create_organizational_unit(ParentId=root, Name="Unit", Tags=TAGS)
    unit = unit["OrganizationalUnit"]["Id"]
    org.update_organizational_unit(OrganizationalUnitId=unit, Name="Renamed")
    org.describe_organizational_unit(OrganizationalUnitId=unit)
    made = org.create_account(AccountName="one", Email="one@example.com", Tags=TAGS)
    org.list_create_account_status()
    org.list_create_account_status(States=["SUCCEEDED"])
    org.describe_create_account_status(CreateAccountRequestId=made["CreateAccountStatus"]["Id"])
    account = seed.account_id(org, made)
    org.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
    org.describe_account(AccountId=account)
    org.list_accounts()
    org.list_accounts_for_parent(ParentId=unit)
    org.list_organizational_units_for_parent(ParentId=root)
    for kind in ("ACCOUNT", "ORGANIZATIONAL_UNIT"):
        org.list_children(ParentId=root, ChildType=kind)
    org.list_parents(ChildId=account)
    org.list_handshakes_for_organization()
    return SimpleNamespace(root=root, unit=unit, account=account)


def organization_policies(aws: SimpleNamespace, ids: SimpleNamespace) -> None:
    org = aws.organizations
    made = org.create_policy(
        Name="p", Description="d", Type="SERVICE_CONTROL_POLICY", Content=DENY, Tags=TAGS
    )
    ids.policy = made["Policy"]["PolicySummary"]["Id"]
    org.update_policy(PolicyId=ids.policy, Name="q", Description="e", Content=DENY)
    org.describe_policy(PolicyId=ids.policy)
    org.list_policies(Filter="SERVICE_CONTROL_POLICY")
    org.attach_policy(PolicyId=ids.policy, TargetId=ids.unit)
    org.attach_policy(PolicyId=ids.policy, TargetId=ids.account)
    org.list_policies_for_target(TargetId=ids.unit, Filter="SERVICE_CONTROL_POLICY")
    org.list_targets_for_policy(PolicyId=ids.policy)
    content = json.dumps(seed.tag_policy("owner", ["a"]))
    org.create_policy(Name="t", Description="", Type="TAG_POLICY", Content=content)
    for resource in (ids.root, ids.unit, ids.account, ids.policy):
        org.tag_resource(ResourceId=resource, Tags=[{"Key": "x", "Value": ""}])
        org.list_tags_for_resource(ResourceId=resource)
        org.untag_resource(ResourceId=resource, TagKeys=["x", "not there"])


def organization_services(aws: SimpleNamespace, ids: SimpleNamespace) -> None:
    org, service = aws.organizations, {"ServicePrincipal": "guardduty.amazonaws.com"}
    org.enable_aws_service_access(**service)
    org.list_aws_service_access_for_organization()
    org.register_delegated_administrator(AccountId=ids.account, **service)
    org.list_delegated_administrators()
    org.list_delegated_administrators(**service)
    org.list_delegated_services_for_account(AccountId=ids.account)
    org.deregister_delegated_administrator(AccountId=ids.account, **service)
    org.disable_aws_service_access(**service)


def accounts(aws: SimpleNamespace, ids: SimpleNamespace) -> None:
    account, whose = aws.account, {"AccountId": ids.account}
    seed.trust(aws.organizations)
    account.put_account_name(AccountName="two", **whose)
    account.get_account_information(**whose)
    contact = {
        "Name": "Somebody",
        "Title": "Head",
        "EmailAddress": "somebody@example.com",
        "PhoneNumber": "+41 44 000 00 00",
    }
    account.put_alternate_contact(AlternateContactType="SECURITY", **contact, **whose)
    account.get_alternate_contact(AlternateContactType="SECURITY", **whose)
    account.delete_alternate_contact(AlternateContactType="SECURITY", **whose)
    address = {
        "FullName": "Somebody",
        "AddressLine1": "A Street 1",
        "City": "Zurich",
        "PostalCode": "8000",
        "CountryCode": "CH",
        "PhoneNumber": "+41 44 000 00 00",
    }
    account.put_contact_information(ContactInformation=address, **whose)
    account.get_contact_information(**whose)


def iam_policies(iam: Any) -> str:
    arn = iam.create_policy(
        PolicyName="p", Path="/x/", Description="d", PolicyDocument=DENY, Tags=TAGS
    )["Policy"]["Arn"]
    iam.get_policy(PolicyArn=arn)
    iam.list_policies(Scope="Local")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=DENY, SetAsDefault=True)
    iam.list_policy_versions(PolicyArn=arn)
    iam.get_policy_version(PolicyArn=arn, VersionId="v1")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    iam.list_policy_tags(PolicyArn=arn)
    iam.untag_policy(PolicyArn=arn, TagKeys=["c"])
    return arn


def iam_principal(iam: Any, kind: str, name: str, arn: str) -> None:
    """What users, groups and roles have alike."""
    who = {f"{kind.capitalize()}Name": name}

    def call(operation: str, **more: Any) -> None:
        getattr(iam, operation)(**who, **more)

    call(f"attach_{kind}_policy", PolicyArn=arn)
    call(f"list_attached_{kind}_policies")
    call(f"put_{kind}_policy", PolicyName="inline", PolicyDocument=DENY)
    call(f"get_{kind}_policy", PolicyName="inline")
    call(f"list_{kind}_policies")
    if kind != "group":
        call(f"put_{kind}_permissions_boundary", PermissionsBoundary=arn)
        call(f"tag_{kind}", Tags=TAGS)
        call(f"list_{kind}_tags")
    call(f"get_{kind}")
    iam.list_entities_for_policy(PolicyArn=arn)
    iam.get_account_authorization_details()
    if kind != "group":
        call(f"delete_{kind}_permissions_boundary")
        call(f"untag_{kind}", TagKeys=["a"])
    call(f"delete_{kind}_policy", PolicyName="inline")
    call(f"detach_{kind}_policy", PolicyArn=arn)


def iam_devices(iam: Any) -> None:
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice", Path="/x/", Tags=TAGS)
    device = {"SerialNumber": made["VirtualMFADevice"]["SerialNumber"]}
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName="alice", **device, **codes)
    iam.list_mfa_devices(UserName="alice")
    iam.list_virtual_mfa_devices()
    iam.resync_mfa_device(UserName="alice", **device, **codes)
    iam.tag_mfa_device(**device, Tags=TAGS)
    iam.list_mfa_device_tags(**device)
    iam.untag_mfa_device(**device, TagKeys=["a"])
    iam.deactivate_mfa_device(UserName="alice", **device)
    iam.delete_virtual_mfa_device(**device)


def iam_owned(iam: Any) -> None:
    who = {"UserName": "alice"}
    key = iam.upload_ssh_public_key(**who, SSHPublicKeyBody="ssh-rsa AAAA")["SSHPublicKey"]
    key = {"SSHPublicKeyId": key["SSHPublicKeyId"], **who}
    iam.list_ssh_public_keys(**who)
    iam.get_ssh_public_key(**key, Encoding="SSH")
    iam.update_ssh_public_key(**key, Status="Inactive")
    iam.delete_ssh_public_key(**key)
    body = "-----BEGIN CERTIFICATE-----"
    certificate = iam.upload_signing_certificate(**who, CertificateBody=body)["Certificate"]
    certificate = {"CertificateId": certificate["CertificateId"], **who}
    iam.list_signing_certificates(**who)
    iam.update_signing_certificate(**certificate, Status="Inactive")
    iam.delete_signing_certificate(**certificate)
    made = iam.create_service_specific_credential(**who, ServiceName="codecommit.amazonaws.com")
    credential = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    credential = {"ServiceSpecificCredentialId": credential, **who}
    iam.list_service_specific_credentials(**who)
    iam.update_service_specific_credential(**credential, Status="Inactive")
    iam.reset_service_specific_credential(**credential)
    iam.delete_service_specific_credential(**credential)


def iam_users(iam: Any, arn: str) -> None:
    iam.create_user(UserName="alice", Path="/people/", Tags=TAGS, PermissionsBoundary=arn)
    iam.create_group(GroupName="people", Path="/teams/")
    iam.add_user_to_group(UserName="alice", GroupName="people")
    iam.get_group(GroupName="people")
    iam.list_groups()
    iam.list_groups_for_user(UserName="alice")
    iam.list_users()
    iam_principal(iam, "user", "alice", arn)
    iam_principal(iam, "group", "people", arn)
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    iam.list_access_keys(UserName="alice")
    iam.get_access_key_last_used(AccessKeyId=key)
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Inactive")
    iam.delete_access_key(UserName="alice", AccessKeyId=key)
    iam.create_login_profile(UserName="alice", Password="correct horse Battery 9!")
    iam.get_login_profile(UserName="alice")
    iam.update_login_profile(UserName="alice", PasswordResetRequired=True)
    iam.delete_login_profile(UserName="alice")
    iam_devices(iam)
    iam_owned(iam)
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    iam.get_credential_report()
    iam.remove_user_from_group(UserName="alice", GroupName="people")
    iam.update_user(UserName="alice", NewUserName="bob", NewPath="/")
    iam.update_group(GroupName="people", NewGroupName="team")
    iam.delete_user(UserName="bob")
    iam.delete_group(GroupName="team")


def iam_profiles(iam: Any, role: dict[str, str]) -> None:
    name = {"InstanceProfileName": "machine"}
    iam.create_instance_profile(**name, Path="/x/", Tags=TAGS)
    iam.add_role_to_instance_profile(**name, **role)
    iam.get_instance_profile(**name)
    iam.list_instance_profiles()
    iam.list_instance_profiles_for_role(**role)
    iam.get_account_authorization_details(Filter=["Role"])
    iam.tag_instance_profile(**name, Tags=TAGS)
    iam.list_instance_profile_tags(**name)
    iam.untag_instance_profile(**name, TagKeys=["a"])
    iam.remove_role_from_instance_profile(**name, **role)
    iam.delete_instance_profile(**name)


def web_identity(aws: SimpleNamespace) -> None:
    """With a token that nobody signed."""
    iam, url = aws.iam, "https://token.example.com"
    claims = {"iss": url, "aud": "sts", "sub": "repo:x", "exp": int(time.time()) + 600}
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims, "signature")]
    token = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    made = iam.create_open_id_connect_provider(Url=url, ClientIDList=["a", "sts"], Tags=TAGS)
    provider = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    trust = json.loads(TRUST)
    trust["Statement"][0]["Action"] = "sts:AssumeRoleWithWebIdentity"
    trust["Statement"][0]["Principal"] = {"Federated": made["OpenIDConnectProviderArn"]}
    role = iam.create_role(RoleName="ci", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    aws.sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="tour", WebIdentityToken=token
    )
    iam.delete_role(RoleName="ci")
    iam.get_open_id_connect_provider(**provider)
    iam.list_open_id_connect_providers()
    iam.add_client_id_to_open_id_connect_provider(**provider, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(**provider, ClientID="b")
    iam.update_open_id_connect_provider_thumbprint(**provider, ThumbprintList=["0" * 40])
    iam.tag_open_id_connect_provider(**provider, Tags=TAGS)
    iam.list_open_id_connect_provider_tags(**provider)
    iam.untag_open_id_connect_provider(**provider, TagKeys=["a"])
    iam.delete_open_id_connect_provider(**provider)


def costs(ce: Any) -> None:
    asked = {
        "TimePeriod": {"Start": "2026-10-01", "End": "2026-11-20"},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"],
    }
    ce.get_cost_and_usage(**asked)
    ce.get_cost_and_usage(**asked, GroupBy=[{"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}])


def iam_roles(aws: SimpleNamespace, arn: str) -> None:
    iam = aws.iam
    role = iam.create_role(
        RoleName="reader", AssumeRolePolicyDocument=TRUST, Description="d", Tags=TAGS
    )["Role"]["Arn"]
    iam.list_roles()
    iam_principal(iam, "role", "reader", arn)
    iam.update_role(RoleName="reader", Description="e", MaxSessionDuration=7200)
    iam.update_role_description(RoleName="reader", Description="f")
    iam.update_assume_role_policy(RoleName="reader", PolicyDocument=TRUST)
    iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["iam:GetRole"])
    iam_profiles(iam, {"RoleName": "reader"})
    aws.sts.assume_role(RoleArn=role, RoleSessionName="tour", DurationSeconds=900)
    aws.sts.get_caller_identity()
    iam.delete_role(RoleName="reader")
    iam.create_service_linked_role(AWSServiceName="guardduty.amazonaws.com")


def iam_of_account(iam: Any) -> None:
    iam.get_account_summary()
    iam.create_account_alias(AccountAlias="an-alias")
    iam.list_account_aliases()
    iam.delete_account_alias(AccountAlias="an-alias")
    iam.list_saml_providers()
    iam.update_account_password_policy(MinimumPasswordLength=14, MaxPasswordAge=90)
    iam.get_account_password_policy()
    iam.delete_account_password_policy()


def end(aws: SimpleNamespace, ids: SimpleNamespace) -> None:
    org = aws.organizations
    org.detach_policy(PolicyId=ids.policy, TargetId=ids.unit)
    org.detach_policy(PolicyId=ids.policy, TargetId=ids.account)
    org.delete_policy(PolicyId=ids.policy)
    org.disable_policy_type(RootId=ids.root, PolicyType="TAG_POLICY")
    org.move_account(
        AccountId=ids.account, SourceParentId=ids.unit, DestinationParentId=ids.root
    )
    org.delete_organizational_unit(OrganizationalUnitId=ids.unit)
    org.close_account(AccountId=ids.account)


def permission_set(aws: SimpleNamespace, instance: dict[str, str]) -> dict[str, str]:
    sso = aws.sso_admin
    made = sso.create_permission_set(
        **instance, Name="Reader", Description="d", SessionDuration="PT2H", Tags=TAGS
    )
    arn = made["PermissionSet"]["PermissionSetArn"]
    which = {**instance, "PermissionSetArn": arn}
    sso.list_permission_sets(**instance)
    sso.update_permission_set(**which, Description="e", RelayState="https://example.com/")
    sso.describe_permission_set(**which)
    tagged = {**instance, "ResourceArn": arn}
    sso.tag_resource(**tagged, Tags=[{"Key": "x", "Value": ""}])
    sso.list_tags_for_resource(**tagged)
    sso.untag_resource(**tagged, TagKeys=["x"])
    managed = {"ManagedPolicyArn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}
    sso.attach_managed_policy_to_permission_set(**which, **managed)
    sso.list_managed_policies_in_permission_set(**which)
    customer = {"CustomerManagedPolicyReference": {"Name": "p", "Path": "/x/"}}
    sso.attach_customer_managed_policy_reference_to_permission_set(**which, **customer)
    sso.list_customer_managed_policy_references_in_permission_set(**which)
    sso.get_inline_policy_for_permission_set(**which)
    sso.put_inline_policy_to_permission_set(**which, InlinePolicy=DENY)
    sso.get_inline_policy_for_permission_set(**which)
    for boundary in (managed, customer):
        sso.put_permissions_boundary_to_permission_set(**which, PermissionsBoundary=boundary)
        sso.get_permissions_boundary_for_permission_set(**which)
    sso.delete_permissions_boundary_from_permission_set(**which)
    sso.delete_inline_policy_from_permission_set(**which)
    sso.detach_customer_managed_policy_reference_from_permission_set(**which, **customer)
    sso.detach_managed_policy_from_permission_set(**which, **managed)
    return which


def assignments(
    aws: SimpleNamespace, which: dict[str, str], account: str, group: str, user: str
) -> None:
    sso, instance = aws.sso_admin, {"InstanceArn": which["InstanceArn"]}
    edge = {"TargetId": account, "TargetType": "AWS_ACCOUNT", "PrincipalType": "GROUP"}
    edge |= {"PrincipalId": group, **which}
    made = sso.create_account_assignment(**edge)["AccountAssignmentCreationStatus"]
    sso.list_account_assignment_creation_status(**instance)
    sso.describe_account_assignment_creation_status(
        **instance, AccountAssignmentCreationRequestId=made["RequestId"]
    )
    sso.list_account_assignments(**which, AccountId=account)
    for kind, principal in (("GROUP", group), ("USER", user)):
        sso.list_account_assignments_for_principal(
            **instance, PrincipalType=kind, PrincipalId=principal
        )
    sso.update_permission_set(**which, SessionDuration="PT4H")
    sso.list_accounts_for_provisioned_permission_set(**which)
    sso.list_permission_sets_provisioned_to_account(**instance, AccountId=account)
    for target in (
        {"TargetType": "AWS_ACCOUNT", "TargetId": account},
        {"TargetType": "ALL_PROVISIONED_ACCOUNTS"},
    ):
        status = sso.provision_permission_set(**which, **target)["PermissionSetProvisioningStatus"]
        sso.list_permission_set_provisioning_status(**instance)
        sso.describe_permission_set_provisioning_status(
            **instance, ProvisionPermissionSetRequestId=status["RequestId"]
        )
    gone = sso.delete_account_assignment(**edge)["AccountAssignmentDeletionStatus"]
    sso.list_account_assignment_deletion_status(**instance)
    sso.describe_account_assignment_deletion_status(
        **instance, AccountAssignmentDeletionRequestId=gone["RequestId"]
    )


def identity(aws: SimpleNamespace, ids: SimpleNamespace) -> None:
    """People and groups, and what they may do where."""
    sso, people = aws.sso_admin, aws.identitystore
    found = sso.list_instances()["Instances"][0]
    instance = {"InstanceArn": found["InstanceArn"]}
    store = {"IdentityStoreId": found["IdentityStoreId"]}
    sso.describe_instance(**instance)
    name = {"GivenName": "Ada", "FamilyName": "Li"}
    email = {"Value": "ada@example.com", "Type": "work", "Primary": True}
    user = people.create_user(
        **store, UserName="ada", Name=name, DisplayName="Ada Li", Emails=[email]
    )["UserId"]
    group = people.create_group(**store, DisplayName="readers", Description="d")["GroupId"]
    people.list_users(**store)
    people.list_groups(**store)
    change = {"AttributePath": "displayName", "AttributeValue": "Renamed"}
    people.update_user(**store, UserId=user, Operations=[change])
    people.update_group(**store, GroupId=group, Operations=[change])
    people.describe_user(**store, UserId=user)
    people.describe_group(**store, GroupId=group)
    for call, path, value in (
        (people.get_user_id, "userName", "ada"),
        (people.get_group_id, "displayName", "Renamed"),
    ):
        unique = {"AttributePath": path, "AttributeValue": value}
        call(**store, AlternateIdentifier={"UniqueAttribute": unique})
    pair = {"GroupId": group, "MemberId": {"UserId": user}}
    made = {"MembershipId": people.create_group_membership(**store, **pair)["MembershipId"]}
    people.get_group_membership_id(**store, **pair)
    people.describe_group_membership(**store, **made)
    people.list_group_memberships(**store, GroupId=group)
    people.list_group_memberships_for_member(**store, MemberId={"UserId": user})
    people.is_member_in_groups(**store, MemberId={"UserId": user}, GroupIds=[group])
    which = permission_set(aws, instance)
    assignments(aws, which, ids.account, group, user)
    sso.delete_permission_set(**which)
    people.delete_group_membership(**store, **made)
    people.delete_group(**store, GroupId=group)
    people.delete_user(**store, UserId=user)


def notes(aws: SimpleNamespace) -> None:
    """Who did it, and who is told."""
    aws.cloudtrail.lookup_events(MaxResults=2)
    topic = aws.sns.create_topic(Name="nights")["TopicArn"]
    aws.sns.publish(TopicArn=topic, Subject="a night", Message="nothing")


def walk(aws: SimpleNamespace) -> SimpleNamespace:
    ids = organizations(aws)
    organization_policies(aws, ids)
    organization_services(aws, ids)
    accounts(aws, ids)
    identity(aws, ids)
    arn = iam_policies(aws.iam)
    iam_users(aws.iam, arn)
    iam_roles(aws, arn)
    aws.iam.delete_policy(PolicyArn=arn)
    iam_of_account(aws.iam)
    web_identity(aws)
    costs(aws.ce)
    notes(aws)
    end(aws, ids)
    return ids
