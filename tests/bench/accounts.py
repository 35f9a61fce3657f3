"""`make bench`: the IAM of many accounts, 100 entities and the access role in each, on the twin with
20 ms from each request to its reply and no rates, for 100 and for 1,000 accounts: a plan in which
nothing changes, and the apply of a baseline of which a role and a policy changed in every account.
Requests beside the formula, seconds beside what they are made of, CPU and memory.

This shows charter's scheduler against the twin; it does not measure AWS.

The formula of a plan for each account (n entities, r roles, p customer-managed policies, o OIDC
providers; divisions rounded up):

    AssumeRole                              1; none for the run's own account
    GetAccountAuthorizationDetails          n/1000
    ListRoles                               r/1000
    ListPolicyTags                          p
    ListOpenIDConnectProviders              1, and GetOpenIDConnectProvider o
    ListAccountAliases, GetAccountPasswordPolicy    1 each

and for the organization: what twin.py counts, with one unit and no policies. An apply within 60
seconds reads no account again: it adds

    each call of the plan                   1
    AssumeRole                              1 for each account with calls: the session that reads may
                                            not write
    TagResource                             1, of the record

The seconds: some requests come one after the other, most of them pages of accounts; the twin being
one host, 64 requests are under way at once, so the others take (requests)/64 times 20 ms. To this waiting comes the time
that charter and the twin, each on one core, spend on the requests: on one core for both nothing of
it overlaps, so the sum is the bound. The shares stand beside it. The journal lies in memory where
the system has a place for that: the disk's syncs, two for each call, would be measured else.

Ten times the accounts may take 10 times the memory, and a tenth more, and 10 times the CPU, and half
more: their 100,000 entities leave the processor's caches. What is quadratic takes far more.

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
import urllib.request
from collections import Counter
from dataclasses import dataclass

import measure
from twin import KEYS, LATENCY_MS, MANAGEMENT, MEMORY_MB, beside, serve

ENTITIES = {"user": 40, "group": 10, "role": 40, "policy": 10}  # in each account, beside its access role
WINDOW = 64
ACCESS_ROLE = "OrganizationAccountAccessRole"
CPU_MS = 3  # of charter, for each account that is read: a goal
LINEAR = {"CPU": 1.5, "memory": 1.1}
SHM = pathlib.Path("/dev/shm")
ALLOW = '{"Statement":[{"Action":"s3:GetObject","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}'


def trust(principal: str) -> str:
    statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"AWS": principal}}
    return json.dumps({"Statement": [statement], "Version": "2012-10-17"}, separators=(",", ":"))


def row(kind: str, account: str, name: str, path: str, **values: object) -> dict[str, object]:
    return {
        "address": f"{kind}/~{account}/{name}",
        "created": "2025-01-01T00:00:00Z",
        "id": f"arn:aws:iam::{account}:{path}/{name}",
        "kind": kind,
        "values": {"account": f"account/~{account}", "name": name, "path": "/", **values},
    }


def role_row(account: str, name: str, principal: str, managed: list[str]) -> dict[str, object]:
    return row("iam_role", account, name, "role", description="", inline_policies={},
               instance_profiles=[], managed_policies=managed, max_session_duration="3600",
               permissions_boundary=None, tags={}, trust=trust(principal))


def inside(account: str) -> list[dict[str, object]]:
    """What is in an account."""
    root = f"arn:aws:iam::{MANAGEMENT}:root"
    rows = [role_row(account, ACCESS_ROLE, root, ["arn:aws:iam::aws:policy/AdministratorAccess"])]
    for k in range(ENTITIES["policy"]):
        versions = [{"created": "2025-01-01T00:00:00Z", "default": True, "id": "v1"}]
        one = row("iam_policy", account, f"policy-{k}", "policy", description="", document=ALLOW, tags={})
        rows.append({**one, "aux": json.dumps({"versions": versions}, separators=(",", ":"))})
    for k in range(ENTITIES["group"]):
        rows.append(row("iam_group", account, f"group-{k}", "group", inline_policies={},
                        managed_policies=[f"iam_policy/~{account}/policy-{k}"]))
    for k in range(ENTITIES["user"]):
        rows.append(row("iam_user", account, f"user-{k}", "user",
                        groups=[f"iam_group/~{account}/group-{k % 10}"], inline_policies={},
                        managed_policies=[], permissions_boundary=None, tags={"number": str(k)}))
    for k in range(ENTITIES["role"]):
        rows.append(role_row(account, f"role-{k}", root, [f"iam_policy/~{account}/policy-{k % 10}"]))
    return rows


def account_rows(numbers: list[str]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [{
        "address": "organization", "id": "o-benchbench", "kind": "organization",
        "values": {"feature_set": "ALL", "policies": [], "policy_types": [], "tags": {},
                   "trusted_services": []},
    }, {
        "address": "unit/~ou-root-00000001", "id": "ou-root-00000001", "kind": "unit",
        "values": {"name": "All", "parent": "root", "policies": [], "tags": {}},
    }]
    for k, number in enumerate([MANAGEMENT, *numbers]):
        rows.append({
            "address": f"account/~{number}", "id": number, "kind": "account",
            "values": {"email": f"aws+{k}@example.com", "name": f"account-{k}", "policies": [],
                       "state": "ACTIVE", "tags": {},
                       "unit": "unit/~ou-root-00000001" if k else "root"},
        })
    return rows


def snapshot(numbers: list[str], file: pathlib.Path) -> None:
    rows = account_rows(numbers)
    for number in numbers:
        rows += inside(number)
    rows.sort(key=lambda one: str(one["address"]))
    world = {
        "caller_account": MANAGEMENT, "caller_arn": f"arn:aws:iam::{MANAGEMENT}:user/bench",
        "feature_set": "ALL", "management_account": MANAGEMENT, "organization_id": "o-benchbench",
        "partition": "aws", "read_us": 1795321297134138, "root_id": "r-root",
    }
    names = ["access", "accounts", "attachments", "delegated_administrators", "organization",
             "policies", "tags/account", "tags/policy", "tags/unit", "units",
             *(f"iam/{n}" for n in [MANAGEMENT, *numbers])]
    scopes: list[dict[str, object]] = [
        {"parent": "all", "scope": name, "state": "whole"} for name in sorted(names)
    ]
    scopes.insert(0, {"scope": "all", "state": "whole"})
    scopes.sort(key=lambda scope: str(scope["scope"]))
    head = {"format": "charter.snapshot/1", "resources": len(rows), "scopes": len(scopes), "world": world}
    with open(file, "w") as f:
        for line in (head, *scopes, *rows):
            f.write(json.dumps(line, separators=(",", ":")) + "\n")


def configure(numbers: list[str], directory: pathlib.Path, change: bool = False) -> None:
    """A baseline of one role and one policy in every account; the rest is unmanaged."""
    directory.mkdir(exist_ok=True)
    (directory / "charter.yaml").write_text(
        "charter: 1\norganization: {id: o-benchbench}\nunmanaged: ignore\nunits:\n  All: {}\n")
    with open(directory / "accounts.yaml", "w") as f:
        f.write("accounts:\n")
        for k in range(len(numbers) + 1):
            f.write(f"  account-{k}: {{email: aws+{k}@example.com, unit: {'All' if k else '/'}}}\n")
    role = {
        "trust": json.loads(trust(f"arn:aws:iam::{MANAGEMENT}:root")),
        "managed_policies": ["policy-0"],
        "description": "changed" if change else "",
    }
    document = json.loads(ALLOW.replace("GetObject", "ListBucket") if change else ALLOW)
    body = {"units": ["All"], "roles": {"role-0": role}, "policies": {"policy-0": {"document": document}}}
    (directory / "baseline.yaml").write_text(json.dumps({"iam": {"baselines": {"all": body}}}))


def formula(accounts: int) -> dict[str, int]:
    details = math.ceil((sum(ENTITIES.values()) + 1) / 1000)
    return {
        "sts:GetCallerIdentity": 1,
        "organizations:DescribeOrganization": 1,
        "organizations:ListRoots": 1,
        "organizations:ListAccounts": math.ceil((accounts + 1) / 20),
        "organizations:ListOrganizationalUnitsForParent": 2,
        "organizations:ListTagsForResource": accounts + 1 + 1 + 1,
        "organizations:ListAWSServiceAccessForOrganization": 1,
        "organizations:ListDelegatedAdministrators": 1,
        "sts:AssumeRole": accounts,
        "iam:GetAccountAuthorizationDetails": details * accounts + 1,
        "iam:ListRoles": accounts + 1,
        "iam:ListPolicyTags": ENTITIES["policy"] * accounts,
        "iam:ListOpenIDConnectProviders": accounts + 1,
        "iam:ListAccountAliases": accounts + 1,
        "iam:GetAccountPasswordPolicy": accounts + 1,
    }


def formula_of_apply(accounts: int) -> dict[str, int]:
    want = formula(accounts)
    return {
        **want,
        "sts:AssumeRole": 2 * accounts,
        "iam:CreatePolicyVersion": accounts,
        "iam:UpdateRole": accounts,
        "organizations:TagResource": 1,
    }


def cpu_of(process: subprocess.Popen[str]) -> float:
    """Seconds of a process that goes on."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def counts(url: str) -> Counter[str]:
    return Counter(json.load(urllib.request.urlopen(f"{url}/_twin/counts")))


def equal(sent: Counter[str], want: dict[str, int]) -> bool:
    good = True
    print(f"  {'requests':50} {'sent':>7} {'formula':>8}")
    for operation in [*want, *sorted(set(sent) - set(want))]:
        n, formula_n = sent[operation], want.get(operation, 0)
        good = good and n == formula_n
        print(f"  {operation:50} {n:7} {formula_n:8}{'' if n == formula_n else '   DIFFERS'}")
    print(f"  {'all':50} {sent.total():7} {sum(want.values()):8}")
    return good


@dataclass
class Run:
    good: bool
    cpu: float
    memory: float  # MB
    out: dict


def measured(
    accounts: int, home: pathlib.Path, twin: subprocess.Popen[str], url: str, want: dict[str, int],
    command: str, *options: str,
) -> Run:
    before, served = counts(url), cpu_of(twin)
    out, cpu, memory, passed = measure.run(
        home, url, KEYS, command, "--rates", "off", "-q", "-o", "json", *options)
    sent, served = counts(url) - before, cpu_of(twin) - served
    megabytes = memory / 1e6
    good = equal(sent, want)
    # The caller, the organization, its root, the last page's tags; a session, details, roles; in an
    # apply a session, a call, the record.
    chain = want["organizations:ListAccounts"] + (7 if command == "plan" else 10)
    waiting = (chain + (sum(want.values()) - chain) / WINDOW) * LATENCY_MS / 1000
    good = beside(f"{command}", passed, waiting + cpu + served, "s") and good
    print(f"    of the bound: waiting {waiting:.2f} s, CPU of charter {cpu:.2f} s, "
          f"CPU of the twin {served:.2f} s")
    calls = sum(want.values()) - sum(formula(accounts).values())
    good = beside("CPU", cpu, (accounts + calls / 3) * CPU_MS / 1000 + 0.1, "s") and good
    print(f"  peak memory {megabytes:.0f} MB (limit {MEMORY_MB})"
          f"{'' if megabytes < MEMORY_MB else '   MISSED'}")
    return Run(good and megabytes < MEMORY_MB, cpu, megabytes, json.loads(out))


def one(accounts: int, home: pathlib.Path) -> tuple[Run, Run]:
    numbers = [f"{200000000000 + k}" for k in range(accounts)]
    live, repo = home / f"{accounts}.jsonl", home / f"repo-{accounts}"
    snapshot(numbers, live)
    configure(numbers, repo)
    journal = (SHM if SHM.is_dir() else home) / f"charter-bench-{os.getpid()}-{accounts}"
    twin, url = serve("--load", str(live), "--rates", "off", "--latency", str(LATENCY_MS))
    try:
        print("A plan:")
        plan = measured(accounts, home, twin, url, formula(accounts), "plan", "--repo", str(repo))
        summary = plan.out["summary"]
        if any(summary[k] for k in ("create", "update", "delete", "drift")):
            print(f"  the plan is not empty: {summary}")
            plan.good = False
        print("The apply of a baseline that changed:")
        configure(numbers, repo, change=True)
        apply = measured(accounts, home, twin, url, formula_of_apply(accounts), "apply",
                         "--repo", str(repo), "--allow-dirty", "--journal", str(journal))
    finally:
        journal.unlink(missing_ok=True)
        twin.terminate()
        twin.wait()
    return plan, apply


def main() -> int:
    few, many = (int(a) for a in (sys.argv[1:3] or [100, 1000]))
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        results = []
        for accounts in (few, many):
            print(f"\nThe IAM of {accounts} accounts of {sum(ENTITIES.values()) + 1} entities, "
                  f"{LATENCY_MS} ms from a request to its reply, over HTTP:")
            results.append(one(accounts, home))
    good = all(run.good for runs in results for run in runs)
    print(f"\nFrom {few} to {many} accounts:")
    for which, before, after in zip(("plan", "apply"), *results):
        for what, most in LINEAR.items():
            factor = getattr(after, what.lower()) / getattr(before, what.lower())
            linear = factor <= many / few * most
            good = good and linear
            print(f"  {which}: {what} {factor:.1f} times{'' if linear else '   MISSED'}")
    if not good:
        print("bench: a goal was missed", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
