"""Other people's clients drive the twin: boto3 and the AWS CLI. They read back what charter wrote,
and charter reads what they wrote."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys

import plans
import pytest
import seed
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from live import assert_live, loosened, pages, read_live, wanted

ROLE = "OrganizationAccountAccessRole"
AWKWARD = "a+b=c/d~e %41 \u00e9 & <x> \"q\" 'p' \\n"


class Cli:
    """The AWS CLI in an empty home, with an observer's key unless a profile is named."""

    def __init__(self, bench, home):
        home.mkdir()
        self.home = home
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "AWS_ACCESS_KEY_ID": bench.simulator.observer,
            "AWS_SECRET_ACCESS_KEY": bench.simulator.secret,
            "AWS_DEFAULT_REGION": seed.REGION,
            "AWS_ENDPOINT_URL": bench.proxy.url,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, *args, **env):
        environment = {**self.environment, **env}
        if "--profile" in args:
            del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
        return subprocess.run(
            [sys.executable, "-m", "awscli", "--output", "json", *args],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def __call__(self, *args, **env):
        done = self.run(*args, **env)
        assert done.returncode == 0, f"aws {' '.join(args)}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, *args, **env):
        done = self.run(*args, **env)
        assert done.returncode != 0 and done.stdout == "", f"aws {' '.join(args)} did it"
        return done.stderr


@pytest.fixture
def cli(bench, tmp_path):
    return Cli(bench, tmp_path / "cli")


def code_of(call, **input_):
    with pytest.raises(ClientError) as error:
        call(**input_)
    return error.value.response["Error"]["Code"]


def many_accounts(aws, n):
    """An organization with n accounts beside the management account, all in one unit."""
    org = aws.organizations
    org.create_organization(FeatureSet="ALL")
    root = org.list_roots()["Roots"][0]["Id"]
    unit = org.create_organizational_unit(ParentId=root, Name="Many")["OrganizationalUnit"]["Id"]
    for k in range(n):
        made = org.create_account(AccountName=f"account-{k}", Email=f"a{k}@example.com")
        org.move_account(
            AccountId=seed.account_id(org, made), SourceParentId=root, DestinationParentId=unit
        )
    return root, unit


# Listings


def test_pages_of_accounts(aws, cli):
    root, unit = many_accounts(aws, 45)
    org = aws.organizations
    sizes = [len(p["Accounts"]) for p in org.get_paginator("list_accounts").paginate()]
    assert sizes == [20, 20, 6]
    names = {a["Name"] for a in pages(org, "list_accounts_for_parent", "Accounts", ParentId=unit)}
    assert names == {f"account-{k}" for k in range(45)}
    found = [a["Id"] for a in pages(org, "list_accounts", "Accounts", PaginationConfig={"PageSize": 7})]
    assert len(found) == len(set(found)) == 46
    children = pages(org, "list_children", "Children", ParentId=unit, ChildType="ACCOUNT")
    assert {c["Id"] for c in children} < set(found) and len(children) == 45
    # The CLI asks for page after page by itself, and goes on where it was told to stop.
    assert len(cli("organizations", "list-accounts")["Accounts"]) == 46
    first = cli("organizations", "list-accounts", "--max-items", "25")
    assert len(first["Accounts"]) == 25
    rest = cli("organizations", "list-accounts", "--starting-token", first["NextToken"])
    assert {a["Id"] for a in first["Accounts"] + rest["Accounts"]} == set(found)


def test_token_is_of_its_listing(aws):
    root, unit = many_accounts(aws, 21)
    org = aws.organizations
    token = org.list_accounts()["NextToken"]
    for call, input_ in (
        (org.list_accounts_for_parent, {"ParentId": unit, "NextToken": token}),
        (org.list_accounts, {"NextToken": "made up"}),
        (org.list_accounts, {"NextToken": token[:-1]}),
    ):
        assert code_of(call, **input_) == "InvalidInputException"


def test_pages_of_iam(aws, cli):
    iam = aws.iam
    for k in range(120):
        iam.create_user(UserName=f"user-{k:03}", Path="/even/" if k % 2 == 0 else "/odd/")
    first = iam.list_users()
    assert len(first["Users"]) == 100 and first["IsTruncated"]
    rest = iam.list_users(Marker=first["Marker"])
    assert len(rest["Users"]) == 20 and not rest["IsTruncated"]
    assert "Marker" not in rest
    names = {u["UserName"] for u in first["Users"] + rest["Users"]}
    assert len(names) == 120
    assert len(pages(iam, "list_users", "Users", PathPrefix="/even/")) == 60
    details = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["User"], PaginationConfig={"PageSize": 50}
    )
    sizes = [len(page["UserDetailList"]) for page in details]
    assert sizes == [50, 50, 20]
    assert len(cli("iam", "list-users", "--page-size", "30")["Users"]) == 120
    assert code_of(iam.list_users, Marker="made up") == "ValidationError"


