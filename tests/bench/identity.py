"""`make bench`: IAM Identity Center with 2,000 accounts, 300 permission sets, 1,000 groups, 20,000
people and 100,000 assignments, on the twin, and with a quarter of all that.

A plan over HTTP in which nothing changes, requests beside the formula; the same reading in virtual
time under AWS's rates, seconds beside the floor that 20 requests a second set; a plan from a
snapshot, which is planning alone, and one in which a unit of 20 accounts has moved. CPU and memory
of each; memory stays below 500 MB. Four times as much of everything may take four times the CPU, and
half more, and four times the memory, and a tenth more. Last 6,000 assignments in 300 accounts are
made, in virtual time.

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
from twin import KEYS, beside, pages, serve

sys.path.append(str(measure.ROOT / "tests"))

from workforce import Workforce, configure, snapshot  # noqa: E402

MEMORY_MB = 500
BASE = ("--base", "HEAD")  # what was applied last: all three sides are there
NOWHERE = "http://127.0.0.1:1"
PAGE = 100
RATE, BURST = 20, 20  # IAM Identity Center quotas page; the burst is not published
JOB_S, LANE = 4, 15  # what a rehearsal assumes; AWS's quota
MADE = 1.35  # users, groups and sets come first, and each job is asked for a little late
LINEAR = {"cpu": 1.5, "memory": 1.1}


def formula(w: Workforce) -> dict[str, int]:
    def hundreds(n: int) -> int:
        return max(1, math.ceil(n / PAGE))

    in_accounts: Counter[int] = Counter()
    of_group: Counter[int] = Counter()
    for unit in range(w.units):
        for s in w.sets_of(unit):
            in_accounts[s] += w.accounts_of_unit
        for g in w.groups_of(unit):
            of_group[g] += w.sets_of_unit * w.accounts_of_unit
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
    def __init__(self, w: Workforce, home: pathlib.Path, workforce: bool = True) -> None:
        self.w, self.home, self.good = w, home, True
        self.repo, self.live = home / "repo", home / "live.jsonl"
        configure(w, self.repo)
        snapshot(w, self.live, workforce)
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
        """The twin and two readings are in this process too: three times the limit."""
        out, _ = self.run("in virtual time, the twin in the process", NOWHERE, "rehearse", "--live",
                          str(self.live), "--rates", "aws", "--latency", "20", most=3 * MEMORY_MB)
        n = sum(v for k, v in formula(self.w).items() if k.startswith("sso-admin:"))
        self.good = beside("reading", json.loads(out)["duration_ms"]["read"] / 1000, (n - BURST) / RATE,
                           "s") and self.good

    def made(self) -> None:
        """All of it from nothing. Fifteen assignments are under way at a time, for 4 s each."""
        out, _ = self.run("made, in virtual time", NOWHERE, "rehearse", "--live", str(self.live))
        report = json.loads(out)
        self.expect("it does not converge", report["converged"], report["why"])
        seconds, bound = report["duration_ms"]["apply"] / 1000, self.w.assignments * JOB_S / LANE
        good = seconds <= bound * MADE
        self.good = self.good and good
        print(f"  {'apply':44} {seconds:9.2f} s   bound {bound:9.2f}   {seconds / bound:5.2f} times"
              f"{'' if good else '   MISSED'}")

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
        w = self.w
        each = w.sets_of_unit * w.groups_of_unit * w.accounts_of_unit
        wanted = {("account", "update"): w.accounts_of_unit, ("assignment", "create"): each,
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


def from_nothing(w: Workforce) -> bool:
    print(f"\n{w.accounts} accounts, {w.assignments} assignments to be made:")
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(w, pathlib.Path(name), workforce=False)
        bench.made()
    return bench.good


def main() -> int:
    accounts, sets, groups, users = (int(a) for a in (sys.argv[1:5] or [2000, 300, 1000, 20000]))
    good, few = one(Workforce(accounts // 4, sets // 4, groups // 4, users // 4))
    good_too, many = one(Workforce(accounts, sets, groups, users))
    good = from_nothing(Workforce(300, 40, 80, 400, sets_of_unit=10)) and good and good_too
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
