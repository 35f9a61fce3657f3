"""`make bench`: `charter drift` of 1,000 accounts with 100 entities of IAM each on the twin: while
nothing differs, and after 50 people changed five things in each of 200 of them. Then all of it imported
from a snapshot into an empty repository, more accounts than a configuration may have files too, and
reports of 10,000 differences.

Requests beside the formula: those of a plan (accounts.py), and of CloudTrail

    LookupEvents    none where nothing differs; else for each account with differences the fewer of the
                    calls that can have made them (here 11) and the names of what differs (ARN and name
                    of a role and of a policy), a page each

CPU and memory stand beside their bounds. This shows charter against the twin; it does not measure AWS,
which lets two LookupEvents a second through in each account.

Ends with 1 if the requests differ or a bound is missed.
"""

from __future__ import annotations

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest.mock
from collections import Counter

import accounts
import boto3
import measure
from accounts import ACCESS_ROLE, ALLOW, configure, counts, equal, formula, snapshot, trust
from botocore.config import Config
from twin import KEYS, serve

sys.path.append(str(measure.ROOT / "tests" / "page"))

import documents  # noqa: E402

ACCOUNTS, CHANGED, PEOPLE, EACH = 1000, 200, 50, 5
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
LOOKUPS = 4  # in each account: the ARNs and names of what differs
RATE = 2  # LookupEvents a second, in each account
READ_MS, DIFFERENCE_MS, IMPORT_MS = 4, 2, 12  # CPU of an account, of a difference, of an account's import
MANY, REPORT_KB = 10_000, 30
WIDE = 10_500
NOWHERE = "http://127.0.0.1:1"
MEMORY_MB, IMPORT_MB = 500, 1100


def client(service: str, url: str, key: str, secret: str, token: str | None = None):
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token, config=Config(retries={"total_max_attempts": 1}, proxies={}))