# What is written comes back as it was


def test_awkward_text(aws, cli):
    org, iam = aws.organizations, aws.iam
    root, unit = many_accounts(aws, 0)
    name = "R&D <x> + 100% 'a'"
    org.update_organizational_unit(OrganizationalUnitId=unit, Name=name)
    found = cli("organizations", "list-organizational-units-for-parent", "--parent-id", root)
    assert [u["Name"] for u in found["OrganizationalUnits"]] == [name]
    value = "a+b=c/d \u00e9\u4e2d:_-@."
    org.tag_resource(ResourceId=unit, Tags=[{"Key": "k \u00e9", "Value": value}])
    tags = cli("organizations", "list-tags-for-resource", "--resource-id", unit)["Tags"]
    assert tags == [{"Key": "k \u00e9", "Value": value}]
    document = json.dumps({**seed.allow(["s3:*"]), "Id": AWKWARD}, ensure_ascii=False)
    for text in (document, json.dumps(json.loads(document), indent=3)):
        arn = iam.create_policy(PolicyName="p", PolicyDocument=text)["Policy"]["Arn"]
        got = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
        assert got == json.loads(text)
        iam.delete_policy(PolicyArn=arn)
    made = org.create_policy(
        Name=AWKWARD, Description=AWKWARD, Type="SERVICE_CONTROL_POLICY", Content=document.replace("Allow", "Deny")
    )["Policy"]["PolicySummary"]  # fmt: skip
    assert (made["Name"], made["Description"]) == (AWKWARD, AWKWARD)
    shown = cli("organizations", "describe-policy", "--policy-id", made["Id"])["Policy"]
    assert shown["Content"] == document.replace("Allow", "Deny")


def test_lists_and_values_that_are_empty(aws):
    iam = aws.iam
    iam.create_user(UserName="u", Tags=[])
    iam.tag_user(UserName="u", Tags=[{"Key": "k", "Value": ""}])
    assert iam.list_user_tags(UserName="u")["Tags"] == [{"Key": "k", "Value": ""}]
    iam.untag_user(UserName="u", TagKeys=["k"])
    assert "Tags" not in iam.get_user(UserName="u")["User"]
    many_accounts(aws, 0)
    org = aws.organizations
    made = org.create_policy(
        Name="p", Description="", Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps(seed.statement("Deny", ["s3:*"])), Tags=[],
    )["Policy"]["PolicySummary"]  # fmt: skip
    assert made["Description"] == ""


# Refusals


def test_refusals_as_the_cli_shows_them(aws, cli):
    root, unit = many_accounts(aws, 1)
    account = aws.organizations.list_accounts_for_parent(ParentId=unit)["Accounts"][0]["Id"]
    for args, code in (
        (
            ["organizations", "create-organizational-unit", "--parent-id", root, "--name", "Many"],
            "DuplicateOrganizationalUnitException",
        ),
        (
            ["organizations", "delete-organizational-unit", "--organizational-unit-id", unit],
            "OrganizationalUnitNotEmptyException",
        ),
        (["organizations", "describe-policy", "--policy-id", "p-00000000"], "PolicyNotFoundException"),
        (
            ["account", "get-alternate-contact", "--alternate-contact-type", "BILLING",
             "--account-id", account],
            "AccessDeniedException",
        ),
        (["account", "get-alternate-contact", "--alternate-contact-type", "BILLING"],
         "ResourceNotFoundException"),
        (["iam", "get-user", "--user-name", "nobody"], "NoSuchEntity"),
    ):  # fmt: skip
        said = cli.refused(*args)
        assert f"({code})" in said, said


