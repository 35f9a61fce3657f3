"""Nights in which something cannot be read: each operation of a reading in turn, in the run's own account
and in a member's, while every scope has drift and after all of it was put right. Nothing is in sync, nothing
resolved that was not seen, the issue stays open; and the next whole reading says all."""

from __future__ import annotations

import copy
import datetime
import json
import re
import sys
from types import SimpleNamespace
from typing import Any

import conftest
import pytest
import seed
import staff
from center import Center
from inside import Inside

sys.path.insert(0, str(conftest.ROOT / "tests/forge"))

from comment_job import NO_AWS  # noqa: E402
from forge_server import forge_server  # noqa: E402

MEMBER = "work-1"
TRUST = seed.role_trust({"AWS": seed.ROOT_USER})
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ISSUER = "token.example"


def model_of() -> dict[str, Any]:
    """Something of every kind."""
    model = staff.staff_model()
    for path in ("policies/one.json", "policies/two.json"):
        model["documents"][path] = seed.statement("Deny", ["organizations:LeaveOrganization"])
        name = path.removeprefix("policies/").removesuffix(".json")
        model["policies"][name] = {"document": path, "tags": {"owner": "platform"}}
    organization = model["charter"]["organization"]
    organization["trusted_services"] = ["account.amazonaws.com", "guardduty.amazonaws.com"]
    organization["delegated_administrators"] = {"guardduty.amazonaws.com": ["lab-1"]}
    organization["root"] = {"policies": ["one"], "tags": {"owner": "platform"}}
    model["units"]["Work"] = {"policies": ["two"], "tags": {"tier": "work"}}
    model["accounts"][MEMBER] |= {"tags": {"number": "1"}, "policies": []}
    inside = {
        "users": {"ann": {"groups": ["all"], "managed_policies": [], "inline_policies": {}}},
        "groups": {"all": {"managed_policies": []}},
        "roles": {"app": {"trust": TRUST, "managed_policies": [], "tags": {"a": "1"}}},
        "policies": {"dev": {"document": seed.allow(["s3:Get*"]), "tags": {"a": "1"}}},
        "oidc_providers": {ISSUER: {"client_ids": ["one"]}},
        "password_policy": {"minimum_length": 20},
    }
    model["iam"] = {
        "accounts": {
            "master": {**inside, "alias": "main-alias"},
            MEMBER: {**copy.deepcopy(inside), "alias": "work-alias"},
        }
    }
    return model


def drift(aws: Any, ids: Any, center: Center, iams: list[Any]) -> None:
    """By hand, in each scope."""
    org = aws.organizations
    for thing, key in (
        (ids.root, "owner"),
        (ids.units["Work"], "tier"),
        (ids.accounts[MEMBER], "number"),
        (ids.policies["one"], "owner"),
    ):
        org.tag_resource(ResourceId=thing, Tags=[{"Key": key, "Value": "by hand"}])
    org.detach_policy(PolicyId=ids.policies["two"], TargetId=ids.units["Work"])
    org.attach_policy(PolicyId=ids.policies["two"], TargetId=ids.accounts[MEMBER])
    content = json.dumps(seed.statement("Deny", ["s3:*"]))
    org.update_policy(PolicyId=ids.policies["one"], Content=content)
    org.move_account(
        AccountId=ids.accounts["work-2"],
        SourceParentId=ids.units["Work"],
        DestinationParentId=ids.units["Lab"],
    )
    org.create_organizational_unit(ParentId=ids.root, Name="ByHand")
    org.deregister_delegated_administrator(
        AccountId=ids.accounts["lab-1"], ServicePrincipal="guardduty.amazonaws.com"
    )
    org.disable_aws_service_access(ServicePrincipal="guardduty.amazonaws.com")
    for iam in iams:
        drift_inside(iam)
    drift_center(center)


