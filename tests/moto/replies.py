"""Requests and replies of the simulated services, as the proxy sees and makes them."""

from __future__ import annotations

import html
import json
import re
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

READS = re.compile(r"^(List|Describe|Get|Lookup|BatchGet|Simulate|Search|Assume|IsMember)")
IAM_NS = "https://iam.amazonaws.com/doc/2010-05-08/"
# The services whose operation stands in a header, by the name that they are signed for.
TARGETS = {
    "organizations": "AWSOrganizationsV20161128",
    "sso": "SWBExternalService",
    "identitystore": "AWSIdentityStore",
    "cloudtrail": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
}


@dataclass
class Request:
    """One request as the proxy saw it. `reached`: moto handled it, whatever the client was told."""

    n: int
    service: str
    operation: str
    input: dict[str, Any]
    account: str
    headers: dict[str, str] = field(repr=False, default_factory=dict)
    method: str = "POST"
    path: str = "/"
    mutates: bool = False
    reached: bool = False
    status: int = 0
    fault: str = ""
    time: float = 0.0


def parse_request(n: int, method: str, path: str, headers: Any, body: bytes) -> Request:
    """Service from the credential scope, operation from the header, the form or the path."""
    scope = re.search(r"Credential=([^/,]+)/(\d+)/([^/]*)/([^/]+)/", headers.get("Authorization", ""))
    service = scope.group(4) if scope else ""
    operation, input_ = "", {}
    target = headers.get("X-Amz-Target", "")
    if target:
        operation = target.rpartition(".")[2]
        input_ = json.loads(body or b"{}")
    elif "x-www-form-urlencoded" in headers.get("Content-Type", ""):
        input_ = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        operation = input_.pop("Action", "")
        input_.pop("Version", None)
    else:
        name = path.partition("?")[0].strip("/")
        operation = name[:1].upper() + name[1:]
        try:
            input_ = json.loads(body or b"{}")
        except ValueError:
            input_ = {}
    return Request(
        n=n,
        service=service,
        operation=operation,
        input=input_,
        account=scope.group(1) if scope else "",
        headers=dict(headers.items()),
        method=method,
        path=path,
        mutates=not READS.match(operation),
        time=time.monotonic(),
    )


class Reply:
    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes):
        self.status = status
        self.headers = [
            (k, v)
            for k, v in headers
            if k.lower() not in ("connection", "content-length", "transfer-encoding")
        ]
        self.body = body

    def json(self) -> dict[str, Any] | None:
        try:
            value = json.loads(self.body)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


def json_reply(value: Any) -> Reply:
    return Reply(200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(value).encode())


def error_reply(request: Request, status: int, code: str, message: str, **more: str) -> Reply:
    """An error in the form of the service's protocol."""
    if request.service in ("iam", "sts"):
        body = (
            f'<ErrorResponse xmlns="{IAM_NS}"><Error><Type>Sender</Type><Code>{code}</Code>'
            f"<Message>{html.escape(message)}</Message></Error>"
            "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
        )
        return Reply(status, [("Content-Type", "text/xml")], body.encode())
    body = json.dumps({"__type": code, "message": message, **more})
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)]
    return Reply(status, headers, body.encode())
