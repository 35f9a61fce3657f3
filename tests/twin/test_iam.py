"""boto3 on the twin's IAM, STS and Cost Explorer: accounts of no organization, tokens, costs, and who
is trusted."""

from __future__ import annotations

import base64
import csv
import io
import json
import time

import pytest
import seed
from botocore.exceptions import ClientError

OTHER, THIRD = "222222222222", "333333333333"
ROLE = "OrganizationAccountAccessRole"
MONTHS = {
    "TimePeriod": {"Start": "2026-10-01", "End": "2026-11-20"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
}
BY_ACCOUNT = [{"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}]


def trust(principal, action="sts:AssumeRole", **more):
    return json.dumps(seed.role_trust(principal, action, **more))


def code_of(call, **input_):
    with pytest.raises(ClientError) as error:
        call(**input_)
    return error.value.response["Error"]["Code"]


def session(bench, role, client=None, **more):
    """Clients with the credentials of the role's session."""
    sts = client or bench.aws.sts
    made = sts.assume_role(RoleArn=role, RoleSessionName="tests", **more)["Credentials"]
    token = made["SessionToken"]
    return seed.clients(bench.proxy.url, made["AccessKeyId"], made["SecretAccessKey"], token)


def access_role(account, name=ROLE):
    return f"arn:aws:iam::{account}:role/{name}"


@pytest.fixture
def accounts(bench):
    """Two more, without an organization."""
    body = json.dumps({OTHER: ROLE, THIRD: None}).encode()
    bench.simulator.control("POST", "accounts", body)
    return bench


def test_independent_accounts(accounts, aws):
    assert code_of(aws.organizations.describe_organization) == "AWSOrganizationsNotInUseException"
    inside = session(accounts, access_role(OTHER))
    assert inside.sts.get_caller_identity()["Account"] == OTHER
    inside.iam.create_user(UserName="alice")
    assert aws.iam.list_users()["Users"] == []
    assert code_of(session, bench=accounts, role=access_role(THIRD)) == "AccessDenied"
    administrator = seed.clients(accounts.proxy.url, f"AKIAOBSV{THIRD}", accounts.simulator.secret)
    document = trust({"AWS": seed.MANAGEMENT})
    made = administrator.iam.create_role(RoleName="In", AssumeRolePolicyDocument=document)
    assert made["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "AWS": f"arn:aws:iam::{seed.MANAGEMENT}:root"
    }
    assert session(accounts, access_role(THIRD, "In")).iam.list_roles()["Roles"]


def test_what_a_session_needs_to_be_let_in(accounts, aws):
    """An external id, tags of the caller, and what a session may carry."""
    condition = {"StringEquals": {"sts:ExternalId": "secret", "aws:PrincipalTag/team": "ml"}}
    iam = session(accounts, access_role(OTHER)).iam
    document = trust(
        {"AWS": f"arn:aws:iam::{seed.MANAGEMENT}:root"},
        ["sts:AssumeRole", "sts:TagSession"],
        Condition=condition,
    )
    iam.create_role(RoleName="In", AssumeRolePolicyDocument=document)
    aws.iam.create_user(UserName="ann", Tags=[{"Key": "team", "Value": "ml"}])
    key = aws.iam.create_access_key(UserName="ann")["AccessKey"]
    ann = seed.clients(accounts.proxy.url, key["AccessKeyId"], key["SecretAccessKey"]).sts
    enter = {"bench": accounts, "role": access_role(OTHER, "In")}
    assert code_of(session, **enter, client=ann) == "AccessDenied"
    assert code_of(session, **enter, ExternalId="secret") == "AccessDenied"
    enter |= {"client": ann, "ExternalId": "secret"}
    session(**enter, Tags=[{"Key": "a", "Value": "b"}])
    assert code_of(session, **enter, SourceIdentity="ann") == "AccessDenied"
    assert code_of(session, **enter, Policy="{}") == "MalformedPolicyDocument"
    session(**enter, Policy=json.dumps(seed.statement("Allow", ["iam:*"])))
    used = aws.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert used["AccessKeyLastUsed"]["ServiceName"] == "sts"


def test_principals_that_go(aws):
    iam = aws.iam
    user = iam.create_user(UserName="ann")["User"]
    iam.create_role(RoleName="In", AssumeRolePolicyDocument=trust({"AWS": user["Arn"]}))
    iam.delete_user(UserName="ann")
    document = iam.get_role(RoleName="In")["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"] == {"AWS": user["UserId"]}
    for principal in (user["Arn"], user["UserId"]):
        wrong = {"RoleName": "In", "PolicyDocument": trust({"AWS": principal})}
        assert code_of(iam.update_assume_role_policy, **wrong) == "MalformedPolicyDocument"


def test_suspended_accounts_are_not_entered(bench, aws):
    org = aws.organizations
    org.create_organization(FeatureSet="ALL")
    made = org.create_account(AccountName="one", Email="one@example.com")
    account = seed.account_id(org, made)
    session(bench, access_role(account))
    org.close_account(AccountId=account)
    assert code_of(session, bench=bench, role=access_role(account)) == "AccessDenied"


def token(**claims):
    claims = {"aud": "sts.amazonaws.com", "sub": "repo:team/app:environment:prod", **claims}
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims, "?")]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_tokens(bench, aws):
    host = "token.actions.githubusercontent.com"
    iam, sts, soon = aws.iam, aws.sts, int(time.time()) + 300
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{host}", ClientIDList=["sts.amazonaws.com"]
    )["OpenIDConnectProviderArn"]
    condition = {
        "StringEquals": {f"{host}:aud": "sts.amazonaws.com"},
        "ForAnyValue:StringLike": {f"{host}:sub": "repo:team/*:environment:prod"},
    }
    document = trust({"Federated": arn}, "sts:AssumeRoleWithWebIdentity", Condition=condition)
    role = iam.create_role(RoleName="ci", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    enter = {"RoleArn": role, "RoleSessionName": "ci-1"}

    def code(**claims):
        claims = {"iss": f"https://{host}", "exp": soon, **claims}
        call = sts.assume_role_with_web_identity
        return code_of(call, **enter, WebIdentityToken=token(**claims))

    good = token(iss=f"https://{host}", exp=soon)
    made = sts.assume_role_with_web_identity(**enter, WebIdentityToken=good)
    assert made["Provider"] == f"https://{host}"
    assert code(sub="repo:team/app:ref:refs/heads/x") == "AccessDenied"
    assert code(aud="nobody") == "InvalidIdentityToken"
    assert code(iss="https://elsewhere.example.com") == "InvalidIdentityToken"
    assert code(exp=soon - 1000) == "ExpiredTokenException"
    assert code_of(sts.assume_role, **enter) == "AccessDenied"


def test_costs(accounts, aws):
    spend = {seed.MANAGEMENT: "1.50", OTHER: "500"}
    accounts.simulator.control("POST", "spend", json.dumps(spend).encode())
    found = aws.ce.get_cost_and_usage(**MONTHS, GroupBy=BY_ACCOUNT)
    amounts = [
        group["Metrics"]["UnblendedCost"]["Amount"]
        for result in found["ResultsByTime"]
        for group in result["Groups"]
    ]
    assert amounts == ["1.50"]
    inside = session(accounts, access_role(OTHER)).ce.get_cost_and_usage(**MONTHS)
    totals = [r["Total"]["UnblendedCost"]["Amount"] for r in inside["ResultsByTime"]]
    assert totals == ["0.00", "500.00"]


@pytest.mark.parametrize(
    "path, body",
    [
        ("spend", {"1": "1"}),
        ("spend", {OTHER: 5}),
        ("spend", {OTHER: "5 USD"}),
        ("accounts", {"1": None}),
        ("accounts", {OTHER: 5}),
    ],
)
def test_controls_refuse(bench, path, body):
    with pytest.raises(Exception, match="HTTP Error 400"):
        bench.simulator.control("POST", path, json.dumps(body).encode())


def test_credential_report(aws):
    aws.iam.create_user(UserName="ann")
    aws.iam.create_access_key(UserName="ann")
    while aws.iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    text = aws.iam.get_credential_report()["Content"].decode()
    rows = {row["user"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(rows) == {"<root_account>", "ann"}
    assert rows["ann"]["access_key_1_active"] == "true"
    assert rows["ann"]["access_key_2_active"] == "false"
    assert rows["ann"]["access_key_1_last_used_date"] == "N/A"