def drift_inside(iam: Any) -> None:
    own = iam.get_user(UserName="ann")["User"]["Arn"].rpartition("user/")[0]
    document = json.dumps(seed.allow(["s3:*"]))
    iam.attach_user_policy(UserName="ann", PolicyArn=ADMIN)
    iam.remove_user_from_group(UserName="ann", GroupName="all")
    iam.attach_group_policy(GroupName="all", PolicyArn=ADMIN)
    iam.tag_role(RoleName="app", Tags=[{"Key": "a", "Value": "by hand"}])
    trust = json.dumps(seed.role_trust({"AWS": "arn:aws:iam::999999999999:root"}))
    iam.update_assume_role_policy(RoleName="app", PolicyDocument=trust)
    iam.create_policy_version(PolicyArn=f"{own}policy/dev", PolicyDocument=document, SetAsDefault=True)
    iam.tag_policy(PolicyArn=f"{own}policy/dev", Tags=[{"Key": "a", "Value": "by hand"}])
    provider = f"{own}oidc-provider/{ISSUER}"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=provider, ClientID="two")
    (alias,) = iam.list_account_aliases()["AccountAliases"]
    iam.delete_account_alias(AccountAlias=alias)
    iam.update_account_password_policy(MinimumPasswordLength=8)
    iam.create_user(UserName="stranger")


def drift_center(center: Center) -> None:
    more = {"IdentityStoreId": center.where["IdentityStoreId"], "UserId": center.users()["dan"]}
    operation = {"AttributePath": "displayName", "AttributeValue": "Another"}
    center.store.update_user(**more, Operations=[operation])
    center.store.update_group(
        **center.where,
        GroupId=center.groups()["eng"],
        Operations=[{"AttributePath": "description", "AttributeValue": "By hand"}],
    )
    center.add_member("ops", "dan")
    reader, writer = center.set_of("Reader"), center.set_of("Writer")
    center.sso.update_permission_set(**reader, SessionDuration="PT9H")
    center.sso.detach_managed_policy_from_permission_set(
        **reader, ManagedPolicyArn="arn:aws:iam::aws:policy/SecurityAudit"
    )
    center.sso.put_inline_policy_to_permission_set(
        **writer, InlinePolicy=json.dumps(seed.allow(["s3:*"]))
    )
    center.sso.delete_permissions_boundary_from_permission_set(**writer)
    tags = [{"Key": "team", "Value": "by hand"}]
    arn = reader["PermissionSetArn"]
    center.sso.tag_resource(**center.instance, ResourceArn=arn, Tags=tags)
    center.assign("Admin", "lab-1", "user/dan")
    center.unassign("Reader", "master", "user/cat")
    center.make_user("stranger")


class Scene:
    """An organization with drift in each scope, the same without, and what was remembered on the night
    when the drift was new; made once."""

    def __init__(self, bench, binary, repo, home):
        self.repo, self.home = repo, home
        model = model_of()
        inside = model.pop("iam")
        model, self.ids = bench.make({**model, "iam": {}})
        repo.commit(seed.config({**model, "iam": inside}))
        nights = Nights(self, bench, binary, home)
        nights.charter.apply()
        self.whole = json.dumps(bench.simulator.control("GET", "state")).encode()
        nights.look(0)
        iams = [bench.aws.iam, Inside(bench).iam(self.ids.accounts[MEMBER])]
        drift(bench.aws, self.ids, Center(bench, self.ids.accounts), iams)
        self.drifted = json.dumps(bench.simulator.control("GET", "state")).encode()
        bench.proxy.reset()
        self.seen = nights.look(2)
        self.known = nights.file.read_text()
        asked = [(r, bench.proxy.account_of(r) == self.ids.accounts[MEMBER]) for r in bench.proxy.requests]
        self.asked = {(f"{r.service}:{r.operation}", inside) for r, inside in asked if not r.mutates}


