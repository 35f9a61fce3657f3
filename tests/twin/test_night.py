"""A night over an organization of 500 accounts: sixty changes outside git, by seven principals in eleven
sessions, with an apply of our own in between. The report says who made which, and when; the next nights
say what is new, what is there no more, and nothing else."""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest
import seed
from botocore.config import Config

ACCOUNTS = 500
CODE, PAY = "security-1", "payments-1"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUST = seed.role_trust({"AWS": seed.ROOT_USER})


def model_of():
    model = seed.large_model(ACCOUNTS)
    # What is to be put back takes away more than the built-in limits allow.
    model["charter"]["guards"] = {"removals": {"default": {"floor": 20, "count": 25}}}
    model["iam"]["accounts"][CODE] = {
        "users": {f"u{k}": {"managed_policies": []} for k in range(8)},
    }
    model["iam"]["accounts"][PAY] = {
        "roles": {f"r{k}": {"trust": TRUST, "managed_policies": []} for k in range(6)},
    }
    return model


class Hook:
    """A webhook that keeps what it is told."""

    def __init__(self):
        self.told = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.told.append(json.loads(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/T0/secret"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self):
        told, self.told = self.told, []
        return [t["text"] for t in told]


@pytest.fixture
def hook():
    found = Hook()
    yield found
    found.server.shutdown()
    found.server.server_close()


class Hands:
    """Others, each with keys of their own, and what they did when."""

    def __init__(self, bench, ids):
        self.bench, self.ids = bench, ids
        self.done = {}  # principal -> (session, from, until)

    def client(self, service, keys):
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.bench.simulator.port}",
            region_name=seed.REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    def role(self, account, name):
        iam = self.client(
            "iam",
            {"AccessKeyId": f"AKIAOBSV{account}", "SecretAccessKey": self.bench.simulator.secret},
        )
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))

    @contextlib.contextmanager
    def session(self, account, role, name, service):
        keys = self.bench.aws.sts.assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName=name
        )["Credentials"]
        with self.acting(f"arn:aws:sts::{account}:assumed-role/{role}/{name}", name):
            yield self.client(service, keys)

    @contextlib.contextmanager
    def user(self, name, service):
        keys = self.bench.aws.iam.create_access_key(UserName=name)["AccessKey"]
        arn = self.bench.aws.iam.get_user(UserName=name)["User"]["Arn"]
        with self.acting(arn, name):
            yield self.client(service, keys)

    @contextlib.contextmanager
    def acting(self, principal, session):
        since = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        yield
        until = datetime.datetime.now(datetime.timezone.utc)
        self.done[principal] = session, since, until

    def console(self, operation, **input_):
        with self.acting(f"arn:aws:iam::{seed.MANAGEMENT}:root", "root"):
            call = {"service": "iam", "operation": operation, "input": input_}
            self.bench.simulator.control("POST", "do", json.dumps(call).encode())


def number(org, ids, ks, value):
    for k in ks:
        tags = [{"Key": "number", "Value": value}]
        org.tag_resource(ResourceId=ids.accounts[f"more-{k}"], Tags=tags)


def first_half(hands):
    """38 changes."""
    ids = hands.ids
    with hands.session(seed.MANAGEMENT, "Ops", "alice", "organizations") as org:
        number(org, ids, range(70, 90), "alice was here")
    with hands.session(seed.MANAGEMENT, "Ops", "bob", "organizations") as org:
        number(org, ids, range(90, 100), "@here https://evil.example")
    with hands.session(seed.MANAGEMENT, "Net", "carol", "organizations") as org:
        for unit in ("Security", "Sandbox", "Suspended", "Classroom", "Workloads"):
            tags = [{"Key": "tier", "Value": "by hand"}]
            org.tag_resource(ResourceId=ids.units[unit], Tags=tags)
    with hands.session(seed.MANAGEMENT, "Net", "carl", "organizations") as org:
        for unit, policy in (
            ("Suspended", "freeze"),
            ("Classroom", "training-guardrails"),
            ("Infrastructure", "protect-logs"),
        ):
            org.detach_policy(PolicyId=ids.policies[policy], TargetId=ids.units[unit])


