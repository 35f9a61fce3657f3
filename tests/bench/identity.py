"""`make bench`: IAM Identity Center with 2,000 accounts, 300 permission sets, 1,000 groups, 20,000
people and 100,000 assignments, on the twin, and with a quarter of all that.

A plan over HTTP in which nothing changes, requests beside the formula; the same reading in virtual
time under AWS's rates, seconds beside the floor that 20 requests a second set; a plan from a
snapshot, which is planning alone, and one in which a unit of 20 accounts has moved. CPU and memory of each; memory stays below 500 MB. Four times as much of
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
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass

import measure
from accounts import counts, equal
from twin import KEYS, MANAGEMENT, beside, pages, serve, unit_id

MEMORY_MB = 500
BASE = ("--base", "HEAD")  # what was applied last: all three sides are there
FILE = 5000  # people in a file, which may hold 1 MiB
NOWHERE = "http://127.0.0.1:1"
PAGE = 100
RATE, BURST = 20, 20  # IAM Identity Center quotas page; the burst is not published
INSTANCE = "ssoins-0123456789abcdef"
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

    def unit_of(self, account: int) -> int:
        return (account - 1) % self.units

    def groups_of(self, unit: int) -> list[int]:
        return [(unit * GROUPS_OF_UNIT + k) % self.groups for k in range(GROUPS_OF_UNIT)]

    def sets_of(self, unit: int) -> list[int]:
        return sorted((unit * 7 + k) % self.sets for k in range(SETS_OF_UNIT))

    @property
    def assignments(self) -> int:
        return self.units * SETS_OF_UNIT * GROUPS_OF_UNIT * ACCOUNTS_OF_UNIT


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


def snapshot(w: Workforce, file: pathlib.Path) -> None:
    """What is live as charter.snapshot/1, which the twin loads."""
    rows = organization(w) + people(w) + access(w)
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
        snapshot(w, self.live)
        git = ["git", "-C", str(self.repo), "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "before"]):
            subprocess.run([*git, *arguments], check=True)

    def run(self, what: str, url: str, *arguments: str, most: int = MEMORY_MB,
            code: int = 0) -> tuple[str, Cost]:
        out, cpu, memory, passed = measure.run(self.home, url, KEYS, *arguments, "--repo", str(self.repo),
                                               "-q", "-o", "json", code=code)
        megabytes = memory / 1e6
        small = megabytes < most
        self.good = self.good and small
        print(f"  {what:44} {passed:9.2f} s, CPU {cpu:6.2f} s, peak memory {megabytes:4.0f} MB "
              f"(limit {most}){'' if small else '   MISSED'}")
        return out, Cost(cpu, megabytes)

    def expect(self, what: str, is_so: bool, found: object) -> None:
        if not is_so:
            print(f"  {what}: {found}   DIFFERS")
            self.good = False

    def empty(self, out: str) -> None:
        summary = json.loads(out)["summary"]
        counted = {k: summary[k] for k in ("create", "update", "delete", "drift")}
        self.expect("the plan is not empty", not any(counted.values()), counted)

    def over_http(self) -> None:
        twin, url = serve("--load", str(self.live), "--rates", "off")
        try:
            out, _ = self.run("a plan over HTTP", url, "plan", "--rates", "off", *BASE)
            self.good = equal(counts(url), formula(self.w)) and self.good
        finally:
            twin.terminate()
            twin.wait()
        self.empty(out)

    def virtual(self) -> None:
        """The twin and two readings are in this process too: twice the limit."""
        out, _ = self.run("in virtual time, the twin in the process", NOWHERE, "rehearse", "--live",
                          str(self.live), "--rates", "aws", "--latency", "20", most=3 * MEMORY_MB)
        n = sum(v for k, v in formula(self.w).items() if k.startswith("sso-admin:"))
        self.good = beside("reading", json.loads(out)["duration_ms"]["read"] / 1000, (n - BURST) / RATE,
                           "s") and self.good

    def planning(self) -> Cost:
        out, cost = self.run("planning alone, from a snapshot", NOWHERE, "plan", "--live", str(self.live),
                             *BASE)
        self.empty(out)
        return cost

    def moved(self) -> None:
        """The accounts of unit-0 go to unit-1, whose groups and sets are others: refused as too much,
        and shown."""
        file = self.repo / "accounts.yaml"
        file.write_text(file.read_text().replace("unit: unit-0}", "unit: unit-1}"))
        out, _ = self.run("the accounts of a unit moved", NOWHERE, "plan", "--live", str(self.live),
                          *BASE, code=3)
        changes = Counter((c["kind"], c["action"]) for c in json.loads(out)["changes"])
        each = SETS_OF_UNIT * GROUPS_OF_UNIT * ACCOUNTS_OF_UNIT
        wanted = {("account", "update"): ACCOUNTS_OF_UNIT, ("assignment", "create"): each,
                  ("assignment", "delete"): each}
        self.expect("the changes", changes == wanted, dict(changes))


def one(w: Workforce) -> tuple[bool, Cost]:
    print(f"\n{w.accounts} accounts, {w.sets} permission sets, {w.groups} groups, {w.users} people, "
          f"{w.assignments} assignments:")
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(w, pathlib.Path(name))
        bench.over_http()
        bench.virtual()
        cost = bench.planning()
        bench.moved()
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
