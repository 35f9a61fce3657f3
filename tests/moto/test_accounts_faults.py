"""Faults while charter works in member accounts: every call lost, its answer lost, the process
killed; sessions that are refused or end; readings that fail. The next apply converges to what an
undisturbed one leaves, and the other account goes on."""

from __future__ import annotations

import json
from typing import Any

import members
import plans
import pytest
from conftest import World
from inside import Inside
from live import difference
from test_faults import kill_at

CALLS = 50  # of the plan on the twin; moto has no service-specific credentials


class Company(World):
    """Two accounts under charter, and a commit that changes much in both."""

    bench: Any
    wanted: dict[str, Any]

    def set_up(self, made: dict[str, Any]) -> None:
        """As the first commit says, and what others did by hand; the second is not applied yet."""
        simulator = self.bench.simulator
        self.model["iam"] = members.before()["iam"]
        self.commit(self.model, "the accounts")
        if "state" in made:
            simulator.control("PUT", "state", made["state"])
        else:
            self.charter.apply()
            twin = simulator.name == "twin"
            members.by_hand(Inside(self.bench), self.ids, twin)
            if twin:
                made["state"] = json.dumps(simulator.control("GET", "state")).encode()
        self.commit(members.after(self.model))
        self.bench.proxy.reset()

    def read(self) -> dict[str, Any]:
        return members.read_all(Inside(self.bench), self.ids)

    def of(self, name: str) -> Any:
        """Whether a request is made in this account."""
        proxy, account = self.bench.proxy, self.ids.accounts[name]
        return lambda request: request.service == "iam" and proxy.account_of(request) == account

    def entering(self, name: str) -> Any:
        account = self.ids.accounts[name]
        return lambda request: f"::{account}:" in request.input.get("RoleArn", "")

    def changed_in(self, name: str) -> list[str]:
        return [r.operation for r in self.bench.proxy.mutations() if self.of(name)(r)]

    def assert_done(self, killed: bool = False) -> None:
        live = self.read()
        if killed:
            # Between its two calls a virtual MFA device is nobody's: no listing says whose it was.
            assert live["alpha"].pop("spare") in ([], ["arn:aws:iam::<alpha>:mfa/eve"])
            live["alpha"]["spare"] = []
        differs = difference(live, self.wanted)
        assert not differs, "\n".join(differs[:20])

    def converge(self, killed: bool = False) -> None:
        self.charter.apply()
        self.assert_done(killed)
        plans.assert_empty(self.charter.plan("--ref", "HEAD"))


@pytest.fixture(scope="session")
def made() -> dict[str, dict[str, Any]]:
    """By simulator, what the first test of the session found out for the others."""
    return {"moto": {}, "twin": {}}


@pytest.fixture
def company(bench, charter, repo, made) -> Company:
    charter.repo = repo.path
    known = made[bench.simulator.name]

    def build() -> Company:
        model, ids = bench.make({**members.before(), "iam": {}})
        world = Company(model, ids, repo, bench.aws, charter)
        world.bench = bench
        world.set_up(known)
        return world

    if "wanted" not in known:
        world = build()
        charter.apply()
        known["wanted"] = world.read()
        bench.empty()
        repo.clock -= 120  # the same commits, which the state on the twin names
        repo.git("update-ref", "-d", "HEAD")
    world = build()
    world.wanted = known["wanted"]
    return world


