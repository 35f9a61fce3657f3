"""`make bench`: IAM Identity Center with 2,000 accounts, 300 permission sets, 1,000 groups, 20,000
people and 100,000 assignments, on the twin, and with a quarter of all that.

The organization stands; charter makes the rest from nothing (an apply without rates). Then: a plan
over HTTP in which nothing changes, requests beside the formula; the same reading in virtual time
under AWS's rates, seconds beside the floor that 20 requests a second set; a plan from a snapshot,
which is planning alone. CPU and memory of each; memory stays below 500 MB. Four times as much of
everything may take four times the CPU, and half more, and four times the memory, and a tenth more.

This shows charter's scheduler against the twin; it does not measure AWS.

The formula of the reading (U people, G groups with m_g members, S permission sets, each in a_s
accounts; n_p assignments of principal p; divisions rounded up, a page at least):

    ListInstances                                           1
    ListUsers, ListGroups, ListPermissionSets               U/100, G/100, S/100
    ListGroupMemberships                                    sum over the groups of m_g/100
    DescribePermissionSet, the four listings of what it     S each
    holds, GetPermissionsBoundary..., ListTagsForResource
    ListAccountsForProvisionedPermissionSet                 sum over the sets of a_s/100, and S for
                                                            those with an old version
    ListAccountAssignmentsForPrincipal                      sum over people and groups of n_p/100

since U + G is less than the sum of a_s, the pairs that would be asked else. The organization's own
requests are as in twin.py, of Identity Center's rates only those of sso-admin matter: 20 a second
together.

Ends with 1 if the requests differ from the formula or a goal is missed.
"""

from __future__ import annotations

import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass

import measure
from accounts import SHM, counts, equal
from twin import KEYS, MANAGEMENT, beside, pages, serve, unit_id

MEMORY_MB = 500
PAGE = 100
RATE, BURST = 20, 20  # IAM Identity Center quotas page; the burst is not published
SETS_OF_UNIT, GROUPS_OF_UNIT, ACCOUNTS_OF_UNIT = 25, 2, 20
LINEAR = {"cpu": 1.5, "memory": 1.1}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@dataclass(frozen=True)
class Workforce:
    accounts: int
    sets: int
    groups: int
    users: int

    @property
    def units(self) -> int:
        return self.accounts // ACCOUNTS_OF_UNIT

    def groups_of(self, unit: int) -> list[int]:
        return [(unit * GROUPS_OF_UNIT + k) % self.groups for k in range(GROUPS_OF_UNIT)]

    def sets_of(self, unit: int) -> list[int]:
        return sorted((unit * 7 + k) % self.sets for k in range(SETS_OF_UNIT))

    @property
    def assignments(self) -> int:
        return self.units * SETS_OF_UNIT * GROUPS_OF_UNIT * ACCOUNTS_OF_UNIT


