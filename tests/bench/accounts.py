"""`make bench`: a plan that reads the IAM of many accounts, 100 entities in each, on the twin with 20 ms
from each request to its reply and no rates: requests beside the formula, seconds beside the bound, CPU
and memory, for 100 and for 1,000 accounts. Ten times the accounts may take at most 11 times the CPU
and memory beyond those of a run with none.

This shows charter's scheduler against the twin; it does not measure AWS.

The formula for each account (n entities, r roles, p customer-managed policies, o OIDC providers;
divisions rounded up):

    AssumeRole                              1
    GetAccountAuthorizationDetails          n/1000
    ListRoles                               r/1000
    ListPolicyTags                          p
    ListOpenIDConnectProviders              1, and GetOpenIDConnectProvider o
    ListAccountAliases, GetAccountPasswordPolicy    1 each

and for the organization: what twin.py counts, with one unit and no policies.

The bound in seconds: 64 requests to a host may be under way at once, so (requests of IAM)/64 times
20 ms, and before them the pages of accounts, one after the other.

Ends with 1 if the requests differ from the formula or a goal is missed.
"""

from __future__ import annotations

import json
import math
import pathlib
import sys
import tempfile
import urllib.request

import measure
from twin import KEYS, LATENCY_MS, MANAGEMENT, beside, serve

ENTITIES = {"user": 40, "group": 10, "role": 40, "policy": 10}  # in each account, beside its access role
WINDOW = 64
ACCESS_ROLE = "OrganizationAccountAccessRole"
LINEAR = 1.1
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
        rows.append(row("iam_user", account, f"user-{k}", "user", groups=[f"iam_group/~{account}/group-{k % 10}"],
                        inline_policies={}, managed_policies=[], permissions_boundary=None,
                        tags={"number": str(k)}))
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


def configure(numbers: list[str], directory: pathlib.Path) -> None:
    """A baseline of one role in every account; the rest is unmanaged."""
    directory.mkdir()
    (directory / "charter.yaml").write_text(
        "charter: 1\norganization: {id: o-benchbench}\nunmanaged: ignore\nunits:\n  All: {}\n")
    with open(directory / "accounts.yaml", "w") as f:
        f.write("accounts:\n")
        for k in range(len(numbers) + 1):
            f.write(f"  account-{k}: {{email: aws+{k}@example.com, unit: {'All' if k else '/'}}}\n")
    role = {
        "trust": json.loads(trust(f"arn:aws:iam::{MANAGEMENT}:root")),
        "managed_policies": ["policy-0"],
    }
    body = {"iam": {"baselines": {"all": {"units": ["All"], "roles": {"role-0": role},
                                          "policies": {"policy-0": {"document": json.loads(ALLOW)}}}}}}
    (directory / "baseline.yaml").write_text(json.dumps(body))


def formula(accounts: int) -> dict[str, int]:
    others = accounts
    return {
        "sts:GetCallerIdentity": 1,
        "organizations:DescribeOrganization": 1,
        "organizations:ListRoots": 1,
        "organizations:ListAccounts": math.ceil((accounts + 1) / 20),
        "organizations:ListOrganizationalUnitsForParent": 2,
        "organizations:ListTagsForResource": accounts + 1 + 1 + 1,
        "organizations:ListAWSServiceAccessForOrganization": 1,
        "organizations:ListDelegatedAdministrators": 1,
        "sts:AssumeRole": others,
        "iam:GetAccountAuthorizationDetails": others + 1,
        "iam:ListRoles": others + 1,
        "iam:ListPolicyTags": ENTITIES["policy"] * others,
        "iam:ListOpenIDConnectProviders": others + 1,
        "iam:ListAccountAliases": others + 1,
        "iam:GetAccountPasswordPolicy": others + 1,
    }


def one(accounts: int, home: pathlib.Path) -> tuple[bool, float, float]:
    """Whether it is as it should be; CPU seconds and MB."""
    numbers = [f"{200000000000 + k}" for k in range(accounts)]
    live, repo = home / f"{accounts}.jsonl", home / f"repo-{accounts}"
    snapshot(numbers, live)
    configure(numbers, repo)
    twin, url = serve("--load", str(live), "--rates", "off", "--latency", str(LATENCY_MS))
    try:
        out, cpu, memory, passed = measure.run(
            home, url, KEYS, "plan", "--repo", str(repo), "--rates", "off", "-o", "json")
        sent = json.load(urllib.request.urlopen(f"{url}/_twin/counts"))
    finally:
        twin.terminate()
        twin.wait()
    want = formula(accounts)
    good = True
    print(f"  {'requests':50} {'sent':>7} {'formula':>8}")
    for operation in [*want, *sorted(set(sent) - set(want))]:
        n, formula_n = sent.get(operation, 0), want.get(operation, 0)
        good = good and n == formula_n
        print(f"  {operation:50} {n:7} {formula_n:8}{'' if n == formula_n else '   DIFFERS'}")
    print(f"  {'all':50} {sum(sent.values()):7} {sum(want.values()):8}")
    iam = sum(n for operation, n in want.items() if operation.startswith("iam:"))
    bound = (want["organizations:ListAccounts"] + 3 + iam / WINDOW) * LATENCY_MS / 1000
    beside(f"plan; {iam} requests of IAM, {WINDOW} at once", passed, bound, "s")
    print(f"  CPU {cpu:.2f} s, peak memory {memory / 1e6:.0f} MB")
    summary = json.loads(out)["summary"]
    if any(summary[k] for k in ("create", "update", "delete", "drift")):
        print(f"  the plan is not empty: {summary}")
        good = False
    return good, cpu, memory / 1e6


def main() -> int:
    few, many = (int(a) for a in (sys.argv[1:3] or [100, 1000]))
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        results = []
        for accounts in (few, many):
            print(f"\nThe IAM of {accounts} accounts of {sum(ENTITIES.values()) + 1} entities, "
                  f"{LATENCY_MS} ms from a request to its reply, over HTTP:")
            results.append(one(accounts, home))
    good = all(result[0] for result in results)
    for what, at in (("CPU", 1), ("memory", 2)):
        factor = results[1][at] / results[0][at]
        linear = factor <= many / few * LINEAR
        good = good and linear
        print(f"  {what}: {factor:.1f} times for {many / few:.0f} times the accounts"
              f"{'' if linear else '   MISSED'}")
    if not good:
        print("bench: a goal was missed", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
