"""The harness itself: each gap is one, the proxy answers it, and its faults are what they say."""

import json

import moto
import pytest
from botocore.exceptions import ClientError

import proxy as proxy_module
import seed
from center import MANAGED, Center

ASKED = {
    "PutAccountName": ("account", "/putAccountName", {"AccountName": "x"}),
    "PutUserPermissionsBoundary": ("iam", "", {"UserName": "u", "PermissionsBoundary": "arn:x"}),
    "DeleteUserPermissionsBoundary": ("iam", "", {"UserName": "u"}),
    "ListServiceSpecificCredentials": ("iam", "", {"UserName": "u"}),
    "UpdateUser": ("identitystore", "", {"IdentityStoreId": "d-1234567890"}),
    "UpdateGroup": ("identitystore", "", {"IdentityStoreId": "d-1234567890"}),
    "PutPermissionsBoundaryToPermissionSet": ("sso", "", {}),
    "GetPermissionsBoundaryForPermissionSet": ("sso", "", {}),
    "DeletePermissionsBoundaryFromPermissionSet": ("sso", "", {}),
    "ListTagsForResource": ("sso", "", {}),
    "TagResource": ("sso", "", {}),
    "UntagResource": ("sso", "", {}),
    "DescribePermissionSetProvisioningStatus": ("sso", "", {}),
}


def test_gap_list_is_of_this_moto():
    version, pairs = proxy_module.read_gaps()
    assert version == moto.__version__
    assert {operation for _, operation in pairs} == set(ASKED)


@pytest.mark.parametrize("operation", sorted(ASKED))
def test_gap_is_one(proxy, aws, operation):
    """moto itself must still fail, else the line has to go."""
    service, path, input_ = ASKED[operation]
    if service == "iam":
        aws.iam.create_user(UserName="u")
        reply = proxy.ask_iam(operation, input_)
    else:
        body = json.dumps(input_).encode()
        headers = proxy.own_headers(service, operation, body, proxy.upstream, path or "/")
        reply = proxy.forward("POST", path or "/", headers, body)
    assert reply.status in (404, 500, 501), reply.body[:200]


def test_account_name_shows_in_listings(proxy, aws):
    org = aws.organizations
    org.create_organization(FeatureSet="ALL")
    made = org.create_account(AccountName="before", Email="a@example.com")
    account = seed.account_id(org, made)
    seed.trust(org)
    aws.account.put_account_name(AccountId=account, AccountName="after")
    assert org.describe_account(AccountId=account)["Account"]["Name"] == "after"
    assert "after" in [a["Name"] for a in org.list_accounts()["Accounts"]]