def organization(w: Workforce, file: pathlib.Path) -> None:
    """The organization as charter.snapshot/1, which the twin loads."""
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
        number = str(200000000000 + k) if k else MANAGEMENT
        unit = f"unit/~{unit_id((k - 1) % w.units)}" if k else "root"
        rows.append({
            "address": f"account/~{number}", "id": number, "kind": "account",
            "values": {"email": f"aws+{k}@example.com", "name": f"account-{k}", "policies": [],
                       "state": "ACTIVE", "tags": {}, "unit": unit},
        })
    rows.sort(key=lambda row: str(row["address"]))
    world = {
        "caller_account": MANAGEMENT, "caller_arn": f"arn:aws:iam::{MANAGEMENT}:user/bench",
        "feature_set": "ALL", "management_account": MANAGEMENT, "organization_id": "o-benchbench",
        "partition": "aws", "read_us": 1795321297134138, "root_id": "r-root",
    }
    names = ["access", "accounts", "attachments", "delegated_administrators", f"iam/{MANAGEMENT}",
             "organization", "policies", "tags/account", "tags/policy", "tags/unit", "units"]
    scopes: list[dict[str, object]] = [
        {"parent": "all", "scope": name, "state": "whole"} for name in names
    ]
    scopes.append({"scope": "all", "state": "whole"})
    scopes.sort(key=lambda scope: str(scope["scope"]))
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
            unit = f"unit-{(k - 1) % w.units}" if k else "/"
            f.write(f"  account-{k}: {{email: aws+{k}@example.com, unit: {unit}}}\n")
    for name, size in (("users", w.users), ("groups", w.groups), ("sets", w.sets)):
        with open(directory / f"{name}.yaml", "w") as f:
            f.write("identity_center:\n")
            if name == "users":
                f.write("  region: us-east-1\n  users:\n")
                for k in range(size):
                    f.write(f"    user-{k}: {{given_name: Given{k}, family_name: Family, "
                            f"display_name: Given{k} Family, email: user{k}@example.com}}\n")
            elif name == "groups":
                f.write("  groups:\n")
                for k in range(size):
                    members = ", ".join(f"user-{u}" for u in range(k, w.users, w.groups))
                    f.write(f"    group-{k}: {{description: group {k}, members: [{members}]}}\n")
            else:
                f.write("  permission_sets:\n")
                for k in range(size):
                    f.write(f"    Set{k}: {{session_duration: 8h, aws_managed_policies: "
                            f"[aws/ReadOnlyAccess], inline_policy: {json.dumps(ALLOW)}}}\n")
    with open(directory / "assignments.yaml", "w") as f:
        f.write("identity_center:\n  assignments:\n")
        for k in range(w.units):
            sets = ", ".join(f"Set{s}" for s in w.sets_of(k))
            groups = ", ".join(f"group-{g}" for g in w.groups_of(k))
            f.write(f"    - {{permission_sets: [{sets}], groups: [{groups}], units: [unit-{k}]}}\n")


def formula(w: Workforce) -> dict[str, int]:
    def hundreds(n: int) -> int:
        return max(1, math.ceil(n / PAGE))

    in_accounts: Counter[int] = Counter()
    of_group: Counter[int] = Counter()
    for unit in range(w.units):
        for s in w.sets_of(unit):
            in_accounts[s] += ACCOUNTS_OF_UNIT
        for g in w.groups_of(unit):
            of_group[g] += SETS_OF_UNIT * ACCOUNTS_OF_UNIT
    of_set = {f"sso-admin:{name}": w.sets for name in (
        "DescribePermissionSet", "ListManagedPoliciesInPermissionSet",
        "ListCustomerManagedPolicyReferencesInPermissionSet", "GetInlinePolicyForPermissionSet",
        "GetPermissionsBoundaryForPermissionSet", "ListTagsForResource")}
    members = w.users // w.groups
    return {
        "sts:GetCallerIdentity": 1,
        "organizations:DescribeOrganization": 1,
        "organizations:ListRoots": 1,
        "organizations:ListAccounts": pages(w.accounts + 1),
        "organizations:ListOrganizationalUnitsForParent": pages(w.units) + w.units,
        "organizations:ListTagsForResource": w.accounts + 1 + w.units + 1,
        "organizations:ListAWSServiceAccessForOrganization": 1,
        "organizations:ListDelegatedAdministrators": 1,
        "iam:GetAccountAuthorizationDetails": 1,
        "iam:ListRoles": 1,
        "iam:ListOpenIDConnectProviders": 1,
        "iam:ListAccountAliases": 1,
        "iam:GetAccountPasswordPolicy": 1,
        "sso-admin:ListInstances": 1,
        "identitystore:ListUsers": hundreds(w.users),
        "identitystore:ListGroups": hundreds(w.groups),
        "identitystore:ListGroupMemberships": w.groups * hundreds(members),
        "sso-admin:ListPermissionSets": hundreds(w.sets),
        **of_set,
        "sso-admin:ListAccountsForProvisionedPermissionSet":
            sum(hundreds(in_accounts[s]) for s in range(w.sets)) + w.sets,
        "sso-admin:ListAccountAssignmentsForPrincipal":
            w.users + sum(hundreds(of_group[g]) for g in range(w.groups)),
    }


@dataclass
class Cost:
    cpu: float
    memory: float  # MB


