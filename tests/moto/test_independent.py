"""Accounts that no organization joins (examples/independent-accounts): groups by a baseline, a user for
each task, which expires, and moves when the credit of its account is used up."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import plans
import pytest
import seed
from inside import Inside, burden, names, user
from live import pages
from test_jump import edited, files_of

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "independent-accounts"
EXTERNAL_ID = "independent-accounts-example"
OPERATIONS = "100000000000"
DOMAINS = ("vision", "speech", "robotics", "analytics")
ACCOUNTS = {
    f"{domain}-{i + 1}": f"{100000000001 + 5 * d + i}"
    for d, domain in enumerate(DOMAINS)
    for i in range(5)
}


def trust(external_id: str | None) -> str:
    more = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    return json.dumps(seed.role_trust({"AWS": seed.ROOT_USER}, **more))


def example() -> dict[str, str]:
    """Its files, with the run's own account as its operations."""
    files = files_of(EXAMPLE)
    files["accounts.yaml"] = files["accounts.yaml"].replace(OPERATIONS, seed.MANAGEMENT)
    return files


def company(bench: Any, charter: Any, repo: Any) -> Inside:
    """The accounts, each with the role that is entered, and the example."""
    bench.aws.iam.create_role(RoleName="charter-record", AssumeRolePolicyDocument=trust(None))
    if bench.simulator.name == "twin":
        bench.simulator.independent(ACCOUNTS.values(), "charter", trust(EXTERNAL_ID))
    repo.commit(example())
    charter.repo = repo.path
    return Inside(bench, "charter", EXTERNAL_ID)


READS = {"ce:GetCostAndUsage", "cloudtrail:LookupEvents", "iam:Generate*", "iam:Get*", "iam:List*"}


def session_actions(proxy: Any, account: str) -> set[str]:
    """What the last session in this account is limited to."""
    policies = [
        r.input["Policy"]
        for r in proxy.requests
        if r.operation == "AssumeRole" and f":{account}:" in r.input["RoleArn"]
    ]
    (statement,) = json.loads(policies[-1])["Statement"]
    return set(statement["Action"])


@pytest.mark.managed_policies
def test_a_year(bench, charter, repo, proxy):
    inside = company(bench, charter, repo)
    charter.apply()
    for name, account in ACCOUNTS.items():
        assert len(names(inside.iam(account), "groups")) == 20, name
    for domain in DOMAINS:
        first = inside.iam(ACCOUNTS[f"{domain}-1"])
        assert names(first, "users") == [f"{domain}-serve", f"{domain}-train"]
        assert names(inside.iam(ACCOUNTS[f"{domain}-2"]), "users") == []
    assert user(inside.iam(ACCOUNTS["vision-1"]), "vision-train")["groups"] == [
        "data-readers", "gpu-runners",
    ]
    plans.assert_empty(charter.plan("--ref", "HEAD"))
    tags = bench.aws.iam.list_role_tags(RoleName="charter-record")["Tags"]
    assert [t["Key"] for t in tags] == ["charter:applied/independent"]

    # The tasks expire: whatever they own by then goes with them, keys first made inactive.
    speech = inside.iam(ACCOUNTS["speech-1"])
    burden(speech, "speech-train")
    plan = charter.plan("--ref", "HEAD", "--date", "2027-02-01")
    expired = {c["address"] for c in plan["changes"] if c["reason"] == "expired"}
    assert expired == {f"iam_user/{d}-1/{d}-train" for d in DOMAINS}
    shown = plans.attribute_of(plan, "iam_user/speech-1/speech-train", "credentials")["removed"]
    owned = sorted(element["key"].partition("/")[0] for element in shown)
    assert owned == ["access_key", "access_key", "login_profile", "mfa_device"]
    proxy.reset()
    charter.apply("--date", "2027-02-01", "--only-due")
    of_user = [
        r.operation for r in proxy.mutations() if r.input.get("UserName") == "speech-train"
    ]
    assert of_user[:2] == ["UpdateAccessKey", "UpdateAccessKey"] and of_user[-1] == "DeleteUser"
    for domain in DOMAINS:
        assert names(inside.iam(ACCOUNTS[f"{domain}-1"]), "users") == [f"{domain}-serve"]
    assert pages(speech, "list_virtual_mfa_devices", "VirtualMFADevices") == []
    assert names(speech, "policies") == ["speech-train-extra", "task-boundary"]
    plans.assert_empty(charter.plan("--ref", "HEAD", "--date", "2027-02-01"))


