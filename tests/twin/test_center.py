"""boto3 on the twin's Identity Center: roles that appear and go, what is not provisioned, outages of
an identity provider, faults of jobs."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import seed
from botocore.exceptions import ClientError

VIEW = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
SERVICE = "sso.amazonaws.com"


def refusal(call, **input_):
    with pytest.raises(ClientError) as error:
        call(**input_)
    return error.value.response


def code_of(call, **input_):
    return refusal(call, **input_)["Error"]["Code"]


def account_of(aws, name):
    made = aws.organizations.create_account(AccountName=name, Email=f"{name}@example.com")
    return seed.account_id(aws.organizations, made)


def in_account(bench, account):
    return seed.clients(bench.proxy.url, f"AKIAOBSV{account}", bench.simulator.secret)


@pytest.fixture
def center(bench, aws):
    """An organization with two accounts, a group of a user, a permission set."""
    aws.organizations.create_organization(FeatureSet="ALL")
    found = aws.sso_admin.list_instances()["Instances"][0]
    c = SimpleNamespace(aws=aws, bench=bench, sso=aws.sso_admin, people=aws.identitystore)
    c.instance = {"InstanceArn": found["InstanceArn"]}
    c.store = {"IdentityStoreId": found["IdentityStoreId"]}
    c.accounts = [account_of(aws, name) for name in ("one", "two")]
    c.user = c.people.create_user(**c.store, UserName="ada", DisplayName="Ada")["UserId"]
    c.group = c.people.create_group(**c.store, DisplayName="readers")["GroupId"]
    member = {"GroupId": c.group, "MemberId": {"UserId": c.user}}
    c.people.create_group_membership(**c.store, **member)
    made = c.sso.create_permission_set(**c.instance, Name="Reader")["PermissionSet"]
    c.set = {**c.instance, "PermissionSetArn": made["PermissionSetArn"]}
    return c


def edge(c, account, kind="GROUP", principal=None):
    who = principal or c.group
    target = {"TargetId": account, "TargetType": "AWS_ACCOUNT"}
    return {**c.set, **target, "PrincipalType": kind, "PrincipalId": who}


def end_of(c, what, started):
    """The status of a job when it has ended."""
    name, member = {
        "create": ("AccountAssignmentCreationStatus", "AccountAssignmentCreationRequestId"),
        "delete": ("AccountAssignmentDeletionStatus", "AccountAssignmentDeletionRequestId"),
        "provision": ("PermissionSetProvisioningStatus", "ProvisionPermissionSetRequestId"),
    }[what]
    ask = {
        "create": c.sso.describe_account_assignment_creation_status,
        "delete": c.sso.describe_account_assignment_deletion_status,
        "provision": c.sso.describe_permission_set_provisioning_status,
    }[what]
    status = started[name]
    assert status["Status"] == "IN_PROGRESS"
    while status["Status"] == "IN_PROGRESS":
        status = ask(**c.instance, **{member: status["RequestId"]})[name]
    return status


def assign(c, account, **who):
    status = end_of(c, "create", c.sso.create_account_assignment(**edge(c, account, **who)))
    assert status["Status"] == "SUCCEEDED", status


def roles(c, account):
    listed = in_account(c.bench, account).iam.list_roles(PathPrefix="/aws-reserved/")
    return [role["RoleName"] for role in listed["Roles"]]


def assignments(c, account):
    return c.sso.list_account_assignments(**c.set, AccountId=account)["AccountAssignments"]


def not_provisioned(c):
    wanted = "LATEST_PERMISSION_SET_NOT_PROVISIONED"
    found = c.sso.list_accounts_for_provisioned_permission_set(**c.set, ProvisioningStatus=wanted)
    return found["AccountIds"]


def test_roles_come_and_go(center, bench):
    c, account = center, center.accounts[0]
    assign(c, account)
    assign(c, account, kind="USER", principal=c.user)
    assign(c, account)
    assert len(assignments(c, account)) == 2
    (name,) = roles(c, account)
    assert name.startswith("AWSReservedSSO_Reader_")
    iam = in_account(bench, account).iam
    document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert ":saml-provider/AWSSSO_" in document["Statement"][0]["Principal"]["Federated"]
    assert code_of(iam.delete_role, RoleName=name) == "UnmodifiableEntity"
    end_of(c, "delete", c.sso.delete_account_assignment(**edge(c, account)))
    assert roles(c, account) == [name]
    gone = edge(c, account, "USER", c.user)
    end_of(c, "delete", c.sso.delete_account_assignment(**gone))
    assert roles(c, account) == []
    assert code_of(c.sso.delete_account_assignment, **gone) == "ResourceNotFoundException"


def test_what_is_not_provisioned(center, bench):
    c = center
    for account in c.accounts:
        assign(c, account)
    c.sso.attach_managed_policy_to_permission_set(**c.set, ManagedPolicyArn=VIEW)
    inline = json.dumps(seed.statement("Deny", ["s3:*"]))
    c.sso.put_inline_policy_to_permission_set(**c.set, InlinePolicy=inline)
    assert not_provisioned(c) == c.accounts
    one = {"TargetType": "AWS_ACCOUNT", "TargetId": c.accounts[0]}
    end_of(c, "provision", c.sso.provision_permission_set(**c.set, **one))
    assert not_provisioned(c) == c.accounts[1:]
    (name,) = roles(c, c.accounts[0])
    iam = in_account(bench, c.accounts[0]).iam
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [VIEW]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["AwsSSOInlinePolicy"]
    everywhere = {"TargetType": "ALL_PROVISIONED_ACCOUNTS"}
    end_of(c, "provision", c.sso.provision_permission_set(**c.set, **everywhere))
    assert not_provisioned(c) == []


def test_policies_that_accounts_lack(center, bench):
    c, account = center, center.accounts[0]
    reference = {"CustomerManagedPolicyReference": {"Name": "extra", "Path": "/ds/"}}
    c.sso.put_permissions_boundary_to_permission_set(**c.set, PermissionsBoundary=reference)
    status = end_of(c, "create", c.sso.create_account_assignment(**edge(c, account)))
    assert status["Status"] == "FAILED"
    assert f"arn:aws:iam::{account}:policy/ds/extra does not exist" in status["FailureReason"]
    assert assignments(c, account) == [] and roles(c, account) == []
    document = json.dumps(seed.statement("Deny", ["s3:*"]))
    iam = in_account(bench, account).iam
    iam.create_policy(PolicyName="extra", Path="/ds/", PolicyDocument=document)
    assign(c, account)


def test_an_identity_provider_that_knows_half(center, bench):
    """The listing ends early, as if that were all: on each of its pages."""
    c = center
    for k in range(249):
        c.people.create_user(**c.store, UserName=f"user-{k}", DisplayName="x")
    pages = c.people.get_paginator("list_users").paginate(**c.store)
    assert len([u for page in pages for u in page["Users"]]) == 250
    bench.simulator.control("PUT", "faults", b"half@ListUsers")
    shown = [page["Users"] for page in c.people.get_paginator("list_users").paginate(**c.store)]
    assert [len(page) for page in shown] == [100, 25]
    assert len(c.people.list_groups(**c.store)["Groups"]) == 1
    assert c.people.describe_user(**c.store, UserId=c.user)["UserName"] == "ada"


def test_what_a_provider_keeps(center, bench):
    c = center
    bench.simulator.control("POST", "scim", json.dumps({c.user: "00u1", c.group: "00g1"}).encode())
    (user,) = c.people.list_users(**c.store)["Users"]
    assert [one["Id"] for one in user["ExternalIds"]] == ["00u1"]
    by = {"ExternalId": user["ExternalIds"][0]}
    assert c.people.get_user_id(**c.store, AlternateIdentifier=by)["UserId"] == c.user
    bench.simulator.control("POST", "scim", json.dumps({c.user: None}).encode())
    assert "ExternalIds" not in c.people.describe_user(**c.store, UserId=c.user)


@pytest.mark.parametrize("what", ["create", "delete", "provision"])
def test_jobs_that_fail_after_they_began(center, bench, what):
    c, account = center, center.accounts[0]
    if what != "create":
        assign(c, account)
    call, input_ = {
        "create": (c.sso.create_account_assignment, edge(c, account)),
        "delete": (c.sso.delete_account_assignment, edge(c, account)),
        "provision": (
            c.sso.provision_permission_set,
            {**c.set, "TargetType": "ALL_PROVISIONED_ACCOUNTS"},
        ),
    }[what]
    bench.simulator.control("PUT", "faults", b"fail_job=ROLE_BROKEN#1")
    before = assignments(c, account)
    status = end_of(c, what, call(**input_))
    assert (status["Status"], status["FailureReason"]) == ("FAILED", "ROLE_BROKEN")
    assert assignments(c, account) == before
    assert end_of(c, what, call(**input_))["Status"] == "SUCCEEDED"


def test_conflicts(center, bench):
    c = center
    bench.simulator.control("PUT", "faults", b"concurrent@writes#1-2")
    assert code_of(c.sso.create_account_assignment, **edge(c, c.accounts[0])) == "ConflictException"
    refused = refusal(c.people.create_group, **c.store, DisplayName="x")
    assert refused["Reason"] == "CONCURRENT_MODIFICATION"
    refused = refusal(c.people.create_group, **c.store, DisplayName="Readers")
    assert refused["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"
    stale = {"GroupId": c.group, "Revision": "7"}
    change = [{"AttributePath": "description", "AttributeValue": "d"}]
    refused = refusal(c.people.update_group, **c.store, **stale, Operations=change)
    assert refused["Reason"] == "CONCURRENT_MODIFICATION"


def test_who_administers_it(center, bench):
    c, (one, two) = center, center.accounts
    other = in_account(bench, one)
    assert code_of(other.sso_admin.list_permission_sets, **c.instance) == "AccessDeniedException"
    c.aws.organizations.enable_aws_service_access(ServicePrincipal=SERVICE)
    c.aws.organizations.register_delegated_administrator(AccountId=one, ServicePrincipal=SERVICE)
    assert other.sso_admin.list_permission_sets(**c.instance)["PermissionSets"]
    other.sso_admin.create_account_assignment(**edge(c, two))
    principal = {"PrincipalType": "GROUP", "PrincipalId": c.group}
    for call, input_ in (
        (other.sso_admin.create_account_assignment, edge(c, seed.MANAGEMENT)),
        (other.sso_admin.list_account_assignments_for_principal, {**c.instance, **principal}),
    ):
        assert code_of(call, **input_) == "AccessDeniedException"


def test_closed_accounts(center):
    c, account = center, center.accounts[0]
    assign(c, account)
    c.aws.organizations.close_account(AccountId=account)
    status = end_of(c, "delete", c.sso.delete_account_assignment(**edge(c, account)))
    assert status["Status"] == "FAILED" and len(assignments(c, account)) == 1


@pytest.mark.parametrize("what", ["tag", "rename", "detach", "policy", "member", "assign"])
def test_somebody_else(center, bench, what):
    c = center
    inline = json.dumps(seed.statement("Deny", ["s3:*"]))
    c.sso.put_inline_policy_to_permission_set(**c.set, InlinePolicy=inline)
    c.sso.attach_managed_policy_to_permission_set(**c.set, ManagedPolicyArn=VIEW)
    tables = ("identity_groups", "permission_sets", "identity_jobs")

    def state():
        whole = bench.simulator.control("GET", "state")
        return [whole.get(table) for table in tables], whole["units"], whole["accounts"]

    before = state()
    spec = ",".join(f"change={what}@ListInstances#{n}" for n in range(1, 13))
    bench.simulator.control("PUT", "faults", spec.encode())
    for _ in range(12):
        c.sso.list_instances()
    assert state()[0] != before[0]