def test_strangers(aws, cli):
    for env, codes in (
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, ("InvalidSignatureException", "SignatureDoesNotMatch")),
        ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, ("UnrecognizedClientException", "InvalidClientTokenId")),
        ({"AWS_ACCESS_KEY_ID": "AKIATWIN999999999999"}, ("UnrecognizedClientException", "InvalidClientTokenId")),
    ):  # fmt: skip
        assert f"({codes[0]})" in cli.refused("organizations", "list-roots", **env)
        assert f"({codes[1]})" in cli.refused("iam", "list-users", **env)


def signed_at(bench, moment, service="iam", region="us-east-1"):
    """Headers of a ListUsers that was signed then."""
    body = b"Action=ListUsers&Version=2010-05-08"
    headers = {
        "Host": f"127.0.0.1:{bench.simulator.port}",
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    }
    request = AWSRequest("POST", f"http://{headers['Host']}/", data=body, headers=headers)
    auth = SigV4Auth(Credentials(bench.simulator.key, bench.simulator.secret), service, region)
    request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
    auth._modify_request_before_signing(request)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    auth._inject_signature_to_request(request, auth.signature(text, request))
    return bench.proxy.forward("POST", "/", dict(request.headers.items()), body)


@pytest.mark.parametrize("minutes, accepted", [(0, True), (-4, True), (4, True), (-6, False), (6, False)])
def test_date_of_a_signature(bench, minutes, accepted):
    now = datetime.datetime.now(datetime.timezone.utc)
    reply = signed_at(bench, now + datetime.timedelta(minutes=minutes))
    assert (reply.status == 200) == accepted, reply.body
    if not accepted:
        assert b"<Code>SignatureDoesNotMatch</Code>" in reply.body
        assert (b"expired" if minutes < 0 else b"not yet current") in reply.body


def test_signature_for_another_service(bench):
    now = datetime.datetime.now(datetime.timezone.utc)
    reply = signed_at(bench, now, service="organizations")
    assert reply.status in (400, 403, 404)


# Several accounts


def in_account(bench, aws, account, role=ROLE, **more):
    made = aws.sts.assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="test", **more
    )["Credentials"]
    keys = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
    return seed.clients(bench.proxy.url, *keys)


def member(aws):
    root, unit = many_accounts(aws, 1)
    return aws.organizations.list_accounts_for_parent(ParentId=unit)["Accounts"][0]["Id"]


def test_iam_of_a_member_account(bench, aws, cli):
    account = member(aws)
    there = in_account(bench, aws, account)
    arn = there.sts.get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{account}:assumed-role/{ROLE}/test"
    there.iam.create_user(UserName="local")
    assert there.iam.get_user(UserName="local")["User"]["Arn"] == f"arn:aws:iam::{account}:user/local"
    assert [u["UserName"] for u in aws.iam.list_users()["Users"]] == []
    assert code_of(there.organizations.list_roots) == "AccessDeniedException"
    # The CLI assumes the role by itself, from a profile.
    (cli.home / ".aws").mkdir()
    (cli.home / ".aws" / "config").write_text(
        "[profile management]\n"
        f"aws_access_key_id = {bench.simulator.observer}\n"
        f"aws_secret_access_key = {bench.simulator.secret}\n"
        "[profile member]\nsource_profile = management\n"
        f"role_arn = arn:aws:iam::{account}:role/{ROLE}\n"
    )
    cli("iam", "create-group", "--group-name", "theirs", "--profile", "member")
    assert [g["GroupName"] for g in there.iam.list_groups()["Groups"]] == ["theirs"]
    users = cli("iam", "list-users", "--profile", "member")["Users"]
    assert [u["UserName"] for u in users] == ["local"]


def test_keys_of_a_user(bench, aws):
    aws.iam.create_user(UserName="alice")
    key = aws.iam.create_access_key(UserName="alice")["AccessKey"]
    alice = seed.clients(bench.proxy.url, key["AccessKeyId"], key["SecretAccessKey"])
    assert alice.sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{seed.MANAGEMENT}:user/alice"
    aws.iam.update_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert code_of(alice.sts.get_caller_identity) == "InvalidClientTokenId"
    aws.iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
    assert code_of(alice.iam.list_users) == "InvalidClientTokenId"


