"""What is refused before anybody is let in or locked out by it: policies that an account lacks, too many
removals, the last administrator, a region that moves."""

from __future__ import annotations

import json

import plans
import seed
from inside import Inside
from staff import FIRST, WRITE, assign, rows
from test_identity import assert_center


def said(result) -> str:
    return result.out + result.err


def test_policy_that_an_account_lacks(staff, proxy):
    """Refused with its name and the account's; done once it is there."""
    inside = Inside(staff.bench)
    sets = seed.changed(staff.model)["identity_center"]["permission_sets"]
    named = {"name": "team", "path": "/people/"}
    sets["Bench"] = {"customer_managed_policies": [named], "permissions_boundary": {
        "customer_managed_policy": {"name": "most", "path": "/people/"}}}  # fmt: skip
    own = staff.model["identity_center"]["assignments"]
    products = [*own, assign("Bench", "group/eng", units=["Work"])]
    staff.put(permission_sets=sets, assignments=products)
    result = staff.charter("apply", "--ref", "HEAD").expect(3)
    for word in ("permission_set/Bench", "/people/team", "/people/most", "work-1", "work-2"):
        assert word in said(result), word
    assert staff.sent() == []
    document = json.dumps(WRITE)
    for account in ("work-1", "work-2"):
        for name in ("team", "most"):
            inside.iam(staff.ids.accounts[account]).create_policy(
                PolicyName=name, Path="/people/", PolicyDocument=document
            )
    staff.charter.apply()
    after = seed.changed(staff.model)
    after["identity_center"]["permission_sets"] = sets
    assigned = {**FIRST, "Bench group/eng": ["work-1", "work-2"]}
    assert_center(staff.center, after, rows(assigned))

    if staff.bench.simulator.name == "moto":
        # On moto, which makes no roles, it can go from under those who are assigned: that is told.
        gone = staff.ids.accounts["work-1"]
        inside.iam(gone).delete_policy(PolicyArn=f"arn:aws:iam::{gone}:policy/people/team")
        plan = staff.charter.plan("--ref", "HEAD")
        plans.assert_empty(plan)
        assert "/people/team" in json.dumps(plan["warnings"])
    # Another account is not let in without it.
    products[-1] = assign("Bench", "group/eng", units=["Work", "Lab"])
    staff.put(permission_sets=sets, assignments=products)
    result = staff.charter("apply", "--ref", "HEAD").expect(3)
    assert "lab-1" in said(result)


def test_policy_that_the_same_commit_declares(staff):
    """It comes into the account before anybody who is to have it."""
    after = seed.changed(staff.model)
    after["iam"] = {"baselines": {"people": {
        "units": ["Work"],
        "policies": {"team": {"path": "/people/", "document": WRITE}},
    }}}  # fmt: skip
    center = after["identity_center"]
    center["permission_sets"]["Bench"] = {
        "description": "", "customer_managed_policies": [{"name": "team", "path": "/people/"}],
    }  # fmt: skip
    center["assignments"].append(assign("Bench", "group/eng", units=["Work"]))
    staff.commit(after)
    plan = staff.charter.plan("--ref", "HEAD")
    numbers = {c["change"]: c["n"] for c in plan["calls"]}
    for account in ("work-1", "work-2"):
        policy = numbers[f"iam_policy/{account}/team"]
        assignment = numbers[f"assignment/Bench/{account}/group/eng"]
        needs = {c["n"]: c["needs"] for c in plan["calls"]}
        assert policy in needs[assignment] and policy < assignment
    staff.charter.apply()
    assigned = {**FIRST, "Bench group/eng": ["work-1", "work-2"]}
    assert_center(staff.center, after, rows(assigned))
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))


def test_members_of_groups_have_a_budget(staff, proxy):
    groups = seed.changed(staff.model)["identity_center"]["groups"]
    groups["eng"]["members"], groups["ops"]["members"] = ["dan"], ["dan"]
    staff.put(groups=groups)
    result = staff.charter("apply", "--ref", "HEAD").expect(3)
    assert "removals" in said(result) and "member" in said(result)
    assert staff.sent() == []
    groups["eng"]["members"], groups["ops"]["members"] = ["ann", "dan"], ["cat", "dan"]
    staff.put(groups=groups)
    staff.charter.apply()
    assert staff.center.read_groups()["eng"]["members"] == ["ann", "dan"]


def test_last_administrator_stays(staff, proxy):
    own = staff.model["identity_center"]["assignments"]
    staff.put(assignments=own[:-1] + [assign("Admin", "group/ops", units=["Work", "Lab"])])
    result = staff.charter("apply", "--ref", "HEAD").expect(3)
    assert "lockout" in said(result) and staff.sent() == []


def test_center_does_not_move(staff, proxy):
    staff.put(region="eu-central-1")
    result = staff.charter("plan", "--ref", "HEAD").expect(1)
    assert "eu-central-1" in result.err and "identity_center.yaml:" in result.err
    assert staff.sent() == []


def test_whole_section_gone(staff, proxy):
    """Groups that are no longer written are a mistake; written empty they are meant, and counted."""
    after = seed.changed(staff.model)
    del after["identity_center"]["users"]
    after["identity_center"]["source"] = "scim"
    staff.commit(after)
    result = staff.charter("apply", "--ref", "HEAD").expect(3)
    assert "identity_center/users" in said(result) and staff.sent() == []
