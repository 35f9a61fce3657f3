"""How a run enters accounts, where a configuration would have it enter others, or by another role."""

from __future__ import annotations

import json

import plans
import pytest
import seed
import yaml

A, B = "222222222222", "333333333333"
ROLE, OTHER_ROLE = "OrganizationAccountAccessRole", "Other"


def trust() -> str:
    return json.dumps(seed.role_trust({"AWS": seed.ROOT_USER}))


def arn(account: str, role: str = ROLE) -> str:
    return f"arn:aws:iam::{account}:role/{role}"


def configuration(**access) -> dict[str, str]:
    body = {
        "charter": 1,
        "organization": "none",
        "record": {"account": "operations", "role": "charter-record"},
        "access": access,
        "accounts": {"operations": {"id": seed.MANAGEMENT}, "a": {"id": A}, "b": {"id": B}},
        "iam": {"accounts": {"a": {"users": {"alice": {}}}, "b": {}}},
    }
    return {"charter.yaml": yaml.safe_dump(body)}


@pytest.fixture
def accounts(bench, charter, repo):
    """Two accounts without an organization, each with two roles that the run may assume."""
    bench.aws.iam.create_role(RoleName="charter-record", AssumeRolePolicyDocument=trust())
    bench.simulator.control("POST", "accounts", json.dumps({A: ROLE, B: ROLE}).encode())
    for account in (A, B):
        own = seed.clients(bench.proxy.url, f"AKIAOBSV{account}", bench.simulator.secret)
        own.iam.create_role(RoleName=OTHER_ROLE, AssumeRolePolicyDocument=trust())
    charter.repo = repo.path
    return bench


def assumed(bench) -> list[str]:
    """The roles that were asked for since the proxy was reset."""
    return sorted(r.input["RoleArn"] for r in bench.proxy.requests if r.operation == "AssumeRole")


def test_a_role_of_another_account(accounts, charter, repo):
    repo.commit(configuration(accounts={"a": {"role": arn(B)}}))
    accounts.proxy.reset()
    plan = charter.plan("--ref", "HEAD", code=6)
    assert assumed(accounts) == [arn(B)], "that of b itself"
    (unread,) = {u["message"] for u in plan["unread"]}
    assert "another account" in unread
    assert plans.real_calls(plan) == []
    charter.apply(code=6)
    assert "CreateUser" not in {request.operation for request in accounts.proxy.mutations()}


def test_a_branch_before_the_first_apply(accounts, charter, repo):
    """The branch that is merged into says how accounts are entered, not the one that asks."""
    repo.commit(configuration())
    repo.git("checkout", "-q", "-b", "asks")
    repo.commit(configuration(role=OTHER_ROLE))
    accounts.proxy.reset()
    charter.plan("--target", "main", "--ref", "asks")
    assert assumed(accounts) == [arn(A), arn(B)]


def test_a_role_that_is_not_there(accounts, charter, repo):
    """Once applied it would count, and nothing could be entered or recorded any more."""
    repo.commit(configuration())
    charter.apply()
    repo.commit(configuration(role="Missing"))
    accounts.proxy.reset()
    refused = charter.apply(code=3)
    assert f"{arn(A, 'Missing')}, which is not there" in refused.out + refused.err
    assert accounts.proxy.mutations() == []
    repo.commit(configuration(role=OTHER_ROLE))
    charter.apply()
    accounts.proxy.reset()
    plans.assert_empty(charter.plan("--ref", "HEAD"))
    assert assumed(accounts) == [arn(A, OTHER_ROLE), arn(B, OTHER_ROLE)]


def test_an_account_more(accounts, charter, repo):
    """One that no commit before has named is entered as the others are."""
    files = configuration(role=OTHER_ROLE)
    body = yaml.safe_load(files["charter.yaml"])
    less = {**body, "accounts": {k: v for k, v in body["accounts"].items() if k != "b"}}
    less["iam"] = {"accounts": {"a": body["iam"]["accounts"]["a"]}}
    repo.commit({"charter.yaml": yaml.safe_dump(less)})
    charter.apply()
    repo.commit(files)
    accounts.proxy.reset()
    charter.apply()
    assert set(assumed(accounts)) == {arn(A, OTHER_ROLE), arn(B, OTHER_ROLE)}