def trusting(bench, aws, account, name, condition=None, principal=None):
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": principal or f"arn:aws:iam::{seed.MANAGEMENT}:root"},
        **({"Condition": condition} if condition else {}),
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    in_account(bench, aws, account).iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)


def test_roles_that_are_not_assumed(bench, aws):
    account = member(aws)
    trusting(bench, aws, account, "other", principal="arn:aws:iam::999999999999:root")
    external = {"StringEquals": {"sts:ExternalId": "4711"}}
    trusting(bench, aws, account, "external", condition=external)
    assume = aws.sts.assume_role
    for role, more in (("other", {}), ("external", {}), ("external", {"ExternalId": "12"}), ("none", {})):
        arn = f"arn:aws:iam::{account}:role/{role}"
        assert code_of(assume, RoleArn=arn, RoleSessionName="test", **more) == "AccessDenied"
    in_account(bench, aws, account, "external", ExternalId="4711").iam.list_users()
    arn = f"arn:aws:iam::{account}:role/{ROLE}"
    code = code_of(assume, RoleArn=arn, RoleSessionName="test", DurationSeconds=7200)
    assert code == "ValidationError"


# charter and the others


def test_cli_reads_what_charter_wrote(managed, cli):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    managed.charter.apply()
    assert_live(managed.aws, after)
    want = wanted(after)
    listed = cli("organizations", "list-accounts")["Accounts"]
    assert {a["Name"]: a["Email"] for a in listed} == {
        name: account["email"] for name, account in want["accounts"].items()
    }
    found = cli("organizations", "list-organizational-units-for-parent", "--parent-id", managed.ids.root)
    top = {path for path in want["units"] if "/" not in path}
    assert {u["Name"] for u in found["OrganizationalUnits"]} == top
    scps = cli("organizations", "list-policies", "--filter", "SERVICE_CONTROL_POLICY")["Policies"]
    ids = {p["Name"]: p["Id"] for p in scps}
    shown = cli("organizations", "describe-policy", "--policy-id", ids["deny-leave"])["Policy"]
    written = want["policies"]["deny-leave"]["content"]
    assert loosened(json.loads(shown["Content"])) == loosened(written)
    groups = cli("iam", "list-groups-for-user", "--user-name", "dave")["Groups"]
    assert [g["GroupName"] for g in groups] == want["users"]["dave"]["groups"]


def test_charter_reads_what_the_cli_wrote(managed, cli):
    """Made by hand: unmanaged until it is declared, adopted once it is; changed by hand: drift."""
    ids = managed.ids
    made = cli(
        "organizations", "create-organizational-unit", "--parent-id", ids.root, "--name", "By Hand",
        "--tags", "Key=owner,Value=somebody",
    )["OrganizationalUnit"]  # fmt: skip
    cli("organizations", "attach-policy", "--policy-id", ids.policies["no-marketplace"],
        "--target-id", made["Id"])  # fmt: skip
    cli("iam", "create-user", "--user-name", "hand", "--tags", "Key=a,Value=b")
    cli("organizations", "tag-resource", "--resource-id", ids.units["Old"], "--tags", "Key=tier,Value=x")
    report = managed.charter("drift", "-o", "json").expect(0).json()
    assert {c["address"] for c in report["changes"]} == {"unit/Old"}
    unmanaged = {note["address"] for note in report["unmanaged"]}
    assert {"unit/By Hand", "iam_user/master/hand"} <= unmanaged

    after = seed.changed(managed.model)
    after["units"]["By Hand"] = {"policies": ["no-marketplace"], "tags": {"owner": "somebody"}}
    after["iam"]["accounts"]["master"]["users"]["hand"] = {"tags": {"a": "b"}}
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    for address in ("unit/By Hand", "iam_user/master/hand"):
        assert [c for c in plan["changes"] if c["address"] == address and c["calls"]] == []
    assert plans.operations(plan) == ["TagResource"]
    managed.charter.apply()
    assert_live(managed.aws, after)
    assert read_live(managed.aws)["units"]["By Hand"]["policies"] == ["no-marketplace"]
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