def test_boundary_shows_in_replies(aws):
    made = aws.iam.create_policy(PolicyName="b", PolicyDocument=json.dumps(seed.allow(["s3:*"])))
    arn = made["Policy"]["Arn"]
    aws.iam.create_user(UserName="u")
    aws.iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=arn)
    shown = aws.iam.get_user(UserName="u")["User"]["PermissionsBoundary"]
    assert shown["PermissionsBoundaryArn"] == arn
    detail = aws.iam.get_account_authorization_details(Filter=["User"])["UserDetailList"][0]
    assert detail["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    aws.iam.delete_user_permissions_boundary(UserName="u")
    assert "PermissionsBoundary" not in aws.iam.get_user(UserName="u")["User"]


def test_center_is_as_aws_shows_it(bench, aws):
    """What moto lacks or answers wrongly of Identity Center; the twin does it itself."""
    aws.organizations.create_organization(FeatureSet="ALL")
    center = Center(bench, {"master": seed.MANAGEMENT})
    tags = [{"Key": "a", "Value": "b"}]
    arn = center.make_set("Reader", ["job-function/ViewOnlyAccess"], Tags=tags)
    of_set = {**center.instance, "PermissionSetArn": arn}
    key = center.make_user("ada")
    center.make_user("grace")
    center.make_group("team", ["ada"])
    center.assign("Reader", "master", "group/team")
    assert center.old_versions() == {}
    boundary = {"ManagedPolicyArn": MANAGED + "PowerUserAccess"}
    center.sso.put_permissions_boundary_to_permission_set(**of_set, PermissionsBoundary=boundary)
    center.sso.tag_resource(
        **center.instance, ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}]
    )
    center.sso.untag_resource(**center.instance, ResourceArn=arn, TagKeys=["a"])
    found = center.read_set(arn)
    assert (found["boundary"], found["tags"]) == ("PowerUserAccess", {"c": "d"})
    assert found["managed"] == ["job-function/ViewOnlyAccess"]
    assert found["duration"] == "PT1H" and center.old_versions() == {"Reader": ["master"]}
    made = center.sso.provision_permission_set(**of_set, TargetType="ALL_PROVISIONED_ACCOUNTS")
    status = made["PermissionSetProvisioningStatus"]
    while status["Status"] == "IN_PROGRESS":
        status = center.sso.describe_permission_set_provisioning_status(
            **center.instance, ProvisionPermissionSetRequestId=status["RequestId"]
        )["PermissionSetProvisioningStatus"]
    assert status["Status"] == "SUCCEEDED" and center.old_versions() == {}

    def update(**operations):
        center.store.update_user(
            **center.where, UserId=key,
            Operations=[
                {"AttributePath": path.replace("_", "."), "AttributeValue": value}
                for path, value in operations.items()
            ],
        )

    update(userName="lovelace", name_givenName="Augusta")
    assert center.read_users()["lovelace"]["given_name"] == "Augusta"
    assert center.read_users()["lovelace"]["family_name"] == "Tester"
    asked = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "lovelace"}}
    assert center.store.get_user_id(**center.where, AlternateIdentifier=asked)["UserId"] == key
    with pytest.raises(ClientError) as error:
        update(userName="grace")
    assert error.value.response["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"
    center.synchronize(key)
    shown = center.store.describe_user(**center.where, UserId=key)
    assert shown["ExternalIds"] and shown["UserName"] == "lovelace"
    center.store.delete_user(**center.where, UserId=key)
    assert center.read_groups()["team"]["members"] == []
    center.unassign("Reader", "master", "group/team")
    asked = {**of_set, "ProvisioningStatus": "LATEST_PERMISSION_SET_PROVISIONED"}
    listed = center.sso.list_accounts_for_provisioned_permission_set(**asked)
    assert listed["AccountIds"] == []


def test_full_model_is_made_as_counted(aws):
    model = seed.full_model()
    ids = seed.make(model, aws)
    pages = aws.organizations.get_paginator("list_accounts").paginate()
    assert sum(len(page["Accounts"]) for page in pages) == 60 == len(model["accounts"])
    assert len(ids.units) == 12
    assert max(path.count("/") for path in ids.units) == 2
    assert len(ids.policies) == 15
    assert len(aws.iam.list_users()["Users"]) == 6
    assert seed.config(model)["charter.yaml"].startswith("charter: 1\n")


@pytest.mark.parametrize(
    "action", ["cut_before", "cut_after", "html", "deny", "throttle", "status"]
)
def test_fault_reaches_the_client(proxy, aws, simulator, action):
    aws.organizations.create_organization(FeatureSet="ALL")
    victim = seed.clients(proxy.url, simulator.key, simulator.secret).organizations
    root = victim.list_roots()["Roots"][0]["Id"]
    fault = proxy.add(action, operation="CreateOrganizationalUnit", status=500)
    with pytest.raises(Exception):
        victim.create_organizational_unit(ParentId=root, Name="X")
    assert fault.hits == 1
    made = aws.organizations.list_organizational_units_for_parent(ParentId=root)
    reached = action in ("cut_after", "html")
    assert len(made["OrganizationalUnits"]) == int(reached)
    assert proxy.mutations()[-1].reached == reached
    victim.create_organizational_unit(ParentId=root, Name="Y")
    assert fault.hits == 1


@pytest.mark.parametrize("action", ["truncate", "wrong_length"])
def test_length_and_body_disagree(proxy, aws, action):
    aws.organizations.create_organization(FeatureSet="ALL")
    whole = proxy.ask("organizations", "ListRoots", {}).body
    proxy.add(action, operation="ListRoots")
    headers = proxy.own_headers("organizations", "ListRoots", b"{}", proxy.port)
    connection = proxy_module.http.client.HTTPConnection("127.0.0.1", proxy.port)
    connection.request("POST", "/", "{}", headers)
    reply = connection.getresponse()
    if action == "truncate":
        with pytest.raises(proxy_module.http.client.IncompleteRead):
            reply.read()
    else:
        assert len(reply.read()) == len(whole) // 2


def test_pages_of_the_proxy(proxy, aws, simulator):
    seed.make(seed.small_model(), aws)
    victim = seed.clients(proxy.url, simulator.key, simulator.secret).organizations
    proxy.add("empty_page", operation="ListAccounts")
    first = victim.list_accounts()
    assert first["Accounts"] == []
    assert len(victim.list_accounts(NextToken=first["NextToken"])["Accounts"]) == 10
    proxy.page_size = 3
    assert len(victim.list_accounts()["Accounts"]) == 3
    proxy.add("repeat_token", operation="ListAccounts", times=0)
    tokens = {victim.list_accounts(NextToken="test-page-again")["NextToken"] for _ in range(3)}
    assert tokens == {"test-page-again"}


def test_wrong_secret_is_refused_when_asked_for(proxy, aws, simulator):
    aws.iam.create_user(UserName="admin")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]}  # fmt: skip
    aws.iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=json.dumps(policy))
    key = aws.iam.create_access_key(UserName="admin")["AccessKey"]
    simulator.check_signatures()
    good = seed.clients(proxy.url, key["AccessKeyId"], key["SecretAccessKey"])
    assert good.sts.get_caller_identity()["Arn"].endswith("user/admin")
    bad = seed.clients(proxy.url, key["AccessKeyId"], "wrong")
    with pytest.raises(ClientError) as error:
        bad.organizations.create_organization(FeatureSet="ALL")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