def test_without_faults(company, proxy):
    """What the commit does, in the accounts that it names and no other; each call is counted."""
    plan = company.charter.plan("--ref", "HEAD")
    proxy.reset()
    company.converge()
    sent = proxy.mutations()
    assert len(sent) == len(plan["calls"])
    twin = company.bench.simulator.name == "twin"
    assert len(sent) == CALLS if twin else len(sent) < CALLS, len(sent)
    alpha, beta = (company.wanted[name] for name in members.NAMES)
    assert sorted(alpha["users"]) == sorted(beta["users"]) == ["adam", "zoe"]
    assert {"app", "bound", "new", "reader"} <= set(alpha["roles"]) and "old" not in alpha["roles"]
    assert alpha["roles"]["new"]["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("/few")
    assert "PermissionsBoundary" not in alpha["roles"]["bound"]
    assert alpha["roles"]["app"]["MaxSessionDuration"] == 14400
    assert len(alpha["policies"]["dev"]["PolicyVersionList"]) == 5
    assert len(beta["policies"]["dev"]["PolicyVersionList"]) == 2
    assert (alpha["aliases"], beta["aliases"]) == (["alpha-two"], ["beta-one"])
    assert alpha["password"]["MinimumPasswordLength"] == 20
    assert {a.rpartition("/")[2] for a in alpha["providers"]} == {"a.example", "c.example"}
    assert alpha["devices"] == alpha["spare"] == [] and alpha["keys"] == {"adam": 1, "zoe": 0}
    assert [p["InstanceProfileName"] for p in alpha["profiles"]] == ["old"]
    (statement,) = beta["roles"]["visitor"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"]["AWS"] == "arn:aws:iam::<alpha>:role/apps/new"


@pytest.mark.exhaustive
@pytest.mark.parametrize("index", range(CALLS))
@pytest.mark.parametrize("action", ["cut_after", "cut_before"])
def test_connection_cut(company, proxy, index, action):
    fault = proxy.add(action, mutates=True, nth=index)
    result = company.charter("apply", "--ref", "HEAD").expect(0, 5)
    if not fault.hits:
        assert company.bench.simulator.name == "moto"
        pytest.skip("moto has fewer calls")
    if result.code == 0:
        company.assert_done()
    company.converge()


@pytest.mark.exhaustive
@pytest.mark.parametrize("index", range(1, CALLS, 4))
@pytest.mark.parametrize("action", ["call_before", "call_after"])
def test_process_killed(company, proxy, index, action):
    kill_at(company, proxy, action, index)
    company.converge(killed=True)


@pytest.mark.parametrize("action", ["cut_before", "cut_after", "throttle", "truncate"])
def test_client_ids_of_a_provider(company, proxy, action):
    """Whether they were added and removed, nobody was told; they stand there once."""
    if company.bench.simulator.name == "moto":
        pytest.skip("moto answers the calls of client ids with HTTP 500")
    model = members.after(company.model)
    provider = model["iam"]["accounts"]["alpha"]["oidc_providers"]["a.example"]
    provider["client_ids"] = ["two", "three"]
    company.commit(model)
    faults = [
        proxy.add(action, operation=f"{operation}OpenIDConnectProvider")
        for operation in ("AddClientIDTo", "RemoveClientIDFrom")
    ]
    company.charter("apply", "--ref", "HEAD").expect(0, 5)
    assert all(fault.hits for fault in faults)
    company.charter.apply()
    plans.assert_empty(company.charter.plan("--ref", "HEAD"))
    (found,) = [v for k, v in company.read()["alpha"]["providers"].items() if "a.example" in k]
    assert found["ClientIDList"] == ["three", "two"]


@pytest.mark.parametrize("action", ["deny", "html", "status"])
def test_account_that_cannot_be_entered(company, proxy, action):
    """The other goes on; nothing is changed in this one, and the plan names it."""
    fault = proxy.add(
        action, operation="AssumeRole", times=0, where=company.entering("alpha"), status=403,
        code="RegionDisabledException",
    )
    plan = company.charter.plan("--ref", "HEAD", code=6)
    account = company.ids.accounts["alpha"]
    assert f"iam/{account}" in {u["scope"] for u in plan["unread"]}
    assert plans.change_of(plan, "iam_role/alpha/new")["blocked"] == f"iam/{account}"
    company.charter.apply(code=6)
    assert fault.hits and company.changed_in("alpha") == []
    assert "DeleteUser" in company.changed_in("beta")
    # The role that trusts one of the other account waits for it.
    assert "visitor" not in company.read()["beta"]["roles"]
    proxy.faults.clear()
    company.converge()


@pytest.mark.parametrize("action", ["throttle", "cut_before", "cut_after", "truncate", "html"])
def test_entering_takes_several_tries(company, proxy, action):
    fault = proxy.add(action, operation="AssumeRole", times=2, where=company.entering("alpha"))
    company.charter.apply()
    assert fault.hits == 2
    company.assert_done()


EXPIRED = {"status": 403, "code": "ExpiredToken", "message": "The security token has expired"}


@pytest.mark.parametrize("index", [0, 1, 5, 20])
def test_session_ends_in_mid_run(company, proxy, index):
    """A new one is made, and the call is sent again."""
    fault = proxy.add("status", nth=index, mutates=True, where=company.of("alpha"), **EXPIRED)
    company.charter.apply()
    assert fault.hits == 1
    entered = [r for r in proxy.requests if company.entering("alpha")(r)]
    assert len(entered) >= 2
    company.assert_done()


def test_session_ends_while_reading(company, proxy):
    fault = proxy.add("status", mutates=False, nth=1, where=company.of("beta"), **EXPIRED)
    company.charter.apply()
    assert fault.hits == 1
    company.assert_done()


def test_every_session_is_refused_in_mid_run(company, proxy):
    """From its third write on, whatever session it is: the run ends, in part, and says so."""
    fault = proxy.add("status", nth=2, times=0, mutates=True, where=company.of("alpha"), **EXPIRED)
    result = company.charter("apply", "--ref", "HEAD").expect(5)
    assert fault.hits and "expired" in (result.out + result.err).lower()
    assert fault.hits < 3 * CALLS, "tried again and again"
    assert "DeleteUser" in company.changed_in("beta")
    proxy.faults.clear()
    company.converge()


DELETIONS = {"DeleteOpenIDConnectProvider", "DeletePolicy", "DeleteRole", "DeleteUser"}
# Without these the account is not known whole, and nothing is deleted in it.
READS = [
    "GetAccountAuthorizationDetails",
    "ListRoles",
    "ListOpenIDConnectProviders",
    "GetOpenIDConnectProvider",
    "ListAccountAliases",
    "GetAccountPasswordPolicy",
    "ListPolicyTags",
]
# Without these a user that goes stays.
OWNED = [
    "GetLoginProfile",
    "ListAccessKeys",
    "ListMFADevices",
    "ListSigningCertificates",
    "ListSSHPublicKeys",
    "ListServiceSpecificCredentials",
]


@pytest.mark.parametrize("fault", ["deny", "status"])
@pytest.mark.parametrize("operation", READS + OWNED)
def test_reading_fails_in_one_account(company, proxy, operation, fault):
    hit = proxy.add(
        fault, operation=operation, times=0, where=company.of("alpha"), status=500,
        code="ServiceFailure",
    )
    result = company.charter("apply", "--ref", "HEAD", env={"AWS_MAX_ATTEMPTS": "2"}).expect(6)
    assert hit.hits and company.ids.accounts["alpha"] in result.out + result.err
    gone = set(company.changed_in("alpha")) & DELETIONS
    assert gone == (DELETIONS - {"DeleteUser"} if operation in OWNED else set())
    assert "DeleteUser" in company.changed_in("beta")
    proxy.faults.clear()
    company.converge()


def test_second_page_fails_in_one_account(company, proxy):
    """What the first page held is not taken for all there is."""
    operation, of_alpha = "GetAccountAuthorizationDetails", company.of("alpha")
    first = proxy.add("empty_page", operation=operation, where=of_alpha)
    second = proxy.add(
        "deny", operation=operation, times=0, where=lambda r: of_alpha(r) and "Marker" in r.input
    )
    plan = company.charter.plan("--ref", "HEAD", code=6)
    assert first.hits == 1 and second.hits
    scope = f"iam/{company.ids.accounts['alpha']}"
    assert scope in {u["scope"] for u in plan["unread"]}
    kinds = {c["change"].partition("/")[0] for c in plan["calls"] if "/alpha/" in c["change"]}
    assert kinds <= {"iam_account", "iam_oidc_provider"}
    first.seen = 0
    company.charter.apply(code=6)
    assert not set(company.changed_in("alpha")) & DELETIONS
    assert "DeleteUser" in company.changed_in("beta")
    proxy.faults.clear()
    company.converge()
