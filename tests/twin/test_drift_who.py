"""Who did it: one change of every sort, each made by a session of its own, and what a report says
of each; whose the line is; and where CloudTrail cannot be read."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
import seed
from botocore.config import Config

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROLE = "OrganizationAccountAccessRole"
DENY = seed.statement("Less", ["s3:*"])
LESS = seed.statement("Least", ["a:b"])
TRUST = seed.role_trust({"AWS": seed.ROOT_USER})
PERSON = {"given_name": "A", "family_name": "B", "display_name": "A B", "email": "a@example.com"}

ORGANIZATION = {
    "units": {"A": {"policies": ["deny"], "tags": {"team": "x"}}, "A/B": {}, "A/C": {}},
    "accounts": {
        "one": {"email": "one@example.com", "unit": "A/B", "tags": {"t": "x"}, "policies": []},
        "two": {"email": "two@example.com", "unit": "A/B"},
    },
    "policies": {
        "deny": {"description": "d", "document": DENY, "tags": {"p": "x"}},
        "other": {"description": "d", "document": LESS},
        "third": {"description": "d", "document": LESS},
    },
}
IAM = {
    "users": {
        "alice": {"groups": ["devs"], "managed_policies": ["aws/ReadOnlyAccess"], "tags": {}},
        "bob": {},
    },
    "groups": {"devs": {"managed_policies": [], "inline_policies": {"in": DENY}}},
    "roles": {
        "deploy": {
            "trust": TRUST,
            "managed_policies": [],
            "inline_policies": {"in": DENY},
            "tags": {"owner": "x"},
            "max_session_duration": "1h",
        },
        "spare": {"trust": TRUST},
    },
    "policies": {"own": {"document": DENY, "tags": {}}},
    "alias": "charter-test-one",
    "password_policy": {"minimum_length": 14},
    "oidc_providers": {
        "token.actions.githubusercontent.com": {
            "client_ids": ["sts.amazonaws.com"],
            "thumbprints": ["b" * 40],
        }
    },
}
CENTER = {
    "region": "us-east-1",
    "users": {"ann": PERSON, "ben": PERSON | {"email": "b@example.com"}},
    "groups": {
        "eng": {"description": "d", "members": ["ann"]},
        "ops": {"description": "d", "members": ["ben"]},
    },
    "permission_sets": {
        "Reader": {
            "description": "d",
            "session_duration": "1h",
            "aws_managed_policies": ["aws/ReadOnlyAccess"],
            "inline_policy": DENY,
            "tags": {"s": "x"},
        },
        "Spare": {"description": "d"},
    },
    "assignments": [
        {"permission_sets": ["Reader"], "groups": ["eng"], "accounts": ["one", "two"]},
        {"permission_sets": ["Spare"], "groups": ["eng"], "accounts": ["one"]},
    ],
}
OWNERS = "* @platform\n/aws/iam.yaml @people\n"


def files() -> dict[str, str]:
    settings = {
        "charter": 1,
        "organization": {
            "create": True,
            "policy_types": ["SERVICE_CONTROL_POLICY"],
            "trusted_services": ["sso.amazonaws.com", "account.amazonaws.com"],
            "root": {"policies": [], "tags": {}},
        },
        "guards": {"removals": {"default": {"floor": 20, "count": 50}}},
    }
    iam = {"accounts": {"one": IAM}}
    return {
        "CODEOWNERS": OWNERS,
        "aws/charter.yaml": json.dumps(settings),
        "aws/organization.yaml": json.dumps(ORGANIZATION),
        "aws/iam.yaml": json.dumps({"iam": iam}),
        "aws/center.yaml": json.dumps({"identity_center": CENTER}),
    }


class Hands:
    """Sessions in accounts, each of one name: what it does is told by what it is called."""

    def __init__(self, bench, accounts):
        self.bench, self.accounts = bench, accounts
        self.made: dict[tuple[str, str], SimpleNamespace] = {}

    def of(self, account: str, session: str) -> SimpleNamespace:
        if (account, session) in self.made:
            return self.made[account, session]
        role = "Ops" if account == seed.MANAGEMENT else ROLE
        keys = self.bench.aws.sts.assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName=session
        )["Credentials"]
        config = Config(retries={"total_max_attempts": 1}, proxies={}, user_agent="hands/1")
        self.made[account, session] = seed.clients(
            self.bench.proxy.url,
            keys["AccessKeyId"],
            keys["SecretAccessKey"],
            keys["SessionToken"],
            config,
        )
        return self.made[account, session]


@pytest.fixture
def night(bench, charter, repo):
    """The organization as it was applied, with who may change it by hand."""
    aws = bench.aws
    trust = json.dumps(TRUST)
    repo.commit(files())
    charter.repo = repo.path
    first = charter("apply", "--ref", "HEAD", "--path", "aws", timeout=300)
    if first.code:  # what is only known once the organization is there
        first = charter("apply", "--ref", "HEAD", "--path", "aws", timeout=300)
    first.expect(0)
    aws.iam.create_role(RoleName="Ops", AssumeRolePolicyDocument=trust)
    aws.iam.attach_role_policy(RoleName="Ops", PolicyArn=ADMIN)
    listed = aws.organizations.list_accounts()["Accounts"]
    n = SimpleNamespace(aws=aws, bench=bench, charter=charter, repo=repo)
    n.accounts = {a["Name"]: a["Id"] for a in listed}
    n.hands = Hands(bench, n.accounts)
    found = aws.sso_admin.list_instances()["Instances"][0]
    n.instance = {"InstanceArn": found["InstanceArn"]}
    n.store = {"IdentityStoreId": found["IdentityStoreId"]}
    return n


def drift(n, *args, code=0):
    return n.charter("drift", "--path", "aws", "-o", "json", *args, timeout=300).expect(code).json()


def events(report) -> dict[tuple[str, str | None, str | None], tuple[str, str] | None]:
    """By address, attribute and element: session and call."""
    found = {}
    for item in report["drift"]["items"]:
        event = None
        if item["event"] is not None:
            event = report["drift"]["causes"][item["cause"]]["events"][item["event"]]
        key = item["address"], item["attribute"], item["element"]
        found[key] = event and (event["session"], event["operation"])
    return found


def ids(n) -> SimpleNamespace:
    org, sso, people = n.aws.organizations, n.aws.sso_admin, n.aws.identitystore
    root = org.list_roots()["Roots"][0]["Id"]
    top = org.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    units = {u["Name"]: u["Id"] for u in top}
    below = org.list_organizational_units_for_parent(ParentId=units["A"])["OrganizationalUnits"]
    units |= {u["Name"]: u["Id"] for u in below}
    policies = org.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    sets = {}
    for arn in sso.list_permission_sets(**n.instance)["PermissionSets"]:
        told = sso.describe_permission_set(**n.instance, PermissionSetArn=arn)["PermissionSet"]
        sets[told["Name"]] = arn
    return SimpleNamespace(
        root=root,
        units=units,
        policies={p["Name"]: p["Id"] for p in policies},
        sets=sets,
        groups={g["DisplayName"]: g["GroupId"] for g in people.list_groups(**n.store)["Groups"]},
        users={u["UserName"]: u["UserId"] for u in people.list_users(**n.store)["Users"]},
    )


def organization_changes(n, i):
    """Each: what the report calls it, the call, and how it is made."""
    one = n.accounts["one"]
    unit, org, policy = i.units, "organizations", i.policies
    yield ("unit/A", "policies", "policy/other"), org, "attach_policy", {
        "PolicyId": policy["other"], "TargetId": unit["A"]}
    yield ("unit/A", "policies", "policy/deny"), org, "detach_policy", {
        "PolicyId": policy["deny"], "TargetId": unit["A"]}
    yield ("account/one", "policies", "policy/other"), org, "attach_policy", {
        "PolicyId": policy["other"], "TargetId": one}
    yield ("organization", "policies", "policy/other"), org, "attach_policy", {
        "PolicyId": policy["other"], "TargetId": i.root}
    yield ("unit/A", "tags", "team"), org, "tag_resource", {
        "ResourceId": unit["A"], "Tags": [{"Key": "team", "Value": "y"}]}
    yield ("account/one", "tags", "t"), org, "untag_resource", {
        "ResourceId": one, "TagKeys": ["t"]}
    yield ("policy/deny", "tags", "p"), org, "tag_resource", {
        "ResourceId": policy["deny"], "Tags": [{"Key": "p", "Value": "y"}]}
    yield ("policy/deny", "document", None), org, "update_policy", {
        "PolicyId": policy["deny"], "Content": json.dumps(LESS)}
    yield ("policy/other", "description", None), org, "update_policy", {
        "PolicyId": policy["other"], "Description": "e"}
    yield ("account/one", "unit", None), org, "move_account", {
        "AccountId": one, "SourceParentId": unit["B"], "DestinationParentId": unit["A"]}
    yield ("account/two", "name", None), "account", "put_account_name", {
        "AccountId": n.accounts["two"], "AccountName": "zwei"}
    yield ("policy/third", None, None), org, "delete_policy", {"PolicyId": policy["third"]}
    yield ("unit/A/C", None, None), org, "delete_organizational_unit", {
        "OrganizationalUnitId": unit["C"]}
    yield ("unit/X", None, None), org, "create_organizational_unit", {
        "ParentId": i.root, "Name": "X"}
    yield ("policy/new", None, None), org, "create_policy", {
        "Name": "new", "Description": "", "Type": "SERVICE_CONTROL_POLICY",
        "Content": json.dumps(LESS)}


def iam_changes(n):
    one = n.accounts["one"]
    own = f"arn:aws:iam::{one}:policy/own"
    oidc = f"arn:aws:iam::{one}:oidc-provider/token.actions.githubusercontent.com"
    user, role = "iam_user/one/alice", "iam_role/one/deploy"
    yield (user, "groups", "iam_group/one/devs"), "remove_user_from_group", {
        "UserName": "alice", "GroupName": "devs"}
    yield (user, "managed_policies", READ), "detach_user_policy", {
        "UserName": "alice", "PolicyArn": READ}
    yield (user, "managed_policies", ADMIN), "attach_user_policy", {
        "UserName": "alice", "PolicyArn": ADMIN}
    yield ("iam_group/one/devs", "managed_policies", "iam_policy/one/own"), "attach_group_policy", {
        "GroupName": "devs", "PolicyArn": own}
    yield ("iam_group/one/devs", "inline_policies", "in"), "put_group_policy", {
        "GroupName": "devs", "PolicyName": "in", "PolicyDocument": json.dumps(LESS)}
    yield (role, "managed_policies", ADMIN), "attach_role_policy", {
        "RoleName": "deploy", "PolicyArn": ADMIN}
    yield (role, "inline_policies", "in"), "delete_role_policy", {
        "RoleName": "deploy", "PolicyName": "in"}
    yield (role, "inline_policies", "more"), "put_role_policy", {
        "RoleName": "deploy", "PolicyName": "more", "PolicyDocument": json.dumps(LESS)}
    yield (role, "tags", "owner"), "tag_role", {
        "RoleName": "deploy", "Tags": [{"Key": "owner", "Value": "y"}]}
    yield (role, "max_session_duration", None), "update_role", {
        "RoleName": "deploy", "MaxSessionDuration": 7200}
    yield (role, "trust", None), "update_assume_role_policy", {
        "RoleName": "deploy",
        "PolicyDocument": json.dumps(seed.role_trust({"AWS": f"arn:aws:iam::{one}:root"}))}
    yield ("iam_role/one/spare", None, None), "delete_role", {"RoleName": "spare"}
    yield ("iam_user/one/bob", None, None), "delete_user", {"UserName": "bob"}
    yield ("iam_policy/one/own", "document", None), "create_policy_version", {
        "PolicyArn": own, "PolicyDocument": json.dumps(LESS), "SetAsDefault": True}
    yield ("iam_account/one/settings", "password_policy", "minimum_length"), (
        "update_account_password_policy"), {"MinimumPasswordLength": 8}
    yield ("iam_account/one/settings", "alias", None), "delete_account_alias", {
        "AccountAlias": "charter-test-one"}
    yield ("iam_oidc_provider/one/token.actions.githubusercontent.com", "client_ids", "x"), (
        "add_client_id_to_open_id_connect_provider"), {
        "OpenIDConnectProviderArn": oidc, "ClientID": "x"}
    yield ("iam_oidc_provider/one/token.actions.githubusercontent.com", "thumbprints", "a" * 40), (
        "update_open_id_connect_provider_thumbprint"), {
        "OpenIDConnectProviderArn": oidc, "ThumbprintList": ["a" * 40]}
    yield ("iam_user/one/eve", None, None), "create_user", {"UserName": "eve"}


def center_changes(n, i):
    sso, people = "sso_admin", "identitystore"
    reader = {**n.instance, "PermissionSetArn": i.sets["Reader"]}
    membership = n.aws.identitystore.get_group_membership_id(
        **n.store, GroupId=i.groups["ops"], MemberId={"UserId": i.users["ben"]})["MembershipId"]

    def edge(account, group="eng"):
        return {**reader, "TargetId": n.accounts[account], "TargetType": "AWS_ACCOUNT",
                "PrincipalType": "GROUP", "PrincipalId": i.groups[group]}

    yield ("permission_set/Reader", "session_duration", None), sso, "update_permission_set", {
        **reader, "SessionDuration": "PT2H"}
    yield ("permission_set/Reader", "aws_managed_policies", ADMIN), sso, (
        "attach_managed_policy_to_permission_set"), {**reader, "ManagedPolicyArn": ADMIN}
    yield ("permission_set/Reader", "inline_policy", None), sso, (
        "delete_inline_policy_from_permission_set"), reader
    yield ("permission_set/Reader", "tags", "s"), sso, "tag_resource", {
        **n.instance, "ResourceArn": i.sets["Reader"], "Tags": [{"Key": "s", "Value": "y"}]}
    yield ("assignment/Reader/two/group/eng", None, None), sso, "delete_account_assignment", (
        edge("two"))
    yield ("assignment/Reader/two/group/ops", None, None), sso, "create_account_assignment", (
        edge("two", "ops"))
    yield ("identity_group/eng", "members", "identity_user/ben"), people, (
        "create_group_membership"), {
        **n.store, "GroupId": i.groups["eng"], "MemberId": {"UserId": i.users["ben"]}}
    yield ("identity_group/ops", "members", "identity_user/ben"), people, (
        "delete_group_membership"), {**n.store, "MembershipId": membership}
    yield ("identity_group/eng", "description", None), people, "update_group", {
        **n.store, "GroupId": i.groups["eng"],
        "Operations": [{"AttributePath": "description", "AttributeValue": "e"}]}
    yield ("identity_user/ann", "display_name", None), people, "update_user", {
        **n.store, "UserId": i.users["ann"],
        "Operations": [{"AttributePath": "displayName", "AttributeValue": "Z"}]}


def same(call: str) -> str:
    return call.replace("_", "").lower()


def test_every_sort(night):
    """All at once, each by another session."""
    n, wanted = night, {}
    i = ids(n)
    management = [*organization_changes(n, i), *center_changes(n, i)]
    changes = [(seed.MANAGEMENT, *c) for c in management]
    changes += [(n.accounts["one"], key, "iam", *rest) for key, *rest in iam_changes(n)]
    for number, (account, key, service, call, given) in enumerate(changes):
        session = f"session-{number}"
        assert key not in wanted
        wanted[key] = session, same(call)
        getattr(getattr(n.hands.of(account, session), service), call)(**given)
    report = drift(n)
    found = {key: e and (e[0], same(e[1])) for key, e in events(report).items()}
    wrong = {
        key: (found.get(key, "no item"), want)
        for key, want in wanted.items()
        if found.get(key) != want
    }
    others = {key: e for key, e in found.items() if key not in wanted}
    assert wrong == {}, (wrong, others)
    assert report["drift"]["trail_unread"] is None
    owners = {item["address"]: item["owner"] for item in report["drift"]["items"]}
    assert owners["iam_role/one/deploy"] == "@people"
    assert owners["unit/A"] == "@platform"


def test_our_own_are_left_out(night):
    """What an apply did is nobody's, and so is what it set after somebody."""
    n = night
    i = ids(n)
    org = n.hands.of(seed.MANAGEMENT, "mallory").organizations
    org.tag_resource(ResourceId=i.units["A"], Tags=[{"Key": "team", "Value": "y"}])
    time.sleep(1.1)
    n.charter("apply", "--ref", "HEAD", "--path", "aws", timeout=300).expect(0)
    report = drift(n)
    assert [item for item in report["drift"]["items"] if not item["quiet"]] == []
    org.tag_resource(ResourceId=i.units["A"], Tags=[{"Key": "team", "Value": "z"}])
    report = drift(n)
    assert events(report)["unit/A", "tags", "team"] == ("mallory", "TagResource")
    assert report["drift"]["own_calls"] > 0


def test_cloudtrail_does_not_tell(night):
    """It is said once, with what to do, and is no error: what differs is known without it."""
    n = night
    one = n.hands.of(n.accounts["one"], "ops")
    one.iam.update_role(RoleName="deploy", MaxSessionDuration=7200)
    n.bench.simulator.control("PUT", "faults", b"deny@cloudtrail:LookupEvents")
    report = drift(n)
    n.bench.simulator.control("PUT", "faults", b"")
    assert events(report)["iam_role/one/deploy", "max_session_duration", None] is None
    unread = report["drift"]["trail_unread"]
    assert n.accounts["one"] in unread and "allow cloudtrail:LookupEvents" in unread
    assert unread.count("AccessDenied") == 1 and "\n" not in unread
    asked = [r for r in n.bench.proxy.requests if r.operation == "LookupEvents"]
    assert len(asked) <= 3, "one refusal is enough: of IAM in each of two accounts, of the rest"
