"""IAM Identity Center: the example from nothing to applied; what a commit gives to and takes from
people, permission sets and accounts; what is refused."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import plans
import pytest
import seed
import yaml
from center import MANAGED, Center, wanted
from live import difference, loosened
from staff import FIRST, assign, person, rows
from test_jump import account_ids

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "ml-platform"
EVERYWHERE = [
    "data-lake", "feature-store", "labelling", "vision-training", "speech-training",
    "model-evaluation", "inference-prod",
]  # fmt: skip
# What access.yaml of the example means, by set and principal.
ASSIGNED = {
    "PlatformAdmin group/platform": ["master", *EVERYWHERE],
    "MLEngineer group/vision": ["vision-training"],
    "MLEngineer group/speech": ["speech-training"],
    "DataEngineer group/data-engineers": ["data-lake", "feature-store"],
    "DataEngineer user/omar": ["labelling"],
    "Evaluator group/evaluators": ["model-evaluation"],
    "Auditor group/auditors": ["audit", "log-archive", *EVERYWHERE],
}


def assert_center(center: Center, model: dict[str, Any], assigned: list[str]) -> None:
    live, want = center.read(), wanted(model)
    want.assignments = sorted(assigned)
    differs = difference(loosened(vars(live)), loosened(vars(want)))
    assert not differs, "\n".join(differs[:20])


def example_files(email: str) -> dict[str, str]:
    files = {}
    for path in sorted(EXAMPLE.rglob("*.*")):
        text = path.read_text().replace('"111111111111"', f'"{seed.MANAGEMENT}"')
        files[str(path.relative_to(EXAMPLE))] = text.replace("email: aws@example.com", f"email: {email}")
    return files


def example_model(files: dict[str, str]) -> dict[str, Any]:
    """Of its files, the part that is Identity Center."""
    center: dict[str, Any] = {}
    for path in ("people.yaml", "access.yaml"):
        center |= yaml.safe_load(files[path])["identity_center"]
    documents = {p: json.loads(text) for p, text in files.items() if p.endswith(".json")}
    return {"identity_center": center, "documents": documents}


def test_example_from_nothing_to_applied(bench, charter, repo):
    org = bench.aws.organizations
    org.create_organization(FeatureSet="ALL")
    seed.trust(org)
    model = seed.empty_model()
    seed.name_management(model, bench.aws)
    files = example_files(model["accounts"]["master"]["email"])
    repo.commit(files, "the platform")
    charter.repo = repo.path
    charter("validate").expect(0)
    charter.apply()
    accounts = account_ids(bench.aws)
    assert len(accounts) == 10
    center = Center(bench, accounts)
    assert_center(center, example_model(files), rows(ASSIGNED))
    plan = charter.plan("--ref", "HEAD")
    plans.assert_empty(plan)
    assert plan["access"] == [] and plan["complete"]
    charter("drift", "--detailed-exitcode").expect(0)


def access(plan: dict[str, Any], effect: str) -> list[str]:
    """Rows of the access difference: PRINCIPAL ACCOUNT SET [via GROUP]."""
    found = [row for row in plan["access"] if row["effect"] == effect]
    return sorted(
        f"{r['principal']} {r['account']} {r['permission']}"
        + (f" via {r['through']}" if r["through"] else "")
        for r in found
    )


def test_renames(staff, proxy):
    """Of people and groups they are updates, and no assignment is touched."""
    after = seed.changed(staff.model)
    center = after["identity_center"]
    center["users"]["anna"] = {**center["users"].pop("ann"), "previously": "ann"}
    center["groups"]["builders"] = {
        **center["groups"].pop("eng"), "members": ["anna", "ben"], "previously": "eng",
    }  # fmt: skip
    for product in center["assignments"]:
        if "eng" in product.get("groups", []):
            product["groups"] = ["builders", *product["groups"][1:]]
    staff.commit(after)
    plan = staff.charter.plan("--ref", "HEAD")
    assert staff.calls(plan) == ["UpdateGroup", "UpdateUser"]
    assert plan["access"] == []
    staff.charter.apply()
    renamed = [row.replace("group/eng", "group/builders") for row in rows(FIRST)]
    assert_center(staff.center, after, renamed)
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))


def test_permission_set_cannot_be_renamed(staff, proxy):
    sets = seed.changed(staff.model)["identity_center"]["permission_sets"]
    sets["Viewer"] = {**sets.pop("Reader"), "previously": "Reader"}
    assignments = seed.changed(staff.model)["identity_center"]["assignments"]
    for product in assignments:
        product["permission_sets"] = [n.replace("Reader", "Viewer") for n in product["permission_sets"]]
    staff.put(permission_sets=sets, assignments=assignments)
    result = staff.charter("apply", "--ref", "HEAD").expect(1, 3)
    said = result.out + result.err
    assert "AWS cannot rename a permission set" in said and "second merge" in said
    assert staff.sent() == []


def test_account_moves_to_another_unit(staff):
    after = seed.changed(staff.model)
    after["accounts"]["work-2"]["unit"] = "Lab"
    staff.commit(after)
    plan = staff.charter.plan("--ref", "HEAD")
    assert access(plan, "gain") == [
        "user/ann work-2 Writer via group/eng",
        "user/ben work-2 Writer via group/eng",
        "user/cat work-2 Writer via group/ops",
    ]
    assert access(plan, "loss") == [
        "user/ann work-2 Reader via group/eng",
        "user/ben work-2 Reader via group/eng",
    ]
    assert staff.calls(plan) == ["CreateAccountAssignment"] * 2 + ["DeleteAccountAssignment"]
    staff.charter.apply()
    moved = {**FIRST, "Reader group/eng": ["work-1"]}
    moved |= {f"Writer group/{g}": ["lab-1", "work-2"] for g in ("eng", "ops")}
    assert_center(staff.center, after, rows(moved))
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))


def test_assignment_ends_on_its_date(staff):
    products = staff.model["identity_center"]["assignments"]
    ends = assign("Writer", "user/dan group/eng", accounts=["lab-1", "work-1"], expires="2027-03-31")
    staff.put(assignments=[*products, ends])
    staff.charter.apply()
    before = rows(FIRST) + ["Writer/lab-1/user/dan", "Writer/work-1/user/dan", "Writer/work-1/group/eng"]
    assert staff.center.read_assignments() == sorted(before)
    plans.assert_empty(staff.charter.plan("--ref", "HEAD", "--date", "2027-03-31T12:00:00Z"))
    late = ("--date", "2027-04-01T00:00:01Z")
    plan = staff.charter.plan("--ref", "HEAD", *late)
    gone = {a: r for a, r in plans.reasons(plan).items() if a.startswith("assignment/")}
    # What another product gives without an end stays.
    assert gone == {
        f"assignment/Writer/{who}": "expired"
        for who in ("lab-1/user/dan", "work-1/user/dan", "work-1/group/eng")
    }
    staff.charter.apply(*late)
    assert staff.center.read_assignments() == rows(FIRST)
    plans.assert_empty(staff.charter.plan("--ref", "HEAD", *late))


def test_deletions(staff, proxy):
    """A set goes after its assignments, and with them; a group and a person likewise."""
    writer, admin = (staff.center.sets()[name] for name in ("Writer", "Admin"))
    after = seed.changed(staff.model)
    center = after["identity_center"]
    del center["permission_sets"]["Writer"]
    del center["users"]["cat"]
    del center["groups"]["ops"]
    center["users"]["dan"]["email"] = "dan@example.org"
    center["assignments"] = [
        assign("Reader", "group/eng", units=["Work"]),
        assign("Admin", "user/dan", accounts=["master"], units=["Work", "Lab"]),
    ]
    staff.commit(after)
    plan = staff.charter.plan("--ref", "HEAD")
    lost = [
        *[f"user/cat {account} Admin via group/ops" for account in sorted(FIRST["Admin group/ops"])],
        "user/ann lab-1 Writer via group/eng",
        "user/ben lab-1 Writer via group/eng",
        "user/cat lab-1 Writer via group/ops",
        "user/cat master Reader",
    ]
    assert access(plan, "loss") == sorted(lost)
    staff.charter.apply()
    of_writer = [
        r.operation for r in proxy.mutations() if r.input.get("PermissionSetArn") == writer
    ]
    assert of_writer == ["DeleteAccountAssignment"] * 2 + ["DeletePermissionSet"]
    # Somebody administers the management account at every step.
    of_admin = [
        r.operation
        for r in proxy.mutations()
        if (r.input.get("PermissionSetArn"), r.input.get("TargetId")) == (admin, seed.MANAGEMENT)
    ]
    assert of_admin == ["CreateAccountAssignment", "DeleteAccountAssignment"]
    kept = {
        "Reader group/eng": FIRST["Reader group/eng"],
        "Admin user/dan": FIRST["Admin group/ops"],
    }
    assert_center(staff.center, after, rows(kept))
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))


def test_set_is_taken_over_with_all_its_assignments_or_not_at_all(staff, proxy):
    """The lines that are missing are printed, and once they stand there nothing is done."""
    staff.center.make_set("Legacy", ["ReadOnlyAccess"], Description="Older than charter")
    staff.center.assign("Legacy", "work-1", "group/eng")
    staff.center.assign("Legacy", "lab-1", "user/dan")
    declared = {"description": "Older than charter", "aws_managed_policies": ["aws/ReadOnlyAccess"]}
    sets = {**staff.model["identity_center"]["permission_sets"], "Legacy": declared}
    own = staff.model["identity_center"]["assignments"]
    staff.put(permission_sets=sets)
    result = staff.charter("apply", "--ref", "HEAD").expect(1, 3)
    said = result.out + result.err
    missing = [
        line.strip()
        for line in said.splitlines()
        if line.strip().startswith("- {") and "Legacy" in line
    ]
    assert staff.sent() == [] and missing, said
    lines = yaml.safe_load("\n".join(missing))
    staff.put(permission_sets=sets, assignments=[*own, *lines])
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))
    staff.charter.apply()
    assert staff.sent() == []
    legacy = ["Legacy/lab-1/user/dan", "Legacy/work-1/group/eng"]
    assert staff.center.read_assignments() == sorted(rows(FIRST) + legacy)
    # AWS has an id for the set, and none for who has it where.
    listed = staff.charter("report", "ids", "-q").expect(0).out
    assert "permission_set/Legacy arn:" in listed and "assignment/" not in listed


def test_people_of_an_identity_provider(staff, proxy):
    """They are used, and never written; a name that nobody has blocks what needs it alone."""
    center = staff.center
    ids = [center.make_user("zoe"), center.make_group("contractors", ["zoe"])]
    center.synchronize(*ids)
    own = staff.model["identity_center"]["assignments"]
    outside = assign("Reader", "group/contractors group/nobody user/zoe", accounts=["lab-1"])
    staff.put(source="scim", assignments=[*own, outside])
    plan = staff.charter.plan("--ref", "HEAD", code=6)
    blocked = plans.change_of(plan, "assignment/Reader/lab-1/group/nobody")
    assert "nobody" in blocked["blocked"]
    assert staff.calls(plan) == ["CreateAccountAssignment"] * 2
    assert "user/zoe lab-1 Reader via group/contractors" in access(plan, "gain")
    staff.charter.apply(code=6)
    new = ["Reader/lab-1/group/contractors", "Reader/lab-1/user/zoe"]
    assert center.read_assignments() == sorted(rows(FIRST) + new)
    assert set(staff.sent()) == {"CreateAccountAssignment"}

    # The provider's own business: a declaration that would write it is refused.
    proxy.reset()
    groups = {
        **staff.model["identity_center"]["groups"],
        "contractors": {"description": "Ours now", "members": []},
    }
    outside = assign("Reader", "group/contractors user/zoe", accounts=["lab-1"])
    staff.put(source="scim", groups=groups, assignments=[*own, outside])
    result = staff.charter("apply", "--ref", "HEAD").expect(1, 3)
    assert "identity provider" in result.out + result.err and staff.sent() == []


def test_account_that_is_not_active_is_left_out(staff):
    staff.bench.simulator.make_accounts_older(60)
    staff.aws.organizations.close_account(AccountId=staff.ids.accounts["lab-1"])
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))
    users = {**staff.model["identity_center"]["users"], "eve": person("eve")}
    own = staff.model["identity_center"]["assignments"]
    eve = assign("Writer", "user/eve", units=["Lab", "Work"])
    staff.put(users=users, assignments=[*own, eve])
    staff.charter.apply()
    new = ["Writer/work-1/user/eve", "Writer/work-2/user/eve"]
    assert staff.center.read_assignments() == sorted(rows(FIRST) + new)
    # Those in it are nobody's.
    staff.put(users=users, assignments=[eve, *(p for p in own if p.get("units") != ["Lab"])])
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))


def test_from_a_delegated_administrator(staff):
    """What concerns the management account goes by a session there, the rest by the run's own."""
    if staff.bench.simulator.name == "moto":
        pytest.skip("moto has an instance of Identity Center in each account")
    one = staff.ids.accounts["work-1"]
    service = "sso.amazonaws.com"
    staff.aws.organizations.enable_aws_service_access(ServicePrincipal=service)
    staff.aws.organizations.register_delegated_administrator(
        AccountId=one, ServicePrincipal=service
    )
    trust = json.dumps(seed.role_trust({"AWS": f"arn:aws:iam::{one}:root"}))
    staff.aws.iam.create_role(RoleName="charter", AssumeRolePolicyDocument=trust)
    staff.aws.iam.attach_role_policy(RoleName="charter", PolicyArn=MANAGED + "AdministratorAccess")
    after = seed.changed(staff.model)
    after["charter"]["access"] = {
        "accounts": {"master": {"role": "charter"}, "work-1": {"role": "none"}}
    }
    center = after["identity_center"]
    center["assignments"].append(assign("Reader", "user/dan", accounts=["master", "lab-1"]))
    for name in ("Reader", "Writer"):
        center["permission_sets"][name]["session_duration"] = "3h"
    staff.commit(after)
    staff.charter.environment["AWS_ACCESS_KEY_ID"] = f"AKIATWIN{one}"
    plan = staff.charter.plan("--ref", "HEAD")
    made = {
        (call["operation"], call["change"]): call["account"]
        for call in plan["calls"]
        if call["service"] == "sso-admin"
    }
    reader, writer = "permission_set/Reader", "permission_set/Writer"
    assert made == {
        ("UpdatePermissionSet", reader): "master",
        ("ProvisionPermissionSet", reader): "master",
        ("UpdatePermissionSet", writer): "work-1",
        ("ProvisionPermissionSet", writer): "work-1",
        ("CreateAccountAssignment", "assignment/Reader/lab-1/user/dan"): "work-1",
        ("CreateAccountAssignment", "assignment/Reader/master/user/dan"): "master",
    }
