"""A proxy in front of a simulated AWS that records every request and breaks chosen replies. For moto
it answers the operations that moto lacks (gaps.txt); what the twin answers is passed on as it is.

Used by the tests as a library, and by the demo as a program: proxy.py UPSTREAM_PORT PORT.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import pathlib
import random
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Iterator

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from center_gaps import CenterGaps
from replies import IAM_NS, TARGETS, Reply, Request, error_reply, parse_request

MANAGEMENT = "123456789012"
# Access keys of the tests' own clients: neither recorded nor disturbed.
OBSERVER = re.compile(r"Credential=(observer|AKIAOBSV\d{12})/")
CONTROL = ("/moto-api/", "/_twin/")
GAPS = pathlib.Path(__file__).with_name("gaps.txt")

# The code with which each service says "too fast" and "you may not".
THROTTLED = {
    "organizations": "TooManyRequestsException",
    "account": "TooManyRequestsException",
    "iam": "Throttling",
    "sts": "Throttling",
}
# The listings that take a page size from the tests.
PAGED = {
    "ListAccounts",
    "ListAccountsForParent",
    "ListOrganizationalUnitsForParent",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListUsers",
    "ListGroups",
    "ListGroupMemberships",
    "ListPermissionSets",
    "ListAccountAssignments",
    "ListAccountAssignmentsForPrincipal",
}
DENIED = {"iam": "AccessDenied", "sts": "AccessDenied"}


def read_gaps() -> tuple[str, list[tuple[str, str]]]:
    """The moto version that the list was made for, and its (service, operation) pairs."""
    version, pairs = "", []
    for line in GAPS.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "moto":
            version = words[1]
        else:
            pairs.append((words[0], words[1]))
    return version, pairs


@dataclass
class Fault:
    """What goes wrong, and with which request.

    Of the requests that match `service`, `operation`, `mutates` and `where`, the one with index
    `nth` (from 0) is hit, and `times - 1` after it; `times=0` hits all from there on. Actions:

    cut_before  the connection is reset, moto never sees the request
    cut_after   moto handles the request, then the connection is reset
    status      `status`, `code` and `message` in the form of the service; `body` replaces it whole
    deny        AccessDenied        throttle  the service's throttling error (`retry_after`)
    truncate    half of the body, then the end of the connection
    html        a page of a proxy or a load balancer in place of the reply
    wrong_length  a Content-Length that is smaller than the body
    delay       `seconds` before the reply, and `callback(request)` before them
    empty_page  an empty page with a token; the token then gives the real first page
    repeat_token  a token that repeats for ever
    half        the first half of each list, as if that were all
    call_before, call_after  `callback(request)` before or after moto handles it, then the reply is cut
    """

    action: str
    operation: str | None = None
    service: str | None = None
    mutates: bool | None = None
    where: Callable[[Request], bool] | None = None
    nth: int = 0
    times: int = 1
    status: int = 500
    code: str = "InternalFailure"
    message: str = "a fault of the test"
    body: bytes | None = None
    retry_after: int | None = None
    seconds: float = 0.2
    callback: Callable[[Request], None] | None = None
    seen: int = 0
    hits: int = 0

    def takes(self, request: Request) -> bool:
        if self.operation is not None and request.operation != self.operation:
            return False
        if self.service is not None and request.service != self.service:
            return False
        if self.mutates is not None and request.mutates != self.mutates:
            return False
        if self.where is not None and not self.where(request):
            return False
        index, self.seen = self.seen, self.seen + 1
        if index < self.nth or (self.times and index >= self.nth + self.times):
            return False
        self.hits += 1
        return True


class Gaps(CenterGaps):
    """The operations of gaps.txt: what they set is kept here and written into moto's replies."""

    def __init__(self, proxy: "Proxy"):
        self.proxy = proxy
        self.names: dict[str, str] = {}
        # By account, kind (User or Role is moto's own) and name.
        self.boundaries: dict[tuple[str, str], str] = {}
        self.reset_center()

    def reset(self) -> None:
        self.names.clear()
        self.boundaries.clear()
        self.reset_center()

    def place(self, request: Request, name: str) -> tuple[str, str]:
        """A user of this name, in the account that the request is made in."""
        return self.proxy.account_of(request), name

    def answer(self, request: Request) -> Reply | None:
        if (request.service, request.operation) not in self.proxy.gap_list:
            return None
        return getattr(self, "do_" + request.operation)(request)

    def do_PutAccountName(self, request: Request) -> Reply:
        name = request.input.get("AccountName", "")
        account = request.input.get("AccountId", MANAGEMENT)
        if request.input.get("AccountId") == MANAGEMENT:
            return error_reply(
                request, 403, "AccessDeniedException", "the management account must omit AccountId"
            )
        if not 1 <= len(name) <= 50 or re.search(r"[<>]", name):
            return error_reply(request, 400, "ValidationException", "AccountName does not match")
        if self.proxy.ask("organizations", "DescribeAccount", {"AccountId": account}).status != 200:
            return error_reply(request, 404, "ResourceNotFoundException", "no such account")
        self.names[account] = name
        return Reply(200, [("Content-Type", "application/json")], b"")

    def do_PutUserPermissionsBoundary(self, request: Request) -> Reply:
        user = request.input.get("UserName", "")
        reply = self.proxy.ask_iam("GetUser", {"UserName": user}, request.account)
        if reply.status != 200:
            return reply
        self.boundaries[self.place(request, user)] = request.input.get("PermissionsBoundary", "")
        return self.iam_done("PutUserPermissionsBoundary")

    def do_DeleteUserPermissionsBoundary(self, request: Request) -> Reply:
        user = request.input.get("UserName", "")
        reply = self.proxy.ask_iam("GetUser", {"UserName": user}, request.account)
        if reply.status != 200:
            return reply
        if self.boundaries.pop(self.place(request, user), None) is None:
            return error_reply(request, 404, "NoSuchEntity", f"user {user} has no boundary")
        return self.iam_done("DeleteUserPermissionsBoundary")

    def do_ListServiceSpecificCredentials(self, request: Request) -> Reply:
        """moto lets nobody make one."""
        reply = self.proxy.ask_iam(
            "GetUser", {"UserName": request.input.get("UserName", "")}, request.account
        )
        if reply.status != 200:
            return reply
        operation = "ListServiceSpecificCredentials"
        body = (
            f'<{operation}Response xmlns="{IAM_NS}"><{operation}Result>'
            f"<ServiceSpecificCredentials/></{operation}Result><ResponseMetadata>"
            "<RequestId>00000000-0000-0000-0000-000000000000</RequestId>"
            f"</ResponseMetadata></{operation}Response>"
        )
        return Reply(200, [("Content-Type", "text/xml")], body.encode())

    @staticmethod
    def iam_done(operation: str) -> Reply:
        body = (
            f'<{operation}Response xmlns="{IAM_NS}"><ResponseMetadata>'
            "<RequestId>00000000-0000-0000-0000-000000000000</RequestId>"
            f"</ResponseMetadata></{operation}Response>"
        )
        return Reply(200, [("Content-Type", "text/xml")], body.encode())

    def patch(self, request: Request, reply: Reply) -> None:
        """Shows in moto's reply what the missing operations have set."""
        if request.service == "identitystore":
            self.patch_identitystore(request, reply)
        if reply.status != 200:
            return
        if request.service == "sso":
            self.patch_sso(request, reply)
        elif request.service == "iam":
            self.patch_iam(request, reply)
        elif request.service == "organizations" and self.names:
            value = reply.json()
            if value is not None:
                self.rename(value)
                reply.body = json.dumps(value).encode()

    def rename(self, value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                self.rename(item)
        elif isinstance(value, dict):
            account = value.get("Id") or value.get("TargetId") or value.get("AccountId")
            for key in ("Name", "AccountName"):
                if account in self.names and key in value:
                    value[key] = self.names[account]
            for item in value.values():
                if isinstance(item, (dict, list)):
                    self.rename(item)

    def patch_iam(self, request: Request, reply: Reply) -> None:
        if request.operation == "CreateUser" and "PermissionsBoundary" in request.input:
            place = self.place(request, request.input["UserName"])
            self.boundaries[place] = request.input["PermissionsBoundary"]
        if request.operation == "DeleteUser":
            self.boundaries.pop(self.place(request, request.input.get("UserName", "")), None)
        if request.operation == "UpdateUser" and "NewUserName" in request.input:
            boundary = self.boundaries.pop(
                self.place(request, request.input.get("UserName", "")), None
            )
            if boundary:
                self.boundaries[self.place(request, request.input["NewUserName"])] = boundary
        if request.operation not in ("GetAccountAuthorizationDetails", "GetUser", "CreateUser"):
            return
        if not self.boundaries:
            return
        ElementTree.register_namespace("", IAM_NS)
        root = ElementTree.fromstring(reply.body)
        for user in root.iter():
            name = user.find(f"{{{IAM_NS}}}UserName")
            if name is None or self.place(request, name.text) not in self.boundaries:
                continue
            for old in user.findall(f"{{{IAM_NS}}}PermissionsBoundary"):
                user.remove(old)
            boundary = ElementTree.SubElement(user, f"{{{IAM_NS}}}PermissionsBoundary")
            kind = ElementTree.SubElement(boundary, f"{{{IAM_NS}}}PermissionsBoundaryType")
            kind.text = "Policy"
            arn = ElementTree.SubElement(boundary, f"{{{IAM_NS}}}PermissionsBoundaryArn")
            arn.text = self.boundaries[self.place(request, name.text)]
        reply.body = ElementTree.tostring(root)


class Server(ThreadingHTTPServer):
    """With room for all the connections that a client opens at once: a refused one is tried again
    by the kernel seconds later."""

    request_queue_size = 256
    daemon_threads = True


class Proxy:
    """The proxy, its record of requests, and the faults that wait for theirs."""

    def __init__(
        self,
        upstream: int,
        port: int = 0,
        gaps: bool = True,
        key: tuple[str, str] | None = None,
        check: Callable[[Request, Reply], None] | None = None,
    ):
        """`gaps`: upstream is moto. `key`: upstream verifies signatures, and this key id and secret
        are charter's. `check` sees every reply of upstream before it is passed on."""
        self.upstream = upstream
        self.version, pairs = read_gaps()
        self.gap_list = set(pairs) if gaps else set()
        self.gaps = Gaps(self)
        self.key = key
        self.check = check
        self.lock = threading.Lock()
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.sessions: dict[str, str] = {}  # access key of a session -> account
        self.jitter: int | None = None
        self.shuffle: int | None = None
        self.page_size: int | None = None
        proxy = self

        class Handler(ProxyHandler):
            owner = proxy

        self.handling = 0
        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> "Proxy":
        self.thread.start()
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @contextlib.contextmanager
    def in_hand(self) -> Iterator[None]:
        with self.lock:
            self.handling += 1
        try:
            yield
        finally:
            with self.lock:
                self.handling -= 1

    def settle(self, seconds: float = 30) -> None:
        """Waits for requests whose sender is gone: a delayed one would change the next test's AWS."""
        until = time.monotonic() + seconds
        while self.handling and time.monotonic() < until:
            time.sleep(0.02)
        assert not self.handling, f"{self.handling} requests are still in hand"

    def reset(self) -> None:
        """Forgets requests, faults and settings, but not what the gaps have set."""
        with self.lock:
            self.requests = []
            self.faults = []
        self.jitter = self.shuffle = self.page_size = None

    def add(self, action: str, **options: Any) -> Fault:
        fault = Fault(action, **options)
        with self.lock:
            self.faults.append(fault)
        return fault

    def mutations(self) -> list[Request]:
        with self.lock:
            return [r for r in self.requests if r.mutates]

    def account_of(self, request: Request) -> str:
        """The account that the request is made in."""
        return self.sessions.get(request.account, MANAGEMENT)

    def note_session(self, request: Request, reply: Reply) -> None:
        key = re.search(rb"<AccessKeyId>([^<]+)<", reply.body)
        if request.operation == "AssumeRole" and reply.status == 200 and key:
            self.sessions[key.group(1).decode()] = request.input["RoleArn"].split(":")[4]

    def operations(self) -> list[str]:
        with self.lock:
            return [r.operation for r in self.requests]

    def record(self, method: str, path: str, headers: Any, body: bytes) -> tuple[Request, Fault | None]:
        with self.lock:
            request = parse_request(len(self.requests), method, path, headers, body)
            self.requests.append(request)
            hit = None
            for fault in self.faults:
                if fault.takes(request) and hit is None:
                    hit = fault
                    request.fault = fault.action
            return request, hit

    def forward(self, method: str, path: str, headers: Any, body: bytes) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=120)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for key, value in headers.items():
                if key.lower() not in ("connection", "content-length", "expect", "transfer-encoding"):
                    connection.putheader(key, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def ask(self, service: str, operation: str, input_: dict[str, Any]) -> Reply:
        """A question of the proxy's own to what is behind it; not recorded."""
        body = json.dumps(input_).encode()
        headers = self.own_headers(service, operation, body, self.upstream)
        return self.forward("POST", "/", headers, body)

    def ask_iam(self, operation: str, input_: dict[str, str], key: str = "testing") -> Reply:
        """In the account of this access key."""
        form = {"Action": operation, "Version": "2010-05-08", **input_}
        body = urllib.parse.urlencode(form).encode()
        headers = self.own_headers("iam", "", body, self.upstream)
        if not self.key:
            headers["Authorization"] = headers["Authorization"].replace("=testing/", f"={key}/")
        return self.forward("POST", "/", headers, body)

    def signed(self, service: str, method: str, path: str, headers: Any, body: bytes) -> dict[str, str]:
        """The headers for a body that is not the one that was signed."""
        gone = ("authorization", "x-amz-date", "x-amz-content-sha256", "connection", "content-length")
        kept = {k: v for k, v in headers.items() if k.lower() not in gone}
        host = kept.get("Host") or f"127.0.0.1:{self.upstream}"
        request = AWSRequest(method, f"http://{host}{path}", data=body, headers=kept)
        SigV4Auth(Credentials(*self.key), service, "us-east-1").add_auth(request)
        return dict(request.headers.items())

    def own_headers(
        self, service: str, operation: str, body: bytes, port: int, path: str = "/"
    ) -> dict[str, str]:
        """Of a request as charter would send it to this port; moto does not look at signatures."""
        headers = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/json"}
        if service in TARGETS:
            headers["X-Amz-Target"] = f"{TARGETS[service]}.{operation}"
            headers["Content-Type"] = "application/x-amz-json-1.1"
        if service == "iam":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        if self.key:
            return self.signed(service, "POST", path, headers, body)
        scope = f"testing/20260101/us-east-1/{service}/aws4_request"
        signature = f"Credential={scope}, SignedHeaders=host, Signature=0"
        return {**headers, "Authorization": f"AWS4-HMAC-SHA256 {signature}"}


class Cut(Exception):
    """The connection is to be reset."""


class ProxyHandler(BaseHTTPRequestHandler):
    owner: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        if self.path.startswith(CONTROL):
            self.send(self.owner.forward(self.command, self.path, self.headers, body))
            return
        if OBSERVER.search(self.headers.get("Authorization", "")):
            request = parse_request(-1, self.command, self.path, self.headers, body)
            self.send(self.real_reply(request, body))
            return
        request, fault = self.owner.record(self.command, self.path, self.headers, body)
        try:
            with self.owner.in_hand():
                reply = self.handle_one(request, fault, body)
        except Cut:
            self.reset_connection()
            return
        request.status = reply.status
        try:
            self.send_broken(reply, fault.action if fault else "")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_PUT = do_DELETE = do_HEAD = do_POST

    def handle_one(self, request: Request, fault: Fault | None, body: bytes) -> Reply:
        owner = self.owner
        action = fault.action if fault else ""
        if action == "cut_before":
            raise Cut
        if action == "call_before":
            fault.callback(request)
            raise Cut
        if action in ("status", "deny", "throttle"):
            return self.refusal(request, fault)
        if action == "delay":
            if fault.callback:
                fault.callback(request)
            time.sleep(fault.seconds)
        reply = self.real_reply(request, body)
        if action == "cut_after":
            raise Cut
        if action == "call_after":
            fault.callback(request)
            raise Cut
        if action == "html":
            page = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
            return Reply(fault.status if fault.status != 500 else 502, [("Content-Type", "text/html")], page)
        if action == "empty_page":
            self.empty_page(request, reply)
        if action == "repeat_token":
            self.repeat_token(request, reply)
        if action == "half":
            self.halve(reply)
        if not request.mutates:
            self.disturb(request, reply)
        return reply

    def real_reply(self, request: Request, body: bytes) -> Reply:
        owner = self.owner
        answer = owner.gaps.answer(request)
        if answer is None:
            headers, sent = self.headers, self.rewritten(request, body)
            if sent is not body and owner.key:
                headers = owner.signed(request.service, self.command, self.path, headers, sent)
            answer = owner.forward(self.command, self.path, headers, sent)
            owner.note_session(request, answer)
            if owner.gap_list:
                owner.gaps.patch(request, answer)
            if owner.check:
                owner.check(request, answer)
        request.reached = True
        return answer

    def rewritten(self, request: Request, body: bytes) -> bytes:
        """Takes our own tokens out of a request, and puts a page size in."""
        if request.service not in TARGETS:
            if b"Marker=test-page" in body:
                return re.sub(rb"&?Marker=test-page", b"", body)
            return body
        input_ = dict(request.input)
        if str(input_.get("NextToken", "")).startswith("test-page"):
            del input_["NextToken"]
        if self.owner.page_size and request.operation in PAGED:
            input_["MaxResults"] = self.owner.page_size
        if self.owner.gap_list and request.service == "sso":
            input_ = self.owner.gaps.for_moto(input_)
        return body if input_ == request.input else json.dumps(input_).encode()

    def refusal(self, request: Request, fault: Fault) -> Reply:
        if fault.action == "deny":
            code = DENIED.get(request.service, "AccessDeniedException")
            status = 403 if request.service in DENIED else 400
            return error_reply(request, status, code, f"not authorized to perform: {request.operation}")
        if fault.action == "throttle":
            code = THROTTLED.get(request.service, "ThrottlingException")
            reply = error_reply(request, 400, code, "Rate exceeded")
            if fault.retry_after is not None:
                reply.headers.append(("Retry-After", str(fault.retry_after)))
            return reply
        reply = error_reply(request, fault.status, fault.code, fault.message)
        if fault.body is not None:
            reply.body = fault.body
        return reply

    @staticmethod
    def empty_page(request: Request, reply: Reply) -> None:
        value = reply.json()
        if value is not None:
            value = {k: [] if isinstance(v, list) else v for k, v in value.items()}
            value["NextToken"] = "test-page-1"
            reply.body = json.dumps(value).encode()
        elif request.service == "iam":
            name = request.operation
            reply.body = (
                f'<{name}Response xmlns="{IAM_NS}"><{name}Result><IsTruncated>true</IsTruncated>'
                "<UserDetailList/><GroupDetailList/><RoleDetailList/><Policies/>"
                f"<Marker>test-page</Marker></{name}Result></{name}Response>"
            ).encode()

    @staticmethod
    def repeat_token(request: Request, reply: Reply) -> None:
        value = reply.json()
        if value is not None:
            value["NextToken"] = "test-page-again"
            reply.body = json.dumps(value).encode()
        elif request.service == "iam":
            truncated = b"<IsTruncated>true</IsTruncated><Marker>test-page</Marker>"
            reply.body = re.sub(rb"<IsTruncated>\w+</IsTruncated>", truncated, reply.body)

    @staticmethod
    def halve(reply: Reply) -> None:
        value = reply.json()
        if value is not None:
            value = {k: v[: len(v) // 2] if isinstance(v, list) else v for k, v in value.items()}
            value.pop("NextToken", None)
            reply.body = json.dumps(value).encode()

    def disturb(self, request: Request, reply: Reply) -> None:
        """The order of the elements of a page, and of concurrent replies, from a seed."""
        owner = self.owner
        key = f"{request.operation}{json.dumps(request.input, sort_keys=True)}"
        if owner.shuffle is not None:
            value = reply.json()
            if value is not None:
                for item in value.values():
                    if isinstance(item, list):
                        random.Random(f"{owner.shuffle}{key}").shuffle(item)
                reply.body = json.dumps(value).encode()
        if owner.jitter is not None:
            time.sleep(random.Random(f"{owner.jitter}{key}").uniform(0, 0.04))

    def send_broken(self, reply: Reply, action: str) -> None:
        if action == "truncate":
            self.send_head(reply, len(reply.body))
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.close_connection = True
        elif action == "wrong_length":
            self.send_head(reply, max(1, len(reply.body) // 2))
            self.wfile.write(reply.body)
            self.close_connection = True
        else:
            self.send(reply)

    def send(self, reply: Reply) -> None:
        self.send_head(reply, len(reply.body))
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_head(self, reply: Reply, length: int) -> None:
        self.send_response_only(reply.status)
        for key, value in reply.headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def reset_connection(self) -> None:
        """RST, not FIN: what a client sees when a machine in the middle goes away."""
        self.close_connection = True
        try:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.shutdown(socket.SHUT_RD)
        except OSError:
            pass
        self.connection.close()


def main() -> None:
    upstream, port = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    proxy = Proxy(upstream, port).start()
    print(proxy.url, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
