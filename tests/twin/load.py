"""Load on a twin over HTTP: many connections, each with one request after another, for so many
seconds. Every answer must be what was asked for. As a program (`make load`): load.py [SECONDS
[CONNECTIONS]] starts a twin of its own and prints what it saw; ends with 1 where something was wrong."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import sys
import tempfile
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
FRESH = 60  # seconds for which a signed request is sent again; AWS takes it for 300
IAM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


@dataclass
class Result:
    requests: int = 0
    seconds: float = 0
    slowest: float = 0
    answers: Counter = field(default_factory=Counter)  # operation and status
    wrong: Counter = field(default_factory=Counter)  # what, as a text


class Client:
    """One connection. Its requests are signed once in a while: signing is slower than the twin."""

    def __init__(self, port: int, key: str, secret: str, number: int, result: Result):
        self.port, self.number, self.result = port, number, result
        self.credentials = Credentials(key, secret)
        self.signed: list[tuple[str, bytes, set[int]]] = []
        self.until = 0.0

    def request(self, service: str, operation: str, input_: dict, allowed: set[int]) -> None:
        headers = {"Host": f"127.0.0.1:{self.port}"}
        if service == "organizations":
            headers["X-Amz-Target"] = f"AWSOrganizationsV20161128.{operation}"
            headers["Content-Type"] = "application/x-amz-json-1.1"
            body = json.dumps(input_).encode()
        else:
            headers |= IAM
            body = urllib.parse.urlencode({"Action": operation, **input_}).encode()
        request = AWSRequest("POST", f"http://{headers['Host']}/", data=body, headers=headers)
        SigV4Auth(self.credentials, service, "us-east-1").add_auth(request)
        lines = ["POST / HTTP/1.1", *(f"{k}: {v}" for k, v in request.headers.items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
        self.signed.append((operation, head + body, allowed))

    def sign(self) -> None:
        """Reads of all kinds, and writes that every connection makes of its own or of one thing."""
        self.signed.clear()
        name, version = f"user-{self.number}", {"Version": "2010-05-08"}
        for operation in ("ListRoots", "ListAccounts", "DescribeOrganization"):
            self.request("organizations", operation, {}, {200})
        self.request("iam", "CreateUser", {"UserName": name, **version}, {200, 409})
        tag = {"Tags.member.1.Key": "k", "Tags.member.1.Value": str(self.number)}
        self.request("iam", "TagUser", {"UserName": name, **tag, **version}, {200})
        self.request("iam", "GetUser", {"UserName": name, **version}, {200})
        self.request("iam", "GetAccountAuthorizationDetails", {"MaxItems": "10", **version}, {200})
        self.request("iam", "DeleteUser", {"UserName": name, **version}, {200})
        self.request("organizations", "DescribePolicy", {"PolicyId": "p-00000000"}, {400})
        self.request("sts", "GetCallerIdentity", {"Version": "2011-06-15"}, {200})
        self.until = time.monotonic() + FRESH

    async def run(self, end: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.monotonic() < end:
            if time.monotonic() > self.until:
                self.sign()
            for operation, data, allowed in self.signed:
                began = time.monotonic()
                writer.write(data)
                status, body = await answer(reader)
                self.result.slowest = max(self.result.slowest, time.monotonic() - began)
                self.result.requests += 1
                self.result.answers[operation, status] += 1
                if status not in allowed:
                    self.result.wrong[f"{operation}: {status} {body[:120]!r}"] += 1
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return int(head.split(None, 2)[1]), await reader.readexactly(length)


async def together(clients: list[Client], seconds: float, result: Result) -> None:
    end = time.monotonic() + seconds
    ended = await asyncio.gather(*(c.run(end) for c in clients), return_exceptions=True)
    for error in ended:
        if error is not None:
            result.wrong[f"connection: {error!r}"] += 1


def run(port: int, account: str, secret: str, seconds: float, connections: int) -> Result:
    result = Result()
    key = f"AKIALOAD{account}"
    first = Client(port, key, secret, 0, result)
    first.request("organizations", "CreateOrganization", {"FeatureSet": "ALL"}, {200, 400})
    asyncio.run(send_once(first))
    clients = [Client(port, key, secret, k, result) for k in range(connections)]
    began = time.monotonic()
    asyncio.run(together(clients, seconds, result))
    result.seconds = time.monotonic() - began
    return result


async def send_once(client: Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    for _, data, _ in client.signed:
        writer.write(data)
        await answer(reader)
    writer.close()


def main() -> int:
    sys.path.insert(0, str(ROOT / "tests" / "moto"))
    from server import twin_server
    from simulator import MANAGEMENT, TWIN_SECRET

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else 64
    binary = pathlib.Path(os.environ.get("CHARTER_BIN", ROOT / "build" / "charter"))
    with tempfile.TemporaryDirectory() as directory:
        log = pathlib.Path(directory) / "twin.log"
        with twin_server(binary, log, "--rates", "off", "--account", MANAGEMENT) as port:
            result = run(port, MANAGEMENT, TWIN_SECRET, seconds, connections)
    print(f"{connections} connections, {result.seconds:.1f} s: {result.requests} requests, "
          f"{result.requests / result.seconds:.0f} a second, slowest {result.slowest * 1000:.0f} ms")  # fmt: skip
    for (operation, status), n in sorted(result.answers.items()):
        print(f"  {n:8} {status} {operation}")
    for what, n in sorted(result.wrong.items()):
        print(f"  {n:8} wrong: {what}")
    print("no error of the twin's own" if not result.wrong else f"{sum(result.wrong.values())} wrong")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
