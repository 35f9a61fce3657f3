"""The twin as an HTTP server that meets what no client should send: it answers as AWS does, and
lives on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time

import pytest
import wire
from server import twin_server
from simulator import MANAGEMENT, TWIN_SECRET, Simulator

LARGE = 100 << 20


def raw(simulator, data, wait=5.0):
    """What comes back for these bytes, until the twin closes or says no more."""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=wait) as s:
        s.sendall(data)
        got = b""
        try:
            while part := s.recv(65536):
                got += part
        except (TimeoutError, ConnectionError):
            pass
        return got


@pytest.fixture(autouse=True)
def lives_on(request):
    if "simulator" not in request.fixturenames:
        yield
        return
    simulator = request.getfixturevalue("simulator")
    yield
    assert wire.alive(simulator)


# Requests that are none


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"POST\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        bytes(range(256)) * 8,
        b"POST /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nX: " + b"a" * 200000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % k for k in range(20000)) + b"\r\n",
    ],
    ids=[
        "empty", "one word", "no target", "version", "no colon", "negative length", "length no number",
        "bad chunk", "TLS", "every byte", "long target", "long header", "many headers",
    ],
)  # fmt: skip
def test_malformed_request(simulator, data):
    """Refused with a status of 400 and something, or the connection is closed."""
    got = raw(simulator, data, wait=1.0)
    assert got == b"" or got.split()[1][:1] in (b"4", b"5"), got[:200]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods(simulator, method):
    connection = wire.connect(simulator)
    answer = wire.exchange(connection, "/", {}, b"", method)
    assert 400 <= answer.status < 500
    connection.close()


def test_query_in_the_target(simulator, aws):
    """GET is a way to send a Query request."""
    aws.iam.create_user(UserName="u")
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    host = f"127.0.0.1:{simulator.port}"
    path = "/?Action=ListUsers&Version=2010-05-08"
    request = AWSRequest("GET", f"http://{host}{path}", headers={"Host": host})
    SigV4Auth(Credentials(simulator.observer, simulator.secret), "iam", "us-east-1").add_auth(request)
    answer = wire.exchange(wire.connect(simulator), path, dict(request.headers.items()), b"", "GET")
    assert answer.status == 200 and b"<UserName>u</UserName>" in answer.body


# Bodies


def streamed(simulator, headers, size):
    """Status and body of the answer to a body of so many bytes, or b'' where the twin closes."""
    lines = ["POST / HTTP/1.1", f"Host: 127.0.0.1:{simulator.port}", *headers, "", ""]
    chunk = b"a" * (1 << 20)
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=60) as s:
        s.sendall("\r\n".join(lines).encode())
        sent = 0
        try:
            while sent < size:
                s.sendall(chunk)
                sent += len(chunk)
        except ConnectionError:
            pass
        got = b""
        try:
            while b"\r\n\r\n" not in got or not got.rstrip().endswith((b"}", b">")):
                part = s.recv(65536)
                if not part:
                    break
                got += part
        except ConnectionError:
            pass
        return got


@pytest.mark.parametrize(
    "headers, code",
    [
        (["X-Amz-Target: AWSOrganizationsV20161128.ListRoots"], b"RequestEntityTooLarge"),
        (["Content-Type: application/x-www-form-urlencoded"], b"<Code>RequestEntityTooLarge</Code>"),
    ],
    ids=["json", "form"],
)
def test_100_megabytes(simulator, headers, code):
    got = streamed(simulator, [*headers, f"Content-Length: {LARGE}"], LARGE)
    assert got.split()[1] == b"413" and code in got, got[:300]


def test_100_megabytes_in_chunks(simulator):
    headers = ["X-Amz-Target: AWSOrganizationsV20161128.ListRoots", "Transfer-Encoding: chunked"]
    lines = ["POST / HTTP/1.1", f"Host: 127.0.0.1:{simulator.port}", *headers, "", ""]
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    data = "\r\n".join(lines).encode() + chunk * 100 + b"0\r\n\r\n"
    got = raw(simulator, data)
    assert got.split()[1] == b"413" and b"RequestEntityTooLarge" in got


def test_who_asks_first_need_not_send(simulator):
    headers = (
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSOrganizationsV20161128.ListRoots\r\n"
        f"Content-Length: {LARGE}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=5) as s:
        s.sendall(headers.encode())
        assert s.recv(65536).split()[1] == b"413"


def sent(simulator, service, body, path="/", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    signed = wire.sign(simulator, service, named, body, path)
    return wire.exchange(wire.connect(simulator), path, signed, body)


TARGET = {"X_Amz_Target": f"{wire.TARGET}.ListRoots"}
JSON = {"Content_Type": "application/x-amz-json-1.1"}
FORM = {"Content_Type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"a"', b"{}{}", b"\xff\xfe", b'{"a": "\xff"}', b'{"a":' * 5000, b"\0", b'{"a": 1e999999}'],
    ids=["open", "list", "text", "two", "bytes", "bad utf-8", "deep", "null", "huge number"],
)
def test_bad_json(simulator, body):
    answer = sent(simulator, "organizations", body, **TARGET, **JSON)
    assert (answer.status, answer.code()) == (400, "SerializationException")


@pytest.mark.parametrize("body", [b"%zz=1", b"Action=%", b"Action=%4", b"Action=\xff", b"A" * 100000, b"&&&==&", b"Action"])
def test_bad_form(simulator, body):
    answer = sent(simulator, "iam", body, **FORM)
    assert 400 <= answer.status < 500
    assert answer.code() in ("MalformedQueryString", "InvalidAction", "MissingAction"), answer.body


@pytest.mark.parametrize(
    "service, headers, body, code",
    [
        ("organizations", {"X_Amz_Target": f"{wire.TARGET}.Nothing", **JSON}, b"{}", "UnknownOperationException"),
        ("organizations", {"X_Amz_Target": "Other.ListRoots", **JSON}, b"{}", "UnknownOperationException"),
        ("organizations", JSON, b"{}", "UnknownOperationException"),
        ("dynamodb", {"X_Amz_Target": "DynamoDB_20120810.ListTables", **JSON}, b"{}", "UnknownOperationException"),
        ("iam", FORM, b"Action=Nothing&Version=2010-05-08", "InvalidAction"),
        ("sts", FORM, b"Action=ListUsers&Version=2011-06-15", "InvalidAction"),
        ("ec2", FORM, b"Action=DescribeInstances&Version=2016-11-15", "InvalidAction"),
    ],
)  # fmt: skip
def test_unknown_operation(simulator, service, headers, body, code):
    answer = sent(simulator, service, body, **headers)
    assert (answer.status, answer.code()) == (400, code)
    assert answer.headers["x-amzn-requestid"]


def test_unknown_path(simulator):
    answer = sent(simulator, "account", b"{}", "/nothingOfTheKind", **JSON)
    assert 400 <= answer.status < 500 and answer.code() == "UnknownOperationException"


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "multipart/form-data; boundary=x", ""])
def test_wrong_content_type(simulator, aws, kind):
    """The target and the body say it all: answered, or refused as AWS refuses."""
    aws.organizations.create_organization(FeatureSet="ALL")
    more = {"Content_Type": kind} if kind else {}
    answer = sent(simulator, "organizations", b"{}", **TARGET, **more)
    assert answer.status in (200, 400, 415), answer.body
    answer = sent(simulator, "iam", b"Action=ListUsers&Version=2010-05-08", **more)
    assert answer.status in (200, 400, 415), answer.body


def test_members_of_wrong_types(simulator, aws):
    aws.organizations.create_organization(FeatureSet="ALL")
    for operation, input_ in (
        ("CreateOrganizationalUnit", {"ParentId": 7, "Name": []}),
        ("CreateOrganizationalUnit", {"ParentId": None, "Name": {}}),
        ("TagResource", {"ResourceId": "r-abcd", "Tags": {"Key": "a"}}),
        ("TagResource", {"ResourceId": {}, "Tags": [1, None, []]}),
        ("UntagResource", {"ResourceId": [], "TagKeys": "a"}),
        ("ListAccounts", {"MaxResults": "many", "NextToken": 4}),
        ("CreatePolicy", {"Name": 1, "Description": 2, "Type": 3, "Content": 4}),
        ("CreateAccount", {"AccountName": True, "Email": 0, "Tags": "x"}),
        ("MoveAccount", {"AccountId": 1.5, "SourceParentId": [], "DestinationParentId": {}}),
    ):
        answer = wire.call(simulator, "organizations", operation, input_)
        assert 400 <= answer.status < 500, (operation, answer)
    for operation, input_ in (
        ("TagUser", {"UserName": "u", "Tags.member.x.Key": "a"}),
        ("TagUser", {"UserName.member.1": "u", "Tags": "a"}),
        ("CreateUser", {"UserName": "u", "Tags.member.999999999999.Key": "a"}),
        ("CreateUser", {"UserName": "u", "Tags.member.1": "a", "Tags.member.1.Key": "b"}),
        ("ListUsers", {"MaxItems": "-1"}),
        ("ListUsers", {"MaxItems": "many"}),
    ):
        answer = wire.call(simulator, "iam", operation, input_)
        assert 400 <= answer.status < 500, (operation, answer)


# Connections


def test_slow_client_holds_nobody_up(simulator):
    path, headers, body = wire.parts(simulator, "sts", "GetCallerIdentity", {})
    lines = [f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    data = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=30) as s:
        for k in range(0, len(data), 20):
            s.sendall(data[k : k + 20])
            began = time.monotonic()
            assert wire.alive(simulator)
            assert time.monotonic() - began < 2
            time.sleep(0.01)
        assert s.recv(65536).split()[1] == b"200"


def test_client_that_leaves_early(simulator):
    path, headers, body = wire.parts(simulator, "sts", "GetCallerIdentity", {})
    head = "\r\n".join([f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())])
    for part in (head[:30], head, f"{head}\r\nContent-Length: 5000\r\n\r\nhalf"):
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", simulator.port), timeout=30) as s:
                s.sendall(part.encode())


def test_many_requests_on_one_connection(simulator):
    connection = wire.connect(simulator)
    connection.connect()
    first = connection.sock
    for _ in range(500):
        parts = wire.parts(simulator, "sts", "GetCallerIdentity", {})
        assert wire.exchange(connection, *parts).status == 200
        assert connection.sock is first
    connection.close()


def test_requests_without_waiting(simulator):
    """Pipelined: answered in order."""
    data = b""
    for service, operation in (("sts", "GetCallerIdentity"), ("iam", "ListUsers")) * 5:
        path, headers, body = wire.parts(simulator, service, operation, {})
        lines = [f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
        data += "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
    got = raw(simulator, data, wait=1.0)
    found = [got.find(name) for name in (b"GetCallerIdentityResponse ", b"ListUsersResponse ")]
    assert got.count(b"HTTP/1.1 200") == 10 and 0 < found[0] < found[1]


def test_idle_connections(simulator):
    """More than charter will ever open; the twin still answers."""
    held = [socket.create_connection(("127.0.0.1", simulator.port)) for _ in range(300)]
    try:
        assert wire.alive(simulator)
    finally:
        for s in held:
            s.close()


# The process


def test_page_of_a_browser_has_no_control(simulator):
    connection = wire.connect(simulator)
    answer = wire.exchange(connection, "/_twin/reset", {"Origin": "http://example.com"}, b"")
    assert answer.status == 403
    connection.close()


def test_load_of_two_seconds(simulator):
    from load import run

    result = run(simulator.port, MANAGEMENT, TWIN_SECRET, seconds=2, connections=64)
    assert result.wrong == {} and result.requests > 500, result


def of_port(port):
    key = f"AKIAOBSV{MANAGEMENT}"
    return Simulator("twin", port, key, key, TWIN_SECRET, "")


def test_state_is_saved_and_loaded(binary, tmp_path):
    """What --save wrote, --load begins with."""
    file = tmp_path / "state.json"
    with twin_server(binary, tmp_path / "1.log", "--account", MANAGEMENT, "--save", str(file)) as port:
        twin = of_port(port)
        assert wire.call(twin, "organizations", "CreateOrganization", {"FeatureSet": "ALL"}).status == 200
        assert wire.call(twin, "iam", "CreateUser", {"UserName": "kept"}).status == 200
        state = twin.control("GET", "state")
    saved = json.loads(file.read_text())
    assert saved == state and saved["format"] == "charter.twin/1"
    with twin_server(binary, tmp_path / "2.log", "--load", str(file)) as port:
        twin = of_port(port)
        assert b"<UserName>kept</UserName>" in wire.call(twin, "iam", "ListUsers").body
        assert wire.call(twin, "organizations", "ListRoots").status == 200


def test_rates_of_aws(binary, tmp_path):
    """ListRoots: one a second, two at once."""
    with twin_server(binary, tmp_path / "log", "--account", MANAGEMENT, "--rates", "aws") as port:
        twin = of_port(port)
        wire.call(twin, "organizations", "CreateOrganization", {"FeatureSet": "ALL"})
        answers = [wire.call(twin, "organizations", "ListRoots") for _ in range(6)]
        assert [a.status for a in answers[:2]] == [200, 200]
        assert [a.code() for a in answers[3:]] == ["TooManyRequestsException"] * 3


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, {0, 143}), (signal.SIGINT, {0, 130})])
def test_ends_when_told_to(binary, number, code):
    process = subprocess.Popen(
        [binary, "twin", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    line = process.stdout.readline()
    assert line.startswith(b"export AWS_ENDPOINT_URL=http://127.0.0.1:"), line
    os.kill(process.pid, number)
    process.communicate(timeout=20)
    assert process.returncode in code


@pytest.mark.parametrize(
    "args, words",
    [
        (["--listen", "0.0.0.0:0"], ["loopback"]),
        (["--listen", "nowhere"], ["ADDRESS:PORT"]),
        (["--account", "12"], ["--account 12"]),
        (["--faults", "dney"], ["dney", "deny"]),
        (["--load", "/nowhere.json"], ["/nowhere.json"]),
        (["--save", "/"], ["--save /", "directory"]),
        (["--faults", "kill_before"], ["in self-tests only"]),
    ],
)
def test_told_what_is_wrong(binary, args, words):
    done = subprocess.run([binary, "twin", *args], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("charter: ") and done.stderr.count("\n") == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr
