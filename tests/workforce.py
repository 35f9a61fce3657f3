"""A workforce in IAM Identity Center of any size: an organization, people, groups, permission sets and
assignments, as charter.snapshot/1 and as the configuration that declares all of it. For the benchmark
and for tests at scale."""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass

MANAGEMENT = "111111111111"
INSTANCE = "ssoins-0123456789abcdef"
FILE = 5000  # people in a file, which may hold 1 MiB
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@dataclass(frozen=True)
class Workforce:
    accounts: int
    sets: int
    groups: int
    users: int
    accounts_of_unit: int = 20
    sets_of_unit: int = 25
    groups_of_unit: int = 2

    @property
    def units(self) -> int:
        return self.accounts // self.accounts_of_unit

    def unit_of(self, account: int) -> int:
        return (account - 1) % self.units

    def groups_of(self, unit: int) -> list[int]:
        return [(unit * self.groups_of_unit + k) % self.groups for k in range(self.groups_of_unit)]

    def sets_of(self, unit: int) -> list[int]:
        return sorted((unit * 7 + k) % self.sets for k in range(self.sets_of_unit))

    @property
    def assignments(self) -> int:
        return self.units * self.sets_of_unit * self.groups_of_unit * self.accounts_of_unit


def unit_id(k: int) -> str:
    return f"ou-root-{k:08d}"


def number(account: int) -> str:
    return str(200000000000 + account) if account else MANAGEMENT


def user_id(k: int) -> str:
    return f"90000000-0000-4000-8000-{k:012d}"


def group_id(k: int) -> str:
    return f"a0000000-0000-4000-8000-{k:012d}"


def set_arn(k: int) -> str:
    return f"arn:aws:sso:::permissionSet/{INSTANCE}/ps-{k:016x}"


def organization(w: Workforce) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [{
        "address": "organization", "id": "o-benchbench", "kind": "organization",
        "values": {"feature_set": "ALL", "policies": [], "policy_types": [], "tags": {},
                   "trusted_services": ["sso.amazonaws.com"]},
    }]
    for k in range(w.units):
        rows.append({
            "address": f"unit/~{unit_id(k)}", "id": unit_id(k), "kind": "unit",
            "values": {"name": f"unit-{k}", "parent": "root", "policies": [], "tags": {}},
        })
    for k in range(w.accounts + 1):
        unit = f"unit/~{unit_id(w.unit_of(k))}" if k else "root"
        rows.append({
            "address": f"account/~{number(k)}", "id": number(k), "kind": "account",
            "values": {"email": f"aws+{k}@example.com", "name": f"account-{k}", "policies": [],
                       "state": "ACTIVE", "tags": {}, "unit": unit},
        })
    return rows


def people(w: Workforce) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for k in range(w.users):
        rows.append({
            "address": f"identity_user/~{user_id(k)}", "id": user_id(k), "kind": "identity_user",
            "values": {"display_name": f"Given{k} Family", "email": f"user{k}@example.com",
                       "family_name": "Family", "given_name": f"Given{k}", "name": f"user-{k}",
                       "synchronized": None},
        })
    for k in range(w.groups):
        members = range(k, w.users, w.groups)
        ids = {user_id(u): f"b{k:07x}-0000-4000-8000-{u:012d}" for u in members}
        rows.append({
            "address": f"identity_group/~{group_id(k)}", "id": group_id(k), "kind": "identity_group",
            "aux": json.dumps(ids, separators=(",", ":"), sort_keys=True),
            "values": {"description": f"group {k}", "name": f"group-{k}", "synchronized": None,
                       "members": [f"identity_user/~{user_id(u)}" for u in members]},
        })
    return rows


def access(w: Workforce) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    in_accounts: dict[int, list[int]] = {s: [] for s in range(w.sets)}
    for account in range(1, w.accounts + 1):
        for s in w.sets_of(w.unit_of(account)):
            in_accounts[s].append(account)
            for g in w.groups_of(w.unit_of(account)):
                rows.append({
                    "address": f"assignment/~{set_arn(s)}/{number(account)}/group/{group_id(g)}",
                    "id": f"{set_arn(s)}/{number(account)}/GROUP/{group_id(g)}",
                    "kind": "assignment", "owner": f"permission_set/~{set_arn(s)}",
                    "values": {"account": f"account/~{number(account)}",
                               "permission_set": f"permission_set/~{set_arn(s)}",
                               "principal": f"identity_group/~{group_id(g)}"},
                })
    for s, accounts in in_accounts.items():
        rows.append({
            "address": f"permission_set/~{set_arn(s)}", "id": set_arn(s), "kind": "permission_set",
            "values": {"accounts": [f"account/~{number(a)}" for a in accounts],
                       "aws_managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
                       "customer_managed_policies": [], "description": "",
                       "inline_policy": json.dumps(ALLOW, separators=(",", ":"), sort_keys=True),
                       "name": f"Set{s}", "permissions_boundary": "", "provisioned": "everywhere",
                       "relay_state": "", "session_duration": "28800", "tags": {}},
        })
    return rows