@pytest.mark.managed_policies
def test_credit_runs_out(bench, charter, repo, proxy, tmp_path):
    inside = company(bench, charter, repo)
    charter.apply()
    spend = tmp_path / "spend"
    all_of_vision = [f"vision-{i} 1000.00" for i in range(1, 6)]
    spend.write_text("".join(f"{name} 0\n" for name in ACCOUNTS))
    plans.assert_empty(charter.plan("--ref", "HEAD", "--spend", str(spend)))
    spend.write_text("".join(f"{name} 0\n" for name in ACCOUNTS) + all_of_vision[0] + "\n")
    plan = charter.plan("--ref", "HEAD", "--spend", str(spend))
    moved = {(c["action"], c["address"], c["reason"]) for c in plan["changes"]}
    assert moved == {
        ("create", "iam_user/vision-2/vision-serve", "credit"),
        ("create", "iam_user/vision-2/vision-train", "credit"),
        ("delete", "iam_user/vision-1/vision-serve", "credit"),
        ("delete", "iam_user/vision-1/vision-train", "credit"),
    }
    for task in ("vision-serve", "vision-train"):
        of_task = [c for c in plan["calls"] if c["input"].get("UserName") == task]
        assert of_task[0]["operation"] == "CreateUser" and of_task[-1]["operation"] == "DeleteUser"
        first_loss = next(c for c in of_task if c["change"].startswith("iam_user/vision-1/"))
        gains = [c["n"] for c in of_task if c["change"].startswith("iam_user/vision-2/")]
        assert max(gains) < first_loss["n"], "gone before it is there"
    proxy.reset()
    charter.apply("--spend", str(spend))
    # Each session may do what the plan does in its account, and no more.
    left, entered = (session_actions(proxy, ACCOUNTS[a]) for a in ("vision-1", "vision-2"))
    assert "iam:DeleteUser" in left and "iam:CreateUser" not in left
    assert "iam:CreateUser" in entered and "iam:DeleteUser" not in entered
    assert session_actions(proxy, ACCOUNTS["vision-3"]) <= READS
    assert names(inside.iam(ACCOUNTS["vision-1"]), "users") == []
    assert names(inside.iam(ACCOUNTS["vision-2"]), "users") == ["vision-serve", "vision-train"]
    plans.assert_empty(charter.plan("--ref", "HEAD", "--spend", str(spend)))

    spend.write_text("".join(f"{line}\n" for line in all_of_vision))
    result = charter("plan", "--ref", "HEAD", "--spend", str(spend)).expect(1)
    assert "vision-train" in result.err and "vision-serve" in result.err

    # Of accounts that the file does not name nothing is known, which is said.
    spend.write_text("vision-1 0\n")
    result = charter("plan", "--ref", "HEAD", "--spend", str(spend)).expect(0)
    for domain in DOMAINS[1:]:
        assert (f"what was spent in account `{domain}-1` is not known, so the tasks of pool "
                f"`{domain}` are let be") in result.err


@pytest.mark.managed_policies
def test_rehearsal(bench, charter, repo, tmp_path):
    """The accounts, their record and what they have spent are on the rehearsal's twin too."""
    company(bench, charter, repo)
    charter("rehearse", "--ref", "HEAD").expect(0)
    charter.apply()
    assert charter("rehearse", "--ref", "HEAD").expect(0).out.startswith("Rehearsal: nothing to do")
    spend = tmp_path / "spend"
    spend.write_text("".join(f"{name} 0\n" for name in ACCOUNTS) + "vision-1 1000.00\n")
    rehearsal = charter("rehearse", "--ref", "HEAD", "--spend", str(spend), "-o", "json").expect(0)
    assert json.loads(rehearsal.out)["converged"]


@pytest.mark.managed_policies
def test_accounts_grow(bench, charter, repo):
    """One account more in the baseline, one less: what was in that is released, not removed."""
    inside = company(bench, charter, repo)
    charter.apply()
    files = edited(example(), "accounts.yaml", lambda b: b["accounts"].pop("analytics-5"))
    files = edited(files, "baselines.yaml",
                   lambda b: b["iam"]["baselines"]["groups"]["accounts"].remove("analytics-5"))
    files = edited(files, "tasks.yaml", lambda b: b["pools"]["analytics"]["accounts"].remove("analytics-5"))
    repo.commit(files)
    plan = charter.plan("--ref", "HEAD")
    assert plan["summary"]["delete"] == 0
    charter.apply()
    assert len(names(inside.iam(ACCOUNTS["analytics-5"]), "groups")) == 20


@pytest.mark.managed_policies
def test_a_pull_request_sends_the_run_nowhere(bench, charter, repo, proxy):
    """How accounts are entered and where the record is: as the branch says that it is merged into."""
    company(bench, charter, repo)
    charter.apply()
    applied = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "-b", "request")
    text = (repo.path / "charter.yaml").read_text()
    text = text.replace("role: charter\n", "role: mine\n").replace("charter-record", "elsewhere")
    (repo.path / "charter.yaml").write_text(text)
    repo.commit()
    proxy.reset()
    plan = charter.plan("--ref", "request", "--target", "main", code=3)
    assert [g["name"] for g in plan["guards"] if g["result"] == "refuse"] == ["lockout"]
    assert plan["base"]["commit"] == applied
    entered = {r.input["RoleArn"].rpartition("/")[2] for r in proxy.requests if r.operation == "AssumeRole"}
    assert entered == {"charter"}


@pytest.mark.managed_policies
def test_what_goes_with_a_user_is_rehearsed(bench, charter, repo):
    """The copy that a rehearsal works on has the keys and devices of a user that goes."""
    inside = company(bench, charter, repo)
    charter.apply()
    burden(inside.iam(ACCOUNTS["speech-1"]), "speech-train")
    repo.commit(edited(example(), "tasks.yaml", lambda b: b["tasks"].pop("speech-train")))
    plan = charter.plan("--ref", "HEAD")
    report = charter("rehearse", "--ref", "HEAD", "-o", "json").expect(0).json()
    assert report["converged"] and not report["warnings"]
    assert [c["operation"] for c in report["calls"]] == [c["operation"] for c in plan["calls"]]
    assert "DeactivateMFADevice" in plans.operations(plan)
