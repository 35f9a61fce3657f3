"""Accounts that are full before charter comes: what no configuration mentions is listed, but for
what belongs to AWS, and nothing of it is touched."""

from __future__ import annotations

import concurrent.futures
import json
from typing import Any, Iterator

import plans
import pytest
import seed
from conftest import build_world
from inside import Inside, names

USERS, GROUPS, ROLES, POLICIES = 300, 50, 200, 150
TRUST = json.dumps(seed.role_trust({"Service": "ec2.amazonaws.com"}))
DOCUMENT = json.dumps(seed.allow(["s3:Get*"]))
# Roles that belong to AWS, by their names.
RESERVED = [
    *(f"AWSReservedSSO_Set{k}_0123456789abcde{k}" for k in range(8)),
    *(f"AWSControlTowerRole{k}" for k in range(4)),
    "AWSControlTowerExecution",
    "aws-controltower-AdministratorExecutionRole",
    "aws-controltower-ConfigRecorderRole",
    *(f"stacksets-exec-{k}" for k in range(5)),
]
LINKED = [
    "autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "ecs.amazonaws.com",
    "rds.amazonaws.com",
    "config.amazonaws.com",
]
OWN_ROLES = ROLES - len(RESERVED) - len(LINKED)

Calls = list[tuple[str, dict[str, Any]]]


def stages(account: str) -> Iterator[Calls]:
    """Calls that fill an account; those of one stage need one another in nothing."""
    arn = f"arn:aws:iam::{account}:policy"
    yield [
        *(
            ("CreatePolicy", {"PolicyName": f"policy-{k}", "PolicyDocument": DOCUMENT})
            for k in range(POLICIES)
        ),
        *(("CreateGroup", {"GroupName": f"group-{k}", "Path": "/teams/"}) for k in range(GROUPS)),
    ]
    yield [
        *(
            ("CreateUser", {"UserName": f"user-{k}", "Tags": seed.tag_list({"team": f"t{k % 9}"})})
            for k in range(USERS)
        ),
        *(
            ("CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": TRUST})
            for name in [*(f"role-{k}" for k in range(OWN_ROLES)), *RESERVED]
        ),
        *(("CreateServiceLinkedRole", {"AWSServiceName": service}) for service in LINKED),
        *(
            ("AttachGroupPolicy", {"GroupName": f"group-{k}", "PolicyArn": f"{arn}/policy-{k}"})
            for k in range(0, GROUPS, 5)
        ),
    ]
    yield [
        *(
            ("AddUserToGroup", {"UserName": f"user-{k}", "GroupName": f"group-{k % GROUPS}"})
            for k in range(0, USERS, 4)
        ),
        *(
            ("AttachRolePolicy", {"RoleName": f"role-{k}", "PolicyArn": f"{arn}/policy-{k}"})
            for k in range(0, 100, 9)
        ),
        *(
            (
                "PutUserPolicy",
                {"UserName": f"user-{k}", "PolicyName": "x", "PolicyDocument": DOCUMENT},
            )
            for k in range(0, USERS, 30)
        ),
        *(("CreateAccessKey", {"UserName": f"user-{k}"}) for k in range(0, USERS, 15)),
    ]


def fill(bench: Any, iam: Any, account: str) -> None:
    twin = bench.simulator.name == "twin"

    def do(call: tuple[str, dict[str, Any]]) -> None:
        operation, input_ = call
        if twin:
            body = {"account": account, "service": "iam", "operation": operation, "input": input_}
            bench.simulator.control("POST", "do", json.dumps(body).encode())
        else:
            getattr(iam, boto_name(iam, operation))(**input_)

    with concurrent.futures.ThreadPoolExecutor(1 if twin else 4) as pool:
        for stage in stages(account):
            list(pool.map(do, stage))
    if not twin:
        path = "/aws-reserved/sso.amazonaws.com/"
        iam.create_role(RoleName="elsewhere", Path=path, AssumeRolePolicyDocument=TRUST)


def boto_name(client: Any, operation: str) -> str:
    mapping = client.meta.method_to_api_mapping
    return next(name for name, wire in mapping.items() if wire == operation)


def expected(account: str) -> set[str]:
    counts = {"user": USERS, "group": GROUPS, "role": OWN_ROLES, "policy": POLICIES}
    return {
        f"iam_{kind}/{account}/{kind}-{k}" for kind, count in counts.items() for k in range(count)
    }