def second_half(hands):
    """22 changes."""
    ids = hands.ids
    with hands.user("dave", "organizations") as org:
        for policy in ("deny-root-keys", "protect-guardduty", "no-public-buckets", "freeze"):
            content = json.dumps(seed.statement("Deny", ["s3:DeleteBucket"]))
            org.update_policy(PolicyId=ids.policies[policy], Content=content)
    with hands.user("erin", "iam") as iam:
        iam.add_user_to_group(UserName="bob", GroupName="auditors")
        iam.add_user_to_group(UserName="frank", GroupName="data")
        iam.add_user_to_group(UserName="dave", GroupName="data")
    for name, users, policy in (("frank", range(4), READ), ("grace", range(4, 8), ADMIN)):
        with hands.session(ids.accounts[CODE], "Admin", name, "iam") as iam:
            for k in users:
                iam.attach_user_policy(UserName=f"u{k}", PolicyArn=policy)
    with hands.session(ids.accounts[PAY], "Admin", "heidi", "iam") as iam:
        for k in range(3):
            iam.attach_role_policy(RoleName=f"r{k}", PolicyArn=ADMIN)
    trust = json.dumps(seed.role_trust({"AWS": "arn:aws:iam::999999999999:root"}))
    with hands.session(ids.accounts[PAY], "Admin", "ivan", "iam") as iam:
        for k in range(3, 6):
            iam.update_assume_role_policy(RoleName=f"r{k}", PolicyDocument=trust)
    hands.console("RemoveUserFromGroup", UserName="carol", GroupName="data")


EXPECTED = {"alice": 20, "bob": 10, "carol": 5, "carl": 3, "dave": 4, "erin": 3, "frank": 4, "grace": 4,
            "heidi": 3, "ivan": 3, "root": 1}  # fmt: skip


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def open_items(drift):
    return [item for item in drift["items"] if not item["quiet"]]


class Nights:
    def __init__(self, charter, hook, where, state):
        self.charter, self.hook, self.where, self.state = charter, hook, where, state

    def __call__(self, code):
        time.sleep(1.1)  # a report is younger than the last by its second
        report = self.charter(
            *("drift", "--state", self.where, "--notify", "webhook", "--detailed-exitcode", "-o", "json"),
            env={"CHARTER_WEBHOOK": self.hook.url},
        ).expect(code)
        assert "secret" not in report.err
        return report.json(), self.hook.take()


def remembered(state):
    """The ledger but for when it last looked, and what was new then."""
    ledger = {k: v for k, v in state().items() if k not in ("last", "points")}
    passing = ("last", "fresh")
    ledger["items"] = [{k: v for k, v in i.items() if k not in passing} for i in ledger["items"]]
    return ledger


def notes_in(kind, bench, directory):
    """Where the ledger is, and how it is read."""
    if kind == "file":
        path = directory / "nights.json"
        return str(path), lambda: json.loads(path.read_text())
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{bench.simulator.port}",
        region_name=seed.REGION,
        aws_access_key_id=bench.simulator.observer,
        aws_secret_access_key=bench.simulator.secret,
    )
    s3.create_bucket(Bucket="nights")
    where = {"Bucket": "nights", "Key": "main/drift.json"}
    return "s3://nights/main/drift.json", lambda: json.loads(s3.get_object(**where)["Body"].read())


def check_causes(report, hands):
    drift = report["drift"]
    items = open_items(drift)
    assert len(items) == sum(EXPECTED.values()) == 60
    assert Counter(len(cause["items"]) for cause in drift["causes"] if cause["session"]) == Counter(
        EXPECTED.values()
    )
    found = {cause["principal"]: cause for cause in drift["causes"] if cause["principal"]}
    assert found.keys() == hands.done.keys()
    for principal, (session, since, until) in hands.done.items():
        cause = found[principal]
        assert len(cause["items"]) == EXPECTED[session], session
        assert cause["session"] == session
        for index in cause["items"]:
            item = drift["items"][index]
            event = cause["events"][item["event"]]
            assert since <= when(event["time"]) <= until, (item, event)
            assert event["principal"] == principal
            assert not event["agent"].startswith("charter/")
            assert event["console"] == (session == "root")
    roles = {principal.rpartition("/")[0] for principal in found if ":assumed-role/" in principal}
    assert len(roles) + len([p for p in found if ":assumed-role/" not in p]) == 7
    assert drift["trail_unread"] is None
    assert drift["own_calls"] > 0
    ranks = [cause["rank"] for cause in drift["causes"]]
    order = ["break_glass", "administrator", "write", "read", "plain"]
    assert ranks == sorted(ranks, key=order.index)


