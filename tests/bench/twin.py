"""`make bench`: a plan of an organization of 10,000 accounts, 1,000 units and 400 policies on the
twin, charter's own simulated AWS.

First over HTTP, with 20 ms from each request to its reply and no rates: requests beside the formula,
seconds beside the critical path of pages that depend on each other, CPU and memory. Then in virtual
time with AWS's published rates: seconds beside the floor that the slowest token bucket sets. Both
goals are 1.1 times the bound; memory stays below 300 MB. Last, what a rehearsal foretells of an apply
beside what that then takes; it runs for 40 seconds.

This shows charter's scheduler against the twin; it does not measure AWS.

The formulas (A accounts, U units of which U5 lie at depth 5, u_p units below parent p, P policies of
the organization, P_t of them of type t, t_p targets of policy p; divisions rounded up):

    GetCallerIdentity, DescribeOrganization, ListRoots     1 each
    ListAccounts                       A/20
    ListOrganizationalUnitsForParent   sum over the root and the units above depth 5 of max(1, u_p/20)
    ListPolicies                       sum over the enabled types of (P_t + 1 of AWS's own)/20
    DescribePolicy                     P
    ListTargetsForPolicy               sum of max(1, t_p/20); of FullAWSAccess only where some target
                                       is declared as an allow list: none here
    ListTagsForResource                A + U + P + 1 of the root
    ListAWSServiceAccess..., ListDelegatedAdministrators   1 each
    GetAccountAuthorizationDetails, ListRoles, ListOpenIDConnectProviders, ListAccountAliases,
    GetAccountPasswordPolicy           1 each, of the run's own account

Ends with 1 if the requests differ from the formula or a goal is missed.
"""

from __future__ import annotations

import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from dataclasses import dataclass, field

import measure
from measure import BINARY, ROOT

MANAGEMENT = "111111111111"
LATENCY_MS = 20
GOAL = 1.1
MEMORY_MB = 300
PAGE = 20
# Organizations quotas page: requests a second and burst of one account, by operations that share
# them.
RATES = {
    "ListAccounts": (8, 12, ("ListAccounts",)),
    "the listings of units, policies and targets": (
        5,
        8,
        ("ListOrganizationalUnitsForParent", "ListPolicies", "ListTargetsForPolicy",
         "ListDelegatedAdministrators", "ListAccountsForParent"),
    ),
    "ListTagsForResource": (10, 15, ("ListTagsForResource",)),
    "DescribePolicy": (2, 2, ("DescribePolicy",)),
}
KEYS = (f"AKIATWIN{MANAGEMENT}", "twin/secret/access/key")


