"""What others change in Identity Center is found, and put right; what is not declared is let be."""

from __future__ import annotations

import json

import pytest
import plans
import seed
from center import MANAGED
from staff import FIRST, WRITE, rows
from test_identity import access, assert_center

OTHER = json.loads(json.dumps(WRITE).replace("s3:PutObject", "s3:*"))


def add_assignment(staff):
    staff.center.assign("Reader", "lab-1", "user/dan")


def remove_assignment(staff):
    staff.center.unassign("Admin", "work-2", "group/ops")


def add_member(staff):
    staff.center.add_member("ops", "ann")


def remove_member(staff):
    staff.center.remove_member("eng", "ben")


def change_person(staff):
    staff.center.store.update_user(
        **staff.center.where, UserId=staff.center.users()["cat"],
        Operations=[{"AttributePath": "displayName", "AttributeValue": "Kat"}],
    )  # fmt: skip


def edit_inline_policy(staff):
    staff.center.sso.put_inline_policy_to_permission_set(
        **staff.center.set_of("Writer"), InlinePolicy=json.dumps(OTHER)
    )


def detach_policy(staff):
    staff.center.sso.detach_managed_policy_from_permission_set(
        **staff.center.set_of("Reader"), ManagedPolicyArn=MANAGED + "SecurityAudit"
    )


def drop_boundary(staff):
    staff.center.sso.delete_permissions_boundary_from_permission_set(
        **staff.center.set_of("Writer")
    )


def tag_set(staff):
    staff.center.sso.tag_resource(
        **staff.center.instance,
        ResourceArn=staff.center.sets()["Reader"],
        Tags=[{"Key": "team", "Value": "by hand"}],
    )


def old_version(staff):
    """Edited and edited back: as declared, but the accounts have another."""
    of_set = staff.center.set_of("Admin")
    for policy in (OTHER, WRITE):
        staff.center.sso.put_inline_policy_to_permission_set(**of_set, InlinePolicy=json.dumps(policy))
    staff.center.sso.delete_inline_policy_from_permission_set(**of_set)


# By hand: what it is called, the change that puts it right, and the attribute of it.
CHANGES = {
    add_assignment: ("assignment/Reader/lab-1/user/dan", ""),
    remove_assignment: ("assignment/Admin/work-2/group/ops", ""),
    add_member: ("identity_group/ops", "members"),
    remove_member: ("identity_group/eng", "members"),
    change_person: ("identity_user/cat", "display_name"),
    edit_inline_policy: ("permission_set/Writer", "inline_policy"),
    drop_boundary: ("permission_set/Writer", "permissions_boundary"),
    detach_policy: ("permission_set/Reader", "aws_managed_policies"),
    tag_set: ("permission_set/Reader", "tags"),
    old_version: ("permission_set/Admin", "provisioned"),
}


def attributes(report):
    return {c["address"]: {a["name"] for a in c["attributes"]} for c in report["changes"]}


def test_each_outside_change_is_found_and_put_right(staff, proxy):
    for change in CHANGES:
        change(staff)
    report = staff.charter("drift", "-o", "json").expect(0).json()
    assert {c["reason"] for c in report["changes"]} == {"drift"}
    found = attributes(report)
    assert set(found) == {address for address, _ in CHANGES.values()}
    for address, name in CHANGES.values():
        assert not name or name in found[address], (address, found[address])
    assert proxy.mutations() == []
    staff.charter("drift", "--detailed-exitcode").expect(2)
    plan = staff.charter.plan("--ref", "HEAD")
    provisioned = plans.attribute_of(plan, "permission_set/Admin", "provisioned")
    assert provisioned["live"] == "not in lab-1, master, work-1"  # work-2 has none now
    assert plans.attribute_of(plan, "permission_set/Writer", "provisioned")
    # Each of the three sets is provisioned once, however much of it changed.
    calls = staff.calls(plan)
    assert calls.count("ProvisionPermissionSet") == 3
    assert "user/ben work-1 Reader via group/eng" in access(plan, "gain")
    assert "user/dan lab-1 Reader" in access(plan, "loss")
    staff.charter.apply()
    assert_center(staff.center, staff.model, rows(FIRST))
    staff.charter("drift", "--detailed-exitcode").expect(0)


