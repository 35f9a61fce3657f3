"""The AWS side of the demo: `serve` runs moto and the proxy of the tests, `seed` makes an
organization that grew by hand from the accounts of examples/, `hand` changes it behind git's back."""

from __future__ import annotations

import pathlib
import signal
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "moto"))

import seed  # noqa: E402
import yaml  # noqa: E402
from proxy import Proxy  # noqa: E402
from server import moto_server, post  # noqa: E402


def serve() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with tempfile.TemporaryDirectory() as directory:
        with moto_server(pathlib.Path(directory) / "moto.log") as port:
            post(port, "/moto-api/seed?a=42")
            print(Proxy(port).start().url, flush=True)
            stop.wait()


def make(url: str) -> None:
    """Every account but the last, flat below the root; no units, no policies, one user."""
    aws = seed.clients(url)
    org = aws.organizations
    org.create_organization(FeatureSet="ALL")
    root = org.list_roots()["Roots"][0]["Id"]
    org.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    text = (ROOT / "examples" / "organization" / "accounts.yaml").read_text()
    accounts = {n: a for n, a in yaml.safe_load(text)["accounts"].items() if "id" not in a}
    for name, account in list(accounts.items())[:-1]:
        org.create_account(AccountName=name, Email=account["email"])
    aws.iam.create_user(UserName="ada", Path="/people/")
    org.create_organizational_unit(ParentId=root, Name="Experiments")
    print(f"an organization with {len(accounts)} accounts, all below the root, and a unit of its own")


def hand(url: str) -> None:
    aws = seed.clients(url)
    org = aws.organizations
    accounts = {a["Name"]: a["Id"] for a in org.list_accounts()["Accounts"]}
    policies = org.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    trail = [p["Id"] for p in policies if p["Name"] == "protect-logs"][0]
    target = [t for t in org.list_targets_for_policy(PolicyId=trail)["Targets"] if t["Name"] == "Security"]
    org.detach_policy(PolicyId=trail, TargetId=target[0]["TargetId"])
    print("someone detaches protect-logs from Security")
    tag = [{"Key": "team", "Value": "nobody"}]
    org.tag_resource(ResourceId=accounts["crm-prod"], Tags=tag)
    print("someone changes the tag `team` of crm-prod")
    aws.iam.add_user_to_group(UserName="grace", GroupName="platform")
    print("someone puts grace into the group platform")


def main() -> None:
    command = sys.argv[1]
    if command == "serve":
        serve()
    else:
        {"seed": make, "hand": hand}[command](sys.argv[2])


if __name__ == "__main__":
    main()