@dataclass
class Organization:
    accounts: int
    units: int
    policies: int
    parents: list[str] = field(default_factory=list)  # of each unit: "" or a path
    paths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Ten units at the top, nine in each of these, and the rest spread over all so far."""
        for k in range(self.units):
            parent = "" if k < 10 else self.paths[(k - 10) % 10 if k < 100 else k % 100]
            self.parents.append(parent)
            self.paths.append(f"{parent}/unit-{k}".lstrip("/"))

    def unit_of(self, account: int) -> int:
        return account % self.units

    def targets(self, policy: int) -> list[int]:
        return [policy % self.units, (policy + self.units // 2) % self.units]


def statement(k: int) -> str:
    body = {"Action": ["s3:PutBucketAcl", f"service{k}:Delete*"], "Effect": "Deny", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [{"Sid": f"Deny{k}", **body}]}
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def unit_id(k: int) -> str:
    return f"ou-root-{k:08d}"


def snapshot(o: Organization) -> str:
    """The live organization as charter.snapshot/1, which the twin loads."""
    attached: dict[int, list[str]] = {}
    for p in range(o.policies):
        for target in o.targets(p):
            attached.setdefault(target, []).append(f"policy/~p-{p:08d}")
    index = {path: k for k, path in enumerate(o.paths)}
    rows = [
        {
            "address": "organization",
            "id": "o-benchbench",
            "kind": "organization",
            "values": {
                "feature_set": "ALL", "policies": [], "policy_types": ["SERVICE_CONTROL_POLICY"],
                "tags": {}, "trusted_services": [],
            },
        }
    ]
    for k, path in enumerate(o.paths):
        parent = o.parents[k]
        rows.append({
            "address": f"unit/~{unit_id(k)}", "id": unit_id(k), "kind": "unit",
            "values": {
                "name": path.rpartition("/")[2],
                "parent": f"unit/~{unit_id(index[parent])}" if parent else "root",
                "policies": sorted(attached.get(k, [])), "tags": {"number": str(k)},
            },
        })
    for k in range(o.accounts):
        number = f"{200000000000 + k}" if k else MANAGEMENT
        rows.append({
            "address": f"account/~{number}", "id": number, "kind": "account",
            "values": {
                "email": f"aws+{k}@example.com", "name": f"account-{k}", "policies": [],
                "state": "ACTIVE", "tags": {"number": str(k)},
                "unit": f"unit/~{unit_id(o.unit_of(k))}" if k else "root",
            },
        })
    for k in range(o.policies):
        rows.append({
            "address": f"policy/~p-{k:08d}", "id": f"p-{k:08d}", "kind": "policy",
            "values": {
                "description": f"policy {k}", "document": statement(k), "name": f"policy-{k}",
                "tags": {}, "type": "SERVICE_CONTROL_POLICY",
            },
        })
    rows.sort(key=lambda row: row["address"])
    world = {
        "caller_account": MANAGEMENT, "caller_arn": f"arn:aws:iam::{MANAGEMENT}:user/bench",
        "feature_set": "ALL", "management_account": MANAGEMENT, "organization_id": "o-benchbench",
        "partition": "aws", "read_us": 1795321297134138, "root_id": "r-root",
    }
    names = ["access", "accounts", "attachments", "delegated_administrators", f"iam/{MANAGEMENT}",
             "organization", "policies", "tags/account", "tags/policy", "tags/unit", "units"]
    scopes = [{"parent": "all", "scope": name, "state": "whole"} for name in names]
    scopes.append({"scope": "all", "state": "whole"})
    scopes.sort(key=lambda scope: scope["scope"])
    head = {"format": "charter.snapshot/1", "resources": len(rows), "scopes": len(scopes)}
    lines = [{**head, "world": world}, *scopes, *rows]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def configure(o: Organization, directory: pathlib.Path) -> None:
    """The configuration that declares all of it."""
    attached: dict[int, list[str]] = {}
    for p in range(o.policies):
        for target in o.targets(p):
            attached.setdefault(target, []).append(f"policy-{p}")
    directory.mkdir()
    (directory / "policies").mkdir()
    with open(directory / "charter.yaml", "w") as f:
        f.write("charter: 1\norganization:\n  id: o-benchbench\n")
        f.write("  policy_types: [SERVICE_CONTROL_POLICY]\n")
    with open(directory / "units.yaml", "w") as f:
        f.write("units:\n")
        for k, path in enumerate(o.paths):
            policies = ", ".join(attached.get(k, []))
            f.write(f'  {path}: {{tags: {{number: "{k}"}}, policies: [{policies}]}}\n')
    with open(directory / "accounts.yaml", "w") as f:
        f.write("accounts:\n")
        for k in range(o.accounts):
            unit = o.paths[o.unit_of(k)] if k else "/"
            f.write(f"  account-{k}: {{email: aws+{k}@example.com, unit: {unit}}}\n")
    with open(directory / "policies.yaml", "w") as f:
        f.write("policies:\n")
        for k in range(o.policies):
            document = f"policies/{k}.json"
            (directory / document).write_text(statement(k))
            f.write(f"  policy-{k}: {{description: policy {k}, document: {document}}}\n")


def pages(n: int) -> int:
    return max(1, math.ceil(n / PAGE))


def formula(o: Organization) -> dict[str, int]:
    below = Counter(o.parents)
    asked = ["", *(p for p in o.paths if p.count("/") < 4)]
    return {
        "sts:GetCallerIdentity": 1,
        "organizations:DescribeOrganization": 1,
        "organizations:ListRoots": 1,
        "organizations:ListAccounts": pages(o.accounts),
        "organizations:ListOrganizationalUnitsForParent": sum(pages(below[p]) for p in asked),
        "organizations:ListPolicies": pages(o.policies + 1),
        "organizations:DescribePolicy": o.policies,
        "organizations:ListTargetsForPolicy": o.policies,
        "organizations:ListTagsForResource": o.accounts + o.units + o.policies + 1,
        "organizations:ListAWSServiceAccessForOrganization": 1,
        "organizations:ListDelegatedAdministrators": 1,
        "iam:GetAccountAuthorizationDetails": 1,
        "iam:ListRoles": 1,
        "iam:ListOpenIDConnectProviders": 1,
        "iam:ListAccountAliases": 1,
        "iam:GetAccountPasswordPolicy": 1,
    }


def run(home: pathlib.Path, url: str, *arguments: str) -> tuple[str, float, float, float]:
    """Its output, CPU seconds, peak memory in MB and seconds that passed."""
    out, cpu, memory, passed = measure.run(home, url, KEYS, *arguments)
    return out, cpu, memory / 1e6, passed


def beside(what: str, value: float, bound: float, unit: str) -> bool:
    good = value <= bound * GOAL
    ratio = value / bound if bound else 0
    print(f"  {what:44} {value:9.2f} {unit:3} bound {bound:9.2f}   {ratio:5.2f} times"
          f"{'' if good else '   MISSED'}")
    return good


def serve(*options: str) -> tuple[subprocess.Popen[str], str]:
    twin = subprocess.Popen(
        [BINARY, "twin", "--listen", "127.0.0.1:0", "-q", *options], stdout=subprocess.PIPE, text=True
    )
    assert twin.stdout
    return twin, twin.stdout.readline().partition("AWS_ENDPOINT_URL=")[2].split()[0]


def estimate(home: pathlib.Path) -> bool:
    """What a rehearsal says that an apply takes, beside what the apply then takes in real time."""
    live, repo = ROOT / "examples" / "ml-platform.snapshot.jsonl", home / "ml-platform"
    shutil.copytree(ROOT / "examples" / "ml-platform", repo)
    options = ["--latency", "100", "--job-time", "2000"]
    twin, url = serve("--rates", "aws", *options, "--load", str(live))
    try:
        out, *_ = run(home, url, "rehearse", "--repo", str(repo), *options, "-o", "json")
        *_, passed = run(home, url, "apply", "--repo", str(repo), "--allow-dirty", "--journal",
                         str(home / "journal"), "-q", "-o", "json")
    finally:
        twin.terminate()
        twin.wait()
    foretold = json.loads(out)["duration_ms"]["total"] / 1000
    good = abs(passed - foretold) <= 0.1 * passed
    print(f"  foretold {foretold:.2f} s, took {passed:.2f} s: {abs(foretold / passed - 1):.1%} off "
          f"(goal: 10 %){'' if good else '   MISSED'}")
    return good


def over_http(o: Organization, home: pathlib.Path, live: pathlib.Path, repo: pathlib.Path) -> bool:
    twin, url = serve("--load", str(live), "--rates", "off", "--latency", str(LATENCY_MS))
    try:
        out, cpu, memory, passed = run(
            home, url, "plan", "--repo", str(repo), "--rates", "off", "-o", "json")
        sent = json.load(urllib.request.urlopen(f"{url}/_twin/counts"))
    finally:
        twin.terminate()
        twin.wait()
    want = formula(o)
    equal = True
    print(f"  {'requests':50} {'sent':>7} {'formula':>8}")
    for operation in [*want, *sorted(set(sent) - set(want))]:
        n, formula_n = sent.get(operation, 0), want.get(operation, 0)
        equal = equal and n == formula_n
        print(f"  {operation:50} {n:7} {formula_n:8}{'' if n == formula_n else '   DIFFERS'}")
    print(f"  {'all':50} {sum(sent.values()):7} {sum(want.values()):8}")
    # The caller, the organization, the pages of accounts one after the other, the last one's tags.
    path = 3 + want["organizations:ListAccounts"]
    good = beside(f"plan; {path} dependent replies", passed, path * LATENCY_MS / 1000, "s")
    print(f"  CPU {cpu:.2f} s, peak memory {memory:.0f} MB (limit {MEMORY_MB})")
    summary = json.loads(out)["summary"]
    if any(summary[k] for k in ("create", "update", "delete", "drift")):
        print(f"  the plan is not empty: {summary}")
        equal = False
    return equal and good and memory < MEMORY_MB


def virtual(o: Organization, home: pathlib.Path, live: pathlib.Path, repo: pathlib.Path) -> bool:
    out, cpu, memory, passed = run(
        home, "http://127.0.0.1:1", "rehearse", "--repo", str(repo), "--live", str(live),
        "--rates", "aws", "--latency", str(LATENCY_MS), "-o", "json")
    report = json.loads(out)
    want = {k.partition(":")[2]: n for k, n in formula(o).items()}
    floors = {
        name: (sum(want.get(op, 0) for op in operations) - burst) / rate
        for name, (rate, burst, operations) in RATES.items()
    }
    slowest = max(floors, key=lambda name: floors[name])
    print(f"  the slowest bucket is that of {slowest}")
    good = beside("reading, in virtual time", report["duration_ms"]["read"] / 1000, floors[slowest], "s")
    print(f"  CPU {cpu:.2f} s for the rehearsal (twin, reading, plan, reading again), "
          f"peak memory {memory:.0f} MB, {passed:.1f} s passed")
    return good


def main() -> int:
    accounts, units, policies = (int(a) for a in (sys.argv[1:4] or [10000, 1000, 400]))
    o = Organization(accounts, units, policies)
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        live, repo = home / "live.jsonl", home / "repo"
        live.write_text(snapshot(o))
        configure(o, repo)
        print(f"{accounts} accounts, {units} units, {policies} policies, on the twin: this shows "
              "charter's scheduler, not AWS")
        print(f"\nRates off, {LATENCY_MS} ms from a request to its reply, over HTTP:")
        good = over_http(o, home, live, repo)
        print("\nAWS's published rates, in virtual time:")
        good = virtual(o, home, live, repo) and good
        print("\nA rehearsal, and the apply of the same plan in real time (examples/ml-platform):")
        good = estimate(home) and good
    if not good:
        print("bench: a goal was missed", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
