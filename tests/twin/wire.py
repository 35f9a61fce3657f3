"""Requests to the twin itself, past the proxy and past any client's cleverness: one HTTP request, one
reply as it came."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TARGET = "AWSOrganizationsV20161128"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def code(self) -> str:
        """Of an error, whatever the protocol."""
        if self.body.startswith(b"<"):
            return self.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()
        return self.json().get("__type") or self.headers["x-amzn-errortype"]


def connect(simulator: Any) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=30)


def sign(simulator: Any, service: str, headers: dict[str, str], body: bytes, path: str = "/") -> dict[str, str]:
    host = f"127.0.0.1:{simulator.port}"
    request = AWSRequest("POST", f"http://{host}{path}", data=body, headers={"Host": host, **headers})
    credentials = Credentials(simulator.observer, simulator.secret)
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return dict(request.headers.items())


def parts(simulator: Any, service: str, operation: str, input_: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """Path, signed headers and body of an operation."""
    if service == "organizations":
        body = json.dumps(input_).encode()
        headers = {"X-Amz-Target": f"{TARGET}.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        return "/", sign(simulator, service, headers, body), body
    if service == "account":
        body = json.dumps(input_).encode()
        path = f"/{operation[:1].lower()}{operation[1:]}"
        return path, sign(simulator, service, {"Content-Type": "application/json"}, body, path), body
    version = {"iam": "2010-05-08", "sts": "2011-06-15"}[service]
    body = urllib.parse.urlencode({"Action": operation, "Version": version, **input_}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return "/", sign(simulator, service, headers, body), body


def exchange(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str], body: bytes, method: str = "POST"
) -> Answer:
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    got = {name.lower(): value for name, value in reply.getheaders()}
    return Answer(reply.status, got, reply.read())


def call(simulator: Any, service: str, operation: str, input_: dict[str, Any] | None = None) -> Answer:
    connection = connect(simulator)
    try:
        return exchange(connection, *parts(simulator, service, operation, input_ or {}))
    finally:
        connection.close()


def alive(simulator: Any) -> bool:
    return call(simulator, "sts", "GetCallerIdentity").status == 200