def change(url: str, account: str, person: str) -> None:
    """Five differences of one session: three of a role, two of a policy."""
    role = f"arn:aws:iam::{account}:role/{ACCESS_ROLE}"
    keys = client("sts", url, *KEYS).assume_role(RoleArn=role, RoleSessionName=person)["Credentials"]
    iam = client("iam", url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    iam.attach_role_policy(RoleName="role-0", PolicyArn=READ_ONLY)
    iam.detach_role_policy(RoleName="role-0", PolicyArn=f"arn:aws:iam::{account}:policy/policy-0")
    iam.update_role(RoleName="role-0", Description="by hand")
    iam.update_assume_role_policy(RoleName="role-0", PolicyDocument=trust(f"arn:aws:iam::{account}:root"))
    iam.create_policy_version(PolicyArn=f"arn:aws:iam::{account}:policy/policy-0", SetAsDefault=True,
                              PolicyDocument=ALLOW.replace("GetObject", "*"))

class Bench:
    def __init__(self, home: pathlib.Path) -> None:
        self.home, self.good = home, True
        self.numbers = [f"{200000000000 + k}" for k in range(ACCOUNTS)]
        self.repo, self.live = home / "repo", home / "live.jsonl"
        snapshot(self.numbers, self.live)
        configure(self.numbers, self.repo)
        git = ["git", "-C", str(self.repo), "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "before"]):
            subprocess.run([*git, *arguments], check=True)

    def bound(self, what: str, value: float, most: float, unit: str) -> None:
        met = value <= most
        self.good = self.good and met
        print(f"  {what:44} {value:9.2f} {unit:3} bound {most:9.2f}{'' if met else '   MISSED'}")

    def expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            print(f"  {what}: {found}, not {wanted}   DIFFERS")
            self.good = False

    def run(self, what: str, url: str, *arguments: str, cpu_most: float, memory_most: float) -> str:
        out, cpu, memory, passed = measure.run(self.home, url, KEYS, *arguments)
        self.bound(f"{what}: CPU", cpu, cpu_most, "s")
        self.bound(f"{what}: peak memory", memory / 1e6, memory_most, "MB")
        return out

    def look(self, url: str, lookups: int, cpu_most: float) -> dict:
        before = counts(url)
        out = self.run("drift", url, "drift", "--repo", str(self.repo), "--base", "HEAD", "--rates", "off", "-q",
                       "-o", "json", cpu_most=cpu_most, memory_most=MEMORY_MB)
        want = formula(ACCOUNTS) | {"cloudtrail:LookupEvents": lookups}
        sent = counts(url) - before
        if sent != Counter({name: n for name, n in want.items() if n}):
            self.good = equal(sent, want) and self.good
        print(f"  {sent.total()} requests, as the formula has it; {lookups} of them LookupEvents")
        return json.loads(out)

    def drift(self) -> None:
        twin, url = serve("--load", str(self.live), "--rates", "off")
        try:
            print(f"{ACCOUNTS} accounts with IAM, nothing differs:")
            report = self.look(url, 0, ACCOUNTS * READ_MS / 1000)
            self.expect("differences", len(report["drift"]["items"]), 0)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda k: change(url, self.numbers[k], f"person-{k % PEOPLE}"), range(CHANGED)))
            print(f"{CHANGED * EACH} differences in {CHANGED} of them, by {PEOPLE} people:")
            report = self.look(url, CHANGED * LOOKUPS, (ACCOUNTS * READ_MS + CHANGED * EACH * DIFFERENCE_MS) / 1000)
            print(f"  at AWS's rate that is {LOOKUPS / RATE:.0f} s more, all accounts at once")
        finally:
            twin.terminate()
            twin.wait()
        drift = report["drift"]
        self.expect("differences", len(drift["items"]), CHANGED * EACH)
        people = Counter(drift["causes"][item["cause"]]["session"] for item in drift["items"])
        self.expect("who", people, {f"person-{k}": CHANGED * EACH // PEOPLE for k in range(PEOPLE)})

    def imported(self, what: str, live: pathlib.Path) -> None:
        """What it says of its own files is a plan too; here it is made once more."""
        repo = live.with_suffix(".imported")
        repo.mkdir()
        print(f"{what} imported, from a snapshot:")
        out = self.run("import", NOWHERE, "import", "--repo", str(repo), "--live", str(live), "-q",
                       cpu_most=ACCOUNTS * IMPORT_MS / 1000, memory_most=IMPORT_MB)
        files = [path.stat().st_size for path in repo.rglob("*") if path.is_file()]
        self.expect("files", len(files), len(out.splitlines()))
        self.bound("largest file", max(files) / (1 << 20), 1, "MiB")
        self.bound("files", len(files), 10_000, "")
        plan = json.loads(self.run("plan", NOWHERE, "plan", "--repo", str(repo), "--live", str(live), "-q", "-o",
                                   "json", cpu_most=ACCOUNTS * IMPORT_MS / 1000, memory_most=IMPORT_MB))
        self.expect("the next plan", [plan["summary"][k] for k in ("create", "update", "delete", "drift")], [0] * 4)

    def wide(self) -> None:
        """More accounts than a configuration may have files."""
        live = self.home / "wide.jsonl"
        with unittest.mock.patch.dict(accounts.ENTITIES, user=0, group=0, role=1, policy=0):
            snapshot([f"{200000000000 + k}" for k in range(WIDE)], live)
        self.imported(f"{WIDE} accounts with a role each", live)

    def reports(self) -> None:
        """Four times as much takes four times as long, and half more."""
        spent: dict[int, float] = {}
        print(f"Reports of {MANY // 4} and {MANY} differences:")
        for n in (MANY // 4, MANY):
            file = self.home / f"{n}.json"
            file.write_text(json.dumps(documents.large(n, n)))
            formats = [f"-o{form}={self.home / 'report'}.{form}" for form in ("text", "markdown", "json", "html")]
            _, spent[n], memory, _ = measure.run(self.home, NOWHERE, KEYS, "show", str(file), *formats)
            self.bound(f"{n}: peak memory", memory / 1e6, 20 + n * REPORT_KB / 1000, "MB")
        self.bound("CPU", spent[MANY], spent[MANY // 4] * 4 * 1.5, "s")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(pathlib.Path(name))
        bench.drift()
        bench.imported("All of it", bench.live)
        bench.wide()
        bench.reports()
    if not bench.good:
        print("bench: a goal was missed", file=sys.stderr)
    return 0 if bench.good else 1


if __name__ == "__main__":
    sys.exit(main())
