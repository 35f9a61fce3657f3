"""Looking into plans, as cli.md describes them."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import seed


def is_record(call: dict[str, Any]) -> bool:
    """Whether a call writes or removes only the tags of the record."""
    input_ = call["input"]
    if call["operation"] == "TagResource":
        return all(tag["Key"].startswith("charter:") for tag in input_["Tags"])
    if call["operation"] == "UntagResource":
        return all(key.startswith("charter:") for key in input_["TagKeys"])
    return False


def record_request(request: Any) -> bool:
    return is_record({"operation": request.operation, "input": request.input})


def real_calls(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [call for call in plan["calls"] if not is_record(call)]


def operations(plan: dict[str, Any]) -> list[str]:
    return sorted(call["operation"] for call in real_calls(plan))


def change_of(plan: dict[str, Any], address: str) -> dict[str, Any]:
    found = [c for c in plan["changes"] if c["address"] == address]
    listed = [c["address"] for c in plan["changes"]]
    assert len(found) == 1, f"{address} has {len(found)} changes; changes: {listed}"
    return found[0]


def attribute_of(plan: dict[str, Any], address: str, name: str) -> dict[str, Any]:
    found = [a for a in change_of(plan, address)["attributes"] if a["name"] == name]
    assert len(found) == 1, f"{address} {name}: {found}"
    return found[0]


def reasons(plan: dict[str, Any]) -> dict[str, str]:
    return {c["address"]: c["reason"] for c in plan["changes"]}


def assert_empty(plan: dict[str, Any]) -> None:
    assert real_calls(plan) == [], json.dumps(real_calls(plan), indent=1)
    moving = [c for c in plan["changes"] if c["action"] in ("create", "update", "delete")]
    assert moving == [], json.dumps(moving, indent=1)


def journals(home: pathlib.Path) -> list[dict[str, Any]]:
    """Every line of every journal of a run with this home."""
    lines: list[dict[str, Any]] = []
    for path in sorted((home / "state" / "charter").glob("*.jsonl")):
        lines += [json.loads(line) for line in path.read_text().splitlines() if line]
    return lines


def edit_scenario(model: dict[str, Any], full: bool) -> dict[str, Any]:
    """The commit of the main scenario: units, accounts, policies, attachments, renames, IAM."""
    after = seed.changed(model)
    units, accounts = after["units"], after["accounts"]
    units["Research"] = {"policies": ["no-marketplace"], "tags": {"tier": "Rese"}}
    units["Workloads/New"] = {"policies": [], "tags": {}}
    mover = "development" if full else "dev"
    for k in range(1, 6):
        accounts[f"{mover}-{k}"]["unit"] = "Workloads/New"
    accounts["research-1"] = {
        "email": "aws+research-1@example.com",
        "unit": "Research",
        "policies": ["no-marketplace"],
        "tags": {"domain": "research"},
    }
    after["documents"]["policies/deny-leave.json"] = seed.statement(
        "Deny", ["organizations:LeaveOrganization", "account:CloseAccount"]
    )
    units["Security"]["policies"] = sorted(units["Security"]["policies"] + ["deny-root-keys"])
    units["Workloads"]["policies"].remove("no-public-buckets")
    old, new = ("Classroom", "Campus") if full else ("Old", "Archive")
    units[new] = {**units.pop(old), "previously": old}
    for account in accounts.values():
        if account["unit"] == old:
            account["unit"] = new
    old, new = ("sandbox-1", "playground-1") if full else ("prod-1", "live-1")
    accounts[new] = {**accounts.pop(old), "previously": old}
    own = after["iam"]["accounts"]["master"]
    own["users"]["dave"]["groups"] = ["crm-developers"]
    own["users"]["frank"]["groups"] = []
    del own["groups"]["leavers"]
    return after


SCENARIO_OPERATIONS = sorted(
    ["CreateOrganizationalUnit"] * 2
    + ["MoveAccount"] * 6
    + ["CreateAccount"]
    + ["UpdatePolicy"]
    + ["AttachPolicy"] * 3
    + ["DetachPolicy"]
    + ["UpdateOrganizationalUnit"]
    + ["PutAccountName"]
    + ["AddUserToGroup", "RemoveUserFromGroup", "DeleteGroup"]
)