def snapshot(w: Workforce, file: pathlib.Path, workforce: bool = True) -> None:
    """What is live as charter.snapshot/1, which the twin loads; without `workforce` the organization
    alone."""
    rows = organization(w) + (people(w) + access(w) if workforce else [])
    rows.sort(key=lambda row: str(row["address"]))
    world = {
        "caller_account": MANAGEMENT, "caller_arn": f"arn:aws:iam::{MANAGEMENT}:user/bench",
        "feature_set": "ALL", "identity_store": "d-0123456789",
        "instance_arn": f"arn:aws:sso:::instance/{INSTANCE}", "management_account": MANAGEMENT,
        "organization_id": "o-benchbench", "partition": "aws", "read_us": 1795321297134138,
        "root_id": "r-root",
    }
    names = ["access", "accounts", "attachments", "delegated_administrators", f"iam/{MANAGEMENT}",
             "identity_center", "organization", "policies", "tags/account", "tags/policy", "tags/unit",
             "units"]
    parts = ["assignments", "identity_groups", "identity_members", "identity_users", "permission_sets"]
    scopes = [{"parent": "all", "scope": name, "state": "whole"} for name in names]
    scopes += [{"parent": "identity_center", "scope": name, "state": "whole"} for name in parts]
    scopes.append({"scope": "all", "state": "whole"})
    scopes.sort(key=lambda scope: scope["scope"])
    head = {"format": "charter.snapshot/1", "resources": len(rows), "scopes": len(scopes), "world": world}
    with open(file, "w") as f:
        for line in (head, *scopes, *rows):
            f.write(json.dumps(line, separators=(",", ":")) + "\n")


def configure(w: Workforce, directory: pathlib.Path) -> None:
    directory.mkdir()
    (directory / "charter.yaml").write_text("charter: 1\norganization: {id: o-benchbench}\n")
    with open(directory / "accounts.yaml", "w") as f:
        f.write("units:\n")
        for k in range(w.units):
            f.write(f"  unit-{k}: {{}}\n")
        f.write("accounts:\n")
        for k in range(w.accounts + 1):
            unit = f"unit-{w.unit_of(k)}" if k else "/"
            f.write(f"  account-{k}: {{email: aws+{k}@example.com, unit: {unit}}}\n")
    for first in range(0, w.users, FILE):
        with open(directory / f"users-{first}.yaml", "w") as f:
            f.write("identity_center:\n" + ("  region: us-east-1\n" if not first else "") + "  users:\n")
            for k in range(first, min(first + FILE, w.users)):
                f.write(f"    user-{k}: {{given_name: Given{k}, family_name: Family, "
                        f"display_name: Given{k} Family, email: user{k}@example.com}}\n")
    with open(directory / "groups.yaml", "w") as f:
        f.write("identity_center:\n  groups:\n")
        for k in range(w.groups):
            members = ", ".join(f"user-{u}" for u in range(k, w.users, w.groups))
            f.write(f"    group-{k}: {{description: group {k}, members: [{members}]}}\n")
    with open(directory / "sets.yaml", "w") as f:
        f.write("identity_center:\n  permission_sets:\n")
        for k in range(w.sets):
            f.write(f"    Set{k}: {{session_duration: 8h, aws_managed_policies: [aws/ReadOnlyAccess], "
                    f"inline_policy: {json.dumps(ALLOW)}}}\n")
    with open(directory / "assignments.yaml", "w") as f:
        f.write("identity_center:\n  assignments:\n")
        for k in range(w.units):
            sets = ", ".join(f"Set{s}" for s in w.sets_of(k))
            groups = ", ".join(f"group-{g}" for g in w.groups_of(k))
            f.write(f"    - {{permission_sets: [{sets}], groups: [{groups}], units: [unit-{k}]}}\n")
