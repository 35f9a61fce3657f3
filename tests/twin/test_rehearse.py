"""What `charter rehearse` says of a plan is what `charter apply` then meets: refusals that only AWS
can utter, since no rule of the plan counts them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import seed
from conftest import Charter
from server import twin_server
from simulator import MANAGEMENT, TWIN_SECRET, Simulator

SETTINGS: dict[str, Any] = {
    "charter": 1,
    "scope": "main",
    "organization": {
        "create": True,
        "management_account": MANAGEMENT,
        "policy_types": ["SERVICE_CONTROL_POLICY"],
    },
    "guards": {"removals": {"default": {"floor": 5, "count": 25}}},
}
DENY = {"document": seed.statement("Deny", ["s3:PutBucketAcl"]), "description": "no buckets"}


def account(name: str, unit: str) -> dict[str, str]:
    return {"email": f"{name}@example.com", "unit": unit}


class Place:
    """A twin that admits four accounts, and a repository for it."""

    def __init__(self, charter, repo, simulator, port):
        self.charter, self.repo, self.simulator = charter, repo, simulator
        key = f"AKIAOBSV{MANAGEMENT}"
        self.org = seed.clients(f"http://127.0.0.1:{port}", key, TWIN_SECRET).organizations

    def declare(self, **sections: Any) -> None:
        self.repo.commit({"charter.yaml": json.dumps({**SETTINGS, **sections})})

    def rehearse(self, *args: str, code: int) -> Any:
        before = self.simulator.control("GET", "log")
        found = self.charter("rehearse", "--ref", "HEAD", "-o", "json", *args).expect(code).json()
        assert self.simulator.control("GET", "log") == before  # it writes to its own twin alone
        return found

    def root(self) -> str:
        return self.org.list_roots()["Roots"][0]["Id"]

    def unit(self, name: str) -> str:
        listed = self.org.list_organizational_units_for_parent(ParentId=self.root())
        return {u["Name"]: u["Id"] for u in listed["OrganizationalUnits"]}[name]

    def foretold(self, *args: str) -> tuple[str, str, str]:
        """The first refusal of the rehearsal is one of the apply's, word for word."""
        report = self.rehearse(*args, code=1)
        assert report["converged"] is False
        first = next(call for call in report["calls"] if call["n"] == report["refused"])
        met = self.charter("apply", "--ref", "HEAD").expect(5)
        said = " ".join((met.out + met.err).split())
        assert "{operation} {change}: failed: {code}: {message}".format(**first) in said
        return first["operation"], first["change"], first["code"]


@pytest.fixture
def place(binary, repo, tmp_path):
    options = ["--account", MANAGEMENT, "--rates", "off", "--quota-accounts", "4"]
    with twin_server(binary, tmp_path / "twin.log", *options) as port:
        key = f"AKIATWIN{MANAGEMENT}"
        charter = Charter(binary, tmp_path / "home", f"http://127.0.0.1:{port}", key, TWIN_SECRET)
        charter.repo = repo.path
        simulator = Simulator("twin", port, key, f"AKIAOBSV{MANAGEMENT}", TWIN_SECRET, "")
        yield Place(charter, repo, simulator, port)


def test_quota_of_accounts(place):
    place.declare(units={"A": {}}, accounts={"one": account("one", "A")})
    assert place.rehearse(code=0)["converged"]
    place.charter.apply()
    names = ("one", "two", "three", "four")
    place.declare(units={"A": {}}, accounts={name: account(name, "A") for name in names})
    assert place.rehearse(code=0)["converged"]  # AWS's own ten
    found = place.foretold("--quota-accounts", "4")
    assert found[0] == "CreateAccount" and found[2] == "ConstraintViolationException"
    assert len(place.org.list_accounts()["Accounts"]) == 4


def test_quota_of_policies(place):
    """Nine more are attached by hand: one over the ten that a target may have."""
    place.declare(policies={"deny": DENY}, units={"A": {}})
    place.charter.apply()
    unit = place.unit("A")
    for k in range(9):
        made = place.org.create_policy(
            Name=f"by-hand-{k}", Description="", Type="SERVICE_CONTROL_POLICY",
            Content=json.dumps(seed.statement("Deny", ["s3:*"])),
        )  # fmt: skip
        place.org.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=unit)
    place.declare(policies={"deny": DENY}, units={"A": {"policies": {"only": ["deny"]}}})
    assert place.foretold() == ("AttachPolicy", "unit/A", "ConstraintViolationException")


@pytest.mark.parametrize("what", ["closed account", "unit by hand"])
def test_unit_that_is_not_empty(place, what):
    """OrganizationalUnitNotEmptyException is foretold by the plan already, which knows all that a
    unit can hold, closed accounts too: there is nothing to rehearse, and apply says the same."""
    place.declare(units={"A": {}, "B": {}}, accounts={"one": account("one", "B")})
    place.charter.apply()
    unit, rest = place.unit("B"), {"one": account("one", "A")}
    if what == "closed account":
        accounts = {a["Name"]: a["Id"] for a in place.org.list_accounts()["Accounts"]}
        place.org.close_account(AccountId=accounts["one"])
        rest = {}
    else:
        place.org.create_organizational_unit(ParentId=unit, Name="by hand")
    place.declare(units={"A": {}}, accounts=rest)
    log = place.simulator.control("GET", "log")
    for words in (["rehearse"], ["apply"]):
        done = place.charter(*words, "--ref", "HEAD").expect(3)
        said = " ".join((done.out + done.err).split())
        assert "unit/B would be deleted, and " in said and " is still in it" in said
    assert place.simulator.control("GET", "log") == log


def test_reading_that_is_partial(place, binary, tmp_path):
    """A twin that loads it says what it lacks."""
    place.declare(units={"A": {}})
    place.charter.apply()
    file, log = tmp_path / "live.jsonl", tmp_path / "loaded.log"
    place.simulator.control("PUT", "faults", b"deny@GetAccountAuthorizationDetails")
    place.charter("snapshot", "--out", str(file))
    with twin_server(binary, log, "--load", str(file)):
        pass
    assert f"charter: iam/{MANAGEMENT} was not read whole: AccessDenied" in log.read_text()
