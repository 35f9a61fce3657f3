"""The report about neglected credentials over several accounts, of which some cannot be asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import seed
from conftest import build_world
from inside import Inside

NAMES = ("alpha", "beta", "gamma")
OPERATIONS = ("AssumeRole", "GenerateCredentialReport", "GetCredentialReport")
LATE = "2036-01-01"


@pytest.fixture
def company(bench, charter, repo) -> SimpleNamespace:
    """Three member accounts. In each, a user with a password and no MFA, and one with a key; in the
    run's own account, one without either."""
    model = seed.empty_model()
    model["charter"]["organization"]["policy_types"] = ["SERVICE_CONTROL_POLICY"]
    model["charter"]["organization"]["root"] = {"policies": [], "tags": {}}
    for name in NAMES:
        model["accounts"][name] = {"email": f"{name}@example.com", "unit": "/"}
    world = build_world(model, bench, repo, charter)
    model = world.model
    model["iam"] = {"accounts": {name: {} for name in ("master", *NAMES)}}
    world.commit(model)
    bench.aws.iam.create_user(UserName="idle")
    inside = Inside(bench)
    for name in NAMES:
        iam = inside.iam(world.ids.accounts[name])
        iam.create_user(UserName=f"{name}-carol")
        iam.create_login_profile(UserName=f"{name}-carol", Password="Correct-Horse-9-Battery")
        iam.create_user(UserName=f"{name}-dave")
        iam.create_access_key(UserName=f"{name}-dave")
    bench.proxy.reset()
    return SimpleNamespace(world=world, ids=world.ids, inside=inside, charter=charter)


def findings(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (f["account"], f["finding"], f["user"])
        for f in report["findings"]
        if f["user"] != "<root_account>"
    }


def of_account(name: str) -> set[tuple[str, str, str]]:
    carol, dave = f"{name}-carol", f"{name}-dave"
    return {
        (name, "no_mfa", carol),
        (name, "unused", carol),
        (name, "unused", dave),
        (name, "old_key", dave),
    }


OWN = {("master", "unused", "idle")}


def hygiene(company: SimpleNamespace, code: int = 0) -> dict[str, Any]:
    return company.charter("report", "hygiene", "-o", "json", "--date", LATE).expect(code).json()


def test_every_account(company, proxy):
    report = hygiene(company)
    assert [a["account"] for a in report["accounts"]] == ["alpha", "beta", "gamma", "master"]
    assert findings(report) == OWN.union(*map(of_account, NAMES))
    assert report["counts"]["users"] == 7
    changed = {r.operation for r in proxy.mutations()}
    assert changed == {"GenerateCredentialReport"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_that_cannot_be_asked(company, proxy, operation):
    """It is named with AWS's reason, the others are reported, and the exit code says that it is
    not all."""
    account = company.ids.accounts["beta"]
    fault = proxy.add(
        "deny", operation=operation, times=0,
        where=lambda r: f"::{account}:" in r.input.get("RoleArn", "")
        or proxy.account_of(r) == account,
    )
    report = hygiene(company, 6)
    assert fault.hits
    assert findings(report) == OWN | of_account("alpha") | of_account("gamma")
    (unread,) = [a for a in report["accounts"] if a["account"] == "beta"]
    assert "AccessDenied" in str(unread), unread
    for form in ("text", "markdown"):
        text = company.charter("report", "hygiene", "-o", form, "--date", LATE).expect(6).out
        assert "beta" in text and "AccessDenied" in text and "gamma-carol" in text


def test_no_account_can_be_entered(company, proxy):
    proxy.add("deny", operation="AssumeRole", times=0)
    report = hygiene(company, 6)
    assert findings(report) == OWN
    assert report["counts"]["users"] == 1
    text = company.charter("report", "hygiene", "--date", LATE).expect(6).out
    assert all(name in text for name in NAMES)


@pytest.mark.parametrize("action", ["throttle", "cut_before", "html"])
def test_tried_again(company, proxy, action):
    for operation in OPERATIONS:
        proxy.add(action, operation=operation, times=2)
    assert findings(hygiene(company)) == OWN.union(*map(of_account, NAMES))


def test_account_that_is_left_out(company, proxy):
    """One that `skip` leaves out is not entered, but named; it is no failure."""
    model = seed.changed(company.world.model)
    rule = {"skip": True, "reason": "being migrated", "until": "2099-01-31"}
    model["charter"]["access"] = {"accounts": {"beta": rule}}
    company.world.commit(model)
    report = hygiene(company)
    entered = [r.input["RoleArn"] for r in proxy.requests if r.operation == "AssumeRole"]
    assert len(entered) == 2 and company.ids.accounts["beta"] not in "".join(entered)
    assert findings(report) == OWN | of_account("alpha") | of_account("gamma")
    (left_out,) = [a for a in report["accounts"] if a["account"] == "beta"]
    assert left_out["error"] == "LeftOut" and left_out["message"] == "being migrated"
    assert report["counts"]["unread"] == 0
    text = company.charter("report", "hygiene", "--date", LATE).expect(0).out
    assert "beta: LeftOut: being migrated" in text
