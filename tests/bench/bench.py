"""bench.py [ACCOUNTS...]: a plan of an organization of 60 and of 600 accounts against moto. (`make
bench` is twin.py.) Prints the number of requests of each operation beside what the cheapest complete
read needs, CPU seconds and peak memory. The time that passes measures moto, not charter; so it
stands last.

The formulas (A accounts, U units, a_i accounts below parent i, P policies of the organization, P_t
of them of type t, L customer-managed policies in IAM; all divisions rounded up):

    GetCallerIdentity, DescribeOrganization, ListRoots     1 each
    ListAccounts                       A/20; moto's page holds 100
    ListAccountsForParent              none; where, as in moto, ListAccounts gives no Paths, the sum
                                       over the U + 1 parents of max(1, a_i/20)
    ListOrganizationalUnitsForParent   U + 1
    ListPolicies                       sum over the enabled types of (P_t + 1 of AWS's own)/20
    DescribePolicy                     P
    ListTargetsForPolicy               P, a page each here; of FullAWSAccess only where some target
                                       is declared as an allow list: none here
    ListTagsForResource                A + U + P + 1 of the root
    ListAWSServiceAccess...            1: the trusted services
    ListDelegatedAdministrators        1: there are none, so no service is asked for its own
    GetAccountAuthorizationDetails, ListRoles, ListOpenIDConnectProviders, ListAccountAliases,
    GetAccountPasswordPolicy           1 each: they and the next are of the run's own account
    ListPolicyTags                     L

Ends with 1 if the requests sent are not those of the formula.
"""

from __future__ import annotations

import math
import pathlib
import sys
import tempfile
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "moto"))

import measure  # noqa: E402
import seed  # noqa: E402
from proxy import Proxy  # noqa: E402
from server import empty_moto, moto_server  # noqa: E402


def formula(model: dict, moto: bool) -> dict[str, int]:
    """The requests of one plan: as moto answers, or as AWS does."""
    accounts, units, policies = model["accounts"], model["units"], model["policies"]
    below = Counter(a["unit"] for a in accounts.values())
    types = Counter(p.get("type", "SERVICE_CONTROL_POLICY") for p in policies.values())
    managed = {"SERVICE_CONTROL_POLICY": 1, "RESOURCE_CONTROL_POLICY": 1}
    own = model["iam"]["accounts"]["master"]
    parents = sum(max(1, math.ceil(below[parent] / 20)) for parent in ["/", *units])
    return {
        "GetCallerIdentity": 1,
        "DescribeOrganization": 1,
        "ListRoots": 1,
        "ListAccounts": math.ceil(len(accounts) / (100 if moto else 20)),
        "ListAccountsForParent": parents if moto else 0,
        "ListOrganizationalUnitsForParent": len(units) + 1,
        "ListPolicies": sum(math.ceil((n + managed.get(t, 0)) / 20) for t, n in types.items()),
        "DescribePolicy": len(policies),
        "ListTargetsForPolicy": len(policies),
        "ListTagsForResource": len(accounts) + len(units) + len(policies) + 1,
        "ListAWSServiceAccessForOrganization": 1,
        "ListDelegatedAdministrators": 1,
        "GetAccountAuthorizationDetails": 1,
        "ListRoles": 1,
        "ListOpenIDConnectProviders": 1,
        "ListAccountAliases": 1,
        "GetAccountPasswordPolicy": 1,
        "ListPolicyTags": len(own["policies"]),
    }


def bench(proxy: Proxy, port: int, accounts: int, directory: pathlib.Path) -> bool:
    """Prints one table; true where the requests were those of the formula."""
    empty_moto(port)
    model = seed.large_model(accounts)
    seed.make(model, seed.clients(proxy.url))
    repo = directory / f"repo-{accounts}"
    seed.write(seed.config(model), repo)
    proxy.reset()
    _, cpu, memory, passed = measure.run(
        directory, proxy.url, ("testing", "testing"),
        "plan", "--repo", str(repo), "--rates", "off", "-o", "json",
    )  # fmt: skip
    sent = Counter(r.operation for r in proxy.requests)
    want, aws = formula(model, True), formula(model, False)
    print(f"\n{accounts} accounts, {len(model['units'])} units, {len(model['policies'])} policies")
    print(f"  {'requests':36} {'sent':>6} {'formula':>8} {'on AWS':>8}")
    for operation in [*want, *sorted(set(sent) - set(want))]:
        counts = f"{sent[operation]:6} {want.get(operation, 0):8} {aws.get(operation, 0):8}"
        print(f"  {operation:36} {counts}")
    print(f"  {'all':36} {sum(sent.values()):6} {sum(want.values()):8} {sum(aws.values()):8}")
    print(f"  CPU {cpu:.2f} s, peak memory {memory / 2**20:.1f} MiB, {passed:.1f} s passed (moto's time)")
    return all(sent[o] == want.get(o, 0) for o in {*sent, *want})


def main() -> int:
    sizes = [int(a) for a in sys.argv[1:]] or [60, 600]
    equal = True
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        with moto_server(directory / "moto.log") as port:
            proxy = Proxy(port).start()
            for accounts in sizes:
                equal = bench(proxy, port, accounts, directory) and equal
    if not equal:
        print("bench: the requests are not those of the formula", file=sys.stderr)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