@pytest.mark.parametrize("change", [remove_assignment, drop_boundary, old_version])
def test_one_alone(staff, change):
    """Its change, and no other call than those it needs."""
    change(staff)
    address, _ = CHANGES[change]
    plan = staff.charter.plan("--ref", "HEAD")
    assert plans.reasons(plan) == {address: "drift"}
    wanted = {
        remove_assignment: ["CreateAccountAssignment"],
        drop_boundary: ["ProvisionPermissionSet", "PutPermissionsBoundaryToPermissionSet"],
        old_version: ["ProvisionPermissionSet"],
    }
    assert staff.calls(plan) == wanted[change]
    staff.charter.apply()
    assert_center(staff.center, staff.model, rows(FIRST))
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))


def test_who_loses_a_set_that_goes_was_shown(staff, proxy, tmp_path):
    """Given by hand after the plan was approved: its loss was seen by nobody."""
    path = tmp_path / "plan.json"
    after = seed.changed(staff.model)
    del after["identity_center"]["permission_sets"]["Writer"]
    del after["identity_center"]["assignments"][2]
    staff.commit(after)
    staff.charter("plan", "--ref", "HEAD", "--out", str(path)).expect(0)
    staff.center.assign("Writer", "lab-1", "user/dan")
    proxy.reset()
    refused = staff.charter("apply", str(path), "--ref", "HEAD").expect(4)
    assert "assignment/Writer/lab-1/user/dan" in refused.err and staff.sent() == []
    plan = staff.charter("plan", "--ref", "HEAD", "--out", str(path), "-o", "json").expect(0).json()
    assert plans.reasons(plan)["assignment/Writer/lab-1/user/dan"] == "conflict"
    staff.charter("apply", str(path), "--ref", "HEAD").expect(0)
    assert "Writer" not in staff.center.sets()


def test_assignment_of_somebody_who_was_deleted(staff, proxy):
    """An exact reading sees it, and it goes."""
    center = staff.center
    center.make_user("gone")
    center.assign("Reader", "work-1", "user/gone")
    gone = center.users()["gone"]
    center.store.delete_user(**center.where, UserId=gone)
    report = staff.charter("drift", "--exact", "-o", "json").expect(0).json()
    (change,) = report["changes"]
    assert change["action"] == "delete" and gone in change["address"] + change["id"]
    staff.charter.apply("--exact")
    assert staff.sent() == ["DeleteAccountAssignment"]
    assert center.read_assignments() == rows(FIRST)


def test_what_is_not_declared_is_listed_and_let_be(staff, proxy):
    center = staff.center
    center.make_user("stranger")
    center.make_group("strangers", ["stranger"])
    center.make_set("ByHand", ["ReadOnlyAccess"])
    center.assign("ByHand", "work-1", "group/strangers")
    synced = center.make_user("zoe")
    center.synchronize(synced)
    report = staff.charter("drift", "-o", "json").expect(0)
    listed = {u["address"] for u in report.json()["unmanaged"]}
    assert {"identity_user/stranger", "identity_group/strangers", "permission_set/ByHand"} <= listed
    assert any(a.startswith("assignment/ByHand/work-1/group/") for a in listed), listed
    # What an identity provider keeps is nobody's to declare.
    assert "identity_user/zoe" not in listed
    assert report.json()["changes"] == []
    plan = staff.charter.plan("--ref", "HEAD")
    plans.assert_empty(plan)
    after = seed.changed(staff.model)
    after["charter"]["unmanaged"] = {"identity_center": "ignore"}
    after["identity_center"]["groups"]["eng"]["description"] = "Makes"
    staff.commit(after)
    staff.charter.apply()
    assert staff.sent() == ["UpdateGroup"]
    plan = staff.charter.plan("--ref", "HEAD")
    assert not {u["address"] for u in plan.get("unmanaged", [])} & listed
