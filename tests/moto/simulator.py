"""The two simulated AWS that the scenarios run on: moto, which others wrote, and charter's own twin.
Each is a process of its own on a free port, and is emptied before each test."""

from __future__ import annotations

import contextlib
import json
import pathlib
import urllib.request
from dataclasses import dataclass
from typing import Any, Iterable, Iterator

import seed
from server import empty_moto, moto_server, post, twin_server

MANAGEMENT = "123456789012"
TWIN_SECRET = "twin/secret/access/key"
NAMES = ("moto", "twin")
MANAGED = "moto-managed"


@dataclass(frozen=True)
class Simulator:
    """`key` is charter's, `observer` the tests' own: neither recorded nor disturbed by the proxy."""

    name: str
    port: int
    key: str
    observer: str
    secret: str
    email: str  # of the management account

    def empty(self) -> None:
        if self.name == "moto":
            empty_moto(self.port)
        else:
            self.control("PUT", "faults", b"")  # a reset brings them to their first state
            self.control("POST", "reset")

    def control(self, method: str, path: str, body: bytes | None = None) -> Any:
        """Of the twin: what its control paths answer."""
        url = f"http://127.0.0.1:{self.port}/_twin/{path}"
        request = urllib.request.Request(url, data=body, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.loads(reply.read())

    def independent(self, accounts: Iterable[str], role: str, trust: str) -> None:
        """Accounts beside the first one, in no organization, each with a role of this trust; moto
        makes an account, and takes a role for granted, when it is first asked for."""
        self.control("POST", "accounts", json.dumps(dict.fromkeys(accounts)).encode())
        for account in accounts:
            keys = (f"AKIAOBSV{account}", self.secret)
            iam = seed.clients(f"http://127.0.0.1:{self.port}", *keys).iam
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
            iam.attach_role_policy(
                RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
            )

    def make_accounts_older(self, days: int) -> None:
        """They joined so much earlier: AWS lets none leave in its first days, moto any."""
        if self.name == "twin":
            state = self.control("GET", "state")
            for account in state["accounts"].values():
                account["JoinedTimestamp"] -= days * 86400
            self.control("PUT", "state", json.dumps(state).encode())

    def check_signatures(self) -> None:
        """From now on; the twin always does."""
        if self.name == "moto":
            assert post(self.port, "/moto-api/reset-auth", "0") == 200


@contextlib.contextmanager
def simulated(
    name: str, binary: pathlib.Path, directory: pathlib.Path, *more: str
) -> Iterator[Simulator]:
    """`more`: options of the twin. MANAGED is moto with AWS's own policies."""
    if name in ("moto", MANAGED):
        with moto_server(directory / "moto.log", name == MANAGED) as port:
            yield Simulator("moto", port, "testing", "observer", "testing", "master@example.com")
        return
    options = ["--rates", "off", "--account", MANAGEMENT, "--quota-accounts", "1000", *more]
    with twin_server(binary, directory / "twin.log", *options) as port:
        key, observer = f"AKIATWIN{MANAGEMENT}", f"AKIAOBSV{MANAGEMENT}"
        yield Simulator(name, port, key, observer, TWIN_SECRET, "management@example.com")