class Nights:
    def __init__(self, scene, bench, binary, home):
        self.scene, self.bench, self.proxy = scene, bench, bench.proxy
        simulator = bench.simulator
        self.charter = conftest.Charter(
            binary, home, bench.proxy.url, simulator.key, simulator.secret
        )
        self.charter.repo = scene.repo.path
        self.file = home / "ledger.json"

    def become(self, state):
        self.bench.simulator.control("PUT", "state", state)

    def forget(self, state):
        """As it was on the morning after that night; nobody asks who did it."""
        self.become(state)
        self.file.write_text(self.scene.known)
        self.mend()

    def mend(self):
        self.proxy.reset()
        self.proxy.add("deny", service="cloudtrail", times=0)

    def is_untouched(self):
        """Nothing was written since that night, but that it was a night ago."""
        return self.ledger() == json.loads(older(self.scene.known))

    def ledger(self):
        return json.loads(self.file.read_text())

    def sleep(self):
        """A day goes by: all that is remembered is older."""
        if self.file.exists():
            self.file.write_text(older(self.file.read_text()))

    def look(self, *codes):
        """A night, with all that it says."""
        self.sleep()
        files = {kind: self.charter.home / f"drift.{kind}" for kind in ("json", "markdown", "html")}
        outputs = [word for kind, path in files.items() for word in ("-o", f"{kind}={path}")]
        for path in files.values():
            path.unlink(missing_ok=True)
        result = self.charter(
            *("drift", "--detailed-exitcode", "--state", str(self.file), "-o", "text", *outputs),
            env={"AWS_MAX_ATTEMPTS": "1"},
        ).expect(*codes)
        said = {kind: path.read_text() if path.exists() else "" for kind, path in files.items()}
        report = json.loads(said["json"]) if said["json"] else None
        return SimpleNamespace(
            code=result.code, text=result.out, err=result.err, **said, report=report
        )


def older(text):
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]{8}Z", day_before, text)