class Bench:
    def __init__(self, w: Workforce, home: pathlib.Path) -> None:
        self.w, self.home, self.good = w, home, True
        self.repo, self.live = home / "repo", home / "live.jsonl"
        configure(w, self.repo)
        organization(w, home / "organization.jsonl")

    def run(self, what: str, url: str, *arguments: str) -> tuple[str, Cost]:
        out, cpu, memory, passed = measure.run(self.home, url, KEYS, *arguments)
        megabytes = memory / 1e6
        small = megabytes < MEMORY_MB
        self.good = self.good and small
        print(f"  {what:44} {passed:9.2f} s, CPU {cpu:6.2f} s, peak memory {megabytes:4.0f} MB "
              f"(limit {MEMORY_MB}){'' if small else '   MISSED'}")
        return out, Cost(cpu, megabytes)

    def empty(self, out: str) -> None:
        summary = json.loads(out)["summary"]
        if any(summary[k] for k in ("create", "update", "delete", "drift")):
            print(f"  the plan is not empty: {summary}")
            self.good = False

    def over_http(self, twin: subprocess.Popen[str], url: str) -> None:
        options = ["--repo", str(self.repo), "--rates", "off", "-q"]
        journal = (SHM if SHM.is_dir() else self.home) / f"charter-bench-{os.getpid()}"
        try:
            out, _ = self.run("the apply that makes all of it", url, "apply", *options, "--allow-dirty",
                              "--journal", str(journal), "-o", "json")
        finally:
            journal.unlink(missing_ok=True)
        made = counts(url)
        print(f"    {made['sso-admin:CreateAccountAssignment']} assignments, "
              f"{made['identitystore:CreateGroupMembership']} memberships, {made.total()} requests")
        if made["sso-admin:CreateAccountAssignment"] != self.w.assignments:
            print("    that is not the number of assignments   DIFFERS")
            self.good = False
        before = counts(url)
        out, _ = self.run("a plan in which nothing changes", url, "plan", *options, "-o", "json")
        self.empty(out)
        self.good = equal(counts(url) - before, formula(self.w)) and self.good
        self.run("a snapshot", url, "snapshot", *options, "--out", str(self.live))

    def virtual(self) -> None:
        out, _ = self.run("the reading in virtual time, in the twin", "http://127.0.0.1:1", "rehearse",
                          "--repo", str(self.repo), "--live", str(self.live), "--rates", "aws",
                          "--latency", "20", "-q", "-o", "json")
        n = sum(v for k, v in formula(self.w).items() if k.startswith("sso-admin:"))
        self.good = beside("reading", json.loads(out)["duration_ms"]["read"] / 1000, (n - BURST) / RATE,
                           "s") and self.good

    def planning(self) -> Cost:
        out, cost = self.run("planning alone, from a snapshot", "http://127.0.0.1:1", "plan", "--repo",
                             str(self.repo), "--live", str(self.live), "-q", "-o", "json")
        self.empty(out)
        return cost


def one(w: Workforce) -> tuple[bool, Cost]:
    print(f"\n{w.accounts} accounts, {w.sets} permission sets, {w.groups} groups, {w.users} people, "
          f"{w.assignments} assignments:")
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(w, pathlib.Path(name))
        twin, url = serve("--load", str(bench.home / "organization.jsonl"), "--rates", "off")
        try:
            bench.over_http(twin, url)
        finally:
            twin.terminate()
            twin.wait()
        bench.virtual()
        cost = bench.planning()
    return bench.good, cost


def main() -> int:
    accounts, sets, groups, users = (int(a) for a in (sys.argv[1:5] or [2000, 300, 1000, 20000]))
    good, few = one(Workforce(accounts // 4, sets // 4, groups // 4, users // 4))
    good_too, many = one(Workforce(accounts, sets, groups, users))
    good = good and good_too
    print("\nFour times as much, planning alone:")
    for what, most in LINEAR.items():
        factor = getattr(many, what) / getattr(few, what)
        linear = factor <= 4 * most
        good = good and linear
        print(f"  {what}: {factor:.1f} times{'' if linear else '   MISSED'}")
    if not good:
        print("bench: a goal was missed", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