@pytest.fixture
def adopted(bench, charter, repo):
    """The run's own account and one that is entered, both full."""
    model = seed.empty_model()
    model["charter"]["organization"]["policy_types"] = ["SERVICE_CONTROL_POLICY"]
    model["charter"]["organization"]["root"] = {"policies": [], "tags": {}}
    model["accounts"]["prod"] = {"email": "aws+prod@example.com", "unit": "/"}
    world = build_world(model, bench, repo, charter)
    world.inside = Inside(bench)
    fill(bench, bench.aws.iam, seed.MANAGEMENT)
    prod = world.ids.accounts["prod"]
    fill(bench, None if bench.simulator.name == "twin" else world.inside.iam(prod), prod)
    return world


def in_prod(world: Any) -> dict[str, list[str]]:
    iam = world.inside.iam(world.ids.accounts["prod"])
    return {what: names(iam, what) for what in ("users", "roles")}


def listed(document: dict[str, Any]) -> set[str]:
    return {n["address"] for n in document["unmanaged"] if n["kind"].startswith("iam_")}


def test_full_accounts(adopted, proxy):
    """Nothing to do; all of it is listed, and none of AWS's own."""
    model = seed.changed(adopted.model)
    model["iam"] = {"accounts": {"master": {}, "prod": {}}}
    adopted.commit(model)
    before = in_prod(adopted)
    assert len(before["users"]) == USERS and len(before["roles"]) >= ROLES
    proxy.reset()
    plan = adopted.charter.plan("--ref", "HEAD")
    plans.assert_empty(plan)
    assert plan["changes"] == [] and plan["complete"] and not plan["unread"]
    assert {g["result"] for g in plan["guards"]} == {"pass"}
    assert listed(plan) == expected("master") | expected("prod")
    assert plan["summary"]["unmanaged"] == len(plan["unmanaged"])
    assert proxy.mutations() == []

    # The text has them in few lines, and the apply writes no more than its record.
    assert len(adopted.charter("plan", "--ref", "HEAD").expect(0).out.splitlines()) < 80
    adopted.charter.apply()
    assert all(plans.record_request(r) for r in proxy.mutations())
    drift = adopted.charter("drift", "-o", "json").expect(0).json()
    assert drift["changes"] == [] and listed(drift) == listed(plan)
    assert in_prod(adopted) == before


def test_few_of_many_are_declared(adopted, proxy):
    """Those declared as they are are adopted without a call, one that differs is changed alone, and
    the others stay where they are."""
    users = {f"user-{k}": {"groups": [f"group-{k}"], "tags": {"team": f"t{k}"}} for k in (0, 4, 8)}
    groups = {f"group-{k}": {"path": "/teams/"} for k in (0, 4, 8)}
    groups["group-7"] = {"path": "/teams/", "managed_policies": []}
    for name in ("master", "prod"):
        adopted.model["iam"].setdefault("accounts", {})[name] = seed.changed(
            {"users": users, "groups": groups}
        )
    adopted.commit(adopted.model)
    plan = adopted.charter.plan("--ref", "HEAD")
    # With the root and the two accounts.
    assert plan["changes"] == [] and plan["summary"]["adopt"] == 14 + 3
    declared = {f"iam_user/prod/{n}" for n in users} | {f"iam_group/prod/{n}" for n in groups}
    of_prod = {a for a in listed(plan) if a.startswith(("iam_user/prod/", "iam_group/prod/"))}
    assert of_prod & declared == set() and len(of_prod) == USERS + GROUPS - len(declared)
    adopted.charter.apply()

    after = seed.changed(adopted.model)
    after["iam"]["accounts"]["prod"]["users"]["user-4"]["tags"] = {"team": "other"}
    del after["iam"]["accounts"]["prod"]["users"]["user-8"]
    adopted.commit(after)
    proxy.reset()
    plan = adopted.charter.plan("--ref", "HEAD")
    assert plans.reasons(plan) == {
        "iam_user/prod/user-4": "config",
        "iam_user/prod/user-8": "config",
    }
    assert plans.change_of(plan, "iam_user/prod/user-8")["action"] == "delete"
    adopted.charter.apply()
    there = names(adopted.inside.iam(adopted.ids.accounts["prod"]), "users")
    assert "user-8" not in there and len(there) == USERS - 1
    assert {r.input.get("UserName") for r in proxy.mutations() if r.service == "iam"} == {
        "user-4", "user-8",
    }
    plans.assert_empty(adopted.charter.plan("--ref", "HEAD"))