def repair(hands, world, ks):
    tags = {k: [{"Key": "number", "Value": str(k)}] for k in ks}
    for k, tag in tags.items():
        world.aws.organizations.tag_resource(ResourceId=world.ids.accounts[f"more-{k}"], Tags=tag)


def organization(bench, repo, charter):
    """Applied, and with the roles of those who will change it."""
    from conftest import build_world

    world = build_world(model_of(), bench, repo, charter)
    hands = Hands(bench, world.ids)
    for account, name in (
        (seed.MANAGEMENT, "Ops"),
        (seed.MANAGEMENT, "Net"),
        (world.ids.accounts[CODE], "Admin"),
        (world.ids.accounts[PAY], "Admin"),
    ):
        hands.role(account, name)
    charter.apply()
    return world, hands


@pytest.mark.parametrize("kind", ["file", "bucket"])
def test_nights(bench, repo, charter, hook, tmp_path, kind):
    world, hands = organization(bench, repo, charter)
    night = Nights(charter, hook, *notes_in(kind, bench, tmp_path))

    # Nothing yet: what nobody declares is known from now on.
    report, told = night(0)
    assert told == [] and open_items(report["drift"]) == []

    first_half(hands)
    after = seed.changed(world.model)
    after["accounts"]["more-400"]["tags"]["number"] = "four hundred"
    world.commit(after)
    charter.apply("--only", "account/more-400")
    second_half(hands)

    report, told = night(2)
    check_causes(report, hands)
    assert len(told) == 1 and told[0].startswith("Drift began in `o-")
    assert "60 differences" in told[0] and "https://evil" not in told[0]
    assert all(item["fresh"] for item in open_items(report["drift"]))

    # Nothing new: nobody is told, nothing is written but when it was looked.
    before, version = remembered(night.state), bench.simulator.control("GET", "stats")["writes"]
    report, told = night(2)
    assert told == []
    assert remembered(night.state) == before
    assert bench.simulator.control("GET", "stats")["writes"] - version <= 1
    check_causes(report, hands)
    assert not any(item["fresh"] for item in report["drift"]["items"])

    # One is put right by hand: that is shown, and nobody is woken.
    repair(hands, world, [70])
    report, told = night(2)
    assert told == []
    (gone,) = report["drift"]["resolved"]
    assert gone["address"] == "account/more-70"
    assert len(open_items(report["drift"])) == 59

    # One more is new.
    number(world.aws.organizations, world.ids, [300], "late")
    report, told = night(2)
    assert len(told) == 1 and told[0].startswith("Drift grew in `o-") and "60 differences, 1 of" in told[0]
    assert [i["address"] for i in report["drift"]["items"] if i["fresh"]] == ["account/more-300"]

    # What cannot be read is neither in sync nor resolved; without CloudTrail nobody is named.
    bench.simulator.control("PUT", "faults", b"deny@cloudtrail:LookupEvents")
    report, told = night(2)
    assert told == [] and "AccessDenied" in report["drift"]["trail_unread"]
    assert {cause["principal"] for cause in report["drift"]["causes"]} == {None}
    bench.simulator.control("PUT", "faults", b"deny@organizations:ListPolicies")
    report, told = night(6)
    assert not any("there no more" in text or "ended" in text for text in told)
    assert [r["address"] for r in report["drift"]["resolved"]] == ["account/more-70"]
    bench.simulator.control("PUT", "faults", b"")

    # All is put back.
    charter.apply()
    report, told = night(0)
    assert len(told) == 1 and told[0].startswith("Drift ended in `o-")
    assert open_items(report["drift"]) == []
    assert len(report["drift"]["resolved"]) >= 50
    report, told = night(0)
    assert told == []
