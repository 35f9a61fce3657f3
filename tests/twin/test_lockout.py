"""Whole runs that would lock somebody out: the apply is refused with exit 3 before any call, and a
neighbour that differs little and harms nobody is applied."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import plans
import pytest
import seed
from conftest import Charter, Repo
from inside import ACCESS_ROLE
from seed import role_trust as trust

ADMINISTRATOR = "aws/AdministratorAccess"


def document(effect: str, action: Any, **more: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


ALL, FEW = document("Allow", "*"), document("Allow", "s3:*")
NO_IAM, NOTHING = document("Deny", "iam:*"), document("Deny", "*")
ROOT_USER = {"AWS": seed.ROOT_USER}
OTHERS = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/{ACCESS_ROLE}"}}
BUT_US = document("Deny", "*", Condition=OTHERS)
NO_S3 = document("Deny", "s3:*")
ISSUER = "ci.example.com"
BY_TOKEN = trust(
    {"Federated": f"arn:aws:iam::{seed.MANAGEMENT}:oidc-provider/{ISSUER}"},
    "sts:AssumeRoleWithWebIdentity",
    Condition={"StringEquals": {f"{ISSUER}:sub": "main", f"{ISSUER}:aud": "c"}},
)


def outside(organization: str) -> dict[str, Any]:
    """A resource control policy: roles only for people of this organization."""
    condition = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization},
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }
    return document("Deny", "sts:AssumeRole", Principal="*", Condition=condition)


def scp(content: dict[str, Any]) -> dict[str, Any]:
    return {"document": content}


def rcp(content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RESOURCE_CONTROL_POLICY", "document": content}


Paths = dict[str, Any]


@dataclass
class Case:
    """What stands where before, and by what the harmful and the harmless commit replace some of
    it: keys are paths into the configuration, with colons; a value of None takes the key out."""

    name: str
    before: Paths
    harmful: Paths
    harmless: Paths
    says: str


def own(before: dict[str, Any]) -> Paths:
    return {f"iam:accounts:master:{section}": entries for section, entries in before.items()}


def user(name: str, value: Any) -> Paths:
    return {f"iam:accounts:master:users:{name}": value}


def role(name: str, value: Any) -> Paths:
    return {f"iam:accounts:master:roles:{name}": value}


BY_GROUP = {
    "groups": {"admins": {"managed_policies": [ADMINISTRATOR]}},
    "users": {"alice": {"groups": ["admins"]}, "bob": {"groups": []}, "carol": {"groups": []}},
}
DIRECTLY = {"users": {"alice": {"managed_policies": [ADMINISTRATOR]}, "bob": {}, "carol": {}}}
ADMIN_ROLE = {"trust": trust(ROOT_USER), "managed_policies": [ADMINISTRATOR]}
PLAIN_ROLE = {"trust": trust(ROOT_USER)}

ADMINISTRATORS = [
    Case(
        "the last member leaves the group",
        own(BY_GROUP),
        user("alice", {"groups": []}),
        {**user("alice", {"groups": []}), **user("bob", {"groups": ["admins"]})},
        "RemoveUserFromGroup, takes administrator access to the management account "
        "(account/master) from iam_user/master/alice: left is nobody",
    ),
    Case(
        "the group's policy is detached",
        own({**BY_GROUP, "policies": {"all": {"document": ALL}}}),
        {"iam:accounts:master:groups:admins:managed_policies": []},
        {"iam:accounts:master:groups:admins:managed_policies": ["all"]},
        "DetachGroupPolicy, takes administrator access",
    ),
    Case(
        "the group is deleted",
        own({**BY_GROUP, "groups": {**BY_GROUP["groups"], "a": {}, "b": {}}}),
        {"iam:accounts:master:groups:admins": None, **user("alice", {"groups": []})},
        {"iam:accounts:master:groups:a": None, **user("bob", {"groups": ["b"]})},
        "takes administrator access",
    ),
    Case(
        "the document of the policy narrows",
        own(
            {
                "policies": {"all": {"document": ALL}},
                "users": {"alice": {"managed_policies": ["all"]}},
            }
        ),
        {"iam:accounts:master:policies:all:document": document("Allow", ["iam:*", "s3:*"])},
        {"iam:accounts:master:policies:all:document": document("Allow", "*:*")},
        "CreatePolicyVersion, takes administrator access",
    ),
    Case(
        "a boundary is put",
        own({**DIRECTLY, "policies": {"few": {"document": FEW}}}),
        {"iam:accounts:master:users:alice:permissions_boundary": "few"},
        {
            "iam:accounts:master:users:alice:permissions_boundary": ADMINISTRATOR,
            "iam:accounts:master:users:bob:permissions_boundary": "few",
        },
        "PutUserPermissionsBoundary, takes administrator access",
    ),
    Case(
        "the user is deleted",
        own(DIRECTLY),
        user("alice", None),
        user("bob", None),
        "from iam_user/master/alice",
    ),
    Case(
        "the user expires",
        own(DIRECTLY),
        {"iam:accounts:master:users:alice:expires": "2020-01-01"},
        {"iam:accounts:master:users:bob:expires": "2020-01-01"},
        "from iam_user/master/alice",
    ),
    Case(
        "an inline policy goes",
        own({"users": {"alice": {"inline_policies": {"all": ALL, "few": FEW}}, "bob": {}}}),
        {"iam:accounts:master:users:alice:inline_policies": {"few": FEW}},
        {"iam:accounts:master:users:alice:inline_policies": {"all": ALL}},
        "DeleteUserPolicy, takes administrator access",
    ),
    Case(
        "an inline policy denies more than it did",
        own({"users": {"alice": {"managed_policies": [ADMINISTRATOR], "inline_policies": {}}}}),
        {"iam:accounts:master:users:alice:inline_policies": {"no": NO_IAM}},
        {"iam:accounts:master:users:alice:inline_policies": {"no": NO_S3}},
        "PutUserPolicy, takes administrator access",
    ),
    Case(
        "the role's trust narrows to a service",
        own({"roles": {"admin": ADMIN_ROLE}}),
        {"iam:accounts:master:roles:admin:trust": trust({"Service": "ec2.amazonaws.com"})},
        {
            "iam:accounts:master:roles:admin:trust": trust(
                ROOT_USER, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}
            )
        },
        "UpdateAssumeRolePolicy, takes administrator access",
    ),
    Case(
        "the role is deleted",
        own({"roles": {"admin": ADMIN_ROLE, "b": PLAIN_ROLE, "c": PLAIN_ROLE}}),
        role("admin", None),
        role("b", None),
        "from iam_role/master/admin",
    ),
    Case(
        "the role's boundary",
        own({"roles": {"admin": ADMIN_ROLE}, "policies": {"few": {"document": FEW}}}),
        {"iam:accounts:master:roles:admin:permissions_boundary": "few"},
        {"iam:accounts:master:roles:admin:permissions_boundary": ADMINISTRATOR},
        "PutRolePermissionsBoundary, takes administrator access",
    ),
    Case(
        "the provider that the role trusts goes",
        own(
            {
                "oidc_providers": {
                    issuer: {"client_ids": ["c"]} for issuer in (ISSUER, "b.example", "c.example")
                },
                "roles": {"admin": {"trust": BY_TOKEN, "managed_policies": [ADMINISTRATOR]}},
            }
        ),
        {f"iam:accounts:master:oidc_providers:{ISSUER}": None},
        {"iam:accounts:master:oidc_providers:b.example": None},
        "DeleteOpenIDConnectProvider, takes administrator access",
    ),
    Case(
        "fewer than the minimum",
        {
            **own(
                {
                    "groups": {"admins": {"managed_policies": [ADMINISTRATOR]}},
                    "users": {n: {"groups": ["admins"]} for n in ("alice", "bob", "carol")},
                }
            ),
            "charter:guards:administrators": {"minimum": 2, "principals": ["group/admins"]},
        },
        {**user("bob", {"groups": []}), **user("carol", {"groups": []})},
        user("carol", {"groups": []}),
        "left is iam_user/master/alice, and at least 2 must be",
    ),
    Case(
        "the last administrator of the account where people are",
        {
            "charter:guards:administrators": {"principals": ["group/admins"]},
            "jump": {"account": "x"},
            "iam:accounts:x": BY_GROUP,
        },
        {"iam:accounts:x:users:alice:groups": []},
        {"iam:accounts:x:users:alice:groups": [], "iam:accounts:x:users:carol:groups": ["admins"]},
        "from iam_user/x/alice: left is nobody",
    ),
]

UNITS = {"A": {}, "B": {}, "B/C": {}, "D": {}}
MEMBERS = [
    Case(
        "an SCP that denies everything is attached",
        {"units": UNITS, "policies": {"no": scp(NOTHING), "but-us": scp(BUT_US)}},
        {"units:A:policies": ["no"]},
        {"units:A:policies": ["but-us"]},
        "AttachPolicy, would lock account/x: policy/no denies "
        "iam:GetAccountAuthorizationDetails to the access role",
    ),
    Case(
        "it is attached to the account itself",
        {"units": UNITS, "policies": {"no": scp(NO_IAM), "s3": scp(NO_S3)}},
        {"accounts:x:policies": ["no"]},
        {"accounts:x:policies": ["s3"]},
        "AttachPolicy, would lock account/x: policy/no denies",
    ),
    Case(
        "it is attached to the root",
        {"units": UNITS, "policies": {"no": scp(NOTHING), "s3": scp(NO_S3)}},
        {"charter:organization:root:policies": ["no"]},
        {"charter:organization:root:policies": ["s3"]},
        "AttachPolicy, would lock account/x: policy/no denies",
    ),
    Case(
        "the document of an SCP changes",
        {"units": {**UNITS, "A": {"policies": ["no"]}}, "policies": {"no": scp(NO_S3)}},
        {"policies:no": scp(document("Deny", ["iam:Attach*", "s3:*"]))},
        {"policies:no": scp(document("Deny", ["iam:Create*", "s3:*"]))},
        "UpdatePolicy, would lock account/x: policy/no denies iam:AttachRolePolicy",
    ),
    Case(
        "an allow list without IAM",
        {
            "units": UNITS,
            "policies": {"few": scp(FEW), "some": scp(document("Allow", ["iam:*", "s3:*"]))},
        },
        {"units:A": {"policies": ["few"], "allow_list": True}},
        {"units:A": {"policies": ["some"], "allow_list": True}},
        "would lock account/x: no policy left there allows",
    ),
    Case(
        "the account moves below an SCP",
        {
            "units": {**UNITS, "B": {"policies": ["no"]}, "D": {"policies": ["but-us"]}},
            "policies": {"no": scp(NO_IAM), "but-us": scp(BUT_US)},
        },
        {"accounts:x:unit": "B/C"},
        {"accounts:x:unit": "D"},
        "MoveAccount, would lock account/x: policy/no denies",
    ),
    Case(
        "the unit moves below an SCP",
        {
            "units": {"A": {}, "A/E": {}, "B": {"policies": ["no"]}, "D": {}},
            "policies": {"no": scp(NO_IAM)},
            "accounts:x:unit": "A/E",
        },
        {
            "units:A/E": None,
            "units:B/E": {"previously": "A/E", "move": True},
            "accounts:x:unit": "B/E",
        },
        {
            "units:A/E": None,
            "units:D/E": {"previously": "A/E", "move": True},
            "accounts:x:unit": "D/E",
        },
        "MoveAccount, would lock account/x: policy/no denies",
    ),
    Case(
        "an RCP over the access role",
        {
            "units": UNITS,
            "policies": {
                "ours": rcp(outside("${organization.id}")),
                "theirs": rcp(outside("o-anotherorg1")),
            },
        },
        {"units:A:policies": ["theirs"]},
        {"units:A:policies": ["ours"]},
        "AttachPolicy, would lock account/x: policy/theirs denies sts:AssumeRole",
    ),
    Case(
        "the document of an RCP changes",
        {
            "units": {**UNITS, "A": {"policies": ["ours"]}},
            "policies": {"ours": rcp(outside("${organization.id}"))},
        },
        {"policies:ours": rcp(document("Deny", "sts:*", Principal="*"))},
        {"policies:ours": rcp(document("Deny", "s3:*", Principal="*"))},
        "UpdatePolicy, would lock account/x: policy/ours denies sts:AssumeRole",
    ),
    Case(
        "an account moves where all is denied, beside the unit for that",
        {
            "charter:guards:suspended_unit": "B",
            "units": {**UNITS, "B": {"policies": ["no"]}, "D": {"policies": ["no"]}},
            "policies": {"no": scp(NOTHING)},
        },
        {"accounts:x:unit": "D"},
        {"accounts:x:unit": "B"},
        "MoveAccount, would lock account/x",
    ),
    Case(
        "a new account is made where all is denied",
        {
            "units": {**UNITS, "D": {"policies": ["no"]}},
            "policies": {"no": scp(NOTHING)},
        },
        {"accounts:y": {"email": "y@example.com", "unit": "D"}},
        {"accounts:y": {"email": "y@example.com", "unit": "A"}},
        "MoveAccount, would lock account/y: policy/no denies",
    ),
]


def model_of(world: Paths) -> dict[str, Any]:
    model = seed.empty_model()
    organization = model["charter"]["organization"]
    organization["policy_types"] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
    organization["root"] = {"policies": [], "tags": {}}
    model["accounts"]["x"] = {"email": "x@example.com", "unit": "A"}
    model["units"] = {"A": {}}
    return edited(model, world)


def edited(model: dict[str, Any], changes: Paths) -> dict[str, Any]:
    model = copy.deepcopy(model)
    for path, value in changes.items():
        *above, last = path.split(":")
        at = model
        for step in above:
            at = at.setdefault(step, {})
        if value is None:
            del at[last]
        else:
            at[last] = copy.deepcopy(value)
    return model


def files_of(model: dict[str, Any], bench: Any) -> dict[str, str]:
    organization = bench.aws.organizations.describe_organization()["Organization"]
    model["charter"]["organization"]["id"] = organization["Id"]
    model["accounts"]["master"]["email"] = organization["MasterAccountEmail"]
    files = seed.config(model)
    if "jump" in model:
        files["jump.yaml"] = seed.dump({"jump": model["jump"]})
    return files


@pytest.mark.parametrize("case", ADMINISTRATORS + MEMBERS, ids=lambda case: case.name)
def test_plan(bench: Any, charter: Charter, repo: Repo, case: Case) -> None:
    bench.aws.organizations.create_organization(FeatureSet="ALL")
    charter.repo = repo.path
    before = model_of(case.before)
    repo.commit(files_of(before, bench))
    charter.apply()

    repo.commit(files_of(edited(before, case.harmful), bench))
    bench.proxy.reset()
    plan = charter.plan("--ref", "HEAD", code=3)
    refusing = [g["detail"] for g in plan["guards"] if g["result"] == "refuse"]
    assert [g["name"] for g in plan["guards"] if g["result"] == "refuse"] == ["lockout"], refusing
    assert case.says in refusing[0]
    refused = charter("apply", "--ref", "HEAD").expect(3)
    assert "lockout" in refused.out + refused.err and case.says in refused.out + refused.err
    assert bench.proxy.mutations() == []

    repo.commit(files_of(edited(before, case.harmless), bench))
    charter.apply()
    assert not all(plans.record_request(request) for request in bench.proxy.mutations())
    plans.assert_empty(charter.plan("--ref", "HEAD"))


ROLE_OF_X = {"trust": trust(ROOT_USER), "managed_policies": [ADMINISTRATOR]}


@pytest.mark.parametrize(
    "change",
    [
        {"trust": trust({"Service": "ec2.amazonaws.com"})},
        {"managed_policies": []},
        {"permissions_boundary": "few"},
        {"inline_policies": {"no": NOTHING}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_access_role_is_left_alone(
    bench: Any, charter: Charter, repo: Repo, change: dict[str, Any]
) -> None:
    """The role by which the account is entered is declared in it: what would change it is left to
    other hands, beside it the account goes on."""
    bench.aws.organizations.create_organization(FeatureSet="ALL")
    charter.repo = repo.path
    inside = {"roles": {ACCESS_ROLE: ROLE_OF_X}, "policies": {"few": {"document": FEW}}}
    before = model_of({"iam:accounts:x": inside})
    repo.commit(files_of(before, bench))
    charter.apply()

    after = {f"iam:accounts:x:roles:{ACCESS_ROLE}": {**ROLE_OF_X, **change}}
    repo.commit(files_of(edited(before, {**after, "iam:accounts:x:users": {"bob": {}}}), bench))
    bench.proxy.reset()
    plan = charter.plan("--ref", "HEAD")
    assert [note["address"] for note in plan["by_hand"]] == [f"iam_role/x/{ACCESS_ROLE}"]
    assert "this run lives by it" in plan["by_hand"][0]["text"]
    charter.apply()
    done = [r.operation for r in bench.proxy.mutations() if r.service == "iam"]
    assert done == ["CreateUser"]


def test_access_role_is_not_deleted(bench: Any, charter: Charter, repo: Repo) -> None:
    bench.aws.organizations.create_organization(FeatureSet="ALL")
    charter.repo = repo.path
    roles = {ACCESS_ROLE: ROLE_OF_X, "a": PLAIN_ROLE, "b": PLAIN_ROLE}
    before = model_of({"iam:accounts:x": {"roles": roles}})
    repo.commit(files_of(before, bench))
    charter.apply()
    gone = edited(before, {f"iam:accounts:x:roles:{ACCESS_ROLE}": None})
    repo.commit(files_of(gone, bench))
    bench.proxy.reset()
    refused = charter("apply", "--ref", "HEAD").expect(3)
    assert f"this run lives by it as iam_role/x/{ACCESS_ROLE}" in refused.out + refused.err
    assert bench.proxy.mutations() == []
    repo.commit(files_of(edited(before, {"iam:accounts:x:roles:a": None}), bench))
    charter.apply()
    assert "DeleteRole" in [r.operation for r in bench.proxy.mutations()]