def day_before(found):
    time = datetime.datetime.fromisoformat(found[0].replace("Z", "+00:00"))
    return (time - datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


# What a look asks, "*" where it asks in the member too; and what it does without: what is told of the
# whole organization is needed to know that it is the right one.
READS = """
organizations:ListRoots organizations:ListOrganizationalUnitsForParent organizations:ListAccounts
organizations:ListPolicies organizations:DescribePolicy organizations:ListTargetsForPolicy
organizations:ListTagsForResource organizations:ListAWSServiceAccessForOrganization
organizations:ListDelegatedAdministrators
iam:GetAccountAuthorizationDetails* iam:GetAccountPasswordPolicy* iam:GetOpenIDConnectProvider*
iam:ListAccountAliases* iam:ListOpenIDConnectProviders* iam:ListPolicyTags* iam:ListRoles*
sts:AssumeRole
identitystore:ListUsers identitystore:ListGroups identitystore:ListGroupMemberships
sso:ListInstances sso:ListPermissionSets sso:DescribePermissionSet sso:GetInlinePolicyForPermissionSet
sso:GetPermissionsBoundaryForPermissionSet sso:ListAccountAssignments sso:ListTagsForResource
sso:ListAccountsForProvisionedPermissionSet sso:ListManagedPoliciesInPermissionSet
sso:ListCustomerManagedPolicyReferencesInPermissionSet
""".split()
FATAL = {("sts:GetCallerIdentity", False), ("organizations:DescribeOrganization", False)}
TRAIL = {("cloudtrail:LookupEvents", False), ("cloudtrail:LookupEvents", True)}
ROWS = [
    (name.removesuffix("*"), inside)
    for name in READS
    for inside in ((False, True) if name.endswith("*") else (False,))
]
@pytest.fixture(scope="session")
def scenes():
    return {}


@pytest.fixture
def nights(scenes, bench, binary, tmp_path, tmp_path_factory):
    if "scene" not in scenes:
        home = tmp_path_factory.mktemp("nights")
        scenes["scene"] = Scene(bench, binary, conftest.Repo(home / "repo"), home / "home")
    made = Nights(scenes["scene"], bench, binary, tmp_path / "home")
    made.forget(made.scene.drifted)
    return made


def name(item):
    return item["kind"], item["address"], item["attribute"], item["element"]


def shown(night):
    """Open differences, without what says that something was not read."""
    return {
        name(i) for i in night.report["drift"]["items"] if not i["quiet"] and i["kind"] != "unread"
    }


def resolved(night):
    return {name(r) for r in night.report["drift"]["resolved"]}


def remembered(ledger):
    return {i["name"]: i["first"] for i in ledger["items"] if i.get("kind") != "unread"}


def reported(night):
    """What a partial reading says, wherever it is said."""
    report = night.report
    assert report["complete"] is False
    assert [i for i in report["drift"]["items"] if i["kind"] == "unread"]
    for text in (night.text, night.markdown):
        assert "in sync:" not in text and "incomplete" in text, text[:600]
    data = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', night.html, re.S)
    assert json.loads(data[0])["complete"] is False


def trouble(nights, way, operation, inside):
    """From now on this operation does not answer: in the member, or in the run's own account."""
    service, operation = operation.split(":")
    member = nights.scene.ids.accounts[MEMBER]
    action = {"later": "deny"}.get(way, way)
    return nights.proxy.add(
        action,
        service=service,
        operation=operation,
        where=lambda r: (nights.proxy.account_of(r) == member) == inside,
        nth=1 if way == "later" else 0,
        times=0,
    )


# Without it nobody knows what was applied last: nothing is compared.
BLIND = {"organizations:ListRoots", "organizations:ListTagsForResource"}


def test_what_a_look_asks(nights):
    """The table has all of it."""
    assert nights.scene.asked == set(ROWS) | FATAL | TRAIL


@pytest.mark.parametrize("operation, inside", ROWS)
def test_denied(nights, operation, inside):
    play(nights, "deny", operation, inside)


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", ["throttle", "truncate", "html", "repeat_token", "later"])
@pytest.mark.parametrize("operation, inside", ROWS)
def test_unread(nights, way, operation, inside):
    play(nights, way, operation, inside)


def play(nights, way, operation, inside):
    scene = nights.scene
    fault = trouble(nights, way, operation, inside)
    first = nights.look(0, 2, 6)
    if first.report and first.report["complete"]:
        assert way in ("later", "repeat_token"), "the fault changes nothing"
        return
    assert fault.hits and first.code == 6
    if not first.report:
        assert operation in BLIND or way == "later"
        assert nights.is_untouched()
        return
    # Nothing was put right: all is remembered since it was seen, and nothing else is told.
    reported(first)
    assert resolved(first) == set()
    assert shown(first) <= shown(scene.seen)
    assert {i["kind"] for i in first.report["drift"]["items"] if i["fresh"]} <= {"unread"}
    assert remembered(nights.ledger()) == remembered(json.loads(older(scene.known)))

    # All was put right: what is not looked at may be there still.
    nights.become(scene.whole)
    second = nights.look(6)
    if not second.report:
        assert way == "later"  # this time it is the root's tags
        return
    reported(second)
    assert shown(second) == set()
    if way != "later":
        assert resolved(second) <= shown(first)

    nights.mend()
    third = nights.look(0)
    gone = {r for r in resolved(third) if r[0] != "unread"}
    assert gone == shown(scene.seen) and third.report["complete"]
    assert "in sync:" in third.text and "in sync:" in third.markdown


@pytest.mark.parametrize("operation, inside", ROWS)
def test_then_it_is_read_again(nights, operation, inside):
    """What is there still is nothing new."""
    trouble(nights, "deny", operation, inside)
    nights.look(6)
    nights.mend()
    again = nights.look(2)
    assert shown(again) == shown(nights.scene.seen)
    assert not [i for i in again.report["drift"]["items"] if i["fresh"]]
    assert {r[0] for r in resolved(again)} <= {"unread"}


@pytest.mark.parametrize("operation, inside", sorted(FATAL))
def test_who_am_i(nights, operation, inside):
    """Of another organization, or of nobody, nothing is said and nothing remembered."""
    trouble(nights, "deny", operation, inside)
    night = nights.look(1)
    assert not night.report and nights.is_untouched()


@pytest.mark.parametrize("inside", [False, True])
def test_nobody_is_named(nights, inside):
    """Without CloudTrail there is a report all the same."""
    nights.proxy.reset()
    trouble(nights, "deny", "cloudtrail:LookupEvents", inside)
    night = nights.look(2)
    assert "AccessDenied" in night.report["drift"]["trail_unread"] and night.report["complete"]
    assert night.text.count("AccessDenied") == night.markdown.count("AccessDenied") == 1
    named = {
        name(night.report["drift"]["items"][k])
        for cause in night.report["drift"]["causes"]
        if cause["principal"]
        for k in cause["items"]
    }
    member = {n for n in named if MEMBER in n[1] and n[1].startswith("iam_")}
    assert named and bool(member) != inside and (inside or named == member)
    nights.become(nights.scene.whole)
    assert resolved(nights.look(0)) == shown(nights.scene.seen)
